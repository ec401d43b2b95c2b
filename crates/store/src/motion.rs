//! Motion: what moved before each camera, kept so that it can be judged again by other settings.
//!
//! A camera appends a page now and then, at most every 15 minutes while nothing moves. One file holds
//! those of a day; its row in the catalog is written when it begins and when it ends, not with each
//! page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use watchpost_model::{ByteSize, CameraId, Interval, WallTime};

use crate::files::{self, Put, blocking};
use crate::motion_file::{self, Origin, Tape, Wanted};
use crate::segments::whole_number;
use crate::{CatalogError, FileError, Store, WriteError, motion_block};

/// A file that got no page for so long is closed. Longer than a page, so that a camera that is watched
/// does not have its file opened again with each.
const REST: Duration = Duration::from_hours(1);

/// A stretch of what moved before one camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MotionPage {
    /// When it begins.
    pub start: WallTime,
    /// Where it ends; what lies before the start counts as the start.
    pub end: WallTime,
    /// How much moved, a byte for each second from the start on: 255 · √(share of the picture). At
    /// most 64 KiB.
    pub levels: Vec<u8>,
    /// What moved, as the motion detector writes it; opaque here. At most 32 MiB.
    pub grid: Vec<u8>,
}

impl Store {
    /// Keeps a page of what moved before `camera`, in the file of the local day on which it begins:
    /// `media/<camera>/<YYYY-MM-DD>/motion/<YYYYMMDD>.motion`, with `_2`, `_3` … where that is taken
    /// by something else. Pages may come in any order: the clock may be set back.
    ///
    /// One write for a page, whole or not at all. The disk is not waited for: after a power cut the
    /// last page may be missing, of those that the system had not written yet (in most cases within
    /// 30 s). If the returned future is dropped, the page is written all the same, or not at all.
    ///
    /// # Errors
    ///
    /// If the page is too large, or if the catalog or the file cannot be written; the page is lost
    /// then, and the next call may succeed.
    pub async fn append_motion(
        &self,
        camera: &CameraId,
        page: MotionPage,
    ) -> Result<(), WriteError> {
        let interval = Interval::new(page.start, page.end);
        let block = blocking(move || motion_block::pack(&page)).await;
        let Some(block) = block.map(Arc::new) else {
            return Err(WriteError::PageTooLarge { camera: camera.clone() });
        };
        let _alone = self.inner.open_motion.turn.lock().await;
        let local = files::local(interval.start(), &self.inner.options.zone);
        let folder = format!("{}/{}", files::day_folder(camera, &local), files::MOTION);
        let name = local.strftime("%Y%m%d.motion").to_string();
        for relative in files::paths(&folder, &name) {
            let Some(open) = self.open_motion(camera, &relative, interval.start()).await? else {
                continue;
            };
            let (tape, block) = (open.tape.clone(), block.clone());
            match blocking(move || tape.append(&block, interval)).await {
                Ok(Put::Done) => return Ok(()),
                // Somebody else put a file there.
                Ok(Put::Taken) => self.forget_motion(&relative, open.id).await?,
                Err(error) => {
                    let path = self.inner.path(&relative);
                    if blocking(move || matches!(path.try_exists(), Ok(false))).await {
                        self.forget_motion(&relative, open.id).await?;
                    }
                    return Err(error.into());
                }
            }
        }
        unreachable!("the numbers behind a name do not run out")
    }

    /// The pages of `camera` that share a moment with `interval`, by their start, those of one moment
    /// in the order in which they were kept. Pages that are damaged are left out, with a warning in
    /// the log. All of them are in memory at once: ask for some hours, not for a year.
    ///
    /// # Errors
    ///
    /// If the catalog or a file cannot be read.
    pub async fn motion_pages(
        &self,
        camera: &CameraId,
        interval: Interval,
    ) -> Result<Vec<MotionPage>, WriteError> {
        let wanted = self.motion_files(camera, interval).await?;
        let read = blocking(move || {
            let pages = wanted.iter().map(motion_file::pages);
            pages.collect::<Result<Vec<_>, FileError>>()
        });
        let mut pages = read.await?.concat();
        pages.sort_by_key(|page| page.start);
        Ok(pages)
    }

    /// As [`Store::motion_pages`], only the levels of each page, with its start; what is between
    /// them is not read.
    ///
    /// # Errors
    ///
    /// If the catalog or a file cannot be read.
    pub async fn motion_levels(
        &self,
        camera: &CameraId,
        interval: Interval,
    ) -> Result<Vec<(WallTime, Vec<u8>)>, WriteError> {
        let wanted = self.motion_files(camera, interval).await?;
        let read = blocking(move || {
            let levels = wanted.iter().map(motion_file::levels);
            levels.collect::<Result<Vec<_>, FileError>>()
        });
        let mut levels = read.await?.concat();
        levels.sort_by_key(|(start, _)| *start);
        Ok(levels)
    }

    /// Closes the motion files that got no page for an hour before `now`, so that retention sees
    /// them; after the clock was set back, those of the time that has not come yet. Writes nothing if
    /// there are none.
    ///
    /// # Errors
    ///
    /// If a file or the catalog cannot be written; the file stays open, and the next call tries
    /// again.
    pub async fn rest_motion(&self, now: WallTime) -> Result<(), WriteError> {
        let _alone = self.inner.open_motion.turn.lock().await;
        let mut failure = None;
        for (relative, open) in self.inner.open_motion.all() {
            let rests = open.tape.reel().interval.is_none_or(|known| {
                let end = known.end();
                now.since_or_zero(end) > REST || end.since_or_zero(now) > REST
            });
            // One that cannot be closed must not keep the others.
            if rests && let Err(error) = self.rest_one(&relative, open).await {
                failure.get_or_insert(error);
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn rest_one(&self, relative: &str, Open { id, tape }: Open) -> Result<(), WriteError> {
        let Some((interval, bytes)) = blocking(move || tape.finish()).await? else {
            return Ok(self.forget_motion(relative, id).await?);
        };
        let mut closed = self.close_motion(id, interval, bytes).await;
        if self.gives_reserve(&closed).await {
            closed = self.close_motion(id, interval, bytes).await;
        }
        closed?;
        self.inner.open_motion.forget(relative);
        Ok(())
    }

    /// The files in which pages of `interval` may be: those being written always.
    async fn motion_files(
        &self,
        camera: &CameraId,
        interval: Interval,
    ) -> Result<Vec<Wanted>, CatalogError> {
        // Index: motion_by_start; there is a row a day.
        let rows = sqlx::query(
            "SELECT path FROM motion WHERE camera = ?1 AND state <> 'doomed' \
             AND (state = 'open' OR (start_us < ?3 AND end_us >= ?2)) ORDER BY start_us, id",
        )
        .bind(camera.as_str())
        .bind(interval.start().as_micros())
        .bind(interval.end().as_micros())
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let wanted = |path: &str| Wanted { path: self.inner.path(path), interval };
        rows.iter().map(|row| Ok(wanted(row.try_get("path")?))).collect()
    }

    /// The file at `relative`, to be written; its row says so. `None` if it is about to be deleted,
    /// or belongs to another camera.
    async fn open_motion(
        &self,
        camera: &CameraId,
        relative: &str,
        start: WallTime,
    ) -> Result<Option<Open>, CatalogError> {
        let open_motion = &self.inner.open_motion;
        if let Some(open) = open_motion.get(relative) {
            return Ok(Some(open));
        }
        // Index: the unique path.
        let known = sqlx::query(
            "UPDATE motion SET state = 'open', end_us = NULL, bytes = NULL \
             WHERE path = ?1 AND camera = ?2 AND state <> 'doomed' RETURNING id",
        )
        .bind(relative)
        .bind(camera.as_str())
        .fetch_optional(&self.inner.catalog.writer)
        .await?;
        let origin = if known.is_some() { Origin::Ours } else { Origin::Unknown };
        let row = match known {
            Some(row) => Some(row),
            None => self.insert_open_motion(camera, relative, start).await?,
        };
        let Some(row) = row else { return Ok(None) };
        let tape = Arc::new(Tape::new(self.inner.path(relative), origin));
        let open = Open { id: row.try_get("id")?, tape };
        open_motion.begin(relative, open.clone());
        Ok(Some(open))
    }

    /// Enters a file that is about to be written; `None` if its path is taken.
    async fn insert_open_motion(
        &self,
        camera: &CameraId,
        relative: &str,
        start: WallTime,
    ) -> Result<Option<SqliteRow>, CatalogError> {
        // Index: the unique path.
        Ok(sqlx::query(
            "INSERT INTO motion (camera, path, state, start_us) \
             VALUES (?1, ?2, 'open', ?3) ON CONFLICT (path) DO NOTHING RETURNING id",
        )
        .bind(camera.as_str())
        .bind(relative)
        .bind(start.as_micros())
        .fetch_optional(&self.inner.catalog.writer)
        .await?)
    }

    /// Deletes the row of a file that is not there, or not ours.
    async fn forget_motion(&self, relative: &str, id: i64) -> Result<(), CatalogError> {
        self.delete_motion_row(id).await?;
        self.inner.open_motion.forget(relative);
        Ok(())
    }

    // ---- Rows, for `mend_motion`.

    /// Enters a file that was found.
    pub(crate) async fn insert_motion(
        &self,
        camera: &CameraId,
        path: &str,
        interval: Interval,
        bytes: ByteSize,
    ) -> Result<(), CatalogError> {
        // Index: the unique path.
        sqlx::query(
            "INSERT INTO motion (camera, path, state, start_us, end_us, bytes) \
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

    /// Enters what a file has that was being written.
    pub(crate) async fn close_motion(
        &self,
        id: i64,
        interval: Interval,
        bytes: ByteSize,
    ) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query(
            "UPDATE motion SET state = 'closed', start_us = ?2, end_us = ?3, bytes = ?4 \
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

    /// Deletes a row whose file is not there.
    pub(crate) async fn delete_motion_row(&self, id: i64) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query("DELETE FROM motion WHERE id = ?1")
            .bind(id)
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(())
    }
}

/// The motion files that are open in the catalog, by their paths relative to the data folder.
#[derive(Debug, Default)]
pub(crate) struct OpenMotion {
    /// Held while a page is kept or a file closed: one file is not opened twice.
    turn: tokio::sync::Mutex<()>,
    files: Mutex<BTreeMap<String, Open>>,
}

/// A motion file that is open in the catalog.
#[derive(Clone, Debug)]
struct Open {
    /// Its row.
    id: i64,
    tape: Arc<Tape>,
}

impl OpenMotion {
    /// The bytes of all of them.
    pub(crate) fn bytes(&self) -> ByteSize {
        let bytes = |open: &Open| ByteSize::from_bytes(open.tape.reel().whole);
        self.with(|files| {
            files.values().fold(ByteSize::ZERO, |sum, open| sum.saturating_add(bytes(open)))
        })
    }

    fn get(&self, relative: &str) -> Option<Open> {
        self.with(|files| files.get(relative).cloned())
    }

    fn all(&self) -> Vec<(String, Open)> {
        self.with(|files| files.iter().map(|(path, open)| (path.clone(), open.clone())).collect())
    }

    fn begin(&self, relative: &str, open: Open) {
        self.with(|files| files.insert(relative.to_owned(), open));
    }

    fn forget(&self, relative: &str) {
        self.with(|files| files.remove(relative));
    }

    /// The only place that locks the files.
    fn with<R>(&self, work: impl FnOnce(&mut BTreeMap<String, Open>) -> R) -> R {
        work(&mut self.files.lock().expect("no holder of the map can panic"))
    }
}
