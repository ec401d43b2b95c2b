//! Which picture of a stream shows a moment.

use std::time::Duration;

use watchpost_model::{PhotoAt, WallTime};

/// From one picture to the next may take longer than this; the nearest one is waited for no longer.
const NEXT: Duration = Duration::from_millis(500);

/// So many of the last pictures tell how often they come.
const PACE_OF: usize = 8;

/// The network may delay a picture by so much without that being a hole in the stream.
const JITTER: Duration = Duration::from_millis(50);

/// So long is waited for the first picture after the moment, if that one is wanted.
const AFTER: Duration = Duration::from_secs(2);

/// And so long for any picture at all, where there is none of before: the camera may just be starting.
const START: Duration = Duration::from_secs(10);

/// The pictures of a stream that are nearest to a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Near {
    /// The last one at or before it.
    pub(super) before: Option<WallTime>,
    /// The first one after it.
    pub(super) after: Option<WallTime>,
    /// From one picture to the next, as they came lately.
    pub(super) every: Option<Duration>,
    /// Whether more have come, which are not among these yet.
    pub(super) behind: bool,
}

/// Which picture to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The one of this moment.
    Take(WallTime),
    /// It may still come: wait until so long after the moment.
    Wait(Duration),
    /// There is none.
    Nothing,
}

impl Near {
    /// Those nearest to `at` of the pictures of these `times`, which are in order. After the clock was set
    /// back, those of the old time come first: what came last counts.
    pub(super) fn of(times: &[WallTime], at: WallTime) -> Self {
        let after = times.iter().rev().take_while(|time| **time > at).count();
        let (older, newer) = times.split_at(times.len() - after);
        let lately = &times[times.len().saturating_sub(PACE_OF + 1)..];
        let every = match lately {
            [first, .., last] => last.since(*first).map(|span| span / count(lately.len() - 1)),
            _ => None,
        };
        let (before, after) = (older.last().copied(), newer.first().copied());
        Self { before, after, every, behind: false }
    }

    /// The picture that shows `at` if it is `pick`ed so, as known so long after that moment. Pictures that
    /// are older than `stale` do not show it.
    ///
    /// The one nearest to it is waited for as long as the next one may take, at most half a second; the
    /// first one after it at most two seconds, and then the last one before it is taken. Where there is
    /// none before it, either may take ten seconds: the camera may just be starting. While there are more to
    /// come to, whatever is picked waits for them, for as long.
    pub(super) fn choose(
        self,
        at: WallTime,
        pick: PhotoAt,
        waited: Duration,
        stale: Duration,
    ) -> Choice {
        let before = self.before.filter(|time| at.since_or_zero(*time) < stale);
        let patience = match (pick, before) {
            _ if self.behind => START,
            (PhotoAt::Before, _) => Duration::ZERO,
            (_, None) => START,
            (PhotoAt::Nearest, Some(_)) => NEXT.min(self.every.map_or(NEXT, |it| it + JITTER)),
            (PhotoAt::After, Some(_)) => AFTER,
        };
        match (pick, before, self.after) {
            (_, _, None) if self.behind && waited < patience => Choice::Wait(patience),
            (PhotoAt::Before, Some(before), _) => Choice::Take(before),
            (PhotoAt::Nearest, Some(before), Some(after))
                if at.since_or_zero(before) <= after.since_or_zero(at) =>
            {
                Choice::Take(before)
            }
            (_, _, Some(after)) => Choice::Take(after),
            (_, _, None) if waited < patience => Choice::Wait(patience),
            (_, before, None) => before.map_or(Choice::Nothing, Choice::Take),
        }
    }
}

fn count(pictures: usize) -> u32 {
    u32::try_from(pictures).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture is never waited for by one that is older.
    const STALE: Duration = Duration::from_secs(10);

    fn at(millis: i64) -> WallTime {
        WallTime::from_micros(1_000_000_000_000 + millis * 1_000)
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// What is chosen for the moment 1000 ms of pictures at these milliseconds, so long after it.
    #[track_caller]
    fn check(pick: PhotoAt, pictures: &[i64], waited: u64, expected: Choice) {
        let times: Vec<WallTime> = pictures.iter().copied().map(at).collect();
        let near = Near::of(&times, at(1_000));
        let chosen = near.choose(at(1_000), pick, ms(waited), STALE);
        assert_eq!(chosen, expected, "{pick:?} of {pictures:?} after {waited} ms");
    }

    #[test]
    fn the_last_one_before_is_there_already() {
        check(PhotoAt::Before, &[800, 900, 1_000, 1_100], 0, Choice::Take(at(1_000)));
        check(PhotoAt::Before, &[800, 900], 0, Choice::Take(at(900)));
        check(PhotoAt::Before, &[], 0, Choice::Nothing);
        // As near as can be where all that is remembered is younger.
        check(PhotoAt::Before, &[1_200, 1_300], 0, Choice::Take(at(1_200)));
    }

    #[test]
    fn the_nearest_one_may_be_before_or_after() {
        check(PhotoAt::Nearest, &[940, 980, 1_020, 1_060], 0, Choice::Take(at(980)));
        check(PhotoAt::Nearest, &[930, 970, 1_010, 1_050], 0, Choice::Take(at(1_010)));
        check(PhotoAt::Nearest, &[960, 1_000, 1_040], 0, Choice::Take(at(1_000)));
        check(PhotoAt::Nearest, &[1_500, 1_540], 0, Choice::Take(at(1_500)));
    }

    #[test]
    fn the_nearest_one_is_waited_for_until_the_next_is_due() {
        // 40 ms apart, and 50 ms for the network.
        check(PhotoAt::Nearest, &[910, 950, 990], 0, Choice::Wait(ms(90)));
        check(PhotoAt::Nearest, &[910, 950, 990], 89, Choice::Wait(ms(90)));
        check(PhotoAt::Nearest, &[910, 950, 990], 90, Choice::Take(at(990)));
        // A picture each second is not waited for that long.
        check(PhotoAt::Nearest, &[-1_100, -100, 900], 0, Choice::Wait(ms(500)));
        check(PhotoAt::Nearest, &[-1_100, -100, 900], 500, Choice::Take(at(900)));
        // Nobody knows how often they come.
        check(PhotoAt::Nearest, &[990], 0, Choice::Wait(ms(500)));
    }

    #[test]
    fn the_first_one_after_is_waited_for_two_seconds() {
        check(PhotoAt::After, &[960, 1_000, 1_040, 1_080], 0, Choice::Take(at(1_040)));
        check(PhotoAt::After, &[960, 1_000], 0, Choice::Wait(ms(2_000)));
        check(PhotoAt::After, &[960, 1_000], 1_999, Choice::Wait(ms(2_000)));
        check(PhotoAt::After, &[960, 1_000], 2_000, Choice::Take(at(1_000)));
    }

    #[test]
    fn a_camera_that_just_starts_is_given_ten_seconds() {
        for pick in [PhotoAt::Nearest, PhotoAt::After] {
            check(pick, &[], 0, Choice::Wait(ms(10_000)));
            check(pick, &[], 10_000, Choice::Nothing);
            check(pick, &[2_400, 2_440], 1_500, Choice::Take(at(2_400)));
            // What it saw before it rested shows nothing.
            check(pick, &[-9_040, -9_000], 2_000, Choice::Wait(ms(10_000)));
            check(pick, &[-9_040, -9_000], 10_000, Choice::Nothing);
        }
        check(PhotoAt::Before, &[-9_040, -9_000], 0, Choice::Nothing);
    }

    #[test]
    fn what_came_and_was_not_come_to_yet_is_waited_for() {
        for pick in [PhotoAt::Before, PhotoAt::Nearest, PhotoAt::After] {
            let behind = |pictures: &[i64], waited| {
                let times: Vec<WallTime> = pictures.iter().copied().map(at).collect();
                let near = Near { behind: true, ..Near::of(&times, at(1_000)) };
                near.choose(at(1_000), pick, ms(waited), STALE)
            };
            assert_eq!(behind(&[-1_000, -960], 600), Choice::Wait(ms(10_000)), "{pick:?}");
            assert_ne!(behind(&[-1_000, -960], 10_000), Choice::Wait(ms(10_000)), "{pick:?}");
            // Now it is known.
            assert!(matches!(behind(&[960, 1_040], 600), Choice::Take(_)), "{pick:?}");
        }
    }

    #[test]
    fn after_the_clock_was_set_back_the_new_time_counts() {
        let old = [5_000, 5_040, 5_080];
        let times = |new: &[i64]| [&old[..], new].concat();
        check(PhotoAt::Nearest, &times(&[920, 960]), 0, Choice::Wait(ms(500)));
        check(PhotoAt::After, &times(&[960, 1_010, 1_050]), 0, Choice::Take(at(1_010)));
        check(PhotoAt::Before, &times(&[960, 1_010, 1_050]), 0, Choice::Take(at(960)));
    }
}
