//! Events found by what was recognised in them, and counted.

use std::collections::BTreeSet;

use watchpost_model::{
    Deed, DeedKind, EventId, Interval, Label, Recognition, Side, Sighting, Trigger,
};
use watchpost_store::{EventFilter, InZone, OverLine, Words};

use crate::house::{House, at, event, id, noon, sighting};

fn label(word: &str) -> Label {
    word.parse().unwrap()
}

fn in_zone(zone: &str, sighting: Sighting) -> Sighting {
    Sighting { zones: [zone.to_owned()].into(), ..sighting }
}

fn did(second: u64, kind: DeedKind, mut sighting: Sighting) -> Sighting {
    sighting.deeds.push(Deed { at: at(second), kind });
    sighting
}

/// Enters an event with these objects.
async fn seen(house: &House, camera: &str, second: u64, sightings: &[Sighting]) -> EventId {
    let event = house.event(camera, at(second), 10).await;
    house.store.save_sightings(&event.id, sightings, Recognition::Known).await.unwrap();
    event.id
}

/// A person on the drive and a car in the Zufahrt; a car on the drive that crossed; a dog on the
/// `100%_lawn`; nobody.
async fn four() -> (House, [EventId; 4]) {
    let house = House::new().await;
    let person = in_zone("drive", sighting(1001, "person", 0.9));
    let car = in_zone("Große Zufahrt", sighting(1002, "car", 0.5));
    let first = seen(&house, "door", 0, &[person, car]).await;
    let gate = DeedKind::Crossed("Gate".to_owned(), Side::Right);
    let car = did(66, gate, in_zone("drive", sighting(1001, "car", 0.7)));
    let second = seen(&house, "yard", 60, &[car]).await;
    let dog = in_zone("100%_lawn", sighting(1001, "dog", 0.8));
    let third = seen(&house, "door", 120, &[dog]).await;
    let fourth = seen(&house, "door", 180, &[]).await;
    (house, [first, second, third, fourth])
}

/// Checks that the filter finds these, newest first, and says how many they are.
async fn finds(house: &House, filter: EventFilter, expected: &[&EventId]) {
    let page = house.store.events(&filter).await.unwrap();
    let found: Vec<_> = page.events.iter().map(|record| &record.event.id).collect();
    assert_eq!(found, expected, "{filter:?}");
    assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{filter:?}");
}

#[tokio::test]
async fn events_are_found_by_class_and_zone() {
    let (house, [first, second, third, _]) = four().await;
    let all = EventFilter::default;
    let labels = |words: &[&str]| words.iter().map(|word| label(word)).collect::<Vec<_>>();
    let zone = |name: &str| Some(name.to_owned());
    finds(&house, EventFilter { labels: labels(&["car"]), ..all() }, &[&second, &first]).await;
    finds(&house, EventFilter { labels: labels(&["dog", "person"]), ..all() }, &[&third, &first])
        .await;
    finds(&house, EventFilter { labels: labels(&["cow"]), ..all() }, &[]).await;
    finds(&house, EventFilter { zone: zone("drive"), ..all() }, &[&second, &first]).await;
    finds(&house, EventFilter { zone: zone("100%_lawn"), ..all() }, &[&third]).await;
    finds(&house, EventFilter { zone: zone("100%%lawn"), ..all() }, &[]).await;
    // It was a car in the zone, not a car somewhere and somebody in the zone.
    let both = EventFilter { labels: labels(&["car"]), zone: zone("drive"), ..all() };
    finds(&house, both.clone(), &[&second]).await;
    let any = EventFilter { labels: labels(&["car", "person"]), zone: zone("drive"), ..all() };
    finds(&house, any, &[&second, &first]).await;
    finds(&house, EventFilter { cameras: vec![id("door")], ..both.clone() }, &[]).await;
    let early = Interval::new(noon(), at(30));
    finds(&house, EventFilter { interval: early, ..both.clone() }, &[]).await;
    finds(&house, EventFilter { trigger: Some(Trigger::Manual), ..both.clone() }, &[]).await;
    house.store.set_kept(&second, true).await.unwrap();
    finds(&house, EventFilter { kept: Some(true), ..both.clone() }, &[&second]).await;
    finds(&house, EventFilter { kept: Some(false), ..both }, &[]).await;
}

#[tokio::test]
async fn events_are_found_by_the_words_of_a_text() {
    let (house, [first, second, third, fourth]) = four().await;
    let text = |text: &str| EventFilter { text: Some(text.to_owned()), ..EventFilter::default() };
    for (words, expected) in [
        ("person", &[&first][..]),
        ("PERSON", &[&first]),
        ("erso", &[&first]),
        ("yard", &[&second]),
        ("Door", &[&fourth, &third, &first]),
        ("drive car", &[&second, &first]),
        ("car gate", &[&second]),
        ("crossed", &[&second]),
        ("motion", &[&fourth, &third, &second, &first]),
        ("GROßE", &[&first]),
        ("zufahrt große", &[&first]),
        ("%", &[&third]),
        ("_", &[&third]),
        ("100%_", &[&third]),
        ("d%e", &[]),
        ("dr_ve", &[]),
        ("' OR 1 --", &[]),
        ("car cow", &[]),
        ("manual", &[]),
        ("  ", &[&fourth, &third, &second, &first]),
    ] {
        finds(&house, text(words), expected).await;
    }
    let combined = EventFilter {
        labels: vec![label("car")],
        zone: Some("drive".to_owned()),
        cameras: vec![id("yard")],
        ..text("gate yard")
    };
    finds(&house, combined, &[&second]).await;
}

#[tokio::test]
async fn capitals_beyond_ascii_are_small_letters_too() {
    let house = House::new().await;
    let found =
        seen(&house, "door", 0, &[in_zone("ÖSTLICHE WIESE", sighting(1, "dog", 0.5))]).await;
    let text = |text: &str| EventFilter { text: Some(text.to_owned()), ..EventFilter::default() };
    finds(&house, text("östliche"), &[&found]).await;
    finds(&house, text("ÖSTLICHE wiese"), &[&found]).await;
}

#[tokio::test]
async fn what_triggered_an_event_is_one_of_its_words() {
    let house = House::new().await;
    let mut by_hand = event("door", noon(), Some(10));
    by_hand.triggers.insert(Trigger::Manual);
    house.store.put_event(&by_hand).await.unwrap();
    house.event("door", at(60), 10).await;
    let text = EventFilter { text: Some("Manual door".to_owned()), ..EventFilter::default() };
    finds(&house, text, &[&by_hand.id]).await;
}

#[tokio::test]
async fn pages_of_found_events_are_complete_and_without_doubles() {
    let house = House::new().await;
    let mut expected = BTreeSet::new();
    for n in 0..30 {
        // Two of the class in one event are one event.
        let person = |number| in_zone("drive", sighting(number, "person", 0.5));
        let car = in_zone("drive", sighting(1, "car", 0.5));
        let objects = if n % 3 == 0 { vec![car] } else { vec![person(1), person(2)] };
        let id = seen(&house, "door", n / 2 * 60 + n % 2, &objects).await;
        if n % 3 > 0 {
            expected.insert(id);
        }
    }
    let by_class = EventFilter { labels: vec![Label::person()], ..EventFilter::default() };
    let by_zone = EventFilter { zone: Some("drive".to_owned()), ..by_class.clone() };
    let by_text = EventFilter { text: Some("person".to_owned()), ..EventFilter::default() };
    for filter in [by_class, by_zone, by_text] {
        let mut filter = EventFilter { limit: 3, ..filter };
        let mut found = Vec::new();
        loop {
            let page = house.store.events(&filter).await.unwrap();
            assert_eq!(page.total, 20);
            found.extend(page.events.into_iter().map(|record| record.event.id));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        assert_eq!(found.len(), 20);
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[tokio::test]
async fn words_are_those_of_events_there_are_the_most_used_first() {
    let (house, [first, ..]) = four().await;
    let zones = |words: Words| words.zones.join(", ");
    let labels =
        |words: Words| words.labels.iter().map(Label::as_str).collect::<Vec<_>>().join(", ");
    let words = house.store.words().await.unwrap();
    assert_eq!(labels(words.clone()), "car, dog, person");
    assert_eq!(zones(words), "drive, 100%_lawn, Große Zufahrt");
    house.store.delete_event(&first, at(500)).await.unwrap();
    let words = house.store.words().await.unwrap();
    assert_eq!(labels(words.clone()), "car, dog");
    assert_eq!(zones(words), "100%_lawn, drive");
}

#[tokio::test]
async fn objects_are_counted_by_what_they_did_and_when() {
    let house = House::new().await;
    let drive = || "drive".to_owned();
    let gate = |side| DeedKind::Crossed("gate".to_owned(), side);
    let person = sighting(1001, "person", 0.9);
    let person = did(6, DeedKind::Entered(drive()), person);
    let person = did(7, DeedKind::Loitered(drive()), person);
    let person = did(8, DeedKind::Left(drive()), person);
    let person = did(9, DeedKind::Entered(drive()), person);
    let person = did(9, gate(Side::Left), person);
    let car = did(9, gate(Side::Right), did(8, gate(Side::Right), sighting(1002, "car", 0.5)));
    let first = seen(&house, "door", 0, &[person, car.clone()]).await;
    let later = Sighting { first: at(65), last: at(70), deeds: Vec::new(), ..car.clone() };
    seen(&house, "door", 60, &[later]).await;
    seen(&house, "yard", 0, &[car]).await;

    let counts = async |from, to| {
        house.store.counts(&id("door"), Interval::new(at(from), at(to))).await.unwrap()
    };
    let all = counts(0, 100).await;
    assert_eq!(all.objects, [(label("car"), 2), (label("person"), 1)]);
    let in_drive = InZone { entered: 2, left: 1, loitered: 1 };
    assert_eq!(all.zones, [((drive(), label("person")), in_drive)].into());
    let cars = (("gate".to_owned(), label("car")), OverLine { left: 0, right: 2 });
    let persons = (("gate".to_owned(), label("person")), OverLine { left: 1, right: 0 });
    assert_eq!(all.lines, [cars, persons].into());

    // Each thing at its own moment: the end does not belong to the time, the beginning does.
    let early = counts(0, 9).await;
    assert_eq!(early.zones.values().next().unwrap().entered, 1);
    assert_eq!(early.lines.len(), 1);
    assert_eq!(counts(9, 60).await.lines.len(), 2);
    assert_eq!(counts(9, 60).await.objects, []);
    assert_eq!(counts(5, 6).await.objects, [(label("car"), 1), (label("person"), 1)]);
    assert_eq!(counts(0, 5).await, watchpost_store::Counts::default());
    assert_eq!(counts(65, 66).await.objects, [(label("car"), 1)]);
    house.store.delete_event(&first, at(500)).await.unwrap();
    assert_eq!(counts(0, 100).await.objects, [(label("car"), 1)], "deleted ones do not count");
}
