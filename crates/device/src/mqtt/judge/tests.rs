//! What messages say.

use super::*;

/// As a sensor is set without further words: the example of the manual.
fn example() -> MqttSensor {
    MqttSensor {
        topic: "salle/mouvement".to_owned(),
        field: Some("status".to_owned()),
        values: words(&["ALERT", "ALERTE"]),
        clear_values: Vec::new(),
        value_field: Some("value".to_owned()),
        min: Some(30.0),
        battery_field: Some("battery".to_owned()),
    }
}

/// A plain payload.
fn plain() -> MqttSensor {
    MqttSensor {
        field: None,
        values: words(&["ON", "on", "1", "true"]),
        value_field: None,
        min: None,
        battery_field: None,
        ..example()
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// What a message that somebody just sent says.
#[track_caller]
fn says(settings: &MqttSensor, payload: &str) -> Reading {
    judge(settings, payload.as_bytes(), false).unwrap()
}

fn fault(settings: &MqttSensor, payload: &str) -> Unreadable {
    judge(settings, payload.as_bytes(), false).unwrap_err()
}

fn yes() -> Reading {
    Reading { on: Some(true), momentary: true, ..Reading::default() }
}

fn no() -> Reading {
    Reading { on: Some(false), ..Reading::default() }
}

#[test]
fn an_alert_that_is_strong_enough_is_a_yes_of_the_moment() {
    let strong = Reading { value: Some(35.0), ..yes() };
    assert_eq!(says(&example(), r#"{"status":"ALERT","value":35}"#), strong);
    assert_eq!(says(&example(), r#" {"value": "35", "status": "ALERTE"} "#), strong);
    let least = Reading { value: Some(30.0), ..yes() };
    assert_eq!(says(&example(), r#"{"status":"ALERT","value":30.0}"#), least);
}

#[test]
fn an_alert_below_the_minimum_or_without_its_number_is_none() {
    let weak = Reading { value: Some(29.9), ..no() };
    assert_eq!(says(&example(), r#"{"status":"ALERT","value":29.9}"#), weak);
    assert_eq!(says(&example(), r#"{"status":"ALERT"}"#), no());
    assert_eq!(says(&example(), r#"{"status":"ALERT","value":null}"#), no());
    let odd = Unreadable::NotANumber("value".to_owned());
    assert_eq!(fault(&example(), r#"{"status":"ALERT","value":"much"}"#), odd);
    assert_eq!(fault(&example(), r#"{"status":"ALERT","value":"inf"}"#), odd);
    assert_eq!(fault(&example(), r#"{"status":"ALERT","value":[35]}"#), odd);
}

#[test]
fn without_a_minimum_an_odd_number_hides_no_alert() {
    let settings = MqttSensor { min: None, ..example() };
    assert_eq!(says(&settings, r#"{"status":"ALERT","value":"much"}"#), yes());
    assert_eq!(says(&settings, r#"{"status":"ALERT"}"#), yes());
}

#[test]
fn words_are_compared_to_the_letter() {
    for word in ["alert", "ALERT ", "ALERTED", "", "OK"] {
        assert_eq!(says(&example(), &format!(r#"{{"status":"{word}"}}"#)), no(), "{word:?}");
    }
}

#[test]
fn where_the_all_clear_has_a_name_only_that_takes_a_yes_back() {
    let settings = MqttSensor { clear_values: words(&["OK"]), ..example() };
    let lasting = Reading { momentary: false, value: Some(40.0), ..yes() };
    assert_eq!(says(&settings, r#"{"status":"ALERT","value":40}"#), lasting);
    assert_eq!(says(&settings, r#"{"status":"OK"}"#), no());
    assert_eq!(says(&settings, r#"{"status":"BUSY"}"#), Reading::default());
    let weak = Reading { value: Some(1.0), ..Reading::default() };
    assert_eq!(says(&settings, r#"{"status":"ALERT","value":1}"#), weak);
}

#[test]
fn numbers_and_truth_are_compared_by_how_json_writes_them() {
    let settings = |word| MqttSensor { values: words(&[word]), min: None, ..example() };
    assert_eq!(says(&settings("true"), r#"{"status":true}"#).on, Some(true));
    assert_eq!(says(&settings("1"), r#"{"status":1}"#).on, Some(true));
    assert_eq!(says(&settings("1.5"), r#"{"status":1.50}"#).on, Some(true));
    assert_eq!(says(&settings("true"), r#"{"status":"true"}"#).on, Some(true));
    assert_eq!(says(&settings("1"), r#"{"status":true}"#).on, Some(false));
    assert_eq!(says(&settings("null"), r#"{"status":null}"#).on, Some(true));
}

#[test]
fn points_lead_into_objects() {
    let settings = MqttSensor {
        field: Some("alarm.state".to_owned()),
        value_field: Some("alarm.level".to_owned()),
        battery_field: Some("device.battery".to_owned()),
        ..example()
    };
    let payload = r#"{"alarm":{"state":"ALERT","level":31},"device":{"battery":50}}"#;
    let battery = Fraction::new(0.5);
    assert_eq!(says(&settings, payload), Reading { value: Some(31.0), battery, ..yes() });
    let none = Unreadable::NoField("alarm.state".to_owned());
    for payload in [r#"{"alarm":{}}"#, r#"{"alarm":"ALERT"}"#, r#"{"alarm.state":"ALERT"}"#, "[]"] {
        assert_eq!(fault(&settings, payload), none, "{payload}");
    }
}

#[test]
fn the_battery_is_in_percent() {
    let battery =
        |text| says(&example(), &format!(r#"{{"status":"OK","battery":{text}}}"#)).battery;
    assert_eq!(battery("0"), Some(Fraction::NONE));
    assert_eq!(battery("87"), Fraction::new(0.87));
    assert_eq!(battery("\"100\""), Some(Fraction::ALL));
    for odd in ["101", "-1", "null", "\"low\"", "1e300", "{}"] {
        assert_eq!(battery(odd), None, "{odd}");
    }
}

#[test]
fn a_plain_payload_is_the_word() {
    assert_eq!(says(&plain(), "ON"), yes());
    assert_eq!(says(&plain(), " on\r\n"), yes());
    assert_eq!(says(&plain(), "OFF"), no());
    assert_eq!(says(&plain(), ""), no());
    assert_eq!(says(&plain(), r#"{"status":"ON"}"#), no());
    assert_eq!(says(&plain(), "21.5"), Reading { value: Some(21.5), ..no() });
}

#[test]
fn an_object_without_a_word_only_measures() {
    let settings = MqttSensor { value_field: Some("temperature".to_owned()), ..plain() };
    let measured = Reading { value: Some(21.5), ..Reading::default() };
    assert_eq!(says(&settings, r#"{"temperature":21.5}"#), measured);
    assert_eq!(says(&settings, "ON"), yes());
}

#[test]
fn what_the_broker_kept_is_never_a_yes() {
    let kept = |settings, payload: &str| judge(&settings, payload.as_bytes(), true).unwrap();
    assert_eq!(kept(plain(), "ON"), Reading::default());
    assert_eq!(kept(plain(), "OFF"), no());
    let payload = r#"{"status":"ALERT","value":35,"battery":20}"#;
    let (value, battery) = (Some(35.0), Fraction::new(0.2));
    assert_eq!(kept(example(), payload), Reading { value, battery, ..Reading::default() });
    let settings = MqttSensor { clear_values: words(&["OK"]), ..example() };
    assert_eq!(kept(settings, r#"{"status":"OK"}"#), no());
}

#[test]
fn each_way_to_be_unreadable_is_told_apart() {
    assert_eq!(judge(&example(), b"\xff\xfe", false), Err(Unreadable::NotText));
    assert_eq!(fault(&example(), "ALERT"), Unreadable::NotJson);
    assert_eq!(fault(&example(), r#"{"status":"ALERT""#), Unreadable::NotJson);
    assert_eq!(fault(&example(), r#"{"value":35}"#), Unreadable::NoField("status".to_owned()));
    assert_eq!(fault(&example(), r#"{"status":{}}"#), Unreadable::NotAWord("status".to_owned()));
    let long = format!(r#"{{"status":"ALERT","value":35,"text":"{}"}}"#, "x".repeat(LONGEST));
    assert_eq!(fault(&example(), &long), Unreadable::TooLong);
    let deep = "[".repeat(LONGEST);
    assert_eq!(fault(&example(), &deep), Unreadable::NotJson);
}
