//! A region for the detector: in the shape of its input, with some of what is around a thing, and as large in
//! pixels at least, so that nothing is enlarged.

use watchpost_model::Region;

use super::Plan;

/// What is added around a thing on each side, as a share of its longer side: what moves is often but a head
/// or legs.
const PADDING: f32 = 0.3;
/// How much a region is enlarged at most: not at all. Enlarged, no more people are found, but some are cut
/// off of whom only the head moves (a person at night in 640x360, found in half of the looks so).
const ENLARGED: f32 = 1.0;
/// A region that would cover more of the picture than this is the whole one.
const MOST: f32 = 0.7;
/// Things are shown together if that shows them by no more than this factor smaller than the larger one
/// alone.
const TOGETHER: f32 = 1.3;
/// A region shows what lies in it by this share.
const SHOWN: f32 = 0.8;

/// How regions are cut from pictures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framing {
    /// Width and height of the picture, in pixels.
    picture: (f32, f32),
    /// Width and height of the least region, in pixels.
    least: (f32, f32),
}

impl Framing {
    pub(super) fn new(plan: &Plan) -> Self {
        let side = |pixels: u16| f32::from(pixels.max(1));
        Self {
            picture: (side(plan.picture.0), side(plan.picture.1)),
            least: (side(plan.input.0) / ENLARGED, side(plan.input.1) / ENLARGED),
        }
    }

    /// The region around the first of `places` and those near it, which are taken from them.
    pub(super) fn first_of(&self, places: &mut Vec<Region>) -> Region {
        let Some(mut group) = places.first().copied() else { return Region::ALL };
        let mut rest: Vec<Region> = places.drain(..).skip(1).collect();
        let mut scale = self.scale(&group);
        // Each that joins may bring others near.
        while let Some(next) = rest.iter().position(|place| {
            self.scale(&group.with(place)) <= TOGETHER * scale.max(self.scale(place))
        }) {
            let place = rest.remove(next);
            scale = scale.max(self.scale(&place));
            group = group.with(&place);
        }
        *places = rest;
        self.around(&group)
    }

    /// The region in which `place` is looked at.
    pub(super) fn around(&self, place: &Region) -> Region {
        let scale = self.scale(place);
        let width = self.least.0 * scale / self.picture.0;
        let height = self.least.1 * scale / self.picture.1;
        if width.min(1.0) * height.min(1.0) > MOST {
            return Region::ALL;
        }
        let (left, right) = span(place.left.get(), place.right.get(), width);
        let (top, bottom) = span(place.top.get(), place.bottom.get(), height);
        Region::clamped(left, top, right, bottom)
    }

    /// What to look at in place of `place` so that the region is about twice as wide and high.
    pub(super) fn wider(&self, place: &Region) -> Region {
        /// With its padding a square of this side is 2.
        const SIDE: f32 = 2.0 / (1.0 + 2.0 * PADDING);
        let near = self.around(place);
        let (across, down) =
            (near.width() * (SIDE - 1.0) / 2.0, near.height() * (SIDE - 1.0) / 2.0);
        Region::clamped(
            near.left.get() - across,
            near.top.get() - down,
            near.right.get() + across,
            near.bottom.get() + down,
        )
    }

    /// How many times as wide and high as the least region that one must be in which `place` has its padding.
    fn scale(&self, place: &Region) -> f32 {
        let (width, height) = (place.width() * self.picture.0, place.height() * self.picture.1);
        let padding = 2.0 * PADDING * width.max(height);
        let (across, down) = (width + padding, height + padding);
        (across / self.least.0).max(down / self.least.1).max(1.0)
    }
}

/// A stretch of the given length around that from `first` to `last`, moved into the picture; all of it if it
/// is longer.
fn span(first: f32, last: f32, length: f32) -> (f32, f32) {
    if length >= 1.0 {
        return (0.0, 1.0);
    }
    let from = ((first + last - length) / 2.0).clamp(0.0, 1.0 - length);
    (from, from + length)
}

/// Whether a look at `region` shows `place`.
pub(super) fn shows(region: &Region, place: &Region) -> bool {
    region.shared(place) >= SHOWN * place.area()
}
