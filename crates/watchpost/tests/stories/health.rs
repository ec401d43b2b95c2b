//! A camera that shows nothing is an alarm, not a green light.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::program::{Place, Program, eventually};

/// A lively scene for `well` seconds, then `spoilt` (an ffmpeg filter) for 20 s more.
fn scene(file: &Path, well: u32, spoilt: &str) {
    let picture = "testsrc2=size=640x360:rate=15,noise=alls=6:allf=t";
    let graph = format!(
        "{picture},trim=duration={well}[a];{picture},trim=duration=20,{spoilt}[b];[a][b]concat"
    );
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &graph, "-pix_fmt", "yuv420p"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-bf", "0"])
        .arg(file)
        .status();
    assert!(made.unwrap().success());
}

fn yard(source: &str, more: &str) -> String {
    format!("[[camera]]\nname = \"yard\"\nsource = \"{source}\"\n{more}\n")
}

/// Waits until the status names this ailment.
async fn is_told(program: &Program, kind: &str) -> Value {
    eventually(&format!("the page tells {kind}"), Duration::from_secs(40), async || {
        let seen = program.camera("yard").await;
        let health = seen["health"].as_array().cloned().unwrap_or_default();
        match health.into_iter().find(|ailment| ailment["kind"] == kind) {
            Some(ailment) => Ok(ailment),
            None => Err(format!("{seen}\n{}", program.log())),
        }
    })
    .await
}

async fn events_of(program: &Program, kind: &str) -> Vec<Value> {
    program.json(&format!("/events?kind={kind}")).await["events"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_turns_black_makes_an_event_with_what_came_before() {
    let place = Place::new();
    scene(&place.path().join("yard.mp4"), 15, "lutyuv=y=16:u=128:v=128");
    let program = place.open(&yard("file:yard.mp4", "pre_roll = \"4s\"\n")).await;
    let told = is_told(&program, "black").await;
    let since: jiff::Timestamp = told["since"].as_str().unwrap().parse().unwrap();
    let late = jiff::Timestamp::now().as_millisecond() - since.as_millisecond();
    assert!(late < 12_000, "told {late} ms late");
    let event = eventually("an event", Duration::from_secs(20), async || {
        events_of(&program, "black").await.pop().ok_or_else(|| program.log())
    })
    .await;
    assert!(event["snapshot"].as_bool().is_some(), "{event}");
    let troubles = program.json("/troubles?camera=yard").await;
    let black = |trouble: &&Value| trouble["kind"] == "black";
    assert!(troubles["troubles"].as_array().unwrap().iter().any(|one| black(&one)), "{troubles}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_monitoring_is_off_there_is_a_trouble_but_no_event() {
    let place = Place::new();
    scene(&place.path().join("yard.mp4"), 15, "lutyuv=y=16:u=128:v=128");
    let program = place.open(&yard("file:yard.mp4", "")).await;
    program.request(Method::POST, "/stop").send().await.unwrap();
    is_told(&program, "black").await;
    assert_eq!(events_of(&program, "black").await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_falls_silent_is_told_and_is_well_again_with_its_pictures() {
    let mut camera = Peer::camera("h264");
    let place = Place::new();
    let program = place.open(&yard(&camera.url, "no_pictures_after = \"3s\"\n")).await;
    program.camera_is("yard", "state", "live").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    camera.tell("pause");
    is_told(&program, "no_pictures").await;
    let event = eventually("an event", Duration::from_secs(10), async || {
        events_of(&program, "no_pictures").await.pop().ok_or_else(|| program.log())
    })
    .await;
    assert_eq!(event["kinds"], json!(["no_pictures"]));
    camera.tell("resume");
    program.camera_is("yard", "state", "live").await;
    program.camera_is("yard", "health", json!([])).await;
    let troubles = program.json("/troubles?camera=yard").await;
    let over = |trouble: &Value| trouble["kind"] == "no_pictures" && trouble["end"].is_string();
    assert!(troubles["troubles"].as_array().unwrap().iter().any(over), "{troubles}");
}
