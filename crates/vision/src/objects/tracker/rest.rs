//! Whether a thing stays where it is.

use std::time::Duration;

use super::course::Spot;

/// What has stayed for so long is still.
const STILL_AFTER: Duration = Duration::from_secs(10);
/// And was found so often.
const FEWEST: u32 = 3;
/// What moves by no more than this share of its longer side stays.
const STAYS: f32 = 0.10;
/// What is further off, in two looks running, goes again; or by half of its width or height, if that is
/// less, for people are narrow. It is more than somebody who passes in front can make it seem.
const GOES: f32 = 0.25;
/// Where it rests is the mean of what is found in so many seconds.
const SETTLES: Duration = Duration::from_millis(1500);
/// Where it is now is the mean of about so many seconds: single boxes jump.
const LATELY: f32 = 1.0;

/// Where a thing rests, if it does.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    place: Spot,
    since: Duration,
    /// How often it was found there.
    looks: u32,
    lately: Spot,
    last: Duration,
    /// How far to the right and down it was in the last look, if it was elsewhere.
    away: Option<(f32, f32)>,
    still: bool,
}

impl Rest {
    /// It is first found; and `still` if it has been there for long.
    pub(super) fn new(at: Duration, spot: Spot, still: bool) -> Self {
        Self { place: spot, since: at, looks: 1, lately: spot, last: at, away: None, still }
    }

    pub(super) fn is_still(&self) -> bool {
        self.still
    }

    /// Where it rests.
    pub(super) fn place(&self) -> Spot {
        self.place
    }

    /// It was found at `spot`.
    pub(super) fn step(&mut self, at: Duration, spot: Spot) {
        let passed = at.saturating_sub(self.last).as_secs_f32();
        self.lately = mean(self.lately, spot, (1.0 - (-passed / LATELY).exp()).max(0.15));
        self.last = at;
        if self.still {
            let off = (spot.x - self.place.x, spot.y - self.place.y);
            let same_way = |before: (f32, f32)| before.0 * off.0 + before.1 * off.1 >= 0.0;
            let is_away = self.is_away(&spot) || self.grown() > GOES;
            if is_away && self.away.is_some_and(same_way) {
                *self = Self::new(at, spot, false);
            } else {
                self.away = is_away.then_some(off);
            }
            return;
        }
        if at.saturating_sub(self.since) <= SETTLES {
            let looks = u16::try_from(self.looks).unwrap_or(u16::MAX);
            self.place = mean(self.place, spot, 1.0 / (f32::from(looks) + 1.0));
        }
        let far = self.lately.far_from(&self.place) / self.place.length();
        if far.max(self.grown()) > STAYS {
            *self = Self { place: self.lately, ..Self::new(at, self.lately, false) };
            return;
        }
        self.looks = self.looks.saturating_add(1);
        self.still = self.looks >= FEWEST && at.saturating_sub(self.since) >= STILL_AFTER;
    }

    /// It drives off, and was found at `spot`.
    pub(super) fn end(&mut self, at: Duration, spot: Spot) {
        *self = Self::new(at, spot, false);
    }

    /// Whether `spot` is elsewhere.
    pub(super) fn is_away(&self, spot: &Spot) -> bool {
        let place = &self.place;
        let across = (spot.x - place.x).abs() / place.width.max(f32::MIN_POSITIVE);
        let down = (spot.y - place.y).abs() / place.height.max(f32::MIN_POSITIVE);
        let far = spot.far_from(place) / place.length();
        far.max(across / 2.0).max(down / 2.0) > GOES
    }

    /// How much nearer it came or further it went, which its middle need not show: half of the share by
    /// which it grew.
    fn grown(&self) -> f32 {
        self.lately.growth(&self.place) / 2.0
    }
}

fn mean(old: Spot, new: Spot, share: f32) -> Spot {
    let mix = |old: f32, new: f32| old + share * (new - old);
    Spot {
        x: mix(old.x, new.x),
        y: mix(old.y, new.y),
        width: mix(old.width, new.width),
        height: mix(old.height, new.height),
    }
}
