//! `watchpost motion`: tells what moves in video files, as the detector of a camera would.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use watchpost_decode::{Slot, Worker, WorkerError};
use watchpost_media::Picture;
use watchpost_model::WallTime;
use watchpost_source::{Recording, SourceError};
use watchpost_vision::motion::{Detector, Settings};

use crate::see;

/// Why a file could not be looked through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MotionError {
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

/// How to tell what moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One object a line: `{"clip", "start_s", "end_s"}`.
    Json,
}

/// A stretch of a file in which something moves, in seconds since its first picture.
struct Stretch {
    start: Duration,
    end: Duration,
}

/// Looks through `files` and writes to `output` when something moves.
///
/// # Errors
///
/// At the first file that cannot be looked through.
pub(crate) async fn run(
    files: Vec<PathBuf>,
    settings: Settings,
    format: Format,
    output: &mut impl Write,
) -> Result<(), MotionError> {
    for path in files {
        for Stretch { start, end } in look_through(&path, settings).await? {
            let clip = path.file_name().unwrap_or_default().to_string_lossy();
            let (start, end) = (start.as_secs_f64(), end.as_secs_f64());
            match format {
                Format::Text => writeln!(output, "{}: {start:.2} s to {end:.2} s", path.display())?,
                Format::Json => {
                    let line = serde_json::json!({"clip": clip, "start_s": start, "end_s": end});
                    writeln!(output, "{line}")?;
                }
            }
        }
    }
    Ok(())
}

async fn look_through(path: &Path, settings: Settings) -> Result<Vec<Stretch>, MotionError> {
    let unread = |source| MotionError::Source { path: path.to_owned(), source };
    let undecoded = |source| MotionError::Decode { path: path.to_owned(), source };
    let recording = Recording::open(path.to_owned()).map_err(unread)?;
    let mut worker = Worker::start().map_err(undecoded)?;
    let mut detector = Detector::new(settings);
    let mut rhythm = see::Rhythm::default();
    let mut moving = Vec::new();
    let mut opened = None;
    for index in 0..recording.samples().len() {
        let arrival = recording.read(index).map_err(unread)?;
        let picture = Picture {
            parameters: arrival.parameters,
            data: arrival.data,
            kind: arrival.kind,
            time: EPOCH + arrival.elapsed,
            shown_after: arrival.shown_after,
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
            moving.push((at, detector.step(&frame, at).is_moving()));
        }
    }
    worker.finish().await;
    Ok(stretches(&moving, recording.length()))
}

/// Files have no wall clock; theirs begins here.
const EPOCH: WallTime = WallTime::from_micros(0);

/// From each frame in which something moves to the next in which nothing does.
fn stretches(moving: &[(Duration, bool)], length: Duration) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut began = None;
    for &(at, moves) in moving {
        match (began, moves) {
            (None, true) => began = Some(at),
            (Some(start), false) => {
                stretches.push(Stretch { start, end: at });
                began = None;
            }
            _ => {}
        }
    }
    stretches.extend(began.map(|start| Stretch { start, end: length.max(start) }));
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_reaches_from_the_first_moving_frame_to_the_next_still_one() {
        let frames: Vec<_> =
            (0..).map(Duration::from_secs).zip([false, true, true, false, true]).collect();
        let drawn: Vec<_> = stretches(&frames, Duration::from_secs(6))
            .iter()
            .map(|stretch| (stretch.start.as_secs(), stretch.end.as_secs()))
            .collect();
        assert_eq!(drawn, [(1, 3), (4, 6)]);
    }
}
