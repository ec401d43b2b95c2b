//! Bad cameras, disks and clocks: each told in words, and nothing already recorded is lost.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::peer::Peer;
use crate::program::{Place, Program, WATCHPOST, eventually, probe};

fn door(url: &str, record: &str) -> String {
    format!("[[camera]]\nname = \"door\"\nsource = \"{url}\"\nrecord = \"{record}\"\n")
}

/// Opens a camera that cannot work, and gives the cause and the hint that its owner reads.
async fn cause_and_hint(url: &str) -> (String, String) {
    let place = Place::new();
    let program = place.open(&door(url, "continuous")).await;
    let camera = program.camera_is("door", "state", "offline").await;
    let text = |field: &str| camera[field].as_str().unwrap_or_default().to_owned();
    assert!(!program.log().contains("rosebud"), "no password in the log");
    (text("cause"), text("hint"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_not_there_is_named_with_the_next_try() {
    let place = Place::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let program = place.open(&door(&format!("rtsp://{nobody}/door"), "events")).await;
    let camera = program.camera_is("door", "state", "offline").await;
    assert!(camera["cause"].as_str().unwrap().contains("refused"), "{camera}");
    assert!(camera["hint"].as_str().unwrap().contains("power and network"), "{camera}");
    assert!(camera["next_try"].is_string(), "{camera}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_and_not_tried_every_second() {
    let arguments = ["--mount", "door=scene:h264", "--user", "anna", "--password", "rosebud"];
    let camera = Peer::start("rtsp_server.py", &arguments);
    let right = camera.url.replace("rtsp://", "rtsp://anna:rosebud@");
    let wrong = camera.url.replace("rtsp://", "rtsp://anna:rosebud2@");
    let (cause, hint) = cause_and_hint(&wrong).await;
    assert!(cause.contains("password"), "{cause}");
    assert!(hint.contains("`user` and `password`"), "{hint}");
    let place = Place::new();
    let program = place.open(&door(&right, "continuous")).await;
    program.camera_is("door", "state", "live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_sends_vp8_is_told_to_send_h264() {
    let camera = Peer::start("rtsp_bad.py", &["unknown-codec"]);
    let (cause, hint) = cause_and_hint(&camera.url).await;
    assert!(cause.contains("VP8"), "{cause}");
    assert!(hint.contains("H.264"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_accepts_and_is_silent_is_told() {
    let camera = Peer::start("rtsp_bad.py", &["silent"]);
    let (cause, _) = cause_and_hint(&camera.url).await;
    assert!(cause.contains("no answer within 5 s"), "{cause}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_talks_nonsense_or_hangs_up_is_told() {
    for (mode, words) in [("garbage", "strange"), ("hangs-up", "")] {
        let camera = Peer::start("rtsp_bad.py", &[mode]);
        let (cause, _) = cause_and_hint(&camera.url).await;
        assert!(cause.contains(words) && !cause.is_empty(), "{mode}: {cause}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_stream_is_recorded_as_it_comes_and_heals() {
    let camera = Peer::camera("h264");
    let mut cable = Peer::start("rtsp_corruptor.py", &["--to", &camera.url, "--mode", "clean"]);
    let place = Place::new();
    let program = place.open(&door(&cable.url, "continuous")).await;
    program.camera_is("door", "recording", true).await;
    for mode in ["flip", "truncate", "drop", "noise", "cut"] {
        cable.tell(mode);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    cable.tell("clean");
    program.camera_is("door", "state", "live").await;
    program.camera_is("door", "detection", "watching").await;
    program.camera_is("door", "recording", true).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut program = program;
    program.signal("TERM");
    assert!(program.ends().await, "{}", program.log());
    assert!(!place.footage().is_empty());
    for file in place.footage() {
        // The pictures may be damaged; the file is not.
        assert!(probe(&file).pictures > 0, "{}", file.display());
    }
    assert!(place.command(&["verify"]).output().unwrap().status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_old_footage_goes_and_recording_comes_back() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let settings = format!("[store]\nmin_free = \"700kB\"\n\n{}", door(&camera.url, "continuous"));
    place.configure(&settings);
    // A disk of 3 MB of its own, in a mount namespace of its own.
    let data = place.data();
    fs::create_dir_all(&data).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=3M tmpfs {data} && printf 'correct horse battery' | {WATCHPOST} user add anna \
         --role owner --password-stdin --config {config} && exec {WATCHPOST} run --config {config}",
        data = data.display(),
        config = place.config().display(),
    );
    let program = place.start_as(&mut with_mounts(&script)).await;
    program.camera_is("door", "recording", true).await;
    let fault = program.fault("door recording").await;
    assert!(fault["message"].as_str().unwrap().contains("full"), "{fault}");
    assert!(!fault["hint"].as_str().unwrap().is_empty(), "{fault}");
    // Room is made, and recording comes back by itself.
    eventually("all is well again", Duration::from_secs(40), async || {
        let status = program.json("/status").await;
        let well = status["faults"].as_array().unwrap().is_empty();
        let recording = status["cameras"][0]["recording"] == true;
        if well && recording { Ok(()) } else { Err(status.to_string()) }
    })
    .await;
    // What there is plays.
    let footage = program.json("/recordings?camera=door").await;
    let stretch = footage["recordings"].as_array().unwrap().last().unwrap();
    let (from, to) = (stretch["start"].as_str().unwrap(), stretch["end"].as_str().unwrap());
    let query = [("camera", "door"), ("from", from), ("to", to)];
    let clip = program.request(reqwest::Method::GET, "/recordings/clip.mp4").query(&query).send();
    let clip = clip.await.unwrap();
    assert_eq!(clip.status(), 200);
    let file = place.path().join("clip.mp4");
    fs::write(&file, clip.bytes().await.unwrap()).unwrap();
    assert_eq!(probe(&file).errors, "");
}

/// A shell whose mounts are its own. Who is not root becomes so in a user namespace.
fn with_mounts(script: &str) -> Command {
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let namespaces: &[&str] =
        if root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
    // In a chroot the root is no mount, and cannot be made a private one.
    let private = Command::new("unshare").args(namespaces).arg("true").output();
    let as_it_is: &[&str] = match private {
        Ok(told) if told.status.success() => &[],
        _ => &["--propagation", "unchanged"],
    };
    let mut command = Command::new("unshare");
    command.args(namespaces).args(as_it_is).args(["sh", "-c", script]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_cannot_be_written_is_told_at_once() {
    let place = Place::new();
    place.configure(&door("demo:", "events"));
    // A file where the folder should be; root may write into any folder.
    fs::write(place.data(), "a file").unwrap();
    let told = place.command(&["run"]).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(!told.status.success());
    assert!(said.contains("data"), "{said}");
    assert!(said.contains("data_dir"), "it says what to do: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_data_folder_is_told_at_once() {
    let place = Place::new();
    place.configure(&door("demo:", "events"));
    fs::create_dir_all(place.data()).unwrap();
    fs::set_permissions(place.data(), fs::Permissions::from_mode(0o555)).unwrap();
    let data = place.data();
    // Root may write everywhere, so the folder is mounted read-only in a namespace of its own.
    let script = format!(
        "mount --bind {data} {data} && mount -o remount,ro,bind {data} && exec {WATCHPOST} run --config {config}",
        data = data.display(),
        config = place.config().display(),
    );
    let told = with_mounts(&script).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(!told.status.success());
    assert!(said.to_lowercase().contains("read-only"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_told_at_once() {
    let place = Place::new();
    place.configure(&door("demo:", "events"));
    let _taken = TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let told = place.command(&["run"]).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(!told.status.success());
    assert!(said.contains(&format!("port {}", place.port)), "{said}");
    assert!(said.contains("ss -ltnp"), "it says who may have it: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_catalog_is_set_aside_and_built_anew_from_the_files() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let settings =
        door(&camera.url, "events").replace("\"events\"", "\"events\"\npost_roll = \"2s\"");
    let mut program = place.open(&settings).await;
    program.camera_is("door", "detection", "watching").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    camera.tell("walk");
    let event = program.ended_events(1).await.remove(0);
    program.signal("TERM");
    assert!(program.ends().await);

    let catalog = place.data().join("catalog.db");
    let mut bytes = fs::read(&catalog).unwrap();
    let middle = 4_096;
    bytes[middle..].fill(0x5a);
    fs::write(&catalog, bytes).unwrap();

    place.add_owner();
    let program = place.start().await;
    let aside = fs::read_dir(place.data()).unwrap().flatten();
    let aside = aside.map(|file| file.file_name().to_string_lossy().into_owned());
    // SQLite's journal goes with it.
    let aside = aside.filter(|name| {
        name.starts_with("catalog.db.corrupt-") && !name.contains("-wal") && !name.contains("-shm")
    });
    let aside = aside.count();
    assert_eq!(aside, 1, "the damaged one is set aside");
    let again = program.json(&format!("/events/{}", event["id"].as_str().unwrap())).await;
    assert_eq!(again["triggered"], event["triggered"]);
    let clip = program.get(&format!("/events/{}/clip.mp4", event["id"].as_str().unwrap())).await;
    assert_eq!(clip.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_by_an_hour_loses_nothing() {
    let camera = Peer::camera("h264");
    let clock = Clock::new();
    let program = clock.start(&door(&camera.url, "continuous")).await;
    program.camera_is("door", "recording", true).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    clock.set_back_an_hour();
    program.says("the clock was set").await;
    clock.nothing_is_lost(program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_while_the_camera_is_away_loses_nothing() {
    let camera = Peer::camera("h264");
    let (url, port) = (camera.url.clone(), camera.port());
    let clock = Clock::new();
    let program = clock.start(&door(&url, "continuous")).await;
    program.camera_is("door", "recording", true).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    camera.kill();
    program.camera_is("door", "state", "offline").await;
    clock.set_back_an_hour();
    let _back = Peer::camera_at(&port);
    program.camera_is("door", "state", "live").await;
    clock.nothing_is_lost(program).await;
}

/// A place whose wall clock can be set, by Debian's libfaketime.
struct Clock {
    place: Place,
}

impl Clock {
    fn new() -> Self {
        let clock = Self { place: Place::new() };
        clock.set("+0");
        clock
    }

    fn offset(&self) -> PathBuf {
        self.place.path().join("offset")
    }

    fn set(&self, offset: &str) {
        // Whole or not at all: the program reads it at every look at the clock.
        let new = self.place.path().join("new");
        fs::write(&new, offset).unwrap();
        fs::rename(new, self.offset()).unwrap();
    }

    fn set_back_an_hour(&self) {
        self.set("-3600");
    }

    async fn start(&self, camera: &str) -> Program {
        self.place.configure(camera);
        self.place.add_owner();
        let mut command = self.place.command(&["run"]);
        command
            .env("LD_PRELOAD", faketime())
            .env("FAKETIME_TIMESTAMP_FILE", self.offset())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        self.place.start_as(&mut command).await
    }

    /// There is footage from before and from after, an hour apart, and every file plays.
    async fn nothing_is_lost(&self, mut program: Program) {
        program.camera_is("door", "recording", true).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let stretches =
            eventually("footage before and after", Duration::from_secs(10), async || {
                let footage = program.json("/recordings?camera=door").await;
                let stretches = footage["recordings"].as_array().unwrap().clone();
                if stretches.len() == 2 { Ok(stretches) } else { Err(footage.to_string()) }
            })
            .await;
        let start = |index: usize| -> jiff::Timestamp {
            stretches[index]["start"].as_str().unwrap().parse().unwrap()
        };
        let apart = start(0).as_second().abs_diff(start(1).as_second());
        assert!((3_500..3_700).contains(&apart), "{stretches:?}");
        program.signal("TERM");
        assert!(program.ends().await, "{}", program.log());
        for file in self.place.footage() {
            let probed = probe(&file);
            assert_eq!(probed.errors, "", "{}", file.display());
            assert!(probed.seconds > 1.5, "{probed:?}");
        }
    }
}

/// Debian's libfaketime.
fn faketime() -> String {
    let folders = ["x86_64-linux-gnu", "aarch64-linux-gnu", "arm-linux-gnueabihf"];
    let library = folders.map(|folder| format!("/usr/lib/{folder}/faketime/libfaketime.so.1"));
    library
        .into_iter()
        .find(|path| fs::exists(path).unwrap_or(false))
        .expect("faketime is installed")
}
