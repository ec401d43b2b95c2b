//! When to try again.

use std::time::Duration;

use watchpost_model::Fraction;

/// Waits longer after each failure, up to a limit; never in step with others that failed at the
/// same moment.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits about `first` after the first failure, twice that after the second, never over `most`.
    #[must_use]
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, failures: 0 }
    }

    /// How long to wait after one more failure. `luck` is random: the wait lies between half and
    /// the whole of what the number of failures calls for.
    pub fn failed(&mut self, luck: Fraction) -> Duration {
        let doublings = self.failures.min(20);
        self.failures = self.failures.saturating_add(1);
        let whole = self.first.saturating_mul(1 << doublings).min(self.most);
        whole.mul_f32(0.5 + 0.5 * luck.get()).min(self.most)
    }

    /// All is well: the next failure is a first one.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Failures since all was well.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_begin_anew_after_success() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        let waits: Vec<_> = (0..6).map(|_| backoff.failed(Fraction::ALL).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_000, 1_000]);
        backoff.succeeded();
        assert_eq!(backoff.failed(Fraction::NONE).as_millis(), 50);
    }

    #[test]
    fn a_thousand_failures_overflow_nothing() {
        let mut backoff = Backoff::new(Duration::from_mins(1), Duration::MAX);
        for _ in 0..1_000 {
            backoff.failed(Fraction::ALL);
        }
        assert_eq!(backoff.failures(), 1_000);
    }
}
