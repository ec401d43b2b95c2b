//! Which sound goes with the pictures of a clip.

use super::{Chunk, Film, Slice, chunks};
use crate::SoundFormat;
use crate::mp4::index::{Index, SoundSample};
use crate::mp4::{TIMESCALE, samples_between};
use crate::numbers::{narrow, wide};

/// The sound of a clip. Times are in samples, and 0 is where playing begins.
pub(super) struct Track<'a> {
    pub(super) format: &'a SoundFormat,
    rows: Vec<Row>,
    /// Where the first packet begins: not after 0, but where there is no silence to put before it.
    pub(super) start: i64,
    /// Where the last ends.
    end: i64,
    /// The fragments of the film.
    homes: Vec<Home>,
}

/// A packet of a clip, or one that is heard again and again: hours of silence are one row.
#[derive(Clone, Copy)]
struct Row {
    /// Of the packet.
    slice: Slice,
    /// Of the packet, in samples.
    duration: u32,
    /// How often it is heard.
    count: u32,
}

/// A fragment, for the silence in it.
struct Home {
    /// When it begins.
    at: i64,
    silence: Option<Slice>,
}

/// Sound may be off by this and half a packet before it is put right, in parts of a second: 40 ms.
/// Clocks drift apart by a few samples all the time, and each correction is heard.
const TOLERANCE: i64 = 25;

/// Silent packets in one gap: at 48 kHz some 24 hours.
const MOST_SILENT: i64 = 4_000_000;

impl<'a> Track<'a> {
    /// The sound that goes with `film`, if there is any.
    pub(super) fn choose(segments: &'a [Index], film: &Film) -> Option<Self> {
        let format = heard_most(segments, film)?;
        let packet = i64::from(format.samples_per_packet());
        let begin = i64::try_from(film.begin()).unwrap_or(i64::MAX);
        let whole = i64::try_from(film.ticks_before(film.pictures.len())).unwrap_or(i64::MAX);
        let samples = |ticks: i64| {
            let scaled = i128::from(ticks.saturating_sub(begin)) * i128::from(format.rate());
            i64::try_from(scaled.div_euclid(i128::from(TIMESCALE))).unwrap_or(i64::MAX)
        };
        let homes = homes(segments, film, format, samples);
        let mut track = Self { format, rows: Vec::new(), start: 0, end: 0, homes };
        let stretches = stretches(film);
        for (number, stretch) in stretches.iter().enumerate() {
            let index = &segments[stretch.segment];
            if index.parameters.sound() != Some(format) {
                continue;
            }
            let zero = samples(stretch.ticks);
            let until = samples(stretches.get(number + 1).map_or(whole, |next| next.ticks));
            let first = film.pictures[stretch.first].time;
            for sound in sounds(index) {
                let since = samples_between(first, sound.time, format.rate());
                let at = zero.saturating_add(since);
                if at.saturating_add(packet) > 0 && at < until {
                    let (offset, length) = (sound.offset, sound.size.into());
                    track.add(Slice { segment: stretch.segment, offset, length }, at);
                }
            }
        }
        (!track.rows.is_empty()).then_some(track)
    }

    /// Adds a packet that is heard at `at`.
    fn add(&mut self, slice: Slice, at: i64) {
        let packet = i64::from(self.format.samples_per_packet());
        let tolerance = packet / 2 + i64::from(self.format.rate()) / TOLERANCE;
        if self.rows.is_empty() {
            let missing = (at.max(0) + packet - 1) / packet;
            self.start = at - missing * packet;
            self.end = self.start;
            if !self.fill(missing) {
                (self.start, self.end) = (at, at);
            }
        } else if at < self.end - tolerance {
            return; // Heard already.
        } else if at > self.end + tolerance && !self.fill((at - self.end + packet / 2) / packet) {
            if let Some(last) = self.rows.last_mut() {
                let longer = i64::from(last.duration).saturating_add(at - self.end);
                last.duration = u32::try_from(longer).unwrap_or(u32::MAX);
            }
            self.end = at;
        }
        self.push(slice, 1);
    }

    /// Adds so many silent packets, or none if there is no silence at hand for one of them.
    fn fill(&mut self, count: i64) -> bool {
        let packet = i64::from(self.format.samples_per_packet());
        let (known, end) = (self.rows.len(), self.end);
        let mut left = count;
        while left > 0 && count <= MOST_SILENT {
            // A packet is at home where its middle is.
            let middle = self.end + packet / 2;
            let next = self.homes.partition_point(|home| home.at <= middle);
            let home = self.homes.get(next.saturating_sub(1));
            let Some(silence) = home.and_then(|home| home.silence) else { break };
            let until = self.homes.get(next).map_or(i64::MAX, |next| next.at);
            let room = until.saturating_sub(middle).saturating_add(packet - 1) / packet;
            let now = left.min(room);
            self.push(silence, u32::try_from(now).unwrap_or(u32::MAX));
            left -= now;
        }
        if left > 0 {
            self.rows.truncate(known);
            self.end = end;
        }
        left <= 0
    }

    fn push(&mut self, slice: Slice, count: u32) {
        let duration = u32::from(self.format.samples_per_packet());
        self.rows.push(Row { slice, duration, count });
        self.end += i64::from(duration) * i64::from(count);
    }

    /// How many packets it has.
    pub(super) fn count(&self) -> usize {
        self.rows.iter().map(|row| narrow(row.count)).sum()
    }

    /// Bytes of each packet.
    pub(super) fn sizes(&self) -> impl Iterator<Item = u32> {
        self.each(|row| u32::try_from(row.slice.length).unwrap_or(u32::MAX))
    }

    /// Samples of each packet.
    pub(super) fn durations(&self) -> impl Iterator<Item = u32> {
        self.each(|row| row.duration)
    }

    fn each(&self, tell: impl Fn(&Row) -> u32) -> impl Iterator<Item = u32> {
        self.rows.iter().flat_map(move |row| std::iter::repeat_n(tell(row), narrow(row.count)))
    }

    pub(super) fn chunks(&self) -> Vec<Chunk> {
        chunks(self.rows.iter().map(|row| (row.slice, row.count)))
    }
}

/// The fragments of `film`, in order; `samples` tells where a tick of the film is.
fn homes(
    segments: &[Index],
    film: &Film,
    format: &SoundFormat,
    samples: impl Fn(i64) -> i64,
) -> Vec<Home> {
    let length = format.silence().map(|packet| wide(packet.len()));
    let mut homes: Vec<Home> = Vec::new();
    let (mut ticks, mut last) = (0_i64, None);
    for (picture, duration) in film.pictures.iter().zip(&film.durations) {
        let here = (picture.segment, picture.fragment);
        if last.replace(here) != Some(here) {
            let index = &segments[picture.segment];
            let silence = index.fragments.get(picture.fragment).and_then(|found| found.silence);
            let same = index.parameters.sound() == Some(format);
            let silence = silence.zip(length).filter(|_| same);
            let silence =
                silence.map(|(offset, length)| Slice { segment: picture.segment, offset, length });
            homes.push(Home { at: samples(ticks), silence });
        }
        ticks = ticks.saturating_add(i64::from(*duration));
    }
    homes
}

/// Of a film, the pictures of one file in a row.
struct Stretch {
    segment: usize,
    /// Its first picture.
    first: usize,
    /// When that is decoded, from the start of the film.
    ticks: i64,
}

fn stretches(film: &Film) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut ticks = 0_i64;
    for (first, (picture, duration)) in film.pictures.iter().zip(&film.durations).enumerate() {
        if stretches.last().is_none_or(|last| last.segment != picture.segment) {
            stretches.push(Stretch { segment: picture.segment, first, ticks });
        }
        ticks = ticks.saturating_add(i64::from(*duration));
    }
    stretches
}

/// All sound of a file.
fn sounds(index: &Index) -> impl Iterator<Item = &SoundSample> {
    index.fragments.iter().flat_map(|fragment| &fragment.sound)
}

/// Of the formats in the files of a film, the one with the most packets; of several, the oldest.
fn heard_most<'a>(segments: &'a [Index], film: &Film) -> Option<&'a SoundFormat> {
    let mut formats: Vec<(&SoundFormat, usize)> = Vec::new();
    for stretch in stretches(film) {
        let index = &segments[stretch.segment];
        let Some(format) = index.parameters.sound() else { continue };
        let count = sounds(index).count();
        match formats.iter_mut().find(|(known, _)| *known == format) {
            Some((_, sum)) => *sum += count,
            None => formats.push((format, count)),
        }
    }
    formats.into_iter().rev().max_by_key(|(_, count)| *count).map(|(format, _)| format)
}
