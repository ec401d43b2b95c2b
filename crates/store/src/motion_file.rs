//! A motion file: one camera's blocks of a day, one behind the other. Everything here blocks.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use watchpost_model::{ByteSize, Interval, WallTime};

use crate::files::{self, Put};
use crate::motion::MotionPage;
use crate::motion_block::{HEADER, Header, LONGEST, MAGIC};
use crate::{FileError, segments};

/// How much is looked through at once for the next block behind damage.
const CHUNK: usize = 64 << 10;

/// A block and where it begins.
type Found = (u64, Header);

/// How closely a file is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Headers only: to find pages.
    Headers,
    /// Besides, the end: a block is not whole when the power goes while it is written.
    End,
    /// Every byte.
    All,
}

/// What is in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// Its blocks that can be read, in the order in which they were written.
    pub(crate) blocks: Vec<Found>,
    /// The length of the file.
    pub(crate) length: u64,
}

impl Content {
    /// Where the last block ends that can be read.
    pub(crate) fn whole(&self) -> u64 {
        self.blocks.last().map_or(0, |(at, header)| at + header.block())
    }

    /// From the earliest start to the latest end of its pages; `None` if there are none. Not the
    /// first and the last page: the clock may have been set back between.
    pub(crate) fn interval(&self) -> Option<Interval> {
        let intervals = self.blocks.iter().map(|(_, header)| header.interval);
        intervals.reduce(joined)
    }

    /// How many bytes belong to no block that can be read.
    pub(crate) fn lost(&self) -> ByteSize {
        let read: u64 = self.blocks.iter().map(|(_, header)| header.block()).sum();
        ByteSize::from_bytes(self.length.saturating_sub(read))
    }
}

fn joined(one: Interval, other: Interval) -> Interval {
    Interval::new(one.start().min(other.start()), one.end().max(other.end()))
}

/// Looks at a file; `None` if it is not there.
pub(crate) fn look(path: &Path, look: Look) -> Result<Option<Content>, FileError> {
    match File::open(path) {
        Ok(file) => content(&file, look).map(Some).map_err(FileError::at(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new(path, error)),
    }
}

fn content(file: &File, look: Look) -> io::Result<Content> {
    let length = file.metadata()?.len();
    let mut blocks: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < length {
        let mut found = header_at(file, at, length)?.map(|header| (at, header));
        if found.is_none() {
            // Bytes may be missing in the block before; then the next one begins within it.
            let after = blocks.last().map_or(at + 1, |(last, _)| last + 1);
            found = next_header(file, after, length)?;
        }
        let Some((start, header)) = found else { break };
        blocks.push((start, header));
        at = start + header.block();
    }
    match look {
        Look::Headers => {}
        Look::End => {
            while let Some((at, header)) = blocks.last()
                && !is_sound(file, *at, header)?
            {
                blocks.pop();
            }
        }
        Look::All => {
            let mut sound = Vec::with_capacity(blocks.len());
            for (at, header) in blocks {
                if is_sound(file, at, &header)? {
                    sound.push((at, header));
                }
            }
            blocks = sound;
        }
    }
    Ok(Content { blocks, length })
}

/// The header at `at`, if there is one and its block ends within the file.
fn header_at(file: &File, at: u64, length: u64) -> io::Result<Option<Header>> {
    let Some(bytes) = read_at(file, at, HEADER)? else { return Ok(None) };
    let header = Header::read(&bytes);
    Ok(header.filter(|header| header.block() <= length.saturating_sub(at)))
}

/// The first header at or after `from`.
fn next_header(file: &File, from: u64, length: u64) -> io::Result<Option<Found>> {
    let mut chunk = vec![0; CHUNK];
    let mut from = from;
    while from < length {
        let read = read_some_at(file, &mut chunk, from)?;
        let candidates = chunk[..read].windows(MAGIC.len()).enumerate();
        for (offset, _) in candidates.filter(|(_, bytes)| *bytes == MAGIC) {
            let at = from + u64::try_from(offset).unwrap_or(u64::MAX);
            if let Some(header) = header_at(file, at, length)? {
                return Ok(Some((at, header)));
            }
        }
        // What begins at the end of this chunk is found in the next.
        let Some(step) = (read + 1).checked_sub(MAGIC.len()).filter(|step| *step > 0) else {
            break;
        };
        from += u64::try_from(step).unwrap_or(u64::MAX);
    }
    Ok(None)
}

fn is_sound(file: &File, at: u64, header: &Header) -> io::Result<bool> {
    let levels = read_at(file, at + Header::before_levels(), header.levels.packed())?;
    let grid = read_at(file, at + header.before_grid(), header.grid.packed())?;
    let levels = levels.is_some_and(|levels| header.levels.is_sound(&levels));
    Ok(levels && grid.is_some_and(|grid| header.grid.is_sound(&grid)))
}

/// `length` bytes; `None` if the file ends before.
fn read_at(file: &File, at: u64, length: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; length];
    match file.read_exact_at(&mut bytes, at) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// As many bytes as fit or are there.
fn read_some_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < bytes.len() {
        let offset = at + u64::try_from(read).unwrap_or(u64::MAX);
        match file.read_at(&mut bytes[read..], offset) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Which part of a file is wanted.
pub(crate) struct Wanted {
    pub(crate) path: PathBuf,
    pub(crate) interval: Interval,
}

/// The pages of a file that touch an interval. Others are passed over by their headers; damaged ones
/// are told to the log. A file that is gone has none.
pub(crate) fn pages(wanted: &Wanted) -> Result<Vec<MotionPage>, FileError> {
    read(wanted, |file, at, header| {
        let levels = levels_at(file, at, header)?;
        let grid = read_at(file, at + header.before_grid(), header.grid.packed())?;
        let grid = grid.and_then(|grid| header.grid.unpack(&grid));
        let (start, end) = (header.interval.start(), header.interval.end());
        Ok(levels.zip(grid).map(|(levels, grid)| MotionPage { start, end, levels, grid }))
    })
}

/// As [`pages`], the levels alone, with the start of each page.
pub(crate) fn levels(wanted: &Wanted) -> Result<Vec<(WallTime, Vec<u8>)>, FileError> {
    read(wanted, |file, at, header| {
        Ok(levels_at(file, at, header)?.map(|levels| (header.interval.start(), levels)))
    })
}

fn levels_at(file: &File, at: u64, header: &Header) -> io::Result<Option<Vec<u8>>> {
    let levels = read_at(file, at + Header::before_levels(), header.levels.packed())?;
    Ok(levels.and_then(|levels| header.levels.unpack(&levels)))
}

fn read<T>(
    wanted: &Wanted,
    read_block: impl Fn(&File, u64, &Header) -> io::Result<Option<T>>,
) -> Result<Vec<T>, FileError> {
    let Wanted { path, interval } = wanted;
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file.map_err(FileError::at(path))?,
    };
    let content = content(&file, Look::Headers).map_err(FileError::at(path))?;
    let mut found = Vec::new();
    for (at, header) in content.blocks.iter().filter(|(_, header)| header.touches(*interval)) {
        let page = read_block(&file, *at, header).map_err(FileError::at(path))?;
        if page.is_none() {
            tracing::warn!(path = %path.display(), at, "a page of motion is damaged");
        }
        found.extend(page);
    }
    Ok(found)
}

/// A file being written, from its first page since the start of the program to a time without any.
#[derive(Debug)]
pub(crate) struct Tape {
    path: PathBuf,
    /// Whether the file is ours if nothing in it can be read.
    origin: Origin,
    /// Held while a block is written: what a dropped caller began ends before the next begins.
    writing: Mutex<()>,
    reel: Mutex<Reel>,
}

/// Who made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// We did: the catalog says so.
    Ours,
    /// We did if there is a block in it, or nothing.
    Unknown,
}

/// How far a tape is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reel {
    /// What its pages reach over; `None` before the first.
    pub(crate) interval: Option<Interval>,
    /// Where its last block ends.
    pub(crate) whole: u64,
}

impl Tape {
    pub(crate) fn new(path: PathBuf, origin: Origin) -> Self {
        Self { path, origin, writing: Mutex::new(()), reel: Mutex::new(Reel::default()) }
    }

    /// Adds a block, whole or not at all, behind the last one that is whole: a torn end is
    /// overwritten. [`Put::Taken`] if the file is none of ours.
    ///
    /// The file is opened for each block: there is one in 15 minutes, and an owner may move a file
    /// away in between. The disk is not waited for.
    pub(crate) fn append(&self, block: &[u8], interval: Interval) -> Result<Put, FileError> {
        let _alone = self.writing.lock().expect("no holder can panic");
        let file = self.file()?;
        let failed = FileError::at(&self.path);
        let mut reel = self.reel();
        if file.metadata().map_err(FileError::at(&self.path))?.len() != reel.whole {
            let content = content(&file, Look::End).map_err(FileError::at(&self.path))?;
            if self.origin == Origin::Unknown && content.length > 0 && content.blocks.is_empty() {
                return Ok(Put::Taken);
            }
            reel = cut(&file, &content).map_err(FileError::at(&self.path))?;
            self.with(|known| *known = reel);
        }
        if let Err(error) = file.write_all_at(block, reel.whole) {
            let told = failed(error);
            if let Err(error) = file.set_len(reel.whole) {
                // The next block overwrites it, or the next open cuts it.
                tracing::warn!(path = %self.path.display(), %error, "a torn end could not be cut off");
            }
            return Err(told);
        }
        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
        self.with(|reel| {
            reel.whole = reel.whole.saturating_add(length);
            reel.interval = Some(reel.interval.map_or(interval, |known| joined(known, interval)));
        });
        Ok(Put::Done)
    }

    /// Waits until the disk has what was written, and says what that is; `None` if the file is gone or
    /// has nothing.
    pub(crate) fn finish(&self) -> Result<Option<(Interval, ByteSize)>, FileError> {
        let _alone = self.writing.lock().expect("no holder can panic");
        match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.and_then(|file| file.sync_all()).map_err(FileError::at(&self.path))?,
        }
        match mend(&self.path, self.origin)? {
            Mended::Reads { interval, bytes, .. } => Ok(Some((interval, bytes))),
            Mended::Empty | Mended::Foreign | Mended::Gone => Ok(None),
        }
    }

    /// The file, made if it is not there.
    fn file(&self) -> Result<File, FileError> {
        if let Some(new) = files::create(&self.path)? {
            return Ok(new);
        }
        let file = File::options().read(true).write(true).open(&self.path);
        file.map_err(FileError::at(&self.path))
    }

    /// How far it is written.
    pub(crate) fn reel(&self) -> Reel {
        self.with(|reel| *reel)
    }

    /// The only place that locks the reel, never for longer than a copy.
    fn with<R>(&self, work: impl FnOnce(&mut Reel) -> R) -> R {
        work(&mut self.reel.lock().expect("no holder of the reel can panic"))
    }
}

/// Cuts a torn end off. A longer one than a block can be is damage of another kind: it stays, and
/// what is written next comes behind it.
fn cut(file: &File, content: &Content) -> io::Result<Reel> {
    let (interval, whole) = (content.interval(), content.whole());
    let torn = content.length.saturating_sub(whole);
    if torn > LONGEST {
        return Ok(Reel { interval, whole: content.length });
    }
    if torn > 0 {
        file.set_len(whole)?;
    }
    Ok(Reel { interval, whole })
}

/// What became of a file at open.
pub(crate) enum Mended {
    /// It has pages. So much was cut off its end; so much of the rest cannot be read.
    Reads { interval: Interval, bytes: ByteSize, cut: ByteSize, lost: ByteSize },
    /// No page had reached it, and it is removed.
    Empty,
    /// Nothing in it can be read, and it is left alone.
    Foreign,
    /// It is not there.
    Gone,
}

/// Cuts a torn end off a file that nobody writes, and says what is left.
pub(crate) fn mend(path: &Path, origin: Origin) -> Result<Mended, FileError> {
    let Some(before) = look(path, Look::End)? else { return Ok(Mended::Gone) };
    if before.blocks.is_empty() && (before.length == 0 || origin == Origin::Ours) {
        if before.length > LONGEST {
            return Ok(Mended::Foreign);
        }
        files::remove(path)?;
        files::remove_folder_if_empty(path);
        return Ok(Mended::Empty);
    }
    if before.blocks.is_empty() {
        return Ok(Mended::Foreign);
    }
    if before.whole() < before.length {
        let cut = File::options().read(true).write(true).open(path).and_then(|file| {
            cut(&file, &before)?;
            file.sync_all()
        });
        cut.map_err(FileError::at(path))?;
    }
    let bytes = segments::length(path)?.unwrap_or_default();
    let cut = ByteSize::from_bytes(before.length.saturating_sub(bytes));
    let after = Content { length: bytes, ..before };
    let Some(interval) = after.interval() else { return Ok(Mended::Foreign) };
    let (bytes, lost) = (ByteSize::from_bytes(bytes), after.lost());
    Ok(Mended::Reads { interval, bytes, cut, lost })
}
