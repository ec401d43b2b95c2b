//! Whether the room is dark.

use std::time::Duration;

use watchpost_model::{Fraction, WallTime};

/// What is dark stays dark until it is so much brighter than the limit, but no more than half the way up
/// to the brightest.
const ROOM: f32 = 0.1;

/// The light may shine into its own sensor: for so long after it was switched nothing is judged.
const SETTLES: Duration = Duration::from_secs(5);

/// A light that sees itself goes on and off and on for ever; after some times it waits longer and
/// longer, up to five minutes.
const SWITCHES: u32 = 3;
const LONGEST: Duration = Duration::from_mins(5);

/// Judges the room by its brightness.
#[derive(Clone, Debug)]
pub(super) struct Dusk {
    limit: f32,
    dark: bool,
    brightness: Option<Fraction>,
    /// When the light was switched last.
    switched: Option<WallTime>,
    /// Nothing is judged before.
    settled_at: Option<WallTime>,
    /// How often it was switched as soon as could be.
    hasty: u32,
}

impl Dusk {
    /// A room that is bright as long as nothing is known, and dark below `limit`.
    pub(super) fn new(limit: Fraction) -> Self {
        Self {
            limit: limit.get(),
            dark: false,
            brightness: None,
            switched: None,
            settled_at: None,
            hasty: 0,
        }
    }

    pub(super) fn measured(&mut self, brightness: Fraction) {
        self.brightness = Some(brightness);
    }

    /// The light was switched, for whatever reason.
    pub(super) fn switched(&mut self, now: WallTime) {
        let soon = self.wait() * 2;
        let hasty = self.switched.is_some_and(|last| now.since_or_zero(last) < soon);
        self.hasty = if hasty { self.hasty.saturating_add(1) } else { 0 };
        self.switched = Some(now);
        self.settled_at = Some(now + self.wait());
    }

    /// Whether the room is dark.
    pub(super) fn judge(&mut self, now: WallTime) -> bool {
        self.settled_at = self.settled_at.filter(|due| *due > now);
        if self.settled_at.is_none()
            && let Some(brightness) = self.brightness.map(Fraction::get)
        {
            let end = self.limit + ROOM.min((1.0 - self.limit) / 2.0);
            self.dark = brightness < self.limit || (self.dark && brightness <= end);
        }
        self.dark
    }

    /// When the brightness is judged again, if it is not now.
    pub(super) fn wake_at(&self) -> Option<WallTime> {
        self.settled_at
    }

    pub(super) fn set_back(&mut self, now: WallTime) {
        self.switched = self.switched.map(|switched| switched.min(now));
        self.settled_at = self.settled_at.map(|due| due.min(now + self.wait()));
    }

    fn wait(&self) -> Duration {
        let doublings = self.hasty.saturating_sub(SWITCHES).min(10);
        (SETTLES * 2_u32.pow(doublings)).min(LONGEST)
    }
}
