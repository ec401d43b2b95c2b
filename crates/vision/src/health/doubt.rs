//! Doubts that add up while they last and fade when they do not.
//!
//! Source: the cumulative sum of Page, "Continuous inspection schemes", Biometrika 41, 1954.

use std::collections::BTreeMap;

use watchpost_model::Ailment;

use super::view::Judgement;

/// Seconds of doubt from which an ailment is told. Somebody who walks by right before the lens is gone by then.
const ENOUGH: f32 = 3.4;
/// No more seconds than these add up, so that an ailment ends soon after it is gone.
const MOST: f32 = 4.5;
/// Doubt fades by so much faster than it grows.
const RELIEF: f32 = 1.5;
/// The same where nothing can be told.
const FORGETTING: f32 = 0.25;

/// A doubt about one thing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Doubt {
    seconds: f32,
    told: bool,
}

impl Doubt {
    pub(super) fn rise(&mut self, passed: f32) {
        self.seconds = (self.seconds + passed).min(MOST);
        self.told |= self.seconds >= ENOUGH;
    }

    pub(super) fn fall(&mut self, passed: f32) {
        self.seconds = (self.seconds - RELIEF * passed).max(0.0);
        self.told &= self.seconds > 0.0;
    }

    pub(super) fn is_told(self) -> bool {
        self.told
    }
}

/// Doubts about the view, of which the strongest is told once all together are enough: what covers the lens may
/// first have looked like a camera out of focus.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts {
    any: Doubt,
    each: BTreeMap<Ailment, f32>,
}

impl Doubts {
    pub(super) fn add(&mut self, judgement: Judgement, passed: f32) {
        match judgement {
            Judgement::Ill(ailment) => {
                self.any.rise(passed);
                for (kind, seconds) in &mut self.each {
                    if *kind != ailment {
                        *seconds = (*seconds - passed).max(0.0);
                    }
                }
                let seconds = self.each.entry(ailment).or_default();
                *seconds = (*seconds + passed).min(MOST);
            }
            Judgement::Well | Judgement::Other => {
                self.any.fall(passed);
                self.each.values_mut().for_each(|seconds| *seconds = (*seconds - passed).max(0.0));
            }
            // What is told stays told: darkness cures nothing.
            Judgement::Unsure if self.any.is_told() => {}
            Judgement::Unsure => self.any.fall(FORGETTING * passed),
        }
        if self.any.seconds <= 0.0 {
            self.each.clear();
        }
    }

    /// What is wrong with the view, if something is.
    pub(super) fn told(&self) -> Option<Ailment> {
        let strongest = self.each.iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
        strongest.map(|(&ailment, _)| ailment).filter(|_| self.any.is_told())
    }
}
