//! Sensors that are none, for trying rules: played over the API, by a file, or both.

mod json; // what a file says
mod look; // whether that changed

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};
use watchpost_model::Reading;
use watchpost_model::config::SimSensor;

use self::look::Watched;
use crate::Report;
use crate::report::Fault;

pub use self::json::{Unreadable, reading};

/// Plays a sensor. Clones play the same one.
#[derive(Clone, Debug, Default)]
pub struct Player(Arc<Queue>);

/// What was played and not told yet: [`Queue::MOST`] readings; then the oldest gives way.
#[derive(Debug, Default)]
struct Queue {
    readings: Mutex<VecDeque<Reading>>,
    filled: Notify,
}

impl Queue {
    const MOST: usize = 64;

    fn with<T>(&self, work: impl FnOnce(&mut VecDeque<Reading>) -> T) -> T {
        // A queue is whole between any two of its calls, even if a holder panicked.
        work(&mut self.readings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Player {
    /// Has the sensor tell this. If several come before it was asked, each is told; of more than 64
    /// the newest 64.
    pub fn play(&self, reading: Reading) {
        let lost = self.0.with(|readings| {
            let is_full = readings.len() == Queue::MOST;
            let lost = if is_full { readings.pop_front() } else { None };
            readings.push_back(reading);
            lost
        });
        if lost.is_some() {
            tracing::warn!(
                "a played sensor is not asked as fast as it is played: a reading is lost"
            );
        }
        self.0.filled.notify_one();
    }

    /// The next reading that was played; waits for it. Cancel safe.
    async fn next(&self) -> Reading {
        loop {
            if let Some(reading) = self.0.with(VecDeque::pop_front) {
                return reading;
            }
            self.0.filled.notified().await;
        }
    }
}

/// A sensor that is played.
#[derive(Debug)]
pub(crate) struct Played {
    player: Player,
    file: Option<File>,
}

impl Played {
    pub(crate) fn new(settings: SimSensor, player: Player) -> Self {
        Self { player, file: settings.file.map(File::new) }
    }

    pub(crate) async fn next(&mut self) -> Report {
        let Some(file) = &mut self.file else { return Report::Reading(self.player.next().await) };
        tokio::select! {
            biased;
            reading = self.player.next() => Report::Reading(reading),
            report = file.next() => report,
        }
    }
}

/// The file that plays a sensor. What it says is told at once; what is wrong with it, only when it
/// still is at the next look: it may be in the middle of being written.
#[derive(Debug)]
struct File {
    path: Arc<Path>,
    watched: Watched,
    /// When it is looked at next.
    due: Option<Instant>,
    told: Option<Fault>,
}

impl File {
    const EVERY: Duration = Duration::from_millis(100);

    fn new(path: PathBuf) -> Self {
        Self { path: path.into(), watched: Watched::default(), due: None, told: None }
    }

    async fn next(&mut self) -> Report {
        loop {
            if let Some(due) = self.due {
                sleep_until(due).await;
            }
            let (path, known) = (self.path.clone(), self.watched.known());
            let looked = spawn_blocking(move || look::look(&path, known)).await;
            // Nothing changed up to here, so a wait that is broken off loses nothing.
            self.due = Some(Instant::now() + Self::EVERY);
            // It fails only while the program ends.
            let Ok(looked) = looked else { continue };
            match self.watched.step(looked) {
                Some(Ok(reading)) => {
                    self.told = None;
                    return Report::Reading(reading);
                }
                Some(Err(what)) => {
                    let fault = what.told(&self.path);
                    if self.told.as_ref() != Some(&fault) {
                        let cause = fault.cause.clone();
                        let hint = fault.hint.to_owned();
                        self.told = Some(fault);
                        return Report::Lost { cause, hint };
                    }
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
