//! One box for one object, where a model or several looks give many.

use super::layout::Proposal;
use watchpost_model::{Object, Region};

/// Of boxes of one class that are more alike than `most` (intersection over union) only the best stays;
/// at most `count` in all, best first.
///
/// Source: greedy non-maximum suppression, as in Felzenszwalb et al., "Object detection with discriminatively
/// trained part-based models", IEEE TPAMI 32(9), 2010, class by class. Each box is compared only with those
/// that stay: `count` times as many comparisons as boxes, at most.
#[must_use]
pub fn suppress(mut proposals: Vec<Proposal>, most: f32, count: usize) -> Vec<Proposal> {
    proposals.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut kept: Vec<Proposal> = Vec::with_capacity(count.min(proposals.len()));
    for proposal in proposals {
        if kept.len() >= count {
            break;
        }
        let is_same = |other: &Proposal| {
            other.class == proposal.class && alike(&other.edges, &proposal.edges) > most
        };
        if !kept.iter().any(is_same) {
            kept.push(proposal);
        }
    }
    kept
}

/// How alike two boxes are, 0 to 1: intersection over union. 0 if they have no extent or are none.
fn alike(one: &[f32; 4], other: &[f32; 4]) -> f32 {
    let area = |edges: &[f32; 4]| (edges[2] - edges[0]).max(0.0) * (edges[3] - edges[1]).max(0.0);
    let shared = area(&[
        one[0].max(other[0]),
        one[1].max(other[1]),
        one[2].min(other[2]),
        one[3].min(other[3]),
    ]);
    let either = area(one) + area(other) - shared;
    if either > 0.0 { shared / either } else { 0.0 }
}

/// From this overlap on two boxes of one class are one object.
const SAME: f32 = 0.45;
/// A box cut by its region's edge that lies by this share in another is a part of that object.
const PART: f32 = 0.7;
/// How alike two boxes must be, where both regions look, to be of one object of which neither shows all;
/// and which share of the smaller must lie there.
const HALVES: f32 = 0.5;
const COMMON: f32 = 0.1;
/// How near to its region's edge a box is taken to be cut by it, as a share of the region's side: boxes
/// are not exact to the pixel.
const NEAR: f32 = 0.02;

/// Joins what was found in several regions of one frame, in shares of the whole picture: an object that two
/// of them show is one. Best first.
///
/// Of two the better stays; but one that an edge of its region inside the picture cuts yields to a whole
/// one. Of one that is cut in each, what both show stays. What was found in one and the same region is told
/// apart already.
#[must_use]
pub fn join(looks: Vec<(Region, Vec<Object>)>) -> Vec<Object> {
    let mut all: Vec<Seen> = Vec::new();
    for (number, (look, objects)) in looks.into_iter().enumerate() {
        all.extend(objects.into_iter().map(|object| {
            let is_cut = is_cut(&object.region, &look);
            Seen { look, looks: vec![number], object, is_cut }
        }));
    }
    let score = |seen: &Seen| seen.object.score.get();
    all.sort_by(|one, other| {
        one.is_cut.cmp(&other.is_cut).then(score(other).total_cmp(&score(one)))
    });
    let mut kept: Vec<Seen> = Vec::new();
    for seen in all {
        match kept.iter_mut().find(|other| seen.is_in(other)) {
            Some(other) => other.take(&seen),
            None => kept.push(seen),
        }
    }
    let mut objects: Vec<Object> = kept.into_iter().map(|seen| seen.object).collect();
    objects.sort_by(|one, other| other.score.get().total_cmp(&one.score.get()));
    objects
}

/// An object as regions show it.
#[derive(Clone, Debug)]
struct Seen {
    object: Object,
    /// The region, and the numbers of all that show it.
    look: Region,
    looks: Vec<usize>,
    /// Whether an edge of the region inside the picture cuts it.
    is_cut: bool,
}

impl Seen {
    /// Whether this, seen in one region only, is the object `other`.
    fn is_in(&self, other: &Self) -> bool {
        let is_apart = self.looks.iter().any(|look| other.looks.contains(look));
        if is_apart || self.object.label != other.object.label {
            return false;
        }
        let (one, two) = (&self.object.region, &other.object.region);
        let least =
            if self.is_cut && other.is_cut { one.area().min(two.area()) } else { one.area() };
        one.overlap(two) > SAME
            || (self.is_cut && one.shared(two) > PART * least)
            || (self.is_cut && self.continues(other))
    }

    /// Whether both agree where both regions look, as two parts of one object do.
    fn continues(&self, other: &Self) -> bool {
        let (one, two) = (&self.object.region, &other.object.region);
        let (one_here, two_here) = (common(one, &other.look), common(two, &self.look));
        let least = one.area().min(two.area());
        one_here.overlap(&two_here) > HALVES && one_here.shared(&two_here) > COMMON * least
    }

    /// Takes `other` for another view of this.
    fn take(&mut self, other: &Self) {
        self.looks.extend(&other.looks);
        if self.is_cut && other.is_cut {
            self.object.region = self.object.region.with(&other.object.region);
            self.look = self.look.with(&other.look);
        }
    }
}

/// What two regions have in common; of no extent if nothing.
fn common(one: &Region, other: &Region) -> Region {
    Region::clamped(
        one.left.get().max(other.left.get()),
        one.top.get().max(other.top.get()),
        one.right.get().min(other.right.get()),
        one.bottom.get().min(other.bottom.get()),
    )
}

/// Whether `object` touches an edge of `look` that is not the picture's.
fn is_cut(object: &Region, look: &Region) -> bool {
    let (across, down) = (NEAR * look.width(), NEAR * look.height());
    let is_inner = |edge: f32| edge > 0.0 && edge < 1.0;
    let touches = |edge: f32, end: f32, near: f32| is_inner(end) && (edge - end).abs() <= near;
    touches(object.left.get(), look.left.get(), across)
        || touches(object.right.get(), look.right.get(), across)
        || touches(object.top.get(), look.top.get(), down)
        || touches(object.bottom.get(), look.bottom.get(), down)
}

#[cfg(test)]
mod tests;
