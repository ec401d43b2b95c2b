//! What the page shows of sensors, lights, servos and outputs.

use std::sync::Arc;

use tokio::sync::watch;
use watchpost_model::config::{Config, LightLink, LightWhen};
use watchpost_model::{DeviceId, Reading, WallTime};
use watchpost_web::{
    BrokerCard, BrokerState, DeviceStates, LightCard, OutputCard, SensorCard, ServoCard,
};

/// How everything stands. Each device's task tells its own part; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Board(Arc<watch::Sender<Arc<DeviceStates>>>);

impl Board {
    pub(crate) fn new() -> (Self, watch::Receiver<Arc<DeviceStates>>) {
        let (board, states) = watch::channel(Arc::default());
        (Self(Arc::new(board)), states)
    }

    /// How everything stands, and tells when that changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<DeviceStates>> {
        self.0.subscribe()
    }

    /// Has a card for each device of `config`, in its order. What was known of those that stay as they
    /// were stays known.
    pub(crate) fn arrange(&self, config: &Config, now: WallTime) {
        self.0.send_modify(|states| {
            let old = Arc::clone(states);
            let sensor = |settings: &watchpost_model::config::Sensor| {
                let known = old.sensors.iter().find(|card| card.settings == *settings).cloned();
                known.unwrap_or_else(|| SensorCard {
                    settings: settings.clone(),
                    active: None,
                    since: None,
                    seen: None,
                    fired: None,
                    reading: Reading::default(),
                    unreadable: 0,
                    fault: None,
                })
            };
            let servo = |settings: &watchpost_model::config::Servo| {
                let known = old.servos.iter().find(|card| card.settings == *settings).cloned();
                known.unwrap_or_else(|| ServoCard {
                    settings: settings.clone(),
                    angle: None,
                    target: None,
                    fault: None,
                })
            };
            let light = |settings: &watchpost_model::config::Light| LightCard {
                name: settings.name.clone(),
                cameras: settings.cameras.clone(),
                kind: match settings.link {
                    LightLink::Serial { .. } => "serial",
                    LightLink::Sim => "sim",
                },
                when: match settings.when {
                    LightWhen::Always => "always",
                    LightWhen::Armed => "armed",
                    LightWhen::Dark(_) => "dark",
                    LightWhen::Hours { .. } => "hours",
                    LightWhen::ByHand => "by_hand",
                },
                on: None,
                by_hand: None,
                until: None,
                brightness: None,
                seen: None,
                fault: None,
            };
            let light = |settings: &watchpost_model::config::Light| {
                let (new, known) = (light(settings), find_light(&old, &settings.name));
                let same = |known: &&LightCard| {
                    (known.kind, known.when) == (new.kind, new.when) && known.cameras == new.cameras
                };
                known.filter(same).cloned().unwrap_or(new)
            };
            let output = |settings: &watchpost_model::config::Output| {
                let known = old.outputs.iter().find(|card| card.name == settings.name);
                let same = |known: &&OutputCard| {
                    known.kind == settings.kind
                        && known.follows == settings.follows
                        && known.max_on == settings.max_on
                };
                known.filter(same).cloned().unwrap_or_else(|| OutputCard {
                    name: settings.name.clone(),
                    kind: settings.kind,
                    played: settings.pin.is_none(),
                    follows: settings.follows.clone(),
                    max_on: settings.max_on,
                    on: false,
                    since: now,
                    fault: None,
                })
            };
            let broker = config.mqtt.as_ref().map(|mqtt| {
                let address = format!("{}:{}", mqtt.host, mqtt.port);
                let known = old.broker.as_ref().filter(|card| card.address == address).cloned();
                let state = BrokerState::Connecting;
                known.unwrap_or(BrokerCard { address, state, since: now, fault: None })
            });
            *states = Arc::new(DeviceStates {
                sensors: config.sensors.iter().map(sensor).collect(),
                lights: config.lights.iter().map(light).collect(),
                servos: config.servos.iter().map(servo).collect(),
                outputs: config.outputs.iter().map(output).collect(),
                broker,
            });
        });
    }

    pub(crate) fn sensor(&self, name: &DeviceId, change: impl FnOnce(&mut SensorCard)) {
        self.change(|states| {
            states.sensors.iter_mut().find(|card| card.settings.name == *name).map(change)
        });
    }

    pub(crate) fn light(&self, name: &DeviceId, change: impl FnOnce(&mut LightCard)) {
        self.change(|states| states.lights.iter_mut().find(|card| card.name == *name).map(change));
    }

    pub(crate) fn servo(&self, name: &DeviceId, change: impl FnOnce(&mut ServoCard)) {
        self.change(|states| {
            states.servos.iter_mut().find(|card| card.settings.name == *name).map(change)
        });
    }

    pub(crate) fn output(&self, name: &DeviceId, change: impl FnOnce(&mut OutputCard)) {
        self.change(|states| states.outputs.iter_mut().find(|card| card.name == *name).map(change));
    }

    pub(crate) fn broker(&self, change: impl FnOnce(&mut BrokerCard)) {
        self.change(|states| states.broker.as_mut().map(change));
    }

    /// Changes one card, if it is there; who looks is told only if it is another then.
    fn change(&self, change: impl FnOnce(&mut DeviceStates) -> Option<()>) {
        self.0.send_if_modified(|states| {
            let mut new = DeviceStates::clone(states);
            let changed = change(&mut new).is_some() && new != **states;
            if changed {
                *states = Arc::new(new);
            }
            changed
        });
    }
}

fn find_light<'a>(states: &'a DeviceStates, name: &DeviceId) -> Option<&'a LightCard> {
    states.lights.iter().find(|card| card.name == *name)
}
