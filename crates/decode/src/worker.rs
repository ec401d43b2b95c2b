//! The recorder's side: a handle on one decode worker.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use watchpost_media::{Parameters, Picture};
use watchpost_model::WallTime;
use watchpost_sandbox::{Handle, HandleError};
use watchpost_vision::objects::Rgb;
use watchpost_vision::{Grey, Region};

use crate::child;
use crate::wire::{Answer, Photo, Request, Slot};

/// A worker that has not answered for this long hangs. The slowest honest answer known is a 4K
/// H.265 key picture, well under half a second on a Raspberry Pi 4.
const PATIENCE: Duration = Duration::from_secs(2);

/// A handle on one decode worker. Dropping it ends the worker.
#[derive(Debug)]
pub struct Worker(Handle);

/// Why a worker did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It is lost. Start another.
    #[error("the decoder is lost")]
    Lost(#[from] HandleError),
    /// It lives, but cannot do this; its reason.
    #[error("{0}")]
    Refused(String),
}

/// A decoded picture.
#[derive(Debug)]
pub struct Decoded {
    /// The time of the picture it was decoded from.
    pub time: WallTime,
    /// The grey frame, if one was asked for.
    pub grey: Option<Grey>,
}

impl Worker {
    /// Starts a worker: this very program with [`child::ARGUMENT`].
    ///
    /// # Errors
    ///
    /// [`HandleError::Start`].
    pub fn start() -> Result<Self, WorkerError> {
        Self::start_program(Handle::this_program())
    }

    /// Starts a worker from `program`, which must call [`child::run`] when its first argument is
    /// [`child::ARGUMENT`].
    ///
    /// # Errors
    ///
    /// [`HandleError::Start`].
    pub fn start_program(program: PathBuf) -> Result<Self, WorkerError> {
        Ok(Self(Handle::start(program, &[child::ARGUMENT])?))
    }

    /// The worker's process number, for those who want to watch or end it.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.0.process_id()
    }

    /// Opens `slot` anew for pictures with `parameters`.
    ///
    /// # Errors
    ///
    /// [`WorkerError::Refused`] if libavcodec has no decoder for it; else the worker is lost.
    pub async fn open(&mut self, slot: Slot, parameters: &Parameters) -> Result<(), WorkerError> {
        let configuration = parameters.configuration().to_vec();
        let request = Request::Open { slot, codec: parameters.codec(), configuration };
        match self.ask(&request).await? {
            Answer::Opened => Ok(()),
            _ => Err(nonsense()),
        }
    }

    /// Decodes `picture` in `slot`, and if `grey` is given, returns the frame at that width and height
    /// in pixels. `None`: the decoder needs more pictures first.
    ///
    /// # Errors
    ///
    /// The worker is lost, or the slot is not open.
    pub async fn decode(
        &mut self,
        slot: Slot,
        picture: &Picture,
        grey: Option<(u16, u16)>,
    ) -> Result<Option<Decoded>, WorkerError> {
        let time = picture.time.as_micros();
        let request = Request::Decode { slot, time, grey, data: picture.data.to_vec() };
        match self.ask(&request).await? {
            Answer::NoFrame => Ok(None),
            Answer::Frame { time, width, height, chroma, pixels } => {
                let grey = Grey::new(usize::from(width), usize::from(height), pixels);
                let grey = grey.map(|grey| grey.with_chroma(chroma));
                Ok(Some(Decoded { time: WallTime::from_micros(time), grey }))
            }
            _ => Err(nonsense()),
        }
    }

    /// The last frame of `slot` as JPEG, or `None` if there was none yet.
    ///
    /// # Errors
    ///
    /// The worker is lost, or the slot is not open.
    pub async fn photo(&mut self, slot: Slot, photo: Photo) -> Result<Option<Bytes>, WorkerError> {
        match self.ask(&Request::Photo { slot, photo }).await? {
            Answer::NoFrame => Ok(None),
            Answer::Jpeg(jpeg) => Ok(Some(jpeg.into())),
            _ => Err(nonsense()),
        }
    }

    /// The part of the last frame of `slot` that is `region`, in colour, at most `width` by `height`
    /// pixels: in its shape, and never larger than it is. `None` if there was no frame yet.
    ///
    /// # Errors
    ///
    /// The worker is lost, or the slot is not open.
    pub async fn pixels(
        &mut self,
        slot: Slot,
        region: Region,
        width: u16,
        height: u16,
    ) -> Result<Option<Rgb>, WorkerError> {
        match self.ask(&Request::Pixels { slot, region, width, height }).await? {
            Answer::NoFrame => Ok(None),
            Answer::Pixels { width, height, pixels } => {
                let pixels = Rgb::new(usize::from(width), usize::from(height), pixels);
                Ok(Some(pixels.ok_or_else(nonsense)?))
            }
            _ => Err(nonsense()),
        }
    }

    /// Lets the worker end by itself, and waits for that: what it cost then counts as this program's.
    pub async fn finish(self) {
        self.0.finish().await;
    }

    async fn ask(&mut self, request: &Request) -> Result<Answer, WorkerError> {
        let (kind, body) = self.0.ask(&request.write(), PATIENCE).await?;
        match Answer::read(kind, &body) {
            Ok(Answer::Failed(why)) => Err(WorkerError::Refused(why)),
            Ok(answer) => Ok(answer),
            Err(nonsense) => Err(HandleError::Gone(nonsense.into()).into()),
        }
    }
}

fn nonsense() -> WorkerError {
    let what =
        std::io::Error::new(std::io::ErrorKind::InvalidData, "an answer to another question");
    HandleError::Gone(what).into()
}
