//! How things moved in an event.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use watchpost_api as api;
use watchpost_model::{Place, Trace};

use super::keys::area;
use crate::error::{Answer, Problem};
use crate::events;
use crate::routes::Site;

/// The ways of the things that moved in an event.
///
/// While the event goes on there may be none yet.
#[utoipa::path(get, path = "/events/{id}/traces", tag = "events",
    params(("id" = String, Path, description = "The event's name.")),
    responses((status = 200, body = api::Traces), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn traces(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::Traces>> {
    let id = events::id(&name)?;
    if site.app.store.event(&id).await?.is_none() {
        return Err(Problem::no_event(&id));
    }
    let place =
        |&Place { at, region }: &Place| api::Place { at: site.time(at), area: area(region) };
    let trace = |Trace { number, label, zones, places }: Trace| api::Trace {
        number,
        label: label.map(|label| label.to_string()),
        zones: zones.into_iter().collect(),
        places: places.iter().map(place).collect(),
    };
    let traces = site.app.store.traces(&id).await?;
    Ok(Json(api::Traces { traces: traces.into_iter().map(trace).collect() }))
}
