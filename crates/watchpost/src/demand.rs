//! When the stream of a camera runs that is started only on demand.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use watchpost_model::CameraId;
use watchpost_web::Feed;

use crate::sense::Fired;

/// It goes on for this long after nobody needs it any more: whoever looks may come back, and a sensor
/// that fired once often fires again.
const LINGER: Duration = Duration::from_secs(20);
/// How often it is looked whether somebody looks.
const LOOK: Duration = Duration::from_millis(200);

/// Who may need the stream.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    /// Those who look.
    pub(crate) live: Feed,
    /// Whether an event goes on.
    pub(crate) event: watch::Receiver<bool>,
    /// Somebody wants a photo.
    pub(crate) calls: Arc<Notify>,
    /// Sensors that fire.
    pub(crate) fired: broadcast::Receiver<Fired>,
    /// Where it is told.
    pub(crate) demand: watch::Sender<bool>,
}

/// Tells whether the stream is needed until it is told to stop.
pub(crate) async fn run(mut desk: Desk, stop: CancellationToken) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut needed: Option<Instant> = None;
    loop {
        let called = tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => false,
            Ok(()) = desk.event.changed() => false,
            () = desk.calls.notified() => true,
            fired = desk.fired.recv() => match fired {
                Ok(fired) => fired.sensor.cameras.contains(&desk.camera),
                Err(broadcast::error::RecvError::Lagged(_)) => true,
                Err(broadcast::error::RecvError::Closed) => return, // The program ends.
            },
        };
        let now = Instant::now();
        if called || *desk.event.borrow_and_update() || desk.live.viewers() > 0 {
            needed = Some(now);
        }
        let wanted = needed.is_some_and(|needed| now.duration_since(needed) < LINGER);
        desk.demand.send_if_modified(|demand| std::mem::replace(demand, wanted) != wanted);
    }
}
