//! How things are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Camera, Time};

/// The whole recorder at one glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Whether motion makes events.
    pub monitoring: bool,
    /// Since when.
    pub since: Time,
    /// Who switched it, or `null` if nobody has yet.
    #[schema(required = true)]
    pub by: Option<String>,
    /// The recorder's clock.
    pub now: Time,
    /// The recorder's time zone: its IANA name, or `UTC`.
    pub time_zone: String,
    /// The program's version.
    pub version: String,
    /// Every camera, in the order of the configuration.
    pub cameras: Vec<Camera>,
    /// What is wrong now and wants the owner's eye.
    pub faults: Vec<Fault>,
    /// The disk the recordings are on.
    pub disk: Disk,
}

/// Whether motion makes events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Monitoring {
    /// Whether it does.
    pub monitoring: bool,
    /// Since when.
    pub since: Time,
    /// Who switched it, or `null` if nobody has yet.
    #[schema(required = true)]
    pub by: Option<String>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Where: a camera's name, `disk`, `catalog`, …
    #[serde(rename = "where")]
    pub place: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    #[schema(required = true)]
    pub hint: Option<String>,
    /// Since when.
    pub since: Time,
}

/// A disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disk {
    /// How much it holds.
    pub total: u64,
    /// How much of it is free for the recorder.
    pub free: u64,
    /// How much of it the recordings take.
    pub used_by_recordings: u64,
}
