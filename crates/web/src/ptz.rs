//! Where a camera looks.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use watchpost_api as api;

use crate::auth::Owner;
use crate::controls::{Controls, Movement, Preset, Ptz};
use crate::error::{Answer, Problem};
use crate::routes::Site;

/// How long a camera may turn at one request, in seconds.
const SECONDS: RangeInclusive<f64> = 0.05..=10.0;
/// What is no faster than this is no movement.
const SLOWEST: f32 = 0.001;
/// Characters in the name of a place at most; what cameras call it may be as long.
const LONGEST_NAME: usize = 64;

/// Where a camera can look.
#[utoipa::path(get, path = "/cameras/{name}/ptz", tag = "cameras",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::Ptz),
        (status = 404, body = api::ErrorBody, description = "No such camera, or it cannot be moved."),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::Ptz>> {
    let Ptz { pan_tilt, zoom, home, presets } = movable(&site, &name)?.ptz().await?;
    let presets = presets.into_iter().map(wire).collect();
    Ok(Json(api::Ptz { pan_tilt, zoom, home, presets }))
}

/// Has a camera look elsewhere.
#[utoipa::path(post, path = "/cameras/{name}/ptz", tag = "cameras", request_body = api::Movement,
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody, description = "No such camera or preset, or it cannot be moved."),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn go(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::Movement>, JsonRejection>,
) -> Answer<StatusCode> {
    let controls = movable(&site, &name)?;
    let Json(movement) = body?;
    controls.go(checked(movement)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has a camera remember where it looks.
#[utoipa::path(post, path = "/cameras/{name}/ptz/presets", tag = "cameras", request_body = api::NewPreset,
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 201, body = api::Preset),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn save_preset(
    State(site): State<Arc<Site>>,
    _: Owner,
    Path(camera): Path<String>,
    body: Result<Json<api::NewPreset>, JsonRejection>,
) -> Answer<(StatusCode, Json<api::Preset>)> {
    let controls = movable(&site, &camera)?;
    let Json(api::NewPreset { name }) = body?;
    let name = name.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if !fits || name.contains(char::is_control) {
        let hint = format!("Choose 1 to {LONGEST_NAME} characters.");
        return Err(Problem::invalid("No place can be called so.", hint));
    }
    let preset = controls.save_preset(name.to_owned()).await?;
    Ok((StatusCode::CREATED, Json(wire(preset))))
}

/// Has a camera forget a place.
#[utoipa::path(delete, path = "/cameras/{name}/ptz/presets/{id}", tag = "cameras",
    params(
        ("name" = String, Path, description = "The camera's name."),
        ("id" = String, Path, description = "What the camera calls the place."),
    ),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody, description = "Only an owner may."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn remove_preset(
    State(site): State<Arc<Site>>,
    _: Owner,
    Path((camera, id)): Path<(String, String)>,
) -> Answer<StatusCode> {
    movable(&site, &camera)?.remove_preset(preset_id(id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn movable(site: &Site, name: &str) -> Answer<Controls> {
    let camera = site.camera(name)?;
    if camera.abilities.ptz {
        Ok(camera.controls)
    } else {
        Err(Problem::NotFound(format!("{name} cannot be moved from here.")))
    }
}

fn wire(Preset { id, name }: Preset) -> api::Preset {
    api::Preset { id, name }
}

fn preset_id(id: String) -> Answer<String> {
    let fits = (1..=LONGEST_NAME).contains(&id.chars().count()) && !id.contains(char::is_control);
    if fits { Ok(id) } else { Err(Problem::NotFound("The camera knows no such place.".to_owned())) }
}

fn checked(movement: api::Movement) -> Answer<Movement> {
    match movement {
        api::Movement::Go(api::Go { pan, tilt, zoom, seconds }) => {
            let speeds = [pan, tilt, zoom];
            if !speeds.iter().all(|speed| (-1.0..=1.0).contains(speed)) {
                let hint = "Give pan, tilt and zoom as -1 to 1.";
                return Err(Problem::invalid("No camera is that fast.", hint));
            }
            if speeds.iter().all(|speed| speed.abs() < SLOWEST) {
                let hint = "Give one of pan, tilt and zoom, or stop.";
                return Err(Problem::invalid("This would not move it.", hint));
            }
            if !SECONDS.contains(&seconds) {
                let hint = format!("Give seconds as {} to {}.", SECONDS.start(), SECONDS.end());
                return Err(Problem::invalid("It cannot be moved for so long or so short.", hint));
            }
            Ok(Movement::Go { pan, tilt, zoom, length: Duration::from_secs_f64(seconds) })
        }
        api::Movement::To(api::ToPreset { preset }) => Ok(Movement::Preset(preset_id(preset)?)),
        api::Movement::Home(api::ToHome { home: true }) => Ok(Movement::Home),
        api::Movement::Stop(api::Stop { stop: true }) => Ok(Movement::Stop),
        api::Movement::Home(_) | api::Movement::Stop(_) => {
            Err(Problem::invalid("This says what not to do.", "Give home or stop as true."))
        }
    }
}
