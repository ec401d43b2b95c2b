//! How much comes and goes of itself: drops, flakes, ripples, leaves.
//!
//! Where ten shapes a frame appear, some four of them lie on a line by chance. So the more shapes
//! were born in the last second, the longer one that is no larger than they are must go on before it
//! is believed. Something larger than what comes and goes is believed as soon as ever.
//!
//! Source: confirming a track by how improbable it is among false alarms of the density seen, as in
//! Reid, "An algorithm for tracking multiple targets", IEEE Trans. Automatic Control 24(6), 1979, and
//! Blackman and Popoli, "Design and Analysis of Modern Tracking Systems", 1999, chapter 6.

use std::collections::VecDeque;
use std::time::Duration;

use crate::cast::{floor, real};

/// How far back births are counted. Less than a motion grid reaches back.
const MEMORY: Duration = Duration::from_secs(1);
/// How many births in that time ask for one place more.
const BIRTHS: f32 = 8.0;
/// The most places asked for besides.
const MOST: usize = 4;
/// How many times as large as what comes and goes something must be to be no part of it.
const LARGER: f32 = 3.0;

/// What was born lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Clutter {
    /// When, and of how many pixels.
    births: VecDeque<(Duration, usize)>,
    /// Of all of them.
    pixels: usize,
}

impl Clutter {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets what is too old by the time `at`.
    pub(super) fn pass(&mut self, at: Duration) {
        let is_old = |born: &(Duration, usize)| at.saturating_sub(born.0) > MEMORY;
        while let Some((_, area)) = self.births.pop_front_if(|born| is_old(born)) {
            self.pixels -= area;
        }
    }

    /// Something of `area` pixels was born.
    pub(super) fn born(&mut self, area: usize, at: Duration) {
        self.births.push_back((at, area));
        self.pixels += area;
    }

    /// How many places more something of `area` pixels must have been seen at.
    pub(super) fn doubt(&self, area: usize) -> usize {
        let count = real(self.births.len());
        if real(area) * count > LARGER * real(self.pixels) {
            return 0;
        }
        floor(count / BIRTHS).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(births: u32) -> Clutter {
        let mut clutter = Clutter::default();
        for number in 0..births {
            let at = Duration::from_millis(20) * number;
            clutter.pass(at);
            clutter.born(10, at);
        }
        clutter
    }

    #[test]
    fn in_a_shower_what_is_like_a_drop_is_doubted_and_what_is_larger_is_not() {
        assert_eq!(after(40).doubt(10), MOST);
        assert_eq!(after(16).doubt(30), 2);
        assert_eq!(after(40).doubt(31), 0);
        assert_eq!(after(3).doubt(10), 0, "a few are no shower");
    }

    #[test]
    fn a_second_later_it_is_forgotten() {
        let mut clutter = after(40);
        clutter.pass(Duration::from_secs(3));
        assert_eq!((clutter.doubt(10), clutter.pixels), (0, 0));
    }
}
