//! When lights are on.

use std::time::Duration;

use jiff::civil::{Time, time};

use super::*;

const DARK: LightWhen = LightWhen::Dark(Fraction::ALL);

#[rustfmt::skip] // A column is a second.
mod stories {
    use super::{LightWhen, check, dark};

    #[test]
    fn a_light_that_is_always_on_is_on_until_somebody_wants_it_off() {
        check(LightWhen::Always, "..f...p..",
                                 "##....###");
    }

    #[test]
    fn it_follows_monitoring_and_somebody_counts_before_that() {
        check(LightWhen::Armed, "..A..a..o..A.a.p.A.f.a.p.",
                                "..###...#######..##......");
    }

    #[test]
    fn only_somebody_switches_what_is_switched_by_hand() {
        check(LightWhen::ByHand, ".A09.o..f.",
                                 ".....###..");
    }

    #[test]
    fn what_somebody_wants_ends_by_itself() {
        check(LightWhen::ByHand, ".t.......",
                                 ".####....");
        check(LightWhen::Always, ".x.......",
                                 "#....####");
    }

    #[test]
    fn the_room_is_dark_below_the_limit_and_bright_well_above() {
        check(dark(),    "..2......3....4....5..",
                         "..#################...");
        check(dark(),    "5..4..3.......2.",
                         "..............##");
    }

    #[test]
    fn nothing_is_known_of_brightness_at_first() {
        check(dark(),    "..........",
                         "..........");
    }

    #[test]
    fn a_light_that_was_switched_is_not_misled_by_its_own_light() {
        // It is judged again after five seconds, by what came last.
        check(dark(),    "..2.9.2.......",
                         "..############");
        check(dark(),    "..2.9.........",
                         "..#####.......");
    }

    #[test]
    fn after_somebody_let_go_the_room_is_judged_anew() {
        check(dark(),    "9..o......2.......p......",
                         "...######################");
        check(dark(),    "2..f......9......p......",
                         "###.....................");
    }
}

/// Plays what happened (`A`, `a`: monitoring goes on, off; `0` to `9`: the brightness in tenths; `o`,
/// `f`: somebody wants it on, off; `t`, `x`: the same for 4 s; `p`: as planned again), and draws when it
/// was on.
#[track_caller]
fn check(when: LightWhen, seen: &str, expected: &str) {
    let mut light = Light::new(when, TimeZone::UTC);
    let mut on = false;
    let mut drawn = String::new();
    for (second, mark) in (0..).zip(seen.chars()) {
        let now = at(second);
        if light.wake_at().is_some_and(|due| due <= now) {
            on = light.step(Input::Tick, now);
        }
        let soon = Some(now + Duration::from_secs(4));
        let input = match mark {
            'A' | 'a' => Some(Input::Armed(mark == 'A')),
            'o' | 'f' => Some(Input::ByHand(Some(mark == 'o'), None)),
            't' | 'x' => Some(Input::ByHand(Some(mark == 't'), soon)),
            'p' => Some(Input::ByHand(None, None)),
            _ => mark.to_digit(10).map(|tenths| Input::Brightness(tenths_of(tenths))),
        };
        if let Some(input) = input {
            on = light.step(input, now);
        }
        drawn.push(if on { '#' } else { '.' });
        assert!(light.wake_at().is_none_or(|due| due > now), "{second} s: a tight loop");
    }
    assert_eq!(drawn, expected);
}

fn at(second: u64) -> WallTime {
    WallTime::from_micros(1_000_000_000_000) + Duration::from_secs(second)
}

fn tenths_of(tenths: u32) -> Fraction {
    Fraction::clamped(f32::from(u16::try_from(tenths).unwrap()) / 10.0)
}

/// Below 0.3, so that 0.4 is within the room between.
fn dark() -> LightWhen {
    LightWhen::Dark(Fraction::clamped(0.3))
}

#[test]
fn even_the_highest_limit_is_passed_by_full_light() {
    let mut light = Light::new(LightWhen::Dark(Fraction::clamped(0.95)), TimeZone::UTC);
    assert!(light.step(Input::Brightness(Fraction::clamped(0.5)), at(0)));
    assert!(!light.step(Input::Brightness(Fraction::ALL), at(10)));
    assert!(Light::new(DARK, TimeZone::UTC).step(Input::Brightness(Fraction::NONE), at(0)));
}

#[test]
fn a_light_that_sees_only_itself_blinks_ever_more_seldom() {
    let mut light = Light::new(dark(), TimeZone::UTC);
    let mut on = light.step(Input::Brightness(Fraction::NONE), at(0));
    let mut switched = 0;
    for second in 1..=3_600 {
        let own = if on { Fraction::ALL } else { Fraction::NONE };
        let is_on = light.step(Input::Brightness(own), at(second));
        switched += u32::from(is_on != on);
        on = is_on;
    }
    assert!((5..25).contains(&switched), "{switched} times in an hour");
}

#[test]
fn a_wish_is_known_until_it_ends() {
    let mut light = Light::new(LightWhen::Always, TimeZone::UTC);
    assert!(!light.step(Input::ByHand(Some(false), Some(at(600))), at(0)));
    assert_eq!((light.by_hand(), light.wake_at()), (Some(false), Some(at(600))));
    assert!(light.step(Input::Tick, at(600)));
    assert_eq!((light.by_hand(), light.wake_at()), (None, None));
    assert!(light.step(Input::ByHand(Some(false), Some(at(600))), at(601)), "it is over already");
}

#[test]
fn a_clock_set_back_does_not_prolong_a_wish() {
    let mut light = Light::new(LightWhen::Always, TimeZone::UTC);
    light.step(Input::ByHand(Some(false), Some(at(4_200))), at(3_600));
    assert_eq!(light.until(), Some(at(4_200)));
    assert!(!light.step(Input::Tick, at(0)));
    assert_eq!((light.wake_at(), light.until()), (Some(at(600)), Some(at(600))));
}

#[test]
fn a_clock_set_back_does_not_stop_the_judging_of_brightness() {
    let mut light = Light::new(dark(), TimeZone::UTC);
    assert!(light.step(Input::Brightness(Fraction::NONE), at(3_600)));
    assert!(light.step(Input::Brightness(Fraction::ALL), at(0)));
    assert_eq!(light.wake_at(), Some(at(5)));
    assert!(!light.step(Input::Tick, at(5)));
}

/// The moments, by the clock of the zone, at which a light of these hours was switched, from `first` to
/// `last`; it is stepped when it says so and at no other time.
fn switched(from: Time, to: Time, zone: &str, first: &str, last: &str) -> Vec<String> {
    let zone = TimeZone::posix(zone).unwrap();
    let (mut now, last): (WallTime, WallTime) = (first.parse().unwrap(), last.parse().unwrap());
    let mut light = Light::new(LightWhen::Hours { from, to }, zone.clone());
    let mut on = light.step(Input::Tick, now);
    let mut drawn = vec![if on { "on".to_owned() } else { "off".to_owned() }];
    while let Some(due) = light.wake_at() {
        assert!(due > now, "a tight loop at {now:?}");
        if due > last {
            return drawn;
        }
        // Not a moment too soon, either.
        let before = due - Duration::from_micros(1);
        assert_eq!(light.step(Input::Tick, before), on, "{before:?}");
        now = due;
        if light.step(Input::Tick, now) != on {
            on = !on;
            let sign = if on { '+' } else { '-' };
            drawn.push(format!("{sign}{}", &now.to_rfc3339(&zone)[5..16]));
        }
    }
    drawn
}

const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

#[test]
fn hours_go_over_midnight() {
    let (first, last) = ("2026-11-20T12:00:00+01:00", "2026-11-22T12:00:00+01:00");
    let night = switched(time(20, 0, 0, 0), time(6, 0, 0, 0), BERLIN, first, last);
    assert_eq!(night, ["off", "+11-20T20:00", "-11-21T06:00", "+11-21T20:00", "-11-22T06:00"]);
    let day = switched(time(6, 0, 0, 0), time(20, 0, 0, 0), BERLIN, first, last);
    assert_eq!(day, ["on", "-11-20T20:00", "+11-21T06:00", "-11-21T20:00", "+11-22T06:00"]);
}

#[test]
fn hours_go_by_the_clock_when_that_is_changed() {
    let (first, last) = ("2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00");
    let spring = switched(time(20, 0, 0, 0), time(6, 0, 0, 0), BERLIN, first, last);
    assert_eq!(spring, ["off", "+03-28T20:00", "-03-29T06:00"]);
    let (first, last) = ("2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00");
    let autumn = switched(time(20, 0, 0, 0), time(6, 0, 0, 0), BERLIN, first, last);
    assert_eq!(autumn, ["off", "+10-24T20:00", "-10-25T06:00"]);
}

#[test]
fn a_time_that_comes_twice_switches_once_and_one_that_is_left_out_later() {
    // 02:30 comes twice on 25 October and not at all on 29 March.
    let (first, last) = ("2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00");
    let autumn = switched(time(20, 0, 0, 0), time(2, 30, 0, 0), BERLIN, first, last);
    assert_eq!(autumn, ["off", "+10-24T20:00", "-10-25T02:30"]);
    let (first, last) = ("2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00");
    let spring = switched(time(2, 30, 0, 0), time(5, 0, 0, 0), BERLIN, first, last);
    assert_eq!(spring, ["off", "+03-29T03:30", "-03-29T05:00"]);
}

#[test]
fn hours_that_begin_when_they_end_are_all_day() {
    let (first, last) = ("2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00");
    let all = switched(time(8, 0, 0, 0), time(8, 0, 0, 0), BERLIN, first, last);
    assert_eq!(all, ["on"]);
}

#[test]
fn a_clock_set_by_hours_is_followed() {
    let when = LightWhen::Hours { from: time(20, 0, 0, 0), to: time(6, 0, 0, 0) };
    let mut light = Light::new(when, TimeZone::UTC);
    let moment = |text: &str| text.parse::<WallTime>().unwrap();
    assert!(light.step(Input::Tick, moment("2026-11-20T21:00:00Z")));
    assert!(!light.step(Input::Tick, moment("2026-11-20T19:00:00Z")));
    assert_eq!(light.wake_at(), Some(moment("2026-11-20T20:00:00Z")));
}
