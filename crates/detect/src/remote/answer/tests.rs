use super::*;

const SIZE: Option<(u16, u16)> = Some((640, 360));

/// What was found, as text: label, score in hundredths, edges in hundredths.
fn found(objects: Result<Vec<Object>, Fault>) -> Vec<String> {
    let hundredths = |share: Fraction| format!("{:.0}", share.get() * 100.0);
    let told = |object: &Object| {
        let Region { left, top, right, bottom } = object.region;
        let numbers = [object.score, left, top, right, bottom].map(hundredths);
        format!("{} {}", object.label, numbers.join(" "))
    };
    objects.unwrap().iter().map(told).collect()
}

fn http(body: &str) -> Vec<String> {
    found(of_http(body.as_bytes(), SIZE))
}

fn deepstack(predictions: &str) -> Vec<String> {
    let body = format!(r#"{{"success": true, "predictions": [{predictions}]}}"#);
    found(of_deepstack(body.as_bytes(), SIZE))
}

#[track_caller]
fn garbled_by(read: &Result<Vec<Object>, Fault>, words: &str) {
    let Err(Fault::Garbled(what)) = &read else { panic!("{read:?}") };
    assert!(what.contains(words), "{what}");
}

#[test]
fn a_person_without_a_box_is_somewhere() {
    assert_eq!(http(r#"{"person_detected": false}"#), [""; 0]);
    assert_eq!(http(r#"{"person_detected": true}"#), ["person 100 0 0 100 100"]);
    let sure = r#"{"person_detected": true, "confidence": 0.91, "boxes": null, "more": {}}"#;
    assert_eq!(http(sure), ["person 91 0 0 100 100"]);
    // Whoever is said to be there is there, whatever the boxes show.
    let elsewhere = r#"{"person_detected": true, "confidence": 0.8,
        "boxes": [{"label": "Dog", "score": 0.6, "box": [0.5, 0.5, 0.1, 0.1]}]}"#;
    assert_eq!(http(elsewhere), ["dog 60 50 50 60 60", "person 80 0 0 100 100"]);
}

#[test]
fn boxes_are_read_in_shares_and_in_pixels() {
    let body = r#"{"person_detected": true, "boxes": [
        {"box": [0.1, 0.2, 0.3, 0.4]},
        {"label": "person", "confidence": 0.7, "x_min": 64, "y_min": 36, "x_max": 320, "y_max": 360},
        {"label": "car", "score": 0.5, "box": [0.9, -0.1, 0.3, 0.4]}]}"#;
    assert_eq!(
        http(body),
        ["person 100 10 20 40 60", "person 70 10 10 50 100", "car 50 90 0 100 30"]
    );
    // A person whom the service drew, but did not count.
    let faint = r#"{"person_detected": false, "boxes": [{"score": 0.1, "box": [0, 0, 0.1, 0.1]},
        {"label": "car", "score": 0.5, "box": [0, 0, 1, 1]}]}"#;
    assert_eq!(http(faint), ["car 50 0 0 100 100"]);
}

#[test]
fn a_box_that_makes_no_sense_hides_no_other() {
    let good = r#"{"label": "person", "confidence": 0.9, "x_min": 0, "y_min": 0, "x_max": 64, "y_max": 36}"#;
    for bad in [
        r#"{"label": "person", "confidence": 0.9}"#,
        r#"{"label": "person", "confidence": 0.9, "x_min": 9, "y_min": 9, "x_max": 9, "y_max": 20}"#,
        r#"{"label": "person", "confidence": 0.9, "x_min": 30, "y_min": 9, "x_max": 9, "y_max": 20}"#,
        r#"{"label": "person", "confidence": 0.9, "x_min": "9", "y_min": 9, "x_max": 19, "y_max": 20}"#,
        r#"{"label": "person", "confidence": 0.9, "x_min": 5000, "y_min": 9, "x_max": 6000, "y_max": 20}"#,
        r#"{"label": "person", "confidence": 0.9, "x_min": -1e300, "y_min": 0, "x_max": 1e300, "y_max": 9}"#,
        r#"{"label": "person", "confidence": 91, "x_min": 0, "y_min": 0, "x_max": 64, "y_max": 36}"#,
        r#"{"label": "", "confidence": 0.9, "x_min": 0, "y_min": 0, "x_max": 64, "y_max": 36}"#,
        r#"{"label": 7, "confidence": 0.9, "x_min": 0, "y_min": 0, "x_max": 64, "y_max": 36}"#,
        r#"{"label": "person", "confidence": 0.9, "box": [0.1, 0.2, 0.3]}"#,
        r#"{"label": "person", "confidence": 0.9, "box": [64, 36, 100, 100]}"#,
        r#"{"label": "person", "confidence": null, "box": [0, 0, 1, 1]}"#,
        "null",
        "[]",
    ] {
        assert_eq!(deepstack(&format!("{bad}, {good}")), ["person 90 0 0 10 10"], "{bad}");
        // Alone it means that nobody knows, and not that nobody is there.
        let alone = format!(r#"{{"success": true, "predictions": [{bad}]}}"#);
        garbled_by(&of_deepstack(alone.as_bytes(), SIZE), "could be used");
        let somewhere = format!(r#"{{"person_detected": true, "boxes": [{bad}]}}"#);
        assert_eq!(http(&somewhere), ["person 100 0 0 100 100"], "{bad}");
    }
    assert_eq!(deepstack(""), [""; 0]);
    let crowd = vec![good; 1_000].join(",");
    assert_eq!(deepstack(&crowd).len(), 100);
}

#[test]
fn only_true_and_false_are_answers() {
    for (body, words) in [
        (r#"{"person_detected": "true"}"#, r#""true" as "person_detected""#),
        (r#"{"person_detected": 1}"#, "must be true or false"),
        (r#"{"person_detected": null}"#, "must be true or false"),
        (r#"{"person_detected": [true]}"#, "must be true or false"),
        (r#"{"detected": true}"#, "without \"person_detected\""),
        (r#"{"errorMessage": "Task timed out after 3.00 seconds"}"#, "without"),
        ("true", "no object"),
        (r#"[{"person_detected": true}]"#, "no object"),
        (r#"{"person_detected": tr"#, "breaks off"),
        (r#"{"person_detected": true} and more"#, "no JSON"),
        ("", "nothing"),
        (" \n", "nothing"),
        ("<!DOCTYPE html><title>person_detected</title>", "a web page"),
        (r#"{"person_detected": true, "confidence": 91}"#, "must be 0 to 1"),
        (r#"{"person_detected": true, "confidence": "high"}"#, "must be 0 to 1"),
        (r#"{"person_detected": true, "boxes": {}}"#, "no list"),
    ] {
        garbled_by(&of_http(body.as_bytes(), SIZE), words);
    }
    garbled_by(&of_http(&[0xff, 0xd8, 0xff], SIZE), "no JSON");
    garbled_by(&of_http("[".repeat(100_000).as_bytes(), SIZE), "no JSON");
}

#[test]
fn deepstack_says_itself_why_it_failed() {
    let said = |body: &str| match of_deepstack(body.as_bytes(), SIZE) {
        Err(Fault::Said(said)) => said,
        other => panic!("{other:?}"),
    };
    assert_eq!(said(r#"{"success": false}"#), None);
    let told = said(r#"{"success": false, "error": "Invalid\n\u001b[31m image \u0000 "}"#);
    assert_eq!(told.as_deref(), Some("Invalid [31m image"));
    let long = format!(r#"{{"success": false, "error": "{}"}}"#, "ä".repeat(5_000));
    assert_eq!(said(&long).unwrap().chars().count(), 161);
    for (body, words) in [
        (r#"{"predictions": []}"#, "without \"success\""),
        (r#"{"success": "true", "predictions": []}"#, "neither true nor false"),
        (r#"{"success": true}"#, "\"predictions\""),
        (r#"{"success": true, "predictions": null}"#, "\"predictions\""),
    ] {
        garbled_by(&of_deepstack(body.as_bytes(), SIZE), words);
    }
}
