//! The pins of this machine, by the kernel's GPIO character device (uAPI version 2, Linux 5.10).

use std::io;
use std::time::Duration;

use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value};
use gpiocdev::request::Builder;
use tokio::io::unix::AsyncFd;
use watchpost_model::config::{Active, GpioSensor, Pin, Pull};

use super::fault::{Chip, PinFault, explain};
use super::{Chips, Line};

/// The chips of this machine.
#[derive(Debug)]
pub(crate) struct Kernel;

impl Chips for Kernel {
    type Line = Input;

    fn open(&mut self, settings: &GpioSensor, debounce: Duration) -> Result<Input, PinFault> {
        let pin = &settings.pin;
        let request = input(settings, debounce).request().map_err(|error| fault(pin, &error))?;
        let request = watched(request).map_err(|source| explain(pin, source, Chip::default()))?;
        Ok(Input { request, pin: pin.clone() })
    }
}

/// Has tokio say when there is something to read. (The library's own `AsyncRequest` never takes the
/// word back that there is, if there is not, and then asks for ever.)
#[expect(
    deprecated,
    reason = "its successor is unsafe; a request keeps one file as long as it lives"
)]
fn watched(request: Request) -> io::Result<AsyncFd<Request>> {
    AsyncFd::new(request)
}

/// A pin of this machine that is read.
#[derive(Debug)]
pub(crate) struct Input {
    request: AsyncFd<Request>,
    pin: Pin,
}

impl Line for Input {
    fn is_on(&self) -> Result<bool, PinFault> {
        let value = self.request.get_ref().lone_value();
        value.map(bool::from).map_err(|error| fault(&self.pin, &error))
    }

    async fn changed(&mut self) -> Result<bool, PinFault> {
        self.edge().await.map_err(|error| fault(&self.pin, &error))
    }
}

impl Input {
    async fn edge(&self) -> gpiocdev::Result<bool> {
        loop {
            let mut ready = self.request.readable().await?;
            let request = self.request.get_ref();
            // A chip that went away is ready, too; then reading says so.
            if request.has_edge_event()? {
                return Ok(request.read_edge_event()?.kind == EdgeKind::Rising);
            }
            ready.clear_ready();
        }
    }
}

/// A pin of this machine that is set.
#[derive(Debug)]
pub(crate) struct Wire {
    request: Request,
    pin: Pin,
}

/// Takes a pin that is set; it is off from the moment it is ours.
pub(crate) fn output(pin: &Pin) -> Result<Wire, PinFault> {
    let request = off(pin).request().map_err(|error| fault(pin, &error))?;
    Ok(Wire { request, pin: pin.clone() })
}

impl Wire {
    /// Puts it on or off, with regard to the level that means yes.
    pub(crate) fn put(&self, on: bool) -> Result<(), PinFault> {
        let put = self.request.set_lone_value(Value::from(on));
        put.map_err(|error| fault(&self.pin, &error))
    }
}

/// What is asked of the kernel for a pin that is read.
fn input(settings: &GpioSensor, debounce: Duration) -> Builder {
    let mut builder = line(&settings.pin);
    builder.as_input().with_edge_detection(EdgeDetection::BothEdges).with_bias(
        match settings.pull {
            Pull::Up => Bias::PullUp,
            Pull::Down => Bias::PullDown,
            Pull::None => Bias::Disabled,
        },
    );
    if !debounce.is_zero() {
        builder.with_debounce_period(debounce);
    }
    builder
}

/// What is asked of the kernel for a pin that is set.
fn off(pin: &Pin) -> Builder {
    let mut builder = line(pin);
    builder.as_output(Value::Inactive);
    builder
}

fn line(pin: &Pin) -> Builder {
    let mut builder = Request::builder();
    builder.on_chip(&pin.chip).with_line(pin.line).with_consumer("watchpost");
    match pin.active {
        Active::High => builder.as_active_high(),
        Active::Low => builder.as_active_low(),
    };
    builder
}

/// What `error` means for `pin`; asks the chip where that helps.
fn fault(pin: &Pin, error: &gpiocdev::Error) -> PinFault {
    let chip = match error {
        gpiocdev::Error::Uapi(..) => ask(pin).unwrap_or_default(),
        _ => Chip::default(),
    };
    explain(pin, system(error), chip)
}

fn ask(pin: &Pin) -> Option<Chip> {
    let chip = gpiocdev::Chip::from_path(&pin.chip).ok()?;
    let lines = chip.info().ok().map(|info| info.num_lines);
    let user = chip.line_info(pin.line).ok().map(|info| info.consumer);
    Some(Chip { lines, user })
}

/// What the system said. The library keeps the number of a failed call in a type that cannot be
/// named from here, but prints it as the standard library does.
fn system(error: &gpiocdev::Error) -> io::Error {
    if let gpiocdev::Error::Os(number) = error {
        return io::Error::from_raw_os_error(number.0);
    }
    let text = error.to_string();
    let number = text.rsplit_once("(os error ").and_then(|(_, end)| end.strip_suffix(')'));
    match number.and_then(|number| number.parse().ok()) {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::other(text),
    }
}

#[cfg(test)]
mod tests {
    use gpiocdev::line::{Config, Direction};

    use super::*;

    fn pin(active: Active) -> Pin {
        Pin { chip: "/dev/gpiochip0".into(), line: 17, active }
    }

    fn asked(builder: &Builder) -> Config {
        builder.config().line_config(17).expect("line 17 is asked for").clone()
    }

    #[test]
    fn the_kernel_is_asked_for_both_edges_steady_and_held() {
        let settings = GpioSensor {
            pin: pin(Active::Low),
            pull: Pull::Up,
            debounce: Duration::from_millis(50),
        };
        let expected = Config {
            direction: Some(Direction::Input),
            active_low: true,
            bias: Some(Bias::PullUp),
            edge_detection: Some(EdgeDetection::BothEdges),
            debounce_period: Some(settings.debounce),
            ..Config::default()
        };
        assert_eq!(asked(&input(&settings, settings.debounce)), expected);
        let bare = Config { debounce_period: None, ..expected };
        assert_eq!(asked(&input(&settings, Duration::ZERO)), bare);
    }

    #[test]
    fn no_pull_switches_the_resistors_off_that_are_on_after_power_up() {
        let settings =
            GpioSensor { pin: pin(Active::High), pull: Pull::None, debounce: Duration::ZERO };
        assert_eq!(asked(&input(&settings, Duration::ZERO)).bias, Some(Bias::Disabled));
        let down = GpioSensor { pull: Pull::Down, ..settings };
        assert_eq!(asked(&input(&down, Duration::ZERO)).bias, Some(Bias::PullDown));
    }

    #[test]
    fn an_output_begins_off_at_either_level() {
        for (active, active_low) in [(Active::High, false), (Active::Low, true)] {
            let expected = Config {
                direction: Some(Direction::Output),
                active_low,
                value: Some(Value::Inactive),
                ..Config::default()
            };
            assert_eq!(asked(&off(&pin(active))), expected);
        }
    }

    #[test]
    fn the_number_of_a_failed_call_is_found_in_its_words() {
        let busy = io::Error::from_raw_os_error(16);
        let error = gpiocdev::Error::InvalidArgument(format!("uAPI get_line returned: {busy}"));
        assert_eq!(system(&error).kind(), io::ErrorKind::ResourceBusy);
        let gone = gpiocdev::Error::from(io::Error::from_raw_os_error(2));
        assert_eq!(system(&gone).kind(), io::ErrorKind::NotFound);
        assert_eq!(system(&gpiocdev::Error::NoGpioChips()).raw_os_error(), None);
    }
}
