//! What makes H.264 of raw pictures and motion JPEG: whatever the installed `ffmpeg` has for it.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::SourceError;

/// The encoders that will do, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoder {
    X264,
    OpenH264,
    /// A chip of the machine, such as that of the Raspberry Pi 4.
    Chip,
}

const ALL: [Encoder; 3] = [Encoder::X264, Encoder::OpenH264, Encoder::Chip];

impl Encoder {
    fn name(self) -> &'static str {
        match self {
            Encoder::X264 => "libx264",
            Encoder::OpenH264 => "libopenh264",
            Encoder::Chip => "h264_v4l2m2m",
        }
    }

    /// Each picture is given at once, and in the order it was taken.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Encoder::X264 => {
                &["-codec:v", "libx264", "-preset", "superfast", "-tune", "zerolatency"]
            }
            Encoder::OpenH264 => &["-codec:v", "libopenh264"],
            Encoder::Chip => &["-codec:v", "h264_v4l2m2m"],
        }
    }
}

/// Asks `ffmpeg` for the best it has.
///
/// # Errors
///
/// If `ffmpeg` is not installed, or has none.
pub(crate) async fn find() -> Result<Encoder, SourceError> {
    let program = "ffmpeg";
    let asked = Command::new(program)
        .args(["-hide_banner", "-loglevel", "quiet", "-encoders"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let answer = match timeout(Duration::from_secs(5), asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(source)) => return Err(SourceError::Program { program, source }),
        Err(_) => return Err(SourceError::Ended { reason: "ffmpeg does not answer".to_owned() }),
    };
    best_of(&String::from_utf8_lossy(&answer.stdout)).ok_or_else(|| SourceError::Unsupported {
        reason: "this ffmpeg has no encoder for H.264; `encode = \"keep\"` needs none".to_owned(),
    })
}

/// Reads lines such as ` V....D libx264              libx264 H.264 / AVC (codec h264)`.
fn best_of(listing: &str) -> Option<Encoder> {
    let names: Vec<&str> =
        listing.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    ALL.into_iter().find(|encoder| names.contains(&encoder.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_encoder_of_the_list_is_taken() {
        let all = " Encoders:\n V..... = Video\n ------\n V....D libx264rgb     x (codec h264)\n \
                   V..... h264_v4l2m2m   V4L2 (codec h264)\n V....D libopenh264    O (codec h264)\n";
        assert_eq!(best_of(all), Some(Encoder::OpenH264));
        assert_eq!(best_of(&format!("{all} V....D libx264   x\n")), Some(Encoder::X264));
        assert_eq!(best_of(" V....D libx264rgb  x\n"), None);
    }
}
