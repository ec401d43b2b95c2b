//! Cameras that are started on demand: the demo camera, and one that cannot be reached.

use tokio::task::JoinHandle;
use watchpost_model::config::{Camera, Config};
use watchpost_web::CameraStatus;

use super::*;

/// A camera whose video comes from there.
fn camera(source: &str) -> Camera {
    let text = format!("[[camera]]\nname = \"door\"\nsource = {source:?}\n");
    let mut none = |_| Err("there is none".to_owned());
    Config::read(&text, &mut none).unwrap().cameras.remove(0)
}

/// Nobody answers there.
fn away() -> Source {
    camera("rtsp://127.0.0.1:1/").source
}

/// A stream that is followed, and what comes of it.
struct Followed {
    source: watch::Sender<Source>,
    demand: watch::Sender<bool>,
    looks: mpsc::Receiver<Look>,
    signs: mpsc::Receiver<Sign>,
    status: watch::Receiver<CameraStatus>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Followed {
    fn start(wanted: bool) -> Self {
        let camera = camera("demo:");
        let (board, status) = Board::new(&camera, clock::now());
        let (faults, _) = Faults::new();
        let (see, looks) = mpsc::channel(64);
        let (give_signs, signs) = mpsc::channel(64);
        let (demand, told) = watch::channel(wanted);
        let (source, from) = watch::channel(camera.source);
        let inlets = Inlets { source: from, stills: mpsc::channel(1).1, demand: told };
        let outlets = Outlets {
            record: None,
            see,
            live: None,
            signs: Some(give_signs),
            view: View::Main,
            board,
            faults,
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(follow(camera.name, inlets, outlets, stop.clone()));
        Self { source, demand, looks, signs, status, stop, task }
    }

    /// Waits until the page shows that it rests.
    async fn rests(&mut self) {
        let rests = |status: &CameraStatus| {
            let hint = Some(AT_REST_HINT.to_owned());
            status.link == Link::Offline { cause: AT_REST.to_owned(), hint, next_try: None }
        };
        self.status.wait_for(rests).await.unwrap();
    }

    /// The next sign that is no picture.
    async fn sign(&mut self) -> Sign {
        loop {
            match self.signs.recv().await.unwrap() {
                Sign::Picture(_) => {}
                sign => return sign,
            }
        }
    }

    /// The next picture.
    async fn look(&mut self) -> Look {
        self.looks.recv().await.unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test]
async fn a_camera_on_demand_plays_only_while_it_is_wanted_and_tells_how_long_it_took() {
    let mut door = Followed::start(false);
    door.rests().await;
    assert!(matches!(door.sign().await, Sign::Rests(_)), "nobody misses its pictures");
    assert!(door.looks.try_recv().is_err());

    door.demand.send(true).unwrap();
    assert_eq!(door.look().await.picture.kind, Kind::Key);
    assert_eq!(door.status.borrow().link, Link::Live);
    let note = door.status.borrow().note.clone().unwrap();
    assert!(note.starts_with("started in ") && note.ends_with(" s"), "{note}");

    door.demand.send(false).unwrap();
    door.rests().await;
    assert!(matches!(door.sign().await, Sign::Rests(_)));
    while door.looks.try_recv().is_ok() {}

    door.demand.send(true).unwrap();
    assert_eq!(door.look().await.picture.kind, Kind::Key);
    door.end().await;
}

#[tokio::test]
async fn a_camera_that_always_plays_says_nothing_of_its_start() {
    let mut door = Followed::start(true);
    // Whoever asked for it is gone, which changes nothing.
    drop(std::mem::replace(&mut door.demand, watch::channel(false).0));
    door.look().await;
    door.look().await;
    assert_eq!(door.status.borrow().note, None);
    door.end().await;
}

#[tokio::test]
async fn a_camera_that_is_wanted_and_away_is_missed_only_since_then() {
    let mut door = Followed::start(true);
    door.look().await;
    door.demand.send(false).unwrap();
    assert!(matches!(door.sign().await, Sign::Rests(_)));
    door.source.send(away()).unwrap();
    let wanted = clock::now();
    door.demand.send(true).unwrap();
    let Sign::Lost { at, .. } = door.sign().await else { panic!("it cannot be reached") };
    assert!(at >= wanted, "its last picture was long before");

    // It does not wait for the next try to find that nobody wants it.
    door.demand.send(false).unwrap();
    door.rests().await;
    door.end().await;
}
