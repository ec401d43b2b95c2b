use std::fs;
use std::time::SystemTime;

use tempfile::TempDir;
use watchpost_model::config::Require;

use super::*;

/// A sensor and the file that plays it.
struct Stage {
    player: Player,
    played: Played,
    file: PathBuf,
    _folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hall.json");
        let player = Player::default();
        let settings = SimSensor { file: Some(file.clone()), within: None, require: Require::Pir };
        Self { played: Played::new(settings, player.clone()), player, file, _folder: folder }
    }

    fn write(&self, text: &str) {
        fs::write(&self.file, text).unwrap();
    }

    async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_secs(2), self.played.next()).await.is_err()
    }
}

fn on(on: bool) -> Reading {
    Reading { on: Some(on), ..Reading::default() }
}

fn numbered(n: u32) -> Reading {
    Reading { value: Some(f64::from(n)), ..Reading::default() }
}

#[tokio::test(start_paused = true)]
async fn what_is_played_is_told_in_order_even_from_a_clone() {
    let player = Player::default();
    let settings = SimSensor { file: None, within: None, require: Require::Pir };
    let mut sensor = Played::new(settings, player.clone());
    for n in 0..10 {
        player.clone().play(numbered(n));
    }
    for n in 0..10 {
        assert_eq!(sensor.next().await, Report::Reading(numbered(n)));
    }
    let silence = tokio::time::timeout(Duration::from_hours(1), sensor.next());
    assert!(silence.await.is_err());
    let (told, ()) = tokio::join!(sensor.next(), async { player.play(on(true)) });
    assert_eq!(told, Report::Reading(on(true)));
}

#[tokio::test(start_paused = true)]
async fn of_more_than_sixty_four_the_newest_are_told() {
    let player = Player::default();
    let settings = SimSensor { file: None, within: None, require: Require::Pir };
    let mut sensor = Played::new(settings, player.clone());
    for n in 0..100 {
        player.play(numbered(n));
    }
    for n in 36..100 {
        assert_eq!(sensor.next().await, Report::Reading(numbered(n)));
    }
    let silence = tokio::time::timeout(Duration::from_secs(1), sensor.next());
    assert!(silence.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_file_is_told_at_once_and_whenever_it_changes() {
    let mut stage = Stage::new();
    stage.write(r#"{"on": true}"#);
    assert_eq!(stage.played.next().await, Report::Reading(on(true)));
    assert!(stage.is_quiet().await);
    let began = Instant::now();
    stage.write(r#"{"on": false}"#);
    assert_eq!(stage.played.next().await, Report::Reading(on(false)));
    assert!(began.elapsed() <= Duration::from_millis(200), "{:?}", began.elapsed());
    // The same words, written anew.
    let file = fs::File::options().write(true).open(&stage.file).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(stage.played.next().await, Report::Reading(on(false)));
    // Another file in its place, as old and as long.
    let other = stage.file.with_extension("new");
    fs::write(&other, r#"{"on": false}"#).unwrap();
    let file = fs::File::options().write(true).open(&other).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    fs::rename(&other, &stage.file).unwrap();
    assert_eq!(stage.played.next().await, Report::Reading(on(false)));
    assert!(stage.is_quiet().await);
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_file_is_told_once_with_what_is_right() {
    let mut stage = Stage::new();
    let path = stage.file.display().to_string();
    let Report::Lost { cause, hint } = stage.played.next().await else { panic!() };
    assert_eq!(cause, format!("{path} is not there"));
    assert!(hint.contains("{\"on\": true}"), "{hint}");
    assert!(stage.is_quiet().await);

    stage.write("{\"on\": true,\n \"distanc_mm\": 9}");
    let Report::Lost { cause, hint } = stage.played.next().await else { panic!() };
    assert_eq!(cause, format!("{path}: there is no \"distanc_mm\" (line 2, column 2)"));
    assert!(hint.contains("distance_mm"), "{hint}");
    assert!(stage.is_quiet().await);

    stage.write("{\"on\": true}");
    assert_eq!(stage.played.next().await, Report::Reading(on(true)));
    fs::remove_file(&stage.file).unwrap();
    let Report::Lost { cause, .. } = stage.played.next().await else { panic!() };
    assert_eq!(cause, format!("{path} is not there"));
    fs::create_dir(&stage.file).unwrap();
    let Report::Lost { cause, .. } = stage.played.next().await else { panic!() };
    assert_eq!(cause, format!("{path} is no file"));
    fs::remove_dir(&stage.file).unwrap();
    stage.write(&" ".repeat(70_000));
    let Report::Lost { cause, .. } = stage.played.next().await else { panic!() };
    assert_eq!(cause, format!("{path} is longer than 64 kB"));
}

#[tokio::test(start_paused = true)]
async fn the_api_plays_a_sensor_that_has_a_file_too() {
    let mut stage = Stage::new();
    stage.write(r#"{"on": false}"#);
    assert_eq!(stage.played.next().await, Report::Reading(on(false)));
    stage.player.play(on(true));
    assert_eq!(stage.played.next().await, Report::Reading(on(true)));
    assert!(stage.is_quiet().await, "the file is not told again");
}

#[tokio::test(start_paused = true)]
async fn a_broken_off_wait_loses_no_change_of_the_file() {
    let mut stage = Stage::new();
    for n in 0..40 {
        stage.write(&format!("{{\"value\": {n}}}"));
        let told = loop {
            let wait = Duration::from_micros(u64::from(n) * 7_919 % 110_000);
            tokio::select! {
                biased;
                told = stage.played.next() => break told,
                () = tokio::time::sleep(wait) => {}
            }
        };
        assert_eq!(told, Report::Reading(numbered(n)));
    }
}
