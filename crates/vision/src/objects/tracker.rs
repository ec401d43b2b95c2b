//! One object through many frames.
//!
//! Looks come when they come, from five a second to one in hours, and each shows parts of the picture
//! only. What was found is matched with what is followed in turn: the sure boxes with all that is
//! followed, by what is likeliest for all of them together; then the doubtful ones with what is left
//! over; then what is left of the sure ones with what was still, and may be driving off. What is left
//! then is new.
//!
//! Source: the two rounds, sure and doubtful, as in `ByteTrack` (Zhang et al., ECCV 2022); the filter
//! and the assignment as in SORT (Bewley et al., ICIP 2016). Both look at every frame and forget what
//! stands still; that a place which nobody looked at misses nobody, and what is said of parked cars,
//! is our own.

mod assign; // which found one is which known one
mod course; // where each goes
mod rest; //   whether it stays
mod follow; // what is known of each

use std::collections::BTreeMap;
use std::time::Duration;

use watchpost_model::{Fraction, Label, Object, Region};

use assign::assign;
pub(super) use course::{SHAPE, Spot};
use follow::{Followed, Trust, fills_picture};

/// The most that is followed at a time.
const MOST: usize = 64;
/// The most boxes of one look; of more, the best.
const MOST_FOUND: usize = 128;
/// So much of a thing must lie in one of the regions that were looked at for it to be missed: of one
/// that is cut a model makes nothing.
const LOOKED_AT: f32 = 0.75;
/// So much of what is still must be covered by others for it to be hidden.
const HIDDEN: f32 = 0.4;
/// Two boxes that are so alike are around one thing, whatever it is called.
const SAME: f32 = 0.7;
/// So much of a thing that moves is in the box of some motion. Who passes a car, or a post that looks
/// like a person, covers less of it.
const MOVES: f32 = 0.3;
/// What comes so much too late belongs to a clock that was set.
const LATE: Duration = Duration::from_mins(1);

/// An object that is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// The same number in one frame after another; never given twice by one tracker.
    pub number: u32,
    /// What it was recognised as most surely.
    pub label: Label,
    /// The best score of the last five looks that found it, 0 to 1: single ones jump.
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

/// Where was looked in one frame.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The regions that were looked at. What lies outside was not looked for, and is not missed.
    pub regions: &'a [Region],
    /// Boxes of what moves in the frame, no larger than that. What is first found where nothing moves
    /// has been there all the time. [`Region::ALL`] where nobody looks for motion.
    pub moving: &'a [Region],
}

/// Follows objects by what single looks find: at most 64.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    /// From which score on each class begins a track.
    least: BTreeMap<Label, Fraction>,
    followed: Vec<Followed>,
    /// As told.
    tracks: Vec<Track>,
    /// The number given last.
    number: u32,
    /// The time of the last look.
    last: Option<Duration>,
}

impl Tracker {
    /// A tracker that follows nothing yet. An object begins a track from the score on that `least` has
    /// for its class, or from any if there is none; one of a lower score only goes on with a track.
    #[must_use]
    pub fn new(least: BTreeMap<Label, Fraction>) -> Self {
        Self { least, ..Self::default() }
    }

    /// Takes what was `found` in all that was looked at of the frame of the time `at`. An answer that
    /// is not later than the last one comes too late, and changes nothing.
    pub fn step(&mut self, at: Duration, look: Look<'_>, mut found: Vec<Object>) {
        if let Some(last) = self.last.filter(|last| at <= *last) {
            if last.saturating_sub(at) <= LATE {
                return;
            }
            self.forget();
        }
        self.last = Some(at);
        found.retain(|object| object.region.area() > 0.0);
        found.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
        found.truncate(MOST_FOUND);
        let boxes: Vec<Region> = found.iter().map(|object| object.region).collect();
        let (sure, doubtful) = found.into_iter().partition(|object| self.is_sure(object));
        for followed in &mut self.followed {
            followed.expect(at);
        }
        let sure = self.go_on(at, look, sure, Trust::Sure);
        self.go_on(at, look, doubtful, Trust::Doubtful);
        let sure = self.depart(at, look, sure);
        let new = self.other_words(sure);
        self.stir(at, look.moving, &boxes);
        self.miss(at, look.regions, &boxes);
        self.followed.retain(|followed| !followed.is_gone(at));
        for object in new {
            self.begin(at, look, object);
        }
        for followed in self.followed.iter_mut().filter(|followed| followed.track.seen) {
            followed.shown_in(shown_in(&followed.track.region, look.regions));
        }
        self.tracks = self.followed.iter().map(|followed| followed.track.clone()).collect();
    }

    /// All that are followed, by number; those too that are not yet confirmed.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The camera shows another scene: nothing is where it was. Numbers go on.
    pub fn forget(&mut self) {
        self.followed.clear();
        self.tracks.clear();
        self.last = None;
    }

    fn is_sure(&self, object: &Object) -> bool {
        self.least.get(&object.label).is_none_or(|least| object.score >= *least)
    }

    /// Goes on with what was `found`, as well as all together fits; gives what is left.
    fn go_on(
        &mut self,
        at: Duration,
        look: Look<'_>,
        found: Vec<Object>,
        trust: Trust,
    ) -> Vec<Object> {
        let pairs = assign(self.followed.len(), found.len(), |known, new| {
            let (followed, object) = (&self.followed[known], &found[new]);
            // Who went behind a tree comes out moving; the post beside it does not.
            let may_be = followed.is_expected_at(object) || moves(&object.region, look.moving);
            followed.misfit(object, trust).filter(|_| may_be)
        });
        let mut found: Vec<Option<Object>> = found.into_iter().map(Some).collect();
        for (followed, pair) in self.followed.iter_mut().zip(pairs) {
            if let Some(object) = pair.and_then(|new| found[new].take()) {
                followed.found(at, &object, trust);
            }
        }
        found.into_iter().flatten().collect()
    }

    /// What was still and is missed may be what now moves beside its place; gives what is left.
    fn depart(&mut self, at: Duration, look: Look<'_>, found: Vec<Object>) -> Vec<Object> {
        let mut left = Vec::new();
        for object in found {
            let missed = self.followed.iter_mut().filter(|followed| {
                !followed.track.seen && is_within(&followed.track.region, look.regions)
            });
            let nearest = missed
                .filter_map(|followed| Some((followed.departs(&object)?, followed)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            match nearest {
                Some((_, followed))
                    if moves(&object.region, look.moving) || followed.is_near(&object) =>
                {
                    followed.departed(at, &object);
                }
                _ => left.push(object),
            }
        }
        left
    }

    /// What is left of the sure boxes may be around a thing that was found under another name; gives
    /// what is new.
    fn other_words(&mut self, found: Vec<Object>) -> Vec<Object> {
        let mut new = Vec::new();
        for object in found {
            let same = self.followed.iter_mut().find(|followed| {
                followed.track.seen && followed.track.region.overlap(&object.region) >= SAME
            });
            match same {
                Some(followed) => followed.call(&object.label, object.score),
                None => new.push(object),
            }
        }
        new
    }

    /// What moves and is `found` moves by itself, unless another box fits the motion better: of one who
    /// passes a post the post does not move.
    fn stir(&mut self, at: Duration, moving: &[Region], found: &[Region]) {
        for followed in self.followed.iter_mut().filter(|followed| followed.track.seen) {
            let region = followed.track.region;
            let own = moving.iter().filter(|moving| {
                found.iter().all(|other| moving.overlap(other) <= moving.overlap(&region))
            });
            let shares = own.map(|moving| region.shared(moving) / region.area());
            followed.stir(at, shares.fold(0.0, f32::max));
        }
    }

    fn miss(&mut self, at: Duration, regions: &[Region], found: &[Region]) {
        for followed in self.followed.iter_mut().filter(|followed| !followed.track.seen) {
            let region = followed.track.region;
            let covered = |other: &Region| region.shared(other) >= HIDDEN * region.area();
            let hidden = followed.track.still && found.iter().any(covered);
            let looked_for = shown_in(&region, regions).filter(|_| !hidden);
            if looked_for.is_some_and(|area| followed.is_large_enough(area))
                || (followed.is_out() && !regions.is_empty())
            {
                followed.miss(at);
            }
        }
    }

    fn begin(&mut self, at: Duration, look: Look<'_>, object: Object) {
        let again = |followed: &Followed| {
            followed.track.seen && followed.track.region.overlap(&object.region) >= SAME
        };
        if self.followed.iter().any(again) {
            return; // Two boxes around one new thing.
        }
        // Nobody comes without moving: a car was there, and what is no person but looks like one.
        let still = !moves(&object.region, look.moving) && !fills_picture(&object.region);
        let Some(number) = self.number.checked_add(1) else { return };
        if self.followed.len() >= MOST && !self.make_room(still) {
            return;
        }
        self.number = number;
        let followed = Followed::new(number, at, object, still);
        self.followed.push(followed);
    }

    /// Gives up what is worth least: what is not confirmed, then what is still, then what has not been
    /// seen for longest. For one more that is still nothing is given up that is seen.
    fn make_room(&mut self, for_still: bool) -> bool {
        let worth = |track: &Track| (track.confirmed, !track.still, track.seen, track.last);
        let may_go = |track: &Track| !track.seen || (!for_still && track.still);
        let candidates = self.followed.iter().enumerate();
        let candidates = candidates.filter(|(_, followed)| may_go(&followed.track));
        let least = candidates.min_by_key(|(_, followed)| worth(&followed.track));
        let Some(index) = least.map(|(index, _)| index) else { return false };
        self.followed.remove(index);
        true
    }
}

/// Whether one of `regions` shows it whole, or nearly.
fn is_within(region: &Region, regions: &[Region]) -> bool {
    shown_in(region, regions).is_some()
}

/// The area of the smallest of `regions` that shows it so.
fn shown_in(region: &Region, regions: &[Region]) -> Option<f32> {
    let whole = |looked: &&Region| region.shared(looked) >= LOOKED_AT * region.area();
    regions.iter().filter(whole).map(Region::area).min_by(f32::total_cmp)
}

fn moves(region: &Region, moving: &[Region]) -> bool {
    let least = MOVES * region.area();
    moving.iter().any(|moving| region.shared(moving) >= least)
}

#[cfg(test)]
mod tests;
