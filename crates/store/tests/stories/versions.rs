//! Catalogs that an earlier Watchpost left, and catalogs of many years.

use std::fs;
use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use watchpost_model::{Ailment, Event, Interval, Label, Recognition, Secret};
use watchpost_store::{EventFilter, Flag, PhotoFilter, Role, Snapshot, User, Words};

use crate::house::{House, at, bytes, id, noon, page, sighting, trace};

const VERSION_1: &str = include_str!("../../migrations/0001_catalog.sql");
const VERSION_2: &str = include_str!("../../migrations/0002_photos.sql");
const VERSION_3: &str = include_str!("../../migrations/0003_motion.sql");
const VERSION_4: &str = include_str!("../../migrations/0004_objects.sql");

/// Runs `script` in the catalog `path`, which may be new.
async fn run(path: &Path, script: &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(script).execute(&pool).await.unwrap();
    pool.close().await;
}

/// Puts a catalog of an earlier version, made by its `migrations`, in the place of today's; `copy`
/// takes the rows over that it had.
async fn back_to(path: &Path, migrations: &[&'static str], copy: &'static str) {
    let folder = path.parent().unwrap().to_owned();
    let today = folder.join("today.db");
    for end in ["", "-wal"] {
        let of = |file: &Path| format!("{}{end}", file.display());
        if fs::exists(of(path)).unwrap() {
            fs::rename(of(path), of(&today)).unwrap();
        }
    }
    drop(fs::remove_file(folder.join("catalog.db-shm")));
    for migration in migrations {
        run(path, migration).await;
    }
    let options = SqliteConnectOptions::new().filename(path);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let mut catalog = pool.acquire().await.unwrap();
    sqlx::query("ATTACH ?1 AS today")
        .bind(today.to_str().unwrap())
        .execute(&mut *catalog)
        .await
        .unwrap();
    sqlx::raw_sql(copy).execute(&mut *catalog).await.unwrap();
    drop(catalog);
    pool.close().await;
    fs::remove_file(today).unwrap();
}

#[tokio::test]
async fn a_catalog_of_version_1_goes_on_with_all_it_has() {
    let house = House::new().await;
    house.record("door", noon(), 5).await;
    house.record("yard", noon(), 3).await;
    drop(house.begin("door", at(10), 4).await); // It was killed while it recorded.
    let event = house.event("door", noon(), 5).await;
    house.store.set_kept(&event.id, true).await.unwrap();
    let [clean, marked, thumb] = [(); 3].map(|()| Bytes::from_static(b"jpeg"));
    let snapshot = Snapshot { clean, marked, thumb, score: 0.5 };
    house.store.save_snapshot(&event.id, snapshot).await.unwrap();
    let hidden = house.event("yard", noon(), 5).await;
    house.store.delete_event(&hidden.id, at(50)).await.unwrap();
    let password_hash = Secret::new("hash".to_owned());
    let anna = User { name: "anna".to_owned(), role: Role::Owner, password_hash };
    house.store.put_user(&anna).await.unwrap();
    let flag = Flag { on: false, since: noon(), by: None };
    house.store.set_flag("monitoring", &flag).await.unwrap();

    let path = house.path("catalog.db");
    house.store.close().await;
    let copy = "
        INSERT INTO segment SELECT id, camera, path, state, start_us, end_us, bytes
            FROM today.segment;
        INSERT INTO event SELECT id, camera, start_us, triggered_us, end_us, ended, kept, stem,
            score, deleted_us FROM today.event;
        INSERT INTO event_trigger SELECT event_id, word FROM today.event_trigger;
        INSERT INTO user SELECT name, role, password_hash FROM today.user;
        INSERT INTO flag SELECT name, is_on, since_us, set_by FROM today.flag;";
    back_to(&path, &[VERSION_1], copy).await;
    let (house, told) = house.kill().await;
    assert_eq!(told.len(), 1, "the segment that was being written: {told:?}");
    assert!(told[0].contains("20261121_120010.mp4 was being written"), "{told:?}");
    assert_eq!(house.play("door", noon(), 6).await, bytes(noon(), 5));
    assert_eq!(house.play("door", at(10), 6).await, bytes(at(10), 4));
    let found = house.record_of(&event.id).await;
    assert!(found.event.kept && found.has_snapshot && found.photos == 0, "{found:?}");
    assert_eq!(house.store.events(&EventFilter::default()).await.unwrap().total, 1);
    assert!(house.store.restore_event(&hidden.id, at(49)).await.unwrap());
    assert!(house.store.user("anna").await.unwrap().is_some());
    assert_eq!(house.store.flag("monitoring").await.unwrap(), Some(flag));

    // And has what is new.
    house.photo("door", at(1), Some(&event.id)).await;
    house.lapse("door", noon(), 3).await;
    assert_eq!(house.record_of(&event.id).await.photos, 1);
    house.sound().await;
    let (_, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_catalog_of_version_2_goes_on_with_all_it_has() {
    let house = House::new().await;
    house.record("door", noon(), 5).await;
    house.lapse("door", noon(), 3).await;
    let event = house.event("door", noon(), 5).await;
    let photo = house.photo("door", at(1), Some(&event.id)).await;
    house.store.set_setting("picture", Some("{}")).await.unwrap();
    house.store.begin_trouble(&id("door"), Ailment::Black, at(3), None).await.unwrap();

    let path = house.path("catalog.db");
    house.store.close().await;
    let copy = "
        INSERT INTO segment SELECT id, camera, path, state, start_us, end_us, bytes, kind
            FROM today.segment;
        INSERT INTO event SELECT id, camera, start_us, triggered_us, end_us, ended, kept, stem,
            score, deleted_us FROM today.event;
        INSERT INTO event_trigger SELECT event_id, word FROM today.event_trigger;
        INSERT INTO photo SELECT id, camera, path, state, taken_us, event_id, width, height, bytes
            FROM today.photo;
        INSERT INTO trouble SELECT id, camera, kind, start_us, end_us, cause FROM today.trouble;
        INSERT INTO setting SELECT name, value FROM today.setting;";
    back_to(&path, &[VERSION_1, VERSION_2], copy).await;
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(house.play("door", noon(), 6).await, bytes(noon(), 5));
    assert_eq!(house.photos(&PhotoFilter::default()).await, [photo]);
    assert_eq!(house.record_of(&event.id).await.photos, 1);
    assert_eq!(house.store.setting("picture").await.unwrap().as_deref(), Some("{}"));
    assert_eq!(house.store.survey().await.unwrap().len(), 3);
    assert!(house.store.traces(&event.id).await.unwrap().is_empty());

    // And has what is new.
    house.moved("door", noon(), 60).await;
    house.store.save_traces(&event.id, &[trace(&event)]).await.unwrap();
    assert_eq!(house.pages("door").await, [page(noon(), 60)]);
    assert_eq!(house.store.traces(&event.id).await.unwrap(), [trace(&event)]);
    house.sound().await;
    let (_, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_catalog_of_version_3_goes_on_with_all_it_has() {
    let house = House::new().await;
    house.record("door", noon(), 5).await;
    let event = house.event("door", noon(), 5).await;
    house.store.save_traces(&event.id, &[trace(&event)]).await.unwrap();
    let photo = house.photo("door", at(1), Some(&event.id)).await;
    house.moved("door", noon(), 60).await;

    let path = house.path("catalog.db");
    house.store.close().await;
    let copy = "
        INSERT INTO segment SELECT id, camera, path, state, start_us, end_us, bytes, kind
            FROM today.segment;
        INSERT INTO event SELECT id, camera, start_us, triggered_us, end_us, ended, kept, stem,
            score, deleted_us FROM today.event;
        INSERT INTO event_trigger SELECT event_id, word FROM today.event_trigger;
        INSERT INTO event_traces SELECT event_id, traces FROM today.event_traces;
        INSERT INTO photo SELECT id, camera, path, state, taken_us, event_id, width, height, bytes
            FROM today.photo;
        INSERT INTO motion SELECT id, camera, path, state, start_us, end_us, bytes
            FROM today.motion;";
    back_to(&path, &[VERSION_1, VERSION_2, VERSION_3], copy).await;
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(house.play("door", noon(), 6).await, bytes(noon(), 5));
    assert_eq!(house.photos(&PhotoFilter::default()).await, [photo]);
    assert_eq!(house.pages("door").await, [page(noon(), 60)]);
    assert_eq!(house.store.traces(&event.id).await.unwrap(), [trace(&event)]);
    let found = house.record_of(&event.id).await;
    assert_eq!((found.objects, found.recognition), (Vec::new(), Recognition::Off));
    assert_eq!(house.store.words().await.unwrap(), Words::default());

    // And has what is new.
    let person = sighting(1001, "person", 0.5);
    house.store.save_sightings(&event.id, &[person], Recognition::Known).await.unwrap();
    let persons = EventFilter { labels: vec![Label::person()], ..EventFilter::default() };
    assert_eq!(house.store.events(&persons).await.unwrap().total, 1);
    house.sound().await;
    let (_, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_catalog_of_version_4_goes_on_with_all_it_has() {
    let house = House::new().await;
    house.record("door", noon(), 5).await;
    let event = house.event("door", noon(), 5).await;
    house.store.save_traces(&event.id, &[trace(&event)]).await.unwrap();
    let mut person = sighting(1001, "person", 0.5);
    person.zones.insert("drive".to_owned());
    let persons = std::slice::from_ref(&person);
    house.store.save_sightings(&event.id, persons, Recognition::Known).await.unwrap();
    let photo = house.photo("door", at(1), Some(&event.id)).await;
    house.moved("door", noon(), 60).await;

    let path = house.path("catalog.db");
    house.store.close().await;
    let copy = "
        INSERT INTO segment SELECT id, camera, path, state, start_us, end_us, bytes, kind
            FROM today.segment;
        INSERT INTO event SELECT id, camera, start_us, triggered_us, end_us, ended, kept, stem,
            score, deleted_us, recognition FROM today.event;
        INSERT INTO event_trigger SELECT event_id, word FROM today.event_trigger;
        INSERT INTO event_traces SELECT event_id, traces FROM today.event_traces;
        INSERT INTO sighting SELECT event_id, number, label, score, first_us, last_us
            FROM today.sighting;
        INSERT INTO sighting_zone SELECT event_id, number, zone FROM today.sighting_zone;
        INSERT INTO event_words SELECT event_id, words FROM today.event_words;
        INSERT INTO photo SELECT id, camera, path, state, taken_us, event_id, width, height, bytes
            FROM today.photo;
        INSERT INTO motion SELECT id, camera, path, state, start_us, end_us, bytes
            FROM today.motion;";
    back_to(&path, &[VERSION_1, VERSION_2, VERSION_3, VERSION_4], copy).await;
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(house.play("door", noon(), 6).await, bytes(noon(), 5));
    assert_eq!(house.photos(&PhotoFilter::default()).await, [photo]);
    assert_eq!(house.pages("door").await, [page(noon(), 60)]);
    assert_eq!(house.store.traces(&event.id).await.unwrap(), [trace(&event)]);
    let (sightings, recognition) = house.store.sightings(&event.id).await.unwrap();
    assert_eq!((sightings.as_slice(), recognition), (persons, Recognition::Known));
    let found = house.record_of(&event.id).await;
    assert_eq!(found.event, event, "no sensor is invented");
    let text = EventFilter { text: Some("drive".to_owned()), ..EventFilter::default() };
    assert_eq!(house.store.events(&text).await.unwrap().total, 1);

    // And has what is new.
    let sensors = ["hall".parse().unwrap()].into();
    house.store.put_event(&Event { sensors, ..event.clone() }).await.unwrap();
    let sensor = Some("hall".parse().unwrap());
    let of_hall = EventFilter { sensor, ..EventFilter::default() };
    assert_eq!(house.store.events(&of_hall).await.unwrap().total, 1);
    house.sound().await;
    let (_, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
}

/// A measurement: `cargo test -p watchpost-store --release -- --ignored --nocapture hundred`
#[tokio::test]
#[ignore = "a measurement"]
async fn a_catalog_of_a_hundred_thousand_segments_and_photos_answers_quickly() {
    let house = House::new().await;
    let path = house.path("catalog.db");
    // Segments of 5 minutes and photos of eight cameras, an event of a minute for each photo, some of
    // them kept, each with a person or a car that entered one of four zones.
    let fill = "
        BEGIN;
        WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 99999)
        INSERT INTO segment (camera, path, state, start_us, end_us, bytes)
            SELECT printf('cam%d', n % 8), 'media/' || n || '.mp4', 'closed',
            1790000000000000 + n / 8 * 300000000, 1790000000000000 + n / 8 * 300000000 + 300000000,
            100000000 FROM n;
        WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 99999)
        INSERT INTO event (id, camera, start_us, triggered_us, end_us, ended, kept, stem)
            SELECT printf('20261121T%09d-cam%d', n, n % 8), printf('cam%d', n % 8),
            1790000000000000 + n / 8 * 300000000, 1790000000000000 + n / 8 * 300000000,
            1790000000000000 + n / 8 * 300000000 + 60000000, 'quiet', n % 100 = 0, 'media/e' || n
            FROM n;
        WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 99999)
        INSERT INTO photo (camera, path, state, taken_us, event_id, width, height, bytes)
            SELECT printf('cam%d', n % 8), 'media/' || n || '.jpg', 'closed',
            1790000000000000 + n / 8 * 300000000, printf('20261121T%09d-cam%d', n, n % 8),
            1920, 1080, 500000 FROM n;
        INSERT INTO sighting (event_id, number, label, score, first_us, last_us)
            SELECT id, 1001, iif(rowid % 10 = 0, 'car', 'person'), 0.75, start_us, end_us FROM event;
        INSERT INTO sighting_zone (event_id, number, zone)
            SELECT event_id, number, printf('zone%d', first_us / 300000000 % 4) FROM sighting;
        INSERT INTO deed (event_id, number, nth, at_us, word, place)
            SELECT event_id, number, 0, first_us, 'entered', zone
            FROM sighting JOIN sighting_zone USING (event_id, number);
        INSERT INTO event_words (event_id, words)
            SELECT event_id, label || char(10) || zone
            FROM sighting JOIN sighting_zone USING (event_id, number);
        COMMIT;";
    run(&path, fill).await;
    let store = &house.store;
    let mut told = Vec::new();
    let (begun, busy) = (Instant::now(), busy());
    let survey = store.survey().await.unwrap();
    told.push(("survey", begun.elapsed()));
    eprintln!("survey, on the processor alone: {} ms", self::busy() - busy);
    assert_eq!(survey.len(), 200_000);
    assert!(survey.iter().filter(|item| item.kept).count() >= 2000);

    let begun = Instant::now();
    let page = store.photos(&PhotoFilter::default()).await.unwrap();
    told.push(("a page of photos", begun.elapsed()));
    assert_eq!(page.total, 100_000);

    let cameras = vec![id("cam3")];
    let filter = PhotoFilter { cameras, after: page.next, ..PhotoFilter::default() };
    let begun = Instant::now();
    assert_eq!(store.photos(&filter).await.unwrap().total, 12_500);
    told.push(("a page of one camera's photos", begun.elapsed()));

    let begun = Instant::now();
    assert_eq!(store.events(&EventFilter::default()).await.unwrap().total, 100_000);
    told.push(("a page of events", begun.elapsed()));

    let labels = vec![Label::person()];
    let zone = Some("zone3".to_owned());
    let filter = EventFilter { labels, zone, ..EventFilter::default() };
    let begun = Instant::now();
    assert_eq!(store.events(&filter).await.unwrap().total, 22_500);
    told.push(("a page of events of persons in a zone", begun.elapsed()));

    let text = Some("person zone3 cam3".to_owned());
    let filter = EventFilter { text, ..EventFilter::default() };
    let begun = Instant::now();
    store.events(&filter).await.unwrap();
    told.push(("a page of events by words", begun.elapsed()));

    let begun = Instant::now();
    assert_eq!(store.words().await.unwrap().zones.len(), 4);
    told.push(("the words", begun.elapsed()));

    let begun = Instant::now();
    let counts = store.counts(&id("cam3"), Interval::ALL).await.unwrap();
    told.push(("all counts of a camera", begun.elapsed()));
    assert_eq!(counts.objects.iter().map(|(_, count)| count).sum::<u64>(), 12_500);

    let begun = Instant::now();
    let day = Interval::new(noon(), at(24 * 3600));
    store.footage(None, day).await.unwrap();
    told.push(("a day of footage", begun.elapsed()));

    let begun = Instant::now();
    store.used_by_footage().await.unwrap();
    told.push(("what is used", begun.elapsed()));

    let chosen: Vec<_> =
        survey.iter().filter(|item| !item.kept).map(|item| item.id).take(100).collect();
    let begun = Instant::now();
    let removed = store.remove(&chosen).await.unwrap();
    told.push(("removing 100", begun.elapsed()));
    assert!(removed.segments > 0 && !removed.photos.is_empty());
    for (what, took) in told {
        eprintln!("{what}: {took:?}");
        assert!(took.as_secs() < 3, "{what} took {took:?}");
    }
}

/// Milliseconds that this process was on a processor; a tick is 10 of them.
fn busy() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(") ").next().unwrap().split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum()
}
