//! The owner's settings: what `watchpost.toml` says, checked once and completely.
//!
//! Raw and checked are two: `raw` is the file as it is written, with the place of every key, and
//! [`Config`] is what the rest of the program sees, where nothing is in doubt any more. The doc
//! comments of `raw` are the single source of the [`example`] file and of the JSON [`schema()`].
//!
//! To be read in this order: `fault` (what is wrong, and where), `reader` (TOML with places, every
//! fault kept), `raw` (the file as it is written), `value` (what single keys can hold, with
//! `amount`, `source` and `secret`), `check` (raw to checked), `schema` (the example file).

mod amount;
mod check;
mod fault;
mod raw;
mod reader;
mod schema;
mod secret;
mod source;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::{ByteSize, CameraId, Fraction};

pub use fault::Fault;
pub use schema::{example, schema};
pub use secret::SecretSource;
pub use source::{CameraUrl, Credentials, Source, SourceKind};

/// A checked configuration.
///
/// Two can be compared, so that a reload finds the cameras that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the web page is served and the data lie.
    pub server: Server,
    /// How footage is put on the disk.
    pub store: Store,
    /// The cameras, in the order of the file. May be empty: the program then looks for cameras
    /// itself.
    pub cameras: Vec<Camera>,
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
    /// Footage kept from before an event's first trigger; 0 s to 60 s.
    pub pre_roll: Duration,
    /// Footage kept after an event's last trigger; 1 s to 10 min.
    pub post_roll: Duration,
    /// Where a long event is cut in two; 10 s to 1 h, more than `post_roll`.
    pub max_event: Duration,
    /// How long its footage is kept.
    pub keep: Keep,
    /// How much disk its footage may take, at least 100 MB, or `None` for as much as there is.
    pub max_size: Option<ByteSize>,
    /// What counts as motion.
    pub motion: Motion,
}

/// What is recorded of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Footage of events.
    Events,
    /// Everything.
    Continuous,
    /// Nothing: live view only, no detection.
    Off,
}

/// How long footage is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// This long, at least 1 h.
    For(Duration),
    /// Until space runs out.
    Forever,
}

/// The `[camera.motion]` table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// The least share of the picture that must move.
    pub min_area: Fraction,
    /// The least change of brightness, of 255, by which a pixel counts as moving.
    pub min_pixel_delta: u8,
}

#[cfg(test)]
mod tests;
