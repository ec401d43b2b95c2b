//! The outlines of what is seen, whatever the light.
//!
//! At each pixel the direction of the edge there, as a vector of the doubled angle, as long as 1 where
//! the edge is clear and 0 where there is none. Doubling the angle makes an edge the same whether its
//! left or its right side is the brighter one, for infrared light turns many around.
//!
//! Source: the normalised gradient fields of Haber and Modersitzki, "Intensity gradient based
//! registration and fusion of multi-modal images", MICCAI 2006; found by their shift as in Fitch, Kadyrov,
//! Christmas and Kittler, "Orientation correlation", BMVC 2002.

use super::plane::Size;
use crate::cast::real;

/// Pixels to a side that one number of the coarse search stands for, and of the one after it.
const COARSE: usize = 4;
const MIDDLE: usize = 2;
/// Share of the outlines of both pictures that must overlap for a shift to be believed.
const OVERLAP: f32 = 0.3;

/// A field of edge directions.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    size: Size,
    /// Doubled angle: positive for upright edges, negative for level ones.
    upright: Vec<f32>,
    /// Doubled angle: positive for edges that fall one way, negative for the other.
    slanted: Vec<f32>,
    /// The sum of their squares.
    energy: f32,
}

/// How alike two outlines are at some shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Match {
    /// 0 if nothing agrees, 1 if all does.
    pub(super) likeness: f32,
    /// How far the second lies to the right of the first, and below it, in pixels.
    pub(super) shift: (isize, isize),
}

impl Match {
    /// The length of the shift, in pixels.
    pub(super) fn distance(self) -> f32 {
        real(self.shift.0.unsigned_abs()).hypot(real(self.shift.1.unsigned_abs()))
    }
}

impl Outline {
    /// The outlines in a smoothed `plane`. Half as clear as can be is an edge over which `edge` grey levels
    /// are risen in two pixels.
    pub(super) fn of(plane: &[f32], size: Size, edge: f32) -> Self {
        let Size { width, height } = size;
        let (mut all_upright, mut all_slanted) =
            (vec![0.0; size.pixels()], vec![0.0; size.pixels()]);
        let soft = edge * edge;
        for y in 1..height.saturating_sub(1) {
            let row = |y: usize| &plane[y * width..][..width];
            let (above, here, below) = (row(y - 1), row(y), row(y + 1));
            let upright = &mut all_upright[y * width..][..width];
            let slanted = &mut all_slanted[y * width..][..width];
            for x in 1..width.saturating_sub(1) {
                let (across, down) = (here[x + 1] - here[x - 1], below[x] - above[x]);
                let (across2, down2) = (across * across, down * down);
                let whole = across2 + down2 + soft;
                upright[x] = (across2 - down2) / whole;
                slanted[x] = 2.0 * across * down / whole;
            }
        }
        Self::new(size, all_upright, all_slanted)
    }

    fn new(size: Size, upright: Vec<f32>, slanted: Vec<f32>) -> Self {
        let squares = |plane: &[f32]| plane.iter().map(|value| value * value).sum::<f32>();
        let energy = squares(&upright) + squares(&slanted);
        Self { size, upright, slanted, energy }
    }

    /// How much of edges each cell has, and how much of it the other one has likewise: the sums of squares
    /// of each and of their products.
    pub(super) fn by_cell(&self, other: &Self) -> Vec<Sums> {
        let mut cells = vec![Sums::default(); self.size.cells()];
        self.size.each_cell(|cell, range| {
            let mine = self.upright[range.clone()].iter().zip(&self.slanted[range.clone()]);
            let theirs = other.upright[range.clone()].iter().zip(&other.slanted[range]);
            let sums = &mut cells[cell];
            for ((a, b), (c, d)) in mine.zip(theirs) {
                sums.first += a * a + b * b;
                sums.second += c * c + d * d;
                sums.both += a * c + b * d;
                sums.pixels += 1.0;
            }
        });
        cells
    }

    /// The shift at which `other` is most like this one, up to 40 % of each side: looked for in small fields, then
    /// nearby in larger ones.
    pub(super) fn find(&self, other: &Self) -> Match {
        let (mine, theirs) = (self.shrunk(COARSE), other.shrunk(COARSE));
        let whole = |side: usize| isize::try_from(side).unwrap_or(isize::MAX);
        let (far, deep) = (whole(mine.size.width) * 2 / 5, whole(mine.size.height) * 2 / 5);
        let rough = mine.best(&theirs, (-far..=far, -deep..=deep));
        let around = |shift: isize, reach: isize| 2 * shift - reach..=2 * shift + reach;
        let (x, y) = rough.shift;
        let (mine, theirs) = (self.shrunk(MIDDLE), other.shrunk(MIDDLE));
        let closer = mine.best(&theirs, (around(x, 2), around(y, 2)));
        let (x, y) = closer.shift;
        self.best(other, (around(x, 1), around(y, 1)))
    }

    /// How alike the two are as they lie.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        self.at(other, (0, 0))
    }

    fn best(
        &self,
        other: &Self,
        (across, down): (std::ops::RangeInclusive<isize>, std::ops::RangeInclusive<isize>),
    ) -> Match {
        let shifts = down.flat_map(|y| across.clone().map(move |x| (x, y)));
        let matches = shifts.map(|shift| Match { likeness: self.at(other, shift), shift });
        let none = Match { likeness: 0.0, shift: (0, 0) };
        matches.fold(none, |best, next| if next.likeness > best.likeness { next } else { best })
    }

    /// The likeness where `other` is taken to lie to the right and below by `shift`.
    fn at(&self, other: &Self, (x, y): (isize, isize)) -> f32 {
        let Size { width, height } = self.size;
        let (right, down) = (x.unsigned_abs(), y.unsigned_abs());
        if right >= width || down >= height {
            return 0.0;
        }
        let columns = width - right;
        let (mine_x, other_x) = if x < 0 { (right, 0) } else { (0, right) };
        let (mine_y, other_y) = if y < 0 { (down, 0) } else { (0, down) };
        let mut sums = Sums::default();
        for row in 0..height - down {
            let mine = (row + mine_y) * width + mine_x..(row + mine_y) * width + mine_x + columns;
            let start = (row + other_y) * width + other_x;
            let theirs = start..start + columns;
            let first = self.upright[mine.clone()].iter().zip(&self.slanted[mine]);
            let second = other.upright[theirs.clone()].iter().zip(&other.slanted[theirs]);
            for ((a, b), (c, d)) in first.zip(second) {
                sums.first += a * a + b * b;
                sums.second += c * c + d * d;
                sums.both += a * c + b * d;
            }
        }
        let enough = |sum: f32, whole: f32| sum >= OVERLAP * whole;
        if enough(sums.first, self.energy) && enough(sums.second, other.energy) {
            sums.likeness()
        } else {
            0.0
        }
    }

    /// The same with one number for each `by` pixels to a side.
    fn shrunk(&self, by: usize) -> Self {
        let size =
            Size { width: (self.size.width / by).max(1), height: (self.size.height / by).max(1) };
        let shrink = |plane: &[f32]| {
            let mut small = vec![0.0; size.pixels()];
            for (y, row) in plane.chunks_exact(self.size.width).enumerate() {
                let v = (y / by).min(size.height - 1);
                for (x, value) in row.iter().enumerate() {
                    small[v * size.width + (x / by).min(size.width - 1)] += value;
                }
            }
            small
        };
        Self::new(size, shrink(&self.upright), shrink(&self.slanted))
    }
}

/// Sums over two outlines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) first: f32,
    pub(super) second: f32,
    pub(super) both: f32,
    pub(super) pixels: f32,
}

impl Sums {
    /// How alike the two are: 0 to 1.
    pub(super) fn likeness(self) -> f32 {
        let whole = (self.first * self.second).sqrt();
        if whole > f32::EPSILON { (self.both / whole).max(0.0) } else { 0.0 }
    }
}
