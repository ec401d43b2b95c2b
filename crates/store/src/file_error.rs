//! What can go wrong with a file, told so that the owner can mend it.

use std::io;
use std::path::{Path, PathBuf};

use watchpost_model::ByteSize;

/// Why a file or folder could not be read, written, created or removed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk, or the program's share of it, is used up.
    #[error("{} cannot be written: the disk is full ({free} free)", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What was left when it happened.
        free: ByteSize,
        /// What the system said.
        source: io::Error,
    },
    /// The disk takes no changes, by choice or because the system found it broken.
    #[error("{} cannot be changed: its disk is read-only", path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program's user may not do this.
    #[error("{} is not open to the user that runs Watchpost", path.display())]
    Denied {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file stands where a folder is needed, or the reverse.
    #[error("{} cannot be used: a file stands where a folder should be", path.display())]
    InTheWay {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It was there, and is no longer.
    #[error("{} is missing", path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What sensors told could not be written for so long that the oldest of it was given up.
    #[error("{count} readings are lost")]
    ReadingsLost {
        /// How many.
        count: u64,
        /// Why they could not be written.
        source: Box<FileError>,
    },
    /// Anything else, in most cases a failing disk.
    #[error("{} cannot be read or written", path.display())]
    Broken {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Delete old footage, then try again at once.
    FreeSpace,
    /// Try again in a few seconds; it may pass.
    Retry,
    /// End this segment and begin another.
    NewSegment,
    /// Trying again is useless until the owner changes something; tell them once.
    AskOwner,
}

impl FileError {
    /// Sorts what the system said about `path`.
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                let free = free_space_near(&path);
                FileError::Full { path, free, source }
            }
            io::ErrorKind::ReadOnlyFilesystem => FileError::ReadOnly { path, source },
            io::ErrorKind::PermissionDenied => FileError::Denied { path, source },
            io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::AlreadyExists => FileError::InTheWay { path, source },
            io::ErrorKind::NotFound => FileError::Missing { path, source },
            _ => FileError::Broken { path, source },
        }
    }

    /// Turns what the system said about `path` into an error; for `map_err`.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> FileError + '_ {
        move |source| FileError::new(path, source)
    }

    /// What a caller should do.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            FileError::Full { .. } => Remedy::FreeSpace,
            FileError::ReadingsLost { source, .. } => source.remedy(),
            FileError::Missing { .. } | FileError::Broken { .. } => Remedy::Retry,
            FileError::ReadOnly { .. } | FileError::Denied { .. } | FileError::InTheWay { .. } => {
                Remedy::AskOwner
            }
        }
    }

    /// What the owner should do, as a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            FileError::Full { .. } => {
                "Delete files, give the camera a smaller `max_size`, or use a larger disk."
            }
            FileError::ReadOnly { .. } => {
                "Mount the disk writable; if it was, the system found it broken: see `dmesg`."
            }
            FileError::Denied { .. } => {
                "Give the folder to the user that runs Watchpost, for example with `chown -R`."
            }
            FileError::InTheWay { .. } => {
                "Move that file away, or set `data_dir` to another folder."
            }
            FileError::Missing { .. } => {
                "Somebody removed it or its disk is not mounted; mount it and start again."
            }
            FileError::ReadingsLost { source, .. } => source.hint(),
            FileError::Broken { .. } => {
                "The disk may be failing: see `dmesg`, save your footage, change the disk."
            }
        }
    }
}

/// Room on a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskSpace {
    /// The whole disk.
    pub total: ByteSize,
    /// What the program's user may still write.
    pub free: ByteSize,
}

/// Room on the disk that holds `folder`. One quick system call.
pub(crate) fn disk_space(folder: &Path) -> Result<DiskSpace, FileError> {
    let disk = rustix::fs::statvfs(folder).map_err(|errno| FileError::new(folder, errno.into()))?;
    let bytes = |blocks: u64| ByteSize::from_bytes(blocks.saturating_mul(disk.f_frsize));
    Ok(DiskSpace { total: bytes(disk.f_blocks), free: bytes(disk.f_bavail) })
}

/// What is free where `path` is, or nothing if even that cannot be told.
fn free_space_near(path: &Path) -> ByteSize {
    let folder = path.ancestors().find(|folder| folder.is_dir());
    folder.and_then(|folder| disk_space(folder).ok()).unwrap_or_default().free
}
