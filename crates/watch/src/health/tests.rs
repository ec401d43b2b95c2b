use super::*;

use Ailment::{Black, Covered, Moved, NoPictures, Slow};

#[rustfmt::skip] // A column is a second.
mod stories {
    use super::check;

    #[test]
    fn what_is_covered_is_told_until_it_is_not() {
        check("ppppccccccpppppppp",
              "....cccccc........");
    }

    #[test]
    fn a_short_pause_ends_nothing() {
        check("ppppcccppcccpppppp",
              "....cccccccc......");
    }

    #[test]
    fn silence_is_told_five_seconds_after_the_last_picture_until_the_next() {
        check("pppp.........ppppp",
              "........nnnnn.....");
    }

    #[test]
    fn a_camera_that_never_gave_a_picture_gives_none() {
        check(".........pp",
              ".....nnnn..");
    }

    #[test]
    fn while_no_pictures_come_nothing_else_is_told() {
        check("ppccc.........pppppp",
              "..cccccccnnnnn......");
    }

    #[test]
    fn a_lost_stream_that_is_soon_back_is_not_told() {
        check("ppppL...pppppp",
              "..............");
    }

    #[test]
    fn who_rests_is_not_missed_and_who_was_wanted_again_is() {
        check("pppR..............ppp.......ppp",
              ".........................nnn...");
        check("R.......L.........ppp",
              ".............nnnnn...");
        check("ppp......R......pp",
              ".......nn.........");
    }

    #[test]
    fn what_is_wrong_with_the_last_picture_ends_when_it_rests() {
        check("pppcccR.......ppp",
              "...ccc...........");
    }

    #[test]
    fn what_is_not_asked_for_is_not_told() {
        check("ppppmmmmmmpppp",
              "..............");
    }

    #[test]
    fn after_the_clock_was_set_what_is_still_so_begins_anew() {
        check("ppppcccNcccppppp",
              "....ccc.ccc.....");
    }

    #[test]
    fn silence_goes_on_being_told_after_the_clock_was_set() {
        check("pp.......N.........ppp",
              "......nnn......nnnn...");
    }
}

#[test]
fn half_the_pictures_are_too_few_and_are_found_within_ten_seconds() {
    let changes = pictures(&[(60, 15.0), (30, 6.0), (30, 15.0)]);
    let [Change::Begins(Slow, began), Change::Ends(Slow, ended)] = changes[..] else {
        panic!("{changes:?}")
    };
    assert!((60.0..70.0).contains(&seconds_of(began)), "{began:?}");
    assert!((90.0..100.0).contains(&seconds_of(ended)), "{ended:?}");
}

#[test]
fn a_few_pictures_less_are_enough() {
    assert_eq!(pictures(&[(60, 15.0), (60, 9.0), (60, 25.0)]), []);
}

#[test]
fn a_pace_that_lasts_becomes_the_usual_one() {
    let changes = pictures(&[(60, 15.0), (1_800, 6.0)]);
    assert!(matches!(changes[..], [Change::Begins(Slow, _), Change::Ends(Slow, _)]), "{changes:?}");
}

#[test]
fn a_camera_of_one_picture_in_ten_seconds_is_not_slow() {
    assert_eq!(pictures(&[(300, 0.3), (300, 0.1)]), []);
}

#[test]
fn a_late_tick_does_not_make_silence_begin_later() {
    let mut health = health(10);
    health.step(Input::Picture(second(1)));
    let changes = health.step(Input::Tick(second(100)));
    assert_eq!(changes, [Change::Begins(NoPictures, second(11))]);
}

#[test]
fn an_owner_who_does_not_ask_for_silence_is_not_told_of_it() {
    let kinds = [Black].into();
    let plan = Plan { kinds, no_pictures_after: Duration::from_secs(5) };
    let mut health = Health::new(plan, second(0));
    assert_eq!(
        health.step(Input::Looks([Black].into(), second(1))),
        [Change::Begins(Black, second(1))]
    );
    assert_eq!(health.step(Input::Tick(second(9))), [Change::Ends(Black, second(5))]);
    assert!(health.wake_at().is_some_and(|due| due > second(9)));
}

#[test]
fn pictures_of_the_past_confuse_nobody() {
    let mut health = health(10);
    let changes = [50, 3, 70, 1, 2, 69].map(|at| health.step(Input::Picture(second(at))).len());
    assert_eq!(changes, [2, 0, 2, 0, 0, 2], "silence begins and ends where time is missing");
    assert_eq!(health.current(), BTreeSet::new());
}

fn health(no_pictures_after: u64) -> Health {
    let kinds = [NoPictures, Black, Covered, Slow].into();
    Health::new(
        Plan { kinds, no_pictures_after: Duration::from_secs(no_pictures_after) },
        second(0),
    )
}

/// Pictures at some paces: for so many seconds so many a second.
fn pictures(paces: &[(u32, f64)]) -> Vec<Change> {
    let mut health = health(600);
    let mut changes = Vec::new();
    let mut from = 0.0;
    for &(seconds, pace) in paces {
        let mut at = 0.0;
        while at < f64::from(seconds) {
            let time = second(0) + Duration::from_secs_f64(from + at);
            changes.extend(health.step(Input::Picture(time)));
            at += 1.0 / pace;
        }
        from += f64::from(seconds);
    }
    let end = second(0) + Duration::from_secs_f64(from + 5.0);
    changes.extend(health.step(Input::Tick(end)));
    changes
}

fn second(count: i64) -> WallTime {
    WallTime::from_micros((1_000 + count) * 1_000_000)
}

fn seconds_of(time: WallTime) -> f64 {
    time.since_or_zero(second(0)).as_secs_f64()
}

/// Plays what came (`p`: a picture, `c`: one of a covered camera, `m`: of one that was moved, which nobody asked for, `L`: the
/// stream is lost, `R`: it rests, `N`: the clock is set) to a health that tells silence after 5 s, and draws what it told (`n`: no
/// pictures).
#[track_caller]
fn check(came: &str, expected: &str) {
    let mut health = health(5);
    let mut begun: Vec<(Ailment, WallTime, Option<WallTime>)> = Vec::new();
    for (now, mark) in (0..).map(second).zip(came.chars()) {
        let mut inputs = Vec::new();
        if health.wake_at().is_some_and(|due| due <= now) {
            inputs.push(Input::Tick(now));
        }
        match mark {
            'p' => inputs.extend([Input::Picture(now), Input::Looks(BTreeSet::new(), now)]),
            'c' => inputs.extend([Input::Picture(now), Input::Looks([Covered].into(), now)]),
            'm' => inputs.extend([Input::Picture(now), Input::Looks([Moved].into(), now)]),
            'L' => inputs.push(Input::Lost { at: now }),
            'R' => inputs.push(Input::Rests(now)),
            'N' => inputs.push(Input::NewTime(now)),
            _ => {}
        }
        for change in inputs.into_iter().flat_map(|input| health.step(input)) {
            match change {
                Change::Begins(ailment, at) => begun.push((ailment, at, None)),
                Change::Ends(ailment, at) => {
                    let open =
                        begun.iter_mut().find(|(kind, _, end)| *kind == ailment && end.is_none());
                    open.expect("what ends has begun").2 = Some(at);
                }
            }
        }
    }
    let draw = |now| {
        let within =
            begun.iter().find(|(_, start, end)| *start <= now && end.is_none_or(|end| now < end));
        within.map_or('.', |(ailment, ..)| ailment.word().chars().next().unwrap())
    };
    assert_eq!((0..).map(second).take(came.len()).map(draw).collect::<String>(), expected);
}
