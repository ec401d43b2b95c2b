//! What sensors told, in plain files: a line for each reading, a file for each day,
//! `readings/<YYYY-MM-DD>.jsonl`. How such a file looks is in [`crate::reading_file`].
//!
//! Readings come several times a second and none of them matters much, so they wait in memory and go to
//! the disk together, which is not waited for: they are never synced.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use jiff::civil::Date;
use watchpost_model::{DeviceId, Interval, Reading, WallTime};

use crate::files::{self, blocking};
use crate::reading_file::{self, Search};
use crate::{FileError, Store};

/// The folder of all readings, in the data folder.
const READINGS: &str = "readings";

/// The oldest that waits is written after this long, and after a failure it is tried again.
const WAIT: Duration = Duration::from_mins(1);
/// So many bytes that wait are written at once.
const BATCH: usize = 64 << 10;
/// So many wait at most while they cannot be written; then the oldest go.
const MOST_WAITING: usize = 1 << 20;
/// So many files before that of the interval's first day are looked through for what held when it began.
const DAYS_BACK: usize = 8;

/// A reading, as it was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When.
    pub at: WallTime,
    /// By which sensor or light.
    pub device: DeviceId,
    /// What.
    pub reading: Reading,
}

/// Readings of a stretch of time, as many as were asked for at most.
#[derive(Clone, Debug, PartialEq)]
pub struct ThinnedReadings {
    /// In order of time.
    pub readings: Vec<Told>,
    /// Of each stretch of so long, of each device, the last reading and the last yes are there; `None`: all
    /// are.
    pub step: Option<Duration>,
}

/// What waits to be written, and who may write.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// Held while files are written, cut or removed, or their lengths taken; only by threads that may
    /// block, and never by one that has `waiting`.
    turn: Mutex<()>,
    /// Held for moments.
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// In the order in which they came.
    lines: VecDeque<Line>,
    /// Of all lines.
    bytes: usize,
    /// When a write was begun that has not succeeded yet, by the time of the reading that made it due.
    tried: Option<WallTime>,
    /// So many went unwritten, and nobody was told yet.
    lost: u64,
}

#[derive(Debug)]
struct Line {
    at: WallTime,
    /// In the recorder's zone: names the file.
    day: Date,
    text: String,
}

impl Store {
    /// Keeps what was told, in the file of the day it was told on. It is written a minute later, together
    /// with what came since, as soon as another reading comes or [`Store::rest_readings`] is called;
    /// earlier if 64 KiB wait, when readings are read, and when the store is closed. The disk is not
    /// waited for: a power cut costs that minute, and what the system had not written yet (in most cases
    /// 30 s more). A guest of [`Store::attach`] must not keep any: one process writes.
    ///
    /// # Errors
    ///
    /// If what waited long enough cannot be written. It goes on waiting and is tried again a minute
    /// later; beyond 1 MiB the oldest go, and the error counts them.
    pub async fn keep_reading(&self, told: Told) -> Result<(), FileError> {
        let line = Line {
            at: told.at,
            day: files::local(told.at, &self.inner.options.zone).date(),
            text: reading_file::encode(&told),
        };
        let due = self.inner.readings.with(|waiting| {
            waiting.push_back(line);
            waiting.is_due(told.at)
        });
        if due { self.write_readings().await } else { Ok(()) }
    }

    /// Writes the readings that waited for a minute at `now`, if there are any. For when no further one
    /// comes.
    ///
    /// # Errors
    ///
    /// As [`Store::keep_reading`].
    pub async fn rest_readings(&self, now: WallTime) -> Result<(), FileError> {
        let due = self.inner.readings.with(|waiting| waiting.is_due(now));
        if due { self.write_readings().await } else { Ok(()) }
    }

    /// Writes all that waits.
    pub(crate) async fn write_readings(&self) -> Result<(), FileError> {
        let inner = self.inner.clone();
        // Goes on if the caller leaves.
        blocking(move || inner.readings.write(&inner.path(READINGS))).await
    }

    /// What was told within `interval` by these, in order of time, and of each the last before it, too:
    /// that held when the interval began. By all if `devices` is empty.
    ///
    /// For what held, up to eight earlier days with readings are looked through where `devices` are
    /// named, and one where they are not. All of it is in memory at once: ask for some hours, or use
    /// [`Store::readings_thinned`]. What was told while the recorder stood in another zone may be in the
    /// file of the day beside it, and not be found at its edges.
    ///
    /// # Errors
    ///
    /// If a file cannot be read. Lines that are none are left out.
    pub async fn readings(
        &self,
        interval: Interval,
        devices: &[DeviceId],
    ) -> Result<Vec<Told>, FileError> {
        Ok(self.readings_thinned(interval, devices, usize::MAX).await?.readings)
    }

    /// As [`Store::readings`], but of those within the interval at most `most`, at least 1000: if there are
    /// more, some are left out evenly, but no stretch loses all of its yes. No more than that are in
    /// memory at once.
    ///
    /// # Errors
    ///
    /// As [`Store::readings`].
    pub async fn readings_thinned(
        &self,
        interval: Interval,
        devices: &[DeviceId],
        most: usize,
    ) -> Result<ThinnedReadings, FileError> {
        let inner = self.inner.clone();
        let mut search = Search::new(interval, devices.to_vec(), most.max(1000));
        blocking(move || {
            let zone = &inner.options.zone;
            let [first, last] =
                [interval.start(), interval.end()].map(|moment| files::local(moment, zone).date());
            let folder = inner.path(READINGS);
            let files = inner.readings.snapshot(&folder, &mut search)?;
            let of_days = |file: &&DayFile| first <= file.day && file.day <= last;
            for DayFile { path, length, .. } in files.iter().filter(of_days) {
                reading_file::scan(path, *length, &mut |line| search.take(line))?;
            }
            let back = if devices_named(&search) { DAYS_BACK } else { 1 };
            let earlier = files.iter().rev().filter(|file| file.day < first);
            for DayFile { path, length, .. } in earlier.take(back) {
                if search.knows_what_held() {
                    break;
                }
                reading_file::scan(path, *length, &mut |line| search.take(line))?;
            }
            Ok(search.finish())
        })
        .await
    }

    /// Removes the files of days that ended before `moment`, and gives how many.
    ///
    /// # Errors
    ///
    /// If one cannot be removed; the others are.
    pub async fn drop_readings_before(&self, moment: WallTime) -> Result<usize, FileError> {
        let inner = self.inner.clone();
        blocking(move || {
            let _alone = inner.readings.turn.lock().expect("no holder of the turn can panic");
            let (mut gone, mut failure) = (0, None);
            for file in day_files(&inner.path(READINGS))? {
                let end = file.day.tomorrow().and_then(|day| {
                    day.to_zoned(inner.options.zone.clone()).map(|end| end.timestamp().into())
                });
                // The last day there is never ends.
                if !end.is_ok_and(|end: WallTime| end <= moment) {
                    continue;
                }
                match files::remove(&file.path) {
                    Ok(()) => gone += 1,
                    Err(error) => _ = failure.get_or_insert(error),
                }
            }
            failure.map_or(Ok(gone), Err)
        })
        .await
    }
}

fn devices_named(search: &Search) -> bool {
    !search.devices().is_empty()
}

impl Readings {
    /// The only place that locks what waits.
    fn with<R>(&self, work: impl FnOnce(&mut Waiting) -> R) -> R {
        work(&mut self.waiting.lock().expect("no holder of the waiting can panic"))
    }

    /// Writes all that waits into the files of `folder`, day by day. Blocks.
    fn write(&self, folder: &Path) -> Result<(), FileError> {
        let _alone = self.turn.lock().expect("no holder of the turn can panic");
        self.write_alone(folder)
    }

    /// As [`Readings::write`], by who has the turn.
    fn write_alone(&self, folder: &Path) -> Result<(), FileError> {
        let mut lines = self.with(|waiting| {
            waiting.bytes = 0;
            std::mem::take(&mut waiting.lines)
        });
        while let Some(day) = lines.front().map(|line| line.day) {
            let of_day = lines.iter().take_while(|line| line.day == day);
            let texts: Vec<&str> = of_day.map(|line| line.text.as_str()).collect();
            let (count, text) = (texts.len(), texts.concat());
            let written = reading_file::append(&folder.join(name(day)), text.as_bytes());
            if let Err(error) = written {
                return Err(match self.with(|waiting| waiting.put_back(lines)) {
                    0 => error,
                    count => FileError::ReadingsLost { count, source: Box::new(error) },
                });
            }
            lines.drain(..count);
        }
        let lost = self.with(|waiting| {
            waiting.tried = None;
            std::mem::take(&mut waiting.lost)
        });
        if lost > 0 {
            tracing::warn!(lost, "readings were lost while their file could not be written");
        }
        Ok(())
    }

    /// What is written, by days, as long as it is now; what cannot be written is told to `search`. Blocks.
    fn snapshot(&self, folder: &Path, search: &mut Search) -> Result<Vec<DayFile>, FileError> {
        let _alone = self.turn.lock().expect("no holder of the turn can panic");
        // What is there can be read all the same; who keeps the next reading is told.
        if let Err(error) = self.write_alone(folder) {
            tracing::warn!(error = %error, hint = error.hint(), "readings are not written");
        }
        self.with(|waiting| {
            for Line { text, .. } in &waiting.lines {
                search.take(text.trim_end().as_bytes());
            }
        });
        let mut files = day_files(folder)?;
        files.sort_by_key(|file| file.day);
        Ok(files)
    }
}

impl Waiting {
    fn push_back(&mut self, line: Line) {
        self.bytes += line.text.len();
        self.lines.push_back(line);
        self.keep_within_bound();
    }

    /// Puts back what could not be written, before what came since, and tells how many were lost since
    /// that was told last.
    fn put_back(&mut self, mut unwritten: VecDeque<Line>) -> u64 {
        unwritten.append(&mut self.lines);
        self.lines = unwritten;
        self.bytes = self.lines.iter().map(|line| line.text.len()).sum();
        self.keep_within_bound();
        std::mem::take(&mut self.lost)
    }

    fn keep_within_bound(&mut self) {
        while self.bytes > MOST_WAITING
            && let Some(oldest) = self.lines.pop_front()
        {
            self.bytes -= oldest.text.len();
            self.lost += 1;
        }
    }

    /// Whether a write is to begin at `now`; if so, it counts as tried.
    fn is_due(&mut self, now: WallTime) -> bool {
        let Some(first) = self.lines.front() else { return false };
        // Either way: the clock may be set back.
        let apart = |then: WallTime| now.since_or_zero(then).max(then.since_or_zero(now)) >= WAIT;
        let due = match self.tried {
            Some(tried) => apart(tried),
            None => self.bytes >= BATCH || apart(first.at),
        };
        if due {
            self.tried = Some(now);
        }
        due
    }
}

/// A file of readings.
struct DayFile {
    day: Date,
    path: PathBuf,
    /// In bytes.
    length: u64,
}

fn name(day: Date) -> String {
    format!("{day}.jsonl")
}

/// The files of readings in `folder`, in no order; none if it is not there. Others are not ours.
fn day_files(folder: &Path) -> Result<Vec<DayFile>, FileError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(FileError::at(folder))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(FileError::at(folder))?;
        let path = entry.path();
        let day = entry.file_name().to_str().and_then(|file| {
            let day: Date = file.strip_suffix(".jsonl")?.parse().ok()?;
            (name(day) == file).then_some(day)
        });
        let Some(day) = day else { continue };
        match entry.metadata() {
            Ok(known) if known.is_file() => files.push(DayFile { day, path, length: known.len() }),
            Ok(_) => {}
            // Retention was quicker.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(FileError::new(&path, error)),
        }
    }
    Ok(files)
}
