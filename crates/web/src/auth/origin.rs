//! Requests that other sites make a browser send.
//!
//! The cookie is `SameSite=Strict`, so a browser does not send it along with them; this is the
//! second lock on the same door, and the only one for other pages of the same host (another port).

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{Method, Uri, header};

use crate::error::{Answer, Problem};

/// Refuses what changes something, or opens a `WebSocket`, and does not come from our own pages.
///
/// Without `Origin` it does not come from a page of today's browsers at all. That is let through
/// where it acts in nobody's name yet, that is without a cookie.
pub(crate) fn check(request: &Request) -> Answer<()> {
    let headers = request.headers();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads && !headers.contains_key(header::UPGRADE) {
        return Ok(());
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // HTTP/2 has the host in the address, HTTP/1.1 in a header.
    let host = request.uri().authority().map(Authority::as_str);
    let host = host.or_else(|| text(header::HOST));
    match (headers.contains_key(header::ORIGIN), text(header::ORIGIN), host) {
        (false, ..) if !headers.contains_key(header::COOKIE) => Ok(()),
        (true, Some(origin), Some(host)) if is_of(origin, host) => Ok(()),
        _ => Err(Problem::ForeignOrigin),
    }
}

/// Whether `origin`, such as `https://cam.local:8443`, is that of pages served by `host`.
fn is_of(origin: &str, host: &str) -> bool {
    let Ok(origin) = origin.parse::<Uri>() else { return false };
    let Ok(host) = format!("https://{host}").parse::<Uri>() else { return false };
    origin.scheme_str() == Some("https")
        && origin
            .host()
            .is_some_and(|name| host.host().is_some_and(|host| host.eq_ignore_ascii_case(name)))
        && origin.port_u16().unwrap_or(443) == host.port_u16().unwrap_or(443)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_ours_when_scheme_host_and_port_are() {
        assert!(is_of("https://cam.local:8443", "cam.local:8443"));
        assert!(is_of("https://Cam.local", "cam.local:443"));
        assert!(is_of("https://[::1]:8443", "[::1]:8443"));
        for origin in [
            "null",
            "",
            "http://cam.local:8443",
            "https://cam.local",
            "https://cam.local.evil:8443",
        ] {
            assert!(!is_of(origin, "cam.local:8443"), "{origin}");
        }
    }
}
