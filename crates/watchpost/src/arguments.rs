//! What can be written behind `watchpost`.
//!
//! The comments are what `--help` says.
#![expect(clippy::doc_markdown, reason = "a terminal shows no Markdown")]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use url::Url;
use watchpost_model::config::detector::Engine;
use watchpost_model::{CameraId, Fraction, Label};
use watchpost_store::Role;

/// Watches cameras, keeps the footage that matters, and shows it to its owner.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The settings [default: ./watchpost.toml, else /etc/watchpost/watchpost.toml, else none]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
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
    /// Shows what the sensors of the running recorder tell, as it changes
    Sensors {
        /// Tells it once and ends; so it does where its output is no terminal
        #[arg(long)]
        once: bool,
        /// One JSON object
        #[arg(long, conflicts_with = "once")]
        json: bool,
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
    /// Tells what moves in video files, or would have moved before a camera
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Motion {
        #[command(subcommand)]
        past: Option<Past>,
        #[command(flatten)]
        files: MotionFiles,
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
    /// Adds models that recognise objects, lists them, and shows what they see
    Model {
        #[command(subcommand)]
        asked: ModelCommand,
    },
    /// Checks every file of footage, and changes nothing
    Verify,
    /// Builds the catalog anew from the files
    Reindex,
}

/// Video files in which motion is looked for.
#[derive(Args)]
pub(crate) struct MotionFiles {
    /// Video files; one that is called replay is written ./replay
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Begins with the settings of this camera; else with those that count if nothing is said
    #[arg(long, value_name = "NAME")]
    pub(crate) camera: Option<CameraId>,
    /// Another setting of [camera.motion], such as sensitivity=0.4 or night.min_area=0.001;
    /// may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,
    /// The same as --set min_area=SHARE: the least share of the picture that must move
    #[arg(long, value_name = "SHARE")]
    pub(crate) min_area: Option<String>,
    /// The same as --set min_pixel_delta=LEVELS: the least change of brightness, of 255, by which
    /// a pixel counts as moving
    #[arg(long, value_name = "LEVELS")]
    pub(crate) min_pixel_delta: Option<String>,
    /// Tells for each second what was seen, and why it counts or does not
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Subcommand)]
pub(crate) enum Past {
    /// Tells which events of a camera would have been, by other settings
    Replay {
        /// Which camera
        #[arg(long, value_name = "NAME")]
        camera: CameraId,
        /// From when, such as 2026-11-21 or "2026-11-21 14:30" [default: a day before the end]
        #[arg(long, value_name = "MOMENT")]
        from: Option<String>,
        /// Until when [default: now]
        #[arg(long, value_name = "MOMENT")]
        to: Option<String>,
        /// A setting of [camera.motion] to try, such as sensitivity=0.4; may be repeated
        #[arg(long = "set", value_name = "KEY=VALUE")]
        sets: Vec<String>,
        /// Writes pictures of the events that would appear into this folder
        #[arg(long, value_name = "FOLDER")]
        pictures: Option<PathBuf>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum ModelCommand {
    /// Fetches a model, runs it once, and keeps it under a name for the key model of the settings
    Add {
        /// An ONNX file, or where it is by https://
        #[arg(value_name = "FILE|URL")]
        source: String,
        /// What it will be called; else as its file
        #[arg(long)]
        name: Option<String>,
        /// A file of its class names, one a line; else those in the model, or the 80 of COCO
        #[arg(long, value_name = "FILE")]
        labels: Option<PathBuf>,
        /// Refuses it if its SHA-256 is another
        #[arg(long, value_name = "DIGITS")]
        sha256: Option<String>,
    },
    /// Lists the models that were added
    List,
    /// Shows what a model sees in pictures and video files
    Test(ModelTest),
}

/// Files in which objects are looked for.
#[derive(Args)]
pub(crate) struct ModelTest {
    /// JPEG or video files
    #[arg(required = true, value_name = "IMAGE|VIDEO")]
    pub(crate) files: Vec<PathBuf>,
    /// An ONNX file, or the name of a model that was added [default: who is in the settings]
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) model: Option<PathBuf>,
    /// A file of its class names, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// What runs it
    #[arg(long, value_enum)]
    pub(crate) engine: Option<EngineName>,
    /// The library of ONNX Runtime, if it is not where systems keep it
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// One JSON object a line, for each frame that is looked at
    #[arg(long)]
    pub(crate) json: bool,
    /// Writes pictures with boxes into this folder [default: this folder; with --json none]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Tells of what scores at least this, from 0 to 1
    #[arg(long, value_name = "SCORE", default_value = "0.5", value_parser = fraction)]
    pub(crate) min_score: Fraction,
    /// Tells of these only, such as person,car
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    pub(crate) classes: Vec<Label>,
    /// The most frames of a video that are looked at in a second [default: 2; with --motion 5]
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) fps: Option<u8>,
    /// Looks only where and when the recorder would, for something moves there, and follows what
    /// is found
    #[arg(long)]
    pub(crate) motion: bool,
}

/// What can run a model.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum EngineName {
    /// ONNX Runtime if it is there and passes a test, else the built-in engine
    Auto,
    /// The built-in engine
    Rten,
    /// ONNX Runtime
    Ort,
}

impl From<EngineName> for Engine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Auto => Engine::Auto,
            EngineName::Rten => Engine::Rten,
            EngineName::Ort => Engine::Ort,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Print {
    /// All settings, explained
    Example,
    /// The JSON schema of the settings
    Schema,
}

#[derive(Subcommand)]
pub(crate) enum UserChange {
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
pub(crate) enum RoleName {
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

fn length(text: &str) -> Result<Duration, String> {
    let length = text.parse::<jiff::SignedDuration>().ok();
    let length = length.and_then(|length| Duration::try_from(length).ok());
    length
        .filter(|length| !length.is_zero())
        .ok_or_else(|| "must be a length of time, such as 30s or 2m".to_owned())
}

fn fraction(text: &str) -> Result<Fraction, String> {
    let share = text.parse().ok().and_then(Fraction::new);
    share.ok_or_else(|| "must be a number from 0 to 1".to_owned())
}
