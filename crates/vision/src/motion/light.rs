//! How much lighter or darker each part of the picture has become as a whole.
//!
//! The median of the differences in a block is the change of light there, as long as things that
//! came or went cover less than half of it. A second median over the 3x3 blocks around keeps a
//! near person from passing for a shadow.
//!
//! Source: the running local median as in the illumination part of Pilet, Strecha and Fua, "Making
//! background subtraction robust to sudden illumination changes", ECCV 2008, there by mixtures;
//! the median as the robust estimate after Huber, "Robust Statistics", 1981.

use super::plane::Size;
use crate::cast::{floor, real};

/// About how wide and high a block is, in pixels.
const BLOCK: usize = 16;
/// Of so many columns, and of so many rows, one is looked at.
const EVERY: (usize, usize) = (4, 2);

/// Time in which the background follows a change of light, in seconds.
const FOLLOW: f32 = 0.5;

/// Grey levels by which blocks differ on the average from a background that follows the light, when
/// it is changing.
const UNSETTLED: f32 = 2.0;

/// Grey levels by which a block must have changed at once, and in which share of the blocks, for the
/// light to have jumped.
const JUMP: f32 = 20.0;
const EVERYWHERE: f32 = 0.7;

/// The change of light, in grey levels, between the background and one frame after another.
#[derive(Clone, Debug)]
pub(super) struct Light {
    change: Vec<f32>,
    across: Blocks,
    down: Blocks,
    /// The median difference of each block.
    medians: Vec<f32>,
    /// The same, after the medians over the blocks around, drawn out to all columns.
    rows: Vec<f32>,
    samples: Vec<f32>,
}

impl Light {
    pub(super) fn new(size: Size) -> Self {
        let (across, down) = (Blocks::new(size.width), Blocks::new(size.height));
        Self {
            change: vec![0.0; size.pixels()],
            medians: vec![0.0; across.count * down.count],
            rows: vec![0.0; size.width * down.count],
            samples: Vec::with_capacity(across.longest * down.longest),
            across,
            down,
        }
    }

    /// Takes the change of light out of the differences between a frame and its background.
    pub(super) fn remove(&mut self, differences: &mut [f32], size: Size) {
        self.measure(differences, size);
        for v in 0..self.down.count {
            self.draw_out(v, size.width);
        }
        let width = size.width;
        let rows = differences.chunks_exact_mut(width).zip(self.change.chunks_exact_mut(width));
        for (y, (differences, changes)) in rows.enumerate() {
            let (block, share) = self.down.between(y);
            let next = (block + 1).min(self.down.count - 1);
            let (above, below) = (&self.rows[block * width..], &self.rows[next * width..]);
            let light = above.iter().zip(below);
            for ((difference, change), (above, below)) in
                differences.iter_mut().zip(changes).zip(light)
            {
                *change = above + (below - above) * share;
                *difference -= *change;
            }
        }
    }

    /// Whether the light as a whole is changing, as after a switch while the camera looks for its
    /// exposure.
    pub(super) fn is_unsettled(&self) -> bool {
        let sum: f32 = self.medians.iter().map(|median| median.abs()).sum();
        sum > UNSETTLED * real(self.medians.len())
    }

    /// Whether the light has jumped all over the picture: a lamp, the infrared filter, an exposure
    /// that overshoots.
    pub(super) fn has_jumped(&self) -> bool {
        let jumped = self.medians.iter().filter(|median| median.abs() > JUMP).count();
        real(jumped) > EVERYWHERE * real(self.medians.len())
    }

    /// Lets the background follow the light, `passed` seconds after the last time.
    ///
    /// Never past what `frame` shows: where the light around is another than the pixel's own, the
    /// two would drive each other away without end.
    pub(super) fn carry_over(&self, background: &mut [f32], frame: &[f32], passed: f32) {
        let share = (passed / FOLLOW).min(1.0);
        for ((mean, &new), &change) in background.iter_mut().zip(frame).zip(&self.change) {
            let away = new - *mean;
            let (low, high) = if away < 0.0 { (away, 0.0) } else { (0.0, away) };
            let change = if change < low { low } else { change };
            *mean += share * if change > high { high } else { change };
        }
    }

    fn measure(&mut self, differences: &[f32], size: Size) {
        for v in 0..self.down.count {
            for u in 0..self.across.count {
                self.samples.clear();
                let columns = self.across.range(u);
                for y in self.down.range(v).step_by(EVERY.1) {
                    let row = &differences[y * size.width..][columns.clone()];
                    self.samples.extend(row.iter().step_by(EVERY.0));
                }
                self.medians[v * self.across.count + u] = median(&mut self.samples);
            }
        }
    }

    /// Fills the row of block row `v` in between the middles of its blocks.
    fn draw_out(&mut self, v: usize, width: usize) {
        let mut left = self.calm(0, v);
        let mut right = self.calm(1, v);
        let mut at = 0;
        for x in 0..width {
            let (block, share) = self.across.between(x);
            if block != at {
                (left, right, at) = (right, self.calm(block + 1, v), block);
            }
            self.rows[v * width + x] = left + (right - left) * share;
        }
    }

    /// The median over the blocks around this one.
    fn calm(&self, u: usize, v: usize) -> f32 {
        let u = u.min(self.across.count - 1);
        let mut around = [0.0; 9];
        let mut count = 0;
        for v in v.saturating_sub(1)..(v + 2).min(self.down.count) {
            for u in u.saturating_sub(1)..(u + 2).min(self.across.count) {
                around[count] = self.medians[v * self.across.count + u];
                count += 1;
            }
        }
        median(&mut around[..count])
    }
}

/// How one side of the picture is cut into blocks.
#[derive(Clone, Debug)]
struct Blocks {
    count: usize,
    side: usize,
    longest: usize,
}

impl Blocks {
    fn new(side: usize) -> Self {
        let count = (side / BLOCK).max(1);
        Self { count, side, longest: side.div_ceil(count) }
    }

    fn range(&self, block: usize) -> std::ops::Range<usize> {
        self.side * block / self.count..self.side * (block + 1) / self.count
    }

    /// The block whose middle lies at or before `pixel`, and how far on `pixel` is to the next
    /// one's, from 0 to 1. Before the first middle and after the last, the first and the last.
    fn between(&self, pixel: usize) -> (usize, f32) {
        let along = (real(pixel) + 0.5) * real(self.count) / real(self.side) - 0.5;
        let block = floor(along.max(0.0)).min(self.count - 1);
        (block, (along - real(block)).clamp(0.0, 1.0))
    }
}

/// The middle one of `values`, which come back in another order; 0 if there are none.
fn median(values: &mut [f32]) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 64, height: 48 };

    /// A thing of 10x10 pixels, 50 levels lighter than the wall, in a room 30 levels lighter.
    fn seen(pixel: usize) -> f32 {
        let (x, y) = (pixel % SIZE.width, pixel / SIZE.width);
        if (20..30).contains(&x) && (20..30).contains(&y) { 80.0 } else { 30.0 }
    }

    #[test]
    fn light_is_taken_out_and_things_are_left() {
        let mut differences: Vec<f32> = (0..SIZE.pixels()).map(seen).collect();
        Light::new(SIZE).remove(&mut differences, SIZE);
        let expected: Vec<f32> = (0..SIZE.pixels()).map(|pixel| seen(pixel) - 30.0).collect();
        assert_eq!(differences, expected);
    }

    #[test]
    fn the_background_follows_the_light_and_never_overshoots_the_frame() {
        let mut light = Light::new(SIZE);
        light.remove(&mut vec![30.0; SIZE.pixels()], SIZE);
        let mut background = vec![100.0; SIZE.pixels()];
        let frame: Vec<f32> = (0..SIZE.pixels()).map(|pixel| [130.0, 100.0][pixel % 2]).collect();
        for _ in 0..50 {
            light.carry_over(&mut background, &frame, 0.1);
        }
        assert!(background.iter().zip(&frame).all(|(mean, new)| (mean - new).abs() < 0.1));
    }
}
