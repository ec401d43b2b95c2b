//! What was found and mended at open, in words.

use std::fmt;
use std::path::PathBuf;

use watchpost_model::{ByteSize, EventId};

use crate::FileError;

/// What was found and mended at open, in order; empty after an orderly end.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }
}

/// One thing that was found and, where that is possible, mended. Told by its `Display`.
#[derive(Debug)]
pub enum Finding {
    /// The catalog was damaged and is rebuilt from the files.
    CatalogMovedAside {
        /// Where the damaged one is now.
        to: PathBuf,
        /// What was wrong with it.
        why: String,
    },
    /// Users and switches were saved from the damaged catalog. All sessions ended.
    UsersSaved {
        /// Their names.
        names: Vec<String>,
    },
    /// No user could be read from the damaged catalog.
    NoUsersSaved,
    /// A segment was being written when the program died. It is closed.
    SegmentClosed {
        /// The file.
        path: PathBuf,
        /// What was cut off at its end, because it was not whole.
        cut: ByteSize,
    },
    /// A file of footage that the catalog did not know was entered.
    SegmentAdopted {
        /// The file.
        path: PathBuf,
        /// What was cut off at its end, because it was not whole.
        cut: ByteSize,
    },
    /// A file was begun, but no picture had reached it. It is removed.
    SegmentEmpty {
        /// The file.
        path: PathBuf,
    },
    /// A file is damaged in the middle. What comes before the damage plays; nothing was cut off.
    SegmentDamaged {
        /// The file.
        path: PathBuf,
        /// How much cannot be played.
        lost: ByteSize,
    },
    /// A file looks like footage, but is not ours or is damaged from the start. It is left alone.
    NoFootage {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file that the catalog knew is gone; its row, too.
    SegmentGone {
        /// Where it was.
        path: PathBuf,
    },
    /// Removals that had been decided are carried out.
    RemovalsFinished {
        /// How many segments.
        segments: u64,
        /// How many photos.
        photos: u64,
        /// How many motion files.
        motion: u64,
    },
    /// A photo that the catalog did not know was entered.
    PhotoAdopted {
        /// The file.
        path: PathBuf,
    },
    /// The same, but it is cut short.
    PhotoDamaged {
        /// The file.
        path: PathBuf,
    },
    /// A photo that the catalog knew is gone; its row, too.
    PhotoGone {
        /// Where it was.
        path: PathBuf,
    },
    /// A motion file ended in a page that was not whole.
    MotionCut {
        /// The file.
        path: PathBuf,
        /// What was cut off.
        cut: ByteSize,
    },
    /// A motion file that the catalog did not know was entered.
    MotionAdopted {
        /// The file.
        path: PathBuf,
        /// What was cut off at its end, because it was not whole.
        cut: ByteSize,
    },
    /// A motion file is damaged in the middle. The pages around the damage can be read.
    MotionDamaged {
        /// The file.
        path: PathBuf,
        /// How much cannot be read.
        lost: ByteSize,
    },
    /// A motion file was begun, but no page had reached it. It is removed.
    MotionEmpty {
        /// The file.
        path: PathBuf,
    },
    /// A file is called a motion file, and no page in it can be read. It is left alone.
    NoMotion {
        /// The file.
        path: PathBuf,
    },
    /// A motion file that the catalog knew is gone; its row, too.
    MotionGone {
        /// Where it was.
        path: PathBuf,
    },
    /// An event that the catalog did not know was entered from its sidecar.
    EventRestored {
        /// Its name.
        id: EventId,
    },
    /// The event was entered without its traces: they cannot be read.
    TracesLost {
        /// Its name.
        id: EventId,
        /// What is wrong with them.
        why: String,
    },
    /// The event was entered without its objects: they cannot be read. Whether they were looked for is
    /// unknown.
    SightingsLost {
        /// Its name.
        id: EventId,
        /// What is wrong with them.
        why: String,
    },
    /// An event was going on when the program died. It ends with its footage, as interrupted.
    EventEnded {
        /// Its name.
        id: EventId,
    },
    /// A sidecar is no event. It is left alone.
    NoEvent {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file or folder could not be read, written or removed. The rest was mended.
    Failed(FileError),
}

impl fmt::Display for Finding {
    #[expect(clippy::too_many_lines, reason = "a list of sentences")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::CatalogMovedAside { to, why } => {
                let to = to.display();
                write!(
                    f,
                    "the catalog is built anew from the recordings; the old one ({why}) is now {to}"
                )
            }
            Finding::UsersSaved { names } => {
                write!(
                    f,
                    "from the old catalog come the users {}; they must log in again",
                    names.join(", ")
                )
            }
            Finding::NoUsersSaved => f.write_str(
                "no users could be read from the old catalog; set them up again at the first page",
            ),
            Finding::SegmentClosed { path, cut } => {
                write!(
                    f,
                    "{} was being written when Watchpost ended; {}",
                    path.display(),
                    told(*cut)
                )
            }
            Finding::SegmentAdopted { path, cut } => {
                write!(
                    f,
                    "{} was not in the catalog and is entered; {}",
                    path.display(),
                    told(*cut)
                )
            }
            Finding::SegmentEmpty { path } => {
                write!(
                    f,
                    "{} was begun, but no picture had reached it; it is removed",
                    path.display()
                )
            }
            Finding::SegmentDamaged { path, lost } => {
                write!(
                    f,
                    "{} is damaged: {lost} of it cannot be played; all of it is kept",
                    path.display()
                )
            }
            Finding::NoFootage { path, why } => {
                write!(f, "{} cannot be played ({why}); it is left alone", path.display())
            }
            Finding::PhotoAdopted { path }
            | Finding::MotionAdopted { path, cut: ByteSize::ZERO } => {
                write!(f, "{} was not in the catalog and is entered", path.display())
            }
            Finding::PhotoDamaged { path } => {
                write!(
                    f,
                    "{} was not in the catalog and is entered; it is cut short",
                    path.display()
                )
            }
            Finding::MotionCut { path, cut } => {
                write!(f, "{} has a torn end of {cut}, which is cut off", path.display())
            }
            Finding::MotionAdopted { path, cut } => {
                write!(
                    f,
                    "{} was not in the catalog and is entered; a torn end of {cut} is cut off",
                    path.display()
                )
            }
            Finding::MotionDamaged { path, lost } => {
                write!(f, "{} is damaged: {lost} of it cannot be read", path.display())
            }
            Finding::MotionEmpty { path } => {
                write!(f, "{} was begun, but nothing had reached it; it is removed", path.display())
            }
            Finding::NoMotion { path } => {
                write!(f, "{} is no motion file; it is left alone", path.display())
            }
            Finding::SegmentGone { path }
            | Finding::PhotoGone { path }
            | Finding::MotionGone { path } => {
                write!(f, "{} is gone; the catalog forgets it", path.display())
            }
            Finding::RemovalsFinished { segments, photos, motion } => {
                let told = [(*segments, "segment"), (*photos, "photo"), (*motion, "motion file")];
                let told = told.into_iter().filter(|(count, _)| *count > 0);
                let told: Vec<String> = told
                    .map(|(count, what)| match count {
                        1 => format!("1 old {what}"),
                        _ => format!("{count} old {what}s"),
                    })
                    .collect();
                let are = if segments + *photos + *motion == 1 { "is" } else { "are" };
                write!(f, "{} {are} removed", told.join(" and "))
            }
            Finding::EventRestored { id } => {
                write!(f, "event {id} was not in the catalog and is entered")
            }
            Finding::TracesLost { id, why } => {
                write!(f, "the traces of event {id} are lost: {why}")
            }
            Finding::SightingsLost { id, why } => {
                write!(f, "the objects of event {id} are lost: {why}")
            }
            Finding::EventEnded { id } => {
                write!(f, "event {id} was going on when Watchpost ended; it ends with its footage")
            }
            Finding::NoEvent { path, why } => {
                write!(f, "{} is no event ({why}); it is left alone", path.display())
            }
            Finding::Failed(error) => {
                let source = std::error::Error::source(error);
                let source = source.map_or_else(String::new, |source| format!(" ({source})"));
                write!(f, "{error}{source}: {}", error.hint())
            }
        }
    }
}

/// What was cut off, in words.
fn told(cut: ByteSize) -> String {
    match cut {
        ByteSize::ZERO => "all of it plays".to_owned(),
        cut => format!("a torn end of {cut} is cut off, the rest plays"),
    }
}
