//! Infrared lights on a serial line.

use watchpost_model::Fraction;
use watchpost_model::config::LightLink;

/// What a light has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// How bright the room is.
    Brightness(Fraction),
    /// It did what it was told: it is on, or off.
    Is(bool),
    /// It cannot be reached or does not obey. As [`crate::Report::Lost`].
    Lost {
        /// What happened.
        cause: String,
        /// What its owner can do about it.
        hint: String,
    },
}

/// A light. What it was last told is told again whenever it comes back.
#[derive(Debug)]
pub struct Light {}

impl Light {
    /// The light attached so; nothing is opened yet. Nothing is sent before the first [`Light::set`].
    #[must_use]
    pub fn new(_link: LightLink) -> Self {
        Self {}
    }

    /// Has it be on or off from now on; [`Light::next`] does it.
    pub fn set(&mut self, _on: bool) {}

    /// Plays the brightness of a light that is played; nothing to others.
    pub fn play(&mut self, _brightness: Fraction) {}

    /// The next thing it has to say; waits for it. Cancel safe.
    pub async fn next(&mut self) -> Report {
        std::future::pending().await
    }
}
