//! Lamps, relays and sirens on pins.

use std::io;

use watchpost_model::config::Output as Settings;

/// A pin that is set, or one that is played. Off when it is made, and when it is dropped.
#[derive(Debug)]
pub struct Output {}

/// Why an output does not obey.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct OutputError {
    what: String,
    source: io::Error,
}

impl OutputError {
    /// What its owner can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        ""
    }
}

impl Output {
    /// Takes the pin, and has it off.
    ///
    /// # Errors
    ///
    /// Why it is not to be had.
    pub fn open(_settings: &Settings) -> Result<Self, OutputError> {
        Ok(Self {})
    }

    /// Puts it on or off.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn set(&mut self, _on: bool) -> Result<(), OutputError> {
        Ok(())
    }
}
