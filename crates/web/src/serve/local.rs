//! A socket in the file system: the same API for commands on this machine, without TLS and without a
//! session.
//!
//! Who may open the file may do everything: the system lets in our own user and root. It is never
//! reachable over the network.

use std::fs::{self, Permissions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr as Address, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use axum_server::Handle;
use axum_server::accept::DefaultAcceptor;
use hyper_util::rt::TokioTimer;

use super::HEAD_TIME;
use super::door::Door;
use crate::auth::Local;

/// Connections at a time; a command has one.
const CONNECTIONS: usize = 16;
/// Only our own user.
const MODE: u32 = 0o600;
/// What stands for the client's address, which there is not.
const HERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A socket that is ours. Its file goes when this is dropped.
#[derive(Debug)]
pub(super) struct Socket {
    listener: UnixListener,
    file: SocketFile,
}

#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    /// By which the file is known from one that another put in its place.
    identity: (u64, u64),
}

impl Socket {
    /// Makes the socket. One that nobody listens on any more is replaced.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            Ok(_) if UnixStream::connect(path).is_ok() => {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Nobody finds it under its name before only we may open it.
        let mut new = path.as_os_str().to_owned();
        new.push("~");
        let new = Path::new(&new);
        match fs::remove_file(new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(new)?;
        fs::set_permissions(new, Permissions::from_mode(MODE))?;
        listener.set_nonblocking(true)?;
        fs::rename(new, path)?;
        let file = SocketFile { path: path.to_owned(), identity: identity(path)? };
        Ok(Self { listener, file })
    }

    /// Answers until `handle` says that it is enough.
    pub(super) async fn serve(self, router: Router, handle: Handle<Address>) -> io::Result<()> {
        let Socket { listener, file: _file } = self;
        let door = Door::new(DefaultAcceptor::new(), CONNECTIONS, HEAD_TIME);
        let mut server = axum_server::from_unix(listener)?.acceptor(door).handle(handle);
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        let router = router.layer(Extension(Local)).layer(Extension(ConnectInfo(HERE)));
        server.serve(router.into_make_service()).await
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Another recorder may have begun meanwhile; its socket is not ours to remove.
        if identity(&self.path).is_ok_and(|found| found == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), "the socket stays behind: {error}");
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_user_may_open_it_and_it_goes_with_us() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watchpost.sock");
        let socket = Socket::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, MODE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        drop(socket);
        assert!(!path.exists());
    }

    #[test]
    fn one_left_behind_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watchpost.sock");
        drop(UnixListener::bind(&path).unwrap()); // As after a crash: the file stays.
        let socket = Socket::bind(&path).unwrap();
        assert_eq!(Socket::bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(socket);
        fs::write(&path, "the owner's own file").unwrap();
        assert_eq!(Socket::bind(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"the owner's own file");
    }

    #[test]
    fn the_socket_of_another_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watchpost.sock");
        let first = Socket::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let _second = Socket::bind(&path).unwrap();
        drop(first);
        assert!(path.exists());
    }
}
