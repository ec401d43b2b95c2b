//! Why something counts as motion or does not, second by second.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use watchpost_model::{Fraction, Region};
use watchpost_vision::motion::{Account, Detector, Lack, Mean, State, Verdict};

use crate::frames::Format;
use crate::replay::tell::corners;

/// The least share of the picture, in the mean of a second, that is worth a line to people.
const WORTH_A_LINE: f32 = 0.001;

/// What was seen of a file.
#[derive(Debug, Default)]
pub(super) struct Diary(BTreeMap<u64, Second>);

/// What was seen in one second of it.
#[derive(Debug, Default)]
struct Second {
    /// What the mechanisms before the verdicts made of the pictures.
    mean: Mean,
    /// By verdict, those that moved first.
    seen: BTreeMap<Reason, Seen>,
}

#[derive(Debug)]
struct Seen {
    /// In how many frames.
    frames: u32,
    /// Which of them was the last.
    last: Duration,
    /// The largest of these things.
    largest: Region,
}

/// What accepted a thing or vetoed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Moves,
    Elsewhere,
    Size,
    Travel,
    Straightness,
    Slowness,
    Front,
    Steadiness,
    Time,
    Light,
    Small,
}

impl From<Verdict> for Reason {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Moves => Reason::Moves,
            Verdict::Small => Reason::Small,
            Verdict::Light => Reason::Light,
            Verdict::Stays(Lack::Time) => Reason::Time,
            Verdict::Stays(Lack::Steadiness) => Reason::Steadiness,
            Verdict::Stays(Lack::Straightness) => Reason::Straightness,
            Verdict::Stays(Lack::Travel) => Reason::Travel,
            Verdict::Stays(Lack::Slowness) => Reason::Slowness,
            Verdict::Stays(Lack::Front) => Reason::Front,
            Verdict::Elsewhere => Reason::Elsewhere,
            Verdict::Size => Reason::Size,
        }
    }
}

impl Reason {
    /// The word for it in JSON.
    fn word(self) -> &'static str {
        match self {
            Reason::Moves => "moves",
            Reason::Elsewhere => "elsewhere",
            Reason::Size => "size",
            Reason::Travel => "travel",
            Reason::Straightness => "straightness",
            Reason::Slowness => "speed",
            Reason::Front => "front",
            Reason::Steadiness => "steadiness",
            Reason::Time => "time",
            Reason::Light => "light",
            Reason::Small => "small",
        }
    }

    /// What to tell people; the setting that changes it in brackets.
    fn story(self) -> &'static str {
        match self {
            Reason::Moves => "moves",
            Reason::Elsewhere => "in no zone that wants it (zone)",
            Reason::Size => "not of a person's size there (person)",
            Reason::Travel => "does not come far enough (min_travel)",
            Reason::Straightness => "goes to and fro (straightness)",
            Reason::Slowness => "too quick for its size (max_speed)",
            Reason::Front => "grows or shrinks in its place",
            Reason::Steadiness => "comes and goes",
            Reason::Time => "not seen for long enough yet",
            Reason::Light => "a light or a shadow, without an outline",
            Reason::Small => "too small (min_area)",
        }
    }
}

impl Diary {
    /// Notes what `detector` made of the frame of the time `at`.
    pub(super) fn note(&mut self, at: Duration, detector: &Detector) {
        self.note_verdicts(at, detector.judge().verdicts());
        if let Some(account) = detector.account() {
            self.0.entry(at.as_secs()).or_default().mean.add(account);
        }
    }

    /// Notes what became of each shape of the frame of the time `at`.
    fn note_verdicts(&mut self, at: Duration, verdicts: &[(Region, Verdict)]) {
        let second = self.0.entry(at.as_secs()).or_default();
        for (region, verdict) in verdicts {
            let first = || Seen { frames: 0, last: Duration::MAX, largest: *region };
            let seen = second.seen.entry(Reason::from(*verdict)).or_insert_with(first);
            if seen.last != at {
                (seen.frames, seen.last) = (seen.frames + 1, at);
            }
            if area(region) > area(&seen.largest) {
                seen.largest = *region;
            }
        }
    }

    /// Writes a line for each second: for people those in which anything differed, as JSON all, as
    /// `{"clip", "second", "moving", "seen": [{"verdict", "frames", "largest": [x, y, w, h]}],
    /// "background", "night", "differed", "taken": {"light", "shift", "noise", "restless"}, "left"}`,
    /// the last as shares of the picture in the mean of the second.
    pub(super) fn tell(
        &self,
        path: &Path,
        format: Format,
        output: &mut impl Write,
    ) -> io::Result<()> {
        let clip = path.file_name().unwrap_or_default().to_string_lossy();
        for (number, second) in &self.0 {
            match format {
                Format::Text => {
                    let parts = second.parts();
                    if !parts.is_empty() {
                        let parts = parts.join("; ");
                        writeln!(output, "{}: {number} s: {parts}", path.display())?;
                    }
                }
                Format::Json => writeln!(output, "{}", second.json(&clip, *number))?,
            }
        }
        Ok(())
    }
}

impl Second {
    /// What to tell people; nothing if nothing differed.
    fn parts(&self) -> Vec<String> {
        let account = self.mean.get();
        let seen = self.seen.iter().map(|(reason, seen)| {
            let Region { left, top, right, bottom } = seen.largest;
            let middle = |from: Fraction, to: Fraction| (from.get() + to.get()) * 50.0;
            let (x, y) = (middle(left, right), middle(top, bottom));
            let frames = if seen.frames == 1 { "frame" } else { "frames" };
            format!("{} at {x:.0} %, {y:.0} % ({} {frames})", reason.story(), seen.frames)
        });
        seen.chain(account.iter().filter_map(background))
            .chain(account.iter().filter_map(taken))
            .collect()
    }

    fn json(&self, clip: &str, number: u64) -> Value {
        let seen = self.seen.iter().map(|(reason, seen)| {
            let largest = corners(&seen.largest);
            json!({"verdict": reason.word(), "frames": seen.frames, "largest": largest})
        });
        let mut line = json!({
            "clip": clip,
            "second": number,
            "moving": self.seen.contains_key(&Reason::Moves),
            "seen": seen.collect::<Vec<_>>(),
        });
        if let Some(account) = self.mean.get() {
            let Account { state, is_night, differed, light, shift, noise, restless, left } =
                account;
            line["background"] = word(state).into();
            line["night"] = is_night.into();
            line["differed"] = share(differed).into();
            line["taken"] = json!({
                "light": share(light),
                "shift": share(shift),
                "noise": share(noise),
                "restless": share(restless),
            });
            line["left"] = share(left).into();
        }
        line
    }
}

/// What is known of the background, where it is not enough.
fn background(account: &Account) -> Option<String> {
    match account.state {
        State::Known => None,
        State::Anew => Some("everything changed, or it is the first picture".to_owned()),
        State::Learning => Some("the background is being learnt".to_owned()),
    }
}

/// How much of the picture differed, and what took it out before anything was judged.
fn taken(account: &Account) -> Option<String> {
    let Account { state: _, is_night, differed, light, shift, noise, restless, left } = account;
    let percent = |share: &Fraction| share.get() * 100.0;
    let parts = [("light", light), ("a shift", shift), ("noise", noise), ("restless", restless)];
    let parts = parts.iter().filter(|(_, share)| share.get() >= WORTH_A_LINE);
    let parts: Vec<String> =
        parts.map(|(what, share)| format!("{what} {:.1} %", percent(share))).collect();
    let taken =
        if parts.is_empty() { String::new() } else { format!(" ({} taken out)", parts.join(", ")) };
    let night = if *is_night { ", by night" } else { "" };
    (differed.get() >= WORTH_A_LINE).then(|| {
        format!("{:.1} % differed{taken}, {:.1} % left{night}", percent(differed), percent(left))
    })
}

fn word(state: State) -> &'static str {
    match state {
        State::Known => "known",
        State::Learning => "learning",
        State::Anew => "anew",
    }
}

/// To four digits.
fn share(share: Fraction) -> f64 {
    (f64::from(share.get()) * 10_000.0).round() / 10_000.0
}

fn area(region: &Region) -> f32 {
    (region.right.get() - region.left.get()) * (region.bottom.get() - region.top.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(left: f32, right: f32) -> Region {
        let share = Fraction::clamped;
        Region { left: share(left), top: share(0.4), right: share(right), bottom: share(0.6) }
    }

    fn told(format: Format) -> Vec<String> {
        let mut diary = Diary::default();
        let at = Duration::from_millis;
        diary.note_verdicts(at(0), &[]);
        diary.note_verdicts(at(2_000), &[(region(0.1, 0.2), Verdict::Stays(Lack::Travel))]);
        let both = [
            (region(0.1, 0.2), Verdict::Small),
            (region(0.5, 0.7), Verdict::Small),
            (region(0.2, 0.4), Verdict::Moves),
        ];
        diary.note_verdicts(at(2_100), &both);
        let mut output = Vec::new();
        diary.tell(Path::new("clips/a.mp4"), format, &mut output).unwrap();
        String::from_utf8(output).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn people_read_the_seconds_in_which_something_was_seen() {
        assert_eq!(
            told(Format::Text),
            [
                "clips/a.mp4: 2 s: moves at 30 %, 50 % (1 frame); does not come far enough (min_travel) \
                 at 15 %, 50 % (1 frame); too small (min_area) at 60 %, 50 % (1 frame)"
            ]
        );
    }

    #[test]
    fn people_read_what_took_out_the_rest() {
        let share = Fraction::clamped;
        let account = Account {
            state: State::Learning,
            is_night: true,
            differed: share(0.5),
            light: share(0.3),
            shift: Fraction::NONE,
            noise: share(0.15),
            restless: share(0.0004),
            left: share(0.05),
        };
        let mut second = Second::default();
        assert_eq!(second.parts(), Vec::<String>::new());
        second.mean.add(&account);
        assert_eq!(
            second.parts(),
            [
                "the background is being learnt",
                "50.0 % differed (light 30.0 %, noise 15.0 % taken out), 5.0 % left, by night"
            ]
        );
        let told = second.json("a.mp4", 3);
        assert_eq!(
            (&told["background"], &told["taken"]["noise"]),
            (&json!("learning"), &json!(0.15))
        );
    }

    #[test]
    fn programs_read_every_second() {
        let told: Vec<Value> =
            told(Format::Json).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let seen = json!([
            {"verdict": "moves", "frames": 1, "largest": [0.2, 0.4, 0.2, 0.2]},
            {"verdict": "travel", "frames": 1, "largest": [0.1, 0.4, 0.1, 0.2]},
            {"verdict": "small", "frames": 1, "largest": [0.5, 0.4, 0.2, 0.2]},
        ]);
        assert_eq!(
            told,
            [
                json!({"clip": "a.mp4", "second": 0, "moving": false, "seen": []}),
                json!({"clip": "a.mp4", "second": 2, "moving": true, "seen": seen}),
            ]
        );
    }
}
