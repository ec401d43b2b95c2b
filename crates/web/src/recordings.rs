//! What is kept.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use watchpost_api as api;
use watchpost_store::Footage;

use crate::clip::{self, Asker, Pace, Stretch, Wish};
use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::routes::Site;

/// The table of a clip is made in memory, 40 bytes a picture and a packet of sound (12 where it is
/// missing): this is 13 MB at 15 pictures a second, and as much for sound of 16 kHz.
const LONGEST: Duration = Duration::from_hours(6);
/// Pictures in a time-lapse at most, for the same reason; over an hour of film.
const MOST_PICTURES: u32 = 100_000;

/// The footage there is: stretches without a gap.
#[utoipa::path(get, path = "/recordings", tag = "recordings",
    params(
        ("camera" = Option<String>, Query, description = "Only of this camera."),
        ("from" = Option<api::Time>, Query, description = "Only what reaches past this moment."),
        ("to" = Option<api::Time>, Query, description = "Only what begins before this moment."),
    ),
    responses((status = 200, body = api::Recordings), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
) -> Answer<Json<api::Recordings>> {
    let query = Query::read(query.as_deref(), &["camera", "from", "to"])?;
    let camera = match query.one("camera")? {
        Some(_) => Some(query.camera(site.camera_names().iter())?),
        None => None,
    };
    let footage = site.app.store.footage(camera.as_ref(), query.interval()?).await?;
    let tell = |footage: Footage| {
        let Footage { camera, interval, bytes } = footage;
        api::Recording {
            camera: camera.to_string(),
            start: site.time(interval.start()),
            end: site.time(interval.end()),
            bytes: bytes.as_bytes(),
        }
    };
    Ok(Json(api::Recordings { recordings: footage.into_iter().map(tell).collect() }))
}

/// The footage of any stretch as one MP4. Takes `Range`.
#[utoipa::path(get, path = "/recordings/clip.mp4", tag = "recordings",
    params(
        ("camera" = String, Query, description = "The camera."),
        ("from" = api::Time, Query, description = "Its first moment."),
        ("to" = api::Time, Query, description = "The first moment no longer in it."),
        ("download" = Option<bool>, Query, description = "As a file to keep, with a name; yes if left out with `text=burnt`."),
        ("text" = Option<String>, Query, description = "`burnt`: encoded anew, with name and time in the picture, without ranges."),
        ("encode" = Option<String>, Query, description = "`h264`: encoded anew, for what cannot play it as it was recorded, without ranges."),
    ),
    responses(
        (status = 200, content_type = "video/mp4", body = Vec<u8>),
        (status = 206, content_type = "video/mp4", body = Vec<u8>),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody, description = "There is no footage of it."),
        (status = 416, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody, description = "Too many clips are being played or encoded, or nothing here can encode."),
    ))]
pub(crate) async fn clip(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    asker: Asker,
) -> Answer<Response> {
    let [download, text, encode] = clip::KEYS;
    let query = Query::read(query.as_deref(), &["camera", "from", "to", download, text, encode])?;
    let stretch = stretch(&site, &query)?;
    within_limit(&stretch)?;
    clip::serve(&site, stretch, Wish::asked(&query)?, &asker).await
}

/// What is said to the footage of any stretch: camera and local time, anew each second.
///
/// As `WebVTT`, along the time line of its clip.
#[utoipa::path(get, path = "/recordings/text.vtt", tag = "recordings",
    params(
        ("camera" = String, Query, description = "The camera."),
        ("from" = api::Time, Query, description = "As for the clip."),
        ("to" = api::Time, Query, description = "As for the clip."),
    ),
    responses(
        (status = 200, content_type = "text/vtt", body = String),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody, description = "There is no footage of it."),
        (status = 503, body = api::ErrorBody, description = "Too many clips are being played."),
    ))]
pub(crate) async fn text(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let query = Query::read(query.as_deref(), &["camera", "from", "to"])?;
    let stretch = stretch(&site, &query)?;
    within_limit(&stretch)?;
    clip::serve_text(&site, stretch, &headers).await
}

/// A film of a camera's key pictures, in a hurry. Takes `Range`.
///
/// Of the pictures that were kept for it (`timelapse` in the configuration), and of recordings
/// where there are none.
#[utoipa::path(get, path = "/timelapse.mp4", tag = "recordings",
    params(
        ("camera" = String, Query, description = "The camera."),
        ("from" = api::Time, Query, description = "Its first moment."),
        ("to" = api::Time, Query, description = "The first moment no longer in it."),
        ("every" = Option<String>, Query, description = "How far apart its pictures are at least, such as `10s`, `2m` or `1h`; 10 s if left out."),
        ("fps" = Option<u32>, Query, minimum = 1, maximum = 60, description = "How many of them are shown in a second; 25 if left out."),
        ("download" = Option<bool>, Query, description = "As a file to keep, with a name."),
    ),
    responses(
        (status = 200, content_type = "video/mp4", body = Vec<u8>),
        (status = 206, content_type = "video/mp4", body = Vec<u8>),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody, description = "There are no pictures of it."),
        (status = 416, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody, description = "Too many clips are being played."),
    ))]
pub(crate) async fn timelapse(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    asker: Asker,
) -> Answer<Response> {
    let allowed = ["camera", "from", "to", "every", "fps", "download"];
    let query = Query::read(query.as_deref(), &allowed)?;
    let stretch = stretch(&site, &query)?;
    let range = Duration::from_secs(1)..=Duration::from_hours(1);
    let pace = Pace {
        every: query.length("every", range)?.unwrap_or(Duration::from_secs(10)),
        per_second: query.number("fps", 1..=60)?.unwrap_or(25),
        download: query.flag("download")?.unwrap_or(false),
    };
    if stretch.interval.length() > pace.every * MOST_PICTURES {
        let hint = "Ask for fewer pictures by a longer every, or for less time.";
        return Err(Problem::invalid("from and to lie too far apart for this pace.", hint));
    }
    clip::serve_timelapse(&site, stretch, pace, &asker).await
}

/// What a query says of which footage is wanted.
fn stretch(site: &Site, query: &Query) -> Answer<Stretch> {
    let camera = query.camera(site.camera_names().iter())?;
    if query.one("from")?.is_none() || query.one("to")?.is_none() {
        return Err(Problem::invalid("from or to is missing.", "Give both, as RFC 3339."));
    }
    Ok(Stretch { camera, interval: query.interval()? })
}

fn within_limit(stretch: &Stretch) -> Answer<()> {
    if stretch.interval.length() <= LONGEST {
        return Ok(());
    }
    let hint = format!("Ask for at most {} hours at once.", LONGEST.as_secs() / 3600);
    Err(Problem::invalid("from and to lie too far apart.", hint))
}
