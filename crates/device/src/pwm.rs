//! Servos on the kernel's PWM.

use std::io;

use watchpost_model::config::Servo as Settings;

/// What drives a servo.
#[derive(Debug)]
pub struct Servo {}

/// Why a servo does not move.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct ServoError {
    what: String,
    source: io::Error,
}

impl ServoError {
    /// What its owner can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        ""
    }
}

impl Servo {
    /// Takes the channel; sends no pulse yet.
    ///
    /// # Errors
    ///
    /// Why it is not to be had.
    pub fn open(_settings: &Settings) -> Result<Self, ServoError> {
        Ok(Self {})
    }

    /// Sends the pulse of `angle`, 0 to 180 degrees, from now on.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn stand(&mut self, _angle: f32) -> Result<(), ServoError> {
        Ok(())
    }

    /// Sends no pulse any more.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn rest(&mut self) -> Result<(), ServoError> {
        Ok(())
    }
}
