//! An interval of several files as one MP4, served without copying video: a header made for it,
//! then ranges of the files themselves.
//!
//! It is a progressive MP4, its tables first, so that every player seeks in it at once.

use bytes::Bytes;
use watchpost_model::{Interval, WallTime};

use super::boxes::Boxes;
use super::index::{Fragment, Index, Sample};
use super::movie::{Movie, put_file_type};
use super::{after_ticks, ticks_between};
use crate::numbers::wide;
use crate::{Kind, Parameters};

/// Where the bytes of a clip are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The first bytes of the clip: `ftyp`, `moov` and the head of `mdat`.
    pub header: Bytes,
    /// Where the rest is, in this order.
    pub slices: Vec<Slice>,
    /// Bytes of the whole clip.
    pub length: u64,
    /// When its first picture was taken: at or before the start of the interval, or at the first
    /// key picture in it.
    pub start: WallTime,
    /// Until when its last picture lasts: at most the end of the interval.
    pub end: WallTime,
}

/// A range of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Which of the files, counted from 0 as they were given.
    pub segment: usize,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// There is no picture in the interval that could be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing was recorded in that time")]
pub struct Empty;

/// Lays out the footage of `interval` in `segments` of one camera, which are given from old to
/// new.
///
/// Begins at the key picture at or before the start of the interval, and ends with it. Where
/// footage is missing the picture before stands still (over 13 h stand still for 13 h). Where the
/// clock was set back the clip goes on without a gap. Takes the memory and time of its tables: some
/// 40 bytes for a picture.
///
/// # Errors
///
/// If nothing can be shown.
pub fn layout(segments: &[Index], interval: Interval) -> Result<Layout, Empty> {
    let pictures = select(segments, interval);
    let (Some(first), Some(last)) = (pictures.first(), pictures.last()) else {
        return Err(Empty);
    };
    let durations = durations(&pictures, interval.end());
    let (start, end) = (first.time, after_ticks(last.time, last_duration(&durations)));
    let chunks = chunks(&pictures);
    let header = header(segments, &pictures, &durations, &chunks);
    let slices: Vec<Slice> = chunks.iter().map(|chunk| chunk.slice).collect();
    let length = wide(header.len()) + slices.iter().map(|slice| slice.length).sum::<u64>();
    Ok(Layout { header, slices, length, start, end })
}

/// A picture of a clip.
struct Chosen<'a> {
    segment: usize,
    sample: &'a Sample,
    time: WallTime,
}

/// Pictures that stand one behind the other in a file.
struct Chunk {
    slice: Slice,
    pictures: u32,
}

/// The pictures to be shown, the first a key picture.
fn select(segments: &[Index], interval: Interval) -> Vec<Chosen<'_>> {
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut begun = false;
    for (segment, index) in segments.iter().enumerate() {
        if !begun {
            chosen.clear(); // Every segment begins with a key picture.
        }
        for (time, until, sample) in index.fragments.iter().flat_map(timed) {
            if time >= interval.end() {
                break;
            }
            if sample.kind == Kind::Key && !begun {
                chosen.clear();
            }
            begun |= until > interval.start();
            if sample.kind == Kind::Key || !chosen.is_empty() {
                chosen.push(Chosen { segment, sample, time });
            }
        }
    }
    if begun { chosen } else { Vec::new() }
}

/// The samples of a fragment, from when to when each lasts.
fn timed(fragment: &Fragment) -> impl Iterator<Item = (WallTime, WallTime, &Sample)> {
    let mut ticks = 0_i64;
    fragment.samples.iter().map(move |sample| {
        let begin = ticks;
        ticks = ticks.saturating_add(sample.duration.into());
        (after_ticks(fragment.start, begin), after_ticks(fragment.start, ticks), sample)
    })
}

/// How long each picture is shown, in ticks: until the next, the last at most until `end`.
fn durations(pictures: &[Chosen<'_>], end: WallTime) -> Vec<u32> {
    let Some(origin) = pictures.first().map(|first| first.time) else {
        return Vec::new();
    };
    let nexts = pictures.iter().skip(1).map(|next| Some(next.time)).chain([None]);
    let tick = |moment| ticks_between(origin, moment);
    pictures
        .iter()
        .zip(nexts)
        .map(|(picture, next)| {
            let own = i64::from(picture.sample.duration);
            let shown = match next.map(|next| tick(next).saturating_sub(tick(picture.time))) {
                Some(gap) if gap > 0 => gap,
                Some(_) => own, // The clock was set back.
                None => own.min(tick(end).saturating_sub(tick(picture.time))),
            };
            u32::try_from(shown.max(1)).unwrap_or(u32::MAX)
        })
        .collect()
}

fn last_duration(durations: &[u32]) -> i64 {
    durations.last().copied().map_or(0, i64::from)
}

fn chunks(pictures: &[Chosen<'_>]) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    for picture in pictures {
        let (segment, offset) = (picture.segment, picture.sample.offset);
        let length = u64::from(picture.sample.size);
        match chunks.last_mut() {
            Some(Chunk { slice, pictures })
                if slice.segment == segment && slice.offset + slice.length == offset =>
            {
                slice.length += length;
                *pictures += 1;
            }
            _ => chunks.push(Chunk { slice: Slice { segment, offset, length }, pictures: 1 }),
        }
    }
    chunks
}

/// `ftyp`, `moov` and the head of `mdat`.
fn header(
    segments: &[Index],
    pictures: &[Chosen<'_>],
    durations: &[u32],
    chunks: &[Chunk],
) -> Bytes {
    // Few cameras change their parameters even once.
    let mut parameters: Vec<&Parameters> = Vec::new();
    let runs: Vec<(u32, usize)> = chunks
        .iter()
        .map(|chunk| {
            let wanted: &Parameters = &segments[chunk.slice.segment].parameters;
            let entry = parameters.iter().position(|known| *known == wanted).unwrap_or_else(|| {
                parameters.push(wanted);
                parameters.len() - 1
            });
            (chunk.pictures, entry + 1)
        })
        .collect();
    let begin = pictures.first().map_or(0, |first| first.sample.composition);
    let movie = Movie {
        created: pictures.first().map_or(WallTime::MIN, |first| first.time),
        duration: durations.iter().copied().map(u64::from).sum(),
        begin: u32::try_from(begin).unwrap_or(0),
        parameters: &parameters,
    };

    let mut boxes = Boxes::with_capacity(2048 + 16 * wide(pictures.len() + chunks.len()));
    put_file_type(&mut boxes, *b"isom", &[*b"isom", *b"iso4", *b"mp41"]);
    movie.put(
        &mut boxes,
        |boxes| {
            put_times(boxes, pictures, durations);
            put_keys(boxes, pictures);
            put_sizes(boxes, pictures);
            put_runs(boxes, &runs);
            put_chunks(boxes, chunks); // The last of all boxes, as it must be.
        },
        |_| {},
    );
    boxes.u32(1);
    boxes.bytes(b"mdat");
    boxes.u64(MDAT_HEAD + chunks.iter().map(|chunk| chunk.slice.length).sum::<u64>());
    boxes.into_bytes()
}

/// Of an `mdat` with a length of 64 bits.
const MDAT_HEAD: u64 = 16;

/// 8.6.1: `stts`, and `ctts` where pictures are reordered.
fn put_times(boxes: &mut Boxes, pictures: &[Chosen<'_>], durations: &[u32]) {
    let steps = run_lengths(durations.iter().copied());
    boxes.full(*b"stts", 0, 0, |boxes| {
        boxes.count(steps.len());
        for (count, duration) in steps {
            boxes.u32s([count, duration]);
        }
    });
    let compositions = || pictures.iter().map(|picture| picture.sample.composition);
    if compositions().any(|composition| composition != 0) {
        let runs = run_lengths(compositions());
        let version = u8::from(compositions().any(i32::is_negative));
        boxes.full(*b"ctts", version, 0, |boxes| {
            boxes.count(runs.len());
            for (count, composition) in runs {
                boxes.u32(count);
                boxes.i32(composition);
            }
        });
    }
}

/// 8.6.2: `stss`.
fn put_keys(boxes: &mut Boxes, pictures: &[Chosen<'_>]) {
    let is_key = |(_, picture): &(u32, &Chosen<'_>)| picture.sample.kind == Kind::Key;
    let keys: Vec<u32> = (1..).zip(pictures).filter(is_key).map(|(number, _)| number).collect();
    boxes.full(*b"stss", 0, 0, |boxes| {
        boxes.count(keys.len());
        boxes.u32s(keys);
    });
}

/// 8.7.3: `stsz`.
fn put_sizes(boxes: &mut Boxes, pictures: &[Chosen<'_>]) {
    boxes.full(*b"stsz", 0, 0, |boxes| {
        boxes.u32(0);
        boxes.count(pictures.len());
        boxes.u32s(pictures.iter().map(|picture| picture.sample.size));
    });
}

/// 8.7.4: `stsc`: from which chunk on a chunk has so many pictures of which sample entry.
fn put_runs(boxes: &mut Boxes, runs: &[(u32, usize)]) {
    let mut firsts: Vec<(u32, (u32, usize))> = (1..).zip(runs.iter().copied()).collect();
    firsts.dedup_by_key(|(_, run)| *run);
    boxes.full(*b"stsc", 0, 0, |boxes| {
        boxes.count(firsts.len());
        for (first, (pictures, entry)) in firsts {
            boxes.u32s([first, pictures]);
            boxes.count(entry);
        }
    });
}

/// 8.7.5: `co64`. Behind it comes only the head of `mdat`, so it can tell where the video begins.
fn put_chunks(boxes: &mut Boxes, chunks: &[Chunk]) {
    let own = 16 + 8 * wide(chunks.len());
    let mut offset = wide(boxes.len()) + own + MDAT_HEAD;
    boxes.full(*b"co64", 0, 0, |boxes| {
        boxes.count(chunks.len());
        for chunk in chunks {
            boxes.u64(offset);
            offset += chunk.slice.length;
        }
    });
}

/// How often each value stands in a row.
fn run_lengths<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<(u32, T)> {
    let mut runs: Vec<(u32, T)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    runs
}
