//! Who it is: recognised, followed, told, searched; and what happens when nobody knows.
//!
//! With the real models and clips beside the project, where they are; else by a service that answers as
//! the story wants.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::program::{Place, Program, eventually};

/// What lies beside the project, if it does.
fn beside(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if file.exists() {
        return Some(file.canonicalize().unwrap());
    }
    eprintln!("left out: {} is not there", file.display());
    None
}

/// A service on the network, which answers every picture with the same words.
struct Service {
    url: String,
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<Mutex<u32>>,
}

impl Service {
    fn begin(body: &Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/detect", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new((200, body.to_string())));
        let asked = Arc::new(Mutex::new(0));
        let (words, count) = (Arc::clone(&answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (words, count) = (Arc::clone(&words), Arc::clone(&count));
                std::thread::spawn(move || serve(stream, &words, &count));
            }
        });
        Self { url, answer, asked }
    }

    fn says(&self, status: u16, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: TcpStream, words: &Mutex<(u16, String)>, count: &Mutex<u32>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(told) = line.strip_prefix("content-length:") {
                length = told.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut picture = vec![0; length];
        if reader.read_exact(&mut picture).is_err() {
            return;
        }
        assert!(picture.starts_with(&[0xff, 0xd8]), "a JPEG");
        *count.lock().unwrap() += 1;
        let (status, body) = words.lock().unwrap().clone();
        let kind = if body.starts_with('{') { "application/json" } else { "text/html" };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn nobody() -> Value {
    json!({"person_detected": false})
}

/// Somebody somewhere in the picture.
fn somebody() -> Value {
    json!({"person_detected": true, "confidence": 0.93})
}

fn door(url: &str, more: &str) -> String {
    format!("[[camera]]\nname = \"door\"\nsource = \"{url}\"\npost_roll = \"3s\"\n{more}\n")
}

fn service(url: &str) -> String {
    format!("[detector]\nurl = \"{url}\"\nprotocol = \"http\"\ntimeout = \"2s\"\n")
}

async fn detector_is(program: &Program, state: &str) -> Value {
    eventually(&format!("the detector is {state}"), Duration::from_mins(1), async || {
        let detector = program.json("/detector").await;
        if detector["state"] == state {
            Ok(detector)
        } else {
            Err(format!("{detector}\n{}", program.log()))
        }
    })
    .await
}

fn kinds(event: &Value) -> Vec<&str> {
    event["kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect()
}

/// The first event of which `fits` holds; it may go on.
async fn event_where(program: &Program, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    eventually(what, Duration::from_mins(1), async || {
        let page = program.json("/events").await;
        let found = page["events"].as_array().unwrap().iter().find(|event| fits(event)).cloned();
        found.ok_or_else(|| format!("{page}\n{}", program.log()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_on_a_real_clip_is_recognised_followed_and_found_again() {
    let Some(model) = beside("models/yolox-nano-coco80-416.onnx") else { return };
    let Some(clip) = beside("motion/clips/d01_real_room_a.mp4") else { return };
    let place = Place::new();
    let model = model.display();
    let settings = format!(
        "[detector]\nmodel = \"{model}\"\nengine = \"rten\"\nclasses = [\"person\", \"chair\"]\n\n{}",
        door(&format!("file:{}", clip.display()), "")
    );
    let program = place.open(&settings).await;
    let detector = detector_is(&program, "ready").await;
    assert_eq!(detector["engine"], "rten", "{detector}");
    assert_eq!(detector["layout"], "yolox");
    assert_eq!(detector["input"], json!([416, 416]));

    let is_person = |event: &Value| {
        event["objects"].as_array().unwrap().iter().any(|object| object["label"] == "person")
    };
    let is_whole = |event: &Value| is_person(event) && kinds(event).contains(&"object");
    let event = event_where(&program, "somebody is recognised", is_whole).await;
    assert_eq!(event["recognition"], "known");
    let id = event["id"].as_str().unwrap().to_owned();
    let event = event_where(&program, "the event ends", |event| {
        event["id"] == id.as_str() && !event["end"].is_null()
    })
    .await;
    let people = event["objects"].as_array().unwrap();
    let score = people.iter().find(|object| object["label"] == "person").unwrap()["score"].clone();
    assert!(score.as_f64().unwrap() > 0.5, "{event}");

    let told = program.json(&format!("/events/{id}/objects")).await;
    let person = &told["objects"][0];
    assert_eq!(person["label"], "person", "{told}");
    let traces = program.json(&format!("/events/{id}/traces")).await;
    let way = traces["traces"].as_array().unwrap().iter();
    let way = way.clone().find(|trace| trace["number"] == person["number"]);
    assert_eq!(way.expect("a way of the same number")["label"], "person", "{traces}");
    let photo = program.get(&format!("/events/{id}/snapshot.jpg?kind=thumb")).await;
    assert!(photo.status().is_success(), "{}", photo.status());

    for (search, found) in [
        ("label=person", true),
        ("label=giraffe", false),
        ("text=DOOR%20person", true),
        ("text=cat", false),
    ] {
        let page = program.json(&format!("/events?{search}")).await;
        let has = page["events"].as_array().unwrap().iter().any(|event| event["id"] == id.as_str());
        assert_eq!(has, found, "{search}: {page}");
    }
    let words = program.json("/events/words").await;
    assert!(words["labels"].as_array().unwrap().contains(&json!("person")), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_on_objects_begin_with_an_object_and_not_with_what_moves() {
    let service = Service::begin(&nobody());
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let more = "[camera.objects]\nevents = \"objects\"\ninterval = \"1s\"";
    let program =
        place.open(&format!("{}{}", self::service(&service.url), door(&camera.url, more))).await;
    program.camera_is("door", "detection", "watching").await;
    eventually("the service is asked", Duration::from_secs(30), async || {
        (service.asked() > 0).then_some(()).ok_or_else(|| program.log())
    })
    .await;
    camera.tell("walk");
    program.camera_is("door", "detection", "motion").await;
    program.camera_is("door", "detection", "watching").await;
    let page = program.json("/events").await;
    assert_eq!(page["total"], 0, "something moved, and nobody came: {page}\n{}", program.log());

    service.says(200, &somebody().to_string());
    camera.tell("walk");
    let is_told = |event: &Value| !event["objects"].as_array().unwrap().is_empty();
    let event = event_where(&program, "somebody came", is_told).await;
    assert_eq!(kinds(&event), ["object"], "{event}");
    assert_eq!(event["objects"][0]["label"], "person");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_knows_nothing_and_whatever_moves_is_recorded() {
    let service = Service::begin(&nobody());
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let more = "[camera.objects]\nevents = \"objects\"";
    let program =
        place.open(&format!("{}{}", self::service(&service.url), door(&camera.url, more))).await;
    program.camera_is("door", "detection", "watching").await;
    for (status, body) in
        [(500, "oh no"), (200, "<html>hello</html>"), (200, "{\"person_detected\": \"true\"}")]
    {
        service.says(status, body);
        let before = program.json("/events").await["events"].clone();
        let is_new = |event: &Value| {
            before.as_array().unwrap().iter().all(|other| other["id"] != event["id"])
        };
        camera.tell("walk");
        let failing = detector_is(&program, "failing").await;
        assert!(failing["cause"].as_str().unwrap().len() > 10, "{failing}");
        event_where(&program, "what moved is recorded", |event| {
            is_new(event) && event["recognition"] == "unknown" && kinds(event) == ["motion"]
        })
        .await;
        let fault = program.fault("detector").await;
        assert!(fault["hint"].as_str().unwrap().contains("whatever moves is recorded"), "{fault}");
        program.camera_is("door", "detection", "watching").await;
        eventually("the event ends", Duration::from_secs(30), async || {
            let page = program.json("/events").await;
            let over =
                page["events"].as_array().unwrap().iter().all(|event| !event["end"].is_null());
            over.then_some(()).ok_or_else(|| page.to_string())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_none_is_told_and_whatever_moves_is_recorded() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    fs::write(place.path().join("broken.onnx"), b"<html>404</html>").unwrap();
    let program = place
        .open(&format!(
            "[detector]\nmodel = \"broken.onnx\"\nengine = \"rten\"\n\n{}",
            door(&camera.url, "[camera.objects]\nevents = \"objects\"")
        ))
        .await;
    let failing = detector_is(&program, "failing").await;
    assert!(failing["cause"].as_str().unwrap().contains("broken.onnx"), "{failing}");
    assert!(failing["cause"].as_str().unwrap().contains("not an ONNX model"), "{failing}");
    assert!(!failing["hint"].as_str().unwrap().is_empty(), "{failing}");
    program.camera_is("door", "detection", "watching").await;
    camera.tell("walk");
    let event = event_where(&program, "what moved is recorded", |_| true).await;
    assert_eq!(kinds(&event), ["motion"]);
    event_where(&program, "it is marked", |event| event["recognition"] == "unknown").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_monitoring_is_off_no_picture_goes_to_a_service() {
    let service = Service::begin(&nobody());
    let camera = Peer::camera("h264");
    let place = Place::new();
    let more = "[camera.objects]\ninterval = \"1s\"";
    let program =
        place.open(&format!("{}{}", self::service(&service.url), door(&camera.url, more))).await;
    let more_than = async |count: u32| {
        eventually("the service is asked", Duration::from_secs(30), async || {
            (service.asked() > count).then_some(()).ok_or_else(|| program.log())
        })
        .await;
    };
    more_than(1).await;
    let off = program.request(Method::POST, "/stop").send().await.unwrap();
    assert!(off.status().is_success());
    program.camera_is("door", "detection", "off").await;
    let before = service.asked();
    tokio::time::sleep(Duration::from_secs(5)).await;
    // One may have been on its way.
    assert!(service.asked() <= before + 1, "{} after {before}", service.asked());
}
