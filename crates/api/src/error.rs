//! What every refusal looks like.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every answer from 400 on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: Error,
}

/// What went wrong, for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Error {
    /// The kind of it, for programs.
    pub code: Code,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do about it, in a sentence.
    #[schema(required = true)]
    pub hint: Option<String>,
    /// At a wrong password: how many tries are left before a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 401: nobody is logged in, or the name or the password is wrong.
    Unauthorized,
    /// 403: whoever asks may not.
    Forbidden,
    /// 404: there is no such thing.
    NotFound,
    /// 400 and its kin: the request makes no sense as it stands.
    Invalid,
    /// 429: too many tries, or the same is being done already; `Retry-After` says when to come back.
    Throttled,
    /// 503: not now.
    Unavailable,
    /// 500: the recorder's own fault; its log says more.
    Internal,
}
