//! `[mqtt]` as it is written.

use std::path::PathBuf;

use schemars::JsonSchema;

use super::{CLIENT_ID, PREFIX};
use crate::Secret;
use crate::config::reader::{Key, Keys, Place, Table};
use crate::config::value::{BrokerAddress, ClientId, TopicPrefix, UserName};

/// The MQTT broker.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawMqtt {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Where the broker is: "mqtt://HOST", or "mqtts://HOST" to speak to it by TLS; with a port as
    /// in "mqtt://HOST:1884" if it is not the usual one, 1883 or with TLS 8883.
    #[schemars(extend("examples" = ["mqtt://192.168.1.5"]))]
    pub(in crate::config) broker: Key<BrokerAddress>,
    /// The user that the broker knows Watchpost by. If not given, Watchpost logs in as nobody.
    #[schemars(default, extend("examples" = ["watchpost"]))]
    pub(in crate::config) user: Key<UserName>,
    /// The user's password. So that it need not stand here: "${NAME}" takes it from the environment,
    /// "file:/PATH" from a file.
    #[schemars(default, extend("examples" = ["${MQTT_PASSWORD}"]))]
    pub(in crate::config) password: Key<Secret<String>>,
    /// What Watchpost calls itself at the broker. No two clients of a broker may have the same.
    #[schemars(default, extend("default" = CLIENT_ID))]
    pub(in crate::config) client_id: Key<ClientId>,
    /// A PEM file of the authority that signed the broker's certificate, for a broker with mqtts://
    /// that has made its own. If not given, those that the system trusts.
    #[schemars(default, extend("examples" = ["ca.pem"]))]
    pub(in crate::config) ca: Key<PathBuf>,
    /// What Watchpost's own topics begin with: PREFIX/status says "online" or "offline",
    /// PREFIX/sensors/NAME what a sensor says, PREFIX/lights/NAME what a light says, and so on.
    #[schemars(default, extend("default" = PREFIX))]
    pub(in crate::config) prefix: Key<TopicPrefix>,
}

impl Table for RawMqtt {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            broker: keys.key("broker"),
            user: keys.key("user"),
            password: keys.key("password"),
            client_id: keys.key("client_id"),
            ca: keys.key("ca"),
            prefix: keys.key("prefix"),
        }
    }
}
