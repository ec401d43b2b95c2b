//! What counts as motion on a camera, what moves on it, and what would have: the way there.

pub(crate) mod settings; // what counts
pub(crate) mod replay; //   what would have happened otherwise
pub(crate) mod levels; //   how much moved, for a timeline
pub(crate) mod traces; //   how it moved in an event
pub(crate) mod now; //      what moves now
mod keys; //                settings as they stand on the wire

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;
use watchpost_model::{EventId, Fraction, Interval, Label, MotionSettings, Region, WallTime};
use watchpost_store::EventRecord;

use crate::error::{Answer, Problem};
use crate::refusal::{Reply, ask};

pub use keys::{motion_from_json, motion_to_json};

/// How long telling or changing settings may take.
const SOON: Duration = Duration::from_secs(5);
/// How long a replay may take: longer nobody looks at a page that does nothing.
const REPLAYED: Duration = Duration::from_secs(15);
/// How long a frame of the recordings may take: a group of pictures is decoded for it.
const FRAMED: Duration = Duration::from_secs(10);
/// How long a request for a frame waits for those before it.
const IN_LINE: Duration = Duration::from_secs(30);
/// Requests that wait to be answered; further ones are refused at once.
const QUEUE: usize = 8;

/// A handle on whoever knows what counts as motion on a camera.
///
/// Makes one replay and one frame at a time: a second replay is refused, a second frame waits.
#[derive(Clone, Debug)]
pub struct MotionControls {
    requests: mpsc::Sender<MotionRequest>,
    replays: Arc<Semaphore>,
    frames: Arc<Semaphore>,
}

/// Somebody asks about motion on a camera. None of these need wait for another: settings are told
/// while a replay goes on. What is not answered in time is given up by the asker.
#[derive(Debug)]
pub enum MotionRequest {
    /// Tell what counts. Within 5 s.
    Settings {
        /// Where the answer goes.
        reply: Reply<MotionState>,
    },
    /// Let this count from now on, and keep it over restarts. Within 5 s.
    Set {
        /// What.
        settings: MotionSettings,
        /// Where the answer goes: what counts then.
        reply: Reply<MotionState>,
    },
    /// Let count what the configuration says. Within 5 s.
    Reset {
        /// Where the answer goes: what counts then.
        reply: Reply<MotionState>,
    },
    /// Tell what would have happened under other settings. Within 15 s.
    Replay {
        /// When.
        interval: Interval,
        /// What would have counted.
        settings: MotionSettings,
        /// Where the answer goes; nobody wants it any more once this is closed.
        reply: Reply<Replayed>,
        /// To be held as long as the replay takes: the next may come when it is dropped.
        turn: Turn,
    },
    /// Make a JPEG of what was recorded at a moment; [`Refusal::None`](crate::Refusal::None) if
    /// nothing was. Within 10 s.
    Frame {
        /// When: the picture shown at this moment.
        at: WallTime,
        /// What is to be outlined in it.
        regions: Vec<Region>,
        /// Where the answer goes.
        reply: Reply<Bytes>,
    },
}

/// The right to make a replay. The next may be made when it is dropped.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "only held")] OwnedSemaphorePermit);

/// What counts as motion on a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct MotionState {
    /// Now.
    pub now: MotionSettings,
    /// By the configuration.
    pub file: MotionSettings,
}

/// What would have happened under other settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// How much of the time asked for could be looked at.
    pub covered: Duration,
    /// The events there would have been, by time.
    pub would: Vec<WouldBe>,
    /// Those that motion triggered and that would not have been, by time.
    pub vanishing: Vec<EventRecord>,
}

/// An event as it would have been.
#[derive(Clone, Debug, PartialEq)]
pub struct WouldBe {
    /// Where its footage would begin.
    pub start: WallTime,
    /// When it would first have been triggered.
    pub triggered: WallTime,
    /// Where its footage would end.
    pub end: WallTime,
    /// The moment that shows it best.
    pub best: WallTime,
    /// What moved then.
    pub regions: Vec<Region>,
    /// The event it was, if it was one. Two of these may have been one event.
    pub existing: Option<EventId>,
}

/// What moves on a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Moving {
    /// When the frame was taken.
    pub at: WallTime,
    /// How much: 255 times the square root of the share of the picture that moves.
    pub level: u8,
    /// Boxes around what moves.
    pub boxes: Vec<Region>,
    /// Whether the picture is one of night.
    pub night: bool,
    /// What is recognised, where that is looked for.
    pub objects: Vec<LiveObject>,
}

/// An object that is there now.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveObject {
    /// Stays the same while it is followed.
    pub number: u32,
    /// What it is.
    pub label: Label,
    /// How sure the detector is.
    pub score: Fraction,
    /// A box around it.
    pub region: Region,
    /// Whether it stands still, as a parked car does.
    pub still: bool,
}

/// Shows what moves now to those who watch, frame by frame. Clones show the same.
#[derive(Clone, Debug)]
pub struct Meter(watch::Sender<Option<Moving>>);

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// One that nobody watches.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Whether somebody watches; if nobody does, there is no need to [`show`](Meter::show).
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Shows this until something else is shown; watchers see the last of five a second.
    pub fn show(&self, moving: Moving) {
        self.0.send_replace(Some(moving));
    }

    /// What is shown from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<Option<Moving>> {
        self.0.subscribe()
    }
}

impl MotionControls {
    /// A handle, and the requests made through it.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<MotionRequest>) {
        let (requests, inbox) = mpsc::channel(QUEUE);
        let [replays, frames] = [(); 2].map(|()| Arc::new(Semaphore::new(1)));
        (Self { requests, replays, frames }, inbox)
    }

    async fn settings(&self) -> Answer<MotionState> {
        self.ask(SOON, |reply| MotionRequest::Settings { reply }).await
    }

    async fn set(&self, settings: MotionSettings) -> Answer<MotionState> {
        self.ask(SOON, |reply| MotionRequest::Set { settings, reply }).await
    }

    async fn reset(&self) -> Answer<MotionState> {
        self.ask(SOON, |reply| MotionRequest::Reset { reply }).await
    }

    async fn replay(&self, interval: Interval, settings: MotionSettings) -> Answer<Replayed> {
        self.replay_within(REPLAYED, interval, settings).await
    }

    async fn replay_within(
        &self,
        patience: Duration,
        interval: Interval,
        settings: MotionSettings,
    ) -> Answer<Replayed> {
        let turn = Arc::clone(&self.replays).try_acquire_owned().map_err(|_| Problem::Busy {
            message: "What would have happened is being worked out already.".to_owned(),
            wait: REPLAYED,
        })?;
        let turn = Turn(turn);
        let request = |reply| MotionRequest::Replay { interval, settings, reply, turn };
        let replayed = timeout(patience, self.ask(Duration::MAX, request)).await;
        replayed.unwrap_or_else(|_| {
            Err(Problem::Unavailable {
                message: format!("This takes longer than {} s.", patience.as_secs()),
                hint: "Ask for a shorter time.".to_owned(),
            })
        })
    }

    async fn frame(&self, at: WallTime, regions: Vec<Region>) -> Answer<Bytes> {
        let in_line = timeout(IN_LINE, self.frames.acquire()).await;
        let _turn = in_line.ok().and_then(Result::ok).ok_or_else(|| Problem::Unavailable {
            message: "Too many pictures are being asked for.".to_owned(),
            hint: "Try again in a few seconds.".to_owned(),
        })?;
        self.ask(FRAMED, |reply| MotionRequest::Frame { at, regions, reply }).await
    }

    async fn ask<T>(
        &self,
        patience: Duration,
        request: impl FnOnce(Reply<T>) -> MotionRequest,
    ) -> Answer<T> {
        ask(&self.requests, "Motion detection", patience, request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_replay_is_given_up_in_time_but_keeps_its_turn_until_it_ends() {
        let (controls, mut inbox) = MotionControls::new();
        let replay =
            || controls.replay_within(Duration::ZERO, Interval::ALL, MotionSettings::default());
        let late = replay().await.unwrap_err();
        assert!(matches!(late, Problem::Unavailable { .. }), "{late:?}");
        assert!(matches!(replay().await.unwrap_err(), Problem::Busy { .. }));
        drop(inbox.recv().await);
        assert!(matches!(replay().await.unwrap_err(), Problem::Unavailable { .. }));
    }

    #[tokio::test]
    async fn frames_are_asked_for_one_at_a_time() {
        let (controls, mut inbox) = MotionControls::new();
        let camera = async {
            for _ in 0..20 {
                let Some(MotionRequest::Frame { reply, .. }) = inbox.recv().await else { panic!() };
                assert!(inbox.try_recv().is_err());
                reply.send(Ok(Bytes::new())).unwrap();
            }
        };
        let frames = (0..20).map(|_| controls.frame(WallTime::MIN, Vec::new()));
        let (frames, ()) = tokio::join!(futures::future::join_all(frames), camera);
        assert!(frames.into_iter().all(|frame| frame.is_ok()));
    }

    #[test]
    fn a_meter_is_watched_as_long_as_somebody_does() {
        let meter = Meter::new();
        assert!(!meter.is_watched());
        let watcher = meter.clone().watch();
        assert!(meter.is_watched());
        drop(watcher);
        assert!(!meter.is_watched());
    }
}
