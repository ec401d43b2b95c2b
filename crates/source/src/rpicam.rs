//! The camera on the ribbon cable of a Raspberry Pi, through the programs that come with it.
//!
//! `rpicam-vid`, called `libcamera-vid` before 2024; where neither is, `raspivid`, which came before
//! both. What their options are called and mean: rpicam-apps `core/options.cpp`,
//! `core/video_options.hpp`, `core/still_options.hpp`; raspicam `RaspiCamControl.c`, `RaspiVid.c`,
//! `RaspiStill.c`, raspivid(1).

mod abilities; // what the installed program knows
mod libcamera; // the options of `rpicam-vid` and `rpicam-still`
mod raspicam; //  the options of `raspivid` and `raspistill`
mod still; //     one photo

use std::io;
use std::time::Duration;

use watchpost_model::config::{PictureSettings, RaspberryPi};

use self::abilities::Abilities;
use crate::SourceError;
use crate::child::{self, Child, Output};

pub use self::still::still;

/// A key picture each so many seconds.
const KEY_EVERY: f32 = 2.0;

/// Starts the first of the programs that is installed.
///
/// # Errors
///
/// If none is installed.
pub(crate) async fn open(camera: &RaspberryPi) -> Result<Child, SourceError> {
    let picture = &camera.picture;
    let interval = Duration::from_secs_f32(1.0 / picture.frame_rate);
    let child = start(camera, Output::AnnexB { interval }).await?;
    Ok(child.explained_by(explain).silent_for_at_most(patience(picture)))
}

async fn start(camera: &RaspberryPi, output: Output) -> Result<Child, SourceError> {
    for program in ["rpicam-vid", "libcamera-vid"] {
        if let Some(abilities) = Abilities::of(program).await? {
            let arguments = libcamera::video(camera, &abilities);
            return child::start(program, &arguments, output);
        }
    }
    let (arguments, note) = raspicam::video(camera);
    match child::start("raspivid", &arguments, output) {
        Ok(child) => Ok(child.with_note(note)),
        Err(error) => Err(named_anew(error, "rpicam-vid")),
    }
}

/// How long the program may be without a picture. The camera needs some seconds to start.
fn patience(picture: &PictureSettings) -> Duration {
    let pictures = Duration::from_secs_f32(3.0 / picture.frame_rate);
    pictures + Duration::from_secs(8)
}

/// None of the programs is there: the owner should hear of the one to install.
fn named_anew(error: SourceError, program: &'static str) -> SourceError {
    match error {
        SourceError::Program { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            SourceError::Program { program, source }
        }
        other => other,
    }
}

/// What the last words of these programs mean.
fn explain(words: &str) -> Option<SourceError> {
    const NO_CAMERA: [&str; 6] = [
        "no cameras available",
        "selected camera is not available",
        "camera is not detected",
        "camera is not enabled",
        "frontend has timed out",
        "device timeout detected",
    ];
    const IN_USE: [&str; 4] = [
        "in use by another process",
        "failed to acquire camera",
        "resource busy",
        "out of resources",
    ];
    const FORBIDDEN: [&str; 2] = ["permission denied", "failed to open vchiq instance"];
    const UNSUPPORTED: [&str; 6] = [
        "unrecognised option",
        "invalid command line option",
        "appropriate h.264 codec",
        "no such level",
        "failed to set output format",
        "failed to configure",
    ];
    let lower = words.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
    let reason = words.to_owned();
    if says(&IN_USE) {
        Some(SourceError::InUse { reason })
    } else if says(&NO_CAMERA) {
        Some(SourceError::NoCamera { reason })
    } else if says(&FORBIDDEN) {
        Some(SourceError::Forbidden { reason })
    } else if says(&UNSUPPORTED) {
        Some(SourceError::Unsupported { reason })
    } else {
        None
    }
}

/// A list of arguments that grows.
#[derive(Debug, Default)]
struct Arguments(Vec<String>);

impl Arguments {
    fn flag(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    fn flag_if(&mut self, wanted: bool, name: &str) {
        if wanted {
            self.flag(name);
        }
    }

    fn option(&mut self, name: &str, value: &impl ToString) {
        self.0.extend([name.to_owned(), value.to_string()]);
    }

    /// The programs' own value is left alone where it is what is wanted: old ones do not know every
    /// option.
    fn option_unless<T: PartialEq + ToString>(&mut self, usual: &T, name: &str, value: &T) {
        if value != usual {
            self.option(name, value);
        }
    }
}

#[cfg(test)]
mod tests;
