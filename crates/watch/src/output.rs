//! When an output is on.

use std::time::Duration;

use watchpost_model::WallTime;

/// What can happen to an [`Output`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// The sensor that it follows says yes, or does not, or nobody knows.
    Followed(Option<bool>),
    /// Somebody wants it on or off.
    ByHand(bool),
    /// Time passed; due whenever [`Output::wake_at`] says so.
    Tick,
}

/// Decides whether an output is on.
#[derive(Clone, Debug)]
pub struct Output {}

impl Output {
    /// An output that is off, and goes off by itself after `max_on`.
    #[must_use]
    pub fn new(_max_on: Option<Duration>) -> Self {
        unimplemented!()
    }

    /// Takes one input at the moment `now`, and gives whether it is to be on from now on.
    pub fn step(&mut self, _input: Input, _now: WallTime) -> bool {
        unimplemented!()
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        unimplemented!()
    }
}
