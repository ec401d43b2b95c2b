//! Keeps what the cameras saw: segments and photos on disk, a catalog of them in `SQLite`, what moved,
//! events with their snapshots, objects and traces, troubles, users and sessions; serves clips, carries out retention, and
//! mends what a crash left.
//!
//! Files are the truth, the catalog an index that is rebuilt from them when it is lost. What is
//! *not* here: a clock (callers say what time it is), a decision about what to record or delete, and
//! encoded video in any other form than the bytes `watchpost-media` makes. No other crate speaks SQL.
//!
//! A row of the catalog is written before its file and deleted after it; so after a crash a row may
//! lack its file, which [`Store::open`] mends, but no footage lacks its row. Files that somebody put
//! there without a row are adopted.
#![forbid(unsafe_code)]

mod store; //          the handle: open, close, room on the disk
mod segment_writer; // footage in
mod segments; //       what footage there is
mod clip; //           footage out
mod photos; //         pictures for themselves
mod motion; //         what moved, to be judged again
mod events; //         what happened
mod event_removal; //  until it is forgotten
mod snapshot; //       pictures of it
mod sightings; //      who was in it
mod search; //         by which it is found
mod traces; //         the ways of things through it
mod troubles; //       what was wrong
mod removal; //        retention
mod reserve; //        room for that on a full disk
mod users; //          who may see it
mod flags; //          switches that outlive a restart
mod settings; //       texts that do
mod readings; //       what sensors told
mod repair; //         what is done at open
mod mend_photos; //    the same for photos
mod mend_motion; //    and for motion files
mod findings; //       how that is told
mod verify; //         the same, only looked at

mod sidecar; //        an event as a file
mod stamp; //          what stands in a photo besides the picture
mod motion_file; //    a day of what moved
mod motion_block; //   a page of it
mod reading_file; //   a day of what sensors told
mod open_segments; //  what is known of segments before the catalog knows it
mod catalog; //        the database
mod files; //          names and places, files put there whole
mod file_error;

pub use catalog::CatalogError;
pub use clip::{Clip, ClipError};
pub use event_removal::Purged;
pub use events::{Cursor, EventFilter, EventPage, EventRecord, InvalidCursor};
pub use file_error::{DiskSpace, FileError, Remedy};
pub use findings::{Finding, Findings};
pub use flags::Flag;
pub use motion::MotionPage;
pub use photos::{NewPhoto, Photo, PhotoCursor, PhotoFilter, PhotoPage};
pub use readings::{ThinnedReadings, Told};
pub use removal::{ItemId, Removed, Surveyed};
pub use search::{Counts, InZone, OverLine, Recognised, Words};
pub use segment_writer::{Finished, SegmentWriter};
pub use segments::{Footage, Segment, SegmentKind, State};
pub use sightings::InvalidSightings;
pub use snapshot::{Snapshot, SnapshotKind};
pub use store::{OpenError, Options, Store, Sync, WriteError};
pub use traces::InvalidTraces;
pub use troubles::Trouble;
pub use users::{NewSession, Role, Session, User};
pub use verify::Fault;
