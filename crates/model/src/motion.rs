//! What counts as motion: how much, how far, where.

use std::time::Duration;

use crate::Fraction;

/// What an owner may say about motion on one camera.
#[derive(Clone, Debug, PartialEq)]
pub struct MotionSettings {
    /// How many frames a second are looked at, 1 to 30; fewer if the camera sends fewer.
    pub frames_per_second: u8,
    /// What counts by day, and by night too unless `night` says otherwise.
    pub tuning: Tuning,
    /// What counts when the picture is one of night.
    pub night: Option<Tuning>,
    /// Where things count. Everywhere, if there are none.
    pub zones: Vec<Zone>,
    /// Where nothing ever counts.
    pub masks: Vec<Polygon>,
    /// How large people are in the picture; things of quite another size do not count.
    pub person: Option<PersonHeight>,
}

impl MotionSettings {
    /// Frames a second if the owner does not say: people do not move faster than ten can tell.
    pub const FRAMES_PER_SECOND: u8 = 10;

    /// What counts at this time of day.
    #[must_use]
    pub fn tuning(&self, is_night: bool) -> &Tuning {
        self.night.as_ref().filter(|_| is_night).unwrap_or(&self.tuning)
    }
}

impl Default for MotionSettings {
    fn default() -> Self {
        Self {
            frames_per_second: Self::FRAMES_PER_SECOND,
            tuning: Tuning::default(),
            night: None,
            zones: Vec::new(),
            masks: Vec::new(),
            person: None,
        }
    }
}

/// How much must change, and how it must move.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// The one number: 0 sees only what is plain, 1 whatever may be something.
    pub sensitivity: Fraction,
    /// Share of the picture that something must cover; `None` for what `sensitivity` implies.
    pub min_area: Option<Fraction>,
    /// Grey levels, 0 to 255, by which a pixel must differ from its background; `None` for what
    /// `sensitivity` implies.
    pub min_pixel_delta: Option<u8>,
    /// How far something must come, as a share of the picture's diagonal.
    pub min_travel: Fraction,
    /// How many of its own longer sides something may come in a second, above 0.
    pub max_speed: f32,
    /// How straight something must go: share of the variance of its places that a straight line
    /// explains.
    pub straightness: Fraction,
}

impl Tuning {
    /// The sensitivity if the owner does not say.
    pub const SENSITIVITY: f32 = 0.5;
    /// The travel if the owner does not say: 3 pixels of a frame of 160x90.
    pub const MIN_TRAVEL: f32 = 0.016;
    /// The speed if the owner does not say: a runner makes 3 of his heights a second, a car at
    /// 50 km/h 3 to 4 of its lengths; flakes, drops and insects make ten.
    pub const MAX_SPEED: f32 = 4.0;
    /// The straightness if the owner does not say.
    pub const STRAIGHTNESS: f32 = 0.6;
    /// What must be covered at a sensitivity of 0.5: a person 10 pixels high in a frame of 160x90.
    const MIN_AREA: f32 = 0.0004;

    /// Share of the picture that something must cover: as told, or a quarter of 0.0004 at
    /// sensitivity 1 up to four times as much at 0.
    #[must_use]
    pub fn least_area(&self) -> Fraction {
        let implied = Self::MIN_AREA * 16_f32.powf(0.5 - self.sensitivity.get());
        self.min_area.unwrap_or(Fraction::clamped(implied))
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            sensitivity: Fraction::clamped(Self::SENSITIVITY),
            min_area: None,
            min_pixel_delta: None,
            min_travel: Fraction::clamped(Self::MIN_TRAVEL),
            max_speed: Self::MAX_SPEED,
            straightness: Fraction::clamped(Self::STRAIGHTNESS),
        }
    }
}

/// A part of the picture in which things count.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// What the owner calls it; no two zones of a camera have the same.
    pub name: String,
    /// Where it is. A thing is in it when it stands in it (the middle of its lower edge) or most of
    /// it lies in it.
    pub area: Polygon,
    /// In place of the camera's.
    pub sensitivity: Option<Fraction>,
    /// In place of the camera's.
    pub min_area: Option<Fraction>,
    /// How long a thing must have been in it.
    pub min_time: Duration,
}

/// How high people are in the picture, as shares of its height: near, at the lower edge, and far,
/// where their feet are at `far_at`. In between and beyond, along the straight line that a level
/// ground makes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PersonHeight {
    /// With the feet at the lower edge of the picture. May exceed 1: then the head is out of it.
    pub near: f32,
    /// With the feet at `far_at`.
    pub far: f32,
    /// Distance from the upper edge, as a share of the picture's height, below 1.
    pub far_at: f32,
}

/// A simple polygon in the picture: 3 to 64 corners, whose sides do not cross.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon(Vec<Point>);

/// A place in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// From the left, as a share of the width.
    pub x: Fraction,
    /// From the top, as a share of the height.
    pub y: Fraction,
}

/// Why some points are no polygon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidPolygon {
    /// Fewer than 3 or more than 64 corners.
    Corners,
    /// The sides that begin at these corners, counted from 0, cross or touch.
    Crossing(usize, usize),
}

impl Polygon {
    /// The most corners.
    pub const MOST: usize = 64;

    /// The polygon with these corners, in order.
    ///
    /// # Errors
    ///
    /// If they are too few or too many, or sides cross.
    pub fn new(corners: Vec<Point>) -> Result<Self, InvalidPolygon> {
        let count = corners.len();
        if !(3..=Self::MOST).contains(&count) {
            return Err(InvalidPolygon::Corners);
        }
        let side = |index: usize| (corners[index], corners[(index + 1) % count]);
        for first in 0..count {
            for second in first + 1..count {
                let neighbours = second == first + 1 || (first == 0 && second == count - 1);
                if !neighbours && cross(side(first), side(second)) {
                    return Err(InvalidPolygon::Crossing(first, second));
                }
            }
        }
        Ok(Self(corners))
    }

    /// The corners, in order.
    #[must_use]
    pub fn corners(&self) -> &[Point] {
        &self.0
    }

    /// Whether the place `x`, `y`, in shares of width and height, lies inside. Of places on the
    /// border each belongs to one of two polygons that share it.
    ///
    /// By the crossings of a ray to the left: Shimrat, "Algorithm 112: position of point relative
    /// to polygon", Communications of the ACM 5(8), 1962.
    #[must_use]
    pub fn contains(&self, x: f32, y: f32) -> bool {
        let sides = self.0.iter().zip(self.0.iter().cycle().skip(1));
        let crossed = sides.filter(|(from, to)| {
            let ((x0, y0), (x1, y1)) = (from.pair(), to.pair());
            (y0 > y) != (y1 > y) && x > x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        });
        crossed.count() % 2 == 1
    }
}

impl Point {
    fn pair(self) -> (f32, f32) {
        (self.x.get(), self.y.get())
    }
}

/// Whether two sides have a place in common.
fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let apart = |first: f32, second: f32| first * second > 0.0;
    let beside = |a: f32, b: f32, c: f32, d: f32| a.max(b) < c.min(d) || c.max(d) < a.min(b);
    !apart(turn(a, b, c), turn(a, b, d))
        && !apart(turn(c, d, a), turn(c, d, b))
        && !beside(a.x.get(), b.x.get(), c.x.get(), d.x.get())
        && !beside(a.y.get(), b.y.get(), c.y.get(), d.y.get())
}

/// Above 0 if `at` lies on one hand of the line, below if on the other, 0 on it.
fn turn(from: Point, to: Point, at: Point) -> f32 {
    let (base, end, at) = (from.pair(), to.pair(), at.pair());
    (end.0 - base.0) * (at.1 - base.1) - (end.1 - base.1) * (at.0 - base.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(corners: &[(f32, f32)]) -> Result<Polygon, InvalidPolygon> {
        let point =
            |&(x, y): &(f32, f32)| Point { x: Fraction::clamped(x), y: Fraction::clamped(y) };
        Polygon::new(corners.iter().map(point).collect())
    }

    #[test]
    fn a_polygon_knows_what_lies_in_it() {
        let hook =
            polygon(&[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.7, 0.9), (0.7, 0.3), (0.1, 0.3)])
                .unwrap();
        for (x, y, inside) in
            [(0.2, 0.2, true), (0.8, 0.8, true), (0.3, 0.6, false), (0.95, 0.2, false)]
        {
            assert_eq!(hook.contains(x, y), inside, "{x} {y}");
        }
    }

    #[test]
    fn every_place_lies_in_just_one_of_two_polygons_side_by_side() {
        let left = polygon(&[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]).unwrap();
        let right = polygon(&[(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)]).unwrap();
        for (x, y) in [(0.25, 0.0), (0.5, 0.5), (0.5, 0.0), (0.75, 0.25)] {
            assert!(left.contains(x, y) != right.contains(x, y), "{x} {y}");
        }
        let upper = polygon(&[(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)]).unwrap();
        let lower = polygon(&[(0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)]).unwrap();
        for (x, y) in [(0.5, 0.5), (0.25, 0.5), (1.0, 0.5), (0.75, 0.75)] {
            assert!(upper.contains(x, y) != lower.contains(x, y), "{x} {y}");
        }
        assert!(!left.contains(0.25, 1.0) && !left.contains(0.6, 0.5));
    }

    #[test]
    fn the_polygon_of_the_whole_picture_has_the_middle_of_each_pixel() {
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
        for turn in 0..4 {
            let mut corners = corners;
            corners.rotate_left(turn);
            let whole = polygon(&corners).unwrap();
            corners.reverse();
            let mirrored = polygon(&corners).unwrap();
            for (width, height) in [(160_u8, 90_u8), (1, 1), (3, 200)] {
                for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
                    let x = (f32::from(x) + 0.5) / f32::from(width);
                    let y = (f32::from(y) + 0.5) / f32::from(height);
                    assert!(whole.contains(x, y) && mirrored.contains(x, y), "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_corner_at_the_height_of_a_place_is_crossed_once_or_twice_but_never_half() {
        let diamond = polygon(&[(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)]).unwrap();
        for (x, inside) in [(0.25, true), (0.5, true), (0.75, true)] {
            assert_eq!(diamond.contains(x, 0.5), inside, "{x}");
        }
        let teeth =
            [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.75, 0.5), (0.5, 1.0), (0.25, 0.5), (0.0, 1.0)];
        let saw = polygon(&teeth).unwrap();
        for (x, y, inside) in
            [(0.5, 0.5, true), (0.1, 0.5, true), (0.25, 0.75, false), (0.5, 0.75, true)]
        {
            assert_eq!(saw.contains(x, y), inside, "{x} {y}");
        }
    }

    #[test]
    fn sides_that_cross_and_too_few_corners_are_refused() {
        assert_eq!(polygon(&[(0.0, 0.0), (1.0, 1.0)]), Err(InvalidPolygon::Corners));
        let bow = [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)];
        assert_eq!(polygon(&bow), Err(InvalidPolygon::Crossing(0, 2)));
        assert_eq!(polygon(&[(0.5, 0.5); 65]), Err(InvalidPolygon::Corners));
    }

    #[test]
    fn a_higher_sensitivity_wants_less_area() {
        let least = |sensitivity, min_area: Option<f32>| {
            let min_area = min_area.map(Fraction::clamped);
            let sensitivity = Fraction::clamped(sensitivity);
            Tuning { sensitivity, min_area, ..Tuning::default() }.least_area().get()
        };
        assert!((least(0.5, None) - 0.0004).abs() < 1e-7);
        assert!((least(1.0, None) - 0.0001).abs() < 1e-7);
        assert!((least(0.0, None) - 0.0016).abs() < 1e-7);
        assert!((least(0.0, Some(0.01)) - 0.01).abs() < 1e-7);
    }
}
