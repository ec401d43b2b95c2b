//! What senses, and what obeys: how all of it stands, and the way to tell it to do something.

pub(crate) mod tell; //     how it stands
pub(crate) mod act; //      what it is told
pub(crate) mod readings; // what it told

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use watchpost_model::config::{OutputKind, Sensor, Servo};
use watchpost_model::{CameraId, DeviceId, Fraction, Reading, WallTime};

use crate::error::Answer;
use crate::refusal::{Reply, ask};

/// Wishes that wait to be fulfilled; further ones are refused at once.
const QUEUE: usize = 8;
/// How long a device may take to do what it is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// A handle on everything that senses or obeys.
#[derive(Clone, Debug)]
pub struct Devices {
    states: watch::Receiver<Arc<DeviceStates>>,
    wishes: mpsc::Sender<DeviceRequest>,
}

/// Somebody wants something of a device. It is answered within 5 s, when it is done or with why not.
#[derive(Debug)]
pub struct DeviceRequest {
    /// Of which.
    pub device: DeviceId,
    /// What.
    pub wish: DeviceWish,
    /// Where the answer goes.
    pub reply: Reply<()>,
}

/// What somebody wants of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DeviceWish {
    /// A played sensor tells this.
    Play(Reading),
    /// A played light's room is this bright.
    PlayBrightness(Fraction),
    /// A light is on or off, or as planned (`None`), for so long or for good.
    Light(Option<bool>, Option<Duration>),
    /// A servo moves to this angle, 0 to 180 degrees.
    Servo(f32),
    /// An output is on or off.
    Output(bool),
}

/// How everything that senses or obeys stands, in the order of the configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceStates {
    /// The sensors.
    pub sensors: Vec<SensorCard>,
    /// The lights.
    pub lights: Vec<LightCard>,
    /// The servos.
    pub servos: Vec<ServoCard>,
    /// The outputs.
    pub outputs: Vec<OutputCard>,
    /// The MQTT broker, if there is one.
    pub broker: Option<BrokerCard>,
}

/// What is wrong with a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFault {
    /// What happened.
    pub message: String,
    /// What its owner can do about it.
    pub hint: String,
}

/// How a sensor stands.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorCard {
    /// As its owner set it.
    pub settings: Sensor,
    /// Whether it says yes; `None` while nobody knows.
    pub active: Option<bool>,
    /// Since when it is so.
    pub since: Option<WallTime>,
    /// When it was heard last.
    pub seen: Option<WallTime>,
    /// When it fired last.
    pub fired: Option<WallTime>,
    /// All that it told last.
    pub reading: Reading,
    /// How many lines or messages of it could not be understood.
    pub unreadable: u64,
    /// What is wrong with it.
    pub fault: Option<DeviceFault>,
}

/// How a light stands.
#[derive(Clone, Debug, PartialEq)]
pub struct LightCard {
    /// Its name.
    pub name: DeviceId,
    /// How it is attached: `serial` or `sim`.
    pub kind: &'static str,
    /// The cameras whose room it lights.
    pub cameras: Vec<CameraId>,
    /// When it is to be on: `always`, `armed`, `dark`, `hours` or `by_hand`.
    pub when: &'static str,
    /// Whether it is on, as it says itself; `None` while nobody knows.
    pub on: Option<bool>,
    /// What somebody wants of it by hand.
    pub by_hand: Option<bool>,
    /// Until when.
    pub until: Option<WallTime>,
    /// How bright its room is.
    pub brightness: Option<Fraction>,
    /// When it was heard last.
    pub seen: Option<WallTime>,
    /// What is wrong with it.
    pub fault: Option<DeviceFault>,
}

/// How a servo stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ServoCard {
    /// As its owner set it.
    pub settings: Servo,
    /// Where it is, in degrees; `None` before it was ever moved.
    pub angle: Option<f32>,
    /// Where it goes, or stands.
    pub target: Option<f32>,
    /// What is wrong with it.
    pub fault: Option<DeviceFault>,
}

/// How an output stands.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputCard {
    /// Its name.
    pub name: DeviceId,
    /// What it is.
    pub kind: OutputKind,
    /// Whether it is played, and no pin at all.
    pub played: bool,
    /// The sensor that it follows.
    pub follows: Option<DeviceId>,
    /// It goes off by itself after this long.
    pub max_on: Option<Duration>,
    /// Whether it is on.
    pub on: bool,
    /// Since when it is so.
    pub since: WallTime,
    /// What is wrong with it.
    pub fault: Option<DeviceFault>,
}

/// How the connection to the MQTT broker stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerCard {
    /// Its host and port.
    pub address: String,
    /// Whether it is connected.
    pub state: BrokerState,
    /// Since when it is so.
    pub since: WallTime,
    /// What is wrong, while it is not.
    pub fault: Option<DeviceFault>,
}

/// Whether the broker is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerState {
    /// Being tried.
    Connecting,
    /// Connected.
    Up,
    /// Not connected.
    Down,
}

impl Devices {
    /// A handle, and the wishes that whoever has the devices gets; `states` is what it tells.
    #[must_use]
    pub fn new(
        states: watch::Receiver<Arc<DeviceStates>>,
    ) -> (Self, mpsc::Receiver<DeviceRequest>) {
        let (wishes, inbox) = mpsc::channel(QUEUE);
        (Self { states, wishes }, inbox)
    }

    /// How everything stands now.
    pub(crate) fn states(&self) -> Arc<DeviceStates> {
        Arc::clone(&self.states.borrow())
    }

    /// Changes whenever anything does.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<DeviceStates>> {
        self.states.clone()
    }

    /// Has `device` do something, and waits until it is done.
    async fn fulfil(&self, device: &DeviceId, wish: DeviceWish) -> Answer<()> {
        self.fulfil_within(PATIENCE, device, wish).await
    }

    async fn fulfil_within(
        &self,
        patience: Duration,
        device: &DeviceId,
        wish: DeviceWish,
    ) -> Answer<()> {
        let request = |reply| DeviceRequest { device: device.clone(), wish, reply };
        ask(&self.wishes, device.as_str(), patience, request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    #[tokio::test]
    async fn a_device_that_is_silent_is_not_waited_for_without_end() {
        let (devices, inbox) = Devices::new(watch::channel(Arc::default()).1);
        let hall: DeviceId = "hall".parse().unwrap();
        let wish = DeviceWish::Output(true);
        let answer = devices.fulfil_within(Duration::ZERO, &hall, wish).await;
        assert_eq!(message(answer), "hall did not answer for 0 s.");
        drop(inbox);
        assert_eq!(message(devices.fulfil(&hall, wish).await), "hall is off.");
    }

    #[track_caller]
    fn message(answer: Answer<()>) -> String {
        match answer.unwrap_err() {
            Problem::Unavailable { message, .. } => message,
            problem => panic!("{problem:?}"),
        }
    }
}
