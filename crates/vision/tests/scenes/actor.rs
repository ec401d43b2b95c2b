//! Who moves: people with heads, arms and legs, cars, cyclists, dogs.

use std::f32::consts::TAU;

use crate::canvas::{Canvas, HEIGHT, WIDTH};
use crate::cast::real;
use crate::path::{Ground, PERSON, Path};
use crate::random::{Random, smooth};

/// What kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Person,
    Cyclist,
    Dog,
    Car,
}

impl Body {
    /// Height in metres.
    pub(crate) fn height(self) -> f32 {
        match self {
            Body::Person | Body::Cyclist => PERSON,
            Body::Dog => 0.65,
            Body::Car => 1.45,
        }
    }

    /// Half of what it is long, in metres.
    pub(crate) fn half(self) -> f32 {
        match self {
            Body::Person => 0.35,
            Body::Cyclist => 0.9,
            Body::Dog => 0.5,
            Body::Car => 2.1,
        }
    }
}

/// Somebody on the way.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) body: Body,
    pub(crate) path: Path,
    pub(crate) outfit: Outfit,
    pub(crate) ground: Ground,
    seed: u64,
}

/// The paint of an actor's upper and lower part, by day and in infrared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outfit {
    pub(crate) upper: [f32; 2],
    pub(crate) lower: [f32; 2],
}

impl Outfit {
    /// What people wear; some cloth is bright in infrared, whatever it is by day.
    pub(crate) fn any(random: &mut Random) -> Self {
        let mut paint = || 0.04 * 18.0_f32.powf(random.unit());
        Self { upper: [paint(), paint()], lower: [paint(), paint()] }
    }
}

/// A box in pixels.
pub(crate) struct Outline {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Outline {
    /// What share of it lies in the picture.
    fn inside(&self) -> f32 {
        let across = self.right.min(real(WIDTH)) - self.left.max(0.0);
        let down = self.bottom.min(real(HEIGHT)) - self.top.max(0.0);
        across.max(0.0) * down.max(0.0)
            / ((self.right - self.left) * (self.bottom - self.top)).max(0.01)
    }
}

impl Actor {
    pub(crate) fn new(body: Body, path: Path, ground: Ground, random: &mut Random) -> Self {
        Self { body, path, outfit: Outfit::any(random), ground, seed: random.seed() }
    }

    /// Around it, at the time `t`, or `None` if it is not there.
    pub(crate) fn outline(&self, t: f32) -> Option<Outline> {
        let (spot, _) = self.path.at(t)?;
        let (x, y, scale) = self.ground.place(spot);
        let (half, height) = (self.body.half() * scale, self.body.height() * scale);
        Some(Outline { left: x - half, top: y - height, right: x + half, bottom: y })
    }

    /// Whether it is at least a quarter inside, and whether it goes.
    pub(crate) fn state(&self, t: f32) -> (bool, bool) {
        let inside = self.outline(t).is_some_and(|outline| outline.inside() >= 0.25);
        (inside, self.path.at(t).is_some_and(|(_, goes)| goes))
    }

    pub(crate) fn draw(&self, t: f32, canvas: &mut Canvas, infrared: bool, lamps: bool) {
        let Some((spot, goes)) = self.path.at(t) else { return };
        let (x, y, scale) = self.ground.place(spot);
        let later = self.path.at(t + 0.05).or(self.path.at(t - 0.05)).map_or(spot, |at| at.0);
        let ahead = if later == spot { 1.0 } else { self.ground.place(later).0 - x };
        let pose = Pose {
            x,
            y,
            size: self.body.height() * scale,
            facing: if ahead < 0.0 { -1.0 } else { 1.0 },
            phase: self.path.walked(t) / self.stride() * TAU,
            swing: if goes { 1.0 } else { 0.15 },
            seed: self.seed,
        };
        pose.shadow(canvas, self.body.half() * scale);
        if lamps && self.body == Body::Car {
            pose.lamps(canvas);
        }
        let kind = usize::from(infrared);
        let (upper, lower) = (self.outfit.upper[kind], self.outfit.lower[kind]);
        match self.body {
            Body::Person => person(&pose, canvas, upper, lower),
            Body::Cyclist => cyclist(&pose, canvas, upper, lower),
            Body::Dog => dog(&pose, canvas, upper),
            Body::Car => car(&pose, canvas, upper),
        }
    }

    /// Metres of two steps.
    fn stride(&self) -> f32 {
        match self.body {
            Body::Person => 1.4,
            Body::Cyclist => 5.0,
            Body::Dog => 0.9,
            Body::Car => 1.9,
        }
    }
}

/// How a body stands in the picture.
struct Pose {
    /// Between the feet.
    x: f32,
    y: f32,
    /// Height in pixels.
    size: f32,
    facing: f32,
    phase: f32,
    /// How far arms and legs swing, 0 to 1.
    swing: f32,
    seed: u64,
}

impl Pose {
    /// Where a place of the body is: to its front and up, in body heights.
    fn at(&self, front: f32, up: f32) -> (f32, f32) {
        (self.x + self.facing * front * self.size, self.y - up * self.size)
    }

    fn limb(&self, canvas: &mut Canvas, from: (f32, f32), to: (f32, f32), half: f32, paint: f32) {
        let (size, seed, x0, y0) = (self.size, self.seed, self.x, self.y);
        let fold = move |x: f32, y: f32| {
            let (front, up) = ((x - x0) / size, (y0 - y) / size);
            paint * (1.0 + 0.25 * smooth(seed, front * 14.0, up * 14.0))
        };
        canvas.limb(self.at(from.0, from.1), self.at(to.0, to.1), half * size, fold);
    }

    /// The soft shadow where it stands.
    fn shadow(&self, canvas: &mut Canvas, half: f32) {
        let (wide, high) = (half * 1.3, (half * 0.35).max(0.8));
        let (x0, y0) = (self.x, self.y);
        canvas.shade((x0 - wide, y0 - high, x0 + wide, y0 + high), |x, y| {
            let (across, down) = ((x - x0) / wide, (y - y0) / high);
            1.0 - 0.45 * (1.0 - across * across - down * down).clamp(0.0, 1.0)
        });
    }
}

impl Pose {
    /// A car's headlight and its pool on the road.
    fn lamps(&self, canvas: &mut Canvas) {
        let size = self.size;
        let pool = self.at(3.2, 0.0);
        let bounds = (pool.0 - 3.0 * size, pool.1 - size, pool.0 + 3.0 * size, pool.1 + size);
        canvas.shine(bounds, |x, y| {
            let (across, down) = ((x - pool.0) / (1.6 * size), (y - pool.1) / (0.3 * size));
            0.5 * (-across * across - down * down).exp()
        });
        let lamp = self.at(1.45, 0.48);
        canvas.glow((lamp.0 - size, lamp.1 - size, lamp.0 + size, lamp.1 + size), |x, y| {
            let away = (x - lamp.0).hypot(y - lamp.1) / size;
            1.5 * (-away * away / 0.02).exp() + 0.2 * (-away / 0.25).exp()
        });
    }
}

fn person(pose: &Pose, canvas: &mut Canvas, upper: f32, lower: f32) {
    let bob = 0.012 * (2.0 * pose.phase).cos() * pose.swing;
    let hip = (0.0, 0.5 + bob);
    for side in [0.0, TAU / 2.0] {
        let swing = (pose.phase + side).sin() * pose.swing;
        let bend = ((pose.phase + side).cos() * pose.swing).max(0.0);
        let knee = (0.11 * swing + 0.05 * bend, 0.27 + bob);
        let foot = (0.2 * swing - 0.04 * bend, 0.03 + 0.07 * bend);
        let shade = if side > 0.0 { 0.85 } else { 1.0 };
        pose.limb(canvas, hip, knee, 0.06, lower * shade);
        pose.limb(canvas, knee, foot, 0.045, lower * shade);
        let elbow = (-0.1 * swing, 0.66 + bob);
        let hand = (-0.17 * swing + 0.04, 0.5 + bob);
        pose.limb(canvas, (0.0, 0.8 + bob), elbow, 0.038, upper * shade);
        pose.limb(canvas, elbow, hand, 0.03, upper * shade);
    }
    pose.limb(canvas, (0.0, 0.55 + bob), (0.0, 0.76 + bob), 0.1, upper);
    let hair = if upper > 0.3 { 0.08 } else { 0.4 };
    pose.limb(canvas, (0.01, 0.91 + bob), (0.01, 0.94 + bob), 0.06, hair);
}

fn cyclist(pose: &Pose, canvas: &mut Canvas, upper: f32, lower: f32) {
    for wheel in [-0.32, 0.32] {
        let spoke = |turn: f32| (wheel + 0.18 * turn.cos(), 0.2 + 0.18 * turn.sin());
        for part in 0..10 {
            let turn = real(part) / 10.0 * TAU;
            pose.limb(canvas, spoke(turn), spoke(turn + TAU / 10.0), 0.02, 0.04);
        }
    }
    pose.limb(canvas, (-0.32, 0.2), (0.05, 0.5), 0.018, 0.05);
    pose.limb(canvas, (0.05, 0.5), (0.32, 0.2), 0.018, 0.05);
    for side in [0.0, TAU / 2.0] {
        let turn = pose.phase + side;
        let foot = (0.09 * turn.cos(), 0.2 + 0.09 * turn.sin());
        let knee = (0.14 + 0.04 * turn.cos(), 0.42 + 0.05 * turn.sin());
        pose.limb(canvas, (-0.08, 0.56), knee, 0.06, lower);
        pose.limb(canvas, knee, foot, 0.045, lower);
    }
    pose.limb(canvas, (-0.08, 0.58), (0.06, 0.82), 0.09, upper);
    pose.limb(canvas, (0.06, 0.8), (0.24, 0.6), 0.035, upper);
    pose.limb(canvas, (0.1, 0.92), (0.11, 0.95), 0.06, 0.4);
}

fn dog(pose: &Pose, canvas: &mut Canvas, paint: f32) {
    for (hip, side) in [(-0.42, 0.0), (-0.42, 2.8), (0.4, 1.4), (0.4, 4.4)] {
        let swing = (pose.phase + side).sin() * pose.swing;
        pose.limb(canvas, (hip, 0.5), (hip + 0.25 * swing, 0.05), 0.06, paint * 0.85);
    }
    pose.limb(canvas, (-0.42, 0.62), (0.4, 0.66), 0.18, paint);
    pose.limb(canvas, (0.4, 0.7), (0.62, 0.9), 0.11, paint);
    pose.limb(canvas, (0.66, 0.88), (0.76, 0.84), 0.09, paint);
    pose.limb(canvas, (-0.5, 0.7), (-0.7, 0.9), 0.04, paint);
}

fn car(pose: &Pose, canvas: &mut Canvas, paint: f32) {
    pose.limb(canvas, (-1.2, 0.42), (1.2, 0.42), 0.22, paint);
    pose.limb(canvas, (-0.7, 0.76), (0.35, 0.76), 0.22, paint);
    pose.limb(canvas, (-0.6, 0.76), (0.25, 0.76), 0.13, 0.06);
    pose.limb(canvas, (-1.38, 0.5), (-1.36, 0.5), 0.05, 0.3);
    pose.limb(canvas, (1.38, 0.48), (1.39, 0.48), 0.06, 0.8);
    for wheel in [-0.88, 0.88] {
        pose.limb(canvas, (wheel, 0.21), (wheel, 0.21), 0.21, 0.03);
        pose.limb(canvas, (wheel, 0.21), (wheel, 0.21), 0.1, 0.3);
    }
}
