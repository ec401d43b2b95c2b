//! Where things lie in the data folder, and how files are put there whole.
//!
//! Everything here blocks: call it inside [`blocking`].

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use jiff::tz::TimeZone;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use watchpost_model::{CameraId, WallTime};

use crate::FileError;

/// The folder of all footage, in the data folder.
pub(crate) const MEDIA: &str = "media";

/// The folder of time-lapse segments, in that of their day.
pub(crate) const TIMELAPSE: &str = "timelapse";

/// The folder of motion files, likewise.
pub(crate) const MOTION: &str = "motion";

/// What a file is called until it is whole.
pub(crate) const UNFINISHED: &str = "unfinished";

/// Runs `work` on a thread that may block.
///
/// A panic of `work` goes on here. When the runtime shuts down before `work` began, this never
/// answers: the caller is being dropped as well.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

/// `time` as it is told in `zone`.
pub(crate) fn local(time: WallTime, zone: &TimeZone) -> Zoned {
    time.timestamp().to_zoned(zone.clone())
}

/// Where the files of `camera` on that day lie, relative to the data folder:
/// `media/door/2026-11-21`.
pub(crate) fn day_folder(camera: &CameraId, local: &Zoned) -> String {
    format!("{MEDIA}/{camera}/{}", local.strftime("%Y-%m-%d"))
}

/// The names that an event of `camera` at `time` may have, best first, relative to the data folder
/// and without an ending: `media/door/2026-11-21/20261121_143205`, then the same with `_2`, `_3` …
///
/// Times are local in `zone`: in autumn an hour comes twice, and a clock may be set back, so the
/// caller takes the first name that is free.
pub(crate) fn stems(
    camera: &CameraId,
    time: WallTime,
    zone: &TimeZone,
) -> impl Iterator<Item = String> {
    let local = local(time, zone);
    let first = format!("{}/{}", day_folder(camera, &local), local.strftime("%Y%m%d_%H%M%S"));
    numbered(first, String::new())
}

/// The paths that the file `name` in `folder` may have, best first: with `_2`, `_3` … before its
/// ending.
pub(crate) fn paths(folder: &str, name: &str) -> impl Iterator<Item = String> {
    let (stem, ending) = match name.rfind('.') {
        Some(dot) => name.split_at(dot),
        None => (name, ""),
    };
    numbered(format!("{folder}/{stem}"), ending.to_owned())
}

fn numbered(stem: String, ending: String) -> impl Iterator<Item = String> {
    (1..).map(move |n| match n {
        1 => format!("{stem}{ending}"),
        n => format!("{stem}_{n}{ending}"),
    })
}

/// Makes `folder` and those above it, each entered for good in the one above.
pub(crate) fn make_folder(folder: &Path) -> Result<(), FileError> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent()
        && !parent.as_os_str().is_empty()
    {
        make_folder(parent)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        made => made.map_err(FileError::at(folder))?,
    }
    sync_folder_of(folder)
}

/// Makes `folder` for this user alone; one that is there already keeps its mode.
pub(crate) fn make_private_folder(folder: &Path) -> Result<(), FileError> {
    if folder.is_dir() {
        return Ok(());
    }
    make_folder(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(FileError::at(folder))
}

/// Makes sure that the entry of `path` in its folder outlives a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FileError::at(folder))
}

/// Creates a file that was not there, in a folder that may not be there either, and enters it for
/// good; `None` if something of that name was there.
pub(crate) fn create(path: &Path) -> Result<Option<File>, FileError> {
    let created = create_unsynced(path)?;
    if created.is_some() {
        sync_folder_of(path)?;
    }
    Ok(created)
}

/// As [`create`], for a file that need not outlive a power cut under this name.
pub(crate) fn create_unsynced(path: &Path) -> Result<Option<File>, FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // A folder that was just emptied may be removed between our two steps, so more than once.
    let mut tries = 0;
    loop {
        make_folder(folder)?;
        match File::options().read(true).write(true).create_new(true).open(path) {
            Ok(file) => return Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound && tries < 3 => tries += 1,
            Err(error) => return Err(FileError::new(path, error)),
        }
    }
}

/// Whether a new file was put somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is there.
    Done,
    /// Something of that name was there, or is being written, and is left as it is.
    Taken,
}

/// Puts `content` at `path`, where nothing was: whoever looks finds nothing or all of it. Nothing is
/// left behind on failure.
pub(crate) fn put_new(path: &Path, content: &[u8]) -> Result<Put, FileError> {
    let unfinished = with_ending(path, UNFINISHED);
    // As long as this file is there, no other Watchpost takes the name.
    let Some(mut file) = create_unsynced(&unfinished)? else { return Ok(Put::Taken) };
    let written = match path.try_exists() {
        Ok(true) => Err(io::ErrorKind::AlreadyExists.into()),
        Ok(false) => file
            .write_all(content)
            .and_then(|()| file.sync_data())
            .and_then(|()| rename_new(&unfinished, path)),
        Err(error) => Err(error),
    };
    let Err(error) = written else {
        sync_folder_of(path)?;
        return Ok(Put::Done);
    };
    let taken = error.kind() == io::ErrorKind::AlreadyExists;
    let told = FileError::new(path, error);
    drop(fs::remove_file(&unfinished)); // If even this fails, the next open removes it.
    if taken { Ok(Put::Taken) } else { Err(told) }
}

/// Renames a file, unless something of the new name is there.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some network disks cannot; there our own `.unfinished` keeps the name free.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if !to.try_exists()? => {
            fs::rename(from, to)
        }
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            Err(io::ErrorKind::AlreadyExists.into())
        }
        renamed => Ok(renamed?),
    }
}

/// Puts `content` at `path`, in the place of what was there: whoever looks finds the old or the new,
/// whole. Nothing is left behind on failure.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), FileError> {
    make_folder(path.parent().unwrap_or(Path::new(".")))?;
    let unfinished = with_ending(path, UNFINISHED);
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_data()?;
        fs::rename(&unfinished, path)
    });
    written.map_err(|error| {
        let told = FileError::new(path, error);
        drop(fs::remove_file(&unfinished)); // May never have been created.
        told
    })?;
    sync_folder_of(path)
}

/// Removes a file; it being gone already is as good.
pub(crate) fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(FileError::at(path)),
    }
}

/// Removes the folder of `path` if nothing is left in it.
pub(crate) fn remove_folder_if_empty(path: &Path) {
    if let Some(folder) = path.parent() {
        drop(fs::remove_dir(folder)); // Refused unless empty, and an empty folder harms nobody.
        if folder.ends_with(TIMELAPSE) || folder.ends_with(MOTION) {
            remove_folder_if_empty(folder);
        }
    }
}

/// `a/b.mp4` with `x` is `a/b.mp4.x`.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut longer = path.as_os_str().to_owned();
    longer.push(".");
    longer.push(ending);
    longer.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number_before_its_ending() {
        let first = |name| paths("media/door", name).take(3).collect::<Vec<_>>();
        assert_eq!(
            first("a.b.jpg"),
            ["media/door/a.b.jpg", "media/door/a.b_2.jpg", "media/door/a.b_3.jpg"]
        );
    }

    #[test]
    fn what_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/a.jpg");
        assert_eq!(put_new(&path, b"first").unwrap(), Put::Done);
        assert_eq!(put_new(&path, b"second").unwrap(), Put::Taken);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(rename_new(&path, &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1, "no leavings");
    }

    #[test]
    fn a_name_being_written_by_another_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        fs::write(with_ending(&path, UNFINISHED), "half").unwrap();
        assert_eq!(put_new(&path, b"second").unwrap(), Put::Taken);
        assert!(!path.exists());
    }

    #[test]
    fn of_many_who_want_one_name_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..20 {
            let path = folder.path().join(format!("{round}.jpg"));
            let try_it = |n: u8| put_new(&path, &[n; 10_000]).unwrap();
            let done = std::thread::scope(|scope| {
                let tries: Vec<_> = (0..8).map(|n| scope.spawn(move || try_it(n))).collect();
                tries.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
            });
            assert_eq!(done.iter().filter(|put| **put == Put::Done).count(), 1, "{done:?}");
            let content = fs::read(&path).unwrap();
            assert!(content.len() == 10_000 && content.iter().all(|byte| *byte == content[0]));
        }
    }
}
