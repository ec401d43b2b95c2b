//! What a decoder must know of a stream before the first picture.

mod h264;
mod h265;

use bytes::Bytes;

use crate::numbers::Fields;
use crate::rbsp::{Bits, rbsp};

/// How the pictures are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// AVC, Rec. ITU-T H.264.
    H264,
    /// HEVC, Rec. ITU-T H.265.
    H265,
}

impl Codec {
    /// The type of a NAL unit, 0 to 63, from its first byte.
    pub(crate) fn nal_type(self, nal: &[u8]) -> Option<u8> {
        nal.first().map(|first| match self {
            Codec::H264 => first & 0x1f,
            Codec::H265 => first >> 1 & 0x3f,
        })
    }
}

/// What a decoder must know of a stream: its parameter sets. Shared by all pictures that need
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    codec: Codec,
    size: Size,
    configuration: Bytes,
    /// All parameter sets, as a decoder wants them: what is referred to first.
    sets: Vec<Bytes>,
    mime_codec: String,
}

/// Why parameter sets cannot be used. Only the camera, or the file, can be at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// The NAL unit is another one than it should be.
    #[error("expected {expected}, got a NAL unit of type {got}")]
    Other {
        /// What was expected, such as "an H.264 SPS".
        expected: &'static str,
        /// The type of what came, 0 to 63.
        got: u8,
    },
    /// It ends too early, is over 64 kB, or says what the standard forbids.
    #[error("{what} is garbled")]
    Garbled {
        /// Which, such as "the H.264 SPS".
        what: &'static str,
    },
    /// Pictures of that size cannot be.
    #[error("pictures of {width} x {height} pixels cannot be")]
    Size {
        /// In pixels, after cropping; negative where more is cropped than there is.
        width: i64,
        /// In pixels, after cropping.
        height: i64,
    },
    /// A record for pictures whose NAL units stand behind lengths of another width than 4 bytes.
    #[error("NAL units stand behind {got} bytes of length instead of 4")]
    Lengths {
        /// Bytes per length, 1 to 3.
        got: u8,
    },
}

/// Pixels after cropping; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    width: u16,
    height: u16,
}

impl Parameters {
    /// The parameters of an H.264 stream, from NAL units without start codes.
    ///
    /// # Errors
    ///
    /// If a set is not what it should be.
    pub fn h264(sps: &[u8], pps: &[u8]) -> Result<Self, ParametersError> {
        h264::parameters(&[sps], &[pps])
    }

    /// The parameters of an H.265 stream, from NAL units without start codes.
    ///
    /// # Errors
    ///
    /// If a set is not what it should be.
    pub fn h265(vps: &[u8], sps: &[u8], pps: &[u8]) -> Result<Self, ParametersError> {
        h265::parameters(&[vps], &[sps], &[pps])
    }

    /// The parameters from the body of an `avcC` or `hvcC` box (ISO/IEC 14496-15:2022, 5.3.3 and
    /// 8.3.3).
    ///
    /// The record is written anew from its parameter sets: that completes the extension that the
    /// High profiles want and some writers leave out (retina 0.4, old ffmpeg), and drops SEI.
    ///
    /// # Errors
    ///
    /// If the record is garbled, or is for pictures with other lengths than ours.
    pub fn from_configuration(codec: Codec, record: &[u8]) -> Result<Self, ParametersError> {
        match codec {
            Codec::H264 => h264::from_configuration(record),
            Codec::H265 => h265::from_configuration(record),
        }
    }

    /// From all sets at hand, for streams with several PPS. `vps` does not matter to H.264.
    pub(crate) fn from_sets(
        codec: Codec,
        vps: &[&[u8]],
        sps: &[&[u8]],
        pps: &[&[u8]],
    ) -> Result<Self, ParametersError> {
        match codec {
            Codec::H264 => h264::parameters(sps, pps),
            Codec::H265 => h265::parameters(vps, sps, pps),
        }
    }

    /// How the pictures are encoded.
    #[must_use]
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Width of a picture in pixels, after cropping; at least 1.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.size.width
    }

    /// Height of a picture in pixels, after cropping; at least 1.
    #[must_use]
    pub fn height(&self) -> u16 {
        self.size.height
    }

    /// The body of an `avcC` or `hvcC` box.
    #[must_use]
    pub fn configuration(&self) -> &Bytes {
        &self.configuration
    }

    /// All parameter sets, each behind a start code, for a decoder that wants Annex B.
    #[must_use]
    pub fn annex_b(&self) -> Bytes {
        self.sets.iter().flat_map(|set| [&[0, 0, 0, 1], &set[..]].concat()).collect()
    }

    /// The stream as RFC 6381 names it, for a browser: `avc1.64001f`, `hvc1.1.6.L93.B0`.
    #[must_use]
    pub fn mime_codec(&self) -> &str {
        &self.mime_codec
    }
}

impl Size {
    fn new(width: i64, height: i64) -> Result<Self, ParametersError> {
        let pixels = |length| u16::try_from(length).ok().filter(|length| *length > 0);
        match (pixels(width), pixels(height)) {
            (Some(width), Some(height)) => Ok(Size { width, height }),
            _ => Err(ParametersError::Size { width, height }),
        }
    }
}

/// The bits of `nal` behind its header, which must say that it is of type `wanted`.
fn open(
    codec: Codec,
    wanted: u8,
    expected: &'static str,
    nal: &[u8],
) -> Result<Bits<impl Iterator<Item = u8>>, ParametersError> {
    let header = match codec {
        Codec::H264 => 1,
        Codec::H265 => 2,
    };
    match (codec.nal_type(nal), nal.get(header..)) {
        (Some(got), Some(body)) if got == wanted => Ok(Bits::new(rbsp(body))),
        (got, _) => Err(ParametersError::Other { expected, got: got.unwrap_or(0) }),
    }
}

/// `sets`, each behind its length in 2 bytes, as both records have them.
fn with_lengths(
    sets: &[&[u8]],
    what: &'static str,
    into: &mut Vec<u8>,
) -> Result<(), ParametersError> {
    for set in sets {
        let length = u16::try_from(set.len()).map_err(|_| ParametersError::Garbled { what })?; // Over 64 kB.
        into.extend(length.to_be_bytes());
        into.extend_from_slice(set);
    }
    Ok(())
}

/// `count` sets, each behind its length in 2 bytes.
fn take_sets<'a>(fields: &mut Fields<'a>, count: usize) -> Option<Vec<&'a [u8]>> {
    (0..count)
        .map(|_| {
            let length = fields.u16()?;
            fields.bytes(length.into())
        })
        .collect()
}

#[cfg(test)]
mod tests;
