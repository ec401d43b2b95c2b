//! Cameras on the network, by RTSP over TCP (RFC 2326), H.264 (RFC 6184) and H.265 (RFC 7798).

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use retina::client::{
    self, Demuxed, PlayOptions, SessionGroup, SessionOptions, SetupOptions, TcpTransportOptions,
    Transport,
};
use retina::codec::{CodecItem, FrameFormat, ParametersRef, VideoFrame};
use tokio::time::{Instant, timeout, timeout_at};
use watchpost_media::{self as media, Codec, Kind, Parameters};
use watchpost_model::config::{CameraUrl, Credentials};

use crate::{Arrival, SourceError};

/// The longest an answer to a request may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The longest a camera may be without a picture. Retina has no read timeout of its own, and a cable
/// that is pulled says nothing.
const SILENCE: Duration = Duration::from_secs(5);

/// A jump in the camera's clock by more than this breaks the session rather than the recording.
const MAX_JUMP: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

/// A playing session.
pub(crate) struct Session {
    demuxed: Demuxed,
    /// Which of the session's streams is the video.
    video: usize,
    codec: Codec,
    parameters: Option<Arc<Parameters>>,
    /// When the last picture was decoded, in units of the stream's clock.
    last: Option<Moment>,
}

/// A moment of the stream's clock.
#[derive(Clone, Copy)]
struct Moment {
    ticks: u64,
    rate: NonZeroU32,
}

impl Session {
    pub(crate) async fn open(
        url: &CameraUrl,
        credentials: Option<&Credentials>,
    ) -> Result<Self, SourceError> {
        let login = credentials.map(|Credentials { user, password }| client::Credentials {
            username: user.clone(),
            password: password.expose().clone(),
        });
        let options = SessionOptions::default()
            .creds(login)
            .session_group(Arc::new(SessionGroup::default()))
            .user_agent(concat!("Watchpost/", env!("CARGO_PKG_VERSION")).to_owned());
        let described = client::Session::describe(url.expose().clone(), options);
        let mut session = answer(described).await?;
        let (video, codec) = choose(session.streams())?;
        let transport = Transport::Tcp(TcpTransportOptions::default());
        let setup = SetupOptions::default().transport(transport).frame_format(FrameFormat::MP4);
        answer(session.setup(video, setup)).await?;
        let play = PlayOptions::default().enforce_timestamps_with_max_jump_secs(MAX_JUMP);
        let demuxed = answer(session.play(play)).await?.demuxed().map_err(|e| strange(&e))?;
        Ok(Self { demuxed, video, codec, parameters: None, last: None })
    }

    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        // Reports and sound are no pictures: a camera whose encoder hangs may go on sending them.
        let deadline = Instant::now() + SILENCE;
        loop {
            let item = timeout_at(deadline, self.demuxed.next());
            let item = item.await.map_err(|_| SourceError::Silent { silence: SILENCE })?;
            match item {
                Some(Ok(CodecItem::VideoFrame(frame))) => return self.arrival(frame),
                Some(Ok(_)) => {} // Sound and reports.
                Some(Err(error)) => return Err(strange(&error)),
                None => {
                    let reason = "the camera closed the connection".to_owned();
                    return Err(SourceError::Ended { reason });
                }
            }
        }
    }

    fn arrival(&mut self, frame: VideoFrame) -> Result<Arrival, SourceError> {
        if frame.has_new_parameters() || self.parameters.is_none() {
            self.learn_parameters()?;
        }
        let parameters = self.parameters.clone();
        let parameters =
            parameters.ok_or_else(|| garbled("a picture before its parameter sets"))?;
        let (elapsed, shown_after) = self.place(frame.timestamp());
        let data = Bytes::from(frame.into_data());
        // Retina counts IDR pictures only; cameras with open groups or intra refresh have none.
        let kind = if media::is_key(self.codec, &data) { Kind::Key } else { Kind::Delta };
        Ok(Arrival { parameters, data, kind, elapsed, shown_after })
    }

    fn learn_parameters(&mut self) -> Result<(), SourceError> {
        let Some(stream) = self.demuxed.streams().get(self.video) else { return Ok(()) };
        if let Some(ParametersRef::Video(video)) = stream.parameters() {
            let parameters = Parameters::from_configuration(self.codec, video.extra_data());
            self.parameters =
                Some(Arc::new(parameters.map_err(|error| garbled(&error.to_string()))?));
        }
        Ok(())
    }

    /// Where the picture stands: RTP tells when it is shown, and the order of arrival is the order of
    /// decoding. With pictures out of order the time of decoding is made to grow all the same.
    fn place(&mut self, shown: retina::Timestamp) -> (Duration, Duration) {
        let rate = shown.clock_rate();
        let shown = u64::try_from(shown.elapsed()).unwrap_or(0);
        let ticks = match self.last {
            Some(last) if last.ticks >= shown => last.ticks + 1,
            _ => shown,
        };
        let now = Moment { ticks, rate };
        self.last = Some(now);
        let shown = Moment { ticks: shown.max(ticks), rate };
        (now.length(), shown.length().saturating_sub(now.length()))
    }
}

impl Moment {
    fn length(self) -> Duration {
        let rate = u64::from(self.rate.get());
        let nanos = (self.ticks % rate) * 1_000_000_000 / rate;
        Duration::from_secs(self.ticks / rate) + Duration::from_nanos(nanos)
    }
}

/// The first video stream of a codec that can be recorded.
fn choose(streams: &[client::Stream]) -> Result<(usize, Codec), SourceError> {
    let video = |stream: &client::Stream| match stream.encoding_name() {
        "h264" => Some(Codec::H264),
        "h265" => Some(Codec::H265),
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
        let day = Moment { ticks: 90_000 * 86_400 * 30 + 45, rate };
        assert_eq!(day.length(), Duration::from_hours(720) + Duration::from_micros(500));
    }
}
