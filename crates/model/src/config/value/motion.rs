//! What the keys of `[camera.motion]` can hold.

use schemars::{Schema, json_schema};

use super::text;
use crate::config::reader::{Read, Value};
use crate::{Fraction, InvalidPolygon, Point, Polygon};

/// The name of a zone or a mask: 1 to 64 characters.
pub(in crate::config) struct AreaName(pub(in crate::config) String);

impl Read for AreaName {
    fn read(value: &Value) -> Result<Self, String> {
        let name = text(value).map(str::trim).filter(|name| {
            (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control)
        });
        name.map(|name| Self(name.to_owned())).ok_or(
            "must be a name of 1 to 64 letters in quotes, such as \"drive\" or \"front lawn\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 64 })
    }
}

/// Pictures a second that are looked at, 1 to 30.
pub(in crate::config) struct FrameRate(pub(in crate::config) u8);

impl Read for FrameRate {
    fn read(value: &Value) -> Result<Self, String> {
        let rate = match value {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        };
        let rate = rate.filter(|rate| (1..=30).contains(rate)).map(Self);
        rate.ok_or("must be a whole number from 1 to 30 without quotes, such as 10".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 30 })
    }
}

/// How many of its own longer sides something may come in a second, 0.1 to 100.
pub(in crate::config) struct SpeedLimit(pub(in crate::config) f32);

impl Read for SpeedLimit {
    fn read(value: &Value) -> Result<Self, String> {
        let speed = number(value).filter(|speed| (0.1..=100.0).contains(speed)).map(Self);
        speed.ok_or("must be a number from 0.1 to 100 without quotes, such as 4".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "minimum": 0.1, "maximum": 100 })
    }
}

/// How high a person is, as a share of the picture's height: above 0 up to 4.
pub(in crate::config) struct PersonShare(pub(in crate::config) f32);

impl Read for PersonShare {
    fn read(value: &Value) -> Result<Self, String> {
        let share = number(value).filter(|share| *share > 0.0 && *share <= 4.0).map(Self);
        share.ok_or(
            "must be a share of the picture's height above 0 up to 4 without quotes, such as 0.5"
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": 4 })
    }
}

impl Read for Polygon {
    fn read(value: &Value) -> Result<Self, String> {
        let Value::List(corners) = value else { return Err(not_corners()) };
        let corners: Option<Vec<[f32; 2]>> = corners.iter().map(pair).collect();
        let corners = corners.ok_or_else(not_corners)?;
        let within = |[x, y]: [f32; 2]| Some(Point { x: Fraction::new(x)?, y: Fraction::new(y)? });
        let points: Option<Vec<Point>> = corners.iter().copied().map(within).collect();
        let points = points.ok_or_else(|| outside(&corners))?;
        let count = points.len();
        Polygon::new(points).map_err(|invalid| match invalid {
            InvalidPolygon::Corners => {
                format!("must have 3 to {} corners, and has {count}", Polygon::MOST)
            }
            InvalidPolygon::Crossing(first, second) => {
                let side = |from: usize| format!("{} to {}", from + 1, (from + 1) % count + 1);
                format!(
                    "its side from corner {} crosses or touches that from corner {}; write the \
                     corners in order around the area",
                    side(first),
                    side(second)
                )
            }
        })
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "array", "minItems": 3, "maxItems": Polygon::MOST,
            "items": {
                "type": "array", "minItems": 2, "maxItems": 2,
                "items": { "type": "number", "minimum": 0, "maximum": 1 },
            },
        })
    }
}

fn not_corners() -> String {
    "must be a list of corners, each as [x, y] in shares of the picture's width and height, such as \
     [[0.1, 0.5], [0.9, 0.5], [0.5, 1]]"
        .to_owned()
}

/// What to tell somebody some of whose corners lie outside the picture.
fn outside(corners: &[[f32; 2]]) -> String {
    let is_share = |number: &f32| (0.0..=1.0).contains(number);
    let bad = corners.iter().zip(1..).filter(|(corner, _)| !corner.iter().all(is_share));
    let bad: Vec<String> = bad.map(|(_, number): (_, usize)| number.to_string()).collect();
    let most = corners.iter().flatten().copied().fold(0.0, f32::max);
    let hint = share_hint(most);
    let noun = if bad.len() == 1 { "corner" } else { "corners" };
    format!("{noun} {}: must be shares of the picture from 0 to 1; {hint}", bad.join(", "))
}

/// What to tell somebody whose greatest share is `most`, or who wrote one below 0.
pub(super) fn share_hint(most: f32) -> &'static str {
    if most > 100.0 {
        "for pixels, write x / width and y / height of the picture"
    } else if most >= 2.0 {
        "for percent, write 0.5 for 50; for pixels, x / width and y / height of the picture"
    } else {
        "0, 0 is the upper left corner of the picture, and 1, 1 the lower right one"
    }
}

pub(super) fn pair(value: &Value) -> Option<[f32; 2]> {
    match value {
        Value::List(numbers) => match numbers.as_slice() {
            [x, y] => Some([number(x)?, number(y)?]),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn number(value: &Value) -> Option<f32> {
    match value {
        Value::Number(number) => number.parse().ok().filter(|number: &f32| number.is_finite()),
        _ => None,
    }
}
