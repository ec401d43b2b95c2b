//! Reading: what a file of ours holds, even one that was cut anywhere.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use watchpost_model::{Interval, WallTime};

use super::boxes::{DEPENDS, NON_SYNC};
use super::fragment::{SOUND_TRUN_FLAGS, TRUN_COMPOSITION, TRUN_FLAGS};
use super::movie::{AAC, JPEG};
use super::{MP4_EPOCH, NTP_EPOCH, SECOND, SOUND, TIMESCALE, VIDEO, after_samples, after_ticks};
use crate::numbers::{Fields, narrow, wide};
use crate::{Codec, Kind, Parameters, ParametersError, SoundFormat};

/// What a file holds, without the pictures and the sound themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// What a decoder must know beforehand.
    pub parameters: Arc<Parameters>,
    /// Where on the wall clock the file counts from.
    pub origin: WallTime,
    /// All whole fragments, as they stand in the file.
    pub fragments: Vec<Fragment>,
    /// Bytes up to the end of the last whole fragment, or of the header if there is none. What
    /// follows can be cut off.
    pub whole: u64,
}

/// A stretch of pictures, one behind the other in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Bytes it takes there, boxes included.
    pub length: u64,
    /// When its first picture is decoded.
    pub start: WallTime,
    /// Until when its last picture lasts.
    pub end: WallTime,
    /// Its pictures, in decoding order; at least one.
    pub samples: Vec<Sample>,
    /// The sound that was written with them, in order.
    pub sound: Vec<SoundSample>,
    /// Where a packet of silence begins, in bytes, if the fragment has one.
    pub silence: Option<u64>,
}

/// A packet of sound in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundSample {
    /// Where its bytes begin in the file.
    pub offset: u64,
    /// Their number.
    pub size: u32,
    /// When it is heard.
    pub time: WallTime,
}

/// A picture in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Where its bytes begin in the file.
    pub offset: u64,
    /// Their number.
    pub size: u32,
    /// Until the next picture, in ticks of 1/90000 s.
    pub duration: u32,
    /// From decoding to showing, in ticks of 1/90000 s.
    pub composition: i32,
    /// Whether decoding can begin here.
    pub kind: Kind,
    /// Whether a key picture is whole only some pictures later, at the next key picture at the latest:
    /// what cameras with intra refresh send. Older files do not tell.
    pub gradual: bool,
}

/// Why a file cannot be read at all. A file that was merely cut short can.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk, not the file.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// The file ends within its header, or has another one: nothing in it can be played.
    #[error("the file has no whole header of ours: {what} at byte {offset}")]
    Header {
        /// Where in the file.
        offset: u64,
        /// What is missing or strange there.
        what: &'static str,
    },
    /// The header is whole, but names no usable parameter sets.
    #[error("the file's header cannot be used")]
    Parameters(#[from] ParametersError),
}

impl Index {
    /// From the first picture to the end of the last, gaps included; empty at the origin if there
    /// are none.
    #[must_use]
    pub fn interval(&self) -> Interval {
        let start = self.fragments.first().map_or(self.origin, |first| first.start);
        Interval::new(start, self.fragments.last().map_or(start, |last| last.end))
    }
}

/// What `file` holds. Reads the heads of the boxes and the insides of the small ones: 4 KiB and
/// one seek for a fragment of some 250 pictures.
///
/// Ends before the first fragment that is not whole or is none of ours, so a file may be read
/// while it is written.
///
/// # Errors
///
/// If the system cannot read, or the header is not a whole one of ours.
pub fn index<R: Read + Seek>(file: &mut R) -> Result<Index, ReadError> {
    let mut heads = Heads::new(file)?;
    let header = read_header(&mut heads)?;
    let silence = header.parameters.sound().and_then(SoundFormat::silence);
    let silence = silence.map(|packet| wide(packet.len()));
    let mut whole = header.end;
    let mut origin = None;
    let mut fragments = Vec::new();
    while let Some(raw) = read_fragment(&mut heads, whole)? {
        let origin = *origin.get_or_insert_with(|| raw.origin(header.created));
        let start = after_ticks(origin, raw.begin);
        let duration: i64 = raw.samples.iter().map(|sample| i64::from(sample.duration)).sum();
        let rate = header.parameters.sound().map_or(1, SoundFormat::rate);
        let sound = raw.sound.into_iter().map(|(offset, size, samples)| SoundSample {
            offset,
            size,
            time: after_samples(origin, samples, rate),
        });
        fragments.push(Fragment {
            silence: silence
                .filter(|length| raw.unlisted == *length)
                .map(|length| raw.end - length),
            sound: sound.collect(),
            offset: whole,
            length: raw.end - whole,
            start,
            end: after_ticks(origin, raw.begin.saturating_add(duration)),
            samples: raw.samples,
        });
        whole = raw.end;
    }
    Ok(Index {
        parameters: Arc::new(header.parameters),
        origin: origin.unwrap_or(header.created),
        fragments,
        whole,
    })
}

/// What is read of `moov`.
struct Header {
    parameters: Parameters,
    /// The origin to the second below.
    created: WallTime,
    end: u64,
}

/// What is read of a fragment.
struct Raw {
    /// NTP time and ticks of the same moment.
    wall_clock: Option<(u64, u64)>,
    /// Ticks since the origin.
    begin: i64,
    samples: Vec<Sample>,
    /// Offset, size, and samples since the origin.
    sound: Vec<(u64, u32, i64)>,
    /// Bytes at the end of `mdat` that are no sample's.
    unlisted: u64,
    end: u64,
}

/// The head of a box that lies in the file at least in part.
struct Head {
    name: [u8; 4],
    /// Where its inside begins.
    inside: u64,
    end: u64,
}

/// `moov` and `moof` of ours are far smaller; more is garbage.
const LARGEST: u64 = 16 << 20;

fn read_header<R: Read + Seek>(heads: &mut Heads<'_, R>) -> Result<Header, ReadError> {
    let mut at = 0;
    loop {
        let strange = |what| ReadError::Header { offset: at, what };
        let head = heads.head(at)?.ok_or_else(|| strange("a box is missing"))?;
        match &head.name {
            b"moov" => {
                let moov = heads.inside(&head)?.ok_or_else(|| strange("moov is not whole"))?;
                let (created, parameters) =
                    parse_moov(moov).ok_or_else(|| strange("moov is not one of ours"))?;
                let parameters = parameters?;
                return Ok(Header { parameters, created, end: head.end });
            }
            b"ftyp" | b"free" | b"skip" | b"uuid" => at = head.end,
            _ => return Err(strange("neither ftyp nor moov")),
        }
    }
}

fn parse_moov(moov: &[u8]) -> Option<(WallTime, Result<Parameters, ParametersError>)> {
    let mut movie = Fields::new(child(moov, *b"mvhd")?);
    (movie.u8()? == 1).then_some(())?;
    movie.bytes(3)?;
    let created = i64::try_from(movie.u64()?).ok()?.checked_mul(SECOND)?.checked_add(MP4_EPOCH)?;
    let mut tracks = children(moov, *b"trak");
    let (timescale, entries) = parse_track(tracks.next()?)?;
    (timescale == TIMESCALE).then_some(())?;
    let parameters = parse_video_entry(entries)?;
    let sound = match tracks.next() {
        Some(track) => {
            let (timescale, entries) = parse_track(track)?;
            let mut format = Fields::new(child(child(entries, *b"mp4a")?.get(28..)?, *b"esds")?);
            let (object, configuration) = parse_stream(&mut format)?;
            let format = SoundFormat::aac(configuration).ok()?;
            (object == AAC && timescale == format.rate()).then_some(())?;
            Some(format)
        }
        None => None,
    };
    Some((WallTime::from_micros(created), parameters.map(|video| video.with_sound(sound))))
}

/// Its ticks in a second, and its sample entries.
fn parse_track(track: &[u8]) -> Option<(u32, &[u8])> {
    let media = child(track, *b"mdia")?;
    let mut head = Fields::new(child(media, *b"mdhd")?);
    head.bytes(20)?;
    let timescale = head.u32()?;
    let tables = child(child(media, *b"minf")?, *b"stbl")?;
    Some((timescale, child(tables, *b"stsd")?.get(8..)?))
}

fn parse_video_entry(entries: &[u8]) -> Option<Result<Parameters, ParametersError>> {
    let with_record = [(Codec::H264, *b"avc1", *b"avcC"), (Codec::H265, *b"hvc1", *b"hvcC")];
    for (codec, entry, record) in with_record {
        if let Some(inside) = child(entries, entry) {
            let record = child(inside.get(78..)?, record)?;
            return Some(Parameters::from_configuration(codec, record));
        }
    }
    let entry = child(entries, *b"mp4v")?;
    let (object, _) = parse_stream(&mut Fields::new(child(entry.get(78..)?, *b"esds")?))?;
    (object == JPEG).then_some(())?;
    let mut size = Fields::new(entry.get(24..)?);
    Some(Parameters::mjpeg(size.u16()?, size.u16()?))
}

/// The object type and the configuration, empty if there is none, of an `esds`: 14496-1, 7.2.6.5 to 7.
fn parse_stream<'a>(esds: &mut Fields<'a>) -> Option<(u8, &'a [u8])> {
    fn descriptor<'a>(fields: &mut Fields<'a>, tag: u8) -> Option<&'a [u8]> {
        (fields.u8()? == tag).then_some(())?;
        let mut length = 0;
        for _ in 0..4 {
            let group = fields.u8()?;
            length = length << 7 | usize::from(group & 0x7f);
            if group & 0x80 == 0 {
                break;
            }
        }
        fields.bytes(length)
    }
    esds.u32()?;
    let mut stream = Fields::new(descriptor(esds, 3)?);
    stream.bytes(3)?;
    let mut decoder = Fields::new(descriptor(&mut stream, 4)?);
    let object = decoder.u8()?;
    decoder.bytes(12)?;
    let configuration = match decoder.rest() {
        [] => &[],
        _ => descriptor(&mut decoder, 5)?,
    };
    Some((object, configuration))
}

/// The inside of the first box `name` in `boxes`.
fn child(boxes: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    children(boxes, name).next()
}

/// The insides of all boxes `name` in `boxes`, up to where they make no sense.
fn children(boxes: &[u8], name: [u8; 4]) -> impl Iterator<Item = &[u8]> {
    let mut fields = Fields::new(boxes);
    let each = std::iter::from_fn(move || {
        let length = narrow(fields.u32()?);
        let found: [u8; 4] = fields.array()?;
        Some((found, fields.bytes(length.checked_sub(8)?)?))
    });
    each.filter(move |(found, _)| *found == name).map(|(_, inside)| inside)
}

/// The fragment at `at`, or `None` if no whole one of ours is there.
fn read_fragment<R: Read + Seek>(heads: &mut Heads<'_, R>, at: u64) -> io::Result<Option<Raw>> {
    let mut wall_clock = None;
    let mut next = at;
    loop {
        let Some(head) = heads.head(next)? else {
            return Ok(None);
        };
        match &head.name {
            b"prft" => {
                let Some(prft) = heads.inside(&head)? else {
                    return Ok(None);
                };
                wall_clock = parse_prft(prft);
            }
            b"moof" => {
                let Some(mdat) = heads.head(head.end)?.filter(|mdat| &mdat.name == b"mdat") else {
                    return Ok(None);
                };
                let parsed = heads.inside(&head)?.and_then(|moof| parse_moof(moof, next, &mdat));
                return Ok(parsed.map(|parsed| {
                    let Parsed { begin, samples, sound, unlisted } = parsed;
                    Raw { wall_clock, begin, samples, sound, unlisted, end: mdat.end }
                }));
            }
            b"free" | b"skip" | b"uuid" | b"styp" | b"sidx" | b"emsg" => {}
            _ => return Ok(None),
        }
        next = head.end;
    }
}

fn parse_prft(prft: &[u8]) -> Option<(u64, u64)> {
    let mut fields = Fields::new(prft);
    (fields.u8()? == 1).then_some(())?;
    fields.bytes(7)?;
    Some((fields.u64()?, fields.u64()?))
}

/// What is read of a `moof`; the fields are those of [`Raw`].
struct Parsed {
    begin: i64,
    samples: Vec<Sample>,
    sound: Vec<(u64, u32, i64)>,
    unlisted: u64,
}

/// What the `moof` at `at` says of its samples, which all lie in `mdat`.
fn parse_moof(moof: &[u8], at: u64, mdat: &Head) -> Option<Parsed> {
    let mut trafs = children(moof, *b"traf");
    let (begin, mut trun) = parse_traf(trafs.next()?, VIDEO)?;
    let flags = trun.u32()? & 0x00ff_ffff;
    (flags & !TRUN_COMPOSITION == TRUN_FLAGS).then_some(())?;
    let length = if flags & TRUN_COMPOSITION == 0 { 12 } else { 16 };
    let (count, mut offset) = parse_run(&mut trun, length, at, mdat)?;
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        let (duration, size, sample_flags) = (trun.u32()?, trun.u32()?, trun.u32()?);
        let composition = match length {
            16 => i32::from_be_bytes(trun.array()?),
            _ => 0,
        };
        let kind = if sample_flags & NON_SYNC == 0 { Kind::Key } else { Kind::Delta };
        let gradual = kind == Kind::Key && sample_flags & DEPENDS != 0;
        samples.push(Sample { offset, size, duration, composition, kind, gradual });
        offset += u64::from(size);
    }
    (offset <= mdat.end).then_some(())?;

    let mut last = offset;
    let mut sound = Vec::new();
    if let Some(traf) = trafs.next() {
        let (mut time, mut trun) = parse_traf(traf, SOUND)?;
        (trun.u32()? & 0x00ff_ffff == SOUND_TRUN_FLAGS).then_some(())?;
        let (count, mut offset) = parse_run(&mut trun, 12, at, mdat)?;
        (offset >= last).then_some(())?;
        sound.reserve(count);
        for _ in 0..count {
            let (duration, size, _) = (trun.u32()?, trun.u32()?, trun.u32()?);
            sound.push((offset, size, time));
            offset += u64::from(size);
            time = time.saturating_add(duration.into());
        }
        (offset <= mdat.end).then_some(())?;
        last = last.max(offset);
    }
    Some(Parsed { begin, samples, sound, unlisted: mdat.end - last })
}

/// Where the `traf` of track `wanted` begins, in its ticks, and its `trun`.
fn parse_traf(traf: &[u8], wanted: u32) -> Option<(i64, Fields<'_>)> {
    let mut tfhd = Fields::new(child(traf, *b"tfhd")?);
    tfhd.u32()?;
    (tfhd.u32()? == wanted).then_some(())?;
    let mut tfdt = Fields::new(child(traf, *b"tfdt")?);
    (tfdt.u8()? == 1).then_some(())?;
    tfdt.bytes(3)?;
    let begin = i64::try_from(tfdt.u64()?).ok()?;
    Some((begin, Fields::new(child(traf, *b"trun")?)))
}

/// How many samples a `trun` lists, each in `length` bytes, and where the first lies.
fn parse_run(trun: &mut Fields, length: usize, at: u64, mdat: &Head) -> Option<(usize, u64)> {
    let count = narrow(trun.u32()?);
    let offset = at.checked_add(trun.u32()?.into())?;
    let whole = trun.rest().len() == count.checked_mul(length)?;
    (whole && count > 0 && offset >= mdat.inside).then_some((count, offset))
}

impl Raw {
    /// The origin to the microsecond. The header knows it to the second below; `prft` knows the
    /// rest, if the two agree.
    fn origin(&self, created: WallTime) -> WallTime {
        let precise = self.wall_clock.and_then(|(ntp, ticks)| {
            let moment = nearest(ntp, after_ticks(created, i64::try_from(ticks).ok()?));
            let since = i64::try_from(u128::from(ticks) * 100 / 9).ok()?;
            Some(WallTime::from_micros(moment.checked_sub(since)?))
        });
        let in_that_second = |moment: &WallTime| {
            let beyond = moment.as_micros().saturating_sub(created.as_micros());
            (0..SECOND + 12).contains(&beyond) // 12: a tick is 11.1 microseconds.
        };
        precise.filter(in_that_second).unwrap_or(created)
    }
}

/// The moment of an NTP time stamp, in microseconds since 1970. NTP counts anew every 136 years
/// (next in 2036): of all moments it can mean, the nearest to `hint`.
fn nearest(ntp: u64, hint: WallTime) -> i64 {
    let micros = |fixed: i128| (fixed * i128::from(SECOND)) >> 32;
    let era = micros(1 << 64);
    let moment = micros(ntp.into()) + i128::from(NTP_EPOCH);
    let off = i128::from(hint.as_micros()) - moment;
    let eras = (off + era / 2).div_euclid(era);
    i64::try_from(moment + eras * era).unwrap_or(i64::MAX)
}

/// Reads the heads of a file through a small window.
struct Heads<'a, R> {
    file: &'a mut R,
    length: u64,
    window: Vec<u8>,
    /// Where in the file the window lies.
    at: u64,
}

/// The prft, moof and head of the mdat of 2 s of video, four times over.
const WINDOW: usize = 4096;

impl<'a, R: Read + Seek> Heads<'a, R> {
    fn new(file: &'a mut R) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, length, window: Vec::new(), at: 0 })
    }

    /// The head of the box at `at`, or `None` if no box that ends within the file is there.
    fn head(&mut self, at: u64) -> io::Result<Option<Head>> {
        let Some(short) = self.bytes(at, 8)? else {
            return Ok(None);
        };
        let mut fields = Fields::new(short);
        let (Some(length), Some(name)) = (fields.u32(), fields.array()) else {
            return Ok(None);
        };
        let (head, length) = match length {
            1 => match self.bytes(at + 8, 8)?.and_then(|long| Fields::new(long).u64()) {
                Some(length) => (16, length),
                None => return Ok(None),
            },
            length => (8, length.into()),
        };
        let end = at.checked_add(length).filter(|end| *end <= self.length);
        Ok(end.filter(|_| length >= head).map(|end| Head { name, inside: at + head, end }))
    }

    /// The inside of a box that is no larger than boxes of ours are.
    fn inside(&mut self, head: &Head) -> io::Result<Option<&[u8]>> {
        match head.end - head.inside {
            length if length <= LARGEST => self.bytes(head.inside, narrow(length)),
            _ => Ok(None),
        }
    }

    /// `count` bytes at `at`, or `None` if the file ends before.
    fn bytes(&mut self, at: u64, count: usize) -> io::Result<Option<&[u8]>> {
        if at.checked_add(wide(count)).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        let held = at >= self.at && at + wide(count) <= self.at + wide(self.window.len());
        if !held {
            self.window.clear();
            self.at = at;
            self.file.seek(SeekFrom::Start(at))?;
            let wanted = wide(count.max(WINDOW));
            self.file.by_ref().take(wanted).read_to_end(&mut self.window)?;
        }
        let begin = narrow(at - self.at);
        Ok(self.window.get(begin..begin + count))
    }
}
