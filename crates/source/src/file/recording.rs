//! An MP4 file as a list of pictures.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mp4_atom::{Atom, Encode, FourCC, Header, Moov, ReadAtom, ReadFrom, Stbl, StszSamples, Trak};
use watchpost_media::{self as media, Codec, Kind, Parameters, SoundFormat};

use crate::{Arrival, Heard, SourceError};

/// The longest picture accepted, in bytes.
const LONGEST: u32 = 32 << 20;

/// The longest packet of sound accepted, in bytes.
const LONGEST_SOUND: u32 = 64 << 10;

/// An open MP4 file with H.264 or H.265 video, and perhaps AAC, fragmented or not.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    file: File,
    parameters: Arc<Parameters>,
    samples: Vec<Sample>,
    sound: Vec<Packet>,
    length: Duration,
}

/// Where one packet of sound lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packet {
    /// When it is heard, since the first picture is decoded.
    at: Duration,
    offset: u64,
    size: u32,
}

/// What a file's tables tell.
struct Contents {
    parameters: Parameters,
    samples: Vec<Sample>,
    sound: Vec<Packet>,
    length: Duration,
}

/// Where one picture lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it is decoded, since the first.
    pub at: Duration,
    /// How much later it is shown.
    pub shown_after: Duration,
    offset: u64,
    size: u32,
}

impl Recording {
    /// Opens `path` and reads where its pictures lie. Blocks.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no MP4, or has no video that can be recorded.
    pub fn open(path: PathBuf) -> Result<Self, SourceError> {
        let broken = |source| SourceError::File { path: path.clone(), source };
        let file = File::open(&path).map_err(broken)?;
        let mut input = BufReader::new(&file);
        let moov = find_moov(&mut input).map_err(broken)?;
        let Contents { parameters, samples, sound, length } =
            if moov.mvex.is_some() { fragmented(&mut input)? } else { progressive(&moov)? };
        if samples.is_empty() {
            let nothing = io::Error::new(io::ErrorKind::InvalidData, "the file has no pictures");
            return Err(broken(nothing));
        }
        Ok(Self { parameters: Arc::new(parameters), samples, sound, length, file, path })
    }

    /// The same without sound.
    #[must_use]
    pub fn silent(self) -> Self {
        let parameters = Parameters::clone(&self.parameters).with_sound(None);
        Self { parameters: Arc::new(parameters), sound: Vec::new(), ..self }
    }

    /// Its pictures, in the order of decoding.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// How long it plays.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Reads the picture at `index`, and what is heard since the one before. Blocks.
    ///
    /// # Errors
    ///
    /// [`SourceError::Finished`] beyond the last, [`SourceError::File`] if it cannot be read.
    pub fn read(&self, index: usize) -> Result<Arrival, SourceError> {
        let sample = self.samples.get(index).ok_or(SourceError::Finished)?;
        let data = self.bytes(sample.offset, sample.size.min(LONGEST))?;
        let key = media::is_key(self.parameters.codec(), &data);
        Ok(Arrival {
            parameters: Arc::clone(&self.parameters),
            data,
            kind: if key { Kind::Key } else { Kind::Delta },
            elapsed: sample.at,
            shown_after: sample.shown_after,
            sound: self.heard_before(index)?,
        })
    }

    /// The sound between the picture before and the one at `index`; of the last, to the end.
    fn heard_before(&self, index: usize) -> Result<Vec<Heard>, SourceError> {
        let until = |index: usize| match self.samples.get(index) {
            Some(sample) if index + 1 < self.samples.len() => {
                self.sound.partition_point(|packet| packet.at <= sample.at)
            }
            _ => self.sound.len(),
        };
        let from = index.checked_sub(1).map_or(0, until);
        let packets = self.sound.get(from..until(index)).unwrap_or_default();
        let read = |packet: &Packet| {
            let data = self.bytes(packet.offset, packet.size.min(LONGEST_SOUND))?;
            Ok(Heard { data, elapsed: packet.at })
        };
        packets.iter().map(read).collect()
    }

    fn bytes(&self, offset: u64, size: u32) -> Result<Bytes, SourceError> {
        let mut data = vec![0; usize::try_from(size).unwrap_or_default()];
        let read = self.file.read_exact_at(&mut data, offset);
        read.map_err(|source| SourceError::File { path: self.path.clone(), source })?;
        Ok(data.into())
    }
}

/// Skips over the file's boxes to its `moov`.
fn find_moov<R: Read + Seek>(input: &mut R) -> io::Result<Moov> {
    let invalid = |error: mp4_atom::Error| io::Error::new(io::ErrorKind::InvalidData, error);
    loop {
        let Some(header) = Option::<Header>::read_from(input).map_err(invalid)? else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not an MP4 file"));
        };
        if header.kind == Moov::KIND {
            return Moov::read_atom(&header, input).map_err(invalid);
        }
        let size = header.size.and_then(|size| i64::try_from(size).ok());
        let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no moov box"))?;
        input.seek(SeekFrom::Current(size))?;
    }
}

/// The pictures of a file as Watchpost writes it.
fn fragmented<R: Read + Seek>(input: &mut R) -> Result<Contents, SourceError> {
    let garbled = |what: String| SourceError::Garbled { what };
    input.rewind().map_err(|error| garbled(error.to_string()))?;
    let index = media::mp4::index(input).map_err(|error| garbled(error.to_string()))?;
    let (mut samples, mut sound) = (Vec::new(), Vec::new());
    let mut length = Duration::ZERO;
    for fragment in &index.fragments {
        // What was heard before the first picture has no place.
        sound.extend(fragment.sound.iter().filter_map(|packet| {
            let at = packet.time.since(index.origin)?;
            Some(Packet { at, offset: packet.offset, size: packet.size })
        }));
        let mut at = fragment.start.since_or_zero(index.origin);
        for sample in &fragment.samples {
            let shown_after = ticks(u64::try_from(sample.composition).unwrap_or(0), 90_000);
            samples.push(Sample { at, shown_after, offset: sample.offset, size: sample.size });
            at += ticks(sample.duration.into(), 90_000);
        }
        length = length.max(at);
    }
    let parameters = Parameters::clone(&index.parameters);
    Ok(Contents { parameters, samples, sound, length })
}

/// The pictures of a file with one table of all (ISO/IEC 14496-12, section 8.6 and 8.7).
fn progressive(moov: &Moov) -> Result<Contents, SourceError> {
    const VIDEO: FourCC = FourCC::new(b"vide");
    const SOUND: FourCC = FourCC::new(b"soun");
    let track = moov.trak.iter().find(|track| track.mdia.hdlr.handler == VIDEO);
    let no_video = || SourceError::UnknownCodec { offered: "no video".to_owned() };
    let track = track.ok_or_else(no_video)?;
    let parameters = parameters(track)?;
    let table = &track.mdia.minf.stbl;
    let rate = u64::from(track.mdia.mdhd.timescale.max(1));
    let mut shown_later = table.ctts.iter().flat_map(|ctts| &ctts.entries).flat_map(|entry| {
        std::iter::repeat_n(
            u64::try_from(entry.sample_offset).unwrap_or(0),
            repeats(entry.sample_count),
        )
    });
    let mut samples = Vec::new();
    let mut at = 0;
    for ((offset, size), delta) in places(table).into_iter().zip(deltas(table)) {
        let shown_after = ticks(shown_later.next().unwrap_or(0), rate);
        samples.push(Sample { at: ticks(at, rate), shown_after, offset, size });
        at += delta;
    }
    let length = ticks(at, rate);
    let mut tracks = moov.trak.iter().filter(|track| track.mdia.hdlr.handler == SOUND);
    let heard = tracks.find_map(|sound| Some((format(sound)?, packets(sound, begins(track)))));
    let (format, sound) = heard.unzip();
    let (parameters, sound) = (parameters.with_sound(format), sound.unwrap_or_default());
    Ok(Contents { parameters, samples, sound, length })
}

fn deltas(table: &Stbl) -> impl Iterator<Item = u64> {
    table.stts.entries.iter().flat_map(|entry| {
        std::iter::repeat_n(u64::from(entry.sample_delta), repeats(entry.sample_count))
    })
}

/// What of a track's own time is the beginning of the film.
fn begins(track: &Trak) -> Duration {
    let edits = track.edts.as_ref().and_then(|edits| edits.elst.as_ref());
    let first = edits.and_then(|edits| edits.entries.iter().find_map(|edit| edit.media_time));
    ticks(first.unwrap_or(0), track.mdia.mdhd.timescale.max(1).into())
}

/// The sound of a track, by the clock of pictures that begin at `pictures` of it.
fn packets(track: &Trak, pictures: Duration) -> Vec<Packet> {
    let table = &track.mdia.minf.stbl;
    let rate = u64::from(track.mdia.mdhd.timescale.max(1));
    let before = begins(track);
    let mut at = 0;
    let mut packets = Vec::new();
    for ((offset, size), delta) in places(table).into_iter().zip(deltas(table)) {
        // The encoder's silence at the beginning is not heard.
        if let Some(heard) = (ticks(at, rate) + pictures).checked_sub(before) {
            packets.push(Packet { at: heard, offset, size });
        }
        at += delta;
    }
    packets
}

/// The format of a track that is AAC.
fn format(track: &Trak) -> Option<SoundFormat> {
    track.mdia.minf.stbl.stsd.codecs.iter().find_map(|entry| match entry {
        mp4_atom::Codec::Mp4a(mp4a) => {
            let specific = mp4a.esds.es_desc.dec_config.dec_specific.as_ref()?;
            SoundFormat::aac(&specific.raw).ok()
        }
        _ => None,
    })
}

fn parameters(track: &Trak) -> Result<Parameters, SourceError> {
    let garbled = |what: String| SourceError::Garbled { what };
    for entry in &track.mdia.minf.stbl.stsd.codecs {
        let mut record = Vec::new();
        let (codec, written) = match entry {
            mp4_atom::Codec::Avc1(avc1) => (Codec::H264, avc1.avcc.encode(&mut record)),
            mp4_atom::Codec::Hvc1(hvc1) => (Codec::H265, hvc1.hvcc.encode(&mut record)),
            mp4_atom::Codec::Hev1(hev1) => (Codec::H265, hev1.hvcc.encode(&mut record)),
            _ => continue,
        };
        written.map_err(|error| garbled(error.to_string()))?;
        let body = record.get(8..).unwrap_or_default(); // Behind the box's size and name.
        return Parameters::from_configuration(codec, body)
            .map_err(|error| garbled(error.to_string()));
    }
    Err(SourceError::UnknownCodec { offered: "neither H.264 nor H.265".to_owned() })
}

/// Where each sample lies, by the tables of chunks.
fn places(table: &Stbl) -> Vec<(u64, u32)> {
    let chunks: Vec<u64> = match (&table.stco, &table.co64) {
        (Some(short), _) => short.entries.iter().map(|offset| u64::from(*offset)).collect(),
        (None, Some(long)) => long.entries.clone(),
        (None, None) => Vec::new(),
    };
    let mut sizes: Box<dyn Iterator<Item = u32>> = match &table.stsz.samples {
        StszSamples::Identical { count, size } => {
            Box::new(std::iter::repeat_n(*size, repeats(*count)))
        }
        StszSamples::Different { sizes } => Box::new(sizes.iter().copied()),
    };
    let mut places = Vec::new();
    let mut runs = table.stsc.entries.iter().peekable();
    let mut in_chunk = 0;
    for (number, chunk) in (1..).zip(chunks) {
        while let Some(run) = runs.next_if(|run| run.first_chunk <= number) {
            in_chunk = run.samples_per_chunk;
        }
        let mut offset = chunk;
        for size in sizes.by_ref().take(repeats(in_chunk)) {
            places.push((offset, size));
            offset += u64::from(size);
        }
    }
    places
}

fn repeats(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn ticks(count: u64, rate: u64) -> Duration {
    Duration::from_secs(count / rate) + Duration::from_nanos((count % rate) * 1_000_000_000 / rate)
}
