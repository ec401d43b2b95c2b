//! Watchpost: watches cameras, keeps the footage that matters, and shows it to its owner.
//!
//! The flow, a file per task: `camera` (source to all who want its pictures) → `see` (decode, motion) → `decide` (feeds the
//! machines of `watch`) → `record` (ring to store) and `photo` (photos to store); `health` (is the camera well), `control`
//! (what is asked by hand), `keep` (retention) and `monitor` (the switch) beside them; `wiring` lists every queue.
#![forbid(unsafe_code)]

mod run; //       everything, from start to stop
mod wiring; //    every task and queue
mod camera; //    source to all
mod see; //       decode, motion
mod decide; //    events
mod record; //    ring to store
mod photo; //     photos to store
mod health; //    is the camera well
mod control; //   what is asked by hand
mod turn; //      where the camera looks
mod keep; //      retention
mod monitor; //   the switch
mod status; //    what the page shows
mod supervise; // tasks that break start anew

mod config; //    the owner's file
mod find; //      cameras of this machine
mod user; //      who may come in
mod local; //     commands to a running recorder
mod frames; //    what is to be seen in files
mod motion; //    what moves in them
mod examine; //   what is wrong with them
mod timelapse; // films of days
mod clock; //     the wall clock

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use tokio::runtime;
use tracing_subscriber::EnvFilter;
use url::Url;
use watchpost_model::{CameraId, Fraction, MotionSettings, Tuning};
use watchpost_store::{Role, Store};

use crate::run::RunError;
use crate::status::with_sources;

/// Watches cameras, keeps the footage that matters, and shows it to its owner.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    /// The settings [default: ./watchpost.toml, else /etc/watchpost/watchpost.toml, else none]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Records, and serves the page
    Run {
        /// Serves the page from this folder, for those who change it
        #[arg(long, value_name = "FOLDER")]
        ui_dir: Option<PathBuf>,
    },
    /// Checks the settings and tells all faults at once
    Check {
        /// The settings to check
        file: Option<PathBuf>,
    },
    /// Prints a file of settings to start from, or their schema
    Config {
        #[command(subcommand)]
        print: Print,
    },
    /// Adds, lists and removes those who may come in
    User {
        #[command(subcommand)]
        change: UserChange,
    },
    /// Lists the cameras of this machine, with what they can
    Cameras,
    /// Finds the cameras of this network that speak ONVIF
    Discover {
        /// Asks the camera at this address, which discovery told, for its streams
        #[arg(value_name = "ADDRESS")]
        address: Option<Url>,
        /// As this user
        #[arg(long, value_name = "NAME", requires = "password_stdin", requires = "address")]
        user: Option<String>,
        /// Reads that user's password from standard input
        #[arg(long, requires = "user")]
        password_stdin: bool,
    },
    /// Has the running recorder record a camera now
    Record {
        /// Which camera
        camera: CameraId,
        /// For how long, such as 30s; if not given, until it is told to stop
        #[arg(long = "for", value_name = "LENGTH", value_parser = length)]
        length: Option<Duration>,
        /// Stops what was begun so
        #[arg(long, conflicts_with = "length")]
        stop: bool,
    },
    /// Has the running recorder take a photo and keep it
    Photo {
        /// Which camera
        camera: CameraId,
        /// Writes it here, too
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Makes a film of the pictures that a camera with `timelapse` keeps
    Timelapse {
        /// Which camera
        camera: CameraId,
        /// From when, such as 2026-11-21 or "2026-11-21 14:30" [default: a day before the end]
        #[arg(long, value_name = "MOMENT")]
        from: Option<String>,
        /// Until when [default: now]
        #[arg(long, value_name = "MOMENT")]
        to: Option<String>,
        /// At least this much time between two pictures, of whole seconds
        #[arg(long, value_name = "LENGTH", value_parser = length, default_value = "10s")]
        every: Duration,
        /// Pictures a second in the film
        #[arg(long, value_name = "PICTURES", default_value = "25", value_parser = clap::value_parser!(u32).range(1..=60))]
        fps: u32,
        /// Where the film goes; named after the camera and the times if not given
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Tells what moves in video files
    Motion {
        /// MP4 files with H.264 or H.265 video
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// The least share of the picture that must move
        #[arg(long, value_name = "SHARE", value_parser = fraction)]
        min_area: Option<Fraction>,
        /// The least change of brightness, of 255, by which a pixel counts as moving
        #[arg(long, value_name = "LEVELS")]
        min_pixel_delta: Option<u8>,
    },
    /// Tells what is wrong with the camera in video files: black, frozen, covered, defocused, moved
    Health {
        /// Video files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Checks every file of footage, and changes nothing
    Verify,
    /// Builds the catalog anew from the files
    Reindex,
}

#[derive(Subcommand)]
enum Print {
    /// All settings, explained
    Example,
    /// The JSON schema of the settings
    Schema,
}

#[derive(Subcommand)]
enum UserChange {
    /// Adds somebody, or gives a new password
    Add {
        /// The name to sign in with
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value = "owner")]
        role: RoleName,
        /// Reads the password from standard input; it is never an argument, which others could see
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Lists everybody
    List,
    /// Removes somebody, who is signed out everywhere
    Remove {
        /// The name to sign in with
        name: String,
    },
}

/// What somebody may do.
#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// Everything
    Owner,
    /// Everything but users and settings
    Member,
    /// Looking
    Viewer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Role::Owner,
            RoleName::Member => Role::Member,
            RoleName::Viewer => Role::Viewer,
        }
    }
}

fn fraction(text: &str) -> Result<Fraction, String> {
    let share = text.parse().ok().and_then(Fraction::new);
    share.ok_or_else(|| "must be a number from 0 to 1, such as 0.002".to_owned())
}

fn length(text: &str) -> Result<Duration, String> {
    let length = text.parse::<jiff::SignedDuration>().ok();
    let length = length.and_then(|length| Duration::try_from(length).ok());
    length
        .filter(|length| !length.is_zero())
        .ok_or_else(|| "must be a length of time, such as 30s or 2m".to_owned())
}

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // The decode worker comes before anything that starts a thread or opens a file.
    if std::env::args_os().nth(1).is_some_and(|first| first == watchpost_decode::child::ARGUMENT) {
        return watchpost_decode::child::run();
    }
    let arguments = Arguments::parse();
    log_to_stderr();
    // Fails only if it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let story = with_sources(&*error);
            let hint = error.downcast_ref::<RunError>().and_then(RunError::hint);
            let hint = hint.map(|hint| format!(". {hint}")).unwrap_or_default();
            // There is nowhere else to tell it.
            let _ = writeln!(io::stderr(), "watchpost: {story}{hint}");
            ExitCode::FAILURE
        }
    }
}

/// `WATCHPOST_LOG=debug` tells more.
fn log_to_stderr() {
    let filter =
        EnvFilter::try_from_env("WATCHPOST_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
}

fn start(arguments: Arguments) -> Result<(), Failure> {
    // Two threads carry sixteen cameras; files and passwords have threads of their own.
    let mut threads = runtime::Builder::new_multi_thread();
    let runtime = threads.worker_threads(2).max_blocking_threads(16).enable_all().build()?;
    let done = runtime.block_on(command(arguments));
    // A driver that hangs must not keep the program from ending.
    runtime.shutdown_timeout(Duration::from_secs(2));
    done
}

async fn command(Arguments { config, command }: Arguments) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match command {
        Command::Run { ui_dir } => {
            drop(out);
            let loaded = config::load(config::find(config))?;
            run::run(loaded, ui_dir).await?;
        }
        Command::Check { file } => {
            let path = config::find(file.or(config)).ok_or("name a file to check")?;
            let loaded = config::load(Some(path.clone()))?;
            writeln!(
                out,
                "{}: all good, cameras: {}",
                path.display(),
                loaded.config.cameras.len()
            )?;
        }
        Command::Config { print: Print::Example } => {
            write!(out, "{}", watchpost_model::config::example())?;
        }
        Command::Config { print: Print::Schema } => {
            writeln!(out, "{:#}", watchpost_model::config::schema())?;
        }
        Command::User { change } => users(config, change, &mut out).await?,
        Command::Cameras => {
            let found = watchpost_source::discover().await;
            if found.is_empty() {
                writeln!(
                    out,
                    "This machine has no camera: neither rpicam-apps nor the kernel names one."
                )?;
            }
            for (camera, number) in found.iter().zip(1..) {
                write!(out, "{}", find::table(camera, number))?;
            }
        }
        Command::Discover { address: None, .. } => find::on_the_network(&mut out).await?,
        Command::Discover { address: Some(address), user, password_stdin: _ } => {
            let mut password = io::stdin().lock();
            find::streams_of(&address, user, &mut password, &mut out).await?;
        }
        Command::Record { camera, stop: true, .. } => {
            local::stop(&settings(config)?, &camera, &mut out).await?;
        }
        Command::Record { camera, length, stop: false } => {
            local::record(&settings(config)?, &camera, length, &mut out).await?;
        }
        Command::Photo { camera, output } => {
            local::photo(&settings(config)?, &camera, output, &mut out).await?;
        }
        Command::Timelapse { camera, from, to, every, fps, output } => {
            let settings = settings(config)?;
            let zone = run::store_options(&settings)?.zone;
            let interval = timelapse::Span { from, to }.interval(clock::now(), &zone)?;
            let output = output.unwrap_or_else(|| timelapse::name(&camera, interval, &zone));
            let film = timelapse::Film { camera, interval, every, per_second: fps, output };
            timelapse::make(&settings, &film).await?;
            writeln!(out, "{}", film.output.display())?;
        }
        Command::Health { files, json } => {
            let format = if json { frames::Format::Json } else { frames::Format::Text };
            examine::run(files, format, &mut out).await?;
        }
        Command::Motion { files, json, min_area, min_pixel_delta } => {
            let tuning = Tuning { min_area, min_pixel_delta, ..Tuning::default() };
            let settings = MotionSettings { tuning, ..MotionSettings::default() };
            let format = if json { frames::Format::Json } else { frames::Format::Text };
            motion::run(files, settings, format, &mut out).await?;
        }
        Command::Verify => verify(config, &mut out).await?,
        Command::Reindex => {
            let loaded = config::load(config::find(config))?;
            let options = run::store_options(&loaded.config)?;
            let opened = Store::reindex(options, clock::now()).await;
            let (store, findings) = opened.map_err(RunError::from)?;
            for finding in &findings.0 {
                writeln!(out, "{finding}")?;
            }
            writeln!(out, "The catalog was built anew.")?;
            store.close().await;
        }
    }
    Ok(())
}

/// The owner's settings.
fn settings(file: Option<PathBuf>) -> Result<watchpost_model::config::Config, config::ConfigError> {
    Ok(config::load(config::find(file))?.config)
}

async fn users(
    config: Option<PathBuf>,
    change: UserChange,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let options = run::store_options(&settings(config)?)?;
    let opened = Store::attach(options, clock::now()).await;
    let (store, _) = opened.map_err(RunError::from)?;
    match change {
        UserChange::Add { name, role, password_stdin: _ } => {
            user::add(&store, name.clone(), role.into(), &mut io::stdin().lock()).await?;
            writeln!(out, "{name} may come in.")?;
        }
        UserChange::List => {
            for line in user::list(&store).await? {
                writeln!(out, "{line}")?;
            }
        }
        UserChange::Remove { name } => {
            user::remove(&store, name.clone()).await?;
            writeln!(out, "{name} may not come in any more.")?;
        }
    }
    store.close().await;
    Ok(())
}

async fn verify(config: Option<PathBuf>, out: &mut impl Write) -> Result<(), Failure> {
    let loaded = config::load(config::find(config))?;
    let options = run::store_options(&loaded.config)?;
    let store = Store::look(options).await.map_err(RunError::from)?;
    let faults = store.verify().await?;
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    store.close().await;
    match faults.len() {
        0 => Ok(writeln!(out, "All footage is whole.")?),
        1 => Err("1 fault".into()),
        count => Err(format!("{count} faults").into()),
    }
}
