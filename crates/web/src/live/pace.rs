//! Which pictures a viewer gets: all, unless it falls behind; then it goes on at a key picture.
//!
//! Pure: how far the camera is comes as an argument.

use std::collections::VecDeque;
use std::time::Duration;

use watchpost_media::Kind;
use watchpost_model::WallTime;

/// How old a picture may be when it is the viewer's turn.
const LATEST: Duration = Duration::from_secs(1);
/// How many bytes of pictures may wait behind it.
const MOST: u64 = 1_000_000;
/// So many skips …
const SKIPS: usize = 3;
/// … within this long are told to the viewer.
const WITHIN: Duration = Duration::from_secs(30);

/// Decides for one viewer.
#[derive(Debug, Default)]
pub(super) struct Pace {
    waiting: bool,
    skips: VecDeque<WallTime>,
}

/// A picture whose turn it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) kind: Kind,
    pub(super) time: WallTime,
    /// How far behind the newest picture it is.
    pub(super) behind: Duration,
    /// Bytes of pictures that wait behind it.
    pub(super) waiting: u64,
}

/// What to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send it.
    Send,
    /// Leave it out; a key picture is awaited.
    Skip,
    /// The same, and pictures begin to be left out here: count it.
    BeginSkip,
    /// The same, once more in a short time: tell the viewer.
    TellSlow,
}

impl Pace {
    /// What to do with the next picture.
    pub(super) fn step(&mut self, turn: Turn) -> Step {
        let late = turn.behind > LATEST || turn.waiting > MOST;
        match (self.waiting, late, turn.kind) {
            (_, false, Kind::Key) | (false, false, Kind::Delta) => {
                self.waiting = false;
                Step::Send
            }
            (true, ..) => Step::Skip,
            (false, true, _) => self.lost(turn.time),
        }
    }

    /// Pictures were lost before they could be asked about, around `now`.
    pub(super) fn lost(&mut self, now: WallTime) -> Step {
        if std::mem::replace(&mut self.waiting, true) {
            return Step::Skip;
        }
        self.skips.retain(|skip| now.since(*skip).is_some_and(|age| age < WITHIN));
        self.skips.push_back(now);
        if self.skips.len() < SKIPS {
            return Step::BeginSkip;
        }
        self.skips.clear();
        Step::TellSlow
    }

    /// Nothing before the next key picture is of use.
    pub(super) fn await_key(&mut self) {
        self.waiting = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column is a picture: `K` key, `d` other; below, what waits behind it: `.` nothing, `!` too
    /// much; then what is done: `s` sent, `-` left out, `1` left out and counted, `T` told.
    #[rustfmt::skip]
    mod stories {
        use super::check;

        #[test]
        fn a_viewer_that_keeps_up_gets_everything() {
            check("KdddKddd",
                  "........",
                  "ssssssss");
        }

        #[test]
        fn a_viewer_that_falls_behind_goes_on_at_the_next_key_picture() {
            check("KddddKdd",
                  "..!.....",
                  "ss1--sss");
        }

        #[test]
        fn a_key_picture_that_is_late_is_left_out_too() {
            check("KdKdKd",
                  ".!!!..",
                  "s1--ss");
        }

        #[test]
        fn the_third_time_is_told() {
            check("KdKdKdKdKd",
                  ".!.!.!.!.!",
                  "s1s1sTs1s1");
        }
    }

    #[track_caller]
    fn check(pictures: &str, backlog: &str, expected: &str) {
        let mut pace = Pace::default();
        let turns = pictures.chars().zip(backlog.chars()).zip(0..);
        let done: String = turns
            .map(|((kind, backlog), second)| {
                let step = pace.step(Turn {
                    kind: if kind == 'K' { Kind::Key } else { Kind::Delta },
                    time: WallTime::from_micros(second * 1_000_000),
                    behind: Duration::ZERO,
                    waiting: if backlog == '!' { MOST + 1 } else { 0 },
                });
                match step {
                    Step::Send => 's',
                    Step::Skip => '-',
                    Step::BeginSkip => '1',
                    Step::TellSlow => 'T',
                }
            })
            .collect();
        assert_eq!(done, expected);
    }
}
