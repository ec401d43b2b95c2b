//! Analogue levels.

use watchpost_model::config::Mcp3008Sensor;

use crate::Report;

/// A channel that is read.
#[derive(Debug)]
pub(crate) struct Channel {}

impl Channel {
    pub(crate) fn new(_settings: Mcp3008Sensor) -> Self {
        Self {}
    }

    pub(crate) async fn next(&mut self) -> Report {
        std::future::pending().await
    }
}
