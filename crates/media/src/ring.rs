//! The last moments of one stream, in memory.

use std::collections::VecDeque;
use std::time::Duration;

use watchpost_model::{ByteSize, WallTime};

use crate::numbers::wide;
use crate::{Kind, Picture};

/// The last moments of one stream, always beginning with a key picture.
///
/// Pictures come in decoding order; those before the first key picture are not taken. Whole
/// groups of pictures are dropped from the old end, so the ring may hold up to one group more
/// than its reach asks for (at the usual 2 s between key pictures and 8 Mbit/s: 2 MB). A group
/// that alone is over the limit of bytes is dropped too, with all that follows up to the next key
/// picture: without its beginning the rest is of no use.
#[derive(Debug)]
pub struct Ring {
    reach: Duration,
    limit: ByteSize,
    groups: VecDeque<Group>,
    /// Of all groups together.
    bytes: u64,
    /// Sum of all steps forward of the stream's clock. Steps back do not count, so that after
    /// the clock was set back groups still grow old.
    elapsed: Duration,
    last: Option<WallTime>,
}

/// A key picture and all that lean on it.
#[derive(Debug)]
struct Group {
    pictures: Vec<Picture>,
    bytes: u64,
    /// When it begins.
    start: WallTime,
    /// What [`Ring::elapsed`] was then.
    elapsed: Duration,
}

impl Ring {
    /// A ring that holds at least the last `reach` of the stream, as far as `limit` allows.
    #[must_use]
    pub fn new(reach: Duration, limit: ByteSize) -> Self {
        Self {
            reach,
            limit,
            groups: VecDeque::new(),
            bytes: 0,
            elapsed: Duration::ZERO,
            last: None,
        }
    }

    /// Takes the next picture in decoding order, and lets go of what is no longer needed.
    pub fn push(&mut self, picture: Picture) {
        if let Some(last) = self.last.replace(picture.time) {
            self.elapsed = self.elapsed.saturating_add(picture.time.since_or_zero(last));
        }
        if picture.kind == Kind::Key {
            self.groups.push_back(Group {
                pictures: Vec::new(),
                bytes: 0,
                start: picture.time,
                elapsed: self.elapsed,
            });
        }
        let Some(newest) = self.groups.back_mut() else {
            return;
        };
        let heard = picture.sound.iter().map(|sound| sound.data.len()).sum();
        let bytes = wide(picture.data.len()).saturating_add(wide(heard));
        newest.bytes += bytes;
        newest.pictures.push(picture);
        self.bytes += bytes;
        while self.can_spare_oldest() || self.bytes > self.limit.as_bytes() {
            match self.groups.pop_front() {
                Some(oldest) => self.bytes -= oldest.bytes,
                None => break,
            }
        }
    }

    /// The pictures from the last key picture at or before `moment` on, in decoding order; from
    /// the first in the ring if that is later.
    ///
    /// Never from before the clock was last set back, so that times rise.
    pub fn since(&self, moment: WallTime) -> impl Iterator<Item = &Picture> {
        let newer = self.groups.iter().rev().zip(self.groups.iter().rev().skip(1));
        let older =
            newer.take_while(|(group, older)| group.start > moment && older.start <= group.start);
        let first = self.groups.len().saturating_sub(1).saturating_sub(older.count());
        self.groups.range(first..).flat_map(|group| &group.pictures)
    }

    /// The encoded pictures and sound held, in bytes.
    #[must_use]
    pub fn bytes(&self) -> ByteSize {
        ByteSize::from_bytes(self.bytes)
    }

    /// Forgets everything, as when the stream broke off.
    pub fn clear(&mut self) {
        self.groups.clear();
        self.bytes = 0;
        self.last = None;
    }

    /// Asks what would be left, not how long the oldest group is: after a reconnect some cameras
    /// send a group of no length.
    fn can_spare_oldest(&self) -> bool {
        self.groups
            .get(1)
            .is_some_and(|second| self.elapsed.saturating_sub(second.elapsed) >= self.reach)
    }
}

#[cfg(test)]
mod tests;
