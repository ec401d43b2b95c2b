//! The pictures that show best what was seen in a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use watchpost_model::Fraction;

use super::ModelError;

/// As many as somebody looks through.
const MOST: usize = 24;

/// The pictures with the best scores; at most [`MOST`].
#[derive(Debug, Default)]
pub(super) struct Best(Vec<Shot>);

#[derive(Debug)]
struct Shot {
    score: Fraction,
    /// Of a film.
    at: Option<Duration>,
    jpeg: Bytes,
}

impl Best {
    /// Whether a picture with this score would be kept.
    pub(super) fn wants(&self, score: Fraction) -> bool {
        self.0.len() < MOST || self.0.iter().any(|shot| shot.score < score)
    }

    /// Keeps it, in place of the worst if there are enough.
    pub(super) fn take(&mut self, score: Fraction, at: Option<Duration>, jpeg: Bytes) {
        if self.0.len() >= MOST {
            let scores = self.0.iter().enumerate();
            let worst =
                scores.min_by(|(_, one), (_, other)| one.score.get().total_cmp(&other.score.get()));
            if let Some((worst, _)) = worst {
                self.0.remove(worst);
            }
        }
        self.0.push(Shot { score, at, jpeg });
    }

    /// Writes them into `folder`, named after the file `of` which they are, and adds their names to
    /// `written`, so that no two files have pictures of one name. Returns those names, by time.
    pub(super) fn write(
        self,
        folder: &Path,
        of: &Path,
        written: &mut Vec<PathBuf>,
    ) -> Result<Vec<PathBuf>, ModelError> {
        let stem = of.file_stem().unwrap_or_default().to_string_lossy();
        let mut files = Vec::new();
        for Shot { at, jpeg, .. } in self.0 {
            let moment = at.map(|at| format!("-{:.1}s", at.as_secs_f64())).unwrap_or_default();
            let names = (1..).map(|count| match count {
                1 => format!("{stem}{moment}-objects.jpg"),
                count => format!("{stem}{moment}-{count}-objects.jpg"),
            });
            let mut files_of_that_name = names.map(|name| folder.join(name));
            let file = files_of_that_name.find(|file| !written.contains(file)).unwrap_or_default();
            let unwritten = |source| ModelError::File { path: file.clone(), source };
            fs::write(&file, &jpeg).map_err(unwritten)?;
            written.push(file.clone());
            files.push(file);
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_and_no_picture_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let score = |hundredths: u8| Fraction::clamped(f32::from(hundredths) / 100.0);
        let mut written = Vec::new();
        for _ in 0..2 {
            let mut best = Best::default();
            for second in 0..40 {
                if best.wants(score(second)) {
                    let at = Duration::from_secs(second.into());
                    best.take(score(second), Some(at), Bytes::from_static(b"jpeg"));
                }
            }
            assert!(!best.wants(score(16)) && best.wants(score(17)));
            let files = best.write(folder.path(), Path::new("a/yard.mp4"), &mut written).unwrap();
            assert_eq!(files.len(), 24);
        }
        let name = |index: usize| written[index].file_name().unwrap().to_str().unwrap();
        assert_eq!((name(0), name(24)), ("yard-16.0s-objects.jpg", "yard-16.0s-2-objects.jpg"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 48);
    }
}
