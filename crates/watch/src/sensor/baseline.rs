//! Which levels of an analogue sensor are unusual.

use std::collections::VecDeque;
use std::time::Duration;

use watchpost_model::Fraction;

/// So many levels are remembered.
const REMEMBERED: usize = 64;

/// Levels are remembered at this pace: what comes and stays is the usual after half of them, 16 s.
const PACE: Duration = Duration::from_millis(500);

/// And at this pace while somebody is there: what stays is the usual after almost three minutes.
const SLOW_PACE: Duration = Duration::from_secs(5);

/// So many are remembered as they come, so that it begins soon.
const FIRST: usize = 16;

/// From so many deviations on a level is unusual. Of levels that spread normally, no sample in a hundred
/// million is.
const DEVIATIONS: f32 = 6.0;

/// A median absolute deviation is this part of a standard deviation, where levels spread normally.
const OF_STANDARD: f32 = 1.4826;

/// What is nearer than this to the usual is never unusual: a level that does not tremble at all has no
/// deviation, and must not fire at the first step of the converter (0.001 of ten bits).
const LEAST: f32 = 0.03;

/// What the level usually is: the median of the last half minute and the median deviation from it. Up to
/// half of the levels may be anything before either is led astray.
///
/// The "Hampel identifier" of robust statistics: L. Davies, U. Gather, "The identification of multiple
/// outliers", Journal of the American Statistical Association 88 (1993), 782-792.
#[derive(Clone, Debug, Default)]
pub(super) struct Baseline {
    levels: VecDeque<f32>,
    /// How long ago the last one was remembered.
    age: Duration,
    usual: f32,
    /// Levels farther than this from the usual are unusual.
    reach: f32,
}

impl Baseline {
    /// Whether the level is unusual, in either direction. Nothing is while nothing is known.
    pub(super) fn is_unusual(&self, level: Fraction) -> bool {
        !self.levels.is_empty() && (level.get() - self.usual).abs() > self.reach
    }

    /// Learns a level that came `since` the last one; slowly while somebody is there.
    pub(super) fn learn(&mut self, level: Fraction, since: Option<Duration>, active: bool) {
        self.age += since.unwrap_or_default();
        let pace = match (self.levels.len() < FIRST, active) {
            (true, _) => Duration::ZERO,
            (false, false) => PACE,
            (false, true) => SLOW_PACE,
        };
        if self.age < pace {
            return;
        }
        self.age = Duration::ZERO;
        if self.levels.len() >= REMEMBERED {
            self.levels.pop_front();
        }
        self.levels.push_back(level.get());
        self.usual = median(self.levels.iter().copied());
        let deviations = self.levels.iter().map(|level| (level - self.usual).abs());
        self.reach = (DEVIATIONS * OF_STANDARD * median(deviations)).max(LEAST);
    }
}

/// The one in the middle, or the upper of the two there; 0 of none.
fn median(levels: impl Iterator<Item = f32>) -> f32 {
    let mut levels: Vec<f32> = levels.collect();
    levels.sort_unstable_by(f32::total_cmp);
    levels.get(levels.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels ten times a second, all learnt as `active`; tells after how many seconds the last is usual.
    fn usual_after(level: f32, active: bool, baseline: &mut Baseline) -> Option<u32> {
        let level = Fraction::clamped(level);
        (0..6_000_u32).find_map(|tenth| {
            baseline.learn(level, Some(Duration::from_millis(100)), active);
            (!baseline.is_unusual(level)).then_some(tenth / 10)
        })
    }

    /// Half a minute of a level that trembles by a hundredth around a half.
    fn calm() -> Baseline {
        let mut baseline = Baseline::default();
        for step in (0..10_u8).cycle().take(300) {
            let level = Fraction::clamped(0.495 + f32::from(step) * 0.001);
            baseline.learn(level, Some(Duration::from_millis(100)), false);
        }
        baseline
    }

    #[test]
    fn what_is_far_from_the_usual_is_unusual_above_and_below() {
        let baseline = calm();
        let unusual = |level: f32| baseline.is_unusual(Fraction::clamped(level));
        assert!([0.0, 0.4, 0.45, 0.55, 0.6, 1.0].into_iter().all(unusual));
        assert!(![0.48, 0.49, 0.5, 0.51, 0.52].into_iter().any(unusual));
    }

    #[test]
    fn who_trembles_more_has_more_room() {
        let mut baseline = Baseline::default();
        for step in (0..10_u8).cycle().take(300) {
            let level = Fraction::clamped(0.4 + f32::from(step) * 0.01);
            baseline.learn(level, Some(Duration::from_millis(100)), false);
        }
        assert!(!baseline.is_unusual(Fraction::clamped(0.55)));
        assert!(baseline.is_unusual(Fraction::clamped(1.0)));
    }

    #[test]
    fn a_new_resting_level_is_learnt_in_seconds_and_while_somebody_is_there_in_minutes() {
        let seconds = usual_after(0.8, false, &mut calm()).unwrap();
        assert!((10..30).contains(&seconds), "{seconds}");
        let seconds = usual_after(0.8, true, &mut calm()).unwrap();
        assert!((120..240).contains(&seconds), "{seconds}");
    }

    #[test]
    fn nothing_is_unusual_before_anything_is_known() {
        assert!(!Baseline::default().is_unusual(Fraction::ALL));
    }
}
