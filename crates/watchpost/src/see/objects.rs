//! Who moves: what the eye asks the detector, and what it makes of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use watchpost_decode::{Photo, Slot, WorkerError};
use watchpost_detect::{Shown, Wants};
use watchpost_model::{Fraction, Label, Object, ObjectSettings, Region, WallTime, Zone};
use watchpost_vision::motion::Motion;
use watchpost_vision::objects::deeds::{Noticed, Places, Warden};
use watchpost_vision::objects::gaze::{Gaze, Plan};
use watchpost_vision::objects::tracker::{Look as Seek, Track, Tracker};
use watchpost_watch::objects::Sighted;
use watchpost_web::LiveObject;

use super::photos::PLAIN;
use super::{Eye, Seen};
use crate::detect::{Answer, Detector, FAINT, Question};

/// A question that has waited so long without an answer: nobody knows.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is followed by a look keeps the eye awake for so long.
const AWAKE: Duration = Duration::from_secs(2);

/// What the eye recognises.
pub(super) struct Objects {
    detector: Detector,
    settings: ObjectSettings,
    /// Where answers come.
    reply: mpsc::Sender<Answer>,
    /// What the gaze was made for, and the gaze.
    gaze: Option<(Wants, (u16, u16), Gaze)>,
    tracker: Tracker,
    warden: Warden,
    /// What moved in the last frame that was looked at.
    motion: Motion,
    /// The oldest question without an answer.
    asked: Option<Instant>,
    /// Whether the last answer was one.
    known: bool,
    /// What was told to be there.
    told: BTreeMap<Label, u32>,
}

impl Objects {
    pub(super) fn new(
        detector: Detector,
        settings: ObjectSettings,
        reply: mpsc::Sender<Answer>,
        zones: &[Zone],
    ) -> Self {
        Self {
            detector,
            tracker: Tracker::new(settings.classes.clone()),
            warden: warden(&settings, zones),
            settings,
            reply,
            gaze: None,
            motion: Motion::none(),
            asked: None,
            known: false,
            told: BTreeMap::new(),
        }
    }

    /// Looks after other zones from now on.
    pub(super) fn set_zones(&mut self, zones: &[Zone]) {
        self.warden = warden(&self.settings, zones);
    }

    /// Nothing is where it was, or the time is another.
    pub(super) fn forget(&mut self) {
        self.tracker.forget();
        self.gaze = None;
        self.motion = Motion::none();
    }

    /// Whether who moves can be told: a detector answers.
    pub(super) fn knows(&self) -> bool {
        let waits = self.asked.is_some_and(|asked| asked.elapsed() > PATIENCE);
        self.known && !waits && self.detector.wants().is_some()
    }

    /// What moved in the frame that the next question is about.
    pub(super) fn moved(&mut self, motion: &Motion) {
        self.motion = motion.clone();
    }

    /// Where to look in a frame of this size, of the time `at`; mostly nowhere.
    fn regions(&mut self, at: Duration, picture: (u16, u16), wants: Wants) -> Vec<Region> {
        let made_for = |(of, size, _): &(Wants, (u16, u16), Gaze)| *of == wants && *size == picture;
        if !self.gaze.as_ref().is_some_and(made_for) {
            let (whole, input) = match wants {
                Wants::Pixels { width, height } => (false, (width, height)),
                Wants::Jpeg { size } => (true, (size, size)),
            };
            let plan = Plan {
                looks_per_second: self.settings.frames_per_second,
                interval: self.settings.interval,
                whole,
                input,
                picture,
            };
            self.gaze = Some((wants, picture, Gaze::new(plan)));
        }
        let Some((.., gaze)) = &mut self.gaze else { return Vec::new() };
        gaze.step(at, &self.motion, self.tracker.tracks())
    }

    /// Only what its owner looks for, with what may be it.
    fn wanted(&self, found: Vec<Object>) -> Vec<Object> {
        let wanted = |object: &Object| {
            let least = self.settings.classes.get(&object.label);
            least.is_some_and(|least| object.score.get() >= least.get() * FAINT)
        };
        found.into_iter().filter(wanted).collect()
    }

    /// Those that are there, by number, for who watches live.
    pub(super) fn live(&self) -> Vec<LiveObject> {
        let confirmed = self.tracker.tracks().iter().filter(|track| track.confirmed);
        let live = confirmed.map(|track| LiveObject {
            number: track.number,
            label: track.label.clone(),
            score: track.score,
            region: track.region,
            still: track.still,
        });
        live.collect()
    }
}

impl Eye {
    /// Has the frame that was just looked at, of the moment `at`, shown to the detector, if that is due.
    pub(super) async fn recognise(&mut self, at: WallTime) -> Result<(), WorkerError> {
        if !self.watches() {
            return Ok(()); // Nobody's picture goes anywhere while monitoring is off.
        }
        let elapsed = self.elapsed(at);
        let Some(objects) = &mut self.objects else { return Ok(()) };
        if !objects.settings.enabled || !objects.detector.is_free_for(&self.desk.camera) {
            return Ok(());
        }
        let Some(wants) = objects.detector.wants() else {
            if objects.motion.is_moving() {
                self.tell(Seen::Unknown);
            }
            return Ok(());
        };
        let Some(open) = &self.open else { return Ok(()) };
        let picture = (open.width(), open.height());
        let regions = objects.regions(elapsed, picture, wants);
        let mut parts = Vec::with_capacity(regions.len());
        for region in regions {
            if let Some(shown) = self.show_part(region, wants).await? {
                parts.push((region, shown));
            }
        }
        if let (false, Some(objects)) = (parts.is_empty(), &mut self.objects) {
            objects.asked.get_or_insert_with(Instant::now);
            let (moving, reply) = (objects.motion.regions(), objects.reply.clone());
            let question = Question { at, parts, moving, reply };
            objects.detector.ask(&self.desk.camera, question);
        }
        Ok(())
    }

    /// A part of the frame that was decoded last, as the detector wants it.
    async fn show_part(
        &mut self,
        region: Region,
        wants: Wants,
    ) -> Result<Option<Shown>, WorkerError> {
        let worker = self.worker()?;
        match wants {
            Wants::Pixels { width, height } => {
                let pixels = worker.pixels(Slot::Follow, region, width, height).await?;
                Ok(pixels.map(Shown::Pixels))
            }
            Wants::Jpeg { size } => {
                let photo = Photo { fit: Some((size, size)), quality: 85, ..PLAIN };
                Ok(worker.photo(Slot::Follow, photo).await?.map(Shown::Jpeg))
            }
        }
    }

    /// Takes what the detector says of a frame.
    pub(super) async fn answered(&mut self, answer: Answer) {
        let Answer { at, regions, moving, found } = answer;
        let elapsed = self.elapsed(at);
        // What was asked in another time is not comparable with now.
        let of_now = self.began.is_some_and(|began| at >= began) && at <= self.last;
        let Some(objects) = &mut self.objects else { return };
        objects.asked = None;
        objects.known = found.is_some();
        let Some(found) = found else {
            return self.tell_surely(Seen::Unknown).await;
        };
        if !of_now {
            return;
        }
        let found = objects.wanted(found);
        objects.tracker.step(elapsed, Seek { regions: &regions, moving: &moving }, found);
        let noticed = objects.warden.step(elapsed, objects.tracker.tracks());
        let sighted = sighted(objects.tracker.tracks(), noticed);
        let is_intent = objects
            .gaze
            .as_ref()
            .is_some_and(|(.., gaze)| gaze.is_intent(objects.tracker.tracks()));
        if is_intent {
            let elapsed = self.elapsed(self.last);
            self.vigil.rouse(elapsed, AWAKE);
        }
        self.count();
        self.tell_surely(Seen::Objects { at, objects: sighted }).await;
    }

    /// Not to be lost: a deed is done once. The decisions answer soon, for they never wait for the eye.
    async fn tell_surely(&self, seen: Seen) {
        let _ = self.desk.seen.send(seen).await; // They end only with the program.
    }

    /// Tells how many of each are there, when that changes.
    pub(super) fn count(&mut self) {
        let Some(objects) = &mut self.objects else { return };
        let mut there: BTreeMap<Label, u32> = BTreeMap::new();
        for track in objects.tracker.tracks().iter().filter(|track| track.confirmed) {
            *there.entry(track.label.clone()).or_default() += 1;
        }
        if there != objects.told {
            self.desk.board.objects(there.clone().into_iter().collect());
            objects.told = there;
        }
    }
}

fn warden(ObjectSettings { loiter, lines, .. }: &ObjectSettings, zones: &[Zone]) -> Warden {
    Warden::new(Places { zones: zones.to_vec(), loiter: loiter.clone(), lines: lines.clone() })
}

/// What is to be told of those who were seen by the last look, and of those who went.
fn sighted(tracks: &[Track], noticed: Vec<Noticed>) -> Vec<Sighted> {
    let of_track = |noticed: Noticed| {
        let track = tracks.iter().find(|track| track.number == noticed.number);
        let Noticed { number, label, region, zones, deeds } = noticed;
        Sighted {
            number,
            label,
            score: track.map_or(Fraction::NONE, |track| track.score),
            region,
            sharpness: track.and_then(|track| track.sharpness),
            zones,
            deeds,
            still: track.is_some_and(|track| track.still),
        }
    };
    noticed.into_iter().map(of_track).collect()
}
