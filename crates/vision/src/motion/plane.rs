//! Planes of numbers, one per pixel, and the sums over small windows that the other files lean on.

use crate::Grey;
use crate::cast::real;

/// Width and height in pixels, neither zero.
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

    /// The length of a hundredth of the picture's diagonal in pixels: what speaks of distances
    /// speaks in this, so that a larger frame of the same scene is judged alike.
    pub(super) fn step(self) -> f32 {
        real(self.width).hypot(real(self.height)) / 100.0
    }
}

/// A frame smoothed by the binomial window 1-2-1 both ways, and what that needs.
///
/// Takes most of the sensor's noise out before anything is compared; a pixel's noise falls to
/// 3/8 of what it was, an edge is blurred by one pixel.
#[derive(Clone, Debug)]
pub(super) struct Smoothed {
    pub(super) values: Vec<f32>,
    column: Vec<u16>,
}

impl Smoothed {
    pub(super) fn new(size: Size) -> Self {
        Self { values: vec![0.0; size.pixels()], column: vec![0; size.width + 2] }
    }

    /// Takes the next frame, of the size given to [`Smoothed::new`].
    pub(super) fn take(&mut self, frame: &Grey) {
        let (width, height) = (frame.width(), frame.height());
        let row = |y: usize| &frame.pixels()[y * width..][..width];
        for (y, out) in self.values.chunks_exact_mut(width).enumerate() {
            let (above, here, below) =
                (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
            let sums = self.column[1..=width].iter_mut().zip(above).zip(here).zip(below);
            for (((sum, &above), &here), &below) in sums {
                *sum = u16::from(above) + 2 * u16::from(here) + u16::from(below);
            }
            self.column[0] = self.column[1];
            self.column[width + 1] = self.column[width];
            let neighbours =
                self.column.iter().zip(&self.column[1..]).zip(&self.column[2..]).zip(out);
            for (((&left, &here), &right), out) in neighbours {
                *out = f32::from(left + 2 * here + right) * (1.0 / 16.0);
            }
        }
    }
}

/// Votes out of nine that make a pixel count.
const VOTES: u8 = 4;

/// A vote among the 3x3 pixels around each: takes out specks and fills pinholes.
///
/// Source: the binary median of Tukey, "Exploratory Data Analysis", 1977, one vote short of half,
/// for far people are thin.
#[derive(Clone, Debug)]
pub(super) struct Vote {
    column: Vec<u8>,
}

impl Vote {
    pub(super) fn new(size: Size) -> Self {
        Self { column: vec![0; size.width + 2] }
    }

    /// Writes to `out` which pixels count by the 0 and 1 of `marks`.
    pub(super) fn take(&mut self, marks: &[u8], out: &mut [u8], size: Size) {
        let Size { width, height } = size;
        let row = |y: usize| &marks[y * width..][..width];
        for (y, out) in out.chunks_exact_mut(width).enumerate() {
            let (above, here, below) =
                (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
            let sums = self.column[1..=width].iter_mut().zip(above).zip(here).zip(below);
            for (((sum, &above), &here), &below) in sums {
                *sum = above + here + below;
            }
            self.column[0] = self.column[1];
            self.column[width + 1] = self.column[width];
            let columns = self.column.iter().zip(&self.column[1..]).zip(&self.column[2..]);
            for (((&left, &here), &right), out) in columns.zip(out) {
                *out = u8::from(left + here + right >= VOTES);
            }
        }
    }
}

/// Reach of [`Windows`] to each side: windows are 7 pixels wide and high, about the width of a
/// person's body at mid distance in a frame of 160x90.
pub(super) const REACH: usize = 3;

/// Sums over the 7x7 window around each pixel, row by row; the border pixels stand for what lies
/// outside.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// Per column, the sum of its 7 values around the present row, with [`REACH`] more columns at
    /// either end.
    values: Vec<f32>,
    squares: Vec<f32>,
}

impl Windows {
    pub(super) fn new(size: Size) -> Self {
        let columns = size.width + 2 * REACH;
        Self { values: vec![0.0; columns], squares: vec![0.0; columns] }
    }

    /// Calls `each` with every row's number and the mean and mean square of the window around
    /// each of its pixels.
    pub(super) fn over(&mut self, plane: &[f32], size: Size, mut each: impl FnMut(usize, Sums)) {
        let Size { width, height } = size;
        let row = |y: usize| &plane[y.min(height - 1) * width..][..width];
        self.values.fill(0.0);
        self.squares.fill(0.0);
        for y in 0..=2 * REACH {
            self.add(row(y.saturating_sub(REACH)), None);
        }
        for y in 0..height {
            if y > 0 {
                self.add(row(y + REACH), Some(row((y - 1).saturating_sub(REACH))));
            }
            each(
                y,
                Sums { values: widened(&mut self.values), squares: widened(&mut self.squares) },
            );
        }
    }

    /// Takes a row into the sums and the row that falls out of the window from them.
    fn add(&mut self, new: &[f32], old: Option<&[f32]>) {
        let sums = self.values[REACH..].iter_mut().zip(&mut self.squares[REACH..]);
        match old {
            None => {
                for ((value, square), new) in sums.zip(new) {
                    *value += new;
                    *square += new * new;
                }
            }
            Some(old) => {
                for (((value, square), new), old) in sums.zip(new).zip(old) {
                    *value += new - old;
                    *square += new * new - old * old;
                }
            }
        }
    }
}

/// One row's column sums, ready to be summed sideways.
pub(super) struct Sums<'a> {
    values: &'a [f32],
    squares: &'a [f32],
}

impl Sums<'_> {
    /// Mean and mean square around each pixel of the row.
    pub(super) fn means(&self) -> impl Iterator<Item = (f32, f32)> {
        sideways(self.values).zip(sideways(self.squares))
    }
}

/// The mean over a window of each pixel, from the column sums.
fn sideways(sums: &[f32]) -> impl Iterator<Item = f32> {
    const SHARE: f32 = 1.0 / 49.0;
    let near = sums[2..].iter().zip(&sums[3..]).zip(&sums[4..]);
    let far = sums.iter().zip(&sums[1..]).zip(&sums[5..]).zip(&sums[6..]);
    let near = near.map(|((left, here), right)| left + here + right);
    let far = far.map(|(((first, second), sixth), last)| (first + second) + (sixth + last));
    far.zip(near).map(|(far, near)| (far + near) * SHARE)
}

/// Repeats the outermost column sums into the margins.
fn widened(sums: &mut [f32]) -> &[f32] {
    let last = sums.len() - 1 - REACH;
    let (first, end) = (sums[REACH], sums[last]);
    sums[..REACH].fill(first);
    sums[last + 1..].fill(end);
    sums
}
