//! A yard, drawn: a textured wall, who walks by, rain, noise.

use crate::Grey;
use crate::cast::{floor, real};

const WIDTH: usize = 160;
const HEIGHT: usize = 90;
const PIXELS: usize = WIDTH * HEIGHT;

/// Draws one frame after another.
pub(super) struct Film {
    wall: Vec<f32>,
    /// A frame's worth of noise and more, from which each frame takes another part.
    grain: Vec<f32>,
    /// The frame that is drawn.
    levels: Vec<f32>,
    number: usize,
}

impl Film {
    pub(super) fn new() -> Self {
        let paint = |pixel: usize| 80.0 + 30.0 * random(pixel % WIDTH / 3 + pixel / 480 * 54);
        let grain = |place: usize| random(place + 7_000_000) + random(place + 9_000_000) - 1.0;
        Self {
            wall: (0..PIXELS).map(paint).collect(),
            grain: (0..PIXELS * 2).map(grain).collect(),
            levels: Vec::new(),
            number: 0,
        }
    }

    pub(super) fn shoot(&mut self, number: usize, draw: fn(&mut Film)) -> Grey {
        self.number = number;
        self.levels.clone_from(&self.wall);
        draw(self);
        let from = floor(random(number + 5_000_000) * real(PIXELS));
        let noisy =
            self.levels.iter().zip(&self.grain[from..]).map(|(level, grain)| {
                u8::try_from(floor(level + 5.0 * grain + 0.5).min(255)).unwrap()
            });
        Grey::new(WIDTH, HEIGHT, noisy.collect()).unwrap()
    }

    /// Nothing but noise.
    pub(super) fn quiet(&mut self) {
        let _ = self;
    }

    /// Streaks of drops, longer and brighter the nearer they fall. Each is in one frame only.
    pub(super) fn rain(&mut self) {
        self.drops(60);
    }

    fn drops(&mut self, count: usize) {
        for drop in 0..count {
            let chance = |salt: usize| random((self.number * 99 + drop) * 8 + salt);
            let near = chance(1) * chance(2);
            let (left, top) = (chance(3) * 160.0, chance(4) * 108.0 - 18.0);
            let bottom = (top + 2.0 + 16.0 * near).max(0.0);
            let shine = 30.0 * (0.4 + 0.6 * near);
            for y in floor(top)..floor(bottom).min(HEIGHT) {
                self.levels[y * WIDTH + floor(left)] += shine;
                let beside = &mut self.levels[y * WIDTH + floor(left + 1.0).min(WIDTH - 1)];
                *beside += shine * near;
            }
        }
    }

    /// Every 20 seconds somebody walks by, each another size, speed, height and contrast; each
    /// fourth turns around, each third comes in a drizzle, each fifth is two; a lamp goes on once.
    pub(super) fn busy(&mut self) {
        let (turn, tenths) = (self.number / 200, real(self.number % 200));
        if self.number >= 3000 {
            for level in &mut self.levels {
                *level = level.mul_add(1.6, 20.0);
            }
        }
        let chance = |salt: usize| random(turn * 17 + salt);
        let height = 6.0 + 34.0 * chance(1);
        let contrast = 10.0 + 60.0 * chance(2);
        let speed = 0.5 + 3.0 * chance(3);
        let way = (tenths - 40.0) * speed;
        let way = if turn % 4 == 3 { way.min(160.0 - way) } else { way };
        let left = if turn % 2 == 0 { way } else { 150.0 - way };
        if tenths > 40.0 && tenths < 140.0 {
            let top = 10.0 + 40.0 * chance(4);
            self.thing([left, top, height / 3.0, height], contrast);
            if turn % 5 == 0 {
                self.thing([left - height, top + 4.0, height / 3.0, height], contrast);
            }
        }
        if turn % 3 == 0 {
            self.drops(12);
        }
    }

    /// Something `left`, `top`, wide and high, in pixels.
    fn thing(&mut self, [left, top, width, height]: [f32; 4], level: f32) {
        for y in floor(top)..floor(top + height).min(HEIGHT) {
            for x in floor(left)..floor(left + width).min(WIDTH) {
                let grain = random(x - floor(left).min(x) + (y - floor(top)) * 77);
                self.levels[y * WIDTH + x] = 95.0 + level + 30.0 * (grain - 0.5);
            }
        }
    }
}

/// A number from 0 to 1 that looks like chance and is the same each time.
///
/// Source: the finalizer of Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014.
pub(super) fn random(seed: usize) -> f32 {
    let mut hash = u64::try_from(seed).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    real(usize::from(u16::try_from(hash >> 48).unwrap())) / 65_536.0
}
