//! `[camera.motion]` and what is set for a trial.

use super::{check, good, told};
use crate::config::motion_with;
use crate::{Fraction, MotionSettings, PersonHeight, Point, Polygon, Tuning, Zone};
use std::time::Duration;

/// What a file with this under `[[camera]]` says of motion.
#[track_caller]
fn read(motion: &str) -> MotionSettings {
    let text = format!("[[camera]]\nname = \"door\"\nsource = \"demo:\"\n{motion}");
    good(&text).cameras.remove(0).motion
}

fn share(share: f32) -> Fraction {
    Fraction::new(share).unwrap()
}

fn polygon(corners: &[(f32, f32)]) -> Polygon {
    let point = |&(x, y): &(f32, f32)| Point { x: share(x), y: share(y) };
    Polygon::new(corners.iter().map(point).collect()).unwrap()
}

fn with(base: &MotionSettings, sets: &[&str]) -> MotionSettings {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    motion_with(base, &sets).unwrap_or_else(|faults| panic!("{}", told(&faults)))
}

/// Each fault of these sets, as its set and its problem.
fn refused(sets: &[&str]) -> Vec<(usize, String, String)> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let faults = motion_with(&MotionSettings::default(), &sets).unwrap_err();
    let told = faults
        .iter()
        .map(|fault| (fault.line(), fault.key().to_owned(), fault.problem().to_owned()));
    told.collect()
}

const EVERYTHING: &str = r#"
[camera.motion]
sensitivity = 0.7
min_area = 0.001
min_pixel_delta = 9
min_travel = 0.05
max_speed = 6
straightness = 0.5
frames_per_second = 5
[camera.motion.night]
sensitivity = 0.3
max_speed = 2.5
[[camera.motion.zone]]
name = "drive"
points = [[0, 0.5], [1, 0.5], [1, 1], [0, 1.0]]
[[camera.motion.zone]]
name = "front lawn"
points = [[0, 0], [0.5, 0], [0, 0.5]]
sensitivity = 1
min_area = 0.01
min_time = "1m30s"
[[camera.motion.mask]]
name = "the birch"
points = [[0.7, 0], [1, 0], [1, 0.3]]
[camera.motion.person]
near = 1.2
far = 0.2
far_at = 0.4
"#;

fn everything() -> MotionSettings {
    let tuning = Tuning {
        sensitivity: share(0.7),
        min_area: Some(share(0.001)),
        min_pixel_delta: Some(9),
        min_travel: share(0.05),
        max_speed: 6.0,
        straightness: share(0.5),
    };
    let drive = Zone {
        name: "drive".to_owned(),
        area: polygon(&[(0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)]),
        sensitivity: None,
        min_area: None,
        min_time: Duration::ZERO,
    };
    let lawn = Zone {
        name: "front lawn".to_owned(),
        area: polygon(&[(0.0, 0.0), (0.5, 0.0), (0.0, 0.5)]),
        sensitivity: Some(Fraction::ALL),
        min_area: Some(share(0.01)),
        min_time: Duration::from_secs(90),
    };
    MotionSettings {
        frames_per_second: 5,
        night: Some(Tuning { sensitivity: share(0.3), max_speed: 2.5, ..tuning.clone() }),
        tuning,
        zones: vec![drive, lawn],
        masks: vec![polygon(&[(0.7, 0.0), (1.0, 0.0), (1.0, 0.3)])],
        person: Some(PersonHeight { near: 1.2, far: 0.2, far_at: 0.4 }),
    }
}

#[test]
fn every_key_of_motion_is_read() {
    assert_eq!(read(EVERYTHING), everything());
    assert_eq!(read(""), MotionSettings::default());
    assert_eq!(read("[camera.motion]\n"), MotionSettings::default());
}

#[test]
fn each_camera_has_zones_of_its_own() {
    let config = good(
        r#"
[[camera]]
name = "door"
source = "demo:"
[[camera.motion.zone]]
name = "step"
points = [[0, 0], [1, 0], [1, 1]]
[[camera]]
name = "yard"
source = "demo:"
[[camera.motion.zone]]
name = "step"
points = [[0, 0], [1, 0], [0.5, 1]]
[[camera.motion.zone]]
name = "gate"
points = [[0, 0], [1, 0], [1, 1]]
"#,
    );
    let counts: Vec<usize> =
        config.cameras.iter().map(|camera| camera.motion.zones.len()).collect();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn every_fault_of_a_zone_is_told_at_once() {
    check(
        r#"
[[camera]]
name = "door"
source = "demo:"
[[camera.motion.zone]]
name = "drive"
points = [[0, 0], [1, 1]]
min_time = "11m"
[[camera.motion.zone]]
name = "drive"
points = [[0, 0], [1, 1], [1, 0], [0, 1]]
[[camera.motion.zone]]
name = " "
points = [[0, 0], [640, 0], [640, 360]]
sensitivity = 2
[[camera.motion.zone]]
points = [[0, 0], [50, 0], [1, 1]]
wallpaper = "red"
[[camera.motion.zone]]
name = "gate"
[[camera.motion.mask]]
points = [[-0.1, 0], [1, 0], [1, 1]]
[[camera.motion.mask]]
name = "the birch"
points = [0, 1]
[[camera.motion.mask]]
name = "the birch"
"#,
        r#"
7:10: camera[0].motion.zone[0].points = [[0, 0], [1, 1]]: must have 3 to 64 corners, and has 2
8:12: camera[0].motion.zone[0].min_time = "11m": must be between 0s and 10m
10:8: camera[0].motion.zone[1].name = "drive": camera[0].motion.zone[0].name on line 6 is that name already
11:10: camera[0].motion.zone[1].points = [[0, 0], [1, 1], [1, 0], [0, 1]]: its side from corner 1 to 2 crosses or touches that from corner 3 to 4; write the corners in order around the area
13:8: camera[0].motion.zone[2].name = " ": must be a name of 1 to 64 letters in quotes, such as "drive" or "front lawn"
14:10: camera[0].motion.zone[2].points = [[0, 0], [640, 0], [640, 360]]: corners 2, 3: must be shares of the picture from 0 to 1; for pixels, write x / width and y / height of the picture
15:15: camera[0].motion.zone[2].sensitivity = 2: must be a number from 0 to 1 without quotes, such as 0.002
16:1: camera[0].motion.zone[3]: name is missing; write name = "drive"
17:10: camera[0].motion.zone[3].points = [[0, 0], [50, 0], [1, 1]]: corner 2: must be shares of the picture from 0 to 1; for percent, write 0.5 for 50; for pixels, x / width and y / height of the picture
18:1: camera[0].motion.zone[3].wallpaper: unknown key; known here are name, points, sensitivity, min_area, min_time
19:1: camera[0].motion.zone[4]: points is missing; write points = [[0.1, 0.5], [0.9, 0.5], [0.5, 1]]
22:10: camera[0].motion.mask[0].points = [[-0.1, 0], [1, 0], [1, 1]]: corner 1: must be shares of the picture from 0 to 1; 0, 0 is the upper left corner of the picture, and 1, 1 the lower right one
25:10: camera[0].motion.mask[1].points = [0, 1]: must be a list of corners, each as [x, y] in shares of the picture's width and height, such as [[0.1, 0.5], [0.9, 0.5], [0.5, 1]]
26:1: camera[0].motion.mask[2]: points is missing; write points = [[0.1, 0.5], [0.9, 0.5], [0.5, 1]]
27:8: camera[0].motion.mask[2].name = "the birch": camera[0].motion.mask[1].name on line 24 is that name already
"#,
    );
}

#[test]
fn what_is_no_list_of_corners_is_refused() {
    for points in [
        "1",
        "\"all\"",
        "[[0, 0, 0], [1, 0, 0], [1, 1, 0]]",
        "[[0], [1], [2]]",
        "[[[0, 0], [1, 0]], [[1, 1], [0, 1]]]",
        "[[\"0\", 0], [1, 0], [1, 1]]",
        "[{ x = 0, y = 0 }, [1, 0], [1, 1]]",
        "[[nan, 0], [1, 0], [1, 1]]",
        "[0, 0, 1, 0, 1, 1]",
    ] {
        let set = format!("mask=[{{points={points}}}]");
        let faults = refused(&[&set]);
        assert_eq!(faults.len(), 1, "{points}: {faults:?}");
        assert!(faults[0].2.starts_with("must be a list of corners"), "{points}: {faults:?}");
    }
    assert!(refused(&["mask=[{points=[]}]"])[0].2.contains("has 0"));
}

#[test]
fn tables_of_motion_are_written_under_their_headers() {
    check(
        r#"
[[camera]]
name = "door"
source = "demo:"
[camera.motion]
night = 0.4
zone = ["drive"]
[camera.motion.mask]
"#,
        r"
6:9: camera[0].motion.night: must be a table; write [camera.motion.night] on a line of its own
7:9: camera[0].motion.zone[0]: write [[camera.motion.zone]] on a line of its own before each zone
8:1: camera[0].motion.mask: write [[camera.motion.mask]] on a line of its own before each mask
",
    );
}

#[test]
fn more_than_32_zones_or_masks_are_refused() {
    let zone = |number: usize| {
        format!("[[camera.motion.zone]]\nname = \"{number}\"\npoints = [[0,0],[1,0],[1,1]]\n")
    };
    let most: String = (0..32).map(zone).collect();
    assert_eq!(read(&most).zones.len(), 32);
    let text = format!("[[camera]]\nname = \"door\"\nsource = \"demo:\"\n{most}{}", zone(32));
    check(
        &text,
        "\n100:1: camera[0].motion.zone[32]: a camera has at most 32 zones; this one is too many\n",
    );
    let masks =
        |count: usize| format!("mask=[{}]", vec!["{points=[[0,0],[1,0],[1,1]]}"; count].join(","));
    assert_eq!(with(&MotionSettings::default(), &[&masks(32)]).masks.len(), 32);
    assert!(refused(&[&masks(33)])[0].2.contains("at most 32 masks"));
}

#[test]
fn numbers_of_motion_have_their_limits() {
    check(
        r#"
[[camera]]
name = "door"
source = "demo:"
[camera.motion]
sensitivity = "high"
frames_per_second = 31
max_speed = 0
min_travel = -1
straightness = 1.1
[camera.motion.night]
frames_per_second = 5
max_speed = inf
[camera.motion.person]
near = 0.1
far = 0.2
far_at = 1
"#,
        r#"
6:15: camera[0].motion.sensitivity = "high": must be a number from 0 to 1 without quotes, such as 0.002
7:21: camera[0].motion.frames_per_second = 31: must be a whole number from 1 to 30 without quotes, such as 10
8:13: camera[0].motion.max_speed = 0: must be a number from 0.1 to 100 without quotes, such as 4
9:14: camera[0].motion.min_travel = -1: must be a number from 0 to 1 without quotes, such as 0.002
10:16: camera[0].motion.straightness = 1.1: must be a number from 0 to 1 without quotes, such as 0.002
12:1: camera[0].motion.night.frames_per_second: unknown key; it belongs under [camera.motion]
13:13: camera[0].motion.night.max_speed = inf: must be a number from 0.1 to 100 without quotes, such as 4
16:7: camera[0].motion.person.far = 0.2: must not be more than near, which is 0.1
17:10: camera[0].motion.person.far_at = 1: must be below 1: near is said of the lower edge already
"#,
    );
}

#[test]
fn a_person_has_a_height_near_and_far() {
    check(
        "[[camera]]\nname = \"door\"\nsource = \"demo:\"\n[camera.motion.person]\nnear = 4.1\n",
        "\n4:1: camera[0].motion.person: far is missing; write far = 0.2\n\
         4:1: camera[0].motion.person: far_at is missing; write far_at = 0.4\n\
         5:8: camera[0].motion.person.near = 4.1: must be a share of the picture's height above 0 up to 4 without quotes, such as 0.5\n",
    );
}

mod sets {
    use super::*;

    #[test]
    fn a_set_changes_its_key_and_nothing_else() {
        let base = everything();
        assert_eq!(with(&base, &[]), base);
        let mut expected = base.clone();
        expected.tuning.sensitivity = share(0.4);
        assert_eq!(with(&base, &["sensitivity=0.4"]), expected);
        expected.frames_per_second = 12;
        let person = expected.person.as_mut().unwrap();
        person.near = 2.0;
        let sets = [
            " sensitivity = 0.4 ",
            "frames_per_second=12",
            "person.near=2",
            "person.far=0.2",
            "person.far_at=0.4",
        ];
        assert_eq!(with(&base, &sets), expected);
    }

    #[test]
    fn zones_and_masks_are_set_as_a_list() {
        let base = everything();
        let changed = with(&base, &["zone=[]", "mask=[{points=[[0,0],[1,0],[1,1]]}]"]);
        let expected = MotionSettings {
            zones: Vec::new(),
            masks: vec![polygon(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)])],
            ..base.clone()
        };
        assert_eq!(changed, expected);
        let one = "zone=[{name=\"gate\", points=[[0,0],[1,0],[1,1]], min_time=\"2s\"}]";
        assert_eq!(with(&base, &[one]).zones[0].min_time, Duration::from_secs(2));
    }

    #[test]
    fn what_by_night_is_as_by_day_stays_so() {
        let base = everything();
        let changed = with(&base, &["sensitivity=0.1", "straightness=0.9"]);
        let night = changed.night.unwrap();
        assert_eq!(night.sensitivity, share(0.3), "which the file says");
        assert_eq!(night.straightness, share(0.9), "which it does not say");
        let changed = with(&MotionSettings::default(), &["night.sensitivity=0.2"]);
        assert_eq!(changed.tuning(true).sensitivity, share(0.2));
        assert_eq!(changed.tuning(false), &Tuning::default());
    }

    #[test]
    fn a_set_that_is_none_is_refused_with_its_text() {
        let sets = [
            "sensitivity=high",
            "min_aera=0.1",
            "sensitivity",
            "# min_area=0.1",
            "night.min_travel=\n2",
            "",
            "[person]",
            "straightness=0.1\nmax_speed=2",
            "pre_roll=5s",
            "near=0.5",
            "min_area=${SHARE}",
        ];
        let share = "must be a number from 0 to 1 without quotes, such as 0.002";
        let no_set = "write KEY=VALUE with a key of [camera.motion], once, such as sensitivity=0.4";
        let problems = [
            share,
            "unknown key; did you mean min_area?",
            no_set,
            no_set,
            share,
            no_set,
            no_set,
            share,
            "unknown key; it belongs under [[camera]]",
            "unknown key; it belongs under [camera.motion.person]",
            "the environment variable SHARE cannot be read: a set can name none",
        ];
        let expected: Vec<_> = (1..)
            .zip(sets)
            .zip(problems)
            .map(|((number, set), problem): ((usize, _), _)| {
                (number, set.trim().to_owned(), problem.to_owned())
            })
            .collect();
        assert_eq!(refused(&sets), expected);
    }

    #[test]
    fn a_key_that_is_set_twice_is_refused() {
        let faults = refused(&["sensitivity=0.1", "sensitivity=0.2"]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].2.contains("once"), "{faults:?}");
    }

    #[test]
    fn what_is_missing_is_told_at_the_set_that_begins_it() {
        let faults = refused(&["min_area=0.1", "person.near=0.5"]);
        let problems: Vec<&str> = faults.iter().map(|(_, _, problem)| problem.as_str()).collect();
        assert_eq!(
            problems,
            ["far is missing; write far = 0.2", "far_at is missing; write far_at = 0.4"]
        );
        assert!(
            faults.iter().all(|(line, set, _)| *line == 2 && set == "person.near=0.5"),
            "{faults:?}"
        );
    }
}
