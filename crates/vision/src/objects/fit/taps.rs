//! Which of a row's pixels make a pixel of a longer or shorter row, and how much of each.

use crate::cast::{floor, real};

/// What the weights of one pixel sum up to: so that a level of 8 bits times this fits 16.
pub(super) const WHOLE: f32 = 256.0;

/// For each pixel of a row the pixels of another that it is made of: as many for each, some of no weight,
/// so that those who mix them need not ask.
#[derive(Clone, Debug)]
pub(super) struct Taps {
    /// The first one of each.
    starts: Vec<usize>,
    /// How many for each; at least 1.
    count: usize,
    /// `count` for each; they sum up to [`WHOLE`].
    weights: Vec<u16>,
}

impl Taps {
    /// For a row of `from` pixels made into one of `to`; neither is 0.
    ///
    /// Shrunk, a pixel is the mean of what it covers. Enlarged, it lies between the middles of two.
    pub(super) fn new(from: usize, to: usize) -> Self {
        let ratio = real(from) / real(to);
        // What a pixel's reach covers: itself and what lies before, in pixels of the other row.
        let reach = |pixel: usize| {
            if ratio > 1.0 {
                (real(pixel) * ratio, real(pixel + 1) * ratio)
            } else {
                let middle = (real(pixel) + 0.5) * ratio;
                (middle - 0.5, middle + 0.5)
            }
        };
        let count = if ratio > 1.0 { floor(ratio) + 2 } else { 2 }.min(from);
        let (mut starts, mut weights) = (Vec::with_capacity(to), Vec::with_capacity(to * count));
        for pixel in 0..to {
            let (first, last) = reach(pixel);
            let start = floor(first.max(0.0)).min(from - count);
            // Rounded where they are summed up, not each by itself: so they sum up to the whole. Beyond
            // the row's ends lies more of its first and last pixel.
            let upto = |tap: usize| {
                if tap == 0 {
                    0
                } else if tap == count {
                    whole(1.0)
                } else {
                    whole((real(start + tap) - first) / (last - first))
                }
            };
            starts.push(start);
            weights.extend((0..count).map(|tap| upto(tap + 1).saturating_sub(upto(tap))));
        }
        Self { starts, count, weights }
    }

    /// For each pixel the first one that it is made of.
    pub(super) fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Of how many pixels each is made.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The weights, as shares that sum up to 1.
    pub(super) fn shares(&self) -> Vec<f32> {
        self.weights.iter().map(|weight| f32::from(*weight) / WHOLE).collect()
    }

    /// For each pixel the first one that it is made of, and the weights of it and those after it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[u16])> {
        self.starts.iter().copied().zip(self.weights.chunks_exact(self.count))
    }
}

/// `share` in units of which [`WHOLE`] are 1.
fn whole(share: f32) -> u16 {
    u16::try_from(floor(share.clamp(0.0, 1.0) * WHOLE + 0.5)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights of each pixel, in place.
    fn spread(from: usize, to: usize) -> Vec<Vec<u16>> {
        let taps = Taps::new(from, to);
        let rows = taps.iter().map(|(start, weights)| {
            let mut row = vec![0; from];
            row[start..start + weights.len()].copy_from_slice(weights);
            row
        });
        rows.collect()
    }

    #[test]
    fn shrunk_a_pixel_is_the_mean_of_what_it_covers() {
        assert_eq!(spread(4, 2), [[128, 128, 0, 0], [0, 0, 128, 128]]);
        assert_eq!(spread(3, 2), [[171, 85, 0], [0, 85, 171]]);
    }

    #[test]
    fn enlarged_a_pixel_lies_between_the_middles_of_two() {
        assert_eq!(spread(2, 4), [[256, 0], [192, 64], [64, 192], [0, 256]]);
        assert_eq!(spread(1, 3), [[256], [256], [256]]);
    }

    #[test]
    fn of_the_same_size_each_is_itself() {
        assert_eq!(spread(3, 3), [[256, 0, 0], [0, 256, 0], [0, 0, 256]]);
    }

    #[test]
    fn whatever_the_sizes_the_weights_sum_up_and_every_pixel_counts() {
        for from in (1..40).chain([416, 640, 1279, 1280, 3840]) {
            for to in (1..40).chain([352, 416, 417]) {
                let taps = Taps::new(from, to);
                let mut used = vec![0_u32; from];
                let mut count = 0;
                for (start, weights) in taps.iter() {
                    assert_eq!(weights.iter().sum::<u16>(), 256, "{from} to {to}");
                    for (used, weight) in used[start..].iter_mut().zip(weights) {
                        *used += u32::from(*weight);
                    }
                    count += 1;
                }
                assert_eq!(count, to);
                assert!(from / to > 64 || used.iter().all(|weight| *weight > 0), "{from} to {to}");
            }
        }
    }
}
