//! A day of readings as a file: JSON Lines (<https://jsonlines.org/>), each of them one reading. The
//! format is described in docs/files.md.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Serialize};
use watchpost_model::{DeviceId, Distance, Fraction, Interval, Reading, WallTime};

use crate::readings::{ThinnedReadings, Told};
use crate::{FileError, files};

/// No line of ours is longer, in bytes; longer ones are none.
const LONGEST_LINE: u64 = 4096;

/// How long `at` is, to the millisecond in UTC: `2026-11-21T13:32:05.250Z`.
const LENGTH_OF_TIME: usize = 24;

/// A line, version 1. Fields may be added, never changed; what was not told is left out.
#[derive(Debug, Serialize, Deserialize)]
struct LineV1<'a> {
    at: Cow<'a, str>,
    device: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    /// Whether that yes, or that distance, is of the moment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    momentary: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distance_mm: Option<u32>,
    /// Whether nothing is in reach.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    free: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brightness: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    battery: Option<f32>,
}

/// The line of a reading, with its end; times are cut to the millisecond before. A value that is no number is left
/// out.
pub(crate) fn encode(told: &Told) -> String {
    let Told { at, device, reading } = told;
    let Reading { on, momentary, distance, brightness, level, value, battery } = *reading;
    let millis = DateTimePrinter::new().precision(Some(3));
    let line = LineV1 {
        at: millis.timestamp_to_string(&at.timestamp()).into(),
        device: device.as_str().into(),
        on,
        momentary,
        distance_mm: match distance {
            Some(Distance::Millimetres(distance)) => Some(distance),
            Some(Distance::Free) | None => None,
        },
        free: distance == Some(Distance::Free),
        brightness: brightness.map(Fraction::get),
        level: level.map(Fraction::get),
        value: value.filter(|value| value.is_finite()),
        battery: battery.map(Fraction::get),
    };
    let mut json =
        serde_json::to_string(&line).expect("strings, booleans and numbers are always JSON");
    json.push('\n');
    json
}

/// What [`encode`] wrote, without the line's end; `None` if it is something else.
fn decode(line: &[u8]) -> Option<Told> {
    let line: LineV1 = serde_json::from_slice(line).ok()?;
    let LineV1 { at, device, on, momentary, distance_mm, free, .. } = &line;
    let distance = match (distance_mm, free) {
        (Some(distance), false) => Some(Distance::Millimetres(*distance)),
        (None, true) => Some(Distance::Free),
        (None, false) => None,
        (Some(_), true) => return None,
    };
    let share =
        |share: Option<f32>| share.map_or(Some(None), |share| Fraction::new(share).map(Some));
    let reading = Reading {
        on: *on,
        momentary: *momentary,
        distance,
        brightness: share(line.brightness)?,
        level: share(line.level)?,
        value: line.value,
        battery: share(line.battery)?,
    };
    Some(Told { at: at.parse().ok()?, device: device.parse().ok()?, reading })
}

/// When and by whom a line was told, without looking at the rest of it.
fn head(line: &[u8]) -> Option<(WallTime, &str)> {
    let rest = line.strip_prefix(b"{\"at\":\"")?;
    let (at, rest) = rest.split_at_checked(LENGTH_OF_TIME)?;
    let rest = rest.strip_prefix(b"\",\"device\":\"")?;
    let (device, _) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'"')?)?;
    Some((str::from_utf8(at).ok()?.parse().ok()?, str::from_utf8(device).ok()?))
}

/// Adds whole `lines` to the file at `path`, which may be new. A line that a power cut left without an end
/// gets one. After a failure the file is as it was, if that can be had. Blocks.
pub(crate) fn append(path: &Path, lines: &[u8]) -> Result<(), FileError> {
    files::make_folder(path.parent().unwrap_or(Path::new(".")))?;
    let file = File::options().read(true).append(true).create(true).open(path);
    let mut file = file.map_err(FileError::at(path))?;
    let length = file.metadata().map_err(FileError::at(path))?.len();
    let written = match is_torn(&file, length) {
        Ok(true) => file.write_all(&[b"\n", lines].concat()),
        Ok(false) => file.write_all(lines),
        Err(error) => Err(error),
    };
    written.map_err(|error| {
        let told = FileError::new(path, error);
        drop(file.set_len(length)); // Else some lines are there twice, which harms nobody.
        told
    })
}

fn is_torn(file: &File, length: u64) -> io::Result<bool> {
    let Some(last) = length.checked_sub(1) else { return Ok(false) };
    let mut end = [0];
    file.read_exact_at(&mut end, last)?;
    Ok(end != *b"\n")
}

/// Gives `each` of the whole lines in the first `length` bytes of a file, without their ends; one that is
/// longer than any of ours is left out. Nothing if the file is gone. Blocks.
pub(crate) fn scan(
    path: &Path,
    length: u64,
    each: &mut impl FnMut(&[u8]),
) -> Result<(), FileError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file.map_err(FileError::at(path))?,
    };
    let mut file = BufReader::with_capacity(64 << 10, file.take(length));
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        match (read.map_err(FileError::at(path))?, line.last()) {
            (0, _) => return Ok(()),
            (read, Some(b'\n')) => each(&line[..read - 1]),
            // Torn, which is seen at the next turn, or too long.
            _ => _ = file.skip_until(b'\n').map_err(FileError::at(path))?,
        }
    }
}

/// Readings being looked for, line by line.
#[derive(Debug)]
pub(crate) struct Search {
    interval: Interval,
    /// All if empty.
    devices: Vec<DeviceId>,
    /// By device, the last line before the interval.
    before: BTreeMap<String, (WallTime, Vec<u8>)>,
    within: Vec<Told>,
    most: usize,
    step: Option<Duration>,
}

impl Search {
    pub(crate) fn new(interval: Interval, devices: Vec<DeviceId>, most: usize) -> Self {
        Self { interval, devices, before: BTreeMap::new(), within: Vec::new(), most, step: None }
    }

    pub(crate) fn devices(&self) -> &[DeviceId] {
        &self.devices
    }

    /// Whether what held when the interval began is known of each device that is looked for.
    pub(crate) fn knows_what_held(&self) -> bool {
        !self.devices.is_empty()
            && self.devices.iter().all(|device| self.before.contains_key(device.as_str()))
    }

    /// Takes the next line, if it is one and is looked for.
    pub(crate) fn take(&mut self, line: &[u8]) {
        if let Some((at, device)) = head(line) {
            self.take_of(at, device, line);
        } else if let Some(Told { at, device, .. }) = decode(line) {
            self.take_of(at, device.as_str(), line); // Somebody else wrote it.
        }
    }

    fn take_of(&mut self, at: WallTime, device: &str, line: &[u8]) {
        let wanted =
            self.devices.is_empty() || self.devices.iter().any(|name| name.as_str() == device);
        if !wanted || at >= self.interval.end() {
            return;
        }
        if at >= self.interval.start() {
            self.within.extend(decode(line));
            if self.within.len() > self.most {
                self.thin();
            }
            return;
        }
        // One that was torn takes nobody's place. It is not read more closely: these are most of all lines.
        if !line.ends_with(b"}") {
            return;
        }
        match self.before.get_mut(device) {
            None => _ = self.before.insert(device.to_owned(), (at, line.to_vec())),
            // Of two of one moment, the later line.
            Some((known, kept)) if *known <= at => {
                *known = at;
                line.clone_into(kept);
            }
            Some(_) => {}
        }
    }

    /// Leaves half of what fits, or less: the last reading and the last yes of each device in each step.
    fn thin(&mut self) {
        self.within.sort_by_key(|told| told.at);
        let mut step = self.step.unwrap_or(Duration::from_millis(500));
        while self.within.len() > self.most / 2 {
            // Readings of one device at one moment, or of thousands of devices, do not become fewer so.
            if step > Duration::from_hours(24 * 366) {
                self.within.drain(..self.within.len() - self.most / 2);
                break;
            }
            step *= 2;
            let mut last = BTreeMap::new();
            for told in self.within.drain(..) {
                let steps = told.at.as_micros().div_euclid(micros(step));
                let yes = told.reading.on == Some(true);
                last.insert((steps, told.device.clone(), yes), told);
            }
            self.within.extend(last.into_values());
            self.within.sort_by_key(|told| told.at);
        }
        self.step = Some(step);
    }

    /// What was found.
    pub(crate) fn finish(mut self) -> ThinnedReadings {
        let before = self.before.values().filter_map(|(_, line)| decode(line));
        let mut readings: Vec<Told> = before.collect();
        readings.append(&mut self.within);
        readings.sort_by_key(|told| told.at); // The clock may have been set back.
        ThinnedReadings { readings, step: self.step }
    }
}

fn micros(step: Duration) -> i64 {
    i64::try_from(step.as_micros()).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(at: &str, reading: Reading) -> Told {
        Told { at: at.parse().unwrap(), device: "hall".parse().unwrap(), reading }
    }

    #[test]
    fn a_line_is_as_it_is_described() {
        let reading = Reading {
            on: Some(true),
            distance: Some(Distance::Millimetres(900)),
            ..Reading::default()
        };
        let line = encode(&told("2026-11-21T14:32:05.2509+01:00", reading));
        let expected =
            r#"{"at":"2026-11-21T13:32:05.250Z","device":"hall","on":true,"distance_mm":900}"#;
        assert_eq!(line, format!("{expected}\n"));
    }

    #[test]
    fn every_reading_comes_back() {
        let share = |share| Some(Fraction::new(share).unwrap());
        for reading in [
            Reading::default(),
            Reading { on: Some(true), momentary: true, ..Reading::default() },
            Reading { on: Some(false), distance: Some(Distance::Free), ..Reading::default() },
            Reading { brightness: share(0.3), level: share(0.0), ..Reading::default() },
            Reading { value: Some(-12.5e9), battery: share(1.0), ..Reading::default() },
        ] {
            let told = told("2026-11-21T13:32:05.250Z", reading);
            let line = encode(&told);
            let line = line.strip_suffix('\n').unwrap().as_bytes();
            assert_eq!(decode(line), Some(told.clone()));
            assert_eq!(head(line), Some((told.at, "hall")));
        }
    }

    #[test]
    fn what_is_no_reading_is_none() {
        for line in [
            "",
            "{}",
            r#"{"at":"yesterday","device":"hall"}"#,
            r#"{"at":"2026-11-21T13:32:05.250Z","device":"the hall"}"#,
            r#"{"at":"2026-11-21T13:32:05.250Z","device":"hall","brightness":7}"#,
            r#"{"at":"2026-11-21T13:32:05.250Z","device":"hall","on":true"#,
            r#"{"at":"2026-11-21T13:32:05.250Z","device":"hall","free":true,"distance_mm":5}"#,
        ] {
            assert_eq!(decode(line.as_bytes()), None, "{line}");
        }
        let later = r#"{"device":"hall","at":"2026-11-21T13:32:05Z","weight":3}"#;
        assert!(decode(later.as_bytes()).is_some(), "a field that is not known is none of ours");
    }

    #[test]
    fn thinning_leaves_no_stretch_without_its_yes() {
        let mut search = Search::new(Interval::ALL, Vec::new(), 1000);
        let start: WallTime = "2026-11-21T00:00:00Z".parse().unwrap();
        let at = |second: u64| start + Duration::from_secs(second);
        for second in 0..20_000 {
            let on = Some(second == 12_345);
            let reading = Reading { on, ..Reading::default() };
            let told = Told { at: at(second), device: "hall".parse().unwrap(), reading };
            search.take(encode(&told).trim_end().as_bytes());
            assert!(search.within.len() <= 1000);
        }
        let found = search.finish();
        let step = found.step.unwrap();
        assert!((400..=1000).contains(&found.readings.len()), "{}", found.readings.len());
        let mut times = found.readings.iter().map(|told| told.at);
        assert!(times.clone().is_sorted());
        assert!(
            times.clone().zip(times.clone().skip(1)).all(|(a, b)| b.since_or_zero(a) <= step * 2)
        );
        assert!(times.any(|time| time == at(12_345)), "the only yes");
        assert_eq!(found.readings.last().unwrap().at, at(19_999));
    }
}
