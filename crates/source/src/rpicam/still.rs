//! One photo in the full resolution of the camera.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;
use watchpost_media::jpeg;
use watchpost_model::config::{PhotoSize, RaspberryPi};

use super::abilities::Abilities;
use super::{explain, libcamera, named_anew, raspicam};
use crate::SourceError;
use crate::child::{LastWords, end};

/// The longest a photo may take. The slowest camera needs some seconds to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// More than any of these cameras makes of 64 megapixels.
const LIMIT: u64 = 64 << 20;

/// Takes a photo, as JPEG. The camera must be free: its stream must have been closed
/// ([`crate::Stream::close`]), for a camera serves one program at a time.
///
/// # Errors
///
/// If none of the programs is installed, the camera gives nothing within 20 s, or what it gives is
/// no JPEG.
pub async fn still(camera: &RaspberryPi, size: PhotoSize) -> Result<Bytes, SourceError> {
    for program in ["rpicam-still", "rpicam-jpeg", "libcamera-still", "libcamera-jpeg"] {
        if let Some(abilities) = Abilities::of(program).await? {
            return take(program, &libcamera::still(camera, size, &abilities)).await;
        }
    }
    let taken = take("raspistill", &raspicam::still(camera, size)).await;
    taken.map_err(|error| named_anew(error, "rpicam-still"))
}

async fn take(program: &'static str, arguments: &[String]) -> Result<Bytes, SourceError> {
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut process = started.map_err(|source| SourceError::Program { program, source })?;
    let mut last_words = LastWords::of(process.stderr.take());
    let output = process.stdout.take();
    let read = timeout(PATIENCE, read(output)).await;
    // By now it has ended by itself, or has to be.
    let ended = timeout(Duration::from_secs(1), process.wait()).await;
    end(&mut process).await;
    let words = last_words.hear().await;
    let data = match read {
        Err(_) => return Err(explain(&words).unwrap_or(SourceError::Silent { silence: PATIENCE })),
        Ok(Err(error)) => return Err(SourceError::Ended { reason: error.to_string() }),
        Ok(Ok(data)) => data,
    };
    match ended {
        Ok(Ok(status)) if status.success() => whole(program, data),
        Ok(Ok(status)) => Err(explain(&words).unwrap_or_else(|| {
            let colon = if words.is_empty() { "" } else { ": " };
            SourceError::Ended { reason: format!("{program} ended ({status}){colon}{words}") }
        })),
        _ => whole(program, data), // The photo is there; why it hung then is its own affair.
    }
}

async fn read(output: Option<tokio::process::ChildStdout>) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    if let Some(output) = output {
        output.take(LIMIT).read_to_end(&mut data).await?;
    }
    Ok(data)
}

/// The JPEG if it is one and has an end.
fn whole(program: &str, mut data: Vec<u8>) -> Result<Bytes, SourceError> {
    let garbled = |what: &str| SourceError::Garbled { what: format!("{program} gave {what}") };
    if data.is_empty() {
        return Err(garbled("no photo"));
    }
    while data.last() == Some(&0) {
        data.pop(); // Some encoders fill up.
    }
    match jpeg::size(&data) {
        None => Err(garbled("no JPEG")),
        Some(_) if !data.ends_with(&[0xFF, 0xD9]) => Err(garbled("half a JPEG")),
        Some(_) => Ok(data.into()),
    }
}
