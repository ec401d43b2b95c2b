//! What a camera shows is there to be played.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::peer::Peer;
use crate::program::{Place, eventually, fragments, probe, signal};

/// A camera that records events.
fn door(url: &str) -> String {
    format!(
        "[[camera]]\nname = \"door\"\nsource = \"{url}\"\nrecord = \"events\"\n\
         pre_roll = \"3s\"\npost_roll = \"3s\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_before_an_h264_camera_becomes_an_event_with_pre_roll() {
    somebody_becomes_an_event("h264").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_before_an_h265_camera_becomes_an_event_with_pre_roll() {
    somebody_becomes_an_event("hevc").await;
}

async fn somebody_becomes_an_event(codec: &str) {
    let mut camera = Peer::camera(if codec == "hevc" { "h265" } else { "h264" });
    let place = Place::new();
    let program = place.open(&door(&camera.url)).await;
    program.camera_is("door", "detection", "watching").await;
    // Stillness first: the pre-roll fills, and the background is learnt.
    eventually("the measured rate", Duration::from_secs(30), async || {
        let seen = program.camera("door").await;
        if seen["fps"].as_f64().is_some_and(|fps| fps > 10.0) {
            Ok(())
        } else {
            Err(seen.to_string())
        }
    })
    .await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(place.footage().is_empty(), "nothing is written while nothing happens");
    camera.tell("walk");
    let stepped_in: i64 = camera.says("walk ").split(' ').nth(1).unwrap().parse().unwrap();

    let event = program.ended_events(1).await.remove(0);
    // The last second is on its way to the disk.
    program.camera_is("door", "recording", false).await;
    assert_eq!(event["camera"], "door");
    assert_eq!(event["kinds"], json!(["motion"]));
    assert_eq!(event["ended"], "quiet");
    let pre_roll = event["pre_roll"].as_f64().unwrap();
    assert!((2.5..=3.5).contains(&pre_roll), "{event}");
    let id = event["id"].as_str().unwrap();

    // The clip begins before the trigger, has every picture, and is one ordinary MP4.
    let clip = program.get(&format!("/events/{id}/clip.mp4?download=1")).await;
    assert_eq!(clip.headers()["content-type"], "video/mp4");
    let named = clip.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(named.contains("filename=\"door_20"), "{named}");
    let file = place.path().join("clip.mp4");
    fs::write(&file, clip.bytes().await.unwrap()).unwrap();
    let probed = probe(&file);
    assert_eq!((probed.codec.as_str(), probed.errors.as_str()), (codec, ""));
    let duration = event["duration"].as_f64().unwrap();
    assert!((duration - 0.2..duration + 1.7).contains(&probed.seconds), "{probed:?} {event}");
    let expected = probed.seconds * 15.0;
    assert!(
        (f64::from(u32::try_from(probed.pictures).unwrap()) - expected).abs() < 4.0,
        "{probed:?}"
    );

    // The trigger came soon after somebody stepped in.
    let triggered: jiff::Timestamp = event["triggered"].as_str().unwrap().parse().unwrap();
    let late = triggered.as_millisecond() - stepped_in;
    assert!((-500..3_000).contains(&late), "{late} ms after somebody stepped in");

    for kind in ["clean", "marked", "thumb"] {
        let photo = program.get(&format!("/events/{id}/snapshot.jpg?kind={kind}")).await;
        let photo = photo.bytes().await.unwrap();
        assert!(
            photo.starts_with(&[0xff, 0xd8]) && photo.len() > 2_000,
            "{kind}: {} bytes",
            photo.len()
        );
    }

    // A part of it, as a player that seeks asks for it.
    let part = program
        .request(Method::GET, &format!("/events/{id}/clip.mp4"))
        .header("Range", "bytes=100-199")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    let whole = fs::read(&file).unwrap();
    assert_eq!(part.bytes().await.unwrap(), whole[100..200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn continuous_recording_has_everything_and_survives_the_camera_s_reboot() {
    let camera = Peer::camera("h264");
    let (url, port) = (camera.url.clone(), camera.port());
    let place = Place::new();
    let program = place.open(&door(&url).replace("events", "continuous")).await;
    program.camera_is("door", "recording", true).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    camera.kill();
    let offline = program.camera_is("door", "state", "offline").await;
    assert!(offline["cause"].as_str().is_some_and(|cause| !cause.is_empty()), "{offline}");
    assert!(offline["hint"].is_string(), "{offline}");
    let _back = Peer::camera_at(&port);
    program.camera_is("door", "state", "live").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    program.signal("TERM");
    let mut program = program;
    assert!(program.ends().await, "{}", program.log());
    let files = place.footage();
    assert!(!files.is_empty());
    for file in &files {
        let probed = probe(file);
        assert_eq!(probed.errors, "", "{}", file.display());
        assert!(probed.pictures > 15, "{probed:?}");
        assert!(fragments(file) >= 2, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_end_is_cut_and_goes_on_without_a_hole() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let settings =
        door(&camera.url).replace("post_roll = \"3s\"", "post_roll = \"9s\"\nmax_event = \"10s\"");
    let program = place.open(&settings).await;
    program.camera_is("door", "detection", "watching").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    for _ in 0..6 {
        camera.tell("walk");
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let events = program.ended_events(2).await;
    let (first, second) = (&events[events.len() - 1], &events[events.len() - 2]);
    assert_eq!(first["ended"], "cut");
    let end: jiff::Timestamp = first["end"].as_str().unwrap().parse().unwrap();
    let start: jiff::Timestamp = second["start"].as_str().unwrap().parse().unwrap();
    assert!(start >= end, "no moment is told twice: {events:#?}");
    assert!(start.as_millisecond() - end.as_millisecond() < 3_500, "{events:#?}");
    // Both are footage, without a hole unless nothing was seen for longer than the pre-roll.
    let footage = program.json("/recordings?camera=door").await;
    let stretches = footage["recordings"].as_array().unwrap().len();
    assert!(stretches == 1 || (stretches == 2 && start > end), "{footage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_event_can_be_brought_back_and_a_kept_one_says_so() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let program = place.open(&door(&camera.url)).await;
    program.camera_is("door", "detection", "watching").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    camera.tell("walk");
    let event = program.ended_events(1).await.remove(0);
    let path = format!("/events/{}", event["id"].as_str().unwrap());
    let kept =
        program.request(Method::PATCH, &path).json(&json!({"kept": true})).send().await.unwrap();
    assert_eq!(kept.json::<serde_json::Value>().await.unwrap()["kept"], true);
    assert_eq!(program.request(Method::DELETE, &path).send().await.unwrap().status(), 204);
    assert_eq!(program.get(&path).await.status(), 404);
    let back = program.request(Method::POST, &format!("{path}/restore")).send().await.unwrap();
    assert_eq!(back.status(), 200);
    assert_eq!(program.get(&path).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_camera_the_demo_shows_all() {
    let place = Place::new();
    let program = place.open("").await;
    let demo = program.camera_is("demo", "state", "live").await;
    assert_eq!(demo["demo"], true);
    let event = program.ended_events(1).await.remove(0);
    assert_eq!(event["camera"], "demo");
    let photo = program.get("/cameras/demo/snapshot.jpg?width=320").await;
    assert_eq!(photo.headers()["content-type"], "image/jpeg");
}

#[tokio::test(flavor = "multi_thread")]
async fn monitoring_off_makes_no_event_and_is_remembered() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let mut program = place.open(&door(&camera.url)).await;
    program.camera_is("door", "detection", "watching").await;
    let off = program.request(Method::POST, "/stop").send().await.unwrap();
    assert_eq!(off.json::<serde_json::Value>().await.unwrap()["monitoring"], false);
    program.camera_is("door", "detection", "off").await;
    camera.tell("walk");
    camera.says("walk ");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(program.json("/events").await["total"], 0);
    program.signal("TERM");
    assert!(program.ends().await);
    let program = place.start().await;
    let status = program.json("/status").await;
    assert_eq!((&status["monitoring"], &status["by"]), (&json!(false), &json!("anna")));
}

/// Puts a program of this name and content first in the path of `command`.
fn with_double(place: &Place, command: &mut Command, name: &str, script: &str) {
    let folder = place.path().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join(name);
    fs::write(&program, format!("#!/bin/bash\n{script}")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", folder.display()));
}

/// Real H.264 as a camera's program writes it, at its own speed.
const ANNEX_B: &str = "exec /usr/bin/ffmpeg -v error -re -f lavfi -i testsrc2=size=640x360:rate=15 \
                       -c:v libx264 -preset ultrafast -tune zerolatency -g 15 -f h264 pipe:1\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_raspberry_pi_s_camera_is_found_and_recorded_and_started_again_when_its_program_dies() {
    let place = Place::new();
    place.configure("");
    place.add_owner();
    let mut command = place.command(&["run"]);
    let listing = "echo 'Available cameras'; echo '0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/imx708@1a)'\n";
    with_double(&place, &mut command, "rpicam-hello", listing);
    let started = place.path().join("started");
    let check = format!(
        "[[ \"$*\" == *'--camera 0'*'--codec h264'*'--inline'*'--output -'* ]] || exit 7\necho $$ >> {}\n",
        started.display()
    );
    with_double(&place, &mut command, "rpicam-vid", &(check + ANNEX_B));
    let program = place.start_as(&mut command).await;
    let camera = program.camera_is("camera1", "state", "live").await;
    assert_eq!(
        (camera["width"].as_u64(), camera["codec"].as_str().map(|codec| &codec[..4])),
        (Some(640), Some("avc1"))
    );
    let first = fs::read_to_string(&started).unwrap().trim().parse().unwrap();
    signal(first, "KILL");
    let offline = program.camera_is("camera1", "state", "offline").await;
    assert!(offline["cause"].as_str().unwrap().contains("rpicam-vid ended"), "{offline}");
    program.camera_is("camera1", "state", "live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webcam_is_recorded_through_ffmpeg() {
    let place = Place::new();
    // No device of the kernel, but there: the double draws what it would show.
    fs::write(place.path().join("video7"), "").unwrap();
    let device = place.path().join("video7").display().to_string();
    place.configure(&format!(
        "[[camera]]\nname = \"desk\"\nsource = \"v4l2:{device}\"\nrecord = \"continuous\"\n"
    ));
    place.add_owner();
    let mut command = place.command(&["run"]);
    let double = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/v4l2-ffmpeg");
    with_double(&place, &mut command, "ffmpeg", "");
    fs::remove_file(place.path().join("bin/ffmpeg")).unwrap();
    symlink(double.canonicalize().unwrap(), place.path().join("bin/ffmpeg")).unwrap();
    command.env("DOUBLE_LOG", place.path().join("log"));
    let program = place.start_as(&mut command).await;
    program.camera_is("desk", "recording", true).await;
    let file = eventually("a file that plays", Duration::from_secs(20), async || {
        let file = place.footage().first().cloned().ok_or("no file")?;
        if probe(&file).pictures > 15 { Ok(file) } else { Err("few pictures".to_owned()) }
    })
    .await;
    assert_eq!(probe(&file).errors, "");
}
