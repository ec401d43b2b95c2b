//! Whatever comes over a serial line: nothing panics, nothing grows, and what is understood keeps its
//! meaning.

use watchpost_device::{board, light};

/// Lines that boards and lights say, and some that they nearly say.
const SEEDS: &[&str] = &[
    "$H,v=1,fw=1.0,id=entry*00",
    "$R,n=17,pir=0,mm=1234,led=1*00",
    "$R,n=65535,pir=1,mm=-,led=0*00",
    "$A,range=1500*00",
    "$A,debounce=50*00",
    "$A,led=follow*00",
    "$E,what=checksum*00",
    "$Q*00",
    "Distance: 123",
    "Distance: 123.45",
    "Distance: 0",
    "PIR sensor detected motion",
    "Distance sensor detected obstacle",
    "111",
    "ok",
    "err",
    "reboot",
    "bright: 30",
    "bright: 100",
];

/// What is put into lines: what the protocols are made of, and what they must not be made of.
const PIECES: &[&[u8]] = &[
    b"$",
    b"*",
    b",",
    b"=",
    b"-",
    b"+",
    b".",
    b" ",
    b"\r",
    b"\n",
    b"\0",
    b"\xFF",
    b"\xC3\xA9",
    b"0",
    b"00000",
    b"4294967296",
    b"99999",
    b"mm=",
    b"n=",
    b"v=2",
    b"range=20",
    b"range=4001",
    b"led=on",
    b"Distance: ",
    b"bright: ",
    b"111",
];

/// `SplitMix64`, by Steele, Lea and Flood (2014): the same numbers on each machine.
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(self.next() % end).unwrap_or(0)
    }
}

/// A seed, changed in a few places.
fn line(luck: &mut Luck) -> Vec<u8> {
    let mut line = SEEDS[luck.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..luck.below(4) {
        let at = luck.below(line.len() + 1);
        let piece = PIECES[luck.below(PIECES.len())];
        match luck.below(5) {
            0 => drop(line.splice(at..at, piece.iter().copied())),
            1 => line.truncate(at),
            2 if at < line.len() => line[at] ^= 1 << luck.below(8),
            3 if at < line.len() => {
                let end = line.len().min(at + piece.len());
                line.splice(at..end, piece.iter().copied());
            }
            4 => {
                let doubled = line.clone();
                line.extend(doubled);
            }
            _ => {}
        }
    }
    // Most changed lines get their checksum, else nothing behind it would ever be tried.
    if luck.below(8) > 0
        && line.first() == Some(&b'$')
        && let Some(star) = line.iter().rposition(|byte| *byte == b'*')
        && star > 0
    {
        let sum = line[1..star].iter().fold(0, |sum, byte| sum ^ byte);
        line.truncate(star);
        line.extend(format!("*{sum:02X}").bytes());
    }
    line
}

/// How many lines of so many were understood, of boards and of lights.
fn rounds(count: u32, seed: u64) -> (u32, u32) {
    let mut luck = Luck(seed);
    let (mut boards, mut lights) = (0, 0);
    for _ in 0..count {
        let line = line(&mut luck);
        let shown = line.escape_ascii();
        if let Ok(said) = board::parse(&line) {
            boards += 1;
            let again = said.encode();
            assert!(again.len() <= board::LONGEST, "{shown} grew to {again}");
            assert_eq!(board::parse(again.as_bytes()), Ok(said), "{shown} became {again}");
        }
        if let Ok(said) = light::parse(&line) {
            lights += 1;
            let again = said.encode();
            assert!(again.len() <= "bright: 100".len(), "{shown} grew to {again}");
            assert_eq!(light::parse(again.as_bytes()), Ok(said), "{shown} became {again}");
        }
    }
    (boards, lights)
}

#[test]
fn fuzz_lines_for_a_moment() {
    let (boards, lights) = rounds(20_000, 1);
    // A fuzzer whose lines are all refused tries nothing.
    assert!(boards > 2_000 && lights > 500, "{boards} and {lights} were understood");
}

#[test]
#[ignore = "takes a while: `cargo test --release -p watchpost-device fuzz -- --ignored`"]
fn fuzz_lines_for_long() {
    for seed in 0..50 {
        rounds(200_000, seed);
    }
}
