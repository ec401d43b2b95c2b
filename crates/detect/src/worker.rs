//! The recorder's side: a handle on one detect worker.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use watchpost_model::config::detector::{Engine, Model, ModelLayout};
use watchpost_model::{Fraction, Label, Object};
use watchpost_sandbox::{Handle, HandleError};
use watchpost_vision::objects::layout::Tensor;
use watchpost_vision::objects::{Found, Rgb};

use crate::file::{ModelFile, unusable};
use crate::wire::{Answer, Facts, Fault, Order, Request};
use crate::{DetectError, Detector, Looking, Shown, Wants, child, library, names, probe};

/// A worker that has not answered for this long hangs: a look with a model far too large for a small
/// machine takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same for loading, in which a model is optimized for the processor and looked with once.
const LOADING: Duration = Duration::from_mins(1);

/// How much of a model's file is told at once, in bytes.
const PIECE: usize = 8 << 20;

/// How many looks are timed.
const LOOKS: usize = 5;

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
    handle: Handle,
    card: Card,
    min_score: f32,
    /// Whether an answer is still to come that nobody waits for any more.
    astray: bool,
}

impl Worker {
    /// Starts a worker, this very program with [`crate::child::ARGUMENT`], and gives it the model. What is
    /// told later is what scores at least `min_score`, 0 to 1.
    ///
    /// # Errors
    ///
    /// [`DetectError::Model`] if the model cannot be used; [`DetectError::Lost`] if no worker can be
    /// started.
    pub async fn start(
        file: &ModelFile,
        settings: &Model,
        min_score: f32,
    ) -> Result<Self, DetectError> {
        match settings.engine {
            Engine::Rten => Self::builtin(file, settings, min_score).await,
            Engine::Ort => {
                let library = settings.onnxruntime.clone().or_else(library::find);
                let library = library.ok_or_else(|| DetectError::Model {
                    story: format!("ONNX Runtime is not installed: {MISSING}"),
                    hint:
                        "install it and name it in [detector] onnxruntime, or set engine = \"rten\""
                            .to_owned(),
                })?;
                Self::with(Some(&library), file, settings, min_score).await
            }
            Engine::Auto => Self::best(file, settings, min_score).await,
        }
    }

    /// ONNX Runtime, if it can be had and computes the same as the built-in engine.
    async fn best(file: &ModelFile, settings: &Model, min_score: f32) -> Result<Self, DetectError> {
        let builtin = Self::builtin(file, settings, min_score).await;
        let noted = |builtin: Result<Self, DetectError>, note: String| {
            builtin.map(|mut worker| {
                worker.card.note = Some(note);
                worker
            })
        };
        let Some(library) = settings.onnxruntime.clone().or_else(library::find) else {
            return noted(builtin, format!("ONNX Runtime is not installed: {MISSING}"));
        };
        let mut quick = match Self::with(Some(&library), file, settings, min_score).await {
            Ok(quick) => quick,
            Err(error) => return noted(builtin, format!("ONNX Runtime does not run it: {error}")),
        };
        let mut builtin = match builtin {
            Ok(builtin) => builtin,
            Err(error) => {
                let note =
                    format!("without comparison: the built-in engine does not run it: {error}");
                quick.card.note = Some(note);
                return Ok(quick);
            }
        };
        match probe::differ(&mut quick, &mut builtin).await {
            Ok(None) => {
                builtin.handle.finish().await;
                Ok(quick)
            }
            Ok(Some(how)) => {
                noted(Ok(builtin), format!("ONNX Runtime computes something else: {how}"))
            }
            Err(error) => noted(Ok(builtin), format!("ONNX Runtime fails its test: {error}")),
        }
    }

    async fn builtin(
        file: &ModelFile,
        settings: &Model,
        min_score: f32,
    ) -> Result<Self, DetectError> {
        Self::with(None, file, settings, min_score).await
    }

    /// A worker with the ONNX Runtime of `library`, or with the built-in engine.
    async fn with(
        library: Option<&Path>,
        file: &ModelFile,
        settings: &Model,
        min_score: f32,
    ) -> Result<Self, DetectError> {
        let path = match library {
            Some(library) => opened(library)?,
            None => child::BUILTIN.to_owned(),
        };
        let mut handle = Handle::start(Handle::this_program(), &[child::ARGUMENT, &path])?;
        let facts = loaded(&mut handle, file, settings).await?;
        let labels = labels(file, settings, &facts)?;
        let engine = if library.is_some() { Engine::Ort } else { Engine::Rten };
        let Facts { layout, input, .. } = facts;
        let card = Card { engine, note: None, layout, input, labels, look: Duration::ZERO };
        let mut worker = Self { handle, card, min_score, astray: false };
        worker.card.look = worker.timed(file).await?;
        Ok(worker)
    }

    /// What is known of its model.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The worker's process number, for those who want to watch or end it.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.handle.process_id()
    }

    /// The model's outputs for `picture` as they are, to compare engines by.
    ///
    /// # Errors
    ///
    /// [`DetectError::Lost`].
    pub async fn raw(&mut self, picture: Rgb) -> Result<Vec<Tensor>, DetectError> {
        match self.ask(Request::Raw { picture: sendable(picture) }).await? {
            Answer::Raw(outputs) => Ok(outputs),
            Answer::Failed(fault) => Err(broken(fault.story)),
            _ => Err(broken("an answer to another question")),
        }
    }

    async fn found(&mut self, picture: Rgb) -> Result<Vec<Object>, DetectError> {
        let request = Request::Look { min_score: self.min_score, picture: sendable(picture) };
        match self.ask(request).await? {
            Answer::Found(found) => {
                Ok(found.into_iter().filter_map(|found| named(&self.card.labels, found)).collect())
            }
            Answer::Failed(fault) => Err(broken(fault.story)),
            _ => Err(broken("an answer to another question")),
        }
    }

    async fn ask(&mut self, request: Request) -> Result<Answer, DetectError> {
        if self.astray {
            return Err(broken("an earlier look was given up"));
        }
        self.astray = true;
        let (kind, body) = self.handle.ask(&request.write(), PATIENCE).await?;
        self.astray = false;
        Answer::read(kind, &body).map_err(|error| HandleError::Gone(error.into()).into())
    }

    /// The median time of some looks, after one that warms up. They are a test, too: a model that fails
    /// here is not taken.
    async fn timed(&mut self, file: &ModelFile) -> Result<Duration, DetectError> {
        let picture = probe::picture(self.card.input);
        let mut times = Vec::new();
        for _ in 0..=LOOKS {
            let began = Instant::now();
            let looked = self.found(picture.clone()).await;
            looked.map_err(|error| match error {
                DetectError::Lost(HandleError::Gone(error))
                    if error.kind() == io::ErrorKind::Other =>
                {
                    unusable(&file.path, error.to_string(), BREAKS)
                }
                other => given_up(other, file),
            })?;
            times.push(began.elapsed());
        }
        times.remove(0);
        times.sort();
        Ok(times[LOOKS / 2])
    }
}

const MISSING: &str = "there is no libonnxruntime.so in /usr/lib or /usr/local/lib";

const BREAKS: &str =
    "export it again, use a smaller one, or try the other engine ([detector] engine)";

/// The library's path as the argument of a worker.
fn opened(library: &Path) -> Result<String, DetectError> {
    let failed = |why: &str| DetectError::Model {
        story: format!("ONNX Runtime cannot be opened from {}: {why}", library.display()),
        hint: "correct [detector] onnxruntime, or set engine = \"rten\"".to_owned(),
    };
    let path = library.canonicalize().map_err(|_| failed("there is no such file"))?;
    path.into_os_string().into_string().map_err(|_| failed("its path is no text"))
}

async fn loaded(
    handle: &mut Handle,
    file: &ModelFile,
    settings: &Model,
) -> Result<Facts, DetectError> {
    let order = Order {
        threads: settings.threads,
        labels: file.labels.as_ref().and_then(|labels| u32::try_from(labels.len()).ok()),
        shape: settings.shape.clone(),
    };
    let pieces = file.bytes.chunks(PIECE).map(|piece| Request::Piece(piece.to_vec()));
    for request in pieces.chain([Request::Load(order)]) {
        let answer = handle.ask(&request.write(), LOADING).await;
        let (kind, body) = answer.map_err(|error| given_up(error.into(), file))?;
        match Answer::read(kind, &body).map_err(|error| HandleError::Gone(error.into()))? {
            Answer::Loaded(facts) => return Ok(facts),
            Answer::Taken => {}
            Answer::Failed(Fault { story, hint }) => {
                return Err(unusable(&file.path, story, &hint));
            }
            _ => return Err(broken("an answer to another question")),
        }
    }
    Err(broken("no answer to the last piece"))
}

/// Why a worker is lost that was just given a model: the model, most likely. Another would be lost, too.
fn given_up(error: DetectError, file: &ModelFile) -> DetectError {
    match error {
        DetectError::Lost(HandleError::Gone(_)) => {
            let story = format!(
                "whoever computes it is ended: it needs more than {} MB of memory, or files beside it, \
                 or breaks its engine",
                child::MEMORY >> 20
            );
            unusable(&file.path, story, BREAKS)
        }
        DetectError::Lost(HandleError::Hangs(patience)) => {
            let story = format!("it is not ready after {} s", patience.as_secs());
            unusable(&file.path, story, BREAKS)
        }
        other => other,
    }
}

/// The class names: the owner's, the model's, or the usual ones.
fn labels(file: &ModelFile, settings: &Model, facts: &Facts) -> Result<Vec<Label>, DetectError> {
    let classes = usize::from(facts.classes);
    let (labels, hint) = match (&file.labels, &facts.names) {
        (Some(labels), _) => {
            let hint =
                "use the file of class names that belongs to this model, or leave labels away";
            (labels.clone(), hint)
        }
        (None, Some(names)) => {
            let hint = "name a file of its class names in [detector] labels";
            (names::labels(names), hint)
        }
        (None, None) => return Ok(names::usual(classes)),
    };
    if labels.len() == classes {
        return Ok(labels);
    }
    let whose = match &settings.labels {
        Some(path) if file.labels.is_some() => path.display().to_string(),
        _ => "its file".to_owned(),
    };
    let story = format!("it knows {classes} classes, but {whose} has {} class names", labels.len());
    Err(unusable(&file.path, story, hint))
}

fn named(labels: &[Label], found: Found) -> Option<Object> {
    let Found { class, score, region, sharpness } = found;
    let label = labels.get(usize::from(class))?.clone();
    Some(Object { label, score: Fraction::clamped(score), region, sharpness: Some(sharpness) })
}

/// A look that failed, though the worker lives: another may do better.
fn broken(why: impl Into<String>) -> DetectError {
    DetectError::Lost(HandleError::Gone(io::Error::other(why.into())))
}

/// The longest side of a picture that is sent, in pixels: four times that of the largest input.
const LONGEST_SIDE: usize = 3200;

/// `picture`, thinned out if it is too large to be sent. A model makes it smaller anyway.
fn sendable(picture: Rgb) -> Rgb {
    let (width, height) = (picture.width(), picture.height());
    let step = width.max(height).div_ceil(LONGEST_SIDE);
    if step < 2 {
        return picture;
    }
    let rows = picture.pixels().chunks_exact(3 * width).step_by(step);
    let pixels =
        rows.flat_map(|row| row.chunks_exact(3).step_by(step).flatten().copied()).collect();
    Rgb::new(width.div_ceil(step), height.div_ceil(step), pixels).unwrap_or(picture)
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
            let Shown::Pixels(picture) = picture else { return Err(DetectError::Shown) };
            self.found(picture).await
        })
    }
}

#[cfg(test)]
mod tests;
