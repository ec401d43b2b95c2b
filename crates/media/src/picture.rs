//! One encoded picture.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use watchpost_model::WallTime;

use crate::rbsp::{Bits, rbsp};
use crate::{Codec, Parameters, Sound};

/// Whether decoding can begin with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It can.
    Key,
    /// It needs the pictures before it.
    Delta,
}

/// One encoded picture. Cheap to clone: its bytes are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What a decoder must know beforehand.
    pub parameters: Arc<Parameters>,
    /// NAL units without parameter sets, each behind its length in 4 bytes, big-endian; or a JPEG.
    pub data: Bytes,
    /// Whether decoding can begin here.
    pub kind: Kind,
    /// When it is decoded and, without reordering, shown.
    pub time: WallTime,
    /// How long after `time` it is shown: the composition offset, zero in streams without B
    /// pictures.
    pub shown_after: Duration,
    /// What was heard since the picture before, oldest first; none where the parameters have no sound.
    pub sound: Vec<Sound>,
}

/// Whether decoding can begin with the picture in `data`: NAL units, each behind its length in 4
/// bytes, or a JPEG, with which it always can.
///
/// A rule of our own, for retina takes only IDR pictures (scottlamb/retina#132). H.264: an IDR
/// picture, or one with a recovery point SEI, the only thing that cameras with intra refresh ever
/// send. H.265: NAL unit types 16 to 23 (IDR, BLA, CRA).
#[must_use]
pub fn is_key(codec: Codec, data: &[u8]) -> bool {
    codec == Codec::Mjpeg
        || nals(data).any(|nal| match (codec, codec.nal_type(nal)) {
            (Codec::H264, Some(5)) => true,
            (Codec::H264, Some(6)) => recovery_point(nal.get(1..).unwrap_or_default()).is_some(),
            (Codec::H265, Some(kind)) => (16..=23).contains(&kind),
            _ => false,
        })
}

/// The NAL units of `data`, each behind its length in 4 bytes; ends where a length reaches beyond
/// the end.
pub(crate) fn nals(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = data.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (nal, rest) = rest.split_at_checked(length)?;
        data = rest;
        Some(nal)
    })
}

/// Whether the key picture in `data` is whole only some pictures later: a recovery point of intra
/// refresh. Who wants whole pictures begins to decode at the key picture before it.
pub(crate) fn is_gradual(codec: Codec, data: &[u8]) -> bool {
    let (mut gradual, mut idr) = (false, false);
    for nal in nals(data).filter(|_| codec == Codec::H264) {
        match codec.nal_type(nal) {
            Some(5) => idr = true,
            Some(6) => {
                let later = recovery_point(nal.get(1..).unwrap_or_default());
                gradual |= later.is_some_and(|pictures| pictures > 0);
            }
            _ => {}
        }
    }
    gradual && !idr
}

/// How many pictures after this one all is whole, if an H.264 SEI (without its header) has a message
/// of type 6, `recovery_point`, and says so: 7.3.2.3.1 and D.1.8.
fn recovery_point(sei: &[u8]) -> Option<u64> {
    /// A number in as many bytes as it wants: 255 means that there is more.
    fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
        let mut sum = 0_usize;
        loop {
            let byte = bytes.next()?;
            sum = sum.saturating_add(byte.into());
            if byte != 255 {
                return Some(sum);
            }
        }
    }
    let mut bytes = rbsp(sei);
    while let (Some(kind), Some(length)) = (number(&mut bytes), number(&mut bytes)) {
        if kind == 6 && length > 0 {
            return Bits::new(bytes.take(length)).golomb();
        }
        if length > 0 {
            bytes.nth(length - 1)?;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idr_picture_is_a_key() {
        assert!(is_key(Codec::H264, &[0, 0, 0, 2, 0x09, 0x10, 0, 0, 0, 2, 0x65, 0x88]));
        assert!(!is_key(Codec::H264, &[0, 0, 0, 2, 0x41, 0x9a]));
    }

    #[test]
    fn a_recovery_point_behind_other_messages_is_a_key() {
        let user_data = [5, 4, 0, 0, 3, 1, 2]; // 4 bytes, of which the 3 is not one.
        let sei = [&[0x06][..], &user_data, &[6, 1, 0xc4, 0x80]].concat();
        let data = [&[0, 0, 0, 12][..], &sei].concat();
        assert!(is_key(Codec::H264, &data));
        let without = [&[0, 0, 0, 9, 0x06][..], &user_data, &[0x80]].concat();
        assert!(!is_key(Codec::H264, &without));
    }

    #[test]
    fn an_open_gop_of_h265_begins_with_a_key() {
        let nal = |kind: u8| [0, 0, 0, 3, kind << 1, 1, 0x80];
        let keys: Vec<u8> = (0..64).filter(|kind| is_key(Codec::H265, &nal(*kind))).collect();
        assert_eq!(keys, [16, 17, 18, 19, 20, 21, 22, 23]);
    }

    #[test]
    fn what_reaches_beyond_the_end_is_not_read() {
        assert!(!is_key(Codec::H264, &[0xff, 0xff, 0xff, 0xff, 0x65]));
        assert!(!is_key(Codec::H264, &[0, 0, 0]));
    }
}
