//! What counts as motion, what moved, and what would have under other settings.
//!
//! Places and sizes are shares of the picture's width and height, 0 to 1 from its upper left corner,
//! so that they fit every stream of a camera.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::{Event, LiveObject, Time};

/// A box in the picture: left edge, upper edge, width and height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<f32>, min_items = 4, max_items = 4, example = json!([0.25, 0.5, 0.1, 0.3]))]
pub struct Area(pub [f32; 4]);

/// A place in the picture: from the left, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<f32>, min_items = 2, max_items = 2, example = json!([0.25, 0.5]))]
pub struct Point(pub [f32; 2]);

/// What counts as motion on a camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Motion {
    /// What holds now.
    pub settings: MotionSettings,
    /// The keys of it that differ from the configuration; empty if none does.
    pub changed: Vec<String>,
}

/// What counts as motion, by the keys of `[camera.motion]` of the configuration.
///
/// What may be `null` may be left out; the rest may not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MotionSettings {
    /// The one number: 0 sees only what is plain, 1 whatever may be something.
    #[schema(minimum = 0, maximum = 1)]
    pub sensitivity: f32,
    /// Share of the picture that something must cover, or `null` for what `sensitivity` implies.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    pub min_area: Option<f32>,
    /// Grey levels by which a pixel must differ from its background, or `null` for what
    /// `sensitivity` implies.
    #[serde(default)]
    pub min_pixel_delta: Option<u8>,
    /// How far something must come, as a share of the picture's diagonal.
    #[schema(minimum = 0, maximum = 1)]
    pub min_travel: f32,
    /// How many of its own longer sides something may come in a second.
    #[schema(minimum = 0.1, maximum = 100)]
    pub max_speed: f32,
    /// How straight something must go, from 0 (anyhow) to 1 (as on a line).
    #[schema(minimum = 0, maximum = 1)]
    pub straightness: f32,
    /// How many frames a second are looked at.
    #[schema(minimum = 1, maximum = 30)]
    pub frames_per_second: u8,
    /// What counts in place of these by night, or `null` if the same does.
    #[serde(default)]
    pub night: Option<MotionTuning>,
    /// Where things count; everywhere, if there are none.
    pub zones: Vec<Zone>,
    /// Where nothing ever counts: polygons of 3 to 64 corners.
    #[schema(value_type = Vec<Vec<Point>>)]
    pub masks: Vec<Vec<Point>>,
    /// How high people are in the picture, or `null` if size does not matter.
    #[serde(default)]
    pub person: Option<PersonHeight>,
}

/// How much must change, and how it must move. The keys mean what they do in `MotionSettings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MotionTuning {
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub sensitivity: f32,
    /// 0 to 1.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    pub min_area: Option<f32>,
    /// 0 to 255.
    #[serde(default)]
    pub min_pixel_delta: Option<u8>,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub min_travel: f32,
    /// 0.1 to 100.
    #[schema(minimum = 0.1, maximum = 100)]
    pub max_speed: f32,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub straightness: f32,
}

/// A part of the picture in which things count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// What people call it; no two zones of a camera have the same.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// Where it is: a polygon whose sides do not cross. A thing is in it when it stands in it or
    /// most of it lies in it.
    #[schema(value_type = Vec<Point>, min_items = 3, max_items = 64)]
    pub area: Vec<Point>,
    /// In place of the camera's, unless `null`.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    pub sensitivity: Option<f32>,
    /// In place of the camera's, unless `null`.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    pub min_area: Option<f32>,
    /// Seconds that a thing must have been in it; 0 if left out.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 600)]
    pub min_time: f64,
}

/// How high people are in the picture, as shares of its height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonHeight {
    /// With the feet at the lower edge of the picture. May exceed 1: then the head is out of it.
    #[schema(exclusive_minimum = 0, maximum = 4)]
    pub near: f32,
    /// With the feet at `far_at`; not more than `near`.
    #[schema(exclusive_minimum = 0, maximum = 4)]
    pub far: f32,
    /// Distance from the upper edge, below 1.
    #[schema(minimum = 0, exclusive_maximum = 1)]
    pub far_at: f32,
}

/// Some of `MotionSettings`; what is left out is as it holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "sensitivity": 0.4 }))]
pub struct MotionChange {
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub sensitivity: Option<f32>,
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Given::is_left_out")]
    #[schema(value_type = Option<f32>, minimum = 0, maximum = 1)]
    pub min_area: Given<f32>,
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Given::is_left_out")]
    #[schema(value_type = Option<u8>)]
    pub min_pixel_delta: Given<u8>,
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub min_travel: Option<f32>,
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.1, maximum = 100)]
    pub max_speed: Option<f32>,
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub straightness: Option<f32>,
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 30)]
    pub frames_per_second: Option<u8>,
    /// See `MotionSettings`. What is left out in it is as it holds by night, or by day if nothing
    /// else holds by night.
    #[serde(default, skip_serializing_if = "Given::is_left_out")]
    #[schema(value_type = Option<TuningChange>)]
    pub night: Given<TuningChange>,
    /// All of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<Zone>>,
    /// All of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Vec<Point>>>)]
    pub masks: Option<Vec<Vec<Point>>>,
    /// See `MotionSettings`.
    #[serde(default, skip_serializing_if = "Given::is_left_out")]
    #[schema(value_type = Option<PersonHeight>)]
    pub person: Given<PersonHeight>,
}

/// Some of `MotionTuning`; what is left out is as it holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TuningChange {
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub sensitivity: Option<f32>,
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Given::is_left_out")]
    #[schema(value_type = Option<f32>, minimum = 0, maximum = 1)]
    pub min_area: Given<f32>,
    /// 0 to 255.
    #[serde(default, skip_serializing_if = "Given::is_left_out")]
    #[schema(value_type = Option<u8>)]
    pub min_pixel_delta: Given<u8>,
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub min_travel: Option<f32>,
    /// 0.1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.1, maximum = 100)]
    pub max_speed: Option<f32>,
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub straightness: Option<f32>,
}

/// A key that may be left out, be `null`, or have a value, each of which means something else.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Given<T> {
    /// It is not there.
    #[default]
    LeftOut,
    /// It is `null`.
    Null,
    /// It is this.
    Value(T),
}

impl<T> Given<T> {
    /// Whether it is not there.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        matches!(self, Given::LeftOut)
    }
}

impl<T: Serialize> Serialize for Given<T> {
    /// A key that is not there is left out by `skip_serializing_if`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Given::LeftOut | Given::Null => serializer.serialize_none(),
            Given::Value(value) => serializer.serialize_some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    /// A key that is not there is never asked; that is what `serde(default)` is for.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Given::Null, Given::Value))
    }
}

/// How much moved, for a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MotionLevels {
    /// Where the first step begins.
    pub start: Time,
    /// Seconds in a step: as asked for, or more where that would have been too many steps.
    pub step: u64,
    /// The most that moved in each step, from 0 (nothing) to 255 (the whole picture), by the square
    /// root of the share of the picture; `null` where nothing was looked at.
    pub levels: Vec<Option<u8>>,
}

/// Things that moved in an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Traces {
    /// By their numbers; empty if none are known.
    pub traces: Vec<Trace>,
}

/// The way of one thing through an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trace {
    /// Its number in the event.
    pub number: u32,
    /// What it is, or `null` if nobody recognised it.
    #[schema(required = true)]
    pub label: Option<String>,
    /// The names of the zones it has been in; empty if the camera had none.
    pub zones: Vec<String>,
    /// Where it was, by time; at least one.
    pub places: Vec<Place>,
}

/// Where a thing was at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// When.
    pub at: Time,
    /// A box around it.
    #[serde(rename = "box")]
    pub area: Area,
}

/// What moves now, told by `motion/now`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Moving {
    /// When the frame was taken.
    pub at: Time,
    /// How much, as in `MotionLevels`.
    pub level: u8,
    /// Boxes around what moves.
    pub boxes: Vec<Area>,
    /// Whether the picture is one of night, so that `night` of the settings holds.
    pub night: bool,
    /// What is recognised, where that was looked for.
    pub objects: Vec<LiveObject>,
}

/// A question: what would have happened under other settings?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// From this moment on.
    pub from: Time,
    /// Up to this moment, at most 7 days later.
    pub to: Time,
    /// What is to be different; as it holds if left out.
    #[serde(default)]
    pub settings: MotionChange,
}

/// What would have happened under other settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// Seconds of the time asked for that could be looked at; of the rest nothing was kept.
    pub covered: f64,
    /// How many events motion did trigger in it.
    pub events: usize,
    /// How many it would have triggered.
    pub would: usize,
    /// How many of `events` would have been there too.
    pub staying: usize,
    /// The others of `events`, oldest first.
    pub vanishing: Vec<Event>,
    /// Those that were not there, oldest first.
    pub appearing: Vec<Appearing>,
}

/// An event that was not there and would have been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Appearing {
    /// Where its footage would begin.
    pub start: Time,
    /// When it would first have been triggered.
    pub triggered: Time,
    /// Where its footage would end.
    pub end: Time,
    /// The moment that shows it best.
    pub best: Time,
    /// Boxes around what moved then.
    pub regions: Vec<Area>,
    /// Whether there is footage of that moment.
    pub footage: bool,
    /// Where a picture of it is, those boxes drawn in, or `null` without footage.
    #[schema(required = true)]
    pub picture: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_null_is_not_one_that_is_left_out() {
        let change = |text| {
            let change: MotionChange = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&change).unwrap(), text);
            change
        };
        assert_eq!(change("{}"), MotionChange::default());
        assert_eq!(change(r#"{"min_area":null}"#).min_area, Given::Null);
        assert_eq!(change(r#"{"min_area":0.1}"#).min_area, Given::Value(0.1));
        let night = TuningChange { min_pixel_delta: Given::Null, ..TuningChange::default() };
        assert_eq!(change(r#"{"night":{"min_pixel_delta":null}}"#).night, Given::Value(night));
    }

    #[test]
    fn a_misspelt_key_is_noticed_wherever_it_stands() {
        for text in [r#"{"sensitivty":0.4}"#, r#"{"night":{"sensitivty":0.4}}"#] {
            assert!(serde_json::from_str::<MotionChange>(text).is_err(), "{text}");
        }
        let zone = r#"{"name":"path","area":[[0,0],[1,0],[1,1]],"min_tim":1}"#;
        assert!(serde_json::from_str::<Zone>(zone).is_err());
    }
}
