//! Turns encoded pictures into grey frames and JPEG, in a sandboxed child process.
//!
//! What a camera sends is hostile until proven otherwise, and decoders are large. So the program
//! starts itself again as a *decode worker*, which can read its standard input and write its standard
//! output and nothing else (`sandbox`). The recorder holds a [`Worker`]; if the child dies or hangs,
//! the recorder starts another, and not one picture of the recording is lost.
//!
//! Pixels are taken to be square and pictures whole: the few cameras with interlaced or stretched
//! pictures get photos with combs, or as narrow as they were sent; their recordings play right.
//!
//! The only crate with `unsafe` code: the fence is `codec.rs`, over a small C shim.

mod wire; //      what recorder and worker say to each other
mod worker; //    the recorder's side
pub mod child; // the worker's side
mod codec; //     libavcodec behind a fence
mod frame; //     decoded pictures: grey, scaled, outlined, as JPEG
mod cut; //       parts of them, in colour
mod lettering; // text on them

pub use wire::{Outline, Photo, Slot};
pub use worker::{Decoded, Worker, WorkerError};
