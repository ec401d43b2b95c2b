//! What cameras this machine has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;
use watchpost_model::config::{Encode, PictureSettings, RaspberryPi, Source, V4l2, V4l2Format};

use crate::v4l2::modes;

/// A camera that was found on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it calls itself.
    pub label: String,
    /// How to open it.
    pub source: Source,
    /// What it can do, a line for each kind of picture, such as `MJPEG: 1280x720 at 30, 15`.
    pub details: Vec<String>,
}

/// Looks for cameras of this machine: the Raspberry Pi's own first, then the kernel's.
pub async fn discover() -> Vec<Found> {
    let mut found = raspberry_pi(&["rpicam-hello", "libcamera-hello"]).await;
    for (label, device) in kernel(Path::new("/sys/class/video4linux")) {
        let details = match modes(&device).await {
            Ok(Some(modes)) if modes.0.is_empty() => continue, // It shows pictures, or takes none.
            Ok(modes) => modes.map_or(Vec::new(), |modes| modes.lines()),
            Err(error) => vec![error.to_string()],
        };
        found.push(Found { label, source: webcam(device), details });
    }
    found
}

fn webcam(device: PathBuf) -> Source {
    Source::V4l2(V4l2 {
        device,
        format: V4l2Format::Auto,
        width: None,
        height: None,
        frame_rate: None,
        bit_rate: None,
        encode: Encode::H264,
    })
}

/// Cameras that the first of `programs` that is installed names with `--list-cameras`.
async fn raspberry_pi(programs: &[&str]) -> Vec<Found> {
    for program in programs {
        let listing = Command::new(program)
            .arg("--list-cameras")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        if let Ok(Ok(output)) = timeout(Duration::from_secs(5), listing).await {
            return read_listing(&String::from_utf8_lossy(&output.stdout));
        }
    }
    Vec::new()
}

/// Reads lines such as `0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)`, and
/// below each its modes, such as `1536x864 [120.13 fps - (768, 432)/3072x1728 crop]`.
fn read_listing(listing: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for line in listing.lines() {
        if let Some(camera) = camera(line) {
            found.push(camera);
        } else if let (Some(last), Some(mode)) = (found.last_mut(), mode(line)) {
            last.details.push(mode);
        }
    }
    found
}

fn camera(line: &str) -> Option<Found> {
    let (number, description) = line.split_once(" : ")?;
    let camera = number.trim().parse().ok()?;
    let model = description.split_whitespace().next()?;
    let label = format!("Raspberry Pi camera {model}");
    let picture = PictureSettings::default();
    let source = Source::RaspberryPi(RaspberryPi { camera, picture });
    Some(Found { label, source, details: Vec::new() })
}

/// `1536x864 at 120.13`.
fn mode(line: &str) -> Option<String> {
    let (before, after) = line.split_once(" [")?;
    let size = before.split_whitespace().last()?;
    let rate = after.split_once(" fps")?.0;
    let is_size = size.split_once('x').is_some_and(|(width, height)| {
        [width, height].iter().all(|length| length.parse::<u32>().is_ok())
    });
    (is_size && rate.parse::<f32>().is_ok()).then(|| format!("{size} at {rate}"))
}

/// The kernel's cameras and their devices, by the folder in which it lists its video devices. A
/// camera has several; the first of each (`index` 0) gives pictures. Codecs, scalers and the ribbon
/// cable's raw receiver are video devices too, but no cameras.
fn kernel(list: &Path) -> Vec<(String, PathBuf)> {
    const NOT_CAMERAS: [&str; 6] = ["codec", "isp", "unicam", "rp1-cfe", "hevc", "image_fx"];
    let Ok(devices) = fs::read_dir(list) else { return Vec::new() };
    let mut devices: Vec<PathBuf> = devices.flatten().map(|device| device.path()).collect();
    devices.sort_by_key(|device| {
        let name = device.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let number: String = name.chars().filter(char::is_ascii_digit).collect();
        (number.parse::<u32>().ok(), name)
    });
    let camera = |device: PathBuf| {
        let read = |name| fs::read_to_string(device.join(name)).ok();
        let label = read("name")?.trim().to_owned();
        let first = read("index").is_none_or(|index| index.trim() == "0");
        let node = device.file_name()?.to_string_lossy().into_owned();
        let lower = label.to_lowercase();
        let camera =
            node.starts_with("video") && !NOT_CAMERAS.iter().any(|word| lower.contains(word));
        (first && camera).then_some((label, Path::new("/dev").join(node)))
    };
    devices.into_iter().filter_map(camera).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_raspberry_pi_s_listing_is_read() {
        let listing = "Available cameras\n-----------------\n\
            0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)\n    \
            Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]\n    \
            \x20                        4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]\n\n\
            1 : ov5647 [2592x1944] (/base/soc/i2c0mux/i2c@0/ov5647@36)\n";
        let found: Vec<_> = read_listing(listing)
            .into_iter()
            .map(|camera| (camera.label, camera.details.join("; ")))
            .collect();
        let expected = [
            ("Raspberry Pi camera imx708", "1536x864 at 120.13; 4608x2592 at 14.35"),
            ("Raspberry Pi camera ov5647", ""),
        ];
        assert_eq!(found, expected.map(|(label, modes)| (label.to_owned(), modes.to_owned())));
        assert_eq!(read_listing("No cameras available!\n"), []);
    }

    #[test]
    fn of_the_kernel_s_video_devices_only_cameras_are_found() {
        let list = tempfile::tempdir().unwrap();
        for (node, name, index) in [
            ("video0", "HD Pro Webcam C920", "0"),
            ("video1", "HD Pro Webcam C920", "1"),
            ("video11", "Doorbell", "0"),
            ("video10", "bcm2835-codec-decode", "0"),
            ("video2", "unicam-image", "0"),
            ("video3", "Microscope", "0"),
            ("vbi0", "TV card", "0"),
        ] {
            let device = list.path().join(node);
            fs::create_dir(&device).unwrap();
            fs::write(device.join("name"), format!("{name}\n")).unwrap();
            fs::write(device.join("index"), format!("{index}\n")).unwrap();
        }
        let expected = [
            ("HD Pro Webcam C920", "/dev/video0"),
            ("Microscope", "/dev/video3"),
            ("Doorbell", "/dev/video11"),
        ];
        let expected = expected.map(|(label, device)| (label.to_owned(), PathBuf::from(device)));
        assert_eq!(kernel(list.path()), expected);
        assert_eq!(kernel(&list.path().join("absent")), []);
    }
}
