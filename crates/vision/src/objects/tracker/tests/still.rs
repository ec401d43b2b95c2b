use std::slice;

use super::*;

#[test]
fn what_was_there_from_the_start_is_still_at_once_even_if_somebody_passes_it() {
    let mut play = Play::new();
    play.glance(0, &[car(0.5)]);
    play.glance(200, &[car(0.5)]);
    assert_eq!(play.told(), [(1, "car", true)]);
    // First found because somebody walks past it.
    let mut play = Play::new();
    for step in 0..30_u8 {
        let walker = person(0.2 + 0.02 * f32::from(step));
        let found = [walker.clone(), car(0.5)];
        let found = if step < 10 { &found[..1] } else { &found };
        play.look_at(200, ALL, &[walker.region], found);
    }
    assert_eq!(play.told(), [(1, "person", false), (2, "car", true)]);
}

#[test]
fn a_post_that_looks_like_a_person_stays_still_while_boxes_jump_and_people_pass() {
    let mut chance = scenes::Chance::new(5);
    let mut play = Play::new();
    for step in 0..600_u16 {
        let mut jump = || (chance.unit() - 0.5) * 0.02;
        let post = object("person", 0.7, spot(0.3 + jump() * 0.3, 0.4 + jump(), 0.04, 0.2));
        let x = f32::from(step % 150) / 150.0;
        let walker = object("person", 0.7, spot(x, 0.45, 0.05, 0.22));
        let hidden = walker.region.overlap(&post.region) > 0.4;
        let found = if hidden { vec![walker.clone()] } else { vec![post, walker.clone()] };
        play.look_at(200, ALL, &[walker.region], &found);
        let still: Vec<_> = play.told().into_iter().filter(|(.., still)| *still).collect();
        assert!(step < 2 || still == [(1, "person", true)], "{step} {:?}", play.told());
    }
}

#[test]
fn who_stood_and_walks_off_moves_at_the_first_look_that_says_so() {
    let mut play = Play::new();
    for _ in 0..3 {
        play.glance(200, &[person(0.5)]);
    }
    assert_eq!(play.told(), [(1, "person", true)]);
    // A jump of her box where nothing moves says nothing.
    play.glance(200, &[person(0.535)]);
    assert_eq!(play.told(), [(1, "person", true)]);
    play.glance(200, &[person(0.465)]);
    assert_eq!(play.told(), [(1, "person", true)]);
    play.glance(200, &[person(0.5)]);
    let gone = person(0.535);
    play.look_at(200, ALL, &[spot(0.535, 0.45, 0.06, 0.12)], slice::from_ref(&gone));
    assert_eq!(play.told(), [(1, "person", false)]);
    // One who stands there unknown and moves is told of at once, if surely recognised.
    let mut play = Play::new();
    play.look(200, &[Object { score: Fraction::clamped(0.8), ..person(0.5) }]);
    assert_eq!(play.told(), [(1, "person", false)]);
}

#[test]
fn who_stood_goes_by_two_looks_or_by_moving_where_she_stands_but_a_car_does_not() {
    let stands = |found: &Object| {
        let mut play = Play::new();
        for _ in 0..3 {
            play.glance(200, slice::from_ref(found));
        }
        play
    };
    let mut play = stands(&person(0.5));
    play.glance(200, &[person(0.46)]);
    play.glance(200, &[person(0.43)]);
    assert_eq!(play.told(), [(1, "person", false)], "half her width, twice");

    let mut play = stands(&person(0.5));
    play.look(200, &[person(0.5)]);
    assert_eq!(play.told(), [(1, "person", false)], "all over");

    let mut play = stands(&person(0.5));
    let head = [spot(0.5, 0.42, 0.06, 0.12)];
    play.look_at(200, ALL, &head, &[person(0.5)]);
    assert_eq!(play.told(), [(1, "person", true)]);
    play.look_at(200, ALL, &head, &[person(0.5)]);
    assert_eq!(play.told(), [(1, "person", false)], "in part, twice");

    let mut play = stands(&person(0.5));
    let near = object("person", 0.7, spot(0.52, 0.42, 0.13, 0.5));
    play.glance(200, &[near]);
    assert_eq!(play.told(), [(1, "person", false)], "who bends down and goes is no other");

    let mut play = stands(&car(0.5));
    play.look(200, &[car(0.5)]);
    play.look(200, &[car(0.5)]);
    assert_eq!(play.told(), [(1, "car", true)], "a shadow on it moves no car");
}

#[test]
fn who_stops_beside_a_post_is_still_after_ten_seconds() {
    let mut play = Play::new();
    for step in 0..20_u8 {
        play.look(200, &[person(0.2 + 0.01 * f32::from(step))]);
    }
    let mut chance = scenes::Chance::new(3);
    for _ in 0..60 {
        let x = 0.42 + 0.01 * (chance.unit() - 0.5);
        play.glance(200, &[person(x)]);
    }
    assert_eq!(play.told(), [(1, "person", true)]);
}

/// Somebody drives up, parks, gets out and walks away; hours later drives off.
#[test]
fn a_car_that_comes_parks_and_goes_is_one_and_its_driver_another() {
    let mut play = Play::new();
    for step in 0..15_u8 {
        play.look(200, &[car(0.0 + 0.04 * f32::from(step))]);
    }
    let parked = car(0.56);
    for _ in 0..20 {
        play.look_at(200, ALL, &[], slice::from_ref(&parked));
    }
    assert_eq!(play.told(), [(1, "car", false)]);
    for step in 0..40_u8 {
        let driver = object("person", 0.7, spot(0.58 + 0.01 * f32::from(step), 0.6, 0.05, 0.3));
        play.look_at(200, ALL, &[driver.region], &[parked.clone(), driver]);
    }
    for _ in 0..40 {
        play.look_at(200, ALL, &[], slice::from_ref(&parked));
    }
    assert_eq!(play.told(), [(1, "car", true)]);
    play.glance(3 * 3_600_000, slice::from_ref(&parked));
    play.glance(60_000, &[]);
    play.glance(60_000, &[parked]);
    assert_eq!(play.told(), [(1, "car", true)]);
    for step in 0..10_u8 {
        play.look(500, &[car(0.6 + 0.06 * f32::from(step))]);
        assert_eq!(play.numbers(), [1]);
    }
    assert_eq!(play.told(), [(1, "car", false)]);
    assert_eq!(play.tracker.number, 2, "the car and the driver");
}

#[test]
fn a_parked_car_drives_off_by_a_whole_length_between_two_looks() {
    let mut play = Play::new();
    for _ in 0..5 {
        play.glance(1_000, &[car(0.4)]);
    }
    play.look(1_000, &[car(0.6)]);
    play.look(1_000, &[car(0.9)]);
    assert_eq!(play.told(), [(1, "car", false)]);
}

#[test]
fn a_parked_car_is_gone_when_three_looks_miss_it_and_not_when_a_truck_hides_it() {
    let mut play = Play::new();
    for _ in 0..5 {
        play.glance(1_000, &[car(0.5)]);
    }
    for _ in 0..100 {
        play.look(200, &[object("truck", 0.7, spot(0.5, 0.6, 0.4, 0.5))]);
    }
    assert!(play.told().contains(&(1, "car", true)), "{:?}", play.told());
    for _ in 0..4 {
        play.glance(200, &[]); // All of them within a second.
    }
    assert!(play.numbers().contains(&1));
    play.glance(10_000, &[]);
    assert!(play.numbers().contains(&1));
    play.glance(10_000, &[]);
    assert!(!play.numbers().contains(&1));
}

#[test]
fn what_only_a_close_look_finds_is_not_missed_in_the_whole_picture() {
    let mut play = Play::new();
    let close = [Region::clamped(0.3, 0.4, 0.8, 0.9)];
    for _ in 0..5 {
        play.look_at(1_000, &close, &[], &[car(0.5)]);
    }
    for _ in 0..50 {
        play.glance(15_000, &[]);
    }
    assert_eq!(play.told(), [(1, "car", true)]);
    for _ in 0..3 {
        play.look_at(15_000, &close, &[], &[]);
    }
    assert_eq!(play.told(), []);
}

#[test]
fn a_box_that_fills_the_picture_has_no_place_to_stay_at() {
    let mut play = Play::new();
    for _ in 0..200 {
        play.glance(200, &[object("person", 1.0, Region::ALL)]);
        assert_eq!(play.told(), [(1, "person", false)]);
    }
}
