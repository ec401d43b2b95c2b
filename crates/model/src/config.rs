//! The owner's settings: what `watchpost.toml` says, checked once and completely.
//!
//! Raw and checked are two: `raw` is the file as it is written, with the place of every key, and
//! [`Config`] is what the rest of the program sees, where nothing is in doubt any more. The doc
//! comments of `raw` are the single source of the [`example`] file and of the JSON [`schema()`].
//!
//! To be read in this order: `fault` (what is wrong, and where), `reader` (TOML with places, every
//! fault kept), `raw` (the file as it is written), `value` (what single keys can hold, with
//! `amount`, `source`, `address`, `picture`, `name` and `secret`), `check` (raw to checked, with `fit`,
//! `motion`, `detector`, `looks`, `objects`, `start`, `mqtt` and `device`), `schema` (the example
//! file).

mod address;
mod amount;
mod check;
pub mod detector;
mod device;
mod fault;
mod fit;
mod looks;
mod motion;
mod mqtt;
mod name;
mod objects;
pub mod picture;
mod raw;
mod reader;
mod schema;
mod secret;
mod source;
mod start;
mod value;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::{Ailment, ByteSize, CameraId, MotionSettings, ObjectSettings};

pub use address::{CameraUrl, Credentials};
pub use detector::{Detector, DetectorKind};
pub use device::{
    Active, Drive, GpioSensor, Light, LightLink, LightWhen, Mcp3008Sensor, MqttSensor, Output,
    OutputKind, Pin, Pull, Require, Sensor, SensorKind, SerialSensor, Servo, SimSensor, Threshold,
};
pub use fault::Fault;
pub use motion::motion_with;
pub use mqtt::{Mqtt, MqttTls};
pub use name::{InvalidNameTemplate, NameTemplate};
pub use picture::PictureSettings;
pub use schema::{example, schema};
pub use secret::SecretSource;
pub use source::{
    Encode, File, Http, OnvifSource, RaspberryPi, Reader, Rtsp, Source, SourceKind, Speed,
    Transport, V4l2, V4l2Format,
};

/// A checked configuration.
///
/// Two can be compared, so that a reload finds the cameras that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the web page is served and the data lie.
    pub server: Server,
    /// How footage is put on the disk.
    pub store: Store,
    /// Who recognises objects, or `None` if nobody does: then motion alone counts.
    pub detector: Option<Detector>,
    /// The cameras, in the order of the file. May be empty: the program then looks for cameras
    /// itself.
    pub cameras: Vec<Camera>,
    /// The MQTT broker, or `None` if there is none.
    pub mqtt: Option<Mqtt>,
    /// The sensors, in the order of the file; as the next three.
    pub sensors: Vec<Sensor>,
    /// The infrared lights.
    pub lights: Vec<Light>,
    /// The servos.
    pub servos: Vec<Servo>,
    /// What is put on and off.
    pub outputs: Vec<Output>,
}

impl Config {
    /// Reads and checks the whole of `text`, which is TOML.
    ///
    /// `secrets` looks up what the file only names: environment variables and secret files. What it
    /// gives never shows in a fault or in `Debug`; the reason it gives for failing is shown. The
    /// line breaks at the end of a value are taken off.
    ///
    /// # Errors
    ///
    /// All faults, in the order of the file; at least one.
    pub fn read(
        text: &str,
        secrets: &mut dyn FnMut(SecretSource) -> Result<String, String>,
    ) -> Result<Config, Vec<Fault>> {
        reader::read(text, secrets, check::config)
    }
}

/// The `[server]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address of the web page and the API.
    pub listen: SocketAddr,
    /// Where footage and the catalog lie; if relative, then to the folder of the config file.
    pub data_dir: PathBuf,
    /// The IANA name of the time zone, such as `Europe/Berlin`, or `None` for the system's. Has the
    /// form of a name; whether there is such a zone only the system's zone files can tell.
    pub time_zone: Option<String>,
    /// The owner's certificate, or `None` for one made by the program.
    pub certificate: Option<Certificate>,
}

/// A certificate for HTTPS, in two PEM files; if relative, then to the folder of the config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The chain of certificates.
    pub chain: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The `[store]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// When footage is forced to the disk.
    pub sync: Sync,
    /// Free space always left on the disk.
    pub min_free: ByteSize,
    /// Whether any camera's sound is received. Each source says so for itself, too, and none says
    /// yes if this says no.
    pub audio: bool,
    /// How files of footage are named; ends in `.mp4`.
    pub video_name: NameTemplate,
    /// How photos are named; ends in `.jpg`.
    pub photo_name: NameTemplate,
}

/// When footage is forced to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// After each fragment: a power cut costs at most the open one.
    Fragment,
    /// When a file is closed: fewer writes, and a power cut may cost the open file.
    Close,
}

/// One `[[camera]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// Its name; no two differ only in upper and lower case.
    pub name: CameraId,
    /// Where its video comes from.
    pub source: Source,
    /// Where the smaller video for detection comes from, of the same kind as `source`, or `None`
    /// if detection looks at `source` too.
    pub detect_source: Option<Source>,
    /// What is recorded.
    pub record: Record,
    /// What begins events.
    pub detect: Detect,
    /// When its stream runs.
    pub start: Start,
    /// Footage kept from before an event's first trigger; 0 s to 60 s.
    pub pre_roll: Duration,
    /// Footage kept after an event's last trigger; 1 s to 10 min. Nothing to clips of a fixed length.
    pub post_roll: Duration,
    /// Where a long event is cut in two; 10 s to 1 h, more than `post_roll` where that counts.
    pub max_event: Duration,
    /// Clips of a fixed length instead of events that last as long as what triggers them.
    pub clip: Option<Clip>,
    /// The photos of each event, or `None` if none are taken.
    pub photos: Option<Photos>,
    /// How far apart the pictures of the time-lapse are, 1 s to 1 h, or `None` if there is none.
    pub timelapse: Option<Duration>,
    /// How long its footage is kept.
    pub keep: Keep,
    /// How much disk its footage may take, at least 100 MB, or `None` for as much as there is.
    pub max_size: Option<ByteSize>,
    /// What counts as motion.
    pub motion: MotionSettings,
    /// Which objects are looked for, and what of them counts. Means nothing without a detector.
    pub objects: ObjectSettings,
    /// What is told when something is wrong with the pictures.
    pub alarms: Alarms,
    /// Whether photos, snapshots and the MJPEG stream show the camera's name and the time. The
    /// recording never does.
    pub text_on_pictures: bool,
    /// Where the camera is asked to turn, or `None` if it cannot. That of an `onvif://` source is
    /// the source's own, unless the file names another.
    pub onvif: Option<Onvif>,
}

/// What is recorded of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Footage of events.
    Events,
    /// Everything.
    Continuous,
    /// Photos of events, and no footage.
    Photos,
    /// Nothing: live view only, no detection.
    Off,
}

/// What begins events of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detect {
    /// What moves in its picture, and sensors.
    Motion,
    /// Sensors alone: its pictures are not decoded to look for motion.
    Sensors,
}

/// When a camera's stream runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// All the time.
    Always,
    /// From when a sensor fires, or somebody looks, until nobody needs it any more.
    OnDemand,
}

/// How long footage is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// This long, at least 1 h.
    For(Duration),
    /// Until space runs out.
    Forever,
}

/// Clips of a fixed length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clip {
    /// From the trigger on; the pre-roll comes before it. 1 s to 10 min, at most `max_event`.
    pub length: Duration,
    /// After the end of a clip motion begins no other for this long; 0 s to 24 h.
    pub cooldown: Duration,
}

/// The photos of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Photos {
    /// From one photo to the next while the event lasts; 1 s to 1 h.
    pub interval: Duration,
    /// The most of one event; 1 to 1000.
    pub count: u32,
    /// How large they are.
    pub size: PhotoSize,
    /// Who takes them.
    pub taker: PhotoTaker,
}

/// How large a photo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoSize {
    /// As large as the camera gives it.
    Full,
    /// Made smaller, if need be, until it fits, and never out of shape.
    Within {
        /// The greatest width in pixels, 64 to 10 000.
        width: u16,
        /// The greatest height in pixels, 64 to 10 000.
        height: u16,
    },
}

/// Who takes a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoTaker {
    /// It is a picture of the stream.
    Stream,
    /// The Raspberry Pi's camera takes it in full resolution, and the stream rests meanwhile.
    Still,
}

/// What is told when something is wrong with the pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarms {
    /// What is looked for; may be empty.
    pub kinds: BTreeSet<Ailment>,
    /// How long no picture comes before it is [`Ailment::NoPictures`]; 2 s to 1 h.
    pub no_pictures_after: Duration,
}

/// A device that speaks ONVIF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onvif {
    /// Its device service, an `http://` or `https://` address.
    pub url: CameraUrl,
    /// What to log in with, or `None` if the device asks for nothing.
    pub credentials: Option<Credentials>,
}

#[cfg(test)]
mod tests;
