//! Events found: by when and where they were, and what was recognised in them; and how often it was.

use std::collections::BTreeMap;

use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{QueryBuilder, Row};
use watchpost_model::{CameraId, DeedKind, Fraction, Interval, Label, Side, WallTime};

use crate::catalog::nonsense;
use crate::events::push_cameras;
use crate::sightings::{kind_of, read_score};
use crate::{CatalogError, EventFilter, Store};

/// The objects of one class in an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognised {
    /// What they are.
    pub label: Label,
    /// The best score that one of them had.
    pub score: Fraction,
    /// How many there were.
    pub count: u32,
}

/// What events can be found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The classes of their objects, those of the most events first.
    pub labels: Vec<Label>,
    /// The zones their objects have been in, likewise.
    pub zones: Vec<String>,
}

/// How often objects were seen, and what they did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects by class, the most first.
    pub objects: Vec<(Label, u64)>,
    /// By zone and class.
    pub zones: BTreeMap<(String, Label), InZone>,
    /// By line and class.
    pub lines: BTreeMap<(String, Label), OverLine>,
}

/// What objects did in a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InZone {
    /// How often one entered.
    pub entered: u64,
    /// How often one left.
    pub left: u64,
    /// How often one loitered.
    pub loitered: u64,
}

/// How often objects crossed a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverLine {
    /// Towards its left side.
    pub left: u64,
    /// Towards its right side.
    pub right: u64,
}

/// The classes of an event's objects from a row whose `objects` is a JSON array of labels and scores;
/// the best score first.
pub(crate) fn read_objects(row: &SqliteRow) -> Result<Vec<Recognised>, CatalogError> {
    let seen: Vec<(String, f64)> =
        serde_json::from_str(row.try_get("objects")?).map_err(nonsense)?;
    let mut classes: BTreeMap<Label, (f32, u32)> = BTreeMap::new();
    for (label, score) in seen {
        let (best, count) = classes.entry(label.parse().map_err(nonsense)?).or_default();
        *best = best.max(read_score(score).get());
        *count += 1;
    }
    let recognised = |(label, (score, count)): (Label, (f32, u32))| Recognised {
        label,
        score: Fraction::clamped(score),
        count,
    };
    let mut recognised: Vec<Recognised> = classes.into_iter().map(recognised).collect();
    recognised.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
    Ok(recognised)
}

/// The condition that `filter` puts on events, without its cursor.
pub(crate) fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &EventFilter) {
    let EventFilter {
        cameras,
        interval,
        trigger,
        sensor,
        kept,
        labels,
        zone,
        text,
        after: _,
        limit: _,
    } = filter;
    query.push(" WHERE deleted_us IS NULL");
    push_cameras(query, cameras);
    if *interval != Interval::ALL {
        let [start, end] = [interval.start(), interval.end()].map(WallTime::as_micros);
        query.push(" AND start_us < ").push_bind(end);
        query.push(" AND (end_us IS NULL OR end_us > ").push_bind(start);
        query.push(" OR start_us >= ").push_bind(start).push(")");
    }
    if let Some(trigger) = trigger {
        query.push(" AND EXISTS (SELECT 1 FROM event_trigger WHERE event_id = event.id");
        query.push(" AND word = ").push_bind(trigger.word()).push(")");
    }
    if let Some(sensor) = sensor {
        // Index: event_sensor_by_sensor.
        query.push(" AND event.id IN (SELECT event_id FROM event_sensor WHERE sensor = ");
        query.push_bind(sensor.as_str().to_owned()).push(")");
    }
    if let Some(kept) = kept {
        query.push(" AND kept = ").push_bind(*kept);
    }
    push_objects(query, labels, zone.as_deref());
    push_text(query, text.as_deref().unwrap_or_default());
}

/// The condition that an event has an object that is one of `labels` and has been in `zone`; none of
/// what is empty.
fn push_objects(query: &mut QueryBuilder<Sqlite>, labels: &[Label], zone: Option<&str>) {
    let push_labels = |query: &mut QueryBuilder<Sqlite>| {
        query.push("label IN (");
        let mut list = query.separated(", ");
        for label in labels {
            list.push_bind(label.as_str().to_owned());
        }
        query.push(")");
    };
    match zone {
        // Indexes: sighting_zone_by_zone; sighting_by_label or the primary key of sighting.
        Some(zone) => {
            query.push(" AND event.id IN (SELECT sighting_zone.event_id FROM sighting_zone");
            query.push(" JOIN sighting USING (event_id, number) WHERE zone = ");
            query.push_bind(zone.to_owned());
            if !labels.is_empty() {
                query.push(" AND ");
                push_labels(query);
            }
            query.push(")");
        }
        // Index: sighting_by_label.
        None if !labels.is_empty() => {
            query.push(" AND event.id IN (SELECT event_id FROM sighting WHERE ");
            push_labels(query);
            query.push(")");
        }
        None => {}
    }
}

/// The condition that each word of `text` occurs in the event: in its camera's name, a trigger, a sensor's
/// name, or the labels, zones, lines and deeds of its objects; small and capital letters are the same.
///
/// Not by LIKE, to which `%` and `_` are not what they are to the owner.
fn push_text(query: &mut QueryBuilder<Sqlite>, text: &str) {
    for word in text.split_whitespace() {
        let word = word.to_lowercase();
        query.push(" AND (instr(lower(event.camera), ").push_bind(word.clone());
        // Index: primary key.
        query.push(") OR EXISTS (SELECT 1 FROM event_trigger WHERE event_id = event.id");
        query.push(" AND instr(word, ").push_bind(word.clone());
        // Index: primary key.
        query.push(")) OR EXISTS (SELECT 1 FROM event_sensor WHERE event_id = event.id");
        query.push(" AND instr(lower(sensor), ").push_bind(word.clone());
        // Index: primary key.
        query.push(")) OR EXISTS (SELECT 1 FROM event_words WHERE event_id = event.id");
        query.push(" AND instr(words, ").push_bind(word).push(")))");
    }
}

impl Store {
    /// What events can be found by: the classes and zones of their objects. Deleted ones are not seen.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn words(&self) -> Result<Words, CatalogError> {
        // Indexes: sighting_by_label, primary key of event.
        let labels = sqlx::query(
            "SELECT label, count(DISTINCT event_id) AS events FROM sighting \
             JOIN event ON event.id = event_id WHERE deleted_us IS NULL \
             GROUP BY label ORDER BY events DESC, label",
        );
        let labels = labels.fetch_all(&self.inner.catalog.readers).await?;
        // Indexes: sighting_zone_by_zone, primary key of event.
        let zones = sqlx::query(
            "SELECT zone, count(DISTINCT event_id) AS events FROM sighting_zone \
             JOIN event ON event.id = event_id WHERE deleted_us IS NULL \
             GROUP BY zone ORDER BY events DESC, zone",
        );
        let zones = zones.fetch_all(&self.inner.catalog.readers).await?;
        let labels: Result<Vec<Label>, CatalogError> = labels.iter().map(read_label).collect();
        let zones: Result<Vec<String>, sqlx::Error> =
            zones.iter().map(|row| row.try_get("zone")).collect();
        Ok(Words { labels: labels?, zones: zones? })
    }

    /// How many objects of a camera were first seen in `interval`, and what objects did in it. One that was
    /// in two events counts in each. Deleted events are not seen.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn counts(
        &self,
        camera: &CameraId,
        interval: Interval,
    ) -> Result<Counts, CatalogError> {
        let [start, end] = [interval.start(), interval.end()].map(WallTime::as_micros);
        // Indexes: event_by_footage, primary key of sighting.
        let objects = sqlx::query(
            "SELECT label, count(*) AS count FROM event JOIN sighting ON event_id = event.id \
             WHERE deleted_us IS NULL AND camera = ?1 AND start_us < ?3 \
             AND (end_us IS NULL OR end_us >= ?2) AND first_us >= ?2 AND first_us < ?3 \
             GROUP BY label ORDER BY count DESC, label",
        );
        let objects = objects.bind(camera.as_str()).bind(start).bind(end);
        let objects = objects.fetch_all(&self.inner.catalog.readers).await?;
        // Indexes: event_by_footage, primary keys of deed and sighting.
        let deeds = sqlx::query(
            "SELECT label, word, place, side, count(*) AS count \
             FROM event JOIN deed ON deed.event_id = event.id \
             JOIN sighting ON sighting.event_id = deed.event_id \
               AND sighting.number = deed.number \
             WHERE deleted_us IS NULL AND camera = ?1 AND start_us < ?3 \
             AND (end_us IS NULL OR end_us >= ?2) AND at_us >= ?2 AND at_us < ?3 \
             GROUP BY label, word, place, side",
        );
        let deeds = deeds.bind(camera.as_str()).bind(start).bind(end);
        let deeds = deeds.fetch_all(&self.inner.catalog.readers).await?;
        let mut counts = Counts::default();
        for row in &objects {
            counts.objects.push((read_label(row)?, read_count(row)?));
        }
        for row in &deeds {
            counts.add(row)?;
        }
        Ok(counts)
    }
}

/// What a row says that is no deed.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no deed")]
struct InvalidDeed(String);

impl Counts {
    /// Adds deeds that are alike, from a row.
    fn add(&mut self, row: &SqliteRow) -> Result<(), CatalogError> {
        let (word, side): (&str, Option<&str>) = (row.try_get("word")?, row.try_get("side")?);
        let (label, count) = (read_label(row)?, read_count(row)?);
        let kind = kind_of(word, row.try_get("place")?, side);
        match kind.ok_or_else(|| nonsense(InvalidDeed(word.to_owned())))? {
            DeedKind::Entered(zone) => {
                self.zones.entry((zone, label)).or_default().entered += count;
            }
            DeedKind::Left(zone) => self.zones.entry((zone, label)).or_default().left += count,
            DeedKind::Loitered(zone) => {
                self.zones.entry((zone, label)).or_default().loitered += count;
            }
            DeedKind::Crossed(line, Side::Left) => {
                self.lines.entry((line, label)).or_default().left += count;
            }
            DeedKind::Crossed(line, Side::Right) => {
                self.lines.entry((line, label)).or_default().right += count;
            }
        }
        Ok(())
    }
}

fn read_label(row: &SqliteRow) -> Result<Label, CatalogError> {
    row.try_get::<&str, _>("label")?.parse().map_err(nonsense)
}

fn read_count(row: &SqliteRow) -> Result<u64, CatalogError> {
    let count: i64 = row.try_get("count")?;
    u64::try_from(count).map_err(nonsense)
}
