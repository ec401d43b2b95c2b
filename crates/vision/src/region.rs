//! Where in a picture.

use watchpost_model::Fraction;

/// An upright rectangle, its edges as shares of the picture's width and height, so that it fits
/// every stream of the same camera.
///
/// `left` is not right of `right`, nor `top` below `bottom`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Left edge, from the left border of the picture.
    pub left: Fraction,
    /// Top edge, from the top border.
    pub top: Fraction,
    /// Right edge, from the left border.
    pub right: Fraction,
    /// Bottom edge, from the top border.
    pub bottom: Fraction,
}
