//! Why a service's answer is worth nothing.

use std::fmt;
use std::time::Duration;

/// Why a service's answer is worth nothing. Names the host, but no path, for that may hold a secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RemoteError {
    /// Nobody can be reached there.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// Where.
        host: String,
        /// What the system said.
        reason: String,
        /// Whether it was to be asked by `https://`.
        encrypted: bool,
    },
    /// It takes longer than it may.
    #[error("{host} has not answered within {seconds} s")]
    Slow {
        /// Where.
        host: String,
        /// How long it may take.
        seconds: f32,
    },
    /// The connection broke.
    #[error("{host} broke off: {reason}")]
    Broken {
        /// Where.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The token cannot stand in a request.
    #[error("nothing can be sent to {host}: {reason}")]
    Unsendable {
        /// Where.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// It wants another token.
    #[error("{host} refused (HTTP {status}){}", Said(said))]
    Refused {
        /// Where.
        host: String,
        /// 401 or 403.
        status: u16,
        /// Its own words.
        said: Option<String>,
    },
    /// It says that it is elsewhere.
    #[error("{host} points elsewhere (HTTP {status}), which is not followed")]
    Moved {
        /// Where.
        host: String,
        /// 300 to 399.
        status: u16,
    },
    /// It does not answer by 200.
    #[error("{host} answered HTTP {status}{}", Said(said))]
    Status {
        /// Where.
        host: String,
        /// What else.
        status: u16,
        /// Its own words.
        said: Option<String>,
    },
    /// It answers without end.
    #[error("{host} answered with more than 1 MB")]
    Long {
        /// Where.
        host: String,
    },
    /// It does not answer as it should.
    #[error("{host} answered {what}")]
    Garbled {
        /// Where.
        host: String,
        /// What instead.
        what: String,
    },
    /// It says itself that it failed.
    #[error("{host} failed{}", Said(said))]
    Failed {
        /// Where.
        host: String,
        /// Its own words.
        said: Option<String>,
    },
    /// It failed again and again, and is not asked for now.
    #[error(
        "{host} has failed for {} s and is tried again in {} s; the last time: {cause}",
        failing.as_secs(),
        again.as_secs() + 1
    )]
    Rests {
        /// Where.
        host: String,
        /// Since its first failure in a row.
        failing: Duration,
        /// Until it is tried again.
        again: Duration,
        /// The last failure.
        cause: String,
    },
}

impl RemoteError {
    /// What the owner can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            RemoteError::Unreachable { encrypted: false, .. } | RemoteError::Broken { .. } => {
                "Check [detector] url, and that the service runs."
            }
            RemoteError::Unreachable { encrypted: true, .. } => {
                "Check [detector] url, and that the service runs and speaks https:// with a certificate \
                 that this machine trusts."
            }
            RemoteError::Slow { .. } => {
                "Give it more time by [detector] timeout, smaller pictures by image_size, or fewer by every."
            }
            RemoteError::Unsendable { .. } => {
                "Check [detector] token: it must be one line of Latin letters, digits and signs."
            }
            RemoteError::Refused { .. } => "Check [detector] token.",
            RemoteError::Moved { .. } => {
                "Set [detector] url to where the service points; a browser shows it."
            }
            RemoteError::Status { status: 404 | 405, .. } => {
                "Check the path in [detector] url, and protocol."
            }
            RemoteError::Status { status: 413, .. } => {
                "Send smaller pictures by [detector] image_size."
            }
            RemoteError::Status { status: 415, .. } => {
                "Try [detector] body = \"base64\", and check protocol."
            }
            RemoteError::Status { status: 429, .. } => "Send fewer pictures by [detector] every.",
            RemoteError::Status { .. } | RemoteError::Failed { .. } => {
                "Look into the log of the service."
            }
            RemoteError::Long { .. } | RemoteError::Garbled { .. } => {
                "Check [detector] url and protocol: \"http\" must be answered by {\"person_detected\": true} \
                 or false, \"deepstack\" by {\"success\": true, \"predictions\": […]}."
            }
            RemoteError::Rests { .. } => "Check that the service runs, and [detector] url.",
        }
    }
}

/// What a service said, if anything.
struct Said<'a>(&'a Option<String>);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |said| write!(f, ": {said:?}"))
    }
}
