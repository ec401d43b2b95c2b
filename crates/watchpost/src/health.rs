//! Whether one camera does its duty: gathers the signs, keeps its troubles in the catalog, and raises
//! the alarm.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use watchpost_model::{Ailment, CameraId, WallTime};
use watchpost_store::Store;
use watchpost_watch::health::{Change, Health, Input, Plan};
use watchpost_web::Change as News;

use crate::camera;
use crate::clock::{self, Steady};
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
    /// From then on nobody wants pictures, and none are missed.
    Rests(WallTime),
    /// Times from here on are not comparable with those before, the last of which this was.
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
    let mut nurse = Nurse {
        desk,
        health,
        clock: Steady::new(),
        outage: Outage::default(),
        open: BTreeMap::new(),
        unended: Vec::new(),
    };
    loop {
        let due = nurse.wake_at();
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            sign = signs.recv() => match sign {
                Some(sign) => nurse.take(sign).await,
                None => break,
            },
            () = nurse.clock.sleep_towards(due) => nurse.tick().await,
        }
    }
    nurse.end_all().await;
}

/// Breaks of the stream. Each stands in the catalog with its cause, but one that comes again and again
/// stands there once, until the stream has held for a while: a loose plug must not wear out the disk.
#[derive(Default)]
struct Outage {
    /// Since when, and why, if there is one; or one that has not been well for long enough.
    open: Option<(WallTime, String)>,
    /// When pictures came again, if they did.
    over: Option<WallTime>,
    /// When the last one ended.
    last: Option<WallTime>,
    /// How many followed one another closely.
    in_a_row: u32,
}

/// A stream that held for this long is no loose plug.
const HELD: Duration = Duration::from_mins(1);

/// So many breaks in a row are a loose plug.
const LOOSE: u32 = 3;

struct Nurse {
    desk: Desk,
    health: Health,
    clock: Steady,
    outage: Outage,
    /// The troubles that the owner is told of, and since when.
    open: BTreeMap<Ailment, WallTime>,
    /// Ends that the catalog did not take yet.
    unended: Vec<(Ailment, WallTime)>,
}

impl Nurse {
    fn wake_at(&self) -> Option<WallTime> {
        let held = self.outage.over.map(|over| over + HELD);
        [self.health.wake_at(), held].into_iter().flatten().min()
    }

    async fn take(&mut self, sign: Sign) {
        match sign {
            Sign::Picture(at) => {
                self.picture(at).await;
                self.step(Input::Picture(at)).await;
            }
            Sign::Lost { at, cause } => {
                self.lost(at, cause).await;
                self.step(Input::Lost { at }).await;
            }
            Sign::Looks(ailments, at) => self.step(Input::Looks(ailments, at)).await,
            Sign::Rests(at) => {
                self.begin_anew(at).await;
                self.step(Input::Rests(at)).await;
            }
            Sign::NewTime(last) => {
                self.clock.set();
                self.begin_anew(last).await;
                self.step(Input::NewTime(last)).await;
            }
        }
    }

    /// Ends the outage: whatever breaks off from here on is another one.
    async fn begin_anew(&mut self, last: WallTime) {
        if self.outage.open.take().is_some() {
            self.end(Ailment::NoPictures, self.outage.over.unwrap_or(last)).await;
        }
        self.outage = Outage::default();
        self.open.remove(&Ailment::NoPictures);
        self.desk.board.health(&self.open);
    }

    /// Pictures come.
    async fn picture(&mut self, at: WallTime) {
        if self.outage.open.is_none() || self.outage.over.is_some() {
            return;
        }
        self.outage.over = Some(at);
        if self.outage.in_a_row < LOOSE {
            self.outage_ended(at).await;
        }
    }

    async fn outage_ended(&mut self, at: WallTime) {
        self.outage.open = None;
        self.outage.over = None;
        self.outage.last = Some(at);
        self.open.remove(&Ailment::NoPictures);
        self.desk.board.health(&self.open);
        self.end(Ailment::NoPictures, at).await;
    }

    /// No pictures come.
    async fn lost(&mut self, at: WallTime, cause: String) {
        self.outage.over = None;
        if let Some((_, first)) = &mut self.outage.open {
            // What we did ourselves is no cause of what came of it.
            let own = [camera::SETTINGS, camera::PHOTO].contains(&first.as_str());
            if own && *first != cause {
                first.clone_from(&cause);
                let now = self.clock.now();
                self.end(Ailment::NoPictures, now).await;
                self.begin(Ailment::NoPictures, now, Some(&cause)).await;
            }
            return;
        }
        let close = self.outage.last.is_some_and(|last| at.since_or_zero(last) < HELD);
        self.outage.in_a_row = if close { self.outage.in_a_row + 1 } else { 1 };
        let story = match self.outage.in_a_row {
            LOOSE => format!("breaks off again and again: {cause}"),
            _ => cause.clone(),
        };
        self.begin(Ailment::NoPictures, at, Some(&story)).await;
        self.outage.open = Some((at, cause));
        if self.health.current().contains(&Ailment::NoPictures) {
            // The last one is hardly over, and the owner was told.
            self.open.insert(Ailment::NoPictures, at);
        }
        if self.outage.in_a_row == LOOSE && self.desk.plan.kinds.contains(&Ailment::NoPictures) {
            self.tell(Ailment::NoPictures, at);
        }
    }

    async fn tick(&mut self) {
        let now = self.clock.now();
        if let Some(over) = self.outage.over
            && now >= over + HELD
        {
            self.outage.in_a_row = 0;
            self.outage_ended(over).await;
        }
        if self.health.wake_at().is_some_and(|due| now >= due) {
            self.step(Input::Tick(now)).await;
        }
    }

    async fn step(&mut self, input: Input) {
        for change in self.health.step(input) {
            match change {
                Change::Begins(Ailment::NoPictures, at) => {
                    // A camera may fall silent without breaking off.
                    let since = self.outage.open.as_ref().map(|(since, _)| *since);
                    if since.is_none() {
                        let last = at - self.desk.plan.no_pictures_after;
                        self.outage.open = Some((last, String::new()));
                        self.begin(Ailment::NoPictures, last, None).await;
                    }
                    // What came before it is of interest, not the silence since.
                    let last = at - self.desk.plan.no_pictures_after;
                    self.tell(Ailment::NoPictures, since.map_or(last, |since| since.max(last)));
                }
                Change::Begins(ailment, at) => {
                    self.begin(ailment, at, None).await;
                    self.tell(ailment, at);
                }
                // Ended already with the first picture, unless the stream does not hold.
                Change::Ends(Ailment::NoPictures, _) => {}
                Change::Ends(ailment, at) => {
                    tracing::info!(camera = %self.desk.camera, trouble = ailment.word(), "the trouble is over");
                    self.open.remove(&ailment);
                    self.end(ailment, at).await;
                }
            }
            self.desk.board.health(&self.open);
        }
    }

    /// Tells the owner, and raises the alarm.
    fn tell(&mut self, ailment: Ailment, at: WallTime) {
        if self.open.insert(ailment, at).is_some() {
            return;
        }
        tracing::warn!(camera = %self.desk.camera, trouble = ailment.word(), "the camera is in trouble");
        self.desk.board.health(&self.open);
        // A decision that is behind has many triggers already.
        let _ = self.desk.alarms.try_send(Alarm { ailment, at });
    }

    async fn begin(&mut self, ailment: Ailment, at: WallTime, cause: Option<&str>) {
        self.end_the_rest().await;
        let Desk { camera, store, .. } = &self.desk;
        let done = store.begin_trouble(camera, ailment, at, cause).await;
        self.told(done);
    }

    async fn end(&mut self, ailment: Ailment, at: WallTime) {
        self.unended.push((ailment, at));
        self.end_the_rest().await;
    }

    /// Ends that the catalog did not take are offered again, or two troubles would become one.
    async fn end_the_rest(&mut self) {
        while let Some((ailment, at)) = self.unended.first().copied() {
            let Desk { camera, store, .. } = &self.desk;
            let done = store.end_trouble(camera, ailment, at).await;
            let failed = done.is_err();
            self.told(done);
            if failed {
                return;
            }
            self.unended.remove(0);
        }
    }

    async fn end_all(&mut self) {
        let now = self.clock.now();
        if self.outage.open.take().is_some() {
            self.end(Ailment::NoPictures, self.outage.over.unwrap_or(now)).await;
        }
        self.open.remove(&Ailment::NoPictures);
        for ailment in std::mem::take(&mut self.open).into_keys() {
            self.end(ailment, now).await;
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
