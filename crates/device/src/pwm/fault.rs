//! Why a servo does not move.

use std::io;
use std::path::Path;

/// Why a servo does not move.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct ServoError {
    what: String,
    source: io::Error,
    hint: &'static str,
}

impl ServoError {
    /// What its owner can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

/// An angle that is none.
pub(super) fn no_angle() -> ServoError {
    let source = io::Error::new(io::ErrorKind::InvalidInput, "not a number");
    let what = "the servo cannot stand at this angle".to_owned();
    ServoError { what, source, hint: "Give an angle from 0 to 180." }
}

/// A chip that is not there, or none.
pub(super) fn no_chip(chip: &Path, source: io::Error) -> ServoError {
    let what = format!("{} is no PWM chip", chip.display());
    match source.kind() {
        io::ErrorKind::NotFound => ServoError { what, source, hint: NO_CHIP },
        _ => of(what, source),
    }
}

/// A channel that the chip does not have.
pub(super) fn no_channel(chip: &Path, channels: u32, channel: u32) -> ServoError {
    let last = channels.saturating_sub(1);
    let what = format!("{} has the channels 0 to {last}", chip.display());
    let source = io::Error::new(io::ErrorKind::InvalidInput, format!("there is no {channel}"));
    ServoError { what, source, hint: NO_CHANNEL }
}

/// A channel that does not do what it is told.
pub(super) fn of(what: String, source: io::Error) -> ServoError {
    let hint = match source.kind() {
        io::ErrorKind::NotFound => GONE,
        io::ErrorKind::PermissionDenied => FORBIDDEN,
        io::ErrorKind::ReadOnlyFilesystem => READ_ONLY,
        io::ErrorKind::ResourceBusy => BUSY,
        io::ErrorKind::InvalidInput => UNABLE,
        _ => OTHER,
    };
    ServoError { what, source, hint }
}

const NO_CHIP: &str = "Switch PWM on: on a Raspberry Pi write `dtoverlay=pwm-2chan` into /boot/firmware/config.txt and \
                       restart it. `ls /sys/class/pwm` lists the chips; set `pwm_chip` and `channel` if yours is \
                       another one.";
const NO_CHANNEL: &str =
    "Set `channel` to one that the chip has, or `pwm_chip` to the chip that has it.";
const GONE: &str = "The chip or its driver went away. Look into the system's log (`dmesg`).";
const FORBIDDEN: &str = "Put the user that runs Watchpost into the group gpio (`sudo usermod --append --groups gpio \
                         watchpost`) and start it again. On other systems than Raspberry Pi OS a udev rule has to \
                         give the files of /sys/class/pwm to that group.";
const READ_ONLY: &str = "The service may not write below /sys: `systemctl edit watchpost`, there [Service] \
                         ProtectKernelTunables=no, and restart it.";
const BUSY: &str = "Another driver has this channel: a fan, a display, or sound. Take another `channel`, or the line \
                    of that driver out of /boot/firmware/config.txt.";
const UNABLE: &str = "This channel cannot send a pulse every 20 ms. If another channel of the chip has another rhythm \
                      (a fan, a lamp), servos need a chip of their own.";
const OTHER: &str = "Look into the system's log (`dmesg`).";
