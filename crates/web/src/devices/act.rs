//! What devices are told to do, and what played ones are to tell.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use watchpost_api as api;
use watchpost_model::config::SensorKind;
use watchpost_model::{DeviceId, Distance, Fraction, Reading};

use super::DeviceWish;
use crate::error::{Answer, Problem};
use crate::routes::Site;

/// How long a light may be on or off by hand if that ends by itself, in seconds.
const SECONDS: RangeInclusive<f64> = 1.0..=604_800.0;
/// How far a servo turns, in degrees.
const ANGLES: RangeInclusive<f32> = 0.0..=180.0;
/// No sensor looks farther, in millimetres.
const FARTHEST: u32 = 100_000;

/// Has a played sensor tell something.
#[utoipa::path(post, path = "/sensors/{name}/play", tag = "devices", request_body = api::PlayReading,
    params(("name" = String, Path, description = "The sensor's name.")),
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody, description = "It is not played, or no sensor tells this."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn play_sensor(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::PlayReading>, JsonRejection>,
) -> Answer<StatusCode> {
    let states = site.app.devices.states();
    let sensor = states.sensors.iter().map(|card| &card.settings);
    let sensor = found(sensor, |sensor| &sensor.name, "sensor", &name)?;
    if !matches!(sensor.kind, SensorKind::Sim(_)) {
        return Err(not_played(&name));
    }
    let Json(told) = body?;
    done(&site, &sensor.name, DeviceWish::Play(reading(&told)?)).await
}

/// Has the room of a played light be as bright as this.
#[utoipa::path(post, path = "/lights/{name}/play", tag = "devices", request_body = api::PlayBrightness,
    params(("name" = String, Path, description = "The light's name.")),
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody, description = "It is not played, or no room is so bright."),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn play_light(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::PlayBrightness>, JsonRejection>,
) -> Answer<StatusCode> {
    let states = site.app.devices.states();
    let light = found(states.lights.iter(), |card| &card.name, "light", &name)?;
    if light.kind != "sim" {
        return Err(not_played(&name));
    }
    let Json(api::PlayBrightness { brightness }) = body?;
    let brightness = share("brightness", brightness)?;
    done(&site, &light.name, DeviceWish::PlayBrightness(brightness)).await
}

/// Puts a light on or off by hand, for a while or for good, or has it go as planned again.
#[utoipa::path(put, path = "/lights/{name}", tag = "devices", request_body = api::LightChange,
    params(("name" = String, Path, description = "The light's name.")),
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn set_light(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::LightChange>, JsonRejection>,
) -> Answer<StatusCode> {
    let states = site.app.devices.states();
    let light = found(states.lights.iter(), |card| &card.name, "light", &name)?;
    let Json(api::LightChange { on, seconds }) = body?;
    if on.is_none() && seconds.is_some() {
        return Err(Problem::invalid(
            "A light goes as planned for good, not for a while.",
            "Leave seconds out, or give on as true or false.",
        ));
    }
    if seconds.is_some_and(|seconds| !SECONDS.contains(&seconds)) {
        let hint = format!("Give {} to {}, or nothing.", SECONDS.start(), SECONDS.end());
        return Err(Problem::invalid("A light cannot be set for so long or so short.", hint));
    }
    let wish = DeviceWish::Light(on, seconds.map(Duration::from_secs_f64));
    done(&site, &light.name, wish).await
}

/// Turns a servo, until monitoring is switched the next time.
#[utoipa::path(put, path = "/servos/{name}", tag = "devices", request_body = api::ServoChange,
    params(("name" = String, Path, description = "The servo's name.")),
    responses(
        (status = 204, description = "It is on its way."),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn move_servo(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::ServoChange>, JsonRejection>,
) -> Answer<StatusCode> {
    let states = site.app.devices.states();
    let servo = states.servos.iter().map(|card| &card.settings.name);
    let servo = found(servo, |name| name, "servo", &name)?;
    let Json(api::ServoChange { angle }) = body?;
    if !ANGLES.contains(&angle) {
        let hint = format!("Give angle as {} to {}, in degrees.", ANGLES.start(), ANGLES.end());
        return Err(Problem::invalid(format!("No servo turns to {angle} degrees."), hint));
    }
    done(&site, servo, DeviceWish::Servo(angle)).await
}

/// Puts an output on or off.
#[utoipa::path(put, path = "/outputs/{name}", tag = "devices", request_body = api::OutputChange,
    params(("name" = String, Path, description = "The output's name.")),
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn set_output(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::OutputChange>, JsonRejection>,
) -> Answer<StatusCode> {
    let states = site.app.devices.states();
    let output = found(states.outputs.iter(), |card| &card.name, "output", &name)?;
    let Json(api::OutputChange { on }) = body?;
    done(&site, &output.name, DeviceWish::Output(on)).await
}

async fn done(site: &Site, device: &DeviceId, wish: DeviceWish) -> Answer<StatusCode> {
    site.app.devices.fulfil(device, wish).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The one of `devices` that is called `name`.
fn found<'a, T>(
    mut devices: impl Iterator<Item = &'a T>,
    name_of: impl Fn(&T) -> &DeviceId,
    what: &str,
    name: &str,
) -> Answer<&'a T> {
    let found = devices.find(|device| name_of(device).as_str() == name);
    found.ok_or_else(|| Problem::NotFound(format!("There is no {what} {name}.")))
}

fn not_played(name: &str) -> Problem {
    Problem::invalid(
        format!("{name} is a real device: it tells what it measures."),
        "Play one that has kind = \"sim\" in the configuration.",
    )
}

/// What a played sensor tells, if one can.
fn reading(told: &api::PlayReading) -> Answer<Reading> {
    let api::PlayReading { on, momentary, distance_mm, free, brightness, level, value, battery } =
        *told;
    if *told == api::PlayReading::default() {
        let hint = "Give one of on, distance_mm, free, brightness, level, value, battery.";
        return Err(Problem::invalid("This tells nothing.", hint));
    }
    if momentary && on != Some(true) && distance_mm.is_none() {
        let hint = "Leave momentary out, or give on as true, or distance_mm.";
        return Err(Problem::invalid("Only a yes or a distance is of the moment.", hint));
    }
    let distance = match (distance_mm, free) {
        (None, false) => None,
        (None, true) => Some(Distance::Free),
        (Some(distance), false) if distance <= FARTHEST => Some(Distance::Millimetres(distance)),
        (Some(_), false) => {
            let hint = format!("Give distance_mm as 0 to {FARTHEST}.");
            return Err(Problem::invalid("No sensor looks so far.", hint));
        }
        (Some(_), true) => {
            let hint = "Give distance_mm or free, not both.";
            return Err(Problem::invalid("Something is in reach, or nothing is.", hint));
        }
    };
    let share = |key, given: Option<f32>| given.map(|given| share(key, given)).transpose();
    Ok(Reading {
        on,
        momentary,
        distance,
        brightness: share("brightness", brightness)?,
        level: share("level", level)?,
        value,
        battery: share("battery", battery)?,
    })
}

fn share(key: &str, given: f32) -> Answer<Fraction> {
    Fraction::new(given).ok_or_else(|| {
        Problem::invalid(format!("{key} cannot be {given}."), format!("Give {key} as 0 to 1."))
    })
}
