//! A file, played at its own speed, at another, or as fast as it can be read.
//!
//! MP4 is read by ourselves; what that refuses, such as Matroska and AVI, by `ffmpeg`.

mod recording;
mod others; // through ffmpeg
mod reading; // without waiting

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use watchpost_model::config::{File, Speed};

use crate::child::Child;
use crate::{Arrival, Heard, SourceError};

pub use reading::Reading;
pub use recording::{Recording, Sample};

/// The least from picture to picture: a tick of the clock of our files, rounded up.
const TICK: Duration = Duration::from_micros(12);

/// What is told of a file that we cannot read ourselves.
const BY_FFMPEG: &str = "read by ffmpeg: it is no MP4 with H.264 or H.265";

/// Plays a file.
pub(crate) struct Player {
    reel: Reel,
    speed: Speed,
    began: Instant,
    /// When the last picture was given.
    last: Option<Duration>,
    note: Option<String>,
}

/// Gives pictures by the file's own time.
enum Reel {
    Ours(Ours),
    Ffmpeg(Box<Child>),
}

/// An MP4 file, from where it is played on.
struct Ours {
    recording: Arc<Recording>,
    /// Whether it begins again at its end.
    repeat: bool,
    /// Which sample is next.
    next: usize,
    /// How long the rounds before this one took.
    before: Duration,
}

impl Player {
    pub(crate) async fn open(file: &File) -> Result<Self, SourceError> {
        let own_speed = file.speed == Speed::Times(1.0);
        let silence = (file.sound && !own_speed).then(|| "no sound at this speed".to_owned());
        let sounding = file.sound && own_speed;
        let reel = Reel::open(file, sounding).await?;
        let note = match (&reel, silence) {
            (Reel::Ours(_), silence) => silence,
            (Reel::Ffmpeg(_), None) => Some(BY_FFMPEG.to_owned()),
            (Reel::Ffmpeg(_), Some(silence)) => Some(format!("{BY_FFMPEG}; {silence}")),
        };
        Ok(Self { reel, speed: file.speed, began: Instant::now(), last: None, note })
    }

    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        let arrival = self.reel.next().await?;
        let arrival = self.paced(arrival);
        if matches!(self.speed, Speed::Times(_)) {
            sleep_until(self.began + arrival.elapsed).await;
        }
        self.last = Some(arrival.elapsed);
        Ok(arrival)
    }

    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// With the times at which it is played, not those of the file.
    fn paced(&self, arrival: Arrival) -> Arrival {
        let elapsed = match self.speed {
            Speed::Times(times) => arrival.elapsed.div_f64(times.into()),
            Speed::Fastest => self.began.elapsed(),
        };
        let soonest = self.last.map_or(Duration::ZERO, |last| last + TICK);
        let elapsed = elapsed.max(soonest);
        let shown_after = match self.speed {
            Speed::Times(times) => arrival.shown_after.div_f64(times.into()),
            // About as much quicker as the file so far: enough to keep the order.
            Speed::Fastest if arrival.elapsed.is_zero() => Duration::ZERO,
            Speed::Fastest => {
                let quicker = elapsed.as_secs_f64() / arrival.elapsed.as_secs_f64();
                arrival.shown_after.mul_f64(quicker.min(1.0))
            }
        };
        Arrival { elapsed, shown_after, ..arrival }
    }
}

impl Reel {
    async fn open(file: &File, sounding: bool) -> Result<Self, SourceError> {
        match ours(file, sounding).await {
            Ok(ours) => Ok(Reel::Ours(ours)),
            Err(error) if may_be_another_container(&error) => {
                // What we say of a file that nobody can read is more exact.
                let child = others::open(file, sounding).await.map_err(|of_ffmpeg| {
                    tracing::debug!(%of_ffmpeg, "ffmpeg cannot read it either");
                    error
                })?;
                Ok(Reel::Ffmpeg(Box::new(child)))
            }
            Err(error) => Err(error),
        }
    }

    async fn next(&mut self) -> Result<Arrival, SourceError> {
        match self {
            Reel::Ours(ours) => ours.next().await,
            Reel::Ffmpeg(child) => child.next().await,
        }
    }
}

impl Ours {
    async fn next(&mut self) -> Result<Arrival, SourceError> {
        if self.repeat && self.next > 0 && self.next >= self.recording.samples().len() {
            self.before += self.recording.length();
            self.next = 0;
        }
        let (recording, next) = (Arc::clone(&self.recording), self.next);
        let arrival = off_the_runtime(move || recording.read(next)).await?;
        self.next += 1;
        let later = |heard: Heard| Heard { elapsed: self.before + heard.elapsed, ..heard };
        Ok(Arrival {
            elapsed: self.before + arrival.elapsed,
            sound: arrival.sound.into_iter().map(later).collect(),
            ..arrival
        })
    }
}

async fn ours(file: &File, sounding: bool) -> Result<Ours, SourceError> {
    let path: PathBuf = file.path.clone();
    let recording = off_the_runtime(move || Recording::open(path)).await?;
    let recording = Arc::new(if sounding { recording } else { recording.silent() });
    Ok(Ours { recording, repeat: file.repeat, next: 0, before: Duration::ZERO })
}

fn may_be_another_container(error: &SourceError) -> bool {
    match error {
        SourceError::File { source, .. } => source.kind() == std::io::ErrorKind::InvalidData,
        SourceError::Garbled { .. } | SourceError::UnknownCodec { .. } => true,
        _ => false,
    }
}

/// Reads files where it does not hold up others.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(SourceError::Ended { reason: error.to_string() }))
}
