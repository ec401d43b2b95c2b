//! Services on the network, good and bad, behind a real socket.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use watchpost_detect::remote::{Remote, RemoteError};
use watchpost_detect::{DetectError, Detector, Shown, Wants};
use watchpost_model::config::detector::{self, Body, Protocol};
use watchpost_model::{Fraction, Object, Region, Secret};

/// The header of a JPEG of 640 by 360 pixels: nobody decodes it here.
const PICTURE: &[u8] =
    b"\xff\xd8\xff\xc0\x00\x11\x08\x01\x68\x02\x80\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xd9";

const TOKEN: &str = "rosebud-4711";

/// What a service does with each request.
#[derive(Clone)]
enum Answer {
    /// Sends these bytes, whatever they are, and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes before it is asked.
    AtOnce(&'static [u8]),
    /// Sends these bytes again and again.
    Endless(&'static [u8]),
    /// Sends a byte now and then.
    Drops,
    /// Never answers.
    Silence,
}

/// A service that answers every request alike.
struct Service {
    address: String,
    /// The requests so far, whole.
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Service {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer.clone(), Arc::clone(&heard)));
            }
        });
        Self { address, asked }
    }

    /// One that answers by `status` with `body`.
    async fn says(status: &str, body: &str) -> Self {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        Self::start(Answer::Bytes(answer.into_bytes())).await
    }

    fn settings(&self, protocol: Protocol) -> detector::Remote {
        detector::Remote {
            protocol,
            url: format!("http://{}", self.address).parse().unwrap(),
            timeout: Duration::from_secs(1),
            every: Duration::ZERO,
            size: 640,
            token: Some(Secret::new(TOKEN.to_owned())),
            body: Body::Jpeg,
        }
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// The last request, as text.
    fn last(&self) -> String {
        String::from_utf8_lossy(self.asked.lock().unwrap().last().unwrap()).into_owned()
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, heard: Arc<Mutex<Vec<Vec<u8>>>>) {
    let mut request = Vec::new();
    if let Answer::AtOnce(bytes) = answer {
        let _ = stream.write_all(bytes).await; // The asker may have left.
        let _ = stream.read_buf(&mut request).await; // As above.
        return;
    }
    while !is_whole(&request) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    heard.lock().unwrap().push(request);
    match answer {
        Answer::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await; // The asker may have left.
            let _ = stream.shutdown().await; // As above.
        }
        Answer::AtOnce(_) => {}
        Answer::Endless(bytes) => while stream.write_all(bytes).await.is_ok() {},
        Answer::Drops => {
            let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".iter().chain(b" ".iter().cycle());
            while stream.write_all(&[*answer.next().unwrap()]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Answer::Silence => std::future::pending().await,
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let length = text.to_lowercase();
    let length =
        length.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    request.len() >= end + 4 + length.unwrap_or(0_usize)
}

fn remote(settings: detector::Remote) -> Remote {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Remote::new(settings)
}

async fn look(remote: &mut Remote) -> Result<Vec<Object>, RemoteError> {
    match remote.look(Shown::Jpeg(Bytes::from_static(PICTURE))).await {
        Ok(objects) => Ok(objects),
        Err(DetectError::Remote(error)) => {
            // Whatever went wrong: the owner's secrets are not in it, and there is something to do.
            let told = format!("{error} {error:?}");
            assert!(!told.contains(TOKEN) && !told.contains("secret-path"), "{told}");
            assert!(!error.hint().is_empty());
            Err(error)
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// Why one look at a service with this protocol is worth nothing.
async fn complaint(service: &Service, protocol: Protocol) -> RemoteError {
    let mut settings = service.settings(protocol);
    settings.url.set_path("/secret-path");
    let error = look(&mut remote(settings)).await.unwrap_err();
    assert!(error.to_string().contains(&service.address), "{error}");
    error
}

#[tokio::test]
async fn a_picture_goes_out_and_persons_come_back() {
    let body = r#"{"person_detected": true, "confidence": 0.9}"#;
    let service = Service::says("200 OK", body).await;
    let mut remote = remote(service.settings(Protocol::Http));
    assert_eq!(remote.wants(), Wants::Jpeg { size: 640 });
    assert_eq!((remote.labels(), remote.host()), (None, service.address.as_str()));
    let found = look(&mut remote).await.unwrap();
    assert_eq!((found[0].label.as_str(), found[0].region), ("person", Region::ALL));
    let request = service.last().to_lowercase();
    assert!(request.starts_with("post / http/1.1\r\n"), "{request}");
    for header in ["content-type: image/jpeg\r\n", "authorization: bearer rosebud-4711\r\n"] {
        assert!(request.contains(header), "{request}");
    }
    assert!(service.asked.lock().unwrap()[0].ends_with(PICTURE));

    let plain = detector::Remote { token: None, ..service.settings(Protocol::Http) };
    let body = detector::Remote { body: Body::Base64, ..plain };
    look(&mut self::remote(body)).await.unwrap();
    let request = service.last();
    assert!(request.ends_with("{\"image\":\"/9j/wAARCAFoAoADASIAAhEBAxEB/9k=\"}"), "{request}");
    assert!(!request.to_lowercase().contains("authorization"), "{request}");
}

#[tokio::test]
async fn deepstack_is_asked_as_its_manual_says() {
    let body = r#"{"success": true, "predictions": [
        {"label": "person", "confidence": 0.8, "x_min": 64, "y_min": 36, "x_max": 320, "y_max": 180},
        {"label": "dog", "confidence": 0.2, "x_min": 0, "y_min": 0, "x_max": 64, "y_max": 36}]}"#;
    let service = Service::says("200 OK", body).await;
    let score = Fraction::new(0.3).unwrap();
    let mut remote = remote(service.settings(Protocol::DeepStack)).with_min_score(score);
    let found = look(&mut remote).await.unwrap();
    let expected = Region::clamped(0.1, 0.1, 0.5, 0.5);
    assert_eq!(found.len(), 1, "the dog is too faint: {found:?}");
    assert_eq!((found[0].label.as_str(), found[0].region), ("person", expected));
    let request = service.last();
    assert!(request.starts_with("POST /v1/vision/detection HTTP/1.1\r\n"), "{request}");
    for part in [
        "name=\"image\"; filename=\"picture.jpg\"\r\nContent-Type: image/jpeg",
        "name=\"min_confidence\"\r\n\r\n0.30\r\n",
        "name=\"api_key\"\r\n\r\nrosebud-4711\r\n",
    ] {
        assert!(request.contains(part), "{part:?} in {request}");
    }
    let whole = service.asked.lock().unwrap()[0].clone();
    assert!(whole.windows(PICTURE.len()).any(|bytes| bytes == PICTURE));

    // A model of the owner's own has a place of its own.
    let mut settings = service.settings(Protocol::DeepStack);
    settings.url.set_path("/v1/vision/custom/gate");
    look(&mut self::remote(settings)).await.unwrap();
    assert!(service.last().starts_with("POST /v1/vision/custom/gate HTTP/1.1\r\n"));
}

#[tokio::test]
async fn whatever_is_no_answer_means_that_nobody_knows() {
    let yes = r#"{"person_detected": true}"#;
    for (status, body, words) in [
        ("200 OK", "<html>Welcome to your router</html>", "a web page"),
        ("200 OK", r#"{"person_detected": "true"}"#, "\"true\""),
        ("200 OK", r#"{"person_detected": 1}"#, "true or false"),
        ("200 OK", r#"{"person_detected": null}"#, "true or false"),
        ("200 OK", "", "nothing"),
        ("200 OK", r#"{"person_det"#, "breaks off"),
        ("201 Created", yes, "HTTP 201"),
        ("204 No Content", "", "HTTP 204"),
        ("301 Moved Permanently\r\nLocation: http://127.0.0.1:1/", yes, "points elsewhere"),
        ("404 Not Found", "<h1>Not found</h1>", "HTTP 404"),
        (
            "401 Unauthorized",
            r#"{"success": false, "error": "bad\nkey"}"#,
            "(HTTP 401): \"bad key\"",
        ),
        ("500 Internal Server Error", yes, "HTTP 500"),
        ("502 Bad Gateway", r#"{"message": "Internal server error"}"#, "\"Internal server error\""),
    ] {
        for protocol in [Protocol::Http, Protocol::DeepStack] {
            let service = Service::says(status, body).await;
            let told = complaint(&service, protocol).await.to_string();
            let other = protocol == Protocol::DeepStack && status == "200 OK";
            assert!(told.contains(words) || other, "{words:?} in {told:?}");
            assert_eq!(service.count(), 1, "asked once, and followed nowhere");
        }
    }
    let failed = r#"{"success": false, "error": "no model", "predictions": []}"#;
    let service = Service::says("200 OK", failed).await;
    let told = complaint(&service, Protocol::DeepStack).await;
    assert!(matches!(&told, RemoteError::Failed { said: Some(said), .. } if said == "no model"));
}

#[tokio::test]
async fn broken_connections_mean_that_nobody_knows() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"person_detected\": true".to_vec();
    for bytes in [cut, b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), Vec::new()] {
        let service = Service::start(Answer::Bytes(bytes)).await;
        let told = complaint(&service, Protocol::Http).await;
        assert!(matches!(told, RemoteError::Broken { .. }), "{told:?}");
        assert!(service.count() <= 2, "once more at most");
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody =
        Service { address: listener.local_addr().unwrap().to_string(), asked: Arc::default() };
    drop(listener);
    let told = complaint(&nobody, Protocol::Http).await;
    assert!(matches!(told, RemoteError::Unreachable { encrypted: false, .. }), "{told:?}");

    // Plain text where TLS is spoken.
    let plain = Service::start(Answer::AtOnce(b"HTTP/1.1 400 Bad Request\r\n\r\n")).await;
    let mut settings = plain.settings(Protocol::Http);
    settings.url = format!("https://{}", plain.address).parse().unwrap();
    let told = look(&mut remote(settings)).await.unwrap_err();
    assert!(matches!(told, RemoteError::Unreachable { encrypted: true, .. }), "{told:?}");

    let mut settings = nobody.settings(Protocol::Http);
    settings.token = Some(Secret::new(format!("{TOKEN}\nX-Other: yes")));
    let told = look(&mut remote(settings)).await.unwrap_err();
    assert!(matches!(told, RemoteError::Unsendable { .. }), "{told:?}");
}

#[tokio::test]
async fn no_service_takes_longer_or_gives_more_than_it_may() {
    const LATE: Duration = Duration::from_millis(2_500);
    for answer in [Answer::Silence, Answer::Drops] {
        let service = Service::start(answer).await;
        let began = Instant::now();
        let told = complaint(&service, Protocol::Http).await;
        assert!(matches!(told, RemoteError::Slow { .. }), "{told:?}");
        assert!((Duration::from_secs(1)..LATE).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    let endless =
        b"HTTP/1.1 200 OK\r\n\r\n                                                        ";
    let long =
        "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n".to_owned() + &" ".repeat(10_000_000);
    for answer in [Answer::Endless(endless), Answer::Bytes(long.into_bytes())] {
        let service = Service::start(answer).await;
        let told = complaint(&service, Protocol::Http).await;
        assert!(matches!(told, RemoteError::Long { .. }), "{told:?}");
    }
    // Nor does the reason of a failure.
    let error = "HTTP/1.1 500 No\r\n\r\n".to_owned() + &" ".repeat(10_000_000);
    let service = Service::start(Answer::Bytes(error.into_bytes())).await;
    let told = complaint(&service, Protocol::Http).await;
    assert!(matches!(told, RemoteError::Status { said: None, .. }), "{told:?}");
}

#[tokio::test]
async fn a_service_that_fails_three_times_is_left_in_peace() {
    let service = Service::says("500 Internal Server Error", "").await;
    let mut remote = remote(service.settings(Protocol::Http));
    for _ in 0..3 {
        assert!(matches!(look(&mut remote).await, Err(RemoteError::Status { .. })));
    }
    for _ in 0..20 {
        let told = look(&mut remote).await.unwrap_err();
        let RemoteError::Rests { again, cause, .. } = &told else { panic!("{told:?}") };
        assert!(*again <= Duration::from_secs(5) && cause.contains("HTTP 500"), "{told}");
        assert!(told.to_string().contains("tried again in"), "{told}");
    }
    assert_eq!(service.count(), 3);
    // Pixels are no picture to it, and no failure of it.
    let pixels = watchpost_vision::objects::Rgb::new(1, 1, vec![0; 3]).unwrap();
    assert!(matches!(remote.look(Shown::Pixels(pixels)).await, Err(DetectError::Shown)));
}
