//! The worker's side: a process that runs a model, and can do nothing else.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use watchpost_sandbox::{Walls, message};

use crate::engine::{Builtin, Engine, OnnxRuntime};
use crate::file::MOST_BYTES;
use crate::model::Model;
use crate::wire::{Answer, Fault, Request};

/// The argument by which the program starts itself as a detect worker. After it stands `built-in` or the
/// path of the ONNX Runtime library.
pub const ARGUMENT: &str = "detect-worker";

/// In place of a library's path: the built-in engine.
pub(crate) const BUILTIN: &str = "built-in";

/// Of memory for data, in bytes.
pub(crate) const MEMORY: u64 = 3 << 29;

/// rten computes in threads of its own even where that is one; ONNX Runtime starts those it was told to
/// have with the model.
const WALLS: Walls = Walls { memory: MEMORY, threads: true };

/// Serves requests from standard input until it ends. Call it first thing in `main`, before any other
/// thread is started: it closes the sandbox for the whole process.
#[must_use]
pub fn run() -> ExitCode {
    // What breaks is told as an answer; standard error is nobody's.
    std::panic::set_hook(Box::new(|_| {}));
    let mut desk = match prepared() {
        Ok(engine) => Desk::Empty { engine, file: Vec::new() },
        Err(fault) => Desk::Closed(fault),
    };
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    loop {
        let request = match message::next(&mut input) {
            Ok(Some((kind, body))) => Request::read(kind, body),
            Ok(None) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        };
        let Ok(request) = request else { return ExitCode::FAILURE };
        if message::give(&mut output, &desk.answer(request).write()).is_err() {
            return ExitCode::SUCCESS; // The recorder has gone.
        }
    }
}

/// The engine, opened before the sandbox is closed; nothing of a model was read yet.
fn prepared() -> Result<Box<dyn Engine>, Fault> {
    let hint = "this is a fault of the program or the system; see the log";
    let engine: Box<dyn Engine> = match std::env::args_os().nth(2) {
        Some(library) if library != BUILTIN => {
            let opened = catch_unwind(|| OnnxRuntime::open(Path::new(&library)));
            Box::new(opened.unwrap_or_else(|panic| {
                let story = format!("ONNX Runtime cannot be opened: {}", words(panic.as_ref()));
                Err(Fault::new(story, hint))
            })?)
        }
        _ => Box::new(Builtin::open()),
    };
    WALLS.close().map_err(|error| {
        Fault::new(format!("the detector's sandbox cannot be closed: {error}"), hint)
    })?;
    Ok(engine)
}

/// What a worker has got so far.
enum Desk {
    /// An engine, and the pieces of a model's file.
    Empty { engine: Box<dyn Engine>, file: Vec<u8> },
    /// A model.
    Ready(Model),
    /// Nothing, and never will.
    Closed(Fault),
}

impl Desk {
    /// Whatever breaks in an engine is an answer, too, as far as the process outlives it.
    fn answer(&mut self, request: Request) -> Answer {
        let answer = catch_unwind(AssertUnwindSafe(|| self.tried(request)));
        let answer = answer.unwrap_or_else(|panic| {
            let story = format!("it breaks its engine: {}", words(panic.as_ref()));
            Err(Fault::new(story, "export it again, or try the other engine ([detector] engine)"))
        });
        answer.unwrap_or_else(Answer::Failed)
    }

    fn tried(&mut self, request: Request) -> Result<Answer, Fault> {
        match (request, self) {
            (_, Desk::Closed(fault)) => Err(fault.clone()),
            (Request::Piece(piece), Desk::Empty { file, .. }) => {
                if file.len() + piece.len() > MOST_BYTES {
                    return Err(Fault::new("it is too large", "use a smaller model"));
                }
                file.extend_from_slice(&piece);
                Ok(Answer::Taken)
            }
            (Request::Load(order), desk @ Desk::Empty { .. }) => {
                let closed = Desk::Closed(Fault::new("it was not loaded", "see the log"));
                let Desk::Empty { engine, file } = std::mem::replace(desk, closed) else {
                    return Err(Fault::new("it was loaded already", "see the log"));
                };
                let model = Model::load(engine, file, &order)?;
                let facts = model.facts();
                *desk = Desk::Ready(model);
                Ok(Answer::Loaded(facts))
            }
            (Request::Look { min_score, picture }, Desk::Ready(model)) => {
                Ok(Answer::Found(model.look(&picture, min_score)?))
            }
            (Request::Raw { picture }, Desk::Ready(model)) => Ok(Answer::Raw(model.raw(&picture)?)),
            _ => Err(Fault::new("it was asked out of turn", "see the log")),
        }
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it does not say why")
}
