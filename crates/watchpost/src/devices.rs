//! Everything that senses or obeys: its tasks, and how a reload changes them.

mod board; // what the page shows of it

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, broadcast, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use watchpost_device::Player;
use watchpost_device::mqtt::Broker;
use watchpost_model::DeviceId;
use watchpost_model::config::{Config, Light, LightLink, Mqtt, Output, Sensor, SensorKind, Servo};
use watchpost_store::Store;
use watchpost_web::{DeviceRequest, DeviceWish, Refusal};

use crate::control::answer;
use crate::monitor::Order;
use crate::sense::Fired;
use crate::status::Faults;
use crate::{act, announce, clock, sense, supervise, wiring};

pub(crate) use board::Board;

/// What all devices share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) monitoring: watch::Receiver<bool>,
    /// To the cameras.
    pub(crate) fired: broadcast::Sender<Fired>,
    /// To the switch.
    pub(crate) orders: mpsc::Sender<Order>,
}

/// The running devices.
pub(crate) struct Devices {
    shared: Shared,
    board: Board,
    broker: Option<(Mqtt, Broker, Group)>,
    running: BTreeMap<DeviceId, Running>,
    /// Where each is told what somebody wants of it.
    ways: watch::Sender<BTreeMap<DeviceId, Way>>,
}

struct Running {
    settings: Settings,
    way: Way,
    group: Group,
}

/// One of them, as its owner set it.
#[derive(Clone, PartialEq)]
enum Settings {
    Sensor(Sensor),
    Light(Light),
    Servo(Servo),
    Output(Output),
}

/// How a device is told something.
#[derive(Clone)]
enum Way {
    /// It is a sensor, and plays if it is none.
    Sensor(&'static str, Player),
    /// It obeys.
    Inbox(mpsc::Sender<DeviceRequest>),
}

/// Its tasks.
struct Group {
    stop: CancellationToken,
    tasks: JoinHandle<()>,
}

impl Devices {
    /// None yet, and where the page finds them.
    pub(crate) fn new(shared: Shared, tasks: &mut JoinSet<()>) -> (Self, watchpost_web::Devices) {
        let (board, states) = Board::new();
        let (told, wishes) = watchpost_web::Devices::new(states);
        let (ways, known) = watch::channel(BTreeMap::new());
        tasks.spawn(pass_on(wishes, known));
        (Self { shared, board, broker: None, running: BTreeMap::new(), ways }, told)
    }

    /// Makes the running devices those of `config`. One whose settings did not change is not touched.
    pub(crate) async fn apply(&mut self, config: &Config) {
        let new_broker =
            self.broker.as_ref().map(|(settings, ..)| settings) != config.mqtt.as_ref();
        let wanted = wanted(config);
        let stays = |running: &Running| {
            let by_broker = matches!(&running.settings, Settings::Sensor(sensor) if matches!(sensor.kind, SensorKind::Mqtt(_)));
            wanted.contains(&running.settings) && !(new_broker && by_broker)
        };
        let gone: Vec<_> = self.running.extract_if(.., |_, running| !stays(running)).collect();
        for (_, running) in &gone {
            running.group.stop.cancel();
        }
        for (name, running) in gone {
            running.group.end().await;
            self.shared.faults.clear(&running.settings.place(&name));
        }
        if new_broker {
            self.connect(config.mqtt.clone()).await;
        }
        self.board.arrange(config, clock::now());
        for settings in wanted {
            let name = settings.name().clone();
            if !self.running.contains_key(&name) {
                let running = self.start(settings);
                self.running.insert(name, running);
            }
        }
        let ways = self.running.iter().map(|(name, running)| (name.clone(), running.way.clone()));
        self.ways.send_replace(ways.collect());
    }

    /// Stops all, and returns when nothing moves any more.
    pub(crate) async fn stop(mut self) {
        for running in self.running.values() {
            running.group.stop.cancel();
        }
        for (_, running) in std::mem::take(&mut self.running) {
            running.group.end().await;
        }
        self.connect(None).await;
    }

    /// Leaves the broker, and goes to another.
    async fn connect(&mut self, settings: Option<Mqtt>) {
        if let Some((_, broker, group)) = self.broker.take() {
            group.end().await;
            broker.close().await;
            self.shared.faults.clear(announce::PLACE);
        }
        self.broker = settings.map(|settings| {
            let broker = Broker::new(settings.clone());
            let desk = announce::Desk {
                broker: broker.clone(),
                board: self.board.clone(),
                zone: self.shared.store.zone().clone(),
                faults: self.shared.faults.clone(),
            };
            let faults = self.shared.faults.clone();
            let group = Group::start("mqtt", faults, move |round| {
                let mut tasks = JoinSet::new();
                tasks.spawn(announce::run(desk.clone(), round.clone()));
                tasks
            });
            (settings, broker, group)
        });
    }

    fn start(&self, settings: Settings) -> Running {
        let Self { shared, board, .. } = self;
        let broker = self.broker.as_ref().map(|(_, broker, _)| broker.clone());
        let faults = shared.faults.clone();
        let place = settings.place(settings.name());
        let (inbox, requests) = mpsc::channel(wiring::DEVICE_WISHES);
        // One task at a time reads the wishes; they outlive one that breaks.
        let requests = Arc::new(Mutex::new(requests));
        let player = Player::default();
        let way = match &settings {
            Settings::Sensor(sensor) => Way::Sensor(sensor.kind.word(), player.clone()),
            _ => Way::Inbox(inbox),
        };
        let (shared, board, of) = (shared.clone(), board.clone(), settings.clone());
        let group = Group::start(&place, faults, move |round| {
            let mut tasks = JoinSet::new();
            let (shared, board, stop) = (shared.clone(), board.clone(), round.clone());
            let requests = Arc::clone(&requests);
            match of.clone() {
                Settings::Sensor(settings) => {
                    let desk = sense::Desk {
                        settings: Arc::new(settings),
                        broker: broker.clone(),
                        player: player.clone(),
                        board,
                        shared,
                    };
                    tasks.spawn(sense::run(desk, stop));
                }
                Settings::Light(settings) => {
                    let desk = act::light::Desk { settings, board, shared };
                    tasks.spawn(async move {
                        act::light::run(desk, &mut *requests.lock().await, stop).await;
                    });
                }
                Settings::Servo(settings) => {
                    let desk = act::servo::Desk { settings, board, shared };
                    tasks.spawn(async move {
                        act::servo::run(desk, &mut *requests.lock().await, stop).await;
                    });
                }
                Settings::Output(settings) => {
                    let desk = act::output::Desk { settings, board, shared };
                    tasks.spawn(async move {
                        act::output::run(desk, &mut *requests.lock().await, stop).await;
                    });
                }
            }
            tasks
        });
        Running { settings, way, group }
    }
}

impl Group {
    fn start(
        name: &str,
        faults: Faults,
        start: impl FnMut(&CancellationToken) -> JoinSet<()> + Send + 'static,
    ) -> Self {
        let stop = CancellationToken::new();
        let tasks = supervise::keep_going(name.to_owned(), faults, stop.clone(), start);
        Self { stop, tasks: tokio::spawn(tasks) }
    }

    async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.tasks.await {
            tracing::error!("a device did not end well: {error}");
        }
    }
}

impl Settings {
    fn name(&self) -> &DeviceId {
        match self {
            Settings::Sensor(sensor) => &sensor.name,
            Settings::Light(light) => &light.name,
            Settings::Servo(servo) => &servo.name,
            Settings::Output(output) => &output.name,
        }
    }

    /// Under which name its faults stand.
    fn place(&self, name: &DeviceId) -> String {
        match self {
            Settings::Sensor(_) => sense::place(name),
            Settings::Light(_) => act::light::place(name),
            Settings::Servo(_) => act::servo::place(name),
            Settings::Output(_) => act::output::place(name),
        }
    }
}

/// All devices of `config`.
fn wanted(config: &Config) -> Vec<Settings> {
    let Config { sensors, lights, servos, outputs, .. } = config;
    let sensors = sensors.iter().cloned().map(Settings::Sensor);
    let lights = lights.iter().cloned().map(Settings::Light);
    let servos = servos.iter().cloned().map(Settings::Servo);
    let outputs = outputs.iter().cloned().map(Settings::Output);
    sensors.chain(lights).chain(servos).chain(outputs).collect()
}

/// Passes wishes on to whom they are for, until nobody is left to have any.
async fn pass_on(
    mut wishes: mpsc::Receiver<DeviceRequest>,
    ways: watch::Receiver<BTreeMap<DeviceId, Way>>,
) {
    while let Some(request) = wishes.recv().await {
        let way = ways.borrow().get(&request.device).cloned();
        let DeviceRequest { device, wish, .. } = &request;
        let refusal = match (way, wish) {
            (None, _) => Refusal::None(format!("There is no device {device}.")),
            (Some(Way::Sensor("sim", player)), DeviceWish::Play(reading)) => {
                player.play(*reading);
                answer(request.reply, Ok(()));
                continue;
            }
            (Some(Way::Sensor(kind, _)), DeviceWish::Play(_)) => Refusal::Invalid {
                message: format!("{device} is a real sensor."),
                hint: format!("Only sensors of kind = \"sim\" are played; it is \"{kind}\"."),
            },
            (Some(Way::Sensor(..)), _) => {
                Refusal::None(format!("{device} is a sensor, and obeys nobody."))
            }
            (Some(Way::Inbox(inbox)), _) => match inbox.try_send(request) {
                Ok(()) => continue,
                Err(refused) => {
                    let request = refused.into_inner();
                    let message = format!("{} is busy.", request.device);
                    let hint = "Try again in a few seconds.".to_owned();
                    answer(request.reply, Err(Refusal::NotNow { message, hint }));
                    continue;
                }
            },
        };
        answer(request.reply, Err(refusal));
    }
}

/// Why a light that is no played one plays nothing.
pub(crate) fn is_real(device: &DeviceId, link: &LightLink) -> Option<Refusal> {
    (*link != LightLink::Sim).then(|| Refusal::Invalid {
        message: format!("{device} is a real light."),
        hint: "Only lights of kind = \"sim\" are played.".to_owned(),
    })
}
