//! How a camera takes its pictures, changed while it runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use watchpost_api as api;

use crate::auth::Owner;
use crate::controls::{Controls, PictureState};
use crate::error::{Answer, Problem};
use crate::routes::Site;

/// How a camera takes its pictures.
#[utoipa::path(get, path = "/cameras/{name}/picture", tag = "cameras",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::PictureSettings),
        (status = 404, body = api::ErrorBody, description = "No such camera, or nothing can be set of its picture."),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::PictureSettings>> {
    Ok(wire(&settable(&site, &name)?.picture().await?))
}

/// Changes how a camera takes its pictures, at once and until it is changed again.
///
/// The camera begins anew: pictures stop for a moment.
#[utoipa::path(patch, path = "/cameras/{name}/picture", tag = "cameras", request_body = api::PictureChange,
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::PictureSettings),
        (status = 400, body = api::ErrorBody, description = "Which keys cannot be so, and what they can be."),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn change(
    State(site): State<Arc<Site>>,
    _: Owner,
    Path(name): Path<String>,
    body: Result<Json<api::PictureChange>, JsonRejection>,
) -> Answer<Json<api::PictureSettings>> {
    let controls = settable(&site, &name)?;
    let Json(api::PictureChange(changes)) = body?;
    Ok(wire(&controls.change_picture(changes).await?))
}

/// Takes pictures again as the configuration says.
#[utoipa::path(delete, path = "/cameras/{name}/picture", tag = "cameras",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::PictureSettings),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn reset(
    State(site): State<Arc<Site>>,
    _: Owner,
    Path(name): Path<String>,
) -> Answer<Json<api::PictureSettings>> {
    Ok(wire(&settable(&site, &name)?.reset_picture().await?))
}

fn settable(site: &Site, name: &str) -> Answer<Controls> {
    let camera = site.camera(name)?;
    if camera.abilities.picture {
        Ok(camera.controls)
    } else {
        Err(Problem::NotFound(format!("The picture of {name} cannot be set from here.")))
    }
}

fn wire(PictureState { now, file }: &PictureState) -> Json<api::PictureSettings> {
    let (now, file) = (now.entries(), file.entries());
    let differs = |((key, now), (_, file)): (&(&str, String), &(&str, String))| {
        (now != file).then(|| (*key).to_owned())
    };
    let changed = now.iter().zip(&file).filter_map(differs).collect();
    let settings = now.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Json(api::PictureSettings { settings, changed })
}
