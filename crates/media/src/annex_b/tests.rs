use super::*;
use crate::cameras::{ALL, B_PICTURES, Dice, HIGH, INTRA_REFRESH, OPEN_GOP};

/// Draws a stream: `K` a key picture, `.` another.
fn draw(units: &[AccessUnit]) -> String {
    units.iter().map(|unit| if unit.kind == Kind::Key { 'K' } else { '.' }).collect()
}

#[rustfmt::skip] // A column is a picture.
#[test]
fn key_pictures_are_found_where_the_encoder_put_them() {
    assert_eq!(draw(&HIGH.units()),          "K.......K.......K.......");
    assert_eq!(draw(&B_PICTURES.units()),    "K.......K.......K.......");
    assert_eq!(draw(&INTRA_REFRESH.units()), "K.......K.......K.......");
    assert_eq!(draw(&OPEN_GOP.units()),      "K......K........K.......");
}

#[test]
fn it_does_not_matter_how_the_stream_is_cut() {
    let mut dice = Dice::new(7);
    for camera in ALL {
        let mut splitter = Splitter::new(camera.codec);
        let mut units = Vec::new();
        let mut rest = camera.stream;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(dice.below(9).min(rest.len()));
            units.extend(splitter.push(now));
            rest = later;
        }
        units.extend(splitter.finish());
        assert!(units == camera.units());
        assert_eq!(splitter.dropped(), 0);
    }
}

#[test]
fn a_picture_with_several_slices_is_one_picture() {
    let slices = |unit: &AccessUnit| nals(&unit.data).filter(|nal| nal[0] & 0x1f <= 5).count();
    assert!(B_PICTURES.units().iter().all(|unit| slices(unit) == 2));
}

#[test]
fn no_parameter_set_or_delimiter_stays_in_a_picture() {
    for camera in ALL {
        for unit in camera.units() {
            for nal in nals(&unit.data) {
                let role = role(camera.codec, nal);
                assert!(!matches!(role, Role::Set | Role::Delimiter | Role::Filler));
            }
        }
    }
}

#[test]
fn a_stream_joined_in_the_middle_begins_with_its_parameter_sets() {
    let mut splitter = Splitter::new(Codec::H264);
    let second = HIGH.stream.windows(5).skip(9).position(|w| w == [0, 0, 0, 1, 0x67]).unwrap();
    let mut units = splitter.push(&HIGH.stream[second / 2..]);
    units.extend(splitter.finish());
    assert_eq!(draw(&units), "K.......K.......");
    assert!(splitter.dropped() > 0);
}

#[test]
fn lengths_and_start_codes_are_the_same_picture() {
    for camera in ALL {
        for unit in camera.units() {
            assert_eq!(to_lengths(&to_start_codes(&unit.data)), unit.data);
        }
    }
    assert_eq!(to_lengths(&[9, 0, 0, 1, 5, 0, 0, 0, 1, 6, 0])[..], [0, 0, 0, 1, 5, 0, 0, 0, 1, 6]);
    assert!(to_start_codes(&[0, 0, 0, 9, 1]).is_empty());
}

#[test]
fn garbage_is_bounded_and_never_panics() {
    let mut dice = Dice::new(3);
    for camera in ALL {
        for times in [1, 30, 300] {
            let mut splitter = Splitter::new(camera.codec);
            splitter.push(&dice.damage(camera.stream, times));
            splitter.finish();
        }
    }
    let mut splitter = Splitter::new(Codec::H264);
    splitter.push(HIGH.stream);
    for byte in [0, 0xff] {
        let megabyte = vec![byte; 1 << 20];
        for _ in 0..20 {
            splitter.push(&megabyte);
            assert!(splitter.rest.len() + splitter.unit.len() <= 2 * LIMIT);
        }
    }
    // One NAL unit after the other, none of which ends a picture.
    let endless = [&[0, 0, 1, 0x41, 0x01][..], &vec![0x55; 1 << 20]].concat();
    for _ in 0..20 {
        splitter.push(&endless);
        assert!(splitter.rest.len() + splitter.unit.len() <= 3 * LIMIT);
    }
    let units = splitter.push(HIGH.stream);
    assert_eq!(draw(&units[units.len() - 23..]), "K.......K.......K......");
}
