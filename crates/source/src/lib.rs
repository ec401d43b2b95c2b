//! Cameras: one file per kind, all giving encoded pictures as they arrive.
//!
//! A [`Stream`] is opened, read until it fails, and dropped. When to try again is decided elsewhere;
//! each error says whether trying helps ([`SourceError::remedy`]).
#![forbid(unsafe_code)]

mod arrival; //  what arrives
mod error; //    why nothing does
mod rtsp; //     cameras on the network
mod file; //     a file, played at its own speed
mod child; //    programs that write H.264 to a pipe
mod rpicam; //   the Raspberry Pi's camera
mod v4l2; //     the kernel's cameras
mod demo; //     a scene drawn by the program itself
mod discover; // what cameras this machine has

use watchpost_model::config::Source;

pub use arrival::Arrival;
pub use discover::{Found, discover};
pub use error::{Remedy, SourceError};
pub use file::{Recording, Sample};

/// An open camera.
pub struct Stream(Kind);

enum Kind {
    Rtsp(Box<rtsp::Session>),
    File(file::Player),
    Child(Box<child::Child>),
    Demo(demo::Demo),
}

impl Stream {
    /// Opens `source`.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened, within about ten seconds.
    pub async fn open(source: &Source) -> Result<Self, SourceError> {
        let kind = match source {
            Source::Rtsp { url, credentials } => {
                let session = rtsp::Session::open(url, credentials.as_ref()).await?;
                Kind::Rtsp(Box::new(session))
            }
            Source::File { path, repeat } => {
                let repeat = if *repeat { file::Repeat::Forever } else { file::Repeat::Never };
                Kind::File(file::Player::open(path.clone(), repeat).await?)
            }
            Source::Demo => Kind::Demo(demo::Demo::start()),
            Source::RaspberryPi { camera } => Kind::Child(Box::new(rpicam::open(*camera)?)),
            Source::V4l2 { device } => Kind::Child(Box::new(v4l2::open(device)?)),
        };
        Ok(Self(kind))
    }

    /// Waits for the next picture. Dropping the future may lose one.
    ///
    /// # Errors
    ///
    /// The stream is broken, or silent for too long. It gives nothing more.
    pub async fn next(&mut self) -> Result<Arrival, SourceError> {
        match &mut self.0 {
            Kind::Rtsp(session) => session.next().await,
            Kind::File(player) => player.next().await,
            Kind::Child(child) => child.next().await,
            Kind::Demo(demo) => demo.next().await,
        }
    }
}
