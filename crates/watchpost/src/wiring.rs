//! Every task, every queue, its bound, and what gives way when it is full.
//!
//! ```text
//! follow ─ footage 256 ──► record          the camera waits: recording loses nothing
//!        ─ looks 64 ─────► see             the eye misses pictures up to the next key picture
//!        ─ feed ─────────► live views      each drops to the next key picture (web::Feed)
//! see    ─ seen 16 ──────► decide          the next frame tells the same story
//! decide ─ wants 16 ─────► record          the decision waits
//!        ─ orders 8 ─────► see             the next better moment is taken
//! web    ─ snapshots 8 ──► see             the asker is told to try again
//!        ─ wishes 4 ─────► monitor         the asker waits
//! all    ─ changes 64 ───► open pages      a page that missed one loads its list anew
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify, broadcast, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use watchpost_model::CameraId;
use watchpost_model::config::{Camera, Config, Record};
use watchpost_store::Store;
use watchpost_vision::motion::Settings;
use watchpost_watch::event::Plan;
use watchpost_web::{CameraHandle, Change, Feed, SnapshotRequest, Snapshots};

use crate::camera::{self, Outlets};
use crate::see::View;
use crate::status::{Board, Faults};
use crate::{clock, decide, record, see, supervise};

const FOOTAGE: usize = 256;
const LOOKS: usize = 64;
const SEEN: usize = 16;
const WANTS: usize = 16;
const ORDERS: usize = 8;
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
        let stays = |running: &Running| config.cameras.contains(&running.camera);
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
                self.running.insert(camera.name.clone(), start(camera.clone(), &self.shared));
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

/// Starts a camera's tasks.
fn start(camera: Camera, shared: &Shared) -> Running {
    let (board, status) = Board::new(&camera, clock::now());
    let (snapshots, requests) = Snapshots::new();
    let live = Feed::new();
    let handle = CameraHandle { name: camera.name.clone(), status, live: live.clone(), snapshots };
    let stop = CancellationToken::new();
    let wire = Line { camera: camera.clone(), shared: shared.clone(), board, live };
    // One eye at a time reads the requests; they outlive an eye that breaks.
    let requests = Arc::new(Mutex::new(requests));
    let tasks = move |round: &CancellationToken| wire.start(round, &requests);
    let name = camera.name.to_string();
    let group = supervise::keep_going(name, shared.faults.clone(), stop.clone(), tasks);
    Running { camera, handle, stop, group: tokio::spawn(group) }
}

/// What one camera's tasks are made from.
struct Line {
    camera: Camera,
    shared: Shared,
    board: Board,
    live: Feed,
}

impl Line {
    fn start(
        &self,
        round: &CancellationToken,
        requests: &Arc<Mutex<mpsc::Receiver<SnapshotRequest>>>,
    ) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let (give_footage, footage) = mpsc::channel(FOOTAGE);
        let (give_looks, looks) = mpsc::channel(LOOKS);
        let (give_seen, seen) = mpsc::channel(SEEN);
        let (give_wants, wants) = mpsc::channel(WANTS);
        let (give_orders, orders) = mpsc::channel(ORDERS);
        let Camera { name, source, detect_source, record, .. } = self.camera.clone();

        if record != Record::Off {
            tasks.spawn(record::run(self.record_desk(), footage, wants));
        }
        let decide = decide::run(
            self.decide_desk(give_wants, give_orders),
            seen,
            self.shared.monitoring.clone(),
            round.clone(),
        );
        tasks.spawn(decide);
        let eye = self.see_desk(give_seen);
        let (monitoring, requests) = (self.shared.monitoring.clone(), Arc::clone(requests));
        tasks.spawn(async move {
            let mut requests = requests.lock().await;
            see::run(eye, looks, orders, &mut requests, monitoring).await;
        });
        if let Some(source) = detect_source {
            let outlets = self.outlets(View::Small, None, give_looks.clone());
            tasks.spawn(camera::follow(name.clone(), source, outlets, round.clone()));
        }
        let give_footage = (record != Record::Off).then_some(give_footage);
        let outlets = self.outlets(View::Main, give_footage, give_looks);
        tasks.spawn(camera::follow(name, source, outlets, round.clone()));
        tasks
    }

    fn outlets(
        &self,
        view: View,
        record: Option<mpsc::Sender<record::Footage>>,
        see: mpsc::Sender<see::Look>,
    ) -> Outlets {
        Outlets {
            record,
            see,
            live: (view == View::Main).then(|| self.live.clone()),
            view,
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
        }
    }

    fn record_desk(&self) -> record::Desk {
        record::Desk {
            camera: self.camera.name.clone(),
            mode: self.camera.record,
            pre_roll: self.camera.pre_roll,
            store: self.shared.store.clone(),
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
            make_room: Arc::clone(&self.shared.make_room),
        }
    }

    fn decide_desk(
        &self,
        record: mpsc::Sender<record::Want>,
        see: mpsc::Sender<see::Order>,
    ) -> decide::Desk {
        let Camera { pre_roll, post_roll, max_event, .. } = self.camera;
        decide::Desk {
            camera: self.camera.name.clone(),
            plan: Plan { pre_roll, post_roll, max_event },
            store: self.shared.store.clone(),
            faults: self.shared.faults.clone(),
            record,
            see,
            changes: self.shared.changes.clone(),
        }
    }

    fn see_desk(&self, seen: mpsc::Sender<see::Seen>) -> see::Desk {
        let watchpost_model::config::Motion { min_area, min_pixel_delta } = self.camera.motion;
        see::Desk {
            camera: self.camera.name.clone(),
            follows: if self.camera.detect_source.is_some() { View::Small } else { View::Main },
            settings: Settings { min_area, min_pixel_delta },
            detects: self.camera.record != Record::Off,
            store: self.shared.store.clone(),
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
            changes: self.shared.changes.clone(),
            seen,
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
