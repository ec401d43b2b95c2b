//! What happened.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{EventObject, Recognition, Time};

/// A page of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Events {
    /// Newest first.
    pub events: Vec<Event>,
    /// What to give as `cursor` for the page after this one, or `null` if this is the last.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many events the filter leaves, on all pages.
    pub total: u64,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its name, for good.
    pub id: String,
    /// The camera it happened on.
    pub camera: String,
    /// Where its footage begins.
    pub start: Time,
    /// When it was first triggered.
    pub triggered: Time,
    /// Where its footage ends, or `null` while it goes on.
    #[schema(required = true)]
    pub end: Option<Time>,
    /// Why it ended, or `null` while it goes on.
    #[schema(required = true)]
    pub ended: Option<Ended>,
    /// What triggered it.
    pub kinds: Vec<Kind>,
    /// The sensors that fired.
    pub sensors: Vec<String>,
    /// Whether it is kept for good.
    pub kept: bool,
    /// Whether it has a photo.
    pub snapshot: bool,
    /// Seconds of footage; while it goes on, so far.
    pub duration: f64,
    /// Seconds from the beginning of the footage to the first trigger.
    pub pre_roll: f64,
    /// How many photos were taken of it.
    pub photos: u64,
    /// What was recognised in it: one entry a class, the best score first.
    pub objects: Vec<EventObject>,
    /// Whether that was looked for.
    pub recognition: Recognition,
}

/// Why an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Nothing stirred any more.
    Quiet,
    /// It reached the longest an event may be; the next one may continue it.
    Cut,
    /// Monitoring was switched off.
    Stopped,
    /// The camera, the clock or the program broke off.
    Interrupted,
}

/// What can trigger an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something moved in the picture.
    Motion,
    /// An object was recognised that the owner wants to know of.
    Object,
    /// A sensor fired.
    Sensor,
    /// A message came from the MQTT broker that a sensor fired.
    Mqtt,
    /// Someone asked for a recording.
    Manual,
    /// No pictures came.
    NoPictures,
    /// The pictures showed the same moment again and again.
    Frozen,
    /// They were black.
    Black,
    /// They were white.
    White,
    /// Something lay over the lens.
    Covered,
    /// They were no longer sharp.
    Defocused,
    /// The camera looked elsewhere than before.
    Moved,
    /// Far fewer pictures came than usual.
    Slow,
}

/// What is to be changed of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventChange {
    /// Whether it is to be kept for good.
    pub kept: bool,
}

/// Tells by `updates` that an event is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deleted {
    /// Its name.
    pub id: String,
}
