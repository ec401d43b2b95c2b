//! A channel of a PWM chip, by the files of the kernel (Documentation/ABI/testing/sysfs-class-pwm).

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::fault::{self, ServoError};

/// From one pulse to the next: what every servo takes.
const PERIOD: Duration = Duration::from_millis(20);

/// How long the files of a new channel may stay closed to us.
const PATIENCE: Duration = Duration::from_secs(1);

/// The kernel's files.
pub(super) trait Files: fmt::Debug + Send {
    /// The text of a file.
    fn read(&self, path: &Path) -> io::Result<String>;
    /// Has the kernel take this text; creates nothing.
    fn write(&self, path: &Path, text: &str) -> io::Result<()>;
    /// Whether a file may be written; writes nothing.
    fn may_write(&self, path: &Path) -> io::Result<()>;
    /// Whether a folder is there.
    fn is_folder(&self, path: &Path) -> bool;
    /// Lets others work for a while.
    fn pause(&self, length: Duration);
}

/// The files of this machine.
#[derive(Debug)]
pub(super) struct Sysfs;

impl Files for Sysfs {
    fn read(&self, path: &Path) -> io::Result<String> {
        fs::read_to_string(path)
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        OpenOptions::new().write(true).truncate(true).open(path)?.write_all(text.as_bytes())
    }

    fn may_write(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(path).map(drop)
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn pause(&self, length: Duration) {
        thread::sleep(length);
    }
}

/// A channel that is ours. Sends nothing any more, and is given back, when it is dropped.
#[derive(Debug)]
pub(super) struct Channel {
    files: Box<dyn Files>,
    chip: PathBuf,
    number: u32,
    /// Nobody had exported it, so it goes back that way.
    is_export_ours: bool,
    state: State,
    /// The pulse that the chip was told last, if that is known.
    pulse: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Silent,
    Sends,
    /// It was told to change that, and failed.
    Unknown,
}

impl Channel {
    /// Takes the channel, and has it send nothing. If it is exported already it is taken as it is: by
    /// the settings it is ours, and a program that was killed leaves it so. No other channel is touched.
    pub(super) fn take(
        files: Box<dyn Files>,
        chip: &Path,
        number: u32,
    ) -> Result<Self, ServoError> {
        let count = files.read(&chip.join("npwm")).map_err(|error| fault::no_chip(chip, error))?;
        let count = count.trim().parse().map_err(|error| {
            fault::no_chip(chip, io::Error::new(io::ErrorKind::InvalidData, error))
        })?;
        if number >= count {
            return Err(fault::no_channel(chip, count, number));
        }
        let chip = chip.to_owned();
        let state = State::Silent;
        let mut channel = Self { files, chip, number, is_export_ours: false, state, pulse: None };
        if !channel.files.is_folder(&channel.folder()) {
            let export = channel.chip.join("export");
            let exported = channel.files.write(&export, &number.to_string());
            exported.map_err(|error| channel.fault("cannot be taken", error))?;
            channel.is_export_ours = true;
        }
        channel.wait().map_err(|error| channel.fault("cannot be taken", error))?;
        channel.prepare().map_err(|error| channel.fault("cannot be set up", error))?;
        Ok(channel)
    }

    /// Has the chip send `pulse` every 20 ms from now on.
    pub(super) fn send(&mut self, pulse: Duration) -> Result<(), ServoError> {
        let told = self.try_send(pulse);
        told.map_err(|error| self.fault("does not obey", error))
    }

    /// Has it send nothing any more.
    pub(super) fn rest(&mut self) -> Result<(), ServoError> {
        let told = self.try_rest();
        told.map_err(|error| self.fault("does not obey", error))
    }

    /// Waits until its files are there and ours: udev gives them to their group after the kernel has
    /// made them, and tells nobody when it is done.
    fn wait(&self) -> io::Result<()> {
        let may_write = || {
            let files = ["period", "duty_cycle", "enable"];
            files.iter().try_for_each(|name| self.files.may_write(&self.folder().join(name)))
        };
        let (mut waited, mut pause) = (Duration::ZERO, Duration::from_millis(1));
        loop {
            match may_write() {
                Err(error) if waited < PATIENCE && may_pass(&error) => {}
                done => return done,
            }
            self.files.pause(pause);
            waited += pause;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Sets all but the pulse. The kernel refuses each state as a whole that it could not be in, so no
    /// file is written in vain (a new channel has a period of 0, and then nothing but the period may be
    /// set), and the pulse goes before the period, as it may be longer than the new one.
    fn prepare(&mut self) -> io::Result<()> {
        let is = |name: &str, value: &str| Ok::<_, io::Error>(self.read(name)?.trim() == value);
        if !is("enable", "0")? {
            self.write("enable", "0")?;
        }
        if !is("duty_cycle", "0")? {
            self.write("duty_cycle", "0")?;
        }
        let period = PERIOD.as_nanos().to_string();
        if !is("period", &period)? {
            self.write("period", &period)?;
        }
        // Some chips know one polarity only, and have no such file.
        if is("polarity", "inversed").unwrap_or(false) {
            self.write("polarity", "normal")?;
        }
        self.pulse = Some(Duration::ZERO);
        Ok(())
    }

    fn try_send(&mut self, pulse: Duration) -> io::Result<()> {
        if self.pulse != Some(pulse) {
            self.pulse = None;
            self.write("duty_cycle", &pulse.as_nanos().to_string())?;
            self.pulse = Some(pulse);
        }
        if self.state != State::Sends {
            self.state = State::Unknown;
            self.write("enable", "1")?;
            self.state = State::Sends;
        }
        Ok(())
    }

    fn try_rest(&mut self) -> io::Result<()> {
        if self.state != State::Silent {
            self.state = State::Unknown;
            self.write("enable", "0")?;
            self.state = State::Silent;
        }
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.chip.join(format!("pwm{}", self.number))
    }

    fn read(&self, name: &str) -> io::Result<String> {
        self.files.read(&self.folder().join(name))
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        self.files.write(&self.folder().join(name), text)
    }

    fn fault(&self, what: &str, error: io::Error) -> ServoError {
        fault::of(format!("channel {} of {} {what}", self.number, self.chip.display()), error)
    }
}

/// Whether waiting may mend it.
fn may_pass(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
}

impl Drop for Channel {
    fn drop(&mut self) {
        let mut given_back = self.try_rest();
        if self.is_export_ours {
            let unexport = self.chip.join("unexport");
            let unexported = self.files.write(&unexport, &self.number.to_string());
            given_back = given_back.and(unexported);
        }
        if let Err(error) = given_back {
            let (chip, number) = (self.chip.display(), self.number);
            tracing::warn!(
                "channel {number} of {chip} is not given back, a servo may still hold: {error}"
            );
        }
    }
}

#[cfg(test)]
mod tests;
