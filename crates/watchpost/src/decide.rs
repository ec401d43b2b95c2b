//! Feeds one camera's machines with what was noticed, and carries out what they decide.

mod who; // who was there, and where they went

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use watchpost_decode::Outline;
use watchpost_model::config::Record;
use watchpost_model::{
    CameraId, Ended, Event, EventId, EventsOn, Fraction, MotionSettings, ObjectSettings, PhotoAt,
    Recognition, SensorAction, Trigger, WallTime,
};
use watchpost_store::Store;
use watchpost_vision::motion::Motion;
use watchpost_watch::event::{Command, Input, Plan, Watch};
use watchpost_watch::objects::{self, Sighted};
use watchpost_watch::photos::{self, Photos};
use watchpost_watch::portrait::{Portrait, Verdict};
use watchpost_watch::sightings::Sightings;
use watchpost_watch::traces::Traces;
use watchpost_web::{Change, Manual};

use crate::clock::{self, Steady};
use crate::health::Alarm;
use crate::photo::Wanted;
use crate::record::Want;
use crate::see::{self, Order, Seen};
use crate::sense::Fired;
use crate::status::{Board, Faults, with_sources};

/// What somebody asks for by hand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// Record from now on, for this long, or until told to stop.
    Record(Option<Duration>),
    /// Stop what was begun so.
    Stop,
}

/// Where the decisions of one camera get their news from.
pub(crate) struct News {
    /// What the eye saw.
    pub(crate) seen: mpsc::Receiver<Seen>,
    /// What is wrong with the camera.
    pub(crate) alarms: mpsc::Receiver<Alarm>,
    /// What somebody asks for by hand.
    pub(crate) asks: mpsc::Receiver<Ask>,
    /// Sensors that fire.
    pub(crate) fired: broadcast::Receiver<Fired>,
    /// Whether monitoring is on.
    pub(crate) monitoring: watch::Receiver<bool>,
}

/// What the decisions of one camera need.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    pub(crate) mode: Record,
    pub(crate) plan: Plan,
    /// When photos are taken, if any are.
    pub(crate) photos: Option<photos::Plan>,
    /// What counts as motion, for the names of the zones.
    pub(crate) settings: watch::Receiver<MotionSettings>,
    /// Which objects count; `None` without a detector.
    pub(crate) objects: Option<ObjectSettings>,
    pub(crate) store: Store,
    pub(crate) board: Board,
    pub(crate) faults: Faults,
    /// To the recorder.
    pub(crate) record: mpsc::Sender<Want>,
    /// Whether an event goes on.
    pub(crate) event: watch::Sender<bool>,
    /// To the eye.
    pub(crate) see: mpsc::Sender<Order>,
    /// To whoever takes photos.
    pub(crate) take: mpsc::Sender<Wanted>,
    /// To whoever looks at the page.
    pub(crate) changes: broadcast::Sender<Change>,
}

/// Decides until it is told to stop; an event that goes on is then ended.
pub(crate) async fn run(desk: Desk, mut news: News, stop: CancellationToken) {
    let watch = Watch::new(desk.camera.clone(), desk.plan);
    let photos = desk.photos.map(Photos::new);
    // What was recorded by hand before a fault of ours is over.
    desk.board.manual(None);
    let clock = Steady::new();
    let mut judge = Judge {
        watch,
        portrait: Portrait::default(),
        traces: Traces::default(),
        sightings: Sightings::default(),
        kept: WallTime::MIN,
        photos,
        manual: None,
        pick: PhotoAt::Before,
        taken: 0,
        clock,
        desk,
    };
    loop {
        let due = judge.wake_at();
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = news.monitoring.changed() => match changed {
                Ok(()) if !*news.monitoring.borrow_and_update() => judge.stop().await,
                Ok(()) => {}
                Err(_) => break, // The program ends.
            },
            Some(ask) = news.asks.recv() => judge.ask(ask).await,
            fired = news.fired.recv() => match fired {
                Ok(fired) if fired.sensor.cameras.contains(&judge.desk.camera) => {
                    if fired.sensor.always || *news.monitoring.borrow() {
                        judge.sensor(fired).await;
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(camera = %judge.desk.camera, missed, "sensors fired faster than events can be made");
                }
                Err(RecvError::Closed) => break, // The program ends.
            },
            Some(alarm) = news.alarms.recv() => {
                if *news.monitoring.borrow() {
                    judge.alarm(alarm).await;
                }
            }
            next = news.seen.recv() => match next {
                Some(Seen::NewTime { last }) => judge.new_time(last).await,
                Some(_) if !*news.monitoring.borrow() => {}
                Some(Seen::Motion { at, motion, known }) => judge.motion(at, &motion, known).await,
                Some(Seen::Objects { at, objects }) => judge.objects(at, &objects).await,
                Some(Seen::Unknown) => judge.unknown().await,
                None => break,
            },
            () = judge.clock.sleep_towards(due) => judge.tick().await,
        }
    }
    let now = judge.clock.now();
    judge.step(Input::Break(now)).await;
}

struct Judge {
    desk: Desk,
    watch: Watch,
    /// Of the event that goes on.
    portrait: Portrait,
    /// Of the same.
    traces: Traces,
    /// Of the same.
    sightings: Sightings,
    /// When both were last kept.
    kept: WallTime,
    photos: Option<Photos>,
    /// What is recorded by hand.
    manual: Option<Manual>,
    /// Which picture a photo shows that is taken now.
    pick: PhotoAt,
    /// How many photos were asked for.
    taken: u64,
    clock: Steady,
}

impl Judge {
    /// Something moves; `known` says whether a detector tells who it is.
    async fn motion(&mut self, at: WallTime, motion: &Motion, known: bool) {
        let on_objects = |objects: &ObjectSettings| objects.events == EventsOn::Objects;
        if !known || !self.desk.objects.as_ref().is_some_and(on_objects) {
            self.trigger(Trigger::Motion, at).await;
        }
        self.trace(at, motion).await;
        if let Some(event) = self.watch.current()
            && self.portrait.step(motion.area, at) == Verdict::Take
        {
            let event = event.id.clone();
            self.take_portrait(event, at, view_of(motion));
        }
    }

    /// A detector has looked.
    async fn objects(&mut self, at: WallTime, objects: &[Sighted]) {
        let Some(settings) = &self.desk.objects else { return };
        if objects.iter().any(|object| objects::triggers(settings, object)) {
            self.trigger(Trigger::Object, at).await;
        }
        let Some(event) = self.watch.current().map(|event| event.id.clone()) else { return };
        let is_news = self.sightings.step(at, objects);
        self.trace_objects(at, objects);
        if is_news {
            // Whoever waits to hear who it is should not have to wait for the event's end.
            self.keep_sightings(&event).await;
            self.say_who(&event);
        }
        let best = objects.iter().find(|object| {
            object.score > Fraction::NONE && self.portrait.object(object, at) == Verdict::Take
        });
        if let Some(best) = best {
            let view = see::Portrait {
                outlined: vec![Outline { region: best.region, caption: Some(caption(best)) }],
                subject: Some(best.region),
                score: Fraction::clamped(best.region.area()),
            };
            self.take_portrait(event, at, view);
        }
    }

    /// A detector was to look, and did not answer: nobody knows who was there, so whatever moves counts.
    async fn unknown(&mut self) {
        let Some(event) = self.watch.current().map(|event| event.id.clone()) else { return };
        if self.sightings.unknown() {
            self.keep_sightings(&event).await;
        }
    }

    /// A sensor fired, or goes on saying yes.
    async fn sensor(&mut self, Fired { sensor, trigger, at, fresh }: Fired) {
        let films = sensor.actions.contains(&SensorAction::Clip);
        let takes = sensor.actions.contains(&SensorAction::Photo);
        let asked_before = self.taken;
        if !fresh && self.desk.plan.clip.is_some() {
            return; // One clip for each time that it fires.
        }
        if films || (takes && self.desk.mode == Record::Photos) {
            self.pick = sensor.photo_at;
            self.trigger(trigger, at).await;
            self.pick = PhotoAt::Before;
            if self.watch.name_sensor(&sensor.name)
                && let Some(event) = self.watch.current().cloned()
            {
                self.keep(event).await;
                self.show(at);
            }
        }
        // Those of the event come by themselves, if its camera takes any.
        if fresh && takes && self.taken == asked_before {
            let event = self.watch.current().map(|event| event.id.clone());
            self.take_photo(event, at, sensor.photo_at);
        }
    }

    /// The camera is in trouble: what came before may show who did it.
    async fn alarm(&mut self, Alarm { ailment, at }: Alarm) {
        self.trigger(Trigger::Ailment(ailment), at).await;
        self.show(at);
    }

    /// Monitoring was switched off.
    async fn stop(&mut self) {
        let now = self.clock.now();
        self.step(Input::Stop(now)).await;
    }

    async fn ask(&mut self, ask: Ask) {
        let now = self.clock.now();
        match ask {
            Ask::Record(length) => {
                let until = length.map(|length| now + length);
                self.set_manual(Some(Manual { since: now, until }));
                if self.desk.mode == Record::Photos {
                    self.tell(Want::From(now - self.desk.plan.pre_roll)).await;
                }
                self.step(Input::Hold { at: now, until }).await;
                self.show(now);
            }
            Ask::Stop => {
                if self.manual.is_some() {
                    self.end_manual(now).await;
                }
                self.step(Input::Release(now)).await;
            }
        }
    }

    async fn end_manual(&mut self, at: WallTime) {
        self.set_manual(None);
        if self.desk.mode == Record::Photos {
            self.tell(Want::Until(at)).await;
        }
    }

    fn set_manual(&mut self, manual: Option<Manual>) {
        self.manual = manual;
        self.desk.board.manual(manual);
    }

    /// What is recorded by hand goes on in the new time, for as long as was left.
    async fn new_time(&mut self, last: WallTime) {
        self.clock.set();
        self.step(Input::Break(last)).await;
        if let Some(manual) = self.manual.take() {
            let left = manual.until.map(|until| until.since_or_zero(last));
            self.ask(Ask::Record(left)).await;
        }
    }

    async fn trigger(&mut self, trigger: Trigger, at: WallTime) {
        let known = self.watch.current().cloned();
        self.step(Input::Trigger(trigger, at)).await;
        if let Some(event) = self.watch.current()
            && known.is_some_and(|known| known.id == event.id && known.triggers != event.triggers)
        {
            // Whoever looks now wants to know that it is more than motion.
            self.keep(event.clone()).await;
        }
        if self.watch.current().is_some_and(|event| event.triggers.contains(&trigger)) {
            self.photograph(photos::Input::Trigger(at));
        }
    }

    /// When something is due.
    fn wake_at(&self) -> Option<WallTime> {
        let photos = self.photos.as_ref().and_then(Photos::wake_at);
        let manual = self.manual.and_then(|manual| manual.until);
        [self.watch.wake_at(), photos, manual].into_iter().flatten().min()
    }

    async fn tick(&mut self) {
        let now = self.clock.now();
        if self.wake_at().is_none_or(|due| now < due) {
            return;
        }
        if let Some(until) = self.manual.and_then(|manual| manual.until)
            && now >= until
        {
            self.end_manual(until).await;
        }
        self.photograph(photos::Input::Tick(now));
        self.step(Input::Tick(now)).await;
    }

    async fn step(&mut self, input: Input) {
        match self.watch.step(input) {
            Some(Command::Begin(event)) => {
                tracing::info!(camera = %event.camera, event = %event.id, "event begins");
                self.portrait = Portrait::default();
                self.traces = Traces::default();
                self.sightings = Sightings::default();
                self.kept = event.triggered;
                self.desk.event.send_replace(true);
                self.film(Want::From(event.start)).await;
                let triggered = event.triggered;
                self.keep(event).await;
                self.photograph(photos::Input::Begin(triggered));
            }
            Some(Command::End(event)) => {
                let Some((end, reason)) = event.end else { return };
                tracing::info!(camera = %event.camera, event = %event.id, reason = reason.word(), "event ends");
                self.desk.event.send_replace(false);
                self.film(Want::Until(end)).await;
                if reason == Ended::Cut && event.triggers.contains(&Trigger::Motion) {
                    // Whatever moves for so long is the background now.
                    let _ = self.desk.see.try_send(Order::Relearn); // Lost, it comes again with the next cut.
                }
                let id = event.id.clone();
                if event.triggers.contains(&Trigger::Motion)
                    && self.sightings.recognition() == Recognition::Off
                {
                    // It was over before anybody could look.
                    self.sightings.unknown();
                }
                self.keep(event).await;
                self.keep_traces(&id).await;
                self.keep_sightings(&id).await;
                self.photograph(photos::Input::End(end));
            }
            None => {}
        }
    }

    /// Asks for the photo that is due, if one is.
    fn photograph(&mut self, input: photos::Input) {
        let Some(at) = self.photos.as_mut().and_then(|photos| photos.step(input)) else { return };
        let event = self.watch.current().map(|event| event.id.clone());
        self.take_photo(event, at, self.pick);
    }

    /// Has a photo taken. They are slow where the camera takes them itself; then fewer are taken.
    fn take_photo(&mut self, event: Option<EventId>, at: WallTime, pick: PhotoAt) {
        self.taken += 1;
        if self.desk.take.try_send(Wanted { event, at, pick, reply: None }).is_err() {
            tracing::debug!(camera = %self.desk.camera, "a photo is left out: others are being taken");
        }
    }

    /// Takes the picture of this moment as the event's, until there is a better one.
    fn show(&mut self, at: WallTime) {
        if let Some(event) = self.watch.current() {
            let event = event.id.clone();
            self.take_portrait(event, at, view_of(&Motion::none()));
        }
    }

    fn take_portrait(&mut self, event: EventId, at: WallTime, view: see::Portrait) {
        if self.desk.see.try_send(Order::Portrait { event, at, view }).is_err() {
            self.portrait = Portrait::default(); // An eye that is behind takes the next one.
        }
    }

    /// What an event wants filmed; a camera that takes photos films nothing of its own accord.
    async fn film(&self, want: Want) {
        if self.desk.mode != Record::Photos {
            self.tell(want).await;
        }
    }

    async fn tell(&self, want: Want) {
        // The writer ends only with the program.
        let _ = self.desk.record.send(want).await;
    }

    async fn keep(&self, event: Event) {
        let place = format!("{} events", self.desk.camera);
        match self.desk.store.put_event(&event).await {
            Ok(()) => self.desk.faults.clear(&place),
            Err(error) => {
                let story = with_sources(&error);
                self.desk.faults.set(&place, story, error.hint(), clock::now());
            }
        }
        let _ = self.desk.changes.send(Change::Event(event.id)); // Nobody may be looking.
    }
}

/// What a picture shows of what moves.
fn view_of(motion: &Motion) -> see::Portrait {
    let outlined = motion.regions().into_iter().map(Outline::from).collect();
    see::Portrait { outlined, subject: None, score: motion.area }
}

/// What stands at the box of an object.
fn caption(Sighted { label, score, .. }: &Sighted) -> String {
    format!("{label} {:.0} %", score.get() * 100.0)
}
