//! `[camera.objects]`, and what `[detector]` says for every camera.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{check, good};
use crate::config::Config;
use crate::{
    EventsOn, Fraction, Label, Line, ObjectSettings, ObjectTrigger, Point, Side, WantedDeed,
};

/// A camera with two zones.
const CAMERA: &str = r#"
[[camera]]
name = "door"
source = "demo:"
[[camera.motion.zone]]
name = "drive"
points = [[0, 0.5], [1, 0.5], [1, 1]]
[[camera.motion.zone]]
name = "lawn"
points = [[0, 0], [1, 0], [1, 0.4]]
"#;

pub(super) const MODEL: &str = "[detector]\nmodel = \"a.onnx\"\n";

/// What a file with this under `[detector]` and under `[[camera]]` says of objects.
#[track_caller]
fn objects(detector: &str, camera: &str) -> ObjectSettings {
    good(&format!("{MODEL}{detector}{CAMERA}{camera}")).cameras.remove(0).objects
}

/// The problems of such a file, each with its key.
#[track_caller]
pub(super) fn problems(detector: &str, camera: &str) -> Vec<String> {
    let text = format!("{detector}{CAMERA}{camera}");
    let faults = Config::read(&text, &mut super::look_up).expect_err("the file has a fault");
    faults.iter().map(|fault| format!("{}: {}", fault.key(), fault.problem())).collect()
}

fn label(word: &str) -> Label {
    word.parse().unwrap()
}

fn share(share: f32) -> Fraction {
    Fraction::new(share).unwrap()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn classes(classes: &[(&str, f32)]) -> BTreeMap<Label, Fraction> {
    classes.iter().map(|(word, score)| (label(word), share(*score))).collect()
}

#[test]
fn without_the_table_nobody_recognises_anything() {
    let config = good(CAMERA);
    assert_eq!(config.detector, None);
    assert_eq!(config.cameras[0].objects, ObjectSettings::default());
}

#[test]
fn every_key_of_objects_is_read() {
    let camera = r#"
[camera.objects]
enabled = false
classes = ["Person", "traffic light", "dog"]
min_score = 0.4
scores = { person = 0.6, "traffic light" = 0.9 }
detect_fps = 2
interval = "1m"
[[camera.objects.trigger]]
[[camera.objects.trigger]]
classes = ["person", "dog"]
zones = ["lawn", "drive"]
min_score = 0.8
[[camera.objects.trigger]]
does = "enters"
zones = ["lawn"]
[[camera.objects.trigger]]
does = "leaves"
zones = ["lawn"]
[[camera.objects.trigger]]
does = "loiters"
zones = ["drive"]
[[camera.objects.trigger]]
does = "crosses"
line = "gate"
towards = "right"
zones = ["drive"]
[[camera.objects.trigger]]
does = "crosses"
line = "gate"
[[camera.objects.line]]
name = "gate"
from = [0.1, 0.5]
to = [0.9, 1]
[[camera.objects.loiter]]
zone = "drive"
after = "20s"
"#;
    let trigger = |deed, zones| ObjectTrigger {
        classes: BTreeSet::new(),
        zones: names(zones),
        min_score: Fraction::NONE,
        deed,
    };
    let persons = ObjectTrigger {
        classes: [label("dog"), label("person")].into(),
        min_score: share(0.8),
        ..trigger(None, &["drive", "lawn"])
    };
    let gate = Line {
        name: "gate".to_owned(),
        from: Point { x: share(0.1), y: share(0.5) },
        to: Point { x: share(0.9), y: Fraction::ALL },
    };
    let cross = |side| Some(WantedDeed::Cross("gate".to_owned(), side));
    let expected = ObjectSettings {
        enabled: false,
        classes: classes(&[("dog", 0.4), ("person", 0.6), ("traffic light", 0.9)]),
        events: EventsOn::Motion,
        frames_per_second: 2,
        interval: Some(Duration::from_mins(1)),
        triggers: vec![
            trigger(None, &[]),
            persons,
            trigger(Some(WantedDeed::Enter), &["lawn"]),
            trigger(Some(WantedDeed::Leave), &["lawn"]),
            trigger(Some(WantedDeed::Loiter), &["drive"]),
            trigger(cross(Some(Side::Right)), &["drive"]),
            trigger(cross(None), &[]),
        ],
        loiter: [("drive".to_owned(), Duration::from_secs(20))].into(),
        lines: vec![gate],
    };
    assert_eq!(objects("", camera), expected);
    let on_objects = objects("", "[camera.objects]\nevents = \"objects\"\n");
    assert_eq!(on_objects.events, EventsOn::Objects);
}

mod inheritance {
    use super::*;

    const ALL: &str = "classes = [\"person\", \"car\", \"dog\"]\nmin_score = 0.4\n\
                       scores = { person = 0.6, car = 0.7 }\ndetect_fps = 3\ninterval = \"15s\"\n";

    #[test]
    fn a_camera_that_says_nothing_does_as_the_detector_says() {
        let expected = ObjectSettings {
            classes: classes(&[("person", 0.6), ("car", 0.7), ("dog", 0.4)]),
            frames_per_second: 3,
            interval: Some(Duration::from_secs(15)),
            ..ObjectSettings::default()
        };
        assert_eq!(objects(ALL, ""), expected);
        assert_eq!(objects("", ""), ObjectSettings::default());
        assert_eq!(objects("", "").classes, classes(&[("person", 0.5)]));
    }

    #[test]
    fn what_a_camera_says_counts_first() {
        for (camera, expected) in [
            ("min_score = 0.2", [("person", 0.2), ("car", 0.2), ("dog", 0.2)].as_slice()),
            ("scores = { person = 0.9 }", &[("person", 0.9), ("car", 0.7), ("dog", 0.4)]),
            (
                "min_score = 0.2\nscores = { car = 0.9 }",
                &[("person", 0.2), ("car", 0.9), ("dog", 0.2)],
            ),
            ("classes = [\"car\", \"cat\"]", &[("car", 0.7), ("cat", 0.4)]),
            ("classes = [\"cat\"]\nscores = { cat = 0.1 }", &[("cat", 0.1)]),
            ("[camera.objects.scores]\ndog = 0.3", &[("person", 0.6), ("car", 0.7), ("dog", 0.3)]),
        ] {
            let read = objects(ALL, &format!("[camera.objects]\n{camera}\n"));
            assert_eq!(read.classes, classes(expected), "{camera}");
        }
        let read = objects(ALL, "[camera.objects]\ndetect_fps = 1\ninterval = \"never\"\n");
        assert_eq!((read.frames_per_second, read.interval), (1, None));
    }

    #[test]
    fn a_score_is_of_a_class_that_is_looked_for() {
        check(
            r#"
[detector]
model = "a.onnx"
classes = ["person", "car"]
scores = { person = 0.6, dog = 0.5, Person = 0.1, "a/b" = 0.5, car = 2 }
[[camera]]
name = "door"
source = "demo:"
[camera.objects]
scores = { car = 0.5, cat = 0.5 }
[[camera]]
name = "yard"
source = "demo:"
[camera.objects]
classes = ["person"]
[camera.objects.scores]
car = "high"
person = 0.1
bird = 0.2
"#,
            r#"
5:32: detector.scores.dog = 0.5: needs "dog" in classes, which has "car", "person"
5:46: detector.scores.Person = 0.1: "person" has a score already
5:59: detector.scores."a/b" = 0.5: "a/b" cannot name a class of objects: use 1 to 40 letters, digits, spaces, '-', '_' and '.'
5:70: detector.scores.car = 2: must be a number from 0 to 1 without quotes, such as 0.002
10:29: camera[0].objects.scores.cat = 0.5: needs "cat" in classes, which has "car", "person"
17:7: camera[1].objects.scores.car: must be a number from 0 to 1 without quotes, such as 0.002
17:7: camera[1].objects.scores.car: needs "car" in classes, which has "person"
19:8: camera[1].objects.scores.bird = 0.2: needs "bird" in classes, which has "person"
"#,
        );
        check(
            "[detector]\nmodel = \"a\"\nscores = 0.5\n",
            "\n3:10: detector.scores: must be a table; write [detector.scores] on a line of its own\n",
        );
        // Keys that were written after a header that is not theirs.
        check(
            r#"
[detector]
url = "http://a"
protocol = "http"
[detector.scores]
person = "rosebud"
token = "rosebud"
detect_fps = 5
"#,
            r"
6:10: detector.scores.person: must be a number from 0 to 1 without quotes, such as 0.002
7:9: detector.scores.token: must be a number from 0 to 1 without quotes, such as 0.002
7:9: detector.scores.token: is no class; as a key it belongs under [detector]
8:14: detector.scores.detect_fps = 5: must be a number from 0 to 1 without quotes, such as 0.002
8:14: detector.scores.detect_fps = 5: is no class; as a key it belongs under [detector] or [camera.objects]
",
        );
    }

    #[test]
    fn classes_that_are_refused_make_no_second_fault() {
        let refused = problems(
            "[detector]\nmodel = \"a\"\nclasses = [1]\nscores = { car = 0.5 }\n",
            "[camera.objects]\nscores = { dog = 0.1 }\n[[camera.objects.trigger]]\nclasses = [\"dog\"]\n",
        );
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].starts_with("detector.classes: "), "{refused:?}");
    }

    /// A reload starts those cameras anew that are not as they were.
    #[test]
    fn only_cameras_whose_settings_in_force_change_are_different() {
        let text = |detector: &str, yard: &str| {
            format!(
                "{MODEL}{detector}\n[[camera]]\nname = \"door\"\nsource = \"demo:\"\n\
                 [[camera]]\nname = \"yard\"\nsource = \"demo:\"\n[camera.objects]\n{yard}\n"
            )
        };
        let before = good(&text("", "min_score = 0.5"));
        let changed = |after: &Config| {
            let cameras = before.cameras.iter().zip(&after.cameras);
            let changed = cameras.map(|(before, after)| before != after).collect::<Vec<_>>();
            (before.detector != after.detector, changed)
        };
        let after = good(&text("", "scores = { person = 0.5 }"));
        assert_eq!(changed(&after), (false, vec![false, false]), "the same in other words");
        let after = good(&text("min_score = 0.4", "min_score = 0.5"));
        assert_eq!(changed(&after), (false, vec![true, false]));
        let after = good(&text("", "min_score = 0.5\ndetect_fps = 1"));
        assert_eq!(changed(&after), (false, vec![false, true]));
        let after = good(&text("threads = 2", "min_score = 0.5"));
        assert_eq!(changed(&after), (true, vec![false, false]));
    }
}

#[test]
fn events_on_objects_need_somebody_who_finds_them() {
    assert_eq!(
        problems("", "[camera.objects]\nevents = \"objects\"\n"),
        [
            "camera[0].objects.events: needs a [detector]: without one there would be no events; write \
          one, or events = \"motion\""
        ]
    );
    assert_eq!(
        problems(MODEL, "[camera.objects]\nevents = \"objects\"\nenabled = false\n"),
        [
            "camera[0].objects.events: needs enabled = true: without it there would be no events; or \
          write events = \"motion\""
        ]
    );
    let alone = format!("{CAMERA}[camera.objects]\nclasses = [\"car\"]\n");
    assert_eq!(good(&alone).cameras[0].objects.classes, classes(&[("car", 0.5)]));
    // A detector with a fault is a detector.
    let refused = problems("[detector]\nmodel = 1\n", "[camera.objects]\nevents = \"objects\"\n");
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[test]
fn every_fault_of_objects_is_told_at_once() {
    check(
        r#"
[detector]
model = "a.onnx"
[[camera]]
name = "door"
source = "demo:"
[[camera.motion.zone]]
name = "drive"
points = [[0, 0.5], [1, 0.5], [1, 1]]
[[camera.motion.zone]]
name = "lawn"
points = [[0, 0], [1, 0], [1, 0.4]]
[camera.objects]
enabled = 1
events = "all"
[[camera.objects.trigger]]
classes = ["person", "car"]
zones = ["drive", "road"]
min_score = 70
does = "runs"
[[camera.objects.trigger]]
does = "enters"
line = "gate"
[[camera.objects.trigger]]
does = "loiters"
zones = ["drive", "lawn", "road"]
[[camera.objects.trigger]]
does = "crosses"
[[camera.objects.trigger]]
does = "crosses"
line = "fence"
towards = "up"
[[camera.objects.trigger]]
zones = []
towards = "left"
[[camera.objects.line]]
name = "gate"
from = [0.1, 0.5]
to = [0.1, 0.5]
[[camera.objects.line]]
name = "gate"
from = [10, 50]
to = 1
[[camera.objects.line]]
to = [0.1, -0.1]
[[camera.objects.loiter]]
zone = "lawn"
after = "2h"
[[camera.objects.loiter]]
zone = "lawn"
after = "1s"
[[camera.objects.loiter]]
zone = "road"
after = 20
[[camera.objects.loiter]]
"#,
        r#"
14:11: camera[0].objects.enabled = 1: must be true or false without quotes
15:10: camera[0].objects.events = "all": must be one of "motion", "objects"
17:11: camera[0].objects.trigger[0].classes = ["person", "car"]: needs "car" in classes, which has "person"
18:9: camera[0].objects.trigger[0].zones = ["drive", "road"]: there is no zone "road"; this camera has "drive", "lawn"
19:13: camera[0].objects.trigger[0].min_score = 70: must be a number from 0 to 1 without quotes, such as 0.002
20:8: camera[0].objects.trigger[0].does = "runs": must be one of "enters", "leaves", "loiters", "crosses"
22:8: camera[0].objects.trigger[1].does = "enters": needs zones too, the names of those in which it does so
23:8: camera[0].objects.trigger[1].line = "gate": needs does = "crosses"
25:8: camera[0].objects.trigger[2].does = "loiters": needs a [[camera.objects.loiter]] with zone = "drive", which says after how long
26:9: camera[0].objects.trigger[2].zones = ["drive", "lawn", "road"]: there is no zone "road"; this camera has "drive", "lawn"
28:8: camera[0].objects.trigger[3].does = "crosses": needs line too, the name of a line of this camera, such as "gate"
31:8: camera[0].objects.trigger[4].line = "fence": there is no line "fence"; this camera has "gate"
32:11: camera[0].objects.trigger[4].towards = "up": must be one of "left", "right"
34:9: camera[0].objects.trigger[5].zones = []: must be a list of the names of one zone or more in quotes, such as ["drive"]
35:11: camera[0].objects.trigger[5].towards = "left": needs does = "crosses"
39:6: camera[0].objects.line[0].to = [0.1, 0.5]: is where the line begins; it must end elsewhere
41:8: camera[0].objects.line[1].name = "gate": camera[0].objects.line[0].name on line 37 is that name already
42:8: camera[0].objects.line[1].from = [10, 50]: must be shares of the picture from 0 to 1; for percent, write 0.5 for 50; for pixels, x / width and y / height of the picture
43:6: camera[0].objects.line[1].to = 1: must be a place in the picture as [x, y], in shares of its width and height, such as [0.1, 0.5]
44:1: camera[0].objects.line[2]: name is missing; write name = "gate"
44:1: camera[0].objects.line[2]: from is missing; write from = [0.1, 0.5]
45:6: camera[0].objects.line[2].to = [0.1, -0.1]: must be shares of the picture from 0 to 1; 0, 0 is the upper left corner of the picture, and 1, 1 the lower right one
48:9: camera[0].objects.loiter[0].after = "2h": must be between 1s and 1h
50:8: camera[0].objects.loiter[1].zone = "lawn": camera[0].objects.loiter[0].zone on line 47 is that name already
53:8: camera[0].objects.loiter[2].zone = "road": there is no zone "road"; this camera has "drive", "lawn"
54:9: camera[0].objects.loiter[2].after = 20: write a unit, in quotes, such as "20s"
55:1: camera[0].objects.loiter[3]: zone is missing; write zone = "drive"
55:1: camera[0].objects.loiter[3]: after is missing; write after = "20s"
"#,
    );
}

#[test]
fn a_camera_without_zones_or_lines_is_told_how_to_make_them() {
    check(
        r#"
[detector]
model = "a.onnx"
[[camera]]
name = "door"
source = "demo:"
[[camera.objects.trigger]]
zones = ["drive"]
[[camera.objects.trigger]]
does = "crosses"
line = "gate"
[[camera.objects.trigger]]
does = "crosses"
[[camera]]
name = "yard"
source = "demo:"
[[camera.motion.zone]]
name = "drive"
points = [[0, 0.5], [1, 0.5], [1, 1]]
"#,
        r#"
8:9: camera[0].objects.trigger[0].zones = ["drive"]: there is no zone "drive"; this camera has none: write [[camera.motion.zone]]
11:8: camera[0].objects.trigger[1].line = "gate": there is no line "gate"; this camera has none: write [[camera.objects.line]]
13:8: camera[0].objects.trigger[2].does = "crosses": needs line too, the name of a line of this camera, such as "gate"
"#,
    );
}

#[test]
fn more_than_32_triggers_or_lines_are_refused() {
    let line = |number: usize| {
        format!("[[camera.objects.line]]\nname = \"{number}\"\nfrom = [0, 0]\nto = [1, 1]\n")
    };
    let lines = |count: usize| (0..count).map(line).collect::<String>();
    let triggers = |count: usize| "[[camera.objects.trigger]]\n".repeat(count);
    let most = objects("", &(lines(32) + &triggers(32)));
    assert_eq!((most.lines.len(), most.triggers.len()), (32, 32));
    assert_eq!(
        problems(MODEL, &(lines(33) + &triggers(34))),
        [
            "camera[0].objects.line[32]: a camera has at most 32 lines; this one is too many",
            "camera[0].objects.trigger[32]: a camera has at most 32 triggers; this one is too many",
        ]
    );
}

/// What owners copy from the guide.
#[test]
fn the_examples_of_the_guide_are_good() {
    let guide = include_str!("../../../../../docs/owner/README.md");
    let examples: Vec<&str> =
        guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 4, "{examples:?}");
    for example in examples {
        let plain = "[[camera]]\nname = \"door\"\nsource = \"demo:\"\n";
        let config = if example.contains("[detector]") {
            good(&format!("{example}{plain}"))
        } else if example.contains("[camera.motion]") {
            good(&format!("{plain}{example}"))
        } else {
            good(&format!("{MODEL}{CAMERA}{example}"))
        };
        assert_eq!(config.cameras.len(), 1, "{example}");
    }
}
