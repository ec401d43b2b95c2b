//! One camera: from its source to whoever wants its pictures.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use watchpost_media::{Anchor, Kind, Picture};
use watchpost_model::config::Source;
use watchpost_model::{CameraId, Fraction};
use watchpost_source::{Remedy, SourceError, Stream};
use watchpost_watch::backoff::Backoff;
use watchpost_web::{Feed, Link};

use crate::clock;
use crate::record::Footage;
use crate::see::{Look, View};
use crate::status::{Board, Meter};

/// Where a camera's pictures go.
pub(crate) struct Outlets {
    /// To the recorder, if this stream is recorded. Recording waits for no one, so this may.
    pub(crate) record: Option<mpsc::Sender<Footage>>,
    /// To detection. When it is behind, it misses pictures up to the next key picture.
    pub(crate) see: mpsc::Sender<Look>,
    /// To those who watch now, if this stream is shown.
    pub(crate) live: Option<Feed>,
    /// Which of the camera's two streams this is.
    pub(crate) view: View,
}

/// Follows a camera's stream until it is told to stop: opens it, passes its pictures on, and when it
/// breaks tries again.
pub(crate) async fn follow(
    camera: CameraId,
    source: Source,
    mut outlets: Outlets,
    board: Board,
    stop: CancellationToken,
) {
    let mut soon = Backoff::new(Duration::from_millis(250), Duration::from_secs(1));
    let mut seldom = Backoff::new(Duration::from_secs(5), Duration::from_mins(1));
    let mut told = None;
    let work = async {
        loop {
            let error = play(&camera, &source, &mut outlets, &board, &mut soon).await;
            let luck = Fraction::clamped(rand::random());
            let wait = match error.remedy() {
                Remedy::RetrySoon => soon.failed(luck),
                Remedy::RetrySeldom => seldom.failed(luck),
                Remedy::Done => Duration::from_hours(24),
            };
            let cause = with_sources(&error);
            // The same story every second helps nobody.
            if told.as_ref() != Some(&cause) || soon.failures() == 1 {
                tracing::warn!(%camera, "{cause}. {}", error.hint());
                told = Some(cause.clone());
            }
            let next_try = (error.remedy() != Remedy::Done).then(|| clock::now() + wait);
            if outlets.view == View::Main {
                let (cause, hint) = (cause.clone(), Some(error.hint().to_owned()));
                board.offline(Link::Offline { cause, hint, next_try }, clock::now());
            }
            if let Some(live) = &outlets.live {
                live.offline(&cause, next_try);
            }
            sleep(wait).await;
        }
    };
    // Dropping the work in the middle loses a picture at most.
    let _ = stop.run_until_cancelled(work).await;
}

/// Plays the stream until it breaks.
async fn play(
    camera: &CameraId,
    source: &Source,
    outlets: &mut Outlets,
    board: &Board,
    backoff: &mut Backoff,
) -> SourceError {
    let mut stream = match Stream::open(source).await {
        Ok(stream) => stream,
        Err(error) => return error,
    };
    let mut anchor = Anchor::new();
    let mut meter = Meter::new();
    let mut begun = false;
    let mut see_is_behind = false;
    loop {
        let arrival = match stream.next().await {
            Ok(arrival) => arrival,
            Err(error) => return error,
        };
        if !begun && arrival.kind != Kind::Key {
            continue;
        }
        let stamp = anchor.step(arrival.elapsed, clock::now());
        let picture = Picture {
            parameters: arrival.parameters,
            data: arrival.data,
            kind: arrival.kind,
            time: stamp.time,
            shown_after: arrival.shown_after,
        };
        if !begun {
            begun = true;
            backoff.succeeded();
            begin(camera, &picture, outlets, board);
        } else if stamp.jumped {
            tracing::warn!(%camera, "the clock was set; recording goes on in a new file");
        }
        if stamp.jumped
            && let Some(record) = &outlets.record
        {
            // The recorder ends only with the program.
            let _ = record.send(Footage::NewTime).await;
        }
        if let Some(measured) = meter.step(picture.data.len())
            && outlets.view == View::Main
        {
            board.measured(measured);
        }
        pass_on(picture, outlets, &mut see_is_behind, stamp.jumped).await;
    }
}

/// The first picture of a connection has come.
fn begin(camera: &CameraId, picture: &Picture, outlets: &Outlets, board: &Board) {
    let parameters = &picture.parameters;
    let (width, height) = (parameters.width(), parameters.height());
    tracing::info!(%camera, stream = ?outlets.view, codec = parameters.mime_codec(), width, height, "live");
    if outlets.view == View::Main {
        board.live(parameters, clock::now());
    }
}

/// Gives the picture to whoever wants it. An eye that is behind gets no more until the next key picture.
async fn pass_on(picture: Picture, outlets: &Outlets, see_is_behind: &mut bool, jumped: bool) {
    if let Some(live) = &outlets.live {
        live.push(&picture);
    }
    if !*see_is_behind || picture.kind == Kind::Key {
        let look = Look { view: outlets.view, picture: picture.clone(), jumped };
        *see_is_behind = outlets.see.try_send(look).is_err();
        if *see_is_behind {
            tracing::debug!("detection is behind; it goes on at the next key picture");
        }
    }
    if let Some(record) = &outlets.record {
        // The recorder ends only with the program.
        let _ = record.send(Footage::Picture(picture)).await;
    }
}

/// The error with what lies behind it, in one line.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
