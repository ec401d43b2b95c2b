//! A model's file: copied, or downloaded.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, StatusCode};
use sha2::{Digest, Sha256};
use url::{Host, Url};
use watchpost_model::ByteSize;

/// The longest file that is fetched, in bytes. Detectors for cameras have 1 to 130 MB.
const LONGEST: u64 = 500_000_000;

/// The longest a server may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// How often one may be sent elsewhere: those who keep releases do it once or twice.
const MOVES: usize = 5;

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    /// A file.
    File(PathBuf),
    /// A place on the web.
    Web(Url),
}

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// It may not come from there.
    #[error("{url} is not fetched: whoever stands in between could send another model")]
    Plain {
        /// Where, without what may be secret.
        url: String,
    },
    /// It is no place at all.
    #[error("{text:?} is neither a file nor an address")]
    Address {
        /// What was written.
        text: String,
        /// Why.
        source: url::ParseError,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody answers, or the connection broke.
    #[error("cannot fetch {url}")]
    Web {
        /// Where, without what may be secret.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// The server does not give it.
    #[error("cannot fetch {url}: the server answered {status}")]
    Status {
        /// Where, without what may be secret.
        url: String,
        /// What else.
        status: StatusCode,
    },
    /// It is far too long.
    #[error(
        "{from} is larger than {}, which no detector for cameras is",
        ByteSize::from_bytes(LONGEST)
    )]
    Long {
        /// Where it is.
        from: String,
    },
    /// It cannot be kept.
    #[error("cannot write {}", path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FetchError {
    /// What the owner should do.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            FetchError::Plain { .. } => "Use https://, or fetch the file yourself and name it.",
            FetchError::Address { .. } => "Name an ONNX file, or where it is by https://.",
            FetchError::Read { .. } => "Check its path and who may read it.",
            FetchError::Web { .. } => "Check the address, and that this machine is online.",
            FetchError::Status { .. } => "Check the address in a browser.",
            FetchError::Long { .. } => "Use a smaller model: nano or small are made for this.",
            FetchError::Write { .. } => "Check the room on the disk and who may write there.",
        }
    }
}

impl Origin {
    /// What the owner wrote: an address if it has a scheme, else a file.
    ///
    /// # Errors
    ///
    /// If nothing may be fetched from there.
    pub(super) fn read(text: &str) -> Result<Self, FetchError> {
        if !text.contains("://") {
            return Ok(Origin::File(text.into()));
        }
        let source = |source| FetchError::Address { text: text.to_owned(), source };
        let url = Url::parse(text).map_err(source)?;
        if is_safe(&url) {
            Ok(Origin::Web(url))
        } else {
            Err(FetchError::Plain { url: told(&url) })
        }
    }

    /// As it may be told: addresses without what may be secret.
    pub(super) fn told(&self) -> String {
        match self {
            Origin::File(path) => path.display().to_string(),
            Origin::Web(url) => told(url),
        }
    }

    /// The last part of where it is, without its ending.
    pub(super) fn stem(&self) -> String {
        let last = match self {
            Origin::File(path) => path.file_name().unwrap_or_default().to_string_lossy(),
            Origin::Web(url) => url.path_segments().and_then(Iterator::last).unwrap_or("").into(),
        };
        Path::new(&*last).file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Writes it to `target`, and returns its SHA-256 in hexadecimal digits.
    ///
    /// # Errors
    ///
    /// `target` may hold a part of it then.
    pub(super) async fn fetch(&self, target: &Path) -> Result<String, FetchError> {
        let unwritten = |source| FetchError::Write { path: target.to_owned(), source };
        let file = File::create(target).map_err(unwritten)?;
        let mut keeping = Keeping { file, digest: Sha256::new(), kept: 0, bar: bar(0) };
        let fetched = match self {
            Origin::File(path) => self.copy(path, &mut keeping, target),
            Origin::Web(url) => self.download(url, &mut keeping, target).await,
        };
        keeping.bar.finish_and_clear();
        fetched?;
        keeping.file.sync_all().map_err(unwritten)?;
        Ok(format!("{:x}", keeping.digest.finalize()))
    }

    fn copy(&self, path: &Path, keeping: &mut Keeping, target: &Path) -> Result<(), FetchError> {
        let unread = |source| FetchError::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(unread)?;
        keeping.bar = bar(file.metadata().map_err(unread)?.len());
        let mut piece = vec![0; 1 << 20];
        loop {
            match file.read(&mut piece).map_err(unread)? {
                0 => return Ok(()),
                length => self.keep(keeping, &piece[..length], target)?,
            }
        }
    }

    async fn download(
        &self,
        url: &Url,
        keeping: &mut Keeping,
        target: &Path,
    ) -> Result<(), FetchError> {
        let broken =
            |error: reqwest::Error| FetchError::Web { url: told(url), source: error.without_url() };
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::custom(moved))
            .connect_timeout(SILENCE)
            .read_timeout(SILENCE)
            .user_agent(concat!("Watchpost/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(broken)?;
        let mut answer = client.get(url.clone()).send().await.map_err(broken)?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(FetchError::Status { url: told(url), status });
        }
        let length = answer.content_length().unwrap_or(0);
        if length > LONGEST {
            return Err(FetchError::Long { from: self.told() });
        }
        keeping.bar = bar(length);
        while let Some(piece) = answer.chunk().await.map_err(broken)? {
            self.keep(keeping, &piece, target)?;
        }
        Ok(())
    }

    /// A piece at a time is soon written.
    fn keep(&self, keeping: &mut Keeping, piece: &[u8], target: &Path) -> Result<(), FetchError> {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        keeping.kept = keeping.kept.saturating_add(length);
        if keeping.kept > LONGEST {
            return Err(FetchError::Long { from: self.told() });
        }
        keeping.digest.update(piece);
        keeping.bar.inc(length);
        let unwritten = |source| FetchError::Write { path: target.to_owned(), source };
        keeping.file.write_all(piece).map_err(unwritten)
    }
}

/// What was fetched so far.
struct Keeping {
    file: File,
    digest: Sha256,
    kept: u64,
    bar: ProgressBar,
}

/// Nobody can change on the way what comes by `https://` or from this machine.
fn is_safe(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// A move is followed to where nobody can change anything either. Else its answer is the answer.
fn moved(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    if attempt.previous().len() <= MOVES && is_safe(attempt.url()) {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Without user, password and query: any of them may be secret.
fn told(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

fn bar(length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() || length == 0 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_come_from_files_and_from_where_nobody_can_change_them() {
        let stem = |text: &str| Origin::read(text).map(|origin| origin.stem()).unwrap();
        assert_eq!(stem("models/yolox-nano.onnx"), "yolox-nano");
        assert_eq!(stem("https://example.org/a/yolo.v8.onnx?key=1"), "yolo.v8");
        assert_eq!(stem("http://127.0.0.1:80/a.onnx"), "a");
        assert_eq!(stem("http://localhost/a.onnx"), "a");
        assert_eq!(stem("http://[::1]/"), "");
        for plain in ["http://example.org/a.onnx", "ftp://localhost/a.onnx", "file:///a.onnx"] {
            assert!(matches!(Origin::read(plain), Err(FetchError::Plain { .. })), "{plain}");
        }
        assert!(matches!(Origin::read("https://"), Err(FetchError::Address { .. })));
        let secret = Origin::read("https://anna:rose@example.org:444/a.onnx?token=bud").unwrap();
        assert_eq!(secret.told(), "https://example.org:444/a.onnx");
    }
}
