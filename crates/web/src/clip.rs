//! Footage as one MP4, whole or by the range or encoded anew; what is said to it; and photos.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use watchpost_model::{CameraId, Interval, WallTime};
use watchpost_store::Clip;

use crate::auth::{User, hex};
use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::range::{self, Wanted};
use crate::routes::Site;
use crate::sensed::Sensed;
use crate::text::{self, Shown};

/// What a query may say of how a clip is wanted.
pub(crate) const KEYS: [&str; 3] = ["download", "text", "encode"];

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

/// Footage of a camera.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) camera: CameraId,
    pub(crate) interval: Interval,
}

/// How a clip is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    form: Form,
    /// Whether it is a file to keep; if nobody says, what is encoded anew for its text is.
    download: bool,
}

/// In what form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it was recorded.
    Recorded,
    /// As H.264.
    H264,
    /// As H.264, with name and time in the picture.
    WithText,
}

impl Wish {
    /// What the query says of it.
    pub(crate) fn asked(query: &Query) -> Answer<Wish> {
        let text = query.word("text", &[("burnt", true), ("none", false)])?.unwrap_or(false);
        let encode = query.word("encode", &[("h264", true), ("none", false)])?.unwrap_or(false);
        let form = match (text, encode) {
            (true, _) => Form::WithText,
            (false, true) => Form::H264,
            (false, false) => Form::Recorded,
        };
        let download = query.flag("download")?.unwrap_or(form == Form::WithText);
        Ok(Wish { form, download })
    }
}

/// Who asks, and how.
#[derive(Debug)]
pub(crate) struct Asker {
    user: User,
    method: Method,
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let user = User::from_request_parts(parts, state).await?;
        Ok(Self { user, method: parts.method.clone(), headers: parts.headers.clone() })
    }
}

/// A clip as an answer, and what it is called.
pub(crate) struct Film<'a> {
    pub(crate) clip: Clip,
    pub(crate) camera: &'a CameraId,
    /// What tells it from other clips of the same time; stands in its name.
    pub(crate) variety: &'a str,
    pub(crate) download: bool,
}

/// The footage of `stretch`, or the part of it that the asker wants.
pub(crate) async fn serve(
    site: &Site,
    stretch: Stretch,
    wish: Wish,
    asker: &Asker,
) -> Answer<Response> {
    // Before the table, so that no more wait for theirs than may be answered.
    let place = site.clips.body()?;
    let Stretch { camera, interval } = &stretch;
    let clip = site.clips.table(site.app.store.clip(camera, *interval)).await??;
    let Wish { form, download } = wish;
    if form == Form::Recorded {
        let film = Film { clip, camera, variety: "", download };
        return in_part(site, place, &film, &asker.headers);
    }
    let variety = if form == Form::WithText { "_with-text" } else { "_h264" };
    let mut head = HeaderMap::new();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    head.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    if download {
        let name = file_name(site, &Film { clip: clip.clone(), camera, variety, download });
        head.insert(header::CONTENT_DISPOSITION, name?);
    }
    if asker.method == Method::HEAD {
        return Ok(head.into_response());
    }
    let turn = site.exports.place(&asker.user.name)?;
    let captions = match form {
        Form::WithText => Some(captions(site, &stretch, &clip).await?),
        Form::Recorded | Form::H264 => None,
    };
    let video = site.exports.encode(turn, clip, captions).await?;
    Ok((head, Body::from_stream(holding(place, video))).into_response())
}

/// What is said to the footage of `stretch`, as `WebVTT`.
pub(crate) async fn serve_text(
    site: &Site,
    stretch: Stretch,
    request: &HeaderMap,
) -> Answer<Response> {
    let _place = site.clips.body()?;
    let clip = site.app.store.clip(&stretch.camera, stretch.interval);
    let clip = site.clips.table(clip).await??;
    let captions = captions(site, &stretch, &clip).await?;
    Ok(tagged(Bytes::from(captions), "text/vtt; charset=utf-8", request))
}

async fn captions(site: &Site, stretch: &Stretch, clip: &Clip) -> Answer<String> {
    let Stretch { camera, interval } = stretch;
    let files = site.app.store.segments(camera, *interval).await?;
    let shown = Shown {
        start: clip.start(),
        end: clip.end(),
        until: interval.end(),
        files: files.into_iter().map(|file| file.interval).collect(),
    };
    let seen = Interval::new(shown.start.min(interval.start()), interval.end());
    let sensed = Sensed::beside(&site.app, camera, seen).await;
    Ok(text::captions(camera, &shown, &sensed, &site.app.zone))
}

/// A film of a camera's key pictures, in a hurry.
pub(crate) async fn serve_timelapse(
    site: &Site,
    stretch: Stretch,
    Pace { every, per_second, download }: Pace,
    asker: &Asker,
) -> Answer<Response> {
    let place = site.clips.body()?;
    let Stretch { camera, interval } = &stretch;
    let film = site.app.store.timelapse(camera, *interval, every, per_second);
    let clip = site.clips.table(film).await??;
    let variety = format!("_timelapse_{}s_{per_second}", every.as_secs());
    let film = Film { clip, camera, variety: &variety, download };
    in_part(site, place, &film, &asker.headers)
}

/// How fast a time-lapse is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// At least so far are its pictures apart.
    pub(crate) every: Duration,
    /// So many are shown in a second.
    pub(crate) per_second: u32,
    pub(crate) download: bool,
}

/// A clip, or the part of it that `request` wants.
fn in_part(
    site: &Site,
    place: OwnedSemaphorePermit,
    film: &Film<'_>,
    request: &HeaderMap,
) -> Answer<Response> {
    let length = film.clip.length();
    let tag = tag(film);
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
    let name = if film.download { Some(file_name(site, film)?) } else { None };
    let video = Body::from_stream(holding(place, film.clip.read(range)));
    let mut response = (status, video).into_response();
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
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Same footage, same bytes: what lies in a file never changes, and what is added or removed shows
/// in the length.
fn tag(Film { clip, camera, variety, download: _ }: &Film<'_>) -> String {
    let [start, end] = [clip.start(), clip.end()].map(WallTime::as_micros);
    format!("\"{camera}-{start}-{end}-{}{variety}\"", clip.length())
}

/// A file to keep, such as `door_2026-11-21_14-32-05.mp4`, in the recorder's time.
fn file_name(site: &Site, film: &Film<'_>) -> Answer<HeaderValue> {
    let Film { clip, camera, variety, .. } = film;
    let local = clip.start().timestamp().to_zoned(site.app.zone.clone());
    let local = local.strftime("%Y-%m-%d_%H-%M-%S");
    attachment(&format!("{camera}_{local}{variety}.mp4"))
}

/// A file to keep, under that name.
pub(crate) fn attachment(name: &str) -> Answer<HeaderValue> {
    // Names come from the owner's template, which may have a quote or a letter no header can.
    let plain = |letter: char| {
        if letter.is_ascii_graphic() && !"\"\\".contains(letter) { letter } else { '_' }
    };
    let name: String = name.chars().map(plain).collect();
    let value = format!("attachment; filename=\"{name}\"");
    HeaderValue::try_from(value).map_err(Problem::internal)
}

fn beyond(length: u64) -> Response {
    let hint = "The clip is shorter than that; ask for a range within its length.";
    let problem = Problem::Malformed(StatusCode::RANGE_NOT_SATISFIABLE, hint.to_owned());
    ([(header::CONTENT_RANGE, format!("bytes */{length}"))], problem).into_response()
}

/// A photo; while its event goes on a better one may replace it.
pub(crate) fn photo(jpeg: Bytes, request: &HeaderMap) -> Response {
    tagged(jpeg, "image/jpeg", request)
}

/// Something small, known by its content.
fn tagged(content: Bytes, kind: &'static str, request: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&Sha256::digest(&content)[..16]));
    let known = has(request, header::IF_NONE_MATCH, &tag);
    let headers = [(header::ETAG, tag), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, kind)], content).into_response()
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
