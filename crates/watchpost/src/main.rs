//! Watchpost: watches cameras, keeps the footage that matters, and shows it to its owner.
//!
//! The flow, a file per task: `camera` (source to all who want its pictures) → `see` (decode, motion) → `decide` (feeds the
//! machines of `watch`) → `record` (ring to store) and `photo` (photos to store); `health` (is the camera well), `control`
//! (what is asked by hand), `keep` (retention) and `monitor` (the switch) beside them; `wiring` lists every queue.
#![forbid(unsafe_code)]

mod run; //       everything, from start to stop
mod wiring; //    every task and queue
mod camera; //    source to all
mod see; //       decode, motion, objects
mod detect; //    who it is
mod decide; //    events
mod record; //    ring to store
mod photo; //     photos to store
mod health; //    is the camera well
mod control; //   what is asked by hand
mod turn; //      where the camera looks
mod demand; //    when a camera runs that rests
mod sense; //     one sensor
mod act; //       lights, servos, outputs
mod announce; //  all of them, to the broker
mod devices; //   their tasks
mod grids; //     what differed, kept
mod tune; //      what counts as motion, told and changed
mod keep; //      retention
mod monitor; //   the switch
mod status; //    what the page shows
mod supervise; // tasks that break start anew

mod arguments; // what can be asked
mod config; //    the owner's file
mod find; //      cameras of this machine
mod user; //      who may come in
mod local; //     commands to a running recorder
mod sensors; //   what its sensors tell
mod frames; //    what is to be seen in files
mod motion; //    what moves in them
mod replay; //    what would have moved
mod examine; //   what is wrong with them
mod model; //     who is in them
mod timelapse; // films of days
mod clock; //     the wall clock

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::runtime;
use tracing_subscriber::EnvFilter;
use watchpost_model::{MotionSettings, ObjectSettings};
use watchpost_store::Store;

use crate::arguments::{
    Arguments, Command, ModelCommand, ModelTest, MotionFiles, Past, Print, UserChange,
};
use crate::frames::Format;
use crate::model::ModelError;
use crate::run::RunError;
use crate::status::with_sources;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // The workers come before anything that starts a thread or opens a file.
    match std::env::args_os().nth(1) {
        Some(first) if first == watchpost_decode::child::ARGUMENT => {
            return watchpost_decode::child::run();
        }
        Some(first) if first == watchpost_detect::child::ARGUMENT => {
            return watchpost_detect::child::run();
        }
        _ => {}
    }
    let arguments = Arguments::parse();
    log_to_stderr();
    // Fails only if it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let story = with_sources(&*error);
            let of_run = error.downcast_ref::<RunError>().and_then(RunError::hint);
            let hint =
                of_run.or_else(|| error.downcast_ref::<ModelError>().and_then(ModelError::hint));
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
        Command::Sensors { once, json } => {
            sensors::show(&settings(config)?, once, json, &mut out).await?;
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
            examine::run(files, format(json), &mut out).await?;
        }
        Command::Motion { past: None, files } => motion(config, files, &mut out).await?,
        Command::Motion { past: Some(past), .. } => replay(config, past, &mut out).await?,
        Command::Model { asked } => model(config, asked, &mut out).await?,
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

fn format(json: bool) -> Format {
    if json { Format::Json } else { Format::Text }
}

async fn motion(
    config: Option<PathBuf>,
    asked: MotionFiles,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let MotionFiles { files, json, camera, mut sets, min_area, min_pixel_delta, explain } = asked;
    sets.extend(min_area.map(|share| format!("min_area={share}")));
    sets.extend(min_pixel_delta.map(|levels| format!("min_pixel_delta={levels}")));
    let base = match camera {
        Some(camera) => {
            let loaded = config::load(config::find(config))?;
            config::camera(&loaded, &camera)?.motion.clone()
        }
        None => MotionSettings::default(),
    };
    let settings = config::motion_with(&base, &sets)?;
    Ok(motion::run(files, motion::Wanted { settings, format: format(json), explain }, out).await?)
}

async fn replay(config: Option<PathBuf>, past: Past, out: &mut impl Write) -> Result<(), Failure> {
    let Past::Replay { camera, from, to, sets, pictures, json } = past;
    let loaded = config::load(config::find(config))?;
    let camera = config::camera(&loaded, &camera)?.clone();
    // Faults are told before anything is opened.
    config::motion_with(&camera.motion, &sets)?;
    let zone = run::store_options(&loaded.config)?.zone;
    let interval = timelapse::Span { from, to }.interval(clock::now(), &zone)?;
    let question =
        replay::tell::Question { camera, interval, sets, pictures, format: format(json) };
    Ok(replay::tell::run(&loaded.config, &question, out).await?)
}

async fn model(
    config: Option<PathBuf>,
    asked: ModelCommand,
    out: &mut impl Write,
) -> Result<(), ModelError> {
    match asked {
        ModelCommand::Add { source, name, labels, sha256 } => {
            let addition = model::Addition { source, name, labels, sha256 };
            model::add(&settings(config)?, &addition, out).await
        }
        ModelCommand::List => model::list(&settings(config)?, out),
        ModelCommand::Test(asked) => {
            let ModelTest { files, model, labels, engine, onnxruntime, json, out: folder, .. } =
                asked;
            let engine = engine.map(Into::into);
            let choice = model::Choice { model, labels, engine, onnxruntime };
            let when = if asked.motion { model::When::ByMotion } else { model::When::Always };
            let usual = if asked.motion { ObjectSettings::FRAMES_PER_SECOND } else { 2 };
            let question = model::Question {
                detector: choice.detector(|| settings(config))?,
                classes: asked.classes,
                min_score: asked.min_score,
                per_second: asked.fps.unwrap_or(usual),
                when,
                format: format(json),
                pictures: folder.or_else(|| (!json).then(|| PathBuf::from("."))),
            };
            model::test(&question, &files, out).await
        }
    }
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
