//! An interval of several files as one MP4, served without copying video: a header made for it,
//! then ranges of the files themselves.
//!
//! It is a progressive MP4, its tables first, so that every player seeks in it at once.

mod sound; //  which sound goes with the pictures
mod tables; // the header

use std::time::Duration;

use bytes::Bytes;
use watchpost_model::{Interval, WallTime};

use self::sound::Track;
use super::index::{Fragment, Index, Sample};
use super::{TIMESCALE, after_ticks, ticks_between};
use crate::Kind;
use crate::numbers::wide;

/// Where the bytes of a clip are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The first bytes of the clip: `ftyp`, `moov` and the head of `mdat`.
    pub header: Bytes,
    /// Where the rest is, in this order.
    pub slices: Vec<Slice>,
    /// Bytes of the whole clip.
    pub length: u64,
    /// When the first picture shown was taken: at or before the start of the interval, or at the
    /// first key picture in it.
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
/// 40 bytes for a picture, as many for a packet of sound, and 12 for one of silence in a long gap.
///
/// With intra refresh a key picture is whole only some pictures later: the clip then holds the group
/// before it, too, which is decoded but not shown.
///
/// Sound goes with the pictures it was heard with, off by at most 40 ms and half a packet. Where it is
/// missing there is silence, because browsers count samples and would be ahead of the pictures after
/// a gap. Of sounds in several formats only the one heard most is in the clip.
///
/// # Errors
///
/// If nothing can be shown.
pub fn layout(segments: &[Index], interval: Interval) -> Result<Layout, Empty> {
    let Selection { pictures, lead } = select(segments, interval);
    let (Some(first), Some(last)) = (pictures.get(lead), pictures.last()) else {
        return Err(Empty);
    };
    let durations = durations(&pictures, interval.end());
    let own = durations.last().copied().map_or(0, i64::from);
    let (start, end) = (first.time, after_ticks(last.time, own));
    let film = Film { pictures, durations, lead };
    let sound = Track::choose(segments, &film);
    Ok(film.lay_out(segments, sound.as_ref(), start, end))
}

/// Lays out the key pictures of `interval` in `segments` of one camera, which are given from old to
/// new: those that are `every` apart or more, `per_second` (1 to 90 000) of them shown in a second,
/// without sound.
///
/// They may be closer by a twentieth, so that of a recording made with the same pace no picture is
/// left out for being a little early. Key pictures that are not whole by themselves (intra refresh)
/// are left out.
///
/// Holds one segment at a time, and of those before only what is in the film: some 100 bytes for each
/// of its pictures.
///
/// # Errors
///
/// If nothing can be shown.
pub fn timelapse(
    segments: impl IntoIterator<Item = Index>,
    interval: Interval,
    every: Duration,
    per_second: u32,
) -> Result<Layout, Empty> {
    let pace = every.saturating_sub(every / 20);
    let mut pictures: Vec<Chosen> = Vec::new();
    let mut bare: Vec<Index> = Vec::new();
    for (segment, mut index) in segments.into_iter().enumerate() {
        for (number, fragment) in std::mem::take(&mut index.fragments).iter().enumerate() {
            for (time, until, sample) in timed(fragment) {
                let due = pictures
                    .last()
                    .is_none_or(|last| time.since(last.time).is_none_or(|passed| passed >= pace));
                let within = time >= interval.start() && time < interval.end();
                if within && due && sample.kind == Kind::Key && !sample.gradual {
                    let sample = Sample { composition: 0, ..sample };
                    pictures.push(Chosen { segment, fragment: number, sample, time, until });
                }
            }
        }
        bare.push(index);
    }
    let (Some(first), Some(last)) = (pictures.first(), pictures.last()) else {
        return Err(Empty);
    };
    let (start, end) = (first.time, last.until.min(interval.end()));
    let per_second = per_second.clamp(1, TIMESCALE);
    let at = |number: usize| wide(number) * u64::from(TIMESCALE) / u64::from(per_second);
    let durations = (0..pictures.len())
        .map(|number| u32::try_from(at(number + 1) - at(number)).unwrap_or(u32::MAX))
        .collect();
    Ok(Film { pictures, durations, lead: 0 }.lay_out(&bare, None, start, end))
}

/// A picture of a clip.
struct Chosen {
    segment: usize,
    /// Which of the segment's.
    fragment: usize,
    sample: Sample,
    time: WallTime,
    /// Until when it lasts in its file.
    until: WallTime,
}

/// The pictures of a clip, the first a key picture.
struct Film {
    pictures: Vec<Chosen>,
    /// How long each is shown, in ticks.
    durations: Vec<u32>,
    /// How many of the first are decoded but not shown.
    lead: usize,
}

/// Samples of one track that stand one behind the other in a file, once or several times in a row.
struct Chunk {
    slice: Slice,
    samples: u32,
    times: u32,
}

impl Film {
    fn lay_out(
        &self,
        segments: &[Index],
        sound: Option<&Track>,
        start: WallTime,
        end: WallTime,
    ) -> Layout {
        let samples = self.pictures.iter().map(|picture| {
            let Sample { offset, size, .. } = picture.sample;
            (Slice { segment: picture.segment, offset, length: size.into() }, 1)
        });
        let chunks = [chunks(samples), sound.map_or_else(Vec::new, Track::chunks)];
        let slices = in_order_of_files(chunks.iter().flatten().map(|chunk| chunk.slice).collect());
        let header = tables::header(segments, self, sound, &chunks, &slices);
        let length = wide(header.len()) + slices.iter().map(|slice| slice.length).sum::<u64>();
        Layout { header, slices, length, start, end }
    }

    /// Ticks until the picture `number` is decoded, from the first on.
    fn ticks_before(&self, number: usize) -> u64 {
        self.durations.iter().take(number).copied().map(u64::from).sum()
    }

    /// From decoding the first picture to showing the first that is shown, in ticks.
    fn begin(&self) -> u64 {
        let composition = self.pictures.get(self.lead).map_or(0, |first| first.sample.composition);
        self.ticks_before(self.lead) + u64::try_from(composition).unwrap_or(0)
    }
}

/// Puts samples that touch into chunks; with each comes how often it stands there in a row.
fn chunks(samples: impl Iterator<Item = (Slice, u32)>) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    for (sample, times) in samples {
        match chunks.last_mut() {
            Some(Chunk { slice, samples, times: 1 }) if times == 1 && slice.touches(&sample) => {
                slice.length += sample.length;
                *samples += 1;
            }
            _ => chunks.push(Chunk { slice: sample, samples: 1, times }),
        }
    }
    chunks
}

/// All bytes of `slices`, each once, as they stand in the files, old to new: so the sound follows at
/// once on the pictures it was written with.
fn in_order_of_files(mut slices: Vec<Slice>) -> Vec<Slice> {
    slices.sort_by_key(|slice| (slice.segment, slice.offset));
    let mut joined: Vec<Slice> = Vec::new();
    for slice in slices {
        match joined.last_mut() {
            // Silence is used again and again.
            Some(last) if last.segment == slice.segment && slice.end() <= last.end() => {}
            Some(last) if last.touches(&slice) => last.length += slice.length,
            _ => joined.push(slice),
        }
    }
    joined
}

impl Slice {
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// Whether `next` begins in the same file where this ends.
    fn touches(&self, next: &Slice) -> bool {
        self.segment == next.segment && self.end() == next.offset
    }
}

/// The pictures to be decoded, the first a key picture.
struct Selection {
    pictures: Vec<Chosen>,
    /// How many of them are not shown.
    lead: usize,
}

fn select(segments: &[Index], interval: Interval) -> Selection {
    let mut pictures: Vec<Chosen> = Vec::new();
    let mut lead = 0;
    let mut begun = false;
    for (segment, index) in segments.iter().enumerate() {
        let mut new = true;
        for (fragment, (time, until, sample)) in timed_all(index) {
            if time >= interval.end() {
                break;
            }
            let is_key = sample.kind == Kind::Key;
            if !begun && (is_key || new) {
                let continues = |last: &Chosen| {
                    let before = &segments[last.segment].parameters;
                    let gap = time.since_or_zero(last.until);
                    gap <= GAP && index.parameters.has_same_video(before)
                };
                if is_key && sample.gradual && pictures.last().is_some_and(continues) {
                    pictures.drain(..lead);
                    lead = pictures.len();
                } else {
                    pictures.clear();
                    lead = 0;
                }
            }
            new = false;
            begun |= until > interval.start();
            if is_key || !pictures.is_empty() {
                pictures.push(Chosen { segment, fragment, sample, time, until });
            }
        }
    }
    if begun { Selection { pictures, lead } } else { Selection { pictures: Vec::new(), lead: 0 } }
}

/// What a decoder has seen is still of use to it after a gap no longer than this.
const GAP: Duration = Duration::from_secs(1);

/// The samples of a file, each with the number of its fragment.
fn timed_all(index: &Index) -> impl Iterator<Item = (usize, (WallTime, WallTime, Sample))> {
    let numbered = index.fragments.iter().enumerate();
    numbered.flat_map(|(number, fragment)| timed(fragment).map(move |sample| (number, sample)))
}

/// The samples of a fragment, from when to when each lasts.
fn timed(fragment: &Fragment) -> impl Iterator<Item = (WallTime, WallTime, Sample)> {
    let mut ticks = 0_i64;
    fragment.samples.iter().map(move |sample| {
        let begin = ticks;
        ticks = ticks.saturating_add(sample.duration.into());
        (after_ticks(fragment.start, begin), after_ticks(fragment.start, ticks), *sample)
    })
}

/// How long each picture is shown, in ticks: until the next, the last at most until `end`.
fn durations(pictures: &[Chosen], end: WallTime) -> Vec<u32> {
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
