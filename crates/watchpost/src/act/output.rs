//! One output: a lamp, a relay or a siren.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use watchpost_device::output::{Output as Pin, OutputError};
use watchpost_model::config::Output as Settings;
use watchpost_model::{DeviceId, Fraction, WallTime};
use watchpost_watch::backoff::Backoff;
use watchpost_watch::output::{Input, Output};
use watchpost_web::{DeviceFault, DeviceRequest, DeviceStates, DeviceWish, Refusal};

use crate::clock::Steady;
use crate::control::answer;
use crate::devices::{Board, Shared};
use crate::status::with_sources;

/// What one output needs.
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) board: Board,
    pub(crate) shared: Shared,
}

/// Under which name an output's faults stand.
pub(crate) fn place(name: &DeviceId) -> String {
    format!("output {name}")
}

/// Has the output on when it is wanted until it is told to stop; then it is off.
pub(crate) async fn run(
    desk: Desk,
    requests: &mut mpsc::Receiver<DeviceRequest>,
    stop: CancellationToken,
) {
    let mut clock = Steady::new();
    let mut states = desk.board.watch();
    let mut hand = Hand {
        plan: Output::new(desk.settings.max_on),
        on: false,
        followed: None,
        pin: None,
        again: Backoff::new(Duration::from_secs(1), Duration::from_secs(30)),
        not_before: Instant::now(),
        desk,
    };
    hand.apply(clock.now());
    loop {
        let due = hand.wake_at(&mut clock);
        let follows = hand.desk.settings.follows.is_some();
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = states.changed(), if follows => {
                let states = std::sync::Arc::clone(&states.borrow_and_update());
                hand.follow(&states, clock.now());
            }
            Some(request) = requests.recv() => hand.obey(request, clock.now()),
            () = clock.sleep_towards(due) => {}
        }
        // As for sensors.
        hand.step(Input::Tick, clock.now());
    }
}

struct Hand {
    desk: Desk,
    plan: Output,
    /// Whether it is to be on.
    on: bool,
    /// What the sensor that it follows said last.
    followed: Option<bool>,
    /// Once it was to be had; dropped, it is off.
    pin: Option<Pin>,
    again: Backoff,
    /// It is not tried before.
    not_before: Instant,
}

impl Hand {
    fn wake_at(&self, clock: &mut Steady) -> Option<WallTime> {
        let retry = self
            .pin
            .is_none()
            .then(|| clock.now() + self.not_before.saturating_duration_since(Instant::now()));
        [retry, self.plan.wake_at()].into_iter().flatten().min()
    }

    fn follow(&mut self, states: &DeviceStates, now: WallTime) {
        let follows = self.desk.settings.follows.as_ref();
        let mut sensors = states.sensors.iter();
        let followed = sensors.find(|card| Some(&card.settings.name) == follows);
        let followed = followed.and_then(|card| card.active);
        // Others change more often.
        if self.followed != followed {
            self.followed = followed;
            self.step(Input::Followed(followed), now);
        }
    }

    fn step(&mut self, input: Input, now: WallTime) {
        self.on = self.plan.step(input, now);
        self.apply(now);
    }

    /// Has the pin as it is to be.
    fn apply(&mut self, now: WallTime) {
        let name = self.desk.settings.name.clone();
        match self.set() {
            Ok(()) => {
                self.desk.shared.faults.clear(&place(&name));
                let on = self.on;
                self.desk.board.output(&name, |card| {
                    if card.on != on {
                        (card.on, card.since) = (on, now);
                    }
                    card.fault = None;
                });
            }
            Err(Some(error)) => {
                let (message, hint) = (with_sources(&error), error.hint().to_owned());
                self.desk.shared.faults.set(&place(&name), message.clone(), hint.clone(), now);
                self.desk.board.output(&name, |card| {
                    (card.on, card.fault) = (false, Some(DeviceFault { message, hint }));
                });
                self.pin = None;
                let wait = self.again.failed(Fraction::clamped(rand::random()));
                self.not_before = Instant::now() + wait;
            }
            Err(None) => {} // It is tried again later.
        }
    }

    fn set(&mut self) -> Result<(), Option<OutputError>> {
        if self.pin.is_none() {
            if Instant::now() < self.not_before {
                return Err(None);
            }
            self.pin = Some(Pin::open(&self.desk.settings)?);
        }
        if let Some(pin) = &mut self.pin {
            pin.set(self.on)?;
            self.again.succeeded();
        }
        Ok(())
    }

    fn obey(&mut self, request: DeviceRequest, now: WallTime) {
        let DeviceRequest { device, wish, reply } = request;
        let done = match wish {
            DeviceWish::Output(on) => {
                self.step(Input::ByHand(on), now);
                if self.pin.is_some() {
                    Ok(())
                } else {
                    let message = format!("{device} cannot be set.");
                    let hint = "See what is wrong with it on the page.".to_owned();
                    Err(Refusal::NotNow { message, hint })
                }
            }
            _ => Err(Refusal::None(format!("{device} is an output: it can be on and off."))),
        };
        answer(reply, done);
    }
}
