//! When cameras did not do their duty.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use watchpost_api as api;
use watchpost_store::Trouble;

use crate::cameras::ailment;
use crate::error::Answer;
use crate::query::Query;
use crate::routes::Site;

/// What was wrong with cameras, and when, oldest first.
#[utoipa::path(get, path = "/troubles", tag = "recordings",
    params(
        ("camera" = Option<Vec<String>>, Query, description = "Only of this camera; may be repeated."),
        ("from" = Option<api::Time>, Query, description = "Only those that reach past this moment."),
        ("to" = Option<api::Time>, Query, description = "Only those that begin before this moment."),
    ),
    responses((status = 200, body = api::Troubles), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
) -> Answer<Json<api::Troubles>> {
    let query = Query::read(query.as_deref(), &["camera", "from", "to"])?;
    let cameras = query.cameras(&site.camera_names().iter())?;
    let troubles = site.app.store.troubles(&cameras, query.interval()?).await?;
    let tell = |trouble: Trouble| {
        let Trouble { camera, kind, start, end, cause } = trouble;
        api::Trouble {
            camera: camera.to_string(),
            kind: ailment(kind),
            start: site.time(start),
            end: end.map(|end| site.time(end)),
            cause,
        }
    };
    Ok(Json(api::Troubles { troubles: troubles.into_iter().map(tell).collect() }))
}
