//! What the keys of `[[sensor]]`, `[[light]]`, `[[servo]]` and `[[output]]` can hold.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::Time;
use schemars::{Schema, json_schema};

use super::motion::number;
use super::objects::whole;
use super::{one_of, text, text_like, word, words};
use crate::config::amount;
use crate::config::reader::{Read, Value};
use crate::config::{Active, Detect, OutputKind, Pull, Require, Start, Threshold};
use crate::{CameraId, DeviceId, Fraction, PhotoAt, Senses, SensorAction};

/// How a sensor is attached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Attached {
    Serial,
    Gpio,
    Mcp3008,
    Mqtt,
    Sim,
}

/// How a light is attached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum LinkKind {
    Serial,
    Sim,
}

/// What drives a servo.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum DriveKind {
    Pwm,
    Sim,
}

/// When a light is on, by its word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum LitWhen {
    Always,
    Armed,
    Dark,
    Hours,
    ByHand,
}

words! {
    Detect: "motion" = Detect::Motion, "sensors" = Detect::Sensors;
    Start: "always" = Start::Always, "on_demand" = Start::OnDemand;
    Attached: "serial" = Attached::Serial, "gpio" = Attached::Gpio, "mcp3008" = Attached::Mcp3008,
        "mqtt" = Attached::Mqtt, "sim" = Attached::Sim;
    Require: "pir" = Require::Pir, "distance" = Require::Distance, "either" = Require::Either,
        "both" = Require::Both;
    Active: "high" = Active::High, "low" = Active::Low;
    Pull: "up" = Pull::Up, "down" = Pull::Down, "none" = Pull::None;
    LinkKind: "serial" = LinkKind::Serial, "sim" = LinkKind::Sim;
    DriveKind: "pwm" = DriveKind::Pwm, "sim" = DriveKind::Sim;
    LitWhen: "always" = LitWhen::Always, "armed" = LitWhen::Armed, "dark" = LitWhen::Dark,
        "hours" = LitWhen::Hours, "by_hand" = LitWhen::ByHand;
}

/// Types that know their own words.
macro_rules! own_words {
    ($($type:ty),+) => {
        $(impl Read for $type {
            fn read(value: &Value) -> Result<Self, String> {
                let words: Vec<(&str, $type)> =
                    <$type>::ALL.iter().map(|one| (one.word(), *one)).collect();
                word(value, &words)
            }

            fn schema() -> Schema {
                let words: Vec<&str> = <$type>::ALL.iter().map(|one| one.word()).collect();
                one_of(&words)
            }
        })+
    };
}

own_words!(Senses, PhotoAt, OutputKind);

impl Read for DeviceId {
    fn read(value: &Value) -> Result<Self, String> {
        let name = text(value).and_then(|text| text.parse().ok());
        name.ok_or(
            "must be 1 to 64 letters (a-z, A-Z), digits, '-' and '_' in quotes, such as \"hall\""
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        CameraId::schema()
    }
}

/// Names of cameras, none twice.
pub(in crate::config) struct Cameras(pub(in crate::config) Vec<CameraId>);

impl Read for Cameras {
    fn read(value: &Value) -> Result<Self, String> {
        const FORMS: &str = "must be a list of names of cameras in quotes, such as [\"door\"]";
        let Value::List(names) = value else { return Err(FORMS.to_owned()) };
        let mut cameras = Vec::new();
        for name in names {
            let camera = CameraId::read(name).map_err(|_| FORMS)?;
            if cameras.contains(&camera) {
                return Err(format!("has {camera:?} twice"));
            }
            cameras.push(camera);
        }
        Ok(Self(cameras))
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "array", "uniqueItems": true,
            "items": { "type": "string", "minLength": 1, "maxLength": 64 },
        })
    }
}

/// What is done when a sensor fires.
pub(in crate::config) struct Actions(pub(in crate::config) BTreeSet<SensorAction>);

impl Read for Actions {
    fn read(value: &Value) -> Result<Self, String> {
        let all = SensorAction::ALL;
        let words: Vec<(&str, SensorAction)> = all.iter().map(|one| (one.word(), *one)).collect();
        let actions = match value {
            Value::List(values) => values.iter().map(|value| word(value, &words)).collect(),
            _ => Err(String::new()),
        };
        let actions: BTreeSet<SensorAction> = actions.map_err(|_| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            let words = words.join(", ");
            format!("must be a list of some of {words}, such as [\"photo\"], or [] for none")
        })?;
        if actions.contains(&SensorAction::Arm) && actions.contains(&SensorAction::Disarm) {
            return Err("only one of \"arm\" and \"disarm\"".to_owned());
        }
        Ok(Self(actions))
    }

    fn schema() -> Schema {
        let words: Vec<&str> = SensorAction::ALL.iter().map(|action| action.word()).collect();
        json_schema!({ "type": "array", "items": { "enum": words } })
    }
}

/// Bits a second on a serial line.
pub(in crate::config) struct Baud(pub(in crate::config) u32);

const BAUDS: [u32; 11] =
    [300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400];

impl Read for Baud {
    fn read(value: &Value) -> Result<Self, String> {
        whole(value).filter(|baud| BAUDS.contains(baud)).map(Self).ok_or_else(|| {
            let bauds = BAUDS.map(|baud| baud.to_string()).join(", ");
            format!("must be one of {bauds} without quotes")
        })
    }

    fn schema() -> Schema {
        json_schema!({ "enum": BAUDS })
    }
}

/// The number of a pin: of a line of its chip, 0 to 1023.
pub(in crate::config) struct PinNumber(pub(in crate::config) u32);

impl Read for PinNumber {
    fn read(value: &Value) -> Result<Self, String> {
        whole(value).filter(|pin| *pin <= 1_023).map(Self).ok_or(
            "must be the number of the pin without quotes, from 0 to 1023; on a Raspberry Pi the \
             number after \"GPIO\", such as 17 for GPIO17"
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": 1_023 })
    }
}

/// A pin of a Raspberry Pi's header that has PWM, by its place there.
pub(in crate::config) struct BoardPin {
    /// The PWM channel that it is.
    pub(in crate::config) channel: u32,
    /// The line of the GPIO chip that it is.
    pub(in crate::config) line: u32,
}

impl Read for BoardPin {
    /// The pins are those of the 40-pin header (GPIO18, 12, 13 and 19); which channel each has, the
    /// data sheet of the BCM2835 says in its table of alternative functions.
    fn read(value: &Value) -> Result<Self, String> {
        let (channel, line) = match whole(value) {
            Some(12) => (0, 18),
            Some(32) => (0, 12),
            Some(33) => (1, 13),
            Some(35) => (1, 19),
            _ => {
                return Err("must be a pin of the header that has PWM, without quotes: 12 or 32 \
                            (channel 0), 33 or 35 (channel 1)"
                    .to_owned());
            }
        };
        Ok(Self { channel, line })
    }

    fn schema() -> Schema {
        json_schema!({ "enum": [12, 32, 33, 35] })
    }
}

/// A channel of an MCP3008, 0 to 7.
pub(in crate::config) struct McpChannel(pub(in crate::config) u8);

/// How many samples count, or are looked at; 1 to 32.
pub(in crate::config) struct SampleCount(pub(in crate::config) u8);

/// Samples a second, 1 to 100.
pub(in crate::config) struct SampleRate(pub(in crate::config) u8);

/// Readings of the brightness a second, 1 to 50.
pub(in crate::config) struct Updates(pub(in crate::config) u8);

/// A channel of a PWM chip, 0 to 63.
pub(in crate::config) struct PwmChannel(pub(in crate::config) u32);

super::objects::numbers! {
    McpChannel(u8): 0..=7, such as 0;
    SampleCount(u8): 1..=32, such as 6;
    SampleRate(u8): 1..=100, such as 10;
    Updates(u8): 1..=50, such as 5;
    PwmChannel(u32): 0..=63, such as 0;
}

/// Degrees, 0 to 180.
pub(in crate::config) struct Angle(pub(in crate::config) f32);

impl Read for Angle {
    fn read(value: &Value) -> Result<Self, String> {
        let angle = number(value).filter(|angle| (0.0..=180.0).contains(angle)).map(Self);
        angle.ok_or("must be an angle from 0 to 180 degrees without quotes, such as 90".to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 180 })
    }
}

/// Degrees a second, 1 to 1000.
pub(in crate::config) struct AngularSpeed(pub(in crate::config) f32);

impl Read for AngularSpeed {
    fn read(value: &Value) -> Result<Self, String> {
        let speed = number(value).filter(|speed| (1.0..=1_000.0).contains(speed)).map(Self);
        let forms =
            "must be a number of degrees a second from 1 to 1000 without quotes, such as 90";
        speed.ok_or(forms.to_owned())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "minimum": 1, "maximum": 1_000 })
    }
}

/// How far something is that still counts, in millimetres; 20 to 4000, which is what the ultrasonic
/// sensor HC-SR04 measures.
pub(in crate::config) struct Reach(pub(in crate::config) u32);

impl Read for Reach {
    fn read(value: &Value) -> Result<Self, String> {
        let millimetres = match value {
            Value::Text(text) => amount::distance(&text.value)?,
            Value::Number(number) if number.bytes().all(|digit| digit.is_ascii_digit()) => {
                return Err(format!("write a unit, in quotes, such as \"{number}cm\""));
            }
            _ => return Err("write a distance in quotes, such as \"150cm\"".to_owned()),
        };
        let is_good = (20..=4_000).contains(&millimetres);
        if is_good { Ok(Self(millimetres)) } else { Err("must be between 2cm and 4m".to_owned()) }
    }

    fn schema() -> Schema {
        text_like(r"^\s*[0-9]+(\.[0-9]+)?\s*(mm|cm|m)\s*$")
    }
}

/// How long a pulse for a servo is, 300 µs to 3 ms.
pub(in crate::config) struct Pulse(pub(in crate::config) Duration);

impl Read for Pulse {
    fn read(value: &Value) -> Result<Self, String> {
        const LIMITS: RangeInclusive<Duration> =
            Duration::from_micros(300)..=Duration::from_millis(3);
        let pulse = match value {
            Value::Text(text) => amount::pulse(&text.value)?,
            Value::Number(number) if number.bytes().all(|digit| digit.is_ascii_digit()) => {
                return Err(format!("write a unit, in quotes, such as \"{number}us\""));
            }
            _ => return Err("write a length of time in quotes, such as \"500us\"".to_owned()),
        };
        let is_good = LIMITS.contains(&pulse);
        if is_good { Ok(Self(pulse)) } else { Err("must be between 300us and 3ms".to_owned()) }
    }

    fn schema() -> Schema {
        text_like(r"^\s*[0-9]+(\.[0-9]+)?\s*(us|µs|ms)\s*$")
    }
}

impl Read for Threshold {
    fn read(value: &Value) -> Result<Self, String> {
        match (text(value), Fraction::read(value)) {
            (Some("adaptive"), _) => Ok(Threshold::Adaptive),
            (_, Ok(share)) => Ok(Threshold::Fixed(share)),
            (_, Err(_)) => {
                Err("must be a share of the greatest level from 0 to 1 without quotes, \
                                such as 0.5, or \"adaptive\""
                    .to_owned())
            }
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "anyOf": [Fraction::schema(), text_like("^adaptive$")],
        })
    }
}

/// A line that is sent to a light: 1 to 64 visible ASCII characters, with spaces between them.
pub(in crate::config) struct Command(pub(in crate::config) String);

impl Read for Command {
    fn read(value: &Value) -> Result<Self, String> {
        let is_good = |line: &&str| {
            let is_ascii = line.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            (1..=64).contains(&line.len()) && is_ascii && line.trim() == *line
        };
        text(value).filter(is_good).map(|line| Self(line.to_owned())).ok_or(
            "must be 1 to 64 letters (no umlauts), digits and signs in quotes, such as \"ir_on\", \
             without the end of the line"
                .to_owned(),
        )
    }

    fn schema() -> Schema {
        text_like("^[!-~]([ -~]{0,62}[!-~])?$")
    }
}

/// From when to when by the clock.
pub(in crate::config) struct Hours {
    pub(in crate::config) from: Time,
    pub(in crate::config) to: Time,
}

impl Read for Hours {
    fn read(value: &Value) -> Result<Self, String> {
        let times = text(value).and_then(|text| text.split_once('-'));
        let hours = times.and_then(|(from, to)| Some(Self { from: time(from)?, to: time(to)? }));
        let hours = hours
            .ok_or("must be two times of the clock from 00:00 to 23:59, such as \"20:00-06:00\"")?;
        if hours.from == hours.to {
            return Err("must end at another time than it begins; for all day write when = \
                        \"always\""
                .to_owned());
        }
        Ok(hours)
    }

    fn schema() -> Schema {
        text_like(r"^\s*[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}\s*$")
    }
}

/// A time such as `06:30` or `6:30`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str, fits: RangeInclusive<usize>| {
        let is_good = fits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_good)
    };
    Time::new(digits(hour, 1..=2)?, digits(minute, 2..=2)?, 0, 0).ok()
}
