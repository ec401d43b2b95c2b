//! Pictures and sound in MP4 files (ISO/IEC 14496-12:2022, with the sample entries of 14496-14 and
//! 14496-15:2022).
//!
//! A segment on disk and a live stream are the same thing: a header, then fragments. The track of
//! pictures has 90 000 ticks a second, that of sound, if there is one, as many as it has samples.
//! Both count from the origin: the moment that the header names and that every fragment repeats.

mod boxes; //    how a box is written
mod movie; //    the header of any file
mod fragment; // a stretch of pictures and sound
mod index; //    what a file holds
pub mod clip; //  an interval of several files as one

pub use fragment::{Use, fragment, init};
pub use index::{Fragment, Index, ReadError, Sample, SoundSample, index};

use watchpost_model::WallTime;

/// The number of the track of pictures, and of sound.
const VIDEO: u32 = 1;
const SOUND: u32 = 2;

/// Ticks in a second of pictures, in all our files.
const TIMESCALE: u32 = 90_000;

/// Microseconds from 1904, where MP4 begins to count, to 1970.
const MP4_EPOCH: i64 = -2_082_844_800 * SECOND;
/// Microseconds from 1900, where NTP begins to count, to 1970.
const NTP_EPOCH: i64 = -2_208_988_800 * SECOND;
/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// Whole ticks from `earlier` to `later`; negative if `later` is not later.
fn ticks_between(earlier: WallTime, later: WallTime) -> i64 {
    let micros = i128::from(later.as_micros()) - i128::from(earlier.as_micros());
    i64::try_from((micros * 9).div_euclid(100)).unwrap_or(i64::MAX)
}

/// The moment `ticks` after `earlier`, to the microsecond below.
fn after_ticks(earlier: WallTime, ticks: i64) -> WallTime {
    let micros = i128::from(earlier.as_micros()) + (i128::from(ticks) * 100).div_euclid(9);
    WallTime::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// Samples of sound from `earlier` to `later`, at `rate` in Hz; negative if `later` is not later.
///
/// To the nearest, so that packets that touch still do after their times were cut to microseconds.
fn samples_between(earlier: WallTime, later: WallTime, rate: u32) -> i64 {
    let micros = i128::from(later.as_micros()) - i128::from(earlier.as_micros());
    let second = i128::from(SECOND);
    let samples = (micros * i128::from(rate) + second / 2).div_euclid(second);
    i64::try_from(samples).unwrap_or(i64::MAX)
}

/// The moment `samples` after `earlier`, at `rate` in Hz, to the nearest microsecond.
fn after_samples(earlier: WallTime, samples: i64, rate: u32) -> WallTime {
    let rate = i128::from(rate.max(1));
    let passed = (i128::from(samples) * i128::from(SECOND) + rate / 2).div_euclid(rate);
    let micros = i128::from(earlier.as_micros()) + passed;
    WallTime::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
