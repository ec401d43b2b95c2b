//! What devices, and cameras, have to do with each other.

use super::{check, good, look_up};
use crate::config::{Config, Detect, Start};

/// A camera, with room for more of its keys.
pub(super) const CAMERA: &str = "[[camera]]\nname = \"door\"\nsource = \"demo:\"\n";

/// The problems of a file, each with its key.
#[track_caller]
pub(super) fn problems(text: &str) -> Vec<String> {
    let faults = Config::read(text, &mut look_up).expect_err("the file has a fault");
    faults.iter().map(|fault| format!("{}: {}", fault.key(), fault.problem())).collect()
}

#[test]
fn names_are_of_one_device_and_of_what_is_there() {
    check(
        r#"
[[camera]]
name = "door"
source = "demo:"
[[camera]]
name = "yard"
source = "demo:"
[[sensor]]
name = "hall"
kind = "sim"
cameras = ["Door", "attic"]
[[light]]
name = "Hall"
kind = "sim"
cameras = ["yrad"]
[[servo]]
name = "cover"
kind = "sim"
[[output]]
name = "COVER"
kind = "led"
sim = true
follows = "hal"
[[output]]
name = "door"
kind = "led"
sim = true
follows = "cellar"
"#,
        r#"
11:11: sensor[0].cameras = ["Door", "attic"]: there is no camera "Door"; did you mean "door"?
11:11: sensor[0].cameras = ["Door", "attic"]: there is no camera "attic"; this file has "door", "yard"
13:8: light[0].name = "Hall": sensor[0].name on line 9 is that name already (a and A are the same)
15:11: light[0].cameras = ["yrad"]: there is no camera "yrad"; did you mean "yard"?
20:8: output[0].name = "COVER": servo[0].name on line 17 is that name already (a and A are the same)
23:11: output[0].follows = "hal": there is no sensor "hal"; did you mean "hall"?
28:11: output[1].follows = "cellar": there is no sensor "cellar"; this file has "hall"
"#,
    );
    check(
        r#"
[[light]]
name = "a"
kind = "sim"
cameras = ["door"]
[[output]]
name = "b"
kind = "relay"
sim = true
follows = "hall"
"#,
        r#"
5:11: light[0].cameras = ["door"]: there is no camera "door"; this file has none: write [[camera]] with name = "door"
10:11: output[0].follows = "hall": there is no sensor "hall"; this file has none: write [[sensor]] with name = "hall"
"#,
    );
}

#[test]
fn a_name_that_could_not_be_read_makes_no_second_fault() {
    let sensor = "[[sensor]]\nname = \"a\"\nkind = \"sim\"\ncameras = [\"door\"]\n";
    let output = "[[output]]\nname = \"b\"\nkind = \"led\"\nsim = true\nfollows = \"hall\"\n";
    let camera = CAMERA.replace("\"door\"", "\"front door\"");
    assert_eq!(problems(&format!("{camera}{sensor}")).len(), 1);
    assert_eq!(problems(&format!("{}{sensor}", CAMERA.replace("\"door\"", "door"))).len(), 1);
    let nameless = "[[sensor]]\nkind = \"sim\"\n";
    assert_eq!(
        problems(&format!("{nameless}{output}")),
        ["sensor[0]: name is missing; write name = \"hall\""]
    );
    // Who could start the camera is not known where a sensor is in doubt.
    let lonely = format!("{CAMERA}start = \"on_demand\"\n");
    let doubtful = sensor.replace("\"sim\"", "\"twin\"");
    assert_eq!(problems(&format!("{lonely}{doubtful}")).len(), 1);
}

#[test]
fn no_two_devices_have_the_same_part_of_the_machine() {
    check(
        r#"
[[sensor]]
name = "a"
kind = "serial"
port = "/dev/ttyUSB0"
[[sensor]]
name = "b"
kind = "gpio"
pin = 17
[[sensor]]
name = "c"
kind = "gpio"
pin = 18
chip = "/dev/gpiochip0"
[[sensor]]
name = "d"
kind = "mcp3008"
channel = 3
[[sensor]]
name = "e"
kind = "mcp3008"
channel = 3
spi = "/dev/spidev0.0"
[[light]]
name = "f"
serial_port = "/dev/ttyUSB0"
[[servo]]
name = "g"
board_pin = 12
[[servo]]
name = "h"
board_pin = 32
[[servo]]
name = "i"
channel = 0
[[output]]
name = "j"
kind = "led"
pin = 17
"#,
        r#"
22:11: sensor[4].channel = 3: sensor[3].channel on line 18 is that channel already
26:15: light[0].serial_port = "/dev/ttyUSB0": sensor[0].port on line 5 is that port already
29:13: servo[0].board_pin = 12: sensor[2].pin on line 13 is that pin already
32:13: servo[1].board_pin = 32: servo[0].board_pin on line 29 is that channel already
35:11: servo[2].channel = 0: servo[0].board_pin on line 29 is that channel already
39:7: output[0].pin = 17: sensor[1].pin on line 9 is that pin already
"#,
    );
    let config = good(
        r#"
[[sensor]]
name = "a"
kind = "gpio"
pin = 17
[[sensor]]
name = "b"
kind = "gpio"
pin = 17
chip = "/dev/gpiochip1"
[[sensor]]
name = "c"
kind = "mcp3008"
channel = 3
[[sensor]]
name = "d"
kind = "mcp3008"
channel = 3
spi = "/dev/spidev0.1"
[[servo]]
name = "e"
channel = 3
[[servo]]
name = "f"
channel = 3
pwm_chip = "/sys/class/pwm/pwmchip2"
"#,
    );
    assert_eq!((config.sensors.len(), config.servos.len()), (4, 2));
}

#[test]
fn a_camera_waits_for_its_sensors() {
    let sensor = "[[sensor]]\nname = \"hall\"\nkind = \"sim\"\ncameras = [\"door\"]\n";
    for (keys, detect, start) in [
        ("", Detect::Motion, Start::Always),
        ("detect = \"sensors\"\n", Detect::Sensors, Start::Always),
        ("start = \"on_demand\"\n", Detect::Motion, Start::OnDemand),
        (
            "detect = \"sensors\"\nstart = \"on_demand\"\nrecord = \"photos\"\n",
            Detect::Sensors,
            Start::OnDemand,
        ),
        ("detect = \"motion\"\nstart = \"always\"\n", Detect::Motion, Start::Always),
    ] {
        let door = good(&format!("{CAMERA}{keys}{sensor}")).cameras.remove(0);
        assert_eq!((door.detect, door.start), (detect, start), "{keys}");
    }
    // Nothing has to start these.
    for keys in [
        "detect = \"sensors\"\nrecord = \"continuous\"\n",
        "detect = \"sensors\"\nstart = \"on_demand\"\nrecord = \"off\"\n",
    ] {
        good(&format!("{CAMERA}{keys}"));
    }
}

#[test]
fn a_camera_that_nothing_could_start_is_refused() {
    check(
        r#"
[[camera]]
name = "a"
source = "demo:"
detect = "sensors"
[[camera]]
name = "b"
source = "demo:"
start = "on_demand"
record = "photos"
[[sensor]]
name = "arms"
kind = "sim"
cameras = ["a"]
actions = ["arm"]
[[sensor]]
name = "measures"
kind = "sim"
cameras = ["b"]
senses = "measure"
"#,
        r#"
5:10: camera[0].detect = "sensors": no sensor takes photos or clips with this camera, so nothing could ever start it; write [[sensor]] with cameras = ["a"], or detect = "motion"
9:9: camera[1].start = "on_demand": no sensor takes photos or clips with this camera, so nothing could ever start it; write [[sensor]] with cameras = ["b"], or start = "always"
"#,
    );
    check(
        r#"
[[camera]]
name = "a"
source = "demo:"
detect = "objects"
start = "now"
[[camera]]
name = "b"
source = "demo:"
record = "continuous"
start = "on_demand"
[[camera]]
name = "c"
source = "demo:"
timelapse = "10s"
start = "on_demand"
detect = "sensors"
objects = { events = "objects" }
[[sensor]]
name = "hall"
kind = "sim"
cameras = ["a", "b", "c"]
[detector]
model = "a.onnx"
"#,
        r#"
5:10: camera[0].detect = "objects": must be one of "motion", "sensors"
6:9: camera[0].start = "now": must be one of "always", "on_demand"
11:9: camera[1].start = "on_demand": record on line 10 is "continuous", which needs the stream all the time; write start = "always", or record = "events"
16:9: camera[2].start = "on_demand": the timelapse of line 15 needs the stream all the time; write start = "always", or leave timelapse out
18:22: camera[2].objects.events = "objects": means nothing to detect = "sensors" on line 17
"#,
    );
}
