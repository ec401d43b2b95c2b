//! A recorder with one camera, and ways to ask it.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use futures::StreamExt;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::{broadcast, watch};
use tokio_tungstenite::WebSocketStream;
use tower::ServiceExt;
use watchpost_media::{Kind, Parameters, Picture};
use watchpost_model::config::{NameTemplate, PictureSettings, Record};
use watchpost_model::{Ailment, ByteSize, Ended, Event, EventId, Secret, Trigger, WallTime};
use watchpost_store::{NewPhoto, Options, Photo, Role, SegmentKind, Snapshot, Store, Sync, User};

use crate::routes::{Site, router};
use crate::*;

pub(super) const TOKEN: &str = "open-sesame-7391";
pub(super) const PASSWORD: &str = "correct horse battery";
const CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

/// 16 by 16 pixels of grey.
pub(super) const JPEG: &[u8] = include_bytes!("small.jpg");

pub(super) type Socket = WebSocketStream<TcpStream>;

thread_local! {
    /// The clock of the test, in microseconds. A test has a thread of its own.
    pub(super) static NOW: Cell<i64> = const { Cell::new(1_795_267_925_000_000) };
}

pub(super) fn now() -> WallTime {
    WallTime::from_micros(NOW.with(Cell::get))
}

#[derive(Clone)]
pub(super) struct House {
    router: Router,
    pub(super) site: Arc<Site>,
    pub(super) cookie: Option<String>,
    pub(super) origin: Option<String>,
    accepts: Option<String>,
    range: Option<String>,
    keep: Arc<(TempDir, Keep)>,
}

/// What the program's other tasks would hold.
pub(super) type Keep = (
    watch::Sender<Vec<Fault>>,
    watch::Sender<Disk>,
    watch::Sender<CameraStatus>,
    watch::Sender<DetectorStatus>,
    watch::Sender<Arc<DeviceStates>>,
    Wishes,
);

/// What devices were told to do, all of it.
pub(super) type Wishes = Arc<Mutex<Vec<(String, DeviceWish)>>>;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// `null` if the body is not JSON.
    pub(super) json: Value,
}

pub(super) async fn app(folder: &Path) -> (App, Keep) {
    let options = Options {
        data_dir: folder.join("data"),
        zone: TimeZone::UTC,
        sync: Sync::Close,
        video_name: NameTemplate::video(NameTemplate::VIDEO).unwrap(),
        photo_name: NameTemplate::photo(NameTemplate::PHOTO).unwrap(),
    };
    let (store, _) = Store::open(options, now()).await.unwrap();
    let ui = folder.join("ui");
    std::fs::create_dir_all(ui.join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<p>plain"),
        ("assets/app-1.js", "plain"),
        ("assets/app-1.js.br", "compressed"),
        (".hidden.txt", "hidden"),
    ] {
        std::fs::write(ui.join(name), content).unwrap();
    }
    let (keep_faults, faults) = watch::channel(vec![Fault {
        place: "door".to_owned(),
        message: "The camera cannot be reached.".to_owned(),
        hint: None,
        since: now(),
    }]);
    let (keep_disk, disk) = watch::channel(Disk::default());
    let (keep_status, status) = watch::channel(CameraStatus {
        link: Link::Offline {
            cause: "RTSP: connection refused".to_owned(),
            hint: None,
            next_try: Some(now()),
        },
        since: now(),
        record: Record::Events,
        recording: false,
        detection: Detection::Off,
        demo: false,
        stream: Some(Stream {
            width: 1280,
            height: 720,
            codec: "avc1.64001f".to_owned(),
            throughput: Some(Throughput {
                over: Duration::from_secs(2),
                pictures: 30,
                bytes: ByteSize::from_bytes(750_000),
            }),
        }),
        health: [(Ailment::NoPictures, now())].into(),
        note: Some("read by ffmpeg: the built-in reader said no".to_owned()),
        audio: true,
        manual: None,
        objects: Vec::new(),
    });
    let (keep_detector, detector) = watch::channel(DetectorStatus::Off);
    let (keep_devices, cards) = watch::channel(Arc::default());
    let (devices, wishes) = devices(cards);
    let name = "door".parse().unwrap();
    let camera = CameraHandle {
        name,
        status,
        live: Feed::new(),
        snapshots: snapshots(),
        controls: controls(store.clone()),
        abilities: Abilities { picture: true, ptz: true },
        motion: super::motion::motion(store.clone()),
        meter: Meter::new(),
        text_on_pictures: false,
    };
    let app = App {
        store,
        discovery: discovery(),
        devices,
        cameras: watch::channel(vec![camera]).1,
        monitoring: monitoring(),
        faults,
        disk,
        detector,
        changes: broadcast::Sender::new(64),
        clock: now,
        zone: TimeZone::UTC,
        setup_token: Some(Secret::new(TOKEN.to_owned())),
        ui: Ui::Folder(ui),
    };
    (app, (keep_faults, keep_disk, keep_status, keep_detector, keep_devices, wishes))
}

/// Makes a picture that says how wide it is; 666 fails, and at 667 the camera is switched off.
fn snapshots() -> Snapshots {
    let (snapshots, mut requests) = Snapshots::new();
    tokio::spawn(async move {
        while let Some(SnapshotRequest { width, text, reply }) = requests.recv().await {
            let answer = match (width, text) {
                (Some(667), _) => return,
                (Some(666), _) => Err("The camera sent no key picture yet.".to_owned()),
                (width, None) => Ok(Bytes::from(width.unwrap_or(0).to_string())),
                (width, Some(text)) => Ok(Bytes::from(format!("{width:?} {text}"))),
            };
            reply.send(answer).unwrap();
        }
    });
    snapshots
}

/// A camera that does what it is told. It knows one place, and its picture can be set.
fn controls(store: Store) -> Controls {
    let (controls, mut requests) = Controls::new();
    let file = PictureSettings::default();
    let mut picture = PictureState { now: file.clone(), file };
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            match request {
                ControlRequest::Record { length, reply } => {
                    let until = length.map(|length| now() + length);
                    reply.send(Ok(Manual { since: now(), until })).unwrap();
                }
                ControlRequest::Stop { reply } => reply.send(Ok(())).unwrap(),
                ControlRequest::Photo { reply } => {
                    reply.send(Ok(take_photo(&store, now(), None).await)).unwrap();
                }
                ControlRequest::Picture { reply } => reply.send(Ok(picture.clone())).unwrap(),
                ControlRequest::ChangePicture { changes, reply } => {
                    let changed = picture.change(&changes);
                    let answer = changed.map(|now| {
                        picture.now = now;
                        picture.clone()
                    });
                    reply.send(answer).unwrap();
                }
                ControlRequest::ResetPicture { reply } => {
                    picture.now = picture.file.clone();
                    reply.send(Ok(picture.clone())).unwrap();
                }
                ControlRequest::Ptz { reply } => {
                    let gate = Preset { id: "1".to_owned(), name: "gate".to_owned() };
                    let presets = vec![gate];
                    let ptz = Ptz { pan_tilt: true, zoom: false, home: true, presets };
                    reply.send(Ok(ptz)).unwrap();
                }
                ControlRequest::Move { movement, reply } => {
                    let none = Refusal::None("The camera knows no such place.".to_owned());
                    let known = movement != Movement::Preset("9".to_owned());
                    reply.send(if known { Ok(()) } else { Err(none) }).unwrap();
                }
                ControlRequest::SavePreset { name, reply } => {
                    reply.send(Ok(Preset { id: "2".to_owned(), name })).unwrap();
                }
                ControlRequest::RemovePreset { id, reply } => {
                    assert_eq!(id, "1");
                    reply.send(Ok(())).unwrap();
                }
            }
        }
    });
    controls
}

/// Devices that do what they are told, but for one called `stuck`, which cannot, and one called `broken`,
/// which never answers.
fn devices(states: watch::Receiver<Arc<DeviceStates>>) -> (Devices, Wishes) {
    let (devices, mut requests) = Devices::new(states);
    let wishes = Wishes::default();
    let told = Arc::clone(&wishes);
    tokio::spawn(async move {
        while let Some(DeviceRequest { device, wish, reply }) = requests.recv().await {
            told.lock().unwrap().push((device.to_string(), wish));
            let answer = match device.as_str() {
                "broken" => continue,
                "stuck" => Err(Refusal::NotNow {
                    message: "The board does not answer.".to_owned(),
                    hint: "Is its cable in?".to_owned(),
                }),
                _ => Ok(()),
            };
            reply.send(answer).unwrap();
        }
    });
    (devices, wishes)
}

/// Finds a camera of the network, which has one stream, for a user with the right password.
fn discovery() -> Discovery {
    let (discovery, mut requests) = Discovery::new();
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            match request {
                DiscoveryRequest::Cameras { reply } => {
                    let found = FoundCamera {
                        name: "Front".to_owned(),
                        kind: FoundKind::Onvif,
                        address: "http://192.0.2.20/onvif/device_service".to_owned(),
                        source: None,
                        details: vec!["IPC-1".to_owned()],
                    };
                    reply.send(Ok(vec![found])).unwrap();
                }
                DiscoveryRequest::Streams { device, credentials, reply } => {
                    let right = credentials.is_some_and(|FoundCredentials { user, password }| {
                        (user.as_str(), password.expose().as_str()) == ("admin", "rosebud")
                    });
                    let stream = FoundStream {
                        name: "main".to_owned(),
                        codec: "H264".to_owned(),
                        size: Some((1920, 1080)),
                        fps: None,
                        url: format!("rtsp://{}/1", device.host_str().unwrap()),
                    };
                    let settings = "[[camera]]\n".to_owned();
                    let wrong = Refusal::Invalid {
                        message: "The camera refuses this user.".to_owned(),
                        hint: "Give the camera's own user and password.".to_owned(),
                    };
                    let streams = FoundStreams { streams: vec![stream], settings };
                    reply.send(if right { Ok(streams) } else { Err(wrong) }).unwrap();
                }
            }
        }
    });
    discovery
}

/// Keeps a small photo of `taken`.
pub(super) async fn take_photo(store: &Store, taken: WallTime, event: Option<EventId>) -> Photo {
    let jpeg = Bytes::from_static(JPEG);
    let camera = "door".parse().unwrap();
    let (width, height) = watchpost_media::jpeg::size(&jpeg).unwrap();
    store.add_photo(NewPhoto { camera, taken, event, jpeg, width, height }).await.unwrap()
}

fn monitoring() -> Monitoring {
    let first = State { power: Power::On, since: now(), by: None };
    let (sender, receiver) = watch::channel(first);
    let (monitoring, mut wishes) = Monitoring::new(receiver);
    tokio::spawn(async move {
        while let Some(SetPower { power, by, reply }) = wishes.recv().await {
            let state = State { power, since: now(), by: Some(by) };
            sender.send_replace(state.clone());
            reply.send(Ok(state)).unwrap();
        }
    });
    monitoring
}

impl House {
    /// One that was never set up.
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (app, keep) = app(folder.path()).await;
        let site = Arc::new(Site::from(app));
        Self {
            router: router(Arc::clone(&site)),
            site,
            cookie: None,
            origin: Some("https://cam.local:8443".to_owned()),
            accepts: None,
            range: None,
            keep: Arc::new((folder, keep)),
        }
    }

    /// One that Anna set up and is logged in to.
    pub(super) async fn with_anna() -> Self {
        let mut house = Self::new().await;
        let answer = house.set_up(TOKEN, PASSWORD).await;
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        house.cookie = cookie.split_once(';').map(|(cookie, _)| cookie.to_owned());
        house
    }

    /// The same, asked by another user who is logged in.
    pub(super) async fn with_user(&self, name: &str, role: Role) -> Self {
        let hash = tokio::task::spawn_blocking(|| {
            Password::new(Secret::new(PASSWORD.to_owned())).unwrap().hash().unwrap()
        });
        let password_hash = hash.await.unwrap();
        let user = User { name: name.to_owned(), role, password_hash };
        self.site.app.store.put_user(&user).await.unwrap();
        let answer = self.stranger().log_in_as(name, PASSWORD).await;
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split_once(';').map(|(cookie, _)| cookie.to_owned());
        Self { cookie, ..self.clone() }
    }

    /// The same, asked by somebody without a cookie.
    pub(super) fn stranger(&self) -> Self {
        Self { cookie: None, ..self.clone() }
    }

    pub(super) fn accepting(&self, codings: &str) -> Self {
        Self { accepts: Some(codings.to_owned()), ..self.clone() }
    }

    pub(super) fn range(&self, range: &str) -> Self {
        Self { range: Some(range.to_owned()), ..self.clone() }
    }

    /// An answer that goes on and on, as it comes.
    pub(super) async fn open(&self, path: &str) -> BodyDataStream {
        let request = Request::builder().uri(path).extension(ConnectInfo(CLIENT));
        let request = request.header(header::COOKIE, self.cookie.as_ref().unwrap());
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        let response = response.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().into_data_stream()
    }

    /// Where all that is kept lies.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.keep.0.path().join("data")
    }

    /// Changes how the camera is.
    pub(super) fn tell_status(&self, change: impl FnOnce(&mut CameraStatus)) {
        self.keep.1.2.send_modify(change);
    }

    /// Changes how the detector is.
    pub(super) fn tell_detector(&self, status: DetectorStatus) {
        self.keep.1.3.send_replace(status);
    }

    /// Changes how the devices are.
    pub(super) fn tell_devices(&self, states: DeviceStates) {
        self.keep.1.4.send_replace(Arc::new(states));
    }

    /// What devices were told to do since this was asked last.
    pub(super) fn wishes(&self) -> Vec<(String, DeviceWish)> {
        std::mem::take(&mut self.keep.1.5.lock().unwrap())
    }

    /// Records two seconds, `after` seconds later, and an event in them; its name.
    pub(super) async fn record(&self, after: i64) -> String {
        let store = &self.site.app.store;
        let camera = "door".parse().unwrap();
        let pictures: Vec<_> = (0..30).map(|n| picture(after * 15 + n, n == 0)).collect();
        let start = pictures[0].time;
        let end = start + Duration::from_secs(2);
        let mut writer =
            store.begin_segment(&camera, &pictures[0], SegmentKind::Video).await.unwrap();
        writer.append(pictures, end).await.unwrap();
        writer.finish().await.unwrap();
        let triggered = start + Duration::from_millis(500);
        let id = EventId::new(&camera, triggered);
        let triggers = [Trigger::Motion].into();
        let end = Some((end, Ended::Quiet));
        let event = Event {
            id: id.clone(),
            camera,
            start,
            triggered,
            end,
            triggers,
            sensors: [].into(),
            kept: false,
        };
        store.put_event(&event).await.unwrap();
        let [clean, marked, thumb] = [&b"clean"[..], b"marked", b"thumb"].map(Bytes::from_static);
        let snapshot = Snapshot { clean, marked, thumb, score: 0.5 };
        store.save_snapshot(&id, snapshot).await.unwrap();
        id.to_string()
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub(super) async fn set_up(&self, token: &str, password: &str) -> Answer {
        let setup = json!({ "token": token, "name": "anna", "password": password });
        self.ask(Method::POST, "/api/v1/setup", Some(setup)).await
    }

    pub(super) async fn log_in(&self, password: &str) -> Answer {
        self.log_in_as("anna", password).await
    }

    pub(super) async fn log_in_as(&self, name: &str, password: &str) -> Answer {
        let login = json!({ "name": name, "password": password });
        self.ask(Method::POST, "/api/v1/session", Some(login)).await
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, "cam.local:8443").extension(ConnectInfo(CLIENT));
        for (name, value) in [
            (header::COOKIE, &self.cookie),
            (header::ORIGIN, &self.origin),
            (header::ACCEPT_ENCODING, &self.accepts),
            (header::RANGE, &self.range),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 8_000_000).await.unwrap();
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Answer { status, headers, body, json }
    }

    /// Opens live view from a page of `origin`.
    pub(super) async fn look(
        &self,
        origin: &str,
    ) -> Result<Socket, tokio_tungstenite::tungstenite::Error> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, self.router.clone()).into_future());
        let request = super::live_request(origin, self.cookie.as_ref().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        Ok(tokio_tungstenite::client_async(request, stream).await?.0)
    }
}

/// The next server-sent event: its name and data.
pub(super) async fn message(stream: &mut BodyDataStream) -> (String, Value) {
    let text = stream.next().await.unwrap().unwrap();
    let text = str::from_utf8(&text).unwrap();
    let field = |name| text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    (field("event: ").to_owned(), serde_json::from_str(field("data: ")).unwrap())
}

/// The `number`th picture of a stream of 15 a second.
pub(super) fn picture(number: i64, key: bool) -> Picture {
    let sps = [
        0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x6a, 0x02, 0x02, 0x02,
        0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x07, 0x8c, 0x18, 0xcb,
    ];
    let pps = [0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];
    Picture {
        parameters: Arc::new(Parameters::h264(&sps, &pps).unwrap()),
        data: Bytes::from_static(&[0, 0, 0, 2, 0x65, 0x88]),
        kind: if key { Kind::Key } else { Kind::Delta },
        time: WallTime::from_micros(1_795_267_925_000_000 + number * 66_667),
        shown_after: Duration::ZERO,
        sound: Vec::new(),
    }
}

/// Whether `value` is what the description calls `schema`.
#[track_caller]
pub(super) fn validate(schema: &str, value: &Value) {
    let mut root = serde_json::to_value(crate::openapi()).unwrap();
    root["$ref"] = json!(format!("#/components/schemas/{schema}"));
    let validator = jsonschema::draft202012::new(&root).unwrap();
    let faults: Vec<_> = validator.iter_errors(value).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{schema}: {faults:?}\n{value:#}");
}
