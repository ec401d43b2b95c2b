//! The certificate: the owner's, or one of our own made at the first start.
//!
//! Our own lies in a folder of ours as `certificate.pem` and `key.pem` (readable by us alone), so
//! that browsers that were told to trust it go on doing so. It is made anew a month before it
//! expires. One that others signed is never touched.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore, ServerConfig};
use watchpost_model::WallTime;

/// How long our certificate is valid. Apple's systems refuse more than 825 days.
const VALID_DAYS: i64 = 820;
/// How long before its end it is made anew.
const RENEWED_BEFORE: Duration = Duration::from_hours(30 * 24);

/// A certificate with its key, ready to serve with.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    /// Made by us, in this folder, for a server that listens there.
    Own { folder: PathBuf, listen: IpAddr },
    /// Given by the owner.
    Given,
}

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The folder or a file in it cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file does not hold a certificate or key as PEM.
    #[error("{} holds no {what} in PEM form", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// `certificate` or `private key`.
        what: &'static str,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The two files do not belong together, or hold something TLS cannot use.
    #[error("the certificate {} and its key {} are of no use together", chain.display(), key.display())]
    Mismatch {
        /// The certificate's file.
        chain: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
    /// A certificate could not be made.
    #[error("no certificate can be made")]
    Make {
        /// What is wrong.
        source: rcgen::Error,
    },
}

impl TlsError {
    /// What the owner should do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            TlsError::Write { path, .. } => {
                format!("Let the user that runs Watchpost write {}.", path.display())
            }
            TlsError::Read { path, .. } => {
                format!("Let the user that runs Watchpost read {}.", path.display())
            }
            TlsError::NotPem { path, .. } => {
                format!("Replace {}, or delete it if Watchpost made it.", path.display())
            }
            TlsError::Mismatch { chain, key, .. } => format!(
                "Replace {} and {} by a pair, or delete both if Watchpost made them.",
                chain.display(),
                key.display()
            ),
            TlsError::Make { .. } => {
                "Give a certificate of your own as server.certificate in the config.".to_owned()
            }
        }
    }
}

impl Tls {
    /// Our own certificate from `folder`, made there if there is none or if it is about to expire.
    ///
    /// It names `localhost`, this machine, the loopback addresses and `listen`; where that is "every
    /// address", the one that other machines most likely reach this one by.
    ///
    /// # Errors
    ///
    /// When the files cannot be read, written or used.
    pub fn own(folder: &Path, listen: IpAddr, now: WallTime) -> Result<Tls, TlsError> {
        let files = Files::of(folder);
        let origin = Origin::Own { folder: folder.to_owned(), listen };
        if files.exist() {
            let (chain, key) = files.read()?;
            if !is_own_and_expires(&chain, now + RENEWED_BEFORE) {
                return Ok(Tls { config: files.config(chain, key)?, origin });
            }
            tracing::info!(folder = %folder.display(), "the certificate is made anew: it expires");
        }
        files.make(names(listen), now)?;
        let (chain, key) = files.read()?;
        Ok(Tls { config: files.config(chain, key)?, origin })
    }

    /// The owner's certificate.
    ///
    /// # Errors
    ///
    /// When the files cannot be read or used.
    pub fn given(chain: &Path, key: &Path) -> Result<Tls, TlsError> {
        let files = Files { chain: chain.to_owned(), key: key.to_owned() };
        let (chain, key) = files.read()?;
        Ok(Tls { config: files.config(chain, key)?, origin: Origin::Given })
    }

    /// What to serve with.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// The same as it should be at `now`: our own made anew when it is time. Reads files.
    pub(crate) fn renewed(&self, now: WallTime) -> Result<Tls, TlsError> {
        match &self.origin {
            Origin::Own { folder, listen } => Tls::own(folder, *listen, now),
            Origin::Given => Ok(self.clone()),
        }
    }
}

/// Where a certificate and its key are.
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    fn of(folder: &Path) -> Self {
        Self { chain: folder.join("certificate.pem"), key: folder.join("key.pem") }
    }

    fn exist(&self) -> bool {
        self.chain.exists() && self.key.exists()
    }

    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let not_pem =
            |path: &Path, what, source| TlsError::NotPem { path: path.to_owned(), what, source };
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(&read(&self.chain)?).collect();
        let chain = chain.and_then(|chain| {
            if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) }
        });
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?);
        Ok((
            chain.map_err(|source| not_pem(&self.chain, "certificate", source))?,
            key.map_err(|source| not_pem(&self.key, "private key", source))?,
        ))
    }

    fn config(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
        let mut config = config.map_err(|source| TlsError::Mismatch {
            chain: self.chain.clone(),
            key: self.key.clone(),
            source,
        })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Makes both. The certificate comes last, so that a crash in between leaves no pair that does
    /// not match: without a certificate both are made again.
    fn make(&self, names: Vec<String>, now: WallTime) -> Result<(), TlsError> {
        let (certificate, key) =
            generate(names, now).map_err(|source| TlsError::Make { source })?;
        if let Some(folder) = self.chain.parent() {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|source| TlsError::Write { path: folder.to_owned(), source })?;
        }
        match fs::remove_file(&self.chain) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(TlsError::Write { path: self.chain.clone(), source });
            }
            _ => {}
        }
        write(&self.key, key.as_bytes(), 0o600)?;
        write(&self.chain, certificate.as_bytes(), 0o644)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

/// Replaces a file as a whole; it never exists with another mode or half its content.
fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), TlsError> {
    let new = path.with_extension("new");
    let written = || {
        match fs::remove_file(&new) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(source),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    written().map_err(|source| TlsError::Write { path: path.to_owned(), source })
}

/// A certificate that signs itself, and its key, both as PEM.
fn generate(names: Vec<String>, now: WallTime) -> Result<(String, String), rcgen::Error> {
    let today = now.timestamp().to_zoned(TimeZone::UTC).date();
    // A day earlier: a client's clock may be behind ours.
    let [first, last] = [-1, VALID_DAYS - 1].map(|days| today.saturating_add(days.days()));
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "Watchpost");
    let midnight = |date: Date| {
        let number = |of: i8| of.unsigned_abs(); // Months and days are counted from 1.
        rcgen::date_time_ymd(date.year().into(), number(date.month()), number(date.day()))
    };
    params.not_before = midnight(first);
    params.not_after = midnight(last);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// Whether the certificate signs itself, as ours do, and is over at `time`.
fn is_own_and_expires(chain: &[CertificateDer<'_>], time: WallTime) -> bool {
    let [certificate] = chain else { return false };
    let mut roots = RootCertStore::empty();
    if roots.add(certificate.clone().into_owned()).is_err() {
        return false;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    let (Ok(verifier), Ok(name)) = (verifier, ServerName::try_from("localhost")) else {
        return false;
    };
    let seconds = u64::try_from(time.as_micros()).unwrap_or(0) / 1_000_000;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    matches!(
        verifier.verify_server_cert(certificate, &[], &name, &[], time),
        Err(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. }
        ))
    )
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What the certificate is for.
fn names(listen: IpAddr) -> Vec<String> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim().to_owned()).filter(|host| is_host_name(host));
    let local = host.as_ref().map(|host| format!("{host}.local"));
    let address = if listen.is_unspecified() { outward_address() } else { Some(listen) };
    let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let addresses = addresses.into_iter().chain(address).map(|address: IpAddr| address.to_string());
    let names = ["localhost".to_owned()].into_iter().chain(host).chain(local);
    let mut all: Vec<String> = Vec::new();
    for name in names.chain(addresses) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

fn is_host_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (1..=63).contains(&name.len()) && name != "localhost" && name.bytes().all(allowed)
}

/// The address that packets to the world leave by. Connecting a UDP socket sends none.
fn outward_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));

    #[test]
    fn the_certificate_stays_the_same_until_it_is_about_to_expire() {
        let folder = tempfile::tempdir().unwrap();
        let certificate = |day: u64| {
            Tls::own(folder.path(), HERE, at_day(day)).unwrap();
            fs::read_to_string(folder.path().join("certificate.pem")).unwrap()
        };
        let first = certificate(20_000);
        assert_eq!(certificate(20_001), first);
        assert_eq!(certificate(20_785), first);
        assert_ne!(certificate(20_795), first);
    }

    #[test]
    fn only_the_program_can_read_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("tls");
        Tls::own(&folder, HERE, at_day(20_000)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.join("key.pem")), 0o600);
        assert_eq!(mode(&folder), 0o700);
    }

    #[test]
    fn the_certificate_names_every_way_to_reach_the_machine() {
        let named = names(HERE);
        for name in ["localhost", "127.0.0.1", "::1", "10.0.0.7"] {
            assert!(named.iter().any(|named| named == name), "{name} is not in {named:?}");
        }
    }

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        Tls::own(folder.path(), HERE, at_day(20_000)).unwrap();
        fs::write(folder.path().join("key.pem"), "rubbish").unwrap();
        let error = Tls::own(folder.path(), HERE, at_day(20_000)).unwrap_err();
        assert!(error.to_string().ends_with("key.pem holds no private key in PEM form"), "{error}");
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let [one, other] = [(), ()].map(|()| tempfile::tempdir().unwrap());
        for folder in [&one, &other] {
            Tls::own(folder.path(), HERE, at_day(20_000)).unwrap();
        }
        let error = Tls::given(&one.path().join("certificate.pem"), &other.path().join("key.pem"));
        assert!(matches!(error, Err(TlsError::Mismatch { .. })), "{error:?}");
    }

    fn at_day(day: u64) -> WallTime {
        WallTime::from_micros(0) + Duration::from_hours(24 * day)
    }
}
