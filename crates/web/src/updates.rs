//! Changes as they come, for open pages, as server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{self, KeepAlive, Sse};
use futures::stream::{self, Stream, StreamExt};
use serde::Serialize;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;
use tokio::time::{self, Instant, Interval};
use watchpost_api as api;
use watchpost_model::EventId;

use crate::auth::{RECHECK, User};
use crate::cameras::CameraHandle;
use crate::routes::Site;

/// How long after a status, and what came with it, the next may come.
const STATUS_PAUSE: Duration = Duration::from_secs(1);

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An event is new, or it changed: it goes on, has a better photo, ended, is kept, was restored.
    /// Pages get it as the store then has it.
    Event(EventId),
    /// An event is gone.
    Deleted(EventId),
    /// A photo was taken: the one in this row of the store.
    Photo(i64),
    /// A photo is gone. Those of an event go with it without a word of their own.
    PhotoDeleted(i64),
    /// A trouble began or ended.
    Troubles,
}

/// Changes as they come.
///
/// `event: status` carries the status, `event: detector` the detector, `event: devices` sensors, lights,
/// servos, outputs and the MQTT broker, each at once and whenever it changed (once a second at most);
/// `event: event` an event that is new or changed; `event: deleted` the id of one that is gone;
/// `event: photo` and `event: photo_deleted` the same for photos; `event: troubles` tells that a
/// trouble began or ended. A stream that ends has lost something: connect again and load lists anew.
#[utoipa::path(get, path = "/updates", tag = "status",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(crate) async fn updates(
    State(site): State<Arc<Site>>,
    user: User,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let keep_alive = KeepAlive::new().interval(RECHECK).text("ping");
    Sse::new(Page::new(site, user).messages()).keep_alive(keep_alive)
}

/// One open page.
struct Page {
    changes: broadcast::Receiver<Change>,
    /// Ticks when anything the status tells of may have changed.
    stirred: Pin<Box<dyn Stream<Item = ()> + Send>>,
    /// Tells when cameras come or go.
    cameras: watch::Receiver<Vec<CameraHandle>>,
    /// When a status is due, if one is.
    status_due: Option<Instant>,
    /// Before this none may come.
    status_from: Instant,
    status_sent: Option<api::Status>,
    detector_sent: Option<api::Detector>,
    devices_sent: Option<api::Devices>,
    /// Messages that are due, but for the one just sent.
    waiting: VecDeque<sse::Event>,
    recheck: Interval,
    site: Arc<Site>,
    user: User,
}

impl Page {
    fn new(site: Arc<Site>, user: User) -> Self {
        let app = &site.app;
        let mut list = app.cameras.clone();
        let cameras: Vec<_> =
            list.borrow_and_update().iter().map(|camera| ticks(camera.status.clone())).collect();
        let rest = [
            ticks(app.monitoring.watch()),
            ticks(app.faults.clone()),
            ticks(app.disk.clone()),
            ticks(app.detector.clone()),
            ticks(app.devices.watch()),
        ];
        Self {
            changes: app.changes.subscribe(),
            stirred: Box::pin(stream::select_all(cameras.into_iter().chain(rest))),
            cameras: list,
            status_due: Some(Instant::now()),
            status_from: Instant::now(),
            status_sent: None,
            detector_sent: None,
            devices_sent: None,
            waiting: VecDeque::new(),
            recheck: time::interval_at(Instant::now() + RECHECK, RECHECK),
            site,
            user,
        }
    }

    fn messages(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        stream::unfold(self, |mut page| async move {
            let message = page.next().await?;
            Some((Ok(message), page))
        })
    }

    /// The next message, or `None` if the page has to connect anew.
    async fn next(&mut self) -> Option<sse::Event> {
        if let Some(message) = self.waiting.pop_front() {
            return Some(message);
        }
        loop {
            let due = self.status_due.unwrap_or_else(|| Instant::now() + RECHECK);
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(Change::Event(id)) => {
                        // If it was deleted meanwhile, that is told by its own change.
                        if let Ok(event) = self.site.event(&id).await {
                            return message("event", &event);
                        }
                    }
                    Ok(Change::Deleted(id)) => {
                        return message("deleted", &api::Deleted { id: id.to_string() });
                    }
                    Ok(Change::Photo(id)) => {
                        if let Ok(Some(photo)) = self.site.app.store.photo_row(id).await {
                            return message("photo", &self.site.tell_photo(&photo));
                        }
                    }
                    Ok(Change::PhotoDeleted(id)) => {
                        return message("photo_deleted", &api::PhotoDeleted { id });
                    }
                    Ok(Change::Troubles) => return message("troubles", &api::TroublesChanged {}),
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
                Some(()) = self.stirred.next() => {
                    self.status_due.get_or_insert(self.status_from);
                }
                () = time::sleep_until(due), if self.status_due.is_some() => {
                    self.status_due = None;
                    self.status_from = Instant::now() + STATUS_PAUSE;
                    self.waiting = self.news();
                    if let Some(message) = self.waiting.pop_front() {
                        return Some(message);
                    }
                }
                // The page connects anew, and so learns of the cameras that came.
                Ok(()) = self.cameras.changed() => return None,
                _ = self.recheck.tick() => {
                    if !self.user.still_holds(&self.site).await {
                        return None;
                    }
                }
            }
        }
    }

    /// What differs from what was sent last.
    fn news(&mut self) -> VecDeque<sse::Event> {
        let status = self.new_status().and_then(|status| message("status", &status));
        let detector = self.new_detector().and_then(|detector| message("detector", &detector));
        let devices = self.new_devices().and_then(|devices| message("devices", &devices));
        [status, detector, devices].into_iter().flatten().collect()
    }

    /// The status, if it differs from the last that was sent in more than the clock.
    fn new_status(&mut self) -> Option<api::Status> {
        let status = self.site.status();
        let same = self.status_sent.take().is_some_and(|mut sent| {
            sent.now = status.now.clone();
            sent == status
        });
        self.status_sent = Some(status.clone());
        (!same).then_some(status)
    }

    /// The detector, if it differs from what was sent last.
    fn new_detector(&mut self) -> Option<api::Detector> {
        let detector = self.site.detector();
        let same = self.detector_sent.as_ref() == Some(&detector);
        self.detector_sent = Some(detector.clone());
        (!same).then_some(detector)
    }

    /// The devices, if they differ from what was sent last.
    fn new_devices(&mut self) -> Option<api::Devices> {
        let devices = self.site.devices();
        let same = self.devices_sent.as_ref() == Some(&devices);
        self.devices_sent = Some(devices.clone());
        (!same).then_some(devices)
    }
}

/// Ticks at each change; ends when nobody can change it any more.
fn ticks<T: Send + Sync + 'static>(
    receiver: watch::Receiver<T>,
) -> Pin<Box<dyn Stream<Item = ()> + Send>> {
    Box::pin(stream::unfold(receiver, |mut receiver| async move {
        receiver.changed().await.ok()?;
        Some(((), receiver))
    }))
}

fn message(name: &str, data: &impl Serialize) -> Option<sse::Event> {
    sse::Event::default().event(name).json_data(data).ok()
}
