//! What is said to a light, and what its words mean. Knows no port and no clock.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;
use watchpost_model::Fraction;

use super::Report;
use super::protocol::{Said, parse};
use crate::serial::{Complaint, Ear, Loss, Outage, Piece, Trouble};

/// How often a command is sent again.
const AGAIN: u8 = 3;
/// A light that does not obey is tried anew after this long, or after its own timeout if that is
/// longer.
const REST: Duration = Duration::from_secs(10);
/// Commands are at least this far apart, whatever it answers.
const COMMANDS: Duration = Duration::from_millis(100);
/// A light that streams its brightness may be silent for this long, or for its timeout.
const SILENCE: Duration = Duration::from_secs(2);

/// How a light is attached and spoken to: a [`watchpost_model::config::LightLink::Serial`].
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) port: PathBuf,
    pub(super) baud: u32,
    pub(super) timeout: Duration,
    pub(super) updates_per_sec: u8,
    pub(super) on_command: String,
    pub(super) off_command: String,
}

/// The talk with one light.
#[derive(Debug)]
pub(super) struct Talk {
    settings: Settings,
    /// What it is to be; `None`: nobody said yet.
    wanted: Option<bool>,
    /// What was told last that it is.
    told: Option<bool>,
    /// `None` while the port is shut.
    open: Option<Open>,
    /// Whether it ever told its brightness; then it is expected to.
    streams: bool,
    brightness: Option<Fraction>,
    next_brightness: Option<Instant>,
    outage: Outage,
    /// Lines that made no sense, since the start.
    garbage: u64,
}

/// What is known since the port was opened.
#[derive(Debug)]
struct Open {
    ear: Ear,
    /// What it has obeyed to since it was opened or switched on.
    done: Option<bool>,
    command: Command,
    /// No command before this.
    not_before: Instant,
    /// Whether nothing is wrong with its obeying. If something is, its brightness is not told either:
    /// that would say that all is well.
    obeys: bool,
    /// It streamed, and is silent: what is said to it is not heard either.
    mute: bool,
    /// Whether it understood anything.
    well: bool,
}

#[derive(Clone, Copy, Debug)]
enum Command {
    /// Nothing is under way.
    None,
    /// It was sent, and sent again so often.
    Sent { on: bool, again: u8, due: Instant },
    /// It is to be sent again now, for the so manieth time.
    Again { on: bool, again: u8 },
}

impl Talk {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            wanted: None,
            told: None,
            open: None,
            streams: false,
            brightness: None,
            next_brightness: None,
            outage: Outage::default(),
            garbage: 0,
        }
    }

    /// It is to be on, or off.
    pub(super) fn set(&mut self, on: bool, now: Instant) {
        if self.wanted.replace(on) != Some(on)
            && let Some(open) = &mut self.open
        {
            open.not_before = open.not_before.min(now + COMMANDS);
        }
    }

    /// The port was opened.
    pub(super) fn opened(&mut self, now: Instant) {
        self.open = Some(Open {
            ear: Ear::new(now),
            done: None,
            command: Command::None,
            not_before: now,
            obeys: true,
            mute: false,
            well: false,
        });
    }

    /// The port was shut.
    pub(super) fn failed(&mut self, trouble: &Trouble, now: Instant) -> Option<Report> {
        self.open = None;
        self.lose(trouble.loss(&self.settings.port), now)
    }

    /// So many bytes came.
    pub(super) fn arrived(&mut self, count: usize, now: Instant) {
        if let Some(open) = &mut self.open {
            open.ear.arrived(count, now);
        }
    }

    /// Whether it was understood since the port was opened.
    pub(super) fn is_well(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.well)
    }

    /// These were a line.
    pub(super) fn heard(&mut self, piece: &Piece, now: Instant) -> Option<Report> {
        let open = self.open.as_mut()?;
        let line = match piece {
            Piece::Whole(line) | Piece::Torn(line) => &line[..],
            Piece::Long => &[],
        };
        // No line of a light is the end of another one, so a torn one may be believed.
        let Ok(said) = parse(line) else {
            self.garbage = self.garbage.saturating_add(1);
            if self.garbage < 20 || self.garbage.is_multiple_of(1_000) {
                let port = self.settings.port.display();
                let line = line.escape_ascii();
                tracing::debug!(%port, %line, count = self.garbage, "garbage");
            }
            return None;
        };
        open.ear.understood(now);
        open.well = true;
        open.mute = false;
        match said {
            Said::Done => {
                let (Command::Sent { on, .. } | Command::Again { on, .. }) = open.command else {
                    return None;
                };
                open.command = Command::None;
                open.done = Some(on);
                open.obeys = true;
                self.outage.over();
                (self.told.replace(on) != Some(on)).then_some(Report::Is(on))
            }
            Said::NotKnown => self.not_done(Why::NotKnown, now),
            Said::Reboot => {
                tracing::info!(port = %self.settings.port.display(), "the light was switched on");
                open.done = None;
                open.command = Command::None;
                None
            }
            Said::Bright(brightness) => {
                self.streams = true;
                self.brightness = Some(brightness).filter(|_| open.obeys);
                self.due_brightness(now)
            }
        }
    }

    /// Time passed; due at [`Talk::wake_at`].
    pub(super) fn tick(&mut self, now: Instant) -> Option<Report> {
        if let Some(report) = self.due_brightness(now) {
            return Some(report);
        }
        let silence = self.silence();
        let open = self.open.as_mut()?;
        if let Command::Sent { due, .. } = open.command
            && now >= due
        {
            return self.not_done(Why::NoAnswer, now);
        }
        let complaint = open.ear.complaint(silence, now)?;
        self.complain(complaint, now)
    }

    /// When [`Talk::tick`] or [`Talk::say`] is due next, if at all.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let open = self.open.as_ref()?;
        let command = match open.command {
            Command::Sent { due, .. } => Some(due),
            _ => self.command().map(|_| open.not_before),
        };
        let brightness = self.brightness.and(self.next_brightness);
        let listening = open.ear.wake_at(self.silence());
        [command, brightness, listening].into_iter().flatten().min()
    }

    /// The command to send now, if any. It counts as sent.
    pub(super) fn say(&mut self, now: Instant) -> Option<&str> {
        let (on, again) = self.command()?;
        let open = self.open.as_mut().filter(|open| now >= open.not_before)?;
        open.command = Command::Sent { on, again, due: now + self.settings.timeout };
        open.not_before = now + COMMANDS;
        Some(self.settings.word(on))
    }

    /// The command that has its turn, and for which time it is sent again.
    fn command(&self) -> Option<(bool, u8)> {
        let open = self.open.as_ref().filter(|open| !open.mute)?;
        let on = self.wanted?;
        match open.command {
            Command::Sent { .. } => None,
            Command::Again { on: before, again } if on == before => Some((on, again)),
            Command::None if open.done == Some(on) => None,
            Command::None | Command::Again { .. } => Some((on, 0)),
        }
    }

    fn not_done(&mut self, why: Why, now: Instant) -> Option<Report> {
        let rest = REST.max(self.settings.timeout);
        let open = self.open.as_mut()?;
        let Command::Sent { on, again, .. } = open.command else { return None };
        if self.wanted != Some(on) {
            open.command = Command::None;
            return None;
        }
        if again < AGAIN {
            open.command = Command::Again { on, again: again + 1 };
            return None;
        }
        open.command = Command::None;
        open.obeys = false;
        open.not_before = now + rest;
        let port = self.settings.port.display();
        let word = self.settings.word(on);
        self.lose(
            match why {
                Why::NoAnswer => Loss {
                    cause: format!("{port}: the light does not obey: no answer to {word:?}"),
                    hint: format!(
                        "is its receiving wire connected, and is baudrate = {} that of the board?",
                        self.settings.baud
                    ),
                },
                Why::NotKnown => Loss {
                    cause: format!("{port}: the light does not obey: it does not know {word:?}"),
                    hint: "set on_command and off_command to what its firmware knows".into(),
                },
            },
            now,
        )
    }

    fn complain(&mut self, complaint: Complaint, now: Instant) -> Option<Report> {
        let Settings { port, baud, .. } = &self.settings;
        let port = port.display();
        let loss = match complaint {
            Complaint::Silence => Loss {
                cause: format!("{port}: the light says nothing any more"),
                hint: "does it have power? Pull it out and plug it in again".into(),
            },
            Complaint::Garbage => Loss {
                cause: format!("{port}: what comes makes no sense at {baud} baud"),
                hint: format!(
                    "baudrate = {baud} is set: is it the light's? And is this the light's port?"
                ),
            },
        };
        if let Some(open) = &mut self.open
            && complaint == Complaint::Silence
        {
            open.mute = true;
            open.command = Command::None;
        }
        self.lose(loss, now)
    }

    fn lose(&mut self, loss: Loss, now: Instant) -> Option<Report> {
        self.brightness = None;
        self.told = None;
        if let Some(open) = &mut self.open {
            // It may have been switched off meanwhile: it is told anew, and its answer says that all
            // is well.
            open.done = None;
        }
        let Loss { cause, hint } = self.outage.tell(loss, now)?;
        Some(Report::Lost { cause, hint })
    }

    fn due_brightness(&mut self, now: Instant) -> Option<Report> {
        if self.next_brightness.is_some_and(|at| now < at) {
            return None;
        }
        let brightness = self.brightness.take()?;
        let pause = Duration::from_secs(1) / u32::from(self.settings.updates_per_sec.max(1));
        self.next_brightness = Some(now + pause);
        self.outage.over();
        Some(Report::Brightness(brightness))
    }

    fn silence(&self) -> Option<Duration> {
        self.streams.then(|| SILENCE.max(self.settings.timeout))
    }
}

#[derive(Clone, Copy, Debug)]
enum Why {
    NoAnswer,
    NotKnown,
}

impl Settings {
    fn word(&self, on: bool) -> &str {
        if on { &self.on_command } else { &self.off_command }
    }
}

#[cfg(test)]
mod tests;
