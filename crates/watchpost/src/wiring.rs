//! Every task, every queue, its bound, and what gives way when it is full.
//!
//! ```text
//! follow  ─ footage 256 ──► record         the camera waits: recording loses nothing
//!         ─ looks 64 ─────► see            the eye misses pictures up to the next key picture
//!         ─ signs 64 ─────► health         the next sign tells the same story
//!         ─ feed ─────────► live views     each drops to the next key picture (web::Feed)
//! see     ─ seen 16 ──────► decide         the next frame tells the same story; for objects the eye waits
//!         ─ question ─────► detect         one a camera: the newest takes the place of the one before
//! detect  ─ answers 4 ────► see            the eye looks again
//!         ─ signs (above) ► health
//!         ─ pages 4 ──────► grids          a page of the motion grid is lost, which the log says
//! health  ─ alarms 16 ────► decide         there are no more kinds than that
//! decide  ─ wants 16 ─────► record         the decision waits
//!         ─ orders 8 ─────► see            the next better moment is taken
//!         ─ photos 8 ─────► photo          a photo less is taken
//! photo   ─ orders (above) ► see           the photo waits
//! tune    ─ orders (above) ► see           the last minutes are not judged again
//!         ─ stills 2 ─────► follow         the photo waits
//! control ─ asks 4 ───────► decide         the asker waits
//!         ─ photos (above) ► photo         the asker is told to try again
//!         ─ turns 8 ──────► turn           the asker is told to try again
//! sense   ─ fired 64 ─────► decide         a camera that is so far behind misses the oldest
//!         ─ orders 4 ─────► monitor        the sensor waits
//! web     ─ snapshots 8 ──► see            the asker is told to try again
//!         ─ controls 8 ───► control        the asker is told to try again
//!         ─ questions 8 ──► tune           the asker is told to try again
//!         ─ wishes 4 ─────► monitor        the asker waits
//!         ─ questions 2 ──► find           the asker is told to try again
//!         ─ wishes 8 ─────► devices        the asker is told to try again
//! devices ─ wishes 4 ─────► act            the asker is told to try again
//! all     ─ changes 64 ───► open pages     a page that missed one loads its list anew
//! ```

mod desks; // what each task of a camera gets

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify, broadcast, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use watchpost_model::config::{self, Camera, Config, PictureSettings, Record, Source, Start};
use watchpost_model::{CameraId, MotionSettings, ObjectSettings};
use watchpost_store::Store;
use watchpost_web::{
    Abilities, CameraHandle, Change, ControlRequest, Controls, Feed, Meter, MotionControls,
    MotionRequest, SnapshotRequest, Snapshots,
};

use crate::camera::{self, Inlets, Outlets};
use crate::detect::Detector;
use crate::see::View;
use crate::sense::Fired;
use crate::status::{Board, Faults};
use crate::{
    clock, control, decide, demand, grids, health, photo, record, see, supervise, tune, turn,
};

const FOOTAGE: usize = 256;
const LOOKS: usize = 64;
const SEEN: usize = 16;
const WANTS: usize = 16;
const ORDERS: usize = 8;
const SIGNS: usize = 64;
const ALARMS: usize = 16;
const PHOTOS: usize = 8;
const STILLS: usize = 2;
const ASKS: usize = 4;
const TURNS: usize = 8;
const PAGES: usize = 4;
const ANSWERS: usize = 4;
/// Of sensors that fire, for each camera.
pub(crate) const FIRED: usize = 64;
/// Of sensors that switch monitoring.
pub(crate) const POWER_ORDERS: usize = 4;
/// Of what somebody wants of one device.
pub(crate) const DEVICE_WISHES: usize = 4;
/// Of changes, for open pages.
pub(crate) const CHANGES: usize = 64;

/// What all cameras share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) changes: broadcast::Sender<Change>,
    pub(crate) monitoring: watch::Receiver<bool>,
    pub(crate) make_room: Arc<Notify>,
    /// Who recognises objects.
    pub(crate) detector: Detector,
    /// Sensors that fire.
    pub(crate) fired: broadcast::Sender<Fired>,
}

/// The running cameras.
pub(crate) struct Cameras {
    shared: Shared,
    running: BTreeMap<CameraId, Running>,
    /// What the page knows of them, in the order of the configuration.
    handles: watch::Sender<Vec<CameraHandle>>,
}

struct Running {
    camera: Camera,
    /// Whether there was a detector when it was started.
    recognises: bool,
    handle: CameraHandle,
    stop: CancellationToken,
    group: JoinHandle<()>,
}

impl Cameras {
    /// No camera yet, and where the page will find them.
    pub(crate) fn new(shared: Shared) -> (Self, watch::Receiver<Vec<CameraHandle>>) {
        let (handles, told) = watch::channel(Vec::new());
        (Self { shared, running: BTreeMap::new(), handles }, told)
    }

    /// Makes the running cameras those of `config`. A camera whose settings did not change is not
    /// touched.
    pub(crate) async fn apply(&mut self, config: &Config) {
        let recognises = config.detector.is_some();
        let stays = |running: &Running| {
            // A detector that comes or goes changes what each camera's eye does.
            running.recognises == recognises && config.cameras.contains(&running.camera)
        };
        let gone: Vec<_> = self.running.iter().filter(|(_, running)| !stays(running)).collect();
        for (_, running) in &gone {
            running.stop.cancel();
        }
        let gone: Vec<_> = gone.into_iter().map(|(name, _)| name.clone()).collect();
        for name in gone {
            // It stays in the list until it has ended: whoever stops all waits for it, too.
            if let Some(running) = self.running.get_mut(&name) {
                running.end().await;
            }
            self.running.remove(&name);
            self.shared.faults.forget(&name);
        }
        for camera in &config.cameras {
            if !self.running.contains_key(&camera.name) {
                let picture = control::kept_picture(&self.shared.store, camera).await;
                let counts = tune::kept_settings(&self.shared.store, camera).await;
                let changed = Changed { picture, counts };
                let running = start(camera.clone(), recognises, changed, &self.shared);
                self.running.insert(camera.name.clone(), running);
            }
        }
        let handle = |camera: &Camera| Some(self.running.get(&camera.name)?.handle.clone());
        self.handles.send_replace(config.cameras.iter().filter_map(handle).collect());
    }

    /// Stops all cameras, and returns when all files are closed.
    pub(crate) async fn stop(self) {
        for running in self.running.values() {
            running.stop.cancel();
        }
        for mut running in self.running.into_values() {
            running.end().await;
        }
    }
}

/// What was changed on the page since the file was written.
struct Changed {
    /// Of the picture settings.
    picture: Option<PictureSettings>,
    /// What counts as motion, changed or not.
    counts: MotionSettings,
}

/// Starts a camera's tasks.
fn start(camera: Camera, recognises: bool, changed: Changed, shared: &Shared) -> Running {
    let Changed { picture, counts } = changed;
    let (board, status) = Board::new(&camera, clock::now());
    let (snapshots, snapshot_requests) = Snapshots::new();
    let (controls, control_requests) = Controls::new();
    let (motion, motion_requests) = MotionControls::new();
    let meter = Meter::new();
    let live = Feed::new();
    let handle = CameraHandle {
        name: camera.name.clone(),
        status,
        live: live.clone(),
        snapshots,
        controls,
        abilities: Abilities {
            picture: matches!(camera.source, Source::RaspberryPi(_)),
            ptz: camera.onvif.is_some(),
        },
        motion,
        meter: meter.clone(),
        text_on_pictures: camera.text_on_pictures,
    };
    let stop = CancellationToken::new();
    let source = match (camera.source.clone(), picture) {
        (Source::RaspberryPi(pi), Some(picture)) => {
            Source::RaspberryPi(config::RaspberryPi { picture, ..pi })
        }
        (source, _) => source,
    };
    let (source, _) = watch::channel(source);
    let shared = shared.clone();
    let (counts, _) = watch::channel(counts);
    let (demand, _) = watch::channel(camera.start == Start::Always);
    let objects = (recognises && camera.objects.enabled).then(|| camera.objects.clone());
    let wire = Line {
        camera: camera.clone(),
        shared: shared.clone(),
        board,
        live,
        source,
        counts,
        objects,
        meter,
        demand,
        calls: Arc::new(Notify::new()),
    };
    // One task at a time reads the requests; they outlive one that breaks.
    let asked = Asked {
        snapshots: Arc::new(Mutex::new(snapshot_requests)),
        controls: Arc::new(Mutex::new(control_requests)),
        motion: Arc::new(Mutex::new(motion_requests)),
    };
    let tasks = move |round: &CancellationToken| wire.start(round, &asked);
    let name = camera.name.to_string();
    let group = supervise::keep_going(name, shared.faults, stop.clone(), tasks);
    Running { camera, recognises, handle, stop, group: tokio::spawn(group) }
}

/// What the page asks of one camera.
struct Asked {
    snapshots: Arc<Mutex<mpsc::Receiver<SnapshotRequest>>>,
    controls: Arc<Mutex<mpsc::Receiver<ControlRequest>>>,
    motion: Arc<Mutex<mpsc::Receiver<MotionRequest>>>,
}

/// What one camera's tasks are made from.
struct Line {
    camera: Camera,
    shared: Shared,
    board: Board,
    live: Feed,
    /// Where the video comes from: as the file says, but for what was changed since.
    source: watch::Sender<Source>,
    /// What counts as motion: as the file says, but for what was changed since.
    counts: watch::Sender<MotionSettings>,
    /// Which objects count; `None` without a detector.
    objects: Option<ObjectSettings>,
    /// Shows what moves.
    meter: Meter,
    /// Whether its stream is needed.
    demand: watch::Sender<bool>,
    /// Rung when somebody wants a photo.
    calls: Arc<Notify>,
}

/// The queues' near ends, for those who have several far ones.
struct Ends {
    looks: mpsc::Sender<see::Look>,
    signs: mpsc::Sender<health::Sign>,
    orders: mpsc::Sender<see::Order>,
    photos: mpsc::Sender<photo::Wanted>,
    pages: mpsc::Sender<grids::Leaf>,
}

impl Line {
    fn start(&self, round: &CancellationToken, asked: &Asked) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let (give_footage, footage) = mpsc::channel(FOOTAGE);
        let (give_looks, looks) = mpsc::channel(LOOKS);
        let (give_signs, signs) = mpsc::channel(SIGNS);
        let (give_seen, seen) = mpsc::channel(SEEN);
        let (give_wants, wants) = mpsc::channel(WANTS);
        let (give_orders, orders) = mpsc::channel(ORDERS);
        let (give_alarms, alarms) = mpsc::channel(ALARMS);
        let (give_photos, photos) = mpsc::channel(PHOTOS);
        let (give_stills, stills) = mpsc::channel(STILLS);
        let (give_asks, asks) = mpsc::channel(ASKS);
        let (give_turns, turns) = mpsc::channel(TURNS);
        let (give_pages, pages) = mpsc::channel(PAGES);
        let (give_answers, answers) = mpsc::channel(ANSWERS);
        let Camera { name, detect_source, record, timelapse, .. } = self.camera.clone();
        let ends = Ends {
            looks: give_looks,
            signs: give_signs,
            orders: give_orders,
            photos: give_photos,
            pages: give_pages,
        };
        let writes = record != Record::Off || timelapse.is_some();
        let monitoring = self.shared.monitoring.clone();

        if writes {
            tasks.spawn(record::run(self.record_desk(), footage, wants));
        }
        let fired = self.shared.fired.subscribe();
        let news = decide::News { seen, alarms, asks, fired, monitoring: monitoring.clone() };
        let (tell_event, event) = watch::channel(false);
        let desk = self.decide_desk(give_wants, tell_event, &ends);
        tasks.spawn(decide::run(desk, news, round.clone()));
        if self.camera.start == Start::OnDemand {
            let desk = demand::Desk {
                camera: name.clone(),
                live: self.live.clone(),
                event,
                fired: self.shared.fired.subscribe(),
                calls: Arc::clone(&self.calls),
                demand: self.demand.clone(),
            };
            tasks.spawn(demand::run(desk, round.clone()));
        }
        tasks.spawn(health::run(self.health_desk(give_alarms), signs, round.clone()));
        tasks.spawn(photo::run(self.photo_desk(give_stills, &ends), photos));
        tasks.spawn(turn::run(self.camera.clone(), turns, round.clone()));
        let desk = self.control_desk(give_asks, give_turns, &ends);
        let requests = Arc::clone(&asked.controls);
        let stopping = round.clone();
        tasks.spawn(async move {
            let mut requests = requests.lock().await;
            control::run(desk, &mut requests, stopping).await;
        });
        tasks.spawn(grids::run(self.grids_desk(), pages));
        let (desk, requests) = (self.tune_desk(&ends), Arc::clone(&asked.motion));
        let stopping = round.clone();
        tasks.spawn(async move {
            let mut requests = requests.lock().await;
            tune::run(desk, &mut requests, stopping).await;
        });
        let (eye, requests) =
            (self.see_desk(give_seen, give_answers, &ends), Arc::clone(&asked.snapshots));
        tasks.spawn(async move {
            let mut requests = requests.lock().await;
            see::run(eye, looks, orders, answers, &mut requests, monitoring).await;
        });
        if let Some(source) = detect_source {
            let outlets = self.outlets(View::Small, None, &ends);
            // Neither changes, nor takes photos.
            let (source, stills) = (watch::channel(source).1, mpsc::channel(1).1);
            let inlets = Inlets { source, stills, demand: self.demand.subscribe() };
            tasks.spawn(camera::follow(name.clone(), inlets, outlets, round.clone()));
        }
        let outlets = self.outlets(View::Main, writes.then_some(give_footage), &ends);
        let source = self.source.subscribe();
        let inlets = Inlets { source, stills, demand: self.demand.subscribe() };
        tasks.spawn(camera::follow(name, inlets, outlets, round.clone()));
        tasks
    }

    /// From one picture to the next, of cameras that are asked for each; else zero.
    fn pace(&self) -> Duration {
        match &self.camera.source {
            Source::Http(http) => http.interval,
            _ => Duration::ZERO,
        }
    }

    fn outlets(
        &self,
        view: View,
        record: Option<mpsc::Sender<record::Footage>>,
        ends: &Ends,
    ) -> Outlets {
        Outlets {
            record,
            see: ends.looks.clone(),
            live: (view == View::Main).then(|| self.live.clone()),
            signs: (view == View::Main).then(|| ends.signs.clone()),
            view,
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
        }
    }
}

impl Running {
    /// Waits until its files are closed. Tell it to stop before. Cancel safe.
    async fn end(&mut self) {
        if self.group.is_finished() {
            return;
        }
        if let Err(error) = (&mut self.group).await {
            tracing::error!(camera = %self.camera.name, "did not end well: {error}");
        }
    }
}
