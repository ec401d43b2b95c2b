//! Why a camera's task does not do what it was asked, and how long it is given.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::error::{Answer, Problem};

/// Why something asked of a camera is not done. Each text is a sentence for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The camera has no such thing, and never will.
    None(String),
    /// What was asked makes no sense.
    Invalid {
        /// What is wrong with it.
        message: String,
        /// What would be right.
        hint: String,
    },
    /// It cannot be done now.
    NotNow {
        /// What is in the way.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::None(message) => Problem::NotFound(message),
            Refusal::Invalid { message, hint } => Problem::Invalid { message, hint },
            Refusal::NotNow { message, hint } => Problem::Unavailable { message, hint },
        }
    }
}

/// Where a task's answer goes. The asker may have left.
pub type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// Puts a request to a task and waits for the answer. `who` is what is to blame if none comes, as
/// the first words of a sentence.
pub(crate) async fn ask<R, T>(
    tasks: &mpsc::Sender<R>,
    who: &str,
    patience: Duration,
    request: impl FnOnce(Reply<T>) -> R,
) -> Answer<T> {
    let (reply, answer) = oneshot::channel();
    tasks.try_send(request(reply)).map_err(|error| match error {
        mpsc::error::TrySendError::Full(_) => not_now(format!("{who} is busy.")),
        mpsc::error::TrySendError::Closed(_) => not_now(format!("{who} is off.")),
    })?;
    match timeout(patience, answer).await {
        Ok(Ok(Ok(answer))) => Ok(answer),
        Ok(Ok(Err(refusal))) => Err(refusal.into()),
        Ok(Err(_)) => Err(not_now(format!("{who} broke off."))),
        Err(_) => Err(not_now(format!("{who} did not answer for {} s.", patience.as_secs()))),
    }
}

fn not_now(message: String) -> Problem {
    Problem::Unavailable { message, hint: "Try again in a few seconds.".to_owned() }
}
