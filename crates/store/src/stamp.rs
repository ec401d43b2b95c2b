//! What stands in a photo besides the picture: when, by which camera and for which event it was
//! taken. From it the catalog can be rebuilt, and any viewer shows time and camera.
//!
//! EXIF 2.32 (CIPA DC-008-2019), in the APP1 segment of a JPEG file.

use std::io::Cursor;
use std::ops::Range;

use exif::experimental::Writer;
use exif::{Exif, Field, In, Reader, Tag, Value};
use jiff::tz::Offset;
use jiff::{Zoned, civil};
use watchpost_model::{CameraId, EventId, WallTime};

/// How the tag Software begins in photos of ours.
const SOFTWARE: &[u8] = b"Watchpost ";

/// How the tag `UserComment` begins in them: the first eight bytes say that ASCII follows.
const COMMENT: &[u8] = b"ASCII\0\0\0event ";

/// An APP1 segment holds 64 KiB less its length and its name.
const LONGEST: usize = 0xffff - 2 - EXIF.len();

/// What an APP1 segment with EXIF begins with.
const EXIF: &[u8] = b"Exif\0\0";

const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const START_OF_SCAN: u8 = 0xda;

/// These are written by us. What a camera wrote under them goes; its clock is not ours.
const OURS: [Tag; 14] = [
    Tag::ImageDescription,
    Tag::Software,
    Tag::DateTime,
    Tag::DateTimeOriginal,
    Tag::DateTimeDigitized,
    Tag::OffsetTime,
    Tag::OffsetTimeOriginal,
    Tag::OffsetTimeDigitized,
    Tag::SubSecTime,
    Tag::SubSecTimeOriginal,
    Tag::SubSecTimeDigitized,
    Tag::UserComment,
    Tag::ExifVersion,
    // Its offsets are from the start of the old file.
    Tag::MakerNote,
];

/// What a photo tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) camera: CameraId,
    pub(crate) taken: WallTime,
    pub(crate) event: Option<EventId>,
}

/// The same picture with `about` in it, told in the zone of `local`, ending with the end of the
/// image; `None` if it is no JPEG.
pub(crate) fn write(jpeg: &[u8], about: &About, local: &Zoned) -> Option<Vec<u8>> {
    let head = head(jpeg);
    let picture = jpeg.get(head.last()?.1.end..)?;
    (picture.first_chunk() == Some(&[0xff, START_OF_SCAN])).then_some(())?;
    let old = head.iter().find_map(|(marker, range)| {
        let body = exif_in(*marker, jpeg.get(range.clone())?)?;
        Reader::new().read_raw(body.to_vec()).ok()
    });
    let tags = old
        .and_then(|old| encode(about, local, Some(&old)))
        .or_else(|| encode(about, local, None))?;
    let length = u16::try_from(2 + EXIF.len() + tags.len()).ok()?;

    let mut stamped = Vec::with_capacity(jpeg.len() + tags.len() + 16);
    stamped.extend(START_OF_IMAGE);
    // Where JFIF is, it comes first.
    let jfif = head.first().filter(|(marker, _)| *marker == APP0);
    stamped.extend(jfif.and_then(|(_, range)| jpeg.get(range.clone())).unwrap_or_default());
    stamped.extend([0xff, APP1]);
    stamped.extend(length.to_be_bytes());
    stamped.extend(EXIF);
    stamped.extend(tags);
    for (marker, range) in head.iter().skip(usize::from(jfif.is_some())) {
        let segment = jpeg.get(range.clone())?;
        if exif_in(*marker, segment).is_none() {
            stamped.extend(segment);
        }
    }
    // Some cameras fill up the end of a picture with zeros, and some leave it away.
    match picture.windows(2).rposition(|window| window == END_OF_IMAGE) {
        Some(end) => stamped.extend(&picture[..end + END_OF_IMAGE.len()]),
        None => stamped.extend(picture.iter().chain(&END_OF_IMAGE)),
    }
    Some(stamped)
}

/// When and for which event a photo of ours was taken, from its first bytes; `None` if it is not ours.
pub(crate) fn read(jpeg: &[u8]) -> Option<(WallTime, Option<EventId>)> {
    let exif = head(jpeg).into_iter().find_map(|(marker, range)| {
        let body = exif_in(marker, jpeg.get(range)?)?;
        Reader::new().read_raw(body.to_vec()).ok()
    })?;
    text(&exif, Tag::Software)?.starts_with(SOFTWARE).then_some(())?;
    let mut moment = exif::DateTime::from_ascii(text(&exif, Tag::DateTimeOriginal)?).ok()?;
    moment.parse_subsec(text(&exif, Tag::SubSecTimeOriginal)?).ok()?;
    moment.parse_offset(text(&exif, Tag::OffsetTimeOriginal)?).ok()?;
    let small = |number: u8| i8::try_from(number).ok();
    let local = civil::DateTime::new(
        i16::try_from(moment.year).ok()?,
        small(moment.month)?,
        small(moment.day)?,
        small(moment.hour)?,
        small(moment.minute)?,
        small(moment.second)?,
        i32::try_from(moment.nanosecond?).ok()?,
    );
    let offset = Offset::from_seconds(i32::from(moment.offset?) * 60).ok()?;
    let taken = offset.to_timestamp(local.ok()?).ok()?.into();
    let event = match exif.get_field(Tag::UserComment, In::PRIMARY).map(|field| &field.value) {
        Some(Value::Undefined(comment, _)) => comment.strip_prefix(COMMENT),
        _ => None,
    };
    let event = event.and_then(|event| std::str::from_utf8(event).ok()?.parse().ok());
    Some((taken, event))
}

/// Whether a file with these last bytes is there to its end.
pub(crate) fn is_whole(tail: &[u8]) -> bool {
    tail.ends_with(&END_OF_IMAGE)
}

/// The tags, as TIFF: ours, and those of the camera's own that are no contradiction.
fn encode(about: &About, local: &Zoned, camera: Option<&Exif>) -> Option<Vec<u8>> {
    let About { camera: name, taken, event } = about;
    // EXIF knows whole minutes. Zones of a hundred years ago had others.
    let minutes = (local.offset().seconds() + 30).div_euclid(60);
    let offset = Offset::from_seconds(minutes * 60).ok()?;
    let moment = offset.to_datetime(taken.timestamp());
    let sign = if minutes < 0 { '-' } else { '+' };
    let zone = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    let second = moment.strftime("%Y:%m:%d %H:%M:%S").to_string();
    let micros = format!("{:06}", moment.subsec_nanosecond() / 1000);
    let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let software = [SOFTWARE, env!("CARGO_PKG_VERSION").as_bytes()].concat();
    let mut fields = vec![
        field(Tag::ImageDescription, ascii(name.as_str())),
        field(Tag::Software, Value::Ascii(vec![software])),
        field(Tag::DateTime, ascii(&second)),
        field(Tag::DateTimeOriginal, ascii(&second)),
        field(Tag::OffsetTime, ascii(&zone)),
        field(Tag::OffsetTimeOriginal, ascii(&zone)),
        field(Tag::SubSecTimeOriginal, ascii(&micros)),
        field(Tag::ExifVersion, Value::Undefined(b"0232".to_vec(), 0)),
    ];
    if let Some(event) = event {
        let comment = [COMMENT, event.as_str().as_bytes()].concat();
        fields.push(field(Tag::UserComment, Value::Undefined(comment, 0)));
    }
    let theirs = |field: &&Field| field.ifd_num == In::PRIMARY && !OURS.contains(&field.tag);
    let theirs: Vec<&Field> = camera.into_iter().flat_map(Exif::fields).filter(theirs).collect();
    if !theirs.iter().any(|field| field.tag == Tag::Model) {
        fields.push(field(Tag::Model, ascii(name.as_str())));
    }
    let mut writer = Writer::new();
    fields.iter().chain(theirs).for_each(|field| writer.push_field(field));
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false).ok()?;
    let tiff = tiff.into_inner();
    (tiff.len() <= LONGEST).then_some(tiff)
}

/// The bytes of a text.
fn text(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(texts) => texts.first().map(Vec::as_slice),
        _ => None,
    }
}

/// The EXIF in a marker segment, if it is one with EXIF.
fn exif_in(marker: u8, segment: &[u8]) -> Option<&[u8]> {
    let body = segment.get(4..).filter(|_| marker == APP1)?;
    body.strip_prefix(EXIF)
}

/// The marker segments before the picture itself, each from its 0xff on. None if it is no JPEG, and up
/// to the first that is not whole.
fn head(jpeg: &[u8]) -> Vec<(u8, Range<usize>)> {
    let mut segments = Vec::new();
    let mut at = START_OF_IMAGE.len();
    if !jpeg.starts_with(&START_OF_IMAGE) {
        return segments;
    }
    while let Some([0xff, marker, high, low]) = jpeg.get(at..).and_then(|rest| rest.first_chunk()) {
        // Before a marker, 0xff may be repeated.
        if *marker == 0xff {
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let end = at + 2 + length;
        // Those from 0xd0 to 0xda are no segments, or begin the picture.
        if matches!(*marker, 0x00 | 0x01 | 0xd0..=START_OF_SCAN) || length < 2 || end > jpeg.len() {
            break;
        }
        segments.push((*marker, at..end));
        at = end;
    }
    segments
}
