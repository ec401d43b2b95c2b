//! What the keys of `[mqtt]` and of a sensor with kind = "mqtt" can hold.

use schemars::{Schema, json_schema};
use url::Host;

use super::{text, text_like};
use crate::config::address::{self, Credentials};
use crate::config::reader::{Read, Value};
use crate::config::secret::{Lookup, Text};
use crate::config::source::Source;

/// Where the broker is.
pub(in crate::config) struct BrokerAddress {
    /// Its name or address.
    pub(in crate::config) host: String,
    /// Its port.
    pub(in crate::config) port: u16,
    /// Whether it is spoken to by TLS.
    pub(in crate::config) by_tls: bool,
    /// The user that stands in the address.
    pub(in crate::config) credentials: Option<Credentials>,
}

impl Read for BrokerAddress {
    const IS_SECRET: bool = true;

    fn fill(text: &str, secrets: &mut Lookup) -> Result<Text, String> {
        Source::fill(text, secrets)
    }

    fn read(value: &Value) -> Result<Self, String> {
        const FORMS: &str = "write the address of the broker, such as \"mqtt://192.168.1.5\", or \
                             \"mqtts://broker.example.org:8883\" to speak to it by TLS";
        let Value::Text(text) = value else { return Err(FORMS.to_owned()) };
        let (scheme, rest) = text.value.split_once("://").ok_or(FORMS)?;
        let by_tls = match scheme.to_ascii_lowercase().as_str() {
            "mqtt" => false,
            "mqtts" => true,
            _ => return Err(FORMS.to_owned()),
        };
        if rest.is_empty() || rest.starts_with('/') || rest.contains(char::is_control) {
            return Err(FORMS.to_owned());
        }
        let (url, credentials) = address::read(text, if by_tls { "mqtts" } else { "mqtt" })?;
        let url = url.expose();
        if !["", "/"].contains(&url.path()) || url.query().is_some() {
            return Err("must end after the host and the port; topics are written elsewhere".into());
        }
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(), // Without its brackets.
            Some(host) => host.to_string(),
            None => return Err(FORMS.to_owned()),
        };
        let port = url.port().unwrap_or(if by_tls { 8_883 } else { 1_883 });
        if port == 0 {
            return Err("must have a port from 1 to 65535, or none for the usual one".to_owned());
        }
        Ok(Self { host, port, by_tls, credentials })
    }

    fn schema() -> Schema {
        text_like("^[Mm][Qq][Tt][Tt][Ss]?://")
    }
}

/// A user of the broker.
pub(in crate::config) struct UserName(pub(in crate::config) String);

impl Read for UserName {
    fn read(value: &Value) -> Result<Self, String> {
        let name = text(value).filter(|name| !name.is_empty() && !name.contains(char::is_control));
        name.map(|name| Self(name.to_owned())).ok_or("must be a name in quotes".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

/// What a client of the broker calls itself.
pub(in crate::config) struct ClientId(pub(in crate::config) String);

impl Read for ClientId {
    fn read(value: &Value) -> Result<Self, String> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let is_good = |name: &&str| (1..=64).contains(&name.len()) && name.chars().all(allowed);
        text(value).filter(is_good).map(|name| Self(name.to_owned())).ok_or(
            "must be 1 to 64 letters (a-z, A-Z), digits, '-', '_' and '.' in quotes, such as \
             \"watchpost\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        text_like("^[A-Za-z0-9_.-]{1,64}$")
    }
}

/// The most bytes of a topic: a broker takes up to 65535, and nobody writes one this long.
const LONGEST_TOPIC: usize = 512;

/// What the recorder's own topics begin with.
pub(in crate::config) struct TopicPrefix(pub(in crate::config) String);

impl Read for TopicPrefix {
    fn read(value: &Value) -> Result<Self, String> {
        let forms = "must be the beginning of a topic in quotes, such as \"watchpost\" or \
                     \"home/watchpost\", without +, # and $, and without / at its ends";
        let is_good = |prefix: &&str| {
            let levels_are_good = prefix.split('/').all(|level| !level.is_empty());
            let is_plain = |letter: char| !letter.is_control() && !"+#$".contains(letter);
            levels_are_good && prefix.len() <= LONGEST_TOPIC && prefix.chars().all(is_plain)
        };
        let prefix = text(value).filter(is_good);
        prefix.map(|prefix| Self(prefix.to_owned())).ok_or(forms.to_owned())
    }

    fn schema() -> Schema {
        text_like("^[^/+#$]+(/[^/+#$]+)*$")
    }
}

/// A topic to listen to, perhaps with wildcards, as MQTT 3.1.1 has it in section 4.7.
pub(in crate::config) struct TopicFilter(pub(in crate::config) String);

impl Read for TopicFilter {
    fn read(value: &Value) -> Result<Self, String> {
        const FORMS: &str =
            "must be a topic in quotes, such as \"salle/mouvement\" or \"salle/+/mouvement\"";
        let topic = text(value).filter(|topic| {
            (1..=LONGEST_TOPIC).contains(&topic.len()) && !topic.contains(char::is_control)
        });
        let topic = topic.ok_or(FORMS)?;
        let mut levels = topic.split('/').peekable();
        while let Some(level) = levels.next() {
            if level == "#" && levels.peek().is_some() {
                return Err(
                    "# stands for all levels that are left, so nothing may follow it; for \
                            any one level write +"
                        .to_owned(),
                );
            }
            if level.len() > 1 && level.contains(['+', '#']) {
                return Err(format!(
                    "{} stands for a whole level, with nothing beside it between two /, such as \
                     \"salle/+/mouvement\" or \"salle/#\"",
                    if level.contains('#') { '#' } else { '+' }
                ));
            }
        }
        Ok(Self(topic.to_owned()))
    }

    fn schema() -> Schema {
        text_like(r"^(#|(\+|[^/+#]*)(/(\+|[^/+#]*))*(/#)?)$")
    }
}

/// The way to a field of a JSON object: names with points between them.
pub(in crate::config) struct JsonField(pub(in crate::config) String);

impl Read for JsonField {
    fn read(value: &Value) -> Result<Self, String> {
        let is_good = |field: &&str| {
            let has_names = field.split('.').all(|name| !name.is_empty());
            has_names && field.len() <= 128 && !field.contains(char::is_control)
        };
        text(value).filter(is_good).map(|field| Self(field.to_owned())).ok_or(
            "must be the name of a field in quotes, such as \"status\"; points lead into objects \
             within, such as \"alarm.state\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        text_like(r"^[^.]+(\.[^.]+)*$")
    }
}

/// The values that fire: at least one, none twice.
pub(in crate::config) struct FireValues(pub(in crate::config) Vec<String>);

/// The values that take it back: none twice.
pub(in crate::config) struct ClearValues(pub(in crate::config) Vec<String>);

impl Read for FireValues {
    fn read(value: &Value) -> Result<Self, String> {
        let values = several(value).unwrap_or_else(|| Ok(Vec::new()))?;
        if values.is_empty() {
            return Err("must be a list of one value or more, such as [\"ALERT\"]".to_owned());
        }
        Ok(Self(values))
    }

    fn schema() -> Schema {
        several_schema(1)
    }
}

impl Read for ClearValues {
    fn read(value: &Value) -> Result<Self, String> {
        let forms = "must be a list of values, such as [\"OK\"], or [] for all others";
        several(value).unwrap_or_else(|| Err(forms.to_owned())).map(Self)
    }

    fn schema() -> Schema {
        several_schema(0)
    }
}

/// The values of a list, as they stand in a message; nothing if it is no list of such.
///
/// # Errors
///
/// What is there twice.
fn several(value: &Value) -> Option<Result<Vec<String>, String>> {
    let Value::List(list) = value else { return None };
    let mut values = Vec::new();
    for value in list {
        let value = match value {
            Value::Text(text) => text.value.clone(),
            // JSON has these without quotes; so may the file.
            Value::Number(number) => number.clone(),
            Value::Truth(truth) => truth.to_string(),
            Value::List(_) | Value::Other => return None,
        };
        if values.contains(&value) {
            return Some(Err(format!("has {value:?} twice")));
        }
        values.push(value);
    }
    Some(Ok(values))
}

fn several_schema(least: u8) -> Schema {
    json_schema!({
        "type": "array", "minItems": least, "uniqueItems": true,
        "items": { "type": ["string", "number", "boolean"] },
    })
}

impl Read for f64 {
    fn read(value: &Value) -> Result<Self, String> {
        let number = match value {
            Value::Number(number) => number.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        };
        number.ok_or("must be a number without quotes, such as 30".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number" })
    }
}
