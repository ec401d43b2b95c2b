//! The MQTT broker: version 3.1.1, plain or by TLS.
//!
//! One task holds the connection, and makes it again. A [`Subscription`] gets the messages of its topic
//! from it, and judges them itself; what the recorder has to say stands in a table until it is sent.

mod topic; //   which topics a filter means
mod judge; //   what a message says
mod shared; //  what is to be said, and who listens
mod trouble; // why there is no connection
mod cut; //     messages that are too long
mod connect; // name, TCP, TLS
mod session; // the task

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use watchpost_model::config::{Mqtt, MqttSensor};
use watchpost_model::{DeviceId, Reading};

pub use judge::{LONGEST, Unreadable, judge};
use session::Session;
use shared::{Ears, Message, Shared, Standing};
use trouble::Trouble;

use crate::Report;

/// How long [`Broker::close`] waits.
const GOODBYE: Duration = Duration::from_secs(1);

/// How the connection to the broker stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It was not tried yet, or is being tried for the first time.
    Connecting,
    /// It stands.
    Up,
    /// It does not. It is tried again and again; this stays until it stands.
    Down {
        /// Why.
        cause: String,
        /// What its owner can do about it.
        hint: String,
    },
}

/// The broker, as long as it or a clone of it is there. Connects, and connects again, by itself.
///
/// At `PREFIX/status` stands `online` while it is connected, and `offline` when it is not: by
/// [`Broker::close`], or by the broker itself (last will).
#[derive(Clone, Debug)]
pub struct Broker {
    prefix: Arc<str>,
    shared: Arc<Shared>,
    link: watch::Receiver<Link>,
    task: Arc<Task>,
}

/// Ends the task with the last handle. The connection is cut, so the broker publishes the last will.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Broker {
    /// A connection to this broker; returns at once. Needs a tokio runtime.
    #[must_use]
    pub fn new(settings: Mqtt) -> Self {
        let prefix = settings.prefix.as_str().into();
        let shared = Arc::new(Shared::default());
        let (sender, link) = watch::channel(Link::Connecting);
        let session = Session { settings, shared: Arc::clone(&shared), link: sender };
        let task = Arc::new(Task(tokio::spawn(session.run()).abort_handle()));
        Self { prefix, shared, link, task }
    }

    /// How the connection stands, and tells when that changes.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    /// Has `payload` stand at `PREFIX/topic`, retained: at once, or when the broker is there; and again
    /// whenever the connection is made anew. Of one topic only the newest counts.
    ///
    /// What is no topic, or longer than [`LONGEST`], is logged and left out.
    pub fn retain(&self, topic: &str, payload: String) {
        let topic = format!("{}/{topic}", self.prefix);
        if !rumqttc::valid_topic(&topic) || topic.len() > usize::from(u16::MAX) {
            tracing::warn!("MQTT: {topic:?} cannot be published: it is not a topic");
        } else if payload.len() > LONGEST {
            let length = payload.len();
            tracing::warn!("MQTT: {topic:?} cannot be published: {length} bytes are too long");
        } else if !self.shared.retain(topic, payload) {
            tracing::warn!("MQTT: there are too many topics; a new one is not published");
        }
    }

    /// Says that the recorder goes, and closes the connection; waits a second at most. Holds for all
    /// clones.
    pub async fn close(mut self) {
        self.shared.close();
        // The task holds the sender, so the channel ends with it.
        let ended = async { while self.link.changed().await.is_ok() {} };
        if timeout(GOODBYE, ended).await.is_err() {
            self.task.0.abort();
        }
    }
}

/// A topic that is listened to.
#[derive(Debug)]
pub struct Subscription {
    sensor: DeviceId,
    settings: MqttSensor,
    ears: Option<Ears>,
    /// That the last thing it told was [`Report::Lost`].
    lost: bool,
    /// How many messages said nothing, by why.
    unreadable: BTreeMap<Unreadable, u64>,
    /// How many messages came faster than they were taken.
    missed: u64,
}

impl Subscription {
    /// The topic of a sensor. Without a broker it has nothing to say.
    #[must_use]
    pub fn new(sensor: &DeviceId, settings: MqttSensor, broker: Option<&Broker>) -> Self {
        let ears = broker.map(|broker| broker.shared.listen(settings.topic.clone()));
        let (sensor, unreadable) = (sensor.clone(), BTreeMap::new());
        Self { sensor, settings, ears, lost: false, unreadable, missed: 0 }
    }

    /// As [`crate::Sensor::next`].
    ///
    /// When the broker is there again after a [`Report::Lost`], an empty reading says so, for the next
    /// message may be hours away.
    pub async fn next(&mut self) -> Report {
        loop {
            let Some(Ears { messages, standing }) = &mut self.ears else { return pending().await };
            tokio::select! {
                // What came before the connection broke is told before that.
                biased;
                message = messages.recv() => match message {
                    Ok(message) => {
                        if let Some(reading) = self.read(&message) {
                            self.lost = false;
                            return Report::Reading(reading);
                        }
                    }
                    Err(RecvError::Lagged(missed)) => self.missed = self.missed.saturating_add(missed),
                    Err(RecvError::Closed) => self.ears = None,
                },
                changed = standing.changed() => {
                    if changed.is_err() {
                        self.ears = None;
                        continue;
                    }
                    let now = standing.borrow_and_update().clone();
                    match now {
                        Standing::Lost(Trouble { cause, hint }) => {
                            self.lost = true;
                            return Report::Lost { cause, hint };
                        }
                        Standing::Heard if self.lost => {
                            self.lost = false;
                            return Report::Reading(Reading::default());
                        }
                        Standing::Heard | Standing::Unknown => {}
                    }
                }
            }
        }
    }

    /// How many messages said nothing.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable.values().sum()
    }

    /// How many messages came faster than they were taken, and were left out.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    fn read(&mut self, message: &Message) -> Option<Reading> {
        match judge(&self.settings, &message.payload, message.retained) {
            Ok(reading) => (reading != Reading::default()).then_some(reading),
            Err(fault) => {
                let count = self.unreadable.entry(fault.clone()).or_default();
                *count += 1;
                if *count == 1 {
                    let (sensor, topic) = (&self.sensor, &message.topic);
                    tracing::warn!(
                        "sensor {sensor}: a message on {topic:?} says nothing: {fault}; more of this \
                         kind are only counted"
                    );
                }
                None
            }
        }
    }
}
