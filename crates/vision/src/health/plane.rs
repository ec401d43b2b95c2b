//! Planes of numbers, one per pixel, and the cells they are judged by.

use crate::Grey;

/// About how wide and high a cell is, in pixels: small enough that a person before the lens leaves
/// others free, large enough to hold a piece of an edge.
const CELL: usize = 10;

/// Width and height in pixels, neither zero, and how they are cut into cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Size {
    pub(super) fn of(frame: &Grey) -> Self {
        Self { width: frame.width(), height: frame.height() }
    }

    pub(super) fn pixels(self) -> usize {
        self.width * self.height
    }

    pub(super) fn cells(self) -> usize {
        self.columns() * self.rows()
    }

    fn columns(self) -> usize {
        (self.width / CELL).max(1)
    }

    fn rows(self) -> usize {
        (self.height / CELL).max(1)
    }

    /// The pixels of each cell, as ranges of each of its rows: calls `each` with the cell's number
    /// and the range.
    pub(super) fn each_cell(self, mut each: impl FnMut(usize, std::ops::Range<usize>)) {
        let (columns, rows) = (self.columns(), self.rows());
        for y in 0..self.height {
            let row = y * rows / self.height;
            for column in 0..columns {
                let left = self.width * column / columns;
                let right = self.width * (column + 1) / columns;
                each(row * columns + column, y * self.width + left..y * self.width + right);
            }
        }
    }

    /// How far the picture may shift as a pole sways, in pixels: 2.5 % of its width.
    pub(super) fn sway(self) -> usize {
        (self.width / 40).max(2)
    }
}

/// Smooths planes by 1-2-1 both ways, its taps `reach` pixels apart.
///
/// One after another with reaches 1, 2, 4 and 8 they make the "à trous" wavelet planes of Holschneider
/// et al., "A real-time algorithm for signal analysis with the help of the wavelet transform", 1989.
#[derive(Clone, Debug)]
pub(super) struct Blur {
    size: Size,
    between: Vec<f32>,
}

impl Blur {
    pub(super) fn new(size: Size) -> Self {
        Self { size, between: vec![0.0; size.pixels()] }
    }

    /// The smoothed `plane`; what lies outside is as its border.
    pub(super) fn of(&mut self, plane: &[f32], reach: usize) -> Vec<f32> {
        let Size { width, height } = self.size;
        for (row, out) in plane.chunks_exact(width).zip(self.between.chunks_exact_mut(width)) {
            let border = reach.min(width);
            for x in (0..border).chain(width - border..width) {
                let (left, right) = (x.saturating_sub(reach), (x + reach).min(width - 1));
                out[x] = 0.25 * (row[left] + row[right]) + 0.5 * row[x];
            }
            let (Some(here), Some(right), Some(out)) =
                (row.get(reach..), row.get(2 * reach..), out.get_mut(reach..))
            else {
                continue;
            };
            for (((out, left), here), right) in out.iter_mut().zip(row).zip(here).zip(right) {
                *out = 0.25 * (left + right) + 0.5 * here;
            }
        }
        let mut smooth = vec![0.0; self.size.pixels()];
        let row = |y: usize| &self.between[y * width..][..width];
        for (y, out) in smooth.chunks_exact_mut(width).enumerate() {
            let (above, below) = (row(y.saturating_sub(reach)), row((y + reach).min(height - 1)));
            for (((out, above), here), below) in out.iter_mut().zip(above).zip(row(y)).zip(below) {
                *out = 0.25 * (above + below) + 0.5 * here;
            }
        }
        smooth
    }
}
