//! Cameras that give JPEGs.

use std::time::Duration;

use watchpost_media::{Codec, Kind};
use watchpost_model::config::{Encode, Http, Source};
use watchpost_source::SourceError;

use crate::peer::Peer;
use crate::watch::{Seen, fails, http, login, seconds, watch};

fn camera(more: &[&str]) -> Peer {
    Peer::start("http_camera.py", more)
}

async fn see(http: Http, length: Duration) -> Seen {
    watch(Source::Http(http), length).await.unwrap()
}

#[track_caller]
fn check_rate(seen: &Seen, expected: f64) {
    let rate = seen.rate();
    assert!((expected * 0.9..expected * 1.1).contains(&rate), "{rate} pictures a second");
}

#[tokio::test]
async fn streams_are_understood_however_they_are_written() {
    let camera = camera(&[]);
    for path in
        ["", "/without-lengths", "/quoted", "/dashes", "/unnamed", "/wrong-lengths", "/one-bad"]
    {
        let url = format!("{}/mjpeg{path}", camera.url);
        let seen = see(http(&url), seconds(2)).await;
        assert_eq!((seen.codec(), seen.note.as_deref()), (Codec::Mjpeg, None), "{path}");
        check_rate(&seen, 10.0);
        assert!(seen.arrivals.iter().all(|arrival| arrival.kind == Kind::Key));
        if path != "/one-bad" {
            seen.decodes();
        }
    }
}

#[tokio::test]
async fn a_single_picture_is_fetched_again_and_again() {
    let camera = camera(&[]);
    let url = format!("{}/still.jpg?channel=1", camera.url);
    let seen = see(http(&url), seconds(3)).await;
    check_rate(&seen, 5.0);
    seen.decodes();
    let slowly = Http { interval: Duration::from_millis(700), ..http(&url) };
    check_rate(&see(slowly, seconds(3)).await, 1.0 / 0.7);
}

#[tokio::test]
async fn passwords_are_given_as_the_camera_wants_them() {
    for way in ["basic", "digest"] {
        let camera = camera(&["--user", "anna", "--password", "rose: bud%", "--auth", way]);
        for path in ["mjpeg?a=b&c", "still.jpg"] {
            let url = format!("{}/{path}", camera.url);
            let with = |credentials| Http { credentials, ..http(&url) };
            see(with(Some(login("anna", "rose: bud%"))), seconds(1)).await;
            let wrong = fails(Source::Http(with(Some(login("anna", "thorn"))))).await;
            assert!(matches!(wrong, SourceError::Refused), "{way} {path}: {wrong}");
            let without = fails(Source::Http(with(None))).await;
            assert!(matches!(without, SourceError::Refused), "{way} {path}: {without}");
        }
    }
}

#[tokio::test]
async fn a_camera_s_own_certificate_will_do() {
    let camera = camera(&["--tls"]);
    assert!(camera.url.starts_with("https://"));
    check_rate(&see(http(&format!("{}/mjpeg", camera.url)), seconds(2)).await, 10.0);
}

#[tokio::test]
async fn uneven_pictures_become_h264_with_their_times() {
    let camera = camera(&[]);
    let url = format!("{}/mjpeg/uneven", camera.url);
    let encoded = Http { encode: Encode::H264, ..http(&url) };
    let seen = see(encoded, seconds(6)).await;
    assert_eq!(seen.codec(), Codec::H264);
    let waits = seen.arrivals.windows(2).map(|pair| pair[1].elapsed - pair[0].elapsed);
    let (long, short): (Vec<_>, Vec<_>) =
        waits.partition(|wait| *wait > Duration::from_millis(350));
    // Two rests of 0.1 s to one of 0.6 s.
    assert!(long.len() >= 6 && short.len() >= 2 * long.len() - 2, "{long:?} {short:?}");
    let near = |wait: &Duration, rest| {
        wait.abs_diff(Duration::from_millis(rest)) < Duration::from_millis(200)
    };
    assert!(long.iter().all(|wait| near(wait, 600)), "{long:?}");
    assert!(short.iter().all(|wait| near(wait, 100)), "{short:?}");
    let keys: Vec<_> = seen.arrivals.iter().filter(|arrival| arrival.kind == Kind::Key).collect();
    assert!(keys.windows(2).all(|pair| pair[1].elapsed - pair[0].elapsed < seconds(3)));
    assert!(keys.len() >= 3, "{} key pictures in 6 s", keys.len());
    seen.decodes();
}

#[tokio::test]
async fn another_size_breaks_the_stream_off() {
    let camera = camera(&[]);
    let url = format!("{}/mjpeg/grows", camera.url);
    for encode in [Encode::Keep, Encode::H264] {
        let error = fails(Source::Http(Http { encode, ..http(&url) })).await;
        let expected = "broke off: its pictures, 640x360 before, are 800x600 now";
        assert_eq!(error.to_string(), expected, "{encode:?}");
    }
}

#[tokio::test]
async fn a_slow_still_is_encoded_at_once() {
    let camera = camera(&[]);
    let url = format!("{}/still.jpg", camera.url);
    let slowly = Http { encode: Encode::H264, interval: seconds(2), ..http(&url) };
    let began = std::time::Instant::now();
    let seen = see(slowly, Duration::from_millis(3900)).await;
    // The third came 4 s after the first; the encoder holds none of them back.
    assert_eq!(seen.arrivals.len(), 3);
    assert!(began.elapsed() < Duration::from_millis(5900), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_move_within_the_camera_is_followed() {
    let camera = camera(&[]);
    see(http(&format!("{}/moved", camera.url)), seconds(1)).await;
}

#[tokio::test]
async fn what_is_no_camera_is_told_from_what_is_a_bad_one() {
    let camera = camera(&[]);
    for (path, expected) in [
        ("/bad/html", "gives text/html, which is no picture"),
        ("/bad/still-is-html", "sends something strange: a picture that is no JPEG"),
        ("/bad/wrong-parts", "sends something strange: parts that are no JPEGs"),
        ("/bad/endless-part", "sends something strange: a picture of more than 16 MiB"),
        ("/bad/endless-head", "sends something strange: a part with more than 16384 bytes of head"),
        ("/bad/large-still", "sends something strange: a picture of more than 16 MiB"),
        (
            "/bad/moved-away",
            "sends something strange: a move to another host, which is not followed",
        ),
        ("/bad/moved-round", "broke off: the camera answered 302"),
        ("/bad/busy", "broke off: the camera answered 503"),
        ("/nothing", "has no stream at this path (404)"),
        ("/bad/silent", "cannot be reached: no answer within 5 s"),
    ] {
        let error = fails(Source::Http(http(&format!("{}{path}", camera.url)))).await;
        assert_eq!(error.to_string(), expected, "{path}");
    }
    let nobody = fails(Source::Http(http("http://127.0.0.1:9/mjpeg"))).await;
    assert!(matches!(nobody, SourceError::Unreachable { .. }), "{nobody}");
}

#[tokio::test]
async fn a_stream_that_stops_is_noticed() {
    let camera = camera(&[]);
    let url = format!("{}/bad/breaks-off", camera.url);
    let error = fails(Source::Http(http(&url))).await;
    assert_eq!(error.to_string(), "broke off: the camera closed the connection");
    for encode in [Encode::Keep, Encode::H264] {
        let stalls = Http { encode, ..http(&format!("{}/bad/stalls", camera.url)) };
        let error = fails(Source::Http(stalls)).await;
        assert_eq!(error.to_string(), "has sent no picture for 8 s", "{encode:?}");
    }
}
