//! An event as a small JSON file beside its footage, from which the catalog can be rebuilt.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use watchpost_model::{
    DeviceId, Ended, Event, EventId, InvalidDeviceId, InvalidEventId, InvalidTime, Recognition,
    Sighting, Trigger, WallTime,
};

use crate::events::Known;
use crate::{InvalidSightings, InvalidTraces, sightings, traces};

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
    /// Left out if there are none, as in the files of those who knew of none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sensors: Vec<String>,
    kept: bool,
    #[serde(default)]
    score: Option<f64>,
    /// Left out if nobody looked, as in the files of those who could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recognition: Option<String>,
    /// Written by [`with`].
    #[serde(default, skip_serializing)]
    objects: Option<serde_json::Value>,
    /// Written by [`with`].
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
    /// Its objects, and whether they were looked for. Damage to them takes nothing from the event either.
    pub(crate) sightings: Result<(Vec<Sighting>, Recognition), InvalidSightings>,
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
    Sensor(#[from] InvalidDeviceId),
    #[error(transparent)]
    Time(#[from] InvalidTime),
    #[error("{0:?} is no trigger, or no way to end")]
    Word(String),
}

/// The content of the file about an event whose objects and traces are that JSON.
pub(crate) fn encode(known: &Known, objects: Option<&str>, traces: Option<&str>) -> Vec<u8> {
    let Known { event, stem: _, score, photos: _, objects: _, recognition } = known;
    let Event { id, camera, start, triggered, end, triggers, sensors, kept } = event;
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
        sensors: sensors.iter().map(ToString::to_string).collect(),
        kept: *kept,
        score: *score,
        recognition: (*recognition != Recognition::Off).then(|| recognition.word().to_owned()),
        objects: None,
        traces: None,
    };
    let json = serde_json::to_string_pretty(&sidecar);
    let json = json.expect("strings, booleans and numbers are always JSON");
    let json = objects.iter().fold(json, |json, objects| with(&json, "objects", objects));
    let json = traces.iter().fold(json, |json, traces| with(&json, "traces", traces));
    json.into_bytes()
}

/// Adds a last field to a JSON object. As it is: thousands of numbers, each on a line of its own,
/// would be no easier to read, and four times as long.
fn with(object: &str, name: &str, value: &str) -> String {
    let open = object.strip_suffix("\n}").expect("an object with fields ends so");
    format!("{open},\n  \"{name}\": {value}\n}}")
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
    let sensors: Result<BTreeSet<DeviceId>, _> =
        sidecar.sensors.iter().map(|name| name.parse()).collect();
    let id: EventId = sidecar.id.parse()?;
    let event = Event {
        id,
        camera: sidecar.camera.parse()?,
        start: sidecar.start.parse()?,
        triggered: sidecar.triggered.parse()?,
        end,
        triggers: triggers?,
        sensors: sensors?,
        kept: sidecar.kept,
    };
    let traces = sidecar.traces.map(|json| {
        let read = traces::decode(&json.to_string(), event.triggered)?;
        traces::encode(&read, event.triggered)
    });
    let traces = traces.transpose();
    let sightings = decode_sightings(sidecar.recognition, sidecar.objects, event.triggered);
    Ok(Sidecar { event, score: sidecar.score, traces, sightings })
}

fn decode_sightings(
    recognition: Option<String>,
    objects: Option<serde_json::Value>,
    triggered: WallTime,
) -> Result<(Vec<Sighting>, Recognition), InvalidSightings> {
    let recognition = recognition.map_or(Ok(Recognition::Off), |word| {
        Recognition::from_word(&word).ok_or(InvalidSightings::Recognition(word))
    })?;
    let read = objects.map(|json| sightings::decode(&json.to_string(), triggered)).transpose()?;
    Ok((read.unwrap_or_default(), recognition))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_an_event_without_sensors_does_not_speak_of_them() {
        let file = String::from_utf8(encode(&known(event(None)), None, None)).unwrap();
        assert!(!file.contains("sensors"), "{file}");
        let sensors = BTreeSet::from(["hall", "drive"].map(|name| name.parse().unwrap()));
        let triggers = BTreeSet::from([Trigger::Sensor, Trigger::Mqtt]);
        let event = Event { sensors, triggers, ..event(None) };
        let file = encode(&known(event.clone()), None, None);
        assert_eq!(decode(&file).unwrap().event, event);
        let bad = String::from_utf8(file).unwrap().replace("\"hall\"", "\"the hall\"");
        let why = decode(bad.as_bytes()).unwrap_err().to_string();
        assert!(why.contains("\"the hall\" cannot name a device"), "{why}");
    }

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
            sensors: BTreeSet::new(),
            kept: true,
        }
    }

    fn known(event: Event) -> Known {
        let stem = "media/door/2026-11-21/20261121_133205".to_owned();
        let (photos, objects) = (0, Vec::new());
        let recognition = Recognition::Known;
        Known { event, stem, score: Some(0.5), photos, objects, recognition }
    }

    const OBJECTS: &str = r#"[{"number":1001,"label":"person","score":0.91,"first":-250,"last":900,"zones":["drive"],"deeds":[{"at":10,"kind":"crossed","place":"gate","side":"left"}]}]"#;

    const TRACES: &str =
        r#"[{"number":1,"zones":["drive"],"places":[[-1500,0.0,0.1234,0.5,1.0]]}]"#;

    #[test]
    fn an_event_comes_back_to_the_microsecond() {
        for event in [event(None), event(Some(("2026-11-21T13:33:00Z", Ended::Cut)))] {
            for (objects, traces) in
                [(None, None), (Some(OBJECTS), None), (Some(OBJECTS), Some(TRACES))]
            {
                let read = decode(&encode(&known(event.clone()), objects, traces)).unwrap();
                assert_eq!((read.event, read.score), (event.clone(), Some(0.5)));
                assert_eq!(read.traces.unwrap().as_deref(), traces);
                let (sightings, recognition) = read.sightings.unwrap();
                assert_eq!(recognition, Recognition::Known);
                let json = sightings::encode(&sightings, event.triggered).unwrap();
                assert_eq!(json, objects.unwrap_or("[]"));
            }
        }
    }

    #[test]
    fn damaged_traces_and_objects_take_nothing_from_the_event() {
        let damaged = Some(r#"[{"number":"x"}]"#);
        let read = decode(&encode(&known(event(None)), damaged, damaged)).unwrap();
        assert_eq!(read.event, event(None));
        assert!(read.traces.is_err() && read.sightings.is_err());
        let word = String::from_utf8(encode(&known(event(None)), None, None)).unwrap();
        let read = decode(word.replace("\"known\"", "\"sure\"").as_bytes()).unwrap();
        let why = read.sightings.unwrap_err().to_string();
        assert_eq!(why, "\"sure\" does not say whether they were looked for");
    }

    #[test]
    fn a_file_without_objects_is_as_it_was_before_there_were_any() {
        let off = Known { recognition: Recognition::Off, ..known(event(None)) };
        let file = String::from_utf8(encode(&off, None, None)).unwrap();
        assert!(!file.contains("recognition") && !file.contains("objects"), "{file}");
        let read = decode(file.as_bytes()).unwrap();
        assert_eq!(read.sightings.unwrap(), (Vec::new(), Recognition::Off));
    }

    #[test]
    fn a_file_of_a_later_version_is_refused() {
        let later = String::from_utf8(encode(&known(event(None)), None, None)).unwrap();
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
