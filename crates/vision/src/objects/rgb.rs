//! Colour pictures.

use watchpost_model::Region;

use crate::cast::{floor, narrow, real};

/// A colour picture: red, green, blue, a byte each, row by row from the top left, no padding.
///
/// Never empty: at least one pixel wide and high.
#[derive(Clone, PartialEq)]
pub struct Rgb {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Rgb {
    /// The picture of `pixels`, or `None` if they are not three times `width` times `height` or there
    /// are none.
    #[must_use]
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        let count = width.checked_mul(height)?.checked_mul(3)?;
        (count > 0 && count == pixels.len()).then_some(Self { width, height, pixels })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// All bytes, row by row from the top left.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// How sharp `region` is, in shares of this picture: the mean squared difference between the luma
    /// (ITU-R BT.601, 0 to 255) of neighbours in a row and in a column; `None` if it covers fewer than two
    /// pixels.
    #[must_use]
    pub fn sharpness(&self, region: &Region) -> Option<f32> {
        let edge = |share: f32, side: usize| floor(share * real(side) + 0.5).min(side);
        let (left, right) = (region.left.get(), region.right.get());
        let columns = edge(left, self.width)..edge(right, self.width);
        let rows = edge(region.top.get(), self.height)..edge(region.bottom.get(), self.height);
        let luma = |pixel: &[u8]| match *pixel {
            [red, green, blue] => {
                0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
            }
            _ => 0.0,
        };
        let (mut sum, mut count) = (0.0_f64, 0);
        let mut above: Vec<f32> = Vec::new();
        for y in rows {
            let row = &self.pixels[3 * (y * self.width + columns.start)..];
            let row: Vec<f32> = row.chunks_exact(3).take(columns.len()).map(luma).collect();
            let beside = row.iter().zip(row.iter().skip(1));
            let differences = beside.chain(row.iter().zip(&above)).map(|(one, other)| one - other);
            for difference in differences {
                sum += f64::from(difference * difference);
                count += 1;
            }
            above = row;
        }
        (count > 0).then(|| narrow(sum) / real(count))
    }
}

impl std::fmt::Debug for Rgb {
    /// Without the pixels, which nobody wants in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgb({}x{})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of grey levels.
    fn grey(width: usize, levels: &[u8]) -> Rgb {
        let pixels = levels.iter().flat_map(|level| [*level; 3]).collect();
        Rgb::new(width, levels.len() / width, pixels).expect("three bytes each")
    }

    #[test]
    fn a_picture_has_three_bytes_for_each_pixel() {
        assert_eq!(Rgb::new(2, 2, vec![0; 11]), None);
        assert_eq!(Rgb::new(0, 2, Vec::new()), None);
        assert_eq!(Rgb::new(usize::MAX, 2, Vec::new()), None);
    }

    #[test]
    fn edges_are_sharp_and_walls_are_not() {
        let picture = grey(4, &[0, 10, 50, 50, 0, 10, 50, 50]);
        let sharpness = |left, right| {
            picture.sharpness(&Region::clamped(left, 0.0, right, 1.0)).expect("pixels")
        };
        assert!(sharpness(0.5, 1.0) < 1e-6);
        // Two rows with one step of 10 each, and two columns without any.
        assert!((sharpness(0.0, 0.5) - 50.0).abs() < 1e-3);
    }

    #[test]
    fn of_less_than_two_pixels_nobody_knows() {
        let picture = grey(4, &[0, 10, 50, 50]);
        assert_eq!(picture.sharpness(&Region::clamped(0.0, 0.0, 0.3, 1.0)), None);
        assert_eq!(picture.sharpness(&Region::clamped(0.0, 0.0, 0.0, 0.0)), None);
    }
}
