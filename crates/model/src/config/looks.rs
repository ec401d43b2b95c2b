//! What is looked for and how often, as `[detector]` and `[camera.objects]` say it alike.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::check::within_or_never;
use super::detector::{Detector, usual_classes};
use super::raw::{self, RawScores};
use super::reader::{Key, Reader};
use super::schema::homes;
use super::value::{Labels, LengthOrNever, LookRate};
use crate::{Fraction, Label, ObjectSettings};

/// What is looked for and how often.
#[derive(Clone)]
pub(super) struct Looks {
    /// Never empty; nothing where a fault is noted.
    classes: Option<BTreeSet<Label>>,
    /// Of what has no score of its own.
    min_score: Fraction,
    scores: BTreeMap<Label, Fraction>,
    /// Frames a second that are looked at while something moves.
    pub(super) frames_per_second: u8,
    /// How often the whole picture is looked at in any case.
    pub(super) interval: Option<Duration>,
}

/// The keys that say it.
pub(super) struct LookKeys {
    pub(super) classes: Key<Labels>,
    pub(super) min_score: Key<Fraction>,
    pub(super) scores: Option<RawScores>,
    pub(super) detect_fps: Key<LookRate>,
    pub(super) interval: Key<LengthOrNever>,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            classes: Some(usual_classes().into_iter().map(|(label, _)| label).collect()),
            min_score: Fraction::clamped(Detector::MIN_SCORE),
            scores: BTreeMap::new(),
            frames_per_second: ObjectSettings::FRAMES_PER_SECOND,
            interval: None,
        }
    }
}

impl Looks {
    /// The same with what the keys say. A `min_score` takes the place of the scores, too, that were
    /// said before it: what is said for one camera counts before what is said for all.
    pub(super) fn with(&self, keys: LookKeys, reader: &mut Reader) -> Looks {
        let LookKeys { classes, min_score, scores, detect_fps, interval } = keys;
        let classes = match classes {
            Key::Absent => self.classes.clone(),
            Key::Refused(_) => None,
            Key::Given(labels, _) => Some(labels.0),
        };
        let own =
            scores.map_or_else(BTreeMap::new, |raw| self::scores(raw, classes.as_ref(), reader));
        let mut scores = match min_score {
            Key::Absent => self.scores.clone(),
            Key::Refused(_) | Key::Given(..) => BTreeMap::new(),
        };
        scores.extend(own);
        Looks {
            classes,
            min_score: min_score.value().unwrap_or(self.min_score),
            scores,
            frames_per_second: detect_fps.value().map_or(self.frames_per_second, |rate| rate.0),
            interval: match interval {
                Key::Absent => self.interval,
                given => within_or_never(given, &raw::INTERVAL, reader),
            },
        }
    }

    /// The classes, each with the score from which on it counts; nothing where a fault is noted.
    pub(super) fn wanted(&self) -> Option<BTreeMap<Label, Fraction>> {
        let score = |label| *self.scores.get(label).unwrap_or(&self.min_score);
        let classes = self.classes.as_ref()?.iter();
        Some(classes.map(|label| (label.clone(), score(label))).collect())
    }
}

fn scores(
    raw: RawScores,
    classes: Option<&BTreeSet<Label>>,
    reader: &mut Reader,
) -> BTreeMap<Label, Fraction> {
    let mut scores = BTreeMap::new();
    for (name, score) in raw.0 {
        let Some(place) = score.place().cloned() else { continue };
        let label: Label = match name.parse() {
            Ok(label) => label,
            Err(invalid) => {
                reader.refuse(&place, format!("{invalid}"));
                continue;
            }
        };
        if let Some(classes) = classes
            && !classes.contains(&label)
        {
            let problem = match homes(&name).as_slice() {
                [] => not_looked_for(&label, classes.iter()),
                homes => format!("is no class; as a key it belongs under {}", homes.join(" or ")),
            };
            reader.refuse(&place, problem);
        }
        if scores.contains_key(&label) {
            reader.refuse(&place, format!("{label:?} has a score already"));
        }
        scores.insert(label, score.value().unwrap_or_default());
    }
    scores
}

/// What to tell somebody who says something of a class that is not looked for.
pub(super) fn not_looked_for<'a>(
    label: &Label,
    classes: impl Iterator<Item = &'a Label>,
) -> String {
    let classes: Vec<String> = classes.map(|label| format!("{label:?}")).collect();
    format!("needs {label:?} in classes, which has {}", classes.join(", "))
}
