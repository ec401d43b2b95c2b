//! Lets connections in, so many at a time, and sends away those that ask for nothing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::accept::Accept;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

/// So much must come before we believe that a request does: HTTP/2 begins with 24 bytes that are
/// the same for all, and while these are not there hyper waits for the rest of them without end.
const BELIEVED: usize = 24;

/// Accepts connections as `inner` does, as long as there are places; beyond, they are closed before
/// the handshake, which is the dear part.
#[derive(Clone, Debug)]
pub(super) struct Door<A> {
    inner: A,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl<A> Door<A> {
    /// Lets `places` in at a time, and closes those that do not begin a request within `patience`.
    pub(super) fn new(inner: A, places: usize, patience: Duration) -> Self {
        Self { inner, places: Arc::new(Semaphore::new(places)), patience }
    }
}

impl<A, I, S> Accept<I, S> for Door<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = Guest<A::Stream>;
    type Service = A::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            tracing::debug!("a connection is refused: there are too many");
            return std::future::ready(Err(io::ErrorKind::ConnectionRefused.into())).boxed();
        };
        let (entering, patience) = (self.inner.accept(stream, service), self.patience);
        async move {
            let (stream, service) = entering.await?;
            Ok((Guest::new(stream, place, patience), service))
        }
        .boxed()
    }
}

/// A connection that holds its place until it is dropped, and fails if its request does not begin
/// in time. What comes after the beginning is hyper's to wait for.
#[derive(Debug)]
pub(super) struct Guest<S> {
    stream: S,
    /// `None` as soon as a request is believed to come.
    deadline: Option<Pin<Box<Sleep>>>,
    heard: usize,
    _place: OwnedSemaphorePermit,
}

impl<S> Guest<S> {
    fn new(stream: S, place: OwnedSemaphorePermit, patience: Duration) -> Self {
        let deadline = Some(Box::pin(tokio::time::sleep(patience)));
        Self { stream, deadline, heard: 0, _place: place }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guest<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let Some(deadline) = &mut self.deadline else { return read };
        if read.is_pending() {
            ready!(deadline.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.heard += buf.filled().len() - before;
        if self.heard >= BELIEVED {
            self.deadline = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guest<S> {
    /// Whoever is answered has asked, even in less than [`BELIEVED`].
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use axum_server::accept::DefaultAcceptor;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_is_sent_away() {
        let door = Door::new(DefaultAcceptor::new(), 1, Duration::from_mins(1));
        let first = door.accept(duplex(64).0, ()).await.unwrap();
        let refused = door.accept(duplex(64).0, ()).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        drop(first);
        door.accept(duplex(64).0, ()).await.unwrap();
    }

    #[tokio::test]
    async fn who_asks_for_nothing_is_sent_away() {
        for begun in ["", "PRI * HTTP/2.0"] {
            let (mut guest, mut client) = guest().await;
            client.write_all(begun.as_bytes()).await.unwrap();
            let mut request = String::new();
            let error = guest.read_to_string(&mut request).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{begun:?}");
        }
    }

    #[tokio::test]
    async fn who_has_begun_to_ask_or_was_answered_may_stay() {
        let (mut asks, mut client) = guest().await;
        client.write_all(b"GET / HTTP/1.1\r\nHost: door\r\n\r\n").await.unwrap();
        asks.read_u8().await.unwrap();
        assert!(asks.deadline.is_some(), "one byte is no request");
        asks.read_exact(&mut [0; BELIEVED - 1]).await.unwrap();
        assert!(asks.deadline.is_none());

        let (mut answered, _client) = guest().await;
        answered.write_all(b"HTTP/1.0 200 OK").await.unwrap();
        assert!(answered.deadline.is_none());
    }

    /// A connection whose time is up, and its other end.
    async fn guest() -> (Guest<DuplexStream>, DuplexStream) {
        let (stream, client) = duplex(64);
        let door = Door::new(DefaultAcceptor::new(), 1, Duration::ZERO);
        (door.accept(stream, ()).await.unwrap().0, client)
    }
}
