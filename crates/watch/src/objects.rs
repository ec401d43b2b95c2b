//! Which objects count as triggers.

use std::collections::BTreeSet;

use watchpost_model::{
    DeedKind, Fraction, Label, ObjectSettings, ObjectTrigger, Region, WantedDeed,
};

/// What is told of one followed object after a look.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighted {
    /// The number under which the camera follows it.
    pub number: u32,
    /// What it is.
    pub label: Label,
    /// How sure that is, 0 to 1; 0 where it was not seen, but is gone.
    pub score: Fraction,
    /// Where it is, or was last.
    pub region: Region,
    /// See [`watchpost_model::Object::sharpness`].
    pub sharpness: Option<f32>,
    /// The names of the zones it is in.
    pub zones: Vec<String>,
    /// What it did since it was last told of, in order.
    pub deeds: Vec<DeedKind>,
    /// Whether it stays where it is: a parked car.
    pub still: bool,
}

impl Sighted {
    /// Whether it was seen by the look, and is not only told of because it is gone.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.score > Fraction::NONE
    }
}

/// Whether `object` is a trigger by the owner's settings: if any of their triggers matches; if there
/// are none, wherever one that is looked for is seen and not still.
#[must_use]
pub fn triggers(settings: &ObjectSettings, object: &Sighted) -> bool {
    let ObjectSettings { enabled, classes, triggers, .. } = settings;
    let Some(least) = classes.get(&object.label).filter(|_| *enabled) else { return false };
    if triggers.is_empty() {
        return is_present(object, *least);
    }
    triggers.iter().any(|trigger| matches(trigger, object))
}

/// Whether `object` is what `trigger` is about.
///
/// Without a wanted deed it is whenever it is seen in one of the zones and is not still. With one, in
/// the step in which it does so, even if it is still by then, as one who stands and loiters, or gone,
/// as one who left. Of who is gone there is no score any more, so none is asked for.
#[must_use]
pub fn matches(trigger: &ObjectTrigger, object: &Sighted) -> bool {
    let ObjectTrigger { classes, zones, min_score, deed } = trigger;
    if !classes.is_empty() && !classes.contains(&object.label) {
        return false;
    }
    let Some(deed) = deed else {
        return is_present(object, *min_score) && is_in(zones, &object.zones);
    };
    let is_sure = object.score >= *min_score || !object.is_there();
    is_sure && object.deeds.iter().any(|done| is_wanted(deed, done, zones, &object.zones))
}

fn is_present(object: &Sighted, least: Fraction) -> bool {
    object.is_there() && !object.still && object.score >= least
}

fn is_in<'a>(wanted: &BTreeSet<String>, zones: impl IntoIterator<Item = &'a String>) -> bool {
    wanted.is_empty() || zones.into_iter().any(|zone| wanted.contains(zone))
}

fn is_wanted(
    wanted: &WantedDeed,
    done: &DeedKind,
    zones: &BTreeSet<String>,
    now_in: &[String],
) -> bool {
    match (wanted, done) {
        (WantedDeed::Enter, DeedKind::Entered(zone))
        | (WantedDeed::Leave, DeedKind::Left(zone))
        | (WantedDeed::Loiter, DeedKind::Loitered(zone)) => is_in(zones, [zone]),
        (WantedDeed::Cross(name, wanted), DeedKind::Crossed(line, side)) => {
            name == line && wanted.is_none_or(|wanted| wanted == *side) && is_in(zones, now_in)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::Side;

    use super::*;

    fn label(word: &str) -> Label {
        word.parse().unwrap()
    }

    fn person(score: f32, zones: &[&str]) -> Sighted {
        Sighted {
            number: 7,
            label: Label::person(),
            score: Fraction::clamped(score),
            region: Region::ALL,
            sharpness: None,
            zones: zones.iter().map(ToString::to_string).collect(),
            deeds: Vec::new(),
            still: false,
        }
    }

    fn wants(deed: Option<WantedDeed>) -> ObjectTrigger {
        ObjectTrigger {
            classes: [Label::person()].into(),
            zones: ["drive".to_owned()].into(),
            min_score: Fraction::clamped(0.6),
            deed,
        }
    }

    #[test]
    fn without_triggers_whoever_is_looked_for_and_moves_counts() {
        let classes = [(Label::person(), Fraction::clamped(0.5))].into();
        let settings = ObjectSettings { classes, ..ObjectSettings::default() };
        let somebody = person(0.5, &[]);
        assert!(triggers(&settings, &somebody));
        assert!(!triggers(&settings, &person(0.4, &[])));
        assert!(!triggers(&settings, &Sighted { still: true, ..somebody.clone() }));
        assert!(!triggers(&settings, &Sighted { label: label("car"), ..somebody.clone() }));
        assert!(!triggers(&settings, &person(0.0, &[])), "who is gone is not there");
        let off = ObjectSettings { enabled: false, ..settings };
        assert!(!triggers(&off, &somebody));
    }

    #[test]
    fn a_trigger_asks_for_class_and_zone_and_score() {
        let trigger = wants(None);
        let here = person(0.6, &["path", "drive"]);
        assert!(matches(&trigger, &here));
        assert!(!matches(&trigger, &person(0.59, &["drive"])));
        assert!(!matches(&trigger, &person(0.6, &["path"])));
        assert!(!matches(&trigger, &person(0.6, &[])));
        assert!(!matches(&trigger, &Sighted { label: label("dog"), ..here.clone() }));
        assert!(!matches(&trigger, &Sighted { still: true, ..here.clone() }));
        let anywhere = ObjectTrigger { zones: BTreeSet::new(), ..trigger.clone() };
        assert!(matches(&anywhere, &person(0.6, &[])));
        let anything = ObjectTrigger { classes: BTreeSet::new(), ..trigger };
        assert!(matches(&anything, &Sighted { label: label("dog"), ..here }));
        let settings = ObjectSettings { triggers: vec![anything], ..ObjectSettings::default() };
        assert!(triggers(&settings, &person(0.6, &["drive"])));
        assert!(!triggers(&settings, &person(0.6, &["path"])));
    }

    #[test]
    fn a_deed_counts_when_it_is_done_there() {
        let zone = || "drive".to_owned();
        let cases = [
            (WantedDeed::Enter, DeedKind::Entered(zone())),
            (WantedDeed::Leave, DeedKind::Left(zone())),
            (WantedDeed::Loiter, DeedKind::Loitered(zone())),
        ];
        for (wanted, _) in &cases {
            let trigger = wants(Some(wanted.clone()));
            for (same, done) in &cases {
                let deeds = vec![DeedKind::Entered("path".to_owned()), done.clone()];
                let object = Sighted { deeds, ..person(0.7, &[]) };
                assert_eq!(matches(&trigger, &object), same == wanted, "{wanted:?} {done:?}");
            }
            assert!(!matches(&trigger, &person(0.7, &["drive"])));
        }
        let elsewhere = vec![DeedKind::Entered("path".to_owned())];
        let object = Sighted { deeds: elsewhere, ..person(0.7, &["drive"]) };
        assert!(!matches(&wants(Some(WantedDeed::Enter)), &object));
    }

    #[test]
    fn who_stands_and_loiters_counts_and_who_is_gone_has_left() {
        let does = |done, object| Sighted { deeds: vec![done], ..object };
        let loiters = does(DeedKind::Loitered("drive".to_owned()), person(0.7, &["drive"]));
        let loiters = Sighted { still: true, ..loiters };
        assert!(matches(&wants(Some(WantedDeed::Loiter)), &loiters));
        let left = does(DeedKind::Left("drive".to_owned()), person(0.0, &[]));
        assert!(matches(&wants(Some(WantedDeed::Leave)), &left));
        let unsure = does(DeedKind::Left("drive".to_owned()), person(0.3, &[]));
        assert!(!matches(&wants(Some(WantedDeed::Leave)), &unsure));
    }

    #[test]
    fn a_line_is_crossed_to_the_side_that_is_asked_for() {
        let crossed = |side, zones| {
            let deeds = vec![DeedKind::Crossed("gate".to_owned(), side)];
            Sighted { deeds, ..person(0.7, zones) }
        };
        let trigger = |line: &str, side| wants(Some(WantedDeed::Cross(line.to_owned(), side)));
        let object = crossed(Side::Left, &["drive"]);
        assert!(matches(&trigger("gate", None), &object));
        assert!(matches(&trigger("gate", Some(Side::Left)), &object));
        assert!(!matches(&trigger("gate", Some(Side::Right)), &object));
        assert!(!matches(&trigger("door", None), &object));
        assert!(!matches(&trigger("gate", None), &crossed(Side::Left, &[])));
    }
}
