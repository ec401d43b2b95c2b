//! Starts this program again as a worker, which computes what it is asked over two pipes and can do
//! nothing else.
//!
//! What a camera sends and what a model's file says is hostile until proven otherwise. Whoever reads it
//! does so in a worker: it has no file, no network and no more memory than it needs, and if it dies or
//! hangs, another is started.
#![forbid(unsafe_code)]

pub mod message; // what both sides say
mod handle; //      the side of who started it
mod walls; //       what a worker may do

pub use handle::{Handle, HandleError};
pub use message::Nonsense;
pub use walls::{Walls, WallsError};
