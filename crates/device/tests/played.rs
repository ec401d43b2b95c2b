//! A sensor that is played by the API and by a file, as the program has it.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use tokio::time::timeout;
use watchpost_device::{Player, Report, Sensor};
use watchpost_model::config::{self, Require, SensorKind, SimSensor};
use watchpost_model::{Distance, PhotoAt, Reading, Senses};

#[tokio::test]
async fn who_plays_it_and_what_its_file_says_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hall.json");
    let player = Player::default();
    let sim = SimSensor { file: Some(file.clone()), within: None, require: Require::Either };
    let settings = config::Sensor {
        name: "hall".parse().unwrap(),
        kind: SensorKind::Sim(sim),
        senses: Senses::Motion,
        cameras: Vec::new(),
        actions: BTreeSet::new(),
        photo_at: PhotoAt::Nearest,
        cooldown: Duration::ZERO,
        heartbeat: None,
        always: false,
    };
    let mut sensor = Sensor::new(&settings, None, &player);
    let Report::Lost { cause, hint } = next(&mut sensor).await else { panic!("{sensor:?}") };
    assert!(cause.ends_with("hall.json is not there"), "{cause}");
    assert!(!hint.is_empty());

    let pressed = Reading { on: Some(true), momentary: true, ..Reading::default() };
    player.play(pressed);
    assert_eq!(next(&mut sensor).await, Report::Reading(pressed));

    fs::write(&file, r#"{"distance_mm": 900}"#).unwrap();
    let near = Distance::Millimetres(900);
    let near = Reading { distance: Some(near), ..Reading::default() };
    assert_eq!(next(&mut sensor).await, Report::Reading(near));
}

async fn next(sensor: &mut Sensor) -> Report {
    timeout(Duration::from_secs(10), sensor.next()).await.expect("it has something to say")
}
