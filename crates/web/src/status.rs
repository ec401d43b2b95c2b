//! Everything at one glance.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use watchpost_api as api;
use watchpost_model::{ByteSize, WallTime};

use crate::monitoring;
use crate::routes::Site;

/// Something that is wrong now and wants the owner's eye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a camera's name, `disk`, `catalog`, …
    pub place: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Since when.
    pub since: WallTime,
}

/// A disk and what the recordings take of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// How much it holds.
    pub total: ByteSize,
    /// How much the recorder may still write.
    pub free: ByteSize,
    /// How much the recordings take.
    pub used_by_recordings: ByteSize,
}

/// The whole recorder at one glance.
#[utoipa::path(get, path = "/status", tag = "status",
    responses((status = 200, body = api::Status)))]
pub(crate) async fn status(State(site): State<Arc<Site>>) -> Json<api::Status> {
    Json(site.status())
}

impl Site {
    /// The status as of now. Waits for nothing.
    pub(crate) fn status(&self) -> api::Status {
        let app = &self.app;
        let api::Monitoring { monitoring, since, by } =
            monitoring::wire(app.monitoring.state(), &app.zone);
        let fault = |fault: &Fault| {
            let Fault { place, message, hint, since } = fault.clone();
            api::Fault { place, message, hint, since: self.time(since) }
        };
        let Disk { total, free, used_by_recordings } = *app.disk.borrow();
        api::Status {
            monitoring,
            since,
            by,
            now: self.time((app.clock)()),
            time_zone: app.zone.iana_name().unwrap_or("UTC").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cameras: app.cameras.borrow().iter().map(|camera| camera.wire(&app.zone)).collect(),
            faults: app.faults.borrow().iter().map(fault).collect(),
            disk: api::Disk {
                total: total.as_bytes(),
                free: free.as_bytes(),
                used_by_recordings: used_by_recordings.as_bytes(),
            },
        }
    }

    /// A moment as the API tells it.
    pub(crate) fn time(&self, time: WallTime) -> api::Time {
        api::Time(time.to_rfc3339(&self.app.zone))
    }
}
