//! What can go wrong with a request, and its one mapping to HTTP.

use std::fmt::Display;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use watchpost_api as api;
use watchpost_store::{CatalogError, ClipError, FileError, Remedy, WriteError};

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Nobody is logged in.
    NoSession,
    /// The name or the password is wrong; which of them is not told.
    WrongPassword {
        /// Before a pause.
        tries_left: u32,
    },
    /// The token of the first start is wrong or used up.
    WrongToken {
        /// Before a pause.
        tries_left: u32,
    },
    /// Another site tries to act in the user's name.
    ForeignOrigin,
    /// The user may look, and no more.
    OnlyViewer,
    /// The user is no owner.
    OnlyOwner,
    /// There is no such thing.
    NotFound(String),
    /// The request makes no sense.
    Invalid {
        /// What is wrong with it.
        message: String,
        /// What would be right.
        hint: String,
    },
    /// The same, with the status that HTTP has for it (405, 413, 415, …).
    Malformed(StatusCode, String),
    /// Too many wrong tries.
    Throttled {
        /// Until the next may be made.
        wait: Duration,
    },
    /// The same is being done already.
    Busy {
        /// What.
        message: String,
        /// Until it is surely done.
        wait: Duration,
    },
    /// Not now.
    Unavailable {
        /// What is in the way.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Our own fault.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// What handlers return.
pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    /// Our own fault, whatever it was.
    pub(crate) fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
        Problem::Internal(source.into())
    }

    /// A request that makes no sense: what is wrong, and what would be right.
    pub(crate) fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem::Invalid { message: message.into(), hint: hint.into() }
    }

    /// A cursor that no page told.
    pub(crate) fn no_cursor() -> Problem {
        Problem::invalid("cursor is none of ours.", "Give what the page before said as next.")
    }

    /// There is no event of that name.
    pub(crate) fn no_event(id: &impl Display) -> Problem {
        Problem::NotFound(format!("There is no event {id}."))
    }

    /// The store failed: in a way the owner can mend, or in another.
    fn store(
        remedy: Remedy,
        hint: &str,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> Problem {
        match remedy {
            Remedy::Retry | Remedy::NewSegment => Problem::internal(error),
            Remedy::FreeSpace | Remedy::AskOwner => {
                let message = chain(&error);
                tracing::error!(error = message, hint, "a request failed");
                Problem::Unavailable { message, hint: hint.to_owned() }
            }
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Problem::NoSession | Problem::WrongPassword { .. } => StatusCode::UNAUTHORIZED,
            Problem::WrongToken { .. }
            | Problem::ForeignOrigin
            | Problem::OnlyViewer
            | Problem::OnlyOwner => StatusCode::FORBIDDEN,
            Problem::NotFound(_) => StatusCode::NOT_FOUND,
            Problem::Invalid { .. } => StatusCode::BAD_REQUEST,
            Problem::Malformed(status, _) => *status,
            Problem::Throttled { .. } | Problem::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
            Problem::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> api::Code {
        match self {
            Problem::NoSession | Problem::WrongPassword { .. } => api::Code::Unauthorized,
            Problem::WrongToken { .. }
            | Problem::ForeignOrigin
            | Problem::OnlyViewer
            | Problem::OnlyOwner => api::Code::Forbidden,
            Problem::NotFound(_) => api::Code::NotFound,
            Problem::Invalid { .. } | Problem::Malformed(..) => api::Code::Invalid,
            Problem::Throttled { .. } | Problem::Busy { .. } => api::Code::Throttled,
            Problem::Unavailable { .. } => api::Code::Unavailable,
            Problem::Internal(_) => api::Code::Internal,
        }
    }

    /// What happened, and what to do about it.
    fn words(self) -> (String, Option<String>) {
        let (message, hint) = match self {
            Problem::NoSession => ("Nobody is logged in.", "Log in."),
            Problem::WrongPassword { .. } => (
                "The name or the password is wrong.",
                "Try again, or set a new password on the recorder with \"watchpost user add\".",
            ),
            Problem::WrongToken { .. } => (
                "The setup link is wrong or used up.",
                "Open the link that the recorder printed at its last start, or log in.",
            ),
            Problem::ForeignOrigin => (
                "The request comes from another site.",
                "Send it from the recorder's own pages, or with an Origin header that names it.",
            ),
            Problem::OnlyViewer => {
                ("This user may look, and change nothing.", "Ask an owner or a member to do it.")
            }
            Problem::OnlyOwner => ("Only an owner may do this.", "Ask an owner to do it."),
            Problem::NotFound(message) | Problem::Malformed(_, message) => return (message, None),
            Problem::Invalid { message, hint } | Problem::Unavailable { message, hint } => {
                return (message, Some(hint));
            }
            Problem::Busy { message, wait: _ } => {
                return (message, Some("Wait until it is done, then try again.".to_owned()));
            }
            Problem::Throttled { wait } => {
                let seconds = whole_seconds(wait);
                let message = format!("Too many wrong tries; the next is possible in {seconds} s.");
                return (message, Some("Wait, then try again.".to_owned()));
            }
            Problem::Internal(_) => (
                "The recorder failed to answer.",
                "Try again; if it stays so, look into the recorder's log.",
            ),
        };
        (message.to_owned(), Some(hint.to_owned()))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Problem::Internal(source) = &self {
            tracing::error!(error = %chain(source.as_ref()), "a request failed");
        }
        let (status, code) = (self.status(), self.code());
        let tries_left = match self {
            Problem::WrongPassword { tries_left } | Problem::WrongToken { tries_left } => {
                Some(tries_left)
            }
            _ => None,
        };
        let wait = match self {
            Problem::Throttled { wait } | Problem::Busy { wait, .. } => {
                Some(HeaderValue::from(whole_seconds(wait)))
            }
            _ => None,
        };
        let (message, hint) = self.words();
        let error = api::Error { code, message, hint, tries_left };
        let mut response = (status, Json(api::ErrorBody { error })).into_response();
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            // The body is JSON, but not what was asked for: to a client the one is as bad as the other.
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => Problem::invalid(
                rejection.body_text(),
                "See /api/v1/openapi.json for what the body must hold.",
            ),
            status => Problem::Malformed(status, rejection.body_text()),
        }
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Problem::Malformed(rejection.status(), rejection.body_text())
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        Problem::Malformed(rejection.status(), rejection.body_text())
    }
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        Problem::store(error.remedy(), error.hint(), error)
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NoSuchEvent { id } => Problem::no_event(&id),
            error => Problem::store(error.remedy(), error.hint(), error),
        }
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        Problem::store(error.remedy(), error.hint(), error)
    }
}

impl From<ClipError> for Problem {
    fn from(error: ClipError) -> Self {
        match error {
            ClipError::Empty => Problem::NotFound("There is no footage of that time.".to_owned()),
            ClipError::File(error) => error.into(),
            ClipError::Catalog(error) => error.into(),
        }
    }
}

/// Rounded up, so that whoever waits that long has waited long enough.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// An error and all that led to it, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
