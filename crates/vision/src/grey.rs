//! Grey frames.

/// A grey frame: one byte a pixel, 0 black to 255 white, row by row from the top left, no padding.
///
/// Never empty: at least one pixel wide and high.
#[derive(Clone, PartialEq)]
pub struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    chroma: Option<f32>,
}

impl Grey {
    /// The frame of `pixels`, or `None` if they are not `width` times `height` or there are none.
    #[must_use]
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        let count = width.checked_mul(height)?;
        (count > 0 && count == pixels.len()).then_some(Self { width, height, pixels, chroma: None })
    }

    /// The same frame, of a picture that was this colourful: see [`Grey::chroma`].
    #[must_use]
    pub fn with_chroma(self, chroma: f32) -> Self {
        Self { chroma: Some(chroma), ..self }
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

    /// All pixels, row by row from the top left.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// How colourful the picture was that this is the grey of: the mean distance of its two chroma
    /// planes from neutral, 0 (all grey) to 127; `None` if nobody looked.
    #[must_use]
    pub fn chroma(&self) -> Option<f32> {
        self.chroma
    }
}

impl std::fmt::Debug for Grey {
    /// Without the pixels, which nobody wants in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grey({}x{})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_as_many_pixels_as_it_says() {
        assert!(Grey::new(3, 2, vec![0; 6]).is_some());
        for (width, height, count) in [(3, 2, 5), (0, 0, 0), (0, 7, 0), (usize::MAX, 2, 6)] {
            assert_eq!(Grey::new(width, height, vec![0; count]), None);
        }
    }

    #[test]
    fn a_frame_says_how_colourful_its_picture_was_if_somebody_looked() {
        let plain = Grey::new(1, 1, vec![7]).expect("one pixel");
        assert_eq!(plain.chroma(), None);
        assert_eq!(plain.with_chroma(4.5).chroma(), Some(4.5));
    }
}
