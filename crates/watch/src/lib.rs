//! Decides: when an event begins and ends, which of its pictures shows it best, what footage must
//! go, and when to try again.
//!
//! Pure: machines that take what happened and say what to do. Nothing here waits, and nothing here
//! knows the time.
#![forbid(unsafe_code)]

pub mod backoff; //   when to try again
pub mod event; //     when something happens, and until when
pub mod portrait; //  which picture shows it best
pub mod retention; // what must go
