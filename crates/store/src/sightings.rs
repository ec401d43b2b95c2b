//! The objects of events: in the catalog, and in the sidecars. They are found by them in
//! [`crate::search`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use watchpost_model::{
    Deed, DeedKind, EventId, Fraction, Label, Recognition, Side, Sighting, WallTime,
};

use crate::catalog::nonsense;
use crate::{CatalogError, Store, WriteError};

/// The most objects that one event has.
const MOST_OBJECTS: usize = 64;

/// The most deeds that one object has.
const MOST_DEEDS: usize = 400;

/// Why objects cannot be kept, or read.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSightings {
    /// There are too many.
    #[error("{count} objects are too many: at most {MOST_OBJECTS} fit in an event")]
    TooMany {
        /// So many.
        count: usize,
    },
    /// One did too much.
    #[error("object {number} has {deeds} deeds: at most {MOST_DEEDS} fit in one")]
    TooManyDeeds {
        /// Which object.
        number: u32,
        /// So many.
        deeds: usize,
    },
    /// Two have the same number.
    #[error("there are two objects {number}")]
    Twice {
        /// The number.
        number: u32,
    },
    /// One has a time, a score or a word that is none.
    #[error("object {number} has {what} that is none")]
    Nonsense {
        /// Which object.
        number: u32,
        /// What of it.
        what: &'static str,
    },
    /// Whether they were looked for is not told in a word that is known.
    #[error("{0:?} does not say whether they were looked for")]
    Recognition(String),
    /// They are something else.
    #[error("they are no objects: {0}")]
    Json(#[from] serde_json::Error),
}

/// An object in the JSON array. Fields may be added, never changed. Times are milliseconds since the
/// event was triggered.
#[derive(Debug, Serialize, Deserialize)]
struct SightingV1 {
    number: u32,
    label: String,
    score: f32,
    first: i64,
    last: i64,
    zones: BTreeSet<String>,
    deeds: Vec<DeedV1>,
}

/// See [`SightingV1`].
#[derive(Debug, Serialize, Deserialize)]
struct DeedV1 {
    at: i64,
    kind: String,
    place: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    side: Option<String>,
}

/// The JSON array of the objects of an event that was triggered then. Without white space; times are cut
/// to the millisecond before, scores rounded to 4 digits.
pub(crate) fn encode(
    sightings: &[Sighting],
    triggered: WallTime,
) -> Result<String, InvalidSightings> {
    check(sightings)?;
    let after =
        |at: WallTime| at.as_micros().saturating_sub(triggered.as_micros()).div_euclid(1000);
    let deed = |Deed { at, kind }: &Deed| {
        let (word, place, side) = words_of(kind);
        let [kind, place] = [word, place].map(str::to_owned);
        DeedV1 { at: after(*at), kind, place, side: side.map(str::to_owned) }
    };
    let sighting = |sighting: &Sighting| {
        let Sighting { number, label, score, first, last, zones, deeds } = sighting;
        SightingV1 {
            number: *number,
            label: label.to_string(),
            score: (score.get() * 1e4).round() / 1e4,
            first: after(*first),
            last: after(*last),
            zones: zones.clone(),
            deeds: deeds.iter().map(deed).collect(),
        }
    };
    Ok(serde_json::to_string(&sightings.iter().map(sighting).collect::<Vec<_>>())?)
}

/// What [`encode`] wrote, by numbers.
pub(crate) fn decode(json: &str, triggered: WallTime) -> Result<Vec<Sighting>, InvalidSightings> {
    let sightings: Vec<SightingV1> = serde_json::from_str(json)?;
    let sightings: Result<Vec<_>, _> =
        sightings.into_iter().map(|sighting| sighting.read(triggered)).collect();
    let mut sightings = sightings?;
    sightings.sort_by_key(|sighting| sighting.number);
    check(&sightings)?;
    Ok(sightings)
}

fn check(sightings: &[Sighting]) -> Result<(), InvalidSightings> {
    if sightings.len() > MOST_OBJECTS {
        return Err(InvalidSightings::TooMany { count: sightings.len() });
    }
    let mut numbers = BTreeSet::new();
    for Sighting { number, first, last, deeds, .. } in sightings {
        let number = *number;
        if deeds.len() > MOST_DEEDS {
            return Err(InvalidSightings::TooManyDeeds { number, deeds: deeds.len() });
        }
        if last < first {
            return Err(InvalidSightings::Nonsense { number, what: "a time" });
        }
        if !numbers.insert(number) {
            return Err(InvalidSightings::Twice { number });
        }
    }
    Ok(())
}

impl SightingV1 {
    fn read(self, triggered: WallTime) -> Result<Sighting, InvalidSightings> {
        let Self { number, label, score, first, last, zones, deeds } = self;
        let none = |what| move || InvalidSightings::Nonsense { number, what };
        let time = |after: i64| {
            let at = triggered.as_micros().checked_add(after.checked_mul(1000)?)?;
            Some(WallTime::from_micros(at))
        };
        let deed = |DeedV1 { at, kind, place, side }: DeedV1| {
            let at = time(at).ok_or_else(none("a time"))?;
            let kind = kind_of(&kind, place, side.as_deref()).ok_or_else(none("a deed"))?;
            Ok(Deed { at, kind })
        };
        let deeds: Result<Vec<Deed>, InvalidSightings> = deeds.into_iter().map(deed).collect();
        Ok(Sighting {
            number,
            label: label.parse().ok().ok_or_else(none("a label"))?,
            score: Fraction::new(score).ok_or_else(none("a score"))?,
            first: time(first).ok_or_else(none("a time"))?,
            last: time(last).ok_or_else(none("a time"))?,
            zones,
            deeds: deeds?,
        })
    }
}

/// The words for a deed: what was done, where, towards which side.
fn words_of(kind: &DeedKind) -> (&'static str, &str, Option<&'static str>) {
    match kind {
        DeedKind::Entered(zone) => ("entered", zone, None),
        DeedKind::Left(zone) => ("left", zone, None),
        DeedKind::Loitered(zone) => ("loitered", zone, None),
        DeedKind::Crossed(line, Side::Left) => ("crossed", line, Some("left")),
        DeedKind::Crossed(line, Side::Right) => ("crossed", line, Some("right")),
    }
}

/// What [`words_of`] told.
pub(crate) fn kind_of(word: &str, place: String, side: Option<&str>) -> Option<DeedKind> {
    match (word, side) {
        ("entered", None) => Some(DeedKind::Entered(place)),
        ("left", None) => Some(DeedKind::Left(place)),
        ("loitered", None) => Some(DeedKind::Loitered(place)),
        ("crossed", Some("left")) => Some(DeedKind::Crossed(place, Side::Left)),
        ("crossed", Some("right")) => Some(DeedKind::Crossed(place, Side::Right)),
        _ => None,
    }
}

/// A deed of the catalog that is none.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} {1:?} is no deed")]
struct InvalidDeed(String, Option<String>);

/// Whether objects were looked for, from a row that has `recognition`.
pub(crate) fn read_recognition(row: &SqliteRow) -> Result<Recognition, CatalogError> {
    let word: &str = row.try_get("recognition")?;
    let invalid = || nonsense(InvalidSightings::Recognition(word.to_owned()));
    Recognition::from_word(word).ok_or_else(invalid)
}

/// A score of the catalog. It was checked when it was entered, and lost nothing by becoming longer.
pub(crate) fn read_score(score: f64) -> Fraction {
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "was an f32")]
    Fraction::clamped(score as f32)
}

/// Enters the objects of an event that has none, and what it is found by.
pub(crate) async fn insert_sightings(
    transaction: &mut SqliteConnection,
    event: &EventId,
    sightings: &[Sighting],
) -> Result<(), CatalogError> {
    let mut words = BTreeSet::new();
    for Sighting { number, label, score, first, last, zones, deeds } in sightings {
        sqlx::query(
            "INSERT INTO sighting (event_id, number, label, score, first_us, last_us) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(event.as_str())
        .bind(number)
        .bind(label.as_str())
        .bind(f64::from(score.get()))
        .bind(first.as_micros())
        .bind(last.as_micros())
        .execute(&mut *transaction)
        .await?;
        words.insert(label.as_str().to_lowercase());
        for zone in zones {
            sqlx::query("INSERT INTO sighting_zone (event_id, number, zone) VALUES (?1, ?2, ?3)")
                .bind(event.as_str())
                .bind(number)
                .bind(zone)
                .execute(&mut *transaction)
                .await?;
            words.insert(zone.to_lowercase());
        }
        for (nth, Deed { at, kind }) in (0_i64..).zip(deeds) {
            let (word, place, side) = words_of(kind);
            sqlx::query(
                "INSERT INTO deed (event_id, number, nth, at_us, word, place, side) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .bind(event.as_str())
            .bind(number)
            .bind(nth)
            .bind(at.as_micros())
            .bind(word)
            .bind(place)
            .bind(side)
            .execute(&mut *transaction)
            .await?;
            words.extend([word.to_owned(), place.to_lowercase()]);
        }
    }
    if !words.is_empty() {
        let words: Vec<String> = words.into_iter().collect();
        sqlx::query("INSERT INTO event_words (event_id, words) VALUES (?1, ?2)")
            .bind(event.as_str())
            .bind(words.join("\n"))
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Keeps the objects of an event, in place of those that were kept of it before, and whether they were
    /// looked for. Times are cut to the millisecond before, scores rounded to 4 digits.
    ///
    /// # Errors
    ///
    /// If there is no such event; if there are more than 64 objects, two of one number, or one has more
    /// than 400 deeds or is last seen before it is first seen; if the catalog or the sidecar cannot be
    /// written.
    pub async fn save_sightings(
        &self,
        event: &EventId,
        sightings: &[Sighting],
        recognition: Recognition,
    ) -> Result<(), WriteError> {
        let no_event = || WriteError::NoSuchEvent { id: event.clone() };
        let triggered = self.known_event(event).await?.ok_or_else(no_event)?.event.triggered;
        // As the sidecar will tell them, so that the catalog is the same when it is built anew.
        let told = encode(sightings, triggered).and_then(|json| decode(&json, triggered));
        let told = told.map_err(|source| WriteError::Sightings { id: event.clone(), source })?;
        if !self.replace_sightings(event, &told, recognition).await? {
            return Err(no_event());
        }
        self.write_sidecar(event).await
    }

    /// The rows of [`Store::save_sightings`]; `false` if the event was removed meanwhile.
    async fn replace_sightings(
        &self,
        event: &EventId,
        sightings: &[Sighting],
        recognition: Recognition,
    ) -> Result<bool, CatalogError> {
        let mut transaction = self.inner.catalog.writer.begin_with("BEGIN IMMEDIATE").await?;
        // Indexes: primary keys.
        let updated = sqlx::query("UPDATE event SET recognition = ?2 WHERE id = ?1")
            .bind(event.as_str())
            .bind(recognition.word())
            .execute(&mut *transaction)
            .await?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        for table in [
            "DELETE FROM sighting WHERE event_id = ?1",
            "DELETE FROM event_words WHERE event_id = ?1",
        ] {
            sqlx::query(table).bind(event.as_str()).execute(&mut *transaction).await?;
        }
        insert_sightings(&mut transaction, event, sightings).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The objects of an event by their numbers, and whether they were looked for; none, and off, if there
    /// is no such event, or it was deleted.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn sightings(
        &self,
        event: &EventId,
    ) -> Result<(Vec<Sighting>, Recognition), CatalogError> {
        // Indexes: primary keys. One statement, for one that saves meanwhile must not mix two states.
        let rows = sqlx::query(
            "SELECT recognition, number, label, sighting.score AS score, first_us, last_us, \
             (SELECT json_group_array(zone) FROM sighting_zone AS of_it \
               WHERE of_it.event_id = sighting.event_id AND of_it.number = sighting.number) \
               AS zones, \
             (SELECT json_group_array(json_array(at_us, word, place, side) ORDER BY nth) \
               FROM deed WHERE deed.event_id = sighting.event_id \
               AND deed.number = sighting.number) AS deeds \
             FROM event LEFT JOIN sighting ON sighting.event_id = event.id \
             WHERE event.id = ?1 AND deleted_us IS NULL ORDER BY number",
        )
        .bind(event.as_str())
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let recognition = rows.first().map(read_recognition).transpose()?.unwrap_or_default();
        let sightings: Result<Vec<_>, _> = rows.iter().map(read_sighting).collect();
        Ok((sightings?.into_iter().flatten().collect(), recognition))
    }
}

/// An object from a row of [`Store::sightings`]; none in the row of an event without any.
fn read_sighting(row: &SqliteRow) -> Result<Option<Sighting>, CatalogError> {
    let Some(number) = row.try_get::<Option<i64>, _>("number")? else { return Ok(None) };
    let label: &str = row.try_get("label")?;
    let zones: BTreeSet<String> = serde_json::from_str(row.try_get("zones")?).map_err(nonsense)?;
    let deeds: Vec<(i64, String, String, Option<String>)> =
        serde_json::from_str(row.try_get("deeds")?).map_err(nonsense)?;
    let deed = |(at, word, place, side): (i64, String, String, Option<String>)| {
        let kind = kind_of(&word, place, side.as_deref());
        let kind = kind.ok_or_else(|| nonsense(InvalidDeed(word, side)))?;
        Ok(Deed { at: WallTime::from_micros(at), kind })
    };
    let deeds: Result<Vec<Deed>, CatalogError> = deeds.into_iter().map(deed).collect();
    Ok(Some(Sighting {
        number: u32::try_from(number).map_err(nonsense)?,
        label: label.parse::<Label>().map_err(nonsense)?,
        score: read_score(row.try_get("score")?),
        first: WallTime::from_micros(row.try_get("first_us")?),
        last: WallTime::from_micros(row.try_get("last_us")?),
        zones,
        deeds: deeds?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triggered() -> WallTime {
        "2026-11-21T13:32:05.250Z".parse().unwrap()
    }

    fn at(after: i64) -> WallTime {
        WallTime::from_micros(triggered().as_micros() + after)
    }

    fn sighting(number: u32) -> Sighting {
        let deed = |kind| Deed { at: at(250_999), kind };
        let kinds = [
            DeedKind::Entered("drive".to_owned()),
            DeedKind::Loitered("drive".to_owned()),
            DeedKind::Left("drive".to_owned()),
            DeedKind::Crossed("gate".to_owned(), Side::Left),
            DeedKind::Crossed("gate".to_owned(), Side::Right),
        ];
        Sighting {
            number,
            label: Label::person(),
            score: Fraction::clamped(0.912_345),
            first: at(-1_500_000),
            last: at(2_000_000),
            zones: ["drive", "lawn"].map(str::to_owned).into(),
            deeds: kinds.map(deed).into(),
        }
    }

    #[test]
    fn objects_are_short_to_write_and_come_back() {
        let short = Sighting { deeds: vec![sighting(7).deeds.remove(3)], ..sighting(7) };
        let json = encode(&[short], triggered()).unwrap();
        assert_eq!(
            json,
            r#"[{"number":7,"label":"person","score":0.9123,"first":-1500,"last":2000,"zones":["drive","lawn"],"deeds":[{"at":250,"kind":"crossed","place":"gate","side":"left"}]}]"#
        );
        let json = encode(&[sighting(9), sighting(7)], triggered()).unwrap();
        let back = decode(&json, triggered()).unwrap();
        assert_eq!(back.iter().map(|sighting| sighting.number).collect::<Vec<_>>(), [7, 9]);
        let kinds = |sighting: &Sighting| {
            sighting.deeds.iter().map(|deed| deed.kind.clone()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&back[1]), kinds(&sighting(9)));
        assert_eq!(decode(&encode(&back, triggered()).unwrap(), triggered()).unwrap(), back);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let numbered = |count| (0..count).map(sighting).collect::<Vec<_>>();
        assert!(encode(&numbered(64), triggered()).is_ok());
        let refused =
            |sightings: &[Sighting]| encode(sightings, triggered()).unwrap_err().to_string();
        assert_eq!(refused(&numbered(65)), "65 objects are too many: at most 64 fit in an event");
        assert_eq!(refused(&[sighting(3), sighting(3)]), "there are two objects 3");
        let backwards = Sighting { last: at(-1_600_000), ..sighting(3) };
        assert_eq!(refused(&[backwards]), "object 3 has a time that is none");
        let deed = sighting(3).deeds[0].clone();
        let busy = |deeds| Sighting { deeds: vec![deed.clone(); deeds], ..sighting(3) };
        assert!(encode(&[busy(400)], triggered()).is_ok());
        assert_eq!(refused(&[busy(401)]), "object 3 has 401 deeds: at most 400 fit in one");
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let json = encode(&[sighting(7)], triggered()).unwrap();
        for (right, wrong) in [
            ("0.9123", "1.5"),
            ("\"person\"", "\"-\""),
            ("\"crossed\"", "\"jumped\""),
            ("\"side\":\"left\"", "\"side\":\"up\""),
            ("\"kind\":\"entered\"", "\"kind\":\"crossed\""),
            ("\"first\":-1500", "\"first\":9223372036854775807"),
            ("\"first\":-1500", "\"first\":2001"),
            ("\"at\":250", "\"at\":9223372036854775"),
            ("\"number\":7,", ""),
        ] {
            let wrong = json.replacen(right, wrong, 1);
            assert_ne!(wrong, json);
            assert!(decode(&wrong, triggered()).is_err(), "{wrong}");
        }
        for json in ["", "{}", "[1]"] {
            assert!(decode(json, triggered()).is_err(), "{json}");
        }
    }
}
