//! An MP4 file as a list of pictures.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mp4_atom::{Atom, Encode, FourCC, Header, Moov, ReadAtom, ReadFrom, Stbl, StszSamples, Trak};
use watchpost_media::{self as media, Codec, Kind, Parameters};

use crate::{Arrival, SourceError};

/// The longest picture accepted, in bytes.
const LONGEST: u32 = 32 << 20;

/// An open MP4 file with H.264 or H.265 video, fragmented or not.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    file: File,
    parameters: Arc<Parameters>,
    samples: Vec<Sample>,
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
        let (parameters, samples, length) =
            if moov.mvex.is_some() { fragmented(&mut input)? } else { progressive(&moov)? };
        if samples.is_empty() {
            let nothing = io::Error::new(io::ErrorKind::InvalidData, "the file has no pictures");
            return Err(broken(nothing));
        }
        Ok(Self { parameters: Arc::new(parameters), samples, length, file, path })
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

    /// Reads the picture at `index`. Blocks.
    ///
    /// # Errors
    ///
    /// [`SourceError::Finished`] beyond the last, [`SourceError::File`] if it cannot be read.
    pub fn read(&self, index: usize) -> Result<Arrival, SourceError> {
        let sample = self.samples.get(index).ok_or(SourceError::Finished)?;
        let size = usize::try_from(sample.size.min(LONGEST)).unwrap_or_default();
        let mut data = vec![0; size];
        let read = self.file.read_exact_at(&mut data, sample.offset);
        read.map_err(|source| SourceError::File { path: self.path.clone(), source })?;
        let key = media::is_key(self.parameters.codec(), &data);
        Ok(Arrival {
            parameters: Arc::clone(&self.parameters),
            data: data.into(),
            kind: if key { Kind::Key } else { Kind::Delta },
            elapsed: sample.at,
            shown_after: sample.shown_after,
        })
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
fn fragmented<R: Read + Seek>(
    input: &mut R,
) -> Result<(Parameters, Vec<Sample>, Duration), SourceError> {
    let garbled = |what: String| SourceError::Garbled { what };
    input.rewind().map_err(|error| garbled(error.to_string()))?;
    let index = media::mp4::index(input).map_err(|error| garbled(error.to_string()))?;
    let mut samples = Vec::new();
    let mut length = Duration::ZERO;
    for fragment in &index.fragments {
        let mut at = fragment.start.since_or_zero(index.origin);
        for sample in &fragment.samples {
            let shown_after = ticks(u64::try_from(sample.composition).unwrap_or(0), 90_000);
            samples.push(Sample { at, shown_after, offset: sample.offset, size: sample.size });
            at += ticks(sample.duration.into(), 90_000);
        }
        length = length.max(at);
    }
    Ok((Parameters::clone(&index.parameters), samples, length))
}

/// The pictures of a file with one table of all (ISO/IEC 14496-12, section 8.6 and 8.7).
fn progressive(moov: &Moov) -> Result<(Parameters, Vec<Sample>, Duration), SourceError> {
    const VIDEO: FourCC = FourCC::new(b"vide");
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
    let deltas = table.stts.entries.iter().flat_map(|entry| {
        std::iter::repeat_n(u64::from(entry.sample_delta), repeats(entry.sample_count))
    });
    let mut samples = Vec::new();
    let mut at = 0;
    for ((offset, size), delta) in places(table).into_iter().zip(deltas) {
        let shown_after = ticks(shown_later.next().unwrap_or(0), rate);
        samples.push(Sample { at: ticks(at, rate), shown_after, offset, size });
        at += delta;
    }
    Ok((parameters, samples, ticks(at, rate)))
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
