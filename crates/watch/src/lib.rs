//! Decides: when an event begins and ends, which of its pictures shows it best and which become
//! photos, which make the time-lapse, what must go, and when to try again.
//!
//! Pure: machines that take what happened and say what to do. Nothing here waits, and nothing here
//! knows the time.
#![forbid(unsafe_code)]

pub mod backoff; //   when to try again
pub mod event; //     when something happens, and until when
pub mod health; //    what is wrong with a camera
pub mod objects; //   which objects count
pub mod sightings; // who was there
pub mod portrait; //  which picture shows it best
pub mod traces; //    where its things went
pub mod photos; //    which pictures of it are kept as photos
pub mod timelapse; // which pictures show the day in a minute
pub mod sensor; //    whether a sensor fires
pub mod readings; //  which of its readings are kept
pub mod light; //     when a lamp is on
pub mod servo; //     where a camera is turned
pub mod output; //    when a relay is closed
pub mod retention; // what must go
