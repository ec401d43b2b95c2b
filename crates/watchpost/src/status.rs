//! What the page shows: how each camera is, and what is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use watchpost_media::Parameters;
use watchpost_model::config::{Camera, Source};
use watchpost_model::{Ailment, ByteSize, CameraId, Label, WallTime};
use watchpost_web::{CameraStatus, Detection, Fault, Link, Manual, Stream, Throughput};

/// One camera's line on the page. Each of the camera's tasks tells its own part; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Board(Arc<watch::Sender<CameraStatus>>);

impl Board {
    /// How `camera` is before anything is known of it.
    pub(crate) fn new(camera: &Camera, now: WallTime) -> (Self, watch::Receiver<CameraStatus>) {
        let (board, status) = watch::channel(CameraStatus {
            link: Link::Connecting,
            since: now,
            record: camera.record,
            recording: false,
            detection: Detection::Off,
            demo: camera.source == Source::Demo,
            stream: None,
            note: None,
            health: BTreeMap::new(),
            manual: None,
            audio: false,
            objects: Vec::new(),
        });
        (Self(Arc::new(board)), status)
    }

    /// Pictures come.
    pub(crate) fn live(&self, parameters: &Parameters, note: Option<&str>, now: WallTime) {
        self.0.send_modify(|status| {
            status.link = Link::Live;
            status.since = now;
        });
        self.changed(parameters, note);
    }

    /// They come in another way.
    pub(crate) fn changed(&self, parameters: &Parameters, note: Option<&str>) {
        self.0.send_modify(|status| {
            status.note = note.map(str::to_owned);
            status.audio = parameters.sound().is_some();
            status.stream = Some(Stream {
                width: parameters.width(),
                height: parameters.height(),
                codec: parameters.mime_codecs(),
                throughput: None,
            });
        });
    }

    /// No pictures come. `since` stays what it was if none came before either.
    pub(crate) fn offline(&self, why: Link, now: WallTime) {
        self.0.send_modify(|status| {
            if !matches!(status.link, Link::Offline { .. }) {
                status.since = now;
            }
            status.link = why;
            status.detection = Detection::Off;
        });
    }

    /// What came over the last seconds.
    pub(crate) fn measured(&self, throughput: Throughput) {
        self.0.send_modify(|status| {
            if let Some(stream) = &mut status.stream {
                stream.throughput = Some(throughput);
            }
        });
    }

    /// Whether the camera is being recorded.
    pub(crate) fn recording(&self, recording: bool) {
        self.0.send_if_modified(|status| {
            std::mem::replace(&mut status.recording, recording) != recording
        });
    }

    /// What is wrong with the camera, and since when.
    pub(crate) fn health(&self, troubles: &BTreeMap<Ailment, WallTime>) {
        self.0.send_if_modified(|status| {
            let changed = status.health != *troubles;
            status.health.clone_from(troubles);
            changed
        });
    }

    /// What is recorded by hand.
    pub(crate) fn manual(&self, manual: Option<Manual>) {
        self.0.send_if_modified(|status| std::mem::replace(&mut status.manual, manual) != manual);
    }

    /// Who is there, and how many of each.
    pub(crate) fn objects(&self, objects: Vec<(Label, u32)>) {
        self.0.send_if_modified(|status| {
            let changed = status.objects != objects;
            status.objects = objects;
            changed
        });
    }

    /// What motion detection does.
    pub(crate) fn detection(&self, detection: Detection) {
        self.0.send_if_modified(|status| {
            std::mem::replace(&mut status.detection, detection) != detection
        });
    }
}

/// What is wrong now, for the page and the log. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Faults(Arc<watch::Sender<Vec<Fault>>>);

impl Faults {
    pub(crate) fn new() -> (Self, watch::Receiver<Vec<Fault>>) {
        let (faults, told) = watch::channel(Vec::new());
        (Self(Arc::new(faults)), told)
    }

    /// Something is wrong at `place`. Told in the log once, when it begins or changes.
    pub(crate) fn set(&self, place: &str, message: String, hint: impl Into<String>, now: WallTime) {
        let fault = Fault { place: place.to_owned(), message, hint: Some(hint.into()), since: now };
        self.0.send_if_modified(|faults| {
            match faults.iter_mut().find(|known| known.place == fault.place) {
                Some(known) if known.message == fault.message => return false,
                Some(known) => *known = Fault { since: known.since, ..fault.clone() },
                None => faults.push(fault.clone()),
            }
            let hint = fault.hint.as_deref().unwrap_or_default();
            tracing::error!("{}: {}. {hint}", fault.place, fault.message);
            true
        });
    }

    /// All is well at `place` again.
    pub(crate) fn clear(&self, place: &str) {
        self.0.send_if_modified(|faults| {
            let gone = faults.extract_if(.., |fault| fault.place == place).count() > 0;
            if gone {
                tracing::info!("{place}: all is well again");
            }
            gone
        });
    }

    /// Forgets what was wrong with a camera that is no more: every place that begins with its name.
    pub(crate) fn forget(&self, camera: &CameraId) {
        self.0.send_if_modified(|faults| {
            let of_camera = |place: &str| place.split(' ').next() == Some(camera.as_str());
            faults.extract_if(.., |fault| of_camera(&fault.place)).count() > 0
        });
    }
}

/// Measures what comes.
#[derive(Debug)]
pub(crate) struct Meter {
    since: tokio::time::Instant,
    pictures: u32,
    bytes: usize,
}

impl Meter {
    /// How often the measure is told.
    const SPAN: Duration = Duration::from_secs(2);

    pub(crate) fn new() -> Self {
        Self { since: tokio::time::Instant::now(), pictures: 0, bytes: 0 }
    }

    /// Counts a picture of `size` bytes; now and then gives the measure.
    pub(crate) fn step(&mut self, size: usize) -> Option<Throughput> {
        self.pictures += 1;
        self.bytes += size;
        let over = self.since.elapsed();
        if over < Self::SPAN {
            return None;
        }
        let bytes = ByteSize::from_bytes(u64::try_from(self.bytes).unwrap_or(u64::MAX));
        let measured = Throughput { over, pictures: self.pictures, bytes };
        *self = Self::new();
        Some(measured)
    }
}

/// The error with what lies behind it, in one line.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
