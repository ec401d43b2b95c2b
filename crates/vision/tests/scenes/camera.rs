//! What a camera makes of light: exposure, tone, noise, a codec, a clock in the corner.
//!
//! Source of the noise: shot noise grows with the root of the light, read noise does not; EMVA
//! Standard 1288. Of the codec: what H.264 does when bits are few, skipping blocks, quantising
//! what is left, and drawing everything anew in each key picture.

use watchpost_vision::Grey;

use crate::canvas::{HEIGHT, PIXELS, WIDTH};
use crate::cast::{floor, level, real};
use crate::disturbance::Disturbance;
use crate::random::{Random, wander};

/// Side of the sheet of noise that frames are cut from.
const SHEET: usize = 512;
/// Steps of the tone curve.
const TONES: usize = 2048;
/// Side of what a codec skips or sends: a macroblock of a small stream, in working pixels.
const BLOCK: usize = 4;
/// Seconds from key picture to key picture.
const GROUP: f32 = 2.0;

/// What distinguishes one camera from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Make {
    /// The root of shot noise's variance per light, and read noise, in shares of white.
    pub(crate) shot: f32,
    pub(crate) read: f32,
    /// Mean grey level that exposure aims for.
    pub(crate) aim: f32,
    /// Seconds in which exposure gets there.
    pub(crate) reaction: f32,
    /// Mean change of a block, in grey levels, below which the codec skips it.
    pub(crate) skip: f32,
    /// Grey levels that the codec rounds to.
    pub(crate) round: f32,
}

/// A camera that films.
pub(crate) struct Camera {
    make: Make,
    random: Random,
    /// Share of white that white paper in full light gives.
    gain: f32,
    tones: Vec<f32>,
    /// Noise in grey levels per tone.
    noises: Vec<f32>,
    sheet: Vec<f32>,
    picture: Vec<f32>,
    sent: Vec<f32>,
    next_key: f32,
    last: f32,
}

impl Camera {
    pub(crate) fn new(make: Make, random: &mut Random) -> Self {
        let tone = |step: usize| {
            let light = (real(step) / real(TONES - 1)).powi(2); // Steps are even in the root.
            let tone = if light < 0.004 { light * 20.3 } else { light.powf(1.0 / 2.2) };
            255.0 * tone
        };
        let noise = |step: usize| {
            let light = (real(step) / real(TONES - 1)).powi(2).max(0.003);
            let slope = 255.0 / 2.2 * light.powf(1.0 / 2.2 - 1.0);
            slope * (make.shot * make.shot * light + make.read * make.read).sqrt()
        };
        Self {
            make,
            gain: 0.0,
            tones: (0..TONES).map(tone).collect(),
            noises: (0..TONES).map(noise).collect(),
            sheet: sheet(random),
            random: Random::new(random.seed()),
            picture: vec![0.0; PIXELS],
            sent: vec![0.0; PIXELS],
            next_key: 0.0,
            last: 0.0,
        }
    }

    /// Grey level and noise of so much light, as exposed by `gain`.
    pub(crate) fn level_of(&self, light: f32, gain: f32) -> (f32, f32) {
        let step = floor((light * gain).min(1.0).sqrt() * real(TONES - 1));
        (self.tones[step], self.noises[step])
    }

    /// Films what `radiance` tells, at the time `t`.
    pub(crate) fn film(
        &mut self,
        radiance: &[f32],
        t: f32,
        disturbances: &[Box<dyn Disturbance>],
    ) -> Grey {
        self.expose(radiance, t);
        let off: f32 = disturbances.iter().map(|one| one.exposure(t)).product();
        let gain = self.gain * off;
        let (right, down) = (self.random.below(SHEET - WIDTH), self.random.below(SHEET - HEIGHT));
        for row in 0..HEIGHT {
            let noise = &self.sheet[(row + down) * SHEET + right..][..WIDTH];
            let light = &radiance[row * WIDTH..][..WIDTH];
            let out = &mut self.picture[row * WIDTH..][..WIDTH];
            for ((out, light), noise) in out.iter_mut().zip(light).zip(noise) {
                let step = floor((light * gain).min(1.0).sqrt() * real(TONES - 1)).min(TONES - 1);
                *out = (self.tones[step] + noise * self.noises[step]).clamp(0.0, 255.0);
            }
        }
        for one in disturbances {
            one.overlay(t, &mut self.picture);
        }
        self.send(t);
        let pixels = self.sent.iter().map(|sent| level(sent.clamp(0.0, 255.0))).collect();
        Grey::new(WIDTH, HEIGHT, pixels).expect("the picture has a level per pixel")
    }

    /// Follows the light, unless it is near enough.
    fn expose(&mut self, radiance: &[f32], t: f32) {
        let aim = self.metered(radiance);
        if self.gain <= 0.0 {
            self.gain = aim;
        }
        let away = (aim / self.gain).log2();
        if away.abs() > 0.12 {
            let share = ((t - self.last) / self.make.reaction).clamp(0.0, 1.0);
            self.gain *= (away * share).exp2();
        }
        self.last = t;
    }

    /// The gain that would be right.
    pub(crate) fn metered(&self, radiance: &[f32]) -> f32 {
        let (mut sum, mut count) = (0.0, 0.0);
        for light in radiance.iter().step_by(7) {
            // Cameras weigh what is burnt out no more than white.
            sum += if self.gain > 0.0 { light.min(1.0 / self.gain) } else { *light };
            count += 1.0;
        }
        (self.make.aim / 255.0).powf(2.2) * count / sum
    }

    /// Sends the picture through the codec.
    fn send(&mut self, t: f32) {
        let is_key = t >= self.next_key;
        if is_key {
            self.next_key = t + GROUP;
        }
        for top in (0..HEIGHT).step_by(BLOCK) {
            for left in (0..WIDTH).step_by(BLOCK) {
                self.send_block(left, top, is_key);
            }
        }
    }

    fn send_block(&mut self, left: usize, top: usize, is_key: bool) {
        let rows = top..(top + BLOCK).min(HEIGHT);
        let (mut sum, mut change, mut shift) = (0.0, 0.0, 0.0);
        for row in rows.clone() {
            let pixels = row * WIDTH + left..row * WIDTH + left + BLOCK;
            for (new, sent) in self.picture[pixels.clone()].iter().zip(&self.sent[pixels]) {
                (sum, change, shift) = (sum + new, change + (new - sent).abs(), shift + new - sent);
            }
        }
        let count = real(rows.len() * BLOCK);
        let (mean, change, shift) = (sum / count, change / count, shift / count);
        if !is_key && change < self.make.skip {
            return;
        }
        let round = self.make.round;
        for row in rows {
            let pixels = row * WIDTH + left..row * WIDTH + left + BLOCK;
            let out = self.sent[pixels.clone()].iter_mut().zip(&self.picture[pixels]);
            for (sent, new) in out {
                *sent = if is_key {
                    mean + ((new - mean) / round).round() * round
                } else {
                    *sent + shift + ((new - *sent - shift) / round).round() * round
                };
            }
        }
    }
}

/// Noise of mean 0 and variance 1, a little alike from pixel to pixel, as what was scaled down.
fn sheet(random: &mut Random) -> Vec<f32> {
    let mut raw = vec![0.0; SHEET * SHEET];
    for pixels in raw.chunks_exact_mut(4) {
        let seed = random.seed();
        for (number, pixel) in pixels.iter_mut().enumerate() {
            let bits = seed >> (16 * number);
            let half = |bits: u64| f32::from(u8::try_from(bits & 255).unwrap_or(0)) / 127.5 - 1.0;
            *pixel = (half(bits) + half(bits >> 8)) * 1.22; // Variance 1/3 each.
        }
    }
    let mut out = vec![0.0; SHEET * SHEET];
    for (index, out) in out.iter_mut().enumerate() {
        let side = |step: usize| raw[(index + step) % raw.len()];
        let around = side(1) + side(SHEET * SHEET - 1) + side(SHEET) + side(SHEET * SHEET - SHEET);
        *out = (raw[index] * 3.0 + around) / 13.0_f32.sqrt();
    }
    out
}

/// Exposure that hunts: it swings about what is right, now and then.
pub(crate) struct Hunting {
    seed: u64,
    depth: f32,
    beat: f32,
}

impl Hunting {
    pub(crate) fn new(random: &mut Random) -> Self {
        let (depth, beat) = (random.between(0.05, 0.35), random.between(0.2, 1.0));
        Self { seed: random.seed(), depth, beat }
    }
}

impl Disturbance for Hunting {
    fn exposure(&self, t: f32) -> f32 {
        let busy = (wander(self.seed, t / 8.0) * 3.0).clamp(0.0, 1.0);
        1.0 + self.depth * busy * (t * self.beat * std::f32::consts::TAU).sin()
    }
}

/// Pixels of the sensor that are stuck, some for good, some now and then.
pub(crate) struct HotPixels {
    seed: u64,
    places: Vec<usize>,
}

impl HotPixels {
    pub(crate) fn new(random: &mut Random) -> Self {
        let count = 4 + random.below(20);
        let places = (0..count).map(|_| random.below(PIXELS)).collect();
        Self { seed: random.seed(), places }
    }
}

impl Disturbance for HotPixels {
    fn overlay(&self, t: f32, picture: &mut [f32]) {
        for (number, &place) in self.places.iter().enumerate() {
            let blinks = number % 3 == 0;
            if !blinks || wander(self.seed, t * 2.0 + real(number) * 3.0) > 0.0 {
                picture[place] = (picture[place] + 60.0).min(255.0);
            }
        }
    }
}

/// The clock that the camera writes into a corner.
pub(crate) struct Clock {
    left: usize,
    top: usize,
    start: f32,
}

impl Clock {
    pub(crate) fn new(random: &mut Random) -> Self {
        let left = if random.chance(0.5) { 2 } else { 118 };
        let top = if random.chance(0.5) { 2 } else { 83 };
        Self { left, top, start: random.between(0.0, 86_000.0) }
    }
}

/// Rows of digits, three pixels wide: the highest bit is the left one.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 1, 1],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];

impl Disturbance for Clock {
    fn overlay(&self, t: f32, picture: &mut [f32]) {
        let now = floor(self.start + t);
        let (hours, minutes, seconds) = (now / 3600 % 24, now / 60 % 60, now % 60);
        let digits =
            [hours / 10, hours % 10, minutes / 10, minutes % 10, seconds / 10, seconds % 10];
        for (number, digit) in digits.into_iter().enumerate() {
            let left = self.left + number * 4 + number / 2 * 2;
            for (down, bits) in DIGITS[digit].iter().enumerate() {
                for along in 0..3 {
                    if bits >> (2 - along) & 1 == 1 {
                        picture[(self.top + down) * WIDTH + left + along] = 235.0;
                    }
                }
            }
        }
    }
}
