//! When to look for objects, and where: as seldom and as closely as will do.

use std::time::Duration;

use watchpost_model::Region;

use super::tracker::Track;
use crate::motion::Motion;

/// What a [`Gaze`] needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The most looks a second, 1 to 10, all regions of all frames counted.
    pub looks_per_second: u8,
    /// The whole picture is looked at this often, whatever happens.
    pub interval: Option<Duration>,
    /// Whether the detector wants whole pictures always: a service that answers for a picture.
    pub whole: bool,
    /// Width and height of what the detector looks at, in pixels.
    pub input: (u16, u16),
    /// Width and height of the pictures, in pixels.
    pub picture: (u16, u16),
}

/// Decides when to look, and where.
#[derive(Clone, Debug)]
pub struct Gaze {
    plan: Plan,
}

impl Gaze {
    /// A gaze that has not looked yet.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan }
    }

    /// The regions of the frame of the time `at` to look at; mostly none. What moves is looked at, padded to
    /// what the detector wants; where a track lives, it is followed until it is still or gone.
    pub fn step(&mut self, at: Duration, motion: &Motion, tracks: &[Track]) -> Vec<Region> {
        let _ = (self.plan, at, motion, tracks);
        Vec::new()
    }

    /// Whether something that is followed would be lost if no frame were decoded now.
    #[must_use]
    pub fn is_intent(&self, tracks: &[Track]) -> bool {
        let _ = tracks;
        false
    }
}
