//! `[mqtt]`, raw to checked.

use super::{Mqtt, MqttTls};
use crate::Secret;
use crate::config::address::Credentials;
use crate::config::raw::{self, RawMqtt};
use crate::config::reader::{Key, Place, Reader};
use crate::config::value::{BrokerAddress, UserName};

/// Checks `[mqtt]`; nothing where a fault is noted.
pub(in crate::config) fn check(raw: RawMqtt, reader: &mut Reader) -> Option<Mqtt> {
    let RawMqtt { place, broker, user, password, client_id, ca, prefix } = raw;
    if matches!(broker, Key::Absent) {
        reader.missing(&place, "broker", "mqtt://192.168.1.5");
    }
    if let (Key::Given(broker, at), Some(ca)) = (&broker, ca.place())
        && !broker.by_tls
    {
        let line = reader.line(at);
        let problem = format!("needs a broker with mqtts://; that of line {line} has mqtt://");
        reader.refuse(ca, problem);
    }
    let (user, password) = log_in(&broker, user, password, reader);
    let broker = broker.value()?;
    let (client_id, prefix) = (client_id.value(), prefix.value());
    Some(Mqtt {
        host: broker.host,
        port: broker.port,
        tls: broker.by_tls.then(|| MqttTls { ca: ca.value() }),
        user,
        password,
        client_id: client_id.map_or_else(|| raw::CLIENT_ID.to_owned(), |id| id.0),
        prefix: prefix.map_or_else(|| raw::PREFIX.to_owned(), |prefix| prefix.0),
    })
}

/// What the keys say, or else what stands in the address; not both.
fn log_in(
    broker: &Key<BrokerAddress>,
    user: Key<UserName>,
    password: Key<Secret<String>>,
    reader: &mut Reader,
) -> (Option<String>, Option<Secret<String>>) {
    let of_address = broker.given().and_then(|(broker, place)| {
        broker.credentials.as_ref().map(|credentials| (credentials, place))
    });
    let Some((Credentials { user: own_user, password: own_password }, address)) = of_address else {
        if let (Key::Absent, Some(place), false) =
            (&user, password.place(), matches!(broker, Key::Refused(_)))
        {
            reader.refuse(place, "needs user too, the name of the user at the broker");
        }
        return (user.value().map(|user| user.0), password.value());
    };
    let mut refuse = |key: Option<&Place>, what: &str| {
        if let Some(place) = key {
            let line = reader.line(address);
            let problem =
                format!("broker on line {line} names a {what} already; write one of the two");
            reader.refuse(place, problem);
        }
    };
    let own_password = Some(own_password).filter(|password| !password.expose().is_empty());
    refuse(user.place(), "user");
    if own_password.is_some() {
        refuse(password.place(), "password");
    }
    (Some(own_user.clone()), own_password.cloned().or(password.value()))
}
