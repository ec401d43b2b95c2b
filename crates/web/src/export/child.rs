//! The child that encodes a clip: what it is given, what it gives, and how it ends.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use watchpost_store::Clip;

use super::Place;

/// Read from it at once.
const PIECE: usize = 64 * 1024;
/// Pieces that wait to be taken.
const PIECES: usize = 4;
/// Of what it says, only the beginning is kept.
const WORDS: u64 = 4096;
/// What `nice` answers if there is no such program.
const NO_PROGRAM: i32 = 127;

/// A child at work. Ends it when dropped, and only then gives its place up.
pub(super) struct Running {
    child: Child,
    output: ChildStdout,
    words: tokio::task::JoinHandle<String>,
    /// Gives it the clip.
    feeding: JoinSet<io::Result<()>>,
    patience: Duration,
    held: (Place, TempDir),
}

/// Why the child gave no more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("there is no such program")]
    Missing,
    #[error("ffmpeg ended with {status}: {words}")]
    Ended { status: ExitStatus, words: String },
    #[error("ffmpeg gave nothing for {} s", .0.as_secs())]
    Stuck(Duration),
    #[error("the footage could not be read to its end: {0}")]
    Footage(io::Error),
    #[error("nobody took it for {} s", .0.as_secs())]
    NotTaken(Duration),
    #[error(transparent)]
    Pipe(#[from] io::Error),
}

impl Running {
    /// A child that is given `clip`, with its place and its folder; `None` if it has no pipes.
    pub(super) fn new(
        mut child: Child,
        clip: Clip,
        patience: Duration,
        held: (Place, TempDir),
    ) -> Option<Self> {
        let (input, output) = (child.stdin.take()?, child.stdout.take()?);
        let words = tokio::spawn(read_words(child.stderr.take()?));
        let mut feeding = JoinSet::new();
        feeding.spawn(feed(clip, input));
        Some(Self { child, output, words, feeding, patience, held })
    }

    /// The next bytes, or `None` at a good end: of the child, and of what it was given.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        let stuck = Failure::Stuck(self.patience);
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = timeout(self.patience, self.output.read_buf(&mut piece));
        match read.await {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) => return Ok(Some(piece.freeze())),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(stuck),
        }
        let Ok(status) = timeout(self.patience, self.child.wait()).await else {
            return Err(stuck);
        };
        // It takes a clip that breaks off for a short one.
        match timeout(self.patience, self.feeding.join_next()).await {
            Ok(None | Some(Ok(Ok(())))) => {}
            Ok(Some(Ok(Err(error)))) => return Err(Failure::Footage(error)),
            Ok(Some(Err(error))) => return Err(Failure::Footage(io::Error::other(error))),
            Err(_) => return Err(stuck),
        }
        let status = status?;
        match status.code() {
            Some(0) => Ok(None),
            Some(NO_PROGRAM) => Err(Failure::Missing),
            _ => {
                let words = (&mut self.words).await.unwrap_or_default();
                Err(Failure::Ended { status, words })
            }
        }
    }

    /// `first`, and what is left. Breaks off where the child does, so that half a file is not taken
    /// for a whole.
    ///
    /// A task of its own passes it on, for the answer to a client that does not read is not even asked
    /// for its next piece.
    pub(super) fn rest(self, first: Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let (pieces, inbox) = mpsc::channel(PIECES);
        let mut passing = JoinSet::new();
        passing.spawn(self.pass_on(pieces));
        let first = stream::once(std::future::ready(Ok(first)));
        first.chain(stream::try_unfold((inbox, passing), |(mut inbox, passing)| async move {
            match inbox.recv().await {
                Some(piece) => Ok(piece.map(|piece| (piece, (inbox, passing)))),
                None => Err(io::Error::other("a clip being encoded broke off")),
            }
        }))
    }

    /// Sends all pieces, then `None`, which is missing if it broke off.
    async fn pass_on(mut self, pieces: mpsc::Sender<Option<Bytes>>) {
        let patience = self.patience;
        let failure = loop {
            let piece = match self.piece().await {
                Ok(piece) => piece,
                Err(failure) => break failure,
            };
            let last = piece.is_none();
            match timeout(patience, pieces.send(piece)).await {
                Ok(Ok(())) if last => return,
                Ok(Ok(())) => {}
                Ok(Err(_)) => return, // Who asked went away.
                Err(_) => break Failure::NotTaken(patience),
            }
        };
        let (Place { user, .. }, _) = &self.held;
        tracing::warn!(user, "a clip was not encoded: {failure}");
    }
}

/// Gives the child the clip. An error is one of the clip: the child may have enough before the end.
async fn feed(clip: Clip, mut input: ChildStdin) -> io::Result<()> {
    let mut pieces = clip.read(0..clip.length());
    while let Some(piece) = pieces.next().await {
        if let Err(error) = input.write_all(&piece?).await {
            tracing::debug!("ffmpeg did not take all of a clip: {error}");
            break;
        }
    }
    Ok(())
}

async fn read_words(mut words: ChildStderr) -> String {
    let mut told = Vec::new();
    // What could not be read is not told.
    let _ = (&mut words).take(WORDS).read_to_end(&mut told).await;
    // Until the end, or the child would wait for us to listen.
    let _ = tokio::io::copy(&mut words, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&told).trim().to_owned()
}
