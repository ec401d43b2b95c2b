//! What counts as motion on one camera: tells it, changes it, and tells what would have been under
//! other settings.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use watchpost_model::config::Camera;
use watchpost_model::{Interval, MotionSettings};
use watchpost_store::Store;
use watchpost_web::{
    MotionRequest, MotionState, Refusal, Replayed, WouldBe, motion_from_json, motion_to_json,
};

use crate::control::{Answer, answer};
use crate::replay::{self, Replay, Would};
use crate::see::Order;
use crate::status::with_sources;

/// The page of the motion grid that is being filled is ended for a replay, at most this often.
const END_PAGE_EVERY: Duration = Duration::from_secs(10);

/// How long a replay waits for that.
const END_PAGE: Duration = Duration::from_secs(1);

/// What answering needs.
pub(crate) struct Desk {
    pub(crate) camera: Camera,
    /// What counts now; the eye and the decisions follow it.
    pub(crate) settings: watch::Sender<MotionSettings>,
    pub(crate) store: Store,
    /// To the eye.
    pub(crate) see: mpsc::Sender<Order>,
}

/// Answers what is asked until it is told to stop. Settings are told and changed while a replay goes
/// on.
pub(crate) async fn run(
    desk: Desk,
    requests: &mut mpsc::Receiver<MotionRequest>,
    stop: CancellationToken,
) {
    let mut slow = JoinSet::new();
    let mut ended = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = slow.join_next() => {}
            request = requests.recv() => match request {
                Some(request) => {
                    if matches!(request, MotionRequest::Replay { .. }) {
                        desk.end_page(&mut ended).await;
                    }
                    desk.carry_out(request, &mut slow).await;
                }
                None => return,
            },
        }
    }
}

/// What counts on `camera`: what its owner changed on the page, as long as the file says what it said
/// then; else what the file says.
pub(crate) async fn kept_settings(store: &Store, camera: &Camera) -> MotionSettings {
    let file = camera.motion.clone();
    let kept = match store.setting(&setting_name(camera)).await {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(camera = %camera.name, "changed settings of motion cannot be read: {}", with_sources(&error));
            return file;
        }
    };
    let Some((changed, base)) = kept.split_once('\n') else { return file };
    if base != motion_to_json(&file) {
        tracing::info!(camera = %camera.name, "[camera.motion] was changed in the file: what was set on the page counts no more");
        return file;
    }
    motion_from_json(changed).unwrap_or_else(|refusal| {
        tracing::warn!(camera = %camera.name, "changed settings of motion do not fit any more: {refusal:?}");
        file
    })
}

/// Settings changed at run time, and what the file said then: two lines of JSON.
fn setting_name(camera: &Camera) -> String {
    format!("motion of {}", camera.name)
}

impl Desk {
    async fn carry_out(&self, request: MotionRequest, slow: &mut JoinSet<()>) {
        match request {
            MotionRequest::Settings { reply } => answer(reply, Ok(self.state())),
            MotionRequest::Set { settings, reply } => answer(reply, self.set(settings).await),
            MotionRequest::Reset { reply } => {
                answer(reply, self.set(self.camera.motion.clone()).await);
            }
            MotionRequest::Replay { interval, settings, mut reply, turn } => {
                let (store, camera) = (self.store.clone(), self.camera.clone());
                slow.spawn(async move {
                    tokio::select! {
                        () = reply.closed() => {}
                        replayed = judge_again(&store, &camera, interval, &settings) => {
                            answer(reply, replayed);
                        }
                    }
                    drop(turn);
                });
            }
            MotionRequest::Frame { at, regions, reply } => {
                let (store, camera) = (self.store.clone(), self.camera.name.clone());
                slow.spawn(async move {
                    let frame = match replay::picture(&store, &camera, at, &regions).await {
                        Ok(Some(jpeg)) => Ok(jpeg),
                        Ok(None) => Err(Refusal::None("Nothing was recorded then.".to_owned())),
                        Err(error) => Err(broken(&error)),
                    };
                    answer(reply, frame);
                });
            }
        }
    }

    /// Has what was seen until now kept, so that a replay knows of it.
    async fn end_page(&self, ended: &mut Option<Instant>) {
        if ended.is_some_and(|ended| ended.elapsed() < END_PAGE_EVERY) {
            return;
        }
        *ended = Some(Instant::now());
        let (give_kept, kept) = oneshot::channel();
        if self.see.try_send(Order::EndPage(give_kept)).is_ok() {
            let _ = timeout(END_PAGE, kept).await; // What comes later is judged the next time.
        }
    }

    fn state(&self) -> MotionState {
        MotionState { now: self.settings.borrow().clone(), file: self.camera.motion.clone() }
    }

    /// Kept before it counts, so that it is the same after a restart.
    async fn set(&self, settings: MotionSettings) -> Answer<MotionState> {
        let file = &self.camera.motion;
        let kept = (settings != *file)
            .then(|| format!("{}\n{}", motion_to_json(&settings), motion_to_json(file)));
        let name = setting_name(&self.camera);
        if let Err(error) = self.store.set_setting(&name, kept.as_deref()).await {
            let message = format!("The change cannot be kept: {}.", with_sources(&error));
            let hint = "Nothing was changed. Try again.".to_owned();
            return Err(Refusal::NotNow { message, hint });
        }
        tracing::info!(camera = %self.camera.name, "what counts as motion was changed");
        self.settings.send_replace(settings);
        Ok(self.state())
    }
}

async fn judge_again(
    store: &Store,
    camera: &Camera,
    interval: Interval,
    settings: &MotionSettings,
) -> Answer<Replayed> {
    let Replay { would, vanishing, covered, .. } =
        replay::replay(store, camera, interval, settings).await.map_err(|error| broken(&error))?;
    let would = would.into_iter().map(|would| {
        let Would { start, triggered, end, best, regions, existing, .. } = would;
        WouldBe { start, triggered, end, best, regions, existing }
    });
    Ok(Replayed { covered, would: would.collect(), vanishing })
}

fn broken(error: &dyn std::error::Error) -> Refusal {
    Refusal::NotNow {
        message: format!("{}.", with_sources(error)),
        hint: "Try again; if it stays so, see the log.".to_owned(),
    }
}
