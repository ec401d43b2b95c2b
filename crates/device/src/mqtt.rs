//! The MQTT broker.

use tokio::sync::watch;
use watchpost_model::DeviceId;
use watchpost_model::config::{Mqtt, MqttSensor};

use crate::Report;

/// How the connection to the broker stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It was not tried yet, or is being tried.
    Connecting,
    /// It stands.
    Up,
    /// It does not.
    Down {
        /// Why.
        cause: String,
        /// What its owner can do about it.
        hint: String,
    },
}

/// The broker, as long as it or a clone of it is there. Connects, and connects again, by itself.
#[derive(Clone, Debug)]
pub struct Broker {}

impl Broker {
    /// A connection to this broker; returns at once. Needs a tokio runtime.
    #[must_use]
    pub fn new(_settings: Mqtt) -> Self {
        Self {}
    }

    /// How the connection stands, and tells when that changes.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        watch::channel(Link::Connecting).1
    }

    /// Has `payload` stand at `PREFIX/topic`, retained: at once, or when the broker is there. Of one
    /// topic only the newest counts.
    pub fn retain(&self, _topic: &str, _payload: String) {}

    /// Says that the recorder goes, and closes the connection; waits a second at most.
    pub async fn close(self) {}
}

/// A topic that is listened to.
#[derive(Debug)]
pub struct Subscription {}

impl Subscription {
    /// The topic of a sensor. Without a broker it has nothing to say.
    #[must_use]
    pub fn new(_sensor: &DeviceId, _settings: MqttSensor, _broker: Option<&Broker>) -> Self {
        Self {}
    }

    /// As [`crate::Sensor::next`].
    pub async fn next(&mut self) -> Report {
        std::future::pending().await
    }
}
