//! The wire, version 1: what the program says and hears over HTTP.
//!
//! Types only: no socket, no clock, no decision, and nothing of the other crates, so that a change
//! inside never changes what clients see. Whoever speaks converts by an exhaustive pattern.
//! Within version 1 fields may be added, never changed or removed; clients ignore what they do not
//! know. Requests, on the other hand, refuse unknown fields, so that a misspelt one is noticed.
#![forbid(unsafe_code)]

mod error; //     what every refusal looks like
mod session; //   who speaks
mod status; //    how things are
mod camera; //    one camera of it
mod event; //     what happened
mod motion; //    what moves
mod object; //    what that is
mod recording; // what is kept
mod photo; //     single pictures of it
mod trouble; //   when nothing good could be kept
mod live; //      pictures as they come
mod control; //   what a camera is told to do
mod device; //    what senses, and what obeys
mod discovery; // which cameras there are besides

pub use camera::{
    Ailing, Ailment, Camera, CameraState, Cameras, Controls, Detection, Manual, Record,
};
pub use control::{
    Go, Movement, NewPreset, PictureChange, PictureSettings, Preset, Ptz, RecordNow, Stop, ToHome,
    ToPreset,
};
pub use device::{
    Broker, BrokerState, DeviceFault, Devices, Light, LightChange, Output, OutputChange,
    PlayBrightness, PlayReading, ReadingAt, Readings, Sensor, SensorReading, Servo, ServoChange,
};
pub use discovery::{
    Discovered, DiscoveredCamera, DiscoveredKind, StreamFound, Streams, StreamsOf,
};
pub use error::{Code, Error, ErrorBody};
pub use event::{Deleted, Ended, Event, EventChange, Events, Kind};
pub use live::{FromClient, FromServer};
pub use motion::{
    Appearing, Area, Given, Motion, MotionChange, MotionLevels, MotionSettings, MotionTuning,
    Moving, PersonHeight, Place, Point, Replay, Replayed, Trace, Traces, TuningChange, Zone,
};
pub use object::{
    Counts, Deed, DeedKind, Detector, DetectorState, EventObject, LineCount, LiveObject,
    ObjectCount, Recognition, Side, Sighting, Sightings, Words, ZoneCount,
};
pub use photo::{Photo, PhotoDeleted, Photos};
pub use recording::{Recording, Recordings};
pub use session::{Login, Role, Session, Setup, SetupState};
pub use status::{Disk, Fault, Monitoring, Status};
pub use trouble::{Trouble, Troubles, TroublesChanged};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A moment: RFC 3339 to the millisecond, with the offset that holds where the recorder stands, as
/// in `2026-11-21T14:32:05.250+01:00`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-11-21T14:32:05.250+01:00")]
pub struct Time(pub String);
