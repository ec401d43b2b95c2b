//! `[camera.objects]` and the tables within it as they are written.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;

use super::{INTERVAL, LOITER, number};
use crate::config::amount::length_text;
use crate::config::reader::{Key, Keys, Place, Table};
use crate::config::value::{AreaName, Does, Labels, LengthOrNever, LookRate, Names};
use crate::{EventsOn, Fraction, Point, Side};

/// Which objects are looked for, and what of them counts.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawObjects {
    /// Whether objects are looked for on this camera.
    #[schemars(default, extend("default" = true))]
    pub(in crate::config) enabled: Key<bool>,
    /// What begins an event: "motion" (whatever moves; who it is is told), or "objects" (an object
    /// that counts, see below; while the detector does not answer, whatever moves).
    #[schemars(default, extend("default" = "motion"))]
    pub(in crate::config) events: Key<EventsOn>,
    /// In place of the `classes` of `[detector]`.
    #[schemars(default, extend("examples" = [["person", "car"]]))]
    pub(in crate::config) classes: Key<Labels>,
    /// In place of the `min_score` and the `scores` of `[detector]`.
    #[schemars(default, extend("examples" = [0.5]))]
    pub(in crate::config) min_score: Key<Fraction>,
    /// How sure the detector must be of single classes here. Of others, what `min_score` above says,
    /// or else `[detector]`.
    #[schemars(
        default,
        with = "BTreeMap<String, Key<Fraction>>",
        extend("examples" = [{ "person": number("0.7") }])
    )]
    pub(in crate::config) scores: Option<RawScores>,
    /// In place of the `detect_fps` of `[detector]`.
    #[schemars(default, extend("examples" = [2]))]
    pub(in crate::config) detect_fps: Key<LookRate>,
    /// In place of the `interval` of `[detector]`.
    #[schemars(default, extend(
        "examples" = ["15s"],
        "x-least" = length_text(INTERVAL.least),
        "x-most" = length_text(INTERVAL.most),
    ))]
    pub(in crate::config) interval: Key<LengthOrNever>,
    /// Which objects count as triggers of events. Repeat this table for each kind, at most 32 times.
    /// With none, all that are looked for count, anywhere, whatever they do.
    #[schemars(default)]
    pub(in crate::config) trigger: Vec<RawTrigger>,
    /// A line that can be crossed. Repeat this table for each, at most 32 times.
    #[schemars(default)]
    pub(in crate::config) line: Vec<RawLine>,
    /// How long something stays in a zone before it loiters. Repeat this table for each zone.
    #[schemars(default)]
    pub(in crate::config) loiter: Vec<RawLoiter>,
}

/// Objects that count.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawTrigger {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Of these classes. If not given, of all that are looked for.
    #[schemars(default, extend("examples" = [["person"]]))]
    pub(in crate::config) classes: Key<Labels>,
    /// In one of these zones, by the names of [[camera.motion.zone]]. If not given, anywhere.
    #[schemars(default, extend("examples" = [["drive"]]))]
    pub(in crate::config) zones: Key<Names>,
    /// With at least this score, from 0 to 1, where the one from which on it is told is not enough.
    #[schemars(default, extend("examples" = [0.7]))]
    pub(in crate::config) min_score: Key<Fraction>,
    /// What it must do: "enters", "leaves" or "loiters" (in one of `zones`), or "crosses" (the
    /// `line`). If not given, being there is enough.
    #[schemars(default, extend("examples" = ["enters"]))]
    pub(in crate::config) does: Key<Does>,
    /// The name of the line that it must cross. Needs does = "crosses".
    #[schemars(default, extend("examples" = ["gate"]))]
    pub(in crate::config) line: Key<AreaName>,
    /// To which side it must cross it, "left" or "right", as seen by who stands at its `from` and
    /// looks to its `to`. If not given, to either.
    #[schemars(default, extend("examples" = ["left"]))]
    pub(in crate::config) towards: Key<Side>,
}

/// A line that can be crossed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawLine {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Its name; no two lines of a camera have the same.
    #[schemars(extend("examples" = ["gate"]))]
    pub(in crate::config) name: Key<AreaName>,
    /// Where it begins, as [x, y]: shares of the picture's width and height from its upper left
    /// corner, from 0 to 1.
    #[schemars(extend("examples" = [[0.1, 0.5]]))]
    pub(in crate::config) from: Key<Point>,
    /// Where it ends.
    #[schemars(extend("examples" = [[0.9, 0.5]]))]
    pub(in crate::config) to: Key<Point>,
}

/// How long something stays in a zone before it loiters.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawLoiter {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// The name of the zone.
    #[schemars(extend("examples" = ["drive"]))]
    pub(in crate::config) zone: Key<AreaName>,
    /// How long it stays.
    #[schemars(extend(
        "examples" = [length_text(LOITER.default)],
        "x-least" = length_text(LOITER.least),
        "x-most" = length_text(LOITER.most),
    ))]
    pub(in crate::config) after: Key<Duration>,
}

/// Scores by the names of classes.
pub(in crate::config) struct RawScores(pub(in crate::config) Vec<(String, Key<Fraction>)>);

impl Table for RawObjects {
    fn read(keys: &mut Keys) -> Self {
        Self {
            enabled: keys.key("enabled"),
            events: keys.key("events"),
            classes: keys.key("classes"),
            min_score: keys.key("min_score"),
            scores: keys.table_if_any("scores"),
            detect_fps: keys.key("detect_fps"),
            interval: keys.key("interval"),
            trigger: keys.tables("trigger"),
            line: keys.tables("line"),
            loiter: keys.tables("loiter"),
        }
    }
}

impl Table for RawTrigger {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            classes: keys.key("classes"),
            zones: keys.key("zones"),
            min_score: keys.key("min_score"),
            does: keys.key("does"),
            line: keys.key("line"),
            towards: keys.key("towards"),
        }
    }
}

impl Table for RawLine {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            name: keys.key("name"),
            from: keys.key("from"),
            to: keys.key("to"),
        }
    }
}

impl Table for RawLoiter {
    fn read(keys: &mut Keys) -> Self {
        Self { place: keys.place(), zone: keys.key("zone"), after: keys.key("after") }
    }
}

impl Table for RawScores {
    fn read(keys: &mut Keys) -> Self {
        Self(keys.each())
    }
}
