//! What other keys of a camera say of its source, and which of them its kind can have.

use std::time::Duration;

use super::address::Credentials;
use super::raw::{self, RawPicture};
use super::reader::{Key, Reader};
use super::source::{self, Encode, Source, SourceKind, Transport, V4l2Format};
use super::value::Setting;
use super::{Onvif, PictureSettings, check};
use crate::Secret;

/// The keys of a camera that say something of its source.
pub(super) struct Keys {
    pub(super) user: Key<String>,
    pub(super) password: Key<Secret<String>>,
    pub(super) transport: Key<Transport>,
    pub(super) reader: Key<source::Reader>,
    pub(super) audio: Key<bool>,
    pub(super) encode: Key<Encode>,
    pub(super) snapshot_interval: Key<Duration>,
    pub(super) format: Key<V4l2Format>,
    pub(super) onvif: Key<Onvif>,
    pub(super) picture: RawPicture,
}

/// Tells `source` and `detect_source` what `keys` say of them. Gives where the camera can be asked
/// to turn. `store_audio` is what the store says of sound.
pub(super) fn apply(
    source: &mut Key<Source>,
    detect_source: &mut Key<Source>,
    keys: Keys,
    store_audio: bool,
    reader: &mut Reader,
) -> Option<Onvif> {
    use SourceKind::{File, Http, Onvif, Rtsp, V4l2};
    let Keys {
        user,
        password,
        transport,
        reader: stream_reader,
        audio,
        encode,
        snapshot_interval,
        format,
        mut onvif,
        picture,
    } = keys;
    let kind = source.given().map(|(source, _)| source.kind());
    log_in([source, detect_source], &mut onvif, user, password, reader);
    only(&transport, "a transport", &[Rtsp, Onvif], kind, reader);
    only(&stream_reader, "a reader", &[Rtsp, Onvif], kind, reader);
    only(&audio, "sound", &[Rtsp, Onvif, File], kind, reader);
    only(&encode, "pictures to encode", &[Rtsp, Onvif, Http, V4l2], kind, reader);
    only(&snapshot_interval, "a snapshot_interval", &[Http], kind, reader);
    only(&format, "a format", &[V4l2], kind, reader);
    only(&onvif, "an ONVIF device service", &[Rtsp, Onvif, Http], kind, reader);
    same_kind(source, detect_source, reader);
    let encrypted = [&*source, &*detect_source].into_iter().any(is_encrypted);
    if encrypted {
        refuse_encrypted(&transport, &stream_reader, reader);
    }
    let interval = check::within(snapshot_interval, &raw::SNAPSHOT_INTERVAL, reader);
    let sound = audio.value().unwrap_or(true) && store_audio;
    let (transport, stream_reader) = (transport.value(), stream_reader.value());
    let (encode, format) = (encode.value(), format.value());
    for (source, sound) in [(&mut *source, sound), (detect_source, false)] {
        let Key::Given(source, _) = source else { continue };
        match source {
            Source::Rtsp(rtsp) => {
                rtsp.transport = transport.unwrap_or(rtsp.transport);
                // An encrypted one has its reader already.
                if rtsp.reader == source::Reader::Auto {
                    rtsp.reader = stream_reader.unwrap_or(rtsp.reader);
                }
                rtsp.encode = encode.unwrap_or(rtsp.encode);
                rtsp.sound = sound;
            }
            Source::Onvif(onvif) => {
                onvif.transport = transport.unwrap_or(onvif.transport);
                onvif.reader = stream_reader.unwrap_or(onvif.reader);
                onvif.encode = encode.unwrap_or(onvif.encode);
                onvif.sound = sound;
            }
            Source::Http(http) => {
                http.interval = interval.unwrap_or(http.interval);
                http.encode = encode.unwrap_or(http.encode);
            }
            Source::File(file) => file.sound = sound,
            Source::V4l2(v4l2) => {
                v4l2.format = format.unwrap_or(v4l2.format);
                v4l2.encode = encode.unwrap_or(v4l2.encode);
            }
            Source::RaspberryPi(_) | Source::Demo => {}
        }
    }
    take_pictures([source, detect_source], picture, reader);
    service(onvif, source)
}

/// Refuses a key that sources of this kind cannot have. `what` is what they would have.
fn only<T>(
    key: &Key<T>,
    what: &str,
    kinds: &[SourceKind],
    kind: Option<SourceKind>,
    reader: &mut Reader,
) {
    if let (Key::Given(_, place), Some(kind)) = (key, kind)
        && !kinds.contains(&kind)
    {
        let prefixes: Vec<&str> = kinds.iter().map(|kind| kind.prefix()).collect();
        let (list, verb) = match prefixes.split_last() {
            Some((last, [])) => (format!("only a source that begins with {last}"), "has"),
            Some((last, before)) => {
                (format!("only sources that begin with {} or {last}", before.join(", ")), "have")
            }
            None => return,
        };
        reader.refuse(place, format!("{list} {verb} {what}, not {}", kind.prefix()));
    }
}

/// Puts `user` and `password` into the sources and the device service that name none.
fn log_in(
    [source, detect_source]: [&mut Key<Source>; 2],
    onvif: &mut Key<Onvif>,
    user: Key<String>,
    password: Key<Secret<String>>,
    reader: &mut Reader,
) {
    let (user, place, password) = match (user, password) {
        (Key::Given(user, place), Key::Given(password, _)) => (user, place, password),
        (Key::Given(user, place), Key::Absent) => (user, place, Secret::new(String::new())),
        (Key::Absent, Key::Given(_, place)) => {
            reader.refuse(&place, "needs user too, the name of the camera's account");
            return;
        }
        _ => return,
    };
    let needed = onvif.given().is_some_and(|(onvif, _)| onvif.credentials.is_none());
    match source {
        Key::Given(source, _) if !source.kind().is_on_network() => {
            let problem =
                format!("only a camera on the network has a user, not {}", source.kind().prefix());
            reader.refuse(&place, problem);
        }
        Key::Given(given, source_place) if given.credentials().is_some() && !needed => {
            let line = reader.line(source_place);
            let problem =
                format!("source on line {line} names a user already; write one of the two");
            reader.refuse(&place, problem);
        }
        Key::Given(..) | Key::Absent | Key::Refused(_) => {}
    }
    let credentials = Credentials { user, password };
    for source in [source, detect_source] {
        if let Key::Given(source, _) = source
            && let Some(none @ None) = source.credentials_mut()
        {
            *none = Some(credentials.clone());
        }
    }
    if let Key::Given(Onvif { credentials: none @ None, .. }, _) = onvif {
        *none = Some(credentials);
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

fn is_encrypted(source: &Key<Source>) -> bool {
    matches!(source, Key::Given(Source::Rtsp(rtsp), _) if rtsp.url.expose().scheme() == "rtsps")
}

/// What an `rtsps://` camera cannot have.
fn refuse_encrypted(
    transport: &Key<Transport>,
    stream_reader: &Key<source::Reader>,
    reader: &mut Reader,
) {
    if let Key::Given(Transport::Udp, place) = transport {
        reader.refuse(place, "the pictures of an rtsps:// camera travel by \"tcp\" only");
    }
    if let Key::Given(source::Reader::BuiltIn, place) = stream_reader {
        reader.refuse(place, "an rtsps:// camera is read by \"ffmpeg\" only");
    }
}

/// Tells the sources what `[camera.picture]` says.
fn take_pictures(
    [source, detect_source]: [&mut Key<Source>; 2],
    picture: RawPicture,
    reader: &mut Reader,
) {
    let (prefix, known) = match source.given() {
        Some((Source::RaspberryPi(_), _)) => ("rpicam:", usize::MAX),
        Some((Source::V4l2(_), _)) => ("v4l2:", 4),
        Some((source, _)) => (source.kind().prefix(), 0),
        None => return, // Nobody knows yet what it could have.
    };
    let mut settings = PictureSettings::default();
    let mut given = Vec::new();
    for (index, (name, key)) in picture.keys().into_iter().enumerate() {
        let Key::Given(Setting(value), place) = key else { continue };
        if index >= known {
            let of = if index < 4 { "an rpicam: or v4l2: camera" } else { "an rpicam: camera" };
            reader.refuse(&place, format!("only the pictures of {of} can be set, not of {prefix}"));
            continue;
        }
        match settings.set_alone(name, &value) {
            Ok(()) => given.push((name, place)),
            Err(problem) => reader.refuse(&place, problem),
        }
    }
    let place_of = |wanted: &str| given.iter().find(|(name, _)| *name == wanted);
    if let Err((name, problem)) = settings.together()
        && let Some((_, place)) = place_of(name)
    {
        reader.refuse(place, problem);
    }
    for source in [source, detect_source] {
        match source {
            Key::Given(Source::RaspberryPi(camera), _) => camera.picture = settings.clone(),
            Key::Given(Source::V4l2(camera), _) => {
                camera.width = place_of("width").map(|_| settings.width);
                camera.height = place_of("height").map(|_| settings.height);
                camera.frame_rate = place_of("frame_rate").map(|_| settings.frame_rate);
                camera.bit_rate = place_of("bit_rate").map(|_| settings.bit_rate);
            }
            _ => {}
        }
    }
    if let (4, Some((_, alone)), None) | (4, None, Some((_, alone))) =
        (known, place_of("width"), place_of("height"))
    {
        reader.refuse(alone, "width and height go together; write both or none");
    }
}

/// Where the camera can be asked to turn: what the file names, else an `onvif://` source itself.
fn service(onvif: Key<Onvif>, source: &Key<Source>) -> Option<Onvif> {
    let (source, _) = source.given()?;
    match (onvif.value(), source) {
        (Some(Onvif { url, credentials: None }), source) => {
            Some(Onvif { url, credentials: source.credentials().cloned() })
        }
        (Some(named), _) => Some(named),
        (None, Source::Onvif(source)) => {
            Some(Onvif { url: source.url.clone(), credentials: source.credentials.clone() })
        }
        (None, _) => None,
    }
}
