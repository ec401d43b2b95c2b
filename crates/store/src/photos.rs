//! Photos: JPEG files that cameras took for an event or because they were asked to, and their rows
//! in the catalog.

use std::fmt;
use std::fs;
use std::io;
use std::str::FromStr;

use bytes::Bytes;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{QueryBuilder, Row};
use watchpost_model::{ByteSize, CameraId, EventId, Interval, WallTime};

use crate::catalog::nonsense;
use crate::events::{InvalidCursor, push_cameras};
use crate::files::{self, Put, blocking};
use crate::segments::{read_bytes, read_camera, whole_number};
use crate::snapshot::possible_stems;
use crate::stamp::{self, About};
use crate::{CatalogError, FileError, Store, WriteError};

/// What every query about photos reads.
const COLUMNS: &str = "id, camera, path, taken_us, event_id, width, height, bytes";

/// The condition that a photo is seen: neither being written or removed, nor of a deleted event.
/// Not `state = 'closed'`, for which each row would have to be looked up.
const SEEN: &str = " WHERE id NOT IN (SELECT id FROM photo WHERE state <> 'closed' \
     UNION ALL SELECT hidden.id FROM event CROSS JOIN photo AS hidden \
       ON hidden.event_id = event.id WHERE event.deleted_us IS NOT NULL)";

/// A photo to be kept.
#[derive(Clone, Debug)]
pub struct NewPhoto {
    /// Who took it.
    pub camera: CameraId,
    /// When.
    pub taken: WallTime,
    /// What for, if for an event; it may be entered later.
    pub event: Option<EventId>,
    /// The picture. What the camera wrote into it as EXIF stays (exposure, lens, …), but for its idea
    /// of the time.
    pub jpeg: Bytes,
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
}

/// A photo that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Its row in the catalog.
    pub id: i64,
    /// Who took it.
    pub camera: CameraId,
    /// When.
    pub taken: WallTime,
    /// What for, if for an event.
    pub event: Option<EventId>,
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
    /// The length of the file.
    pub bytes: ByteSize,
    /// Where it is, relative to the data folder, with `/` between parts.
    pub file: String,
}

/// Which photos are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFilter {
    /// Of these cameras; of all if empty.
    pub cameras: Vec<CameraId>,
    /// Taken in this.
    pub interval: Interval,
    /// Taken for this.
    pub event: Option<EventId>,
    /// Older than where the last page ended.
    pub after: Option<PhotoCursor>,
    /// At most so many, 1 to 1000; what lies outside is moved inside.
    pub limit: u32,
}

impl Default for PhotoFilter {
    /// The newest 60 of all.
    fn default() -> Self {
        Self { cameras: Vec::new(), interval: Interval::ALL, event: None, after: None, limit: 60 }
    }
}

/// One page of photos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoPage {
    /// Newest first; of one moment, the last entered first.
    pub photos: Vec<Photo>,
    /// Where the next page begins, or `None` if this is the last.
    pub next: Option<PhotoCursor>,
    /// How many photos the filter lets through on all pages.
    pub total: u64,
}

/// Where a page of photos ends. As text, `1795267925250000_4711`; to others it is opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoCursor {
    taken: WallTime,
    id: i64,
}

impl fmt::Display for PhotoCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.taken.as_micros(), self.id)
    }
}

impl FromStr for PhotoCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let read = || {
            let (taken, id) = text.split_once('_')?;
            Some(Self { taken: WallTime::from_micros(taken.parse().ok()?), id: id.parse().ok()? })
        };
        read().ok_or_else(|| InvalidCursor { text: text.to_owned() })
    }
}

impl Store {
    /// Keeps a photo in `media/<camera>/<YYYY-MM-DD>/`, named by `Options.photo_name` in local time,
    /// with `_2`, `_3` … where that is taken. Time, zone, camera and event are written into it as
    /// EXIF. It outlives a power cut when this returns.
    ///
    /// Nothing is ever overwritten, and a file of that name is there whole or not at all.
    ///
    /// # Errors
    ///
    /// If the picture is no JPEG, or the catalog or the file cannot be written; nothing is left
    /// behind then.
    pub async fn add_photo(&self, new: NewPhoto) -> Result<Photo, WriteError> {
        let NewPhoto { camera, taken, event, jpeg, width, height } = new;
        let options = &self.inner.options;
        let local = files::local(taken, &options.zone);
        let about = About { camera: camera.clone(), taken, event: event.clone() };
        let stamped = blocking({
            let local = local.clone();
            move || stamp::write(&jpeg, &about, &local).map(Bytes::from)
        });
        let Some(content) = stamped.await else { return Err(WriteError::NoJpeg { camera }) };
        let bytes = ByteSize::from_bytes(u64::try_from(content.len()).unwrap_or(u64::MAX));
        let file = String::new();
        let mut photo = Photo { id: 0, camera, taken, event, width, height, bytes, file };
        let name = options.photo_name.render(&photo.camera, &local);
        for file in files::paths(&files::day_folder(&photo.camera, &local), &name) {
            let path = self.inner.path(&file);
            photo.file = file;
            if blocking({
                let path = path.clone();
                move || path.exists()
            })
            .await
            {
                continue;
            }
            let Some(id) = self.insert_photo(&photo, "open").await? else { continue };
            photo.id = id;
            let content = content.clone();
            match blocking(move || files::put_new(&path, &content)).await {
                Ok(Put::Done) => {
                    let mut closed = self.close_photo(&photo).await;
                    if self.gives_reserve(&closed).await {
                        closed = self.close_photo(&photo).await;
                    }
                    closed?;
                    return Ok(photo);
                }
                // Somebody else put a file there meanwhile.
                Ok(Put::Taken) => self.delete_photo_row(id).await?,
                Err(error) => {
                    self.delete_photo_row(id).await?;
                    return Err(error.into());
                }
            }
        }
        unreachable!("the numbers behind a name do not run out")
    }

    /// A page of photos, newest first. Those of deleted events are not seen.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn photos(&self, filter: &PhotoFilter) -> Result<PhotoPage, CatalogError> {
        let limit = usize::try_from(filter.limit.clamp(1, 1000)).unwrap_or(1000);
        // Index: photo_by_time, photo_by_camera where cameras are named, photo_by_event.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM photo");
        push_filter(&mut query, filter);
        if let Some(PhotoCursor { taken, id }) = &filter.after {
            query.push(" AND (taken_us, id) < (").push_bind(taken.as_micros());
            query.push(", ").push_bind(*id).push(")");
        }
        query.push(" ORDER BY taken_us DESC, id DESC LIMIT ");
        query.push_bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let rows = query.build().fetch_all(&self.inner.catalog.readers).await?;
        let photos: Result<Vec<Photo>, CatalogError> = rows.iter().map(read_photo).collect();
        let mut photos = photos?;
        let more = photos.len() > limit;
        photos.truncate(limit);
        let last = photos.last().filter(|_| more);
        let next = last.map(|photo| PhotoCursor { taken: photo.taken, id: photo.id });

        // The same indexes, alone.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM photo");
        push_filter(&mut query, filter);
        let row = query.build().fetch_one(&self.inner.catalog.readers).await?;
        let total: i64 = row.try_get(0)?;
        Ok(PhotoPage { photos, next, total: u64::try_from(total).map_err(nonsense)? })
    }

    /// A photo and its JPEG; `None` if there is none of that row, if its event was deleted, or if its
    /// file is gone.
    ///
    /// # Errors
    ///
    /// If the catalog or the file cannot be read.
    pub async fn photo(&self, id: i64) -> Result<Option<(Photo, Bytes)>, WriteError> {
        let Some(photo) = self.photo_row(id).await? else { return Ok(None) };
        let path = self.inner.path(&photo.file);
        let read = blocking(move || match fs::read(&path) {
            Ok(jpeg) => Ok(Some(Bytes::from(jpeg))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(&path, error)),
        });
        Ok(read.await?.map(|jpeg| (photo, jpeg)))
    }

    /// What the catalog tells of a photo, even if its file is gone; `None` if there is none of that
    /// row, or if its event was deleted.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn photo_row(&self, id: i64) -> Result<Option<Photo>, CatalogError> {
        // Index: primary key.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM photo").push(SEEN).push(" AND id = ").push_bind(id);
        let row = query.build().fetch_optional(&self.inner.catalog.readers).await?;
        row.as_ref().map(read_photo).transpose()
    }

    /// Removes a photo for good, even one of a kept event; `false` if there is none of that row.
    ///
    /// # Errors
    ///
    /// If the file cannot be removed or the catalog not be written. The photo is hidden then, and
    /// the next removal or the next open tries again.
    pub async fn delete_photo(&self, id: i64) -> Result<bool, WriteError> {
        // Index: primary key.
        let photos = self.remove_photos(|query| _ = query.push("id = ").push_bind(id)).await?;
        Ok(photos.contains(&id))
    }

    // ---- Rows, for `mend_photos`.

    /// Enters a photo in that state; `None` if its path is taken, or is where an event's snapshot
    /// would lie.
    pub(crate) async fn insert_photo(
        &self,
        photo: &Photo,
        state: &'static str,
    ) -> Result<Option<i64>, CatalogError> {
        let Photo { id: _, camera, taken, event, width, height, bytes, file } = photo;
        // Indexes: the unique path, the unique stem of events.
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO photo (camera, path, state, taken_us, event_id, width, height, bytes) \
             SELECT ",
        );
        let mut values = query.separated(", ");
        values.push_bind(camera.as_str()).push_bind(file.as_str()).push_bind(state);
        values.push_bind(taken.as_micros()).push_bind(event.as_ref().map(EventId::as_str));
        values.push_bind(i64::from(*width)).push_bind(i64::from(*height));
        values.push_bind(whole_number(*bytes));
        query.push(" WHERE NOT EXISTS (SELECT 1 FROM event WHERE stem IN (");
        let mut stems = query.separated(", ");
        for stem in possible_stems(file) {
            stems.push_bind(stem);
        }
        query.push(")) ON CONFLICT (path) DO NOTHING RETURNING id");
        let row = query.build().fetch_optional(&self.inner.catalog.writer).await?;
        row.map(|row| Ok(row.try_get("id")?)).transpose()
    }

    /// Enters what became of a photo that was being written.
    pub(crate) async fn close_photo(&self, photo: &Photo) -> Result<(), CatalogError> {
        let Photo { id, camera: _, taken, event, width, height, bytes, file: _ } = photo;
        // Index: primary key.
        sqlx::query(
            "UPDATE photo SET state = 'closed', taken_us = ?2, event_id = ?3, width = ?4, \
             height = ?5, bytes = ?6 WHERE id = ?1",
        )
        .bind(id)
        .bind(taken.as_micros())
        .bind(event.as_ref().map(EventId::as_str))
        .bind(i64::from(*width))
        .bind(i64::from(*height))
        .bind(whole_number(*bytes))
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(())
    }

    /// Deletes a row whose file is not there.
    pub(crate) async fn delete_photo_row(&self, id: i64) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query("DELETE FROM photo WHERE id = ?1")
            .bind(id)
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(())
    }
}

/// The condition that `filter` puts on photos, without its cursor.
fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &PhotoFilter) {
    let PhotoFilter { cameras, interval, event, after: _, limit: _ } = filter;
    query.push(SEEN);
    push_cameras(query, cameras);
    if *interval != Interval::ALL {
        query.push(" AND taken_us >= ").push_bind(interval.start().as_micros());
        query.push(" AND taken_us < ").push_bind(interval.end().as_micros());
    }
    if let Some(event) = event {
        query.push(" AND event_id = ").push_bind(event.as_str().to_owned());
    }
}

/// A photo from a row of [`COLUMNS`].
pub(crate) fn read_photo(row: &SqliteRow) -> Result<Photo, CatalogError> {
    let event: Option<&str> = row.try_get("event_id")?;
    let pixels = |column: &str| {
        let pixels: i64 = row.try_get(column)?;
        u16::try_from(pixels).map_err(nonsense)
    };
    Ok(Photo {
        id: row.try_get("id")?,
        camera: read_camera(row, "camera")?,
        taken: WallTime::from_micros(row.try_get("taken_us")?),
        event: event.map(str::parse).transpose().map_err(nonsense)?,
        width: pixels("width")?,
        height: pixels("height")?,
        bytes: read_bytes(row, "bytes")?,
        file: row.try_get("path")?,
    })
}
