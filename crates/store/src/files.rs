//! Where things lie in the data folder, and how files are put there whole.
//!
//! Everything here blocks: call it inside [`blocking`].

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use watchpost_model::{CameraId, WallTime};

use crate::FileError;

/// The folder of all footage, in the data folder.
pub(crate) const MEDIA: &str = "media";

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

/// The names that a file about `camera` at `time` may have, best first, relative to the data folder
/// and without an ending: `media/door/2026-11-21/20261121_143205`, then the same with `_2`, `_3` …
///
/// Times are local in `zone`: in autumn an hour comes twice, and a clock may be set back, so the
/// caller takes the first name that is free.
pub(crate) fn stems(
    camera: &CameraId,
    time: WallTime,
    zone: &TimeZone,
) -> impl Iterator<Item = String> {
    let local = time.timestamp().to_zoned(zone.clone());
    let day = local.strftime("%Y-%m-%d").to_string();
    let moment = local.strftime("%Y%m%d_%H%M%S").to_string();
    let first = format!("{MEDIA}/{camera}/{day}/{moment}");
    (1..).map(move |n| if n == 1 { first.clone() } else { format!("{first}_{n}") })
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
    let folder = path.parent().unwrap_or(Path::new("."));
    // A folder that was just emptied may be removed between our two steps, so more than once.
    let mut tries = 0;
    loop {
        make_folder(folder)?;
        match File::options().read(true).write(true).create_new(true).open(path) {
            Ok(file) => {
                sync_folder_of(path)?;
                return Ok(Some(file));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound && tries < 3 => tries += 1,
            Err(error) => return Err(FileError::new(path, error)),
        }
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
    }
}

/// `a/b.mp4` with `x` is `a/b.mp4.x`.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut longer = path.as_os_str().to_owned();
    longer.push(".");
    longer.push(ending);
    longer.into()
}
