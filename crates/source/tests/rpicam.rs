//! Stories of the Raspberry Pi's camera, played by a double of its programs: `tests/peers/rpicam-vid`.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed, and says where")]

#[expect(dead_code, reason = "each file of stories uses some of it")]
mod stage;

use std::time::{Duration, Instant};

use stage::{Stage, play, until};
use watchpost_media::{Codec, Kind, jpeg};
use watchpost_model::config::{PhotoSize, PictureSettings, RaspberryPi, Source};
use watchpost_source::{Arrival, SourceError, Stream, discover, still};

const DOUBLE: &str = "rpicam-vid";
const TODAY: (&str, &[&str]) = (DOUBLE, &["rpicam-vid", "rpicam-still", "rpicam-hello"]);

/// A small picture, so that many stories can be played at once.
fn camera(settings: &[(&str, &str)]) -> RaspberryPi {
    let mut picture = PictureSettings::default();
    let small =
        [("width", "320"), ("height", "240"), ("frame_rate", "10"), ("bit_rate", "300kbit")];
    for (key, value) in small.iter().chain(settings) {
        picture.set(key, value).unwrap();
    }
    RaspberryPi { camera: 0, picture }
}

async fn open(settings: &[(&str, &str)]) -> Stream {
    Stream::open(&Source::RaspberryPi(camera(settings))).await.unwrap()
}

async fn pictures(stream: &mut Stream, count: usize) -> Vec<Arrival> {
    let mut pictures = Vec::new();
    for _ in 0..count {
        pictures.push(stream.next().await.unwrap());
    }
    pictures
}

/// Reads until there is nothing more to read.
async fn end_of(mut stream: Stream) -> SourceError {
    loop {
        if let Err(error) = stream.next().await {
            return error;
        }
    }
}

/// What the owner is told when it goes wrong.
fn told(error: &SourceError) -> String {
    format!("{error}. {} {:?}", error.hint(), error.remedy())
}

#[test]
fn video_comes_as_it_was_asked_for_and_at_its_own_pace() {
    play("video_comes_as_it_was_asked_for_and_at_its_own_pace", TODAY, "", async |stage: Stage| {
        let mut stream = open(&[("hdr", "sensor"), ("white_balance", "cloudy")]).await;
        let pictures = pictures(&mut stream, 25).await;
        let first = &pictures[0].parameters;
        assert_eq!((first.codec(), first.width(), first.height()), (Codec::H264, 320, 240));
        let keys: Vec<usize> = (0..25).filter(|at| pictures[*at].kind == Kind::Key).collect();
        assert_eq!(keys, [0, 20], "a key picture every two seconds");
        assert!(pictures.windows(2).all(|pair| pair[0].elapsed < pair[1].elapsed));
        let length = pictures[24].elapsed.abs_diff(pictures[0].elapsed);
        let expected = Duration::from_millis(1900)..Duration::from_millis(3200);
        assert!(expected.contains(&length), "24 pictures of 100 ms took {length:?}");
        let starts = stage.starts();
        assert_eq!(starts.len(), 1, "{}", starts[0].arguments);
        assert!(starts[0].arguments.contains("--low-latency"), "{}", starts[0].arguments);
        assert!(
            starts[0].arguments.contains("--awb cloudy --hdr=sensor"),
            "{}",
            starts[0].arguments
        );
        assert_eq!(stream.note(), None);
    });
}

#[test]
fn where_only_libcamera_vid_is_that_is_started_and_told_only_what_it_knows() {
    let test = "where_only_libcamera_vid_is_that_is_started_and_told_only_what_it_knows";
    play(test, (DOUBLE, &["libcamera-vid"]), "old", async |stage: Stage| {
        let mut stream = open(&[("hdr", "sensor")]).await;
        pictures(&mut stream, 2).await;
        let start = &stage.starts()[0];
        assert_eq!(start.program, "libcamera-vid");
        assert!(start.arguments.contains("--libav-video-codec-opts bf=0"), "{}", start.arguments);
    });
}

#[test]
fn where_only_raspivid_is_that_is_started_and_what_it_lacks_is_noted() {
    let test = "where_only_raspivid_is_that_is_started_and_what_it_lacks_is_noted";
    play(test, (DOUBLE, &["raspivid"]), "", async |stage: Stage| {
        let mut stream = open(&[("denoise", "cdn_hq"), ("contrast", "1.2")]).await;
        pictures(&mut stream, 2).await;
        assert!(stage.starts()[0].arguments.contains("--contrast 20"));
        let note = stream.note().expect("a note");
        assert!(note.contains("raspivid cannot do denoise"), "{note}");
    });
}

#[test]
fn where_none_is_installed_the_owner_hears_of_the_one_to_install() {
    let test = "where_none_is_installed_the_owner_hears_of_the_one_to_install";
    play(test, (DOUBLE, &[]), "", async |_| {
        let opened = Stream::open(&Source::RaspberryPi(camera(&[]))).await;
        let error = opened.err().expect("nothing to open");
        assert_eq!(
            told(&error),
            "cannot start rpicam-vid. Install it: apt install rpicam-apps RetrySeldom"
        );
    });
}

#[test]
fn without_a_camera_the_owner_is_sent_to_the_cable() {
    play("without_a_camera_the_owner_is_sent_to_the_cable", TODAY, "no-camera", async |_| {
        let told = told(&end_of(open(&[]).await).await);
        assert!(told.starts_with("is not there: no cameras available. Check the cable"), "{told}");
        assert!(told.contains("rpicam-hello --list-cameras"), "{told}");
        assert!(told.ends_with("RetrySoon"), "{told}");
    });
}

#[test]
fn a_program_that_dies_is_told_with_its_last_words_after_its_last_picture() {
    let test = "a_program_that_dies_is_told_with_its_last_words_after_its_last_picture";
    play(test, TODAY, "die=12", async |stage: Stage| {
        let mut stream = open(&[]).await;
        pictures(&mut stream, 12).await;
        let error = stream.next().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "broke off: rpicam-vid ended (exit status: 255): failed to queue input to codec"
        );
        assert!(!stage.starts()[0].is_there(), "a zombie is left");
    });
}

#[test]
fn a_program_that_is_killed_is_told_and_the_next_is_there_within_a_group_of_pictures() {
    let test = "a_program_that_is_killed_is_told_and_the_next_is_there_within_a_group_of_pictures";
    play(test, TODAY, "", async |stage: Stage| {
        let mut stream = open(&[]).await;
        pictures(&mut stream, 5).await;
        let mut fastest = Duration::MAX; // The machine may be busy with other tests.
        for _ in 0..3 {
            stage.kill();
            let error = end_of(stream).await;
            assert!(error.to_string().contains("signal: 9"), "{error}");
            let begin = Instant::now();
            stream = open(&[]).await;
            assert_eq!(pictures(&mut stream, 1).await[0].kind, Kind::Key);
            fastest = fastest.min(begin.elapsed());
        }
        assert!(fastest < Duration::from_secs(2), "{fastest:?}");
    });
}

#[test]
fn a_program_that_hangs_is_ended_even_if_it_will_not_and_leaves_the_camera_free() {
    let test = "a_program_that_hangs_is_ended_even_if_it_will_not_and_leaves_the_camera_free";
    play(test, TODAY, "hang,stubborn", async |stage: Stage| {
        let begin = Instant::now();
        let error = end_of(open(&[]).await).await;
        assert_eq!(error.to_string(), "has sent no picture for 8 s");
        assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
        let start = &stage.starts()[0];
        assert!(!start.is_there(), "a zombie or worse is left");
    });
}

#[test]
fn garbage_is_called_garbage() {
    play("garbage_is_called_garbage", TODAY, "garbage", async |stage: Stage| {
        let error = end_of(open(&[]).await).await;
        assert_eq!(error.to_string(), "sends something strange: rpicam-vid writes no video");
        assert!(!stage.starts()[0].is_there());
    });
}

#[test]
fn a_camera_that_starts_slowly_is_waited_for() {
    play("a_camera_that_starts_slowly_is_waited_for", TODAY, "slow=3", async |_| {
        pictures(&mut open(&[]).await, 3).await;
    });
}

#[test]
fn new_settings_are_there_within_a_group_of_pictures_once_the_stream_is_closed() {
    let test = "new_settings_are_there_within_a_group_of_pictures_once_the_stream_is_closed";
    play(test, TODAY, "", async |stage: Stage| {
        let mut fastest = Duration::MAX; // The machine may be busy with other tests.
        let mut stream = open(&[]).await;
        for brightness in ["0.1", "0.2", "0.3"] {
            pictures(&mut stream, 1).await;
            let begin = Instant::now();
            stream.close().await;
            stream = open(&[("brightness", brightness)]).await;
            assert_eq!(pictures(&mut stream, 1).await[0].kind, Kind::Key);
            fastest = fastest.min(begin.elapsed());
        }
        stream.close().await;
        assert!(fastest < Duration::from_secs(2), "{fastest:?}");
        let starts = stage.starts();
        assert_eq!(starts.len(), 4);
        assert!(starts.iter().all(|start| !start.is_there()));
    });
}

#[test]
fn a_stream_that_is_only_dropped_frees_the_camera_soon() {
    let test = "a_stream_that_is_only_dropped_frees_the_camera_soon";
    play(test, TODAY, "stubborn", async |stage: Stage| {
        let mut stream = open(&[]).await;
        pictures(&mut stream, 2).await;
        drop(stream);
        let starts = stage.starts();
        until("the program is gone", || !starts[0].is_there()).await;
    });
}

#[test]
fn a_camera_in_use_is_told_as_that() {
    play("a_camera_in_use_is_told_as_that", TODAY, "", async |_| {
        let mut first = open(&[]).await;
        pictures(&mut first, 1).await;
        let told = told(&end_of(open(&[]).await).await);
        assert!(told.starts_with("is in use: failed to acquire camera"), "{told}");
        assert!(told.contains("End the other program"), "{told}");
        first.close().await;
        pictures(&mut open(&[]).await, 1).await;
    });
}

#[test]
fn a_photo_is_taken_in_the_sensor_s_size_or_the_owner_s() {
    let test = "a_photo_is_taken_in_the_sensor_s_size_or_the_owner_s";
    play(test, TODAY, "", async |stage: Stage| {
        let mut stream = open(&[]).await;
        pictures(&mut stream, 1).await;
        stream.close().await;
        let photo = still(&camera(&[]), PhotoSize::Full).await.unwrap();
        assert_eq!(jpeg::size(&photo), Some((2304, 1296)));
        let size = PhotoSize::Within { width: 1024, height: 768 };
        let photo = still(&camera(&[]), size).await.unwrap();
        assert_eq!(jpeg::size(&photo), Some((1024, 768)));
        assert!(stage.starts().iter().all(|start| !start.is_there()));
    });
}

#[test]
fn a_photo_by_raspistill() {
    play("a_photo_by_raspistill", (DOUBLE, &["raspistill"]), "", async |_| {
        let photo = still(&camera(&[]), PhotoSize::Full).await.unwrap();
        assert_eq!(jpeg::size(&photo), Some((2304, 1296)));
    });
}

/// What comes of a photo when the program does something wrong.
fn photo_fails(test: &str, does: &str, expected: &str) {
    let expected = expected.to_owned();
    play(test, TODAY, does, async move |stage: Stage| {
        let error = still(&camera(&[]), PhotoSize::Full).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!stage.starts()[0].is_there());
    });
}

#[test]
fn no_photo_is_refused() {
    let told = "sends something strange: rpicam-still gave no photo";
    photo_fails("no_photo_is_refused", "empty", told);
}

#[test]
fn half_a_photo_is_refused() {
    let told = "sends something strange: rpicam-still gave half a JPEG";
    photo_fails("half_a_photo_is_refused", "half", told);
}

#[test]
fn no_photo_without_a_camera() {
    photo_fails("no_photo_without_a_camera", "no-camera", "is not there: no cameras available");
}

#[test]
fn cameras_are_found_with_what_they_can() {
    play("cameras_are_found_with_what_they_can", TODAY, "", async |_| {
        let found = discover().await;
        assert_eq!(found[0].label, "Raspberry Pi camera imx708");
        assert_eq!(found[0].details, ["1536x864 at 120.13"]);
    });
}
