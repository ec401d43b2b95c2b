//! Footage as one MP4, whole or by the range, and photos.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use watchpost_model::{CameraId, Interval, WallTime};
use watchpost_store::Clip;

use crate::auth::hex;
use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::range::{self, Wanted};
use crate::routes::Site;

/// Clips whose table is being made at a time: each reads the heads of up to some thousand files,
/// and recording wants the disk too. Further ones wait.
const TABLES: usize = 2;
/// Clips being answered at a time, for each holds its table (some MB for hours of footage) until
/// its last byte is taken. Further ones are refused.
const BODIES: usize = 32;

/// How much is done for clips at a time.
#[derive(Debug)]
pub(crate) struct Limits {
    tables: Semaphore,
    bodies: Arc<Semaphore>,
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self { tables: Semaphore::new(TABLES), bodies: Arc::new(Semaphore::new(BODIES)) }
    }

    /// Makes a table, when it is its turn.
    async fn table<T>(&self, make: impl Future<Output = T>) -> Answer<T> {
        let _turn = self.tables.acquire().await.map_err(Problem::internal)?;
        Ok(make.await)
    }

    /// A place for one more answer.
    fn body(&self) -> Answer<OwnedSemaphorePermit> {
        self.bodies.clone().try_acquire_owned().map_err(|_| Problem::Unavailable {
            message: "The recorder is busy: too many clips are being played.".to_owned(),
            hint: "Close other players or wait for downloads to end, then try again.".to_owned(),
        })
    }
}

/// `stream`, which gives its place up when it is dropped.
fn holding<S: Stream>(place: OwnedSemaphorePermit, stream: S) -> impl Stream<Item = S::Item> {
    stream.inspect(move |_| {
        let _held = &place; // Moved in here, so it lives as long as the stream.
    })
}

/// What the browser does with a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Download {
    /// Play it.
    No,
    /// Keep it as a file.
    Yes,
}

impl Download {
    /// What `download` says.
    pub(crate) fn asked(query: &Query) -> Answer<Download> {
        Ok(match query.flag("download")? {
            Some(true) => Download::Yes,
            Some(false) | None => Download::No,
        })
    }
}

/// The footage of `interval`, or the part of it that `request` wants.
pub(crate) async fn serve(
    site: &Site,
    camera: &CameraId,
    interval: Interval,
    download: Download,
    request: &HeaderMap,
) -> Answer<Response> {
    // Before the table, so that no more wait for theirs than may be answered.
    let place = site.clips.body()?;
    let clip = site.clips.table(site.app.store.clip(camera, interval)).await??;
    let length = clip.length();
    let tag = tag(camera, &clip);
    if has(request, header::IF_NONE_MATCH, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    // A range of another state of the clip would be put together with this one.
    let same = !request.contains_key(header::IF_RANGE) || has(request, header::IF_RANGE, &tag);
    let range = request.get(header::RANGE).filter(|_| same).and_then(|range| range.to_str().ok());
    let (status, range, content_range) = match range::wanted(range, length) {
        Wanted::Whole => (StatusCode::OK, 0..length, None),
        Wanted::Part(range) => {
            let Range { start, end } = range;
            let told = format!("bytes {start}-{}/{length}", end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, range, Some(told))
        }
        Wanted::Beyond => return Ok(beyond(length)),
    };
    let part_length = range.end.saturating_sub(range.start);
    let name = (download == Download::Yes).then(|| file_name(site, camera, clip.start()));
    let mut response =
        (status, Body::from_stream(holding(place, clip.read(range)))).into_response();
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: String| {
        let value = HeaderValue::try_from(value).map_err(Problem::internal)?;
        headers.insert(name, value);
        Ok::<_, Problem>(())
    };
    put(header::CONTENT_TYPE, "video/mp4".to_owned())?;
    put(header::CONTENT_LENGTH, part_length.to_string())?;
    put(header::ACCEPT_RANGES, "bytes".to_owned())?;
    put(header::CACHE_CONTROL, "private, no-cache".to_owned())?;
    put(header::ETAG, tag)?;
    if let Some(told) = content_range {
        put(header::CONTENT_RANGE, told)?;
    }
    if let Some(name) = name {
        put(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))?;
    }
    Ok(response)
}

/// Same footage, same bytes: what lies in a file never changes, and what is added or removed shows
/// in the length.
fn tag(camera: &CameraId, clip: &Clip) -> String {
    let [start, end] = [clip.start(), clip.end()].map(WallTime::as_micros);
    format!("\"{camera}-{start}-{end}-{}\"", clip.length())
}

/// Such as `door_2026-11-21_14-32-05.mp4`, in the recorder's time.
fn file_name(site: &Site, camera: &CameraId, start: WallTime) -> String {
    let local = start.timestamp().to_zoned(site.app.zone.clone());
    format!("{camera}_{}.mp4", local.strftime("%Y-%m-%d_%H-%M-%S"))
}

fn beyond(length: u64) -> Response {
    let hint = "The clip is shorter than that; ask for a range within its length.";
    let problem = Problem::Malformed(StatusCode::RANGE_NOT_SATISFIABLE, hint.to_owned());
    ([(header::CONTENT_RANGE, format!("bytes */{length}"))], problem).into_response()
}

/// A photo; while its event goes on a better one may replace it.
pub(crate) fn photo(jpeg: Bytes, request: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&Sha256::digest(&jpeg)[..16]));
    let known = has(request, header::IF_NONE_MATCH, &tag);
    let headers = [(header::ETAG, tag), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response()
}

fn has(request: &HeaderMap, name: HeaderName, tag: &str) -> bool {
    request.get(name).is_some_and(|value| value == tag)
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, stream};

    use super::*;

    #[test]
    fn a_third_table_waits_for_one_of_two() {
        let limits = Limits::new();
        let mut first = Box::pin(limits.table(std::future::pending::<()>()));
        let mut second = Box::pin(limits.table(std::future::pending::<()>()));
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        let mut third = Box::pin(limits.table(std::future::ready(3)));
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        assert_eq!(third.now_or_never().unwrap().unwrap(), 3);
    }

    #[test]
    fn a_place_is_taken_until_the_answer_is_dropped() {
        let limits = Limits::new();
        let mut answers: Vec<_> =
            (0..BODIES).map(|_| holding(limits.body().unwrap(), stream::iter([1, 2]))).collect();
        assert_eq!(answers[0].next().now_or_never(), Some(Some(1)));
        assert!(matches!(limits.body(), Err(Problem::Unavailable { .. })));
        answers.pop();
        assert!(limits.body().is_ok());
    }
}
