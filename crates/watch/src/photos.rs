//! When the photos of an event are taken.

use std::time::Duration;

use watchpost_model::WallTime;

/// How many photos an event has, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// From one photo to the next.
    pub interval: Duration,
    /// The most of one event.
    pub count: u32,
}

/// What can happen to a [`Photos`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// An event began; the moment is its first trigger.
    Begin(WallTime),
    /// Something was noticed. The first trigger may be told here once more.
    Trigger(WallTime),
    /// The event ended.
    End(WallTime),
    /// Time passed; due whenever [`Photos::wake_at`] says so.
    Tick(WallTime),
}

/// Decides which moments of an event become photos: its first trigger, and then one each interval
/// for as long as it lasts. That is as long as triggers come; an event without further triggers,
/// such as a recording by hand, lasts until its end.
#[derive(Debug)]
pub struct Photos {
    plan: Plan,
    event: Option<Taken>,
}

/// The photos of the event that goes on.
#[derive(Debug)]
struct Taken {
    count: u32,
    /// The moment of the last one.
    last: WallTime,
    /// When something was noticed last, if triggers come at all.
    noticed: Option<WallTime>,
}

impl Photos {
    /// No event goes on.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan, event: None }
    }

    /// Takes one input and gives the moment to take a photo of, if there is one. It may lie a
    /// little in the past: triggers come late.
    pub fn step(&mut self, input: Input) -> Option<WallTime> {
        match (&mut self.event, input) {
            (event, Input::Begin(at)) => {
                *event =
                    (self.plan.count > 0).then_some(Taken { count: 1, last: at, noticed: None });
                event.as_ref().map(|_| at)
            }
            (event, Input::End(_)) => {
                *event = None;
                None
            }
            (Some(taken), Input::Trigger(at)) => {
                taken.noticed = Some(at);
                taken.take(at, self.plan)
            }
            (Some(taken), Input::Tick(now)) => {
                taken.goes_on().then(|| taken.take(now, self.plan)).flatten()
            }
            (None, Input::Trigger(_) | Input::Tick(_)) => None,
        }
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        let taken = self.event.as_ref()?;
        let wanted = taken.count < self.plan.count && taken.goes_on();
        wanted.then(|| taken.last + self.plan.interval)
    }
}

impl Taken {
    /// Whether there may be something new to see since the last photo.
    fn goes_on(&self) -> bool {
        self.noticed.is_none_or(|noticed| noticed > self.last)
    }

    fn take(&mut self, at: WallTime, plan: Plan) -> Option<WallTime> {
        // Where the clock was set back, the time since the last photo is not known.
        self.last = self.last.min(at);
        let due = at.since_or_zero(self.last) >= plan.interval && self.count < plan.count;
        due.then(|| {
            self.count += 1;
            self.last = at;
            at
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A column is a second.
    mod stories {
        use super::check;

        #[test]
        fn the_first_trigger_is_taken_and_then_one_each_interval_while_something_moves() {
            check("..BTTTTTTTTTTT......E..",
                  "..p...p...p...p........");
        }

        #[test]
        fn what_moves_again_after_a_pause_is_taken_at_once() {
            check("B.......T.T.T.T.....E...",
                  "p.......p...p...p.......");
        }

        #[test]
        fn a_recording_by_hand_is_taken_each_interval_until_its_end() {
            check("H.........E.....",
                  "p...p...p.......");
        }

        #[test]
        fn no_event_has_more_photos_than_planned() {
            check("H.............................E.B.....",
                  "p...p...p...p...p...............p.....");
        }

        #[test]
        fn an_event_that_continues_another_has_its_own_photos() {
            check("H.....EH...E..",
                  "p...p..p...p..");
        }

        #[test]
        fn without_an_event_nothing_is_taken() {
            check("..T..E....T..",
                  ".............");
        }
    }

    const PLAN: Plan = Plan { interval: Duration::from_secs(4), count: 5 };

    /// Plays what happened (`B`: an event begins with a trigger, `H`: one by hand, `T`: a trigger,
    /// `E`: it ends), and draws the photos, one each 4 s and at most five.
    #[track_caller]
    fn check(seen: &str, expected: &str) {
        let mut photos = Photos::new(PLAN);
        let draw = |(now, mark): (WallTime, char)| {
            let tick = photos.wake_at().filter(|due| *due <= now).map(|_| Input::Tick(now));
            let begin = "BH".contains(mark).then_some(Input::Begin(now));
            let trigger = "BT".contains(mark).then_some(Input::Trigger(now));
            let end = (mark == 'E').then_some(Input::End(now));
            let inputs = [tick, begin, trigger, end].into_iter().flatten();
            let taken: Vec<WallTime> = inputs.filter_map(|input| photos.step(input)).collect();
            assert!(taken.iter().all(|at| *at == now), "{taken:?}");
            ['.', 'p', '2'][taken.len()]
        };
        assert_eq!(second(0).zip(seen.chars()).map(draw).collect::<String>(), expected);
    }

    #[test]
    fn a_tick_that_comes_late_makes_one_photo_and_not_many() {
        let mut photos = Photos::new(PLAN);
        let at = |n: u64| WallTime::from_micros(0) + Duration::from_secs(n);
        assert_eq!(photos.step(Input::Begin(at(0))), Some(at(0)));
        assert_eq!(photos.step(Input::Tick(at(30))), Some(at(30)));
        assert_eq!(photos.step(Input::Tick(at(31))), None);
        assert_eq!(photos.wake_at(), Some(at(34)));
    }

    #[test]
    fn a_clock_set_back_holds_photos_up_for_one_interval_at_most() {
        let mut photos = Photos::new(PLAN);
        let at = |n: u64| WallTime::from_micros(0) + Duration::from_secs(n);
        assert_eq!(photos.step(Input::Begin(at(1_000))), Some(at(1_000)));
        assert_eq!(photos.step(Input::Trigger(at(10))), None);
        assert_eq!(photos.step(Input::Trigger(at(14))), Some(at(14)));
    }

    fn second(first: i64) -> impl Iterator<Item = WallTime> {
        (first..).map(|second| WallTime::from_micros(second * 1_000_000))
    }
}
