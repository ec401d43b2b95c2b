//! When outputs are on.

use super::*;

#[rustfmt::skip] // A column is a second.
mod stories {
    use super::check;

    #[test]
    fn it_is_on_while_the_sensor_says_yes() {
        check(0, "..y..y..n..y..?..y..n",
                 "..######...###...###.");
    }

    #[test]
    fn it_goes_off_by_itself_and_stays_off_until_the_sensor_said_no() {
        check(4, "..y.......y..n..y.n",
                 "..####..........##.");
    }

    #[test]
    fn switched_on_by_hand_it_goes_off_by_itself() {
        check(4, "..o.......o...",
                 "..####....####");
        check(0, "..o.......f...",
                 "..########....");
    }

    #[test]
    fn a_hand_counts_until_the_sensor_says_something_else() {
        check(0, "..y..f..y.n..y..",
                 "..###........###");
        check(0, "..n..o..n.y..n..",
                 ".....########...");
    }

    #[test]
    fn who_switches_it_on_again_gets_it_on_again() {
        check(4, "..y......o......n",
                 "..####...####....");
    }

    #[test]
    fn who_switches_it_on_while_it_is_on_does_not_prolong_it() {
        check(4, "..o..o...........",
                 "..####...........");
    }

    #[test]
    fn what_its_time_took_off_by_hand_does_not_hold_the_sensor_up() {
        check(4, "..o........y.n",
                 "..####.....##.");
    }

    #[test]
    fn switched_on_at_the_very_moment_it_goes_off_it_has_its_whole_time() {
        check(4, "..o...o......",
                 "..########...");
    }
}

/// Plays what happened (`y`, `n`, `?`: the sensor says yes, no, nothing; `o`, `f`: somebody switches it
/// on, off) to an output that may be on for so many seconds (0: for ever), and draws when it was on.
#[track_caller]
fn check(max_on: u64, seen: &str, expected: &str) {
    // With a tick before each input and with none, which must come to the same.
    for ticks in [true, false] {
        let mut output = Output::new((max_on > 0).then(|| Duration::from_secs(max_on)));
        let mut on = false;
        let mut drawn = String::new();
        for (second, mark) in (0..).zip(seen.chars()) {
            let now = at(second);
            let input = match mark {
                'y' | 'n' => Some(Input::Followed(Some(mark == 'y'))),
                '?' => Some(Input::Followed(None)),
                'o' | 'f' => Some(Input::ByHand(mark == 'o')),
                _ => None,
            };
            let due = output.wake_at().is_some_and(|due| due <= now);
            if due && (ticks || input.is_none()) {
                on = output.step(Input::Tick, now);
            }
            if let Some(input) = input {
                on = output.step(input, now);
            }
            drawn.push(if on { '#' } else { '.' });
            assert!(output.wake_at().is_none_or(|due| due > now), "{second} s: a tight loop");
        }
        assert_eq!(drawn, expected, "ticks: {ticks}");
    }
}

fn at(second: u64) -> WallTime {
    WallTime::from_micros(1_000_000_000_000) + Duration::from_secs(second)
}

#[test]
fn a_clock_set_back_does_not_prolong_it() {
    let mut output = Output::new(Some(Duration::from_mins(3)));
    assert!(output.step(Input::ByHand(true), at(3_600)));
    assert!(output.step(Input::Tick, at(3_660)));
    assert!(output.step(Input::Tick, at(0)));
    assert_eq!(output.wake_at(), Some(at(120)));
    assert!(!output.step(Input::Tick, at(120)));
}
