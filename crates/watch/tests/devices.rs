//! What sensors, lights, servos and outputs never do, whatever happens to them and however the clock is
//! set.

use std::time::Duration;

use jiff::civil::time;
use jiff::tz::TimeZone;
use watchpost_model::config::{LightWhen, Require, Threshold};
use watchpost_model::{Distance, Fraction, Reading, Senses, WallTime};
use watchpost_watch::sensor::{Plan, Sensor, Told, Yes};
use watchpost_watch::{light, output, sensor, servo};

/// So many lives are played of each.
const LIVES: u64 = 300;

/// Each of so many things that happen.
const LIFE: u32 = 400;

/// Numbers that look random and are the same each time. G. Marsaglia, "Xorshift RNGs" (2003).
struct Luck(u64);

impl Luck {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn share(&mut self) -> Fraction {
        let thousandths = u16::try_from(self.below(1_001)).expect("below 1001");
        Fraction::clamped(f32::from(thousandths) / 1_000.0)
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        let end = u64::try_from(all.len()).expect("a short list");
        let index = usize::try_from(self.below(end)).expect("below its length");
        all[index].clone()
    }

    /// The next moment: mostly a little later, sometimes what is due, now and then another time.
    fn after(&mut self, now: WallTime, due: Option<WallTime>) -> WallTime {
        match self.below(100) {
            0 => now - Duration::from_millis(self.below(100_000_000)),
            1 => now + Duration::from_millis(self.below(100_000_000)),
            2..40 => due.map_or(now, |due| due.max(now)),
            40..50 => now,
            _ => now + Duration::from_millis(self.below(3_000)),
        }
    }
}

const START: WallTime = WallTime::from_micros(1_774_000_000_000_000);

fn any_plan(luck: &mut Luck) -> Plan {
    let thresholds = [Threshold::Adaptive, Threshold::Fixed(Fraction::clamped(0.5))];
    let samples = Yes::Samples { threshold: luck.one_of(&thresholds), hits: 2, samples: 6 };
    let requires = [Require::Pir, Require::Distance, Require::Either, Require::Both];
    let near = Yes::Near { within: Some(1_500), require: luck.one_of(&requires) };
    let seconds = [0, 1, 10, 60].map(Duration::from_secs);
    let beats = [None, Some(Duration::from_secs(1)), Some(Duration::from_secs(10))];
    Plan {
        senses: luck.one_of(Senses::ALL),
        yes: luck.one_of(&[Yes::Own, near, samples]),
        cooldown: luck.one_of(&seconds),
        heartbeat: luck.one_of(&beats),
    }
}

fn any_reading(luck: &mut Luck) -> Reading {
    let distances = [Distance::Free, Distance::Millimetres(900), Distance::Millimetres(1_510)];
    Reading {
        on: luck.coin().then(|| luck.coin()),
        momentary: luck.below(4) == 0,
        distance: luck.coin().then(|| luck.one_of(&distances)),
        level: luck.coin().then(|| luck.share()),
        ..Reading::default()
    }
}

#[test]
fn a_sensor_tells_a_story_that_makes_sense() {
    let mut counts = [0_u32; 5];
    for life in 0..LIVES {
        let luck = &mut Luck::new(life);
        let plan = any_plan(luck);
        let mut sensor = Sensor::new(plan.clone(), START);
        let mut now = START;
        // What it told last: that it fired, and when; and whether it is silent.
        let (mut goes, mut fired, mut silent) = (false, None, false);
        for step in 0..LIFE {
            let due = sensor.wake_at();
            let next = luck.after(now, due);
            if next < now {
                // The clock was set: moments of the old time say nothing about the new one.
                fired = fired.map(|fired: WallTime| fired.min(next));
            }
            now = next;
            let before = sensor.state();
            let input = match luck.below(20) {
                0 => sensor::Input::Lost(now),
                1..10 => sensor::Input::Reading(any_reading(luck), now),
                _ => sensor::Input::Tick(now),
            };
            let told = sensor.step(input);
            let story = format!("life {life}, step {step}: {input:?} told {told:?} by {plan:?}");
            for told in told.iter().copied() {
                match told {
                    Told::Fired => {
                        assert!(!goes, "fired twice: {story}");
                        let last = fired.replace(now);
                        let cool = last.is_some_and(|last| now.since_or_zero(last) < plan.cooldown);
                        assert!(!cool, "fired within the cooldown: {story}");
                        goes = true;
                    }
                    Told::Goes => assert!(goes && plan.senses.lasts(), "{story}"),
                    Told::Cleared => goes = false,
                    Told::Silent => assert!(!std::mem::replace(&mut silent, true), "{story}"),
                    Told::Heard => assert!(std::mem::take(&mut silent), "{story}"),
                }
                counts[match told {
                    Told::Fired => 0,
                    Told::Goes => 1,
                    Told::Cleared => 2,
                    Told::Silent => 3,
                    Told::Heard => 4,
                }] += 1;
            }
            let state = sensor.state();
            assert_eq!(state.silent, silent, "{story}");
            assert!(!silent || state.active.is_none(), "nobody knows: {story}");
            assert!(!goes || state.active == Some(true), "{story}");
            if state.active == before.active && told.is_empty() {
                assert_eq!(state.since, before.since, "{story}");
            }
            let awake = sensor.wake_at().is_none_or(|due| due > now);
            assert!(awake || !matches!(input, sensor::Input::Tick(_)), "a tight loop: {story}");
            // However the clock was set: the longest wait is the heartbeat.
            let soon = now + Duration::from_secs(10);
            assert!(sensor.wake_at().is_none_or(|due| due <= soon), "stuck: {story}");
        }
    }
    assert!(counts.iter().all(|count| *count > 1_000), "the lives are dull: {counts:?}");
}

#[test]
fn a_light_always_knows_what_to_do_next() {
    let hours = LightWhen::Hours { from: time(20, 0, 0, 0), to: time(2, 30, 0, 0) };
    let dark = LightWhen::Dark(Fraction::clamped(0.4));
    let whens = [LightWhen::Always, LightWhen::Armed, dark, hours, LightWhen::ByHand];
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    for life in 0..LIVES {
        let luck = &mut Luck::new(life);
        let when = luck.one_of(&whens);
        let mut light = light::Light::new(when.clone(), zone.clone());
        let (mut now, mut on) = (START, None);
        for step in 0..LIFE {
            now = luck.after(now, light.wake_at());
            let input = match luck.below(20) {
                0 => light::Input::Armed(luck.coin()),
                1 => {
                    let until = now + Duration::from_secs(luck.below(1_000));
                    light::Input::ByHand(Some(luck.coin()), luck.coin().then_some(until))
                }
                2 => light::Input::ByHand(None, None),
                3..10 => light::Input::Brightness(luck.share()),
                _ => light::Input::Tick,
            };
            let is_on = light.step(input, now);
            let story = format!("life {life}, step {step}: {input:?} of {when:?}");
            assert!(light.by_hand().is_none_or(|wish| wish == is_on), "{story}");
            assert!(light.wake_at().is_none_or(|due| due > now), "a tight loop: {story}");
            // Once more at the same moment changes nothing.
            assert_eq!(light.step(light::Input::Tick, now), is_on, "{story}");
            on = Some(is_on);
        }
        assert!(on.is_some());
    }
}

#[test]
fn a_servo_never_leaves_its_range_nor_outruns_its_speed() {
    for life in 0..LIVES {
        let luck = &mut Luck::new(life);
        let speed = luck.one_of(&[1.0_f32, 90.0, 1_000.0]);
        let mut servo = servo::Servo::new(speed, luck.one_of(&[None, Some(0.0), Some(120.0)]));
        let mut now = START;
        let mut last: Option<(f32, WallTime)> = None;
        for step in 0..LIFE {
            now = luck.after(now, servo.wake_at());
            if luck.below(5) == 0 {
                let angle = luck.share().get() * 400.0 - 100.0;
                servo.aim(angle, now);
            }
            let Some(angle) = servo.angle(now) else { continue };
            let story = format!("life {life}, step {step}: {angle} after {last:?}");
            assert!((0.0..=180.0).contains(&angle), "{story}");
            if let Some((before, then)) = last {
                let reach = speed * now.since_or_zero(then).as_secs_f32();
                assert!((angle - before).abs() <= reach + 0.01, "too fast: {story}");
            }
            last = Some((angle, now));
            let soon = now + Duration::from_millis(20);
            assert!(servo.wake_at().is_none_or(|due| due > now && due <= soon), "{story}");
            assert_eq!(servo.wake_at().is_none(), Some(angle) == servo.target(), "{story}");
        }
    }
}

#[test]
fn an_output_is_never_on_for_longer_than_it_may() {
    for life in 0..LIVES {
        let luck = &mut Luck::new(life);
        let most = Duration::from_secs(luck.one_of(&[1, 30, 180]));
        let mut output = output::Output::new(Some(most));
        let mut now = START;
        // How long it is on already, with what the clock was set forward.
        let mut on_for: Option<Duration> = None;
        for step in 0..LIFE {
            let next = luck.after(now, output.wake_at());
            let passed = next.since_or_zero(now);
            now = next;
            let input = match luck.below(10) {
                0 => output::Input::ByHand(luck.coin()),
                1 => output::Input::Followed(luck.one_of(&[None, Some(true), Some(false)])),
                _ => output::Input::Tick,
            };
            let on_before = on_for.map(|on_for| on_for + passed);
            let on = output.step(input, now);
            let story = format!("life {life}, step {step}: {input:?}");
            // Who switches it on at the very moment at which its time is over has it on anew.
            let anew = on_before.is_some_and(|on_for| on_for >= most);
            assert!(!(on && anew && matches!(input, output::Input::Tick)), "{story}");
            on_for = on.then(|| on_before.filter(|_| !anew).unwrap_or_default());
            assert!(output.wake_at().is_none_or(|due| due > now), "a tight loop: {story}");
            assert!(output.wake_at().is_none_or(|due| due <= now + most), "stuck: {story}");
        }
    }
}
