//! What recorded footage shows of a moment, with what moves outlined.

use std::io::{self, Write};
use std::pin::pin;

use bytes::Bytes;
use futures::StreamExt;
use tempfile::NamedTempFile;
use tokio::task;
use watchpost_decode::{Outline, Photo, Slot, Worker, WorkerError};
use watchpost_media::Picture;
use watchpost_model::{CameraId, Interval, Region, WallTime};
use watchpost_source::{Recording, SourceError};
use watchpost_store::{Clip, ClipError, Store};

/// Why there is no picture although there is footage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    /// The footage cannot be found.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The footage cannot be taken out of the store.
    #[error("cannot read the footage of {at:?}")]
    Copy {
        /// Of when.
        at: WallTime,
        /// What the system said.
        source: io::Error,
    },
    /// The footage cannot be read.
    #[error("cannot read the footage of {at:?}")]
    Source {
        /// Of when.
        at: WallTime,
        /// Why.
        source: SourceError,
    },
    /// The footage cannot be decoded.
    #[error("cannot decode the footage of {at:?}")]
    Decode {
        /// Of when.
        at: WallTime,
        /// Why.
        source: WorkerError,
    },
}

/// The recorded picture of `camera` at the moment `at` as JPEG, as large as it was recorded, with a
/// line around each of `regions`; `None` if nothing was recorded then. Decodes from the key picture
/// before on, by a worker of its own.
///
/// # Errors
///
/// If there is footage and it cannot be read or decoded.
pub(crate) async fn picture(
    store: &Store,
    camera: &CameraId,
    at: WallTime,
    regions: &[Region],
) -> Result<Option<Bytes>, PictureError> {
    /// In microseconds: the shortest interval that has a picture.
    const MOMENT: std::time::Duration = std::time::Duration::from_micros(1);
    let clip = match store.clip(camera, Interval::new(at, at + MOMENT)).await {
        Ok(clip) => clip,
        Err(ClipError::Empty) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // From the key picture on; the footage is no longer than a group of pictures.
    let file = copy(&clip).await.map_err(|source| PictureError::Copy { at, source })?;
    let path = file.path().to_owned();
    let unread = |source| PictureError::Source { at, source };
    let pictures = task::spawn_blocking(move || pictures(&Recording::open(path)?)).await;
    let ended = |error: task::JoinError| SourceError::Ended { reason: error.to_string() };
    let pictures = pictures.map_err(|error| unread(ended(error)))?.map_err(unread)?;
    let undecoded = |source| PictureError::Decode { at, source };
    let mut worker = Worker::start().map_err(undecoded)?;
    let jpeg = jpeg(&mut worker, &pictures, regions).await.map_err(undecoded)?;
    worker.finish().await;
    Ok(jpeg)
}

async fn copy(clip: &Clip) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    let mut bytes = pin!(clip.read(0..clip.length()));
    while let Some(piece) = bytes.next().await {
        file.write_all(&piece?)?; // Into the system's cache; a few MB at most.
    }
    Ok(file)
}

fn pictures(recording: &Recording) -> Result<Vec<Picture>, SourceError> {
    let read = |index: usize| {
        let arrival = recording.read(index)?;
        Ok(Picture {
            parameters: arrival.parameters,
            data: arrival.data,
            kind: arrival.kind,
            time: WallTime::from_micros(0) + arrival.elapsed,
            shown_after: arrival.shown_after,
            sound: Vec::new(), // Nobody listens.
        })
    };
    (0..recording.samples().len()).map(read).collect()
}

/// The last of these, decoded exactly.
async fn jpeg(
    worker: &mut Worker,
    pictures: &[Picture],
    regions: &[Region],
) -> Result<Option<Bytes>, WorkerError> {
    let Some(first) = pictures.first() else { return Ok(None) };
    worker.open(Slot::Photo, &first.parameters).await?;
    for picture in pictures {
        worker.decode(Slot::Photo, picture, None).await?;
    }
    let outlined = regions.iter().copied().map(Outline::from).collect();
    let photo = Photo { width: None, fit: None, quality: 85, crop: None, outlined, text: None };
    worker.photo(Slot::Photo, photo).await
}
