//! Why a camera gives no pictures, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a camera gives no pictures. Messages name no address and no password: whoever logs them knows
/// the camera.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing answers there.
    #[error("cannot be reached: {reason}")]
    Unreachable {
        /// What the network said.
        reason: String,
    },
    /// The camera of this machine is not there.
    #[error("is not there: {reason}")]
    NoCamera {
        /// What the program that reads it said.
        reason: String,
    },
    /// Another program has the camera of this machine.
    #[error("is in use: {reason}")]
    InUse {
        /// What the program that reads it said.
        reason: String,
    },
    /// The camera of this machine may not be opened by us.
    #[error("may not be opened: {reason}")]
    Forbidden {
        /// What the program that reads it said.
        reason: String,
    },
    /// The camera of this machine, or the program that reads it, cannot do what the settings want.
    #[error("cannot do what is set: {reason}")]
    Unsupported {
        /// What it cannot do.
        reason: String,
    },
    /// The camera does not do by ONVIF what was asked.
    #[error(transparent)]
    Onvif(#[from] crate::onvif::Problem),
    /// The camera does not know the user, or wants another password.
    #[error("refuses the user or the password (401)")]
    Refused,
    /// The camera has nothing at this address.
    #[error("has no stream at this path ({status})")]
    NoSuchStream {
        /// What the camera answered, such as 404.
        status: u16,
    },
    /// No stream that can be recorded.
    #[error("sends {offered}, which cannot be recorded")]
    UnknownCodec {
        /// What it offers instead.
        offered: String,
    },
    /// What is at this address is no picture.
    #[error("gives {offered}, which is no picture")]
    NoPictures {
        /// The type of what it gives, such as `text/html`.
        offered: String,
    },
    /// What came is not what was announced.
    #[error("sends something strange: {what}")]
    Garbled {
        /// What was strange, and where.
        what: String,
    },
    /// The connection stands, but no picture came.
    #[error("has sent no picture for {} s", silence.as_secs())]
    Silent {
        /// For how long.
        silence: Duration,
    },
    /// The camera closed the connection, or the program behind it ended.
    #[error("broke off: {reason}")]
    Ended {
        /// What is known of the reason.
        reason: String,
    },
    /// The file's last picture was played.
    #[error("the file has ended")]
    Finished,
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program that is needed is not there.
    #[error("cannot start {program}")]
    Program {
        /// Its name.
        program: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// What to do about a [`SourceError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Try again soon: it may be there any moment.
    RetrySoon,
    /// Try again, but seldom: it helps only if somebody changes something, and some cameras lock out
    /// whoever tries too often.
    RetrySeldom,
    /// All is done; trying again would play it anew.
    Done,
}

impl SourceError {
    /// The one thing a caller wants to know of an error.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            SourceError::Unreachable { .. }
            | SourceError::Garbled { .. }
            | SourceError::Silent { .. }
            | SourceError::NoCamera { .. }
            | SourceError::InUse { .. }
            | SourceError::Ended { .. } => Remedy::RetrySoon,
            SourceError::Refused
            | SourceError::NoSuchStream { .. }
            | SourceError::UnknownCodec { .. }
            | SourceError::NoPictures { .. }
            | SourceError::Forbidden { .. }
            | SourceError::Unsupported { .. }
            | SourceError::File { .. }
            | SourceError::Program { .. } => Remedy::RetrySeldom,
            SourceError::Onvif(problem) => problem.remedy(),
            SourceError::Finished => Remedy::Done,
        }
    }

    /// Whether it may be the built-in RTSP reader that fails, and not the camera: another may fare better.
    pub(crate) fn may_be_ours(&self) -> bool {
        match self {
            SourceError::Garbled { .. } => true,
            // Such as 454 and 461: what cameras answer to a request that they understand differently.
            SourceError::NoSuchStream { status } => *status != 404,
            _ => false,
        }
    }

    /// What the owner can do, in a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            SourceError::Unreachable { .. } => {
                "Check that the camera has power and network, and that the address and port in `source` are right."
            }
            SourceError::Onvif(problem) => problem.hint(),
            SourceError::Refused => {
                "Check `user` and `password` of this camera; some cameras have an account of their own for RTSP."
            }
            SourceError::NoCamera { .. } => {
                "Check the cable, at both ends. `rpicam-hello --list-cameras` lists those on a ribbon cable, `watchpost cameras` all."
            }
            SourceError::InUse { .. } => {
                "End the other program; `fuser -v /dev/video* /dev/media*` names it."
            }
            SourceError::Forbidden { .. } => {
                "Let the user that runs Watchpost use cameras: `usermod --append --groups video watchpost`, then restart it."
            }
            SourceError::Unsupported { .. } => {
                "Change the camera's settings; `watchpost cameras` lists formats, sizes and rates."
            }
            SourceError::NoSuchStream { .. } => {
                "Check the path at the end of `source`; the camera's manual or ONVIF page names it."
            }
            SourceError::UnknownCodec { .. } => {
                "Set the camera's video to H.264 or H.265 on its own page."
            }
            SourceError::NoPictures { .. } => {
                "Open the address in `source` in a browser: it must show nothing but the picture, not a page with it. Some cameras show a page to whoever must log in."
            }
            SourceError::Garbled { .. } => {
                "If it goes on: check the cable or Wi-Fi, and update the camera's firmware."
            }
            SourceError::Silent { .. } => {
                "If it goes on: restart the camera; check that not too many others watch it."
            }
            SourceError::Ended { .. } => "If it goes on: restart the camera.",
            SourceError::Finished => "Add `?loop` to `source` to play it again and again.",
            SourceError::File { .. } => "Check the path in `source` and who may read the file.",
            SourceError::Program { program, .. } => match *program {
                "ffmpeg" => "Install it: apt install ffmpeg",
                _ => "Install it: apt install rpicam-apps",
            },
        }
    }
}
