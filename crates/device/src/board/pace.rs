//! How often readings are passed on.

use std::time::Duration;

use tokio::time::Instant;
use watchpost_model::{Distance, Reading};

/// Readings that say nothing new are at least this far apart.
const USUAL: Duration = Duration::from_millis(100);
/// And those that do: a board that cannot make up its mind must not flood the recorder.
const CHANGES: Duration = Duration::from_millis(20);

/// Lets changes through at once and the rest at a pace. What has to wait is joined with what comes
/// after it, so that the last word is always passed on.
#[derive(Debug)]
pub(super) struct Pace {
    /// Nearer than this counts, in millimetres.
    within: Option<u32>,
    /// All that was passed on.
    known: Reading,
    /// When anything was passed on last, ...
    passed: Option<Instant>,
    /// ... when a change was, ...
    changed: Option<Instant>,
    /// ... and when a yes of the moment was.
    fired: Option<Instant>,
    /// What waits, and since when.
    held: Option<(Reading, Instant)>,
}

impl Pace {
    pub(super) fn new(within: Option<u32>) -> Self {
        Self {
            within,
            known: Reading::default(),
            passed: None,
            changed: None,
            fired: None,
            held: None,
        }
    }

    /// A reading came. The one to pass on now, if any.
    pub(super) fn take(&mut self, reading: Reading, now: Instant) -> Option<Reading> {
        self.held = Some(match self.held {
            Some((held, since)) => (held.then(reading), since),
            None => (reading, now),
        });
        self.due(now)
    }

    /// The reading that waited and is due, if any.
    pub(super) fn due(&mut self, now: Instant) -> Option<Reading> {
        self.wake_at().filter(|at| now >= *at)?;
        let (reading, _) = self.held.take()?;
        if self.is_change(reading) {
            self.changed = Some(now);
        }
        if reading.momentary {
            self.fired = Some(now);
        }
        self.passed = Some(now);
        self.known = self.known.then(reading);
        Some(reading)
    }

    /// When one is due; past if it does not have to wait.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let (reading, since) = self.held?;
        let after = |last: Option<Instant>, pause| last.map_or(since, |last| last + pause);
        let mut at = after(self.passed, USUAL);
        if self.is_change(reading) {
            at = at.min(after(self.changed, CHANGES));
        }
        if reading.momentary {
            at = at.min(after(self.fired, USUAL));
        }
        Some(at)
    }

    /// What was known is not so any more: the next reading is a change.
    pub(super) fn forget(&mut self) {
        *self = Self::new(self.within);
    }

    fn is_change(&self, newer: Reading) -> bool {
        let after = self.known.then(newer);
        after.on != self.known.on || self.place(after.distance) != self.place(self.known.distance)
    }

    /// Where a thing is, as far as it matters.
    fn place(&self, distance: Option<Distance>) -> Option<Place> {
        distance.map(|distance| match distance {
            Distance::Free => Place::Nowhere,
            Distance::Millimetres(mm) if self.within.is_some_and(|within| mm < within) => {
                Place::Near
            }
            Distance::Millimetres(_) => Place::Far,
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Near,
    Far,
    Nowhere,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mm: u32, on: bool) -> Reading {
        Reading { on: Some(on), distance: Some(Distance::Millimetres(mm)), ..Reading::default() }
    }

    fn motion() -> Reading {
        Reading { on: Some(true), momentary: true, ..Reading::default() }
    }

    /// When each reading is passed on, in milliseconds, if these come at those times.
    fn passed(came: &[(u64, Reading)]) -> Vec<(u64, Reading)> {
        let start = Instant::now();
        let mut pace = Pace::new(Some(1_500));
        let mut passed = Vec::new();
        let last = came.last().unwrap().0;
        for ms in 0..=last + 200 {
            let now = start + Duration::from_millis(ms);
            passed.extend(pace.due(now).map(|reading| (ms, reading)));
            for (_, reading) in came.iter().filter(|(at, _)| *at == ms) {
                passed.extend(pace.take(*reading, now).map(|reading| (ms, reading)));
            }
        }
        passed
    }

    #[test]
    fn what_is_usual_passes_at_once_if_it_is_seldom() {
        let came = [(0, at(2_000, false)), (500, at(2_001, false)), (1_000, at(2_000, false))];
        assert_eq!(passed(&came), came);
    }

    #[test]
    fn a_change_passes_at_once() {
        let came = [
            (0, at(2_000, false)),
            (30, at(1_400, false)),
            (60, at(1_400, true)),
            (90, at(1_600, true)),
        ];
        assert_eq!(passed(&came), came);
    }

    #[test]
    fn a_change_right_after_another_waits_no_longer_than_it_must() {
        let came = [(0, at(2_000, false)), (1, at(1_400, true))];
        assert_eq!(passed(&came), [(0, at(2_000, false)), (20, at(1_400, true))]);
        let came = [(0, at(2_000, false)), (500, at(2_001, false)), (501, at(1_400, true))];
        assert_eq!(passed(&came), came);
    }

    #[test]
    fn a_flood_of_the_same_passes_ten_times_a_second() {
        let came: Vec<_> = (0..1_000).map(|ms| (ms, at(2_000, false))).collect();
        let passed = passed(&came);
        assert_eq!(passed.len(), 11, "{passed:?}");
    }

    #[test]
    fn a_flood_of_changes_passes_fifty_times_a_second_and_the_last_word_counts() {
        let came: Vec<_> = (0..1_000).map(|ms| (ms, at(2_000, ms % 2 == 1))).collect();
        let passed = passed(&came);
        assert!((20..=52).contains(&passed.len()), "{}", passed.len());
        assert_eq!(passed.last().unwrap().1, at(2_000, true));
    }

    #[test]
    fn a_yes_of_the_moment_does_not_wait_for_the_distance_before_it() {
        let far = Reading { on: None, ..at(2_000, false) };
        let far = |ms| (ms, far);
        let came = [far(0), (50, motion()), far(180), (200, motion()), (210, motion())];
        let passed = passed(&came);
        assert_eq!(passed.iter().map(|(ms, _)| *ms).collect::<Vec<_>>(), [0, 50, 180, 200, 300]);
        assert!(passed[1].1.momentary && passed[3].1.momentary && passed[4].1.momentary);
    }
}
