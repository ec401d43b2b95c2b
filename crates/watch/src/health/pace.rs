//! How many pictures come a second, against what is usual.

use std::collections::VecDeque;
use std::time::Duration;

use watchpost_model::WallTime;

/// Pictures are counted over so long; so long it takes to find that too few come.
const COUNTED: Duration = Duration::from_secs(5);
/// What is usual is learnt for so long before it is relied on.
const LEARNT: Duration = Duration::from_secs(20);
/// Time in which what is usual follows, in seconds; while too few come, in which that becomes usual.
const FOLLOW: f64 = 60.0;
const ACCEPT: f64 = 900.0;
/// Share of the usual below which too few come, and from which enough do again.
const SLOW: f64 = 0.5;
const WELL: f64 = 0.7;
/// Fewer usual pictures a second than these are too few to count.
const LEAST: f64 = 1.0;
/// More pictures than these are not counted: 100 a second.
const MOST: usize = 500;

/// Counts pictures.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the last ones came, oldest first, of the time since the stream began.
    times: VecDeque<WallTime>,
    /// How long counting has gone on, over all streams.
    watched: Duration,
    /// Pictures a second.
    usual: Option<f64>,
    slow: bool,
}

impl Pace {
    /// The stream broke off: what comes next is counted anew.
    pub(super) fn pause(&mut self) {
        self.times.clear();
        self.slow = false;
    }

    pub(super) fn picture(&mut self, at: WallTime) {
        let Some(&before) = self.times.back() else {
            self.times.push_back(at);
            return;
        };
        let Some(passed) = at.since(before) else {
            self.pause();
            return;
        };
        self.watched = self.watched.saturating_add(passed);
        self.times.push_back(at);
        while self.times.len() > MOST || self.is_first_spare(at) {
            self.times.pop_front();
        }
        if let Some(rate) = self.rate(at) {
            self.judge(rate, passed.as_secs_f64());
        }
    }

    /// Whether too few come.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    fn is_first_spare(&self, at: WallTime) -> bool {
        self.times.get(1).is_some_and(|&second| at.since_or_zero(second) >= COUNTED)
    }

    /// Pictures a second over the last while, once it has gone on.
    fn rate(&self, at: WallTime) -> Option<f64> {
        let length = at.since_or_zero(*self.times.front()?);
        let count = u32::try_from(self.times.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let enough = length >= COUNTED || self.times.len() >= MOST;
        enough.then(|| f64::from(count) / length.as_secs_f64().max(1e-6))
    }

    fn judge(&mut self, rate: f64, passed: f64) {
        let usual = *self.usual.get_or_insert(rate);
        let share = rate / usual.max(1e-6);
        if self.watched >= LEARNT && usual >= LEAST {
            self.slow = share < if self.slow { WELL } else { SLOW };
        }
        let time = if share < WELL { ACCEPT } else { FOLLOW };
        self.usual = Some(usual + (rate - usual) * (passed / time).min(1.0));
    }
}
