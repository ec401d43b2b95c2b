//! What is kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// The footage there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recordings {
    /// By camera, then oldest first.
    pub recordings: Vec<Recording>,
}

/// A stretch of footage without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recording {
    /// The camera.
    pub camera: String,
    /// Its first moment.
    pub start: Time,
    /// The first moment no longer in it.
    pub end: Time,
    /// What it takes on disk.
    pub bytes: u64,
}
