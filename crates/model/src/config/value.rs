//! What single keys can hold: how each kind of value is read, and its JSON schema, side by side.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::{Schema, json_schema};

use super::reader::{Read, Value};
use super::secret::{self, Lookup, SecretSource, Text};
use super::source::{self, Source};
use super::{Keep, Record, Sync, amount};
use crate::{ByteSize, CameraId, Fraction, Secret};

impl Read for Duration {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => amount::length(&text.value),
            Value::Number(number) if number.bytes().all(|digit| digit.is_ascii_digit()) => {
                Err(format!("write a unit, in quotes, such as \"{number}s\""))
            }
            Value::Number(_) | Value::Other => {
                Err("write a length of time in quotes, such as \"5s\"".to_owned())
            }
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
            Value::Number(_) | Value::Other => {
                Err("write a size in quotes, such as \"20GB\"".to_owned())
            }
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
            Value::Text(_) | Value::Other => None,
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
            Value::Text(_) | Value::Other => None,
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
        let credentials_end = source::credentials_end(text);
        secret::fill(text, secrets, |at, value| {
            // Nobody writes a password into the environment percent-encoded.
            if at < credentials_end { source::percent_encoded(&value) } else { value }
        })
    }

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => source::read(text),
            Value::Number(_) | Value::Other => Err(source::not_a_source()),
        }
    }

    fn schema() -> Schema {
        text_like("^([Rr][Tt][Ss][Pp]://|file:|rpicam:|v4l2:/|demo:?$)")
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

impl Read for Record {
    fn read(value: &Value) -> Result<Self, String> {
        word(
            value,
            &[("events", Record::Events), ("continuous", Record::Continuous), ("off", Record::Off)],
        )
    }

    fn schema() -> Schema {
        text_like("^(events|continuous|off)$")
    }
}

impl Read for Sync {
    fn read(value: &Value) -> Result<Self, String> {
        word(value, &[("fragment", Sync::Fragment), ("close", Sync::Close)])
    }

    fn schema() -> Schema {
        text_like("^(fragment|close)$")
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(&text.value),
        Value::Number(_) | Value::Other => None,
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
