//! Cameras: one file per kind, all giving encoded pictures, and sound, as they arrive.
//!
//! A [`Stream`] is opened, read until it fails, and dropped. When to try again is decided elsewhere;
//! each error says whether trying helps ([`SourceError::remedy`]).
#![forbid(unsafe_code)]

mod arrival; //  what arrives
mod error; //    why nothing does
mod rtsp; //     cameras on the network
mod sound; //    their sound, made AAC
mod with_sound; // and told with the pictures
mod http; //     cameras on the network that give JPEGs
pub mod onvif; //    cameras on the network that tell where their streams are, and turn
mod file; //     a file, played
mod child; //    programs that write video to a pipe
mod ffmpeg; //   one of them, for what we cannot read
mod encode; //   another, that makes JPEGs H.264
mod rpicam; //   the Raspberry Pi's camera
mod v4l2; //     the kernel's cameras
mod demo; //     a scene drawn by the program itself
mod discover; // what cameras this machine has

use std::time::Duration;

use watchpost_media::{Codec, Parameters};
use watchpost_model::config::{self, Encode, Reader, Source};

use child::Child;
use ffmpeg::Sound;

pub use arrival::{Arrival, Heard};
pub use discover::{Found, discover};
pub use error::{Remedy, SourceError};
pub use file::{Reading, Recording, Sample};
pub use rpicam::still;

/// An open camera.
pub struct Stream {
    kind: Kind,
    /// Of who reads it.
    note: Option<String>,
    /// A picture that was waited for when it was opened.
    first: Option<Arrival>,
}

enum Kind {
    Camera(Camera),
    Encoded(Box<encode::Encoder>),
    File(Box<file::Player>),
    Demo(demo::Demo),
}

/// What gives pictures as a camera made them.
pub(crate) struct Camera {
    reader: By,
    /// Of its JPEGs, in pixels.
    size: Option<(u16, u16)>,
}

/// Who reads them.
enum By {
    Rtsp(Box<rtsp::Session>),
    Http(Box<http::Visit>),
    Child(Box<Child>),
}

impl Stream {
    /// Opens `source`.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened, within about ten seconds; twice that where `ffmpeg` is tried after the
    /// built-in reader, or once more without sound.
    pub async fn open(source: &Source) -> Result<Self, SourceError> {
        match source {
            Source::Rtsp(rtsp) => open_rtsp(rtsp).await,
            Source::Onvif(onvif) => open_rtsp(&onvif::stream_url(onvif).await?).await,
            Source::Http(http) => {
                let camera = Camera::of(By::Http(Box::new(http::Visit::open(http).await?)));
                Self::keep_or_encode(camera, http.encode, http::patience(http)).await
            }
            Source::File(file) => {
                let player = file::Player::open(file).await?;
                Ok(Self::of(Kind::File(Box::new(player))))
            }
            Source::Demo => Ok(Self::of(Kind::Demo(demo::Demo::start()))),
            Source::RaspberryPi(camera) => Ok(Self::of_child(rpicam::open(camera).await?)),
            Source::V4l2(camera) => Ok(Self::of_child(v4l2::open(camera).await?)),
        }
    }

    /// Waits for the next picture. Dropping the future may lose one.
    ///
    /// # Errors
    ///
    /// The stream is broken, or silent for too long. It gives nothing more.
    pub async fn next(&mut self) -> Result<Arrival, SourceError> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        match &mut self.kind {
            Kind::Camera(camera) => camera.next().await,
            Kind::Encoded(encoder) => encoder.next().await,
            Kind::File(player) => player.next().await,
            Kind::Demo(demo) => demo.next().await,
        }
    }

    /// Closes it, and waits until the camera is free for whoever opens it next: a camera of this machine
    /// serves one at a time. A stream that is only dropped frees it soon.
    pub async fn close(self) {
        if let Kind::Camera(Camera { reader: By::Child(child), .. }) = self.kind {
            child.end().await;
        }
    }

    /// What the owner should know although the camera works: who reads it, and why there is no sound.
    /// May change while it plays.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        let of_kind = match &self.kind {
            Kind::Camera(camera) => camera.note(),
            Kind::Encoded(encoder) => encoder.camera().note(),
            Kind::File(player) => player.note(),
            Kind::Demo(_) => None,
        };
        self.note.as_deref().or(of_kind) // Never both: the child that reads has no note of its own.
    }

    fn of(kind: Kind) -> Self {
        Self { kind, note: None, first: None }
    }

    /// Waits for the first picture, which tells whether there is something to encode, and whether the
    /// camera can be read at all. `patience`: longer than the camera is ever without a picture.
    async fn keep_or_encode(
        mut camera: Camera,
        encode: Encode,
        patience: Duration,
    ) -> Result<Self, SourceError> {
        let first = camera.next().await?;
        match (first.parameters.codec(), encode) {
            (Codec::Mjpeg, Encode::H264) => {
                let encoder = encode::Encoder::start(camera, first, patience).await?;
                Ok(Self::of(Kind::Encoded(Box::new(encoder))))
            }
            _ => Ok(Self { first: Some(first), ..Self::of(Kind::Camera(camera)) }),
        }
    }

    fn of_child(child: Child) -> Self {
        Self::of(Kind::Camera(Camera::of(By::Child(Box::new(child)))))
    }
}

impl Camera {
    fn of(reader: By) -> Self {
        Self { reader, size: None }
    }

    /// The next picture. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        let arrival = match &mut self.reader {
            By::Rtsp(session) => session.next().await,
            By::Http(visit) => visit.next().await,
            By::Child(child) => child.next().await,
        }?;
        self.check_size(&arrival.parameters)?;
        Ok(arrival)
    }

    /// Another size takes another encoder, or another file. A camera could want that with each of its
    /// JPEGs; by breaking off, it has to wait in between like one that does not answer.
    fn check_size(&mut self, parameters: &Parameters) -> Result<(), SourceError> {
        if parameters.codec() != Codec::Mjpeg {
            return Ok(());
        }
        let now = (parameters.width(), parameters.height());
        let before = *self.size.get_or_insert(now);
        if now == before {
            return Ok(());
        }
        let size = |(width, height)| format!("{width}x{height}");
        let reason = format!("its pictures, {} before, are {} now", size(before), size(now));
        Err(SourceError::Ended { reason })
    }

    fn note(&self) -> Option<&str> {
        match &self.reader {
            By::Rtsp(session) => session.note(),
            By::Http(_) => None,
            By::Child(child) => child.note(),
        }
    }
}

/// By the built-in reader where that can, else by `ffmpeg`.
async fn open_rtsp(rtsp: &config::Rtsp) -> Result<Stream, SourceError> {
    let encrypted = rtsp.url.expose().scheme() == "rtsps";
    match rtsp.reader {
        _ if encrypted => by_ffmpeg(rtsp, "its address is rtsps://").await,
        Reader::Ffmpeg => by_ffmpeg(rtsp, "`reader` says so").await,
        Reader::BuiltIn => built_in(rtsp).await,
        Reader::Auto => match built_in(rtsp).await {
            Err(error) if error.may_be_ours() => {
                let why = format!("for the built-in reader it {error}");
                by_ffmpeg(rtsp, &why).await.map_err(|of_ffmpeg| {
                    tracing::debug!(%of_ffmpeg, "ffmpeg cannot read it either");
                    error // Which is more exact.
                })
            }
            opened => opened,
        },
    }
}

async fn built_in(rtsp: &config::Rtsp) -> Result<Stream, SourceError> {
    let camera = Camera::of(By::Rtsp(Box::new(rtsp::Session::open(rtsp).await?)));
    Stream::keep_or_encode(camera, rtsp.encode, rtsp::SILENCE).await
}

async fn by_ffmpeg(rtsp: &config::Rtsp, why: &str) -> Result<Stream, SourceError> {
    let sound = ffmpeg::ask(rtsp).await?;
    let note = format!("read by ffmpeg: {why}");
    match read_by_ffmpeg(rtsp, sound).await {
        // It gives nothing before it has seen something of each stream that was announced.
        Err(SourceError::Silent { .. }) if sound.comes() => {
            let stream = read_by_ffmpeg(rtsp, Sound::Unwanted).await?;
            let note = format!("{note}; no sound: the camera announces it, but sends none");
            Ok(Stream { note: Some(note), ..stream })
        }
        read => Ok(Stream { note: Some(note), ..read? }),
    }
}

async fn read_by_ffmpeg(rtsp: &config::Rtsp, sound: Sound) -> Result<Stream, SourceError> {
    let camera = Camera::of(By::Child(Box::new(ffmpeg::open(rtsp, sound).await?)));
    Stream::keep_or_encode(camera, rtsp.encode, ffmpeg::SILENCE).await
}
