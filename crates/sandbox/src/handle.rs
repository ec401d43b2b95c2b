//! The side of who started a worker.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::message::{self, HEAD};

/// How long a worker may take to end once nobody asks it anything.
const FAREWELL: Duration = Duration::from_secs(2);

/// A running worker. Dropping this ends it.
#[derive(Debug)]
pub struct Handle {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Why a worker gave no answer. In any case: start another.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// The program could not start itself again.
    #[error("a worker cannot be started from {}", program.display())]
    Start {
        /// What was to be started.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It died, was killed, or sent nonsense.
    #[error("the worker broke off")]
    Gone(#[from] io::Error),
    /// It did not answer in time.
    #[error("the worker has not answered for {} s", .0.as_secs())]
    Hangs(Duration),
}

impl Handle {
    /// The program that runs, even if its file was replaced by an update meanwhile.
    #[must_use]
    pub fn this_program() -> PathBuf {
        PathBuf::from("/proc/self/exe")
    }

    /// Starts `program` with `arguments` as a worker: without an environment, for it needs no secret
    /// of it.
    ///
    /// # Errors
    ///
    /// [`HandleError::Start`].
    pub fn start(program: PathBuf, arguments: &[&str]) -> Result<Self, HandleError> {
        let started = Command::new(&program)
            .args(arguments)
            .env_clear()
            // Else glibc counts the processors, by a file, when two threads want memory at once.
            .env("MALLOC_ARENA_MAX", "2")
            // Else ONNX Runtime as its maker ships it sends reports home, and dies of the attempt.
            .env("ORT_DISABLE_TELEMETRY", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut process = started.map_err(|source| HandleError::Start { program, source })?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (requests, answers) =
            pipes.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(Self { process, requests, answers: BufReader::new(answers) })
    }

    /// The worker's process number, for those who want to watch or end it.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Sends `request`, a whole message, and waits for its answer, kind and body, but not longer than
    /// `patience`.
    ///
    /// # Errors
    ///
    /// The worker is lost. It is, too, if the future is dropped before it is done: the next answer would
    /// be that of another question.
    pub async fn ask(
        &mut self,
        request: &[u8],
        patience: Duration,
    ) -> Result<(u8, Vec<u8>), HandleError> {
        let talk = async {
            self.requests.write_all(request).await?;
            let mut head = [0; HEAD];
            self.answers.read_exact(&mut head).await?;
            let (kind, length) = message::head(head)?;
            let mut body = vec![0; length];
            self.answers.read_exact(&mut body).await?;
            Ok((kind, body))
        };
        match timeout(patience, talk).await {
            Ok(answer) => answer.map_err(HandleError::Gone),
            Err(_) => Err(HandleError::Hangs(patience)),
        }
    }

    /// Lets the worker end by itself, and waits for that: what it cost then counts as this program's.
    pub async fn finish(self) {
        let Self { mut process, requests, answers: _ } = self;
        drop(requests);
        // One that does not end is killed on drop.
        let _ = timeout(FAREWELL, process.wait()).await;
    }
}
