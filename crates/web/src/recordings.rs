//! What is kept.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use watchpost_api as api;
use watchpost_store::Footage;

use crate::clip::{self, Download};
use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::routes::Site;

/// The table of a clip is made in memory, 40 bytes a picture: this is 13 MB at 15 pictures a second.
const LONGEST: Duration = Duration::from_hours(6);

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
        ("download" = Option<bool>, Query, description = "As a file to keep, with a name."),
    ),
    responses(
        (status = 200, content_type = "video/mp4", body = Vec<u8>),
        (status = 206, content_type = "video/mp4", body = Vec<u8>),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody, description = "There is no footage of it."),
        (status = 416, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody, description = "Too many clips are being played."),
    ))]
pub(crate) async fn clip(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let query = Query::read(query.as_deref(), &["camera", "from", "to", "download"])?;
    let camera = query.camera(site.camera_names().iter())?;
    if query.one("from")?.is_none() || query.one("to")?.is_none() {
        return Err(Problem::invalid("from or to is missing.", "Give both, as RFC 3339."));
    }
    let interval = query.interval()?;
    if interval.length() > LONGEST {
        let hint = format!("Ask for at most {} hours at once.", LONGEST.as_secs() / 3600);
        return Err(Problem::invalid("from and to lie too far apart.", hint));
    }
    clip::serve(&site, &camera, interval, Download::asked(&query)?, &headers).await
}
