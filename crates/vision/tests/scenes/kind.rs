//! What a scene can be about, and when.

use crate::beams::{Headlights, ParkedLamps, Torch};
use crate::camera::{Clock, HotPixels, Hunting, Make};
use crate::disturbance::Disturbance;
use crate::light::{Blinker, Clouds, FilterSwitch, Lamp, Lightning, Mains, Screen, SunShadow};
use crate::plate::Place;
use crate::random::Random;
use crate::sway::{Branches, Breathing, Cloth, Shake, Water, Web};
use crate::weather::{Bag, Fog, Insects, Rain, Snow};

/// What a scene is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Calm,
    Clouds,
    Lamp,
    Hunting,
    FilterSwitch,
    Headlights,
    ParkedLamps,
    Torch,
    Lightning,
    Mains,
    Rain,
    Snow,
    Insects,
    Web,
    Branches,
    Cloth,
    Shake,
    Clock,
    Screen,
    Blinker,
    Water,
    SunShadow,
    Breathing,
    HotPixels,
    Fog,
    Starved,
    Bag,
}

/// What light there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hour {
    Day,
    /// Street lamps, no infrared.
    Dusk,
    /// The camera's own infrared lamp.
    Night,
}

impl Hour {
    /// How much light there is on most of the scene.
    fn ambient(self) -> f32 {
        match self {
            Hour::Day => 1.0,
            Hour::Dusk => 0.06,
            Hour::Night => 0.4,
        }
    }

    /// A camera as it films at this hour.
    pub(crate) fn camera(self, starved: bool, random: &mut Random) -> Make {
        let noise = random.between(0.5, 1.3);
        let (shot, read, aim) = match self {
            Hour::Day => (0.005, 0.002, 110.0),
            Hour::Dusk => (0.012, 0.004, 80.0),
            Hour::Night => (0.012, 0.004, 70.0),
        };
        let (skip, round) = if starved {
            (random.between(2.0, 4.0), random.between(6.0, 12.0))
        } else {
            (random.between(0.4, 1.6), random.between(1.0, 3.0))
        };
        let reaction = random.between(0.4, 3.0);
        Make { shot: shot * noise, read: read * noise, aim, reaction, skip, round }
    }
}

impl Kind {
    pub(crate) const ALL: [Kind; 27] = [
        Kind::Calm,
        Kind::Clouds,
        Kind::Lamp,
        Kind::Hunting,
        Kind::FilterSwitch,
        Kind::Headlights,
        Kind::ParkedLamps,
        Kind::Torch,
        Kind::Lightning,
        Kind::Mains,
        Kind::Rain,
        Kind::Snow,
        Kind::Insects,
        Kind::Web,
        Kind::Branches,
        Kind::Cloth,
        Kind::Shake,
        Kind::Clock,
        Kind::Screen,
        Kind::Blinker,
        Kind::Water,
        Kind::SunShadow,
        Kind::Breathing,
        Kind::HotPixels,
        Kind::Fog,
        Kind::Starved,
        Kind::Bag,
    ];

    /// Whether there is such a thing at this hour and place.
    pub(crate) fn fits(self, hour: Hour, place: Place) -> bool {
        let hour_fits = match self {
            Kind::Clouds | Kind::SunShadow | Kind::Cloth => hour == Hour::Day,
            Kind::Lamp | Kind::Lightning | Kind::ParkedLamps | Kind::Headlights | Kind::Torch => {
                hour != Hour::Day
            }
            Kind::FilterSwitch => hour == Hour::Dusk,
            Kind::Insects | Kind::Web => hour == Hour::Night,
            Kind::Mains => hour != Hour::Night,
            _ => true,
        };
        let outdoors = [Kind::Rain, Kind::Snow, Kind::Fog, Kind::Branches, Kind::Cloth]
            .into_iter()
            .chain([Kind::Shake, Kind::Water, Kind::Web, Kind::ParkedLamps, Kind::Insects]);
        let indoors = [Kind::Screen];
        hour_fits
            && !(place == Place::Room && outdoors.into_iter().any(|kind| kind == self))
            && !(place != Place::Room && indoors.contains(&self))
    }

    pub(crate) fn make(self, random: &mut Random, length: f32, hour: Hour) -> Box<dyn Disturbance> {
        let ambient = hour.ambient();
        match self {
            Kind::Calm | Kind::Starved => Box::new(crate::weather::Calm),
            Kind::Clouds => Box::new(Clouds::new(random)),
            Kind::Lamp => Box::new(Lamp::new(random, length, ambient)),
            Kind::Hunting => Box::new(Hunting::new(random)),
            Kind::FilterSwitch => Box::new(FilterSwitch::new(random, length)),
            Kind::Headlights => Box::new(Headlights::new(random, length, ambient)),
            Kind::ParkedLamps => Box::new(ParkedLamps::new(random, length, ambient)),
            Kind::Torch => Box::new(Torch::new(random, length, ambient)),
            Kind::Lightning => Box::new(Lightning::new(random, ambient)),
            Kind::Mains => Box::new(Mains::new(random)),
            Kind::Rain => Box::new(Rain::new(random, ambient)),
            Kind::Snow => Box::new(Snow::new(random, hour)),
            Kind::Insects => Box::new(Insects::new(random)),
            Kind::Web => Box::new(Web::new(random)),
            Kind::Branches => Box::new(Branches::new(random)),
            Kind::Cloth => Box::new(Cloth::new(random)),
            Kind::Shake => Box::new(Shake::new(random)),
            Kind::Clock => Box::new(Clock::new(random)),
            Kind::Screen => Box::new(Screen::new(random)),
            Kind::Blinker => Box::new(Blinker::new(random)),
            Kind::Water => Box::new(Water::new(random)),
            Kind::SunShadow => Box::new(SunShadow::new(random)),
            Kind::Breathing => Box::new(Breathing::new(random)),
            Kind::HotPixels => Box::new(HotPixels::new(random)),
            Kind::Fog => Box::new(Fog::new(random, ambient)),
            Kind::Bag => Box::new(Bag::new(random)),
        }
    }
}
