//! How a box is written: its length, its name, its inside.

use crate::numbers::narrow;

/// Boxes written so far.
#[derive(Debug)]
pub(super) struct Boxes(Vec<u8>);

/// `sample_flags` (8.8.3.1) of a picture that needs no other; of one with which decoding can begin, but
/// that is whole only some pictures later; and of one that needs others and is no place to begin.
pub(super) const KEY_FLAGS: u32 = 0x0200_0000;
pub(super) const GRADUAL_FLAGS: u32 = DEPENDS;
pub(super) const DELTA_FLAGS: u32 = DEPENDS | NON_SYNC;
/// Of a packet of sound, which needs no other.
pub(super) const SOUND_FLAGS: u32 = KEY_FLAGS;
/// What tells them apart: `sample_depends_on` others, and `sample_is_non_sync_sample`.
pub(super) const DEPENDS: u32 = 0x0100_0000;
pub(super) const NON_SYNC: u32 = 0x0001_0000;

impl Boxes {
    pub(super) fn with_capacity(bytes: u64) -> Self {
        Self(Vec::with_capacity(narrow(bytes)))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn into_bytes(self) -> bytes::Bytes {
        self.0.into()
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.0.extend(value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_be_bytes());
    }

    pub(super) fn u32s(&mut self, values: impl IntoIterator<Item = u32>) {
        for value in values {
            self.u32(value);
        }
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_be_bytes());
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.0.extend(value.to_be_bytes());
    }

    pub(super) fn zeros(&mut self, count: usize) {
        self.0.resize(self.0.len() + count, 0);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A number of entries. Tables of over 2^32 - 1 entries do not fit into memory.
    pub(super) fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Adds `sum` to each of `count` numbers of 64 bits that stand from `at` on.
    pub(super) fn add_to_u64s(&mut self, at: usize, count: usize, sum: u64) {
        for number in self.0[at..].as_chunks_mut::<8>().0.iter_mut().take(count) {
            *number = u64::from_be_bytes(*number).saturating_add(sum).to_be_bytes();
        }
    }

    /// A box that holds what `inside` writes: under 4 GiB, as is everything but `mdat`.
    pub(super) fn put(&mut self, name: [u8; 4], inside: impl FnOnce(&mut Self)) {
        let begin = self.0.len();
        self.u32(0);
        self.bytes(&name);
        inside(self);
        let length = u32::try_from(self.0.len() - begin).unwrap_or(u32::MAX);
        self.0[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// A box with a version and 24 bits of flags.
    pub(super) fn full(
        &mut self,
        name: [u8; 4],
        version: u8,
        flags: u32,
        inside: impl FnOnce(&mut Self),
    ) {
        self.put(name, |boxes| {
            boxes.u32(u32::from(version) << 24 | flags & 0x00ff_ffff);
            inside(boxes);
        });
    }
}
