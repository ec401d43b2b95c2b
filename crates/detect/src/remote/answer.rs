//! What a service's answer means.
//!
//! What is written in it is hostile until proven otherwise: a number may be anything, a text may be long.

use serde_json::{Map, Value};
use watchpost_model::{Fraction, Label, Object, Region};

/// The longest text of a service that is told, in characters.
const TOLD: usize = 160;

/// The most objects of one picture that are taken; the first ones, for services tell the best first.
const MOST: usize = 100;

/// A box may reach beyond the picture by so much of it: some services tell of what they only guess. What
/// reaches farther was meant in pixels.
const BEYOND: f64 = 0.5;

/// Why an answer means nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// What it is instead, to stand behind "it answered".
    Garbled(String),
    /// The service failed, and said so.
    Said(Option<String>),
}

/// Of `{"person_detected": true, "confidence": 0.9, "boxes": […]}`. `size` is that of the picture that was
/// sent, in pixels.
///
/// # Errors
///
/// If it is anything but that.
pub(super) fn of_http(body: &[u8], size: Option<(u16, u16)>) -> Result<Vec<Object>, Fault> {
    let answer = read(body)?;
    let Some(detected) = answer.get("person_detected") else {
        return Err(garbled("JSON without \"person_detected\""));
    };
    let Value::Bool(detected) = detected else {
        let told = line(&detected.to_string());
        return Err(garbled(&format!(
            "{told} as \"person_detected\", which must be true or false"
        )));
    };
    let boxes: &[Value] = match answer.get("boxes") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(boxes)) => boxes,
        Some(_) => return Err(garbled("\"boxes\" that are no list")),
    };
    let mut objects: Vec<Object> =
        boxes.iter().filter_map(|one| object(one, size)).take(MOST).collect();
    let person = Label::person();
    if !detected {
        // What it draws, but does not count itself.
        objects.retain(|object| object.label != person);
    } else if !objects.iter().any(|object| object.label == person) {
        let score = match answer.get("confidence") {
            None | Some(Value::Null) => Fraction::ALL,
            Some(value) => share(value).ok_or_else(|| {
                let told = line(&value.to_string());
                garbled(&format!("{told} as \"confidence\", which must be 0 to 1"))
            })?,
        };
        objects.push(Object { label: person, score, region: Region::ALL, sharpness: None });
    }
    Ok(objects)
}

/// Of `{"success": true, "predictions": […]}`. `size` is that of the picture that was sent, in pixels.
///
/// # Errors
///
/// If it is anything but that, or not one of several predictions makes sense.
pub(super) fn of_deepstack(body: &[u8], size: Option<(u16, u16)>) -> Result<Vec<Object>, Fault> {
    let answer = read(body)?;
    match answer.get("success") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Err(Fault::Said(words(&answer))),
        Some(_) => return Err(garbled("a \"success\" that is neither true nor false")),
        None => return Err(garbled("JSON without \"success\"")),
    }
    let Some(Value::Array(predictions)) = answer.get("predictions") else {
        return Err(garbled("JSON without a list of \"predictions\""));
    };
    let usable = predictions.iter().filter_map(|one| object(one, size));
    let objects: Vec<Object> = usable.take(MOST).collect();
    if objects.is_empty() && !predictions.is_empty() {
        return Err(garbled("predictions without a label and a box that could be used"));
    }
    Ok(objects)
}

/// The reason that stands in an answer that is an error.
pub(super) fn reason(body: &[u8]) -> Option<String> {
    words(&read(body).ok()?)
}

/// `text` on one line, not longer than can be read.
pub(super) fn line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn read(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(answer)) => Ok(answer),
        Ok(_) => Err(garbled("JSON that is no object")),
        Err(_) if body.trim_ascii().is_empty() => Err(garbled("nothing")),
        Err(_) if body.trim_ascii_start().starts_with(b"<") => {
            Err(garbled("a web page instead of JSON"))
        }
        Err(error) if error.is_eof() => Err(garbled("JSON that breaks off")),
        Err(_) => Err(garbled("something that is no JSON")),
    }
}

fn words(answer: &Map<String, Value>) -> Option<String> {
    let said = ["error", "message", "detail"].into_iter().find_map(|key| answer.get(key)?.as_str());
    said.map(line).filter(|said| !said.is_empty())
}

/// A box of either kind, as far as it lies in the picture; `None` if it makes no sense.
fn object(one: &Value, size: Option<(u16, u16)>) -> Option<Object> {
    let label = match one.get("label") {
        None => Label::person(),
        Some(label) => label.as_str()?.parse().ok()?,
    };
    let score = match one.get("score").or_else(|| one.get("confidence")) {
        None => Fraction::ALL,
        Some(score) => share(score)?,
    };
    let edges = match one.get("box") {
        Some(shares) => edges_of_shares(shares)?,
        None => edges_of_pixels(one, size?)?,
    };
    let region = region(edges)?;
    Some(Object { label, score, region, sharpness: None })
}

/// `[x, y, w, h]`.
fn edges_of_shares(shares: &Value) -> Option<[f64; 4]> {
    let [x, y, width, height] = shares.as_array()?.as_slice() else { return None };
    let (x, y) = (x.as_f64()?, y.as_f64()?);
    Some([x, y, x + width.as_f64()?, y + height.as_f64()?])
}

fn edges_of_pixels(one: &Value, (width, height): (u16, u16)) -> Option<[f64; 4]> {
    let edge = |name: &str, length: u16| Some(one.get(name)?.as_f64()? / f64::from(length));
    Some([
        edge("x_min", width)?,
        edge("y_min", height)?,
        edge("x_max", width)?,
        edge("y_max", height)?,
    ])
}

/// The region between left, top, right and bottom, if it is one.
fn region(edges: [f64; 4]) -> Option<Region> {
    let near = edges.iter().all(|edge| (-BEYOND..=1.0 + BEYOND).contains(edge));
    let [left, top, right, bottom] = edges.map(narrow);
    let region = Region::clamped(left, top, right, bottom);
    (near && region.area() > 0.0).then_some(region)
}

fn share(value: &Value) -> Option<Fraction> {
    Fraction::new(narrow(value.as_f64()?))
}

/// Single precision tells shares of a picture well enough.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "rounds; huge is infinite"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn garbled(what: &str) -> Fault {
    Fault::Garbled(what.to_owned())
}

#[cfg(test)]
mod tests;
