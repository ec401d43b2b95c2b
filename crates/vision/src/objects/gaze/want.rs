//! What should be looked at, and how soon.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use watchpost_model::Region;

use super::frame::{Framing, shows};
use crate::motion::{Motion, Thing};
use crate::objects::tracker::Track;

/// Something that moves and is not recognised yet is looked at as often as allowed for so long, then as
/// seldom as what is followed, and in the end as seldom as what rests.
const EAGER: Duration = Duration::from_secs(4);
const PATIENT: Duration = Duration::from_secs(20);
/// One of so many looks at it shows twice as much to each side.
const WIDE: u32 = 3;
/// How often is looked at what is followed and moves.
const FOLLOWED: Duration = Duration::from_millis(500);
/// How often at what is followed and does not move, and at what cannot be recognised.
const RESTING: Duration = Duration::from_secs(1);
/// How often at what was found, but not surely, and for how long before it is as what rests.
const DOUBTED: Duration = Duration::from_millis(250);
const DOUBT: Duration = Duration::from_secs(2);
/// How often at what is still, as long as nothing moves in it.
const STILL: Duration = Duration::from_secs(20);
/// After so long without being found, what is followed is looked at as seldom as what is still: no answers
/// come, or it would be given up.
const LOST: Duration = Duration::from_secs(30);
/// For how long something may be out of sight and be the same as before.
const MEMORY: Duration = Duration::from_secs(2);
/// How much of a moving thing lies in what explains it, which is enlarged by a share of its size on each
/// side.
const EXPLAINED: f32 = 0.6;
const MARGIN: f32 = 0.15;
/// Or how alike they are.
const ALIKE: f32 = 0.4;
/// How much of a thing lies in something still if it comes out of it.
const INSIDE: f32 = 0.3;

/// All that should be looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Wants {
    /// By the number of the moving thing.
    things: BTreeMap<u32, Want>,
    /// By the number of the track.
    tracks: BTreeMap<u32, Want>,
}

/// Something that should be looked at.
#[derive(Clone, Copy, Debug)]
struct Want {
    /// Since when it has been there, and when it last was.
    first: Duration,
    last: Duration,
    /// What of the picture should be seen.
    place: Region,
    /// When it was last looked at, if it was; answered or not.
    looked: Option<Duration>,
    /// How often it was looked at.
    looks: u32,
    /// How long after the last time it is due again; `None`: another want takes care of it.
    period: Option<Duration>,
}

impl Want {
    /// For how long it has been due at `at`, if it is. What was never looked at is due the longest.
    fn overdue(&self, at: Duration) -> Option<Duration> {
        let period = self.period.filter(|_| self.last == at)?;
        match self.looked {
            None => Some(Duration::MAX),
            Some(looked) => at.saturating_sub(looked).checked_sub(period),
        }
    }
}

impl Wants {
    /// Takes note of what moves and what is followed at `at`.
    pub(super) fn update(&mut self, at: Duration, motion: &Motion, tracks: &[Track]) {
        for wants in [&mut self.things, &mut self.tracks] {
            wants.retain(|_, want| at.saturating_sub(want.last) <= MEMORY);
        }
        for track in tracks {
            let moving = motion.things.iter().filter(|thing| explains(track, &thing.region));
            let place = moving.clone().fold(track.region, |all, thing| all.with(&thing.region));
            let period = period_of(track, at, moving.count() > 0);
            let want = note(&mut self.tracks, track.number, at, place, |_| Some(period));
            // It was looked at when it was found, if not since.
            want.looked = want.looked.max(Some(track.last.min(at)));
        }
        for thing in &motion.things {
            let is_known = tracks.iter().any(|track| explains(track, &thing.region));
            let place = with_still(thing, tracks);
            note(&mut self.things, thing.track, at, place, |age| match age {
                _ if is_known => None,
                age if age < EAGER => Some(Duration::ZERO),
                age if age < PATIENT => Some(FOLLOWED),
                _ => Some(RESTING),
            });
        }
    }

    /// What is due at `at`, the most urgent first. Of a thing that was not recognised more is shown from time
    /// to time: it may be but the head of someone who stands near.
    pub(super) fn due(&self, at: Duration, framing: &Framing) -> Vec<Region> {
        let things = self.things.values().map(|want| {
            let is_wide = want.looks % WIDE == WIDE - 1;
            let place = if is_wide { framing.wider(&want.place) } else { want.place };
            Want { place, ..*want }
        });
        let all = things.chain(self.tracks.values().copied());
        let mut due: Vec<(Duration, Region)> =
            all.filter_map(|want| want.overdue(at).map(|since| (since, want.place))).collect();
        due.sort_by_key(|(since, _)| Reverse(*since));
        due.into_iter().map(|(_, place)| place).collect()
    }

    /// Takes note of a look at `region`.
    pub(super) fn looked(&mut self, at: Duration, region: &Region) {
        for want in self.things.values_mut().chain(self.tracks.values_mut()) {
            if want.last == at && shows(region, &want.place) {
                want.looked = Some(at);
                want.looks = want.looks.saturating_add(1);
            }
        }
    }

    /// Goes back to the time `at`.
    pub(super) fn rewind(&mut self, at: Duration) {
        for want in self.things.values_mut().chain(self.tracks.values_mut()) {
            want.first = want.first.min(at);
            want.last = want.last.min(at);
            want.looked = want.looked.map(|looked| looked.min(at));
        }
    }
}

/// Notes that `number` is at `place`; how often it is to be looked at depends on for how long it has been
/// there.
fn note(
    wants: &mut BTreeMap<u32, Want>,
    number: u32,
    at: Duration,
    place: Region,
    period: impl FnOnce(Duration) -> Option<Duration>,
) -> &mut Want {
    let fresh = Want { first: at, last: at, place, looked: None, looks: 0, period: None };
    let want = wants.entry(number).or_insert(fresh);
    want.last = at;
    want.place = place;
    want.period = period(at.saturating_sub(want.first));
    want
}

/// How often `track` is to be looked at.
fn period_of(track: &Track, at: Duration, is_moving: bool) -> Duration {
    if track.still || at.saturating_sub(track.last) > LOST {
        STILL
    } else if !track.confirmed {
        if at.saturating_sub(track.first) < DOUBT { DOUBTED } else { RESTING }
    } else if is_moving {
        FOLLOWED
    } else {
        RESTING
    }
}

/// Whether what moves in `moving` is `track`: it is known what it is, and that it moves.
fn explains(track: &Track, moving: &Region) -> bool {
    if !track.confirmed || track.still {
        return false;
    }
    let place = &track.region;
    let (across, down) = (MARGIN * place.width(), MARGIN * place.height());
    let enlarged = Region::clamped(
        place.left.get() - across,
        place.top.get() - down,
        place.right.get() + across,
        place.bottom.get() + down,
    );
    enlarged.shared(moving) >= EXPLAINED * moving.area() || place.overlap(moving) >= ALIKE
}

/// Where `thing` is, with whatever still thing it moves in: somebody gets out of a car.
fn with_still(thing: &Thing, tracks: &[Track]) -> Region {
    let around = tracks.iter().filter(|track| {
        track.still && track.region.shared(&thing.region) >= INSIDE * thing.region.area()
    });
    around.fold(thing.region, |all, track| all.with(&track.region))
}
