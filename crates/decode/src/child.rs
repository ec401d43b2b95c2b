//! The worker's side: a process that decodes what it is given, and can do nothing else.

use std::io;
use std::process::ExitCode;

use watchpost_sandbox::{Walls, message};
use watchpost_vision::Region;

use crate::codec::{Care, Decoder, Library};
use crate::frame::Frame;
use crate::wire::{Answer, Photo, Request, Slot};

/// The argument by which the program starts itself as a decode worker.
pub const ARGUMENT: &str = "decode-worker";

/// Measured: both slots with 4K H.265 of 10 bits and 6 reference pictures take 584 MB, with 4K H.264
/// of 5 reference pictures 279 MB, and the 90 libraries under libavcodec are no data.
const WALLS: Walls = Walls { memory: 1 << 30, threads: false };

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
            let _ = message::give(&mut output, &answer.write());
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = WALLS.close() {
        let answer = Answer::Failed(format!("the sandbox cannot be closed: {error}"));
        // The recorder may be gone; there is nobody else to tell.
        let _ = message::give(&mut output, &answer.write());
        return ExitCode::FAILURE;
    }
    let mut desk = Desk { library, follow: None, photo: None };
    let mut input = io::stdin().lock();
    loop {
        let request = match message::next(&mut input) {
            Ok(Some((kind, body))) => Request::read(kind, &body),
            Ok(None) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        };
        let Ok(request) = request else { return ExitCode::FAILURE };
        if message::give(&mut output, &desk.answer(request).write()).is_err() {
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
            Request::Pixels { slot, region, width, height } => {
                match self.slot(slot).as_ref().map(Decoder::last) {
                    Some(Some(frame)) => coloured(&frame, &region, (width, height)),
                    Some(None) => Answer::NoFrame,
                    None => Answer::Failed("the slot is not open".into()),
                }
            }
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

fn coloured(frame: &Frame, region: &Region, (width, height): (u16, u16)) -> Answer {
    let most = (usize::from(width), usize::from(height));
    let (width, height, pixels) = frame.cut(region).colours(most, frame.luma.height);
    match (u16::try_from(width), u16::try_from(height)) {
        (Ok(width), Ok(height)) => Answer::Pixels { width, height, pixels },
        _ => Answer::Failed("the part is too large".into()),
    }
}

fn photographed(frame: &Frame, photo: &Photo) -> Answer {
    let fit = photo.fit.map(|(width, height)| (usize::from(width), usize::from(height)));
    let frame = photo.crop.map_or(*frame, |crop| frame.cut(&crop));
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
