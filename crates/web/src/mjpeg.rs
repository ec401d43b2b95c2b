//! Pictures of now, one after the other, for what plays nothing else.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use watchpost_api as api;
use watchpost_model::WallTime;

use crate::auth::{RECHECK, User};
use crate::cameras::CameraHandle;
use crate::error::Answer;
use crate::query::Query;
use crate::routes::Site;
use crate::snapshots::Look;

/// Stands between the pictures. No JPEG can be mistaken for it: each part tells its length.
const BOUNDARY: &str = "watchpost-picture";
/// Pictures in a second, unless asked otherwise.
const USUAL: u32 = 5;
/// How long the last picture may stand before it is sent again.
const REPEAT: Duration = Duration::from_secs(2);
/// How long a camera may be away before the stream ends; a client that opens it anew is told why
/// there is no picture.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// Motion JPEG: pictures that replace each other, until the client or the session ends.
///
/// A client that is too slow gets fewer. A camera that sends JPEGs is shown by its own, as long as
/// nothing is to stand on them.
#[utoipa::path(get, path = "/stream", tag = "cameras",
    params(
        ("camera" = String, Query, description = "The camera's name."),
        ("fps" = Option<u32>, Query, minimum = 1, maximum = 15, description = "Pictures in a second; 5 if left out."),
        ("text" = Option<bool>, Query, description = "Whether the camera's name and the time stand on them; as the camera is set if left out."),
    ),
    responses(
        (status = 200, content_type = "multipart/x-mixed-replace", body = Vec<u8>),
        (status = 400, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody, description = "There is no picture, and why."),
    ))]
pub(crate) async fn stream(
    State(site): State<Arc<Site>>,
    user: User,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let query = Query::read(query.as_deref(), &["camera", "fps", "text"])?;
    let name = query.camera(site.camera_names().iter())?;
    let fps = query.number("fps", 1..=15)?.unwrap_or(USUAL);
    let look = Look { width: None, text: query.flag("text")? };
    let mut source = Source { camera: site.camera(name.as_str())?, look, shown: None };
    // The first is taken now, so that there is an answer with words in it if there is none.
    let first = match source.own() {
        Some(own) => own,
        None => source.camera.snapshots.take(look).await?,
    };
    let mut pace = tokio::time::interval(Duration::from_secs(1) / fps);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace.reset();
    let viewer = Viewer { site, user, source, pace, checked: Instant::now() };
    let parts = stream::once(std::future::ready(Ok(part(&first)))).chain(viewer.parts());
    let kind = format!("multipart/x-mixed-replace; boundary={BOUNDARY}");
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Body::from_stream(parts)).into_response())
}

struct Viewer {
    site: Arc<Site>,
    user: User,
    source: Source,
    pace: Interval,
    checked: Instant,
}

/// Where the pictures come from.
struct Source {
    camera: CameraHandle,
    look: Look,
    /// Which of the camera's own pictures was shown last.
    shown: Option<Shown>,
}

/// A picture that was shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    taken: WallTime,
    at: Instant,
}

impl Shown {
    /// Whether nothing need be sent for the picture that was taken at `taken`.
    fn will_do(self, taken: WallTime, now: Instant) -> bool {
        self.taken == taken && now.saturating_duration_since(self.at) < REPEAT
    }
}

impl Source {
    /// The camera's own picture of now, if it sends JPEGs and they will do as they are: one that was
    /// not shown yet, or the same again when nothing was sent for a while, so that a client that is
    /// gone is noticed.
    fn own(&mut self) -> Option<Bytes> {
        let (taken, jpeg) = self.pass_through()?;
        let now = Instant::now();
        if self.shown.is_some_and(|shown| shown.will_do(taken, now)) {
            return None;
        }
        self.shown = Some(Shown { taken, at: now });
        Some(jpeg)
    }

    fn pass_through(&self) -> Option<(WallTime, Bytes)> {
        let text = self.look.text.unwrap_or(self.camera.text_on_pictures);
        if text { None } else { self.camera.live.jpeg() }
    }
}

impl Viewer {
    fn parts(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut viewer| async move {
            let picture = viewer.next().await?;
            Some((Ok(part(&picture)), viewer))
        })
    }

    /// The next picture there is; a camera that is away for a while leaves the last one standing,
    /// and one that is gone or away for long ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        let mut away_since = None;
        loop {
            self.pace.tick().await;
            if self.checked.elapsed() >= RECHECK {
                if !self.user.still_holds(&self.site).await {
                    return None;
                }
                self.checked = Instant::now();
            }
            if self.source.camera.snapshots.is_closed() {
                return None;
            }
            if self.source.pass_through().is_some() {
                match self.source.own() {
                    Some(picture) => return Some(picture),
                    None => continue, // The next one is on its way.
                }
            }
            if let Ok(picture) = self.source.camera.snapshots.take(self.source.look).await {
                return Some(picture);
            }
            // Since the first that failed, not since the last that came: between these a slow client
            // may have taken its time.
            if away_since.get_or_insert_with(Instant::now).elapsed() >= LONGEST_GAP {
                return None;
            }
        }
    }
}

fn part(jpeg: &[u8]) -> Bytes {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
        jpeg.len()
    );
    let mut part = BytesMut::with_capacity(head.len() + jpeg.len() + 2);
    part.put(head.as_bytes());
    part.put(jpeg);
    part.put(&b"\r\n"[..]);
    part.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_sent_again_only_when_it_stands_for_long() {
        let [first, second] = [0, 1].map(WallTime::from_micros);
        let at = Instant::now();
        let shown = Shown { taken: first, at };
        assert!(shown.will_do(first, at + Duration::from_millis(1999)));
        assert!(!shown.will_do(first, at + REPEAT));
        assert!(!shown.will_do(second, at));
    }
}
