//! What senses, and what obeys.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// How everything that senses or obeys stands, in the order of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Devices {
    /// The sensors.
    pub sensors: Vec<Sensor>,
    /// The lights.
    pub lights: Vec<Light>,
    /// The servos.
    pub servos: Vec<Servo>,
    /// The outputs.
    pub outputs: Vec<Output>,
    /// The MQTT broker, or `null` if there is none.
    #[schema(required = true)]
    pub mqtt: Option<Broker>,
}

/// What is wrong with a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceFault {
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// A sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sensor {
    /// Its name; no two devices have the same.
    pub name: String,
    /// How it is attached: `serial`, `gpio`, `mcp3008`, `mqtt` or `sim` (it is played).
    pub kind: String,
    /// What its yes means: `motion`, `opening`, `doorbell`, `panic`, `button`, `tamper`, or `measure`,
    /// nothing.
    pub senses: String,
    /// The cameras that it triggers.
    pub cameras: Vec<String>,
    /// What is done when it fires: `photo`, `clip`, `arm`, `disarm`.
    pub actions: Vec<String>,
    /// Whether it acts while monitoring is off, too.
    pub always: bool,
    /// Whether it says yes; `null` while nobody knows.
    #[schema(required = true)]
    pub active: Option<bool>,
    /// Since when that is so.
    #[schema(required = true)]
    pub since: Option<Time>,
    /// When it was heard last; `null` if never.
    #[schema(required = true)]
    pub seen: Option<Time>,
    /// When it fired last; `null` if never.
    #[schema(required = true)]
    pub fired: Option<Time>,
    /// What it told last.
    pub reading: SensorReading,
    /// How many lines or messages of it could not be understood since it was set up.
    pub unreadable: u64,
    /// Seconds of silence from which on it is a fault; `null` if it may be silent.
    #[schema(required = true)]
    pub heartbeat_seconds: Option<f64>,
    /// What is wrong with it, or `null`.
    #[schema(required = true)]
    pub fault: Option<DeviceFault>,
}

/// What a sensor told; `null` for what it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SensorReading {
    /// Its own yes or no, before its settings are looked at.
    #[schema(required = true)]
    pub on: Option<bool>,
    /// Whether that yes, or that distance, is of the moment: it is never taken back.
    pub momentary: bool,
    /// How far the nearest thing before it is, in millimetres.
    #[schema(required = true)]
    pub distance_mm: Option<u32>,
    /// Whether it measured that nothing is in reach.
    pub free: bool,
    /// How bright the room is, 0 to 1.
    #[schema(required = true)]
    pub brightness: Option<f32>,
    /// The level at an analogue input, of the greatest it can measure, 0 to 1.
    #[schema(required = true)]
    pub level: Option<f32>,
    /// A number whose unit its owner knows.
    #[schema(required = true)]
    pub value: Option<f64>,
    /// How full its battery is, 0 to 1.
    #[schema(required = true)]
    pub battery: Option<f32>,
}

/// An infrared light.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Light {
    /// Its name.
    pub name: String,
    /// How it is attached: `serial`, or `sim` (it is played).
    pub kind: String,
    /// The cameras whose room it lights.
    pub cameras: Vec<String>,
    /// When it is to be on: `always`, `armed`, `dark`, `hours` or `by_hand`.
    pub when: String,
    /// Whether it is on, as it says itself; `null` while nobody knows.
    #[schema(required = true)]
    pub on: Option<bool>,
    /// What somebody wants of it by hand; `null` if it goes as planned.
    #[schema(required = true)]
    pub by_hand: Option<bool>,
    /// Until when; `null` if for good.
    #[schema(required = true)]
    pub until: Option<Time>,
    /// How bright its room is, 0 to 1.
    #[schema(required = true)]
    pub brightness: Option<f32>,
    /// When it was heard last; `null` if never.
    #[schema(required = true)]
    pub seen: Option<Time>,
    /// What is wrong with it, or `null`.
    #[schema(required = true)]
    pub fault: Option<DeviceFault>,
}

/// A servo. Angles are degrees, 0 to 180.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Servo {
    /// Its name.
    pub name: String,
    /// What drives it: `pwm`, or `sim` (it is played).
    pub kind: String,
    /// Where it is; `null` before it was ever moved.
    #[schema(required = true)]
    pub angle: Option<f32>,
    /// Where it goes, or stands.
    #[schema(required = true)]
    pub target: Option<f32>,
    /// Where it stands while monitoring is on.
    pub angle_on: f32,
    /// Where it stands while monitoring is off.
    pub angle_off: f32,
    /// What is wrong with it, or `null`.
    #[schema(required = true)]
    pub fault: Option<DeviceFault>,
}

/// What is put on and off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What it is: `led`, `relay` or `siren`.
    pub kind: String,
    /// Whether it is played, and no pin at all.
    pub sim: bool,
    /// Whether it is on.
    pub on: bool,
    /// Since when that is so.
    pub since: Time,
    /// The sensor that it follows, or `null`.
    #[schema(required = true)]
    pub follows: Option<String>,
    /// It goes off by itself after so many seconds; `null` if never.
    #[schema(required = true)]
    pub max_on_seconds: Option<f64>,
    /// What is wrong with it, or `null`.
    #[schema(required = true)]
    pub fault: Option<DeviceFault>,
}

/// The connection to the MQTT broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Broker {
    /// Its host and port.
    pub broker: String,
    /// Whether it is connected.
    pub state: BrokerState,
    /// Since when that is so.
    pub since: Time,
    /// What is wrong, or `null`.
    #[schema(required = true)]
    pub cause: Option<String>,
    /// What to do about it.
    #[schema(required = true)]
    pub hint: Option<String>,
}

/// Whether the broker is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BrokerState {
    /// It is.
    Up,
    /// It is being tried.
    Connecting,
    /// It is not.
    Down,
}

/// What sensors or lights told in a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Readings {
    /// In order of time; the first may be of before, for what held when the stretch began.
    pub readings: Vec<ReadingAt>,
    /// There were too many: of so many seconds each, only the last and the last yes are there. `null` if
    /// all are.
    #[schema(required = true)]
    pub step: Option<f64>,
}

/// What was told at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReadingAt {
    /// When.
    pub at: Time,
    /// What.
    #[serde(flatten)]
    pub reading: SensorReading,
}

/// What a played sensor tells; what it does not measure is left out or `null`, not all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlayReading {
    /// Its own yes or no.
    pub on: Option<bool>,
    /// With `on` true, or `distance_mm`: that it is of the moment.
    pub momentary: bool,
    /// Millimetres, up to 100 000.
    #[schema(maximum = 100_000)]
    pub distance_mm: Option<u32>,
    /// True, without `distance_mm`: nothing is in reach.
    pub free: bool,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub brightness: Option<f32>,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub level: Option<f32>,
    /// Any number.
    pub value: Option<f64>,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub battery: Option<f32>,
}

/// How bright the room of a played light is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlayBrightness {
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub brightness: f32,
}

/// What a light is to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LightChange {
    /// On, off, or `null` for as planned.
    #[serde(deserialize_with = "given")]
    #[schema(required = true)]
    pub on: Option<bool>,
    /// For how long, 1 to 604800, if by hand; for good if left out or `null`.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 604_800)]
    pub seconds: Option<f64>,
}

/// `null` has to be written: an empty wish would be one for as planned.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<bool>, D::Error> {
    Option::deserialize(value)
}

/// Where a servo is to go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServoChange {
    /// Degrees, 0 to 180.
    #[schema(minimum = 0, maximum = 180)]
    pub angle: f32,
}

/// What an output is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputChange {
    /// On or off.
    pub on: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_stands_beside_its_time() {
        let reading = SensorReading { on: Some(true), ..SensorReading::default() };
        let told = ReadingAt { at: Time("2026-11-21T13:32:05.250+00:00".to_owned()), reading };
        let expected = serde_json::json!({
            "at": "2026-11-21T13:32:05.250+00:00", "on": true, "momentary": false,
            "distance_mm": null, "free": false, "brightness": null, "level": null, "value": null,
            "battery": null,
        });
        assert_eq!(serde_json::to_value(&told).unwrap(), expected);
        assert_eq!(serde_json::from_value::<ReadingAt>(expected).unwrap(), told);
    }

    #[test]
    fn a_light_goes_as_planned_only_if_that_is_said() {
        let read = serde_json::from_str::<LightChange>;
        assert_eq!(read(r#"{"on":null}"#).unwrap(), LightChange { on: None, seconds: None });
        for text in ["{}", r#"{"seconds":5}"#, r#"{"no":true}"#, r#"{"on":1}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
