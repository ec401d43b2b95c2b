//! The worker's side: a process that decodes what it is given, and can do nothing else.

use std::io;
use std::process::ExitCode;

use crate::codec::{Care, Decoder, Library};
use crate::frame::Frame;
use crate::sandbox;
use crate::wire::{self, Answer, Photo, Request, Slot};

/// The argument by which the program starts itself as a decode worker.
pub const ARGUMENT: &str = "decode-worker";

/// Serves requests from standard input until it ends. Call it first thing in `main`, before any other
/// thread is started: it closes the sandbox for the whole process.
#[must_use]
pub fn run() -> ExitCode {
    let mut output = io::stdout().lock();
    let library = match Library::load() {
        Ok(library) => library,
        Err(why) => {
            let hint =
                "install it: apt install libavcodec59 (Debian 12) or libavcodec61 (Debian 13)";
            let answer = Answer::Failed(format!("libavcodec cannot be loaded ({why}); {hint}"));
            // The recorder may be gone; there is nobody else to tell.
            let _ = wire::give(&mut output, &answer);
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = sandbox::limit_memory().and_then(|()| sandbox::close()) {
        let answer = Answer::Failed(format!("the sandbox cannot be closed: {error}"));
        // The recorder may be gone; there is nobody else to tell.
        let _ = wire::give(&mut output, &answer);
        return ExitCode::FAILURE;
    }
    let mut desk = Desk { library, follow: None, photo: None };
    let mut input = io::stdin().lock();
    loop {
        let answer = match wire::next_request(&mut input) {
            Ok(Some(request)) => desk.answer(request),
            Ok(None) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        };
        if wire::give(&mut output, &answer).is_err() {
            return ExitCode::SUCCESS; // The recorder has gone.
        }
    }
}

/// The two decoders.
struct Desk {
    library: Library,
    follow: Option<Decoder>,
    photo: Option<Decoder>,
}

impl Desk {
    fn answer(&mut self, request: Request) -> Answer {
        match request {
            Request::Open { slot, codec, configuration } => {
                let care = match slot {
                    Slot::Follow => Care::Quick,
                    Slot::Photo => Care::Exact,
                };
                let opened = Decoder::open(self.library, codec, &configuration, care);
                let answer = match &opened {
                    Some(_) => Answer::Opened,
                    None => Answer::Failed(format!("libavcodec has no decoder for {codec:?}")),
                };
                *self.slot(slot) = opened;
                answer
            }
            Request::Decode { slot, time, grey, data } => match self.slot(slot) {
                Some(decoder) => match (decoder.decode(&data, time), decoder.last()) {
                    (Some(time), Some(frame)) => described(&frame, time, grey),
                    _ => Answer::NoFrame,
                },
                None => Answer::Failed("the slot is not open".into()),
            },
            Request::Photo { slot, photo } => match self.slot(slot).as_ref().map(Decoder::last) {
                Some(Some(frame)) => photographed(&frame, &photo),
                Some(None) => Answer::NoFrame,
                None => Answer::Failed("the slot is not open".into()),
            },
        }
    }

    fn slot(&mut self, slot: Slot) -> &mut Option<Decoder> {
        match slot {
            Slot::Follow => &mut self.follow,
            Slot::Photo => &mut self.photo,
        }
    }
}

fn described(frame: &Frame, time: i64, grey: Option<(u16, u16)>) -> Answer {
    let (width, height) = grey.unwrap_or_default();
    let pixels = frame.grey(usize::from(width), usize::from(height));
    let chroma = if grey.is_some() { frame.colourfulness() } else { 0.0 };
    Answer::Frame { time, width, height, chroma, pixels }
}

fn photographed(frame: &Frame, photo: &Photo) -> Answer {
    let fit = photo.fit.map(|(width, height)| (usize::from(width), usize::from(height)));
    let mut sheet = frame.sheet(photo.width.map(usize::from), fit);
    sheet.outline(&photo.outlined);
    if let Some(text) = &photo.text {
        sheet.write(text);
    }
    match sheet.jpeg(photo.quality) {
        Ok(jpeg) => Answer::Jpeg(jpeg),
        Err(error) => Answer::Failed(format!("the JPEG cannot be written: {error}")),
    }
}
