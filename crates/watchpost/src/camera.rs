//! One camera: from its source to whoever wants its pictures.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use watchpost_media::{Anchor, Kind, Picture};
use watchpost_model::config::Source;
use watchpost_model::{CameraId, Fraction, WallTime};
use watchpost_source::{Arrival, Remedy, SourceError, Stream};
use watchpost_watch::backoff::Backoff;
use watchpost_web::{Detection, Feed, Link};

use crate::clock;
use crate::record::Footage;
use crate::see::{Look, View};
use crate::status::{Board, Faults, Meter, with_sources};

/// A connection that held for this long was a good one: the next try may come soon.
const GOOD: Duration = Duration::from_secs(10);

/// Where a camera's pictures go, and where it is told how it is.
pub(crate) struct Outlets {
    /// To the writer, if this stream is recorded. Nothing of it may be lost, so this may wait.
    pub(crate) record: Option<mpsc::Sender<Footage>>,
    /// To detection. When it is behind, it misses pictures up to the next key picture.
    pub(crate) see: mpsc::Sender<Look>,
    /// To those who watch now, if this stream is shown.
    pub(crate) live: Option<Feed>,
    /// Which of the camera's two streams this is.
    pub(crate) view: View,
    pub(crate) board: Board,
    pub(crate) faults: Faults,
}

/// Follows a camera's stream until it is told to stop: opens it, passes its pictures on, and when it
/// breaks tries again.
pub(crate) async fn follow(
    camera: CameraId,
    source: Source,
    outlets: Outlets,
    stop: CancellationToken,
) {
    let mut line = Line { camera, outlets, last: None, behind: false, untold: false };
    // Dropping the work in the middle loses a picture at most.
    let _ = stop.run_until_cancelled(line.follow(&source)).await;
}

struct Line {
    camera: CameraId,
    outlets: Outlets,
    /// The time of the last picture, over all connections.
    last: Option<WallTime>,
    /// Detection is behind, and waits for the next key picture.
    behind: bool,
    /// Detection does not know yet that times are new.
    untold: bool,
}

impl Line {
    async fn follow(&mut self, source: &Source) {
        let mut soon = Backoff::new(Duration::from_millis(250), Duration::from_secs(1));
        let mut seldom = Backoff::new(Duration::from_secs(5), Duration::from_mins(1));
        let mut told = None;
        loop {
            let began = Instant::now();
            let error = self.play(source).await;
            if began.elapsed() > GOOD {
                soon.succeeded();
                seldom.succeeded();
                told = None;
            }
            let luck = Fraction::clamped(rand::random());
            let wait = match error.remedy() {
                Remedy::RetrySoon => Some(soon.failed(luck)),
                Remedy::RetrySeldom => Some(seldom.failed(luck)),
                Remedy::Done => None,
            };
            let cause = with_sources(&error);
            // The same story every second helps nobody.
            if told.as_ref() != Some(&cause) {
                tracing::warn!(camera = %self.camera, stream = ?self.outlets.view, "{cause}. {}", error.hint());
                told = Some(cause.clone());
            }
            self.tell_offline(cause, error.hint(), wait.map(|wait| clock::now() + wait));
            match wait {
                Some(wait) => sleep(wait).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Plays the stream until it breaks.
    async fn play(&mut self, source: &Source) -> SourceError {
        let mut stream = match Stream::open(source).await {
            Ok(stream) => stream,
            Err(error) => return error,
        };
        let mut anchor = Anchor::new();
        let mut meter = Meter::new();
        let mut begun = false;
        loop {
            let arrival = match stream.next().await {
                Ok(arrival) => arrival,
                Err(error) => return error,
            };
            if !begun && arrival.kind != Kind::Key {
                continue;
            }
            let (picture, time) = self.place(arrival, &mut anchor);
            if !begun {
                begun = true;
                self.tell_live(&picture);
            }
            if let Some(measured) = meter.step(picture.data.len())
                && self.outlets.view == View::Main
            {
                self.outlets.board.measured(measured);
            }
            self.pass_on(picture, time).await;
        }
    }

    /// Puts a picture on the wall clock. Times are new when the clock was set, be it while the camera
    /// was away.
    fn place(&mut self, arrival: Arrival, anchor: &mut Anchor) -> (Picture, Times) {
        let Arrival { parameters, data, kind, elapsed, shown_after } = arrival;
        let stamp = anchor.step(elapsed, clock::now());
        let new = stamp.jumped || self.last.is_some_and(|last| stamp.time <= last);
        self.last = Some(stamp.time);
        if new {
            tracing::warn!(camera = %self.camera, "the clock was set; recording goes on in a new file");
        }
        let picture = Picture { parameters, data, kind, time: stamp.time, shown_after };
        (picture, if new { Times::New } else { Times::GoOn })
    }

    /// Gives the picture to whoever wants it. An eye that is behind gets no more until the next key
    /// picture.
    async fn pass_on(&mut self, picture: Picture, times: Times) {
        if let Some(live) = &self.outlets.live {
            live.push(&picture);
        }
        self.untold |= times == Times::New;
        if !self.behind || picture.kind == Kind::Key {
            let (view, picture) = (self.outlets.view, picture.clone());
            let look = Look { view, picture, jumped: self.untold };
            self.behind = self.outlets.see.try_send(look).is_err();
            if self.behind {
                tracing::debug!(camera = %self.camera, "detection is behind; it goes on at the next key picture");
            } else {
                self.untold = false;
            }
        }
        if let Some(record) = &self.outlets.record {
            // The writer ends only with the program.
            if times == Times::New {
                let _ = record.send(Footage::NewTime).await; // As above.
            }
            let _ = record.send(Footage::Picture(picture)).await; // As above.
        }
    }

    /// The first picture of a connection has come.
    fn tell_live(&self, picture: &Picture) {
        let parameters = &picture.parameters;
        let (width, height) = (parameters.width(), parameters.height());
        let view = self.outlets.view;
        tracing::info!(camera = %self.camera, stream = ?view, codec = parameters.mime_codec(), width, height, "live");
        match view {
            View::Main => self.outlets.board.live(parameters, clock::now()),
            View::Small => self.outlets.faults.clear(&self.place_of_faults()),
        }
    }

    fn tell_offline(&self, cause: String, hint: &str, next_try: Option<WallTime>) {
        if let Some(live) = &self.outlets.live {
            live.offline(&cause, next_try);
        }
        match self.outlets.view {
            View::Main => {
                let link = Link::Offline { cause, hint: Some(hint.to_owned()), next_try };
                self.outlets.board.offline(link, clock::now());
            }
            View::Small => {
                // Without it nothing is noticed, though the picture looks well.
                self.outlets.board.detection(Detection::Off);
                self.outlets.faults.set(&self.place_of_faults(), cause, hint, clock::now());
            }
        }
    }

    fn place_of_faults(&self) -> String {
        format!("{} detect_source", self.camera)
    }
}

/// How a picture's time stands to those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    /// It follows them.
    GoOn,
    /// They are not comparable.
    New,
}
