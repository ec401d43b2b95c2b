//! Addresses on the network, with passwords in them that must not be shown.

use std::fmt;

use url::Url;

use super::secret::Text;
use crate::Secret;

/// What to log in to a camera with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name of the camera's account.
    pub user: String,
    /// Its password; may be empty.
    pub password: Secret<String>,
}

/// The address of a camera, without user and password.
///
/// Some cameras want a password in the path or the query. Therefore `Debug` and `Display` show
/// `***` for values that came from the environment and for all that follows `password=` and the
/// like.
#[derive(Clone, PartialEq, Eq)]
pub struct CameraUrl {
    pub(super) url: Url,
    pub(super) shown: String,
}

impl CameraUrl {
    /// The address `url` without the user and the password in it.
    #[must_use]
    pub fn new(url: Url) -> Self {
        // An address that cannot have a user has none to be taken off.
        let url = without_credentials(url.clone()).unwrap_or(url);
        let shown = without_passwords(url.as_str());
        Self { url, shown }
    }

    /// The whole address. May hold a secret in its path or query: do not print it.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for CameraUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for CameraUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown)
    }
}

/// Where in an address as it is written its user and password stand; empty if it has none.
pub(super) fn credentials_end(template: &str) -> usize {
    let Some(start) = template.find("://").map(|at| at + 3) else { return 0 };
    let authority = &template[start..];
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    authority[..end].rfind('@').map_or(0, |at| start + at)
}

/// Writes `text` so that it can stand between `//` and `@` of an address.
pub(super) fn percent_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

/// Takes an address apart into where it leads and what to log in with. `scheme` is what the owner
/// wrote, in lower case.
pub(super) fn read(text: &Text, scheme: &str) -> Result<(CameraUrl, Option<Credentials>), String> {
    const ODD: &str = "if the password has odd characters, write user and password as keys of their \
                       own, or as %40 for @, %3A for :, %2F for /, %23 for #, %3F for ? and %25 for %";
    let has_host = text.value.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
    if !has_host {
        // The parser of http takes a part of the path for the host.
        return Err(format!("has no host; write {scheme}://HOST/PATH"));
    }
    let url = Url::parse(&text.value).map_err(|problem| format!("{problem}; {ODD}"))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(format!("has no host; write {scheme}://HOST/PATH"));
    }
    if url.fragment().is_some() {
        return Err(format!("must not have a #; {ODD}"));
    }
    let user = percent_decoded(url.username());
    let password = percent_decoded(url.password().unwrap_or_default());
    let (user, password) =
        user.zip(password).ok_or(format!("has a % that does not begin a character; {ODD}"))?;
    let credentials = !(user.is_empty() && password.is_empty());
    let url = without_credentials(url).ok_or(format!("must begin with {scheme}://"))?;
    let shown = if text.is_secret() {
        Url::parse(&text.shown).ok().and_then(without_credentials)
    } else {
        Some(url.clone())
    };
    let scheme = url.scheme();
    let shown = shown.map_or(format!("{scheme}://***"), |url| without_passwords(url.as_str()));
    let credentials = credentials.then(|| Credentials { user, password: Secret::new(password) });
    Ok((CameraUrl { url, shown }, credentials))
}

fn without_credentials(mut url: Url) -> Option<Url> {
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url)
}

/// The text with `***` for what follows `password=` and the like, up to the next part.
fn without_passwords(url: &str) -> String {
    let mut shown = String::new();
    for part in url.split_inclusive(['/', '?', '&', ';']) {
        let lower = part.to_ascii_lowercase();
        let secret = ["pass", "pwd", "token", "secret", "auth"]
            .iter()
            .filter_map(|word| Some(lower.find(word)? + word.len()))
            .filter_map(|at| Some(lower[at..].find(['=', ':'])? + at + 1))
            .min();
        let end = part.strip_suffix(['/', '?', '&', ';']).map_or(part.len(), str::len);
        match secret.filter(|from| *from < end) {
            Some(from) => shown.extend([&part[..from], "***", &part[end..]]),
            None => shown += part,
        }
    }
    shown
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex =
            |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
