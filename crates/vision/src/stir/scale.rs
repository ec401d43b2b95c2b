//! How heavy predicted pictures are while nothing moves, and which are heavier than that.
//!
//! Sizes are compared by their logarithm: encoders at a constant quantiser scale them, and noise does
//! so too. What is learnt is a level, what each place in the group lies above or below it (the first
//! pictures behind a key picture mend it; hierarchical prediction makes every second or fourth one
//! heavy), and how far sizes stray. What exceeds it is summed up over pictures, so that a little for long
//! tells as much as a lot at once: the one-sided cumulative sum of Page, "Continuous inspection schemes",
//! Biometrika 41, 1954.

use std::time::Duration;

use crate::cast::real;

/// Predicted pictures from which the scale is learnt before it tells anything.
const LEARNING: usize = 50;
/// Time in which the level follows what changes, in seconds.
const MEMORY: f32 = 30.0;
/// Groups over which the share of a place in the group is averaged.
const GROUPS: f32 = 12.0;
/// Places in a group that are told apart; further ones share the last.
const PLACES: usize = 64;
/// Share of a key picture below which sizes say little: a picture in which nothing is coded still has
/// its headers.
const FLOOR: f32 = 1.0 / 300.0;
/// Sizes stray by at least this, as a natural logarithm: a tenth.
const LEAST_SPREAD: f32 = 0.1;
/// From the mean distance to the standard deviation of what is normally distributed.
const DEVIATION: f32 = 1.25;
/// What noise may exceed, in spreads, picture by picture.
const SLACK: f32 = 1.0;
/// What one picture counts at most, in spreads: a cosmic ray is not a burglar.
const MOST: f32 = 4.0;
/// The sum, in spreads, that noise does not explain.
const ENOUGH: f32 = 5.0;
/// What the learning takes from one picture at most, in spreads.
const LESSON: f32 = 2.0;
/// By how much the scale becomes more careful when it has told something for nothing.
const VAIN: f32 = 1.5;
/// How careful it becomes at most.
const MOST_CAREFUL: f32 = 8.0;
/// Time in which that wears off, in seconds.
const WEARS_OFF: f32 = 300.0;
/// What was learnt before something in vain weighs as much as so many pictures afterwards.
const SHAKEN: usize = 20;

/// Weighs predicted pictures.
#[derive(Clone, Debug)]
pub struct Scale {
    /// How large key pictures are, in bytes; 0 before the first.
    key: f32,
    /// The place in its group of the picture that comes next, from 0.
    place: usize,
    /// When the last picture was weighed.
    last: Option<Duration>,
    /// Pictures learnt from since the beginning, or since what was learnt was shaken.
    learnt: usize,
    is_ready: bool,
    /// Natural logarithm of bytes.
    level: f32,
    /// How far pictures stray from the level and their place's share in it.
    spread: f32,
    places: Vec<Place>,
    /// The sum of what the last pictures were too heavy by, in spreads.
    excess: f32,
    /// How careful the scale is: 1 to [`MOST_CAREFUL`].
    care: f32,
}

/// A place in the group.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// By how much pictures here are heavier than the level.
    above: f32,
    /// Groups it was learnt from, at most [`GROUPS`].
    groups: f32,
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            key: 0.0,
            place: 0,
            last: None,
            learnt: 0,
            is_ready: false,
            level: 0.0,
            spread: 0.3,
            places: Vec::new(),
            excess: 0.0,
            care: 1.0,
        }
    }
}

impl Scale {
    /// Takes a key picture, with which a group begins. It is not weighed: what it shows counts.
    pub fn key(&mut self, bytes: usize) {
        let size = real(bytes);
        self.key = if self.key > 0.0 { self.key + (size - self.key) / 8.0 } else { size };
        self.place = 0;
    }

    /// Weighs the next predicted picture, of the time `at`: whether it and those just before are
    /// heavier than noise explains. Learns from it if `is_quiet`: nothing is known to move.
    pub fn weigh(&mut self, bytes: usize, at: Duration, is_quiet: bool) -> bool {
        let weight = (real(bytes) + self.key * FLOOR).max(1.0).ln();
        let passed = self.last.map_or(Duration::ZERO, |last| at.saturating_sub(last));
        let passed = passed.as_secs_f32().min(1.0);
        self.last = Some(at);
        if self.learnt == 0 {
            self.level = weight;
        }
        let place = self.place.min(PLACES - 1);
        self.place += 1;
        if self.places.len() <= place {
            self.places.resize(place + 1, Place::default());
        }
        let above = weight - self.level - self.places[place].above;
        let spread = self.spread.max(LEAST_SPREAD);
        let spreads = (above / spread).clamp(-MOST, MOST);
        self.excess = (self.excess + spreads - SLACK * self.care.sqrt()).max(0.0);
        self.care = 1.0 + (self.care - 1.0) * (1.0 - passed / WEARS_OFF);
        if is_quiet {
            self.learn(place, above, passed);
        }
        let is_heavy = self.is_ready && self.excess >= ENOUGH * self.care;
        if is_heavy {
            self.excess = 0.0;
        }
        is_heavy
    }

    /// What the scale told was nothing: it believes itself less for some minutes, and learns anew how
    /// heavy pictures are now.
    pub fn was_vain(&mut self) {
        self.care = (self.care * VAIN).min(MOST_CAREFUL);
        self.learnt = self.learnt.min(SHAKEN);
    }

    /// Whether enough is learnt to tell anything.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Learns from a picture that was so far `above` what was expected at this `place`.
    fn learn(&mut self, place: usize, above: f32, passed: f32) {
        self.learnt = self.learnt.saturating_add(1);
        self.is_ready |= self.learnt >= LEARNING;
        let rate = (passed / MEMORY).max(1.0 / real(self.learnt)).min(1.0);
        let spread = self.spread.max(LEAST_SPREAD);
        let lesson = above.clamp(-LESSON * spread, LESSON * spread);
        let strays = (above.abs() * DEVIATION).min(2.0 * LESSON * spread);
        self.level += rate * lesson;
        self.spread += rate * (strays - self.spread);
        let place = &mut self.places[place];
        place.groups = (place.groups + 1.0).min(GROUPS);
        place.above += lesson / (place.groups + 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes of pictures, drawn: 15 a second, a key picture every 30.
    struct Camera {
        scale: Scale,
        dice: u64,
        count: u64,
    }

    impl Camera {
        fn new() -> Self {
            Self { scale: Scale::default(), dice: 0x2545_f491_4f6c_dd1d, count: 0 }
        }

        /// Between 0 and 1: xorshift64* (Vigna 2016).
        fn draw(&mut self) -> f32 {
            self.dice ^= self.dice >> 12;
            self.dice ^= self.dice << 25;
            self.dice ^= self.dice >> 27;
            let top = self.dice.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 48;
            f32::from(u16::try_from(top).unwrap()) / 65_536.0
        }

        /// The next `count` pictures, each `size` of its place in the group; how many were heavy.
        fn send(&mut self, count: u64, size: impl Fn(u64) -> f32) -> usize {
            let mut heavy = 0;
            for _ in 0..count {
                let place = self.count % 30;
                let at = Duration::from_millis(self.count * 1_000 / 15);
                self.count += 1;
                if place == 0 {
                    self.scale.key(60_000);
                    continue;
                }
                let noise = 1.0 + 0.3 * (self.draw() + self.draw() - 1.0);
                let bytes = crate::cast::floor(size(place) * noise);
                heavy += usize::from(self.scale.weigh(bytes, at, true));
            }
            heavy
        }
    }

    const QUIET: fn(u64) -> f32 = |_| 2_000.0;

    #[test]
    fn noise_does_not_stir_and_somebody_does_within_half_a_second() {
        let mut camera = Camera::new();
        assert_eq!(camera.send(15 * 600, QUIET), 0);
        assert!(camera.send(8, |_| 3_500.0) > 0);
    }

    #[test]
    fn nothing_is_told_before_anything_is_learnt() {
        let mut camera = Camera::new();
        assert_eq!(camera.send(40, |place| if place == 20 { 90_000.0 } else { 2_000.0 }), 0);
        assert!(!camera.scale.is_ready());
    }

    #[test]
    fn a_place_in_the_group_that_is_always_heavy_says_nothing() {
        let mut camera = Camera::new();
        let layers = |place: u64| match place {
            1 => 9_000.0,
            place if place % 4 == 0 => 5_000.0,
            _ => 1_000.0,
        };
        camera.send(15 * 60, layers);
        assert_eq!(camera.send(15 * 600, layers), 0);
        assert!(camera.send(12, |place| 2.2 * layers(place)) > 0);
    }

    #[test]
    fn a_slow_drift_is_followed() {
        let mut camera = Camera::new();
        camera.send(15 * 30, QUIET);
        let mut heavy = 0;
        for step in 0_u16..200 {
            heavy += camera.send(15 * 10, |_| 2_000.0 * (1.0 + f32::from(step) / 100.0));
        }
        assert_eq!(heavy, 0);
    }

    #[test]
    fn a_rate_that_never_varies_says_nothing() {
        let mut camera = Camera::new();
        camera.send(15 * 30, |_| 12_000.0);
        assert_eq!(camera.send(15 * 600, |_| 12_000.0), 0);
    }

    #[test]
    fn what_is_told_for_nothing_is_told_ever_less_often_and_that_wears_off() {
        let mut camera = Camera::new();
        camera.send(15 * 60, QUIET);
        let gusts = |camera: &mut Camera| {
            let mut told = 0;
            for gust in 0..40 {
                camera.send(15 * 6, QUIET);
                let heavy = camera.send(6, |_| 4_000.0) > 0;
                if heavy {
                    camera.scale.was_vain();
                    told += if gust < 20 { 100 } else { 1 };
                }
            }
            (told / 100, told % 100)
        };
        let (first, second) = gusts(&mut camera);
        assert!(first >= 1 && second < 4 && second <= first, "{first} then {second}");
        camera.send(15 * 1_800, QUIET);
        assert!(camera.send(8, |_| 4_500.0) > 0, "rain is over: somebody is told again");
    }
}
