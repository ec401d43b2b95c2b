//! Live view with sound, and of cameras that send JPEGs.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use serde_json::{Value, json};
use watchpost_media::{Kind, Parameters, Picture, Sound, SoundFormat};

use super::house::{self, House, JPEG};
use super::next;

/// AAC-LC, 16 kHz, mono.
const AAC: [u8; 2] = [0x14, 0x08];

#[tokio::test]
async fn a_viewer_hears_what_it_sees() {
    let house = House::with_anna().await;
    let feed = house.site.app.cameras.borrow()[0].live.clone();
    for number in 0..3 {
        feed.push(&with_sound(house::picture(number, number == 0)));
    }
    let mut socket = house.look("https://cam.local:8443").await.unwrap();
    let stream: Value =
        serde_json::from_str(&next(&mut socket).await.into_text().unwrap()).unwrap();
    assert_eq!(stream["codec"], "avc1.64001f,mp4a.40.2");
    let header = next(&mut socket).await.into_data();
    assert_eq!(count(&header, b"trak"), 2);
    for _ in 0..3 {
        let fragment = next(&mut socket).await.into_data();
        assert_eq!((count(&fragment, b"traf"), count(&fragment, b"heard now")), (2, 1));
    }
}

#[tokio::test]
async fn a_camera_that_stays_silent_sends_silence() {
    let house = House::with_anna().await;
    let feed = house.site.app.cameras.borrow()[0].live.clone();
    for number in 0..30 {
        let picture = with_sound(house::picture(number, number == 0));
        feed.push(&Picture { sound: Vec::new(), ..picture });
    }
    let mut socket = house.look("https://cam.local:8443").await.unwrap();
    next(&mut socket).await;
    next(&mut socket).await;
    let mut silent = 0;
    for _ in 0..30 {
        let fragment = next(&mut socket).await.into_data();
        // Of the two, one stands behind the sound for clips.
        let silence = SoundFormat::aac(&AAC).unwrap().silence().unwrap();
        silent += count(&fragment, silence) - 1;
    }
    // The pictures last 1.9 s, and sound is awaited for 328 ms.
    assert_eq!(silent, 25);
}

#[tokio::test]
async fn a_viewer_of_motion_jpeg_is_told_so_once_and_sent_nothing() {
    let house = House::with_anna().await;
    let feed = house.site.app.cameras.borrow()[0].live.clone();
    feed.push(&jpeg(0));
    let mut socket = house.look("https://cam.local:8443").await.unwrap();
    let stream: Value =
        serde_json::from_str(&next(&mut socket).await.into_text().unwrap()).unwrap();
    assert_eq!(
        (&stream["codec"], &stream["width"], &stream["id"]),
        (&json!("mjpeg"), &json!(16), &json!(1))
    );
    feed.push(&jpeg(1));
    feed.push(&jpeg(1000)); // More than a minute later; still the same stream.
    feed.push(&house::picture(1001, true));
    let stream: Value =
        serde_json::from_str(&next(&mut socket).await.into_text().unwrap()).unwrap();
    assert_eq!((&stream["codec"], &stream["id"]), (&json!("avc1.64001f"), &json!(2)));
}

#[tokio::test]
async fn the_jpegs_of_a_camera_are_shown_as_they_came() {
    let house = House::with_anna().await;
    let feed = house.site.app.cameras.borrow()[0].live.clone();
    feed.push(&jpeg(0));
    let mut pictures = house.open("/api/v1/stream?camera=door&fps=15").await;
    let part = pictures.next().await.unwrap().unwrap();
    assert_eq!(count(&part, JPEG), 1);
    feed.push(&jpeg(1));
    assert_eq!(count(&pictures.next().await.unwrap().unwrap(), JPEG), 1);
    // With a text on them they are made like any other.
    let mut texts = house.open("/api/v1/stream?camera=door&fps=15&text=true").await;
    assert_eq!(count(&texts.next().await.unwrap().unwrap(), b"None true"), 1);
    // A camera that is away has no picture of now.
    feed.offline("HTTP: connection refused", None);
    let mut made = house.open("/api/v1/stream?camera=door").await;
    assert_eq!(count(&made.next().await.unwrap().unwrap(), JPEG), 0);
}

fn with_sound(picture: Picture) -> Picture {
    let format = SoundFormat::aac(&AAC).unwrap();
    let parameters = Parameters::clone(&picture.parameters).with_sound(Some(format));
    let sound = Sound { data: Bytes::from_static(b"heard now"), time: picture.time };
    Picture { parameters: Arc::new(parameters), sound: vec![sound], ..picture }
}

fn jpeg(number: i64) -> Picture {
    Picture {
        parameters: Arc::new(Parameters::mjpeg(16, 16).unwrap()),
        data: Bytes::from_static(JPEG),
        kind: Kind::Key,
        ..house::picture(number, true)
    }
}

fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part).count()
}
