//! Which pictures are looked at, and how large.

use std::time::Duration;

use watchpost_media::Parameters;
use watchpost_model::WallTime;

/// The width of the grey frames that motion is looked for in.
const GREY_WIDTH: u16 = 160;

/// Which pictures to look at: on the average so many a second, whatever the camera's rate.
#[derive(Debug)]
pub(crate) struct Rhythm {
    /// From one to the next.
    every: Duration,
    next: Option<WallTime>,
}

impl Rhythm {
    /// One of so many pictures a second.
    pub(crate) fn new(per_second: u8) -> Self {
        Self { every: Duration::from_secs(1) / u32::from(per_second.max(1)), next: None }
    }

    /// Whether to look at the picture of the moment `at`.
    pub(crate) fn is_due(&mut self, at: WallTime) -> bool {
        let next = self.next.unwrap_or(at);
        let late = at.since(next);
        // Far behind or set back: begin anew.
        let steady = late.is_some_and(|late| late < self.every);
        let due = late.is_some() || next.since_or_zero(at) > self.every;
        if due {
            self.next = Some(if steady { next + self.every } else { at + self.every });
        }
        due
    }
}

/// The size of the grey frame for a stream: of the stream's shape, not larger than the stream.
pub(crate) fn grey_size(parameters: &Parameters) -> (u16, u16) {
    let (width, height) = (parameters.width().max(1), parameters.height().max(1));
    let grey = GREY_WIDTH.min(width);
    let rows = u32::from(height) * u32::from(grey) / u32::from(width);
    (grey, u16::try_from(rows.clamp(1, 640)).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of pictures at these milliseconds, the ones looked at so many times a second.
    fn looked_at(per_second: u8, millis: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut rhythm = Rhythm::new(per_second);
        let due = |at: &i64| rhythm.is_due(WallTime::from_micros(*at * 1_000));
        millis.into_iter().filter(due).collect()
    }

    #[test]
    fn of_fifteen_pictures_a_second_ten_are_looked_at() {
        assert_eq!(looked_at(10, (0..15).map(|n| n * 1_000 / 15)).len(), 10);
        assert_eq!(looked_at(10, (0..30).map(|n| n * 1_000 / 30)).len(), 10);
        assert_eq!(looked_at(10, (0..5).map(|n| n * 200)).len(), 5);
        assert_eq!(looked_at(4, (0..30).map(|n| n * 1_000 / 30)).len(), 4);
    }

    #[test]
    fn looking_goes_on_after_a_gap_and_after_the_clock_was_set_back() {
        assert_eq!(looked_at(10, [0, 50, 5_000, 5_050, 5_100]), [0, 5_000, 5_100]);
        assert_eq!(looked_at(10, [10_000, 10_050, 3_000, 3_050, 3_100]), [10_000, 3_000, 3_100]);
    }
}
