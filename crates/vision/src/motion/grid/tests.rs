//! A drawn yard of 160x90 at 10 frames a second, looked at live and again from what was kept.

mod film;

use std::collections::BTreeSet;
use std::time::Duration;

use watchpost_model::{
    Fraction, MotionSettings, PersonHeight, Point, Polygon, Region, Tuning, Zone,
};

use super::*;
use crate::motion::evidence::State;
use crate::motion::plane::Size;
use crate::motion::scene::Scene;
use crate::motion::{Judge, Motion};
use film::{Film, random};

/// What moved: when, and a box around each thing.
type Seen = Vec<(WallTime, Vec<Region>)>;
/// What is drawn into a frame.
type Drawing = fn(&mut Film);

#[test]
fn what_is_kept_is_judged_as_it_was_live() {
    let settings = owners();
    let mut live: Vec<(Judge, Seen)> =
        settings.iter().map(|settings| (Judge::new(settings.clone()), Vec::new())).collect();
    let (mut writer, mut pages) = (Writer::new(), Vec::new());
    let frames = 4200;
    play(frames, Film::busy, |evidence, passed| {
        let mut motion = Motion::none();
        for (judge, seen) in live.iter_mut().rev() {
            motion = judge.step(evidence, passed);
            note(seen, &motion, wall(passed));
        }
        pages.extend(writer.step(evidence, &motion, wall(passed)));
    });
    pages.extend(writer.finish());

    let kept: Vec<Frame> = pages.iter().flat_map(|page| read(&page.grid).unwrap()).collect();
    assert!(kept.len() < frames * 7 / 10, "{} of {frames} frames are kept", kept.len());
    assert!(kept.iter().all(|frame| frame.detail == Detail::Whole));
    let counts: Vec<usize> = live.iter().map(|(_, seen)| seen.len()).collect();
    let differ = counts.iter().collect::<BTreeSet<_>>().len();
    assert!(differ >= 9, "each owner sees something else, or this says little: {counts:?}");
    for (number, (settings, (_, seen))) in settings.iter().zip(live).enumerate() {
        let (mut judge, mut again) = (Judge::new(settings.clone()), Vec::new());
        for Frame { at, evidence, .. } in &kept {
            let motion = judge.step(evidence, at.since_or_zero(kept[0].at));
            note(&mut again, &motion, *at);
        }
        assert!(!seen.is_empty(), "the owner of number {number} sees something");
        assert_eq!(again.len(), seen.len(), "number {number}");
        assert!(again == seen, "number {number} sees another thing again");
    }
}

/// Settings of all kinds; the first is the camera's own.
fn owners() -> Vec<MotionSettings> {
    let at =
        |sensitivity| Tuning { sensitivity: Fraction::clamped(sensitivity), ..Tuning::default() };
    let of = |tuning| MotionSettings { tuning, ..MotionSettings::default() };
    let left = polygon(&[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]);
    let gate = polygon(&[(0.3, 0.3), (0.9, 0.2), (0.8, 0.9), (0.3, 0.8)]);
    let zone = |name: &str, area: &Polygon, sensitivity, min_time| Zone {
        name: name.into(),
        area: area.clone(),
        sensitivity,
        min_area: None,
        min_time: Duration::from_millis(min_time),
    };
    let mut all: Vec<_> = [0.5, 0.0, 0.25, 0.75, 1.0].map(|value| of(at(value))).into();
    all.push(MotionSettings {
        zones: vec![
            zone("left", &left, Some(Fraction::clamped(0.8)), 0),
            zone("gate", &gate, None, 500),
        ],
        ..of(at(0.3))
    });
    all.push(MotionSettings { masks: vec![left], ..of(at(0.6)) });
    all.push(of(Tuning { min_area: Some(Fraction::clamped(0.012)), ..at(0.5) }));
    all.push(of(Tuning { min_pixel_delta: Some(30), ..at(0.5) }));
    all.push(MotionSettings { night: Some(at(0.05)), ..of(at(0.7)) });
    let person = Some(PersonHeight { near: 0.6, far: 0.05, far_at: 0.3 });
    all.push(MotionSettings { person, ..of(at(0.5)) });
    all
}

#[test]
fn pages_follow_one_another_and_stand_alone() {
    let pages = pages(2400, Film::busy);
    assert!(pages.len() > 2, "{}", pages.len());
    for page in &pages {
        let length = page.end.since(page.start).unwrap();
        assert!(length <= Duration::from_mins(15));
        assert_eq!(page.levels.len(), usize::try_from(length.as_millis().div_ceil(1000)).unwrap());
        for frame in read(&page.grid).unwrap() {
            assert!(frame.at >= page.start && frame.at < page.end);
            let second = frame.at.since(page.start).unwrap().as_secs();
            assert!(usize::try_from(second).unwrap() < page.levels.len());
        }
    }
    for pair in pages.windows(2) {
        assert_eq!(pair[0].end, pair[1].start);
        let stirred = read(&pair[0].grid).unwrap().next().unwrap().at;
        assert!(pair[1].start.since(stirred).unwrap() <= Duration::from_mins(1));
    }
    let levels: Vec<u8> = pages.iter().flat_map(|page| page.levels.clone()).collect();
    assert!(levels.contains(&0) && levels.iter().any(|level| *level > 20), "{levels:?}");
}

#[test]
fn noise_and_rain_cost_little_and_are_covered_whole() {
    let frames = 6_000;
    // Before they are compressed: noise only its seconds, rain half a megabyte and what it is taken
    // for at the standard sensitivity.
    let cases: [(Drawing, usize); 2] = [(Film::quiet, 2_000), (Film::rain, 1_000_000)];
    for (draw, most) in cases {
        let pages = pages(frames, draw);
        let bytes: usize = pages.iter().map(|page| page.grid.len() + page.levels.len()).sum();
        assert!(bytes < most, "{bytes} of {most} bytes");
        let length = pages.iter().map(|page| page.end.since(page.start).unwrap()).sum::<Duration>();
        assert_eq!(length, Duration::from_micros(599_900_001));
    }
}

#[test]
fn a_storm_is_bounded_and_says_so() {
    // Everything in the picture travels, for five minutes.
    let size = Size { width: 160, height: 90 };
    let (mut writer, mut pages) = (Writer::new(), Vec::new());
    let minutes = 5;
    for number in 0..minutes * 600 {
        let evidence = storm(size, number);
        let at = wall(Duration::from_millis(100) * u32::try_from(number).unwrap());
        let mut motion = Motion::none();
        let region = Region {
            left: Fraction::NONE,
            top: Fraction::NONE,
            right: Fraction::ALL,
            bottom: Fraction::ALL,
        };
        motion.things.push(crate::motion::Thing { track: 0, region, zones: Vec::new() });
        pages.extend(writer.step(&evidence, &motion, at));
    }
    pages.extend(writer.finish());
    let bytes: usize = pages.iter().map(|page| page.grid.len()).sum();
    assert!(bytes < 12_000_000 + 5_000 * 60 * minutes + 1_000_000, "{bytes}");
    let details: Vec<Detail> =
        pages.iter().flat_map(|page| read(&page.grid).unwrap()).map(|frame| frame.detail).collect();
    assert_eq!(details.len(), minutes * 600);
    for detail in [Detail::Whole, Detail::Plain, Detail::Nothing] {
        assert!(details.contains(&detail), "{detail:?}");
    }
}

#[test]
fn what_is_kept_plain_is_judged_as_whole_at_the_standard_sensitivity() {
    let [mut whole, mut kept] = [(); 2].map(|()| Judge::new(MotionSettings::default()));
    let mut moved = 0;
    play(600, Film::busy, |evidence, passed| {
        let mut coded = coding::Coded::new(wall(Duration::ZERO), evidence.size);
        let (state, is_night) = (evidence.state, evidence.is_night);
        let head = coding::Head { at: wall(passed), state, is_night, detail: Detail::Plain };
        coded.take(head, &coding::Pixels::of(evidence, Detail::Plain));
        let grid = coded.finish();
        let frame = read(&grid).unwrap().next().unwrap();
        let (whole, kept) = (whole.step(evidence, passed), kept.step(&frame.evidence, passed));
        assert_eq!(whole, kept);
        moved += usize::from(whole.is_moving());
    });
    assert!(moved > 20);
}

/// Half of the pixels differ, each by chance.
fn storm(size: Size, number: usize) -> Evidence {
    let mut evidence = Evidence::new(size);
    (evidence.state, evidence.is_empty) = (State::Known, false);
    let pixels = evidence.strength.iter_mut().zip(&mut evidence.difference);
    for (pixel, (strength, difference)) in pixels.enumerate().filter(|(pixel, _)| pixel % 3 > 0) {
        let chance = random(pixel + number * 14400);
        *strength = u8::try_from(crate::cast::floor(chance * 18.0)).unwrap();
        *difference = crate::cast::level_of((chance - 0.5) * 254.0);
    }
    evidence
}

#[test]
fn a_clock_set_back_a_pause_and_another_size_begin_a_page() {
    let (small, large) = (Size { width: 16, height: 9 }, Size { width: 32, height: 18 });
    let mut writer = Writer::new();
    let mut step = |size, second| {
        let mut evidence = Evidence::new(size);
        evidence.clear(State::Known);
        let page = writer.step(&evidence, &Motion::none(), wall(Duration::from_secs(second)));
        page.map(|page| (page.start, page.end))
    };
    let page = |start, end| {
        let moment = |second| wall(Duration::from_secs(second));
        Some((moment(start), moment(end) + Duration::from_micros(1)))
    };
    assert_eq!(step(small, 100), None);
    assert_eq!(step(small, 110), None);
    assert_eq!(step(small, 50), page(100, 110));
    assert_eq!(step(small, 51), None);
    assert_eq!(step(small, 90), page(50, 51));
    assert_eq!(step(large, 91), page(90, 90));
    assert_eq!(writer.finish().map(|page| (page.start, page.end)), page(91, 91));
    assert_eq!(writer.finish(), None);
}

#[test]
fn a_frame_is_read_as_it_was_written() {
    let sizes = [(160, 90), (1, 1), (3, 200), (200, 3)];
    for (number, (width, height)) in sizes.into_iter().enumerate() {
        let written = storm(Size { width, height }, number);
        let start = WallTime::from_micros(-5);
        let mut coded = coding::Coded::new(start, written.size);
        let head = coding::Head {
            at: WallTime::from_micros(1_000_000),
            state: State::Known,
            is_night: true,
            detail: Detail::Whole,
        };
        for _ in 0..3 {
            coded.take(head, &coding::Pixels::of(&written, Detail::Whole));
        }
        let grid = coded.finish();
        let frames: Vec<Frame> = read(&grid).unwrap().collect();
        assert_eq!(frames.len(), 3);
        for frame in frames {
            assert_eq!((frame.at, frame.detail), (head.at, Detail::Whole));
            let mut evidence = written.clone();
            evidence.is_night = true;
            evidence.is_empty = frame.evidence.is_empty; // A frame of a pixel may be blank.
            assert_eq!(frame.evidence, evidence);
        }
    }
}

#[test]
fn damaged_bytes_are_refused_or_read_but_never_trusted() {
    let whole = pages(300, Film::busy).swap_remove(0).grid;
    assert!(read(&whole).unwrap().count() > 30);
    let mut refused = 0;
    for round in 0..1000 {
        let mut bytes = whole.clone();
        for change in 0..=round % 4 {
            let chance = |salt: usize, most: usize| {
                crate::cast::floor(random(round * 64 + change * 8 + salt) * crate::cast::real(most))
            };
            // Most of the frames' heads stand near the beginning.
            let reach = if round % 3 == 0 { bytes.len() } else { bytes.len().min(400) };
            let index = chance(0, reach);
            match chance(1, 4) {
                0 => bytes[index] = u8::MAX,
                1 => bytes[index] = bytes[index].wrapping_add(1),
                2 => bytes[index] = u8::try_from(chance(2, 256)).unwrap(),
                _ => bytes.truncate(index.max(1)),
            }
        }
        match read(&bytes) {
            Err(_) => refused += 1,
            Ok(frames) => {
                let mut judge = Judge::new(MotionSettings::default());
                for frame in frames {
                    let at = frame.at.since_or_zero(wall(Duration::ZERO));
                    judge.step(&frame.evidence, at);
                }
            }
        }
    }
    assert!(refused > 300, "{refused}");
    for length in (0..whole.len()).step_by(101) {
        assert!(read(&whole[..length]).is_err(), "cut at {length}");
    }
}

fn pages(frames: usize, draw: Drawing) -> Vec<Page> {
    let mut judge = Judge::new(MotionSettings::default());
    let (mut writer, mut pages) = (Writer::new(), Vec::new());
    play(frames, draw, |evidence, passed| {
        let motion = judge.step(evidence, passed);
        pages.extend(writer.step(evidence, &motion, wall(passed)));
    });
    pages.extend(writer.finish());
    pages
}

/// Shows as many frames to a scene, and what they show to `each`; from the second minute to the
/// third it is night.
fn play(frames: usize, draw: Drawing, mut each: impl FnMut(&Evidence, Duration)) {
    let (mut film, mut scene) = (Film::new(), None);
    for number in 0..frames {
        let passed = Duration::from_millis(100) * u32::try_from(number).unwrap();
        let grey = film.shoot(number, draw);
        let scene = scene.get_or_insert_with(|| Scene::new(&grey, passed));
        let mut evidence = scene.step(&grey, passed).clone();
        evidence.is_night = (1200..1800).contains(&number);
        each(&evidence, passed);
    }
}

fn note(seen: &mut Seen, motion: &Motion, at: WallTime) {
    if motion.is_moving() {
        seen.push((at, motion.regions()));
    }
}

fn wall(passed: Duration) -> WallTime {
    WallTime::from_micros(1_763_700_000_000_000) + passed
}

fn polygon(corners: &[(f32, f32)]) -> Polygon {
    let point = |&(x, y): &(f32, f32)| Point { x: Fraction::clamped(x), y: Fraction::clamped(y) };
    Polygon::new(corners.iter().map(point).collect()).unwrap()
}
