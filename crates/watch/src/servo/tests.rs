//! How servos move.

use super::*;

fn at(millis: u64) -> WallTime {
    WallTime::from_micros(1_000_000_000_000) + Duration::from_millis(millis)
}

/// Asks for the angle whenever it says that there is something new, from `from` on for at most two
/// seconds; gives the milliseconds and the angles.
fn course(servo: &mut Servo, from: u64) -> Vec<(u64, f32)> {
    let mut drawn = Vec::new();
    for millis in from..from + 2_000 {
        if servo.wake_at().is_some_and(|due| due <= at(millis)) {
            drawn.push((millis, servo.angle(at(millis)).unwrap()));
            assert!(servo.wake_at().is_none_or(|due| due > at(millis)), "a tight loop");
        }
    }
    drawn
}

#[test]
fn it_moves_at_its_speed_and_stops_exactly_there() {
    let mut servo = Servo::new(100.0, Some(10.0));
    servo.aim(15.0, at(0));
    let expected = [(0, 10.0), (20, 12.0), (40, 14.0), (60, 15.0)];
    let drawn = course(&mut servo, 0);
    assert_eq!(drawn.len(), expected.len(), "{drawn:?}");
    for ((millis, angle), (expected_millis, expected)) in drawn.into_iter().zip(expected) {
        assert_eq!(millis, expected_millis);
        assert!((angle - expected).abs() < 0.01, "{angle} at {millis}");
    }
    assert_eq!((servo.angle(at(5_000)), servo.wake_at()), (Some(15.0), None));
}

#[test]
fn nothing_is_told_before_it_was_aimed() {
    let mut servo = Servo::new(90.0, Some(30.0));
    assert_eq!((servo.angle(at(0)), servo.wake_at()), (None, None));
    assert_eq!(servo.target(), Some(30.0));
    assert_eq!(Servo::new(90.0, None).target(), None);
}

#[test]
fn where_it_stands_is_unknown_at_first_and_known_after_the_first_move() {
    let mut servo = Servo::new(100.0, None);
    servo.aim(90.0, at(0));
    assert_eq!(course(&mut servo, 0), [(0, 90.0)]);
    servo.aim(80.0, at(3_000));
    let drawn = course(&mut servo, 3_000);
    assert_eq!((drawn.len(), drawn.last().copied()), (5, Some((3_100, 80.0))), "{drawn:?}");
}

#[test]
fn it_is_aimed_elsewhere_on_its_way() {
    let mut servo = Servo::new(100.0, Some(0.0));
    servo.aim(180.0, at(0));
    servo.angle(at(500));
    servo.aim(20.0, at(500));
    assert_eq!(servo.target(), Some(20.0));
    let drawn = course(&mut servo, 500);
    assert!(drawn.iter().all(|(_, angle)| (20.0..=50.0).contains(angle)), "{drawn:?}");
    assert_eq!(drawn.last(), Some(&(800, 20.0)));
}

#[test]
fn whoever_aims_again_and_again_does_not_hold_it_up() {
    let mut servo = Servo::new(100.0, Some(0.0));
    let mut told = 0;
    for millis in 0..500 {
        servo.aim(90.0 + f32::from(u16::try_from(millis % 7).unwrap()), at(millis));
        if servo.wake_at().is_some_and(|due| due <= at(millis)) {
            servo.angle(at(millis));
            told += 1;
        }
    }
    assert_eq!(told, 25, "each 20 ms");
    assert!((servo.angle(at(500)).unwrap() - 50.0).abs() < 0.1);
}

#[test]
fn whoever_asks_again_and_again_does_not_hold_it_up() {
    let mut servo = Servo::new(100.0, Some(0.0));
    servo.aim(90.0, at(0));
    servo.angle(at(0));
    servo.angle(at(15));
    assert_eq!(servo.wake_at(), Some(at(20)));
}

#[test]
fn aiming_where_it_stands_is_nothing_new_but_the_first_time() {
    let mut servo = Servo::new(90.0, Some(30.0));
    servo.aim(30.0, at(0));
    assert_eq!(course(&mut servo, 0), [(0, 30.0)]);
    servo.aim(30.0, at(3_000));
    assert_eq!(servo.wake_at(), None);
}

#[test]
fn angles_outside_are_moved_inside_and_what_is_no_angle_is_left_out() {
    let mut servo = Servo::new(90.0, None);
    servo.aim(f32::NAN, at(0));
    assert_eq!((servo.angle(at(0)), servo.target()), (None, None));
    servo.aim(500.0, at(0));
    assert_eq!(servo.angle(at(0)), Some(180.0));
    servo.aim(-1.0, at(0));
    assert_eq!(servo.target(), Some(0.0));
    assert_eq!(Servo::new(90.0, Some(f32::INFINITY)).target(), Some(180.0));
}

#[test]
fn a_speed_that_is_none_still_moves() {
    for speed in [0.0, -5.0, f32::NAN] {
        let mut servo = Servo::new(speed, Some(0.0));
        servo.aim(10.0, at(0));
        let angle = servo.angle(at(5_000)).unwrap();
        assert!((angle - 5.0).abs() < 0.01, "{angle}");
    }
}

#[test]
fn a_clock_set_back_neither_turns_it_back_nor_stops_it() {
    let mut servo = Servo::new(100.0, Some(0.0));
    servo.aim(180.0, at(3_600_000));
    servo.angle(at(3_600_500));
    let angle = servo.angle(at(0)).unwrap();
    assert!((angle - 50.0).abs() < 0.01, "{angle}");
    assert_eq!(servo.wake_at(), Some(at(20)));
    assert_eq!(course(&mut servo, 0).last(), Some(&(1_300, 180.0)));
}
