//! Finds what moves in small grey pictures, and what is wrong with the camera that took them.
//!
//! Pure: no clock, no socket, no file, no thread. A frame and its time go in, regions and ailments
//! come out.
#![forbid(unsafe_code)]

mod grey; //   what is seen
mod region; // where in it
pub mod motion; // what moves
pub mod health; // what is wrong with the camera

mod cast;

pub use grey::Grey;
pub use region::Region;
