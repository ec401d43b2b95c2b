//! Cameras of the Linux kernel, such as webcams on USB, through `ffmpeg`.

use std::path::Path;

use crate::SourceError;
use crate::child::{self, Child};

/// Starts `ffmpeg` on `device`: whatever it gives, encoded to H.264 at 15 pictures a second with a key
/// picture every two seconds.
///
/// # Errors
///
/// If `ffmpeg` is not installed.
pub(crate) fn open(device: &Path) -> Result<Child, SourceError> {
    child::start("ffmpeg", &arguments(device))
}

fn arguments(device: &Path) -> Vec<String> {
    let device = device.to_string_lossy();
    #[rustfmt::skip] // A line is an option.
    let arguments = [
        "-loglevel", "quiet",
        "-nostdin",
        "-f", "v4l2",
        "-framerate", "15",
        "-i", &device,
        "-an",
        "-codec:v", "libx264",
        "-preset", "ultrafast",
        "-tune", "zerolatency",
        "-pix_fmt", "yuv420p",
        "-g", "30",
        "-f", "h264",
        "-flush_packets", "1",
        "pipe:1",
    ];
    arguments.map(str::to_owned).into()
}
