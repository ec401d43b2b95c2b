//! A model as it lies on the disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use watchpost_model::Label;
use watchpost_model::config::detector::Model;

use crate::DetectError;

/// The largest model that is read, in bytes. A worker keeps it up to four times: as a file, as a graph
/// and made ready for the processor.
pub(crate) const MOST_BYTES: usize = 256 << 20;

/// The largest file of class names that is read, in bytes.
const MOST_LABELS: usize = 1 << 20;

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

impl ModelFile {
    /// Reads a model and its labels from the disk. Blocks.
    ///
    /// # Errors
    ///
    /// [`DetectError::Model`] if a file cannot be read, or a label is none.
    pub fn read(settings: &Model) -> Result<Self, DetectError> {
        let path = &settings.file;
        let hint = "name an ONNX file in [detector] model, or add one: watchpost model add FILE";
        let bytes = read(path, MOST_BYTES, hint)?;
        if let Some((what, hint)) = other_format(&bytes) {
            return Err(unusable(path, format!("it is {what}, not an ONNX model"), hint));
        }
        let labels = settings.labels.as_deref().map(labels).transpose()?;
        Ok(Self { path: path.clone(), bytes, labels })
    }
}

/// The error of a model whose file lies at `path`.
pub(crate) fn unusable(path: &Path, story: impl AsRef<str>, hint: &str) -> DetectError {
    DetectError::Model {
        story: format!("{}: {}", path.display(), story.as_ref()),
        hint: hint.to_owned(),
    }
}

fn read(path: &Path, most: usize, hint: &str) -> Result<Vec<u8>, DetectError> {
    let mut bytes = Vec::new();
    let room = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(room).read_to_end(&mut bytes));
    let story = match read.map_err(|error| error.kind()) {
        Ok(0) => "the file is empty".to_owned(),
        Ok(length) if length > most => {
            let story = format!("it is larger than {} MB", most >> 20);
            return Err(unusable(
                path,
                story,
                "use a smaller model: nano or small are made for this",
            ));
        }
        Ok(_) => return Ok(bytes),
        Err(io::ErrorKind::NotFound) => "there is no such file".to_owned(),
        Err(io::ErrorKind::IsADirectory) => "it is a folder, not a file".to_owned(),
        Err(io::ErrorKind::PermissionDenied) => {
            let hint = "let the user that watchpost runs as read it: chmod a+r";
            return Err(unusable(path, "it may not be read", hint));
        }
        Err(other) => format!("it cannot be read: {other}"),
    };
    Err(unusable(path, story, hint))
}

const EXPORT: &str = "export it as ONNX: yolo export model=FILE format=onnx";
const DOWNLOAD: &str = "download the file itself, not the page about it";

/// What a file is that is certainly no ONNX model, and what to do about it. An ONNX file has no mark of
/// its own: that the rest is one is found out by who loads it.
fn other_format(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    let text = bytes.get(..bytes.len().min(64)).unwrap_or_default().trim_ascii_start();
    let page = [b"<!doctype".as_slice(), b"<html", b"<head", b"<?xml"];
    let tag =
        |mark: &&[u8]| text.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
    if page.iter().any(tag) {
        return Some(("a web page or XML", DOWNLOAD));
    }
    if begins(b"version https://git-lfs") {
        return Some(("a pointer of Git LFS", "fetch the file itself: git lfs pull"));
    }
    if begins(b"PK\x03\x04") || begins(b"\x80\x02") {
        return Some(("a PyTorch model or a ZIP archive", EXPORT));
    }
    if begins(b"\x89HDF") {
        return Some(("a Keras model", "export it as ONNX with tf2onnx"));
    }
    if bytes.get(4..8) == Some(b"TFL3") {
        return Some(("a TensorFlow Lite model", "export the model it was made from as ONNX"));
    }
    if begins(b"\x1f\x8b") {
        return Some(("packed with gzip", "unpack it: gunzip FILE"));
    }
    if begins(b"RTEN") || begins(b"7767517") {
        return Some(("a model of another engine", "use the ONNX file it was made from"));
    }
    if begins(b"{") || begins(b"\xff\xd8\xff") || begins(b"\x89PNG") {
        return Some(("a picture or text", DOWNLOAD));
    }
    None
}

/// Class names, one a line; empty lines at the end do not count.
fn labels(path: &Path) -> Result<Vec<Label>, DetectError> {
    let hint =
        "write one class name a line, in the order of the model's classes; or leave labels away";
    let bytes = read(path, MOST_LABELS, hint)?;
    let text = String::from_utf8(bytes).map_err(|_| unusable(path, "it is no text", hint))?;
    let text = text.trim_start_matches('\u{feff}').trim_end();
    let label = |(index, line): (usize, &str)| {
        let story = |why: &dyn std::fmt::Display| format!("line {}: {why}", index + 1);
        line.parse().map_err(|error| unusable(path, story(&error), hint))
    };
    text.lines().enumerate().map(label).collect()
}

#[cfg(test)]
mod tests {
    use watchpost_model::config::detector::{Engine, ModelShape};

    use super::*;

    fn settings(file: &Path, labels: Option<&Path>) -> Model {
        Model {
            file: file.to_path_buf(),
            labels: labels.map(Path::to_path_buf),
            engine: Engine::Rten,
            onnxruntime: None,
            threads: 1,
            shape: ModelShape::default(),
        }
    }

    /// The story of a file of these bytes, without its path, and the remedy.
    #[track_caller]
    fn told(bytes: &[u8]) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.onnx");
        std::fs::write(&file, bytes).unwrap();
        split(&file, ModelFile::read(&settings(&file, None)).unwrap_err())
    }

    #[track_caller]
    fn split(file: &Path, error: DetectError) -> (String, String) {
        let DetectError::Model { story, hint } = error else { panic!("{error:?}") };
        assert!(!hint.is_empty());
        let story = story.strip_prefix(&format!("{}: ", file.display())).unwrap().to_owned();
        (story, hint)
    }

    #[test]
    fn what_is_certainly_no_onnx_is_named_with_the_remedy() {
        let page = told(b"\n<!DOCTYPE html><html>").0;
        assert_eq!(page, "it is a web page or XML, not an ONNX model");
        let (story, hint) = told(b"PK\x03\x04yolov8n/data.pkl");
        assert_eq!(story, "it is a PyTorch model or a ZIP archive, not an ONNX model");
        assert!(hint.contains("format=onnx"), "{hint}");
        let (story, hint) = told(b"version https://git-lfs.github.com/spec/v1\noid sha256:00");
        assert!(story.contains("Git LFS") && hint.contains("git lfs pull"), "{story} {hint}");
        assert!(told(b"\x1c\0\0\0TFL3\x14\0").0.contains("TensorFlow Lite"));
        assert!(told(b"{\"message\": \"Not Found\"}").0.contains("text"));
        assert_eq!(told(b"").0, "the file is empty");
    }

    #[test]
    fn a_missing_file_and_a_folder_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none.onnx");
        let error = ModelFile::read(&settings(&missing, None)).unwrap_err();
        let (story, hint) = split(&missing, error);
        assert_eq!(story, "there is no such file");
        assert!(hint.contains("watchpost model add"));
        let error = ModelFile::read(&settings(folder.path(), None)).unwrap_err();
        assert_eq!(split(folder.path(), error).0, "it is a folder, not a file");
    }

    #[test]
    fn an_enormous_file_is_refused_before_it_is_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.onnx");
        File::create(&file).unwrap().set_len(1 << 40).unwrap();
        let error = ModelFile::read(&settings(&file, None)).unwrap_err();
        assert_eq!(split(&file, error).0, "it is larger than 256 MB");
    }

    #[test]
    fn labels_are_a_line_each() {
        let folder = tempfile::tempdir().unwrap();
        let (file, names) = (folder.path().join("model.onnx"), folder.path().join("names.txt"));
        std::fs::write(&file, b"\x08\x08").unwrap();
        std::fs::write(&names, "\u{feff}Person\r\ntraffic light\n\n").unwrap();
        let read = ModelFile::read(&settings(&file, Some(&names))).unwrap().labels.unwrap();
        let words: Vec<&str> = read.iter().map(Label::as_str).collect();
        assert_eq!(words, ["person", "traffic light"]);
        for (text, line) in [("person\n\ncar\n", "line 2: "), ("person\na/b", "line 2: \"a/b\"")] {
            std::fs::write(&names, text).unwrap();
            let error = ModelFile::read(&settings(&file, Some(&names))).unwrap_err();
            let (story, _) = split(&names, error);
            assert!(story.starts_with(line), "{story}");
        }
    }
}
