//! The header of any file: `ftyp` and `moov` with one track.

use watchpost_model::WallTime;

use super::boxes::Boxes;
use super::{MP4_EPOCH, SECOND, TIMESCALE};
use crate::{Codec, Parameters};

/// What a `moov` says.
pub(super) struct Movie<'a> {
    /// Recorded when, told in whole seconds.
    pub(super) created: WallTime,
    /// In ticks; 0 where the fragments say it.
    pub(super) duration: u64,
    /// Ticks from the track's start to where playing begins: when its first picture is shown.
    pub(super) begin: u32,
    /// One for each sample entry; of the first, the track has its size.
    pub(super) parameters: &'a [&'a Parameters],
}

/// No turning and no scaling, 6.2.2.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

impl Movie<'_> {
    /// Writes `moov`. `tables` writes the sample tables behind the sample entries, `rest` what
    /// follows the track.
    pub(super) fn put(
        &self,
        boxes: &mut Boxes,
        tables: impl FnOnce(&mut Boxes),
        rest: impl FnOnce(&mut Boxes),
    ) {
        let created = seconds_since_1904(self.created);
        let (width, height) =
            self.parameters.first().map_or((0, 0), |first| (first.width(), first.height()));
        boxes.put(*b"moov", |boxes| {
            boxes.full(*b"mvhd", 1, 0, |boxes| {
                boxes.u64(created);
                boxes.u64(created);
                boxes.u32(TIMESCALE);
                boxes.u64(self.duration);
                boxes.u32(0x1_0000); // Plays at its own speed,
                boxes.u16(0x100); // at full volume.
                boxes.zeros(10);
                boxes.u32s(MATRIX);
                boxes.zeros(24);
                boxes.u32(2); // The next track, were there one.
            });
            boxes.put(*b"trak", |boxes| {
                let enabled_and_in_movie = 3;
                boxes.full(*b"tkhd", 1, enabled_and_in_movie, |boxes| {
                    boxes.u64(created);
                    boxes.u64(created);
                    boxes.u32(1); // Its number.
                    boxes.zeros(4);
                    boxes.u64(self.duration);
                    boxes.zeros(16); // Layer, group, volume: none.
                    boxes.u32s(MATRIX);
                    boxes.u32(u32::from(width) << 16);
                    boxes.u32(u32::from(height) << 16);
                });
                if self.begin > 0 {
                    self.put_edit(boxes);
                }
                boxes.put(*b"mdia", |boxes| self.put_media(boxes, created, tables));
            });
            rest(boxes);
        });
    }

    /// 8.6.6: begins playing where the first picture is shown, not where it is decoded.
    fn put_edit(&self, boxes: &mut Boxes) {
        boxes.put(*b"edts", |boxes| {
            boxes.full(*b"elst", 1, 0, |boxes| {
                boxes.u32(1);
                boxes.u64(self.duration);
                boxes.u64(self.begin.into());
                boxes.u32(0x1_0000);
            });
        });
    }

    fn put_media(&self, boxes: &mut Boxes, created: u64, tables: impl FnOnce(&mut Boxes)) {
        boxes.full(*b"mdhd", 1, 0, |boxes| {
            boxes.u64(created);
            boxes.u64(created);
            boxes.u32(TIMESCALE);
            boxes.u64(self.duration);
            boxes.u16(0x55c4); // Language: "und".
            boxes.zeros(2);
        });
        boxes.full(*b"hdlr", 0, 0, |boxes| {
            boxes.zeros(4);
            boxes.bytes(b"vide");
            boxes.zeros(12);
            boxes.bytes(b"video\0");
        });
        boxes.put(*b"minf", |boxes| {
            boxes.full(*b"vmhd", 0, 1, |boxes| boxes.zeros(8));
            boxes.put(*b"dinf", |boxes| {
                boxes.full(*b"dref", 0, 0, |boxes| {
                    boxes.u32(1);
                    let in_this_file = 1;
                    boxes.full(*b"url ", 0, in_this_file, |_| {});
                });
            });
            boxes.put(*b"stbl", |boxes| {
                boxes.full(*b"stsd", 0, 0, |boxes| {
                    boxes.count(self.parameters.len());
                    for parameters in self.parameters {
                        put_sample_entry(boxes, parameters);
                    }
                });
                tables(boxes);
            });
        });
    }
}

/// 12.1.3, and 14496-15 5.4.2 and 8.4.1: `avc1` and `hvc1`, parameter sets only here.
fn put_sample_entry(boxes: &mut Boxes, parameters: &Parameters) {
    let (entry, configuration) = match parameters.codec() {
        Codec::H264 => (*b"avc1", *b"avcC"),
        Codec::H265 => (*b"hvc1", *b"hvcC"),
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
        boxes.put(configuration, |boxes| boxes.bytes(parameters.configuration()));
    });
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
