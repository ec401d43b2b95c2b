//! What counts as motion, what moved, and what would have.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};
use watchpost_model::{
    CameraId, EventId, Fraction, Interval, Label, MotionSettings, Place, Region, Trace, WallTime,
};
use watchpost_store::{EventFilter, MotionPage, Store};

use super::house::{self, House, now, validate};
use crate::{
    LiveObject, MotionControls, MotionRequest, MotionState, Moving, Refusal, Replayed, WouldBe,
};

const MOTION: &str = "/api/v1/cameras/door/motion";

/// A camera that counts as motion what it is told. Had it been less sensitive, another event would
/// have been there in place of the first of each; at 1 it breaks off, and stays at work.
pub(super) fn motion(store: Store) -> MotionControls {
    let (motion, mut requests) = MotionControls::new();
    let file = MotionSettings::default();
    let mut state = MotionState { now: file.clone(), file };
    tokio::spawn(async move {
        let mut at_work = Vec::new();
        while let Some(request) = requests.recv().await {
            match request {
                MotionRequest::Settings { reply } => reply.send(Ok(state.clone())).unwrap(),
                MotionRequest::Set { settings, reply } => {
                    state.now = settings;
                    reply.send(Ok(state.clone())).unwrap();
                }
                MotionRequest::Reset { reply } => {
                    state.now = state.file.clone();
                    reply.send(Ok(state.clone())).unwrap();
                }
                MotionRequest::Replay { interval, settings, reply, turn } => {
                    if settings.tuning.sensitivity == Fraction::ALL {
                        at_work.push(turn);
                        continue;
                    }
                    reply.send(Ok(replayed(&store, interval, &settings).await)).unwrap();
                }
                MotionRequest::Frame { at, regions, reply } => {
                    let kept = at >= "2026-11-21T00:00:00Z".parse().unwrap();
                    let none = Refusal::None("There is no footage of that moment.".to_owned());
                    let lefts: Vec<_> = regions.iter().map(|region| region.left.get()).collect();
                    let jpeg = Bytes::from(format!("{} {lefts:?}", at.timestamp()));
                    reply.send(if kept { Ok(jpeg) } else { Err(none) }).unwrap();
                }
            }
        }
    });
    motion
}

async fn replayed(store: &Store, interval: Interval, settings: &MotionSettings) -> Replayed {
    let filter = EventFilter { interval, limit: 200, ..EventFilter::default() };
    let mut events = store.events(&filter).await.unwrap().events;
    events.reverse();
    let would = |start: WallTime, existing: Option<EventId>| WouldBe {
        start,
        triggered: start + Duration::from_millis(500),
        end: start + Duration::from_secs(2),
        best: start + Duration::from_secs(1),
        regions: vec![region()],
        existing,
    };
    let less = settings.tuning.sensitivity.get() < 0.5;
    let vanishing: Vec<_> = if less { events.drain(..1).collect() } else { Vec::new() };
    let mut would_be: Vec<_> = vanishing
        .iter()
        .flat_map(|record| [record.event.start, interval.end()])
        .map(|start| would(start, None))
        .collect();
    for record in events {
        // One event that would have been two.
        let staying = would(record.event.start, Some(record.event.id));
        would_be.extend([staying.clone(), staying]);
    }
    Replayed { covered: interval.length() / 2, would: would_be, vanishing }
}

fn region() -> Region {
    let [left, top, right, bottom] = [0.25, 0.5, 0.4, 1.0].map(Fraction::clamped);
    Region { left, top, right, bottom }
}

/// Settings in which each key says something.
fn settings() -> Value {
    json!({
        "sensitivity": 0.625, "min_area": null, "min_pixel_delta": 12, "min_travel": 0.02,
        "max_speed": 5.5, "straightness": 0.7, "frames_per_second": 8,
        "night": {
            "sensitivity": 0.25, "min_area": 0.001, "min_pixel_delta": null, "min_travel": 0.03,
            "max_speed": 4.0, "straightness": 0.8,
        },
        "zones": [{
            "name": "path", "area": [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]],
            "sensitivity": 0.75, "min_area": null, "min_time": 0.5,
        }],
        "masks": [[[0.0, 0.0], [0.5, 0.0], [0.0, 0.25]]],
        "person": { "near": 1.25, "far": 0.125, "far_at": 0.375 },
    })
}

#[tokio::test]
async fn what_counts_is_changed_and_set_back() {
    let house = House::with_anna().await;
    let as_configured = house.get(MOTION).await;
    assert_eq!(as_configured.status, StatusCode::OK);
    validate("Motion", &as_configured.json);
    assert_eq!(as_configured.json["changed"], json!([]));
    assert_eq!(as_configured.json["settings"]["min_travel"].as_f64(), Some(0.016));
    // What is told can be sent back.
    let same = house.ask(Method::PUT, MOTION, Some(as_configured.json["settings"].clone())).await;
    assert_eq!(same.json, as_configured.json);

    let changed = house.ask(Method::PUT, MOTION, Some(settings())).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.json);
    validate("Motion", &changed.json);
    assert_eq!(changed.json["settings"], settings());
    let keys = changed.json["changed"].as_array().unwrap();
    assert_eq!(keys.len(), settings().as_object().unwrap().len() - 1, "all but min_area: {keys:?}");
    assert_eq!(house.get(MOTION).await.json, changed.json);
    assert_eq!(house.ask(Method::DELETE, MOTION, None).await.json, as_configured.json);
    let nobody = house.get("/api/v1/cameras/attic/motion").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_setting_that_cannot_be_is_named_with_what_can() {
    let house = House::with_anna().await;
    let triangle = json!([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
    let zone = |name: &str, area: &Value| json!({ "name": name, "area": area });
    for (pointer, value, hint) in [
        ("/sensitivity", json!(1.5), "sensitivity must be a number from 0 to 1."),
        ("/min_area", json!(-0.1), "min_area must be a number from 0 to 1."),
        ("/min_pixel_delta", json!(256), "openapi.json"),
        ("/min_travel", json!("far"), "openapi.json"),
        ("/max_speed", json!(0), "max_speed must be 0.1 to 100."),
        ("/straightness", json!(2), "straightness must be a number from 0 to 1."),
        ("/frames_per_second", json!(31), "frames_per_second must be 1 to 30."),
        ("/night/sensitivity", json!(-1), "night.sensitivity must be a number from 0 to 1."),
        ("/zones/0/name", json!(" "), "zones[0].name must be 1 to 64 letters"),
        ("/zones/0/min_time", json!(601), "zones[0].min_time must be 0 to 600 seconds."),
        ("/zones/0/sensitivity", json!(3), "zones[0].sensitivity must be a number from 0 to 1."),
        ("/zones/0/area", json!([[0, 0], [1, 1]]), "zones[0].area must have 3 to 64."),
        ("/zones/0/area/0/0", json!(1.1), "zones[0].area must have its corners in the picture"),
        ("/zones", json!([zone("a", &triangle), zone("a", &triangle)]), "zones[1].name must not"),
        ("/zones", json!(vec![zone("a", &triangle); 33]), "Give at most 32."),
        ("/masks", json!(vec![&triangle; 33]), "Give at most 32."),
        ("/masks/0", json!([[0, 0], [1, 1], [1, 0], [0, 1]]), "masks[0] must have its corners in"),
        ("/zones", json!([zone("a", &triangle), zone(" a ", &triangle)]), "zones[1].name must not"),
        ("/person/near", json!(0), "person.near must be above 0 and at most 4."),
        ("/person/near", json!(0.1), "person.far must not be more than person.near."),
        ("/person/far", json!(0), "person.far must be above 0 and at most 4."),
        ("/person/far_at", json!(1), "person.far_at must be from 0 to less than 1."),
    ] {
        let mut wrong = settings();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let refused = house.ask(Method::PUT, MOTION, Some(wrong)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{pointer}");
        validate("ErrorBody", &refused.json);
        let told = refused.json["error"]["hint"].as_str().unwrap();
        assert!(told.contains(hint), "{pointer}: {told}");
    }
    let mut wrong = settings();
    wrong["sensitivity"] = json!(7);
    wrong["person"]["far_at"] = json!(7);
    let both = house.ask(Method::PUT, MOTION, Some(wrong)).await;
    assert_eq!(
        both.json["error"]["message"],
        "sensitivity cannot be 7.0. person.far_at cannot be 7.0."
    );
    let mut misspelt = settings();
    misspelt["sensitivty"] = json!(0.5);
    let refused = house.ask(Method::PUT, MOTION, Some(misspelt)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let part = house.ask(Method::PUT, MOTION, Some(json!({ "sensitivity": 0.5 }))).await;
    assert_eq!(part.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.get(MOTION).await.json["changed"], json!([]));
}

#[tokio::test]
async fn as_many_zones_as_there_may_be_fit_a_request_and_no_more() {
    let house = House::with_anna().await;
    let step = |corner: u16| f64::from(corner) / 100.0 + 0.001_234;
    let upper = (0..32).map(|corner| json!([step(corner), 0.123_456]));
    let lower = (0..32).rev().map(|corner| json!([step(corner), 0.654_321]));
    let corners: Vec<Value> = upper.chain(lower).collect();
    let zone = |number| json!({ "name": format!("{number:064}"), "area": corners });
    let mut most = settings();
    most["zones"] = (0..32).map(zone).collect();
    most["masks"] = json!(vec![corners.clone(); 32]);
    let kept = house.ask(Method::PUT, MOTION, Some(most.clone())).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.json);
    most["masks"] = json!(vec![corners; 200]);
    let refused = house.ask(Method::PUT, MOTION, Some(most)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn settings_are_kept_as_they_are_told() {
    let kept = settings().to_string();
    let read = crate::motion_from_json(&kept).unwrap();
    let written = crate::motion_to_json(&read);
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), settings());
    assert_eq!(crate::motion_from_json(&written).unwrap(), read);
    assert!(crate::motion_from_json("{}").is_err());
}

#[tokio::test]
async fn other_settings_are_tried_on_the_past() {
    let house = House::with_anna().await;
    let [first, second] = [house.record(0).await, house.record(600).await];
    let replay = format!("{MOTION}/replay");
    let ask = |settings: Value| {
        let (from, to) = ("2026-11-21T13:00:00Z", "2026-11-21T15:00:00+01:00");
        json!({ "from": from, "to": to, "settings": settings })
    };
    let same = house.ask(Method::POST, &replay, Some(ask(json!({})))).await;
    assert_eq!(same.status, StatusCode::OK, "{}", same.json);
    validate("Replayed", &same.json);
    assert_eq!(
        [&same.json["events"], &same.json["would"], &same.json["staying"], &same.json["covered"]],
        [&json!(2), &json!(4), &json!(2), &json!(1800.0)]
    );

    let less = house.ask(Method::POST, &replay, Some(ask(json!({ "sensitivity": 0.4 })))).await;
    validate("Replayed", &less.json);
    assert_eq!((&less.json["events"], &less.json["staying"]), (&json!(2), &json!(1)));
    assert_eq!(less.json["vanishing"][0], house.get(&format!("/api/v1/events/{first}")).await.json);
    assert_ne!(less.json["vanishing"][0]["id"], json!(second));
    let [recorded, other] = &less.json["appearing"].as_array().unwrap()[..] else { panic!() };
    assert_eq!(recorded["regions"], json!([[0.25, 0.5, 0.15, 0.5]]));
    assert_eq!((&other["footage"], &other["picture"]), (&json!(false), &json!(null)));
    assert_eq!(recorded["footage"], true);
    let picture = house.get(recorded["picture"].as_str().unwrap()).await;
    assert_eq!(picture.headers[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(picture.body, "2026-11-21T13:32:06Z [0.25]");
    // Nothing was changed by it.
    assert_eq!(house.get(MOTION).await.json["changed"], json!([]));
}

#[tokio::test]
async fn what_is_left_out_of_a_replay_is_as_it_holds() {
    let house = House::with_anna().await;
    house.record(0).await;
    let mut held = settings();
    held["sensitivity"] = json!(0.4);
    house.ask(Method::PUT, MOTION, Some(held)).await;
    let replay = format!("{MOTION}/replay");
    let vanishing = async |settings: Value| {
        let ask = json!({ "from": "2026-11-21T13:00:00Z", "to": "2026-11-21T14:00:00Z",
            "settings": settings });
        let answer = house.ask(Method::POST, &replay, Some(ask)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        answer.json["vanishing"].as_array().unwrap().len()
    };
    assert_eq!(vanishing(json!({ "person": null, "night": { "min_area": null } })).await, 1);
    assert_eq!(vanishing(json!({ "sensitivity": 0.5 })).await, 0);
}

#[tokio::test]
async fn a_replay_that_cannot_be_made_is_refused_with_what_can() {
    let house = House::with_anna().await;
    let replay = format!("{MOTION}/replay");
    let ask = |from: &str, to: &str, settings: Value| json!({ "from": from, "to": to, "settings": settings });
    let (from, to) = ("2026-11-21T13:00:00Z", "2026-11-21T14:00:00Z");
    for (wrong, hint) in [
        (ask("yesterday", to, json!({})), "RFC 3339"),
        (ask(to, from, json!({})), "earlier"),
        (ask("2026-11-01T00:00:00Z", to, json!({})), "at most 7 days"),
        (ask(from, to, json!({ "sensitivty": 0.4 })), "openapi.json"),
        (ask(from, to, json!({ "sensitivity": 4 })), "sensitivity must be"),
        (ask(from, to, json!({ "night": { "straightness": 4 } })), "night.straightness must be"),
        (ask(from, to, json!({ "straightness": null, "zones": [{}] })), "openapi.json"),
    ] {
        let refused = house.ask(Method::POST, &replay, Some(wrong.clone())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
        let told = refused.json["error"]["hint"].as_str().unwrap();
        assert!(told.contains(hint), "{wrong}: {told}");
    }
    // The one that breaks off is still at work.
    let endless = ask(from, to, json!({ "sensitivity": 1 }));
    let broken = house.ask(Method::POST, &replay, Some(endless)).await;
    assert_eq!(broken.status, StatusCode::SERVICE_UNAVAILABLE);
    let busy = house.ask(Method::POST, &replay, Some(ask(from, to, json!({})))).await;
    assert_eq!(busy.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(busy.headers[header::RETRY_AFTER], "15");
    validate("ErrorBody", &busy.json);
    assert!(busy.json["error"]["message"].as_str().unwrap().contains("already"));
}

#[tokio::test]
async fn a_frame_is_made_or_told_why_not() {
    let house = House::with_anna().await;
    let frame = "/api/v1/cameras/door/frame.jpg";
    let plain = house.get(&format!("{frame}?at=2026-11-21T13:32:05.5%2B00:00")).await;
    assert_eq!(
        (plain.status, plain.body.as_ref()),
        (StatusCode::OK, &b"2026-11-21T13:32:05.5Z []"[..])
    );
    assert_eq!(house.get(&format!("{frame}?at=2020-01-01T00:00:00Z")).await.status, 404);
    for wrong in
        ["", "?at=now", "?at=2026-11-21T13:32:05Z&box=1,2", "?at=2026-11-21T13:32:05Z&bx=1"]
    {
        assert_eq!(house.get(&format!("{frame}{wrong}")).await.status, 400, "{wrong}");
    }
    let boxes = "&box=0,0,1,1".repeat(33);
    assert_eq!(house.get(&format!("{frame}?at=2026-11-21T13:32:05Z{boxes}")).await.status, 400);
}

#[tokio::test]
async fn a_timeline_is_told_how_much_moved() {
    let house = House::with_anna().await;
    let camera: CameraId = "door".parse().unwrap();
    let start = now();
    let levels = vec![0, 7, 255, 3];
    let end = start + Duration::from_secs(4);
    let page = MotionPage { start, end, levels, grid: Vec::new() };
    house.site.app.store.append_motion(&camera, page).await.unwrap();
    let ask = async |query: &str| house.get(&format!("{MOTION}/levels?{query}")).await;
    let stretch = "from=2026-11-21T13:32:04Z&to=2026-11-21T13:32:10Z";
    let told = ask(stretch).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.json);
    validate("MotionLevels", &told.json);
    let expected = json!({ "start": "2026-11-21T13:32:04.000+00:00", "step": 1,
        "levels": [null, 0, 7, 255, 3, null] });
    assert_eq!(told.json, expected);
    let coarse = ask(&format!("{stretch}&step=4s")).await;
    assert_eq!((&coarse.json["step"], &coarse.json["levels"]), (&json!(4), &json!([255, 3])));
    let day = ask("from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z").await;
    assert_eq!(
        (&day.json["step"], day.json["levels"].as_array().unwrap().len()),
        (&json!(20), 4320)
    );
    for (query, hint) in [
        ("", "Give both"),
        ("from=2026-11-21T13:32:04Z", "Give both"),
        ("from=2026-01-01T00:00:00Z&to=2026-11-22T00:00:00Z", "at most 31 days"),
        ("from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z&step=0s", "10s"),
        ("start=2026-11-21T00:00:00Z", "from, to, step"),
    ] {
        let refused = ask(query).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(refused.json["error"]["hint"].as_str().unwrap().contains(hint), "{}", refused.json);
    }
}

#[tokio::test]
async fn an_event_tells_the_ways_of_what_moved() {
    let house = House::with_anna().await;
    let id = house.record(0).await;
    let traces = format!("/api/v1/events/{id}/traces");
    assert_eq!(house.get(&traces).await.json, json!({ "traces": [] }));
    let place = Place { at: now() + Duration::from_millis(500), region: region() };
    let zones = ["path".to_owned()].into();
    let trace = Trace { number: 1, label: Some(Label::person()), zones, places: vec![place] };
    house.site.app.store.save_traces(&id.parse().unwrap(), &[trace]).await.unwrap();
    let told = house.get(&traces).await.json;
    validate("Traces", &told);
    let place = json!({ "at": "2026-11-21T13:32:05.500+00:00", "box": [0.25, 0.5, 0.15, 0.5] });
    let expected =
        json!([{ "number": 1, "label": "person", "zones": ["path"], "places": [place] }]);
    assert_eq!(told["traces"], expected);
    let unknown = house.get("/api/v1/events/20200101T000000000-door/traces").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_moves_now_is_told_five_times_a_second_to_who_watches() {
    let house = House::with_anna().await;
    let meter = house.site.app.cameras.borrow()[0].meter.clone();
    let show = |level| {
        meter.show(Moving {
            at: now(),
            level,
            boxes: vec![region()],
            night: true,
            objects: vec![LiveObject {
                number: 7,
                label: Label::person(),
                score: Fraction::clamped(0.75),
                region: region(),
                still: false,
            }],
        });
    };
    show(1);
    assert!(!meter.is_watched());
    let mut watching = house.open(&format!("{MOTION}/now")).await;
    assert!(meter.is_watched());
    show(2);
    let (name, first) = house::message(&mut watching).await;
    validate("Moving", &first);
    assert_eq!((name.as_str(), &first["level"]), ("moving", &json!(2)));
    let person = json!({ "number": 7, "label": "person", "score": 0.75,
        "box": first["boxes"][0], "still": false });
    assert_eq!(first["objects"], json!([person]));
    assert_eq!((&first["night"], &first["boxes"][0][0]), (&json!(true), &json!(0.25)));
    let began = std::time::Instant::now();
    for level in 3..9 {
        show(level);
    }
    assert_eq!(house::message(&mut watching).await.1["level"], 8);
    assert!(began.elapsed() >= Duration::from_millis(190), "{:?}", began.elapsed());
    drop(watching);
    assert!(!meter.is_watched());
    assert_eq!(house.get("/api/v1/cameras/attic/motion/now").await.status, StatusCode::NOT_FOUND);
}
