//! Infrared lights on a serial line.

mod protocol; // its lines
mod talk; //     what is said to it, and what its words mean

use tokio::time::{Instant, sleep_until};
use watchpost_model::Fraction;
use watchpost_model::config::LightLink;

use crate::serial::{Event, Line};

pub use protocol::{Garbage, Said, parse};

use talk::{Settings, Talk};

/// What a light has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// How bright the room is.
    Brightness(Fraction),
    /// It did what it was told: it is on, or off.
    Is(bool),
    /// It cannot be reached or does not obey. As [`crate::Report::Lost`].
    Lost {
        /// What happened.
        cause: String,
        /// What its owner can do about it.
        hint: String,
    },
}

/// A light. What it was last told is told again whenever it comes back.
///
/// A command that is not answered within its timeout is sent three times more; then it does not obey,
/// and says nothing else until it does. It is tried again by itself.
#[derive(Debug)]
pub struct Light {
    link: Link,
}

#[derive(Debug)]
enum Link {
    Serial(Box<Wire>),
    Sim(Played),
}

#[derive(Debug)]
struct Wire {
    line: Line,
    talk: Talk,
}

/// A light that is played: what it has to say yet.
#[derive(Debug, Default)]
struct Played {
    wanted: Option<bool>,
    is: Option<bool>,
    brightness: Option<Fraction>,
}

impl Light {
    /// The light attached so; nothing is opened yet. Nothing is sent before the first [`Light::set`].
    #[must_use]
    pub fn new(link: LightLink) -> Self {
        let link = match link {
            LightLink::Sim => Link::Sim(Played::default()),
            LightLink::Serial { port, baud, timeout, updates_per_sec, on_command, off_command } => {
                Link::Serial(Box::new(Wire {
                    line: Line::new(port.clone(), baud),
                    talk: Talk::new(Settings {
                        port,
                        baud,
                        timeout,
                        updates_per_sec,
                        on_command,
                        off_command,
                    }),
                }))
            }
        };
        Self { link }
    }

    /// Has it be on or off from now on; [`Light::next`] does it.
    pub fn set(&mut self, on: bool) {
        match &mut self.link {
            Link::Serial(wire) => wire.talk.set(on, Instant::now()),
            Link::Sim(played) => {
                if played.wanted.replace(on) != Some(on) {
                    played.is = Some(on);
                }
            }
        }
    }

    /// Plays the brightness of a light that is played; nothing to others.
    pub fn play(&mut self, brightness: Fraction) {
        if let Link::Sim(played) = &mut self.link {
            played.brightness = Some(brightness);
        }
    }

    /// The next thing it has to say; waits for it. Cancel safe.
    pub async fn next(&mut self) -> Report {
        match &mut self.link {
            Link::Serial(wire) => wire.next().await,
            Link::Sim(played) => match played.next() {
                Some(report) => report,
                // Only `set` and `play` change that, and neither can be called meanwhile.
                None => std::future::pending().await,
            },
        }
    }
}

impl Played {
    fn next(&mut self) -> Option<Report> {
        let is = self.is.take().map(Report::Is);
        is.or_else(|| self.brightness.take().map(Report::Brightness))
    }
}

impl Wire {
    async fn next(&mut self) -> Report {
        loop {
            let now = Instant::now();
            if let Some(report) = self.talk.tick(now) {
                return report;
            }
            if let Some(command) = self.talk.say(now) {
                self.line.say(command);
            }
            let wake_at = self.talk.wake_at();
            let event = tokio::select! {
                event = self.line.next() => event,
                () = sleep_until(wake_at.unwrap_or(now)), if wake_at.is_some() => continue,
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
