//! What a small shift of the picture can explain.
//!
//! A pole in the wind, a web at the lens and grass move edges by a pixel. A pixel therefore differs
//! only by as much as it lies outside of what its neighbours look like.
//!
//! Source: the probability of pixel displacement of Elgammal, Harwood and Davis, "Non-parametric
//! model for background subtraction", ECCV 2000, taken to its limit: any neighbour will do.

use super::background::Background;
use super::plane::Size;

/// The differences of one frame after another that no shift by one pixel explains.
#[derive(Clone, Debug)]
pub(super) struct Shift {
    /// In grey levels, 0 where a shift explains all.
    pub(super) beyond: Vec<f32>,
    /// The least and the greatest of each column's three pixels, with a margin of one.
    least: Vec<f32>,
    greatest: Vec<f32>,
}

impl Shift {
    pub(super) fn new(size: Size) -> Self {
        let row = vec![0.0; size.width + 2];
        Self { beyond: vec![0.0; size.pixels()], least: row.clone(), greatest: row }
    }

    /// Takes the differences from `background`.
    pub(super) fn take(&mut self, background: &Background, size: Size) {
        let Size { width, height } = size;
        let row = |y: usize| &background.mean[y * width..][..width];
        let rows = self.beyond.chunks_exact_mut(width);
        for (y, (out, difference)) in
            rows.zip(background.difference.chunks_exact(width)).enumerate()
        {
            let (above, here, below) =
                (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
            fold(&mut self.least, [above, here, below], lesser);
            fold(&mut self.greatest, [above, here, below], greater);
            let (least, greatest) = (three(&self.least, lesser), three(&self.greatest, greater));
            let seen = difference.iter().zip(here).zip(least.zip(greatest));
            for (out, ((&difference, &mean), (least, greatest))) in out.iter_mut().zip(seen) {
                let explained = lesser(greater(difference, least - mean), greatest - mean);
                *out = difference - explained;
            }
        }
    }
}

/// Picks from each column of three rows.
fn fold(columns: &mut [f32], [above, here, below]: [&[f32]; 3], pick: impl Fn(f32, f32) -> f32) {
    let width = here.len();
    let pixels = above.iter().zip(here).zip(below);
    for (column, ((&above, &here), &below)) in columns[1..=width].iter_mut().zip(pixels) {
        *column = pick(pick(above, here), below);
    }
    columns[0] = columns[1];
    columns[width + 1] = columns[width];
}

/// Picks from each three columns.
fn three(columns: &[f32], pick: impl Fn(f32, f32) -> f32) -> impl Iterator<Item = f32> {
    let three = columns.iter().zip(&columns[1..]).zip(&columns[2..]);
    three.map(move |((&left, &here), &right)| pick(pick(left, here), right))
}

/// Unlike `f32::min` one instruction, for it need not mind what is not a number.
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// See [`lesser`].
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
