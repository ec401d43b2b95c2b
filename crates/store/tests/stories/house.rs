//! The one place that knows how to set up a store, and how to make and compare footage.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::tz::TimeZone;
use mp4_atom::ReadFrom;
use tempfile::TempDir;
use watchpost_media::{Kind, Parameters, Picture};
use watchpost_model::{CameraId, Ended, Event, EventId, Interval, Trigger, WallTime};
use watchpost_store::{Clip, Finding, Finished, Options, Segment, SegmentWriter, Store, Sync};

/// Pictures a second.
const RATE: u64 = 10;

/// A data folder, and the store in it.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
    pub(crate) zone: TimeZone,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::in_zone(TimeZone::UTC).await
    }

    pub(crate) async fn in_zone(zone: TimeZone) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder, &zone);
        let (store, findings) = Store::open(options, noon()).await.unwrap();
        assert!(findings.0.is_empty(), "{findings:?}");
        Self { store, folder, zone }
    }

    /// As if the program had been killed: nothing is finished, nothing is closed.
    pub(crate) async fn kill(self) -> (Self, Vec<String>) {
        self.kill_and(|_| ()).await
    }

    /// As [`House::kill`]; `harm` happens while the program is not running.
    pub(crate) async fn kill_and(self, harm: impl FnOnce(&House)) -> (Self, Vec<String>) {
        let Self { store, folder, zone } = self;
        // The files of a killed program are as they are; its connections, gone.
        store.close().await;
        let house = Self { store, folder, zone };
        harm(&house);
        let Self { store, folder, zone } = house;
        drop(store);
        let options = options(&folder, &zone);
        let (store, findings) = Store::open(options, noon()).await.unwrap();
        let house = Self { store, folder, zone };
        let told = findings.0.iter().map(|finding| house.shorter(finding)).collect();
        (house, told)
    }

    /// A finding with paths relative to the data folder.
    fn shorter(&self, finding: &Finding) -> String {
        finding.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// All files below `media/`, relative to the data folder.
    pub(crate) fn files(&self) -> Vec<String> {
        fn walk(folder: PathBuf, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(path, files) } else { files.push(path) }
            }
        }
        let mut files = Vec::new();
        walk(self.path("media"), &mut files);
        let relative = |path: PathBuf| {
            path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned()
        };
        let mut files: Vec<String> = files.into_iter().map(relative).collect();
        files.sort();
        files
    }

    /// Begins a segment and writes `seconds` fragments of a second each.
    pub(crate) async fn begin(&self, camera: &str, start: WallTime, seconds: u64) -> SegmentWriter {
        let first = &footage(start, 1)[0][0];
        let mut writer = self.store.begin_segment(&id(camera), first).await.unwrap();
        for (second, pictures) in (1..).zip(footage(start, seconds)) {
            writer.append(pictures, start + secs(second)).await.unwrap();
        }
        writer
    }

    /// A whole segment of `seconds`.
    pub(crate) async fn record(&self, camera: &str, start: WallTime, seconds: u64) -> Segment {
        match self.begin(camera, start, seconds).await.finish().await.unwrap() {
            Finished::Kept(segment) => segment,
            Finished::Empty => panic!("{seconds} s were written"),
        }
    }

    /// Enters an event from `start` to `end`, first triggered 5 s after its start.
    pub(crate) async fn event(&self, camera: &str, start: WallTime, seconds: u64) -> Event {
        let event = event(camera, start, Some(seconds));
        self.store.put_event(&event).await.unwrap();
        event
    }

    /// Reads a clip, checks that it parses, and gives the pictures' bytes.
    pub(crate) async fn play(&self, camera: &str, start: WallTime, seconds: u64) -> Vec<u8> {
        let interval = Interval::new(start, start + secs(seconds));
        let clip = self.store.clip(&id(camera), interval).await.unwrap();
        pictures_of(&read(&clip, 0..clip.length()).await)
    }

    /// Checks that there is nothing to find wrong.
    #[track_caller]
    pub(crate) fn sound(&self) -> impl Future<Output = ()> {
        let store = self.store.clone();
        async move {
            let faults = store.verify().await.unwrap();
            assert!(faults.is_empty(), "{faults:?}");
        }
    }
}

fn options(folder: &TempDir, zone: &TimeZone) -> Options {
    Options { data_dir: folder.path().to_owned(), zone: zone.clone(), sync: Sync::Fragment }
}

pub(crate) fn noon() -> WallTime {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn at(seconds: u64) -> WallTime {
    noon() + secs(seconds)
}

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn id(camera: &str) -> CameraId {
    camera.parse().unwrap()
}

/// An event that goes on if it has no length.
pub(crate) fn event(camera: &str, start: WallTime, seconds: Option<u64>) -> Event {
    let camera = id(camera);
    let triggered = start + secs(5);
    Event {
        id: EventId::new(&camera, triggered),
        camera,
        start,
        triggered,
        end: seconds.map(|seconds| (start + secs(seconds), Ended::Quiet)),
        triggers: BTreeSet::from([Trigger::Motion]),
        kept: false,
    }
}

/// H.264 Constrained Baseline, 640x480: enough to be described, not to be decoded.
fn parameters() -> Arc<Parameters> {
    let sps = [0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0x80, 0xf6, 0x40];
    let pps = [0x68, 0xce, 0x3c, 0x80];
    Arc::new(Parameters::h264(&sps, &pps).unwrap())
}

/// Pictures of each second from `start` on: a key picture, then deltas. No two are alike.
pub(crate) fn footage(start: WallTime, seconds: u64) -> Vec<Vec<Picture>> {
    let parameters = parameters();
    let picture = |second: u64, n: u64| {
        let time = start + secs(second) + Duration::from_millis(n * 1000 / RATE);
        let kind = if n == 0 { Kind::Key } else { Kind::Delta };
        let mut nal = vec![if n == 0 { 0x65 } else { 0x41 }];
        nal.extend(time.as_micros().to_be_bytes());
        nal.extend(vec![0x55; if n == 0 { 1000 } else { 100 }]);
        let mut data = u32::try_from(nal.len()).unwrap().to_be_bytes().to_vec();
        data.extend(nal);
        let parameters = parameters.clone();
        Picture { parameters, data: data.into(), kind, time, shown_after: Duration::ZERO }
    };
    (0..seconds).map(|second| (0..RATE).map(|n| picture(second, n)).collect()).collect()
}

/// The bytes of those pictures.
pub(crate) fn bytes(start: WallTime, seconds: u64) -> Vec<u8> {
    footage(start, seconds).concat().iter().flat_map(|picture| picture.data.to_vec()).collect()
}

pub(crate) async fn read(clip: &Clip, range: std::ops::Range<u64>) -> Vec<u8> {
    let pieces: Vec<Bytes> = clip.read(range).try_collect().await.unwrap();
    pieces.concat()
}

/// The pictures' bytes of a progressive MP4 that another parser understands.
pub(crate) fn pictures_of(mp4: &[u8]) -> Vec<u8> {
    let mut cursor = Cursor::new(mp4);
    let mut sizes = 0;
    let mut data = None;
    while cursor.position() < u64::try_from(mp4.len()).unwrap() {
        match mp4_atom::Any::read_from(&mut cursor).unwrap() {
            mp4_atom::Any::Ftyp(_) => {}
            mp4_atom::Any::Moov(moov) => {
                sizes = match &moov.trak[0].mdia.minf.stbl.stsz.samples {
                    mp4_atom::StszSamples::Identical { count, size } => count * size,
                    mp4_atom::StszSamples::Different { sizes } => sizes.iter().sum(),
                };
            }
            mp4_atom::Any::Mdat(mdat) => data = Some(mdat.data),
            other => panic!("{other:?} has no place in a clip"),
        }
    }
    let data = data.unwrap();
    assert_eq!(data.len(), usize::try_from(sizes).unwrap(), "the tables tell of all data");
    data
}
