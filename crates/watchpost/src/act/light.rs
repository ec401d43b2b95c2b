//! One infrared light: on when it is wanted, and how bright its room is.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use watchpost_device::light::{Light as Lamp, Report};
use watchpost_model::config::Light as Settings;
use watchpost_model::{DeviceId, Reading, WallTime};
use watchpost_watch::light::{Input, Light};
use watchpost_watch::readings::Diary;
use watchpost_web::{DeviceFault, DeviceRequest, DeviceWish, Refusal};

use crate::clock::Steady;
use crate::control::answer;
use crate::devices::{Board, Shared, is_real};
use crate::sense;

/// What one light needs.
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) board: Board,
    pub(crate) shared: Shared,
}

/// Under which name a light's faults stand.
pub(crate) fn place(name: &DeviceId) -> String {
    format!("light {name}")
}

/// Has the light on when it is wanted, until it is told to stop; then it stays as it is.
pub(crate) async fn run(
    desk: Desk,
    requests: &mut mpsc::Receiver<DeviceRequest>,
    stop: CancellationToken,
) {
    let mut clock = Steady::new();
    let mut monitoring = desk.shared.monitoring.clone();
    let zone = desk.shared.store.zone().clone();
    let mut keeper = Keeper {
        lamp: Lamp::new(desk.settings.link.clone()),
        plan: Light::new(desk.settings.when.clone(), zone),
        diary: Diary::default(),
        desk,
    };
    let armed = *monitoring.borrow_and_update();
    keeper.step(Input::Armed(armed), clock.now());
    loop {
        let due = keeper.plan.wake_at();
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = monitoring.changed() => {
                let armed = *monitoring.borrow_and_update();
                keeper.step(Input::Armed(armed), clock.now());
            }
            report = keeper.lamp.next() => keeper.hear(report, clock.now()).await,
            Some(request) = requests.recv() => keeper.obey(request, clock.now()),
            () = clock.sleep_towards(due) => {}
        }
        // As for sensors.
        keeper.step(Input::Tick, clock.now());
    }
}

struct Keeper {
    desk: Desk,
    lamp: Lamp,
    plan: Light,
    diary: Diary,
}

impl Keeper {
    fn step(&mut self, input: Input, now: WallTime) {
        let on = self.plan.step(input, now);
        self.lamp.set(on);
        let by_hand = self.plan.by_hand();
        let until = self.plan.until();
        self.desk.board.light(&self.desk.settings.name, |card| {
            (card.by_hand, card.until) = (by_hand, until);
        });
    }

    async fn hear(&mut self, report: Report, now: WallTime) {
        let name = self.desk.settings.name.clone();
        let faults = &self.desk.shared.faults;
        match report {
            Report::Lost { cause, hint } => {
                faults.set(&place(&name), cause.clone(), hint.clone(), now);
                let fault = Some(DeviceFault { message: cause, hint });
                self.desk.board.light(&name, |card| (card.fault, card.on) = (fault, None));
            }
            Report::Is(on) => {
                faults.clear(&place(&name));
                self.desk.board.light(&name, |card| {
                    (card.on, card.seen, card.fault) = (Some(on), Some(now), None);
                });
            }
            Report::Brightness(brightness) => {
                faults.clear(&place(&name));
                self.desk.board.light(&name, |card| {
                    (card.brightness, card.seen) = (Some(brightness), Some(now));
                    card.fault = None;
                });
                self.step(Input::Brightness(brightness), now);
                let reading = Reading { brightness: Some(brightness), ..Reading::default() };
                if self.diary.is_news(reading, now) {
                    sense::keep(&self.desk.shared, &name, reading, now).await;
                }
            }
        }
    }

    fn obey(&mut self, request: DeviceRequest, now: WallTime) {
        let DeviceRequest { device, wish, reply } = request;
        let done = match wish {
            DeviceWish::Light(on, length) => {
                self.step(Input::ByHand(on, length.map(|length| now + length)), now);
                Ok(())
            }
            DeviceWish::PlayBrightness(brightness) => {
                if let Some(refusal) = is_real(&device, &self.desk.settings.link) {
                    Err(refusal)
                } else {
                    self.lamp.play(brightness);
                    Ok(())
                }
            }
            _ => Err(Refusal::None(format!("{device} is a light: it can be on and off."))),
        };
        answer(reply, done);
    }
}
