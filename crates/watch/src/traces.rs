//! Where the things of an event went.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use watchpost_model::{Label, Place, Region, Trace, WallTime};

/// The most things of one event. Of more, those that were there for the shortest time are forgotten.
const MOST: usize = 64;

/// The most places of one thing. Where there are more, every other one goes, and the next ones are
/// taken half as often.
const PLACES: usize = 400;

/// The least time between two places of one thing: four a second are enough to draw a way by.
const BREATH: Duration = Duration::from_millis(250);

/// How long after a look an object is known to be where it was seen: it has come a step further.
const KNOWN: Duration = Duration::from_millis(700);

/// Gathers the ways of what moves through one event.
#[derive(Debug, Default)]
pub struct Traces {
    ways: BTreeMap<Subject, Way>,
    /// What was recognised, and where it last was.
    known: Vec<(WallTime, Region)>,
    /// Things so far.
    count: u32,
}

/// What is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Something that moves, by the number under which it is followed.
    Thing(u32),
    /// An object, by its number in the event: its trace has the same.
    Object(u32),
}

/// What is seen of one thing in one frame.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What is followed.
    pub track: Subject,
    /// What it is, if that was recognised.
    pub label: Option<Label>,
    /// A box around it.
    pub region: Region,
    /// The names of the zones it counts in.
    pub zones: Vec<String>,
}

#[derive(Debug)]
struct Way {
    trace: Trace,
    /// From one place to the next, at least.
    breath: Duration,
    /// The last place, if it came too soon to be taken.
    last: Option<Place>,
}

impl Traces {
    /// Takes what is seen in the frame of the moment `at`. A thing within an object that was just
    /// recognised is that object, which has a trace of its own.
    pub fn step(&mut self, at: WallTime, sights: impl IntoIterator<Item = Sight>) {
        for Sight { track, region, label, zones } in sights {
            let place = Place { at, region };
            match track {
                Subject::Thing(_) if self.is_known(at, &region) => continue,
                Subject::Thing(_) => {}
                Subject::Object(_) => self.know(at, region),
            }
            if let Some(way) = self.ways.get_mut(&track) {
                way.trace.label = label.or(way.trace.label.take());
                way.take(place, zones);
                continue;
            }
            if self.ways.len() >= MOST {
                self.forget_shortest();
            }
            let number = match track {
                Subject::Object(number) => number,
                Subject::Thing(_) => {
                    self.count += 1;
                    self.count
                }
            };
            self.ways.insert(track, Way::new(number, label, place, zones));
        }
    }

    fn know(&mut self, at: WallTime, region: Region) {
        self.known.retain(|(seen, _)| at.since_or_zero(*seen) < KNOWN && at >= *seen);
        self.known.push((at, region));
    }

    /// Whether most of `region` lies within an object that was just recognised.
    fn is_known(&self, at: WallTime, region: &Region) -> bool {
        let covers = |(seen, object): &(WallTime, Region)| {
            let apart = at.since_or_zero(*seen).max(seen.since_or_zero(at));
            apart < KNOWN && object.shared(region) > region.area() / 2.0
        };
        self.known.iter().any(covers)
    }

    /// The ways so far, in the order in which they began.
    #[must_use]
    pub fn so_far(&self) -> Vec<Trace> {
        let mut traces: Vec<Trace> = self.ways.values().map(Way::so_far).collect();
        traces.sort_by_key(|trace| trace.number);
        traces
    }

    fn forget_shortest(&mut self) {
        let shortest = self.ways.iter().min_by_key(|(_, way)| way.length());
        if let Some(track) = shortest.map(|(track, _)| *track) {
            self.ways.remove(&track);
        }
    }
}

impl Way {
    fn new(number: u32, label: Option<Label>, place: Place, zones: Vec<String>) -> Self {
        let zones: BTreeSet<String> = zones.into_iter().collect();
        Self {
            trace: Trace { number, label, zones, places: vec![place] },
            breath: BREATH,
            last: None,
        }
    }

    fn take(&mut self, place: Place, zones: Vec<String>) {
        self.trace.zones.extend(zones);
        let before = self.trace.places.last();
        if before.is_some_and(|before| place.at.since_or_zero(before.at) < self.breath) {
            self.last = Some(place);
            return;
        }
        self.last = None;
        if self.trace.places.len() + 1 >= PLACES {
            let mut keep = false;
            self.trace.places.retain(|_| {
                keep = !keep;
                keep
            });
            self.breath *= 2;
        }
        self.trace.places.push(place);
    }

    fn so_far(&self) -> Trace {
        let mut trace = self.trace.clone();
        trace.places.extend(self.last);
        trace
    }

    fn length(&self) -> Duration {
        let last = self.last.as_ref().or(self.trace.places.last());
        let (first, last) = (self.trace.places.first(), last);
        first.zip(last).map_or(Duration::ZERO, |(first, last)| last.at.since_or_zero(first.at))
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::Fraction;

    use super::*;

    fn at(millis: i64) -> WallTime {
        WallTime::from_micros(millis * 1_000)
    }

    fn sight(track: u32, zones: &[&str]) -> Sight {
        let (none, all) = (Fraction::NONE, Fraction::ALL);
        let region = Region { left: none, top: none, right: all, bottom: all };
        let track = Subject::Thing(track);
        Sight { track, region, label: None, zones: zones.iter().map(ToString::to_string).collect() }
    }

    fn times(trace: &Trace) -> Vec<i64> {
        trace.places.iter().map(|place| place.at.as_micros() / 1_000).collect()
    }

    #[test]
    fn a_way_has_four_places_a_second_and_the_last_one() {
        let mut traces = Traces::default();
        for frame in 0..=7 {
            traces.step(at(frame * 100), [sight(7, if frame == 3 { &["drive"] } else { &[] })]);
        }
        traces.step(at(700), [sight(9, &[])]);
        let [first, second] = &traces.so_far()[..] else { panic!("{traces:?}") };
        assert_eq!((first.number, times(first)), (1, vec![0, 300, 600, 700]));
        assert!(first.zones.contains("drive"));
        assert_eq!((second.number, times(second)), (2, vec![700]));
    }

    #[test]
    fn a_long_way_is_thinned_and_still_spans_all_of_it() {
        let mut traces = Traces::default();
        for frame in 0..10_000 {
            traces.step(at(frame * 100), [sight(1, &[])]);
        }
        let places = times(&traces.so_far()[0]);
        assert!(places.len() <= PLACES, "{}", places.len());
        assert_eq!((places[0], places[places.len() - 1]), (0, 999_900));
    }

    #[test]
    fn of_too_many_things_the_shortest_go() {
        let mut traces = Traces::default();
        traces.step(at(0), [sight(0, &[])]);
        traces.step(at(9_000), [sight(0, &[])]);
        for track in 1..200 {
            traces.step(at(10_000), [sight(track, &[])]);
        }
        let traces = traces.so_far();
        assert_eq!(traces.len(), MOST);
        assert_eq!(traces[0].number, 1);
    }

    #[test]
    fn what_was_just_recognised_is_traced_as_that() {
        let mut traces = Traces::default();
        let seen = |left: f32, track, label: Option<&str>| Sight {
            track,
            region: Region::clamped(left, 0.2, left + 0.1, 0.5),
            label: label.map(|label| label.parse().unwrap()),
            zones: Vec::new(),
        };
        traces.step(at(0), [seen(0.1, Subject::Thing(7), None)]);
        traces.step(at(1_000), [seen(0.1, Subject::Object(1_001), Some("person"))]);
        traces.step(at(1_100), [seen(0.12, Subject::Thing(7), None)]);
        traces.step(at(1_100), [seen(0.7, Subject::Thing(8), None)]);
        traces.step(at(2_000), [seen(0.12, Subject::Thing(7), None)]);
        let told = traces.so_far();
        let told: Vec<_> =
            told.iter().map(|way| (way.number, way.label.is_some(), times(way))).collect();
        let person = (1_001, true, vec![1_000]);
        assert_eq!(told, [(1, false, vec![0, 2_000]), (2, false, vec![1_100]), person]);
    }
}
