//! The options of `rpicam-vid` and `rpicam-still`.

use std::time::Duration;

use watchpost_model::config::picture::{
    Autofocus, Denoise, Exposure, Hdr, Metering, Rotation, WhiteBalance,
};
use watchpost_model::config::{PhotoSize, PictureSettings, RaspberryPi};

use super::abilities::{Abilities, Ability};
use super::{Arguments, KEY_EVERY};

/// Video to the standard output until it is ended.
pub(super) fn video(camera: &RaspberryPi, abilities: &Abilities) -> Vec<String> {
    let picture = &camera.picture;
    let mut arguments = Arguments::default();
    arguments.option("--camera", &camera.camera);
    arguments.flag("--nopreview");
    arguments.option("--timeout", &0);
    arguments.option("--codec", &"h264");
    arguments.flag("--inline"); // Parameter sets before each key picture.
    arguments.flag("--flush"); // Each picture at once.
    arguments.option("--width", &picture.width);
    arguments.option("--height", &picture.height);
    arguments.option("--framerate", &picture.frame_rate);
    arguments.option("--bitrate", &picture.bit_rate);
    arguments.option("--intra", &format!("{:.0}", (KEY_EVERY * picture.frame_rate).max(1.0)));
    if needs_level_4_2(picture) {
        arguments.option("--level", &"4.2");
    }
    if abilities.has(Ability::LowLatency) {
        arguments.flag("--low-latency");
    } else if abilities.has(Ability::CodecOptions) {
        arguments.option("--libav-video-codec-opts", &"bf=0");
    }
    if abilities.has(Ability::Format) {
        arguments.option("--libav-format", &"h264");
    }
    looks(&mut arguments, picture, abilities);
    arguments.option("--output", &"-");
    arguments.0
}

/// A JPEG to the standard output.
///
/// Taken as soon as the exposure is right; only a lens that focuses by itself gets a moment before.
pub(super) fn still(camera: &RaspberryPi, size: PhotoSize, abilities: &Abilities) -> Vec<String> {
    let picture = &camera.picture;
    let mut arguments = Arguments::default();
    arguments.option("--camera", &camera.camera);
    arguments.flag("--nopreview");
    match picture.autofocus {
        Autofocus::Default | Autofocus::Manual { .. } => {
            arguments.option("--timeout", &1000);
            arguments.flag("--immediate");
        }
        Autofocus::Auto | Autofocus::Continuous => {
            arguments.option("--timeout", &Duration::from_secs(2).as_millis());
        }
    }
    arguments.option("--encoding", &"jpg");
    arguments.option("--quality", &90);
    arguments.option("--thumb", &"none");
    if let PhotoSize::Within { width, height } = size {
        arguments.option("--width", &width);
        arguments.option("--height", &height);
    }
    looks(&mut arguments, picture, abilities);
    arguments.option("--output", &"-");
    arguments.0
}

/// What video and photo have in common.
fn looks(arguments: &mut Arguments, picture: &PictureSettings, abilities: &Abilities) {
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
        denoise,
        autofocus,
        region,
        hdr,
    } = picture;
    arguments.option_unless(&Rotation::None, "--rotation", rotation);
    arguments.flag_if(*hflip, "--hflip");
    arguments.flag_if(*vflip, "--vflip");
    arguments.option_unless(&Exposure::Normal, "--exposure", exposure);
    if let Some(shutter) = shutter {
        arguments.option("--shutter", &shutter.as_micros());
    }
    if let Some(gain) = gain {
        arguments.option("--gain", &gain);
    }
    arguments.option_unless(&0.0, "--ev", ev);
    arguments.option_unless(&Metering::Centre, "--metering", metering);
    match white_balance {
        WhiteBalance::Auto => {}
        WhiteBalance::Gains { red, blue } => {
            arguments.option("--awbgains", &format!("{red},{blue}"));
        }
        word => arguments.option("--awb", &word),
    }
    arguments.option_unless(&0.0, "--brightness", brightness);
    arguments.option_unless(&1.0, "--contrast", contrast);
    arguments.option_unless(&1.0, "--saturation", saturation);
    arguments.option_unless(&1.0, "--sharpness", sharpness);
    arguments.option_unless(&Denoise::Auto, "--denoise", denoise);
    match autofocus {
        Autofocus::Default => {}
        Autofocus::Manual { lens } => {
            arguments.option("--autofocus-mode", &"manual");
            arguments.option("--lens-position", &lens);
        }
        word => arguments.option("--autofocus-mode", &word),
    }
    if let Some(region) = region {
        arguments.option("--roi", &region);
    }
    match hdr {
        Hdr::Off => {}
        _ if abilities.has(Ability::HdrSwitch) => arguments.flag("--hdr"),
        // Its value may be left out, and so must stand in the same word.
        word => arguments.flag(&format!("--hdr={word}")),
    }
}

/// Whether the pictures are more than level 4 of H.264, the encoder's own choice, allows, but not
/// more than 4.2 does, the highest that the Raspberry Pi 4 knows (Rec. ITU-T H.264, table A-1).
/// For more than that the Raspberry Pi 5 finds the level by itself.
fn needs_level_4_2(picture: &PictureSettings) -> bool {
    let blocks = |pixels: u16| f32::from(pixels.div_ceil(16));
    let size = blocks(picture.width) * blocks(picture.height);
    let level_4 = size * picture.frame_rate <= 245_760.0 && picture.bit_rate <= 25_000_000;
    !level_4 && size <= 8_704.0 && size * picture.frame_rate <= 522_240.0
}
