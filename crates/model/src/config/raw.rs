//! The file as it is written, each key with its place.
//!
//! What these comments say stands in the example file and in the JSON schema: they speak to the
//! owner.
#![expect(clippy::doc_markdown, reason = "the example file is no Markdown")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;

use super::amount::{length_text, size_text};
use super::reader::{Key, Keys, Place, Table};
use super::source::Source;
use super::value::ZoneName;
use super::{Keep, Record, Sync};
use crate::{ByteSize, CameraId, Fraction, Secret};

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
pub(super) const KEEP: Duration = Duration::from_hours(30 * 24);
pub(super) const LEAST_KEEP: Duration = Duration::from_hours(1);
pub(super) const LEAST_MAX_SIZE: ByteSize = ByteSize::from_bytes(100_000_000);
pub(super) const MIN_AREA: &str = "0.0004";
pub(super) const MIN_PIXEL_DELTA: u8 = 7;

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
    /// A camera. Repeat this table for each camera. With no camera in the file, Watchpost looks for
    /// cameras of this machine, and shows a demo camera if there are none.
    #[schemars(default)]
    pub(super) camera: Vec<RawCamera>,
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
    /// Where its video comes from: "rtsp://HOST/PATH" is a camera on the network, "file:CLIP.mp4" a
    /// file played at its own speed ("file:CLIP.mp4?loop" again and again), "rpicam:" or "rpicam:1"
    /// a camera of a Raspberry Pi, "v4l2:/dev/video0" one on USB, "demo:" a drawn scene.
    #[schemars(extend("examples" = ["rtsp://192.168.1.20:554/stream1"]))]
    pub(super) source: Key<Source>,
    /// The user of an rtsp:// camera. Also possible is rtsp://USER:PASSWORD@HOST/PATH, where odd
    /// characters are written as %40 and the like.
    #[schemars(default, extend("examples" = ["watchpost"]))]
    pub(super) user: Key<String>,
    /// The password of an rtsp:// camera. So that it need not stand here: "${NAME}" takes it from
    /// the environment, "file:/PATH" from a file.
    #[schemars(default, extend("examples" = ["${DOOR_PASSWORD}"]))]
    pub(super) password: Key<Secret<String>>,
    /// A smaller stream of the same camera in which motion is looked for, which costs less. Of the
    /// same kind as `source`, and with the same user and password unless it names its own.
    #[schemars(default, extend("examples" = ["rtsp://192.168.1.20:554/stream2"]))]
    pub(super) detect_source: Key<Source>,
    /// What is recorded: "events" (when something moves), "continuous" (everything), "off" (nothing:
    /// live view only).
    #[schemars(default, extend("default" = "events"))]
    pub(super) record: Key<Record>,
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
    /// How long footage is kept, or "forever". What is marked as kept stays in any case.
    #[schemars(default, extend(
        "default" = length_text(KEEP),
        "x-least" = length_text(LEAST_KEEP),
    ))]
    pub(super) keep: Key<Keep>,
    /// How much disk the footage of this camera may take; then the oldest goes. If not given, as
    /// much as there is.
    #[schemars(default, extend(
        "examples" = ["20GB"],
        "x-least" = size_text(LEAST_MAX_SIZE),
    ))]
    pub(super) max_size: Key<ByteSize>,
    /// What counts as motion.
    #[schemars(default)]
    pub(super) motion: RawMotion,
}

/// What counts as motion.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "they are named as the owner writes them")]
pub(super) struct RawMotion {
    /// The least share of the picture that something must cover to count as moving, from 0 to 1:
    /// 0.0004 is a square of 1/50 of the width and the height. Less sees more. (An older name is
    /// `min_trigger_area`.)
    #[schemars(default, extend("default" = share(MIN_AREA)))]
    pub(super) min_area: Key<Fraction>,
    /// The older name of `min_area`, with the same meaning.
    #[schemars(default, extend("deprecated" = true))]
    pub(super) min_trigger_area: Key<Fraction>,
    /// The least change of brightness, from 0 to 255, by which a pixel counts as moving. Less sees
    /// more.
    #[schemars(default, extend("default" = MIN_PIXEL_DELTA))]
    pub(super) min_pixel_delta: Key<u8>,
}

impl Table for RawConfig {
    fn read(keys: &mut Keys) -> Self {
        Self {
            server: keys.table("server"),
            store: keys.table("store"),
            camera: keys.tables("camera"),
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
        Self { sync: keys.key("sync"), min_free: keys.key("min_free") }
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
            record: keys.key("record"),
            pre_roll: keys.key("pre_roll"),
            post_roll: keys.key("post_roll"),
            max_event: keys.key("max_event"),
            keep: keys.key("keep"),
            max_size: keys.key("max_size"),
            motion: keys.table("motion"),
        }
    }
}

impl Table for RawMotion {
    fn read(keys: &mut Keys) -> Self {
        Self {
            min_area: keys.key("min_area"),
            min_trigger_area: keys.key("min_trigger_area"),
            min_pixel_delta: keys.key("min_pixel_delta"),
        }
    }
}

/// A share as JSON has it, without the digits that a narrow float would add.
fn share(text: &str) -> Option<f64> {
    text.parse().ok()
}
