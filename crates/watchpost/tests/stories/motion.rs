//! What moves in files, and what would have moved before a camera by other settings.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Place, WATCHPOST, eventually};

/// A wall before which somebody walks by, from 6 s to 12 s of 15 s, in the upper half of the picture.
/// `coding` is how ffmpeg is to write it.
fn clip(file: &Path, coding: &[&str]) {
    let walker = "between(T,6,12)*between(X,(T-6)*50,(T-6)*50+18)*between(Y,20,76)";
    let wall = "110+30*sin(X/6)*cos(Y/9)";
    let picture = format!("if({walker},30+190*mod(floor(Y/8),2),{wall})");
    let graph = format!(
        "nullsrc=size=320x180:rate=10:duration=15,format=yuv420p,\
         geq=lum='{picture}':cb=112:cr=142,noise=alls=3:allf=t"
    );
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &graph])
        .args(coding)
        .arg(file)
        .status();
    assert!(made.unwrap().success());
}

const H264: [&str; 8] = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "0"];

/// The upper half, where somebody walks.
const UPPER: &str = "mask=[{points=[[0,0],[1,0],[1,0.5],[0,0.5]]}]";

/// Runs `watchpost motion` in this folder.
fn motion(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(WATCHPOST).arg("motion").args(arguments).current_dir(folder).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn is_one_walk(spans: &[Value], clip: &str) {
    let [span] = spans else { panic!("{spans:?}") };
    assert_eq!(span["clip"], clip);
    let (start, end) = (span["start_s"].as_f64().unwrap(), span["end_s"].as_f64().unwrap());
    assert!((6.0..7.0).contains(&start) && (11.5..13.0).contains(&end), "{span}");
}

#[test]
fn what_moves_in_a_file_is_told_by_the_settings_that_are_tried() {
    let place = Place::new();
    let folder = place.path();
    clip(&folder.join("walk.mp4"), &H264);
    is_one_walk(&lines(&motion(folder, &["walk.mp4", "--json"])), "walk.mp4");

    for tried in [
        &["--set", "min_area=0.5"][..],
        &["--min-area", "0.5"],
        &["--set", UPPER],
        &[
            "--set",
            "sensitivity=0.4",
            "--set",
            "zone=[{name=\"low\",points=[[0,0.8],[1,0.8],[1,1]]}]",
        ],
    ] {
        let spans = lines(&motion(folder, &[&["walk.mp4", "--json"], tried].concat()));
        assert_eq!(spans, Vec::<Value>::new(), "{tried:?}");
    }

    // A camera's settings are the base, if it is named.
    let mask = "[[camera.motion.mask]]\npoints = [[0, 0], [1, 0], [1, 0.5], [0, 0.5]]\n";
    place.configure(&format!("[[camera]]\nname = \"door\"\nsource = \"demo:\"\n{mask}"));
    let of_door = ["walk.mp4", "--json", "--camera", "door"];
    assert_eq!(lines(&motion(folder, &of_door)), Vec::<Value>::new());
    let unmasked = [&of_door[..], &["--set", "mask=[]"]].concat();
    is_one_walk(&lines(&motion(folder, &unmasked)), "walk.mp4");
}

#[test]
fn any_video_file_is_looked_through() {
    let place = Place::new();
    let folder = place.path();
    let files = [
        ("walk.mkv", &H264[..]),
        ("walk.avi", &["-c:v", "mpeg4", "-q:v", "3"]),
        ("walk.mjpeg.avi", &["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"]),
    ];
    for (file, coding) in files {
        clip(&folder.join(file), coding);
        is_one_walk(&lines(&motion(folder, &[file, "--json"])), file);
    }
    fs::write(folder.join("letter.mp4"), "Dear Anna").unwrap();
    let told = complaint(&motion(folder, &["letter.mp4"]));
    assert!(told.contains("letter.mp4") && told.contains("no video"), "{told}");
}

#[test]
fn each_second_is_explained() {
    let place = Place::new();
    let folder = place.path();
    clip(&folder.join("walk.mp4"), &H264);
    let told = motion(folder, &["walk.mp4", "--explain"]);
    let told = String::from_utf8(told.stdout).unwrap();
    let second = |number: u32| {
        told.lines().find(|line| line.starts_with(&format!("walk.mp4: {number} s: ")))
    };
    assert!(second(9).is_some_and(|line| line.contains("moves at ")), "{told}");
    assert!(second(4).is_none_or(|line| !line.contains("moves")), "{told}");

    let small = ["walk.mp4", "--explain", "--json", "--set", "min_area=0.5"];
    let told = lines(&motion(folder, &small));
    assert_eq!(told.len(), 15, "a line for each second, and no span: {told:?}");
    let ninth = told.iter().find(|line| line["second"] == 9).unwrap();
    assert_eq!((&ninth["moving"], &ninth["background"]), (&json!(false), &json!("known")));
    let seen = ninth["seen"].as_array().unwrap();
    assert!(seen.iter().all(|seen| seen["verdict"] == "small") && !seen.is_empty(), "{ninth}");
    assert!(ninth["left"].as_f64().unwrap() > 0.005, "{ninth}");
}

#[test]
fn what_cannot_be_tried_is_told_with_what_can() {
    let place = Place::new();
    let folder = place.path();
    place.configure("[[camera]]\nname = \"door\"\nsource = \"demo:\"\n");
    let faulty =
        ["x.mp4", "--set", "sensitivity=high", "--set", "min_aera=0.1", "--set", "person.near=1"];
    let told = complaint(&motion(folder, &faulty));
    for words in [
        "sensitivity=high: must be a number from 0 to 1",
        "min_aera=0.1: unknown key; did you mean min_area?",
        "person.near=1: far is missing",
    ] {
        assert!(told.contains(words), "{words:?} in {told}");
    }
    let told = complaint(&motion(folder, &["x.mp4", "--camera", "yard"]));
    assert!(told.contains("no camera yard") && told.contains("it names door"), "{told}");
    let replay = |arguments: &[&str]| {
        complaint(&motion(folder, &[&["replay", "--camera", "door"], arguments].concat()))
    };
    assert!(
        replay(&["--from", "yesterday"]).contains("2026-11-21"),
        "{}",
        replay(&["--from", "yesterday"])
    );
    assert!(replay(&["--set", "sensitivity=2"]).contains("from 0 to 1"));
    assert!(complaint(&motion(folder, &["replay", "--camera", "yard"])).contains("it names door"));
    assert!(complaint(&motion(folder, &["replay"])).contains("--camera"));
    // A file of that name is a file all the same.
    assert!(complaint(&motion(folder, &["./replay"])).contains("./replay"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_judged_again_beside_a_running_recorder() {
    let place = Place::new();
    clip(&place.path().join("walk.mp4"), &H264);
    let camera = |name: &str, record: &str, more: &str| {
        format!(
            "[[camera]]\nname = \"{name}\"\nsource = \"file:walk.mp4\"\nrecord = \"{record}\"\n\
             pre_roll = \"1s\"\npost_roll = \"2s\"\n{more}"
        )
    };
    let mask = "[[camera.motion.mask]]\npoints = [[0, 0], [1, 0], [1, 0.5], [0, 0.5]]\n";
    let both = camera("door", "events", "") + &camera("yard", "continuous", mask);
    let mut program = place.open(&both).await;
    let event = program.ended_events(1).await.remove(0);
    assert_eq!(event["camera"], "door");
    // The picture may still be on its way.
    eventually("a snapshot", Duration::from_secs(10), async || {
        let event = program.ended_events(1).await.remove(0);
        if event["snapshot"] == true { Ok(()) } else { Err(event.to_string()) }
    })
    .await;
    program.signal("TERM");
    assert!(program.ends().await);
    drop(program);

    place.configure(&(camera("door", "off", "") + &camera("yard", "off", mask)));
    let _beside = place.start().await;
    let ask = |camera: &str, more: &[&str]| {
        let arguments = [&["motion", "replay", "--camera", camera], more].concat();
        place.command(&arguments).output().unwrap()
    };
    let judged = |camera: &str, more: &[&str]| {
        let told = lines(&ask(camera, &[&["--json"], more].concat()));
        assert_eq!(told.len(), 1, "one object");
        told.into_iter().next().unwrap()
    };

    let same = judged("door", &[]);
    assert!(same["covered_s"].as_f64().unwrap() > 10.0, "{same}");
    assert_eq!((&same["events"], &same["would"]), (&json!(1), &json!(1)), "{same}");
    assert_eq!((&same["vanishing"], &same["appearing"]), (&json!([]), &json!([])), "{same}");

    for set in ["min_area=0.5", UPPER] {
        let gone = judged("door", &["--set", set]);
        assert_eq!((&gone["would"], &gone["unknown"]), (&json!(0), &json!(0)), "{gone}");
        assert_eq!(gone["vanishing"][0]["id"], event["id"], "{gone}");
        let picture = fs::read(gone["vanishing"][0]["picture"].as_str().unwrap()).unwrap();
        assert!(picture.starts_with(&[0xFF, 0xD8]), "a JPEG");
    }
    let told = String::from_utf8(ask("door", &["--set", "min_area=0.5"]).stdout).unwrap();
    let vanishes = format!("  {}  ", event["id"].as_str().unwrap());
    for words in ["1 event by motion, 0 with these settings", "vanishes  ", &vanishes] {
        assert!(told.contains(words), "{words:?} in {told}");
    }

    // Masked, nothing happened there; without the mask something would have.
    let pictures = place.path().join("pictures");
    let shown = ["--set", "mask=[]", "--pictures", pictures.to_str().unwrap()];
    let appears = judged("yard", &shown);
    assert_eq!((&appears["events"], &appears["would"]), (&json!(0), &json!(1)), "{appears}");
    let [would] = appears["appearing"].as_array().unwrap().as_slice() else { panic!("{appears}") };
    let picture = fs::read(would["picture"].as_str().unwrap()).unwrap();
    assert!(picture.starts_with(&[0xFF, 0xD8]), "a JPEG");
    assert!(!would["regions"].as_array().unwrap().is_empty(), "{would}");
    assert_eq!(judged("yard", &[])["would"], 0);
    let long_ago = judged("yard", &["--from", "2020-01-01", "--to", "2020-01-02"]);
    assert_eq!((&long_ago["covered_s"], &long_ago["would"]), (&json!(0.0), &json!(0)));
}
