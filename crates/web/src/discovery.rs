//! Cameras that are not in the configuration yet. For owners: what is found here leads to passwords.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use tokio::sync::mpsc;
use url::Url;
use watchpost_api as api;
use watchpost_model::Secret;

use crate::auth::Owner;
use crate::error::{Answer, Problem};
use crate::refusal::{Reply, ask};
use crate::routes::Site;

/// How long looking around may take; cameras are given 4 s to answer.
const FOUND: Duration = Duration::from_secs(8);
/// How long one camera may take to list its streams: three or four questions over the network.
const LISTED: Duration = Duration::from_secs(20);
/// Questions that wait; the whole network is asked at each.
const QUEUE: usize = 2;
/// Characters in an address, a user's name or a password at most.
const LONGEST: usize = 1024;

/// A handle on whoever looks for cameras.
#[derive(Clone, Debug)]
pub struct Discovery(mpsc::Sender<DiscoveryRequest>);

/// Somebody looks for cameras.
#[derive(Debug)]
pub enum DiscoveryRequest {
    /// Which are there? Answered within 8 s.
    Cameras {
        /// Where the answer goes: those of this machine first.
        reply: Reply<Vec<FoundCamera>>,
    },
    /// Which streams has one of them? Within 20 s.
    Streams {
        /// Where it is: `http` or `https`, without a user.
        device: Url,
        /// The camera's user, unless it wants none.
        credentials: Option<FoundCredentials>,
        /// Where the answer goes.
        reply: Reply<FoundStreams>,
    },
}

/// Who may ask a camera for its streams.
#[derive(Clone, Debug)]
pub struct FoundCredentials {
    /// The camera's user.
    pub user: String,
    /// The user's password.
    pub password: Secret<String>,
}

/// A camera that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCamera {
    /// What it calls itself.
    pub name: String,
    /// How it is reached.
    pub kind: FoundKind,
    /// Where it is.
    pub address: String,
    /// What to write as `source`, where that is known already.
    pub source: Option<String>,
    /// What else it says, for people.
    pub details: Vec<String>,
}

/// How a camera is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundKind {
    /// By ONVIF, on the network.
    Onvif,
    /// By `Video4Linux`, on this machine.
    V4l2,
    /// By the camera connector of this Raspberry Pi.
    RaspberryPi,
}

/// A camera's streams.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundStreams {
    /// As the camera lists them.
    pub streams: Vec<FoundStream>,
    /// What to put into the configuration.
    pub settings: String,
}

/// One stream of a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundStream {
    /// What the camera calls it.
    pub name: String,
    /// Its codec.
    pub codec: String,
    /// Pixels, width and height.
    pub size: Option<(u16, u16)>,
    /// Pictures in a second.
    pub fps: Option<f64>,
    /// Where it is, without a user.
    pub url: String,
}

impl Discovery {
    /// A handle, and the requests made through it.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<DiscoveryRequest>) {
        let (requests, inbox) = mpsc::channel(QUEUE);
        (Self(requests), inbox)
    }
}

/// Looks for cameras, on this machine and on the network.
#[utoipa::path(post, path = "/discover", tag = "discovery",
    responses(
        (status = 200, body = api::Discovered),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn discover(
    State(site): State<Arc<Site>>,
    _: Owner,
) -> Answer<Json<api::Discovered>> {
    let Discovery(tasks) = &site.app.discovery;
    let request = |reply| DiscoveryRequest::Cameras { reply };
    let found = ask(tasks, "The search for cameras", FOUND, request).await?;
    let tell = |camera: FoundCamera| {
        let FoundCamera { name, kind, address, source, details } = camera;
        let kind = match kind {
            FoundKind::Onvif => api::DiscoveredKind::Onvif,
            FoundKind::V4l2 => api::DiscoveredKind::V4l2,
            FoundKind::RaspberryPi => api::DiscoveredKind::Rpicam,
        };
        api::DiscoveredCamera { name, kind, address, source, details }
    };
    Ok(Json(api::Discovered { cameras: found.into_iter().map(tell).collect() }))
}

/// Asks a camera for its streams.
///
/// The password goes to the camera and is not kept.
#[utoipa::path(post, path = "/discover/streams", tag = "discovery", request_body = api::StreamsOf,
    responses(
        (status = 200, body = api::Streams),
        (status = 400, body = api::ErrorBody, description = "No such address, or the camera refuses the user."),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 503, body = api::ErrorBody, description = "The camera does not answer, and why."),
    ))]
pub(crate) async fn streams(
    State(site): State<Arc<Site>>,
    _: Owner,
    of: Result<Json<api::StreamsOf>, JsonRejection>,
) -> Answer<Json<api::Streams>> {
    let Json(api::StreamsOf { address, user, password }) = of?;
    let device = device(&address)?;
    if user.len() > LONGEST || password.len() > LONGEST {
        return Err(Problem::invalid(
            "No camera has such a user or password.",
            format!("Give at most {LONGEST} letters each."),
        ));
    }
    let credentials =
        (!user.is_empty()).then(|| FoundCredentials { user, password: Secret::new(password) });
    let Discovery(tasks) = &site.app.discovery;
    let request = |reply| DiscoveryRequest::Streams { device, credentials, reply };
    let FoundStreams { streams, settings } = ask(tasks, "The camera", LISTED, request).await?;
    let tell = |stream: FoundStream| {
        let FoundStream { name, codec, size, fps, url } = stream;
        let (width, height) = size.unzip();
        api::StreamFound { name, codec, width, height, fps, url }
    };
    Ok(Json(api::Streams { streams: streams.into_iter().map(tell).collect(), settings }))
}

/// Where a camera answers questions about itself.
fn device(address: &str) -> Answer<Url> {
    let url = Url::parse(address).ok().filter(|url| {
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        web && url.username().is_empty() && url.password().is_none() && address.len() <= LONGEST
    });
    url.ok_or_else(|| {
        Problem::invalid(
            "This is no address of a camera.",
            "Write it as http://192.168.1.20/onvif/device_service; user and password have fields of \
             their own.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_without_a_user_are_asked() {
        for address in ["http://192.168.1.20/onvif/device_service", "https://cam.local:8000"] {
            assert!(device(address).is_ok(), "{address}");
        }
        for address in [
            "",
            "192.168.1.20",
            "file:///etc/passwd",
            "rtsp://cam",
            "http://me:secret@cam",
            "http://",
        ] {
            assert!(device(address).is_err(), "{address}");
        }
    }
}
