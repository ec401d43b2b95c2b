//! One camera.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ObjectCount, Time};

/// Every camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cameras {
    /// In the order of the configuration.
    pub cameras: Vec<Camera>,
}

/// One camera as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Camera {
    /// Its name.
    pub name: String,
    /// Whether pictures come.
    pub state: CameraState,
    /// Since when.
    pub since: Time,
    /// Why no pictures come, while they do not.
    #[schema(required = true)]
    pub cause: Option<String>,
    /// What to do about it.
    #[schema(required = true)]
    pub hint: Option<String>,
    /// When it is tried again.
    #[schema(required = true)]
    pub next_try: Option<Time>,
    /// What is recorded of it.
    pub record: Record,
    /// Whether it is being recorded at this moment.
    pub recording: bool,
    /// What motion detection does.
    pub detection: Detection,
    /// Whether it is the built-in demonstration and no camera at all.
    pub demo: bool,
    /// Pixels; `null` before the first picture.
    #[schema(required = true)]
    pub width: Option<u16>,
    /// Pixels; `null` before the first picture.
    #[schema(required = true)]
    pub height: Option<u16>,
    /// The codec by RFC 6381, such as `avc1.64001f`; `null` before the first picture.
    #[schema(required = true)]
    pub codec: Option<String>,
    /// Pictures in a second, as measured.
    #[schema(required = true)]
    pub fps: Option<f64>,
    /// Bits in a second, as measured.
    #[schema(required = true)]
    pub bitrate: Option<u64>,
    /// What is wrong with its pictures; empty if nothing is.
    pub health: Vec<Ailing>,
    /// What else its owner should know, such as which program reads it.
    #[schema(required = true)]
    pub note: Option<String>,
    /// Whether its sound is received.
    pub audio: bool,
    /// What is recorded by hand, or `null` if nothing is.
    #[schema(required = true)]
    pub manual: Option<Manual>,
    /// What can be set of it.
    pub controls: Controls,
    /// What is recognised in its pictures now; empty if nothing is, or nobody looks.
    pub objects: Vec<ObjectCount>,
}

/// Something that is wrong with a camera's pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ailing {
    /// What.
    pub kind: Ailment,
    /// Since when.
    pub since: Time,
}

/// What can be wrong with a camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ailment {
    /// None come.
    NoPictures,
    /// They come, but show the same moment again and again.
    Frozen,
    /// They are black.
    Black,
    /// They are white.
    White,
    /// Something lies over the lens.
    Covered,
    /// They are no longer sharp.
    Defocused,
    /// The camera looks elsewhere than before.
    Moved,
    /// Far fewer come than usual.
    Slow,
}

/// What is recorded by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Manual {
    /// Since when.
    pub since: Time,
    /// Until when, or `null` if until it is stopped.
    #[schema(required = true)]
    pub until: Option<Time>,
}

/// What can be set of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Controls {
    /// Whether its picture: see `/cameras/{name}/picture`.
    pub picture: bool,
    /// Whether where it looks: see `/cameras/{name}/ptz`.
    pub ptz: bool,
}

/// Whether pictures come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CameraState {
    /// Not yet: the first connection is being made.
    Connecting,
    /// They do.
    Live,
    /// They do not; `cause` says why and `next_try` when it is tried again.
    Offline,
    /// They are not wanted.
    Off,
}

/// What is recorded of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// Events, with what came right before and after them.
    Events,
    /// Everything.
    Continuous,
    /// Photos of events.
    Photos,
    /// Nothing.
    Off,
}

/// What motion detection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detection {
    /// It looks, and nothing moves.
    Watching,
    /// It sees something move.
    Motion,
    /// It is not wanted, or has no pictures.
    Off,
    /// It broke off and is coming back.
    Restarting,
}
