//! Which cells a model looks at: its input in squares of some strides, row by row, the finest first.

use crate::cast::real;

/// The strides of most models, in pixels.
pub(super) const THREE: &[usize] = &[8, 16, 32];
/// Of those for large pictures, and of NanoDet-Plus.
pub(super) const FOUR: &[usize] = &[8, 16, 32, 64];
/// Of those for small things.
pub(super) const FINE: &[usize] = &[4, 8, 16, 32];

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    /// Its column and row, from 0.
    pub(super) x: f32,
    /// See `x`.
    pub(super) y: f32,
    /// Its side, in pixels of the input.
    pub(super) stride: f32,
}

/// How many columns and rows of cells of side `stride` cover an input.
fn columns_and_rows((width, height): (usize, usize), stride: usize) -> (usize, usize) {
    (width.div_ceil(stride), height.div_ceil(stride))
}

/// How many cells of all `strides` cover an input.
pub(super) fn count(input: (usize, usize), strides: &[usize]) -> usize {
    let each = strides.iter().map(|stride| {
        let (columns, rows) = columns_and_rows(input, *stride);
        columns.saturating_mul(rows)
    });
    each.fold(0, usize::saturating_add)
}

/// The cell of the number `index`, counted through all `strides`.
pub(super) fn cell(input: (usize, usize), strides: &[usize], index: usize) -> Option<Cell> {
    let mut index = index;
    for stride in strides {
        let (columns, rows) = columns_and_rows(input, *stride);
        let count = columns.saturating_mul(rows);
        if index < count {
            let (x, y) = (real(index % columns), real(index / columns));
            return Some(Cell { x, y, stride: real(*stride) });
        }
        index -= count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_as_the_models_do() {
        assert_eq!(count((416, 416), THREE), 3549);
        assert_eq!(3 * count((640, 640), THREE), 25_200);
        assert_eq!(count((640, 640), THREE), 8400);
        assert_eq!(count((416, 416), FOUR), 3598);
    }

    #[test]
    fn cells_go_row_by_row_and_stride_by_stride() {
        let told = |index| cell((64, 32), THREE, index);
        assert_eq!(told(0), Some(Cell { x: 0.0, y: 0.0, stride: 8.0 }));
        assert_eq!(told(9), Some(Cell { x: 1.0, y: 1.0, stride: 8.0 }));
        assert_eq!(told(32 + 5), Some(Cell { x: 1.0, y: 1.0, stride: 16.0 }));
        assert_eq!(told(32 + 8 + 1), Some(Cell { x: 1.0, y: 0.0, stride: 32.0 }));
        assert_eq!(told(32 + 8 + 2), None);
    }
}
