//! Programs that write video to their standard output: `rpicam-vid`, `ffmpeg`.

mod pace; //       when a picture of a stream without times was taken
mod flv; //        pictures at once
mod last_words; // why the program ended
mod end; //        how it is ended

use std::collections::VecDeque;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout, timeout_at};
use watchpost_media::{Codec, annex_b, matroska};

use self::pace::Pace;
use crate::{Arrival, Heard, SourceError};

pub(crate) use self::end::end;
pub(crate) use self::last_words::LastWords;

/// The longest such a program may be without a picture before it counts as stuck. Cameras need up to
/// three seconds to start.
const SILENCE: Duration = Duration::from_secs(8);

/// What may come without a picture in it before it counts as garbage: twice what a splitter holds.
const NO_PICTURE_IN: usize = 32 << 20;

/// What a program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// H.264 behind start codes, a picture each `interval` or so. Has no times: what arrives now was
    /// taken now.
    AnnexB {
        /// From picture to picture.
        interval: Duration,
    },
    /// Matroska as `ffmpeg` writes it to a pipe, with times and perhaps sound.
    Matroska,
    /// H.264 in FLV as `ffmpeg` writes it to a pipe, with times, each picture at once.
    Flv,
}

/// How `ffmpeg` is told to write what [`Output::Matroska`] reads: each picture at once.
#[rustfmt::skip] // A line is an option.
pub(crate) const TO_MATROSKA: [&str; 11] = [
    "-max_interleave_delta", "300000", // Microseconds: or pictures wait 10 s for sound that has stopped.
    "-f", "matroska",
    "-live", "1",
    "-cluster_time_limit", "0",
    "-flush_packets", "1",
    "pipe:1",
];

/// A running program.
///
/// It is ended, first politely, when it is silent for too long, by [`Child::end`], and on drop; only
/// the first two wait until it is gone and whatever it held is free.
pub(crate) struct Child {
    program: &'static str,
    process: Option<tokio::process::Child>,
    output: Option<ChildStdout>,
    last_words: LastWords,
    explain: fn(&str) -> Option<SourceError>,
    note: Option<String>,
    silence: Duration,
    splitter: Splitter,
    /// Pictures split off already.
    ready: VecDeque<Arrival>,
    began: Instant,
    /// Since when the next picture is waited for.
    waiting: Option<Instant>,
    /// What came since the last picture.
    without_picture: usize,
    buffer: Vec<u8>,
}

/// Starts `program` with `arguments`: a fixed list, never a shell's string.
///
/// # Errors
///
/// [`SourceError::Program`] if it is not there.
pub(crate) fn start(
    program: &'static str,
    arguments: &[String],
    output: Output,
) -> Result<Child, SourceError> {
    spawn(program, arguments, output, Stdio::null())
}

/// The same with a pipe to its standard input.
///
/// # Errors
///
/// As [`start`].
pub(crate) fn start_fed(
    program: &'static str,
    arguments: &[String],
    output: Output,
) -> Result<(Child, ChildStdin), SourceError> {
    let mut child = spawn(program, arguments, output, Stdio::piped())?;
    let input = child.process.as_mut().and_then(|process| process.stdin.take());
    let input = input.ok_or_else(|| SourceError::Ended { reason: "no pipe".to_owned() })?;
    Ok((child, input))
}

fn spawn(
    program: &'static str,
    arguments: &[String],
    output: Output,
    input: Stdio,
) -> Result<Child, SourceError> {
    let started = Command::new(program)
        .args(arguments)
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut process = started.map_err(|source| SourceError::Program { program, source })?;
    Ok(Child {
        program,
        output: process.stdout.take(),
        last_words: LastWords::of(process.stderr.take()),
        process: Some(process),
        explain: |_| None,
        note: None,
        silence: SILENCE,
        splitter: Splitter::new(output),
        ready: VecDeque::new(),
        began: Instant::now(),
        waiting: None,
        without_picture: 0,
        buffer: vec![0; 64 << 10],
    })
}

impl Child {
    /// What the program's last words mean, if it is known; else they are told as they are.
    pub(crate) fn explained_by(mut self, explain: fn(&str) -> Option<SourceError>) -> Self {
        self.explain = explain;
        self
    }

    /// What the owner should know although it works.
    pub(crate) fn with_note(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }

    /// How long it may be without a picture; 8 s unless told.
    pub(crate) fn silent_for_at_most(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// Never to be told, though the program may say it.
    pub(crate) fn hiding(mut self, secret: &str) -> Self {
        self.last_words.hide(secret);
        self
    }

    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The next picture. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// The program has ended, or was ended for being silent or writing garbage; it is gone.
    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        loop {
            if let Some(arrival) = self.ready.pop_front() {
                self.waiting = None;
                return Ok(arrival);
            }
            let Some(output) = &mut self.output else { return Err(self.why().await) };
            let until = *self.waiting.get_or_insert_with(Instant::now) + self.silence;
            match timeout_at(until, output.read(&mut self.buffer)).await {
                Err(_) => return Err(self.stuck().await),
                Ok(Ok(length @ 1..)) => {
                    if let Err(what) = self.take(length) {
                        self.end_in_place().await;
                        return Err(SourceError::Garbled { what });
                    }
                }
                Ok(Ok(0) | Err(_)) => {
                    self.output = None;
                    self.ready.extend(self.splitter.finish());
                }
            }
        }
    }

    /// Ends the program and waits until it is gone: what it held, such as a camera, is free then.
    pub(crate) async fn end(mut self) {
        self.end_in_place().await;
    }

    /// Takes what was read.
    fn take(&mut self, length: usize) -> Result<(), String> {
        let arrivals = self.splitter.push(&self.buffer[..length], self.began.elapsed())?;
        self.without_picture = if arrivals.is_empty() { self.without_picture + length } else { 0 };
        self.ready.extend(arrivals);
        if self.without_picture > NO_PICTURE_IN {
            return Err(format!("{} writes no video", self.program));
        }
        Ok(())
    }

    async fn end_in_place(&mut self) {
        self.output = None; // Else it may wait for us to read.
        if let Some(mut process) = self.process.take() {
            end(&mut process).await;
        }
    }

    async fn stuck(&mut self) -> SourceError {
        self.end_in_place().await;
        let words = self.last_words.hear().await;
        if let Some(known) = (self.explain)(&words) {
            return known;
        }
        match self.without_picture {
            0 => SourceError::Silent { silence: self.silence },
            _ => SourceError::Garbled { what: format!("{} writes no video", self.program) },
        }
    }

    /// Why the program's output ended.
    async fn why(&mut self) -> SourceError {
        let how = match &mut self.process {
            None => "was ended".to_owned(),
            Some(process) => match timeout(Duration::from_secs(1), process.wait()).await {
                Ok(Ok(status)) => status.to_string(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "closed its output".to_owned(),
            },
        };
        self.end_in_place().await;
        let words = self.last_words.hear().await;
        (self.explain)(&words).unwrap_or_else(|| {
            let colon = if words.is_empty() { "" } else { ": " };
            SourceError::Ended { reason: format!("{} ended ({how}){colon}{words}", self.program) }
        })
    }
}

impl Drop for Child {
    /// Ends the program politely as long as there is somebody to wait for it; else it is killed.
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        if let (Some(mut process), Ok(runtime)) = (self.process.take(), runtime) {
            self.output = None;
            runtime.spawn(async move { end(&mut process).await });
        }
    }
}

/// What cuts the output into pictures.
enum Splitter {
    AnnexB { splitter: annex_b::Splitter, pace: Pace },
    Matroska(Box<matroska::Splitter>),
    Flv(flv::Splitter),
}

impl Splitter {
    fn new(output: Output) -> Self {
        match output {
            Output::AnnexB { interval } => Splitter::AnnexB {
                splitter: annex_b::Splitter::new(Codec::H264),
                pace: Pace::new(interval),
            },
            Output::Matroska => Splitter::Matroska(Box::default()),
            Output::Flv => Splitter::Flv(flv::Splitter::default()),
        }
    }

    /// The pictures that ended with these bytes, which arrived `now` since the beginning.
    fn push(&mut self, bytes: &[u8], now: Duration) -> Result<Vec<Arrival>, String> {
        match self {
            Splitter::AnnexB { splitter, pace } => Ok(timed(splitter.push(bytes), pace, now)),
            Splitter::Matroska(splitter) => {
                let units = splitter.push(bytes).map_err(|error| error.to_string())?;
                Ok(units.into_iter().map(from_matroska).collect())
            }
            Splitter::Flv(splitter) => splitter.push(bytes),
        }
    }

    /// What is left when no more comes.
    fn finish(&mut self) -> Vec<Arrival> {
        match self {
            Splitter::AnnexB { splitter, pace } => {
                let units = splitter.finish();
                let now = pace.latest();
                timed(units, pace, now)
            }
            Splitter::Matroska(_) | Splitter::Flv(_) => Vec::new(), // Each of its pictures says where it ends.
        }
    }
}

fn timed(units: Vec<annex_b::AccessUnit>, pace: &mut Pace, now: Duration) -> Vec<Arrival> {
    let times = pace.times(now, units.len());
    let arrival = |(unit, elapsed): (annex_b::AccessUnit, Duration)| Arrival {
        parameters: unit.parameters,
        data: unit.data,
        kind: unit.kind,
        elapsed,
        shown_after: Duration::ZERO,
        sound: Vec::new(),
    };
    units.into_iter().zip(times).map(arrival).collect()
}

fn from_matroska(unit: matroska::Unit) -> Arrival {
    let heard = |(data, elapsed)| Heard { data, elapsed };
    Arrival {
        parameters: unit.parameters,
        data: unit.data,
        kind: unit.kind,
        elapsed: unit.elapsed,
        shown_after: unit.shown_after,
        sound: unit.sound.into_iter().map(heard).collect(),
    }
}
