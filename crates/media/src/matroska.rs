//! Matroska as `ffmpeg` writes it to a pipe (RFC 9559, and EBML of RFC 8794).

mod ebml; // elements

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use self::ebml::{Head, children, id, number, track_number};
use crate::annex_b::sets::Sets;
use crate::annex_b::to_lengths;
use crate::numbers::{narrow, wide};
use crate::picture::nals;
use crate::{Codec, Kind, Order, Parameters, ParametersError, SoundFormat, is_key, jpeg};

/// One picture as it came, and what was heard since the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What a decoder must know beforehand.
    pub parameters: Arc<Parameters>,
    /// As [`crate::Picture::data`].
    pub data: Bytes,
    /// Whether decoding can begin here.
    pub kind: Kind,
    /// When it is decoded, since the stream's zero; grows.
    pub elapsed: Duration,
    /// How long after `elapsed` it is shown.
    pub shown_after: Duration,
    /// Raw AAC access units, and when each was heard, on the clock of `elapsed`; oldest first.
    pub sound: Vec<(Bytes, Duration)>,
}

/// Why a stream cannot be read on. None of these mends itself: begin anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatroskaError {
    /// It is no Matroska, or breaks its rules.
    #[error("the Matroska stream is garbled at byte {offset}: {what}")]
    Garbled {
        /// Where in the stream.
        offset: u64,
        /// What is strange there.
        what: &'static str,
    },
    /// An element is larger than any camera sends.
    #[error("the Matroska stream has an element of {length} bytes at byte {offset}")]
    TooLong {
        /// Where in the stream.
        offset: u64,
        /// In bytes.
        length: u64,
    },
    /// It has no video of a codec that can be kept.
    #[error("the Matroska stream has no video that can be recorded, but {offered}")]
    NoVideo {
        /// The codecs it has, by Matroska's names, or "nothing".
        offered: String,
    },
    /// The video names no usable parameter sets.
    #[error("the Matroska stream's video cannot be used")]
    Parameters(#[from] ParametersError),
}

/// Cuts a byte stream into pictures and sound.
///
/// Takes the first video of H.264, H.265 or Motion JPEG, and the first sound of AAC; other tracks and
/// all that is not needed to play are skipped. Clusters may be of unknown size. Holds at most one
/// element not yet whole (a picture, under 32 MiB) and 2 MiB or 2000 packets of sound without a picture,
/// of which the oldest is dropped.
#[derive(Debug)]
pub struct Splitter {
    /// Where in the stream `rest` begins.
    offset: u64,
    /// What came and is not cut yet.
    rest: Vec<u8>,
    /// Bytes still to be skipped.
    skip: u64,
    /// Nanoseconds in a tick.
    scale: u64,
    /// When the cluster begins, in ticks.
    cluster: u64,
    tracks: Option<Tracks>,
    /// Heard since the last picture.
    sound: VecDeque<(Bytes, Duration)>,
    sound_bytes: usize,
}

/// Bytes of sound kept without a picture,
const MOST_SOUND: usize = 2 << 20;
/// and packets: over 20 s at 96 kHz.
const MOST_PACKETS: usize = 2000;

impl Splitter {
    /// A splitter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            offset: 0,
            rest: Vec::new(),
            skip: 0,
            scale: 1_000_000,
            cluster: 0,
            tracks: None,
            sound: VecDeque::new(),
            sound_bytes: 0,
        }
    }

    /// Takes the next bytes of the stream and gives the pictures that are whole with them.
    ///
    /// # Errors
    ///
    /// If the stream cannot be read on. Pictures that were whole before are lost then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Unit>, MatroskaError> {
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend_from_slice(bytes);
        let mut units = Vec::new();
        let mut at = 0;
        loop {
            if self.skip > 0 {
                let now = rest.len().saturating_sub(at).min(narrow(self.skip));
                at += now;
                self.skip -= wide(now);
            }
            let offset = self.offset + wide(at);
            match Head::read(&rest[at..], offset)? {
                Some(head) if head.is_only_passed() => at += head.length,
                Some(head) => {
                    let size = head.known_size(offset)?;
                    match head.longest() {
                        None => {
                            if head.id == id::EBML {
                                self.tracks = None; // Another stream begins.
                            }
                            at += head.length;
                            self.skip = size;
                        }
                        Some(longest) if size > longest => {
                            return Err(MatroskaError::TooLong { offset, length: size });
                        }
                        Some(_) => {
                            let begin = at + head.length;
                            let Some(inside) = rest.get(begin..begin.saturating_add(narrow(size)))
                            else {
                                break;
                            };
                            units.extend(self.take(head.id, inside, offset)?);
                            at = begin + inside.len();
                        }
                    }
                }
                None => break,
            }
        }
        rest.drain(..at);
        self.offset += wide(at);
        self.rest = rest;
        Ok(units)
    }

    /// Takes one element, whole.
    fn take(&mut self, id: u32, inside: &[u8], offset: u64) -> Result<Option<Unit>, MatroskaError> {
        match id {
            id::INFO => {
                let scale = children(inside).find(|(id, _)| *id == id::TIMESTAMP_SCALE);
                self.scale = scale.map_or(1_000_000, |(_, inside)| number(inside));
                Ok(None)
            }
            id::TRACKS => {
                self.tracks = Some(Tracks::read(inside, offset)?);
                Ok(None)
            }
            id::TIMESTAMP => {
                self.cluster = number(inside);
                Ok(None)
            }
            _ => self.take_block(inside, offset),
        }
    }

    /// 10.1 and 10.2.
    fn take_block(&mut self, block: &[u8], offset: u64) -> Result<Option<Unit>, MatroskaError> {
        let garbled = |what| MatroskaError::Garbled { offset, what };
        let tracks = self.tracks.as_mut().ok_or(garbled("a block before the tracks"))?;
        let (track, behind) = track_number(block).ok_or(garbled("a block without a track"))?;
        let Some(([high, low, flags], data)) = behind.split_first_chunk::<3>() else {
            return Err(garbled("a block that is too short"));
        };
        let is_sound = tracks.sound.as_ref().is_some_and(|sound| sound.number == track);
        if track != tracks.video.number && !is_sound {
            return Ok(None);
        }
        if flags & 0x06 != 0 {
            return Err(garbled("a block with lacing"));
        }
        let since = i64::from(i16::from_be_bytes([*high, *low]));
        let ticks = self.cluster.saturating_add_signed(since);
        let time = Duration::from_nanos(ticks.saturating_mul(self.scale));
        if !is_sound {
            let Some(picture) = tracks.video.picture(data, time, offset)? else { return Ok(None) };
            let sound = std::mem::take(&mut self.sound).into();
            self.sound_bytes = 0;
            return Ok(Some(Unit { sound, ..picture }));
        }
        if let Some(sound) = &mut tracks.sound {
            let time = sound.smooth(time, Duration::from_nanos(self.scale.saturating_mul(2)));
            if !data.is_empty() {
                self.sound_bytes += data.len();
                self.sound.push_back((Bytes::copy_from_slice(data), time));
            }
        }
        while (self.sound_bytes > MOST_SOUND || self.sound.len() > MOST_PACKETS)
            && let Some((oldest, _)) = self.sound.pop_front()
        {
            self.sound_bytes -= oldest.len();
        }
        Ok(None)
    }
}

impl Default for Splitter {
    fn default() -> Self {
        Self::new()
    }
}

/// The tracks that are taken.
#[derive(Debug)]
struct Tracks {
    video: Video,
    sound: Option<Heard>,
}

/// The track of pictures.
#[derive(Debug)]
struct Video {
    number: u64,
    codec: Codec,
    /// Whether NAL units stand behind start codes: where ffmpeg knew no parameter sets beforehand.
    annex_b: bool,
    sets: Sets,
    format: Option<SoundFormat>,
    /// What the sets last amounted to, and the same with the format of the sound.
    known: Option<(Arc<Parameters>, Arc<Parameters>)>,
    order: Order,
    /// When the last picture was shown.
    last: Duration,
}

/// The track of sound.
#[derive(Debug)]
struct Heard {
    number: u64,
    format: SoundFormat,
    /// When the first packet of an unbroken row was heard, and how many there were since.
    row: Option<(Duration, u64)>,
}

/// What a `TrackEntry` says.
#[derive(Default)]
struct Entry<'a> {
    number: u64,
    kind: u64,
    codec: &'a str,
    private: &'a [u8],
    encoded: bool,
}

impl Tracks {
    fn read(tracks: &[u8], offset: u64) -> Result<Self, MatroskaError> {
        let entries: Vec<Entry> = children(tracks)
            .filter(|(id, _)| *id == id::TRACK_ENTRY)
            .map(|(_, entry)| Entry::read(entry))
            .collect();
        let sound = entries.iter().find_map(Heard::new);
        let format = sound.as_ref().map(|sound| &sound.format);
        let video = entries.iter().find_map(|entry| Some((entry, entry.video_codec()?)));
        let Some((entry, codec)) = video else {
            let offered: Vec<&str> = entries.iter().map(|entry| entry.codec).collect();
            let offered =
                if offered.is_empty() { "nothing".to_owned() } else { offered.join(" and ") };
            return Err(MatroskaError::NoVideo { offered });
        };
        if entry.encoded {
            return Err(MatroskaError::Garbled { offset, what: "the video is compressed anew" });
        }
        Ok(Self { video: Video::new(entry, codec, format.cloned())?, sound })
    }
}

impl<'a> Entry<'a> {
    fn read(entry: &'a [u8]) -> Self {
        let mut read = Self::default();
        for (id, inside) in children(entry) {
            match id {
                id::TRACK_NUMBER => read.number = number(inside),
                id::TRACK_TYPE => read.kind = number(inside),
                id::CODEC_ID => {
                    read.codec = str::from_utf8(inside).unwrap_or("?").trim_end_matches('\0');
                }
                id::CODEC_PRIVATE => read.private = inside,
                id::CONTENT_ENCODINGS => read.encoded = true,
                _ => {}
            }
        }
        read
    }

    fn video_codec(&self) -> Option<Codec> {
        match (self.kind, self.codec) {
            (1, "V_MPEG4/ISO/AVC") => Some(Codec::H264),
            (1, "V_MPEGH/ISO/HEVC") => Some(Codec::H265),
            (1, "V_MJPEG") => Some(Codec::Mjpeg),
            _ => None,
        }
    }
}

impl Video {
    fn new(
        entry: &Entry,
        codec: Codec,
        format: Option<SoundFormat>,
    ) -> Result<Self, ParametersError> {
        let mut sets = Sets::new(codec);
        let annex_b = codec != Codec::Mjpeg && entry.private.first() != Some(&1);
        if codec != Codec::Mjpeg && !annex_b {
            let parameters = Parameters::from_configuration(codec, entry.private)?;
            parameters.sets().iter().for_each(|set| sets.put(set));
        }
        let (order, last) = (Order::new(), Duration::ZERO);
        Ok(Self { number: entry.number, codec, annex_b, sets, format, known: None, order, last })
    }

    /// The picture in `data`, shown at `shown`; `None` if it cannot be used.
    fn picture(
        &mut self,
        data: &[u8],
        shown: Duration,
        offset: u64,
    ) -> Result<Option<Unit>, MatroskaError> {
        if self.last.saturating_sub(shown) >= BACKWARDS {
            return Err(MatroskaError::Garbled { offset, what: "its clock was set back" });
        }
        self.last = shown;
        let (data, bare) = match self.codec {
            Codec::Mjpeg => (Bytes::copy_from_slice(data), self.jpeg(data)),
            _ => (self.without_sets(data), self.sets.parameters()),
        };
        let Some(bare) = bare.filter(|_| !data.is_empty()) else { return Ok(None) };
        let parameters = match self.known.take() {
            Some((known, with_sound)) if Arc::ptr_eq(&known, &bare) => with_sound,
            _ => Arc::new(Parameters::clone(&bare).with_sound(self.format.clone())),
        };
        self.known = Some((bare, Arc::clone(&parameters)));
        let kind = if is_key(self.codec, &data) { Kind::Key } else { Kind::Delta };
        let (elapsed, shown_after) = self.order.place(shown);
        let sound = Vec::new();
        Ok(Some(Unit { parameters, data, kind, elapsed, shown_after, sound }))
    }

    /// The parameters of a JPEG, those of the last if it has the same size.
    fn jpeg(&self, data: &[u8]) -> Option<Arc<Parameters>> {
        let (width, height) = jpeg::size(data)?;
        let new = Parameters::mjpeg(width, height).ok()?;
        match &self.known {
            Some((known, _)) if **known == new => Some(Arc::clone(known)),
            _ => Some(Arc::new(new)),
        }
    }

    /// `data` without parameter sets, which are learned, and without delimiters and filler.
    fn without_sets(&mut self, data: &[u8]) -> Bytes {
        let lengths;
        let data = if self.annex_b {
            lengths = to_lengths(data);
            &lengths[..]
        } else {
            data
        };
        let mut kept = Vec::with_capacity(data.len());
        for nal in nals(data) {
            match (self.codec, self.codec.nal_type(nal)) {
                (Codec::H264, Some(7 | 8)) | (Codec::H265, Some(32..=34)) => self.sets.put(nal),
                (Codec::H264, None | Some(9 | 12)) | (Codec::H265, None | Some(35 | 38)) => {}
                _ => {
                    kept.extend(u32::try_from(nal.len()).unwrap_or(0).to_be_bytes());
                    kept.extend_from_slice(nal);
                }
            }
        }
        kept.into()
    }
}

/// No picture is shown so long before the one that is decoded before it.
const BACKWARDS: Duration = Duration::from_secs(10);

impl Heard {
    /// `None` if it is no AAC that can be kept.
    fn new(entry: &Entry) -> Option<Self> {
        if entry.kind != 2 || !entry.codec.starts_with("A_AAC") || entry.encoded {
            return None;
        }
        let format = SoundFormat::aac(entry.private).ok()?;
        Some(Self { number: entry.number, format, row: None })
    }

    /// When a packet dated `time` was heard: if that is within `slack`, exactly behind the packet before,
    /// for ffmpeg rounds all times to milliseconds.
    fn smooth(&mut self, time: Duration, slack: Duration) -> Duration {
        if let Some((start, count)) = self.row {
            let (rate, samples) = (self.format.rate(), self.format.samples_per_packet());
            let samples = u128::from(count + 1) * u128::from(samples);
            let nanos = samples * 1_000_000_000 / u128::from(rate);
            let expected = start
                .saturating_add(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)));
            if time.abs_diff(expected) <= slack {
                self.row = Some((start, count + 1));
                return expected;
            }
        }
        self.row = Some((time, 0));
        time
    }
}

#[cfg(test)]
mod tests;
