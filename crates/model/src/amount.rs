//! Amounts that std has no type for.

use std::fmt;

/// A number of bytes on disk or in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

impl ByteSize {
    /// No bytes.
    pub const ZERO: ByteSize = ByteSize(0);

    /// `bytes` bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn as_bytes(self) -> u64 {
        self.0
    }

    /// Both together, at most what 64 bits hold.
    #[must_use]
    pub const fn saturating_add(self, other: ByteSize) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left without `other`, at least nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: ByteSize) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for ByteSize {
    /// In decimal units, as disks are sold: `20 GB`, `1.5 MB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] =
            [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        for (unit, name) in UNITS {
            if self.0 >= unit {
                let tenths = self.0 / (unit / 10);
                return match tenths % 10 {
                    0 => write!(f, "{} {name}", tenths / 10),
                    tenth => write!(f, "{}.{tenth} {name}", tenths / 10),
                };
            }
        }
        write!(f, "{} bytes", self.0)
    }
}

/// A share of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Fraction(f32);

impl Fraction {
    /// Nothing of it.
    pub const NONE: Fraction = Fraction(0.0);
    /// All of it.
    pub const ALL: Fraction = Fraction(1.0);

    /// `share` of the whole, or `None` outside 0 to 1.
    #[must_use]
    pub fn new(share: f32) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    /// `share` of the whole, moved into 0 to 1; what is not a number counts as 0.
    #[must_use]
    pub fn clamped(share: f32) -> Self {
        Self(if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) })
    }

    /// The share, from 0 to 1.
    #[must_use]
    pub fn get(self) -> f32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_disks_are_sold() {
        let told = [999, 1_000, 1_500_000, 20_000_000_000].map(|n| ByteSize(n).to_string());
        assert_eq!(told, ["999 bytes", "1 kB", "1.5 MB", "20 GB"]);
    }

    #[test]
    fn a_fraction_lies_between_none_and_all() {
        assert_eq!(Fraction::new(1.1), None);
        assert_eq!(Fraction::clamped(1.1), Fraction::ALL);
        assert_eq!(Fraction::clamped(f32::NAN), Fraction::NONE);
    }
}
