//! Sensors and what obeys: boards on serial lines, pins, analogue levels, MQTT, lights, servos.
//!
//! A [`Sensor`] is asked for its next [`Report`] for ever; it connects again by itself. What a reading
//! means is decided elsewhere (`watchpost_watch::sensor`); what light, servo and output are to do, too.
#![forbid(unsafe_code)]

mod report; //  what a sensor has to say
mod serial; //  lines of text over a wire
pub mod board; //   what boards say in them
mod gpio; //    pins
mod mcp3008; // analogue levels
pub mod mqtt; //    the broker
mod played; //  sensors that are none
pub mod light; //   infrared lights
pub mod pwm; //     servos
pub mod output; //  lamps, relays, sirens

use watchpost_model::DeviceId;
use watchpost_model::config::{self, SensorKind};

pub use played::{Player, Unreadable, reading};
pub use report::Report;

/// A sensor as it is attached.
#[derive(Debug)]
pub struct Sensor {
    line: Line,
}

#[derive(Debug)]
enum Line {
    Serial(board::Board),
    Gpio(gpio::Input),
    Mcp3008(mcp3008::Channel),
    Mqtt(mqtt::Subscription),
    Sim(played::Played),
}

impl Sensor {
    /// The sensor of these settings; nothing is opened yet. `broker` is that of the configuration, and
    /// `player` plays a [`SensorKind::Sim`].
    #[must_use]
    pub fn new(settings: &config::Sensor, broker: Option<&mqtt::Broker>, player: &Player) -> Self {
        let name: &DeviceId = &settings.name;
        let line = match &settings.kind {
            SensorKind::Serial(serial) => Line::Serial(board::Board::new(serial.clone())),
            SensorKind::Gpio(pin) => Line::Gpio(gpio::Input::new(pin.clone())),
            SensorKind::Mcp3008(channel) => Line::Mcp3008(mcp3008::Channel::new(channel.clone())),
            SensorKind::Mqtt(topic) => {
                Line::Mqtt(mqtt::Subscription::new(name, topic.clone(), broker))
            }
            SensorKind::Sim(sim) => Line::Sim(played::Played::new(sim.clone(), player.clone())),
        };
        Self { line }
    }

    /// How many lines or messages came that could not be understood; each is left out.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        match &self.line {
            Line::Serial(board) => board.unreadable(),
            Line::Mqtt(topic) => topic.unreadable(),
            Line::Gpio(_) | Line::Mcp3008(_) | Line::Sim(_) => 0,
        }
    }

    /// The next thing it has to say; waits for it. Cancel safe: nothing is lost if the wait is broken
    /// off.
    pub async fn next(&mut self) -> Report {
        match &mut self.line {
            Line::Serial(board) => board.next().await,
            Line::Gpio(pin) => pin.next().await,
            Line::Mcp3008(channel) => channel.next().await,
            Line::Mqtt(topic) => topic.next().await,
            Line::Sim(played) => played.next().await,
        }
    }
}
