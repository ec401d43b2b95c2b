//! What a file says that plays a sensor.

use serde_json::{Map, Value};
use watchpost_model::{Distance, Fraction, Reading};

/// What may be said, in words for the owner.
pub(super) const ALLOWED: &str = "It is a JSON object, such as `{\"on\": true, \"distance_mm\": 900}`, with any of: \
     on (true, false), momentary (true, with on true: it is never taken back), distance_mm (0 or more, whole), free \
     (true: nothing is in reach), brightness, level, battery (0 to 1), value (a number).";

/// Why a text is no reading.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}", at.map_or(String::new(), |(line, column)| format!(" (line {line}, column {column})")))]
pub struct Unreadable {
    what: String,
    /// Line and column, both from 1 on; `None` where the fault lies in no one place.
    at: Option<(usize, usize)>,
}

impl Unreadable {
    /// What would be right.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        ALLOWED
    }
}

/// The reading that a JSON object describes. Its keys are those of the API, all optional, and `null` is
/// as good as absent: `on` and `momentary` (booleans), `distance_mm` (millimetres, a whole number), `free`
/// (`true`: nothing in reach), `brightness`, `level`, `battery` (0 to 1), `value` (a number).
///
/// # Errors
///
/// What is not JSON, not an object, no key of these, out of its range, or contradicts itself; with line
/// and column.
pub fn reading(json: &[u8]) -> Result<Reading, Unreadable> {
    if json.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable { what: "nothing is written there".to_owned(), at: None });
    }
    match serde_json::from_slice(json) {
        Ok(Value::Object(fields)) => {
            let read = of(&fields);
            read.map_err(|(key, what)| Unreadable { what, at: place(json, key) })
        }
        Ok(_) => {
            let what = "an object in braces is wanted".to_owned();
            Err(Unreadable { what, at: Some((1, 1)) })
        }
        Err(error) => {
            let text = error.to_string();
            let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
            let at = (error.line() > 0).then(|| (error.line(), error.column().max(1)));
            Err(Unreadable { what: format!("no JSON: {what}"), at })
        }
    }
}

/// The key that is wrong, and what is wrong with it.
type Wrong<'a> = (&'a str, String);

fn of(fields: &Map<String, Value>) -> Result<Reading, Wrong<'_>> {
    let (mut free, mut reading) = (false, Reading::default());
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let wanted = |what: &str| (&**key, format!("{key:?} is {value}, which is not {what}"));
        let yes_or_no = || value.as_bool().ok_or_else(|| wanted("true or false"));
        let share = || share(value).ok_or_else(|| wanted("a number from 0 to 1"));
        match &**key {
            "on" => reading.on = Some(yes_or_no()?),
            "momentary" => reading.momentary = yes_or_no()?,
            "free" => free = yes_or_no()?,
            "distance_mm" => {
                let length = value.as_u64().and_then(|length| u32::try_from(length).ok());
                let length = length.ok_or_else(|| wanted("a whole number of millimetres"))?;
                reading.distance = Some(Distance::Millimetres(length));
            }
            "brightness" => reading.brightness = Some(share()?),
            "level" => reading.level = Some(share()?),
            "battery" => reading.battery = Some(share()?),
            "value" => {
                reading.value = Some(value.as_f64().ok_or_else(|| wanted("a number"))?);
            }
            _ => return Err((key, format!("there is no {key:?}"))),
        }
    }
    if reading.momentary && reading.on != Some(true) {
        return Err(("momentary", "\"momentary\" goes with \"on\": true only".to_owned()));
    }
    if free {
        if reading.distance.is_some() {
            let what = "\"free\" says that nothing is in reach, and \"distance_mm\" how far it is";
            return Err(("free", what.to_owned()));
        }
        reading.distance = Some(Distance::Free);
    }
    Ok(reading)
}

fn share(value: &Value) -> Option<Fraction> {
    // By its digits: from 64 to 32 bits there is no other exact way.
    value.as_number()?.to_string().parse().ok().and_then(Fraction::new)
}

/// Line and column where `key` stands.
fn place(json: &[u8], key: &str) -> Option<(usize, usize)> {
    let quoted = format!("{key:?}");
    let at = json.windows(quoted.len()).position(|window| window == quoted.as_bytes())?;
    let before = json.split_at(at).0;
    let lines = before.split(|byte| *byte == b'\n').count();
    let column = before.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len);
    Some((lines, column + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> String {
        reading(json.as_bytes()).expect_err(json).to_string()
    }

    #[test]
    fn each_key_is_told() {
        let json = r#"{"on": true, "momentary": true, "distance_mm": 900, "brightness": 0.25, "level": 1,
                       "value": -3.5, "battery": 0, "free": false}"#;
        let expected = Reading {
            on: Some(true),
            momentary: true,
            distance: Some(Distance::Millimetres(900)),
            brightness: Fraction::new(0.25),
            level: Some(Fraction::ALL),
            value: Some(-3.5),
            battery: Some(Fraction::NONE),
        };
        assert_eq!(reading(json.as_bytes()), Ok(expected));
    }

    #[test]
    fn what_is_left_out_or_null_is_not_told() {
        assert_eq!(reading(b"{}"), Ok(Reading::default()));
        let json = br#"{"on": null, "distance_mm": null, "free": true, "battery": null}"#;
        let free = Reading { distance: Some(Distance::Free), ..Reading::default() };
        assert_eq!(reading(json), Ok(free));
    }

    #[test]
    fn what_is_no_json_is_told_by_line_and_column() {
        assert_eq!(
            fault("{\n  \"on\": true\n  \"free\": true }"),
            "no JSON: expected `,` or `}` (line 3, column 3)"
        );
        assert_eq!(fault("{\"on\": yes}"), "no JSON: expected value (line 1, column 8)");
        assert_eq!(fault("{\"on\""), "no JSON: EOF while parsing an object (line 1, column 5)");
        assert_eq!(fault("{} {}"), "no JSON: trailing characters (line 1, column 4)");
        assert_eq!(fault("[true]"), "an object in braces is wanted (line 1, column 1)");
        assert_eq!(fault(" \n"), "nothing is written there");
        assert!(reading(b"\xFF\xFE{\0}\0").is_err(), "UTF-16");
    }

    #[test]
    fn what_means_nothing_is_told_by_its_key() {
        assert_eq!(fault("{\n \"onn\": true}"), "there is no \"onn\" (line 2, column 2)");
        assert_eq!(
            fault("{\"level\": 1.1}"),
            "\"level\" is 1.1, which is not a number from 0 to 1 (line 1, column 2)"
        );
        for json in [
            r#"{"on": "true"}"#,
            r#"{"on": 1}"#,
            r#"{"distance_mm": 1.5}"#,
            r#"{"distance_mm": -1}"#,
            r#"{"distance_mm": 4294967296}"#,
            r#"{"battery": "full"}"#,
            r#"{"brightness": -0.1}"#,
            r#"{"value": true}"#,
            r#"{"value": 1e999}"#,
            r#"{"free": true, "distance_mm": 5}"#,
            r#"{"momentary": true}"#,
            r#"{"momentary": true, "on": false}"#,
        ] {
            let fault = fault(json);
            assert!(fault.contains("(line 1, column "), "{json}: {fault}");
        }
    }

    #[test]
    fn no_cut_or_broken_text_is_taken_for_another_reading() {
        let json = br#"{"on":true,"distance_mm":900,"level":0.5}"#;
        let whole = reading(json).unwrap();
        for end in 0..json.len() {
            assert!(reading(&json[..end]).is_err(), "cut at {end}");
        }
        for at in 0..json.len() {
            for byte in 0..=255 {
                let mut broken = json.to_vec();
                broken[at] = byte;
                if let Ok(reading) = reading(&broken) {
                    // Another digit is another number; nothing else may pass.
                    let is_number = (25..28).contains(&at) || (37..40).contains(&at);
                    assert!(reading == whole || is_number, "{:?}", String::from_utf8(broken));
                }
            }
        }
    }
}
