//! Events: their rows in the catalog, paged newest first, and their sidecars on disk.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{QueryBuilder, Row};
use watchpost_model::{
    CameraId, DeviceId, Ended, Event, EventId, Interval, Label, Recognition, Sighting, Trigger,
    WallTime,
};

use crate::catalog::nonsense;
use crate::files::{self, blocking, stems};
use crate::search::{Recognised, push_filter, read_objects};
use crate::segments::read_camera;
use crate::sightings::{self, insert_sightings, read_recognition};
use crate::snapshot::SnapshotKind;
use crate::{CatalogError, Store, WriteError, sidecar};

/// What every query about events reads.
pub(crate) const COLUMNS: &str = "event.id AS id, event.camera AS camera, event.start_us AS start_us, \
     event.triggered_us AS triggered_us, event.end_us AS end_us, event.ended AS ended, \
     event.kept AS kept, event.stem AS stem, event.score AS score, \
     event.recognition AS recognition, \
     (SELECT group_concat(word, ' ') FROM event_trigger WHERE event_id = event.id) AS triggers, \
     (SELECT group_concat(sensor, ' ') FROM event_sensor WHERE event_id = event.id) AS sensors, \
     (SELECT count(*) FROM photo WHERE photo.event_id = event.id AND photo.state = 'closed') \
       AS photos, \
     (SELECT json_group_array(json_array(label, sighting.score)) FROM sighting \
       WHERE sighting.event_id = event.id) AS objects";

/// An event, and what the store knows of it besides.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// The event.
    pub event: Event,
    /// Whether [`Store::snapshot`] has one.
    pub has_snapshot: bool,
    /// How many photos were taken for it.
    pub photos: u64,
    /// What was recognised in it, by class, the best score first.
    pub objects: Vec<Recognised>,
    /// Whether that was looked for.
    pub recognition: Recognition,
}

/// Which events are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// Of these cameras; of all if empty.
    pub cameras: Vec<CameraId>,
    /// That share a moment with this; one that goes on reaches to the end of time.
    pub interval: Interval,
    /// Triggered by this.
    pub trigger: Option<Trigger>,
    /// For which this sensor fired.
    pub sensor: Option<DeviceId>,
    /// Kept or not.
    pub kept: Option<bool>,
    /// With an object of one of these classes; whatever there was if empty.
    pub labels: Vec<Label>,
    /// With an object that has been in the zone of this name; one that is of `labels`, too, if these are
    /// given.
    pub zone: Option<String>,
    /// Each word of this occurs in the camera's name, a trigger, the name of a sensor that fired, or the
    /// labels, zones, lines and deeds of its objects; small and capital letters are the same.
    pub text: Option<String>,
    /// Older than where the last page ended.
    pub after: Option<Cursor>,
    /// At most so many, 1 to 1000; what lies outside is moved inside.
    pub limit: u32,
}

impl Default for EventFilter {
    /// The newest 60 of all.
    fn default() -> Self {
        Self {
            cameras: Vec::new(),
            interval: Interval::ALL,
            trigger: None,
            sensor: None,
            kept: None,
            labels: Vec::new(),
            zone: None,
            text: None,
            after: None,
            limit: 60,
        }
    }
}

/// One page of events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// Newest start first; by name, last first, where starts are equal.
    pub events: Vec<EventRecord>,
    /// Where the next page begins, or `None` if this is the last.
    pub next: Option<Cursor>,
    /// How many events the filter lets through on all pages.
    pub total: u64,
}

/// Where a page of events ends. As text, `1795267925250000_20261121T133205250-door`; to others it
/// is opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    start: WallTime,
    id: EventId,
}

/// Text that is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no cursor; take `next` of the page before")]
pub struct InvalidCursor {
    pub(crate) text: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.start.as_micros(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let read = || {
            let (start, id) = text.split_once('_')?;
            Some(Self { start: WallTime::from_micros(start.parse().ok()?), id: id.parse().ok()? })
        };
        read().ok_or_else(|| InvalidCursor { text: text.to_owned() })
    }
}

/// An event with what only this crate needs.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) event: Event,
    pub(crate) stem: String,
    pub(crate) score: Option<f64>,
    pub(crate) photos: u64,
    pub(crate) objects: Vec<Recognised>,
    pub(crate) recognition: Recognition,
}

/// What is known of an event besides, when it is entered.
#[derive(Debug, Default)]
pub(crate) struct Besides {
    /// How good its snapshot is, if it has one.
    pub(crate) score: Option<f64>,
    /// The JSON of its traces, if it has any.
    pub(crate) traces: Option<String>,
    /// Its objects, and whether they were looked for.
    pub(crate) sightings: (Vec<Sighting>, Recognition),
}

impl Store {
    /// Enters `event`, or what changed of it, and writes its sidecar. A change does not touch
    /// whether it is kept, which is [`Store::set_kept`]'s, nor bring it back if it was deleted.
    ///
    /// # Errors
    ///
    /// If the catalog or the sidecar cannot be written.
    pub async fn put_event(&self, event: &Event) -> Result<(), WriteError> {
        self.enter_event(event).await?;
        self.write_sidecar(&event.id).await
    }

    /// The row of [`Store::put_event`].
    async fn enter_event(&self, event: &Event) -> Result<(), WriteError> {
        let changed = self.update_event(event).await?;
        if changed {
            return Ok(());
        }
        for stem in stems(&event.camera, event.triggered, &self.inner.options.zone) {
            let inner = self.inner.clone();
            let tried = stem.clone();
            let taken = blocking(move || {
                let pictures = SnapshotKind::ALL.map(|kind| kind.path(&tried));
                let mut files = pictures.into_iter().chain([sidecar_path(&tried)]);
                files.any(|file| inner.path(&file).exists())
            })
            .await;
            if !taken && self.insert_event(event, &stem, &Besides::default()).await? {
                break;
            }
        }
        Ok(())
    }

    /// Changes the row of an event; `false` if there is none.
    async fn update_event(&self, event: &Event) -> Result<bool, CatalogError> {
        let mut transaction = self.inner.catalog.writer.begin_with("BEGIN IMMEDIATE").await?;
        // Index: primary key.
        let updated = sqlx::query(
            "UPDATE event SET start_us = ?2, triggered_us = ?3, end_us = ?4, ended = ?5 \
             WHERE id = ?1",
        )
        .bind(event.id.as_str())
        .bind(event.start.as_micros())
        .bind(event.triggered.as_micros())
        .bind(event.end.map(|(end, _)| end.as_micros()))
        .bind(event.end.map(|(_, ended)| ended.word()))
        .execute(&mut *transaction)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        put_triggers(&mut transaction, event).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Enters an event; `false` if its name, its stem or the place of its snapshots is taken.
    pub(crate) async fn insert_event(
        &self,
        event: &Event,
        stem: &str,
        besides: &Besides,
    ) -> Result<bool, CatalogError> {
        let Besides { score, traces, sightings: (sightings, recognition) } = besides;
        let Event { id, camera, start, triggered, end, triggers: _, sensors: _, kept } = event;
        let mut transaction = self.inner.catalog.writer.begin_with("BEGIN IMMEDIATE").await?;
        let [clean, marked, thumb] = SnapshotKind::ALL.map(|kind| kind.path(stem));
        // Indexes: primary key, unique stem; a photo's unique path, which may be about to be written.
        let inserted = sqlx::query(
            "INSERT INTO event \
             (id, camera, start_us, triggered_us, end_us, ended, kept, stem, score, recognition) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 \
             WHERE NOT EXISTS (SELECT 1 FROM photo WHERE path IN (?11, ?12, ?13)) \
             ON CONFLICT DO NOTHING",
        )
        .bind(id.as_str())
        .bind(camera.as_str())
        .bind(start.as_micros())
        .bind(triggered.as_micros())
        .bind(end.map(|(end, _)| end.as_micros()))
        .bind(end.map(|(_, ended)| ended.word()))
        .bind(*kept)
        .bind(stem)
        .bind(*score)
        .bind(recognition.word())
        .bind(clean)
        .bind(marked)
        .bind(thumb)
        .execute(&mut *transaction)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        put_triggers(&mut transaction, event).await?;
        if let Some(traces) = traces {
            sqlx::query("INSERT INTO event_traces (event_id, traces) VALUES (?1, ?2)")
                .bind(id.as_str())
                .bind(traces)
                .execute(&mut *transaction)
                .await?;
        }
        insert_sightings(&mut transaction, id, sightings).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The event of that name, unless it was deleted.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn event(&self, id: &EventId) -> Result<Option<EventRecord>, CatalogError> {
        Ok(self.known_event(id).await?.map(EventRecord::from))
    }

    /// As [`Store::event`], with what only this crate needs.
    pub(crate) async fn known_event(&self, id: &EventId) -> Result<Option<Known>, CatalogError> {
        // Index: primary key.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM event WHERE deleted_us IS NULL AND id = ");
        query.push_bind(id.as_str());
        let row = query.build().fetch_optional(&self.inner.catalog.readers).await?;
        row.as_ref().map(read_event).transpose()
    }

    /// A page of events, newest first. Deleted ones are not seen.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn events(&self, filter: &EventFilter) -> Result<EventPage, CatalogError> {
        let limit = usize::try_from(filter.limit.clamp(1, 1000)).unwrap_or(1000);
        // Index: event_by_start, or event_by_camera where cameras are named, or the primary key where
        // objects are, by those of `search`.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM event");
        push_filter(&mut query, filter);
        if let Some(Cursor { start, id }) = &filter.after {
            query.push(" AND (start_us, id) < (").push_bind(start.as_micros());
            query.push(", ").push_bind(id.as_str()).push(")");
        }
        query.push(" ORDER BY start_us DESC, id DESC LIMIT ");
        query.push_bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let rows = query.build().fetch_all(&self.inner.catalog.readers).await?;
        let known: Result<Vec<Known>, CatalogError> = rows.iter().map(read_event).collect();
        let mut events: Vec<EventRecord> = known?.into_iter().map(EventRecord::from).collect();
        let more = events.len() > limit;
        events.truncate(limit);
        let last = events.last().filter(|_| more);
        let next = last
            .map(|EventRecord { event, .. }| Cursor { start: event.start, id: event.id.clone() });

        // The same indexes, or event_by_footage.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM event");
        push_filter(&mut query, filter);
        let row = query.build().fetch_one(&self.inner.catalog.readers).await?;
        let total: i64 = row.try_get(0)?;
        Ok(EventPage { events, next, total: u64::try_from(total).map_err(nonsense)? })
    }

    /// Keeps an event for good, or no more; `false` if there is none of that name.
    ///
    /// # Errors
    ///
    /// If the catalog or the sidecar cannot be written.
    pub async fn set_kept(&self, id: &EventId, kept: bool) -> Result<bool, WriteError> {
        // Index: primary key.
        let updated =
            sqlx::query("UPDATE event SET kept = ?2 WHERE id = ?1 AND deleted_us IS NULL")
                .bind(id.as_str())
                .bind(kept)
                .execute(&self.inner.catalog.writer)
                .await
                .map_err(CatalogError::from)?;
        let found = updated.rows_affected() > 0;
        if found {
            self.write_sidecar(id).await?;
        }
        Ok(found)
    }

    /// Writes what the catalog says of an event beside its footage; nothing if it was deleted.
    pub(crate) async fn write_sidecar(&self, id: &EventId) -> Result<(), WriteError> {
        let _alone = self.inner.sidecars.lock().await;
        let Some(known) = self.known_event(id).await? else { return Ok(()) };
        let traces = self.traces_json(id).await?;
        let (objects, _) = self.sightings(id).await?;
        let objects = Some(objects).filter(|objects| !objects.is_empty());
        let objects = objects.map(|objects| sightings::encode(&objects, known.event.triggered));
        let objects = objects.transpose().map_err(nonsense)?;
        let content = sidecar::encode(&known, objects.as_deref(), traces.as_deref());
        let path = self.inner.path(&sidecar_path(&known.stem));
        Ok(blocking(move || files::replace(&path, &content)).await?)
    }

    // ---- For `repair`.

    /// Every event that was not deleted, for comparing with the files.
    pub(crate) async fn all_events(&self) -> Result<Vec<Known>, CatalogError> {
        // The whole table.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM event WHERE deleted_us IS NULL ORDER BY id");
        let rows = query.build().fetch_all(&self.inner.catalog.writer).await?;
        rows.iter().map(read_event).collect()
    }

    /// The stems of all events, deleted ones too.
    pub(crate) async fn all_stems(&self) -> Result<BTreeSet<String>, CatalogError> {
        // Index: the unique stem.
        let rows =
            sqlx::query("SELECT stem FROM event").fetch_all(&self.inner.catalog.writer).await?;
        rows.iter().map(|row| Ok(row.try_get("stem")?)).collect()
    }

    /// Ends the events that were going on when the program died, where their footage ends or with
    /// their last photo.
    pub(crate) async fn end_interrupted(&self) -> Result<Vec<Event>, WriteError> {
        // Indexes: event_unfinished; of segments, all of the event's camera; photo_by_event.
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS);
        query.push(
            ", (SELECT max(end_us) FROM segment WHERE segment.camera = event.camera \
             AND segment.kind = 'video' AND segment.end_us > event.start_us) AS reach_us, \
             (SELECT max(taken_us) FROM photo WHERE photo.event_id = event.id) AS photo_us \
             FROM event WHERE end_us IS NULL",
        );
        let rows = query.build().fetch_all(&self.inner.catalog.writer).await;
        let mut ended = Vec::new();
        for row in rows.map_err(CatalogError::from)? {
            let Known { mut event, .. } = read_event(&row)?;
            let mut end = event.triggered;
            for column in ["reach_us", "photo_us"] {
                let reach: Option<i64> = row.try_get(column).map_err(CatalogError::from)?;
                end = reach.map_or(end, |reach| end.max(WallTime::from_micros(reach)));
            }
            event.end = Some((end, Ended::Interrupted));
            self.put_event(&event).await?;
            ended.push(event);
        }
        Ok(ended)
    }
}

impl From<Known> for EventRecord {
    fn from(known: Known) -> Self {
        let Known { event, stem: _, score, photos, objects, recognition } = known;
        Self { event, has_snapshot: score.is_some(), photos, objects, recognition }
    }
}

/// Where the sidecar of the event with that stem is.
pub(crate) fn sidecar_path(stem: &str) -> String {
    format!("{stem}.json")
}

/// Adds what triggered `event`, and which sensors did; nothing is ever taken away.
async fn put_triggers(
    transaction: &mut sqlx::SqliteConnection,
    event: &Event,
) -> Result<(), CatalogError> {
    for trigger in &event.triggers {
        // Index: primary key.
        sqlx::query(
            "INSERT INTO event_trigger (event_id, word) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )
        .bind(event.id.as_str())
        .bind(trigger.word())
        .execute(&mut *transaction)
        .await?;
    }
    for sensor in &event.sensors {
        // Index: primary key.
        sqlx::query(
            "INSERT INTO event_sensor (event_id, sensor) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )
        .bind(event.id.as_str())
        .bind(sensor.as_str())
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// The condition that the camera is one of these; none if there are none.
pub(crate) fn push_cameras(query: &mut QueryBuilder<Sqlite>, cameras: &[CameraId]) {
    if cameras.is_empty() {
        return;
    }
    query.push(" AND camera IN (");
    let mut list = query.separated(", ");
    for camera in cameras {
        list.push_bind(camera.as_str().to_owned());
    }
    query.push(")");
}

/// A word in the catalog that means nothing here.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no trigger, or no way to end")]
struct InvalidWord(String);

/// An event from a row of [`COLUMNS`].
pub(crate) fn read_event(row: &SqliteRow) -> Result<Known, CatalogError> {
    let id: &str = row.try_get("id")?;
    let end: Option<i64> = row.try_get("end_us")?;
    let ended = |word: String| Ended::from_word(&word).ok_or_else(|| nonsense(InvalidWord(word)));
    let end = match (end, row.try_get::<Option<String>, _>("ended")?) {
        (Some(end), Some(word)) => Some((WallTime::from_micros(end), ended(word)?)),
        _ => None,
    };
    let words: Option<String> = row.try_get("triggers")?;
    let trigger =
        |word: &str| Trigger::from_word(word).ok_or_else(|| nonsense(InvalidWord(word.to_owned())));
    let triggers: Result<BTreeSet<Trigger>, _> =
        words.unwrap_or_default().split_whitespace().map(trigger).collect();
    let names: Option<String> = row.try_get("sensors")?;
    let sensors: Result<BTreeSet<DeviceId>, _> =
        names.unwrap_or_default().split_whitespace().map(str::parse).collect();
    let event = Event {
        id: id.parse().map_err(nonsense)?,
        camera: read_camera(row, "camera")?,
        start: WallTime::from_micros(row.try_get("start_us")?),
        triggered: WallTime::from_micros(row.try_get("triggered_us")?),
        end,
        triggers: triggers?,
        sensors: sensors.map_err(nonsense)?,
        kept: row.try_get("kept")?,
    };
    let photos: i64 = row.try_get("photos")?;
    Ok(Known {
        event,
        stem: row.try_get("stem")?,
        score: row.try_get("score")?,
        photos: u64::try_from(photos).map_err(nonsense)?,
        objects: read_objects(row)?,
        recognition: read_recognition(row)?,
    })
}
