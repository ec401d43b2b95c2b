//! The objects of events: kept, removed, and entered again.

use std::fs;

use watchpost_model::{Deed, DeedKind, EventId, Recognition, Side, Sighting};
use watchpost_store::{CatalogError, WriteError};

use crate::house::{House, at, event, id, noon, sighting, trace};

/// The sidecar of an event that is triggered at 12:00:05.
const SIDECAR: &str = "media/door/2026-11-21/20261121_120005.json";

fn sidecar(house: &House) -> serde_json::Value {
    serde_json::from_slice(&fs::read(house.path(SIDECAR)).unwrap()).unwrap()
}

/// A person who comes over the gate into the drive and goes, and a car that stands on the lawn.
fn both() -> [Sighting; 2] {
    let deed = |second, kind| Deed { at: at(second), kind };
    let person = Sighting {
        zones: ["drive".to_owned()].into(),
        deeds: vec![
            deed(6, DeedKind::Crossed("gate".to_owned(), Side::Left)),
            deed(6, DeedKind::Entered("drive".to_owned())),
            deed(8, DeedKind::Loitered("drive".to_owned())),
            deed(9, DeedKind::Left("drive".to_owned())),
        ],
        ..sighting(1001, "person", 0.9)
    };
    let car = Sighting { zones: ["lawn".to_owned()].into(), ..sighting(1002, "car", 0.5) };
    [person, car]
}

#[tokio::test]
async fn objects_are_kept_with_their_event() {
    let house = House::new().await;
    let begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    let none = (Vec::new(), Recognition::Off);
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), none);
    assert!(sidecar(&house).get("recognition").is_none());

    house.store.save_sightings(&begun.id, &both(), Recognition::Known).await.unwrap();
    let kept = (both().to_vec(), Recognition::Known);
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), kept);
    assert_eq!(sidecar(&house)["recognition"], "known");
    let person = serde_json::json!({
        "number": 1001, "label": "person", "score": 0.9, "first": 0, "last": 5000,
        "zones": ["drive"],
        "deeds": [
            { "at": 1000, "kind": "crossed", "place": "gate", "side": "left" },
            { "at": 1000, "kind": "entered", "place": "drive" },
            { "at": 3000, "kind": "loitered", "place": "drive" },
            { "at": 4000, "kind": "left", "place": "drive" },
        ],
    });
    assert_eq!(sidecar(&house)["objects"][0], person);

    // What changes of the event leaves them, and they can be changed.
    house.store.put_event(&event("door", noon(), Some(30))).await.unwrap();
    house.store.set_kept(&begun.id, true).await.unwrap();
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), kept);
    assert_eq!(sidecar(&house)["objects"][0], person);
    let [_, car] = both();
    house
        .store
        .save_sightings(&begun.id, std::slice::from_ref(&car), Recognition::Unknown)
        .await
        .unwrap();
    let changed = (vec![car], Recognition::Unknown);
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), changed);
    assert_eq!(house.store.words().await.unwrap().zones, ["lawn"], "nothing of the person is left");
    house.sound().await;
}

#[tokio::test]
async fn an_event_tells_its_classes_the_best_first() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    let seen = [
        sighting(1001, "car", 0.5),
        sighting(1002, "person", 0.7),
        sighting(1003, "car", 0.625),
        sighting(1004, "dog", 0.75),
    ];
    house.store.save_sightings(&begun.id, &seen, Recognition::Known).await.unwrap();
    let record = house.record_of(&begun.id).await;
    assert_eq!(record.recognition, Recognition::Known);
    let told: Vec<_> = record
        .objects
        .iter()
        .map(|class| (class.label.as_str(), class.score.get(), class.count))
        .collect();
    assert_eq!(told, [("dog", 0.75, 1), ("person", 0.7, 1), ("car", 0.625, 2)]);
}

#[tokio::test]
async fn nobody_seen_is_not_nobody_knows() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    for recognition in Recognition::ALL {
        house.store.save_sightings(&begun.id, &[], recognition).await.unwrap();
        assert_eq!(house.store.sightings(&begun.id).await.unwrap(), (Vec::new(), recognition));
        let record = house.record_of(&begun.id).await;
        assert_eq!((record.objects, record.recognition), (Vec::new(), recognition));
    }
}

#[tokio::test]
async fn objects_go_with_their_event() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_sightings(&begun.id, &both(), Recognition::Known).await.unwrap();
    house.store.delete_event(&begun.id, at(100)).await.unwrap();
    let none = (Vec::new(), Recognition::Off);
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), none, "hidden");
    assert!(house.store.words().await.unwrap().labels.is_empty(), "hidden");
    assert!(house.store.restore_event(&begun.id, at(99)).await.unwrap());
    assert_eq!(house.store.sightings(&begun.id).await.unwrap().0, both());
    house.store.delete_event(&begun.id, at(200)).await.unwrap();
    house.store.purge_deleted(at(200), &[]).await.unwrap();
    house.store.put_event(&begun).await.unwrap();
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), none, "gone for good");
    assert_eq!(house.store.words().await.unwrap(), watchpost_store::Words::default());
    for table in ["sighting", "sighting_zone", "deed", "event_words"] {
        assert_eq!(house.count(table), 0, "{table}");
    }
}

#[tokio::test]
async fn without_an_event_there_are_no_objects() {
    let house = House::new().await;
    let none = EventId::new(&id("door"), noon());
    let refused = house.store.save_sightings(&none, &both(), Recognition::Known).await.unwrap_err();
    assert!(matches!(refused, WriteError::NoSuchEvent { .. }), "{refused}");
    assert!(house.store.sightings(&none).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn more_than_fit_are_refused_and_those_before_stay() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_sightings(&begun.id, &both(), Recognition::Known).await.unwrap();
    let many: Vec<_> = (0..65).map(|number| sighting(number, "person", 0.5)).collect();
    let refused = house.store.save_sightings(&begun.id, &many, Recognition::Off).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("the objects of event {} cannot be kept", begun.id));
    assert!(matches!(refused, WriteError::Sightings { .. }), "{refused:?}");
    let kept = (both().to_vec(), Recognition::Known);
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), kept);
}

/// Removes the catalog, and lets `harm` happen to the sidecar.
async fn lose_catalog(house: House, harm: impl FnOnce(String) -> String) -> (House, Vec<String>) {
    house
        .kill_and(|house| {
            fs::remove_file(house.path("catalog.db")).unwrap();
            drop(fs::remove_file(house.path("catalog.db-wal")));
            let file = fs::read_to_string(house.path(SIDECAR)).unwrap();
            fs::write(house.path(SIDECAR), harm(file)).unwrap();
        })
        .await
}

#[tokio::test]
async fn a_lost_catalog_gets_objects_back_from_the_sidecars() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_sightings(&begun.id, &both(), Recognition::Unknown).await.unwrap();
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    let before = (
        house.store.sightings(&begun.id).await.unwrap(),
        house.store.words().await.unwrap(),
        house.record_of(&begun.id).await,
    );
    let (house, told) = lose_catalog(house, |file| file).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let after = (
        house.store.sightings(&begun.id).await.unwrap(),
        house.store.words().await.unwrap(),
        house.record_of(&begun.id).await,
    );
    assert_eq!(after, before);
    assert_eq!(house.store.traces(&begun.id).await.unwrap(), [trace(&begun)]);
    house.sound().await;
}

#[tokio::test]
async fn a_sidecar_from_before_there_were_objects_is_an_event_without() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    let old = |_| {
        r#"{"version": 1, "id": "20261121T120005000-door", "camera": "door",
            "start": "2026-11-21T12:00:00Z", "triggered": "2026-11-21T12:00:05Z",
            "end": "2026-11-21T12:00:10Z", "ended": "quiet", "triggers": ["motion"],
            "kept": false, "score": null}"#
            .to_owned()
    };
    let (house, told) = lose_catalog(house, old).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let record = house.record_of(&begun.id).await;
    assert_eq!((record.event, record.recognition), (begun, Recognition::Off));
}

#[tokio::test]
async fn damaged_objects_in_a_sidecar_are_told_and_nobody_knows_who_was_there() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_sightings(&begun.id, &both(), Recognition::Known).await.unwrap();
    let (house, told) = lose_catalog(house, |file| file.replace("loitered", "danced")).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("are lost: object 1001 has a deed that is none"), "{told:?}");
    assert_eq!(house.record_of(&begun.id).await.event, begun);
    let unknown = (Vec::new(), Recognition::Unknown);
    assert_eq!(house.store.sightings(&begun.id).await.unwrap(), unknown);
}

#[tokio::test]
async fn damaged_objects_in_the_catalog_are_damage() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_sightings(&begun.id, &both(), Recognition::Known).await.unwrap();
    house.change_catalog("UPDATE sighting SET number = -1 WHERE label = 'car'");
    let damage = house.store.sightings(&begun.id).await.unwrap_err();
    assert!(matches!(damage, CatalogError::Damaged { .. }), "{damage:?}");
    house.change_catalog("UPDATE sighting SET number = 1002, label = '-' WHERE label = 'car'");
    for damage in
        [house.store.event(&begun.id).await.unwrap_err(), house.store.words().await.unwrap_err()]
    {
        assert!(matches!(damage, CatalogError::Damaged { .. }), "{damage:?}");
    }
    // As all such damage: the next start builds the catalog anew.
    let (house, told) = house.kill().await;
    assert!(told[0].contains("is built anew"), "{told:?}");
    assert_eq!(house.store.sightings(&begun.id).await.unwrap().0, both());
}
