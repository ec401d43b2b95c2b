//! One servo: where it stands by the mode, and by hand.

use std::panic::resume_unwind;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use watchpost_device::pwm::{Servo as Motor, ServoError};
use watchpost_model::config::Servo as Settings;
use watchpost_model::{DeviceId, Fraction, WallTime};
use watchpost_watch::backoff::Backoff;
use watchpost_watch::servo::Servo;
use watchpost_web::{DeviceFault, DeviceRequest, DeviceWish, Refusal};

use crate::clock::Steady;
use crate::control::answer;
use crate::devices::{Board, Shared};
use crate::status::with_sources;

/// What one servo needs.
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) board: Board,
    pub(crate) shared: Shared,
}

/// Under which name a servo's faults stand.
pub(crate) fn place(name: &DeviceId) -> String {
    format!("servo {name}")
}

/// Has the servo stand where it is wanted until it is told to stop; then it gets no pulses any more.
///
/// It begins where it stood when the program ended, so that it never jumps.
pub(crate) async fn run(
    desk: Desk,
    requests: &mut mpsc::Receiver<DeviceRequest>,
    stop: CancellationToken,
) {
    let mut clock = Steady::new();
    let mut monitoring = desk.shared.monitoring.clone();
    let known = desk.remembered().await;
    let mut helm = Helm {
        ramp: Servo::new(desk.settings.speed, known),
        motor: None,
        again: Backoff::new(Duration::from_secs(1), Duration::from_secs(30)),
        not_before: Instant::now(),
        desk,
    };
    let armed = *monitoring.borrow_and_update();
    helm.aim_by(armed, clock.now()).await;
    loop {
        let due = helm.wake_at(&mut clock);
        tokio::select! {
            () = stop.cancelled() => break,
            Ok(()) = monitoring.changed() => {
                let armed = *monitoring.borrow_and_update();
                helm.aim_by(armed, clock.now()).await;
            }
            Some(request) = requests.recv() => helm.obey(request, clock.now()).await,
            () = clock.sleep_towards(due) => {}
        }
        helm.turn(clock.now()).await;
    }
    helm.rest();
}

impl Desk {
    /// Where it stood last, if that is known.
    async fn remembered(&self) -> Option<f32> {
        let kept = self.shared.store.setting(&place(&self.settings.name)).await;
        kept.ok().flatten()?.parse().ok().filter(|angle| (0.0..=180.0).contains(angle))
    }

    /// Remembers where it will stand.
    async fn remember(&self, angle: f32) {
        let kept = angle.to_string();
        let stored = self.shared.store.set_setting(&place(&self.settings.name), Some(&kept)).await;
        if let Err(error) = stored {
            // It may jump at the next start; that is all.
            tracing::warn!(servo = %self.settings.name, "where it stands is not kept: {}", with_sources(&error));
        }
    }
}

struct Helm {
    desk: Desk,
    ramp: Servo,
    /// What drives it, once that was to be had.
    motor: Option<Motor>,
    again: Backoff,
    /// It is not tried before.
    not_before: Instant,
}

impl Helm {
    fn wake_at(&self, clock: &mut Steady) -> Option<WallTime> {
        if self.motor.is_none() && self.again.failures() > 0 {
            return Some(clock.now() + self.not_before.saturating_duration_since(Instant::now()));
        }
        self.ramp.wake_at()
    }

    async fn aim_by(&mut self, armed: bool, now: WallTime) {
        let Settings { angle_on, angle_off, .. } = self.desk.settings;
        self.aim(if armed { angle_on } else { angle_off }, now).await;
    }

    async fn aim(&mut self, angle: f32, now: WallTime) {
        self.ramp.aim(angle, now);
        self.desk.remember(angle).await;
        self.turn(now).await;
    }

    /// Has it stand where it is to stand at this moment.
    async fn turn(&mut self, now: WallTime) {
        let Some(angle) = self.ramp.angle(now) else { return };
        let target = self.ramp.target();
        let name = self.desk.settings.name.clone();
        match self.stand(angle).await {
            Ok(()) => {
                self.desk.shared.faults.clear(&place(&name));
                self.desk.board.servo(&name, |card| {
                    (card.angle, card.target, card.fault) = (Some(angle), target, None);
                });
            }
            Err(Some(error)) => {
                let (message, hint) = (with_sources(&error), error.hint().to_owned());
                self.desk.shared.faults.set(&place(&name), message.clone(), hint.clone(), now);
                let fault = Some(DeviceFault { message, hint });
                self.desk.board.servo(&name, |card| {
                    (card.angle, card.target, card.fault) = (None, target, fault);
                });
                self.motor = None;
                let wait = self.again.failed(Fraction::clamped(rand::random()));
                self.not_before = Instant::now() + wait;
            }
            Err(None) => {} // It is tried again later.
        }
    }

    async fn stand(&mut self, angle: f32) -> Result<(), Option<ServoError>> {
        if self.motor.is_none() {
            if Instant::now() < self.not_before {
                return Err(None);
            }
            // The kernel's files may take a second to be ours.
            let settings = self.desk.settings.clone();
            let opened = spawn_blocking(move || Motor::open(&settings)).await;
            self.motor = Some(opened.unwrap_or_else(|broken| resume_unwind(broken.into_panic()))?);
        }
        if let Some(motor) = &mut self.motor {
            motor.stand(angle)?;
            self.again.succeeded();
        }
        Ok(())
    }

    fn rest(&mut self) {
        if let Some(motor) = &mut self.motor
            && let Err(error) = motor.rest()
        {
            tracing::warn!(servo = %self.desk.settings.name, "does not rest: {}", with_sources(&error));
        }
    }

    async fn obey(&mut self, request: DeviceRequest, now: WallTime) {
        let DeviceRequest { device, wish, reply } = request;
        let done = match wish {
            DeviceWish::Servo(angle) if (0.0..=180.0).contains(&angle) => {
                self.aim(angle, now).await;
                Ok(())
            }
            DeviceWish::Servo(_) => Err(Refusal::Invalid {
                message: format!("{device} cannot turn that far."),
                hint: "An angle is from 0 to 180 degrees.".to_owned(),
            }),
            _ => Err(Refusal::None(format!("{device} is a servo: it can be turned."))),
        };
        answer(reply, done);
    }
}
