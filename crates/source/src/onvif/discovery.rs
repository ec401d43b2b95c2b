//! Finding cameras on the network: WS-Discovery of April 2005, as ONVIF wants it.
//!
//! A question goes to a multicast group from each of this machine's addresses, twice, for datagrams
//! get lost; whoever is a camera answers to where it came from. Anybody may answer anything, so what is
//! read is bounded, and nothing is believed but what is shown to a person.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use futures::future::join_all;
use if_addrs::IfAddr;
use percent_encoding::percent_decode_str;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::soap::plain;
use super::xml::Element;

const PORT: u16 = 3702;
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
const GROUP6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc);

/// The question is asked this often: at once, and after a quarter of the time.
const TIMES: u32 = 2;

/// The most cameras that are told.
const MOST_DEVICES: usize = 256;

/// The most answers that are read at one address of this machine; each camera gives up to four.
const MOST_ANSWERS: usize = 2048;

/// The longest answer that is read. Real ones have up to 4 kB.
const LONGEST: usize = 16 << 10;

/// A camera that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it calls itself, or its host if it does not say.
    pub name: String,
    /// Its model, if it says.
    pub hardware: Option<String>,
    /// Where it is, in the words of who set it up, if it says.
    pub location: Option<String>,
    /// Its device service.
    pub address: Url,
    /// Its name among programs, which stays when its address changes. Not always unique: some makers
    /// give all cameras the same.
    pub endpoint: String,
}

/// Looks for cameras on all networks of this machine, for as long as `patience`.
pub async fn find(patience: Duration) -> Vec<Device> {
    let (four, six) = tokio::join!(
        ask(SocketAddr::from((GROUP, PORT)), patience),
        ask(SocketAddr::from((GROUP6, PORT)), patience),
    );
    let mut devices = Vec::new();
    // What has both is told by its IPv4 address, which fits into an address that can be written.
    for device in four.into_iter().chain(six) {
        if !devices.iter().any(|known: &Device| known.is(&device)) {
            devices.push(device);
        }
    }
    devices
}

/// Asks one address: a multicast group, from each network of this machine, or a single camera.
pub async fn ask(target: SocketAddr, patience: Duration) -> Vec<Device> {
    let until = Instant::now() + patience;
    let asked = join_all(own_addresses(target).into_iter().map(|(own, target)| async move {
        let heard = listen(own, target, patience, until).await;
        heard.unwrap_or_else(|error| {
            tracing::debug!(%error, %own, "cannot look for cameras from here");
            Vec::new()
        })
    }));
    let mut devices: Vec<Device> = Vec::new();
    for heard in asked.await {
        // A camera that is heard on two networks is one. Two that are heard on the same network from
        // different addresses are two, even if they bear the same name: see `Device::endpoint`.
        let known = devices.clone();
        devices.extend(heard.into_iter().filter(|device| !known.iter().any(|k| k.is(device))));
    }
    devices.truncate(MOST_DEVICES);
    devices
}

impl Device {
    fn is(&self, other: &Device) -> bool {
        self.address == other.address
            || (!self.endpoint.is_empty() && self.endpoint == other.endpoint)
    }

    /// Reads the answers in a datagram that came from `from`.
    fn read(datagram: &[u8], from: IpAddr) -> Vec<Device> {
        if datagram.len() > LONGEST {
            return Vec::new();
        }
        let Ok(envelope) = Element::read(datagram) else { return Vec::new() };
        let Some(matches) = envelope.at(&["Body", "ProbeMatches"]) else { return Vec::new() };
        let device = |found: &Element| Device::from_match(found, from);
        matches.children("ProbeMatch").filter_map(device).take(16).collect()
    }

    fn from_match(found: &Element, from: IpAddr) -> Option<Device> {
        let scopes: Vec<&str> =
            found.text_at(&["Scopes"]).unwrap_or_default().split_whitespace().take(64).collect();
        let types = found.text_at(&["Types"]).unwrap_or_default();
        // Printers and computers answer too.
        let onvif = |scope: &&str| scope.to_ascii_lowercase().starts_with("onvif://");
        if !types.contains("NetworkVideoTransmitter") && !scopes.iter().any(onvif) {
            return None;
        }
        let address = address(found.text_at(&["XAddrs"])?, from)?;
        let scope = |name| {
            scopes.iter().find_map(|scope| {
                let (_, rest) = scope.split_once("://")?;
                let value = rest.split_once('/')?.1.strip_prefix(name)?.strip_prefix('/')?;
                let value = percent_decode_str(value).decode_utf8_lossy();
                Some(plain(&value, 64)).filter(|value| !value.is_empty())
            })
        };
        let host = || address.host_str().unwrap_or_default().to_owned();
        let endpoint = found.text_at(&["EndpointReference", "Address"]).unwrap_or_default();
        Some(Device {
            name: scope("name").unwrap_or_else(host),
            hardware: scope("hardware"),
            location: scope("location").map(|place| place.replace('/', " ")),
            endpoint: plain(endpoint, 128),
            address,
        })
    }
}

/// Of the addresses a camera gives, the one at which it was heard. One that gives only others has
/// been moved, and is at the port and path of the first on the host that was heard.
fn address(given: &str, from: IpAddr) -> Option<Url> {
    let urls = || {
        let urls = given.split_whitespace().take(16).filter_map(|url| Url::parse(url).ok());
        urls.filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())
    };
    let host = |url: &Url| match url.host()? {
        url::Host::Ipv4(address) => Some(IpAddr::V4(address)),
        url::Host::Ipv6(address) => Some(IpAddr::V6(address)),
        url::Host::Domain(_) => None,
    };
    if let Some(heard) = urls().find(|url| host(url) == Some(from)) {
        return Some(heard);
    }
    // An address of IPv6 that is good on one wire only cannot be written.
    let four = urls().find(|url| host(url).is_some_and(|address| address.is_ipv4()));
    let mut address = four.or_else(|| urls().next())?;
    if let IpAddr::V4(from) = from {
        address.set_ip_host(IpAddr::V4(from)).ok()?;
    }
    Some(address)
}

/// From where `target` is asked: of a group, each of this machine's addresses.
fn own_addresses(target: SocketAddr) -> Vec<(SocketAddr, SocketAddr)> {
    let unspecified: SocketAddr = if target.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    if !target.ip().is_multicast() {
        return vec![(unspecified, target)];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot list this machine's networks");
        Vec::new()
    });
    let own = interfaces.into_iter().filter_map(|interface| {
        match (interface.addr, target) {
            // Linux sends a multicast from the network of the address a socket is bound to.
            (IfAddr::V4(own), SocketAddr::V4(_)) => Some((SocketAddr::from((own.ip, 0)), target)),
            // In IPv6 the network is named.
            (IfAddr::V6(own), SocketAddr::V6(target)) if own.is_link_local() => {
                let scope = interface.index?;
                let own = SocketAddrV6::new(own.ip, 0, 0, scope);
                let target = SocketAddrV6::new(*target.ip(), target.port(), 0, scope);
                Some((own.into(), target.into()))
            }
            _ => None,
        }
    });
    own.take(64).collect()
}

/// Asks from one address, and listens until the time is over.
async fn listen(
    own: SocketAddr,
    target: SocketAddr,
    patience: Duration,
    until: Instant,
) -> std::io::Result<Vec<Device>> {
    let socket = UdpSocket::bind(own).await?;
    if target.ip().is_multicast() && target.is_ipv4() {
        socket.set_multicast_ttl_v4(1)?;
    }
    let begun = until - patience;
    let ask = async {
        for time in 0..TIMES {
            sleep_until(begun + patience * time / 4).await;
            for kind in KINDS {
                if let Err(error) = socket.send_to(probe(kind).as_bytes(), target).await {
                    tracing::debug!(%error, %own, "a network takes no question");
                }
            }
        }
    };
    let hear = async {
        let mut devices: Vec<(IpAddr, Device)> = Vec::new();
        let mut datagram = vec![0; LONGEST + 1];
        for _ in 0..MOST_ANSWERS {
            let received = match timeout_at(until, socket.recv_from(&mut datagram)).await {
                Err(_) => break,        // The time is over.
                Ok(Err(_)) => continue, // Of a question that nobody took.
                Ok(Ok(received)) => received,
            };
            let (length, from) = received;
            for device in Device::read(&datagram[..length], from.ip()) {
                let known = |(ip, known): &(IpAddr, Device)| {
                    known.address == device.address || (*ip == from.ip() && known.is(&device))
                };
                if !devices.iter().any(known) && devices.len() < MOST_DEVICES {
                    devices.push((from.ip(), device));
                }
            }
        }
        devices.into_iter().map(|(_, device)| device).collect()
    };
    let ((), devices) = tokio::join!(ask, hear);
    Ok(devices)
}

/// What is asked for: some cameras answer to one of these only.
const KINDS: [&str; 2] = [
    "<d:Types xmlns:n=\"http://www.onvif.org/ver10/network/wsdl\">n:NetworkVideoTransmitter</d:Types>",
    "<d:Types xmlns:n=\"http://www.onvif.org/ver10/device/wsdl\">n:Device</d:Types>",
];

/// The question. On one line, for some cameras do not answer one with line breaks.
fn probe(kind: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><s:Header>\
         <a:MessageID>urn:uuid:{}</a:MessageID>\
         <a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>\
         <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>\
         </s:Header><s:Body><d:Probe>{kind}</d:Probe></s:Body></s:Envelope>",
        unique()
    )
}

/// A random name of a message (UUID version 4).
fn unique() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        let _: Result<(), std::fmt::Error> = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));

    fn answer(types: &str, scopes: &str, addresses: &str) -> String {
        format!(
            "<E:Envelope xmlns:E='e'><E:Body><d:ProbeMatches><d:ProbeMatch><w:EndpointReference>\
             <w:Address>urn:uuid:1</w:Address></w:EndpointReference><d:Types>{types}</d:Types>\
             <d:Scopes>{scopes}</d:Scopes><d:XAddrs>{addresses}</d:XAddrs></d:ProbeMatch>\
             </d:ProbeMatches></E:Body></E:Envelope>"
        )
    }

    #[test]
    fn a_camera_s_scopes_name_it() {
        let scopes = "onvif://www.onvif.org/type/video_encoder\n onvif://www.onvif.org/name/Front%20d%C3%B6r%07 \
                      onvif://www.onvif.org/hardware/IPC-T1 onvif://www.onvif.org/location/city/Berlin";
        let addresses =
            "http://[fe80::1]/onvif/device_service http://192.168.1.20:8000/onvif/device_service";
        let found =
            Device::read(answer("dn:NetworkVideoTransmitter", scopes, addresses).as_bytes(), FROM);
        let expected = Device {
            name: "Front dör".to_owned(),
            hardware: Some("IPC-T1".to_owned()),
            location: Some("city Berlin".to_owned()),
            address: "http://192.168.1.20:8000/onvif/device_service".parse().unwrap(),
            endpoint: "urn:uuid:1".to_owned(),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn wrong_addresses_are_corrected() {
        let corrected = |given: &str| address(given, FROM).map(String::from);
        let moved = corrected("http://10.0.0.1:8899/onvif/device_service");
        assert_eq!(moved.as_deref(), Some("http://192.168.1.20:8899/onvif/device_service"));
        let named = corrected("ftp://192.168.1.20/ http://camera.local/a");
        assert_eq!(named.as_deref(), Some("http://192.168.1.20/a"));
        assert_eq!(corrected("soap.udp://192.168.1.20:3702 nonsense"), None);
    }

    #[test]
    fn what_is_no_camera_is_passed_over() {
        let printer = answer("wprt:PrintDeviceType", "", "http://192.168.1.9/");
        let bomb = format!(
            "<!DOCTYPE a [<!ENTITY b 'c'>]>{}",
            answer("NetworkVideoTransmitter", "", "http://a/")
        );
        let long = answer("NetworkVideoTransmitter", &"x ".repeat(LONGEST), "http://192.168.1.9/");
        for hostile in [printer, bomb, long, "<a/>".to_owned(), "\u{0}".to_owned()] {
            assert_eq!(Device::read(hostile.as_bytes(), FROM), []);
        }
        let many = "<ProbeMatch><Types>NetworkVideoTransmitter</Types><XAddrs>http://1.2.3.4/</XAddrs></ProbeMatch>";
        let many = format!(
            "<Envelope><Body><ProbeMatches>{}</ProbeMatches></Body></Envelope>",
            many.repeat(50)
        );
        assert_eq!(Device::read(many.as_bytes(), FROM).len(), 16);
    }

    #[test]
    fn questions_have_names_of_their_own() {
        let name = |probe: &str| {
            let probe = Element::read(probe.as_bytes()).unwrap();
            probe.text_at(&["Header", "MessageID"]).unwrap().to_owned()
        };
        let names = [name(&probe(KINDS[0])), name(&probe(KINDS[1]))];
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.len() == "urn:uuid:".len() + 36));
    }
}
