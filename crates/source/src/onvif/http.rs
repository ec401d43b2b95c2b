//! HTTP with one camera: a patient client, and what its answers mean.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http_auth::{DigestClient, PasswordClient};
use jiff::Timestamp;
use reqwest::Response;
use reqwest::header::{DATE, HeaderValue, WWW_AUTHENTICATE};

use super::Problem;
use super::certificate::AnyCertificate;
use super::soap::{Fault, Request, plain};
use super::xml::Element;
use crate::SourceError;

/// The longest an answer may take. Small cameras need seconds for a list of profiles.
const ANSWER: Duration = Duration::from_secs(6);

/// The longest a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// The longest answer that is read. That of a recorder with 64 channels is about 1 MB.
const LONGEST: usize = 4 << 20;

/// What a camera answered.
pub(super) struct Answer {
    status: u16,
    /// What it wants by HTTP.
    challenges: Vec<String>,
    /// The time by its HTTP server.
    pub(super) date: Option<Timestamp>,
    body: Vec<u8>,
}

/// What came of a request.
pub(super) enum Verdict {
    Done(Element),
    /// The login was not taken; with what can be learnt from that.
    Refused(Refusal),
    Failed(SourceError),
}

/// A login that was not taken.
pub(super) struct Refusal {
    challenges: Vec<String>,
    pub(super) date: Option<Timestamp>,
    pub(super) fault: Option<Fault>,
}

/// One connection for each request: many cameras close it without saying so, or count those that
/// are kept open. Their servers are small: they want `Content-Type`, not `content-type`.
///
/// A camera's certificate is its own, made by nobody whom one could ask, and changes with its
/// firmware; any is taken. That hides what is said from listeners, and is no worse than `http:` against
/// who stands in between: the password is not in it.
pub(super) fn client() -> Result<reqwest::Client, SourceError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = AnyCertificate::new(&provider);
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|tls| {
            tls.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        });
    let unusable = |reason: String| SourceError::Unreachable { reason };
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.map_err(|error| unusable(error.to_string()))?)
        .http1_only()
        .http1_title_case_headers()
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        .pool_max_idle_per_host(0)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .user_agent(concat!("Watchpost/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| unusable(reason(&error)))
}

impl Answer {
    /// Reads the whole answer, if it is not too long.
    pub(super) async fn read(
        answer: Result<Response, reqwest::Error>,
        request: &Request,
    ) -> Result<Self, SourceError> {
        let mut answer = answer.map_err(|error| broken(&error))?;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers();
        let challenges = headers.get_all(WWW_AUTHENTICATE).iter().map(text).collect();
        let date = headers.get(DATE).and_then(|date| {
            let time = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.as_bytes());
            time.ok()
        });
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + chunk.len() > LONGEST {
                return Err(strange(request, "an answer without end"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, challenges, date, body })
    }

    /// What came of it.
    pub(super) fn judge(self, request: &Request) -> Verdict {
        let Answer { status, challenges, date, body } = self;
        let refused = |fault| Verdict::Refused(Refusal { challenges, date, fault });
        let success = (200..300).contains(&status);
        if success && body.iter().all(u8::is_ascii_whitespace) {
            return Verdict::Done(Element::default()); // All that some cameras say to a movement.
        }
        let envelope = match Element::read(&body) {
            Ok(envelope) if envelope.name == "Envelope" => envelope,
            _ if matches!(status, 401 | 403) => return refused(None),
            _ if (400..500).contains(&status) || (success && looks_like_a_page(&body)) => {
                return Verdict::Failed(Problem::NotOnvif { status }.into());
            }
            Ok(other) => {
                let what = format!("<{}> instead of an envelope", plain(&other.name, 40));
                return Verdict::Failed(strange(request, &what));
            }
            Err(error) => return Verdict::Failed(strange(request, &error.to_string())),
        };
        let Some(body) = envelope.child("Body") else {
            return Verdict::Failed(strange(request, "an envelope without a body"));
        };
        match body.first() {
            Some(fault) if fault.name == "Fault" => {
                let fault = Fault::read(fault);
                if status == 401 || fault.is_refusal() || fault.is_about_security() {
                    return refused(Some(fault));
                }
                let (action, reason) = (request.action, fault.reason().to_owned());
                Verdict::Failed(Problem::Fault { action, reason }.into())
            }
            _ if status == 401 => refused(None),
            first => Verdict::Done(first.cloned().unwrap_or_default()),
        }
    }
}

impl Refusal {
    pub(super) fn digest(&self) -> Option<DigestClient> {
        let clients =
            self.challenges.iter().filter_map(|challenge| {
                match PasswordClient::try_from(challenge.as_str()) {
                    Ok(PasswordClient::Digest(client)) => Some(client),
                    _ => None,
                }
            });
        clients.into_iter().next()
    }

    pub(super) fn wants_basic(&self) -> bool {
        let basic = |challenge: &String| {
            matches!(PasswordClient::try_from(challenge.as_str()), Ok(PasswordClient::Basic(_)))
        };
        !self.challenges.is_empty() && self.challenges.iter().all(basic)
    }
}

fn looks_like_a_page(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(400)]).to_lowercase();
    start.contains("<html") || start.contains("<!doctype html")
}

pub(super) fn strange(request: &Request, what: &str) -> SourceError {
    Problem::Strange { action: request.action, what: plain(what, 200) }.into()
}

/// A connection that cannot be made, or breaks off. The address is left out.
fn broken(error: &reqwest::Error) -> SourceError {
    let reason = if error.is_timeout() {
        format!("no answer within {} s", ANSWER.as_secs())
    } else {
        reason(error)
    };
    SourceError::Unreachable { reason }
}

/// The innermost error is the one that says something.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    plain(&innermost.to_string(), 200)
}
