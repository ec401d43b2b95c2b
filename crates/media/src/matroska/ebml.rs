//! Elements of EBML: an ID, a size, an inside.

use super::MatroskaError;
use crate::numbers::narrow;

/// Element IDs: RFC 9559, 5.1, and RFC 8794, 11.2.
pub(super) mod id {
    pub(in crate::matroska) const EBML: u32 = 0x1a45_dfa3;
    pub(in crate::matroska) const SEGMENT: u32 = 0x1853_8067;
    pub(in crate::matroska) const INFO: u32 = 0x1549_a966;
    pub(in crate::matroska) const TIMESTAMP_SCALE: u32 = 0x002a_d7b1;
    pub(in crate::matroska) const TRACKS: u32 = 0x1654_ae6b;
    pub(in crate::matroska) const TRACK_ENTRY: u32 = 0xae;
    pub(in crate::matroska) const TRACK_NUMBER: u32 = 0xd7;
    pub(in crate::matroska) const TRACK_TYPE: u32 = 0x83;
    pub(in crate::matroska) const CODEC_ID: u32 = 0x86;
    pub(in crate::matroska) const CODEC_PRIVATE: u32 = 0x63a2;
    pub(in crate::matroska) const CONTENT_ENCODINGS: u32 = 0x6d80;
    pub(in crate::matroska) const CLUSTER: u32 = 0x1f43_b675;
    pub(in crate::matroska) const TIMESTAMP: u32 = 0xe7;
    pub(in crate::matroska) const SIMPLE_BLOCK: u32 = 0xa3;
    pub(in crate::matroska) const BLOCK_GROUP: u32 = 0xa0;
    pub(in crate::matroska) const BLOCK: u32 = 0xa1;
}

/// Bytes that a picture may have, as in the messages to a decode worker.
const LONGEST_BLOCK: u64 = 32 << 20;
/// Bytes that the description of the stream may have.
const LONGEST_HEAD: u64 = 1 << 20;
/// The head of an element.
pub(super) struct Head {
    pub(super) id: u32,
    /// Of its inside, in bytes; `None` if it is not known.
    pub(super) size: Option<u64>,
    /// Of the head itself, in bytes.
    pub(super) length: usize,
}

impl Head {
    /// `None` if `bytes` end before.
    pub(super) fn read(bytes: &[u8], offset: u64) -> Result<Option<Self>, MatroskaError> {
        let garbled = |what| MatroskaError::Garbled { offset, what };
        let Some(first) = bytes.first() else { return Ok(None) };
        let id_length = narrow(first.leading_zeros()) + 1;
        if id_length > 4 {
            return Err(garbled("no element"));
        }
        let Some(id) = bytes.get(..id_length) else { return Ok(None) };
        let id = id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        if offset == 0 && id != id::EBML {
            return Err(garbled("no EBML header"));
        }
        let Some(first) = bytes.get(id_length) else { return Ok(None) };
        let size_length = narrow(first.leading_zeros()) + 1;
        if size_length > 8 {
            return Err(garbled("an element without a size"));
        }
        let length = id_length + size_length;
        let Some(size) = bytes.get(id_length..length) else { return Ok(None) };
        Ok(Some(Self { id, size: variable(size), length }))
    }

    /// Whether only its inside counts: elements follow, the size of the whole does not matter.
    pub(super) fn is_only_passed(&self) -> bool {
        matches!(self.id, id::SEGMENT | id::CLUSTER | id::BLOCK_GROUP)
    }

    /// How large it may be, if it must be whole; all others are skipped.
    pub(super) fn longest(&self) -> Option<u64> {
        match self.id {
            id::SIMPLE_BLOCK | id::BLOCK => Some(LONGEST_BLOCK),
            id::INFO | id::TRACKS | id::TIMESTAMP => Some(LONGEST_HEAD),
            _ => None,
        }
    }

    pub(super) fn known_size(&self, offset: u64) -> Result<u64, MatroskaError> {
        let what = "an element of unknown size that is no cluster";
        self.size.ok_or(MatroskaError::Garbled { offset, what })
    }
}

/// A number of 1 to 8 bytes, the first of which tells how many they are: RFC 8794, 4. `None` if all its
/// bits are set, which means that it is not known.
fn variable(bytes: &[u8]) -> Option<u64> {
    let bits = u32::try_from(7 * bytes.len()).ok()?;
    let mask = (1_u64 << bits) - 1;
    let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)) & mask;
    (number != mask).then_some(number)
}

/// The track of a block, and what stands behind.
pub(super) fn track_number(block: &[u8]) -> Option<(u64, &[u8])> {
    let length = narrow(block.first()?.leading_zeros()) + 1;
    let (number, behind) = block.split_at_checked(length).filter(|_| length <= 8)?;
    Some((variable(number)?, behind))
}

/// An unsigned number, big-endian, of at most 8 bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The elements in `inside`, up to where they make no sense.
pub(super) fn children(mut inside: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let head = Head::read(inside, 1).ok()??; // Not at the start of a stream.
        let (child, rest) = inside.get(head.length..)?.split_at_checked(narrow(head.size?))?;
        inside = rest;
        Some((head.id, child))
    })
}
