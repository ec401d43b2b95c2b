//! The socket for commands.

use std::path::Path;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::house;

#[tokio::test]
async fn a_command_needs_no_session_and_may_what_an_owner_may() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("watchpost.sock");
    let mut bound = crate::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    bound.serve_socket(&socket).unwrap();
    let address = bound.address();
    let tls = crate::Tls::own(folder.path(), address.ip(), house::now()).unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (app, _keep) = house::app(folder.path()).await;
    let server = tokio::spawn(bound.serve(app, tls, async {
        drop(stopped.await);
    }));

    let who = ask(&socket, "GET", "session", None).await;
    assert_eq!(who, (200, json!({ "name": "command line", "role": "owner" })));
    let (status, found) = ask(&socket, "POST", "discover", None).await;
    assert_eq!((status, &found["cameras"][0]["name"]), (200, &json!("Front")));
    let (status, camera) = ask(&socket, "POST", "cameras/door/record", Some("{}")).await;
    assert_eq!((status, &camera["manual"]["until"]), (200, &Value::Null));
    assert_eq!(ask(&socket, "POST", "stop", None).await.1["by"], "command line");
    assert_eq!(ask(&socket, "DELETE", "session", None).await.0, 204);
    let login = r#"{"name":"anna","password":"anything at all"}"#;
    assert_eq!(ask(&socket, "POST", "session", Some(login)).await.0, 401);

    // The port is not opened any wider by it.
    drop(rustls::crypto::ring::default_provider().install_default()); // Or another test did.
    let certificate = std::fs::read(folder.path().join("certificate.pem")).unwrap();
    let certificate = reqwest::Certificate::from_pem(&certificate).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([certificate]).build().unwrap();
    let url = format!("https://localhost:{}/api/v1/status", address.port());
    assert_eq!(client.get(url).send().await.unwrap().status(), 401);

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(!socket.exists());
}

#[test]
fn a_socket_that_cannot_be_made_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let path = folder.path().join("watchpost.sock");
    std::fs::write(&path, "mine").unwrap();
    let error =
        crate::bind("127.0.0.1:0".parse().unwrap()).unwrap().serve_socket(&path).unwrap_err();
    assert!(error.to_string().contains("watchpost.sock"), "{error}");
    assert!(error.hint().contains("Move"), "{}", error.hint());
    let long = folder.path().join("x".repeat(200));
    let error =
        crate::bind("127.0.0.1:0".parse().unwrap()).unwrap().serve_socket(&long).unwrap_err();
    assert!(error.hint().contains("shorter"), "{}", error.hint());
}

/// Asks as a command would; the status and the body, `null` if it is not JSON.
async fn ask(socket: &Path, method: &str, path: &str, body: Option<&str>) -> (u16, Value) {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    let body = body.unwrap_or_default();
    let request = format!(
        "{method} /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap_or_default())
}
