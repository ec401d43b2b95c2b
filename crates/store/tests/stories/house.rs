//! The one place that knows how to set up a store, and how to make and compare footage.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::tz::TimeZone;
use mp4_atom::ReadFrom;
use tempfile::TempDir;
use watchpost_media::{Kind, Parameters, Picture, Sound, SoundFormat};
use watchpost_model::config::NameTemplate;
use watchpost_model::{
    CameraId, Ended, Event, EventId, Fraction, Interval, Place, Region, Sighting, Trace, Trigger,
    WallTime,
};
use watchpost_store::{
    Clip, EventRecord, Finding, Finished, MotionPage, NewPhoto, Options, Photo, PhotoFilter,
    Segment, SegmentKind, SegmentWriter, Store, Sync,
};

/// Pictures a second.
const RATE: u64 = 10;

/// A data folder, and the store in it.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
    pub(crate) zone: TimeZone,
}

/// How files are named in a house.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    pub(crate) video: &'static str,
    pub(crate) photo: &'static str,
}

impl Names {
    pub(crate) const USUAL: Names =
        Names { video: NameTemplate::VIDEO, photo: NameTemplate::PHOTO };
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::in_zone(TimeZone::UTC).await
    }

    pub(crate) async fn in_zone(zone: TimeZone) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path(), &zone);
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
        self.reopen(Names::USUAL, harm).await
    }

    /// As [`House::kill_and`]; from now on files are called by other `names`.
    pub(crate) async fn reopen(
        self,
        names: Names,
        harm: impl FnOnce(&House),
    ) -> (Self, Vec<String>) {
        let Self { store, folder, zone } = self;
        // The files of a killed program are as they are; its connections, gone.
        store.close().await;
        let house = Self { store, folder, zone };
        harm(&house);
        let Self { store, folder, zone } = house;
        drop(store);
        let options = named(options(folder.path(), &zone), names);
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
        let video = SegmentKind::Video;
        let mut writer = self.store.begin_segment(&id(camera), first, video).await.unwrap();
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

    /// A whole time-lapse segment with the key pictures of `seconds`, one a second.
    pub(crate) async fn lapse(&self, camera: &str, start: WallTime, seconds: u64) -> Segment {
        let first = &footage(start, 1)[0][0];
        let lapse = SegmentKind::TimeLapse;
        let mut writer = self.store.begin_segment(&id(camera), first, lapse).await.unwrap();
        for (second, mut pictures) in (1..).zip(footage(start, seconds)) {
            pictures.truncate(1);
            writer.append(pictures, start + secs(second)).await.unwrap();
        }
        match writer.finish().await.unwrap() {
            Finished::Kept(segment) => segment,
            Finished::Empty => panic!("{seconds} s were written"),
        }
    }

    /// Keeps a photo.
    pub(crate) async fn photo(
        &self,
        camera: &str,
        taken: WallTime,
        event: Option<&EventId>,
    ) -> Photo {
        self.store.add_photo(photo(camera, taken, event)).await.unwrap()
    }

    /// Keeps a page of what moved for `seconds` from `start` on.
    pub(crate) async fn moved(&self, camera: &str, start: WallTime, seconds: u64) {
        self.store.append_motion(&id(camera), page(start, seconds)).await.unwrap();
    }

    /// All pages of a camera; the levels alone must tell the same.
    pub(crate) async fn pages(&self, camera: &str) -> Vec<MotionPage> {
        self.pages_in(camera, Interval::ALL).await
    }

    /// As [`House::pages`], of an interval.
    pub(crate) async fn pages_in(&self, camera: &str, interval: Interval) -> Vec<MotionPage> {
        let pages = self.store.motion_pages(&id(camera), interval).await.unwrap();
        let levels = self.store.motion_levels(&id(camera), interval).await.unwrap();
        let of_pages = pages.iter().map(|page| (page.start, page.levels.clone()));
        assert_eq!(of_pages.collect::<Vec<_>>(), levels);
        pages
    }

    /// The photos that the filter lets through, all of them.
    pub(crate) async fn photos(&self, filter: &PhotoFilter) -> Vec<Photo> {
        let page = self.store.photos(filter).await.unwrap();
        assert_eq!(page.total, u64::try_from(page.photos.len()).unwrap());
        page.photos
    }

    /// What is known of an event that is there.
    pub(crate) async fn record_of(&self, event: &EventId) -> EventRecord {
        self.store.event(event).await.unwrap().unwrap()
    }

    /// Changes the catalog, as the program does before it dies half-way; one row must change.
    pub(crate) fn change_catalog(&self, change: &'static str) {
        self.ask_catalog(async move |pool| {
            let changed = sqlx::query(change).execute(&pool).await.unwrap();
            assert_eq!(changed.rows_affected(), 1);
        });
    }

    /// How many rows a table of the catalog has.
    pub(crate) fn count(&self, table: &'static str) -> i64 {
        self.ask_catalog(async move |pool| {
            let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            sqlx::query_scalar(count).fetch_one(&pool).await.unwrap()
        })
    }

    fn ask_catalog<T: Send + 'static>(
        &self,
        ask: impl AsyncFnOnce(sqlx::SqlitePool) -> T + Send + 'static,
    ) -> T {
        let path = self.path("catalog.db");
        // The story itself runs on a runtime, and one cannot wait in another.
        let other = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let options =
                    sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                let answer = ask(pool.clone()).await;
                pool.close().await;
                answer
            })
        });
        other.join().unwrap()
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

pub(crate) fn options(data_dir: &Path, zone: &TimeZone) -> Options {
    Options {
        data_dir: data_dir.to_owned(),
        zone: zone.clone(),
        sync: Sync::Fragment,
        video_name: NameTemplate::video(Names::USUAL.video).unwrap(),
        photo_name: NameTemplate::photo(Names::USUAL.photo).unwrap(),
    }
}

fn named(options: Options, names: Names) -> Options {
    Options {
        video_name: NameTemplate::video(names.video).unwrap(),
        photo_name: NameTemplate::photo(names.photo).unwrap(),
        ..options
    }
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

/// A page of what moved for `seconds`; no two that begin at other times are alike.
pub(crate) fn page(start: WallTime, seconds: u64) -> MotionPage {
    let mut grid = start.as_micros().to_be_bytes().repeat(20);
    grid.extend(MOTION_NOISE);
    let levels = (0..seconds).map(|second| u8::try_from(second % 7).unwrap()).collect();
    MotionPage { start, end: start + secs(seconds), levels, grid }
}

/// What no compression makes shorter.
const MOTION_NOISE: [u8; 24] = *b"Pq7!zA\x00\xff\x13mK~2\x8e\xd4Wc$\x91\x1fVt\xb6#";

/// A thing's way through an event: two places.
pub(crate) fn trace(event: &Event) -> Trace {
    let edge = |share| Fraction::new(share).unwrap();
    let region = |left: f32| Region {
        left: edge(left),
        top: edge(0.25),
        right: edge(left + 0.125),
        bottom: edge(0.75),
    };
    let place = |at, left| Place { at, region: region(left) };
    let places = vec![place(event.start, 0.1), place(event.triggered + secs(1), 0.5)];
    Trace { number: 1, label: None, zones: BTreeSet::from(["drive".to_owned()]), places }
}

/// An object that is seen from 5 s to 10 s after noon.
pub(crate) fn sighting(number: u32, label: &str, score: f32) -> Sighting {
    Sighting {
        number,
        label: label.parse().unwrap(),
        score: Fraction::new(score).unwrap(),
        first: at(5),
        last: at(10),
        zones: BTreeSet::new(),
        deeds: Vec::new(),
    }
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
        sensors: BTreeSet::new(),
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
        Picture {
            parameters,
            data: data.into(),
            kind,
            time,
            shown_after: Duration::ZERO,
            sound: Vec::new(),
        }
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

/// The bytes of each track of a progressive MP4, as its tables tell where they are.
pub(crate) fn tracks_of(mp4: &[u8]) -> Vec<Vec<u8>> {
    let mut cursor = Cursor::new(mp4);
    let moov = loop {
        match mp4_atom::Any::read_from(&mut cursor).unwrap() {
            mp4_atom::Any::Moov(moov) => break moov,
            mp4_atom::Any::Ftyp(_) => {}
            other => panic!("{other:?} has no place before the tables"),
        }
    };
    moov.trak.iter().map(|track| samples(&track.mdia.minf.stbl, mp4).concat()).collect()
}

/// The samples of a track.
fn samples<'a>(table: &mp4_atom::Stbl, mp4: &'a [u8]) -> Vec<&'a [u8]> {
    let offsets: Vec<u64> = match (&table.stco, &table.co64) {
        (Some(stco), _) => stco.entries.iter().map(|offset| (*offset).into()).collect(),
        (None, Some(co64)) => co64.entries.clone(),
        (None, None) => panic!("a track without places"),
    };
    let sizes: Vec<u32> = match &table.stsz.samples {
        mp4_atom::StszSamples::Identical { count, size } => {
            std::iter::repeat_n(*size, usize::try_from(*count).unwrap()).collect()
        }
        mp4_atom::StszSamples::Different { sizes } => sizes.clone(),
    };
    let mut sizes = sizes.into_iter();
    let mut samples = Vec::new();
    for (chunk, offset) in (1..).zip(offsets) {
        let of_chunk = table.stsc.entries.iter().rfind(|entry| entry.first_chunk <= chunk);
        let mut at = usize::try_from(offset).unwrap();
        for size in
            sizes.by_ref().take(usize::try_from(of_chunk.unwrap().samples_per_chunk).unwrap())
        {
            let end = at + usize::try_from(size).unwrap();
            samples.push(&mp4[at..end]);
            at = end;
        }
    }
    assert_eq!(sizes.next(), None, "the tables tell of all samples");
    samples
}

/// The same pictures, with sound: AAC, a packet of 1024 samples at 16 kHz (64 ms) after the other. No
/// two are alike.
pub(crate) fn with_sound(footage: Vec<Vec<Picture>>) -> Vec<Vec<Picture>> {
    let format = SoundFormat::aac(&[0x14, 0x08]).unwrap(); // AAC LC, 16 kHz, mono.
    let mut begin = footage[0][0].time;
    let with_sound = |mut picture: Picture| {
        let parameters = Parameters::clone(&picture.parameters).with_sound(Some(format.clone()));
        picture.parameters = Arc::new(parameters);
        while begin < picture.time {
            let data = [b"sound".as_slice(), &begin.as_micros().to_be_bytes()].concat().into();
            picture.sound.push(Sound { data, time: begin });
            begin = begin + Duration::from_millis(64);
        }
        picture
    };
    let mut pictures =
        footage.into_iter().flatten().map(with_sound).collect::<Vec<_>>().into_iter();
    let rate = usize::try_from(RATE).unwrap();
    std::iter::from_fn(|| Some(pictures.by_ref().take(rate).collect::<Vec<_>>()))
        .take_while(|second| !second.is_empty())
        .collect()
}

/// A photo of 640x480 to be kept.
pub(crate) fn photo(camera: &str, taken: WallTime, event: Option<&EventId>) -> NewPhoto {
    let (camera, event) = (id(camera), event.cloned());
    NewPhoto { camera, taken, event, jpeg: jpeg(taken).into(), width: 640, height: 480 }
}

/// A JPEG of 640x480: enough to be described, not to be decoded. No two are alike.
pub(crate) fn jpeg(taken: WallTime) -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), body].concat()
    };
    let [high_w, low_w] = 640_u16.to_be_bytes();
    let [high_h, low_h] = 480_u16.to_be_bytes();
    [
        &[0xff, 0xd8],
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0").as_slice(),
        &segment(0xdb, &[1; 65]),
        &segment(0xc0, &[8, high_h, low_h, high_w, low_w, 1, 1, 0x11, 0]),
        &segment(0xda, &[1, 1, 0, 0, 63, 0]),
        &taken.as_micros().to_be_bytes().map(|byte| byte & 0x7f),
        &[0x55; 2000],
        &[0xff, 0xd9],
    ]
    .concat()
}
