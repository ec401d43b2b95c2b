//! `[camera.objects]`, raw to checked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::check::within;
use super::looks::{LookKeys, Looks, not_looked_for};
use super::motion::{not_too_many, same_names};
use super::raw::{self, RawLine, RawLoiter, RawObjects, RawTrigger};
use super::reader::{Key, Place, Reader};
use super::value::{AreaName, Does, Names};
use crate::{EventsOn, Fraction, Label, Line, ObjectSettings, ObjectTrigger, WantedDeed};

/// What a trigger can speak of.
struct Known {
    /// What is looked for; nothing where a fault is noted.
    classes: Option<BTreeMap<Label, Fraction>>,
    zones: BTreeSet<String>,
    lines: BTreeSet<String>,
    /// The zones that say when something loiters in them.
    loiter: BTreeSet<String>,
}

/// Checks `[camera.objects]` of a camera with these zones. `of_all` is what `[detector]` says for all
/// cameras, nothing if there is none.
pub(super) fn check(
    raw: RawObjects,
    of_all: Option<&Looks>,
    zones: BTreeSet<String>,
    reader: &mut Reader,
) -> Option<ObjectSettings> {
    let RawObjects {
        enabled,
        events,
        classes,
        min_score,
        scores,
        detect_fps,
        interval,
        trigger,
        line,
        loiter,
    } = raw;
    what_begins_events(&events, &enabled, of_all.is_some(), reader);
    let keys = LookKeys { classes, min_score, scores, detect_fps, interval };
    let looks = of_all.cloned().unwrap_or_default().with(keys, reader);
    let known = Known {
        classes: looks.wanted(),
        lines: names(line.iter().map(|line| &line.name)),
        loiter: names(loiter.iter().map(|loiter| &loiter.zone)),
        zones,
    };
    not_too_many("triggers", trigger.iter().map(|trigger| &trigger.place), reader);
    let triggers: Vec<Option<ObjectTrigger>> =
        trigger.into_iter().map(|raw| self::trigger(raw, &known, reader)).collect();
    let lines = lines(line, reader);
    let loiter = self::loiter(loiter, &known.zones, reader);
    Some(ObjectSettings {
        enabled: enabled.value().unwrap_or(true),
        classes: known.classes?,
        events: events.value().unwrap_or_default(),
        frames_per_second: looks.frames_per_second,
        interval: looks.interval,
        triggers: triggers.into_iter().collect::<Option<_>>()?,
        loiter: loiter?,
        lines: lines?,
    })
}

/// Refuses events on objects where nobody looks for any: there would never be an event.
fn what_begins_events(
    events: &Key<EventsOn>,
    enabled: &Key<bool>,
    has_detector: bool,
    reader: &mut Reader,
) {
    let Key::Given(EventsOn::Objects, place) = events else { return };
    if !has_detector {
        let problem = "needs a [detector]: without one there would be no events; write one, or \
                       events = \"motion\"";
        reader.refuse(place, problem);
    } else if let Key::Given(false, _) = enabled {
        let problem = "needs enabled = true: without it there would be no events; or write events = \
                       \"motion\"";
        reader.refuse(place, problem);
    }
}

fn trigger(raw: RawTrigger, known: &Known, reader: &mut Reader) -> Option<ObjectTrigger> {
    let RawTrigger { place: _, classes, zones, min_score, does, line, towards } = raw;
    if let (Some((labels, place)), Some(classes)) = (classes.given(), &known.classes) {
        for label in labels.0.iter().filter(|label| !classes.contains_key(*label)) {
            reader.refuse(place, not_looked_for(label, classes.keys()));
        }
    }
    if let Some((names, place)) = zones.given() {
        for zone in names.0.difference(&known.zones) {
            reader.refuse(place, no_zone(zone, &known.zones));
        }
    }
    if let Some((name, place)) = line.given()
        && !known.lines.contains(&name.0)
    {
        let problem = unknown("line", &name.0, &known.lines, "camera.objects.line");
        reader.refuse(place, problem);
    }
    what_it_does(&does, &zones, [line.place(), towards.place()], known, reader);
    let deed = match (does.value(), line.value()) {
        (None, _) => None,
        (Some(Does::Enters), _) => Some(WantedDeed::Enter),
        (Some(Does::Leaves), _) => Some(WantedDeed::Leave),
        (Some(Does::Loiters), _) => Some(WantedDeed::Loiter),
        (Some(Does::Crosses), line) => Some(WantedDeed::Cross(line?.0, towards.value())),
    };
    Some(ObjectTrigger {
        classes: classes.value().map(|labels| labels.0).unwrap_or_default(),
        zones: zones.value().map(|names| names.0).unwrap_or_default(),
        min_score: min_score.value().unwrap_or(Fraction::NONE),
        deed,
    })
}

/// Refuses what a trigger wants to be done without saying where; the places are those of its `line`
/// and its `towards`.
fn what_it_does(
    does: &Key<Does>,
    zones: &Key<Names>,
    [line, towards]: [Option<&Place>; 2],
    known: &Known,
    reader: &mut Reader,
) {
    if !matches!(does, Key::Given(Does::Crosses, _) | Key::Refused(_)) {
        for place in [line, towards].into_iter().flatten() {
            reader.refuse(place, "needs does = \"crosses\"");
        }
    }
    let Some((does, place)) = does.given() else { return };
    match (does, zones) {
        (Does::Crosses, _) if line.is_none() => {
            let line = known.lines.first().map_or("gate", String::as_str);
            let problem =
                format!("needs line too, the name of a line of this camera, such as {line:?}");
            reader.refuse(place, problem);
        }
        (Does::Enters | Does::Leaves | Does::Loiters, Key::Absent) => {
            reader.refuse(place, "needs zones too, the names of those in which it does so");
        }
        (Does::Loiters, Key::Given(names, _)) => {
            let there = names.0.intersection(&known.zones);
            for zone in there.filter(|zone| !known.loiter.contains(*zone)) {
                let problem = format!(
                    "needs a [[camera.objects.loiter]] with zone = {zone:?}, which says after how \
                     long"
                );
                reader.refuse(place, problem);
            }
        }
        _ => {}
    }
}

fn lines(raw: Vec<RawLine>, reader: &mut Reader) -> Option<Vec<Line>> {
    not_too_many("lines", raw.iter().map(|line| &line.place), reader);
    same_names(raw.iter().map(|line| &line.name), reader);
    let lines: Vec<Option<Line>> = raw.into_iter().map(|line| self::line(line, reader)).collect();
    lines.into_iter().collect()
}

fn line(raw: RawLine, reader: &mut Reader) -> Option<Line> {
    let RawLine { place, name, from, to } = raw;
    let given = [
        ("name", name.place().is_some(), "\"gate\""),
        ("from", from.place().is_some(), "[0.1, 0.5]"),
        ("to", to.place().is_some(), "[0.9, 0.5]"),
    ];
    missing(&place, &given, reader);
    if let (Some((from, _)), Some((to, place))) = (from.given(), to.given())
        && from == to
    {
        reader.refuse(place, "is where the line begins; it must end elsewhere");
    }
    Some(Line { name: name.value()?.0, from: from.value()?, to: to.value()? })
}

fn loiter(
    raw: Vec<RawLoiter>,
    zones: &BTreeSet<String>,
    reader: &mut Reader,
) -> Option<BTreeMap<String, Duration>> {
    same_names(raw.iter().map(|loiter| &loiter.zone), reader);
    let one = |RawLoiter { place, zone, after }, reader: &mut Reader| {
        let given = [
            ("zone", zone.place().is_some(), "\"drive\""),
            ("after", after.place().is_some(), "\"20s\""),
        ];
        missing(&place, &given, reader);
        if let Some((name, place)) = zone.given()
            && !zones.contains(&name.0)
        {
            reader.refuse(place, no_zone(&name.0, zones));
        }
        let after = within(after, &raw::LOITER, reader);
        Some((zone.value()?.0, after?))
    };
    let all: Vec<Option<(String, Duration)>> =
        raw.into_iter().map(|raw| one(raw, reader)).collect();
    all.into_iter().collect()
}

fn missing(place: &Place, keys: &[(&str, bool, &str)], reader: &mut Reader) {
    for (key, _, example) in keys.iter().filter(|(_, is_given, _)| !is_given) {
        reader.missing_value(place, key, example);
    }
}

fn no_zone(zone: &str, zones: &BTreeSet<String>) -> String {
    unknown("zone", zone, zones, "camera.motion.zone")
}

/// What to tell somebody who names what is not there; `header` is the table that makes one.
fn unknown(what: &str, name: &str, known: &BTreeSet<String>, header: &str) -> String {
    let known: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
    let known = match known.as_slice() {
        [] => format!("this camera has none: write [[{header}]]"),
        known => format!("this camera has {}", known.join(", ")),
    };
    format!("there is no {what} {name:?}; {known}")
}

/// The good ones of these names.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a Key<AreaName>>) -> BTreeSet<String> {
    names.filter_map(Key::given).map(|(name, _)| name.0.clone()).collect()
}
