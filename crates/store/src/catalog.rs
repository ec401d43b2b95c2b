//! The catalog: an `SQLite` database that is opened, checked and brought up to date here.
//!
//! One connection writes, a few read. Queries stand by subject in [`crate::segments`],
//! [`crate::photos`], [`crate::motion`], [`crate::events`], [`crate::sightings`], [`crate::search`],
//! [`crate::traces`], [`crate::removal`], [`crate::troubles`], [`crate::users`], [`crate::flags`] and
//! [`crate::settings`].

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::{FileError, Remedy, files};

/// The catalog's name in the data folder.
pub(crate) const NAME: &str = "catalog.db";

/// Every version of the schema, oldest first. Each file sets `user_version` to its place here.
///
/// Not the migrator of sqlx, which refuses to start when a comment in an old file is improved.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_catalog.sql"),
    include_str!("../migrations/0002_photos.sql"),
    include_str!("../migrations/0003_motion.sql"),
    include_str!("../migrations/0004_objects.sql"),
    include_str!("../migrations/0005_sensors.sql"),
];

/// Why the catalog could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It is damaged. It is rebuilt from the files at the next start.
    #[error("the catalog is damaged")]
    Damaged {
        /// What was found.
        source: sqlx::Error,
    },
    /// The disk is full.
    #[error("the catalog cannot be written: the disk is full")]
    Full {
        /// What `SQLite` said.
        source: sqlx::Error,
    },
    /// Its disk or file is read-only, or not open to this user.
    #[error("the catalog cannot be opened for writing")]
    Closed {
        /// What `SQLite` said.
        source: sqlx::Error,
    },
    /// It was made by a later version of Watchpost.
    #[error("the catalog has version {found}; this Watchpost knows up to {known}")]
    TooNew {
        /// Its version.
        found: i64,
        /// The latest that is known here.
        known: i64,
    },
    /// Anything else: a busy catalog, a failing disk.
    #[error("the catalog does not answer")]
    Failed {
        /// What `SQLite` said.
        source: sqlx::Error,
    },
}

impl CatalogError {
    /// What a caller should do.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            CatalogError::Full { .. } => Remedy::FreeSpace,
            CatalogError::Failed { .. } => Remedy::Retry,
            CatalogError::Damaged { .. }
            | CatalogError::Closed { .. }
            | CatalogError::TooNew { .. } => Remedy::AskOwner,
        }
    }

    /// What the owner should do, as a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            CatalogError::Damaged { .. } => {
                "Restart Watchpost: it rebuilds the catalog from the recordings."
            }
            CatalogError::Full { .. } => {
                "Delete files, give the cameras a smaller `max_size`, or use a larger disk."
            }
            CatalogError::Closed { .. } => {
                "Give `data_dir` to the user that runs Watchpost and mount it writable."
            }
            CatalogError::TooNew { .. } => "Install the newer Watchpost again.",
            CatalogError::Failed { .. } => {
                "If this stays: is another program using the catalog? Is the disk failing?"
            }
        }
    }
}

impl From<sqlx::Error> for CatalogError {
    /// Sorts by `SQLite`'s result codes, <https://www.sqlite.org/rescode.html>.
    fn from(source: sqlx::Error) -> Self {
        let code = source.as_database_error().and_then(sqlx::error::DatabaseError::code);
        let code: i64 = code.and_then(|code| code.parse().ok()).unwrap_or(0);
        match (code & 0xff, &source) {
            // SQLITE_CORRUPT, SQLITE_NOTADB.
            (11 | 26, _)
            | (
                _,
                sqlx::Error::Decode(_)
                | sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::ColumnNotFound(_),
            ) => CatalogError::Damaged { source },
            (13, _) => CatalogError::Full { source }, // SQLITE_FULL
            (3 | 8 | 14 | 23, _) => CatalogError::Closed { source }, // PERM, READONLY, CANTOPEN, AUTH
            _ => CatalogError::Failed { source },
        }
    }
}

/// A value in the catalog that cannot be one.
pub(crate) fn nonsense(what: impl std::error::Error + Send + Sync + 'static) -> CatalogError {
    CatalogError::Damaged { source: sqlx::Error::Decode(Box::new(what)) }
}

/// The open catalog.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// One connection: `SQLite` has one writer at a time, and waiting here is fairer than there.
    pub(crate) writer: SqlitePool,
    /// They never wait for the writer.
    pub(crate) readers: SqlitePool,
}

impl Catalog {
    /// Opens the catalog at `path`, creates it if there is none, and brings it up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self, CatalogError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full) // Commits are few, and what was promised stays.
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.clone())
            .await?;
        let catalog = Self {
            writer,
            readers: SqlitePoolOptions::new()
                .max_connections(4)
                .idle_timeout(Duration::from_mins(1))
                .connect_lazy_with(options.create_if_missing(false).pragma("query_only", "on")),
        };
        match catalog.migrate().await {
            Ok(()) => Ok(catalog),
            Err(error) => {
                catalog.close().await;
                Err(error)
            }
        }
    }

    /// Applies what is missing of [`MIGRATIONS`], each whole or not at all.
    async fn migrate(&self) -> Result<(), CatalogError> {
        let row = sqlx::query("PRAGMA user_version").fetch_one(&self.writer).await?;
        let found: i64 = row.try_get(0)?;
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        let done = usize::try_from(found).ok().filter(|done| *done <= MIGRATIONS.len());
        let done = done.ok_or(CatalogError::TooNew { found, known })?;
        for migration in &MIGRATIONS[done..] {
            let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
            sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Reads the whole catalog once and looks for damage. A second for some 100 MB.
    pub(crate) async fn check(&self) -> Result<(), CatalogError> {
        let rows = sqlx::query("PRAGMA quick_check(1)").fetch_all(&self.writer).await?;
        let words: String = match rows.first() {
            Some(row) => row.try_get(0)?,
            None => "no answer to quick_check".to_owned(),
        };
        if words == "ok" {
            return Ok(());
        }
        Err(CatalogError::Damaged { source: sqlx::Error::Decode(words.into()) })
    }

    /// Finishes what is being written and closes all connections.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Moves the catalog and its journal out of the way, to `catalog.db.corrupt-<stamp>`, and says
/// where it went. Never overwrites one moved earlier. Blocks.
pub(crate) fn move_aside(path: &Path, stamp: &str) -> Result<PathBuf, FileError> {
    let names = (1..).map(|n| match n {
        1 => format!("corrupt-{stamp}"),
        n => format!("corrupt-{stamp}_{n}"),
    });
    let mut places = names.map(|name| files::with_ending(path, &name));
    let aside = places.find(|place| !place.exists()).expect("the numbers do not run out");
    // The journal belongs to the file by its name: `-wal` is added to either.
    for journal in ["-wal", "-shm"] {
        let beside = |file: &Path| {
            let mut name = file.as_os_str().to_owned();
            name.push(journal);
            PathBuf::from(name)
        };
        match std::fs::rename(beside(path), beside(&aside)) {
            // SQLite removes it when the last connection closes, which may be just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            moved => moved.map_err(FileError::at(&beside(path)))?,
        }
    }
    std::fs::rename(path, &aside).map_err(FileError::at(path))?;
    files::sync_folder_of(path)?;
    Ok(aside)
}
