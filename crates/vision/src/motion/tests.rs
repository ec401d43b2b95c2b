//! Generated scenes of 160x90 at 10 frames a second: a textured wall, what is drawn on it, noise.

use std::f32::consts::TAU;

use watchpost_model::{Point, Polygon, Tuning};

use super::shape::Shape;
use super::track::Tracks;
use super::*;
use crate::cast::{floor, real};

#[rustfmt::skip] // A column is a second: `m` where something moves.
mod stories {
    use super::*;

    #[test]
    fn who_walks_by_is_seen_until_gone() {
        check("....mmmm....", |wall, t| wall.walker(t - 4.0, 4.0));
    }

    #[test]
    fn who_walks_by_in_the_dark_is_seen() {
        check("....mmmm....", |wall, t| {
            wall.light(|_, _| 0.3);
            wall.walker(t - 4.0, 4.0);
            wall.noise(6.0, 0..160);
        });
    }

    #[test]
    fn what_is_put_down_and_stays_does_not_move() {
        check("............", |wall, t| if t >= 4.0 { wall.thing(70.0, 40.0, 12.0, 20.0, 60.0) });
    }

    #[test]
    fn noise_does_not_move() {
        check("............", |wall, _| wall.noise(45.0, 80..160));
    }

    #[test]
    fn rain_does_not_move() {
        check("............", |wall, t| for drop in 0..20 {
            let (x, y) = (random(floor(t * 10.0) * 99 + drop), random(floor(t * 10.0) * 77 + drop));
            wall.thing(x * 160.0, y * 90.0, 2.0, 9.0, 60.0);
        });
    }

    #[test]
    fn snow_does_not_move() {
        check("............", |wall, t| for flake in 0..10 {
            let fallen = (random(flake) + t * 0.5) % 1.0;
            wall.thing(random(flake + 50) * 160.0 + fallen * 20.0, fallen * 90.0, 3.0, 3.0, 80.0);
        });
    }

    #[test]
    fn a_slow_cloud_does_not_move() {
        check("............", |wall, t| wall.light(|x, _| {
            1.0 - 0.5 * ((t - 3.0) / 3.0 - x / 200.0).clamp(0.0, 1.0)
        }));
    }

    #[test]
    fn a_shadow_does_not_move() {
        check("............", |wall, t| wall.light(|x, y| {
            let edge = |d: f32| (d / 9.0).clamp(0.0, 1.0);
            let left = (t - 4.0) * 20.0;
            let inside = edge(x - left) * edge(left + 40.0 - x) * edge(y - 20.0) * edge(70.0 - y);
            1.0 - 0.25 * inside
        }));
    }

    #[test]
    fn a_headlight_on_the_road_does_not_move() {
        check("............", |wall, t| wall.light(|x, y| {
            let far = ((x - (t - 4.0) * 30.0) / 22.0).powi(2) + ((y - 50.0) / 11.0).powi(2);
            1.0 + 2.0 * (-far).exp()
        }));
    }

    #[test]
    fn a_lamp_switched_on_hides_nobody_for_long() {
        check("........mmmm...", |wall, t| {
            if t >= 4.0 {
                wall.turn();
            }
            wall.walker(t - 8.0, 4.0);
        });
    }

    #[test]
    fn a_camera_in_the_wind_sees_nothing_move() {
        check("............", |wall, t| wall.shake((t * 7.0).sin() * (t - 4.0).clamp(0.0, 1.0)));
    }

    #[test]
    fn a_branch_is_silenced_after_a_while() {
        check("????????????........", |wall, t| {
            wall.thing(60.0 + 6.0 * (t * TAU * 0.8).sin(), 30.0, 12.0, 16.0, 60.0);
        });
    }

    #[test]
    fn what_only_dwindles_does_not_move() {
        check("............", |wall, t| {
            let gone = ((t - 4.0) * 4.0).clamp(0.0, 16.0);
            wall.thing(60.0 + gone, 40.0, 20.0 - gone, 20.0, if t > 2.0 { 60.0 } else { 0.0 });
        });
    }
}

#[test]
fn a_region_outlines_what_moves() {
    let mut detector = Detector::new(MotionSettings::default());
    let mut last = Motion::none();
    for frame in 0..60 {
        let t = real(frame) / 10.0;
        last = detector.step(&film(&|wall: &mut Wall, t| wall.walker(t - 4.0, 4.0), t), seconds(t));
    }
    let [Region { left, top, right, bottom }] = last.regions()[..] else { panic!("{last:?}") };
    let x = WALKED * (5.9 - 4.0) / 4.0 - 10.0; // The walker's left edge in the last frame.
    let got = [left.get() * 160.0, top.get() * 90.0, right.get() * 160.0, bottom.get() * 90.0];
    for (got, drawn) in got.into_iter().zip([x, 35.0, x + 10.0, 65.0]) {
        assert!((got - drawn).abs() <= 3.0, "{got} for {drawn}");
    }
    assert!((last.area.get() - 300.0 / 14400.0).abs() < 0.008, "{:?}", last.area);
}

#[test]
fn the_settings_say_how_much_counts() {
    let walk = |wall: &mut Wall, t: f32| wall.walker(t - 2.0, 4.0);
    let seen = |min_area, min_pixel_delta| {
        watch(settings(min_area, min_pixel_delta), 6, &walk).contains('m')
    };
    assert!(seen(0.015, 7));
    assert!(!seen(0.04, 7), "the walker covers 2 % of the picture");
    assert!(seen(0.0004, 40));
    assert!(!seen(0.0004, 120), "the walker differs by 60 to 90 grey levels");
}

fn settings(min_area: f32, min_pixel_delta: u8) -> MotionSettings {
    let tuning = Tuning {
        min_area: Some(Fraction::clamped(min_area)),
        min_pixel_delta: Some(min_pixel_delta),
        ..Tuning::default()
    };
    MotionSettings { tuning, ..MotionSettings::default() }
}

/// Whether a shape 40 pixels long that goes so many pixels a frame is said to go within 1.5 s.
fn crawls(pixels: f32) -> bool {
    let mut tracks = Tracks::new(plane::Size { width: 160, height: 90 });
    (0..16).any(|frame| {
        let x = 40.0 + pixels * real(frame);
        let (left, right) = (floor(x), floor(x) + 40);
        let shape = Shape {
            area: 400,
            left,
            top: 40,
            right,
            bottom: 50,
            x: x + 20.0,
            y: 45.0,
            is_sharp: true,
        };
        tracks.take(std::iter::once(&shape), seconds(real(frame) / 10.0), &Tuning::default());
        tracks.seen().any(|track| track.goes())
    })
}

#[test]
fn what_comes_less_far_than_a_share_of_its_length_goes_nowhere() {
    assert!(crawls(0.8));
    assert!(!crawls(0.3), "4.5 pixels are no way for something of 40");
}

#[test]
fn who_is_out_of_sight_for_two_frames_is_still_the_same() {
    let numbers = |hidden: usize| {
        let mut detector = Detector::new(MotionSettings::default());
        let mut numbers = Vec::new();
        for frame in 0..80 {
            let t = real(frame) / 10.0;
            let draw = |wall: &mut Wall, t: f32| {
                if !(60..60 + hidden).contains(&frame) {
                    wall.walker(t - 4.0, 4.0);
                }
            };
            let motion = detector.step(&film(&draw, t), seconds(t));
            numbers.extend(motion.things.iter().map(|thing| thing.track));
        }
        numbers.dedup();
        numbers.len()
    };
    assert_eq!(numbers(2), 1);
    assert_eq!(numbers(10), 2);
}

#[test]
fn no_frame_and_no_time_is_too_odd() {
    let sizes = [(1, 1), (1, 1), (3, 200), (3, 200), (200, 3), (2, 2), (160, 90), (7, 1), (1, 7)];
    let times = [0, 100, 200, 150, 0, 10_000_000, 10_000_100, 10_000_100, 5, u64::MAX, 7];
    let mut detector = Detector::new(settings(0.0, 0));
    for (width, height) in sizes {
        for round in 0..20 {
            for (number, &millis) in times.iter().enumerate() {
                let grey = |pixel| match round % 4 {
                    0 => 0,
                    1 => 255,
                    2 => u8::try_from(floor(random(pixel * 31 + number) * 255.0)).unwrap(),
                    _ => {
                        if (pixel + number * 2) % 9 < 4 {
                            200
                        } else {
                            20
                        }
                    }
                };
                let pixels = (0..width * height).map(grey).collect();
                let frame = Grey::new(width, height, pixels).unwrap();
                let motion = detector.step(&frame, Duration::from_millis(millis));
                for Region { left, top, right, bottom } in motion.regions() {
                    assert!(left < right && top < bottom);
                }
            }
        }
    }
}

#[test]
fn a_picture_that_never_changes_teaches_no_numbers_that_are_none() {
    for level in [0, 255] {
        let mut detector = Detector::new(MotionSettings::default());
        let frame = Grey::new(40, 30, vec![level; 1200]).unwrap();
        for number in 0..2000 {
            assert!(!detector.step(&frame, Duration::from_millis(number * 100)).is_moving());
        }
        assert!(detector.scene.unwrap().is_finite());
    }
}

#[test]
fn frames_to_learn_from_tell_of_nothing_and_are_learnt() {
    let mut detector = Detector::new(MotionSettings::default());
    let walk = |wall: &mut Wall, t: f32| wall.walker(t - 4.0, 30.0);
    for number in 0..30 {
        let t = real(number);
        if number == 0 {
            detector.step(&film(&walk, t), seconds(t));
        }
        detector.learn(&film(&walk, t), seconds(t));
        assert!(detector.judge().verdicts().is_empty());
    }
    let t = 34.0;
    let mut moving = (0..20).map(|tenth| t + real(tenth) / 10.0);
    let empty = |_: &mut Wall, _: f32| {};
    assert!(!moving.any(|t| detector.step(&film(&empty, t), seconds(t)).is_moving()));
    let news = detector.peek(&film(&walk, 20.0), seconds(t + 2.0));
    assert!(news > 1.0, "somebody new is news: {news}");
    let all = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        .map(|(x, y)| Point { x: Fraction::clamped(x), y: Fraction::clamped(y) });
    let masks = vec![Polygon::new(all.to_vec()).unwrap()];
    detector.set(MotionSettings { masks, ..MotionSettings::default() });
    detector.step(&film(&empty, 36.0), seconds(36.0));
    let news = detector.peek(&film(&walk, 20.0), seconds(38.0));
    assert!(news < 0.1, "behind a mask nothing is: {news}");
}

/// Shows a scene for as many seconds as the story is long; `?` is either.
#[track_caller]
fn check(story: &str, draw: impl Fn(&mut Wall, f32)) {
    let seen = watch(MotionSettings::default(), story.len(), &draw);
    let told = |(seen, told)| if told == '?' { '?' } else { seen };
    assert_eq!(seen.chars().zip(story.chars()).map(told).collect::<String>(), story, "saw {seen}");
}

fn watch(settings: MotionSettings, length: usize, draw: &dyn Fn(&mut Wall, f32)) -> String {
    let mut detector = Detector::new(settings);
    let mut second = |second: usize| {
        let times = (0..10).map(move |tenth| real(second * 10 + tenth) / 10.0);
        let moving = times.filter(|&t| detector.step(&film(draw, t), seconds(t)).is_moving());
        if moving.count() > 0 { 'm' } else { '.' }
    };
    (0..length).map(&mut second).collect()
}

fn seconds(t: f32) -> Duration {
    Duration::from_secs_f32(t)
}

/// How far a walker walks, in pixels.
const WALKED: f32 = 172.0;

/// A wall of uneven grey.
struct Wall {
    levels: Vec<f32>,
    t: f32,
}

fn film(draw: &dyn Fn(&mut Wall, f32), t: f32) -> Grey {
    let mut wall = Wall { levels: (0..14400).map(paint).collect(), t };
    draw(&mut wall, t);
    wall.noise(4.0, 0..160);
    let round = |level: &f32| u8::try_from(floor(level + 0.5).min(255)).unwrap();
    Grey::new(160, 90, wall.levels.iter().map(round).collect()).unwrap()
}

/// Grain in blocks of 3x3 pixels.
fn paint(pixel: usize) -> f32 {
    80.0 + 30.0 * random(pixel % 160 / 3 + pixel / 480 * 54)
}

impl Wall {
    /// A person 10 pixels wide and 30 high who crosses the picture in `length` seconds.
    fn walker(&mut self, t: f32, length: f32) {
        self.thing(WALKED * t / length - 10.0, 35.0, 10.0, 30.0, 60.0);
    }

    fn thing(&mut self, left: f32, top: f32, width: f32, height: f32, level: f32) {
        for (pixel, out) in self.levels.iter_mut().enumerate() {
            let (x, y) = (real(pixel % 160) - left, real(pixel / 160) - top);
            if (0.0..width).contains(&x) && (0.0..height).contains(&y) {
                *out = 95.0 + level + 30.0 * (random(floor(x / 3.0) + floor(y / 3.0) * 77) - 0.5);
            }
        }
    }

    fn light(&mut self, gain: impl Fn(f32, f32) -> f32) {
        for (pixel, out) in self.levels.iter_mut().enumerate() {
            *out *= gain(real(pixel % 160), real(pixel / 160));
        }
    }

    /// Another wall altogether.
    fn turn(&mut self) {
        for (pixel, out) in self.levels.iter_mut().enumerate() {
            *out = 40.0 + 120.0 * random(pixel % 160 / 5 + pixel / 800 * 54 + 9999);
        }
    }

    /// Moves everything to the right by `way` pixels, up to one.
    fn shake(&mut self, way: f32) {
        let still = self.levels.clone();
        for (pixel, out) in self.levels.iter_mut().enumerate() {
            let from = if way > 0.0 { pixel.saturating_sub(1) } else { (pixel + 1).min(14399) };
            *out += (still[from] - still[pixel]) * way.abs();
        }
    }

    /// Noise of the given height in some columns, another in each frame.
    fn noise(&mut self, height: f32, columns: std::ops::Range<usize>) {
        let seed = floor(self.t * 10.0 + 0.5) * 14400;
        for (pixel, out) in self.levels.iter_mut().enumerate() {
            if columns.contains(&(pixel % 160)) {
                *out += (random(seed + pixel) + random(seed + pixel + 7) - 1.0) * height;
            }
        }
    }
}

/// A number from 0 to 1 that looks like chance and is the same each time.
///
/// Source: the finalizer of Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014.
fn random(seed: usize) -> f32 {
    let mut hash = u64::try_from(seed).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    real(usize::from(u16::try_from(hash >> 48).unwrap())) / 65_536.0
}
