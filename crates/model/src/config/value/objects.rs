//! What the keys of `[detector]` and `[camera.objects]` can hold.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use schemars::{Schema, json_schema};
use url::Url;

use super::motion::{AreaName, number, pair, share_hint};
use super::{one_of, text, text_like, word, words};
use crate::config::address;
use crate::config::detector::{Body, ColourOrder, Engine, Fit, Model, ModelLayout, Protocol};
use crate::config::reader::{Read, Value};
use crate::{EventsOn, Fraction, InvalidLabel, Label, Point, Side};

/// What an object must do.
#[derive(Clone, Copy)]
pub(in crate::config) enum Does {
    Enters,
    Leaves,
    Loiters,
    Crosses,
}

words! {
    ColourOrder: "rgb" = ColourOrder::Rgb, "bgr" = ColourOrder::Bgr;
    Fit: "upper_left" = Fit::UpperLeft, "centre" = Fit::Centre, "stretch" = Fit::Stretch;
    Protocol: "http" = Protocol::Http, "deepstack" = Protocol::DeepStack;
    Body: "jpeg" = Body::Jpeg, "base64" = Body::Base64;
    EventsOn: "motion" = EventsOn::Motion, "objects" = EventsOn::Objects;
    Does: "enters" = Does::Enters, "leaves" = Does::Leaves, "loiters" = Does::Loiters,
        "crosses" = Does::Crosses;
    Side: "left" = Side::Left, "right" = Side::Right;
}

/// Types that know their own words.
macro_rules! own_words {
    ($($type:ty),+) => {
        $(impl Read for $type {
            fn read(value: &Value) -> Result<Self, String> {
                word(value, &<$type>::ALL.map(|one| (one.word(), one)))
            }

            fn schema() -> Schema {
                one_of(&<$type>::ALL.map(<$type>::word))
            }
        })+
    };
}

own_words!(Engine, ModelLayout);

/// The path of a model, or the name of one that was added.
pub(in crate::config) struct ModelFile(pub(in crate::config) PathBuf);

impl Read for ModelFile {
    fn read(value: &Value) -> Result<Self, String> {
        const FORMS: &str = "must be the path of an ONNX file in quotes, such as \"yolox-nano.onnx\", \
                             or the name of a model that was added, without .onnx: 1 to 64 letters, \
                             digits, '-', '_' and '.'";
        const NOT_ONNX: [&str; 9] =
            ["pt", "pth", "tflite", "engine", "trt", "hef", "param", "weights", "safetensors"];
        let file = PathBuf::read(value).map_err(|_| FORMS)?;
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if NOT_ONNX.contains(&ending.to_ascii_lowercase().as_str()) {
            return Err(format!(
                "is no ONNX file by its name; whoever made it as .{ending} can export it as ONNX, \
                 or has done so"
            ));
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let is_good = |name: &str| {
            name.len() <= 64 && name.chars().all(allowed) && !name.starts_with(['.', '-', '_'])
        };
        let is_good = Model::name_in(&file).is_none_or(is_good);
        if is_good { Ok(Self(file)) } else { Err(FORMS.to_owned()) }
    }

    fn schema() -> Schema {
        PathBuf::schema()
    }
}

/// How many cores one look may take, 1 to 16.
pub(in crate::config) struct Threads(pub(in crate::config) u8);

/// The longer side of a picture that is sent, 160 to 1920 pixels.
pub(in crate::config) struct ImageSize(pub(in crate::config) u16);

/// Looks a second, 1 to 10.
pub(in crate::config) struct LookRate(pub(in crate::config) u8);

/// Types of one whole number within limits each.
macro_rules! numbers {
    ($($type:ident($number:ty): $limits:expr, such as $example:literal;)+) => {
        $(impl Read for $type {
            fn read(value: &Value) -> Result<Self, String> {
                let limits: RangeInclusive<$number> = $limits;
                whole(value).filter(|number| limits.contains(number)).map(Self).ok_or_else(|| {
                    let (least, most) = (limits.start(), limits.end());
                    format!(
                        "must be a whole number from {least} to {most} without quotes, such as {}",
                        $example
                    )
                })
            }

            fn schema() -> Schema {
                let limits: RangeInclusive<$number> = $limits;
                let (least, most) = (limits.start(), limits.end());
                json_schema!({ "type": "integer", "minimum": least, "maximum": most })
            }
        })+
    };
}

pub(super) use numbers; // For the module of devices.

numbers! {
    Threads(u8): 1..=16, such as 2;
    ImageSize(u16): 160..=1_920, such as 640;
    LookRate(u8): 1..=10, such as 5;
}

/// The width and height of a model's input, 32 to 2048 pixels each.
pub(in crate::config) struct InputSize(pub(in crate::config) (u16, u16));

impl Read for InputSize {
    fn read(value: &Value) -> Result<Self, String> {
        let pixels = |value| whole(value).filter(|pixels: &u16| (32..=2_048).contains(pixels));
        let size = match value {
            Value::List(sides) => match sides.as_slice() {
                [width, height] => pixels(width).zip(pixels(height)),
                _ => None,
            },
            _ => None,
        };
        size.map(Self).ok_or(
            "must be the width and the height of the model's input in pixels, each from 32 to 2048, \
             such as [416, 416]"
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "array", "minItems": 2, "maxItems": 2,
            "items": { "type": "integer", "minimum": 32, "maximum": 2048 },
        })
    }
}

/// What 255 becomes, above 0 up to 255.
pub(in crate::config) struct White(pub(in crate::config) f32);

impl Read for White {
    fn read(value: &Value) -> Result<Self, String> {
        let white = number(value).filter(|white| *white > 0.0 && *white <= 255.0).map(Self);
        white.ok_or(
            "must be a number above 0 up to 255 without quotes; it is 255 or 1 with most models"
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": 255 })
    }
}

/// The address of a service.
impl Read for Url {
    const IS_SECRET: bool = true; // A token may stand in it.

    fn read(value: &Value) -> Result<Self, String> {
        const FORMS: &str = "write the address of the service, such as \"http://192.168.1.9:32168\" \
                             or \"https://example.org/detect\"";
        let Value::Text(text) = value else { return Err(FORMS.to_owned()) };
        let (scheme, rest) = text.value.split_once("://").ok_or(FORMS)?;
        let scheme = scheme.to_ascii_lowercase();
        if !["http", "https"].contains(&scheme.as_str()) || rest.is_empty() {
            return Err(FORMS.to_owned());
        }
        let (address, credentials) = address::read(text, &scheme)?;
        if credentials.is_some() {
            return Err("must not hold a user or a password; write what the service knows you by \
                        as token"
                .to_owned());
        }
        Ok(address.expose().clone())
    }

    fn schema() -> Schema {
        text_like("^[Hh][Tt][Tt][Pp][Ss]?://")
    }
}

/// Classes of objects: at least one, none twice.
pub(in crate::config) struct Labels(pub(in crate::config) BTreeSet<Label>);

impl Read for Labels {
    fn read(value: &Value) -> Result<Self, String> {
        let labels = several(value, |value| {
            text(value)
                .map(|text| text.parse().map_err(|invalid: InvalidLabel| invalid.to_string()))
        });
        let forms = "must be a list of one class or more in quotes, such as [\"person\", \"car\"]";
        labels.unwrap_or(Err(forms.to_owned())).map(Self)
    }

    fn schema() -> Schema {
        names_schema(40)
    }
}

/// Names of zones: at least one, none twice.
pub(in crate::config) struct Names(pub(in crate::config) BTreeSet<String>);

impl Read for Names {
    fn read(value: &Value) -> Result<Self, String> {
        let names = several(value, |value| AreaName::read(value).ok().map(|name| Ok(name.0)));
        let forms =
            "must be a list of the names of one zone or more in quotes, such as [\"drive\"]";
        names.unwrap_or(Err(forms.to_owned())).map(Self)
    }

    fn schema() -> Schema {
        names_schema(64)
    }
}

/// A length of time, or "never".
#[derive(Clone, Copy)]
pub(in crate::config) struct LengthOrNever(pub(in crate::config) Option<Duration>);

impl Read for LengthOrNever {
    fn read(value: &Value) -> Result<Self, String> {
        match text(value) {
            Some("never") => Ok(Self(None)),
            _ => match Duration::read(value) {
                Ok(length) => Ok(Self(Some(length))),
                Err(problem) => Err(format!("{problem} (or \"never\")")),
            },
        }
    }

    fn schema() -> Schema {
        text_like(r"^(never|\s*([0-9]+\s*(ms|s|m|h|d)\s*)+)$")
    }
}

impl Read for Point {
    fn read(value: &Value) -> Result<Self, String> {
        let [x, y] = pair(value).ok_or(
            "must be a place in the picture as [x, y], in shares of its width and height, such as \
             [0.1, 0.5]",
        )?;
        let point = Fraction::new(x).zip(Fraction::new(y)).map(|(x, y)| Point { x, y });
        point.ok_or_else(|| {
            format!("must be shares of the picture from 0 to 1; {}", share_hint(x.max(y)))
        })
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "array", "minItems": 2, "maxItems": 2,
            "items": { "type": "number", "minimum": 0, "maximum": 1 },
        })
    }
}

pub(super) fn whole<T: std::str::FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::Number(number) => number.parse().ok(),
        _ => None,
    }
}

/// The values of a list, which must be different; nothing if it is none, is empty, or `one` can make
/// nothing of a value.
///
/// # Errors
///
/// The first of `one`, or what is there twice.
fn several<T: Ord + std::fmt::Debug>(
    value: &Value,
    one: impl Fn(&Value) -> Option<Result<T, String>>,
) -> Option<Result<BTreeSet<T>, String>> {
    let Value::List(values) = value else { return None };
    let values: Option<Result<Vec<T>, String>> = values.iter().map(one).collect();
    let values = match values? {
        Ok(values) if values.is_empty() => return None,
        Ok(values) => values,
        Err(problem) => return Some(Err(problem)),
    };
    let mut known = BTreeSet::new();
    for value in values {
        if known.contains(&value) {
            return Some(Err(format!("has {value:?} twice")));
        }
        known.insert(value);
    }
    Some(Ok(known))
}

fn names_schema(most: u8) -> Schema {
    json_schema!({
        "type": "array", "minItems": 1, "uniqueItems": true,
        "items": { "type": "string", "minLength": 1, "maxLength": most },
    })
}
