//! What was wrong with cameras, and the small texts that outlive a restart.

use std::fs;

use watchpost_model::{Ailment, Interval, WallTime};
use watchpost_store::{ItemId, Trouble};

use crate::house::{House, at, id, noon, secs};

fn trouble(camera: &str, kind: Ailment, start: u64, end: Option<u64>) -> Trouble {
    Trouble { camera: id(camera), kind, start: at(start), end: end.map(at), cause: None }
}

async fn begin(house: &House, camera: &str, kind: Ailment, since: u64, cause: Option<&str>) {
    house.store.begin_trouble(&id(camera), kind, at(since), cause).await.unwrap();
}

async fn end(house: &House, camera: &str, kind: Ailment, at: WallTime) {
    house.store.end_trouble(&id(camera), kind, at).await.unwrap();
}

async fn all(house: &House) -> Vec<Trouble> {
    house.store.troubles(&[], Interval::ALL).await.unwrap()
}

#[tokio::test]
async fn a_trouble_begins_lasts_and_ends() {
    let house = House::new().await;
    begin(&house, "door", Ailment::NoPictures, 10, None).await;
    assert_eq!(all(&house).await, [trouble("door", Ailment::NoPictures, 10, None)]);
    // It goes on, and its cause is found.
    begin(&house, "door", Ailment::NoPictures, 15, Some("connection refused")).await;
    begin(&house, "door", Ailment::NoPictures, 16, Some("no route")).await;
    end(&house, "door", Ailment::NoPictures, at(20)).await;
    end(&house, "door", Ailment::NoPictures, at(30)).await;
    let cause = Some("connection refused".to_owned());
    let told = Trouble { cause, ..trouble("door", Ailment::NoPictures, 10, Some(20)) };
    assert_eq!(all(&house).await, [told]);
}

#[tokio::test]
async fn a_trouble_whose_clock_was_set_back_has_no_length() {
    let house = House::new().await;
    begin(&house, "door", Ailment::Black, 10, None).await;
    end(&house, "door", Ailment::Black, noon() - secs(3600)).await;
    assert_eq!(all(&house).await, [trouble("door", Ailment::Black, 10, Some(10))]);
    let then = Interval::new(at(10), at(11));
    assert_eq!(house.store.troubles(&[], then).await.unwrap().len(), 1, "and is told");
}

#[tokio::test]
async fn troubles_are_told_by_camera_and_time() {
    let house = House::new().await;
    let first = trouble("door", Ailment::Black, 0, Some(10));
    let second = trouble("yard", Ailment::Frozen, 5, Some(30));
    let third = trouble("door", Ailment::Moved, 20, None);
    for told in [&first, &second, &third] {
        house.store.begin_trouble(&told.camera, told.kind, told.start, None).await.unwrap();
        if let Some(end) = told.end {
            house.store.end_trouble(&told.camera, told.kind, end).await.unwrap();
        }
    }
    let cases = [
        (vec![], (0, 100), vec![&first, &second, &third]),
        (vec!["door"], (0, 100), vec![&first, &third]),
        (vec!["door", "yard"], (10, 15), vec![&second]),
        (vec![], (5000, 6000), vec![&third]),
        (vec!["attic"], (0, 100), vec![]),
    ];
    for (cameras, (from, to), expected) in cases {
        let cameras: Vec<_> = cameras.into_iter().map(id).collect();
        let told = house.store.troubles(&cameras, Interval::new(at(from), at(to))).await.unwrap();
        assert_eq!(told.iter().collect::<Vec<_>>(), expected, "{cameras:?} {from}..{to}");
    }
}

#[tokio::test]
async fn a_trouble_that_lasted_when_the_program_died_ends_at_the_next_start() {
    let house = House::new().await;
    let before = noon() - secs(100);
    house.store.begin_trouble(&id("door"), Ailment::Slow, before, None).await.unwrap();
    begin(&house, "yard", Ailment::Slow, 50, None).await; // After the clock at the next start.
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
    let ends: Vec<_> = all(&house).await.into_iter().map(|trouble| trouble.end).collect();
    assert_eq!(ends, [Some(noon()), Some(at(50))]);
}

#[tokio::test]
async fn troubles_go_with_the_footage_of_their_time() {
    let house = House::new().await;
    let footage = house.record("door", at(0), 60).await;
    for (camera, since) in [("door", 10), ("door", 70), ("yard", 10)] {
        begin(&house, camera, Ailment::Black, since, None).await;
        end(&house, camera, Ailment::Black, at(since + 5)).await;
    }
    begin(&house, "door", Ailment::White, 5, None).await;
    house.store.remove(&[ItemId::Segment(footage.id)]).await.unwrap();
    let expected = [
        trouble("door", Ailment::White, 5, None), // It lasts.
        trouble("yard", Ailment::Black, 10, Some(15)),
        trouble("door", Ailment::Black, 70, Some(75)),
    ];
    assert_eq!(all(&house).await, expected);
}

#[tokio::test]
async fn troubles_are_kept_a_year_at_most() {
    let house = House::new().await;
    begin(&house, "door", Ailment::Black, 0, None).await;
    end(&house, "door", Ailment::Black, at(10)).await;
    let year = 365 * 24 * 3600;
    begin(&house, "yard", Ailment::Black, year, None).await;
    assert_eq!(all(&house).await.len(), 2);
    begin(&house, "yard", Ailment::White, year + 20, None).await;
    let left: Vec<_> = all(&house).await.into_iter().map(|trouble| trouble.camera).collect();
    assert_eq!(left, [id("yard"), id("yard")]);
}

#[tokio::test]
async fn a_setting_outlives_a_restart() {
    let house = House::new().await;
    assert_eq!(house.store.setting("door.brightness").await.unwrap(), None);
    for value in ["0.2", "0.3"] {
        house.store.set_setting("door.brightness", Some(value)).await.unwrap();
    }
    let (house, _) = house.kill().await;
    let kept = house.store.setting("door.brightness").await.unwrap();
    assert_eq!(kept.as_deref(), Some("0.3"));
    house.store.set_setting("door.brightness", None).await.unwrap();
    house.store.set_setting("never.set", None).await.unwrap();
    assert_eq!(house.store.setting("door.brightness").await.unwrap(), None);
}

#[tokio::test]
async fn both_are_saved_from_a_catalog_that_is_built_anew() {
    let house = House::new().await;
    house.store.set_setting("door.brightness", Some("0.2")).await.unwrap();
    begin(&house, "door", Ailment::Covered, 0, Some("a hand")).await;
    end(&house, "door", Ailment::Covered, at(9)).await;
    let before = all(&house).await;
    let House { store, folder, zone } = house;
    store.close().await;
    drop(store);
    let options = crate::house::options(folder.path(), &zone);
    let (store, _) = watchpost_store::Store::reindex(options, noon()).await.unwrap();
    let house = House { store, folder, zone };
    assert_eq!(all(&house).await, before);
    let kept = house.store.setting("door.brightness").await.unwrap();
    assert_eq!(kept.as_deref(), Some("0.2"));
    assert!(fs::exists(house.path("catalog.db.corrupt-20261121_120000")).unwrap());
}
