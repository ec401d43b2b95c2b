//! The eye of one camera: decodes its pictures in a sandbox, looks for motion, and asks who it is.

mod group; //  what can still be decoded
mod rhythm; // which pictures are looked at
mod follow; // what is decoded of the stream, and when
mod judge; //  what is seen in its frames
mod objects; // who it is
mod photos; // the photos it takes
mod moment; // which picture shows a moment

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use watchpost_decode::{Outline, Worker, WorkerError};
use watchpost_media::{Parameters, Picture};
use watchpost_model::config::PhotoSize;
use watchpost_model::{
    Ailment, CameraId, EventId, Fraction, MotionSettings, ObjectSettings, PhotoAt, Region, WallTime,
};
use watchpost_store::Store;
use watchpost_vision::health::Examiner;
use watchpost_vision::motion::grid::Writer;
use watchpost_vision::motion::{Detector, Motion};
use watchpost_vision::stir::Vigil;
use watchpost_watch::backoff::Backoff;
use watchpost_watch::objects::Sighted;
use watchpost_web::{Change, Detection, Meter, SnapshotRequest};

use crate::clock;
use crate::detect::{Answer, Detector as Recogniser};
use crate::grids::Leaf;
use crate::health::Sign;
use crate::status::{Board, Faults, with_sources};
use group::Group;

pub(crate) use rhythm::{Rhythm, grey_size};

/// Which of a camera's streams a picture is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// The one that is recorded.
    Main,
    /// The small one for detection.
    Small,
}

/// A picture to look at.
pub(crate) struct Look {
    pub(crate) view: View,
    pub(crate) picture: Picture,
    /// Times from here on are not comparable with those before.
    pub(crate) jumped: bool,
}

/// What was seen.
pub(crate) enum Seen {
    /// Something moves.
    Motion {
        /// When.
        at: WallTime,
        /// Where and how much.
        motion: Motion,
        /// Whether a detector says who it is.
        known: bool,
    },
    /// A detector has looked: who it saw and what they did, and who went.
    Objects {
        /// At the frame of this moment.
        at: WallTime,
        /// Nobody, mostly.
        objects: Vec<Sighted>,
    },
    /// A detector was to look, and did not answer: nobody knows who was there.
    Unknown,
    /// Times from here on are not comparable with those before.
    NewTime {
        /// The last moment of the old time.
        last: WallTime,
    },
}

/// What the eye is asked to do.
pub(crate) enum Order {
    /// Take the photos of an event.
    Portrait {
        /// Of which event.
        event: EventId,
        /// The moment to show.
        at: WallTime,
        /// What to show of it.
        view: Portrait,
    },
    /// Take a photo that is kept.
    Shot(Shot),
    /// Take what is there now as the background.
    Relearn,
    /// End the page of the motion grid that is being filled, and have this told when it is kept.
    EndPage(oneshot::Sender<()>),
}

/// What the photos of an event show.
pub(crate) struct Portrait {
    /// What a line is drawn around in one of them.
    pub(crate) outlined: Vec<Outline>,
    /// What the small one is cut to, with some room around; all of the picture if there is none.
    pub(crate) subject: Option<Region>,
    /// How good it is, 0 to 1: the share of the picture that moves.
    pub(crate) score: Fraction,
}

/// A photo from the recorded stream.
pub(crate) struct Shot {
    /// Of which moment.
    pub(crate) at: WallTime,
    /// Which picture shows that moment.
    pub(crate) pick: PhotoAt,
    pub(crate) size: PhotoSize,
    /// Where the JPEG goes, with the moment it shows, or why there is none.
    pub(crate) reply: oneshot::Sender<Result<(Bytes, WallTime), String>>,
}

/// What one camera's eye needs.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    /// Which stream motion is looked for in.
    pub(crate) follows: View,
    /// What counts as motion, and how often to look.
    pub(crate) settings: watch::Receiver<MotionSettings>,
    /// Who recognises objects, which are looked for, and where answers go; `None` without a detector.
    pub(crate) objects: Option<(Recogniser, ObjectSettings, mpsc::Sender<Answer>)>,
    /// Whether motion is looked for at all.
    pub(crate) detects: bool,
    /// Whether the pictures are examined for what is wrong with the camera.
    pub(crate) examines: bool,
    /// Whether name and time stand on pictures made here, if nobody says otherwise.
    pub(crate) text: bool,
    /// From one picture to the next, of cameras that are asked for each; else zero.
    pub(crate) pace: Duration,
    pub(crate) store: Store,
    pub(crate) board: Board,
    pub(crate) faults: Faults,
    pub(crate) changes: broadcast::Sender<Change>,
    /// To the decisions.
    pub(crate) seen: mpsc::Sender<Seen>,
    /// To whoever watches over the camera's health.
    pub(crate) signs: mpsc::Sender<Sign>,
    /// To whoever keeps the motion grid.
    pub(crate) pages: mpsc::Sender<Leaf>,
    /// Shows what moves to those who watch.
    pub(crate) meter: Meter,
}

/// Looks until the camera's queue closes.
pub(crate) async fn run(
    desk: Desk,
    mut looks: mpsc::Receiver<Look>,
    mut orders: mpsc::Receiver<Order>,
    mut answers: mpsc::Receiver<Answer>,
    snapshots: &mut mpsc::Receiver<SnapshotRequest>,
    monitoring: watch::Receiver<bool>,
) {
    let mut settings = desk.settings.clone();
    let mut eye = Eye::new(desk, monitoring);
    loop {
        let due = eye.waiting.iter().map(|waiting| waiting.until).min();
        tokio::select! {
            biased;
            Some(order) = orders.recv() => {
                eye.behind = !looks.is_empty();
                eye.obey(order).await;
            }
            () = passes(due) => {
                eye.behind = !looks.is_empty();
                eye.take_waiting().await;
            }
            Ok(()) = settings.changed() => {
                let settings = settings.borrow_and_update().clone();
                eye.set(settings);
            }
            Some(answer) = answers.recv() => eye.answered(answer).await,
            look = looks.recv() => match look {
                Some(look) => {
                    eye.push(&look);
                    eye.behind = !looks.is_empty();
                    eye.take_waiting().await;
                    eye.look(look).await;
                }
                None => break,
            },
            // Last, so that many askers cannot keep the eye from looking.
            Some(request) = snapshots.recv() => eye.snapshot(request).await,
        }
    }
    eye.end_page();
}

/// Waits until then; for ever without a moment.
async fn passes(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

struct Eye {
    desk: Desk,
    monitoring: watch::Receiver<bool>,
    detector: Detector,
    /// What differs, to be kept.
    grid: Writer,
    /// Who it is.
    objects: Option<objects::Objects>,
    examiner: Examiner,
    /// What was last told to be wrong, and when.
    looks: BTreeSet<Ailment>,
    looks_told: WallTime,
    worker: Option<Worker>,
    restart: Backoff,
    /// No new worker before this.
    not_before: Instant,
    /// What the `Follow` slot is open for.
    open: Option<Arc<Parameters>>,
    /// Whether it has decoded all of the group up to the last picture.
    abreast: bool,
    /// The picture that it decoded last.
    shown: Option<WallTime>,
    vigil: Vigil,
    tally: follow::Tally,
    main: Group,
    small: Group,
    /// The time of the last picture.
    last: WallTime,
    /// The time of the first frame looked at.
    began: Option<WallTime>,
    /// The time of the last frame looked at, in the present reckoning of time.
    seen: Option<WallTime>,
    rhythm: Rhythm,
    /// When something last moved.
    moved: Option<WallTime>,
    /// Somebody wants photos until then.
    wanted_until: Instant,
    /// Photos whose picture is still to come.
    waiting: Vec<photos::Waiting>,
    /// Pictures have come that it has not looked at yet.
    behind: bool,
}

impl Eye {
    fn new(mut desk: Desk, monitoring: watch::Receiver<bool>) -> Self {
        let settings = desk.settings.borrow().clone();
        let objects = desk.objects.take().map(|(detector, wanted, reply)| {
            objects::Objects::new(detector, wanted, reply, &settings.zones)
        });
        Self {
            objects,
            desk,
            monitoring,
            rhythm: Rhythm::new(settings.frames_per_second),
            detector: Detector::new(settings),
            grid: Writer::new(),
            examiner: Examiner::new(),
            looks: BTreeSet::new(),
            looks_told: WallTime::MIN,
            worker: None,
            restart: Backoff::new(Duration::from_millis(100), Duration::from_secs(2)),
            not_before: Instant::now(),
            open: None,
            abreast: false,
            shown: None,
            vigil: Vigil::new(Duration::ZERO),
            tally: follow::Tally::default(),
            main: Group::default(),
            small: Group::default(),
            last: WallTime::MIN,
            began: None,
            seen: None,
            moved: None,
            wanted_until: Instant::now(),
            waiting: Vec::new(),
            behind: false,
        }
    }

    /// Judges by other settings from now on. What is learnt of the scene stays.
    fn set(&mut self, settings: MotionSettings) {
        self.rhythm = Rhythm::new(settings.frames_per_second);
        self.objects.iter_mut().for_each(|objects| objects.set_zones(&settings.zones));
        self.detector.set(settings);
    }

    /// Takes what is there now as the background.
    fn relearn(&mut self) {
        self.end_page();
        self.detector = Detector::new(self.desk.settings.borrow().clone());
        self.watch_closely();
    }

    /// Remembers the picture.
    fn push(&mut self, look: &Look) {
        let group = match look.view {
            View::Main => &mut self.main,
            View::Small => &mut self.small,
        };
        group.push(look.picture.clone());
    }

    /// Looks at a picture that is remembered already.
    async fn look(&mut self, look: Look) {
        let Look { view, picture, jumped } = look;
        if jumped {
            self.end_page();
            self.rhythm = Rhythm::new(self.desk.settings.borrow().frames_per_second);
            (self.began, self.seen, self.abreast) = (None, None, false);
            self.objects.iter_mut().for_each(objects::Objects::forget);
            self.count();
            self.watch_closely();
            // Not to be lost: the decisions answer soon, for they never wait for the eye.
            let last = self.last;
            let _ = self.desk.seen.send(Seen::NewTime { last }).await; // They end only with the program.
        }
        self.last = picture.time;
        if view == self.desk.follows
            && let Err(error) = self.follow(&picture).await
        {
            self.lost(&error);
        }
    }

    /// Whether motion is wanted.
    fn watches(&self) -> bool {
        self.desk.detects && *self.monitoring.borrow()
    }

    /// The worker; started if there is none.
    fn worker(&mut self) -> Result<&mut Worker, WorkerError> {
        match &mut self.worker {
            Some(worker) => Ok(worker),
            none => Ok(none.insert(Worker::start()?)),
        }
    }

    /// The worker failed: the next picture starts another. Recording does not notice.
    fn lost(&mut self, error: &WorkerError) {
        self.close();
        // What it failed at is not tried again: the next one begins with the present group.
        self.seen = self.seen.map(|_| self.last);
        let wait = self.restart.failed(Fraction::clamped(rand::random()));
        self.not_before = Instant::now() + wait;
        self.desk.board.detection(Detection::Restarting);
        let story = with_sources(error);
        tracing::warn!(camera = %self.desk.camera, "{story}; starting another");
        if self.restart.failures() > 3 {
            let hint = "Recording goes on. See the log; if libavcodec is missing, install it.";
            self.desk.faults.set(&self.place(), story, hint, clock::now());
        }
    }

    /// Ends the worker.
    fn close(&mut self) {
        self.worker = None;
        (self.open, self.abreast, self.shown) = (None, false, None);
    }

    fn place(&self) -> String {
        format!("{} detection", self.desk.camera)
    }
}
