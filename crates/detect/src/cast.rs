//! The one place where numbers change their kind by `as`.
#![expect(clippy::as_conversions, reason = "this is the commented cast helper of the crate")]

/// The whole number at or below `value`; 0 for what is negative or not a number (so `as` has it).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(crate) fn floor(value: f32) -> usize {
    value as usize
}

/// `value` as a number to reckon with: exact up to 16 million, beyond that the nearest.
#[expect(clippy::cast_precision_loss, reason = "the nearest is what is wanted")]
pub(crate) fn real(value: i64) -> f32 {
    value as f32
}

/// `count` as a number to reckon with. Exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no picture has so many pixels")]
pub(crate) fn double(count: usize) -> f64 {
    count as f64
}

/// The nearest number of single precision.
#[expect(clippy::cast_possible_truncation, reason = "the nearest is what is wanted")]
pub(crate) fn single(value: f64) -> f32 {
    value as f32
}
