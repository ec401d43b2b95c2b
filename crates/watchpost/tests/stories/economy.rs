//! While nothing stirs only key pictures are decoded, and still nobody is seen late.

use std::time::Duration;

use crate::peer::Peer;
use crate::program::{Place, Program, eventually};

/// Without the code of the time at the lower edge, which never rests.
const DOOR: &str = "record = \"events\"\npre_roll = \"3s\"\npost_roll = \"3s\"\n\
    [[camera.motion.mask]]\npoints = [[0.0, 0.92], [1.0, 0.92], [1.0, 1.0], [0.0, 1.0]]\n";

/// Who sleeps for so long while nothing stirs is asleep.
const SOUNDLY: Duration = Duration::from_secs(8);

/// What the eye has said of waking and falling asleep.
fn what_the_eye_did(program: &Program) -> Vec<String> {
    program.log().lines().filter(|line| line.contains("the eye ")).map(str::to_owned).collect()
}

/// What the eye has said of its last sleep: how many pictures came, and how many it decoded.
fn last_sleep(program: &Program) -> Option<(u32, u32)> {
    let log = program.log();
    let line = log.lines().rfind(|line| line.contains("the eye wakes"))?;
    let number = |name: &str| {
        let digits = line.split_once(name)?.1.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    };
    Some((number("came")?, number("decoded")?))
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_seen_at_once_though_nearly_nothing_was_decoded() {
    let large = ["--size", "1024x576", "--key-interval", "2", "--bitrate", "1500"];
    let mut camera = Peer::scene("h264", &large);
    let place = Place::new();
    place.configure(&format!("[[camera]]\nname = \"door\"\nsource = \"{}\"\n{DOOR}", camera.url));
    place.add_owner();
    let mut command = place.command(&["run"]);
    command.env("WATCHPOST_LOG", "info,watchpost=debug").env("NO_COLOR", "1");
    let program = place.start_as(&mut command).await;
    eventually("the eye sleeps soundly", Duration::from_mins(2), async || {
        let before = what_the_eye_did(&program);
        tokio::time::sleep(SOUNDLY).await;
        let after = what_the_eye_did(&program);
        let sleeps = after.last().is_some_and(|line| line.contains("the eye falls asleep"));
        (sleeps && before.len() == after.len()).then_some(()).ok_or_else(|| program.log())
    })
    .await;

    camera.tell("walk");
    let stepped_in: i64 = camera.says("walk ").split(' ').nth(1).unwrap().parse().unwrap();
    let event = program.ended_events(1).await.remove(0);
    let triggered: jiff::Timestamp = event["triggered"].as_str().unwrap().parse().unwrap();
    let late = triggered.as_millisecond() - stepped_in;
    // He is wholly outside at first; who decodes everything sees him after half to one second.
    assert!((-500..2_000).contains(&late), "{late} ms after somebody stepped in: {event}");

    let (came, decoded) = last_sleep(&program).expect("the eye woke");
    assert!(came >= 100, "it slept through {came} pictures only: {}", program.log());
    assert!(decoded * 4 < came, "{decoded} of {came} pictures were decoded");
}
