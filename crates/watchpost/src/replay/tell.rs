//! `watchpost motion replay`: tells which events other settings would have made.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use watchpost_model::config::{Camera, Config};
use watchpost_model::{CameraId, Event, Interval, Region, WallTime};
use watchpost_store::{CatalogError, EventRecord, SnapshotKind, Store};

use super::pictures;
use super::{Replay, ReplayError, Would};
use crate::config::{self, ConfigError};
use crate::frames::Format;
use crate::run::{self, RunError};
use crate::status::with_sources;
use crate::tune;

/// What is asked.
pub(crate) struct Question {
    /// On which camera.
    pub(crate) camera: Camera,
    pub(crate) interval: Interval,
    /// What is to be other than it counts now, each as KEY=VALUE.
    pub(crate) sets: Vec<String>,
    /// Where pictures of events that appear go, if they are wanted.
    pub(crate) pictures: Option<PathBuf>,
    pub(crate) format: Format,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TellError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] RunError),
    /// What is to be tried is no setting.
    #[error(transparent)]
    Sets(#[from] ConfigError),
    /// The past cannot be judged.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The pictures of events cannot be found.
    #[error("cannot find the pictures of the events")]
    Snapshots(#[from] CatalogError),
    /// A picture cannot be written.
    #[error("cannot write {}", path.display())]
    Picture {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The answer cannot be written.
    #[error("cannot write the result")]
    Write(#[from] io::Error),
}

/// Answers, beside a recorder that may be running.
///
/// # Errors
///
/// Why there is no answer. A picture that cannot be made is left out, and logged.
pub(crate) async fn run(
    config: &Config,
    question: &Question,
    output: &mut impl Write,
) -> Result<(), TellError> {
    let store = Store::look(run::store_options(config)?).await.map_err(RunError::from)?;
    let answered = answer(&store, question, output).await;
    store.close().await;
    answered
}

async fn answer(
    store: &Store,
    question: &Question,
    output: &mut impl Write,
) -> Result<(), TellError> {
    let Question { camera, interval, sets, pictures, format } = question;
    let now = tune::kept_settings(store, camera).await;
    let settings = config::motion_with(&now, sets)?;
    let replay = super::replay(store, camera, *interval, &settings).await?;
    let mut vanishing = Vec::new();
    for EventRecord { event, .. } in &replay.vanishing {
        let picture = store.snapshot_path(&event.id, SnapshotKind::Marked).await?;
        vanishing.push((event, picture));
    }
    let mut appearing = Vec::new();
    for would in replay.would.iter().filter(|would| would.existing.is_none()) {
        let picture = match pictures {
            Some(folder) => save(store, &camera.name, would, folder).await?,
            None => None,
        };
        appearing.push((would, picture));
    }
    let told = Told { question, zone: store.zone(), replay: &replay, vanishing, appearing };
    match format {
        Format::Text => told.text(output)?,
        Format::Json => writeln!(output, "{}", told.json())?,
    }
    Ok(())
}

/// Writes the picture of an event that appears; nothing if nothing was recorded then.
async fn save(
    store: &Store,
    camera: &CameraId,
    would: &Would,
    folder: &Path,
) -> Result<Option<PathBuf>, TellError> {
    let jpeg = match pictures::picture(store, camera, would.best, &would.regions).await {
        Ok(jpeg) => jpeg,
        Err(error) => {
            tracing::warn!(%camera, "no picture: {}", with_sources(&error));
            None
        }
    };
    let Some(jpeg) = jpeg else { return Ok(None) };
    let local = would.best.timestamp().to_zoned(store.zone().clone());
    let path = folder.join(format!("{camera}_{}.jpg", local.strftime("%Y%m%d_%H%M%S_%3f")));
    let unwritten = |source| TellError::Picture { path: path.clone(), source };
    tokio::fs::create_dir_all(folder).await.map_err(unwritten)?;
    tokio::fs::write(&path, jpeg).await.map_err(unwritten)?;
    Ok(Some(path))
}

/// An answer with its pictures.
struct Told<'a> {
    question: &'a Question,
    zone: &'a TimeZone,
    replay: &'a Replay,
    vanishing: Vec<(&'a Event, Option<PathBuf>)>,
    appearing: Vec<(&'a Would, Option<PathBuf>)>,
}

impl Told<'_> {
    fn text(&self, output: &mut impl Write) -> io::Result<()> {
        let Self { question, replay, .. } = self;
        let (from, to) = (question.interval.start(), question.interval.end());
        writeln!(
            output,
            "{}, {} to {}: {} of {} were kept to be judged again.",
            question.camera.name,
            self.local(from),
            self.local(to),
            rough(replay.covered),
            rough(question.interval.length())
        )?;
        writeln!(
            output,
            "{} by motion, {} with these settings: {} would vanish and {} appear.",
            counted(replay.events.len()),
            replay.would.len(),
            self.vanishing.len(),
            self.appearing.len()
        )?;
        for (event, picture) in &self.vanishing {
            let end = event.end.map_or(to, |(end, _)| end);
            let id = format!("  {}", event.id);
            self.line(output, "vanishes", event.triggered, end, &id, picture.as_ref())?;
        }
        for (would, picture) in &self.appearing {
            self.line(output, "appears ", would.triggered, would.end, "", picture.as_ref())?;
        }
        if replay.unknown > 0 {
            writeln!(
                output,
                "Of {} nothing can be said: of their time nothing was kept.",
                counted(replay.unknown)
            )?;
        }
        if !replay.coarse.is_zero() {
            writeln!(
                output,
                "So much moved in {} that only a part was kept: a sensitivity above 0.5 may find \
                 more than is told here.",
                rough(replay.coarse)
            )?;
        }
        if question.pictures.is_none() && !self.appearing.is_empty() {
            writeln!(output, "For pictures of what appears: --pictures FOLDER")?;
        }
        Ok(())
    }

    fn line(
        &self,
        output: &mut impl Write,
        what: &str,
        from: WallTime,
        to: WallTime,
        id: &str,
        picture: Option<&PathBuf>,
    ) -> io::Result<()> {
        let picture = picture.map(|path| format!("  {}", path.display())).unwrap_or_default();
        let length = to.since_or_zero(from).as_secs_f64();
        writeln!(output, "{what}  {}  {length:.0} s{id}{picture}", self.local(from))
    }

    fn local(&self, at: WallTime) -> String {
        at.timestamp().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn json(&self) -> Value {
        let Self { question, replay, .. } = self;
        let moment = |at: WallTime| at.to_rfc3339(self.zone);
        let vanishing: Vec<Value> = self
            .vanishing
            .iter()
            .map(|(event, picture)| {
                json!({
                    "id": event.id.as_str(),
                    "start": moment(event.start),
                    "triggered": moment(event.triggered),
                    "end": event.end.map(|(end, _)| moment(end)),
                    "picture": picture,
                })
            })
            .collect();
        let appearing: Vec<Value> = self
            .appearing
            .iter()
            .map(|(would, picture)| {
                json!({
                    "start": moment(would.start),
                    "triggered": moment(would.triggered),
                    "end": moment(would.end),
                    "best": moment(would.best),
                    "regions": would.regions.iter().map(corners).collect::<Vec<_>>(),
                    "picture": picture,
                })
            })
            .collect();
        json!({
            "camera": question.camera.name.as_str(),
            "from": moment(question.interval.start()),
            "to": moment(question.interval.end()),
            "covered_s": replay.covered.as_secs_f64(),
            "coarse_s": replay.coarse.as_secs_f64(),
            "events": replay.events.len(),
            "would": replay.would.len(),
            "unknown": replay.unknown,
            "vanishing": vanishing,
            "appearing": appearing,
        })
    }
}

/// Left and upper edge, width and height, as shares of the picture to four digits.
pub(crate) fn corners(region: &Region) -> [f64; 4] {
    let share = |share: f32| (f64::from(share) * 10_000.0).round() / 10_000.0;
    let Region { left, top, right, bottom } = region;
    let (width, height) = (right.get() - left.get(), bottom.get() - top.get());
    [share(left.get()), share(top.get()), share(width), share(height)]
}

fn counted(events: usize) -> String {
    if events == 1 { "1 event".to_owned() } else { format!("{events} events") }
}

/// A length of time for people: its two largest units.
fn rough(length: Duration) -> String {
    let seconds = length.as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {minutes} min"),
    }
}
