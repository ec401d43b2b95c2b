//! Cameras of the Linux kernel, such as webcams on USB, through `ffmpeg`.

mod modes; //   what a camera offers
mod choice; //  what of that is taken
pub(crate) mod encoder; // what makes H.264 of it

use std::time::Duration;

use watchpost_model::config::V4l2;

use self::choice::{Choice, Work};
use self::encoder::Encoder;
use crate::SourceError;
use crate::child::{self, Child, Output, TO_MATROSKA};

pub(crate) use self::modes::modes;

/// Pictures a second where the owner names no number.
const FRAME_RATE: f32 = 15.0;

/// Bits a second of what is encoded, where the owner names no number.
const BIT_RATE: u32 = 3_000_000;

/// A key picture each so many seconds.
const KEY_EVERY: f32 = 2.0;

/// Starts `ffmpeg` on the camera's device.
///
/// # Errors
///
/// If the camera or `ffmpeg` is not there, or cannot do what is set.
pub(crate) async fn open(camera: &V4l2) -> Result<Child, SourceError> {
    let choice = choice::choose(modes(&camera.device).await?.as_ref(), camera)?;
    let encoder = match choice.work {
        Work::H264 { .. } => Some(encoder::find().await?),
        Work::Copy | Work::Mjpeg { .. } => None,
    };
    let arguments = arguments(camera, &choice, encoder);
    let pictures = Duration::from_secs_f32(3.0 / camera.frame_rate.unwrap_or(FRAME_RATE));
    Ok(child::start("ffmpeg", &arguments, Output::Matroska)?
        .explained_by(explain)
        .with_note(choice.note)
        .silent_for_at_most(pictures + Duration::from_secs(8)))
}

fn arguments(camera: &V4l2, choice: &Choice, encoder: Option<Encoder>) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
    add(&["-hide_banner", "-nostdin", "-loglevel", "error"]);
    add(&["-f", "v4l2"]);
    if let Some(name) = choice.input_format {
        add(&["-input_format", name]);
    }
    if let Some((width, height)) = choice.size {
        add(&["-video_size", &format!("{width}x{height}")]);
    }
    if let Some(rate) = choice.rate {
        add(&["-framerate", &rate.to_string()]);
    }
    add(&["-i", &camera.device.to_string_lossy()]);
    add(&["-an", "-sn", "-dn"]);
    let thinned = |thin: Option<f32>| thin.map(|rate| format!("fps={rate}"));
    match choice.work {
        Work::Copy => add(&["-codec:v", "copy"]),
        Work::Mjpeg { thin } => {
            if let Some(filter) = thinned(thin) {
                add(&["-filter:v", &filter]);
            }
            add(&["-codec:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "4"]);
        }
        Work::H264 { thin } => {
            if let Some(filter) = thinned(thin) {
                add(&["-filter:v", &filter]);
            }
            let rate = thin.or(choice.rate).unwrap_or(FRAME_RATE);
            let bits = camera.bit_rate.unwrap_or(BIT_RATE);
            let bits_in_two_seconds = u64::from(bits) * 2;
            add(encoder.unwrap_or(Encoder::X264).arguments());
            add(&["-pix_fmt", "yuv420p"]);
            add(&["-g", &format!("{:.0}", (KEY_EVERY * rate).max(1.0))]);
            add(&["-b:v", &bits.to_string(), "-maxrate", &bits.to_string()]);
            add(&["-bufsize", &bits_in_two_seconds.to_string()]);
        }
    }
    add(&TO_MATROSKA);
    arguments
}

/// What the last words of `ffmpeg` mean here.
fn explain(words: &str) -> Option<SourceError> {
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let reason = words.to_owned();
    if says(&["Device or resource busy"]) {
        Some(SourceError::InUse { reason })
    } else if says(&["No such file or directory", "No such device"]) {
        Some(SourceError::NoCamera { reason })
    } else if says(&["Permission denied", "Operation not permitted"]) {
        Some(SourceError::Forbidden { reason })
    } else if says(&[
        "Not a video capture device",
        "Inappropriate ioctl",
        "Cannot find a proper format",
        "Unknown encoder",
        "Invalid argument",
    ]) {
        Some(SourceError::Unsupported { reason })
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
