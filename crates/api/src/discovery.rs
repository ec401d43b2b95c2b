//! Cameras that are not in the configuration yet.
//!
//! A type with a password in it does not print it.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The cameras that answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Discovered {
    /// Those of this machine first, then those of the network.
    pub cameras: Vec<DiscoveredCamera>,
}

/// A camera that answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiscoveredCamera {
    /// What it calls itself.
    pub name: String,
    /// How it is reached.
    pub kind: DiscoveredKind,
    /// Where it is: an address on the network, or a device of this machine.
    pub address: String,
    /// What to write as `source`, or `null` where its streams are to be asked for first.
    #[schema(required = true)]
    pub source: Option<String>,
    /// What else it says, for people.
    pub details: Vec<String>,
}

/// How a camera is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscoveredKind {
    /// By ONVIF, on the network.
    Onvif,
    /// By `Video4Linux`, on this machine.
    V4l2,
    /// By the camera connector of this Raspberry Pi.
    Rpicam,
}

/// Asks a camera for its streams.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamsOf {
    /// Its address as discovery told it, such as `http://192.168.1.20/onvif/device_service`.
    pub address: String,
    /// The camera's user; empty if it wants none.
    #[serde(default)]
    pub user: String,
    /// The user's password.
    #[serde(default)]
    #[schema(format = Password)]
    pub password: String,
}

/// A camera's streams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Streams {
    /// As the camera lists them; mostly the largest first.
    pub streams: Vec<StreamFound>,
    /// What to put into the configuration.
    pub settings: String,
}

/// One stream of a camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StreamFound {
    /// What the camera calls it.
    pub name: String,
    /// Its codec, such as `H264`.
    pub codec: String,
    /// Pixels.
    #[schema(required = true)]
    pub width: Option<u16>,
    /// Pixels.
    #[schema(required = true)]
    pub height: Option<u16>,
    /// Pictures in a second.
    #[schema(required = true)]
    pub fps: Option<f64>,
    /// Where it is.
    pub url: String,
}

impl fmt::Debug for StreamsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StreamsOf { address, user, password: _ } = self;
        let mut told = f.debug_struct("StreamsOf");
        told.field("address", address).field("user", user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_camera_is_not_printed() {
        let [address, user, password] = ["http://cam", "admin", "rosebud"].map(str::to_owned);
        let printed = format!("{:?}", StreamsOf { address, user, password });
        assert!(printed.contains("admin") && !printed.contains("rosebud"), "{printed}");
    }
}
