//! How files are named: `%Y%m%d_%H%M%S.mp4`.

use std::fmt::{self, Write};

use jiff::Zoned;

use crate::CameraId;

/// The longest name a template may make. File systems take 255 bytes, and the store adds to names
/// that are taken.
const LONGEST: usize = 200;

/// What every template must hold, told to whoever forgot it.
const MOMENT: &str = "must hold the year (%Y or %y), the month and the day (%m and %d, or %j), the \
                      hour (%H), the minute (%M) and the second (%S)";

/// Makes the names of files from a camera's name and a moment.
///
/// Every template holds date and time to the second; the ending tells what the file is. Two
/// moments within a second have one name, and so have two an hour apart when summer time ends: the
/// store adds `_2`.
#[derive(Clone, PartialEq, Eq)]
pub struct NameTemplate {
    text: String,
    parts: Vec<Part>,
}

/// Text that is no template for names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct InvalidNameTemplate {
    problem: String,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Camera,
    Year,
    YearOfCentury,
    Month,
    Day,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl NameTemplate {
    /// What footage is called if the owner does not say.
    pub const VIDEO: &str = "%Y%m%d_%H%M%S.mp4";
    /// What photos are called if the owner does not say.
    pub const PHOTO: &str = "capture_%Y%m%d_%H%M%S.jpg";

    /// A template for files of footage.
    ///
    /// # Errors
    ///
    /// What is wrong with `text` and what would be right.
    pub fn video(text: &str) -> Result<Self, InvalidNameTemplate> {
        Self::read(text, ".mp4").map_err(|problem| InvalidNameTemplate { problem })
    }

    /// A template for photos.
    ///
    /// # Errors
    ///
    /// What is wrong with `text` and what would be right.
    pub fn photo(text: &str) -> Result<Self, InvalidNameTemplate> {
        Self::read(text, ".jpg").map_err(|problem| InvalidNameTemplate { problem })
    }

    /// The template as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name for `camera` at the moment `at`, in the zone of `at`. At most 200 bytes, no `/`.
    #[must_use]
    pub fn render(&self, camera: &CameraId, at: &Zoned) -> String {
        let mut name = String::new();
        for part in &self.parts {
            // Writing to a String cannot fail.
            let _ = match part {
                Part::Literal(text) => name.write_str(text),
                Part::Camera => write!(name, "{camera}"),
                Part::Year => write!(name, "{:04}", at.year()),
                Part::YearOfCentury => write!(name, "{:02}", at.year().rem_euclid(100)),
                Part::Month => write!(name, "{:02}", at.month()),
                Part::Day => write!(name, "{:02}", at.day()),
                Part::DayOfYear => write!(name, "{:03}", at.day_of_year()),
                Part::Hour => write!(name, "{:02}", at.hour()),
                Part::Minute => write!(name, "{:02}", at.minute()),
                Part::Second => write!(name, "{:02}", at.second()),
                Part::Millisecond => write!(name, "{:03}", at.millisecond()),
            };
        }
        name
    }

    fn read(text: &str, ending: &str) -> Result<Self, String> {
        let parts = parts(text)?;
        let has = |part: &Part| parts.contains(part);
        let date = (has(&Part::Year) || has(&Part::YearOfCentury))
            && (has(&Part::Month) && has(&Part::Day) || has(&Part::DayOfYear));
        if !text.ends_with(ending) {
            return Err(format!("must end in {ending}"));
        }
        if !(date && has(&Part::Hour) && has(&Part::Minute) && has(&Part::Second)) {
            return Err(MOMENT.to_owned());
        }
        if parts.iter().map(Part::longest).sum::<usize>() > LONGEST {
            return Err(format!("makes names of more than {LONGEST} letters"));
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl Part {
    /// The most bytes it can become.
    fn longest(&self) -> usize {
        match self {
            Part::Literal(text) => text.len(),
            Part::Camera => 64,
            Part::Year => 5, // -9999
            Part::Millisecond | Part::DayOfYear => 3,
            Part::YearOfCentury
            | Part::Month
            | Part::Day
            | Part::Hour
            | Part::Minute
            | Part::Second => 2,
        }
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for NameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let part;
        (part, rest) = match letter {
            '%' => after_percent(&rest[1..])?,
            '{' => {
                let after = rest.strip_prefix("{camera}");
                (Part::Camera, after.ok_or("write {camera} for the camera's name, and no other {")?)
            }
            '/' | '\\' => return Err("must be the name of a file, without a folder".to_owned()),
            '<' | '>' | ':' | '"' | '|' | '?' | '*' | '}' => {
                return Err(format!("must not have {letter}, which not every disk puts up with"));
            }
            '.' if rest.len() == text.len() => return Err("must not begin with a dot".to_owned()),
            letter if letter.is_control() => {
                return Err("must not have line breaks or other control characters".to_owned());
            }
            letter => {
                let (letter, after) = rest.split_at(letter.len_utf8());
                (Part::Literal(letter.to_owned()), after)
            }
        };
        match part {
            Part::Literal(letter) => literal += &letter,
            part if literal.is_empty() => parts.push(part),
            part => parts.extend([Part::Literal(std::mem::take(&mut literal)), part]),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

/// What the letter after a `%` stands for, and what follows it.
fn after_percent(rest: &str) -> Result<(Part, &str), String> {
    let letter = rest.chars().next();
    let part = match letter {
        Some('Y') => Part::Year,
        Some('y') => Part::YearOfCentury,
        Some('m') => Part::Month,
        Some('d') => Part::Day,
        Some('j') => Part::DayOfYear,
        Some('H') => Part::Hour,
        Some('M') => Part::Minute,
        Some('S') => Part::Second,
        Some('L') => Part::Millisecond,
        Some('%') => Part::Literal("%".to_owned()),
        _ => {
            let written: String = letter.into_iter().collect();
            return Err(format!(
                "%{written} is not known; known are %Y, %y, %m, %d, %j (day of the year), %H, %M, \
                 %S, %L (milliseconds) and %%"
            ));
        }
    };
    Ok((part, &rest[1..])) // Each of these letters is one byte.
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;

    fn utc(at: &str) -> Zoned {
        at.parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC)
    }

    fn named(template: &NameTemplate, at: &str) -> String {
        template.render(&"door".parse().unwrap(), &utc(at))
    }

    #[test]
    fn a_file_is_named_by_its_camera_and_its_moment() {
        let at = "2026-02-03T04:05:06.078Z";
        for (template, name) in [
            ("%Y%m%d_%H%M%S.mp4", "20260203_040506.mp4"),
            ("{camera} %y-%j %H.%M.%S,%L.mp4", "door 26-034 04.05.06,078.mp4"),
            ("100%% ünsinn %Y%m%d%H%M%S.mp4", "100% ünsinn 20260203040506.mp4"),
            ("%Y%m%d{camera}{camera}%H%M%S%%.mp4", "20260203doordoor040506%.mp4"),
        ] {
            let template = NameTemplate::video(template).unwrap();
            assert_eq!(named(&template, at), name);
        }
        let photo = NameTemplate::photo(NameTemplate::PHOTO).unwrap();
        assert_eq!(named(&photo, at), "capture_20260203_040506.jpg");
        assert_eq!(photo.to_string(), NameTemplate::PHOTO);
    }

    #[test]
    fn a_moment_long_ago_has_a_name_too() {
        let template = NameTemplate::video("%Y%y%m%d%H%M%S.mp4").unwrap();
        assert_eq!(named(&template, "-009999-02-03T04:05:06Z"), "-9999010203040506.mp4");
    }

    #[test]
    fn a_template_that_names_no_file_or_no_moment_is_refused() {
        let long = format!("{}%Y%m%d%H%M%S.mp4", "x".repeat(184));
        for (template, problem) in [
            ("", "must end in .mp4"),
            ("%Y%m%d%H%M%S.MP4", "must end in .mp4"),
            ("%Y%m%d%H%M%S.mp4x", "must end in .mp4"),
            ("%Y%m%d%H%M.mp4", MOMENT),
            ("%Y%m%H%M%S.mp4", MOMENT),
            ("%j%H%M%S.mp4", MOMENT),
            ("../%Y%m%d%H%M%S.mp4", "must not begin with a dot"),
            ("a/%Y%m%d%H%M%S.mp4", "must be the name of a file, without a folder"),
            ("a\\%Y%m%d%H%M%S.mp4", "must be the name of a file, without a folder"),
            (".%Y%m%d%H%M%S.mp4", "must not begin with a dot"),
            ("%H:%M:%S %Y%m%d.mp4", "must not have :, which not every disk puts up with"),
            ("{name}%Y%m%d%H%M%S.mp4", "write {camera} for the camera's name, and no other {"),
            ("\0%Y%m%d%H%M%S.mp4", "must not have line breaks or other control characters"),
            (&long, "makes names of more than 200 letters"),
        ] {
            let refused = NameTemplate::video(template).unwrap_err();
            assert_eq!(refused.to_string(), problem, "{template:?}");
        }
        for template in ["%", "%ü", "%Q%Y%m%d%H%M%S.mp4"] {
            let refused = NameTemplate::video(template).unwrap_err().to_string();
            assert!(refused.contains("is not known; known are %Y"), "{refused}");
        }
    }

    #[test]
    fn no_name_is_longer_than_its_template_allows() {
        let camera: CameraId = "x".repeat(64).parse().unwrap();
        let at = utc("-009999-02-03T04:05:06Z");
        for template in ["{camera}{camera}%Y%m%d%H%M%S%L%j.mp4", NameTemplate::VIDEO] {
            let template = NameTemplate::video(template).unwrap();
            let longest: usize = template.parts.iter().map(Part::longest).sum();
            assert_eq!(template.render(&camera, &at).len(), longest);
        }
    }
}
