//! Cameras on the network, by RTSP (RFC 2326) over TCP or UDP: H.264 (RFC 6184), H.265 (RFC 7798),
//! JPEG (RFC 2435), with AAC (RFC 3640) or sound that is made AAC.

mod hearing; //  its sound
mod together; // one clock for both

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use retina::client::{
    self, Demuxed, InitialSequenceNumberPolicy, InitialTimestampPolicy, PlayOptions, SessionGroup,
    SessionOptions, SetupOptions, TcpTransportOptions, UdpTransportOptions,
};
use retina::codec::{CodecItem, FrameFormat, ParametersRef, VideoFrame};
use tokio::time::{Instant, sleep_until, timeout};
use watchpost_media::{self as media, Codec, Kind, Order, Parameters, jpeg};
use watchpost_model::config::{Credentials, Rtsp, Transport};

use self::hearing::Hearing;
use crate::with_sound::WithSound;
use crate::{Arrival, Heard, SourceError};

/// The longest an answer to a request may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The longest a camera may be without a picture. Retina has no read timeout of its own, and a cable
/// that is pulled says nothing.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// A jump in the camera's clock by more than this breaks the session rather than the recording.
const MAX_JUMP: Duration = Duration::from_secs(10);

/// The most packets of sound that wait for a picture: more than half a minute.
const MAX_HEARD: usize = 2_000;

/// A playing session.
pub(crate) struct Session {
    demuxed: Demuxed,
    /// Which of the session's streams is the video.
    video: usize,
    codec: Codec,
    /// Of the pictures alone.
    parameters: Option<Arc<Parameters>>,
    with_sound: WithSound,
    order: Order,
    /// When the first picture was shown, in ticks since what the camera calls the start.
    first: Option<i64>,
    /// When the last was, since the first.
    last: Option<Duration>,
    hearing: Option<Hearing>,
    /// Heard since the last picture.
    heard: Vec<Heard>,
    /// Why there is no sound.
    note: Option<String>,
    /// Since when the next picture is waited for.
    waiting: Option<Instant>,
    lost: u64,
}

/// What [`Session::next`] waits for.
enum Happens {
    Item(Option<Result<CodecItem, retina::Error>>),
    Encoded(Result<Heard, String>),
    Nothing,
}

impl Session {
    pub(crate) async fn open(rtsp: &Rtsp) -> Result<Self, SourceError> {
        let login = rtsp.credentials.as_ref().map(|Credentials { user, password }| {
            client::Credentials { username: user.clone(), password: password.expose().clone() }
        });
        let options = SessionOptions::default()
            .creds(login)
            .session_group(Arc::new(SessionGroup::default()))
            .user_agent(concat!("Watchpost/", env!("CARGO_PKG_VERSION")).to_owned());
        let described = client::Session::describe(rtsp.url.expose().clone(), options);
        let mut session = answer(described).await?;
        let (video, codec) = choose(session.streams())?;
        let transport = match rtsp.transport {
            Transport::Tcp => client::Transport::Tcp(TcpTransportOptions::default()),
            Transport::Udp => client::Transport::Udp(UdpTransportOptions::default()),
        };
        let set_up =
            || SetupOptions::default().transport(transport.clone()).frame_format(FrameFormat::MP4);
        answer(session.setup(video, set_up())).await?;
        let (mut hearing, mut note) =
            if rtsp.sound { hearing::choose(session.streams()) } else { (None, None) };
        if let Some(chosen) = &hearing
            && let Err(error) = answer(session.setup(chosen.stream(), set_up())).await
        {
            (hearing, note) = (None, Some(format!("no sound: the camera {error}")));
        }
        // What cameras say of the first packets' times is sometimes wrong, or missing.
        // Servers that play for others already name packets that were sent meanwhile, and some cameras
        // name none that exist: the first that comes is the first.
        let play = PlayOptions::default()
            .initial_timestamp(InitialTimestampPolicy::Permissive)
            .initial_seq(InitialSequenceNumberPolicy::Ignore);
        let demuxed = answer(session.play(play)).await?.demuxed().map_err(|e| strange(&e))?;
        Ok(Self {
            demuxed,
            video,
            codec,
            parameters: None,
            with_sound: WithSound::default(),
            order: Order::new(),
            first: None,
            last: None,
            hearing,
            heard: Vec::new(),
            note,
            waiting: None,
            lost: 0,
        })
    }

    /// The next picture. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        // Reports and sound are no pictures: a camera whose encoder hangs may go on sending them.
        let deadline = *self.waiting.get_or_insert_with(Instant::now) + SILENCE;
        loop {
            let happens = tokio::select! {
                item = self.demuxed.next() => Happens::Item(item),
                heard = hearing::next(self.hearing.as_mut()) => Happens::Encoded(heard),
                () = sleep_until(deadline) => Happens::Nothing,
            };
            match happens {
                Happens::Item(Some(Ok(item))) => {
                    if let Some(arrival) = self.take(item)? {
                        self.waiting = None;
                        return Ok(arrival);
                    }
                }
                Happens::Item(Some(Err(error))) => return Err(strange(&error)),
                Happens::Item(None) => {
                    let reason = "the camera closed the connection".to_owned();
                    return Err(SourceError::Ended { reason });
                }
                Happens::Encoded(heard) => self.hear(heard.map(Some)),
                Happens::Nothing => return Err(SourceError::Silent { silence: SILENCE }),
            }
        }
    }

    /// Why there is no sound, if there should be.
    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    fn take(&mut self, item: CodecItem) -> Result<Option<Arrival>, SourceError> {
        match item {
            CodecItem::VideoFrame(frame) => return self.arrival(frame).map(Some),
            CodecItem::AudioFrame(frame) => {
                if let Some(hearing) = &mut self.hearing {
                    let heard = hearing.take(&frame);
                    self.hear(heard);
                }
            }
            CodecItem::Rtcp(report) => {
                let of_video = report.stream_id() == self.video;
                if let (Some(hearing), Some((elapsed, wall))) =
                    (&mut self.hearing, together::report(&report))
                {
                    hearing.reported(of_video, elapsed, wall);
                }
            }
            _ => {}
        }
        Ok(None)
    }

    fn hear(&mut self, heard: Result<Option<Heard>, String>) {
        match heard {
            Ok(Some(heard)) if self.heard.len() < MAX_HEARD => self.heard.push(heard),
            Ok(_) => {}
            Err(why) => {
                if self.hearing.as_mut().is_some_and(Hearing::revive) {
                    tracing::warn!(%why, "the encoder of the sound is started anew");
                    return;
                }
                tracing::warn!(%why, "the sound is dropped");
                self.note = Some(format!("no sound: {why}"));
                self.hearing = None;
                self.heard.clear();
            }
        }
    }

    fn arrival(&mut self, frame: VideoFrame) -> Result<Arrival, SourceError> {
        if frame.loss() > 0 {
            self.lost += u64::from(frame.loss());
            tracing::debug!(lost = self.lost, "packets of video were lost");
        }
        let (news, received) = (frame.has_new_parameters(), frame.start_ctx().received());
        let time = frame.timestamp();
        let since_play = together::ticks(time.elapsed(), time.clock_rate().get());
        // Pictures shown before the first that came, as after an open group, are shown with it.
        let ticks = time.elapsed().saturating_sub(*self.first.get_or_insert(time.elapsed()));
        let shown = length(u64::try_from(ticks).unwrap_or(0), time.clock_rate());
        let data = Bytes::from(frame.into_data());
        if news || self.parameters.is_none() {
            self.learn_parameters(&data)?;
        }
        let parameters = self.parameters.clone();
        let parameters =
            parameters.ok_or_else(|| garbled("a picture before its parameter sets"))?;
        if let Some(hearing) = &mut self.hearing {
            hearing.seen(since_play, shown, received);
        }
        let last = self.last.replace(shown).unwrap_or(shown);
        if last.abs_diff(shown) > MAX_JUMP {
            let seconds = last.abs_diff(shown).as_secs();
            return Err(garbled(&format!("its clock jumped by {seconds} s")));
        }
        let (elapsed, shown_after) = self.order.place(shown);
        // Retina counts IDR pictures only; cameras with open groups or intra refresh have none.
        let kind = if media::is_key(self.codec, &data) { Kind::Key } else { Kind::Delta };
        let format = self.hearing.as_ref().map(Hearing::format);
        let parameters = self.with_sound.of(&parameters, format, kind);
        let sound = std::mem::take(&mut self.heard);
        Ok(Arrival { parameters, data, kind, elapsed, shown_after, sound })
    }

    fn learn_parameters(&mut self, data: &[u8]) -> Result<(), SourceError> {
        let parameters = match self.codec {
            Codec::Mjpeg => {
                let size = jpeg::size(data).ok_or_else(|| garbled("a picture that is no JPEG"))?;
                Parameters::mjpeg(size.0, size.1)
            }
            Codec::H264 | Codec::H265 => {
                let stream = self.demuxed.streams().get(self.video);
                let Some(ParametersRef::Video(video)) = stream.and_then(client::Stream::parameters)
                else {
                    return Ok(());
                };
                Parameters::from_configuration(self.codec, video.extra_data())
            }
        };
        let parameters = parameters.map_err(|error| garbled(&error.to_string()))?;
        self.parameters = Some(Arc::new(parameters));
        Ok(())
    }
}

fn length(ticks: u64, rate: NonZeroU32) -> Duration {
    let rate = u64::from(rate.get());
    let nanos = (ticks % rate) * 1_000_000_000 / rate;
    Duration::from_secs(ticks / rate) + Duration::from_nanos(nanos)
}

/// The first video stream of a codec that can be recorded.
fn choose(streams: &[client::Stream]) -> Result<(usize, Codec), SourceError> {
    let video = |stream: &client::Stream| match stream.encoding_name() {
        "h264" => Some(Codec::H264),
        "h265" => Some(Codec::H265),
        "jpeg" => Some(Codec::Mjpeg),
        _ => None,
    };
    let found =
        streams.iter().enumerate().find_map(|(index, stream)| Some((index, video(stream)?)));
    found.ok_or_else(|| {
        let offered: Vec<_> = streams
            .iter()
            .map(|stream| format!("{} {}", stream.media(), stream.encoding_name().to_uppercase()))
            .collect();
        let offered =
            if offered.is_empty() { "no stream".to_owned() } else { offered.join(" and ") };
        SourceError::UnknownCodec { offered }
    })
}

/// Waits for the camera's answer, but not for ever.
async fn answer<T>(
    request: impl Future<Output = Result<T, retina::Error>>,
) -> Result<T, SourceError> {
    match timeout(ANSWER, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(strange(&error)),
        Err(_) => Err(SourceError::Unreachable {
            reason: format!("no answer within {} s", ANSWER.as_secs()),
        }),
    }
}

/// Sorts retina's errors. Only their text tells a refused connection from a garbled one; its first
/// line says what happened, the rest is for packet captures.
fn strange(error: &retina::Error) -> SourceError {
    match error.status_code() {
        Some(401 | 403) => return SourceError::Refused,
        Some(status @ 400..=499) => return SourceError::NoSuchStream { status },
        _ => {}
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    if let Some(reason) = first.strip_prefix("Unable to connect to RTSP server: ") {
        return SourceError::Unreachable { reason: reason.to_owned() };
    }
    for broken in ["Error reading from RTSP peer: ", "Error writing to RTSP peer: "] {
        if let Some(reason) = first.strip_prefix(broken) {
            return SourceError::Ended { reason: reason.to_owned() };
        }
    }
    tracing::debug!(%error, "retina's whole story");
    garbled(first)
}

fn garbled(what: &str) -> SourceError {
    SourceError::Garbled { what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_time_without_loss_over_days() {
        let rate = NonZeroU32::new(90_000).unwrap();
        let day = length(90_000 * 86_400 * 30 + 45, rate);
        assert_eq!(day, Duration::from_hours(720) + Duration::from_micros(500));
    }
}
