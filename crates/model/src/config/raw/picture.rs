//! `[camera.picture]` as it is written.

use schemars::JsonSchema;

use crate::config::reader::{Key, Keys, Table};
use crate::config::value::Setting;

/// How the camera takes its pictures.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawPicture {
    /// How wide the picture is in pixels: an even number from 64 to 4096.
    #[schemars(default, extend("default" = 1920))]
    pub(in crate::config) width: Key<Setting>,
    /// How high it is.
    #[schemars(default, extend("default" = 1080))]
    pub(in crate::config) height: Key<Setting>,
    /// Pictures a second, from 1 to 120.
    #[schemars(default, extend("default" = 15))]
    pub(in crate::config) frame_rate: Key<Setting>,
    /// How much video there is a second, from "100kbit" to "50Mbit".
    #[schemars(default, extend("default" = "3Mbit"))]
    pub(in crate::config) bit_rate: Key<Setting>,
    /// 180 for a camera that hangs upside down, else 0.
    #[schemars(default, extend("default" = 0))]
    pub(in crate::config) rotation: Key<Setting>,
    /// Whether left and right are changed over.
    #[schemars(default, extend("default" = false))]
    pub(in crate::config) hflip: Key<Setting>,
    /// Whether top and bottom are changed over.
    #[schemars(default, extend("default" = false))]
    pub(in crate::config) vflip: Key<Setting>,
    /// How the exposure is chosen: "normal", "sport" (short, for what moves fast) or "long" (for the
    /// dark).
    #[schemars(default, extend("default" = "normal", "examples" = ["normal", "sport", "long"]))]
    pub(in crate::config) exposure: Key<Setting>,
    /// How long each picture is exposed, such as "8ms" or "500us", or "auto". Not longer than a
    /// picture lasts, which at 15 a second is 66ms.
    #[schemars(default, extend("default" = "auto"))]
    pub(in crate::config) shutter: Key<Setting>,
    /// How much the sensor's signal is amplified, from 1 to 64 times, or "auto".
    #[schemars(default, extend("default" = "auto"))]
    pub(in crate::config) gain: Key<Setting>,
    /// Brighter or darker than the camera finds right, from -8 to 8 stops.
    #[schemars(default, extend("default" = 0))]
    pub(in crate::config) ev: Key<Setting>,
    /// What part of the picture the exposure is chosen by: "centre" (the middle above all), "spot"
    /// (the middle alone) or "average" (all of it).
    #[schemars(default, extend("default" = "centre", "examples" = ["centre", "spot", "average"]))]
    pub(in crate::config) metering: Key<Setting>,
    /// What counts as white: "auto", "incandescent", "tungsten", "fluorescent", "indoor",
    /// "daylight", "cloudy", or the gains of red and blue from 0.1 to 32, such as "1.8,1.5".
    #[schemars(default, extend("default" = "auto", "examples" = [
        "auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy", "1.8,1.5",
    ]))]
    pub(in crate::config) white_balance: Key<Setting>,
    /// From -1 (dark) to 1 (bright).
    #[schemars(default, extend("default" = 0))]
    pub(in crate::config) brightness: Key<Setting>,
    /// From 0 (none) to 15.99; 1 is normal.
    #[schemars(default, extend("default" = 1))]
    pub(in crate::config) contrast: Key<Setting>,
    /// From 0 (grey) to 15.99; 1 is normal.
    #[schemars(default, extend("default" = 1))]
    pub(in crate::config) saturation: Key<Setting>,
    /// From 0 (soft) to 15.99; 1 is normal.
    #[schemars(default, extend("default" = 1))]
    pub(in crate::config) sharpness: Key<Setting>,
    /// How noise is taken out: "auto", "off", "cdn_off" (grain only), "cdn_fast" (specks of colour
    /// too) or "cdn_hq" (better, and slower).
    #[schemars(default, extend(
        "default" = "auto",
        "examples" = ["auto", "off", "cdn_off", "cdn_fast", "cdn_hq"],
    ))]
    pub(in crate::config) denoise: Key<Setting>,
    /// How the lens moves, where it can: "default", "auto" (once, at the start), "continuous", or
    /// not at all: then its place from 0 (infinity) to 32 dioptres, such as 0.5 for 2 metres and 10
    /// for 10 centimetres.
    #[schemars(default, extend(
        "default" = "default",
        "examples" = ["default", "auto", "continuous", 0.5],
    ))]
    pub(in crate::config) autofocus: Key<Setting>,
    /// The part of the picture that is used, as shares of it: left edge, upper edge, width and
    /// height, such as "0.25,0.25,0.5,0.5", or "full".
    #[schemars(default, extend("default" = "full"))]
    pub(in crate::config) region: Key<Setting>,
    /// Whether bright and dark parts are exposed each in their own way: "off", "auto", "sensor"
    /// (Camera Module 3) or "single-exp" (Raspberry Pi 5).
    #[schemars(default, extend(
        "default" = "off",
        "examples" = ["off", "auto", "sensor", "single-exp"],
    ))]
    pub(in crate::config) hdr: Key<Setting>,
}

impl RawPicture {
    /// Every key with its name, those that a `v4l2:` camera has first.
    pub(in crate::config) fn keys(self) -> [(&'static str, Key<Setting>); 21] {
        [
            ("width", self.width),
            ("height", self.height),
            ("frame_rate", self.frame_rate),
            ("bit_rate", self.bit_rate),
            ("rotation", self.rotation),
            ("hflip", self.hflip),
            ("vflip", self.vflip),
            ("exposure", self.exposure),
            ("shutter", self.shutter),
            ("gain", self.gain),
            ("ev", self.ev),
            ("metering", self.metering),
            ("white_balance", self.white_balance),
            ("brightness", self.brightness),
            ("contrast", self.contrast),
            ("saturation", self.saturation),
            ("sharpness", self.sharpness),
            ("denoise", self.denoise),
            ("autofocus", self.autofocus),
            ("region", self.region),
            ("hdr", self.hdr),
        ]
    }
}

impl Table for RawPicture {
    fn read(keys: &mut Keys) -> Self {
        Self {
            width: keys.key("width"),
            height: keys.key("height"),
            frame_rate: keys.key("frame_rate"),
            bit_rate: keys.key("bit_rate"),
            rotation: keys.key("rotation"),
            hflip: keys.key("hflip"),
            vflip: keys.key("vflip"),
            exposure: keys.key("exposure"),
            shutter: keys.key("shutter"),
            gain: keys.key("gain"),
            ev: keys.key("ev"),
            metering: keys.key("metering"),
            white_balance: keys.key("white_balance"),
            brightness: keys.key("brightness"),
            contrast: keys.key("contrast"),
            saturation: keys.key("saturation"),
            sharpness: keys.key("sharpness"),
            denoise: keys.key("denoise"),
            autofocus: keys.key("autofocus"),
            region: keys.key("region"),
            hdr: keys.key("hdr"),
        }
    }
}
