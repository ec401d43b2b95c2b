//! Makes a picture fit a model's input, and puts what is found back.
//!
//! Source: the preparation of pictures in YOLOX (`preproc`: in its shape, upper left, grey 114, sizes rounded
//! down) and Ultralytics (`LetterBox`: in the middle, sizes rounded to the nearest, the odd pixel of padding
//! to the right and below), and of `FastestDet` (stretched, averaged over areas). Pictures are shrunk by
//! averaging whatever a pixel of the input covers, so that no thin thing falls between two samples, and
//! enlarged by linear interpolation between the middles of pixels.

mod taps; // which pixels make a pixel

use watchpost_model::Region;
use watchpost_model::config::detector::{ColourOrder, Fit};

use super::Rgb;
use crate::cast::real;
use taps::Taps;

/// The level of what is not picture, of 255.
const PAD: f32 = 114.0;

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
    /// See `mean`; not 0.
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
        if !edges.iter().all(|edge| edge.is_finite()) {
            return None;
        }
        let (left, top, width, height) = self.inside;
        let across = |edge: f32| (edge - real(left)) / real(width.max(1));
        let down = |edge: f32| (edge - real(top)) / real(height.max(1));
        let region =
            Region::clamped(across(edges[0]), down(edges[1]), across(edges[2]), down(edges[3]));
        (region.width() > 0.0 && region.height() > 0.0).then_some(region)
    }
}

/// Makes `picture` fit. Without values if the input has no pixels.
#[must_use]
pub fn fit(picture: &Rgb, wish: &Wish) -> Fitted {
    let inside = inside(picture, wish);
    let area = wish.width * wish.height;
    if area == 0 {
        return Fitted { values: Vec::new(), inside };
    }
    let inks = inks(wish);
    let mut values = Vec::with_capacity(3 * area);
    for ink in inks {
        values.resize(values.len() + area, PAD * ink.gain + ink.offset);
    }
    draw(picture, wish, inside, inks, &mut values);
    Fitted { values, inside }
}

/// Where the picture lies in the input: left, top, width, height.
fn inside(picture: &Rgb, wish: &Wish) -> (usize, usize, usize, usize) {
    let (width, height) = (wish.width, wish.height);
    let (from_width, from_height) = (picture.width(), picture.height());
    let is_wide = height * from_width >= width * from_height;
    let fitted = |half: fn(usize) -> usize| {
        if is_wide {
            (width, ((width * from_height + half(from_width)) / from_width).clamp(1, height.max(1)))
        } else {
            (
                ((height * from_width + half(from_height)) / from_height).clamp(1, width.max(1)),
                height,
            )
        }
    };
    match wish.fit {
        _ if width == 0 || height == 0 => (0, 0, 0, 0),
        Fit::Stretch => (0, 0, width, height),
        Fit::UpperLeft => {
            let (across, down) = fitted(|_| 0);
            (0, 0, across, down)
        }
        Fit::Centre => {
            let (across, down) = fitted(|side| side / 2);
            ((width - across) / 2, (height - down) / 2, across, down)
        }
    }
}

/// What becomes of a level of one colour: what it is multiplied by, then what is added.
#[derive(Clone, Copy, Debug)]
struct Ink {
    gain: f32,
    offset: f32,
}

/// For each of the model's planes.
fn inks(wish: &Wish) -> [Ink; 3] {
    [0, 1, 2].map(|plane| {
        let (mean, deviation) = (wish.mean[plane], wish.deviation[plane]);
        Ink { gain: wish.white / 255.0 / deviation, offset: -mean / deviation }
    })
}

/// Draws the picture into the three planes of the input. Rows are averaged first, in whole numbers, which
/// goes many bytes at a time; what is left of them then pixel by pixel.
fn draw(
    picture: &Rgb,
    wish: &Wish,
    (left, top, width, height): (usize, usize, usize, usize),
    mut inks: [Ink; 3],
    values: &mut [f32],
) {
    let (across, down) = (Taps::new(picture.width(), width), Taps::new(picture.height(), height));
    let shares = across.shares();
    let bytes = 3 * picture.width();
    let (mut sums, mut row) = (vec![0; bytes], vec![0.0; bytes]);
    let (first, rest) = values.split_at_mut(wish.width * wish.height);
    let (second, third) = rest.split_at_mut(wish.width * wish.height);
    let mut planes = [first, second, third];
    if wish.colour == ColourOrder::Bgr {
        // From here on in the picture's order.
        planes.swap(0, 2);
        inks.swap(0, 2);
    }
    let [red, green, blue] = inks;
    for (y, (start, weights)) in down.iter().enumerate() {
        let rows = picture.pixels()[start * bytes..].chunks_exact(bytes);
        blend(rows.zip(weights), &mut sums);
        for (value, sum) in row.iter_mut().zip(&sums) {
            *value = f32::from(*sum) / taps::WHOLE;
        }
        let from = (top + y) * wish.width + left;
        let [reds, greens, blues] = planes.each_mut().map(|plane| &mut plane[from..from + width]);
        let row_of_input = reds.iter_mut().zip(greens).zip(blues);
        let mixtures = across.starts().iter().zip(shares.chunks_exact(across.count()));
        for (((one, two), three), (&start, shares)) in row_of_input.zip(mixtures) {
            let pixel = mixed(&row[3 * start..3 * (start + shares.len())], shares);
            *one = pixel[0] * red.gain + red.offset;
            *two = pixel[1] * green.gain + green.offset;
            *three = pixel[2] * blue.gain + blue.offset;
        }
    }
}

/// The weighted sum of rows, times [`taps::WHOLE`], in `sums`.
fn blend<'a>(rows: impl Iterator<Item = (&'a [u8], &'a u16)>, sums: &mut [u16]) {
    sums.fill(0);
    for (row, &weight) in rows.filter(|(_, weight)| **weight > 0) {
        for (sum, &level) in sums.iter_mut().zip(row) {
            *sum += u16::from(level) * weight; // At most 255 * WHOLE in all: it fits.
        }
    }
}

/// The weighted sum of neighbouring pixels: red, green, blue.
fn mixed(pixels: &[f32], shares: &[f32]) -> [f32; 3] {
    let mut sums = [0.0; 3];
    for (pixel, share) in pixels.as_chunks::<3>().0.iter().zip(shares) {
        sums[0] += pixel[0] * share;
        sums[1] += pixel[1] * share;
        sums[2] += pixel[2] * share;
    }
    sums
}

#[cfg(test)]
mod tests;
