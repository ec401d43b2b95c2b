//! How far the whole picture has moved: a pole in the wind, a lorry on the street.
//!
//! The shift of the present frame's structure against that of the background is found by least
//! squares to parts of a pixel, in a few rounds, and the frame is moved back before anything is
//! compared. What moves on its own is left out of the sums: it is where the two differ most.
//!
//! Source: Lucas and Kanade, "An iterative image registration technique with an application to
//! stereo vision", IJCAI 1981, for one shift of the whole picture; outliers left out as in Odobez and
//! Bouthemy, "Robust multiresolution estimation of parametric motion models", J. Visual
//! Communication and Image Representation 6(4), 1995.

use super::plane::Size;
use crate::cast::{floor, real};

/// Of so many rows, one is looked at.
const EVERY: usize = 3;
/// Rounds at most; most frames need one.
const ROUNDS: usize = 4;
/// The longest shift looked for, in pixels.
const LONGEST: f32 = 4.0;
/// A shift shorter than this is left alone: moving the frame back would blur more than it helps.
const SHORTEST: f32 = 0.2;
/// Structures further apart than this are not of the same thing.
const OUTLIER: f32 = 0.7;
/// Share of the difference that must be left at most after moving back; else it was no shift.
const BETTER: f32 = 0.75;
/// Least sum of squared slopes per pixel from which a shift can be told.
const SLOPE: f32 = 0.0005;

/// Finds and undoes the shift of one frame after another.
#[derive(Clone, Debug)]
pub(super) struct Register {
    moved: Vec<f32>,
    /// The last shift, in pixels to the right and down.
    shift: (f32, f32),
}

/// What one round sums up.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    across: f32,
    both: f32,
    down: f32,
    right: f32,
    lower: f32,
    /// Squared differences of what is alike, and the same for what is not, all taken for one size.
    left_over: f32,
    strange: f32,
}

impl Register {
    pub(super) fn new(size: Size) -> Self {
        Self { moved: vec![0.0; size.pixels()], shift: (0.0, 0.0) }
    }

    /// Moves `frame` and its `structure` to where the background's structure `known` is. Tells how
    /// many pixels at the picture's border, to the sides and above and below, are no longer known.
    pub(super) fn settle(
        &mut self,
        frame: &mut [f32],
        structure: &mut [f32],
        known: &[f32],
        size: Size,
    ) -> (usize, usize) {
        self.shift = self.find(structure, known, size);
        if self.shift == (0.0, 0.0) {
            return (0, 0);
        }
        for plane in [frame, structure] {
            self.moved.copy_from_slice(plane);
            for (y, row) in plane.chunks_exact_mut(size.width).enumerate() {
                sample(&self.moved, size, y, self.shift, row);
            }
        }
        (floor(self.shift.0.abs()) + 1, floor(self.shift.1.abs()) + 1)
    }

    fn find(&mut self, structure: &[f32], known: &[f32], size: Size) -> (f32, f32) {
        const STILL: (f32, f32) = (0.0, 0.0);
        if size.width < 16 || size.height < 16 {
            return STILL;
        }
        let still = self.sums(structure, known, size, STILL);
        let mut best = (STILL, still);
        if self.shift != STILL {
            let again = self.sums(structure, known, size, self.shift);
            if again.is_less_than(&still) {
                best = (self.shift, again);
            }
        }
        for _ in 0..ROUNDS {
            let ((right, down), sums) = best;
            let Some(step) = sums.step(size) else { break };
            if step.0.hypot(step.1) < SHORTEST / 2.0 {
                break;
            }
            let next = (right + step.0, down + step.1);
            if next.0.abs().max(next.1.abs()) > LONGEST {
                break;
            }
            let sums = self.sums(structure, known, size, next);
            if !sums.is_less_than(&best.1) {
                break;
            }
            best = (next, sums);
        }
        let (shift, sums) = best;
        let is_one =
            shift.0.hypot(shift.1) >= SHORTEST && sums.left_over < BETTER * still.left_over;
        if is_one { shift } else { STILL }
    }

    fn sums(&mut self, structure: &[f32], known: &[f32], size: Size, shift: (f32, f32)) -> Sums {
        let width = size.width;
        let mut sums = Sums::default();
        let margin = floor(LONGEST) + 1;
        for y in (margin..size.height - margin).step_by(EVERY) {
            let row = &mut self.moved[..width];
            if shift == (0.0, 0.0) {
                row.copy_from_slice(&structure[y * width..][..width]);
            } else {
                sample(structure, size, y, shift, row);
            }
            let known = |y: usize, x: usize| &known[y * width + x..][..width - 2 * margin];
            let slopes = known(y, margin - 1).iter().zip(known(y, margin + 1));
            let slopes = slopes.zip(known(y - 1, margin).iter().zip(known(y + 1, margin)));
            let pixels = row[margin..width - margin].iter().zip(known(y, margin)).zip(slopes);
            let mut lanes = [Sums::default(); 4];
            for (n, ((new, old), ((left, right), (above, below)))) in pixels.enumerate() {
                let lane = &mut lanes[n % 4];
                let (across, down) = ((right - left) * 0.5, (below - above) * 0.5);
                let off = new - old;
                let counts = if off * off < OUTLIER * OUTLIER { 1.0 } else { 0.0 };
                let off_counted = off * counts;
                lane.across += across * across * counts;
                lane.both += across * down * counts;
                lane.down += down * down * counts;
                lane.right += across * off_counted;
                lane.lower += down * off_counted;
                lane.left_over += off * off_counted;
                lane.strange += (1.0 - counts) * (OUTLIER * OUTLIER);
            }
            for lane in lanes {
                sums.add(lane);
            }
        }
        sums
    }
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.across += other.across;
        self.both += other.both;
        self.down += other.down;
        self.right += other.right;
        self.lower += other.lower;
        self.left_over += other.left_over;
        self.strange += other.strange;
    }

    fn is_less_than(&self, other: &Self) -> bool {
        self.left_over + self.strange < other.left_over + other.strange
    }

    /// How much further the frame is shifted; `None` where nothing tells.
    fn step(&self, size: Size) -> Option<(f32, f32)> {
        let least = SLOPE * real(size.pixels() / EVERY);
        let whole = self.across * self.down - self.both * self.both;
        let can = self.across > least && self.down > least && whole > 0.1 * self.across * self.down;
        // frame(x) = known(x - shift), so the difference is minus the shift times the slope.
        can.then(|| {
            (
                (self.both * self.lower - self.down * self.right) / whole,
                (self.both * self.right - self.across * self.lower) / whole,
            )
        })
    }
}

/// Row `y` of `plane` as it is `shift` further on, between the pixels along straight lines; what
/// lies outside is as the border.
fn sample(plane: &[f32], size: Size, y: usize, shift: (f32, f32), out: &mut [f32]) {
    let (upper, lower, down) = between(y, shift.1, size.height);
    let (upper, lower) = (&plane[upper * size.width..], &plane[lower * size.width..]);
    for (x, out) in out.iter_mut().enumerate() {
        let (left, right, across) = between(x, shift.0, size.width);
        let above = upper[left] + (upper[right] - upper[left]) * across;
        let below = lower[left] + (lower[right] - lower[left]) * across;
        *out = above + (below - above) * down;
    }
}

/// The two pixels around `at + shift` along a side, and how far it is to the second.
fn between(at: usize, shift: f32, side: usize) -> (usize, usize, f32) {
    let place = (real(at) + shift).max(0.0);
    let first = floor(place).min(side - 1);
    (first, (first + 1).min(side - 1), (place - real(first)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 80, height: 60 };

    /// A scene seen from `right` pixels further right and `down` further down, with a body in it.
    fn scene(right: f32, down: f32) -> Vec<f32> {
        let at = |pixel: usize| {
            let (x, y) = (real(pixel % 80) + right, real(pixel / 80) + down);
            0.4 * ((x * 0.5).sin() + (y * 0.45 + x * 0.1).cos())
        };
        (0..SIZE.pixels()).map(at).collect()
    }

    #[test]
    fn a_shifted_picture_is_moved_back() {
        let known = scene(0.0, 0.0);
        for (right, down) in [(0.5, 0.3), (-1.4, 0.0), (2.2, -1.6), (-3.0, 2.5)] {
            let (mut frame, mut structure) = (scene(right, down), scene(right, down));
            for row in structure.chunks_exact_mut(80).skip(20).take(20) {
                row[30..40].fill(1.5);
            }
            let mut register = Register::new(SIZE);
            let border = register.settle(&mut frame, &mut structure, &known, SIZE);
            let off = (register.shift.0 + right).hypot(register.shift.1 + down);
            assert!(off < 0.25, "{:?} for {right} {down}", register.shift);
            assert_eq!(border.0, floor(register.shift.0.abs()) + 1);
            assert!((frame[50 * 80 + 50] - known[50 * 80 + 50]).abs() < 0.05);
        }
    }

    #[test]
    fn a_body_that_moves_shifts_nothing() {
        let known = scene(0.0, 0.0);
        let (mut frame, mut structure) = (known.clone(), known.clone());
        for row in structure.chunks_exact_mut(80).skip(10).take(40) {
            row.copy_within(20..45, 23);
        }
        assert_eq!(Register::new(SIZE).settle(&mut frame, &mut structure, &known, SIZE), (0, 0));
    }
}
