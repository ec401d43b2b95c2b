//! Pins that are read.

use watchpost_model::config::GpioSensor;

use crate::Report;

/// A pin that is read.
#[derive(Debug)]
pub(crate) struct Input {}

impl Input {
    pub(crate) fn new(_settings: GpioSensor) -> Self {
        Self {}
    }

    pub(crate) async fn next(&mut self) -> Report {
        std::future::pending().await
    }
}
