//! Raw to checked: ranges, and what two keys have to do with each other.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::amount::{length_text, size_text};
use super::looks::Looks;
use super::raw::{self, Limits, RawCamera, RawConfig, RawServer, RawStore};
use super::reader::{Key, Place, Reader};
use super::source::{Source, SourceKind};
use super::value::{Kinds, LengthOrNever, PhotoCount};
use super::{
    Alarms, Camera, Certificate, Clip, Config, Keep, NameTemplate, PhotoSize, PhotoTaker, Photos,
    Record, Server, Store, Sync,
};
use super::{detector, device, fit, motion, mqtt, objects, start};
use crate::{Ailment, ByteSize, CameraId, MotionSettings};

/// Checks everything; nothing only if a fault was noted, or if TOML itself is broken.
pub(super) fn config(raw: RawConfig, reader: &mut Reader) -> Option<Config> {
    let RawConfig {
        server: raw_server,
        store: raw_store,
        detector,
        mqtt,
        camera,
        sensor,
        light,
        servo,
        output,
    } = raw;
    let names = camera.iter().map(|camera| &camera.name);
    let known = device::Known::new("camera", names.clone(), CameraId::as_str, reader);
    same_names(names.filter_map(Key::given).map(|(name, place)| (name.as_str(), place)), reader);
    let (server, store) = (server(raw_server, reader), store(raw_store));
    let (detector, looks) = detector.map(|raw| detector::check(raw, reader)).unzip();
    let has_broker = mqtt.is_some();
    let mqtt = mqtt.map(|raw| mqtt::check(raw, reader));
    let devices = device::RawDevices { sensor, light, servo, output };
    let (devices, started) = device::check(devices, &known, has_broker, reader);
    let of_all = OfAll {
        audio: store.as_ref().is_none_or(|store| store.audio),
        looks: looks.as_ref(),
        started: started.as_ref(),
    };
    let cameras: Vec<Option<Camera>> =
        camera.into_iter().map(|raw| self::camera(raw, &of_all, reader)).collect();
    let device::Devices { sensors, lights, servos, outputs } = devices?;
    Some(Config {
        server: server?,
        store: store?,
        detector: detector.flatten(),
        cameras: cameras.into_iter().collect::<Option<_>>()?,
        mqtt: mqtt.flatten(),
        sensors,
        lights,
        servos,
        outputs,
    })
}

/// What other tables say of every camera.
struct OfAll<'a> {
    /// What the store says of sound.
    audio: bool,
    /// What the detector looks for.
    looks: Option<&'a Looks>,
    /// The cameras that a sensor could start, nothing where that is not known.
    started: Option<&'a BTreeSet<CameraId>>,
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

fn store(raw: RawStore) -> Option<Store> {
    let RawStore { sync, min_free, audio, video_name, photo_name } = raw;
    let video = video_name.value().map(|name| name.0);
    let photo = photo_name.value().map(|name| name.0);
    Some(Store {
        sync: sync.value().unwrap_or(Sync::Fragment),
        min_free: min_free.value().unwrap_or(raw::MIN_FREE),
        audio: audio.value().unwrap_or(true),
        video_name: video.or_else(|| NameTemplate::video(NameTemplate::VIDEO).ok())?,
        photo_name: photo.or_else(|| NameTemplate::photo(NameTemplate::PHOTO).ok())?,
    })
}

/// Checks one camera; nothing where a fault is noted.
fn camera(raw: RawCamera, of_all: &OfAll, reader: &mut Reader) -> Option<Camera> {
    let RawCamera {
        place,
        name,
        mut source,
        user,
        password,
        mut detect_source,
        transport,
        reader: stream_reader,
        audio: own_audio,
        encode,
        snapshot_interval,
        format,
        onvif,
        record,
        detect,
        start,
        pre_roll,
        post_roll,
        max_event,
        clip,
        cooldown,
        photos,
        photo_interval,
        photo_count,
        photo_size,
        photo_source,
        timelapse,
        text_on_pictures,
        alarms,
        no_pictures_after,
        keep,
        max_size,
        picture,
        motion: raw_motion,
        objects,
    } = raw;
    must_have(&place, &name, &source, reader);
    let of_source = fit::Keys {
        user,
        password,
        transport,
        reader: stream_reader,
        audio: own_audio,
        encode,
        snapshot_interval,
        format,
        onvif,
        picture,
    };
    let onvif = fit::apply(&mut source, &mut detect_source, of_source, of_all.audio, reader);
    let kind = source.given().map(|(source, _)| source.kind());
    let begins = start::Keys {
        name: &name,
        detect: &detect,
        start: &start,
        record: &record,
        timelapse: timelapse.place(),
        events: &objects.events,
    };
    let (detect, start) = start::check(&begins, of_all.started, reader);
    let pre_roll = within(pre_roll, &raw::PRE_ROLL, reader);
    let (post_roll, max_event) = event_lengths(post_roll, max_event, &clip, reader);
    let clip = self::clip(clip, cooldown, max_event, &record, reader);
    let of_photos = PhotoKeys {
        photos,
        interval: photo_interval,
        count: photo_count,
        size: photo_size,
        taker: photo_source,
    };
    let photos = self::photos(of_photos, &record, kind, reader);
    let timelapse = self::timelapse(timelapse, reader);
    let alarms = self::alarms(alarms, no_pictures_after, reader);
    let keep = self::keep(keep, reader);
    let max_size = self::max_size(max_size, reader);
    let zones = objects::names(raw_motion.zone.iter().flatten().map(|zone| &zone.name));
    let objects = objects::check(objects, of_all.looks, zones, reader);
    let motion = motion::check(raw_motion, &MotionSettings::default(), reader);
    Some(Camera {
        name: name.value()?,
        source: source.value()?,
        detect_source: detect_source.value(),
        record: record.value().unwrap_or(Record::Events),
        detect,
        start,
        pre_roll: pre_roll?,
        post_roll: post_roll?,
        max_event: max_event?,
        clip,
        photos,
        timelapse,
        keep,
        max_size,
        motion: motion?,
        objects: objects?,
        alarms: alarms?,
        text_on_pictures: text_on_pictures.value().unwrap_or(false),
        onvif,
    })
}

fn must_have(place: &Place, name: &Key<CameraId>, source: &Key<Source>, reader: &mut Reader) {
    if matches!(name, Key::Absent) {
        reader.missing(place, "name", "door");
    }
    if matches!(source, Key::Absent) {
        reader.missing(place, "source", "rtsp://192.168.1.20/stream1");
    }
}

fn timelapse(timelapse: Key<Duration>, reader: &mut Reader) -> Option<Duration> {
    match timelapse {
        Key::Absent => None,
        given => within(given, &raw::TIMELAPSE, reader),
    }
}

/// Refuses names that were given before. Names become folders and topics, and some disks do not tell
/// upper from lower case.
pub(super) fn same_names<'a>(
    names: impl Iterator<Item = (&'a str, &'a Place)>,
    reader: &mut Reader,
) {
    let mut known: Vec<(&str, &Place)> = Vec::new();
    for (name, place) in names {
        if let Some((_, first)) = known.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            let (line, first) = (reader.line(first), first.path());
            let problem =
                format!("{first} on line {line} is that name already (a and A are the same)");
            reader.refuse(place, problem);
        }
        known.push((name, place));
    }
}

/// `post_roll` and `max_event`, each or nothing where a fault is noted.
fn event_lengths(
    post_roll: Key<Duration>,
    max_event: Key<Duration>,
    clip: &Key<Duration>,
    reader: &mut Reader,
) -> (Option<Duration>, Option<Duration>) {
    let (post_place, max_place) = (post_roll.place().cloned(), max_event.place().cloned());
    let post_roll = within(post_roll, &raw::POST_ROLL, reader);
    let max_event = within(max_event, &raw::MAX_EVENT, reader);
    if let Some(clip) = clip.place() {
        if let Some(place) = post_place {
            let line = reader.line(clip);
            let problem =
                format!("means nothing to the clip of line {line}, which says how long it is");
            reader.refuse(&place, problem);
        }
    } else if let (Some(post), Some(max)) = (post_roll, max_event)
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

fn clip(
    clip: Key<Duration>,
    cooldown: Key<Duration>,
    max_event: Option<Duration>,
    record: &Key<Record>,
    reader: &mut Reader,
) -> Option<Clip> {
    if let (Key::Absent, Some(place)) = (&clip, cooldown.place()) {
        reader.refuse(place, "needs clip too, the length of each clip");
    }
    let cooldown = within(cooldown, &raw::COOLDOWN, reader);
    let place = clip.place()?.clone();
    match record.given() {
        Some((Record::Continuous, _)) => reader.refuse(
            &place,
            "record = \"continuous\" keeps everything, and no clips; for clips alone write \
             record = \"events\", for everything leave clip out",
        ),
        Some((Record::Photos, _)) => reader.refuse(
            &place,
            "record = \"photos\" keeps no video; for clips and photos write record = \"events\" and \
             photos = true",
        ),
        Some((Record::Off, _)) => {
            reader.refuse(&place, "record = \"off\" keeps nothing; write record = \"events\"");
        }
        Some((Record::Events, _)) | None => {}
    }
    let length = within(clip, &raw::CLIP, reader)?;
    if let Some(max) = max_event.filter(|max| length > *max) {
        let max = length_text(max);
        reader.refuse(&place, format!("must not be longer than max_event, which is {max}"));
    }
    Some(Clip { length, cooldown: cooldown? })
}

struct PhotoKeys {
    photos: Key<bool>,
    interval: Key<Duration>,
    count: Key<PhotoCount>,
    size: Key<PhotoSize>,
    taker: Key<PhotoTaker>,
}

fn photos(
    keys: PhotoKeys,
    record: &Key<Record>,
    kind: Option<SourceKind>,
    reader: &mut Reader,
) -> Option<Photos> {
    let PhotoKeys { photos, interval, count, size, taker } = keys;
    let by_record = matches!(record, Key::Given(Record::Photos, _));
    match (&photos, record) {
        (Key::Given(false, place), Key::Given(Record::Photos, record)) => {
            let line = reader.line(record);
            let problem = format!(
                "record on line {line} is \"photos\"; leave photos out, or write another record"
            );
            reader.refuse(place, problem);
        }
        (Key::Given(true, place), Key::Given(Record::Off, _)) => reader.refuse(
            place,
            "record = \"off\" takes none; for photos without video write record = \"photos\"",
        ),
        _ => {}
    }
    let none = matches!(photos, Key::Absent | Key::Given(false, _)) && !by_record;
    let places = [interval.place(), count.place(), size.place(), taker.place()];
    if none && !matches!(record, Key::Refused(_)) {
        for place in places.into_iter().flatten() {
            reader.refuse(place, "needs photos = true, or record = \"photos\"");
        }
    }
    if let (Key::Given(PhotoTaker::Still, place), Some(kind)) = (&taker, kind)
        && kind != SourceKind::RaspberryPi
    {
        let prefix = kind.prefix();
        let problem =
            format!("only an rpicam: camera takes photos itself, not {prefix}; write \"stream\"");
        reader.refuse(place, problem);
    }
    let interval = within(interval, &raw::PHOTO_INTERVAL, reader)?;
    let photos = Photos {
        interval,
        count: count.value().map_or(raw::PHOTO_COUNT, |count| count.0),
        size: size.value().unwrap_or(PhotoSize::Full),
        taker: taker.value().unwrap_or(PhotoTaker::Stream),
    };
    (!none).then_some(photos)
}

fn alarms(
    kinds: Key<Kinds>,
    no_pictures_after: Key<Duration>,
    reader: &mut Reader,
) -> Option<Alarms> {
    let missing = |kinds: &Kinds| !kinds.0.contains(&Ailment::NoPictures);
    if let (Key::Given(kinds, _), Some(place)) = (&kinds, no_pictures_after.place())
        && missing(kinds)
    {
        reader.refuse(place, "needs \"no_pictures\" in alarms");
    }
    let kinds = kinds.value().map_or(Ailment::ALL.into(), |kinds| kinds.0);
    let no_pictures_after = within(no_pictures_after, &raw::NO_PICTURES_AFTER, reader)?;
    Some(Alarms { kinds, no_pictures_after })
}

/// The length, or the default, or nothing where a fault is noted.
pub(super) fn within(
    length: Key<Duration>,
    limits: &Limits,
    reader: &mut Reader,
) -> Option<Duration> {
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

/// The length, or nothing for "never", for nothing said, and where a fault is noted.
pub(super) fn within_or_never(
    length: Key<LengthOrNever>,
    limits: &Limits,
    reader: &mut Reader,
) -> Option<Duration> {
    if let Some((LengthOrNever(Some(length)), place)) = length.given()
        && !(limits.least..=limits.most).contains(length)
    {
        let (least, most) = (length_text(limits.least), length_text(limits.most));
        reader.refuse(place, format!("must be between {least} and {most}, or \"never\""));
    }
    length.value().and_then(|length| length.0)
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
