//! Sensors and what they tell; what obeys: lights, servos, outputs.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Fraction;

/// The name of a sensor, a light, a servo or an output: 1 to 64 ASCII letters, digits, `-` and `_`.
///
/// It stands in addresses and in MQTT topics, so nothing else is allowed in it. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(Arc<str>);

/// Text that cannot name a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot name a device: use 1 to 64 letters (a-z, A-Z), digits, '-' and '_'")]
pub struct InvalidDeviceId {
    text: String,
}

impl DeviceId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceId {
    type Err = InvalidDeviceId;

    fn from_str(text: &str) -> Result<Self, InvalidDeviceId> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidDeviceId { text: text.to_owned() })
        }
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// What an ultrasonic sensor sees before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// Nothing answered: nobody is in reach.
    Free,
    /// The nearest thing, in millimetres.
    Millimetres(u32),
}

/// What a sensor told at one moment. What it does not measure, or did not tell this time, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its own yes: a PIR sees warmth that moves, a contact is open, a button is pressed.
    pub on: Option<bool>,
    /// That this yes is of the moment: it is never taken back, it just is not told again.
    pub momentary: bool,
    /// What is before it.
    pub distance: Option<Distance>,
    /// How bright the room is: 0 is dark.
    pub brightness: Option<Fraction>,
    /// The level at an analogue input, of the greatest it can measure.
    pub level: Option<Fraction>,
    /// A number whose unit only its owner knows.
    pub value: Option<f64>,
    /// How full its battery is.
    pub battery: Option<Fraction>,
}

impl Reading {
    /// What is known after `newer` was told: what it leaves out stays as it was.
    #[must_use]
    pub fn then(self, newer: Reading) -> Reading {
        Reading {
            on: newer.on.or(self.on),
            momentary: newer.on.map_or(self.momentary, |_| newer.momentary),
            distance: newer.distance.or(self.distance),
            brightness: newer.brightness.or(self.brightness),
            level: newer.level.or(self.level),
            value: newer.value.or(self.value),
            battery: newer.battery.or(self.battery),
        }
    }
}

/// Types of a few words each, with the word for each in the settings, the API and on the page.
macro_rules! words {
    ($($(#[$of_type:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ })+) => {
        $($(#[$of_type])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$doc])* $variant,)+ }

        impl $type {
            /// All of them.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The word for it in the settings, the API and on the page.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($type::$variant => $word,)+ }
            }

            /// The one of that word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        })+
    };
}

words! {
    /// What a sensor's yes means.
    Senses {
        /// Somebody moves, or is near.
        Motion = "motion",
        /// A door, a gate or a window is open.
        Opening = "opening",
        /// Somebody asks to be let in.
        Doorbell = "doorbell",
        /// Somebody wants help.
        Panic = "panic",
        /// A button for anything else.
        Button = "button",
        /// Somebody opens or tears off a part of the system.
        Tamper = "tamper",
        /// Nothing: it only measures.
        Measure = "measure",
    }

    /// What a sensor that fires has done.
    SensorAction {
        /// A photo by each of its cameras.
        Photo = "photo",
        /// An event with footage on each of its cameras.
        Clip = "clip",
        /// Monitoring goes on.
        Arm = "arm",
        /// Monitoring goes off.
        Disarm = "disarm",
    }

    /// Which picture of the stream shows the moment at which a sensor fired.
    PhotoAt {
        /// The last one before it, which is there already.
        Before = "before",
        /// The one nearest to it.
        Nearest = "nearest",
        /// The first one after it.
        After = "after",
    }
}

impl Senses {
    /// Whether it goes on as long as the sensor says yes: whoever moves is there all the time, while a
    /// door may stand open for hours.
    #[must_use]
    pub fn lasts(self) -> bool {
        matches!(self, Senses::Motion)
    }

    /// Whether it matters while monitoring is off, too.
    #[must_use]
    pub fn is_urgent(self) -> bool {
        matches!(self, Senses::Doorbell | Senses::Panic | Senses::Tamper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reading_leaves_out_stays_as_it_was() {
        let before =
            Reading { on: Some(true), battery: Some(Fraction::clamped(0.8)), ..Reading::default() };
        let free = Reading { distance: Some(Distance::Free), ..Reading::default() };
        let both = before.then(free);
        assert_eq!(both, Reading { distance: Some(Distance::Free), ..before });
        let off = Reading { on: Some(false), ..Reading::default() };
        assert_eq!(both.then(off).on, Some(false));
    }

    #[test]
    fn each_word_is_that_of_one_thing() {
        for senses in Senses::ALL {
            assert_eq!(Senses::from_word(senses.word()), Some(*senses));
        }
        for action in SensorAction::ALL {
            assert_eq!(SensorAction::from_word(action.word()), Some(*action));
        }
        for at in PhotoAt::ALL {
            assert_eq!(PhotoAt::from_word(at.word()), Some(*at));
        }
        assert_eq!(Senses::from_word("Motion"), None);
    }

    #[test]
    fn a_name_that_leaves_its_topic_is_refused() {
        for text in ["", "a/b", "#", "hall pir", "+", &"x".repeat(65)] {
            assert!(text.parse::<DeviceId>().is_err(), "{text:?}");
        }
        assert!("hall-pir_2".parse::<DeviceId>().is_ok());
    }
}
