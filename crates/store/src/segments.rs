//! Segments: the files of footage, and their rows in the catalog.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::time::Duration;

use jiff::Zoned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use watchpost_model::{ByteSize, CameraId, Interval, WallTime};

use crate::catalog::nonsense;
use crate::files;
use crate::{CatalogError, FileError, Store};

/// Footage with less than this between is told as one stretch.
const SEAM: Duration = Duration::from_secs(1);

/// One file of footage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its row in the catalog.
    pub id: i64,
    /// Whose footage it is.
    pub camera: CameraId,
    /// What it holds.
    pub kind: SegmentKind,
    /// Where it is, relative to the data folder, with `/` between parts.
    pub path: String,
    /// From its first picture to the end of its last, as far as written.
    pub interval: Interval,
    /// The length of the file, as far as written.
    pub bytes: ByteSize,
    /// Whether more is to come.
    pub state: State,
}

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentKind {
    /// Footage as it happened.
    Video,
    /// A key picture now and then.
    TimeLapse,
}

impl SegmentKind {
    /// The word for it in the catalog.
    pub(crate) fn word(self) -> &'static str {
        match self {
            SegmentKind::Video => "video",
            SegmentKind::TimeLapse => "timelapse",
        }
    }

    /// Where segments of this kind lie, relative to the data folder. This, not their names, tells
    /// the kinds apart when the catalog is lost.
    pub(crate) fn folder(self, camera: &CameraId, local: &Zoned) -> String {
        let day = files::day_folder(camera, local);
        match self {
            SegmentKind::Video => day,
            SegmentKind::TimeLapse => format!("{day}/{}", files::TIMELAPSE),
        }
    }
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

impl Store {
    /// The footage of `camera` that shares a moment with `interval`, oldest first; also what is being
    /// written. Time-lapse segments are not among it.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn segments(
        &self,
        camera: &CameraId,
        interval: Interval,
    ) -> Result<Vec<Segment>, CatalogError> {
        self.segments_of(camera, SegmentKind::Video, interval).await
    }

    /// As [`Store::segments`], of any kind.
    pub(crate) async fn segments_of(
        &self,
        camera: &CameraId,
        kind: SegmentKind,
        interval: Interval,
    ) -> Result<Vec<Segment>, CatalogError> {
        // First those being written: one that ends in between is then found twice, not missed.
        let open = self.inner.open_segments.overlapping(Some(camera), kind, interval);
        // Index: segment_by_start, bounded below by the longest segment (segment_by_length).
        let rows = sqlx::query(
            "SELECT id, camera, kind, path, start_us, end_us, bytes FROM segment \
             WHERE camera = ?1 AND kind = ?4 AND state = 'closed' \
             AND start_us < ?3 AND end_us > ?2 \
             AND start_us >= ?2 - (SELECT max(end_us - start_us) FROM segment \
               WHERE camera = ?1 AND kind = ?4) \
             ORDER BY start_us, id",
        )
        .bind(camera.as_str())
        .bind(interval.start().as_micros())
        .bind(interval.end().as_micros())
        .bind(kind.word())
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
        let all = Interval::ALL;
        let open = self.inner.open_segments.overlapping(None, SegmentKind::Video, all);
        // Index: all of segment_by_length, 4 ms for 100 000 segments.
        let rows = sqlx::query("SELECT DISTINCT camera FROM segment WHERE kind = 'video'")
            .fetch_all(&self.inner.catalog.readers)
            .await?;
        let known: Result<BTreeSet<_>, CatalogError> =
            rows.iter().map(|row| read_camera(row, "camera")).collect();
        let mut cameras = known?;
        cameras.extend(open.into_iter().map(|segment| segment.camera));
        Ok(cameras)
    }

    // ---- Rows of segments being written, for `segment_writer` and `repair`.

    /// Enters a segment that is about to be written; `None` if its path is taken.
    pub(crate) async fn insert_open(
        &self,
        camera: &CameraId,
        path: &str,
        kind: SegmentKind,
        start: WallTime,
    ) -> Result<Option<i64>, CatalogError> {
        // Index: the unique path.
        let row = sqlx::query(
            "INSERT INTO segment (camera, path, kind, state, start_us) \
             VALUES (?1, ?2, ?3, 'open', ?4) ON CONFLICT (path) DO NOTHING RETURNING id",
        )
        .bind(camera.as_str())
        .bind(path)
        .bind(kind.word())
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
        (camera, kind): (&CameraId, SegmentKind),
        path: &str,
        interval: Interval,
        bytes: ByteSize,
    ) -> Result<(), CatalogError> {
        // Index: the unique path.
        sqlx::query(
            "INSERT INTO segment (camera, path, state, start_us, end_us, bytes, kind) \
             VALUES (?1, ?2, 'closed', ?3, ?4, ?5, ?6)",
        )
        .bind(camera.as_str())
        .bind(path)
        .bind(interval.start().as_micros())
        .bind(interval.end().as_micros())
        .bind(whole_number(bytes))
        .bind(kind.word())
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
        kind: read_kind(row)?,
        path: row.try_get("path")?,
        interval: read_interval(row)?,
        bytes: read_bytes(row, "bytes")?,
        state: State::Closed,
    })
}

/// The kind in the column `kind`.
pub(crate) fn read_kind(row: &SqliteRow) -> Result<SegmentKind, CatalogError> {
    match row.try_get("kind")? {
        "video" => Ok(SegmentKind::Video),
        "timelapse" => Ok(SegmentKind::TimeLapse),
        other => Err(nonsense(InvalidKind(other.to_owned()))),
    }
}

/// A word in the catalog that means nothing here.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no kind of segment")]
struct InvalidKind(String);

/// The interval in the columns `start_us` and `end_us`.
pub(crate) fn read_interval(row: &SqliteRow) -> Result<Interval, CatalogError> {
    let [start, end] = [row.try_get("start_us")?, row.try_get("end_us")?];
    Ok(Interval::new(WallTime::from_micros(start), WallTime::from_micros(end)))
}

/// The camera in a column.
pub(crate) fn read_camera(row: &SqliteRow, column: &str) -> Result<CameraId, CatalogError> {
    let name: &str = row.try_get(column)?;
    name.parse().map_err(nonsense)
}

/// The size in a column.
pub(crate) fn read_bytes(row: &SqliteRow, column: &str) -> Result<ByteSize, CatalogError> {
    let bytes: i64 = row.try_get(column)?;
    Ok(ByteSize::from_bytes(u64::try_from(bytes).map_err(nonsense)?))
}

/// `SQLite` counts to 2⁶³.
pub(crate) fn whole_number(bytes: ByteSize) -> i64 {
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
