//! The file as it is written, each key with its place.
//!
//! What these comments say stands in the example file and in the JSON schema: they speak to the
//! owner.
#![expect(clippy::doc_markdown, reason = "the example file is no Markdown")]

mod detector;
mod device;
mod motion;
mod mqtt;
mod objects;
mod picture;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;

use super::amount::{length_text, size_text};
use super::reader::{Key, Keys, Place, Table};
use super::source::{Encode, Reader, Source, Transport, V4l2Format};
use super::value::{Kinds, PhotoCount, PhotoName, VideoName, ZoneName};
use super::{Detect, Keep, NameTemplate, Onvif, PhotoSize, PhotoTaker, Record, Start, Sync};
use crate::{Ailment, ByteSize, CameraId, Secret};

pub(super) use detector::RawDetector;
pub(super) use device::{RawLight, RawOutput, RawSensor, RawServo};
pub(super) use motion::{RawMask, RawMotion, RawNight, RawPerson, RawZone};
pub(super) use mqtt::RawMqtt;
pub(super) use objects::{RawLine, RawLoiter, RawObjects, RawScores, RawTrigger};
pub(super) use picture::RawPicture;

/// What a length of time may be, and what it is if the file does not say.
pub(super) struct Limits {
    pub(super) default: Duration,
    pub(super) least: Duration,
    pub(super) most: Duration,
}

const fn seconds(default: u64, least: u64, most: u64) -> Limits {
    Limits {
        default: Duration::from_secs(default),
        least: Duration::from_secs(least),
        most: Duration::from_secs(most),
    }
}

/// Only this machine: whoever wants more says so.
pub(super) const LISTEN: &str = "127.0.0.1:8443";
pub(super) const DATA_DIR: &str = "/var/lib/watchpost";
pub(super) const MIN_FREE: ByteSize = ByteSize::from_bytes(1_000_000_000);
pub(super) const PRE_ROLL: Limits = seconds(5, 0, 60);
pub(super) const POST_ROLL: Limits = seconds(10, 1, 600);
pub(super) const MAX_EVENT: Limits = seconds(300, 10, 3_600);
pub(super) const CLIP: Limits = seconds(5, 1, 600);
pub(super) const COOLDOWN: Limits = seconds(120, 0, 86_400);
pub(super) const PHOTO_INTERVAL: Limits = seconds(5, 1, 3_600);
pub(super) const PHOTO_COUNT: u32 = 10;
pub(super) const TIMELAPSE: Limits = seconds(10, 1, 3_600);
pub(super) const NO_PICTURES_AFTER: Limits = seconds(10, 2, 3_600);
pub(super) const SNAPSHOT_INTERVAL: Limits =
    Limits { least: Duration::from_millis(100), ..seconds(1, 0, 3_600) };
pub(super) const KEEP: Duration = Duration::from_hours(30 * 24);
pub(super) const LEAST_KEEP: Duration = Duration::from_hours(1);
pub(super) const LEAST_MAX_SIZE: ByteSize = ByteSize::from_bytes(100_000_000);
pub(super) const MIN_TIME: Limits = seconds(0, 0, 600);
pub(super) const THREADS: u8 = 1;
pub(super) const TIMEOUT: Limits = seconds(3, 1, 30);
pub(super) const EVERY: Limits = seconds(0, 0, 3_600);
pub(super) const IMAGE_SIZE: u16 = 640;
pub(super) const INTERVAL: Limits = seconds(15, 1, 3_600);
pub(super) const LOITER: Limits = seconds(20, 1, 3_600);
const MIN_SCORE: &str = "0.5";
pub(super) const CLIENT_ID: &str = "watchpost";
pub(super) const PREFIX: &str = "watchpost";
pub(super) const REST: Limits = seconds(0, 0, 86_400);
pub(super) const HEARTBEAT: Limits = seconds(10, 1, 7 * 86_400);
pub(super) const BAUD: u32 = 115_200;
/// Of a pin; a board takes at most [`BOARD_DEBOUNCE`].
pub(super) const DEBOUNCE: Limits =
    Limits { default: Duration::from_millis(50), ..seconds(0, 0, 10) };
pub(super) const BOARD_DEBOUNCE: Limits = Limits { most: Duration::from_secs(2), ..DEBOUNCE };
pub(super) const GPIO_CHIP: &str = "/dev/gpiochip0";
pub(super) const SPI: &str = "/dev/spidev0.0";
pub(super) const HITS: u8 = 2;
pub(super) const SAMPLES: u8 = 6;
pub(super) const SAMPLES_PER_SEC: u8 = 10;
pub(super) const TOPIC: &str = "salle/mouvement";
pub(super) const VALUE_FIELD: &str = "value";
pub(super) const LIGHT_BAUD: u32 = 19_200;
pub(super) const LIGHT_TIMEOUT: Limits =
    Limits { least: Duration::from_millis(100), ..seconds(2, 0, 60) };
pub(super) const LIGHT_UPDATES: u8 = 5;
pub(super) const ON_COMMAND: &str = "ir_on";
pub(super) const OFF_COMMAND: &str = "ir_off";
pub(super) const DARK_BELOW: &str = "0.3";
pub(super) const PWM_CHIP: &str = "/sys/class/pwm/pwmchip0";
pub(super) const ANGLE_ON: u8 = 90;
pub(super) const ANGLE_OFF: u8 = 0;
pub(super) const SERVO_SPEED: u8 = 90;
pub(super) const MIN_PULSE: Duration = Duration::from_micros(500);
pub(super) const MAX_PULSE: Duration = Duration::from_micros(2_500);
/// Of a siren; others stay on.
pub(super) const MAX_ON: Limits = seconds(180, 1, 86_400);

/// A number as JSON has it, without the digits that a narrow float would add.
fn number(text: &str) -> Option<serde_json::Number> {
    text.parse().ok()
}

/// Settings of Watchpost.
///
/// Lengths of time are written as "500ms", "5s", "1m30s", "2h" or "30d", sizes as "500MB", "20GB",
/// "1TB" or "512MiB". In any text, ${NAME} stands for the environment variable NAME ($${ for ${
/// itself). Paths that do not begin with / begin at the folder of this file. To see whether all is
/// well: watchpost check FILE.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "watchpost.toml")]
pub(super) struct RawConfig {
    /// Where the web page is served and where the data lie.
    #[schemars(default)]
    pub(super) server: RawServer,
    /// How footage is put on the disk.
    #[schemars(default)]
    pub(super) store: RawStore,
    /// Who recognises objects: a model in a file, or a service on the network. Without this table
    /// motion alone counts.
    #[schemars(default, with = "RawDetector")]
    pub(super) detector: Option<RawDetector>,
    /// The MQTT broker, which sensors with kind = "mqtt" speak to, and which is told how all stands.
    #[schemars(default, with = "RawMqtt")]
    pub(super) mqtt: Option<RawMqtt>,
    /// A camera. Repeat this table for each camera. With no camera in the file, Watchpost looks for
    /// cameras of this machine, and shows a demo camera if there are none.
    #[schemars(default)]
    pub(super) camera: Vec<RawCamera>,
    /// A sensor: a PIR, a contact, a button, a distance, or whatever speaks MQTT. Repeat this table
    /// for each sensor.
    #[schemars(default)]
    pub(super) sensor: Vec<RawSensor>,
    /// An infrared light with a board that dims it by the brightness of the room. Repeat this table
    /// for each light.
    #[schemars(default)]
    pub(super) light: Vec<RawLight>,
    /// A servo, which turns something when monitoring goes on and off: a cover over the lens, or the
    /// camera. Repeat this table for each servo.
    #[schemars(default)]
    pub(super) servo: Vec<RawServo>,
    /// What is put on and off: an LED, a relay, a siren. Repeat this table for each.
    #[schemars(default)]
    pub(super) output: Vec<RawOutput>,
}

/// Where the web page is served and where the data lie.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawServer {
    /// The address and the port of the web page. 127.0.0.1 lets in this machine only, 0.0.0.0
    /// everyone on the network, and `[::]` those with IPv6 too.
    #[schemars(default, extend("default" = LISTEN))]
    pub(super) listen: Key<SocketAddr>,
    /// The folder of the recordings and the catalog. It may grow large.
    #[schemars(default, extend("default" = DATA_DIR))]
    pub(super) data_dir: Key<PathBuf>,
    /// The time zone of folder and file names and of the page. If not given, that of the system.
    #[schemars(default, extend("examples" = ["Europe/Berlin"]))]
    pub(super) time_zone: Key<ZoneName>,
    /// The chain of certificates for HTTPS, a PEM file; needs `key` too. If not given, Watchpost
    /// makes a certificate of its own.
    #[schemars(default, extend("examples" = ["/etc/watchpost/certificate.pem"]))]
    pub(super) certificate: Key<PathBuf>,
    /// The private key of `certificate`, a PEM file.
    #[schemars(default, extend("examples" = ["/etc/watchpost/key.pem"]))]
    pub(super) key: Key<PathBuf>,
}

/// How footage is put on the disk.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawStore {
    /// When footage is forced to the disk: "fragment" is after each second or so, and a power cut
    /// costs no more than that; "close" is when a file is complete, which spares a memory card, but
    /// a power cut may cost the last minute.
    #[schemars(default, extend("default" = "fragment"))]
    pub(super) sync: Key<Sync>,
    /// Free space that is always left on the disk. Below it the oldest footage goes.
    #[schemars(default, extend("default" = size_text(MIN_FREE)))]
    pub(super) min_free: Key<ByteSize>,
    /// Whether the sound of cameras is recorded and played. With false no camera's sound is even
    /// received, whatever the cameras' own `audio` says: for where the law wants it so.
    #[schemars(default, extend("default" = true))]
    pub(super) audio: Key<bool>,
    /// How files of footage are named: %Y is the year, %m the month, %d the day, %H the hour, %M
    /// the minute and %S the second, all of which it must hold, %y the year without its century, %j
    /// the day of the year, %L the milliseconds, {camera} the camera. Ends in .mp4. A name that is
    /// taken gets _2, and so on.
    #[schemars(default, extend("default" = NameTemplate::VIDEO))]
    pub(super) video_name: Key<VideoName>,
    /// How photos are named, likewise. Ends in .jpg.
    #[schemars(default, extend("default" = NameTemplate::PHOTO))]
    pub(super) photo_name: Key<PhotoName>,
}

/// A camera.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawCamera {
    #[schemars(skip)]
    pub(super) place: Place,
    /// Its name, of letters, digits, - and _. Also the name of its folder. No two cameras may have
    /// the same, nor names that differ only in upper and lower case.
    #[schemars(extend("examples" = ["door"]))]
    pub(super) name: Key<CameraId>,
    /// Where its video comes from: "rtsp://HOST/PATH" or "rtsps://HOST/PATH" is a camera on the
    /// network, "http://HOST/PATH" or "https://HOST/PATH" one that gives a stream of JPEGs or one
    /// JPEG at a time, "onvif://HOST" one that is asked for the address of its stream
    /// ("onvif://HOST?profile=NAME" for another than its largest), "rpicam:" or "rpicam:1" a camera
    /// of a Raspberry Pi, "v4l2:/dev/video0" one on USB, "file:CLIP.mp4" a file played at its own speed
    /// ("file:CLIP.mp4?loop" again and again, "file:CLIP.mp4?speed=8" eight times as fast,
    /// "file:CLIP.mp4?loop&speed=max" as fast as it can be read), "demo:" a drawn scene.
    #[schemars(extend("examples" = ["rtsp://192.168.1.20:554/stream1"]))]
    pub(super) source: Key<Source>,
    /// The user of a camera on the network. Also possible is rtsp://USER:PASSWORD@HOST/PATH, where
    /// odd characters are written as %40 and the like.
    #[schemars(default, extend("examples" = ["watchpost"]))]
    pub(super) user: Key<String>,
    /// The password of a camera on the network. So that it need not stand here: "${NAME}" takes it
    /// from the environment, "file:/PATH" from a file.
    #[schemars(default, extend("examples" = ["${DOOR_PASSWORD}"]))]
    pub(super) password: Key<Secret<String>>,
    /// A smaller stream of the same camera in which motion is looked for, which costs less. Of the
    /// same kind as `source`, and with the same user and password unless it names its own.
    #[schemars(default, extend("examples" = ["rtsp://192.168.1.20:554/stream2"]))]
    pub(super) detect_source: Key<Source>,
    /// How the pictures of an rtsp:// or onvif:// camera travel: "tcp" (none is lost) or "udp" (some
    /// may be lost; for cameras that cannot do otherwise).
    #[schemars(default, extend("default" = "tcp"))]
    pub(super) transport: Key<Transport>,
    /// What reads an rtsp:// or onvif:// camera: "auto" (Watchpost itself, and ffmpeg where that
    /// fails), "built-in" (Watchpost alone), "ffmpeg" (ffmpeg alone). An rtsps:// camera is always
    /// read by ffmpeg.
    #[schemars(default, extend("default" = "auto"))]
    pub(super) reader: Key<Reader>,
    /// Whether the sound of an rtsp:// or onvif:// camera, or of a file, is recorded and played.
    /// With false it is not even received. If not given, what `audio` under `[store]` says.
    #[schemars(default, extend("examples" = [false]))]
    pub(super) audio: Key<bool>,
    /// What becomes of the pictures of a camera that gives JPEGs (motion JPEG) or raw pictures:
    /// "h264" encodes them, which takes work, and a tenth of the space; "keep" records them as they
    /// come, and not every browser plays that. Other cameras' pictures are always recorded as they
    /// come.
    #[schemars(default, extend("default" = "h264"))]
    pub(super) encode: Key<Encode>,
    /// How often a picture is fetched from an http:// camera that gives one at a time.
    #[schemars(default, extend(
        "default" = length_text(SNAPSHOT_INTERVAL.default),
        "x-least" = length_text(SNAPSHOT_INTERVAL.least),
        "x-most" = length_text(SNAPSHOT_INTERVAL.most),
    ))]
    pub(super) snapshot_interval: Key<Duration>,
    /// What a v4l2: camera is asked for: "h264", "mjpeg" (motion JPEG), "yuyv" (raw), or "auto" for
    /// the first of these that it has.
    #[schemars(default, extend("default" = "auto"))]
    pub(super) format: Key<V4l2Format>,
    /// Where a camera on the network is asked to turn, tilt and zoom: the address of its ONVIF
    /// device service. It logs in with `user` and `password` unless it names its own. An onvif://
    /// source needs none.
    #[schemars(default, extend("examples" = ["http://192.168.1.20/onvif/device_service"]))]
    pub(super) onvif: Key<Onvif>,
    /// What is recorded: "events" (when something moves), "continuous" (everything), "photos"
    /// (photos when something moves, and no video), "off" (live view only, and a time-lapse where
    /// `timelapse` is given).
    #[schemars(default, extend("default" = "events"))]
    pub(super) record: Key<Record>,
    /// What begins events: "motion" (what moves in the picture, and sensors), or "sensors" (only the
    /// sensors that name this camera: nothing is looked for in its pictures, which spares the work).
    #[schemars(default, extend("default" = "motion"))]
    pub(super) detect: Key<Detect>,
    /// When its stream runs: "always", or "on_demand" (from when a sensor that names this camera
    /// fires, or somebody looks, until nobody needs it; what came before is not on the recording).
    #[schemars(default, extend("default" = "always"))]
    pub(super) start: Key<Start>,
    /// Footage kept from before an event.
    #[schemars(default, extend(
        "default" = length_text(PRE_ROLL.default),
        "x-least" = length_text(PRE_ROLL.least),
        "x-most" = length_text(PRE_ROLL.most),
    ))]
    pub(super) pre_roll: Key<Duration>,
    /// Footage kept after the last motion of an event.
    #[schemars(default, extend(
        "default" = length_text(POST_ROLL.default),
        "x-least" = length_text(POST_ROLL.least),
        "x-most" = length_text(POST_ROLL.most),
    ))]
    pub(super) post_roll: Key<Duration>,
    /// A longer event is cut, and goes on as the next one. Must be longer than `post_roll`.
    #[schemars(default, extend(
        "default" = length_text(MAX_EVENT.default),
        "x-least" = length_text(MAX_EVENT.least),
        "x-most" = length_text(MAX_EVENT.most),
    ))]
    pub(super) max_event: Key<Duration>,
    /// Clips of a fixed length instead of events that last as long as something moves: footage is
    /// kept from `pre_roll` before the motion until this long after it began. Takes the place of
    /// `post_roll`, needs record = "events", and is not longer than `max_event`.
    #[schemars(default, extend(
        "examples" = [length_text(CLIP.default)],
        "x-least" = length_text(CLIP.least),
        "x-most" = length_text(CLIP.most),
    ))]
    pub(super) clip: Key<Duration>,
    /// After a clip, motion begins no other for this long. Needs `clip`.
    #[schemars(default, extend(
        "default" = length_text(COOLDOWN.default),
        "x-least" = length_text(COOLDOWN.least),
        "x-most" = length_text(COOLDOWN.most),
    ))]
    pub(super) cooldown: Key<Duration>,
    /// Whether photos are taken when something moves: one at once, then one each `photo_interval`
    /// while it lasts. record = "photos" takes them too, without video.
    #[schemars(default, extend("default" = false))]
    pub(super) photos: Key<bool>,
    /// From one photo to the next. Needs photos, as do the next three.
    #[schemars(default, extend(
        "default" = length_text(PHOTO_INTERVAL.default),
        "x-least" = length_text(PHOTO_INTERVAL.least),
        "x-most" = length_text(PHOTO_INTERVAL.most),
    ))]
    pub(super) photo_interval: Key<Duration>,
    /// The most photos of one event, from 1 to 1000.
    #[schemars(default, extend("default" = PHOTO_COUNT))]
    pub(super) photo_count: Key<PhotoCount>,
    /// How large a photo is: "full", or at most as in "1024x768".
    #[schemars(default, extend("default" = "full"))]
    pub(super) photo_size: Key<PhotoSize>,
    /// Where a photo comes from: "stream" is a picture of the video; "still" is, with an rpicam:
    /// camera, a photo in the sensor's full resolution, for which the video stops for a second or
    /// two.
    #[schemars(default, extend("default" = "stream"))]
    pub(super) photo_source: Key<PhotoTaker>,
    /// A time-lapse beside what is recorded: one picture is kept each time this long has passed. If
    /// not given, there is none.
    #[schemars(default, extend(
        "examples" = [length_text(TIMELAPSE.default)],
        "x-least" = length_text(TIMELAPSE.least),
        "x-most" = length_text(TIMELAPSE.most),
    ))]
    pub(super) timelapse: Key<Duration>,
    /// Whether the camera's name and the time stand on its photos, its snapshots and its stream of
    /// JPEGs. Never on the recording: there they are beside the video, and the player shows them.
    #[schemars(default, extend("default" = false))]
    pub(super) text_on_pictures: Key<bool>,
    /// What is told when something is wrong with the pictures: "no_pictures" (none come), "frozen"
    /// (they do not change), "black", "white", "covered" (something lies over the lens),
    /// "defocused" (they are not sharp), "moved" (the camera looks elsewhere), "slow" (few come). []
    /// is nothing.
    #[schemars(default, extend("default" = Ailment::ALL.map(Ailment::word)))]
    pub(super) alarms: Key<Kinds>,
    /// How long no picture comes before it is told. Needs "no_pictures" in `alarms`.
    #[schemars(default, extend(
        "default" = length_text(NO_PICTURES_AFTER.default),
        "x-least" = length_text(NO_PICTURES_AFTER.least),
        "x-most" = length_text(NO_PICTURES_AFTER.most),
    ))]
    pub(super) no_pictures_after: Key<Duration>,
    /// How long footage is kept, or "forever"; photos too. What is marked as kept stays in any case.
    #[schemars(default, extend(
        "default" = length_text(KEEP),
        "x-least" = length_text(LEAST_KEEP),
    ))]
    pub(super) keep: Key<Keep>,
    /// How much disk the footage and the photos of this camera may take; then the oldest goes. If
    /// not given, as much as there is.
    #[schemars(default, extend(
        "examples" = ["20GB"],
        "x-least" = size_text(LEAST_MAX_SIZE),
    ))]
    pub(super) max_size: Key<ByteSize>,
    /// How an rpicam: camera takes its pictures. A v4l2: camera has only the first four; of those
    /// that are not given it takes what it likes best. Those of an rpicam: camera can be changed
    /// while it runs, too, and then stay so until they are set back.
    #[schemars(default)]
    pub(super) picture: RawPicture,
    /// What counts as motion.
    #[schemars(default)]
    pub(super) motion: RawMotion,
    /// Which objects are looked for, and what of them counts. Means nothing without `[detector]`.
    #[schemars(default)]
    pub(super) objects: RawObjects,
}

impl Table for RawConfig {
    fn read(keys: &mut Keys) -> Self {
        Self {
            server: keys.table("server"),
            store: keys.table("store"),
            detector: keys.table_if_any("detector"),
            mqtt: keys.table_if_any("mqtt"),
            camera: keys.tables("camera"),
            sensor: keys.tables("sensor"),
            light: keys.tables("light"),
            servo: keys.tables("servo"),
            output: keys.tables("output"),
        }
    }
}

impl Table for RawServer {
    fn read(keys: &mut Keys) -> Self {
        Self {
            listen: keys.key("listen"),
            data_dir: keys.key("data_dir"),
            time_zone: keys.key("time_zone"),
            certificate: keys.key("certificate"),
            key: keys.key("key"),
        }
    }
}

impl Table for RawStore {
    fn read(keys: &mut Keys) -> Self {
        Self {
            sync: keys.key("sync"),
            min_free: keys.key("min_free"),
            audio: keys.key("audio"),
            video_name: keys.key("video_name"),
            photo_name: keys.key("photo_name"),
        }
    }
}

impl Table for RawCamera {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            name: keys.key("name"),
            source: keys.key("source"),
            user: keys.key("user"),
            password: keys.key("password"),
            detect_source: keys.key("detect_source"),
            transport: keys.key("transport"),
            reader: keys.key("reader"),
            audio: keys.key("audio"),
            encode: keys.key("encode"),
            snapshot_interval: keys.key("snapshot_interval"),
            format: keys.key("format"),
            onvif: keys.key("onvif"),
            record: keys.key("record"),
            detect: keys.key("detect"),
            start: keys.key("start"),
            pre_roll: keys.key("pre_roll"),
            post_roll: keys.key("post_roll"),
            max_event: keys.key("max_event"),
            clip: keys.key("clip"),
            cooldown: keys.key("cooldown"),
            photos: keys.key("photos"),
            photo_interval: keys.key("photo_interval"),
            photo_count: keys.key("photo_count"),
            photo_size: keys.key("photo_size"),
            photo_source: keys.key("photo_source"),
            timelapse: keys.key("timelapse"),
            text_on_pictures: keys.key("text_on_pictures"),
            alarms: keys.key("alarms"),
            no_pictures_after: keys.key("no_pictures_after"),
            keep: keys.key("keep"),
            max_size: keys.key("max_size"),
            picture: keys.table("picture"),
            motion: keys.table("motion"),
            objects: keys.table("objects"),
        }
    }
}
