//! An event as a small JSON file beside its footage, from which the catalog can be rebuilt.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use watchpost_model::{Ended, Event, EventId, InvalidEventId, InvalidTime, Trigger, WallTime};

use crate::InvalidTraces;
use crate::traces;

/// The only version there is.
const VERSION: u32 = 1;

/// The file, version 1. Fields may be added, never changed; times are RFC 3339 in UTC.
#[derive(Debug, Serialize, Deserialize)]
struct SidecarV1 {
    version: u32,
    id: String,
    camera: String,
    start: String,
    triggered: String,
    end: Option<String>,
    ended: Option<String>,
    triggers: Vec<String>,
    kept: bool,
    #[serde(default)]
    score: Option<f64>,
    /// Written by [`with_traces`].
    #[serde(default, skip_serializing)]
    traces: Option<serde_json::Value>,
}

/// What a sidecar tells.
#[derive(Debug)]
pub(crate) struct Sidecar {
    pub(crate) event: Event,
    /// How good its snapshot is.
    pub(crate) score: Option<f64>,
    /// The JSON of its traces, if it has any. Damage to them takes nothing from the event.
    pub(crate) traces: Result<Option<String>, InvalidTraces>,
}

/// Why a file is no event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidSidecar {
    #[error("it is not the JSON of an event: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it has version {0}, which this Watchpost does not know")]
    Version(u32),
    #[error(transparent)]
    Id(#[from] InvalidEventId),
    #[error(transparent)]
    Camera(#[from] watchpost_model::InvalidCameraId),
    #[error(transparent)]
    Time(#[from] InvalidTime),
    #[error("{0:?} is no trigger, or no way to end")]
    Word(String),
}

/// The content of the file about `event`, whose snapshot is as good as `score`, and whose traces are
/// that JSON.
pub(crate) fn encode(event: &Event, score: Option<f64>, traces: Option<&str>) -> Vec<u8> {
    let Event { id, camera, start, triggered, end, triggers, kept } = event;
    let time = |time: WallTime| time.timestamp().to_string();
    let sidecar = SidecarV1 {
        version: VERSION,
        id: id.to_string(),
        camera: camera.to_string(),
        start: time(*start),
        triggered: time(*triggered),
        end: end.map(|(end, _)| time(end)),
        ended: end.map(|(_, ended)| ended.word().to_owned()),
        triggers: triggers.iter().map(|trigger| trigger.word().to_owned()).collect(),
        kept: *kept,
        score,
        traces: None,
    };
    let json = serde_json::to_string_pretty(&sidecar);
    let json = json.expect("strings, booleans and numbers are always JSON");
    match traces {
        Some(traces) => with_traces(&json, traces).into_bytes(),
        None => json.into_bytes(),
    }
}

/// Adds the last field to a JSON object. As it is: thousands of numbers, each on a line of its own,
/// would be no easier to read, and four times as long.
fn with_traces(object: &str, traces: &str) -> String {
    let open = object.strip_suffix("\n}").expect("an object with fields ends so");
    format!("{open},\n  \"traces\": {traces}\n}}")
}

/// What [`encode`] wrote.
pub(crate) fn decode(content: &[u8]) -> Result<Sidecar, InvalidSidecar> {
    let sidecar: SidecarV1 = serde_json::from_slice(content)?;
    if sidecar.version != VERSION {
        return Err(InvalidSidecar::Version(sidecar.version));
    }
    let end = match (sidecar.end, sidecar.ended) {
        (Some(end), Some(word)) => {
            let ended = Ended::from_word(&word).ok_or(InvalidSidecar::Word(word))?;
            Some((end.parse()?, ended))
        }
        _ => None,
    };
    let trigger = |word: String| Trigger::from_word(&word).ok_or(InvalidSidecar::Word(word));
    let triggers: Result<BTreeSet<Trigger>, _> =
        sidecar.triggers.into_iter().map(trigger).collect();
    let id: EventId = sidecar.id.parse()?;
    let event = Event {
        id,
        camera: sidecar.camera.parse()?,
        start: sidecar.start.parse()?,
        triggered: sidecar.triggered.parse()?,
        end,
        triggers: triggers?,
        kept: sidecar.kept,
    };
    let traces = sidecar.traces.map(|json| {
        let read = traces::decode(&json.to_string(), event.triggered)?;
        traces::encode(&read, event.triggered)
    });
    Ok(Sidecar { event, score: sidecar.score, traces: traces.transpose() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(end: Option<(&str, Ended)>) -> Event {
        let camera = "door".parse().unwrap();
        let triggered = "2026-11-21T13:32:05.250001Z".parse().unwrap();
        Event {
            id: EventId::new(&camera, triggered),
            camera,
            start: "2026-11-21T13:32:00.25Z".parse().unwrap(),
            triggered,
            end: end.map(|(end, ended)| (end.parse().unwrap(), ended)),
            triggers: BTreeSet::from([Trigger::Motion]),
            kept: true,
        }
    }

    const TRACES: &str =
        r#"[{"number":1,"zones":["drive"],"places":[[-1500,0.0,0.1234,0.5,1.0]]}]"#;

    #[test]
    fn an_event_comes_back_to_the_microsecond() {
        for event in [event(None), event(Some(("2026-11-21T13:33:00Z", Ended::Cut)))] {
            for traces in [None, Some(TRACES)] {
                let read = decode(&encode(&event, Some(0.5), traces)).unwrap();
                assert_eq!((read.event, read.score), (event.clone(), Some(0.5)));
                assert_eq!(read.traces.unwrap().as_deref(), traces);
            }
        }
    }

    #[test]
    fn damaged_traces_take_nothing_from_the_event() {
        let damaged = encode(&event(None), None, Some(r#"[{"number":"x"}]"#));
        let read = decode(&damaged).unwrap();
        assert_eq!(read.event, event(None));
        assert!(read.traces.is_err());
    }

    #[test]
    fn a_file_of_a_later_version_is_refused() {
        let later = String::from_utf8(encode(&event(None), None, None)).unwrap();
        let later = later.replace("\"version\": 1", "\"version\": 2");
        assert!(matches!(decode(later.as_bytes()), Err(InvalidSidecar::Version(2))));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for content in ["", "{}", "[1]", "\u{0}"] {
            assert!(decode(content.as_bytes()).is_err(), "{content:?}");
        }
    }
}
