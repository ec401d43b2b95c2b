//! Speaking with one camera: its services, its clock, and how it wants to be logged in to.
//!
//! Two logins are in use, and a camera may know only one of them: a `UsernameToken` in each message,
//! which holds a time that must be right by the camera's clock, and HTTP Digest (RFC 7616). The token
//! is tried first; a camera that asks for Digest gets that. Neither lets a listener learn the
//! password; HTTP Basic would, so it is never answered.
//!
//! A wrong password costs two tries at most, one for each login, unless the clocks are in doubt, too: some
//! cameras lock out whoever tries too often.

use std::time::Duration;

use http_auth::{DigestClient, PasswordParams};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio::time::Instant;
use url::{Host, Url};
use watchpost_model::config::Credentials;

use super::Problem;
use super::http::{Answer, Refusal, Verdict, client, strange};
use super::soap::{DEVICE, Fault, MEDIA, MEDIA2, PTZ, Request, Token};
use super::xml::{Element, escape};
use crate::SourceError;

/// How far two clocks may be apart and still count as the same.
const SAME_TIME: Duration = Duration::from_secs(2);

/// For how long the camera's clock need not be read again.
const FRESH: Duration = Duration::from_secs(10);

/// Where the device service of nearly all cameras is.
const DEVICE_PATH: &str = "/onvif/device_service";

/// A camera that answers.
pub(super) struct Connection {
    client: reqwest::Client,
    address: Url,
    credentials: Option<Credentials>,
    login: Login,
    clock: Option<Clock>,
    services: Services,
}

/// Where the services are that are used here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Services {
    media: Option<Url>,
    media2: Option<Url>,
    ptz: Option<Url>,
}

/// How the camera wants to be logged in to.
enum Login {
    /// By a token in each message.
    Token,
    /// Unknown: the next answer will ask for something.
    Ask,
    /// By HTTP, with the nonce it gave.
    Digest { client: Box<DigestClient>, worked: bool },
}

/// The camera's clock, by which logins must be right.
#[derive(Clone, Copy)]
struct Clock {
    /// What it showed.
    time: Timestamp,
    /// When that was, by a clock that nobody sets.
    read: Instant,
}

/// What was tried already in one call, so that nothing is tried twice.
#[derive(Default)]
struct Tried {
    clock: bool,
    date: bool,
    digest: bool,
}

impl Connection {
    /// Asks the camera for its clock and its services.
    pub(super) async fn open(
        device: &Url,
        credentials: Option<Credentials>,
    ) -> Result<Self, SourceError> {
        let address = device_address(device);
        let services = Services::default();
        let login = Login::Token;
        let mut connection =
            Self { client: client()?, address, credentials, login, clock: None, services };
        connection.read_clock().await?;
        connection.find_services().await?;
        Ok(connection)
    }

    /// The host that answers: what a camera says of its own address is often wrong.
    pub(super) fn host(&self) -> Host<&str> {
        self.address.host().unwrap_or(Host::Domain(""))
    }

    /// The media service of Profile T, if there is one.
    pub(super) fn has_media2(&self) -> bool {
        self.services.media2.is_some()
    }

    /// Whether there is a service for pan, tilt and zoom.
    pub(super) fn has_ptz(&self) -> bool {
        self.services.ptz.is_some()
    }

    /// Sends a request to the service it is for, logged in, and gives what is in the answer's body.
    pub(super) async fn call(&mut self, request: &Request) -> Result<Element, SourceError> {
        let service = match request.namespace {
            MEDIA => self.services.media.clone(),
            MEDIA2 => self.services.media2.clone(),
            PTZ => self.services.ptz.clone(),
            _ => None,
        };
        // Small cameras that name no services have them all at one address.
        let service = service.unwrap_or_else(|| self.address.clone());
        let mut tried = Tried::default();
        loop {
            let answer = self.post(&service, request, Sender::User).await?;
            match answer.judge(request) {
                Verdict::Done(element) => {
                    if let Login::Digest { worked, .. } = &mut self.login {
                        *worked = true;
                    }
                    return Ok(element);
                }
                Verdict::Failed(error) => return Err(error),
                Verdict::Refused(refusal) => self.learn(&refusal, &mut tried).await?,
            }
        }
    }

    /// Finds another way to log in, or says why there is none.
    async fn learn(&mut self, refusal: &Refusal, tried: &mut Tried) -> Result<(), SourceError> {
        if self.credentials.is_none() {
            return Err(Problem::LoginNeeded.into());
        }
        let fault = refusal.fault.as_ref();
        let known = match &self.login {
            Login::Digest { worked, .. } => Some(*worked),
            Login::Token | Login::Ask => None,
        };
        if let Some(client) = refusal.digest() {
            // A first nonce, or one that has run out.
            if !tried.digest && (known != Some(false) || client.stale()) {
                tried.digest = true;
                self.login = Login::Digest { client: Box::new(client), worked: false };
                return Ok(());
            }
        } else if matches!(self.login, Login::Token) {
            if fault.is_some_and(Fault::is_about_security) {
                self.login = Login::Ask;
                return Ok(());
            }
            if self.learn_time(refusal, tried).await? {
                return Ok(());
            }
        }
        if refusal.wants_basic() {
            return Err(Problem::Unprotected.into());
        }
        Err(if fault.is_some_and(Fault::is_about_time) { Problem::Clock } else { Problem::Refused }
            .into())
    }

    /// Whether there is another time to try: the camera's clock may have been set since it was read,
    /// and some say their local time where UTC belongs, while their HTTP server has it right.
    async fn learn_time(
        &mut self,
        refusal: &Refusal,
        tried: &mut Tried,
    ) -> Result<bool, SourceError> {
        let before = self.now();
        let fresh = self.clock.is_some_and(|clock| clock.read.elapsed() < FRESH);
        if !tried.clock && !fresh {
            tried.clock = true;
            self.read_clock().await?;
            if apart(before, self.now()) {
                return Ok(true);
            }
        }
        if let Some(time) = refusal.date
            && !tried.date
            && apart(time, self.now())
        {
            tried.date = true;
            self.clock = Some(Clock { time, read: Instant::now() });
            return Ok(true);
        }
        Ok(false)
    }

    /// The time by the camera's clock. One that does not tell its time cannot check ours.
    fn now(&self) -> Timestamp {
        let Some(clock) = self.clock else {
            return Timestamp::constant(946_684_800, 0); // 2000-01-01
        };
        clock.time.saturating_add(clock.read.elapsed()).unwrap_or(clock.time)
    }

    /// Asks for the camera's clock, without a login: that is the only request which always works.
    async fn read_clock(&mut self) -> Result<(), SourceError> {
        let request = Request::new(DEVICE, "GetSystemDateAndTime", String::new());
        let address = self.address.clone();
        let answer = self.post(&address, &request, Sender::Anybody).await?;
        let date = answer.date;
        let time = match answer.judge(&request) {
            Verdict::Done(answer) => told_time(&answer),
            Verdict::Refused(refusal) => {
                if let (Login::Token, Some(client)) = (&self.login, refusal.digest()) {
                    self.login = Login::Digest { client: Box::new(client), worked: false };
                }
                None
            }
            Verdict::Failed(error @ SourceError::Onvif(Problem::NotOnvif { .. })) => {
                return Err(error);
            }
            Verdict::Failed(error) => {
                tracing::debug!(%error, "the camera does not tell its clock");
                None
            }
        };
        if let Some(time) = time.or(date) {
            self.clock = Some(Clock { time, read: Instant::now() });
        }
        Ok(())
    }

    /// By `GetServices`, or in older cameras by `GetCapabilities`.
    async fn find_services(&mut self) -> Result<(), SourceError> {
        let content = "<IncludeCapability>false</IncludeCapability>".to_owned();
        let services = self.call(&Request::new(DEVICE, "GetServices", content)).await;
        match services {
            Ok(answer) => {
                let address = |namespace: &str| {
                    let service = answer.children("Service").find(|service| {
                        let name = service.text_at(&["Namespace"]).unwrap_or_default();
                        name.trim_end_matches('/') == namespace
                    });
                    self.corrected(service?.text_at(&["XAddr"])?)
                };
                self.services =
                    Services { media: address(MEDIA), media2: address(MEDIA2), ptz: address(PTZ) };
            }
            Err(SourceError::Onvif(
                Problem::Fault { .. } | Problem::Strange { .. } | Problem::NotOnvif { .. },
            )) => {}
            Err(error) => return Err(error),
        }
        if self.services.media.is_some() || self.services.media2.is_some() {
            return Ok(());
        }
        let content = "<Category>All</Category>".to_owned();
        let answer = self.call(&Request::new(DEVICE, "GetCapabilities", content)).await?;
        let address = |name| {
            let capability = answer.at(&["Capabilities", name])?;
            self.corrected(capability.text_at(&["XAddr"])?)
        };
        let (media, ptz) = (address("Media"), address("PTZ"));
        self.services = Services { media, media2: None, ptz };
        Ok(())
    }

    /// The address of a service. If the camera names another host than the one that answers, that is
    /// how it sees itself from behind a router, or what it was called before: then only the path counts.
    fn corrected(&self, named: &str) -> Option<Url> {
        let named: Url = named.split_whitespace().next()?.parse().ok()?;
        if named.host() == self.address.host() && matches!(named.scheme(), "http" | "https") {
            return Some(named);
        }
        let mut corrected = self.address.clone();
        corrected.set_path(named.path());
        corrected.set_query(named.query());
        Some(corrected)
    }

    async fn post(
        &mut self,
        address: &Url,
        request: &Request,
        sender: Sender,
    ) -> Result<Answer, SourceError> {
        let mut post =
            self.client.post(address.clone()).header(CONTENT_TYPE, request.content_type());
        let mut token = None;
        if let (Some(credentials), Sender::User) = (&self.credentials, sender) {
            let now = self.now();
            match &mut self.login {
                Login::Token => token = Some(Token::new(credentials, rand::random(), now)),
                Login::Ask => {}
                Login::Digest { client, .. } => {
                    let uri = &address[url::Position::BeforePath..url::Position::AfterQuery];
                    let password = PasswordParams {
                        username: &credentials.user,
                        password: credentials.password.expose(),
                        uri,
                        method: "POST",
                        body: None,
                    };
                    let answer =
                        client.respond(&password).map_err(|what| strange(request, &what))?;
                    post = post.header(AUTHORIZATION, answer);
                }
            }
        }
        Answer::read(post.body(request.envelope(token.as_ref())).send().await, request).await
    }
}

/// As whom a request is sent.
#[derive(Clone, Copy)]
enum Sender {
    Anybody,
    User,
}

/// The address of the device service: `onvif:` is `http:`, and without a path it is the usual one.
fn device_address(device: &Url) -> Url {
    let rest = &device[url::Position::BeforeHost..url::Position::AfterPort];
    let scheme = if device.scheme() == "https" { "https" } else { "http" };
    let path = if matches!(device.path(), "" | "/") { DEVICE_PATH } else { device.path() };
    format!("{scheme}://{rest}{path}").parse().unwrap_or_else(|_| device.clone())
}

/// UTC as the camera tells it, or its local time, which is all that some tell.
fn told_time(answer: &Element) -> Option<Timestamp> {
    let told = answer.child("SystemDateAndTime")?;
    let read = |name| {
        let told = told.child(name)?;
        let number =
            |path: [&str; 2]| told.text_at(&path).and_then(|text| text.parse::<i16>().ok());
        let small = |path| number(path).and_then(|number| i8::try_from(number).ok());
        let date = civil::Date::new(
            number(["Date", "Year"])?,
            small(["Date", "Month"])?,
            small(["Date", "Day"])?,
        );
        // A leap second is counted as the one before it.
        let second = small(["Time", "Second"])?.min(59);
        let time =
            civil::Time::new(small(["Time", "Hour"])?, small(["Time", "Minute"])?, second, 0);
        let moment = date.ok()?.to_datetime(time.ok()?).to_zoned(TimeZone::UTC).ok()?;
        Some(moment.timestamp())
    };
    read("UTCDateTime").or_else(|| read("LocalDateTime"))
}

fn apart(a: Timestamp, b: Timestamp) -> bool {
    a.duration_since(b).unsigned_abs() > SAME_TIME
}

/// One element with text.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_port_and_path_are_added() {
        let address = |text: &str| device_address(&text.parse().unwrap()).to_string();
        assert_eq!(address("onvif://10.0.0.7"), "http://10.0.0.7/onvif/device_service");
        assert_eq!(address("onvif://10.0.0.7:8000/"), "http://10.0.0.7:8000/onvif/device_service");
        assert_eq!(
            address("onvif://u:p@cam:80/onvif/devices?profile=1"),
            "http://cam/onvif/devices"
        );
        assert_eq!(address("https://[fd00::7]/a"), "https://[fd00::7]/a");
    }

    #[test]
    fn clocks_are_read_and_nonsense_is_not() {
        let told = |name: &str, month: &str| {
            let text = format!(
                "<R><SystemDateAndTime><{name}><Time><Hour>7</Hour><Minute>5</Minute><Second>60\
                 </Second></Time><Date><Year>2026</Year><Month>{month}</Month><Day>30</Day></Date>\
                 </{name}></SystemDateAndTime></R>"
            );
            told_time(&Element::read(text.as_bytes()).unwrap()).map(|time| time.to_string())
        };
        let time = Some("2026-04-30T07:05:59Z".to_owned());
        assert_eq!(told("UTCDateTime", "4"), time);
        assert_eq!(told("LocalDateTime", "04"), time);
        assert_eq!(told("UTCDateTime", "2"), None);
        assert_eq!(told("UTCDateTime", "400"), None);
        assert_eq!(told("Moon", "4"), None);
    }
}
