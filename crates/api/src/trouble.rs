//! When a camera did not do its duty.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Ailment, Time};

/// Troubles of cameras.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Troubles {
    /// Oldest first.
    pub troubles: Vec<Trouble>,
}

/// A stretch of time in which something was wrong with a camera's pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trouble {
    /// The camera.
    pub camera: String,
    /// What was wrong.
    pub kind: Ailment,
    /// Since when.
    pub start: Time,
    /// Until when, or `null` while it lasts.
    #[schema(required = true)]
    pub end: Option<Time>,
    /// Why, where that is known.
    #[schema(required = true)]
    pub cause: Option<String>,
}

/// Tells by `updates` that a trouble began or ended: load them anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TroublesChanged {}
