//! Raw to checked: ranges, and what two keys have to do with each other.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::amount::{length_text, size_text};
use super::raw::{self, Limits, RawCamera, RawConfig, RawMotion, RawServer, RawStore};
use super::reader::{Key, Place, Reader};
use super::source::{Credentials, Source};
use super::{Camera, Certificate, Config, Keep, Motion, Record, Server, Store, Sync};
use crate::{ByteSize, CameraId, Fraction, Secret};

/// Checks everything; nothing only if a fault was noted, or if TOML itself is broken.
pub(super) fn config(raw: RawConfig, reader: &mut Reader) -> Option<Config> {
    let RawConfig { server: raw_server, store: raw_store, camera } = raw;
    same_names(&camera, reader);
    let cameras: Vec<Option<Camera>> =
        camera.into_iter().map(|raw| self::camera(raw, reader)).collect();
    Some(Config {
        server: server(raw_server, reader)?,
        store: store(raw_store),
        cameras: cameras.into_iter().collect::<Option<_>>()?,
    })
}

fn server(raw: RawServer, reader: &mut Reader) -> Option<Server> {
    let RawServer { listen, data_dir, time_zone, certificate, key } = raw;
    let certificate = match (certificate, key) {
        (Key::Given(chain, _), Key::Given(key, _)) => Some(Certificate { chain, key }),
        (Key::Given(_, place), Key::Absent) => {
            reader.refuse(&place, "needs key too, the private key of the certificate");
            None
        }
        (Key::Absent, Key::Given(_, place)) => {
            reader.refuse(&place, "needs certificate too, the certificate of the key");
            None
        }
        _ => None,
    };
    let default: Option<SocketAddr> = raw::LISTEN.parse().ok();
    Some(Server {
        listen: listen.value().or(default)?,
        data_dir: data_dir.value().unwrap_or_else(|| PathBuf::from(raw::DATA_DIR)),
        time_zone: time_zone.value().map(|zone| zone.0),
        certificate,
    })
}

fn store(raw: RawStore) -> Store {
    let RawStore { sync, min_free } = raw;
    Store {
        sync: sync.value().unwrap_or(Sync::Fragment),
        min_free: min_free.value().unwrap_or(raw::MIN_FREE),
    }
}

fn camera(raw: RawCamera, reader: &mut Reader) -> Option<Camera> {
    let RawCamera {
        place,
        name,
        mut source,
        user,
        password,
        mut detect_source,
        record,
        pre_roll,
        post_roll,
        max_event,
        keep,
        max_size,
        motion: raw_motion,
    } = raw;
    if matches!(name, Key::Absent) {
        reader.missing(&place, "name", "door");
    }
    if matches!(source, Key::Absent) {
        reader.missing(&place, "source", "rtsp://192.168.1.20/stream1");
    }
    log_in(&mut source, &mut detect_source, user, password, reader);
    same_kind(&source, &detect_source, reader);
    let pre_roll = within(pre_roll, &raw::PRE_ROLL, reader);
    let (post_roll, max_event) = event_lengths(post_roll, max_event, reader);
    let keep = self::keep(keep, reader);
    let max_size = self::max_size(max_size, reader);
    let motion = motion(raw_motion, reader);
    Some(Camera {
        name: name.value()?,
        source: source.value()?,
        detect_source: detect_source.value(),
        record: record.value().unwrap_or(Record::Events),
        pre_roll: pre_roll?,
        post_roll: post_roll?,
        max_event: max_event?,
        keep,
        max_size,
        motion: motion?,
    })
}

fn motion(raw: RawMotion, reader: &mut Reader) -> Option<Motion> {
    let RawMotion { min_area, min_trigger_area, min_pixel_delta } = raw;
    if let (Some(new), Some(old)) = (min_area.place(), min_trigger_area.place()) {
        let line = reader.line(new);
        let problem = format!("is the older name of min_area, which line {line} gives; write one");
        reader.refuse(old, problem);
    }
    let default = raw::MIN_AREA.parse().ok().and_then(Fraction::new);
    Some(Motion {
        min_area: min_area.value().or(min_trigger_area.value()).or(default)?,
        min_pixel_delta: min_pixel_delta.value().unwrap_or(raw::MIN_PIXEL_DELTA),
    })
}

/// Names become folders, and some disks do not tell upper from lower case.
fn same_names(cameras: &[RawCamera], reader: &mut Reader) {
    let named: Vec<(&CameraId, &Place)> =
        cameras.iter().filter_map(|camera| camera.name.given()).collect();
    for (index, (name, place)) in named.iter().enumerate() {
        let same =
            |(other, _): &&(&CameraId, &Place)| other.as_str().eq_ignore_ascii_case(name.as_str());
        if let Some((_, first)) = named.iter().take(index).find(same) {
            let (line, first) = (reader.line(first), first.path());
            let problem =
                format!("{first} on line {line} is that name already (a and A are the same)");
            reader.refuse(place, problem);
        }
    }
}

/// Puts `user` and `password` into the sources that name none.
fn log_in(
    source: &mut Key<Source>,
    detect_source: &mut Key<Source>,
    user: Key<String>,
    password: Key<Secret<String>>,
    reader: &mut Reader,
) {
    let (user, user_place, password) = match (user, password) {
        (Key::Given(user, place), Key::Given(password, _)) => (user, place, password),
        (Key::Given(user, place), Key::Absent) => (user, place, Secret::new(String::new())),
        (Key::Absent, Key::Given(_, place)) => {
            reader.refuse(&place, "needs user too, the name of the camera's account");
            return;
        }
        _ => return,
    };
    match source {
        Key::Given(Source::Rtsp { credentials: Some(_), .. }, place) => {
            let line = reader.line(place);
            let problem =
                format!("source on line {line} names a user already; write one of the two");
            reader.refuse(&user_place, problem);
        }
        Key::Given(Source::Rtsp { .. }, _) | Key::Absent | Key::Refused(_) => {}
        Key::Given(other, _) => {
            let prefix = other.kind().prefix();
            reader.refuse(&user_place, format!("only an rtsp: source has a user, not {prefix}"));
        }
    }
    for source in [source, detect_source] {
        if let Key::Given(Source::Rtsp { credentials: credentials @ None, .. }, _) = source {
            *credentials = Some(Credentials { user: user.clone(), password: password.clone() });
        }
    }
}

fn same_kind(source: &Key<Source>, detect_source: &Key<Source>, reader: &mut Reader) {
    if let (Some((source, _)), Some((detect, place))) = (source.given(), detect_source.given())
        && source.kind() != detect.kind()
    {
        let (source, detect) = (source.kind().prefix(), detect.kind().prefix());
        let problem = format!("must be of the same kind as source, {source} and not {detect}");
        reader.refuse(place, problem);
    }
}

/// `post_roll` and `max_event`, each or nothing where a fault is noted.
fn event_lengths(
    post_roll: Key<Duration>,
    max_event: Key<Duration>,
    reader: &mut Reader,
) -> (Option<Duration>, Option<Duration>) {
    let (post_place, max_place) = (post_roll.place().cloned(), max_event.place().cloned());
    let post_roll = within(post_roll, &raw::POST_ROLL, reader);
    let max_event = within(max_event, &raw::MAX_EVENT, reader);
    if let (Some(post), Some(max)) = (post_roll, max_event)
        && max <= post
    {
        let longer = format!("must be longer than post_roll, which is {}", length_text(post));
        let shorter = format!("must be shorter than max_event, which is {}", length_text(max));
        match (max_place, post_place) {
            (Some(place), _) => reader.refuse(&place, longer),
            (None, Some(place)) => reader.refuse(&place, shorter),
            (None, None) => {} // The defaults fit each other.
        }
    }
    (post_roll, max_event)
}

/// The length, or the default, or nothing where a fault is noted.
fn within(length: Key<Duration>, limits: &Limits, reader: &mut Reader) -> Option<Duration> {
    match length {
        Key::Absent => Some(limits.default),
        Key::Refused(_) => None,
        Key::Given(length, _) if (limits.least..=limits.most).contains(&length) => Some(length),
        Key::Given(_, place) => {
            let (least, most) = (length_text(limits.least), length_text(limits.most));
            reader.refuse(&place, format!("must be between {least} and {most}"));
            None
        }
    }
}

fn keep(keep: Key<Keep>, reader: &mut Reader) -> Keep {
    if let Key::Given(Keep::For(length), place) = &keep
        && *length < raw::LEAST_KEEP
    {
        let least = length_text(raw::LEAST_KEEP);
        reader.refuse(place, format!("must be at least {least}, or \"forever\""));
    }
    keep.value().unwrap_or(Keep::For(raw::KEEP))
}

fn max_size(max_size: Key<ByteSize>, reader: &mut Reader) -> Option<ByteSize> {
    if let Some((size, place)) = max_size.given()
        && *size < raw::LEAST_MAX_SIZE
    {
        let least = size_text(raw::LEAST_MAX_SIZE);
        reader.refuse(place, format!("must be at least {least}; for no limit leave the key out"));
    }
    max_size.value()
}
