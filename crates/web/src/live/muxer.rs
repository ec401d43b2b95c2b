//! Pictures as a stream of MP4, one fragment each, that a browser can play as they come.

use std::collections::VecDeque;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use watchpost_api::FromServer;
use watchpost_media::mp4::{self, Use};
use watchpost_media::{Codec, Kind, Parameters, Picture};
use watchpost_model::WallTime;

use super::sound::Sounds;

/// How many distances between pictures are looked at to guess the next.
const DISTANCES: usize = 8;
/// The guess before there are any.
const FIRST_GUESS: Duration = Duration::from_millis(67);
/// No guess is shorter than this or longer than the next.
const SHORTEST: Duration = Duration::from_millis(4);
const LONGEST: Duration = Duration::from_millis(500);
/// A longer pause, or a step back of the clock, begins a stream anew.
const PAUSE: Duration = Duration::from_secs(10);

/// Puts one viewer's pictures into MP4.
#[derive(Debug, Default)]
pub(super) struct Muxer {
    streams: u32,
    stream: Option<Stream>,
}

#[derive(Debug)]
struct Stream {
    parameters: Arc<Parameters>,
    origin: WallTime,
    last: WallTime,
    fragments: u32,
    distances: VecDeque<Duration>,
    /// What is heard, if the stream has sound.
    sounds: Option<Sounds>,
}

/// What to send for a picture.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Messages {
    /// What the stream is, if one begins with it.
    pub(super) begin: Option<FromServer>,
    /// The header of that stream; none of Motion JPEG, which no browser plays as a video.
    pub(super) header: Option<Bytes>,
    /// The picture itself with its sound; likewise.
    pub(super) picture: Option<Bytes>,
}

impl Muxer {
    /// What to send for `picture`, or `None` if it is of no use before a key picture.
    pub(super) fn step(&mut self, picture: &Picture, fps: Option<f64>) -> Option<Messages> {
        let goes_on = self.stream.as_ref().is_some_and(|stream| stream.is_continued_by(picture));
        let mut messages = Messages::default();
        if !goes_on {
            self.stream = None;
            if picture.kind != Kind::Key {
                return None;
            }
            messages.begin = Some(self.begin(picture, fps));
        }
        let stream = self.stream.as_mut()?;
        if stream.parameters.codec() == Codec::Mjpeg {
            stream.last = picture.time;
            return Some(messages);
        }
        if !goes_on {
            messages.header = Some(mp4::init(&stream.parameters, stream.origin, Use::Live));
        }
        messages.picture = Some(stream.add(picture));
        Some(messages)
    }

    /// The next picture begins a stream anew.
    pub(super) fn interrupt(&mut self) {
        self.stream = None;
    }

    fn begin(&mut self, first: &Picture, fps: Option<f64>) -> FromServer {
        self.streams += 1;
        self.stream = Some(Stream {
            parameters: Arc::clone(&first.parameters),
            origin: first.time,
            last: first.time,
            fragments: 0,
            distances: VecDeque::new(),
            sounds: first.parameters.sound().and_then(|format| Sounds::new(format, first.time)),
        });
        FromServer::Stream {
            codec: first.parameters.mime_codecs(),
            width: first.parameters.width(),
            height: first.parameters.height(),
            fps,
            id: self.streams,
        }
    }
}

impl Stream {
    fn is_continued_by(&self, picture: &Picture) -> bool {
        let same = Arc::ptr_eq(&self.parameters, &picture.parameters)
            || self.parameters == picture.parameters;
        let distance = picture.time.since(self.last);
        // Of Motion JPEG nothing is sent that could break off; it may be a picture an hour.
        let pause = if self.parameters.codec() == Codec::Mjpeg { Duration::MAX } else { PAUSE };
        same && distance.is_some_and(|distance| distance > Duration::ZERO && distance < pause)
    }

    /// `[u64 when taken, in µs, big endian][u8 1: key][moof mdat]`
    fn add(&mut self, picture: &Picture) -> Bytes {
        if self.fragments > 0 {
            let distance = picture.time.since_or_zero(self.last);
            self.distances.push_back(distance.clamp(SHORTEST, LONGEST));
            if self.distances.len() > DISTANCES {
                self.distances.pop_front();
            }
        }
        self.fragments = self.fragments.wrapping_add(1);
        self.last = picture.time;
        let end = picture.time + self.guess();
        let mut sent = picture.clone();
        if let Some(sounds) = &mut self.sounds {
            sent.sound = sounds.step(picture);
        }
        let fragment = mp4::fragment(self.fragments, self.origin, slice::from_ref(&sent), end);
        let mut message = BytesMut::with_capacity(9 + fragment.len());
        message.put_i64(picture.time.as_micros());
        message.put_u8(u8::from(picture.kind == Kind::Key));
        message.put(fragment);
        message.freeze()
    }

    /// How long the picture will stand: as long as the longest of late.
    ///
    /// A guess too long does no harm, for the next picture says when it begins. One too short by
    /// half makes the browser drop everything up to the next key picture (Media Source Extensions,
    /// "coded frame processing", step 6).
    fn guess(&self) -> Duration {
        self.distances.iter().copied().max().unwrap_or(FIRST_GUESS)
    }
}
