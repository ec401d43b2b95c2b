//! Talks in which no time passes.

use super::*;

struct Stage {
    talk: Talk,
    now: Instant,
}

impl Stage {
    fn new() -> Self {
        let now = Instant::now();
        let mut talk = Talk::new(Settings {
            port: "/dev/ttyUSB0".into(),
            baud: 19_200,
            timeout: Duration::from_secs(2),
            updates_per_sec: 5,
            on_command: "ir_on".into(),
            off_command: "ir_off".into(),
        });
        talk.opened(now);
        Self { talk, now }
    }

    fn hears(&mut self, line: &str) -> Option<Report> {
        self.talk.arrived(line.len(), self.now);
        self.talk.heard(&Piece::Whole(line.into()), self.now)
    }

    /// What is said and reported in this time, each with its milliseconds.
    fn passes(&mut self, length: Duration) -> Vec<(u128, String)> {
        let start = self.now;
        let mut told = Vec::new();
        loop {
            while let Some(report) = self.talk.tick(self.now) {
                let text = match report {
                    Report::Lost { cause, .. } => cause,
                    report => format!("{report:?}"),
                };
                told.push(((self.now - start).as_millis(), text));
            }
            if let Some(command) = self.talk.say(self.now) {
                told.push(((self.now - start).as_millis(), command.to_owned()));
            }
            match self.talk.wake_at() {
                Some(at) if at <= start + length => {
                    assert!(at > self.now, "it would be asked for ever");
                    self.now = at;
                }
                _ => break,
            }
        }
        self.now = start + length;
        told
    }
}

fn at(ms: u128, text: &str) -> (u128, String) {
    (ms, text.to_owned())
}

#[test]
fn a_light_that_does_not_obey_is_tried_anew_without_a_word() {
    let mut stage = Stage::new();
    stage.talk.set(true, stage.now);
    let lost = "/dev/ttyUSB0: the light does not obey: no answer to \"ir_on\"";
    assert_eq!(
        stage.passes(Duration::from_secs(27)),
        [
            at(0, "ir_on"),
            at(2_000, "ir_on"),
            at(4_000, "ir_on"),
            at(6_000, "ir_on"),
            at(8_000, lost),
            at(18_000, "ir_on"),
            at(20_000, "ir_on"),
            at(22_000, "ir_on"),
            at(24_000, "ir_on"),
        ]
    );
    assert_eq!(stage.hears("bright: 30"), None, "that would say that all is well");
    assert_eq!(stage.hears("ok"), None, "nothing was asked");
}

#[test]
fn a_wish_that_changes_meanwhile_waits_for_the_answer() {
    let mut stage = Stage::new();
    stage.talk.set(true, stage.now);
    assert_eq!(stage.passes(Duration::from_secs(1)), [at(0, "ir_on")]);
    stage.talk.set(false, stage.now);
    assert_eq!(stage.passes(Duration::from_millis(500)), []);
    assert_eq!(stage.hears("ok"), Some(Report::Is(true)));
    assert_eq!(stage.passes(Duration::from_millis(500)), [at(0, "ir_off")]);
    assert_eq!(stage.hears("ok"), Some(Report::Is(false)));
    assert_eq!(stage.passes(Duration::from_mins(1)), []);
}

#[test]
fn what_it_does_already_is_not_told_again() {
    let mut stage = Stage::new();
    stage.talk.set(true, stage.now);
    stage.passes(Duration::from_millis(500));
    stage.hears("ok");
    stage.talk.set(true, stage.now);
    assert_eq!(stage.passes(Duration::from_mins(1)), []);
}

#[test]
fn a_light_that_is_switched_on_again_and_again_is_not_flooded() {
    let mut stage = Stage::new();
    stage.talk.set(true, stage.now);
    let mut commands = 0;
    for _ in 0..1_000 {
        stage.hears("reboot");
        commands += stage.passes(Duration::from_millis(1)).len();
    }
    assert!((9..=11).contains(&commands), "{commands}");
}

#[test]
fn only_a_light_that_told_its_brightness_is_expected_to() {
    let mut stage = Stage::new();
    assert_eq!(stage.passes(Duration::from_hours(1)), []);
    assert!(matches!(stage.hears("bright: 30"), Some(Report::Brightness(_))));
    let silent = "/dev/ttyUSB0: the light says nothing any more";
    assert_eq!(stage.passes(Duration::from_mins(1)), [at(2_000, silent)]);
}

#[test]
fn a_light_that_is_silent_is_told_what_to_do_when_it_speaks_again() {
    let mut stage = Stage::new();
    stage.talk.set(true, stage.now);
    stage.hears("bright: 30");
    stage.passes(Duration::from_millis(500));
    assert_eq!(stage.hears("ok"), Some(Report::Is(true)));
    let silent = "/dev/ttyUSB0: the light says nothing any more";
    assert_eq!(stage.passes(Duration::from_mins(1)), [at(2_000, silent)]);
    stage.hears("bright: 30");
    assert_eq!(stage.passes(Duration::from_secs(1)), [at(0, "ir_on")]);
}

#[test]
fn noise_that_ends_leaves_no_fault_behind() {
    let mut stage = Stage::new();
    stage.talk.set(true, stage.now);
    stage.passes(Duration::from_millis(500));
    assert_eq!(stage.hears("ok"), Some(Report::Is(true)));
    stage.hears("\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}");
    let told = stage.passes(Duration::from_secs(3));
    assert_eq!(
        told,
        [at(3_000, "/dev/ttyUSB0: what comes makes no sense at 19200 baud"), at(3_000, "ir_on"),]
    );
    assert_eq!(stage.hears("ok"), Some(Report::Is(true)));
}
