//! The one place that reads the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::sleep;
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

/// Sleeps until the wall clock shows `due`, or for ever without one. May wake up to a second late if
/// the clock is set meanwhile.
pub(crate) async fn sleep_until(due: Option<WallTime>) {
    let Some(due) = due else { return std::future::pending().await };
    while let Some(left) = due.since(now()).filter(|left| !left.is_zero()) {
        sleep(left.min(NAP)).await;
    }
}
