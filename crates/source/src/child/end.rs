//! How a program is ended.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::timeout;

/// How long it has to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// How long even a killed program may take, such as one that hangs in a driver.
const AT_MOST: Duration = Duration::from_secs(3);

/// Asks it to end, kills it if it does not, and waits until it is gone. Its ends of pipes should be
/// closed before, or it may wait for somebody to read.
pub(crate) async fn end(process: &mut Child) {
    let id = process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let Some(id) = id else { return }; // Gone already, and waited for.
    if kill_process(id, Signal::TERM).is_ok() && timeout(GRACE, process.wait()).await.is_ok() {
        return;
    }
    if let Err(error) = process.start_kill() {
        tracing::warn!(%error, "a program cannot be ended");
    }
    if timeout(AT_MOST, process.wait()).await.is_err() {
        tracing::warn!("a program that was killed hangs in the kernel");
    }
}
