//! Makes a picture fit a model's input, and puts what is found back.

use watchpost_model::Region;
use watchpost_model::config::detector::{ColourOrder, Fit};

use super::Rgb;

/// How a model wants its pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// Of the input, in pixels.
    pub width: usize,
    /// See `width`.
    pub height: usize,
    /// How a picture of another shape is made to fit.
    pub fit: Fit,
    /// The order of colours.
    pub colour: ColourOrder,
    /// What 255 becomes: 255 or 1.
    pub white: f32,
    /// Taken off each colour, then divided by, in the model's order, in units of `white`.
    pub mean: [f32; 3],
    /// See `mean`.
    pub deviation: [f32; 3],
}

/// A picture made to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// `[3, height, width]`.
    pub values: Vec<f32>,
    /// Where the picture lies in the input, in pixels: left, top, width, height.
    pub inside: (usize, usize, usize, usize),
}

impl Fitted {
    /// Where in the picture, in shares of it, the box lies whose edges (left, top, right, bottom) are in
    /// pixels of the input; `None` if nothing of it is in the picture, or an edge is no number.
    #[must_use]
    pub fn place(&self, edges: [f32; 4]) -> Option<Region> {
        let _ = edges;
        None
    }
}

/// Makes `picture` fit.
#[must_use]
pub fn fit(picture: &Rgb, wish: &Wish) -> Fitted {
    let _ = (picture, wish);
    Fitted { values: Vec::new(), inside: (0, 0, 0, 0) }
}
