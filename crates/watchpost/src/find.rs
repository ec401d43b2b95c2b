//! Cameras for an owner who has named none.

use std::path::Path;

use watchpost_model::config::{Camera, Source};
use watchpost_source::{Found, discover};

use crate::config::ConfigError;

/// The cameras of this machine with all settings as they come; the demo camera if there are none.
///
/// # Errors
///
/// Never for what this machine has; the type says so because settings are read as a file's are.
pub(crate) async fn cameras() -> Result<Vec<Camera>, ConfigError> {
    let mut found = discover().await;
    if found.is_empty() {
        found.push(Found { label: "Demo".to_owned(), source: Source::Demo });
    }
    let text: String = found.iter().zip(1..).map(|(found, number)| table(found, number)).collect();
    let config =
        crate::config::read(&text, Path::new("the cameras of this machine"), Path::new("/"))?;
    Ok(config.cameras)
}

/// The camera as its owner could write it into `watchpost.toml`.
pub(crate) fn table(found: &Found, number: usize) -> String {
    let (name, source) = match &found.source {
        Source::Demo => ("demo".to_owned(), "demo:".to_owned()),
        Source::RaspberryPi { camera } => (format!("camera{number}"), format!("rpicam:{camera}")),
        Source::V4l2 { device } => {
            (format!("camera{number}"), format!("v4l2:{}", device.display()))
        }
        Source::Rtsp { url, .. } => (format!("camera{number}"), url.to_string()),
        Source::File { path, .. } => {
            (format!("camera{number}"), format!("file:{}", path.display()))
        }
    };
    format!("# {}\n[[camera]]\nname = {name:?}\nsource = {source:?}\n\n", found.label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_reads_as_a_file_would() {
        let source = Source::V4l2 { device: "/dev/video0".into() };
        let found = Found { label: "HD Pro Webcam C920".to_owned(), source };
        let text = table(&found, 1);
        let config = crate::config::read(&text, Path::new("test"), Path::new("/")).unwrap();
        assert_eq!(config.cameras[0].source, found.source);
        assert_eq!(config.cameras[0].name.as_str(), "camera1");
    }
}
