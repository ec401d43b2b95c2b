//! What a camera is told to do: the way there.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use watchpost_model::WallTime;
use watchpost_model::config::PictureSettings;
use watchpost_store::Photo;

use crate::error::Answer;
use crate::refusal::{Refusal, Reply, ask};

/// How long the camera's task may take to decide something.
const SOON: Duration = Duration::from_secs(5);
/// How long a camera may take to turn, asked over the network.
const MOVED: Duration = Duration::from_secs(10);
/// How long a photo may take: a camera with a program of its own for photos stops its stream first.
const TAKEN: Duration = Duration::from_secs(30);
/// Requests that wait to be answered; further ones are refused at once.
const QUEUE: usize = 8;

/// A handle on whoever carries out what a camera is told to do.
#[derive(Clone, Debug)]
pub struct Controls(mpsc::Sender<ControlRequest>);

/// Somebody tells a camera to do something. It answers when it is done, or with why it is not; what
/// is not answered in time is given up by the asker.
#[derive(Debug)]
pub enum ControlRequest {
    /// Record from now on; what was begun by hand before goes on for as long as is asked now.
    /// Answered within 5 s.
    Record {
        /// For how long, at least 1 s, or `None` for until it is stopped.
        length: Option<Duration>,
        /// Where the answer goes.
        reply: Reply<Manual>,
    },
    /// End what is recorded by hand, if anything is. Within 5 s.
    Stop {
        /// Where the answer goes.
        reply: Reply<()>,
    },
    /// Take a photo of now and keep it. Within 30 s.
    Photo {
        /// Where the answer goes.
        reply: Reply<Photo>,
    },
    /// Tell how the picture is set; [`Refusal::None`] where it cannot be. Within 5 s.
    Picture {
        /// Where the answer goes.
        reply: Reply<PictureState>,
    },
    /// Set the picture anew, by [`PictureState::change`], and keep it over restarts. Within 5 s.
    ChangePicture {
        /// Values by their keys, as an owner wrote them.
        changes: BTreeMap<String, String>,
        /// Where the answer goes: how it is set then.
        reply: Reply<PictureState>,
    },
    /// Set the picture as the configuration says. Within 5 s.
    ResetPicture {
        /// Where the answer goes: how it is set then.
        reply: Reply<PictureState>,
    },
    /// Tell where the camera can look; [`Refusal::None`] where it cannot be moved. Within 10 s.
    Ptz {
        /// Where the answer goes.
        reply: Reply<Ptz>,
    },
    /// Look elsewhere. Within 10 s.
    Move {
        /// Where.
        movement: Movement,
        /// Where the answer goes.
        reply: Reply<()>,
    },
    /// Remember where the camera looks. Within 10 s.
    SavePreset {
        /// What people call it, 1 to 64 characters.
        name: String,
        /// Where the answer goes.
        reply: Reply<Preset>,
    },
    /// Forget a place; [`Refusal::None`] if it is not known. Within 10 s.
    RemovePreset {
        /// What the camera calls it.
        id: String,
        /// Where the answer goes.
        reply: Reply<()>,
    },
}

/// What is recorded by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manual {
    /// Since when.
    pub since: WallTime,
    /// Until when, or `None` if until it is stopped.
    pub until: Option<WallTime>,
}

/// How a camera takes its pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureState {
    /// Now.
    pub now: PictureSettings,
    /// By the configuration.
    pub file: PictureSettings,
}

/// Where a camera can look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ptz {
    /// Whether it turns.
    pub pan_tilt: bool,
    /// Whether it zooms.
    pub zoom: bool,
    /// Whether it has a place of its own to go back to.
    pub home: bool,
    /// The places it knows.
    pub presets: Vec<Preset>,
}

/// A place a camera knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What the camera calls it.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Where to look.
#[derive(Clone, Debug, PartialEq)]
pub enum Movement {
    /// Turn and zoom for a while. Speeds are -1 to 1, of the fastest the camera can.
    Go {
        /// To the right.
        pan: f32,
        /// Up.
        tilt: f32,
        /// Closer.
        zoom: f32,
        /// For how long, 50 ms to 10 s.
        length: Duration,
    },
    /// Go to the place the camera calls so.
    Preset(String),
    /// Go to the camera's own place.
    Home,
    /// Stand still.
    Stop,
}

impl PictureState {
    /// The settings after `changes`, all of them together.
    ///
    /// # Errors
    ///
    /// Every key that cannot be what it should, and what it can be.
    pub fn change(&self, changes: &BTreeMap<String, String>) -> Result<PictureSettings, Refusal> {
        let mut settings = self.now.clone();
        let mut left: Vec<_> = changes.iter().collect();
        // One key may have to be changed before another fits: as long as some do, go on.
        loop {
            let before = left.len();
            left.retain(|(key, value)| settings.set(key, value).is_err());
            if left.is_empty() {
                return Ok(settings);
            }
            if left.len() == before {
                break;
            }
        }
        let faults = left.iter().filter_map(|(key, value)| {
            let problem = settings.set(key, value).err()?;
            Some((format!("{key} cannot be {value:?}."), format!("{key} {problem}.")))
        });
        let (messages, hints): (Vec<String>, Vec<String>) = faults.unzip();
        Err(Refusal::Invalid { message: messages.join(" "), hint: hints.join(" ") })
    }
}

impl Controls {
    /// A handle, and the requests made through it.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<ControlRequest>) {
        let (requests, inbox) = mpsc::channel(QUEUE);
        (Self(requests), inbox)
    }

    pub(crate) async fn record(&self, length: Option<Duration>) -> Answer<Manual> {
        self.ask(SOON, |reply| ControlRequest::Record { length, reply }).await
    }

    pub(crate) async fn stop(&self) -> Answer<()> {
        self.ask(SOON, |reply| ControlRequest::Stop { reply }).await
    }

    pub(crate) async fn photo(&self) -> Answer<Photo> {
        self.ask(TAKEN, |reply| ControlRequest::Photo { reply }).await
    }

    pub(crate) async fn picture(&self) -> Answer<PictureState> {
        self.ask(SOON, |reply| ControlRequest::Picture { reply }).await
    }

    pub(crate) async fn change_picture(
        &self,
        changes: BTreeMap<String, String>,
    ) -> Answer<PictureState> {
        self.ask(SOON, |reply| ControlRequest::ChangePicture { changes, reply }).await
    }

    pub(crate) async fn reset_picture(&self) -> Answer<PictureState> {
        self.ask(SOON, |reply| ControlRequest::ResetPicture { reply }).await
    }

    pub(crate) async fn ptz(&self) -> Answer<Ptz> {
        self.ask(MOVED, |reply| ControlRequest::Ptz { reply }).await
    }

    pub(crate) async fn go(&self, movement: Movement) -> Answer<()> {
        self.ask(MOVED, |reply| ControlRequest::Move { movement, reply }).await
    }

    pub(crate) async fn save_preset(&self, name: String) -> Answer<Preset> {
        self.ask(MOVED, |reply| ControlRequest::SavePreset { name, reply }).await
    }

    pub(crate) async fn remove_preset(&self, id: String) -> Answer<()> {
        self.ask(MOVED, |reply| ControlRequest::RemovePreset { id, reply }).await
    }

    async fn ask<T>(
        &self,
        patience: Duration,
        request: impl FnOnce(Reply<T>) -> ControlRequest,
    ) -> Answer<T> {
        ask(&self.0, "The camera", patience, request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    #[tokio::test]
    async fn a_camera_that_does_not_answer_is_not_waited_for_without_end() {
        let (controls, inbox) = Controls::new();
        let request = |reply| ControlRequest::Stop { reply };
        let answer = controls.ask(Duration::ZERO, request).await;
        assert_eq!(message(answer), "The camera did not answer for 0 s.");
        drop(inbox);
        assert_eq!(message(controls.stop().await), "The camera is off.");
    }

    #[tokio::test]
    async fn a_camera_that_is_told_too_much_at_once_refuses() {
        let (controls, mut inbox) = Controls::new();
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| {
                let controls = controls.clone();
                tokio::spawn(async move { controls.stop().await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(message(controls.stop().await), "The camera is busy.");
        for asked in waiting {
            let Some(ControlRequest::Stop { reply }) = inbox.recv().await else { panic!() };
            reply.send(Ok(())).unwrap();
            asked.await.unwrap().unwrap();
        }
    }

    #[test]
    fn settings_that_need_one_another_are_changed_together() {
        let file = PictureSettings::default();
        let picture = PictureState { now: file.clone(), file };
        // At 15 pictures a second the shutter could not be open so long.
        let changed = picture.change(&changes(&[("shutter", "100ms"), ("frame_rate", "5")]));
        let changed = changed.unwrap();
        assert_eq!((changed.frame_rate, changed.shutter), (5.0, Some(Duration::from_millis(100))));
        let back = PictureState { now: changed, file: PictureSettings::default() };
        back.change(&changes(&[("frame_rate", "15"), ("shutter", "auto")])).unwrap();
    }

    #[test]
    fn every_setting_that_will_not_do_is_named_with_what_would() {
        let file = PictureSettings::default();
        let picture = PictureState { now: file.clone(), file };
        let wrong = picture.change(&changes(&[("brightness", "2"), ("hdr", "on"), ("ev", "1")]));
        let Err(Refusal::Invalid { message, hint }) = wrong else { panic!("{wrong:?}") };
        assert_eq!(message, r#"brightness cannot be "2". hdr cannot be "on"."#);
        assert!(
            hint.starts_with("brightness must be a number from -1 to 1. hdr must be"),
            "{hint}"
        );
        let unknown = picture.change(&changes(&[("colour", "blue")]));
        assert!(format!("{unknown:?}").contains("known here are width, height"), "{unknown:?}");
    }

    fn changes(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        changes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[track_caller]
    fn message<T: std::fmt::Debug>(answer: Answer<T>) -> String {
        match answer.unwrap_err() {
            Problem::Unavailable { message, .. } => message,
            problem => panic!("{problem:?}"),
        }
    }
}
