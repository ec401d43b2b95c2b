//! What arrives from a camera.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use watchpost_media::{Kind, Parameters};

/// One encoded picture as the camera sent it, not yet put on the wall clock.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// What a decoder needs besides, of sound too where there is any.
    pub parameters: Arc<Parameters>,
    /// NAL units, each behind its length in four bytes; or a whole JPEG.
    pub data: Bytes,
    /// Whether decoding may begin here.
    pub kind: Kind,
    /// When it is decoded, by the camera's own clock, since the stream began. Grows from picture to
    /// picture.
    pub elapsed: Duration,
    /// How much later it is shown than decoded; zero where the order is the same.
    pub shown_after: Duration,
    /// The sound that came since the picture before, oldest first. Its times grow, but may lie half
    /// a second before or after the picture's.
    pub sound: Vec<Heard>,
}

/// A packet of sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// One raw AAC access unit.
    pub data: Bytes,
    /// When its first sample was heard, on the clock of the pictures.
    pub elapsed: Duration,
}
