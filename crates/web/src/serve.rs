//! The port: taking it, and serving on it.

mod door; //  how many come in, and who must go again
mod local; // the same for commands on this machine

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use tokio::net::TcpSocket;

use self::door::Door;
use self::local::Socket;
use crate::tls::Tls;
use crate::{App, routes};

/// What the system may hold of what a client has not taken yet; Linux doubles it. Small, so that a
/// slow live view falls behind here, where pictures can be left out, and not in the system; large
/// enough for 20 Mbit/s over 50 ms.
const SEND_BUFFER: u32 = 128 * 1024;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 128;
/// Connections at a time; a browser has one to six. Each takes some 50 KB while nothing is sent.
const CONNECTIONS: usize = 256;
/// How long the TLS handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long a client may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How often a client of HTTP/2 is asked whether it is still there, and how long it may take to
/// answer: one that went away without a word would keep its place and its streams for hours.
const ASK_ALIVE: Duration = Duration::from_secs(20);
const SAY_ALIVE: Duration = Duration::from_secs(10);
/// Requests at a time on one connection of HTTP/2; a page makes some 20.
const STREAMS: u32 = 64;
/// How long answers may go on after the shutdown began; live views never end by themselves.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// How often the certificate is looked at.
const CERTIFICATE_CHECK: Duration = Duration::from_hours(1);

/// A port that is ours, and not yet served on.
#[derive(Debug)]
pub struct Bound {
    listener: std::net::TcpListener,
    address: SocketAddr,
    socket: Option<Socket>,
}

/// Why there is no serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the port.
    #[error("port {} of {} is taken by another program", address.port(), address.ip())]
    Taken {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system does not give the port to this user.
    #[error("port {} is not given to this user", address.port())]
    NotPermitted {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// This machine does not have the address.
    #[error("this machine does not have the address {}", address.ip())]
    NotHere {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The socket for commands cannot be made.
    #[error("cannot listen on {}", path.display())]
    Socket {
        /// Its file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Serving broke off.
    #[error("serving on {address} broke off")]
    Broken {
        /// The address served on.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl ServeError {
    fn bind(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { address, source },
            io::ErrorKind::PermissionDenied => Self::NotPermitted { address, source },
            io::ErrorKind::AddrNotAvailable => Self::NotHere { address, source },
            _ => Self::Listen { address, source },
        }
    }

    /// What the owner should do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            ServeError::Taken { address, .. } => format!(
                "Stop the other program (\"ss -ltnp 'sport = :{}'\" names it; it may be another \
                 Watchpost), or set server.listen to another port.",
                address.port()
            ),
            ServeError::NotPermitted { .. } => {
                "Set server.listen to a port from 1024 on, such as 8443, or give the service \
                 CAP_NET_BIND_SERVICE."
                    .to_owned()
            }
            ServeError::NotHere { .. } => "Set server.listen to an address of this machine (\"ip \
                 address\" lists them), or to 0.0.0.0:8443 for all of them."
                .to_owned(),
            ServeError::Socket { path, source } => match source.kind() {
                io::ErrorKind::AddrInUse => {
                    "Stop the other Watchpost that listens on it.".to_owned()
                }
                io::ErrorKind::AlreadyExists => {
                    format!(
                        "Move {} away: it is no socket, and Watchpost needs the name.",
                        path.display()
                    )
                }
                io::ErrorKind::InvalidInput => {
                    "Set server.data_dir to a shorter path: a socket's may have 107 letters."
                        .to_owned()
                }
                _ => "Look whether Watchpost may write into that folder.".to_owned(),
            },
            ServeError::Listen { .. } | ServeError::Broken { .. } => {
                "Look at the system's log, then start Watchpost again.".to_owned()
            }
        }
    }
}

/// Takes the port. Nothing is answered before [`Bound::serve`].
///
/// # Errors
///
/// When the port cannot be had.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn bind(address: SocketAddr) -> Result<Bound, ServeError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?; // A restart need not wait for old connections to time out.
        socket.set_send_buffer_size(SEND_BUFFER)?; // Accepted connections inherit it.
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?.into_std()?;
        Ok(Bound { address: listener.local_addr()?, listener, socket: None })
    };
    listen().map_err(|source| ServeError::bind(address, source))
}

impl Bound {
    /// The address, with the port that was given if port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has [`Bound::serve`] answer on a socket in the file system too, for commands on this machine:
    /// there who asks is an owner, without a session. Only our own user may open it. Its file goes
    /// when serving ends; one that was left behind by a crash is replaced.
    ///
    /// # Errors
    ///
    /// [`ServeError::Socket`] if it cannot be made, or another Watchpost listens on it.
    pub fn serve_socket(&mut self, path: &Path) -> Result<(), ServeError> {
        let failed = |source| ServeError::Socket { path: path.to_owned(), source };
        self.socket = Some(Socket::bind(path).map_err(failed)?);
        Ok(())
    }

    /// Answers until `shutdown` is ready, then for 2 s more at most.
    ///
    /// # Errors
    ///
    /// When serving breaks off.
    pub async fn serve(
        self,
        app: App,
        tls: Tls,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let address = self.address;
        let clock = app.clock;
        let broken = |source| ServeError::Broken { address, source };
        let handle = Handle::new();
        let config = RustlsConfig::from_config(tls.config());
        let tls_acceptor = RustlsAcceptor::new(config.clone())
            .handshake_timeout(HANDSHAKE_TIME)
            .acceptor(NoDelayAcceptor::new());
        let acceptor = Door::new(tls_acceptor, CONNECTIONS, HEAD_TIME);
        let server = axum_server::from_tcp(self.listener).map_err(broken)?;
        let mut server = server.acceptor(acceptor).handle(handle.clone());
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        let mut http2 = server.http_builder().http2();
        http2.timer(TokioTimer::new()).keep_alive_interval(ASK_ALIVE).keep_alive_timeout(SAY_ALIVE);
        http2.max_concurrent_streams(STREAMS);
        let router: Router = routes::router(Arc::new(app.into()));
        let local_handle = Handle::new();
        let (socket, commands, until) = (self.socket, router.clone(), local_handle.clone());
        let local = async {
            match socket {
                Some(socket) => socket.serve(commands, until).await,
                None => Ok(()),
            }
        };
        let port = server.serve(router.into_make_service_with_connect_info::<SocketAddr>());
        let serving = async { tokio::try_join!(port, local).map(|((), ())| ()) };
        let stopping = async {
            shutdown.await;
            handle.graceful_shutdown(Some(LAST_ANSWERS));
            local_handle.graceful_shutdown(Some(LAST_ANSWERS));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            end = serving => end.map_err(broken),
            () = stopping => Ok(()),
            () = keep_valid(tls, &config, clock) => Ok(()),
        }
    }
}

/// Has the certificate made anew when it is time. Never ends.
async fn keep_valid(tls: Tls, config: &RustlsConfig, clock: crate::Clock) {
    let mut checks = tokio::time::interval(CERTIFICATE_CHECK);
    checks.tick().await; // The first is due at once, and was made by whoever made `tls`.
    loop {
        checks.tick().await;
        let (tls, now) = (tls.clone(), clock());
        match tokio::task::spawn_blocking(move || tls.renewed(now)).await {
            Ok(Ok(tls)) => config.reload_from_config(tls.config()),
            Ok(Err(error)) => tracing::error!(%error, hint = error.hint(), "no new certificate"),
            Err(error) => tracing::error!(%error, "no new certificate"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_told_from_an_address_that_is_not_here() {
        let bound = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let taken = bind(bound.address()).unwrap_err();
        assert!(matches!(taken, ServeError::Taken { .. }), "{taken:?}");
        let elsewhere = bind("192.0.2.1:0".parse().unwrap()).unwrap_err();
        assert!(matches!(elsewhere, ServeError::NotHere { .. }), "{elsewhere:?}");
    }
}
