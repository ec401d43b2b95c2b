//! One camera: from its source to whoever wants its pictures.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use watchpost_media::{Anchor, Kind, Parameters, Picture, Sound};
use watchpost_model::config::{PhotoSize, Source};
use watchpost_model::{CameraId, Fraction, WallTime};
use watchpost_source::{Arrival, Remedy, SourceError, Stream, still};
use watchpost_watch::backoff::Backoff;
use watchpost_web::{Detection, Feed, Link};

use crate::clock;
use crate::health::Sign;
use crate::record::Footage;
use crate::see::{Look, View};
use crate::status::{Board, Faults, Meter, with_sources};

/// A connection that held for this long was a good one: the next try may come soon.
const GOOD: Duration = Duration::from_secs(10);

/// Why a camera that is started on demand has no pictures, and what to do about it.
const AT_REST: &str = "it rests until a sensor fires or somebody looks";
const AT_REST_HINT: &str = "Nothing is wrong: its `start` is \"on_demand\".";

/// Why a stream rests for a moment of our own making.
pub(crate) const SETTINGS: &str = "its settings were changed";
pub(crate) const PHOTO: &str = "it rested while a photo was taken";

/// Where a camera's pictures go, and where it is told how it is.
pub(crate) struct Outlets {
    /// To the writer, if this stream is recorded. Nothing of it may be lost, so this may wait.
    pub(crate) record: Option<mpsc::Sender<Footage>>,
    /// To detection. When it is behind, it misses pictures up to the next key picture.
    pub(crate) see: mpsc::Sender<Look>,
    /// To those who watch now, if this stream is shown.
    pub(crate) live: Option<Feed>,
    /// To whoever watches over the camera's health, if this stream is its measure. A sign that finds no
    /// room is one of many.
    pub(crate) signs: Option<mpsc::Sender<Sign>>,
    /// Which of the camera's two streams this is.
    pub(crate) view: View,
    pub(crate) board: Board,
    pub(crate) faults: Faults,
}

/// What may come to a stream while it plays.
pub(crate) struct Inlets {
    /// Where the video comes from. When it changes, the stream is opened anew.
    pub(crate) source: watch::Receiver<Source>,
    /// Photos that only the camera's own program for photos can take.
    pub(crate) stills: mpsc::Receiver<Still>,
    /// Whether anybody wants pictures. While nobody does, the stream is closed. When the other end is
    /// gone, it stays as it was told last.
    pub(crate) demand: watch::Receiver<bool>,
}

/// A photo to be taken while the stream rests.
pub(crate) struct Still {
    pub(crate) size: PhotoSize,
    /// Where the JPEG goes, or why there is none.
    pub(crate) reply: oneshot::Sender<Result<Bytes, SourceError>>,
}

/// Follows a camera's stream until it is told to stop: opens it, passes its pictures on, and when it
/// breaks tries again.
pub(crate) async fn follow(
    camera: CameraId,
    inlets: Inlets,
    outlets: Outlets,
    stop: CancellationToken,
) {
    let mut line = Line {
        camera,
        inlets,
        outlets,
        last: None,
        woken: None,
        started_in: None,
        behind: false,
        untold: false,
        said: None,
    };
    // Dropping the work in the middle loses a picture at most.
    let _ = stop.run_until_cancelled(line.follow()).await;
}

/// Why a stream plays no more.
enum Broke {
    /// By itself.
    Error(SourceError),
    /// Its settings changed.
    Changed,
    /// A photo is to be taken first.
    Still(Still),
    /// Nobody wants pictures any more.
    Unwanted,
}

struct Line {
    camera: CameraId,
    inlets: Inlets,
    outlets: Outlets,
    /// The time of the last picture, over all connections.
    last: Option<WallTime>,
    /// When it was wanted after it had rested, if it ever did.
    woken: Option<(WallTime, Instant)>,
    /// How long the first picture took since then, once it came.
    started_in: Option<Duration>,
    /// Detection is behind, and waits for the next key picture.
    behind: bool,
    /// Detection does not know yet that times are new.
    untold: bool,
    /// What the log was told of the stream last.
    said: Option<(String, Option<String>)>,
}

impl Line {
    async fn follow(&mut self) {
        let (mut soon, mut seldom) = patience();
        let mut told = None;
        loop {
            if !*self.inlets.demand.borrow_and_update() {
                (soon, seldom) = patience();
                told = None;
                self.sleep().await;
            }
            let began = Instant::now();
            let source = self.inlets.source.borrow_and_update().clone();
            let error = match self.play(&source).await {
                Broke::Error(error) => error,
                Broke::Changed => {
                    self.lost(SETTINGS);
                    continue;
                }
                Broke::Still(still) => {
                    self.lost(PHOTO);
                    self.take(still, &source).await;
                    continue;
                }
                Broke::Unwanted => continue,
            };
            if began.elapsed() > GOOD {
                soon.succeeded();
                seldom.succeeded();
                told = None;
                self.said = None;
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
            self.lost(&cause);
            self.tell_offline(cause, error.hint(), wait.map(|wait| clock::now() + wait));
            self.rest(wait, &source).await;
        }
    }

    /// Rests until somebody wants pictures. Photos are taken meanwhile.
    async fn sleep(&mut self) {
        self.started_in = None;
        self.sign(Sign::Rests(self.lost_at()));
        self.tell_at_rest();
        loop {
            let source = self.inlets.source.borrow_and_update().clone();
            tokio::select! {
                () = is(&mut self.inlets.demand, true) => break,
                Ok(()) = self.inlets.source.changed() => {}
                Some(still) = self.inlets.stills.recv() => self.take(still, &source).await,
            }
        }
        self.woken = Some((clock::now(), Instant::now()));
        tracing::info!(camera = %self.camera, stream = ?self.outlets.view, "wanted; it is started");
    }

    /// Waits before the next try, but not when the settings change or nobody wants it any more; for ever
    /// without a next one. Photos are taken meanwhile.
    async fn rest(&mut self, wait: Option<Duration>, source: &Source) {
        let until = wait.map(|wait| Instant::now() + wait);
        loop {
            let waited = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = waited => return,
                Ok(()) = self.inlets.source.changed() => return,
                () = is(&mut self.inlets.demand, false) => return,
                Some(still) = self.inlets.stills.recv() => self.take(still, source).await,
            }
        }
    }

    /// Has the camera's own program take a photo. The stream is closed: only one can have the camera.
    async fn take(&self, wanted: Still, source: &Source) {
        let photo = match source {
            Source::RaspberryPi(camera) => still(camera, wanted.size).await,
            _ => return, // The settings allow it for no other.
        };
        let _ = wanted.reply.send(photo); // Whoever asked may have left.
    }

    /// Plays the stream until it breaks.
    async fn play(&mut self, source: &Source) -> Broke {
        // Photos wait until there was a picture: one after the other they would leave no video at all.
        let opened = tokio::select! {
            opened = Stream::open(source) => opened,
            Ok(()) = self.inlets.source.changed() => return Broke::Changed,
            () = is(&mut self.inlets.demand, false) => return Broke::Unwanted,
        };
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(error) => return Broke::Error(error),
        };
        let broke = self.pump(&mut stream).await;
        // A camera of this machine serves one at a time, and is to be opened again soon.
        stream.close().await;
        broke
    }

    /// Passes on what comes until it breaks.
    async fn pump(&mut self, stream: &mut Stream) -> Broke {
        let mut anchor = Anchor::new();
        let mut meter = Meter::new();
        // What the page was told of last.
        let mut shown: Option<(Arc<Parameters>, Option<String>)> = None;
        loop {
            let arrived = tokio::select! {
                arrived = stream.next() => arrived,
                Ok(()) = self.inlets.source.changed() => return Broke::Changed,
                () = is(&mut self.inlets.demand, false) => return Broke::Unwanted,
                Some(still) = self.inlets.stills.recv(), if shown.is_some() => {
                    return Broke::Still(still);
                }
            };
            let arrival = match arrived {
                Ok(arrival) => arrival,
                Err(error) => return Broke::Error(error),
            };
            if shown.is_none() && arrival.kind != Kind::Key {
                continue;
            }
            let (picture, time) = self.place(arrival, &mut anchor);
            let told = shown.as_ref().is_some_and(|(parameters, note)| {
                Arc::ptr_eq(parameters, &picture.parameters) && note.as_deref() == stream.note()
            });
            if !told {
                self.tell_live(&picture, stream.note(), shown.is_none());
                shown = Some((Arc::clone(&picture.parameters), stream.note().map(str::to_owned)));
            }
            if let Some(measured) = meter.step(picture.data.len())
                && self.outlets.view == View::Main
            {
                self.outlets.board.measured(measured);
            }
            self.pass_on(picture, time).await;
        }
    }

    /// Puts a picture, with its sound, on the wall clock. Times are new when the clock was set, be it
    /// while the camera was away.
    fn place(&mut self, arrival: Arrival, anchor: &mut Anchor) -> (Picture, Times) {
        let Arrival { parameters, data, kind, elapsed, shown_after, sound } = arrival;
        let stamp = anchor.step(elapsed, clock::now());
        let new = stamp.jumped || self.last.is_some_and(|last| stamp.time <= last);
        let before = self.last.replace(stamp.time);
        if new {
            tracing::warn!(camera = %self.camera, "the clock was set; recording goes on in a new file");
            self.sign(Sign::NewTime(before.unwrap_or(stamp.time)));
        }
        // Both have the same clock: as far apart as the camera has them.
        let heard = |sound: watchpost_source::Heard| {
            let before = elapsed.saturating_sub(sound.elapsed);
            let after = sound.elapsed.saturating_sub(elapsed);
            Sound { data: sound.data, time: stamp.time - before + after }
        };
        let sound = sound.into_iter().map(heard).collect();
        let picture = Picture { parameters, data, kind, time: stamp.time, shown_after, sound };
        (picture, if new { Times::New } else { Times::GoOn })
    }

    /// No more pictures come for the moment.
    fn lost(&self, cause: &str) {
        self.sign(Sign::Lost { at: self.lost_at(), cause: cause.to_owned() });
    }

    /// Since when there are no pictures: the time at which nobody wanted any does not count.
    fn lost_at(&self) -> WallTime {
        let woken = self.woken.map(|(woken, _)| woken);
        self.last.max(woken).unwrap_or_else(clock::now)
    }

    fn sign(&self, sign: Sign) {
        if let Some(signs) = &self.outlets.signs {
            let _ = signs.try_send(sign); // One of many.
        }
    }

    /// Gives the picture to whoever wants it. An eye that is behind gets no more until the next key
    /// picture.
    async fn pass_on(&mut self, picture: Picture, times: Times) {
        self.sign(Sign::Picture(picture.time));
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

    /// The first picture of a connection has come, or one that is encoded in another way.
    fn tell_live(&mut self, picture: &Picture, note: Option<&str>, first: bool) {
        let parameters = &picture.parameters;
        let (width, height) = (parameters.width(), parameters.height());
        let view = self.outlets.view;
        let story = (parameters.mime_codecs(), note.map(str::to_owned));
        // As with what broke it: not again and again.
        if self.said.as_ref() != Some(&story) {
            tracing::info!(camera = %self.camera, stream = ?view, codec = story.0, width, height, "live");
            if let Some(note) = note {
                tracing::warn!(camera = %self.camera, stream = ?view, "{note}");
            }
            self.said = Some(story);
        }
        let note = self.note(note);
        let note = note.as_deref();
        match view {
            View::Main if first => self.outlets.board.live(parameters, note, clock::now()),
            View::Main => self.outlets.board.changed(parameters, note),
            View::Small => self.outlets.faults.clear(&self.place_of_faults()),
        }
    }

    /// What stands beside the picture: what the stream has to say, and how long it took to start if it was
    /// started on demand.
    fn note(&mut self, of_stream: Option<&str>) -> Option<String> {
        if self.started_in.is_none()
            && let Some((_, woken)) = self.woken
        {
            let took = woken.elapsed();
            tracing::info!(camera = %self.camera, stream = ?self.outlets.view, "{}", started_in(took));
            self.started_in = Some(took);
        }
        let started = self.started_in.map(started_in);
        match (of_stream, started) {
            (Some(note), Some(started)) => Some(format!("{note}; {started}")),
            (note, started) => note.map(str::to_owned).or(started),
        }
    }

    /// Nobody wants pictures.
    fn tell_at_rest(&self) {
        match self.outlets.view {
            View::Main => self.tell_offline(AT_REST.to_owned(), AT_REST_HINT, None),
            // The main stream tells it, and that it finds nothing is no fault.
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

/// How long to wait between tries: where it may be well soon, and where it hardly will.
fn patience() -> (Backoff, Backoff) {
    let soon = Backoff::new(Duration::from_millis(250), Duration::from_secs(1));
    let seldom = Backoff::new(Duration::from_secs(5), Duration::from_mins(1));
    (soon, seldom)
}

/// Waits until `told` is `wanted`; for ever if nobody tells any more.
async fn is(told: &mut watch::Receiver<bool>, wanted: bool) {
    while *told.borrow_and_update() != wanted {
        if told.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn started_in(took: Duration) -> String {
    format!("started in {:.1} s", took.as_secs_f32())
}

/// How a picture's time stands to those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    /// It follows them.
    GoOn,
    /// They are not comparable.
    New,
}

#[cfg(test)]
mod tests;
