//! Segments: the files of footage, and their rows in the catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use watchpost_model::{ByteSize, CameraId, Interval, WallTime};

use crate::catalog::nonsense;
use crate::files::{self, blocking};
use crate::{CatalogError, FileError, Store, WriteError};

/// Footage with less than this between is told as one stretch.
const SEAM: Duration = Duration::from_secs(1);

/// One file of footage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its row in the catalog.
    pub id: i64,
    /// Whose footage it is.
    pub camera: CameraId,
    /// Where it is, relative to the data folder, with `/` between parts.
    pub path: String,
    /// From its first picture to the end of its last, as far as written.
    pub interval: Interval,
    /// The length of the file, as far as written.
    pub bytes: ByteSize,
    /// Whether more is to come.
    pub state: State,
}

/// Whether more of a segment is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is being written.
    Open,
    /// It is complete.
    Closed,
}

/// A stretch of one camera's footage without a gap, in however many files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footage {
    /// Whose.
    pub camera: CameraId,
    /// From when to when.
    pub interval: Interval,
    /// The length of all its files.
    pub bytes: ByteSize,
}

/// A segment as retention wants to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedSegment {
    /// Its row; for [`Store::remove_segments`].
    pub id: i64,
    /// Whose footage it is.
    pub camera: CameraId,
    /// From its first picture to the end of its last.
    pub interval: Interval,
    /// The length of the file.
    pub bytes: ByteSize,
    /// Whether a kept event needs it.
    pub kept: bool,
}

/// What [`Store::remove_segments`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Segments.
    pub segments: u64,
    /// The length of their files.
    pub bytes: ByteSize,
    /// Events that had no footage left.
    pub events: u64,
}

impl Store {
    /// The segments of `camera` that share a moment with `interval`, oldest first; also those being
    /// written.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn segments(
        &self,
        camera: &CameraId,
        interval: Interval,
    ) -> Result<Vec<Segment>, CatalogError> {
        // First those being written: one that ends in between is then found twice, not missed.
        let open = self.inner.open_segments.overlapping(Some(camera), interval);
        // Index: segment_by_start, bounded below by the longest segment (segment_by_length).
        let rows = sqlx::query(
            "SELECT id, camera, path, start_us, end_us, bytes FROM segment \
             WHERE camera = ?1 AND state = 'closed' AND start_us < ?3 AND end_us > ?2 \
             AND start_us >= ?2 - (SELECT max(end_us - start_us) FROM segment WHERE camera = ?1) \
             ORDER BY start_us, id",
        )
        .bind(camera.as_str())
        .bind(interval.start().as_micros())
        .bind(interval.end().as_micros())
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let closed: Result<Vec<Segment>, _> = rows.iter().map(segment).collect();
        Ok(merged(closed?, open))
    }

    /// All footage in `interval`, of one camera or of all: by camera, then oldest first. Gaps under
    /// a second are not told. Whole files count, even if they reach beyond the interval.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn footage(
        &self,
        camera: Option<&CameraId>,
        interval: Interval,
    ) -> Result<Vec<Footage>, CatalogError> {
        let cameras = match camera {
            Some(camera) => BTreeSet::from([camera.clone()]),
            None => self.cameras_with_footage().await?,
        };
        let mut footage = Vec::new();
        for camera in cameras {
            footage.extend(stretches(self.segments(&camera, interval).await?));
        }
        Ok(footage)
    }

    /// The cameras of which there is footage, or a segment being written.
    async fn cameras_with_footage(&self) -> Result<BTreeSet<CameraId>, CatalogError> {
        let open = self.inner.open_segments.overlapping(None, Interval::ALL);
        // Index: all of segment_by_length, 4 ms for 100 000 segments.
        let rows = sqlx::query("SELECT DISTINCT camera FROM segment")
            .fetch_all(&self.inner.catalog.readers)
            .await?;
        let known: Result<BTreeSet<_>, CatalogError> =
            rows.iter().map(|row| read_camera(row, "camera")).collect();
        let mut cameras = known?;
        cameras.extend(open.into_iter().map(|segment| segment.camera));
        Ok(cameras)
    }

    /// The bytes of all segments.
    ///
    /// Reads the whole table; ask for it once a minute, not once a second.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn used_by_footage(&self) -> Result<ByteSize, CatalogError> {
        let open = self.inner.open_segments.bytes();
        // No index: the whole table.
        let row = sqlx::query("SELECT coalesce(sum(bytes), 0) AS bytes FROM segment")
            .fetch_one(&self.inner.catalog.readers)
            .await?;
        Ok(read_bytes(&row, "bytes")?.saturating_add(open))
    }

    /// Every segment that retention may consider, oldest first: the closed ones.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn survey(&self) -> Result<Vec<SurveyedSegment>, CatalogError> {
        let kept = self.kept().await?;
        // The whole table.
        let rows = sqlx::query(
            "SELECT id, camera, path, start_us, end_us, bytes FROM segment \
             WHERE state = 'closed' ORDER BY start_us, id",
        )
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let surveyed = |row: &SqliteRow| {
            let Segment { id, camera, path: _, interval, bytes, state: _ } = segment(row)?;
            let kept = kept.get(&camera).is_some_and(|kept| kept.overlaps(interval));
            Ok(SurveyedSegment { id, camera, interval, bytes, kept })
        };
        rows.iter().map(surveyed).collect()
    }

    /// When each camera has events that are kept.
    async fn kept(&self) -> Result<BTreeMap<CameraId, Kept>, CatalogError> {
        // Index: event_kept.
        let rows = sqlx::query(
            "SELECT camera, start_us, coalesce(end_us, ?1) AS end_us FROM event \
             WHERE kept = 1 ORDER BY camera, start_us",
        )
        .bind(WallTime::MAX.as_micros())
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let mut kept: BTreeMap<CameraId, Kept> = BTreeMap::new();
        for row in &rows {
            kept.entry(read_camera(row, "camera")?).or_default().push(read_interval(row)?);
        }
        Ok(kept)
    }

    /// Removes segments for good, and with them the events that end up without footage, unless
    /// they are kept or go on. Segments being written and unknown ids are passed over.
    ///
    /// If it fails half-way or the program dies, nothing is half: it is finished at the next open.
    ///
    /// # Errors
    ///
    /// If a file cannot be removed or the catalog not be written; the rest is removed all the same.
    pub async fn remove_segments(&self, ids: &[i64]) -> Result<Removed, WriteError> {
        let mut removed = self.remove_footage(ids).await?;
        removed.events = self.remove_events_without_footage(&removed.reach).await?;
        Ok(removed.told())
    }

    /// Removes segments, and leaves events alone.
    pub(crate) async fn remove_footage(&self, ids: &[i64]) -> Result<Doomed, WriteError> {
        let mut transaction =
            self.inner.catalog.writer.begin().await.map_err(CatalogError::from)?;
        for id in ids {
            // Indexes: primary key, event_by_footage. Whoever chose the segment did so before: its
            // event may be kept since.
            sqlx::query(
                "UPDATE segment SET state = 'doomed' WHERE id = ?1 AND state = 'closed' \
                 AND NOT EXISTS (SELECT 1 FROM event WHERE event.camera = segment.camera \
                   AND event.kept = 1 AND event.deleted_us IS NULL \
                   AND event.start_us < segment.end_us \
                   AND (event.end_us IS NULL OR event.end_us > segment.start_us))",
            )
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(CatalogError::from)?;
        }
        transaction.commit().await.map_err(CatalogError::from)?;
        self.finish_removals().await
    }

    /// Unlinks what is marked as doomed and deletes its rows, as far as possible.
    pub(crate) async fn finish_removals(&self) -> Result<Doomed, WriteError> {
        // Index: segment_unfinished, which `SQLite` only sees with its own condition spelt out.
        let rows = sqlx::query(
            "SELECT id, camera, path, start_us, coalesce(end_us, start_us) AS end_us, \
             coalesce(bytes, 0) AS bytes FROM segment \
             WHERE state <> 'closed' AND state = 'doomed' ORDER BY id",
        )
        .fetch_all(&self.inner.catalog.writer)
        .await
        .map_err(CatalogError::from)?;
        let doomed: Result<Vec<Segment>, CatalogError> = rows.iter().map(segment).collect();
        let doomed = doomed?;
        if doomed.is_empty() {
            return Ok(Doomed::default());
        }
        let inner = self.inner.clone();
        let (gone, failure) = blocking(move || {
            let mut failure = None;
            let unlinked = |segment: &Segment| {
                let path = inner.path(&segment.path);
                let removed = files::remove(&path);
                files::remove_folder_if_empty(&path);
                removed.map_err(|error| failure.get_or_insert(error)).is_ok()
            };
            let gone: Vec<Segment> = doomed.into_iter().filter(unlinked).collect();
            (gone, failure)
        })
        .await;
        let mut transaction =
            self.inner.catalog.writer.begin().await.map_err(CatalogError::from)?;
        for segment in &gone {
            // Index: primary key.
            sqlx::query("DELETE FROM segment WHERE id = ?1 AND state = 'doomed'")
                .bind(segment.id)
                .execute(&mut *transaction)
                .await
                .map_err(CatalogError::from)?;
        }
        transaction.commit().await.map_err(CatalogError::from)?;
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(Doomed::from(gone.as_slice())),
        }
    }

    // ---- Rows of segments being written, for `segment_writer` and `repair`.

    /// Enters a segment that is about to be written; `None` if its path is taken.
    pub(crate) async fn insert_open(
        &self,
        camera: &CameraId,
        path: &str,
        start: WallTime,
    ) -> Result<Option<i64>, CatalogError> {
        // Index: the unique path.
        let row = sqlx::query(
            "INSERT INTO segment (camera, path, state, start_us) VALUES (?1, ?2, 'open', ?3) \
             ON CONFLICT (path) DO NOTHING RETURNING id",
        )
        .bind(camera.as_str())
        .bind(path)
        .bind(start.as_micros())
        .fetch_optional(&self.inner.catalog.writer)
        .await?;
        row.map(|row| Ok(row.try_get("id")?)).transpose()
    }

    /// Enters what an open segment ended up as.
    pub(crate) async fn update_closed(
        &self,
        id: i64,
        interval: Interval,
        bytes: ByteSize,
    ) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query(
            "UPDATE segment SET state = 'closed', start_us = ?2, end_us = ?3, bytes = ?4 \
             WHERE id = ?1",
        )
        .bind(id)
        .bind(interval.start().as_micros())
        .bind(interval.end().as_micros())
        .bind(whole_number(bytes))
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(())
    }

    /// Enters a file that was found.
    pub(crate) async fn insert_closed(
        &self,
        camera: &CameraId,
        path: &str,
        interval: Interval,
        bytes: ByteSize,
    ) -> Result<(), CatalogError> {
        // Index: the unique path.
        sqlx::query(
            "INSERT INTO segment (camera, path, state, start_us, end_us, bytes) \
             VALUES (?1, ?2, 'closed', ?3, ?4, ?5)",
        )
        .bind(camera.as_str())
        .bind(path)
        .bind(interval.start().as_micros())
        .bind(interval.end().as_micros())
        .bind(whole_number(bytes))
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(())
    }

    /// Deletes a row whose file is not there.
    pub(crate) async fn delete_row(&self, id: i64) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query("DELETE FROM segment WHERE id = ?1")
            .bind(id)
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(())
    }
}

/// The kept events of one camera, by their start: when each begins, and how far it and those before
/// it reach. Not a condition in SQL, where each segment would be compared with each event.
#[derive(Debug, Default)]
struct Kept(Vec<(WallTime, WallTime)>);

impl Kept {
    /// Adds an event that begins at or after the last one.
    fn push(&mut self, event: Interval) {
        let reach = self.0.last().map_or(WallTime::MIN, |(_, reach)| *reach);
        self.0.push((event.start(), event.end().max(reach)));
    }

    /// Whether one of them shares a moment with `interval`.
    fn overlaps(&self, interval: Interval) -> bool {
        let before = self.0.partition_point(|(start, _)| *start < interval.end());
        let last = before.checked_sub(1).and_then(|last| self.0.get(last));
        last.is_some_and(|(_, reach)| *reach > interval.start())
    }
}

/// Footage that was removed.
#[derive(Debug, Default)]
pub(crate) struct Doomed {
    segments: u64,
    bytes: ByteSize,
    events: u64,
    /// For each camera, where the removed footage ended.
    reach: Vec<(CameraId, WallTime)>,
}

impl From<&[Segment]> for Doomed {
    fn from(gone: &[Segment]) -> Self {
        let mut doomed = Self::default();
        for segment in gone {
            doomed.segments += 1;
            doomed.bytes = doomed.bytes.saturating_add(segment.bytes);
            let end = segment.interval.end();
            match doomed.reach.iter_mut().find(|(camera, _)| *camera == segment.camera) {
                Some((_, reach)) => *reach = end.max(*reach),
                None => doomed.reach.push((segment.camera.clone(), end)),
            }
        }
        doomed
    }
}

impl Doomed {
    pub(crate) fn told(&self) -> Removed {
        Removed { segments: self.segments, bytes: self.bytes, events: self.events }
    }
}

/// Those of the catalog and those being written, each once, oldest first.
fn merged(closed: Vec<Segment>, open: Vec<Segment>) -> Vec<Segment> {
    let known: BTreeSet<i64> = closed.iter().map(|segment| segment.id).collect();
    let mut all = closed;
    all.extend(open.into_iter().filter(|segment| !known.contains(&segment.id)));
    all.sort_by_key(|segment| (segment.interval.start(), segment.id));
    all
}

/// Joins segments of one camera, oldest first, that follow one another.
fn stretches(segments: Vec<Segment>) -> Vec<Footage> {
    let mut stretches: Vec<Footage> = Vec::new();
    for Segment { camera, interval, bytes, .. } in segments {
        match stretches.last_mut() {
            Some(last) if interval.start() <= last.interval.end() + SEAM => {
                let end = interval.end().max(last.interval.end());
                last.interval = Interval::new(last.interval.start(), end);
                last.bytes = last.bytes.saturating_add(bytes);
            }
            _ => stretches.push(Footage { camera, interval, bytes }),
        }
    }
    stretches
}

/// A complete segment from its row.
pub(crate) fn segment(row: &SqliteRow) -> Result<Segment, CatalogError> {
    Ok(Segment {
        id: row.try_get("id")?,
        camera: read_camera(row, "camera")?,
        path: row.try_get("path")?,
        interval: read_interval(row)?,
        bytes: read_bytes(row, "bytes")?,
        state: State::Closed,
    })
}

/// The interval in the columns `start_us` and `end_us`.
fn read_interval(row: &SqliteRow) -> Result<Interval, CatalogError> {
    let [start, end] = [row.try_get("start_us")?, row.try_get("end_us")?];
    Ok(Interval::new(WallTime::from_micros(start), WallTime::from_micros(end)))
}

/// The camera in a column.
pub(crate) fn read_camera(row: &SqliteRow, column: &str) -> Result<CameraId, CatalogError> {
    let name: &str = row.try_get(column)?;
    name.parse().map_err(nonsense)
}

/// The size in a column.
fn read_bytes(row: &SqliteRow, column: &str) -> Result<ByteSize, CatalogError> {
    let bytes: i64 = row.try_get(column)?;
    Ok(ByteSize::from_bytes(u64::try_from(bytes).map_err(nonsense)?))
}

/// `SQLite` counts to 2⁶³.
fn whole_number(bytes: ByteSize) -> i64 {
    i64::try_from(bytes.as_bytes()).unwrap_or(i64::MAX)
}

/// The length of a file.
pub(crate) fn length(path: &std::path::Path) -> Result<Option<u64>, FileError> {
    match fs::metadata(path) {
        Ok(file) => Ok(Some(file.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new(path, error)),
    }
}
