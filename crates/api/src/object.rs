//! What was recognised: in events, now, and by whom.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Area, Time};

/// The objects of one class in an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventObject {
    /// What they are, in the word of the detector's model, such as `person`.
    pub label: String,
    /// The best score that one of them had, 0 to 1.
    pub score: f32,
    /// How many there were.
    pub count: u32,
}

/// Whether an event's objects were looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recognition {
    /// Nobody asked for it.
    Off,
    /// They were: if there are none, there was nobody.
    Known,
    /// The detector failed, so that nobody knows.
    Unknown,
}

/// What was recognised in an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sightings {
    /// Whether it was looked for.
    pub recognition: Recognition,
    /// By their numbers; empty if none are known.
    pub objects: Vec<Sighting>,
}

/// One object through an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sighting {
    /// Its number in the event, that of its trace.
    pub number: u32,
    /// What it is.
    pub label: String,
    /// The best score it had, 0 to 1.
    pub score: f32,
    /// When it was first seen in the event.
    pub first: Time,
    /// When it was last seen in the event.
    pub last: Time,
    /// The names of the zones it has been in.
    pub zones: Vec<String>,
    /// What it did, by time.
    pub deeds: Vec<Deed>,
}

/// Something that an object did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deed {
    /// When.
    pub at: Time,
    /// What.
    pub kind: DeedKind,
    /// The zone, unless it crossed a line.
    #[schema(required = true)]
    pub zone: Option<String>,
    /// The line, if it crossed one.
    #[schema(required = true)]
    pub line: Option<String>,
    /// To which side it crossed that, as seen by who stands at its `from` and looks to its `to`.
    #[schema(required = true)]
    pub side: Option<Side>,
}

/// What an object can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeedKind {
    /// It came into the zone.
    Entered,
    /// It left the zone.
    Left,
    /// It has been in the zone for so long as the owner calls loitering.
    Loitered,
    /// It crossed the line.
    Crossed,
}

/// A side of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// From right to left.
    Left,
    /// From left to right.
    Right,
}

/// The words that `label` and `zone` of `GET events` find something by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Words {
    /// Those of the most events first.
    pub labels: Vec<String>,
    /// Those of the most events first.
    pub zones: Vec<String>,
}

/// How often what was seen on a camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// From this moment on.
    pub from: Time,
    /// Up to this moment.
    pub to: Time,
    /// Objects that were first seen in this time, the most first.
    pub objects: Vec<ObjectCount>,
    /// What they did in zones in this time, by zone and label.
    pub zones: Vec<ZoneCount>,
    /// How often they crossed lines in this time, by line and label.
    pub lines: Vec<LineCount>,
}

/// So many objects of one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectCount {
    /// What they are.
    pub label: String,
    /// How many.
    pub count: u64,
}

/// What objects of one class did in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ZoneCount {
    /// The zone.
    pub zone: String,
    /// What they are.
    pub label: String,
    /// How often one entered.
    pub entered: u64,
    /// How often one left.
    pub left: u64,
    /// How often one loitered.
    pub loitered: u64,
}

/// How often objects of one class crossed one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineCount {
    /// The line.
    pub line: String,
    /// What they are.
    pub label: String,
    /// How often from right to left.
    pub left: u64,
    /// How often from left to right.
    pub right: u64,
}

/// An object that is there now, told by `motion/now`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveObject {
    /// Stays the same while the object is followed.
    pub number: u32,
    /// What it is.
    pub label: String,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// A box around it.
    #[serde(rename = "box")]
    pub area: Area,
    /// Whether it stands still, as a parked car does.
    pub still: bool,
}

/// Who recognises objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Detector {
    /// Whether it answers.
    pub state: DetectorState,
    /// Since when; `null` while it is off.
    #[schema(required = true)]
    pub since: Option<Time>,
    /// The file of its model, or the host of the service.
    #[schema(required = true)]
    pub name: Option<String>,
    /// What runs the model, such as `rten`; `null` for a service, and before it is ready.
    #[schema(required = true)]
    pub engine: Option<String>,
    /// The kind of the model's outputs, such as `yolox`; `null` for a service, and before it is ready.
    #[schema(required = true)]
    pub layout: Option<String>,
    /// Width and height of the model's input in pixels; `null` for a service, and before it is ready.
    #[schema(required = true, min_items = 2, max_items = 2)]
    pub input: Option<[u16; 2]>,
    /// The classes it knows, by their numbers; `null` if it does not say.
    #[schema(required = true)]
    pub labels: Option<Vec<String>>,
    /// How long a look took of late, in milliseconds; `null` before the first.
    #[schema(required = true)]
    pub look_ms: Option<f64>,
    /// What else its owner should know, such as why another engine was not taken.
    #[schema(required = true)]
    pub note: Option<String>,
    /// Why it fails, while it does.
    #[schema(required = true)]
    pub cause: Option<String>,
    /// What to do about it.
    #[schema(required = true)]
    pub hint: Option<String>,
}

/// Whether the detector answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DetectorState {
    /// There is none.
    Off,
    /// Not yet.
    Starting,
    /// It does.
    Ready,
    /// It does not; `cause` says why. What is in the pictures is unknown until it does.
    Failing,
}
