//! One sensor: from its wire to the cameras that it triggers.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use watchpost_device::mqtt::Broker;
use watchpost_device::{Player, Report, Sensor};
use watchpost_model::config::{self, SensorKind};
use watchpost_model::{DeviceId, Reading, SensorAction, Trigger, WallTime};
use watchpost_store::Told as Kept;
use watchpost_watch::readings::Diary;
use watchpost_watch::sensor::{self, Input, Plan, State, Told};
use watchpost_web::{DeviceFault, Power};

use crate::clock::Steady;
use crate::devices::{Board, Shared};
use crate::monitor::Order;
use crate::status::with_sources;

/// How often it is looked what came of it that says nothing.
const LOOK: Duration = Duration::from_secs(5);

/// A sensor fired, or goes on saying yes.
#[derive(Clone, Debug)]
pub(crate) struct Fired {
    /// Whose cameras do what.
    pub(crate) sensor: Arc<config::Sensor>,
    /// What triggers them.
    pub(crate) trigger: Trigger,
    /// When.
    pub(crate) at: WallTime,
    /// Whether it fired at this moment, and does not only go on.
    pub(crate) fresh: bool,
}

/// What one sensor needs.
pub(crate) struct Desk {
    pub(crate) settings: Arc<config::Sensor>,
    pub(crate) broker: Option<Broker>,
    /// Plays one that is none.
    pub(crate) player: Player,
    pub(crate) board: Board,
    pub(crate) shared: Shared,
}

/// Under which name a sensor's faults stand.
pub(crate) fn place(name: &DeviceId) -> String {
    format!("sensor {name}")
}

/// Listens to a sensor until it is told to stop.
pub(crate) async fn run(desk: Desk, stop: CancellationToken) {
    let mut sensor = Sensor::new(&desk.settings, desk.broker.as_ref(), &desk.player);
    let mut clock = Steady::new();
    let machine = sensor::Sensor::new(Plan::of(&desk.settings), clock.now());
    let mut ear = Ear { machine, diary: Diary::default(), unreadable: 0, lost: None, desk };
    loop {
        // Now and then in any case: what cannot be understood is counted, and told by nobody.
        let due = ear.machine.wake_at().unwrap_or(clock.now() + LOOK);
        tokio::select! {
            () = stop.cancelled() => return,
            report = sensor.next() => ear.hear(report, clock.now()).await,
            () = clock.sleep_towards(Some(due)) => {}
        }
        ear.unreadable = sensor.unreadable();
        let now = clock.now();
        // Early ticks do no harm, and heal what a clock that was set back left waiting.
        ear.step(Input::Tick(now), now).await;
    }
}

struct Ear {
    desk: Desk,
    machine: sensor::Sensor,
    /// What of its readings is kept.
    diary: Diary,
    /// What of it could not be understood.
    unreadable: u64,
    /// Why it cannot be reached.
    lost: Option<DeviceFault>,
}

impl Ear {
    async fn hear(&mut self, report: Report, now: WallTime) {
        match report {
            Report::Reading(reading) => {
                self.lost = None;
                self.step(Input::Reading(reading, now), now).await;
                self.keep(now).await;
            }
            Report::Lost { cause, hint } => {
                self.lost = Some(DeviceFault { message: cause, hint });
                self.step(Input::Lost(now), now).await;
            }
        }
    }

    async fn step(&mut self, input: Input, now: WallTime) {
        let told = self.machine.step(input);
        let name = &self.desk.settings.name;
        for told in &told {
            match told {
                Told::Fired => self.fire(now).await,
                Told::Goes => self.pass_on(now, false),
                Told::Cleared => tracing::debug!(sensor = %name, "says yes no more"),
                // Both are told with their cause as a fault, and its end.
                Told::Silent => tracing::debug!(sensor = %name, "is silent"),
                Told::Heard => tracing::debug!(sensor = %name, "is heard again"),
            }
        }
        self.show(told.contains(&Told::Fired).then_some(now), now);
    }

    /// It fired: this is the moment that is measured from.
    async fn fire(&self, at: WallTime) {
        let settings = &self.desk.settings;
        tracing::info!(sensor = %settings.name, kind = settings.kind.word(), "fired");
        self.pass_on(at, true);
        let monitoring = *self.desk.shared.monitoring.borrow();
        let wanted = |action, power, now| {
            (settings.actions.contains(&action) && monitoring != now).then_some(power)
        };
        let arm = wanted(SensorAction::Arm, Power::On, true);
        let power = arm.or(wanted(SensorAction::Disarm, Power::Off, false));
        if let Some(power) = power {
            let by = format!("sensor {}", settings.name);
            // The switch ends only with the program.
            let _ = self.desk.shared.orders.send(Order { power, by }).await;
        }
    }

    fn pass_on(&self, at: WallTime, fresh: bool) {
        let sensor = Arc::clone(&self.desk.settings);
        let trigger = match sensor.kind {
            SensorKind::Mqtt(_) => Trigger::Mqtt,
            _ => Trigger::Sensor,
        };
        // Without cameras nobody listens.
        let _ = self.desk.shared.fired.send(Fired { sensor, trigger, at, fresh });
    }

    /// Tells the page, and its owner if it is not heard.
    fn show(&self, fired: Option<WallTime>, now: WallTime) {
        let State { active, since, seen, reading, silent } = self.machine.state();
        let name = &self.desk.settings.name;
        let fault = self.lost.clone().or_else(|| {
            let heartbeat = self.desk.settings.heartbeat.filter(|_| silent)?;
            let hint = "See whether it has power, and whether its wires and its battery are well.";
            let message = format!("nothing was heard of it for {heartbeat:?}");
            Some(DeviceFault { message, hint: hint.to_owned() })
        });
        let faults = &self.desk.shared.faults;
        match &fault {
            Some(DeviceFault { message, hint }) => {
                faults.set(&place(name), message.clone(), hint.clone(), now);
            }
            None => faults.clear(&place(name)),
        }
        self.desk.board.sensor(name, |card| {
            card.fired = fired.or(card.fired);
            (card.active, card.since, card.seen) = (active, since, seen);
            (card.reading, card.unreadable, card.fault) = (reading, self.unreadable, fault);
        });
    }

    /// Keeps what it told, where that is worth it.
    async fn keep(&mut self, at: WallTime) {
        let State { active, reading, .. } = self.machine.state();
        // What counts as its yes is what its owner wants to read later.
        let reading = Reading { on: active, momentary: false, ..reading };
        if self.diary.is_news(reading, at) {
            keep(&self.desk.shared, &self.desk.settings.name, reading, at).await;
        }
    }
}

/// Keeps a reading of a sensor or a light.
pub(crate) async fn keep(shared: &Shared, device: &DeviceId, reading: Reading, at: WallTime) {
    const PLACE: &str = "readings";
    let told = Kept { at, device: device.clone(), reading };
    match shared.store.keep_reading(told).await {
        Ok(()) => shared.faults.clear(PLACE),
        Err(error) => {
            let hint = "What sensors tell is not kept until this is mended.";
            shared.faults.set(PLACE, with_sources(&error), hint, at);
        }
    }
}
