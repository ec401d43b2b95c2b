//! One viewer: what it is sent, and when it is let go.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{
    Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
};
use axum::extract::{Path, State};
use axum::response::Response;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{self, Instant};
use watchpost_api as api;
use watchpost_api::{FromClient, FromServer};
use watchpost_media::Picture;

use super::feed::{Feed, News, Outage};
use super::muxer::{Messages, Muxer};
use super::pace::{Pace, Step, Turn};
use crate::auth::{RECHECK, User};
use crate::cameras::CameraHandle;
use crate::error::{Answer, Problem};
use crate::routes::Site;

/// A viewer that takes nothing for so long is gone.
const GONE: Duration = Duration::from_secs(10);
/// What a viewer has to say is short.
const LONGEST_MESSAGE: usize = 4096;

/// Video of now, over a `WebSocket`.
///
/// Text messages are `FromServer` and `FromClient`. After each `stream` message comes its MP4
/// header, then for each picture `[u64 when taken, µs since 1970, big endian][u8 1: key][fragment]`;
/// the fragment has in it the sound heard since the picture before. After one with the codec `mjpeg`
/// comes nothing: `/stream` shows such a camera.
#[utoipa::path(get, path = "/cameras/{name}/live", tag = "cameras",
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 101, description = "Messages follow.", body = FromServer),
        (status = 403, body = api::ErrorBody, description = "Asked by another site."),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn live(
    State(site): State<Arc<Site>>,
    user: User,
    Path(name): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Answer<Response> {
    let camera = site.camera(&name)?.clone();
    let upgrade = upgrade
        .map_err(|rejection| Problem::Malformed(rejection.status(), rejection.body_text()))?;
    let upgrade = upgrade.max_message_size(LONGEST_MESSAGE).max_frame_size(LONGEST_MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let (pace, muxer) = (Pace::default(), Muxer::default());
        let mut viewer = Viewer { site, user, camera, socket, pace, muxer };
        if let Err(Left) = viewer.serve().await {
            tracing::debug!(camera = name, "a viewer left");
        }
    }))
}

struct Viewer {
    site: Arc<Site>,
    user: User,
    camera: CameraHandle,
    socket: WebSocket,
    pace: Pace,
    muxer: Muxer,
}

/// The viewer is gone, or has to go.
struct Left;

impl Viewer {
    async fn serve(&mut self) -> Result<(), Left> {
        let feed = self.camera.live.clone();
        let mut start = feed.look();
        if let Some(outage) = start.outage.take() {
            self.offline(outage).await?;
        }
        for picture in std::mem::take(&mut start.group) {
            self.send(&picture).await?;
        }
        let mut recheck = time::interval_at(Instant::now() + RECHECK, RECHECK);
        loop {
            tokio::select! {
                news = start.news.recv() => match news {
                    Ok(News::Picture { picture, passed }) => {
                        self.picture(&feed, &picture, passed).await?;
                    }
                    Ok(News::Offline(outage)) => self.offline(outage).await?,
                    Err(RecvError::Lagged(_)) => {
                        let step = self.pace.lost((self.site.app.clock)());
                        self.note(&feed, step).await?;
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) | None => return Err(Left),
                },
                _ = recheck.tick() => {
                    if !self.user.still_holds(&self.site).await {
                        return Err(Left);
                    }
                    // Finds out, too, whether the other side is still there.
                    self.say(Message::Ping(bytes::Bytes::new())).await?;
                }
            }
        }
    }

    async fn picture(&mut self, feed: &Feed, picture: &Picture, passed: u64) -> Result<(), Left> {
        let head = feed.head();
        let turn = Turn {
            kind: picture.kind,
            time: picture.time,
            behind: head.newest.map_or(Duration::ZERO, |newest| newest.since_or_zero(picture.time)),
            waiting: head.passed.saturating_sub(passed),
        };
        match self.pace.step(turn) {
            Step::Send => self.send(picture).await,
            step => self.note(feed, step).await,
        }
    }

    /// Counts and tells what is left out.
    async fn note(&mut self, feed: &Feed, step: Step) -> Result<(), Left> {
        match step {
            Step::Send | Step::Skip => Ok(()),
            Step::BeginSkip => {
                feed.count_skip();
                Ok(())
            }
            Step::TellSlow => {
                feed.count_skip();
                self.tell(&FromServer::LowBandwidth).await
            }
        }
    }

    async fn send(&mut self, picture: &Picture) -> Result<(), Left> {
        let Some(Messages { begin, header, picture }) = self.muxer.step(picture, self.camera.fps())
        else {
            self.pace.await_key();
            return Ok(());
        };
        if let Some(message) = begin {
            self.tell(&message).await?;
        }
        for binary in header.into_iter().chain(picture) {
            self.say(Message::Binary(binary)).await?;
        }
        Ok(())
    }

    async fn offline(&mut self, Outage { cause, next_try }: Outage) -> Result<(), Left> {
        self.muxer.interrupt();
        self.pace.await_key();
        let next_try = next_try.map(|time| self.site.time(time));
        self.tell(&FromServer::Offline { cause, next_try }).await
    }

    /// What is no message of ours is left unanswered: a later client may say more.
    async fn hear(&mut self, message: Message) -> Result<(), Left> {
        let Message::Text(text) = message else { return Ok(()) };
        match serde_json::from_str(&text) {
            Ok(FromClient::Ping { t }) => {
                let now = (self.site.app.clock)().as_micros();
                self.tell(&FromServer::Pong { t, now }).await
            }
            Err(_) => Ok(()),
        }
    }

    async fn tell(&mut self, message: &FromServer) -> Result<(), Left> {
        let text = serde_json::to_string(message).map_err(|_| Left)?; // Our types always can.
        self.say(Message::Text(text.into())).await
    }

    async fn say(&mut self, message: Message) -> Result<(), Left> {
        match time::timeout(GONE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Left), // The other side is closed, or as good as.
        }
    }
}
