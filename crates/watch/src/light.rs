//! When an infrared light is to be on.

use jiff::tz::TimeZone;
use watchpost_model::config::LightWhen;
use watchpost_model::{Fraction, WallTime};

/// What can happen to a [`Light`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// Monitoring is on, or not.
    Armed(bool),
    /// The room is this bright.
    Brightness(Fraction),
    /// Somebody wants it on or off, until then or for good; `None`: as planned again.
    ByHand(Option<bool>, Option<WallTime>),
    /// Time passed; due whenever [`Light::wake_at`] says so.
    Tick,
}

/// Decides whether a light is on.
#[derive(Clone, Debug)]
pub struct Light {}

impl Light {
    /// A light that follows `when` by the clock of `zone`.
    #[must_use]
    pub fn new(_when: LightWhen, _zone: TimeZone) -> Self {
        unimplemented!()
    }

    /// Takes one input at the moment `now`, and gives whether it is to be on from now on.
    pub fn step(&mut self, _input: Input, _now: WallTime) -> bool {
        unimplemented!()
    }

    /// What somebody wants of it, if anything: on or off.
    #[must_use]
    pub fn by_hand(&self) -> Option<bool> {
        unimplemented!()
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        unimplemented!()
    }
}
