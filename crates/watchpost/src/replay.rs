//! Judges the motion of past days anew: which events there would have been by other settings.
//!
//! By the very machines that decide live: `vision::motion::Judge` on what was kept of each frame,
//! `watch::event::Watch` on what it finds. What differs from live is told by `vision::motion::grid`;
//! besides, triggers come here in time, while live they come as late as the camera is.

mod pictures; //       of what would have been
pub(crate) mod tell; // for people and programs

use std::time::Duration;

use tokio::task;
use watchpost_model::config::Camera;
use watchpost_model::{Event, EventId, Interval, MotionSettings, Region, Trigger, WallTime};
use watchpost_store::{CatalogError, EventFilter, EventRecord, MotionPage, Store, WriteError};
use watchpost_vision::motion::grid::{self, Detail, Frame};
use watchpost_vision::motion::{Judge, Motion};
use watchpost_watch::event::{Command, Input, Plan, Watch};
use watchpost_watch::portrait::{Portrait, Verdict};

pub(crate) use pictures::picture;

/// Read and judged at once: an hour of snow takes some 20 MB.
const STRETCH: Duration = Duration::from_hours(1);
/// What lies further apart than this was not looked at in between.
const GAP: Duration = Duration::from_secs(2);

/// What would have been, set against what was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replay {
    /// The events there would have been, by time.
    pub(crate) would: Vec<Would>,
    /// The events of motion there were, by time; also those of the time without a grid.
    pub(crate) events: Vec<EventRecord>,
    /// Those of them that would not have been.
    pub(crate) vanishing: Vec<EventRecord>,
    /// Of how many of them nothing can be said, for their time has no grid.
    pub(crate) unknown: usize,
    /// How much of the interval has a grid.
    pub(crate) covered: Duration,
    /// How much of that was kept in part only, so much moved.
    pub(crate) coarse: Duration,
}

/// An event that would have been.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Would {
    /// Where its footage would begin.
    pub(crate) start: WallTime,
    /// Where its footage would end.
    pub(crate) end: WallTime,
    /// Its first trigger.
    pub(crate) triggered: WallTime,
    /// The moment of its picture.
    pub(crate) best: WallTime,
    /// What moves then.
    pub(crate) regions: Vec<Region>,
    /// The event that there was at that time, if there was one.
    pub(crate) existing: Option<EventId>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// What was kept of the motion cannot be read.
    #[error("cannot read what was kept of the motion")]
    Pages(#[source] WriteError),
    /// The events cannot be read.
    #[error("cannot read the events")]
    Events(#[from] CatalogError),
    /// The judging broke off.
    #[error("the replay broke off")]
    Broken(#[from] task::JoinError),
}

/// How a camera's triggers become events.
pub(crate) fn plan(camera: &Camera) -> Plan {
    let Camera { pre_roll, post_roll, max_event, clip, .. } = *camera;
    Plan { pre_roll, post_roll, max_event, clip }
}

/// Judges the motion of `camera` in `interval` anew, by `settings`, with the camera's plan.
///
/// Reads an hour at a time. Events of a time without a grid, or without monitoring, of which there is
/// none, are told as unknown.
///
/// # Errors
///
/// If the store cannot be read. A page that is damaged is left out, and logged.
pub(crate) async fn replay(
    store: &Store,
    camera: &Camera,
    interval: Interval,
    settings: &MotionSettings,
) -> Result<Replay, ReplayError> {
    let plan = plan(camera);
    // Where an event is cut, and whether motion begins one, hangs on the event before.
    let before = plan.max_event + plan.clip.map_or(Duration::ZERO, |clip| clip.cooldown);
    let mut trial = Trial::new(camera, settings.clone());
    let mut from = interval.start() - before;
    while from < interval.end() {
        let stretch = Interval::new(from, (from + STRETCH).min(interval.end()));
        let pages = store.motion_pages(&camera.name, stretch).await.map_err(ReplayError::Pages)?;
        trial = task::spawn_blocking(move || {
            trial.take(&pages, interval.end());
            trial
        })
        .await?;
        from = stretch.end();
    }
    Ok(trial.against(motion_events(store, camera, interval).await?, interval))
}

/// The events of motion in `interval`, by time.
async fn motion_events(
    store: &Store,
    camera: &Camera,
    interval: Interval,
) -> Result<Vec<EventRecord>, CatalogError> {
    let mut filter = EventFilter {
        cameras: vec![camera.name.clone()],
        interval,
        trigger: Some(Trigger::Motion),
        limit: 1_000,
        ..EventFilter::default()
    };
    let mut events = Vec::new();
    loop {
        let page = store.events(&filter).await?;
        events.extend(page.events);
        filter.after = page.next;
        if filter.after.is_none() {
            events.reverse(); // Newest first.
            return Ok(events);
        }
    }
}

/// A replay in progress.
struct Trial {
    judge: Judge,
    watch: Watch,
    /// Of the event that goes on.
    portrait: Portrait,
    best: (WallTime, Vec<Region>),
    would: Vec<Would>,
    /// When the first frame was taken, and the last.
    frames: Option<(WallTime, WallTime)>,
    /// What has a grid, by time.
    covered: Vec<Interval>,
    /// When frames were taken of which a part was kept, and how long each stands for.
    coarse: Vec<(WallTime, Duration)>,
}

impl Trial {
    fn new(camera: &Camera, settings: MotionSettings) -> Self {
        Self {
            judge: Judge::new(settings),
            watch: Watch::new(camera.name.clone(), plan(camera)),
            portrait: Portrait::default(),
            best: (WallTime::MIN, Vec::new()),
            would: Vec::new(),
            frames: None,
            covered: Vec::new(),
            coarse: Vec::new(),
        }
    }

    /// Takes the next pages, by time, up to `until`. One that was taken before is left out.
    fn take(&mut self, pages: &[MotionPage], until: WallTime) {
        for page in pages {
            let taken = self.covered.last().is_some_and(|last| page.start <= last.start());
            if taken {
                continue;
            }
            match grid::read(&page.grid) {
                Ok(frames) => {
                    self.covered.push(Interval::new(page.start, page.end));
                    for frame in frames.take_while(|frame| frame.at < until) {
                        self.frame(&frame);
                    }
                }
                Err(error) => tracing::warn!(page = ?page.start, "left out: {error}"),
            }
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let at = frame.at;
        let (first, last) = *self.frames.get_or_insert((at, at));
        if at < last {
            // The clock was set back; nothing is comparable across that.
            self.step(Input::Break(last));
        }
        if frame.detail != Detail::Whole {
            self.coarse.push((at, at.since_or_zero(last).min(GAP)));
        }
        self.frames = Some((first, at));
        while let Some(due) = self.watch.wake_at().filter(|due| *due <= at) {
            self.step(Input::Tick(due));
        }
        let motion = self.judge.step(&frame.evidence, at.since_or_zero(first));
        if motion.is_moving() {
            self.step(Input::Trigger(Trigger::Motion, at));
            self.picture(&motion, at);
        }
    }

    /// Whether this is the picture of the event that goes on.
    fn picture(&mut self, motion: &Motion, at: WallTime) {
        if self.watch.current().is_some() && self.portrait.step(motion.area, at) == Verdict::Take {
            self.best = (at, motion.regions());
        }
    }

    fn step(&mut self, input: Input) {
        match self.watch.step(input) {
            Some(Command::Begin(_)) => self.portrait = Portrait::default(),
            Some(Command::End(Event { start, triggered, end: Some((end, _)), .. })) => {
                let (best, regions) = std::mem::replace(&mut self.best, (triggered, Vec::new()));
                self.would.push(Would { start, end, triggered, best, regions, existing: None });
            }
            Some(Command::End(_)) | None => {}
        }
    }

    /// Ends it, and sets what would have been against what was in `interval`.
    fn against(mut self, events: Vec<EventRecord>, interval: Interval) -> Replay {
        self.step(Input::Tick(WallTime::MAX));
        let within = |(from, to)| from < interval.end() && to >= interval.start();
        self.would.retain(|would| within((would.triggered, would.end)));
        let events: Vec<EventRecord> =
            events.into_iter().filter(|record| within(span(&record.event))).collect();
        for would in &mut self.would {
            let at_that_time = events.iter().filter(|record| overlap(&record.event, would));
            let apart = |event: &Event| {
                let (earlier, later) = (event.triggered, would.triggered);
                later.since(earlier).unwrap_or_else(|| earlier.since_or_zero(later))
            };
            let nearest = at_that_time.min_by_key(|record| apart(&record.event));
            would.existing = nearest.map(|record| record.event.id.clone());
        }
        let has_grid =
            |event: &Event| self.covered.iter().any(|page| page.contains(event.triggered));
        let stays = |event: &Event| self.would.iter().any(|would| overlap(event, would));
        let gone: Vec<&EventRecord> =
            events.iter().filter(|record| !stays(&record.event)).collect();
        let (vanishing, unknown): (Vec<&EventRecord>, Vec<&EventRecord>) =
            gone.into_iter().partition(|record| has_grid(&record.event));
        let (vanishing, unknown) = (vanishing.into_iter().cloned().collect(), unknown.len());
        let coarse = self.coarse.iter().filter(|(at, _)| interval.contains(*at));
        Replay {
            vanishing,
            unknown,
            covered: covered(&self.covered, interval),
            coarse: coarse.map(|(_, length)| *length).sum(),
            would: self.would,
            events,
        }
    }
}

/// From the first trigger to the end; one that goes on has none.
fn span(event: &Event) -> (WallTime, WallTime) {
    (event.triggered, event.end.map_or(WallTime::MAX, |(end, _)| end))
}

/// Whether the two are of the same time.
fn overlap(event: &Event, would: &Would) -> bool {
    let (from, to) = span(event);
    from <= would.end && would.triggered <= to
}

/// How much of `interval` these make, which may overlap where the clock was set back.
fn covered(pages: &[Interval], interval: Interval) -> Duration {
    let mut pages: Vec<&Interval> = pages.iter().collect();
    pages.sort_by_key(|page| page.start());
    let mut told = interval.start();
    let mut sum = Duration::ZERO;
    for page in pages {
        let (from, to) = (page.start().max(told), page.end().min(interval.end()));
        sum += to.since_or_zero(from);
        told = told.max(to);
    }
    sum
}

#[cfg(test)]
mod tests;
