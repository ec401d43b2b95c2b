//! What begins a camera's events, and when its stream runs.

use std::collections::BTreeSet;

use super::reader::{Key, Place, Reader};
use super::{Detect, Record, Start};
use crate::{CameraId, EventsOn};

/// What a camera says of it.
pub(super) struct Keys<'a> {
    pub(super) name: &'a Key<CameraId>,
    pub(super) detect: &'a Key<Detect>,
    pub(super) start: &'a Key<Start>,
    pub(super) record: &'a Key<Record>,
    pub(super) timelapse: Option<&'a Place>,
    pub(super) events: &'a Key<EventsOn>,
}

/// What begins the camera's events, and when its stream runs. `started` are the cameras that a sensor
/// could start, nothing where that is not known.
pub(super) fn check(
    keys: &Keys,
    started: Option<&BTreeSet<CameraId>>,
    reader: &mut Reader,
) -> (Detect, Start) {
    let Keys { name, detect, start, record, timelapse, events } = *keys;
    let written = match record {
        Key::Absent => Some(Record::Events),
        given => given.given().map(|(record, _)| *record),
    };
    let lonely = name
        .given()
        .map(|(name, _)| name)
        .filter(|name| started.is_some_and(|started| !started.contains(name)));
    let mut refuse_lonely = |place: &Place, instead: &str| {
        if let Some(name) = lonely {
            let problem = format!(
                "no sensor takes photos or clips with this camera, so nothing could ever start it; \
                 write [[sensor]] with cameras = [\"{name}\"], or {instead}"
            );
            reader.refuse(place, problem);
        }
    };
    // The others record all the time, or nothing at all: no sensor is needed for that.
    let by_events = matches!(written, Some(Record::Events | Record::Photos));
    if let (Key::Given(Detect::Sensors, place), true) = (detect, by_events) {
        refuse_lonely(place, "detect = \"motion\"");
    }
    if let (Key::Given(Start::OnDemand, place), true) = (start, by_events) {
        refuse_lonely(place, "start = \"always\"");
    }
    if let (Key::Given(Start::OnDemand, place), Key::Given(Record::Continuous, record)) =
        (start, record)
    {
        let line = reader.line(record);
        let problem = format!(
            "record on line {line} is \"continuous\", which needs the stream all the time; write \
             start = \"always\", or record = \"events\""
        );
        reader.refuse(place, problem);
    }
    if let (Key::Given(Start::OnDemand, place), Some(timelapse)) = (start, timelapse) {
        let line = reader.line(timelapse);
        let problem = format!(
            "the timelapse of line {line} needs the stream all the time; write start = \"always\", \
             or leave timelapse out"
        );
        reader.refuse(place, problem);
    }
    if let (Key::Given(Detect::Sensors, detect), Key::Given(EventsOn::Objects, place)) =
        (detect, events)
    {
        let line = reader.line(detect);
        let problem = format!("means nothing to detect = \"sensors\" on line {line}");
        reader.refuse(place, problem);
    }
    let detect = detect.given().map_or(Detect::Motion, |(detect, _)| *detect);
    let start = start.given().map_or(Start::Always, |(start, _)| *start);
    (detect, start)
}
