//! What a decoder must know of a stream before the first picture.

mod h264;
mod h265;

use bytes::Bytes;

use crate::SoundFormat;
use crate::numbers::Fields;
use crate::rbsp::{Bits, rbsp};

/// How the pictures are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// AVC, Rec. ITU-T H.264.
    H264,
    /// HEVC, Rec. ITU-T H.265.
    H265,
    /// Motion JPEG: each picture is a JPEG of its own, and a key.
    Mjpeg,
}

impl Codec {
    /// The type of a NAL unit, 0 to 63, from its first byte. JPEG has none.
    pub(crate) fn nal_type(self, nal: &[u8]) -> Option<u8> {
        nal.first().and_then(|first| match self {
            Codec::H264 => Some(first & 0x1f),
            Codec::H265 => Some(first >> 1 & 0x3f),
            Codec::Mjpeg => None,
        })
    }
}

/// What a decoder must know of a stream: the parameter sets of its pictures, and the format of its
/// sound, if it has any. Shared by all pictures that need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    codec: Codec,
    size: Size,
    configuration: Bytes,
    /// All parameter sets, as a decoder wants them: what is referred to first.
    sets: Vec<Bytes>,
    mime_codec: String,
    sound: Option<SoundFormat>,
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
    /// Motion JPEG has no record: its size is told by each picture.
    #[error("Motion JPEG has no configuration record")]
    NoRecord,
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

    /// The parameters of Motion JPEG with pictures of this size in pixels, which `jpeg::size` tells.
    ///
    /// # Errors
    ///
    /// If one of them is 0.
    pub fn mjpeg(width: u16, height: u16) -> Result<Self, ParametersError> {
        Ok(Self {
            codec: Codec::Mjpeg,
            size: Size::new(width.into(), height.into())?,
            configuration: Bytes::new(),
            sets: Vec::new(),
            mime_codec: "mjpeg".to_owned(),
            sound: None,
        })
    }

    /// The same pictures with this sound, or with none.
    #[must_use]
    pub fn with_sound(self, sound: Option<SoundFormat>) -> Self {
        Self { sound, ..self }
    }

    /// The parameters from the body of an `avcC` or `hvcC` box (ISO/IEC 14496-15:2022, 5.3.3 and
    /// 8.3.3).
    ///
    /// The record is written anew from its parameter sets: that completes the extension that the
    /// High profiles want and some writers leave out (retina 0.4, old ffmpeg), and drops SEI.
    ///
    /// # Errors
    ///
    /// If the record is garbled, or is for pictures with other lengths than ours; and always for Motion
    /// JPEG, which has none.
    pub fn from_configuration(codec: Codec, record: &[u8]) -> Result<Self, ParametersError> {
        match codec {
            Codec::H264 => h264::from_configuration(record),
            Codec::H265 => h265::from_configuration(record),
            Codec::Mjpeg => Err(ParametersError::NoRecord),
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
            Codec::Mjpeg => Err(ParametersError::NoRecord),
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

    /// The body of an `avcC` or `hvcC` box; empty for Motion JPEG.
    #[must_use]
    pub fn configuration(&self) -> &Bytes {
        &self.configuration
    }

    /// All parameter sets, each behind a start code, for a decoder that wants Annex B.
    #[must_use]
    pub fn annex_b(&self) -> Bytes {
        self.sets.iter().flat_map(|set| [&[0, 0, 0, 1], &set[..]].concat()).collect()
    }

    /// All parameter sets, without start codes.
    pub(crate) fn sets(&self) -> &[Bytes] {
        &self.sets
    }

    /// The format of the sound, if there is any.
    #[must_use]
    pub fn sound(&self) -> Option<&SoundFormat> {
        self.sound.as_ref()
    }

    /// Whether a decoder of pictures needs the same for both; their sound does not matter.
    pub(crate) fn has_same_video(&self, other: &Self) -> bool {
        let video = |all: &Self| (all.codec, all.size, all.configuration.clone());
        video(self) == video(other)
    }

    /// The pictures as RFC 6381 names them, for a browser: `avc1.64001f`, `hvc1.1.6.L93.B0`. Motion
    /// JPEG, which no browser plays, is `mjpeg`.
    #[must_use]
    pub fn mime_codec(&self) -> &str {
        &self.mime_codec
    }

    /// Pictures and sound as RFC 6381 names them, for a browser's media source:
    /// `avc1.64001f,mp4a.40.2`; without sound as [`Parameters::mime_codec`].
    #[must_use]
    pub fn mime_codecs(&self) -> String {
        match &self.sound {
            Some(sound) => format!("{},{}", self.mime_codec, sound.mime_codec()),
            None => self.mime_codec.clone(),
        }
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
        Codec::H265 => 2,
        Codec::H264 | Codec::Mjpeg => 1,
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
