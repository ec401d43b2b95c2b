//! Tells the MQTT broker how sensors, lights, servos and outputs stand, and the page how the broker does.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use watchpost_device::mqtt::{Broker, Link};
use watchpost_model::{Distance, Fraction, WallTime};
use watchpost_web::{BrokerState, DeviceFault, DeviceStates};

use crate::clock;
use crate::devices::Board;
use crate::status::Faults;

/// Under which name the broker's faults stand.
pub(crate) const PLACE: &str = "mqtt";

/// What measures changes all the time: it is told this often.
const EVERY: Duration = Duration::from_secs(1);

/// What telling the broker needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) broker: Broker,
    pub(crate) board: Board,
    pub(crate) zone: TimeZone,
    pub(crate) faults: Faults,
}

/// Tells until it is told to stop.
pub(crate) async fn run(desk: Desk, stop: CancellationToken) {
    let (mut states, mut link) = (desk.board.watch(), desk.broker.link());
    let mut told = BTreeMap::new();
    let mut due = Some(Instant::now());
    desk.tell_link(&link.borrow_and_update().clone());
    loop {
        let next = due.unwrap_or_else(Instant::now);
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = link.changed() => desk.tell_link(&link.borrow_and_update().clone()),
            Ok(()) = states.changed() => {
                let yes_or_no = desk.tell(&states.borrow_and_update().clone(), &mut told, Part::Verdicts);
                // A yes is told at once, and what was measured soon.
                due = due.or(Some(Instant::now() + EVERY)).filter(|_| !yes_or_no).or(due);
                due.get_or_insert_with(|| Instant::now() + EVERY);
            }
            () = sleep_until(next), if due.is_some() => {
                due = None;
                desk.tell(&states.borrow().clone(), &mut told, Part::All);
            }
        }
    }
}

/// Of which devices it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Of those that say something else than before.
    Verdicts,
    /// Of all that changed in anything.
    All,
}

/// What was told of one device last.
#[derive(PartialEq)]
struct Said {
    /// What is told of it at once.
    verdict: Value,
    all: Value,
}

impl Desk {
    /// Tells what is not told yet, and gives whether that was anything.
    fn tell(&self, states: &DeviceStates, told: &mut BTreeMap<String, Said>, part: Part) -> bool {
        let mut any = false;
        for (topic, verdict, all) in self.topics(states) {
            let before = told.get(&topic);
            let same = match part {
                Part::Verdicts => before.is_some_and(|said| said.verdict == verdict),
                Part::All => before.is_some_and(|said| said.all == all),
            };
            if !same {
                self.broker.retain(&topic, all.to_string());
                told.insert(topic, Said { verdict, all });
                any = true;
            }
        }
        any
    }

    fn time(&self, moment: Option<WallTime>) -> Value {
        moment.map_or(Value::Null, |moment| moment.to_rfc3339(&self.zone).into())
    }

    /// The topic of each device, what of it is told at once, and all of it.
    fn topics(&self, states: &DeviceStates) -> Vec<(String, Value, Value)> {
        let fault = |fault: &Option<DeviceFault>| fault.as_ref().map(|fault| fault.message.clone());
        let sensors = states.sensors.iter().map(|card| {
            let reading = card.reading;
            let distance = match reading.distance {
                Some(Distance::Millimetres(distance)) => Some(distance),
                Some(Distance::Free) | None => None,
            };
            let all = json!({
                "active": card.active,
                "since": self.time(card.since),
                "fired": self.time(card.fired),
                "distance_mm": distance,
                "brightness": reading.brightness.map(Fraction::get),
                "level": reading.level.map(Fraction::get),
                "value": reading.value,
                "battery": reading.battery.map(Fraction::get),
                "fault": fault(&card.fault),
            });
            let verdict = json!([card.active, self.time(card.fired), card.fault.is_some()]);
            (format!("sensors/{}", card.settings.name), verdict, all)
        });
        let lights = states.lights.iter().map(|card| {
            let all = json!({
                "on": card.on,
                "brightness": card.brightness.map(Fraction::get),
                "fault": fault(&card.fault),
            });
            (format!("lights/{}", card.name), json!([card.on, card.fault.is_some()]), all)
        });
        let servos = states.servos.iter().map(|card| {
            let all = json!({
                "angle": card.angle,
                "target": card.target,
                "fault": fault(&card.fault),
            });
            (format!("servos/{}", card.settings.name), json!(card.target), all)
        });
        let outputs = states.outputs.iter().map(|card| {
            let all = json!({
                "on": card.on,
                "since": self.time(Some(card.since)),
                "fault": fault(&card.fault),
            });
            (format!("outputs/{}", card.name), json!([card.on, card.fault.is_some()]), all)
        });
        sensors.chain(lights).chain(servos).chain(outputs).collect()
    }

    /// Tells the page and the owner how the connection stands.
    fn tell_link(&self, link: &Link) {
        let now = clock::now();
        let (state, fault) = match link {
            Link::Connecting => (BrokerState::Connecting, None),
            Link::Up => (BrokerState::Up, None),
            Link::Down { cause, hint } => {
                let fault = DeviceFault { message: cause.clone(), hint: hint.clone() };
                (BrokerState::Down, Some(fault))
            }
        };
        match &fault {
            Some(DeviceFault { message, hint }) => {
                self.faults.set(PLACE, message.clone(), hint.clone(), now);
            }
            None if state == BrokerState::Up => self.faults.clear(PLACE),
            None => {} // What was wrong may be so still.
        }
        self.board.broker(|card| {
            if card.state != state {
                card.since = now;
            }
            (card.state, card.fault) = (state, fault);
        });
    }
}
