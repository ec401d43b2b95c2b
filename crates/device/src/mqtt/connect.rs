//! Makes the connection to the broker: name, TCP, TLS.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rumqttc::tokio_rustls::TlsConnector;
use rumqttc::{AsyncClient, EventLoop, LastWill, MqttOptions, QoS};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use watchpost_model::config::{Mqtt, MqttTls};

use super::cut::{self, Cut};
use super::trouble::{self, Trouble};

/// How long each of name, TCP, TLS and login may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Silence after which the broker is asked whether it is still there, in seconds.
const KEEP_ALIVE: u16 = 15;
/// The longest packet that is sent, in bytes: a topic and a payload of 64 KiB each.
const LONGEST_SENT: usize = 2 * 65_536 + 16;
/// Requests that wait for the library to send them.
const WAITING: usize = 64;

trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// Connects, up to where MQTT begins. The first thing that the events tell is how the broker answers to
/// the login. After the first error they must not be asked again.
pub(super) async fn connect(settings: &Mqtt) -> Result<(AsyncClient, EventLoop), Trouble> {
    let stream = tcp(settings).await?;
    let stream: Box<dyn Duplex> = match &settings.tls {
        None => Box::new(Cut::new(stream)),
        Some(tls) => Box::new(Cut::new(secured(settings, tls, stream).await?)),
    };
    let mut options = options(settings);
    // The library would make the connection itself, but neither tell us what failed nor let us cut
    // long messages behind TLS.
    let stream = Mutex::new(Some(stream));
    options.set_socket_connector(move |_, _| {
        let stream = stream.lock().expect("nobody can panic while taking").take();
        async move { stream.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)) }
    });
    let (client, mut events) = AsyncClient::builder(options).capacity(WAITING).build();
    let mut network = events.network_options();
    network.set_connection_timeout(PATIENCE.as_secs());
    events.set_network_options(network);
    Ok((client, events))
}

fn options(settings: &Mqtt) -> MqttOptions {
    let place = (settings.host.clone(), settings.port);
    let mut options = MqttOptions::new(settings.client_id.clone(), place);
    let will = LastWill::new(status_topic(settings), OFFLINE, QoS::AtLeastOnce, true);
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_session(true)
        .set_last_will(will)
        .set_max_packet_size(cut::KEPT, LONGEST_SENT);
    match (&settings.user, &settings.password) {
        (Some(user), Some(password)) => {
            options.set_credentials(user.clone(), password.expose().clone());
        }
        (Some(user), None) => {
            options.set_username(user.clone());
        }
        // MQTT 3.1.1 has no password without a user.
        (None, _) => {}
    }
    options
}

/// What stands at [`status_topic`] while the recorder is connected.
pub(super) const ONLINE: &str = "online";
/// And while it is not.
pub(super) const OFFLINE: &str = "offline";

/// Where it stands whether the recorder is there.
pub(super) fn status_topic(settings: &Mqtt) -> String {
    format!("{}/status", settings.prefix)
}

async fn tcp(settings: &Mqtt) -> Result<TcpStream, Trouble> {
    let found = timeout(PATIENCE, lookup_host((settings.host.as_str(), settings.port)));
    let addresses: Vec<_> = match found.await.unwrap_or_else(|_| Err(timed_out())) {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Err(trouble::no_name(settings, &error)),
    };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let each = PATIENCE / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    for address in addresses {
        match timeout(each, TcpStream::connect(address)).await.unwrap_or_else(|_| Err(timed_out()))
        {
            Ok(stream) => {
                // Small messages that must not wait for each other; without it all works, too.
                stream.set_nodelay(true).ok();
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(trouble::no_connection(settings, &last))
}

async fn secured(
    settings: &Mqtt,
    tls: &MqttTls,
    stream: TcpStream,
) -> Result<impl Duplex + use<>, Trouble> {
    let name = ServerName::try_from(settings.host.clone()).map_err(|error| {
        Trouble::new(
            format!("the broker's name {:?} cannot stand in a certificate: {error}", settings.host),
            "write a name or an address in broker = \"...\" under [mqtt]",
        )
    })?;
    let ca = tls.ca.clone();
    let roots = spawn_blocking(move || match &ca {
        Some(file) => from_file(file),
        None => from_system(),
    });
    let roots = roots.await.unwrap_or_else(|_| Err(no_roots("reading them was broken off")))?;
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows the usual versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
    let secured = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(PATIENCE, secured)
        .await
        .unwrap_or_else(|_| Err(timed_out()))
        .map_err(|error| trouble::no_tls(settings, &error))
}

fn from_file(file: &Path) -> Result<RootCertStore, Trouble> {
    let place = file.display();
    let hint = "ca = \"...\" under [mqtt] must name a PEM file with the certificate of who signed the \
                broker's own, which the recorder may read";
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let certificates: Vec<_> = certificates
        .map_err(|error| Trouble::new(format!("{place} cannot be read: {error}"), hint))?;
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(certificates);
    if taken == 0 {
        return Err(Trouble::new(format!("{place} holds no certificate"), hint));
    }
    Ok(roots)
}

fn from_system() -> Result<RootCertStore, Trouble> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map_or("there are none".to_owned(), ToString::to_string);
        return Err(no_roots(&why));
    }
    Ok(roots)
}

fn no_roots(why: &str) -> Trouble {
    Trouble::new(
        format!("the certificates that this system trusts cannot be read: {why}"),
        "install the package ca-certificates, or set ca = \"...\" under [mqtt]",
    )
}

fn timed_out() -> io::Error {
    io::Error::from(io::ErrorKind::TimedOut)
}
