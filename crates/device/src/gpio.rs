//! Pins that are read.

mod debounce; // when a level counts
mod fault; //    why a pin is not to be had
mod kernel; //   the real ones

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use watchpost_model::Reading;
use watchpost_model::config::GpioSensor;

use self::debounce::Debounce;
use crate::Report;
use crate::report::{Fault, Outage};

pub(crate) use self::fault::PinFault;
pub(crate) use self::kernel::{Kernel, Wire, output};

/// Where pins that are read are had from.
pub(crate) trait Chips: fmt::Debug {
    /// A pin that is open.
    type Line: Line;

    /// Takes the pin, with its level held for `debounce` before it counts; zero: at once.
    fn open(&mut self, settings: &GpioSensor, debounce: Duration) -> Result<Self::Line, PinFault>;
}

/// A pin that is open. Given back when it is dropped.
pub(crate) trait Line: fmt::Debug {
    /// Whether it says yes now, with regard to the level that means yes.
    fn is_on(&self) -> Result<bool, PinFault>;

    /// Waits for its next change since it was opened, and gives what it says from then on. Changes
    /// that nobody waited for are not lost. Cancel safe.
    fn changed(&mut self) -> impl Future<Output = Result<bool, PinFault>> + Send;
}

/// A pin that is read. What it says when it is opened is told first, and then each change.
#[derive(Debug)]
pub(crate) struct Input<C: Chips = Kernel> {
    settings: GpioSensor,
    chips: C,
    open: Option<Open<C::Line>>,
    outage: Outage,
}

impl Input {
    pub(crate) fn new(settings: GpioSensor) -> Self {
        Self::of(settings, Kernel)
    }
}

impl<C: Chips> Input<C> {
    fn of(settings: GpioSensor, chips: C) -> Self {
        Self { settings, chips, open: None, outage: Outage::new() }
    }

    pub(crate) async fn next(&mut self) -> Report {
        loop {
            let told = if let Some(open) = &mut self.open {
                open.changed().await
            } else {
                self.outage.rest().await;
                self.open()
            };
            match told {
                Ok(on) => {
                    return Report::Reading(Reading { on: Some(on), ..Reading::default() });
                }
                Err(fault) => {
                    self.open = None;
                    if let Some(lost) = self.outage.failed(Fault::from(fault)) {
                        return lost;
                    }
                }
            }
        }
    }

    /// Opens the pin, and gives whether it says yes.
    fn open(&mut self) -> Result<bool, PinFault> {
        let hold = self.settings.debounce;
        let (line, hold) = match self.chips.open(&self.settings, hold) {
            Ok(line) => (line, Duration::ZERO),
            // The usual reason is another one and holds for the second try too; but there are chips
            // that debounce nothing, or not for so long.
            Err(_) if !hold.is_zero() => (self.chips.open(&self.settings, Duration::ZERO)?, hold),
            Err(fault) => return Err(fault),
        };
        let on = line.is_on()?;
        self.open = Some(Open { line, debounce: Debounce::new(hold, on) });
        self.outage.well();
        Ok(on)
    }
}

#[derive(Debug)]
struct Open<L> {
    line: L,
    debounce: Debounce,
}

impl<L: Line> Open<L> {
    /// Waits until the pin says something else than before. Cancel safe.
    async fn changed(&mut self) -> Result<bool, PinFault> {
        loop {
            if let Some(on) = self.debounce.settled(Instant::now()) {
                return Ok(on);
            }
            let change = self.line.changed();
            let change = match self.debounce.settles_at() {
                Some(at) => timeout_at(at, change).await.ok(),
                None => Some(change.await),
            };
            if let Some(on) = change {
                self.debounce.changed(on?, Instant::now());
            }
        }
    }
}

#[cfg(test)]
mod tests;
