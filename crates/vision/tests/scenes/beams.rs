//! Beams: headlights that sweep by, a parked car's lamps, a torch.

use crate::canvas::{Canvas, EVERYWHERE, distance};
use crate::disturbance::Disturbance;
use crate::light::Switch;
use crate::random::{Random, ease, wander};

/// The beams of a car that turns or passes outside of the picture: two hot spots and a pool of light
/// that run along the walls, with the sharp upper edge of a dipped beam.
pub(crate) struct Headlights {
    times: Vec<Sweep>,
    strength: f32,
    /// The row of the dipped beam's upper edge.
    cut_off: f32,
}

struct Sweep {
    start: f32,
    /// Pixels per second, to either side.
    speed: f32,
}

impl Headlights {
    pub(crate) fn new(random: &mut Random, length: f32, ambient: f32) -> Self {
        let mut times = Vec::new();
        let mut start = random.between(8.0, 14.0);
        while start < length {
            times.push(Sweep { start, speed: random.between(40.0, 220.0) * random.sign() });
            start += random.between(8.0, 20.0);
        }
        Self {
            times,
            strength: ambient * random.between(2.0, 12.0),
            cut_off: random.between(10.0, 45.0),
        }
    }
}

impl Disturbance for Headlights {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        for sweep in &self.times {
            let way = (t - sweep.start) * sweep.speed.abs();
            if !(0.0..360.0).contains(&way) {
                continue;
            }
            let middle = if sweep.speed > 0.0 { way - 100.0 } else { 260.0 - way };
            let (strength, cut_off) = (self.strength, self.cut_off);
            canvas.shine(EVERYWHERE, |x, y| {
                let spot = |x: f32, wide: f32, high: f32| {
                    let down = y - cut_off - 6.0;
                    (-(x * x) / (wide * wide) - down * down / (high * high)).exp()
                };
                let beams = spot(x - middle + 12.0, 16.0, 9.0) + spot(x - middle - 12.0, 16.0, 9.0);
                let pool = 0.5 * spot(x - middle, 45.0, 26.0);
                let edge = 0.1 + 0.9 * ease((y - cut_off + 2.0) / 4.0);
                strength * (beams + pool) * edge
            });
        }
    }
}

/// Two lamps of a parked car that are switched on and off: their glare and a pool before them.
pub(crate) struct ParkedLamps {
    switch: Switch,
    x: f32,
    y: f32,
    apart: f32,
    strength: f32,
}

impl ParkedLamps {
    pub(crate) fn new(random: &mut Random, length: f32, ambient: f32) -> Self {
        Self {
            switch: Switch::new(random, length, (6.0, 20.0)),
            x: random.between(20.0, 140.0),
            y: random.between(35.0, 60.0),
            apart: random.between(5.0, 14.0),
            strength: ambient * random.between(2.0, 8.0),
        }
    }
}

impl Disturbance for ParkedLamps {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        if !self.switch.at(t).0 {
            return;
        }
        let (x0, y0, strength) = (self.x, self.y, self.strength);
        canvas.shine(EVERYWHERE, |x, y| {
            let (x, y) = ((x - x0) / 30.0, (y - y0 - 16.0) / 12.0);
            strength * (-x * x - y * y).exp()
        });
        for side in [-0.5, 0.5] {
            let lamp = (x0 + side * self.apart, y0);
            canvas.glow((lamp.0 - 16.0, y0 - 16.0, lamp.0 + 16.0, y0 + 16.0), |x, y| {
                let away = distance((x, y), lamp, lamp);
                2.0 * (1.6 - away).clamp(0.0, 1.0) + 0.3 * (-away / 3.5).exp()
            });
        }
    }
}

/// Somebody outside of the picture lets a torch wander over it.
pub(crate) struct Torch {
    seed: u64,
    start: f32,
    end: f32,
    strength: f32,
    size: f32,
}

impl Torch {
    pub(crate) fn new(random: &mut Random, length: f32, ambient: f32) -> Self {
        let start = random.between(10.0, 20.0);
        Self {
            seed: random.seed(),
            start,
            end: (start + random.between(6.0, 20.0)).min(length),
            strength: ambient * random.between(3.0, 10.0),
            size: random.between(7.0, 18.0),
        }
    }
}

impl Disturbance for Torch {
    fn light(&self, t: f32, canvas: &mut Canvas) {
        if !(self.start..self.end).contains(&t) {
            return;
        }
        let x0 = 80.0 + 95.0 * wander(self.seed, t * 1.1) + 12.0 * wander(self.seed ^ 1, t * 5.0);
        let y0 =
            50.0 + 45.0 * wander(self.seed ^ 2, t * 0.9) + 6.0 * wander(self.seed ^ 3, t * 5.0);
        let (strength, size) = (self.strength, self.size);
        canvas.shine(EVERYWHERE, |x, y| {
            let away = distance((x, y), (x0, y0), (x0, y0)) / size;
            let spot = 1.0 / (1.0 + away.powi(6)); // A reflector's spot: even, with a soft rim.
            strength * (spot + 0.15 * (-away * away / 12.0).exp())
        });
    }
}
