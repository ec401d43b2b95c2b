//! One thing that is followed: what is known of it, and when it is given up.

use std::time::Duration;

use watchpost_model::{Fraction, Label, Object, Region};

use super::course::{Course, Expected, Spot};
use super::rest::Rest;
use super::{MOVES, Track};

/// Whoever is found so surely is told of at once.
const SURE: f32 = 0.75;
/// Who is not: found in two of three looks.
const LOOKS: u8 = 0b111;
const OFTEN: u32 = 2;
/// So many looks must miss what is told of, before it is given up.
const MISSES: u32 = 3;
/// And it must be unseen for so long: who walks behind a tree or another comes out again.
const HIDES: Duration = Duration::from_secs(4);
/// Missed by so many, it may be anywhere near.
const ASTRAY: u32 = 2;
/// Where it is then so much alike to where it should be, it is there.
const JUST_THERE: f32 = 0.4;
/// Who was about to leave the picture.
const LEAVES: Duration = Duration::from_secs(1);
/// What is still and missed again so soon is hidden by the same thing.
const GLANCE: Duration = Duration::from_secs(1);
/// What moved and was not looked for in so long may be anywhere.
const LOST: Duration = Duration::from_mins(1);
/// How much a doubtful look tells of where a thing is.
const DOUBTFUL: f32 = 0.5;
/// How alike a doubtful box must be to where one is expected.
const DOUBTFUL_OVERLAP: f32 = 0.3;
/// What is still stands within this share of its longer side.
const STANDS: f32 = 0.4;
/// And is so much the same size: a natural logarithm.
const STANDS_SIZE: f32 = 0.6;
/// What is still need not be found in looks at so many times as much of the picture.
const COARSER: f32 = 2.5;
/// Who moves in so much of the box moves all over.
const ALL_OVER: f32 = 0.6;
/// So much alike are the boxes of a person who stands and who goes.
const NEAR: f32 = 0.2;
/// Different words for one thing; more are not remembered.
const WORDS: usize = 8;
/// How much it takes to believe that a thing is what it never was called.
const OTHER_WORD: f32 = 6.0;
/// How much better it must fit one who is not confirmed than one who is.
const STRANGER: f32 = 10.0;
/// How much what is called otherwise must be where this is expected.
const OTHER_OVERLAP: f32 = 0.3;

/// How well a look found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// As the owner asks for.
    Sure,
    /// Only as well as will do for one who is known.
    Doubtful,
}

/// A thing that is followed.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    pub(super) track: Track,
    course: Course,
    rest: Rest,
    /// What it was called, and the sum of the scores.
    words: Vec<(Label, f32)>,
    /// In how many looks it moved by itself, one after the other.
    stirred: u32,
    /// The scores of the last looks that found it, the last one first.
    scores: [Fraction; 5],
    /// The looks at it, a bit each, the last one lowest: whether it was surely found.
    looks: u8,
    /// Looks that missed it, one after the other.
    misses: u32,
    /// The last of them that counts.
    missed: Option<Duration>,
    /// The largest part of the picture in which it was found, as a share of it.
    shown_in: f32,
    /// See [`Followed::expect`].
    expected: Expected,
}

impl Followed {
    /// Begins with `object`, found at `at`; `still` if it has been there for long.
    pub(super) fn new(number: u32, at: Duration, object: Object, still: bool) -> Self {
        let spot = Spot::of(&object.region);
        let course = Course::new(at, spot);
        let Object { label, score, region, sharpness } = object;
        let confirmed = score.get() >= SURE;
        let words = vec![(label.clone(), score.get())];
        let (first, last, seen) = (at, at, true);
        let track =
            Track { number, label, score, region, first, last, seen, sharpness, confirmed, still };
        let expected = course.expected(at);
        let rest = Rest::new(at, spot, still);
        Self {
            track,
            course,
            rest,
            words,
            stirred: 0,
            scores: [score, Fraction::NONE, Fraction::NONE, Fraction::NONE, Fraction::NONE],
            looks: 1,
            misses: 0,
            missed: None,
            shown_in: 0.0,
            expected,
        }
    }

    /// A new frame: where it should be in it. Nobody has found it there yet.
    pub(super) fn expect(&mut self, at: Duration) {
        self.expected = self.course.expected(at);
        self.track.seen = false;
        self.track.sharpness = None;
        if !self.track.still {
            self.track.region = self.expected.spot.region();
        }
    }

    /// Whether it was found of late, or stays, or `object` is just where it should be by now.
    pub(super) fn is_expected_at(&self, object: &Object) -> bool {
        self.misses < ASTRAY
            || self.track.still
            || self.track.region.overlap(&object.region) >= JUST_THERE
    }

    /// How badly `object` fits, or `None` if it cannot be this, or this is found already.
    pub(super) fn misfit(&self, object: &Object, trust: Trust) -> Option<f32> {
        let near = || self.track.region.overlap(&object.region) >= DOUBTFUL_OVERLAP;
        if self.track.seen || (trust == Trust::Doubtful && !near()) {
            return None;
        }
        let spot = Spot::of(&object.region);
        let place = self.rest.place();
        let misfit = if self.track.still {
            let far = spot.far_from(&place) / place.length();
            let fits = far <= STANDS && spot.growth(&place) <= STANDS_SIZE;
            fits.then_some(far * far * 20.0)?
        } else {
            self.expected.misfit(&spot)?
        };
        let misfit = if self.track.confirmed { misfit } else { misfit + STRANGER };
        if self.words.iter().any(|(word, _)| *word == object.label) {
            return Some(misfit);
        }
        let like = self.track.region.overlap(&object.region) >= OTHER_OVERLAP;
        like.then_some(misfit + OTHER_WORD)
    }

    /// How far `object` is from where this, which was still, is missed, in its longer sides; `None` if
    /// that cannot be it, driving off.
    pub(super) fn departs(&self, object: &Object) -> Option<f32> {
        let (spot, place) = (Spot::of(&object.region), self.rest.place());
        let far = spot.far_from(&place) / place.length();
        let alike = spot.growth(&place) <= STANDS_SIZE || self.is_near(object);
        let same = object.label == self.track.label && alike;
        (self.track.still && same && far <= 1.5).then_some(far)
    }

    /// It is `object`, found at `at`.
    pub(super) fn found(&mut self, at: Duration, object: &Object, trust: Trust) {
        let spot = Spot::of(&object.region);
        self.call(&object.label, object.score);
        let share = if trust == Trust::Sure { 1.0 } else { DOUBTFUL };
        self.course.go_on(at, spot, share);
        self.rest.step(at, spot);
        self.seen_at(at, object, trust);
    }

    /// So much of where it was found at `at` moves by itself, a share of it. What was still and is
    /// elsewhere by now goes; without motion more than one look must say so. And a person goes who moves
    /// all over, or in two looks running.
    pub(super) fn stir(&mut self, at: Duration, share: f32) {
        self.stirred = if share >= MOVES { self.stirred.saturating_add(1) } else { 0 };
        if !self.track.still || self.stirred == 0 {
            return;
        }
        let spot = Spot::of(&self.track.region);
        let stirs = share >= ALL_OVER || self.stirred >= 2;
        if self.rest.is_away(&spot) || (stirs && self.is_person()) {
            self.course = Course::new(at, spot);
            self.rest.end(at, spot);
            self.track.still = false;
        }
    }

    /// Whether `object` is so near to where this stood that it is this, if it is missed: a person who
    /// turns and goes.
    pub(super) fn is_near(&self, object: &Object) -> bool {
        self.is_person() && self.track.region.overlap(&object.region) >= NEAR
    }

    fn is_person(&self) -> bool {
        self.track.label == Label::person()
    }

    /// It is `object`, which drives off.
    pub(super) fn departed(&mut self, at: Duration, object: &Object) {
        let spot = Spot::of(&object.region);
        self.call(&object.label, object.score);
        self.course = Course::new(at, spot);
        self.rest.end(at, spot);
        self.seen_at(at, object, Trust::Sure);
    }

    fn seen_at(&mut self, at: Duration, object: &Object, trust: Trust) {
        let Object { label: _, score, region, sharpness } = *object;
        // What fills the picture has no place, so nobody knows whether it stays there.
        let still = self.rest.is_still() && !fills_picture(&region);
        if still {
            self.course.rest(at, self.rest.place());
        }
        self.scores.rotate_right(1);
        self.scores[0] = score;
        let best = self.scores.iter().map(|score| score.get()).fold(0.0, f32::max);
        let track = &mut self.track;
        (track.score, track.region, track.sharpness) = (Fraction::clamped(best), region, sharpness);
        (track.last, track.seen, track.still) = (at, true, still);
        if trust == Trust::Sure {
            self.looks = self.looks << 1 | 1;
            let often = (self.looks & LOOKS).count_ones() >= OFTEN;
            track.confirmed |= often || score.get() >= SURE;
        }
        (self.misses, self.missed) = (0, None);
    }

    /// It goes by another word as well.
    pub(super) fn call(&mut self, label: &Label, score: Fraction) {
        if let Some((_, sum)) = self.words.iter_mut().find(|(word, _)| word == label) {
            *sum += score.get();
        } else if self.words.len() < WORDS {
            self.words.push((label.clone(), score.get()));
        }
        let mut best: Option<&(Label, f32)> = None;
        for word in &self.words {
            if best.is_none_or(|best| word.1 > best.1) {
                best = Some(word);
            }
        }
        if let Some((word, _)) = best {
            self.track.label = word.clone();
        }
    }

    /// It was looked for at `at`, and not found.
    pub(super) fn miss(&mut self, at: Duration) {
        let again = |missed: Duration| at.saturating_sub(missed) < GLANCE;
        if self.track.still && self.missed.is_some_and(again) {
            return;
        }
        self.missed = Some(at);
        self.misses = self.misses.saturating_add(1);
        self.looks <<= 1;
    }

    /// The look that found it showed so much of the picture, if that is known.
    pub(super) fn shown_in(&mut self, area: Option<f32>) {
        self.shown_in = self.shown_in.max(area.unwrap_or(0.0));
    }

    /// Whether it is plain enough to be missed in a look at so much of the picture. What was found in a
    /// small part only may be too small in a larger one.
    pub(super) fn is_large_enough(&self, area: f32) -> bool {
        !self.track.still || area <= COARSER * self.shown_in.max(self.track.region.area())
    }

    /// Whether it should have left the picture by now.
    pub(super) fn is_out(&self) -> bool {
        !self.track.still && !self.expected.spot.is_inside()
    }

    /// Whether it is given up at `at`.
    pub(super) fn is_gone(&self, at: Duration) -> bool {
        let unseen = at.saturating_sub(self.track.last);
        match (self.track.confirmed, self.track.still) {
            (false, _) => self.misses >= OFTEN || unseen > LOST,
            (true, true) => self.misses >= MISSES,
            (true, false) => {
                let hides = if self.is_out() { LEAVES } else { HIDES };
                (self.misses >= MISSES && unseen > hides) || unseen > LOST
            }
        }
    }
}

/// Whether a box says no more than that something is there.
pub(super) fn fills_picture(region: &Region) -> bool {
    region.area() >= 0.9
}
