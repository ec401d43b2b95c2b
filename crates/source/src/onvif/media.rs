//! What videos a camera offers, and where they are.

use std::fmt;

use url::Url;
use watchpost_model::config::Transport;

use super::Problem;
use super::connection::{Connection, element};
use super::soap::{MEDIA, MEDIA2, Request, SCHEMA, plain};
use super::xml::Element;
use crate::SourceError;

/// The most profiles that are looked at; a recorder with 64 channels has 192.
const MOST_PROFILES: usize = 256;

/// A video that a camera offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name among programs.
    pub token: String,
    /// Its name among people.
    pub name: String,
    /// How it is encoded.
    pub encoding: Encoding,
    /// In pixels; 0 if the camera does not say.
    pub width: u16,
    /// In pixels; 0 if the camera does not say.
    pub height: u16,
    /// Pictures a second at most, or `None` if the camera does not say.
    pub fps: Option<f32>,
    /// Whether pan, tilt and zoom belong to it.
    pub ptz: bool,
    /// Which of the device's pictures it shows: a recorder has one for each camera, most cameras have
    /// a single one. Empty if the device does not say.
    pub video_source: String,
    /// Where it is, without user and password, at the host that answered.
    pub url: Url,
}

/// How a video is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// H.264.
    H264,
    /// H.265.
    H265,
    /// Motion JPEG.
    Jpeg,
    /// Something that cannot be recorded, in the camera's words.
    Other(String),
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::H264 => "H.264",
            Encoding::H265 => "H.265",
            Encoding::Jpeg => "MJPEG",
            Encoding::Other(name) => name,
        })
    }
}

/// A profile of which is not known yet where its video is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Described {
    pub(super) token: String,
    pub(super) name: String,
    pub(super) encoding: Encoding,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) fps: Option<f32>,
    pub(super) ptz: Option<PtzConfiguration>,
    pub(super) video_source: String,
    namespace: &'static str,
}

/// What a profile says of pan, tilt and zoom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PtzConfiguration {
    pub(super) node: String,
    pub(super) pan_tilt: bool,
    pub(super) zoom: bool,
}

impl Described {
    /// How good it is to record: what can be recorded, then by size.
    fn rank(&self) -> (u8, u32) {
        let encoding = match self.encoding {
            Encoding::H264 | Encoding::H265 => 2,
            Encoding::Jpeg => 1,
            Encoding::Other(_) => 0,
        };
        (encoding, u32::from(self.width) * u32::from(self.height))
    }

    pub(super) fn at(self, url: Url) -> Profile {
        let Self { token, name, encoding, width, height, fps, ptz, video_source, namespace: _ } =
            self;
        let ptz = ptz.is_some();
        Profile { token, name, encoding, width, height, fps, ptz, video_source, url }
    }
}

/// The profiles with video, in the camera's order. By the service of Profile T if there is one: the
/// older one does not tell H.265. Where it is announced but does not work, the older one is asked.
pub(super) async fn profiles(camera: &mut Connection) -> Result<Vec<Described>, SourceError> {
    if camera.has_media2() {
        match profiles_of(camera, MEDIA2).await {
            Ok(profiles) if !profiles.is_empty() => return Ok(profiles),
            Ok(_) => {}
            Err(SourceError::Onvif(problem)) => {
                tracing::debug!(%problem, "the newer media service does not work");
            }
            Err(error) => return Err(error),
        }
    }
    profiles_of(camera, MEDIA).await
}

/// The profiles with video of one of the two media services.
pub(super) async fn profiles_of(
    camera: &mut Connection,
    namespace: &'static str,
) -> Result<Vec<Described>, SourceError> {
    // Without a type the newer service tells nothing but names.
    let content = if namespace == MEDIA2 { element("Type", "All") } else { String::new() };
    let answer = camera.call(&Request::new(namespace, "GetProfiles", content)).await?;
    let profiles = answer.children("Profiles").take(MOST_PROFILES);
    Ok(profiles.filter_map(|profile| describe(profile, namespace)).collect())
}

fn describe(profile: &Element, namespace: &'static str) -> Option<Described> {
    let part = |newer, older| {
        if namespace == MEDIA2 {
            profile.at(&["Configurations", newer])
        } else {
            profile.child(older)
        }
    };
    let video = part("VideoEncoder", "VideoEncoderConfiguration")?;
    let ptz = part("PTZ", "PTZConfiguration").map(ptz_configuration);
    let video_source = part("VideoSource", "VideoSourceConfiguration")
        .and_then(|source| source.text_at(&["SourceToken"]))
        .unwrap_or_default()
        .to_owned();
    let token = profile.attribute("token")?.to_owned();
    let name = plain(profile.text_at(&["Name"]).unwrap_or(&token), 64);
    let size = |side| {
        let pixels = video.text_at(&["Resolution", side]);
        pixels.and_then(|pixels| pixels.parse().ok()).unwrap_or(0)
    };
    let fps = video.text_at(&["RateControl", "FrameRateLimit"]);
    let fps = fps.and_then(|fps| fps.parse().ok()).filter(|fps| (0.1..=1000.0).contains(fps));
    let encoding = encoding(video.text_at(&["Encoding"]).unwrap_or_default());
    let (width, height) = (size("Width"), size("Height"));
    Some(Described { token, name, encoding, width, height, fps, ptz, video_source, namespace })
}

fn encoding(name: &str) -> Encoding {
    match name.to_uppercase().replace('.', "").as_str() {
        "H264" | "H264+" => Encoding::H264,
        "H265" | "H265+" | "HEVC" => Encoding::H265,
        "JPEG" | "MJPEG" => Encoding::Jpeg,
        _ => Encoding::Other(plain(name, 20)),
    }
}

fn ptz_configuration(configuration: &Element) -> PtzConfiguration {
    let has = |name| configuration.text_at(&[name]).is_some();
    PtzConfiguration {
        node: configuration.text_at(&["NodeToken"]).unwrap_or_default().to_owned(),
        pan_tilt: has("DefaultContinuousPanTiltVelocitySpace"),
        zoom: has("DefaultContinuousZoomVelocitySpace"),
    }
}

/// Where the video of a profile is.
pub(super) async fn stream_address(
    camera: &mut Connection,
    profile: &Described,
    transport: Transport,
) -> Result<Url, SourceError> {
    let token = element("ProfileToken", &profile.token);
    let content = if profile.namespace == MEDIA2 {
        let protocol = match transport {
            Transport::Tcp => "RTSP",
            Transport::Udp => "RtspUnicast",
        };
        format!("{}{token}", element("Protocol", protocol))
    } else {
        let protocol = match transport {
            Transport::Tcp => "RTSP",
            Transport::Udp => "UDP",
        };
        format!(
            "<StreamSetup><Stream xmlns=\"{SCHEMA}\">RTP-Unicast</Stream>\
             <Transport xmlns=\"{SCHEMA}\"><Protocol>{protocol}</Protocol></Transport>\
             </StreamSetup>{token}"
        )
    };
    let request = Request::new(profile.namespace, "GetStreamUri", content);
    let answer = camera.call(&request).await?;
    // In the newer service it stands alone, in the older in a `MediaUri`; some mix them up.
    let address = answer.find("Uri").map(|address| address.text.as_str()).unwrap_or_default();
    let stream = corrected(address, camera);
    stream.ok_or_else(|| {
        let what = "no RTSP address".to_owned();
        Problem::Strange { action: "GetStreamUri", what }.into()
    })
}

/// The address as a player can use it: without line breaks and passwords, and at the host that
/// answered, for cameras that were moved or stand behind a router still tell the old one.
fn corrected(address: &str, camera: &Connection) -> Option<Url> {
    let address: String = address.split_whitespace().collect();
    let mut url: Url = address.parse().ok()?;
    if !matches!(url.scheme(), "rtsp" | "rtsps") {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host = camera.host().to_string();
    if url.host_str() != Some(host.as_str()) {
        url.set_host(Some(&host)).ok()?;
    }
    Some(url)
}

/// The profile that is wanted, by its token or its name, or else the largest that can be recorded.
pub(super) fn choose(
    mut profiles: Vec<Described>,
    wanted: Option<&str>,
) -> Result<Described, Problem> {
    let found = if let Some(wanted) = wanted {
        let token = profiles.iter().position(|profile| profile.token == wanted);
        token.or_else(|| profiles.iter().position(|p| p.name.eq_ignore_ascii_case(wanted)))
    } else {
        let best = profiles.iter().map(Described::rank).max().filter(|(kind, _)| *kind > 0);
        // Of two alike the first, which cameras mean for recording.
        best.and_then(|best| profiles.iter().position(|profile| profile.rank() == best))
    };
    if let Some(found) = found {
        return Ok(profiles.swap_remove(found));
    }
    let names = profiles.iter().take(8).map(|profile| match wanted {
        Some(_) => profile.token.clone(),
        None => profile.encoding.to_string(),
    });
    let offered = plain(&names.collect::<Vec<_>>().join(", "), 200);
    let offered = if offered.is_empty() { "none".to_owned() } else { offered };
    Err(match wanted {
        Some(wanted) => Problem::NoSuchProfile { wanted: wanted.to_owned(), offered },
        None => Problem::NoProfile { offered },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(token: &str, encoding: Encoding, width: u16) -> Described {
        Described {
            token: token.to_owned(),
            name: format!("Stream {token}"),
            encoding,
            width,
            height: width / 2,
            fps: None,
            ptz: None,
            video_source: String::new(),
            namespace: MEDIA,
        }
    }

    #[test]
    fn the_largest_that_can_be_recorded_is_chosen() {
        let profiles = || {
            vec![
                profile("a", Encoding::Other("MPEG4".to_owned()), 4000),
                profile("b", Encoding::Jpeg, 3000),
                profile("c", Encoding::H264, 640),
                profile("d", Encoding::H265, 1920),
                profile("e", Encoding::H264, 1920),
            ]
        };
        let choose = |wanted| choose(profiles(), wanted).map(|profile| profile.token);
        assert_eq!(choose(None).as_deref(), Ok("d"));
        assert_eq!(choose(Some("c")).as_deref(), Ok("c"));
        assert_eq!(choose(Some("stream B")).as_deref(), Ok("b"));
        let error = choose(Some("f")).unwrap_err().to_string();
        assert_eq!(error, "has no profile \"f\" (it has: a, b, c, d, e)");
    }

    #[test]
    fn of_none_that_can_be_recorded_none_is_chosen() {
        let profiles = vec![profile("a", Encoding::Other("MPEG4".to_owned()), 640)];
        let error = choose(profiles, None).unwrap_err().to_string();
        assert_eq!(error, "offers no video profile that can be recorded (it has: MPEG4)");
    }

    #[test]
    fn profiles_without_video_are_passed_over() {
        let profiles = Element::read(
            b"<R><Profiles token='1'><Name>Sound</Name></Profiles>\
              <Profiles token='2'><VideoEncoderConfiguration><Encoding>h.265</Encoding>\
              <Resolution><Width>99999</Width></Resolution></VideoEncoderConfiguration></Profiles></R>",
        );
        let profiles = profiles.unwrap();
        let read: Vec<_> =
            profiles.children("Profiles").filter_map(|profile| describe(profile, MEDIA)).collect();
        let expected =
            Described { name: "2".to_owned(), height: 0, ..profile("2", Encoding::H265, 0) };
        assert_eq!(read, [expected]);
    }
}
