//! A real worker, in a process of its own: this very program, started as one.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "the names of tests are asked for there")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use watchpost_decode::{Photo, Slot, Worker, WorkerError, child};
use watchpost_media::{Codec, Kind, Parameters, Picture, annex_b, jpeg};
use watchpost_model::WallTime;
use watchpost_sandbox::HandleError;
use watchpost_vision::Region;

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|first| first == child::ARGUMENT) {
        return child::run();
    }
    // As a runner of tests asks for the names of those that there are.
    if std::env::args().any(|argument| argument == "--list") {
        if std::env::args().all(|argument| argument != "--ignored") {
            println!("all: test");
        }
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        motion_jpeg_is_decoded_and_photographed().await;
        a_part_is_given_in_colour_and_photographed().await;
        a_photo_with_text_differs_in_the_corner_only().await;
        a_worker_that_is_asked_for_too_much_dies_and_another_starts().await;
        intra_refresh_gives_frames_once_it_is_whole().await;
    });
    ExitCode::SUCCESS
}

fn worker() -> Worker {
    Worker::start_program(std::env::current_exe().unwrap()).unwrap()
}

fn picture(parameters: Parameters, data: Bytes) -> Picture {
    let (parameters, time) = (Arc::new(parameters), WallTime::from_micros(7));
    let kind = Kind::Key;
    Picture { parameters, data, kind, time, shown_after: Duration::ZERO, sound: Vec::new() }
}

/// Grey from black on the left to white on the right, as a camera's JPEG.
fn ramp(width: usize, height: usize) -> Picture {
    let row = (0..width).flat_map(|column| [u8::try_from(column * 255 / width).unwrap(); 3]);
    let pixels: Vec<u8> = row.collect::<Vec<_>>().repeat(height);
    let image = turbojpeg::Image {
        pixels: &pixels[..],
        width,
        pitch: 3 * width,
        height,
        format: turbojpeg::PixelFormat::RGB,
    };
    let data = turbojpeg::compress(image, 95, turbojpeg::Subsamp::Sub2x2).unwrap();
    let data = Bytes::copy_from_slice(&data);
    let (width, height) = jpeg::size(&data).unwrap();
    picture(Parameters::mjpeg(width, height).unwrap(), data)
}

fn plain() -> Photo {
    Photo { width: None, fit: None, quality: 90, crop: None, outlined: Vec::new(), text: None }
}

async fn a_part_is_given_in_colour_and_photographed() {
    let mut worker = worker();
    let picture = ramp(640, 360);
    worker.open(Slot::Follow, &picture.parameters).await.unwrap();
    worker.decode(Slot::Follow, &picture, None).await.unwrap();
    let right = Region::clamped(0.75, 0.5, 1.0, 1.0);
    let part = worker.pixels(Slot::Follow, right, 80, 500).await.unwrap().unwrap();
    assert_eq!((part.width(), part.height()), (80, 90));
    let first = &part.pixels()[..3];
    assert!(first.iter().all(|level| level.abs_diff(192) < 5), "{first:?}");
    let photo = Photo { crop: Some(right), ..plain() };
    let photo = worker.photo(Slot::Follow, photo).await.unwrap().unwrap();
    assert_eq!(jpeg::size(&photo), Some((160, 180)));
}

async fn motion_jpeg_is_decoded_and_photographed() {
    let mut worker = worker();
    let picture = ramp(640, 360);
    worker.open(Slot::Follow, &picture.parameters).await.unwrap();
    let decoded = worker.decode(Slot::Follow, &picture, Some((4, 1))).await.unwrap().unwrap();
    assert_eq!(decoded.time, picture.time);
    let grey = decoded.grey.unwrap();
    for (share, expected) in [(0, 31), (1, 95), (2, 159), (3, 223)] {
        assert!(grey.pixels()[share].abs_diff(expected) <= 3, "{:?}", grey.pixels());
    }
    let photo = Photo { fit: Some((200, 200)), ..plain() };
    let photo = worker.photo(Slot::Follow, photo).await.unwrap().unwrap();
    assert_eq!(jpeg::size(&photo), Some((200, 113)));
    // Garbage gives no frame, and the worker lives.
    let garbage = Picture { data: Bytes::from_static(b"\xff\xd8 no JPEG"), ..picture.clone() };
    assert!(worker.decode(Slot::Follow, &garbage, None).await.unwrap().is_none());
    assert!(worker.decode(Slot::Follow, &picture, None).await.unwrap().is_some());
    worker.finish().await;
}

async fn a_photo_with_text_differs_in_the_corner_only() {
    let mut worker = worker();
    let picture = ramp(1280, 720);
    worker.open(Slot::Photo, &picture.parameters).await.unwrap();
    worker.decode(Slot::Photo, &picture, None).await.unwrap().unwrap();
    let text = Some("Haustür 2026-11-21 17:00:00".to_owned());
    let mut photos = Vec::new();
    for text in [None, text] {
        let photo = worker.photo(Slot::Photo, Photo { text, ..plain() }).await.unwrap().unwrap();
        photos.push(turbojpeg::decompress(&photo, turbojpeg::PixelFormat::GRAY).unwrap());
    }
    let row = |photo: usize, row: usize| &photos[photo].pixels[row * photos[photo].pitch..][..1280];
    // A strip of 3 * 12 rows, and 3 * (27 * 8 + 4) columns; a few more, for JPEG has blocks.
    assert!((0..640).all(|number| row(0, number) == row(1, number)));
    assert!((684..720).all(|number| row(0, number)[700..] == row(1, number)[700..]));
    let strip = (690..714).flat_map(|number| &row(1, number)[..600]);
    let white = strip.filter(|sample| **sample > 200).count();
    assert!(white > 1_500, "{white} white pixels");
    worker.finish().await;
}

async fn a_worker_that_is_asked_for_too_much_dies_and_another_starts() {
    let mut worker = worker();
    let picture = ramp(64, 64);
    worker.open(Slot::Follow, &picture.parameters).await.unwrap();
    // A grey frame of 4 GiB.
    let asked = worker.decode(Slot::Follow, &picture, Some((u16::MAX, u16::MAX))).await;
    // Not because the answer would be too long, but because there is none.
    let Err(WorkerError::Lost(HandleError::Gone(error))) = asked else { panic!("{asked:?}") };
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    let mut worker = self::worker();
    worker.open(Slot::Follow, &picture.parameters).await.unwrap();
    assert!(worker.decode(Slot::Follow, &picture, None).await.unwrap().is_some());
    worker.finish().await;
}

/// A camera that never sends a picture that stands alone.
async fn intra_refresh_gives_frames_once_it_is_whole() {
    let stream = include_bytes!("../../media/tests/fixtures/h264_intra_refresh.h264");
    let mut splitter = annex_b::Splitter::new(Codec::H264);
    let mut units = splitter.push(stream);
    units.extend(splitter.finish());
    let begin = units.iter().skip(1).position(|unit| unit.kind == Kind::Key).unwrap() + 1;
    let mut worker = worker();
    worker.open(Slot::Photo, &units[0].parameters).await.unwrap();
    let mut frames = Vec::new();
    for unit in &units[begin..] {
        let picture = picture(Parameters::clone(&unit.parameters), unit.data.clone());
        frames.push(worker.decode(Slot::Photo, &picture, None).await.unwrap().is_some());
    }
    let first = frames.iter().position(|frame| *frame).unwrap();
    assert!(first <= 9, "the first frame after {first} pictures");
    assert!(frames[first..].iter().all(|frame| *frame));
    worker.finish().await;
}
