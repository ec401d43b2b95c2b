//! Finds what moves: people, animals and vehicles, and not light, weather, leaves or noise.
//!
//! A frame is smoothed and set against a learnt background, twice: by brightness, with the change
//! of light around each pixel taken out, and by structure, which light does not change. Where both
//! differ by more than the pixel's own noise, pixels are joined into shapes, shapes are followed,
//! and what travels as things do is reported. Each idea stands in its own file, with its source.

mod plane; //      numbers per pixel
mod structure; //  what is seen, whatever the light
mod background; // what a pixel looks like when nothing moves
mod light; //      how the light has changed
mod shift; //      what a shift by one pixel explains
mod restless; //   what comes and goes all the time
mod upheaval; //   when everything differs
mod shape; //      which pixels belong together
mod track; //      where they go

use std::time::Duration;

use watchpost_model::Fraction;

use crate::cast::real;
use crate::{Grey, Region};
use background::{Background, Pace, Prior};
use light::Light;
use plane::{Size, Smoothed};
use restless::Restless;
use shape::{Shape, Shapes};
use shift::Shift;
use structure::Structure;
use track::Tracks;

/// Frames from which the background and its noise are learnt before anything is reported.
const LEARNING: usize = 10;
/// A longer time between two frames is taken for this long, and nothing is followed across it.
const GAP: Duration = Duration::from_secs(2);
/// By how many variances brightness must differ, beside `min_pixel_delta`: 3 standard deviations.
const BRIGHTNESS_NOISES: f32 = 9.0;
/// By how many variances structure must differ: 2.5 standard deviations, for brightness must
/// agree.
const STRUCTURE_NOISES: f32 = 6.25;
/// The variance of structure where there is no noise at all: what the codec does to it.
const STRUCTURE_DELTA: f32 = 0.01;

/// What an owner may set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Share of the picture that something must cover to count as moving.
    pub min_area: Fraction,
    /// Grey levels, 0 to 255, by which a pixel must differ from its background, over and above
    /// noise and change of light.
    pub min_pixel_delta: u8,
}

impl Default for Settings {
    /// Sees a person 10 pixels high in a frame of 160x90.
    fn default() -> Self {
        Self { min_area: Fraction::clamped(0.0004), min_pixel_delta: 7 }
    }
}

/// What moves in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// Share of the picture that moves.
    pub area: Fraction,
    /// A box around each thing that moves; empty if nothing does.
    pub regions: Vec<Region>,
}

impl Motion {
    fn none() -> Self {
        Self { area: Fraction::NONE, regions: Vec::new() }
    }

    /// Whether anything moves.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !self.regions.is_empty()
    }
}

/// Tells what moves from one camera's frames.
#[derive(Clone, Debug)]
pub struct Detector {
    settings: Settings,
    scene: Option<Scene>,
}

impl Detector {
    /// A detector that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, scene: None }
    }

    /// Takes the frame of the time `at`, counted from the first frame, and tells what moves in it.
    ///
    /// Give it 5 to 10 frames a second. Where `at` goes back or jumps by more than 2 s, nothing is
    /// followed across the jump; where the frames' size changes, everything is learnt anew. While
    /// it learns, for 10 frames, nothing moves.
    pub fn step(&mut self, frame: &Grey, at: Duration) -> Motion {
        let size = Size::of(frame);
        if self.scene.as_ref().is_none_or(|scene| scene.size != size) {
            self.scene = Some(Scene::new(size, at));
        }
        match &mut self.scene {
            Some(scene) => scene.step(frame, at, self.settings),
            None => Motion::none(),
        }
    }
}

/// All that is remembered of frames of one size.
#[derive(Clone, Debug)]
struct Scene {
    size: Size,
    /// When the last frame was taken.
    last: Duration,
    /// Frames since the scene was last learnt anew, from 1.
    frames: usize,
    smoothed: Smoothed,
    structure: Structure,
    brightness: Background,
    texture: Background,
    light: Light,
    shift: Shift,
    restless: Restless,
    /// 1 for each pixel that differs from the background, else 0.
    differs: Vec<u8>,
    shapes: Shapes,
    tracks: Tracks,
}

impl Scene {
    fn new(size: Size, at: Duration) -> Self {
        let pixels = size.pixels();
        Self {
            size,
            last: at,
            frames: 0,
            smoothed: Smoothed::new(size),
            structure: Structure::new(size),
            brightness: Background::new(pixels, Prior { variance: 4.0, most: 20.0 }),
            texture: Background::new(pixels, Prior { variance: 0.02, most: 1.0 }),
            light: Light::new(size),
            shift: Shift::new(size),
            restless: Restless::new(pixels),
            differs: vec![0; pixels],
            shapes: Shapes::new(size),
            tracks: Tracks::new(size),
        }
    }

    fn step(&mut self, frame: &Grey, at: Duration, settings: Settings) -> Motion {
        let jumped = at.checked_sub(self.last).is_none_or(|passed| passed > GAP);
        let passed = at.saturating_sub(self.last).min(GAP).as_secs_f32();
        self.last = at;
        if jumped {
            self.tracks.clear();
        }
        self.smoothed.take(frame);
        self.structure.take(&self.smoothed.values, self.size);
        if self.frames == 0 {
            self.begin();
            return Motion::none();
        }
        self.brightness.look(&self.smoothed.values);
        self.texture.look(&self.structure.values);
        self.light.remove(&mut self.brightness.difference, self.size);
        self.shift.take(&self.brightness, self.size);
        self.compare(settings.min_pixel_delta);
        if upheaval::is_upheaval(&self.differs) {
            self.begin();
            return Motion::none();
        }
        self.restless.silence(&mut self.differs, passed);
        self.learn(passed);
        if self.frames <= LEARNING {
            return Motion::none();
        }
        self.shapes.take(&self.differs, &self.brightness.difference, self.size);
        let least = settings.min_area.get() * real(self.size.pixels());
        self.tracks.take(self.shapes.found.iter().filter(|shape| real(shape.area) >= least), at);
        self.told()
    }

    /// Takes the present frame for the background.
    fn begin(&mut self) {
        self.brightness.begin(&self.smoothed.values);
        self.texture.begin(&self.structure.values);
        self.tracks.clear();
        self.frames = 1;
    }

    /// Finds the pixels that differ both in brightness and in structure by more than their noise:
    /// light changes the first, noise in flat places the second, things both.
    fn compare(&mut self, min_pixel_delta: u8) {
        let delta = f32::from(min_pixel_delta) * f32::from(min_pixel_delta);
        let brightness = self.shift.beyond.iter().zip(&self.brightness.variance);
        let texture = self.texture.difference.iter().zip(&self.texture.variance);
        for (out, ((beyond, noise), (difference, unrest))) in
            self.differs.iter_mut().zip(brightness.zip(texture))
        {
            let brighter = beyond * beyond > delta + BRIGHTNESS_NOISES * noise;
            let other = difference * difference > STRUCTURE_NOISES * (STRUCTURE_DELTA + unrest);
            *out = u8::from(brighter & other);
        }
    }

    fn learn(&mut self, passed: f32) {
        self.frames = self.frames.saturating_add(1);
        let pace = Pace::new(passed, real(self.frames));
        self.light.carry_over(&mut self.brightness.mean, &self.smoothed.values, passed);
        self.brightness.learn(&self.smoothed.values, &self.differs, pace);
        self.texture.learn(&self.structure.values, &self.differs, pace);
    }

    fn told(&self) -> Motion {
        let (width, height) = (real(self.size.width), real(self.size.height));
        let share = |part: usize, whole: f32| Fraction::clamped(real(part) / whole);
        let outline = |shape: &Shape| Region {
            left: share(shape.left, width),
            top: share(shape.top, height),
            right: share(shape.right, width),
            bottom: share(shape.bottom, height),
        };
        Motion {
            area: share(self.tracks.going().map(|shape| shape.area).sum(), width * height),
            regions: self.tracks.going().map(outline).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
