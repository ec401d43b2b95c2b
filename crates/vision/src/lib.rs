//! Finds what moves in small grey pictures, and what is wrong with the camera that took them.
//!
//! Pure: no clock, no socket, no file, no thread. A frame and its time go in, regions and ailments
//! come out.
#![forbid(unsafe_code)]

mod grey; //   what is seen
pub mod motion; // what moves
pub mod objects; // what it is
pub mod stir; // when to look for it
pub mod health; // what is wrong with the camera

mod cast;

pub use grey::Grey;
pub use watchpost_model::Region;
