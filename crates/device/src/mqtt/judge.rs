//! What a message of a sensor says.

use serde_json::Value;
use watchpost_model::config::MqttSensor;
use watchpost_model::{Fraction, Reading};

/// The longest payload that is looked at, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Why a message says nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`LONGEST`].
    #[error("it is longer than {} KiB", LONGEST / 1024)]
    TooLong,
    /// Bytes that are no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Text that is no JSON, where a field of it is wanted.
    #[error("it is not JSON; if the payload is a plain word, leave out \"field\"")]
    NotJson,
    /// JSON without this field.
    #[error("it has no field {0:?}; \"field\" must name one that is there")]
    NoField(String),
    /// This field is an object or a list.
    #[error("its field {0:?} is an object or a list; points lead into objects: \"alarm.state\"")]
    NotAWord(String),
    /// This field, which has a minimum, is no number.
    #[error("its field {0:?} is not a number, but \"min\" asks for one")]
    NotANumber(String),
}

/// What a message on the topic of `settings` says.
///
/// A `retained` one tells what once was, so it is never a yes: only what takes a yes back, the number
/// and the battery are taken from it. A yes is of the moment where nothing takes it back by name
/// ([`MqttSensor::clear_values`] is empty); another value takes that back all the same.
///
/// A reading in which all is `None` says nothing.
///
/// # Errors
///
/// If it cannot be read. A missing or odd battery is none, and so is a number that has no minimum: who
/// raises an alarm is believed without them.
pub fn judge(settings: &MqttSensor, payload: &[u8], retained: bool) -> Result<Reading, Unreadable> {
    if payload.len() > LONGEST {
        return Err(Unreadable::TooLong);
    }
    let Ok(text) = std::str::from_utf8(payload) else { return Err(Unreadable::NotText) };
    let text = text.trim();
    let Said { word, object } = Said::of(settings, text)?;
    let number = number(settings, text, &object);
    let meaning = match &word {
        Some(word) => meaning(settings, word, number)?,
        None => Meaning::Nothing,
    };
    let (on, momentary) = match meaning {
        Meaning::Yes if retained => (None, false),
        Meaning::Yes => (Some(true), settings.clear_values.is_empty()),
        Meaning::No => (Some(false), false),
        Meaning::Nothing => (None, false),
    };
    Ok(Reading {
        on,
        momentary,
        value: match number {
            Number::Is(number) => Some(number),
            Number::Missing | Number::Odd => None,
        },
        battery: settings.battery_field.as_deref().and_then(|field| battery(at(&object, field)?)),
        ..Reading::default()
    })
}

/// A message taken apart: the word that may be a yes, and the JSON for all else (`Null` if there is none).
struct Said {
    word: Option<String>,
    object: Value,
}

impl Said {
    fn of(settings: &MqttSensor, text: &str) -> Result<Self, Unreadable> {
        let Some(field) = &settings.field else {
            // A plain word; but where a field is read beside it, the payload may be an object: then
            // it only measures.
            let measures = settings.value_field.is_some() || settings.battery_field.is_some();
            return match serde_json::from_str(text) {
                Ok(object @ Value::Object(_)) if measures => Ok(Self { word: None, object }),
                _ => Ok(Self { word: Some(text.to_owned()), object: Value::Null }),
            };
        };
        let Ok(object) = serde_json::from_str(text) else { return Err(Unreadable::NotJson) };
        let word = match at(&object, field) {
            None => return Err(Unreadable::NoField(field.clone())),
            Some(Value::Object(_) | Value::Array(_)) => {
                return Err(Unreadable::NotAWord(field.clone()));
            }
            Some(Value::String(word)) => word.clone(),
            Some(other) => other.to_string(),
        };
        Ok(Self { word: Some(word), object })
    }
}

/// What a word means.
enum Meaning {
    Yes,
    No,
    Nothing,
}

fn meaning(settings: &MqttSensor, word: &str, number: Number) -> Result<Meaning, Unreadable> {
    let says = |words: &[String]| words.iter().any(|one| one == word);
    let other_words_clear = settings.clear_values.is_empty();
    if says(&settings.values) {
        let enough = match (settings.min, number) {
            (None, _) => true,
            (Some(min), Number::Is(number)) => number >= min,
            (Some(_), Number::Missing) => false,
            (Some(_), Number::Odd) => {
                return Err(Unreadable::NotANumber(
                    settings.value_field.clone().unwrap_or_default(),
                ));
            }
        };
        if enough {
            return Ok(Meaning::Yes);
        }
        // Too weak to be a yes; where the all-clear has a name, it is not that either.
        return Ok(if other_words_clear { Meaning::No } else { Meaning::Nothing });
    }
    let no = other_words_clear || says(&settings.clear_values);
    Ok(if no { Meaning::No } else { Meaning::Nothing })
}

/// The number that goes with a message.
#[derive(Clone, Copy)]
enum Number {
    Is(f64),
    Missing,
    /// There is something, but it is no number.
    Odd,
}

fn number(settings: &MqttSensor, text: &str, object: &Value) -> Number {
    let found = match &settings.value_field {
        Some(field) => at(object, field),
        // A plain number is the number.
        None if settings.field.is_none() => {
            return text_number(text).map_or(Number::Missing, Number::Is);
        }
        None => None,
    };
    match found {
        None | Some(Value::Null) => Number::Missing,
        Some(found) => finite(found).map_or(Number::Odd, Number::Is),
    }
}

/// A number, or a text that is one: many small devices write all their values as text.
fn finite(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64().filter(|number| number.is_finite()),
        Value::String(text) => text_number(text),
        _ => None,
    }
}

fn text_number(text: &str) -> Option<f64> {
    // `parse` also knows "inf" and "nan".
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn battery(value: &Value) -> Option<Fraction> {
    let percent = finite(value).filter(|percent| (0.0..=100.0).contains(percent))?;
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "0 to 1")]
    let share = (percent / 100.0) as f32;
    Fraction::new(share)
}

/// What stands at `path`: points lead into objects within.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.as_object()?.get(key))
}

#[cfg(test)]
mod tests;
