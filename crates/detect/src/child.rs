//! The worker's side: a process that runs a model, and can do nothing else.

use std::process::ExitCode;

/// The argument by which the program starts itself as a detect worker.
pub const ARGUMENT: &str = "detect-worker";

/// Serves requests from standard input until it ends. Call it first thing in `main`, before any other
/// thread is started: it closes the sandbox for the whole process.
#[must_use]
pub fn run() -> ExitCode {
    ExitCode::FAILURE
}
