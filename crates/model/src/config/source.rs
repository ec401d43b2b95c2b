//! Where a camera's video comes from: "rtsp://…", "file:…", "rpicam:", "v4l2:…", "demo:".

use std::fmt;
use std::path::PathBuf;

use url::Url;

use super::secret::Text;
use crate::Secret;

/// Where a camera's video comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A camera on the network.
    Rtsp {
        /// Its address.
        url: CameraUrl,
        /// What to log in with, or `None` if the camera asks for nothing.
        credentials: Option<Credentials>,
    },
    /// A file, played at its own speed.
    File {
        /// Its path; if relative, then to the folder of the config file.
        path: PathBuf,
        /// Whether it begins again at its end.
        repeat: bool,
    },
    /// A moving scene drawn by the program.
    Demo,
    /// A camera on the ribbon cable of a Raspberry Pi.
    RaspberryPi {
        /// Which one, as `rpicam-hello --list-cameras` counts, from 0.
        camera: u8,
    },
    /// A camera of the Linux kernel, such as one on USB.
    V4l2 {
        /// Its device, such as `/dev/video0`.
        device: PathBuf,
    },
}

/// What to log in to a camera with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name of the camera's account.
    pub user: String,
    /// Its password; may be empty.
    pub password: Secret<String>,
}

/// The address of a camera, without user and password.
///
/// Some cameras want a password in the path or the query. Therefore `Debug` and `Display` show
/// `***` for values that came from the environment and for all that follows `password=` and the
/// like.
#[derive(Clone, PartialEq, Eq)]
pub struct CameraUrl {
    url: Url,
    shown: String,
}

impl CameraUrl {
    /// The whole address. May hold a secret in its path or query: do not print it.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for CameraUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for CameraUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown)
    }
}

/// What kind of thing a [`Source`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// [`Source::Rtsp`]
    Rtsp,
    /// [`Source::File`]
    File,
    /// [`Source::Demo`]
    Demo,
    /// [`Source::RaspberryPi`]
    RaspberryPi,
    /// [`Source::V4l2`]
    V4l2,
}

impl SourceKind {
    /// How the addresses of this kind begin.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            SourceKind::Rtsp => "rtsp:",
            SourceKind::File => "file:",
            SourceKind::Demo => "demo:",
            SourceKind::RaspberryPi => "rpicam:",
            SourceKind::V4l2 => "v4l2:",
        }
    }
}

impl Source {
    /// What kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match self {
            Source::Rtsp { .. } => SourceKind::Rtsp,
            Source::File { .. } => SourceKind::File,
            Source::Demo => SourceKind::Demo,
            Source::RaspberryPi { .. } => SourceKind::RaspberryPi,
            Source::V4l2 { .. } => SourceKind::V4l2,
        }
    }
}

/// Every form that is understood.
const FORMS: &str = "allowed are \"rtsp://HOST/PATH\", \"file:CLIP.mp4\" (\"file:CLIP.mp4?loop\" to \
                     play it again and again), \"rpicam:\" or \"rpicam:1\", \"v4l2:/dev/video0\", \
                     \"demo:\"";

/// Reads an address.
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
        "rtsp" => rtsp(text),
        "rtsps" => Err("rtsps:// is not supported yet; use rtsp:// within your own network".into()),
        "file" => file(rest),
        "demo" if rest.is_empty() => Ok(Source::Demo),
        "rpicam" if rest.is_empty() => Ok(Source::RaspberryPi { camera: 0 }),
        "rpicam" => {
            let camera = rest.parse().ok();
            let camera = camera.ok_or("write the number of the camera, such as \"rpicam:1\"")?;
            Ok(Source::RaspberryPi { camera })
        }
        "v4l2" if rest.starts_with('/') => Ok(Source::V4l2 { device: rest.into() }),
        "v4l2" => Err("write the whole path of the device, such as \"v4l2:/dev/video0\"".into()),
        "http" | "https" | "rtmp" | "onvif" | "udp" | "srt" if !text.is_secret() => {
            Err(format!("{scheme}: is not supported; {FORMS}"))
        }
        _ => Err(not_a_source()),
    }
}

/// What to say of a value that is no address at all.
pub(super) fn not_a_source() -> String {
    format!("is no source; {FORMS}")
}

/// Where in an address as it is written its user and password stand; empty if it has none.
pub(super) fn credentials_end(template: &str) -> usize {
    let Some(start) = template.find("://").map(|at| at + 3) else { return 0 };
    let authority = &template[start..];
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    authority[..end].rfind('@').map_or(0, |at| start + at)
}

/// Writes `text` so that it can stand between `//` and `@` of an address.
pub(super) fn percent_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

fn file(rest: &str) -> Result<Source, String> {
    let (path, repeat) = match rest.strip_suffix("?loop") {
        Some(path) => (path, true),
        None => (rest, false),
    };
    let path = path.strip_prefix("//").unwrap_or(path); // As in file:///clips/door.mp4
    if path.is_empty() {
        return Err("write the path of a file, such as \"file:/clips/door.mp4\"".to_owned());
    }
    Ok(Source::File { path: path.into(), repeat })
}

fn rtsp(text: &Text) -> Result<Source, String> {
    const ODD: &str = "if the password has odd characters, write user and password as keys of their \
                       own, or as %40 for @, %3A for :, %2F for /, %23 for #, %3F for ? and %25 for %";
    let url = Url::parse(&text.value).map_err(|problem| format!("{problem}; {ODD}"))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("has no host; write rtsp://HOST/PATH".to_owned());
    }
    if url.fragment().is_some() {
        return Err(format!("must not have a #; {ODD}"));
    }
    let user = percent_decoded(url.username());
    let password = percent_decoded(url.password().unwrap_or_default());
    let (user, password) =
        user.zip(password).ok_or(format!("has a % that does not begin a character; {ODD}"))?;
    let credentials = !(user.is_empty() && password.is_empty());
    let url = without_credentials(url).ok_or("must begin with rtsp://")?;
    let shown = if text.is_secret() {
        Url::parse(&text.shown).ok().and_then(without_credentials)
    } else {
        Some(url.clone())
    };
    let shown = shown.map_or("rtsp://***".to_owned(), |url| without_passwords(url.as_str()));
    Ok(Source::Rtsp {
        url: CameraUrl { url, shown },
        credentials: credentials.then(|| Credentials { user, password: Secret::new(password) }),
    })
}

fn without_credentials(mut url: Url) -> Option<Url> {
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url)
}

/// The text with `***` for what follows `password=` and the like, up to the next part.
fn without_passwords(url: &str) -> String {
    let mut shown = String::new();
    for part in url.split_inclusive(['/', '?', '&', ';']) {
        let lower = part.to_ascii_lowercase();
        let secret = ["pass", "pwd", "token", "secret", "auth"]
            .iter()
            .filter_map(|word| Some(lower.find(word)? + word.len()))
            .filter_map(|at| Some(lower[at..].find(['=', ':'])? + at + 1))
            .min();
        let end = part.strip_suffix(['/', '?', '&', ';']).map_or(part.len(), str::len);
        match secret.filter(|from| *from < end) {
            Some(from) => shown.extend([&part[..from], "***", &part[end..]]),
            None => shown += part,
        }
    }
    shown
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex =
            |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
