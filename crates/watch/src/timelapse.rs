//! Which pictures of a stream make its time-lapse.

use std::time::Duration;

use watchpost_model::WallTime;

/// Chooses among a stream's key pictures those of its time-lapse.
///
/// One is kept for each stretch of `every`, so that the film keeps its pace even where key pictures
/// come at odd moments; where none came, none is made up for.
#[derive(Debug)]
pub struct Lapse {
    every: Duration,
    /// From this moment on the next one is kept.
    due: Option<WallTime>,
}

impl Lapse {
    /// A time-lapse without pictures yet. `every` is more than nothing.
    #[must_use]
    pub fn new(every: Duration) -> Self {
        Self { every, due: None }
    }

    /// Whether to keep the key picture of the moment `at`. When the clock was set back to before the
    /// stretch of the last one kept, a new time-lapse begins.
    pub fn step(&mut self, at: WallTime) -> bool {
        let Some(due) = self.due else { return self.begin(at) };
        if at < due {
            return due.since_or_zero(at) > self.every && self.begin(at);
        }
        // The next stretch begins a whole number of stretches later.
        let late = at.since_or_zero(due);
        let into = late.as_micros().checked_rem(self.every.as_micros()).unwrap_or_default();
        let into = u64::try_from(into).map_or(late, Duration::from_micros);
        self.due = Some(at - into + self.every);
        true
    }

    fn begin(&mut self, at: WallTime) -> bool {
        self.due = Some(at + self.every);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a time-lapse of one picture each 10 s key pictures at these seconds, and tells which
    /// it keeps.
    fn kept(seconds: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut lapse = Lapse::new(Duration::from_secs(10));
        let keeps = |second: &i64| lapse.step(WallTime::from_micros(second * 1_000_000));
        seconds.into_iter().filter(keeps).collect()
    }

    #[test]
    fn one_picture_is_kept_each_time() {
        assert_eq!(kept((5..40).step_by(2)), [5, 15, 25, 35]);
    }

    #[test]
    fn key_pictures_at_odd_moments_do_not_slow_the_film_down() {
        assert_eq!(kept((0..62).step_by(4)), [0, 12, 20, 32, 40, 52, 60]);
    }

    #[test]
    fn key_pictures_that_come_seldom_are_all_kept() {
        assert_eq!(kept([0, 25, 50, 75]), [0, 25, 50, 75]);
    }

    #[test]
    fn after_a_hole_the_next_one_is_kept_and_none_in_its_place() {
        assert_eq!(kept([0, 2, 95, 97, 99, 101, 103, 111]), [0, 95, 101, 111]);
    }

    #[test]
    fn a_clock_set_back_begins_anew() {
        assert_eq!(kept([1_000, 1_005, 500, 505, 510]), [1_000, 500, 510]);
    }

    #[test]
    fn a_clock_set_back_a_little_only_makes_it_wait() {
        assert_eq!(kept([100, 108, 102, 109, 110, 119, 120]), [100, 110, 120]);
    }

    #[test]
    fn no_time_between_pictures_keeps_them_all() {
        let mut lapse = Lapse::new(Duration::ZERO);
        assert!((0..5).all(|second| lapse.step(WallTime::from_micros(second))));
    }
}
