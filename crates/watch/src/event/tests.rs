use super::*;

#[rustfmt::skip] // A column is a second.
mod stories {
    use super::check;

    #[test]
    fn an_event_reaches_before_and_after_the_motion() {
        check("....M......",
              "..aaaaa....", "quiet");
    }

    #[test]
    fn new_motion_prolongs_the_event() {
        check("....M.M....",
              "..aaaaaaa..", "quiet");
    }

    #[test]
    fn motion_at_the_very_end_begins_a_new_event() {
        check("M..M......",
              "aaabbb....", "quiet quiet");
    }

    #[test]
    fn motion_right_after_an_event_tells_no_moment_twice() {
        check("..M...M....",
              "aaaaabbbb..", "quiet quiet");
    }

    #[test]
    fn motion_long_after_an_event_has_its_whole_pre_roll() {
        check("..M.......M....",
              "aaaaa...bbbbb..", "quiet quiet");
    }

    #[test]
    fn motion_that_does_not_end_is_cut_and_goes_on_without_a_hole() {
        check("..MMMMMMMMMMMMM....",
              "aaaaaaaaaabbbbbbb..", "cut quiet");
    }

    #[test]
    fn motion_that_stops_short_of_the_cut_ends_quietly() {
        check("..MMMM.........",
              "aaaaaaaa.......", "quiet");
    }

    #[test]
    fn a_trigger_that_comes_late_begins_no_event_within_the_last() {
        check("..M....L...",
              "aaaaa......", "quiet");
    }

    #[test]
    fn switching_monitoring_off_ends_the_event_at_once() {
        check("....MM.S...",
              "..aaaaa....", "stopped");
    }

    #[test]
    fn switching_monitoring_off_in_peace_does_nothing() {
        check("..S....",
              ".......", "");
    }

    #[test]
    fn a_broken_clock_ends_the_event_where_the_old_time_ended() {
        check("....MMB....",
              "..aaaa.....", "interrupted");
    }

    #[test]
    fn after_a_broken_clock_the_pre_roll_is_whole_again() {
        check("M.B.M....",
              "aabbbbb..", "interrupted quiet");
    }
}

/// Plays what was seen (`M`: motion, `L`: motion told three seconds late, `S`: monitoring off, `B`: the clock breaks) to a watch that
/// keeps 2 s before and 3 s after, at most 8 s, and draws what it kept (`a`: the first event).
#[track_caller]
fn check(seen: &str, expected: &str, reasons: &str) {
    let plan = Plan {
        pre_roll: Duration::from_secs(2),
        post_roll: Duration::from_secs(3),
        max_event: Duration::from_secs(8),
    };
    let mut watch = Watch::new("door".parse().unwrap(), plan);
    let mut events: Vec<Event> = Vec::new();
    let mut step = |watch: &mut Watch, input| match watch.step(input) {
        Some(Command::Begin(event)) => events.push(event),
        Some(Command::End(event)) => *events.last_mut().expect("an event goes on") = event,
        None => {}
    };
    for (now, mark) in seconds().zip(seen.chars()) {
        if watch.wake_at().is_some_and(|due| due <= now) {
            step(&mut watch, Input::Tick(now));
        }
        match mark {
            'M' => step(&mut watch, Input::Trigger(Trigger::Motion, now)),
            'L' => {
                let late = now - Duration::from_secs(3);
                step(&mut watch, Input::Trigger(Trigger::Motion, late));
            }
            'S' => step(&mut watch, Input::Stop(now)),
            'B' => step(&mut watch, Input::Break(now)),
            _ => {}
        }
    }
    let draw = |now| {
        let within = |event: &Event| {
            let end = event.end.map_or(WallTime::MAX, |(end, _)| end);
            event.start <= now && now < end
        };
        let named = events.iter().zip('a'..).filter(|(event, _)| within(event));
        named.last().map_or('.', |(_, name)| name)
    };
    assert_eq!(seconds().take(seen.len()).map(draw).collect::<String>(), expected);
    let told: Vec<_> =
        events.iter().filter_map(|event| event.end).map(|(_, why)| why.word()).collect();
    assert_eq!(told.join(" "), reasons);
}

/// One moment a second, long enough after the epoch for a pre-roll before the first.
fn seconds() -> impl Iterator<Item = WallTime> {
    (0..).map(|second| WallTime::from_micros((1_000 + second) * 1_000_000))
}
