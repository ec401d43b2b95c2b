//! Ring to store: keeps the last moments of a camera in memory, and writes what is wanted to disk.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, interval};
use watchpost_media::{Kind, Parameters, Picture, Ring};
use watchpost_model::config::Record;
use watchpost_model::{ByteSize, CameraId, WallTime};
use watchpost_store::{Remedy, SegmentKind, SegmentWriter, Store, WriteError};
use watchpost_watch::timelapse::Lapse;

use crate::clock;
use crate::status::{Board, Faults, with_sources};

/// A file is closed at the first key picture after this long, so that deleting old footage goes in
/// small steps and a damaged file costs little.
const LONGEST_SEGMENT: Duration = Duration::from_mins(5);

/// At most this much video is written at once, and so lost in a power cut.
const LONGEST_FRAGMENT: Duration = Duration::from_secs(1);

/// A key picture begins a fragment if the last one has at least this much.
const SHORTEST_FRAGMENT: Duration = Duration::from_millis(500);

/// How long to wait after a failed write.
const RETRY: Duration = Duration::from_secs(3);

/// A camera without pictures for this long will not send the key picture that should close the file.
const GONE: Duration = Duration::from_secs(10);

/// A camera without pictures for this long was away.
const HOLE: Duration = Duration::from_secs(3);

/// Of cameras that are asked for each picture, by how many pictures.
const HOLE_OF_PICTURES: u32 = 3;

/// How long a picture is shown that nothing follows or precedes.
const ONE_PICTURE: Duration = Duration::from_millis(40);

/// An event is decided on a little after its trigger: the ring must still reach back from there.
const DELIBERATION: Duration = Duration::from_secs(2);

/// Most that the ring may hold, whatever the pre-roll asks for: 60 s at 8 Mbit/s.
const RING_LIMIT: ByteSize = ByteSize::from_bytes(64 << 20);

/// What comes from the camera.
pub(crate) enum Footage {
    /// A picture.
    Picture(Picture),
    /// Times from here on are not comparable with those before.
    NewTime,
}

/// A file of the time-lapse film is closed after this long: 360 pictures at one each 10 s.
const LONGEST_LAPSE: Duration = Duration::from_hours(1);

/// What an event wants. In `continuous` mode it is recorded anyway.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    /// Footage from this moment on.
    From(WallTime),
    /// Footage up to this moment.
    Until(WallTime),
}

/// What one camera's writer needs.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    pub(crate) mode: Record,
    pub(crate) pre_roll: Duration,
    /// From one picture to the next, of cameras that are asked for each; else zero.
    pub(crate) pace: Duration,
    /// How often a picture goes into the time-lapse film, if there is one.
    pub(crate) timelapse: Option<Duration>,
    pub(crate) store: Store,
    pub(crate) board: Board,
    pub(crate) faults: Faults,
    /// Rung when the disk is full, so that room is made at once.
    pub(crate) make_room: Arc<Notify>,
}

/// Records until the camera's queue closes, then closes the file.
pub(crate) async fn run(
    desk: Desk,
    mut footage: mpsc::Receiver<Footage>,
    mut wants: mpsc::Receiver<Want>,
) {
    let mut writer = Writer {
        ring: Ring::new(desk.pre_roll + DELIBERATION, RING_LIMIT),
        wanted: match desk.mode {
            Record::Continuous => Wanted::From(WallTime::MIN),
            Record::Events | Record::Photos | Record::Off => Wanted::Off,
        },
        lapse: desk.timelapse.map(|every| Film { lapse: Lapse::new(every), every, open: None }),
        open: None,
        written_until: WallTime::MIN,
        retry_after: None,
        last_picture: Instant::now(),
        desk,
    };
    let mut tick = interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            biased;
            Some(want) = wants.recv() => writer.want(want).await,
            next = footage.recv() => match next {
                Some(Footage::Picture(picture)) => writer.picture(picture).await,
                Some(Footage::NewTime) => writer.new_time().await,
                None => break,
            },
            _ = tick.tick() => writer.tick().await,
        }
    }
    writer.close().await;
    writer.close_film().await;
}

/// Whether footage is wanted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Off,
    /// From this moment on.
    From(WallTime),
    /// Still, up to this moment; then until the next key picture, so that the next event can go on
    /// without a hole and without telling a moment twice.
    Until(WallTime),
}

/// Writes one camera's footage.
struct Writer {
    desk: Desk,
    ring: Ring,
    wanted: Wanted,
    open: Option<Open>,
    /// Where the last fragment ends: nothing before it is written again.
    written_until: WallTime,
    /// When the last picture came.
    last_picture: Instant,
    /// After a failed write.
    retry_after: Option<Instant>,
    /// The time-lapse film, if there is one.
    lapse: Option<Film>,
}

/// A time-lapse film: key pictures, far apart.
struct Film {
    lapse: Lapse,
    every: Duration,
    /// The file being written.
    open: Option<SegmentWriter>,
}

/// A file being written.
struct Open {
    /// What it begins with.
    first: Picture,
    /// The file itself, once there is a fragment for it: a file without one would not play.
    segment: Option<SegmentWriter>,
    /// The open fragment.
    pending: Vec<Picture>,
}

impl Writer {
    async fn want(&mut self, want: Want) {
        match (self.desk.mode, want) {
            // Of a camera that takes photos, only what is recorded by hand is wanted.
            (Record::Events | Record::Photos, Want::From(start)) => {
                self.wanted = Wanted::From(start);
                if self.open.is_none() {
                    self.begin(start).await;
                }
            }
            // An end that lies ahead was set by a clock that was set back since.
            (Record::Events | Record::Photos, Want::Until(end)) => {
                self.wanted = Wanted::Until(end.min(clock::now()));
            }
            (Record::Continuous | Record::Off, _) => {}
        }
    }

    async fn picture(&mut self, mut picture: Picture) {
        let key = picture.kind == Kind::Key;
        self.last_picture = Instant::now();
        if key {
            self.film(&picture).await;
        }
        if self.desk.mode == Record::Off {
            return;
        }
        self.ring.push(picture.clone());
        if self.is_hole_before(&picture) {
            self.close().await;
        } else if key && self.closes_before(&picture) {
            // What was heard before it is the end of this file; the next begins with the picture.
            if let Some(last) = self.open.as_mut().and_then(|open| open.pending.last_mut()) {
                last.sound.append(&mut picture.sound);
            }
            self.write(picture.time).await;
            self.close().await;
        }
        if let Wanted::Until(end) = self.wanted
            && picture.time >= end
            && self.open.is_none()
        {
            self.wanted = Wanted::Off;
        }
        if self.open.is_some() {
            self.put(picture).await;
        } else if key {
            match self.wanted {
                Wanted::Off => {}
                Wanted::From(start) => self.begin(start).await,
                Wanted::Until(_) => self.begin(self.written_until).await,
            }
        }
    }

    /// Whether the camera was away before this picture. The hole must not look like a still picture.
    fn is_hole_before(&self, picture: &Picture) -> bool {
        let last = self.open.as_ref().and_then(|open| open.pending.last());
        last.is_some_and(|last| picture.time.since_or_zero(last.time) >= self.hole())
    }

    /// How long the camera must have been away for that.
    fn hole(&self) -> Duration {
        HOLE.max(self.desk.pace * HOLE_OF_PICTURES)
    }

    /// Whether the open file ends before this key picture.
    fn closes_before(&self, key: &Picture) -> bool {
        let Some(Open { first, .. }) = &self.open else { return false };
        let done = match self.wanted {
            Wanted::Off => true,
            Wanted::From(_) => false,
            Wanted::Until(end) => key.time >= end,
        };
        let full = key.time.since_or_zero(first.time) >= LONGEST_SEGMENT;
        done || full || first.parameters != key.parameters
    }

    /// Begins a file with what the ring still has of `start` and after, but nothing that stands in the
    /// last file already.
    async fn begin(&mut self, start: WallTime) {
        if self.retry_after.is_some_and(|after| Instant::now() < after) {
            return;
        }
        let new =
            |picture: &&Picture| picture.kind == Kind::Key && picture.time >= self.written_until;
        let since = self.ring.since(start.max(self.written_until));
        let mut pictures: Vec<Picture> =
            since.skip_while(|picture| !new(picture)).cloned().collect();
        // A camera that came back with another size begins a file of its own: only the newest counts.
        let newest = pictures.last().map(|last| Arc::clone(&last.parameters));
        let other = |picture: &Picture| newest.as_ref() != Some(&picture.parameters);
        if let Some(last_other) = pictures.iter().rposition(other) {
            pictures.drain(..=last_other);
        }
        // A change in the middle of a group leaves nothing of it that could be decoded.
        let key = pictures.iter().position(|picture| picture.kind == Kind::Key);
        pictures.drain(..key.unwrap_or(pictures.len()));
        let Some(first) = pictures.first().cloned() else { return };
        self.open = Some(Open { first, segment: None, pending: Vec::new() });
        self.desk.board.recording(true);
        for picture in pictures {
            self.put(picture).await;
        }
    }

    /// Adds a picture to the open file; writes a fragment when it is long enough.
    async fn put(&mut self, picture: Picture) {
        let hole = self.hole();
        let Some(open) = &mut self.open else { return };
        if let Some(first) = open.pending.first() {
            let length = picture.time.since_or_zero(first.time);
            let key = picture.kind == Kind::Key;
            let hole = guessed_end(&open.pending).filter(|_| length >= hole);
            if length >= LONGEST_FRAGMENT || (key && length >= SHORTEST_FRAGMENT) {
                self.write(hole.unwrap_or(picture.time)).await;
            }
        }
        if let Some(open) = &mut self.open {
            open.pending.push(picture);
        }
    }

    /// Writes the open fragment, whose last picture is shown until `end`.
    async fn write(&mut self, end: WallTime) {
        let Some(open) = &mut self.open else { return };
        let pictures = std::mem::take(&mut open.pending);
        if pictures.is_empty() {
            return;
        }
        let written = match &mut open.segment {
            Some(segment) => segment.append(pictures, end).await,
            none => {
                let Desk { camera, store, .. } = &self.desk;
                match store.begin_segment(camera, &open.first, SegmentKind::Video).await {
                    Ok(segment) => none.insert(segment).append(pictures, end).await,
                    Err(error) => Err(error),
                }
            }
        };
        match written {
            Ok(()) => {
                self.written_until = end;
                self.worked();
            }
            Err(error) => {
                self.finish().await;
                self.failed(&error);
            }
        }
    }

    /// Writes what is left and closes the file.
    async fn close(&mut self) {
        let pending = self.open.as_ref().map(|open| open.pending.as_slice());
        if let Some(end) = pending.and_then(guessed_end) {
            self.write(end).await;
        }
        self.finish().await;
    }

    async fn finish(&mut self) {
        if let Some(open) = self.open.take() {
            self.desk.board.recording(false);
            if let Some(segment) = open.segment
                && let Err(error) = segment.finish().await
            {
                self.failed(&error);
            }
        }
    }

    /// Puts a key picture into the time-lapse film, if it is time for one.
    async fn film(&mut self, key: &Picture) {
        let Some(film) = &mut self.lapse else { return };
        if self.retry_after.is_some_and(|after| Instant::now() < after)
            || !film.lapse.step(key.time)
        {
            return;
        }
        // The sound between two pictures of it belongs to neither.
        let parameters = Arc::new(Parameters::clone(&key.parameters).with_sound(None));
        let alone = Picture { parameters, sound: Vec::new(), ..key.clone() };
        let full = |open: &SegmentWriter| {
            let length = key.time.since_or_zero(open.started());
            length >= LONGEST_LAPSE || *open.parameters() != alone.parameters
        };
        if film.open.as_ref().is_some_and(full) {
            self.close_film().await;
        }
        let Some(film) = &mut self.lapse else { return };
        let Desk { camera, store, .. } = &self.desk;
        let end = key.time + film.every;
        let written = match &mut film.open {
            Some(open) => open.append(vec![alone], end).await,
            none => match store.begin_segment(camera, &alone, SegmentKind::TimeLapse).await {
                Ok(open) => none.insert(open).append(vec![alone], end).await,
                Err(error) => Err(error),
            },
        };
        match written {
            Ok(()) => self.worked(),
            Err(error) => {
                self.close_film().await;
                self.failed(&error);
            }
        }
    }

    /// Something was written: whatever was wrong is over.
    fn worked(&mut self) {
        if self.retry_after.take().is_some() {
            self.desk.faults.clear(&self.place());
        }
    }

    async fn close_film(&mut self) {
        if let Some(open) = self.lapse.as_mut().and_then(|film| film.open.take())
            && let Err(error) = open.finish().await
        {
            self.failed(&error);
        }
    }

    async fn new_time(&mut self) {
        self.close_film().await;
        self.close().await;
        self.ring.clear();
        self.written_until = WallTime::MIN;
        self.wanted = match self.wanted {
            Wanted::From(_) => Wanted::From(WallTime::MIN),
            // Its end is a moment of the old time.
            Wanted::Until(_) | Wanted::Off => Wanted::Off,
        };
    }

    /// Closes a file that no key picture will close, because the camera is gone.
    async fn tick(&mut self) {
        if let Wanted::Until(end) = self.wanted
            && clock::now() > end
            && self.last_picture.elapsed() > GONE
        {
            self.close().await;
            self.wanted = Wanted::Off;
        }
    }

    /// Tells the owner that footage is being lost, and waits before the next try. Nothing already
    /// written is touched.
    fn failed(&mut self, error: &WriteError) {
        if error.remedy() == Remedy::NewSegment {
            return;
        }
        self.retry_after = Some(Instant::now() + RETRY);
        self.desk.faults.set(&self.place(), with_sources(error), error.hint(), clock::now());
        self.desk.make_room.notify_one();
    }

    fn place(&self) -> String {
        format!("{} recording", self.desk.camera)
    }
}

/// Where the last of `pictures` ends, if it is shown as long as the one before it.
fn guessed_end(pictures: &[Picture]) -> Option<WallTime> {
    let last = pictures.last()?;
    let before = pictures.iter().rev().nth(1);
    let length = before.map_or(ONE_PICTURE, |before| last.time.since_or_zero(before.time));
    Some(last.time + length)
}
