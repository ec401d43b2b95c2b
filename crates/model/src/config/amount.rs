//! How amounts are written: "1m30s", "20GB".

use std::time::Duration;

use crate::ByteSize;

const MILLIS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const BYTES: [(&str, u64); 9] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
    ("TIB", 1 << 40),
];

/// Reads a length of time such as `500ms`, `5s`, `1m30s` or `30d`: whole numbers, each with its
/// unit.
///
/// # Errors
///
/// What is wrong and what would be right.
pub(super) fn length(text: &str) -> Result<Duration, String> {
    const FORMS: &str =
        "write a length of time such as \"500ms\", \"5s\", \"1m30s\", \"2h\" or \"30d\"";
    let mut rest: String = text.split_whitespace().collect();
    if rest.is_empty() {
        return Err(FORMS.to_owned());
    }
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let (number, unit, after) = amount(&rest);
        match (number.is_empty(), unit.is_empty()) {
            (true, _) => return Err(FORMS.to_owned()),
            (false, true) => return Err(format!("write a unit, such as \"{number}s\"")),
            (false, false) => {}
        }
        let Some((_, millis)) = MILLIS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("{FORMS} (units are ms, s, m, h and d)"));
        };
        let part = number.parse().ok().and_then(|number: u64| number.checked_mul(*millis));
        sum = part.and_then(|part| sum.checked_add(part)).ok_or("is too long to count")?;
        rest = after.to_owned();
    }
    Ok(Duration::from_millis(sum))
}

/// Reads a size such as `500MB`, `1.5TB` or `512MiB`: one number, perhaps with a decimal point, and
/// a unit in upper or lower case.
///
/// # Errors
///
/// What is wrong and what would be right.
pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    const FORMS: &str = "write a size such as \"500MB\", \"20GB\", \"1TB\" or \"512MiB\"";
    let text: String = text.split_whitespace().collect();
    let (whole, unit, rest) = amount(&text);
    let (decimals, unit, rest) = match unit {
        "." => amount(rest),
        unit => ("", unit, rest),
    };
    match (whole.is_empty(), unit.is_empty()) {
        (true, _) => return Err(FORMS.to_owned()),
        (false, true) if rest.is_empty() => {
            return Err(format!("write a unit, such as \"{text}GB\""));
        }
        _ => {}
    }
    let unit = unit.to_ascii_uppercase();
    let unit = BYTES.iter().find(|(name, _)| *name == unit).filter(|_| rest.is_empty());
    let (_, unit) = unit.ok_or(FORMS)?;
    let scaled = |digits: &str| digits.parse().ok().and_then(|n: u64| n.checked_mul(*unit));
    let part = match decimals.len() {
        0 => Some(0),
        places @ 1..=3 => scaled(decimals).map(|part| part / [10, 100, 1_000][places - 1]),
        _ => return Err("write at most three digits after the point".to_owned()),
    };
    let bytes = scaled(whole).zip(part).and_then(|(whole, part)| whole.checked_add(part));
    Ok(ByteSize::from_bytes(bytes.ok_or("is too large to count")?))
}

/// Reads a distance such as `1500mm`, `150cm` or `1.5m`, in millimetres.
///
/// # Errors
///
/// What is wrong and what would be right.
pub(super) fn distance(text: &str) -> Result<u32, String> {
    const FORMS: &str = "write a distance such as \"1500mm\", \"150cm\" or \"1.5m\"";
    const UNITS: [(&str, u32); 3] = [("mm", 1), ("cm", 10), ("m", 1_000)];
    parts(text, &UNITS, "cm", FORMS)
}

/// Reads the length of a pulse such as `500us` or `1.5ms`.
///
/// # Errors
///
/// What is wrong and what would be right.
pub(super) fn pulse(text: &str) -> Result<Duration, String> {
    const FORMS: &str = "write the length of a pulse such as \"500us\" or \"1.5ms\"";
    const UNITS: [(&str, u32); 3] = [("us", 1), ("µs", 1), ("ms", 1_000)];
    Ok(Duration::from_micros(parts(text, &UNITS, "us", FORMS)?.into()))
}

/// Reads one number, perhaps with a decimal point, and one of these units, each of which is so many
/// of the smallest; what is said in a unit must be a whole number of the smallest.
///
/// # Errors
///
/// `forms`, or that a unit such as `usual` is missing.
fn parts(text: &str, units: &[(&str, u32)], usual: &str, forms: &str) -> Result<u32, String> {
    let text: String = text.split_whitespace().collect();
    let (whole, unit, rest) = amount(&text);
    let (decimals, unit, rest) = match unit {
        "." => amount(rest),
        unit => ("", unit, rest),
    };
    if !whole.is_empty() && unit.is_empty() && rest.is_empty() {
        return Err(format!("write a unit, such as \"{text}{usual}\""));
    }
    let unit = units.iter().find(|(name, _)| *name == unit).filter(|_| rest.is_empty());
    let (_, unit) = unit.ok_or(forms)?;
    let whole: u32 = whole.parse().map_err(|_| forms)?;
    let mut sum = whole.checked_mul(*unit);
    let mut digit_is = *unit;
    for digit in decimals.trim_end_matches('0').chars() {
        if digit_is < 10 {
            return Err(format!("is too exact; {forms}"));
        }
        digit_is /= 10;
        let part = digit.to_digit(10).and_then(|digit| digit.checked_mul(digit_is));
        sum = sum.zip(part).and_then(|(sum, part)| sum.checked_add(part));
    }
    sum.ok_or("is too large to count".to_owned())
}

/// How a very short time is written: `500us`, `3ms`.
pub(super) fn micros_text(length: Duration) -> String {
    let micros = length.as_micros();
    if micros.is_multiple_of(1_000) {
        format!("{}ms", micros / 1_000)
    } else {
        format!("{micros}us")
    }
}

/// How a length of time is written, in its largest units: `2m30s`. Below two minutes seconds are
/// easier to grasp: `60s`.
pub(super) fn length_text(length: Duration) -> String {
    let mut rest = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    let counts_seconds = rest < 120_000;
    for (unit, millis) in MILLIS {
        if rest >= millis && !(counts_seconds && unit == "m") {
            parts.push(format!("{}{unit}", rest / millis));
            rest %= millis;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.concat() }
}

/// How a size is written: `20GB`. What is no whole number of a decimal unit is told in bytes.
pub(super) fn size_text(size: ByteSize) -> String {
    let bytes = size.as_bytes();
    let fits = |(_, unit): &&(&str, u64)| bytes >= *unit && bytes.is_multiple_of(*unit);
    let decimal = BYTES.get(..5).unwrap_or_default();
    let (name, unit) = decimal.iter().rev().find(fits).unwrap_or(&("B", 1));
    format!("{}{name}", bytes / unit)
}

/// Takes a number and what follows it up to the next digit off the front.
fn amount(text: &str) -> (&str, &str, &str) {
    let (number, rest) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let (unit, rest) = rest.split_at(rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()));
    (number, unit, rest)
}
