//! Who may do what.

use axum::http::{Method, StatusCode};
use serde_json::json;
use watchpost_store::Role;

use super::house::{House, validate};
use super::routes;
use crate::auth::OPEN;

/// What a member may change; the rest of what is not looked at is for owners.
const MEMBERS: [(Method, &str); 17] = [
    (Method::POST, "/start"),
    (Method::POST, "/stop"),
    (Method::PATCH, "/events/20261121T133205250-door"),
    (Method::DELETE, "/events/20261121T133205250-door"),
    (Method::POST, "/events/20261121T133205250-door/restore"),
    (Method::POST, "/cameras/door/record"),
    (Method::DELETE, "/cameras/door/record"),
    (Method::POST, "/cameras/door/photo"),
    (Method::POST, "/cameras/door/ptz"),
    (Method::POST, "/cameras/door/motion/replay"),
    (Method::POST, "/sensors/door/play"),
    (Method::POST, "/lights/door/play"),
    (Method::PUT, "/lights/door"),
    (Method::PUT, "/servos/door"),
    (Method::PUT, "/outputs/door"),
    (Method::DELETE, "/session"),
    (Method::POST, "/session"),
];

#[tokio::test]
async fn a_viewer_looks_a_member_acts_and_an_owner_may_everything() {
    let house = House::with_anna().await;
    let member = house.with_user("mia", Role::Member).await;
    let viewer = house.with_user("vic", Role::Viewer).await;
    let changes = routes().into_iter().filter(|(method, _)| *method != Method::GET);
    let (mut members, mut owners) = (0, 0);
    for (method, path) in changes {
        let path = path.strip_prefix("/api/v1").unwrap();
        if path == "/session" || OPEN.contains(&(method.clone(), path)) {
            continue;
        }
        let full = format!("/api/v1{path}");
        let refused = viewer.ask(method.clone(), &full, None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method} {path}");
        validate("ErrorBody", &refused.json);
        let answer = member.ask(method.clone(), &full, None).await;
        if MEMBERS.contains(&(method.clone(), path)) {
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
            members += 1;
        } else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
            assert_eq!(answer.json["error"]["message"], "Only an owner may do this.");
            let owner = house.ask(method.clone(), &full, None).await;
            assert_ne!(owner.status, StatusCode::FORBIDDEN, "{method} {path}");
            owners += 1;
        }
    }
    assert_eq!((members, owners), (15, 9));
}

#[tokio::test]
async fn a_viewer_sees_photos_troubles_settings_and_places() {
    let house = House::with_anna().await.with_user("vic", Role::Viewer).await;
    for path in [
        "photos",
        "troubles",
        "detector",
        "devices",
        "events/words",
        "cameras/door/counts?from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z",
        "cameras/door/picture",
        "cameras/door/ptz",
        "cameras/door/motion",
        "cameras/door/frame.jpg?at=2026-11-21T13:32:05Z",
    ] {
        let answer = house.get(&format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    assert_eq!(house.get("/api/v1/session").await.json, json!({"name": "vic", "role": "viewer"}));
}
