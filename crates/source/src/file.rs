//! A file, played at its own speed.

mod recording;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::{Arrival, SourceError};

pub use recording::{Recording, Sample};

/// What comes after the last picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Nothing.
    Never,
    /// The first, as if time had gone on.
    Forever,
}

/// Plays a file.
pub(crate) struct Player {
    recording: Arc<Recording>,
    repeat: Repeat,
    began: Instant,
    /// Which sample is next.
    next: usize,
    /// How long the rounds before this one took.
    before: Duration,
}

impl Player {
    pub(crate) async fn open(path: PathBuf, repeat: Repeat) -> Result<Self, SourceError> {
        let recording = off_the_runtime(move || Recording::open(path)).await?;
        let (recording, began) = (Arc::new(recording), Instant::now());
        Ok(Self { recording, repeat, began, next: 0, before: Duration::ZERO })
    }

    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        let mut sample = self.recording.samples().get(self.next);
        if sample.is_none() && self.repeat == Repeat::Forever && self.next > 0 {
            self.before += self.recording.length();
            self.next = 0;
            sample = self.recording.samples().first();
        }
        let elapsed = self.before + sample.ok_or(SourceError::Finished)?.at;
        sleep_until(self.began + elapsed).await;
        let (recording, next) = (Arc::clone(&self.recording), self.next);
        let arrival = off_the_runtime(move || recording.read(next)).await?;
        self.next += 1;
        Ok(Arrival { elapsed, ..arrival })
    }
}

/// Reads files where it does not hold up others.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(SourceError::Ended { reason: error.to_string() }))
}
