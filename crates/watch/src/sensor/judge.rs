//! What of a sensor's readings is a yes.

use std::collections::VecDeque;
use std::time::Duration;

use watchpost_model::config::{Require, Threshold};
use watchpost_model::{Distance, Fraction, Reading, WallTime};

use super::Yes;
use super::baseline::Baseline;

/// A yes of the moment lasts this long after it was told.
const MOMENT: Duration = Duration::from_secs(2);

/// An analogue sensor was just put under power, perhaps: its first levels say nothing.
const WARM_UP: Duration = Duration::from_secs(2);

/// What is near stays near until it is so much farther, of `within`: an ultrasonic sensor's distance
/// trembles by a few millimetres, and by centimetres where it meets clothes.
const ROOM: u32 = 20;
/// And at least by so much, in millimetres.
const LEAST_ROOM: u32 = 20;

/// Judges a sensor by what it told.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    yes: Yes,
    /// What is known of it; nothing after it was silent.
    known: Reading,
    /// What was told for the moment only.
    passing: Option<Passing>,
    /// Whether something is near.
    near: Option<bool>,
    levels: Levels,
}

/// What is taken back by itself.
#[derive(Clone, Copy, Debug)]
struct Passing {
    on: bool,
    distance: bool,
    /// When it was told last.
    at: WallTime,
}

/// The last levels.
#[derive(Clone, Debug, Default)]
struct Levels {
    /// Whether each counts, the newest last.
    count: VecDeque<bool>,
    /// When the first came.
    first: Option<WallTime>,
    /// When the last came.
    last: Option<WallTime>,
    baseline: Baseline,
}

impl Judge {
    /// Nothing is known.
    pub(super) fn new(yes: Yes) -> Self {
        let (known, levels) = (Reading::default(), Levels::default());
        Self { yes, known, passing: None, near: None, levels }
    }

    /// Takes what the sensor told.
    pub(super) fn hear(&mut self, reading: Reading, now: WallTime) {
        let active = self.verdict() == Some(true);
        if reading.momentary {
            let before = self.passing.take();
            self.passing = Some(Passing {
                on: reading.on == Some(true) || before.is_some_and(|before| before.on),
                distance: reading.distance.is_some() || before.is_some_and(|it| it.distance),
                at: now,
            });
        } else if let Some(passing) = &mut self.passing {
            passing.on &= reading.on.is_none();
            passing.distance &= reading.distance.is_none();
        }
        self.passing = self.passing.filter(|passing| passing.on || passing.distance);
        self.known = self.known.then(reading);
        match self.yes {
            Yes::Near { within: Some(within), .. } => {
                self.near = self.known.distance.map(|distance| self.is_near(distance, within));
            }
            Yes::Samples { threshold, samples, .. } => {
                if let Some(level) = reading.level {
                    self.levels.push(level, threshold, samples, active, now);
                }
            }
            Yes::Own | Yes::Near { within: None, .. } => {}
        }
    }

    /// Takes back what was of the moment once that is over, here and in `shown`; tells whether it did.
    pub(super) fn let_pass(&mut self, now: WallTime, shown: &mut Reading) -> bool {
        let Some(passing) = self.passing.take_if(|passing| passing.at + MOMENT <= now) else {
            return false;
        };
        for reading in [&mut self.known, shown] {
            if passing.on {
                (reading.on, reading.momentary) = (Some(false), false);
            }
            if passing.distance {
                reading.distance = None;
            }
        }
        if passing.distance {
            self.near = self.near.map(|_| false);
        }
        true
    }

    /// Nothing is known any more. Tells whether what was known was of the moment only.
    pub(super) fn forget(&mut self) -> bool {
        self.known = Reading::default();
        self.near = None;
        self.levels.forget();
        self.passing.take().is_some()
    }

    pub(super) fn set_back(&mut self, now: WallTime) {
        if let Some(passing) = &mut self.passing {
            passing.at = passing.at.min(now);
        }
        self.levels.first = self.levels.first.map(|first| first.min(now));
        self.levels.last = self.levels.last.map(|last| last.min(now));
    }

    /// When something is taken back by itself.
    pub(super) fn wake_at(&self) -> Option<WallTime> {
        self.passing.map(|passing| passing.at + MOMENT)
    }

    /// Whether it says yes, if that is known.
    pub(super) fn verdict(&self) -> Option<bool> {
        match self.yes {
            Yes::Own => self.known.on,
            Yes::Near { require, .. } => self.verdict_of_both(require),
            Yes::Samples { hits, samples, .. } => self.levels.verdict(hits, samples),
        }
    }

    /// What is not known of one counts as no while the other is known.
    fn verdict_of_both(&self, require: Require) -> Option<bool> {
        let (on, near) = (self.known.on, self.near);
        let known = on.is_some() || near.is_some();
        let (is_on, is_near) = (on == Some(true), near == Some(true));
        match require {
            Require::Pir => on,
            Require::Distance => near,
            Require::Either => known.then_some(is_on || is_near),
            Require::Both => known.then_some(is_on && is_near),
        }
    }

    fn is_near(&self, distance: Distance, within: u32) -> bool {
        let room = if self.near == Some(true) { (within / ROOM).max(LEAST_ROOM) } else { 0 };
        match distance {
            Distance::Free => false,
            Distance::Millimetres(distance) => distance < within.saturating_add(room),
        }
    }
}

impl Levels {
    fn push(
        &mut self,
        level: Fraction,
        threshold: Threshold,
        samples: u8,
        active: bool,
        now: WallTime,
    ) {
        let since = self.last.map(|last| now.since_or_zero(last));
        self.first.get_or_insert(now);
        self.last = Some(now);
        let counts = match threshold {
            Threshold::Fixed(least) => level >= least,
            Threshold::Adaptive => {
                let counts = self.baseline.is_unusual(level);
                self.baseline.learn(level, since, active);
                counts
            }
        };
        self.count.push_back(counts);
        while self.count.len() > usize::from(samples) {
            self.count.pop_front();
        }
    }

    fn verdict(&self, hits: u8, samples: u8) -> Option<bool> {
        let warm = self.last?.since_or_zero(self.first?) >= WARM_UP;
        let counting = self.count.iter().filter(|counts| **counts).count();
        let full = self.count.len() >= usize::from(samples);
        (warm && full).then_some(counting >= usize::from(hits))
    }

    /// The next level is a first one. What is usual stays so.
    fn forget(&mut self) {
        let baseline = std::mem::take(&mut self.baseline);
        *self = Self { baseline, ..Self::default() };
    }
}
