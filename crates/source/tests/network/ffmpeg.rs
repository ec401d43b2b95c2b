//! What the built-in reader does not read.

use std::fs;
use std::time::{Duration, Instant};

use watchpost_media::Codec;
use watchpost_model::config::{Encode, Reader, Rtsp, Source, Transport};
use watchpost_source::{SourceError, Stream};

use crate::peer::Peer;
use crate::watch::{Seen, fails, login, rtsp, seconds, watch};

const PASSWORD: &str = "p:a ss'w@rd";

async fn see(rtsp: Rtsp) -> Seen {
    watch(Source::Rtsp(rtsp), seconds(5)).await.unwrap()
}

fn by_ffmpeg(url: &str) -> Rtsp {
    Rtsp { reader: Reader::Ffmpeg, ..rtsp(url) }
}

/// The command lines of all programs that run.
fn command_lines() -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect()
}

#[tokio::test]
async fn an_encrypted_camera_is_seen_and_heard_and_nobody_sees_the_password() {
    let camera = Peer::camera("h264+aac", &["--tls", "--user", "anna", "--password", PASSWORD]);
    assert!(camera.url.starts_with("rtsps://"));
    let secret = Rtsp { credentials: Some(login("anna", PASSWORD)), ..rtsp(&camera.url) };
    let seen = see(secret.clone()).await;
    assert_eq!(seen.note.as_deref(), Some("read by ffmpeg: its address is rtsps://"));
    assert!((14.0..16.0).contains(&seen.rate()), "{} pictures a second", seen.rate());
    assert_eq!(seen.format().map(watchpost_media::SoundFormat::rate), Some(48_000));
    seen.sounds_all_the_time(Duration::from_millis(600));
    seen.decodes();

    let stream = Stream::open(&Source::Rtsp(secret.clone())).await.unwrap();
    let all = command_lines();
    let port = camera.url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let ours: Vec<_> =
        all.iter().filter(|line| line.contains("ffconcat") || line.contains("concat")).collect();
    assert!(!ours.is_empty(), "ffmpeg runs");
    let address = format!(":{port}/door");
    assert!(!all.iter().any(|line| line.contains(&address)), "the address shows");
    drop(stream);

    let wrong = Rtsp { credentials: Some(login("anna", "thorn")), ..secret };
    assert!(matches!(fails(Source::Rtsp(wrong.clone())).await, SourceError::Refused));
    let silent = Rtsp { sound: false, ..wrong };
    assert!(matches!(fails(Source::Rtsp(silent)).await, SourceError::Refused));
}

#[tokio::test]
async fn sound_that_is_no_aac_becomes_it() {
    let camera = Peer::camera("h265+pcma", &[]);
    let seen = see(by_ffmpeg(&camera.url)).await;
    assert_eq!(seen.codec(), Codec::H265);
    assert_eq!(seen.note.as_deref(), Some("read by ffmpeg: `reader` says so"));
    assert_eq!(seen.format().map(watchpost_media::SoundFormat::rate), Some(8_000));
    seen.sounds_all_the_time(Duration::from_secs(1));
    seen.decodes();
}

#[tokio::test]
async fn pictures_do_not_wait_for_sound_that_has_stopped() {
    for sound in ["aac", "pcma"] {
        let camera = Peer::camera(&format!("h264+{sound}"), &[]);
        let quiet = Peer::start("rtsp_odd.py", &[&camera.url, "3"]);
        let mut stream = Stream::open(&Source::Rtsp(by_ffmpeg(&quiet.url))).await.unwrap();
        let began = Instant::now();
        let (mut last, mut longest, mut heard) = (began, Duration::ZERO, 0);
        while began.elapsed() < seconds(8) {
            let arrival = stream.next().await.unwrap();
            heard += arrival.sound.len();
            longest = longest.max(last.elapsed());
            last = Instant::now();
        }
        assert!(heard > 10, "{sound}: {heard} packets of sound");
        assert!(longest < seconds(2), "{sound}: {longest:?} without a picture");
    }
}

#[tokio::test]
async fn a_camera_whose_sound_never_comes_is_seen() {
    let mut notes = Vec::new();
    for sound in ["aac", "pcma"] {
        let camera = Peer::camera(&format!("h264+{sound}"), &[]);
        let mute = Peer::start("rtsp_odd.py", &[&camera.url, "0"]);
        let seen = see(by_ffmpeg(&mute.url)).await;
        assert!((14.0..16.0).contains(&seen.rate()), "{} pictures a second", seen.rate());
        assert_eq!(seen.heard().len(), 0);
        notes.push(seen.note.unwrap());
    }
    let why = "no sound: the camera announces it, but sends none";
    assert_eq!(notes[1], format!("read by ffmpeg: `reader` says so; {why}"));
}

#[tokio::test]
async fn unwanted_sound_is_not_even_asked_for() {
    let camera = Peer::camera("h264+aac", &[]);
    let seen = see(Rtsp { sound: false, ..by_ffmpeg(&camera.url) }).await;
    assert_eq!(seen.format(), None);
    let asked: Vec<_> =
        camera.said().into_iter().filter(|line| line.starts_with("setup ")).collect();
    assert_eq!(asked, ["setup /door/stream=0"]);
}

#[tokio::test]
async fn motion_jpeg_becomes_h264() {
    let camera = Peer::camera("mjpeg", &[]);
    let seen = see(Rtsp { encode: Encode::H264, ..by_ffmpeg(&camera.url) }).await;
    assert_eq!(seen.codec(), Codec::H264);
    assert!((14.0..16.0).contains(&seen.rate()), "{} pictures a second", seen.rate());
    seen.decodes();
}

#[tokio::test]
async fn over_udp_too() {
    let camera = Peer::camera("h264", &[]);
    let seen = see(Rtsp { transport: Transport::Udp, ..by_ffmpeg(&camera.url) }).await;
    assert!((10.0..16.0).contains(&seen.rate()), "{} pictures a second", seen.rate());
}

#[tokio::test]
async fn it_helps_out_where_the_built_in_reader_is_too_strict() {
    let camera = Peer::camera("h264+aac", &[]);
    let odd = Peer::start("rtsp_odd.py", &[&camera.url]);
    let strict = fails(Source::Rtsp(rtsp(&odd.url))).await;
    assert!(matches!(strict, SourceError::Garbled { .. }), "{strict}");
    let seen = see(Rtsp { reader: Reader::Auto, ..rtsp(&odd.url) }).await;
    let note = seen.note.as_deref().unwrap();
    assert!(note.starts_with("read by ffmpeg: for the built-in reader it sends something strange"));
    assert!((12.0..18.0).contains(&seen.rate()), "{} pictures a second", seen.rate());
    seen.sounds_all_the_time(Duration::from_millis(1_500));
    // Nobody is started for a camera that the built-in reader can read.
    let seen = see(Rtsp { reader: Reader::Auto, ..rtsp(&camera.url) }).await;
    assert_eq!(seen.note, None);
}

#[tokio::test]
async fn what_is_wrong_is_told_as_by_the_built_in_reader() {
    let camera = Peer::camera("h264", &[]);
    let elsewhere = camera.url.replace("door", "hall");
    for sound in [true, false] {
        let wrong = Rtsp { sound, ..by_ffmpeg(&elsewhere) };
        let error = fails(Source::Rtsp(wrong)).await;
        assert!(matches!(error, SourceError::NoSuchStream { status: 404 }), "{error}");
        let nobody = Rtsp { sound, ..by_ffmpeg("rtsp://127.0.0.1:9/door") };
        let error = fails(Source::Rtsp(nobody)).await;
        assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    }
}

#[tokio::test]
async fn one_that_is_stuck_is_ended() {
    let mut camera = Peer::camera("h264", &[]);
    let mut stream = Stream::open(&Source::Rtsp(by_ffmpeg(&camera.url))).await.unwrap();
    stream.next().await.unwrap();
    camera.tell("pause");
    let error = loop {
        match stream.next().await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let told = matches!(error, SourceError::Silent { .. } | SourceError::Unreachable { .. });
    assert!(told || matches!(error, SourceError::Ended { .. }), "{error}");
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}
