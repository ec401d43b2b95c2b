//! The ways of things through events.

use std::fs;

use watchpost_model::{Event, EventId};
use watchpost_store::WriteError;

use crate::house::{House, at, event, id, noon, trace};

/// The sidecar of an event that is triggered at 12:00:05.
const SIDECAR: &str = "media/door/2026-11-21/20261121_120005.json";

fn sidecar(house: &House) -> serde_json::Value {
    serde_json::from_slice(&fs::read(house.path(SIDECAR)).unwrap()).unwrap()
}

#[tokio::test]
async fn traces_are_kept_with_their_event() {
    let house = House::new().await;
    let begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    assert!(house.store.traces(&begun.id).await.unwrap().is_empty());
    assert!(sidecar(&house).get("traces").is_none());
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    assert_eq!(house.store.traces(&begun.id).await.unwrap(), [trace(&begun)]);
    let expected = serde_json::json!([{
        "number": 1,
        "zones": ["drive"],
        "places": [[-5000, 0.1, 0.25, 0.225, 0.75], [1000, 0.5, 0.25, 0.625, 0.75]],
    }]);
    assert_eq!(sidecar(&house)["traces"], expected);

    // What changes of the event leaves them, and they can be changed.
    house.store.put_event(&event("door", noon(), Some(30))).await.unwrap();
    house.store.set_kept(&begun.id, true).await.unwrap();
    assert_eq!(sidecar(&house)["traces"], expected);
    let other = watchpost_model::Trace { number: 2, ..trace(&begun) };
    let both = [trace(&begun), other];
    house.store.save_traces(&begun.id, &both).await.unwrap();
    assert_eq!(house.store.traces(&begun.id).await.unwrap(), both);
    house.store.save_traces(&begun.id, &[]).await.unwrap();
    assert!(house.store.traces(&begun.id).await.unwrap().is_empty());
    house.sound().await;
}

#[tokio::test]
async fn traces_go_with_their_event() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    house.store.delete_event(&begun.id, at(100)).await.unwrap();
    assert!(house.store.traces(&begun.id).await.unwrap().is_empty(), "hidden");
    assert!(house.store.restore_event(&begun.id, at(99)).await.unwrap());
    assert_eq!(house.store.traces(&begun.id).await.unwrap().len(), 1);
    house.store.delete_event(&begun.id, at(200)).await.unwrap();
    house.store.purge_deleted(at(200), &[]).await.unwrap();
    house.store.put_event(&begun).await.unwrap();
    assert!(house.store.traces(&begun.id).await.unwrap().is_empty(), "gone for good");
}

#[tokio::test]
async fn without_an_event_there_are_no_traces() {
    let house = House::new().await;
    let none = EventId::new(&id("door"), noon());
    let lost: Event = event("door", noon(), None);
    let refused = house.store.save_traces(&none, &[trace(&lost)]).await.unwrap_err();
    assert!(matches!(refused, WriteError::NoSuchEvent { .. }), "{refused}");
    assert!(house.store.traces(&none).await.unwrap().is_empty());
}

#[tokio::test]
async fn more_than_fit_are_refused_and_those_before_stay() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    let many = vec![trace(&begun); 65];
    let refused = house.store.save_traces(&begun.id, &many).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("the traces of event {} cannot be kept", begun.id));
    assert!(matches!(refused, WriteError::Traces { .. }), "{refused:?}");
    assert_eq!(house.store.traces(&begun.id).await.unwrap(), [trace(&begun)]);
}

#[tokio::test]
async fn damaged_traces_in_a_sidecar_are_told_and_the_event_comes_back() {
    let house = House::new().await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    let (house, told) = house
        .kill_and(|house| {
            fs::remove_file(house.path("catalog.db")).unwrap();
            drop(fs::remove_file(house.path("catalog.db-wal")));
            let damaged = fs::read_to_string(house.path(SIDECAR)).unwrap().replace("0.225", "22.5");
            fs::write(house.path(SIDECAR), damaged).unwrap();
        })
        .await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("are lost: trace 1 has a place that lies outside"), "{told:?}");
    assert_eq!(house.record_of(&begun.id).await.event, begun);
    assert!(house.store.traces(&begun.id).await.unwrap().is_empty());
}
