//! The header of a clip: `ftyp`, `moov` with the tables of its samples, and the head of `mdat`.

use bytes::Bytes;

use super::sound::Track as Sound;
use super::{Chosen, Chunk, Film, Slice};
use crate::mp4::TIMESCALE;
use crate::mp4::boxes::Boxes;
use crate::mp4::index::Index;
use crate::mp4::movie::{Content, Edit, Movie, Track, put_file_type};
use crate::numbers::{narrow, wide};
use crate::{Kind, Parameters};

/// `ftyp`, `moov` and the head of `mdat`, in which `slices` are to lie. `chunks` are those of the
/// pictures and of the sound.
pub(super) fn header(
    segments: &[Index],
    film: &Film,
    sound: Option<&Sound>,
    chunks: &[Vec<Chunk>; 2],
    slices: &[Slice],
) -> Bytes {
    let [pictures, packets] = chunks;
    let entries = Entries::new(segments, pictures);
    let mut tracks = vec![video_track(film, &entries.known)];
    tracks.extend(sound.map(|sound| sound_track(film, sound)));
    let created = film.pictures.get(film.lead).or(film.pictures.first());
    let created = created.map_or(watchpost_model::WallTime::MIN, |first| first.time);
    let movie = Movie { created, tracks: &tracks };

    let rows = film.pictures.len() + pictures.len() + packets.len();
    // Of a packet of silence there is its size, and where it is.
    let heard = sound.map_or(0, Sound::count);
    let mut boxes = Boxes::with_capacity(4096 + 16 * wide(rows) + 12 * wide(heard));
    put_file_type(&mut boxes, *b"isom", &[*b"isom", *b"iso4", *b"mp41"]);
    let mut offsets = Vec::new();
    movie.put(
        &mut boxes,
        |boxes, content| {
            let chunks = if let (Content::Sound(_), Some(sound)) = (content, sound) {
                put_times(boxes, sound.durations());
                put_sizes(boxes, sound.count(), sound.sizes());
                put_runs(boxes, packets.iter().map(|chunk| (chunk.times, chunk.samples, 1)));
                packets
            } else {
                put_times(boxes, film.durations.iter().copied());
                put_compositions(boxes, &film.pictures);
                put_keys(boxes, film);
                let sizes = film.pictures.iter().map(|picture| picture.sample.size);
                put_sizes(boxes, film.pictures.len(), sizes);
                put_runs(boxes, entries.runs(pictures));
                pictures
            };
            offsets.push(put_chunks(boxes, chunks, slices));
        },
        |_| {},
    );
    let data: u64 = slices.iter().map(|slice| slice.length).sum();
    boxes.u32(1);
    boxes.bytes(b"mdat");
    boxes.u64(MDAT_HEAD + data);
    let base = wide(boxes.len());
    for (at, count) in offsets {
        boxes.add_to_u64s(at, count, base);
    }
    boxes.into_bytes()
}

/// Of an `mdat` with a length of 64 bits.
const MDAT_HEAD: u64 = 16;

fn video_track<'a>(film: &Film, entries: &'a [&'a Parameters]) -> Track<'a> {
    let duration = film.ticks_before(film.pictures.len());
    let begin = film.begin();
    let length = duration - film.ticks_before(film.lead);
    let edit = (begin > 0).then_some(Edit { delay: 0, begin, length });
    Track { content: Content::Video(entries), duration, edit }
}

fn sound_track<'a>(film: &Film, sound: &Sound<'a>) -> Track<'a> {
    let duration = sound.durations().map(u64::from).sum();
    let rate = u64::from(sound.format.rate());
    let ticks = |samples: u64| samples.saturating_mul(u64::from(TIMESCALE)) / rate;
    let begin = u64::try_from(-sound.start).unwrap_or(0);
    let delay = ticks(u64::try_from(sound.start).unwrap_or(0));
    let shown = film.ticks_before(film.pictures.len()) - film.ticks_before(film.lead);
    // The last packet may reach beyond the last picture.
    let length = ticks(duration - begin.min(duration)).min(shown.saturating_sub(delay));
    Track {
        content: Content::Sound(sound.format),
        duration,
        edit: Some(Edit { delay, begin, length }),
    }
}

/// The sample entries of the pictures.
struct Entries<'a> {
    segments: &'a [Index],
    /// Few cameras change their parameters even once.
    known: Vec<&'a Parameters>,
}

impl<'a> Entries<'a> {
    fn new(segments: &'a [Index], pictures: &[Chunk]) -> Self {
        let mut entries = Self { segments, known: Vec::new() };
        for chunk in pictures {
            if entries.number(chunk) > entries.known.len() {
                entries.known.push(&segments[chunk.slice.segment].parameters);
            }
        }
        entries
    }

    /// Of the entry for the pictures of `chunk`, counted from 1; one more than there are if it is not
    /// known.
    fn number(&self, chunk: &Chunk) -> usize {
        let wanted: &Parameters = &self.segments[chunk.slice.segment].parameters;
        let same = |known: &&Parameters| known.has_same_video(wanted);
        self.known.iter().position(same).unwrap_or(self.known.len()) + 1
    }

    /// For each chunk how often it is there, how many samples it has, and which sample entry.
    fn runs(&self, pictures: &[Chunk]) -> impl Iterator<Item = (u32, u32, usize)> {
        pictures.iter().map(|chunk| (chunk.times, chunk.samples, self.number(chunk)))
    }
}

/// 8.6.1.2: `stts`.
fn put_times(boxes: &mut Boxes, durations: impl Iterator<Item = u32>) {
    let steps = run_lengths(durations);
    boxes.full(*b"stts", 0, 0, |boxes| {
        boxes.count(steps.len());
        for (count, duration) in steps {
            boxes.u32s([count, duration]);
        }
    });
}

/// 8.6.1.3: `ctts`, where pictures are reordered.
fn put_compositions(boxes: &mut Boxes, pictures: &[Chosen]) {
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

/// 8.6.2: `stss`. Does not list the first that is shown if others are decoded before it, for players
/// would begin to decode with it.
fn put_keys(boxes: &mut Boxes, film: &Film) {
    let keys: Vec<u32> = (1..)
        .zip(film.pictures.iter().enumerate())
        .filter(|(_, (place, picture))| {
            picture.sample.kind == Kind::Key && (*place == 0 || *place != film.lead)
        })
        .map(|(number, _)| number)
        .collect();
    boxes.full(*b"stss", 0, 0, |boxes| {
        boxes.count(keys.len());
        boxes.u32s(keys);
    });
}

/// 8.7.3: `stsz`.
fn put_sizes(boxes: &mut Boxes, count: usize, sizes: impl Iterator<Item = u32>) {
    boxes.full(*b"stsz", 0, 0, |boxes| {
        boxes.u32(0);
        boxes.count(count);
        boxes.u32s(sizes);
    });
}

/// 8.7.4: `stsc`: from which chunk on a chunk has so many samples of which sample entry.
fn put_runs(boxes: &mut Boxes, runs: impl Iterator<Item = (u32, u32, usize)>) {
    let mut firsts: Vec<(u32, (u32, usize))> = runs
        .scan(1, |next: &mut u32, (times, samples, entry)| {
            let first = *next;
            *next = first.saturating_add(times);
            Some((first, (samples, entry)))
        })
        .collect();
    firsts.dedup_by_key(|(_, run)| *run);
    boxes.full(*b"stsc", 0, 0, |boxes| {
        boxes.count(firsts.len());
        for (first, (samples, entry)) in firsts {
            boxes.u32s([first, samples]);
            boxes.count(entry);
        }
    });
}

/// 8.7.5: `co64`, for now counted from the first of `slices`. Says where its offsets stand in the header,
/// and how many they are.
fn put_chunks(boxes: &mut Boxes, chunks: &[Chunk], slices: &[Slice]) -> (usize, usize) {
    let begins: Vec<u64> = slices
        .iter()
        .scan(0, |next, slice| {
            let begin = *next;
            *next += slice.length;
            Some(begin)
        })
        .collect();
    let count = chunks.iter().map(|chunk| narrow(chunk.times)).sum();
    boxes.full(*b"co64", 0, 0, |boxes| {
        boxes.count(count);
        for Chunk { slice: Slice { segment, offset, .. }, times, .. } in chunks {
            let begun = |slice: &Slice| (slice.segment, slice.offset) <= (*segment, *offset);
            let slice = slices.partition_point(begun).saturating_sub(1);
            for _ in 0..*times {
                boxes.u64(begins[slice] + (offset - slices[slice].offset));
            }
        }
    });
    (boxes.len() - 8 * count, count)
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
