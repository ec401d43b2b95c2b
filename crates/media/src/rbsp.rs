//! The inside of a NAL unit: bytes without emulation prevention, and bits.
//!
//! Rec. ITU-T H.264 (08/2021) 7.3.1 and 9.1; H.265 (08/2021) 7.3.1.1 and 9.2 are the same.

/// The bytes of `nal` without the 3 in each 0 0 3, which is there only so that no start code
/// appears by chance.
pub(crate) fn rbsp(nal: &[u8]) -> impl Iterator<Item = u8> {
    let mut zeros = 0_u8;
    nal.iter().copied().filter(move |byte| {
        let inserted = zeros >= 2 && *byte == 3;
        zeros = if *byte == 0 { zeros.saturating_add(1) } else { 0 };
        !inserted
    })
}

/// Takes bits from the front of a byte string; `None` where it ends too early.
#[derive(Debug)]
pub(crate) struct Bits<I> {
    bytes: I,
    /// The byte begun, its next bit foremost.
    byte: u8,
    /// Bits left in it.
    left: u8,
}

impl<I: Iterator<Item = u8>> Bits<I> {
    pub(crate) fn new(bytes: I) -> Self {
        Self { bytes, byte: 0, left: 0 }
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.byte = self.bytes.next()?;
            self.left = 8;
        }
        let flag = self.byte & 0x80 != 0;
        self.byte <<= 1;
        self.left -= 1;
        Some(flag)
    }

    /// `count` bits as a number; the last 64 of them if there are more.
    pub(crate) fn number(&mut self, count: u32) -> Option<u64> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u64::from(self.flag()?)))
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.number(8).and_then(|number| u8::try_from(number).ok())
    }

    pub(crate) fn skip(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.flag().map(drop))
    }

    /// ue(v): an Exp-Golomb number from 0 to 2^32 - 2.
    pub(crate) fn golomb(&mut self) -> Option<u64> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.number(zeros)?)
    }

    /// se(v): an Exp-Golomb number with a sign.
    pub(crate) fn signed_golomb(&mut self) -> Option<i64> {
        let code = i64::try_from(self.golomb()?).ok()?;
        Some(if code % 2 == 0 { -(code / 2) } else { code / 2 + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inserted_threes_are_taken_out() {
        let inside: Vec<u8> = rbsp(&[3, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3, 0, 3]).collect();
        assert_eq!(inside, [3, 0, 0, 1, 0, 0, 0, 0, 3, 0, 3]);
    }

    #[test]
    fn golomb_numbers_follow_the_table_of_the_standard() {
        // 1 010 011 00100 00101, filled up with zeros.
        let mut bits = Bits::new([0b1010_0110, 0b0100_0010, 0b1000_0000].into_iter());
        let numbers: Vec<_> = std::iter::from_fn(|| bits.golomb()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        let mut bits = Bits::new([0b1010_0110, 0b0100_0010, 0b1000_0000].into_iter());
        let numbers: Vec<_> = std::iter::from_fn(|| bits.signed_golomb()).collect();
        assert_eq!(numbers, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn a_golomb_number_of_zeros_only_is_none() {
        assert_eq!(Bits::new([0; 9].into_iter()).golomb(), None);
    }
}
