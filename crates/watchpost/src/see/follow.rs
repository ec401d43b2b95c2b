//! What is decoded of the followed stream, and when: all pictures while something stirs, key pictures
//! alone while nothing does.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use watchpost_decode::{Decoded, Slot, WorkerError};
use watchpost_media::{Codec, Kind, Parameters, Picture};
use watchpost_vision::stir::{Care, Vigil};
use watchpost_web::Detection;

use super::{Eye, View, grey_size};

/// A stream of at most so many pixels a picture is decoded whole always: that costs no more than the
/// rest of the work, and tells at once.
const SMALL: u32 = 640 * 480;

/// Someone who watches, or a picture that tells nothing alone, keeps the eye awake for so long.
const AWAKE: Duration = Duration::from_secs(2);

/// As good as for ever: until the stream changes.
const ALWAYS: Duration = Duration::from_hours(24 * 365);

/// How many pictures came, and how many were decoded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    came: u64,
    decoded: u64,
}

impl Eye {
    /// Does with the newest picture of the followed stream what it is worth.
    pub(super) async fn follow(&mut self, picture: &Picture) -> Result<(), WorkerError> {
        self.tally.came += 1;
        let wanted = Instant::now() < self.wanted_until;
        if !self.watches() && !wanted {
            return self.doze(picture).await;
        }
        let care = self.care(picture, wanted);
        if self.worker.is_none() && Instant::now() < self.not_before {
            return Ok(());
        }
        match care {
            Care::Leave => {
                self.abreast = false;
                Ok(())
            }
            Care::Peek => self.peek(picture).await,
            Care::Look => self.follow_all(picture).await,
        }
    }

    /// While nobody wants motion, key pictures are enough to see that the camera is well, at a tenth of
    /// the cost.
    async fn doze(&mut self, picture: &Picture) -> Result<(), WorkerError> {
        self.desk.board.detection(Detection::Off);
        self.end_page();
        self.watch_closely();
        self.abreast = false;
        if !self.desk.examines {
            self.close(); // Sixteen of them would be half a gigabyte for nothing.
            return Ok(());
        }
        let resting = self.worker.is_none() && Instant::now() < self.not_before;
        if picture.kind == Kind::Key && !resting && self.rhythm.is_due(picture.time) {
            self.open(&picture.parameters).await?;
            self.decode(picture, true).await?;
        }
        Ok(())
    }

    /// What to do with `picture`.
    fn care(&mut self, picture: &Picture, wanted: bool) -> Care {
        if is_small(&picture.parameters) {
            return Care::Look;
        }
        let elapsed = self.elapsed(picture.time);
        let was_asleep = self.vigil.is_asleep();
        if self.open.as_ref().is_some_and(|open| *open != picture.parameters) {
            self.watch_closely();
        }
        if wanted || self.desk.meter.is_watched() {
            self.vigil.rouse(elapsed, AWAKE);
        }
        let is_key = picture.kind == Kind::Key;
        let care = self.vigil.picture(is_key, picture.data.len(), elapsed);
        if was_asleep != self.vigil.is_asleep() {
            self.say();
            // A decoder that knows nothing gives no frame for a key picture that is none by itself.
            self.open = self.open.take().filter(|_| was_asleep);
        }
        care
    }

    /// The vigil begins anew: awake until it knows the stream.
    pub(super) fn watch_closely(&mut self) {
        self.vigil = Vigil::new(self.elapsed(self.last));
    }

    /// Decodes a key picture alone, and wakes if it shows something new.
    async fn peek(&mut self, picture: &Picture) -> Result<(), WorkerError> {
        let elapsed = self.elapsed(picture.time);
        self.abreast = false;
        self.open(&picture.parameters).await?;
        let grey = grey_size(&picture.parameters);
        let decoded = self.send(picture, Some(grey)).await?;
        let Some((frame, time)) = decoded.and_then(|decoded| Some((decoded.grey?, decoded.time)))
        else {
            // Not a whole picture by itself, as where the whole is renewed strip by strip.
            self.vigil.rouse(elapsed, ALWAYS);
            return self.follow_all(picture).await;
        };
        if time != picture.time {
            self.vigil.rouse(elapsed, ALWAYS); // The decoder holds pictures back.
            return self.follow_all(picture).await;
        }
        if self.vigil.peeked(self.detector.peek(&frame, elapsed), elapsed) {
            self.say();
            return self.follow_all(picture).await;
        }
        if self.rhythm.is_due(time) {
            self.judge(&frame, time);
            self.recognise(time).await?;
        }
        Ok(())
    }

    /// Decodes all up to `picture`, the newest, and looks at what is due.
    pub(super) async fn follow_all(&mut self, picture: &Picture) -> Result<(), WorkerError> {
        let leans_on_others = picture.parameters.codec() != Codec::Mjpeg;
        if leans_on_others && (!self.abreast || self.open.as_ref() != Some(&picture.parameters)) {
            self.catch_up().await?;
        }
        let due = self.watches() && self.rhythm.is_due(picture.time);
        if leans_on_others || due || Instant::now() < self.wanted_until {
            self.open(&picture.parameters).await?;
            self.decode(picture, due).await?;
        }
        if self.restart.failures() > 0 {
            self.restart.succeeded();
            self.desk.faults.clear(&self.place());
        }
        Ok(())
    }

    /// Opens the `Follow` slot anew and decodes what was left alone since the last frame that was
    /// looked at, up to but without the newest, so that nothing is missed.
    async fn catch_up(&mut self) -> Result<(), WorkerError> {
        let group = match self.desk.follows {
            View::Main => &self.main,
            View::Small => &self.small,
        };
        let watches = self.watches();
        let seen = self.seen.filter(|_| watches);
        let left = group.since(seen);
        self.open = None;
        for picture in &left {
            self.open(&picture.parameters).await?;
            let new = seen.is_some_and(|seen| picture.time > seen);
            let due = new && self.rhythm.is_due(picture.time);
            self.decode(picture, due).await?;
        }
        self.abreast = true;
        Ok(())
    }

    /// Opens the slot, if it is not open for such pictures.
    async fn open(&mut self, parameters: &Arc<Parameters>) -> Result<(), WorkerError> {
        if self.open.as_ref() != Some(parameters) {
            self.open = None;
            self.worker()?.open(Slot::Follow, parameters).await?;
            self.open = Some(Arc::clone(parameters));
        }
        Ok(())
    }

    /// Decodes `picture`, and looks at its frame if that is `due`.
    async fn decode(&mut self, picture: &Picture, due: bool) -> Result<(), WorkerError> {
        let grey = due.then(|| grey_size(&picture.parameters));
        if let Some(Decoded { time, grey: Some(grey) }) = self.send(picture, grey).await? {
            self.judge(&grey, time);
            self.recognise(time).await?;
        }
        Ok(())
    }

    async fn send(
        &mut self,
        picture: &Picture,
        grey: Option<(u16, u16)>,
    ) -> Result<Option<Decoded>, WorkerError> {
        let decoded = self.worker()?.decode(Slot::Follow, picture, grey).await?;
        self.tally.decoded += 1;
        self.shown = Some(picture.time);
        Ok(decoded)
    }

    /// Says in the log that the eye wakes or falls asleep, and what the time before has cost.
    fn say(&mut self) {
        let Tally { came, decoded } = std::mem::take(&mut self.tally);
        let does = if self.vigil.is_asleep() { "falls asleep" } else { "wakes" };
        tracing::debug!(camera = %self.desk.camera, came, decoded, "the eye {does}");
    }
}

fn is_small(parameters: &Parameters) -> bool {
    u32::from(parameters.width()) * u32::from(parameters.height()) <= SMALL
}
