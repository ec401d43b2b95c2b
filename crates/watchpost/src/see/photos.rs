//! The photos that the eye takes: of now, of a moment, of an event.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use watchpost_decode::{Photo, Slot, WorkerError};
use watchpost_model::config::PhotoSize;
use watchpost_model::{EventId, Region, WallTime};
use watchpost_store::Snapshot;
use watchpost_web::{Change, SnapshotRequest};

use super::moment::{Choice, Near};
use super::{Eye, Order, Portrait, Shot, View};
use crate::clock;
use crate::grids::Leaf;
use crate::status::with_sources;

/// A photo that somebody asked for keeps the decoder going for this long: more may be asked for.
const DEMAND: Duration = Duration::from_secs(5);

/// A picture older than this is not one of now.
const STALE: Duration = Duration::from_secs(10);

/// So many photos may wait for their picture. They come one after the other, so that even a second one is
/// an exception.
const WAIT_AT_MOST: usize = 8;

/// The width of the small picture on an event's card.
const THUMB_WIDTH: u16 = 320;

/// A photo as the camera sees it.
pub(super) const PLAIN: Photo =
    Photo { width: None, fit: None, quality: 80, crop: None, outlined: Vec::new(), text: None };

/// A photo whose picture is still to come.
pub(super) struct Waiting {
    shot: Shot,
    /// The moment to show, on the clock that nobody sets.
    since: Instant,
    /// When it is decided anew at the latest.
    pub(super) until: Instant,
}

impl Eye {
    pub(super) async fn obey(&mut self, order: Order) {
        match order {
            Order::Relearn => self.relearn(),
            Order::EndPage(kept) => {
                self.end_page();
                let _ = self.desk.pages.try_send(Leaf::End(kept)); // The asker notices.
            }
            Order::Shot(shot) => {
                let late = clock::now().since_or_zero(shot.at);
                let now = Instant::now();
                let since = now.checked_sub(late).unwrap_or(now);
                self.shoot(Waiting { shot, since, until: now }).await;
            }
            Order::Portrait { event, at, view } => {
                if let Err(error) = self.portrait(&event, at, &view).await {
                    self.lost(&error);
                    // It may not have been this picture's fault, and an event wants its photo.
                    self.not_before = Instant::now();
                    if let Err(error) = self.portrait(&event, at, &view).await {
                        self.lost(&error);
                    }
                }
            }
        }
    }

    /// Takes the photos that waited, if their picture came or is not waited for any longer.
    pub(super) async fn take_waiting(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            self.shoot(waiting).await;
        }
    }

    /// Takes a photo, or has it wait for its picture.
    async fn shoot(&mut self, Waiting { shot, since, .. }: Waiting) {
        let Shot { at, pick, .. } = shot;
        let near = Near::of(&self.main.times(), at);
        let (waited, stale) = (since.elapsed(), self.stale());
        let near = Near { behind: self.behind, ..near };
        match near.choose(at, pick, waited, stale) {
            Choice::Wait(patience) if self.waiting.len() < WAIT_AT_MOST => {
                self.waiting.push(Waiting { shot, since, until: since + patience });
            }
            Choice::Take(shown) => {
                let photo = self.take(shown, shot.size).await;
                let apart = shown.since_or_zero(at).max(at.since_or_zero(shown));
                let (apart, after) = (apart.as_millis(), since.elapsed().as_millis());
                tracing::debug!(camera = %self.desk.camera, apart, after, "a photo, in milliseconds from its moment");
                let _ = shot.reply.send(photo); // Whoever asked may have left.
            }
            Choice::Wait(_) => {
                let many = "Too many photos wait for their picture.".to_owned();
                let _ = shot.reply.send(Err(many)); // As above.
            }
            Choice::Nothing => {
                let none = "The camera sends no pictures now.".to_owned();
                let _ = shot.reply.send(Err(none)); // As above.
            }
        }
    }

    /// The photo of a picture, tried twice: as for a portrait.
    async fn take(
        &mut self,
        shown: WallTime,
        size: PhotoSize,
    ) -> Result<(Bytes, WallTime), String> {
        let mut taken = self.shot(shown, size).await;
        if let Err(error) = &taken {
            self.lost(error);
            self.not_before = Instant::now();
            taken = self.shot(shown, size).await;
        }
        match taken {
            Ok(Some(photo)) => Ok(photo),
            Ok(None) => Err("The camera sends no pictures now.".to_owned()),
            Err(error) => {
                let story = with_sources(&error);
                self.lost(&error);
                Err(story)
            }
        }
    }

    /// The photo of the picture of the moment `at`, decoded exactly.
    async fn shot(
        &mut self,
        at: WallTime,
        size: PhotoSize,
    ) -> Result<Option<(Bytes, WallTime)>, WorkerError> {
        let Some(shown) = self.main.up_to(at).last().map(|picture| picture.time) else {
            return Ok(None);
        };
        if !self.open_photo(at).await? {
            return Ok(None);
        }
        let fit = match size {
            PhotoSize::Full => None,
            PhotoSize::Within { width, height } => Some((width, height)),
        };
        let text = self.desk.text.then(|| self.text_of(shown));
        let photo = Photo { fit, text, quality: 90, ..PLAIN };
        let taken = self.worker()?.photo(Slot::Photo, photo).await?;
        Ok(taken.map(|jpeg| (jpeg, shown)))
    }

    /// How old a picture of now may be.
    fn stale(&self) -> Duration {
        STALE.max(self.desk.pace * 3)
    }

    /// What stands on pictures of the moment `at`, where it is wanted.
    fn text_of(&self, at: WallTime) -> String {
        let local = at.timestamp().to_zoned(self.desk.store.zone().clone());
        format!("{}  {}", self.desk.camera, local.strftime("%Y-%m-%d %H:%M:%S"))
    }

    /// Takes the photos of an event: as it was, with what moved outlined, and small, cut to its subject.
    async fn portrait(
        &mut self,
        event: &EventId,
        at: WallTime,
        view: &Portrait,
    ) -> Result<(), WorkerError> {
        if !self.open_photo(at).await? {
            return Ok(());
        }
        let size = self
            .main
            .newest()
            .map(|newest| (newest.parameters.width(), newest.parameters.height()));
        let crop = view.subject.zip(size).and_then(|(subject, size)| around(&subject, size));
        let worker = self.worker()?;
        let full = Photo { quality: 85, ..PLAIN };
        let clean = worker.photo(Slot::Photo, full.clone()).await?;
        let marked = Photo { outlined: view.outlined.clone(), ..full };
        let marked = worker.photo(Slot::Photo, marked).await?;
        let thumb = Photo { width: Some(THUMB_WIDTH), quality: 75, crop, ..PLAIN };
        let thumb = worker.photo(Slot::Photo, thumb).await?;
        let (Some(clean), Some(marked), Some(thumb)) = (clean, marked, thumb) else {
            return Ok(());
        };
        let snapshot = Snapshot { clean, marked, thumb, score: f64::from(view.score.get()) };
        match self.desk.store.save_snapshot(event, snapshot).await {
            Ok(()) => {
                let _ = self.desk.changes.send(Change::Event(event.clone())); // Nobody may be looking.
            }
            Err(error) => {
                let story = with_sources(&error);
                tracing::warn!(camera = %self.desk.camera, %event, "no snapshot: {story}");
            }
        }
        Ok(())
    }

    /// Decodes the main stream exactly up to `at` in the `Photo` slot; `false` if there is nothing.
    async fn open_photo(&mut self, at: WallTime) -> Result<bool, WorkerError> {
        let pictures = self.main.up_to(at);
        let Some(first) = pictures.first() else { return Ok(false) };
        let worker = self.worker()?;
        worker.open(Slot::Photo, &first.parameters).await?;
        for picture in &pictures {
            worker.decode(Slot::Photo, picture, None).await?;
        }
        Ok(true)
    }

    pub(super) async fn snapshot(&mut self, request: SnapshotRequest) {
        let width = request.width.map(|width| u16::try_from(width).unwrap_or(u16::MAX));
        if self.worker.is_none() && Instant::now() < self.not_before {
            let resting = "The decoder broke off; it is started again in a moment.".to_owned();
            let _ = request.reply.send(Err(resting)); // Whoever asked may have left.
            return;
        }
        let text = request.text.unwrap_or(self.desk.text);
        let answer = match self.photo_of_now(width, text).await {
            Ok(Some(jpeg)) => Ok(jpeg),
            Ok(None) => Err("The camera sends no pictures now.".to_owned()),
            Err(error) => {
                let story = with_sources(&error);
                self.lost(&error);
                Err(story)
            }
        };
        let _ = request.reply.send(answer); // Whoever asked may have left.
    }

    async fn photo_of_now(
        &mut self,
        width: Option<u16>,
        text: bool,
    ) -> Result<Option<Bytes>, WorkerError> {
        let newest = self.main.newest().map(|picture| picture.time);
        // An old picture must not pass for one of now.
        let fresh = |newest: &WallTime| clock::now().since_or_zero(*newest) < self.stale();
        let Some(newest) = newest.filter(fresh) else { return Ok(None) };
        let text = text.then(|| self.text_of(newest));
        let photo = Photo { width, text, ..PLAIN };
        let small = self.open.as_ref().filter(|_| self.desk.follows == View::Small);
        let follows_enough = match (self.desk.follows, width, small) {
            (View::Main, ..) => true,
            (View::Small, Some(width), Some(small)) => width <= small.width(),
            (View::Small, ..) => false,
        };
        if !follows_enough {
            if !self.open_photo(newest).await? {
                return Ok(None);
            }
            return self.worker()?.photo(Slot::Photo, photo).await;
        }
        self.wanted_until = Instant::now() + DEMAND;
        let followed = match self.desk.follows {
            View::Main => self.main.newest(),
            View::Small => self.small.newest(),
        };
        if let Some(last) = followed.cloned()
            && self.shown != Some(last.time)
        {
            self.follow_all(&last).await?;
        }
        self.worker()?.photo(Slot::Follow, photo).await
    }
}

/// What to show of a picture of that size, in pixels, to show `subject`: with room around it, in the shape
/// of a screen (16 to 9), and not so little that nobody sees where it is. `None`: all of it.
fn around(subject: &Region, (width, height): (u16, u16)) -> Option<Region> {
    /// Of the subject's size.
    const ROOM: f32 = 1.4;
    /// Of the picture's width.
    const LEAST: f32 = 0.25;
    const MOST: f32 = 0.7;
    let shape = 16.0 / 9.0 * f32::from(height.max(1)) / f32::from(width.max(1));
    let across = (subject.width() * ROOM).max(subject.height() * ROOM * shape).max(LEAST);
    let down = across / shape;
    if across > MOST || down > MOST {
        return None;
    }
    let begin = |from: f32, length: f32, room: f32| {
        (from + length / 2.0 - room / 2.0).clamp(0.0, 1.0 - room)
    };
    let left = begin(subject.left.get(), subject.width(), across);
    let top = begin(subject.top.get(), subject.height(), down);
    Some(Region::clamped(left, top, left + across, top + down))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_picture_shows_its_subject_with_room_and_in_the_shape_of_a_screen() {
        for (width, height) in [(1920, 1080), (640, 480), (480, 640)] {
            for subject in [(0.0, 0.0, 0.05, 0.1), (0.5, 0.4, 0.6, 0.7), (0.95, 0.9, 1.0, 1.0)] {
                let (left, top, right, bottom) = subject;
                let subject = Region::clamped(left, top, right, bottom);
                let Some(shown) = around(&subject, (width, height)) else { continue };
                let inside = shown.shared(&subject) / subject.area();
                assert!(inside > 0.999, "{subject:?} is in {shown:?}");
                let shape = shown.width() * f32::from(width) / (shown.height() * f32::from(height));
                assert!((shape - 16.0 / 9.0).abs() < 0.01, "{shape}");
            }
        }
        let near = Region::clamped(0.1, 0.0, 0.7, 1.0);
        assert_eq!(around(&near, (1920, 1080)), None, "who fills the picture is shown with it");
    }
}
