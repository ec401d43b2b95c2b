//! The cameras as they are now.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use tokio::sync::watch;
use watchpost_api as api;
use watchpost_model::config::Record;
use watchpost_model::{Ailment, ByteSize, CameraId, Label, WallTime};

use crate::controls::{Controls, Manual};
use crate::error::{Answer, Problem};
use crate::live::Feed;
use crate::motion::{Meter, MotionControls};
use crate::routes::Site;
use crate::snapshots::Snapshots;

/// What the web knows of one camera.
#[derive(Clone, Debug)]
pub struct CameraHandle {
    /// Its name.
    pub name: CameraId,
    /// How it is.
    pub status: watch::Receiver<CameraStatus>,
    /// Its video of now.
    pub live: Feed,
    /// Its pictures of now.
    pub snapshots: Snapshots,
    /// What it is told to do.
    pub controls: Controls,
    /// What of that it can ever do.
    pub abilities: Abilities,
    /// What counts as motion on it.
    pub motion: MotionControls,
    /// What moves on it now.
    pub meter: Meter,
    /// Whether name and time stand on its pictures of now, if nobody says otherwise.
    pub text_on_pictures: bool,
}

/// What can be set of a camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Whether its picture can be.
    pub picture: bool,
    /// Whether where it looks can be.
    pub ptz: bool,
}

/// How a camera is.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraStatus {
    /// Whether pictures come.
    pub link: Link,
    /// Since when that is so.
    pub since: WallTime,
    /// What is recorded of it.
    pub record: Record,
    /// Whether it is being recorded at this moment.
    pub recording: bool,
    /// What motion detection does.
    pub detection: Detection,
    /// Whether it is the built-in demonstration.
    pub demo: bool,
    /// What it sends or last sent, once it has.
    pub stream: Option<Stream>,
    /// What is wrong with its pictures, and since when.
    pub health: BTreeMap<Ailment, WallTime>,
    /// What else its owner should know, such as which program reads it.
    pub note: Option<String>,
    /// Whether its sound is received.
    pub audio: bool,
    /// What is recorded by hand, if anything is.
    pub manual: Option<Manual>,
    /// What is recognised in its pictures now, and how many of each class; no class twice.
    pub objects: Vec<(Label, u32)>,
}

/// Whether pictures come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not yet.
    Connecting,
    /// They do.
    Live,
    /// They do not.
    Offline {
        /// Why.
        cause: String,
        /// What to do about it.
        hint: Option<String>,
        /// When it is tried again.
        next_try: Option<WallTime>,
    },
    /// They are not wanted.
    Off,
}

/// What motion detection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// It looks, and nothing moves.
    Watching,
    /// It sees something move.
    Motion,
    /// It is not wanted, or has no pictures.
    Off,
    /// It broke off and is coming back.
    Restarting,
}

/// What a camera sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// By RFC 6381.
    pub codec: String,
    /// How much of late, once measured.
    pub throughput: Option<Throughput>,
}

/// What came in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throughput {
    /// How long the stretch was.
    pub over: Duration,
    /// How many pictures came.
    pub pictures: u32,
    /// How much they were together.
    pub bytes: ByteSize,
}

impl Throughput {
    /// Pictures in a second, to a tenth.
    fn fps(self) -> Option<f64> {
        let seconds = self.over.as_secs_f64();
        (seconds > 0.0).then(|| (f64::from(self.pictures) / seconds * 10.0).round() / 10.0)
    }

    /// Bits in a second.
    fn bitrate(self) -> Option<u64> {
        let bits = u128::from(self.bytes.as_bytes()) * 8;
        let rate = (bits * 1_000_000).checked_div(self.over.as_micros())?;
        u64::try_from(rate).ok()
    }
}

impl CameraHandle {
    /// What the API tells of it.
    pub(crate) fn wire(&self, zone: &TimeZone) -> api::Camera {
        // No `..`: whoever adds a field must decide here whether to tell it.
        let CameraHandle {
            name,
            status,
            live: _,
            snapshots: _,
            controls: _,
            abilities: Abilities { picture, ptz },
            motion: _,
            meter: _,
            text_on_pictures: _,
        } = self;
        let CameraStatus {
            link,
            since,
            record,
            recording,
            detection,
            demo,
            stream,
            health,
            note,
            audio,
            manual,
            objects,
        } = status.borrow().clone();
        let time = |time: WallTime| api::Time(time.to_rfc3339(zone));
        let (state, cause, hint, next_try) = match link {
            Link::Connecting => (api::CameraState::Connecting, None, None, None),
            Link::Live => (api::CameraState::Live, None, None, None),
            Link::Offline { cause, hint, next_try } => {
                (api::CameraState::Offline, Some(cause), hint, next_try.map(time))
            }
            Link::Off => (api::CameraState::Off, None, None, None),
        };
        let (size, codec, throughput) = match stream {
            None => (None, None, None),
            Some(Stream { width, height, codec, throughput }) => {
                (Some((width, height)), Some(codec), throughput)
            }
        };
        api::Camera {
            name: name.to_string(),
            state,
            since: time(since),
            cause,
            hint,
            next_try,
            record: match record {
                Record::Events => api::Record::Events,
                Record::Continuous => api::Record::Continuous,
                Record::Photos => api::Record::Photos,
                Record::Off => api::Record::Off,
            },
            recording,
            detection: match detection {
                Detection::Watching => api::Detection::Watching,
                Detection::Motion => api::Detection::Motion,
                Detection::Off => api::Detection::Off,
                Detection::Restarting => api::Detection::Restarting,
            },
            demo,
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            codec,
            fps: throughput.and_then(Throughput::fps),
            bitrate: throughput.and_then(Throughput::bitrate),
            health: health
                .into_iter()
                .map(|(kind, since)| api::Ailing { kind: ailment(kind), since: time(since) })
                .collect(),
            note,
            audio,
            manual: manual.map(|manual| manual.wire(zone)),
            controls: api::Controls { picture: *picture, ptz: *ptz },
            objects: objects
                .iter()
                .map(|(label, count)| api::ObjectCount {
                    label: label.to_string(),
                    count: (*count).into(),
                })
                .collect(),
        }
    }

    /// Pictures in a second, once measured.
    pub(crate) fn fps(&self) -> Option<f64> {
        self.status.borrow().stream.as_ref()?.throughput?.fps()
    }
}

impl Manual {
    /// What the API tells of it.
    pub(crate) fn wire(self, zone: &TimeZone) -> api::Manual {
        let Manual { since, until } = self;
        let time = |time: WallTime| api::Time(time.to_rfc3339(zone));
        api::Manual { since: time(since), until: until.map(time) }
    }
}

/// What the API calls it.
pub(crate) fn ailment(ailment: Ailment) -> api::Ailment {
    match ailment {
        Ailment::NoPictures => api::Ailment::NoPictures,
        Ailment::Frozen => api::Ailment::Frozen,
        Ailment::Black => api::Ailment::Black,
        Ailment::White => api::Ailment::White,
        Ailment::Covered => api::Ailment::Covered,
        Ailment::Defocused => api::Ailment::Defocused,
        Ailment::Moved => api::Ailment::Moved,
        Ailment::Slow => api::Ailment::Slow,
    }
}

impl Site {
    /// The camera of that name.
    pub(crate) fn camera(&self, name: &str) -> Answer<CameraHandle> {
        let cameras = self.app.cameras.borrow();
        let found = cameras.iter().find(|camera| camera.name.as_str() == name).cloned();
        found.ok_or_else(|| Problem::NotFound(format!("There is no camera {name:?}.")))
    }

    /// The names of all cameras.
    pub(crate) fn camera_names(&self) -> Vec<CameraId> {
        self.app.cameras.borrow().iter().map(|camera| camera.name.clone()).collect()
    }
}

/// Every camera.
#[utoipa::path(get, path = "/cameras", tag = "cameras",
    responses((status = 200, body = api::Cameras)))]
pub(crate) async fn list(State(site): State<Arc<Site>>) -> Json<api::Cameras> {
    let cameras =
        site.app.cameras.borrow().iter().map(|camera| camera.wire(&site.app.zone)).collect();
    Json(api::Cameras { cameras })
}
