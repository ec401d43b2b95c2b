//! Events are paged, filtered, kept, and shown by their pictures.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use watchpost_model::{EventId, Interval, Trigger};
use watchpost_store::{EventFilter, Snapshot, SnapshotKind, WriteError};

use crate::house::{House, at, event, id, noon, secs};

#[tokio::test]
async fn an_event_is_entered_changed_and_ended() {
    let house = House::new().await;
    let mut begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    assert_eq!(house.store.event(&begun.id).await.unwrap().unwrap().event, begun);
    begun.end = event("door", noon(), Some(30)).end;
    house.store.put_event(&begun).await.unwrap();
    let record = house.store.event(&begun.id).await.unwrap().unwrap();
    assert_eq!((record.event, record.has_snapshot), (begun, false));
    assert_eq!(house.files(), ["media/door/2026-11-21/20261121_120005.json"]);
    house.sound().await;
}

#[tokio::test]
async fn pages_over_events_of_equal_times_are_complete_and_without_doubles() {
    let house = House::new().await;
    let mut put = BTreeSet::new();
    for n in 0..500_u64 {
        // Ten cameras begin at each moment.
        let event = event(&format!("cam{}", n % 10), at(n / 10 / 5), Some(10));
        let event_id = EventId::new(&event.camera, at(n));
        let event = watchpost_model::Event { id: event_id.clone(), ..event };
        house.store.put_event(&event).await.unwrap();
        put.insert(event_id);
    }
    let mut filter = EventFilter { limit: 7, ..EventFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = house.store.events(&filter).await.unwrap();
        assert_eq!(page.total, 500);
        seen.extend(page.events.into_iter().map(|record| record.event));
        match page.next {
            // As it goes through an address.
            Some(next) => filter.after = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen.len(), 500);
    assert!(seen.is_sorted_by(|a, b| (a.start, &a.id) > (b.start, &b.id)), "newest first");
    assert_eq!(seen.into_iter().map(|event| event.id).collect::<BTreeSet<_>>(), put);
}

#[tokio::test]
async fn a_page_that_ends_with_the_last_event_has_no_next() {
    let house = House::new().await;
    house.event("door", noon(), 10).await;
    house.event("door", at(60), 10).await;
    let filter = EventFilter { limit: 2, ..EventFilter::default() };
    assert_eq!(house.store.events(&filter).await.unwrap().next, None);
    assert!("door".parse::<watchpost_store::Cursor>().is_err());
}

#[tokio::test]
async fn filters_let_through_what_they_say() {
    let house = House::new().await;
    let first = house.event("door", noon(), 10).await;
    let second = house.event("yard", at(60), 10).await;
    let third = event("door", at(120), None);
    house.store.put_event(&third).await.unwrap();
    house.store.set_kept(&second.id, true).await.unwrap();

    let all = EventFilter::default;
    let during = |from, to| EventFilter { interval: Interval::new(at(from), at(to)), ..all() };
    let cases = [
        ("all", all(), vec![&third, &second, &first]),
        ("one camera", EventFilter { cameras: vec![id("yard")], ..all() }, vec![&second]),
        (
            "two cameras",
            EventFilter { cameras: vec![id("yard"), id("door")], ..all() },
            vec![&third, &second, &first],
        ),
        ("no camera", EventFilter { cameras: vec![id("attic")], ..all() }, vec![]),
        ("kept", EventFilter { kept: Some(true), ..all() }, vec![&second]),
        ("not kept", EventFilter { kept: Some(false), ..all() }, vec![&third, &first]),
        (
            "motion",
            EventFilter { trigger: Some(Trigger::Motion), ..all() },
            vec![&third, &second, &first],
        ),
        ("touching its end", during(10, 60), vec![]),
        ("reaching in", during(9, 61), vec![&second, &first]),
        ("going on", during(5000, 6000), vec![&third]),
    ];
    for (name, filter, expected) in cases {
        let page = house.store.events(&filter).await.unwrap();
        let found: Vec<_> = page.events.iter().map(|record| &record.event.id).collect();
        let expected: Vec<_> = expected.iter().map(|event| &event.id).collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{name}");
    }
}

#[tokio::test]
async fn what_the_owner_keeps_stays_kept_while_the_event_goes_on() {
    let house = House::new().await;
    let begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    assert!(house.store.set_kept(&begun.id, true).await.unwrap());
    house.store.put_event(&event("door", noon(), Some(30))).await.unwrap();
    assert!(house.store.event(&begun.id).await.unwrap().unwrap().event.kept);
    assert!(!house.store.set_kept(&EventId::new(&id("yard"), noon()), true).await.unwrap());
}

#[tokio::test]
async fn the_best_picture_takes_the_place_of_the_one_before() {
    let house = House::new().await;
    let event = house.event("door", noon(), 10).await;
    assert_eq!(house.store.snapshot(&event.id, SnapshotKind::Thumb).await.unwrap(), None);
    let path = async |kind| house.store.snapshot_path(&event.id, kind).await.unwrap();
    assert_eq!(path(SnapshotKind::Thumb).await, None);
    for (words, score) in [(["a", "b", "c"], 0.1), (["clean", "marked", "thumb"], 0.9)] {
        let [clean, marked, thumb] = words.map(Bytes::from_static_str);
        let snapshot = Snapshot { clean, marked, thumb, score };
        house.store.save_snapshot(&event.id, snapshot).await.unwrap();
    }
    for kind in SnapshotKind::ALL {
        let jpeg = house.store.snapshot(&event.id, kind).await.unwrap().unwrap();
        assert_eq!(jpeg, kind.word());
        assert_eq!(std::fs::read(path(kind).await.unwrap()).unwrap(), kind.word().as_bytes());
    }
    assert!(house.store.event(&event.id).await.unwrap().unwrap().has_snapshot);
    let files = ["", "_marked", "_thumb"]
        .map(|end| format!("media/door/2026-11-21/20261121_120005{end}.jpg"));
    assert!(files.iter().all(|file| house.path(file).exists()), "{:?}", house.files());
    assert_eq!(house.files().len(), 4, "no leavings: {:?}", house.files());
}

#[tokio::test]
async fn a_picture_of_no_event_is_refused() {
    let house = House::new().await;
    let nobody = EventId::new(&id("door"), noon());
    let [clean, marked, thumb] = ["a", "b", "c"].map(Bytes::from_static_str);
    let snapshot = Snapshot { clean, marked, thumb, score: 0.5 };
    let refused = house.store.save_snapshot(&nobody, snapshot).await.unwrap_err();
    assert!(matches!(refused, WriteError::NoSuchEvent { .. }), "{refused}");
    assert!(house.files().is_empty());
}

#[tokio::test]
async fn two_events_of_one_second_have_two_sidecars() {
    let house = House::new().await;
    let first = house.event("door", noon(), 10).await;
    let second = house.event("door", noon() + secs(1) / 2, 10).await;
    assert_eq!(
        house.files(),
        ["20261121_120005", "20261121_120005_2"]
            .map(|stem| format!("media/door/2026-11-21/{stem}.json"))
    );
    let sidecar = |stem: &str| {
        fs::read_to_string(house.path(&format!("media/door/2026-11-21/{stem}.json"))).unwrap()
    };
    assert!(sidecar("20261121_120005").contains(first.id.as_str()));
    assert!(sidecar("20261121_120005_2").contains(second.id.as_str()));
}

/// Only to write `Bytes` from words above.
trait FromStaticStr {
    fn from_static_str(words: &'static str) -> Bytes;
}

impl FromStaticStr for Bytes {
    fn from_static_str(words: &'static str) -> Bytes {
        Bytes::from_static(words.as_bytes())
    }
}
