//! The pages: built in, or from a folder while they are being worked on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::auth::hex;
use crate::routes::Site;

/// Where the pages are.
#[derive(Clone, Debug)]
pub enum Ui {
    /// In the program.
    BuiltIn,
    /// In this folder, laid out as `ui/dist` is; read anew each time.
    Folder(PathBuf),
}

/// May be empty in a tree whose pages were never built; see [`NO_PAGES`].
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// What all pages begin as; which one it is, the script in it reads from the address.
const INDEX: &str = "index.html";
const NO_PAGES: &str = "The pages are not built in. Run \"make ui\" and build Watchpost again, or \
                        start it with --ui-dir ui/dist.\n";

/// Answers everything outside of `/api`.
pub(crate) async fn serve(State(site): State<Arc<Site>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path();
    // Files have an ending; pages, such as /events/20261121T133205250-door, have none.
    let name = if path.contains('.') { path.trim_start_matches('/') } else { INDEX };
    let Some(kind) = content_type(name) else { return not_found() };
    let headers = request.headers();
    let brotli =
        if accepts_brotli(headers) { site.app.ui.read(&format!("{name}.br")).await } else { None };
    let compressed = brotli.is_some();
    let content = match brotli {
        Some(content) => Some(content),
        None => site.app.ui.read(name).await,
    };
    match content {
        Some(content) => answer(name, kind, content, compressed, headers),
        None if name == INDEX => (StatusCode::SERVICE_UNAVAILABLE, NO_PAGES).into_response(),
        None => not_found(),
    }
}

impl Ui {
    async fn read(&self, name: &str) -> Option<Bytes> {
        // Only plain names: no `..`, no root, nothing hidden.
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.');
        if !name.split('/').all(plain) {
            return None;
        }
        match self {
            Ui::BuiltIn => Dist::get(name).map(|file| match file.data {
                std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
                std::borrow::Cow::Owned(data) => data.into(),
            }),
            Ui::Folder(folder) => tokio::fs::read(folder.join(name)).await.ok().map(Bytes::from),
        }
    }
}

fn answer(
    name: &str,
    kind: &'static str,
    content: Bytes,
    compressed: bool,
    headers: &HeaderMap,
) -> Response {
    // The names of assets have their hash in them; all else is asked for anew each time.
    let lasting = name.starts_with("assets/");
    let caching = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{}\"", hex(&Sha256::digest(&content)[..16]));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str());
    let common = [
        (header::CACHE_CONTROL, caching.to_owned()),
        (header::ETAG, tag),
        (header::VARY, "Accept-Encoding".to_owned()),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let encoding = compressed.then_some([(header::CONTENT_ENCODING, "br")]);
    (common, [(header::CONTENT_TYPE, kind)], encoding.map(axum::response::AppendHeaders), content)
        .into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such page.\n").into_response()
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut accepted = accepted.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    accepted.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&weight.trim());
        name.trim().eq_ignore_ascii_case("br") && !refused
    })
}

/// By the ending of the name; what has none of these is not served.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match Path::new(name).extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}
