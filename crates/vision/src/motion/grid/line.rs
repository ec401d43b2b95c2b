//! The last few frames, held back until it is known whether they are wanted.

use std::collections::VecDeque;
use std::time::Duration;

use watchpost_model::WallTime;

use super::coding::{Head, Pixels};
use crate::motion::judge::GAP;

/// How far before the first report a span reaches: a little more than a track remembers.
const REACH: Duration = Duration::from_millis(1600);
/// How many frames before it at least: a track remembers four places, however old, and may be out
/// of sight for two frames between any two of them.
const FEWEST: usize = 12;

/// A frame held back.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) head: Head,
    pub(super) pixels: Pixels,
    /// 255 times the square root of the share that moved.
    pub(super) level: u8,
}

/// Frames without a gap between, the oldest first: as many as a span may begin with, and those of
/// [`GAP`] before them, across which a judge would follow what was in the span before.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    frames: VecDeque<Held>,
    /// What their pixels take.
    bytes: usize,
}

impl Line {
    pub(super) fn push(&mut self, held: Held) {
        self.bytes += held.pixels.bytes();
        self.frames.push_back(held);
    }

    pub(super) fn pop(&mut self) -> Option<Held> {
        let held = self.frames.pop_front()?;
        self.bytes -= held.pixels.bytes();
        Some(held)
    }

    /// What the pixels of all take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The time of the oldest.
    pub(super) fn start(&self) -> Option<WallTime> {
        self.frames.front().map(|held| held.head.at)
    }

    /// How many of the oldest can be let go: those that no span will need.
    pub(super) fn spare(&self) -> usize {
        let Some(needed) = self.first_of_span().and_then(|first| self.frames.get(first)) else {
            return 0;
        };
        let is_spare = |held: &&Held| needed.head.at.since_or_zero(held.head.at) > GAP;
        self.frames.iter().take_while(is_spare).count()
    }

    /// How many of the oldest are not in the span that begins as the newest reports something,
    /// `kept` being the time of the last frame in the span before.
    pub(super) fn before_span(&self, kept: Option<WallTime>) -> usize {
        let Some(first) = self.first_of_span() else { return 0 };
        let is_near = |kept: WallTime| self.frames[first].head.at.since_or_zero(kept) <= GAP;
        if kept.is_some_and(is_near) { 0 } else { first }
    }

    fn first_of_span(&self) -> Option<usize> {
        let newest = self.frames.back()?.head.at;
        let few = self.frames.len().saturating_sub(FEWEST);
        let is_old = |held: &&Held| newest.since_or_zero(held.head.at) > REACH;
        Some(self.frames.iter().take_while(is_old).count().min(few))
    }
}
