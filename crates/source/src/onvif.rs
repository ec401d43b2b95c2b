//! Cameras that speak ONVIF: finding them on the network, asking where their streams are, and moving
//! those that can be moved.
//!
//! Written from the ONVIF Core, Media (ver10 and ver20) and PTZ (ver20) specifications, WS-Discovery of
//! April 2005, and the WS-Security `UsernameToken` Profile 1.0. Makers keep to them more or less: where
//! the code is more patient than they are, it says with whom.

mod problem; //     what can be wrong
mod xml; //         what is said, as a tree
mod soap; //        messages, logins, faults
pub(crate) mod certificate; // TLS with whoever answers
mod http; //        a patient client, and what answers mean
mod connection; //  speaking with one camera
mod discovery; //   who is there
mod media; //       what they show
mod ptz; //         where they look
mod suggestion; //  what to write into the config file

use std::time::Duration;

use tokio::time::timeout;
use url::Url;
use watchpost_model::config::{CameraUrl, Credentials, OnvifSource, Rtsp, Transport};

use self::connection::Connection;
use crate::SourceError;

pub use discovery::{Device, ask, find};
pub use media::{Encoding, Profile};
pub use problem::Problem;
pub use ptz::{Abilities, Preset, Ptz, Velocity};
pub use suggestion::suggestion;

/// The longest that finding a stream's address may take: four answers of a slow camera.
const STREAM: Duration = Duration::from_secs(12);

/// The videos that the camera at `device` offers, with their addresses, in the camera's order.
/// Those whose address it does not tell are left out.
///
/// # Errors
///
/// The camera cannot be reached, refuses the login, or offers no video.
pub async fn streams(
    device: &Url,
    credentials: Option<Credentials>,
) -> Result<Vec<Profile>, SourceError> {
    let mut camera = Connection::open(device, credentials).await?;
    let mut streams = Vec::new();
    let mut reason = None;
    for profile in media::profiles(&mut camera).await? {
        match media::stream_address(&mut camera, &profile, Transport::Tcp).await {
            Ok(url) => streams.push(profile.at(url)),
            Err(error @ SourceError::Onvif(_)) => drop(reason.get_or_insert(error)),
            Err(error) => return Err(error),
        }
    }
    if streams.is_empty() {
        let nothing = Problem::NoProfile { offered: "none".to_owned() };
        return Err(reason.unwrap_or_else(|| nothing.into()));
    }
    Ok(streams)
}

/// Asks a camera where its stream is: that of the profile named, or else of the largest that can be
/// recorded.
///
/// # Errors
///
/// The camera cannot be reached, refuses the login, or has no such profile; within 12 s.
pub async fn stream_url(source: &OnvifSource) -> Result<Rtsp, SourceError> {
    let asked = timeout(STREAM, async {
        let device = source.url.expose();
        let mut camera = Connection::open(device, source.credentials.clone()).await?;
        let profiles = media::profiles(&mut camera).await?;
        let profile = media::choose(profiles, source.profile.as_deref())?;
        media::stream_address(&mut camera, &profile, source.transport).await
    });
    let url = asked.await.unwrap_or_else(|_| {
        let reason = format!("no answer within {} s", STREAM.as_secs());
        Err(SourceError::Unreachable { reason })
    })?;
    let OnvifSource { url: _, credentials, profile: _, transport, reader, sound, encode } = source;
    Ok(Rtsp {
        url: CameraUrl::new(url),
        credentials: credentials.clone(),
        transport: *transport,
        reader: *reader,
        sound: *sound,
        encode: *encode,
    })
}
