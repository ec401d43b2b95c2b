//! The camera on the ribbon cable of a Raspberry Pi, through `rpicam-vid`.

use crate::SourceError;
use crate::child::{self, Child};

/// Starts `rpicam-vid` on the camera of this number: 1080p, 15 pictures a second, 3 Mbit/s, a key
/// picture every two seconds.
///
/// # Errors
///
/// If `rpicam-vid` is not installed.
pub(crate) fn open(camera: u8) -> Result<Child, SourceError> {
    child::start("rpicam-vid", &arguments(camera))
}

fn arguments(camera: u8) -> Vec<String> {
    let camera = camera.to_string();
    #[rustfmt::skip] // A line is an option.
    let arguments = [
        "--camera", camera.as_str(),
        "--nopreview",
        "--timeout", "0", // Until it is ended.
        "--codec", "h264",
        "--profile", "high",
        "--inline", // Parameter sets before each key picture.
        "--flush", // Each picture at once.
        "--width", "1920",
        "--height", "1080",
        "--framerate", "15",
        "--bitrate", "3000000",
        "--intra", "30",
        "--output", "-",
    ];
    arguments.map(str::to_owned).into()
}
