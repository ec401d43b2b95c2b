//! Commands to a running recorder of this machine, over its local socket.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use watchpost_model::config::Config;
use watchpost_model::{CameraId, WallTime};

use crate::timelapse::Film;

/// Where a recorder with these settings can be spoken to; only its user and root may.
pub(crate) fn socket(config: &Config) -> PathBuf {
    config.server.data_dir.join("watchpost.sock")
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalError {
    /// Nobody listens.
    #[error("no recorder is running with these settings ({} does not answer)", socket.display())]
    NotRunning {
        /// Where it should listen.
        socket: PathBuf,
        /// What the system said.
        source: reqwest::Error,
    },
    /// It broke off, or speaks strangely.
    #[error("the recorder broke off")]
    Broken(#[from] reqwest::Error),
    /// The photo cannot be written.
    #[error("cannot write {}", path.display())]
    File {
        /// Where to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The result cannot be told.
    #[error("cannot write the result")]
    Write(#[from] io::Error),
    /// It said no.
    #[error("{message}")]
    Refused {
        /// Why, and what to do.
        message: String,
    },
}

/// Has the recorder record `camera` from now on, for `length` or until it is stopped.
///
/// # Errors
///
/// Why it does not.
pub(crate) async fn record(
    config: &Config,
    camera: &CameraId,
    length: Option<Duration>,
    out: &mut impl Write,
) -> Result<(), LocalError> {
    let seconds = length.map(|length| length.as_secs_f64());
    let path = format!("/cameras/{camera}/record");
    let recorder = Recorder::new(config)?;
    recorder.ask(Method::POST, &path, Some(json!({ "seconds": seconds }))).await?;
    match length {
        Some(length) => writeln!(out, "{camera}: recording for {length:?}.")?,
        None => {
            writeln!(out, "{camera}: recording. To stop: watchpost record {camera} --stop")?;
        }
    }
    Ok(())
}

/// Ends what was begun by [`record`].
///
/// # Errors
///
/// Why it goes on.
pub(crate) async fn stop(
    config: &Config,
    camera: &CameraId,
    out: &mut impl Write,
) -> Result<(), LocalError> {
    let path = format!("/cameras/{camera}/record");
    Recorder::new(config)?.ask(Method::DELETE, &path, None).await?;
    Ok(writeln!(out, "{camera}: stopped.")?)
}

/// Has the recorder take a photo and keep it, and writes it to `output`, too.
///
/// # Errors
///
/// Why there is none.
pub(crate) async fn photo(
    config: &Config,
    camera: &CameraId,
    output: Option<PathBuf>,
    out: &mut impl Write,
) -> Result<(), LocalError> {
    let recorder = Recorder::new(config)?;
    let taken = recorder.ask(Method::POST, &format!("/cameras/{camera}/photo"), None).await?;
    let photo: Value = taken.json().await?;
    writeln!(out, "{camera}: photo of {}", photo["taken"].as_str().unwrap_or_default())?;
    if let Some(path) = output {
        let from = format!("/photos/{}.jpg", photo["id"]);
        let jpeg = recorder.ask(Method::GET, &from, None).await?.bytes().await?;
        tokio::fs::write(&path, jpeg).await.map_err(|source| LocalError::File { path, source })?;
    }
    Ok(())
}

/// A time-lapse film by the recorder, which knows the pictures of this moment, too; `None` if none runs.
///
/// # Errors
///
/// Why there is no film.
pub(crate) async fn timelapse(
    config: &Config,
    film: &Film,
) -> Result<Option<Response>, LocalError> {
    let Film { camera, interval, every, per_second, output: _ } = film;
    let moment = |at: WallTime| at.timestamp().to_string();
    let (from, to) = (moment(interval.start()), moment(interval.end()));
    let every = every.as_secs();
    let path = format!(
        "/timelapse.mp4?camera={camera}&from={from}&to={to}&every={every}s&fps={per_second}"
    );
    match Recorder::new(config)?.ask(Method::GET, &path, None).await {
        Ok(answer) => Ok(Some(answer)),
        Err(LocalError::NotRunning { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// How everything stands that senses or obeys, as the API tells it.
///
/// # Errors
///
/// Why nobody tells it.
pub(crate) async fn devices(config: &Config) -> Result<Value, LocalError> {
    Ok(Recorder::new(config)?.ask(Method::GET, "/devices", None).await?.json().await?)
}

/// A recorder that runs.
struct Recorder {
    socket: PathBuf,
    client: Client,
}

impl Recorder {
    /// The recorder with these settings. Nothing is asked yet.
    fn new(config: &Config) -> Result<Self, LocalError> {
        /// Between two bytes of an answer. Taking a photo may need the camera's stream to rest.
        const PATIENCE: Duration = Duration::from_secs(40);
        let socket = socket(config);
        let client =
            Client::builder().unix_socket(socket.as_path()).read_timeout(PATIENCE).build()?;
        Ok(Self { socket, client })
    }

    /// Asks, and gives the answer if it is a good one.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response, LocalError> {
        // The socket says where it goes; HTTP wants a host all the same.
        let mut request = self.client.request(method, format!("http://localhost/api/v1{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.map_err(|source| {
            if source.is_connect() {
                LocalError::NotRunning { socket: self.socket.clone(), source }
            } else {
                LocalError::Broken(source)
            }
        })?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let told: Value = answer.json().await.unwrap_or_default();
        let part = |name: &str| told["error"][name].as_str().unwrap_or_default().to_owned();
        let message = match part("message") {
            silent if silent.is_empty() => format!("the recorder answered {status}"),
            message => format!("{message} {}", part("hint")).trim_end().to_owned(),
        };
        Err(LocalError::Refused { message })
    }
}
