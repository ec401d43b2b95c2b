//! Events: what happened on one camera, from when to when.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::{CameraId, DeviceId, WallTime};

/// What can be wrong with a camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ailment {
    /// None come.
    NoPictures,
    /// They come, but show the same moment again and again.
    Frozen,
    /// They are black.
    Black,
    /// They are white.
    White,
    /// Something lies over the lens.
    Covered,
    /// They are no longer sharp.
    Defocused,
    /// The camera looks elsewhere than before.
    Moved,
    /// Far fewer come than usual.
    Slow,
}

impl Ailment {
    /// Every ailment, in the order of the glossary.
    pub const ALL: [Ailment; 8] = [
        Ailment::NoPictures,
        Ailment::Frozen,
        Ailment::Black,
        Ailment::White,
        Ailment::Covered,
        Ailment::Defocused,
        Ailment::Moved,
        Ailment::Slow,
    ];

    /// The word for it in the settings, the API, the catalog and the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ailment::NoPictures => "no_pictures",
            Ailment::Frozen => "frozen",
            Ailment::Black => "black",
            Ailment::White => "white",
            Ailment::Covered => "covered",
            Ailment::Defocused => "defocused",
            Ailment::Moved => "moved",
            Ailment::Slow => "slow",
        }
    }

    /// The ailment of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ailment| ailment.word() == word)
    }
}

/// What can make an event begin or go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// Something moved in the picture.
    Motion,
    /// An object was recognised that the owner wants to know of.
    Object,
    /// A sensor fired.
    Sensor,
    /// A message came from the MQTT broker that a sensor fired.
    Mqtt,
    /// Someone asked for a recording.
    Manual,
    /// Something is wrong with the pictures.
    Ailment(Ailment),
}

impl Trigger {
    /// Every trigger, in the order of the glossary.
    pub const ALL: [Trigger; 13] = [
        Trigger::Motion,
        Trigger::Object,
        Trigger::Sensor,
        Trigger::Mqtt,
        Trigger::Manual,
        Trigger::Ailment(Ailment::NoPictures),
        Trigger::Ailment(Ailment::Frozen),
        Trigger::Ailment(Ailment::Black),
        Trigger::Ailment(Ailment::White),
        Trigger::Ailment(Ailment::Covered),
        Trigger::Ailment(Ailment::Defocused),
        Trigger::Ailment(Ailment::Moved),
        Trigger::Ailment(Ailment::Slow),
    ];

    /// The word for it in the API, the catalog and the page; that of an ailment is the ailment's.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Trigger::Motion => "motion",
            Trigger::Object => "object",
            Trigger::Sensor => "sensor",
            Trigger::Mqtt => "mqtt",
            Trigger::Manual => "manual",
            Trigger::Ailment(ailment) => ailment.word(),
        }
    }

    /// The trigger of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.word() == word)
    }
}

/// Names one event for good: its first trigger in UTC to the millisecond, and its camera, as in
/// `20261121T133205250-door`. A camera has one event at a time, so no two events share a name,
/// and names sort by time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Arc<str>);

/// Text that names no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} does not name an event; names look like 20261121T133205250-door")]
pub struct InvalidEventId {
    text: String,
}

impl EventId {
    /// The name of the event on `camera` that was first triggered at `triggered`.
    #[must_use]
    pub fn new(camera: &CameraId, triggered: WallTime) -> Self {
        let moment = triggered.timestamp();
        let utc = moment.to_zoned(jiff::tz::TimeZone::UTC);
        let millis = utc.millisecond();
        Self(format!("{}{millis:03}-{camera}", utc.strftime("%Y%m%dT%H%M%S")).into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let well_formed = text.split_once('-').is_some_and(|(moment, camera)| {
            moment.len() == 18
                && moment.char_indices().all(|(at, letter)| match at {
                    8 => letter == 'T',
                    _ => letter.is_ascii_digit(),
                })
                && camera.parse::<CameraId>().is_ok()
        });
        if well_formed {
            Ok(Self(text.into()))
        } else {
            Err(InvalidEventId { text: text.to_owned() })
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// Why an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// Nothing triggered it for `post_roll`, or its clip of a fixed length was complete.
    Quiet,
    /// It reached `max_event`; if triggers go on, the next event continues it.
    Cut,
    /// Monitoring was switched off, or whoever asked for the recording stopped it.
    Stopped,
    /// The camera, the clock or the program broke off.
    Interrupted,
}

impl Ended {
    /// Every reason.
    pub const ALL: [Ended; 4] = [Ended::Quiet, Ended::Cut, Ended::Stopped, Ended::Interrupted];

    /// The word for it in the API and the catalog.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ended::Quiet => "quiet",
            Ended::Cut => "cut",
            Ended::Stopped => "stopped",
            Ended::Interrupted => "interrupted",
        }
    }

    /// The reason of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ended| ended.word() == word)
    }
}

/// A stretch of one camera's time in which something was triggered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// Where it happened.
    pub camera: CameraId,
    /// Where its footage begins: the first trigger less the pre-roll.
    pub start: WallTime,
    /// When it was first triggered.
    pub triggered: WallTime,
    /// Where its footage ends and why, or `None` while it goes on.
    pub end: Option<(WallTime, Ended)>,
    /// What triggered it.
    pub triggers: BTreeSet<Trigger>,
    /// The sensors that fired.
    pub sensors: BTreeSet<DeviceId>,
    /// Whether the owner wants it kept for good.
    pub kept: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_by_its_first_trigger_and_its_camera() {
        let camera: CameraId = "front-door".parse().unwrap();
        let id = EventId::new(&camera, "2026-11-21T14:32:05.250+01:00".parse().unwrap());
        assert_eq!(id.as_str(), "20261121T133205250-front-door");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
    }

    #[test]
    fn every_trigger_has_a_word_of_its_own() {
        let words: BTreeSet<&str> = Trigger::ALL.iter().map(|trigger| trigger.word()).collect();
        assert_eq!(words.len(), Trigger::ALL.len());
        for trigger in Trigger::ALL {
            assert_eq!(Trigger::from_word(trigger.word()), Some(trigger));
        }
        for ailment in Ailment::ALL {
            assert_eq!(Ailment::from_word(ailment.word()), Some(ailment));
            assert!(Trigger::ALL.contains(&Trigger::Ailment(ailment)), "{ailment:?}");
        }
        assert_eq!(Trigger::from_word("Motion"), None);
    }

    #[test]
    fn what_is_no_event_name_is_refused() {
        for text in
            ["", "door", "20261121T133205250", "20261121T133205250-a/b", "x0261121T133205250-a"]
        {
            assert!(text.parse::<EventId>().is_err(), "{text:?}");
        }
    }
}
