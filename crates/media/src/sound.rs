//! Sound: AAC, the only kind there is inside Watchpost.

use bytes::Bytes;
use watchpost_model::WallTime;

use crate::rbsp::Bits;

/// What a decoder must know of a sound before the first packet: an `AudioSpecificConfig` (ISO/IEC
/// 14496-3:2019, 1.6.2.1). Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFormat {
    configuration: Bytes,
    rate: u32,
    channels: u8,
    samples_per_packet: u16,
    mime_codec: String,
}

/// One packet of sound. Cheap to clone: its bytes are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// One raw AAC access unit, without ADTS.
    pub data: Bytes,
    /// When its first sample was heard.
    pub time: WallTime,
}

/// Why a configuration of sound cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoundError {
    /// It ends too early, or says what the standard forbids.
    #[error("the AudioSpecificConfig is garbled")]
    Garbled,
    /// It is MPEG-4 sound, but no AAC that browsers play.
    #[error("sound of MPEG-4 object type {object_type} is not supported, only AAC is")]
    Other {
        /// ISO/IEC 14496-3, table 1.17.
        object_type: u8,
    },
    /// The channels are described in the packets, or are more than 7.1.
    #[error("sound with the channel configuration {got} is not supported")]
    Channels {
        /// ISO/IEC 14496-3, table 1.19.
        got: u8,
    },
}

/// Hz, by index: ISO/IEC 14496-3, table 1.18.
const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// The object types: AAC Low Complexity, and with spectral band replication, and with parametric
/// stereo on top.
const LC: u8 = 2;
const SBR: u8 = 5;
const PS: u8 = 29;

impl SoundFormat {
    /// From an `AudioSpecificConfig`: of AAC-LC, HE-AAC or HE-AAC version 2.
    ///
    /// # Errors
    ///
    /// If it is garbled, or one of something that browsers do not play.
    pub fn aac(configuration: &[u8]) -> Result<Self, SoundError> {
        let mut bits = Bits::new(configuration.iter().copied());
        let head = Head::read(&mut bits).ok_or(SoundError::Garbled)?;
        if ![LC, SBR, PS].contains(&head.object_type) || head.core != LC {
            let other = if head.core == LC { head.object_type } else { head.core };
            return Err(SoundError::Other { object_type: other });
        }
        let channels = match (head.object_type, head.channels) {
            (PS, 1) => 2,
            (_, channels @ 1..=6) => channels,
            (_, 7) => 8,
            (_, got) => return Err(SoundError::Channels { got }),
        };
        // Above 96 kHz a browser has no decoder, and a rate of 0 would divide.
        if !(1..=96_000).contains(&head.rate) {
            return Err(SoundError::Garbled);
        }
        let core = if head.short { 960 } else { 1024 };
        Ok(Self {
            configuration: Bytes::copy_from_slice(configuration),
            rate: head.rate,
            channels,
            samples_per_packet: if head.object_type == LC { core } else { 2 * core },
            mime_codec: format!("mp4a.40.{}", head.object_type),
        })
    }

    /// Samples in a second of one channel, in Hz: 1 to 96 000.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// 1 to 8.
    #[must_use]
    pub fn channels(&self) -> u8 {
        self.channels
    }

    /// The `AudioSpecificConfig`.
    #[must_use]
    pub fn configuration(&self) -> &Bytes {
        &self.configuration
    }

    /// The sound as RFC 6381 names it, for a browser: `mp4a.40.2`.
    #[must_use]
    pub fn mime_codec(&self) -> &str {
        &self.mime_codec
    }

    /// Samples of each channel in a packet: 1024, seldom 960; with spectral band replication twice
    /// as many.
    #[must_use]
    pub fn samples_per_packet(&self) -> u16 {
        self.samples_per_packet
    }

    /// A packet in which nothing is heard, where one is known: AAC-LC of one or two channels.
    ///
    /// The syntax is that of ISO/IEC 14496-3, table 4.3: a channel element whose spectrum is empty.
    #[must_use]
    pub fn silence(&self) -> Option<&'static [u8]> {
        match (self.samples_per_packet, self.channels) {
            (960 | 1024, 1) => Some(&[0x00, 0xc8, 0x00, 0x80, 0x23, 0x80]),
            (960 | 1024, 2) => Some(&[0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80]),
            _ => None,
        }
    }
}

/// What an `AudioSpecificConfig` begins with.
struct Head {
    object_type: u8,
    /// What lies below [`SBR`] and [`PS`], else the same.
    core: u8,
    /// Of what is heard.
    rate: u32,
    /// The channel configuration, 0 to 15.
    channels: u8,
    /// Whether packets have 960 samples.
    short: bool,
}

impl Head {
    fn read(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<Self> {
        let object_type = read_object_type(bits)?;
        let mut rate = read_rate(bits)?;
        let channels = u8::try_from(bits.number(4)?).ok()?;
        let mut core = object_type;
        if object_type == SBR || object_type == PS {
            rate = read_rate(bits)?;
            core = read_object_type(bits)?;
        }
        let short = bits.flag()?;
        Some(Self { object_type, core, rate, channels, short })
    }
}

fn read_object_type(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<u8> {
    let short = match bits.number(5)? {
        31 => 32 + bits.number(6)?,
        short => short,
    };
    u8::try_from(short).ok()
}

fn read_rate(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<u32> {
    match bits.number(4)? {
        15 => u32::try_from(bits.number(24)?).ok(),
        index => RATES.get(usize::try_from(index).ok()?).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(configuration: &[u8]) -> (u32, u8, u16, String) {
        let format = SoundFormat::aac(configuration).unwrap();
        let SoundFormat { rate, channels, samples_per_packet, mime_codec, .. } = format;
        (rate, channels, samples_per_packet, mime_codec)
    }

    #[test]
    fn a_configuration_tells_rate_channels_and_name() {
        assert_eq!(told(&[0x12, 0x10]), (44_100, 2, 1024, "mp4a.40.2".into()));
        assert_eq!(told(&[0x15, 0x88]), (8_000, 1, 1024, "mp4a.40.2".into()));
        assert_eq!(told(&[0x14, 0x0c]), (16_000, 1, 960, "mp4a.40.2".into()));
        // As ffmpeg's encoder writes it, with the extension that says: no band replication.
        assert_eq!(told(&[0x11, 0x90, 0x56, 0xe5, 0x00]), (48_000, 2, 1024, "mp4a.40.2".into()));
    }

    #[test]
    fn band_replication_doubles_the_rate_and_the_packet() {
        // 5, 24 kHz, 1 channel, 48 kHz, over 2.
        assert_eq!(told(&[0x2b, 0x09, 0x88, 0x00]), (48_000, 1, 2048, "mp4a.40.5".into()));
        // 29: one channel made two.
        assert_eq!(told(&[0xeb, 0x09, 0x88, 0x00]), (48_000, 2, 2048, "mp4a.40.29".into()));
    }

    #[test]
    fn what_no_browser_plays_is_refused() {
        assert_eq!(SoundFormat::aac(&[0x0a, 0x10]), Err(SoundError::Other { object_type: 1 }));
        assert_eq!(SoundFormat::aac(&[0x12, 0x00]), Err(SoundError::Channels { got: 0 }));
        assert_eq!(SoundFormat::aac(&[0x12]), Err(SoundError::Garbled));
        assert_eq!(SoundFormat::aac(&[]), Err(SoundError::Garbled));
        for first in 0..=255 {
            for second in 0..=255 {
                if let Ok(format) = SoundFormat::aac(&[first, second, 0, 0, 0, 0]) {
                    assert!(format.rate() > 0 && format.channels() > 0);
                }
            }
        }
    }
}
