//! Puts the clock of a camera on the wall clock.

use std::time::Duration;

use watchpost_model::WallTime;

/// Puts the clock of one session with a camera on the wall clock.
///
/// A camera's clock has no date and runs a little fast or slow; the moment a picture arrives has a
/// date but jitters with the network. The anchor assumes that the least delay seen in the last 10
/// s or so is none, and moves there by at most 1 ms a second, so that the distance between two
/// pictures stays the camera's own.
#[derive(Debug, Default)]
pub struct Anchor {
    state: Option<State>,
}

/// When a picture was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Later than the one before, unless `jumped`.
    pub time: WallTime,
    /// Whether the clocks were put together anew, because they were off by more than 5 s: the
    /// wall clock was set, or the camera's. The time may lie before the one before.
    pub jumped: bool,
}

/// All in microseconds.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Where on the wall clock the camera's clock was zero.
    zero: i64,
    /// The camera's clock at the last step.
    elapsed: i64,
    /// The last stamp.
    time: i64,
    /// The least zero seen in the stretch of 5 s begun, and in the one before.
    least: [i64; 2],
    /// The camera's clock when that stretch began.
    since: i64,
    /// Where pictures late by more than [`FAR`] put the zero, and the camera's clock at the first
    /// of them.
    late: Option<(i64, i64)>,
}

const SECOND: i64 = 1_000_000;
/// Clocks that are off by more are put together anew.
const FAR: i64 = 5 * SECOND;
/// The least delay is sought in this stretch and the one before.
const STRETCH: i64 = 5 * SECOND;
/// One part in so many is how fast the zero moves.
const SLEW: i64 = 1_000;

impl Anchor {
    /// An anchor that has seen no picture yet. Each session wants its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The moment of a picture that arrived at `arrived` and that the camera dates `elapsed`
    /// after the start of the session.
    ///
    /// Late pictures move nothing at once, for after a stall of the network the delay shrinks
    /// again with each picture that arrives; only a delay that stays the same for a second means
    /// that a clock was set forward. Early pictures mean at once that one was set back.
    pub fn step(&mut self, elapsed: Duration, arrived: WallTime) -> Stamp {
        let elapsed = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
        let zero = arrived.as_micros().saturating_sub(elapsed);
        let (state, jumped) = match self.state {
            None => (State::new(zero, elapsed), false),
            Some(mut state) => match state.follow(zero, elapsed) {
                Clocks::Together => (state, false),
                Clocks::Apart => (State::new(zero, elapsed), true),
            },
        };
        self.state = Some(state);
        Stamp { time: WallTime::from_micros(state.time), jumped }
    }
}

enum Clocks {
    Together,
    Apart,
}

impl State {
    fn new(zero: i64, elapsed: i64) -> Self {
        let time = zero.saturating_add(elapsed);
        Self { zero, elapsed, time, least: [zero; 2], since: elapsed, late: None }
    }

    /// Takes in where a picture puts the zero.
    fn follow(&mut self, zero: i64, elapsed: i64) -> Clocks {
        let delay = zero.saturating_sub(self.zero);
        if delay < -FAR || self.is_late_for_good(delay, zero, elapsed) {
            return Clocks::Apart;
        }
        if delay <= FAR {
            if !(0..STRETCH).contains(&elapsed.saturating_sub(self.since)) {
                self.least = [zero, self.least[0]];
                self.since = elapsed;
            }
            self.least[0] = self.least[0].min(zero);
        }
        let passed = elapsed.saturating_sub(self.elapsed).max(0);
        let off = self.least[0].min(self.least[1]).saturating_sub(self.zero);
        self.zero = self.zero.saturating_add(off.clamp(-passed / SLEW, passed / SLEW));
        self.elapsed = elapsed;
        self.time = self.zero.saturating_add(elapsed).max(self.time.saturating_add(1));
        Clocks::Together
    }

    fn is_late_for_good(&mut self, delay: i64, zero: i64, elapsed: i64) -> bool {
        if delay <= FAR {
            self.late = None;
            return false;
        }
        match self.late {
            Some((before, since)) if zero.saturating_sub(before).abs() <= SECOND / 2 => {
                elapsed.saturating_sub(since) >= SECOND
            }
            _ => {
                self.late = Some((zero, elapsed));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_the_distance_the_camera_gave_them() {
        let stamps = play((0..4).map(|n| (n * 100, n * 100 + [0, 70, 3, 40][n_index(n)])));
        assert_eq!(stamps, [(0, false), (100, false), (200, false), (300, false)]);
    }

    #[test]
    fn a_camera_that_runs_slow_is_followed() {
        // 100 parts in a million slow, for 1000 s: off by 100 ms in the end.
        let stamps = play((0..10_000).map(|n| (n * 100, n * 100 + n / 100)));
        let (last, jumped) = *stamps.last().unwrap();
        assert!((999_980..=1_000_000).contains(&last), "{last}");
        assert!(!jumped);
    }

    #[test]
    fn a_first_picture_that_came_late_is_corrected_slowly() {
        let late = 300;
        let stamps = play((0..10_000).map(|n| (n * 100, n * 100 + if n == 0 { late } else { 0 })));
        assert_eq!(stamps[0], (300, false));
        assert!((100 * 100 + 285..=100 * 100 + 295).contains(&stamps[100].0), "{:?}", stamps[100]);
        assert_eq!(stamps[9_999].0, 999_900);
        assert!(stamps.is_sorted());
    }

    #[test]
    fn a_stall_of_the_network_moves_nothing() {
        // Pictures 50 to 250 (20 s) arrive all at once.
        let stamps = play(
            (0..400).map(|n| (n * 100, if (50..250).contains(&n) { 25_000 } else { n * 100 })),
        );
        let expected: Vec<_> = (0..400).map(|n| (n * 100, false)).collect();
        assert_eq!(stamps, expected);
    }

    #[test]
    fn a_clock_set_forward_is_followed_within_a_second() {
        let stamps = play((0..40).map(|n| (n * 100, n * 100 + if n < 20 { 0 } else { 3_600_000 })));
        let jumps: Vec<_> = stamps.iter().filter(|(_, jumped)| *jumped).collect();
        assert_eq!(jumps, [&(3_600_000 + 3_000, true)]);
        assert_eq!(stamps[39], (3_600_000 + 3_900, false));
    }

    #[test]
    fn a_clock_set_back_is_followed_at_once() {
        let stamps = play((0..40).map(|n| (n * 100, n * 100 - if n < 20 { 0 } else { 3_600_000 })));
        assert_eq!(stamps[20], (2_000 - 3_600_000, true));
        assert_eq!(stamps[39], (3_900 - 3_600_000, false));
    }

    #[test]
    fn no_two_pictures_have_the_same_time() {
        let mut anchor = Anchor::new();
        let mut stamp = || anchor.step(Duration::ZERO, WallTime::from_micros(7)).time;
        assert_eq!([stamp(), stamp(), stamp()].map(WallTime::as_micros), [7, 8, 9]);
    }

    #[test]
    fn no_clock_is_too_wild() {
        let mut anchor = Anchor::new();
        for arrived in [WallTime::MAX, WallTime::MIN, WallTime::MAX] {
            for elapsed in [Duration::MAX, Duration::ZERO] {
                anchor.step(elapsed, arrived);
            }
        }
    }

    /// Plays pictures (camera's clock, wall clock; ms) and tells their stamps in ms.
    fn play(pictures: impl Iterator<Item = (i64, i64)>) -> Vec<(i64, bool)> {
        let mut anchor = Anchor::new();
        pictures
            .map(|(elapsed, arrived)| {
                let elapsed = Duration::from_millis(elapsed.try_into().unwrap());
                let stamp = anchor.step(elapsed, WallTime::from_micros(arrived * 1000));
                (stamp.time.as_micros() / 1000, stamp.jumped)
            })
            .collect()
    }

    fn n_index(n: i64) -> usize {
        n.try_into().unwrap()
    }
}
