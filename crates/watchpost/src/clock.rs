//! The one place that reads the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, sleep};
use watchpost_model::WallTime;

/// The longest sleep towards a moment of the wall clock: it may be set while one sleeps.
const NAP: Duration = Duration::from_secs(1);

/// What the wall clock shows.
#[expect(clippy::disallowed_methods, reason = "the one place")]
pub(crate) fn now() -> WallTime {
    let micros = |length: Duration| i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => WallTime::from_micros(micros(since)),
        Err(before) => WallTime::from_micros(-micros(before.duration())),
    }
}

/// A clock that shows what the wall clock shows, but goes on evenly for a moment when that is set: until
/// the pictures' times follow, nothing must seem long over.
#[derive(Debug)]
pub(crate) struct Steady {
    shown: WallTime,
    at: Instant,
    /// Since when the wall clock shows something else.
    other: Option<Instant>,
}

impl Steady {
    /// The times of pictures follow a clock that was set within a second (`media::Anchor`).
    const PATIENCE: Duration = Duration::from_secs(3);
    /// Who is nearer than this was not set, but corrected.
    const NEAR: Duration = Duration::from_millis(500);

    pub(crate) fn new() -> Self {
        Self { shown: now(), at: Instant::now(), other: None }
    }

    /// The time.
    pub(crate) fn now(&mut self) -> WallTime {
        let (even, wall) = (self.shown + self.at.elapsed(), now());
        let apart = wall.since_or_zero(even).max(even.since_or_zero(wall));
        if apart > Self::NEAR {
            let since = *self.other.get_or_insert_with(Instant::now);
            if since.elapsed() < Self::PATIENCE {
                return even;
            }
        }
        self.set();
        self.shown
    }

    /// Shows what the wall clock shows from here on.
    pub(crate) fn set(&mut self) {
        *self = Self::new();
    }

    /// Sleeps until it shows `due`, at most a second; for ever without one.
    pub(crate) async fn sleep_towards(&mut self, due: Option<WallTime>) {
        match due {
            Some(due) => sleep(due.since_or_zero(self.now()).min(NAP)).await,
            None => std::future::pending().await,
        }
    }
}
