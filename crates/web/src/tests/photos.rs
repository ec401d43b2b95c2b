//! Photos and troubles.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use watchpost_model::{Ailment, WallTime};

use super::house::{self, House, JPEG, take_photo, validate};
use crate::Change;

#[tokio::test]
async fn a_photo_is_taken_listed_shown_and_deleted() {
    let house = House::with_anna().await;
    let taken = house.ask(Method::POST, "/api/v1/cameras/door/photo", None).await;
    assert_eq!(taken.status, StatusCode::CREATED);
    validate("Photo", &taken.json);
    assert_eq!(taken.json["taken"], "2026-11-21T13:32:05.000+00:00");
    assert_eq!((&taken.json["width"], &taken.json["event"]), (&json!(16), &Value::Null));

    let id = taken.json["id"].as_i64().unwrap();
    let photo = house.get(&format!("/api/v1/photos/{id}.jpg")).await;
    assert_eq!(
        (photo.status, &photo.headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &"image/jpeg".parse().unwrap())
    );
    assert!(photo.body.len() >= JPEG.len() && photo.body.starts_with(&[0xff, 0xd8]));
    assert!(!photo.headers.contains_key(header::CONTENT_DISPOSITION));
    let kept = house.get(&format!("/api/v1/photos/{id}.jpg?download=1")).await;
    assert_eq!(
        kept.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"door_capture_20261121_133205.jpg\""
    );

    let mut changes = house.site.app.changes.subscribe();
    let path = format!("/api/v1/photos/{id}");
    assert_eq!(house.ask(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(changes.try_recv().unwrap(), Change::PhotoDeleted(id));
    assert_eq!(house.ask(Method::DELETE, &path, None).await.status, StatusCode::NOT_FOUND);
    for none in [path.clone(), format!("{path}.jpg"), "/api/v1/photos/first.jpg".to_owned()] {
        let answer = house.get(&none).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{none}");
        validate("ErrorBody", &answer.json);
    }
}

#[tokio::test]
async fn photos_come_page_by_page_newest_first() {
    let house = House::with_anna().await;
    let id = house.record(0).await;
    let store = &house.site.app.store;
    for second in 0..3 {
        let event = (second == 1).then(|| id.parse().unwrap());
        take_photo(store, house::now() + Duration::from_secs(second), event).await;
    }
    let page = house.get("/api/v1/photos?limit=2&camera=door").await.json;
    validate("Photos", &page);
    let times = |page: &Value| -> Vec<String> {
        let photos = page["photos"].as_array().unwrap().iter();
        photos.map(|photo| photo["taken"].as_str().unwrap()[17..19].to_owned()).collect()
    };
    assert_eq!((times(&page), &page["total"]), (vec!["07".to_owned(), "06".to_owned()], &json!(3)));
    let next = page["next"].as_str().unwrap();
    let rest = house.get(&format!("/api/v1/photos?limit=2&cursor={next}")).await.json;
    assert_eq!((times(&rest), &rest["next"]), (vec!["05".to_owned()], &Value::Null));
    let of_event = house.get(&format!("/api/v1/photos?event={id}")).await.json;
    assert_eq!(times(&of_event), ["06"]);
    let until = house.get("/api/v1/photos?to=2026-11-21T13:32:06Z").await.json;
    assert_eq!(times(&until), ["05"]);
    assert_eq!(house.get(&format!("/api/v1/events/{id}")).await.json["photos"], 1);
    let wrong = house.get("/api/v1/photos?cursor=first").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_event_tells_when_it_loses_a_photo() {
    let house = House::with_anna().await;
    let id = house.record(0).await;
    let photo = take_photo(&house.site.app.store, house::now(), Some(id.parse().unwrap())).await;
    let mut changes = house.site.app.changes.subscribe();
    house.ask(Method::DELETE, &format!("/api/v1/photos/{}", photo.id), None).await;
    assert_eq!(changes.try_recv().unwrap(), Change::PhotoDeleted(photo.id));
    assert_eq!(changes.try_recv().unwrap(), Change::Event(id.parse().unwrap()));
}

#[tokio::test]
async fn a_photo_whose_file_is_gone_can_be_deleted() {
    let house = House::with_anna().await;
    let photo = take_photo(&house.site.app.store, house::now(), None).await;
    std::fs::remove_file(house.data_dir().join(&photo.file)).unwrap();
    let path = format!("/api/v1/photos/{}", photo.id);
    assert_eq!(house.get(&format!("{path}.jpg")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.ask(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(house.get("/api/v1/photos").await.json["total"], 0);
}

#[tokio::test]
async fn a_page_is_told_of_photos_and_troubles() {
    let house = House::with_anna().await;
    let mut updates = house.open("/api/v1/updates").await;
    house::message(&mut updates).await; // The status.
    house::message(&mut updates).await; // The detector.
    house::message(&mut updates).await; // The devices.
    let photo = take_photo(&house.site.app.store, house::now(), None).await;
    let changes = [Change::Photo(photo.id), Change::PhotoDeleted(7), Change::Troubles];
    for change in changes {
        house.site.app.changes.send(change).unwrap();
    }
    let (name, told) = house::message(&mut updates).await;
    assert_eq!((name.as_str(), &told["id"]), ("photo", &json!(photo.id)));
    validate("Photo", &told);
    assert_eq!(
        house::message(&mut updates).await,
        ("photo_deleted".to_owned(), json!({ "id": 7 }))
    );
    assert_eq!(house::message(&mut updates).await, ("troubles".to_owned(), json!({})));
}

#[tokio::test]
async fn troubles_are_told_with_their_cause_and_as_long_as_they_last() {
    let house = House::with_anna().await;
    let store = &house.site.app.store;
    let door = "door".parse().unwrap();
    let at = |second| house::now() + Duration::from_secs(second);
    let cause = Some("RTSP: connection refused");
    store.begin_trouble(&door, Ailment::NoPictures, at(0), cause).await.unwrap();
    store.end_trouble(&door, Ailment::NoPictures, at(5)).await.unwrap();
    store.begin_trouble(&door, Ailment::Covered, at(10), None).await.unwrap();
    let told = house.get("/api/v1/troubles?camera=door").await.json;
    validate("Troubles", &told);
    let time = |time: WallTime| json!(house.site.time(time).0);
    assert_eq!(
        told["troubles"],
        json!([
            { "camera": "door", "kind": "no_pictures", "start": time(at(0)), "end": time(at(5)), "cause": cause },
            { "camera": "door", "kind": "covered", "start": time(at(10)), "end": null, "cause": null },
        ])
    );
    let later = house.get("/api/v1/troubles?from=2026-11-21T13:32:12Z").await.json;
    assert_eq!(later["troubles"].as_array().unwrap().len(), 1);
}
