//! What sensors tell. A column is a second.

use watchpost_model::{Distance, Fraction};

use super::*;

#[rustfmt::skip]
mod stories {
    use super::{Plan, Senses, check, motion, of};
    use std::time::Duration;

    #[test]
    fn motion_fires_goes_on_and_is_cleared() {
        check(motion(), "..n..y.....n..y.n",
                        ".....FGGGGGC..FGC",
                        "??nnnyyyyyynnnyyn");
    }

    #[test]
    fn a_yes_that_is_told_again_and_again_fires_once() {
        check(motion(), "nyyyyyyn",
                        ".FGGGGGC",
                        "nyyyyyyn");
    }

    #[test]
    fn what_does_not_last_fires_and_does_not_go_on() {
        for senses in [Senses::Opening, Senses::Panic, Senses::Button, Senses::Tamper] {
            check(of(senses), "n.y...n.y..",
                              "..F...C.F..",
                              "nnyyyynnyyy");
        }
    }

    #[test]
    fn whoever_is_there_at_the_start_is_news() {
        for senses in [Senses::Doorbell, Senses::Panic, Senses::Button, Senses::Tamper] {
            check(of(senses), ".y..n",
                              ".F..C",
                              "?yyyn");
        }
        check(motion(), ".y..n",
                        ".FGGC",
                        "?yyyn");
    }

    #[test]
    fn a_door_that_is_open_at_the_start_is_no_news() {
        check(of(Senses::Opening), ".y..n..y.",
                                   "....C..F.",
                                   "?yyynnnyy");
    }

    #[test]
    fn who_only_measures_never_fires() {
        check(of(Senses::Measure), ".y.n.m..L.y",
                                   "........S.H",
                                   "???????????");
    }

    #[test]
    fn a_yes_of_the_moment_is_over_two_seconds_after_it_was_last_told() {
        check(of(Senses::Doorbell), "..m....mmmm.....",
                                    "..F.C..F....C...",
                                    "??yynnnyyyyynnnn");
        check(motion(),             "..m....mmmm.....",
                                    "..FGC..FGGGGC...",
                                    "??yynnnyyyyynnnn");
    }

    #[test]
    fn a_yes_that_is_told_after_one_of_the_moment_stays() {
        check(of(Senses::Button), "my......n",
                                  "F.......C",
                                  "yyyyyyyyn");
    }

    #[test]
    fn a_reading_that_says_nothing_of_it_takes_nothing_back() {
        check(of(Senses::Button), "b.b.yb.b.nb",
                                  "....F....C.",
                                  "????yyyyynn");
        check(of(Senses::Button), "mb......",
                                  "F.C.....",
                                  "yynnnnnn");
    }

    #[test]
    fn within_the_cooldown_a_yes_is_shown_and_stays_quiet() {
        let plan = Plan { cooldown: Duration::from_secs(6), ..motion() };
        check(plan.clone(), "yn.y.n.y.n",
                            "FC...C.FGC",
                            "ynnyynnyyn");
        check(plan,         "yn.y........n.y",
                            "FC..........C.F",
                            "ynnyyyyyyyyynny");
    }

    #[test]
    fn the_cooldown_counts_from_the_last_time_it_fired() {
        let plan = Plan { cooldown: Duration::from_secs(4), ..of(Senses::Button) };
        check(plan, "ynynynyn",
                    "FC.CFC.C",
                    "ynynynyn");
    }

    #[test]
    fn who_is_lost_says_nothing_and_is_told_to_be_silent_once() {
        check(motion(), "n.L.L..n.y.L..y.n",
                        "..S....H.FGs..fGC",
                        "nn?????nnyy???yyn");
    }

    #[test]
    fn what_said_yes_all_the_time_is_no_news_after_it_was_lost() {
        for senses in [Senses::Opening, Senses::Panic, Senses::Doorbell] {
            check(of(senses), "n.y.L.y.n.y",
                              "..F.s.H.C.F",
                              "nnyy??yynny");
        }
    }

    #[test]
    fn a_door_that_was_opened_while_it_was_lost_is_news() {
        check(of(Senses::Opening), "n.L.y",
                                   "..S.f",
                                   "nn??y");
    }

    #[test]
    fn a_yes_of_the_moment_is_news_after_it_was_lost() {
        check(of(Senses::Doorbell), "mL..m..",
                                    "Fs..f.C",
                                    "y???yyn");
    }

    #[test]
    fn what_is_known_is_forgotten_when_it_is_lost() {
        check(of(Senses::Button), "y.Lb.y",
                                  "F.sH..",
                                  "yy???y");
    }

    #[test]
    fn it_is_silent_beyond_its_heartbeat_and_heard_again() {
        let plan = Plan { heartbeat: Some(Duration::from_secs(3)), ..of(Senses::Opening) };
        check(plan.clone(), "......b..b..b...........n..",
                            "...S..H........S........H..",
                            "????????????????????????nnn");
        check(plan,         "n..b..b...b",
                            ".........SH",
                            "nnnnnnnnn??");
    }

    #[test]
    fn who_falls_silent_while_somebody_is_there_does_not_go_on() {
        let plan = Plan { heartbeat: Some(Duration::from_secs(3)), ..motion() };
        check(plan, "ny.......y.n",
                    ".FGGs....fGC",
                    "nyyy?????yyn");
    }
}

/// Plays what a sensor told (`y`: yes, `n`: no, `m`: yes for the moment, `b`: its battery alone, `L`: it
/// is lost) and draws what was made of it, with the state below. Two things at once are small: `f` is
/// heard and fired, `s` is cleared and silent.
#[track_caller]
fn check(plan: Plan, seen: &str, expected: &str, states: &str) {
    let mut sensor = Sensor::new(plan, at(0));
    let (mut drawn, mut stood) = (String::new(), String::new());
    let mut since = None;
    for (second, mark) in (0..).zip(seen.chars()) {
        let now = at(second);
        let before = sensor.state();
        let input = match mark {
            'y' => Some(Input::Reading(own(true), now)),
            'n' => Some(Input::Reading(own(false), now)),
            'm' => Some(Input::Reading(Reading { momentary: true, ..own(true) }, now)),
            'b' => Some(Input::Reading(
                Reading { battery: Some(Fraction::ALL), ..Reading::default() },
                now,
            )),
            'L' => Some(Input::Lost(now)),
            _ => None,
        };
        let mut told = input.map(|input| sensor.step(input)).unwrap_or_default();
        if sensor.wake_at().is_some_and(|due| due <= now) {
            told.extend(sensor.step(Input::Tick(now)));
        }
        drawn.push(match told[..] {
            [] => '.',
            [Told::Fired] => 'F',
            [Told::Goes] => 'G',
            [Told::Cleared] => 'C',
            [Told::Silent] => 'S',
            [Told::Heard] => 'H',
            [Told::Heard, Told::Fired] => 'f',
            [Told::Cleared, Told::Silent] => 's',
            _ => panic!("{second} s: {told:?}"),
        });
        let state = sensor.state();
        stood.push(match state.active {
            Some(true) => 'y',
            Some(false) => 'n',
            None => '?',
        });
        if state.active == before.active && told.is_empty() {
            assert_eq!(state.since, since, "{second} s");
        }
        since = state.since;
        assert!(sensor.wake_at().is_none_or(|due| due > now), "{second} s: a tight loop");
    }
    assert_eq!((drawn.as_str(), stood.as_str()), (expected, states));
}

fn at(second: u64) -> WallTime {
    WallTime::from_micros(1_000_000_000_000) + Duration::from_secs(second)
}

fn of(senses: Senses) -> Plan {
    Plan { senses, yes: Yes::Own, cooldown: Duration::ZERO, heartbeat: None }
}

fn motion() -> Plan {
    of(Senses::Motion)
}

fn own(on: bool) -> Reading {
    Reading { on: Some(on), ..Reading::default() }
}

fn away(distance: Distance) -> Reading {
    Reading { distance: Some(distance), ..Reading::default() }
}

fn near(require: Require) -> Sensor {
    let yes = Yes::Near { within: Some(1_500), require };
    Sensor::new(Plan { yes, ..motion() }, at(0))
}

/// Tells the readings one after the other and gives whether it said yes after each.
fn verdicts(sensor: &mut Sensor, readings: &[Reading]) -> Vec<Option<bool>> {
    let tell = |(second, reading): (u64, &Reading)| {
        sensor.step(Input::Reading(*reading, at(second)));
        sensor.state().active
    };
    (0..).zip(readings).map(tell).collect()
}

#[test]
fn a_board_fires_by_what_its_owner_requires() {
    let (yes, no) = (Some(true), Some(false));
    let (here, gone) = (away(Distance::Millimetres(1_499)), away(Distance::Free));
    let all = [own(true), here, own(false), gone];
    let cases = [
        (Require::Pir, [yes, yes, no, no]),
        (Require::Distance, [None, yes, yes, no]),
        (Require::Either, [yes, yes, yes, no]),
        (Require::Both, [no, yes, no, no]),
    ];
    for (require, expected) in cases {
        assert_eq!(verdicts(&mut near(require), &all), expected, "{require:?}");
    }
}

#[test]
fn nearer_than_within_is_near_and_stays_so_while_the_distance_trembles() {
    let told = [1_500, 1_499, 1_520, 1_574, 1_576, 1_520, 1_499];
    let told = told.map(|distance| away(Distance::Millimetres(distance)));
    let expected = [false, true, true, true, false, false, true].map(Some);
    assert_eq!(verdicts(&mut near(Require::Distance), &told), expected);
}

#[test]
fn a_distance_of_the_moment_is_forgotten() {
    let mut sensor = near(Require::Distance);
    let obstacle = Reading { momentary: true, ..away(Distance::Millimetres(0)) };
    assert_eq!(sensor.step(Input::Reading(obstacle, at(0))), [Told::Fired]);
    assert_eq!(sensor.wake_at(), Some(at(1)));
    assert_eq!(sensor.step(Input::Tick(at(2))), [Told::Cleared]);
    assert_eq!(sensor.state().reading.distance, None);
    assert_eq!(sensor.step(Input::Reading(obstacle, at(3))), [Told::Fired]);
}

#[test]
fn a_distance_means_nothing_without_a_limit() {
    let yes = Yes::Near { within: None, require: Require::Pir };
    let mut sensor = Sensor::new(Plan { yes, ..motion() }, at(0));
    let told = [away(Distance::Millimetres(0)), own(true)];
    assert_eq!(verdicts(&mut sensor, &told), [None, Some(true)]);
}

/// Plays levels at ten in a second to a sensor of two hits in six, and draws what it told, a letter for
/// each sample.
fn draw(threshold: Threshold, levels: impl IntoIterator<Item = f32>) -> String {
    let yes = Yes::Samples { threshold, hits: 2, samples: 6 };
    let mut sensor = Sensor::new(Plan { yes, ..of(Senses::Tamper) }, at(0));
    let tell = |(tenth, level): (u64, f32)| {
        let level = Some(Fraction::clamped(level));
        let now = at(0) + Duration::from_millis(100 * tenth);
        match sensor.step(Input::Reading(Reading { level, ..Reading::default() }, now))[..] {
            [] => '.',
            [Told::Fired] => 'F',
            [Told::Cleared] => 'C',
            ref told => panic!("{tenth}: {told:?}"),
        }
    };
    (0..).zip(levels).map(tell).collect()
}

#[test]
fn two_of_the_last_six_levels_are_a_yes() {
    let fixed = Threshold::Fixed(Fraction::clamped(0.5));
    let calm = std::iter::repeat_n(0.1, 25);
    let draw = |levels: &[f32]| draw(fixed, calm.clone().chain(levels.iter().copied()));
    let drawn = draw(&[0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9]);
    assert_eq!(drawn.trim_matches('.'), "", "one is not enough, nor two too far apart");
    let drawn = draw(&[0.9, 0.1, 0.1, 0.1, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1]);
    assert_eq!(&drawn[25..], "....F.C...", "the limit itself counts");
}

#[test]
fn nothing_fires_in_the_first_two_seconds() {
    let fixed = Threshold::Fixed(Fraction::clamped(0.5));
    let drawn = draw(fixed, std::iter::repeat_n(0.9, 30));
    assert_eq!(drawn.find('F'), Some(20), "{drawn}");
    let drawn = draw(Threshold::Adaptive, std::iter::repeat_n(0.9, 30));
    assert_eq!(drawn.find('F'), None, "{drawn}");
}

#[test]
fn nothing_fires_before_there_are_enough_samples() {
    let yes = Yes::Samples { threshold: Threshold::Fixed(Fraction::NONE), hits: 2, samples: 6 };
    let mut sensor = Sensor::new(Plan { yes, ..of(Senses::Tamper) }, at(0));
    let reading = Reading { level: Some(Fraction::ALL), ..Reading::default() };
    let fires = |second: &u64| sensor.step(Input::Reading(reading, at(*second))) == [Told::Fired];
    assert_eq!((0..10).find(fires), Some(5), "one sample a second");
}

/// A level that trembles by a hundredth around `rest`, for so many tenths of a second.
fn calm(rest: f32, tenths: usize) -> impl Iterator<Item = f32> {
    let tremble = [0.0, 0.008, -0.005, 0.003, -0.01, 0.006, -0.002, 0.01, -0.007];
    tremble.into_iter().cycle().map(move |by| rest + by).take(tenths)
}

#[test]
fn a_level_that_is_learnt_fires_in_both_directions() {
    for away in [0.3, 0.7] {
        let levels = calm(0.5, 600).chain(calm(away, 100)).chain(calm(0.5, 100));
        let drawn = draw(Threshold::Adaptive, levels);
        assert_eq!(drawn.find('F'), Some(601), "the second sample: {drawn}");
        assert_eq!(drawn.find('C'), Some(704), "{drawn}");
        assert_eq!(drawn.matches(['F', 'C']).count(), 2, "{drawn}");
    }
}

#[test]
fn a_long_presence_is_not_learnt_and_a_new_resting_level_is() {
    let levels = calm(0.5, 600).chain(calm(0.8, 6_000));
    let drawn = draw(Threshold::Adaptive, levels);
    assert_eq!(drawn.find('F'), Some(601));
    let cleared = drawn.find('C').unwrap() - 601;
    assert!((900..3_000).contains(&cleared), "after {cleared} tenths of a second");
    assert_eq!(drawn.matches(['F', 'C']).count(), 2);
}

#[test]
fn a_resting_level_that_drifts_is_followed() {
    let drift = |(tenth, level): (u16, f32)| level + f32::from(tenth) * 0.000_05;
    let levels = (0..).zip(calm(0.3, 6_000)).map(drift);
    assert_eq!(draw(Threshold::Adaptive, levels).trim_matches('.'), "");
}

#[test]
fn who_was_lost_warms_up_anew_and_knows_what_is_usual() {
    let yes = Yes::Samples { threshold: Threshold::Adaptive, hits: 2, samples: 6 };
    let mut sensor = Sensor::new(Plan { yes, ..of(Senses::Tamper) }, at(0));
    let mut tell = |tenth: u64, level: f32| {
        let level = Some(Fraction::clamped(level));
        let now = at(0) + Duration::from_millis(100 * tenth);
        if tenth == 300 {
            assert_eq!(sensor.step(Input::Lost(now)), [Told::Silent]);
        }
        sensor.step(Input::Reading(Reading { level, ..Reading::default() }, now))
    };
    let told: Vec<_> = (0..).zip(calm(0.5, 300)).flat_map(|(n, level)| tell(n, level)).collect();
    assert_eq!(told, []);
    let told: Vec<_> = (300..).zip(calm(0.9, 50)).map(|(n, level)| tell(n, level)).collect();
    assert_eq!(told[0], [Told::Heard]);
    assert_eq!(told.iter().position(|told| *told == [Told::Fired]), Some(20));
}

#[test]
fn a_clock_set_back_makes_nobody_silent_and_holds_nothing_up_for_long() {
    let hour = Duration::from_hours(1);
    let heartbeat = Some(Duration::from_secs(10));
    let cooldown = Duration::from_secs(5);
    let plan = Plan { cooldown, heartbeat, ..motion() };
    let mut sensor = Sensor::new(plan, at(0) + hour);
    let late = at(0) + hour;
    assert_eq!(sensor.step(Input::Reading(own(true), late)), [Told::Fired]);
    assert_eq!(sensor.step(Input::Tick(at(0))), []);
    assert_eq!(sensor.wake_at(), Some(at(1)));
    assert_eq!(sensor.step(Input::Tick(at(1))), [Told::Goes]);
    assert_eq!(sensor.step(Input::Reading(own(false), at(2))), [Told::Cleared]);
    assert_eq!(sensor.step(Input::Reading(own(true), at(5))), [Told::Fired]);
    assert_eq!(sensor.state().seen, Some(at(5)));
    let told: Vec<_> = (6..=15).flat_map(|second| sensor.step(Input::Tick(at(second)))).collect();
    assert_eq!(told.len(), 11, "{told:?}");
    assert_eq!(told[9..], [Told::Cleared, Told::Silent]);
}

#[test]
fn a_tick_that_comes_late_tells_once() {
    let mut sensor = Sensor::new(motion(), at(0));
    assert_eq!(sensor.step(Input::Reading(own(true), at(0))), [Told::Fired]);
    assert_eq!(sensor.step(Input::Tick(at(60))), [Told::Goes]);
    assert_eq!(sensor.wake_at(), Some(at(61)));
}

#[test]
fn a_yes_of_the_moment_that_is_over_is_shown_as_no() {
    let mut sensor = Sensor::new(of(Senses::Button), at(0));
    sensor.step(Input::Reading(Reading { momentary: true, ..own(true) }, at(0)));
    assert_eq!(sensor.state().reading.on, Some(true));
    sensor.step(Input::Tick(at(2)));
    assert_eq!(sensor.state().reading, own(false));
}
