//! What is done at open: the catalog and the files are made to agree again. Photos are in
//! [`crate::mend_photos`], motion files in [`crate::mend_motion`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use watchpost_model::{ByteSize, CameraId, Interval, Recognition, WallTime};

use crate::clip::{self, Readable};
use crate::events::{Besides, sidecar_path};
use crate::files::{self, blocking};
use crate::findings::{Finding, Findings};
use crate::flags::read_flag;
use crate::mend_motion::mend_motion;
use crate::mend_photos::mend_photos;
use crate::segments::{SegmentKind, read_camera};
use crate::settings::read_setting;
use crate::sidecar::{self, Sidecar};
use crate::snapshot::{SnapshotKind, possible_stems};
use crate::troubles::read_trouble;
use crate::users::read_user;
use crate::{CatalogError, FileError, OpenError, Store, WriteError};

/// A torn end is at most a few fragments long. More is damage in the middle of the file, and what
/// comes after it is not thrown away.
const LONGEST_TORN_END: u64 = 32 << 20;

/// A file of ours without a whole header is smaller than this: nothing in it is worth keeping.
const LARGEST_HEADER: u64 = 64 << 10;

/// Makes catalog and files agree.
pub(crate) async fn mend(
    store: &Store,
    now: WallTime,
    findings: &mut Findings,
) -> Result<(), OpenError> {
    match store.finish_removals().await {
        Ok(gone) if gone.segments == 0 && gone.photos.is_empty() && gone.motion == 0 => {}
        Ok(gone) => {
            let photos = u64::try_from(gone.photos.len()).unwrap_or(u64::MAX);
            let (segments, motion) = (gone.segments, gone.motion);
            findings.push(Finding::RemovalsFinished { segments, photos, motion });
        }
        Err(error) => pass(error, findings)?,
    }
    let inner = store.inner.clone();
    let mut seen = blocking(move || scan(&inner.options.data_dir)).await?;
    findings.0.extend(seen.failures.drain(..).map(Finding::Failed));
    let unfinished = std::mem::take(&mut seen.unfinished);
    blocking(move || unfinished.iter().for_each(|path| drop(files::remove(path)))).await; // The next open tries again.
    mend_segments(store, &seen, findings).await?;
    mend_photos(store, &seen, findings).await?;
    mend_motion(store, &seen, findings).await?;
    mend_events(store, &seen, findings).await?;
    store.end_all_troubles(now).await?;
    Ok(())
}

/// Takes what only concerns one file as a finding, and passes on the rest.
fn pass(error: WriteError, findings: &mut Findings) -> Result<(), CatalogError> {
    match error {
        WriteError::File(error) => findings.push(Finding::Failed(error)),
        WriteError::Catalog(error) => return Err(error),
        // None of these can come of mending.
        WriteError::Backwards { .. }
        | WriteError::OtherParameters { .. }
        | WriteError::NoSuchEvent { .. }
        | WriteError::NoJpeg { .. }
        | WriteError::PageTooLarge { .. }
        | WriteError::Traces { .. }
        | WriteError::Sightings { .. } => {}
    }
    Ok(())
}

/// What lies in the data folder.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Files of footage, relative to the data folder.
    pub(crate) segments: BTreeMap<String, (CameraId, SegmentKind)>,
    /// JPEG files that are no snapshot of an event: photos, and what is none of ours.
    pub(crate) photos: BTreeMap<String, CameraId>,
    /// Motion files, or what is called so.
    pub(crate) motion: BTreeMap<String, CameraId>,
    /// Stems of sidecars.
    pub(crate) stems: BTreeSet<String>,
    /// What was not whole when the program died.
    pub(crate) unfinished: Vec<PathBuf>,
    /// What could not be looked at.
    pub(crate) failures: Vec<FileError>,
}

/// Lists `media/<camera>/<day>/`, and `timelapse/` and `motion/` in it; reads names only. Files are told apart by
/// their endings and folders: owners change how the rest is named. Blocks.
pub(crate) fn scan(data_dir: &Path) -> Result<Seen, FileError> {
    let mut seen = Seen::default();
    for camera in names(&data_dir.join(files::MEDIA))? {
        // Other folders are not ours.
        let Ok(id) = camera.parse::<CameraId>() else { continue };
        let folder = format!("{}/{camera}", files::MEDIA);
        let days = names(&data_dir.join(&folder)).unwrap_or_else(|error| seen.failed(error));
        for day in days {
            let folder = format!("{folder}/{day}");
            if data_dir.join(&folder).is_dir() {
                seen.scan_day(data_dir, &folder, &id);
            }
        }
    }
    let Seen { photos, stems, .. } = &mut seen;
    photos.retain(|path, _| !possible_stems(path).any(|stem| stems.contains(stem)));
    Ok(seen)
}

impl Seen {
    fn scan_day(&mut self, data_dir: &Path, folder: &str, camera: &CameraId) {
        let files = names(&data_dir.join(folder)).unwrap_or_else(|error| self.failed(error));
        for file in files {
            let path = format!("{folder}/{file}");
            match Path::new(&file).extension().and_then(|ending| ending.to_str()) {
                Some("json") => self.stems.extend(path.strip_suffix(".json").map(str::to_owned)),
                Some("jpg") => _ = self.photos.insert(path, camera.clone()),
                _ if file == files::TIMELAPSE => self.scan_timelapse(data_dir, &path, camera),
                _ if file == files::MOTION => self.scan_motion(data_dir, &path, camera),
                _ => self.footage_or_unfinished(data_dir, path, (camera, SegmentKind::Video)),
            }
        }
    }

    fn scan_timelapse(&mut self, data_dir: &Path, folder: &str, camera: &CameraId) {
        let files = names(&data_dir.join(folder)).unwrap_or_else(|error| self.failed(error));
        for file in files {
            let path = format!("{folder}/{file}");
            self.footage_or_unfinished(data_dir, path, (camera, SegmentKind::TimeLapse));
        }
    }

    fn scan_motion(&mut self, data_dir: &Path, folder: &str, camera: &CameraId) {
        let files = names(&data_dir.join(folder)).unwrap_or_else(|error| self.failed(error));
        let ours = files.iter().filter(|file| {
            Path::new(file).extension().is_some_and(|ending| ending == files::MOTION)
        });
        self.motion.extend(ours.map(|file| (format!("{folder}/{file}"), camera.clone())));
    }

    fn footage_or_unfinished(
        &mut self,
        data_dir: &Path,
        path: String,
        (camera, kind): (&CameraId, SegmentKind),
    ) {
        match Path::new(&path).extension().and_then(|ending| ending.to_str()) {
            Some("mp4") => _ = self.segments.insert(path, (camera.clone(), kind)),
            Some(files::UNFINISHED) => self.unfinished.push(data_dir.join(path)),
            _ => {}
        }
    }

    fn failed(&mut self, error: FileError) -> Vec<String> {
        // A file beside the folders of days is not ours.
        if !matches!(error, FileError::InTheWay { .. }) {
            self.failures.push(error);
        }
        Vec::new()
    }
}

/// The names in a folder; those that are not UTF-8 are not ours.
fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = fs::read_dir(folder).map_err(FileError::at(folder))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    let names: Result<Vec<Option<String>>, _> = names.collect();
    Ok(names.map_err(FileError::at(folder))?.into_iter().flatten().collect())
}

/// A row of the catalog, as far as mending goes.
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) path: String,
    pub(crate) state: RowState,
}

/// The states of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowState {
    Open,
    Closed,
    /// Its file could not be removed just now.
    Doomed,
}

/// All rows that `query` finds, with `id`, `camera`, `path` and `state`.
pub(crate) async fn entries(
    pool: &SqlitePool,
    query: &'static str,
) -> Result<Vec<Entry>, CatalogError> {
    let rows = sqlx::query(query).fetch_all(pool).await?;
    let entry = |row: &SqliteRow| {
        read_camera(row, "camera")?; // Only to find damage now and not in use.
        let state = match row.try_get("state")? {
            "open" => RowState::Open,
            "closed" => RowState::Closed,
            _ => RowState::Doomed,
        };
        Ok(Entry { id: row.try_get("id")?, path: row.try_get("path")?, state })
    };
    rows.iter().map(entry).collect()
}

async fn mend_segments(
    store: &Store,
    seen: &Seen,
    findings: &mut Findings,
) -> Result<(), OpenError> {
    let mut known = BTreeSet::new();
    // The whole table.
    let query = "SELECT id, camera, path, state FROM segment ORDER BY id";
    for Entry { id, path: relative, state } in entries(&store.inner.catalog.writer, query).await? {
        let path = store.inner.path(&relative);
        if !seen.segments.contains_key(&relative) {
            // A camera's folder that could not be listed says nothing about what is in it.
            let gone = path.clone();
            if blocking(move || matches!(gone.try_exists(), Ok(false))).await {
                store.delete_row(id).await?;
                if state == RowState::Closed {
                    findings.push(Finding::SegmentGone { path });
                }
            }
        } else if state == RowState::Open {
            close(store, id, path, findings).await?;
        }
        known.insert(relative);
    }
    for (relative, found) in seen.segments.iter().filter(|(path, _)| !known.contains(*path)) {
        adopt(store, found, relative, findings).await?;
    }
    Ok(())
}

/// Closes a segment that was being written.
async fn close(
    store: &Store,
    id: i64,
    path: PathBuf,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let file = path.clone();
    match blocking(move || mend_file(&file, Origin::Ours)).await {
        Ok(Mended::Plays { interval, bytes, end }) => {
            store.update_closed(id, interval, bytes).await?;
            findings.push(match end {
                End::Cut(cut) => Finding::SegmentClosed { path, cut },
                End::Damaged(lost) => Finding::SegmentDamaged { path, lost },
            });
        }
        Ok(Mended::Empty) => {
            store.delete_row(id).await?;
            findings.push(Finding::SegmentEmpty { path });
        }
        Ok(Mended::Foreign(why)) => {
            store.delete_row(id).await?;
            findings.push(Finding::NoFootage { path, why });
        }
        Err(error) => findings.push(Finding::Failed(error)),
    }
    Ok(())
}

/// Enters a file that the catalog does not know.
async fn adopt(
    store: &Store,
    (camera, kind): &(CameraId, SegmentKind),
    relative: &str,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let path = store.inner.path(relative);
    let file = path.clone();
    match blocking(move || mend_file(&file, Origin::Unknown)).await {
        Ok(Mended::Plays { interval, bytes, end }) => {
            store.insert_closed((camera, *kind), relative, interval, bytes).await?;
            findings.push(match end {
                End::Cut(cut) => Finding::SegmentAdopted { path, cut },
                End::Damaged(lost) => Finding::SegmentDamaged { path, lost },
            });
        }
        Ok(Mended::Empty) => findings.push(Finding::SegmentEmpty { path }),
        Ok(Mended::Foreign(why)) => findings.push(Finding::NoFootage { path, why }),
        Err(error) => findings.push(Finding::Failed(error)),
    }
    Ok(())
}

/// Who made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// We did: the catalog says so.
    Ours,
    /// We may have, or somebody put it there.
    Unknown,
}

/// What became of a file.
enum Mended {
    /// It plays.
    Plays { interval: Interval, bytes: ByteSize, end: End },
    /// There was no picture in it, and it is removed.
    Empty,
    /// It is no footage of ours, for this reason, and is left alone.
    Foreign(String),
}

/// How a file ended.
enum End {
    /// So much was cut off; often nothing.
    Cut(ByteSize),
    /// So much cannot be played, too much to be cut off.
    Damaged(ByteSize),
}

/// Cuts a file to its last whole fragment. Blocks.
fn mend_file(path: &Path, origin: Origin) -> Result<Mended, FileError> {
    let length = crate::segments::length(path)?.unwrap_or_default();
    let (index, torn) = match clip::index(path)? {
        Readable::Whole(index) => (index, 0),
        Readable::Cut(index) => {
            let torn = length.saturating_sub(index.whole);
            (index, torn)
        }
        Readable::No(_) if origin == Origin::Ours && length <= LARGEST_HEADER => {
            files::remove(path)?;
            return Ok(Mended::Empty);
        }
        Readable::No(why) => return Ok(Mended::Foreign(why.to_string())),
        Readable::Missing => return Ok(Mended::Empty),
    };
    if torn > LONGEST_TORN_END {
        let (bytes, lost) = (ByteSize::from_bytes(length), ByteSize::from_bytes(torn));
        return Ok(Mended::Plays { interval: index.interval(), bytes, end: End::Damaged(lost) });
    }
    if index.fragments.is_empty() {
        files::remove(path)?;
        return Ok(Mended::Empty);
    }
    if torn > 0 {
        let cut = File::options().write(true).open(path).and_then(|file| {
            file.set_len(index.whole)?;
            file.sync_all()
        });
        cut.map_err(FileError::at(path))?;
    }
    let bytes = ByteSize::from_bytes(index.whole);
    let end = End::Cut(ByteSize::from_bytes(torn));
    Ok(Mended::Plays { interval: index.interval(), bytes, end })
}

async fn mend_events(store: &Store, seen: &Seen, findings: &mut Findings) -> Result<(), OpenError> {
    let known = store.all_stems().await?;
    for stem in seen.stems.difference(&known) {
        let path = store.inner.path(&sidecar_path(stem));
        let (file, picture) = (path.clone(), store.inner.path(&SnapshotKind::Clean.path(stem)));
        let read = blocking(move || {
            let content = fs::read(&file).map_err(FileError::at(&file))?;
            Ok::<_, FileError>((sidecar::decode(&content), picture.exists()))
        });
        match read.await {
            Ok((Ok(mut sidecar), has_picture)) => {
                sidecar.score = sidecar.score.filter(|_| has_picture);
                restore_event(store, stem, sidecar, findings).await?;
            }
            Ok((Err(why), _)) => {
                findings.push(Finding::NoEvent { path, why: why.to_string() });
            }
            Err(error) => findings.push(Finding::Failed(error)),
        }
    }
    for event in store.all_events().await? {
        if !seen.stems.contains(&event.stem)
            && let Err(error) = store.write_sidecar(&event.event.id).await
        {
            pass(error, findings)?;
        }
    }
    match store.end_interrupted().await {
        Ok(events) => {
            findings.0.extend(events.into_iter().map(|event| Finding::EventEnded { id: event.id }));
        }
        Err(error) => pass(error, findings)?,
    }
    Ok(())
}

/// Enters the event of a sidecar that the catalog does not know, as far as it can be read.
async fn restore_event(
    store: &Store,
    stem: &str,
    sidecar: Sidecar,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let Sidecar { event, score, traces, sightings } = sidecar;
    let (traces, no_traces) = match traces {
        Ok(traces) => (traces, None),
        Err(why) => (None, Some(why)),
    };
    let (sightings, no_sightings) = match sightings {
        Ok(sightings) => (sightings, None),
        // What was there cannot be told any more; that nobody was would be a lie.
        Err(why) => ((Vec::new(), Recognition::Unknown), Some(why)),
    };
    let besides = Besides { score, traces, sightings };
    if store.insert_event(&event, stem, &besides).await? {
        let id = event.id;
        findings.push(Finding::EventRestored { id: id.clone() });
        let lost = no_traces.map(|why| (id.clone(), why.to_string()));
        findings.0.extend(lost.map(|(id, why)| Finding::TracesLost { id, why }));
        let lost = no_sightings.map(|why| (id, why.to_string()));
        findings.0.extend(lost.map(|(id, why)| Finding::SightingsLost { id, why }));
    }
    Ok(())
}

/// Saves users, switches, settings and troubles from the damaged catalog `aside`, as far as they can be read.
pub(crate) async fn salvage(
    store: &Store,
    aside: &Path,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let options = SqliteConnectOptions::new().filename(aside).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
    let mut names = Vec::new();
    for row in readable_rows(&pool, "SELECT name, role, password_hash FROM user").await {
        if let Ok(user) = read_user(&row) {
            store.put_user(&user).await?;
            names.push(user.name);
        }
    }
    for row in readable_rows(&pool, "SELECT name, is_on, since_us, set_by FROM flag").await {
        if let Ok((name, flag)) = read_flag(&row) {
            store.set_flag(&name, &flag).await?;
        }
    }
    for row in readable_rows(&pool, "SELECT name, value FROM setting").await {
        if let Ok((name, value)) = read_setting(&row) {
            store.set_setting(&name, Some(&value)).await?;
        }
    }
    let troubles = "SELECT camera, kind, start_us, end_us, cause FROM trouble";
    for row in readable_rows(&pool, troubles).await {
        if let Ok(trouble) = read_trouble(&row) {
            store.insert_trouble(&trouble).await?;
        }
    }
    pool.close().await;
    findings.push(match names.len() {
        0 => Finding::NoUsersSaved,
        _ => Finding::UsersSaved { names },
    });
    Ok(())
}

/// The rows up to the first that cannot be read; in a damaged catalog, often none.
async fn readable_rows(pool: &SqlitePool, query: &'static str) -> Vec<SqliteRow> {
    use futures::StreamExt;
    let rows = sqlx::query(query).fetch(pool);
    rows.take_while(|row| std::future::ready(row.is_ok()))
        .filter_map(|row| std::future::ready(row.ok()))
        .collect()
        .await
}
