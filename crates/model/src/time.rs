//! Moments and stretches of the wall clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A point on the wall clock, in microseconds since 1970-01-01T00:00:00Z.
///
/// There is no `WallTime + WallTime`: two points have no sum. The distance between two points is a
/// [`Duration`], from [`WallTime::since`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

/// Text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time; write it as RFC 3339, such as 2026-11-21T14:32:05+01:00")]
pub struct InvalidTime {
    text: String,
}

impl WallTime {
    /// Before everything.
    pub const MIN: WallTime = WallTime(i64::MIN);
    /// After everything.
    pub const MAX: WallTime = WallTime(i64::MAX);

    /// The moment `micros` microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is, or `None` if the clock was set back between the two.
    #[must_use]
    pub fn since(self, earlier: WallTime) -> Option<Duration> {
        u64::try_from(self.0.checked_sub(earlier.0)?).ok().map(Duration::from_micros)
    }

    /// How long after `earlier` this is, zero if it is not after it.
    #[must_use]
    pub fn since_or_zero(self, earlier: WallTime) -> Duration {
        self.since(earlier).unwrap_or_default()
    }

    /// RFC 3339 with the offset that `zone` has at this moment, to the millisecond.
    #[must_use]
    pub fn to_rfc3339(self, zone: &TimeZone) -> String {
        let moment = self.timestamp();
        let offset = zone.to_offset(moment);
        let millis = jiff::fmt::temporal::DateTimePrinter::new().precision(Some(3));
        millis.timestamp_with_offset_to_string(&moment, offset)
    }

    /// The same moment as the calendar library knows it, clamped to the years it knows.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }
}

impl From<Timestamp> for WallTime {
    fn from(moment: Timestamp) -> Self {
        Self(moment.as_microsecond())
    }
}

impl FromStr for WallTime {
    type Err = InvalidTime;

    /// Reads RFC 3339 with an offset or `Z`.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let moment: Result<Timestamp, _> = text.parse();
        moment.map(Self::from).map_err(|_| InvalidTime { text: text.to_owned() }) // The text is the whole story.
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

impl Add<Duration> for WallTime {
    type Output = WallTime;

    fn add(self, length: Duration) -> WallTime {
        WallTime(self.0.saturating_add(micros(length)))
    }
}

impl Sub<Duration> for WallTime {
    type Output = WallTime;

    fn sub(self, length: Duration) -> WallTime {
        WallTime(self.0.saturating_sub(micros(length)))
    }
}

/// Lengths beyond 292 000 years are that long.
fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

/// A stretch of the wall clock: from `start` on, up to but without `end`. Never ends before it
/// starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    start: WallTime,
    end: WallTime,
}

impl Interval {
    /// Everything there is.
    pub const ALL: Interval = Interval { start: WallTime::MIN, end: WallTime::MAX };

    /// From `start` to `end`; empty at `start` if `end` lies before it.
    #[must_use]
    pub fn new(start: WallTime, end: WallTime) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The first moment within.
    #[must_use]
    pub fn start(self) -> WallTime {
        self.start
    }

    /// The first moment no longer within.
    #[must_use]
    pub fn end(self) -> WallTime {
        self.end
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> Duration {
        self.end.since_or_zero(self.start)
    }

    /// Whether the two share a moment.
    #[must_use]
    pub fn overlaps(self, other: Interval) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `moment` lies within.
    #[must_use]
    pub fn contains(self, moment: WallTime) -> bool {
        self.start <= moment && moment < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_with_the_offset_of_its_zone() {
        let moment: WallTime = "2026-11-21T14:32:05.250+01:00".parse().unwrap();
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(moment.to_rfc3339(&berlin), "2026-11-21T14:32:05.250+01:00");
        assert_eq!(moment.to_rfc3339(&TimeZone::UTC), "2026-11-21T13:32:05.250+00:00");
    }

    #[test]
    fn a_moment_without_an_offset_is_refused() {
        assert!("2026-11-21T14:32:05".parse::<WallTime>().is_err());
    }

    #[test]
    fn no_time_has_passed_since_a_moment_in_the_future() {
        let now = WallTime::from_micros(5);
        assert_eq!(now.since(now + Duration::from_secs(1)), None);
        assert_eq!(now.since_or_zero(now + Duration::from_secs(1)), Duration::ZERO);
    }

    #[test]
    fn intervals_that_only_touch_do_not_overlap() {
        let at = WallTime::from_micros;
        assert!(!Interval::new(at(0), at(5)).overlaps(Interval::new(at(5), at(9))));
        assert!(Interval::new(at(0), at(6)).overlaps(Interval::new(at(5), at(9))));
    }
}
