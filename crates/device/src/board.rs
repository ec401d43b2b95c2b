//! What boards say.

mod protocol; // their lines
mod pace; //     how often they are listened to
mod talk; //     what is said to them, and what their words mean

use tokio::time::{Instant, sleep_until};
use watchpost_model::config::SerialSensor;

use crate::Report;
use crate::serial::{Event, Line};

pub use protocol::{Garbage, LONGEST, Led, Order, Plain, Refusal, Said, Setting, parse};

use talk::Talk;

/// A board on a serial line.
///
/// It is asked who it is, gets its settings (and again whenever it says hello, for then it was reset),
/// and is opened again by itself when its port fails. Changes are passed on at once; what says nothing
/// new, ten times a second at most. An older board, which knows no hello, is listened to only.
#[derive(Debug)]
pub struct Board {
    line: Line,
    talk: Box<Talk>,
}

impl Board {
    /// The board of these settings; nothing is opened yet.
    #[must_use]
    pub fn new(settings: SerialSensor) -> Self {
        let line = Line::new(settings.port.clone(), settings.baud);
        Self { line, talk: Box::new(Talk::new(settings)) }
    }

    /// How many lines were not understood.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.talk.garbage()
    }

    /// As [`crate::Sensor::next`].
    pub async fn next(&mut self) -> Report {
        loop {
            let now = Instant::now();
            if let Some(report) = self.talk.tick(now) {
                return report;
            }
            while let Some(words) = self.talk.say() {
                self.line.say(&words);
            }
            let wake_at = self.talk.wake_at();
            let event = tokio::select! {
                event = self.line.next() => event,
                () = sleep_until(wake_at.unwrap_or(now)), if wake_at.is_some() => {
                    continue;
                }
            };
            if let Some(report) = self.take(&event) {
                return report;
            }
        }
    }

    fn take(&mut self, event: &Event) -> Option<Report> {
        let now = Instant::now();
        match event {
            Event::Opened => self.talk.opened(now),
            Event::Arrived(count) => self.talk.arrived(*count, now),
            Event::Failed(trouble) => return self.talk.failed(trouble, now),
            Event::Piece(piece) => {
                let report = self.talk.heard(piece, now);
                if self.talk.is_well() {
                    self.line.is_well();
                }
                return report;
            }
        }
        None
    }
}
