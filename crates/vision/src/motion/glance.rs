//! What a look ahead shows that is news: what differs now, did not before, and does not change at
//! every look.
//!
//! Looks ahead are seconds apart, too far for what comes and goes all the time to be known as restless:
//! the clock in the picture, branches. So it is counted how often each pixel is new; where that is often,
//! it is no news. Source of the idea: as in `restless.rs`.

use super::plane::{Size, Vote};
use crate::cast::real;

/// Looks over which is averaged.
const LOOKS: f32 = 16.0;
/// Share of looks, on that average, from which on newness is a habit: twice in sixteen.
const HABIT: f32 = 0.1;

/// How often each pixel is new.
#[derive(Clone, Debug)]
pub(super) struct Glance {
    size: Size,
    /// Share of the looks.
    habit: Vec<f32>,
    voted: Vec<u8>,
    vote: Vote,
}

impl Glance {
    pub(super) fn new(size: Size) -> Self {
        let pixels = size.pixels();
        Self { size, habit: vec![0.0; pixels], voted: vec![0; pixels], vote: Vote::new(size) }
    }

    pub(super) fn fits(&self, size: Size) -> bool {
        self.size == size
    }

    /// The share of the picture that is news, in clusters of which shapes are made; `new` is 1 for
    /// each pixel that differs and did not before, else 0.
    pub(super) fn news(&mut self, mut new: Vec<u8>) -> f32 {
        for (new, habit) in new.iter_mut().zip(&mut self.habit) {
            let is_habit = *habit >= HABIT;
            *habit += (f32::from(*new) - *habit) / LOOKS;
            *new &= u8::from(!is_habit);
        }
        self.vote.take(&new, &mut self.voted, self.size);
        let count = self.voted.iter().filter(|&&voted| voted != 0).count();
        real(count) / real(self.voted.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_at_every_look_is_no_news_and_something_else_is() {
        let size = Size { width: 20, height: 10 };
        let block = |left: usize| {
            let mut new = vec![0; size.pixels()];
            for y in 2..6 {
                new[y * 20 + left..y * 20 + left + 4].fill(1);
            }
            new
        };
        let mut glance = Glance::new(size);
        assert!(glance.news(block(2)) > 0.05);
        let later: Vec<bool> = (0..20).map(|_| glance.news(block(2)) > 0.0).collect();
        assert!(later[3..].iter().all(|news| !news), "{later:?}");
        assert!(glance.news(block(12)) > 0.05, "elsewhere it is news");
        for _ in 0..60 {
            assert!(glance.news(vec![0; size.pixels()]) < 1e-6);
        }
        assert!(glance.news(block(2)) > 0.05, "after a rest it is news again");
    }
}
