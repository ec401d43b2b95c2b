//! What falls and flies: rain, snow, insects; fog; a bag that was put down.

use crate::canvas::{Canvas, EVERYWHERE, around, distance};
use crate::cast::{floor_signed, real};
use crate::disturbance::Disturbance;
use crate::kind::Hour;
use crate::random::{Random, at, fractal, smooth, wander};

/// Streaks of drops, longer and faster the nearer they fall. A drop near the lens crosses the
/// picture between two frames, so that each frame has others.
pub(crate) struct Rain {
    seed: u64,
    drops: usize,
    bright: f32,
    slant: f32,
}

impl Rain {
    pub(crate) fn new(random: &mut Random, ambient: f32) -> Self {
        Self {
            seed: random.seed(),
            drops: 15 + random.below(100),
            bright: ambient * random.between(0.06, 0.35),
            slant: random.between(-0.4, 0.4),
        }
    }
}

impl Disturbance for Rain {
    fn before(&self, t: f32, canvas: &mut Canvas) {
        let frame = floor_signed(t * 100.0);
        for drop in 0..self.drops {
            let chance = |what| 0.5 + 0.5 * at(self.seed ^ what, frame, floor_signed(real(drop)));
            let near = chance(3) * chance(4);
            let length = 2.0 + 16.0 * near;
            let (x, y) = (chance(1) * 180.0 - 10.0, chance(2) * 110.0 - 15.0);
            let end = (x + self.slant * length, y + length);
            let (half, bright) = (0.3 + 0.7 * near, self.bright * (0.4 + 0.6 * near));
            canvas.glow(around((x, y), end, half + 1.0), |x0, y0| {
                let away = distance((x0, y0), (x, y), end);
                bright * (half - away + 0.5).clamp(0.0, 1.0)
            });
        }
    }
}

/// Pixels that a thing one metre wide and one metre away spans.
const FOCAL: f32 = 120.0;
/// How long a night's exposure is, in seconds, and a day's.
const EXPOSURE: (f32, f32) = (1.0 / 25.0, 1.0 / 100.0);
/// What the lamp at the camera gives to white paper one metre away; on the ground it is 0.4.
const LAMP: f32 = 14.0;

/// Something small and bright that flies from one place to another while the shutter is open. Where
/// it passes it covers a pixel for only a share of that time.
fn speck(
    canvas: &mut Canvas,
    from: (f32, f32),
    to: (f32, f32),
    width: f32,
    seen: impl Fn(&mut Canvas, (f32, f32), (f32, f32), f32, f32),
) {
    let way = (to.0 - from.0).hypot(to.1 - from.1);
    let share = (width / way.max(width).max(1.0)).min(1.0);
    seen(canvas, from, to, (width / 2.0).max(0.5), share * width.min(1.0));
}

/// Flakes of 3 to 10 mm that fall at 1 to 1.6 m/s in one wind, evenly spread over the room before the
/// lens: the far ones small and slow, the near ones large, quick and few.
pub(crate) struct Snow {
    flakes: Vec<Flake>,
    seed: u64,
    /// Metres per second to the right.
    wind: f32,
    infrared: bool,
    exposure: f32,
}

struct Flake {
    /// Metres from the lens.
    away: f32,
    /// Pixels.
    width: f32,
    /// Metres per second.
    speed: f32,
    start: f32,
}

impl Snow {
    pub(crate) fn new(random: &mut Random, hour: Hour) -> Self {
        let flake = |random: &mut Random| {
            let away = (7.0 * random.unit().cbrt()).max(0.3);
            Flake {
                away,
                width: FOCAL * random.between(0.003, 0.01) / away,
                speed: random.between(1.0, 1.6),
                start: random.unit(),
            }
        };
        let count = 60 + random.below(500);
        Self {
            flakes: (0..count).map(|_| flake(random)).collect(),
            seed: random.seed(),
            wind: random.between(-1.5, 1.5),
            infrared: hour == Hour::Night,
            exposure: if hour == Hour::Day { EXPOSURE.1 } else { EXPOSURE.0 },
        }
    }
}

impl Disturbance for Snow {
    fn before(&self, t: f32, canvas: &mut Canvas) {
        for (number, flake) in self.flakes.iter().enumerate() {
            let scale = FOCAL / flake.away;
            let high = 90.0 + 20.0 + flake.width;
            let way = flake.start + t * flake.speed * scale / high;
            let lap = floor_signed(way);
            let own = floor_signed(real(number));
            let flutter = 0.15 * scale * wander(self.seed, t * 1.5 + real(number) * 5.0);
            let start = (0.5 + 0.5 * at(self.seed ^ 2, own, lap)) * 400.0 - 120.0;
            let fallen = way.fract() * high;
            let slant = self.wind / flake.speed;
            let end = (start + slant * fallen + flutter, fallen - 10.0 - flake.width);
            let fall = flake.speed * scale * self.exposure;
            let from = (end.0 - slant * fall, end.1 - fall);
            let light = self.infrared.then_some((0.8 * LAMP / (flake.away * flake.away)).min(4.0));
            speck(canvas, from, end, flake.width, |canvas, from, to, half, share| {
                let bounds = around(from, to, half + 1.0);
                let covered = |x: f32, y: f32| {
                    share * (half - distance((x, y), from, to) + 0.5).clamp(0.0, 1.0)
                };
                match light {
                    Some(light) => canvas.veil(bounds, |x, y| (covered(x, y), light)),
                    None => canvas.cover(bounds, |x, y| (covered(x, y), 0.85)),
                }
            });
        }
    }
}

/// Insects in the light of the infrared lamp, 3 to 12 mm long, that come by at 0.2 to 2 m/s and up to
/// two metres away: bright, blurred, erratic.
pub(crate) struct Insects {
    seed: u64,
    count: usize,
}

impl Insects {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self { seed: random.seed(), count: 1 + random.below(7) }
    }

    /// Where insect `own` is, and how near, or `None` if it is out of sight.
    fn place(&self, own: usize, t: f32) -> Option<(f32, f32, f32, f32)> {
        let seed = self.seed ^ crate::cast::bits(floor_signed(real(own) * 31.0));
        // It comes and goes; each visit is another insect's.
        let visit = floor_signed(t / 7.0 + real(own) * 0.37);
        if at(seed, visit, 1) < 0.0 {
            return None;
        }
        let chance = |what| 0.5 + 0.5 * at(seed, visit, what);
        let away = 0.25 + 1.75 * chance(2).sqrt();
        let quick = 0.2 * 10.0_f32.powf(chance(3));
        let width = FOCAL * (0.002 + 0.004 * chance(4)) / away;
        let scale = FOCAL / away;
        // About a metre from turn to turn, and small loops on top.
        let walk = |what: u64| {
            let seed = seed ^ what ^ crate::cast::bits(visit).wrapping_mul(977);
            0.9 * away * wander(seed, t * quick / (0.9 * away))
                + 0.06 * wander(seed ^ 64, t * quick / 0.1)
        };
        Some((80.0 + scale * walk(3), 45.0 + scale * 0.7 * walk(4), width, away))
    }
}

impl Disturbance for Insects {
    fn before(&self, t: f32, canvas: &mut Canvas) {
        for own in 0..self.count {
            let (Some((x, y, width, away)), Some((from_x, from_y, ..))) =
                (self.place(own, t), self.place(own, t - EXPOSURE.0))
            else {
                continue;
            };
            if (x - from_x).hypot(y - from_y) > 60.0 {
                continue; // Another visit began.
            }
            let light = (0.3 * LAMP / (away * away)).min(4.0);
            speck(canvas, (from_x, from_y), (x, y), width, |canvas, from, to, half, share| {
                // Nearer than the focus: soft all over.
                let soft = half + 0.25 / away;
                canvas.veil(around(from, to, 2.5 * soft), |x, y| {
                    let off = distance((x, y), from, to) / soft;
                    (share * (half / soft) * (-off * off).exp(), light)
                });
            });
        }
    }
}

/// Fog that drifts: the far becomes as grey as the fog is.
pub(crate) struct Fog {
    seed: u64,
    grey: f32,
}

impl Fog {
    pub(crate) fn new(random: &mut Random, ambient: f32) -> Self {
        Self { seed: random.seed(), grey: ambient * random.between(0.35, 0.6) }
    }
}

impl Disturbance for Fog {
    fn before(&self, t: f32, canvas: &mut Canvas) {
        let thick = 0.35 + 0.25 * wander(self.seed, t / 15.0);
        let share = |row: usize, column: usize| {
            let (x, y) = (real(column) / 60.0 + t * 0.12, real(row) / 30.0);
            let far = 1.0 - 0.6 * real(row) / 90.0;
            ((thick + 0.2 * smooth(self.seed ^ 1, x, y)) * far).clamp(0.0, 0.9)
        };
        for row in 0..crate::canvas::HEIGHT {
            for cell in 0..crate::canvas::WIDTH / 10 {
                let (left, right) = (share(row, cell * 10), share(row, cell * 10 + 10));
                for step in 0..10 {
                    let pixel = row * crate::canvas::WIDTH + cell * 10 + step;
                    let share = left + (right - left) * real(step) / 10.0;
                    canvas.light[pixel] *= 1.0 - share;
                    canvas.glow[pixel] = canvas.glow[pixel] * (1.0 - share) + share * self.grey;
                }
            }
        }
    }
}

/// A bag or a box that is put down, and stays.
pub(crate) struct Bag {
    seed: u64,
    from: f32,
    x: f32,
    bottom: f32,
    width: f32,
    height: f32,
    paint: f32,
}

impl Bag {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            seed: random.seed(),
            from: random.between(12.0, 25.0),
            x: random.between(20.0, 140.0),
            bottom: random.between(55.0, 86.0),
            width: random.between(3.0, 14.0),
            height: random.between(3.0, 12.0),
            paint: random.between(0.04, 0.8),
        }
    }
}

impl Disturbance for Bag {
    fn behind(&self, t: f32, canvas: &mut Canvas) {
        if t < self.from {
            return;
        }
        let Self { seed, x: x0, bottom, width, height, paint, .. } = *self;
        canvas.shade((x0 - width, bottom - 2.0, x0 + width, bottom + 2.0), |x, y| {
            let (x, y) = ((x - x0) / width, (y - bottom) / 2.0);
            1.0 - 0.4 * (1.0 - x * x - y * y).clamp(0.0, 1.0)
        });
        canvas.cover((x0 - width, bottom - height - 1.0, x0 + width, bottom + 1.0), |x, y| {
            let covered = (width / 2.0 - (x - x0).abs() + 0.5).clamp(0.0, 1.0)
                * (bottom - y + 0.5).clamp(0.0, 1.0)
                * (y - bottom + height + 0.5).clamp(0.0, 1.0);
            (covered, paint * (1.0 + 0.3 * fractal(seed, x / 4.0, y / 4.0, 3)))
        });
    }

    fn excused(&self) -> Vec<(f32, f32)> {
        vec![(self.from - 0.2, self.from + 0.2)]
    }
}

/// Posts before the scene, behind which walkers pass.
pub(crate) struct Posts {
    /// Column, half the width, paint.
    posts: Vec<(f32, f32, f32)>,
}

impl Posts {
    pub(crate) fn new(random: &mut Random) -> Self {
        let post = |random: &mut Random| {
            (random.between(15.0, 145.0), random.between(0.8, 4.0), random.between(0.05, 0.6))
        };
        let count = random.below(3);
        Self { posts: (0..count).map(|_| post(random)).collect() }
    }
}

impl Disturbance for Posts {
    fn before(&self, _t: f32, canvas: &mut Canvas) {
        for &(x, half, paint) in &self.posts {
            canvas.limb((x, -20.0), (x, 110.0), half, |at, _| {
                paint * (1.0 - 0.25 * (at - x) / half.max(1.0))
            });
        }
    }
}

/// Nothing at all.
pub(crate) struct Calm;

impl Disturbance for Calm {
    fn light(&self, _t: f32, canvas: &mut Canvas) {
        canvas.shade(EVERYWHERE, |_, _| 1.0);
    }
}
