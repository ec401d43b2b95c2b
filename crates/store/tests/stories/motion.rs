//! What moved: kept by pages, found by time, gone with its age.

use std::fs;

use jiff::tz::TimeZone;
use watchpost_model::{Interval, WallTime};
use watchpost_store::{ItemId, MotionPage, Remedy, WriteError};

use crate::house::{House, at, id, noon, page, secs};

const FILE: &str = "media/door/2026-11-21/motion/20261121.motion";

const HOUR: u64 = 3600;

/// One hour before UTC, in summer two.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

fn zone(rule: &str) -> TimeZone {
    TimeZone::posix(rule).unwrap()
}

fn time(text: &str) -> WallTime {
    text.parse().unwrap()
}

#[tokio::test]
async fn what_moved_is_found_by_its_time() {
    let house = House::new().await;
    for start in [0, 900, 1800, 2700] {
        house.moved("door", at(start), 900).await;
    }
    house.moved("yard", at(900), 900).await;
    let all = [0, 900, 1800, 2700].map(|start| page(at(start), 900));
    assert_eq!(house.pages("door").await, all);
    assert_eq!(house.files(), [FILE, &FILE.replace("door", "yard")]);
    let of = |from, to| house.pages_in("door", Interval::new(at(from), at(to)));
    assert_eq!(of(900, 1800).await, all[1..2], "neither the one before nor the one after");
    assert_eq!(of(899, 1801).await, all[..3]);
    assert_eq!(of(1000, 1001).await, all[1..2]);
    assert!(of(3600, 9999).await.is_empty());
    assert!(house.pages("attic").await.is_empty());
    house.sound().await;
}

#[tokio::test]
async fn a_page_of_no_length_is_found_where_it_lies() {
    let house = House::new().await;
    let short = MotionPage { end: at(1), ..page(at(5), 0) };
    house.store.append_motion(&id("door"), short).await.unwrap();
    let of = |from, to| house.pages_in("door", Interval::new(at(from), at(to)));
    assert_eq!(of(5, 6).await, [page(at(5), 0)], "an end before the start is the start");
    assert!(of(0, 5).await.is_empty());
    house.store.rest_motion(at(2 * HOUR)).await.unwrap();
    assert_eq!(of(5, 6).await.len(), 1, "in a closed file as well");
    house.sound().await;
}

#[tokio::test]
async fn a_day_ends_at_local_midnight() {
    let house = House::in_zone(zone(BERLIN)).await;
    let eve = time("2026-11-21T22:50:00Z"); // 23:50 there.
    house.moved("door", eve, 900).await;
    house.moved("door", eve + secs(900), 900).await;
    assert_eq!(house.files(), [FILE.to_owned(), FILE.replace("21", "22")]);
    let both = [page(eve, 900), page(eve + secs(900), 900)];
    assert_eq!(house.pages("door").await, both);
    let midnight = Interval::new(eve + secs(600), eve + secs(601));
    assert_eq!(house.pages_in("door", midnight).await, both[..1], "it lies in the day before");
    house.sound().await;
}

#[tokio::test]
async fn an_hour_that_comes_twice_is_in_the_file_once_each() {
    let house = House::in_zone(zone(BERLIN)).await;
    let starts = (0..12).map(|n| time("2026-10-24T23:30:00Z") + secs(n * 900));
    let pages: Vec<MotionPage> = starts.map(|start| page(start, 900)).collect();
    for page in &pages {
        house.store.append_motion(&id("door"), page.clone()).await.unwrap();
    }
    assert_eq!(house.files(), ["media/door/2026-10-25/motion/20261025.motion"]);
    assert_eq!(house.pages("door").await, pages);
    house.sound().await;
}

#[tokio::test]
async fn after_the_zone_was_changed_all_is_found() {
    let mut house = House::in_zone(zone("<+14>-14")).await;
    house.moved("door", noon(), 900).await;
    house.zone = zone("<-11>11");
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
    house.moved("door", at(900), 900).await;
    assert_eq!(house.files(), [FILE, &FILE.replace("21", "22")], "25 hours apart");
    assert_eq!(house.pages("door").await, [page(noon(), 900), page(at(900), 900)]);
    house.sound().await;
}

#[tokio::test]
async fn pages_of_a_clock_that_was_set_back_are_found() {
    let house = House::new().await;
    for start in [3 * HOUR, 3 * HOUR + 900, HOUR, HOUR + 900, HOUR + 900] {
        house.moved("door", at(start), 900).await;
    }
    let pages = [HOUR, HOUR + 900, HOUR + 900, 3 * HOUR, 3 * HOUR + 900];
    let pages = pages.map(|start| page(at(start), 900));
    assert_eq!(house.pages("door").await, pages);
    let early = Interval::new(at(HOUR), at(HOUR + 900));
    assert_eq!(house.pages_in("door", early).await, pages[..1]);
    house.store.rest_motion(at(6 * HOUR)).await.unwrap();
    assert_eq!(house.pages_in("door", early).await, pages[..1], "the row tells of the earliest");
    assert_eq!(house.survey_of_motion().await, Some((at(HOUR), at(3 * HOUR + 1800))));

    // Back to a day whose file is closed: it goes on.
    house.moved("door", at(2 * HOUR), 60).await;
    assert_eq!(house.pages("door").await.len(), 6);
    assert_eq!(house.files(), [FILE]);
    house.sound().await;
}

impl House {
    /// From when to when the only file of what moved reaches that retention may consider.
    async fn survey_of_motion(&self) -> Option<(WallTime, WallTime)> {
        let survey = self.store.survey().await.unwrap();
        let [item] = survey.as_slice() else { return None };
        assert!(matches!(item.id, ItemId::Motion(_)) && !item.kept, "{item:?}");
        Some((item.interval.start(), item.interval.end()))
    }
}

#[tokio::test]
async fn two_pages_of_one_moment_are_both_there() {
    let house = House::new().await;
    let (one, other) = (page(noon(), 5), page(noon(), 9));
    let (door, store) = (id("door"), &house.store);
    let both = [store.append_motion(&door, one.clone()), store.append_motion(&door, other.clone())];
    for kept in futures::future::join_all(both).await {
        kept.unwrap();
    }
    let mut kept = house.pages("door").await;
    kept.sort_by_key(|page| page.end); // Either may have been first.
    assert_eq!(kept, [one, other]);
    assert_eq!(house.files(), [FILE]);
    house.sound().await;
}

#[tokio::test]
async fn a_program_started_again_goes_on_in_the_same_file() {
    let house = House::new().await;
    house.moved("door", noon(), 900).await;
    let (house, told) = house.kill().await;
    assert!(told.is_empty(), "nothing was lost: {told:?}");
    assert_eq!(house.pages("door").await, [page(noon(), 900)]);
    house.sound().await;
    house.moved("door", at(900), 900).await;
    assert_eq!(house.files(), [FILE]);
    assert_eq!(house.pages("door").await, [page(noon(), 900), page(at(900), 900)]);
    house.sound().await;
}

#[tokio::test]
async fn a_file_rests_when_no_page_has_come_for_an_hour() {
    let house = House::new().await;
    house.moved("door", noon(), 900).await;
    house.store.rest_motion(at(900 + HOUR)).await.unwrap();
    assert_eq!(house.survey_of_motion().await, None);
    house.store.rest_motion(at(901 + HOUR)).await.unwrap();
    assert_eq!(house.survey_of_motion().await, Some((noon(), at(900))));
    house.moved("door", at(9000), 900).await;
    assert_eq!(house.survey_of_motion().await, None, "it is written again");
    house.store.rest_motion(at(9900 - HOUR - 1)).await.unwrap();
    assert_eq!(house.survey_of_motion().await, Some((noon(), at(9900))), "the clock was set back");
    house.sound().await;
}

#[tokio::test]
async fn retention_removes_what_moved_and_counts_it() {
    let house = House::new().await;
    let kept = house.event("door", noon(), 900).await;
    house.store.set_kept(&kept.id, true).await.unwrap();
    let segment = house.record("door", noon(), 5).await;
    house.moved("door", noon(), 900).await;
    let length = fs::metadata(house.path(FILE)).unwrap().len();
    let used = house.store.used_by_footage().await.unwrap().as_bytes();
    assert_eq!(used, segment.bytes.as_bytes() + length, "while it is written");
    house.store.rest_motion(at(3 * HOUR)).await.unwrap();
    let used = house.store.used_by_footage().await.unwrap().as_bytes();
    assert_eq!(used, segment.bytes.as_bytes() + length);

    let survey = house.store.survey().await.unwrap();
    let motion: Vec<_> =
        survey.iter().filter(|item| matches!(item.id, ItemId::Motion(_))).collect();
    assert_eq!((motion.len(), motion[0].bytes.as_bytes(), motion[0].kept), (1, length, false));
    let removed = house.store.remove(&[motion[0].id]).await.unwrap();
    assert_eq!((removed.motion, removed.bytes.as_bytes()), (1, length));
    assert_eq!((removed.segments, removed.events), (0, vec![]));
    assert!(!house.path(FILE).parent().unwrap().exists(), "an empty folder");
    assert!(house.pages("door").await.is_empty());
    assert!(house.store.event(&kept.id).await.unwrap().is_some());
    assert_eq!(house.store.used_by_footage().await.unwrap(), segment.bytes);
    house.sound().await;

    // A page that comes late gets a file again.
    house.moved("door", at(60), 60).await;
    assert_eq!(house.pages("door").await, [page(at(60), 60)]);
    house.sound().await;
}

#[tokio::test]
async fn a_file_that_is_written_again_since_it_was_chosen_stays() {
    let house = House::new().await;
    house.moved("door", noon(), 900).await;
    house.store.rest_motion(at(3 * HOUR)).await.unwrap();
    let chosen: Vec<_> = house.store.survey().await.unwrap().iter().map(|item| item.id).collect();
    house.moved("door", at(900), 900).await;
    assert_eq!(house.store.remove(&chosen).await.unwrap().motion, 0);
    assert_eq!(house.pages("door").await.len(), 2);
    house.sound().await;
}

#[tokio::test]
async fn a_purge_of_an_event_leaves_what_moved() {
    let house = House::new().await;
    house.moved("door", noon(), 900).await;
    let event = house.event("door", noon(), 10).await;
    house.store.delete_event(&event.id, at(100)).await.unwrap();
    assert_eq!(house.store.purge_deleted(at(100), &[id("door")]).await.unwrap().events, 1);
    assert_eq!(house.files(), [FILE]);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_next_page_is_kept() {
    let house = House::new().await;
    let large = MotionPage { grid: vec![0; (32 << 20) + 1], ..page(noon(), 900) };
    let refused = house.store.append_motion(&id("door"), large).await.unwrap_err();
    assert!(matches!(refused, WriteError::PageTooLarge { .. }), "{refused}");
    assert_eq!(refused.to_string(), "a page of motion of camera door is too large to be kept");
    assert_eq!(refused.remedy(), Remedy::Retry);
    assert!(house.files().is_empty());
    house.moved("door", noon(), 900).await;
    house.sound().await;
}

#[tokio::test]
async fn a_quiet_day_takes_little_room() {
    let house = House::new().await;
    let midnight = time("2026-11-21T00:00:00Z");
    for n in 0..96 {
        let start = midnight + secs(n * 900);
        let quiet = MotionPage {
            levels: vec![0; 900],
            grid: start.as_micros().to_be_bytes().to_vec(),
            ..page(start, 900)
        };
        house.store.append_motion(&id("door"), quiet).await.unwrap();
    }
    let length = fs::metadata(house.path(FILE)).unwrap().len();
    assert!(length < 10_000, "{length} bytes");
    assert_eq!(house.pages("door").await.len(), 96);
    house.sound().await;
}
