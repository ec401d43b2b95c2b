//! Keeps the evidence of past days, so that it can be judged again by other settings.
//!
//! Frames are kept in spans around whatever travels, be it at the lowest sensitivity or at the
//! highest: [`Writer`] asks judges of its own, and the live one. A span reaches back as far as a
//! track remembers and on for 2 s. Of the time between only that it passed is kept. A [`Judge`]
//! that is given the frames of [`read`] therefore says what it would have said live, with these
//! exceptions:
//!
//! * what travels only by settings for travel, speed or straightness that are laxer than the
//!   default and than those of the camera at that time;
//! * the time something had been in a zone, or had stood, before it went: it counts from the
//!   beginning of the span;
//! * which of two tracks goes on with a shape, where several are close together as a span begins;
//! * where the wall clock was set, or ran otherwise than the camera's own;
//! * frames of a storm: see [`Detail`].
//!
//! # The bytes of a grid
//!
//! Numbers are unsigned and written seven bits to a byte, the lowest first, with the eighth bit set
//! in all bytes but the last (LEB128), unless told otherwise.
//!
//! | bytes | what |
//! |---|---|
//! | 5 | `grid` and the version, 1 |
//! | 8 | the page's start: microseconds since 1970, signed, lowest byte first |
//! | 1 | the least detail in it: whole (0), plain (1), nothing (2); see [`Frames::detail`] |
//! | number | width of the frames in pixels |
//! | number | height; both at least 1, and at most 4 194 304 pixels in all |
//! | number | bytes of the first part |
//! | number | bytes of the second part |
//! | | first part: the frames, see below |
//! | | second part: the strength of each pixel that is kept, a byte of 0 to 17 |
//! | | third part, up to the end: the difference of each pixel that is kept, a byte |
//!
//! A frame in the first part:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | bits 0 and 1: the background is known (0), being learnt (1), taken from this frame (2). Bit 2: night. Bits 3 and 4: kept whole (0), plain (1), nothing of it (2), see [`Detail`] |
//! | number | microseconds since the frame before, of the first since the page's start |
//! | number | how many runs of pixels are kept |
//! | two numbers each | pixels from the end of the run before (or the first pixel of the frame) to this one, row by row; pixels in it less one |
//!
//! The second and the third part hold the runs' pixels in the same order. A difference is given as
//! how much it is greater than that of the pixel before it in its run (0 for the first), modulo 256,
//! `d`, as `2 d` for `d` below 128, else as `511 - 2 d`, so that small ones are small bytes.

mod coding; // a frame as bytes, and back
mod line; //   frames that may be wanted yet
mod writer; // which are

use watchpost_model::WallTime;

#[cfg(doc)]
use super::Judge;
use super::evidence::Evidence;

pub use coding::{Frames, read};
pub use writer::Writer;

/// A stretch of one camera's time, at most 15 minutes, that can be read by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its first moment.
    pub start: WallTime,
    /// The first moment no longer in it; after `start`.
    pub end: WallTime,
    /// How much moved by the live settings, for each second from `start` on: 255 times the square
    /// root of the share of the picture, the most of that second.
    pub levels: Vec<u8>,
    /// The evidence, to be read by [`read`]; at most [`Page::MOST_BYTES`], not compressed.
    pub grid: Vec<u8>,
}

impl Page {
    /// No grid is larger than this: 32 MiB.
    pub const MOST_BYTES: usize = 32 << 20;
}

/// A frame that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// When it was taken.
    pub at: WallTime,
    /// What it showed.
    pub evidence: Evidence,
    /// How much of that was kept.
    pub detail: Detail,
}

/// How much of a frame was kept.
///
/// Where something travels for very long (snow before the lens, a busy road), a grid would grow
/// without bound. 12 MB may be kept at once and 5 kB a second from then on. When a third of that is
/// left, only what counts at a sensitivity of 0.5 and below is kept; when nothing is left, nothing,
/// until an eighth is there again.
///
/// Within these, what travels only at the highest sensitivity (rain, mostly) may take 500 kB at once
/// and 6 bytes a second from then on, half a megabyte a day. Where it would take more, it is left
/// out, and the page's detail is plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// All of it.
    Whole,
    /// What counts at a sensitivity of 0.5 and below, and what lies beside it.
    Plain,
    /// Nothing.
    Nothing,
}

/// Bytes that are no grid, or one of a version that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DamagedGrid {
    /// What is wrong.
    what: &'static str,
}

impl std::fmt::Display for DamagedGrid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the motion grid is damaged: {}", self.what)
    }
}

impl std::error::Error for DamagedGrid {}

#[cfg(test)]
mod tests;
