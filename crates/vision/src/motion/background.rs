//! What each pixel looks like when nothing moves, and how much it trembles then.
//!
//! A running mean and variance per pixel, of brightness and of structure. What differs is learnt
//! slowly, so that a person does not fade while in sight; what does not, at the pace of daylight.
//! The first frames count in full, so that the mean is right from the start.
//!
//! Source: one Gaussian per pixel as in Wren, Azarbayejani, Darrell and Pentland, "Pfinder", IEEE
//! TPAMI 19(7), 1997; learning only where nothing differs as in Koller, Weber and Malik, "Robust
//! multiple car tracking with occlusion reasoning", ECCV 1994.

/// Time in which a mean follows what changes while nothing moves, in seconds.
const STILL: f32 = 4.0;
/// The same for what moves: something left behind becomes background within a minute.
const MOVING: f32 = 20.0;
/// Time in which a variance is learnt where nothing moves, in seconds.
const NOISE: f32 = 10.0;
/// The same for what moves: hardly at all, or a person would pass for noise.
const UNREST: f32 = 100.0;

/// What is taken for granted about a kind of number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    /// Its variance before anything is known.
    pub(super) variance: f32,
    /// A difference teaches the variance no more than this one does.
    pub(super) most: f32,
}

/// A running mean and variance of one number per pixel.
#[derive(Clone, Debug)]
pub(super) struct Background {
    pub(super) mean: Vec<f32>,
    pub(super) variance: Vec<f32>,
    /// How far the present frame lies from the mean.
    pub(super) difference: Vec<f32>,
    prior: Prior,
}

/// How much of a difference one frame teaches, from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) still: f32,
    pub(super) moving: f32,
    noise: f32,
    unrest: f32,
}

impl Pace {
    /// For the frame that came `passed` seconds after the one before and is the `frames`-th since
    /// the beginning.
    pub(super) fn new(passed: f32, frames: f32) -> Self {
        let pace = |time: f32| (passed / time).max(1.0 / frames.max(1.0)).min(1.0);
        Self { still: pace(STILL), moving: pace(MOVING), noise: pace(NOISE), unrest: pace(UNREST) }
    }
}

impl Background {
    pub(super) fn new(pixels: usize, prior: Prior) -> Self {
        Self {
            mean: vec![0.0; pixels],
            variance: vec![prior.variance; pixels],
            difference: vec![0.0; pixels],
            prior,
        }
    }

    /// Takes `frame` for the truth.
    pub(super) fn begin(&mut self, frame: &[f32]) {
        self.mean.copy_from_slice(frame);
        self.variance.fill(self.prior.variance);
        self.difference.fill(0.0);
    }

    /// Sets `frame` against the mean.
    pub(super) fn look(&mut self, frame: &[f32]) {
        for ((difference, new), mean) in self.difference.iter_mut().zip(frame).zip(&self.mean) {
            *difference = new - mean;
        }
    }

    /// Learns from `frame` and from its difference as it stands, `moving` being 1 where something
    /// moves, else 0.
    pub(super) fn learn(&mut self, frame: &[f32], moving: &[u8], pace: Pace) {
        let most = self.prior.most * self.prior.most;
        let model = self.mean.iter_mut().zip(&mut self.variance);
        let seen = frame.iter().zip(&self.difference).zip(moving);
        for ((mean, variance), ((new, difference), &moving)) in model.zip(seen) {
            let moving = f32::from(moving);
            let square = difference * difference;
            let square = if square < most { square } else { most };
            *mean += (pace.still + (pace.moving - pace.still) * moving) * (new - *mean);
            *variance += (pace.noise + (pace.unrest - pace.noise) * moving) * (square - *variance);
        }
    }
}
