use watchpost_model::config::{Encode, V4l2, V4l2Format};

use super::arguments;
use super::choice::choose;
use super::encoder::Encoder;
use super::modes::{Format, Mode, Modes, Rates, Sizes};

/// A webcam as most are, with H.264 for small pictures only.
fn webcam() -> Modes {
    let mode = |format, (width, height), rates: &[f32]| Mode {
        format,
        sizes: Sizes::one(width, height),
        rates: Rates::OneOf(rates.to_vec()),
    };
    Modes(vec![
        mode(Format::Raw("yuyv422"), (640, 480), &[30.0, 15.0]),
        mode(Format::Raw("yuyv422"), (1920, 1080), &[5.0]),
        mode(Format::Mjpeg, (640, 480), &[30.0]),
        mode(Format::Mjpeg, (1280, 720), &[30.0, 25.0, 20.0, 15.0, 10.0]),
        mode(Format::Mjpeg, (1920, 1080), &[30.0]),
        mode(Format::Mjpeg, (3840, 2160), &[15.0]),
        mode(Format::H264, (640, 360), &[30.0, 15.0]),
    ])
}

fn camera() -> V4l2 {
    V4l2 {
        device: "/dev/video7".into(),
        format: V4l2Format::Auto,
        width: None,
        height: None,
        frame_rate: None,
        bit_rate: None,
        encode: Encode::H264,
    }
}

fn of_size(width: u16, height: u16) -> V4l2 {
    V4l2 { width: Some(width), height: Some(height), ..camera() }
}

/// What is asked of the camera, and what is done with it.
#[track_caller]
fn check(modes: Option<&Modes>, camera: &V4l2, expected: &str) {
    let told = match choose(modes, camera) {
        Err(error) => error.to_string(),
        Ok(choice) => {
            let size =
                choice.size.map_or("?".to_owned(), |(width, height)| format!("{width}x{height}"));
            let rate = choice.rate.map_or("?".to_owned(), |rate| rate.to_string());
            let format = choice.input_format.unwrap_or("?");
            let note = choice.note.map_or(String::new(), |note| format!(" ({note})"));
            format!("{format} {size} at {rate}: {:?}{note}", choice.work)
        }
    };
    assert_eq!(told, expected);
}

#[test]
fn the_best_of_all_formats_is_taken() {
    let webcam = webcam();
    check(Some(&webcam), &camera(), "mjpeg 1920x1080 at 30: H264 { thin: Some(15.0) }");
    let keep = V4l2 { encode: Encode::Keep, frame_rate: Some(30.0), ..camera() };
    check(Some(&webcam), &keep, "mjpeg 1920x1080 at 30: Copy");
}

#[test]
fn the_camera_s_own_h264_is_taken_where_it_has_the_size_that_is_wanted() {
    check(Some(&webcam()), &of_size(640, 360), "h264 640x360 at 15: Copy");
    let told = V4l2 { bit_rate: Some(1_000_000), ..of_size(640, 360) };
    check(
        Some(&webcam()),
        &told,
        "h264 640x360 at 15: Copy (the camera makes H.264 itself, so bit_rate has no effect)",
    );
}

#[test]
fn the_owner_s_format_size_and_rate_are_taken() {
    let webcam = webcam();
    check(Some(&webcam), &of_size(1280, 720), "mjpeg 1280x720 at 15: H264 { thin: None }");
    check(Some(&webcam), &of_size(640, 480), "mjpeg 640x480 at 30: H264 { thin: Some(15.0) }");
    let raw = V4l2 { format: V4l2Format::Yuyv, ..camera() };
    check(Some(&webcam), &raw, "yuyv422 640x480 at 15: H264 { thin: None }");
    let kept = V4l2 { encode: Encode::Keep, ..raw };
    check(Some(&webcam), &kept, "yuyv422 640x480 at 15: Mjpeg { thin: None }");
    let slow = V4l2 { format: V4l2Format::Yuyv, ..of_size(1920, 1080) };
    check(Some(&webcam), &slow, "yuyv422 1920x1080 at 5: H264 { thin: None }");
    let fast = V4l2 { frame_rate: Some(15.0), ..slow };
    check(
        Some(&webcam),
        &fast,
        "yuyv422 1920x1080 at 5: H264 { thin: None } (the camera gives no more than 5 pictures a second \
         in this size)",
    );
}

#[test]
fn what_the_camera_cannot_is_said_with_what_it_can() {
    let wanted = V4l2 { format: V4l2Format::H264, ..of_size(1280, 720) };
    check(
        Some(&webcam()),
        &wanted,
        "cannot do what is set: it gives no H.264 of 1280x720, but YUYV: 640x480 at 30, 15; 1920x1080 at 5 | \
         MJPEG: 640x480 at 30; 1280x720 at 30, 25, 20, 15, 10; 1920x1080 at 30; 3840x2160 at 15 | \
         H.264: 640x360 at 30, 15",
    );
    check(
        Some(&Modes(Vec::new())),
        &camera(),
        "cannot do what is set: it gives no pictures, but nothing known",
    );
}

#[test]
fn any_size_within_a_range_will_do() {
    let sizes = Sizes { from: (2, 2), to: (8192, 8192) };
    let rates = Rates::Within(0.1, 60.0);
    let modes = Modes(vec![Mode { format: Format::Raw("yuyv422"), sizes, rates }]);
    check(Some(&modes), &camera(), "yuyv422 1920x1080 at 15: H264 { thin: None }");
    check(Some(&modes), &of_size(800, 600), "yuyv422 800x600 at 15: H264 { thin: None }");
}

#[test]
fn a_camera_that_does_not_say_what_it_can_is_asked_for_what_the_owner_wants() {
    check(None, &camera(), "? ? at ?: H264 { thin: None }");
    let wanted = V4l2 {
        format: V4l2Format::Mjpeg,
        encode: Encode::Keep,
        frame_rate: Some(10.0),
        ..of_size(1280, 720)
    };
    check(None, &wanted, "mjpeg 1280x720 at 10: Copy");
}

#[test]
fn the_kernel_s_letters_are_understood() {
    assert_eq!(Format::of(*b"MJPG"), Format::Mjpeg);
    assert_eq!(Format::of(*b"GREY").name(), Some("gray"));
    assert_eq!(Format::of(*b"pgAA").name(), None);
}

#[test]
fn ffmpeg_is_told_what_was_chosen() {
    let told = |camera: &V4l2| {
        let choice = choose(Some(&webcam()), camera).unwrap();
        arguments(camera, &choice, Some(Encoder::X264)).join(" ")
    };
    let end = "-max_interleave_delta 300000 -f matroska -live 1 -cluster_time_limit 0 -flush_packets 1 pipe:1";
    let begin = "-hide_banner -nostdin -loglevel error -f v4l2";
    assert_eq!(
        told(&of_size(640, 360)),
        format!(
            "{begin} -input_format h264 -video_size 640x360 -framerate 15 -i /dev/video7 -an -sn -dn \
             -codec:v copy {end}"
        )
    );
    assert_eq!(
        told(&V4l2 { bit_rate: Some(1_000_000), ..of_size(640, 480) }),
        format!(
            "{begin} -input_format mjpeg -video_size 640x480 -framerate 30 -i /dev/video7 -an -sn -dn \
             -filter:v fps=15 -codec:v libx264 -preset superfast -tune zerolatency -pix_fmt yuv420p \
             -g 30 -b:v 1000000 -maxrate 1000000 -bufsize 2000000 {end}"
        )
    );
}
