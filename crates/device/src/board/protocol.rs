//! The entry board's line protocol, version 1, and the plain one of older boards.
//!
//! Version 1: a line of 7-bit ASCII, at most [`LONGEST`] characters, `$BODY*CS`. CS is the XOR of all
//! characters of BODY as two capital hex digits, as in NMEA 0183. BODY is a letter and `,key=value` as
//! often as needed; a key that is not known is passed over.
//!
//! Older boards say `Distance: N` (centimetres), `PIR sensor detected motion`, `Distance sensor
//! detected obstacle` and `111`, without any check.

use std::fmt::Write as _;
use std::time::Duration;

use watchpost_model::Distance;

/// The longest line, in characters, without its end.
pub const LONGEST: usize = 80;

/// What a board says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// `$H`: who it is; at power-up, and when it is asked.
    Hello {
        /// The version of the protocol that it speaks.
        version: u32,
        /// Its firmware; may be empty.
        firmware: String,
        /// Its name; may be empty.
        id: String,
    },
    /// `$R`: what it measures.
    Reading {
        /// Counts readings; after 65535 comes 0.
        count: u16,
        /// Whether the PIR sees somebody.
        pir: bool,
        /// What is before it.
        distance: Distance,
        /// Whether its LED is lit.
        led: bool,
    },
    /// `$A`: it took this setting.
    Taken(Setting),
    /// `$E`: it did not take what was sent.
    Refused(Refusal),
    /// What an older board says.
    Plain(Plain),
}

/// What the host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `$Q`: who are you?
    Who,
    /// `$S`: have it so.
    Set(Setting),
}

/// A setting of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Nearer than this, 20 to 4000 mm, is told at once; `None`: distance does not count.
    Range(Option<u32>),
    /// How long the PIR has to be steady; 0 to 2 s in whole milliseconds.
    Debounce(Duration),
    /// When its LED is lit.
    Led(Led),
}

/// When the LED of a board is lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led {
    /// While it would fire, for aiming it.
    Follow,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Why a board did not take what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The checksum was wrong.
    Checksum,
    /// It does not know the word.
    Unknown,
    /// It does not allow the value.
    Range,
    /// The line was too long.
    Long,
}

/// What an older board says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// `Distance: N`. Zero means that nothing answered, for that is what `pulseIn` of the Arduino
    /// library returns when no echo comes, and nothing nearer than 2 cm is ever measured.
    Distance(Distance),
    /// `PIR sensor detected motion`.
    Motion,
    /// `Distance sensor detected obstacle`.
    Obstacle,
    /// `111`: it fires.
    Trigger,
}

/// Why a line is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Garbage {
    /// It is too long.
    #[error("longer than {LONGEST} characters")]
    Long,
    /// There is something else than ASCII that can be printed in it.
    #[error("no text")]
    NoText,
    /// It begins with `$`, but has no checksum.
    #[error("without checksum")]
    Unfinished,
    /// Its checksum is another.
    #[error("wrong checksum")]
    Checksum,
    /// Nothing that is known begins so.
    #[error("unknown")]
    Unknown,
    /// This key is missing, or its value makes no sense.
    #[error("{0} is missing or wrong")]
    Field(&'static str),
}

/// What this line says; its end may still be on it.
///
/// # Errors
///
/// Why it says nothing.
pub fn parse(line: &[u8]) -> Result<Said, Garbage> {
    let end =
        line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    let line = &line[..end];
    if line.len() > LONGEST {
        return Err(Garbage::Long);
    }
    if !line.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Err(Garbage::NoText);
    }
    let text = str::from_utf8(line).map_err(|_| Garbage::NoText)?;
    match text.strip_prefix('$') {
        Some(framed) => checked(framed),
        None => plain(text).map(Said::Plain),
    }
}

impl Said {
    /// The line that says so, without its end.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Said::Hello { version, firmware, id } => {
                let mut body = format!("H,v={version}");
                for (key, value) in [("fw", firmware), ("id", id)] {
                    if !value.is_empty() {
                        push(&mut body, key, value);
                    }
                }
                frame(&body)
            }
            Said::Reading { count, pir, distance, led } => {
                let mm = match distance {
                    Distance::Free => "-".to_owned(),
                    Distance::Millimetres(mm) => mm.to_string(),
                };
                frame(&format!("R,n={count},pir={},mm={mm},led={}", u8::from(*pir), u8::from(*led)))
            }
            Said::Taken(setting) => frame(&format!("A,{}", setting.encode())),
            Said::Refused(refusal) => frame(&format!("E,what={}", refusal.word())),
            Said::Plain(plain) => plain.encode(),
        }
    }
}

impl Order {
    /// The line that says so, without its end.
    #[must_use]
    pub fn encode(self) -> String {
        match self {
            Order::Who => frame("Q"),
            Order::Set(setting) => frame(&format!("S,{}", setting.encode())),
        }
    }
}

impl Setting {
    /// As `key=value`.
    #[must_use]
    pub fn encode(self) -> String {
        match self {
            Setting::Range(range) => format!("range={}", range.unwrap_or(0)),
            Setting::Debounce(length) => format!("debounce={}", length.as_millis()),
            Setting::Led(led) => format!("led={}", led.word()),
        }
    }

    fn of(fields: &Fields) -> Result<Self, Garbage> {
        if let Some(range) = fields.get("range") {
            let range = number(range).ok_or(Garbage::Field("range"))?;
            match range {
                0 => Ok(Setting::Range(None)),
                20..=4000 => Ok(Setting::Range(Some(range))),
                _ => Err(Garbage::Field("range")),
            }
        } else if let Some(debounce) = fields.get("debounce") {
            let length = number(debounce).filter(|length| *length <= 2000);
            let length = length.ok_or(Garbage::Field("debounce"))?;
            Ok(Setting::Debounce(Duration::from_millis(length.into())))
        } else {
            let led = fields.get("led").and_then(|word| word_of(Led::ALL, Led::word, word));
            Ok(Setting::Led(led.ok_or(Garbage::Field("led"))?))
        }
    }
}

impl Led {
    const ALL: &[Led] = &[Led::Follow, Led::On, Led::Off];

    fn word(self) -> &'static str {
        match self {
            Led::Follow => "follow",
            Led::On => "on",
            Led::Off => "off",
        }
    }
}

impl Refusal {
    const ALL: &[Refusal] = &[Refusal::Checksum, Refusal::Unknown, Refusal::Range, Refusal::Long];

    /// The board's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Checksum => "checksum",
            Refusal::Unknown => "unknown",
            Refusal::Range => "range",
            Refusal::Long => "long",
        }
    }
}

const DISTANCE: &str = "Distance: ";
const MOTION: &str = "PIR sensor detected motion";
const OBSTACLE: &str = "Distance sensor detected obstacle";
const TRIGGER: &str = "111";

impl Plain {
    fn encode(self) -> String {
        match self {
            Plain::Distance(Distance::Free) => format!("{DISTANCE}0"),
            Plain::Distance(Distance::Millimetres(mm)) => {
                format!("{DISTANCE}{}.{}", mm / 10, mm % 10)
            }
            Plain::Motion => MOTION.into(),
            Plain::Obstacle => OBSTACLE.into(),
            Plain::Trigger => TRIGGER.into(),
        }
    }
}

fn plain(text: &str) -> Result<Plain, Garbage> {
    match text.trim() {
        MOTION => Ok(Plain::Motion),
        OBSTACLE => Ok(Plain::Obstacle),
        TRIGGER => Ok(Plain::Trigger),
        text => {
            let number = text.strip_prefix(DISTANCE).ok_or(Garbage::Unknown)?;
            let mm = centimetres(number.trim()).ok_or(Garbage::Field("distance"))?;
            Ok(Plain::Distance(match mm {
                0 => Distance::Free,
                mm => Distance::Millimetres(mm),
            }))
        }
    }
}

/// Centimetres such as `123` or `123.45`, in whole millimetres.
fn centimetres(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    number(part)?; // Digits, and one at least.
    Some(number(whole)? * 10 + number(&part[..1])?)
}

fn checked(framed: &str) -> Result<Said, Garbage> {
    let (body, sum) = framed.rsplit_once('*').ok_or(Garbage::Unfinished)?;
    if sum != checksum(body) {
        return Err(Garbage::Checksum);
    }
    if body.contains(['$', '*']) {
        return Err(Garbage::Unknown);
    }
    let (letter, fields) = Fields::of(body)?;
    match letter {
        "H" => Ok(Said::Hello {
            version: fields.number("v")?,
            firmware: fields.get("fw").unwrap_or_default().into(),
            id: fields.get("id").unwrap_or_default().into(),
        }),
        "R" => Ok(Said::Reading {
            count: u16::try_from(fields.number("n")?).map_err(|_| Garbage::Field("n"))?,
            pir: fields.yes("pir")?,
            distance: match fields.get("mm") {
                Some("-") => Distance::Free,
                _ => Distance::Millimetres(fields.number("mm")?),
            },
            led: fields.yes("led")?,
        }),
        "A" => Setting::of(&fields).map(Said::Taken),
        "E" => {
            let what = fields.get("what");
            let what = what.and_then(|word| word_of(Refusal::ALL, Refusal::word, word));
            what.map(Said::Refused).ok_or(Garbage::Field("what"))
        }
        _ => Err(Garbage::Unknown),
    }
}

/// The keys and values of a line, each key once.
struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    fn of(body: &'a str) -> Result<(&'a str, Self), Garbage> {
        let mut parts = body.split(',');
        let letter = parts.next().unwrap_or_default();
        let mut fields = Self(Vec::new());
        for part in parts {
            let (key, value) = part.split_once('=').ok_or(Garbage::Unknown)?;
            if key.is_empty() || value.contains('=') || fields.get(key).is_some() {
                return Err(Garbage::Unknown);
            }
            fields.0.push((key, value));
        }
        Ok((letter, fields))
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    fn number(&self, key: &'static str) -> Result<u32, Garbage> {
        self.get(key).and_then(number).ok_or(Garbage::Field(key))
    }

    fn yes(&self, key: &'static str) -> Result<bool, Garbage> {
        match self.get(key) {
            Some("0") => Ok(false),
            Some("1") => Ok(true),
            _ => Err(Garbage::Field(key)),
        }
    }
}

/// One to five digits. `parse` alone would take a sign, too.
fn number(text: &str) -> Option<u32> {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn word_of<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, text: &str) -> Option<T> {
    all.iter().copied().find(|one| word(*one) == text)
}

fn push(body: &mut String, key: &str, value: &str) {
    write!(body, ",{key}={value}").expect("a String takes everything");
}

fn frame(body: &str) -> String {
    format!("${body}*{}", checksum(body))
}

fn checksum(body: &str) -> String {
    format!("{:02X}", body.bytes().fold(0, |sum, byte| sum ^ byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> Result<Said, Garbage> {
        parse(frame(body).as_bytes())
    }

    #[test]
    fn the_checksum_is_that_of_nmea_0183() {
        // A sentence from the literature on NMEA 0183, with its checksum.
        assert_eq!(checksum("GPGLL,5057.970,N,00146.110,E,142451,A"), "27");
        assert_eq!(Order::Who.encode(), "$Q*51");
    }

    #[test]
    fn a_board_says_what_it_measures() {
        let near = Said::Reading {
            count: 17,
            pir: false,
            distance: Distance::Millimetres(1234),
            led: true,
        };
        assert_eq!(framed("R,n=17,pir=0,mm=1234,led=1"), Ok(near));
        let free = Said::Reading { count: 65_535, pir: true, distance: Distance::Free, led: false };
        assert_eq!(framed("R,n=65535,pir=1,mm=-,led=0"), Ok(free.clone()));
        assert_eq!(framed("R,led=0,mm=-,new=7,pir=1,n=65535"), Ok(free), "in any order");
        for (body, key) in [
            ("R,n=65536,pir=1,mm=-,led=0", "n"),
            ("R,n=1,pir=2,mm=-,led=0", "pir"),
            ("R,n=1,pir=1,mm=+5,led=0", "mm"),
            ("R,n=1,pir=1,mm=,led=0", "mm"),
            ("R,n=1,pir=1,mm=5", "led"),
        ] {
            assert_eq!(framed(body), Err(Garbage::Field(key)), "{body}");
        }
        assert_eq!(framed("R,n=1,n=2,pir=1,mm=5,led=0"), Err(Garbage::Unknown));
    }

    #[test]
    fn a_board_says_who_it_is() {
        let hello = |version, firmware: &str, id: &str| {
            Ok(Said::Hello { version, firmware: firmware.into(), id: id.into() })
        };
        assert_eq!(framed("H,v=1,fw=1.0,id=entry"), hello(1, "1.0", "entry"));
        assert_eq!(framed("H,v=2"), hello(2, "", ""));
        assert_eq!(framed("H,fw=1.0"), Err(Garbage::Field("v")));
    }

    #[test]
    fn a_board_answers_to_settings() {
        let half_a_second = Setting::Debounce(Duration::from_millis(500));
        assert_eq!(framed("A,range=1500"), Ok(Said::Taken(Setting::Range(Some(1500)))));
        assert_eq!(framed("A,range=0"), Ok(Said::Taken(Setting::Range(None))));
        assert_eq!(framed("A,debounce=500"), Ok(Said::Taken(half_a_second)));
        assert_eq!(framed("A,led=follow"), Ok(Said::Taken(Setting::Led(Led::Follow))));
        assert_eq!(framed("A,range=19"), Err(Garbage::Field("range")));
        assert_eq!(framed("A,debounce=2001"), Err(Garbage::Field("debounce")));
        assert_eq!(framed("E,what=long"), Ok(Said::Refused(Refusal::Long)));
        assert_eq!(framed("E,what=tired"), Err(Garbage::Field("what")));
    }

    #[test]
    fn settings_are_sent_as_the_firmware_expects_them() {
        let set = |setting| Order::Set(setting).encode();
        assert_eq!(set(Setting::Range(Some(1500))), frame("S,range=1500"));
        assert_eq!(set(Setting::Range(None)), frame("S,range=0"));
        assert_eq!(set(Setting::Debounce(Duration::from_millis(50))), frame("S,debounce=50"));
        assert_eq!(set(Setting::Led(Led::Follow)), frame("S,led=follow"));
    }

    #[test]
    fn an_older_board_is_understood() {
        let plain = |line: &str| parse(line.as_bytes());
        let distance = |mm| Ok(Said::Plain(Plain::Distance(Distance::Millimetres(mm))));
        assert_eq!(plain("Distance: 123"), distance(1230));
        assert_eq!(plain("Distance: 123.47\r\n"), distance(1234));
        assert_eq!(plain("Distance: 0"), Ok(Said::Plain(Plain::Distance(Distance::Free))));
        assert_eq!(plain("PIR sensor detected motion"), Ok(Said::Plain(Plain::Motion)));
        assert_eq!(plain("Distance sensor detected obstacle"), Ok(Said::Plain(Plain::Obstacle)));
        assert_eq!(plain("111"), Ok(Said::Plain(Plain::Trigger)));
        assert_eq!(plain("Distance: -4"), Err(Garbage::Field("distance")));
        assert_eq!(plain("Distance: 1.-4"), Err(Garbage::Field("distance")));
        for line in ["1111", "11", "Distance:", "sensor detected motion", ""] {
            assert_eq!(plain(line), Err(Garbage::Unknown), "{line}");
        }
    }

    #[test]
    fn what_is_garbage_is_told_apart() {
        assert_eq!(parse(b"$Q*50"), Err(Garbage::Checksum));
        assert_eq!(parse(b"$H,v=1*1e"), Err(Garbage::Checksum), "small letters");
        assert_eq!(parse(b"$H,v=1"), Err(Garbage::Unfinished));
        assert_eq!(framed("X,v=1"), Err(Garbage::Unknown));
        assert_eq!(framed("R$,n=1"), Err(Garbage::Unknown));
        assert_eq!(parse(b"Distance:\0 5"), Err(Garbage::NoText));
        assert_eq!(parse("Distance: 5½".as_bytes()), Err(Garbage::NoText));
        assert_eq!(parse(&[b'x'; LONGEST + 1]), Err(Garbage::Long));
    }
}
