//! The one place of the scenes where numbers change their kind by `as`.
#![expect(clippy::as_conversions, reason = "this is the commented cast helper of the scenes")]

/// `count` as a number to reckon with; the nearest beyond 16 million.
#[expect(clippy::cast_precision_loss, reason = "the nearest is what is wanted")]
pub(crate) fn real(count: usize) -> f32 {
    count as f32
}

/// The whole number at or below `value`; 0 for what is negative or not a number (so `as` has it).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(crate) fn floor(value: f32) -> usize {
    value as usize
}

/// The whole number at or below `value`, negative ones too.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
pub(crate) fn floor_signed(value: f32) -> i64 {
    value.floor() as i64
}

/// The bits of `value`, to be hashed.
#[expect(clippy::cast_sign_loss, reason = "only the bits are wanted")]
pub(crate) fn bits(value: i64) -> u64 {
    value as u64
}

/// The grey level nearest to `value`, from 0 to 255.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(crate) fn level(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// The share that the upper 24 bits of `hash` are of 2 to the 24th: from 0 up to 1.
#[expect(clippy::cast_precision_loss, reason = "24 bits fit")]
pub(crate) fn unit(hash: u64) -> f32 {
    (hash >> 40) as f32 / 16_777_216.0
}
