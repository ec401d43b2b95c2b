//! What of the formats, sizes and rates a camera offers is taken.

use watchpost_model::config::{Encode, V4l2, V4l2Format};

use super::FRAME_RATE;
use super::modes::{Format, Mode, Modes, Rates, Sizes};
use crate::SourceError;

/// What is asked of the camera, and what is done with what it gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// By the name that `ffmpeg` has for it; the camera's own choice if it lists nothing.
    pub(super) input_format: Option<&'static str>,
    pub(super) size: Option<(u32, u32)>,
    pub(super) rate: Option<f32>,
    pub(super) work: Work,
    /// What the owner should know.
    pub(super) note: Option<String>,
}

/// What is done with the camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Work {
    /// Nothing.
    Copy,
    /// They are encoded to motion JPEG.
    Mjpeg {
        /// Pictures a second that are left of those the camera gives, if not all.
        thin: Option<f32>,
    },
    /// They are encoded to H.264.
    H264 {
        /// As above.
        thin: Option<f32>,
    },
}

/// Larger pictures are only taken if the owner asks for them.
const LARGEST: (u32, u32) = (1920, 1080);

/// Chooses H.264 where the camera has it, else motion JPEG, else raw pictures, unless the owner names
/// a format; and of that the owner's size, else the largest up to 1080p of which there are enough
/// pictures a second.
///
/// # Errors
///
/// If the camera does not offer what the owner wants; says what it does offer.
pub(super) fn choose(modes: Option<&Modes>, camera: &V4l2) -> Result<Choice, SourceError> {
    let Some(modes) = modes else { return Ok(blind(camera)) };
    let rate = camera.frame_rate.unwrap_or(FRAME_RATE);
    let best = |of: fn(Format) -> bool| {
        let fitting = modes.0.iter().filter(|mode| of(mode.format) && allowed(camera, mode.format));
        let sized = fitting.filter_map(|mode| Some((mode, size(mode.sizes, camera)?)));
        sized.max_by(|one, other| worth(one, rate).total_cmp(&worth(other, rate)))
    };
    let bests = [
        best(|format| format == Format::H264),
        best(|format| format == Format::Mjpeg),
        best(|format| format == Format::Raw("yuyv422")),
        best(|format| matches!(format, Format::Raw(_))),
    ];
    let bests: Vec<_> = bests.into_iter().flatten().collect();
    // Some cameras have H.264 for small pictures only: a quarter of the best is not taken for it.
    let most = bests.iter().map(|best| worth(best, rate)).fold(0.0, f32::max);
    let (mode, size) = bests
        .into_iter()
        .find(|best| worth(best, rate) > most / 4.0)
        .ok_or_else(|| not_offered(modes, camera))?;
    let input_rate = pick(&mode.rates, rate);
    let thin = (input_rate > rate * 1.1).then_some(rate);
    let work = match (mode.format, camera.encode) {
        (Format::H264, _) | (Format::Mjpeg, Encode::Keep) => Work::Copy,
        (_, Encode::Keep) => Work::Mjpeg { thin },
        (_, Encode::H264) => Work::H264 { thin },
    };
    Ok(Choice {
        input_format: mode.format.name(),
        size: Some(size),
        rate: Some(input_rate),
        work,
        note: note(mode.format, work, camera, input_rate),
    })
}

/// For a camera that does not say what it offers.
fn blind(camera: &V4l2) -> Choice {
    let input_format = match camera.format {
        V4l2Format::Auto => None,
        V4l2Format::H264 => Format::H264.name(),
        V4l2Format::Mjpeg => Format::Mjpeg.name(),
        V4l2Format::Yuyv => Format::Raw("yuyv422").name(),
    };
    let work = match (camera.format, camera.encode) {
        (V4l2Format::H264, _) | (V4l2Format::Mjpeg, Encode::Keep) => Work::Copy,
        (_, Encode::Keep) => Work::Mjpeg { thin: None },
        (_, Encode::H264) => Work::H264 { thin: None },
    };
    Choice {
        input_format,
        size: camera.width.zip(camera.height).map(|(width, height)| (width.into(), height.into())),
        rate: camera.frame_rate,
        work,
        note: None,
    }
}

fn allowed(camera: &V4l2, format: Format) -> bool {
    match camera.format {
        V4l2Format::Auto => format.name().is_some(),
        V4l2Format::H264 => format == Format::H264,
        V4l2Format::Mjpeg => format == Format::Mjpeg,
        V4l2Format::Yuyv => format == Format::Raw("yuyv422"),
    }
}

/// The size that is taken of `sizes`, if one of them fits.
fn size(sizes: Sizes, camera: &V4l2) -> Option<(u32, u32)> {
    let within = |length: u32, from: u32, to: u32| (from..=to).contains(&length);
    if let Some((width, height)) = camera.width.zip(camera.height) {
        let (width, height) = (width.into(), height.into());
        let fits =
            within(width, sizes.from.0, sizes.to.0) && within(height, sizes.from.1, sizes.to.1);
        fits.then_some((width, height))
    } else {
        let fits = sizes.from.0 <= LARGEST.0 && sizes.from.1 <= LARGEST.1;
        fits.then_some((sizes.to.0.min(LARGEST.0), sizes.to.1.min(LARGEST.1)))
    }
}

/// How good a mode is: its pixels, less if it has too few pictures a second.
fn worth((mode, size): &(&Mode, (u32, u32)), rate: f32) -> f32 {
    let length = |pixels: u32| u16::try_from(pixels).map_or(f32::MAX, f32::from);
    let enough = (pick(&mode.rates, rate) / rate).min(1.0);
    length(size.0) * length(size.1) * enough.powi(3)
}

/// The rate that is asked for: the smallest that is enough, else the highest.
fn pick(rates: &Rates, wanted: f32) -> f32 {
    match rates {
        Rates::OneOf(rates) => {
            let enough = rates.iter().copied().filter(|rate| *rate > wanted - 0.1);
            let smallest = enough.min_by(f32::total_cmp);
            let highest = || rates.iter().copied().max_by(f32::total_cmp);
            smallest.or_else(highest).unwrap_or(wanted)
        }
        Rates::Within(least, most) => wanted.max(*least).min(*most),
        Rates::Unknown => wanted,
    }
}

fn not_offered(modes: &Modes, camera: &V4l2) -> SourceError {
    let format = match camera.format {
        V4l2Format::Auto => "pictures".to_owned(),
        V4l2Format::H264 => Format::H264.to_string(),
        V4l2Format::Mjpeg => Format::Mjpeg.to_string(),
        V4l2Format::Yuyv => Format::Raw("yuyv422").to_string(),
    };
    let size = camera.width.zip(camera.height);
    let size = size.map_or(String::new(), |(width, height)| format!(" of {width}x{height}"));
    let lines = modes.lines();
    let offers = if lines.is_empty() { "nothing known".to_owned() } else { lines.join(" | ") };
    SourceError::Unsupported { reason: format!("it gives no {format}{size}, but {offers}") }
}

fn note(format: Format, work: Work, camera: &V4l2, rate: f32) -> Option<String> {
    let wanted = camera.frame_rate.unwrap_or(rate);
    let mut notes = Vec::new();
    if work == Work::Copy && camera.bit_rate.is_some() {
        notes.push(format!("the camera makes {format} itself, so bit_rate has no effect"));
    }
    if rate < wanted - 0.1 {
        notes.push(format!("the camera gives no more than {rate} pictures a second in this size"));
    } else if work == Work::Copy && rate > wanted + 0.1 {
        notes.push(format!("the camera gives no less than {rate} pictures a second in this size"));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}
