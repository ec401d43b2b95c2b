//! A scene: a place, an hour, what disturbs, and who walks there.

use watchpost_vision::Grey;

use crate::actor::{Actor, Body};
use crate::camera::Camera;
use crate::canvas::{Canvas, PIXELS, View, WIDTH};
use crate::cast::{floor, real};
use crate::disturbance::Disturbance;
use crate::kind::{Hour, Kind};
use crate::path::{Course, Ground, Path};
use crate::plate::{Place, Plate};
use crate::random::Random;
use crate::score::Truth;
use crate::weather::Posts;

/// Frames a second.
pub(crate) const RATE: f32 = 10.0;
/// On three quarters of its way, an actor differs from what is behind it by at least so many grey
/// levels and so many standard deviations of a pixel's noise, in at least so many pixels: the area
/// of a person of 9 pixels.
const LEAST_CONTRAST: f32 = 14.0;
const LEAST_CONTRAST_NOISES: f32 = 3.5;
const LEAST_CLEAR: f32 = 14.0;
/// Who is in sight for less than this, in seconds, need not be found and is not blamed on anybody.
const SHORTEST: f32 = 0.6;
/// The lowest people and dogs, in pixels. Below, a person covers less than a vote among neighbours
/// leaves, and no setting finds them.
const LOWEST: f32 = 9.0;
const LOWEST_DOG: f32 = 7.0;

/// Everything that is filmed.
pub(crate) struct Scene {
    /// The first is what the scene is about.
    pub(crate) kinds: Vec<Kind>,
    pub(crate) hour: Hour,
    /// Seconds.
    pub(crate) length: f32,
    pub(crate) actors: Vec<Actor>,
    plate: Plate,
    /// The light of the hour, without and with the infrared lamp.
    lit: [Vec<f32>; 2],
    disturbances: Vec<Box<dyn Disturbance>>,
    camera: Camera,
    canvas: Canvas,
    radiance: Vec<f32>,
}

impl Scene {
    /// A scene without anybody, `length` seconds long.
    pub(crate) fn quiet(kind: Kind, seed: u64, length: f32) -> Self {
        let random = &mut Random::new(seed);
        let (hour, place) = loop {
            let hours = [Hour::Day, Hour::Dusk, Hour::Night];
            let (hour, place) = (hours[random.below(3)], Place::of(random));
            if kind.fits(hour, place) {
                break (hour, place);
            }
        };
        let mut kinds = vec![kind];
        for _ in 0..=random.below(2) {
            let other = Kind::ALL[random.below(Kind::ALL.len())];
            if other.fits(hour, place) && !kinds.contains(&other) {
                kinds.push(other);
            }
        }
        let empty = Plate::new(place, random);
        let lit = [lit(hour, false, &empty, random), lit(hour, true, &empty, random)];
        let mut disturbances: Vec<_> =
            kinds.iter().map(|kind| kind.make(random, length, hour)).collect();
        disturbances.push(Box::new(Posts::new(random)));
        let camera = Camera::new(hour.camera(kinds.contains(&Kind::Starved), random), random);
        let mut scene = Self {
            kinds,
            hour,
            length,
            actors: Vec::new(),
            plate: empty,
            lit,
            disturbances,
            camera,
            canvas: Canvas::new(),
            radiance: vec![0.0; PIXELS],
        };
        scene.draw(0.0);
        scene.camera.film(&scene.radiance, 0.0, &[]); // The exposure settles before the film begins.
        scene
    }

    /// The same scene with as many actors, one after the other.
    pub(crate) fn walked(kind: Kind, seed: u64, actors: usize) -> Self {
        let mut scene = Self::quiet(kind, seed, 400.0);
        let random = &mut Random::new(seed ^ 0xAC7);
        let camera = match scene.plate.place {
            Place::Room => random.between(1.8, 2.4),
            _ => random.between(2.2, 4.0),
        };
        let ground = Ground { horizon: scene.plate.horizon, camera };
        let mut start = random.between(9.0, 12.0);
        for number in 0..actors {
            let actor = scene.actor(number, start, ground, random);
            start = actor.path.end() + random.between(6.0, 12.0);
            scene.actors.push(actor);
        }
        scene.length = start;
        scene
    }

    /// Somebody who can be seen.
    fn actor(&mut self, number: usize, start: f32, ground: Ground, random: &mut Random) -> Actor {
        let body = match random.below(10) {
            0 if self.plate.place != Place::Room => Body::Car,
            1 if self.plate.place != Place::Room => Body::Cyclist,
            2 => Body::Dog,
            _ => Body::Person,
        };
        let courses = [
            Course::Across,
            Course::Across,
            Course::Diagonal,
            Course::Towards,
            Course::Away,
            Course::StopAndGo,
            Course::Leaves,
        ];
        let course = loop {
            let course = courses[random.below(courses.len())];
            // Who is there from the start can only be the first.
            if course != Course::Leaves || (number == 0 && body == Body::Person) {
                break course;
            }
        };
        let start = if course == Course::Leaves { start + 12.0 } else { start };
        let mut best: Option<(f32, Actor)> = None;
        for _ in 0..24 {
            let speed = match body {
                Body::Person => random.between(0.3, 3.0),
                Body::Dog => random.between(0.6, 4.0),
                Body::Cyclist => random.between(2.5, 6.0),
                Body::Car => random.between(2.5, 10.0),
            };
            let most = ground.nearest().min(60.0);
            let least = match body {
                Body::Dog => LOWEST_DOG * 1.7 / Body::Dog.height(),
                _ => LOWEST,
            };
            let least = least.max((self.plate.floor - ground.horizon) * 1.7 / ground.camera);
            let height = least.min(most) * (most / least).max(1.0).powf(random.unit());
            let path = Path::new(course, start, speed, height, body.half() + 0.2, ground, random);
            for _ in 0..6 {
                let actor = Actor::new(body, path.clone(), ground, random);
                let contrast = self.contrast(&actor);
                if contrast >= 1.0 {
                    return actor;
                }
                if best.as_ref().is_none_or(|best| best.0 < contrast) {
                    best = Some((contrast, actor));
                }
            }
        }
        best.expect("some actor was tried").1
    }

    /// How well `actor` stands out from the scene, on the worst quarter of its way: 1 is enough.
    fn contrast(&mut self, actor: &Actor) -> f32 {
        let first = actor.path.end() - 30.0;
        let times = (0..40).map(|step| first + real(step) * 0.75);
        let seen: Vec<f32> = times.filter(|t| actor.state(*t) == (true, true)).collect();
        let actors = std::mem::take(&mut self.actors);
        let mut contrasts = Vec::new();
        for &t in seen.iter().step_by(1 + seen.len() / 8) {
            self.draw(t);
            let gain = self.camera.metered(&self.radiance);
            let without = self.radiance.clone();
            self.actors.push(actor.clone());
            self.draw(t);
            self.actors.clear();
            let is_clear = |(front, back): &(&f32, &f32)| {
                let (front, _) = self.camera.level_of(**front, gain);
                let (back, noise) = self.camera.level_of(**back, gain);
                (front - back).abs() >= LEAST_CONTRAST.max(LEAST_CONTRAST_NOISES * noise)
            };
            let clear = self.radiance.iter().zip(&without).filter(is_clear).count();
            contrasts.push(real(clear) / LEAST_CLEAR);
        }
        self.actors = actors;
        contrasts.sort_unstable_by(f32::total_cmp);
        contrasts.get(contrasts.len() / 4).copied().unwrap_or(0.0)
    }

    /// What really happens.
    pub(crate) fn truth(&self) -> Truth {
        let mut truth = Truth::default();
        truth.excused.extend(self.disturbances.iter().flat_map(|one| one.excused()));
        for actor in &self.actors {
            let (mut moving, mut still): (Vec<(f32, f32)>, Vec<_>) = (Vec::new(), Vec::new());
            for step in 0..floor(self.length * 20.0) {
                let t = real(step) / 20.0;
                match actor.state(t) {
                    (true, true) => prolong(&mut moving, t),
                    (true, false) => prolong(&mut still, t),
                    _ => {}
                }
            }
            let (long, short): (Vec<_>, Vec<_>) =
                moving.into_iter().partition(|span| span.1 - span.0 >= SHORTEST);
            truth.events.extend(long);
            truth.excused.extend(short);
            truth.excused.extend(still);
        }
        truth
    }

    /// The frame of the time `t`.
    pub(crate) fn frame(&mut self, t: f32) -> Grey {
        self.draw(t);
        self.camera.film(&self.radiance, t, &self.disturbances)
    }

    fn infrared(&self, t: f32) -> bool {
        let decided = self.disturbances.iter().find_map(|one| one.infrared(t));
        decided.unwrap_or(self.hour == Hour::Night)
    }

    fn draw(&mut self, t: f32) {
        let infrared = self.infrared(t);
        let canvas = &mut self.canvas;
        canvas.view = self.disturbances.iter().fold(View::STILL, |view, one| one.view(t).on(view));
        self.plate.draw(canvas, infrared);
        canvas.light.copy_from_slice(&self.lit[usize::from(infrared)]);
        canvas.glow.fill(0.0);
        for one in &self.disturbances {
            one.light(t, canvas);
        }
        for one in &self.disturbances {
            one.behind(t, canvas);
        }
        for actor in &self.actors {
            actor.draw(t, canvas, infrared, self.hour != Hour::Day);
        }
        for one in &self.disturbances {
            one.before(t, canvas);
        }
        canvas.radiance(&mut self.radiance);
    }
}

/// Lengthens the last span up to `t`, or begins one.
fn prolong(spans: &mut Vec<(f32, f32)>, t: f32) {
    match spans.last_mut() {
        Some(last) if t - last.1 < 0.5 => last.1 = t,
        _ => spans.push((t, t)),
    }
}

/// The light of an hour.
fn lit(hour: Hour, infrared: bool, plate: &Plate, random: &mut Random) -> Vec<f32> {
    let lamps: Vec<_> = (0..2)
        .map(|_| {
            (random.between(0.0, 160.0), random.between(20.0, 80.0), random.between(20.0, 60.0))
        })
        .collect();
    let lean = random.between(-0.3, 0.3);
    let light = |pixel: usize| {
        let (x, y) = (real(pixel % WIDTH), real(pixel / WIDTH));
        if infrared {
            // The lamp's cone, and less of it the farther away the ground is.
            let away = ((x - 80.0) / 95.0).powi(2) + ((y - 50.0) / 70.0).powi(2);
            let far = (1.0 / (1.0 + ((plate.horizon + 14.0 - y) / 16.0).exp())).max(0.2);
            return 0.5 * (-away).exp() * far + 0.004;
        }
        let even = 1.0 + lean * (x / 80.0 - 1.0);
        match hour {
            Hour::Day => even,
            Hour::Dusk | Hour::Night => {
                let pools = lamps.iter().map(|(left, top, reach)| {
                    let away = ((x - left) / reach).powi(2) + ((y - top) / reach).powi(2);
                    0.2 / (1.0 + away)
                });
                0.03 * even + pools.sum::<f32>()
            }
        }
    };
    (0..PIXELS).map(light).collect()
}
