//! A service that fails again and again is left in peace for a while: whoever starts anew needs no crowd at
//! its door (M. Nygard, Release It!, "circuit breaker").

use std::time::Duration;

use tokio::time::Instant;
use watchpost_model::Fraction;
use watchpost_watch::backoff::Backoff;

/// So many failures in a row may be chance.
const CHANCE: u32 = 3;

/// The first wait, about, and the longest.
const WAITS: [Duration; 2] = [Duration::from_secs(5), Duration::from_mins(1)];

/// Knows whether a service is to be asked.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    waits: Backoff,
    row: Option<Row>,
}

/// Failures in a row.
#[derive(Clone, Debug)]
struct Row {
    count: u32,
    since: Instant,
    /// Nothing is asked until then.
    until: Instant,
    /// The last one.
    cause: String,
}

impl Breaker {
    pub(super) fn new() -> Self {
        let [first, most] = WAITS;
        Self { waits: Backoff::new(first, most), row: None }
    }

    /// For how long the service has failed, and for how long it is not to be asked; `None` if whoever asks
    /// this is to ask it now. After a rest that is one alone: others wait for what comes of it, but not
    /// longer than a try may take, `limit`.
    pub(super) fn rests(&mut self, now: Instant, limit: Duration) -> Option<(Duration, Duration)> {
        let row = self.row.as_mut()?;
        if now < row.until {
            return Some((now.saturating_duration_since(row.since), row.until - now));
        }
        if row.count >= CHANCE {
            row.until = now + limit;
        }
        None
    }

    /// The last failure in a row; empty if there is none.
    pub(super) fn cause(&self) -> &str {
        self.row.as_ref().map_or("", |row| &row.cause)
    }

    pub(super) fn succeeded(&mut self) {
        self.waits.succeeded();
        self.row = None;
    }

    /// `luck` is random: who failed together does not come back together.
    pub(super) fn failed(&mut self, cause: String, now: Instant, luck: Fraction) {
        let (count, since) = self.row.as_ref().map_or((0, now), |row| (row.count, row.since));
        let count = count.saturating_add(1);
        let wait = if count < CHANCE { Duration::ZERO } else { self.waits.failed(luck) };
        self.row = Some(Row { count, since, until: now + wait, cause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(3);

    #[test]
    fn after_three_failures_there_is_one_try_after_each_growing_rest() {
        let mut breaker = Breaker::new();
        let mut now = Instant::now();
        let mut rests = Vec::new();
        for _ in 0..9 {
            assert_eq!(breaker.rests(now, LIMIT), None);
            breaker.failed("it is away".to_owned(), now, Fraction::ALL);
            let rest = breaker.rests(now, LIMIT).map_or(Duration::ZERO, |(_, again)| again);
            rests.push(rest.as_secs());
            now += rest;
        }
        assert_eq!(rests, [0, 0, 5, 10, 20, 40, 60, 60, 60]);
        let (failing, again) = breaker.rests(now - Duration::from_secs(1), LIMIT).unwrap();
        assert_eq!((failing.as_secs(), again.as_secs()), (254, 1));
        assert_eq!(breaker.cause(), "it is away");
    }

    #[test]
    fn an_answer_makes_all_good() {
        let mut breaker = Breaker::new();
        let now = Instant::now();
        for _ in 0..5 {
            breaker.failed("it is away".to_owned(), now, Fraction::NONE);
        }
        breaker.succeeded();
        assert_eq!(breaker.rests(now, LIMIT), None);
        for rests in [None, None, Some(2_500)] {
            breaker.failed("it is away".to_owned(), now, Fraction::NONE);
            let again = breaker.rests(now, LIMIT).map(|(_, again)| again.as_millis());
            assert_eq!(again, rests);
        }
    }

    #[test]
    fn after_a_rest_one_alone_tries() {
        let mut breaker = Breaker::new();
        let mut now = Instant::now();
        for _ in 0..3 {
            assert_eq!(breaker.rests(now, LIMIT), None, "at first any may");
            breaker.failed("it is away".to_owned(), now, Fraction::ALL);
        }
        now += Duration::from_secs(5);
        assert_eq!(breaker.rests(now, LIMIT), None);
        assert_eq!(breaker.rests(now, LIMIT).map(|(_, again)| again), Some(LIMIT));
        // Who tried was given up without a word.
        assert_eq!(breaker.rests(now + LIMIT, LIMIT), None);
    }
}
