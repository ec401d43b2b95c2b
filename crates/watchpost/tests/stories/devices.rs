//! Sensors that trigger cameras, and what obeys: played, by files, by the API and by the kernel's files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::program::{Place, Program, eventually, within};

/// A camera named `door` before which nobody moves.
fn door(url: &str, more: &str) -> String {
    format!(
        "[[camera]]\nname = \"door\"\nsource = \"{url}\"\npre_roll = \"2s\"\npost_roll = \"2s\"\n{more}\n"
    )
}

/// A played sensor.
fn played(name: &str, more: &str) -> String {
    format!("[[sensor]]\nname = \"{name}\"\nkind = \"sim\"\n{more}\n")
}

async fn play(program: &Program, sensor: &str, reading: Value) {
    let path = format!("/sensors/{sensor}/play");
    let answer = program.request(Method::POST, &path).json(&reading).send().await.unwrap();
    assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
}

async fn put(program: &Program, path: &str, body: Value) -> reqwest::StatusCode {
    program.request(Method::PUT, path).json(&body).send().await.unwrap().status()
}

/// The card of one device.
pub(crate) async fn card(program: &Program, kind: &str, name: &str) -> Value {
    let devices = program.json("/devices").await;
    let cards = devices[kind].as_array().unwrap();
    cards.iter().find(|card| card["name"] == name).cloned().unwrap_or_default()
}

/// Waits until that card is as it should be.
pub(crate) async fn card_is(
    program: &Program,
    (kind, name): (&str, &str),
    what: &str,
    good: impl Fn(&Value) -> bool,
) -> Value {
    eventually(&format!("{name} {what}"), Duration::from_secs(20), async || {
        let card = card(program, kind, name).await;
        if good(&card) { Ok(card) } else { Err(format!("{card}\n{}", program.log())) }
    })
    .await
}

/// Waits until an event of this kind has begun, and gives it.
pub(crate) async fn event_of(program: &Program, kind: &str) -> Value {
    eventually(&format!("an event of {kind}"), Duration::from_secs(20), async || {
        let page = program.json(&format!("/events?kind={kind}")).await;
        page["events"].get(0).cloned().ok_or_else(|| format!("{page}\n{}", program.log()))
    })
    .await
}

fn moment(time: &Value) -> jiff::Timestamp {
    time.as_str().unwrap().parse().unwrap()
}

/// How far apart two moments are, in milliseconds.
pub(crate) fn apart(one: &Value, other: &Value) -> i64 {
    moment(one).duration_since(moment(other)).as_millis().abs().try_into().unwrap()
}

/// Waits until the stream runs and there is something in the ring.
pub(crate) async fn runs(program: &Program) {
    program.camera_is("door", "state", "live").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sensor_has_its_camera_take_a_photo_of_the_moment_and_film() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let hall = played("hall", "cameras = [\"door\"]");
    let program = place.open(&(door(&camera.url, "") + &hall)).await;
    runs(&program).await;
    play(&program, "hall", json!({"on": true, "battery": 0.8})).await;
    let photo = within("a photo", Duration::from_secs(10), async || {
        let page = program.json("/photos").await;
        page["photos"].get(0).cloned().ok_or_else(|| format!("{page}\n{}", program.log()))
    })
    .await;
    let event = event_of(&program, "sensor").await;
    assert_eq!(event["sensors"], json!(["hall"]), "{event}");
    assert_eq!(photo["event"], event["id"], "{photo}");
    let late = apart(&photo["taken"], &event["triggered"]);
    assert!(late <= 150, "the photo shows a moment {late} ms from the trigger");
    let hall = card(&program, "sensors", "hall").await;
    assert_eq!((&hall["active"], &hall["reading"]["battery"]), (&json!(true), &json!(0.8)));
    // It goes on for as long as the sensor says yes, and for the post-roll after.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(program.json("/events").await["events"][0]["end"], Value::Null);
    play(&program, "hall", json!({"on": false})).await;
    let event = program.ended_events(1).await.remove(0);
    assert!(event["duration"].as_f64().unwrap() > 7.0, "{event}");
    assert_eq!(program.json("/events?sensor=hall").await["total"], 1);
    assert_eq!(program.json("/events?sensor=other").await["total"], 0);
    assert!(!place.footage().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sensor_wants_is_done_and_no_more() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let config = [
        door(&camera.url, "detect = \"sensors\""),
        played("photo", "cameras = [\"door\"]\nactions = [\"photo\"]\nphoto_at = \"after\""),
        played("key", "senses = \"button\"\nactions = [\"disarm\"]"),
        played("lock", "senses = \"button\"\nactions = [\"arm\"]\nalways = true"),
        played("bell", "senses = \"doorbell\"\ncameras = [\"door\"]"),
        played("gate", "senses = \"opening\"\ncameras = [\"door\"]"),
    ];
    let program = place.open(&config.concat()).await;
    runs(&program).await;
    // Only sensors trigger this camera.
    camera.tell("walk");
    camera.says_somewhere("walk");
    play(&program, "photo", json!({"on": true})).await;
    let photos = eventually("a photo", Duration::from_secs(10), async || {
        let page = program.json("/photos").await;
        if page["total"] == 1 { Ok(page) } else { Err(page.to_string()) }
    })
    .await;
    assert_eq!(photos["photos"][0]["event"], Value::Null, "a photo, and no event");
    let fired = card(&program, "sensors", "photo").await["fired"].clone();
    let taken = &photos["photos"][0]["taken"];
    assert!(moment(taken) >= moment(&fired) && apart(taken, &fired) <= 150, "{taken}, {fired}");
    assert_eq!(program.json("/events").await["total"], 0, "{}", program.log());
    // A key switches monitoring off; then the gate triggers nothing, and the bell does.
    play(&program, "key", json!({"on": true, "momentary": true})).await;
    eventually("monitoring is off", Duration::from_secs(5), async || {
        let status = program.json("/status").await;
        let off = status["monitoring"] == false && status["by"] == "sensor key";
        off.then_some(()).ok_or_else(|| status.to_string())
    })
    .await;
    play(&program, "gate", json!({"on": false})).await;
    play(&program, "gate", json!({"on": true})).await;
    card_is(&program, ("sensors", "gate"), "is open", |card| card["active"] == true).await;
    play(&program, "bell", json!({"on": true, "momentary": true})).await;
    let event = event_of(&program, "sensor").await;
    assert_eq!(event["sensors"], json!(["bell"]), "{event}");
    card_is(&program, ("sensors", "bell"), "ends by itself", |card| card["active"] == false).await;
    play(&program, "lock", json!({"on": true, "momentary": true})).await;
    eventually("monitoring is on", Duration::from_secs(5), async || {
        let status = program.json("/status").await;
        (status["monitoring"] == true).then_some(()).ok_or_else(|| status.to_string())
    })
    .await;
    // An event by hand or by the bell does not hide that the gate opens now.
    play(&program, "gate", json!({"on": false})).await;
    play(&program, "gate", json!({"on": true})).await;
    eventually("the gate is named", Duration::from_secs(10), async || {
        let page = program.json("/events?sensor=gate").await;
        (page["total"] == 1).then_some(()).ok_or_else(|| format!("{page}\n{}", program.log()))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sensor_that_is_silent_or_broken_is_a_fault_and_nothing_else_suffers() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let file = place.path().join("tank.json");
    fs::write(&file, "{\"value\": 12.5}").unwrap();
    let config = [
        door(&camera.url, ""),
        played("tank", "senses = \"measure\"\nfile = \"tank.json\""),
        played("shed", "heartbeat = \"2s\""),
        "[[sensor]]\nname = \"board\"\nkind = \"serial\"\nport = \"/dev/nowhere\"\n".to_owned(),
    ];
    let program = place.open(&config.concat()).await;
    card_is(&program, ("sensors", "tank"), "is read", |card| card["reading"]["value"] == 12.5)
        .await;
    let unplugged = program.fault("sensor board").await;
    assert!(unplugged["message"].as_str().unwrap().contains("/dev/nowhere"), "{unplugged}");
    let silent = program.fault("sensor shed").await;
    assert!(silent["message"].as_str().unwrap().contains("nothing was heard"), "{silent}");
    play(&program, "shed", json!({"on": false})).await;
    card_is(&program, ("sensors", "shed"), "is heard", |card| card["fault"].is_null()).await;
    // A file that is being mended is a fault, and what it said stays.
    fs::write(&file, "{\"value\": ").unwrap();
    let broken = program.fault("sensor tank").await;
    assert!(broken["message"].as_str().unwrap().contains("tank.json"), "{broken}");
    fs::write(&file, "{\"value\": 11}").unwrap();
    let mended = |card: &Value| card["fault"].is_null() && card["reading"]["value"] == 11.0;
    card_is(&program, ("sensors", "tank"), "is read again", mended).await;
    let shown = place.command(&["sensors", "--once"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.lines().any(|line| line.starts_with("tank ") && line.contains("11")), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("board") && line.contains('!')), "{shown}");
    program.camera_is("door", "state", "live").await;
}

/// Plays the kernel's PWM files.
fn pwm_chip(folder: &Path) {
    let channel = folder.join("pwm0");
    fs::create_dir_all(&channel).unwrap();
    for (file, content) in [("period", "0\n"), ("duty_cycle", "0\n"), ("enable", "0\n")] {
        fs::write(channel.join(file), content).unwrap();
    }
    fs::write(folder.join("npwm"), "1\n").unwrap();
    fs::write(folder.join("export"), "").unwrap();
    fs::write(folder.join("unexport"), "").unwrap();
}

fn number(file: &Path) -> u64 {
    fs::read_to_string(file).unwrap().trim().parse().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servo_follows_the_mode_and_the_owner_and_rests_when_the_program_ends() {
    let place = Place::new();
    let chip = place.path().join("pwmchip0");
    pwm_chip(&chip);
    let config = format!(
        "[[camera]]\nname = \"door\"\nsource = \"demo:\"\n\
         [[servo]]\nname = \"cover\"\npwm_chip = \"{}\"\nchannel = 0\nangle_on = 180\nangle_off = 0\nspeed = 180\n\
         min_pulse = \"1000us\"\nmax_pulse = \"2000us\"\n",
        chip.display()
    );
    let mut program = place.open(&config).await;
    let duty = chip.join("pwm0/duty_cycle");
    let stands = async |pulse: u64| {
        eventually(&format!("a pulse of {pulse} ns"), Duration::from_secs(10), async || {
            let now = number(&duty);
            (now == pulse).then_some(()).ok_or_else(|| format!("{now}\n{}", program.log()))
        })
        .await;
    };
    stands(2_000_000).await;
    assert_eq!(number(&chip.join("pwm0/enable")), 1);
    assert_eq!(number(&chip.join("pwm0/period")), 20_000_000);
    // Monitoring off: the camera is covered, at the speed that was asked for.
    let began = std::time::Instant::now();
    let stop = program.request(Method::POST, "/stop").send().await.unwrap();
    assert!(stop.status().is_success());
    stands(1_000_000).await;
    assert!(began.elapsed() > Duration::from_millis(800), "it did not jump");
    assert_eq!(put(&program, "/servos/cover", json!({"angle": 90})).await, 204);
    stands(1_500_000).await;
    let cover = card(&program, "servos", "cover").await;
    assert_eq!((&cover["angle"], &cover["target"]), (&json!(90.0), &json!(90.0)));
    assert_eq!(put(&program, "/servos/cover", json!({"angle": 181})).await, 400);
    assert_eq!(put(&program, "/servos/other", json!({"angle": 10})).await, 404);
    program.signal("TERM");
    assert!(program.ends().await);
    assert_eq!(number(&chip.join("pwm0/enable")), 0, "it gets no pulses any more");
    // After a start it does not jump: it begins where it stood.
    let program = place.start().await;
    let began = card_is(&program, ("servos", "cover"), "moves", |card| card["angle"].is_number());
    let angle = began.await["angle"].as_f64().unwrap();
    assert!(angle <= 91.0, "it begins where it stood, not at {angle}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lamp_follows_its_sensor_and_a_siren_ends_by_itself() {
    let place = Place::new();
    let config = [
        "[[camera]]\nname = \"door\"\nsource = \"demo:\"\n".to_owned(),
        played("hall", ""),
        "[[output]]\nname = \"lamp\"\nkind = \"led\"\nsim = true\nfollows = \"hall\"\n".to_owned(),
        "[[output]]\nname = \"horn\"\nkind = \"siren\"\nsim = true\nmax_on = \"2s\"\n".to_owned(),
        "[[output]]\nname = \"real\"\nkind = \"relay\"\npin = 4\nchip = \"/dev/no-gpiochip\"\n"
            .to_owned(),
        "[[light]]\nname = \"porch\"\nkind = \"sim\"\nwhen = \"dark\"\ndark_below = 0.3\n"
            .to_owned(),
    ];
    let program = place.open(&config.concat()).await;
    let lamp_is = async |on: bool| {
        card_is(&program, ("outputs", "lamp"), "follows", |card| card["on"] == on).await;
    };
    lamp_is(false).await;
    play(&program, "hall", json!({"on": true})).await;
    lamp_is(true).await;
    play(&program, "hall", json!({"on": false})).await;
    lamp_is(false).await;
    assert_eq!(put(&program, "/outputs/horn", json!({"on": true})).await, 204);
    card_is(&program, ("outputs", "horn"), "is on", |card| card["on"] == true).await;
    card_is(&program, ("outputs", "horn"), "ended by itself", |card| card["on"] == false).await;
    let fault = program.fault("output real").await;
    assert!(fault["message"].as_str().unwrap().contains("/dev/no-gpiochip"), "{fault}");
    // A light that is played: on when it is dark, and by hand.
    let dark = json!({"brightness": 0.1});
    let played = program.request(Method::POST, "/lights/porch/play").json(&dark).send().await;
    assert_eq!(played.unwrap().status(), 204);
    card_is(&program, ("lights", "porch"), "is on", |card| card["on"] == true).await;
    assert_eq!(put(&program, "/lights/porch", json!({"on": false, "seconds": 600})).await, 204);
    let off = |card: &Value| card["on"] == false && card["by_hand"] == false;
    card_is(&program, ("lights", "porch"), "is off by hand", off).await;
    assert_eq!(put(&program, "/lights/porch", json!({"on": null})).await, 204);
    let planned = |card: &Value| card["on"] == true && card["by_hand"].is_null();
    card_is(&program, ("lights", "porch"), "is as planned", planned).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_rests_starts_when_a_sensor_fires_and_says_how_long_it_took() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let config = [
        door(&camera.url, "detect = \"sensors\"\nstart = \"on_demand\""),
        played("hall", "cameras = [\"door\"]\nphoto_at = \"after\""),
    ];
    let program = place.open(&config.concat()).await;
    let resting = program.camera_is("door", "state", "offline").await;
    assert!(resting["cause"].as_str().unwrap().contains("rests"), "{resting}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    play(&program, "hall", json!({"on": true, "momentary": true})).await;
    let live = program.camera_is("door", "state", "live").await;
    let note = eventually("it says how long it took", Duration::from_secs(5), async || {
        let camera = program.camera("door").await;
        let note = camera["note"].as_str().unwrap_or_default().to_owned();
        note.contains("started in").then_some(note).ok_or_else(|| camera.to_string())
    })
    .await;
    eprintln!("{note}; {live}");
    let event = program.ended_events(1).await.remove(0);
    assert_eq!((&event["sensors"], &event["photos"]), (&json!(["hall"]), &json!(1)), "{event}");
    assert!(!place.footage().is_empty());
    // Nobody needs it any more.
    let patience = Duration::from_mins(1);
    eventually("it rests again", patience, async || {
        let camera = program.camera("door").await;
        (camera["state"] == "offline").then_some(()).ok_or_else(|| camera.to_string())
    })
    .await;
    let faults = program.json("/status").await["faults"].clone();
    assert_eq!(faults, json!([]), "a camera that rests is no fault");
    assert_eq!(program.camera("door").await["health"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_up_what_changed_and_leaves_the_rest_alone() {
    let place = Place::new();
    let camera = "[[camera]]\nname = \"door\"\nsource = \"demo:\"\n".to_owned();
    let program = place.open(&[camera.clone(), played("hall", "")].concat()).await;
    play(&program, "hall", json!({"on": true, "battery": 0.5})).await;
    card_is(&program, ("sensors", "hall"), "says yes", |card| card["active"] == true).await;
    place.configure(&[camera.clone(), played("hall", ""), played("shed", "")].concat());
    program.signal("HUP");
    card_is(&program, ("sensors", "shed"), "is there", |card| card["name"] == "shed").await;
    let hall = card(&program, "sensors", "hall").await;
    assert_eq!(hall["active"], true, "it was not touched: {hall}");
    place.configure(&camera);
    program.signal("HUP");
    eventually("all are gone", Duration::from_secs(10), async || {
        let devices = program.json("/devices").await;
        (devices["sensors"] == json!([])).then_some(()).ok_or_else(|| devices.to_string())
    })
    .await;
}
