//! Footage out: any interval of a camera as one MP4, served from the segments as they lie on disk.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, stream};
use watchpost_media::mp4::clip::{Layout, Slice};
use watchpost_media::mp4::{self, Index, ReadError};
use watchpost_model::{CameraId, Interval, WallTime};

use crate::files::blocking;
use crate::segments::{Segment, SegmentKind};
use crate::{CatalogError, FileError, Store};

/// Read at once, and so held in memory for each reader.
const PIECE: u64 = 256 * 1024;

/// Footage of an interval as one progressive MP4. Cheap to clone; holds its tables (some 40 bytes
/// for a picture) and no video.
///
/// Keeps no file open between reads. Where retention removes a segment meanwhile, reading it fails.
#[derive(Clone, Debug)]
pub struct Clip(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    layout: Layout,
    paths: Vec<PathBuf>,
    /// Where in the clip each slice begins, as `layout.slices`.
    begins: Vec<u64>,
}

/// Why there is no clip.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// Nothing was recorded in that time, or nothing readable is left of it.
    #[error("nothing was recorded in that time")]
    Empty,
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The catalog could not be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl ClipError {
    /// What the owner should do, as a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            ClipError::Empty => "Choose another time, or look whether the camera was recording.",
            ClipError::File(error) => error.hint(),
            ClipError::Catalog(error) => error.hint(),
        }
    }
}

impl Store {
    /// The footage of `camera` in `interval`, also what is just being written, from the key picture
    /// at or before its start. A segment that cannot be read is left out, and logged.
    ///
    /// Reads the heads of all segments of the interval: a few milliseconds for each, and some 40
    /// bytes of memory for each picture and packet of sound, so the caller should bound the interval.
    ///
    /// # Errors
    ///
    /// If there is no footage, or the catalog or the disk cannot be read.
    pub async fn clip(&self, camera: &CameraId, interval: Interval) -> Result<Clip, ClipError> {
        let segments = self.segments(camera, interval).await?;
        self.lay_out(segments, move |indexes| {
            let indexes: Vec<Index> = indexes.collect();
            mp4::clip::layout(&indexes, interval)
        })
        .await
    }

    /// A film of `interval` in a hurry, without sound: key pictures at least `every` apart,
    /// `per_second` of them shown in a second. Made of time-lapse segments, and of footage where
    /// there are none.
    ///
    /// Reads the heads of all segments of the interval, one at a time; takes memory only for the
    /// pictures of the film.
    ///
    /// # Errors
    ///
    /// As [`Store::clip`].
    pub async fn timelapse(
        &self,
        camera: &CameraId,
        interval: Interval,
        every: Duration,
        per_second: u32,
    ) -> Result<Clip, ClipError> {
        let mut segments = self.segments_of(camera, SegmentKind::TimeLapse, interval).await?;
        let lapses: Vec<Interval> = segments.iter().map(|segment| segment.interval).collect();
        let mut footage = self.segments(camera, interval).await?;
        footage.retain(|segment| !lapses.iter().any(|lapse| lapse.overlaps(segment.interval)));
        segments.extend(footage);
        segments.sort_by_key(|segment| (segment.interval.start(), segment.id));
        self.lay_out(segments, move |indexes| {
            mp4::clip::timelapse(indexes, interval, every, per_second.max(1))
        })
        .await
    }

    /// Reads the heads of segments, one when the next is asked for, and lays out a clip of those that
    /// can be read.
    async fn lay_out(
        &self,
        segments: Vec<Segment>,
        layout: impl FnOnce(&mut dyn Iterator<Item = Index>) -> Result<Layout, mp4::clip::Empty>
        + Send
        + 'static,
    ) -> Result<Clip, ClipError> {
        let paths: Vec<PathBuf> =
            segments.iter().map(|segment| self.inner.path(&segment.path)).collect();
        blocking(move || {
            let mut readable = Vec::new();
            let mut failure = None;
            let indexes = paths.into_iter().map_while(|path| match index(&path) {
                Ok(Readable::Whole(index) | Readable::Cut(index)) => {
                    readable.push(path);
                    Some(Some(index))
                }
                Ok(Readable::Missing) => Some(None), // Retention was quicker.
                Ok(Readable::No(why)) => {
                    tracing::warn!(path = %path.display(), %why, "a segment is left out");
                    Some(None)
                }
                Err(error) => {
                    failure = Some(error);
                    None
                }
            });
            let layout = layout(&mut indexes.flatten());
            if let Some(error) = failure {
                return Err(error.into());
            }
            let layout = layout.map_err(|mp4::clip::Empty| ClipError::Empty)?;
            Ok(Clip::new(layout, readable))
        })
        .await
    }
}

impl Clip {
    fn new(mut layout: Layout, paths: Vec<PathBuf>) -> Self {
        // Pictures and sound that stand side by side in a file are read at once.
        layout.slices.dedup_by(|next, last| {
            let follows = next.segment == last.segment && next.offset == last.offset + last.length;
            if follows {
                last.length += next.length;
            }
            follows
        });
        let header = u64::try_from(layout.header.len()).expect("a header fits in memory");
        let begins = layout.slices.iter().scan(header, |at, slice| {
            let begin = *at;
            *at += slice.length;
            Some(begin)
        });
        let begins = begins.collect();
        Self(Arc::new(Inner { layout, paths, begins }))
    }

    /// The bytes of the whole clip.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.layout.length
    }

    /// When its first picture was taken: at or shortly before the start that was asked for, or
    /// later where nothing was recorded then.
    #[must_use]
    pub fn start(&self) -> WallTime {
        self.0.layout.start
    }

    /// When its last picture ends.
    #[must_use]
    pub fn end(&self) -> WallTime {
        self.0.layout.end
    }

    /// The bytes of `range`, in pieces of at most 256 KiB; what lies beyond the end is not there.
    /// Ends with the first error.
    pub fn read(
        &self,
        range: Range<u64>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin + use<> {
        let end = range.end.min(self.length());
        let reader = Reader { clip: self.0.clone(), at: range.start, end, open: None };
        Box::pin(stream::try_unfold(reader, |mut reader| async move {
            if reader.at >= reader.end {
                return Ok(None);
            }
            blocking(move || {
                let piece = reader.piece()?;
                Ok(Some((piece, reader)))
            })
            .await
        }))
    }
}

/// Goes through a clip.
struct Reader {
    clip: Arc<Inner>,
    at: u64,
    end: u64,
    /// The segment that was read last.
    open: Option<(usize, File)>,
}

impl Reader {
    /// The next bytes: of the header, or of several slices. Blocks.
    fn piece(&mut self) -> io::Result<Bytes> {
        let clip = self.clip.clone();
        if let Ok(at) = usize::try_from(self.at)
            && let Some(rest) = clip.layout.header.get(at..)
            && !rest.is_empty()
        {
            let end = usize::try_from(self.end).unwrap_or(usize::MAX).min(clip.layout.header.len());
            let piece = clip.layout.header.slice(at..end);
            self.at = u64::try_from(end).expect("a header fits in memory");
            return Ok(piece);
        }
        let until = self.end.min(self.at + PIECE);
        let mut piece = vec![0; usize::try_from(until - self.at).expect("a piece fits in memory")];
        let mut rest = piece.as_mut_slice();
        // The slice in which we are is the last that begins at or before here.
        let mut next = clip.begins.partition_point(|begin| *begin <= self.at).saturating_sub(1);
        while !rest.is_empty() {
            let (slice, begin) = match (clip.layout.slices.get(next), clip.begins.get(next)) {
                (Some(slice), Some(begin)) => (*slice, *begin),
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            };
            let inside = self.at - begin;
            let length = usize::try_from(slice.length - inside).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at_mut(length.min(rest.len()));
            self.file(&slice)?.read_exact_at(now, slice.offset + inside)?;
            self.at += u64::try_from(now.len()).expect("a piece fits in memory");
            rest = later;
            next += 1;
        }
        Ok(piece.into())
    }

    /// The segment of a slice, opened if it is not the last one read.
    fn file(&mut self, slice: &Slice) -> io::Result<&File> {
        if self.open.as_ref().is_none_or(|(segment, _)| *segment != slice.segment) {
            let path = self.clip.paths.get(slice.segment);
            let path = path.ok_or(io::ErrorKind::UnexpectedEof)?;
            self.open = Some((slice.segment, File::open(path)?));
        }
        self.open.as_ref().map(|(_, file)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// How much of a file of footage can be read.
pub(crate) enum Readable {
    /// All of it.
    Whole(Index),
    /// [`Index::whole`] bytes; after them comes a torn end.
    Cut(Index),
    /// There is no such file.
    Missing,
    /// Nothing, for this reason.
    No(ReadError),
}

/// Reads the heads of a file of footage. Blocks.
pub(crate) fn index(path: &std::path::Path) -> Result<Readable, FileError> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Readable::Missing),
        opened => opened.map_err(FileError::at(path))?,
    };
    let length = file.metadata().map_err(FileError::at(path))?.len();
    match mp4::index(&mut file) {
        Ok(index) if index.whole < length => Ok(Readable::Cut(index)),
        Ok(index) => Ok(Readable::Whole(index)),
        Err(ReadError::Io(error)) => Err(FileError::new(path, error)),
        Err(error) => Ok(Readable::No(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_side_by_side_is_read_at_once() {
        let slice = |segment, offset, length| Slice { segment, offset, length };
        let slices = vec![slice(0, 10, 5), slice(0, 15, 5), slice(0, 25, 5), slice(1, 30, 5)];
        let layout = Layout {
            header: Bytes::from_static(b"head"),
            slices,
            length: 24,
            start: WallTime::MIN,
            end: WallTime::MAX,
        };
        let Clip(inner) = Clip::new(layout, Vec::new());
        let expected = [slice(0, 10, 10), slice(0, 25, 5), slice(1, 30, 5)];
        assert_eq!(
            (inner.layout.slices.as_slice(), &inner.begins),
            (&expected[..], &vec![4, 14, 19])
        );
    }
}
