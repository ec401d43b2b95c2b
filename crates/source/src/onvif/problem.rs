//! What an ONVIF camera can hold against a request.

use crate::Remedy;

/// Why a camera does not do by ONVIF what was asked of it. Messages name no address and no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is a server, but nothing of ONVIF at this path.
    #[error("does not speak ONVIF at this address (HTTP {status})")]
    NotOnvif {
        /// What it answered, such as 404.
        status: u16,
    },
    /// The user is unknown, the password is wrong, or the account may not do this.
    #[error("refuses the user or the password (ONVIF)")]
    Refused,
    /// It wants a user and a password, and none are set.
    #[error("wants a user and a password (ONVIF)")]
    LoginNeeded,
    /// It refuses the login because of the time in it, though the time is by its own clock.
    #[error("refuses the login because of its own clock (ONVIF)")]
    Clock,
    /// It wants the password in plain text.
    #[error("wants the password unprotected (HTTP Basic)")]
    Unprotected,
    /// It answered with a fault.
    #[error("answers {action} with a fault: {reason}")]
    Fault {
        /// What was asked, such as `GetProfiles`.
        action: &'static str,
        /// What the camera says, at most 200 characters.
        reason: String,
    },
    /// It answered, but not what was asked for.
    #[error("answers {action} with something strange: {what}")]
    Strange {
        /// What was asked, such as `GetProfiles`.
        action: &'static str,
        /// What is strange.
        what: String,
    },
    /// It has no video profile that can be recorded.
    #[error("offers no video profile that can be recorded (it has: {offered})")]
    NoProfile {
        /// What there is.
        offered: String,
    },
    /// It has video profiles, but not the one asked for.
    #[error("has no profile {wanted:?} (it has: {offered})")]
    NoSuchProfile {
        /// What was asked for.
        wanted: String,
        /// What there is.
        offered: String,
    },
    /// It cannot be moved, or does not offer it by ONVIF.
    #[error("cannot be moved by ONVIF")]
    Immovable,
}

impl Problem {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            // A camera that has just started answers faults and nonsense for a while.
            Problem::Fault { .. } | Problem::Strange { .. } => Remedy::RetrySoon,
            Problem::NotOnvif { .. }
            | Problem::Refused
            | Problem::LoginNeeded
            | Problem::Clock
            | Problem::Unprotected
            | Problem::NoProfile { .. }
            | Problem::NoSuchProfile { .. }
            | Problem::Immovable => Remedy::RetrySeldom,
        }
    }

    /// What the owner can do, in a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Problem::NotOnvif { .. } => {
                "Check that ONVIF is switched on in the camera's settings and that the port is right: \
                 Reolink has 8000, TP-Link Tapo 2020, others 80, 8080 or 8899; `watchpost discover` finds it."
            }
            Problem::Refused => {
                "Check `user` and `password`. Many cameras have users of their own for ONVIF, to be made \
                 on the camera's page or in its app, and lock whoever tries too often for some minutes."
            }
            Problem::LoginNeeded => "Set `user` and `password` of this camera.",
            Problem::Clock => {
                "Set the camera's clock and time zone, or let it ask a time server (NTP)."
            }
            Problem::Unprotected => {
                "Set the camera's ONVIF authentication to digest on its own page."
            }
            Problem::Fault { .. } | Problem::Strange { .. } => {
                "If it goes on: restart the camera and update its firmware, or write its rtsp:// address \
                 as `source`."
            }
            Problem::NoProfile { .. } => {
                "Set the camera's video to H.264 or H.265 on its own page."
            }
            Problem::NoSuchProfile { .. } => {
                "Write one of these after `?profile=` in `source`, or leave it out for the largest."
            }
            Problem::Immovable => {
                "If it has motors: check that the account may move it (operator or administrator)."
            }
        }
    }
}
