//! Why there is no connection, in words of the owner.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use rumqttc::{ConnectReturnCode, ConnectionError, StateError};
use rustls::CertificateError;
use tokio::time::Instant;
use watchpost_model::config::Mqtt;

/// Why there is no connection, and what its owner can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) cause: String,
    pub(super) hint: String,
}

impl Trouble {
    pub(super) fn new(cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: hint.into() }
    }
}

/// The broker as it is called in messages.
pub(super) fn place(settings: &Mqtt) -> String {
    let Mqtt { host, port, .. } = settings;
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The name has no address.
pub(super) fn no_name(settings: &Mqtt, error: &io::Error) -> Trouble {
    Trouble::new(
        format!("the broker's name {:?} was not found: {error}", settings.host),
        "check the name in broker = \"...\" under [mqtt], or write its address",
    )
}

/// There is no TCP connection.
pub(super) fn no_connection(settings: &Mqtt, error: &io::Error) -> Trouble {
    let place = place(settings);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Trouble::new(
            format!("{place} refused the connection"),
            "check that the broker runs, that it listens to the network (mosquitto needs a \
             \"listener\" line for that), and the port",
        ),
        io::ErrorKind::TimedOut => Trouble::new(
            format!("{place} does not answer"),
            "check the address in broker = \"...\" under [mqtt], the network and the firewall",
        ),
        _ => Trouble::new(
            format!("{place} cannot be reached: {error}"),
            "check the address in broker = \"...\" under [mqtt] and the network",
        ),
    }
}

/// TCP stands, but TLS does not.
pub(super) fn no_tls(settings: &Mqtt, error: &io::Error) -> Trouble {
    let place = place(settings);
    if let Some(error) = tls_error(error) {
        return no_trust(settings, error);
    }
    match error.kind() {
        io::ErrorKind::TimedOut => Trouble::new(
            format!("{place} does not answer to TLS"),
            "if the broker speaks plain MQTT at this port, write mqtt:// instead of mqtts://",
        ),
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe => Trouble::new(
            format!("{place} hung up when it was spoken to by TLS"),
            "it probably speaks plain MQTT at this port: write mqtt:// instead of mqtts://, or the \
             port for TLS (usually 8883)",
        ),
        _ => Trouble::new(
            format!("no TLS with {place}: {error}"),
            "see the broker's log; it must speak TLS 1.2 or 1.3",
        ),
    }
}

fn no_trust(settings: &Mqtt, error: &rustls::Error) -> Trouble {
    let (place, host) = (place(settings), &settings.host);
    let ca = match settings.tls.as_ref().and_then(|tls| tls.ca.as_deref()) {
        Some(file) => format!(
            "ca = {:?} under [mqtt] must hold the certificate of who signed the broker's own",
            file.display()
        ),
        None => "if it was signed by an authority of your own, name that one's certificate with \
                 ca = \"...\" under [mqtt]"
            .to_owned(),
    };
    match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Trouble::new(
                    format!("the certificate of {place} is one for another name than {host:?}"),
                    "write the name that stands in the broker's certificate in broker = \"...\" under \
                     [mqtt], or give the broker one for this name",
                )
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Trouble::new(
                format!("the certificate of {place} has expired"),
                "renew the broker's certificate, and check the clock of this machine",
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Trouble::new(
                    format!("the certificate of {place} is not valid yet"),
                    "check the clock of this machine",
                )
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Trouble::new(format!("the certificate of {place} is not trusted"), ca)
            }
            // As `openssl req -x509` makes it if nothing else is said.
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => Trouble::new(
                format!("the certificate of {place} is one of an authority, not one of a server"),
                "have your authority sign one for the broker; or make a new one that is no authority: \
                 openssl req -x509 -addext basicConstraints=critical,CA:FALSE ...",
            ),
            other => {
                Trouble::new(format!("the certificate of {place} is not trusted: {other:?}"), ca)
            }
        },
        rustls::Error::InvalidMessage(_) => Trouble::new(
            format!("{place} does not speak TLS"),
            "if the broker speaks plain MQTT at this port, write mqtt:// instead of mqtts://",
        ),
        rustls::Error::AlertReceived(alert) => Trouble::new(
            format!("{place} refused TLS: {alert:?}"),
            "see the broker's log; a broker that wants a certificate of its clients \
             (require_certificate) is not supported",
        ),
        other => Trouble::new(
            format!("no TLS with {place}: {other}"),
            "see the broker's log; it must speak TLS 1.2 or 1.3",
        ),
    }
}

/// The connection stands, but the broker did not let us in.
pub(super) fn not_let_in(settings: &Mqtt, error: &ConnectionError) -> Trouble {
    let place = place(settings);
    match error {
        ConnectionError::ConnectionRefused(code) => refused(settings, *code),
        ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => Trouble::new(
            format!("{place} takes the connection but does not answer"),
            "check that it is an MQTT broker; at a port for TLS write mqtts://",
        ),
        error => {
            if let Some(error) = io_error(error).and_then(tls_error) {
                return no_trust(settings, error);
            }
            if !hung_up(error) && io_error(error).is_none() {
                return Trouble::new(
                    format!("what answers at {place} does not speak MQTT 3.1.1: {error}"),
                    "check the port; at a port for TLS write mqtts:// instead of mqtt://",
                );
            }
            let hint = if settings.tls.is_none() {
                "if the broker speaks TLS at this port, write mqtts:// instead of mqtt://; else see \
                 its log"
            } else {
                "see the broker's log: it says why"
            };
            Trouble::new(format!("{place} hung up before it let us in"), hint)
        }
    }
}

fn refused(settings: &Mqtt, code: ConnectReturnCode) -> Trouble {
    let place = place(settings);
    let who = match &settings.user {
        Some(user) => format!("user {user:?}"),
        None => "a client without a user".to_owned(),
    };
    let login = match &settings.user {
        Some(_) => "check user and password under [mqtt]",
        None => "the broker wants a login: set user and password under [mqtt]",
    };
    match code {
        ConnectReturnCode::BadUserNamePassword => {
            Trouble::new(format!("{place} does not take the user or the password of {who}"), login)
        }
        // Mosquitto says this of a wrong password, too.
        ConnectReturnCode::NotAuthorized => Trouble::new(
            format!("{place} does not authorise {who}"),
            format!("{login}, and what the broker allows this user and client_id"),
        ),
        ConnectReturnCode::BadClientId => Trouble::new(
            format!("{place} does not take the client_id {:?}", settings.client_id),
            "set another client_id under [mqtt]; 1 to 23 letters and digits are always allowed",
        ),
        ConnectReturnCode::RefusedProtocolVersion => Trouble::new(
            format!("{place} does not speak MQTT 3.1.1"),
            "allow MQTT 3.1.1 in the broker's settings, or use another broker",
        ),
        ConnectReturnCode::ServiceUnavailable | ConnectReturnCode::Success => Trouble::new(
            format!("{place} says that it cannot serve now"),
            "see the broker's log; it is tried again",
        ),
    }
}

/// The connection stood, and broke.
pub(super) fn lost(settings: &Mqtt, error: &ConnectionError) -> Trouble {
    let place = place(settings);
    match error {
        ConnectionError::MqttState(StateError::AwaitPingResp)
        | ConnectionError::NetworkTimeout
        | ConnectionError::FlushTimeout => Trouble::new(
            format!("{place} does not answer any more"),
            "check the broker and the network; it is tried again",
        ),
        error if hung_up(error) => Trouble::new(
            format!("{place} closed the connection"),
            "see the broker's log; it is tried again",
        ),
        error => match io_error(error) {
            Some(error) => Trouble::new(
                format!("the connection to {place} broke: {error}"),
                "check the network; it is tried again",
            ),
            None => Trouble::new(
                format!("{place} broke the rules of MQTT 3.1.1: {error}"),
                "see the broker's log, and whether there is a newer version of it",
            ),
        },
    }
}

/// Whether it was the other side that ended the connection.
pub(super) fn hung_up(error: &ConnectionError) -> bool {
    match error {
        ConnectionError::MqttState(StateError::ConnectionAborted) => true,
        error => io_error(error).is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
            )
        }),
    }
}

/// The error of the connection itself in this one, wherever the library put it.
fn io_error(error: &ConnectionError) -> Option<&io::Error> {
    match error {
        ConnectionError::Io(error)
        | ConnectionError::MqttState(
            StateError::Io(error) | StateError::Deserialization(rumqttc::Error::Io(error)),
        ) => Some(error),
        _ => None,
    }
}

/// What went wrong with TLS itself, if it was not what carries it.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// The broker ends each connection soon after it was made.
pub(super) fn id_taken(settings: &Mqtt) -> Trouble {
    Trouble::new(
        format!("{} ends the connection again and again, right after it is made", place(settings)),
        format!(
            "probably another client there is called {:?}, too, and each throws out the other: give \
             each its own client_id under [mqtt]",
            settings.client_id
        ),
    )
}

/// Sees that the broker throws us out again and again.
#[derive(Debug, Default)]
pub(super) struct Expulsions {
    recent: VecDeque<Instant>,
    sure: bool,
}

impl Expulsions {
    /// A connection that stood so long is one that counts.
    pub(super) const STEADY: Duration = Duration::from_secs(10);
    /// So many short ones within [`Expulsions::STEADY`] are no accident.
    const SUSPICIOUS: usize = 3;

    /// The broker hung up at `now`, after the connection `stood` for so long. Whether it does so again
    /// and again; that stays so until a connection was steady.
    pub(super) fn hung_up(&mut self, now: Instant, stood: Duration) -> bool {
        if stood >= Self::STEADY {
            *self = Self::default();
            return false;
        }
        self.recent.push_back(now);
        self.recent.retain(|then| now.duration_since(*then) <= Self::STEADY);
        self.sure |= self.recent.len() >= Self::SUSPICIOUS;
        self.sure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_short_connections_within_ten_seconds_are_no_accident() {
        let start = Instant::now();
        let short = Duration::from_millis(700);
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut expulsions = Expulsions::default();
        assert!(!expulsions.hung_up(at(0), short));
        assert!(!expulsions.hung_up(at(4), short));
        assert!(!expulsions.hung_up(at(11), short), "the first is long ago");
        assert!(expulsions.hung_up(at(13), short));
        assert!(expulsions.hung_up(at(43), short), "tried less often, it still is so");
        assert!(!expulsions.hung_up(at(90), Expulsions::STEADY), "the other one is gone");
        assert!(!expulsions.hung_up(at(91), short));
    }
}
