//! Models that recognise objects: added, listed, and shown pictures and films.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::program::Place;

/// The real models, which are no part of the project.
fn models() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/models");
    let found = root.join(YOLOX).is_file();
    if !found {
        eprintln!("left out: there are no models in {}", root.display());
    }
    found.then_some(root)
}

const YOLOX: &str = "yolox-nano-coco80-416.onnx";

/// A room that somebody enters after six of twelve seconds, as `room.mp4`.
fn room(place: &Place) -> Option<PathBuf> {
    let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/motion/clips");
    let whole = Some(clips.join("d01_real_room_a.mp4")).filter(|whole| whole.is_file())?;
    let part = place.path().join("room.mp4");
    let mut cut = Command::new("ffmpeg");
    cut.args(["-v", "error", "-t", "12", "-i"]).arg(whole).args(["-c", "copy"]).arg(&part);
    assert!(cut.status().unwrap().success());
    Some(part)
}

/// A place without a camera.
fn place() -> Place {
    let place = Place::new();
    place.configure("");
    place
}

fn model(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&[&["model"], arguments].concat());
    command.current_dir(place.path()).output().unwrap()
}

#[track_caller]
fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    told(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Answers each request for a file with these bytes.
fn serve(status: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request); // All of it comes at once.
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()); // The asker may have left.
            let _ = stream.write_all(&body); // As above.
        }
    });
    format!("http://{address}/files/small.onnx?key=rosebud")
}

#[test]
fn a_model_that_runs_is_added_listed_and_used_by_its_name() {
    let place = place();
    let (Some(models), Some(room)) = (models(), room(&place)) else { return };
    assert!(told(&model(&place, &["list"])).contains("watchpost model add"));

    let file = models.join(YOLOX);
    let file = file.to_str().unwrap();
    let labels = models.join("coco80.txt");
    let labels = ["--labels", labels.to_str().unwrap()];
    let added = told(&model(&place, &[&["add", file, "--name", "nano"], &labels[..]].concat()));
    for words in ["yolox", "416 x 416", "80: person, bicycle", "ms a look", "model = \"nano\""] {
        assert!(added.contains(words), "{words:?} in {added}");
    }
    let sum = Command::new("sha256sum").arg(file).output().unwrap().stdout;
    let sum = String::from_utf8(sum).unwrap()[..64].to_owned();
    assert!(added.contains(&sum), "{added}");
    assert_eq!(files(&place.data().join("models")), ["nano.onnx", "nano.txt"]);
    assert!(complaint(&model(&place, &["add", file, "--name", "nano"])).contains("--name"));

    // Over HTTP from this machine, with its sum known; a name comes from the address.
    let url = serve("200 OK", fs::read(file).unwrap());
    let wrong = complaint(&model(&place, &["add", &url, "--sha256", &"0".repeat(64)]));
    assert!(wrong.contains(&sum) && !wrong.contains("rosebud"), "{wrong}");
    told(&model(&place, &["add", &url, "--sha256", &sum.to_uppercase()]));
    let config = fs::read_to_string(place.config()).unwrap();
    fs::write(place.config(), config + "[detector]\nmodel = \"nano\"\n").unwrap();
    let listed = told(&model(&place, &["list"]));
    let expected = ["nano: 3.6 MB, with labels of its own, in use", "small: 3.6 MB"];
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);

    // Who is set looks, and who is named.
    let room = room.to_str().unwrap();
    for named in [&[][..], &["--model", "small"], &["--model", file, "--engine", "rten"]] {
        let asked = [&["test", "--json", "--classes", "person"], named, &[room]].concat();
        is_of_the_room(&lines(&model(&place, &asked)), 2.0);
    }
}

/// Two frames a second, in many of which there is somebody.
#[track_caller]
fn is_of_the_room(frames: &[Value], per_second: f64) {
    let times: Vec<f64> = frames.iter().map(|frame| frame["t"].as_f64().unwrap()).collect();
    assert!(times.is_sorted() && times.len() > 20, "{times:?}");
    let rate = (f64::from(u32::try_from(times.len()).unwrap()) - 1.0) / times.last().unwrap();
    assert!((rate - per_second).abs() < 0.2, "{rate} frames a second");
    let persons: Vec<&Value> =
        frames.iter().flat_map(|frame| frame["objects"].as_array().unwrap()).collect();
    assert!(persons.len() > 5, "{} persons in {} frames", persons.len(), frames.len());
    for person in persons {
        assert_eq!(person["label"], "person");
        assert!((0.5..=1.0).contains(&person["score"].as_f64().unwrap()), "{person}");
        let edges: Vec<f64> =
            person["box"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
        let [x, y, width, height] = edges[..] else { panic!("{person}") };
        assert!(x >= 0.0 && y >= 0.0 && width > 0.0 && height > 0.0, "{person}");
        assert!(x + width <= 1.001 && y + height <= 1.001, "{person}");
    }
    assert!(frames.iter().any(|frame| frame["objects"] == json!([])), "never nobody");
}

#[test]
fn boxes_are_drawn_into_pictures() {
    let place = place();
    let (Some(models), Some(room)) = (models(), room(&place)) else { return };
    let file = models.join(YOLOX);
    let by = ["test", "--model", file.to_str().unwrap(), "--classes", "person", "--out", "seen"];
    let shown = told(&model(&place, &[&by[..], &["--fps", "2", room.to_str().unwrap()]].concat()));
    assert!(shown.contains(" s: person 0.") && shown.contains("ms a look"), "{shown}");
    let pictures = files(&place.path().join("seen"));
    assert!((3..=24).contains(&pictures.len()), "{pictures:?}");
    for picture in &pictures {
        assert!(picture.starts_with("room-") && picture.ends_with("s-objects.jpg"));
        let jpeg = fs::read(place.path().join("seen").join(picture)).unwrap();
        assert!(jpeg.starts_with(&[0xff, 0xd8]), "{picture}");
    }

    // A picture of the film, as a JPEG of its own.
    let second = shown.lines().find_map(|line| line.split(": ").nth(1)?.strip_suffix(" s"));
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-ss", second.unwrap(), "-i", room.to_str().unwrap()])
        .args(["-frames:v", "1", "-q:v", "2"])
        .arg(place.path().join("still.jpg"))
        .status();
    assert!(made.unwrap().success());
    let still = told(&model(&place, &[&by[..], &["still.jpg"]].concat()));
    assert!(still.contains("still.jpg: 0.0 s: ") && still.contains("person"), "{still}");
    assert!(place.path().join("seen/still-objects.jpg").is_file());
    let json = [&by[..5], &["--json", "still.jpg"]].concat();
    assert_eq!(lines(&model(&place, &json)).len(), 1);
    assert_eq!(
        files(place.path()),
        ["room.mp4", "seen", "still.jpg", "watchpost.toml"],
        "JSON draws nothing"
    );
}

#[test]
fn with_motion_the_recorder_s_looks_are_told() {
    let place = place();
    let (Some(models), Some(room)) = (models(), room(&place)) else { return };
    let file = models.join(YOLOX);
    let by = ["test", "--json", "--motion", "--classes", "person", "--model"];
    let rest = [file.to_str().unwrap(), room.to_str().unwrap()];
    let frames = lines(&model(&place, &[&by[..], &rest].concat()));
    let persons: Vec<&Value> =
        frames.iter().flat_map(|frame| frame["objects"].as_array().unwrap()).collect();
    assert!(persons.len() > 5, "{} persons in {} frames", persons.len(), frames.len());
    assert!(persons.iter().all(|person| person["track"].is_u64() && person["still"].is_boolean()));
}

#[test]
fn what_is_no_model_is_refused_with_the_remedy_and_leaves_nothing_behind() {
    let place = place();
    let bad = |name: &str, bytes: &[u8]| fs::write(place.path().join(name), bytes).unwrap();
    bad("page.onnx", b"<!DOCTYPE html><html><body>Sign in</body></html>");
    bad("letter.onnx", b"Dear Anna, the weights are attached. Yours, Bob\n");
    bad("empty.onnx", b"");
    bad("picture.jpg", b"\xff\xd8 no JPEG");
    if let Some(models) = models() {
        let whole = fs::read(models.join(YOLOX)).unwrap();
        bad("half.onnx", &whole[..whole.len() / 2]);
    } else {
        bad("half.onnx", b"\x08\x08\x12\x07pytorch");
    }
    let before = files(place.path());
    for name in ["page", "letter", "empty", "half", "missing"] {
        let file = format!("{name}.onnx");
        let refused = complaint(&model(&place, &["add", &file]));
        assert!(refused.contains(&file), "{refused}");
        assert!(!refused.contains(".adding-"), "{refused}");
        let refused = complaint(&model(&place, &["test", "--model", &file, "picture.jpg"]));
        assert!(refused.contains(&file), "{refused}");
        assert_eq!(files(place.path()), before, "{name}");
    }
    for (status, body, words) in [
        ("200 OK", "<html>Please wait</html>", "web page"),
        ("404 Not Found", "", "404"),
        ("302 Found\r\nLocation: http://192.0.2.1/a.onnx", "", "302"),
    ] {
        let refused = complaint(&model(&place, &["add", &serve(status, body.into())]));
        assert!(refused.contains(words) && !refused.contains("rosebud"), "{refused}");
    }
    let plain = complaint(&model(&place, &["add", "http://192.0.2.1/a.onnx"]));
    assert!(plain.contains("https://"), "{plain}");
    let unnamed = complaint(&model(&place, &["add", "page.onnx", "--name", "../page"]));
    assert!(unnamed.contains("--name"), "{unnamed}");
    let none = complaint(&model(&place, &["test", "picture.jpg"]));
    assert!(none.contains("--model") && none.contains("[detector]"), "{none}");
    assert_eq!(files(place.path()), before);
}

#[test]
fn what_is_no_picture_is_told() {
    let Some(models) = models() else { return };
    let place = place();
    let file = models.join(YOLOX);
    let by = ["test", "--model", file.to_str().unwrap(), "--json"];
    fs::write(place.path().join("noise.jpg"), b"\xff\xd8 no JPEG").unwrap();
    fs::write(place.path().join("letter.mp4"), "Dear Anna").unwrap();
    for (name, words) in [
        ("noise.jpg", "cannot be decoded"),
        ("letter.mp4", "no video"),
        ("missing.jpg", "cannot read"),
    ] {
        let told = complaint(&model(&place, &[&by[..], &[name]].concat()));
        assert!(told.contains(name) && told.contains(words), "{told}");
    }
}
