//! One object through many frames.

use std::time::Duration;

use watchpost_model::{Fraction, Label, Object, Region};

/// An object that is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// The same number in one frame after another; never given twice by one tracker.
    pub number: u32,
    /// What it was recognised as most surely.
    pub label: Label,
    /// The score of the last look that found it, 0 to 1.
    pub score: Fraction,
    /// Where it is: as found, or as it went on from there.
    pub region: Region,
    /// When it was first found, and last.
    pub first: Duration,
    /// See `first`.
    pub last: Duration,
    /// Whether it was found by the last look.
    pub seen: bool,
    /// How sharp it was then.
    pub sharpness: Option<f32>,
    /// Whether it was found often or surely enough to be told of.
    pub confirmed: bool,
    /// Whether it stays where it is: a parked car. It stays known, and tells nothing.
    pub still: bool,
}

/// Follows objects by what single looks find.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
}

impl Tracker {
    /// Takes what a look at `regions` of the frame of the time `at` found. What lies outside `regions` was
    /// not looked for, and is not missed.
    pub fn step(&mut self, at: Duration, regions: &[Region], found: Vec<Object>) {
        let _ = (at, regions, found);
    }

    /// All that are followed, by number.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}
