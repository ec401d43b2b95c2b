//! What a camera is told, and the search for others.

use axum::http::{Method, StatusCode};
use serde_json::json;
use watchpost_model::config::Record;

use super::house::{House, validate};

const DOOR: &str = "/api/v1/cameras/door";

#[tokio::test]
async fn a_camera_is_recorded_by_hand_for_a_while_or_until_it_is_stopped() {
    let house = House::with_anna().await;
    let record = format!("{DOOR}/record");
    let camera = house.ask(Method::POST, &record, Some(json!({ "seconds": 30 }))).await;
    assert_eq!(camera.status, StatusCode::OK);
    validate("Camera", &camera.json);
    assert_eq!(
        camera.json["manual"],
        json!({ "since": "2026-11-21T13:32:05.000+00:00", "until": "2026-11-21T13:32:35.000+00:00" })
    );
    let camera = house.ask(Method::POST, &record, Some(json!({}))).await;
    assert_eq!(camera.json["manual"]["until"], json!(null));
    let camera = house.ask(Method::DELETE, &record, None).await;
    assert_eq!((camera.status, &camera.json["manual"]), (StatusCode::OK, &json!(null)));
    for wrong in [json!({ "seconds": 0.5 }), json!({ "seconds": 1e9 }), json!({ "second": 3 })] {
        let refused = house.ask(Method::POST, &record, Some(wrong.clone())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert_eq!(refused.json["error"]["code"], "invalid", "{wrong}");
    }
    let nobody = house.ask(Method::POST, "/api/v1/cameras/attic/record", Some(json!({}))).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_camera_of_which_nothing_is_to_be_recorded_is_not() {
    let house = House::with_anna().await;
    house.tell_status(|status| status.record = Record::Off);
    let refused = house.ask(Method::POST, &format!("{DOOR}/record"), Some(json!({}))).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json["error"]["message"], "Nothing is to be recorded of door.");
}

#[tokio::test]
async fn the_status_says_what_ails_a_camera_and_what_can_be_set() {
    let house = House::with_anna().await;
    let camera = &house.get("/api/v1/cameras").await.json["cameras"][0];
    validate("Camera", camera);
    let health = json!([{ "kind": "no_pictures", "since": "2026-11-21T13:32:05.000+00:00" }]);
    assert_eq!(camera["health"], health);
    assert_eq!(camera["note"], "read by ffmpeg: the built-in reader said no");
    assert_eq!(camera["controls"], json!({ "picture": true, "ptz": true }));
    assert_eq!((&camera["audio"], &camera["manual"]), (&json!(true), &json!(null)));
}

#[tokio::test]
async fn the_picture_is_changed_by_single_keys_and_set_back() {
    let house = House::with_anna().await;
    let picture = format!("{DOOR}/picture");
    let as_configured = house.get(&picture).await.json;
    validate("PictureSettings", &as_configured);
    assert_eq!(
        (&as_configured["settings"]["width"], &as_configured["changed"]),
        (&json!("1920"), &json!([]))
    );
    let change = json!({ "brightness": "0.2", "white_balance": "1.5,1.2" });
    let changed = house.ask(Method::PATCH, &picture, Some(change)).await;
    assert_eq!(changed.status, StatusCode::OK);
    validate("PictureSettings", &changed.json);
    assert_eq!(changed.json["changed"], json!(["white_balance", "brightness"]));
    assert_eq!(changed.json["settings"]["brightness"], "0.2");
    let wrong = house.ask(Method::PATCH, &picture, Some(json!({ "brightness": "very" }))).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(wrong.json["error"]["message"], r#"brightness cannot be "very"."#);
    assert_eq!(wrong.json["error"]["hint"], "brightness must be a number from -1 to 1.");
    assert_eq!(house.get(&picture).await.json, changed.json);
    assert_eq!(house.ask(Method::DELETE, &picture, None).await.json, as_configured);
}

#[tokio::test]
async fn a_camera_is_moved_and_its_places_are_kept() {
    let house = House::with_anna().await;
    let ptz = format!("{DOOR}/ptz");
    let abilities = house.get(&ptz).await.json;
    validate("Ptz", &abilities);
    assert_eq!(abilities["presets"], json!([{ "id": "1", "name": "gate" }]));
    for movement in [
        json!({ "pan": 0.5, "tilt": 0, "zoom": 0, "seconds": 0.5 }),
        json!({ "preset": "1" }),
        json!({ "home": true }),
        json!({ "stop": true }),
    ] {
        let moved = house.ask(Method::POST, &ptz, Some(movement.clone())).await;
        assert_eq!(moved.status, StatusCode::NO_CONTENT, "{movement}");
    }
    for wrong in [
        json!({ "pan": 2, "seconds": 1 }),
        json!({ "pan": 0, "seconds": 1 }),
        json!({ "pan": 1, "seconds": 60 }),
        json!({ "pan": 1 }),
        json!({ "home": false }),
        json!({ "preset": "1", "home": true }),
    ] {
        let refused = house.ask(Method::POST, &ptz, Some(wrong.clone())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
        validate("ErrorBody", &refused.json);
    }
    let unknown = house.ask(Method::POST, &ptz, Some(json!({ "preset": "9" }))).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);

    let presets = format!("{ptz}/presets");
    let saved = house.ask(Method::POST, &presets, Some(json!({ "name": " shed " }))).await;
    assert_eq!(
        (saved.status, &saved.json),
        (StatusCode::CREATED, &json!({"id": "2", "name": "shed"}))
    );
    validate("Preset", &saved.json);
    let nameless = house.ask(Method::POST, &presets, Some(json!({ "name": " " }))).await;
    assert_eq!(nameless.status, StatusCode::BAD_REQUEST);
    let gone = house.ask(Method::DELETE, &format!("{presets}/1"), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn cameras_are_found_and_asked_for_their_streams() {
    let house = House::with_anna().await;
    let found = house.ask(Method::POST, "/api/v1/discover", None).await;
    assert_eq!(found.status, StatusCode::OK);
    validate("Discovered", &found.json);
    assert_eq!(found.json["cameras"][0]["kind"], "onvif");
    let ask = |user: &str, password: &str| {
        let address = &found.json["cameras"][0]["address"];
        json!({ "address": address, "user": user, "password": password })
    };
    let path = "/api/v1/discover/streams";
    let streams = house.ask(Method::POST, path, Some(ask("admin", "rosebud"))).await;
    assert_eq!(streams.status, StatusCode::OK);
    validate("Streams", &streams.json);
    assert_eq!(streams.json["streams"][0]["url"], "rtsp://192.0.2.20/1");
    assert_eq!(streams.json["settings"], "[[camera]]\n");
    let refused = house.ask(Method::POST, path, Some(ask("admin", "wrong"))).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json["error"]["message"], "The camera refuses this user.");
    let local = json!({ "address": "file:///etc/passwd" });
    assert_eq!(house.ask(Method::POST, path, Some(local)).await.status, StatusCode::BAD_REQUEST);
}
