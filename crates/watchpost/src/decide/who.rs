//! What is kept of an event besides its times: who was there, and where they went.

use std::time::Duration;

use watchpost_model::{EventId, Fraction, WallTime};
use watchpost_vision::motion::Motion;
use watchpost_watch::objects::Sighted;
use watchpost_watch::traces::{Sight, Subject};
use watchpost_web::Change;

use super::Judge;
use crate::status::with_sources;

/// Where things went is kept this often while an event goes on, and when it ends.
const TRACES_EVERY: Duration = Duration::from_secs(30);

impl Judge {
    /// Takes down where the things of the event that goes on are.
    pub(super) async fn trace(&mut self, at: WallTime, motion: &Motion) {
        let Some(event) = self.watch.current().map(|event| event.id.clone()) else { return };
        let settings = self.desk.settings.borrow().clone();
        let sights = motion.things.iter().map(|thing| {
            let zones = thing.zones.iter().filter_map(|zone| settings.zones.get(*zone));
            let zones = zones.map(|zone| zone.name.clone()).collect();
            let track = Subject::Thing(thing.track);
            Sight { track, region: thing.region, label: None, zones }
        });
        self.traces.step(at, sights);
        if at.since_or_zero(self.kept) >= TRACES_EVERY {
            self.kept = at;
            self.keep_traces(&event).await;
            self.keep_sightings(&event).await;
        }
    }

    /// Takes down where the objects of the event that goes on are.
    pub(super) fn trace_objects(&mut self, at: WallTime, objects: &[Sighted]) {
        let sights =
            objects.iter().filter(|object| object.score > Fraction::NONE).filter_map(|object| {
                let track = self.sightings.number_of(object.number)?;
                Some(Sight {
                    track: Subject::Object(track),
                    region: object.region,
                    label: Some(object.label.clone()),
                    zones: object.zones.clone(),
                })
            });
        self.traces.step(at, sights.collect::<Vec<_>>());
    }

    pub(super) async fn keep_traces(&self, event: &EventId) {
        let traces = self.traces.so_far();
        if traces.is_empty() {
            return;
        }
        if let Err(error) = self.desk.store.save_traces(event, &traces).await {
            let story = with_sources(&error);
            tracing::warn!(camera = %self.desk.camera, %event, "no traces: {story}");
        }
    }

    pub(super) async fn keep_sightings(&self, event: &EventId) {
        if self.desk.objects.is_none() {
            return;
        }
        let (sightings, recognition) = (self.sightings.so_far(), self.sightings.recognition());
        match self.desk.store.save_sightings(event, &sightings, recognition).await {
            Ok(()) => {
                let _ = self.desk.changes.send(Change::Event(event.clone())); // Nobody may be looking.
            }
            Err(error) => {
                let story = with_sources(&error);
                tracing::warn!(camera = %self.desk.camera, %event, "no objects: {story}");
            }
        }
    }

    /// Says in the log who was recognised, and how long after the event's first trigger that is known.
    pub(super) fn say_who(&mut self, event: &EventId) {
        let now = self.clock.now();
        let triggered = self.watch.current().map(|event| event.triggered);
        let after = triggered.map(|triggered| now.since_or_zero(triggered).as_millis());
        let who: Vec<String> = self
            .sightings
            .so_far()
            .iter()
            .map(|one| format!("{} {:.0} %", one.label, one.score.get() * 100.0))
            .collect();
        tracing::info!(camera = %self.desk.camera, %event, after_ms = after, "recognised: {}", who.join(", "));
    }
}
