//! Where a thing goes, and where it will be.
//!
//! Source: the filter of Kalman, "A new approach to linear filtering and prediction problems", Journal
//! of Basic Engineering 82(1), 1960, one for each direction, for a thing whose speed is changed by
//! white noise (Bar-Shalom, Li and Kirubarajan, "Estimation with applications to tracking and
//! navigation", 2001, 6.2.2), so that it does not matter how often one looks. All is reckoned in the
//! thing's own longer sides: who is near goes fast.

use std::time::Duration;

use watchpost_model::Region;

/// Width of a picture by its height. What a camera's really is nobody tells here; where it is 4 by 3,
/// what is measured sideways is a third too long, which no number in this module minds.
pub(in crate::objects) const SHAPE: f32 = 16.0 / 9.0;
/// What ends so near to an edge of the picture is cut by it, in heights of the picture.
const EDGE: f32 = 0.005;
/// The least longer side that is reckoned with, in heights of the picture.
const LEAST: f32 = 0.005;
/// How far a box is off, in longer sides (standard deviation): what detectors tell of somebody who
/// stands.
const OFF: f32 = 0.04;
/// What a new thing may be expected to go, in longer sides a second: people go 0.8, cars up to 3.
const EAGER: f32 = 1.0;
/// By how much the speed wanders: the variance that a second adds, in longer sides a second.
const WANDERS: f32 = 0.15;
/// For so long something unseen is taken to go on; after that it may have stopped.
const GOES_ON: f32 = 3.0;
/// The longest time that is reckoned with, in seconds.
const LONGEST: f32 = 10.0;
/// What is further off than this cannot be it: the squared distance in standard deviations, of four
/// numbers. Chance alone would do with 16, but people turn on the spot.
const FAR: f32 = 36.0;
/// The size of a box is off by this share, and by so much more for each second, besides.
const SIZE_OFF: f32 = 0.12;
/// After so many looks its speed is known.
const KNOWN: u32 = 3;
/// How quickly the size follows what is found, in seconds.
const SIZE_FOLLOWS: f32 = 0.4;

/// A box by its middle, in heights of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::objects) struct Spot {
    pub(in crate::objects) x: f32,
    pub(in crate::objects) y: f32,
    pub(in crate::objects) width: f32,
    pub(in crate::objects) height: f32,
}

impl Spot {
    pub(in crate::objects) fn of(region: &Region) -> Self {
        Self {
            x: f32::midpoint(region.left.get(), region.right.get()) * SHAPE,
            y: f32::midpoint(region.top.get(), region.bottom.get()),
            width: region.width() * SHAPE,
            height: region.height(),
        }
    }

    /// As much of it as is in the picture.
    pub(in crate::objects) fn region(&self) -> Region {
        let (across, down) = (self.width / 2.0, self.height / 2.0);
        let left = (self.x - across) / SHAPE;
        let right = (self.x + across) / SHAPE;
        Region::clamped(left, self.y - down, right, self.y + down)
    }

    /// All of it, if it is cut by an edge of the picture and `known` is how large it is: the other edge of
    /// its box tells where it is.
    pub(super) fn completed(&self, known: &Self) -> Self {
        let (x, width) = complete(self.x, self.width, known.width, SHAPE);
        let (y, height) = complete(self.y, self.height, known.height, 1.0);
        Self { x, y, width, height }
    }

    /// Whether its middle is in the picture.
    pub(in crate::objects) fn is_inside(&self) -> bool {
        (0.0..=SHAPE).contains(&self.x) && (0.0..=1.0).contains(&self.y)
    }

    /// Its longer side.
    pub(in crate::objects) fn length(&self) -> f32 {
        self.width.max(self.height).max(LEAST)
    }

    /// From middle to middle.
    pub(in crate::objects) fn far_from(&self, other: &Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// How much larger it is than `other`, as natural logarithms of width and height.
    fn larger_than(&self, other: &Self) -> (f32, f32) {
        let ratio = |own: f32, other: f32| (own.max(LEAST) / other.max(LEAST)).ln();
        (ratio(self.width, other.width), ratio(self.height, other.height))
    }

    /// How much the size differs, as the natural logarithm of a side.
    pub(in crate::objects) fn growth(&self, other: &Self) -> f32 {
        let (wider, higher) = self.larger_than(other);
        f32::midpoint(wider, higher).abs()
    }
}

/// The middle and the side of what is seen from `middle - seen / 2` to `middle + seen / 2` in a picture
/// that goes from 0 to `end`, and is at least `known` long if it is cut.
fn complete(middle: f32, seen: f32, known: f32, end: f32) -> (f32, f32) {
    let (first, last) = (middle - seen / 2.0, middle + seen / 2.0);
    let side = seen.max(known);
    match (first < EDGE, last > end - EDGE) {
        (true, false) => (last - side / 2.0, side),
        (false, true) => (first + side / 2.0, side),
        _ => (middle, seen),
    }
}

/// The way of one thing.
#[derive(Clone, Debug)]
pub(super) struct Course {
    at: Duration,
    x: Axis,
    y: Axis,
    width: f32,
    height: f32,
    /// How often it was found.
    found: u32,
}

/// Where a thing is expected.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) spot: Spot,
    x: Axis,
    y: Axis,
    /// Seconds since it was found.
    passed: f32,
    /// How far from there it may be, in heights of the picture.
    reach: f32,
}

/// What is known of one of its coordinates, in heights of the picture and seconds.
#[derive(Clone, Copy, Debug)]
struct Axis {
    place: f32,
    speed: f32,
    /// Variances of the place and of the speed, and their covariance.
    place_off: f32,
    speed_off: f32,
    both_off: f32,
}

impl Course {
    pub(super) fn new(at: Duration, spot: Spot) -> Self {
        let length = spot.length();
        let axis = |place| Axis {
            place,
            speed: 0.0,
            place_off: (OFF * length).powi(2),
            speed_off: (EAGER * length).powi(2),
            both_off: 0.0,
        };
        let (x, y) = (axis(spot.x), axis(spot.y));
        Self { at, x, y, width: spot.width, height: spot.height, found: 1 }
    }

    /// Where it should be at `at`, not before it was last found.
    pub(super) fn expected(&self, at: Duration) -> Expected {
        let passed = at.saturating_sub(self.at).as_secs_f32().min(LONGEST);
        let length = self.length();
        let (x, y) = (self.x.after(passed, length), self.y.after(passed, length));
        let spot = Spot { x: x.place, y: y.place, width: self.width, height: self.height };
        // Who is known may stop and turn; who is new may go anywhere.
        let reach = if self.found >= KNOWN {
            0.5 + 1.2 * passed.min(1.5)
        } else {
            0.5 + 3.0 * passed.min(1.0)
        };
        Expected { spot, x, y, passed, reach: reach * length }
    }

    /// It was found at `at`; `trust` says how well, 1 as usual, less for a doubtful look.
    pub(super) fn go_on(&mut self, at: Duration, found: Spot, trust: f32) {
        let expected = self.expected(at);
        let found = found.completed(&expected.spot);
        let off = (OFF * self.length() / trust.max(0.1)).powi(2);
        self.x = expected.x.corrected(found.x, off);
        self.y = expected.y.corrected(found.y, off);
        let share =
            (1.0 - (-expected.passed / SIZE_FOLLOWS).exp()).clamp(0.3, 1.0) * trust.min(1.0);
        self.width += share * (found.width - self.width);
        self.height += share * (found.height - self.height);
        self.at = at;
        self.found = self.found.saturating_add(1);
    }

    /// It stands at `spot`.
    pub(super) fn rest(&mut self, at: Duration, spot: Spot) {
        let found = self.found;
        *self = Self { found, ..Self::new(at, spot) };
    }

    fn length(&self) -> f32 {
        self.width.max(self.height).max(LEAST)
    }
}

impl Expected {
    /// How badly `found` fits; `None` if it cannot be it. Twice the negative logarithm of the
    /// likelihood, less what is the same for all.
    pub(super) fn misfit(&self, found: &Spot) -> Option<f32> {
        let found = found.completed(&self.spot);
        if self.spot.far_from(&found) > self.reach {
            return None;
        }
        let base = (OFF * self.spot.length()).powi(2);
        let (off_x, off_y) = (self.x.place_off + base, self.y.place_off + base);
        let (wider, higher) = found.larger_than(&self.spot);
        let size_off = (SIZE_OFF * (1.0 + self.passed.min(3.0))).powi(2);
        let far = (found.x - self.spot.x).powi(2) / off_x
            + (found.y - self.spot.y).powi(2) / off_y
            + (wider * wider + higher * higher) / size_off;
        // Who has long been out of sight is expected nearly everywhere, and must not take the box of
        // one who is expected just there.
        let vague = (off_x / (2.0 * base)).ln() + (off_y / (2.0 * base)).ln();
        (far <= FAR).then_some(far + vague.max(0.0) / 2.0)
    }
}

impl Axis {
    fn after(self, passed: f32, length: f32) -> Self {
        let wanders = WANDERS * length * length;
        let both = self.both_off + passed * self.speed_off + wanders * passed * passed / 2.0;
        Self {
            place: self.place + self.speed * passed.min(GOES_ON),
            speed: self.speed,
            place_off: self.place_off
                + 2.0 * passed * self.both_off
                + passed * passed * self.speed_off
                + wanders * passed.powi(3) / 3.0,
            speed_off: self.speed_off + wanders * passed,
            both_off: both,
        }
    }

    fn corrected(self, found: f32, off: f32) -> Self {
        let whole = self.place_off + off;
        let (place_gain, speed_gain) = (self.place_off / whole, self.both_off / whole);
        let surprise = found - self.place;
        Self {
            place: self.place + place_gain * surprise,
            speed: self.speed + speed_gain * surprise,
            place_off: (1.0 - place_gain) * self.place_off,
            speed_off: (self.speed_off - speed_gain * self.both_off).max(0.0),
            both_off: (1.0 - place_gain) * self.both_off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(x: f32) -> Spot {
        Spot { x, y: 0.5, width: 0.1, height: 0.3 }
    }

    #[test]
    fn who_walks_is_expected_further_on_however_often_one_looked() {
        for every in [100_u16, 200, 500, 1_000] {
            let mut course = Course::new(Duration::ZERO, spot(0.2));
            let mut millis = 0;
            while millis < 3_000 {
                millis += every;
                let at = Duration::from_millis(millis.into());
                course.go_on(at, spot(0.2 + 0.24 * at.as_secs_f32()), 1.0);
            }
            let then = course.expected(Duration::from_secs(5)).spot.x;
            assert!((then - 1.4).abs() < 0.09, "{every} ms: {then}");
        }
    }

    #[test]
    fn what_is_long_unseen_goes_no_further_and_may_be_anywhere_near() {
        let mut course = Course::new(Duration::ZERO, spot(0.2));
        for (second, x) in [(1, 0.4), (2, 0.6), (3, 0.8)] {
            course.go_on(Duration::from_secs(second), spot(x), 1.0);
        }
        let soon = course.expected(Duration::from_millis(3_200));
        let late = course.expected(Duration::from_hours(1));
        assert!((late.spot.x - 1.4).abs() < 0.1, "{late:?}");
        assert!(soon.misfit(&spot(0.84)) < late.misfit(&spot(1.4)));
        assert_eq!(soon.misfit(&spot(1.4)), None);
        assert!(late.misfit(&spot(1.4)).is_some_and(f32::is_finite));
    }

    #[test]
    fn a_box_is_the_same_box_there_and_back() {
        let region = Region::clamped(0.1, 0.2, 0.3, 0.9);
        let back = Spot::of(&region).region();
        assert!(back.overlap(&region) > 0.999, "{back:?}");
        assert!(!Spot { x: -0.01, ..spot(0.0) }.is_inside());
    }
}
