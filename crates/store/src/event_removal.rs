//! Events go: hidden by the owner and purged, or with the last of their footage.

use sqlx::sqlite::Sqlite;
use sqlx::{QueryBuilder, Row};
use watchpost_model::{CameraId, Event, EventId, WallTime};

use crate::events::{COLUMNS, Known, read_event, sidecar_path};
use crate::files::{self, blocking};
use crate::snapshot::SnapshotKind;
use crate::{CatalogError, FileError, Store, WriteError};

/// What [`Store::purge_deleted`] removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Events.
    pub events: u64,
    /// Segments that no other event needs.
    pub segments: u64,
    /// The photos taken for them.
    pub photos: Vec<i64>,
}

impl Store {
    /// Hides an event and its photos at once; [`Store::purge_deleted`] removes it, and until then
    /// [`Store::restore_event`] brings it back. `false` if there is none of that name.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn delete_event(&self, id: &EventId, now: WallTime) -> Result<bool, CatalogError> {
        // Index: primary key.
        let updated =
            sqlx::query("UPDATE event SET deleted_us = ?2 WHERE id = ?1 AND deleted_us IS NULL")
                .bind(id.as_str())
                .bind(now.as_micros())
                .execute(&self.inner.catalog.writer)
                .await?;
        Ok(updated.rows_affected() > 0)
    }

    /// Brings an event back that was deleted after `since`; `false` if there is none of that name.
    ///
    /// Give a `since` well after what [`Store::purge_deleted`] is given, so that the two never meet over
    /// one event.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn restore_event(&self, id: &EventId, since: WallTime) -> Result<bool, CatalogError> {
        // Index: primary key. A comparison with NULL is never true.
        let updated =
            sqlx::query("UPDATE event SET deleted_us = NULL WHERE id = ?1 AND deleted_us > ?2")
                .bind(id.as_str())
                .bind(since.as_micros())
                .execute(&self.inner.catalog.writer)
                .await?;
        Ok(updated.rows_affected() > 0)
    }

    /// Really removes the events that were deleted at or before `before` and have ended: row,
    /// sidecar, snapshots, photos, and, of the cameras in `events_only` (those that record events and
    /// nothing else), the segments that no other event shares a moment with. An event that still
    /// waits for its own purge counts as another.
    ///
    /// Writes nothing if there is nothing to purge.
    ///
    /// # Errors
    ///
    /// If a file cannot be removed or the catalog not be written; the event then stays hidden, and
    /// the next purge tries again.
    pub async fn purge_deleted(
        &self,
        before: WallTime,
        events_only: &[CameraId],
    ) -> Result<Purged, WriteError> {
        // Index: event_deleted.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM event WHERE deleted_us IS NOT NULL AND deleted_us <= ");
        query.push_bind(before.as_micros()).push(" AND end_us IS NOT NULL ORDER BY id");
        let rows = query.build().fetch_all(&self.inner.catalog.readers).await;
        let rows = rows.map_err(CatalogError::from)?;
        let known: Result<Vec<Known>, CatalogError> = rows.iter().map(read_event).collect();
        let mut purged = Purged::default();
        let mut failure = None;
        for known in known? {
            match self.purge(&known, events_only).await {
                Ok(Purged { events, segments, photos }) => {
                    purged.events += events;
                    purged.segments += segments;
                    purged.photos.extend(photos);
                }
                // One that cannot be removed must not keep the others.
                Err(error) => _ = failure.get_or_insert(error),
            }
        }
        failure.map_or(Ok(purged), Err)
    }

    /// Removes one event as [`Store::purge_deleted`] says.
    async fn purge(&self, known: &Known, events_only: &[CameraId]) -> Result<Purged, WriteError> {
        let mut segments = 0;
        if events_only.contains(&known.event.camera) {
            let spare = self.segments_of_only(&known.event).await?;
            segments = self.remove_footage(&spare).await?;
        }
        // Index: photo_by_event.
        let of_it = |query: &mut QueryBuilder<Sqlite>| {
            query.push("event_id = ").push_bind(known.event.id.as_str().to_owned());
        };
        let photos = self.remove_photos(of_it).await?;
        self.remove_event(known).await?;
        Ok(Purged { events: 1, segments, photos })
    }

    /// The closed segments that share a moment with `event` and with no other event.
    async fn segments_of_only(&self, event: &Event) -> Result<Vec<i64>, CatalogError> {
        let end = event.end.map_or(WallTime::MAX, |(end, _)| end);
        // Indexes: segment_by_start, event_by_footage.
        let rows = sqlx::query(
            "SELECT id FROM segment WHERE camera = ?1 AND kind = 'video' AND state = 'closed' \
             AND start_us < ?3 AND end_us > ?2 \
             AND NOT EXISTS (SELECT 1 FROM event WHERE event.camera = ?1 AND event.id <> ?4 \
               AND event.start_us < segment.end_us \
               AND (event.end_us IS NULL OR event.end_us > segment.start_us))",
        )
        .bind(event.camera.as_str())
        .bind(event.start.as_micros())
        .bind(end.as_micros())
        .bind(event.id.as_str())
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }

    /// Removes the events of `camera` that began before `reach`, have ended, are not kept, and have
    /// neither footage nor photos; says which.
    pub(crate) async fn remove_bare_events(
        &self,
        camera: &CameraId,
        reach: WallTime,
    ) -> Result<Vec<EventId>, WriteError> {
        // Indexes: event_by_footage; segment_by_start, bounded by segment_by_length;
        // segment_unfinished; photo_by_event.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM event WHERE kept = 0 AND end_us IS NOT NULL");
        query.push(" AND camera = ").push_bind(camera.as_str());
        query.push(" AND start_us < ").push_bind(reach.as_micros());
        query.push(
            " AND NOT EXISTS (SELECT 1 FROM segment WHERE segment.camera = event.camera \
             AND segment.kind = 'video' \
             AND segment.start_us < event.end_us AND segment.end_us > event.start_us \
             AND segment.start_us >= event.start_us - (SELECT max(end_us - start_us) \
               FROM segment AS longest \
               WHERE longest.camera = event.camera AND longest.kind = 'video')) \
             AND NOT EXISTS (SELECT 1 FROM segment INDEXED BY segment_unfinished \
             WHERE segment.state <> 'closed' AND segment.kind = 'video' \
             AND segment.camera = event.camera AND segment.end_us IS NULL \
             AND segment.start_us < event.end_us) \
             AND NOT EXISTS (SELECT 1 FROM photo WHERE photo.event_id = event.id)",
        );
        let rows = query.build().fetch_all(&self.inner.catalog.readers).await;
        let rows = rows.map_err(CatalogError::from)?;
        let known: Result<Vec<Known>, CatalogError> = rows.iter().map(read_event).collect();
        let mut removed = Vec::new();
        for known in known? {
            self.remove_event(&known).await?;
            removed.push(known.event.id);
        }
        Ok(removed)
    }

    /// Removes the files of an event, then its row: the other way round, a crash in between would
    /// bring it back from its sidecar.
    async fn remove_event(&self, known: &Known) -> Result<(), WriteError> {
        let _alone = self.inner.sidecars.lock().await;
        let (inner, stem) = (self.inner.clone(), known.stem.clone());
        blocking(move || {
            let sidecar = inner.path(&sidecar_path(&stem));
            for kind in SnapshotKind::ALL {
                files::remove(&inner.path(&kind.path(&stem)))?;
            }
            files::remove(&sidecar)?;
            files::remove_folder_if_empty(&sidecar);
            Ok::<_, FileError>(())
        })
        .await?;
        // Index: primary key.
        sqlx::query("DELETE FROM event WHERE id = ?1")
            .bind(known.event.id.as_str())
            .execute(&self.inner.catalog.writer)
            .await
            .map_err(CatalogError::from)?;
        Ok(())
    }
}
