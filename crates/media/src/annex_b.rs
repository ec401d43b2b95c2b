//! NAL units behind start codes (Rec. ITU-T H.264, annex B, and H.265, annex B): what `rpicam-vid`,
//! V4L2 and decoders speak.

pub(crate) mod sets;

use std::sync::Arc;

use bytes::Bytes;

use self::sets::Sets;
use crate::picture::nals;
use crate::{Codec, Kind, Parameters, is_key};

/// One picture as it came, without a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    /// What a decoder must know beforehand.
    pub parameters: Arc<Parameters>,
    /// NAL units without parameter sets, delimiters and filler, each behind its length in 4 bytes.
    pub data: Bytes,
    /// Whether decoding can begin here.
    pub kind: Kind,
}

/// Cuts a byte stream into pictures.
///
/// Holds at most 8 MiB of a picture not yet ended and as much of a NAL unit not yet ended; what
/// is larger is garbage, is dropped and counted. Pictures before the first parameter sets are
/// dropped too.
#[derive(Debug)]
pub struct Splitter {
    codec: Codec,
    /// What came and is not cut yet. Within a NAL unit, begins behind its start code.
    rest: Vec<u8>,
    /// Whether a start code has been seen.
    within: bool,
    /// How much of `rest` has been searched for start codes.
    searched: usize,
    /// The picture begun, as [`AccessUnit::data`].
    unit: Vec<u8>,
    /// Whether the picture begun has a slice yet.
    has_slice: bool,
    sets: Sets,
    dropped: u64,
}

/// Bytes that a picture, or a NAL unit, may have. Level 6.2 allows more, but no camera sends it.
const LIMIT: usize = 8 << 20;

const START_CODE: [u8; 3] = [0, 0, 1];

/// What a NAL unit means for where pictures begin and end: H.264 7.4.1.2.3, H.265 7.4.2.4.4.
enum Role {
    /// The first slice of a picture.
    FirstSlice,
    /// Another slice of it.
    Slice,
    /// A parameter set; a picture begins at or behind it.
    Set,
    /// A delimiter, of no use behind lengths; a picture begins at it.
    Delimiter,
    /// Such as SEI for the picture to come.
    Before,
    /// Belongs to the picture begun.
    Within,
    /// Of no use: filler, or no NAL unit at all.
    Filler,
}

impl Splitter {
    /// A splitter that has seen nothing yet. In Motion JPEG, which has no NAL units, it finds nothing.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self {
            codec,
            rest: Vec::new(),
            within: false,
            searched: 0,
            unit: Vec::new(),
            has_slice: false,
            sets: Sets::new(codec),
            dropped: 0,
        }
    }

    /// Takes the next bytes of the stream and gives the pictures that ended with them.
    ///
    /// A picture ends where the next begins, so the newest is always one picture late.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<AccessUnit> {
        let mut units = Vec::new();
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend_from_slice(bytes);
        let mut begin = 0;
        while let Some(at) = find_start_code(&rest, self.searched) {
            if self.within {
                units.extend(self.take(without_trailing_zeros(&rest[begin..at])));
            }
            self.within = true;
            begin = at + START_CODE.len();
            self.searched = begin;
        }
        if !self.within {
            begin = rest.len().saturating_sub(2); // A start code may have begun.
        }
        rest.drain(..begin);
        if rest.len() > LIMIT {
            self.drop_unit();
            self.within = false;
            rest.drain(..rest.len() - 2);
        }
        self.searched = rest.len().saturating_sub(2);
        self.rest = rest;
        units
    }

    /// Gives what is left, one picture or two, as the stream has ended. Whatever comes then must
    /// begin with a start code.
    pub fn finish(&mut self) -> Vec<AccessUnit> {
        let rest = std::mem::take(&mut self.rest);
        self.searched = 0;
        let mut units = Vec::new();
        if std::mem::take(&mut self.within) {
            units.extend(self.take(without_trailing_zeros(&rest)));
        }
        units.extend(self.end_unit());
        units
    }

    /// How many pictures were dropped, for being too large or without parameter sets.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes one NAL unit; gives the picture that ended before it.
    fn take(&mut self, nal: &[u8]) -> Option<AccessUnit> {
        let role = role(self.codec, nal);
        let begins = matches!(role, Role::FirstSlice | Role::Set | Role::Delimiter | Role::Before);
        let ended = if begins && self.has_slice { self.end_unit() } else { None };
        match role {
            Role::FirstSlice => {
                self.has_slice = true;
                self.append(nal);
            }
            Role::Slice | Role::Within if self.has_slice => self.append(nal),
            Role::Before => self.append(nal),
            Role::Set => self.sets.put(nal),
            Role::Slice | Role::Within | Role::Delimiter | Role::Filler => {}
        }
        ended
    }

    fn append(&mut self, nal: &[u8]) {
        match u32::try_from(nal.len()) {
            Ok(length) if self.unit.len() + nal.len() <= LIMIT => {
                self.unit.extend(length.to_be_bytes());
                self.unit.extend_from_slice(nal);
            }
            _ => self.drop_unit(),
        }
    }

    fn drop_unit(&mut self) {
        self.dropped += u64::from(self.has_slice);
        self.has_slice = false;
        self.unit.clear();
    }

    fn end_unit(&mut self) -> Option<AccessUnit> {
        if !std::mem::replace(&mut self.has_slice, false) {
            return None;
        }
        let data = Bytes::from(std::mem::take(&mut self.unit));
        let Some(parameters) = self.sets.parameters() else {
            self.dropped += 1;
            return None;
        };
        let kind = if is_key(self.codec, &data) { Kind::Key } else { Kind::Delta };
        Some(AccessUnit { parameters, data, kind })
    }
}

/// `stream` (NAL units behind start codes) with each NAL unit behind its length in 4 bytes. What
/// stands before the first start code is dropped.
#[must_use]
pub fn to_lengths(stream: &[u8]) -> Bytes {
    let mut data = Vec::with_capacity(stream.len() + 16);
    let mut next = find_start_code(stream, 0);
    while let Some(at) = next {
        let begin = at + START_CODE.len();
        next = find_start_code(stream, begin);
        let nal = without_trailing_zeros(&stream[begin..next.unwrap_or(stream.len())]);
        if let (Ok(length), false) = (u32::try_from(nal.len()), nal.is_empty()) {
            data.extend(length.to_be_bytes());
            data.extend_from_slice(nal);
        }
    }
    data.into()
}

/// `data` (NAL units, each behind its length in 4 bytes) with each NAL unit behind a start code of
/// 4 bytes, and so of the same length. Ends where a length reaches beyond the end.
#[must_use]
pub fn to_start_codes(data: &[u8]) -> Bytes {
    let mut stream = Vec::with_capacity(data.len());
    for nal in nals(data) {
        stream.extend([0, 0, 0, 1]);
        stream.extend_from_slice(nal);
    }
    stream.into()
}

fn role(codec: Codec, nal: &[u8]) -> Role {
    let Some(kind) = codec.nal_type(nal).filter(|_| nal[0] & 0x80 == 0) else {
        return Role::Filler; // The highest bit is always zero: this is garbage.
    };
    match codec {
        Codec::Mjpeg => Role::Filler, // Has no NAL units.
        Codec::H264 => match kind {
            // first_mb_in_slice is 0: a single bit 1.
            1 | 2 | 5 if nal.get(1).is_some_and(|byte| byte & 0x80 != 0) => Role::FirstSlice,
            1..=5 => Role::Slice,
            7 | 8 => Role::Set,
            9 => Role::Delimiter,
            6 | 14..=18 => Role::Before,
            10 | 11 | 19..=21 => Role::Within,
            _ => Role::Filler,
        },
        Codec::H265 => match kind {
            0..=31 if nal.get(2).is_some_and(|byte| byte & 0x80 != 0) => Role::FirstSlice,
            0..=31 => Role::Slice,
            32..=34 => Role::Set,
            35 => Role::Delimiter,
            39 | 41..=44 | 48..=55 => Role::Before,
            36 | 37 | 40 | 45..=47 | 56..=63 => Role::Within,
            _ => Role::Filler,
        },
    }
}

/// Where the first start code at or behind `from` begins: its two zeros and its one.
fn find_start_code(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some([first, second, third]) = bytes.get(at..at + 3) {
        match (first, second, third) {
            (0, 0, 1) => return Some(at),
            (_, _, 2..) => at += 3, // No start code has such a byte.
            (_, 1.., _) => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// No NAL unit ends with a zero: those belong to the next start code, or fill up.
fn without_trailing_zeros(nal: &[u8]) -> &[u8] {
    let end = nal.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &nal[..end]
}

#[cfg(test)]
mod tests;
