//! Messages that somebody broke.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use watchpost_device::mqtt::{LONGEST, judge};
use watchpost_model::config::MqttSensor;

/// A generator of numbers that look random, the same for each seed: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap();
        usize::try_from(self.roll() % limit).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll() & 0xff).unwrap()
    }
}

const SEEDS: [&[u8]; 12] = [
    br#"{"status":"ALERT","value":35}"#,
    br#"{"status":"ALERTE","value":"31.5","battery":87}"#,
    br#"{"status":"OK","value":-1e308,"battery":"12"}"#,
    br#"{"alarm":{"state":"ALERT","level":{"now":40}},"battery":null}"#,
    br#"{"status":true,"value":1e999}"#,
    br#"{"status":"\u00c9\ud83d\ude00","value":[1,2,3]}"#,
    b"ON",
    b"1",
    b" true \r\n",
    b"-0.0",
    b"[[[[[[{}]]]]]]",
    b"",
];

const PIECES: [&[u8]; 12] =
    [b"\"", b"{", b"}", b"[", b":", b",", b"\\u", b"\xff", b"\x00", b"ALERT", b"1e9999", b"status"];

fn broken(dice: &mut Dice) -> Vec<u8> {
    let mut payload = dice.of(&SEEDS).to_vec();
    for _ in 0..dice.below(5) {
        let at = dice.below(payload.len() + 1);
        let end = (at + dice.below(8)).min(payload.len());
        match dice.below(6) {
            0 => drop(payload.drain(at..end)),
            1 => payload.truncate(at),
            2 => drop(payload.splice(at..end, dice.of(&PIECES).iter().copied())),
            3 => drop(payload.splice(at..at, dice.of(&SEEDS).iter().copied())),
            4 => {
                if let Some(byte) = payload.get_mut(at) {
                    *byte = dice.byte();
                }
            }
            _ => {
                let piece = dice.of(&PIECES).repeat(dice.below(300));
                drop(payload.splice(at..at, piece));
            }
        }
    }
    if dice.below(1000) == 0 {
        let filler = dice.byte();
        payload.resize(LONGEST - 1 + dice.below(3), filler);
    }
    payload
}

fn settings(dice: &mut Dice) -> MqttSensor {
    let odd = dice.below(8) == 0;
    let mut field = |usual: &[&str]| {
        let field = if odd { dice.of(&["", ".", "alarm", "value"]) } else { dice.of(usual) };
        (dice.below(5) > 0).then(|| field.to_owned())
    };
    let field_of_word = field(&["status", "status", "alarm.state"]);
    let value_field = field(&["value", "value", "alarm.level.now"]);
    let battery_field = field(&["battery"]);
    let list = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    MqttSensor {
        topic: "salle/mouvement".to_owned(),
        field: field_of_word,
        values: list(dice.of(&[
            &["ALERT", "ALERTE"][..],
            &["ON", "1", "true", "ALERT"],
            &["", "null"],
        ])),
        clear_values: list(dice.of(&[&[][..], &["OK"], &["OFF", "0"]])),
        value_field,
        min: [None, None, Some(30.0), Some(-1.0), Some(f64::MAX)][dice.below(5)],
        battery_field,
    }
}

fn fuzz(seed: u64, rounds: u32) {
    let mut dice = Dice(seed);
    let (mut yes, mut no, mut unreadable) = (0, 0, 0);
    for round in 0..rounds {
        let (settings, payload) = (settings(&mut dice), broken(&mut dice));
        let context = || format!("round {round} of seed {seed}: {payload:?} by {settings:?}");
        let fresh = judge(&settings, &payload, false);
        let kept = judge(&settings, &payload, true);
        let Ok(reading) = fresh else {
            assert_eq!(kept, fresh, "{}", context());
            unreadable += 1;
            continue;
        };
        let kept = kept.unwrap_or_else(|fault| panic!("{fault}: {}", context()));
        assert_ne!(kept.on, Some(true), "{}", context());
        assert!(!kept.momentary, "{}", context());
        if reading.on == Some(true) {
            yes += 1;
            assert_eq!(reading.momentary, settings.clear_values.is_empty(), "{}", context());
            let enough = settings.min.is_none_or(|min| reading.value.is_some_and(|is| is >= min));
            assert!(enough, "{}", context());
        } else {
            no += 1;
            assert!(!reading.momentary, "{}", context());
        }
        assert!(reading.value.is_none_or(f64::is_finite), "{}", context());
        assert!(payload.len() <= LONGEST, "{}", context());
    }
    // A round in which one of them hardly comes tries little.
    for (count, what) in [(yes, "yes"), (no, "no"), (unreadable, "unreadable")] {
        assert!(count > rounds / 200, "{count} of {rounds} are {what}");
    }
}

#[test]
fn broken_messages_do_no_harm() {
    fuzz(6, 20_000);
}

#[test]
#[ignore = "minutes; run by hand"]
fn fuzz_messages_for_minutes() {
    for seed in 0..100 {
        fuzz(seed, 50_000);
    }
}
