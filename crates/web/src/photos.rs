//! Pictures that are kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use watchpost_api as api;
use watchpost_store::{Photo, PhotoFilter};

use crate::auth::Owner;
use crate::clip;
use crate::error::{Answer, Problem};
use crate::events;
use crate::query::Query;
use crate::routes::Site;
use crate::updates::Change;

/// Photos on a page, unless asked otherwise, and at most.
const USUAL: u32 = 60;
const MOST: u32 = 200;

impl Site {
    /// A photo as the API tells it.
    pub(crate) fn tell_photo(&self, photo: &Photo) -> api::Photo {
        // No `..`: whoever adds a field must decide here whether to tell it.
        let Photo { id, camera, taken, event, width, height, bytes, file: _ } = photo;
        api::Photo {
            id: *id,
            camera: camera.to_string(),
            taken: self.time(*taken),
            event: event.as_ref().map(ToString::to_string),
            width: *width,
            height: *height,
            bytes: bytes.as_bytes(),
        }
    }
}

/// Photos, newest first, page by page.
#[utoipa::path(get, path = "/photos", tag = "photos",
    params(
        ("camera" = Option<Vec<String>>, Query, description = "Only of this camera; may be repeated."),
        ("from" = Option<api::Time>, Query, description = "Only those taken at or after this moment."),
        ("to" = Option<api::Time>, Query, description = "Only those taken before this moment."),
        ("event" = Option<String>, Query, description = "Only those of this event."),
        ("cursor" = Option<String>, Query, description = "What the page before said as `next`."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Photos on a page; 60 if left out."),
    ),
    responses((status = 200, body = api::Photos), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
) -> Answer<Json<api::Photos>> {
    let allowed = ["camera", "from", "to", "event", "cursor", "limit"];
    let query = Query::read(query.as_deref(), &allowed)?;
    let after = query.one("cursor")?.map(str::parse).transpose();
    let after = after.map_err(|_| Problem::no_cursor())?;
    let filter = PhotoFilter {
        cameras: query.cameras(&site.camera_names().iter())?,
        interval: query.interval()?,
        event: query.one("event")?.map(events::id).transpose()?,
        after,
        limit: query.number("limit", 1..=MOST)?.unwrap_or(USUAL),
    };
    let page = site.app.store.photos(&filter).await?;
    Ok(Json(api::Photos {
        photos: page.photos.iter().map(|photo| site.tell_photo(photo)).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        total: page.total,
    }))
}

/// A photo as a file: its number, and `.jpg`.
#[utoipa::path(get, path = "/photos/{id}", tag = "photos",
    params(
        ("id" = String, Path, description = "The photo's number, and `.jpg` after it."),
        ("download" = Option<bool>, Query, description = "As a file to keep, with a name."),
    ),
    responses(
        (status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let download = Query::read(query.as_deref(), &["download"])?.flag("download")?;
    let number = name.strip_suffix(".jpg").ok_or_else(|| no_photo(&name))?;
    let found = site.app.store.photo(id(number)?).await?;
    let (photo, jpeg) = found.ok_or_else(|| no_photo(number))?;
    let mut response = clip::photo(jpeg, &headers);
    if download == Some(true) {
        let name = photo.file.rsplit('/').next().unwrap_or(&photo.file);
        let name = clip::attachment(&format!("{}_{name}", photo.camera))?;
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Deletes a photo for good.
#[utoipa::path(delete, path = "/photos/{id}", tag = "photos",
    params(("id" = String, Path, description = "The photo's number.")),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn delete(
    State(site): State<Arc<Site>>,
    _: Owner,
    Path(number): Path<String>,
) -> Answer<StatusCode> {
    let id = id(&number)?;
    let photo = site.app.store.photo_row(id).await?.ok_or_else(|| no_photo(&number))?;
    if !site.app.store.delete_photo(id).await? {
        return Err(no_photo(&number));
    }
    site.announce(Change::PhotoDeleted(id));
    if let Some(event) = photo.event {
        site.announce(Change::Event(event)); // It tells how many photos it has.
    }
    Ok(StatusCode::NO_CONTENT)
}

fn id(number: &str) -> Answer<i64> {
    number.parse().map_err(|_| no_photo(number))
}

fn no_photo(number: &str) -> Problem {
    Problem::NotFound(format!("There is no photo {number:?}."))
}
