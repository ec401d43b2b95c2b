//! Judges what differs by the owner's settings: what counts, where, and whether it goes anywhere.
//!
//! The live detector and those who try other settings on what was kept of past days judge by this
//! same code.

use std::time::Duration;

use watchpost_model::{Fraction, MotionSettings, Tuning};

use super::evidence::{Evidence, State};
use super::field::Field;
use super::plane::Size;
use super::shape::{Shape, Shapes};
use super::track::{Lack, Track, Tracks};
use super::{Motion, Thing};
use crate::Region;
use crate::cast::real;

/// A longer time between two frames is not followed across.
pub(super) const GAP: Duration = Duration::from_secs(2);

/// Tells what moves from one camera's evidence.
#[derive(Clone, Debug)]
pub struct Judge {
    settings: MotionSettings,
    bench: Option<Bench>,
    verdicts: Vec<(Region, Verdict)>,
}

/// What became of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It moves.
    Moves,
    /// It covers too little.
    Small,
    /// It has no outline: a light.
    Light,
    /// It does not go anywhere, and why.
    Stays(Lack),
    /// It is in no zone, not large enough for the one it is in, or not yet long enough in it.
    Elsewhere,
    /// It is not of the size of a person or a vehicle there.
    Size,
}

/// What is remembered of frames of one size.
#[derive(Clone, Debug)]
struct Bench {
    size: Size,
    last: Duration,
    field: Field,
    /// 1 for each pixel that counts, else 0.
    counts: Vec<u8>,
    shapes: Shapes,
    tracks: Tracks,
}

impl Judge {
    /// A judge that has seen nothing yet.
    #[must_use]
    pub fn new(settings: MotionSettings) -> Self {
        Self { settings, bench: None, verdicts: Vec::new() }
    }

    /// By what it judges.
    #[must_use]
    pub fn settings(&self) -> &MotionSettings {
        &self.settings
    }

    /// Judges by other settings from now on.
    pub fn set(&mut self, settings: MotionSettings) {
        *self = Self::new(settings);
    }

    /// The strength from which each pixel counts, and the least share of the picture, above 0, that
    /// something must cover; `None` before the first frame.
    pub(super) fn needs(&self, is_night: bool) -> Option<(&[u8], f32)> {
        let Bench { field, size, .. } = self.bench.as_ref()?;
        let area = field.least_area(self.settings.tuning(is_night));
        Some((field.needed(is_night), area.max(1.0 / real(size.pixels()))))
    }

    /// Follows nothing of what it has seen any more.
    pub fn forget(&mut self) {
        self.verdicts.clear();
        if let Some(bench) = &mut self.bench {
            bench.tracks.clear();
        }
    }

    /// Judges the evidence of the time `at`, counted from the first frame.
    ///
    /// Where `at` goes back or jumps by more than 2 s, nothing is followed across the jump.
    pub fn step(&mut self, evidence: &Evidence, at: Duration) -> Motion {
        self.verdicts.clear();
        if self.bench.as_ref().is_none_or(|bench| bench.size != evidence.size) {
            self.bench = Some(Bench::new(evidence.size, at, &self.settings));
        }
        match &mut self.bench {
            Some(bench) => bench.step(evidence, at, &self.settings, &mut self.verdicts),
            None => Motion::none(),
        }
    }

    /// What became of each shape of the last frame, the largest first.
    #[must_use]
    pub fn verdicts(&self) -> &[(Region, Verdict)] {
        &self.verdicts
    }
}

impl Bench {
    fn new(size: Size, at: Duration, settings: &MotionSettings) -> Self {
        Self {
            size,
            last: at,
            field: Field::new(size, settings),
            counts: vec![0; size.pixels()],
            shapes: Shapes::new(size),
            tracks: Tracks::new(size),
        }
    }

    fn step(
        &mut self,
        evidence: &Evidence,
        at: Duration,
        settings: &MotionSettings,
        verdicts: &mut Vec<(Region, Verdict)>,
    ) -> Motion {
        let jumped = at.checked_sub(self.last).is_none_or(|passed| passed > GAP);
        self.last = at;
        if jumped || evidence.state == State::Anew {
            self.tracks.clear();
        }
        if evidence.state != State::Known {
            return Motion::none();
        }
        let tuning = settings.tuning(evidence.is_night);
        if evidence.is_empty {
            self.shapes.clear();
        } else {
            self.field.count(evidence, &mut self.counts);
            self.shapes.take(&self.counts, &evidence.difference, self.size);
        }
        let least = self.field.least_area(tuning) * real(self.size.pixels());
        let of_size = |shape: &&Shape| real(shape.area) >= least && shape.is_sharp;
        self.tracks.take(self.shapes.found.iter().filter(of_size), at, tuning);
        self.tell(tuning, at, verdicts, least)
    }

    fn tell(
        &mut self,
        tuning: &Tuning,
        at: Duration,
        verdicts: &mut Vec<(Region, Verdict)>,
        least: f32,
    ) -> Motion {
        let size = self.size;
        for shape in &self.shapes.found {
            if real(shape.area) < least {
                verdicts.push((outline(shape, size), Verdict::Small));
            } else if !shape.is_sharp {
                verdicts.push((outline(shape, size), Verdict::Light));
            }
        }
        let (mut area, mut things) = (0, Vec::new());
        for track in self.tracks.seen() {
            let zones = self.field.visit(track, &self.shapes.mask, at, tuning);
            let region = outline(track.shape(), size);
            let verdict = verdict(track, &region, zones.as_deref(), &self.field);
            verdicts.push((region, verdict));
            if verdict == Verdict::Moves {
                area += track.shape().area;
                let zones = zones.unwrap_or_default();
                things.push(Thing { track: track.number, region, zones });
            }
        }
        Motion { area: Fraction::clamped(real(area) / real(size.pixels())), things }
    }
}

fn verdict(track: &Track, region: &Region, zones: Option<&[usize]>, field: &Field) -> Verdict {
    match (track.goes(), track.lacks) {
        (false, Some(lack)) => Verdict::Stays(lack),
        _ if !field.is_person_sized(region) => Verdict::Size,
        _ if zones.is_none() => Verdict::Elsewhere,
        _ => Verdict::Moves,
    }
}

fn outline(shape: &Shape, size: Size) -> Region {
    let (width, height) = (real(size.width), real(size.height));
    let part = |pixels: usize, whole: f32| Fraction::clamped(real(pixels) / whole);
    Region {
        left: part(shape.left, width),
        top: part(shape.top, height),
        right: part(shape.right, width),
        bottom: part(shape.bottom, height),
    }
}

#[cfg(test)]
mod tests;
