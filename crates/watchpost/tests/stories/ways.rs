//! Each way of recording, as an owner would ask for it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::program::{Place, Program, eventually, probe};

/// A camera named `door` with these further settings.
fn door(url: &str, more: &str) -> String {
    format!("[[camera]]\nname = \"door\"\nsource = \"{url}\"\npre_roll = \"2s\"\n{more}\n")
}

/// Waits until motion is looked for and the background is learnt, then has somebody walk.
async fn somebody_walks(camera: &mut Peer, program: &Program) {
    program.camera_is("door", "detection", "watching").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    camera.tell("walk");
}

/// Waits for at least `count` photos, and gives them, newest first.
async fn photos(program: &Program, count: usize) -> Vec<Value> {
    eventually(&format!("{count} photos"), Duration::from_secs(40), async || {
        let page = program.json("/photos").await;
        let photos = page["photos"].as_array().unwrap().clone();
        if photos.len() >= count { Ok(photos) } else { Err(format!("{page}\n{}", program.log())) }
    })
    .await
}

/// The files below `folder` that end so.
fn files(folder: &Path, ending: &str) -> Vec<String> {
    let listed = Command::new("find").arg(folder).args(["-name", &format!("*{ending}")]).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let mut names: Vec<_> = listed.lines().map(str::to_owned).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_instead_of_video() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let more = "post_roll = \"2s\"\nrecord = \"photos\"\nphoto_interval = \"1s\"\nphoto_count = 3\nphoto_size = \"320x240\"\n";
    let program = place.open(&door(&camera.url, more)).await;
    somebody_walks(&mut camera, &program).await;
    let taken = photos(&program, 3).await;
    let event = program.ended_events(1).await.remove(0);
    assert_eq!(event["photos"], 3, "{event}");
    assert!(taken.iter().all(|photo| photo["event"] == event["id"]), "{taken:?}");
    assert_eq!((taken[0]["width"].as_u64(), taken[0]["height"].as_u64()), (Some(320), Some(180)));
    let jpeg = program.get(&format!("/photos/{}.jpg", taken[0]["id"])).await;
    assert_eq!(jpeg.headers()["content-type"], "image/jpeg");
    let bytes = jpeg.bytes().await.unwrap();
    assert!(bytes.starts_with(&[0xff, 0xd8]) && bytes.len() > 2_000, "{} bytes", bytes.len());
    assert!(place.footage().is_empty(), "no video of a camera that takes photos");
    let names = files(&place.data().join("media"), ".jpg");
    assert!(names.iter().filter(|name| name.contains("/capture_20")).count() >= 3, "{names:?}");
    let gone = program.request(Method::DELETE, &format!("/photos/{}", taken[0]["id"]));
    assert_eq!(gone.send().await.unwrap().status(), 204);
    assert_eq!(program.json("/photos").await["total"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_of_a_fixed_length_with_a_rest_between_them() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let more = "clip = \"2s\"\ncooldown = \"1h\"\n";
    let program = place.open(&door(&camera.url, more)).await;
    somebody_walks(&mut camera, &program).await;
    let event = program.ended_events(1).await.remove(0);
    let length = event["duration"].as_f64().unwrap() - event["pre_roll"].as_f64().unwrap();
    assert!((1.9..=2.1).contains(&length), "{event}");
    camera.tell("walk");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(program.json("/events").await["total"], 1, "the second walk came within the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_by_hand_from_the_command_line() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let program = place.open(&door(&camera.url, "post_roll = \"2s\"\n")).await;
    program.camera_is("door", "state", "live").await;
    let told = place.command(&["record", "door", "--for", "3s"]).output().unwrap();
    assert!(told.status.success(), "{told:?}");
    let at_it = program.camera("door").await;
    assert!(at_it["manual"]["until"].is_string(), "{at_it}");
    let event = program.ended_events(1).await.remove(0);
    assert_eq!(event["kinds"], json!(["manual"]));
    let length = event["duration"].as_f64().unwrap() - event["pre_roll"].as_f64().unwrap();
    assert!((2.8..6.0).contains(&length), "{event}");
    assert_eq!(program.camera("door").await["manual"], Value::Null);
    // Without an end, and stopped.
    assert!(place.command(&["record", "door"]).status().unwrap().success());
    program.camera_is("door", "recording", true).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(place.command(&["record", "door", "--stop"]).status().unwrap().success());
    assert_eq!(program.ended_events(2).await.len(), 2);
    // A photo, too.
    let file = place.path().join("now.jpg");
    let name = file.display().to_string();
    let told = place.command(&["photo", "door", "--output", &name]).output().unwrap();
    assert!(told.status.success(), "{told:?}");
    assert!(fs::read(&file).unwrap().starts_with(&[0xff, 0xd8]));
    // A camera that does not exist.
    let told = place.command(&["record", "dor"]).output().unwrap();
    assert!(!told.status.success());
    assert!(String::from_utf8_lossy(&told.stderr).contains("no camera \"dor\""), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_says_when_no_recorder_runs() {
    let place = Place::new();
    place.configure("");
    let told = place.command(&["record", "door"]).output().unwrap();
    assert!(!told.status.success());
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(said.contains("no recorder is running with these settings"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_lapse_becomes_a_film() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let more = "record = \"off\"\ntimelapse = \"1s\"\nalarms = []\n";
    let program = place.open(&door(&camera.url, more)).await;
    program.camera_is("door", "state", "live").await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    let film = place.path().join("film.mp4");
    let name = film.display().to_string();
    let each = ["timelapse", "door", "--every", "1s", "--fps", "5", "--output", &name];
    let told = place.command(&each).output().unwrap();
    assert!(told.status.success(), "{told:?}");
    let probed = probe(&film);
    assert_eq!((probed.codec.as_str(), probed.errors.as_str()), ("h264", ""));
    assert!((5..=12).contains(&probed.pictures), "{probed:?}");
    let seconds = f64::from(u32::try_from(probed.pictures).unwrap()) / 5.0;
    assert!((probed.seconds - seconds).abs() < 0.05, "{probed:?}");
    // It replaces nothing.
    let again = place.command(&["timelapse", "door", "--output", &name]).output().unwrap();
    assert!(!again.status.success());
    // And it is no footage.
    assert_eq!(program.json("/recordings").await["recordings"], json!([]));
    let now = jiff::Timestamp::now();
    let hour = format!("from={}&to={now}&every=2s", now - jiff::SignedDuration::from_hours(1));
    let over_http = program.get(&format!("/timelapse.mp4?camera=door&fps=10&{hour}")).await;
    assert_eq!(over_http.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_named_as_their_owner_wants() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let settings = format!(
        "[store]\nvideo_name = \"{{camera}}-%Y%m%d-%H%M%S.mp4\"\nphoto_name = \"shot_%Y%m%d_%H%M%S.jpg\"\n\n{}",
        door(&camera.url, "post_roll = \"2s\"\nphotos = true\nphoto_interval = \"1s\"\n")
    );
    let program = place.open(&settings).await;
    somebody_walks(&mut camera, &program).await;
    program.ended_events(1).await;
    program.camera_is("door", "recording", false).await;
    photos(&program, 1).await;
    let videos = place.footage();
    assert!(videos.iter().all(|file| file.to_string_lossy().contains("/door-20")), "{videos:?}");
    let names = files(&place.data().join("media"), ".jpg");
    assert!(names.iter().any(|name| name.contains("/shot_20")), "{names:?}");
    // Two in one second.
    for _ in 0..2 {
        assert!(place.command(&["photo", "door"]).status().unwrap().success());
    }
    let all = program.json("/photos").await["total"].as_u64().unwrap();
    let on_disk = files(&place.data().join("media"), ".jpg");
    let shots = on_disk.iter().filter(|name| name.contains("/shot_")).count();
    assert_eq!(u64::try_from(shots).unwrap(), all, "{on_disk:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_stands_beside_the_clip_and_in_it_only_where_asked_for() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let program = place.open(&door(&camera.url, "post_roll = \"2s\"\n")).await;
    somebody_walks(&mut camera, &program).await;
    let event = program.ended_events(1).await.remove(0);
    program.camera_is("door", "recording", false).await;
    let id = event["id"].as_str().unwrap();
    let text = program.get(&format!("/events/{id}/text.vtt")).await;
    assert!(text.headers()["content-type"].to_str().unwrap().starts_with("text/vtt"));
    let text = text.text().await.unwrap();
    assert!(text.starts_with("WEBVTT") && text.contains("door"), "{text}");
    let cues = text.matches(" --> ").count();
    assert!((3..60).contains(&cues), "{text}");
    let burnt = program.get(&format!("/events/{id}/clip.mp4?text=burnt")).await;
    assert_eq!(burnt.status(), 200);
    let file = place.path().join("burnt.mp4");
    fs::write(&file, burnt.bytes().await.unwrap()).unwrap();
    let probed = probe(&file);
    assert_eq!((probed.codec.as_str(), probed.errors.as_str()), ("h264", ""));
    let duration = event["duration"].as_f64().unwrap();
    assert!((probed.seconds - duration).abs() < 2.5, "{probed:?} {event}");
    // The snapshot has text only where asked for.
    let plain = program.get("/cameras/door/snapshot.jpg?text=false").await.bytes().await.unwrap();
    let written = program.get("/cameras/door/snapshot.jpg?text=true").await.bytes().await.unwrap();
    assert!(plain.starts_with(&[0xff, 0xd8]) && written.starts_with(&[0xff, 0xd8]));
    assert_ne!(plain, written);
}
