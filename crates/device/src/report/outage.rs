//! What is told while a sensor is away, and when it is tried again.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use watchpost_model::Fraction;
use watchpost_watch::backoff::Backoff;

use super::Report;

/// Why a sensor cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What happened.
    pub(crate) cause: String,
    /// What its owner can do about it.
    pub(crate) hint: &'static str,
}

/// Tells a fault once, and has the sensor tried again: soon at first, every few seconds later.
#[derive(Debug)]
pub(crate) struct Outage {
    backoff: Backoff,
    told: Option<Fault>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not tried yet.
    Fresh,
    Well {
        since: Instant,
    },
    Away {
        until: Instant,
    },
}

impl Outage {
    /// Who was well for this long begins anew with short waits; who breaks down at once does not.
    const GOOD: Duration = Duration::from_secs(10);

    /// Of something that was not tried yet.
    pub(crate) fn new() -> Self {
        let backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(5));
        Self { backoff, told: None, state: State::Fresh }
    }

    /// Waits until the next try is due; not at all before the first. Cancel safe.
    pub(crate) async fn rest(&self) {
        if let State::Away { until } = self.state {
            sleep_until(until).await;
        }
    }

    /// A try succeeded.
    pub(crate) fn well(&mut self) {
        self.told = None;
        self.state = State::Well { since: Instant::now() };
    }

    /// It failed. Gives what is to be told, if it was not.
    pub(crate) fn failed(&mut self, fault: Fault) -> Option<Report> {
        let now = Instant::now();
        if let State::Well { since } = self.state
            && now - since >= Self::GOOD
        {
            self.backoff.succeeded();
        }
        let wait = self.backoff.failed(Fraction::clamped(rand::random()));
        self.state = State::Away { until: now + wait };
        if self.told.as_ref() == Some(&fault) {
            return None;
        }
        let lost = Report::Lost { cause: fault.cause.clone(), hint: fault.hint.to_owned() };
        self.told = Some(fault);
        Some(lost)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn fault(cause: &str) -> Fault {
        Fault { cause: cause.to_owned(), hint: "look" }
    }

    /// How long the next try waits.
    async fn wait(outage: &Outage) -> Duration {
        let began = Instant::now();
        outage.rest().await;
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_is_told_once_and_another_one_again() {
        let mut outage = Outage::new();
        let lost =
            |cause: &str| Some(Report::Lost { cause: cause.to_owned(), hint: "look".to_owned() });
        assert_eq!(outage.failed(fault("gone")), lost("gone"));
        assert_eq!(outage.failed(fault("gone")), None);
        assert_eq!(outage.failed(fault("busy")), lost("busy"));
        outage.well();
        assert_eq!(outage.failed(fault("busy")), lost("busy"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_try_does_not_wait_and_no_later_one_more_than_five_seconds() {
        let mut outage = Outage::new();
        assert_eq!(wait(&outage).await, Duration::ZERO);
        for least in [125, 250, 500, 1_000, 2_000, 2_500, 2_500] {
            outage.failed(fault("gone"));
            let waited = wait(&outage).await;
            assert!((least..=5_000).contains(&waited.as_millis()), "{waited:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_breaks_down_at_once_is_tried_ever_more_seldom() {
        let mut outage = Outage::new();
        for _ in 0..10 {
            outage.well();
            outage.failed(fault("gone"));
        }
        assert!(wait(&outage).await >= Duration::from_secs(2));
        outage.well();
        advance(Outage::GOOD).await;
        outage.failed(fault("gone"));
        assert!(wait(&outage).await <= Duration::from_millis(251));
    }
}
