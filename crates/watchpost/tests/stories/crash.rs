//! Whatever is killed, footage stays whole.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::peer::Peer;
use crate::program::{Place, fragments, probe, signal, within};

fn continuous(url: &str) -> String {
    format!("[[camera]]\nname = \"door\"\nsource = \"{url}\"\nrecord = \"continuous\"\n")
}

/// How often the program is killed. `WATCHPOST_KILLS=100 cargo test --test stories kill` does it longer.
fn kills() -> u64 {
    std::env::var("WATCHPOST_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(8)
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_at_any_moment_leaves_every_file_playing_and_loses_the_open_fragment_at_most() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let mut program = place.open(&continuous(&camera.url)).await;
    for round in 0..kills() {
        program.camera_is("door", "recording", true).await;
        // Moments all over a fragment, before the first one too; the same at each run.
        let moment = if round % 4 == 3 { 100 } else { 1_500 + round * 379 % 1_700 };
        tokio::time::sleep(Duration::from_millis(moment)).await;
        let before = program.json("/recordings?camera=door").await;
        let told = before["recordings"].as_array().unwrap().last().unwrap()["end"].clone();
        let told: jiff::Timestamp = told.as_str().unwrap().parse().unwrap();
        program.kill();
        // As they lie there, before anything is mended.
        for file in place.footage() {
            let probed = probe(&file);
            assert_eq!(probed.errors, "", "round {round}: {}", file.display());
            assert!(probed.pictures > 0, "round {round}: {}", file.display());
        }
        program = place.start().await;
        let after = program.json("/recordings?camera=door").await;
        let covered = after["recordings"].as_array().unwrap().iter().any(|stretch| {
            let end: jiff::Timestamp = stretch["end"].as_str().unwrap().parse().unwrap();
            end >= told
        });
        assert!(covered, "round {round}: what was told as recorded is there: {before} {after}");
    }
    program.camera_is("door", "recording", true).await;
    program.signal("TERM");
    assert!(program.ends().await, "{}", program.log());
    for file in place.footage() {
        assert!(fragments(&file) > 0, "{}", file.display());
    }
    let verified = place.command(&["verify"]).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_decoder_costs_no_picture_and_detection_is_back_within_two_seconds() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let program = place.open(&continuous(&camera.url)).await;
    program.camera_is("door", "detection", "watching").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    for _ in 0..3 {
        let worker = worker_of(program.id()).expect("a decode worker runs");
        signal(worker, "KILL");
        within("another worker", Duration::from_secs(2), async || match worker_of(program.id()) {
            Some(other) if other != worker => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
    }
    // A worker that hangs is ended, too.
    let worker = worker_of(program.id()).unwrap();
    signal(worker, "STOP");
    within("another worker", Duration::from_secs(5), async || match worker_of(program.id()) {
        Some(other) if other != worker => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    program.camera_is("door", "detection", "watching").await;
    camera.tell("walk");
    program.ended_events(1).await;
    let mut program = program;
    program.signal("TERM");
    assert!(program.ends().await);
    for file in place.footage() {
        let probed = probe(&file);
        let expected = probed.seconds * 15.0;
        let pictures = f64::from(u32::try_from(probed.pictures).unwrap());
        assert!((pictures - expected).abs() < 4.0, "every picture is there: {probed:?}");
        assert_eq!(probed.errors, "");
    }
}

/// The process number of the program's decode worker.
fn worker_of(program: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{program}/task/{program}/children")).ok();
    let all = fs::read_dir(format!("/proc/{program}/task")).ok()?;
    let of_threads =
        all.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let listed: String = children.into_iter().chain(of_threads).collect::<Vec<_>>().join(" ");
    listed.split_whitespace().filter_map(|id| id.parse().ok()).find(|id| is_worker(*id))
}

fn is_worker(process: u32) -> bool {
    let line =
        fs::read(Path::new("/proc").join(process.to_string()).join("cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).contains("decode-worker")
}
