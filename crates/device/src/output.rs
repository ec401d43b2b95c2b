//! Lamps, relays and sirens on pins.

use std::fmt;
use std::io;

use watchpost_model::DeviceId;
use watchpost_model::config::Output as Settings;

use crate::gpio::{self, PinFault, Wire};

/// A pin that is set, or one that is played. Off when it is made, and when it is dropped.
///
/// If the program dies without dropping it (`kill -9`, a crash), the kernel gives the pin back by
/// itself, and what becomes of its level is up to the chip's driver. The kernels of Raspberry Pi OS
/// leave it **as it was last** (`dtparam=strict_gpiod` in `/boot/firmware/config.txt` has it made an
/// input again, with its resistor of power-up); others usually make it an input. So a siren that was on
/// stays on until the program is started again, which systemd does within seconds, and takes the pin:
/// then it is off. At power-up, before anybody took it, the pin is an input: a relay board whose input
/// floats needs a resistor to the level that means off.
#[derive(Debug)]
pub struct Output {
    name: DeviceId,
    /// `None`: it is played.
    lead: Option<Box<dyn Lead>>,
}

/// What is put on and off.
trait Lead: fmt::Debug + Send {
    fn put(&mut self, on: bool) -> Result<(), PinFault>;
}

impl Lead for Wire {
    fn put(&mut self, on: bool) -> Result<(), PinFault> {
        Wire::put(self, on)
    }
}

/// Why an output does not obey.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct OutputError {
    what: String,
    source: io::Error,
    hint: &'static str,
}

impl OutputError {
    /// What its owner can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

impl From<PinFault> for OutputError {
    fn from(PinFault { what, source, hint }: PinFault) -> Self {
        Self { what, source, hint }
    }
}

impl Output {
    /// Takes the pin, and has it off.
    ///
    /// # Errors
    ///
    /// Why it is not to be had.
    pub fn open(settings: &Settings) -> Result<Self, OutputError> {
        let lead = match &settings.pin {
            Some(pin) => Some(Box::<dyn Lead>::from(Box::new(gpio::output(pin)?))),
            None => None,
        };
        Ok(Self { name: settings.name.clone(), lead })
    }

    /// Puts it on or off.
    ///
    /// # Errors
    ///
    /// Why not. A pin whose chip went away does not come back by itself: it is to be opened again.
    pub fn set(&mut self, on: bool) -> Result<(), OutputError> {
        match &mut self.lead {
            Some(lead) => Ok(lead.put(on)?),
            None => Ok(()),
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Err(error) = self.set(false) {
            let Self { name, .. } = self;
            tracing::warn!(output = %name, "may still be on: {error}: {}. {}", error.source, error.hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::sync::{Arc, Mutex};

    use watchpost_model::config::{Active, OutputKind, Pin};

    use super::*;

    /// A lamp that is played: how it stood, in order, and whether it obeys.
    #[derive(Clone, Debug, Default)]
    struct Lamp(Arc<Mutex<(Vec<bool>, bool)>>);

    impl Lead for Lamp {
        fn put(&mut self, on: bool) -> Result<(), PinFault> {
            let (stood, is_stuck) = &mut *self.0.lock().unwrap();
            stood.push(on);
            if *is_stuck {
                let source = io::Error::from_raw_os_error(19);
                return Err(PinFault { what: "it is stuck".to_owned(), source, hint: "loosen it" });
            }
            Ok(())
        }
    }

    impl Lamp {
        fn output(&self) -> Output {
            Output { name: "lamp".parse().unwrap(), lead: Some(Box::new(self.clone())) }
        }

        fn stood(&self) -> Vec<bool> {
            self.0.lock().unwrap().0.clone()
        }
    }

    fn settings(chip: Option<&str>) -> Settings {
        let pin = chip.map(|chip| Pin { chip: chip.into(), line: 27, active: Active::Low });
        Settings {
            name: "hall-lamp".parse().unwrap(),
            kind: OutputKind::Siren,
            pin,
            follows: None,
            max_on: None,
        }
    }

    #[test]
    fn it_obeys_and_is_off_when_it_is_dropped() {
        let lamp = Lamp::default();
        let mut output = lamp.output();
        for on in [true, true, false, true] {
            output.set(on).unwrap();
        }
        assert_eq!(lamp.stood(), [true, true, false, true]);
        drop(output);
        assert_eq!(lamp.stood(), [true, true, false, true, false]);
    }

    #[test]
    fn what_does_not_obey_says_so_and_is_tried_again_at_the_end() {
        let lamp = Lamp::default();
        let mut output = lamp.output();
        output.set(true).unwrap();
        lamp.0.lock().unwrap().1 = true;
        let error = output.set(false).unwrap_err();
        assert_eq!(error.to_string(), "it is stuck");
        assert_eq!(error.source().unwrap().to_string(), "No such device (os error 19)");
        assert_eq!(error.hint(), "loosen it");
        drop(output);
        assert_eq!(lamp.stood(), [true, false, false]);
    }

    #[test]
    fn one_that_is_played_needs_no_pin() {
        let mut output = Output::open(&settings(None)).unwrap();
        output.set(true).unwrap();
        output.set(false).unwrap();
    }

    #[test]
    fn a_pin_that_is_not_there_is_told_with_a_hint() {
        let error = Output::open(&settings(Some("/dev/no-such-gpiochip"))).unwrap_err();
        assert_eq!(error.to_string(), "/dev/no-such-gpiochip is not there");
        assert_eq!(error.source().unwrap().to_string(), "No such file or directory (os error 2)");
        assert!(error.hint().contains("gpiodetect"), "{}", error.hint());
    }
}
