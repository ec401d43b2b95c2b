//! The recorder's side: a handle on one decode worker.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use watchpost_media::{Parameters, Picture};
use watchpost_model::WallTime;
use watchpost_vision::Grey;

use crate::child;
use crate::wire::{self, Answer, Photo, Request, Slot};

/// A worker that has not answered for this long hangs. The slowest honest answer known is a 4K
/// H.265 key picture, well under half a second on a Raspberry Pi 4.
const PATIENCE: Duration = Duration::from_secs(2);

/// A handle on one decode worker. Dropping it ends the worker.
#[derive(Debug)]
pub struct Worker {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Why a worker did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The program could not start itself again.
    #[error("the decode worker cannot be started from {}", program.display())]
    Start {
        /// What was to be started.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It died, was killed, or sent nonsense. Start another.
    #[error("the decode worker broke off")]
    Gone(#[from] std::io::Error),
    /// It did not answer in time. Start another.
    #[error("the decode worker has not answered for {} s", PATIENCE.as_secs())]
    Hangs,
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
    /// [`WorkerError::Start`].
    pub fn start() -> Result<Self, WorkerError> {
        // The running program itself, even if its file was replaced by an update meanwhile.
        Self::start_program(PathBuf::from("/proc/self/exe"))
    }

    /// Starts a worker from `program`, which must call [`child::run`] when its first argument is
    /// [`child::ARGUMENT`].
    ///
    /// # Errors
    ///
    /// [`WorkerError::Start`].
    pub fn start_program(program: PathBuf) -> Result<Self, WorkerError> {
        let started = Command::new(&program)
            .arg(child::ARGUMENT)
            .env_clear() // It needs no secret from the environment.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut process = started.map_err(|source| WorkerError::Start { program, source })?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (requests, answers) = pipes.ok_or_else(broken_pipe)?;
        Ok(Self { process, requests, answers: BufReader::new(answers) })
    }

    /// The worker's process number, for those who want to watch or end it.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
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

    /// Lets the worker end by itself, and waits for that: what it cost then counts as this program's.
    pub async fn finish(self) {
        let Self { mut process, requests, answers: _ } = self;
        drop(requests);
        // One that does not end is killed on drop.
        let _ = timeout(PATIENCE, process.wait()).await;
    }

    async fn ask(&mut self, request: &Request) -> Result<Answer, WorkerError> {
        let talk = async {
            self.requests.write_all(&request.write()).await?;
            let mut head = [0; 5];
            self.answers.read_exact(&mut head).await?;
            let (kind, length) = wire::head(head).map_err(std::io::Error::from)?;
            let mut message = vec![0; length];
            self.answers.read_exact(&mut message).await?;
            Answer::read(kind, &message).map_err(std::io::Error::from)
        };
        match timeout(PATIENCE, talk).await {
            Ok(Ok(Answer::Failed(why))) => Err(WorkerError::Refused(why)),
            Ok(answer) => Ok(answer?),
            Err(_) => Err(WorkerError::Hangs),
        }
    }
}

fn nonsense() -> WorkerError {
    std::io::Error::new(std::io::ErrorKind::InvalidData, "an answer to another question").into()
}

fn broken_pipe() -> WorkerError {
    std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()
}
