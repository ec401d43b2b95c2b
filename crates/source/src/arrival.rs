//! What arrives from a camera.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use watchpost_media::{Kind, Parameters};

/// One encoded picture as the camera sent it, not yet put on the wall clock.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// What a decoder needs besides.
    pub parameters: Arc<Parameters>,
    /// NAL units, each behind its length in four bytes.
    pub data: Bytes,
    /// Whether decoding may begin here.
    pub kind: Kind,
    /// When it is decoded, by the camera's own clock, since the stream began. Grows from picture to
    /// picture.
    pub elapsed: Duration,
    /// How much later it is shown than decoded; zero where the order is the same.
    pub shown_after: Duration,
}
