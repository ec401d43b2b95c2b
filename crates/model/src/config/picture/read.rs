//! Reads single values of `[camera.picture]`, and writes those whose words are no whole list.

use std::time::Duration;

use super::{AUTOFOCUSES, Autofocus, RegionOfInterest, WHITE_BALANCES, WhiteBalance};

pub(super) fn word<T: Copy>(value: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| format!("must be one of {}", quoted(words)))
}

fn quoted<T>(words: &[(&str, T)]) -> String {
    let words: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
    words.join(", ")
}

/// Nothing for `word`, and what `read` makes of anything else.
pub(super) fn or_word<T>(
    value: &str,
    word: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if value == word {
        return Ok(None);
    }
    read(value).map(Some).map_err(|problem| format!("{problem}, or {word:?}"))
}

pub(super) fn number(value: &str, least: f32, most: f32) -> Result<f32, String> {
    let number = decimal(value).filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("must be a number from {least} to {most}"))
}

/// A number in decimal digits: not `inf`, `nan` or `1e5`.
fn decimal(value: &str) -> Option<f32> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    value.parse().ok().filter(|_| plain).map(|number: f32| number + 0.0) // -0 is shown as 0.
}

/// `N` numbers with commas between them.
fn numbers<const N: usize>(value: &str) -> Option<[f32; N]> {
    let numbers: Option<Vec<f32>> = value.split(',').map(|part| decimal(part.trim())).collect();
    numbers?.try_into().ok()
}

pub(super) fn pixels(value: &str) -> Result<u16, String> {
    let pixels = value.parse().ok().filter(|pixels: &u16| pixels.is_multiple_of(2));
    pixels
        .filter(|pixels| (64..=4096).contains(pixels))
        .ok_or("must be an even number of pixels from 64 to 4096".to_owned())
}

/// Whole bits a second, or such as `3Mbit` and `2.5Mbit`.
pub(super) fn bit_rate(value: &str) -> Result<u32, String> {
    const UNITS: [(&str, f64); 3] = [("kbit", 1e3), ("mbit", 1e6), ("", 1.0)];
    let lower = value.to_ascii_lowercase();
    let plain = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let bits = UNITS.iter().find_map(|(unit, bits)| {
        let number = lower.strip_suffix(unit)?.trim_end();
        number.parse().ok().filter(|_: &f64| plain(number)).map(|number: f64| number * bits)
    });
    let bits = bits.filter(|bits| (100e3..=50e6).contains(bits)).map(f64::round);
    // A number of this size is written without a point or a power.
    bits.and_then(|bits| bits.to_string().parse().ok())
        .ok_or("must be a bit rate from \"100kbit\" to \"50Mbit\" a second".to_owned())
}

pub(super) fn bit_rate_text(bits: u32) -> String {
    match bits {
        bits if bits.is_multiple_of(100_000) => {
            let (whole, tenth) = (bits / 1_000_000, bits / 100_000 % 10);
            if tenth == 0 { format!("{whole}Mbit") } else { format!("{whole}.{tenth}Mbit") }
        }
        bits if bits.is_multiple_of(1_000) => format!("{}kbit", bits / 1_000),
        bits => bits.to_string(),
    }
}

/// A length of time in whole microseconds or with a point in milliseconds, such as `8ms`, `500us`.
pub(super) fn shutter(value: &str) -> Result<Option<Duration>, String> {
    let longest = Duration::from_secs(1);
    let length = |value: &str| {
        let (number, micros) = match value.strip_suffix("us") {
            Some(number) => (number, 1),
            None => (value.strip_suffix("ms")?, 1_000),
        };
        let number: u64 = number.trim_end().parse().ok()?;
        number.checked_mul(micros).map(Duration::from_micros)
    };
    or_word(value, "auto", |value| {
        length(value).filter(|length| (Duration::from_micros(10)..=longest).contains(length)).ok_or(
            "must be a time from \"10us\" to \"1000ms\", such as \"8ms\" or \"500us\"".into(),
        )
    })
}

pub(super) fn white_balance(value: &str) -> Result<WhiteBalance, String> {
    let gains = numbers(value)
        .filter(|gains: &[f32; 2]| gains.iter().all(|gain| (0.1..=32.0).contains(gain)));
    match gains {
        Some([red, blue]) => Ok(WhiteBalance::Gains { red, blue }),
        None => word(value, WHITE_BALANCES).map_err(|problem| {
            format!("{problem}, or the gains of red and blue from 0.1 to 32, such as \"1.8,1.5\"")
        }),
    }
}

pub(super) fn autofocus(value: &str) -> Result<Autofocus, String> {
    match decimal(value).filter(|lens| (0.0..=32.0).contains(lens)) {
        Some(lens) => Ok(Autofocus::Manual { lens }),
        None => word(value, AUTOFOCUSES).map_err(|problem| {
            format!("{problem}, or where the lens stands, from 0 (infinity) to 32 dioptres")
        }),
    }
}

pub(super) fn region(value: &str) -> Result<RegionOfInterest, String> {
    let fits = |from: f32, length: f32| from >= 0.0 && length >= 0.01 && from + length <= 1.0;
    let region = numbers(value).filter(|[x, y, w, h]| fits(*x, *w) && fits(*y, *h));
    let region = region.map(|[x, y, width, height]| RegionOfInterest { x, y, width, height });
    region.ok_or(
        "must be left edge, upper edge, width and height within the picture as shares of it, such \
         as \"0.25,0.25,0.5,0.5\""
            .to_owned(),
    )
}
