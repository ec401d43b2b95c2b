//! Crashes and damage: what is lost, what is mended, what is told.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use tempfile::TempDir;
use watchpost_model::{Ended, Interval, Secret};
use watchpost_store::{EventFilter, OpenError, Role, SegmentKind, Snapshot, Store, User};

use crate::house::{House, at, bytes, event, footage, id, noon, options};

const FILE: &str = "media/door/2026-11-21/20261121_120000.mp4";

#[tokio::test]
async fn what_was_written_before_a_kill_plays_after_it() {
    let house = House::new().await;
    drop(house.begin("door", noon(), 3).await);
    let (house, told) = house.kill().await;
    assert_eq!(told, [format!("{FILE} was being written when Watchpost ended; all of it plays")]);
    assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 3));
    house.sound().await;
    let (_, told) = house.kill().await;
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn what_a_power_cut_leaves_at_any_moment_plays() {
    let house = House::new().await;
    let first = &footage(noon(), 1)[0][0];
    let mut writer =
        house.store.begin_segment(&id("door"), first, SegmentKind::Video).await.unwrap();
    let event = event("door", noon(), None);
    for (second, pictures) in (0..).zip(footage(noon(), 10)) {
        // What lies on the disk now, catalog and its journal included, while all is being written.
        let left = copy(&house);
        let (store, _) = Store::open(options(left.path(), &house.zone), noon()).await.unwrap();
        let left = House { store, folder: left, zone: house.zone.clone() };
        left.sound().await;
        if second > 0 {
            assert_eq!(left.play("door", noon(), 60).await, bytes(noon(), second));
            let ended = left.store.event(&event.id).await.unwrap().unwrap().event.end;
            assert_eq!(ended, Some((event.triggered.max(at(second)), Ended::Interrupted)));
        }
        writer.append(pictures, at(second + 1)).await.unwrap();
        house.store.put_event(&event).await.unwrap();
    }
}

/// All files of the data folder as they are now.
fn copy(house: &House) -> TempDir {
    let left = tempfile::tempdir().unwrap();
    let catalog = ["catalog.db", "catalog.db-wal"].map(str::to_owned);
    for file in house.files().into_iter().chain(catalog) {
        let copied = left.path().join(&file);
        fs::create_dir_all(copied.parent().unwrap()).unwrap();
        fs::copy(house.path(&file), copied).unwrap();
    }
    left
}

#[tokio::test]
async fn a_file_cut_anywhere_loses_only_the_fragment_that_was_cut() {
    let house = House::new().await;
    let whole = house.record("door", noon(), 3).await;
    let content = fs::read(house.path(&whole.path)).unwrap();
    for cut in (700..content.len()).step_by(211) {
        let house = House::new().await;
        drop(house.begin("door", noon(), 3).await);
        let (house, told) =
            house.kill_and(|house| fs::write(house.path(FILE), &content[..cut]).unwrap()).await;
        assert_eq!(told.len(), 1, "{told:?}");
        house.sound().await;
        let left = house.store.footage(None, Interval::ALL).await.unwrap();
        let Some(left) = left.first() else {
            assert!(cut < content.len() / 3 + 700, "a whole fragment was lost at {cut}");
            continue;
        };
        let seconds = left.interval.length().as_secs();
        assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), seconds));
        let fragment = content.len() / 3 + 300;
        assert!(content.len() - cut + fragment > (3 - usize::try_from(seconds).unwrap()) * 1000);
    }
}

#[tokio::test]
async fn garbage_at_the_end_is_cut_off() {
    let house = House::new().await;
    drop(house.begin("door", noon(), 3).await);
    let (house, told) = house
        .kill_and(|house| {
            let mut file = File::options().append(true).open(house.path(FILE)).unwrap();
            file.write_all(&[0xa5; 5000]).unwrap();
        })
        .await;
    let torn =
        "was being written when Watchpost ended; a torn end of 5 kB is cut off, the rest plays";
    assert_eq!(told, [format!("{FILE} {torn}")]);
    assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 3));
    house.sound().await;
}

#[tokio::test]
async fn a_file_without_a_picture_is_removed() {
    for header in [0, 100, 600] {
        let house = House::new().await;
        drop(house.begin("door", noon(), 1).await);
        let (house, told) = house
            .kill_and(|house| {
                let content = fs::read(house.path(FILE)).unwrap();
                fs::write(house.path(FILE), &content[..header.min(content.len())]).unwrap();
            })
            .await;
        assert_eq!(
            told,
            [format!("{FILE} was begun, but no picture had reached it; it is removed")]
        );
        assert!(house.files().is_empty());
        house.sound().await;
    }
}

/// Every file of footage plays, whenever the program is killed.
#[tokio::test]
async fn until_there_is_a_picture_there_is_no_file_of_footage() {
    let house = House::new().await;
    drop(house.begin("door", noon(), 0).await);
    assert!(!house.path(FILE).exists());
    assert_eq!(house.files(), [format!("{FILE}.unfinished")]);
    let (house, told) = house.kill_and(|_| ()).await;
    assert_eq!(told, Vec::<String>::new());
    assert!(house.files().is_empty());
    house.sound().await;
}

#[tokio::test]
async fn a_row_without_a_file_is_dropped() {
    let house = House::new().await;
    house.record("door", noon(), 3).await;
    house.record("door", at(10), 3).await;
    let (house, told) = house.kill_and(|house| fs::remove_file(house.path(FILE)).unwrap()).await;
    assert_eq!(told, [format!("{FILE} is gone; the catalog forgets it")]);
    assert_eq!(house.play("door", noon(), 60).await, bytes(at(10), 3));
    house.sound().await;
}

#[tokio::test]
async fn a_file_without_a_row_is_adopted() {
    let house = House::new().await;
    house.record("door", noon(), 3).await;
    let brought = FILE.replace("door", "attic");
    let (house, told) = house
        .kill_and(|house| {
            fs::create_dir_all(house.path("media/attic/2026-11-21")).unwrap();
            fs::copy(house.path(FILE), house.path(&brought)).unwrap();
        })
        .await;
    assert_eq!(told, [format!("{brought} was not in the catalog and is entered; all of it plays")]);
    assert_eq!(house.play("attic", noon(), 60).await, bytes(noon(), 3));
    house.sound().await;
}

#[tokio::test]
async fn what_is_none_of_ours_is_left_alone() {
    let house = House::new().await;
    let (house, told) = house
        .kill_and(|house| {
            fs::create_dir_all(house.path("media/door/2026-11-21")).unwrap();
            fs::create_dir_all(house.path("media/not a camera/x")).unwrap();
            fs::write(house.path("media/notes.txt"), "x").unwrap();
            fs::write(house.path("media/door/notes.txt"), "x").unwrap();
            fs::write(house.path(FILE), "holiday").unwrap();
            fs::write(house.path("media/door/2026-11-21/x.json"), "{}").unwrap();
        })
        .await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|told| told.ends_with("it is left alone")), "{told:?}");
    assert_eq!(fs::read(house.path(FILE)).unwrap(), b"holiday");
    assert_eq!(house.files().len(), 4);
}

#[tokio::test]
async fn an_event_that_was_going_on_ends_with_its_footage() {
    let house = House::new().await;
    drop(house.begin("door", noon(), 30).await);
    let begun = event("door", noon(), None);
    house.store.put_event(&begun).await.unwrap();
    let (house, told) = house.kill().await;
    assert_eq!(told.len(), 2, "{told:?}");
    let ended = house.store.event(&begun.id).await.unwrap().unwrap().event;
    assert_eq!(ended.end, Some((at(30), Ended::Interrupted)));
}

#[tokio::test]
async fn a_removal_cut_short_is_finished_at_the_next_open() {
    for unlinked in [false, true] {
        let house = House::new().await;
        house.record("door", noon(), 3).await;
        house.record("door", at(10), 3).await;
        let (house, told) = house
            .kill_and(|house| {
                // Where the program died: after the mark, before or after the unlinking.
                doom(house);
                if unlinked {
                    fs::remove_file(house.path(FILE)).unwrap();
                }
            })
            .await;
        assert_eq!(told, ["1 old segment is removed"]);
        assert!(!house.path(FILE).exists());
        assert_eq!(house.play("door", noon(), 60).await, bytes(at(10), 3));
        house.sound().await;
    }
}

/// Marks the first segment as doomed, as the program does before it unlinks the file.
fn doom(house: &House) {
    house.change_catalog("UPDATE segment SET state = 'doomed' WHERE path LIKE '%120000.mp4'");
}

mod a_damaged_catalog {
    use super::*;

    /// Footage, a kept event with a picture, a user.
    async fn lived_in() -> House {
        let house = House::new().await;
        house.record("door", noon(), 5).await;
        let kept = house.event("door", noon(), 5).await;
        house.store.set_kept(&kept.id, true).await.unwrap();
        let [clean, marked, thumb] = [(); 3].map(|()| Bytes::from_static(b"jpeg"));
        let snapshot = Snapshot { clean, marked, thumb, score: 0.5 };
        house.store.save_snapshot(&kept.id, snapshot).await.unwrap();
        let password_hash = Secret::new("hash".to_owned());
        let anna = User { name: "anna".to_owned(), role: Role::Owner, password_hash };
        house.store.put_user(&anna).await.unwrap();
        // Enough that the catalog has pages to damage.
        for n in 1..200 {
            house.event("yard", at(n * 60), 10).await;
        }
        house
    }

    /// Checks that all of [`lived_in`] is back but users, and that the old catalog is aside.
    async fn check(house: &House, told: &[String]) {
        assert!(told[0].starts_with("the catalog is built anew from the recordings"), "{told:?}");
        assert!(told[0].ends_with("is now catalog.db.corrupt-20261121_120000"), "{told:?}");
        assert!(house.path("catalog.db.corrupt-20261121_120000").exists());
        let kept = event("door", noon(), Some(5));
        let record = house.store.event(&kept.id).await.unwrap().unwrap();
        assert!(record.event.kept && record.has_snapshot, "{record:?}");
        assert_eq!(house.store.events(&EventFilter::default()).await.unwrap().total, 200);
        assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 5));
        house.record("door", at(100), 2).await;
        house.sound().await;
    }

    #[tokio::test]
    async fn with_bytes_overwritten_is_built_anew() {
        let harm = |house: &House| {
            let file = File::options().write(true).open(house.path("catalog.db")).unwrap();
            let length = file.metadata().unwrap().len();
            file.write_all_at(&vec![0xa5; 20_000], length / 2).unwrap();
        };
        let (house, told) = lived_in().await.kill_and(harm).await;
        check(&house, &told).await;
    }

    #[tokio::test]
    async fn cut_to_nothing_is_built_anew() {
        let harm = |house: &House| fs::write(house.path("catalog.db"), "").unwrap();
        let (house, told) = lived_in().await.kill_and(harm).await;
        assert!(told[1].starts_with("no users could be read"), "{told:?}");
        check(&house, &told).await;
        assert!(!house.store.has_users().await.unwrap());
    }

    #[tokio::test]
    async fn cut_to_half_is_built_anew() {
        let harm = |house: &House| {
            let file = File::options().write(true).open(house.path("catalog.db")).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        };
        let (house, told) = lived_in().await.kill_and(harm).await;
        check(&house, &told).await;
    }

    #[tokio::test]
    async fn that_is_some_other_file_is_built_anew() {
        let harm = |house: &House| {
            fs::write(house.path("catalog.db"), "not a database ".repeat(5000)).unwrap();
        };
        let (house, told) = lived_in().await.kill_and(harm).await;
        check(&house, &told).await;
    }

    #[tokio::test]
    async fn whose_users_can_be_read_keeps_them() {
        let harm = |house: &House| {
            // The first page tells what tables there are; users stand on early pages, and the last
            // ones are events and their indexes.
            let file = File::options().write(true).open(house.path("catalog.db")).unwrap();
            let length = file.metadata().unwrap().len();
            file.write_all_at(&vec![0xa5; 20_000], length - 20_000).unwrap();
        };
        let (house, told) = lived_in().await.kill_and(harm).await;
        check(&house, &told).await;
        assert_eq!(told[1], "from the old catalog come the users anna; they must log in again");
        assert!(house.store.user("anna").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn is_not_overwritten_by_the_next_one() {
        let mut house = lived_in().await;
        for _ in 0..2 {
            let harm = |house: &House| fs::write(house.path("catalog.db"), "x").unwrap();
            (house, _) = house.kill_and(harm).await;
        }
        assert!(house.path("catalog.db.corrupt-20261121_120000").exists());
        assert!(house.path("catalog.db.corrupt-20261121_120000_2").exists());
    }

    #[tokio::test]
    async fn that_is_gone_is_built_anew() {
        let harm = |house: &House| fs::remove_file(house.path("catalog.db")).unwrap();
        let (house, told) = lived_in().await.kill_and(harm).await;
        assert_eq!(told.len(), 201, "a segment and 200 events: {told:?}");
        assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 5));
        house.sound().await;
    }

    #[tokio::test]
    async fn is_built_anew_when_its_owner_wants_it() {
        let House { store, folder, zone } = lived_in().await;
        store.close().await;
        drop(store);
        let options = options(folder.path(), &zone);
        let (store, findings) = Store::reindex(options, noon()).await.unwrap();
        assert_eq!(findings.0.len(), 203, "{findings:?}");
        let house = House { store, folder, zone };
        assert!(house.store.user("anna").await.unwrap().is_some());
        house.sound().await;
    }
}

#[tokio::test]
async fn a_catalog_of_a_later_version_is_left_alone() {
    let House { store, folder, zone } = House::new().await;
    store.close().await;
    drop(store);
    // The version is the big-endian number at byte 60, https://www.sqlite.org/fileformat.html
    let file = File::options().write(true).open(folder.path().join("catalog.db")).unwrap();
    file.write_all_at(&99_u32.to_be_bytes(), 60).unwrap();
    let options = options(folder.path(), &zone);
    let refused = Store::open(options, noon()).await.unwrap_err();
    assert_eq!(refused.to_string(), "the catalog has version 99; this Watchpost knows up to 5");
    assert_eq!(refused.hint(), "Install the newer Watchpost again.");
}

#[tokio::test]
async fn a_folder_in_use_is_refused() {
    let house = House::new().await;
    let options = options(house.folder.path(), &house.zone);
    let refused = Store::open(options, noon()).await.unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
}

#[tokio::test]
async fn damage_in_the_middle_of_a_file_is_told_by_verify() {
    let house = House::new().await;
    house.record("door", noon(), 5).await;
    let mut content = fs::read(house.path(FILE)).unwrap();
    let third =
        content.windows(4).enumerate().filter(|(_, name)| name == b"moof").nth(2).unwrap().0;
    content[third..third + 40].fill(0);
    fs::write(house.path(FILE), content).unwrap();
    fs::copy(house.path(FILE), house.path("media/door/2026-11-21/copy.mp4")).unwrap();
    let faults = house.store.verify().await.unwrap();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].to_string().contains("does not play"), "{}", faults[0]);
    assert!(faults[1].to_string().ends_with("copy.mp4 is not in the catalog"), "{}", faults[1]);
    let left = house.store.clip(&id("door"), Interval::ALL).await.unwrap();
    assert_eq!((left.start(), left.end()), (noon(), at(2)), "what comes before the damage plays");
}
