//! Events without footage: of cameras that take photos only, and of cameras that send no picture.

use std::collections::BTreeSet;
use std::fs;

use watchpost_model::{Ailment, Event, Trigger};
use watchpost_store::{ClipError, ItemId};

use crate::house::{House, at, event, id, noon, secs};

/// A camera that was silent for `seconds`.
async fn silence(house: &House, start: u64, seconds: u64) -> Event {
    let triggers = BTreeSet::from([Trigger::Ailment(Ailment::NoPictures)]);
    let event = Event { triggers, ..event("door", at(start), Some(seconds)) };
    house.store.put_event(&event).await.unwrap();
    event
}

#[tokio::test]
async fn there_is_no_clip_of_it() {
    let house = House::new().await;
    let event = silence(&house, 0, 30).await;
    let record = house.record_of(&event.id).await;
    assert_eq!((record.event.clone(), record.has_snapshot, record.photos), (event, false, 0));
    let interval = watchpost_model::Interval::new(noon(), at(30));
    let refused = house.store.clip(&id("door"), interval).await.unwrap_err();
    assert!(matches!(refused, ClipError::Empty), "{refused}");
    house.sound().await;
}

#[tokio::test]
async fn its_sidecar_lies_where_its_footage_would() {
    let house = House::new().await;
    let event = silence(&house, 0, 30).await;
    assert_eq!(house.files(), ["media/door/2026-11-21/20261121_120005.json"]);
    let lose = |house: &House| {
        fs::remove_file(house.path("catalog.db")).unwrap();
        drop(fs::remove_file(house.path("catalog.db-wal")));
    };
    let (house, told) = house.kill_and(lose).await;
    assert_eq!(told, [format!("event {} was not in the catalog and is entered", event.id)]);
    assert_eq!(house.record_of(&event.id).await.event, event);
    house.sound().await;
}

#[tokio::test]
async fn it_goes_with_the_footage_of_its_time() {
    let house = House::new().await;
    let footage = house.record("door", at(60), 60).await;
    let before = silence(&house, 0, 30).await;
    let after = silence(&house, 130, 30).await;
    let removed = house.store.remove(&[ItemId::Segment(footage.id)]).await.unwrap();
    assert_eq!(removed.events, [before.id]);
    assert!(house.store.event(&after.id).await.unwrap().is_some());
}

#[tokio::test]
async fn it_goes_with_age_where_there_is_no_footage_at_all() {
    let house = House::new().await;
    let old = silence(&house, 0, 30).await;
    let kept = silence(&house, 10, 30).await;
    house.store.set_kept(&kept.id, true).await.unwrap();
    let filmed = house.event("door", at(40), 10).await;
    house.record("door", at(40), 10).await;
    let young = silence(&house, 100, 30).await;
    let forgotten = house.store.forget(&id("door"), at(60)).await.unwrap();
    assert_eq!(forgotten, [old.id]);
    for stays in [kept, filmed, young] {
        assert!(house.store.event(&stays.id).await.unwrap().is_some(), "{stays:?}");
    }
    assert!(house.store.forget(&id("yard"), at(1000) + secs(1)).await.unwrap().is_empty());
    house.sound().await;
}
