//! Drawn scenes of 160x90 at 10 frames a second: a yard by day, by night and by infrared light, each with three
//! seeds, that fall ill after 12 s, and the same scenes in which something goes on that is no ailment.

use std::cell::RefCell;

use super::*;
use crate::cast::floor;

const WIDTH: usize = 160;
const HEIGHT: usize = 90;
const PIXELS: usize = WIDTH * HEIGHT;
/// When it falls ill, and how long it is watched, in seconds.
const ONSET: f32 = 12.0;
const LENGTH: f32 = 24.0;
const WITHIN: f32 = 10.0;
const SEEDS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Light {
    Day,
    Night,
    Infrared,
}

const LIGHTS: [Light; 3] = [Light::Day, Light::Night, Light::Infrared];

/// What happens to the picture `t` seconds after the onset.
type Change = fn(&mut Film, t: f32);

#[rustfmt::skip]
const AILMENTS: [(&str, &[Ailment], Change); 14] = [
    ("a frozen picture", &[Ailment::Frozen], |film, _| film.stop()),
    ("a frozen picture with a clock", &[Ailment::Frozen], |film, t| { film.stop(); film.clock(t); }),
    ("black", &[Ailment::Black], |film, _| film.fill(16.0)),
    ("white", &[Ailment::White], |film, _| film.fill(235.0)),
    ("too much light", &[Ailment::White], |film, _| film.light(|_, _| 4.0, 200.0)),
    ("a hand", &[Ailment::Covered, Ailment::Black], |film, t| film.cover(t / 0.4, 38.0)),
    ("a bag", &[Ailment::Covered], |film, t| film.cover(t / 0.8, 110.0)),
    ("spray over 3 s", &[Ailment::Covered], |film, t| film.cover(t / 3.0, 80.0)),
    ("tape over most of it", &[Ailment::Covered], |film, t| film.cover((t / 0.5).min(0.85), 70.0)),
    ("out of focus", &[Ailment::Defocused, Ailment::Covered], |film, _| film.blur(2.2)),
    ("fog over 3 s", &[Ailment::Defocused, Ailment::Covered], |film, t| film.blur(t.min(3.0))),
    ("knocked", &[Ailment::Moved], |film, _| film.turn(6.0, -4.0)),
    ("turned over 4 s", &[Ailment::Moved], |film, t| film.turn((t * 10.0).min(40.0), 0.0)),
    ("turned away", &[Ailment::Moved], |film, _| film.turn(700.0, 0.0)),
];

#[rustfmt::skip]
const NOTHING_WRONG: [(&str, Change); 10] = [
    ("nothing", |_, _| {}),
    ("a lamp goes off", |film, _| film.light(|_, _| 0.35, 0.0)),
    ("a lamp goes on", |film, _| film.light(|_, _| 1.7, 0.0)),
    ("all light goes off", |film, _| { film.light(|_, _| 0.0, 6.0); film.noise = 5.0; }),
    ("a cloud", |film, t| film.light(|x, _| 1.0 - 0.5 * (t / 3.0 - x / 160.0).clamp(0.0, 1.0), 0.0)),
    ("headlights", |film, t| film.light(|x, y| {
        let far = ((x - t * 40.0) / 30.0).powi(2) + ((y - 50.0) / 20.0).powi(2);
        1.0 + 3.0 * (-far).exp()
    }, 0.0)),
    ("the infrared filter", |film, _| film.infrared()),
    ("somebody right before the lens", |film, t| if t < 3.0 { film.thing(t * 110.0 - 130.0, 0.0, 130.0, 90.0) }),
    ("people", |film, t| for n in 0..3 { film.thing(t * 20.0 - 40.0 * real(n), 40.0, 9.0, 28.0) }),
    ("wind", |film, t| film.turn((t * 9.0).sin() * 1.4, (t * 7.0).sin())),
];

#[test]
fn ailments_are_found_within_ten_seconds() {
    let (mut found, mut all) = (0, 0);
    let mut missed = Vec::new();
    for (name, right, change) in AILMENTS {
        for (light, seed) in each_scene() {
            let told = watch(light, seed, change);
            let early = told.iter().any(|(at, _)| *at < ONSET);
            let within = |at: f32| (ONSET..=ONSET + WITHIN).contains(&at);
            let is_found = told.iter().any(|(at, what)| within(*at) && right.contains(what));
            all += 1;
            found += usize::from(is_found && !early);
            if !is_found || early {
                missed.push((name, light, seed, told));
            }
        }
    }
    println!("found {found} of {all}");
    assert!(real(found) >= 0.95 * real(all), "found {found} of {all}; not: {missed:?}");
}

#[test]
fn what_only_looks_like_an_ailment_is_not_told() {
    // More than half an hour of film.
    let mut wrong = Vec::new();
    for (name, change) in NOTHING_WRONG {
        for (light, seed) in each_scene() {
            let told = watch(light, seed, change);
            wrong.extend(told.into_iter().map(|told| (name, light, seed, told)));
        }
    }
    assert_eq!(wrong, []);
}

fn each_scene() -> impl Iterator<Item = (Light, usize)> {
    LIGHTS.into_iter().flat_map(|light| (0..SEEDS).map(move |seed| (light, seed)))
}

#[test]
fn what_is_well_again_is_told_no_longer() {
    for (name, _, change) in AILMENTS {
        let mut examiner = Examiner::new();
        let told = |examiner: &mut Examiner, from: usize, to: usize, ill: bool| {
            let frames = from..to;
            frames.fold(BTreeSet::new(), |_, n| {
                let change = if ill { change } else { |_: &mut Film, _| {} };
                examiner.step(&film(Light::Day, 3, n, change), at(n))
            })
        };
        assert_eq!(told(&mut examiner, 0, 120, false), BTreeSet::new(), "{name}");
        assert_eq!(told(&mut examiner, 120, 240, true).len(), 1, "{name}");
        assert_eq!(told(&mut examiner, 240, 320, false), BTreeSet::new(), "{name}");
    }
}

#[test]
fn a_camera_that_stays_moved_is_well_when_its_view_has_settled_or_its_owner_says_so() {
    let turned: Change = |film, _| film.turn(30.0, 0.0);
    let mut examiner = Examiner::new();
    let mut last = BTreeSet::new();
    for n in 0..=300 {
        last = examiner.step(&film(Light::Day, 1, n, turned), at(n));
    }
    assert_eq!(last, [Ailment::Moved].into());
    // A frame a second, the same fifty again and again, spares the drawing and the judging of an hour.
    let frames: Vec<Grey> = (301..351).map(|n| film(Light::Day, 1, n, turned)).collect();
    let told = |examiner: &mut Examiner, seconds: usize| {
        let frames = (31..31 + seconds).zip(frames.iter().cycle());
        frames.fold(BTreeSet::new(), |_, (n, frame)| examiner.step(frame, at(n * 10)))
    };
    let mut early = examiner.clone();
    assert_eq!(told(&mut early, 29 * 60), [Ailment::Moved].into());
    assert_eq!(told(&mut examiner, 31 * 60), BTreeSet::new());
    let mut examiner = early;
    examiner.relearn();
    assert_eq!(told(&mut examiner, 60), BTreeSet::new());
}

#[test]
fn a_film_that_never_moved_is_not_frozen() {
    let still = film(Light::Day, 5, 0, |_, _| {});
    let mut examiner = Examiner::new();
    for n in 0..3000 {
        assert_eq!(examiner.step(&still, at(n)), BTreeSet::new());
    }
}

#[test]
fn looks_that_are_seconds_apart_count_all_the_same() {
    // As while nobody looks for motion, and key pictures alone are decoded.
    let mut examiner = Examiner::new();
    let well: Change = |_, _| {};
    let black: Change = |film, _| film.fill(16.0);
    let told = (0..30).position(|look| {
        let change = if look < 15 { well } else { black };
        let frame = film(Light::Day, 1, look * 40, change);
        examiner.step(&frame, at(look * 40)).contains(&Ailment::Black)
    });
    assert!(told.is_some_and(|look| (15..=17).contains(&look)), "{told:?}");
}

#[test]
fn dusk_is_not_black() {
    let mut examiner = Examiner::new();
    let drawn = film(Light::Day, 2, 0, |_, _| {});
    for n in 0..2_000 {
        // It gets dark in six minutes, at five frames a second.
        let left = (1.0 - real(n) / 1_800.0).max(0.0);
        let fades = |&pixel: &u8| {
            let light = (f32::from(pixel) - 16.0) * left;
            u8::try_from(floor(16.5 + light)).unwrap()
        };
        let frame = Grey::new(WIDTH, HEIGHT, drawn.pixels().iter().map(fades).collect()).unwrap();
        let told = examiner.step(&frame, at(n * 2));
        assert_eq!(told, BTreeSet::new(), "after {n} frames");
    }
}

#[test]
fn black_from_the_start_is_told() {
    let mut examiner = Examiner::new();
    let frame = Grey::new(WIDTH, HEIGHT, vec![16; PIXELS]).unwrap();
    let told = (0..100).fold(BTreeSet::new(), |_, n| examiner.step(&frame, at(n)));
    assert_eq!(told, [Ailment::Black].into());
}

#[test]
fn no_frame_and_no_time_is_too_odd() {
    let sizes = [(1, 1), (3, 200), (200, 3), (2, 2), (160, 90), (7, 1), (1, 7), (9, 9), (16, 16)];
    let times = [0, 100, 700, 150, 0, 10_000_000, 10_000_100, 10_000_100, 5, u64::MAX, 7];
    let mut examiner = Examiner::new();
    for (width, height) in sizes {
        for round in 0..24 {
            for (number, &millis) in times.iter().enumerate() {
                let grey = |pixel| match round % 4 {
                    0 => 0,
                    1 => 255,
                    2 => u8::try_from(floor(random(pixel * 31 + number) * 255.0)).unwrap(),
                    _ if (pixel + number * 2) % 9 < 4 => 200,
                    _ => 20,
                };
                let pixels = (0..width * height).map(grey).collect();
                let frame = Grey::new(width, height, pixels).unwrap();
                let view = |ailment: &&Ailment| **ailment != Ailment::Frozen;
                let told = examiner.step(&frame, Duration::from_millis(millis));
                assert!(told.iter().filter(view).count() <= 1, "{told:?}");
            }
        }
    }
}

/// What is told of a scene that changes at the onset, and when it begins.
fn watch(light: Light, seed: usize, change: Change) -> Vec<(f32, Ailment)> {
    let mut examiner = Examiner::new();
    let mut before = BTreeSet::new();
    let mut begun = Vec::new();
    for n in 0..floor(LENGTH * 10.0) {
        let now = examiner.step(&film(light, seed, n, change), at(n));
        begun.extend(now.difference(&before).map(|&ailment| (real(n) / 10.0, ailment)));
        before = now;
    }
    begun
}

fn at(n: usize) -> Duration {
    Duration::from_millis(u64::try_from(n).unwrap() * 100)
}

/// One frame of a scene.
struct Film {
    light: Light,
    seed: usize,
    n: usize,
    levels: Vec<f32>,
    /// How high its noise is, and which it is.
    noise: f32,
    grain: usize,
}

/// Frame `n` of a scene, changed if its time has come.
fn film(light: Light, seed: usize, n: usize, change: Change) -> Grey {
    let noise = if light == Light::Day { 2.5 } else { 7.0 };
    let mut film = Film { light, seed, n, levels: Vec::new(), noise, grain: n };
    film.draw((0.0, 0.0));
    let t = real(n) / 10.0 - ONSET;
    if t >= 0.0 {
        change(&mut film, t);
    }
    film.done()
}

impl Film {
    /// The yard seen from `shift`, somebody in it, and its light.
    fn draw(&mut self, shift: (f32, f32)) {
        self.levels = yard(self.seed, shift);
        // A person who paces up and down.
        let walk = (real(self.n) / 10.0 * 0.7).sin() * 60.0 + 80.0;
        self.thing(walk, 50.0, 7.0, 20.0);
        match self.light {
            Light::Day => {}
            Light::Night => self.dim(|_, _| 0.25),
            Light::Infrared => self.dim(|x, y| {
                let far = ((x - 80.0) / 80.0).powi(2) + ((y - 45.0) / 50.0).powi(2);
                0.9 / (1.0 + far)
            }),
        }
    }

    fn rectangle(&mut self, place: (f32, f32, f32, f32), level: f32) {
        rectangle(&mut self.levels, place, level);
    }

    fn thing(&mut self, left: f32, top: f32, width: f32, height: f32) {
        self.rectangle((left, top, width, height), 45.0);
    }

    fn dim(&mut self, gain: impl Fn(f32, f32) -> f32) {
        self.light(gain, 0.0);
    }

    fn light(&mut self, gain: impl Fn(f32, f32) -> f32, more: f32) {
        for (pixel, level) in self.levels.iter_mut().enumerate() {
            let gain = gain(real(pixel % WIDTH), real(pixel / WIDTH));
            *level = 16.0 + (*level - 16.0) * gain + more;
        }
    }

    /// Lamps of infrared light instead of the sun: other materials are bright, the corners dark.
    fn infrared(&mut self) {
        for level in &mut self.levels {
            *level = if *level > 130.0 { 260.0 - *level } else { *level };
        }
        self.dim(|x, y| 0.9 / (1.0 + ((x - 80.0) / 90.0).powi(2) + ((y - 45.0) / 60.0).powi(2)));
        self.noise = 6.0;
    }

    fn turn(&mut self, right: f32, down: f32) {
        self.draw((right, down));
    }

    fn fill(&mut self, level: f32) {
        self.levels.fill(level);
        self.noise = 0.0;
    }

    /// Something dark without outlines over a share of the picture, from the left.
    fn cover(&mut self, share: f32, level: f32) {
        for (pixel, out) in self.levels.iter_mut().enumerate() {
            let (x, y) = (real(pixel % WIDTH), real(pixel / WIDTH));
            if x < share * real(WIDTH) {
                *out = level + 6.0 * (x / 60.0).sin() + 0.05 * y;
            }
        }
    }

    /// Blur of that standard deviation in pixels, one way after the other.
    fn blur(&mut self, sigma: f32) {
        let taps: Vec<f32> =
            (0..=8).map(|d| (-0.5 * (real(d) / sigma.max(0.1)).powi(2)).exp()).collect();
        let whole = 2.0 * taps.iter().sum::<f32>() - taps[0];
        for (step, side, count) in [(1, WIDTH, HEIGHT), (WIDTH, HEIGHT, WIDTH)] {
            let still = self.levels.clone();
            for line in 0..count {
                let start = if step == 1 { line * WIDTH } else { line };
                for place in 0..side {
                    let mut sum = 0.0;
                    for (d, tap) in taps.iter().enumerate() {
                        let before = still[start + place.saturating_sub(d) * step];
                        let after = still[start + (place + d).min(side - 1) * step];
                        sum += if d == 0 { tap * before } else { tap * (before + after) };
                    }
                    self.levels[start + place * step] = sum / whole;
                }
            }
        }
    }

    /// The picture of the onset again.
    fn stop(&mut self) {
        self.n = floor(ONSET * 10.0);
        self.grain = self.n;
        self.draw((0.0, 0.0));
    }

    fn clock(&mut self, t: f32) {
        for digit in 0..8 {
            let tall = 2.0 + 6.0 * random(floor(t * 10.0) + digit * 99);
            self.rectangle((4.0 + 6.0 * real(digit), 3.0, 4.0, tall), 235.0);
        }
    }

    fn done(self) -> Grey {
        let pixel = |(pixel, level): (usize, &f32)| {
            // Two numbers make it about as likely to be small as a sensor does.
            let seed = (self.seed * 1_000 + self.grain) * PIXELS + pixel;
            let noise = (random(seed) + random(seed + 7_777_777) - 1.0) * self.noise;
            u8::try_from(floor((level + noise + 0.5).clamp(0.0, 255.0))).unwrap()
        };
        let pixels = self.levels.iter().enumerate().map(pixel).collect();
        Grey::new(WIDTH, HEIGHT, pixels).unwrap()
    }
}

/// A yard as it was drawn last: most frames show the same.
struct Drawn {
    seed: usize,
    shift: (f32, f32),
    levels: Vec<f32>,
}

thread_local! {
    static DRAWN: RefCell<Option<Drawn>> = const { RefCell::new(None) };
}

/// Things of all sizes on uneven ground, seen from `shift`.
fn yard(seed: usize, shift: (f32, f32)) -> Vec<f32> {
    DRAWN.with_borrow_mut(|drawn| match drawn {
        Some(drawn) if drawn.seed == seed && drawn.shift == shift => drawn.levels.clone(),
        _ => {
            let levels = draw_yard(seed, shift);
            drawn.insert(Drawn { seed, shift, levels }).levels.clone()
        }
    })
}

fn draw_yard(seed: usize, shift: (f32, f32)) -> Vec<f32> {
    let chances = seed * 1_000;
    let ground = |pixel: usize| {
        let (x, y) = (real(pixel % WIDTH) + shift.0, real(pixel / WIDTH) + shift.1);
        let grain = floor(x / 3.0 + 5_000.0) * 7 + floor(y / 3.0 + 5_000.0) * 9_001 + chances;
        let slope = (x / 53.0 + real(seed)).sin() * 12.0 + y * 0.2;
        95.0 + slope + 10.0 * random(grain)
    };
    let mut levels: Vec<f32> = (0..PIXELS).map(ground).collect();
    for number in 0..300 {
        let chance = |what: usize| random(chances + number * 10 + what);
        let (width, height) = (4.0 + 26.0 * chance(1), 4.0 + 26.0 * chance(2));
        let left = chance(3) * 1_100.0 - 100.0 - shift.0;
        let top = chance(4) * 130.0 - 20.0 - shift.1;
        rectangle(&mut levels, (left, top, width, height), 30.0 + 170.0 * chance(5));
    }
    levels
}

/// Paints what lies `left`, `top`, and is so wide and high.
fn rectangle(levels: &mut [f32], (left, top, width, height): (f32, f32, f32, f32), level: f32) {
    let within = |from: f32, length: f32, most: usize| {
        floor(from.max(0.0))..floor((from + length).max(0.0)).min(most)
    };
    for y in within(top, height, HEIGHT) {
        for x in within(left, width, WIDTH) {
            levels[y * WIDTH + x] = level;
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
