//! What single keys can hold: how each kind of value is read, and its JSON schema, side by side.

mod device;
mod motion;
mod mqtt;
mod objects;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::{Schema, json_schema};

use super::reader::{Read, Value};
use super::secret::{self, Lookup, SecretSource, Text};
use super::source::{self, Encode, Reader, Source, Transport, V4l2Format};
use super::{Keep, NameTemplate, Onvif, PhotoSize, PhotoTaker, Record, Sync, address, amount};
use crate::{Ailment, ByteSize, CameraId, Fraction, Secret};

pub(super) use device::{
    Actions, Angle, AngularSpeed, Attached, Baud, BoardPin, Cameras, Command, DriveKind, Hours,
    LinkKind, LitWhen, McpChannel, PinNumber, Pulse, PwmChannel, Reach, SampleCount, SampleRate,
    Updates,
};
pub(super) use motion::{AreaName, FrameRate, PersonShare, SpeedLimit};
pub(super) use mqtt::{
    BrokerAddress, ClearValues, ClientId, FireValues, JsonField, TopicFilter, TopicPrefix, UserName,
};
pub(super) use objects::{
    Does, ImageSize, InputSize, Labels, LengthOrNever, LookRate, ModelFile, Names, Threads, White,
};

impl Read for Duration {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => amount::length(&text.value),
            Value::Number(number) if number.bytes().all(|digit| digit.is_ascii_digit()) => {
                Err(format!("write a unit, in quotes, such as \"{number}s\""))
            }
            _ => Err("write a length of time in quotes, such as \"5s\"".to_owned()),
        }
    }

    fn schema() -> Schema {
        text_like(r"^\s*([0-9]+\s*(ms|s|m|h|d)\s*)+$")
    }
}

impl Read for Keep {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) if text.value == "forever" => Ok(Keep::Forever),
            value => match Duration::read(value) {
                Ok(length) => Ok(Keep::For(length)),
                Err(problem) => Err(format!("{problem} (or \"forever\")")),
            },
        }
    }

    fn schema() -> Schema {
        text_like(r"^(forever|\s*([0-9]+\s*(ms|s|m|h|d)\s*)+)$")
    }
}

impl Read for ByteSize {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => amount::size(&text.value),
            Value::Number(number) if number.bytes().all(|digit| digit.is_ascii_digit()) => {
                Err(format!("write a unit, in quotes, such as \"{number}GB\""))
            }
            _ => Err("write a size in quotes, such as \"20GB\"".to_owned()),
        }
    }

    fn schema() -> Schema {
        text_like(r"^\s*[0-9]+(\.[0-9]{1,3})?\s*([KMGTkmgt][Ii]?)?[Bb]\s*$")
    }
}

impl Read for Fraction {
    fn read(value: &Value) -> Result<Self, String> {
        let share = match value {
            Value::Number(number) => number.parse().ok().and_then(Fraction::new),
            _ => None,
        };
        share.ok_or("must be a number from 0 to 1 without quotes, such as 0.002".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
    }
}

impl Read for u8 {
    fn read(value: &Value) -> Result<Self, String> {
        let level = match value {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        };
        level.ok_or("must be a whole number from 0 to 255 without quotes, such as 15".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": 255 })
    }
}

impl Read for SocketAddr {
    fn read(value: &Value) -> Result<Self, String> {
        let address = text(value).and_then(|text| text.parse().ok());
        address.ok_or(
            "must be an address and a port in quotes, such as \"127.0.0.1:8443\" (this machine \
             only), \"0.0.0.0:8443\" (the whole network) or \"[::]:8443\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        text_like(r"^[0-9a-fA-F:.\[\]%]+:[0-9]+$")
    }
}

impl Read for PathBuf {
    fn read(value: &Value) -> Result<Self, String> {
        let path = text(value).filter(|path| !path.is_empty() && !path.contains('\0'));
        path.map(PathBuf::from).ok_or("must be a path in quotes".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

impl Read for String {
    fn read(value: &Value) -> Result<Self, String> {
        text(value).map(str::to_owned).ok_or("must be text in quotes".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// The name of a time zone.
pub(super) struct ZoneName(pub(super) String);

impl Read for ZoneName {
    fn read(value: &Value) -> Result<Self, String> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+-".contains(letter);
        let well_formed = |part: &str| !part.is_empty() && part.chars().all(allowed);
        let name = text(value).filter(|name| name.len() <= 64 && name.split('/').all(well_formed));
        name.map(|name| Self(name.to_owned())).ok_or(
            "must be the name of a time zone in quotes, such as \"Europe/Berlin\" or \"UTC\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        text_like("^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")
    }
}

impl Read for CameraId {
    fn read(value: &Value) -> Result<Self, String> {
        let name = text(value).and_then(|text| text.parse().ok());
        name.ok_or(
            "must be 1 to 64 letters (a-z, A-Z), digits, '-' and '_' in quotes, such as \
             \"front-door\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        text_like("^[A-Za-z0-9_-]{1,64}$")
    }
}

impl Read for Source {
    const IS_SECRET: bool = true;

    fn fill(text: &str, secrets: &mut Lookup) -> Result<Text, String> {
        let credentials_end = address::credentials_end(text);
        secret::fill(text, secrets, |at, value| {
            // Nobody writes a password into the environment percent-encoded.
            if at < credentials_end { address::percent_encoded(&value) } else { value }
        })
    }

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => source::read(text),
            _ => Err(source::not_a_source()),
        }
    }

    fn schema() -> Schema {
        text_like("^([Rr][Tt][Ss][Pp][Ss]?://|https?://|onvif://|file:|rpicam:|v4l2:/|demo:?$)")
    }
}

impl Read for Onvif {
    const IS_SECRET: bool = true;

    fn fill(text: &str, secrets: &mut Lookup) -> Result<Text, String> {
        Source::fill(text, secrets)
    }

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => source::read_service(text),
            _ => Err(source::not_a_service()),
        }
    }

    fn schema() -> Schema {
        text_like("^https?://")
    }
}

impl Read for Secret<String> {
    const IS_SECRET: bool = true;

    fn fill(text: &str, secrets: &mut Lookup) -> Result<Text, String> {
        let filled = secret::fill(text, secrets, |_, value| value)?;
        match filled.value.strip_prefix("file:").filter(|_| text.starts_with("file:")) {
            Some("") => Err("write the path of the file, as in \"file:/run/secrets/door\"".into()),
            Some(path) => Text::look_up(SecretSource::File(path.into()), secrets),
            None => Ok(filled),
        }
    }

    fn read(value: &Value) -> Result<Self, String> {
        String::read(value).map(Secret::new)
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Read for bool {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Truth(truth) => Ok(*truth),
            _ => Err("must be true or false without quotes".to_owned()),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

/// Types of a few words each.
macro_rules! words {
    ($($type:ty: $($word:literal = $meaning:expr),+;)+) => {
        $(impl Read for $type {
            fn read(value: &Value) -> Result<Self, String> {
                word(value, &[$(($word, $meaning)),+])
            }

            fn schema() -> Schema {
                one_of(&[$($word),+])
            }
        })+
    };
}
use words; // For the modules within this one.

words! {
    Record: "events" = Record::Events, "continuous" = Record::Continuous,
        "photos" = Record::Photos, "off" = Record::Off;
    Sync: "fragment" = Sync::Fragment, "close" = Sync::Close;
    Transport: "tcp" = Transport::Tcp, "udp" = Transport::Udp;
    Reader: "auto" = Reader::Auto, "built-in" = Reader::BuiltIn, "ffmpeg" = Reader::Ffmpeg;
    Encode: "h264" = Encode::H264, "keep" = Encode::Keep;
    V4l2Format: "auto" = V4l2Format::Auto, "h264" = V4l2Format::H264,
        "mjpeg" = V4l2Format::Mjpeg, "yuyv" = V4l2Format::Yuyv;
    PhotoTaker: "stream" = PhotoTaker::Stream, "still" = PhotoTaker::Still;
}

impl Read for PhotoSize {
    fn read(value: &Value) -> Result<Self, String> {
        let pixels = |text: &str| {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|pixels| plain && (64..=10_000).contains(pixels))
        };
        let size = match text(value) {
            Some("full") => Some(PhotoSize::Full),
            Some(size) => size.split_once('x').and_then(|(width, height)| {
                Some(PhotoSize::Within { width: pixels(width)?, height: pixels(height)? })
            }),
            None => None,
        };
        size.ok_or(
            "must be \"full\", or the greatest width and height in pixels, each from 64 to 10000, \
             such as \"1024x768\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        text_like("^(full|[0-9]{2,5}x[0-9]{2,5})$")
    }
}

/// The most photos of one event.
pub(super) struct PhotoCount(pub(super) u32);

impl Read for PhotoCount {
    fn read(value: &Value) -> Result<Self, String> {
        let count = match value {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        };
        let count = count.filter(|count| (1..=1_000).contains(count)).map(Self);
        count.ok_or("must be a whole number from 1 to 1000 without quotes, such as 10".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 1000 })
    }
}

/// What is looked for in the pictures.
pub(super) struct Kinds(pub(super) BTreeSet<Ailment>);

impl Read for Kinds {
    fn read(value: &Value) -> Result<Self, String> {
        let words = Ailment::ALL.map(|ailment| (ailment.word(), ailment));
        let kinds = match value {
            Value::List(values) => values.iter().map(|value| word(value, &words)).collect(),
            _ => Err(String::new()),
        };
        kinds.map(Self).map_err(|_| {
            let words = words.map(|(word, _)| format!("{word:?}")).join(", ");
            format!("must be a list of some of {words}, such as [\"no_pictures\", \"frozen\"], or [] for none")
        })
    }

    fn schema() -> Schema {
        let words = Ailment::ALL.map(Ailment::word);
        json_schema!({ "type": "array", "items": { "enum": words } })
    }
}

/// How footage is named.
pub(super) struct VideoName(pub(super) NameTemplate);

/// How photos are named.
pub(super) struct PhotoName(pub(super) NameTemplate);

impl Read for VideoName {
    fn read(value: &Value) -> Result<Self, String> {
        let name = NameTemplate::video(text(value).ok_or("must be text in quotes")?);
        name.map(Self).map_err(|invalid| invalid.to_string())
    }

    fn schema() -> Schema {
        text_like(r"\.mp4$")
    }
}

impl Read for PhotoName {
    fn read(value: &Value) -> Result<Self, String> {
        let name = NameTemplate::photo(text(value).ok_or("must be text in quotes")?);
        name.map(Self).map_err(|invalid| invalid.to_string())
    }

    fn schema() -> Schema {
        text_like(r"\.jpg$")
    }
}

/// A value as `PictureSettings::set` takes it. Quotes around numbers do no harm.
pub(super) struct Setting(pub(super) String);

impl Read for Setting {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(Self(text.value.clone())),
            Value::Number(number) => Ok(Self(number.clone())),
            Value::Truth(truth) => Ok(Self(truth.to_string())),
            Value::List(_) | Value::Other => {
                Err("must be a number, true or false, or a word in quotes".to_owned())
            }
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(&text.value),
        _ => None,
    }
}

/// Reads one of a few words.
fn word<T: Copy>(value: &Value, words: &[(&str, T)]) -> Result<T, String> {
    let found = text(value).and_then(|text| words.iter().find(|(word, _)| *word == text));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        format!("must be one of {}", words.join(", "))
    })
}

/// Text of the form `pattern`, or any with an environment variable in it.
fn text_like(pattern: &str) -> Schema {
    json_schema!({ "type": "string", "anyOf": [{ "pattern": pattern }, { "pattern": r"\$\{" }] })
}

/// One of these words, or any text with an environment variable in it.
fn one_of(words: &[&str]) -> Schema {
    text_like(&format!("^({})$", words.join("|")))
}
