//! Whether one camera does its duty: gathers the signs, keeps its troubles in the catalog, and raises
//! the alarm.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use watchpost_model::{Ailment, CameraId, WallTime};
use watchpost_store::Store;
use watchpost_watch::health::{Change, Health, Input, Plan};
use watchpost_web::Change as News;

use crate::clock;
use crate::status::{Board, Faults, with_sources};

/// A sign of life, or of the lack of it.
pub(crate) enum Sign {
    /// A picture of the recorded stream came.
    Picture(WallTime),
    /// The recorded stream broke off.
    Lost {
        /// When its last picture was, or when it was first tried.
        at: WallTime,
        /// What broke it.
        cause: String,
    },
    /// What the eye finds wrong with what it sees; all of it.
    Looks(BTreeSet<Ailment>, WallTime),
    /// Times from here on are not comparable with those before.
    NewTime(WallTime),
}

/// Something is wrong with the camera, and its owner should know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alarm {
    pub(crate) ailment: Ailment,
    /// Since when.
    pub(crate) at: WallTime,
}

/// What watching over one camera's health needs.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    pub(crate) plan: Plan,
    pub(crate) store: Store,
    pub(crate) board: Board,
    pub(crate) faults: Faults,
    pub(crate) changes: broadcast::Sender<News>,
    /// To the decisions.
    pub(crate) alarms: mpsc::Sender<Alarm>,
}

/// Watches until it is told to stop; troubles that last are then ended, for nobody watches them.
pub(crate) async fn run(desk: Desk, mut signs: mpsc::Receiver<Sign>, stop: CancellationToken) {
    let health = Health::new(desk.plan.clone(), clock::now());
    let mut nurse = Nurse { desk, health, outage: None, open: BTreeMap::new() };
    loop {
        let due = nurse.health.wake_at();
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            sign = signs.recv() => match sign {
                Some(sign) => nurse.take(sign).await,
                None => break,
            },
            () = clock::sleep_until(due) => nurse.step(Input::Tick(clock::now())).await,
        }
    }
    nurse.end_all().await;
}

struct Nurse {
    desk: Desk,
    health: Health,
    /// Since when no pictures come, if they do not. Stands in the catalog at once; an alarm only when it
    /// lasts.
    outage: Option<WallTime>,
    /// The other troubles, and since when.
    open: BTreeMap<Ailment, WallTime>,
}

impl Nurse {
    async fn take(&mut self, sign: Sign) {
        match sign {
            Sign::Picture(at) => {
                if self.outage.take().is_some() {
                    self.end(Ailment::NoPictures, at).await;
                }
                self.step(Input::Picture(at)).await;
            }
            Sign::Lost { at, cause } => {
                if self.outage.is_none() {
                    self.outage = Some(at);
                    self.begin(Ailment::NoPictures, at, Some(&cause)).await;
                }
                self.step(Input::Lost { at }).await;
            }
            Sign::Looks(ailments, at) => self.step(Input::Looks(ailments, at)).await,
            Sign::NewTime(now) => self.step(Input::NewTime(now)).await,
        }
    }

    async fn step(&mut self, input: Input) {
        for change in self.health.step(input) {
            match change {
                Change::Begins(ailment, at) => {
                    tracing::warn!(camera = %self.desk.camera, trouble = ailment.word(), "the camera is in trouble");
                    if ailment != Ailment::NoPictures {
                        self.begin(ailment, at, None).await;
                    } else if self.outage.is_none() {
                        self.outage = Some(at);
                        self.begin(ailment, at, None).await;
                    }
                    self.open.insert(ailment, at);
                    // A decision that is behind has many triggers already.
                    let _ = self.desk.alarms.try_send(Alarm { ailment, at });
                }
                Change::Ends(ailment, at) => {
                    tracing::info!(camera = %self.desk.camera, trouble = ailment.word(), "the trouble is over");
                    self.open.remove(&ailment);
                    if ailment != Ailment::NoPictures {
                        self.end(ailment, at).await;
                    }
                }
            }
            self.desk.board.health(&self.open);
        }
    }

    async fn begin(&self, ailment: Ailment, at: WallTime, cause: Option<&str>) {
        let Desk { camera, store, .. } = &self.desk;
        self.told(store.begin_trouble(camera, ailment, at, cause).await);
    }

    async fn end(&self, ailment: Ailment, at: WallTime) {
        let Desk { camera, store, .. } = &self.desk;
        self.told(store.end_trouble(camera, ailment, at).await);
    }

    async fn end_all(&mut self) {
        let now = clock::now();
        self.open.remove(&Ailment::NoPictures);
        for ailment in std::mem::take(&mut self.open).into_keys() {
            self.end(ailment, now).await;
        }
        if self.outage.take().is_some() {
            self.end(Ailment::NoPictures, now).await;
        }
        self.desk.board.health(&self.open);
    }

    /// The catalog took it, or the page says why not.
    fn told(&self, done: Result<(), watchpost_store::CatalogError>) {
        let place = format!("{} health", self.desk.camera);
        match done {
            Ok(()) => self.desk.faults.clear(&place),
            Err(error) => {
                self.desk.faults.set(&place, with_sources(&error), error.hint(), clock::now());
            }
        }
        let _ = self.desk.changes.send(News::Troubles); // Nobody may be looking.
    }
}
