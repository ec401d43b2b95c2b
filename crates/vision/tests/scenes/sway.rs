//! What swings and shakes: branches, cloth, webs, water, and the camera itself.

use crate::canvas::{Canvas, View};
use crate::cast::real;
use crate::disturbance::Disturbance;
use crate::random::{Random, smooth, wander};

/// How hard the wind blows, 0 to 1, in gusts of some seconds.
fn gust(seed: u64, t: f32) -> f32 {
    (0.45 + 0.75 * wander(seed, t / 4.0)).clamp(0.0, 1.0)
}

/// A bush or a branch: some dozens of leaves that swing together and each for itself.
pub(crate) struct Branches {
    seed: u64,
    leaves: Vec<Leaf>,
    root: (f32, f32),
    size: f32,
    /// Swings per second of the whole.
    beat: f32,
    /// How far its end swings, in pixels.
    swing: f32,
    is_before: bool,
}

struct Leaf {
    x: f32,
    y: f32,
    turn: f32,
    size: f32,
    paint: f32,
}

impl Branches {
    pub(crate) fn new(random: &mut Random) -> Self {
        let size = random.between(10.0, 32.0);
        let green = random.between(0.06, 0.3);
        let count = 60 + random.below(90);
        let leaf = |random: &mut Random| Leaf {
            x: random.between(-0.5, 0.5) * size,
            y: -random.unit() * size,
            turn: random.between(0.0, 3.1),
            size: random.between(0.5, 1.2) * size / 20.0,
            paint: green * random.between(0.5, 1.8),
        };
        Self {
            seed: random.seed(),
            leaves: (0..count).map(|_| leaf(random)).collect(),
            root: (random.between(5.0, 155.0), random.between(30.0, 92.0)),
            size,
            beat: random.between(0.3, 1.6),
            swing: random.between(0.6, 6.0) * size / 30.0,
            is_before: random.chance(0.4),
        }
    }

    fn draw(&self, t: f32, canvas: &mut Canvas) {
        let wind = gust(self.seed, t);
        let lean = wind * 0.6 + wind * 0.6 * (t * self.beat * std::f32::consts::TAU).sin();
        let place = |leaf: &Leaf, number: usize| {
            let height = -leaf.y / self.size;
            let own = wander(self.seed ^ 5, t * 2.5 + real(number) * 7.3) * wind;
            (
                self.root.0 + leaf.x + self.swing * height * (lean + 0.35 * own),
                self.root.1 + leaf.y + self.swing * height * 0.3 * (lean + own),
            )
        };
        for (number, leaf) in self.leaves.iter().enumerate() {
            let (x, y) = place(leaf, number);
            if number % 6 == 0 {
                canvas.limb(self.root, (x, y), 0.4, |_, _| 0.07);
            }
            let turn = leaf.turn + 0.5 * wind * wander(self.seed ^ 9, t * 3.0 + leaf.turn * 50.0);
            let (along, down) = (turn.cos() * leaf.size * 1.4, turn.sin() * leaf.size * 1.4);
            let paint = leaf.paint;
            canvas.limb((x - along, y - down), (x + along, y + down), leaf.size, |_, _| paint);
        }
    }
}

impl Disturbance for Branches {
    fn behind(&self, t: f32, canvas: &mut Canvas) {
        if !self.is_before {
            self.draw(t, canvas);
        }
    }

    fn before(&self, t: f32, canvas: &mut Canvas) {
        if self.is_before {
            self.draw(t, canvas);
        }
    }
}

/// Washing on a line or a flag: cloth that hangs from its upper edge and swings.
pub(crate) struct Cloth {
    seed: u64,
    x: f32,
    top: f32,
    width: f32,
    height: f32,
    paint: f32,
    swing: f32,
    beat: f32,
}

impl Cloth {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            seed: random.seed(),
            x: random.between(20.0, 130.0),
            top: random.between(15.0, 40.0),
            width: random.between(5.0, 18.0),
            height: random.between(8.0, 24.0),
            paint: random.between(0.1, 0.85),
            swing: random.between(1.0, 6.0),
            beat: random.between(0.3, 0.9),
        }
    }
}

impl Disturbance for Cloth {
    fn behind(&self, t: f32, canvas: &mut Canvas) {
        let wind = gust(self.seed, t);
        let (x0, top, width, height) = (self.x, self.top, self.width, self.height);
        let (swing, beat, seed, paint) = (self.swing, self.beat, self.seed, self.paint);
        canvas.limb((x0 - 30.0, top), (x0 + width + 30.0, top), 0.4, |_, _| 0.3);
        let bounds = (x0 - swing - 2.0, top, x0 + width + swing + 2.0, top + height + 2.0);
        canvas.cover(bounds, |x, y| {
            let down = ((y - top) / height).clamp(0.0, 1.0);
            let phase = t * beat * std::f32::consts::TAU - down * 1.2;
            let off = swing * down * wind * (0.3 + 0.7 * phase.sin());
            let x = x - x0 - off;
            let hem = top + height - 0.08 * off * off;
            let covered = (x + 0.5).clamp(0.0, 1.0)
                * (width - x + 0.5).clamp(0.0, 1.0)
                * (hem - y + 0.5).clamp(0.0, 1.0);
            let fold = smooth(seed, x / 2.5 + wind * 2.0 * phase.cos(), y / 9.0);
            (covered, paint * (1.0 + 0.3 * fold))
        });
    }
}

/// Threads of a web at the lens, bright in the infrared lamp, out of focus.
pub(crate) struct Web {
    seed: u64,
    threads: Vec<((f32, f32), (f32, f32))>,
    bright: f32,
    sag: f32,
}

impl Web {
    pub(crate) fn new(random: &mut Random) -> Self {
        let end =
            |random: &mut Random| (random.between(-10.0, 170.0), random.between(-10.0, 100.0));
        let count = 1 + random.below(3);
        Self {
            seed: random.seed(),
            threads: (0..count).map(|_| (end(random), end(random))).collect(),
            bright: random.between(0.03, 0.25),
            sag: random.between(2.0, 12.0),
        }
    }
}

impl Disturbance for Web {
    fn before(&self, t: f32, canvas: &mut Canvas) {
        let wind = gust(self.seed, t);
        for (number, (from, to)) in self.threads.iter().enumerate() {
            let phase = t * 1.3 + real(number) * 9.0;
            let blow = self.sag * wind * wander(self.seed ^ 3, phase);
            let parts = 12;
            let point = |part: usize| {
                let along = real(part) / real(parts);
                let belly = 4.0 * along * (1.0 - along);
                (
                    from.0 + (to.0 - from.0) * along + 0.6 * blow * belly,
                    from.1 + (to.1 - from.1) * along + (self.sag + blow) * belly,
                )
            };
            let bright = self.bright * (0.8 + 0.4 * wander(self.seed ^ 4, phase));
            for part in 0..parts {
                let (from, to) = (point(part), point(part + 1));
                canvas.glow(crate::canvas::around(from, to, 4.0), |x, y| {
                    let away = crate::canvas::distance((x, y), from, to);
                    bright * 0.6 * (-away * away / 2.5).exp()
                });
            }
        }
    }
}

/// A pond or a puddle: ripples that run over it and mirror the sky.
pub(crate) struct Water {
    seed: u64,
    x: f32,
    y: f32,
    wide: f32,
    high: f32,
    speed: f32,
}

impl Water {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            seed: random.seed(),
            x: random.between(20.0, 140.0),
            y: random.between(55.0, 84.0),
            wide: random.between(14.0, 60.0),
            high: random.between(4.0, 14.0),
            speed: random.between(0.5, 3.0),
        }
    }
}

impl Disturbance for Water {
    fn behind(&self, t: f32, canvas: &mut Canvas) {
        let Self { seed, x: x0, y: y0, wide, high, speed } = *self;
        let wind = 0.2 + 0.8 * gust(seed, t);
        canvas.cover((x0 - wide, y0 - high, x0 + wide, y0 + high), |x, y| {
            let (across, down) = ((x - x0) / wide, (y - y0) / high);
            let covered = ((1.0 - across * across - down * down) * high).clamp(0.0, 1.0);
            let near = 0.5 + (y - y0 + high) / high * 0.4;
            let wave = |seed, scale: f32, run: f32| {
                smooth(seed, x / (7.0 * scale * near) + run, y / (2.0 * scale * near) - t * speed)
            };
            let waves = wave(seed, 1.0, t * speed) + 0.6 * wave(seed ^ 1, 0.5, -t * speed * 1.3);
            let glint = (waves * wind - 0.7).max(0.0) * 2.0;
            (covered, 0.22 + 0.12 * wind * waves + glint)
        });
    }
}

/// A camera on a pole in the wind: up to two pixels, with the pole's own beat.
pub(crate) struct Shake {
    seed: u64,
    reach: f32,
    beat: f32,
}

impl Shake {
    pub(crate) fn new(random: &mut Random) -> Self {
        let (reach, beat) = (random.between(0.3, 2.0), random.between(0.7, 4.0));
        Self { seed: random.seed(), reach, beat }
    }
}

impl Disturbance for Shake {
    fn view(&self, t: f32) -> View {
        let wind = self.reach * gust(self.seed, t);
        let swing = 0.6 * (t * self.beat * std::f32::consts::TAU).sin();
        View {
            x: wind * (swing + 0.4 * wander(self.seed ^ 1, t * 3.0)),
            y: wind * 0.6 * wander(self.seed ^ 2, t * self.beat * 2.0),
            zoom: 1.0,
        }
    }
}

/// The focus hunts, and the picture grows and shrinks with it by up to a hundredth.
pub(crate) struct Breathing {
    seed: u64,
    depth: f32,
}

impl Breathing {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self { seed: random.seed(), depth: random.between(0.003, 0.01) }
    }
}

impl Disturbance for Breathing {
    fn view(&self, t: f32) -> View {
        let hunting = (wander(self.seed, t / 6.0) * 3.0).clamp(0.0, 1.0);
        View { zoom: 1.0 + self.depth * hunting * wander(self.seed ^ 1, t * 1.5), ..View::STILL }
    }
}
