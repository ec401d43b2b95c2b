//! The options of `raspivid` and `raspistill`, and what they lack.

use watchpost_model::config::picture::{
    Autofocus, Denoise, Exposure, Hdr, Metering, Rotation, WhiteBalance,
};
use watchpost_model::config::{PhotoSize, PictureSettings, RaspberryPi};

use super::{Arguments, KEY_EVERY};

/// Video to the standard output until it is ended, and what of the settings is not done.
pub(super) fn video(camera: &RaspberryPi) -> (Vec<String>, Option<String>) {
    let picture = &camera.picture;
    let mut arguments = Arguments::default();
    arguments.option_unless(&0, "--camselect", &camera.camera);
    arguments.flag("--nopreview");
    arguments.option("--timeout", &0);
    arguments.option("--profile", &"high");
    arguments.flag("--inline");
    arguments.flag("--flush");
    arguments.option("--width", &picture.width);
    arguments.option("--height", &picture.height);
    arguments.option("--framerate", &whole(picture.frame_rate.max(2.0)));
    arguments.option("--bitrate", &picture.bit_rate.min(25_000_000));
    arguments.option("--intra", &whole(KEY_EVERY * picture.frame_rate.max(2.0)));
    looks(&mut arguments, picture);
    arguments.option("--output", &"-");
    (arguments.0, lacks("raspivid", picture))
}

/// A JPEG to the standard output.
pub(super) fn still(camera: &RaspberryPi, size: PhotoSize) -> Vec<String> {
    let mut arguments = Arguments::default();
    arguments.option_unless(&0, "--camselect", &camera.camera);
    arguments.flag("--nopreview");
    arguments.option("--timeout", &1000); // In less, the exposure is not right yet.
    arguments.option("--encoding", &"jpg");
    arguments.option("--quality", &90);
    arguments.option("--thumb", &"none");
    if let PhotoSize::Within { width, height } = size {
        arguments.option("--width", &width);
        arguments.option("--height", &height);
    }
    looks(&mut arguments, &camera.picture);
    arguments.option("--output", &"-");
    arguments.0
}

fn looks(arguments: &mut Arguments, picture: &PictureSettings) {
    let PictureSettings {
        width: _,
        height: _,
        frame_rate: _,
        bit_rate: _,
        rotation,
        hflip,
        vflip,
        exposure,
        shutter,
        gain,
        ev,
        metering,
        white_balance,
        brightness,
        contrast,
        saturation,
        sharpness,
        denoise: _,
        autofocus: _,
        region,
        hdr: _,
    } = picture;
    arguments.option_unless(&Rotation::None, "--rotation", rotation);
    arguments.flag_if(*hflip, "--hflip");
    arguments.flag_if(*vflip, "--vflip");
    match exposure {
        Exposure::Normal => {}
        Exposure::Sport => arguments.option("--exposure", &"sports"),
        Exposure::Long => arguments.option("--exposure", &"verylong"),
    }
    if let Some(shutter) = shutter {
        arguments.option("--shutter", &shutter.as_micros());
    }
    if let Some(gain) = gain {
        arguments.option("--analoggain", &gain);
    }
    // In sixths of a stop.
    arguments.option_unless(&"0".to_owned(), "--ev", &whole((ev * 6.0).clamp(-24.0, 24.0)));
    match metering {
        Metering::Centre => {} // What it calls "average" looks at the middle most.
        Metering::Spot => arguments.option("--metering", &"spot"),
        Metering::Average => arguments.option("--metering", &"matrix"),
    }
    match white_balance {
        WhiteBalance::Auto => {}
        WhiteBalance::Incandescent => arguments.option("--awb", &"incandescent"),
        WhiteBalance::Tungsten => arguments.option("--awb", &"tungsten"),
        WhiteBalance::Fluorescent | WhiteBalance::Indoor => {
            arguments.option("--awb", &"fluorescent");
        }
        WhiteBalance::Daylight => arguments.option("--awb", &"sun"),
        WhiteBalance::Cloudy => arguments.option("--awb", &"cloud"),
        WhiteBalance::Gains { red, blue } => {
            arguments.option("--awb", &"off");
            arguments.option("--awbgains", &format!("{},{}", red.min(8.0), blue.min(8.0)));
        }
    }
    arguments.option_unless(&"50".to_owned(), "--brightness", &whole(50.0 + 50.0 * brightness));
    for (name, value) in
        [("--contrast", contrast), ("--saturation", saturation), ("--sharpness", sharpness)]
    {
        arguments.option_unless(&"0".to_owned(), name, &percent(*value));
    }
    if let Some(region) = region {
        arguments.option("--roi", &region);
    }
}

/// The settings that `program` does not know.
fn lacks(program: &str, picture: &PictureSettings) -> Option<String> {
    let lacking = [
        ("denoise", picture.denoise != Denoise::Auto),
        ("autofocus", picture.autofocus != Autofocus::Default),
        ("hdr", picture.hdr != Hdr::Off),
    ];
    let lacking: Vec<&str> =
        lacking.into_iter().filter(|(_, lacks)| *lacks).map(|(key, _)| key).collect();
    (!lacking.is_empty()).then(|| {
        format!(
            "{program} cannot do {}; rpicam-vid can, if the system is new enough",
            lacking.join(", ")
        )
    })
}

/// From times (1 changes nothing) to percent more or less (0 changes nothing).
fn percent(times: f32) -> String {
    whole((100.0 * (times - 1.0)).clamp(-100.0, 100.0))
}

fn whole(number: f32) -> String {
    format!("{:.0}", number.round() + 0.0) // No -0.
}
