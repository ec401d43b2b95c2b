//! The whole of it, asked as a browser asks, with a real store.

mod house; //   a recorder with one camera
mod film; //    real video for it
mod roles; //   who may do what
mod control; // what a camera is told
mod motion; //  what moves on it
mod objects; // what that is
mod devices; // what senses and obeys
mod photos; //  and troubles
mod clips; //   text, encoded anew, in a hurry
mod sound; //   live
mod socket; //  for commands

use axum::http::{Method, StatusCode, header};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use watchpost_store::Role;

use self::house::{House, NOW, PASSWORD, TOKEN, picture, validate};
use crate::auth::OPEN;

#[tokio::test]
async fn every_address_that_is_not_open_is_refused_without_a_session() {
    let house = House::with_anna().await;
    let mut refused = 0;
    for (method, path) in routes() {
        let open = OPEN
            .iter()
            .any(|(open, at)| *open == method && path.strip_prefix("/api/v1") == Some(at));
        let answer = house.stranger().ask(method.clone(), &path, None).await;
        if open {
            assert!(answer.status != StatusCode::NOT_FOUND, "{method} {path}");
            continue;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(answer.json["error"]["code"], "unauthorized", "{method} {path}");
        refused += 1;
    }
    assert_eq!(refused, 56);
    for path in ["/api/v1/nothing", "/api/v1/%73tatus", "/api/v1/events/x/clip.mp4", "/api/v1"] {
        let answer = house.stranger().get(path).await;
        assert!(!answer.status.is_success(), "{path}: {}", answer.status);
    }
    assert_eq!(house.stranger().get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_another_site_asks_for_is_refused() {
    let mut house = House::with_anna().await;
    for origin in [Some("https://evil.example"), Some("http://cam.local:8443"), Some("null"), None]
    {
        house.origin = origin.map(str::to_owned);
        let answer = house.ask(Method::POST, "/api/v1/stop", None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?}");
        assert_eq!(answer.json["error"]["code"], "forbidden");
    }
    house.origin = Some("https://cam.local:8443".to_owned());
    assert_eq!(house.ask(Method::POST, "/api/v1/stop", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_sixth_password_in_a_minute_is_not_even_looked_at() {
    let house = House::with_anna().await.stranger();
    for left in [4, 3, 2, 1, 0] {
        let answer = house.log_in("wrong password").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json["error"]["tries_left"], left);
    }
    let answer = house.log_in(PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers[header::RETRY_AFTER], "60");
    validate("ErrorBody", &answer.json);
    NOW.with(|now| now.set(now.get() + 60_000_000));
    assert_eq!(house.log_in(PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_name_that_nobody_can_have_is_refused_and_not_remembered() {
    let house = House::with_anna().await.stranger();
    let name = "ä".repeat(65);
    let answer = house.log_in_as(&name, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json["error"]["tries_left"], 4);
    assert!(!format!("{:?}", house.site.gate).contains(&name));
}

#[tokio::test]
async fn the_setup_link_is_worth_nothing_once_there_was_a_user() {
    let house = House::new().await;
    let store = &house.site.app.store;
    let password_hash = watchpost_model::Secret::new("made on the command line".to_owned());
    let bert = watchpost_store::User { name: "bert".to_owned(), role: Role::Owner, password_hash };
    store.put_user(&bert).await.unwrap();
    assert_eq!(house.get("/api/v1/setup").await.json, json!({ "needed": false }));
    store.delete_user("bert").await.unwrap();
    assert_eq!(house.set_up(TOKEN, PASSWORD).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_first_owner_is_made_once() {
    let house = House::new().await;
    assert_eq!(house.get("/api/v1/setup").await.json, json!({ "needed": true }));
    let wrong = house.set_up("sesame", PASSWORD).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert_eq!(wrong.json["error"]["tries_left"], 4);
    let weak = house.set_up(TOKEN, "short").await;
    assert_eq!(weak.status, StatusCode::BAD_REQUEST);

    let made = house.set_up(TOKEN, PASSWORD).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.json, json!({ "name": "anna", "role": "owner" }));
    let cookie = made.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["watchpost_session=", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{part}");
    }
    assert_eq!(house.get("/api/v1/setup").await.json, json!({ "needed": false }));
    assert_eq!(house.set_up(TOKEN, PASSWORD).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn wrong_tokens_are_counted() {
    let house = House::new().await;
    for _ in 0..5 {
        assert_eq!(house.set_up("sesame", PASSWORD).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(house.set_up(TOKEN, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_session_ends_when_it_is_closed_and_when_it_is_old() {
    let house = House::with_anna().await;
    assert_eq!(house.get("/api/v1/session").await.json["name"], "anna");
    let old = house.clone();
    assert_eq!(house.ask(Method::DELETE, "/api/v1/session", None).await.status, 204);
    assert_eq!(old.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);

    let house = House::with_anna().await;
    NOW.with(|now| now.set(now.get() + 31 * 86_400_000_000));
    assert_eq!(house.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn answers_are_as_the_description_says() {
    let house = House::with_anna().await;
    for (path, schema) in [
        ("/status", "Status"),
        ("/cameras", "Cameras"),
        ("/session", "Session"),
        ("/setup", "SetupState"),
        ("/events", "Events"),
        ("/recordings", "Recordings"),
        ("/photos", "Photos"),
        ("/troubles", "Troubles"),
        ("/detector", "Detector"),
        ("/events/words", "Words"),
    ] {
        let answer = house.get(&format!("/api/v1{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        validate(schema, &answer.json);
    }
    let stopped = house.ask(Method::POST, "/api/v1/stop", None).await;
    validate("Monitoring", &stopped.json);
    assert_eq!(stopped.json["by"], "anna");
    let status = house.get("/api/v1/status").await.json;
    assert_eq!(status["cameras"][0]["cause"], "RTSP: connection refused");
    assert_eq!(status["cameras"][0]["fps"], 15.0);
    assert_eq!(status["cameras"][0]["bitrate"], 3_000_000);
}

#[tokio::test]
async fn what_cannot_be_asked_is_answered_with_what_can() {
    let house = House::with_anna().await;
    for (query, allowed) in [
        (
            "events?kamera=door",
            "camera, from, to, kind, sensor, kept, label, zone, text, cursor, limit",
        ),
        ("events?label=%3Cb%3E", "1 to 40 letters"),
        ("events?label=car&label=-", "1 to 40 letters"),
        ("events?zone=drive&zone=lawn", "zone once"),
        ("events?text=a&text=b", "text once"),
        ("cameras/door/counts", "both"),
        ("cameras/door/counts?from=2026-11-21T00:00:00Z", "both"),
        ("cameras/door/counts?from=2025-11-21T00:00:00Z&to=2026-11-23T00:00:00Z", "366 days"),
        ("cameras/door/counts?label=car", "from, to"),
        ("events?camera=attic", "one of: door"),
        ("events?kind=ghost", "motion, object, sensor, mqtt, manual, no_pictures"),
        ("events?kept=maybe", "true, false"),
        ("events?limit=201", "1 to 200"),
        ("events?from=yesterday", "RFC 3339"),
        ("events?cursor=%00", "next"),
        ("events?from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", "earlier"),
        ("stream?camera=door&fps=16", "1 to 15"),
        ("stream", "one of: door"),
        ("stream?camera=door&text=maybe", "true, false"),
        ("cameras/door/snapshot.jpg?width=1", "16 to 8192"),
        ("recordings/clip.mp4?camera=door", "both"),
        (
            "recordings/clip.mp4?camera=door&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z",
            "6 hours",
        ),
    ] {
        let answer = house.get(&format!("/api/v1/{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        let hint = answer.json["error"]["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(allowed), "{query}: {hint}");
    }
    let body = house.ask(Method::POST, "/api/v1/session", Some(json!({ "user": 1 }))).await;
    assert_eq!(body.status, StatusCode::BAD_REQUEST);
    validate("ErrorBody", &body.json);
    let unknown = house.get("/api/v1/nothing").await;
    assert_eq!(
        (unknown.status, &unknown.json["error"]["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );
    assert_eq!(house.ask(Method::PUT, "/api/v1/status", None).await.status, 405);
}

#[tokio::test]
async fn a_picture_of_now_is_made_or_told_why_not() {
    let house = House::with_anna().await;
    let jpeg = house.get("/api/v1/cameras/door/snapshot.jpg?width=320").await;
    assert_eq!(
        (jpeg.status, &jpeg.headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &"image/jpeg".parse().unwrap())
    );
    assert_eq!(jpeg.body, "320");
    let bare = house.get("/api/v1/cameras/door/snapshot.jpg?text=false").await;
    assert_eq!(bare.body, "None false");
    let none = house.get("/api/v1/cameras/door/snapshot.jpg?width=666").await;
    assert_eq!(none.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(none.json["error"]["message"], "The camera sent no key picture yet.");
}

#[tokio::test]
async fn an_event_is_listed_played_kept_deleted_and_brought_back() {
    let house = House::with_anna().await;
    let ids = [house.record(0).await, house.record(600).await];
    let page = house.get("/api/v1/events?limit=1&camera=door&kind=motion").await.json;
    validate("Events", &page);
    assert_eq!((&page["events"][0]["id"], &page["total"]), (&json!(ids[1]), &json!(2)));
    assert_eq!(
        (&page["events"][0]["duration"], &page["events"][0]["pre_roll"]),
        (&json!(2.0), &json!(0.5))
    );
    assert_eq!(page["events"][0]["snapshot"], true);
    let cursor: String =
        url::form_urlencoded::byte_serialize(page["next"].as_str().unwrap().as_bytes()).collect();
    let second = house.get(&format!("/api/v1/events?limit=1&cursor={cursor}")).await.json;
    assert_eq!((&second["events"][0]["id"], &second["next"]), (&json!(ids[0]), &Value::Null));

    let event = format!("/api/v1/events/{}", ids[0]);
    let whole = house.get(&format!("{event}/clip.mp4?download=1")).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(&whole.body[4..8], b"ftyp");
    assert_eq!(whole.headers[header::CONTENT_LENGTH], whole.body.len().to_string());
    let name = whole.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(name.starts_with("attachment; filename=\"door_2026-11-21_"), "{name}");
    let head = house.ask(Method::HEAD, &format!("{event}/clip.mp4"), None).await;
    assert_eq!(head.headers[header::CONTENT_LENGTH], whole.body.len().to_string());
    assert!(head.body.is_empty());
    let part = house.range("bytes=4-7").get(&format!("{event}/clip.mp4")).await;
    assert_eq!((part.status, part.body.as_ref()), (StatusCode::PARTIAL_CONTENT, &b"ftyp"[..]));
    assert_eq!(part.headers[header::CONTENT_RANGE], format!("bytes 4-7/{}", whole.body.len()));
    let last = house.range("bytes=-10").get(&format!("{event}/clip.mp4")).await;
    assert_eq!(last.body, whole.body[whole.body.len() - 10..]);
    let beyond = house.range("bytes=9999999-").get(&format!("{event}/clip.mp4")).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.headers[header::CONTENT_RANGE], format!("bytes */{}", whole.body.len()));
    assert_eq!(house.get(&format!("{event}/snapshot.jpg?kind=thumb")).await.body, "thumb");

    let kept = house.ask(Method::PATCH, &event, Some(json!({ "kept": true }))).await;
    validate("Event", &kept.json);
    assert_eq!(kept.json["kept"], true);
    let mut changes = house.site.app.changes.subscribe();
    assert_eq!(house.ask(Method::DELETE, &event, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(changes.try_recv().unwrap(), crate::Change::Deleted(ids[0].parse().unwrap()));
    assert_eq!(house.get(&event).await.status, StatusCode::NOT_FOUND);
    let restored = house.ask(Method::POST, &format!("{event}/restore"), None).await;
    assert_eq!((restored.status, &restored.json["id"]), (StatusCode::OK, &json!(ids[0])));
    let recordings = house.get("/api/v1/recordings?camera=door").await.json;
    validate("Recordings", &recordings);
    assert_eq!(recordings["recordings"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_clip_too_many_is_refused_until_another_ends() {
    let house = House::with_anna().await;
    let clip = format!("/api/v1/events/{}/clip.mp4", house.record(0).await);
    let mut players = Vec::new();
    for _ in 0..32 {
        players.push(house.open(&clip).await);
    }
    let busy = house.get(&clip).await;
    assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.json["error"]["code"], "unavailable");
    assert!(busy.json["error"]["message"].as_str().unwrap().contains("busy"));
    players.pop();
    assert_eq!(house.get(&clip).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_clip_of_an_event_that_goes_on_stays_the_same_up_to_a_moment() {
    let house = House::with_anna().await;
    let id = house.record(0).await;
    let store = &house.site.app.store;
    let mut event = store.event(&id.parse().unwrap()).await.unwrap().unwrap().event;
    event.end = None;
    store.put_event(&event).await.unwrap();

    NOW.with(|now| now.set(now.get() + 2_000_000));
    let clip = format!("/api/v1/events/{id}/clip.mp4");
    let fixed = format!("{clip}?to={}", house::now().timestamp());
    let before = [house.get(&clip).await, house.get(&fixed).await];
    assert_eq!(before[0].body, before[1].body);
    house.record(2).await;
    NOW.with(|now| now.set(now.get() + 2_000_000));
    let after = [house.get(&clip).await, house.get(&fixed).await];
    assert!(after[0].body.len() > before[0].body.len());
    assert_eq!(after[1].body, before[1].body);
    assert_eq!(after[1].headers[header::ETAG], before[1].headers[header::ETAG]);
    let wrong = house.get(&format!("{clip}?to=soon")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_page_is_told_the_status_and_what_changes() {
    let house = House::with_anna().await;
    let mut updates = house.open("/api/v1/updates").await;
    let (name, status) = house::message(&mut updates).await;
    assert_eq!(name, "status");
    validate("Status", &status);
    let (name, detector) = house::message(&mut updates).await;
    assert_eq!((name.as_str(), &detector["state"]), ("detector", &json!("off")));
    validate("Detector", &detector);
    let (name, devices) = house::message(&mut updates).await;
    assert_eq!((name.as_str(), &devices["sensors"]), ("devices", &json!([])));
    validate("Devices", &devices);
    let id = house.record(0).await;
    house.ask(Method::PATCH, &format!("/api/v1/events/{id}"), Some(json!({ "kept": true }))).await;
    let (name, event) = house::message(&mut updates).await;
    assert_eq!((name.as_str(), &event["id"]), ("event", &json!(id)));
    validate("Event", &event);
    house.ask(Method::DELETE, &format!("/api/v1/events/{id}"), None).await;
    assert_eq!(house::message(&mut updates).await, ("deleted".to_owned(), json!({ "id": id })));
}

#[tokio::test]
async fn motion_jpeg_is_one_picture_after_the_other() {
    let house = House::with_anna().await;
    let mut pictures = house.open("/api/v1/stream?camera=door&fps=15").await;
    for _ in 0..2 {
        let part = pictures.next().await.unwrap().unwrap();
        let expected =
            "--watchpost-picture\r\nContent-Type: image/jpeg\r\nContent-Length: 1\r\n\r\n0\r\n";
        assert_eq!(part, expected);
    }
}

#[tokio::test]
async fn motion_jpeg_ends_when_the_camera_is_switched_off() {
    let house = House::with_anna().await;
    let pictures = house.open("/api/v1/stream?camera=door&fps=15").await;
    house.get("/api/v1/cameras/door/snapshot.jpg?width=667").await;
    let end = pictures.for_each(async |_| {});
    tokio::time::timeout(std::time::Duration::from_secs(5), end).await.expect("the stream ends");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::new().await;
    for path in
        ["/", "/no-such-page", "/api/v1/status", "/../../etc/passwd.txt", "/assets/../key.txt"]
    {
        let answer = house.get(path).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'"), "{path}");
    }
}

#[tokio::test]
async fn pages_come_compressed_where_that_is_accepted() {
    let house = House::new().await;
    let page = house.get("/login").await;
    assert_eq!((page.status, page.body.as_ref()), (StatusCode::OK, &b"<p>plain"[..]));
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-cache");
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let script = house.accepting("gzip, br").get("/assets/app-1.js").await;
    assert_eq!(script.headers[header::CONTENT_ENCODING], "br");
    assert_eq!(script.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    let script = house.accepting("br;q=0").get("/assets/app-1.js").await;
    assert!(!script.headers.contains_key(header::CONTENT_ENCODING));
    for path in ["/assets/nothing.js", "/.hidden.txt", "/assets/app-1.js.br"] {
        assert_eq!(house.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_viewer_gets_the_group_at_once_and_then_what_comes() {
    let house = House::with_anna().await;
    let feed = house.site.app.cameras.borrow()[0].live.clone();
    feed.push(&picture(0, true));
    feed.push(&picture(1, false));
    let mut socket = house.look("https://cam.local:8443").await.unwrap();
    let stream = next(&mut socket).await.into_text().unwrap();
    let stream: Value = serde_json::from_str(&stream).unwrap();
    validate("FromServer", &stream);
    assert_eq!(
        (&stream["type"], &stream["width"], &stream["id"]),
        (&json!("stream"), &json!(1280), &json!(1))
    );
    assert_eq!(&next(&mut socket).await.into_data()[4..8], b"ftyp");
    let first = next(&mut socket).await.into_data();
    assert_eq!(
        (first[8], i64::from_be_bytes(first[..8].try_into().unwrap())),
        (1, picture(0, true).time.as_micros())
    );
    assert_eq!(next(&mut socket).await.into_data()[8], 0);

    feed.push(&picture(2, false));
    assert_eq!(next(&mut socket).await.into_data()[8], 0);
    socket.send(Message::text(r#"{"type":"ping","t":7}"#)).await.unwrap();
    let pong: Value = serde_json::from_str(&next(&mut socket).await.into_text().unwrap()).unwrap();
    assert_eq!((&pong["type"], pong["t"].as_f64()), (&json!("pong"), Some(7.0)));

    feed.offline("RTSP: connection refused", None);
    let offline: Value =
        serde_json::from_str(&next(&mut socket).await.into_text().unwrap()).unwrap();
    assert_eq!(
        offline,
        json!({ "type": "offline", "cause": "RTSP: connection refused", "next_try": null })
    );
    feed.push(&picture(3, false)); // Of no use.
    feed.push(&picture(4, true));
    let stream: Value =
        serde_json::from_str(&next(&mut socket).await.into_text().unwrap()).unwrap();
    assert_eq!(stream["id"], 2);
}

#[tokio::test]
async fn a_viewer_from_another_site_gets_nothing() {
    let house = House::with_anna().await;
    let error = house.look("https://evil.example").await.unwrap_err();
    assert!(error.to_string().contains("403"), "{error}");
}

#[tokio::test]
async fn it_is_served_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let bound = crate::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = bound.address();
    let tls = crate::Tls::own(folder.path(), address.ip(), house::now()).unwrap();
    let certificate = std::fs::read(folder.path().join("certificate.pem")).unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (app, _keep) = house::app(folder.path()).await;
    let server = tokio::spawn(bound.serve(app, tls, async {
        drop(stopped.await);
    }));
    drop(rustls::crypto::ring::default_provider().install_default()); // Or another test did.
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&certificate).unwrap()])
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/api/v1/setup", address.port());
    let client = client.get(url).send().await;
    assert_eq!(client.unwrap().text().await.unwrap(), r#"{"needed":true}"#);
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn no_secret_is_printed() {
    let house = House::with_anna().await;
    let printed = format!(
        "{:?} {:?}",
        house.site,
        crate::Password::new(watchpost_model::Secret::new(PASSWORD.to_owned()))
    );
    let cookie = house.cookie.clone().unwrap();
    for secret in [TOKEN, PASSWORD, cookie.split_once('=').unwrap().1] {
        assert!(!printed.contains(secret));
    }
}

/// Every method and path that the description names, with something in the place of parameters.
fn routes() -> Vec<(Method, String)> {
    let described = serde_json::to_value(crate::openapi()).unwrap();
    let paths = described["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, item)| {
        let path = path.replace("{name}", "door").replace("{id}", "20261121T133205250-door");
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| (method.to_uppercase().parse().unwrap(), path.clone()))
    });
    routes.collect()
}

async fn next(socket: &mut house::Socket) -> Message {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Ping(_) => {}
            message => return message,
        }
    }
}

/// The request of a page of ours for live view.
fn live_request(origin: &str, cookie: &str) -> tokio_tungstenite::tungstenite::http::Request<()> {
    let mut request = "ws://cam.local:8443/api/v1/cameras/door/live".into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request
}
