//! What counts as motion, changed while the camera runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use watchpost_api as api;

use super::keys;
use crate::auth::Owner;
use crate::error::Answer;
use crate::routes::Site;

/// What counts as motion on a camera.
#[utoipa::path(get, path = "/cameras/{name}/motion", tag = "motion",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::Motion),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::Motion>> {
    Ok(Json(site.camera(&name)?.motion.settings().await?.wire()))
}

/// Changes what counts as motion, at once and until it is changed again.
#[utoipa::path(put, path = "/cameras/{name}/motion", tag = "motion", request_body = api::MotionSettings,
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::Motion),
        (status = 400, body = api::ErrorBody, description = "Which keys cannot be so, and what they can be."),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 404, body = api::ErrorBody),
        (status = 413, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn set(
    State(site): State<Arc<Site>>,
    _: Owner,
    Path(name): Path<String>,
    body: Result<Json<api::MotionSettings>, JsonRejection>,
) -> Answer<Json<api::Motion>> {
    let camera = site.camera(&name)?;
    let Json(settings) = body?;
    Ok(Json(camera.motion.set(keys::check(settings)?).await?.wire()))
}

/// Lets count as motion what the configuration says.
#[utoipa::path(delete, path = "/cameras/{name}/motion", tag = "motion",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::Motion),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn reset(
    State(site): State<Arc<Site>>,
    _: Owner,
    Path(name): Path<String>,
) -> Answer<Json<api::Motion>> {
    Ok(Json(site.camera(&name)?.motion.reset().await?.wire()))
}
