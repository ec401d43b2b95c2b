//! Where in a picture.

use std::collections::BTreeSet;

use crate::{Fraction, Label, WallTime};

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

impl Region {
    /// The whole picture.
    pub const ALL: Self = Self {
        left: Fraction::NONE,
        top: Fraction::NONE,
        right: Fraction::ALL,
        bottom: Fraction::ALL,
    };

    /// The region between these edges, in shares of the picture, as far as it lies in the picture.
    #[must_use]
    pub fn clamped(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        let [left, top] = [left, top].map(Fraction::clamped);
        let right = Fraction::clamped(right.max(left.get()));
        let bottom = Fraction::clamped(bottom.max(top.get()));
        Self { left, top, right, bottom }
    }

    /// Its width, as a share of the picture's.
    #[must_use]
    pub fn width(&self) -> f32 {
        self.right.get() - self.left.get()
    }

    /// Its height, as a share of the picture's.
    #[must_use]
    pub fn height(&self) -> f32 {
        self.bottom.get() - self.top.get()
    }

    /// Its area, as a share of the picture's.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// What both cover, as a share of the picture.
    #[must_use]
    pub fn shared(&self, other: &Self) -> f32 {
        let across =
            self.right.get().min(other.right.get()) - self.left.get().max(other.left.get());
        let down = self.bottom.get().min(other.bottom.get()) - self.top.get().max(other.top.get());
        across.max(0.0) * down.max(0.0)
    }

    /// How alike two are, 0 to 1: what both cover, as a share of what either does (intersection over
    /// union; Jaccard, 1901).
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f32 {
        let shared = self.shared(other);
        let either = self.area() + other.area() - shared;
        if either > 0.0 { shared / either } else { 0.0 }
    }

    /// The least region that covers both.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self::clamped(
            self.left.get().min(other.left.get()),
            self.top.get().min(other.top.get()),
            self.right.get().max(other.right.get()),
            self.bottom.get().max(other.bottom.get()),
        )
    }

    /// Where `inner`, in shares of this region, lies in the picture.
    #[must_use]
    pub fn place(&self, inner: &Self) -> Self {
        let x = |share: Fraction| self.left.get() + share.get() * self.width();
        let y = |share: Fraction| self.top.get() + share.get() * self.height();
        Self::clamped(x(inner.left), y(inner.top), x(inner.right), y(inner.bottom))
    }
}

/// The way of one thing through an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its number in the event.
    pub number: u32,
    /// What it is, if that was recognised.
    pub label: Option<Label>,
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
