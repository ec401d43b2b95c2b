//! What a sensor or a light told over a stretch of time.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use tokio::sync::Semaphore;
use watchpost_api as api;
use watchpost_store::{ThinnedReadings, Told};

use super::tell::tell_reading;
use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::routes::Site;

/// Readings are asked for at most so long at once.
const LONGEST: Duration = Duration::from_hours(31 * 24);
/// More are thinned.
const MOST: usize = 10_000;

/// Readings are looked for one request at a time: a month of them may be a gigabyte of files, and
/// recording wants the disk, too.
#[derive(Debug)]
pub(crate) struct Turn(Semaphore);

impl Turn {
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(1))
    }
}

/// What a sensor or a light told in a stretch of time, at most 31 days.
///
/// Also, as the first, what it told last before, for that held when the stretch began. Of more than 10000
/// readings some are left out evenly, but no stretch loses all of its yes.
#[utoipa::path(get, path = "/sensors/{name}/readings", tag = "devices",
    params(
        ("name" = String, Path, description = "The name of the sensor or the light."),
        ("from" = api::Time, Query, description = "From this moment on."),
        ("to" = api::Time, Query, description = "Up to this moment."),
    ),
    responses(
        (status = 200, body = api::Readings),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody),
    ))]
pub(crate) async fn readings(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<api::Readings>> {
    let states = site.app.devices.states();
    let sensors = states.sensors.iter().map(|card| &card.settings.name);
    let mut devices = sensors.chain(states.lights.iter().map(|card| &card.name));
    let device = devices.find(|device| device.as_str() == name);
    let none = || Problem::NotFound(format!("There is no sensor and no light {name}."));
    let device = device.ok_or_else(none)?;
    let query = Query::read(query.as_deref(), &["from", "to"])?;
    let interval = query.closed_interval(LONGEST)?;
    let _turn = site.readings.0.acquire().await.map_err(Problem::internal)?;
    let devices = std::slice::from_ref(device);
    let found = site.app.store.readings_thinned(interval, devices, MOST).await?;
    let ThinnedReadings { readings, step } = found;
    let wire = |Told { at, device: _, reading }: &Told| api::ReadingAt {
        at: site.time(*at),
        reading: tell_reading(reading),
    };
    Ok(Json(api::Readings {
        readings: readings.iter().map(wire).collect(),
        step: step.map(|step| step.as_secs_f64()),
    }))
}
