//! `watchpost run`: everything, from start to stop.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use watchpost_model::Secret;
use watchpost_model::config::{self, Config, Source};
use watchpost_store::{CatalogError, OpenError, Options, Store};
use watchpost_web::{
    App, Bound, DetectorStatus, Discovery, Disk, Monitoring, Power, ServeError, SetPower, State,
    Tls, TlsError, Ui,
};

use crate::config::{ConfigError, Loaded};
use crate::detect::Detector;
use crate::devices::{self, Devices};
use crate::status::{Faults, with_sources};
use crate::wiring::{self, Cameras, Shared};
use crate::{clock, detect, find, keep, local, monitor};

/// Why the program cannot run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The owner's file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The time zone is not known here.
    #[error("server.time_zone: there is no time zone {name:?}; write it as in Europe/Berlin")]
    TimeZone {
        /// What was written.
        name: String,
        /// What the calendar said.
        source: jiff::Error,
    },
    /// The data folder or the catalog.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The catalog, once open.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The port.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system.
    #[error("the system refused")]
    System(#[from] io::Error),
}

impl RunError {
    /// What the owner should do, where the message does not say it itself.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            RunError::Store(error) => Some(error.hint().to_owned()),
            RunError::Catalog(error) => Some(error.hint().to_owned()),
            RunError::Serve(error) => Some(error.hint()),
            RunError::Tls(error) => Some(error.hint()),
            RunError::Config(_) | RunError::TimeZone { .. } | RunError::System(_) => None,
        }
    }
}

/// The store of a configuration, as its owner set it.
///
/// # Errors
///
/// If its time zone is unknown.
pub(crate) fn store_options(config: &Config) -> Result<Options, RunError> {
    Ok(Options {
        data_dir: config.server.data_dir.clone(),
        zone: zone(config)?,
        sync: match config.store.sync {
            config::Sync::Fragment => watchpost_store::Sync::Fragment,
            config::Sync::Close => watchpost_store::Sync::Close,
        },
        video_name: config.store.video_name.clone(),
        photo_name: config.store.photo_name.clone(),
    })
}

fn zone(config: &Config) -> Result<TimeZone, RunError> {
    match &config.server.time_zone {
        None => Ok(TimeZone::system()),
        Some(name) => {
            TimeZone::get(name).map_err(|source| RunError::TimeZone { name: name.clone(), source })
        }
    }
}

/// Runs until it is told to stop by SIGTERM or SIGINT.
///
/// # Errors
///
/// If it cannot start.
pub(crate) async fn run(loaded: Loaded, ui_dir: Option<PathBuf>) -> Result<(), RunError> {
    let Loaded { mut config, path } = loaded;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let reload = signal(SignalKind::hangup())?;
    let mut bound = watchpost_web::bind(config.server.listen)?;
    let (store, findings) = Store::open(store_options(&config)?, clock::now()).await?;
    // Only now is it sure that no other recorder has this folder.
    let no_socket = bound.serve_socket(&local::socket(&config)).err();
    let tls = certificate(&config)?;
    for finding in &findings.0 {
        tracing::warn!("{finding}");
    }
    if config.cameras.is_empty() {
        config.cameras = find::cameras().await?;
    }

    let mut recorder = Recorder::start(&store, config, path).await?;
    if let Some(error) = no_socket {
        // Commands for recording and photos need it; nothing else does.
        let (cause, hint) = (with_sources(&error), error.hint());
        recorder.faults.set("commands", cause, hint, clock::now());
    }
    let token = setup_token(&store).await?;
    greet(&bound, &recorder.config.borrow(), token.as_ref())?;
    let app = recorder.app(&store, token, ui_dir);
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let mut serving = tokio::spawn(bound.serve(app, tls, stopped));
    ready();
    let ended = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        served = &mut serving => served.unwrap_or_else(|error| Err(broken(error))),
        () = recorder.follow_reloads(reload) => Ok(()),
    };
    tracing::info!("stopping");
    // Nobody watches over a program that is not run by systemd.
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    stop.cancel();
    recorder.stop().await;
    if !serving.is_finished()
        && let Err(error) = serving.await
    {
        tracing::error!("serving did not end well: {error}");
    }
    store.close().await;
    Ok(ended?)
}

/// A panic while serving is a fault of ours, told as such.
fn broken(error: tokio::task::JoinError) -> ServeError {
    let address = SocketAddr::from(([0, 0, 0, 0], 0));
    ServeError::Broken { address, source: io::Error::other(error) }
}

fn certificate(config: &Config) -> Result<Tls, TlsError> {
    if let Some(given) = &config.server.certificate {
        return Tls::given(&given.chain, &given.key);
    }
    let folder = config.server.data_dir.join("tls");
    Tls::own(&folder, config.server.listen.ip(), clock::now())
}

/// What makes the first owner, while there is none.
async fn setup_token(store: &Store) -> Result<Option<Secret<String>>, CatalogError> {
    if store.has_users().await? {
        return Ok(None);
    }
    let random: u128 = rand::random();
    Ok(Some(Secret::new(format!("{random:032x}"))))
}

/// Tells the person at the terminal where to go.
fn greet(bound: &Bound, config: &Config, token: Option<&Secret<String>>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let address = bound.address();
    let page = format!("https://{}", SocketAddr::new(reachable(address.ip()), address.port()));
    writeln!(out, "Watchpost {} is running.", env!("CARGO_PKG_VERSION"))?;
    for camera in &config.cameras {
        let what = match &camera.source {
            Source::Demo => {
                "a demo drawn by the program: no camera is set up, and none was found here"
                    .to_owned()
            }
            Source::Rtsp(rtsp) => rtsp.url.to_string(),
            Source::Http(http) => http.url.to_string(),
            Source::Onvif(onvif) => onvif.url.to_string(),
            Source::File(file) => file.path.display().to_string(),
            Source::RaspberryPi(pi) => format!("Raspberry Pi camera {}", pi.camera),
            Source::V4l2(webcam) => webcam.device.display().to_string(),
        };
        writeln!(out, "  camera {}: {what}", camera.name)?;
    }
    writeln!(out, "  data: {}", config.server.data_dir.display())?;
    match token {
        None => writeln!(out, "  page: {page}")?,
        Some(token) => {
            writeln!(out, "  set your password here, once: {page}/setup#token={}", token.expose())?;
        }
    }
    if config.server.certificate.is_none() {
        writeln!(out, "  The browser will warn, because the certificate is this machine's own.")?;
    }
    out.flush()
}

/// The address that others reach this machine by, if it listens on all.
fn reachable(listen: IpAddr) -> IpAddr {
    if !listen.is_unspecified() {
        return listen;
    }
    // Nothing is sent: the system only says from which address it would.
    let outward = || {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect("192.0.2.1:9")?; // Reserved for documentation (RFC 5737).
        Ok::<_, io::Error>(socket.local_addr()?.ip())
    };
    outward().unwrap_or(IpAddr::from([127, 0, 0, 1]))
}

/// Tells systemd that all is up, and keeps telling it so.
fn ready() {
    // Nobody watches over a program that is not run by systemd.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    if let Some(patience) = sd_notify::watchdog_enabled() {
        let mut tick = interval(patience / 3);
        // Ends with the runtime, whose health it shows.
        tokio::spawn(async move {
            loop {
                tick.tick().await;
                let _ = sd_notify::notify(&[NotifyState::Watchdog]); // As above.
            }
        });
    }
}

/// What runs behind the page.
struct Recorder {
    cameras: Cameras,
    devices: Devices,
    told_devices: watchpost_web::Devices,
    handles: watch::Receiver<Vec<watchpost_web::CameraHandle>>,
    config: watch::Sender<Arc<Config>>,
    /// Where the configuration came from.
    path: Option<PathBuf>,
    faults: Faults,
    told_faults: watch::Receiver<Vec<watchpost_web::Fault>>,
    disk: watch::Receiver<Disk>,
    detector: watch::Receiver<DetectorStatus>,
    changes: broadcast::Sender<watchpost_web::Change>,
    monitoring: Monitoring,
    discovery: Discovery,
    /// What serves all cameras: monitoring, retention.
    tasks: JoinSet<()>,
}

impl Recorder {
    async fn start(store: &Store, config: Config, path: Option<PathBuf>) -> Result<Self, RunError> {
        let mut tasks = JoinSet::new();
        let (faults, told_faults) = Faults::new();
        let (changes, _) = broadcast::channel(wiring::CHANGES);
        let (order, orders) = mpsc::channel(wiring::POWER_ORDERS);
        let (monitoring, state) = switch(store, orders, &mut tasks).await?;
        let (fired, _) = broadcast::channel(wiring::FIRED);
        let (config, told_config) = watch::channel(Arc::new(config));
        let make_room = Arc::new(Notify::new());
        let (tell_disk, disk) = watch::channel(Disk::default());
        tasks.spawn(keep::run(keep::Desk {
            store: store.clone(),
            config: told_config,
            faults: faults.clone(),
            disk: tell_disk,
            changes: changes.clone(),
            make_room: Arc::clone(&make_room),
        }));
        let (discovery, questions) = Discovery::new();
        tasks.spawn(find::run(questions));
        let detector = Detector::new();
        let (tell_detector, told_detector) = watch::channel(DetectorStatus::Off);
        tasks.spawn(detect::run(detect::Service {
            detector: detector.clone(),
            config: config.subscribe(),
            faults: faults.clone(),
            status: tell_detector,
        }));
        let of_devices = devices::Shared {
            store: store.clone(),
            faults: faults.clone(),
            monitoring: state.clone(),
            fired: fired.clone(),
            orders: order,
        };
        let (mut devices, told_devices) = Devices::new(of_devices, &mut tasks);
        let (mut cameras, handles) = Cameras::new(Shared {
            store: store.clone(),
            faults: faults.clone(),
            changes: changes.clone(),
            monitoring: state,
            make_room,
            detector,
            fired,
        });
        let first = Arc::clone(&config.borrow());
        cameras.apply(&first).await;
        devices.apply(&first).await;
        Ok(Self {
            cameras,
            devices,
            told_devices,
            handles,
            config,
            path,
            faults,
            told_faults,
            disk,
            detector: told_detector,
            changes,
            monitoring,
            discovery,
            tasks,
        })
    }

    /// What the page needs.
    fn app(
        &self,
        store: &Store,
        setup_token: Option<Secret<String>>,
        ui_dir: Option<PathBuf>,
    ) -> App {
        App {
            store: store.clone(),
            cameras: self.handles.clone(),
            monitoring: self.monitoring.clone(),
            faults: self.told_faults.clone(),
            disk: self.disk.clone(),
            detector: self.detector.clone(),
            changes: self.changes.clone(),
            devices: self.told_devices.clone(),
            discovery: self.discovery.clone(),
            clock: clock::now,
            zone: store.zone().clone(),
            setup_token,
            ui: ui_dir.map_or(Ui::BuiltIn, Ui::Folder),
        }
    }

    /// Reads the configuration anew at each SIGHUP. Never returns.
    async fn follow_reloads(&mut self, mut reload: Signal) {
        while reload.recv().await.is_some() {
            self.reload().await;
        }
        std::future::pending::<()>().await;
    }

    /// Applies the file as it is now. A bad one is refused loudly, and all goes on as it was.
    async fn reload(&mut self) {
        let place = "configuration";
        let now = clock::now();
        let mut config = match crate::config::load(self.path.clone()) {
            Ok(loaded) => loaded.config,
            Err(error) => {
                let hint = "All goes on as before. Mend the file and reload, or try it first with `watchpost check`.";
                return self.faults.set(
                    place,
                    format!("the new file is refused:\n{error}"),
                    hint,
                    now,
                );
            }
        };
        let running = Arc::clone(&self.config.borrow());
        let min_free = config.store.min_free;
        let store = config::Store { min_free, ..running.store.clone() };
        if config.server != running.server || config.store != store {
            tracing::warn!(
                "changes to [server], and to names and sync in [store], take effect at the next start"
            );
            config.server = running.server.clone();
            config.store = store;
        }
        if config.cameras.is_empty() {
            match find::cameras().await {
                Ok(found) => config.cameras = found,
                Err(error) => {
                    return self.faults.set(
                        place,
                        error.to_string(),
                        "All goes on as before.",
                        now,
                    );
                }
            }
        }
        self.cameras.apply(&config).await;
        self.devices.apply(&config).await;
        self.config.send_replace(Arc::new(config));
        self.faults.clear(place);
        tracing::info!("the configuration was read anew");
    }

    /// Stops the cameras, closing their files, then the rest.
    async fn stop(mut self) {
        /// A disk that does not answer must not keep the program from ending.
        const PATIENCE: Duration = Duration::from_secs(10);
        if tokio::time::timeout(PATIENCE, self.devices.stop()).await.is_err() {
            tracing::error!("lights, servos and outputs did not end in time");
        }
        if tokio::time::timeout(PATIENCE, self.cameras.stop()).await.is_err() {
            tracing::error!(
                "the files could not be closed in time; they are mended at the next start"
            );
        }
        self.tasks.shutdown().await;
    }
}

/// The switch for monitoring, its owner's task, and how it stands.
async fn switch(
    store: &Store,
    orders: mpsc::Receiver<monitor::Order>,
    tasks: &mut JoinSet<()>,
) -> Result<(Monitoring, watch::Receiver<bool>), CatalogError> {
    let last = monitor::last_state(store).await?;
    let (tell, state) = watch::channel(last);
    let (monitoring, wishes): (_, mpsc::Receiver<SetPower>) = Monitoring::new(state.clone());
    tasks.spawn(monitor::run(store.clone(), wishes, orders, tell));
    Ok((monitoring, is_on(state, tasks)))
}

/// Only whether it is on, for those who need no more.
fn is_on(mut state: watch::Receiver<State>, tasks: &mut JoinSet<()>) -> watch::Receiver<bool> {
    let on = |state: &State| state.power == Power::On;
    let (tell, told) = watch::channel(on(&state.borrow()));
    tasks.spawn(async move {
        while state.changed().await.is_ok() {
            tell.send_replace(on(&state.borrow_and_update()));
        }
    });
    told
}
