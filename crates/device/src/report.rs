//! What a sensor has to say.

mod outage; // what is told while it is away

use watchpost_model::Reading;

pub(crate) use self::outage::{Fault, Outage};

/// What a sensor has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// It told something.
    Reading(Reading),
    /// It cannot be reached, or not understood. Told once each time it comes to that, and again if the
    /// cause is another; it is tried again without a word. The next reading says that it is well.
    Lost {
        /// What happened.
        cause: String,
        /// What its owner can do about it.
        hint: String,
    },
}
