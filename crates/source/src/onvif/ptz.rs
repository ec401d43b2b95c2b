//! Pan, tilt, zoom and presets (ONVIF PTZ 2.0).
//!
//! A movement goes on until it is stopped, and a camera that turns for ever is worse than one that
//! does not turn. So each has two ends: a `Timeout` in the request, which the camera keeps if we are
//! gone, and a `Stop` at the right time, since many cameras ignore the other. One task owns the camera
//! and sends the `Stop` even if whoever asked for the movement has left.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use watchpost_model::config;

use super::Problem;
use super::connection::{Connection, element};
use super::media::{self, Described, PtzConfiguration};
use super::soap::{MEDIA, PTZ, Request, SCHEMA, plain};
use super::xml::Element;
use crate::SourceError;

/// The longest movement.
const LONGEST: Duration = Duration::from_mins(1);

/// How often a `Stop` is tried that gets no answer.
const STOPS: u32 = 3;

/// The most presets that are listed; some cameras have 300.
const MOST_PRESETS: usize = 512;

/// A camera that can be moved. Dropping it stops the camera.
#[derive(Debug)]
pub struct Ptz {
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
    abilities: Abilities,
}

/// What a camera can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Whether it turns.
    pub pan_tilt: bool,
    /// Whether it zooms.
    pub zoom: bool,
    /// Whether it has a home position.
    pub home: bool,
}

/// A direction to which a camera can be sent back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name among programs.
    pub token: String,
    /// Its name among people.
    pub name: String,
}

/// How fast a camera moves, each of the full speed, -1.0 to 1.0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Velocity {
    /// To the right, or to the left if negative.
    pub pan: f32,
    /// Up, or down if negative.
    pub tilt: f32,
    /// Nearer, or farther away if negative.
    pub zoom: f32,
}

/// What can be asked of the task that owns the camera.
#[derive(Debug)]
enum Order {
    Move { velocity: Velocity, length: Duration, reply: Reply<()> },
    Stop(Reply<()>),
    Home(Reply<()>),
    GoTo { preset: String, reply: Reply<()> },
    Presets(Reply<Vec<Preset>>),
    Save { name: String, reply: Reply<String> },
    Remove { preset: String, reply: Reply<()> },
}

type Reply<T> = oneshot::Sender<Result<T, SourceError>>;

impl Ptz {
    /// Finds out what the camera can do.
    ///
    /// # Errors
    ///
    /// The camera cannot be reached, refuses the login, or cannot be moved ([`Problem::Immovable`]).
    pub async fn open(camera: &config::Onvif) -> Result<Self, SourceError> {
        Self::open_at(camera, None).await
    }

    /// As [`Ptz::open`], for one camera of a recorder: that of the profile with this token or name.
    ///
    /// # Errors
    ///
    /// As [`Ptz::open`], and if there is no such profile.
    pub async fn open_at(
        camera: &config::Onvif,
        profile: Option<&str>,
    ) -> Result<Self, SourceError> {
        let device = camera.url.expose();
        let mut connection = Connection::open(device, camera.credentials.clone()).await?;
        let (profile, configuration) = movable(&mut connection, profile).await?;
        let abilities = abilities(&mut connection, &configuration).await?;
        let (orders, inbox) = mpsc::channel(8);
        let owner = Owner { connection, profile, abilities, stop_at: None };
        let task = tokio::spawn(owner.run(inbox));
        Ok(Self { orders, task, abilities })
    }

    /// What the camera can do.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// Begins a movement, and returns once the camera has taken it. It ends after `length` (at most a
    /// minute), or when another begins. What the camera cannot do is left out.
    ///
    /// # Errors
    ///
    /// The camera does not take it, or can do nothing of it.
    pub async fn move_for(&self, velocity: Velocity, length: Duration) -> Result<(), SourceError> {
        self.ask(|reply| Order::Move { velocity, length, reply }).await
    }

    /// Ends a movement. Where there is none, nothing happens.
    ///
    /// # Errors
    ///
    /// The camera does not take it.
    pub async fn stop(&self) -> Result<(), SourceError> {
        self.ask(Order::Stop).await
    }

    /// Sends the camera to its home position.
    ///
    /// # Errors
    ///
    /// The camera has none, or does not take it.
    pub async fn home(&self) -> Result<(), SourceError> {
        self.ask(Order::Home).await
    }

    /// Sends the camera to a preset, by its token.
    ///
    /// # Errors
    ///
    /// The camera does not have it, or does not take it.
    pub async fn go_to(&self, preset: &str) -> Result<(), SourceError> {
        self.ask(|reply| Order::GoTo { preset: preset.to_owned(), reply }).await
    }

    /// The presets, in the camera's order.
    ///
    /// # Errors
    ///
    /// The camera does not tell.
    pub async fn presets(&self) -> Result<Vec<Preset>, SourceError> {
        self.ask(Order::Presets).await
    }

    /// Keeps where the camera looks now as a preset, and gives its token.
    ///
    /// # Errors
    ///
    /// The camera has no room, or does not take the name.
    pub async fn save_preset(&self, name: &str) -> Result<String, SourceError> {
        self.ask(|reply| Order::Save { name: name.to_owned(), reply }).await
    }

    /// Forgets a preset, by its token.
    ///
    /// # Errors
    ///
    /// The camera does not have it, or does not give it up.
    pub async fn remove_preset(&self, preset: &str) -> Result<(), SourceError> {
        self.ask(|reply| Order::Remove { preset: preset.to_owned(), reply }).await
    }

    /// Lets go of the camera, and returns when it stands still.
    pub async fn close(self) {
        let Self { orders, task, abilities: _ } = self;
        drop(orders);
        if let Err(error) = task.await {
            tracing::error!(%error, "the task of a camera that can be moved broke");
        }
    }

    async fn ask<T>(&self, order: impl FnOnce(Reply<T>) -> Order) -> Result<T, SourceError> {
        let gone = || SourceError::Ended { reason: "the camera's task is gone".to_owned() };
        let (reply, answer) = oneshot::channel();
        self.orders.send(order(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// The profile by which the camera is moved: the first with pan, tilt or zoom that shows the same
/// picture as the one wanted. The newer media service of some cameras leaves pan, tilt and zoom out.
async fn movable(
    camera: &mut Connection,
    wanted: Option<&str>,
) -> Result<(String, PtzConfiguration), SourceError> {
    if !camera.has_ptz() {
        return Err(Problem::Immovable.into());
    }
    let profiles = media::profiles(camera).await?;
    let video_source = match wanted {
        Some(wanted) => Some(media::choose(profiles.clone(), Some(wanted))?.video_source),
        None => None,
    };
    let movable = |profiles: Vec<Described>| {
        let mut shown = profiles.into_iter().filter(|profile| {
            video_source.as_ref().is_none_or(|source| *source == profile.video_source)
        });
        shown.find_map(|profile| Some((profile.token, profile.ptz?)))
    };
    if let Some(found) = movable(profiles) {
        return Ok(found);
    }
    let older = media::profiles_of(camera, MEDIA).await.unwrap_or_default();
    movable(older).ok_or_else(|| Problem::Immovable.into())
}

/// By the camera's node. Where that is not told, by the profile.
async fn abilities(
    camera: &mut Connection,
    configuration: &PtzConfiguration,
) -> Result<Abilities, SourceError> {
    let request = Request::new(PTZ, "GetNode", element("NodeToken", &configuration.node));
    let node = match camera.call(&request).await {
        Ok(answer) => answer.child("PTZNode").cloned(),
        Err(SourceError::Onvif(Problem::Fault { .. } | Problem::Strange { .. })) => None,
        Err(error) => return Err(error),
    };
    let abilities = match node {
        Some(node) => {
            let can = |space| node.at(&["SupportedPTZSpaces", space]).is_some();
            let home = node.text_at(&["HomeSupported"]).is_some_and(|home| home != "false");
            Abilities {
                pan_tilt: can("ContinuousPanTiltVelocitySpace"),
                zoom: can("ContinuousZoomVelocitySpace"),
                home,
            }
        }
        None => {
            Abilities { pan_tilt: configuration.pan_tilt, zoom: configuration.zoom, home: false }
        }
    };
    if abilities.pan_tilt || abilities.zoom {
        Ok(abilities)
    } else {
        Err(Problem::Immovable.into())
    }
}

/// The task that owns the camera.
struct Owner {
    connection: Connection,
    profile: String,
    abilities: Abilities,
    /// When the movement that goes on is to end.
    stop_at: Option<Instant>,
}

impl Owner {
    async fn run(mut self, mut inbox: mpsc::Receiver<Order>) {
        loop {
            let stop_at = self.stop_at;
            let due = async {
                match stop_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = due => self.end_movement().await,
                order = inbox.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => break,
                },
            }
        }
        if self.stop_at.is_some() {
            self.end_movement().await;
        }
    }

    /// Does what is asked. The asker may have left.
    async fn obey(&mut self, order: Order) {
        match order {
            Order::Move { velocity, length, reply } => {
                drop(reply.send(self.begin_movement(velocity, length).await));
            }
            Order::Stop(reply) => {
                let stopped = self.stop().await;
                if stopped.is_ok() {
                    self.stop_at = None;
                }
                drop(reply.send(stopped));
            }
            Order::Home(reply) => {
                self.stop_at = None; // It is another movement, which ends by itself.
                drop(reply.send(self.tell("GotoHomePosition", "").await.map(drop)));
            }
            Order::GoTo { preset, reply } => {
                self.stop_at = None;
                let preset = element("PresetToken", &preset);
                drop(reply.send(self.tell("GotoPreset", &preset).await.map(drop)));
            }
            Order::Presets(reply) => drop(reply.send(self.presets().await)),
            Order::Save { name, reply } => drop(reply.send(self.save(&name).await)),
            Order::Remove { preset, reply } => {
                let preset = element("PresetToken", &preset);
                drop(reply.send(self.tell("RemovePreset", &preset).await.map(drop)));
            }
        }
    }

    async fn begin_movement(
        &mut self,
        velocity: Velocity,
        length: Duration,
    ) -> Result<(), SourceError> {
        let length = length.min(LONGEST);
        let Some(velocity) = velocity.element(self.abilities) else {
            return Err(Problem::Immovable.into());
        };
        // Later than our own Stop, and in whole seconds, which all cameras can read.
        let timeout = format!("<Timeout>PT{}S</Timeout>", length.as_secs() + 2);
        let mut begun = self.tell("ContinuousMove", &format!("{velocity}{timeout}")).await;
        if let Err(SourceError::Onvif(Problem::Fault { .. })) = begun {
            // Some cannot keep the time, and then do not even begin.
            begun = self.tell("ContinuousMove", &velocity).await;
        }
        // One that did not answer may have begun.
        let refused = matches!(begun, Err(SourceError::Onvif(_)));
        if !refused {
            self.stop_at = Some(Instant::now() + length);
        }
        begun.map(drop)
    }

    /// Sends the `Stop` that is due, again if it gets lost.
    async fn end_movement(&mut self) {
        self.stop_at = None;
        for _ in 0..STOPS {
            match self.stop().await {
                Ok(()) => return,
                Err(error @ SourceError::Onvif(_)) => {
                    tracing::warn!(%error, "the camera does not take the end of a movement");
                    return;
                }
                Err(error) => tracing::warn!(%error, "the end of a movement got lost"),
            }
            sleep(Duration::from_millis(300)).await;
        }
    }

    /// Stops only what the camera has, for some refuse the rest; and by a movement of no speed where
    /// there is no `Stop`.
    async fn stop(&mut self) -> Result<(), SourceError> {
        let Abilities { pan_tilt, zoom, home: _ } = self.abilities;
        let mut what = String::new();
        for (has, name) in [(pan_tilt, "PanTilt"), (zoom, "Zoom")] {
            if has {
                what.push_str(&element(name, "true"));
            }
        }
        match self.tell("Stop", &what).await {
            Err(SourceError::Onvif(Problem::Fault { .. } | Problem::Strange { .. })) => {
                let still = standing_still(self.abilities);
                self.tell("ContinuousMove", &still).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    async fn presets(&mut self) -> Result<Vec<Preset>, SourceError> {
        let answer = self.tell("GetPresets", "").await?;
        let preset = |preset: &Element| {
            let token = preset.attribute("token")?.to_owned();
            let name = plain(preset.text_at(&["Name"]).unwrap_or(&token), 64);
            Some(Preset { token, name })
        };
        Ok(answer.children("Preset").filter_map(preset).take(MOST_PRESETS).collect())
    }

    async fn save(&mut self, name: &str) -> Result<String, SourceError> {
        let answer = self.tell("SetPreset", &element("PresetName", name)).await?;
        let token = answer.text_at(&["PresetToken"]).map(str::to_owned);
        token.ok_or_else(|| {
            let what = "no token of the preset".to_owned();
            Problem::Strange { action: "SetPreset", what }.into()
        })
    }

    async fn tell(&mut self, action: &'static str, what: &str) -> Result<Element, SourceError> {
        let profile = element("ProfileToken", &self.profile);
        let request = Request::new(PTZ, action, format!("{profile}{what}"));
        self.connection.call(&request).await
    }
}

impl Velocity {
    /// As it stands in a request: only what moves, for some cameras refuse a zoom they do not have
    /// even if it is 0. Nothing if nothing moves.
    fn element(self, abilities: Abilities) -> Option<String> {
        let speed = |speed: f32| if speed.is_nan() { 0.0 } else { speed.clamp(-1.0, 1.0) };
        let (pan, tilt, zoom) = (speed(self.pan), speed(self.tilt), speed(self.zoom));
        let moves = |speed: f32| speed.abs() > 0.001;
        let mut parts = String::new();
        if abilities.pan_tilt && (moves(pan) || moves(tilt)) {
            parts.push_str(&pan_tilt(pan, tilt));
        }
        if abilities.zoom && moves(zoom) {
            parts.push_str(&zoom_by(zoom));
        }
        (!parts.is_empty()).then(|| format!("<Velocity>{parts}</Velocity>"))
    }
}

fn standing_still(abilities: Abilities) -> String {
    let mut parts = String::new();
    if abilities.pan_tilt {
        parts.push_str(&pan_tilt(0.0, 0.0));
    }
    if abilities.zoom {
        parts.push_str(&zoom_by(0.0));
    }
    format!("<Velocity>{parts}</Velocity>")
}

fn pan_tilt(pan: f32, tilt: f32) -> String {
    format!("<PanTilt x=\"{pan}\" y=\"{tilt}\" xmlns=\"{SCHEMA}\"/>")
}

fn zoom_by(zoom: f32) -> String {
    format!("<Zoom x=\"{zoom}\" xmlns=\"{SCHEMA}\"/>")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Abilities = Abilities { pan_tilt: true, zoom: true, home: true };

    #[test]
    fn only_what_moves_is_sent() {
        let sent = |pan, tilt, zoom, abilities| {
            let velocity = Velocity { pan, tilt, zoom }.element(abilities)?;
            let velocity = Element::read(velocity.as_bytes()).unwrap();
            let axis = |name, axis| {
                velocity.child(name)?.attribute(axis).map(|speed| speed.parse::<f32>().unwrap())
            };
            Some((axis("PanTilt", "x"), axis("PanTilt", "y"), axis("Zoom", "x")))
        };
        assert_eq!(sent(0.5, 0.0, 0.0, ALL), Some((Some(0.5), Some(0.0), None)));
        assert_eq!(sent(0.0, 0.0, -7.0, ALL), Some((None, None, Some(-1.0))));
        assert_eq!(sent(0.0, f32::NAN, 0.0, ALL), None);
        let still = Abilities { pan_tilt: false, ..ALL };
        assert_eq!(sent(1.0, 1.0, 0.0, still), None);
    }
}
