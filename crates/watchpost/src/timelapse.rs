//! `watchpost timelapse`: makes a film of the key pictures that a camera with `timelapse` keeps.

use std::fs::Permissions;
use std::io::{self, IsTerminal};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use watchpost_model::config::Config;
use watchpost_model::{CameraId, Interval, WallTime};
use watchpost_store::{ClipError, Store};

use crate::local::{self, LocalError};
use crate::run::{self, RunError};

/// What film is wanted.
pub(crate) struct Film {
    pub(crate) camera: CameraId,
    pub(crate) interval: Interval,
    /// At least this much time between two pictures.
    pub(crate) every: Duration,
    /// Pictures a second in the film.
    pub(crate) per_second: u32,
    /// Where it goes.
    pub(crate) output: PathBuf,
}

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FilmError {
    /// There are no pictures, or they cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] RunError),
    /// The recorder that runs refuses.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// The film cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes the film, with a progress bar on a terminal. A file that is there already is not replaced.
///
/// # Errors
///
/// Why there is none; nothing half is left.
pub(crate) async fn make(config: &Config, film: &Film) -> Result<(), FilmError> {
    // A recorder that runs knows the newest pictures, which are in no catalog yet.
    if let Some(answer) = local::timelapse(config, film).await? {
        let length = answer.content_length().unwrap_or(0);
        return write(answer.bytes_stream().map_err(io::Error::other), length, &film.output).await;
    }
    let store = Store::look(run::store_options(config)?).await.map_err(RunError::from)?;
    let clip = store.timelapse(&film.camera, film.interval, film.every, film.per_second).await?;
    let written = write(clip.read(0..clip.length()), clip.length(), &film.output).await;
    store.close().await;
    written
}

async fn write(
    bytes: impl Stream<Item = io::Result<Bytes>>,
    length: u64,
    output: &Path,
) -> Result<(), FilmError> {
    let unwritten = |source| FilmError::Write { path: output.to_owned(), source };
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Removed with whatever goes wrong.
    let unfinished = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o666)) // Less what the umask takes, as for any file.
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(unwritten)?;
    let bar = progress(length);
    let written = async {
        let mut writer = File::from_std(unfinished.reopen()?);
        let mut bytes = pin!(bytes);
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk?;
            writer.write_all(&chunk).await?;
            bar.inc(u64::try_from(chunk.len()).unwrap_or(0));
        }
        writer.sync_all().await
    };
    let written = written.await;
    bar.finish_and_clear();
    written.map_err(unwritten)?;
    unfinished.persist_noclobber(output).map_err(|error| unwritten(error.error))?;
    Ok(())
}

fn progress(length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}

/// From when until when, as somebody wrote it.
pub(crate) struct Span {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

impl Span {
    /// What is meant; the last day where nothing is written.
    ///
    /// # Errors
    ///
    /// What may be written.
    pub(crate) fn interval(&self, now: WallTime, zone: &TimeZone) -> Result<Interval, String> {
        let read = |text: &Option<String>| text.as_ref().map(|text| moment(text, zone)).transpose();
        let to = read(&self.to)?.unwrap_or(now);
        let from = read(&self.from)?.unwrap_or(to - Duration::from_hours(24));
        Ok(Interval::new(from, to))
    }
}

/// The moment that somebody wrote: `2026-11-21`, `2026-11-21 14:30` or `2026-11-21T14:30:00+01:00`.
///
/// # Errors
///
/// What may be written.
fn moment(text: &str, zone: &TimeZone) -> Result<WallTime, String> {
    let stamp = text.parse::<Timestamp>().ok();
    let local = || text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok();
    let day = || text.parse::<Date>().ok()?.to_zoned(zone.clone()).ok();
    let stamp = stamp.or_else(|| Some(local().or_else(day)?.timestamp()));
    let stamp = stamp.ok_or_else(|| {
        format!("{text:?} is no moment; write it as 2026-11-21, \"2026-11-21 14:30\" or 2026-11-21T14:30:00+01:00")
    })?;
    Ok(WallTime::from_micros(stamp.as_microsecond()))
}

/// The name of a film for which none was given.
pub(crate) fn name(camera: &CameraId, interval: Interval, zone: &TimeZone) -> PathBuf {
    let local =
        |at: WallTime| at.timestamp().to_zoned(zone.clone()).strftime("%Y%m%d-%H%M").to_string();
    let name = format!("{camera}_{}_{}.mp4", local(interval.start()), local(interval.end()));
    Path::new(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_the_zone_of_the_recorder() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let expected: WallTime = "2026-11-21T13:30:00Z".parse().unwrap();
        for text in ["2026-11-21 14:30", "2026-11-21T14:30:00+01:00", "2026-11-21T13:30:00Z"] {
            assert_eq!(moment(text, &berlin), Ok(expected), "{text}");
        }
        assert_eq!(moment("2026-11-21", &berlin), Ok("2026-11-20T23:00:00Z".parse().unwrap()));
        assert!(moment("yesterday", &berlin).unwrap_err().contains("2026-11-21"));
    }
}
