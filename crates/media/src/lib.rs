//! Encoded pictures and sound: what they are, when they were taken, how they are kept in memory, and how
//! they stand in an MP4 file.
//!
//! Pure: bytes in, bytes out. Nothing here waits, opens a file or knows the time, and nothing is
//! ever decoded.
#![forbid(unsafe_code)]

mod parameters; // what a decoder must know beforehand
mod sound;
mod picture; //    what a camera sends
pub mod annex_b; //    how some cameras send it
pub mod jpeg;
pub mod adts;
pub mod matroska; //   how ffmpeg hands it on
mod order; //      pictures that are shown in another order
mod anchor; //     when it was
mod ring; //       what is kept in case
pub mod mp4; //        what is kept for good

mod numbers; // what all of them lean on
mod rbsp;

#[cfg(test)]
mod cameras;

pub use anchor::{Anchor, Stamp};
pub use order::Order;
pub use parameters::{Codec, Parameters, ParametersError};
pub use picture::{Kind, Picture, is_key};
pub use ring::Ring;
pub use sound::{Sound, SoundError, SoundFormat};
