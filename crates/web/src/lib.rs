//! What the owner sees: pages, API and live view, over HTTPS, to whoever has a session.
//!
//! Decides nothing about cameras or recordings: it asks the store, reads what the program's tasks
//! tell through [`tokio::sync::watch`], and passes wishes on to them. What is *not* here: a camera,
//! a decoder, a clock ([`App::clock`] is given). Nothing answers without a session but what
//! `auth::OPEN` names and the pages themselves, which hold nothing.
#![forbid(unsafe_code)]

mod serve; //      the port, and the socket for commands
mod tls; //        its certificate
mod routes; //     every address, on one page
mod auth; //       who may ask
mod throttle; //   who asks too often
mod query; //      what they ask for
mod range; //      which bytes of it
mod error; //      why not
mod refusal; //    why a camera's task does not

mod status; //     everything at one glance
mod monitoring; // motion makes events, or not
mod cameras; //    one camera
mod snapshots; //  its picture of now
mod mjpeg; //      many of them
mod live; //       its video of now
mod controls; //   what it is told to do
mod by_hand; //    record, take a photo
mod picture; //    look different
mod ptz; //        look elsewhere
mod motion; //     what counts as motion there, and what moves
mod devices; //    what senses, and what obeys
mod discovery; //  which cameras there are besides
mod events; //     what happened
mod objects; //    who was there
mod ailing; //     above all to the camera
mod recordings; // what is kept
mod clip; //       video of it
mod text; //       what is said to it
mod sensed; //     by sensors, too
mod export; //     encoded anew
mod photos; //     single pictures of it
mod troubles; //   when nothing good could be kept
mod updates; //    changes as they come
mod assets; //     the pages

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use tokio::sync::{broadcast, watch};
use watchpost_model::{Secret, WallTime};
use watchpost_store::Store;

pub use assets::Ui;
pub use auth::{HashError, Password, WeakPassword};
pub use cameras::{Abilities, CameraHandle, CameraStatus, Detection, Link, Stream, Throughput};
pub use controls::{ControlRequest, Controls, Manual, Movement, PictureState, Preset, Ptz};
pub use devices::{
    BrokerCard, BrokerState, DeviceFault, DeviceRequest, DeviceStates, DeviceWish, Devices,
    LightCard, OutputCard, SensorCard, ServoCard,
};
pub use discovery::{
    Discovery, DiscoveryRequest, FoundCamera, FoundCredentials, FoundKind, FoundStream,
    FoundStreams,
};
pub use monitoring::{Monitoring, Power, SetPower, State};
pub use motion::{
    LiveObject, Meter, MotionControls, MotionRequest, MotionState, Moving, Replayed, Turn, WouldBe,
    motion_from_json, motion_to_json,
};
pub use objects::{DetectorCard, DetectorStatus};
pub use refusal::{Refusal, Reply};
pub use routes::openapi;
pub use serve::{Bound, ServeError, bind};
pub use snapshots::{SnapshotRequest, Snapshots};
pub use status::{Disk, Fault};
pub use tls::{Tls, TlsError};
pub use updates::Change;

/// Live view: what the camera's task feeds.
pub use live::Feed;

/// What time it is.
pub type Clock = fn() -> WallTime;

/// Everything the pages and the API speak about, handed over by the program's wiring.
#[derive(Debug)]
pub struct App {
    /// Footage, events, users.
    pub store: Store,
    /// Every camera, in the order of the configuration; changes when that is read anew.
    pub cameras: watch::Receiver<Vec<CameraHandle>>,
    /// Switches monitoring, and knows whether it is on.
    pub monitoring: Monitoring,
    /// What is wrong now and wants the owner's eye.
    pub faults: watch::Receiver<Vec<Fault>>,
    /// The disk the recordings are on, as last measured.
    pub disk: watch::Receiver<Disk>,
    /// Whether objects can be recognised, for all cameras.
    pub detector: watch::Receiver<DetectorStatus>,
    /// Sensors, lights, servos, outputs.
    pub devices: Devices,
    /// Looks for cameras that are not in the configuration yet.
    pub discovery: Discovery,
    /// Changes, for open pages. Whoever changes an event or a photo sends one, and so do we. Its
    /// bound may be small (64): a page that misses one loads its list anew.
    pub changes: broadcast::Sender<Change>,
    /// The clock.
    pub clock: Clock,
    /// Where the recorder stands; all times are told with its offset.
    pub zone: TimeZone,
    /// What makes the first owner, if there is no user yet.
    pub setup_token: Option<Secret<String>>,
    /// The pages.
    pub ui: Ui,
}
