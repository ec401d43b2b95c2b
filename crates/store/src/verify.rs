//! The same as `repair`, only looked at: whether catalog and files agree, and every file plays.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use watchpost_model::{ByteSize, EventId};

use crate::clip::{self, Readable};
use crate::files::blocking;
use crate::segments::segment;
use crate::{CatalogError, FileError, OpenError, Store, repair};

/// Something wrong in the data folder. Told by its `Display`.
#[derive(Debug)]
pub enum Fault {
    /// The catalog is damaged.
    Catalog {
        /// What `SQLite` said.
        what: String,
    },
    /// A file that the catalog knows is gone.
    Gone {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file is shorter or longer than the catalog says.
    Length {
        /// The file.
        path: PathBuf,
        /// As the catalog has it.
        expected: ByteSize,
        /// As it is.
        found: ByteSize,
    },
    /// A file does not play, or not to its end.
    Unplayable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file of footage is not in the catalog.
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// An event has no sidecar, so it would be lost with the catalog.
    NoSidecar {
        /// Its name.
        id: EventId,
    },
    /// The system cannot read something.
    File(FileError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Catalog { what } => write!(f, "the catalog is damaged: {what}"),
            Fault::Gone { path } => write!(f, "{} is gone", path.display()),
            Fault::Length { path, expected, found } => {
                write!(f, "{} should have {expected}, and has {found}", path.display())
            }
            Fault::Unplayable { path, why } => write!(f, "{} does not play: {why}", path.display()),
            Fault::Unknown { path } => write!(f, "{} is not in the catalog", path.display()),
            Fault::NoSidecar { id } => write!(f, "event {id} is only in the catalog"),
            Fault::File(error) => error.fmt(f),
        }
    }
}

impl Store {
    /// Looks at everything and changes nothing: the whole catalog, the heads of all files (some
    /// milliseconds for each). Segments being written are passed over. Faults by path.
    ///
    /// # Errors
    ///
    /// If the folder or the catalog cannot be read at all.
    pub async fn verify(&self) -> Result<Vec<Fault>, OpenError> {
        let catalog = &self.inner.catalog;
        let mut faults = Vec::new();
        let rows = sqlx::query("PRAGMA integrity_check(20)").fetch_all(&catalog.readers).await;
        for row in rows.map_err(CatalogError::from)? {
            let what: String = row.try_get(0).map_err(CatalogError::from)?;
            if what != "ok" {
                faults.push(Fault::Catalog { what });
            }
        }
        let expected = self.expected_files().await?;
        let known = self.all_events().await?;
        let inner = self.inner.clone();
        let of_files = blocking(move || {
            let mut seen = repair::scan(&inner.options.data_dir)?;
            let mut faults: Vec<Fault> = seen.failures.drain(..).map(Fault::File).collect();
            for (relative, bytes) in &expected {
                if let Expected::Complete(bytes) = bytes {
                    let path = inner.path(relative);
                    faults.extend(
                        look(path, *bytes).unwrap_or_else(|error| Some(Fault::File(error))),
                    );
                }
            }
            let unknown = seen.segments.keys().filter(|path| !expected.contains_key(*path));
            faults.extend(unknown.map(|path| Fault::Unknown { path: inner.path(path) }));
            let lonely = known.into_iter().filter(|known| !seen.stems.contains(&known.stem));
            faults.extend(lonely.map(|known| Fault::NoSidecar { id: known.event.id }));
            Ok::<_, FileError>(faults)
        });
        faults.extend(of_files.await?);
        Ok(faults)
    }

    /// What files the catalog knows.
    async fn expected_files(&self) -> Result<BTreeMap<String, Expected>, CatalogError> {
        // The whole table.
        let rows = sqlx::query(
            "SELECT id, camera, path, state, start_us, coalesce(end_us, start_us) AS end_us, \
             coalesce(bytes, 0) AS bytes FROM segment",
        )
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let expected = |row: &SqliteRow| {
            let segment = segment(row)?;
            let expected = match row.try_get("state")? {
                "closed" => Expected::Complete(segment.bytes),
                _ => Expected::Changing,
            };
            Ok((segment.path, expected))
        };
        rows.iter().map(expected).collect()
    }
}

/// What the catalog knows of a file.
enum Expected {
    /// It has that length, for good.
    Complete(ByteSize),
    /// It is being written or removed.
    Changing,
}

/// Looks at one file. Blocks.
fn look(path: PathBuf, expected: ByteSize) -> Result<Option<Fault>, FileError> {
    let Some(found) = crate::segments::length(&path)?.map(ByteSize::from_bytes) else {
        return Ok(Some(Fault::Gone { path }));
    };
    if found != expected {
        return Ok(Some(Fault::Length { path, expected, found }));
    }
    Ok(match clip::index(&path)? {
        Readable::Whole(_) => None,
        Readable::Missing => Some(Fault::Gone { path }),
        Readable::No(why) => Some(Fault::Unplayable { path, why: why.to_string() }),
        Readable::Cut(index) => {
            let why = format!("it is damaged after {} bytes", index.whole);
            Some(Fault::Unplayable { path, why })
        }
    })
}
