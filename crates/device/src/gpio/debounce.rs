//! When the level of a contact counts, where the kernel does not say.

use std::time::Duration;

use tokio::time::Instant;

/// Takes the bouncing out of a contact: what it says counts when it has said so for a while, as the
/// kernel has it where it debounces.
#[derive(Debug)]
pub(super) struct Debounce {
    hold: Duration,
    told: bool,
    on: bool,
    settles_at: Option<Instant>,
}

impl Debounce {
    /// A contact of which `on` was told. What it says later counts after `hold` without a change.
    pub(super) fn new(hold: Duration, on: bool) -> Self {
        Self { hold, told: on, on, settles_at: None }
    }

    /// It said `on` at `now`. Two of the same are possible: the one between was too short.
    pub(super) fn changed(&mut self, on: bool, now: Instant) {
        self.on = on;
        self.settles_at = Some(now + self.hold);
    }

    /// What counts from `now` on, if that is not what was told last.
    pub(super) fn settled(&mut self, now: Instant) -> Option<bool> {
        self.settles_at.take_if(|at| *at <= now)?;
        let news = self.on != self.told;
        self.told = self.on;
        news.then_some(self.on)
    }

    /// When [`Debounce::settled`] is to be asked, if it is.
    pub(super) fn settles_at(&self) -> Option<Instant> {
        self.settles_at
    }
}

#[cfg(test)]
#[rustfmt::skip] // A column is a millisecond.
mod tests {
    use super::*;

    #[test]
    fn a_level_counts_after_it_was_held() {
        check("_____----------_________",
              "________----------______");
    }

    #[test]
    fn bouncing_tells_nothing_and_then_once() {
        check("_____-_-_-__-----------__-_--__-______",
              "_______________--------------------___");
    }

    #[test]
    fn what_is_shorter_was_never_there() {
        check("____-____--____-_____",
              "_____________________");
    }

    #[test]
    fn without_holding_each_change_counts_at_once() {
        let now = Instant::now();
        let mut contact = Debounce::new(Duration::ZERO, false);
        for on in [true, false, true] {
            contact.changed(on, now);
            assert_eq!(contact.settled(now), Some(on));
        }
        contact.changed(true, now);
        assert_eq!(contact.settled(now), None);
        assert_eq!(contact.settles_at(), None);
    }

    /// Plays a contact (`-`: yes) to one that holds for 3 ms, and draws what counted.
    #[track_caller]
    fn check(played: &str, expected: &str) {
        let mut contact = Debounce::new(Duration::from_millis(3), false);
        let mut now = Instant::now();
        let (mut was, mut counts) = (false, false);
        let drawn = played.chars().map(|mark| {
            let on = mark == '-';
            if on != was {
                contact.changed(on, now);
                was = on;
            }
            if let Some(news) = contact.settled(now) {
                assert_ne!(news, counts, "told twice");
                counts = news;
            }
            now += Duration::from_millis(1);
            if counts { '-' } else { '_' }
        });
        assert_eq!(drawn.collect::<String>(), expected);
    }
}
