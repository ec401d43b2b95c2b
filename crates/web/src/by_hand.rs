//! Recording and photos by hand.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use watchpost_api as api;
use watchpost_model::config::Record;

use crate::cameras::CameraHandle;
use crate::controls::Manual;
use crate::error::{Answer, Problem};
use crate::routes::Site;

/// The shortest and the longest recording by hand that ends by itself, in seconds.
const SECONDS: std::ops::RangeInclusive<f64> = 1.0..=86_400.0;

/// Records a camera from now on, for a while or until it is stopped.
///
/// Asked again, the recording goes on for as long as is asked then.
#[utoipa::path(post, path = "/cameras/{name}/record", tag = "cameras", request_body = api::RecordNow,
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::Camera),
        (status = 400, body = api::ErrorBody, description = "Too long or too short, or nothing is to be recorded of the camera."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn record(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::RecordNow>, JsonRejection>,
) -> Answer<Json<api::Camera>> {
    let camera = site.camera(&name)?;
    let Json(api::RecordNow { seconds }) = body?;
    if seconds.is_some_and(|seconds| !SECONDS.contains(&seconds)) {
        let hint = format!("Give {} to {}, or nothing.", SECONDS.start(), SECONDS.end());
        return Err(Problem::invalid("A recording cannot be so long or so short.", hint));
    }
    if camera.status.borrow().record == Record::Off {
        return Err(Problem::invalid(
            format!("Nothing is to be recorded of {name}."),
            "Set record of this camera to something else than \"off\" in the configuration.",
        ));
    }
    let manual = camera.controls.record(seconds.map(Duration::from_secs_f64)).await?;
    Ok(Json(told(&site, &camera, Some(manual))))
}

/// Ends what is recorded of a camera by hand.
#[utoipa::path(delete, path = "/cameras/{name}/record", tag = "cameras",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::Camera, description = "Also if nothing was."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn stop(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::Camera>> {
    let camera = site.camera(&name)?;
    camera.controls.stop().await?;
    Ok(Json(told(&site, &camera, None)))
}

/// The camera as it is after the answer; its status may come a moment later.
fn told(site: &Site, camera: &CameraHandle, manual: Option<Manual>) -> api::Camera {
    let zone = &site.app.zone;
    api::Camera { manual: manual.map(|manual| manual.wire(zone)), ..camera.wire(zone) }
}

/// Takes a photo of now and keeps it.
#[utoipa::path(post, path = "/cameras/{name}/photo", tag = "cameras",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 201, body = api::Photo),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody, description = "There is no picture, and why."),
    ))]
pub(crate) async fn photo(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<(StatusCode, Json<api::Photo>)> {
    let photo = site.camera(&name)?.controls.photo().await?;
    Ok((StatusCode::CREATED, Json(site.tell_photo(&photo))))
}
