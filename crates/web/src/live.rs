//! Video of now, to browsers, over a `WebSocket`.
//!
//! A [`Feed`] holds what the camera sent since its last key picture, so that a viewer sees something
//! at once, and passes on what comes. Each viewer's own task puts pictures into MP4, so that nothing
//! is done while nobody looks. Nothing here decides when a camera is offline; it is told.

mod feed; //   pictures in
mod pace; //   which of them a viewer gets
mod sound; //  what is heard with them
mod muxer; //  as MP4
mod socket; // out

pub use feed::Feed;
pub(crate) use socket::{__path_live, live};
