//! The ways of things through events: in the catalog, and in the sidecars.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use watchpost_model::{EventId, Fraction, Place, Region, Trace, WallTime};

use crate::catalog::nonsense;
use crate::{CatalogError, Store, WriteError};

/// The most traces that one event has.
const MOST_TRACES: usize = 64;

/// The most places that one trace has.
const MOST_PLACES: usize = 400;

/// Why traces cannot be kept, or read.
#[derive(Debug, thiserror::Error)]
pub enum InvalidTraces {
    /// There are too many.
    #[error("{count} traces are too many: at most {MOST_TRACES} fit in an event")]
    TooMany {
        /// So many.
        count: usize,
    },
    /// One has too many places, or none.
    #[error("trace {number} has {places} places: 1 to {MOST_PLACES} fit in one")]
    Length {
        /// Which trace.
        number: u32,
        /// So many.
        places: usize,
    },
    /// One is nowhere in the picture, or at no moment.
    #[error("trace {number} has a place that lies outside the picture or outside of time")]
    Nowhere {
        /// Which trace.
        number: u32,
    },
    /// They are something else.
    #[error("they are no traces: {0}")]
    Json(#[from] serde_json::Error),
}

/// A trace in the JSON array. Fields may be added, never changed.
#[derive(Debug, Serialize, Deserialize)]
struct TraceV1 {
    number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    zones: Vec<String>,
    places: Vec<PlaceV1>,
}

/// Milliseconds since the event was triggered; left, top, right and bottom edge as shares of the
/// picture. An array in JSON, for there are many.
#[derive(Debug, Serialize, Deserialize)]
struct PlaceV1(i64, f32, f32, f32, f32);

/// The JSON array of `traces` of an event that was triggered then. Without white space; times are cut
/// to the millisecond before, shares rounded to 4 digits.
pub(crate) fn encode(traces: &[Trace], triggered: WallTime) -> Result<String, InvalidTraces> {
    if traces.len() > MOST_TRACES {
        return Err(InvalidTraces::TooMany { count: traces.len() });
    }
    let traces: Result<Vec<TraceV1>, InvalidTraces> = traces
        .iter()
        .map(|Trace { number, label, zones, places }| {
            check_length(*number, places.len())?;
            let places = places.iter().map(|place| PlaceV1::of(place, triggered)).collect();
            let label = label.as_ref().map(ToString::to_string);
            Ok(TraceV1 { number: *number, label, zones: zones.iter().cloned().collect(), places })
        })
        .collect();
    Ok(serde_json::to_string(&traces?)?)
}

/// What [`encode`] wrote.
pub(crate) fn decode(json: &str, triggered: WallTime) -> Result<Vec<Trace>, InvalidTraces> {
    let traces: Vec<TraceV1> = serde_json::from_str(json)?;
    if traces.len() > MOST_TRACES {
        return Err(InvalidTraces::TooMany { count: traces.len() });
    }
    let trace = |TraceV1 { number, label, zones, places }: TraceV1| {
        check_length(number, places.len())?;
        let places: Option<Vec<Place>> =
            places.iter().map(|place| place.place(triggered)).collect();
        let places = places.ok_or(InvalidTraces::Nowhere { number })?;
        // A word that is none any more is as good as none.
        let label = label.and_then(|label| label.parse().ok());
        Ok(Trace { number, label, zones: zones.into_iter().collect(), places })
    };
    traces.into_iter().map(trace).collect()
}

fn check_length(number: u32, places: usize) -> Result<(), InvalidTraces> {
    match places {
        1..=MOST_PLACES => Ok(()),
        _ => Err(InvalidTraces::Length { number, places }),
    }
}

impl PlaceV1 {
    fn of(place: &Place, triggered: WallTime) -> Self {
        let Place { at, region: Region { left, top, right, bottom } } = place;
        let after = at.as_micros().saturating_sub(triggered.as_micros()).div_euclid(1000);
        let [left, top, right, bottom] =
            [left, top, right, bottom].map(|edge| (edge.get() * 1e4).round() / 1e4);
        Self(after, left, top, right, bottom)
    }

    fn place(&self, triggered: WallTime) -> Option<Place> {
        let Self(after, left, top, right, bottom) = *self;
        let at = triggered.as_micros().checked_add(after.checked_mul(1000)?)?;
        let region = Region {
            left: Fraction::new(left)?,
            top: Fraction::new(top)?,
            right: Fraction::new(right)?,
            bottom: Fraction::new(bottom)?,
        };
        let upright = left <= right && top <= bottom;
        upright.then_some(Place { at: WallTime::from_micros(at), region })
    }
}

impl Store {
    /// Keeps the ways of things through an event, in the place of those before, in the catalog and
    /// in its sidecar. Times are cut to the millisecond before, edges rounded to 4 digits.
    ///
    /// # Errors
    ///
    /// If there is no such event; if there are more than 64 traces, or one has more than 400 places
    /// or none; if the catalog or the sidecar cannot be written.
    pub async fn save_traces(&self, id: &EventId, traces: &[Trace]) -> Result<(), WriteError> {
        let no_event = || WriteError::NoSuchEvent { id: id.clone() };
        let known = self.known_event(id).await?.ok_or_else(no_event)?;
        let json = encode(traces, known.event.triggered)
            .map_err(|source| WriteError::Traces { id: id.clone(), source })?;
        // Indexes: both primary keys. The event may have been removed since.
        let saved = sqlx::query(
            "INSERT INTO event_traces (event_id, traces) \
             SELECT id, ?2 FROM event WHERE id = ?1 \
             ON CONFLICT (event_id) DO UPDATE SET traces = excluded.traces",
        )
        .bind(id.as_str())
        .bind(json)
        .execute(&self.inner.catalog.writer)
        .await
        .map_err(CatalogError::from)?;
        if saved.rows_affected() == 0 {
            return Err(no_event());
        }
        self.write_sidecar(id).await
    }

    /// The ways of things through an event, as they were kept; none if there is no such event, or it
    /// was deleted.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn traces(&self, id: &EventId) -> Result<Vec<Trace>, WriteError> {
        // Indexes: both primary keys.
        let row = sqlx::query(
            "SELECT triggered_us, traces FROM event_traces JOIN event ON event.id = event_id \
             WHERE event_id = ?1 AND deleted_us IS NULL",
        )
        .bind(id.as_str())
        .fetch_optional(&self.inner.catalog.readers)
        .await
        .map_err(CatalogError::from)?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let triggered = row.try_get("triggered_us").map_err(CatalogError::from)?;
        let json: &str = row.try_get("traces").map_err(CatalogError::from)?;
        Ok(decode(json, WallTime::from_micros(triggered)).map_err(nonsense)?)
    }

    /// The JSON of an event's traces, for its sidecar.
    pub(crate) async fn traces_json(&self, id: &EventId) -> Result<Option<String>, CatalogError> {
        // Index: primary key.
        let row = sqlx::query("SELECT traces FROM event_traces WHERE event_id = ?1")
            .bind(id.as_str())
            .fetch_optional(&self.inner.catalog.readers)
            .await?;
        row.map(|row| Ok(row.try_get("traces")?)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triggered() -> WallTime {
        "2026-11-21T13:32:05.250Z".parse().unwrap()
    }

    /// A trace of places at those milliseconds since the trigger, at those shares.
    fn trace(places: &[(i64, f32)]) -> Trace {
        let place = |(after, share): &(i64, f32)| {
            let edge = Fraction::clamped(*share);
            let at = WallTime::from_micros(triggered().as_micros() + after * 1000);
            Place {
                at,
                region: Region {
                    left: Fraction::NONE,
                    top: edge,
                    right: edge,
                    bottom: Fraction::ALL,
                },
            }
        };
        let zones = ["drive", "lawn"].map(str::to_owned).into();
        Trace { number: 3, label: None, zones, places: places.iter().map(place).collect() }
    }

    #[test]
    fn traces_are_short_to_write() {
        let json = encode(&[trace(&[(-1500, 0.123_44), (250, 1.0 / 3.0)])], triggered()).unwrap();
        assert_eq!(
            json,
            r#"[{"number":3,"zones":["drive","lawn"],"places":[[-1500,0.0,0.1234,0.1234,1.0],[250,0.0,0.3333,0.3333,1.0]]}]"#
        );
        let back = decode(&json, triggered()).unwrap();
        assert_eq!(back, [trace(&[(-1500, 0.1234), (250, 0.3333)])]);
        assert_eq!(encode(&back, triggered()).unwrap(), json, "nothing is rounded twice");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let long = trace(&[(0, 0.5); MOST_PLACES]);
        let most = vec![long.clone(); MOST_TRACES];
        let json = encode(&most, triggered()).unwrap();
        assert_eq!(decode(&json, triggered()).unwrap(), most);
        assert!(json.len() < 1 << 20, "{} bytes", json.len());

        let more = [most.as_slice(), &[trace(&[(0, 0.5)])]].concat();
        let refused = encode(&more, triggered()).unwrap_err();
        assert_eq!(refused.to_string(), "65 traces are too many: at most 64 fit in an event");
        for places in [0, MOST_PLACES + 1] {
            let refused = encode(&[trace(&vec![(0, 0.5); places])], triggered()).unwrap_err();
            assert!(matches!(refused, InvalidTraces::Length { number: 3, .. }), "{refused}");
        }
    }

    #[test]
    fn what_is_no_trace_is_refused() {
        let place = |place: &str| format!(r#"[{{"number":1,"zones":[],"places":[{place}]}}]"#);
        assert!(decode(&place("[0,0,0,1,1]"), triggered()).is_ok());
        let much = [
            "[0,0,0,1,1.5]",
            "[0,0.5,0,0.4,1]",
            "[0,0,0.5,1,0.4]",
            "[9223372036854775807,0,0,1,1]",
            "[0,0,0,1]",
            "",
        ];
        for json in much.map(place).iter().map(String::as_str).chain(["", "{}", "[1]"]) {
            assert!(decode(json, triggered()).is_err(), "{json}");
        }
        let many = vec![r#"{"number":1,"zones":[],"places":[[0,0,0,1,1]]}"#; MOST_TRACES + 1];
        assert!(decode(&format!("[{}]", many.join(",")), triggered()).is_err());
    }
}
