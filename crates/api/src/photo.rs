//! Pictures that are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// A page of photos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Photos {
    /// Newest first.
    pub photos: Vec<Photo>,
    /// What to give as `cursor` for the page after this one, or `null` if this is the last.
    #[schema(required = true)]
    pub next: Option<String>,
    /// How many photos the filter leaves, on all pages.
    pub total: u64,
}

/// One photo; the JPEG itself is at `/photos/{id}.jpg`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Photo {
    /// Its number, for good.
    pub id: i64,
    /// The camera it was taken by.
    pub camera: String,
    /// When.
    pub taken: Time,
    /// The event it was taken of, or `null` if of none.
    #[schema(required = true)]
    pub event: Option<String>,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// What it takes on disk.
    pub bytes: u64,
}

/// Tells by `updates` that a photo is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhotoDeleted {
    /// Its number.
    pub id: i64,
}
