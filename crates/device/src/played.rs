//! Sensors that are none, for trying rules.

use watchpost_model::Reading;
use watchpost_model::config::SimSensor;

use crate::Report;

/// Plays a sensor. Clones play the same one.
#[derive(Clone, Debug, Default)]
pub struct Player {}

impl Player {
    /// Has the sensor tell this. If several come before it was asked, each is told.
    pub fn play(&self, _reading: Reading) {}
}

/// A sensor that is played.
#[derive(Debug)]
pub(crate) struct Played {}

impl Played {
    pub(crate) fn new(_settings: SimSensor, _player: Player) -> Self {
        Self {}
    }

    pub(crate) async fn next(&mut self) -> Report {
        std::future::pending().await
    }
}
