//! Who may ask: sessions, and the one layer that everything in the API passes.
//!
//! Deny is the default: what is not in [`OPEN`] is refused without a session, whether it exists or
//! not.

mod origin; //   requests made by other sites
mod password; // kept as hashes
mod session; //  logging in and out
mod setup; //    the first user

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use watchpost_model::{Secret, WallTime};
use watchpost_store::{NewSession, Role};

use crate::error::{Answer, Problem};
use crate::routes::Site;
use crate::throttle::{Subject, Throttle, Verdict};

pub use password::{HashError, Password, WeakPassword};
pub(crate) use session::{__path_login, __path_logout, __path_whoami, login, logout, whoami};
pub(crate) use setup::{__path_set_up, __path_setup_state, set_up, setup_state};

/// What is answered without a session: method and path under `/api/v1`.
pub(crate) const OPEN: [(Method, &str); 5] = [
    (Method::GET, "/setup"),
    (Method::POST, "/setup"),
    (Method::GET, "/session"),
    (Method::POST, "/session"),
    (Method::GET, "/openapi.json"),
];

/// The cookie that holds a session's token.
const COOKIE: &str = "watchpost_session";
/// How long a session lasts.
const SESSION: Duration = Duration::from_hours(30 * 24);
/// How often a stream that goes on and on asks whether its session still holds.
pub(crate) const RECHECK: Duration = Duration::from_secs(15);
/// Characters in a name at most.
const LONGEST_NAME: usize = 64;
/// Passwords looked at at a time: each takes 19 MiB while it is.
const PASSWORDS_AT_A_TIME: usize = 2;

/// What guards the door.
#[derive(Debug)]
pub(crate) struct Gate {
    throttle: Mutex<Throttle>,
    /// The token of the first start, until it is used or a user is found to exist.
    setup_token: Mutex<Option<Secret<String>>>,
    passwords: Semaphore,
}

/// Who asks, by a session that holds.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// What the session is known by, or `None` on the local socket, where none is needed.
    pub(crate) session: Option<Token>,
}

/// An owner, who asks. As an argument of a handler it refuses everybody else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner;

/// Marks what came by the local socket: the system let in nobody but our own user and root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local;

/// What the caller on the local socket is called.
const COMMAND_LINE: &str = "command line";

/// What the store knows a session by: the SHA-256 of what is in the cookie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token([u8; 32]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<token>")
    }
}

impl Gate {
    pub(crate) fn new(setup_token: Option<Secret<String>>) -> Self {
        Self {
            throttle: Mutex::default(),
            setup_token: Mutex::new(setup_token),
            passwords: Semaphore::new(PASSWORDS_AT_A_TIME),
        }
    }

    /// Begins a try that counts as wrong until it is forgiven; how many are left if it is.
    fn attempt(&self, subjects: &[Subject], now: WallTime) -> Answer<u32> {
        match self.with_throttle(|throttle| throttle.attempt(subjects, now)) {
            Verdict::Try { left } => Ok(left),
            Verdict::Wait(wait) => Err(Problem::Throttled { wait }),
        }
    }

    fn forgive(&self, subjects: &[Subject]) {
        self.with_throttle(|throttle| throttle.forgive(subjects));
    }

    fn with_throttle<R>(&self, work: impl FnOnce(&mut Throttle) -> R) -> R {
        work(&mut self.throttle.lock().expect("no holder of the throttle can panic"))
    }

    /// Somebody was first: whoever deletes all users later must start anew to get another token.
    fn forget_setup_token(&self) {
        self.with_setup_token(|kept| *kept = None);
    }

    fn with_setup_token<R>(&self, work: impl FnOnce(&mut Option<Secret<String>>) -> R) -> R {
        work(&mut self.setup_token.lock().expect("no holder of the token can panic"))
    }
}

/// The layer: refuses what other sites make a browser send, and what wants a session and has none.
pub(crate) async fn guard(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Answer<Response> {
    if request.extensions().get::<Local>().is_some() {
        let user = User { name: COMMAND_LINE.to_owned(), role: Role::Owner, session: None };
        request.extensions_mut().insert(user);
        return Ok(next.run(request).await);
    }
    origin::check(&request)?;
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let path = request.uri().path();
    let open = OPEN.iter().any(|(open, at)| open == method && *at == path);
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    match user(&site, request.headers()).await {
        Ok(user) if changes && user.role == Role::Viewer && !own(path) => {
            return Err(Problem::OnlyViewer);
        }
        Ok(user) => _ = request.extensions_mut().insert(user),
        Err(Problem::NoSession) if open => {}
        Err(problem) => return Err(problem),
    }
    Ok(next.run(request).await)
}

/// Whether `path` is about the session itself, which everybody may close.
fn own(path: &str) -> bool {
    ["/session", "/setup"].contains(&path)
}

/// The user whose cookie is among `headers`.
async fn user(site: &Site, headers: &HeaderMap) -> Answer<User> {
    let token = cookie(headers).ok_or(Problem::NoSession)?;
    let session = site.app.store.session(&token.0, (site.app.clock)()).await?;
    let watchpost_store::Session { user: name, role, expires: _ } =
        session.ok_or(Problem::NoSession)?;
    Ok(User { name, role, session: Some(token) })
}

impl User {
    /// Whether the session still holds; asked by streams that outlast the question at their start.
    pub(crate) async fn still_holds(&self, site: &Site) -> bool {
        let Some(token) = &self.session else { return true };
        let session = site.app.store.session(&token.0, (site.app.clock)()).await;
        matches!(session, Ok(Some(_)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        parts.extensions.get().cloned().ok_or(Problem::NoSession)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        match User::from_request_parts(parts, state).await?.role {
            Role::Owner => Ok(Owner),
            Role::Member | Role::Viewer => Err(Problem::OnlyOwner),
        }
    }
}

/// Opens a session: the value of the `Set-Cookie` header.
async fn open_session(site: &Site, user: &str) -> Answer<HeaderValue> {
    let now = (site.app.clock)();
    let secret = Secret::new(hex(&rand::random::<[u8; 32]>()));
    let session = NewSession {
        token_sha256: Token::of(&secret).0,
        user: user.to_owned(),
        created: now,
        expires: now + SESSION,
    };
    site.app.store.delete_expired(now).await?;
    site.app.store.put_session(&session).await?;
    set_cookie(&secret, SESSION)
}

fn set_cookie(secret: &Secret<String>, lasts: Duration) -> Answer<HeaderValue> {
    let cookie = format!(
        "{COOKIE}={}; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age={}",
        secret.expose(),
        lasts.as_secs()
    );
    let mut cookie = HeaderValue::try_from(cookie).map_err(Problem::internal)?;
    cookie.set_sensitive(true);
    Ok(cookie)
}

fn cookie(headers: &HeaderMap) -> Option<Token> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim(), value.trim()))
    });
    let (_, secret) = pairs.find(|(name, _)| *name == COOKIE)?;
    Some(Token::of(&Secret::new(secret.to_owned())))
}

impl Token {
    fn of(secret: &Secret<String>) -> Self {
        Self(Sha256::digest(secret.expose()).into())
    }
}

/// `bytes` as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}
