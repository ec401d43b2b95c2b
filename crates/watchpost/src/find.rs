//! Finds cameras: those of this machine, for an owner who has named none, and those of the network.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use url::Url;
use watchpost_model::Secret;
use watchpost_model::config::{Camera, Credentials, Source};
use watchpost_source::onvif::{self, Device, Profile};
use watchpost_source::{Found, SourceError, discover};
use watchpost_web::{
    DiscoveryRequest, FoundCamera, FoundCredentials, FoundKind, FoundStream, FoundStreams, Refusal,
};

use crate::config::ConfigError;
use crate::status::with_sources;

/// How long cameras of the network are given to answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// The cameras of this machine with all settings as they come; the demo camera if there are none.
///
/// # Errors
///
/// Never for what this machine has; the type says so because settings are read as a file's are.
pub(crate) async fn cameras() -> Result<Vec<Camera>, ConfigError> {
    let mut found = discover().await;
    if found.is_empty() {
        let label = "Demo".to_owned();
        found.push(Found { label, source: Source::Demo, details: Vec::new() });
    }
    let text: String = found.iter().zip(1..).map(|(found, number)| table(found, number)).collect();
    let config =
        crate::config::read(&text, Path::new("the cameras of this machine"), Path::new("/"))?;
    Ok(config.cameras)
}

/// The camera as its owner could write it into `watchpost.toml`.
pub(crate) fn table(found: &Found, number: usize) -> String {
    let name = match &found.source {
        Source::Demo => "demo".to_owned(),
        _ => format!("camera{number}"),
    };
    let details = found.details.iter().fold(String::new(), |all, line| {
        all + "#   "
            + line
            + "
"
    });
    let source = address(&found.source);
    format!("# {}\n{details}[[camera]]\nname = {name:?}\nsource = {source:?}\n\n", found.label)
}

/// What to write as `source`.
fn address(source: &Source) -> String {
    match source {
        Source::Demo => "demo:".to_owned(),
        Source::RaspberryPi(pi) => format!("rpicam:{}", pi.camera),
        Source::V4l2(webcam) => format!("v4l2:{}", webcam.device.display()),
        Source::Rtsp(rtsp) => rtsp.url.to_string(),
        Source::Http(http) => http.url.to_string(),
        Source::Onvif(onvif) => onvif.url.to_string(),
        Source::File(file) => format!("file:{}", file.path.display()),
    }
}

/// Answers whoever looks for cameras on the page, one after the other.
pub(crate) async fn run(mut questions: mpsc::Receiver<DiscoveryRequest>) {
    while let Some(question) = questions.recv().await {
        match question {
            DiscoveryRequest::Cameras { reply } => {
                let _ = reply.send(Ok(all().await)); // Whoever asked may have left.
            }
            DiscoveryRequest::Streams { device, credentials, reply } => {
                let answer = streams(&device, credentials).await;
                let _ = reply.send(answer); // As above.
            }
        }
    }
}

/// Those of this machine first.
async fn all() -> Vec<FoundCamera> {
    let (here, there) = tokio::join!(discover(), onvif::find(PATIENCE));
    let own = |found: Found| FoundCamera {
        name: found.label,
        kind: match found.source {
            Source::RaspberryPi(_) => FoundKind::RaspberryPi,
            _ => FoundKind::V4l2,
        },
        address: address(&found.source),
        source: Some(address(&found.source)),
        details: found.details,
    };
    let other = |device: Device| FoundCamera {
        name: device.name,
        kind: FoundKind::Onvif,
        address: device.address.to_string(),
        source: None,
        details: [device.hardware, device.location].into_iter().flatten().collect(),
    };
    here.into_iter().map(own).chain(there.into_iter().map(other)).collect()
}

async fn streams(
    device: &Url,
    credentials: Option<FoundCredentials>,
) -> Result<FoundStreams, Refusal> {
    let user = credentials.as_ref().map(|credentials| credentials.user.clone());
    let credentials =
        credentials.map(|FoundCredentials { user, password }| Credentials { user, password });
    let listed = onvif::streams(device, credentials).await;
    let profiles = listed.map_err(|error| refused(&error))?;
    let host = device.host_str().unwrap_or_default();
    let settings = onvif::suggestion(host, device, &profiles, user.as_deref());
    let stream = |profile: Profile| FoundStream {
        name: profile.name,
        codec: profile.encoding.to_string(),
        size: Some((profile.width, profile.height)),
        fps: profile.fps.map(f64::from),
        url: profile.url.to_string(),
    };
    let streams = profiles.into_iter().map(stream).collect();
    Ok(FoundStreams { streams, settings: settings.unwrap_or_default() })
}

fn refused(error: &SourceError) -> Refusal {
    let message = format!("The camera {}.", with_sources(error));
    Refusal::NotNow { message, hint: error.hint().to_owned() }
}

/// `watchpost discover`: prints the cameras of the network.
///
/// # Errors
///
/// If it cannot be printed.
pub(crate) async fn on_the_network(out: &mut impl Write) -> io::Result<()> {
    let found = onvif::find(PATIENCE).await;
    if found.is_empty() {
        let hint = "Is ONVIF switched on in the camera's settings? Is it on the same network?";
        return writeln!(out, "No camera of this network answers by ONVIF. {hint}");
    }
    for device in found {
        let about: Vec<_> = [device.hardware, device.location].into_iter().flatten().collect();
        writeln!(out, "{}  {} {}", device.address, device.name, about.join(", "))?;
    }
    writeln!(out, "For the streams of one: watchpost discover ADDRESS --user NAME --password-stdin")
}

/// Why a camera's streams cannot be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamsError {
    /// The camera.
    #[error("the camera {}. {}", with_sources(.0), .0.hint())]
    Camera(SourceError),
    /// The terminal.
    #[error("cannot read the password, or write the result")]
    Terminal(#[from] io::Error),
}

/// `watchpost discover ADDRESS`: prints a camera's streams and what to write into the file. The password
/// goes to this address only, not to whoever answers on the network.
///
/// # Errors
///
/// If the camera does not tell.
pub(crate) async fn streams_of(
    device: &Url,
    user: Option<String>,
    password: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<(), StreamsError> {
    let credentials = match &user {
        None => None,
        Some(user) => {
            let password = password.lines().next().transpose()?.unwrap_or_default();
            Some(Credentials { user: user.clone(), password: Secret::new(password) })
        }
    };
    let profiles = onvif::streams(device, credentials).await.map_err(StreamsError::Camera)?;
    for Profile { name, encoding, width, height, .. } in &profiles {
        writeln!(out, "# {name}: {encoding}, {width}x{height}")?;
    }
    let host = device.host_str().unwrap_or_default();
    let table = onvif::suggestion(host, device, &profiles, user.as_deref());
    Ok(write!(out, "{}", table.unwrap_or_default())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_reads_as_a_file_would() {
        let text = "[[camera]]\nname = \"desk\"\nsource = \"v4l2:/dev/video0\"\n";
        let read = |text: &str| crate::config::read(text, Path::new("test"), Path::new("/"));
        let source = read(text).unwrap().cameras[0].source.clone();
        let details = vec!["MJPEG: 1280x720 at 30".to_owned()];
        let found = Found { label: "HD Pro Webcam C920".to_owned(), source, details };
        let config = read(&table(&found, 1)).unwrap();
        assert_eq!(config.cameras[0].source, found.source);
        assert_eq!(config.cameras[0].name.as_str(), "camera1");
    }
}
