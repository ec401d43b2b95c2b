//! Retention carried out: what there is, and what goes for good.

use std::collections::BTreeMap;

use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row};
use watchpost_model::{ByteSize, CameraId, EventId, Interval, WallTime};

use crate::files::{self, blocking};
use crate::segments::{read_bytes, read_camera, read_interval};
use crate::{CatalogError, Store, WriteError};

/// Names a file that retention may remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemId {
    /// A segment, by its row.
    Segment(i64),
    /// A photo, by its row.
    Photo(i64),
    /// A motion file, by its row.
    Motion(i64),
}

/// A file as retention wants to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveyed {
    /// Its row; for [`Store::remove`].
    pub id: ItemId,
    /// Whose it is.
    pub camera: CameraId,
    /// A segment: from its first picture to the end of its last. A photo: when it was taken. A motion
    /// file: from the start of its first page to the end of its last.
    pub interval: Interval,
    /// The length of the file.
    pub bytes: ByteSize,
    /// Whether a kept event needs it. No event needs a time-lapse segment or a motion file.
    pub kept: bool,
}

/// What [`Store::remove`] removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many segments.
    pub segments: u64,
    /// Photos.
    pub photos: Vec<i64>,
    /// How many motion files.
    pub motion: u64,
    /// The length of all their files.
    pub bytes: ByteSize,
    /// Events that had neither footage nor photos left.
    pub events: Vec<EventId>,
}

impl Store {
    /// The bytes of all segments, photos and motion files.
    ///
    /// Reads all three tables; ask for it once a minute, not once a second.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn used_by_footage(&self) -> Result<ByteSize, CatalogError> {
        let open = self.inner.open_segments.bytes().saturating_add(self.inner.open_motion.bytes());
        // No index: the whole tables.
        let row = sqlx::query(
            "SELECT coalesce((SELECT sum(bytes) FROM segment), 0) \
             + coalesce((SELECT sum(bytes) FROM photo), 0) \
             + coalesce((SELECT sum(bytes) FROM motion), 0) AS bytes",
        )
        .fetch_one(&self.inner.catalog.readers)
        .await?;
        Ok(read_bytes(&row, "bytes")?.saturating_add(open))
    }

    /// Every file that retention may consider, oldest first: complete segments, photos, and motion
    /// files that no page has reached for an hour.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn survey(&self) -> Result<Vec<Surveyed>, CatalogError> {
        let kept = self.kept().await?;
        // The whole table.
        let rows = sqlx::query(
            "SELECT id, camera, kind = 'video' AS is_video, start_us, end_us, bytes FROM segment \
             WHERE state = 'closed'",
        )
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let segment = |row: &SqliteRow| {
            let (camera, interval) = (read_camera(row, "camera")?, read_interval(row)?);
            let needed = kept.get(&camera).is_some_and(|kept| kept.overlaps(interval));
            let kept = needed && row.try_get("is_video")?;
            let id = ItemId::Segment(row.try_get("id")?);
            Ok(Surveyed { id, camera, interval, bytes: read_bytes(row, "bytes")?, kept })
        };
        let segments: Result<Vec<Surveyed>, CatalogError> = rows.iter().map(segment).collect();

        // The whole table; index of the kept ones: event_kept.
        let rows = sqlx::query(
            "SELECT id, camera, taken_us AS start_us, taken_us AS end_us, bytes, \
             coalesce(event_id IN (SELECT id FROM event WHERE kept = 1), 0) AS kept \
             FROM photo WHERE state = 'closed'",
        )
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let photo = |row: &SqliteRow| {
            Ok(Surveyed {
                id: ItemId::Photo(row.try_get("id")?),
                camera: read_camera(row, "camera")?,
                interval: read_interval(row)?,
                bytes: read_bytes(row, "bytes")?,
                kept: row.try_get("kept")?,
            })
        };
        let photos: Result<Vec<Surveyed>, CatalogError> = rows.iter().map(photo).collect();

        // The whole table: a row a day and camera.
        let rows = sqlx::query(
            "SELECT id, camera, start_us, end_us, bytes FROM motion WHERE state = 'closed'",
        )
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let motion = |row: &SqliteRow| {
            Ok(Surveyed {
                id: ItemId::Motion(row.try_get("id")?),
                camera: read_camera(row, "camera")?,
                interval: read_interval(row)?,
                bytes: read_bytes(row, "bytes")?,
                kept: false,
            })
        };
        let motion: Result<Vec<Surveyed>, CatalogError> = rows.iter().map(motion).collect();

        let mut all = segments?;
        all.extend(photos?);
        all.extend(motion?);
        all.sort_by_key(|item| (item.interval.start(), item.id));
        Ok(all)
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

    /// Removes segments, photos and motion files for good, and with them what is as old and has nothing left to
    /// show: events, unless they are kept or go on, and troubles that are over. What is being
    /// written, what a kept event needs, and unknown ids are passed over.
    ///
    /// If it fails half-way or the program dies, nothing is half: it is finished at the next open.
    ///
    /// # Errors
    ///
    /// If a file cannot be removed or the catalog not be written; the rest is removed all the same.
    pub async fn remove(&self, ids: &[ItemId]) -> Result<Removed, WriteError> {
        let mut doomed = self.doom(ids).await;
        if self.gives_reserve(&doomed).await {
            doomed = self.doom(ids).await;
        }
        doomed?;
        let gone = self.finish_removals().await;
        self.take_reserve().await;
        let Gone { segments, photos, motion, bytes, reach } = gone?;
        let mut events = Vec::new();
        for (camera, reach) in reach {
            events.extend(self.forget(&camera, reach).await?);
        }
        Ok(Removed { segments, photos, motion, bytes, events })
    }

    /// Marks files as ones to remove, all or none.
    async fn doom(&self, ids: &[ItemId]) -> Result<(), CatalogError> {
        let mut transaction = self.inner.catalog.writer.begin().await?;
        for id in ids {
            match id {
                ItemId::Segment(id) => doom_segment(&mut transaction, *id).await?,
                ItemId::Photo(id) => doom_photo(&mut transaction, *id).await?,
                ItemId::Motion(id) => doom_motion(&mut transaction, *id).await?,
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Removes what `camera` has from before `before` and has nothing to show: events that have
    /// ended, are not kept, and have neither footage nor photos (any more, or never had); troubles
    /// that are over. Says which events.
    ///
    /// [`Store::remove`] does this as far as it removed files. Needed besides for a camera that has
    /// no files at all: with its `keep`.
    ///
    /// # Errors
    ///
    /// If a file cannot be removed or the catalog not be written.
    pub async fn forget(
        &self,
        camera: &CameraId,
        before: WallTime,
    ) -> Result<Vec<EventId>, WriteError> {
        let events = self.remove_bare_events(camera, before).await?;
        self.remove_troubles(camera, before).await?;
        Ok(events)
    }

    /// Removes footage, and leaves events alone; says how many segments.
    pub(crate) async fn remove_footage(&self, ids: &[i64]) -> Result<u64, WriteError> {
        let writer = &self.inner.catalog.writer;
        let mut transaction = writer.begin().await.map_err(CatalogError::from)?;
        for id in ids {
            doom_segment(&mut transaction, *id).await?;
        }
        transaction.commit().await.map_err(CatalogError::from)?;
        Ok(self.finish_removals().await?.segments)
    }

    /// Removes the photos that `which` adds a condition for, and leaves events alone; says which.
    pub(crate) async fn remove_photos(
        &self,
        which: impl FnOnce(&mut QueryBuilder<Sqlite>),
    ) -> Result<Vec<i64>, WriteError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "UPDATE photo SET state = 'doomed' WHERE state = 'closed' AND ",
        );
        which(&mut query);
        query.build().execute(&self.inner.catalog.writer).await.map_err(CatalogError::from)?;
        Ok(self.finish_removals().await?.photos)
    }

    /// Unlinks what is marked as doomed and deletes its rows, as far as possible.
    pub(crate) async fn finish_removals(&self) -> Result<Gone, WriteError> {
        // Indexes: segment_unfinished, photo_unfinished and motion_unfinished, which `SQLite` only sees
        // with their own condition spelt out. A time-lapse segment may be long, and tells nothing of
        // what happened after its start; nor does a motion file, which no event is shown from.
        let rows = sqlx::query(
            "SELECT 'segment' AS what, id, camera, path, coalesce(bytes, 0) AS bytes, \
             CASE kind WHEN 'video' THEN coalesce(end_us, start_us) ELSE start_us END AS reach_us \
             FROM segment WHERE state <> 'closed' AND state = 'doomed' \
             UNION ALL SELECT 'photo', id, camera, path, bytes, taken_us + 1 \
             FROM photo WHERE state <> 'closed' AND state = 'doomed' \
             UNION ALL SELECT 'motion', id, camera, path, bytes, start_us \
             FROM motion WHERE state <> 'closed' AND state = 'doomed' ORDER BY 1, 2",
        )
        .fetch_all(&self.inner.catalog.writer)
        .await
        .map_err(CatalogError::from)?;
        let doomed: Result<Vec<Doomed>, CatalogError> = rows.iter().map(read_doomed).collect();
        let doomed = doomed?;
        if doomed.is_empty() {
            return Ok(Gone::default());
        }
        let inner = self.inner.clone();
        let (gone, failure) = blocking(move || {
            let mut failure = None;
            let unlinked = |doomed: &Doomed| {
                let path = inner.path(&doomed.path);
                let removed = files::remove(&path);
                files::remove_folder_if_empty(&path);
                removed.map_err(|error| failure.get_or_insert(error)).is_ok()
            };
            let gone: Vec<Doomed> = doomed.into_iter().filter(unlinked).collect();
            (gone, failure)
        })
        .await;
        let writer = &self.inner.catalog.writer;
        let mut transaction = writer.begin().await.map_err(CatalogError::from)?;
        for Doomed { id, .. } in &gone {
            // Index: primary key.
            let (delete, id) = match id {
                ItemId::Segment(id) => {
                    ("DELETE FROM segment WHERE id = ?1 AND state = 'doomed'", id)
                }
                ItemId::Photo(id) => ("DELETE FROM photo WHERE id = ?1 AND state = 'doomed'", id),
                ItemId::Motion(id) => ("DELETE FROM motion WHERE id = ?1 AND state = 'doomed'", id),
            };
            let deleted = sqlx::query(delete).bind(id).execute(&mut *transaction).await;
            deleted.map_err(CatalogError::from)?;
        }
        transaction.commit().await.map_err(CatalogError::from)?;
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(Gone::from(gone)),
        }
    }
}

/// Marks a segment for removal. Whoever chose it did so before: its event may be kept since.
async fn doom_segment(catalog: &mut SqliteConnection, id: i64) -> Result<(), CatalogError> {
    // Indexes: primary key, event_by_footage.
    sqlx::query(
        "UPDATE segment SET state = 'doomed' WHERE id = ?1 AND state = 'closed' \
         AND (kind <> 'video' OR NOT EXISTS (SELECT 1 FROM event \
           WHERE event.camera = segment.camera \
           AND event.kept = 1 AND event.deleted_us IS NULL \
           AND event.start_us < segment.end_us \
           AND (event.end_us IS NULL OR event.end_us > segment.start_us)))",
    )
    .bind(id)
    .execute(catalog)
    .await?;
    Ok(())
}

/// Marks a photo for removal, unless its event is kept since.
async fn doom_photo(catalog: &mut SqliteConnection, id: i64) -> Result<(), CatalogError> {
    // Indexes: both primary keys.
    sqlx::query(
        "UPDATE photo SET state = 'doomed' WHERE id = ?1 AND state = 'closed' \
         AND NOT EXISTS (SELECT 1 FROM event WHERE event.id = photo.event_id \
           AND event.kept = 1 AND event.deleted_us IS NULL)",
    )
    .bind(id)
    .execute(catalog)
    .await?;
    Ok(())
}

/// Marks a motion file for removal, unless a page has come for it since.
async fn doom_motion(catalog: &mut SqliteConnection, id: i64) -> Result<(), CatalogError> {
    // Index: primary key.
    sqlx::query("UPDATE motion SET state = 'doomed' WHERE id = ?1 AND state = 'closed'")
        .bind(id)
        .execute(catalog)
        .await?;
    Ok(())
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

/// A file marked for removal.
#[derive(Debug)]
struct Doomed {
    id: ItemId,
    camera: CameraId,
    path: String,
    bytes: ByteSize,
    /// Events that began before this may have had it, and may have nothing left.
    reach: WallTime,
}

fn read_doomed(row: &SqliteRow) -> Result<Doomed, CatalogError> {
    let id = row.try_get("id")?;
    let id = match row.try_get("what")? {
        "photo" => ItemId::Photo(id),
        "motion" => ItemId::Motion(id),
        _ => ItemId::Segment(id),
    };
    Ok(Doomed {
        id,
        camera: read_camera(row, "camera")?,
        path: row.try_get("path")?,
        bytes: read_bytes(row, "bytes")?,
        reach: WallTime::from_micros(row.try_get("reach_us")?),
    })
}

/// What was removed.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    pub(crate) segments: u64,
    pub(crate) photos: Vec<i64>,
    pub(crate) motion: u64,
    bytes: ByteSize,
    /// For each camera, how far the events reach that may have nothing left.
    reach: BTreeMap<CameraId, WallTime>,
}

impl From<Vec<Doomed>> for Gone {
    fn from(doomed: Vec<Doomed>) -> Self {
        let mut gone = Self::default();
        for Doomed { id, camera, path: _, bytes, reach } in doomed {
            match id {
                ItemId::Segment(_) => gone.segments += 1,
                ItemId::Photo(id) => gone.photos.push(id),
                ItemId::Motion(_) => gone.motion += 1,
            }
            gone.bytes = gone.bytes.saturating_add(bytes);
            let known = gone.reach.entry(camera).or_insert(reach);
            *known = reach.max(*known);
        }
        gone
    }
}
