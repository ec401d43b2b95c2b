//! Takes the photos that are kept: has the eye decode a picture, or the camera's own program take one,
//! and puts them into the store.

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, oneshot};
use watchpost_media::jpeg;
use watchpost_model::config::{PhotoSize, PhotoTaker};
use watchpost_model::{CameraId, EventId, PhotoAt, WallTime};
use watchpost_store::{NewPhoto, Photo, Store};
use watchpost_web::{Change, Refusal};

use crate::camera::Still;
use crate::clock;
use crate::see::{Order, Shot};
use crate::status::{Faults, with_sources};

/// A photo that is wanted.
pub(crate) struct Wanted {
    /// Of which event, if of one.
    pub(crate) event: Option<EventId>,
    /// Of which moment.
    pub(crate) at: WallTime,
    /// Which picture of the stream shows that moment; the camera's own program knows only now.
    pub(crate) pick: PhotoAt,
    /// Where to tell how it went, if somebody waits.
    pub(crate) reply: Option<oneshot::Sender<Result<Photo, Refusal>>>,
}

/// What taking photos needs.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    pub(crate) size: PhotoSize,
    pub(crate) taker: PhotoTaker,
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) changes: broadcast::Sender<Change>,
    /// To the eye.
    pub(crate) see: mpsc::Sender<Order>,
    /// To the stream, which rests meanwhile.
    pub(crate) stills: mpsc::Sender<Still>,
}

/// Takes photos, one after the other, until nobody wants any more.
pub(crate) async fn run(desk: Desk, mut wanted: mpsc::Receiver<Wanted>) {
    while let Some(Wanted { event, at, pick, reply }) = wanted.recv().await {
        let taken = desk.take(event, at, pick).await;
        let place = format!("{} photos", desk.camera);
        match &taken {
            Ok(_) => desk.faults.clear(&place),
            Err(story) => {
                let hint = "The next one is tried again.";
                desk.faults.set(&place, story.clone(), hint, clock::now());
            }
        }
        if let Some(reply) = reply {
            let refusal = |message| {
                let hint = "Try again in a few seconds.".to_owned();
                Refusal::NotNow { message, hint }
            };
            let _ = reply.send(taken.map_err(refusal)); // Whoever asked may have left.
        }
    }
}

impl Desk {
    async fn take(
        &self,
        event: Option<EventId>,
        at: WallTime,
        pick: PhotoAt,
    ) -> Result<Photo, String> {
        let (jpeg, taken) = match self.taker {
            PhotoTaker::Stream => self.of_the_stream(at, pick).await?,
            PhotoTaker::Still => (self.of_the_camera().await?, clock::now()),
        };
        let (width, height) = jpeg::size(&jpeg).ok_or("the photo is no JPEG")?;
        let camera = self.camera.clone();
        let photo = NewPhoto { camera, taken, event: event.clone(), jpeg, width, height };
        let photo = self.store.add_photo(photo).await.map_err(|error| with_sources(&error))?;
        let _ = self.changes.send(Change::Photo(photo.id)); // Nobody may be looking.
        if let Some(event) = event {
            let _ = self.changes.send(Change::Event(event)); // As above.
        }
        Ok(photo)
    }

    async fn of_the_stream(
        &self,
        at: WallTime,
        pick: PhotoAt,
    ) -> Result<(Bytes, WallTime), String> {
        let (reply, answer) = oneshot::channel();
        let shot = Shot { at, pick, size: self.size, reply };
        self.see.send(Order::Shot(shot)).await.map_err(|_| "the camera is stopping")?;
        answer.await.map_err(|_| "the camera is stopping")?
    }

    async fn of_the_camera(&self) -> Result<Bytes, String> {
        let (reply, answer) = oneshot::channel();
        let still = Still { size: self.size, reply };
        self.stills.send(still).await.map_err(|_| "the camera is stopping")?;
        let taken = answer.await.map_err(|_| "the camera is stopping")?;
        taken.map_err(|error| with_sources(&error))
    }
}
