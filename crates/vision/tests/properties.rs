//! What holds for the detector whatever it is shown and told: any frames, any times, any settings.

use std::time::Duration;

use watchpost_model::{
    Fraction, MotionSettings, PersonHeight, Point, Polygon, Region, Tuning, Zone,
};
use watchpost_vision::Grey;
use watchpost_vision::motion::{Detector, Motion};

/// Chance that is the same each time: xorshift* of Marsaglia, "Xorshift RNGs", Journal of
/// Statistical Software 8(14), 2003, as by Vigna.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn word(&mut self) -> u16 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        u16::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 48).expect("16 bits fit")
    }

    /// From 0 up to 1.
    fn unit(&mut self) -> f32 {
        f32::from(self.word()) / 65_536.0
    }

    /// From `least` to `most`, both included.
    fn whole(&mut self, least: usize, most: usize) -> usize {
        least + usize::from(self.word()) % (most - least + 1)
    }

    fn millis(&mut self, most: usize) -> Duration {
        Duration::from_millis(self.whole(0, most).try_into().expect("it fits"))
    }

    fn happens(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    fn fraction(&mut self) -> Fraction {
        Fraction::clamped(self.unit())
    }

    /// A box or a triangle.
    fn polygon(&mut self) -> Polygon {
        let (left, top) = (self.unit() * 0.7, self.unit() * 0.7);
        let (right, bottom) = (left + 0.1 + self.unit() * 0.2, top + 0.1 + self.unit() * 0.2);
        let mut corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        if self.happens(0.3) {
            corners.pop();
        }
        polygon(&corners)
    }

    fn tuning(&mut self) -> Tuning {
        Tuning {
            sensitivity: self.fraction(),
            min_area: self.happens(0.5).then(|| Fraction::clamped(self.unit() * 0.01)),
            min_pixel_delta: self
                .happens(0.5)
                .then(|| u8::try_from(self.whole(0, 99)).expect("it fits")),
            min_travel: Fraction::clamped(self.unit() * 0.05),
            max_speed: 0.1 + self.unit() * 40.0,
            straightness: Fraction::clamped(self.unit() * 1.2 - 0.2),
        }
    }

    fn settings(&mut self) -> MotionSettings {
        let zone = |chance: &mut Chance, number: usize| Zone {
            name: number.to_string(),
            area: chance.polygon(),
            sensitivity: chance.happens(0.5).then(|| chance.fraction()),
            min_area: chance.happens(0.3).then(|| Fraction::clamped(chance.unit() * 0.01)),
            min_time: chance.millis(1500),
        };
        let zones = self.whole(0, 8).saturating_sub(4); // Half of all have none.
        let masks = self.whole(0, 2);
        let near = 0.1 + self.unit();
        MotionSettings {
            tuning: self.tuning(),
            night: self.happens(0.5).then(|| self.tuning()),
            zones: (0..zones).map(|number| zone(self, number)).collect(),
            masks: (0..masks).map(|_| self.polygon()).collect(),
            person: self.happens(0.2).then(|| PersonHeight {
                near,
                far: near * self.unit(),
                far_at: self.unit() * 0.9,
            }),
            ..MotionSettings::default()
        }
    }
}

fn polygon(corners: &[(f32, f32)]) -> Polygon {
    let point = |&(x, y): &(f32, f32)| Point { x: Fraction::clamped(x), y: Fraction::clamped(y) };
    Polygon::new(corners.iter().map(point).collect()).expect("sides do not cross")
}

/// Everything that the detector may be shown at one time.
struct Shown {
    width: usize,
    height: usize,
    kind: usize,
    number: usize,
}

impl Shown {
    fn frame(&self, chance: &mut Chance) -> Grey {
        let Self { width, height, kind, number } = *self;
        let grey = |pixel: usize| -> u8 {
            let (x, y) = (pixel % width, pixel / width);
            let wall = 60 + u8::try_from((x / 3 * 7 + y / 3 * 13) % 80).expect("it fits");
            let left = (number * 2) % (width + 20);
            let inside = (left..left + 6 + width / 12).contains(&(x + 10))
                && (height / 4..height * 3 / 4).contains(&y);
            match kind {
                0 => 0,
                1 => 255,
                2 => chance.word().to_le_bytes()[0],
                3 if (x + number * 3) % 17 < 8 => 220,
                _ if inside => 230,
                _ => wall,
            }
        };
        Grey::new(width, height, (0..width * height).map(grey).collect()).expect("a level each")
    }
}

#[test]
fn nothing_shown_and_nothing_told_makes_it_fall_over() {
    let (mut frames, mut things) = (0, 0);
    for seed in 0..40 {
        let chance = &mut Chance::new(seed);
        let mut settings = chance.settings();
        let mut detector = Detector::new(settings.clone());
        let mut at = chance.millis(60_000);
        for _ in 0..4 {
            let (width, height) = match chance.whole(0, 3) {
                0 => (chance.whole(1, 9), chance.whole(1, 300)),
                1 => (chance.whole(1, 400), chance.whole(1, 9)),
                2 => (160, 90),
                _ => (chance.whole(1, 400), chance.whole(1, 300)),
            };
            let mut kind = 4;
            let rate = chance.whole(1, 30);
            for number in 0..4_000_000 / (width * height + 10_000) {
                if chance.happens(0.02) {
                    kind = [4, 4, 4, 4, 0, 1, 2, 3][chance.whole(0, 7)];
                }
                at = next(at, rate, chance);
                if chance.happens(0.005) {
                    settings = chance.settings();
                    detector.set(settings.clone());
                }
                let frame = Shown { width, height, kind, number }.frame(chance);
                let motion = detector.step(&frame, at);
                check(&motion, &settings, (width, height));
                (frames, things) = (frames + 1, things + motion.things.len());
            }
        }
    }
    assert!(frames > 5000 && things > 100, "{things} things in {frames} frames are no test");
}

/// The time of the next frame: mostly in step, sometimes late, never, or back.
fn next(at: Duration, rate: usize, chance: &mut Chance) -> Duration {
    let step = Duration::from_secs(1) / u32::try_from(rate).expect("it fits");
    match chance.whole(0, 600) {
        0 => at.saturating_sub(step * 20),
        1 => Duration::ZERO,
        2 => at + Duration::from_secs(40_000_000),
        3..8 => at,
        8..14 => at + step * 5,
        14..50 => at + step.mul_f32(0.5 + chance.unit()),
        _ => at + step,
    }
}

fn check(motion: &Motion, settings: &MotionSettings, (width, height): (usize, usize)) {
    assert_eq!(motion.is_moving(), !motion.regions().is_empty());
    assert!((0.0..=1.0).contains(&motion.area.get()));
    let side = |length: usize| f32::from(u16::try_from(length).expect("it fits"));
    // A vote among neighbours may carry a shape over a border by a pixel, and gaps of two are
    // bridged.
    let (across, down) = (3.0 / side(width), 3.0 / side(height));
    for thing in &motion.things {
        let Region { left, top, right, bottom } = thing.region;
        assert!(left < right && top < bottom, "{thing:?}");
        assert_eq!(thing.zones.is_empty(), settings.zones.is_empty(), "{thing:?}");
        for zone in thing.zones.iter().map(|&number| &settings.zones[number]) {
            let (from, to) = bounds(&zone.area);
            assert!(left.get() < to.0 + across && right.get() > from.0 - across, "{thing:?}");
            assert!(top.get() < to.1 + down && bottom.get() > from.1 - down, "{thing:?}");
        }
        for mask in settings.masks.iter().filter(|mask| mask.corners().len() == 4) {
            let (from, to) = bounds(mask);
            let inside = left.get() > from.0 + across
                && right.get() < to.0 - across
                && top.get() > from.1 + down
                && bottom.get() < to.1 - down;
            assert!(!inside, "{thing:?} in {mask:?}");
        }
    }
}

/// The least and the greatest coordinates of a polygon's corners.
fn bounds(polygon: &Polygon) -> ((f32, f32), (f32, f32)) {
    let corners = || polygon.corners().iter().map(|corner| (corner.x.get(), corner.y.get()));
    let least = corners().fold((1.0, 1.0), |a: (f32, f32), b| (a.0.min(b.0), a.1.min(b.1)));
    let most = corners().fold((0.0, 0.0), |a: (f32, f32), b| (a.0.max(b.0), a.1.max(b.1)));
    (least, most)
}

/// Size of the films below.
const WIDTH: usize = 160;
const HEIGHT: usize = 90;
/// When somebody walks through them, in seconds.
const WALK: (f32, f32) = (5.0, 11.0);
/// How long they are, in seconds.
const LENGTH: f32 = 15.0;

/// Grey levels of a film of a wall, along which a person of 30 pixels walks once.
fn film(t: f32) -> Vec<f32> {
    let chance = &mut Chance::new(7); // The same wall each time.
    let mut grain = vec![0.0; 60 * 40];
    for grain in &mut grain {
        *grain = chance.unit();
    }
    let noise = &mut Chance::new(u64::from(t.to_bits()));
    let way = (t - WALK.0) / (WALK.1 - WALK.0);
    let side = |length: usize| f32::from(u16::try_from(length).expect("it fits"));
    let person = way * (side(WIDTH) + 12.0) - 6.0;
    let level = |pixel: usize| {
        let (x, y) = (pixel % WIDTH, pixel / WIDTH);
        let wall = 60.0 + 50.0 * grain[x / 3 + y / 3 * 60];
        // Covered in part at its edges, so that it moves by less than a pixel.
        let across = (5.0 - (side(x) + 0.5 - person).abs() + 0.5).clamp(0.0, 1.0);
        let covered =
            if (40..70).contains(&y) && (0.0..=1.0).contains(&way) { across } else { 0.0 };
        let coat = 130.0 + 30.0 * grain[y / 4];
        wall + (coat - wall) * covered + 3.0 * (noise.unit() + noise.unit() - 1.0)
    };
    (0..WIDTH * HEIGHT).map(level).collect()
}

/// What is told about the film as `change`d, frame by frame.
fn watch(rate: u16, change: impl Fn(&mut Vec<f32>)) -> Vec<(f32, Motion)> {
    let mut detector = Detector::new(MotionSettings::default());
    let times = (0..).map(|number: u16| f32::from(number) / f32::from(rate));
    times
        .take_while(|t| *t < LENGTH)
        .map(|t| {
            let mut levels = film(t);
            change(&mut levels);
            let pixels = levels.into_iter().map(level).collect();
            let frame = Grey::new(WIDTH, HEIGHT, pixels).expect("a level each");
            (t, detector.step(&frame, Duration::from_secs_f32(t)))
        })
        .collect()
}

/// The grey level nearest to `value`.
fn level(value: f32) -> u8 {
    let value = value.round().clamp(0.0, 255.0);
    (0..=255).rfind(|level| f32::from(*level) <= value).unwrap_or(0)
}

/// When something was first and last seen to move.
fn span(told: &[(f32, Motion)]) -> (f32, f32) {
    let moving = || told.iter().filter(|(_, motion)| motion.is_moving()).map(|(t, _)| *t);
    (moving().next().expect("it is seen"), moving().next_back().expect("it is seen"))
}

#[test]
fn who_walks_is_found_alike_at_any_rate() {
    for rate in [5, 8, 10, 15, 25, 30] {
        let told = watch(rate, |_| {});
        let (first, last) = span(&told);
        assert!((WALK.0..WALK.0 + 1.5).contains(&first), "{rate} a second: from {first} on");
        assert!((WALK.1 - 1.0..WALK.1 + 0.5).contains(&last), "{rate} a second: until {last}");
        let during = told.iter().filter(|(t, _)| (WALK.0 + 1.5..WALK.1 - 1.0).contains(t));
        let (seen, all) = during.fold((0.0, 0.0), |(seen, all), (_, motion)| {
            (seen + f32::from(u8::from(motion.is_moving())), all + 1.0)
        });
        assert!(seen >= 0.95 * all, "{rate} a second: in {seen} of {all} frames");
    }
}

#[test]
fn the_same_frames_give_the_same_answers() {
    assert_eq!(watch(10, |_| {}), watch(10, |_| {}));
}

#[test]
fn a_mirrored_film_gives_mirrored_answers() {
    let plain = watch(10, |_| {});
    let mirrored = watch(10, |levels| {
        levels.chunks_exact_mut(WIDTH).for_each(<[f32]>::reverse);
    });
    let (one, other) = (span(&plain), span(&mirrored));
    assert!(
        (one.0 - other.0).abs() <= 0.21 && (one.1 - other.1).abs() <= 0.21,
        "{one:?} {other:?}"
    );
    for ((t, one), (_, other)) in plain.iter().zip(&mirrored) {
        let ([one], [other]) = (&one.regions()[..], &other.regions()[..]) else { continue };
        let apart = (one.left.get() - (1.0 - other.right.get())).abs();
        assert!(apart < 0.02, "{t} s: {one:?} {other:?}");
        assert!((one.top.get() - other.top.get()).abs() < 0.03, "{t} s: {one:?} {other:?}");
    }
}

#[test]
fn a_lighter_or_darker_film_gives_the_same_events() {
    let plain = span(&watch(10, |_| {}));
    for (gain, offset) in [(1.0, 60.0), (1.0, -40.0), (1.3, 0.0), (0.7, 0.0), (0.8, 50.0)] {
        let told = span(&watch(10, |levels| {
            for level in levels {
                *level = *level * gain + offset;
            }
        }));
        let apart = (plain.0 - told.0).abs().max((plain.1 - told.1).abs());
        assert!(apart <= 0.31, "times {gain} plus {offset}: {told:?} in place of {plain:?}");
    }
}
