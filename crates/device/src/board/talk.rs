//! What is said to a board, and what its words mean. Knows no port and no clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;
use watchpost_model::config::SerialSensor;
use watchpost_model::{Distance, Reading};

use super::pace::Pace;
use super::protocol::{Garbage, Led, Order, Plain, Refusal, Said, Setting, parse};
use crate::Report;
use crate::serial::{Complaint, Ear, Loss, Outage, Piece, Trouble};

/// The version of the protocol that is spoken here.
const VERSION: u32 = 1;
/// A board that did not say who it is is asked again after this long.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// A board of version 1 is heard twice a second.
const SILENCE: Duration = Duration::from_secs(5);
/// A setting that was not answered is sent again after this long ...
const ANSWER: Duration = Duration::from_secs(1);
/// ... and no more than so often in all.
const TRIES: u8 = 3;
/// After so many lines of the older protocol it is not asked any more.
const PLAIN_LINES: u8 = 3;

/// The talk with one board.
#[derive(Debug)]
pub(super) struct Talk {
    settings: SerialSensor,
    /// `None` while the port is shut.
    open: Option<Open>,
    to_say: VecDeque<Order>,
    pace: Pace,
    outage: Outage,
    /// Lines that made no sense, since the start.
    garbage: u64,
}

/// What is known since the port was opened.
#[derive(Debug)]
struct Open {
    ear: Ear,
    board: Board,
    /// Whether a reading came.
    well: bool,
    /// When to ask who it is.
    ask_at: Option<Instant>,
    /// What it has to be told yet, the first of it now.
    settings: VecDeque<Setting>,
    sent: Option<Sent>,
}

/// A setting that was sent and not answered yet: the first one of [`Open::settings`].
#[derive(Debug)]
struct Sent {
    tries: u8,
    due: Instant,
}

/// Which protocol it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Board {
    /// Nobody knows; so many plain lines came.
    Unknown(u8),
    /// Version 1.
    Ours,
    /// Another version: nothing that it says can be trusted.
    Foreign,
    /// The plain one of older boards.
    Plain,
}

impl Talk {
    pub(super) fn new(settings: SerialSensor) -> Self {
        let pace = Pace::new(settings.within);
        let outage = Outage::default();
        Self { settings, open: None, to_say: VecDeque::new(), pace, outage, garbage: 0 }
    }

    /// The port was opened.
    pub(super) fn opened(&mut self, now: Instant) {
        self.to_say.clear();
        self.open = Some(Open {
            ear: Ear::new(now),
            board: Board::Unknown(0),
            well: false,
            ask_at: Some(now),
            settings: VecDeque::new(),
            sent: None,
        });
    }

    /// The port was shut.
    pub(super) fn failed(&mut self, trouble: &Trouble, now: Instant) -> Option<Report> {
        self.open = None;
        self.to_say.clear();
        self.lose(trouble.loss(&self.settings.port), now)
    }

    /// So many bytes came.
    pub(super) fn arrived(&mut self, count: usize, now: Instant) {
        if let Some(open) = &mut self.open {
            open.ear.arrived(count, now);
        }
    }

    /// These were a line.
    pub(super) fn heard(&mut self, piece: &Piece, now: Instant) -> Option<Report> {
        let (line, whole) = match piece {
            Piece::Whole(line) => (&line[..], true),
            Piece::Torn(line) => (&line[..], false),
            Piece::Long => {
                self.note_garbage(b"", &Garbage::Long);
                return None;
            }
        };
        match parse(line) {
            // The end of a plain line may be another plain line: "Distance: 111".
            Ok(Said::Plain(_)) | Err(_) if !whole => None,
            Ok(Said::Plain(plain)) => self.heard_plain(plain, now),
            Ok(said) => self.heard_checked(said, now),
            Err(why) => {
                self.note_garbage(line, &why);
                None
            }
        }
    }

    /// Whether it told a reading since the port was opened.
    pub(super) fn is_well(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.well)
    }

    /// What is to be sent next.
    pub(super) fn say(&mut self) -> Option<String> {
        self.to_say.pop_front().map(Order::encode)
    }

    /// Time passed; due at [`Talk::wake_at`].
    pub(super) fn tick(&mut self, now: Instant) -> Option<Report> {
        if let Some(reading) = self.pace.due(now) {
            return Some(Report::Reading(reading));
        }
        let open = self.open.as_mut()?;
        if open.ask_at.is_some_and(|at| now >= at) {
            open.ask_at = Some(now + ASK_EVERY);
            self.to_say.push_back(Order::Who);
        }
        if open.sent.as_ref().is_some_and(|sent| now >= sent.due) {
            return self.not_taken("it did not answer", now);
        }
        let complaint = open.ear.complaint(open.board.silence(), now)?;
        self.complain(complaint, now)
    }

    /// When [`Talk::tick`] is due next, if at all.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let open = self.open.as_ref();
        let listening = open.and_then(|open| open.ear.wake_at(open.board.silence()));
        let asking = open.and_then(|open| open.ask_at);
        let setting = open.and_then(|open| open.sent.as_ref()).map(|sent| sent.due);
        [listening, asking, setting, self.pace.wake_at()].into_iter().flatten().min()
    }

    fn heard_plain(&mut self, plain: Plain, now: Instant) -> Option<Report> {
        let open = self.open.as_mut()?;
        match open.board {
            // It has checksums; this is what noise makes of a line.
            Board::Ours | Board::Foreign => {
                self.note_garbage(b"plain line", &"of another protocol");
                return None;
            }
            Board::Plain => {}
            Board::Unknown(lines) if lines + 1 < PLAIN_LINES => {
                open.board = Board::Unknown(lines + 1);
            }
            Board::Unknown(_) => {
                tracing::debug!(port = %self.settings.port.display(), "a board of the older kind");
                open.board = Board::Plain;
                open.ask_at = None;
            }
        }
        open.ear.understood(now);
        let yes = Reading { on: Some(true), momentary: true, ..Reading::default() };
        let at = |distance| Reading { distance: Some(distance), ..Reading::default() };
        let reading = match plain {
            Plain::Distance(distance) => at(distance),
            // Such a board may never say that it has gone.
            Plain::Obstacle => Reading { momentary: true, ..at(Distance::Millimetres(0)) },
            Plain::Motion | Plain::Trigger => yes,
        };
        self.read(reading, now)
    }

    fn heard_checked(&mut self, said: Said, now: Instant) -> Option<Report> {
        let open = self.open.as_mut()?;
        open.ear.understood(now);
        match said {
            Said::Hello { version, firmware, id } => {
                tracing::info!(port = %self.settings.port.display(), version, firmware, id, "board");
                self.greet(version, now)
            }
            Said::Reading { .. } if open.board == Board::Foreign => None,
            Said::Reading { pir, distance, .. } => {
                if open.board == Board::Plain {
                    open.ask_at = Some(now);
                }
                if open.board != Board::Ours {
                    open.board = Board::Unknown(0);
                }
                let on = Some(pir);
                let distance = Some(distance);
                self.read(Reading { on, distance, ..Reading::default() }, now)
            }
            Said::Taken(setting) => {
                if open.sent.is_some() && open.settings.front() == Some(&setting) {
                    self.next_setting(now);
                }
                None
            }
            // What is refused without a setting under way was the question who it is: it is asked
            // again anyway.
            Said::Refused(_) if open.sent.is_none() => None,
            Said::Refused(why @ (Refusal::Checksum | Refusal::Long)) => {
                self.not_taken(why.word(), now)
            }
            Said::Refused(why @ (Refusal::Unknown | Refusal::Range)) => {
                if let Some(sent) = &mut open.sent {
                    sent.tries = TRIES; // It would say the same again.
                }
                self.not_taken(why.word(), now)
            }
            Said::Plain(_) => None,
        }
    }

    fn greet(&mut self, version: u32, now: Instant) -> Option<Report> {
        let open = self.open.as_mut()?;
        open.ask_at = None;
        open.sent = None;
        open.settings.clear();
        if version != VERSION {
            open.board = Board::Foreign;
            let port = self.settings.port.display();
            return self.lose(
                Loss {
                    cause: format!(
                        "{port}: the board speaks version {version} of its protocol, the recorder \
                         version {VERSION}"
                    ),
                    hint: "put the firmware on the board that belongs to this version of Watchpost"
                        .into(),
                },
                now,
            );
        }
        open.board = Board::Ours;
        open.settings = [
            Setting::Range(self.settings.within),
            Setting::Debounce(self.settings.debounce),
            Setting::Led(Led::Follow),
        ]
        .into();
        self.send_setting(1, now);
        None
    }

    /// Sends the setting whose turn it is. One at a time: the board keeps only a few characters.
    fn send_setting(&mut self, tries: u8, now: Instant) {
        if let Some(open) = &mut self.open {
            let setting = open.settings.front();
            open.sent = setting.map(|_| Sent { tries, due: now + ANSWER });
            self.to_say.extend(setting.map(|setting| Order::Set(*setting)));
        }
    }

    fn next_setting(&mut self, now: Instant) {
        if let Some(open) = &mut self.open {
            open.settings.pop_front();
        }
        self.send_setting(1, now);
    }

    fn not_taken(&mut self, why: &str, now: Instant) -> Option<Report> {
        let open = self.open.as_mut()?;
        let tries = open.sent.take()?.tries;
        if tries < TRIES {
            self.send_setting(tries + 1, now);
            return None;
        }
        let setting = open.settings.front()?.encode();
        self.next_setting(now);
        let port = self.settings.port.display();
        self.lose(
            Loss {
                cause: format!("{port}: the board does not take the setting {setting}: {why}"),
                hint:
                    "reset the board; if that does not help, put the firmware on it that belongs \
                       to this version of Watchpost"
                        .into(),
            },
            now,
        )
    }

    fn complain(&mut self, complaint: Complaint, now: Instant) -> Option<Report> {
        let SerialSensor { port, baud, .. } = &self.settings;
        let port = port.display();
        let loss = match complaint {
            Complaint::Silence => Loss {
                cause: format!("{port}: the board says nothing"),
                hint: format!(
                    "is this its port, does it have power, and is its firmware on it? baud = {baud} \
                     must be the board's, too"
                ),
            },
            Complaint::Garbage => Loss {
                cause: format!("{port}: what comes makes no sense at {baud} baud"),
                hint: format!(
                    "baud = {baud} is set: is it the board's? And is this the board's port?"
                ),
            },
        };
        self.lose(loss, now)
    }

    fn read(&mut self, reading: Reading, now: Instant) -> Option<Report> {
        if let Some(open) = &mut self.open {
            open.well = true;
        }
        self.outage.over();
        self.pace.take(reading, now).map(Report::Reading)
    }

    fn lose(&mut self, loss: Loss, now: Instant) -> Option<Report> {
        let Loss { cause, hint } = self.outage.tell(loss, now)?;
        self.pace.forget();
        Some(Report::Lost { cause, hint })
    }

    /// How many lines were not understood.
    pub(super) fn garbage(&self) -> u64 {
        self.garbage
    }

    fn note_garbage(&mut self, line: &[u8], why: &dyn std::fmt::Display) {
        self.garbage = self.garbage.saturating_add(1);
        // The first of them, and now and then one: a flood of garbage must not become one of logs.
        if self.garbage < 20 || self.garbage.is_multiple_of(1_000) {
            let port = self.settings.port.display();
            let line = line.escape_ascii();
            tracing::debug!(%port, %line, %why, count = self.garbage, "garbage");
        }
    }
}

impl Board {
    /// How long it may be silent. An older board may speak only when somebody comes; the sensor's
    /// `heartbeat` watches over it.
    fn silence(self) -> Option<Duration> {
        match self {
            Board::Unknown(0) | Board::Ours => Some(SILENCE),
            Board::Unknown(_) | Board::Plain | Board::Foreign => None,
        }
    }
}

#[cfg(test)]
mod tests;
