use watchpost_model::Ailment;

use super::*;

#[rustfmt::skip] // A column is a second.
mod stories {
    use super::{check, check_clips};

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

    #[test]
    fn a_camera_that_is_covered_makes_an_event_with_what_came_before() {
        check("....A......",
              "..aaaaa....", "quiet");
    }

    #[test]
    fn an_ailment_that_is_told_late_is_told_all_the_same() {
        check("..M....X.....",
              "aaaaabbb.....", "quiet quiet");
    }

    #[test]
    fn a_recording_by_hand_lasts_until_it_is_stopped() {
        check("...H....R...",
              ".aaaaaaa....", "stopped");
    }

    #[test]
    fn a_recording_by_hand_lasts_as_long_as_was_said() {
        check("...F........",
              ".aaaaaa.....", "quiet");
    }

    #[test]
    fn a_recording_by_hand_joins_the_event_that_goes_on() {
        check("..M.H....R..",
              "aaaaaaaaa...", "stopped");
    }

    #[test]
    fn motion_goes_on_when_the_recording_by_hand_is_stopped() {
        check("..H..MR.....",
              "aaaaaaaa....", "quiet");
    }

    #[test]
    fn a_long_recording_by_hand_is_cut_and_goes_on_without_a_hole() {
        check("..H......................R..",
              "aaaaaaaaaabbbbbbbbccccccc...", "cut cut stopped");
    }

    #[test]
    fn a_recording_for_a_while_is_cut_too_and_ends_in_time() {
        check("..M.M.M.F.......",
              "aaaaaaaaaabb....", "cut quiet");
    }

    #[test]
    fn of_two_wishes_the_newer_counts() {
        check("..F.F......",
              "aaaaaaaa...", "quiet");
        check("..H.F......",
              "aaaaaaaa...", "quiet");
        check("..F.H....R.",
              "aaaaaaaaa..", "stopped");
    }

    #[test]
    fn switching_monitoring_off_does_not_end_a_recording_by_hand() {
        check("..H.MS...R..",
              "aaaaaaaaa...", "stopped");
        check("..F.MS......",
              "aaaaaa......", "quiet");
    }

    #[test]
    fn stopping_what_nobody_records_does_nothing() {
        check("..R.M.R....",
              "..aaaaa....", "quiet");
    }

    #[test]
    fn a_broken_clock_ends_a_recording_by_hand_until_it_is_asked_for_anew() {
        check("..H...B.HR..",
              "aaaaaabbb...", "interrupted stopped");
    }

    #[test]
    fn a_clip_has_its_length_however_long_something_moves() {
        check_clips("....MMMMMM......",
                    "..aaaaa.........", "quiet");
    }

    #[test]
    fn after_a_clip_motion_waits_for_the_cooldown() {
        check_clips("..M......M...........",
                    "aaaaa..bbbbb.........", "quiet quiet");
        check_clips("..M.....M............",
                    "aaaaa................", "quiet");
    }

    #[test]
    fn a_camera_that_is_covered_does_not_wait_for_the_cooldown() {
        check_clips("..M....A..MM......",
                    "aaaaabbbbbccc.....", "quiet quiet quiet");
    }

    #[test]
    fn a_recording_by_hand_does_not_wait_for_the_cooldown() {
        check_clips("..M...H..R.......",
                    "aaaaabbbb........", "quiet stopped");
    }

    #[test]
    fn motion_within_a_recording_by_hand_has_its_clip() {
        check_clips("..H.M.R..........",
                    "aaaaaaa..........", "quiet");
    }

    #[test]
    fn motion_that_waits_for_the_cooldown_prolongs_no_recording_by_hand() {
        check_clips("..M...H.M.R......",
                    "aaaaabbbbb.......", "quiet stopped");
    }

    #[test]
    fn a_recording_by_hand_outlasts_the_clip_it_joins() {
        check_clips("..MH.......R.....",
                    "aaaaaaaaaab......", "cut stopped");
    }

    #[test]
    fn switching_monitoring_off_ends_the_cooldown() {
        check_clips("..M..S.M.......",
                    "aaaaabbbbb.....", "quiet quiet");
    }
}

#[test]
fn motion_before_a_late_tick_prolongs_the_event() {
    let mut watch = Watch::new("door".parse().unwrap(), PLAN);
    let at: Vec<WallTime> = seconds().take(9).collect();
    assert!(watch.step(Input::Trigger(Trigger::Motion, at[0])).is_some());
    assert_eq!(watch.step(Input::Trigger(Trigger::Motion, at[4])), None);
    assert_eq!(watch.step(Input::Tick(at[6])), None);
    assert_eq!(watch.wake_at(), Some(at[7]));
}

#[test]
fn what_comes_after_the_cut_and_before_the_tick_begins_the_next_event() {
    let mut watch = Watch::new("door".parse().unwrap(), PLAN);
    let at: Vec<WallTime> = seconds().take(12).collect();
    watch.step(Input::Trigger(Trigger::Motion, at[0]));
    let cut = watch.step(Input::Trigger(Trigger::Ailment(Ailment::Moved), at[11]));
    let Some(Command::End(first)) = cut else { panic!("{cut:?}") };
    assert_eq!(watch.wake_at(), Some(at[11]));
    // The picture with the motion was decoded late.
    let next = watch.step(Input::Trigger(Trigger::Motion, at[9]));
    let Some(Command::Begin(next)) = next else { panic!("{next:?}") };
    assert_eq!((first.end, next.triggered), (Some((at[3], Ended::Quiet)), at[9]));
    assert_eq!(next.triggers, [Trigger::Motion, Trigger::Ailment(Ailment::Moved)].into());
    assert_eq!(watch.wake_at(), Some(at[11] + PLAN.post_roll));
}

const PLAN: Plan = Plan {
    pre_roll: Duration::from_secs(2),
    post_roll: Duration::from_secs(3),
    max_event: Duration::from_secs(8),
    clip: None,
};

/// Clips of 3 s after the trigger, and 4 s between them.
const CLIPS: Plan = Plan {
    clip: Some(Clip { length: Duration::from_secs(3), cooldown: Duration::from_secs(4) }),
    ..PLAN
};

#[track_caller]
fn check(seen: &str, expected: &str, reasons: &str) {
    play(PLAN, seen, expected, reasons);
}

#[track_caller]
fn check_clips(seen: &str, expected: &str, reasons: &str) {
    play(CLIPS, seen, expected, reasons);
}

/// Plays what was seen to a watch that keeps 2 s before and 3 s after, at most 8 s, and draws what
/// it kept (`a`: the first event).
///
/// `M`: motion, `L`: motion told three seconds late, `A`: the camera is covered, `X`: so, told three
/// seconds late, `H`: someone wants a recording, `F`: so, for four seconds, `R`: no longer, `S`:
/// monitoring off, `B`: the clock breaks.
#[track_caller]
fn play(plan: Plan, seen: &str, expected: &str, reasons: &str) {
    const COVERED: Trigger = Trigger::Ailment(Ailment::Covered);
    let mut watch = Watch::new("door".parse().unwrap(), plan);
    let mut events: Vec<Event> = Vec::new();
    let mut step = |watch: &mut Watch, input| match watch.step(input) {
        Some(Command::Begin(event)) => events.push(event),
        Some(Command::End(event)) => *events.last_mut().expect("an event goes on") = event,
        None => {}
    };
    for (now, mark) in seconds().zip(seen.chars()) {
        while watch.wake_at().is_some_and(|due| due <= now) {
            step(&mut watch, Input::Tick(now));
        }
        let late = now - Duration::from_secs(3);
        let until = now + Duration::from_secs(4);
        let input = match mark {
            'M' => Input::Trigger(Trigger::Motion, now),
            'L' => Input::Trigger(Trigger::Motion, late),
            'A' => Input::Trigger(COVERED, now),
            'X' => Input::Trigger(COVERED, late),
            'H' => Input::Hold { at: now, until: None },
            'F' => Input::Hold { at: now, until: Some(until) },
            'R' => Input::Release(now),
            'S' => Input::Stop(now),
            'B' => Input::Break(now),
            _ => continue,
        };
        step(&mut watch, input);
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

/// Whatever happens in whatever order, with ticks that come late or not at all.
mod always {
    use super::*;

    #[test]
    fn no_footage_is_told_twice_and_no_event_ends_before_it_began() {
        for seed in 1..400 {
            for plan in [PLAN, CLIPS] {
                let mut world = World::new(plan, seed);
                for _ in 0..300 {
                    world.turn();
                }
            }
        }
    }

    /// A watch, what happens to it, and what it has told.
    struct World {
        watch: Watch,
        plan: Plan,
        random: Random,
        now: WallTime,
        /// The events of this time; the last may go on.
        told: Vec<Event>,
        /// Until when someone wants a recording.
        wanted: Option<WallTime>,
        /// Before this motion must begin nothing.
        cool: WallTime,
        seed: u64,
    }

    impl World {
        fn new(plan: Plan, seed: u64) -> Self {
            World {
                watch: Watch::new("door".parse().unwrap(), plan),
                plan,
                random: Random(seed),
                now: WallTime::from_micros(1_000_000_000),
                told: Vec::new(),
                wanted: None,
                cool: WallTime::MIN,
                seed,
            }
        }

        fn turn(&mut self) {
            // Now and then many things happen in one millisecond.
            let pause = [0, 1, 400, 200_000, 1_500_000, 9_000_000][self.random.below(6)];
            self.now = self.now + Duration::from_micros(pause);
            if self.random.below(4) > 0 {
                while self.watch.wake_at().is_some_and(|due| due <= self.now) {
                    self.step(Input::Tick(self.now));
                }
                self.record_what_is_wanted();
            }
            let late = [0, 0, 0, 300_000, 4_000_000][self.random.below(5)];
            let at = self.now - Duration::from_micros(late);
            match self.random.below(30) {
                0..12 => self.step(Input::Trigger(Trigger::Motion, at)),
                12..15 => self.step(Input::Trigger(Trigger::Ailment(Ailment::Frozen), at)),
                15 | 16 => self.want(None),
                17 | 18 => self.want(Some(self.now + Duration::from_millis(700))),
                19 => self.want(Some(self.now + Duration::from_secs(12))),
                20..24 => {
                    self.wanted = None;
                    self.step(Input::Release(self.now));
                }
                24 | 25 => {
                    self.cool = WallTime::MIN;
                    self.step(Input::Stop(at));
                    self.cool = WallTime::MIN;
                }
                26 => {
                    self.step(Input::Break(self.now));
                    let goes_on = self.told.last().is_some_and(|event| event.end.is_none());
                    assert!(!goes_on && self.watch.wake_at().is_none());
                    self.now = self.now - Duration::from_mins(10);
                    (self.wanted, self.cool) = (None, WallTime::MIN);
                    self.told.clear();
                }
                _ => {}
            }
        }

        fn want(&mut self, until: Option<WallTime>) {
            let end = until.unwrap_or(WallTime::MAX);
            self.wanted = Some(end);
            self.step(Input::Hold { at: self.now, until });
        }

        fn record_what_is_wanted(&mut self) {
            let current = self.watch.current();
            if self.wanted.is_some_and(|until| until > self.now) {
                let event = current.unwrap_or_else(|| panic!("{} {:?}", self.seed, self.now));
                assert!(event.triggers.contains(&Trigger::Manual), "{}", self.seed);
            }
            if let (Some(event), Some(due)) = (current, self.watch.wake_at()) {
                assert!(due <= event.triggered + self.plan.max_event, "{}", self.seed);
                assert!(due > self.now, "{}", self.seed);
            }
        }

        fn step(&mut self, input: Input) {
            let before = self.watch.current().cloned();
            let command = self.watch.step(input);
            let context = format!("seed {}: {before:?} {input:?} {command:?}", self.seed);
            match command {
                Some(Command::Begin(event)) => {
                    assert_eq!(before, None, "{context}");
                    assert!(event.start <= event.triggered && event.end.is_none(), "{context}");
                    assert!(!event.triggers.is_empty(), "{context}");
                    let full = event.triggered - self.plan.pre_roll;
                    assert!(event.start >= full - Duration::from_millis(1), "{context}");
                    let motion: BTreeSet<Trigger> = [Trigger::Motion].into();
                    assert!(event.triggers != motion || event.triggered >= self.cool, "{context}");
                    if let Some(last) = self.told.last() {
                        let (end, _) = last.end.expect("the last event has ended");
                        assert!(event.start >= end, "{context}");
                        assert!(event.id > last.id, "{context}");
                    }
                    self.told.push(event);
                }
                Some(Command::End(event)) => {
                    let (end, _) = event.end.expect("it has ended");
                    let before = before.as_ref().expect(&context);
                    assert_eq!((&before.id, before.start), (&event.id, event.start), "{context}");
                    assert!(event.triggers.is_superset(&before.triggers), "{context}");
                    assert!(end >= event.triggered, "{context}");
                    assert!(end <= event.triggered + self.plan.max_event, "{context}");
                    let motion: BTreeSet<Trigger> = [Trigger::Motion].into();
                    if let Some(clip) = self.plan.clip
                        && event.triggers == motion
                    {
                        assert!(end <= event.triggered + clip.length, "{context}");
                        self.cool = end + clip.cooldown;
                    }
                    *self.told.last_mut().expect(&context) = event;
                    assert_eq!(self.watch.current(), None, "{context}");
                }
                None => {
                    let current = self.watch.current();
                    assert_eq!(current.is_some(), before.is_some(), "{context}");
                }
            }
        }
    }

    /// Marsaglia's xorshift.
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: u64) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from((self.0 >> 11) % end).unwrap()
        }
    }
}

/// One moment a second, long enough after the epoch for a pre-roll before the first.
fn seconds() -> impl Iterator<Item = WallTime> {
    (0..).map(|second| WallTime::from_micros((1_000 + second) * 1_000_000))
}
