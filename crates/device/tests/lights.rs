//! Stories of infrared lights: the recorder's end of the line is real, the light is played.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed, and says where")]

#[expect(dead_code, reason = "each file of stories uses some of it")]
mod stage;

use std::time::Duration;

use stage::{Reports, Socket};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, timeout};
use watchpost_device::light::{Light, Report};
use watchpost_model::Fraction;
use watchpost_model::config::LightLink;

struct Stage {
    socket: Socket,
    reports: Reports<Report>,
    /// What the light is to be.
    wish: mpsc::Sender<bool>,
}

impl Stage {
    fn new(wait: Duration) -> Self {
        let socket = Socket::new();
        let mut light = Light::new(LightLink::Serial {
            port: socket.port(),
            baud: 19_200,
            timeout: wait,
            updates_per_sec: 5,
            on_command: "ir_on".into(),
            off_command: "ir_off".into(),
        });
        let (wish, mut wishes) = mpsc::channel(16);
        let reports = Reports::of(|outbox| async move {
            loop {
                tokio::select! {
                    wish = wishes.recv() => light.set(wish.unwrap()),
                    report = light.next() => outbox.try_send(report).unwrap(),
                }
            }
        });
        Self { socket, reports, wish }
    }

    async fn set(&self, on: bool) {
        self.wish.send(on).await.unwrap();
    }

    /// The cause of the loss that is reported next; the port has no place in it.
    async fn cause(&mut self) -> String {
        let port = format!("{}: ", self.socket.port().display());
        match self.reports.next().await {
            Report::Lost { cause, hint } => {
                assert!(!hint.is_empty());
                cause.strip_prefix(&port).expect("the cause names the port").to_owned()
            }
            report => panic!("no loss: {report:?}"),
        }
    }
}

fn bright(percent: u8) -> Report {
    Report::Brightness(Fraction::clamped(f32::from(percent) / 100.0))
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_light_obeys_and_tells_how_bright_it_is() {
    let mut stage = Stage::new(LONG);
    let mut plugged = stage.socket.plug();
    let quiet = timeout(Duration::from_secs(1), plugged.hear()).await;
    assert!(quiet.is_err(), "it is told nothing before somebody wants something: {quiet:?}");
    stage.set(true).await;
    assert_eq!(plugged.hear().await, "ir_on");
    plugged.say_lines(&["", "ok"]).await;
    assert_eq!(stage.reports.next().await, Report::Is(true));
    plugged.say_lines(&["bright: 30"]).await;
    assert_eq!(stage.reports.next().await, bright(30));
    stage.set(false).await;
    assert_eq!(plugged.hear().await, "ir_off");
    plugged.say(b"o").await;
    plugged.say(b"k\n").await;
    assert_eq!(stage.reports.next().await, Report::Is(false));
}

#[tokio::test]
async fn a_light_that_was_switched_on_is_told_again() {
    let stage = Stage::new(LONG);
    let mut plugged = stage.socket.plug();
    stage.set(true).await;
    assert_eq!(plugged.hear().await, "ir_on");
    plugged.say_lines(&["", "ok", "reboot"]).await;
    assert_eq!(plugged.hear().await, "ir_on");
    // Before it answered.
    plugged.say_lines(&["reboot"]).await;
    assert_eq!(plugged.hear().await, "ir_on");
}

#[tokio::test]
async fn a_light_that_is_pulled_out_is_told_again_when_it_is_back() {
    let mut stage = Stage::new(LONG);
    assert_eq!(stage.cause().await, "there is no such device");
    stage.set(true).await;
    for _ in 0..2 {
        let mut plugged = stage.socket.plug();
        assert_eq!(plugged.hear().await, "ir_on");
        plugged.say_lines(&["ok"]).await;
        assert_eq!(stage.reports.next().await, Report::Is(true));
        drop(plugged);
        assert_eq!(stage.cause().await, "it was unplugged");
        assert_eq!(stage.cause().await, "there is no such device");
    }
}

#[tokio::test]
async fn a_light_that_does_not_answer_is_tried_three_times_more() {
    let mut stage = Stage::new(Duration::from_millis(200));
    let mut plugged = stage.socket.plug();
    stage.set(true).await;
    for _ in 0..4 {
        assert_eq!(plugged.hear().await, "ir_on");
    }
    assert_eq!(stage.cause().await, "the light does not obey: no answer to \"ir_on\"");
    // Its brightness would say that all is well.
    plugged.say_lines(&["", "bright: 30"]).await;
    // Another wish is tried at once.
    stage.set(false).await;
    assert_eq!(plugged.hear().await, "ir_off");
    plugged.say_lines(&["ok", "bright: 31"]).await;
    assert_eq!(stage.reports.next().await, Report::Is(false));
    assert_eq!(stage.reports.next().await, bright(31));
}

#[tokio::test]
async fn a_light_that_does_not_know_its_command_is_told() {
    let mut stage = Stage::new(LONG);
    let mut plugged = stage.socket.plug();
    stage.set(true).await;
    plugged.say(b"\n").await;
    for _ in 0..4 {
        assert_eq!(plugged.hear().await, "ir_on");
        plugged.say_lines(&["err"]).await;
    }
    assert_eq!(stage.cause().await, "the light does not obey: it does not know \"ir_on\"");
}

#[tokio::test]
async fn brightness_comes_no_oftener_than_wanted_and_the_newest_wins() {
    let mut stage = Stage::new(LONG);
    let plugged = stage.socket.plug();
    let mut pause = interval(Duration::from_millis(10));
    plugged.say(b"\n").await;
    for percent in 0..=100 {
        pause.tick().await;
        plugged.say_lines(&[&format!("bright: {percent}")]).await;
    }
    let told = stage.reports.during(Duration::from_secs(2)).await;
    assert!((2..=20).contains(&told.len()), "{told:?}");
    assert_eq!(told.last(), Some(&bright(100)));
}

#[tokio::test]
async fn a_light_that_falls_silent_is_told_and_told_again_when_it_speaks() {
    let mut stage = Stage::new(Duration::from_millis(500));
    let mut plugged = stage.socket.plug();
    stage.set(true).await;
    assert_eq!(plugged.hear().await, "ir_on");
    plugged.say_lines(&["", "ok", "bright: 30"]).await;
    let since = Instant::now();
    assert_eq!(stage.reports.next().await, Report::Is(true));
    assert_eq!(stage.reports.next().await, bright(30));
    assert_eq!(stage.cause().await, "the light says nothing any more");
    assert!(since.elapsed() >= Duration::from_secs(2), "{:?}", since.elapsed());
    plugged.say_lines(&["bright: 40"]).await;
    assert_eq!(stage.reports.next().await, bright(40));
    assert_eq!(plugged.hear().await, "ir_on", "it may have been off meanwhile");
    plugged.say_lines(&["ok"]).await;
    assert_eq!(stage.reports.next().await, Report::Is(true));
}

#[tokio::test]
async fn garbage_is_told_and_a_flood_survived() {
    let mut stage = Stage::new(LONG);
    let plugged = stage.socket.plug();
    plugged.say(&b"\xFF\0bright: 30 \0\n".repeat(70_000)).await;
    let mut pause = interval(Duration::from_millis(200));
    let cause = loop {
        tokio::select! {
            cause = stage.cause() => break cause,
            _ = pause.tick() => plugged.say(b"\xFF\0bright\n").await,
        }
    };
    assert_eq!(cause, "what comes makes no sense at 19200 baud");
    plugged.say_lines(&["", "bright: 30"]).await;
    assert_eq!(stage.reports.next().await, bright(30));
}

#[tokio::test]
async fn a_light_that_is_played_obeys_at_once() {
    let mut light = Light::new(LightLink::Sim);
    light.set(true);
    light.play(Fraction::clamped(0.3));
    assert_eq!(light.next().await, Report::Is(true));
    assert_eq!(light.next().await, bright(30));
    light.set(true);
    assert!(timeout(Duration::from_millis(50), light.next()).await.is_err(), "nothing changed");
    light.set(false);
    assert_eq!(light.next().await, Report::Is(false));
}
