//! What another light on the same scene can explain.
//!
//! A lamp, a headlight, a torch and a shadow multiply and lift a small window of the background as
//! a whole; a person puts something else there. The gain that fits the window best is found by
//! least squares, and only what it leaves over counts. Looked at in half the width and height, in
//! windows of 6 by 6 pixels of the frame.
//!
//! Source: Jacques, Jung and Musse, "Background subtraction and shadow detection in grayscale video
//! sequences", SIBGRAPI 2005, who ask how constant the ratio of frame and background is in a window;
//! the fit with an offset is the normalised cross-correlation of their first step.

use super::background::Background;
use super::plane::Size;

/// Pixels of half the size to each side of a window's middle.
const REACH: usize = 1;
/// How much darker and how much lighter another light may make a window. Outside of this, something
/// plain stands before something that is not.
const DARKER: f32 = 0.3;
const LIGHTER: f32 = 4.0;
/// Variance below which a window of the background counts as plain: no gain can be told from it.
const PLAIN: f32 = 4.0;
/// Variance that must be left over, in squares of grey levels: a step by 2 levels through the middle
/// of a window, without noise.
const LEFT_OVER: f32 = 1.0;
/// And by what share of the pixel's own variance more: the mean of four has a quarter of it.
const NOISES: f32 = 0.2;

/// How much another light leaves unexplained of one frame after another.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    half: Size,
    frame: Vec<f32>,
    background: Vec<f32>,
    /// Sums down the columns of a window, with [`REACH`] more at either end: of the frame, of the
    /// background, of their squares and of their product.
    columns: [Vec<f32>; 5],
    /// The present row, drawn out to the frame's width: a score, where 1 is enough to count.
    row: Vec<f32>,
}

impl Gain {
    pub(super) fn new(size: Size) -> Self {
        let half = Size { width: size.width.div_ceil(2), height: size.height.div_ceil(2) };
        let column = vec![0.0; half.width + 2 * REACH];
        Self {
            half,
            frame: vec![0.0; half.pixels()],
            background: vec![0.0; half.pixels()],
            columns: [column.clone(), column.clone(), column.clone(), column.clone(), column],
            row: vec![0.0; 2 * half.width],
        }
    }

    /// Lowers `scores` to what no gain explains, `frame` being the smoothed frame.
    pub(super) fn lower(
        &mut self,
        scores: &mut [f32],
        frame: &[f32],
        brightness: &Background,
        size: Size,
    ) {
        halve(frame, size, &mut self.frame);
        halve(&brightness.mean, size, &mut self.background);
        for y in 0..self.half.height {
            self.sum_columns(y);
            self.fit(&brightness.variance[2 * y * size.width..][..size.width]);
            let rows = scores[2 * y * size.width..].chunks_exact_mut(size.width).take(2);
            for row in rows {
                for (score, &left) in row.iter_mut().zip(&self.row) {
                    *score = if left < *score { left } else { *score };
                }
            }
        }
    }

    fn sum_columns(&mut self, y: usize) {
        let width = self.half.width;
        for column in &mut self.columns {
            column.fill(0.0);
        }
        let [frames, backgrounds, frame_squares, background_squares, products] = &mut self.columns;
        let inner = REACH..REACH + width;
        for dy in 0..=2 * REACH {
            let y = (y + dy).saturating_sub(REACH).min(self.half.height - 1);
            let row = y * width..(y + 1) * width;
            let seen = self.frame[row.clone()].iter().zip(&self.background[row]);
            let first = frames[inner.clone()].iter_mut().zip(&mut backgrounds[inner.clone()]);
            let second = frame_squares[inner.clone()]
                .iter_mut()
                .zip(&mut background_squares[inner.clone()])
                .zip(&mut products[inner.clone()]);
            for (((f, b), ((ff, bb), fb)), (frame, background)) in first.zip(second).zip(seen) {
                *f += frame;
                *b += background;
                *ff += frame * frame;
                *bb += background * background;
                *fb += frame * background;
            }
        }
        for column in &mut self.columns {
            let (first, last) = (column[REACH], column[REACH + width - 1]);
            column[..REACH].fill(first);
            column[REACH + width..].fill(last);
        }
    }

    /// Fits a gain to each window of the row; `noise` is the variance of each pixel of the frame's
    /// row.
    fn fit(&mut self, noise: &[f32]) {
        const SHARE: f32 = 1.0 / 9.0;
        let [frames, backgrounds, frame_squares, background_squares, products] = &self.columns;
        let sums = windows(frames)
            .zip(windows(backgrounds))
            .zip(windows(frame_squares).zip(windows(background_squares)).zip(windows(products)));
        let noise = noise.iter().step_by(2);
        for ((out, ((f, b), ((ff, bb), fb))), noise) in
            self.row.chunks_exact_mut(2).zip(sums).zip(noise)
        {
            let (f, b) = (f * SHARE, b * SHARE);
            let frame = ff * SHARE - f * f;
            let background = bb * SHARE - b * b;
            let both = fb * SHARE - f * b;
            let gain = both / (background + PLAIN);
            let gain = if gain < DARKER { DARKER } else { gain };
            let gain = if gain > LIGHTER { LIGHTER } else { gain };
            let left = frame - gain * (2.0 * both - gain * background);
            out.fill(left / (LEFT_OVER + NOISES * noise));
        }
    }
}

/// The mean of each 2x2 pixels.
fn halve(plane: &[f32], size: Size, out: &mut [f32]) {
    let Size { width, height } = size;
    for (y, out) in out.chunks_exact_mut(width.div_ceil(2)).enumerate() {
        let upper = &plane[2 * y * width..][..width];
        let lower = &plane[(2 * y + 1).min(height - 1) * width..][..width];
        for ((out, upper), lower) in out.iter_mut().zip(upper.chunks(2)).zip(lower.chunks(2)) {
            let last = upper.len() - 1;
            *out = (upper[0] + upper[last] + lower[0] + lower[last]) * 0.25;
        }
    }
}

/// The sum over each five columns.
fn windows(columns: &[f32]) -> impl Iterator<Item = f32> {
    columns.iter().zip(&columns[1..]).zip(&columns[2..]).map(|((a, b), c)| a + b + c)
}

#[cfg(test)]
mod tests {
    use super::super::background::Prior;
    use super::*;
    use crate::cast::real;

    const SIZE: Size = Size { width: 41, height: 31 };

    /// What is left of scores of 9 when `frame` shows itself before a scene with some pattern.
    fn left(frame: impl Fn(usize, f32) -> f32) -> Vec<f32> {
        let pattern = |pixel: usize| 60.0 + 20.0 * (real(pixel % 41) * 0.7).sin();
        let mut background = Background::new(SIZE.pixels(), Prior { variance: 1.0, most: 9.0 });
        let scene: Vec<f32> = (0..SIZE.pixels()).map(pattern).collect();
        background.begin(&scene);
        let frame: Vec<f32> = scene.iter().enumerate().map(|(at, old)| frame(at, *old)).collect();
        let mut scores = vec![9.0; SIZE.pixels()];
        Gain::new(SIZE).lower(&mut scores, &frame, &background, SIZE);
        scores
    }

    #[test]
    fn another_light_is_explained() {
        let most = left(|_, old| old * 1.5 - 5.0).into_iter().fold(0.0, f32::max);
        assert!(most < 0.9, "{most}");
    }

    #[test]
    fn a_body_is_not() {
        let body = |at: usize| (10..20).contains(&(at % 41)) && (8..28).contains(&(at / 41));
        let left = left(|at, old| if body(at) { 95.0 } else { old });
        assert!(left[18 * 41 + 15] > 2.0, "{}", left[18 * 41 + 15]);
        assert!(left[18 * 41 + 35] < 0.5);
    }
}
