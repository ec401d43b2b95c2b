//! `watchpost health`: tells what is wrong with the camera in video files, as the examiner of a camera would.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use watchpost_model::{Ailment, MotionSettings};
use watchpost_vision::health::Examiner;

use crate::frames::{self, Format, FramesError};

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
) -> Result<(), FramesError> {
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

async fn look_through(path: &Path) -> Result<Vec<Stretch>, FramesError> {
    let mut examiner = Examiner::new();
    let mut found = Vec::new();
    let length = frames::of(path, MotionSettings::FRAMES_PER_SECOND, |frame, at| {
        found.push((at, examiner.step(frame, at)));
    });
    let length = length.await?;
    Ok(stretches(&found, length))
}

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
