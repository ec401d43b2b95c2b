//! What a pixel looked like before something came to stand there.
//!
//! Who stands long enough becomes background. When he leaves, what was behind him shows again, and a
//! second, slow background still knows it: a pixel that matches either of the two does not differ,
//! and the fast one takes up the old sight within a second. So nobody leaves a ghost behind.
//!
//! Kept as the distance from the fast background, so that a change of light need be followed only
//! once. While the fast one learns what moves and what came to stand, it stays; it creeps
//! after it otherwise.
//!
//! Source: the dual background of Porikli, Ivanov and Haga, "Robust abandoned object detection using
//! dual foregrounds", EURASIP Journal on Advances in Signal Processing, 2008; the memory of what was
//! uncovered as in the background layers of Kim, Chalidabhongse, Harwood and Davis, "Real-time
//! foreground-background segmentation using codebook model", Real-Time Imaging 11(3), 2005.

use super::background::{Background, Pace};
use super::plane::{Size, Vote};

/// The square of the grey levels by which the two must lie apart to be told apart.
const APART: f32 = 64.0;
/// The square of the grey levels within which a pixel matches, whatever the noise, and by how many
/// variances more: 3 standard deviations.
const MATCH: f32 = 49.0;
const MATCH_NOISES: f32 = 9.0;
/// Grey levels a second by which the slow background creeps to the fast one: something that came to
/// stay, as a parked car, is the only background after a quarter of an hour or so.
const CREEP: f32 = 0.05;
/// Time in which the fast background takes up what the slow one remembers, in seconds.
const UPTAKE: f32 = 0.5;

/// The slow background.
#[derive(Clone, Debug)]
pub(super) struct Slow {
    /// How far it lies from the fast one, in grey levels.
    apart: Vec<f32>,
    /// 1 for each pixel that matches the slow one and not the fast one, else 0.
    marks: Vec<u8>,
    matches: Vec<u8>,
    vote: Vote,
    /// Whether any pixel does.
    any: bool,
}

impl Slow {
    pub(super) fn new(size: Size) -> Self {
        let pixels = size.pixels();
        Self {
            apart: vec![0.0; pixels],
            marks: vec![0; pixels],
            matches: vec![0; pixels],
            vote: Vote::new(size),
            any: false,
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.apart.fill(0.0);
    }

    /// Takes out of `differs` and `scores` what matches the slow background, and lets the fast one,
    /// `brightness`, take it up.
    pub(super) fn forgive(
        &mut self,
        differs: &mut [u8],
        scores: &mut [f32],
        brightness: &mut Background,
        passed: f32,
        size: Size,
    ) {
        self.mark(differs, brightness);
        if !self.any {
            self.matches.fill(0);
            return;
        }
        self.vote.take(&self.marks, &mut self.matches, size);
        let share = (passed / UPTAKE).min(1.0);
        let model = brightness.mean.iter_mut().zip(&brightness.difference).zip(&mut self.apart);
        let found = self.marks.iter().zip(&mut self.matches);
        for (((differs, score), ((mean, difference), apart)), (mark, matches)) in
            differs.iter_mut().zip(scores).zip(model).zip(found)
        {
            *matches &= mark;
            if *matches == 1 {
                (*differs, *score) = (0, 0.0);
                *mean += difference * share;
                *apart -= *apart * share;
            }
        }
    }

    fn mark(&mut self, differs: &[u8], brightness: &Background) {
        let seen = brightness.difference.iter().zip(&brightness.variance).zip(differs);
        let model = self.apart.iter().zip(&self.matches);
        let mut any = 0;
        for ((mark, (apart, &matched)), ((difference, noise), differs)) in
            self.marks.iter_mut().zip(model).zip(seen)
        {
            let off = difference - apart;
            let near = off * off < MATCH + MATCH_NOISES * noise;
            // What is being taken up is taken up to the end.
            let least = APART - f32::from(matched) * (APART - 1.0);
            *mark = differs & u8::from(near) & u8::from(apart * apart > least);
            any |= *mark;
        }
        self.any = any != 0;
    }

    /// Stays where it is while the fast background has just learnt from `frame` what moves, at
    /// `pace`.
    pub(super) fn stay(
        &mut self,
        frame: &[f32],
        mean: &[f32],
        moving: &[u8],
        pace: Pace,
        passed: f32,
    ) {
        // The step that was taken, from where it led.
        let step = |pace: f32| pace / (1.0 - pace).max(0.5);
        let (moving_step, still_step) = (step(pace.moving), step(pace.still));
        let creep = CREEP * passed;
        let seen = frame.iter().zip(mean).zip(moving);
        for (apart, ((new, mean), &moving)) in self.apart.iter_mut().zip(seen) {
            // Once the two are apart, all that the fast one learns is of what stands before the slow.
            let told = if *apart * *apart > APART { still_step } else { 0.0 };
            let learnt = if moving == 1 { moving_step } else { told };
            let here = *apart - learnt * (new - mean);
            let creep = if here > 0.0 { creep } else { -creep };
            *apart = if here * here > creep * creep { here - creep } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::background::Prior;
    use super::*;

    const SIZE: Size = Size { width: 12, height: 10 };

    /// A floor of 80 levels, on which somebody of 140 stands until `leaves`, as the two backgrounds
    /// have it, frame by frame. Which pixels differ in the end, and the background.
    fn watch(leaves: usize, frames: usize) -> (Vec<u8>, Background) {
        let pixels = SIZE.pixels();
        let (floor, body) = (vec![80.0; pixels], vec![140.0; pixels]);
        let mut fast = Background::new(pixels, Prior { variance: 1.0, most: 9.0 });
        fast.begin(&floor);
        let mut slow = Slow::new(SIZE);
        let mut differs = vec![0; pixels];
        for number in 0..frames {
            let frame = if number < leaves { &body } else { &floor };
            fast.look(frame);
            let mut scores: Vec<f32> = fast.difference.iter().map(|off| off * off / 49.0).collect();
            differs = scores.iter().map(|score| u8::from(*score > 1.0)).collect();
            slow.forgive(&mut differs, &mut scores, &mut fast, 0.1, SIZE);
            let pace = Pace::new(0.1, 1_000.0);
            fast.learn(frame, &differs, pace);
            slow.stay(frame, &fast.mean, &differs, pace, 0.1);
        }
        (differs, fast)
    }

    #[test]
    fn who_stood_until_learnt_leaves_no_ghost() {
        let (differs, fast) = watch(900, 900);
        assert!(differs.iter().all(|differs| *differs == 0) && fast.mean[50] > 130.0, "learnt");
        let (differs, _) = watch(900, 901);
        assert!(differs.iter().all(|differs| *differs == 0), "a ghost");
        let (_, fast) = watch(900, 930);
        assert!((fast.mean[50] - 80.0).abs() < 5.0, "{}", fast.mean[50]);
    }

    #[test]
    fn who_has_just_come_differs() {
        let (differs, _) = watch(20, 20);
        assert!(differs.iter().all(|differs| *differs == 1));
    }
}
