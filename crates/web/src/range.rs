//! Which bytes a request wants (RFC 9110, section 14).
//!
//! One range is served; what asks for several or cannot be read gets the whole, as the RFC allows.

use std::ops::Range;

/// What to answer to a request for bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: 200.
    Whole,
    /// These bytes, at least one: 206.
    Part(Range<u64>),
    /// Bytes that there are not: 416.
    Beyond,
}

/// What a request's `Range` header wants of `length` bytes.
pub(crate) fn wanted(header: Option<&str>, length: u64) -> Wanted {
    let range = header.and_then(|header| {
        let (unit, range) = header.split_once('=')?;
        unit.trim().eq_ignore_ascii_case("bytes").then_some(range.trim())
    });
    match range.and_then(|range| range.split_once('-')) {
        None => Wanted::Whole,
        Some(("", last)) => number(last).map_or(Wanted::Whole, |count| tail(count, length)),
        Some((first, last)) => match (number(first), last, number(last)) {
            (Some(first), "", _) => from(first, length, length),
            (Some(first), _, Some(last)) if first <= last => {
                from(first, last.saturating_add(1).min(length), length)
            }
            _ => Wanted::Whole,
        },
    }
}

fn tail(count: u64, length: u64) -> Wanted {
    if count == 0 { Wanted::Beyond } else { from(length.saturating_sub(count), length, length) }
}

fn from(first: u64, end: u64, length: u64) -> Wanted {
    if first < length { Wanted::Part(first..end) } else { Wanted::Beyond }
}

/// Digits only: `parse` alone would take `+1`. More than 64 bits hold is as good as the end.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_there_is() {
        let cases = [
            ("bytes=0-", 0..100),
            ("bytes=0-0", 0..1),
            ("bytes=10-19", 10..20),
            ("bytes=99-", 99..100),
            ("bytes=90-1000", 90..100),
            ("bytes=5-99999999999999999999999", 5..100),
            ("bytes=-1", 99..100),
            ("bytes=-1000", 0..100),
            ("Bytes = 1-2", 1..3),
        ];
        for (header, range) in cases {
            assert_eq!(wanted(Some(header), 100), Wanted::Part(range), "{header}");
        }
    }

    #[test]
    fn bytes_that_there_are_not_are_refused() {
        for header in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(wanted(Some(header), 100), Wanted::Beyond, "{header}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Beyond);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Beyond);
    }

    #[test]
    fn what_cannot_be_read_gets_the_whole() {
        let garbled =
            ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=+1-2", "lines=1-2"];
        for header in garbled.into_iter().chain(["bytes=0-1,5-6", "bytes=1--2"]) {
            assert_eq!(wanted(Some(header), 100), Wanted::Whole, "{header}");
        }
        assert_eq!(wanted(None, 100), Wanted::Whole);
    }
}
