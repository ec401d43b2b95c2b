//! What somebody asks of one camera by hand: recording, photos, its picture settings, where it looks.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use watchpost_model::config::{Camera, PictureSettings, RaspberryPi, Record, Source};
use watchpost_source::onvif::{self, Velocity};
use watchpost_source::{Remedy, SourceError};
use watchpost_store::{CatalogError, Photo, Store};
use watchpost_web::{ControlRequest, Manual, Movement, PictureState, Preset, Ptz, Refusal};

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
    /// To whoever takes photos.
    pub(crate) photos: mpsc::Sender<Wanted>,
}

/// Carries out what is asked until it is told to stop; a camera that moves stands still then.
pub(crate) async fn run(
    desk: Desk,
    requests: &mut mpsc::Receiver<ControlRequest>,
    stop: CancellationToken,
) {
    let mut hand = Hand { desk, ptz: None };
    while let Some(Some(request)) = stop.run_until_cancelled(requests.recv()).await {
        hand.carry_out(request).await;
    }
    if let Some(ptz) = hand.ptz {
        ptz.close().await;
    }
}

/// The picture settings that were changed since the file was written, if they were and still fit.
pub(crate) async fn kept_picture(store: &Store, camera: &Camera) -> Option<PictureSettings> {
    let Source::RaspberryPi(RaspberryPi { picture, .. }) = &camera.source else { return None };
    match store.setting(&setting_name(camera)).await {
        Ok(kept) => {
            let mut picture = picture.clone();
            for line in kept?.lines() {
                let (key, value) = line.split_once('=')?;
                if let Err(problem) = picture.set(key, value) {
                    tracing::warn!(camera = %camera.name, "a changed setting does not fit any more: {key} {problem}");
                }
            }
            Some(picture)
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

type Answer<T> = Result<T, Refusal>;

struct Hand {
    desk: Desk,
    /// The connection to a camera that can be moved, once somebody moved it.
    ptz: Option<onvif::Ptz>,
}

impl Hand {
    async fn carry_out(&mut self, request: ControlRequest) {
        match request {
            ControlRequest::Record { length, reply } => answer(reply, self.record(length).await),
            ControlRequest::Stop { reply } => {
                answer(reply, self.desk.asks.send(Ask::Stop).await.map_err(|_| stopping()));
            }
            ControlRequest::Photo { reply } => self.photo(reply).await,
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
            ControlRequest::Ptz { reply } => answer(reply, self.abilities().await),
            ControlRequest::Move { movement, reply } => answer(reply, self.go(movement).await),
            ControlRequest::SavePreset { name, reply } => answer(reply, self.save(name).await),
            ControlRequest::RemovePreset { id, reply } => {
                let removed = match self.ptz().await {
                    Ok(ptz) => ptz.remove_preset(&id).await.map_err(|error| refused(&error)),
                    Err(refusal) => Err(refusal),
                };
                answer(reply, removed);
            }
        }
    }

    async fn record(&self, length: Option<Duration>) -> Answer<Manual> {
        if self.desk.camera.record == Record::Off {
            return Err(Refusal::Invalid {
                message: format!("{} records nothing.", self.desk.camera.name),
                hint: "Its `record` is \"off\" in the configuration.".to_owned(),
            });
        }
        let since = clock::now();
        self.desk.asks.send(Ask::Record(length)).await.map_err(|_| stopping())?;
        Ok(Manual { since, until: length.map(|length| since + length) })
    }

    /// The photo is taken by somebody else, who answers: others need not wait for it.
    async fn photo(&self, reply: oneshot::Sender<Answer<Photo>>) {
        let wanted = Wanted { event: None, at: clock::now(), reply: Some(reply) };
        if let Err(mpsc::error::SendError(wanted)) = self.desk.photos.send(wanted).await
            && let Some(reply) = wanted.reply
        {
            answer(reply, Err(stopping()));
        }
    }

    fn picture(&self) -> Answer<PictureState> {
        match (&*self.desk.source.borrow(), &self.desk.camera.source) {
            (Source::RaspberryPi(now), Source::RaspberryPi(file)) => {
                Ok(PictureState { now: now.picture.clone(), file: file.picture.clone() })
            }
            _ => Err(Refusal::None(format!(
                "The picture of {} is set on the camera itself.",
                self.desk.camera.name
            ))),
        }
    }

    /// Keeps the settings over restarts, then has the stream take them.
    async fn set_picture(&self, picture: PictureState) -> Answer<PictureState> {
        let changed: Vec<_> =
            changed(&picture).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        let kept = (!changed.is_empty()).then(|| changed.join("\n"));
        let name = setting_name(&self.desk.camera);
        let stored = self.desk.store.set_setting(&name, kept.as_deref()).await;
        stored.map_err(|error| not_kept(&error))?;
        self.desk.source.send_if_modified(|source| match source {
            Source::RaspberryPi(pi) if pi.picture != picture.now => {
                pi.picture = picture.now.clone();
                true
            }
            _ => false,
        });
        Ok(picture)
    }

    async fn abilities(&mut self) -> Answer<Ptz> {
        let ptz = self.ptz().await?;
        let onvif::Abilities { pan_tilt, zoom, home } = ptz.abilities();
        let presets = ptz.presets().await.map_err(|error| refused(&error))?;
        let preset = |onvif::Preset { token, name }| Preset { id: token, name };
        Ok(Ptz { pan_tilt, zoom, home, presets: presets.into_iter().map(preset).collect() })
    }

    async fn go(&mut self, movement: Movement) -> Answer<()> {
        let ptz = self.ptz().await?;
        let gone = match movement {
            Movement::Go { pan, tilt, zoom, length } => {
                ptz.move_for(Velocity { pan, tilt, zoom }, length).await
            }
            Movement::Preset(id) => ptz.go_to(&id).await,
            Movement::Home => ptz.home().await,
            Movement::Stop => ptz.stop().await,
        };
        self.checked(gone)
    }

    async fn save(&mut self, name: String) -> Answer<Preset> {
        let ptz = self.ptz().await?;
        let saved = ptz.save_preset(&name).await;
        let id = self.checked(saved)?;
        Ok(Preset { id, name })
    }

    /// A camera that could not be reached is connected to anew the next time.
    fn checked<T>(&mut self, done: Result<T, SourceError>) -> Answer<T> {
        done.map_err(|error| {
            if error.remedy() == Remedy::RetrySoon {
                self.ptz = None;
            }
            refused(&error)
        })
    }

    /// The connection to the camera; made if there is none.
    async fn ptz(&mut self) -> Answer<&onvif::Ptz> {
        let Some(device) = &self.desk.camera.onvif else {
            let name = &self.desk.camera.name;
            return Err(Refusal::None(format!("{name} cannot be moved.")));
        };
        if self.ptz.is_none() {
            // Of a recorder's cameras, that of the stream's profile.
            let profile = match &self.desk.camera.source {
                Source::Onvif(onvif) => onvif.profile.as_deref(),
                _ => None,
            };
            let opened = onvif::Ptz::open_at(device, profile).await;
            self.ptz = Some(opened.map_err(|error| refused(&error))?);
        }
        self.ptz.as_ref().ok_or_else(stopping)
    }
}

/// The settings that are not as the file says, by their keys.
fn changed(picture: &PictureState) -> Vec<(&'static str, String)> {
    let file = picture.file.entries();
    picture.now.entries().into_iter().filter(|entry| !file.contains(entry)).collect()
}

fn answer<T>(reply: oneshot::Sender<Answer<T>>, with: Answer<T>) {
    let _ = reply.send(with); // Whoever asked may have left.
}

fn stopping() -> Refusal {
    Refusal::NotNow {
        message: "The camera is stopping.".to_owned(),
        hint: "Try again in a few seconds.".to_owned(),
    }
}

fn refused(error: &SourceError) -> Refusal {
    let message = format!("The camera {}.", with_sources(error));
    Refusal::NotNow { message, hint: error.hint().to_owned() }
}

fn not_kept(error: &CatalogError) -> Refusal {
    let message = format!("The change cannot be kept: {}.", with_sources(error));
    Refusal::NotNow { message, hint: error.hint().to_owned() }
}
