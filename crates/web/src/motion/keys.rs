//! The settings as they stand on the wire, and checked.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::ops::RangeInclusive;
use std::time::Duration;

use watchpost_api as api;
use watchpost_api::Given;
use watchpost_model::{
    Fraction, InvalidPolygon, MotionSettings, PersonHeight, Point, Polygon, Region, Tuning, Zone,
};

use super::MotionState;
use crate::refusal::Refusal;

// The limits are those of the configuration, `watchpost_model::config`.

/// Zones and masks of a camera at most, of each.
const MOST: usize = 32;
/// Characters in a zone's name at most.
const LONGEST_NAME: usize = 64;
/// Frames a second.
const FRAMES: RangeInclusive<u8> = 1..=30;
/// Seconds in a zone.
const MIN_TIME: RangeInclusive<f64> = 0.0..=600.0;
/// Of its own longer sides in a second.
const SPEED: RangeInclusive<f32> = 0.1..=100.0;
/// Heights of the picture that a person may be high.
const HIGHEST: f32 = 4.0;

/// The settings as JSON, by the keys of the API. What is kept over restarts may be kept so.
#[must_use]
pub fn motion_to_json(settings: &MotionSettings) -> String {
    serde_json::to_string(&wire(settings)).expect("settings are always JSON")
}

/// The settings that [`motion_to_json`] wrote.
///
/// # Errors
///
/// Every key that cannot be what it should, and what it can be.
pub fn motion_from_json(json: &str) -> Result<MotionSettings, Refusal> {
    let read = serde_json::from_str(json).map_err(|error| Refusal::Invalid {
        message: format!("These are no settings of motion detection: {error}."),
        hint: "See /api/v1/openapi.json for what they must hold.".to_owned(),
    });
    check(read?)
}

impl MotionState {
    /// What the API tells of it.
    pub(super) fn wire(&self) -> api::Motion {
        let (now, file) = (wire(&self.now), wire(&self.file));
        let keys = |settings| match serde_json::to_value(settings) {
            Ok(serde_json::Value::Object(keys)) => keys,
            other => unreachable!("settings are always an object: {other:?}"),
        };
        let (keys_now, keys_file) = (keys(&now), keys(&file));
        let differ = keys_now.into_iter().filter(|(key, value)| keys_file.get(key) != Some(value));
        api::Motion { settings: now, changed: differ.map(|(key, _)| key).collect() }
    }
}

/// As the API tells it.
pub(super) fn area(region: Region) -> api::Area {
    let [left, top, right, bottom] =
        [region.left, region.top, region.right, region.bottom].map(Fraction::get);
    // Finer than any picture, and without the tail that a difference of two floats has.
    api::Area([left, top, right - left, bottom - top].map(|share| (share * 1e4).round() / 1e4))
}

/// The settings as the API tells them.
fn wire(settings: &MotionSettings) -> api::MotionSettings {
    // No `..`: whoever adds a setting must decide here whether to tell it.
    let MotionSettings { frames_per_second, tuning: day, night, zones, masks, person } = settings;
    let api::MotionTuning {
        sensitivity,
        min_area,
        min_pixel_delta,
        min_travel,
        max_speed,
        straightness,
    } = tuning(day);
    api::MotionSettings {
        sensitivity,
        min_area,
        min_pixel_delta,
        min_travel,
        max_speed,
        straightness,
        frames_per_second: *frames_per_second,
        night: night.as_ref().map(tuning),
        zones: zones.iter().map(zone).collect(),
        masks: masks.iter().map(corners).collect(),
        person: person.map(|PersonHeight { near, far, far_at }| api::PersonHeight {
            near,
            far,
            far_at,
        }),
    }
}

fn tuning(tuning: &Tuning) -> api::MotionTuning {
    let Tuning { sensitivity, min_area, min_pixel_delta, min_travel, max_speed, straightness } =
        tuning;
    api::MotionTuning {
        sensitivity: sensitivity.get(),
        min_area: min_area.map(Fraction::get),
        min_pixel_delta: *min_pixel_delta,
        min_travel: min_travel.get(),
        max_speed: *max_speed,
        straightness: straightness.get(),
    }
}

fn zone(zone: &Zone) -> api::Zone {
    let Zone { name, area, sensitivity, min_area, min_time } = zone;
    api::Zone {
        name: name.clone(),
        area: corners(area),
        sensitivity: sensitivity.map(Fraction::get),
        min_area: min_area.map(Fraction::get),
        min_time: min_time.as_secs_f64(),
    }
}

fn corners(polygon: &Polygon) -> Vec<api::Point> {
    polygon.corners().iter().map(|corner| api::Point([corner.x.get(), corner.y.get()])).collect()
}

/// The settings that hold, but for what is given.
pub(super) fn changed(now: &MotionSettings, change: api::MotionChange) -> api::MotionSettings {
    let now = wire(now);
    let day = api::MotionTuning {
        sensitivity: change.sensitivity.unwrap_or(now.sensitivity),
        min_area: given(change.min_area, now.min_area),
        min_pixel_delta: given(change.min_pixel_delta, now.min_pixel_delta),
        min_travel: change.min_travel.unwrap_or(now.min_travel),
        max_speed: change.max_speed.unwrap_or(now.max_speed),
        straightness: change.straightness.unwrap_or(now.straightness),
    };
    let night = match change.night {
        Given::LeftOut => now.night,
        Given::Null => None,
        Given::Value(night) => {
            let held = now.night.unwrap_or_else(|| day.clone());
            Some(api::MotionTuning {
                sensitivity: night.sensitivity.unwrap_or(held.sensitivity),
                min_area: given(night.min_area, held.min_area),
                min_pixel_delta: given(night.min_pixel_delta, held.min_pixel_delta),
                min_travel: night.min_travel.unwrap_or(held.min_travel),
                max_speed: night.max_speed.unwrap_or(held.max_speed),
                straightness: night.straightness.unwrap_or(held.straightness),
            })
        }
    };
    api::MotionSettings {
        sensitivity: day.sensitivity,
        min_area: day.min_area,
        min_pixel_delta: day.min_pixel_delta,
        min_travel: day.min_travel,
        max_speed: day.max_speed,
        straightness: day.straightness,
        frames_per_second: change.frames_per_second.unwrap_or(now.frames_per_second),
        night,
        zones: change.zones.unwrap_or(now.zones),
        masks: change.masks.unwrap_or(now.masks),
        person: given(change.person, now.person),
    }
}

fn given<T>(given: Given<T>, now: Option<T>) -> Option<T> {
    match given {
        Given::LeftOut => now,
        Given::Null => None,
        Given::Value(value) => Some(value),
    }
}

/// The settings, known to be good.
///
/// # Errors
///
/// Every key that cannot be what it should, and what it can be.
pub(super) fn check(settings: api::MotionSettings) -> Result<MotionSettings, Refusal> {
    let mut faults = Faults::default();
    let api::MotionSettings {
        sensitivity,
        min_area,
        min_pixel_delta,
        min_travel,
        max_speed,
        straightness,
        frames_per_second,
        night,
        zones,
        masks,
        person,
    } = settings;
    let day = api::MotionTuning {
        sensitivity,
        min_area,
        min_pixel_delta,
        min_travel,
        max_speed,
        straightness,
    };
    faults.unless(
        FRAMES.contains(&frames_per_second),
        "frames_per_second",
        frames_per_second,
        || format!("must be {} to {}", FRAMES.start(), FRAMES.end()),
    );
    let checked = MotionSettings {
        frames_per_second,
        tuning: faults.tuning("", &day),
        night: night.map(|night| faults.tuning("night.", &night)),
        zones: faults.zones(zones),
        masks: faults.masks(masks),
        person: person.map(|person| faults.person(person)),
    };
    faults.none().map(|()| checked)
}

/// What is wrong with settings. What stands in place of a faulty one is never used.
#[derive(Debug, Default)]
struct Faults {
    messages: Vec<String>,
    hints: Vec<String>,
}

impl Faults {
    fn add(&mut self, key: impl Display, got: impl Debug, must: impl Display) {
        self.messages.push(format!("{key} cannot be {got:?}."));
        self.hints.push(format!("{key} {must}."));
    }

    fn unless<M: Display>(
        &mut self,
        holds: bool,
        key: impl Display,
        got: impl Debug,
        must: impl FnOnce() -> M,
    ) {
        if !holds {
            self.add(key, got, must());
        }
    }

    fn none(self) -> Result<(), Refusal> {
        if self.messages.is_empty() {
            return Ok(());
        }
        Err(Refusal::Invalid { message: self.messages.join(" "), hint: self.hints.join(" ") })
    }

    fn share(&mut self, key: impl Display, share: f32) -> Fraction {
        let checked = Fraction::new(share);
        self.unless(checked.is_some(), key, share, || "must be a number from 0 to 1");
        checked.unwrap_or_default()
    }

    fn tuning(&mut self, place: &str, tuning: &api::MotionTuning) -> Tuning {
        let (fits, key) = (SPEED.contains(&tuning.max_speed), format_args!("{place}max_speed"));
        self.unless(fits, key, tuning.max_speed, || {
            format!("must be {} to {}", SPEED.start(), SPEED.end())
        });
        let mut share = |key: &str, value| self.share(format_args!("{place}{key}"), value);
        Tuning {
            sensitivity: share("sensitivity", tuning.sensitivity),
            min_area: tuning.min_area.map(|min_area| share("min_area", min_area)),
            min_pixel_delta: tuning.min_pixel_delta,
            min_travel: share("min_travel", tuning.min_travel),
            max_speed: tuning.max_speed,
            straightness: share("straightness", tuning.straightness),
        }
    }

    fn zones(&mut self, zones: Vec<api::Zone>) -> Vec<Zone> {
        self.not_too_many("zones", zones.len());
        let mut names = BTreeSet::new();
        let mut checked = Vec::new();
        for (index, zone) in zones.into_iter().enumerate() {
            let place = format!("zones[{index}]");
            let api::Zone { name, area, sensitivity, min_area, min_time } = zone;
            let name = name.trim().to_owned();
            let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
            let fits = fits && !name.contains(char::is_control);
            self.unless(fits, format!("{place}.name"), &name, || {
                format!("must be 1 to {LONGEST_NAME} letters")
            });
            let is_new = names.insert(name.clone());
            self.unless(
                is_new,
                format!("{place}.name"),
                &name,
                || "must not name another zone too",
            );
            let lasts = MIN_TIME.contains(&min_time);
            self.unless(lasts, format!("{place}.min_time"), min_time, || {
                format!("must be {} to {} seconds", MIN_TIME.start(), MIN_TIME.end())
            });
            let mut share = |key: &str, value| self.share(format_args!("{place}.{key}"), value);
            let sensitivity = sensitivity.map(|value| share("sensitivity", value));
            let min_area = min_area.map(|value| share("min_area", value));
            if let Some(area) = self.polygon(&format!("{place}.area"), &area) {
                let min_time = Duration::try_from_secs_f64(min_time).unwrap_or_default();
                checked.push(Zone { name, area, sensitivity, min_area, min_time });
            }
        }
        checked
    }

    fn masks(&mut self, masks: Vec<Vec<api::Point>>) -> Vec<Polygon> {
        self.not_too_many("masks", masks.len());
        let masks = masks.into_iter().enumerate();
        masks.filter_map(|(index, mask)| self.polygon(&format!("masks[{index}]"), &mask)).collect()
    }

    fn not_too_many(&mut self, key: &str, count: usize) {
        if count > MOST {
            self.messages.push(format!("{count} {key} are too many."));
            self.hints.push(format!("Give at most {MOST}."));
        }
    }

    fn polygon(&mut self, key: &str, corners: &[api::Point]) -> Option<Polygon> {
        let point = |&api::Point([x, y]): &api::Point| {
            Some(Point { x: Fraction::new(x)?, y: Fraction::new(y)? })
        };
        let Some(points) = corners.iter().map(point).collect() else {
            let outside = corners.iter().find(|corner| point(corner).is_none());
            self.add(
                key,
                outside.map(|corner| corner.0),
                "must have its corners in the picture, from [0, 0] to [1, 1]",
            );
            return None;
        };
        let fault = match Polygon::new(points) {
            Ok(polygon) => return Some(polygon),
            Err(fault) => fault,
        };
        let (message, hint) = match fault {
            InvalidPolygon::Corners => (
                format!("{key} cannot have {} corners.", corners.len()),
                format!("{key} must have 3 to {}.", Polygon::MOST),
            ),
            InvalidPolygon::Crossing(first, second) => (
                format!("The sides of {key} from corners {first} and {second} on cross or touch."),
                format!("{key} must have its corners in the order in which one walks around it."),
            ),
        };
        self.messages.push(message);
        self.hints.push(hint);
        None
    }

    fn person(&mut self, person: api::PersonHeight) -> PersonHeight {
        let api::PersonHeight { near, far, far_at } = person;
        for (key, share) in [("person.near", near), ("person.far", far)] {
            self.unless(share > 0.0 && share <= HIGHEST, key, share, || {
                format!("must be above 0 and at most {HIGHEST}")
            });
        }
        self.unless(far <= near, "person.far", far, || "must not be more than person.near");
        let fits = (0.0..1.0).contains(&far_at);
        self.unless(fits, "person.far_at", far_at, || "must be from 0 to less than 1");
        PersonHeight { near, far, far_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_leaves_out_is_as_it_holds_and_by_night_as_by_day() {
        let tuning = Tuning {
            min_area: Some(Fraction::clamped(0.5)),
            min_pixel_delta: Some(9),
            ..Tuning::default()
        };
        let now = MotionSettings { tuning, ..MotionSettings::default() };
        assert_eq!(changed(&now, api::MotionChange::default()), wire(&now));
        let change = |json| changed(&now, serde_json::from_str(json).unwrap());
        let dusk = change(r#"{"min_area":null,"straightness":0.25,"night":{"max_speed":3}}"#);
        assert_eq!((dusk.min_area, dusk.min_pixel_delta), (None, Some(9)));
        let night = dusk.night.unwrap();
        assert_eq!((night.max_speed.to_bits(), night.min_area), (3_f32.to_bits(), None));
        assert_eq!(night.straightness.to_bits(), 0.25_f32.to_bits());
        let held = MotionSettings { night: Some(Tuning::default()), ..now.clone() };
        let change = serde_json::from_str(r#"{"night":{"min_pixel_delta":7}}"#).unwrap();
        let night = changed(&held, change).night.unwrap();
        assert_eq!((night.min_area, night.min_pixel_delta), (None, Some(7)));
        let change = serde_json::from_str(r#"{"night":null}"#).unwrap();
        assert_eq!(changed(&held, change).night, None);
    }
}
