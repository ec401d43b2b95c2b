//! Objects: what a detector recognises, and what is to be done about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::{Fraction, Point, Region, WallTime};

/// What an object is, in the word of the detector's model: `person`, `car`, `traffic light`.
///
/// 1 to 40 small letters, digits, spaces, `-`, `_` and `.`; begins and ends with none of the last four.
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

/// Text that is no label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} cannot name a class of objects: use 1 to 40 letters, digits, spaces, '-', '_' and '.'"
)]
pub struct InvalidLabel {
    text: String,
}

impl Label {
    /// The class that all rules are about first.
    #[must_use]
    pub fn person() -> Self {
        Self("person".into())
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = InvalidLabel;

    /// Capital letters become small.
    fn from_str(text: &str) -> Result<Self, InvalidLabel> {
        let word = text.trim().to_lowercase();
        let allowed = |letter: char| letter.is_alphanumeric() || " -_.".contains(letter);
        let ends = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let fits = (1..=40).contains(&word.chars().count()) && word.chars().all(allowed);
        if fits && ends(word.chars().next()) && ends(word.chars().next_back()) {
            Ok(Self(word.into()))
        } else {
            Err(InvalidLabel { text: text.to_owned() })
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// One object in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What it is.
    pub label: Label,
    /// How sure the detector is, 0 to 1.
    pub score: Fraction,
    /// A box around it, in shares of the whole picture.
    pub region: Region,
    /// How sharp it is: the mean squared difference between neighbouring pixels of its luma in 8-bit
    /// levels at the size at which the detector saw it; `None` where nobody could look. Only good to
    /// compare two of one camera.
    pub sharpness: Option<f32>,
}

/// One object through an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// Its number in the event, that of its [`crate::Trace`].
    pub number: u32,
    /// What it is.
    pub label: Label,
    /// The best score it had, 0 to 1.
    pub score: Fraction,
    /// When it was first and last seen in the event.
    pub first: WallTime,
    /// See `first`.
    pub last: WallTime,
    /// The names of the zones it has been in.
    pub zones: BTreeSet<String>,
    /// What it did, by time.
    pub deeds: Vec<Deed>,
}

/// Something that an object did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: WallTime,
    /// What.
    pub kind: DeedKind,
}

/// What an object can do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeedKind {
    /// It came into this zone.
    Entered(String),
    /// It left this zone.
    Left(String),
    /// It has been in this zone for the zone's `loiter`.
    Loitered(String),
    /// It crossed this line.
    Crossed(String, Side),
}

/// Towards which side a line was crossed, as seen by who stands at its `from` and looks to its `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// From right to left.
    Left,
    /// From left to right.
    Right,
}

/// Whether an event's objects were looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recognition {
    /// Nobody asked for it.
    #[default]
    Off,
    /// They were: what is not told was not seen.
    Known,
    /// A detector failed for a part of it at least: nobody knows who else was there.
    Unknown,
}

impl Recognition {
    /// Every one.
    pub const ALL: [Recognition; 3] = [Recognition::Off, Recognition::Known, Recognition::Unknown];

    /// The word for it in the API and the catalog.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Recognition::Off => "off",
            Recognition::Known => "known",
            Recognition::Unknown => "unknown",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// What an owner may say about objects on one camera.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectSettings {
    /// Whether objects are looked for at all.
    pub enabled: bool,
    /// What is looked for, and from which score on; others are as if they were not there. Never empty.
    pub classes: BTreeMap<Label, Fraction>,
    /// What begins an event.
    pub events: EventsOn,
    /// How many frames a second are looked at while something moves, 1 to 10.
    pub frames_per_second: u8,
    /// The whole picture is looked at this often, whether anything moves or not; 1 s to 1 h.
    pub interval: Option<Duration>,
    /// Which objects count as triggers; all that are looked for, anywhere, if there are none.
    pub triggers: Vec<ObjectTrigger>,
    /// Zones, by name, in which an object that stays for so long loiters; 1 s to 1 h.
    pub loiter: BTreeMap<String, Duration>,
    /// Lines that can be crossed.
    pub lines: Vec<Line>,
}

impl Default for ObjectSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            classes: crate::config::detector::usual_classes().into(),
            events: EventsOn::Motion,
            frames_per_second: Self::FRAMES_PER_SECOND,
            interval: None,
            triggers: Vec::new(),
            loiter: BTreeMap::new(),
            lines: Vec::new(),
        }
    }
}

impl ObjectSettings {
    /// Looks a second if the owner does not say.
    pub const FRAMES_PER_SECOND: u8 = 5;
}

/// What begins an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventsOn {
    /// Whatever moves. Objects are told.
    #[default]
    Motion,
    /// An object that counts as a trigger; while no detector answers, whatever moves.
    Objects,
}

/// Which objects trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectTrigger {
    /// Of these classes; of all if empty.
    pub classes: BTreeSet<Label>,
    /// In one of these zones; anywhere if empty.
    pub zones: BTreeSet<String>,
    /// With at least this score.
    pub min_score: Fraction,
    /// What it must do, if anything: enter, leave or loiter in a zone of `zones`, or cross a line.
    pub deed: Option<WantedDeed>,
}

/// What an object must do to trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedDeed {
    /// Come into a zone.
    Enter,
    /// Leave one.
    Leave,
    /// Stay in one for its `loiter`.
    Loiter,
    /// Cross the line of this name, to this side if one is given.
    Cross(String, Option<Side>),
}

/// A line that can be crossed.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the owner calls it; no two of a camera have the same.
    pub name: String,
    /// Where it begins.
    pub from: Point,
    /// Where it ends; not where it begins.
    pub to: Point,
}
