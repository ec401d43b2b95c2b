//! What is remembered of a scene, and what one frame after another shows against it.

use std::time::Duration;

use super::account::{Account, Tally};
use super::background::{Background, Pace, Prior};
use super::evidence::{Evidence, Gather, State};
use super::light::Light;
use super::night::Night;
use super::plane::{Size, Smoothed};
use super::register::Register;
use super::restless::Restless;
use super::shift::Shift;
use super::slow::Slow;
use super::structure::Structure;
use super::upheaval;
use crate::Grey;
use crate::cast::real;

/// Frames from which the background and its noise are learnt before anything is reported.
const LEARNING: usize = 10;
/// Frames after which they count as known in any case, however the light changes.
const LEARNT: usize = 50;
/// By how many steps of strength something may fall short and still be worth a closer look: what is
/// this faint in one frame counts in another.
const NEARLY: u8 = 2;
/// A longer time between two frames is taken for this long.
const GAP: Duration = Duration::from_secs(2);
/// The square of the grey levels by which brightness must differ, whatever the noise.
const BRIGHTNESS_DELTA: f32 = 49.0;
/// By how many variances brightness must differ besides: 3 standard deviations.
const BRIGHTNESS_NOISES: f32 = 9.0;
/// By how many variances structure must differ: 2.5 standard deviations, for brightness must
/// agree.
const STRUCTURE_NOISES: f32 = 6.25;
/// The variance of structure where there is no noise at all: what the codec does to it.
const STRUCTURE_DELTA: f32 = 0.01;

/// All that is remembered of frames of one size.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    size: Size,
    /// When the last frame was taken.
    last: Duration,
    /// Frames since the scene was last learnt anew, from 1.
    frames: usize,
    /// How many of them, but for those in which the light was still changing.
    settled: usize,
    smoothed: Smoothed,
    structure: Structure,
    brightness: Background,
    texture: Background,
    light: Light,
    shift: Shift,
    register: Register,
    slow: Slow,
    restless: Restless,
    night: Night,
    /// 1 for each pixel that differs from the background, else 0.
    differs: Vec<u8>,
    /// By how much each does, as a square: 1 is enough.
    scores: Vec<f32>,
    gather: Gather,
    evidence: Evidence,
    /// Counts what each mechanism takes out, if somebody asks.
    tally: Option<Tally>,
}

impl Scene {
    pub(super) fn new(frame: &Grey, at: Duration) -> Self {
        let size = Size::of(frame);
        let pixels = size.pixels();
        Self {
            size,
            last: at,
            frames: 0,
            settled: 0,
            smoothed: Smoothed::new(size),
            structure: Structure::new(size),
            brightness: Background::new(pixels, Prior { variance: 4.0, most: 20.0 }),
            texture: Background::new(pixels, Prior { variance: 0.02, most: 1.0 }),
            light: Light::new(size),
            shift: Shift::new(size),
            register: Register::new(size),
            slow: Slow::new(size),
            restless: Restless::new(pixels),
            night: Night::new(frame),
            differs: vec![0; pixels],
            scores: vec![0.0; pixels],
            gather: Gather::new(size),
            evidence: Evidence::new(size),
            tally: None,
        }
    }

    /// Whether `frame` is as large as those before.
    pub(super) fn fits(&self, frame: &Grey) -> bool {
        self.size == Size::of(frame)
    }

    pub(super) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// From the next frame on, draws up an account.
    pub(super) fn explain(&mut self) {
        self.tally.get_or_insert_with(Tally::new);
    }

    /// What the mechanisms made of the last frame, if that was asked for.
    pub(super) fn account(&self) -> Option<&Account> {
        self.tally.as_ref().map(Tally::account)
    }

    pub(super) fn step(&mut self, frame: &Grey, at: Duration) -> &Evidence {
        self.look(frame, at);
        if let Some(tally) = &mut self.tally {
            tally.end(self.evidence.state, self.evidence.is_night);
        }
        &self.evidence
    }

    fn look(&mut self, frame: &Grey, at: Duration) {
        let passed = at.saturating_sub(self.last).min(GAP).as_secs_f32();
        self.last = at;
        self.evidence.is_night = self.night.take(frame, passed);
        self.smoothed.take(frame);
        self.structure.take(&self.smoothed.values, self.size);
        if self.frames == 0 {
            return self.begin();
        }
        let border = self.register.settle(
            &mut self.smoothed.values,
            &mut self.structure.values,
            &self.texture.mean,
            self.size,
        );
        self.brightness.look(&self.smoothed.values);
        self.texture.look(&self.structure.values);
        self.tell(|tally, scene| tally.begin(&scene.brightness.difference));
        self.light.remove(&mut self.brightness.difference, self.size);
        self.tell(|tally, scene| tally.light(&scene.brightness.difference));
        self.shift.take(&self.brightness, self.size);
        self.tell(|tally, scene| tally.shift(&scene.shift.beyond));
        self.compare();
        self.leave_out(border);
        let Self { differs, scores, brightness, .. } = self;
        self.slow.forgive(differs, scores, brightness, passed, self.size);
        self.tell(|tally, scene| tally.noise(&scene.differs));
        if upheaval::is_upheaval(&self.differs, self.light.has_jumped()) {
            return self.begin();
        }
        self.restless.silence(&mut self.differs, &mut self.scores, passed);
        self.tell(|tally, scene| tally.restless(&scene.differs));
        self.learn(passed);
        if self.settled <= LEARNING {
            self.evidence.clear(State::Learning);
        } else {
            self.evidence.take(&self.scores, &self.brightness.difference, &mut self.gather);
        }
    }

    fn tell(&mut self, tell: impl FnOnce(&mut Tally, &Self)) {
        if let Some(mut tally) = self.tally.take() {
            tell(&mut tally, self);
            self.tally = Some(tally);
        }
    }

    /// Looks ahead at `frame`: 1 for each pixel that nearly counts, `needed` being the strength that
    /// does, and did not differ in the last frame, else 0; `None` if that cannot be told. Nothing is
    /// learnt.
    pub(super) fn peek(&self, frame: &Grey, at: Duration, needed: &[u8]) -> Option<Vec<u8>> {
        let mut ahead = self.clone();
        if !self.fits(frame) || ahead.step(frame, at).state != State::Known {
            return None;
        }
        let seen = ahead.evidence.strength.iter().zip(&self.evidence.strength).zip(needed);
        let counts = |now: u8, needed: u8| now > 0 && now >= needed.saturating_sub(NEARLY);
        let new =
            |((now, before), needed): ((&u8, &u8), &u8)| counts(*now, *needed) && *before == 0;
        Some(seen.map(|pixel| u8::from(new(pixel))).collect())
    }

    /// Takes the present frame for the background.
    fn begin(&mut self) {
        self.brightness.begin(&self.smoothed.values);
        self.texture.begin(&self.structure.values);
        self.slow.clear();
        (self.frames, self.settled) = (1, 1);
        self.evidence.clear(State::Anew);
    }

    /// Finds the pixels that differ both in brightness and in structure by more than their noise:
    /// light changes the first, noise in flat places the second, things both.
    fn compare(&mut self) {
        let brightness = self.shift.beyond.iter().zip(&self.brightness.variance);
        let texture = self.texture.difference.iter().zip(&self.texture.variance);
        let out = self.differs.iter_mut().zip(&mut self.scores);
        for ((differs, score), ((beyond, noise), (difference, unrest))) in
            out.zip(brightness.zip(texture))
        {
            let brighter = beyond * beyond / (BRIGHTNESS_DELTA + BRIGHTNESS_NOISES * noise);
            let other = difference * difference / (STRUCTURE_NOISES * (STRUCTURE_DELTA + unrest));
            *score = if brighter < other { brighter } else { other };
            *differs = u8::from(*score > 1.0);
        }
    }

    /// Nothing differs so many pixels from the sides and from above and below.
    fn leave_out(&mut self, (sides, ends): (usize, usize)) {
        let Size { width, height } = self.size;
        if (sides, ends) == (0, 0) {
            return;
        }
        let rows = self.scores.chunks_exact_mut(width).zip(self.differs.chunks_exact_mut(width));
        for (y, (scores, differs)) in rows.enumerate() {
            let whole = y < ends || y + ends >= height;
            let sides = if whole { width } else { sides.min(width) };
            for side in [0..sides, width - sides..width] {
                scores[side.clone()].fill(0.0);
                differs[side].fill(0);
            }
        }
    }

    fn learn(&mut self, passed: f32) {
        self.frames = self.frames.saturating_add(1);
        if self.settled <= LEARNING && !self.light.is_unsettled() || self.frames > LEARNT {
            self.settled = self.settled.saturating_add(1);
        }
        let pace = Pace::new(passed, real(self.frames));
        self.light.carry_over(&mut self.brightness.mean, &self.smoothed.values, passed);
        self.brightness.learn(&self.smoothed.values, &self.differs, pace);
        self.texture.learn(&self.structure.values, &self.differs, pace);
        let (frame, mean) = (&self.smoothed.values, &self.brightness.mean);
        self.slow.stay(frame, mean, &self.differs, pace, passed);
    }
}

#[cfg(test)]
impl Scene {
    /// Whether all that is learnt are numbers.
    pub(super) fn is_finite(&self) -> bool {
        let planes = [&self.brightness.mean, &self.brightness.variance, &self.texture.variance];
        planes.into_iter().flatten().all(|value| value.is_finite())
    }
}
