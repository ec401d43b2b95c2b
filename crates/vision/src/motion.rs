//! Finds what moves: people, animals and vehicles, and not light, weather, leaves or noise.
//!
//! In two steps. A scene smooths a frame and sets it against a learnt background, twice: by
//! brightness, with the change of light around each pixel taken out, and by structure, which light
//! does not change. What differs in both by more than the pixel's own noise is the frame's
//! [`Evidence`]. A [`Judge`] knows what the owner wants: it joins pixels into shapes, follows them,
//! and reports what travels as things do. Each idea stands in its own file, with its source.

mod plane; //      numbers per pixel
mod structure; //  what is seen, whatever the light
mod background; // what a pixel looks like when nothing moves
mod light; //      how the light has changed
mod slow; //       what it looked like before somebody stood there
mod register; //   how far the whole picture moved
mod shift; //      what a shift by one pixel explains
mod restless; //   what comes and goes all the time
mod night; //      whether it is night
mod glance; //    what a look ahead shows
mod upheaval; //   when everything differs
mod scene; //      all these together
mod evidence; //   what differs, and how much
mod account; //    what took the rest out

mod field; //      which pixels count
mod shape; //      which of them belong together
mod clutter; //    how much of it comes and goes
mod track; //      where they go
mod judge; //      all these together
pub mod grid; //   what is kept of it

use std::time::Duration;

use watchpost_model::{Fraction, MotionSettings};

use crate::{Grey, Region};
use glance::Glance;
use plane::Size;
use scene::Scene;

pub use account::{Account, Mean};
pub use evidence::{Evidence, State};
pub use judge::{Judge, Verdict};
pub use track::Lack;

/// What moves in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// Share of the picture that moves.
    pub area: Fraction,
    /// Each thing that moves; empty if nothing does.
    pub things: Vec<Thing>,
}

/// Something that moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// The same number in one frame after another, as long as it is followed.
    pub track: u32,
    /// A box around it.
    pub region: Region,
    /// In which zones it counts, by their number in the settings; empty if there are no zones.
    pub zones: Vec<usize>,
}

impl Motion {
    /// Nothing moves.
    #[must_use]
    pub fn none() -> Self {
        Self { area: Fraction::NONE, things: Vec::new() }
    }

    /// Whether anything moves.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !self.things.is_empty()
    }

    /// A box around each thing that moves.
    #[must_use]
    pub fn regions(&self) -> Vec<Region> {
        self.things.iter().map(|thing| thing.region).collect()
    }
}

/// Tells what moves from one camera's frames.
#[derive(Clone, Debug)]
pub struct Detector {
    scene: Option<Scene>,
    glance: Option<Glance>,
    judge: Judge,
    explains: bool,
}

impl Detector {
    /// A detector that has seen nothing yet.
    #[must_use]
    pub fn new(settings: MotionSettings) -> Self {
        Self { scene: None, glance: None, judge: Judge::new(settings), explains: false }
    }

    /// Takes the frame of the time `at`, counted from the first frame, and tells what moves in it.
    ///
    /// Give it 5 to 10 frames a second. Where `at` goes back or jumps by more than 2 s, nothing is
    /// followed across the jump; where the frames' size changes, everything is learnt anew. While
    /// it learns, for 10 frames, nothing moves.
    pub fn step(&mut self, frame: &Grey, at: Duration) -> Motion {
        if self.scene.as_ref().is_none_or(|scene| !scene.fits(frame)) {
            self.scene = Some(Scene::new(frame, at));
        }
        if self.explains {
            self.scene.iter_mut().for_each(Scene::explain);
        }
        match &mut self.scene {
            Some(scene) => self.judge.step(scene.step(frame, at), at),
            None => Motion::none(),
        }
    }

    /// Looks ahead: how much of `frame`, of the time `at`, shows something that the last frame given to
    /// [`Detector::step`] did not, nearly counts by the settings, and is not there anew at every look; in
    /// shares of what must be covered to count as moving. Very much if that cannot be told, for the
    /// scene is not known yet or everything differs. Nothing is learnt but what is there at every look,
    /// so that frames from in between may still be given.
    pub fn peek(&mut self, frame: &Grey, at: Duration) -> f32 {
        let is_night = self.evidence().is_some_and(Evidence::is_night);
        let needs = self.judge.needs(is_night).zip(self.scene.as_ref());
        let news = needs.and_then(|((needed, area), scene)| {
            scene.fits(frame).then(|| scene.peek(frame, at, needed)).flatten().zip(Some(area))
        });
        let Some((new, area)) = news else { return f32::MAX };
        let size = Size::of(frame);
        let glance = self.glance.take().filter(|glance| glance.fits(size));
        self.glance.insert(glance.unwrap_or_else(|| Glance::new(size))).news(new) / area
    }

    /// Takes a frame only to learn from it, where frames are too far apart to follow anything from one
    /// to the next.
    pub fn learn(&mut self, frame: &Grey, at: Duration) {
        if self.scene.as_ref().is_none_or(|scene| !scene.fits(frame)) {
            self.scene = Some(Scene::new(frame, at));
        }
        if let Some(scene) = &mut self.scene {
            scene.step(frame, at);
        }
        self.judge.forget();
    }

    /// Judges by other settings from now on; what is learnt of the scene stays.
    pub fn set(&mut self, settings: MotionSettings) {
        self.judge.set(settings);
    }

    /// What the last frame showed against its background.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.scene.as_ref().map(Scene::evidence)
    }

    /// From the next frame on, draws up an [`Detector::account`] of each.
    pub fn explain(&mut self) {
        self.explains = true;
    }

    /// What the mechanisms made of the last frame, if that was asked for.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.scene.as_ref()?.account()
    }

    /// What judged it.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        &self.judge
    }
}

#[cfg(test)]
mod tests;
