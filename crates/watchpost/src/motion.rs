//! `watchpost motion`: tells what moves in video files, as the detector of a camera would.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use watchpost_model::MotionSettings;
use watchpost_vision::motion::Detector;

use crate::frames::{self, Format, FramesError};

/// A stretch of a file in which something moves, in seconds since its first picture.
struct Stretch {
    start: Duration,
    end: Duration,
}

/// Looks through `files` and writes to `output` when something moves; as JSON one object a line:
/// `{"clip", "start_s", "end_s"}`.
///
/// # Errors
///
/// At the first file that cannot be looked through.
pub(crate) async fn run(
    files: Vec<PathBuf>,
    settings: MotionSettings,
    format: Format,
    output: &mut impl Write,
) -> Result<(), FramesError> {
    for path in files {
        for Stretch { start, end } in look_through(&path, settings.clone()).await? {
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

async fn look_through(path: &Path, settings: MotionSettings) -> Result<Vec<Stretch>, FramesError> {
    let mut detector = Detector::new(settings);
    let mut moving = Vec::new();
    let length = frames::of(path, |frame, at| {
        moving.push((at, detector.step(frame, at).is_moving()));
    });
    let length = length.await?;
    Ok(stretches(&moving, length))
}

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
