//! How everything that senses or obeys stands.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use watchpost_api as api;
use watchpost_model::config::{Drive, Sensor, Servo};
use watchpost_model::{Distance, Fraction, Reading, WallTime};

use super::{
    BrokerCard, BrokerState, DeviceFault, DeviceStates, LightCard, OutputCard, SensorCard,
    ServoCard,
};
use crate::routes::Site;

/// How sensors, lights, servos, outputs and the MQTT broker stand.
#[utoipa::path(get, path = "/devices", tag = "devices",
    responses((status = 200, body = api::Devices)))]
pub(crate) async fn list(State(site): State<Arc<Site>>) -> Json<api::Devices> {
    Json(site.devices())
}

impl Site {
    /// The devices as the API tells them.
    pub(crate) fn devices(&self) -> api::Devices {
        let states = self.app.devices.states();
        let DeviceStates { sensors, lights, servos, outputs, broker } = &*states;
        api::Devices {
            sensors: sensors.iter().map(|card| self.tell_sensor(card)).collect(),
            lights: lights.iter().map(|card| self.tell_light(card)).collect(),
            servos: servos.iter().map(tell_servo).collect(),
            outputs: outputs.iter().map(|card| self.tell_output(card)).collect(),
            mqtt: broker.as_ref().map(|card| self.tell_broker(card)),
        }
    }

    fn tell_sensor(&self, card: &SensorCard) -> api::Sensor {
        let SensorCard { settings, active, since, seen, fired, reading, unreadable, fault } = card;
        let Sensor {
            name,
            kind,
            senses,
            cameras,
            actions,
            photo_at: _, // How it works inside is for its owner, in the configuration.
            cooldown: _,
            heartbeat,
            always,
        } = settings;
        api::Sensor {
            name: name.to_string(),
            kind: kind.word().to_owned(),
            senses: senses.word().to_owned(),
            cameras: cameras.iter().map(ToString::to_string).collect(),
            actions: actions.iter().map(|action| action.word().to_owned()).collect(),
            always: *always,
            active: *active,
            since: self.told_at(*since),
            seen: self.told_at(*seen),
            fired: self.told_at(*fired),
            reading: tell_reading(reading),
            unreadable: *unreadable,
            heartbeat_seconds: heartbeat.map(|heartbeat| heartbeat.as_secs_f64()),
            fault: fault.as_ref().map(tell_fault),
        }
    }

    fn tell_light(&self, card: &LightCard) -> api::Light {
        let LightCard { name, kind, cameras, when, on, by_hand, until, brightness, seen, fault } =
            card;
        api::Light {
            name: name.to_string(),
            kind: (*kind).to_owned(),
            cameras: cameras.iter().map(ToString::to_string).collect(),
            when: (*when).to_owned(),
            on: *on,
            by_hand: *by_hand,
            until: self.told_at(*until),
            brightness: brightness.map(Fraction::get),
            seen: self.told_at(*seen),
            fault: fault.as_ref().map(tell_fault),
        }
    }

    fn tell_output(&self, card: &OutputCard) -> api::Output {
        let OutputCard { name, kind, played, follows, max_on, on, since, fault } = card;
        api::Output {
            name: name.to_string(),
            kind: kind.word().to_owned(),
            sim: *played,
            on: *on,
            since: self.time(*since),
            follows: follows.as_ref().map(ToString::to_string),
            max_on_seconds: max_on.map(|longest| longest.as_secs_f64()),
            fault: fault.as_ref().map(tell_fault),
        }
    }

    fn tell_broker(&self, card: &BrokerCard) -> api::Broker {
        let BrokerCard { address, state, since, fault } = card;
        let (cause, hint) = match fault.clone() {
            Some(DeviceFault { message, hint }) => (Some(message), Some(hint)),
            None => (None, None),
        };
        api::Broker {
            broker: address.clone(),
            state: match state {
                BrokerState::Connecting => api::BrokerState::Connecting,
                BrokerState::Up => api::BrokerState::Up,
                BrokerState::Down => api::BrokerState::Down,
            },
            since: self.time(*since),
            cause,
            hint,
        }
    }

    fn told_at(&self, time: Option<WallTime>) -> Option<api::Time> {
        time.map(|time| self.time(time))
    }
}

fn tell_servo(card: &ServoCard) -> api::Servo {
    let ServoCard { settings, angle, target, fault } = card;
    let Servo { name, drive, angle_on, angle_off, speed: _, min_pulse: _, max_pulse: _ } = settings;
    let kind = match drive {
        Drive::Pwm { .. } => "pwm",
        Drive::Sim => "sim",
    };
    api::Servo {
        name: name.to_string(),
        kind: kind.to_owned(),
        angle: *angle,
        target: *target,
        angle_on: *angle_on,
        angle_off: *angle_off,
        fault: fault.as_ref().map(tell_fault),
    }
}

fn tell_fault(fault: &DeviceFault) -> api::DeviceFault {
    let DeviceFault { message, hint } = fault.clone();
    api::DeviceFault { message, hint }
}

/// A reading as the API tells it.
pub(super) fn tell_reading(reading: &Reading) -> api::SensorReading {
    let Reading { on, momentary, distance, brightness, level, value, battery } = *reading;
    api::SensorReading {
        on,
        momentary,
        distance_mm: match distance {
            Some(Distance::Millimetres(distance)) => Some(distance),
            Some(Distance::Free) | None => None,
        },
        free: distance == Some(Distance::Free),
        brightness: brightness.map(Fraction::get),
        level: level.map(Fraction::get),
        value,
        battery: battery.map(Fraction::get),
    }
}
