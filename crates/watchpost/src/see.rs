//! The eye of one camera: decodes its pictures in a sandbox and looks for motion.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;
use watchpost_decode::{Photo, Slot, Worker, WorkerError};
use watchpost_media::{Kind, Parameters, Picture};
use watchpost_model::config::PhotoSize;
use watchpost_model::{Ailment, CameraId, EventId, Fraction, MotionSettings, WallTime};
use watchpost_store::{Snapshot, Store};
use watchpost_vision::Grey;
use watchpost_vision::health::Examiner;
use watchpost_vision::motion::{Detector, Motion};
use watchpost_watch::backoff::Backoff;
use watchpost_web::{Change, Detection, SnapshotRequest};

use crate::clock;
use crate::health::Sign;
use crate::status::{Board, Faults, with_sources};

/// Motion is looked for at most ten times a second: people do not move faster.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The width of the grey frames that motion is looked for in.
const GREY_WIDTH: u16 = 160;

/// A photo that somebody asked for keeps the decoder going for this long: more may be asked for.
const DEMAND: Duration = Duration::from_secs(5);

/// A picture older than this is not one of now.
const STALE: Duration = Duration::from_secs(10);

/// What the eye finds wrong with its pictures is told this often, and when it changes.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// How long after its last motion a camera counts as quiet, for the page.
const QUIET: Duration = Duration::from_secs(1);

/// The most pictures of one group that are remembered; a camera with longer ones has its snapshots from
/// the start of the group.
const LONGEST_GROUP: usize = 600;

/// The width of the small picture on an event's card.
const THUMB_WIDTH: u16 = 320;

/// A photo as the camera sees it.
const PLAIN: Photo =
    Photo { width: None, fit: None, quality: 80, outlined: Vec::new(), text: None };

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
    },
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
        /// What moved then.
        motion: Motion,
    },
    /// Take a photo that is kept.
    Shot(Shot),
    /// Take what is there now as the background.
    Relearn,
}

/// A photo from the recorded stream.
pub(crate) struct Shot {
    /// Of which moment.
    pub(crate) at: WallTime,
    pub(crate) size: PhotoSize,
    /// Where the JPEG goes, with the moment it shows, or why there is none.
    pub(crate) reply: oneshot::Sender<Result<(Bytes, WallTime), String>>,
}

/// What one camera's eye needs.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    /// Which stream motion is looked for in.
    pub(crate) follows: View,
    pub(crate) settings: MotionSettings,
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
}

/// Looks until the camera's queue closes.
pub(crate) async fn run(
    desk: Desk,
    mut looks: mpsc::Receiver<Look>,
    mut orders: mpsc::Receiver<Order>,
    snapshots: &mut mpsc::Receiver<SnapshotRequest>,
    monitoring: watch::Receiver<bool>,
) {
    let detector = Detector::new(desk.settings.clone());
    let mut eye = Eye {
        desk,
        monitoring,
        detector,
        examiner: Examiner::new(),
        looks: BTreeSet::new(),
        looks_told: WallTime::MIN,
        worker: None,
        restart: Backoff::new(Duration::from_millis(100), Duration::from_secs(2)),
        not_before: Instant::now(),
        followed: None,
        main: Group::default(),
        small: Group::default(),
        last: WallTime::MIN,
        began: None,
        rhythm: Rhythm::default(),
        moved: None,
        wanted_until: Instant::now(),
    };
    loop {
        tokio::select! {
            biased;
            Some(order) = orders.recv() => eye.obey(order).await,
            look = looks.recv() => match look {
                Some(look) => eye.look(look).await,
                None => return,
            },
            // Last, so that many askers cannot keep the eye from looking.
            Some(request) = snapshots.recv() => eye.snapshot(request).await,
        }
    }
}

struct Eye {
    desk: Desk,
    monitoring: watch::Receiver<bool>,
    detector: Detector,
    examiner: Examiner,
    /// What was last told to be wrong, and when.
    looks: BTreeSet<Ailment>,
    looks_told: WallTime,
    worker: Option<Worker>,
    restart: Backoff,
    /// No new worker before this.
    not_before: Instant,
    /// What the `Follow` slot is open for; `None` if it must begin at a key picture.
    followed: Option<Arc<Parameters>>,
    main: Group,
    small: Group,
    /// The time of the last picture.
    last: WallTime,
    /// The time of the first frame looked at.
    began: Option<WallTime>,
    rhythm: Rhythm,
    /// When something last moved.
    moved: Option<WallTime>,
    /// Somebody wants photos until then.
    wanted_until: Instant,
}

/// The pictures of a stream's last two groups: what a frame of the last moments can be decoded from.
#[derive(Default)]
struct Group(VecDeque<Picture>);

impl Group {
    fn push(&mut self, picture: Picture) {
        if picture.kind == Kind::Key {
            let keys = self.0.iter().filter(|picture| picture.kind == Kind::Key).count();
            if keys >= 2 {
                self.0.pop_front();
                while self.0.front().is_some_and(|picture| picture.kind != Kind::Key) {
                    self.0.pop_front();
                }
            }
        }
        if self.0.len() < LONGEST_GROUP || picture.kind == Kind::Key {
            self.0.push_back(picture);
        }
    }

    /// From the last key picture at or before `at` up to `at`; at least that key picture.
    fn up_to(&self, at: WallTime) -> Vec<Picture> {
        let is_key = |picture: &Picture| picture.kind == Kind::Key;
        let before = self.0.iter().rposition(|picture| is_key(picture) && picture.time <= at);
        let first = before.or_else(|| self.0.iter().position(is_key)).unwrap_or(0);
        let within = |(index, picture): &(usize, &Picture)| *index == first || picture.time <= at;
        self.0
            .iter()
            .enumerate()
            .skip(first)
            .take_while(within)
            .map(|(_, picture)| picture.clone())
            .collect()
    }
}

impl Eye {
    async fn look(&mut self, look: Look) {
        let Look { view, picture, jumped } = look;
        if jumped {
            self.rhythm = Rhythm::default();
            self.began = None;
            // Not to be lost: the decisions answer soon, for they never wait for the eye.
            let last = self.last;
            let _ = self.desk.seen.send(Seen::NewTime { last }).await; // They end only with the program.
        }
        self.last = picture.time;
        let group = match view {
            View::Main => &mut self.main,
            View::Small => &mut self.small,
        };
        group.push(picture.clone());
        if view != self.desk.follows {
            return;
        }
        if !self.watches() && Instant::now() >= self.wanted_until {
            self.desk.board.detection(Detection::Off);
            // Key pictures are enough to see that the camera is well, at a tenth of the cost.
            if !self.desk.examines {
                self.worker = None; // Sixteen of them would be half a gigabyte for nothing.
            }
            if !self.desk.examines || picture.kind != Kind::Key {
                self.followed = None;
                return;
            }
        }
        if let Err(error) = self.follow(picture).await {
            self.lost(&error);
        }
    }

    /// Whether motion is wanted.
    fn watches(&self) -> bool {
        self.desk.detects && *self.monitoring.borrow()
    }

    /// Decodes the newest picture of the followed stream, and looks at it if it is time.
    async fn follow(&mut self, picture: Picture) -> Result<(), WorkerError> {
        if self.worker.is_none() && Instant::now() < self.not_before {
            return Ok(());
        }
        if self.followed.as_ref() != Some(&picture.parameters) {
            self.catch_up(&picture).await?;
        }
        let looks = self.watches() || (self.desk.examines && picture.kind == Kind::Key);
        let due = looks && self.rhythm.is_due(picture.time);
        let grey = due.then(|| grey_size(&picture.parameters));
        let worker = self.worker()?;
        let decoded = worker.decode(Slot::Follow, &picture, grey).await?;
        if self.restart.failures() > 0 {
            self.restart.succeeded();
            self.desk.faults.clear(&self.place());
        }
        if let Some(decoded) = decoded
            && let Some(grey) = decoded.grey
        {
            self.judge(&grey, decoded.time);
        }
        Ok(())
    }

    /// Opens the `Follow` slot and decodes the group up to but without `picture`, so that nothing is
    /// missed while one waits for the next key picture.
    async fn catch_up(&mut self, picture: &Picture) -> Result<(), WorkerError> {
        let group = match self.desk.follows {
            View::Main => &self.main,
            View::Small => &self.small,
        };
        let mut pictures = group.up_to(picture.time);
        pictures.pop_if(|last| last.time == picture.time);
        let worker = self.worker()?;
        worker.open(Slot::Follow, &picture.parameters).await?;
        for picture in &pictures {
            worker.decode(Slot::Follow, picture, None).await?;
        }
        self.followed = Some(Arc::clone(&picture.parameters));
        Ok(())
    }

    /// Looks for motion in one frame.
    fn judge(&mut self, frame: &Grey, at: WallTime) {
        let began = *self.began.get_or_insert(at);
        if self.desk.examines {
            self.examine(frame, at, at.since_or_zero(began));
        }
        if !self.watches() {
            return;
        }
        let motion = self.detector.step(frame, at.since_or_zero(began));
        if motion.is_moving() {
            self.moved = Some(at);
            self.tell(Seen::Motion { at, motion });
        }
        let moving = self.moved.is_some_and(|moved| at.since_or_zero(moved) < QUIET);
        self.desk.board.detection(if moving { Detection::Motion } else { Detection::Watching });
    }

    /// Looks for what is wrong with the camera in one frame.
    fn examine(&mut self, frame: &Grey, at: WallTime, elapsed: Duration) {
        let looks = self.examiner.step(frame, elapsed);
        let news = looks != self.looks;
        if news || at.since_or_zero(self.looks_told) >= LOOKS_EVERY || at < self.looks_told {
            // What finds no room is told again in a second.
            if self.desk.signs.try_send(Sign::Looks(looks.clone(), at)).is_ok() {
                self.looks = looks;
                self.looks_told = at;
            }
        }
    }

    /// When the decisions are behind, the next frame tells the same story.
    fn tell(&self, seen: Seen) {
        if self.desk.seen.try_send(seen).is_err() {
            tracing::debug!(camera = %self.desk.camera, "the decisions are behind");
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Relearn => self.detector = Detector::new(self.desk.settings.clone()),
            Order::Shot(Shot { at, size, reply }) => {
                let mut taken = self.shot(at, size).await;
                if let Err(error) = &taken {
                    self.lost(error);
                    // As for a portrait.
                    self.not_before = Instant::now();
                    taken = self.shot(at, size).await;
                }
                let photo = match taken {
                    Ok(Some(photo)) => Ok(photo),
                    Ok(None) => Err("The camera sends no pictures now.".to_owned()),
                    Err(error) => {
                        let story = with_sources(&error);
                        self.lost(&error);
                        Err(story)
                    }
                };
                let _ = reply.send(photo); // Whoever asked may have left.
            }
            Order::Portrait { event, at, motion } => {
                if let Err(error) = self.portrait(&event, at, &motion).await {
                    self.lost(&error);
                    // It may not have been this picture's fault, and an event wants its photo.
                    self.not_before = Instant::now();
                    if let Err(error) = self.portrait(&event, at, &motion).await {
                        self.lost(&error);
                    }
                }
            }
        }
    }

    /// The photo of a moment, decoded exactly.
    async fn shot(
        &mut self,
        at: WallTime,
        size: PhotoSize,
    ) -> Result<Option<(Bytes, WallTime)>, WorkerError> {
        let shown = self.main.up_to(at).last().map(|picture| picture.time);
        // An old picture must not pass for one of that moment.
        let fresh = |shown: &WallTime| at.since_or_zero(*shown) < self.stale();
        let Some(shown) = shown.filter(fresh) else { return Ok(None) };
        if !self.open_photo(at).await? {
            return Ok(None);
        }
        let fit = match size {
            PhotoSize::Full => None,
            PhotoSize::Within { width, height } => Some((width, height)),
        };
        let text = self.desk.text.then(|| self.text_of(shown));
        let photo = Photo { fit, text, quality: 90, ..PLAIN };
        let taken = self.worker()?.photo(Slot::Photo, photo).await?;
        Ok(taken.map(|jpeg| (jpeg, shown)))
    }

    /// How old a picture of now may be.
    fn stale(&self) -> Duration {
        STALE.max(self.desk.pace * 3)
    }

    /// What stands on pictures of the moment `at`, where it is wanted.
    fn text_of(&self, at: WallTime) -> String {
        let local = at.timestamp().to_zoned(self.desk.store.zone().clone());
        format!("{}  {}", self.desk.camera, local.strftime("%Y-%m-%d %H:%M:%S"))
    }

    /// Takes the photos of an event: as it was, with what moved outlined, and small.
    async fn portrait(
        &mut self,
        event: &EventId,
        at: WallTime,
        motion: &Motion,
    ) -> Result<(), WorkerError> {
        if !self.open_photo(at).await? {
            return Ok(());
        }
        let worker = self.worker()?;
        let full = Photo { quality: 85, ..PLAIN };
        let clean = worker.photo(Slot::Photo, full.clone()).await?;
        let marked = Photo { outlined: motion.regions(), ..full };
        let marked = worker.photo(Slot::Photo, marked).await?;
        let thumb = Photo { width: Some(THUMB_WIDTH), quality: 75, ..PLAIN };
        let thumb = worker.photo(Slot::Photo, thumb).await?;
        let (Some(clean), Some(marked), Some(thumb)) = (clean, marked, thumb) else {
            return Ok(());
        };
        let snapshot = Snapshot { clean, marked, thumb, score: f64::from(motion.area.get()) };
        match self.desk.store.save_snapshot(event, snapshot).await {
            Ok(()) => {
                let _ = self.desk.changes.send(Change::Event(event.clone())); // Nobody may be looking.
            }
            Err(error) => {
                let story = with_sources(&error);
                tracing::warn!(camera = %self.desk.camera, %event, "no snapshot: {story}");
            }
        }
        Ok(())
    }

    /// Decodes the main stream exactly up to `at` in the `Photo` slot; `false` if there is nothing.
    async fn open_photo(&mut self, at: WallTime) -> Result<bool, WorkerError> {
        let pictures = self.main.up_to(at);
        let Some(first) = pictures.first() else { return Ok(false) };
        let worker = self.worker()?;
        worker.open(Slot::Photo, &first.parameters).await?;
        for picture in &pictures {
            worker.decode(Slot::Photo, picture, None).await?;
        }
        Ok(true)
    }

    async fn snapshot(&mut self, request: SnapshotRequest) {
        let width = request.width.map(|width| u16::try_from(width).unwrap_or(u16::MAX));
        if self.worker.is_none() && Instant::now() < self.not_before {
            let resting = "The decoder broke off; it is started again in a moment.".to_owned();
            let _ = request.reply.send(Err(resting)); // Whoever asked may have left.
            return;
        }
        let text = request.text.unwrap_or(self.desk.text);
        let answer = match self.photo_of_now(width, text).await {
            Ok(Some(jpeg)) => Ok(jpeg),
            Ok(None) => Err("The camera sends no pictures now.".to_owned()),
            Err(error) => {
                let story = with_sources(&error);
                self.lost(&error);
                Err(story)
            }
        };
        let _ = request.reply.send(answer); // Whoever asked may have left.
    }

    async fn photo_of_now(
        &mut self,
        width: Option<u16>,
        text: bool,
    ) -> Result<Option<Bytes>, WorkerError> {
        let newest = self.main.0.back().map(|picture| picture.time);
        // An old picture must not pass for one of now.
        let fresh = |newest: &WallTime| clock::now().since_or_zero(*newest) < self.stale();
        let Some(newest) = newest.filter(fresh) else { return Ok(None) };
        let text = text.then(|| self.text_of(newest));
        let photo = Photo { width, text, ..PLAIN };
        let small = self.followed.as_ref().filter(|_| self.desk.follows == View::Small);
        let follows_enough = match (self.desk.follows, width, small) {
            (View::Main, ..) => true,
            (View::Small, Some(width), Some(small)) => width <= small.width(),
            (View::Small, ..) => false,
        };
        if !follows_enough {
            if !self.open_photo(newest).await? {
                return Ok(None);
            }
            return self.worker()?.photo(Slot::Photo, photo).await;
        }
        let idle = self.followed.is_none();
        self.wanted_until = Instant::now() + DEMAND;
        if idle && let Some(last) = self.main.0.back().cloned() {
            self.catch_up(&last).await?;
            self.worker()?.decode(Slot::Follow, &last, None).await?;
        }
        self.worker()?.photo(Slot::Follow, photo).await
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
        self.worker = None;
        self.followed = None;
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

    fn place(&self) -> String {
        format!("{} detection", self.desk.camera)
    }
}

/// Which pictures to look at: on the average one each [`LOOK_EVERY`], whatever the camera's rate.
#[derive(Debug, Default)]
pub(crate) struct Rhythm {
    next: Option<WallTime>,
}

impl Rhythm {
    /// Whether to look at the picture of the moment `at`.
    pub(crate) fn is_due(&mut self, at: WallTime) -> bool {
        let next = self.next.unwrap_or(at);
        let late = at.since(next);
        // Far behind or set back: begin anew.
        let steady = late.is_some_and(|late| late < LOOK_EVERY);
        let due = late.is_some() || next.since_or_zero(at) > LOOK_EVERY;
        if due {
            self.next = Some(if steady { next + LOOK_EVERY } else { at + LOOK_EVERY });
        }
        due
    }
}

/// The size of the grey frame for a stream: of the stream's shape, not larger than the stream.
pub(crate) fn grey_size(parameters: &Parameters) -> (u16, u16) {
    let (width, height) = (parameters.width().max(1), parameters.height().max(1));
    let grey = GREY_WIDTH.min(width);
    let rows = u32::from(height) * u32::from(grey) / u32::from(width);
    (grey, u16::try_from(rows.clamp(1, 640)).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of pictures at these milliseconds, the ones looked at.
    fn looked_at(millis: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut rhythm = Rhythm::default();
        let due = |at: &i64| rhythm.is_due(WallTime::from_micros(*at * 1_000));
        millis.into_iter().filter(due).collect()
    }

    #[test]
    fn of_fifteen_pictures_a_second_ten_are_looked_at() {
        assert_eq!(looked_at((0..15).map(|n| n * 1_000 / 15)).len(), 10);
        assert_eq!(looked_at((0..30).map(|n| n * 1_000 / 30)).len(), 10);
        assert_eq!(looked_at((0..5).map(|n| n * 200)).len(), 5);
    }

    #[test]
    fn looking_goes_on_after_a_gap_and_after_the_clock_was_set_back() {
        assert_eq!(looked_at([0, 50, 5_000, 5_050, 5_100]), [0, 5_000, 5_100]);
        assert_eq!(looked_at([10_000, 10_050, 3_000, 3_050, 3_100]), [10_000, 3_000, 3_100]);
    }
}
