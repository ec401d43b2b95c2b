//! Every address, on one page, and the layers that all answers pass.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::{Router, middleware};
use bytes::Bytes;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::auth::{self, Gate};
use crate::error::Problem;
use crate::{
    App, assets, by_hand, cameras, clip, devices, discovery, events, export, live, mjpeg,
    monitoring, motion, objects, photos, picture, ptz, recordings, snapshots, status, troubles,
    updates,
};

/// Where version 1 of the API is.
pub(crate) const API: &str = "/api/v1";
/// No request has more in it.
const LONGEST_BODY: usize = 16 * 1024;
/// But for zones and masks: 64 of them with 64 corners each, written with six digits.
const LONGEST_MOTION: usize = 128 * 1024;

/// What every handler leans on.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) gate: Gate,
    pub(crate) clips: clip::Limits,
    pub(crate) exports: export::Exports,
    pub(crate) readings: devices::readings::Turn,
    /// JSON, made once.
    openapi: Bytes,
}

/// What answers carry unless they say otherwise.
///
/// No `Strict-Transport-Security`: with a certificate of our own it would take away the owner's way
/// to accept it.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; style-src 'self'; \
         connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Watchpost",
        description = "A home camera recorder. Times are RFC 3339 with the recorder's offset. \
                       What is not GET wants an Origin header that names the recorder.",
    ),
    components(schemas(
        watchpost_api::FromClient,
        watchpost_api::Deleted,
        watchpost_api::PhotoDeleted,
        watchpost_api::TroublesChanged,
        watchpost_api::Moving,
        watchpost_api::ErrorBody
    ))
)]
struct Described;

fn api() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(auth::setup_state, auth::set_up))
        .routes(routes!(auth::whoami, auth::login, auth::logout))
        .routes(routes!(status::status))
        .routes(routes!(monitoring::start))
        .routes(routes!(monitoring::stop))
        .routes(routes!(cameras::list))
        .routes(routes!(objects::detector))
        .routes(routes!(objects::counts))
        .routes(routes!(snapshots::snapshot))
        .routes(routes!(live::live))
        .routes(routes!(mjpeg::stream))
        .routes(routes!(by_hand::record, by_hand::stop))
        .routes(routes!(by_hand::photo))
        .routes(routes!(picture::show, picture::change, picture::reset))
        .routes(routes!(ptz::show, ptz::go))
        .routes(routes!(ptz::save_preset))
        .routes(routes!(ptz::remove_preset))
        .routes(
            routes!(motion::settings::show, motion::settings::set, motion::settings::reset)
                .layer(DefaultBodyLimit::max(LONGEST_MOTION)),
        )
        .routes(routes!(motion::levels::levels))
        .routes(routes!(motion::replay::replay).layer(DefaultBodyLimit::max(LONGEST_MOTION)))
        .routes(routes!(motion::replay::frame))
        .routes(routes!(motion::now::now))
        .routes(routes!(events::list))
        .routes(routes!(objects::words))
        .routes(routes!(events::show, events::change, events::delete))
        .routes(routes!(events::restore))
        .routes(routes!(events::clip))
        .routes(routes!(events::text))
        .routes(routes!(events::snapshot))
        .routes(routes!(motion::traces::traces))
        .routes(routes!(objects::of_event))
        .routes(routes!(recordings::list))
        .routes(routes!(recordings::clip))
        .routes(routes!(recordings::text))
        .routes(routes!(recordings::timelapse))
        .routes(routes!(photos::list))
        .routes(routes!(photos::show, photos::delete))
        .routes(routes!(troubles::list))
        .routes(routes!(devices::tell::list))
        .routes(routes!(devices::act::play_sensor))
        .routes(routes!(devices::act::play_light))
        .routes(routes!(devices::act::set_light))
        .routes(routes!(devices::act::move_servo))
        .routes(routes!(devices::act::set_output))
        .routes(routes!(devices::readings::readings))
        .routes(routes!(discovery::discover))
        .routes(routes!(discovery::streams))
        .routes(routes!(updates::updates))
        .routes(routes!(description))
}

/// This description of the API, by `OpenAPI` 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "status",
    responses((status = 200, content_type = "application/json", body = serde_json::Value)))]
async fn description(State(site): State<Arc<Site>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], site.openapi.clone())
}

/// The description of the API, by `OpenAPI` 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    OpenApiRouter::<Arc<Site>>::with_openapi(utoipa::openapi::OpenApi::default())
        .nest(API, api())
        .into_openapi()
}

impl From<App> for Site {
    fn from(mut app: App) -> Self {
        let gate = Gate::new(app.setup_token.take());
        let openapi = openapi().to_json().expect("what derive made is always JSON");
        let (clips, exports) = (clip::Limits::new(), export::Exports::new());
        let readings = devices::readings::Turn::new();
        Self { app, gate, clips, exports, readings, openapi: openapi.into() }
    }
}

/// All of it.
pub(crate) fn router(site: Arc<Site>) -> Router {
    let (api, _) = api().split_for_parts();
    let api = api
        .fallback(|| async { Problem::NotFound("There is no such address.".to_owned()) })
        .method_not_allowed_fallback(|| async {
            let message = "This address is not asked in this way.".to_owned();
            Problem::Malformed(StatusCode::METHOD_NOT_ALLOWED, message)
        })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), auth::guard));
    let router = Router::new().nest(API, api).fallback(assets::serve);
    let router = HEADERS.into_iter().fold(router, |router, (name, value)| {
        let value = HeaderValue::from_static(value);
        router.layer(SetResponseHeaderLayer::if_not_present(name, value))
    });
    router.with_state(site)
}
