//! Slows down whoever guesses passwords.
//!
//! Pure: time is an argument. A try counts as wrong from the moment it begins, so that guesses sent
//! side by side gain nothing; [`Throttle::forgive`] takes it back when it proves right.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use watchpost_model::WallTime;

/// How many wrong tries of one client lead to a pause.
const TRIES: u32 = 5;
/// How many wrong tries, by whichever clients, lead to a pause of one name or of the setup token.
///
/// Far more than [`TRIES`], for this pause hits the owner too: with 5, anybody who can reach the
/// port could keep the owner out for ever, from another address, with five tries a minute. One
/// client never comes this far, as it pauses at 5, and is forgotten when its pause is over. Many
/// clients together do; they get 100 tries a minute, which is nothing against a password of 10
/// characters, and each comparison costs us 19 MiB for a while.
const TRIES_OF_ALL: u32 = 100;
/// How long the pause is; also how long a wrong try is remembered.
pub(crate) const PAUSE: Duration = Duration::from_mins(1);
/// How many addresses and names together are remembered at most (some 200 bytes each). Beyond it
/// the one heard of longest ago is forgotten.
const REMEMBERED: usize = 4096;

/// Counts wrong tries, by the client's address and by the name tried.
///
/// Both count, for one machine may try many names, and many machines may try one name.
#[derive(Debug, Default)]
pub(crate) struct Throttle(BTreeMap<Subject, Tally>);

/// What wrong tries are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A client; of IPv6 the network, for one client has all of it to itself.
    Address(IpAddr),
    /// A user, whether there is such a user or not. The caller bounds its length.
    Name(String),
    /// The one-time token of the first start.
    SetupToken,
}

/// Whether a try may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may; if it proves wrong, so many tries are left.
    Try {
        /// From 4 down to 0.
        left: u32,
    },
    /// It may not before this long.
    Wait(Duration),
}

/// The tries of one subject that have not proved right.
#[derive(Clone, Copy, Debug)]
struct Tally {
    wrong: u32,
    last: WallTime,
}

impl Subject {
    /// The client at `address`.
    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
        })
    }

    /// How many wrong tries lead to a pause.
    fn tries(&self) -> u32 {
        match self {
            Subject::Address(_) => TRIES,
            Subject::Name(_) | Subject::SetupToken => TRIES_OF_ALL,
        }
    }
}

impl Throttle {
    /// Begins a try by all of `subjects`. While one of them pauses, nothing is counted.
    pub(crate) fn attempt(&mut self, subjects: &[Subject], now: WallTime) -> Verdict {
        self.forget_what_is_over(now);
        let pause = |subject: &Subject| self.0.get(subject)?.pause(subject.tries(), now);
        let paused = subjects.iter().filter_map(pause).max();
        if let Some(wait) = paused {
            return Verdict::Wait(wait);
        }
        let mut left = TRIES;
        for subject in subjects {
            self.make_room_for(subject);
            let tally = self.0.entry(subject.clone()).or_insert(Tally { wrong: 0, last: now });
            *tally = Tally { wrong: tally.wrong + 1, last: now };
            left = left.min(subject.tries().saturating_sub(tally.wrong));
        }
        Verdict::Try { left }
    }

    /// The try by `subjects` proved right: nothing is held against them any more.
    pub(crate) fn forgive(&mut self, subjects: &[Subject]) {
        for subject in subjects {
            self.0.remove(subject);
        }
    }

    /// After the clock was set back, tries seem to lie in the future: they count from now, so that
    /// no pause gets longer than it is.
    fn forget_what_is_over(&mut self, now: WallTime) {
        self.0.retain(|_, tally| {
            tally.last = tally.last.min(now);
            now.since_or_zero(tally.last) < PAUSE
        });
    }

    fn make_room_for(&mut self, subject: &Subject) {
        if self.0.len() < REMEMBERED || self.0.contains_key(subject) {
            return;
        }
        let oldest = self.0.iter().min_by_key(|(_, tally)| tally.last);
        if let Some(oldest) = oldest.map(|(subject, _)| subject.clone()) {
            self.0.remove(&oldest);
        }
    }
}

impl Tally {
    fn pause(self, tries: u32, now: WallTime) -> Option<Duration> {
        (self.wrong >= tries).then(|| PAUSE.saturating_sub(now.since_or_zero(self.last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_wrong_try_leads_to_a_pause_of_a_minute() {
        let mut throttle = Throttle::default();
        let left: Vec<_> =
            (0..5).map(|second| throttle.attempt(&door("::1"), at(second))).collect();
        assert_eq!(left, [4, 3, 2, 1, 0].map(|left| Verdict::Try { left }));
        assert_eq!(throttle.attempt(&door("::1"), at(5)), Verdict::Wait(seconds(59)));
        assert_eq!(throttle.attempt(&door("::1"), at(63)), Verdict::Wait(seconds(1)));
        assert_eq!(throttle.attempt(&door("::1"), at(64)), Verdict::Try { left: 4 });
    }

    #[test]
    fn a_right_password_wipes_the_slate() {
        let mut throttle = Throttle::default();
        for second in 0..4 {
            throttle.attempt(&door("::1"), at(second));
        }
        throttle.forgive(&door("::1"));
        assert_eq!(throttle.attempt(&door("::1"), at(5)), Verdict::Try { left: 4 });
    }

    #[test]
    fn one_machine_cannot_lock_out_a_name_however_long_it_tries() {
        let mut throttle = Throttle::default();
        for second in 0..3600 {
            throttle.attempt(&door("10.0.0.1"), at(second));
        }
        assert_eq!(throttle.attempt(&door("10.0.0.2"), at(3600)), Verdict::Try { left: 4 });
    }

    #[test]
    fn a_hundred_tries_by_many_machines_at_one_name_are_held_up_as_one() {
        let mut throttle = Throttle::default();
        let left: Vec<_> = (0..100)
            .map(|machine| throttle.attempt(&door(&format!("10.0.0.{machine}")), at(0)))
            .collect();
        assert_eq!(left[95..], [4, 3, 2, 1, 0].map(|left| Verdict::Try { left }));
        assert_eq!(throttle.attempt(&door("10.0.0.101"), at(0)), Verdict::Wait(PAUSE));
    }

    #[test]
    fn one_machine_that_tries_many_names_is_held_up() {
        let mut throttle = Throttle::default();
        let from = |name: &str| {
            [Subject::address("10.0.0.1".parse().unwrap()), Subject::Name(name.to_owned())]
        };
        for name in ["anna", "bert", "carl", "dora", "emil"] {
            throttle.attempt(&from(name), at(0));
        }
        assert_eq!(throttle.attempt(&from("fritz"), at(0)), Verdict::Wait(PAUSE));
    }

    #[test]
    fn one_network_is_one_client() {
        let [one, two] = ["2001:db8::1", "2001:db8::2:3"].map(|text| text.parse().unwrap());
        assert_eq!(Subject::address(one), Subject::address(two));
        let [mapped, plain] = ["::ffff:10.0.0.1", "10.0.0.1"].map(|text| text.parse().unwrap());
        assert_eq!(Subject::address(mapped), Subject::address(plain));
    }

    #[test]
    fn setting_the_clock_back_prolongs_no_pause() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            throttle.attempt(&door("::1"), at(10_000));
        }
        assert_eq!(throttle.attempt(&door("::1"), at(0)), Verdict::Wait(PAUSE));
        assert_eq!(throttle.attempt(&door("::1"), at(60)), Verdict::Try { left: 4 });
    }

    #[test]
    fn a_flood_of_names_takes_no_more_memory_than_it_may() {
        let mut throttle = Throttle::default();
        for name in 0..10_000 {
            throttle.attempt(&[Subject::Name(name.to_string())], at(name / 1000));
        }
        assert_eq!(throttle.0.len(), REMEMBERED);
    }

    fn door(address: &str) -> [Subject; 2] {
        [Subject::address(address.parse().unwrap()), Subject::Name("anna".to_owned())]
    }

    fn at(second: i64) -> WallTime {
        WallTime::from_micros(second * 1_000_000)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }
}
