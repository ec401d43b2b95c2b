//! Whether a shape goes somewhere.
//!
//! A shape is followed from frame to frame, and its places of the last second and a half are fitted
//! by a straight line in time. A person or a car lies near such a line and comes forward on it, is
//! there in nearly every frame, and goes at no more than a few of its own lengths a second. A
//! branch swings about a point, a lamp and a left-behind bag stay, drops and noise are there once,
//! flakes and insects near the lens are too quick for their size, and what only fades or falls
//! apart has a middle that moves but no front that does.
//!
//! Source: nearest-neighbour tracking with a gate as in Reid, "An algorithm for tracking multiple
//! targets", IEEE Trans. Automatic Control 24(6), 1979, without the hypotheses; the share of the
//! variance that a line explains is the adjusted coefficient of determination; motion that keeps its
//! direction as the sign of a real object after Wixson, "Detecting salient motion by accumulating
//! directionally-consistent flow", IEEE TPAMI 22(8), 2000.

use std::time::Duration;

use watchpost_model::Tuning;

use super::clutter::Clutter;
use super::plane::Size;
use super::shape::Shape;
use crate::cast::real;

/// How far back a track remembers.
const MEMORY: Duration = Duration::from_millis(1500);
/// Places remembered, one per frame.
const PLACES: usize = 16;
/// Fewer places than this tell nothing.
const FEWEST: usize = 4;
/// For how many frames a shape may be out of sight and still be the same.
const PATIENCE: usize = 2;
/// In which share of the frames since its first place it must have been seen.
const STEADY: f32 = 0.7;
/// For how many frames a thing that goes is still reported when it slows down or turns.
const COAST: usize = 5;
/// How far it must come at least, as a share of its own longer side.
const OWN: f32 = 0.15;
/// How much of the way of its middle its front must come.
const AHEAD: f32 = 0.5;
/// Of its own longer sides a second, up to which a thing may turn as it likes, and from which it
/// must go as straight as [`STRAIGHT`].
const UNHURRIED: f32 = 1.5;
const HURRIED: f32 = 3.0;
/// So many of the last places must be near enough to each other, besides all of them: an insect that
/// hovered and darts off is as quick as one that darts.
const LATELY: usize = 6;
/// Share of the variance that a line explains of the way of a runner or a car.
const STRAIGHT: f32 = 0.95;
/// By how many pixels the feet of someone who walks away rise at least, and what share of his height
/// he loses.
const RISE: f32 = 2.0;
const SHRINKS: f32 = 0.08;
/// By what share of that his head may sink. What fades, as something that came to stay, shrinks from
/// all sides.
const SINKS: f32 = 0.25;
/// Share of the variance of his feet and of his height that a steady change explains.
const STEADILY: f32 = 0.7;
/// How many of its own longer sides it may come in a second from one frame to the next; more than on
/// the whole way, because its outline may have changed as well.
const STRIDE: f32 = 5.0;
/// How far its middle may jump besides, in hundredths of the picture's diagonal: 3 pixels at 160x90.
const SLACK: f32 = 1.6;
/// More tracks than this are not followed.
const MOST: usize = 96;

/// All that is followed.
#[derive(Clone, Debug)]
pub(super) struct Tracks {
    all: Vec<Track>,
    /// See [`Size::step`].
    unit: f32,
    /// The number of the present frame.
    frame: usize,
    /// The number of the next track.
    next: u32,
    clutter: Clutter,
}

/// A shape over time.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// Its number, for good.
    pub(super) number: u32,
    /// The first `count` are known, the last one first.
    places: [Place; PLACES],
    count: usize,
    /// The frame in which it last was seen to go somewhere.
    went: Option<usize>,
    /// Why it does not count, as last judged.
    pub(super) lacks: Option<Lack>,
    /// Since when it has been in each of the zones without a break.
    pub(super) inside: Vec<Option<Duration>>,
}

/// Why a track does not go anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It has not been seen for long enough.
    Time,
    /// It comes and goes.
    Steadiness,
    /// It does not go along a line.
    Straightness,
    /// It has not come far enough.
    Travel,
    /// It is too quick for its size.
    Slowness,
    /// Its middle moves, but its front does not.
    Front,
}

/// Where a shape was.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: Duration,
    /// The number of the frame.
    frame: usize,
    shape: Shape,
}

/// The straight line that fits a track's places best.
struct Line {
    /// Pixels per second to the right and down.
    right: f32,
    down: f32,
    /// Share of the places' variance that it explains, at most 1, adjusted for their number: few
    /// places lie near some line by chance.
    explained: f32,
}

impl Tracks {
    pub(super) fn new(size: Size) -> Self {
        let (all, clutter) = (Vec::with_capacity(MOST), Clutter::default());
        Self { all, unit: size.step(), frame: 0, next: 0, clutter }
    }

    /// Gives up all of them.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.clutter.clear();
    }

    /// Takes the shapes of the frame at `at`, the largest first.
    pub(super) fn take<'a>(
        &mut self,
        shapes: impl Iterator<Item = &'a Shape>,
        at: Duration,
        tuning: &Tuning,
    ) {
        self.frame += 1;
        let (unit, frame) = (self.unit, self.frame);
        self.clutter.pass(at);
        for &shape in shapes {
            let place = Place { at, frame, shape };
            let nearest = self
                .all
                .iter_mut()
                .filter(|track| track.last().frame != frame)
                .filter_map(|track| Some((track.fit(&place, unit)?, track)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, track)) = nearest {
                track.go_on(place);
            } else if self.all.len() < MOST {
                self.clutter.born(shape.area, at);
                self.all.push(Track::new(place, self.next));
                self.next = self.next.wrapping_add(1);
            }
        }
        self.all.retain(|track| frame - track.last().frame <= PATIENCE + 1);
        for track in self.all.iter_mut().filter(|track| track.last().frame == frame) {
            let fewest = FEWEST + self.clutter.doubt(track.shape().area);
            track.lacks = track.lack(unit, tuning, fewest);
            if track.lacks.is_none() {
                track.went = Some(frame);
            }
        }
    }

    /// What is in the present frame.
    pub(super) fn seen(&mut self) -> impl Iterator<Item = &mut Track> {
        let frame = self.frame;
        self.all.iter_mut().filter(move |track| track.last().frame == frame)
    }
}

impl Track {
    fn new(place: Place, number: u32) -> Self {
        let (lacks, inside) = (Some(Lack::Time), Vec::new());
        Self { number, places: [place; PLACES], count: 1, went: None, lacks, inside }
    }

    /// Whether it goes somewhere, or did just now, as last seen.
    pub(super) fn goes(&self) -> bool {
        self.went.is_some_and(|went| self.last().frame - went <= COAST)
    }

    /// As last seen.
    pub(super) fn shape(&self) -> &Shape {
        &self.last().shape
    }

    fn last(&self) -> &Place {
        &self.places[0]
    }

    fn first(&self) -> &Place {
        &self.places[self.count - 1]
    }

    fn go_on(&mut self, place: Place) {
        self.places.rotate_right(1);
        self.places[0] = place;
        self.count = (self.count + 1).min(PLACES);
        while self.count > FEWEST && place.after(self.first()) > MEMORY.as_secs_f32() {
            self.count -= 1;
        }
    }

    /// How far `place` is from where this should be by then, or `None` if it is another's.
    fn fit(&self, place: &Place, unit: f32) -> Option<f32> {
        let (x, y) = self.expected(place);
        let distance = (place.shape.x - x).hypot(place.shape.y - y);
        let own = self.last().shape.length().min(place.shape.length());
        let reach = SLACK * unit + STRIDE * own * place.after(self.last());
        (distance <= reach).then_some(distance)
    }

    /// Where it is by then if it goes on as in its last three places.
    fn expected(&self, then: &Place) -> (f32, f32) {
        let (last, before) = (self.last(), &self.places[2.min(self.count - 1)]);
        let passed = last.after(before);
        let share = if passed > 0.0 { (then.after(last) / passed).min(1.0) } else { 0.0 };
        let along = |last: f32, before: f32| last + (last - before) * share;
        (along(last.shape.x, before.shape.x), along(last.shape.y, before.shape.y))
    }

    /// What keeps the places remembered from being the way of something, if anything does.
    fn lack(&self, unit: f32, tuning: &Tuning, fewest: usize) -> Option<Lack> {
        let (first, last) = (self.first(), self.last());
        if self.count < fewest {
            return Some(Lack::Time);
        }
        if real(self.count) < STEADY * real(last.frame - first.frame + 1) {
            return Some(Lack::Steadiness);
        }
        let Some(line) = Line::through(&self.places[..self.count]) else {
            return Some(Lack::Travel);
        };
        let (passed, own) = (last.after(first), last.shape.length());
        let travel = line.right.hypot(line.down) * passed;
        if line.explained < straightness(tuning, travel / (own * passed)) {
            return Some(Lack::Straightness);
        }
        if travel < (tuning.min_travel.get() * 100.0 * unit).max(OWN * own) {
            return Some(Lack::Travel);
        }
        let hurries = |places: &[Place]| {
            let path: f32 = places.windows(2).map(|pair| pair[0].far_from(&pair[1])).sum();
            let passed = places[0].after(&places[places.len() - 1]);
            path > tuning.max_speed * own * passed
        };
        if hurries(&self.places[..self.count]) || hurries(&self.places[..self.count.min(LATELY)]) {
            return Some(Lack::Slowness);
        }
        let comes = line.advance(&first.shape, &last.shape) >= AHEAD * travel;
        (!comes && !self.recedes()).then_some(Lack::Front)
    }

    /// Whether it walks away from the camera: its feet rise while all of it shrinks, steadily.
    fn recedes(&self) -> bool {
        let places = &self.places[..self.count];
        let (height, width) = (
            |shape: &Shape| real(shape.bottom - shape.top),
            |shape: &Shape| real(shape.right - shape.left),
        );
        let foot = Trend::of(places, |shape| real(shape.bottom));
        let head = Trend::of(places, |shape| real(shape.top));
        let (tall, broad) = (Trend::of(places, height), Trend::of(places, width));
        let lost = -tall.change / height(&self.first().shape);
        foot.change <= -RISE
            && head.change <= SINKS * -foot.change
            && foot.explained >= STEADILY
            && tall.explained >= STEADILY
            && lost >= SHRINKS
            && -broad.change / width(&self.first().shape) >= SHRINKS * 0.5
    }
}

impl Place {
    /// Seconds since `earlier`.
    fn after(&self, earlier: &Place) -> f32 {
        self.at.saturating_sub(earlier.at).as_secs_f32()
    }

    /// Pixels from middle to middle.
    fn far_from(&self, other: &Place) -> f32 {
        (self.shape.x - other.shape.x).hypot(self.shape.y - other.shape.y)
    }
}

/// How straight something that makes so many of its own lengths a second must go: what is quick
/// has inertia, and only what is slow can turn on the spot.
fn straightness(tuning: &Tuning, speed: f32) -> f32 {
    let usual = tuning.straightness.get();
    let haste = ((speed - UNHURRIED) / (HURRIED - UNHURRIED)).clamp(0.0, 1.0);
    usual + (STRAIGHT - usual).max(0.0) * haste
}

/// How one number of a track's places changes over time.
struct Trend {
    /// From the first place to the last, by the straight line that fits best.
    change: f32,
    /// Share of the variance that the line explains.
    explained: f32,
}

impl Trend {
    /// The last place comes first.
    fn of(places: &[Place], number: impl Fn(&Shape) -> f32) -> Self {
        let Some(first) = places.last() else { return Self { change: 0.0, explained: 0.0 } };
        let count = real(places.len());
        let points = || places.iter().map(|place| (place.after(first), number(&place.shape)));
        let sum = points().fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
        let mean = (sum.0 / count, sum.1 / count);
        let (mut times, mut both, mut whole) = (0.0, 0.0, 0.0);
        for (t, number) in points() {
            let (t, number) = (t - mean.0, number - mean.1);
            times += t * t;
            both += t * number;
            whole += number * number;
        }
        if times <= 0.0 || whole <= 0.0 {
            return Self { change: 0.0, explained: 0.0 };
        }
        let change = both / times * places[0].after(first);
        Self { change, explained: both * both / times / whole }
    }
}

impl Line {
    /// By least squares; `None` where no time passes or nothing stirs. The last place comes first.
    fn through(places: &[Place]) -> Option<Self> {
        let first = places.last()?;
        let count = real(places.len());
        let points =
            || places.iter().map(|place| (place.after(first), place.shape.x, place.shape.y));
        let sum =
            points().fold((0.0, 0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1, sum.2 + at.2));
        let mean = (sum.0 / count, sum.1 / count, sum.2 / count);
        let (mut times, mut right, mut down, mut whole) = (0.0, 0.0, 0.0, 0.0);
        for (t, x, y) in points() {
            let (t, x, y) = (t - mean.0, x - mean.1, y - mean.2);
            times += t * t;
            right += t * x;
            down += t * y;
            whole += x * x + y * y;
        }
        let share = (right * right + down * down) / times / whole;
        let explained = 1.0 - (1.0 - share) * (count - 1.0) / (count - 2.0).max(1.0);
        (times > 0.0 && whole > 0.0).then_some(Self {
            right: right / times,
            down: down / times,
            explained,
        })
    }

    /// How many pixels the foremost edge came forward from `then` to `now`, 0 if it went back.
    fn advance(&self, then: &Shape, now: &Shape) -> f32 {
        let sideways = self.right.abs() > self.down.abs();
        real(match (sideways, self.right > 0.0, self.down > 0.0) {
            (true, true, _) => now.right.saturating_sub(then.right),
            (true, false, _) => then.left.saturating_sub(now.left),
            (false, _, true) => now.bottom.saturating_sub(then.bottom),
            (false, _, false) => then.top.saturating_sub(now.top),
        })
    }
}

impl Shape {
    /// Its longer side, in pixels.
    fn length(&self) -> f32 {
        real((self.right - self.left).max(self.bottom - self.top))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_walks_goes_somewhere() {
        assert!(goes(|frame| Some(shape(20 + 2 * frame, 30 + 2 * frame))));
    }

    #[test]
    fn what_staggers_goes_nowhere() {
        let left = |frame| 20 + frame + 8 * (frame % 2);
        assert!(!goes(|frame| Some(shape(left(frame), left(frame) + 10))));
    }

    #[test]
    fn what_dwindles_from_one_side_goes_nowhere() {
        assert!(!goes(|frame| Some(shape(20 + 2 * frame, 80))));
    }

    #[test]
    fn what_is_there_every_other_frame_goes_nowhere() {
        assert!(!goes(|frame| (frame % 2 == 0).then(|| shape(20 + frame, 30 + frame))));
    }

    #[test]
    fn what_is_too_quick_for_its_size_goes_nowhere() {
        assert!(!goes(|frame| Some(Shape {
            top: 40,
            bottom: 46,
            ..shape(3 * frame, 3 + 3 * frame)
        })));
    }

    /// Whether a shape is ever said to go, in 25 frames of a picture of 160x90.
    fn goes(draw: impl Fn(usize) -> Option<Shape>) -> bool {
        let mut tracks = Tracks::new(Size { width: 160, height: 90 });
        (0..25).zip(0_u32..).any(|(frame, tenths)| {
            let at = Duration::from_millis(100) * tenths;
            tracks.take(draw(frame).iter(), at, &Tuning::default());
            tracks.seen().any(|track| track.goes())
        })
    }

    /// A body from column `left` to column `right`.
    fn shape(left: usize, right: usize) -> Shape {
        let (top, bottom) = (20, 50);
        let (x, y) = (real(left + right) / 2.0, 35.0);
        Shape { area: (right - left) * 30, left, top, right, bottom, x, y, is_sharp: true }
    }
}
