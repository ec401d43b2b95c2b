//! What an object does: comes into zones and leaves them, stays there, crosses lines.
//!
//! An object is where its foot is, the middle of the lower edge of its box: there it stands on the
//! ground that zones and lines are drawn on. Boxes jump from look to look, so nothing is told before
//! it is plain.

mod stay; //     in a zone
mod crossing; // of a line

use std::collections::BTreeMap;
use std::time::Duration;

use watchpost_model::{DeedKind, Label, Line, Region, Zone};

use super::tracker::{Spot, Track};
use crossing::Crossing;
use stay::Stay;

/// Where objects are looked after.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// The camera's zones.
    pub zones: Vec<Zone>,
    /// By a zone's name: how long is loitering.
    pub loiter: BTreeMap<String, Duration>,
    /// Lines that can be crossed.
    pub lines: Vec<Line>,
}

/// Notices what tracked objects do.
#[derive(Clone, Debug, Default)]
pub struct Warden {
    places: Places,
    /// By the numbers of the tracks.
    known: BTreeMap<u32, Known>,
}

/// What one object did, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Noticed {
    /// Of the track.
    pub number: u32,
    /// Of the track.
    pub label: Label,
    /// Where it is, or was last.
    pub region: Region,
    /// The names of the zones it is in.
    pub zones: Vec<String>,
    /// What it did since the last step, in order.
    pub deeds: Vec<DeedKind>,
}

/// What is known of one object.
#[derive(Clone, Debug)]
struct Known {
    label: Label,
    region: Region,
    /// When it was last seen.
    last: Duration,
    still: bool,
    /// Whether it has been still since it was first known.
    parked: bool,
    /// One for each zone.
    stays: Vec<Stay>,
    /// One for each line.
    crossings: Vec<Crossing>,
}

/// Where an object stands, in heights of the picture.
#[derive(Clone, Copy, Debug)]
struct Foot {
    x: f32,
    y: f32,
    /// The object's longer side.
    length: f32,
}

impl Warden {
    /// A warden who has seen nobody yet.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self { places, known: BTreeMap::new() }
    }

    /// Takes the tracks of the time `at`, and tells of each confirmed one that the last look found where
    /// it is and what it did. A track that is gone has left its zones: it is told of once more.
    ///
    /// What is first known inside a zone has entered it, unless it was still: a parked car was always
    /// there. What is still does nothing more, but that who came in and stands still loiters. What is
    /// gone while it was still is told of, but nobody saw it leave.
    ///
    /// May be called without a new look: then what only had to last is told.
    pub fn step(&mut self, at: Duration, tracks: &[Track]) -> Vec<Noticed> {
        let mut told = Vec::new();
        for track in tracks.iter().filter(|track| track.confirmed) {
            let places = &self.places;
            let new = !self.known.contains_key(&track.number);
            let known = self.known.entry(track.number).or_insert_with(|| Known::new(track, places));
            let is_looked_at = new || track.last > known.last;
            let deeds = if new {
                known.begin(track, places)
            } else {
                known.step(at, track, is_looked_at, places)
            };
            if is_looked_at || !deeds.is_empty() {
                told.push(known.notice(track.number, deeds, places));
            }
        }
        let is_there =
            |number: u32| tracks.iter().any(|track| track.confirmed && track.number == number);
        let places = &self.places;
        self.known.retain(|number, known| {
            let stays = is_there(*number);
            if !stays {
                let deeds = known.end(places);
                told.push(known.notice(*number, deeds, places));
            }
            stays
        });
        told
    }
}

impl Known {
    fn new(track: &Track, places: &Places) -> Self {
        Self {
            label: track.label.clone(),
            region: track.region,
            last: track.last,
            still: track.still,
            parked: track.still,
            stays: vec![Stay::default(); places.zones.len()],
            crossings: vec![Crossing::default(); places.lines.len()],
        }
    }

    /// The first time that it is told of.
    fn begin(&mut self, track: &Track, places: &Places) -> Vec<DeedKind> {
        let foot = Foot::of(&track.region);
        let mut deeds = Vec::new();
        for (stay, zone) in self.stays.iter_mut().zip(&places.zones) {
            if stay.begin(track, foot, zone) && !track.still {
                deeds.push(DeedKind::Entered(zone.name.clone()));
            }
        }
        for (crossing, line) in self.crossings.iter_mut().zip(&places.lines) {
            crossing.step(foot, line);
        }
        deeds
    }

    fn step(
        &mut self,
        at: Duration,
        track: &Track,
        is_looked_at: bool,
        places: &Places,
    ) -> Vec<DeedKind> {
        let sets_off = self.parked && !track.still;
        self.parked &= track.still;
        self.label = track.label.clone();
        self.still = track.still;
        if is_looked_at {
            self.region = track.region;
            self.last = track.last;
        }
        let foot = Foot::of(&track.region);
        let mut deeds = Vec::new();
        for (stay, zone) in self.stays.iter_mut().zip(&places.zones) {
            if sets_off {
                stay.set_off(track.last);
            }
            if !track.still {
                if is_looked_at {
                    stay.look(track.last, foot, zone);
                }
                deeds.extend(stay.settle(at, zone));
            }
            let limit = places.loiter.get(&zone.name);
            deeds.extend(limit.and_then(|limit| stay.loiter(track.last, *limit, zone)));
        }
        if is_looked_at && !track.still {
            let crossings = self.crossings.iter_mut().zip(&places.lines);
            deeds.extend(crossings.filter_map(|(crossing, line)| {
                let side = crossing.step(foot, line)?;
                Some(DeedKind::Crossed(line.name.clone(), side))
            }));
        }
        deeds
    }

    fn end(&mut self, places: &Places) -> Vec<DeedKind> {
        let mut deeds = Vec::new();
        for (stay, zone) in self.stays.iter_mut().zip(&places.zones) {
            if stay.end() && !self.still {
                deeds.push(DeedKind::Left(zone.name.clone()));
            }
        }
        deeds
    }

    fn notice(&self, number: u32, deeds: Vec<DeedKind>, places: &Places) -> Noticed {
        let inside = self.stays.iter().zip(&places.zones).filter(|(stay, _)| stay.is_inside());
        let zones = inside.map(|(_, zone)| zone.name.clone()).collect();
        Noticed { number, label: self.label.clone(), region: self.region, zones, deeds }
    }
}

impl Foot {
    fn of(region: &Region) -> Self {
        let spot = Spot::of(region);
        Self { x: spot.x, y: spot.y + spot.height / 2.0, length: spot.length() }
    }
}

#[cfg(test)]
mod tests;
