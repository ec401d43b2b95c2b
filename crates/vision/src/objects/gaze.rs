//! When to look for objects, and where: as seldom and as closely as will do.
//!
//! Something that begins to move is looked at as often as allowed, until it is recognised; then, or if
//! nobody can tell what it is, more and more seldom. What is followed but does not move any more is looked at
//! now and then until it is still or gone. Each is shown to the detector by itself, at about the size at
//! which the camera sees it; near ones together.
//!
//! Source: regions around what moves and what is followed, still things looked at seldom, and a look at
//! everything to begin with, as Frigate does (its documents on object detection and on stationary objects); a
//! budget as a token bucket (Turner, "New directions in communications", IEEE Communications Magazine 24(10),
//! 1986).

mod frame; // a region for the detector
mod want; //  what should be looked at, and how soon

use std::time::Duration;

use watchpost_model::Region;

use super::tracker::Track;
use crate::motion::Motion;
use frame::Framing;
use want::Wants;

/// The whole picture is looked at so often while something moves: somebody may have stood there still.
const ROUND: Duration = Duration::from_mins(1);
/// Someone who moves and is followed would be lost without frames for so long after they were last found.
const INTENT: Duration = Duration::from_secs(3);
/// At most so many regions of one frame.
const REGIONS: usize = 2;

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
///
/// Waits for no answer: a look counts as spent when it is asked for, and one that is never answered is made
/// again when it is due again.
#[derive(Clone, Debug)]
pub struct Gaze {
    plan: Plan,
    /// When it was last asked.
    now: Duration,
    /// How many looks may be made now.
    purse: f32,
    /// When the whole picture was last looked at, if it was.
    round: Option<Duration>,
    wants: Wants,
}

impl Gaze {
    /// A gaze that has not looked yet.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let (now, purse, round) = (Duration::ZERO, purse(&plan), None);
        Self { plan, now, purse, round, wants: Wants::default() }
    }

    /// Goes by another plan from now on; what was looked at when stays known.
    pub fn set(&mut self, plan: Plan) {
        self.plan = plan;
        self.purse = self.purse.min(purse(&plan));
    }

    /// The regions of the frame of the time `at` to look at; mostly none, at most two. What moves is looked
    /// at, padded to what the detector wants; where a track lives, it is followed until it is still or gone.
    ///
    /// Give it every frame that can be looked at, with what moves in it, and the tracks as they are known by
    /// then, however late. No more is asked for than [`Plan::looks_per_second`], but for up to two looks that
    /// were saved up. Where `at` goes back, it goes on from there.
    pub fn step(&mut self, at: Duration, motion: &Motion, tracks: &[Track]) -> Vec<Region> {
        if at < self.now {
            // The time to wait for is unknown: as if all had been looked at just now.
            self.round = self.round.map(|round| round.min(at));
            self.wants.rewind(at);
        }
        let rate = f32::from(self.plan.looks_per_second.max(1));
        let earned = at.saturating_sub(self.now).as_secs_f32() * rate;
        self.purse = (self.purse + earned).min(purse(&self.plan));
        self.now = at;
        self.wants.update(at, motion, tracks);
        let mut regions = Vec::new();
        if self.is_round_due(motion) {
            if self.spend() {
                regions.push(Region::ALL);
                self.round = Some(at);
                // What is due is due still, unless no look shows more than this one.
                if self.plan.whole {
                    self.wants.looked(at, &Region::ALL);
                }
            }
            return regions;
        }
        let framing = Framing::new(&self.plan);
        let mut due = self.wants.due(at, &framing);
        while !due.is_empty() && regions.len() < REGIONS && self.spend() {
            let region = if self.plan.whole { Region::ALL } else { framing.first_of(&mut due) };
            due.retain(|place| !frame::shows(&region, place));
            self.wants.looked(at, &region);
            if region == Region::ALL {
                self.round = Some(at);
            }
            regions.push(region);
        }
        regions
    }

    /// Whether something that is followed would be lost if no frame were decoded now: it goes somewhere, and
    /// was found within the last 3 s before the last frame given to [`Gaze::step`].
    #[must_use]
    pub fn is_intent(&self, tracks: &[Track]) -> bool {
        let is_lost = |track: &Track| self.now.saturating_sub(track.last) > INTENT;
        tracks.iter().any(|track| track.confirmed && !track.still && !is_lost(track))
    }

    /// Whether the whole picture is to be looked at: to begin with, by the clock, and now and then while
    /// something moves.
    fn is_round_due(&self, motion: &Motion) -> bool {
        let Some(last) = self.round else { return true };
        let since = self.now.saturating_sub(last);
        self.plan.interval.is_some_and(|interval| since >= interval)
            || (motion.is_moving() && since >= ROUND)
    }

    /// Takes a look from the purse, if there is one.
    fn spend(&mut self) -> bool {
        // A hair less than one is one: what is earned is summed up from parts of seconds.
        let has = self.purse >= 0.999;
        if has {
            self.purse -= 1.0;
        }
        has
    }
}

/// The most looks that are saved up.
fn purse(plan: &Plan) -> f32 {
    if plan.looks_per_second > 1 { 2.0 } else { 1.0 }
}

#[cfg(test)]
mod tests;
