//! What a camera of the kernel offers: formats, sizes and rates.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use linuxvideo::format::{FrameIntervals, FrameSizes};
use linuxvideo::{BufType, Device};
use tokio::time::timeout;

use crate::SourceError;

/// How a camera gives its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    H264,
    Mjpeg,
    /// Raw, by the name that `ffmpeg` has for it.
    Raw(&'static str),
    /// What `ffmpeg` does not know, by the kernel's four letters.
    Unknown([u8; 4]),
}

/// How large pictures of a format are: one size, or any from the one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) from: (u32, u32),
    pub(crate) to: (u32, u32),
}

/// How many pictures a second of a size there are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rates {
    /// One of these.
    OneOf(Vec<f32>),
    /// Any from the one to the other.
    Within(f32, f32),
    /// The camera does not say.
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mode {
    pub(crate) format: Format,
    pub(crate) sizes: Sizes,
    pub(crate) rates: Rates,
}

/// All that a camera offers, in its own order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Modes(pub(crate) Vec<Mode>);

/// Drivers answer at once, or never.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the camera, which may be in use meanwhile; `None` if it does not say: some drivers are like
/// that, and what is wrong with others will show.
///
/// # Errors
///
/// If the device is not there or may not be opened.
pub(crate) async fn modes(device: &Path) -> Result<Option<Modes>, SourceError> {
    let path = device.to_owned();
    let reason = |what: &str| format!("{} {what}", device.display());
    let asked = tokio::task::spawn_blocking(move || ask(&path));
    let Ok(asked) = timeout(PATIENCE, asked).await else {
        return Err(SourceError::Ended { reason: reason("does not answer: its driver hangs") });
    };
    match asked {
        Ok(Ok(modes)) => Ok(Some(modes)),
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::NotFound => {
                Err(SourceError::NoCamera { reason: reason("does not exist") })
            }
            io::ErrorKind::PermissionDenied => {
                Err(SourceError::Forbidden { reason: reason("needs the rights of group video") })
            }
            _ => Ok(None),
        },
        Err(_) => Ok(None), // The driver said what no driver may, and the listing panicked.
    }
}

fn ask(path: &Path) -> io::Result<Modes> {
    let device = Device::open(path)?;
    let mut modes = Vec::new();
    for found in device.formats(BufType::VIDEO_CAPTURE) {
        let found = found?.pixel_format();
        let format = Format::of(found.as_fourcc());
        let sizes = match device.frame_sizes(found) {
            Ok(FrameSizes::Discrete(sizes)) => {
                sizes.iter().map(|size| Sizes::one(size.width(), size.height())).collect()
            }
            Ok(FrameSizes::Stepwise(sizes) | FrameSizes::Continuous(sizes)) => vec![Sizes {
                from: (sizes.min_width(), sizes.min_height()),
                to: (sizes.max_width(), sizes.max_height()),
            }],
            Err(_) => Vec::new(),
        };
        for sizes in sizes {
            let (width, height) = sizes.to;
            let rates = device.frame_intervals(found, width, height).map_or(Rates::Unknown, rates);
            modes.push(Mode { format, sizes, rates });
        }
    }
    Ok(Modes(modes))
}

fn rates(intervals: FrameIntervals) -> Rates {
    let per_second = |seconds: f32| {
        let rate = 1.0 / seconds;
        (rate.is_finite() && rate > 0.0).then_some((rate * 100.0).round() / 100.0)
    };
    match intervals {
        FrameIntervals::Discrete(list) => {
            let rates = list.iter().filter_map(|interval| per_second(interval.fract().as_f32()));
            Rates::OneOf(rates.collect())
        }
        FrameIntervals::Stepwise(range) | FrameIntervals::Continuous(range) => {
            let ends = per_second(range.max().as_f32()).zip(per_second(range.min().as_f32()));
            ends.map_or(Rates::Unknown, |(least, most)| Rates::Within(least, most))
        }
    }
}

impl Format {
    /// Codes: the kernel's `videodev2.h`. Names: ffmpeg's `libavdevice/v4l2-common.c`.
    pub(crate) fn of(code: [u8; 4]) -> Self {
        match &code {
            b"H264" => Format::H264,
            b"MJPG" | b"JPEG" => Format::Mjpeg,
            b"YUYV" => Format::Raw("yuyv422"),
            b"UYVY" => Format::Raw("uyvy422"),
            b"YU12" => Format::Raw("yuv420p"),
            b"NV12" => Format::Raw("nv12"),
            b"GREY" => Format::Raw("gray"),
            b"RGB3" => Format::Raw("rgb24"),
            b"BGR3" => Format::Raw("bgr24"),
            _ => Format::Unknown(code),
        }
    }

    /// What `ffmpeg` calls it, if it knows it.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Format::H264 => Some("h264"),
            Format::Mjpeg => Some("mjpeg"),
            Format::Raw(name) => Some(name),
            Format::Unknown(_) => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Format::H264 => f.write_str("H.264"),
            Format::Mjpeg => f.write_str("MJPEG"),
            Format::Raw("yuyv422") => f.write_str("YUYV"),
            Format::Raw(name) => f.write_str(name),
            Format::Unknown(code) => {
                let shown =
                    |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' };
                code.iter().map(shown).try_for_each(|letter| write!(f, "{letter}"))
            }
        }
    }
}

impl Sizes {
    pub(crate) fn one(width: u32, height: u32) -> Self {
        Self { from: (width, height), to: (width, height) }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        if from != to {
            write!(f, "{}x{} to ", from.0, from.1)?;
        }
        write!(f, "{}x{}", to.0, to.1)
    }
}

impl fmt::Display for Rates {
    /// With the word before them, such as ` at 30, 15`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rates::OneOf(rates) => {
                let rates: Vec<String> = rates.iter().map(ToString::to_string).collect();
                write!(f, " at {}", rates.join(", "))
            }
            Rates::Within(least, most) => write!(f, " at {least} to {most}"),
            Rates::Unknown => Ok(()),
        }
    }
}

impl Modes {
    /// A line for each format that can be used, such as `MJPEG: 1280x720 at 30, 15; 640x480 at 30`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<(Format, Vec<String>)> = Vec::new();
        for Mode { format, sizes, rates } in &self.0 {
            if format.name().is_none() {
                continue;
            }
            let shown = format!("{sizes}{rates}");
            match lines.iter_mut().find(|(other, _)| other == format) {
                Some((_, sizes)) => sizes.push(shown),
                None => lines.push((*format, vec![shown])),
            }
        }
        lines.into_iter().map(|(format, sizes)| format!("{format}: {}", sizes.join("; "))).collect()
    }
}
