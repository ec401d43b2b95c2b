//! Files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use watchpost_media::Codec;
use watchpost_model::config::{File, Source, Speed};
use watchpost_source::SourceError;

use crate::watch::{Seen, fails, seconds, watch};

/// Makes a file of four seconds, 15 pictures and a tone, with `arguments` for its codecs.
fn film(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=15"])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", "4"])
        .args(["-pix_fmt", "yuv420p", "-g", "15"])
        .args(arguments)
        .arg(&path)
        .status()
        .expect("ffmpeg is installed");
    assert!(made.success());
    path
}

fn file(path: PathBuf) -> File {
    File { path, repeat: false, speed: Speed::Times(1.0), sound: true }
}

async fn see(file: File, length: Duration) -> Seen {
    watch(Source::File(file), length).await.unwrap()
}

#[track_caller]
fn check(seen: &Seen, rate: f64) {
    assert_eq!(seen.codec(), Codec::H264);
    assert!((rate * 0.95..rate * 1.05).contains(&seen.rate()), "{} a second", seen.rate());
}

const PLAIN: &[&str] = &["-c:v", "libx264", "-bf", "2", "-c:a", "aac"];

#[tokio::test]
async fn a_film_is_played_with_its_sound_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = film(folder.path(), "plain.mp4", PLAIN);
    let once = see(file(path.clone()), seconds(3)).await;
    check(&once, 15.0);
    assert_eq!(once.note, None);
    once.sounds_all_the_time(Duration::from_millis(140)); // The first is shown two pictures late.
    once.decodes();
    let twice = see(File { repeat: true, ..file(path.clone()) }, seconds(6)).await;
    check(&twice, 15.0);
    assert!(twice.heard().len() > 270, "{} packets of sound", twice.heard().len());
    let silent = see(File { sound: false, ..file(path.clone()) }, seconds(1)).await;
    assert_eq!((silent.format(), silent.heard().len()), (None, 0));
    assert!(matches!(fails(Source::File(file(path))).await, SourceError::Finished));
}

#[tokio::test]
async fn it_is_played_at_any_speed() {
    let folder = tempfile::tempdir().unwrap();
    let path = film(folder.path(), "plain.mp4", PLAIN);
    let at = |speed| File { speed, repeat: true, ..file(path.clone()) };
    let quick = see(at(Speed::Times(4.0)), seconds(2)).await;
    check(&quick, 60.0);
    assert_eq!((quick.format(), quick.note.as_deref()), (None, Some("no sound at this speed")));
    let slow = see(at(Speed::Times(0.5)), seconds(2)).await;
    check(&slow, 7.5);
    let began = Instant::now();
    let quickest = see(at(Speed::Fastest), Duration::from_millis(500)).await;
    assert!(quickest.rate() > 200.0, "{} pictures a second", quickest.rate());
    assert!(began.elapsed() < seconds(5));
    let shown = quickest.arrivals.iter().map(|arrival| arrival.elapsed + arrival.shown_after);
    assert!(shown.max().unwrap() < seconds(2), "times are those at which it was played");
}

#[tokio::test]
async fn what_is_no_mp4_is_read_by_ffmpeg() {
    let folder = tempfile::tempdir().unwrap();
    let mkv = film(folder.path(), "plain.mkv", &["-c:v", "libx264", "-bf", "0", "-c:a", "aac"]);
    let avi = film(
        folder.path(),
        "old.avi",
        &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"],
    );
    let note = Some("read by ffmpeg: it is no MP4 with H.264 or H.265");
    let seen = see(file(mkv.clone()), seconds(3)).await;
    check(&seen, 15.0);
    assert_eq!(seen.note.as_deref(), note);
    seen.sounds_all_the_time(Duration::from_millis(200));
    seen.decodes();
    let again = see(File { repeat: true, ..file(mkv.clone()) }, seconds(6)).await;
    check(&again, 15.0);
    let quick =
        see(File { speed: Speed::Times(4.0), ..file(mkv.clone()) }, Duration::from_millis(800))
            .await;
    check(&quick, 60.0);
    assert!(matches!(fails(Source::File(file(mkv))).await, SourceError::Finished));
    let old = see(file(avi), seconds(3)).await;
    assert_eq!((old.codec(), old.note.as_deref()), (Codec::Mjpeg, note));
    old.sounds_all_the_time(Duration::from_millis(200));
    old.decodes();
}

#[tokio::test]
async fn what_is_no_film_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.mp4");
    std::fs::write(&text, "nothing to see here, ".repeat(100)).unwrap();
    let error = fails(Source::File(file(text))).await;
    assert!(matches!(error, SourceError::File { .. }), "{error}");
    let error = fails(Source::File(file(folder.path().join("absent.mp4")))).await;
    assert!(matches!(error, SourceError::File { .. }), "{error}");
}
