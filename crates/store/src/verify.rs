//! The same as `repair`, only looked at: whether catalog and files agree, and every file plays.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use watchpost_model::{ByteSize, EventId};

use crate::clip::{self, Readable};
use crate::files::blocking;
use crate::mend_photos::{self, Looked};
use crate::motion_file::{self, Look};
use crate::segments::read_bytes;
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
    /// A photo is cut short, or no photo of ours.
    NoPicture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A motion file is damaged. The other pages in it can be read.
    Motion {
        /// The file.
        path: PathBuf,
        /// How much cannot be read.
        lost: ByteSize,
    },
    /// A file of footage, a photo or a motion file is not in the catalog.
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
            Fault::NoPicture { path, why } => write!(f, "{} {why}", path.display()),
            Fault::Motion { path, lost } => {
                write!(f, "{} is damaged: {lost} of it cannot be read", path.display())
            }
            Fault::Unknown { path } => write!(f, "{} is not in the catalog", path.display()),
            Fault::NoSidecar { id } => write!(f, "event {id} is only in the catalog"),
            Fault::File(error) => error.fmt(f),
        }
    }
}

impl Store {
    /// Looks at everything and changes nothing: the whole catalog, the heads of all files (some
    /// milliseconds for each), all of the motion files. Files being written are passed over. Faults by path.
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
            for (relative, expected) in &expected {
                let path = inner.path(relative);
                let looked = match expected {
                    Expected::Segment(bytes) => look(path, *bytes, look_at_segment),
                    Expected::Photo(bytes) => look(path, *bytes, look_at_photo),
                    Expected::Motion(bytes) => look(path, *bytes, look_at_motion),
                    Expected::Changing => Ok(None),
                };
                faults.extend(looked.unwrap_or_else(|error| Some(Fault::File(error))));
            }
            let unknown = seen.segments.keys().filter(|path| !expected.contains_key(*path));
            faults.extend(unknown.map(|path| Fault::Unknown { path: inner.path(path) }));
            let unknown = seen.motion.keys().filter(|path| !expected.contains_key(*path));
            faults.extend(unknown.map(|path| Fault::Unknown { path: inner.path(path) }));
            let unknown = seen.photos.keys().filter(|path| !expected.contains_key(*path));
            let unknown = unknown.map(|path| inner.path(path));
            // A picture that somebody put there is not ours to complain about.
            let ours = |path: &PathBuf| matches!(mend_photos::look(path), Ok(Looked::Ours(_)));
            faults.extend(unknown.filter(ours).map(|path| Fault::Unknown { path }));
            let lonely = known.into_iter().filter(|known| !seen.stems.contains(&known.stem));
            faults.extend(lonely.map(|known| Fault::NoSidecar { id: known.event.id }));
            Ok::<_, FileError>(faults)
        });
        faults.extend(of_files.await?);
        Ok(faults)
    }

    /// What files the catalog knows.
    async fn expected_files(&self) -> Result<BTreeMap<String, Expected>, CatalogError> {
        // The whole tables.
        let rows = sqlx::query(
            "SELECT path, state, coalesce(bytes, 0) AS bytes, 'segment' AS what FROM segment \
             UNION ALL SELECT path, state, bytes, 'photo' FROM photo \
             UNION ALL SELECT path, state, coalesce(bytes, 0), 'motion' FROM motion",
        )
        .fetch_all(&self.inner.catalog.readers)
        .await?;
        let expected = |row: &SqliteRow| {
            let bytes = read_bytes(row, "bytes")?;
            let expected = match (row.try_get("state")?, row.try_get("what")?) {
                ("closed", "segment") => Expected::Segment(bytes),
                ("closed", "photo") => Expected::Photo(bytes),
                ("closed", "motion") => Expected::Motion(bytes),
                _ => Expected::Changing,
            };
            Ok((row.try_get("path")?, expected))
        };
        rows.iter().map(expected).collect()
    }
}

/// What the catalog knows of a file.
enum Expected {
    /// Footage of that length, for good.
    Segment(ByteSize),
    /// A photo of that length, for good.
    Photo(ByteSize),
    /// What moved, in a file of that length until a page comes for it.
    Motion(ByteSize),
    /// It is being written or removed.
    Changing,
}

/// Looks at the length of one file, and then at what is in it. Blocks.
fn look(
    path: PathBuf,
    expected: ByteSize,
    inside: impl FnOnce(PathBuf) -> Result<Option<Fault>, FileError>,
) -> Result<Option<Fault>, FileError> {
    let Some(found) = crate::segments::length(&path)?.map(ByteSize::from_bytes) else {
        return Ok(Some(Fault::Gone { path }));
    };
    if found != expected {
        return Ok(Some(Fault::Length { path, expected, found }));
    }
    inside(path)
}

fn look_at_segment(path: PathBuf) -> Result<Option<Fault>, FileError> {
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

fn look_at_photo(path: PathBuf) -> Result<Option<Fault>, FileError> {
    Ok(match mend_photos::look(&path)? {
        Looked::Ours(found) if found.whole => None,
        Looked::Ours(_) => Some(Fault::NoPicture { path, why: "is cut short" }),
        Looked::Foreign => Some(Fault::NoPicture { path, why: "is no photo of ours any more" }),
    })
}

fn look_at_motion(path: PathBuf) -> Result<Option<Fault>, FileError> {
    let Some(content) = motion_file::look(&path, Look::All)? else {
        return Ok(Some(Fault::Gone { path }));
    };
    let lost = content.lost();
    Ok((lost > ByteSize::ZERO).then_some(Fault::Motion { path, lost }))
}
