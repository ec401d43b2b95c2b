//! What an object does: comes into zones and leaves them, stays there, crosses lines.

use std::collections::BTreeMap;
use std::time::Duration;

use watchpost_model::{DeedKind, Line, Zone};

use super::tracker::Track;

/// Where objects are looked after.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// The camera's zones.
    pub zones: Vec<Zone>,
    /// By a zone's name: how long is loitering.
    pub loiter: BTreeMap<String, Duration>,
    /// Lines that can be crossed.
    pub lines: Vec<Line>,
}

/// Notices what tracked objects do.
#[derive(Clone, Debug, Default)]
pub struct Warden {
    places: Places,
}

/// What one object did, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Noticed {
    /// Of the track.
    pub number: u32,
    /// The names of the zones it is in.
    pub zones: Vec<String>,
    /// What it did since the last step, in order.
    pub deeds: Vec<DeedKind>,
}

impl Warden {
    /// A warden who has seen nobody yet.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self { places }
    }

    /// Takes the confirmed tracks of the time `at`, and tells of each that is seen where it is and what it did.
    /// A track that is gone has left its zones: it is told of once more.
    pub fn step(&mut self, at: Duration, tracks: &[Track]) -> Vec<Noticed> {
        let _ = (&self.places, at, tracks);
        Vec::new()
    }
}
