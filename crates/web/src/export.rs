//! Clips encoded anew: with their text in the picture, or as H.264 for what plays nothing else.
//!
//! `ffmpeg` does it, as a child that reads the clip from us and gives it back while it works. It is the
//! only video that is ever encoded for a browser, and only because somebody asked for it: at low
//! priority, one at a time for a user and two in all.

mod child; // the one that does it

use std::collections::BTreeSet;
use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use watchpost_store::Clip;

use self::child::{Failure, Running};
use crate::error::{Answer, Problem};

/// Encoded at a time: each takes what a core can give.
const AT_A_TIME: usize = 2;
/// What runs `ffmpeg` so that it takes only what recording leaves.
const NICE: [&str; 3] = ["nice", "-n", "15"];
/// How long it may take until the first bytes come, from one piece to the next, and until who asked
/// takes one.
const PATIENCE: Duration = Duration::from_mins(1);

/// The name of the captions in the child's folder. A filter's argument, so: nothing to be escaped.
const CAPTIONS: &str = "text.vtt";
/// H.264 wants sides of even length.
const EVEN: &str = "scale=trunc(iw/2)*2:trunc(ih/2)*2";
/// In the lower left corner, white on a dark box, 1/24 of the picture high.
const BURN: &str = "subtitles=text.vtt:force_style='Alignment=1,Fontsize=12,BorderStyle=3,\
                    OutlineColour=&H60000000,Outline=1,Shadow=0,MarginL=6,MarginV=6',\
                    scale=trunc(iw/2)*2:trunc(ih/2)*2";

/// How much is encoded at a time, and by what.
#[derive(Debug)]
pub(crate) struct Exports {
    program: &'static str,
    patience: Duration,
    places: Arc<Semaphore>,
    /// Who has one going on.
    users: Arc<Mutex<BTreeSet<String>>>,
}

/// A clip's place among those being encoded.
#[derive(Debug)]
pub(crate) struct Place {
    user: String,
    users: Arc<Mutex<BTreeSet<String>>>,
    _held: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.users.lock().expect("no holder of the users can panic").remove(&self.user);
    }
}

impl Exports {
    pub(crate) fn new() -> Self {
        Self::by("ffmpeg", PATIENCE)
    }

    /// `program` is as `ffmpeg` is.
    pub(crate) fn by(program: &'static str, patience: Duration) -> Self {
        let places = Arc::new(Semaphore::new(AT_A_TIME));
        Self { program, patience, places, users: Arc::default() }
    }

    /// A place for `user`, who has none yet.
    pub(crate) fn place(&self, user: &str) -> Answer<Place> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| {
            busy(
                "The recorder is busy: other clips are being encoded.",
                "Try again when they are done.",
            )
        })?;
        let mut users = self.users.lock().expect("no holder of the users can panic");
        if !users.insert(user.to_owned()) {
            return Err(busy(
                "Another clip is being encoded for you.",
                "Wait for it or cancel it, then try again.",
            ));
        }
        Ok(Place { user: user.to_owned(), users: Arc::clone(&self.users), _held: place })
    }

    /// Begins to encode `clip`, with `captions` in the picture if there are any. Returns when the
    /// first bytes have come; the child ends with the answer, however that ends, and when nobody takes
    /// the answer.
    pub(crate) async fn encode(
        &self,
        place: Place,
        clip: Clip,
        captions: Option<String>,
    ) -> Answer<impl Stream<Item = io::Result<Bytes>> + Send + use<>> {
        let filter = if captions.is_some() { BURN } else { EVEN };
        let folder = folder(captions).await.map_err(Problem::internal)?;
        let [nice, nice_arguments @ ..] = NICE;
        let started = Command::new(nice)
            .args(nice_arguments)
            .arg(self.program)
            .args(arguments(filter))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let child = started.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing(nice),
            _ => Problem::internal(error),
        })?;
        let running = Running::new(child, clip, self.patience, (place, folder));
        let mut running = running.ok_or_else(|| Problem::internal("the child has no pipes"))?;
        match running.piece().await {
            Ok(Some(first)) => Ok(running.rest(first)),
            Ok(None) => Err(failed("It wrote nothing.")),
            Err(Failure::Missing) => Err(missing(self.program)),
            Err(failure) => Err(failed(&failure.to_string())),
        }
    }
}

/// What the child is told; the same for all but the filter.
fn arguments(filter: &'static str) -> impl Iterator<Item = &'static str> {
    let input = ["-hide_banner", "-nostdin", "-loglevel", "error", "-f", "mp4", "-i", "pipe:0"];
    let picture = ["-map", "0:v:0", "-vf", filter, "-fps_mode", "vfr", "-c:v", "libx264"];
    let how = ["-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-threads", "2"];
    let keys = ["-force_key_frames", "expr:gte(t,n_forced*2)"];
    let sound = ["-map", "0:a:0?", "-c:a", "copy"];
    let output = ["-movflags", "+empty_moov+default_base_moof", "-frag_duration", "1000000"];
    let end = ["-f", "mp4", "pipe:1"];
    let all = input.into_iter().chain(picture).chain(how).chain(keys);
    all.chain(sound).chain(output).chain(end)
}

/// A folder of the child's own, with the captions in it. Goes with what is returned.
async fn folder(captions: Option<String>) -> io::Result<TempDir> {
    let make = move || {
        let folder = tempfile::Builder::new().prefix("watchpost-export-").tempdir()?;
        if let Some(captions) = captions {
            std::fs::write(folder.path().join(CAPTIONS), captions)?;
        }
        Ok(folder)
    };
    tokio::task::spawn_blocking(make).await.map_err(io::Error::other)?
}

fn busy(message: &str, hint: &str) -> Problem {
    Problem::Unavailable { message: message.to_owned(), hint: hint.to_owned() }
}

fn missing(program: &str) -> Problem {
    busy(
        &format!("{program} is not installed on the recorder; it encodes clips."),
        "Install ffmpeg on the recorder (on Debian: apt install ffmpeg), or take the clip as it was \
         recorded.",
    )
}

fn failed(why: &str) -> Problem {
    tracing::error!(why, "a clip was not encoded");
    busy(
        "The clip could not be encoded.",
        "Look into the recorder's log, or take the clip as it was recorded.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_place_and_all_together_two() {
        let exports = Exports::new();
        let anna = exports.place("anna").unwrap();
        assert_eq!(message(exports.place("anna")), "Another clip is being encoded for you.");
        let _bert = exports.place("bert").unwrap();
        assert!(message(exports.place("carl")).contains("busy"));
        drop(anna);
        exports.place("anna").unwrap();
    }

    #[test]
    fn a_child_is_told_nothing_that_comes_from_outside() {
        let told: Vec<_> = arguments(BURN).collect();
        assert!(BURN.contains(CAPTIONS) && BURN.ends_with(EVEN));
        assert_eq!(told.iter().filter(|word| **word == "pipe:0" || **word == "pipe:1").count(), 2);
    }

    #[track_caller]
    fn message<T: std::fmt::Debug>(answer: Answer<T>) -> String {
        match answer.unwrap_err() {
            Problem::Unavailable { message, .. } => message,
            problem => panic!("{problem:?}"),
        }
    }
}
