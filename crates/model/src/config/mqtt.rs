//! The `[mqtt]` table, checked: the broker.

mod check;

use std::path::PathBuf;

use crate::Secret;

pub(in crate::config) use check::check;

/// The MQTT broker, version 3.1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mqtt {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is spoken to by TLS.
    pub tls: Option<MqttTls>,
    /// The user, if it wants one.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Secret<String>>,
    /// How the recorder calls itself there; no two clients of a broker share one.
    pub client_id: String,
    /// What the recorder's own topics begin with, without a `/` at the end: `PREFIX/status`,
    /// `PREFIX/sensors/NAME`. No wildcards.
    pub prefix: String,
}

/// How the broker proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MqttTls {
    /// A PEM file of those who may vouch for it, or `None` for those the system trusts; if relative,
    /// then to the folder of the config file.
    pub ca: Option<PathBuf>,
}
