//! `[[sensor]]`, `[[light]]`, `[[servo]]` and `[[output]]`, checked: what senses, and what obeys.

mod act;
mod check;
mod sense;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Time;

use crate::{CameraId, DeviceId, Fraction, PhotoAt, Senses, SensorAction};

pub(in crate::config) use check::{Devices, Known, RawDevices, check};

/// One `[[sensor]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// Its name; no two devices differ only in upper and lower case.
    pub name: DeviceId,
    /// How it is attached.
    pub kind: SensorKind,
    /// What its yes means.
    pub senses: Senses,
    /// The cameras that it triggers; cameras of this configuration. May be empty.
    pub cameras: Vec<CameraId>,
    /// What is done when it fires.
    pub actions: BTreeSet<SensorAction>,
    /// Which picture its photo is.
    pub photo_at: PhotoAt,
    /// After it fired it does not fire anew for this long; 0 s to 24 h.
    pub cooldown: Duration,
    /// It is a fault if nothing was heard of it for this long, 1 s to 7 d; `None`: it may be silent.
    pub heartbeat: Option<Duration>,
    /// Whether it acts while monitoring is off, too.
    pub always: bool,
}

/// How a sensor is attached.
#[derive(Clone, Debug, PartialEq)]
pub enum SensorKind {
    /// A board on a serial line.
    Serial(SerialSensor),
    /// A pin of this machine.
    Gpio(GpioSensor),
    /// An analogue level, by an MCP3008.
    Mcp3008(Mcp3008Sensor),
    /// A topic of the MQTT broker.
    Mqtt(MqttSensor),
    /// Not at all: it is played by a file or over the API.
    Sim(SimSensor),
}

impl SensorKind {
    /// The word for it in the settings, the API and on the page.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            SensorKind::Serial(_) => "serial",
            SensorKind::Gpio(_) => "gpio",
            SensorKind::Mcp3008(_) => "mcp3008",
            SensorKind::Mqtt(_) => "mqtt",
            SensorKind::Sim(_) => "sim",
        }
    }
}

/// A board on a serial line: a PIR and an ultrasonic distance sensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialSensor {
    /// The device file, such as `/dev/ttyACM0`.
    pub port: PathBuf,
    /// Bits in a second; one of the usual rates.
    pub baud: u32,
    /// What is nearer than this counts, in millimetres; 20 to 4000. `None`: distance does not count.
    pub within: Option<u32>,
    /// What must be so for it to fire.
    pub require: Require,
    /// How long the PIR has to be steady, told to the board; 0 to 2 s.
    pub debounce: Duration,
}

/// What must be so for a board to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Require {
    /// The PIR sees somebody.
    Pir,
    /// Something is near.
    Distance,
    /// One of both.
    Either,
    /// Both at the same time.
    Both,
}

/// A pin of this machine that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpioSensor {
    /// The pin.
    pub pin: Pin,
    /// What holds it where nothing drives it.
    pub pull: Pull,
    /// How long it has to be steady; 0 to 10 s.
    pub debounce: Duration,
}

/// A line of a GPIO chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The chip's device file, such as `/dev/gpiochip0`.
    pub chip: PathBuf,
    /// The line's number on it: on a Raspberry Pi the number after "GPIO".
    pub line: u32,
    /// The level that means yes.
    pub active: Active,
}

/// The level that means yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Active {
    /// The supply's.
    High,
    /// Ground.
    Low,
}

/// What holds a pin where nothing drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pull {
    /// A resistor to the supply.
    Up,
    /// A resistor to ground.
    Down,
    /// Nothing, or a resistor outside.
    None,
}

/// A channel of an MCP3008 on the SPI bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Mcp3008Sensor {
    /// The device file, such as `/dev/spidev0.0`.
    pub spi: PathBuf,
    /// The channel, 0 to 7.
    pub channel: u8,
    /// The level from which a sample counts.
    pub threshold: Threshold,
    /// How many of the last `samples` have to count, 1 to `samples`.
    pub hits: u8,
    /// 1 to 32.
    pub samples: u8,
    /// How often it is read in a second; 1 to 100.
    pub samples_per_sec: u8,
}

/// The level from which a sample counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// This share of the greatest level.
    Fixed(Fraction),
    /// Far from what it usually is, as it was learnt.
    Adaptive,
}

/// A topic of the MQTT broker.
#[derive(Clone, Debug, PartialEq)]
pub struct MqttSensor {
    /// The topic; may have the wildcards `+` and `#`.
    pub topic: String,
    /// The field of the JSON object that says whether it fires, or `None` where the payload is plain
    /// text. Points lead into objects within: `alarm.state`.
    pub field: Option<String>,
    /// The values that fire; not empty.
    pub values: Vec<String>,
    /// The values that take it back. Empty: every other value does.
    pub clear_values: Vec<String>,
    /// The field of the number that goes with it, as `field`.
    pub value_field: Option<String>,
    /// Less than this does not fire.
    pub min: Option<f64>,
    /// The field of the battery in percent, as `field`.
    pub battery_field: Option<String>,
}

/// A sensor that is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimSensor {
    /// The file that plays it, read again whenever it changes: a JSON object such as
    /// `{"on": true, "distance_mm": 900}`. `None`: only the API does.
    pub file: Option<PathBuf>,
    /// As for a board, in millimetres.
    pub within: Option<u32>,
    /// As for a board.
    pub require: Require,
}

/// One `[[light]]`: an infrared light controller.
#[derive(Clone, Debug, PartialEq)]
pub struct Light {
    /// Its name.
    pub name: DeviceId,
    /// How it is attached.
    pub link: LightLink,
    /// When it is to be on.
    pub when: LightWhen,
    /// The cameras whose room it lights; its brightness stands beside their recordings.
    pub cameras: Vec<CameraId>,
}

/// How a light is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LightLink {
    /// A board on a serial line.
    Serial {
        /// The device file.
        port: PathBuf,
        /// Bits in a second; one of the usual rates.
        baud: u32,
        /// How long it may be silent, or leave a command unanswered; 100 ms to 1 min.
        timeout: Duration,
        /// The most brightness readings taken in a second, 1 to 50.
        updates_per_sec: u8,
        /// What is sent to put it on, without the line's end.
        on_command: String,
        /// What is sent to put it off.
        off_command: String,
    },
    /// Not at all: it is played. Its brightness comes from the API.
    Sim,
}

/// When a light is to be on.
#[derive(Clone, Debug, PartialEq)]
pub enum LightWhen {
    /// Always; the board itself dims it by the brightness.
    Always,
    /// While monitoring is on.
    Armed,
    /// While the room is darker than this, with some room between on and off.
    Dark(Fraction),
    /// In these hours of the recorder's zone; over midnight if `from` is later than `to`.
    Hours {
        /// The first moment.
        from: Time,
        /// The first moment after.
        to: Time,
    },
    /// Only when somebody says so.
    ByHand,
}

/// One `[[servo]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Servo {
    /// Its name.
    pub name: DeviceId,
    /// What drives it.
    pub drive: Drive,
    /// Where it stands while monitoring is on, in degrees, 0 to 180.
    pub angle_on: f32,
    /// Where it stands while monitoring is off.
    pub angle_off: f32,
    /// Degrees in a second, 1 to 1000.
    pub speed: f32,
    /// The pulse at 0 degrees; 300 µs to 3 ms, shorter than `max_pulse`.
    pub min_pulse: Duration,
    /// The pulse at 180 degrees.
    pub max_pulse: Duration,
}

/// What drives a servo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drive {
    /// A channel of a PWM chip.
    Pwm {
        /// The chip's folder, such as `/sys/class/pwm/pwmchip0`.
        chip: PathBuf,
        /// The channel.
        channel: u32,
    },
    /// Nothing: it is played.
    Sim,
}

/// One `[[output]]`: what is put on and off.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: DeviceId,
    /// What it is.
    pub kind: OutputKind,
    /// The pin, or `None` if it is played.
    pub pin: Option<Pin>,
    /// The sensor that it follows: on while that one is active.
    pub follows: Option<DeviceId>,
    /// It goes off by itself after this long, 1 s to 24 h; `None`: never.
    pub max_on: Option<Duration>,
}

/// What an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// A light that shows something.
    Led,
    /// A switch.
    Relay,
    /// What makes noise.
    Siren,
}

impl OutputKind {
    /// All of them.
    pub const ALL: [OutputKind; 3] = [OutputKind::Led, OutputKind::Relay, OutputKind::Siren];

    /// The word for it in the settings, the API and on the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            OutputKind::Led => "led",
            OutputKind::Relay => "relay",
            OutputKind::Siren => "siren",
        }
    }
}
