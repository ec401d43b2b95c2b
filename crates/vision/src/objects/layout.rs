//! What a model's outputs mean.

use watchpost_model::config::detector::ModelLayout;

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
    /// How many classes the model knows.
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

impl Layout {
    /// Recognises the layout by the outputs of a run, and by how many class names there are, if that is
    /// known; or takes `told`, if it fits.
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
        let _ = (outputs, input, names, told);
        Err(LayoutError::Unknown { shapes: String::new(), known: "" })
    }

    /// How models of this layout want their pictures, unless the owner says otherwise.
    #[must_use]
    pub fn usual_wish(&self) -> Wish {
        todo_wish(self)
    }

    /// The boxes with a score of at least `min_score`, best first; what is no number or has no extent is
    /// left out. Most overlap: see [`super::overlap`], but for [`ModelLayout::EndToEnd`].
    #[must_use]
    pub fn read(&self, outputs: &[Tensor], min_score: f32) -> Vec<Proposal> {
        let _ = (outputs, min_score);
        Vec::new()
    }
}

fn todo_wish(layout: &Layout) -> Wish {
    use watchpost_model::config::detector::{ColourOrder, Fit};
    Wish {
        width: layout.input.0,
        height: layout.input.1,
        fit: Fit::Centre,
        colour: ColourOrder::Rgb,
        white: 1.0,
        mean: [0.0; 3],
        deviation: [1.0; 3],
    }
}
