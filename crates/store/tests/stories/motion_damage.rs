//! Crashes and damage to what moved: what is lost, what is mended, what is told.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use watchpost_model::Interval;

use crate::house::{House, at, event, id, noon, page, trace};

const FILE: &str = "media/door/2026-11-21/motion/20261121.motion";

/// The length of a header.
const HEADER: usize = 56;

/// Three pages in one file, and where each ends.
async fn three() -> (House, [usize; 3]) {
    let house = House::new().await;
    let mut ends = [0; 3];
    for (end, start) in ends.iter_mut().zip([0, 60, 120]) {
        house.moved("door", at(start), 60).await;
        *end = fs::read(house.path(FILE)).unwrap().len();
    }
    (house, ends)
}

fn three_pages() -> [watchpost_store::MotionPage; 3] {
    [0, 60, 120].map(|start| page(at(start), 60))
}

#[tokio::test]
async fn a_file_cut_anywhere_loses_only_the_page_that_was_cut() {
    let (house, ends) = three().await;
    let content = fs::read(house.path(FILE)).unwrap();
    assert!(content.len() < 1000, "{}: a try for each byte", content.len());
    let mut house = house;
    for cut in 0..=content.len() {
        let harm = |house: &House| fs::write(house.path(FILE), &content[..cut]).unwrap();
        let (after, told) = house.kill_and(harm).await;
        let left = ends.iter().filter(|end| **end <= cut).count();
        let torn = usize::from(!ends.contains(&cut));
        assert_eq!(told.len(), torn.max(usize::from(left == 0)), "cut at {cut}: {told:?}");
        assert_eq!(after.pages("door").await, three_pages()[..left], "cut at {cut}");
        after.sound().await;
        // And goes on.
        after.moved("door", at(500), 10).await;
        assert_eq!(after.pages("door").await.len(), left + 1, "cut at {cut}");
        let (before, begun) = (left.checked_sub(1).map_or(0, |last| ends[last]), after.path(FILE));
        assert_eq!(fs::read(begun).unwrap()[..before], content[..before], "cut at {cut}");
        after.sound().await;
        house = after;
    }
}

#[tokio::test]
async fn a_file_cut_while_the_program_runs_goes_on() {
    let (house, ends) = three().await;
    for cut in [ends[1] + 1, ends[1] + HEADER, ends[2] - 1] {
        let file = File::options().write(true).open(house.path(FILE)).unwrap();
        file.set_len(u64::try_from(cut).unwrap()).unwrap();
        assert_eq!(house.pages("door").await, three_pages()[..2], "cut at {cut}");
        house.moved("door", at(120), 60).await;
        assert_eq!(house.pages("door").await, three_pages(), "cut at {cut}");
        assert_eq!(fs::read(house.path(FILE)).unwrap().len(), ends[2], "cut at {cut}");
    }
    fs::remove_file(house.path(FILE)).unwrap();
    assert!(house.pages("door").await.is_empty());
    house.moved("door", at(120), 60).await;
    assert_eq!(house.pages("door").await, three_pages()[2..]);
    house.sound().await;
}

#[tokio::test]
async fn what_the_disk_had_not_written_when_the_power_went_is_cut_off() {
    // The length of the file is known, its end is nothing.
    let (house, ends) = three().await;
    let (house, told) = house
        .kill_and(|house| {
            let file = File::options().write(true).open(house.path(FILE)).unwrap();
            let from = ends[1] + HEADER + 3;
            let zeros = vec![0; ends[2] - from + 4096];
            file.write_all_at(&zeros, u64::try_from(from).unwrap()).unwrap();
        })
        .await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with(&format!("{FILE} has a torn end of 4.")), "{told:?}");
    assert_eq!(house.pages("door").await, three_pages()[..2]);
    house.sound().await;
}

/// Changes one byte of the file, of which page 2 of 3 must suffer.
async fn harm_the_middle(at: impl Fn([usize; 3]) -> usize) -> House {
    let (house, ends) = three().await;
    house.store.rest_motion(crate::house::at(9000)).await.unwrap();
    let at = at(ends);
    let mut content = fs::read(house.path(FILE)).unwrap();
    content[at] ^= 0x40;
    fs::write(house.path(FILE), content).unwrap();
    house
}

#[tokio::test]
async fn a_damaged_page_is_told_and_the_others_are_read() {
    let [first, _, third] = three_pages();
    // In its name, its lengths, the checksum of its header, its levels, its grid.
    let places: [fn([usize; 3]) -> usize; 5] = [
        |end| end[0],
        |end| end[0] + 33,
        |end| end[0] + 52,
        |end| end[0] + HEADER,
        |end| end[1] - 1,
    ];
    for place in places {
        let house = harm_the_middle(place).await;
        let pages = house.store.motion_pages(&id("door"), Interval::ALL).await.unwrap();
        assert_eq!(pages, [first.clone(), third.clone()]);
        let faults = house.store.verify().await.unwrap();
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(fault.to_string().contains("20261121.motion is damaged: "), "{fault}");

        // Nothing is thrown away for it, and what comes later is read.
        house.moved("door", at(180), 60).await;
        assert_eq!(house.store.motion_pages(&id("door"), Interval::ALL).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn levels_are_read_where_only_the_grid_is_damaged() {
    let house = harm_the_middle(|end| end[1] - 1).await;
    let levels = house.store.motion_levels(&id("door"), Interval::ALL).await.unwrap();
    assert_eq!(levels, three_pages().map(|page| (page.start, page.levels)));
}

#[tokio::test]
async fn bytes_missing_in_the_middle_cost_one_page() {
    let (house, ends) = three().await;
    let content = fs::read(house.path(FILE)).unwrap();
    let short = [&content[..ends[0] + HEADER + 2], &content[ends[0] + HEADER + 9..]].concat();
    let [first, _, third] = three_pages();
    let (house, told) = house.kill_and(|house| fs::write(house.path(FILE), &short).unwrap()).await;
    assert!(told.len() <= 1, "{told:?}");
    let pages = house.store.motion_pages(&id("door"), Interval::ALL).await.unwrap();
    assert_eq!(pages, [first, third]);
    assert_eq!(house.store.verify().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_moved_comes_back_without_a_catalog() {
    let (house, ends) = three().await;
    house.moved("yard", noon(), 60).await;
    let begun = house.event("door", noon(), 10).await;
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    let (house, told) = house
        .kill_and(|house| {
            fs::remove_file(house.path("catalog.db")).unwrap();
            drop(fs::remove_file(house.path("catalog.db-wal")));
            let file = File::options().write(true).open(house.path(FILE)).unwrap();
            file.set_len(u64::try_from(ends[2] - 1).unwrap()).unwrap();
        })
        .await;
    assert_eq!(told.len(), 3, "{told:?}");
    let entered = format!("{FILE} was not in the catalog and is entered; a torn end of ");
    assert!(told.iter().any(|told| told.starts_with(&entered)), "{told:?}");
    assert_eq!(house.pages("door").await, three_pages()[..2]);
    assert_eq!(house.pages("yard").await, [page(noon(), 60)]);
    assert_eq!(house.store.traces(&begun.id).await.unwrap(), [trace(&begun)]);
    assert_eq!(house.store.survey().await.unwrap().len(), 2);
    house.sound().await;
    let (_, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_damaged_catalog_is_built_anew_from_the_files() {
    let (house, _) = three().await;
    house.store.rest_motion(at(9000)).await.unwrap();
    let (house, told) = house
        .kill_and(|house| {
            drop(fs::remove_file(house.path("catalog.db-wal")));
            fs::write(house.path("catalog.db"), [0x55; 8192]).unwrap();
        })
        .await;
    assert!(told[0].starts_with("the catalog is built anew"), "{told:?}");
    assert_eq!(house.pages("door").await, three_pages());
    house.sound().await;
}

#[tokio::test]
async fn a_kill_between_row_and_file_leaves_nothing() {
    // The row is there, and the file is not, or has nothing yet.
    for empty in [false, true] {
        let house = House::new().await;
        house.moved("door", noon(), 60).await;
        let (house, told) = house
            .kill_and(|house| {
                fs::remove_file(house.path(FILE)).unwrap();
                if empty {
                    fs::write(house.path(FILE), "").unwrap();
                }
            })
            .await;
        let begun = format!("{FILE} was begun, but nothing had reached it; it is removed");
        assert_eq!(told, if empty { vec![begun] } else { vec![] });
        assert!(house.files().is_empty());
        house.sound().await;
        house.moved("door", noon(), 60).await;
        assert_eq!(house.pages("door").await, [page(noon(), 60)]);
        house.sound().await;
    }
}

#[tokio::test]
async fn a_closed_file_that_is_gone_is_told() {
    let (house, _) = three().await;
    house.store.rest_motion(at(9000)).await.unwrap();
    fs::remove_file(house.path(FILE)).unwrap();
    let faults = house.store.verify().await.unwrap();
    assert!(faults.len() == 1 && faults[0].to_string().ends_with(".motion is gone"), "{faults:?}");
    let (house, told) = house.kill().await;
    assert_eq!(told, [format!("{FILE} is gone; the catalog forgets it")]);
    house.sound().await;
}

#[tokio::test]
async fn a_file_that_nobody_knows_is_told_and_entered() {
    let (house, _) = three().await;
    let brought = FILE.replace("door", "attic");
    fs::create_dir_all(house.path("media/attic/2026-11-21/motion")).unwrap();
    fs::copy(house.path(FILE), house.path(&brought)).unwrap();
    let faults = house.store.verify().await.unwrap();
    assert!(faults.len() == 1 && faults[0].to_string().ends_with("is not in the catalog"));
    let (house, told) = house.kill().await;
    assert_eq!(told, [format!("{brought} was not in the catalog and is entered")]);
    assert_eq!(house.pages("attic").await, three_pages());
    house.sound().await;
}

#[tokio::test]
async fn what_is_none_of_ours_is_left_alone() {
    let house = House::new().await;
    fs::create_dir_all(house.path(FILE).parent().unwrap()).unwrap();
    fs::write(house.path(FILE), "holiday").unwrap();
    fs::write(house.path(FILE).with_file_name("notes.txt"), "x").unwrap();
    house.moved("door", noon(), 60).await;
    assert_eq!(fs::read(house.path(FILE)).unwrap(), b"holiday");
    let beside = FILE.replace(".motion", "_2.motion");
    assert!(house.path(&beside).exists());
    assert_eq!(house.pages("door").await, [page(noon(), 60)]);
    let (house, told) = house.kill().await;
    assert_eq!(told, [format!("{FILE} is no motion file; it is left alone")]);
    house.moved("door", at(60), 60).await;
    assert_eq!(house.pages("door").await.len(), 2);
    assert_eq!(house.files().len(), 3);
}

#[tokio::test]
async fn a_removal_cut_short_is_finished_at_the_next_open() {
    for unlinked in [false, true] {
        let (house, _) = three().await;
        house.store.rest_motion(at(9000)).await.unwrap();
        house.change_catalog("UPDATE motion SET state = 'doomed'");
        // A page that comes now gets a file beside the one about to go.
        house.moved("door", at(200), 60).await;
        assert_eq!(house.pages("door").await, [page(at(200), 60)]);
        let (house, told) = house
            .kill_and(|house| {
                if unlinked {
                    fs::remove_file(house.path(FILE)).unwrap();
                }
            })
            .await;
        assert_eq!(told, ["1 old motion file is removed"]);
        assert!(!house.path(FILE).exists());
        assert_eq!(house.pages("door").await, [page(at(200), 60)]);
        house.sound().await;
    }
}

#[tokio::test]
async fn a_page_that_could_not_be_written_leaves_nothing() {
    let house = House::new().await;
    fs::create_dir_all(house.path("media/door")).unwrap();
    fs::write(house.path("media/door/2026-11-21"), "in the way").unwrap();
    let refused = house.store.append_motion(&id("door"), page(noon(), 60)).await.unwrap_err();
    assert!(refused.to_string().contains("2026-11-21"), "{refused}");
    fs::remove_file(house.path("media/door/2026-11-21")).unwrap();
    house.sound().await;
    house.moved("door", noon(), 60).await;
    assert_eq!(house.pages("door").await, [page(noon(), 60)]);
    house.sound().await;
}

#[tokio::test]
async fn events_that_go_on_keep_their_traces_through_a_kill() {
    let house = House::new().await;
    let begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    house.store.save_traces(&begun.id, &[trace(&begun)]).await.unwrap();
    let (house, told) = house.kill().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(house.store.traces(&begun.id).await.unwrap(), [trace(&begun)]);
}
