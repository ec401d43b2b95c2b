//! Which picture of an event shows best what happened.

use std::time::Duration;

use watchpost_model::{Fraction, Label, WallTime};

use crate::objects::Sighted;

/// How much better a later moment must be to replace an earlier one: how much more must move, or how
/// much better an object must be seen. A picture costs the decoding of a group of pictures, so a hair
/// more is not worth it.
const CLEARLY_MORE: f32 = 1.3;

/// The least time between two pictures of one event, for the same reason.
const BREATH: Duration = Duration::from_secs(1);

/// Chooses the picture of one event: the first at once, so that an alert never waits; a later one
/// when it is clearly better, as when a visitor comes nearer. Who moves is worth more than that
/// something moves: once an object is recognised, mere motion replaces its picture no more. A person
/// is worth more than all else.
#[derive(Debug, Default)]
pub struct Portrait {
    best: Option<Best>,
    /// The sharpest that an object has been, if anybody could look.
    sharpest: f32,
}

/// What the picture at hand shows.
#[derive(Clone, Copy, Debug)]
struct Best {
    taken: WallTime,
    shows: Shows,
}

#[derive(Clone, Copy, Debug)]
enum Shows {
    /// So much of the picture moves.
    Motion(Fraction),
    /// An object.
    Object(Look),
}

/// How well an object is seen.
#[derive(Clone, Copy, Debug)]
struct Look {
    is_person: bool,
    /// Its score times its size.
    plain: f32,
    /// See [`watchpost_model::Object::sharpness`].
    sharpness: Option<f32>,
}

/// Whether to take a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This moment shows the event best so far.
    Take,
    /// The picture at hand is good enough.
    Leave,
}

impl Portrait {
    /// Judges the moment `at`, in which `area` of the picture moves.
    pub fn step(&mut self, area: Fraction, at: WallTime) -> Verdict {
        let better = match self.best {
            None => true,
            Some(Best { taken, shows: Shows::Motion(most) }) => {
                area.get() > most.get() * CLEARLY_MORE && at.since_or_zero(taken) >= BREATH
            }
            Some(Best { shows: Shows::Object(_), .. }) => false,
        };
        self.judge(better, at, Shows::Motion(area))
    }

    /// Judges the moment `at`, in which `object` is seen: by score, size (the root of its area) and
    /// sharpness, against the sharpest so far. The first object and the first person are taken at once.
    /// One that is still, a parked car, is not what the event is about, and is left.
    pub fn object(&mut self, object: &Sighted, at: WallTime) -> Verdict {
        if object.still || !object.is_there() {
            return Verdict::Leave;
        }
        let sharpness = object.sharpness.filter(|sharpness| sharpness.is_finite());
        self.sharpest = self.sharpest.max(sharpness.unwrap_or(0.0));
        let look = Look {
            is_person: object.label == Label::person(),
            plain: object.score.get() * object.region.area().sqrt(),
            sharpness,
        };
        let better = match self.best {
            None | Some(Best { shows: Shows::Motion(_), .. }) => true,
            Some(Best { taken, shows: Shows::Object(best) }) => {
                let more = self.worth(look) > self.worth(best) * CLEARLY_MORE;
                match (look.is_person, best.is_person) {
                    (true, false) => true,
                    (false, true) => false,
                    _ => more && at.since_or_zero(taken) >= BREATH,
                }
            }
        };
        self.judge(better, at, Shows::Object(look))
    }

    fn judge(&mut self, better: bool, taken: WallTime, shows: Shows) -> Verdict {
        if better {
            self.best = Some(Best { taken, shows });
            Verdict::Take
        } else {
            Verdict::Leave
        }
    }

    /// The root of the sharpness counts, which is a mean of squares: levels from pixel to pixel. Where
    /// nobody could look, all are as sharp.
    fn worth(&self, look: Look) -> f32 {
        let share = look.sharpness.map(|sharpness| sharpness.max(0.0) / self.sharpest.max(0.01));
        look.plain * share.unwrap_or(1.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::Region;

    use super::*;

    #[test]
    fn a_visitor_who_comes_nearer_is_taken_again_but_not_at_every_step() {
        let mut portrait = Portrait::default();
        let seen =
            [(0, 0.01), (200, 0.05), (1_000, 0.05), (2_500, 0.06), (3_000, 0.10), (9_000, 0.02)];
        let taken: Vec<_> = seen
            .into_iter()
            .filter(|&(millis, area)| {
                let at = WallTime::from_micros(millis * 1_000);
                portrait.step(Fraction::clamped(area), at) == Verdict::Take
            })
            .map(|(millis, _)| millis)
            .collect();
        assert_eq!(taken, [0, 1_000, 3_000]);
    }

    fn at(millis: i64) -> WallTime {
        WallTime::from_micros(millis * 1_000)
    }

    /// As large as `side` squared.
    fn seen(word: &str, score: f32, side: f32, sharpness: Option<f32>) -> Sighted {
        Sighted {
            number: 1,
            label: word.parse().unwrap(),
            score: Fraction::clamped(score),
            region: Region::clamped(0.0, 0.0, side, side),
            sharpness,
            zones: Vec::new(),
            deeds: Vec::new(),
            still: false,
        }
    }

    /// Which of them are taken, by their times in milliseconds.
    fn taken(looks: Vec<(i64, Sighted)>) -> Vec<i64> {
        let mut portrait = Portrait::default();
        let mut take = |(millis, object): &(i64, Sighted)| {
            portrait.object(object, at(*millis)) == Verdict::Take
        };
        let looks = looks.into_iter();
        looks.filter(|look| take(look)).map(|(millis, _)| millis).collect()
    }

    #[test]
    fn who_is_recognised_is_worth_more_than_whatever_moves() {
        let mut portrait = Portrait::default();
        let person = seen("person", 0.6, 0.1, Some(50.0));
        assert_eq!(portrait.step(Fraction::clamped(0.1), at(0)), Verdict::Take);
        assert_eq!(portrait.object(&person, at(200)), Verdict::Take);
        assert_eq!(portrait.step(Fraction::clamped(0.9), at(5_000)), Verdict::Leave);
        let parked = Sighted { still: true, ..seen("person", 1.0, 0.9, Some(50.0)) };
        assert_eq!(portrait.object(&parked, at(6_000)), Verdict::Leave);
        assert_eq!(portrait.object(&seen("person", 0.0, 0.9, None), at(7_000)), Verdict::Leave);
    }

    #[test]
    fn a_person_comes_before_all_else_and_stays() {
        let car = |millis| (millis, seen("car", 0.9, 0.5, Some(50.0)));
        let person = |millis, side| (millis, seen("person", 0.5, side, Some(50.0)));
        let looks = vec![car(0), person(300, 0.05), car(2_000), person(2_200, 0.06)];
        assert_eq!(taken(looks), [0, 300]);
    }

    #[test]
    fn a_clearly_better_look_is_taken_but_not_more_than_one_a_second() {
        let person = |millis, score, side| (millis, seen("person", score, side, Some(50.0)));
        let nearer = vec![
            person(0, 0.6, 0.1),
            person(500, 0.6, 0.2),
            person(1_000, 0.6, 0.2),
            person(2_500, 0.7, 0.2),
            person(3_500, 0.9, 0.2),
            person(9_000, 0.9, 0.1),
        ];
        assert_eq!(taken(nearer), [0, 1_000, 3_500]);
    }

    #[test]
    fn a_blurred_giant_is_no_better_and_sharpness_is_judged_only_where_it_is_known() {
        let sharp = |millis, side, sharpness| (millis, seen("person", 0.8, side, sharpness));
        let looks = vec![
            sharp(0, 0.2, Some(100.0)),
            sharp(2_000, 0.4, Some(10.0)),
            sharp(4_000, 0.2, Some(200.0)),
        ];
        assert_eq!(taken(looks), [0, 4_000]);
        let blind = vec![sharp(0, 0.2, None), sharp(2_000, 0.4, None), sharp(4_000, 0.4, None)];
        assert_eq!(taken(blind), [0, 2_000]);
        let odd = vec![sharp(0, 0.2, Some(f32::NAN)), sharp(2_000, 0.4, Some(0.0))];
        assert_eq!(taken(odd), [0]);
    }
}
