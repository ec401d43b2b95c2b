//! Light that changes: clouds, lamps, lightning, screens, the sun's way.

use crate::canvas::{Canvas, EVERYWHERE, HEIGHT, PIXELS, WIDTH, distance};
use crate::cast::{floor, real};
use crate::disturbance::Disturbance;
use crate::random::{Random, ease, smooth, wander};

/// Shadows of clouds, metres of penumbra wide, that take 5 to 60 s to pass.
pub(crate) struct Clouds {
    seed: u64,
    /// Cloud widths per second.
    speed: f32,
    depth: f32,
    /// Share of a cloud that the picture spans.
    span: f32,
}

impl Clouds {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            seed: random.seed(),
            speed: 1.0 / random.between(5.0, 60.0),
            depth: random.between(0.3, 0.7),
            span: random.between(0.2, 1.0),
        }
    }
}

impl Disturbance for Clouds {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        const STEP: usize = 10; // Pixels over which a cloud's shadow is straight.
        let shade = |column: usize, row: usize| {
            let x = real(column * STEP) / real(WIDTH) * self.span + t * self.speed * 2.0;
            let cloud = smooth(self.seed, x, real(row * STEP) / real(WIDTH) * self.span);
            1.0 - self.depth * ease(0.5 + 1.2 * cloud)
        };
        for row in 0..HEIGHT {
            let (cell, down) = (row / STEP, real(row % STEP) / real(STEP));
            for column in 0..WIDTH / STEP {
                let edge = |column| {
                    let above = shade(column, cell);
                    above + (shade(column, cell + 1) - above) * down
                };
                let (left, right) = (edge(column), edge(column + 1));
                let pixels = &mut canvas.light[row * WIDTH + column * STEP..][..STEP];
                for (number, light) in pixels.iter_mut().enumerate() {
                    *light *= left + (right - left) * real(number) / real(STEP);
                }
            }
        }
    }
}

/// Turns a random rhythm into on and off.
pub(crate) struct Switch {
    times: Vec<f32>,
}

impl Switch {
    pub(crate) fn new(random: &mut Random, length: f32, every: (f32, f32)) -> Self {
        let mut times = Vec::new();
        let mut at = random.between(8.0, 16.0);
        while at < length {
            times.push(at);
            at += random.between(every.0, every.1);
        }
        Self { times }
    }

    /// Whether it is on, and for how many seconds it has been as it is.
    pub(crate) fn at(&self, t: f32) -> (bool, f32) {
        let passed = self.times.iter().filter(|time| **time <= t).count();
        let since = passed.checked_sub(1).map_or(f32::MAX, |last| t - self.times[last]);
        (passed % 2 == 1, since)
    }
}

/// A lamp in or beside the picture, switched on and off.
pub(crate) struct Lamp {
    switch: Switch,
    x: f32,
    y: f32,
    reach: f32,
    strength: f32,
    /// Seconds until it burns in full: 0 for a bulb, up to one for a tube.
    warm_up: f32,
}

impl Lamp {
    pub(crate) fn new(random: &mut Random, length: f32, ambient: f32) -> Self {
        Self {
            switch: Switch::new(random, length, (9.0, 25.0)),
            x: random.between(-20.0, 180.0),
            y: random.between(-10.0, 50.0),
            reach: random.between(40.0, 140.0),
            strength: ambient * random.between(1.0, 6.0),
            warm_up: if random.chance(0.5) { 0.05 } else { random.between(0.1, 1.0) },
        }
    }
}

impl Disturbance for Lamp {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        let (on, since) = self.switch.at(t);
        let rise = (since / self.warm_up).clamp(0.0, 1.0);
        let burning = self.strength * if on { rise } else { 1.0 - rise };
        if burning <= 0.0 {
            return;
        }
        for (pixel, light) in canvas.light.iter_mut().enumerate() {
            let (x, y) = (real(pixel % WIDTH) - self.x, real(pixel / WIDTH) - self.y);
            *light += burning / (1.0 + (x * x + y * y) / (self.reach * self.reach));
        }
    }
}

/// Flashes of one to three frames each, several in a row.
pub(crate) struct Lightning {
    seed: u64,
    strength: f32,
}

impl Lightning {
    pub(crate) fn new(random: &mut Random, ambient: f32) -> Self {
        Self { seed: random.seed(), strength: ambient * random.between(1.0, 8.0) }
    }
}

impl Disturbance for Lightning {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        let storm = wander(self.seed, t / 4.0) > 0.35;
        let flash = wander(self.seed ^ 1, t * 6.0);
        if storm && flash > 0.2 {
            let strength = self.strength * (flash - 0.2) / 0.8;
            for (pixel, light) in canvas.light.iter_mut().enumerate() {
                *light += strength * (1.3 - real(pixel) / real(PIXELS)); // From above.
            }
        }
    }
}

/// Lamps on the mains, seen by a shutter that is not in step with them: bands that run down.
pub(crate) struct Mains {
    depth: f32,
    /// Beats per second.
    beat: f32,
    /// Bands in the picture.
    bands: f32,
}

impl Mains {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            depth: random.between(0.02, 0.15),
            beat: random.between(0.2, 4.5),
            bands: random.between(0.0, 2.5),
        }
    }
}

impl Disturbance for Mains {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        for (row, line) in canvas.light.chunks_exact_mut(WIDTH).enumerate() {
            let phase = (t * self.beat - real(row) / real(HEIGHT) * self.bands).fract();
            let gain = 1.0 + self.depth * (phase * std::f32::consts::TAU).sin();
            for light in line {
                *light *= gain;
            }
        }
    }
}

/// The shadow of a roof and a pole, which creep with the sun: up to 15 degrees an hour, a fifth of a
/// pixel a second where the shadow is long.
pub(crate) struct SunShadow {
    x: f32,
    y: f32,
    slope: f32,
    speed: f32,
    depth: f32,
}

impl SunShadow {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            x: random.between(20.0, 140.0),
            y: random.between(20.0, 70.0),
            slope: random.between(-0.6, 0.6),
            speed: random.between(0.02, 0.2) * random.sign(),
            depth: random.between(0.4, 0.75),
        }
    }
}

impl Disturbance for SunShadow {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        let Self { x: x0, y: y0, slope, depth, .. } = *self;
        let way = self.speed * t;
        canvas.shade(EVERYWHERE, |x, y| {
            let roof = (y - y0 - slope * (x - 80.0) - way) * 0.7 + 0.5;
            let pole = 2.5 - (x - x0 - slope * (y - 45.0) - way).abs();
            let lit = roof.clamp(0.0, 1.0) * (1.0 - pole.clamp(0.0, 1.0));
            1.0 - depth * (1.0 - lit)
        });
    }
}

/// A television in the scene: cuts, fades, and things that move on it.
pub(crate) struct Screen {
    seed: u64,
    x: f32,
    y: f32,
    width: f32,
}

impl Screen {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            seed: random.seed(),
            x: random.between(15.0, 130.0),
            y: random.between(15.0, 55.0),
            width: random.between(8.0, 20.0),
        }
    }
}

impl Disturbance for Screen {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        let (x0, y0) = (self.x, self.y);
        let mean = self.brightness(t);
        canvas.shine(EVERYWHERE, |x, y| {
            let away = distance((x, y), (x0, y0), (x0, y0)) / 40.0;
            0.08 * mean / (1.0 + away * away)
        });
    }

    fn behind(&self, t: f32, canvas: &mut Canvas) {
        let (shot, mean) = (self.shot(t), self.brightness(t));
        let (wide, high) = (self.width / 2.0, self.width * 0.28);
        let (x0, y0, seed) = (self.x, self.y, self.seed);
        let bounds = (x0 - wide - 1.0, y0 - high - 1.0, x0 + wide + 1.0, y0 + high + 1.0);
        canvas.glow(bounds, |x, y| {
            let inside = (wide - (x - x0).abs() + 0.5).clamp(0.0, 1.0)
                * (high - (y - y0).abs() + 0.5).clamp(0.0, 1.0);
            let picture = smooth(seed ^ shot, (x - x0) / 3.0 + t, (y - y0) / 3.0);
            inside * mean * 0.5 * (1.0 + 0.8 * picture)
        });
    }
}

impl Screen {
    /// Another number for each shot, of one to four seconds.
    fn shot(&self, t: f32) -> u64 {
        let cut = t / 2.0 + wander(self.seed, t / 7.0);
        u64::try_from(floor(cut)).unwrap_or(0) + 17
    }

    fn brightness(&self, t: f32) -> f32 {
        0.5 + 0.4 * smooth(self.seed ^ self.shot(t), 0.5, 0.5)
    }
}

/// A small lamp that blinks: a router, an alarm, a road works lamp.
pub(crate) struct Blinker {
    x: f32,
    y: f32,
    period: f32,
    size: f32,
}

impl Blinker {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            x: random.between(10.0, 150.0),
            y: random.between(10.0, 80.0),
            period: random.between(0.5, 3.0),
            size: random.between(0.8, 2.5),
        }
    }
}

impl Disturbance for Blinker {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        if (t / self.period).fract() < 0.5 {
            let (lamp, size) = ((self.x, self.y), self.size);
            canvas.glow((lamp.0 - 12.0, lamp.1 - 12.0, lamp.0 + 12.0, lamp.1 + 12.0), |x, y| {
                let away = distance((x, y), lamp, lamp);
                (size - away + 0.5).clamp(0.0, 1.0) + 0.08 * (-away / 3.0).exp()
            });
        }
    }
}

/// The infrared filter is switched: leaves turn white, the lamp at the camera takes over, and the
/// picture is dark for a moment.
pub(crate) struct FilterSwitch {
    switch: Switch,
    starts_by_night: bool,
}

impl FilterSwitch {
    pub(crate) fn new(random: &mut Random, length: f32) -> Self {
        Self {
            switch: Switch::new(random, length, (15.0, 30.0)),
            starts_by_night: random.chance(0.5),
        }
    }
}

impl Disturbance for FilterSwitch {
    fn infrared(&self, t: f32) -> Option<bool> {
        Some(self.switch.at(t).0 != self.starts_by_night)
    }

    fn exposure(&self, t: f32) -> f32 {
        let (_, since) = self.switch.at(t);
        if since < 0.25 { 0.05 } else { 1.0 + 1.5 * (-(since - 0.25) / 0.4).exp() }
    }
}
