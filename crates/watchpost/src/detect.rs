//! The detector: one for all cameras. Their eyes ask; of each camera the newest question counts, and the
//! camera that waited longest is answered first, so no backlog grows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep};
use watchpost_detect::remote::Remote;
use watchpost_detect::{
    Card, DetectError, Detector as Recognises, ModelFile, Shown, Wants, Worker,
};
use watchpost_model::config::detector::{self, Model};
use watchpost_model::config::{Config, Detector as Settings, DetectorKind};
use watchpost_model::{CameraId, Fraction, Label, Object, Region, WallTime};
use watchpost_vision::objects::overlap;
use watchpost_watch::backoff::Backoff;
use watchpost_web::{DetectorCard, DetectorStatus};

use crate::clock;
use crate::status::{Faults, with_sources};

/// What is wrong with the detector stands under this name.
const PLACE: &str = "detector";

/// What is wrong with what is looked for stands under this one.
const CLASSES: &str = "detector classes";

/// So many pictures are at a service at once, of as many cameras.
const AT_ONCE: usize = 3;

/// What scores this share of what its owner wants may still be what was seen before.
pub(crate) const FAINT: f32 = 0.5;

/// Where eyes ask. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Detector(Arc<Desk>);

struct Desk {
    /// The newest question of each camera.
    waiting: Mutex<Waiting>,
    news: Notify,
    /// What the detector wants to be shown; `None` while it knows nothing.
    wants: watch::Sender<Option<Wants>>,
}

#[derive(Default)]
struct Waiting {
    questions: BTreeMap<CameraId, Question>,
    /// When a question of each camera was last taken up.
    served: BTreeMap<CameraId, Instant>,
    /// The least time between two of one camera.
    every: Duration,
}

/// Who is in the picture?
pub(crate) struct Question {
    /// The moment of the frame.
    pub(crate) at: WallTime,
    /// Parts of it.
    pub(crate) parts: Vec<(Region, Shown)>,
    /// What moved in it; given back with the answer.
    pub(crate) moving: Vec<Region>,
    /// Where the answer goes.
    pub(crate) reply: mpsc::Sender<Answer>,
}

/// Who was seen.
pub(crate) struct Answer {
    /// The moment of the frame.
    pub(crate) at: WallTime,
    /// Where was looked.
    pub(crate) regions: Vec<Region>,
    /// What moved in it.
    pub(crate) moving: Vec<Region>,
    /// What was seen there; `None` if nobody knows.
    pub(crate) found: Option<Vec<Object>>,
}

/// What [`run`] needs.
pub(crate) struct Service {
    pub(crate) detector: Detector,
    pub(crate) config: watch::Receiver<Arc<Config>>,
    pub(crate) faults: Faults,
    pub(crate) status: watch::Sender<DetectorStatus>,
}

impl Detector {
    /// A detector that knows nothing yet.
    pub(crate) fn new() -> Self {
        let (wants, _) = watch::channel(None);
        Self(Arc::new(Desk { waiting: Mutex::default(), news: Notify::new(), wants }))
    }

    /// What it wants to be shown; `None` while it knows nothing.
    pub(crate) fn wants(&self) -> Option<Wants> {
        *self.0.wants.borrow()
    }

    /// Whether a question of `camera` would be taken now.
    pub(crate) fn is_free_for(&self, camera: &CameraId) -> bool {
        let waiting = self.waiting();
        waiting.served.get(camera).is_none_or(|served| served.elapsed() >= waiting.every)
    }

    /// Asks, in place of what this camera asked before and nobody took up.
    pub(crate) fn ask(&self, camera: &CameraId, question: Question) {
        self.waiting().questions.insert(camera.clone(), question);
        self.0.news.notify_one();
    }

    /// The next question, once there is one: that of the camera that waited longest.
    async fn next(&self) -> Question {
        loop {
            let news = self.0.news.notified();
            if let Some(question) = self.waiting().take() {
                return question;
            }
            news.await;
        }
    }

    /// Begins or ends taking questions. What waits is answered by "nobody knows" when it ends.
    fn open(&self, wants: Option<Wants>, every: Duration) {
        let left = {
            let mut waiting = self.waiting();
            waiting.every = every;
            if wants.is_some() { BTreeMap::new() } else { std::mem::take(&mut waiting.questions) }
        };
        self.0.wants.send_replace(wants);
        for question in left.into_values() {
            question.answer(None);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().expect("no holder can panic")
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Question> {
        let longest = self.questions.keys().min_by_key(|camera| self.served.get(*camera))?.clone();
        self.served.insert(longest.clone(), Instant::now());
        self.questions.remove(&longest)
    }
}

impl Question {
    fn answer(self, found: Option<Vec<Object>>) {
        let Self { at, parts, moving, reply } = self;
        let regions = parts.into_iter().map(|(region, _)| region).collect();
        // An eye that is behind looks again soon.
        let _ = reply.try_send(Answer { at, regions, moving, found });
    }
}

/// Runs the detector of the settings, and another when they change. Returns when the program ends.
pub(crate) async fn run(mut service: Service) {
    loop {
        let wanted = Wanted::of(&service.config.borrow_and_update());
        let mut config = service.config.clone();
        let other = async {
            // What concerns cameras only does not disturb the detector.
            let mut told = config.changed().await;
            while told.is_ok() && Wanted::of(&config.borrow_and_update()) == wanted {
                told = config.changed().await;
            }
            told
        };
        let told = tokio::select! {
            () = service.serve(&wanted) => return,
            told = other => told,
        };
        service.detector.open(None, Duration::ZERO);
        service.faults.clear(PLACE);
        service.faults.clear(CLASSES);
        if told.is_err() {
            return;
        }
    }
}

/// What of the settings concerns the detector.
#[derive(PartialEq)]
struct Wanted {
    settings: Option<Settings>,
    /// The least score that any camera wants to hear of.
    least: f32,
    /// All that is looked for.
    classes: BTreeSet<Label>,
    /// Where added models lie.
    models: PathBuf,
}

impl Wanted {
    fn of(config: &Config) -> Self {
        let looks = config.cameras.iter().map(|camera| &camera.objects);
        let looks = looks.filter(|objects| objects.enabled);
        let scores = looks.clone().flat_map(|objects| objects.classes.values());
        let least = scores.map(|score| score.get()).fold(1.0, f32::min);
        Self {
            settings: config.detector.clone(),
            least: least * FAINT,
            classes: looks.flat_map(|objects| objects.classes.keys().cloned()).collect(),
            models: config.server.data_dir.join("models"),
        }
    }
}

impl Service {
    async fn serve(&self, wanted: &Wanted) {
        match &wanted.settings {
            None => {
                self.status.send_replace(DetectorStatus::Off);
                std::future::pending::<()>().await;
            }
            Some(Settings { kind: DetectorKind::Remote(remote), .. }) => {
                self.serve_remote(remote, wanted.least).await;
            }
            Some(Settings { kind: DetectorKind::Model(model), .. }) => {
                self.serve_model(model, wanted).await;
            }
        }
    }

    async fn serve_remote(&self, settings: &detector::Remote, least: f32) {
        let name = settings.url.host_str().unwrap_or_default().to_owned();
        self.status.send_replace(DetectorStatus::Ready(service(&name)));
        self.detector.open(Some(Wants::Jpeg { size: settings.size }), settings.every);
        // Clones share what they know of its failures.
        let service_there = Remote::new(settings.clone()).with_min_score(Fraction::clamped(least));
        let tries = (0..AT_ONCE).map(|_| async {
            let mut remote = service_there.clone();
            loop {
                match self.answer_next(&mut remote).await {
                    Ok(()) => self.well(|| service(&name)),
                    Err(error) => self.ill(&name, &error),
                }
            }
        });
        join_all(tries).await;
    }

    async fn serve_model(&self, model: &Model, wanted: &Wanted) {
        let name = model.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut rests = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
        let model = crate::model::settled(model, &wanted.models);
        let since = clock::now();
        self.status.send_replace(DetectorStatus::Starting { since, name: name.clone() });
        loop {
            let error = match start(&model, wanted.least).await {
                Ok(worker) => {
                    self.detector.open(Some(worker.wants()), Duration::ZERO);
                    self.well(|| card(&name, worker.card()));
                    self.tell_strangers(&worker.card().labels, &name, wanted);
                    let mut worker = worker;
                    loop {
                        match self.answer_next(&mut worker).await {
                            Ok(()) => rests.succeeded(),
                            Err(error) => break error,
                        }
                    }
                }
                Err(error) => error,
            };
            self.detector.open(None, Duration::ZERO);
            self.ill(&name, &error);
            sleep(rests.failed(Fraction::clamped(rand::random()))).await;
        }
    }

    /// Waits for a question and answers it.
    async fn answer_next(&self, detector: &mut dyn Recognises) -> Result<(), DetectError> {
        let question = self.detector.next().await;
        let mut looks = Vec::with_capacity(question.parts.len());
        for (region, shown) in &question.parts {
            match detector.look(shown.clone()).await {
                Ok(objects) => {
                    let placed =
                        |object: Object| Object { region: region.place(&object.region), ..object };
                    looks.push((*region, objects.into_iter().map(placed).collect()));
                }
                Err(error) => {
                    question.answer(None);
                    return Err(error);
                }
            }
        }
        question.answer(Some(overlap::join(looks)));
        Ok(())
    }

    /// Tells of classes that are looked for and that the model does not know.
    fn tell_strangers(&self, known: &[Label], name: &str, wanted: &Wanted) {
        let strangers: Vec<&str> = wanted
            .classes
            .iter()
            .filter(|class| !known.contains(class))
            .map(Label::as_str)
            .collect();
        if strangers.is_empty() {
            return self.faults.clear(CLASSES);
        }
        let known: Vec<&str> = known.iter().map(Label::as_str).collect();
        let story = format!("{name} does not know {}: that is never seen", strangers.join(", "));
        let hint = format!("Correct `classes`. It knows {}.", known.join(", "));
        self.faults.set(CLASSES, story, hint, clock::now());
    }

    fn well(&self, card: impl Fn() -> DetectorCard) {
        self.status.send_if_modified(|status| {
            let was_ill = !matches!(status, DetectorStatus::Ready(_));
            if was_ill {
                *status = DetectorStatus::Ready(card());
            }
            was_ill
        });
        self.faults.clear(PLACE);
    }

    fn ill(&self, name: &str, error: &DetectError) {
        let (cause, hint) = (with_sources(error), error.hint());
        let hint = format!("{hint} Until then whatever moves is recorded.");
        self.faults.set(PLACE, cause.clone(), hint.trim(), clock::now());
        self.status.send_if_modified(|status| {
            let since = match status {
                DetectorStatus::Failing { since, cause: known, .. } if *known == cause => {
                    return false;
                }
                DetectorStatus::Failing { since, .. } => *since,
                _ => clock::now(),
            };
            let (name, hint) = (name.to_owned(), Some(error.hint()));
            *status = DetectorStatus::Failing { since, name, cause: cause.clone(), hint };
            true
        });
    }
}

/// What is known of a service.
fn service(name: &str) -> DetectorCard {
    DetectorCard {
        since: clock::now(),
        name: name.to_owned(),
        engine: None,
        layout: None,
        input: None,
        labels: None,
        look: None,
        note: None,
    }
}

/// What is known of a model.
fn card(name: &str, card: &Card) -> DetectorCard {
    DetectorCard {
        engine: Some(card.engine.word().to_owned()),
        layout: Some(card.layout.word().to_owned()),
        input: Some(card.input),
        labels: Some(card.labels.clone()),
        look: Some(card.look),
        note: card.note.clone(),
        ..service(name)
    }
}

/// Starts a worker with the model as it lies on the disk now.
async fn start(model: &Model, least: f32) -> Result<Worker, DetectError> {
    let settings = model.clone();
    let read = tokio::task::spawn_blocking(move || ModelFile::read(&settings)).await;
    let file = read.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
    Worker::start(&file, model, least).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(at: i64) -> (Question, mpsc::Receiver<Answer>) {
        let (reply, answers) = mpsc::channel(1);
        let at = WallTime::from_micros(at);
        (Question { at, parts: Vec::new(), moving: Vec::new(), reply }, answers)
    }

    #[tokio::test]
    async fn the_newest_question_of_each_camera_counts_and_who_waited_longest_is_first() {
        let detector = Detector::new();
        let [door, yard]: [CameraId; 2] = ["door", "yard"].map(|name| name.parse().unwrap());
        for (camera, at) in [(&door, 1), (&yard, 2), (&door, 3)] {
            detector.ask(camera, question(at).0);
        }
        assert_eq!(detector.next().await.at, WallTime::from_micros(3));
        detector.ask(&door, question(4).0);
        assert_eq!(detector.next().await.at, WallTime::from_micros(2), "the yard was never asked");
        assert_eq!(detector.next().await.at, WallTime::from_micros(4));
        assert!(detector.waiting().take().is_none());
    }

    #[tokio::test]
    async fn what_waits_when_the_detector_goes_is_not_known() {
        let detector = Detector::new();
        detector.open(Some(Wants::Jpeg { size: 640 }), Duration::from_secs(15));
        let (one, mut answers) = question(1);
        let door = "door".parse().unwrap();
        assert!(detector.is_free_for(&door));
        detector.ask(&door, one);
        detector.open(None, Duration::ZERO);
        assert!(answers.recv().await.unwrap().found.is_none());
        assert_eq!(detector.wants(), None);
    }
}
