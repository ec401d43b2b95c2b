//! Writing: the header, and a stretch of pictures and sound at a time.

use std::time::Duration;

use bytes::Bytes;
use watchpost_model::WallTime;

use super::boxes::{Boxes, DELTA_FLAGS, GRADUAL_FLAGS, KEY_FLAGS, SOUND_FLAGS};
use super::movie::{Content, Movie, Track, put_file_type};
use super::{NTP_EPOCH, SECOND, SOUND, VIDEO, samples_between, ticks_between};
use crate::numbers::wide;
use crate::picture::is_gradual;
use crate::{Kind, Parameters, Picture, Sound, SoundFormat};

/// What a header is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A file on disk.
    File,
    /// A stream without an end, for a browser's media source.
    Live,
}

/// The header before all fragments: `ftyp` and `moov`, with a track of sound if the parameters have
/// any.
///
/// It names no duration, for it is written first; a browser's media source takes that for a
/// stream without an end, and players add up the fragments of a file. It names `origin` in whole
/// seconds; the fragments tell it to the microsecond.
#[must_use]
pub fn init(parameters: &Parameters, origin: WallTime, purpose: Use) -> Bytes {
    let mut boxes = Boxes::with_capacity(2048 + wide(parameters.configuration().len()));
    match purpose {
        Use::File => put_file_type(&mut boxes, *b"iso6", &[*b"iso6", *b"mp41"]),
        Use::Live => put_file_type(&mut boxes, *b"iso6", &[*b"iso6", *b"cmfc", *b"mp41"]),
    }
    let video = [parameters];
    let contents = [Some(Content::Video(&video)), parameters.sound().map(Content::Sound)];
    let tracks: Vec<Track> = contents
        .into_iter()
        .flatten()
        .map(|content| Track { content, duration: 0, edit: None })
        .collect();
    let movie = Movie { created: origin, tracks: &tracks };
    movie.put(
        &mut boxes,
        |boxes, _| put_empty_tables(boxes),
        |boxes| {
            boxes.put(*b"mvex", |boxes| {
                for (number, _) in (VIDEO..).zip(&tracks) {
                    boxes.full(*b"trex", 0, 0, |boxes| boxes.u32s([number, 1, 0, 0, 0]));
                }
            });
        },
    );
    boxes.into_bytes()
}

/// A fragment: `prft` (who of the wall clock the first picture is), `moof` and `mdat`, in which the
/// sound stands behind the pictures.
///
/// All pictures need the [`Parameters`] of the header. The first begins at its time since
/// `origin`, whatever came before, so that a gap stays a gap; each lasts until the next, and the
/// last until `end`, but at least 1 tick of 1/90000 s and at most 13 h. Without pictures it is
/// empty.
///
/// Sound keeps its own times, which may lie a little before those of the pictures it came with. Sound
/// from before `origin` cannot be told and is left out. Behind it stands a silent packet, which no
/// table lists: clips fill gaps with it.
#[must_use]
pub fn fragment(sequence: u32, origin: WallTime, pictures: &[Picture], end: WallTime) -> Bytes {
    let Some(first) = pictures.first() else {
        return Bytes::new();
    };
    let reordered = pictures.iter().any(|picture| !picture.shown_after.is_zero());
    let sounds = sounds(origin, pictures, end);
    let video_length: u64 = pictures.iter().map(|picture| wide(data(picture).len())).sum();
    let sound_length: u64 = sounds.iter().map(|sound| wide(sound.data.len())).sum();
    let silence = first.parameters.sound().and_then(SoundFormat::silence).unwrap_or_default();
    let data_length = video_length + sound_length + wide(silence.len());
    let mdat_header: u32 = if data_length > u64::from(u32::MAX) - 8 { 16 } else { 8 };
    let sample_length = if reordered { 16 } else { 12 };
    let moof = MOOF_LENGTH
        + TRAF_LENGTH
        + sample_length * wide(pictures.len())
        + if sounds.is_empty() { 0 } else { TRAF_LENGTH + SOUND_LENGTH * wide(sounds.len()) };
    let whole = PRFT_LENGTH + moof + u64::from(mdat_header) + data_length;
    let mut boxes = Boxes::with_capacity(whole);

    let begin = u64::try_from(ticks_between(origin, first.time)).unwrap_or(0);
    put_wall_clock(&mut boxes, first.time, begin);
    boxes.put(*b"moof", |boxes| {
        boxes.full(*b"mfhd", 0, 0, |boxes| boxes.u32(sequence));
        let data_begin = moof + u64::from(mdat_header);
        let flags = if reordered { TRUN_FLAGS | TRUN_COMPOSITION } else { TRUN_FLAGS };
        put_traf(boxes, VIDEO, begin, flags, |boxes| {
            boxes.count(pictures.len());
            boxes.i32(i32::try_from(data_begin).unwrap_or(i32::MAX));
            for (picture, duration) in pictures.iter().zip(durations(pictures, end)) {
                boxes.u32(duration);
                boxes.count(data(picture).len());
                boxes.u32(flags_of(picture));
                if reordered {
                    boxes.i32(composition(picture));
                }
            }
        });
        if let (Some(format), Some(first)) = (first.parameters.sound(), sounds.first()) {
            let begin = samples_between(origin, first.time, format.rate());
            let begin = u64::try_from(begin).unwrap_or(0);
            put_traf(boxes, SOUND, begin, SOUND_TRUN_FLAGS, |boxes| {
                boxes.count(sounds.len());
                boxes.i32(i32::try_from(data_begin + video_length).unwrap_or(i32::MAX));
                for (sound, duration) in sounds.iter().zip(sound_durations(&sounds, format)) {
                    boxes.u32(duration);
                    boxes.count(sound.data.len());
                    boxes.u32(SOUND_FLAGS);
                }
            });
        }
    });
    if mdat_header == 16 {
        boxes.u32(1);
        boxes.bytes(b"mdat");
        boxes.u64(16 + data_length);
    } else {
        boxes.u32(u32::try_from(8 + data_length).unwrap_or(u32::MAX));
        boxes.bytes(b"mdat");
    }
    for picture in pictures {
        boxes.bytes(data(picture));
    }
    for sound in sounds {
        boxes.bytes(&sound.data);
    }
    boxes.bytes(silence);
    boxes.into_bytes()
}

/// Of `prft`.
const PRFT_LENGTH: u64 = 32;
/// Of `moof`, less its `traf`.
const MOOF_LENGTH: u64 = 8 + 16;
/// Of `traf`, less what it has for each sample.
const TRAF_LENGTH: u64 = 8 + 16 + 20 + 20;
/// What a `traf` has for each packet of sound.
const SOUND_LENGTH: u64 = 12;

/// 8.8.8.1: where the data begin, and for each picture its duration, size and flags,
pub(super) const TRUN_FLAGS: u32 = 0x1 | 0x100 | 0x200 | 0x400;
/// and how long after decoding it is shown.
pub(super) const TRUN_COMPOSITION: u32 = 0x800;
/// The same for sound, which is never reordered.
pub(super) const SOUND_TRUN_FLAGS: u32 = TRUN_FLAGS;

/// 8.8.6: `traf`, of which `run` writes the inside of its `trun`.
fn put_traf(boxes: &mut Boxes, track: u32, begin: u64, flags: u32, run: impl FnOnce(&mut Boxes)) {
    boxes.put(*b"traf", |boxes| {
        let default_base_is_moof = 0x02_0000;
        boxes.full(*b"tfhd", 0, default_base_is_moof, |boxes| boxes.u32(track));
        boxes.full(*b"tfdt", 1, 0, |boxes| boxes.u64(begin));
        boxes.full(*b"trun", 1, flags, run);
    });
}

/// The sound of `pictures` that can be told: from `origin` on, with growing times, and not far from them.
fn sounds(origin: WallTime, pictures: &[Picture], end: WallTime) -> Vec<&Sound> {
    let mut sounds: Vec<&Sound> = Vec::new();
    if pictures.first().is_none_or(|first| first.parameters.sound().is_none()) {
        return sounds;
    }
    let last = pictures.last().map_or(end, |last| last.time.max(end)) + AHEAD;
    for sound in pictures.iter().flat_map(|picture| &picture.sound) {
        let grows = sounds.last().is_none_or(|last| sound.time > last.time);
        let fits = !sound.data.is_empty() && wide(sound.data.len()) <= LONGEST_SOUND;
        if sound.time >= origin && sound.time <= last && grows && fits {
            sounds.push(sound);
        }
    }
    sounds
}

/// Sound that is further ahead of its pictures is of another clock.
const AHEAD: Duration = Duration::from_secs(10);

/// A packet of AAC is far shorter: 768 bytes a channel.
const LONGEST_SOUND: u64 = 1 << 16;

/// How long each packet lasts, in samples: until the next, so that a gap stays a gap; the last as
/// long as a packet does.
fn sound_durations(sounds: &[&Sound], format: &SoundFormat) -> impl Iterator<Item = u32> {
    let packet = i64::from(format.samples_per_packet());
    let rate = format.rate();
    let start = sounds.first().map(|first| first.time);
    let nexts = sounds.iter().skip(1).map(|next| Some(next.time)).chain([None]);
    let mut last = 0;
    nexts.map(move |next| {
        let next = match (start, next) {
            (Some(start), Some(next)) => samples_between(start, next, rate),
            _ => last + packet,
        };
        let next = next.clamp(last + 1, last + i64::from(u32::MAX));
        let duration = next - last;
        last = next;
        u32::try_from(duration).unwrap_or(u32::MAX)
    })
}

/// `sample_flags` of a picture.
fn flags_of(picture: &Picture) -> u32 {
    match picture.kind {
        Kind::Delta => DELTA_FLAGS,
        Kind::Key if is_gradual(picture.parameters.codec(), &picture.data) => GRADUAL_FLAGS,
        Kind::Key => KEY_FLAGS,
    }
}

/// 8.16.5: `moment` in UTC is `ticks` in the track.
fn put_wall_clock(boxes: &mut Boxes, moment: WallTime, ticks: u64) {
    let captured = 24;
    boxes.full(*b"prft", 1, captured, |boxes| {
        boxes.u32(1);
        boxes.u64(ntp(moment));
        boxes.u64(ticks);
    });
}

/// The 64-bit NTP time stamp: seconds since 1900 modulo 2^32, and fractions of 2^-32 s, rounded
/// up so that reading finds the same microsecond.
fn ntp(moment: WallTime) -> u64 {
    let micros = i128::from(moment.as_micros()) - i128::from(NTP_EPOCH);
    let second = i128::from(SECOND);
    let fraction = ((micros.rem_euclid(second) << 32) + second - 1) / second;
    let seconds = micros.div_euclid(second).rem_euclid(1 << 32);
    u64::try_from(seconds << 32 | fraction).unwrap_or(0)
}

/// How long each picture lasts, in ticks: the differences of rounded moments, so that no rounding
/// adds up.
fn durations(pictures: &[Picture], end: WallTime) -> impl Iterator<Item = u32> {
    let start = pictures.first().map_or(end, |first| first.time);
    let ends = pictures.iter().skip(1).map(|picture| picture.time).chain([end]);
    let mut last = 0;
    ends.map(move |end| {
        let next = ticks_between(start, end).max(last + 1).min(last + i64::from(u32::MAX));
        let duration = next - last;
        last = next;
        u32::try_from(duration).unwrap_or(u32::MAX)
    })
}

/// Ticks between decoding and showing; over 6 h are 6 h.
fn composition(picture: &Picture) -> i32 {
    let ticks = picture.shown_after.as_micros().saturating_mul(9) / 100;
    i32::try_from(ticks).unwrap_or(i32::MAX)
}

/// The bytes of a picture, as far as the format can tell their number: 4 GiB.
fn data(picture: &Picture) -> &[u8] {
    let all = &picture.data[..];
    let longest = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
    all.get(..longest).unwrap_or(all)
}

/// The sample tables of a file whose samples are all in fragments.
fn put_empty_tables(boxes: &mut Boxes) {
    boxes.full(*b"stts", 0, 0, |boxes| boxes.u32(0));
    boxes.full(*b"stsc", 0, 0, |boxes| boxes.u32(0));
    boxes.full(*b"stsz", 0, 0, |boxes| boxes.u32s([0, 0]));
    boxes.full(*b"stco", 0, 0, |boxes| boxes.u32(0));
}
