//! Where in a picture.

use std::collections::BTreeSet;

use crate::{Fraction, WallTime};

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

/// The way of one thing through an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its number in the event.
    pub number: u32,
    /// The names of the zones it has been in; empty if the camera has none.
    pub zones: BTreeSet<String>,
    /// Where it was, by time; at least one.
    pub places: Vec<Place>,
}

/// Where a thing was at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// When.
    pub at: WallTime,
    /// A box around it.
    pub region: Region,
}
