//! What was recognised: told, found, counted; and by whom.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use watchpost_model::{Deed, DeedKind, Fraction, Label, Recognition, Side, Sighting, Trigger};
use watchpost_store::Role;

use super::house::{self, House, now, validate};
use crate::{DetectorCard, DetectorStatus};

/// Somebody who is seen for a second from now on, in the zone `drive`.
fn sighting(number: u32, label: &str, score: f32) -> Sighting {
    Sighting {
        number,
        label: label.parse().unwrap(),
        score: Fraction::clamped(score),
        first: now(),
        last: now() + Duration::from_secs(1),
        zones: ["drive".to_owned()].into(),
        deeds: Vec::new(),
    }
}

/// A person and two cars; the person entered the drive and crossed the gate.
fn three() -> Vec<Sighting> {
    let deed = |kind| Deed { at: now() + Duration::from_millis(500), kind };
    let deeds = vec![
        deed(DeedKind::Entered("drive".to_owned())),
        deed(DeedKind::Crossed("gate".to_owned(), Side::Left)),
    ];
    let person = Sighting { deeds, ..sighting(1001, "person", 0.75) };
    let far = Sighting { zones: ["street".to_owned()].into(), ..sighting(1003, "car", 0.625) };
    vec![person, sighting(1002, "car", 0.5), far]
}

/// Records an event with these objects; its name.
async fn seen(house: &House, after: i64, objects: &[Sighting], looked: Recognition) -> String {
    let id = house.record(after).await;
    house.site.app.store.save_sightings(&id.parse().unwrap(), objects, looked).await.unwrap();
    id
}

/// The names of the events that a query finds, newest first.
async fn found(house: &House, query: &str) -> Vec<String> {
    let page = house.get(&format!("/api/v1/events?{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{query}: {}", page.json);
    validate("Events", &page.json);
    let events = page.json["events"].as_array().unwrap();
    assert_eq!(page.json["total"], json!(events.len()), "{query}");
    events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_event_tells_who_was_there() {
    let house = House::with_anna().await;
    let id = seen(&house, 0, &three(), Recognition::Known).await;
    let event = house.get(&format!("/api/v1/events/{id}")).await.json;
    validate("Event", &event);
    let classes = json!([
        { "label": "person", "score": 0.75, "count": 1 },
        { "label": "car", "score": 0.625, "count": 2 },
    ]);
    assert_eq!((&event["objects"], &event["recognition"]), (&classes, &json!("known")));

    let told = house.get(&format!("/api/v1/events/{id}/objects")).await.json;
    validate("Sightings", &told);
    assert_eq!(
        (&told["recognition"], told["objects"].as_array().unwrap().len()),
        (&json!("known"), 3)
    );
    let at = "2026-11-21T13:32:05.500+00:00";
    let person = json!({
        "number": 1001, "label": "person", "score": 0.75,
        "first": "2026-11-21T13:32:05.000+00:00", "last": "2026-11-21T13:32:06.000+00:00",
        "zones": ["drive"],
        "deeds": [
            { "at": at, "kind": "entered", "zone": "drive", "line": null, "side": null },
            { "at": at, "kind": "crossed", "zone": null, "line": "gate", "side": "left" },
        ],
    });
    assert_eq!(told["objects"][0], person);
    for unknown in ["20200101T000000000-door", "words-door"] {
        let answer = house.get(&format!("/api/v1/events/{unknown}/objects")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn nobody_seen_nobody_knows_and_nobody_looked_are_three_things() {
    let house = House::with_anna().await;
    for (after, looked) in (0..).step_by(600).zip(Recognition::ALL) {
        let id = seen(&house, after, &[], looked).await;
        let event = house.get(&format!("/api/v1/events/{id}")).await.json;
        let told = house.get(&format!("/api/v1/events/{id}/objects")).await.json;
        validate("Sightings", &told);
        assert_eq!(event["recognition"], looked.word());
        assert_eq!((&event["objects"], &told["recognition"]), (&json!([]), &json!(looked.word())));
    }
}

#[tokio::test]
async fn events_are_found_by_who_was_there() {
    let house = House::with_anna().await;
    let both = seen(&house, 0, &three(), Recognition::Known).await;
    let dog = seen(&house, 600, &[sighting(1, "dog", 0.5)], Recognition::Known).await;
    let nobody = seen(&house, 1200, &[], Recognition::Known).await;
    let store = &house.site.app.store;
    let mut event = store.event(&nobody.parse().unwrap()).await.unwrap().unwrap().event;
    event.triggers.insert(Trigger::Object);
    store.put_event(&event).await.unwrap();
    for (query, expected) in [
        ("label=person", vec![&both]),
        ("label=Person", vec![&both]),
        ("label=dog&label=person", vec![&dog, &both]),
        ("label=", vec![&nobody, &dog, &both]),
        ("label=traffic%20light", vec![]),
        ("zone=drive", vec![&dog, &both]),
        ("zone=nowhere", vec![]),
        ("zone=%25", vec![]),
        ("label=car&zone=street", vec![&both]),
        ("label=person&zone=street", vec![]),
        ("text=PERSON+gate", vec![&both]),
        ("text=door", vec![&nobody, &dog, &both]),
        ("text=object", vec![&nobody]),
        ("text=%25", vec![]),
        ("text=_", vec![]),
        ("text=dog&label=dog&zone=drive&camera=door&kind=motion&kept=false", vec![&dog]),
        ("text=dog&kind=object", vec![]),
        ("kind=object", vec![&nobody]),
        ("kind=ailment&label=person", vec![]),
    ] {
        let expected: Vec<String> = expected.into_iter().cloned().collect();
        assert_eq!(found(&house, query).await, expected, "{query}");
    }
    let first = house.get("/api/v1/events?zone=drive&limit=1").await.json;
    let cursor: String =
        url::form_urlencoded::byte_serialize(first["next"].as_str().unwrap().as_bytes()).collect();
    let second = house.get(&format!("/api/v1/events?zone=drive&limit=1&cursor={cursor}")).await;
    assert_eq!((&first["total"], &first["events"][0]["id"]), (&json!(2), &json!(dog)));
    assert_eq!(
        (&second.json["next"], &second.json["events"][0]["id"]),
        (&Value::Null, &json!(both))
    );
    for key in ["text", "zone"] {
        let long = house.get(&format!("/api/v1/events?{key}={}", "%C3%A4".repeat(201))).await;
        assert_eq!(long.status, StatusCode::BAD_REQUEST);
        let hint = &long.json["error"]["hint"];
        assert_eq!(*hint, "Give at most 200 characters.");
        assert_eq!(found(&house, &format!("{key}={}", "%C3%A4".repeat(200))).await.len(), 0);
    }
}

#[tokio::test]
async fn what_can_be_found_is_told() {
    let house = House::with_anna().await;
    let none = house.get("/api/v1/events/words").await.json;
    assert_eq!(none, json!({ "labels": [], "zones": [] }));
    seen(&house, 0, &three(), Recognition::Known).await;
    seen(&house, 600, &[sighting(1, "dog", 0.5)], Recognition::Known).await;
    seen(&house, 1200, &[sighting(1, "dog", 0.5)], Recognition::Known).await;
    let words = house.get("/api/v1/events/words").await.json;
    validate("Words", &words);
    let expected = json!({ "labels": ["dog", "car", "person"], "zones": ["drive", "street"] });
    assert_eq!(words, expected);
}

#[tokio::test]
async fn what_came_is_counted() {
    let house = House::with_anna().await;
    seen(&house, 0, &three(), Recognition::Known).await;
    let counts = "/api/v1/cameras/door/counts";
    let day = house
        .get(&format!("{counts}?from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00%2B00:00"))
        .await;
    validate("Counts", &day.json);
    let expected = json!({
        "from": "2026-11-21T00:00:00.000+00:00",
        "to": "2026-11-22T00:00:00.000+00:00",
        "objects": [{ "label": "car", "count": 2 }, { "label": "person", "count": 1 }],
        "zones": [{ "zone": "drive", "label": "person", "entered": 1, "left": 0, "loitered": 0 }],
        "lines": [{ "line": "gate", "label": "person", "left": 1, "right": 0 }],
    });
    assert_eq!(day.json, expected);
    let before = "from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z";
    let before = house.get(&format!("{counts}?{before}")).await.json;
    assert_eq!(before["objects"], json!([]));
    let nobody = house.get("/api/v1/cameras/attic/counts").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_camera_tells_who_is_there_now() {
    let house = House::with_anna().await;
    house.tell_status(|status| status.objects = vec![(Label::person(), 2)]);
    let status = house.get("/api/v1/status").await.json;
    validate("Status", &status);
    assert_eq!(status["cameras"][0]["objects"], json!([{ "label": "person", "count": 2 }]));
}

/// Every way a detector can be, and what is told of it.
fn detectors() -> [(DetectorStatus, Value); 4] {
    let since = now();
    let none = json!({ "state": "off", "since": null, "name": null, "engine": null, "layout": null,
        "input": null, "labels": null, "look_ms": null, "note": null, "cause": null, "hint": null });
    let told = |changes: Value| {
        let mut told = none.clone();
        told.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        told["since"] = json!("2026-11-21T13:32:05.000+00:00");
        told
    };
    let name = "yolox-nano.onnx".to_owned();
    let card = DetectorCard {
        since,
        name: name.clone(),
        engine: Some("rten".to_owned()),
        layout: Some("yolox".to_owned()),
        input: Some((416, 320)),
        labels: Some(vec![Label::person()]),
        look: Some(Duration::from_micros(22_340)),
        note: Some("The library of ONNX Runtime is not there.".to_owned()),
    };
    let ready = json!({ "state": "ready", "name": name, "engine": "rten", "layout": "yolox",
        "input": [416, 320], "labels": ["person"], "look_ms": 22.3,
        "note": "The library of ONNX Runtime is not there." });
    let (cause, hint) = ("It does not answer.".to_owned(), Some("Start it.".to_owned()));
    let failing = json!({ "state": "failing", "name": name, "cause": cause, "hint": "Start it." });
    let starting = json!({ "state": "starting", "name": name });
    [
        (DetectorStatus::Off, none.clone()),
        (DetectorStatus::Starting { since, name: name.clone() }, told(starting)),
        (DetectorStatus::Ready(card), told(ready)),
        (DetectorStatus::Failing { since, name, cause, hint }, told(failing)),
    ]
}

#[tokio::test]
async fn the_detector_is_told_as_it_is() {
    let house = House::with_anna().await;
    let viewer = house.with_user("vic", Role::Viewer).await;
    for (status, expected) in detectors() {
        house.tell_detector(status);
        let told = viewer.get("/api/v1/detector").await.json;
        validate("Detector", &told);
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn an_open_page_learns_of_the_detector() {
    let house = House::with_anna().await;
    let mut updates = house.open("/api/v1/updates").await;
    assert_eq!(house::message(&mut updates).await.0, "status");
    let [off, _, ready, failing] = detectors();
    assert_eq!(house::message(&mut updates).await, ("detector".to_owned(), off.1));
    assert_eq!(house::message(&mut updates).await.0, "devices");
    for (status, expected) in [ready, failing] {
        house.tell_detector(status);
        assert_eq!(house::message(&mut updates).await, ("detector".to_owned(), expected));
    }
    // What changes of a camera is told by itself.
    house.tell_status(|status| status.recording = true);
    assert_eq!(house::message(&mut updates).await.0, "status");
}
