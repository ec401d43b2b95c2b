//! What one frame says against the background, before anybody judges it.
//!
//! How strongly each pixel differs, in a few steps, and by how many grey levels. It does not depend
//! on the owner's settings, so that it can be kept and judged again by others; and it is judged as
//! it is kept, so that the second judgement is made of the very same numbers.

use super::plane::{Size, Vote};
use crate::cast::level_of;

/// The strength at which a pixel counts at a sensitivity of 0.5.
pub(super) const STANDARD: u8 = 9;
/// The greatest strength told apart: what counts even at a sensitivity of 0.
pub(super) const STRONGEST: u8 = 17;

/// The least score of each strength from 1 on. A score is the square of how many times the standard
/// threshold a pixel reaches; strengths are an eighth of a doubling of that multiple apart, from a
/// half (1) over one (9) to two (17).
const SCORES: [f32; 17] = [
    0.25,
    0.297_301_78,
    0.353_553_4,
    0.420_448_2,
    0.5,
    0.594_603_56,
    std::f32::consts::FRAC_1_SQRT_2,
    0.840_896_4,
    1.0,
    1.189_207_1,
    std::f32::consts::SQRT_2,
    1.681_792_9,
    2.0,
    2.378_414_2,
    2.828_427,
    3.363_585_7,
    4.0,
];

/// What one frame shows against its background.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    pub(super) size: Size,
    pub(super) state: State,
    /// Whether the picture is one of night.
    pub(super) is_night: bool,
    /// Whether no pixel differs.
    pub(super) is_empty: bool,
    /// How strongly each pixel differs: 0 not at all, else 1 to [`STRONGEST`].
    pub(super) strength: Vec<u8>,
    /// By how many grey levels it differs, light taken out, at most 127 either way. 0 where nothing
    /// near it differs.
    pub(super) difference: Vec<i8>,
}

/// What is known of the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was taken from this very frame: the first, or one in which everything is another.
    Anew,
    /// It is not known well enough yet.
    Learning,
    /// It is known.
    Known,
}

impl Evidence {
    /// What is known of the background.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the picture is one of night.
    #[must_use]
    pub fn is_night(&self) -> bool {
        self.is_night
    }

    pub(super) fn new(size: Size) -> Self {
        let pixels = size.pixels();
        Self {
            size,
            state: State::Anew,
            is_night: false,
            is_empty: true,
            strength: vec![0; pixels],
            difference: vec![0; pixels],
        }
    }

    /// Of the same frame, as if nothing differed.
    #[must_use]
    pub fn blank(&self) -> Self {
        let mut blank = Self::new(self.size);
        (blank.state, blank.is_night) = (self.state, self.is_night);
        blank
    }

    /// Nothing differs.
    pub(super) fn clear(&mut self, state: State) {
        self.state = state;
        if !self.is_empty {
            self.strength.fill(0);
            self.difference.fill(0);
            self.is_empty = true;
        }
    }

    /// Takes the scores of one frame and its differences. What stands so alone that no shape can be
    /// made of it at any sensitivity is left out.
    pub(super) fn take(&mut self, scores: &[f32], differences: &[f32], gather: &mut Gather) {
        self.clear(State::Known);
        let Size { width, height } = self.size;
        gather.find(scores, self.size);
        let Gather { voted, near, .. } = gather;
        let voted = |y: usize| &voted[y * width..][..width];
        for y in 0..height {
            let rows = [voted(y.saturating_sub(1)), voted(y), voted((y + 1).min(height - 1))];
            if !widen(near, rows) {
                continue;
            }
            self.is_empty = false;
            let row = y * width..(y + 1) * width;
            let out = self.strength[row.clone()].iter_mut().zip(&mut self.difference[row.clone()]);
            let seen = scores[row.clone()].iter().zip(&differences[row]).zip(near.iter());
            for ((strength, kept), ((score, difference), near)) in out.zip(seen) {
                if *near != 0 {
                    *strength = strength_of(*score);
                    *kept = level_of(*difference);
                }
            }
        }
    }
}

/// What [`Evidence::take`] needs room for.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    counts: Vec<u8>,
    voted: Vec<u8>,
    vote: Vote,
    near: Vec<u8>,
}

impl Gather {
    pub(super) fn new(size: Size) -> Self {
        let pixels = size.pixels();
        Self {
            counts: vec![0; pixels],
            voted: vec![0; pixels],
            vote: Vote::new(size),
            near: vec![0; size.width],
        }
    }

    fn find(&mut self, scores: &[f32], size: Size) {
        for (counts, &score) in self.counts.iter_mut().zip(scores) {
            *counts = u8::from(score >= SCORES[0]);
        }
        self.vote.take(&self.counts, &mut self.voted, size);
    }
}

/// The step of a score.
fn strength_of(score: f32) -> u8 {
    SCORES.iter().map(|least| u8::from(score >= *least)).sum()
}

/// Marks what lies within two columns of a mark in any of the rows; whether anything does.
fn widen(near: &mut [u8], rows: [&[u8]; 3]) -> bool {
    let width = near.len();
    let mut any = 0;
    let [above, here, below] = rows;
    for ((above, here), below) in above.iter().zip(here).zip(below) {
        any |= above | here | below;
    }
    if any == 0 {
        return false;
    }
    near.fill(0);
    for (x, ((above, here), below)) in above.iter().zip(here).zip(below).enumerate() {
        if above | here | below != 0 {
            near[x.saturating_sub(2)..(x + 3).min(width)].fill(1);
        }
    }
    true
}
