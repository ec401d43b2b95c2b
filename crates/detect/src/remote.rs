//! Services on the network that are shown a picture and tell who is in it: one that answers whether there is
//! a person, and those that speak as `DeepStack` and `CodeProject.AI` do.
//!
//! Only HTTP 200 with a whole answer counts. Anything else is an error, and nobody knows who was there.
//! Nobody is followed to another address, and no proxy of the environment is asked: pictures go where
//! the owner said, and nowhere else.

mod answer; //  what an answer means
mod breaker; // one who fails is left in peace for a while
mod error; //   why an answer is worth nothing

use std::error::Error as _;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use tokio::time::{Instant, timeout};
use url::Url;
use watchpost_media::jpeg;
use watchpost_model::config::detector::{self, Body, Protocol};
use watchpost_model::{Fraction, Label, Object};

use crate::{DetectError, Detector, Looking, Shown, Wants};
use breaker::Breaker;

pub use error::RemoteError;

/// The longest answer that is read, in bytes. An honest one has a few thousand.
const LONGEST: usize = 1 << 20;

/// Servers close a connection that rests after five seconds and more; so this side does before them.
const REST: Duration = Duration::from_secs(4);

/// Where `DeepStack` looks at a picture (<https://docs.deepstack.cc/object-detection/>).
const DEEPSTACK: &str = "/v1/vision/detection";

/// A service on the network. Clones ask the same one, and leave it in peace together when it fails.
#[derive(Clone, Debug)]
pub struct Remote {
    settings: detector::Remote,
    host: String,
    min_score: Fraction,
    /// Made for the first picture.
    client: Arc<OnceLock<Client>>,
    breaker: Arc<Mutex<Breaker>>,
}

impl Remote {
    /// The least score that services are asked for if nobody says otherwise: half of what counts.
    const MIN_SCORE: f32 = 0.25;

    /// The service of these settings. Nothing is sent yet.
    #[must_use]
    pub fn new(settings: detector::Remote) -> Self {
        Self {
            host: host(&settings.url),
            settings,
            min_score: Fraction::clamped(Self::MIN_SCORE),
            client: Arc::default(),
            breaker: Arc::new(Mutex::new(Breaker::new())),
        }
    }

    /// The same, which leaves out objects that score less than `min_score`.
    #[must_use]
    pub fn with_min_score(self, min_score: Fraction) -> Self {
        Self { min_score, ..self }
    }

    /// Where it is, as `host` or `host:port`; nothing of it is secret.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Shows it a JPEG, unless it failed too often just now.
    async fn show(&self, picture: Bytes) -> Result<Vec<Object>, RemoteError> {
        let limit = self.settings.timeout;
        let rests = self.with_breaker(|breaker| {
            let (failing, again) = breaker.rests(Instant::now(), limit)?;
            Some((failing, again, breaker.cause().to_owned()))
        });
        if let Some((failing, again, cause)) = rests {
            return Err(RemoteError::Rests { host: self.host.clone(), failing, again, cause });
        }
        let asked = timeout(limit, self.ask(&picture)).await;
        let asked = asked.unwrap_or_else(|_| {
            Err(RemoteError::Slow { host: self.host.clone(), seconds: limit.as_secs_f32() })
        });
        self.with_breaker(|breaker| match &asked {
            Ok(_) => breaker.succeeded(),
            Err(error) => {
                let luck = Fraction::clamped(rand::random());
                breaker.failed(error.to_string(), Instant::now(), luck);
            }
        });
        let mut objects = asked?;
        objects.retain(|object| object.score >= self.min_score);
        Ok(objects)
    }

    /// The only place that locks.
    fn with_breaker<R>(&self, work: impl FnOnce(&mut Breaker) -> R) -> R {
        work(&mut self.breaker.lock().expect("no holder of the breaker can panic"))
    }

    async fn ask(&self, picture: &Bytes) -> Result<Vec<Object>, RemoteError> {
        let client = if let Some(client) = self.client.get() {
            client
        } else {
            let new = client().map_err(|error| self.broken(&error))?;
            self.client.get_or_init(|| new)
        };
        // A connection that was kept open may be closed at any moment (RFC 9112, 9.5): once more, then.
        let answer = match self.request(client, picture).send().await {
            Err(error) if error.is_request() && !error.is_connect() && !error.is_timeout() => {
                self.request(client, picture).send().await
            }
            answer => answer,
        };
        let answer = answer.map_err(|error| self.broken(&error))?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(self.refused(status, answer).await);
        }
        let body = self.whole(answer).await?;
        let read = match self.settings.protocol {
            Protocol::Http => answer::of_http(&body, jpeg::size(picture)),
            Protocol::DeepStack => answer::of_deepstack(&body, jpeg::size(picture)),
        };
        let host = || self.host.clone();
        read.map_err(|fault| match fault {
            answer::Fault::Garbled(what) => RemoteError::Garbled { host: host(), what },
            answer::Fault::Said(said) => RemoteError::Failed { host: host(), said },
        })
    }

    fn request(&self, client: &Client, picture: &Bytes) -> RequestBuilder {
        let detector::Remote { protocol, url, token, body, .. } = &self.settings;
        let token = token.as_ref().map(|token| token.expose().as_str());
        match (protocol, body) {
            (Protocol::Http, body) => {
                let request = client.post(url.clone());
                let request = match body {
                    Body::Jpeg => {
                        request.header("content-type", "image/jpeg").body(picture.clone())
                    }
                    Body::Base64 => {
                        request.json(&serde_json::json!({ "image": STANDARD.encode(picture) }))
                    }
                };
                match token {
                    Some(token) => request.bearer_auth(token),
                    None => request,
                }
            }
            (Protocol::DeepStack, _) => {
                let image = Part::stream_with_length(picture.clone(), length(picture));
                let form = Form::new().part("image", jpeg_part(image));
                let form = form.text("min_confidence", format!("{:.2}", self.min_score.get()));
                let form = match token {
                    Some(token) => form.text("api_key", token.to_owned()),
                    None => form,
                };
                client.post(deepstack(url)).multipart(form)
            }
        }
    }

    /// All of an answer.
    async fn whole(&self, mut answer: Response) -> Result<Bytes, RemoteError> {
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + piece.len() > LONGEST {
                return Err(RemoteError::Long { host: self.host.clone() });
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    /// Why it did not answer by 200.
    async fn refused(&self, status: StatusCode, answer: Response) -> RemoteError {
        let (host, code) = (self.host.clone(), status.as_u16());
        if status.is_redirection() {
            return RemoteError::Moved { host, status: code };
        }
        // A reason is welcome, but no more than that: without one, the number must do.
        let said = self.whole(answer).await.ok().and_then(|body| answer::reason(&body));
        if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) {
            return RemoteError::Refused { host, status: code, said };
        }
        RemoteError::Status { host, status: code, said }
    }

    fn broken(&self, error: &reqwest::Error) -> RemoteError {
        let (host, reason) = (self.host.clone(), reason(error));
        if error.is_builder() {
            RemoteError::Unsendable { host, reason }
        } else if error.is_connect() {
            let encrypted = self.settings.url.scheme() == "https";
            RemoteError::Unreachable { host, reason, encrypted }
        } else {
            RemoteError::Broken { host, reason }
        }
    }
}

impl Detector for Remote {
    fn wants(&self) -> Wants {
        Wants::Jpeg { size: self.settings.size }
    }

    fn labels(&self) -> Option<&[Label]> {
        None
    }

    fn look(&mut self, picture: Shown) -> Looking<'_> {
        Box::pin(async move {
            let Shown::Jpeg(picture) = picture else { return Err(DetectError::Shown) };
            Ok(self.show(picture).await?)
        })
    }
}

fn client() -> reqwest::Result<Client> {
    Client::builder()
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(REST)
        .user_agent(concat!("Watchpost/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Where `url` points, without what may be secret.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The place that looks at pictures, where `url` does not name one (models of the owner's own have others).
fn deepstack(url: &Url) -> Url {
    let mut url = url.clone();
    if !url.path().contains("/v1/vision/") {
        let path = url.path().trim_end_matches('/').to_owned() + DEEPSTACK;
        url.set_path(&path);
    }
    url
}

fn length(picture: &Bytes) -> u64 {
    u64::try_from(picture.len()).unwrap_or(u64::MAX)
}

fn jpeg_part(image: Part) -> Part {
    let named = image.file_name("picture.jpg");
    named.mime_str("image/jpeg").expect("that is a media type")
}

/// The innermost error is the one that says something; the others name the address, which may be secret.
fn reason(error: &reqwest::Error) -> String {
    let Some(mut innermost) = error.source() else {
        return "it cannot be sent".to_owned();
    };
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    answer::line(&innermost.to_string())
}
