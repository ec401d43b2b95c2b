//! What sensors told, kept in plain files.

use std::fs;
use std::time::Duration;

use jiff::tz::TimeZone;
use watchpost_model::{DeviceId, Distance, Fraction, Interval, Reading, WallTime};
use watchpost_store::{FileError, Remedy, Store, Told};

use crate::house::{House, at, noon, options};

const TODAY: &str = "readings/2026-11-21.jsonl";

fn name(device: &str) -> DeviceId {
    device.parse().unwrap()
}

/// A sensor says yes or no.
fn says(device: &str, second: u64, on: bool) -> Told {
    let reading = Reading { on: Some(on), ..Reading::default() };
    Told { at: at(second), device: name(device), reading }
}

/// A light tells how bright it is, in percent.
fn bright(device: &str, second: u64, percent: u8) -> Told {
    let brightness = Some(Fraction::clamped(f32::from(percent) / 100.0));
    let reading = Reading { brightness, ..Reading::default() };
    Told { at: at(second), device: name(device), reading }
}

impl House {
    async fn keep(&self, told: &[Told]) {
        for told in told {
            self.store.keep_reading(told.clone()).await.unwrap();
        }
    }

    async fn told(&self, from: u64, to: u64, devices: &[&str]) -> Vec<Told> {
        let devices: Vec<DeviceId> = devices.iter().map(|device| name(device)).collect();
        self.store.readings(Interval::new(at(from), at(to)), &devices).await.unwrap()
    }

    fn written(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_default()
    }
}

#[tokio::test]
async fn readings_are_there_at_once_and_after_a_restart() {
    let house = House::new().await;
    let near = Reading { distance: Some(Distance::Millimetres(900)), ..Reading::default() };
    let near = Told { reading: near, ..says("hall", 2, true) };
    let all = [says("hall", 1, true), near, bright("porch-ir", 3, 34)];
    house.keep(&all).await;
    assert_eq!(house.told(0, 60, &[]).await, all);
    house.keep(&[says("hall", 4, false)]).await;
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(house.told(0, 60, &[]).await, [all.as_slice(), &[says("hall", 4, false)]].concat());
    assert_eq!(
        house.written(TODAY).lines().nth(1).unwrap(),
        r#"{"at":"2026-11-21T12:00:02.000Z","device":"hall","distance_mm":900}"#
    );
    house.sound().await;
}

#[tokio::test]
async fn only_what_was_asked_for_is_told_and_what_held_before() {
    let house = House::new().await;
    // In the order in which they came; the clock was set back in between.
    let hall = [says("hall", 1, true), says("hall", 5, false), says("hall", 30, true)];
    let light = [bright("porch-ir", 4, 20), bright("porch-ir", 10, 30), bright("porch-ir", 6, 25)];
    house.keep(&hall).await;
    house.keep(&light).await;
    assert_eq!(
        house.told(10, 30, &["porch-ir", "hall"]).await,
        [hall[1].clone(), light[2].clone(), light[1].clone()]
    );
    assert_eq!(house.told(5, 30, &["hall"]).await, hall[..2]);
    assert_eq!(house.told(5, 31, &["hall"]).await, hall);
    assert_eq!(house.told(31, 31, &["hall"]).await, hall[2..]);
    assert_eq!(house.told(0, 60, &["attic"]).await, []);
    assert_eq!(house.store.readings(Interval::ALL, &[]).await.unwrap().len(), 6);
}

#[tokio::test]
async fn what_held_is_found_days_before() {
    const DAY: u64 = 86_400;
    let house = House::new().await;
    let gate = says("gate", 0, true);
    house.keep(std::slice::from_ref(&gate)).await;
    for day in 1..10 {
        house.keep(&[says("hall", day * DAY, false)]).await;
    }
    let held = async |day: u64, devices: &[&str]| house.told(day * DAY, day * DAY, devices).await;
    assert_eq!(held(3, &["gate"]).await, std::slice::from_ref(&gate));
    assert_eq!(held(8, &["gate"]).await, std::slice::from_ref(&gate));
    assert_eq!(held(9, &["gate"]).await, [], "more than eight files are not read");
    assert_eq!(held(3, &[]).await, [says("hall", 2 * DAY, false)], "one file, if none is named");
}

#[tokio::test]
async fn a_file_has_a_day_of_the_recorders_zone() {
    let zone = TimeZone::posix("<+05>-5").unwrap();
    let house = House::in_zone(zone).await;
    // Midnight is 19:00 UTC.
    let told = [says("hall", 7 * 3600 - 1, true), says("hall", 7 * 3600, false)];
    house.keep(&told).await;
    assert_eq!(house.told(0, 86_400, &[]).await, told);
    assert_eq!(house.written(TODAY).lines().count(), 1);
    assert!(house.written("readings/2026-11-22.jsonl").contains("\"on\":false"));
}

#[tokio::test]
async fn readings_go_to_the_disk_together_after_a_minute() {
    let house = House::new().await;
    for second in 0..60 {
        house.keep(&[says("hall", second, true)]).await;
    }
    assert!(!house.path("readings").exists(), "nothing is written before the minute is over");
    house.keep(&[says("hall", 60, true), says("hall", 61, false)]).await;
    assert_eq!(house.written(TODAY).lines().count(), 61);
    house.store.rest_readings(at(120)).await.unwrap();
    assert_eq!(house.written(TODAY).lines().count(), 61);
    house.store.rest_readings(at(121)).await.unwrap();
    assert_eq!(house.written(TODAY).lines().count(), 62, "without a further one");
}

#[tokio::test]
async fn many_readings_go_to_the_disk_before_the_minute_is_over() {
    let house = House::new().await;
    for _ in 0..2000 {
        house.keep(&[says("hall", 0, true)]).await;
    }
    let written = fs::metadata(house.path(TODAY)).unwrap().len();
    assert!((64 << 10..72 << 10).contains(&written), "{written}");
    assert_eq!(house.told(0, 1, &[]).await.len(), 2000);
}

#[tokio::test]
async fn a_torn_line_is_left_out_and_takes_no_other_with_it() {
    let house = House::new().await;
    house.keep(&[says("hall", 1, true)]).await;
    let (house, _) = house
        .kill_and(|house| {
            let torn =
                house.written(TODAY) + r#"{"at":"2026-11-21T12:00:02.000Z","device":"hall","o"#;
            fs::write(house.path(TODAY), torn).unwrap();
        })
        .await;
    assert_eq!(house.told(0, 60, &[]).await, [says("hall", 1, true)]);
    house.keep(&[says("hall", 3, false)]).await;
    let both = [says("hall", 1, true), says("hall", 3, false)];
    assert_eq!(house.told(0, 60, &[]).await, both);
    assert_eq!(house.told(3, 60, &[]).await, both, "nor is it what held before");
    // Nor does what somebody else wrote there.
    let strange = format!("# notes\n{}\n\u{0}\n", "x".repeat(10_000));
    fs::write(house.path(TODAY), strange + &house.written(TODAY)).unwrap();
    fs::write(house.path("readings/notes.jsonl"), "mine").unwrap();
    assert_eq!(house.told(0, 60, &[]).await, both);
}

#[tokio::test]
async fn what_cannot_be_written_waits() {
    let house = House::new().await;
    let in_the_way = house.path("readings");
    fs::write(&in_the_way, "mine").unwrap();
    let mut told = Vec::new();
    let mut refused = 0;
    for second in 0..300 {
        let reading = says("hall", second, second % 2 == 0);
        told.push(reading.clone());
        if let Err(error) = house.store.keep_reading(reading).await {
            assert!(matches!(error, FileError::InTheWay { .. }), "{error:?}");
            assert_eq!(error.remedy(), Remedy::AskOwner);
            refused += 1;
        }
    }
    assert_eq!(refused, 4, "it is tried once a minute");
    fs::remove_file(&in_the_way).unwrap();
    house.keep(&[says("hall", 300, true)]).await;
    told.push(says("hall", 300, true));
    assert_eq!(house.written(TODAY).lines().count(), 301);
    assert_eq!(house.told(0, 400, &[]).await, told);
}

#[tokio::test]
async fn what_waits_too_long_is_given_up_and_counted() {
    let house = House::new().await;
    let in_the_way = house.path(TODAY);
    fs::create_dir_all(&in_the_way).unwrap();
    let line = r#"{"at":"2026-11-21T12:00:00.000Z","device":"hall","on":true}"#.len() + 1;
    let fit = (1 << 20) / line;
    for _ in 0..fit + 10 {
        // The first that is due fails; the next is tried a minute later.
        drop(house.store.keep_reading(says("hall", 0, true)).await);
    }
    let error = house.store.keep_reading(says("hall", 61, true)).await.unwrap_err();
    assert!(matches!(error, FileError::ReadingsLost { count: 11, .. }), "{error:?}");
    assert_eq!(error.to_string(), "11 readings are lost");
    assert_eq!(error.remedy(), Remedy::AskOwner);
    assert_eq!(house.told(0, 100, &[]).await.len(), fit, "what waits can be read");
    fs::remove_dir(&in_the_way).unwrap();
    house.store.close().await;
    assert_eq!(house.written(TODAY).lines().count(), fit);
}

#[tokio::test]
async fn days_that_are_over_are_dropped() {
    let house = House::in_zone(TimeZone::posix("<+05>-5").unwrap()).await;
    for day in 0..4 {
        house.keep(&[says("hall", day * 86_400, true)]).await;
    }
    assert_eq!(house.told(0, 4 * 86_400, &[]).await.len(), 4);
    let midnight =
        |day: u32| -> WallTime { format!("2026-11-{day}T00:00:00+05:00").parse().unwrap() };
    let before = midnight(23) - Duration::from_millis(1);
    assert_eq!(house.store.drop_readings_before(before).await.unwrap(), 1);
    assert_eq!(house.store.drop_readings_before(midnight(23)).await.unwrap(), 1);
    assert_eq!(
        house.told(0, 4 * 86_400, &[]).await,
        [says("hall", 2 * 86_400, true), says("hall", 3 * 86_400, true)]
    );
    assert_eq!(House::new().await.store.drop_readings_before(noon()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_guest_reads_what_is_written() {
    let house = House::new().await;
    house.keep(&[says("hall", 1, true), says("hall", 70, false)]).await;
    let guest = Store::attach(options(house.folder.path(), &house.zone), noon()).await.unwrap().0;
    assert_eq!(guest.readings(Interval::ALL, &[]).await.unwrap().len(), 2);
}

#[tokio::test]
async fn readings_that_are_asked_for_and_told_at_once_are_all_there_once() {
    let house = House::new().await;
    let tellers = (0..4_u64).map(|teller| {
        let store = house.store.clone();
        tokio::spawn(async move {
            for n in 0..500 {
                let told = says(&format!("pir{teller}"), n, true);
                store.keep_reading(told).await.unwrap();
                if n % 50 == 0 {
                    store.readings(Interval::ALL, &[]).await.unwrap();
                }
            }
        })
    });
    futures::future::join_all(tellers).await.into_iter().for_each(|told| told.unwrap());
    assert_eq!(house.told(0, 1000, &[]).await.len(), 2000);
    assert_eq!(house.written(TODAY).lines().count(), 2000);
}

/// A measurement: `cargo test -p watchpost-store --release -- --ignored --nocapture month_of_readings`
#[tokio::test]
#[ignore = "a measurement"]
async fn a_month_of_readings_is_read_quickly() {
    const DAY: u64 = 86_400;
    let house = House::new().await;
    for second in (0..31 * DAY).step_by(2) {
        house.keep(&[bright("porch-ir", second, 34)]).await;
        house.keep(&[says("hall", second, second % 100 == 0)]).await;
    }
    let bytes: u64 = fs::read_dir(house.path("readings"))
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    for (what, from, to) in
        [("a month", 0, 31 * DAY), ("10 s", 30 * DAY + 40_000, 30 * DAY + 40_010)]
    {
        let begun = std::time::Instant::now();
        let interval = Interval::new(at(from), at(to));
        let found = house.store.readings_thinned(interval, &[name("hall")], 10_000).await.unwrap();
        let took = begun.elapsed();
        eprintln!(
            "{what} of {bytes} bytes: {took:?}, {} readings, {:?}",
            found.readings.len(),
            found.step
        );
        assert!(took.as_secs() < 20, "{took:?}");
    }
}
