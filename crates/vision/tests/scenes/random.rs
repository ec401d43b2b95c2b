//! Chance that is the same each time.
//!
//! Source: the finalizer of Steele, Lea and Flood, "Fast splittable pseudorandom number
//! generators", OOPSLA 2014; value noise in octaves after Perlin, "An image synthesizer",
//! SIGGRAPH 1985.

use crate::cast::{bits, floor, floor_signed, real, unit};

/// Numbers that look like chance.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5EED))
    }

    /// From 0 up to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        unit(self.seed())
    }

    /// A seed for other chance.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    pub(crate) fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.unit()
    }

    /// From 0 up to `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        floor(self.unit() * real(count)).min(count - 1)
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// 1 or -1.
    pub(crate) fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }
}

fn mix(seed: u64) -> u64 {
    let mut hash = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

/// From -1 to 1, the same for the same place.
pub(crate) fn at(seed: u64, x: i64, y: i64) -> f32 {
    let place = bits(x).wrapping_mul(0x8DA6_B343).wrapping_add(bits(y).wrapping_mul(0xD816_3841));
    unit(mix(seed ^ place)) * 2.0 - 1.0
}

/// From -1 to 1, smooth, with hills about one wide.
pub(crate) fn smooth(seed: u64, x: f32, y: f32) -> f32 {
    let (column, row) = (floor_signed(x), floor_signed(y));
    let (along, down) = (x - x.floor(), y - y.floor());
    let (along, down) = (ease(along), ease(down));
    let line = |row| {
        let (left, right) = (at(seed, column, row), at(seed, column + 1, row));
        left + (right - left) * along
    };
    let (above, below) = (line(row), line(row + 1));
    above + (below - above) * down
}

/// From about -1 to 1, with hills of one, a half, a quarter wide and so on, each lower in
/// proportion: the 1/f spectrum of natural scenes (Field, "Relations between the statistics of
/// natural images and the response properties of cortical cells", JOSA A 4(12), 1987).
pub(crate) fn fractal(seed: u64, x: f32, y: f32, octaves: usize) -> f32 {
    let (mut sum, mut share, mut scale) = (0.0, 0.6, 1.0);
    for octave in 0..octaves {
        sum += share * smooth(seed ^ mix(bits(floor_signed(real(octave)))), x * scale, y * scale);
        share *= 0.6;
        scale *= 2.0;
    }
    sum
}

/// From -1 to 1, smooth in time, with a change of mind about once in a unit of `t`.
pub(crate) fn wander(seed: u64, t: f32) -> f32 {
    smooth(seed, t, 0.5)
}

/// From 0 to 1 and flat at both ends.
pub(crate) fn ease(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}
