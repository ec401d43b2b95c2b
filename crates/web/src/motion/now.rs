//! What moves now, as server-sent events, for whoever sets a camera up.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{self, KeepAlive, Sse};
use futures::stream::{self, Stream};
use tokio::sync::watch;
use tokio::time::{self, Instant, Interval};
use watchpost_api as api;

use super::keys::area;
use super::{LiveObject, Moving};
use crate::auth::{RECHECK, User};
use crate::cameras::CameraHandle;
use crate::error::Answer;
use crate::routes::Site;

/// How long after a message the next may come.
const PAUSE: Duration = Duration::from_millis(200);

/// What moves now on a camera.
///
/// `event: moving` carries what moves in the frame looked at last, as `Moving`, five times a second
/// at most; nothing comes while no frames are looked at. A stream that ends is to be opened anew.
#[utoipa::path(get, path = "/cameras/{name}/motion/now", tag = "motion",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn now(
    State(site): State<Arc<Site>>,
    user: User,
    Path(name): Path<String>,
) -> Answer<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>> {
    let mut cameras = site.app.cameras.clone();
    cameras.mark_unchanged(); // Those of now are looked up next.
    let watcher = Watcher {
        moving: site.camera(&name)?.meter.watch(),
        cameras,
        from: Instant::now(),
        recheck: time::interval_at(Instant::now() + RECHECK, RECHECK),
        site,
        user,
    };
    let messages = stream::unfold(watcher, |mut watcher| async move {
        let message = watcher.next().await?;
        Some((Ok(message), watcher))
    });
    Ok(Sse::new(messages).keep_alive(KeepAlive::new().interval(RECHECK).text("ping")))
}

/// One open page.
struct Watcher {
    moving: watch::Receiver<Option<Moving>>,
    /// Tells when cameras come or go.
    cameras: watch::Receiver<Vec<CameraHandle>>,
    /// Before this nothing may come.
    from: Instant,
    recheck: Interval,
    site: Arc<Site>,
    user: User,
}

impl Watcher {
    /// The next message, or `None` if the page has to connect anew.
    async fn next(&mut self) -> Option<sse::Event> {
        let Self { moving, cameras, from, recheck, site, user } = self;
        loop {
            tokio::select! {
                changed = async {
                    time::sleep_until(*from).await;
                    moving.changed().await
                } => {
                    changed.ok()?;
                    let Some(moving) = moving.borrow_and_update().clone() else { continue };
                    *from = Instant::now() + PAUSE;
                    return sse::Event::default().event("moving").json_data(wire(site, moving)).ok();
                }
                // The camera of that name may be another now.
                Ok(()) = cameras.changed() => return None,
                _ = recheck.tick() => {
                    if !user.still_holds(site).await {
                        return None;
                    }
                }
            }
        }
    }
}

fn wire(site: &Site, moving: Moving) -> api::Moving {
    let Moving { at, level, boxes, night, objects } = moving;
    let boxes = boxes.into_iter().map(area).collect();
    let object = |LiveObject { number, label, score, region, still }| api::LiveObject {
        number,
        label: label.to_string(),
        score: score.get(),
        area: area(region),
        still,
    };
    let objects = objects.into_iter().map(object).collect();
    api::Moving { at: site.time(at), level, boxes, night, objects }
}
