//! How the camera of a Raspberry Pi takes its pictures: `[camera.picture]`.
//!
//! Names, words and limits are those of `rpicam-vid` (rpicam-apps, `core/options.cpp`), whose
//! options have the same names but for `frame_rate`, `bit_rate`, `white_balance` (`awb`,
//! `awbgains`), `autofocus` (`autofocus-mode`, `lens-position`) and `region` (`roi`). It silently
//! takes the nearest it can do where a number is beyond its limits; here that is refused.
//!
//! The file and the API set single keys by the same [`PictureSettings::set`].

mod read;

use std::fmt;
use std::time::Duration;

use read::{
    autofocus, bit_rate, bit_rate_text, number, or_word, pixels, region, shutter, white_balance,
    word,
};

use super::amount::micros_text;

/// The settings of one camera. All of them go together: [`PictureSettings::set`] sees to it.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureSettings {
    /// Pixels; even, 64 to 4096.
    pub width: u16,
    /// Pixels; even, 64 to 4096.
    pub height: u16,
    /// Pictures a second, 1 to 120.
    pub frame_rate: f32,
    /// Bits a second, 100 kbit to 50 Mbit.
    pub bit_rate: u32,
    /// How the camera hangs.
    pub rotation: Rotation,
    /// Whether left and right are changed over.
    pub hflip: bool,
    /// Whether top and bottom are changed over.
    pub vflip: bool,
    /// How the shutter and the gain are chosen.
    pub exposure: Exposure,
    /// How long each picture is exposed, 10 µs up to the time of a picture, or `None` for as long
    /// as `exposure` finds right.
    pub shutter: Option<Duration>,
    /// How much the sensor's signal is amplified, 1 to 64 times, or `None` for as much as
    /// `exposure` finds right.
    pub gain: Option<f32>,
    /// Brighter (above 0) or darker (below) than `exposure` finds right, in stops, -8 to 8.
    pub ev: f32,
    /// What part of the picture `exposure` looks at.
    pub metering: Metering,
    /// What counts as white.
    pub white_balance: WhiteBalance,
    /// -1 to 1; 0 changes nothing.
    pub brightness: f32,
    /// 0 to 15.99; 1 changes nothing.
    pub contrast: f32,
    /// 0 (grey) to 15.99; 1 changes nothing.
    pub saturation: f32,
    /// 0 (none) to 15.99; 1 is the usual sharpening.
    pub sharpness: f32,
    /// How noise is taken out.
    pub denoise: Denoise,
    /// How the lens moves, where it can.
    pub autofocus: Autofocus,
    /// The part of the sensor's picture that is used, or `None` for all of it.
    pub region: Option<RegionOfInterest>,
    /// Whether bright and dark parts are exposed each in their own way.
    pub hdr: Hdr,
}

/// How the camera hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Upright.
    None,
    /// Upside down: 180 degrees.
    Half,
}

/// How the shutter and the gain are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// As for most scenes.
    Normal,
    /// Short exposures, for what moves fast.
    Sport,
    /// Long exposures, for the dark.
    Long,
}

/// What part of the picture the exposure is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// The middle more than the rest.
    Centre,
    /// The middle alone.
    Spot,
    /// All of it alike.
    Average,
}

/// What counts as white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WhiteBalance {
    /// Whatever the camera finds, 2500 K to 8000 K.
    Auto,
    /// 2500 K to 3000 K.
    Incandescent,
    /// 3000 K to 3500 K.
    Tungsten,
    /// 4000 K to 4700 K.
    Fluorescent,
    /// 3000 K to 5000 K.
    Indoor,
    /// 5500 K to 6500 K.
    Daylight,
    /// 7000 K to 8500 K.
    Cloudy,
    /// These gains, each 0.1 to 32, and the camera finds nothing by itself.
    Gains {
        /// Of red.
        red: f32,
        /// Of blue.
        blue: f32,
    },
}

/// How noise is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denoise {
    /// As the program finds right for video.
    Auto,
    /// Not at all.
    Off,
    /// Grain only, not specks of colour.
    CdnOff,
    /// Grain, and specks of colour fast.
    CdnFast,
    /// Grain, and specks of colour well; may cost pictures.
    CdnHq,
}

/// How the lens moves. A camera whose lens cannot move takes no notice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Autofocus {
    /// As the program finds right.
    Default,
    /// Once, at the start.
    Auto,
    /// All the time.
    Continuous,
    /// Not at all.
    Manual {
        /// Where it stands, in dioptres, 0 to 32: 0 is infinity, 0.5 is 2 m, 10 is 10 cm.
        lens: f32,
    },
}

/// A part of the sensor's picture, in shares of its width and its height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionOfInterest {
    /// Its left edge, from 0.
    pub x: f32,
    /// Its upper edge, from 0.
    pub y: f32,
    /// How wide it is, at least 0.01; `x + width` is at most 1.
    pub width: f32,
    /// How high it is, at least 0.01; `y + height` is at most 1.
    pub height: f32,
}

/// Whether bright and dark parts are exposed each in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hdr {
    /// Never.
    Off,
    /// In the way the camera can.
    Auto,
    /// By the sensor, as in Camera Module 3.
    Sensor,
    /// From several pictures of one exposure, as the Raspberry Pi 5 can.
    SingleExp,
}

const ROTATIONS: &[(&str, Rotation)] = &[("0", Rotation::None), ("180", Rotation::Half)];
const EXPOSURES: &[(&str, Exposure)] =
    &[("normal", Exposure::Normal), ("sport", Exposure::Sport), ("long", Exposure::Long)];
const METERINGS: &[(&str, Metering)] =
    &[("centre", Metering::Centre), ("spot", Metering::Spot), ("average", Metering::Average)];
const WHITE_BALANCES: &[(&str, WhiteBalance)] = &[
    ("auto", WhiteBalance::Auto),
    ("incandescent", WhiteBalance::Incandescent),
    ("tungsten", WhiteBalance::Tungsten),
    ("fluorescent", WhiteBalance::Fluorescent),
    ("indoor", WhiteBalance::Indoor),
    ("daylight", WhiteBalance::Daylight),
    ("cloudy", WhiteBalance::Cloudy),
];
const DENOISES: &[(&str, Denoise)] = &[
    ("auto", Denoise::Auto),
    ("off", Denoise::Off),
    ("cdn_off", Denoise::CdnOff),
    ("cdn_fast", Denoise::CdnFast),
    ("cdn_hq", Denoise::CdnHq),
];
const AUTOFOCUSES: &[(&str, Autofocus)] = &[
    ("default", Autofocus::Default),
    ("auto", Autofocus::Auto),
    ("continuous", Autofocus::Continuous),
];
const HDRS: &[(&str, Hdr)] = &[
    ("off", Hdr::Off),
    ("auto", Hdr::Auto),
    ("sensor", Hdr::Sensor),
    ("single-exp", Hdr::SingleExp),
];
const TRUTHS: &[(&str, bool)] = &[("false", false), ("true", true)];

/// The greatest the program takes of contrast, saturation and sharpness.
const MOST: f32 = 15.99;

impl Default for PictureSettings {
    fn default() -> Self {
        Self {
            width: 1920,
            height: 1080,
            frame_rate: 15.0,
            bit_rate: 3_000_000,
            rotation: Rotation::None,
            hflip: false,
            vflip: false,
            exposure: Exposure::Normal,
            shutter: None,
            gain: None,
            ev: 0.0,
            metering: Metering::Centre,
            white_balance: WhiteBalance::Auto,
            brightness: 0.0,
            contrast: 1.0,
            saturation: 1.0,
            sharpness: 1.0,
            denoise: Denoise::Auto,
            autofocus: Autofocus::Default,
            region: None,
            hdr: Hdr::Off,
        }
    }
}

impl PictureSettings {
    /// Sets the key `key` to what `value` says, as in the file but without quotes. Changes nothing
    /// if that is refused.
    ///
    /// # Errors
    ///
    /// What is wrong and what would be right, without the name of the key.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let mut changed = self.clone();
        changed.set_alone(key, value)?;
        changed.together().map_err(|(_, problem)| problem)?;
        *self = changed;
        Ok(())
    }

    /// Every key with its value as [`PictureSettings::set`] takes it, in the order of the example
    /// file.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        vec![
            ("width", self.width.to_string()),
            ("height", self.height.to_string()),
            ("frame_rate", self.frame_rate.to_string()),
            ("bit_rate", bit_rate_text(self.bit_rate)),
            ("rotation", written(ROTATIONS, &self.rotation)),
            ("hflip", self.hflip.to_string()),
            ("vflip", self.vflip.to_string()),
            ("exposure", written(EXPOSURES, &self.exposure)),
            ("shutter", self.shutter.map_or("auto".to_owned(), micros_text)),
            ("gain", self.gain.map_or("auto".to_owned(), |gain| gain.to_string())),
            ("ev", self.ev.to_string()),
            ("metering", written(METERINGS, &self.metering)),
            ("white_balance", self.white_balance.to_string()),
            ("brightness", self.brightness.to_string()),
            ("contrast", self.contrast.to_string()),
            ("saturation", self.saturation.to_string()),
            ("sharpness", self.sharpness.to_string()),
            ("denoise", written(DENOISES, &self.denoise)),
            ("autofocus", self.autofocus.to_string()),
            ("region", self.region.map_or("full".to_owned(), |region| region.to_string())),
            ("hdr", written(HDRS, &self.hdr)),
        ]
    }

    /// Sets one key and looks at no other.
    ///
    /// # Errors
    ///
    /// As [`PictureSettings::set`].
    pub(super) fn set_alone(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        match key {
            "width" => self.width = pixels(value)?,
            "height" => self.height = pixels(value)?,
            "frame_rate" => self.frame_rate = number(value, 1.0, 120.0)?,
            "bit_rate" => self.bit_rate = bit_rate(value)?,
            "rotation" => self.rotation = word(value, ROTATIONS)?,
            "hflip" => self.hflip = word(value, TRUTHS)?,
            "vflip" => self.vflip = word(value, TRUTHS)?,
            "exposure" => self.exposure = word(value, EXPOSURES)?,
            "shutter" => self.shutter = shutter(value)?,
            "gain" => self.gain = or_word(value, "auto", |value| number(value, 1.0, 64.0))?,
            "ev" => self.ev = number(value, -8.0, 8.0)?,
            "metering" => self.metering = word(value, METERINGS)?,
            "white_balance" => self.white_balance = white_balance(value)?,
            "brightness" => self.brightness = number(value, -1.0, 1.0)?,
            "contrast" => self.contrast = number(value, 0.0, MOST)?,
            "saturation" => self.saturation = number(value, 0.0, MOST)?,
            "sharpness" => self.sharpness = number(value, 0.0, MOST)?,
            "denoise" => self.denoise = word(value, DENOISES)?,
            "autofocus" => self.autofocus = autofocus(value)?,
            "region" => self.region = or_word(value, "full", region)?,
            "hdr" => self.hdr = word(value, HDRS)?,
            _ => {
                let known: Vec<&str> = self.entries().into_iter().map(|(key, _)| key).collect();
                return Err(format!("unknown key; known here are {}", known.join(", ")));
            }
        }
        Ok(())
    }

    /// Whether the keys go together.
    ///
    /// # Errors
    ///
    /// The key that does not fit the others, and why.
    pub(super) fn together(&self) -> Result<(), (&'static str, String)> {
        let longest = Duration::from_secs_f32(1.0 / self.frame_rate);
        match self.shutter {
            Some(shutter) if shutter > longest => Err((
                "shutter",
                format!(
                    "must not be longer than a picture lasts, which at a frame_rate of {} is {}",
                    self.frame_rate,
                    micros_text(longest),
                ),
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for WhiteBalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhiteBalance::Gains { red, blue } => write!(f, "{red},{blue}"),
            word => f.write_str(&written(WHITE_BALANCES, word)),
        }
    }
}

impl fmt::Display for Autofocus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Autofocus::Manual { lens } => write!(f, "{lens}"),
            word => f.write_str(&written(AUTOFOCUSES, word)),
        }
    }
}

impl fmt::Display for RegionOfInterest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RegionOfInterest { x, y, width, height } = self;
        write!(f, "{x},{y},{width},{height}")
    }
}

/// The types whose every value is a word of `rpicam-vid`, shown as that word.
macro_rules! words {
    ($($type:ty = $words:expr),+) => {
        $(impl fmt::Display for $type {
            /// The word of `rpicam-vid`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&written($words, self))
            }
        })+
    };
}

words!(
    Rotation = ROTATIONS,
    Exposure = EXPOSURES,
    Metering = METERINGS,
    Denoise = DENOISES,
    Hdr = HDRS
);

/// The word for `meaning`; every meaning that comes here has one.
fn written<T: PartialEq>(words: &[(&str, T)], meaning: &T) -> String {
    let found = words.iter().find(|(_, other)| other == meaning);
    found.map_or(String::new(), |(word, _)| (*word).to_owned())
}
