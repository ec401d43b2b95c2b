use std::error::Error;

use super::*;

const PULSES: Pulses =
    Pulses { min: Duration::from_micros(500), max: Duration::from_micros(2_500) };

fn settings(drive: Drive) -> Settings {
    Settings {
        name: "cover".parse().unwrap(),
        drive,
        angle_on: 90.0,
        angle_off: 0.0,
        speed: 90.0,
        min_pulse: PULSES.min,
        max_pulse: PULSES.max,
    }
}

#[test]
fn the_pulse_grows_evenly_with_the_angle() {
    let micros = |angle| PULSES.of(angle).unwrap().as_micros();
    let pulses = [0.0, 45.0, 90.0, 135.0, 180.0].map(micros);
    assert_eq!(pulses, [500, 1_000, 1_500, 2_000, 2_500]);
    let mut last = Duration::ZERO;
    for tenth in 0..=1_800_u16 {
        let pulse = PULSES.of(f32::from(tenth) / 10.0).unwrap();
        assert!(last < pulse && PULSES.min <= pulse && pulse <= PULSES.max, "{tenth}: {pulse:?}");
        last = pulse;
    }
}

#[test]
fn no_angle_leaves_the_pulses_that_the_servo_can_stand() {
    for angle in [-0.1, -720.0, f32::MIN, f32::NEG_INFINITY] {
        assert_eq!(PULSES.of(angle), Some(PULSES.min), "{angle}");
    }
    for angle in [180.1, 1e9, f32::MAX, f32::INFINITY] {
        assert_eq!(PULSES.of(angle), Some(PULSES.max), "{angle}");
    }
    assert_eq!(PULSES.of(f32::NAN), None);
    let odd = Pulses { min: Duration::from_nanos(544_001), max: Duration::from_nanos(2_400_007) };
    assert_eq!(odd.of(180.0), Some(odd.max));
    assert_eq!(odd.of(0.0), Some(odd.min));
}

#[test]
fn one_that_is_played_obeys_without_a_chip() {
    let mut servo = Servo::open(&settings(Drive::Sim)).unwrap();
    servo.stand(90.0).unwrap();
    servo.rest().unwrap();
    let error = servo.stand(f32::NAN).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "not a number");
}
