//! Colour pictures.

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
}

impl std::fmt::Debug for Rgb {
    /// Without the pixels, which nobody wants in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgb({}x{})", self.width, self.height)
    }
}
