//! Talks in which no time passes.

use super::*;

fn piece(text: &str) -> Piece {
    Piece::Whole(text.into())
}

fn framed(body: &str) -> String {
    format!("${body}*{:02X}", body.bytes().fold(0, |sum, byte| sum ^ byte))
}

/// Plays a board: what it says in each second (`H`: hello, `R`: a reading, `A`: takes what it was told
/// last, `E`: has no such setting, `x`: garbage, `d`: `Distance: 200`, `m`: motion of an older board,
/// `.`: nothing), and gives what it was told (`q`: who are you, `s`: a setting) and what was reported
/// (`r`: a reading, `L`: a loss).
fn play(says: &str) -> (String, Vec<String>) {
    let start = Instant::now();
    let mut talk = Talk::new(SerialSensor {
        port: "/dev/ttyACM0".into(),
        baud: 115_200,
        within: Some(1_500),
        require: watchpost_model::config::Require::Either,
        debounce: Duration::from_millis(50),
    });
    let mut drawn = String::new();
    let mut causes = Vec::new();
    let mut last_setting = String::new();
    talk.opened(start);
    for (second, what) in (0..).zip(says.chars()) {
        let now = start + Duration::from_secs(second);
        let line = match what {
            'H' => framed("H,v=1"),
            'R' => framed("R,n=1,pir=0,mm=2000,led=0"),
            'A' => framed(&format!("A,{last_setting}")),
            'E' => framed("E,what=unknown"),
            'x' => "\u{1}".repeat(20),
            'd' => "Distance: 200".into(),
            'm' => "PIR sensor detected motion".into(),
            _ => String::new(),
        };
        let mut marks = String::new();
        let mut reports = Vec::new();
        if !line.is_empty() {
            talk.arrived(line.len(), now);
            reports.extend(talk.heard(&piece(&line), now));
        }
        for _ in 0..5 {
            reports.extend(talk.tick(now));
            while let Some(said) = talk.say() {
                if let Some(setting) = said.strip_prefix("$S,") {
                    last_setting = setting.split('*').next().unwrap().to_owned();
                    marks.push('s');
                } else {
                    marks.push('q');
                }
            }
        }
        assert!(talk.wake_at().is_none_or(|at| at > now), "it would be asked for ever");
        for report in reports {
            match report {
                Report::Reading(_) => marks.push('r'),
                Report::Lost { cause, .. } => {
                    marks.push('L');
                    causes.push(cause.strip_prefix("/dev/ttyACM0: ").unwrap().to_owned());
                }
            }
        }
        drawn += if marks.is_empty() { "." } else { &marks };
        drawn.push(' ');
    }
    (drawn.trim_end().to_owned(), causes)
}

#[track_caller]
fn check(says: &str, expected: &str, causes: &[&str]) {
    assert_eq!(play(says), (expected.to_owned(), causes.iter().map(|c| (*c).to_owned()).collect()));
}

const SILENT: &str = "the board says nothing";
const GARBAGE: &str = "what comes makes no sense at 115200 baud";

#[test]
fn a_board_is_asked_until_it_says_hello_and_gets_one_setting_after_the_other() {
    check("...HAAARR", "q . q s s s . r r", &[]);
}

#[test]
fn a_reading_without_hello_counts_and_the_question_stands() {
    check(".RRRRR", "q r qr r qr r", &[]);
}

#[test]
fn a_reset_board_gets_its_settings_again() {
    check("HAAARHAAA", "s s s . r s s s .", &[]);
}

#[test]
fn a_setting_without_answer_is_sent_three_times() {
    check(
        "HRRRAAR",
        "s sr sr srL s . r",
        &["the board does not take the setting range=1500: it did not answer"],
    );
}

#[test]
fn a_setting_that_is_not_known_is_told_and_the_next_one_sent() {
    check("HEAA", "s sL s .", &["the board does not take the setting range=1500: unknown"]);
}

#[test]
fn silence_is_told_once_also_after_readings() {
    check("HAAAR............R", "s s s . r . . . . L . . . . . . . r", &[SILENT]);
    check("......", "q . q . q L", &[SILENT]);
}

#[test]
fn only_garbage_is_told_once() {
    check("xxxxxxxxR", "q . q L q . q . qr", &[GARBAGE]);
}

#[test]
fn garbage_between_readings_is_nothing_to_tell() {
    check("HAAAxxRxxRxxR", "s s s . . . r . . r . . r", &[]);
}

#[test]
fn an_older_board_is_asked_no_more_after_three_lines() {
    check("dmd......m", "qr r r . . . . . . r", &[]);
}

#[test]
fn a_plain_line_of_a_board_with_checksums_is_noise() {
    check("HAAARmRdR", "s s s . r . r . r", &[]);
}

#[test]
fn the_end_of_a_plain_line_is_not_taken_for_another() {
    let now = Instant::now();
    let mut talk = Talk::new(SerialSensor {
        port: "/dev/ttyACM0".into(),
        baud: 115_200,
        within: None,
        require: watchpost_model::config::Require::Pir,
        debounce: Duration::ZERO,
    });
    talk.opened(now);
    assert_eq!(talk.heard(&Piece::Torn(b"111".to_vec()), now), None);
    assert!(talk.heard(&Piece::Whole(b"111".to_vec()), now).is_some());
    let reading = framed("R,n=1,pir=0,mm=2000,led=0").into_bytes();
    assert!(talk.heard(&Piece::Torn(reading), now + Duration::from_secs(1)).is_some());
}

#[test]
fn whatever_is_said_the_talk_takes_no_endless_room() {
    const LINES: [&str; 9] = [
        "H,v=1",
        "H,v=2",
        "H,v=3",
        "R,n=1,pir=1,mm=5,led=0",
        "R,n=2,pir=0,mm=-,led=0",
        "A,range=1500",
        "E,what=checksum",
        "E,what=range",
        "X",
    ];
    let start = Instant::now();
    let mut talk = Talk::new(SerialSensor {
        port: "/dev/ttyACM0".into(),
        baud: 115_200,
        within: Some(1_500),
        require: watchpost_model::config::Require::Either,
        debounce: Duration::ZERO,
    });
    let mut luck = 1_u64;
    for round in 0..20_000 {
        let now = start + Duration::from_millis(round * 10);
        luck = luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = usize::try_from(luck >> 33).unwrap();
        match pick % 13 {
            0 => talk.opened(now),
            1 => drop(talk.failed(&Trouble::Unplugged, now)),
            2 => drop(talk.heard(&Piece::Long, now)),
            3 => drop(talk.heard(&piece("111"), now)),
            _ => {
                let line = framed(LINES[pick / 13 % LINES.len()]);
                talk.arrived(line.len(), now);
                drop(talk.heard(&piece(&line), now));
            }
        }
        drop(talk.tick(now));
        assert!(talk.to_say.len() <= 8, "{:?}", talk.to_say);
        while talk.say().is_some() {}
    }
}
