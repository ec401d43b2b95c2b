//! Pictures of events, as JPEG beside their footage.

use std::fs;
use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use watchpost_model::EventId;

use crate::events::Known;
use crate::files::{self, blocking};
use crate::{CatalogError, FileError, Store, WriteError};

/// The best picture of an event so far, three times as JPEG.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// As the camera took it.
    pub clean: Bytes,
    /// With the moving area outlined.
    pub marked: Bytes,
    /// Small, for lists.
    pub thumb: Bytes,
    /// How good it is, as judged by whoever took it; larger is better.
    pub score: f64,
}

/// Which picture of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotKind {
    /// As the camera took it.
    Clean,
    /// With the moving area outlined.
    Marked,
    /// Small, for lists.
    Thumb,
}

impl SnapshotKind {
    /// Every kind.
    pub const ALL: [SnapshotKind; 3] =
        [SnapshotKind::Clean, SnapshotKind::Marked, SnapshotKind::Thumb];

    /// The word for it in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SnapshotKind::Clean => "clean",
            SnapshotKind::Marked => "marked",
            SnapshotKind::Thumb => "thumb",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The file of this kind of the event with that stem.
    pub(crate) fn path(self, stem: &str) -> String {
        match self {
            SnapshotKind::Clean => format!("{stem}.jpg"),
            SnapshotKind::Marked => format!("{stem}_marked.jpg"),
            SnapshotKind::Thumb => format!("{stem}_thumb.jpg"),
        }
    }
}

/// The stems of the events whose snapshot the file `path` may be.
pub(crate) fn possible_stems(path: &str) -> impl Iterator<Item = &str> {
    let stem = path.strip_suffix(".jpg");
    let marked = stem.and_then(|stem| stem.strip_suffix("_marked"));
    let thumb = stem.and_then(|stem| stem.strip_suffix("_thumb"));
    [stem, marked, thumb].into_iter().flatten()
}

impl Store {
    /// Keeps the best picture of an event, in the place of the one before. Whoever reads meanwhile
    /// gets the old or the new file, whole.
    ///
    /// # Errors
    ///
    /// If there is no such event, or a file or the catalog cannot be written.
    pub async fn save_snapshot(&self, id: &EventId, snapshot: Snapshot) -> Result<(), WriteError> {
        let Some(Known { stem, .. }) = self.known_event(id).await? else {
            return Err(WriteError::NoSuchEvent { id: id.clone() });
        };
        let inner = self.inner.clone();
        let Snapshot { clean, marked, thumb, score } = snapshot;
        blocking(move || {
            let pictures = [
                (SnapshotKind::Clean, clean),
                (SnapshotKind::Marked, marked),
                (SnapshotKind::Thumb, thumb),
            ];
            pictures
                .into_iter()
                .try_for_each(|(kind, jpeg)| files::replace(&inner.path(&kind.path(&stem)), &jpeg))
        })
        .await?;
        // Index: primary key.
        sqlx::query("UPDATE event SET score = ?2 WHERE id = ?1")
            .bind(id.as_str())
            .bind(score)
            .execute(&self.inner.catalog.writer)
            .await
            .map_err(CatalogError::from)?;
        self.write_sidecar(id).await
    }

    /// Where a picture of an event lies; `None` if there is no event or no picture. Somebody may remove
    /// it right after.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn snapshot_path(
        &self,
        id: &EventId,
        kind: SnapshotKind,
    ) -> Result<Option<PathBuf>, CatalogError> {
        let Some(Known { stem, .. }) = self.known_event(id).await? else { return Ok(None) };
        let path = self.inner.path(&kind.path(&stem));
        Ok(blocking(move || path.is_file().then_some(path)).await)
    }

    /// One picture of an event as JPEG, or `None` if there is no event or no picture.
    ///
    /// # Errors
    ///
    /// If the catalog or the file cannot be read.
    pub async fn snapshot(
        &self,
        id: &EventId,
        kind: SnapshotKind,
    ) -> Result<Option<Bytes>, WriteError> {
        let Some(Known { stem, .. }) = self.known_event(id).await? else { return Ok(None) };
        let path = self.inner.path(&kind.path(&stem));
        let read = blocking(move || match fs::read(&path) {
            Ok(jpeg) => Ok(Some(Bytes::from(jpeg))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(&path, error)),
        });
        Ok(read.await?)
    }
}
