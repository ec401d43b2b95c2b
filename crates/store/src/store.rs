//! The handle on everything kept.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use watchpost_model::config::NameTemplate;
use watchpost_model::{ByteSize, CameraId, EventId, WallTime};

use crate::catalog::{self, Catalog};
use crate::file_error::{self, DiskSpace};
use crate::files::{self, blocking};
use crate::findings::{Finding, Findings};
use crate::motion::OpenMotion;
use crate::open_segments::OpenSegments;
use crate::readings::Readings;
use crate::{CatalogError, FileError, InvalidSightings, InvalidTraces, Remedy, repair};

/// The least that `SQLite` ever writes, in bytes, <https://www.sqlite.org/fileformat.html>.
const SMALLEST_PAGE: u64 = 512;

/// Where and how things are kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data folder: `catalog.db` and `media/` in it. Created if it is not there.
    pub data_dir: PathBuf,
    /// The zone whose local time names files and folders.
    pub zone: TimeZone,
    /// When footage is made to outlive a power cut.
    pub sync: Sync,
    /// How segments are named. Only new ones: those there keep the name they have.
    pub video_name: NameTemplate,
    /// How photos are named, likewise.
    pub photo_name: NameTemplate,
}

/// When footage is made to outlive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// After each fragment: at most the one being written is lost. A write to the disk each time.
    Fragment,
    /// At the end of each segment: the system writes when it sees fit, in most cases within 30 s.
    Close,
}

/// A handle on everything kept. Cheap to clone; all clones are the same store.
///
/// When the last one and the last [`crate::SegmentWriter`] are gone, the data folder is free for
/// another; [`Store::close`] waits for the catalog, too.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

/// What the clones share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) catalog: Catalog,
    pub(crate) open_segments: OpenSegments,
    pub(crate) open_motion: OpenMotion,
    pub(crate) readings: Readings,
    /// Held while an event's row is read and its sidecar written, so that the last sidecar written
    /// tells the last state.
    pub(crate) sidecars: tokio::sync::Mutex<()>,
    /// Locked while the store is open; `None` in a guest of [`Store::attach`].
    _lock: Option<File>,
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The catalog cannot be used, and it is not for damage.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Another Watchpost records into the same folder.
    #[error("{} is in use by another Watchpost", data_dir.display())]
    InUse {
        /// The folder.
        data_dir: PathBuf,
    },
}

impl OpenError {
    /// What the owner should do, as a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            OpenError::File(error) => error.hint(),
            OpenError::Catalog(error) => error.hint(),
            OpenError::InUse { .. } => {
                "Stop the other one (`systemctl stop watchpost`?) or set another `data_dir`."
            }
        }
    }
}

/// Why something could not be kept, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The catalog.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The pictures lie before those that the segment has: the clock was set back.
    #[error("{}: pictures of {first:?} cannot follow those of {last:?}", path.display())]
    Backwards {
        /// The segment's file.
        path: PathBuf,
        /// When the pictures begin.
        first: WallTime,
        /// Where the segment's last fragment begins.
        last: WallTime,
    },
    /// The pictures need other parameter sets than the segment has: the camera was set anew.
    #[error("{}: the pictures are of another size or coding", path.display())]
    OtherParameters {
        /// The segment's file.
        path: PathBuf,
    },
    /// There is no such event, or it was deleted.
    #[error("there is no event {id}")]
    NoSuchEvent {
        /// Its name.
        id: EventId,
    },
    /// What should have been a photo is no JPEG.
    #[error("the photo of camera {camera} is no JPEG")]
    NoJpeg {
        /// Who took it.
        camera: CameraId,
    },
    /// A page of motion has more than 64 KiB of levels or 32 MiB of grid.
    #[error("a page of motion of camera {camera} is too large to be kept")]
    PageTooLarge {
        /// Before whom it moved.
        camera: CameraId,
    },
    /// The traces of an event are more than fit, or none.
    #[error("the traces of event {id} cannot be kept")]
    Traces {
        /// Its name.
        id: EventId,
        /// What is wrong with them.
        source: InvalidTraces,
    },
    /// The objects of an event are more than fit, or make no sense.
    #[error("the objects of event {id} cannot be kept")]
    Sightings {
        /// Its name.
        id: EventId,
        /// What is wrong with them.
        source: InvalidSightings,
    },
}

impl WriteError {
    /// What a caller should do.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            WriteError::File(error) => error.remedy(),
            WriteError::Catalog(error) => error.remedy(),
            WriteError::Backwards { .. } | WriteError::OtherParameters { .. } => Remedy::NewSegment,
            WriteError::NoSuchEvent { .. } => Remedy::AskOwner,
            WriteError::NoJpeg { .. }
            | WriteError::PageTooLarge { .. }
            | WriteError::Traces { .. }
            | WriteError::Sightings { .. } => Remedy::Retry,
        }
    }

    /// What the owner should do, as a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            WriteError::File(error) => error.hint(),
            WriteError::Catalog(error) => error.hint(),
            WriteError::Backwards { .. } | WriteError::OtherParameters { .. } => {
                "Nothing: recording goes on in a new file."
            }
            WriteError::NoSuchEvent { .. } => "Load the list of events again.",
            WriteError::NoJpeg { .. } => "Take another one.",
            WriteError::PageTooLarge { .. }
            | WriteError::Traces { .. }
            | WriteError::Sightings { .. } => "Nothing: recording goes on without it.",
        }
    }
}

impl Store {
    /// Opens the store in `options.data_dir`, makes one if there is none, and mends what it finds:
    ///
    /// * a damaged catalog is moved aside and rebuilt from the files; users are saved if they can be;
    /// * segments that were being written are cut to their last whole fragment and closed;
    /// * removals that were begun are finished;
    /// * motion files are cut to their last whole page, likewise;
    /// * footage, photos, motion files and events without a row are adopted, rows without a file
    ///   dropped;
    /// * events that were going on end with their footage, as interrupted;
    /// * troubles that were going on end `now`: cameras tell anew.
    ///
    /// `now` also names the catalog that is moved aside. Reads the catalog and the names of all
    /// files once.
    ///
    /// # Errors
    ///
    /// If the folder or the catalog cannot be used, or another process has it open.
    pub async fn open(options: Options, now: WallTime) -> Result<(Store, Findings), OpenError> {
        match lock(&options.data_dir).await? {
            Lock::Ours(lock) => Self::open_locked(options, lock, now).await,
            Lock::Taken => Err(OpenError::InUse { data_dir: options.data_dir }),
        }
    }

    /// As [`Store::open`], but if another process records into the folder, only joins its catalog
    /// and mends nothing. For commands such as `user add`.
    ///
    /// A guest must not write segments and does not see those that are being written.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub async fn attach(options: Options, now: WallTime) -> Result<(Store, Findings), OpenError> {
        match lock(&options.data_dir).await? {
            Lock::Ours(lock) => Self::open_locked(options, lock, now).await,
            Lock::Taken => Ok((Self::look(options).await?, Findings::default())),
        }
    }

    /// Joins the catalog and mends nothing, not even a damaged catalog. For [`Store::verify`].
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and if the catalog is damaged.
    pub async fn look(options: Options) -> Result<Store, OpenError> {
        let catalog = Catalog::open(&options.data_dir.join(catalog::NAME)).await?;
        Ok(Self::new(options, catalog, None))
    }

    /// As [`Store::open`], after moving the catalog aside even if nothing is wrong with it.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub async fn reindex(options: Options, now: WallTime) -> Result<(Store, Findings), OpenError> {
        let Lock::Ours(lock) = lock(&options.data_dir).await? else {
            return Err(OpenError::InUse { data_dir: options.data_dir });
        };
        let mut findings = Findings::default();
        if options.data_dir.join(catalog::NAME).exists() {
            let why = "its owner wants it rebuilt".to_owned();
            let store = rebuild(options, lock, now, why, &mut findings).await?;
            return Ok((store, findings));
        }
        Self::open_locked(options, lock, now).await
    }

    async fn open_locked(
        options: Options,
        lock: File,
        now: WallTime,
    ) -> Result<(Store, Findings), OpenError> {
        let mut findings = Findings::default();
        let path = options.data_dir.join(catalog::NAME);
        // SQLite takes an empty or tiny file for a new catalog; we made none smaller than a page.
        let emptied = path.metadata().is_ok_and(|file| file.len() < SMALLEST_PAGE);
        let why = if emptied {
            "it is cut to nothing".to_owned()
        } else {
            match sound_catalog(&path).await {
                Ok(catalog) => {
                    let store = Self::new(options.clone(), catalog, Some(share(&lock)?));
                    match repair::mend(&store, now, &mut findings).await {
                        Ok(()) => {
                            store.take_reserve().await;
                            return Ok((store, findings));
                        }
                        // Damage that only shows when a row is read.
                        Err(OpenError::Catalog(CatalogError::Damaged { source })) => {
                            store.inner.catalog.close().await;
                            findings = Findings::default();
                            source.to_string()
                        }
                        Err(error) => return Err(error),
                    }
                }
                Err(CatalogError::Damaged { source }) => source.to_string(),
                Err(error) => return Err(error.into()),
            }
        };
        let store = rebuild(options, lock, now, why, &mut findings).await?;
        Ok((store, findings))
    }

    fn new(options: Options, catalog: Catalog, lock: Option<File>) -> Self {
        Self {
            inner: Arc::new(Inner {
                options,
                catalog,
                open_segments: OpenSegments::default(),
                open_motion: OpenMotion::default(),
                readings: Readings::default(),
                sidecars: tokio::sync::Mutex::new(()),
                _lock: lock,
            }),
        }
    }

    /// Where everything lies.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.inner.options.data_dir
    }

    /// The zone whose local time names files.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.inner.options.zone
    }

    /// Room on the disk that holds the data folder. One system call.
    ///
    /// # Errors
    ///
    /// If the folder is gone.
    pub async fn disk_space(&self) -> Result<DiskSpace, FileError> {
        let folder = self.data_dir().to_owned();
        blocking(move || file_error::disk_space(&folder)).await
    }

    /// What may still be written to the disk that holds the data folder.
    ///
    /// # Errors
    ///
    /// If the folder is gone.
    pub async fn free_space(&self) -> Result<ByteSize, FileError> {
        Ok(self.disk_space().await?.free)
    }

    /// Writes the readings that wait, finishes what is being written to the catalog and closes it. Finish
    /// all segments before.
    pub async fn close(&self) {
        if let Err(error) = self.write_readings().await {
            tracing::error!(error = %error, hint = error.hint(), "the last readings are lost");
        }
        self.inner.catalog.close().await;
    }
}

impl Inner {
    /// The file or folder that the catalog calls `relative`.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.options.data_dir.join(relative)
    }
}

/// Opens the catalog and looks for damage.
async fn sound_catalog(path: &Path) -> Result<Catalog, CatalogError> {
    let catalog = Catalog::open(path).await?;
    match catalog.check().await {
        Ok(()) => Ok(catalog),
        Err(error) => {
            catalog.close().await;
            Err(error)
        }
    }
}

/// Moves the catalog aside, for the reason `why`, and makes a new one from the files.
async fn rebuild(
    options: Options,
    lock: File,
    now: WallTime,
    why: String,
    findings: &mut Findings,
) -> Result<Store, OpenError> {
    let path = options.data_dir.join(catalog::NAME);
    let local = now.timestamp().to_zoned(options.zone.clone());
    let stamp = local.strftime("%Y%m%d_%H%M%S").to_string();
    let aside = blocking({
        let path = path.clone();
        move || catalog::move_aside(&path, &stamp)
    })
    .await?;
    findings.push(Finding::CatalogMovedAside { to: aside.clone(), why });
    let store = Store::new(options, Catalog::open(&path).await?, Some(lock));
    repair::salvage(&store, &aside, findings).await?;
    repair::mend(&store, now, findings).await?;
    Ok(store)
}

enum Lock {
    Ours(File),
    Taken,
}

/// Makes the data folder and locks it. The lock goes with the process, however it ends.
async fn lock(data_dir: &Path) -> Result<Lock, FileError> {
    let data_dir = data_dir.to_owned();
    blocking(move || {
        files::make_private_folder(&data_dir)?;
        files::make_folder(&data_dir.join(files::MEDIA))?;
        let path = data_dir.join("watchpost.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(FileError::at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock::Ours(file)),
            Err(TryLockError::WouldBlock) => Ok(Lock::Taken),
            Err(TryLockError::Error(error)) => Err(FileError::new(&path, error)),
        }
    })
    .await
}

/// Another handle on the same lock.
fn share(lock: &File) -> Result<File, FileError> {
    lock.try_clone().map_err(FileError::at(Path::new("watchpost.lock")))
}
