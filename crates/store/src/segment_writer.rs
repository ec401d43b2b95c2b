//! Writing one segment.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use watchpost_media::{Parameters, Picture, mp4};
use watchpost_model::{ByteSize, CameraId, Interval, WallTime};

use crate::files::{self, blocking};
use crate::segments::{Segment, SegmentKind, State};
use crate::store::Sync;
use crate::{FileError, Store, WriteError};

/// One segment, being written. Belongs to one task; others see what is written by
/// [`Store::segments`] and [`Store::clip`].
///
/// Dropped without [`SegmentWriter::finish`], as by a crash, it leaves a file that plays up to its
/// last fragment and is closed at the next [`Store::open`].
#[derive(Debug)]
pub struct SegmentWriter {
    store: Store,
    id: i64,
    camera: CameraId,
    kind: SegmentKind,
    relative: String,
    parameters: Arc<Parameters>,
    tape: Arc<Tape>,
}

/// How a segment ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finished {
    /// It is complete.
    Kept(Segment),
    /// No picture was written, so the file is gone again.
    Empty,
}

impl Store {
    /// Begins a segment of `camera` with `first`, which must be a key picture; it is not written
    /// yet, only its time and parameters count. Row first, then the file in
    /// `media/<camera>/<YYYY-MM-DD>/` (time-lapse: in `timelapse/` there), named by
    /// `Options.video_name` in local time, with `_2`, `_3` … where that is taken.
    ///
    /// # Errors
    ///
    /// If the catalog or the file cannot be written; nothing is left behind then.
    pub async fn begin_segment(
        &self,
        camera: &CameraId,
        first: &Picture,
        kind: SegmentKind,
    ) -> Result<SegmentWriter, WriteError> {
        let origin = first.time;
        let options = &self.inner.options;
        let local = files::local(origin, &options.zone);
        let folder = kind.folder(camera, &local);
        for relative in files::paths(&folder, &options.video_name.render(camera, &local)) {
            let path = self.inner.path(&relative);
            if blocking(move || path.exists()).await {
                continue;
            }
            let Some(id) = self.insert_open(camera, &relative, kind, origin).await? else {
                continue;
            };
            let header = mp4::init(&first.parameters, origin, mp4::Use::File);
            let (path, sync) = (self.inner.path(&relative), options.sync);
            let tape = blocking(move || Tape::create(path, &header, origin, sync)).await;
            match tape {
                Ok(Some(tape)) => {
                    self.inner.open_segments.begin(Segment {
                        id,
                        camera: camera.clone(),
                        kind,
                        path: relative.clone(),
                        interval: Interval::new(origin, origin),
                        bytes: ByteSize::ZERO,
                        state: State::Open,
                    });
                    return Ok(SegmentWriter {
                        store: self.clone(),
                        id,
                        camera: camera.clone(),
                        kind,
                        relative,
                        parameters: first.parameters.clone(),
                        tape: Arc::new(tape),
                    });
                }
                // Somebody else put a file there meanwhile.
                Ok(None) => self.delete_row(id).await?,
                Err(error) => {
                    self.delete_row(id).await?;
                    return Err(error.into());
                }
            }
        }
        unreachable!("the numbers behind a name do not run out")
    }
}

impl SegmentWriter {
    /// Adds `pictures`, in the order of decoding, the first of them a key picture where a player
    /// should be able to begin; the last one is shown until `end`. One fragment, one write; nothing
    /// for no pictures.
    ///
    /// On failure the file is cut back to its last whole fragment and the pictures are lost; the
    /// next call may succeed. If the returned future is dropped, the fragment is written all the
    /// same, whole.
    ///
    /// # Errors
    ///
    /// If the disk refuses, if `pictures` begin before the last fragment did, or if they need other
    /// parameters than the segment was begun with.
    pub async fn append(
        &mut self,
        pictures: Vec<Picture>,
        end: WallTime,
    ) -> Result<(), WriteError> {
        let Some(first) = pictures.first() else { return Ok(()) };
        let path = || self.store.inner.path(&self.relative);
        let same = |parameters: &Arc<Parameters>| {
            Arc::ptr_eq(parameters, &self.parameters) || *parameters == self.parameters
        };
        if !pictures.iter().all(|picture| same(&picture.parameters)) {
            return Err(WriteError::OtherParameters { path: path() });
        }
        let last = self.tape.reel().last_start;
        if first.time < last {
            return Err(WriteError::Backwards { path: path(), first: first.time, last });
        }
        let (tape, store, id) = (self.tape.clone(), self.store.clone(), self.id);
        let written = blocking(move || {
            let (end, length) = tape.append(&pictures, end)?;
            store.inner.open_segments.grow(id, end, ByteSize::from_bytes(length));
            Ok(())
        });
        written.await.map_err(|error: FileError| error.into())
    }

    /// Ends the segment: what was written outlives a power cut, and the catalog knows it.
    ///
    /// # Errors
    ///
    /// If the disk or the catalog refuses. What was written stays; it is seen while the store is
    /// open, and closed at the next open.
    pub async fn finish(self) -> Result<Finished, WriteError> {
        let (tape, path) = (self.tape.clone(), self.store.inner.path(&self.relative));
        let written = blocking(move || tape.finish()).await?;
        let open_segments = &self.store.inner.open_segments;
        let Some((end, length)) = written else {
            let unfinished = files::with_ending(&path, files::UNFINISHED);
            blocking(move || files::remove(&unfinished)).await?;
            self.store.delete_row(self.id).await?;
            open_segments.forget(self.id);
            return Ok(Finished::Empty);
        };
        let interval = Interval::new(self.started(), end);
        let bytes = ByteSize::from_bytes(length);
        let mut closed = self.store.update_closed(self.id, interval, bytes).await;
        if self.store.gives_reserve(&closed).await {
            closed = self.store.update_closed(self.id, interval, bytes).await;
        }
        closed?;
        open_segments.forget(self.id);
        Ok(Finished::Kept(Segment {
            id: self.id,
            camera: self.camera,
            kind: self.kind,
            path: self.relative,
            interval,
            bytes,
            state: State::Closed,
        }))
    }

    /// When its first picture was taken.
    #[must_use]
    pub fn started(&self) -> WallTime {
        self.tape.origin
    }

    /// What it is a segment of.
    #[must_use]
    pub fn camera(&self) -> &CameraId {
        &self.camera
    }

    /// What its pictures need to be decoded. Begin another segment when this changes.
    #[must_use]
    pub fn parameters(&self) -> &Arc<Parameters> {
        &self.parameters
    }

    /// How long the file is so far, header included.
    #[must_use]
    pub fn bytes(&self) -> ByteSize {
        ByteSize::from_bytes(self.tape.reel().whole)
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.store.inner.path(&self.relative)
    }
}

/// The file, and how much of it is whole.
#[derive(Debug)]
struct Tape {
    file: File,
    path: PathBuf,
    origin: WallTime,
    sync: Sync,
    /// Held while a fragment is written, on threads that may block: what a dropped caller began
    /// ends before the next fragment begins.
    writing: Mutex<()>,
    reel: Mutex<Reel>,
}

/// How far the tape is written.
#[derive(Clone, Copy, Debug)]
struct Reel {
    /// Up to here the file is header and whole fragments.
    whole: u64,
    /// Fragments written.
    fragments: u32,
    /// When the first picture of the last fragment was taken; no later one may begin before it.
    last_start: WallTime,
    /// Where the last picture ends.
    end: WallTime,
}

impl Tape {
    /// A new file with its header, under the name of an unfinished one until its first fragment;
    /// `None` if there is one of that name. Blocks.
    fn create(
        path: PathBuf,
        header: &[u8],
        origin: WallTime,
        sync: Sync,
    ) -> Result<Option<Self>, FileError> {
        let unfinished = files::with_ending(&path, files::UNFINISHED);
        let Some(file) = files::create_unsynced(&unfinished)? else { return Ok(None) };
        let whole = u64::try_from(header.len()).expect("a header fits in memory");
        let reel = Mutex::new(Reel { whole, fragments: 0, last_start: origin, end: origin });
        let tape = Self { file, path, origin, sync, writing: Mutex::new(()), reel };
        match tape.write(header, 0) {
            Ok(()) => Ok(Some(tape)),
            Err(error) => {
                let told = FileError::new(&tape.path, error);
                drop(files::remove(&unfinished)); // The disk refuses already; the next open tries again.
                Err(told)
            }
        }
    }

    /// Adds one fragment, whole or not at all, and says where the footage and the file now end.
    /// Blocks.
    fn append(&self, pictures: &[Picture], end: WallTime) -> Result<(WallTime, u64), FileError> {
        let _alone = self.writing.lock().expect("no holder can panic");
        let mut reel = self.reel();
        let fragment = mp4::fragment(reel.fragments.wrapping_add(1), self.origin, pictures, end);
        let written = self.write(&fragment, reel.whole).and_then(|()| match reel.fragments {
            0 => self.show(),
            _ => Ok(()),
        });
        if let Err(error) = written {
            let told = FileError::new(&self.path, error);
            self.cut(reel.whole);
            return Err(told);
        }
        reel.whole += u64::try_from(fragment.len()).expect("a fragment fits in memory");
        reel.fragments += 1;
        reel.last_start = pictures.first().map_or(reel.last_start, |first| first.time);
        reel.end = pictures.last().map_or(end, |last| end.max(last.time));
        self.with(|known| *known = reel);
        Ok((reel.end, reel.whole))
    }

    /// Makes what was written outlive a power cut, and says where footage and file end; `None` if
    /// there is no fragment. Blocks.
    fn finish(&self) -> Result<Option<(WallTime, u64)>, FileError> {
        let _alone = self.writing.lock().expect("no holder can panic");
        let reel = self.reel();
        if self.file.metadata().is_ok_and(|file| file.len() > reel.whole) {
            self.cut(reel.whole);
        }
        self.file.sync_all().map_err(FileError::at(&self.path))?;
        Ok((reel.fragments > 0).then_some((reel.end, reel.whole)))
    }

    /// Gives the file its name, now that there is something in it to play: whenever the program is
    /// killed, every file of footage plays.
    fn show(&self) -> io::Result<()> {
        files::rename_new(&files::with_ending(&self.path, files::UNFINISHED), &self.path)?;
        if let Err(error) = files::sync_folder_of(&self.path) {
            // It plays; only a power cut may take it away.
            tracing::warn!(%error, "a new file may not outlive a power cut");
        }
        Ok(())
    }

    /// Writes at `offset`, and waits for the disk if that is wanted.
    fn write(&self, content: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(content, offset)?;
        match self.sync {
            Sync::Fragment => self.file.sync_data(),
            Sync::Close => Ok(()),
        }
    }

    /// Cuts the file to `whole` bytes. Where even that fails, the next fragment overwrites the
    /// rest, and the end of the segment or the next open cuts it.
    fn cut(&self, whole: u64) {
        if let Err(error) = self.file.set_len(whole) {
            tracing::warn!(path = %self.path.display(), %error, "a torn end could not be cut off");
        }
    }

    /// How far it is written.
    fn reel(&self) -> Reel {
        self.with(|reel| *reel)
    }

    /// The only place that locks the reel, never for longer than a copy.
    fn with<R>(&self, work: impl FnOnce(&mut Reel) -> R) -> R {
        work(&mut self.reel.lock().expect("no holder of the reel can panic"))
    }
}
