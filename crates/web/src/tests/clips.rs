//! What is said to a clip, clips encoded anew, and films in a hurry.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use futures::StreamExt;
use serde_json::json;
use watchpost_model::{Ailment, Interval, Trigger};
use watchpost_store::Role;

use super::film::{self, grey, probe};
use super::house::{self, House};
use crate::error::Problem;
use crate::export::Exports;

const STRETCH: &str = "camera=door&from=2026-11-21T13:32:00Z&to=2026-11-21T13:33:00Z";

#[tokio::test]
async fn the_text_of_a_clip_goes_by_its_own_time_line() {
    let house = House::with_anna().await;
    let id = house.record(0).await;
    house.record(10).await;
    let text = house.get(&format!("/api/v1/events/{id}/text.vtt")).await;
    assert_eq!(text.status, StatusCode::OK);
    assert_eq!(text.headers[header::CONTENT_TYPE], "text/vtt; charset=utf-8");
    let expected = "WEBVTT

00:00:00.000 --> 00:00:01.000 position:0% align:start
door 2026-11-21 13:32:05

00:00:01.000 --> 00:00:02.000 position:0% align:start
door 2026-11-21 13:32:06
";
    assert_eq!(text.body, expected);
    // The eight seconds between stand still, in the player and here.
    let both = house.get(&format!("/api/v1/recordings/text.vtt?{STRETCH}")).await.body;
    let both = String::from_utf8(both.to_vec()).unwrap();
    assert!(
        both.contains(
            "00:00:01.000 --> 00:00:10.000 position:0% align:start\ndoor 2026-11-21 13:32:06"
        ),
        "{both}"
    );
    assert!(
        both.contains(
            "00:00:10.000 --> 00:00:11.000 position:0% align:start\ndoor 2026-11-21 13:32:15"
        ),
        "{both}"
    );
    let none = house.get("/api/v1/recordings/text.vtt?camera=door&from=2026-11-20T13:32:00Z&to=2026-11-20T13:33:00Z").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_text_is_burnt_into_a_clip_only_on_the_way_out() {
    let house = House::with_anna().await;
    film::record(&house, film::pictures("libx264", true, house::now()).await).await;
    let plain = house.get(&format!("/api/v1/recordings/clip.mp4?{STRETCH}")).await;
    let burnt = house.get(&format!("/api/v1/recordings/clip.mp4?{STRETCH}&text=burnt")).await;
    assert_eq!(burnt.status, StatusCode::OK, "{:?}", burnt.json);
    assert_eq!(
        burnt.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"door_2026-11-21_13-32-05_with-text.mp4\""
    );
    assert_eq!(&burnt.body[4..8], b"ftyp");
    let streams = probe(&burnt.body).await;
    assert!(
        streams.contains("codec_name=h264|width=320|height=240|nb_read_packets=40"),
        "{streams}"
    );
    assert!(streams.contains("codec_name=aac"), "{streams}");

    let bright = |picture: &[u8]| picture.iter().filter(|grey| **grey > 150).count();
    assert_eq!(bright(&grey(&plain.body, "2").await), 0);
    let [early, late] = [grey(&burnt.body, "0.5").await, grey(&burnt.body, "2.5").await];
    let (upper, lower) = early.split_at(320 * 200);
    assert!(bright(lower) > 50 && bright(upper) == 0, "{} {}", bright(lower), bright(upper));
    let right: usize = lower.chunks(320).map(|row| bright(&row[240..])).sum();
    assert_eq!(right, 0, "the text stands on the left");
    assert_ne!(early, late, "the time goes on");
}

#[tokio::test]
async fn motion_jpeg_is_encoded_for_browsers() {
    let house = House::with_anna().await;
    film::record(&house, film::pictures("mjpeg", false, house::now()).await).await;
    let clip = format!("/api/v1/recordings/clip.mp4?{STRETCH}");
    let recorded = house.get(&clip).await;
    assert!(probe(&recorded.body).await.contains("codec_name=mjpeg"));
    let encoded = house.get(&format!("{clip}&encode=h264")).await;
    assert!(!encoded.headers.contains_key(header::CONTENT_DISPOSITION));
    assert_eq!(encoded.headers[header::ACCEPT_RANGES], "none");
    let streams = probe(&encoded.body).await;
    assert!(
        streams.contains("codec_name=h264|width=320|height=240|nb_read_packets=40"),
        "{streams}"
    );
    let kept = house.get(&format!("{clip}&encode=h264&download=1")).await;
    assert_eq!(
        kept.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"door_2026-11-21_13-32-05_h264.mp4\""
    );
    let head = house.ask(Method::HEAD, &format!("{clip}&encode=h264"), None).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    let wrong = house.get(&format!("{clip}&encode=vp9")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn each_user_encodes_one_clip_and_all_together_two() {
    let house = House::with_anna().await;
    film::record(&house, film::pictures("libx264", false, house::now()).await).await;
    let clip = format!("/api/v1/recordings/clip.mp4?{STRETCH}&text=burnt");
    let first = house.site.exports.place("anna").unwrap();
    let again = house.get(&clip).await;
    assert_eq!(again.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(again.json["error"]["message"], "Another clip is being encoded for you.");
    let ben = house.with_user("ben", Role::Viewer).await;
    let second = house.site.exports.place("mia").unwrap();
    assert!(ben.get(&clip).await.json["error"]["message"].as_str().unwrap().contains("busy"));
    drop((first, second));
    assert_eq!(ben.get(&clip).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_cannot_be_encoded_is_told_as_words_and_not_as_half_a_file() {
    let house = House::with_anna().await;
    house.record(0).await; // Two bytes a picture: no decoder makes anything of them.
    let broken = house.get(&format!("/api/v1/recordings/clip.mp4?{STRETCH}&encode=h264")).await;
    assert_eq!(broken.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(broken.json["error"]["message"], "The clip could not be encoded.");
}

#[tokio::test]
async fn a_recorder_without_ffmpeg_says_so() {
    let house = House::with_anna().await;
    house.record(0).await;
    let interval = Interval::new(house::now(), house::now() + Duration::from_secs(2));
    let clip = house.site.app.store.clip(&"door".parse().unwrap(), interval).await.unwrap();
    let exports = Exports::by("no-such-program", Duration::from_secs(5));
    let place = exports.place("anna").unwrap();
    match exports.encode(place, clip, None).await.map(|_| ()) {
        Err(Problem::Unavailable { message, hint }) => {
            assert!(message.contains("no-such-program is not installed"), "{message}");
            assert!(hint.contains("Install ffmpeg"), "{hint}");
        }
        other => panic!("{other:?}"),
    }
    exports.place("anna").unwrap();
}

#[tokio::test]
async fn footage_that_is_gone_before_its_end_is_no_whole_file() {
    let house = House::with_anna().await;
    let later = house::now() + Duration::from_secs(10);
    let mut pictures = film::pictures("libx264", false, house::now()).await;
    for picture in &mut pictures {
        // Filler, so that more than one piece is read.
        let filler =
            [&20_000_u32.to_be_bytes()[..], &[0x0c], &vec![0xff; 19_998], &[0x80]].concat();
        picture.data = [&picture.data[..], &filler].concat().into();
    }
    film::record(&house, pictures).await;
    film::record(&house, film::pictures("libx264", false, later).await).await;
    let (door, store) = ("door".parse().unwrap(), &house.site.app.store);
    let interval = Interval::new(house::now(), later + Duration::from_secs(4));
    let clip = store.clip(&door, interval).await.unwrap();
    let gone = store.segments(&door, interval).await.unwrap().pop().unwrap();
    std::fs::remove_file(house.data_dir().join(gone.path)).unwrap();
    let exports = Exports::new();
    // ffmpeg takes what came for the whole, and ends well; before or after its first bytes.
    if let Ok(video) = exports.encode(exports.place("anna").unwrap(), clip, None).await {
        let video: Vec<_> = video.collect().await;
        let (last, pieces) = video.split_last().unwrap();
        assert!(last.is_err() && pieces.iter().all(Result::is_ok));
    }
    exports.place("anna").unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_read_gives_the_place_up() {
    let house = House::with_anna().await;
    house.record(0).await;
    // Writes without end.
    let program = house.data_dir().join("endless");
    std::fs::write(&program, "#!/bin/sh\nexec cat /dev/zero\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let program = Box::leak(program.to_str().unwrap().to_owned().into_boxed_str());
    let exports = Exports::by(program, Duration::from_millis(200));
    let interval = Interval::new(house::now(), house::now() + Duration::from_secs(2));
    let clip = house.site.app.store.clip(&"door".parse().unwrap(), interval).await.unwrap();
    let video = exports.encode(exports.place("anna").unwrap(), clip, None).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), async {
        while exports.place("anna").is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    let video: Vec<_> = video.collect().await;
    assert!(video.last().unwrap().is_err(), "what was not sent is no whole file");
}

#[tokio::test]
async fn a_time_lapse_shows_key_pictures_in_a_hurry() {
    let house = House::with_anna().await;
    film::record(&house, film::pictures("libx264", true, house::now()).await).await;
    let film = format!("/api/v1/timelapse.mp4?{STRETCH}");
    let slow = house.get(&format!("{film}&every=2s&fps=5&download=1")).await;
    assert_eq!(slow.status, StatusCode::OK);
    let streams = probe(&slow.body).await;
    assert!(streams.contains("nb_read_packets=2") && !streams.contains("aac"), "{streams}");
    let name = slow.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"door_2026-11-21_13-32-05_timelapse_2s_5.mp4\"");
    let part = house.range("bytes=4-7").get(&format!("{film}&every=2s&fps=5")).await;
    assert_eq!((part.status, part.body.as_ref()), (StatusCode::PARTIAL_CONTENT, &b"ftyp"[..]));
    assert_eq!(part.headers[header::ETAG], slow.headers[header::ETAG]);
    let quick = house.get(&format!("{film}&every=2s&fps=50")).await;
    assert_ne!(quick.headers[header::ETAG], slow.headers[header::ETAG]);
    for (query, hint) in
        [("&every=0s", "1s to 3600s"), ("&fps=61", "1 to 60"), ("&every=soon", "10s, 2m or 1h")]
    {
        let refused = house.get(&format!("{film}{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(refused.json["error"]["hint"].as_str().unwrap().contains(hint), "{query}");
    }
    let year = "camera=door&from=2025-11-21T00:00:00Z&to=2026-11-21T00:00:00Z&every=10s";
    let long = house.get(&format!("/api/v1/timelapse.mp4?{year}")).await;
    assert_eq!(long.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn events_are_listed_by_what_ailed_the_camera() {
    let house = House::with_anna().await;
    let [moved, covered, frozen] =
        [house.record(0).await, house.record(60).await, house.record(120).await];
    let store = &house.site.app.store;
    for (id, triggers) in [
        (&covered, vec![Trigger::Ailment(Ailment::Covered), Trigger::Ailment(Ailment::Black)]),
        (&frozen, vec![Trigger::Ailment(Ailment::Frozen)]),
    ] {
        let mut event = store.event(&id.parse().unwrap()).await.unwrap().unwrap().event;
        event.triggers.extend(triggers);
        store.put_event(&event).await.unwrap();
    }
    let listed = async |kind: &str| {
        let page = house.get(&format!("/api/v1/events?kind={kind}")).await.json;
        house::validate("Events", &page);
        let ids = page["events"].as_array().unwrap().iter().map(|event| event["id"].clone());
        (ids.collect::<Vec<_>>(), page["total"].clone())
    };
    assert_eq!(listed("covered").await, (vec![json!(covered)], json!(1)));
    assert_eq!(listed("ailment").await, (vec![json!(frozen), json!(covered)], json!(2)));
    assert_eq!(listed("motion").await.1, 3);
    assert_eq!(listed("manual").await.1, 0);
    let kinds = &house.get(&format!("/api/v1/events/{covered}")).await.json["kinds"];
    assert_eq!(kinds, &json!(["motion", "black", "covered"]));
    assert_eq!(
        house.get(&format!("/api/v1/events/{moved}")).await.json["kinds"],
        json!(["motion"])
    );
    let page = house.get("/api/v1/events?kind=ailment&limit=1").await.json;
    let cursor: String =
        url::form_urlencoded::byte_serialize(page["next"].as_str().unwrap().as_bytes()).collect();
    let rest =
        house.get(&format!("/api/v1/events?kind=ailment&limit=1&cursor={cursor}")).await.json;
    assert_eq!((&rest["events"][0]["id"], &rest["next"]), (&json!(covered), &json!(null)));
}

#[tokio::test]
async fn who_goes_away_gives_the_place_up() {
    let house = House::with_anna().await;
    film::record(&house, film::pictures("libx264", false, house::now()).await).await;
    let mut video = house.open(&format!("/api/v1/recordings/clip.mp4?{STRETCH}&text=burnt")).await;
    video.next().await.unwrap().unwrap();
    drop(video);
    tokio::time::timeout(Duration::from_secs(5), async {
        while house.site.exports.place("anna").is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}
