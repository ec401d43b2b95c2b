//! The one place where numbers change their kind by `as`.
#![expect(clippy::as_conversions, reason = "this is the commented cast helper of the crate")]

/// `count` as a number to reckon with. Exact up to 16 million, which no picture's side or area in
/// this crate comes near; beyond, the nearest.
#[expect(clippy::cast_precision_loss, reason = "the nearest is what is wanted")]
pub(crate) fn real(count: usize) -> f32 {
    count as f32
}

/// The whole number at or below `value`; 0 for what is negative or not a number (so `as` has it).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(crate) fn floor(value: f32) -> usize {
    value as usize
}

/// The whole number nearest to `value`, at most 127 either way; 0 for what is not a number (so `as`
/// has it).
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is narrowed first, and `as` saturates"
)]
pub(crate) fn level_of(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

/// The number of half the precision nearest to `value`.
#[expect(clippy::cast_possible_truncation, reason = "the nearest is what is wanted")]
pub(crate) fn narrow(value: f64) -> f32 {
    value as f32
}
