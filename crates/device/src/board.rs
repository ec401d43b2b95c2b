//! What boards say.

use watchpost_model::config::SerialSensor;

use crate::Report;

/// A board on a serial line.
#[derive(Debug)]
pub struct Board {}

impl Board {
    /// The board of these settings; nothing is opened yet.
    #[must_use]
    pub fn new(_settings: SerialSensor) -> Self {
        Self {}
    }

    /// As [`crate::Sensor::next`].
    pub async fn next(&mut self) -> Report {
        std::future::pending().await
    }
}
