//! `[[sensor]]`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::device::{CAMERA, problems};
use super::{check, good};
use crate::config::{
    Active, GpioSensor, Mcp3008Sensor, Pin, Pull, Require, Sensor, SensorKind, SerialSensor,
    SimSensor, Threshold,
};
use crate::{Fraction, PhotoAt, Senses, SensorAction};

/// The one sensor of a file that says this of it.
#[track_caller]
pub(super) fn sensor(keys: &str) -> Sensor {
    let mqtt = "[mqtt]\nbroker = \"mqtt://a\"\n";
    good(&format!("{CAMERA}{mqtt}[[sensor]]\nname = \"hall\"\n{keys}\n")).sensors.remove(0)
}

/// A sensor of which nothing else is said.
fn usual(kind: SensorKind) -> Sensor {
    Sensor {
        name: "hall".parse().unwrap(),
        kind,
        senses: Senses::Motion,
        cameras: vec![],
        actions: BTreeSet::new(),
        photo_at: PhotoAt::Nearest,
        cooldown: Duration::ZERO,
        heartbeat: None,
        always: false,
    }
}

fn share(share: f32) -> Fraction {
    Fraction::new(share).unwrap()
}

#[test]
fn what_is_not_said_of_a_sensor_is_the_default() {
    let board = SensorKind::Serial(SerialSensor {
        port: "/dev/ttyACM0".into(),
        baud: 115_200,
        within: None,
        require: Require::Pir,
        debounce: Duration::from_millis(50),
    });
    let ten = Some(Duration::from_secs(10));
    let expected = Sensor { heartbeat: ten, ..usual(board) };
    assert_eq!(sensor("kind = \"serial\"\nport = \"/dev/ttyACM0\""), expected);
    let pin = SensorKind::Gpio(GpioSensor {
        pin: Pin { chip: "/dev/gpiochip0".into(), line: 17, active: Active::High },
        pull: Pull::None,
        debounce: Duration::from_millis(50),
    });
    assert_eq!(sensor("kind = \"gpio\"\npin = 17"), usual(pin));
    let analogue = SensorKind::Mcp3008(Mcp3008Sensor {
        spi: "/dev/spidev0.0".into(),
        channel: 7,
        threshold: Threshold::Adaptive,
        hits: 2,
        samples: 6,
        samples_per_sec: 10,
    });
    let expected = Sensor { heartbeat: ten, ..usual(analogue) };
    assert_eq!(sensor("kind = \"mcp3008\"\nchannel = 7"), expected);
    let played = SensorKind::Sim(SimSensor { file: None, within: None, require: Require::Pir });
    assert_eq!(sensor("kind = \"sim\""), usual(played));
}

#[test]
fn every_key_of_a_sensor_is_read() {
    let board = sensor(
        r#"
kind = "serial"
senses = "panic"
cameras = ["door"]
actions = ["photo", "arm"]
photo_at = "after"
cooldown = "24h"
heartbeat = "never"
always = false
port = "/dev/ttyUSB3"
baud = 9600
within = "1.5m"
require = "both"
debounce = "2s"
"#,
    );
    let expected = Sensor {
        name: "hall".parse().unwrap(),
        kind: SensorKind::Serial(SerialSensor {
            port: "/dev/ttyUSB3".into(),
            baud: 9_600,
            within: Some(1_500),
            require: Require::Both,
            debounce: Duration::from_secs(2),
        }),
        senses: Senses::Panic,
        cameras: vec!["door".parse().unwrap()],
        actions: [SensorAction::Photo, SensorAction::Arm].into(),
        photo_at: PhotoAt::After,
        cooldown: Duration::from_hours(24),
        heartbeat: None,
        always: false,
    };
    assert_eq!(board, expected);
    let pin = sensor(
        r#"
kind = "gpio"
chip = "/dev/gpiochip4"
pin = 0
active = "low"
pull = "up"
debounce = "10s"
heartbeat = "never"
always = true
"#,
    );
    let expected = Sensor {
        always: true,
        ..usual(SensorKind::Gpio(GpioSensor {
            pin: Pin { chip: "/dev/gpiochip4".into(), line: 0, active: Active::Low },
            pull: Pull::Up,
            debounce: Duration::from_secs(10),
        }))
    };
    assert_eq!(pin, expected);
    let analogue = "kind = \"mcp3008\"\nspi = \"/dev/spidev1.2\"\nchannel = 0\nthreshold = 0.25\n\
                    hits = 32\nsamples = 32\nsamples_per_sec = 100\nheartbeat = \"1s\"";
    let expected = Sensor {
        heartbeat: Some(Duration::from_secs(1)),
        ..usual(SensorKind::Mcp3008(Mcp3008Sensor {
            spi: "/dev/spidev1.2".into(),
            channel: 0,
            threshold: Threshold::Fixed(share(0.25)),
            hits: 32,
            samples: 32,
            samples_per_sec: 100,
        }))
    };
    assert_eq!(sensor(analogue), expected);
    let played = "kind = \"sim\"\nfile = \"hall.json\"\nwithin = \"20 mm\"\nrequire = \"distance\"\n\
                  heartbeat = \"7d\"";
    let expected = Sensor {
        heartbeat: Some(Duration::from_hours(168)),
        ..usual(SensorKind::Sim(SimSensor {
            file: Some("hall.json".into()),
            within: Some(20),
            require: Require::Distance,
        }))
    };
    assert_eq!(sensor(played), expected);
}

#[test]
fn what_a_sensor_does_follows_from_its_cameras_and_from_what_it_senses() {
    let both = BTreeSet::from([SensorAction::Photo, SensorAction::Clip]);
    for (keys, actions, always) in [
        ("", &BTreeSet::new(), false),
        ("cameras = []", &BTreeSet::new(), false),
        ("cameras = [\"door\"]", &both, false),
        ("cameras = [\"door\"]\nactions = []", &BTreeSet::new(), false),
        ("actions = [\"disarm\"]", &[SensorAction::Disarm].into(), false),
        ("senses = \"doorbell\"\ncameras = [\"door\"]", &both, true),
        ("senses = \"panic\"", &BTreeSet::new(), true),
        ("senses = \"tamper\"", &BTreeSet::new(), true),
        ("senses = \"tamper\"\nalways = false", &BTreeSet::new(), false),
        ("senses = \"opening\"", &BTreeSet::new(), false),
        ("senses = \"button\"\nalways = true", &BTreeSet::new(), true),
        ("senses = \"measure\"\ncameras = [\"door\"]", &BTreeSet::new(), false),
        ("senses = \"measure\"\ncameras = [\"door\"]\nactions = []", &BTreeSet::new(), false),
    ] {
        let sensor = sensor(&format!("kind = \"sim\"\n{keys}"));
        assert_eq!((&sensor.actions, sensor.always), (actions, always), "{keys}");
    }
}

#[test]
fn a_distance_is_written_with_its_unit() {
    for (written, millimetres) in [
        ("2cm", 20),
        ("4m", 4_000),
        ("1500mm", 1_500),
        ("1.50 m", 1_500),
        ("12.5cm", 125),
        ("150.0mm", 150),
    ] {
        let keys = format!("kind = \"sim\"\nwithin = \"{written}\"");
        let SensorKind::Sim(played) = sensor(&keys).kind else { panic!() };
        assert_eq!((played.within, played.require), (Some(millimetres), Require::Either));
    }
    let forms = "write a distance such as \"1500mm\", \"150cm\" or \"1.5m\"";
    for (written, problem) in [
        ("\"150\"", "write a unit, such as \"150cm\""),
        ("\"1.5\"", "write a unit, such as \"1.5cm\""),
        ("150", "write a unit, in quotes, such as \"150cm\""),
        ("1.5", "write a distance in quotes, such as \"150cm\""),
        ("\"1.5 metres\"", forms),
        ("\"5ft\"", forms),
        ("\"\"", forms),
        ("\"-1m\"", forms),
        ("\"1m50cm\"", forms),
        ("\"1.5mm\"", &format!("is too exact; {forms}")),
        ("\"1.0005m\"", &format!("is too exact; {forms}")),
        ("\"19mm\"", "must be between 2cm and 4m"),
        ("\"4.001m\"", "must be between 2cm and 4m"),
        ("\"4294968m\"", "is too large to count"),
    ] {
        let text = format!("[[sensor]]\nname = \"a\"\nkind = \"sim\"\nwithin = {written}");
        assert_eq!(problems(&text), [format!("sensor[0].within: {problem}")], "{written}");
    }
}

#[test]
fn values_of_a_sensor_have_their_limits() {
    check(
        r#"
[[sensor]]
name = "front hall"
kind = "usb"
senses = "movement"
cameras = "door"
actions = ["email"]
photo_at = "now"
cooldown = "25h"
heartbeat = "8d"
always = 1
[[sensor]]
name = "a"
kind = "serial"
port = ""
baud = 115
require = "all"
debounce = "3s"
cameras = ["a", "a"]
heartbeat = "soon"
actions = ["arm", "disarm"]
[[sensor]]
name = "b"
kind = "gpio"
pin = "GPIO17"
active = 1
pull = "low"
debounce = "11s"
[[sensor]]
name = "c"
kind = "mcp3008"
channel = 8
threshold = 512
hits = 0
samples = 33
samples_per_sec = 101
"#,
        r#"
3:8: sensor[0].name = "front hall": must be 1 to 64 letters (a-z, A-Z), digits, '-' and '_' in quotes, such as "hall"
4:8: sensor[0].kind = "usb": must be one of "serial", "gpio", "mcp3008", "mqtt", "sim"
5:10: sensor[0].senses = "movement": must be one of "motion", "opening", "doorbell", "panic", "button", "tamper", "measure"
6:11: sensor[0].cameras = "door": must be a list of names of cameras in quotes, such as ["door"]
7:11: sensor[0].actions = ["email"]: must be a list of some of "photo", "clip", "arm", "disarm", such as ["photo"], or [] for none
8:12: sensor[0].photo_at = "now": must be one of "before", "nearest", "after"
9:12: sensor[0].cooldown = "25h": must be between 0s and 1d
10:13: sensor[0].heartbeat = "8d": must be between 1s and 7d, or "never"
11:10: sensor[0].always = 1: must be true or false without quotes
15:8: sensor[1].port = "": must be a path in quotes
16:8: sensor[1].baud = 115: must be one of 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400 without quotes
17:11: sensor[1].require = "all": must be one of "pir", "distance", "either", "both"
18:12: sensor[1].debounce = "3s": must be between 0s and 2s
19:11: sensor[1].cameras = ["a", "a"]: has "a" twice
20:13: sensor[1].heartbeat = "soon": write a length of time such as "500ms", "5s", "1m30s", "2h" or "30d" (or "never")
21:11: sensor[1].actions = ["arm", "disarm"]: only one of "arm" and "disarm"
25:7: sensor[2].pin = "GPIO17": must be the number of the pin without quotes, from 0 to 1023; on a Raspberry Pi the number after "GPIO", such as 17 for GPIO17
26:10: sensor[2].active = 1: must be one of "high", "low"
27:8: sensor[2].pull = "low": must be one of "up", "down", "none"
28:12: sensor[2].debounce = "11s": must be between 0s and 10s
32:11: sensor[3].channel = 8: must be a whole number from 0 to 7 without quotes, such as 0
33:13: sensor[3].threshold = 512: must be a share of the greatest level from 0 to 1 without quotes, such as 0.5, or "adaptive"
34:8: sensor[3].hits = 0: must be a whole number from 1 to 32 without quotes, such as 6
35:11: sensor[3].samples = 33: must be a whole number from 1 to 32 without quotes, such as 6
36:19: sensor[3].samples_per_sec = 101: must be a whole number from 1 to 100 without quotes, such as 10
"#,
    );
}

#[test]
fn what_a_sensor_must_have_is_told_by_its_kind() {
    check(
        r#"
[[sensor]]
[[sensor]]
name = "a"
kind = "serial"
[[sensor]]
name = "b"
kind = "gpio"
[[sensor]]
name = "c"
kind = "mcp3008"
[[sensor]]
name = "d"
kind = "mqtt"
"#,
        r#"
2:1: sensor[0]: name is missing; write name = "hall"
2:1: sensor[0]: kind is missing; write kind = "serial" for a board, "gpio" for a pin, "mcp3008" for an analogue one, "mqtt" for one at the broker, or "sim" for none
3:1: sensor[1]: port is missing; write port = "/dev/ttyACM0"
6:1: sensor[2]: pin is missing; write pin = 17, the number after "GPIO"
9:1: sensor[3]: channel is missing; write channel = 0, or another up to 7
14:8: sensor[4].kind = "mqtt": needs a [mqtt] with the broker, such as broker = "mqtt://192.168.1.5"
"#,
    );
}

#[test]
fn keys_of_another_kind_are_refused_with_the_kinds_they_go_with() {
    check(
        r#"
[[sensor]]
name = "hall"
kind = "sim"
port = "/dev/ttyACM0"
baud = 9600
debounce = "1s"
chip = "/dev/gpiochip0"
pin = 17
active = "low"
pull = "up"
spi = "/dev/spidev0.0"
channel = 0
threshold = 0.5
hits = 1
samples = 2
samples_per_sec = 3
topic = "a"
field = "b"
values = ["c"]
clear_values = ["d"]
value_field = "e"
min = 1
battery_field = "f"
[[sensor]]
name = "gate"
kind = "gpio"
pin = 17
within = "1m"
require = "pir"
file = "gate.json"
"#,
        r#"
5:8: sensor[0].port = "/dev/ttyACM0": means nothing to kind = "sim"; it goes with kind = "serial"
6:8: sensor[0].baud = 9600: means nothing to kind = "sim"; it goes with kind = "serial"
7:12: sensor[0].debounce = "1s": means nothing to kind = "sim"; it goes with kind = "serial" or kind = "gpio"
8:8: sensor[0].chip = "/dev/gpiochip0": means nothing to kind = "sim"; it goes with kind = "gpio"
9:7: sensor[0].pin = 17: means nothing to kind = "sim"; it goes with kind = "gpio"
10:10: sensor[0].active = "low": means nothing to kind = "sim"; it goes with kind = "gpio"
11:8: sensor[0].pull = "up": means nothing to kind = "sim"; it goes with kind = "gpio"
12:7: sensor[0].spi = "/dev/spidev0.0": means nothing to kind = "sim"; it goes with kind = "mcp3008"
13:11: sensor[0].channel = 0: means nothing to kind = "sim"; it goes with kind = "mcp3008"
14:13: sensor[0].threshold = 0.5: means nothing to kind = "sim"; it goes with kind = "mcp3008"
15:8: sensor[0].hits = 1: means nothing to kind = "sim"; it goes with kind = "mcp3008"
16:11: sensor[0].samples = 2: means nothing to kind = "sim"; it goes with kind = "mcp3008"
17:19: sensor[0].samples_per_sec = 3: means nothing to kind = "sim"; it goes with kind = "mcp3008"
18:9: sensor[0].topic = "a": means nothing to kind = "sim"; it goes with kind = "mqtt"
19:9: sensor[0].field = "b": means nothing to kind = "sim"; it goes with kind = "mqtt"
20:10: sensor[0].values = ["c"]: means nothing to kind = "sim"; it goes with kind = "mqtt"
21:16: sensor[0].clear_values = ["d"]: means nothing to kind = "sim"; it goes with kind = "mqtt"
22:15: sensor[0].value_field = "e": means nothing to kind = "sim"; it goes with kind = "mqtt"
23:7: sensor[0].min = 1: means nothing to kind = "sim"; it goes with kind = "mqtt"
24:17: sensor[0].battery_field = "f": means nothing to kind = "sim"; it goes with kind = "mqtt"
29:10: sensor[1].within = "1m": means nothing to kind = "gpio"; it goes with kind = "serial" or kind = "sim"
30:11: sensor[1].require = "pir": means nothing to kind = "gpio"; it goes with kind = "serial" or kind = "sim"
31:8: sensor[1].file = "gate.json": means nothing to kind = "gpio"; it goes with kind = "sim"
"#,
    );
}

#[test]
fn keys_of_a_sensor_must_fit_each_other() {
    check(
        r#"
[[camera]]
name = "door"
source = "demo:"
[[sensor]]
name = "a"
kind = "sim"
require = "either"
actions = ["clip", "arm"]
photo_at = "before"
[[sensor]]
name = "b"
kind = "sim"
within = "1m"
require = "pir"
actions = ["arm"]
photo_at = "before"
[[sensor]]
name = "c"
kind = "mcp3008"
channel = 0
hits = 7
[[sensor]]
name = "d"
kind = "mcp3008"
channel = 1
samples = 1
[[sensor]]
name = "e"
kind = "sim"
senses = "measure"
cameras = ["door"]
actions = ["photo"]
photo_at = "nearest"
cooldown = "1s"
always = true
[[sensor]]
name = "f"
kind = "gpio"
pin = 4
heartbeat = "1h"
"#,
        r#"
8:11: sensor[0].require = "either": needs within too, such as within = "150cm"; without a distance write "pir"
9:11: sensor[0].actions = ["clip", "arm"]: needs cameras too, the names of those for "clip"
10:12: sensor[0].photo_at = "before": needs "photo" in actions
14:10: sensor[1].within = "1m": means nothing to require = "pir"; write "distance", "either" or "both"
17:12: sensor[1].photo_at = "before": needs "photo" in actions
22:8: sensor[2].hits = 7: must not be more than samples, which is 6
27:11: sensor[3].samples = 1: must not be less than hits, which is 2
33:11: sensor[4].actions = ["photo"]: means nothing to senses = "measure", which never fires
34:12: sensor[4].photo_at = "nearest": means nothing to senses = "measure", which never fires
35:12: sensor[4].cooldown = "1s": means nothing to senses = "measure", which never fires
36:10: sensor[4].always = true: means nothing to senses = "measure", which never fires
41:13: sensor[5].heartbeat = "1h": means nothing to kind = "gpio", which is heard only when it changes
"#,
    );
}
