//! The grey frames of a video file, as the eye of a camera would see them; for commands that look
//! through files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use watchpost_decode::{Slot, Worker, WorkerError};
use watchpost_media::Picture;
use watchpost_model::WallTime;
use watchpost_source::{Reading, SourceError};
use watchpost_vision::Grey;

use crate::see;

/// How to tell what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Why a file could not be looked through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FramesError {
    /// It cannot be read.
    #[error("{}", path.display())]
    Source {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: SourceError,
    },
    /// It cannot be decoded.
    #[error("{}", path.display())]
    Decode {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: WorkerError,
    },
    /// The result cannot be written.
    #[error("cannot write the result")]
    Write(#[from] io::Error),
}

/// Files have no wall clock; theirs begins here.
const EPOCH: WallTime = WallTime::from_micros(0);

/// Gives `look` each frame that an eye would look at that never sleeps and takes so many a second, with
/// its time since the first picture; returns the length of the file.
///
/// # Errors
///
/// If it cannot be read or decoded.
pub(crate) async fn of(
    path: &Path,
    per_second: u8,
    mut look: impl FnMut(&Grey, Duration),
) -> Result<Duration, FramesError> {
    let unread = |source| FramesError::Source { path: path.to_owned(), source };
    let undecoded = |source| FramesError::Decode { path: path.to_owned(), source };
    let mut reading = Reading::open(path.to_owned()).await.map_err(unread)?;
    let mut worker = Worker::start().map_err(undecoded)?;
    let mut rhythm = see::Rhythm::new(per_second);
    let mut opened = None;
    while let Some(arrival) = reading.next().await.map_err(unread)? {
        let picture = Picture {
            parameters: arrival.parameters,
            data: arrival.data,
            kind: arrival.kind,
            time: EPOCH + arrival.elapsed,
            shown_after: arrival.shown_after,
            sound: Vec::new(), // Nobody listens.
        };
        if opened.as_ref() != Some(&picture.parameters) {
            worker.open(Slot::Follow, &picture.parameters).await.map_err(undecoded)?;
            opened = Some(Arc::clone(&picture.parameters));
        }
        let due = rhythm.is_due(picture.time);
        let grey = due.then(|| see::grey_size(&picture.parameters));
        let decoded = worker.decode(Slot::Follow, &picture, grey).await.map_err(undecoded)?;
        if let Some(decoded) = decoded
            && let Some(frame) = decoded.grey
        {
            look(&frame, decoded.time.since_or_zero(EPOCH));
        }
    }
    worker.finish().await;
    Ok(reading.length())
}
