//! When something was wrong with a camera.

use std::time::Duration;

use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{QueryBuilder, Row};
use watchpost_model::{Ailment, CameraId, Interval, WallTime};

use crate::catalog::nonsense;
use crate::events::push_cameras;
use crate::segments::read_camera;
use crate::{CatalogError, Store};

/// The longest that troubles are kept, whatever footage there is.
const LONGEST_KEPT: Duration = Duration::from_hours(365 * 24);

/// A stretch of time in which something was wrong with a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// With which.
    pub camera: CameraId,
    /// What was wrong.
    pub kind: Ailment,
    /// Since when.
    pub start: WallTime,
    /// Until when, or `None` while it lasts.
    pub end: Option<WallTime>,
    /// Why, in words for the owner, where that is known.
    pub cause: Option<String>,
}

impl Store {
    /// Enters that something is wrong with a camera since `since`. Where the same is wrong already,
    /// that stays, and only gets the cause if it had none.
    ///
    /// Troubles that ended more than a year before are forgotten on this occasion.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn begin_trouble(
        &self,
        camera: &CameraId,
        kind: Ailment,
        since: WallTime,
        cause: Option<&str>,
    ) -> Result<(), CatalogError> {
        let mut transaction = self.inner.catalog.writer.begin_with("BEGIN IMMEDIATE").await?;
        // Index: trouble_open.
        sqlx::query(
            "INSERT INTO trouble (camera, kind, start_us, cause) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (camera, kind) WHERE end_us IS NULL \
             DO UPDATE SET cause = coalesce(cause, excluded.cause)",
        )
        .bind(camera.as_str())
        .bind(kind.word())
        .bind(since.as_micros())
        .bind(cause)
        .execute(&mut *transaction)
        .await?;
        // Index: trouble_by_end.
        sqlx::query("DELETE FROM trouble WHERE end_us IS NOT NULL AND end_us < ?1")
            .bind((since - LONGEST_KEPT).as_micros())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Enters that it is over, at its start if `at` is earlier; nothing if it was not going on.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn end_trouble(
        &self,
        camera: &CameraId,
        kind: Ailment,
        at: WallTime,
    ) -> Result<(), CatalogError> {
        // Index: trouble_open.
        sqlx::query(
            "UPDATE trouble SET end_us = max(start_us, ?3) \
             WHERE camera = ?1 AND kind = ?2 AND end_us IS NULL",
        )
        .bind(camera.as_str())
        .bind(kind.word())
        .bind(at.as_micros())
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(())
    }

    /// The troubles of `cameras` (of all if empty) that share a moment with `interval`, oldest
    /// first; one that lasts reaches to the end of time.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn troubles(
        &self,
        cameras: &[CameraId],
        interval: Interval,
    ) -> Result<Vec<Trouble>, CatalogError> {
        let [start, end] = [interval.start(), interval.end()].map(WallTime::as_micros);
        // Index: trouble_by_camera where cameras are named.
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT camera, kind, start_us, end_us, cause FROM trouble WHERE start_us < ",
        );
        query.push_bind(end);
        query.push(" AND (end_us IS NULL OR end_us > ").push_bind(start);
        query.push(" OR start_us >= ").push_bind(start).push(")");
        push_cameras(&mut query, cameras);
        query.push(" ORDER BY start_us, id");
        let rows = query.build().fetch_all(&self.inner.catalog.readers).await?;
        rows.iter().map(read_trouble).collect()
    }

    /// Forgets what ended before `before`.
    pub(crate) async fn remove_troubles(
        &self,
        camera: &CameraId,
        before: WallTime,
    ) -> Result<(), CatalogError> {
        // Index: trouble_by_camera.
        sqlx::query("DELETE FROM trouble WHERE camera = ?1 AND start_us < ?2 AND end_us < ?2")
            .bind(camera.as_str())
            .bind(before.as_micros())
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(())
    }

    // ---- For `repair`.

    /// Ends what was going on when the program ended: whether it is still so, cameras tell anew.
    pub(crate) async fn end_all_troubles(&self, now: WallTime) -> Result<(), CatalogError> {
        // Index: trouble_open.
        sqlx::query("UPDATE trouble SET end_us = max(start_us, ?1) WHERE end_us IS NULL")
            .bind(now.as_micros())
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(())
    }

    /// Enters a trouble from a catalog that was moved aside.
    pub(crate) async fn insert_trouble(&self, trouble: &Trouble) -> Result<(), CatalogError> {
        let Trouble { camera, kind, start, end, cause } = trouble;
        sqlx::query(
            "INSERT INTO trouble (camera, kind, start_us, end_us, cause) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )
        .bind(camera.as_str())
        .bind(kind.word())
        .bind(start.as_micros())
        .bind(end.map(WallTime::as_micros))
        .bind(cause.as_deref())
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(())
    }
}

/// A word in the catalog that means nothing here.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no trouble")]
struct InvalidWord(String);

/// A trouble from its row.
pub(crate) fn read_trouble(row: &SqliteRow) -> Result<Trouble, CatalogError> {
    let word: String = row.try_get("kind")?;
    let end: Option<i64> = row.try_get("end_us")?;
    Ok(Trouble {
        camera: read_camera(row, "camera")?,
        kind: Ailment::from_word(&word).ok_or_else(|| nonsense(InvalidWord(word)))?,
        start: WallTime::from_micros(row.try_get("start_us")?),
        end: end.map(WallTime::from_micros),
        cause: row.try_get("cause")?,
    })
}
