//! What stands beside a picture in words: who took it and when, and what sensors said, as `WebVTT`
//! (<https://www.w3.org/TR/webvtt1/>).
//!
//! It is never part of a recording. It is made for a clip when it is asked for, along the clip's own
//! time line: what the player shows at a moment, and what is said then, are of the same second.

use std::fmt::Write;
use std::ops::Range;
use std::time::Duration;

use jiff::tz::TimeZone;
use watchpost_model::{CameraId, Interval, WallTime};

use crate::sensed::Sensed;

/// Files may lap over by this much, for the end of the last picture of one is a guess. More than that
/// is a clock that was set back, after which a clip goes on without a gap.
const LAP: Duration = Duration::from_millis(250);
const SECOND: Duration = Duration::from_secs(1);

/// What a clip shows.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// When its first picture was taken.
    pub(crate) start: WallTime,
    /// When its last picture ends.
    pub(crate) end: WallTime,
    /// Nothing in it was taken at or after this.
    pub(crate) until: WallTime,
    /// From when to when each of its files reaches, in their order.
    pub(crate) files: Vec<Interval>,
}

/// A part of a clip in which the time passes as it did before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    /// Where in the clip it begins.
    at: Duration,
    /// When it was.
    interval: Interval,
}

/// The captions of a clip of `camera`: its name and the local time, anew each second, and on a second line
/// what was sensed in that second, if anything was.
///
/// Where footage is missing the picture stands still in the player, and so does the time.
pub(crate) fn captions(
    camera: &CameraId,
    shown: &Shown,
    sensed: &Sensed,
    zone: &TimeZone,
) -> String {
    let stretches = time_line(shown);
    let nexts = stretches.iter().skip(1).map(|next| Some(next.at)).chain([None]);
    let mut text = "WEBVTT\n".to_owned();
    for (Stretch { at, interval }, next) in stretches.iter().zip(nexts) {
        let mut begin = interval.start();
        while begin < interval.end() {
            let end = next_second(begin).min(interval.end());
            let place = |time: WallTime| *at + time.since_or_zero(interval.start());
            // The last picture stands still until the next stretch begins.
            let gone = next.filter(|_| end == interval.end()).unwrap_or(place(end));
            let local = begin.timestamp().to_zoned(zone.clone());
            let local = local.strftime("%Y-%m-%d %H:%M:%S");
            let mut words = format!("{camera} {local}");
            if let Some(line) = sensed.line(Interval::new(begin, end)) {
                words.push('\n');
                words.push_str(&line);
            }
            put_cue(&mut text, place(begin)..gone, &words);
            begin = end;
        }
    }
    text
}

/// Where in the clip the time jumps.
///
/// As `watchpost_media::mp4::clip` lays it out: gaps take as long as they took; after a clock that
/// was set back the clip goes on at once.
fn time_line(shown: &Shown) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for file in &shown.files {
        let begin = if stretches.is_empty() { shown.start } else { file.start() };
        let interval = Interval::new(file.start().max(begin), file.end().min(shown.until));
        if interval.length() == Duration::ZERO {
            continue;
        }
        let at = stretches.last_mut().map_or(Duration::ZERO, |last| {
            let lap = last.interval.end().since_or_zero(interval.start());
            if lap < LAP && interval.start() > last.interval.start() {
                let end = last.interval.end().min(interval.start());
                last.interval = Interval::new(last.interval.start(), end);
                last.at + interval.start().since_or_zero(last.interval.start())
            } else {
                last.at + last.interval.length()
            }
        });
        stretches.push(Stretch { at, interval });
    }
    if let Some(Stretch { interval, .. }) = stretches.last_mut() {
        *interval = Interval::new(interval.start(), interval.end().min(shown.end));
    }
    stretches
}

/// The first whole second after `time`.
fn next_second(time: WallTime) -> WallTime {
    let into = time.as_micros().rem_euclid(1_000_000);
    time + SECOND - Duration::from_micros(into.unsigned_abs())
}

/// In the lower left corner, as on pictures of now. A cue shorter than a millisecond is none.
fn put_cue(text: &mut String, shown: Range<Duration>, words: &str) {
    let [begin, end] = [shown.start, shown.end].map(|moment| {
        let ms = (moment.as_micros() + 500) / 1000; // The nearest: times in a clip are rounded, too.
        format!(
            "{:02}:{:02}:{:02}.{:03}",
            ms / 3_600_000,
            ms / 60_000 % 60,
            ms / 1000 % 60,
            ms % 1000
        )
    });
    if begin < end {
        write!(text, "\n{begin} --> {end} position:0% align:start\n{words}\n")
            .expect("a String takes everything");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[test]
    fn there_is_a_cue_for_each_second_of_the_clock() {
        let text = told("14:32:05.250", "14:32:07.500", &[("14:32:00", "14:33:00")]);
        let expected = "WEBVTT

00:00:00.000 --> 00:00:00.750 position:0% align:start
door 2026-11-21 15:32:05

00:00:00.750 --> 00:00:01.750 position:0% align:start
door 2026-11-21 15:32:06

00:00:01.750 --> 00:00:02.250 position:0% align:start
door 2026-11-21 15:32:07
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_time_stands_still_where_the_picture_does() {
        let segments = [("14:32:00", "14:32:01.500"), ("14:32:10.250", "14:32:20")];
        let text = told("14:32:00", "14:32:12", &segments);
        assert_eq!(
            cues(&text),
            [
                "0.000 1.000 15:32:00",
                "1.000 10.250 15:32:01",
                "10.250 11.000 15:32:10",
                "11.000 12.000 15:32:11"
            ]
        );
    }

    #[test]
    fn files_that_follow_one_another_make_no_jump() {
        let segments = [("14:32:00", "14:32:01.530"), ("14:32:01.500", "14:32:03")];
        let text = told("14:32:00", "14:32:03", &segments);
        assert_eq!(
            cues(&text),
            [
                "0.000 1.000 15:32:00",
                "1.000 1.500 15:32:01",
                "1.500 2.000 15:32:01",
                "2.000 3.000 15:32:02"
            ]
        );
    }

    #[test]
    fn the_clip_goes_on_where_the_clock_was_set_back() {
        let segments = [("14:32:00", "14:32:02"), ("14:31:00.500", "14:31:02")];
        let text = told("14:32:00", "14:31:02", &segments);
        assert_eq!(
            cues(&text),
            [
                "0.000 1.000 15:32:00",
                "1.000 2.000 15:32:01",
                "2.000 2.500 15:31:00",
                "2.500 3.500 15:31:01"
            ]
        );
    }

    #[test]
    fn an_hour_has_more_than_sixty_minutes_of_cues() {
        let text = told("14:00:00", "15:01:00", &[("14:00:00", "15:01:00")]);
        assert!(text.contains("\n01:00:59.000 --> 01:01:00.000 position"));
        assert_eq!(text.matches(" --> ").count(), 3660);
    }

    fn told(start: &str, end: &str, segments: &[(&str, &str)]) -> String {
        let at = |time: &str| format!("2026-11-21T{time}Z").parse().unwrap();
        let files = segments.iter().map(|(start, end)| Interval::new(at(start), at(end)));
        let (start, end) = (at(start), at(end));
        let shown = Shown { start, end, until: end.max(start + LONG), files: files.collect() };
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        captions(&"door".parse().unwrap(), &shown, &Sensed::default(), &zone)
    }

    /// The cues, each on a line, without hours and day.
    fn cues(text: &str) -> Vec<String> {
        let cues = text.split("\n\n").skip(1).map(|cue| {
            let (times, words) = cue.split_once('\n').unwrap();
            let short =
                |time: &str| time.trim_start_matches("00:").trim_start_matches('0').to_owned();
            let (begin, end) = times.split_once(" --> ").unwrap();
            let second = |time: &str| {
                let short = short(time.split(' ').next().unwrap());
                if short.starts_with('.') { format!("0{short}") } else { short }
            };
            format!(
                "{} {} {}",
                second(begin),
                second(end),
                words.trim().rsplit(' ').next().unwrap()
            )
        });
        cues.collect()
    }
}
