//! Cameras on the network that give JPEGs over HTTP: a stream of parts (`multipart/x-mixed-replace`), or
//! one picture, which is fetched again and again. Their answer tells which.
//!
//! The password is given as the camera asks for it: by Digest (RFC 7616) if it offers that, else by
//! Basic (RFC 7617), which whoever listens can read; `https://` hides it. A certificate there is the
//! camera's own, made by nobody whom one could ask, and is not checked: who stands in between can
//! pretend to be the camera. Nobody is followed to another host, lest the password go there.

mod parts; // a stream cut into pictures

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_auth::{PasswordClient, PasswordParams};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use url::{Position, Url};
use watchpost_media::{Kind, Parameters, jpeg};
use watchpost_model::config::{Credentials, Http};

use self::parts::Parts;
use crate::onvif::certificate::AnyCertificate;
use crate::{Arrival, SourceError};

/// The longest a connection, and then an answer, may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The longest a stream may be without a picture, and a picture may take to come.
const SILENCE: Duration = Duration::from_secs(8);

/// The longest picture that is taken, in bytes.
const LONGEST: usize = 16 << 20;

/// How often one request is answered with "elsewhere".
const MOVES: usize = 3;

/// Longer than a camera is ever without a picture.
pub(crate) fn patience(http: &Http) -> Duration {
    http.interval + SILENCE
}

/// A camera that answers.
pub(crate) struct Visit {
    state: State,
    began: Instant,
    parameters: Option<Arc<Parameters>>,
    /// When the last picture came.
    last: Option<Duration>,
}

enum State {
    Stream(Box<Stream>),
    Stills(Stills),
}

/// Parts that come by themselves.
struct Stream {
    response: Response,
    parts: Parts,
    /// Since when the next picture is waited for.
    waiting: Option<Instant>,
}

/// A picture that is fetched.
struct Stills {
    interval: Duration,
    due: Instant,
    doing: Doing,
}

enum Doing {
    Rest(Option<Door>),
    /// Kept, so that nothing is lost when whoever waits stops waiting.
    Fetch(Fetching),
}

type Fetching = Pin<Box<dyn Future<Output = (Door, Result<Bytes, SourceError>)> + Send>>;

/// What a camera gives at its address.
enum Given {
    Stream(Response, Parts),
    Still(Bytes),
}

impl Visit {
    /// # Errors
    ///
    /// Why there is nothing to be seen.
    pub(crate) async fn open(http: &Http) -> Result<Self, SourceError> {
        let began = Instant::now();
        let mut door = Door::new(http)?;
        let state = match door.ask().await? {
            Given::Stream(response, parts) => {
                State::Stream(Box::new(Stream { response, parts, waiting: None }))
            }
            Given::Still(first) => {
                let fetched: Fetching = Box::pin(async move { (door, Ok(first)) });
                let doing = Doing::Fetch(fetched);
                State::Stills(Stills { interval: http.interval, due: began, doing })
            }
        };
        Ok(Self { state, began, parameters: None, last: None })
    }

    /// The next picture. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        let data = match &mut self.state {
            State::Stream(stream) => stream.next().await?,
            State::Stills(stills) => stills.next().await?,
        };
        let size = jpeg::size(&data).ok_or_else(|| garbled("a picture that is no JPEG"))?;
        let known = self.parameters.take();
        let known = known.filter(|known| (known.width(), known.height()) == size);
        let parameters = if let Some(known) = known {
            known
        } else {
            let new = Parameters::mjpeg(size.0, size.1);
            Arc::new(new.map_err(|error| garbled(&error.to_string()))?)
        };
        self.parameters = Some(Arc::clone(&parameters));
        // HTTP carries no times: what is here now was taken now.
        let soonest = self.last.map_or(Duration::ZERO, |last| last + Duration::from_millis(1));
        let elapsed = self.began.elapsed().max(soonest);
        self.last = Some(elapsed);
        let (kind, shown_after, sound) = (Kind::Key, Duration::ZERO, Vec::new());
        Ok(Arrival { parameters, data, kind, elapsed, shown_after, sound })
    }
}

impl Stream {
    async fn next(&mut self) -> Result<Bytes, SourceError> {
        let deadline = *self.waiting.get_or_insert_with(Instant::now) + SILENCE;
        loop {
            if let Some(picture) = self.parts.next().map_err(|what| garbled(&what))? {
                self.waiting = None;
                return Ok(picture);
            }
            let chunk = timeout_at(deadline, self.response.chunk());
            let chunk = chunk.await.map_err(|_| SourceError::Silent { silence: SILENCE })?;
            match chunk {
                Ok(Some(bytes)) => self.parts.push(&bytes),
                Ok(None) => {
                    let reason = "the camera closed the connection".to_owned();
                    return Err(SourceError::Ended { reason });
                }
                Err(error) => return Err(SourceError::Ended { reason: reason(&error) }),
            }
        }
    }
}

impl Stills {
    async fn next(&mut self) -> Result<Bytes, SourceError> {
        loop {
            match &mut self.doing {
                Doing::Rest(door) => {
                    sleep_until(self.due).await;
                    let Some(mut door) = door.take() else {
                        let reason = "it was given up after an error".to_owned();
                        return Err(SourceError::Ended { reason });
                    };
                    self.doing = Doing::Fetch(Box::pin(async move {
                        let still = door.ask().await.and_then(|given| match given {
                            Given::Still(still) => Ok(still),
                            Given::Stream(..) => Err(garbled("a stream instead of a picture")),
                        });
                        (door, still)
                    }));
                }
                Doing::Fetch(fetching) => {
                    let (door, still) = fetching.await;
                    // One that is late does not make the next come sooner.
                    self.due = (self.due + self.interval).max(Instant::now());
                    self.doing = Doing::Rest(Some(door).filter(|_| still.is_ok()));
                    return still;
                }
            }
        }
    }
}

/// Where a camera is asked.
struct Door {
    client: reqwest::Client,
    address: Url,
    credentials: Option<Credentials>,
    /// How it wants to be told the password.
    login: Option<PasswordClient>,
}

impl Door {
    fn new(http: &Http) -> Result<Self, SourceError> {
        let (address, credentials) = (http.url.expose().clone(), http.credentials.clone());
        Ok(Self { client: client()?, address, credentials, login: None })
    }

    async fn ask(&mut self) -> Result<Given, SourceError> {
        let answer = timeout(ANSWER, self.admitted()).await;
        let response = answer.map_err(|_| SourceError::Unreachable {
            reason: format!("no answer within {} s", ANSWER.as_secs()),
        })??;
        let stated = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let stated = stated.unwrap_or_default().trim().to_owned();
        let essence = stated.split(';').next().unwrap_or_default().trim().to_lowercase();
        match essence.as_str() {
            "image/jpeg" | "image/jpg" | "image/pjpeg" | "application/octet-stream" | "" => {
                timeout(SILENCE, whole(response))
                    .await
                    .map_err(|_| SourceError::Silent { silence: SILENCE })?
                    .map(Given::Still)
            }
            kind if kind.starts_with("multipart/") => {
                let parts = Parts::new(&stated, LONGEST);
                Ok(Given::Stream(response, parts))
            }
            _ => Err(SourceError::NoPictures { offered: essence.chars().take(60).collect() }),
        }
    }

    /// The answer behind logins and moves.
    async fn admitted(&mut self) -> Result<Response, SourceError> {
        let mut address = self.address.clone();
        let (mut moves, mut asked) = (0, 0);
        loop {
            let mut request = self.client.get(address.clone());
            if let Some(authorization) = self.authorization(&address)? {
                request = request.header(AUTHORIZATION, authorization);
            }
            let response = send(request).await.map_err(|error| broken(&error))?;
            match response.status() {
                StatusCode::OK => return Ok(response),
                // Once without a login, and once more for one that has run out.
                StatusCode::UNAUTHORIZED if asked < 2 && self.credentials.is_some() => {
                    asked += 1;
                    let fresh = challenge(&response).ok_or(SourceError::Refused)?;
                    let stale = !matches!(&fresh, PasswordClient::Digest(digest) if digest.stale());
                    if self.login.is_some() && asked == 2 && stale {
                        return Err(SourceError::Refused);
                    }
                    self.login = Some(fresh);
                }
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    return Err(SourceError::Refused);
                }
                status if status.is_redirection() && moves < MOVES => {
                    moves += 1;
                    address = moved(&address, &response)?;
                }
                status if status.is_client_error() => {
                    return Err(SourceError::NoSuchStream { status: status.as_u16() });
                }
                status => {
                    let reason = format!("the camera answered {}", status.as_u16());
                    return Err(SourceError::Ended { reason });
                }
            }
        }
    }

    fn authorization(&mut self, address: &Url) -> Result<Option<String>, SourceError> {
        let (Some(login), Some(credentials)) = (&mut self.login, &self.credentials) else {
            return Ok(None);
        };
        let answer = login.respond(&PasswordParams {
            username: &credentials.user,
            password: credentials.password.expose(),
            uri: &address[Position::BeforePath..Position::AfterQuery],
            method: "GET",
            body: Some(&[]),
        });
        answer.map(Some).map_err(|what| garbled(&what))
    }
}

/// How the camera wants to be told the password; Digest if it offers that.
fn challenge(response: &Response) -> Option<PasswordClient> {
    let offers = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let offers = offers.filter_map(|offer| offer.to_str().ok());
    let builder =
        offers.fold(PasswordClient::builder(), http_auth::PasswordClientBuilder::challenges);
    builder.build().ok()
}

/// Asks; once more where the camera closed a connection that it had kept open, as it may at any moment
/// (RFC 9112, 9.5).
async fn send(request: RequestBuilder) -> reqwest::Result<Response> {
    let again = request.try_clone();
    match (request.send().await, again) {
        (Err(error), Some(again))
            if error.is_request() && !error.is_connect() && !error.is_timeout() =>
        {
            again.send().await
        }
        (answer, _) => answer,
    }
}

/// Where the camera says that it is now, if that is still the camera.
fn moved(from: &Url, response: &Response) -> Result<Url, SourceError> {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let to = location.and_then(|location| from.join(location).ok());
    let to = to.ok_or_else(|| garbled("a move to nowhere"))?;
    let same = to.host() == from.host() && (to.scheme() == from.scheme() || to.scheme() == "https");
    if same { Ok(to) } else { Err(garbled("a move to another host, which is not followed")) }
}

/// All of a single picture.
async fn whole(mut response: Response) -> Result<Bytes, SourceError> {
    let mut picture = BytesMut::new();
    let broken = |error: reqwest::Error| SourceError::Ended { reason: reason(&error) };
    while let Some(bytes) = response.chunk().await.map_err(broken)? {
        picture.extend_from_slice(&bytes);
        if picture.len() > LONGEST {
            return Err(garbled(&format!("a picture of more than {} MiB", LONGEST >> 20)));
        }
    }
    Ok(picture.freeze())
}

fn client() -> Result<reqwest::Client, SourceError> {
    let unusable = |reason: String| SourceError::Unreachable { reason };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = AnyCertificate::new(&provider);
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|tls| {
            tls.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        });
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.map_err(|error| unusable(error.to_string()))?)
        .http1_only()
        .http1_ignore_invalid_headers_in_responses(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(ANSWER)
        .user_agent(concat!("Watchpost/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| unusable(reason(&error)))
}

/// A connection that cannot be made. The address is left out.
fn broken(error: &reqwest::Error) -> SourceError {
    let reason = reason(error);
    if error.is_connect() || error.is_timeout() {
        SourceError::Unreachable { reason }
    } else {
        SourceError::Ended { reason }
    }
}

/// The innermost error is the one that says something.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn garbled(what: &str) -> SourceError {
    SourceError::Garbled { what: what.to_owned() }
}
