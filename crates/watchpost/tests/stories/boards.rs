//! Boards with our firmware on an emulated chip, on a serial line to the running program.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::devices::{apart, card_is, event_of, runs};
use crate::peer::Peer;
use crate::program::{Place, Program, eventually, within};

/// The folder with the firmware and the emulator, made once.
static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("firmware");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let build = format!("BUILD={}", folder.display());
    // Each story may be a process of its own.
    let made = Command::new("flock")
        .arg(folder.with_extension("lock"))
        .args(["make", "--silent", "--directory"])
        .arg(root.join("tests/firmware"))
        .arg(&build)
        // Of the `make` that runs this.
        .env_remove("MAKEFLAGS")
        .output()
        .expect("flock is installed, of util-linux");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
});

/// An emulated board. Unplugged when dropped.
struct Board {
    child: Child,
    input: ChildStdin,
    /// What its pins did last, by their names.
    pins: Arc<Mutex<Vec<(String, u32)>>>,
}

impl Board {
    /// Plugs in the board `name` with its firmware, as `port`.
    fn plug_in(name: &str, port: &Path) -> Self {
        let mut child = Command::new(BUILT.join("emulator"))
            .arg(name)
            .arg(BUILT.join(format!("{name}.elf")))
            .arg(port)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        output.read_line(&mut ready).unwrap();
        assert!(ready.starts_with("pty "), "{ready}");
        let pins = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&pins);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((pin, level)) = line.split_once(' ')
                    && let Ok(level) = level.parse()
                {
                    seen.lock().unwrap().push((pin.to_owned(), level));
                }
            }
        });
        Self { child, input, pins }
    }

    /// Tells the world around it something, such as `pir 1`.
    fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// What that pin did last.
    fn pin(&self, name: &str) -> Option<u32> {
        let pins = self.pins.lock().unwrap();
        pins.iter().rev().find(|(pin, _)| pin == name).map(|(_, level)| *level)
    }

    async fn pin_is(&self, name: &str, what: &str, good: impl Fn(u32) -> bool) {
        eventually(&format!("{name} is {what}"), Duration::from_secs(15), async || {
            let level = self.pin(name);
            level.filter(|level| good(*level)).map(drop).ok_or_else(|| format!("{level:?}"))
        })
        .await;
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended.
        let _ = self.child.wait(); // As above.
    }
}

fn door(url: &str) -> String {
    format!("[[camera]]\nname = \"door\"\nsource = \"{url}\"\npost_roll = \"2s\"\n")
}

async fn reads(program: &Program, what: &str, good: impl Fn(&Value) -> bool) {
    card_is(program, ("sensors", "hall"), what, |card| good(&card["reading"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entry_board_sees_somebody_and_the_photo_shows_that_moment() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let port = place.path().join("entry");
    let mut board = Board::plug_in("entry", &port);
    board.tell("mm 3000");
    let hall = format!(
        "[[sensor]]\nname = \"hall\"\nkind = \"serial\"\nport = \"{}\"\nwithin = \"150cm\"\ncameras = [\"door\"]\n",
        port.display()
    );
    let program = place.open(&[door(&camera.url), hall].concat()).await;
    runs(&program).await;
    reads(&program, "measures", |reading| {
        (2_900..3_100).contains(&reading["distance_mm"].as_u64().unwrap_or(0))
    })
    .await;
    assert_eq!(program.json("/events").await["total"], 0);
    // Warmth moves: the PIR says so.
    board.tell("pir 1");
    let photo = within("a photo", Duration::from_secs(10), async || {
        let page = program.json("/photos").await;
        page["photos"].get(0).cloned().ok_or_else(|| format!("{page}\n{}", program.log()))
    })
    .await;
    let event = event_of(&program, "sensor").await;
    assert_eq!((&photo["event"], &event["sensors"]), (&event["id"], &json!(["hall"])));
    let late = apart(&photo["taken"], &event["triggered"]);
    assert!(late <= 150, "the photo shows a moment {late} ms from the trigger");
    board.pin_is("led", "lit, for aiming", |level| level == 1).await;
    board.tell("pir 0");
    program.ended_events(1).await;
    // Somebody stands before it, without moving.
    board.tell("mm 900");
    eventually("a second event", Duration::from_secs(20), async || {
        let page = program.json("/events").await;
        if page["total"] == 2 { Ok(()) } else { Err(format!("{page}\n{}", program.log())) }
    })
    .await;
    board.tell("mm -");
    reads(&program, "sees nothing near", |reading| reading["free"] == true).await;
    // Unplugged, it is a fault, and nobody says that nobody is there; plugged in, it goes on by itself.
    drop(board);
    program.fault("sensor hall").await;
    let unknown = |card: &Value| card["active"].is_null();
    card_is(&program, ("sensors", "hall"), "is unknown", unknown).await;
    program.camera_is("door", "state", "live").await;
    let mut board = Board::plug_in("entry", &port);
    board.tell("mm 1000");
    card_is(&program, ("sensors", "hall"), "is well again", |card| {
        card["fault"].is_null() && card["active"] == true
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_light_is_on_while_monitoring_is_and_tells_how_bright_it_is() {
    for chip in ["light85", "light84"] {
        let place = Place::new();
        let port = place.path().join("light");
        let mut board = Board::plug_in(chip, &port);
        let channel = if chip == "light85" { 2 } else { 3 };
        board.tell(&format!("adc {channel} 500"));
        let config = format!(
            "[[camera]]\nname = \"door\"\nsource = \"demo:\"\n\
             [[light]]\nname = \"porch\"\nserial_port = \"{}\"\nwhen = \"armed\"\ncameras = [\"door\"]\n",
            port.display()
        );
        let program = place.open(&config).await;
        let porch = ("lights", "porch");
        card_is(&program, porch, "is on and dark", |card| {
            card["on"] == true && card["brightness"].as_f64().is_some_and(|share| share < 0.25)
        })
        .await;
        board.pin_is("pwm", "bright", |level| level > 100).await;
        board.tell(&format!("adc {channel} 4500"));
        card_is(&program, porch, "sees the day", |card| {
            card["brightness"].as_f64().is_some_and(|share| share > 0.75)
        })
        .await;
        board.pin_is("pwm", "nearly off by day", |level| level < 60).await;
        board.tell(&format!("adc {channel} 500"));
        board.pin_is("pwm", "bright again", |level| level > 100).await;
        let stop = program.request(Method::POST, "/stop").send().await.unwrap();
        assert!(stop.status().is_success());
        board.pin_is("pwm", "off", |level| level == 0).await;
        card_is(&program, porch, "is off", |card| card["on"] == false).await;
        // The board loses its power for a moment, and is told again what it was told.
        let start = program.request(Method::POST, "/start").send().await.unwrap();
        assert!(start.status().is_success());
        board.pin_is("pwm", "bright", |level| level > 100).await;
        board.tell("reset");
        eventually("it was off", Duration::from_secs(10), async || {
            let pins = board.pins.lock().unwrap().clone();
            let reset = pins.iter().rev().take(3).any(|(_, level)| *level == 0);
            reset.then_some(()).ok_or_else(|| format!("{pins:?}"))
        })
        .await;
        board.pin_is("pwm", "bright after its power came back", |level| level > 100).await;
        drop(board);
        program.fault("light porch").await;
    }
}
