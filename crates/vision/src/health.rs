//! Finds what is wrong with a camera by its pictures: whether they stand still, are black or white, and
//! whether the camera still sees what it used to see, as clearly.
//!
//! Each idea stands in its own file, with its source. Doubts add up and fade, and only what lasts is told:
//! somebody who walks by right before the lens is no cover. Where nothing can be told, because there is
//! nothing but noise to be seen, nothing is.

mod plane; //   numbers per pixel
mod levels; //  how bright
mod front; //   whether darkness came in from a side
mod pulse; //   whether it lives
mod outline; // edges, whatever the light
mod view; //    what is seen against what was
mod doubt; //   what lasts

use std::collections::BTreeSet;
use std::time::Duration;

use watchpost_model::Ailment;

use crate::Grey;
use crate::cast::real;
use doubt::{Doubt, Doubts};
use front::Front;
use levels::Levels;
use plane::{Blur, Size};
use pulse::{Beat, Pulse};
use view::{Frame, Judgement, View};

/// How often the view is looked at; the frames in between only count for means.
const LOOK: Duration = Duration::from_millis(500);
/// A longer time between two looks counts as this long: who was away must not come back ill.
const LONGEST_LOOK: Duration = Duration::from_secs(4);
/// A longer time between two frames is taken for this long, and they are not compared.
const GAP: Duration = Duration::from_secs(2);
/// Time over which what is seen now is averaged, in seconds.
const NOW: f32 = 0.7;
/// The same for what used to be seen.
const PAST: f32 = 60.0;
/// The same while it is seen in quite another light.
const OTHER: f32 = 300.0;
/// Time over which noise is averaged, in seconds.
const NOISE: f32 = 1.0;
/// What averaging over [`NOW`] leaves of noise at ten frames a second.
const LEFT: f32 = 0.28;
/// The mean difference of two numbers that scatter with a standard deviation of 1, turned around.
const SCATTER: f32 = 0.886;
/// Share of the usual light below which a lamp may have been switched off.
const DARKER: f32 = 0.6;
/// Looks from which the scene is learnt before it is judged: 4 s.
const LEARNING: usize = 8;
/// So often the view that used to be seen is taken apart anew, in looks.
const REFRESH: usize = 8;
/// Within this time before, the picture was lit, or it is not a sudden darkness.
const SUDDEN: Duration = Duration::from_secs(20);
/// A view that has been the same for so long after the camera was moved is the one to be watched.
const SETTLED: Duration = Duration::from_mins(30);

/// Tells what is wrong with one camera from its grey frames.
///
/// * `Frozen`: the frames of now are those of four seconds ago, but for a clock. Never of a source that never
///   trembled.
/// * `Black`: no light and no noise, come on within 20 s or there from the start. What gets dark slowly, as at
///   dusk, is not; nor is darkness in which the camera's noise is to be seen, for so a room looks
///   whose lamp was switched off.
/// * `White`: nothing but light.
/// * `Covered`: most of the outlines are gone, or others that are out of focus lie before them. In the dark only
///   if the darkness came in from a side, as a hand or a bag does and a lamp does not.
/// * `Defocused`: fine detail is gone and coarse detail is left.
/// * `Moved`: the scene lies elsewhere in the picture, or it is another.
///
/// Of the last five at most one is told at a time. `Moved` ends when the camera is turned back, when its
/// new view has been the same for half an hour, or at [`Examiner::relearn`]; the others when the picture is
/// well again.
#[derive(Clone, Debug, Default)]
pub struct Examiner {
    scene: Option<Scene>,
}

impl Examiner {
    /// An examiner that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the frame of the time `at`, counted from the first frame, and tells what is wrong as of now.
    ///
    /// Give it 5 to 10 frames a second. It learns for 4 s, and for 8 s how much the picture trembles; what lasts is
    /// told 4 to 8 s after it began. Where `at` goes back or jumps by more than 2 s, frames are not compared
    /// across the jump; where the frames' size changes, all is learnt anew.
    pub fn step(&mut self, frame: &Grey, at: Duration) -> BTreeSet<Ailment> {
        let size = Size::of(frame);
        if self.scene.as_ref().is_none_or(|scene| scene.size != size) {
            self.scene = Some(Scene::new(frame, at));
        }
        self.scene.as_mut().map(|scene| scene.step(frame, at)).unwrap_or_default()
    }

    /// Takes what is there from now on for how the scene looks when all is well.
    pub fn relearn(&mut self) {
        self.scene = None;
    }
}

/// All that is remembered of frames of one size.
#[derive(Clone, Debug)]
struct Scene {
    size: Size,
    /// When the last frame was taken, and the last that was looked at.
    last: Duration,
    looked: Option<Duration>,
    frame: Vec<u8>,
    /// The mean of the last second, and the standard deviation of the noise in one frame.
    now: Vec<f32>,
    noise: f32,
    /// The mean of the last minute in which all was well, and that taken apart.
    past: Vec<f32>,
    looks: usize,
    known: Option<View>,
    blur: Blur,
    front: Front,
    pulse: Pulse,
    /// When the picture was last not black, and whether the present darkness came on suddenly.
    lit: Option<Duration>,
    black: Option<Sudden>,
    doubts: Doubts,
    still: Doubt,
    /// Since when a moved camera has had the same view.
    settled: Option<(Duration, View)>,
}

/// Whether the picture became black at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sudden {
    Yes,
    No,
}

impl Scene {
    fn new(frame: &Grey, at: Duration) -> Self {
        let size = Size::of(frame);
        Self {
            size,
            last: at,
            looked: None,
            frame: frame.pixels().to_vec(),
            now: frame.pixels().iter().copied().map(f32::from).collect(),
            noise: 2.0,
            past: vec![0.0; size.pixels()],
            looks: 0,
            known: None,
            blur: Blur::new(size),
            front: Front::new(size),
            pulse: Pulse::new(size),
            lit: None,
            black: None,
            doubts: Doubts::default(),
            still: Doubt::default(),
            settled: None,
        }
    }

    fn step(&mut self, frame: &Grey, at: Duration) -> BTreeSet<Ailment> {
        let jumped = at.checked_sub(self.last).is_none_or(|passed| passed > GAP);
        let passed = at.saturating_sub(self.last).min(GAP).as_secs_f32();
        self.last = at;
        if jumped {
            self.pulse.forget_frames();
        }
        if self.looked.is_some_and(|looked| looked > at) {
            self.looked = None;
        }
        self.average(frame, passed);
        if self.looks > LEARNING {
            self.front.take(frame, at);
        }
        let due = self.looked.is_none_or(|looked| at.saturating_sub(looked) >= LOOK);
        if due {
            // Where key pictures alone are looked at, looks may be seconds apart and count all the same.
            let passed = at.saturating_sub(self.looked.unwrap_or(at)).min(LONGEST_LOOK);
            let passed = passed.as_secs_f32();
            self.looked = Some(at);
            self.look(frame, at, passed);
        }
        self.told()
    }

    /// Takes a frame into the means.
    fn average(&mut self, frame: &Grey, passed: f32) {
        let share = 1.0 - (-passed / NOW).exp();
        let mut difference: usize = 0;
        for ((now, old), &new) in self.now.iter_mut().zip(&mut self.frame).zip(frame.pixels()) {
            difference += usize::from(new.abs_diff(*old));
            *old = new;
            *now += share * (f32::from(new) - *now);
        }
        if passed > 0.0 {
            let scatter = SCATTER * real(difference) / real(self.size.pixels());
            self.noise += (passed / NOISE).min(1.0) * (scatter - self.noise);
        }
    }

    fn look(&mut self, frame: &Grey, at: Duration, passed: f32) {
        let levels = Levels::of(frame);
        let beat = self.pulse.take(frame, at, passed, levels.mean);
        let judgement = self.judge(levels, at);
        match judgement {
            Judgement::Well => self.learn(PAST),
            Judgement::Other => self.learn(OTHER),
            Judgement::Unsure | Judgement::Ill(_) => {}
        }
        // A picture that stands still says nothing new of the view.
        if beat != Beat::Dead {
            self.doubts.add(judgement, passed);
        }
        // Black and white stand still by nature.
        let blind = levels.is_black() || levels.is_white();
        match beat {
            Beat::Dead if !blind => self.still.rise(passed),
            Beat::Dead | Beat::Alive => self.still.fall(passed),
            Beat::Unsure => {}
        }
        self.settle(at);
    }

    fn judge(&mut self, levels: Levels, at: Duration) -> Judgement {
        if levels.is_black() {
            let sudden = match self.lit {
                Some(lit) if at.saturating_sub(lit) >= SUDDEN => Sudden::No,
                _ => Sudden::Yes,
            };
            return match *self.black.get_or_insert(sudden) {
                Sudden::Yes => Judgement::Ill(Ailment::Black),
                Sudden::No => Judgement::Unsure,
            };
        }
        self.black = None;
        if levels.is_lit() {
            self.lit = Some(at);
        }
        if levels.is_white() {
            return Judgement::Ill(Ailment::White);
        }
        if self.looks < LEARNING {
            return Judgement::Well;
        }
        self.compare(levels, at)
    }

    /// Sets what is seen against what used to be seen.
    fn compare(&mut self, levels: Levels, at: Duration) -> Judgement {
        let left = self.noise * LEFT;
        if self.known.is_none() || self.looks.is_multiple_of(REFRESH) {
            let known = View::of(&self.past, &mut self.blur, self.size, left);
            self.front.learn(&self.past);
            self.known = Some(known);
        }
        let Some(known) = &self.known else { return Judgement::Unsure };
        let now = View::in_light_of(known, &self.now, &mut self.blur, self.size, left);
        let plane: Vec<f32> = self.frame.iter().copied().map(f32::from).collect();
        let frame = Frame { plane: &plane, size: self.size, noise: left };
        let judgement = known.judge(&now, &frame, &mut self.blur, self.doubts.told());
        let dark =
            !levels.is_bright() && self.front.light(levels.mean) < DARKER && !self.front.came(at);
        match judgement {
            Judgement::Ill(Ailment::Covered | Ailment::Defocused | Ailment::Moved)
                if dark && self.doubts.told().is_none() =>
            {
                Judgement::Unsure
            }
            judgement => judgement,
        }
    }

    /// Takes what is seen now for how the scene looks.
    fn learn(&mut self, time: f32) {
        self.looks = self.looks.saturating_add(1);
        let pace = (1.0 / real(self.looks)).max(LOOK.as_secs_f32() / time);
        for (past, now) in self.past.iter_mut().zip(&self.now) {
            *past += pace * (now - *past);
        }
    }

    /// Takes the new view of a moved camera for the right one when it has been the same for long.
    fn settle(&mut self, at: Duration) {
        if self.doubts.told() != Some(Ailment::Moved) {
            self.settled = None;
            return;
        }
        let left = self.noise * LEFT;
        let now = View::of(&self.now, &mut self.blur, self.size, left);
        let frame = Frame { plane: &self.now, size: self.size, noise: left };
        let blur = &mut self.blur;
        let mut same =
            |view: &View| !matches!(view.judge(&now, &frame, blur, None), Judgement::Ill(_));
        match &self.settled {
            Some((since, view)) if same(view) => {
                if at.saturating_sub(*since) >= SETTLED {
                    self.past.copy_from_slice(&self.now);
                    self.known = None;
                    self.looks = 0;
                    self.doubts = Doubts::default();
                    self.settled = None;
                }
            }
            _ => self.settled = Some((at, now)),
        }
    }

    fn told(&self) -> BTreeSet<Ailment> {
        let still = self.still.is_told().then_some(Ailment::Frozen);
        self.doubts.told().into_iter().chain(still).collect()
    }
}

#[cfg(test)]
mod tests;
