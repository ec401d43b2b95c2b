//! What stands behind the `?` of an address, checked completely.

use std::ops::RangeInclusive;
use std::time::Duration;

use url::form_urlencoded;
use watchpost_model::{CameraId, DeviceId, Interval, Label, WallTime};

use crate::error::{Answer, Problem};

/// Allowed everywhere, and ignored: a page that wants an answer anew, past its cache, changes its value.
const VERSION: &str = "v";

/// The keys and values of a query. Every key is one of those that were allowed.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query, if there is one; keys outside `allowed` are refused.
    pub(crate) fn read(query: Option<&str>, allowed: &[&str]) -> Answer<Query> {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> = pairs.into_owned().collect();
        match pairs.iter().find(|(key, _)| key != VERSION && !allowed.contains(&key.as_str())) {
            None => Ok(Query(pairs)),
            Some((key, _)) => Err(Problem::invalid(
                format!("There is no query parameter {key:?} here."),
                format!("Allowed: {}.", list(allowed)),
            )),
        }
    }

    /// Every value of `key`.
    pub(crate) fn all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(this, _)| this == key).map(|(_, value)| value.as_str())
    }

    /// The value of `key`, if it is there and not empty. More than one is refused.
    pub(crate) fn one<'a>(&'a self, key: &str) -> Answer<Option<&'a str>> {
        let mut values = self.all(key);
        let value = values.next().filter(|value| !value.is_empty());
        match values.next() {
            None => Ok(value),
            Some(_) => Err(Problem::invalid(
                format!("{key} is given more than once."),
                format!("Give {key} once."),
            )),
        }
    }

    /// One of `words` given as `key`.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Answer<Option<T>> {
        let Some(value) = self.one(key)? else { return Ok(None) };
        let meant = words.iter().find(|(word, _)| *word == value).map(|(_, meant)| *meant);
        meant.map(Some).ok_or_else(|| {
            let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            wrong(key, value, &format!("Allowed: {}.", list(&allowed)))
        })
    }

    /// Yes (`true`, `1`) or no (`false`, `0`) given as `key`.
    pub(crate) fn flag(&self, key: &str) -> Answer<Option<bool>> {
        self.word(key, &[("true", true), ("false", false), ("1", true), ("0", false)])
    }

    /// A number within `allowed` given as `key`.
    pub(crate) fn number(&self, key: &str, allowed: RangeInclusive<u32>) -> Answer<Option<u32>> {
        let Some(value) = self.one(key)? else { return Ok(None) };
        match value.parse() {
            Ok(number) if allowed.contains(&number) => Ok(Some(number)),
            _ => {
                let hint = format!("Allowed: {} to {}.", allowed.start(), allowed.end());
                Err(wrong(key, value, &hint))
            }
        }
    }

    /// A length of time within `allowed` given as `key`: `10s`, `2m`, `1h`, or seconds alone.
    pub(crate) fn length(
        &self,
        key: &str,
        allowed: RangeInclusive<Duration>,
    ) -> Answer<Option<Duration>> {
        let Some(value) = self.one(key)? else { return Ok(None) };
        let unit = |ending: &str, seconds: u64| Some((value.strip_suffix(ending)?, seconds));
        let (number, seconds) = unit("s", 1)
            .or_else(|| unit("m", 60))
            .or_else(|| unit("h", 3600))
            .unwrap_or((value, 1));
        let length = number.parse().ok().and_then(|number: u64| number.checked_mul(seconds));
        let length = length.map(Duration::from_secs).filter(|length| allowed.contains(length));
        length.map(Some).ok_or_else(|| {
            let [least, most] = [allowed.start(), allowed.end()].map(Duration::as_secs);
            wrong(key, value, &format!("Write it as 10s, 2m or 1h. Allowed: {least}s to {most}s."))
        })
    }

    /// The moment given as `key`.
    pub(crate) fn time(&self, key: &str) -> Answer<Option<WallTime>> {
        let Some(value) = self.one(key)? else { return Ok(None) };
        // A plus that was not encoded arrives as a space: 14:32:05+01:00 as 14:32:05 01:00.
        let time = value.parse().or_else(|_| value.replace(' ', "+").parse());
        time.map(Some).map_err(|_| {
            wrong(key, value, "Write it as RFC 3339, such as 2026-11-21T14:32:05+01:00.")
        })
    }

    /// The stretch from `from` to `to`, either of which may be left open.
    pub(crate) fn interval(&self) -> Answer<Interval> {
        let from = self.time("from")?.unwrap_or(WallTime::MIN);
        let to = self.time("to")?.unwrap_or(WallTime::MAX);
        if from <= to {
            Ok(Interval::new(from, to))
        } else {
            Err(Problem::invalid("from lies after to.", "Give the earlier moment as from."))
        }
    }

    /// The stretch from `from` to `to`, both of which must be given, not longer than `longest`.
    pub(crate) fn closed_interval(&self, longest: Duration) -> Answer<Interval> {
        if self.one("from")?.is_none() || self.one("to")?.is_none() {
            return Err(Problem::invalid("from or to is missing.", "Give both, as RFC 3339."));
        }
        let interval = self.interval()?;
        if interval.length() > longest {
            let hint = format!("Ask for at most {} days at once.", longest.as_secs() / 86_400);
            return Err(Problem::invalid("from and to lie too far apart.", hint));
        }
        Ok(interval)
    }

    /// The cameras given as `camera`, each of which must be one of `known`.
    pub(crate) fn cameras<'a>(
        &self,
        known: &(impl Iterator<Item = &'a CameraId> + Clone),
    ) -> Answer<Vec<CameraId>> {
        let given = self.all("camera").filter(|name| !name.is_empty());
        given.map(|name| known_camera(name, known.clone())).collect()
    }

    /// The classes of objects given as `label`; there need not be such objects.
    pub(crate) fn labels(&self) -> Answer<Vec<Label>> {
        let given = self.all("label").filter(|word| !word.is_empty());
        given
            .map(|word| {
                let hint = "Give label as 1 to 40 letters, digits, spaces, '-', '_' and '.'.";
                word.parse().map_err(|_| wrong("label", word, hint))
            })
            .collect()
    }

    /// The device given as `key`; there need not be one.
    pub(crate) fn device(&self, key: &str) -> Answer<Option<DeviceId>> {
        let Some(value) = self.one(key)? else { return Ok(None) };
        let hint = format!("Give {key} as 1 to 64 letters, digits, '-' and '_'.");
        value.parse().map(Some).map_err(|_| wrong(key, value, &hint))
    }

    /// The text given as `key`, of at most `longest` characters.
    pub(crate) fn text(&self, key: &str, longest: usize) -> Answer<Option<String>> {
        let Some(value) = self.one(key)? else { return Ok(None) };
        if value.chars().count() > longest {
            let message = format!("{key} is too long.");
            return Err(Problem::invalid(message, format!("Give at most {longest} characters.")));
        }
        Ok(Some(value.to_owned()))
    }

    /// The one camera given as `camera`, which must be one of `known`.
    pub(crate) fn camera<'a>(
        &self,
        known: impl Iterator<Item = &'a CameraId> + Clone,
    ) -> Answer<CameraId> {
        match self.one("camera")? {
            Some(name) => known_camera(name, known),
            None => Err(Problem::invalid("No camera is given.", cameras_there_are(known))),
        }
    }
}

fn known_camera<'a>(
    name: &str,
    mut known: impl Iterator<Item = &'a CameraId> + Clone,
) -> Answer<CameraId> {
    let all = known.clone();
    let found = known.find(|camera| camera.as_str() == name).cloned();
    found.ok_or_else(|| wrong("camera", name, &cameras_there_are(all)))
}

fn cameras_there_are<'a>(known: impl Iterator<Item = &'a CameraId>) -> String {
    let names: Vec<_> = known.map(CameraId::as_str).collect();
    format!("Give camera as one of: {}.", list(&names))
}

fn wrong(key: &str, value: &str, hint: &str) -> Problem {
    Problem::invalid(format!("{key} cannot be {value:?}."), hint)
}

fn list(words: &[&str]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_that_was_not_encoded_is_understood() {
        let times = ["t=2026-11-21T14:32:05%2B01:00", "t=2026-11-21T14:32:05+01:00"]
            .map(|query| Query::read(Some(query), &["t"]).unwrap().time("t").unwrap().unwrap());
        assert_eq!(times[0], times[1]);
    }

    #[test]
    fn a_length_of_time_has_a_unit_or_is_seconds() {
        let allowed = Duration::from_secs(1)..=Duration::from_hours(1);
        let length = |text: &str| {
            let query = Query::read(Some(&format!("every={text}")), &["every"]).unwrap();
            query.length("every", allowed.clone())
        };
        for (text, seconds) in [("10s", 10), ("2m", 120), ("1h", 3600), ("90", 90)] {
            assert_eq!(length(text).unwrap(), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["0s", "2h", "-1", "s", "1d", "99999999999999999999h"] {
            assert_eq!(hint(length(text)), "Write it as 10s, 2m or 1h. Allowed: 1s to 3600s.");
        }
    }

    #[test]
    fn what_would_be_right_is_told() {
        assert_eq!(
            hint(Query::read(Some("kamera=door"), &["camera", "fps"])),
            "Allowed: camera, fps."
        );
        let query = Query::read(Some("fps=99&kept=maybe&camera=attic"), &["fps", "kept", "camera"]);
        let query = query.unwrap();
        assert_eq!(hint(query.number("fps", 1..=15)), "Allowed: 1 to 15.");
        assert_eq!(hint(query.flag("kept")), "Allowed: true, false, 1, 0.");
        let known: [CameraId; 2] = ["door", "yard"].map(|name| name.parse().unwrap());
        assert_eq!(hint(query.cameras(&known.iter())), "Give camera as one of: door, yard.");
    }

    #[track_caller]
    fn hint<T: std::fmt::Debug>(answer: Answer<T>) -> String {
        match answer.unwrap_err() {
            Problem::Invalid { hint, .. } => hint,
            problem => panic!("{problem:?}"),
        }
    }
}
