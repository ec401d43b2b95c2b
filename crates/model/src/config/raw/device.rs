//! `[[sensor]]`, `[[light]]`, `[[servo]]` and `[[output]]` as they are written.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;

use super::{
    ANGLE_OFF, ANGLE_ON, BAUD, DARK_BELOW, DEBOUNCE, GPIO_CHIP, HEARTBEAT, HITS, LIGHT_BAUD,
    LIGHT_TIMEOUT, LIGHT_UPDATES, MAX_ON, MAX_PULSE, MIN_PULSE, OFF_COMMAND, ON_COMMAND, PWM_CHIP,
    REST, SAMPLES, SAMPLES_PER_SEC, SERVO_SPEED, SPI, TOPIC, number,
};
use crate::config::amount::{length_text, micros_text};
use crate::config::reader::{Key, Keys, Place, Table};
use crate::config::value::{
    Actions, Angle, AngularSpeed, Attached, Baud, BoardPin, Cameras, ClearValues, Command,
    DriveKind, FireValues, Hours, JsonField, LengthOrNever, LinkKind, LitWhen, McpChannel,
    PinNumber, Pulse, PwmChannel, Reach, SampleCount, SampleRate, TopicFilter, Updates,
};
use crate::config::{Active, OutputKind, Pull, Require, Threshold};
use crate::{DeviceId, Fraction, PhotoAt, Senses};

/// What senses.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawSensor {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Its name, of letters, digits, - and _. No two sensors, lights, servos or outputs may have the
    /// same, nor names that differ only in upper and lower case.
    #[schemars(extend("examples" = ["hall"]))]
    pub(in crate::config) name: Key<DeviceId>,
    /// How it is attached: "serial" (a board on USB or a serial line), "gpio" (a pin of this
    /// machine), "mcp3008" (an analogue one on an MCP3008), "mqtt" (a topic of the broker under
    /// `[mqtt]`), "sim" (not at all: a file or the API plays it, to try rules).
    #[schemars(extend("examples" = ["serial"]))]
    pub(in crate::config) kind: Key<Attached>,
    /// What it means when it says yes: "motion" (somebody moves or is near), "opening" (a door or a
    /// window is open), "doorbell", "panic" (somebody wants help), "button", "tamper" (somebody
    /// opens or tears off a part), "measure" (nothing: it only measures).
    #[schemars(default, extend("default" = "motion"))]
    pub(in crate::config) senses: Key<Senses>,
    /// The cameras that it triggers, by their names. If not given, none.
    #[schemars(default, extend("examples" = [["door"]]))]
    pub(in crate::config) cameras: Key<Cameras>,
    /// What is done when it fires: "photo" and "clip" (an event with footage) by each of its cameras,
    /// "arm" and "disarm" (monitoring goes on or off). [] is nothing. If not given, "photo" and
    /// "clip" where it has cameras.
    #[schemars(default, extend("examples" = [["photo", "clip"]]))]
    pub(in crate::config) actions: Key<Actions>,
    /// Which picture its photo is: the last one "before" it fired, the "nearest", or the first one
    /// "after".
    #[schemars(default, extend("default" = "nearest"))]
    pub(in crate::config) photo_at: Key<PhotoAt>,
    /// After it fired, it does not fire anew for this long.
    #[schemars(default, extend(
        "default" = length_text(REST.default),
        "x-least" = length_text(REST.least),
        "x-most" = length_text(REST.most),
    ))]
    pub(in crate::config) cooldown: Key<Duration>,
    /// It is told as a fault if nothing was heard of the sensor for this long, or "never". If not
    /// given, "10s" with "serial" and "mcp3008", and "never" with the others. With "gpio" only
    /// "never", for a pin is heard only when it changes.
    #[schemars(default, extend(
        "examples" = [length_text(HEARTBEAT.default)],
        "x-least" = length_text(HEARTBEAT.least),
        "x-most" = length_text(HEARTBEAT.most),
    ))]
    pub(in crate::config) heartbeat: Key<LengthOrNever>,
    /// Whether it acts while monitoring is off, too. If not given, a "doorbell", a "panic" and a
    /// "tamper" do, and others do not.
    #[schemars(default, extend("examples" = [true]))]
    pub(in crate::config) always: Key<bool>,
    /// The device file of the board. "serial" needs it.
    #[schemars(default, extend("examples" = ["/dev/ttyACM0"]))]
    pub(in crate::config) port: Key<PathBuf>,
    /// The speed of the serial line in bits a second: 300, 600, 1200, 2400, 4800, 9600, 19200, 38400,
    /// 57600, 115200 or 230400.
    #[schemars(default, extend("default" = BAUD))]
    pub(in crate::config) baud: Key<Baud>,
    /// What is nearer than this counts, with "serial" and "sim": "1500mm", "150cm" or "1.5m", from
    /// 2cm to 4m. If not given, distance does not count.
    #[schemars(default, extend("examples" = ["150cm"]))]
    pub(in crate::config) within: Key<Reach>,
    /// What must be so for it to fire, with "serial" and "sim": "pir" (the PIR sees somebody),
    /// "distance" (something is nearer than `within`), "either" or "both". If not given, "either"
    /// with `within`, and "pir" without.
    #[schemars(default, extend("examples" = ["either"]))]
    pub(in crate::config) require: Key<Require>,
    /// How long it must be steady, with "serial" (up to 2s) and "gpio".
    #[schemars(default, extend(
        "default" = length_text(DEBOUNCE.default),
        "x-least" = length_text(DEBOUNCE.least),
        "x-most" = length_text(DEBOUNCE.most),
    ))]
    pub(in crate::config) debounce: Key<Duration>,
    /// The chip of the pin, with "gpio".
    #[schemars(default, extend("default" = GPIO_CHIP))]
    pub(in crate::config) chip: Key<PathBuf>,
    /// The pin: on a Raspberry Pi the number after "GPIO". "gpio" needs it.
    #[schemars(default, extend("examples" = [17]))]
    pub(in crate::config) pin: Key<PinNumber>,
    /// The level of the pin that means yes: "high" or "low".
    #[schemars(default, extend("default" = "high"))]
    pub(in crate::config) active: Key<Active>,
    /// What holds the pin where nothing drives it: "up", "down" or "none".
    #[schemars(default, extend("default" = "none"))]
    pub(in crate::config) pull: Key<Pull>,
    /// The device file of the MCP3008.
    #[schemars(default, extend("default" = SPI))]
    pub(in crate::config) spi: Key<PathBuf>,
    /// The channel of the MCP3008, from 0 to 7. "mcp3008" needs it.
    #[schemars(default, extend("examples" = [0]))]
    pub(in crate::config) channel: Key<McpChannel>,
    /// From which level a sample counts, with "mcp3008": a share of the greatest level such as 0.5,
    /// or "adaptive" (far from what it usually is, which is learnt).
    #[schemars(default, extend("default" = "adaptive"))]
    pub(in crate::config) threshold: Key<Threshold>,
    /// How many of the last `samples` must count for it to fire, from 1 to `samples`.
    #[schemars(default, extend("default" = HITS))]
    pub(in crate::config) hits: Key<SampleCount>,
    /// How many of the last samples are looked at, from 1 to 32.
    #[schemars(default, extend("default" = SAMPLES))]
    pub(in crate::config) samples: Key<SampleCount>,
    /// How many samples are taken in a second, from 1 to 100.
    #[schemars(default, extend("default" = SAMPLES_PER_SEC))]
    pub(in crate::config) samples_per_sec: Key<SampleRate>,
    /// The topic, with "mqtt". + stands for any one level, # at the end for all that are left.
    #[schemars(default, extend("default" = TOPIC))]
    pub(in crate::config) topic: Key<TopicFilter>,
    /// For messages that are JSON, such as {"status": "ALERT", "value": 35}: the field that says
    /// whether it fires. Points lead into objects within: "alarm.state". If not given, the whole
    /// message says it.
    #[schemars(default, extend("examples" = ["status"]))]
    pub(in crate::config) field: Key<JsonField>,
    /// What `field`, or the whole message, says when it fires: one of these. If not given, "ALERT"
    /// and "ALERTE" with `field`, and "ON", "on", "1" and "true" without.
    #[schemars(default, extend("examples" = [["ALERT", "ALERTE"]]))]
    pub(in crate::config) values: Key<FireValues>,
    /// What takes that back. With [], whatever else is said does.
    #[schemars(default, extend("default" = []))]
    pub(in crate::config) clear_values: Key<ClearValues>,
    /// The field of a number that goes with it. Needs `field`, as do the next two. If not given,
    /// "value".
    #[schemars(default, extend("examples" = ["value"]))]
    pub(in crate::config) value_field: Key<JsonField>,
    /// With a lower number it does not fire. If not given, the number does not matter.
    #[schemars(default, extend("examples" = [30]))]
    pub(in crate::config) min: Key<f64>,
    /// The field that says how full its battery is, in percent.
    #[schemars(default, extend("examples" = ["battery"]))]
    pub(in crate::config) battery_field: Key<JsonField>,
    /// The file that plays it, with "sim": {"on": true}, say, or {"distance_mm": 900}, read again
    /// whenever it changes. If not given, only the API plays it.
    #[schemars(default, extend("examples" = ["hall.json"]))]
    pub(in crate::config) file: Key<PathBuf>,
}

/// An infrared light that dims itself.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawLight {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Its name, as that of a sensor.
    #[schemars(extend("examples" = ["porch-ir"]))]
    pub(in crate::config) name: Key<DeviceId>,
    /// How it is attached: "serial" (a board on a serial line) or "sim" (not at all: the API plays
    /// it, to try rules).
    #[schemars(default, extend("default" = "serial"))]
    pub(in crate::config) kind: Key<LinkKind>,
    /// The device file of the board. "serial" needs it; this and the next five go with "serial".
    #[schemars(default, extend("examples" = ["/dev/ttyUSB0"]))]
    pub(in crate::config) serial_port: Key<PathBuf>,
    /// The speed of the serial line in bits a second, as `baud` of a sensor.
    #[schemars(default, extend("default" = LIGHT_BAUD))]
    pub(in crate::config) baudrate: Key<Baud>,
    /// How long the board may be silent, or leave a command unanswered, before it is a fault.
    #[schemars(default, extend(
        "default" = length_text(LIGHT_TIMEOUT.default),
        "x-least" = length_text(LIGHT_TIMEOUT.least),
        "x-most" = length_text(LIGHT_TIMEOUT.most),
    ))]
    pub(in crate::config) serial_timeout: Key<Duration>,
    /// How many readings of the brightness are taken in a second at most, from 1 to 50.
    #[schemars(default, extend("default" = LIGHT_UPDATES))]
    pub(in crate::config) updates_per_sec: Key<Updates>,
    /// The line that puts it on.
    #[schemars(default, extend("default" = ON_COMMAND))]
    pub(in crate::config) on_command: Key<Command>,
    /// The line that puts it off.
    #[schemars(default, extend("default" = OFF_COMMAND))]
    pub(in crate::config) off_command: Key<Command>,
    /// When it is to be on: "always" (it dims itself by the brightness), "armed" (while monitoring is
    /// on), "dark" (see `dark_below`), "hours" (see `hours`) or "by_hand" (only when somebody says
    /// so).
    #[schemars(default, extend("default" = "always"))]
    pub(in crate::config) when: Key<LitWhen>,
    /// How dark the room must be, from 0 (dark) to 1 (bright), with when = "dark".
    #[schemars(default, extend("default" = number(DARK_BELOW)))]
    pub(in crate::config) dark_below: Key<Fraction>,
    /// From when to when by the clock, with when = "hours".
    #[schemars(default, extend("examples" = ["20:00-06:00"]))]
    pub(in crate::config) hours: Key<Hours>,
    /// The cameras whose room it lights: its brightness stands beside their recordings. If not
    /// given, none.
    #[schemars(default, extend("examples" = [["door"]]))]
    pub(in crate::config) cameras: Key<Cameras>,
}

/// A motor that turns to an angle.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawServo {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Its name, as that of a sensor.
    #[schemars(extend("examples" = ["cover"]))]
    pub(in crate::config) name: Key<DeviceId>,
    /// What drives it: "pwm" (a pin of this machine) or "sim" (nothing: it is shown as if it turned).
    #[schemars(default, extend("default" = "pwm"))]
    pub(in crate::config) kind: Key<DriveKind>,
    /// The pin by its place on the header of a Raspberry Pi up to 4: 12 or 32 (which move together),
    /// 33 or 35 (likewise). Write this or `channel`. On a Raspberry Pi 5 write `channel`: it is 2 for
    /// pin 12, 3 for pin 35, 0 for pin 32 and 1 for pin 33.
    #[schemars(default, extend("examples" = [12]))]
    pub(in crate::config) board_pin: Key<BoardPin>,
    /// The folder of the PWM chip. Goes with `channel`.
    #[schemars(default, extend("default" = PWM_CHIP))]
    pub(in crate::config) pwm_chip: Key<PathBuf>,
    /// The channel of the PWM chip.
    #[schemars(default, extend("examples" = [0]))]
    pub(in crate::config) channel: Key<PwmChannel>,
    /// Where it stands while monitoring is on, from 0 to 180 degrees.
    #[schemars(default, extend("default" = ANGLE_ON))]
    pub(in crate::config) angle_on: Key<Angle>,
    /// Where it stands while monitoring is off.
    #[schemars(default, extend("default" = ANGLE_OFF))]
    pub(in crate::config) angle_off: Key<Angle>,
    /// How many degrees it turns in a second, from 1 to 1000.
    #[schemars(default, extend("default" = SERVO_SPEED))]
    pub(in crate::config) speed: Key<AngularSpeed>,
    /// How long the pulse is that turns it to 0 degrees, such as "500us" or "1ms", from 300us to 3ms.
    #[schemars(default, extend("default" = micros_text(MIN_PULSE)))]
    pub(in crate::config) min_pulse: Key<Pulse>,
    /// How long the pulse is that turns it to 180 degrees. Longer than `min_pulse`.
    #[schemars(default, extend("default" = micros_text(MAX_PULSE)))]
    pub(in crate::config) max_pulse: Key<Pulse>,
}

/// What is put on and off.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::config) struct RawOutput {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// Its name, as that of a sensor.
    #[schemars(extend("examples" = ["hall-lamp"]))]
    pub(in crate::config) name: Key<DeviceId>,
    /// What it is: "led", "relay" or "siren".
    #[schemars(extend("examples" = ["led"]))]
    pub(in crate::config) kind: Key<OutputKind>,
    /// The pin: on a Raspberry Pi the number after "GPIO". Needed unless sim = true.
    #[schemars(default, extend("examples" = [27]))]
    pub(in crate::config) pin: Key<PinNumber>,
    /// The chip of the pin.
    #[schemars(default, extend("default" = GPIO_CHIP))]
    pub(in crate::config) chip: Key<PathBuf>,
    /// The level of the pin that means on: "high" or "low".
    #[schemars(default, extend("default" = "high"))]
    pub(in crate::config) active: Key<Active>,
    /// The sensor that it follows, by its name: it is on while the sensor says yes. So an LED shows,
    /// while you aim a sensor, what it sees.
    #[schemars(default, extend("examples" = ["hall"]))]
    pub(in crate::config) follows: Key<DeviceId>,
    /// It goes off by itself after this long, or "never". If not given, a siren after 3m, and others
    /// never.
    #[schemars(default, extend(
        "examples" = [length_text(MAX_ON.default)],
        "x-least" = length_text(MAX_ON.least),
        "x-most" = length_text(MAX_ON.most),
    ))]
    pub(in crate::config) max_on: Key<LengthOrNever>,
    /// Whether it is only shown as if it were there, without a pin, to try rules.
    #[schemars(default, extend("default" = false))]
    pub(in crate::config) sim: Key<bool>,
}

impl Table for RawSensor {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            name: keys.key("name"),
            kind: keys.key("kind"),
            senses: keys.key("senses"),
            cameras: keys.key("cameras"),
            actions: keys.key("actions"),
            photo_at: keys.key("photo_at"),
            cooldown: keys.key("cooldown"),
            heartbeat: keys.key("heartbeat"),
            always: keys.key("always"),
            port: keys.key("port"),
            baud: keys.key("baud"),
            within: keys.key("within"),
            require: keys.key("require"),
            debounce: keys.key("debounce"),
            chip: keys.key("chip"),
            pin: keys.key("pin"),
            active: keys.key("active"),
            pull: keys.key("pull"),
            spi: keys.key("spi"),
            channel: keys.key("channel"),
            threshold: keys.key("threshold"),
            hits: keys.key("hits"),
            samples: keys.key("samples"),
            samples_per_sec: keys.key("samples_per_sec"),
            topic: keys.key("topic"),
            field: keys.key("field"),
            values: keys.key("values"),
            clear_values: keys.key("clear_values"),
            value_field: keys.key("value_field"),
            min: keys.key("min"),
            battery_field: keys.key("battery_field"),
            file: keys.key("file"),
        }
    }
}

impl Table for RawLight {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            name: keys.key("name"),
            kind: keys.key("kind"),
            serial_port: keys.key("serial_port"),
            baudrate: keys.key("baudrate"),
            serial_timeout: keys.key("serial_timeout"),
            updates_per_sec: keys.key("updates_per_sec"),
            on_command: keys.key("on_command"),
            off_command: keys.key("off_command"),
            when: keys.key("when"),
            dark_below: keys.key("dark_below"),
            hours: keys.key("hours"),
            cameras: keys.key("cameras"),
        }
    }
}

impl Table for RawServo {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            name: keys.key("name"),
            kind: keys.key("kind"),
            board_pin: keys.key("board_pin"),
            pwm_chip: keys.key("pwm_chip"),
            channel: keys.key("channel"),
            angle_on: keys.key("angle_on"),
            angle_off: keys.key("angle_off"),
            speed: keys.key("speed"),
            min_pulse: keys.key("min_pulse"),
            max_pulse: keys.key("max_pulse"),
        }
    }
}

impl Table for RawOutput {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            name: keys.key("name"),
            kind: keys.key("kind"),
            pin: keys.key("pin"),
            chip: keys.key("chip"),
            active: keys.key("active"),
            follows: keys.key("follows"),
            max_on: keys.key("max_on"),
            sim: keys.key("sim"),
        }
    }
}
