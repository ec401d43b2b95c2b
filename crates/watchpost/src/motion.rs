//! `watchpost motion`: tells what moves in video files, as the detector of a camera would.

mod explain; // and why

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use watchpost_model::MotionSettings;
use watchpost_vision::motion::Detector;

use crate::frames::{self, Format, FramesError};
use explain::Diary;

/// How files are looked through, and what is told of them.
pub(crate) struct Wanted {
    /// What counts as motion.
    pub(crate) settings: MotionSettings,
    pub(crate) format: Format,
    /// Whether it is told why, too.
    pub(crate) explain: bool,
}

/// A stretch of a file in which something moves, in seconds since its first picture.
struct Stretch {
    start: Duration,
    end: Duration,
}

/// Looks through `files` and writes to `output` when something moves; as JSON one object a line:
/// `{"clip", "start_s", "end_s"}`. Before that, where it is wanted, what was seen second by second.
///
/// # Errors
///
/// At the first file that cannot be looked through.
pub(crate) async fn run(
    files: Vec<PathBuf>,
    wanted: Wanted,
    output: &mut impl Write,
) -> Result<(), FramesError> {
    for path in files {
        let (stretches, diary) = look_through(&path, &wanted).await?;
        let clip = path.file_name().unwrap_or_default().to_string_lossy();
        if wanted.explain {
            diary.tell(&path, wanted.format, output)?;
        }
        for Stretch { start, end } in stretches {
            let (start, end) = (start.as_secs_f64(), end.as_secs_f64());
            match wanted.format {
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

async fn look_through(path: &Path, wanted: &Wanted) -> Result<(Vec<Stretch>, Diary), FramesError> {
    let mut detector = Detector::new(wanted.settings.clone());
    if wanted.explain {
        detector.explain();
    }
    let mut moving = Vec::new();
    let mut diary = Diary::default();
    let length = frames::of(path, wanted.settings.frames_per_second, |frame, at| {
        moving.push((at, detector.step(frame, at).is_moving()));
        if wanted.explain {
            diary.note(at, &detector);
        }
    });
    let length = length.await?;
    Ok((stretches(&moving, length), diary))
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
