//! Time-lapse: pictures now and then, apart from footage.

use std::fs;

use watchpost_model::Interval;
use watchpost_store::{ClipError, ItemId, SegmentKind};

use crate::house::{House, at, bytes, footage, id, noon, pictures_of, read, secs};

const FILE: &str = "media/door/2026-11-21/timelapse/20261121_120000.mp4";

/// The seconds whose key pictures a film has.
async fn film(house: &House, from: u64, to: u64, every: u64) -> Vec<u64> {
    let interval = Interval::new(at(from), at(to));
    let clip = house.store.timelapse(&id("door"), interval, secs(every), 25).await.unwrap();
    let pictures = pictures_of(&read(&clip, 0..clip.length()).await);
    let keys: Vec<Vec<u8>> = (0..60).map(|n| footage(at(n), 1)[0][0].data.to_vec()).collect();
    let second = |picture: &[u8]| keys.iter().position(|key| key == picture).unwrap();
    pictures.chunks(keys[0].len()).map(|picture| u64::try_from(second(picture)).unwrap()).collect()
}

#[tokio::test]
async fn time_lapse_is_no_footage() {
    let house = House::new().await;
    let lapse = house.lapse("door", noon(), 600).await;
    assert_eq!((lapse.path.as_str(), lapse.kind), (FILE, SegmentKind::TimeLapse));
    let refused = house.store.clip(&id("door"), Interval::ALL).await.unwrap_err();
    assert!(matches!(refused, ClipError::Empty), "{refused}");
    assert!(house.store.segments(&id("door"), Interval::ALL).await.unwrap().is_empty());
    assert!(house.store.footage(None, Interval::ALL).await.unwrap().is_empty());
    let footage = house.record("door", at(10), 5).await;
    assert_eq!(footage.path, "media/door/2026-11-21/20261121_120010.mp4");
    assert_eq!(house.play("door", noon(), 600).await, bytes(at(10), 5));
    house.sound().await;
}

#[tokio::test]
async fn a_film_is_made_of_time_lapse_and_where_there_is_none_of_footage() {
    let house = House::new().await;
    house.lapse("door", noon(), 10).await;
    house.record("door", at(5), 10).await; // Seen already.
    house.record("door", at(20), 10).await;
    assert_eq!(film(&house, 0, 60, 1).await, (0..10).chain(20..30).collect::<Vec<_>>());
    assert_eq!(film(&house, 0, 10, 5).await, [0, 5]);
    let nothing = Interval::new(at(100), at(200));
    let refused = house.store.timelapse(&id("door"), nothing, secs(1), 25).await.unwrap_err();
    assert!(matches!(refused, ClipError::Empty), "{refused}");
}

#[tokio::test]
async fn time_lapse_is_seen_while_it_is_written() {
    let house = House::new().await;
    let first = &footage(noon(), 1)[0][0];
    let lapse = SegmentKind::TimeLapse;
    let mut writer = house.store.begin_segment(&id("door"), first, lapse).await.unwrap();
    writer.append(vec![first.clone()], at(10)).await.unwrap();
    assert_eq!(film(&house, 0, 60, 1).await, [0]);
    assert!(house.store.footage(None, Interval::ALL).await.unwrap().is_empty());
}

#[tokio::test]
async fn retention_reaches_time_lapse_and_events_do_not_need_it() {
    let house = House::new().await;
    let lapse = house.lapse("door", noon(), 600).await;
    let kept = house.event("door", noon(), 10).await;
    house.store.set_kept(&kept.id, true).await.unwrap();
    let bare = house.event("door", at(300), 10).await;
    let survey = house.store.survey().await.unwrap();
    assert_eq!(survey.len(), 1);
    assert_eq!((survey[0].id, survey[0].kept), (ItemId::Segment(lapse.id), false));
    let removed = house.store.remove(&[ItemId::Segment(lapse.id)]).await.unwrap();
    assert_eq!((removed.segments, removed.events), (1, vec![]), "later events stay");
    assert!(!house.path(FILE).parent().unwrap().exists(), "an empty folder");
    assert!(house.store.event(&bare.id).await.unwrap().is_some());
    house.sound().await;
}

#[tokio::test]
async fn a_purge_leaves_time_lapse() {
    let house = House::new().await;
    house.lapse("door", noon(), 10).await;
    let event = house.event("door", noon(), 10).await;
    house.store.delete_event(&event.id, at(100)).await.unwrap();
    let purged = house.store.purge_deleted(at(100), &[id("door")]).await.unwrap();
    assert_eq!((purged.events, purged.segments), (1, 0));
    assert_eq!(house.files(), [FILE]);
}

#[tokio::test]
async fn time_lapse_comes_back_without_a_catalog() {
    let house = House::new().await;
    house.lapse("door", noon(), 10).await;
    house.record("door", at(100), 3).await;
    let (house, told) = house
        .kill_and(|house| {
            fs::remove_file(house.path("catalog.db")).unwrap();
            drop(fs::remove_file(house.path("catalog.db-wal")));
        })
        .await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(film(&house, 0, 60, 1).await, (0..10).collect::<Vec<_>>());
    assert_eq!(house.play("door", noon(), 600).await, bytes(at(100), 3));
    house.sound().await;
}
