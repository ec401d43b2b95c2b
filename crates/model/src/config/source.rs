//! Where a camera's video comes from: "rtsp://…", "http://…", "onvif://…", "file:…", "rpicam:",
//! "v4l2:…", "demo:".

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::PictureSettings;
use super::address::{self, CameraUrl, Credentials};
use super::secret::Text;

/// Where a camera's video comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A camera on the network.
    Rtsp(Rtsp),
    /// A camera on the network that gives JPEGs.
    Http(Http),
    /// A file.
    File(File),
    /// A moving scene drawn by the program.
    Demo,
    /// A camera on the ribbon cable of a Raspberry Pi.
    RaspberryPi(RaspberryPi),
    /// A camera of the Linux kernel, such as one on USB.
    V4l2(V4l2),
    /// A camera on the network that is asked for its stream's address.
    Onvif(OnvifSource),
}

/// A camera that speaks RTSP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtsp {
    /// Its address, `rtsp://` or `rtsps://`.
    pub url: CameraUrl,
    /// What to log in with, or `None` if the camera asks for nothing.
    pub credentials: Option<Credentials>,
    /// How its pictures travel; TCP with `rtsps://`.
    pub transport: Transport,
    /// Who reads it; never the built-in reader with `rtsps://`.
    pub reader: Reader,
    /// Whether its sound is received.
    pub sound: bool,
    /// What becomes of motion JPEG.
    pub encode: Encode,
}

/// A camera that gives JPEGs over HTTP: a motion JPEG stream, or one picture to be fetched again
/// and again. Only its answer tells which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Its address, `http://` or `https://`.
    pub url: CameraUrl,
    /// What to log in with, or `None` if the camera asks for nothing.
    pub credentials: Option<Credentials>,
    /// From one fetching to the next, if it gives single pictures; 100 ms to 1 h.
    pub interval: Duration,
    /// What becomes of its JPEGs.
    pub encode: Encode,
}

/// A file of video.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Its path; if relative, then to the folder of the config file.
    pub path: PathBuf,
    /// Whether it begins again at its end.
    pub repeat: bool,
    /// How fast it is played.
    pub speed: Speed,
    /// Whether its sound is played.
    pub sound: bool,
}

/// How fast a file is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// This many times its own speed, 0.1 to 100.
    Times(f32),
    /// As fast as it can be read.
    Fastest,
}

/// A camera on the ribbon cable of a Raspberry Pi.
#[derive(Clone, Debug, PartialEq)]
pub struct RaspberryPi {
    /// Which one, as `rpicam-hello --list-cameras` counts, from 0.
    pub camera: u8,
    /// How it takes its pictures.
    pub picture: PictureSettings,
}

/// A camera of the Linux kernel. Of what is `None` the camera's best is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct V4l2 {
    /// Its device, such as `/dev/video0`.
    pub device: PathBuf,
    /// What it is asked to give.
    pub format: V4l2Format,
    /// Pixels; even, 64 to 4096. Given together with `height` or not at all.
    pub width: Option<u16>,
    /// Pixels; even, 64 to 4096. Given together with `width` or not at all.
    pub height: Option<u16>,
    /// Pictures a second, 1 to 120.
    pub frame_rate: Option<f32>,
    /// Bits a second of H.264, 100 kbit to 50 Mbit.
    pub bit_rate: Option<u32>,
    /// What becomes of motion JPEG and raw pictures.
    pub encode: Encode,
}

/// A camera that speaks ONVIF. Where it has its stream is asked anew at each connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnvifSource {
    /// Its device service, an `http://` address.
    pub url: CameraUrl,
    /// What to log in with, or `None` if the camera asks for nothing.
    pub credentials: Option<Credentials>,
    /// The token or the name of the profile whose stream is wanted, or `None` for the largest that can
    /// be recorded.
    pub profile: Option<String>,
    /// How its pictures travel.
    pub transport: Transport,
    /// Who reads its stream.
    pub reader: Reader,
    /// Whether its sound is received.
    pub sound: bool,
    /// What becomes of motion JPEG.
    pub encode: Encode,
}

/// What becomes of pictures that are motion JPEG or raw. Others are kept as they are in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encode {
    /// They become H.264, which browsers play and which is a tenth of the size.
    H264,
    /// They stay, which costs no work. Raw ones become motion JPEG.
    Keep,
}

/// How pictures travel from an RTSP camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In the connection itself: none is lost.
    Tcp,
    /// Each packet alone: some may be lost.
    Udp,
}

/// Who reads an RTSP camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The built-in reader, and `ffmpeg` where that one cannot.
    Auto,
    /// The program itself.
    BuiltIn,
    /// `ffmpeg`, as a child process.
    Ffmpeg,
}

/// What a camera of the Linux kernel is asked to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V4l2Format {
    /// The first it can of H.264, motion JPEG and YUYV.
    Auto,
    /// H.264.
    H264,
    /// Motion JPEG.
    Mjpeg,
    /// Raw pictures.
    Yuyv,
}

/// What kind of thing a [`Source`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// [`Source::Rtsp`]
    Rtsp,
    /// [`Source::Http`]
    Http,
    /// [`Source::File`]
    File,
    /// [`Source::Demo`]
    Demo,
    /// [`Source::RaspberryPi`]
    RaspberryPi,
    /// [`Source::V4l2`]
    V4l2,
    /// [`Source::Onvif`]
    Onvif,
}

impl SourceKind {
    /// How the addresses of this kind begin.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            SourceKind::Rtsp => "rtsp:",
            SourceKind::Http => "http:",
            SourceKind::File => "file:",
            SourceKind::Demo => "demo:",
            SourceKind::RaspberryPi => "rpicam:",
            SourceKind::V4l2 => "v4l2:",
            SourceKind::Onvif => "onvif:",
        }
    }

    /// Whether it is a camera on the network, which may ask for a user.
    #[must_use]
    pub fn is_on_network(self) -> bool {
        matches!(self, SourceKind::Rtsp | SourceKind::Http | SourceKind::Onvif)
    }
}

impl Source {
    /// What kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match self {
            Source::Rtsp(_) => SourceKind::Rtsp,
            Source::Http(_) => SourceKind::Http,
            Source::File(_) => SourceKind::File,
            Source::Demo => SourceKind::Demo,
            Source::RaspberryPi(_) => SourceKind::RaspberryPi,
            Source::V4l2(_) => SourceKind::V4l2,
            Source::Onvif(_) => SourceKind::Onvif,
        }
    }

    /// Whether its sound is received.
    #[must_use]
    pub fn sound(&self) -> bool {
        match self {
            Source::Rtsp(rtsp) => rtsp.sound,
            Source::Onvif(onvif) => onvif.sound,
            Source::File(file) => file.sound,
            Source::Http(_) | Source::Demo | Source::RaspberryPi(_) | Source::V4l2(_) => false,
        }
    }

    /// What it logs in with, or `None` if it does not.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        match self {
            Source::Rtsp(rtsp) => rtsp.credentials.as_ref(),
            Source::Http(http) => http.credentials.as_ref(),
            Source::Onvif(onvif) => onvif.credentials.as_ref(),
            Source::File(_) | Source::Demo | Source::RaspberryPi(_) | Source::V4l2(_) => None,
        }
    }

    /// Where its credentials go, or `None` if it has no use for any.
    pub(super) fn credentials_mut(&mut self) -> Option<&mut Option<Credentials>> {
        match self {
            Source::Rtsp(rtsp) => Some(&mut rtsp.credentials),
            Source::Http(http) => Some(&mut http.credentials),
            Source::Onvif(onvif) => Some(&mut onvif.credentials),
            Source::File(_) | Source::Demo | Source::RaspberryPi(_) | Source::V4l2(_) => None,
        }
    }
}

/// Every form that is understood.
const FORMS: &str = "allowed are \"rtsp://HOST/PATH\" and \"rtsps://HOST/PATH\", \
                     \"http://HOST/PATH\" and \"https://HOST/PATH\", \"onvif://HOST\", \
                     \"file:CLIP.mp4\" (\"file:CLIP.mp4?loop\" to play it again and again, \
                     \"?speed=8\" or \"?loop&speed=max\" to play it faster), \"rpicam:\" or \
                     \"rpicam:1\", \"v4l2:/dev/video0\", \"demo:\"";

/// What the file does not say of a source: what other keys of the camera say.
const INTERVAL: Duration = Duration::from_secs(1);

/// Reads an address. What other keys say of the source is as if they were not there.
///
/// # Errors
///
/// What is wrong and what would be right; never a part of `text` that may be a secret.
pub(super) fn read(text: &Text) -> Result<Source, String> {
    if text.value.contains(char::is_control) {
        return Err("must not have line breaks or other control characters".to_owned());
    }
    let (scheme, rest) = text.value.split_once(':').unwrap_or((&text.value, ""));
    match scheme.to_ascii_lowercase().as_str() {
        scheme @ ("rtsp" | "rtsps") => {
            let (url, credentials) = address::read(text, scheme)?;
            let reader = if scheme == "rtsps" { Reader::Ffmpeg } else { Reader::Auto };
            let (transport, encode) = (Transport::Tcp, Encode::H264);
            Ok(Source::Rtsp(Rtsp { url, credentials, transport, reader, sound: true, encode }))
        }
        scheme @ ("http" | "https") => {
            let (url, credentials) = address::read(text, scheme)?;
            Ok(Source::Http(Http { url, credentials, interval: INTERVAL, encode: Encode::H264 }))
        }
        "onvif" => onvif(text),
        "file" => file(rest),
        "demo" if rest.is_empty() => Ok(Source::Demo),
        "rpicam" => {
            let camera = if rest.is_empty() { Some(0) } else { rest.parse().ok() };
            let camera = camera.ok_or("write the number of the camera, such as \"rpicam:1\"")?;
            Ok(Source::RaspberryPi(RaspberryPi { camera, picture: PictureSettings::default() }))
        }
        "v4l2" if rest.starts_with('/') => Ok(Source::V4l2(V4l2 {
            device: rest.into(),
            format: V4l2Format::Auto,
            width: None,
            height: None,
            frame_rate: None,
            bit_rate: None,
            encode: Encode::H264,
        })),
        "v4l2" => Err("write the whole path of the device, such as \"v4l2:/dev/video0\"".into()),
        "rtmp" | "udp" | "srt" | "rtp" if !text.is_secret() => {
            Err(format!("{scheme}: is not supported; {FORMS}"))
        }
        _ => Err(not_a_source()),
    }
}

/// Reads the address of a device service.
///
/// # Errors
///
/// As [`read`].
pub(super) fn read_service(text: &Text) -> Result<super::Onvif, String> {
    let scheme = text.value.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let scheme = scheme.filter(|scheme| scheme == "http" || scheme == "https");
    let scheme = scheme.ok_or_else(not_a_service)?;
    if text.value.contains(char::is_control) {
        return Err("must not have line breaks or other control characters".to_owned());
    }
    let (url, credentials) = address::read(text, &scheme)?;
    Ok(super::Onvif { url, credentials })
}

/// What to say of a value that is no address at all.
pub(super) fn not_a_source() -> String {
    format!("is no source; {FORMS}")
}

/// What to say of a value that is no address of a device service.
pub(super) fn not_a_service() -> String {
    "write the address of the camera's device service, such as \
     \"http://192.168.1.20/onvif/device_service\""
        .to_owned()
}

fn file(rest: &str) -> Result<Source, String> {
    let (path, options) = match rest.rsplit_once('?') {
        // What has a dot or a slash before any = is the end of a name, as in clips/what?.mp4
        Some((path, options)) if !options.split('=').next().is_some_and(is_end_of_name) => {
            (path, options)
        }
        _ => (rest, ""),
    };
    let path = path.strip_prefix("//").unwrap_or(path); // As in file:///clips/door.mp4
    if path.is_empty() {
        return Err("write the path of a file, such as \"file:/clips/door.mp4\"".to_owned());
    }
    let (mut repeat, mut speed) = (false, Speed::Times(1.0));
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            None if option == "loop" => repeat = true,
            Some(("speed", "max")) => speed = Speed::Fastest,
            Some(("speed", times)) => {
                let times = times.parse().ok().filter(|times| (0.1..=100.0).contains(times));
                speed = times.map(Speed::Times).ok_or(
                    "after speed= write a number from 0.1 to 100, or max for as fast as it can be \
                     read",
                )?;
            }
            _ => return Err("after the ? of a file write loop, speed=8 or loop&speed=8".to_owned()),
        }
    }
    Ok(Source::File(File { path: path.into(), repeat, speed, sound: true }))
}

fn is_end_of_name(text: &str) -> bool {
    text.contains(['.', '/'])
}

/// `onvif://HOST:PORT/PATH?profile=NAME` is its service at `http://HOST:PORT/PATH`.
fn onvif(text: &Text) -> Result<Source, String> {
    let as_http = |text: &str| {
        // The text begins with the scheme unless the scheme itself is hidden.
        text.split_once(':').map_or(text.to_owned(), |(_, rest)| format!("http:{rest}"))
    };
    let text = Text { value: as_http(&text.value), shown: as_http(&text.shown) };
    let (CameraUrl { mut url, shown }, credentials) = address::read(&text, "onvif")?;
    let mut profile = None;
    for (key, value) in url.query_pairs() {
        match &*key {
            "profile" if !value.is_empty() => profile = Some(value.into_owned()),
            _ => return Err("after the ? write profile=NAME, and nothing else".to_owned()),
        }
    }
    let mut shown = Url::parse(&shown).ok();
    for url in [Some(&mut url), shown.as_mut()].into_iter().flatten() {
        url.set_query(None);
        if url.path() == "/" {
            url.set_path("/onvif/device_service");
        }
    }
    let shown = shown.map_or("http://***".to_owned(), String::from);
    Ok(Source::Onvif(OnvifSource {
        url: CameraUrl { url, shown },
        credentials,
        profile,
        transport: Transport::Tcp,
        reader: Reader::Auto,
        sound: true,
        encode: Encode::H264,
    }))
}
