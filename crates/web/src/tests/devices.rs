//! Sensors, lights, servos, outputs: how they stand, what they are told, what they told.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use watchpost_model::config::{
    Drive, OutputKind, Require, Sensor, SensorKind, SerialSensor, Servo, SimSensor,
};
use watchpost_model::{
    DeviceId, Distance, Event, EventId, Fraction, PhotoAt, Reading, Senses, SensorAction, Trigger,
    WallTime,
};
use watchpost_store::{Role, Told};

use super::film::{self, grey};
use super::house::{self, House, now, validate};
use crate::*;

/// When the tests play.
const NOW: &str = "2026-11-21T13:32:05.000+00:00";

fn id(name: &str) -> DeviceId {
    name.parse().unwrap()
}

fn after(seconds: f64) -> WallTime {
    let away = Duration::from_secs_f64(seconds.abs());
    if seconds < 0.0 { now() - away } else { now() + away }
}

fn sim(name: &str) -> Sensor {
    Sensor {
        name: id(name),
        kind: SensorKind::Sim(SimSensor { file: None, within: None, require: Require::Pir }),
        senses: Senses::Motion,
        cameras: vec!["door".parse().unwrap()],
        actions: BTreeSet::from([SensorAction::Photo, SensorAction::Clip]),
        photo_at: PhotoAt::Nearest,
        cooldown: Duration::ZERO,
        heartbeat: None,
        always: false,
    }
}

/// One that nobody heard of yet.
fn silent(settings: Sensor) -> SensorCard {
    SensorCard {
        settings,
        active: None,
        since: None,
        seen: None,
        fired: None,
        reading: Reading::default(),
        unreadable: 0,
        fault: None,
    }
}

fn light(name: &str, kind: &'static str) -> LightCard {
    LightCard {
        name: id(name),
        kind,
        cameras: vec!["door".parse().unwrap()],
        when: "dark",
        on: None,
        by_hand: None,
        until: None,
        brightness: None,
        seen: None,
        fault: None,
    }
}

/// A board in the hall, a played sensor at the gate, and one of each of what obeys.
fn all() -> DeviceStates {
    let board = SerialSensor {
        port: "/dev/ttyACM0".into(),
        baud: 115_200,
        within: Some(1500),
        require: Require::Both,
        debounce: Duration::from_millis(50),
    };
    let hall = Sensor {
        kind: SensorKind::Serial(board),
        heartbeat: Some(Duration::from_secs(10)),
        ..sim("hall")
    };
    let hall = SensorCard {
        active: Some(true),
        since: Some(now()),
        seen: Some(now()),
        fired: Some(now()),
        reading: Reading {
            on: Some(true),
            distance: Some(Distance::Millimetres(900)),
            ..Reading::default()
        },
        ..silent(hall)
    };
    let fault = DeviceFault {
        message: "The board does not answer.".to_owned(),
        hint: "Is its cable in?".to_owned(),
    };
    let servo = |name: &str, drive| ServoCard {
        settings: Servo {
            name: id(name),
            drive,
            angle_on: 90.0,
            angle_off: 0.0,
            speed: 90.0,
            min_pulse: Duration::from_micros(500),
            max_pulse: Duration::from_micros(2500),
        },
        angle: None,
        target: Some(90.0),
        fault: None,
    };
    let siren = OutputCard {
        name: id("siren"),
        kind: OutputKind::Siren,
        played: true,
        follows: Some(id("hall")),
        max_on: Some(Duration::from_mins(3)),
        on: false,
        since: now(),
        fault: None,
    };
    let broker = BrokerCard {
        address: "192.168.1.5:1883".to_owned(),
        state: BrokerState::Down,
        since: now(),
        fault: Some(fault.clone()),
    };
    let porch = LightCard {
        on: Some(true),
        by_hand: Some(true),
        until: Some(after(600.0)),
        brightness: Some(Fraction::clamped(0.25)),
        seen: Some(now()),
        fault: Some(fault),
        ..light("porch-ir", "sim")
    };
    DeviceStates {
        sensors: vec![hall, silent(sim("gate")), silent(sim("stuck")), silent(sim("broken"))],
        lights: vec![porch, light("garden", "serial")],
        servos: vec![
            servo("cover", Drive::Sim),
            servo("lid", Drive::Pwm { chip: "/sys/class/pwm/pwmchip0".into(), channel: 0 }),
        ],
        outputs: vec![siren],
        broker: Some(broker),
    }
}

async fn with_all() -> House {
    let house = House::with_anna().await;
    house.tell_devices(all());
    house
}

impl House {
    async fn put(&self, path: &str, body: Value) -> house::Answer {
        self.ask(Method::PUT, &format!("/api/v1/{path}"), Some(body)).await
    }

    async fn post(&self, path: &str, body: Value) -> house::Answer {
        self.ask(Method::POST, &format!("/api/v1/{path}"), Some(body)).await
    }

    async fn keep(&self, device: &str, at: WallTime, reading: Reading) {
        let told = Told { at, device: id(device), reading };
        self.site.app.store.keep_reading(told).await.unwrap();
    }
}

fn says(on: bool) -> Reading {
    Reading { on: Some(on), ..Reading::default() }
}

fn bright(share: f32) -> Reading {
    Reading { brightness: Some(Fraction::clamped(share)), ..Reading::default() }
}

#[tokio::test]
async fn everything_that_senses_or_obeys_is_told() {
    let house = with_all().await;
    let told = house.get("/api/v1/devices").await;
    assert_eq!(told.status, StatusCode::OK);
    validate("Devices", &told.json);
    let nothing = json!({ "on": null, "momentary": false, "distance_mm": null, "free": false,
        "brightness": null, "level": null, "value": null, "battery": null });
    let mut reading = nothing.clone();
    reading["on"] = json!(true);
    reading["distance_mm"] = json!(900);
    let hall = json!({
        "name": "hall", "kind": "serial", "senses": "motion", "cameras": ["door"],
        "actions": ["photo", "clip"], "always": false, "active": true, "since": NOW, "seen": NOW,
        "fired": NOW, "reading": reading, "unreadable": 0, "heartbeat_seconds": 10.0, "fault": null,
    });
    assert_eq!(told.json["sensors"][0], hall);
    assert_eq!(told.json["sensors"][1]["reading"], nothing);
    let fault = json!({ "message": "The board does not answer.", "hint": "Is its cable in?" });
    let porch = json!({
        "name": "porch-ir", "kind": "sim", "cameras": ["door"], "when": "dark", "on": true,
        "by_hand": true, "until": "2026-11-21T13:42:05.000+00:00", "brightness": 0.25, "seen": NOW,
        "fault": fault,
    });
    assert_eq!(told.json["lights"][0], porch);
    let lid = json!({ "name": "lid", "kind": "pwm", "angle": null, "target": 90.0,
        "angle_on": 90.0, "angle_off": 0.0, "fault": null });
    assert_eq!(told.json["servos"][1], lid);
    let siren = json!({ "name": "siren", "kind": "siren", "sim": true, "on": false, "since": NOW,
        "follows": "hall", "max_on_seconds": 180.0, "fault": null });
    assert_eq!(told.json["outputs"], json!([siren]));
    let broker = json!({ "broker": "192.168.1.5:1883", "state": "down", "since": NOW,
        "cause": fault["message"], "hint": fault["hint"] });
    assert_eq!(told.json["mqtt"], broker);
}

#[tokio::test]
async fn an_open_page_learns_of_devices() {
    let house = House::with_anna().await;
    let mut updates = house.open("/api/v1/updates").await;
    let mut next = async || house::message(&mut updates).await;
    assert_eq!((next().await.0, next().await.0), ("status".to_owned(), "detector".to_owned()));
    let none = json!({ "sensors": [], "lights": [], "servos": [], "outputs": [], "mqtt": null });
    assert_eq!(next().await, ("devices".to_owned(), none));
    house.tell_devices(all());
    let told = house.get("/api/v1/devices").await.json;
    assert_eq!(next().await, ("devices".to_owned(), told));
    // What only they changed is no news of the recorder, and what did not change is no news at all.
    house.tell_devices(all());
    house.tell_status(|status| status.recording = true);
    assert_eq!(next().await.0, "status");
}

#[tokio::test]
async fn devices_do_what_they_are_told() {
    let house = with_all().await;
    let told = |name: &str, wish| vec![(name.to_owned(), wish)];
    let minutes = Some(Duration::from_mins(10));
    for (path, body, name, wish) in [
        (
            "lights/garden",
            json!({ "on": true, "seconds": 600 }),
            "garden",
            DeviceWish::Light(Some(true), minutes),
        ),
        (
            "lights/garden",
            json!({ "on": false, "seconds": null }),
            "garden",
            DeviceWish::Light(Some(false), None),
        ),
        ("lights/garden", json!({ "on": null }), "garden", DeviceWish::Light(None, None)),
        ("servos/lid", json!({ "angle": 30 }), "lid", DeviceWish::Servo(30.0)),
        ("servos/cover", json!({ "angle": 180.0 }), "cover", DeviceWish::Servo(180.0)),
        ("outputs/siren", json!({ "on": true }), "siren", DeviceWish::Output(true)),
    ] {
        let done = house.put(path, body.clone()).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{path} {body} {:?}", done.json);
        assert_eq!(house.wishes(), told(name, wish), "{path} {body}");
    }
    let played = Reading {
        on: Some(true),
        momentary: true,
        distance: Some(Distance::Millimetres(900)),
        value: Some(-3.5),
        ..bright(0.5)
    };
    for (path, body, name, wish) in [
        (
            "sensors/gate/play",
            json!({ "on": true, "momentary": true, "distance_mm": 900, "brightness": 0.5, "value": -3.5 }),
            "gate",
            DeviceWish::Play(played),
        ),
        (
            "sensors/gate/play",
            json!({ "free": true, "on": null }),
            "gate",
            DeviceWish::Play(Reading { distance: Some(Distance::Free), ..Reading::default() }),
        ),
        (
            "sensors/gate/play",
            json!({ "level": 1, "battery": 0 }),
            "gate",
            DeviceWish::Play(Reading {
                level: Some(Fraction::ALL),
                battery: Some(Fraction::NONE),
                ..Reading::default()
            }),
        ),
        (
            "lights/porch-ir/play",
            json!({ "brightness": 0.25 }),
            "porch-ir",
            DeviceWish::PlayBrightness(Fraction::clamped(0.25)),
        ),
    ] {
        let done = house.post(path, body.clone()).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{path} {body} {:?}", done.json);
        assert_eq!(house.wishes(), told(name, wish), "{path} {body}");
    }
}

#[tokio::test]
async fn what_no_device_can_do_is_refused_with_what_it_can() {
    let house = with_all().await;
    let (put, post) = (Method::PUT, Method::POST);
    for (method, path, body, hint) in [
        (&put, "lights/garden", json!({}), "openapi.json"),
        (&put, "lights/garden", json!({ "on": true, "minutes": 5 }), "openapi.json"),
        (&put, "lights/garden", json!({ "on": true, "seconds": 0 }), "Give 1 to 604800"),
        (&put, "lights/garden", json!({ "on": null, "seconds": 60 }), "Leave seconds out"),
        (&put, "servos/lid", json!({ "angle": 180.5 }), "0 to 180"),
        (&put, "servos/lid", json!({ "angle": -1 }), "0 to 180"),
        (&put, "outputs/siren", json!({ "on": null }), "openapi.json"),
        (&post, "sensors/gate/play", json!({}), "Give one of on"),
        (&post, "sensors/gate/play", json!({ "on": null }), "Give one of on"),
        (&post, "sensors/gate/play", json!({ "open": true }), "openapi.json"),
        (&post, "sensors/gate/play", json!({ "momentary": true }), "Leave momentary out"),
        (
            &post,
            "sensors/gate/play",
            json!({ "momentary": true, "on": false }),
            "Leave momentary out",
        ),
        (&post, "sensors/gate/play", json!({ "free": true, "distance_mm": 1 }), "not both"),
        (&post, "sensors/gate/play", json!({ "distance_mm": 100_001 }), "0 to 100000"),
        (&post, "sensors/gate/play", json!({ "level": 1.5 }), "Give level as 0 to 1"),
        (&post, "sensors/hall/play", json!({ "on": true }), "kind = \"sim\""),
        (&post, "lights/porch-ir/play", json!({ "brightness": -0.5 }), "0 to 1"),
        (&post, "lights/garden/play", json!({ "brightness": 0.5 }), "kind = \"sim\""),
    ] {
        let refused =
            house.ask(method.clone(), &format!("/api/v1/{path}"), Some(body.clone())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path} {body}");
        validate("ErrorBody", &refused.json);
        let told = refused.json["error"]["hint"].as_str().unwrap();
        assert!(told.contains(hint), "{path} {body}: {told}");
    }
    // What is no light is no light, though there is a sensor of that name.
    for (method, path) in [
        (&put, "lights/gate"),
        (&put, "servos/siren"),
        (&put, "outputs/cover"),
        (&post, "sensors/porch-ir/play"),
        (&post, "lights/attic/play"),
    ] {
        let unknown = house.ask(method.clone(), &format!("/api/v1/{path}"), Some(json!({}))).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(unknown.json["error"]["code"], "not_found", "{path}");
    }
    assert!(house.wishes().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn a_device_that_cannot_now_says_why() {
    let house = with_all().await;
    let refused = house.post("sensors/stuck/play", json!({ "on": true })).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json["error"]["message"], "The board does not answer.");
    assert_eq!(refused.json["error"]["hint"], "Is its cable in?");
    let silent = house.post("sensors/broken/play", json!({ "on": true })).await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(silent.json["error"]["message"], "broken broke off.");
}

#[tokio::test]
async fn a_viewer_looks_at_devices_and_a_member_works_them() {
    let house = with_all().await;
    let member = house.with_user("mia", Role::Member).await;
    let done = member.put("outputs/siren", json!({ "on": true })).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    let viewer = house.with_user("vic", Role::Viewer).await;
    let refused = viewer.put("outputs/siren", json!({ "on": false })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(house.wishes().len(), 1);
    assert_eq!(viewer.get("/api/v1/devices").await.status, StatusCode::OK);
    let readings = viewer.get(&readings("hall", "13:00:00", "14:00:00")).await;
    assert_eq!(readings.status, StatusCode::OK);
}

fn readings(device: &str, from: &str, to: &str) -> String {
    format!("/api/v1/sensors/{device}/readings?from=2026-11-21T{from}Z&to=2026-11-21T{to}Z")
}

#[tokio::test]
async fn what_a_sensor_told_is_told_again() {
    let house = with_all().await;
    house.keep("hall", after(-60.0), says(false)).await;
    house.keep("hall", after(1.25), says(true)).await;
    house.keep("porch-ir", after(2.0), bright(0.5)).await;
    house
        .keep("hall", after(3.0), Reading { distance: Some(Distance::Free), ..Reading::default() })
        .await;
    let told = house.get(&readings("hall", "13:32:05", "13:33:00")).await;
    assert_eq!(told.status, StatusCode::OK);
    validate("Readings", &told.json);
    assert_eq!(told.json["step"], json!(null));
    let short: Vec<Value> = told.json["readings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| json!([told["at"], told["on"], told["free"]]))
        .collect();
    assert_eq!(
        json!(short),
        json!([
            ["2026-11-21T13:31:05.000+00:00", false, false],
            ["2026-11-21T13:32:06.250+00:00", true, false],
            ["2026-11-21T13:32:08.000+00:00", null, true],
        ])
    );
    let light = house.get(&readings("porch-ir", "13:32:05", "13:33:00")).await;
    assert_eq!(light.json["readings"][0]["brightness"], 0.5);
    let none = house.get(&readings("gate", "13:32:05", "13:33:00")).await;
    assert_eq!(none.json, json!({ "readings": [], "step": null }));
    let unknown = house.get(&readings("attic", "13:32:05", "13:33:00")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    for query in
        ["", "?from=2026-11-21T13:00:00Z", "?from=2026-10-01T00:00:00Z&to=2026-11-21T00:00:00Z"]
    {
        let refused = house.get(&format!("/api/v1/sensors/hall/readings{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn of_very_many_readings_some_are_left_out() {
    let house = with_all().await;
    for n in 0..12_000_u32 {
        house.keep("hall", after(f64::from(n)), says(n == 7001)).await;
    }
    let told = house.get(&readings("hall", "13:00:00", "23:59:59")).await.json;
    validate("Readings", &told);
    let step = told["step"].as_f64().unwrap();
    assert!((1.0..=8.0).contains(&step), "{step}");
    let found = told["readings"].as_array().unwrap();
    assert!((1000..=10_000).contains(&found.len()), "{}", found.len());
    assert_eq!(found.iter().filter(|told| told["on"] == true).count(), 1, "no yes is lost");
}

#[tokio::test]
async fn events_have_their_sensors_and_are_found_by_them() {
    let house = House::with_anna().await;
    house.record(0).await;
    let camera = "door".parse().unwrap();
    let event = Event {
        id: EventId::new(&camera, after(60.0)),
        camera,
        start: after(55.0),
        triggered: after(60.0),
        end: None,
        triggers: [Trigger::Sensor, Trigger::Mqtt].into(),
        sensors: [id("gate"), id("Hall-PIR")].into(),
        kept: false,
    };
    house.site.app.store.put_event(&event).await.unwrap();
    for query in [
        "sensor=gate",
        "sensor=Hall-PIR",
        "text=hall-pir",
        "kind=sensor",
        "kind=mqtt",
        "kind=sensor&sensor=gate&camera=door",
    ] {
        let found = house.get(&format!("/api/v1/events?{query}")).await.json;
        validate("Events", &found);
        assert_eq!(
            (&found["total"], &found["events"][0]["id"]),
            (&json!(1), &json!(event.id.as_str())),
            "{query}"
        );
        assert_eq!(found["events"][0]["sensors"], json!(["Hall-PIR", "gate"]));
        assert_eq!(found["events"][0]["kinds"], json!(["sensor", "mqtt"]));
    }
    for query in ["sensor=hall", "sensor=gate&kind=motion", "sensor=gate&kind=ailment"] {
        let found = house.get(&format!("/api/v1/events?{query}")).await.json;
        assert_eq!(found["total"], 0, "{query}");
    }
    let refused = house.get("/api/v1/events?sensor=the%20gate").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let hint = refused.json["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("letters, digits"), "{hint}");
}

#[tokio::test]
async fn what_was_sensed_stands_beside_a_clip() {
    let house = House::with_anna().await;
    let event = house.record(0).await;
    let mut states = all();
    states.lights.truncate(1);
    states.sensors[1].settings.cameras.clear();
    house.tell_devices(states);
    house.keep("hall", after(-1.0), says(false)).await;
    house.keep("porch-ir", after(-1.0), bright(0.34)).await;
    house.keep("gate", after(0.5), says(true)).await; // Of no camera.
    house.keep("hall", after(1.5), says(true)).await;
    house.keep("porch-ir", after(5.0), bright(0.9)).await; // After the end.
    let expected = "WEBVTT

00:00:00.000 --> 00:00:01.000 position:0% align:start
door 2026-11-21 13:32:05
light 34 %  hall: no

00:00:01.000 --> 00:00:02.000 position:0% align:start
door 2026-11-21 13:32:06
light 34 %  hall: yes
";
    assert_eq!(house.get(&format!("/api/v1/events/{event}/text.vtt")).await.body, expected);
}

#[tokio::test]
async fn what_was_sensed_is_burnt_into_a_clip_with_the_text() {
    let house = House::with_anna().await;
    film::record(&house, film::pictures("libx264", false, now()).await).await;
    let stretch = "camera=door&from=2026-11-21T13:32:00Z&to=2026-11-21T13:33:00Z";
    let clip = format!("/api/v1/recordings/clip.mp4?{stretch}&text=burnt");
    // Rows of the picture that have letters.
    let rows = async |film: &[u8]| {
        let picture = grey(film, "1.5").await;
        picture.chunks(320).filter(|row| row.iter().any(|grey| *grey > 150)).count()
    };
    let without = rows(&house.get(&clip).await.body).await;
    house.tell_devices(all());
    house.keep("hall", after(0.0), says(true)).await;
    let with = rows(&house.get(&clip).await.body).await;
    assert!(without > 4 && with > without + 4, "{without} rows without, {with} with a second line");
}
