//! Which readings of a sensor or a light are kept.

use std::time::Duration;

use watchpost_model::{Distance, Fraction, Reading, WallTime};

/// What is measured is kept at most this often.
const EVERY: Duration = Duration::from_secs(10);
/// What is measured is kept again after this long, though it did not change: so it is known that it was
/// measured.
const AGAIN: Duration = Duration::from_mins(4);
/// A smaller change of a share of the greatest level is none.
const SHARE: f32 = 0.02;
/// A smaller change of a distance is none, in millimetres.
const DISTANCE: u32 = 50;
/// A smaller change of any other number is none, of that number.
const OF_VALUE: f64 = 0.01;

/// Decides what of a flow of readings is worth keeping: each yes and no at once, and what is measured
/// when it has changed, but not more often than every ten seconds; and again every four minutes.
#[derive(Clone, Debug, Default)]
pub struct Diary {
    last: Option<(WallTime, Reading)>,
}

impl Diary {
    /// Whether this reading, all that is known at the moment `at`, is to be kept.
    pub fn is_news(&mut self, reading: Reading, at: WallTime) -> bool {
        let news = self.last.is_none_or(|(kept, last)| {
            // A clock that was set back must not stop it.
            let since = at.since_or_zero(kept);
            let is_due = at < kept || since >= EVERY;
            reading.on != last.on || since >= AGAIN || (is_due && measures_else(&reading, &last))
        });
        if news {
            self.last = Some((at, reading));
        }
        news
    }
}

/// Whether what is measured has changed.
fn measures_else(new: &Reading, old: &Reading) -> bool {
    let share = |new: Option<Fraction>, old: Option<Fraction>| match (new, old) {
        (Some(new), Some(old)) => (new.get() - old.get()).abs() >= SHARE,
        (new, old) => new.is_some() != old.is_some(),
    };
    let distance = match (new.distance, old.distance) {
        (Some(Distance::Millimetres(new)), Some(Distance::Millimetres(old))) => {
            new.abs_diff(old) >= DISTANCE
        }
        (new, old) => new != old,
    };
    let value = match (new.value, old.value) {
        (Some(new), Some(old)) => (new - old).abs() > old.abs() * OF_VALUE,
        (new, old) => new.is_some() != old.is_some(),
    };
    distance
        || value
        || share(new.brightness, old.brightness)
        || share(new.level, old.level)
        || share(new.battery, old.battery)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> WallTime {
        WallTime::from_micros(0) + Duration::from_secs(seconds)
    }

    fn bright(share: f32) -> Reading {
        Reading { brightness: Some(Fraction::clamped(share)), ..Reading::default() }
    }

    #[test]
    fn a_yes_is_kept_at_once_and_only_once() {
        let mut diary = Diary::default();
        let says = |on| Reading { on: Some(on), ..Reading::default() };
        assert!(diary.is_news(says(false), at(0)));
        assert!(diary.is_news(says(true), at(1)));
        assert!(!diary.is_news(says(true), at(2)));
        assert!(diary.is_news(says(false), at(3)));
        assert!(!diary.is_news(says(false), at(200)), "nothing is new");
        assert!(diary.is_news(says(false), at(243)), "it is so still");
    }

    #[test]
    fn what_flickers_is_kept_every_ten_seconds_and_only_if_it_changed() {
        let mut diary = Diary::default();
        let kept: Vec<u64> = (0..60)
            .filter(|second| {
                let share = if second % 2 == 0 { 0.3 } else { 0.5 };
                diary.is_news(bright(share), at(*second))
            })
            .collect();
        assert_eq!(kept, [0, 11, 22, 33, 44, 55]);
        assert!(!diary.is_news(bright(0.51), at(90)), "a hundredth is no change");
        assert!(diary.is_news(bright(0.53), at(91)));
    }

    #[test]
    fn a_clock_set_back_does_not_stop_it() {
        let mut diary = Diary::default();
        assert!(diary.is_news(bright(0.1), at(1_000)));
        assert!(diary.is_news(bright(0.9), at(10)));
    }

    #[test]
    fn each_measure_counts() {
        let near = Reading { distance: Some(Distance::Millimetres(900)), ..Reading::default() };
        let free = Reading { distance: Some(Distance::Free), ..near };
        let tank = Reading { value: Some(12.5), ..near };
        for (before, after) in [(near, free), (free, near), (near, tank)] {
            let mut diary = Diary::default();
            assert!(diary.is_news(before, at(0)));
            assert!(diary.is_news(after, at(20)), "{before:?} to {after:?}");
        }
    }
}
