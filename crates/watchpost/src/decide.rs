//! Feeds one camera's machines with what was seen, and carries out what they decide.

use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use watchpost_model::{CameraId, Ended, Event, Trigger, WallTime};
use watchpost_store::Store;
use watchpost_vision::motion::Motion;
use watchpost_watch::event::{Command, Input, Plan, Watch};
use watchpost_watch::portrait::{Portrait, Verdict};
use watchpost_web::Change;

use crate::clock;
use crate::record::Want;
use crate::see::{Order, Seen};
use crate::status::{Faults, with_sources};

/// What the decisions of one camera need.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    pub(crate) plan: Plan,
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    /// To the recorder.
    pub(crate) record: mpsc::Sender<Want>,
    /// To the eye.
    pub(crate) see: mpsc::Sender<Order>,
    /// To whoever looks at the page.
    pub(crate) changes: broadcast::Sender<Change>,
}

/// Decides until it is told to stop; an event that goes on is then ended.
pub(crate) async fn run(
    desk: Desk,
    mut seen: mpsc::Receiver<Seen>,
    mut monitoring: watch::Receiver<bool>,
    stop: CancellationToken,
) {
    let watch = Watch::new(desk.camera.clone(), desk.plan);
    let mut judge = Judge { watch, portrait: Portrait::default(), desk };
    loop {
        let due = judge.watch.wake_at();
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = monitoring.changed() => match changed {
                Ok(()) if !*monitoring.borrow_and_update() => judge.step(Input::Stop(clock::now())).await,
                Ok(()) => {}
                Err(_) => break, // The program ends.
            },
            next = seen.recv() => match next {
                Some(Seen::NewTime { last }) => judge.step(Input::Break(last)).await,
                Some(Seen::Motion { at, motion }) if *monitoring.borrow() => {
                    judge.motion(at, &motion).await;
                }
                Some(Seen::Motion { .. }) => {}
                None => break,
            },
            () = clock::sleep_until(due) => judge.step(Input::Tick(clock::now())).await,
        }
    }
    judge.step(Input::Break(clock::now())).await;
}

struct Judge {
    desk: Desk,
    watch: Watch,
    /// Of the event that goes on.
    portrait: Portrait,
}

impl Judge {
    async fn motion(&mut self, at: WallTime, motion: &Motion) {
        self.step(Input::Trigger(Trigger::Motion, at)).await;
        if let Some(event) = self.watch.current()
            && self.portrait.step(motion.area, at) == Verdict::Take
        {
            let order = Order::Portrait { event: event.id.clone(), at, motion: motion.clone() };
            if self.desk.see.try_send(order).is_err() {
                self.portrait = Portrait::default(); // An eye that is behind takes the next one.
            }
        }
    }

    async fn step(&mut self, input: Input) {
        match self.watch.step(input) {
            Some(Command::Begin(event)) => {
                tracing::info!(camera = %event.camera, event = %event.id, "event begins");
                self.portrait = Portrait::default();
                self.tell(Want::From(event.start)).await;
                self.keep(event).await;
            }
            Some(Command::End(event)) => {
                let Some((end, reason)) = event.end else { return };
                tracing::info!(camera = %event.camera, event = %event.id, reason = reason.word(), "event ends");
                self.tell(Want::Until(end)).await;
                if reason == Ended::Cut {
                    // Whatever moves for so long is the background now.
                    let _ = self.desk.see.try_send(Order::Relearn); // Lost, it comes again with the next cut.
                }
                self.keep(event).await;
            }
            None => {}
        }
    }

    async fn tell(&self, want: Want) {
        // The writer ends only with the program.
        let _ = self.desk.record.send(want).await;
    }

    async fn keep(&self, event: Event) {
        let place = format!("{} events", self.desk.camera);
        match self.desk.store.put_event(&event).await {
            Ok(()) => self.desk.faults.clear(&place),
            Err(error) => {
                let story = with_sources(&error);
                self.desk.faults.set(&place, story, error.hint(), clock::now());
            }
        }
        let _ = self.desk.changes.send(Change::Event(event.id)); // Nobody may be looking.
    }
}
