//! Programs that write H.264 (Annex B) to their standard output: `rpicam-vid`, `ffmpeg`.

use std::collections::VecDeque;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{ChildStdout, Command};
use tokio::time::{Instant, timeout};
use watchpost_media::Codec;
use watchpost_media::annex_b::Splitter;

use crate::{Arrival, SourceError};

/// The longest such a program may be without a picture before it counts as stuck. Cameras need up to
/// three seconds to start.
const SILENCE: Duration = Duration::from_secs(8);

/// A running program. Ended on drop.
pub(crate) struct Child {
    program: &'static str,
    process: tokio::process::Child,
    output: ChildStdout,
    splitter: Splitter,
    /// Pictures split off already.
    ready: VecDeque<Arrival>,
    began: Instant,
    buffer: Vec<u8>,
}

/// Starts `program` with `arguments`: a fixed list, never a shell's string.
///
/// # Errors
///
/// [`SourceError::Program`] if it is not there.
pub(crate) fn start(program: &'static str, arguments: &[String]) -> Result<Child, SourceError> {
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut process = started.map_err(|source| SourceError::Program { program, source })?;
    let output = process.stdout.take();
    let output = output.ok_or_else(|| SourceError::Ended { reason: "no pipe".to_owned() })?;
    Ok(Child {
        program,
        process,
        output,
        splitter: Splitter::new(Codec::H264),
        ready: VecDeque::new(),
        began: Instant::now(),
        buffer: vec![0; 64 << 10],
    })
}

impl Child {
    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        loop {
            if let Some(arrival) = self.ready.pop_front() {
                return Ok(arrival);
            }
            let read = timeout(SILENCE, self.output.read(&mut self.buffer));
            match read.await {
                Err(_) => return Err(SourceError::Silent { silence: SILENCE }),
                Ok(Err(error)) => return Err(SourceError::Ended { reason: error.to_string() }),
                Ok(Ok(0)) => return Err(self.ended().await),
                Ok(Ok(length)) => {
                    // The pipe carries no times: what arrives now was taken now.
                    let elapsed = self.began.elapsed();
                    let units = self.splitter.push(&self.buffer[..length]);
                    self.ready.extend(units.into_iter().map(|unit| Arrival {
                        parameters: unit.parameters,
                        data: unit.data,
                        kind: unit.kind,
                        elapsed,
                        shown_after: Duration::ZERO,
                    }));
                }
            }
        }
    }

    /// Why the program's output ended.
    async fn ended(&mut self) -> SourceError {
        let status = timeout(Duration::from_secs(1), self.process.wait()).await;
        let how = match status {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "closed its output".to_owned(),
        };
        SourceError::Ended { reason: format!("{} ended ({how})", self.program) }
    }
}
