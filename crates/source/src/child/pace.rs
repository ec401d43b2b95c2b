//! When a picture of a stream without times was taken: when its first byte came.

use std::time::Duration;

/// The least from picture to picture.
const STEP: Duration = Duration::from_millis(1);

/// Gives times to pictures that are known only when the next begins.
#[derive(Debug)]
pub(super) struct Pace {
    /// What the camera was told.
    interval: Duration,
    /// When the picture that is not yet complete began.
    begun: Option<Duration>,
    last: Option<Duration>,
}

impl Pace {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, begun: None, last: None }
    }

    /// The times of the `count` pictures that were completed by what arrived `now`. They grow.
    ///
    /// The first of them began with, or soon after, an earlier arrival. The others came in one heap,
    /// because the program or we were late: they were taken an interval apart, the newest of all,
    /// which is still incomplete, now.
    pub(super) fn times(&mut self, now: Duration, count: usize) -> Vec<Duration> {
        let first = *self.begun.get_or_insert(now);
        if count > 0 {
            self.begun = Some(now);
        }
        let mut times = Vec::with_capacity(count);
        for place in 0..count {
            let before_now = u32::try_from(count - place).unwrap_or(u32::MAX);
            let at = match place {
                0 => first,
                _ => now.saturating_sub(self.interval.saturating_mul(before_now)),
            };
            let at = self.last.map_or(at, |last| at.max(last + STEP));
            self.last = Some(at);
            times.push(at);
        }
        times
    }

    /// When something last began to arrive.
    pub(super) fn latest(&self) -> Duration {
        self.begun.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera of ten pictures a second gives: (when something arrives, how many pictures it
    /// completes), and the times they get, all in milliseconds.
    #[track_caller]
    fn check(arrivals: &[(u64, usize)], expected: &[u64]) {
        let mut pace = Pace::new(Duration::from_millis(100));
        let times = arrivals.iter().flat_map(|(now, count)| {
            let times = pace.times(Duration::from_millis(*now), *count);
            times.into_iter().map(|time| u64::try_from(time.as_millis()).unwrap())
        });
        assert_eq!(times.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_picture_was_taken_when_it_began_to_arrive_not_when_the_next_did() {
        check(&[(500, 0), (600, 1), (700, 1), (800, 1)], &[500, 600, 700]);
    }

    #[test]
    fn a_large_picture_in_many_pieces_was_taken_when_its_first_came() {
        check(&[(500, 0), (600, 1), (610, 0), (620, 0), (700, 1)], &[500, 600]);
    }

    #[test]
    fn pictures_that_come_in_a_heap_are_spread_at_the_camera_s_pace() {
        check(&[(500, 0), (600, 1), (1000, 4), (1100, 1)], &[500, 600, 700, 800, 900, 1000]);
    }

    #[test]
    fn times_always_grow() {
        check(&[(500, 0), (505, 3), (505, 1), (505, 1)], &[500, 501, 502, 505, 506]);
    }
}
