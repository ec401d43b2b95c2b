//! Whether a sensor says yes, when it fires, and whether it is still heard.

use std::time::Duration;

use watchpost_model::config::{Require, Sensor as Settings, Threshold};
use watchpost_model::{Reading, Senses, WallTime};

/// What a sensor is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What its yes means.
    pub senses: Senses,
    /// What of its readings is a yes.
    pub yes: Yes,
    /// After it fired it does not fire anew for this long.
    pub cooldown: Duration,
    /// It is silent if nothing was heard of it for this long.
    pub heartbeat: Option<Duration>,
}

/// What of a sensor's readings is a yes.
#[derive(Clone, Debug, PartialEq)]
pub enum Yes {
    /// Its own.
    Own,
    /// That of a PIR, of a distance, or of both.
    Near {
        /// Nearer than this, in millimetres.
        within: Option<u32>,
        /// Which of both.
        require: Require,
    },
    /// Enough of the last levels are high.
    Samples {
        /// From where on a level counts.
        threshold: Threshold,
        /// How many.
        hits: u8,
        /// Of how many.
        samples: u8,
    },
}

impl Plan {
    /// The plan of a sensor as its owner set it.
    #[must_use]
    pub fn of(_settings: &Settings) -> Self {
        unimplemented!()
    }
}

/// What can happen to a [`Sensor`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// It told something.
    Reading(Reading, WallTime),
    /// It cannot be reached any more: from now on nothing is known.
    Lost(WallTime),
    /// Time passed; due whenever [`Sensor::wake_at`] says so.
    Tick(WallTime),
}

/// What a [`Sensor`] has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It fired.
    Fired,
    /// It still says yes, a second after this was told last; only where [`Senses::lasts`].
    Goes,
    /// It does not say yes any more.
    Cleared,
    /// It has been silent for longer than its heartbeat.
    Silent,
    /// It is heard again after it was silent or lost.
    Heard,
}

/// How a sensor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State {
    /// Whether it says yes; `None` while nobody knows.
    pub active: Option<bool>,
    /// Since when it is so.
    pub since: Option<WallTime>,
    /// When it was heard last.
    pub seen: Option<WallTime>,
    /// All that it told last.
    pub reading: Reading,
    /// Whether it is silent or lost.
    pub silent: bool,
}

/// One sensor.
#[derive(Clone, Debug)]
pub struct Sensor {}

impl Sensor {
    /// A sensor of which nothing was heard; its heartbeat is expected from `now` on.
    #[must_use]
    pub fn new(_plan: Plan, _now: WallTime) -> Self {
        unimplemented!()
    }

    /// Takes one input and gives what is to be told, in order.
    pub fn step(&mut self, _input: Input) -> Vec<Told> {
        unimplemented!()
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        unimplemented!()
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        unimplemented!()
    }
}
