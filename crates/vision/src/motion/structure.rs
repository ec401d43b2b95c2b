//! What a picture shows, whatever the light.
//!
//! Each pixel is told by how much it stands out from the 7x7 window around it, in units of that
//! window's own contrast. A lamp, a cloud or a camera's gain scale and shift a small window as a
//! whole, and so leave this number as it was; a person in front of the window changes it.
//!
//! Source: local contrast normalisation, as in Jarrett, Kavukcuoglu, Ranzato and `LeCun`, "What is
//! the best multi-stage architecture for object recognition?", ICCV 2009; its use against changing
//! light in the manner of Heikkilä and Pietikäinen, "A texture-based method for modeling the
//! background and detecting moving objects", IEEE TPAMI 28(4), 2006.

use super::plane::{Size, Windows};

/// Contrast below which a window counts as flat, in grey levels: about what noise and the codec
/// leave of a plain wall.
const FLAT: f32 = 6.0;

/// The structure of one frame after another.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    pub(super) values: Vec<f32>,
    windows: Windows,
}

impl Structure {
    pub(super) fn new(size: Size) -> Self {
        Self { values: vec![0.0; size.pixels()], windows: Windows::new(size) }
    }

    /// Takes the next frame, smoothed.
    pub(super) fn take(&mut self, frame: &[f32], size: Size) {
        let values = &mut self.values;
        self.windows.over(frame, size, |y, sums| {
            let row = y * size.width..(y + 1) * size.width;
            let pixels = frame[row.clone()].iter().zip(&mut values[row]).zip(sums.means());
            for ((&pixel, value), (mean, square)) in pixels {
                let contrast = (square - mean * mean).max(0.0).sqrt();
                *value = (pixel - mean) / (contrast + FLAT);
            }
        });
    }
}
