//! What a model's outputs mean.
//!
//! A model does not say how its outputs are to be read, but their dimensions nearly do: how many classes it
//! knows stands in one of them, and where it looked, cell by cell, in another.
//!
//! Sources: YOLOX (Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430) as its
//! `demo_postprocess` reads it; the exports of Ultralytics for v5, v8 to v11, v10 and v26; `FastestDet`'s
//! `handle_preds`; `NanoDet`'s heads (`gfl_head.py`, `nanodet_plus_head.py`), whose distances are
//! distributions after Li et al., "Generalized Focal Loss", arXiv 2006.04388.

mod grid; //   which cells a model looks at
mod shape; //  which kind has outputs of which dimensions
mod decode; // from numbers to boxes

use watchpost_model::config::detector::{ColourOrder, Fit, ModelLayout};

use super::fit::Wish;

/// One output of a model: its dimensions and its values, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its name in the model.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

/// A box that a model proposes, in pixels of its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proposal {
    /// By the number of the class in the model.
    pub class: u16,
    /// 0 to 1.
    pub score: f32,
    /// Left, top, right, bottom.
    pub edges: [f32; 4],
}

/// A layout that was recognised: how to read a model's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Which.
    pub kind: ModelLayout,
    /// How many classes the model knows. Of [`ModelLayout::EndToEnd`], whose outputs do not tell, as many as
    /// have names, or the 80 of COCO.
    pub classes: usize,
    /// Width and height of its input, in pixels.
    pub input: (usize, usize),
}

/// Why a model's outputs cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LayoutError {
    /// They are like those of no kind that is known.
    #[error("its outputs are {shapes}, which no known kind of detector has; known are {known}")]
    Unknown {
        /// The outputs' names and dimensions.
        shapes: String,
        /// The kinds and their dimensions.
        known: &'static str,
    },
    /// The owner said another kind than the dimensions allow.
    #[error("its outputs are {shapes}, which are not those of {wanted}: {why}")]
    Other {
        /// The outputs' names and dimensions.
        shapes: String,
        /// What the owner said.
        wanted: &'static str,
        /// What does not fit.
        why: String,
    },
}

/// More boxes than this, the best, are never told: no picture shows so many things, and what joins them
/// compares each with many.
const MOST: usize = 1000;

/// Mean and deviation of the pictures of `ImageNet`, blue first, of 255: what `NanoDet` was trained with.
const IMAGENET: ([f32; 3], [f32; 3]) = ([103.53, 116.28, 123.675], [57.375, 57.12, 58.395]);

impl Layout {
    /// Recognises the layout by the outputs of a run, and by how many class names there are, if that is
    /// known; or takes `told`, if it fits.
    ///
    /// Where names and dimensions do not agree, the dimensions hold: [`Layout::classes`] then differs from
    /// `names`.
    ///
    /// # Errors
    ///
    /// If none fits.
    pub fn recognise(
        outputs: &[Tensor],
        input: (usize, usize),
        names: Option<usize>,
        told: Option<ModelLayout>,
    ) -> Result<Self, LayoutError> {
        let shapes = || shape::told(outputs);
        match told {
            None => shape::guess(outputs, input, names)
                .map(|(kind, classes)| Self { kind, classes, input })
                .ok_or_else(|| LayoutError::Unknown { shapes: shapes(), known: shape::KNOWN }),
            Some(kind) => shape::check(kind, outputs, input, names)
                .map(|classes| Self { kind, classes, input })
                .map_err(|why| {
                    let wanted = shape::name(kind);
                    LayoutError::Other { shapes: shapes(), wanted, why: why.to_owned() }
                }),
        }
    }

    /// How models of this layout want their pictures, unless the owner says otherwise.
    #[must_use]
    pub fn usual_wish(&self) -> Wish {
        let (fit, colour, white) = match self.kind {
            ModelLayout::Yolox => (Fit::UpperLeft, ColourOrder::Bgr, 255.0),
            ModelLayout::YoloV5 | ModelLayout::YoloV8 | ModelLayout::EndToEnd => {
                (Fit::Centre, ColourOrder::Rgb, 1.0)
            }
            ModelLayout::FastestDet => (Fit::Stretch, ColourOrder::Bgr, 1.0),
            // As NanoDet-Plus (`keep_ratio: False`); those before it keep the shape, but do with either.
            ModelLayout::NanoDet => (Fit::Stretch, ColourOrder::Bgr, 255.0),
        };
        let (mean, deviation) = match self.kind {
            ModelLayout::NanoDet => IMAGENET,
            _ => ([0.0; 3], [1.0; 3]),
        };
        let (width, height) = self.input;
        Wish { width, height, fit, colour, white, mean, deviation }
    }

    /// The boxes with a score of at least `min_score`, best first, at most 1000; what is no number or has no
    /// extent is left out. Most overlap: see [`super::overlap`], but for [`ModelLayout::EndToEnd`].
    ///
    /// Outputs of other dimensions than those recognised hold nothing.
    #[must_use]
    pub fn read(&self, outputs: &[Tensor], min_score: f32) -> Vec<Proposal> {
        let mut proposals = decode::proposals(self, outputs, min_score);
        // The sort is stable, so that equals come in the order of the cells.
        proposals.sort_by(|one, other| other.score.total_cmp(&one.score));
        proposals.truncate(MOST);
        proposals
    }
}

#[cfg(test)]
mod tests;
