//! Keeps groups of tasks going: a task that breaks takes its group with it, and the group starts anew.

use std::pin::pin;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use watchpost_model::Fraction;
use watchpost_watch::backoff::Backoff;

use crate::clock;
use crate::status::Faults;

/// A group that has gone on for this long after it broke is well again.
const WELL: Duration = Duration::from_mins(1);

/// Starts the group `name` by `start`, and again whenever one of its tasks breaks, until `stop` says so
/// and all tasks have ended.
///
/// So a fault in one camera's code costs that camera a second, and no other camera anything.
pub(crate) async fn keep_going(
    name: String,
    faults: Faults,
    stop: CancellationToken,
    mut start: impl FnMut(&CancellationToken) -> JoinSet<()>,
) {
    let place = format!("{name} tasks");
    // Whatever breaks it may come again at once.
    let mut rests = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
    while !stop.is_cancelled() {
        // A broken group ends without ending the program.
        let round = stop.child_token();
        let mut tasks = start(&round);
        let mut well = pin!(sleep(WELL));
        let mut unwell = rests.failures() > 0;
        loop {
            let ended = tokio::select! {
                ended = tasks.join_next() => ended,
                () = &mut well, if unwell => {
                    unwell = false;
                    rests.succeeded();
                    faults.clear(&place);
                    continue;
                }
            };
            let Some(ended) = ended else { break };
            match ended {
                Err(error) if error.is_panic() => {
                    faults.set(
                        &place,
                        story(error),
                        "Please report this; it is restarted.",
                        clock::now(),
                    );
                    break;
                }
                _ if stop.is_cancelled() => {} // The others follow.
                _ => break,
            }
        }
        round.cancel();
        while tasks.join_next().await.is_some() {}
        if !stop.is_cancelled() {
            sleep(rests.failed(Fraction::clamped(rand::random()))).await;
        }
    }
    faults.clear(&place);
}

/// What a task said when it broke.
fn story(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "a task was stopped".to_owned() };
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a task broke: {}", said.unwrap_or("for no stated reason"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_group_starts_anew_when_one_of_its_tasks_breaks() {
        let (faults, told) = Faults::new();
        let stop = CancellationToken::new();
        let starts = AtomicU32::new(0);
        let group = keep_going("door".to_owned(), faults, stop.clone(), |round| {
            let mut tasks = JoinSet::new();
            let (round, stop) = (round.clone(), stop.clone());
            match starts.fetch_add(1, Ordering::Relaxed) {
                0 => {
                    tasks.spawn(async { panic!("no picture has this shape") });
                    tasks.spawn(async move { round.cancelled().await });
                }
                _ => drop(tasks.spawn(async move { stop.cancel() })),
            }
            tasks
        });
        group.await;
        assert_eq!(starts.load(Ordering::Relaxed), 2);
        assert!(told.borrow().is_empty(), "all is well at the end");
    }
}
