//! Messages: SOAP 1.2 envelopes, the login in them (WS-Security `UsernameToken` with a password
//! digest), and faults.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha1::{Digest, Sha1};
use watchpost_model::config::Credentials;

use super::xml::{Element, escape};

/// The device management service.
pub(super) const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";
/// The media service of Profile S.
pub(super) const MEDIA: &str = "http://www.onvif.org/ver10/media/wsdl";
/// The media service of Profile T, which knows H.265.
pub(super) const MEDIA2: &str = "http://www.onvif.org/ver20/media/wsdl";
/// The service for pan, tilt and zoom.
pub(super) const PTZ: &str = "http://www.onvif.org/ver20/ptz/wsdl";
/// The types that all services share.
pub(super) const SCHEMA: &str = "http://www.onvif.org/ver10/schema";

const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";
const SECURITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const PASSWORD_DIGEST: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest";
const BASE64_BINARY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// The service it is for.
    pub(super) namespace: &'static str,
    /// Its name, such as `GetProfiles`.
    pub(super) action: &'static str,
    /// What stands in the element of that name; escaped already.
    pub(super) content: String,
}

impl Request {
    pub(super) fn new(namespace: &'static str, action: &'static str, content: String) -> Self {
        Self { namespace, action, content }
    }

    pub(super) fn content_type(&self) -> String {
        let Self { namespace, action, .. } = self;
        format!("application/soap+xml; charset=utf-8; action=\"{namespace}/{action}\"")
    }

    /// The whole message. On one line, for some cameras' readers stumble over line breaks; without
    /// WS-Addressing, for some cameras then ignore `Stop`.
    pub(super) fn envelope(&self, token: Option<&Token>) -> String {
        let Self { namespace, action, content } = self;
        let header = token.map_or_else(String::new, Token::header);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"{ENVELOPE}\">{header}\
             <s:Body><{action} xmlns=\"{namespace}\">{content}</{action}></s:Body></s:Envelope>"
        )
    }
}

/// A login that is good for one message at one moment.
pub(super) struct Token {
    user: String,
    digest: String,
    nonce: String,
    created: String,
}

impl Token {
    /// By the `UsernameToken` Profile 1.0: Base64(SHA-1(nonce + created + password)). `now` is by the
    /// camera's clock, which may allow as little as five seconds of difference.
    pub(super) fn new(credentials: &Credentials, nonce: [u8; 16], now: Timestamp) -> Self {
        let created = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut hash = Sha1::new();
        hash.update(nonce);
        hash.update(created.as_bytes());
        hash.update(credentials.password.expose().as_bytes());
        let digest = STANDARD.encode(hash.finalize());
        Self { user: credentials.user.clone(), digest, nonce: STANDARD.encode(nonce), created }
    }

    fn header(&self) -> String {
        let Self { user, digest, nonce, created } = self;
        let user = escape(user);
        format!(
            "<s:Header><Security xmlns=\"{SECURITY}\"><UsernameToken><Username>{user}</Username>\
             <Password Type=\"{PASSWORD_DIGEST}\">{digest}</Password>\
             <Nonce EncodingType=\"{BASE64_BINARY}\">{nonce}</Nonce>\
             <Created xmlns=\"{UTILITY}\">{created}</Created></UsernameToken></Security></s:Header>"
        )
    }
}

/// What a camera says when it does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Codes from general to special, without prefixes: `Sender`, `NotAuthorized`.
    codes: Vec<String>,
    /// In the camera's words.
    reason: String,
}

impl Fault {
    /// Reads the faults of SOAP 1.2, and of 1.1, which some cameras write nonetheless.
    pub(super) fn read(fault: &Element) -> Self {
        let local = |text: &str| text.rsplit(':').next().unwrap_or_default().trim().to_owned();
        let mut codes = Vec::new();
        let mut code = fault.child("Code").or_else(|| fault.child("faultcode"));
        while let Some(inner) = code
            && codes.len() < 8
        {
            let value = inner.text_at(&["Value"]).unwrap_or(&inner.text);
            codes.push(local(value));
            code = inner.child("Subcode");
        }
        let reasons = [&["Reason", "Text"][..], &["faultstring"], &["Detail", "Text"]];
        let mut reason =
            reasons.iter().find_map(|path| fault.text_at(path)).unwrap_or_default().to_owned();
        if let Some(special) = codes.last()
            && !reason.contains(special.as_str())
        {
            reason = format!("{reason} ({special})");
        }
        Self { codes, reason: plain(&reason, 200) }
    }

    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether the login was refused. Makers have many words for it.
    pub(super) fn is_refusal(&self) -> bool {
        const CODES: [&str; 7] = [
            "NotAuthorized",
            "SenderNotAuthorized",
            "FailedAuthentication",
            "InvalidSecurity",
            "InvalidSecurityToken",
            "FailedCheck",
            "MessageExpired",
        ];
        const WORDS: [&str; 6] = [
            "not authorized",
            "unauthorized",
            "authority failure",
            "not authenticated",
            "authorized time check",
            "security token",
        ];
        let reason = self.reason.to_lowercase();
        self.codes.iter().any(|code| CODES.contains(&code.as_str()))
            || WORDS.iter().any(|word| reason.contains(word))
    }

    /// Whether it is about the time in the login.
    pub(super) fn is_about_time(&self) -> bool {
        let reason = self.reason.to_lowercase();
        self.codes.iter().any(|code| code == "MessageExpired")
            || ["time check", "timestamp", "expired", "clock"].iter().any(|w| reason.contains(w))
    }

    /// Whether the camera does not understand the login at all, and may want it by HTTP instead.
    pub(super) fn is_about_security(&self) -> bool {
        self.codes.iter().any(|code| code == "MustUnderstand") || self.reason.contains("'Security'")
    }
}

/// A camera's words without control characters, and not too long.
pub(super) fn plain(text: &str, most: usize) -> String {
    let words: Vec<&str> = text
        .split(|letter: char| letter.is_control() || letter == ' ')
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use watchpost_model::Secret;

    use super::*;

    #[test]
    fn the_digest_is_the_one_of_the_standard_s_example() {
        // From the ONVIF Application Programmer's Guide, 6.1.1.3.
        let nonce = STANDARD.decode("LKqI6G/AikKCQrN0zqZFlg==").unwrap().try_into().unwrap();
        let password = Secret::new("userpassword".to_owned());
        let credentials = Credentials { user: "user".to_owned(), password };
        let now = "2010-09-16T07:50:45Z".parse().unwrap();
        let token = Token::new(&credentials, nonce, now);
        assert_eq!(token.digest, "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
    }

    #[test]
    fn users_are_escaped() {
        let credentials =
            Credentials { user: "a<&b".to_owned(), password: Secret::new(String::new()) };
        let token = Token::new(&credentials, [0; 16], Timestamp::UNIX_EPOCH);
        let request = Request::new(DEVICE, "GetServices", String::new());
        let envelope = Element::read(request.envelope(Some(&token)).as_bytes()).unwrap();
        let user = envelope.text_at(&["Header", "Security", "UsernameToken", "Username"]);
        assert_eq!(user, Some("a<&b"));
    }

    #[test]
    fn faults_of_both_kinds_are_understood() {
        let read = |text: &str| Fault::read(&Element::read(text.as_bytes()).unwrap());
        let fault = read(
            "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:NotAuthorized\
             </e:Value></e:Subcode></e:Code><e:Reason><e:Text xml:lang='en'>The action requested \
             requires authorization</e:Text></e:Reason></e:Fault>",
        );
        assert_eq!(fault.reason(), "The action requested requires authorization (NotAuthorized)");
        assert!(fault.is_refusal() && !fault.is_about_time());
        let old = read(
            "<Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring>Wsse authorized time \
             check failed.</faultstring></Fault>",
        );
        assert!(old.is_refusal() && old.is_about_time());
        let strange = read(
            "<Fault><Code><Value>SOAP-ENV:MustUnderstand</Value></Code><Reason><Text>The data in \
             element 'Security' must be understood but cannot be processed</Text></Reason></Fault>",
        );
        assert!(strange.is_about_security() && !strange.is_refusal());
        let other = read(
            "<Fault><Code><Value>s:Receiver</Value><Subcode><Value>ter:Action</Value>\
             <Subcode><Value>ter:NoPTZProfile</Value></Subcode></Subcode></Code></Fault>",
        );
        assert_eq!(other.reason(), "(NoPTZProfile)");
        assert!(!other.is_refusal());
    }
}
