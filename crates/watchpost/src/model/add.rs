//! `watchpost model add`: keeps a model once it has run here.

use std::fs;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use watchpost_decode::{Slot, Worker as Decoder, WorkerError};
use watchpost_detect::{Card, DetectError, Detector as _, ModelFile, Shown, Worker};
use watchpost_media::Picture;
use watchpost_model::config::detector::Model;
use watchpost_model::config::{Config, Source};
use watchpost_model::{Object, Region, WallTime};
use watchpost_source::Stream;
use watchpost_vision::objects::Rgb;

use super::fetch::Origin;
use super::{ModelError, folder, set_up, tell};
use crate::frames::FramesError;

/// What scores less is not told of the test picture.
const MIN_SCORE: f32 = 0.5;

/// How many looks are timed.
const LOOKS: usize = 5;

/// What is to be added.
pub(crate) struct Addition {
    /// A file or an address.
    pub(crate) source: String,
    /// What it will be called; else as its file.
    pub(crate) name: Option<String>,
    /// A file of its class names.
    pub(crate) labels: Option<PathBuf>,
    /// What its SHA-256 must be.
    pub(crate) sha256: Option<String>,
}

/// How it ran here.
struct Trial {
    card: Card,
    /// The median of some looks at the test picture.
    look: Duration,
    found: Vec<Object>,
}

/// Fetches a model, runs it, and keeps it among those that can be named in the settings.
///
/// # Errors
///
/// Why it is not added; then nothing is kept of it.
pub(crate) async fn add(
    config: &Config,
    addition: &Addition,
    out: &mut impl Write,
) -> Result<(), ModelError> {
    let origin = Origin::read(&addition.source)?;
    let name = addition.name.clone().unwrap_or_else(|| origin.stem());
    if !is_name(&name) {
        return Err(ModelError::Name { name });
    }
    let models = folder(config);
    let target = models.join(format!("{name}.onnx"));
    if target.exists() {
        return Err(ModelError::Known { name, path: target });
    }
    let mut new = vec![models.as_path(), config.server.data_dir.as_path()];
    new.retain(|folder| !folder.exists());
    let tried = keep(config, addition, &origin, &target).await;
    if tried.is_err() {
        for folder in new {
            let _ = fs::remove_dir(folder); // Stays if something else came into it.
        }
    }
    let (sum, trial) = tried?;
    let size = fs::metadata(&target).map_or(0, |about| about.len());
    writeln!(out, "{name}: kept as {}", target.display())?;
    writeln!(out, "  size      {}", watchpost_model::ByteSize::from_bytes(size))?;
    writeln!(out, "  SHA-256   {sum}")?;
    tell::card(&trial.card, trial.look, out)?;
    writeln!(out, "  test      {} in the drawn test picture", tell::objects(&trial.found))?;
    writeln!(out, "\nTo use it, write into watchpost.toml:\n\n[detector]\nmodel = \"{name}\"")?;
    Ok(())
}

/// Fetches into a folder of its own, which goes with whatever goes wrong.
async fn keep(
    config: &Config,
    addition: &Addition,
    origin: &Origin,
    target: &Path,
) -> Result<(String, Trial), ModelError> {
    let models = folder(config);
    let unwritten = |source| ModelError::File { path: models.clone(), source };
    // As the recorder makes them, for this user alone.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&models).map_err(unwritten)?;
    let desk = tempfile::Builder::new().prefix(".adding-").tempdir_in(&models);
    let desk = desk.map_err(unwritten)?;
    let file = desk.path().join(target.file_name().unwrap_or_default());
    let sum = origin.fetch(&file).await?;
    if let Some(wanted) = &addition.sha256
        && !wanted.eq_ignore_ascii_case(&sum)
    {
        let (from, wanted) = (origin.told(), wanted.clone());
        return Err(ModelError::Other { from, wanted, got: sum });
    }
    let settings = set_up(file.clone(), addition.labels.clone(), Some(config));
    let trial = run(&settings).await.map_err(|error| renamed(error, &file, origin))?;
    if let Some(labels) = &addition.labels {
        let beside = target.with_extension("txt");
        let draft = desk.path().join("labels.txt");
        let kept = fs::copy(labels, &draft).and_then(|_| fs::rename(&draft, &beside));
        kept.map_err(|source| ModelError::File { path: beside, source })?;
    }
    let path = target.to_owned();
    fs::rename(&file, target).map_err(|source| ModelError::File { path, source })?;
    Ok((sum, trial))
}

/// The owner knows the file by where it came from.
fn renamed(error: ModelError, file: &Path, origin: &Origin) -> ModelError {
    match error {
        ModelError::Detect(DetectError::Model { story, hint }) => {
            let story = story.replace(&file.display().to_string(), &origin.told());
            ModelError::Detect(DetectError::Model { story, hint })
        }
        other => other,
    }
}

/// Has it look at the picture that the demo camera begins with, some times.
async fn run(settings: &Model) -> Result<Trial, ModelError> {
    let file = ModelFile::read(settings)?;
    let mut worker = Worker::start(&file, settings, MIN_SCORE).await?;
    let card = worker.card().clone();
    let picture = test_picture(card.input).await?;
    let (mut times, mut found) = (Vec::with_capacity(LOOKS), Vec::new());
    for _ in 0..LOOKS {
        let began = Instant::now();
        found = worker.look(Shown::Pixels(picture.clone())).await?;
        times.push(began.elapsed());
    }
    times.sort();
    Ok(Trial { card, look: times[LOOKS / 2], found })
}

async fn test_picture((width, height): (u16, u16)) -> Result<Rgb, ModelError> {
    let path = || PathBuf::from("the test picture");
    let undrawn = |source| FramesError::Source { path: path(), source };
    let undecoded = |source: WorkerError| FramesError::Decode { path: path(), source };
    let mut demo = Stream::open(&Source::Demo).await.map_err(undrawn)?;
    let drawn = demo.next().await.map_err(undrawn)?;
    demo.close().await;
    let picture = Picture {
        parameters: Arc::clone(&drawn.parameters),
        data: drawn.data,
        kind: drawn.kind,
        time: WallTime::from_micros(0),
        shown_after: drawn.shown_after,
        sound: Vec::new(),
    };
    let mut decoder = Decoder::start().map_err(undecoded)?;
    decoder.open(Slot::Photo, &drawn.parameters).await.map_err(undecoded)?;
    decoder.decode(Slot::Photo, &picture, None).await.map_err(undecoded)?;
    let pixels = decoder.pixels(Slot::Photo, Region::ALL, width, height).await;
    decoder.finish().await;
    pixels.map_err(undecoded)?.ok_or_else(|| ModelError::Picture { path: path() })
}

/// Whether a model may be called so: it becomes the name of a file.
fn is_name(name: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    let label = Model::name_in(Path::new(name)).is_some();
    begins && label && name.len() <= 60 && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_that_of_a_file_and_leads_nowhere_else() {
        for good in ["yolox-nano", "yolo.v8_s", "7"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".", "..", ".hidden", "a/b", "../a", "a.onnx", "a b", "ä", "-a", "a\0"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(!is_name(&"a".repeat(61)));
    }
}
