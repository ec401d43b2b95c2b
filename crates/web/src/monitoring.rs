//! Monitoring: motion makes events, or not.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot, watch};
use watchpost_api as api;
use watchpost_model::WallTime;

use crate::auth::User;
use crate::error::{Answer, Problem};
use crate::routes::Site;

/// How long the task that owns the switch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Wishes that wait for it; whoever comes later waits.
const QUEUE: usize = 4;

/// A handle on the switch. When the last one is dropped, no wish will come any more.
#[derive(Clone, Debug)]
pub struct Monitoring {
    wishes: mpsc::Sender<SetPower>,
    state: watch::Receiver<State>,
}

/// How the switch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether monitoring is on.
    pub power: Power,
    /// Since when.
    pub since: WallTime,
    /// The user who switched it, if one has.
    pub by: Option<String>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Motion makes events.
    On,
    /// It does not.
    Off,
}

/// A wish to switch monitoring. The task that owns the switch answers with how it stands
/// afterwards, once that would survive a restart; if it cannot be kept, with why not.
#[derive(Debug)]
pub struct SetPower {
    /// What is wished.
    pub power: Power,
    /// By which user.
    pub by: String,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<State, String>>,
}

impl Monitoring {
    /// A handle, and the wishes that its owner gets. `state` is what the owner tells.
    #[must_use]
    pub fn new(state: watch::Receiver<State>) -> (Self, mpsc::Receiver<SetPower>) {
        let (wishes, inbox) = mpsc::channel(QUEUE);
        (Self { wishes, state }, inbox)
    }

    /// How the switch stands.
    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Tells when the switch changes.
    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    async fn set(&self, power: Power, by: String) -> Answer<State> {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            self.wishes.send(SetPower { power, by, reply }).await.ok()?;
            answer.await.ok()
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Some(Ok(state))) => Ok(state),
            Ok(Some(Err(message))) => Err(unavailable(message)),
            Ok(None) => Err(unavailable("The recorder is shutting down.".to_owned())),
            Err(_) => Err(unavailable("The recorder is busy.".to_owned())),
        }
    }
}

fn unavailable(message: String) -> Problem {
    Problem::Unavailable { message, hint: "Try again in a few seconds.".to_owned() }
}

/// Switches monitoring on.
#[utoipa::path(post, path = "/start", tag = "status",
    responses((status = 200, body = api::Monitoring)))]
pub(crate) async fn start(
    Shared(site): Shared<Arc<Site>>,
    user: User,
) -> Answer<Json<api::Monitoring>> {
    let state = site.app.monitoring.set(Power::On, user.name).await?;
    Ok(Json(wire(state, &site.app.zone)))
}

/// Switches monitoring off: an event that goes on ends.
#[utoipa::path(post, path = "/stop", tag = "status",
    responses((status = 200, body = api::Monitoring)))]
pub(crate) async fn stop(
    Shared(site): Shared<Arc<Site>>,
    user: User,
) -> Answer<Json<api::Monitoring>> {
    let state = site.app.monitoring.set(Power::Off, user.name).await?;
    Ok(Json(wire(state, &site.app.zone)))
}

/// What the API tells of it.
pub(crate) fn wire(state: State, zone: &TimeZone) -> api::Monitoring {
    let State { power, since, by } = state;
    let monitoring = match power {
        Power::On => true,
        Power::Off => false,
    };
    api::Monitoring { monitoring, since: api::Time(since.to_rfc3339(zone)), by }
}
