//! What somebody asks of one camera by hand: recording, photos, its picture settings. Where it looks is
//! passed on to `turn.rs`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use watchpost_model::PhotoAt;
use watchpost_model::config::{Camera, PictureSettings, RaspberryPi, Record, Source, Start};
use watchpost_store::{CatalogError, Photo, Store};
use watchpost_web::{ControlRequest, Manual, PictureState, Refusal};

use crate::clock;
use crate::decide::Ask;
use crate::photo::Wanted;
use crate::status::with_sources;

/// What carrying out what is asked needs.
pub(crate) struct Desk {
    pub(crate) camera: Camera,
    /// Where the stream learns of changed settings.
    pub(crate) source: watch::Sender<Source>,
    pub(crate) store: Store,
    /// To the decisions.
    pub(crate) asks: mpsc::Sender<Ask>,
    /// To whoever turns the camera.
    pub(crate) turns: mpsc::Sender<ControlRequest>,
    /// Has a camera that rests start.
    pub(crate) calls: Arc<Notify>,
    /// To whoever takes photos.
    pub(crate) photos: mpsc::Sender<Wanted>,
}

/// Carries out what is asked until it is told to stop.
pub(crate) async fn run(
    desk: Desk,
    requests: &mut mpsc::Receiver<ControlRequest>,
    stop: CancellationToken,
) {
    while let Some(Some(request)) = stop.run_until_cancelled(requests.recv()).await {
        desk.carry_out(request).await;
    }
}

/// The picture settings that were changed since the file was written, if they were and still fit.
pub(crate) async fn kept_picture(store: &Store, camera: &Camera) -> Option<PictureSettings> {
    let Source::RaspberryPi(RaspberryPi { picture, .. }) = &camera.source else { return None };
    match store.setting(&setting_name(camera)).await {
        Ok(kept) => {
            let pair = |line: &str| line.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
            let changes = kept?.lines().filter_map(pair).collect();
            let (now, file) = (picture.clone(), picture.clone());
            match (PictureState { now, file }).change(&changes) {
                Ok(picture) => Some(picture),
                Err(refusal) => {
                    tracing::warn!(camera = %camera.name, "changed settings do not fit any more: {refusal:?}");
                    None
                }
            }
        }
        Err(error) => {
            tracing::warn!(camera = %camera.name, "changed settings cannot be read: {}", with_sources(&error));
            None
        }
    }
}

fn setting_name(camera: &Camera) -> String {
    format!("picture of {}", camera.name)
}

/// What was done, or why it was not.
pub(crate) type Answer<T> = Result<T, Refusal>;

impl Desk {
    async fn carry_out(&self, request: ControlRequest) {
        match request {
            ControlRequest::Record { length, reply } => answer(reply, self.record(length).await),
            ControlRequest::Stop { reply } => {
                answer(reply, self.asks.send(Ask::Stop).await.map_err(|_| stopping()));
            }
            ControlRequest::Photo { reply } => self.photo(reply),
            ControlRequest::Picture { reply } => answer(reply, self.picture()),
            ControlRequest::ChangePicture { changes, reply } => {
                let changed = match self.picture() {
                    Ok(picture) => match picture.change(&changes) {
                        Ok(now) => self.set_picture(PictureState { now, ..picture }).await,
                        Err(refusal) => Err(refusal),
                    },
                    Err(refusal) => Err(refusal),
                };
                answer(reply, changed);
            }
            ControlRequest::ResetPicture { reply } => {
                let reset = match self.picture() {
                    Ok(PictureState { file, .. }) => {
                        self.set_picture(PictureState { now: file.clone(), file }).await
                    }
                    Err(refusal) => Err(refusal),
                };
                answer(reply, reset);
            }
            // A camera's motors are slow, and nobody else should wait for them. Where there is no room
            // the request is dropped, which its asker notices.
            turn @ (ControlRequest::Ptz { .. }
            | ControlRequest::Move { .. }
            | ControlRequest::SavePreset { .. }
            | ControlRequest::RemovePreset { .. }) => drop(self.turns.try_send(turn)),
        }
    }

    async fn record(&self, length: Option<Duration>) -> Answer<Manual> {
        if self.camera.record == Record::Off {
            return Err(Refusal::Invalid {
                message: format!("{} records nothing.", self.camera.name),
                hint: "Its `record` is \"off\" in the configuration.".to_owned(),
            });
        }
        let since = clock::now();
        self.asks.send(Ask::Record(length)).await.map_err(|_| stopping())?;
        Ok(Manual { since, until: length.map(|length| since + length) })
    }

    /// The photo is taken by somebody else, who answers: others need not wait for it.
    fn photo(&self, reply: oneshot::Sender<Answer<Photo>>) {
        // One that rests has no picture of before.
        self.calls.notify_one();
        let pick = match self.camera.start {
            Start::Always => PhotoAt::Before,
            Start::OnDemand => PhotoAt::After,
        };
        let wanted = Wanted { event: None, at: clock::now(), pick, reply: Some(reply) };
        let refused = match self.photos.try_send(wanted) {
            Ok(()) => return,
            Err(TrySendError::Full(wanted)) => {
                let message = "Too many photos are being taken.".to_owned();
                let hint = "Try again in a few seconds.".to_owned();
                (wanted, Refusal::NotNow { message, hint })
            }
            Err(TrySendError::Closed(wanted)) => (wanted, stopping()),
        };
        if let (Wanted { reply: Some(reply), .. }, refusal) = refused {
            answer(reply, Err(refusal));
        }
    }

    fn picture(&self) -> Answer<PictureState> {
        match (&*self.source.borrow(), &self.camera.source) {
            (Source::RaspberryPi(now), Source::RaspberryPi(file)) => {
                Ok(PictureState { now: now.picture.clone(), file: file.picture.clone() })
            }
            _ => Err(Refusal::None(format!(
                "The picture of {} is set on the camera itself.",
                self.camera.name
            ))),
        }
    }

    /// Keeps the settings over restarts, then has the stream take them.
    async fn set_picture(&self, picture: PictureState) -> Answer<PictureState> {
        let changed: Vec<_> =
            changed(&picture).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        let kept = (!changed.is_empty()).then(|| changed.join("\n"));
        let name = setting_name(&self.camera);
        let stored = self.store.set_setting(&name, kept.as_deref()).await;
        stored.map_err(|error| not_kept(&error))?;
        self.source.send_if_modified(|source| match source {
            Source::RaspberryPi(pi) if pi.picture != picture.now => {
                pi.picture = picture.now.clone();
                true
            }
            _ => false,
        });
        Ok(picture)
    }
}

/// The settings that are not as the file says, by their keys.
fn changed(picture: &PictureState) -> Vec<(&'static str, String)> {
    let file = picture.file.entries();
    picture.now.entries().into_iter().filter(|entry| !file.contains(entry)).collect()
}

/// Answers whoever asked.
pub(crate) fn answer<T>(reply: oneshot::Sender<Answer<T>>, with: Answer<T>) {
    let _ = reply.send(with); // Whoever asked may have left.
}

/// The camera is on its way out.
pub(crate) fn stopping() -> Refusal {
    Refusal::NotNow {
        message: "The camera is stopping.".to_owned(),
        hint: "Try again in a few seconds.".to_owned(),
    }
}

fn not_kept(error: &CatalogError) -> Refusal {
    let message = format!("The change cannot be kept: {}.", with_sources(error));
    Refusal::NotNow { message, hint: error.hint().to_owned() }
}
