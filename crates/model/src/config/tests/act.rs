//! `[[light]]`, `[[servo]]` and `[[output]]`.

use std::time::Duration;

use jiff::civil::time;

use super::device::{CAMERA, problems};
use super::{check, good};
use crate::Fraction;
use crate::config::{Active, Drive, Light, LightLink, LightWhen, Output, OutputKind, Pin, Servo};

fn share(share: f32) -> Fraction {
    Fraction::new(share).unwrap()
}

#[test]
fn every_key_of_a_light_is_read() {
    let config = good(&format!(
        r#"{CAMERA}
[[light]]
name = "porch-ir"
serial_port = "/dev/ttyUSB0"
[[light]]
name = "yard-ir"
kind = "serial"
serial_port = "/dev/ttyS1"
baudrate = 300
serial_timeout = "100ms"
updates_per_sec = 50
on_command = "LIGHT 1"
off_command = "LIGHT 0"
when = "hours"
hours = " 6:05 - 23:59"
cameras = ["door"]
[[light]]
name = "a"
kind = "sim"
when = "armed"
[[light]]
name = "b"
kind = "sim"
when = "dark"
[[light]]
name = "c"
kind = "sim"
when = "dark"
dark_below = 0
[[light]]
name = "d"
kind = "sim"
when = "by_hand"
"#
    ));
    let usual = Light {
        name: "porch-ir".parse().unwrap(),
        link: LightLink::Serial {
            port: "/dev/ttyUSB0".into(),
            baud: 19_200,
            timeout: Duration::from_secs(2),
            updates_per_sec: 5,
            on_command: "ir_on".to_owned(),
            off_command: "ir_off".to_owned(),
        },
        when: LightWhen::Always,
        cameras: vec![],
    };
    let all = Light {
        name: "yard-ir".parse().unwrap(),
        link: LightLink::Serial {
            port: "/dev/ttyS1".into(),
            baud: 300,
            timeout: Duration::from_millis(100),
            updates_per_sec: 50,
            on_command: "LIGHT 1".to_owned(),
            off_command: "LIGHT 0".to_owned(),
        },
        when: LightWhen::Hours { from: time(6, 5, 0, 0), to: time(23, 59, 0, 0) },
        cameras: vec!["door".parse().unwrap()],
    };
    let played = |name: &str, when| Light {
        name: name.parse().unwrap(),
        link: LightLink::Sim,
        when,
        cameras: vec![],
    };
    let expected = [
        usual,
        all,
        played("a", LightWhen::Armed),
        played("b", LightWhen::Dark(share(0.3))),
        played("c", LightWhen::Dark(share(0.0))),
        played("d", LightWhen::ByHand),
    ];
    assert_eq!(config.lights, expected);
}

#[test]
fn every_fault_of_a_light_is_told_at_once() {
    check(
        r#"
[[light]]
[[light]]
name = "a"
kind = "usb"
serial_port = 1
baudrate = "fast"
serial_timeout = "61s"
updates_per_sec = 51
on_command = "an\n"
off_command = ""
when = "night"
dark_below = 30
hours = "20-06"
cameras = [1]
[[light]]
name = "b"
kind = "sim"
serial_port = "/dev/ttyUSB0"
baudrate = 19200
serial_timeout = "2s"
updates_per_sec = 5
on_command = "ir_on"
off_command = "ir_off"
dark_below = 0.3
hours = "20:00-06:00"
[[light]]
name = "c"
serial_port = "/dev/ttyUSB0"
on_command = "ir_off"
when = "hours"
[[light]]
name = "d"
kind = "sim"
when = "hours"
hours = "06:00-6:00"
[[light]]
name = "e"
kind = "serial"
serial_port = "/dev/ttyUSB1"
on_command = "an"
off_command = "an"
serial_timeout = "99ms"
"#,
        r#"
2:1: light[0]: name is missing; write name = "porch-ir"
2:1: light[0]: serial_port is missing; write serial_port = "/dev/ttyUSB0"
5:8: light[1].kind = "usb": must be one of "serial", "sim"
6:15: light[1].serial_port = 1: must be a path in quotes
7:12: light[1].baudrate = "fast": must be one of 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400 without quotes
8:18: light[1].serial_timeout = "61s": must be between 100ms and 60s
9:19: light[1].updates_per_sec = 51: must be a whole number from 1 to 50 without quotes, such as 5
10:14: light[1].on_command = "an\n": must be 1 to 64 letters (no umlauts), digits and signs in quotes, such as "ir_on", without the end of the line
11:15: light[1].off_command = "": must be 1 to 64 letters (no umlauts), digits and signs in quotes, such as "ir_on", without the end of the line
12:8: light[1].when = "night": must be one of "always", "armed", "dark", "hours", "by_hand"
13:14: light[1].dark_below = 30: must be a number from 0 to 1 without quotes, such as 0.002
14:9: light[1].hours = "20-06": must be two times of the clock from 00:00 to 23:59, such as "20:00-06:00"
15:11: light[1].cameras = [1]: must be a list of names of cameras in quotes, such as ["door"]
19:15: light[2].serial_port = "/dev/ttyUSB0": means nothing to kind = "sim"; it goes with kind = "serial"
20:12: light[2].baudrate = 19200: means nothing to kind = "sim"; it goes with kind = "serial"
21:18: light[2].serial_timeout = "2s": means nothing to kind = "sim"; it goes with kind = "serial"
22:19: light[2].updates_per_sec = 5: means nothing to kind = "sim"; it goes with kind = "serial"
23:14: light[2].on_command = "ir_on": means nothing to kind = "sim"; it goes with kind = "serial"
24:15: light[2].off_command = "ir_off": means nothing to kind = "sim"; it goes with kind = "serial"
25:14: light[2].dark_below = 0.3: needs when = "dark"
26:9: light[2].hours = "20:00-06:00": needs when = "hours"
30:14: light[3].on_command = "ir_off": puts it on and off; the two commands must differ
31:8: light[3].when = "hours": needs hours too, such as hours = "20:00-06:00"
36:9: light[4].hours = "06:00-6:00": must end at another time than it begins; for all day write when = "always"
42:15: light[5].off_command = "an": puts it on and off; the two commands must differ
43:18: light[5].serial_timeout = "99ms": must be between 100ms and 60s
"#,
    );
    for hours in ["24:00-06:00", "20:60-06:00", "20:0-06:00", "+2:00-06:00", "20:00", "a:bc-06:00"]
    {
        let text = format!(
            "[[light]]\nname = \"a\"\nkind = \"sim\"\nwhen = \"hours\"\nhours = \"{hours}\"\n"
        );
        assert!(problems(&text)[0].contains("must be two times of the clock"), "{hours}");
    }
}

#[test]
fn every_key_of_a_servo_is_read() {
    let config = good(
        r#"
[[servo]]
name = "cover"
board_pin = 12
[[servo]]
name = "turn"
kind = "pwm"
pwm_chip = "/sys/class/pwm/pwmchip2"
channel = 3
angle_on = 180
angle_off = 22.5
speed = 1000
min_pulse = "1ms"
max_pulse = "2.25ms"
[[servo]]
name = "tilt"
board_pin = 35
min_pulse = "300us"
max_pulse = "3000 us"
[[servo]]
name = "played"
kind = "sim"
angle_on = 0
speed = 1
"#,
    );
    let usual = Servo {
        name: "cover".parse().unwrap(),
        drive: Drive::Pwm { chip: "/sys/class/pwm/pwmchip0".into(), channel: 0 },
        angle_on: 90.0,
        angle_off: 0.0,
        speed: 90.0,
        min_pulse: Duration::from_micros(500),
        max_pulse: Duration::from_micros(2_500),
    };
    let turn = Servo {
        name: "turn".parse().unwrap(),
        drive: Drive::Pwm { chip: "/sys/class/pwm/pwmchip2".into(), channel: 3 },
        angle_on: 180.0,
        angle_off: 22.5,
        speed: 1_000.0,
        min_pulse: Duration::from_millis(1),
        max_pulse: Duration::from_micros(2_250),
    };
    let tilt = Servo {
        name: "tilt".parse().unwrap(),
        drive: Drive::Pwm { chip: "/sys/class/pwm/pwmchip0".into(), channel: 1 },
        min_pulse: Duration::from_micros(300),
        max_pulse: Duration::from_millis(3),
        ..usual.clone()
    };
    let played = Servo {
        name: "played".parse().unwrap(),
        drive: Drive::Sim,
        angle_on: 0.0,
        speed: 1.0,
        ..usual.clone()
    };
    assert_eq!(config.servos, [usual, turn, tilt, played]);
    for (pin, expected) in [(32, 0), (33, 1)] {
        let config = good(&format!("[[servo]]\nname = \"a\"\nboard_pin = {pin}\n"));
        let Drive::Pwm { channel, .. } = config.servos[0].drive else { panic!() };
        assert_eq!(channel, expected, "{pin}");
    }
}

#[test]
fn every_fault_of_a_servo_is_told_at_once() {
    check(
        r#"
[[servo]]
[[servo]]
name = "a"
kind = "i2c"
board_pin = 18
pwm_chip = 0
channel = 64
angle_on = 181
angle_off = -1
speed = 0
min_pulse = 500
max_pulse = "2500"
[[servo]]
name = "b"
board_pin = 12
pwm_chip = "/sys/class/pwm/pwmchip0"
channel = 0
[[servo]]
name = "c"
pwm_chip = "/sys/class/pwm/pwmchip0"
[[servo]]
name = "d"
kind = "sim"
board_pin = 12
pwm_chip = "/sys/class/pwm/pwmchip0"
channel = 0
min_pulse = "1ms"
max_pulse = "2ms"
[[servo]]
name = "e"
channel = 1
min_pulse = "2500us"
[[servo]]
name = "f"
channel = 2
min_pulse = "1ms"
max_pulse = "0.9ms"
[[servo]]
name = "g"
channel = 3
min_pulse = "299us"
max_pulse = "3.001ms"
[[servo]]
name = "h"
channel = 4
min_pulse = "0.5s"
max_pulse = "soon"
"#,
        r#"
2:1: servo[0]: name is missing; write name = "cover"
2:1: servo[0]: board_pin is missing; write board_pin = 12, or channel = 0 with the pwm_chip that has it
5:8: servo[1].kind = "i2c": must be one of "pwm", "sim"
6:13: servo[1].board_pin = 18: must be a pin of the header that has PWM, without quotes: 12 or 32 (channel 0), 33 or 35 (channel 1)
7:12: servo[1].pwm_chip = 0: must be a path in quotes
8:11: servo[1].channel = 64: must be a whole number from 0 to 63 without quotes, such as 0
9:12: servo[1].angle_on = 181: must be an angle from 0 to 180 degrees without quotes, such as 90
10:13: servo[1].angle_off = -1: must be an angle from 0 to 180 degrees without quotes, such as 90
11:9: servo[1].speed = 0: must be a number of degrees a second from 1 to 1000 without quotes, such as 90
12:13: servo[1].min_pulse = 500: write a unit, in quotes, such as "500us"
13:13: servo[1].max_pulse = "2500": write a unit, such as "2500us"
17:12: servo[2].pwm_chip = "/sys/class/pwm/pwmchip0": only one of board_pin and channel; line 16 gives board_pin
18:11: servo[2].channel = 0: only one of board_pin and channel; line 16 gives board_pin
21:12: servo[3].pwm_chip = "/sys/class/pwm/pwmchip0": needs channel too, such as channel = 0
25:13: servo[4].board_pin = 12: means nothing to kind = "sim"; it goes with kind = "pwm"
26:12: servo[4].pwm_chip = "/sys/class/pwm/pwmchip0": means nothing to kind = "sim"; it goes with kind = "pwm"
27:11: servo[4].channel = 0: means nothing to kind = "sim"; it goes with kind = "pwm"
28:13: servo[4].min_pulse = "1ms": means nothing to kind = "sim"; it goes with kind = "pwm"
29:13: servo[4].max_pulse = "2ms": means nothing to kind = "sim"; it goes with kind = "pwm"
33:13: servo[5].min_pulse = "2500us": must be shorter than max_pulse, which is 2500us
38:13: servo[6].max_pulse = "0.9ms": must be longer than min_pulse, which is 1ms
42:13: servo[7].min_pulse = "299us": must be between 300us and 3ms
43:13: servo[7].max_pulse = "3.001ms": must be between 300us and 3ms
47:13: servo[8].min_pulse = "0.5s": write the length of a pulse such as "500us" or "1.5ms"
48:13: servo[8].max_pulse = "soon": write the length of a pulse such as "500us" or "1.5ms"
"#,
    );
    // Microseconds are a unit of pulses alone.
    let refused = problems(&format!("{CAMERA}pre_roll = \"500us\"\n"));
    assert!(refused[0].ends_with("(units are ms, s, m, h and d)"), "{refused:?}");
}

#[test]
fn every_key_of_an_output_is_read() {
    let config = good(
        r#"
[[sensor]]
name = "hall"
kind = "sim"
[[output]]
name = "lamp"
kind = "led"
pin = 27
follows = "hall"
[[output]]
name = "gate"
kind = "relay"
sim = false
pin = 27
chip = "/dev/gpiochip4"
active = "low"
max_on = "1s"
[[output]]
name = "horn"
kind = "siren"
sim = true
[[output]]
name = "loud"
kind = "siren"
sim = true
max_on = "never"
"#,
    );
    let lamp = Output {
        name: "lamp".parse().unwrap(),
        kind: OutputKind::Led,
        pin: Some(Pin { chip: "/dev/gpiochip0".into(), line: 27, active: Active::High }),
        follows: Some("hall".parse().unwrap()),
        max_on: None,
    };
    let gate = Output {
        name: "gate".parse().unwrap(),
        kind: OutputKind::Relay,
        pin: Some(Pin { chip: "/dev/gpiochip4".into(), line: 27, active: Active::Low }),
        follows: None,
        max_on: Some(Duration::from_secs(1)),
    };
    let horn = Output {
        name: "horn".parse().unwrap(),
        kind: OutputKind::Siren,
        pin: None,
        follows: None,
        max_on: Some(Duration::from_mins(3)),
    };
    let loud = Output { name: "loud".parse().unwrap(), max_on: None, ..horn.clone() };
    assert_eq!(config.outputs, [lamp, gate, horn, loud]);
}

#[test]
fn every_fault_of_an_output_is_told_at_once() {
    check(
        r#"
[[output]]
[[output]]
name = "a"
kind = "lamp"
pin = 1024
chip = ""
active = true
follows = 1
max_on = "25h"
sim = "yes"
[[output]]
name = "b"
kind = "led"
pin = 27
chip = "/dev/gpiochip0"
active = "low"
sim = true
[[output]]
name = "c"
kind = "relay"
sim = false
"#,
        r#"
2:1: output[0]: name is missing; write name = "hall-lamp"
2:1: output[0]: kind is missing; write kind = "led", "relay" or "siren"
2:1: output[0]: pin is missing; write pin = 27, the number after "GPIO", or sim = true to have none
5:8: output[1].kind = "lamp": must be one of "led", "relay", "siren"
6:7: output[1].pin = 1024: must be the number of the pin without quotes, from 0 to 1023; on a Raspberry Pi the number after "GPIO", such as 17 for GPIO17
7:8: output[1].chip = "": must be a path in quotes
8:10: output[1].active = true: must be one of "high", "low"
9:11: output[1].follows = 1: must be 1 to 64 letters (a-z, A-Z), digits, '-' and '_' in quotes, such as "hall"
10:10: output[1].max_on = "25h": must be between 1s and 1d, or "never"
11:7: output[1].sim = "yes": must be true or false without quotes
15:7: output[2].pin = 27: means nothing to sim = true, which has no pin
16:8: output[2].chip = "/dev/gpiochip0": means nothing to sim = true, which has no pin
17:10: output[2].active = "low": means nothing to sim = true, which has no pin
19:1: output[3]: pin is missing; write pin = 27, the number after "GPIO", or sim = true to have none
"#,
    );
}
