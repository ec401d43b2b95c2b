//! What a camera is told to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Records by hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordNow {
    /// For how long, 1 to 86400; until it is stopped if left out or `null`.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 86400)]
    pub seconds: Option<f64>,
}

/// How a camera takes its pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PictureSettings {
    /// Every setting by its key, as it would stand in `[camera.picture]` of the configuration.
    pub settings: BTreeMap<String, String>,
    /// The keys that differ from the configuration.
    pub changed: Vec<String>,
}

/// Settings to be changed, by their keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = json!({ "brightness": "0.2" }))]
pub struct PictureChange(pub BTreeMap<String, String>);

/// Where a camera can look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ptz {
    /// Whether it turns.
    pub pan_tilt: bool,
    /// Whether it zooms.
    pub zoom: bool,
    /// Whether it has a place of its own to go back to.
    pub home: bool,
    /// The places it knows.
    pub presets: Vec<Preset>,
}

/// A place a camera knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preset {
    /// What the camera calls it.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A place to be remembered: where the camera looks now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPreset {
    /// What people call it, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
}

/// Where to look: one of the four.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Movement {
    /// Turn and zoom for a while.
    Go(Go),
    /// Go to a place the camera knows.
    To(ToPreset),
    /// Go to the camera's own place.
    Home(ToHome),
    /// Stand still.
    Stop(Stop),
}

/// Turn and zoom for a while. Speeds are of the fastest the camera can.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Go {
    /// To the right; negative is to the left.
    #[serde(default)]
    #[schema(minimum = -1, maximum = 1)]
    pub pan: f32,
    /// Up; negative is down.
    #[serde(default)]
    #[schema(minimum = -1, maximum = 1)]
    pub tilt: f32,
    /// Closer; negative is away.
    #[serde(default)]
    #[schema(minimum = -1, maximum = 1)]
    pub zoom: f32,
    /// For how long, 0.05 to 10.
    #[schema(minimum = 0.05, maximum = 10)]
    pub seconds: f64,
}

/// Go to a place the camera knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToPreset {
    /// What the camera calls it.
    pub preset: String,
}

/// Go to the camera's own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToHome {
    /// Always true.
    pub home: bool,
}

/// Stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Always true.
    pub stop: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movement_is_known_by_its_fields() {
        let go = Go { pan: 0.5, tilt: 0.0, zoom: 0.0, seconds: 0.5 };
        for (text, meant) in [
            (r#"{"pan":0.5,"seconds":0.5}"#, Movement::Go(go)),
            (r#"{"preset":"1"}"#, Movement::To(ToPreset { preset: "1".to_owned() })),
            (r#"{"home":true}"#, Movement::Home(ToHome { home: true })),
            (r#"{"stop":true}"#, Movement::Stop(Stop { stop: true })),
        ] {
            assert_eq!(serde_json::from_str::<Movement>(text).unwrap(), meant, "{text}");
        }
        for text in ["{}", r#"{"pan":1}"#, r#"{"home":true,"stop":true}"#, r#"{"prest":"1"}"#] {
            assert!(serde_json::from_str::<Movement>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn how_long_to_record_may_be_left_out_but_not_misspelt() {
        let until_stopped = RecordNow { seconds: None };
        assert_eq!(serde_json::from_str::<RecordNow>("{}").unwrap(), until_stopped);
        assert!(serde_json::from_str::<RecordNow>(r#"{"second":30}"#).is_err());
    }
}
