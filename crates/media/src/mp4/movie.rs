//! The header of any file: `ftyp` and `moov` with a track of pictures and, perhaps, one of sound.

use watchpost_model::WallTime;

use super::boxes::Boxes;
use super::{MP4_EPOCH, SECOND, SOUND, TIMESCALE, VIDEO};
use crate::{Codec, Parameters, SoundFormat};

/// What a `moov` says.
pub(super) struct Movie<'a> {
    /// Recorded when, told in whole seconds.
    pub(super) created: WallTime,
    /// The pictures first, then the sound.
    pub(super) tracks: &'a [Track<'a>],
}

/// What a `trak` says.
pub(super) struct Track<'a> {
    pub(super) content: Content<'a>,
    /// In ticks of the track; 0 where the fragments say it.
    pub(super) duration: u64,
    /// What of it is played, if not simply all.
    pub(super) edit: Option<Edit>,
}

/// What a track holds.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    /// One for each sample entry; of the first, the track has its size.
    Video(&'a [&'a Parameters]),
    Sound(&'a SoundFormat),
}

/// What of a track is played: 8.6.6.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    /// In ticks of the movie, before it is played at all.
    pub(super) delay: u64,
    /// In ticks of the track, from its start to where playing begins.
    pub(super) begin: u64,
    /// For how long, in ticks of the movie; 0 where the fragments say it.
    pub(super) length: u64,
}

/// No turning and no scaling, 6.2.2.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

impl Movie<'_> {
    /// Writes `moov`. `tables` writes the sample tables of a track behind its sample entries, `rest`
    /// what follows the tracks.
    pub(super) fn put(
        &self,
        boxes: &mut Boxes,
        mut tables: impl FnMut(&mut Boxes, Content),
        rest: impl FnOnce(&mut Boxes),
    ) {
        let created = seconds_since_1904(self.created);
        boxes.put(*b"moov", |boxes| {
            boxes.full(*b"mvhd", 1, 0, |boxes| {
                boxes.u64(created);
                boxes.u64(created);
                boxes.u32(TIMESCALE);
                boxes.u64(self.tracks.iter().map(Track::length).max().unwrap_or(0));
                boxes.u32(0x1_0000); // Plays at its own speed,
                boxes.u16(0x100); // at full volume.
                boxes.zeros(10);
                boxes.u32s(MATRIX);
                boxes.zeros(24);
                let highest = self.tracks.iter().map(|track| track.content.number()).max();
                boxes.u32(highest.unwrap_or(0) + 1); // The next track, were there one.
            });
            for track in self.tracks {
                track.put(boxes, created, |boxes| tables(boxes, track.content));
            }
            rest(boxes);
        });
    }
}

impl Track<'_> {
    /// For how long it plays, in ticks of the movie; 0 where the fragments say it.
    fn length(&self) -> u64 {
        match &self.edit {
            Some(edit) => edit.delay + edit.length,
            None => rescaled(self.duration, self.content.timescale()),
        }
    }

    fn put(&self, boxes: &mut Boxes, created: u64, tables: impl FnOnce(&mut Boxes)) {
        boxes.put(*b"trak", |boxes| {
            let enabled_and_in_movie = 3;
            boxes.full(*b"tkhd", 1, enabled_and_in_movie, |boxes| {
                boxes.u64(created);
                boxes.u64(created);
                boxes.u32(self.content.number());
                boxes.zeros(4);
                boxes.u64(self.length());
                boxes.zeros(12); // Layer and group: none.
                let (volume, width, height) = match self.content {
                    Content::Video(entries) => entries
                        .first()
                        .map_or((0, 0, 0), |first| (0, first.width(), first.height())),
                    Content::Sound(_) => (0x100, 0, 0),
                };
                boxes.u16(volume);
                boxes.zeros(2);
                boxes.u32s(MATRIX);
                boxes.u32(u32::from(width) << 16);
                boxes.u32(u32::from(height) << 16);
            });
            if let Some(edit) = self.edit {
                boxes.put(*b"edts", |boxes| {
                    boxes.full(*b"elst", 1, 0, |boxes| {
                        boxes.u32(if edit.delay > 0 { 2 } else { 1 });
                        if edit.delay > 0 {
                            boxes.u64(edit.delay);
                            boxes.u64(u64::MAX); // Nothing: -1.
                            boxes.u32(0x1_0000);
                        }
                        boxes.u64(edit.length);
                        boxes.u64(edit.begin);
                        boxes.u32(0x1_0000);
                    });
                });
            }
            boxes.put(*b"mdia", |boxes| self.put_media(boxes, created, tables));
        });
    }

    fn put_media(&self, boxes: &mut Boxes, created: u64, tables: impl FnOnce(&mut Boxes)) {
        boxes.full(*b"mdhd", 1, 0, |boxes| {
            boxes.u64(created);
            boxes.u64(created);
            boxes.u32(self.content.timescale());
            boxes.u64(self.duration);
            boxes.u16(0x55c4); // Language: "und".
            boxes.zeros(2);
        });
        let (handler, name): (&[u8; 4], &[u8]) = match self.content {
            Content::Video(_) => (b"vide", b"video\0"),
            Content::Sound(_) => (b"soun", b"sound\0"),
        };
        boxes.full(*b"hdlr", 0, 0, |boxes| {
            boxes.zeros(4);
            boxes.bytes(handler);
            boxes.zeros(12);
            boxes.bytes(name);
        });
        boxes.put(*b"minf", |boxes| {
            match self.content {
                Content::Video(_) => boxes.full(*b"vmhd", 0, 1, |boxes| boxes.zeros(8)),
                Content::Sound(_) => boxes.full(*b"smhd", 0, 0, |boxes| boxes.zeros(4)),
            }
            boxes.put(*b"dinf", |boxes| {
                boxes.full(*b"dref", 0, 0, |boxes| {
                    boxes.u32(1);
                    let in_this_file = 1;
                    boxes.full(*b"url ", 0, in_this_file, |_| {});
                });
            });
            boxes.put(*b"stbl", |boxes| {
                boxes.full(*b"stsd", 0, 0, |boxes| match self.content {
                    Content::Video(entries) => {
                        boxes.count(entries.len());
                        for parameters in entries {
                            put_video_entry(boxes, parameters);
                        }
                    }
                    Content::Sound(format) => {
                        boxes.u32(1);
                        put_sound_entry(boxes, format);
                    }
                });
                tables(boxes);
            });
        });
    }
}

impl Content<'_> {
    fn number(self) -> u32 {
        match self {
            Content::Video(_) => VIDEO,
            Content::Sound(_) => SOUND,
        }
    }

    /// Ticks in a second.
    fn timescale(self) -> u32 {
        match self {
            Content::Video(_) => TIMESCALE,
            Content::Sound(format) => format.rate(),
        }
    }
}

/// `ticks` of `timescale` in ticks of the movie, rounded up.
fn rescaled(ticks: u64, timescale: u32) -> u64 {
    let scaled = u128::from(ticks) * u128::from(TIMESCALE);
    u64::try_from(scaled.div_ceil(timescale.max(1).into())).unwrap_or(u64::MAX)
}

/// 12.1.3, and 14496-15 5.4.2 and 8.4.1: `avc1` and `hvc1`, parameter sets only here. For Motion
/// JPEG 14496-14, 5.6: `mp4v`.
fn put_video_entry(boxes: &mut Boxes, parameters: &Parameters) {
    let entry = match parameters.codec() {
        Codec::H264 => *b"avc1",
        Codec::H265 => *b"hvc1",
        Codec::Mjpeg => *b"mp4v",
    };
    boxes.put(entry, |boxes| {
        boxes.zeros(6);
        boxes.u16(1); // In this file, as dref says.
        boxes.zeros(16);
        boxes.u16(parameters.width());
        boxes.u16(parameters.height());
        boxes.u32s([0x48_0000, 0x48_0000, 0]); // 72 dots an inch.
        boxes.u16(1);
        boxes.zeros(32); // The compressor's name.
        boxes.u16(24); // Bits a pixel: in colour, opaque.
        boxes.u16(0xffff);
        let record = |boxes: &mut Boxes| boxes.bytes(parameters.configuration());
        match parameters.codec() {
            Codec::H264 => boxes.put(*b"avcC", record),
            Codec::H265 => boxes.put(*b"hvcC", record),
            Codec::Mjpeg => put_stream(boxes, JPEG, 4, &[]),
        }
    });
}

/// 12.2.3 and 14496-14, 5.6: `mp4a`.
fn put_sound_entry(boxes: &mut Boxes, format: &SoundFormat) {
    boxes.put(*b"mp4a", |boxes| {
        boxes.zeros(6);
        boxes.u16(1); // In this file, as dref says.
        boxes.zeros(8);
        boxes.u16(format.channels().into());
        boxes.u16(16); // Bits a sample, as the format wants it said.
        boxes.zeros(4);
        // 16.16, which ends at 65 535 Hz; the esds tells it anyway.
        boxes.u32(u32::from(u16::try_from(format.rate()).unwrap_or(0)) << 16);
        put_stream(boxes, AAC, 5, format.configuration());
    });
}

/// `objectTypeIndication` (mp4ra.org): "Audio ISO/IEC 14496-3" and "Visual ISO/IEC 10918-1".
pub(super) const AAC: u8 = 0x40;
pub(super) const JPEG: u8 = 0x6c;

/// 14496-14, 5.6, and 14496-1, 7.2.6: `esds`. `stream` is 4 for pictures and 5 for sound.
fn put_stream(boxes: &mut Boxes, object: u8, stream: u8, configuration: &[u8]) {
    /// A descriptor, its length in one byte if that is enough.
    fn descriptor(tag: u8, inside: &[u8]) -> Vec<u8> {
        let mut whole = vec![tag];
        let length = inside.len();
        let groups = (1..4).take_while(|group| length >> (7 * group) > 0).count();
        for group in (0..=groups).rev() {
            let more = if group > 0 { 0x80 } else { 0 };
            whole.push(more | u8::try_from(length >> (7 * group) & 0x7f).unwrap_or(0));
        }
        whole.extend_from_slice(inside);
        whole
    }
    let mut decoder = vec![object, stream << 2 | 1];
    decoder.extend([0; 11]); // Of no known size and rate.
    if !configuration.is_empty() {
        decoder.extend(descriptor(5, configuration));
    }
    let mut inside = vec![0, 0, 0];
    inside.extend(descriptor(4, &decoder));
    inside.extend(descriptor(6, &[2])); // As MP4 wants it.
    boxes.full(*b"esds", 0, 0, |boxes| boxes.bytes(&descriptor(3, &inside)));
}

/// `ftyp`, 4.3.
pub(super) fn put_file_type(boxes: &mut Boxes, major: [u8; 4], compatible: &[[u8; 4]]) {
    boxes.put(*b"ftyp", |boxes| {
        boxes.bytes(&major);
        boxes.u32(0);
        for brand in compatible {
            boxes.bytes(brand);
        }
    });
}

/// Whole seconds; moments before 1904 are 1904.
fn seconds_since_1904(moment: WallTime) -> u64 {
    let seconds = moment.as_micros().saturating_sub(MP4_EPOCH).div_euclid(SECOND);
    u64::try_from(seconds).unwrap_or(0)
}
