//! Analogue levels, by an MCP3008 on the SPI bus.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use embedded_hal::spi::SpiDevice;
use linux_embedded_hal::spidev::{SpiModeFlags, SpidevOptions};
use linux_embedded_hal::{SPIError, SpidevDevice};
use tokio::time::{Instant, sleep_until};
use watchpost_model::config::Mcp3008Sensor;
use watchpost_model::{Fraction, Reading};

use crate::Report;
use crate::report::{Fault, Outage};

/// Where the bus is had from.
pub(crate) trait Open: fmt::Debug {
    /// The chip, as it is selected on the bus.
    type Device: SpiDevice<Error = SPIError>;

    fn open(&mut self, path: &Path) -> io::Result<Self::Device>;
}

/// The buses of this machine.
#[derive(Debug)]
pub(crate) struct Kernel;

impl Open for Kernel {
    type Device = SpidevDevice;

    /// Opens the bus at 1 MHz, mode 0: at 2.7 V the chip takes 1.35 MHz at most.
    fn open(&mut self, path: &Path) -> io::Result<SpidevDevice> {
        let mut device = SpidevDevice::open(path).map_err(|error| system(&error))?;
        let mut options = SpidevOptions::new();
        options.bits_per_word(8).max_speed_hz(1_000_000).mode(SpiModeFlags::SPI_MODE_0);
        device.configure(&options)?;
        Ok(device)
    }
}

/// A channel that is read, as often as its owner wants. An input that nothing is connected to gives
/// levels like any other; that cannot be told apart.
pub(crate) struct Channel<O: Open = Kernel> {
    settings: Mcp3008Sensor,
    buses: O,
    device: Option<O::Device>,
    /// When the next sample is due; `None` before the first since it was opened.
    due: Option<Instant>,
    outage: Outage,
}

impl<O: Open> fmt::Debug for Channel<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Channel {
    pub(crate) fn new(settings: Mcp3008Sensor) -> Self {
        Self::of(settings, Kernel)
    }
}

impl<O: Open> Channel<O> {
    fn of(settings: Mcp3008Sensor, buses: O) -> Self {
        Self { settings, buses, device: None, due: None, outage: Outage::new() }
    }

    pub(crate) async fn next(&mut self) -> Report {
        loop {
            match self.due {
                Some(due) => sleep_until(due).await,
                None => self.outage.rest().await,
            }
            match self.sample() {
                Ok(level) => {
                    return Report::Reading(Reading { level: Some(level), ..Reading::default() });
                }
                Err(wrong) => {
                    self.device = None;
                    self.due = None;
                    if let Some(lost) = self.outage.failed(wrong.told(&self.settings)) {
                        return lost;
                    }
                }
            }
        }
    }

    /// Reads the channel, on a bus that is opened if it is not. Takes some 50 µs.
    fn sample(&mut self) -> Result<Fraction, Wrong> {
        let device = match &mut self.device {
            Some(device) => device,
            none => none.insert(self.buses.open(&self.settings.spi).map_err(Wrong::Bus)?),
        };
        let level = read(device, self.settings.channel)?;
        let now = Instant::now();
        let rhythm = Duration::from_secs(1) / u32::from(self.settings.samples_per_sec.max(1));
        let due = self.due.map_or(now, |due| due) + rhythm;
        if self.due.is_none() {
            self.outage.well();
        }
        // What was missed while nobody asked is not made up for.
        self.due = Some(if due < now { now + rhythm } else { due });
        Ok(level)
    }
}

/// Why there is no level.
#[derive(Debug)]
enum Wrong {
    /// The bus cannot be used.
    Bus(io::Error),
    /// Nothing on it answers.
    Silence,
}

/// Reads a channel, 0 to 7, against ground.
///
/// As Microchip's data sheet DS21295 has it in "Using the MCP3004/3008 with Microcontroller (MCU) SPI
/// Ports": seven zeros and the start bit; a one for "single-ended", three bits of the channel and four
/// that are ignored; eight more for the clock. Back come, after a bit that is always 0, the ten bits of
/// the level, the highest first, so that the last eight fill the third byte.
fn read(device: &mut impl SpiDevice<Error = SPIError>, channel: u8) -> Result<Fraction, Wrong> {
    let mut bytes = [0b1, (0b1000 | (channel & 0b111)) << 4, 0];
    device.transfer_in_place(&mut bytes).map_err(|error| Wrong::Bus(system(&error)))?;
    let [_, high, low] = bytes;
    if high & 0b100 != 0 {
        return Err(Wrong::Silence);
    }
    let level = u16::from_be_bytes([high & 0b11, low]);
    Ok(Fraction::clamped(f32::from(level) / 1023.0))
}

fn system(error: &SPIError) -> io::Error {
    let error = error.inner();
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl Wrong {
    fn told(self, settings: &Mcp3008Sensor) -> Fault {
        let path = settings.spi.display();
        let error = match self {
            Wrong::Bus(error) => error,
            Wrong::Silence => {
                return Fault { cause: format!("no MCP3008 answers on {path}"), hint: WIRES };
            }
        };
        let (what, hint) = match error.kind() {
            io::ErrorKind::NotFound => ("is not there", OFF),
            io::ErrorKind::PermissionDenied => ("may not be used", FORBIDDEN),
            _ if error.raw_os_error() == Some(NO_BUS) => ("is no SPI bus", OFF),
            _ => ("cannot be read", OTHER),
        };
        Fault { cause: format!("{path} {what}: {error}"), hint }
    }
}

/// The kernel's number for asking a file what it is not for (`ENOTTY`).
const NO_BUS: i32 = 25;

const OFF: &str = "Switch SPI on: on a Raspberry Pi `sudo raspi-config`, Interface Options, SPI (or `dtparam=spi=on` \
                   in /boot/firmware/config.txt), and restart it. Then set `spi` to one of `ls /dev/spidev*`.";
const FORBIDDEN: &str = "Put the user that runs Watchpost into the group spi (`sudo usermod --append --groups spi \
                         watchpost`) and start it again. As a service it also needs `DeviceAllow=char-spi rw` \
                         (`systemctl edit watchpost`).";
const WIRES: &str = "Check its supply (pins 15 and 16), its grounds (9 and 14) and the wires of DOUT (12), DIN (11), \
                     CLK (13) and CS (10); /dev/spidev0.0 selects by CE0, /dev/spidev0.1 by CE1.";
const OTHER: &str = "Look into the system's log (`dmesg`), and which `spi` the chip is wired to.";

#[cfg(test)]
mod tests;
