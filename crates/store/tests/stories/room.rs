//! What happens when the disk refuses.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use jiff::tz::TimeZone;
use watchpost_model::{Interval, Reading};
use watchpost_store::{
    FileError, NewPhoto, OpenError, PhotoFilter, Remedy, Store, Told, WriteError,
};

use crate::house::{House, at, bytes, footage, noon, options, photo};

async fn refused(data_dir: &Path) -> FileError {
    match Store::open(options(data_dir, &TimeZone::UTC), noon()).await {
        Err(OpenError::File(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_in_the_place_of_the_data_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    fs::write(&path, "x").unwrap();
    for data_dir in [path.clone(), path.join("below")] {
        let error = refused(&data_dir).await;
        assert!(matches!(error, FileError::InTheWay { .. }), "{error:?}");
        assert_eq!(error.remedy(), Remedy::AskOwner);
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    // The superuser may write everywhere but where the kernel itself says no.
    let superuser = fs::write(folder.path().join("probe"), "x").is_ok();
    let data_dir = if superuser { Path::new("/sys/watchpost") } else { folder.path() };
    let error = refused(data_dir).await;
    assert!(matches!(error, FileError::Denied { .. } | FileError::ReadOnly { .. }), "{error:?}");
    assert_eq!(error.remedy(), Remedy::AskOwner);
    assert!(error.to_string().contains(data_dir.to_str().unwrap()), "{error}");
}

/// Set for the process in which the tests inside a limit run.
const INSIDE: &str = "WATCHPOST_STORE_TEST_INSIDE_A_LIMIT";

/// Runs the ignored test `name` where a file may grow to 512 KiB, so that the system refuses in the
/// middle of a write.
fn run_inside_a_limit(name: &str) {
    let myself = std::env::current_exe().unwrap();
    let script = "trap '' XFSZ; ulimit -f 1024; exec \"$0\" --exact \"$1\" --ignored";
    let mut command = Command::new("sh");
    let inside = command.arg("-c").arg(script).arg(myself).arg(name).env(INSIDE, "1").output();
    let inside = inside.unwrap();
    let said = String::from_utf8_lossy(&inside.stdout);
    assert!(inside.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_write_that_fails_half_way_leaves_only_whole_fragments() {
    run_inside_a_limit("room::inside_a_limit");
}

#[tokio::test]
#[ignore = "runs inside a_write_that_fails_half_way_leaves_only_whole_fragments"]
async fn inside_a_limit() {
    assert!(std::env::var_os(INSIDE).is_some(), "only inside a limit");
    let house = House::new().await;
    let mut writer = house.begin("door", noon(), 3).await;
    let before = writer.bytes();
    let mut large = footage(at(3), 1).remove(0);
    large[0].data = Bytes::from(vec![0; 1 << 20]);
    let error = writer.append(large, at(4)).await.unwrap_err();
    assert!(matches!(error, WriteError::File(_)), "{error:?}");
    assert!(error.to_string().contains("20261121_120000.mp4"), "{error}");
    assert_eq!(writer.bytes(), before);
    assert_eq!(fs::metadata(writer.path()).unwrap().len(), before.as_bytes());
    assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 3));

    // It passed: recording goes on in the same file.
    writer.append(footage(at(3), 1).remove(0), at(4)).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 4));
    house.sound().await;
}

#[test]
fn a_photo_that_finds_no_room_leaves_nothing() {
    run_inside_a_limit("room::a_photo_inside_a_limit");
}

#[tokio::test]
#[ignore = "runs inside a_photo_that_finds_no_room_leaves_nothing"]
async fn a_photo_inside_a_limit() {
    assert!(std::env::var_os(INSIDE).is_some(), "only inside a limit");
    let house = House::new().await;
    let small = photo("door", noon(), None);
    let (head, end) = small.jpeg.split_at(small.jpeg.len() - 2);
    let large = [head, vec![0x55; 1 << 20].as_slice(), end].concat();
    let large = NewPhoto { jpeg: large.into(), ..small.clone() };
    let error = house.store.add_photo(large).await.unwrap_err();
    assert!(matches!(error, WriteError::File(_)), "{error:?}");
    assert!(error.to_string().contains("capture_20261121_120000.jpg"), "{error}");
    assert!(house.files().is_empty(), "{:?}", house.files());
    assert!(house.photos(&PhotoFilter::default()).await.is_empty());

    // It passed: the next photo gets the name.
    let kept = house.store.add_photo(small).await.unwrap();
    assert!(kept.file.ends_with("/capture_20261121_120000.jpg"), "{kept:?}");
    house.sound().await;
}

#[test]
fn readings_that_find_no_room_are_written_later_and_once() {
    run_inside_a_limit("room::readings_inside_a_limit");
}

#[tokio::test]
#[ignore = "runs inside readings_that_find_no_room_are_written_later_and_once"]
async fn readings_inside_a_limit() {
    assert!(std::env::var_os(INSIDE).is_some(), "only inside a limit");
    let house = House::new().await;
    let path = house.path("readings/2026-11-21.jsonl");
    fs::create_dir(house.path("readings")).unwrap();
    // Room for half a line.
    let before = format!("{}\n", "x".repeat((512 << 10) - 40));
    fs::write(&path, &before).unwrap();
    let reading = |second| {
        let reading = Reading { on: Some(true), ..Reading::default() };
        Told { at: at(second), device: "hall".parse().unwrap(), reading }
    };
    house.store.keep_reading(reading(0)).await.unwrap();
    let error = house.store.keep_reading(reading(60)).await.unwrap_err();
    assert!(error.to_string().contains("2026-11-21.jsonl"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    let interval = Interval::new(noon(), at(90));
    let both = [reading(0), reading(60)];
    assert_eq!(house.store.readings(interval, &[]).await.unwrap(), both, "while they wait");

    // It passed.
    fs::write(&path, "").unwrap();
    house.store.keep_reading(reading(120)).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    assert_eq!(house.store.readings(interval, &[]).await.unwrap(), both);
}

/// By hand, on a disk of a few megabytes: `WATCHPOST_SMALL_DISK=/mnt/small cargo test … --ignored`
#[tokio::test]
#[ignore = "wants WATCHPOST_SMALL_DISK, a folder on a disk of less than 20 MB"]
async fn a_full_disk_is_told_and_recording_goes_on_when_there_is_room() {
    let small = std::env::var_os("WATCHPOST_SMALL_DISK").expect("see the comment above");
    let data_dir = Path::new(&small).join("data");
    let mut house = House::new().await;
    (house.store, _) = Store::open(options(&data_dir, &TimeZone::UTC), noon()).await.unwrap();
    let mut writer = house.begin("door", noon(), 3).await;
    let ballast = data_dir.join("ballast");
    drop(fs::write(&ballast, vec![0; 32 << 20])); // As far as it goes.
    let mut large = footage(at(3), 1).remove(0);
    large[0].data = Bytes::from(vec![0; 1 << 20]);
    let error = writer.append(large, at(4)).await.unwrap_err();
    assert_eq!(error.remedy(), Remedy::FreeSpace, "{error:?}");
    assert!(error.to_string().contains("the disk is full ("), "{error}");
    let error = house.store.add_photo(photo("door", noon(), None)).await.unwrap_err();
    assert_eq!(error.remedy(), Remedy::FreeSpace, "{error:?}");
    fs::remove_file(ballast).unwrap();
    writer.append(footage(at(3), 1).remove(0), at(4)).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(house.play("door", noon(), 60).await, bytes(noon(), 4));
    house.sound().await;
}
