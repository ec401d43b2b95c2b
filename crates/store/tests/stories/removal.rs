//! What goes, and what must stay.

use bytes::Bytes;
use watchpost_model::{EventId, Interval};
use watchpost_store::{ItemId, Purged, Removed, Snapshot};

use crate::house::{House, at, bytes, event, id, noon};

#[tokio::test]
async fn a_deleted_event_is_hidden_at_once_and_can_be_brought_back() {
    let house = House::new().await;
    let event = house.event("door", noon(), 10).await;
    assert!(house.store.delete_event(&event.id, at(100)).await.unwrap());
    assert!(!house.store.delete_event(&event.id, at(101)).await.unwrap(), "already");
    assert_eq!(house.store.event(&event.id).await.unwrap(), None);
    assert!(!house.store.set_kept(&event.id, true).await.unwrap());

    let purged = house.store.purge_deleted(at(99), &[id("door")]).await.unwrap();
    assert_eq!(purged, Purged::default(), "its time to be brought back is not over");
    assert!(!house.store.restore_event(&event.id, at(100)).await.unwrap(), "too late");
    assert!(house.store.restore_event(&event.id, at(99)).await.unwrap());
    assert!(!house.store.restore_event(&event.id, at(99)).await.unwrap(), "already");
    assert_eq!(house.store.event(&event.id).await.unwrap().unwrap().event, event);
}

#[tokio::test]
async fn a_change_does_not_bring_a_deleted_event_back() {
    let house = House::new().await;
    let begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    house.store.delete_event(&begun.id, at(8)).await.unwrap();
    let purged = house.store.purge_deleted(at(100), &[id("door")]).await.unwrap();
    assert_eq!(purged.events, 0, "it goes on");
    house.store.put_event(&event("door", noon(), Some(30))).await.unwrap();
    assert_eq!(house.store.event(&begun.id).await.unwrap(), None);
    assert_eq!(house.store.purge_deleted(at(100), &[]).await.unwrap().events, 1);
    assert!(house.files().is_empty());
}

#[tokio::test]
async fn a_purge_removes_everything_of_the_event() {
    let house = House::new().await;
    house.record("door", noon(), 10).await;
    let event = house.event("door", noon(), 10).await;
    let [clean, marked, thumb] = [(); 3].map(|()| Bytes::from_static(b"jpeg"));
    let snapshot = Snapshot { clean, marked, thumb, score: 0.5 };
    house.store.save_snapshot(&event.id, snapshot).await.unwrap();
    assert_eq!(house.files().len(), 5);
    house.store.delete_event(&event.id, at(100)).await.unwrap();
    let purged = house.store.purge_deleted(at(100), &[id("door")]).await.unwrap();
    assert_eq!(purged, Purged { events: 1, segments: 1, photos: vec![] });
    assert!(house.files().is_empty(), "{:?}", house.files());
    assert!(!house.path("media/door/2026-11-21").exists(), "an empty day");
    let (_, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_purge_leaves_footage_that_another_event_needs() {
    let house = House::new().await;
    house.record("door", noon(), 10).await;
    house.record("door", at(10), 10).await;
    let gone = house.event("door", noon(), 10).await;
    let other = house.event("door", at(9), 8).await;
    let hidden = house.event("door", at(8), 4).await;
    house.store.delete_event(&hidden.id, at(150)).await.unwrap();
    house.store.delete_event(&gone.id, at(100)).await.unwrap();
    let purged = house.store.purge_deleted(at(100), &[id("door")]).await.unwrap();
    assert_eq!(purged, Purged { events: 1, segments: 0, photos: vec![] });
    assert_eq!(house.play("door", noon(), 20).await, bytes(noon(), 20));
    assert!(house.store.event(&other.id).await.unwrap().is_some());
    assert!(house.store.restore_event(&hidden.id, at(149)).await.unwrap());
}

#[tokio::test]
async fn a_purge_leaves_the_footage_of_a_camera_that_records_always() {
    let house = House::new().await;
    house.record("door", noon(), 10).await;
    let event = house.event("door", noon(), 10).await;
    house.store.delete_event(&event.id, at(100)).await.unwrap();
    let purged = house.store.purge_deleted(at(100), &[id("yard")]).await.unwrap();
    assert_eq!(purged, Purged { events: 1, segments: 0, photos: vec![] });
    assert_eq!(house.play("door", noon(), 10).await, bytes(noon(), 10));
}

#[tokio::test]
async fn the_survey_tells_what_retention_must_leave() {
    let house = House::new().await;
    let mut segments = Vec::new();
    for start in [0, 10, 20] {
        segments.push(house.record("door", at(start), 10).await);
    }
    let other = house.record("yard", at(10), 10).await;
    let open = house.begin("door", at(30), 5).await;
    let kept = house.event("door", at(12), 5).await;
    house.store.set_kept(&kept.id, true).await.unwrap();
    let survey = house.store.survey().await.unwrap();
    let told: Vec<_> = survey.iter().map(|row| (row.id, row.kept)).collect();
    assert_eq!(
        told,
        [
            (ItemId::Segment(segments[0].id), false),
            (ItemId::Segment(segments[1].id), true),
            (ItemId::Segment(other.id), false),
            (ItemId::Segment(segments[2].id), false)
        ]
    );
    assert_eq!(survey[0].bytes, segments[0].bytes);
    let used: u64 = [&segments[0], &segments[1], &segments[2], &other]
        .iter()
        .map(|segment| segment.bytes.as_bytes())
        .sum();
    let all = house.store.used_by_footage().await.unwrap().as_bytes();
    assert_eq!(all, used + open.bytes().as_bytes());
}

#[tokio::test]
async fn events_go_with_the_last_of_their_footage() {
    let house = House::new().await;
    let old = house.record("door", noon(), 10).await;
    let young = house.record("door", at(10), 10).await;
    let gone = house.event("door", noon(), 9).await;
    let over = house.event("door", at(5), 10).await;
    let stays = house.event("door", at(12), 5).await;
    let chosen = [old.id, 4711].map(ItemId::Segment);
    let removed = house.store.remove(&chosen).await.unwrap();
    let (photos, events) = (vec![], vec![gone.id.clone()]);
    assert_eq!(removed, Removed { segments: 1, photos, motion: 0, bytes: old.bytes, events });
    let there = async |id: &EventId| house.store.event(id).await.unwrap().is_some();
    assert!(!there(&gone.id).await);
    assert!(there(&over.id).await, "half of its footage is left");
    assert!(there(&stays.id).await);
    let left = house.store.segments(&id("door"), Interval::ALL).await.unwrap();
    assert_eq!(left, [young]);
    house.sound().await;
}

#[tokio::test]
async fn a_kept_event_outlives_its_footage() {
    let house = House::new().await;
    let segment = house.record("door", noon(), 10).await;
    let event = house.event("door", noon(), 9).await;
    house.store.set_kept(&event.id, true).await.unwrap();
    house.store.remove(&[ItemId::Segment(segment.id)]).await.unwrap();
    assert!(house.store.event(&event.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_segment_being_written_is_not_removed() {
    let house = House::new().await;
    let writer = house.begin("door", noon(), 2).await;
    let open = house.store.segments(&id("door"), Interval::ALL).await.unwrap();
    let removed = house.store.remove(&[ItemId::Segment(open[0].id)]).await.unwrap();
    assert_eq!(removed.segments, 0);
    writer.finish().await.unwrap();
    assert_eq!(house.play("door", noon(), 2).await, bytes(noon(), 2));
}

#[tokio::test]
async fn footage_of_an_event_that_was_kept_after_it_was_chosen_for_removal_stays() {
    let house = House::new().await;
    house.record("door", noon(), 10).await;
    let event = house.event("door", noon(), 10).await;
    let chosen: Vec<_> = house.store.survey().await.unwrap().iter().map(|row| row.id).collect();
    assert!(house.store.set_kept(&event.id, true).await.unwrap());
    assert_eq!(house.store.remove(&chosen).await.unwrap().segments, 0);
    assert_eq!(house.play("door", noon(), 10).await, bytes(noon(), 10));
}
