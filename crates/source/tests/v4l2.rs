//! Stories of a webcam, played by a double of `ffmpeg` that draws: `tests/peers/v4l2-ffmpeg`.
//! `make test-vm` plays with a device of a real kernel.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed, and says where")]

#[expect(dead_code, reason = "each file of stories uses some of it")]
mod stage;

use std::time::Duration;

use stage::{Stage, play};
use watchpost_media::{Codec, Kind};
use watchpost_model::config::{Encode, Source, V4l2, V4l2Format};
use watchpost_source::{Arrival, SourceError, Stream};

const WEBCAM: (&str, &[&str]) = ("v4l2-ffmpeg", &["ffmpeg"]);

fn webcam(stage: &Stage) -> V4l2 {
    V4l2 {
        device: stage.device(),
        format: V4l2Format::Auto,
        width: Some(320),
        height: Some(240),
        frame_rate: Some(10.0),
        bit_rate: None,
        encode: Encode::H264,
    }
}

async fn pictures(webcam: V4l2, count: usize) -> Vec<Arrival> {
    let mut stream = Stream::open(&Source::V4l2(webcam)).await.unwrap();
    let mut pictures = Vec::new();
    for _ in 0..count {
        pictures.push(stream.next().await.unwrap());
    }
    stream.close().await;
    pictures
}

async fn failure(webcam: V4l2) -> SourceError {
    match Stream::open(&Source::V4l2(webcam)).await {
        Err(error) => error,
        Ok(mut stream) => loop {
            if let Err(error) = stream.next().await {
                return error;
            }
        },
    }
}

/// Codec, size, and the picture after which the next key picture comes.
fn shape(pictures: &[Arrival]) -> (Codec, u16, u16, Option<usize>) {
    let first = &pictures[0];
    assert_eq!(first.kind, Kind::Key);
    assert!(pictures.windows(2).all(|pair| pair[0].elapsed < pair[1].elapsed));
    let parameters = &first.parameters;
    let next = pictures[1..].iter().position(|picture| picture.kind == Kind::Key);
    (parameters.codec(), parameters.width(), parameters.height(), next.map(|at| at + 1))
}

#[test]
fn raw_pictures_become_h264_at_their_own_times() {
    play("raw_pictures_become_h264_at_their_own_times", WEBCAM, "", async |stage: Stage| {
        let pictures = pictures(webcam(&stage), 25).await;
        assert_eq!(shape(&pictures), (Codec::H264, 320, 240, Some(20)));
        let between = pictures[24].elapsed.abs_diff(pictures[0].elapsed);
        let off = between.abs_diff(Duration::from_millis(2400));
        assert!(off < Duration::from_millis(20), "24 pictures of 100 ms took {between:?}");
        assert!(stage.starts()[0].arguments.contains("-video_size 320x240 -framerate 10"));
        assert!(!stage.starts()[0].is_there());
    });
}

#[test]
fn motion_jpeg_becomes_h264() {
    play("motion_jpeg_becomes_h264", WEBCAM, "", async |stage: Stage| {
        let webcam = V4l2 { format: V4l2Format::Mjpeg, ..webcam(&stage) };
        assert_eq!(shape(&pictures(webcam, 3).await), (Codec::H264, 320, 240, None));
    });
}

#[test]
fn motion_jpeg_is_kept_where_the_owner_wants_it() {
    play("motion_jpeg_is_kept_where_the_owner_wants_it", WEBCAM, "", async |stage: Stage| {
        let webcam = V4l2 { format: V4l2Format::Mjpeg, encode: Encode::Keep, ..webcam(&stage) };
        let pictures = pictures(webcam, 3).await;
        assert_eq!(shape(&pictures), (Codec::Mjpeg, 320, 240, Some(1)));
        assert!(pictures.iter().all(|picture| picture.data.starts_with(&[0xFF, 0xD8])));
    });
}

#[test]
fn raw_pictures_that_are_kept_become_motion_jpeg() {
    play("raw_pictures_that_are_kept_become_motion_jpeg", WEBCAM, "", async |stage: Stage| {
        let webcam = V4l2 { encode: Encode::Keep, ..webcam(&stage) };
        assert_eq!(shape(&pictures(webcam, 3).await), (Codec::Mjpeg, 320, 240, Some(1)));
    });
}

#[test]
fn the_camera_s_own_h264_is_passed_through() {
    play("the_camera_s_own_h264_is_passed_through", WEBCAM, "", async |stage: Stage| {
        let webcam = V4l2 { format: V4l2Format::H264, ..webcam(&stage) };
        let pictures = pictures(webcam, 20).await;
        assert_eq!(shape(&pictures), (Codec::H264, 320, 240, Some(15)));
        assert!(stage.starts()[0].arguments.contains("-codec:v copy"));
    });
}

#[test]
fn without_an_encoder_the_owner_hears_what_needs_none() {
    let test = "without_an_encoder_the_owner_hears_what_needs_none";
    play(test, WEBCAM, "without=264", async |stage: Stage| {
        let error = failure(webcam(&stage)).await;
        assert!(error.to_string().contains("this ffmpeg has no encoder for H.264"), "{error}");
        assert!(stage.starts().is_empty());
    });
}

#[test]
fn a_webcam_in_use_is_told_as_that() {
    play("a_webcam_in_use_is_told_as_that", WEBCAM, "busy", async |stage: Stage| {
        let error = failure(webcam(&stage)).await;
        assert!(error.to_string().starts_with("is in use: "), "{error}");
    });
}

#[test]
fn a_webcam_that_is_unplugged_is_told_as_that() {
    play("a_webcam_that_is_unplugged_is_told_as_that", WEBCAM, "gone=2", async |stage: Stage| {
        let error = failure(webcam(&stage)).await;
        assert!(error.to_string().starts_with("is not there: "), "{error}");
        assert!(error.to_string().contains("No such device"), "{error}");
    });
}

#[test]
fn a_device_that_is_not_there_is_told_before_anything_is_started() {
    let test = "a_device_that_is_not_there_is_told_before_anything_is_started";
    play(test, WEBCAM, "", async |stage: Stage| {
        let webcam = V4l2 { device: "/dev/video-of-nobody".into(), ..webcam(&stage) };
        let error = failure(webcam).await;
        assert_eq!(error.to_string(), "is not there: /dev/video-of-nobody does not exist");
        assert!(stage.starts().is_empty());
    });
}

#[test]
fn a_webcam_that_hangs_is_ended() {
    play("a_webcam_that_hangs_is_ended", WEBCAM, "hang", async |stage: Stage| {
        let error = failure(webcam(&stage)).await;
        assert_eq!(error.to_string(), "has sent no picture for 8 s");
        assert!(!stage.starts()[0].is_there());
    });
}
