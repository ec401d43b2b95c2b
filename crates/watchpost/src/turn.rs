//! Turns one camera: pan, tilt, zoom and the places it knows, by ONVIF.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use watchpost_model::config::{Camera, Source};
use watchpost_source::onvif::{self, Velocity};
use watchpost_source::{Remedy, SourceError};
use watchpost_web::{ControlRequest, Movement, Preset, Ptz, Refusal};

use crate::control::{Answer, answer, stopping};
use crate::status::with_sources;

/// How long a camera that moves may take to stand still when the program stops; its own time limit
/// ends the movement then.
const REST: Duration = Duration::from_secs(2);

/// Carries out what is asked, one after the other, until it is told to stop; a camera that moves stands
/// still then.
pub(crate) async fn run(
    camera: Camera,
    mut requests: mpsc::Receiver<ControlRequest>,
    stop: CancellationToken,
) {
    let mut motors = Motors { camera, ptz: None };
    while let Some(Some(request)) = stop.run_until_cancelled(requests.recv()).await {
        let _ = stop.run_until_cancelled(motors.carry_out(request)).await; // Nobody waits any more.
    }
    if let Some(ptz) = motors.ptz {
        let _ = timeout(REST, ptz.close()).await; // See above.
    }
}

struct Motors {
    camera: Camera,
    /// The connection to the camera, once somebody moved it.
    ptz: Option<onvif::Ptz>,
}

impl Motors {
    /// Does what is asked, unless the asker has given up meanwhile.
    async fn carry_out(&mut self, request: ControlRequest) {
        match request {
            ControlRequest::Ptz { reply } if !reply.is_closed() => {
                answer(reply, self.abilities().await);
            }
            ControlRequest::Move { movement, reply } if !reply.is_closed() => {
                answer(reply, self.go(movement).await);
            }
            ControlRequest::SavePreset { name, reply } if !reply.is_closed() => {
                answer(reply, self.save(name).await);
            }
            ControlRequest::RemovePreset { id, reply } if !reply.is_closed() => {
                answer(reply, self.remove(&id).await);
            }
            _ => {} // Nothing for motors, or nobody waits for it.
        }
    }

    async fn abilities(&mut self) -> Answer<Ptz> {
        let ptz = self.ptz().await?;
        let onvif::Abilities { pan_tilt, zoom, home } = ptz.abilities();
        let presets = ptz.presets().await;
        let presets = self.checked(presets)?;
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

    async fn remove(&mut self, id: &str) -> Answer<()> {
        let removed = self.ptz().await?.remove_preset(id).await;
        self.checked(removed)
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
        let Some(device) = &self.camera.onvif else {
            let name = &self.camera.name;
            return Err(Refusal::None(format!("{name} cannot be moved.")));
        };
        if self.ptz.is_none() {
            // Of a recorder's cameras, that of the stream's profile.
            let profile = match &self.camera.source {
                Source::Onvif(onvif) => onvif.profile.as_deref(),
                _ => None,
            };
            let opened = onvif::Ptz::open_at(device, profile).await;
            self.ptz = Some(opened.map_err(|error| refused(&error))?);
        }
        self.ptz.as_ref().ok_or_else(stopping)
    }
}

fn refused(error: &SourceError) -> Refusal {
    let message = format!("The camera {}.", with_sources(error));
    Refusal::NotNow { message, hint: error.hint().to_owned() }
}
