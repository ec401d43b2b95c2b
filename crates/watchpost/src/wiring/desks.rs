//! What each task of one camera gets from the line that it is part of.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use watchpost_model::Ailment;
use watchpost_model::config::{self, Detect, PhotoSize, PhotoTaker, Photos, Record};
use watchpost_watch::{health as healthy, photos};
use watchpost_web::ControlRequest;

use super::{Ends, Line};
use crate::see::View;
use crate::{camera, control, decide, detect, grids, health, photo, record, replay, see, tune};

impl Line {
    pub(super) fn record_desk(&self) -> record::Desk {
        record::Desk {
            camera: self.camera.name.clone(),
            mode: self.camera.record,
            pre_roll: self.camera.pre_roll,
            pace: self.pace(),
            timelapse: self.camera.timelapse,
            store: self.shared.store.clone(),
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
            make_room: Arc::clone(&self.shared.make_room),
        }
    }

    pub(super) fn decide_desk(
        &self,
        record: mpsc::Sender<record::Want>,
        event: watch::Sender<bool>,
        ends: &Ends,
    ) -> decide::Desk {
        let photos = self.camera.photos;
        decide::Desk {
            camera: self.camera.name.clone(),
            mode: self.camera.record,
            plan: replay::plan(&self.camera),
            photos: photos.map(|Photos { interval, count, .. }| photos::Plan { interval, count }),
            settings: self.counts.subscribe(),
            objects: self.objects.clone(),
            store: self.shared.store.clone(),
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
            record,
            event,
            see: ends.orders.clone(),
            take: ends.photos.clone(),
            changes: self.shared.changes.clone(),
        }
    }

    pub(super) fn see_desk(
        &self,
        seen: mpsc::Sender<see::Seen>,
        answers: mpsc::Sender<detect::Answer>,
        ends: &Ends,
    ) -> see::Desk {
        // These two are told by the pictures' coming alone.
        let by_coming = [Ailment::NoPictures, Ailment::Slow];
        see::Desk {
            camera: self.camera.name.clone(),
            follows: if self.camera.detect_source.is_some() { View::Small } else { View::Main },
            settings: self.counts.subscribe(),
            objects: self
                .objects
                .clone()
                .map(|wanted| (self.shared.detector.clone(), wanted, answers)),
            detects: self.camera.record != Record::Off && self.camera.detect == Detect::Motion,
            examines: self.camera.alarms.kinds.iter().any(|kind| !by_coming.contains(kind)),
            text: self.camera.text_on_pictures,
            pace: self.pace(),
            store: self.shared.store.clone(),
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
            changes: self.shared.changes.clone(),
            seen,
            signs: ends.signs.clone(),
            pages: ends.pages.clone(),
            meter: self.meter.clone(),
        }
    }

    pub(super) fn health_desk(&self, alarms: mpsc::Sender<health::Alarm>) -> health::Desk {
        let config::Alarms { kinds, no_pictures_after } = self.camera.alarms.clone();
        // Who asks for a picture a minute does not miss it after ten seconds.
        let no_pictures_after = no_pictures_after.max(self.pace() * 3);
        health::Desk {
            camera: self.camera.name.clone(),
            plan: healthy::Plan { kinds, no_pictures_after },
            store: self.shared.store.clone(),
            board: self.board.clone(),
            faults: self.shared.faults.clone(),
            changes: self.shared.changes.clone(),
            alarms,
        }
    }

    pub(super) fn grids_desk(&self) -> grids::Desk {
        grids::Desk {
            camera: self.camera.name.clone(),
            store: self.shared.store.clone(),
            faults: self.shared.faults.clone(),
        }
    }

    pub(super) fn tune_desk(&self, ends: &Ends) -> tune::Desk {
        tune::Desk {
            camera: self.camera.clone(),
            settings: self.counts.clone(),
            see: ends.orders.clone(),
            store: self.shared.store.clone(),
        }
    }

    pub(super) fn photo_desk(
        &self,
        stills: mpsc::Sender<camera::Still>,
        ends: &Ends,
    ) -> photo::Desk {
        let photos = self.camera.photos;
        photo::Desk {
            camera: self.camera.name.clone(),
            // Who asks for one by hand gets all there is.
            size: photos.map_or(PhotoSize::Full, |photos| photos.size),
            taker: photos.map_or(PhotoTaker::Stream, |photos| photos.taker),
            store: self.shared.store.clone(),
            faults: self.shared.faults.clone(),
            changes: self.shared.changes.clone(),
            see: ends.orders.clone(),
            stills,
        }
    }

    pub(super) fn control_desk(
        &self,
        asks: mpsc::Sender<decide::Ask>,
        turns: mpsc::Sender<ControlRequest>,
        ends: &Ends,
    ) -> control::Desk {
        control::Desk {
            camera: self.camera.clone(),
            source: self.source.clone(),
            store: self.shared.store.clone(),
            asks,
            turns,
            calls: Arc::clone(&self.calls),
            photos: ends.photos.clone(),
        }
    }
}
