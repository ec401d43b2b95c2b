//! Pictures of now, made by the task that decodes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;
use watchpost_api as api;

use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::routes::Site;

/// How long a picture may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Requests that wait to be answered; further ones are refused at once.
const QUEUE: usize = 8;
/// How long a picture is given to whoever else asks for one: a little less than lies between two
/// pictures at 15 a second, so that one viewer at that pace never gets the same picture twice.
const FRESH: Duration = Duration::from_millis(66);

/// A handle on whoever makes a camera's pictures of now.
///
/// One picture is made at a time, and given to all who wait for it.
#[derive(Clone, Debug)]
pub struct Snapshots {
    requests: mpsc::Sender<SnapshotRequest>,
    /// Locked while a picture is being made; that is how the others wait for it.
    latest: Arc<Mutex<Option<Latest>>>,
}

/// The picture made last.
#[derive(Debug)]
struct Latest {
    asked: Instant,
    made: Instant,
    look: Look,
    jpeg: Bytes,
}

/// What a picture should look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// In pixels; as wide as the camera's if `None`.
    pub(crate) width: Option<u32>,
    /// Whether name and time stand on it; as the camera is set if `None`.
    pub(crate) text: Option<bool>,
}

/// Somebody wants a picture of now.
#[derive(Debug)]
pub struct SnapshotRequest {
    /// How wide it should be, in pixels; as wide as the camera's if `None`. Never enlarged.
    pub width: Option<u32>,
    /// Whether the camera's name and the time should stand on it; as the camera is set if `None`.
    pub text: Option<bool>,
    /// Where the JPEG goes, or why there is none, as a sentence. The asker may have left.
    pub reply: oneshot::Sender<Result<Bytes, String>>,
}

impl Snapshots {
    /// A handle, and the requests made through it. Requests not answered within 3 s are given up.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<SnapshotRequest>) {
        let (requests, inbox) = mpsc::channel(QUEUE);
        (Self { requests, latest: Arc::default() }, inbox)
    }

    /// Whether nobody makes this camera's pictures any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// A JPEG of now.
    pub(crate) async fn take(&self, look: Look) -> Answer<Bytes> {
        // Around the waiting too: where no picture comes, those who wait do not wait in turn.
        match tokio::time::timeout(PATIENCE, self.take_in_turn(look)).await {
            Ok(answer) => answer,
            Err(_) => Err(none("The camera sent no picture for 3 s.")),
        }
    }

    async fn take_in_turn(&self, look: Look) -> Answer<Bytes> {
        let came = Instant::now();
        let mut latest = self.latest.lock().await;
        if let Some(latest) = latest.as_ref().filter(|latest| latest.serves(look, came)) {
            return Ok(latest.jpeg.clone());
        }
        let asked = Instant::now();
        let jpeg = self.make(look).await?;
        *latest = Some(Latest { asked, made: Instant::now(), look, jpeg: jpeg.clone() });
        Ok(jpeg)
    }

    async fn make(&self, Look { width, text }: Look) -> Answer<Bytes> {
        let (reply, answer) = oneshot::channel();
        let request = SnapshotRequest { width, text, reply };
        self.requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => none("Too many pictures are being asked for."),
            mpsc::error::TrySendError::Closed(_) => none("The camera is off."),
        })?;
        match answer.await {
            Ok(Ok(jpeg)) => Ok(jpeg),
            Ok(Err(cause)) => Err(none(&cause)),
            Err(_) => Err(none("The decoder broke off.")),
        }
    }
}

impl Latest {
    /// Whether it will do for somebody who came at `came`: it was asked for a moment before, or
    /// was made while they waited.
    fn serves(&self, look: Look, came: Instant) -> bool {
        let young = came.saturating_duration_since(self.asked) < FRESH || self.made >= came;
        young && self.look == look
    }
}

fn none(message: &str) -> Problem {
    let hint = "See the camera's state, and try again.".to_owned();
    Problem::Unavailable { message: message.to_owned(), hint }
}

/// A JPEG of now.
#[utoipa::path(get, path = "/cameras/{name}/snapshot.jpg", tag = "cameras",
    params(
        ("name" = String, Path, description = "The camera's name."),
        ("width" = Option<u32>, Query, minimum = 16, maximum = 8192, description = "How wide it should be, in pixels."),
        ("text" = Option<bool>, Query, description = "Whether the camera's name and the time stand on it; as the camera is set if left out."),
    ),
    responses(
        (status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody, description = "There is no picture, and why."),
    ))]
pub(crate) async fn snapshot(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let camera = site.camera(&name)?;
    let query = Query::read(query.as_deref(), &["width", "text"])?;
    let look = Look { width: query.number("width", 16..=8192)?, text: query.flag("text")? };
    let jpeg = camera.snapshots.take(look).await?;
    let headers = [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, jpeg).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_who_ask_at_once_get_one_picture() {
        let (snapshots, mut inbox) = Snapshots::new();
        let camera = async {
            let mut made = Vec::new();
            while made.len() < 3 {
                let SnapshotRequest { width, text, reply } = inbox.recv().await.unwrap();
                made.push(Look { width, text });
                reply.send(Ok(Bytes::from(made.len().to_string()))).unwrap();
            }
            made
        };
        let (any, small) = (Look::default(), Look { width: Some(320), text: None });
        let bare = Look { text: Some(false), ..small };
        let [one, two, three] = [any; 3].map(|look| snapshots.take(look));
        let [four, five] = [small, bare].map(|look| snapshots.take(look));
        let (made, one, two, three, four, five) = tokio::join!(camera, one, two, three, four, five);
        assert_eq!(made, [any, small, bare]);
        let pictures = [one, two, three, four, five].map(Result::unwrap);
        assert_eq!(pictures, ["1", "1", "1", "2", "3"]);
        assert!(inbox.try_recv().is_err());
    }

    #[test]
    fn a_picture_serves_those_who_come_soon_or_waited_for_it() {
        let asked = Instant::now();
        let at = |ms| asked + Duration::from_millis(ms);
        let (any, small) = (Look::default(), Look { width: Some(320), text: None });
        let latest = Latest { asked, made: at(500), look: any, jpeg: Bytes::new() };
        assert!(latest.serves(any, at(65)) && latest.serves(any, at(500)));
        assert!(!latest.serves(any, at(501)) && !latest.serves(small, at(0)));
        let quick = Latest { made: at(10), ..latest };
        assert!(quick.serves(any, at(65)) && !quick.serves(any, at(66)));
    }
}
