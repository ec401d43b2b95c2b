//! Ways over level ground, seen by a camera at some height.

use crate::canvas::{HEIGHT, WIDTH};
use crate::cast::real;
use crate::random::Random;

/// Pixels by which a thing one metre wide and one metre away spans the picture: a lens of 67 degrees.
const FOCAL: f32 = 120.0;
/// How high people are, in metres.
pub(crate) const PERSON: f32 = 1.7;

/// How the ground lies in the picture. The camera looks straight ahead over it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    pub(crate) horizon: f32,
    /// Metres from the ground to the camera.
    pub(crate) camera: f32,
}

/// A place on the ground, in metres to the right and ahead of the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spot {
    pub(crate) right: f32,
    pub(crate) ahead: f32,
}

impl Ground {
    /// Column and row of a spot, and pixels per metre there.
    pub(crate) fn place(self, spot: Spot) -> (f32, f32, f32) {
        let scale = FOCAL / spot.ahead;
        let middle = real(WIDTH) / 2.0;
        (middle + spot.right * scale, self.horizon + self.camera * scale, scale)
    }

    /// How far ahead a person is so many pixels high.
    pub(crate) fn ahead(height: f32) -> f32 {
        PERSON * FOCAL / height
    }

    /// The height of a person whose feet are at the lower edge of the picture, in pixels.
    pub(crate) fn nearest(self) -> f32 {
        PERSON * (real(HEIGHT) - 2.0 - self.horizon) / self.camera
    }
}

/// How somebody goes through the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// From side to side; who would need more than half a minute turns round.
    Across,
    /// From side to side, and nearer or farther as well.
    Diagonal,
    /// In at a far side, towards the camera, out at a near one.
    Towards,
    /// The other way round.
    Away,
    /// From side to side with a stop on the way.
    StopAndGo,
    /// Was there from the start, stands, and leaves.
    Leaves,
}

/// A way in time.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// From when to when, from where to where.
    legs: Vec<(f32, f32, Spot, Spot)>,
}

impl Path {
    /// A way that begins at `start` and takes at most about half a minute. `speed` is in metres a
    /// second, `height` that of a person on the middle of the way, in pixels, `wide` the half width
    /// of who goes, in metres.
    pub(crate) fn new(
        course: Course,
        start: f32,
        speed: f32,
        height: f32,
        wide: f32,
        ground: Ground,
        random: &mut Random,
    ) -> Self {
        let side = random.sign();
        let edge = |height: f32, side: f32| {
            let ahead = Ground::ahead(height);
            Spot { right: side * (real(WIDTH) / 2.0 * ahead / FOCAL + wide), ahead }
        };
        let inside = |height: f32, share: f32| {
            let ahead = Ground::ahead(height);
            Spot { right: share * real(WIDTH) / 2.0 * ahead / FOCAL, ahead }
        };
        let near = (height * random.between(1.4, 2.2)).min(ground.nearest().min(60.0)).max(height);
        let share = random.between(-0.5, 0.5);
        let mut path = Self { legs: Vec::new() };
        match course {
            Course::Across | Course::Diagonal => {
                let end = if course == Course::Across { height } else { near };
                let (from, to) = (edge(height, side), edge(end, -side));
                let longest = speed * 26.0;
                let whole = length(from, to);
                if whole <= longest {
                    path.go(start, speed, &[from, to]);
                } else {
                    let turn = between(from, to, longest / 2.0 / whole);
                    path.go(start, speed, &[from, turn, from]);
                }
            }
            Course::Towards | Course::Away => {
                let far = edge(height, side);
                let middle = inside(height * 1.15, share);
                let mut way = vec![far, middle, edge(near, -side)];
                if course == Course::Away {
                    way.reverse();
                }
                let whole: f32 = way.windows(2).map(|pair| length(pair[0], pair[1])).sum();
                path.go(start, speed.max(whole / 30.0), &way);
            }
            Course::StopAndGo => {
                let (from, to) = (edge(height, side), edge(height, -side));
                let stop = between(from, to, random.between(0.3, 0.7));
                let speed = speed.max(length(from, to) / 24.0);
                path.go(start, speed, &[from, stop]);
                let pause = random.between(4.0, 9.0);
                path.go(path.end() + pause, speed, &[stop, to]);
            }
            Course::Leaves => {
                let (from, to) = (inside(height, share), edge(height, side));
                let speed = speed.max(length(from, to) / 20.0);
                path.legs.push((-1.0, start, from, from));
                path.go(start, speed, &[from, to]);
            }
        }
        path
    }

    fn go(&mut self, mut at: f32, speed: f32, spots: &[Spot]) {
        for pair in spots.windows(2) {
            let takes = length(pair[0], pair[1]) / speed;
            self.legs.push((at, at + takes, pair[0], pair[1]));
            at += takes;
        }
    }

    /// When all is walked.
    pub(crate) fn end(&self) -> f32 {
        self.legs.last().map_or(0.0, |leg| leg.1)
    }

    /// Where it leads at the time `t`, and whether it goes on there.
    pub(crate) fn at(&self, t: f32) -> Option<(Spot, bool)> {
        let leg = self.legs.iter().rfind(|leg| leg.0 <= t)?;
        let &(start, end, from, to) = leg;
        if t <= end {
            return Some((between(from, to, (t - start) / (end - start)), from != to));
        }
        (end < self.end()).then_some((to, false))
    }

    /// Metres walked by the time `t`.
    pub(crate) fn walked(&self, t: f32) -> f32 {
        let walked = |leg: &(f32, f32, Spot, Spot)| {
            length(leg.2, leg.3) * ((t - leg.0) / (leg.1 - leg.0)).clamp(0.0, 1.0)
        };
        self.legs.iter().map(walked).sum()
    }
}

fn length(from: Spot, to: Spot) -> f32 {
    (to.right - from.right).hypot(to.ahead - from.ahead)
}

fn between(from: Spot, to: Spot, share: f32) -> Spot {
    Spot {
        right: from.right + (to.right - from.right) * share,
        ahead: from.ahead + (to.ahead - from.ahead) * share,
    }
}
