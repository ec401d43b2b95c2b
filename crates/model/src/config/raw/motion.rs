//! `[camera.motion]` and the tables within it as they are written.

use std::time::Duration;

use schemars::JsonSchema;

use super::{MIN_TIME, number};
use crate::config::amount::length_text;
use crate::config::reader::{Key, Keys, Place, Table};
use crate::config::value::{AreaName, FrameRate, PersonShare, SpeedLimit};
use crate::{Fraction, MotionSettings, Polygon};

const SENSITIVITY: &str = "0.5";
const MIN_AREA: &str = "0.0004";
const MIN_PIXEL_DELTA: u8 = 7;
const MIN_TRAVEL: &str = "0.016";
const MAX_SPEED: &str = "4";
const STRAIGHTNESS: &str = "0.6";

/// What counts as motion.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawMotion {
    /// The one number, from 0 to 1: 0 sees only what is plain, 1 whatever may be something. Try
    /// another on the past with `watchpost motion replay` before you change it.
    #[schemars(default, extend("default" = number(SENSITIVITY)))]
    pub(in crate::config) sensitivity: Key<Fraction>,
    /// The least share of the picture that something must cover to count as moving, from 0 to 1:
    /// 0.0004 is a square of 1/50 of the width and the height. Less sees more. If not given,
    /// `sensitivity` says it: 0.0004 at 0.5, a quarter of that at 1, four times that at 0. (An older
    /// name is `min_trigger_area`.)
    #[schemars(default, extend("examples" = [number(MIN_AREA)]))]
    pub(in crate::config) min_area: Key<Fraction>,
    /// The older name of `min_area`, with the same meaning.
    #[schemars(default, extend("deprecated" = true))]
    pub(in crate::config) min_trigger_area: Key<Fraction>,
    /// The least change of brightness, from 0 to 255, by which a pixel counts as moving. Less sees
    /// more. If not given, `sensitivity` and the noise of the picture say it; about 7 at 0.5.
    #[schemars(default, extend("examples" = [MIN_PIXEL_DELTA]))]
    pub(in crate::config) min_pixel_delta: Key<u8>,
    /// How far something must come before it counts, as a share of the picture's diagonal from 0 to
    /// 1. Less sees more, and branches in the wind, too.
    #[schemars(default, extend("default" = number(MIN_TRAVEL)))]
    pub(in crate::config) min_travel: Key<Fraction>,
    /// How many of its own lengths or heights something may come in a second, from 0.1 to 100. A
    /// runner makes 3 of his heights, snow and insects 10.
    #[schemars(default, extend("default" = number(MAX_SPEED)))]
    pub(in crate::config) max_speed: Key<SpeedLimit>,
    /// How straight something must go, from 0 (any way) to 1 (along a ruler).
    #[schemars(default, extend("default" = number(STRAIGHTNESS)))]
    pub(in crate::config) straightness: Key<Fraction>,
    /// How many pictures a second are looked at, from 1 to 30; fewer if the camera sends fewer.
    #[schemars(default, extend("default" = MotionSettings::FRAMES_PER_SECOND))]
    pub(in crate::config) frames_per_second: Key<FrameRate>,
    /// What counts when the picture is one of night: dark, or without colour. What is not given
    /// here is as by day.
    #[schemars(default, with = "RawNight")]
    pub(in crate::config) night: Option<RawNight>,
    /// A part of the picture where motion counts. Repeat this table for each, at most 32 times. With
    /// no zone, motion counts everywhere but under masks.
    #[schemars(default, with = "Vec<RawZone>")]
    pub(in crate::config) zone: Option<Vec<RawZone>>,
    /// A part of the picture where nothing ever counts. Repeat this table for each, at most 32 times.
    #[schemars(default, with = "Vec<RawMask>")]
    pub(in crate::config) mask: Option<Vec<RawMask>>,
    /// How high people are in the picture. What is less than a third or more than twice as high at
    /// its place does not count. If not given, things of any size count.
    #[schemars(default, with = "RawPerson")]
    pub(in crate::config) person: Option<RawPerson>,
}

/// What counts by night.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawNight {
    /// As above, by night.
    #[schemars(default, extend("examples" = [0.4]))]
    pub(in crate::config) sensitivity: Key<Fraction>,
    /// As above, by night.
    #[schemars(default, extend("examples" = [0.001]))]
    pub(in crate::config) min_area: Key<Fraction>,
    /// As above, by night.
    #[schemars(default, extend("examples" = [12]))]
    pub(in crate::config) min_pixel_delta: Key<u8>,
    /// As above, by night.
    #[schemars(default, extend("examples" = [0.03]))]
    pub(in crate::config) min_travel: Key<Fraction>,
    /// As above, by night.
    #[schemars(default, extend("examples" = [3]))]
    pub(in crate::config) max_speed: Key<SpeedLimit>,
    /// As above, by night.
    #[schemars(default, extend("examples" = [0.7]))]
    pub(in crate::config) straightness: Key<Fraction>,
}

/// A part of the picture where motion counts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawZone {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Its name; no two zones of a camera have the same.
    #[schemars(extend("examples" = ["drive"]))]
    pub(in crate::config) name: Key<AreaName>,
    /// Its corners in order, 3 to 64, each as [x, y]: shares of the picture's width and height from
    /// its upper left corner, from 0 to 1. Its sides must not cross.
    #[schemars(extend("examples" = [[[0.1, 0.5], [0.9, 0.5], [0.9, 1], [0.1, 1]]]))]
    pub(in crate::config) points: Key<Polygon>,
    /// In place of the camera's `sensitivity`, by day and by night.
    #[schemars(default, extend("examples" = [0.7]))]
    pub(in crate::config) sensitivity: Key<Fraction>,
    /// In place of the camera's `min_area`, by day and by night.
    #[schemars(default, extend("examples" = [0.002]))]
    pub(in crate::config) min_area: Key<Fraction>,
    /// How long something must have been in the zone before it counts.
    #[schemars(default, extend(
        "default" = length_text(MIN_TIME.default),
        "x-least" = length_text(MIN_TIME.least),
        "x-most" = length_text(MIN_TIME.most),
    ))]
    pub(in crate::config) min_time: Key<Duration>,
}

/// A part of the picture where nothing ever counts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawMask {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// What it hides, for whoever reads this file; no two masks of a camera have the same.
    #[schemars(default, extend("examples" = ["the birch"]))]
    pub(in crate::config) name: Key<AreaName>,
    /// Its corners, as those of a zone.
    #[schemars(extend("examples" = [[[0.7, 0], [1, 0], [1, 0.3]]]))]
    pub(in crate::config) points: Key<Polygon>,
}

/// How high people are in the picture.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawPerson {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// How high somebody is whose feet are at the lower edge, as a share of the picture's height,
    /// above 0 up to 4; above 1 if the head is then out of the picture.
    #[schemars(extend("examples" = [0.8]))]
    pub(in crate::config) near: Key<PersonShare>,
    /// How high somebody is far away, with the feet at `far_at`; not higher than `near`.
    #[schemars(extend("examples" = [0.2]))]
    pub(in crate::config) far: Key<PersonShare>,
    /// How far below the upper edge those feet are, as a share of the picture's height, below 1.
    #[schemars(extend("examples" = [0.4]))]
    pub(in crate::config) far_at: Key<Fraction>,
}

impl Table for RawMotion {
    fn read(keys: &mut Keys) -> Self {
        Self {
            sensitivity: keys.key("sensitivity"),
            min_area: keys.key("min_area"),
            min_trigger_area: keys.key("min_trigger_area"),
            min_pixel_delta: keys.key("min_pixel_delta"),
            min_travel: keys.key("min_travel"),
            max_speed: keys.key("max_speed"),
            straightness: keys.key("straightness"),
            frames_per_second: keys.key("frames_per_second"),
            night: keys.table_if_any("night"),
            zone: keys.tables_if_any("zone"),
            mask: keys.tables_if_any("mask"),
            person: keys.table_if_any("person"),
        }
    }
}

impl Table for RawNight {
    fn read(keys: &mut Keys) -> Self {
        Self {
            sensitivity: keys.key("sensitivity"),
            min_area: keys.key("min_area"),
            min_pixel_delta: keys.key("min_pixel_delta"),
            min_travel: keys.key("min_travel"),
            max_speed: keys.key("max_speed"),
            straightness: keys.key("straightness"),
        }
    }
}

impl Table for RawZone {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            name: keys.key("name"),
            points: keys.key("points"),
            sensitivity: keys.key("sensitivity"),
            min_area: keys.key("min_area"),
            min_time: keys.key("min_time"),
        }
    }
}

impl Table for RawMask {
    fn read(keys: &mut Keys) -> Self {
        Self { place: keys.place(), name: keys.key("name"), points: keys.key("points") }
    }
}

impl Table for RawPerson {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            near: keys.key("near"),
            far: keys.key("far"),
            far_at: keys.key("far_at"),
        }
    }
}
