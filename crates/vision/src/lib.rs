//! Finds what moves in small grey pictures.
//!
//! Pure: no clock, no socket, no file, no thread. A frame and its time go in, regions come out.
#![forbid(unsafe_code)]

mod grey; //   what is seen
mod region; // where in it
pub mod motion; // what moves

mod cast;

pub use grey::Grey;
pub use region::Region;
