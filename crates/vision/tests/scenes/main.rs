//! Hours of generated scenes: nobody there, and everything that light, weather and cameras do, by
//! day and by night; then people, cyclists, dogs and cars put into scenes of the same kinds.
//!
//! Scenes are drawn in linear light and filmed as a camera does it, at the size that the detector
//! works at. Nothing is tuned to the detector. What is asked is what the drawing leaves possible:
//! people from 9 pixels high who, on most of their way, differ from what is behind them in at least 14
//! pixels by at least 14 grey levels and 3.5 standard deviations of the noise; see `scene.rs`.
//! Not drawn: shadows that turn with headlights, rolling shutter, lens distortion.

mod cast;
mod random;

mod canvas;
mod plate;
mod places;
mod disturbance;
mod light;
mod beams;
mod sway;
mod weather;
mod camera;

mod path;
mod actor;
mod kind;
mod scene;
mod score;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use cast::{floor, real};
use kind::Kind;
use scene::{RATE, Scene};
use score::{Score, Span, Truth};
use watchpost_model::MotionSettings;
use watchpost_vision::motion::Detector;

/// False events an hour, at most. What is wanted is 1; what is reached is 4 to 5. Never loosened.
const MOST_FALSE: f32 = 6.0;
/// The same of ten hours of other seeds, which nobody looked at while the detector was made: 11 are
/// reached.
const MOST_FALSE_UNSEEN: f32 = 12.0;
/// Share of events found, at least. What is wanted is 0.97; what is reached is 0.93 to 0.95. Never
/// loosened.
const LEAST_RECALL: f32 = 0.92;
/// Seconds of a scene without anybody.
const QUIET: f32 = 75.0;
/// Actors in each scene of the other kind.
const ACTORS: usize = 3;
/// The seeds of scenes with actors begin here.
const WALKED: u64 = 500_000;

#[test]
fn nobody_is_seen_where_nobody_is_1() {
    quiet(&[1, 2]).check_false(MOST_FALSE);
}

#[test]
fn nobody_is_seen_where_nobody_is_2() {
    quiet(&[3, 4]).check_false(MOST_FALSE);
}

#[test]
fn who_moves_is_seen_1() {
    walked(&[1]).check_recall();
}

#[test]
fn who_moves_is_seen_2() {
    walked(&[2]).check_recall();
}

#[test]
#[ignore = "ten hours: `cargo test -p watchpost-vision --test scenes -- --ignored --nocapture`"]
fn nobody_is_seen_where_nobody_is_in_ten_hours() {
    let table = quiet(&(100..115).collect::<Vec<_>>());
    eprintln!("{table}");
    table.check_false(MOST_FALSE_UNSEEN);
}

#[test]
#[ignore = "ten hours: `cargo test -p watchpost-vision --test scenes -- --ignored --nocapture`"]
fn who_moves_is_seen_in_ten_hours() {
    let table = walked(&(100..115).collect::<Vec<_>>());
    eprintln!("{table}");
    table.check_recall();
}

/// A scene of each kind for each seed, without anybody.
fn quiet(seeds: &[u64]) -> Table {
    Table::of(seeds.iter().map(|seed| seed * 1000))
}

/// The same with actors.
fn walked(seeds: &[u64]) -> Table {
    Table::of(seeds.iter().map(|seed| WALKED + seed * 1000))
}

/// The scene of a seed: its last three digits are the kind's number, and from [`WALKED`] on somebody
/// walks there.
fn scene_of(seed: u64) -> Scene {
    let number = usize::try_from(seed % 1000).expect("three digits fit");
    if seed < WALKED {
        Scene::quiet(Kind::ALL[number], seed, QUIET)
    } else {
        Scene::walked(Kind::ALL[number], seed, ACTORS)
    }
}

/// When the detector says that something moves.
fn watch(scene: &mut Scene) -> Vec<Span> {
    let mut detector = Detector::new(MotionSettings::default());
    let mut told = Vec::new();
    for number in 0..floor(scene.length * RATE) {
        let t = real(number) / RATE;
        let frame = scene.frame(t);
        if detector.step(&frame, Duration::from_secs_f32(t)).is_moving() {
            told.push((t, t + 1.0 / RATE));
        }
    }
    told
}

/// Results by kind.
#[derive(Default)]
struct Table {
    rows: BTreeMap<Kind, Row>,
    /// What went wrong, scene by scene.
    faults: Vec<String>,
}

#[derive(Clone, Copy, Default)]
struct Row {
    seconds: f32,
    false_events: f32,
    events: usize,
    found: usize,
}

impl Table {
    fn of(firsts: impl Iterator<Item = u64>) -> Self {
        let mut table = Self::default();
        for first in firsts {
            for (number, kind) in (0_u64..).zip(Kind::ALL) {
                table.add(kind, first + number, scene_of(first + number));
            }
        }
        table
    }

    fn add(&mut self, kind: Kind, seed: u64, mut scene: Scene) {
        let truth = scene.truth();
        let score = Score::new(&watch(&mut scene), &truth);
        let row = self.rows.entry(kind).or_default();
        row.seconds += free(&truth, scene.length);
        row.false_events += score.false_events();
        row.events += truth.events.len();
        row.found += score.found;
        let what = format!("seed {seed} {:?} {:?}", scene.hour, scene.kinds);
        if !score.falsely.is_empty() {
            self.faults.push(format!("{what}: false {:?}", score.falsely));
        }
        for missed in score.missed {
            let is_who = |actor: &&actor::Actor| actor.path.end() >= missed.1 - 0.1;
            let who = scene.actors.iter().find(is_who).map(|actor| actor.body);
            self.faults.push(format!("{what}: missed {missed:?} {who:?}"));
        }
    }

    fn sum(&self) -> Row {
        self.rows.values().fold(Row::default(), |sum, row| Row {
            seconds: sum.seconds + row.seconds,
            false_events: sum.false_events + row.false_events,
            events: sum.events + row.events,
            found: sum.found + row.found,
        })
    }

    fn check_false(&self, most: f32) {
        assert!(self.sum().false_per_hour() <= most, "too much is seen\n{self}");
    }

    fn check_recall(&self) {
        assert!(self.sum().recall() >= LEAST_RECALL, "too little is seen\n{self}");
    }
}

impl Row {
    fn false_per_hour(&self) -> f32 {
        self.false_events * 3600.0 / self.seconds
    }

    fn recall(&self) -> f32 {
        if self.events == 0 { 1.0 } else { real(self.found) / real(self.events) }
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::from("kind            minutes  false  per hour  found  of\n");
        let all = self.rows.iter().map(|(kind, row)| (format!("{kind:?}"), *row));
        for (kind, row) in all.chain([("all".to_owned(), self.sum())]) {
            let (minutes, per_hour) = (row.seconds / 60.0, row.false_per_hour());
            let Row { false_events, found, events, .. } = row;
            writeln!(
                out,
                "{kind:14} {minutes:8.1} {false_events:6} {per_hour:9.2} {found:6} {events:3}"
            )?;
        }
        write!(f, "{out}{}", self.faults.join("\n"))
    }
}

/// Seconds in which something could be false.
fn free(truth: &Truth, length: f32) -> f32 {
    let always = Score::new(&[(0.0, length)], truth);
    always.falsely.iter().map(|span| span.1 - span.0).sum()
}

/// Writes the scenes of some seeds, `SEEDS=1004,501003`, as raw grey frames of 160x90 into the target
/// folder's `tmp`, to be looked at: `ffplay -f rawvideo -pixel_format gray -video_size 160x90
/// -framerate 10 FILE`. Without `SEEDS`, one of each kind with actors.
#[test]
#[ignore = "writes films to look at"]
fn films() {
    let seeds: Vec<u64> = match std::env::var("SEEDS") {
        Ok(seeds) => seeds.split(',').map(|seed| seed.parse().expect("a number")).collect(),
        Err(_) => (0_u64..).zip(Kind::ALL).map(|(number, _)| WALKED + 1000 + number).collect(),
    };
    for seed in seeds {
        let mut scene = scene_of(seed);
        let frames = (0..floor(scene.length * RATE)).map(|number| scene.frame(real(number) / RATE));
        let film: Vec<u8> = frames.flat_map(|frame| frame.pixels().to_vec()).collect();
        let name =
            format!("{}/scene-{seed}-{:?}.gray", env!("CARGO_TARGET_TMPDIR"), scene.kinds[0]);
        std::fs::write(&name, film).expect("the target folder can be written");
    }
}
