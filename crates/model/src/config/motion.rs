//! `[camera.motion]`, raw to checked, and single keys of it changed for a trial.

use toml::de::DeTable;

use super::check::within;
use super::fault::Fault;
use super::raw::{self, RawMask, RawMotion, RawNight, RawPerson, RawZone};
use super::reader::{self, Key, Place, Reader};
use super::value::AreaName;
use crate::{MotionSettings, PersonHeight, Polygon, Tuning, Zone};

/// The most zones of a camera, the most masks, and so on.
const MOST: usize = 32;

/// `base` with what `sets` say: each is "key=value" with a key of `[camera.motion]`, such as
/// `sensitivity=0.4` or `night.min_area=0.001`, and a value as the file has it. A list, such as
/// `mask=[{points=[[0,0],[1,0],[1,0.2]]}]`, takes the place of what was there; `zone=[]` leaves
/// none. What by night was as by day stays so.
///
/// # Errors
///
/// All faults, in the order of `sets`; at least one. [`Fault::key`] is the text of the set at fault,
/// [`Fault::line`] its number from 1.
pub fn motion_with(base: &MotionSettings, sets: &[String]) -> Result<MotionSettings, Vec<Fault>> {
    let lines: Vec<String> = sets.iter().map(|set| line(set)).collect();
    let text = lines.join("\n");
    let mut no_secrets = |_| Err("a set can name none".to_owned());
    let read = reader::read(&text, &mut no_secrets, |raw, reader| check(raw, base, reader));
    read.map_err(|faults| {
        let mut faults: Vec<Fault> = faults.into_iter().map(|fault| of_set(fault, sets)).collect();
        // Of a set that is no TOML every letter may be a fault.
        faults.dedup_by(|next, fault| {
            next.line() == fault.line() && next.problem() == fault.problem()
        });
        faults
    })
}

/// A set as a line of TOML; a value that is none is taken as text.
fn line(set: &str) -> String {
    const NO_SET: &str = "="; // Told as a fault of its own.
    let is_key = |key: &str| {
        key.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
    };
    let Some((key, value)) = set.split_once('=') else { return NO_SET.to_owned() };
    let (key, value) = (key.trim(), value.trim());
    let is_toml = DeTable::parse(&format!("value = {value}")).is_ok() && !value.contains('\n');
    if !is_key(key) {
        NO_SET.to_owned()
    } else if is_toml {
        format!("{key} = {value}")
    } else {
        format!("{key} = {}", toml::Value::String(value.replace(char::is_control, " ")))
    }
}

/// The same fault, told of the set that has it.
fn of_set(fault: Fault, sets: &[String]) -> Fault {
    let set = sets.get(fault.line() - 1).map_or("", |set| set.trim());
    if fault.key().is_empty() {
        let hint = "write KEY=VALUE with a key of [camera.motion], once, such as sensitivity=0.4";
        return fault.of_set(set, hint.to_owned());
    }
    let problem = fault.problem().to_owned();
    fault.of_set(set, problem)
}

/// Checks `[camera.motion]`; what it does not say is as in `base`.
pub(super) fn check(
    raw: RawMotion,
    base: &MotionSettings,
    reader: &mut Reader,
) -> Option<MotionSettings> {
    let RawMotion {
        sensitivity,
        min_area,
        min_trigger_area,
        min_pixel_delta,
        min_travel,
        max_speed,
        straightness,
        frames_per_second,
        night,
        zone,
        mask,
        person,
    } = raw;
    if let (Some(new), Some(old)) = (min_area.place(), min_trigger_area.place()) {
        let line = reader.line(new);
        let problem = format!("is the older name of min_area, which line {line} gives; write one");
        reader.refuse(old, problem);
    }
    let min_area = if min_area.place().is_some() { min_area } else { min_trigger_area };
    let by_day =
        RawNight { sensitivity, min_area, min_pixel_delta, min_travel, max_speed, straightness };
    let tuning = tuned(by_day, &base.tuning);
    let night = match (&base.night, night) {
        (None, None) => None,
        (was, night) => {
            let was = was.as_ref().unwrap_or(&base.tuning);
            let followed = follow(was, &base.tuning, &tuning);
            Some(tuned(night.unwrap_or_default(), &followed))
        }
    };
    let zones = match zone {
        Some(zones) => self::zones(zones, reader),
        None => Some(base.zones.clone()),
    };
    let masks = match mask {
        Some(masks) => self::masks(masks, reader),
        None => Some(base.masks.clone()),
    };
    let person = match person {
        Some(person) => Some(self::person(person, reader)?),
        None => base.person,
    };
    Some(MotionSettings {
        frames_per_second: frames_per_second.value().map_or(base.frames_per_second, |rate| rate.0),
        tuning,
        night,
        zones: zones?,
        masks: masks?,
        person,
    })
}

/// `base` with what the keys say.
fn tuned(keys: RawNight, base: &Tuning) -> Tuning {
    let RawNight { sensitivity, min_area, min_pixel_delta, min_travel, max_speed, straightness } =
        keys;
    Tuning {
        sensitivity: sensitivity.value().unwrap_or(base.sensitivity),
        min_area: min_area.value().or(base.min_area),
        min_pixel_delta: min_pixel_delta.value().or(base.min_pixel_delta),
        min_travel: min_travel.value().unwrap_or(base.min_travel),
        max_speed: max_speed.value().map_or(base.max_speed, |speed| speed.0),
        straightness: straightness.value().unwrap_or(base.straightness),
    }
}

/// The tuning `night`; where it was as `was` by day, it is as `day` now.
fn follow(night: &Tuning, was: &Tuning, day: &Tuning) -> Tuning {
    fn one<T: Copy + PartialEq>(night: T, was: T, day: T) -> T {
        if night == was { day } else { night }
    }
    Tuning {
        sensitivity: one(night.sensitivity, was.sensitivity, day.sensitivity),
        min_area: one(night.min_area, was.min_area, day.min_area),
        min_pixel_delta: one(night.min_pixel_delta, was.min_pixel_delta, day.min_pixel_delta),
        min_travel: one(night.min_travel, was.min_travel, day.min_travel),
        max_speed: one(night.max_speed, was.max_speed, day.max_speed),
        straightness: one(night.straightness, was.straightness, day.straightness),
    }
}

fn zones(raw: Vec<RawZone>, reader: &mut Reader) -> Option<Vec<Zone>> {
    not_too_many("zones", raw.iter().map(|zone| &zone.place), reader);
    same_names(raw.iter().map(|zone| &zone.name), reader);
    let zones: Vec<Option<Zone>> = raw.into_iter().map(|zone| self::zone(zone, reader)).collect();
    zones.into_iter().collect()
}

fn zone(raw: RawZone, reader: &mut Reader) -> Option<Zone> {
    let RawZone { place, name, points, sensitivity, min_area, min_time } = raw;
    if name.place().is_none() {
        reader.missing(&place, "name", "drive");
    }
    if points.place().is_none() {
        missing_points(&place, reader);
    }
    let min_time = within(min_time, &raw::MIN_TIME, reader);
    Some(Zone {
        name: name.value()?.0,
        area: points.value()?,
        sensitivity: sensitivity.value(),
        min_area: min_area.value(),
        min_time: min_time?,
    })
}

fn masks(raw: Vec<RawMask>, reader: &mut Reader) -> Option<Vec<Polygon>> {
    not_too_many("masks", raw.iter().map(|mask| &mask.place), reader);
    same_names(raw.iter().map(|mask| &mask.name), reader);
    let masks: Vec<Option<Polygon>> =
        raw.into_iter().map(|mask| self::mask(mask, reader)).collect();
    masks.into_iter().collect()
}

fn mask(raw: RawMask, reader: &mut Reader) -> Option<Polygon> {
    let RawMask { place, name: _, points } = raw; // The name is for whoever reads the file.
    if points.place().is_none() {
        missing_points(&place, reader);
    }
    points.value()
}

/// Refuses the first of them that is one too many.
pub(super) fn not_too_many<'a>(
    what: &str,
    mut places: impl Iterator<Item = &'a Place>,
    reader: &mut Reader,
) {
    if let Some(place) = places.nth(MOST) {
        let problem = format!("a camera has at most {MOST} {what}; this one is too many");
        reader.refuse_table(place, problem);
    }
}

/// Refuses names that were given before.
pub(super) fn same_names<'a>(names: impl Iterator<Item = &'a Key<AreaName>>, reader: &mut Reader) {
    let mut known: Vec<(&AreaName, &Place)> = Vec::new();
    for (name, place) in names.filter_map(Key::given) {
        if let Some((_, first)) = known.iter().find(|(other, _)| other.0 == name.0) {
            let (line, first) = (reader.line(first), first.path());
            reader.refuse(place, format!("{first} on line {line} is that name already"));
        }
        known.push((name, place));
    }
}

fn missing_points(place: &Place, reader: &mut Reader) {
    reader.missing_value(place, "points", "[[0.1, 0.5], [0.9, 0.5], [0.5, 1]]");
}

fn person(raw: RawPerson, reader: &mut Reader) -> Option<PersonHeight> {
    let RawPerson { place, near, far, far_at } = raw;
    let given = [
        ("near", near.place().is_some(), "0.8"),
        ("far", far.place().is_some(), "0.2"),
        ("far_at", far_at.place().is_some(), "0.4"),
    ];
    for (key, _, example) in given.into_iter().filter(|(_, is_given, _)| !is_given) {
        reader.missing_value(&place, key, example);
    }
    if let (Some((near, _)), Some((far, far_place))) = (near.given(), far.given())
        && near.0 < far.0
    {
        let problem = format!("must not be more than near, which is {}", near.0);
        reader.refuse(far_place, problem);
    }
    if let Some((share, place)) = far_at.given()
        && share.get() >= 1.0
    {
        reader.refuse(place, "must be below 1: near is said of the lower edge already");
    }
    Some(PersonHeight { near: near.value()?.0, far: far.value()?.0, far_at: far_at.value()?.get() })
}
