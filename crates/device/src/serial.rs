//! Lines of text over a wire.
//!
//! A [`Line`] opens its port, and opens it again, by itself. Whoever owns it says what to send and asks
//! for the next [`Event`], for ever.

mod split; //   bytes, cut into lines
mod ear; //     silence and garbage
mod trouble; // why a port cannot be used
mod outage; //  which causes were told

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags};
use serial2_tokio::SerialPort;
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tokio::time::{Instant, sleep_until};
use watchpost_model::Fraction;
use watchpost_watch::backoff::Backoff;

pub(crate) use ear::{Complaint, Ear};
pub(crate) use outage::Outage;
pub(crate) use split::Piece;
pub(crate) use trouble::{Loss, Trouble};

use split::{CHUNK, Splitter};

/// A port that fails is tried again after about this long, and after twice that, and so on up to ...
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// ... this.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long a line may take to get away. At 300 bits in a second 80 characters take 2.7 s, but the
/// kernel takes them long before.
const SENDING: Duration = Duration::from_secs(2);
/// The most that waits to be sent: a few lines. A line that does not fit is dropped.
const OUTBOX: usize = 512;

/// What comes is metered in slices of this length.
const SLICE: Duration = Duration::from_millis(100);
/// What is looked at in a slice, in bytes. 40 KiB in a second: at 230 400 bits come 23.
const TAKEN: usize = CHUNK;
/// What is read in a slice. What was read and not looked at is dropped; what was not read waits in
/// the kernel, which stops the sender or drops it.
const READ: usize = 16 * CHUNK;

/// A line of text each way over a serial port.
#[derive(Debug)]
pub(crate) struct Line {
    path: PathBuf,
    baud: u32,
    waits: Backoff,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not open, to be opened then; `None`: at once.
    Shut(Option<Instant>),
    /// On a thread of its own: some drivers speak with the device before they answer.
    Opening(JoinHandle<Result<Port, Trouble>>),
    Open(Port),
}

/// What happens on a [`Line`].
#[derive(Debug)]
pub(crate) enum Event {
    /// It is open; nothing was sent or read yet.
    Opened,
    /// So many bytes came. The pieces that end in them follow.
    Arrived(usize),
    /// What lies between two line ends came.
    Piece(Piece),
    /// It is shut, and is opened again after a while.
    Failed(Trouble),
}

impl Line {
    /// The port of that name, at so many bits in a second; nothing is opened yet.
    pub(crate) fn new(path: PathBuf, baud: u32) -> Self {
        let waits = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        Self { path, baud, waits, state: State::Shut(None) }
    }

    /// Has this be sent, with a line's end; [`Line::next`] does it. Nothing is sent while it is shut.
    pub(crate) fn say(&mut self, text: &str) {
        if let State::Open(port) = &mut self.state {
            port.say(text);
        }
    }

    /// The other end makes sense: the next failure is a first one.
    pub(crate) fn is_well(&mut self) {
        self.waits.succeeded();
    }

    /// The next thing that happens; waits for it. Cancel safe.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            match &mut self.state {
                State::Shut(again) => {
                    if let Some(again) = *again {
                        sleep_until(again).await;
                    }
                    let (path, baud) = (self.path.clone(), self.baud);
                    self.state = State::Opening(spawn_blocking(move || Port::open(&path, baud)));
                }
                State::Opening(task) => {
                    let opened = task
                        .await
                        .unwrap_or_else(|error| Err(Trouble::Other(std::io::Error::other(error))));
                    match opened {
                        Ok(port) => {
                            self.state = State::Open(port);
                            return Event::Opened;
                        }
                        Err(trouble) => return self.fail(trouble),
                    }
                }
                State::Open(port) => match port.next().await {
                    Ok(event) => return event,
                    Err(trouble) => return self.fail(trouble),
                },
            }
        }
    }

    fn fail(&mut self, trouble: Trouble) -> Event {
        let wait = self.waits.failed(Fraction::clamped(rand::random()));
        tracing::debug!(port = %self.path.display(), ?trouble, ?wait, "serial port is shut");
        self.state = State::Shut(Some(Instant::now() + wait));
        Event::Failed(trouble)
    }
}

/// A port that is open.
#[derive(Debug)]
struct Port {
    serial: SerialPort,
    /// Keeps other programs away; released by the kernel when it is closed.
    _lock: OwnedFd,
    splitter: Splitter,
    meter: Meter,
    outbox: Vec<u8>,
    /// When the outbox has to be empty.
    sent_by: Instant,
}

impl Port {
    /// Opens it raw: 8 bits, no parity, one stop bit, no flow control.
    fn open(path: &Path, baud: u32) -> Result<Self, Trouble> {
        let lock = lock(path).map_err(|errno| Trouble::opening(errno.into()))?;
        let serial = SerialPort::open(path, baud).map_err(Trouble::opening)?;
        // Only now, for it keeps from opening whoever is not root. Not every line knows it.
        if let Err(error) = rustix::termios::ioctl_tiocexcl(&lock) {
            tracing::debug!(port = %path.display(), %error, "is not exclusive");
        }
        let now = Instant::now();
        Ok(Self {
            serial,
            _lock: lock,
            splitter: Splitter::new(),
            meter: Meter::new(now),
            outbox: Vec::with_capacity(OUTBOX),
            sent_by: now,
        })
    }

    fn say(&mut self, text: &str) {
        if self.outbox.len() + text.len() + 1 > OUTBOX {
            tracing::debug!(text, "dropped: too much waits to be sent");
            return;
        }
        if self.outbox.is_empty() {
            self.sent_by = Instant::now() + SENDING;
        }
        self.outbox.extend_from_slice(text.as_bytes());
        self.outbox.push(b'\n');
    }

    async fn next(&mut self) -> Result<Event, Trouble> {
        loop {
            if let Some(piece) = self.splitter.pop() {
                return Ok(Event::Piece(piece));
            }
            if self.meter.must_yield() {
                yield_now().await;
            }
            let rest_until = self.meter.rest_until(Instant::now());
            let rests = rest_until.is_some();
            // What was awaited is noted without another await: whoever breaks off loses nothing.
            tokio::select! {
                biased;
                sent = self.serial.write(&self.outbox), if !self.outbox.is_empty() => {
                    let count = sent.map_err(Trouble::using)?;
                    self.outbox.drain(..count.min(self.outbox.len()));
                }
                () = sleep_until(self.sent_by), if !self.outbox.is_empty() => {
                    return Err(Trouble::Stuck);
                }
                () = sleep_until(rest_until.unwrap_or(self.sent_by)), if rests => {}
                read = self.serial.read(self.splitter.room()), if !rests => {
                    return self.arrived(read.map_err(Trouble::using)?);
                }
            }
        }
    }

    fn arrived(&mut self, count: usize) -> Result<Event, Trouble> {
        if count == 0 {
            return Err(Trouble::Unplugged);
        }
        if self.meter.take(count) {
            self.splitter.filled(count);
        } else {
            self.splitter.tear();
        }
        Ok(Event::Arrived(count))
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // Otherwise closing waits, up to 30 s, for what cannot be sent. What is unplugged has nothing
        // to throw away, so an error says nothing.
        drop(self.serial.discard_buffers());
    }
}

/// The lock on a port: for other recorders and for all programs that lock ports by `flock` (picocom,
/// pyserial, tio).
fn lock(path: &Path) -> rustix::io::Result<OwnedFd> {
    // NOCTTY: the recorder must not be hung up with the line. NONBLOCK: it must not wait for a modem.
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty())?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// How much came in this slice of time.
#[derive(Debug)]
struct Meter {
    slice_ends: Instant,
    taken: usize,
    read: usize,
    /// All that was dropped since the port was opened.
    dropped: u64,
    worked: bool,
}

impl Meter {
    fn new(now: Instant) -> Self {
        Self { slice_ends: now, taken: 0, read: 0, dropped: 0, worked: false }
    }

    /// Whether others must have their turn before more is read.
    fn must_yield(&mut self) -> bool {
        std::mem::take(&mut self.worked)
    }

    /// Nothing is to be read before then, if anything.
    fn rest_until(&mut self, now: Instant) -> Option<Instant> {
        if now >= self.slice_ends {
            self.slice_ends = now + SLICE;
            self.taken = 0;
            self.read = 0;
        }
        (self.read >= READ).then_some(self.slice_ends)
    }

    /// So many bytes came. Whether to look at them; else they are counted as dropped.
    fn take(&mut self, count: usize) -> bool {
        self.worked = true;
        self.read += count;
        if self.taken + count <= TAKEN {
            self.taken += count;
            return true;
        }
        if self.dropped == 0 {
            tracing::warn!("more comes over a serial line than it can carry; the rest is dropped");
        }
        self.dropped = self.dropped.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        tracing::debug!(self.dropped, "bytes dropped");
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_taken_by_spoonfuls_and_the_rest_is_counted() {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        let mut taken = 0;
        let mut now = start;
        while now < start + Duration::from_secs(1) {
            match meter.rest_until(now) {
                Some(until) => {
                    assert!(until > now, "it would not rest");
                    now = until;
                }
                None => taken += if meter.take(1_000) { 1_000 } else { 0 },
            }
        }
        assert_eq!(taken, 40_000);
        assert_eq!(meter.dropped, 10 * (66_000 - 4_000));
    }

    #[test]
    fn what_a_wire_can_carry_is_all_taken() {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        for millisecond in 0..1_000 {
            assert!(meter.rest_until(start + Duration::from_millis(millisecond)).is_none());
            assert!(meter.take(23));
        }
    }
}
