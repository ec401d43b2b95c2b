//! Every kind of camera, from its address in the owner's file to a file that plays.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::program::{Place, Program, eventually, probe};

/// A camera that records everything.
fn all(url: &str, more: &str) -> String {
    format!("[[camera]]\nname = \"door\"\nsource = \"{url}\"\nrecord = \"continuous\"\n{more}\n")
}

/// The streams of a file as ffprobe, which nobody here wrote, sees them: codec and seconds.
fn streams(file: &Path) -> Vec<(String, f64)> {
    let entries = "stream=codec_name,duration";
    let told = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", entries, "-of", "json"])
        .arg(file)
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let stream = |stream: &Value| {
        let seconds = stream["duration"].as_str().and_then(|text| text.parse().ok());
        (stream["codec_name"].as_str().unwrap().to_owned(), seconds.unwrap_or(0.0))
    };
    told["streams"].as_array().unwrap().iter().map(stream).collect()
}

/// Records for some seconds, and gives what a clip of all of it holds.
async fn recorded(place: &Place, program: &Program) -> (PathBuf, Vec<(String, f64)>) {
    program.camera_is("door", "recording", true).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    let footage = program.json("/recordings?camera=door").await;
    let stretch = &footage["recordings"][0];
    let (from, to) = (stretch["start"].as_str().unwrap(), stretch["end"].as_str().unwrap());
    let query = [("camera", "door"), ("from", from), ("to", to)];
    let clip = program.request(Method::GET, "/recordings/clip.mp4").query(&query);
    let clip = clip.send().await.unwrap();
    assert_eq!(clip.status(), 200, "{}", program.log());
    let file = place.path().join("clip.mp4");
    std::fs::write(&file, clip.bytes().await.unwrap()).unwrap();
    let probed = probe(&file);
    assert_eq!(probed.errors, "", "{probed:?}");
    let streams = streams(&file);
    (file, streams)
}

fn codecs(streams: &[(String, f64)]) -> Vec<&str> {
    streams.iter().map(|(codec, _)| codec.as_str()).collect()
}

/// Decodes all of it, and complains of nothing.
fn decodes(file: &Path) {
    let told = Command::new("ffmpeg")
        .args(["-v", "error", "-xerror", "-i"])
        .arg(file)
        .args(["-enc_time_base:v", "1:90000", "-f", "null", "-"])
        .output()
        .unwrap();
    assert!(told.status.success() && told.stderr.is_empty(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_is_recorded_as_long_as_the_pictures() {
    for sound in ["aac", "pcma"] {
        let camera = Peer::scene(&format!("h264+{sound}"), &[]);
        let place = Place::new();
        let program = place.open(&all(&camera.url, "")).await;
        program.camera_is("door", "audio", true).await;
        let (file, streams) = recorded(&place, &program).await;
        assert_eq!(codecs(&streams), ["h264", "aac"], "{sound}");
        let (video, heard) = (streams[0].1, streams[1].1);
        assert!((video - heard).abs() < 0.6, "{sound}: {video} s of video, {heard} s of sound");
        decodes(&file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_switches_all_sound_off() {
    let camera = Peer::scene("h264+aac", &[]);
    let place = Place::new();
    let settings = format!("[store]\naudio = false\n\n{}", all(&camera.url, ""));
    let program = place.open(&settings).await;
    let (_, streams) = recorded(&place, &program).await;
    assert_eq!(codecs(&streams), ["h264"]);
    assert_eq!(program.camera("door").await["audio"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn rtsp_over_udp() {
    let camera = Peer::scene("h264", &[]);
    let place = Place::new();
    let program = place.open(&all(&camera.url, "transport = \"udp\"\n")).await;
    let (file, streams) = recorded(&place, &program).await;
    assert_eq!(codecs(&streams), ["h264"]);
    assert!(probe(&file).pictures > 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn rtsps_goes_through_ffmpeg_and_says_so() {
    let camera = Peer::scene("h264+aac", &["--tls"]);
    assert!(camera.url.starts_with("rtsps://"), "{}", camera.url);
    let place = Place::new();
    let program = place.open(&all(&camera.url, "")).await;
    let (file, streams) = recorded(&place, &program).await;
    assert_eq!(codecs(&streams), ["h264", "aac"]);
    decodes(&file);
    let seen = program.camera("door").await;
    assert!(seen["note"].as_str().is_some_and(|note| note.contains("ffmpeg")), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn motion_jpeg_is_encoded_or_kept() {
    let camera = Peer::scene("mjpeg", &[]);
    for (encode, codec) in [("h264", "h264"), ("keep", "mjpeg")] {
        let place = Place::new();
        let program = place.open(&all(&camera.url, &format!("encode = \"{encode}\"\n"))).await;
        let (file, streams) = recorded(&place, &program).await;
        assert_eq!(codecs(&streams), [codec]);
        decodes(&file);
        let snapshot = program.get("/cameras/door/snapshot.jpg").await;
        assert_eq!(snapshot.status(), 200, "{codec}: {}", program.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_cameras_with_a_stream_or_with_snapshots() {
    let options = ["--user", "anna", "--password", "rosebud", "--auth", "digest"];
    let camera = Peer::start("http_camera.py", &options);
    for path in ["/mjpeg", "/still.jpg"] {
        let place = Place::new();
        let more = "user = \"anna\"\npassword = \"rosebud\"\nsnapshot_interval = \"200ms\"\n";
        let program = place.open(&all(&format!("{}{path}", camera.url), more)).await;
        let (file, streams) = recorded(&place, &program).await;
        assert_eq!(codecs(&streams), ["h264"], "{path}");
        decodes(&file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outage_is_a_gap_with_its_reason() {
    let camera = Peer::camera("h264");
    let (url, port) = (camera.url.clone(), camera.port());
    let place = Place::new();
    let program = place.open(&all(&url, "")).await;
    program.camera_is("door", "recording", true).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    camera.kill();
    program.camera_is("door", "state", "offline").await;
    let _back = Peer::camera_at(&port);
    program.camera_is("door", "state", "live").await;
    let gaps = eventually("a gap that is over", Duration::from_secs(20), async || {
        let told = program.json("/troubles?camera=door").await;
        let gaps = told["troubles"].as_array().unwrap().clone();
        // The first stands from the start of the program to the first picture, if it took long.
        let last = gaps.iter().find(|gap| gap["end"].is_string() && gap["cause"].is_string());
        last.map(|_| gaps.clone()).ok_or_else(|| told.to_string())
    })
    .await;
    assert!(gaps.iter().all(|gap| gap["kind"] == "no_pictures"), "{gaps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_answers_again_is_back_within_a_second() {
    let camera = Peer::camera("h264");
    let (url, port) = (camera.url.clone(), camera.port());
    let place = Place::new();
    let program = place.open(&all(&url, "")).await;
    program.camera_is("door", "state", "live").await;
    camera.kill();
    program.camera_is("door", "state", "offline").await;
    // Long enough that the tries have spread as far as they ever do.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let _back = Peer::camera_at(&port);
    let answered = std::time::Instant::now();
    program.camera_is("door", "state", "live").await;
    // A second until it is tried, and the time to the camera's next key picture, which comes each second.
    let late = answered.elapsed();
    assert!(late < Duration::from_millis(2_500), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_onvif_camera_tells_its_stream_and_moves() {
    // Where the camera says that its largest stream is.
    let video = Peer::start("rtsp_server.py", &["--mount", "MainProfile=scene:h264"]);
    let camera = Peer::start("onvif_device.py", &["--rtsp", &video.port()]);
    let place = Place::new();
    let host = camera.url.replace("http://", "onvif://");
    let more = "user = \"admin\"\npassword = \"secret\"\n";
    let program = place.open(&all(&host, more)).await;
    let seen = program.camera("door").await;
    assert_eq!(seen["controls"]["ptz"], true, "{seen}");
    let ptz = program.json("/cameras/door/ptz").await;
    assert_eq!((&ptz["pan_tilt"], &ptz["zoom"]), (&json!(true), &json!(true)));
    let go = json!({"pan": 0.5, "tilt": 0, "zoom": 0, "seconds": 0.5});
    let moved = program.request(Method::POST, "/cameras/door/ptz").json(&go).send().await.unwrap();
    assert_eq!(moved.status(), 204);
    camera.says_somewhere(" move 0.5 0.0");
    camera.says_somewhere(" stop");
    let name = json!({"name": "gate"});
    let saved = program.request(Method::POST, "/cameras/door/ptz/presets").json(&name);
    let saved: Value = saved.send().await.unwrap().json().await.unwrap();
    let to = json!({"preset": saved["id"]});
    let went = program.request(Method::POST, "/cameras/door/ptz").json(&to).send().await.unwrap();
    assert_eq!(went.status(), 204);
    // And its stream is the one that it names.
    program.camera_is("door", "state", "live").await;
}

/// The double of the camera programs of a Raspberry Pi under the name `rpicam-vid`, and its log.
fn with_rpicam(place: &Place, command: &mut Command) -> PathBuf {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    let double = peers.join("rpicam-vid").canonicalize().unwrap();
    let bin = place.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    for name in ["rpicam-vid", "rpicam-still", "rpicam-hello"] {
        std::os::unix::fs::symlink(&double, bin.join(name)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    let log = place.path().join("log");
    command
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("DOUBLE_LOG", &log)
        .env("DOUBLE_CAMERA", place.path().join("camera"));
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_a_raspberry_pi_is_set_while_it_records() {
    let place = Place::new();
    let settings = format!(
        "{}[camera.picture]\nwidth = 640\nheight = 360\n",
        all("rpicam:", "photos = true\nphoto_source = \"still\"\nrecord = \"events\"\n")
            .replace("record = \"continuous\"\n", "")
    );
    place.configure(&settings);
    place.add_owner();
    let mut command = place.command(&["run"]);
    let log = with_rpicam(&place, &mut command);
    let mut program = place.start_as(&mut command).await;
    program.camera_is("door", "state", "live").await;
    let path = "/cameras/door/picture";
    let picture = program.json(path).await;
    assert_eq!((&picture["settings"]["width"], &picture["changed"]), (&json!("640"), &json!([])));
    // A wrong value changes nothing, and says what would do.
    let wrong = program.request(Method::PATCH, path).json(&json!({"brightness": "7"}));
    let wrong = wrong.send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    let wrong: Value = wrong.json().await.unwrap();
    assert!(wrong["error"]["hint"].as_str().unwrap().contains("-1 to 1"), "{wrong}");
    let right = program.request(Method::PATCH, path).json(&json!({"brightness": "0.2"}));
    let right: Value = right.send().await.unwrap().json().await.unwrap();
    assert_eq!(right["changed"], json!(["brightness"]));
    let started = |words: &str| std::fs::read_to_string(&log).unwrap_or_default().contains(words);
    eventually("the camera was started anew", Duration::from_secs(10), async || {
        started(r#""--brightness", "0.2""#).then_some(()).ok_or_else(|| program.log())
    })
    .await;
    program.camera_is("door", "state", "live").await;
    // The gap stands in the catalog with its reason.
    let told = eventually("the gap is over", Duration::from_secs(10), async || {
        let told = program.json("/troubles?camera=door").await;
        let troubles = told["troubles"].as_array().unwrap();
        let over = troubles.iter().find(|one| one["end"].is_string()).cloned();
        over.ok_or_else(|| told.to_string())
    })
    .await;
    assert_eq!(told["cause"], "its settings were changed");
    // A photo by the camera's own program, for which the stream rests.
    let taken = program.request(Method::POST, "/cameras/door/photo").send().await.unwrap();
    assert_eq!(taken.status(), 201, "{}", program.log());
    assert!(started("rpicam-still"));
    program.camera_is("door", "state", "live").await;
    // What was changed outlives a restart.
    program.signal("TERM");
    assert!(program.ends().await, "{}", program.log());
    std::fs::remove_file(&log).unwrap();
    let mut command = place.command(&["run"]);
    std::fs::remove_dir_all(place.path().join("bin")).unwrap();
    with_rpicam(&place, &mut command);
    let program = place.start_as(&mut command).await;
    program.camera_is("door", "state", "live").await;
    assert!(started(r#""--brightness", "0.2""#));
    let back = program.request(Method::DELETE, path).send().await.unwrap();
    assert_eq!(back.json::<Value>().await.unwrap()["changed"], json!([]));
}
