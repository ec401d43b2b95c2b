//! The sensors that fired for events: kept, found, and entered again.

use std::collections::BTreeSet;
use std::fs;

use watchpost_model::{DeviceId, Event, EventId, Trigger};
use watchpost_store::{EventFilter, Store};

use crate::house::{House, at, event, noon, options};

fn names(sensors: &[&str]) -> BTreeSet<DeviceId> {
    sensors.iter().map(|name| name.parse().unwrap()).collect()
}

/// An event of a camera for which these sensors fired.
async fn fired(house: &House, camera: &str, second: u64, sensors: &[&str]) -> Event {
    let triggers = BTreeSet::from([Trigger::Sensor]);
    let event = Event { triggers, sensors: names(sensors), ..event(camera, at(second), Some(10)) };
    house.store.put_event(&event).await.unwrap();
    event
}

async fn finds(house: &House, filter: EventFilter, expected: &[&EventId]) {
    let page = house.store.events(&filter).await.unwrap();
    let found: Vec<&EventId> = page.events.iter().map(|record| &record.event.id).collect();
    assert_eq!(found, expected, "{filter:?}");
    assert_eq!(page.total, u64::try_from(expected.len()).unwrap());
}

#[tokio::test]
async fn a_sensor_that_fires_later_is_added() {
    let house = House::new().await;
    let mut begun = fired(&house, "door", 0, &["hall"]).await;
    begun.sensors = names(&["Drive_2"]);
    begun.triggers = BTreeSet::from([Trigger::Mqtt]);
    house.store.put_event(&begun).await.unwrap();
    let record = house.record_of(&begun.id).await.event;
    assert_eq!(record.sensors, names(&["hall", "Drive_2"]), "nothing is ever taken away");
    assert_eq!(record.triggers, BTreeSet::from([Trigger::Sensor, Trigger::Mqtt]));
    let sidecar = fs::read(house.path("media/door/2026-11-21/20261121_120005.json")).unwrap();
    let sidecar: serde_json::Value = serde_json::from_slice(&sidecar).unwrap();
    assert_eq!(sidecar["sensors"], serde_json::json!(["Drive_2", "hall"]));
    assert_eq!(sidecar["triggers"], serde_json::json!(["sensor", "mqtt"]));
}

#[tokio::test]
async fn events_are_found_by_their_sensors() {
    let house = House::new().await;
    let hall = fired(&house, "door", 0, &["Hall-PIR"]).await.id;
    let both = fired(&house, "yard", 20, &["Hall-PIR", "gate"]).await.id;
    house.event("door", at(40), 10).await;
    let sensor =
        |name: &str| EventFilter { sensor: Some(name.parse().unwrap()), ..EventFilter::default() };
    finds(&house, sensor("Hall-PIR"), &[&both, &hall]).await;
    finds(&house, sensor("gate"), &[&both]).await;
    finds(&house, sensor("hall"), &[]).await;
    let first = EventFilter { limit: 1, ..sensor("Hall-PIR") };
    let page = house.store.events(&first).await.unwrap();
    assert_eq!((page.total, page.events.len()), (2, 1));
    let second = EventFilter { after: page.next, ..first };
    assert_eq!(house.store.events(&second).await.unwrap().events[0].event.id, hall);

    let text = |text: &str| EventFilter { text: Some(text.to_owned()), ..EventFilter::default() };
    finds(&house, text("hall-pir"), &[&both, &hall]).await;
    finds(&house, text("PIR yard"), &[&both]).await;
    finds(&house, text("sensor door"), &[&hall]).await;
    finds(&house, text("mqtt"), &[]).await;
    let triggered = EventFilter { trigger: Some(Trigger::Sensor), ..sensor("gate") };
    finds(&house, triggered, &[&both]).await;
}

#[tokio::test]
async fn they_are_entered_again_from_the_sidecars() {
    let house = House::new().await;
    let told = fired(&house, "door", 0, &["hall", "gate"]).await;
    let House { store, folder, zone } = house;
    store.close().await;
    drop(store);
    let (store, _) = Store::reindex(options(folder.path(), &zone), noon()).await.unwrap();
    let house = House { store, folder, zone };
    assert_eq!(house.record_of(&told.id).await.event, told);
    let gate = EventFilter { sensor: Some("gate".parse().unwrap()), ..EventFilter::default() };
    finds(&house, gate, &[&told.id]).await;
    house.sound().await;
}

#[tokio::test]
async fn they_go_with_their_event() {
    let house = House::new().await;
    let told = fired(&house, "door", 0, &["hall", "gate"]).await;
    assert_eq!(house.count("event_sensor"), 2);
    assert!(house.store.delete_event(&told.id, at(50)).await.unwrap());
    house.store.purge_deleted(at(200), &[]).await.unwrap();
    assert_eq!(house.count("event_sensor"), 0);
}
