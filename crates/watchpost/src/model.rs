//! `watchpost model`: adds models that recognise objects, lists them, and shows what they see.

mod fetch; // a model's file, from wherever it is
mod add; //   kept, once it runs
mod look; //  what it sees in files
mod best; //  the pictures of it
mod tell; //  for people and programs

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use watchpost_detect::DetectError;
use watchpost_model::ByteSize;
use watchpost_model::config::detector::{Engine, Model, ModelShape};
use watchpost_model::config::{Config, Detector, DetectorKind};

use crate::config::ConfigError;
use crate::frames::FramesError;

pub(crate) use add::{Addition, add};
pub(crate) use look::{Question, When, test};

/// Why a model was not added, or shows nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    /// The owner's file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It cannot be run, or fails.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// It cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] fetch::FetchError),
    /// A file to look at cannot be looked at.
    #[error(transparent)]
    Frames(#[from] FramesError),
    /// It cannot be called so.
    #[error("{name:?} cannot name a model: use letters, digits, '-', '_' and '.'")]
    Name {
        /// What was tried.
        name: String,
    },
    /// Another is called so.
    #[error("there is a model {name} already: {}", path.display())]
    Known {
        /// Its name.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// It is another file than was expected.
    #[error("{from} has the SHA-256 {got}, not {wanted}")]
    Other {
        /// Where it came from.
        from: String,
        /// What the owner said.
        wanted: String,
        /// What it is.
        got: String,
    },
    /// None was named, and none is set.
    #[error("no model is named, and no [detector] is set")]
    None,
    /// A picture shows nothing.
    #[error("{}: the picture cannot be decoded", path.display())]
    Picture {
        /// Which file.
        path: PathBuf,
    },
    /// A file of ours cannot be written.
    #[error("cannot write {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the owner's cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The result cannot be told.
    #[error("cannot write the result")]
    Write(#[from] io::Error),
}

impl ModelError {
    /// What the owner should do, where the message does not say it itself.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            ModelError::Detect(error) => error.hint(),
            ModelError::Fetch(error) => error.hint().to_owned(),
            ModelError::Name { .. } => "Give it a name by --name.".to_owned(),
            ModelError::Known { .. } => {
                "Give this one another name by --name, or remove that file.".to_owned()
            }
            ModelError::Other { .. } => {
                "Fetch it again, or from elsewhere; nothing was kept.".to_owned()
            }
            ModelError::None => {
                "Name one by --model, or set [detector] model in watchpost.toml.".to_owned()
            }
            ModelError::Picture { .. } => "Is it a whole JPEG?".to_owned(),
            ModelError::Config(_)
            | ModelError::Frames(_)
            | ModelError::File { .. }
            | ModelError::Read { .. }
            | ModelError::Write(_) => return None,
        };
        let mut letters = hint.chars();
        let first = letters.next()?;
        Some(first.to_uppercase().chain(letters).collect())
    }
}

/// Where models that were added lie.
pub(crate) fn folder(config: &Config) -> PathBuf {
    config.server.data_dir.join("models")
}

/// The file that a `[detector] model` means, where `models` is the folder of those that were added.
pub(crate) fn file(file: &Path, models: &Path) -> PathBuf {
    match Model::name_in(file) {
        Some(name) => models.join(format!("{name}.onnx")),
        None => file.to_owned(),
    }
}

/// The same model with the files it means: one that was added has its class names beside it.
pub(crate) fn settled(model: &Model, models: &Path) -> Model {
    let beside = model.name().map(|name| models.join(format!("{name}.txt")));
    let labels = model.labels.clone().or_else(|| beside.filter(|labels| labels.is_file()));
    Model { file: file(&model.file, models), labels, ..model.clone() }
}

/// The model in `file`, with what the owner set for how models run, and nothing of what is set for another
/// model's shape.
fn set_up(file: PathBuf, labels: Option<PathBuf>, config: Option<&Config>) -> Model {
    let detector = config.and_then(|config| config.detector.as_ref());
    let (engine, onnxruntime, threads) = match detector {
        Some(Detector { kind: DetectorKind::Model(model), .. }) => {
            (model.engine, model.onnxruntime.clone(), model.threads)
        }
        _ => (Engine::Auto, None, 1),
    };
    Model { file, labels, engine, onnxruntime, threads, shape: ModelShape::default() }
}

/// Who is to look, as somebody asked for it.
pub(crate) struct Choice {
    /// A model's file or name; else who is set.
    pub(crate) model: Option<PathBuf>,
    /// Its class names.
    pub(crate) labels: Option<PathBuf>,
    /// What is to run it.
    pub(crate) engine: Option<Engine>,
    /// Where ONNX Runtime is.
    pub(crate) onnxruntime: Option<PathBuf>,
}

impl Choice {
    /// Who that is. The owner's settings are only `read` where they matter.
    ///
    /// # Errors
    ///
    /// If nobody is named, and nobody is set; or if the settings cannot be read.
    pub(crate) fn detector(
        self,
        read: impl FnOnce() -> Result<Config, ConfigError>,
    ) -> Result<DetectorKind, ModelError> {
        let Choice { model, labels, engine, onnxruntime } = self;
        let mut model = match model {
            Some(path) if Model::name_in(&path).is_none() => set_up(path, labels, None),
            Some(name) => {
                let config = read()?;
                settled(&set_up(name, labels, Some(&config)), &folder(&config))
            }
            None => {
                let config = read()?;
                let models = folder(&config);
                match config.detector.ok_or(ModelError::None)?.kind {
                    DetectorKind::Model(model) => {
                        let labels = labels.or(model.labels.clone());
                        settled(&Model { labels, ..model }, &models)
                    }
                    DetectorKind::Remote(remote) => return Ok(DetectorKind::Remote(remote)),
                }
            }
        };
        model.engine = engine.unwrap_or(model.engine);
        model.onnxruntime = onnxruntime.or(model.onnxruntime);
        Ok(DetectorKind::Model(model))
    }
}

/// Tells which models were added, and which of them is used.
///
/// # Errors
///
/// If their folder cannot be read.
pub(crate) fn list(config: &Config, out: &mut impl Write) -> Result<(), ModelError> {
    let models = folder(config);
    let unread = |source| ModelError::Read { path: models.clone(), source };
    let entries = match fs::read_dir(&models) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>().map_err(unread)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unread(error)),
    };
    let is_model = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "onnx");
    let mut files: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).filter(is_model).collect();
    files.sort();
    let used = match &config.detector {
        Some(Detector { kind: DetectorKind::Model(model), .. }) => Some(file(&model.file, &models)),
        _ => None,
    };
    for path in &files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let length = fs::metadata(path).map_err(unread)?.len();
        let size = ByteSize::from_bytes(length);
        let labels =
            if path.with_extension("txt").is_file() { ", with labels of its own" } else { "" };
        let is_used = if used.as_ref() == Some(path) { ", in use" } else { "" };
        writeln!(out, "{name}: {size}{labels}{is_used}")?;
    }
    if files.is_empty() {
        writeln!(out, "No model was added yet. To add one: watchpost model add FILE")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_model_that_was_added() {
        let models = tempfile::tempdir().unwrap();
        let of = |file: &str| settled(&set_up(file.into(), None, None), models.path());
        assert_eq!(of("yolox-nano").file, models.path().join("yolox-nano.onnx"));
        assert_eq!(of("yolox-nano").labels, None);
        fs::write(models.path().join("yolox-nano.txt"), "person\n").unwrap();
        assert_eq!(of("yolox-nano").labels, Some(models.path().join("yolox-nano.txt")));
        for path in ["yolox-nano.onnx", "./yolox-nano", "/models/yolox-nano"] {
            assert_eq!((of(path).file, of(path).labels), (path.into(), None));
        }
        let own = set_up("yolox-nano".into(), Some("own.txt".into()), None);
        assert_eq!(settled(&own, models.path()).labels, Some("own.txt".into()));
    }
}
