//! A story of a camera of a real kernel: `vivid`, which draws. `make test-vm` plays it in a machine of
//! its own; elsewhere there is no such camera.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed, and says where")]

use std::fs;
use std::process::Command;
use std::time::Duration;

use watchpost_media::{Codec, Kind, Picture, mp4};
use watchpost_model::WallTime;
use watchpost_model::config::{Encode, Source, V4l2, V4l2Format};
use watchpost_source::{Arrival, Found, SourceError, Stream, discover};

/// Small, for the machine has no more than a core, and that is played by a program.
fn settings(found: &Found) -> V4l2 {
    let Source::V4l2(webcam) = found.source.clone() else { panic!("{found:?}") };
    V4l2 { width: Some(320), height: Some(180), frame_rate: Some(5.0), ..webcam }
}

async fn pictures(stream: &mut Stream, count: usize) -> Vec<Arrival> {
    let mut pictures = Vec::new();
    for _ in 0..count {
        pictures.push(stream.next().await.unwrap());
    }
    pictures
}

/// Why nothing comes.
async fn failure(webcam: V4l2) -> SourceError {
    match Stream::open(&Source::V4l2(webcam)).await {
        Err(error) => error,
        Ok(mut stream) => stream.next().await.unwrap_err(),
    }
}

/// Writes the pictures as the recorder does, and has a stranger count and decode them. Returns codec,
/// size and number.
fn checked(pictures: Vec<Arrival>) -> String {
    let origin = WallTime::from_micros(1_700_000_000_000_000);
    let interval = Duration::from_millis(200);
    let pictures: Vec<Picture> = pictures
        .into_iter()
        .map(|arrival| Picture {
            parameters: arrival.parameters,
            data: arrival.data,
            kind: arrival.kind,
            time: origin + arrival.elapsed,
            shown_after: arrival.shown_after,
            sound: Vec::new(),
        })
        .collect();
    assert_eq!(pictures[0].kind, Kind::Key);
    let end = pictures[pictures.len() - 1].time + interval;
    let file = std::env::temp_dir().join("recording.mp4");
    let mut written = mp4::init(&pictures[0].parameters, origin, mp4::Use::File).to_vec();
    written.extend_from_slice(&mp4::fragment(1, origin, &pictures, end));
    fs::write(&file, written).unwrap();
    let told = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).arg(&file).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    #[rustfmt::skip] // A line is an option.
    let probed = told("ffprobe", &[
        "-v", "error",
        "-count_frames", // By decoding each.
        "-show_entries", "stream=codec_name,width,height,nb_read_frames",
        "-of", "csv=p=0",
    ]);
    probed
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the kernel's drawn camera; `make test-vm` has one"]
async fn a_camera_of_a_real_kernel_is_found_and_recorded() {
    let found = discover().await;
    assert_eq!(found.len(), 1, "{found:?}");
    let raw = found[0].details.iter().find(|line| line.starts_with("YUYV: ")).expect("YUYV");
    assert!(raw.contains("320x180 at ") && raw.contains("1920x1080 at "), "{raw}");
    println!("VM: found {:?} with {} formats; {raw}", found[0].label, found[0].details.len());

    let settings = settings(&found[0]);
    let mut stream = Stream::open(&Source::V4l2(settings.clone())).await.unwrap();
    let recorded = pictures(&mut stream, 25).await;
    let length = recorded[24].elapsed.abs_diff(recorded[0].elapsed);
    assert_eq!(recorded[0].parameters.codec(), Codec::H264);
    let in_use = failure(settings.clone()).await;
    assert!(matches!(in_use, SourceError::InUse { .. }), "{in_use}");
    stream.close().await;
    let h264 = checked(recorded);
    assert_eq!(h264, "h264,320,180,25");

    let keep = V4l2 { encode: Encode::Keep, ..settings.clone() };
    let mut stream = Stream::open(&Source::V4l2(keep)).await.unwrap();
    let mjpeg = checked(pictures(&mut stream, 5).await);
    stream.close().await;
    assert_eq!(mjpeg, "mjpeg,320,180,5");

    let unsupported = failure(V4l2 { format: V4l2Format::H264, ..settings }).await;
    assert!(unsupported.to_string().contains("it gives no H.264 of 320x180"), "{unsupported}");
    println!("VM: recorded {h264} in {length:?} and {mjpeg}; all of them decode");
}
