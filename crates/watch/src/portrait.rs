//! Which picture of an event shows best what happened.

use std::time::Duration;

use watchpost_model::{Fraction, WallTime};

/// How much more must move for a later picture to replace an earlier one. A picture costs the
/// decoding of a group of pictures, so a hair more is not worth it.
const CLEARLY_MORE: f32 = 1.3;

/// The least time between two pictures of one event, for the same reason.
const BREATH: Duration = Duration::from_secs(1);

/// Chooses the picture of one event: the first at once, so that an alert never waits; a later one
/// when clearly more moves in it, as when a visitor comes nearer.
#[derive(Debug, Default)]
pub struct Portrait {
    best: Option<(Fraction, WallTime)>,
}

/// Whether to take a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This moment shows the event best so far.
    Take,
    /// The picture at hand is good enough.
    Leave,
}

impl Portrait {
    /// Judges the moment `at`, in which `area` of the picture moves.
    pub fn step(&mut self, area: Fraction, at: WallTime) -> Verdict {
        let better = self.best.is_none_or(|(most, taken)| {
            area.get() > most.get() * CLEARLY_MORE && at.since_or_zero(taken) >= BREATH
        });
        if better {
            self.best = Some((area, at));
            Verdict::Take
        } else {
            Verdict::Leave
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_who_comes_nearer_is_taken_again_but_not_at_every_step() {
        let mut portrait = Portrait::default();
        let seen =
            [(0, 0.01), (200, 0.05), (1_000, 0.05), (2_500, 0.06), (3_000, 0.10), (9_000, 0.02)];
        let taken: Vec<_> = seen
            .into_iter()
            .filter(|&(millis, area)| {
                let at = WallTime::from_micros(millis * 1_000);
                portrait.step(Fraction::clamped(area), at) == Verdict::Take
            })
            .map(|(millis, _)| millis)
            .collect();
        assert_eq!(taken, [0, 1_000, 3_000]);
    }
}
