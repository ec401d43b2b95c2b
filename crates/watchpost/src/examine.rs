//! `watchpost health`: tells what is wrong with the camera in video files, as the examiner of a camera would.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use watchpost_decode::{Slot, Worker, WorkerError};
use watchpost_media::Picture;
use watchpost_model::{Ailment, WallTime};
use watchpost_source::{Recording, SourceError};
use watchpost_vision::health::Examiner;

use crate::motion::Format;
use crate::see;

/// Why a file could not be looked through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExamineError {
    /// It cannot be read.
    #[error("{}", path.display())]
    Source {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: SourceError,
    },
    /// It cannot be decoded.
    #[error("{}", path.display())]
    Decode {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: WorkerError,
    },
    /// The result cannot be written.
    #[error("cannot write the result")]
    Write(#[from] io::Error),
}

/// A stretch of a file in which something is wrong, in time since its first picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    ailment: Ailment,
    start: Duration,
    end: Duration,
}

/// Looks through `files` and writes to `output` what is wrong, and when; as JSON one object a line:
/// `{"clip", "ailment", "start_s", "end_s"}`.
///
/// # Errors
///
/// At the first file that cannot be looked through.
pub(crate) async fn run(
    files: Vec<PathBuf>,
    format: Format,
    output: &mut impl Write,
) -> Result<(), ExamineError> {
    for path in files {
        for Stretch { ailment, start, end } in look_through(&path).await? {
            let clip = path.file_name().unwrap_or_default().to_string_lossy();
            let (word, start, end) = (ailment.word(), start.as_secs_f64(), end.as_secs_f64());
            match format {
                Format::Text => {
                    writeln!(output, "{}: {word}, {start:.2} s to {end:.2} s", path.display())?;
                }
                Format::Json => {
                    let line = serde_json::json!({"clip": clip, "ailment": word, "start_s": start, "end_s": end});
                    writeln!(output, "{line}")?;
                }
            }
        }
    }
    Ok(())
}

async fn look_through(path: &Path) -> Result<Vec<Stretch>, ExamineError> {
    let unread = |source| ExamineError::Source { path: path.to_owned(), source };
    let undecoded = |source| ExamineError::Decode { path: path.to_owned(), source };
    let recording = Recording::open(path.to_owned()).map_err(unread)?;
    let mut worker = Worker::start().map_err(undecoded)?;
    let mut examiner = Examiner::new();
    let mut rhythm = see::Rhythm::default();
    let mut found = Vec::new();
    let mut opened = None;
    for index in 0..recording.samples().len() {
        let arrival = recording.read(index).map_err(unread)?;
        let picture = Picture {
            parameters: arrival.parameters,
            data: arrival.data,
            kind: arrival.kind,
            time: EPOCH + arrival.elapsed,
            shown_after: arrival.shown_after,
            // Nobody listens.
            sound: Vec::new(),
        };
        if opened.as_ref() != Some(&picture.parameters) {
            worker.open(Slot::Follow, &picture.parameters).await.map_err(undecoded)?;
            opened = Some(Arc::clone(&picture.parameters));
        }
        let due = rhythm.is_due(picture.time);
        let grey = due.then(|| see::grey_size(&picture.parameters));
        let decoded = worker.decode(Slot::Follow, &picture, grey).await.map_err(undecoded)?;
        if let Some(decoded) = decoded
            && let Some(frame) = decoded.grey
        {
            let at = decoded.time.since_or_zero(EPOCH);
            found.push((at, examiner.step(&frame, at)));
        }
    }
    worker.finish().await;
    Ok(stretches(&found, recording.length()))
}

/// Files have no wall clock; theirs begins here.
const EPOCH: WallTime = WallTime::from_micros(0);

/// Of each ailment, from each frame in which it is found to the next in which it is not; in the order in
/// which they begin.
fn stretches(found: &[(Duration, BTreeSet<Ailment>)], length: Duration) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut open: BTreeMap<Ailment, Duration> = BTreeMap::new();
    for (at, now) in found {
        open.retain(|&ailment, &mut start| {
            let goes_on = now.contains(&ailment);
            if !goes_on {
                stretches.push(Stretch { ailment, start, end: *at });
            }
            goes_on
        });
        for &ailment in now {
            open.entry(ailment).or_insert(*at);
        }
    }
    let rest = open.into_iter();
    stretches.extend(rest.map(|(ailment, start)| Stretch {
        ailment,
        start,
        end: length.max(start),
    }));
    stretches.sort_by_key(|stretch| stretch.start);
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_reaches_from_the_first_frame_with_an_ailment_to_the_next_without() {
        let none = BTreeSet::new;
        let [black, frozen] = [Ailment::Black, Ailment::Frozen];
        let seen = [
            none(),
            [frozen].into(),
            [frozen, black].into(),
            [black].into(),
            none(),
            [black].into(),
        ];
        let found: Vec<_> = (0..).map(Duration::from_secs).zip(seen).collect();
        let told: Vec<_> = stretches(&found, Duration::from_secs(6))
            .iter()
            .map(|stretch| (stretch.ailment, stretch.start.as_secs(), stretch.end.as_secs()))
            .collect();
        assert_eq!(told, [(frozen, 1, 3), (black, 2, 4), (black, 5, 6)]);
    }
}
