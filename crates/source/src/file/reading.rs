//! A video file, read as fast as one can, by its own times.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use watchpost_model::config::{File, Speed};

use super::{Ours, Reel, others};
use crate::{Arrival, SourceError};

/// A video file that somebody looks through.
///
/// MP4 with H.264 or H.265 is read as it lies there; whatever else `ffmpeg` knows through that, and
/// where its codec is none of ours, as JPEGs.
pub struct Reading {
    reel: Reel,
    /// Taken while it was found out who can read the file.
    first: Option<Arrival>,
    /// When the last two pictures are decoded.
    last: [Duration; 2],
}

impl Reading {
    /// Opens the file at `path`. Its sound is not read.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or has no video that anybody here knows.
    pub async fn open(path: PathBuf) -> Result<Self, SourceError> {
        let file = File { path, repeat: false, speed: Speed::Fastest, sound: false };
        let mut reel = Reel::open(&file, false).await?;
        let first = match (reel.next().await, &reel) {
            (Err(of_copy), Reel::Ffmpeg(_)) => {
                reel = Reel::Ffmpeg(Box::new(others::open_as_jpegs(&file.path)?));
                reel.next().await.map_err(|of_jpegs| {
                    tracing::debug!(%of_copy, %of_jpegs, "ffmpeg cannot read it either");
                    let what = "it holds no video that can be read, not even by ffmpeg";
                    let source = io::Error::new(io::ErrorKind::InvalidData, what);
                    SourceError::File { path: file.path, source }
                })?
            }
            (first, _) => first?,
        };
        Ok(Self { reel, first: Some(first), last: [Duration::ZERO; 2] })
    }

    /// The next picture in the order of decoding, `None` at the end.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub async fn next(&mut self) -> Result<Option<Arrival>, SourceError> {
        let next = match self.first.take() {
            Some(first) => Ok(first),
            None => self.reel.next().await,
        };
        match next {
            Ok(arrival) => {
                self.last = [self.last[1], arrival.elapsed];
                Ok(Some(arrival))
            }
            Err(SourceError::Finished) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How long it plays; of a file that is read through `ffmpeg`, as far as it was read.
    #[must_use]
    pub fn length(&self) -> Duration {
        let [before, last] = self.last;
        match &self.reel {
            Reel::Ours(Ours { recording, .. }) => recording.length(),
            // The last picture is shown as long as the one before it.
            Reel::Ffmpeg(_) => last + last.saturating_sub(before),
        }
    }
}
