//! The lines of an infrared light.
//!
//! Plain lines. The host sends the commands of the settings; the board answers `ok` or `err`, says
//! `reboot` at power-up, and streams `bright: N`, 0 (dark) to 100 (bright).

use watchpost_model::Fraction;

/// What a light says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Said {
    /// `ok`: it did what it was told.
    Done,
    /// `err`: it does not know what it was told.
    NotKnown,
    /// `reboot`: it was switched on, and forgot what it was told.
    Reboot,
    /// `bright: N`: how bright the room is; whole percents.
    Bright(Fraction),
}

/// A line of a light that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a line of a light")]
pub struct Garbage;

/// What this line says; its end may still be on it.
///
/// # Errors
///
/// If it says nothing.
pub fn parse(line: &[u8]) -> Result<Said, Garbage> {
    match line.trim_ascii() {
        b"ok" => Ok(Said::Done),
        b"err" => Ok(Said::NotKnown),
        b"reboot" => Ok(Said::Reboot),
        line => {
            let digits = line.strip_prefix(b"bright:").ok_or(Garbage)?.trim_ascii();
            if !(1..=3).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
                return Err(Garbage);
            }
            let percent =
                digits.iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
            Fraction::new(f32::from(percent) / 100.0).map(Said::Bright).ok_or(Garbage)
        }
    }
}

impl Said {
    /// The line that says so, without its end.
    #[must_use]
    pub fn encode(self) -> String {
        match self {
            Said::Done => "ok".into(),
            Said::NotKnown => "err".into(),
            Said::Reboot => "reboot".into(),
            Said::Bright(brightness) => format!("bright: {:.0}", brightness.get() * 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_is_understood() {
        assert_eq!(parse(b"ok\r\n"), Ok(Said::Done));
        assert_eq!(parse(b"err"), Ok(Said::NotKnown));
        assert_eq!(parse(b"reboot"), Ok(Said::Reboot));
        let bright = |share| Ok(Said::Bright(Fraction::clamped(share)));
        assert_eq!(parse(b"bright: 0"), bright(0.0));
        assert_eq!(parse(b"bright: 7"), bright(0.07));
        assert_eq!(parse(b"bright:100"), bright(1.0));
        for line in ["bright: 101", "bright: -1", "bright: +1", "bright:", "ight: 5", "OK", ""] {
            assert_eq!(parse(line.as_bytes()), Err(Garbage), "{line}");
        }
    }

    #[test]
    fn each_percent_keeps_its_meaning() {
        for percent in 0..=100_u8 {
            let line = format!("bright: {percent}");
            assert_eq!(parse(line.as_bytes()).unwrap().encode(), line);
        }
    }
}
