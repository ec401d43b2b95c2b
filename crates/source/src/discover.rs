//! What cameras this machine has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;
use watchpost_model::config::Source;

/// A camera that was found on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it calls itself.
    pub label: String,
    /// How to open it.
    pub source: Source,
}

/// Looks for cameras of this machine: the Raspberry Pi's own first, then the kernel's.
pub async fn discover() -> Vec<Found> {
    let mut found = raspberry_pi("rpicam-hello").await;
    found.extend(kernel(Path::new("/sys/class/video4linux")));
    found
}

/// Cameras that `rpicam-hello --list-cameras` names; none where it is not installed.
async fn raspberry_pi(program: &str) -> Vec<Found> {
    let listing = Command::new(program)
        .arg("--list-cameras")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    match timeout(Duration::from_secs(5), listing).await {
        Ok(Ok(output)) => read_listing(&String::from_utf8_lossy(&output.stdout)),
        _ => Vec::new(),
    }
}

/// Reads lines such as `0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)`.
fn read_listing(listing: &str) -> Vec<Found> {
    let camera = |line: &str| {
        let (number, description) = line.split_once(" : ")?;
        let camera = number.trim().parse().ok()?;
        let model = description.split_whitespace().next()?;
        let label = format!("Raspberry Pi camera {model}");
        Some(Found { label, source: Source::RaspberryPi { camera } })
    };
    listing.lines().filter_map(camera).collect()
}

/// The kernel's cameras, by the folder in which it lists its video devices. A camera has several; the
/// first of each (`index` 0) gives pictures. Codecs, scalers and the ribbon cable's raw receiver are
/// video devices too, but no cameras.
fn kernel(list: &Path) -> Vec<Found> {
    const NOT_CAMERAS: [&str; 6] = ["codec", "isp", "unicam", "rp1-cfe", "hevc", "image_fx"];
    let Ok(devices) = fs::read_dir(list) else { return Vec::new() };
    let mut devices: Vec<PathBuf> = devices.flatten().map(|device| device.path()).collect();
    devices.sort();
    let camera = |device: PathBuf| {
        let read = |name| fs::read_to_string(device.join(name)).ok();
        let label = read("name")?.trim().to_owned();
        let first = read("index").is_none_or(|index| index.trim() == "0");
        let node = device.file_name()?.to_string_lossy().into_owned();
        let lower = label.to_lowercase();
        let camera =
            node.starts_with("video") && !NOT_CAMERAS.iter().any(|word| lower.contains(word));
        let source = Source::V4l2 { device: Path::new("/dev").join(node) };
        (first && camera).then_some(Found { label, source })
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
            Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]\n\
            1 : ov5647 [2592x1944] (/base/soc/i2c0mux/i2c@0/ov5647@36)\n";
        let found: Vec<_> = read_listing(listing).into_iter().map(|camera| camera.label).collect();
        assert_eq!(found, ["Raspberry Pi camera imx708", "Raspberry Pi camera ov5647"]);
        assert_eq!(read_listing("No cameras available!\n"), []);
    }

    #[test]
    fn of_the_kernel_s_video_devices_only_cameras_are_found() {
        let list = tempfile::tempdir().unwrap();
        for (node, name, index) in [
            ("video0", "HD Pro Webcam C920", "0"),
            ("video1", "HD Pro Webcam C920", "1"),
            ("video10", "bcm2835-codec-decode", "0"),
            ("video2", "unicam-image", "0"),
            ("vbi0", "TV card", "0"),
        ] {
            let device = list.path().join(node);
            fs::create_dir(&device).unwrap();
            fs::write(device.join("name"), format!("{name}\n")).unwrap();
            fs::write(device.join("index"), format!("{index}\n")).unwrap();
        }
        let source = Source::V4l2 { device: "/dev/video0".into() };
        let webcam = Found { label: "HD Pro Webcam C920".into(), source };
        assert_eq!(kernel(list.path()), [webcam]);
        assert_eq!(kernel(&list.path().join("absent")), []);
    }
}
