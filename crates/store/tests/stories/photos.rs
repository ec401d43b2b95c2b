//! Photos are kept, found, counted, and go.

use std::collections::BTreeSet;
use std::fs::{self, File};

use exif::{In, Tag, Value};
use jiff::tz::TimeZone;
use watchpost_model::{ByteSize, Ended, EventId, Interval, WallTime};
use watchpost_store::{
    EventFilter, ItemId, NewPhoto, PhotoFilter, Purged, Remedy, Removed, Snapshot, Store,
    WriteError,
};

use crate::house::{House, Names, at, event, id, jpeg, noon, options, photo, secs};

const FILE: &str = "media/door/2026-11-21/capture_20261121_120000.jpg";

fn all() -> PhotoFilter {
    PhotoFilter::default()
}

fn snapshot() -> Snapshot {
    let [clean, marked, thumb] = [(); 3].map(|()| jpeg(noon()).into());
    Snapshot { clean, marked, thumb, score: 0.5 }
}

/// The tags of a photo as another program shows them.
fn tags(jpeg: &[u8]) -> Vec<(Tag, String)> {
    let exif = exif::Reader::new().read_from_container(&mut std::io::Cursor::new(jpeg)).unwrap();
    exif.fields().map(|field| (field.tag, field.display_value().to_string())).collect()
}

#[tokio::test]
async fn a_photo_is_kept_as_it_was_and_tells_when_and_where() {
    let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let house = House::in_zone(berlin).await;
    let taken: WallTime = "2026-11-21T13:00:00.250001+01:00".parse().unwrap();
    let event = EventId::new(&id("door"), noon());
    let kept = house.photo("door", taken, Some(&event)).await;
    assert_eq!(kept.file, "media/door/2026-11-21/capture_20261121_130000.jpg");
    assert_eq!((kept.taken, kept.event.as_ref()), (taken, Some(&event)));
    assert_eq!((kept.width, kept.height), (640, 480));
    let (found, content) = house.store.photo(kept.id).await.unwrap().unwrap();
    assert_eq!(found, kept);
    assert_eq!(content, fs::read(house.path(&kept.file)).unwrap());
    assert_eq!(kept.bytes.as_bytes(), u64::try_from(content.len()).unwrap());

    let original = jpeg(taken);
    assert!(content.ends_with(&original[20..]), "all but the head is as it was");
    let tags = tags(&content);
    for (tag, value) in [
        (Tag::ImageDescription, "\"door\""),
        (Tag::Model, "\"door\""),
        (Tag::DateTimeOriginal, "2026-11-21 13:00:00"),
        (Tag::SubSecTimeOriginal, "\"250001\""),
        (Tag::OffsetTimeOriginal, "\"+01:00\""),
    ] {
        assert!(tags.contains(&(tag, value.to_owned())), "{tag} is not {value}: {tags:?}");
    }
    let software = tags.iter().find(|(tag, _)| *tag == Tag::Software).unwrap();
    assert!(software.1.starts_with("\"Watchpost "), "{software:?}");
    house.sound().await;
}

#[tokio::test]
async fn what_the_camera_wrote_into_it_stays_but_for_its_clock() {
    let field = |tag, value| exif::Field { tag, ifd_num: In::PRIMARY, value };
    let theirs = [
        field(Tag::Model, Value::Ascii(vec![b"imx708".to_vec()])),
        field(Tag::ExposureTime, Value::Rational(vec![exif::Rational { num: 1, denom: 50 }])),
        field(Tag::DateTimeOriginal, Value::Ascii(vec![b"1970:01:01 00:00:07".to_vec()])),
    ];
    let mut writer = exif::experimental::Writer::new();
    for field in &theirs {
        writer.push_field(field);
    }
    let mut tiff = std::io::Cursor::new(Vec::new());
    writer.write(&mut tiff, true).unwrap();
    let body = [b"Exif\0\0", tiff.get_ref().as_slice()].concat();
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    let plain = jpeg(noon());
    let (start, rest) = plain.split_at(2);
    let stamped = [start, &[0xff, 0xff, 0xe1], &length, &body, rest].concat();

    let house = House::new().await;
    let new = NewPhoto { jpeg: stamped.into(), ..photo("door", noon(), None) };
    let kept = house.store.add_photo(new).await.unwrap();
    let content = fs::read(house.path(&kept.file)).unwrap();
    let tags = tags(&content);
    for (tag, value) in [
        (Tag::Model, "\"imx708\""),
        (Tag::ExposureTime, "1/50"),
        (Tag::DateTimeOriginal, "2026-11-21 12:00:00"),
    ] {
        let told: Vec<_> = tags.iter().filter(|(name, _)| *name == tag).collect();
        assert_eq!(told, [&(tag, value.to_owned())]);
    }
    assert_eq!(content.windows(6).filter(|window| window == b"Exif\0\0").count(), 1);
    house.sound().await;
}

#[tokio::test]
async fn an_end_that_a_camera_leaves_away_or_fills_up_is_mended() {
    let house = House::new().await;
    let whole = jpeg(noon());
    let without = whole[..whole.len() - 2].to_vec();
    let filled = [whole.as_slice(), &[0; 100]].concat();
    let mut kept = BTreeSet::new();
    for jpeg in [whole, without, filled] {
        let new = NewPhoto { jpeg: jpeg.into(), ..photo("door", noon(), None) };
        let photo = house.store.add_photo(new).await.unwrap();
        kept.insert(fs::read(house.path(&photo.file)).unwrap());
    }
    assert_eq!(kept.len(), 1, "all three are the same");
    house.sound().await;
}

#[tokio::test]
async fn what_is_no_jpeg_is_refused() {
    let house = House::new().await;
    let whole = jpeg(noon());
    let no_scan = &whole[..60];
    for content in [b"".as_slice(), b"jpeg", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", no_scan] {
        let jpeg = content.to_vec().into();
        let new = NewPhoto { jpeg, ..photo("door", noon(), None) };
        let refused = house.store.add_photo(new).await.unwrap_err();
        assert!(matches!(refused, WriteError::NoJpeg { .. }), "{refused}");
        assert_eq!(refused.to_string(), "the photo of camera door is no JPEG");
        assert_eq!(refused.remedy(), Remedy::Retry);
    }
    assert!(house.files().is_empty());
}

#[tokio::test]
async fn photos_of_one_second_have_names_of_their_own() {
    let house = House::new().await;
    let mut files = Vec::new();
    for millis in [0, 1, 999] {
        let taken = noon() + secs(1) * millis / 1000;
        files.push(house.photo("door", taken, None).await.file);
    }
    let named = |end| FILE.replace(".jpg", end);
    assert_eq!(files, [named(".jpg"), named("_2.jpg"), named("_3.jpg")]);
    house.sound().await;
}

#[tokio::test]
async fn two_programs_that_keep_photos_at_once_overwrite_nothing() {
    let house = House::new().await;
    let (guest, _) =
        Store::attach(options(house.folder.path(), &house.zone), noon()).await.unwrap();
    let many = |store: Store, from: u64| async move {
        let mut kept = Vec::new();
        for n in from..from + 20 {
            let taken = noon() + secs(1) * u32::try_from(n).unwrap() / 100;
            kept.push(store.add_photo(photo("door", taken, None)).await.unwrap());
        }
        kept
    };
    let (ours, theirs) = tokio::join!(many(house.store.clone(), 0), many(guest, 40));
    let files: BTreeSet<_> = ours.iter().chain(&theirs).map(|photo| photo.file.clone()).collect();
    assert_eq!(files.len(), 40);
    assert_eq!(house.files().len(), 40, "and no leavings");
    for photo in ours.iter().chain(&theirs) {
        let content = fs::read(house.path(&photo.file)).unwrap();
        assert!(content.ends_with(&jpeg(photo.taken)[20..]), "{photo:?} is another's");
    }
    house.sound().await;
}

#[tokio::test]
async fn a_file_that_is_none_of_ours_keeps_its_name() {
    let house = House::new().await;
    fs::create_dir_all(house.path("media/door/2026-11-21")).unwrap();
    fs::write(house.path(FILE), "holiday").unwrap();
    let kept = house.photo("door", noon(), None).await;
    assert_eq!(kept.file, FILE.replace(".jpg", "_2.jpg"));
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "a picture of somebody's is no news: {told:?}");
    assert_eq!(fs::read(house.path(FILE)).unwrap(), b"holiday");
    house.sound().await;
}

#[tokio::test]
async fn photos_and_snapshots_never_share_a_name() {
    let like_events = Names { photo: "%Y%m%d_%H%M%S.jpg", ..Names::USUAL };
    let (house, _) = House::new().await.reopen(like_events, |_| ()).await;
    // The photo first: the event goes elsewhere, with all its pictures.
    let first = house.photo("door", at(5), None).await;
    assert_eq!(first.file, "media/door/2026-11-21/20261121_120005.jpg");
    let later = house.event("door", noon(), 10).await;
    house.store.save_snapshot(&later.id, snapshot()).await.unwrap();
    assert!(house.path("media/door/2026-11-21/20261121_120005_2.json").exists());
    // The event first, and no snapshot yet: the photo goes elsewhere.
    let event = house.event("door", at(60), 10).await;
    let second = house.photo("door", at(65), None).await;
    assert_eq!(second.file, "media/door/2026-11-21/20261121_120105_2.jpg");
    house.store.save_snapshot(&event.id, snapshot()).await.unwrap();

    let photos = house.photos(&all()).await;
    assert_eq!(photos, [second, first]);
    let (house, told) = house.reopen(like_events, lose_catalog).await;
    assert_eq!(told.len(), 4, "{told:?}");
    let found = house.photos(&all()).await;
    let places = |photos: &[watchpost_store::Photo]| -> Vec<_> {
        photos.iter().map(|photo| (photo.taken, photo.file.clone())).collect()
    };
    assert_eq!(places(&found), places(&photos));
    house.sound().await;
}

#[tokio::test]
async fn pages_of_photos_of_equal_times_are_complete_and_without_doubles() {
    let house = House::new().await;
    for n in 0..60 {
        house.photo(&format!("cam{}", n % 3), at(n / 10), None).await;
    }
    let mut filter = PhotoFilter { limit: 7, ..all() };
    let mut seen = Vec::new();
    loop {
        let page = house.store.photos(&filter).await.unwrap();
        assert_eq!(page.total, 60);
        seen.extend(page.photos);
        match page.next {
            Some(next) => filter.after = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen.iter().map(|photo| photo.id).collect::<BTreeSet<_>>().len(), 60);
    assert_eq!(seen.len(), 60);
    assert!(seen.is_sorted_by(|a, b| (a.taken, a.id) > (b.taken, b.id)), "newest first");
    assert!("door".parse::<watchpost_store::PhotoCursor>().is_err());
}

#[tokio::test]
async fn filters_let_through_what_they_say() {
    let house = House::new().await;
    let event = house.event("door", noon(), 30).await;
    let first = house.photo("door", at(5), Some(&event.id)).await;
    let second = house.photo("yard", at(10), None).await;
    let third = house.photo("door", at(20), None).await;
    let during = |from, to| PhotoFilter { interval: Interval::new(at(from), at(to)), ..all() };
    let of = |cameras: &[&str]| cameras.iter().map(|camera| id(camera)).collect();
    let cases = [
        ("all", all(), vec![&third, &second, &first]),
        ("one camera", PhotoFilter { cameras: of(&["yard"]), ..all() }, vec![&second]),
        (
            "two cameras",
            PhotoFilter { cameras: of(&["yard", "door"]), ..all() },
            vec![&third, &second, &first],
        ),
        ("no camera", PhotoFilter { cameras: of(&["attic"]), ..all() }, vec![]),
        ("its event", PhotoFilter { event: Some(event.id.clone()), ..all() }, vec![&first]),
        ("from, not to", during(5, 10), vec![&first]),
        ("both", PhotoFilter { cameras: of(&["door"]), ..during(6, 60) }, vec![&third]),
    ];
    for (name, filter, expected) in cases {
        let found = house.photos(&filter).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{name}");
    }
}

#[tokio::test]
async fn an_event_counts_its_photos_and_takes_them_along() {
    let house = House::new().await;
    let gone = house.event("door", noon(), 30).await;
    let other = house.event("door", at(60), 30).await;
    let of_gone = house.photo("door", at(5), Some(&gone.id)).await;
    let also = house.photo("door", at(10), Some(&gone.id)).await;
    let of_other = house.photo("door", at(65), Some(&other.id)).await;
    assert_eq!(house.record_of(&gone.id).await.photos, 2);
    let page = house.store.events(&EventFilter::default()).await.unwrap();
    assert_eq!(page.events.iter().map(|record| record.photos).collect::<Vec<_>>(), [1, 2]);

    house.store.delete_event(&gone.id, at(100)).await.unwrap();
    assert_eq!(house.photos(&all()).await, std::slice::from_ref(&of_other));
    assert_eq!(house.store.photo(also.id).await.unwrap(), None);
    assert!(house.store.restore_event(&gone.id, at(99)).await.unwrap());
    assert_eq!(house.photos(&all()).await.len(), 3, "and back");

    house.store.delete_event(&gone.id, at(100)).await.unwrap();
    let purged = house.store.purge_deleted(at(100), &[id("door")]).await.unwrap();
    assert_eq!(purged, Purged { events: 1, segments: 0, photos: vec![of_gone.id, also.id] });
    assert!(!house.path(&also.file).exists());
    assert_eq!(house.photos(&all()).await, [of_other]);
    assert_eq!(house.files().len(), 2, "a photo and a sidecar: {:?}", house.files());
    house.sound().await;
}

#[tokio::test]
async fn a_photo_goes_when_its_owner_wants_it() {
    let house = House::new().await;
    let event = house.event("door", noon(), 30).await;
    house.store.set_kept(&event.id, true).await.unwrap();
    let photo = house.photo("door", at(5), Some(&event.id)).await;
    assert!(house.store.delete_photo(photo.id).await.unwrap());
    assert!(!house.store.delete_photo(photo.id).await.unwrap(), "already");
    assert!(!house.store.delete_photo(4711).await.unwrap());
    assert_eq!(house.store.photo(photo.id).await.unwrap(), None);
    assert!(!house.path(&photo.file).exists());
    assert_eq!(house.record_of(&event.id).await.photos, 0, "the event stays");
    house.sound().await;
}

#[tokio::test]
async fn retention_reaches_photos_but_those_of_kept_events() {
    let house = House::new().await;
    let kept = house.event("door", noon(), 30).await;
    let lone = house.event("door", at(60), 30).await;
    house.store.set_kept(&kept.id, true).await.unwrap();
    let of_kept = house.photo("door", at(5), Some(&kept.id)).await;
    let by_hand = house.photo("door", at(6), None).await;
    let segment = house.record("door", at(10), 5).await;
    let of_lone = house.photo("door", at(65), Some(&lone.id)).await;

    let survey = house.store.survey().await.unwrap();
    let told: Vec<_> = survey.iter().map(|item| (item.id, item.kept)).collect();
    assert_eq!(
        told,
        [
            (ItemId::Photo(of_kept.id), true),
            (ItemId::Photo(by_hand.id), false),
            (ItemId::Segment(segment.id), true),
            (ItemId::Photo(of_lone.id), false),
        ]
    );
    assert_eq!((survey[1].bytes, survey[1].interval.start()), (by_hand.bytes, at(6)));
    let sum = |all: &[ByteSize]| all.iter().copied().fold(ByteSize::ZERO, ByteSize::saturating_add);
    let used = house.store.used_by_footage().await.unwrap();
    assert_eq!(used, sum(&[of_kept.bytes, by_hand.bytes, segment.bytes, of_lone.bytes]));

    let every: Vec<_> = survey.iter().map(|item| item.id).collect();
    let removed = house.store.remove(&every).await.unwrap();
    let expected = Removed {
        segments: 0,
        photos: vec![by_hand.id, of_lone.id],
        motion: 0,
        bytes: sum(&[by_hand.bytes, of_lone.bytes]),
        events: vec![lone.id], // Without footage, and now without photos.
    };
    assert_eq!(removed, expected);
    assert_eq!(house.photos(&all()).await, [of_kept]);
    house.sound().await;
}

#[tokio::test]
async fn an_event_with_photos_left_outlives_its_footage() {
    let house = House::new().await;
    let event = house.event("door", noon(), 30).await;
    let segment = house.record("door", noon(), 30).await;
    let photos = [
        house.photo("door", at(5), Some(&event.id)).await.id,
        house.photo("door", at(10), Some(&event.id)).await.id,
    ];
    for id in [ItemId::Segment(segment.id), ItemId::Photo(photos[0])] {
        assert!(house.store.remove(&[id]).await.unwrap().events.is_empty());
    }
    let removed = house.store.remove(&[ItemId::Photo(photos[1])]).await.unwrap();
    assert_eq!(removed.events, [event.id]);
    assert!(house.files().is_empty(), "{:?}", house.files());
}

#[tokio::test]
async fn a_photo_being_kept_when_the_program_died_is_there_or_never_was() {
    // Where it died: after the row, in the file, after the file.
    let unfinished = format!("{FILE}.unfinished");
    for (died, left) in [("row", 0), ("half", 0), ("whole", 0), ("file", 1)] {
        let house = House::new().await;
        let kept = house.photo("door", noon(), Some(&EventId::new(&id("door"), noon()))).await;
        let (house, told) = house
            .kill_and(|house| {
                house.change_catalog("UPDATE photo SET state = 'open'");
                let content = fs::read(house.path(FILE)).unwrap();
                let rest = &content[..content.len() / if died == "half" { 2 } else { 1 }];
                if died != "file" {
                    fs::remove_file(house.path(FILE)).unwrap();
                }
                if ["half", "whole"].contains(&died) {
                    fs::write(house.path(&unfinished), rest).unwrap();
                }
            })
            .await;
        assert!(told.is_empty(), "{died}: {told:?}");
        assert_eq!(house.files().len(), left, "{died}");
        let found = house.photos(&all()).await;
        assert_eq!(found, if left == 1 { vec![kept] } else { vec![] }, "{died}");
        house.sound().await;
    }
}

#[tokio::test]
async fn what_somebody_put_where_a_photo_was_to_be_stays() {
    let house = House::new().await;
    house.photo("door", noon(), None).await;
    let (house, told) = house
        .kill_and(|house| {
            house.change_catalog("UPDATE photo SET state = 'open'");
            fs::write(house.path(FILE), "holiday").unwrap();
        })
        .await;
    assert!(told.is_empty(), "{told:?}");
    assert!(house.photos(&all()).await.is_empty());
    assert_eq!(fs::read(house.path(FILE)).unwrap(), b"holiday");
    house.sound().await;
}

#[tokio::test]
async fn a_removal_cut_short_is_finished_at_the_next_open() {
    for unlinked in [false, true] {
        let house = House::new().await;
        house.photo("door", noon(), None).await;
        let left = house.photo("door", at(10), None).await;
        let (house, told) = house
            .kill_and(|house| {
                house.change_catalog(
                    "UPDATE photo SET state = 'doomed' WHERE path LIKE '%120000.jpg'",
                );
                if unlinked {
                    fs::remove_file(house.path(FILE)).unwrap();
                }
            })
            .await;
        assert_eq!(told, ["1 old photo is removed"]);
        assert_eq!(house.photos(&all()).await, [left]);
        house.sound().await;
    }
}

#[tokio::test]
async fn a_photo_that_somebody_removed_is_forgotten() {
    let house = House::new().await;
    house.photo("door", noon(), None).await;
    let (house, told) = house.kill_and(|house| fs::remove_file(house.path(FILE)).unwrap()).await;
    assert_eq!(told, [format!("{FILE} is gone; the catalog forgets it")]);
    assert!(house.photos(&all()).await.is_empty());
    house.sound().await;
}

fn lose_catalog(house: &House) {
    fs::remove_file(house.path("catalog.db")).unwrap();
    drop(fs::remove_file(house.path("catalog.db-wal")));
}

#[tokio::test]
async fn photos_of_any_name_come_back_without_a_catalog() {
    let nepal = TimeZone::posix("<+0545>-5:45").unwrap();
    let house = House::in_zone(nepal).await;
    let event = house.event("door", noon(), 30).await;
    let taken = at(5) + secs(1) / 3;
    house.photo("door", taken, Some(&event.id)).await;
    house.photo("yard", at(5), None).await;
    let other = Names { photo: "{camera} %S%M%H %d.%m.%y.jpg", video: "%j-%Y %H%M%S.mp4" };
    let (house, _) = house.reopen(other, |_| ()).await;
    house.photo("door", taken, Some(&event.id)).await;
    let footage = house.record("door", noon(), 3).await;
    assert_eq!(footage.path, "media/door/2026-11-21/325-2026 174500.mp4");
    let before = house.photos(&all()).await;
    let (house, told) = house.kill_and(lose_catalog).await;
    assert_eq!(told.len(), 5, "three photos, a segment, an event: {told:?}");
    let told_of = |photos: &[watchpost_store::Photo]| -> BTreeSet<_> {
        let of = |photo: &watchpost_store::Photo| {
            let event = photo.event.as_ref().map(ToString::to_string);
            (photo.file.clone(), photo.taken, event, photo.width, photo.height, photo.bytes)
        };
        photos.iter().map(of).collect()
    };
    assert_eq!(told_of(&house.photos(&all()).await), told_of(&before));
    assert_eq!(house.record_of(&event.id).await.photos, 2);
    house.sound().await;
}

#[tokio::test]
async fn a_photo_cut_short_is_told() {
    let house = House::new().await;
    let kept = house.photo("door", noon(), None).await;
    let length = kept.bytes.as_bytes();
    File::options().write(true).open(house.path(FILE)).unwrap().set_len(length - 100).unwrap();
    let faults = house.store.verify().await.unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].to_string().contains("capture_20261121_120000.jpg should have"),
        "{}",
        faults[0]
    );

    let (house, told) = house.kill_and(lose_catalog).await;
    let entered = "was not in the catalog and is entered; it is cut short";
    assert_eq!(told, [format!("{FILE} {entered}")]);
    let faults = house.store.verify().await.unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].to_string().ends_with("is cut short"), "{}", faults[0]);
    assert_eq!(house.photos(&all()).await.len(), 1, "what is there can be seen");
}

#[tokio::test]
async fn photos_that_are_gone_strange_or_unknown_are_told() {
    let house = House::new().await;
    house.photo("door", noon(), None).await;
    house.photo("door", at(1), None).await;
    house.photo("door", at(2), None).await;
    let named = |end: &str| house.path(&FILE.replace("00.jpg", end));
    fs::copy(named("00.jpg"), named("09.jpg")).unwrap();
    fs::remove_file(named("00.jpg")).unwrap();
    let length = fs::metadata(named("01.jpg")).unwrap().len();
    fs::write(named("01.jpg"), vec![0; usize::try_from(length).unwrap()]).unwrap();
    fs::write(named("08.jpg"), "holiday").unwrap();
    let faults = house.store.verify().await.unwrap();
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].ends_with("00.jpg is gone"), "{told:?}");
    assert!(told[1].ends_with("01.jpg is no photo of ours any more"), "{told:?}");
    assert!(told[2].ends_with("09.jpg is not in the catalog"), "{told:?}");
}

#[tokio::test]
async fn an_event_that_was_going_on_ends_with_its_last_photo() {
    let house = House::new().await;
    let begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    house.photo("door", at(5), Some(&begun.id)).await;
    house.photo("door", at(15), Some(&begun.id)).await;
    house.photo("door", at(20), None).await;
    let (house, _) = house.kill().await;
    let ended = house.record_of(&begun.id).await.event;
    assert_eq!(ended.end, Some((at(15), Ended::Interrupted)));
}
