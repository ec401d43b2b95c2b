//! Pictures of now, made by the task that decodes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use watchpost_api as api;

use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::routes::Site;

/// How long a picture may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Requests that wait to be answered; further ones are refused at once.
const QUEUE: usize = 8;

/// A handle on whoever makes a camera's pictures of now.
#[derive(Clone, Debug)]
pub struct Snapshots(mpsc::Sender<SnapshotRequest>);

/// Somebody wants a picture of now.
#[derive(Debug)]
pub struct SnapshotRequest {
    /// How wide it should be, in pixels; as wide as the camera's if `None`. Never enlarged.
    pub width: Option<u32>,
    /// Where the JPEG goes, or why there is none, as a sentence. The asker may have left.
    pub reply: oneshot::Sender<Result<Bytes, String>>,
}

impl Snapshots {
    /// A handle, and the requests made through it. Requests not answered within 3 s are given up.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<SnapshotRequest>) {
        let (requests, inbox) = mpsc::channel(QUEUE);
        (Self(requests), inbox)
    }

    /// A JPEG of now.
    pub(crate) async fn take(&self, width: Option<u32>) -> Answer<Bytes> {
        let (reply, answer) = oneshot::channel();
        let request = SnapshotRequest { width, reply };
        self.0.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => none("Too many pictures are being asked for."),
            mpsc::error::TrySendError::Closed(_) => none("The camera is off."),
        })?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(Ok(jpeg))) => Ok(jpeg),
            Ok(Ok(Err(cause))) => Err(none(&cause)),
            Ok(Err(_)) => Err(none("The decoder broke off.")),
            Err(_) => Err(none("The camera sent no picture for 3 s.")),
        }
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
    let width = Query::read(query.as_deref(), &["width"])?.number("width", 16..=8192)?;
    let jpeg = camera.snapshots.take(width).await?;
    let headers = [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, jpeg).into_response())
}
