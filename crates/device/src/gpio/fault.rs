//! Why a pin is not to be had.

use std::io;

use watchpost_model::config::Pin;

use crate::report::Fault;

/// Why a pin is not to be had, or was lost.
#[derive(Debug)]
pub(crate) struct PinFault {
    /// What happened, less what the system said.
    pub(crate) what: String,
    /// What the system said.
    pub(crate) source: io::Error,
    /// What its owner can do about it.
    pub(crate) hint: &'static str,
}

impl From<PinFault> for Fault {
    fn from(PinFault { what, source, hint }: PinFault) -> Self {
        Fault { cause: format!("{what}: {source}"), hint }
    }
}

/// What the chip tells of itself after a pin was refused.
#[derive(Debug, Default)]
pub(super) struct Chip {
    /// How many lines it has.
    pub(super) lines: Option<u32>,
    /// Who uses the pin.
    pub(super) user: Option<String>,
}

/// The kernel's number for a device that went away (`ENODEV`).
const GONE: i32 = 19;

/// The kernel's numbers for "cannot do that": `ENXIO`, `ENOTTY`, `EOPNOTSUPP`, and `ENOTSUPP`, which
/// is never to leave the kernel, and does.
const UNABLE: [i32; 4] = [6, 25, 95, 524];

/// What `source` means for `pin`.
pub(super) fn explain(pin: &Pin, source: io::Error, chip: Chip) -> PinFault {
    let (line, path) = (pin.line, pin.chip.display());
    let number = source.raw_os_error();
    let (what, hint) = match source.kind() {
        io::ErrorKind::NotFound => (format!("{path} is not there"), NO_CHIP),
        _ if number == Some(GONE) => (format!("{path} went away"), NO_CHIP),
        io::ErrorKind::PermissionDenied => (format!("{path} may not be used"), FORBIDDEN),
        io::ErrorKind::ResourceBusy => {
            let user = chip.user.filter(|user| !user.is_empty());
            let user = user.map_or("something else".to_owned(), |user| format!("{user:?}"));
            (format!("GPIO {line} of {path} is in use by {user}"), BUSY)
        }
        _ => match chip.lines {
            Some(lines) if lines <= line => {
                let last = lines.saturating_sub(1);
                (format!("{path} has the pins 0 to {last}, but no {line}"), NO_LINE)
            }
            _ if number.is_none() => (format!("{path} is no GPIO chip"), NO_CHIP),
            _ if number.is_some_and(|number| UNABLE.contains(&number)) => {
                (format!("GPIO {line} of {path} cannot do what is set"), UNABLE_HINT)
            }
            _ => (format!("GPIO {line} of {path} cannot be used"), OTHER),
        },
    };
    PinFault { what, source, hint }
}

const NO_CHIP: &str = "Look with `gpiodetect` or `ls /dev/gpiochip*` which chips there are, and set `chip`. On a \
                       Raspberry Pi it is /dev/gpiochip0, on a Raspberry Pi 5 with an older system /dev/gpiochip4.";
const FORBIDDEN: &str = "Put the user that runs Watchpost into the group gpio (`sudo usermod --append --groups gpio \
                         watchpost`) and start it again. As a service it also needs `DeviceAllow=char-gpiochip rw` \
                         (`systemctl edit watchpost`).";
const BUSY: &str = "Set another `pin`, or stop what uses this one: another sensor or output of the settings, another \
                    program, or a line `dtoverlay=` or `dtparam=` in /boot/firmware/config.txt. `gpioinfo` lists \
                    who uses which.";
const NO_LINE: &str = "Set `pin` to the number after \"GPIO\", not to that of the place on the header, and `chip` to \
                       the chip that has it.";
const UNABLE_HINT: &str = "This chip cannot tell when a pin changes, has no such resistor, or the kernel is older \
                           than 5.10. Set `pull = \"none\"`, or take a pin of the computer itself.";
const OTHER: &str =
    "Look with `gpioinfo` what the kernel says of this pin, and into the system's log (`dmesg`).";

#[cfg(test)]
mod tests {
    use watchpost_model::config::Active;

    use super::*;

    fn told(number: i32, chip: Chip) -> (String, &'static str) {
        let pin = Pin { chip: "/dev/gpiochip0".into(), line: 17, active: Active::High };
        let fault = explain(&pin, io::Error::from_raw_os_error(number), chip);
        (fault.what, fault.hint)
    }

    #[test]
    fn each_fault_is_told_with_its_own_remedy() {
        let chip = |lines, user: Option<&str>| Chip { lines, user: user.map(str::to_owned) };
        let faults = [
            (2, chip(None, None), "/dev/gpiochip0 is not there", NO_CHIP),
            (19, chip(None, None), "/dev/gpiochip0 went away", NO_CHIP),
            (13, chip(None, None), "/dev/gpiochip0 may not be used", FORBIDDEN),
            (1, chip(None, None), "/dev/gpiochip0 may not be used", FORBIDDEN),
            (
                16,
                chip(Some(54), Some("lirc")),
                "GPIO 17 of /dev/gpiochip0 is in use by \"lirc\"",
                BUSY,
            ),
            (
                16,
                chip(Some(54), Some("")),
                "GPIO 17 of /dev/gpiochip0 is in use by something else",
                BUSY,
            ),
            (22, chip(Some(8), None), "/dev/gpiochip0 has the pins 0 to 7, but no 17", NO_LINE),
            (22, chip(Some(54), None), "GPIO 17 of /dev/gpiochip0 cannot be used", OTHER),
            (
                6,
                chip(Some(54), None),
                "GPIO 17 of /dev/gpiochip0 cannot do what is set",
                UNABLE_HINT,
            ),
        ];
        for (number, chip, what, hint) in faults {
            assert_eq!(told(number, chip), (what.to_owned(), hint));
        }
    }

    #[test]
    fn the_cause_ends_with_what_the_system_said() {
        let pin = Pin { chip: "/dev/gpiochip0".into(), line: 17, active: Active::High };
        let source = io::Error::from_raw_os_error(2);
        let fault = Fault::from(explain(&pin, source, Chip::default()));
        let cause = "/dev/gpiochip0 is not there: No such file or directory (os error 2)";
        assert_eq!(fault.cause, cause);
    }
}
