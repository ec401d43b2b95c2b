//! Footage is written, read and served.

use std::fs;

use futures::FutureExt;
use jiff::tz::TimeZone;
use watchpost_media::mp4;
use watchpost_model::{ByteSize, Interval};
use watchpost_store::{
    ClipError, Finished, Footage, Options, SegmentKind, State, Store, Sync, WriteError,
};

use crate::house::{
    House, at, bytes, event, footage, id, noon, options, pictures_of, read, secs, tracks_of,
    with_sound,
};

#[tokio::test]
async fn what_was_recorded_plays() {
    let house = House::new().await;
    let segment = house.record("door", noon(), 5).await;
    assert_eq!(segment.path, "media/door/2026-11-21/20261121_120000.mp4");
    assert_eq!(segment.interval, Interval::new(noon(), at(5)));
    assert_eq!(segment.bytes.as_bytes(), fs::metadata(house.path(&segment.path)).unwrap().len());
    assert_eq!(house.play("door", noon(), 5).await, bytes(noon(), 5));
    house.sound().await;
}

#[tokio::test]
async fn a_clip_begins_at_a_key_picture_and_goes_over_segments() {
    let house = House::new().await;
    for start in [0, 5, 10] {
        house.record("door", at(start), 5).await;
    }
    assert_eq!(house.play("door", at(3), 8).await, bytes(at(3), 8));
    let interval = Interval::new(at(3) + secs(1) / 2, at(11));
    let clip = house.store.clip(&id("door"), interval).await.unwrap();
    assert_eq!((clip.start(), clip.end()), (at(3), at(11)));
}

#[tokio::test]
async fn every_range_of_a_clip_is_the_same_as_in_the_whole() {
    let house = House::new().await;
    house.record("door", noon(), 3).await;
    house.record("door", at(10), 300).await;
    let clip = house.store.clip(&id("door"), Interval::ALL).await.unwrap();
    let whole = read(&clip, 0..clip.length()).await;
    assert_eq!(u64::try_from(whole.len()).unwrap(), clip.length());
    assert!(clip.length() > 512 * 1024, "several pieces");
    for (from, to) in [(0, 1), (0, 700), (699, 300_000), (5000, 5001), (clip.length() - 1, 1 << 40)]
    {
        let to_there = to.min(clip.length());
        let expected = &whole[usize::try_from(from).unwrap()..usize::try_from(to_there).unwrap()];
        assert_eq!(read(&clip, from..to).await, expected, "{from}..{to}");
    }
    assert!(read(&clip, clip.length()..clip.length() + 5).await.is_empty());
}

#[tokio::test]
async fn a_segment_is_seen_while_it_is_written() {
    let house = House::new().await;
    let mut writer = house.begin("door", noon(), 2).await;
    let seen = house.store.segments(&id("door"), Interval::ALL).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].state, seen[0].interval), (State::Open, Interval::new(noon(), at(2))));
    assert_eq!(seen[0].bytes, writer.bytes());
    assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 2));

    let mut rest = footage(noon(), 3);
    writer.append(rest.pop().unwrap(), at(3)).await.unwrap();
    assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 3));
    let Finished::Kept(segment) = writer.finish().await.unwrap() else { panic!("not empty") };
    assert_eq!(house.store.segments(&id("door"), Interval::ALL).await.unwrap(), [segment]);
}

#[tokio::test]
async fn readers_find_whole_pictures_at_any_moment_of_writing() {
    let house = House::new().await;
    let store = house.store.clone();
    let writing = house.begin("door", noon(), 200);
    let reading = async {
        let mut most = 0;
        while most < bytes(noon(), 200).len() {
            if let Ok(clip) = store.clip(&id("door"), Interval::ALL).await {
                let seen = pictures_of(&read(&clip, 0..clip.length()).await);
                assert_eq!(seen, bytes(noon(), 200)[..seen.len()]);
                assert!(seen.len() >= most);
                most = seen.len();
            }
            tokio::task::yield_now().await;
        }
    };
    let (writer, ()) = tokio::join!(writing, reading);
    writer.finish().await.unwrap();
}

#[tokio::test]
async fn recording_costs_the_catalog_two_writes_a_segment() {
    let house = House::new().await;
    let journal = || fs::metadata(house.path("catalog.db-wal")).unwrap().len();
    let mut writer = house.begin("door", noon(), 1).await;
    let before = journal();
    for (second, pictures) in (2..).zip(footage(at(1), 100)) {
        writer.append(pictures, at(second)).await.unwrap();
    }
    assert_eq!(journal(), before);
    writer.finish().await.unwrap();
    assert!(journal() > before);
}

#[tokio::test]
async fn two_segments_of_one_second_have_two_names() {
    let house = House::new().await;
    for name in ["20261121_120000", "20261121_120000_2", "20261121_120000_3"] {
        let segment = house.record("door", noon(), 1).await;
        assert_eq!(segment.path, format!("media/door/2026-11-21/{name}.mp4"));
    }
    house.sound().await;
}

#[tokio::test]
async fn a_name_is_not_taken_from_a_file_that_is_none_of_ours() {
    let house = House::new().await;
    fs::create_dir_all(house.path("media/door/2026-11-21")).unwrap();
    fs::write(house.path("media/door/2026-11-21/20261121_120000.mp4"), "holiday").unwrap();
    let segment = house.record("door", noon(), 1).await;
    assert_eq!(segment.path, "media/door/2026-11-21/20261121_120000_2.mp4");
    let others = fs::read(house.path("media/door/2026-11-21/20261121_120000.mp4")).unwrap();
    assert_eq!(others, b"holiday");
}

#[tokio::test]
async fn the_hour_that_comes_twice_in_autumn_is_kept_twice() {
    let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let house = House::in_zone(berlin).await;
    let summer = "2026-10-25T02:30:00+02:00".parse().unwrap();
    let winter = "2026-10-25T02:30:00+01:00".parse().unwrap();
    let first = house.record("door", summer, 2).await;
    let second = house.record("door", winter, 2).await;
    assert_eq!(first.path, "media/door/2026-10-25/20261025_023000.mp4");
    assert_eq!(second.path, "media/door/2026-10-25/20261025_023000_2.mp4");
    assert_eq!(house.play("door", summer, 2).await, bytes(summer, 2));
    assert_eq!(house.play("door", winter, 2).await, bytes(winter, 2));
}

#[tokio::test]
async fn pictures_from_before_the_segment_want_another_one() {
    let house = House::new().await;
    let mut writer = house.begin("door", noon(), 5).await;
    let hour_before = footage(noon() - secs(3600), 1).remove(0);
    let refused = writer.append(hour_before, noon()).await.unwrap_err();
    assert!(matches!(refused, WriteError::Backwards { .. }), "{refused}");
    let segment = house.record("door", noon() - secs(3600), 2).await;
    assert_eq!(segment.path, "media/door/2026-11-21/20261121_110000.mp4");
    writer.finish().await.unwrap();
    assert_eq!(house.play("door", noon(), 5).await, bytes(noon(), 5));
    house.sound().await;
}

#[tokio::test]
async fn a_segment_without_pictures_leaves_nothing() {
    let house = House::new().await;
    let writer = house.begin("door", noon(), 0).await;
    assert_eq!(writer.finish().await.unwrap(), Finished::Empty);
    assert!(house.files().is_empty());
    assert!(house.store.footage(None, Interval::ALL).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dropped_append_is_written_all_the_same() {
    let house = House::new().await;
    let mut writer = house.begin("door", noon(), 1).await;
    let mut rest = footage(at(1), 2).into_iter();
    assert!(writer.append(rest.next().unwrap(), at(2)).now_or_never().is_none());
    writer.append(rest.next().unwrap(), at(3)).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(house.play("door", noon(), 3).await, bytes(noon(), 3));
}

#[tokio::test]
async fn footage_is_told_in_stretches() {
    let house = House::new().await;
    for start in [0, 5, 20] {
        house.record("door", at(start), 5).await;
    }
    let open = house.begin("yard", at(1), 2).await;
    let told = house.store.footage(None, Interval::ALL).await.unwrap();
    let told: Vec<_> = told
        .into_iter()
        .map(|Footage { camera, interval, .. }| (camera, interval.start(), interval.end()))
        .collect();
    let door = id("door");
    assert_eq!(
        told,
        [(door.clone(), at(0), at(10)), (door, at(20), at(25)), (id("yard"), at(1), at(3))]
    );
    drop(open);
}

#[tokio::test]
async fn a_long_segment_is_found_by_its_end() {
    let house = House::new().await;
    let long = house.record("door", noon(), 100).await;
    for start in 100..120 {
        house.record("door", at(start), 1).await;
    }
    let found = house.store.segments(&id("door"), Interval::new(at(99), at(100))).await.unwrap();
    assert_eq!(found, [long]);
    let none = Interval::new(at(120), at(130));
    assert!(house.store.segments(&id("door"), none).await.unwrap().is_empty());
}

#[tokio::test]
async fn there_is_no_clip_of_nothing() {
    let house = House::new().await;
    house.record("door", noon(), 5).await;
    for (camera, start) in [("yard", 0), ("door", 5)] {
        let interval = Interval::new(at(start), at(start + 2));
        let refused = house.store.clip(&id(camera), interval).await.unwrap_err();
        assert!(matches!(refused, ClipError::Empty), "{refused}");
    }
}

#[tokio::test]
async fn every_file_is_read_by_the_muxer_that_wrote_it() {
    let house = House::new().await;
    let segment = house.record("door", noon(), 5).await;
    let mut file = fs::File::open(house.path(&segment.path)).unwrap();
    let index = mp4::index(&mut file).unwrap();
    assert_eq!((index.interval(), index.fragments.len()), (segment.interval, 5));
    assert_eq!(ByteSize::from_bytes(index.whole), segment.bytes);
}

#[tokio::test]
async fn a_store_that_syncs_at_the_end_keeps_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("deep/down");
    let options = Options { sync: Sync::Close, ..options(&deep, &TimeZone::UTC) };
    let (store, _) = Store::open(options, noon()).await.unwrap();
    let mut house = House::new().await;
    house.store = store;
    house.record("door", noon(), 3).await;
    assert_eq!(house.play("door", noon(), 3).await, bytes(noon(), 3));
    house.store.put_event(&event("door", noon(), Some(3))).await.unwrap();
    house.sound().await;
}

#[tokio::test]
async fn a_clip_has_the_sound_that_was_recorded() {
    let house = House::new().await;
    for start in [0, 5] {
        let pictures = with_sound(footage(at(start), 5));
        let video = SegmentKind::Video;
        let mut writer =
            house.store.begin_segment(&id("door"), &pictures[0][0], video).await.unwrap();
        for (second, pictures) in (start + 1..).zip(pictures) {
            writer.append(pictures, at(second)).await.unwrap();
        }
        writer.finish().await.unwrap();
    }
    let clip = house.store.clip(&id("door"), Interval::new(noon(), at(10))).await.unwrap();
    let whole = read(&clip, 0..clip.length()).await;
    let [pictures, sound] = tracks_of(&whole).try_into().unwrap();
    assert_eq!(pictures, bytes(noon(), 10));
    let heard = |from: u64| {
        let footage = with_sound(footage(at(from), 5)).concat();
        let packets = footage.into_iter().flat_map(|picture| picture.sound);
        packets.map(|packet| packet.data).collect::<Vec<_>>()
    };
    let packets = [heard(0), heard(5)].concat();
    let found = packets
        .iter()
        .filter(|packet| sound.windows(packet.len()).any(|window| window == packet.as_ref()));
    assert!(found.count() + 1 >= packets.len(), "one may have no room between two segments");
    for (from, to) in [(0, 700), (1000, 9000), (clip.length() - 999, clip.length())] {
        let expected = &whole[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()];
        assert_eq!(read(&clip, from..to).await, expected, "{from}..{to}");
    }
    house.sound().await;
}
