//! Who was there in an event, and what they did.

use std::collections::BTreeMap;

use watchpost_model::{Deed, Label, Recognition, Sighting, WallTime};

use crate::objects::Sighted;

/// The most objects of one event. Of more, people stay, and then who was recognised most surely.
const MOST: usize = 64;
/// The most deeds of one object. Of more, the first and the last stay.
const DEEDS: usize = 400;
/// The number of the first object, less one: the traces of mere motion count from 1.
const NUMBERS: u32 = 1_000;

/// Gathers the objects of one event.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    recognition: Recognition,
    /// By the number under which the camera follows it.
    known: BTreeMap<u32, Sighting>,
    /// The number given last, less [`NUMBERS`].
    count: u32,
}

impl Sightings {
    /// Of an event that begins: [`Recognition::Known`] where objects are looked for,
    /// [`Recognition::Unknown`] where they should be, but the detector fails.
    #[must_use]
    pub fn new(recognition: Recognition) -> Self {
        Self { recognition, ..Self::default() }
    }

    /// Takes what a look at the moment `at` told. What is still and was not in the event before, a
    /// parked car, is no part of it, unless it does something. Whether there is news: somebody new,
    /// another word for somebody, or a deed.
    pub fn step(&mut self, at: WallTime, objects: &[Sighted]) -> bool {
        if self.recognition == Recognition::Off {
            self.recognition = Recognition::Known;
        }
        let mut is_news = false;
        for object in objects {
            is_news |= match self.known.get_mut(&object.number) {
                Some(sighting) => go_on(sighting, at, object),
                None => self.begin(at, object),
            };
        }
        is_news
    }

    /// A look failed: nobody knows who was there. Whether that is news.
    pub fn unknown(&mut self) -> bool {
        std::mem::replace(&mut self.recognition, Recognition::Unknown) != Recognition::Unknown
    }

    /// Whether the objects are known.
    #[must_use]
    pub fn recognition(&self) -> Recognition {
        self.recognition
    }

    /// The number in the event, from 1001 on, of what the camera follows under the number `track`.
    #[must_use]
    pub fn number_of(&self, track: u32) -> Option<u32> {
        self.known.get(&track).map(|sighting| sighting.number)
    }

    /// The objects so far, at most 64, by number.
    #[must_use]
    pub fn so_far(&self) -> Vec<Sighting> {
        let mut all: Vec<Sighting> = self.known.values().cloned().collect();
        all.sort_by_key(|sighting| sighting.number);
        all
    }

    fn begin(&mut self, at: WallTime, object: &Sighted) -> bool {
        let is_part = object.is_there() && (!object.still || !object.deeds.is_empty());
        if !is_part || !self.make_room(object) {
            return false;
        }
        self.count = self.count.saturating_add(1);
        let mut sighting = Sighting {
            number: NUMBERS.saturating_add(self.count),
            label: object.label.clone(),
            score: object.score,
            first: at,
            last: at,
            zones: object.zones.iter().cloned().collect(),
            deeds: Vec::new(),
        };
        go_on(&mut sighting, at, object);
        self.known.insert(object.number, sighting);
        true
    }

    /// Forgets the least of too many, if `object` is more.
    fn make_room(&mut self, object: &Sighted) -> bool {
        if self.known.len() < MOST {
            return true;
        }
        let worth = |label: &Label, score: f32| (*label == Label::person(), score);
        let of = |sighting: &Sighting| worth(&sighting.label, sighting.score.get());
        let least = self.known.iter().min_by(|(_, a), (_, b)| {
            let ((person, score), (other, other_score)) = (of(a), of(b));
            person.cmp(&other).then(score.total_cmp(&other_score))
        });
        let Some((track, least)) = least.map(|(track, sighting)| (*track, of(sighting))) else {
            return true;
        };
        let is_more = worth(&object.label, object.score.get()) > least;
        if is_more {
            self.known.remove(&track);
        }
        is_more
    }
}

/// Whether that is news.
fn go_on(sighting: &mut Sighting, at: WallTime, object: &Sighted) -> bool {
    let Sighted { label, score, zones, deeds, .. } = object;
    if object.is_there() {
        sighting.first = sighting.first.min(at);
        sighting.last = sighting.last.max(at);
    }
    if *score > sighting.score {
        sighting.score = *score;
    }
    sighting.zones.extend(zones.iter().cloned());
    for kind in deeds {
        if sighting.deeds.len() >= DEEDS {
            sighting.deeds.remove(DEEDS / 2);
        }
        sighting.deeds.push(Deed { at, kind: kind.clone() });
    }
    let is_renamed = sighting.label != *label;
    if is_renamed {
        sighting.label = label.clone();
    }
    is_renamed || !deeds.is_empty()
}

#[cfg(test)]
mod tests {
    use watchpost_model::{DeedKind, Fraction, Region};

    use super::*;

    fn second(second: i64) -> WallTime {
        WallTime::from_micros(second * 1_000_000)
    }

    fn sighted(number: u32, word: &str, score: f32) -> Sighted {
        Sighted {
            number,
            label: word.parse().unwrap(),
            score: Fraction::clamped(score),
            region: Region::ALL,
            sharpness: None,
            zones: Vec::new(),
            deeds: Vec::new(),
            still: false,
        }
    }

    fn entered(zone: &str) -> DeedKind {
        DeedKind::Entered(zone.to_owned())
    }

    #[test]
    fn an_object_is_told_with_its_best_score_all_its_zones_and_its_deeds() {
        let mut sightings = Sightings::new(Recognition::Known);
        let comes = Sighted {
            zones: vec!["drive".to_owned()],
            deeds: vec![entered("drive")],
            ..sighted(7, "dog", 0.6)
        };
        assert!(sightings.step(second(1), &[comes]));
        assert!(sightings.step(second(2), &[sighted(7, "person", 0.9), sighted(9, "car", 0.5)]));
        let stays = Sighted { zones: vec!["path".to_owned()], ..sighted(7, "person", 0.5) };
        assert!(!sightings.step(second(3), &[stays]));
        let goes =
            Sighted { deeds: vec![DeedKind::Left("path".to_owned())], ..sighted(7, "person", 0.0) };
        assert!(sightings.step(second(9), &[goes]));
        let [person, car] = &sightings.so_far()[..] else { panic!("{sightings:?}") };
        let expected = Sighting {
            number: 1_001,
            label: Label::person(),
            score: Fraction::clamped(0.9),
            first: second(1),
            last: second(3),
            zones: ["drive", "path"].map(String::from).into(),
            deeds: vec![
                Deed { at: second(1), kind: entered("drive") },
                Deed { at: second(9), kind: DeedKind::Left("path".to_owned()) },
            ],
        };
        assert_eq!(*person, expected);
        assert_eq!((car.number, car.label.as_str()), (1_002, "car"));
        assert_eq!(
            [7, 9, 8].map(|track| sightings.number_of(track)),
            [Some(1_001), Some(1_002), None]
        );
    }

    #[test]
    fn a_parked_car_is_no_part_of_an_event_but_one_that_parks_in_it_is() {
        let mut sightings = Sightings::default();
        let parked = Sighted { still: true, ..sighted(1, "car", 0.9) };
        let comes = sighted(2, "car", 0.9);
        assert!(sightings.step(second(1), &[parked.clone(), comes.clone()]));
        assert!(!sightings.step(second(2), &[parked, Sighted { still: true, ..comes }]));
        let told = sightings.so_far();
        assert_eq!(told.len(), 1);
        assert_eq!((sightings.number_of(2), told[0].last), (Some(1_001), second(2)));
        // Who is gone was not there.
        assert!(!sightings.step(second(3), &[sighted(3, "car", 0.0)]));
    }

    #[test]
    fn a_failure_is_unknown_for_good_and_who_never_was_asked_is_off() {
        let mut sightings = Sightings::default();
        assert_eq!(sightings.recognition(), Recognition::Off);
        sightings.step(second(1), &[]);
        assert_eq!(sightings.recognition(), Recognition::Known);
        assert!(sightings.unknown());
        assert!(!sightings.unknown());
        sightings.step(second(2), &[sighted(1, "person", 0.9)]);
        assert_eq!(sightings.recognition(), Recognition::Unknown);
        assert_eq!(Sightings::new(Recognition::Unknown).recognition(), Recognition::Unknown);
    }

    #[test]
    fn of_too_many_the_best_stay_and_no_number_comes_again() {
        let mut sightings = Sightings::default();
        sightings.step(second(0), &[sighted(5_000, "person", 0.1)]);
        for number in 0..1_000_u32 {
            let score = f32::from(u16::try_from(number % 500).unwrap()) / 500.0 + 0.001;
            sightings.step(second(number.into()), &[sighted(number, "car", score)]);
        }
        let told = sightings.so_far();
        assert_eq!(told.len(), MOST);
        assert_eq!(told[0].label, Label::person());
        assert!(told[1..].iter().all(|sighting| sighting.score.get() > 0.9), "{told:?}");
        assert!(told.windows(2).all(|pair| pair[0].number < pair[1].number));
    }

    #[test]
    fn of_too_many_deeds_the_first_and_the_last_stay() {
        let mut sightings = Sightings::default();
        for at in 0..2_000 {
            let deeds = vec![entered(&at.to_string())];
            sightings.step(second(at), &[Sighted { deeds, ..sighted(1, "dog", 0.9) }]);
        }
        let deeds = &sightings.so_far()[0].deeds;
        assert_eq!(deeds.len(), DEEDS);
        assert_eq!((deeds[0].at, deeds[DEEDS - 1].at), (second(0), second(1_999)));
        assert!(deeds.windows(2).all(|pair| pair[0].at < pair[1].at));
    }
}
