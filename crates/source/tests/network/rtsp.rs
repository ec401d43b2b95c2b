//! The built-in reader.

use std::time::Duration;

use watchpost_media::Codec;
use watchpost_model::config::{Encode, Rtsp, Source, Transport};
use watchpost_source::SourceError;

use crate::peer::Peer;
use crate::watch::{Seen, fails, login, rtsp, seconds, watch};

async fn see(rtsp: Rtsp) -> Seen {
    watch(Source::Rtsp(rtsp), seconds(5)).await.unwrap()
}

#[track_caller]
fn check_rate(seen: &Seen) {
    let rate = seen.rate();
    assert!((14.0..16.0).contains(&rate), "{rate} pictures a second instead of 15");
}

#[tokio::test]
async fn pictures_and_aac_are_passed_through() {
    let camera = Peer::camera("h264+aac", &[]);
    let seen = see(rtsp(&camera.url)).await;
    assert_eq!((seen.codec(), seen.note.as_deref()), (Codec::H264, None));
    check_rate(&seen);
    assert!(seen.longest_wait() < Duration::from_millis(140), "{:?}", seen.longest_wait());
    assert_eq!(seen.format().map(|format| (format.rate(), format.channels())), Some((48_000, 1)));
    seen.sounds_all_the_time(Duration::from_millis(400));
    seen.decodes();
}

#[tokio::test]
async fn g711_becomes_aac() {
    for kind in ["h264+pcma", "h264+pcmu"] {
        let camera = Peer::camera(kind, &[]);
        let seen = see(rtsp(&camera.url)).await;
        check_rate(&seen);
        assert_eq!(seen.note, None);
        assert_eq!(
            seen.format().map(|format| (format.rate(), format.channels())),
            Some((8_000, 1))
        );
        seen.sounds_all_the_time(Duration::from_secs(1));
        seen.decodes();
    }
}

#[tokio::test]
async fn h265_comes_with_sixteen_bit_sound() {
    let camera = Peer::camera("h265+l16", &[]);
    let seen = see(rtsp(&camera.url)).await;
    assert_eq!(seen.codec(), Codec::H265);
    check_rate(&seen);
    assert_eq!(seen.format().map(watchpost_media::SoundFormat::rate), Some(16_000));
    seen.sounds_all_the_time(Duration::from_millis(800));
    seen.decodes();
}

#[tokio::test]
async fn unwanted_sound_is_not_even_asked_for() {
    let camera = Peer::camera("h264+pcma", &[]);
    let seen = see(Rtsp { sound: false, ..rtsp(&camera.url) }).await;
    assert_eq!((seen.format(), seen.heard().len(), seen.note.as_deref()), (None, 0, None));
    let asked: Vec<_> =
        camera.said().into_iter().filter(|line| line.starts_with("setup ")).collect();
    assert_eq!(asked, ["setup /door/stream=0"]);
}

#[tokio::test]
async fn motion_jpeg_is_kept_by_choice() {
    let camera = Peer::camera("mjpeg+pcmu", &[]);
    let seen = see(rtsp(&camera.url)).await;
    assert_eq!(seen.codec(), Codec::Mjpeg);
    assert_eq!(
        (seen.arrivals[0].parameters.width(), seen.arrivals[0].parameters.height()),
        (640, 360)
    );
    check_rate(&seen);
    seen.sounds_all_the_time(Duration::from_secs(1));
    seen.decodes();
}

#[tokio::test]
async fn motion_jpeg_becomes_h264_with_its_sound() {
    let camera = Peer::camera("mjpeg+aac", &[]);
    let seen = see(Rtsp { encode: Encode::H264, ..rtsp(&camera.url) }).await;
    assert_eq!((seen.codec(), seen.note.as_deref()), (Codec::H264, None));
    check_rate(&seen);
    seen.sounds_all_the_time(Duration::from_millis(800));
    seen.decodes();
}

#[tokio::test]
async fn pictures_shown_in_another_order_keep_their_times() {
    let camera = Peer::camera("h264", &["--b-pictures", "2"]);
    let seen = see(rtsp(&camera.url)).await;
    check_rate(&seen);
    let mut shown: Vec<_> = seen.arrivals.iter().map(|it| it.elapsed + it.shown_after).collect();
    assert!(!shown.is_sorted(), "there are no B pictures in it");
    shown.sort();
    // Of the first few it is not yet known that others are shown before them; the last have not all come.
    for pair in shown[8..shown.len() - 4].windows(2) {
        let off = (pair[1] - pair[0]).abs_diff(Duration::from_micros(66_667));
        assert!(off < Duration::from_millis(30), "{:?} from picture to picture", pair[1] - pair[0]);
    }
    seen.decodes();
}

#[tokio::test]
async fn over_udp_too() {
    let camera = Peer::camera("h264+aac", &[]);
    let seen = see(Rtsp { transport: Transport::Udp, ..rtsp(&camera.url) }).await;
    // Some may be lost.
    assert!((10.0..16.0).contains(&seen.rate()), "{} pictures a second", seen.rate());
    assert!(seen.heard().len() > 150, "{} packets of sound", seen.heard().len());
}

#[tokio::test]
async fn only_the_right_password_opens() {
    let camera = Peer::camera("h264", &["--user", "anna", "--password", "rose: bud%"]);
    let with = |password| {
        Source::Rtsp(Rtsp { credentials: Some(login("anna", password)), ..rtsp(&camera.url) })
    };
    watch(with("rose: bud%"), seconds(1)).await.unwrap();
    assert!(matches!(fails(with("thorn")).await, SourceError::Refused));
}
