//! The program under test, started as its owner starts it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mp4_atom::ReadFrom;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program.
pub(crate) const WATCHPOST: &str = env!("CARGO_BIN_EXE_watchpost");

const PASSWORD: &str = "correct horse battery";

/// A place for one program: its folder, its file and its port. Outlives the program.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) port: u16,
}

impl Place {
    pub(crate) fn new() -> Self {
        // Free now; nobody else on this machine asks for ports in such a hurry.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder: tempfile::tempdir().unwrap(), port }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("watchpost.toml")
    }

    /// Writes the owner's file: the server, then `cameras`.
    pub(crate) fn configure(&self, cameras: &str) {
        let server = format!(
            "[server]\nlisten = \"127.0.0.1:{}\"\ndata_dir = \"data\"\ntime_zone = \"UTC\"\n\n",
            self.port
        );
        fs::write(self.config(), server + cameras).unwrap();
    }

    /// A command of the program, on this place's file.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(WATCHPOST);
        command.args(arguments).arg("--config").arg(self.config());
        command
    }

    /// Makes an owner by the command line.
    pub(crate) fn add_owner(&self) {
        let mut command =
            self.command(&["user", "add", "anna", "--role", "owner", "--password-stdin"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "user add");
    }

    /// Every file of footage, in the order of their names.
    pub(crate) fn footage(&self) -> Vec<PathBuf> {
        let mut files = files_below(&self.data().join("media"));
        files.retain(|file| file.extension().is_some_and(|extension| extension == "mp4"));
        files.sort();
        files
    }

    /// Makes the owner, starts the program and signs in.
    pub(crate) async fn open(&self, cameras: &str) -> Program {
        self.configure(cameras);
        self.add_owner();
        self.start().await
    }

    /// Starts the program and signs in.
    pub(crate) async fn start(&self) -> Program {
        self.start_as(&mut self.command(&["run"])).await
    }

    /// Starts the program by this command and signs in.
    pub(crate) async fn start_as(&self, command: &mut Command) -> Program {
        let program = Program::start(self, command);
        program.sign_in().await;
        program
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// A running program. Killed when dropped.
pub(crate) struct Program {
    child: Child,
    client: Client,
    origin: String,
    log: Arc<Mutex<String>>,
}

impl Program {
    /// Starts it; does not wait for anything.
    pub(crate) fn start(place: &Place, command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let pipes: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for pipe in pipes {
            let log = Arc::clone(&log);
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let mut log = log.lock().unwrap();
                    log.push_str(&line);
                    log.push('\n');
                }
            });
        }
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .tls_danger_accept_invalid_certs(true)
            .cookie_store(true)
            .build()
            .unwrap();
        let origin = format!("https://127.0.0.1:{}", place.port);
        Self { child, client, origin, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// All it has said so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it has said `words`.
    pub(crate) async fn says(&self, words: &str) {
        eventually(&format!("the log says {words:?}"), Duration::from_secs(20), async || {
            self.log().contains(words).then_some(()).ok_or_else(|| self.log())
        })
        .await;
    }

    async fn sign_in(&self) {
        let body = json!({"name": "anna", "password": PASSWORD});
        eventually("signs in", Duration::from_secs(20), async || {
            let answer = self.request(Method::POST, "/session").json(&body).send().await;
            match answer {
                Ok(answer) if answer.status() == 200 => Ok(()),
                Ok(answer) => Err(format!("{}\n{}", answer.status(), self.log())),
                Err(error) => Err(format!("{error:?}\n{}", self.log())),
            }
        })
        .await;
    }

    /// A request as the page makes it.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = format!("{}/api/v1{path}", self.origin);
        self.client.request(method, address).header("Origin", &self.origin)
    }

    pub(crate) async fn send(&self, request: reqwest::Request) -> Response {
        self.client.execute(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert!(answer.status().is_success(), "{path}: {}\n{}", answer.status(), self.log());
        answer.json().await.unwrap()
    }

    /// What the status says of the camera `name`.
    pub(crate) async fn camera(&self, name: &str) -> Value {
        let status = self.json("/status").await;
        let cameras = status["cameras"].as_array().unwrap();
        cameras.iter().find(|camera| camera["name"] == name).cloned().unwrap_or_default()
    }

    /// Waits until the camera `name` has `field` of this value.
    pub(crate) async fn camera_is(
        &self,
        name: &str,
        field: &str,
        value: impl Into<Value>,
    ) -> Value {
        let value = value.into();
        eventually(&format!("{name}: {field} is {value}"), Duration::from_secs(30), async || {
            let camera = self.camera(name).await;
            if camera[field] == value {
                Ok(camera)
            } else {
                Err(format!("{camera}\n{}", self.log()))
            }
        })
        .await
    }

    /// Waits for a fault at this place, and gives it.
    pub(crate) async fn fault(&self, place: &str) -> Value {
        eventually(&format!("a fault at {place}"), Duration::from_mins(1), async || {
            let status = self.json("/status").await;
            let faults = status["faults"].as_array().unwrap();
            let fault = faults.iter().find(|fault| fault["where"] == place).cloned();
            fault.ok_or_else(|| format!("{status}\n{}", self.log()))
        })
        .await
    }

    /// Waits until `count` events have ended, and gives them, newest first.
    pub(crate) async fn ended_events(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} ended events"), Duration::from_mins(1), async || {
            let page = self.json("/events").await;
            let events = page["events"].as_array().unwrap().clone();
            let ended: Vec<_> =
                events.into_iter().filter(|event| !event["end"].is_null()).collect();
            if ended.len() >= count { Ok(ended) } else { Err(format!("{page}\n{}", self.log())) }
        })
        .await
    }

    /// Sends a signal by its name, such as `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Waits until it has ended by itself, and tells whether it was content.
    pub(crate) async fn ends(&mut self) -> bool {
        let child = std::cell::RefCell::new(&mut self.child);
        eventually("the program ends", Duration::from_secs(20), async || {
            child.borrow_mut().try_wait().unwrap().ok_or_else(|| "it runs".to_owned())
        })
        .await
        .success()
    }

    /// As a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended.
        let _ = self.child.wait(); // As above.
    }
}

pub(crate) fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(status.unwrap().success());
}

/// Machines that run these stories are shared: what takes a second here may take three there.
const SLOWER: u32 = 3;

/// Asks again and again until the answer is good; fails after [`SLOWER`] times `patience` with the
/// last bad one.
pub(crate) async fn eventually<T>(
    what: &str,
    patience: Duration,
    ask: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    within(what, patience * SLOWER, ask).await
}

/// The same where the time is what is promised: not a moment longer than `limit`.
pub(crate) async fn within<T>(
    what: &str,
    limit: Duration,
    mut ask: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(last) if Instant::now() > deadline => {
                panic!("{what}: not within {limit:?}; {last}")
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The number of fragments in a file, by a reader of MP4 that nobody here wrote.
pub(crate) fn fragments(file: &Path) -> usize {
    let mut input = BufReader::new(fs::File::open(file).unwrap());
    let mut fragments = 0;
    while let Some(atom) = Option::<mp4_atom::Any>::read_from(&mut input).unwrap() {
        fragments += usize::from(matches!(atom, mp4_atom::Any::Moof(_)));
    }
    fragments
}

/// What ffprobe, which nobody here wrote, says of a file: pictures, seconds, and each error it met.
#[derive(Debug)]
pub(crate) struct Probed {
    pub(crate) pictures: u64,
    pub(crate) seconds: f64,
    pub(crate) codec: String,
    pub(crate) errors: String,
}

pub(crate) fn probe(file: &Path) -> Probed {
    let entries = "stream=codec_name,nb_read_frames:format=duration";
    let arguments = ["-v", "error", "-count_frames", "-show_entries", entries, "-of", "json"];
    let output =
        Command::new("ffprobe").args(arguments).arg(file).output().expect("ffprobe is installed");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number =
        |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    let stream = &told["streams"][0];
    Probed {
        pictures: stream["nb_read_frames"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0),
        seconds: number(&told["format"]["duration"]),
        codec: stream["codec_name"].as_str().unwrap_or_default().to_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
