//! JPEGs made H.264, which browsers play and which is a tenth of the size, by `ffmpeg`.
//!
//! It is fed with fragmented MP4, which is what we write anyway: so each picture carries its time
//! through the encoder, however unevenly the camera takes them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use watchpost_media::{Kind, Parameters, Picture, mp4};
use watchpost_model::WallTime;

use crate::child::{self, Child, Output};
use crate::v4l2::encoder;
use crate::with_sound::WithSound;
use crate::{Arrival, Camera, Heard, SourceError};

/// Pictures that may wait for an encoder that starts, or is slower than the camera. Further ones are
/// thrown away, which costs smoothness, not time.
const WAITING: usize = 32;

/// How long the encoder may be silent longer than the camera.
const SLOWNESS: Duration = Duration::from_secs(8);

/// Where the times of the fed MP4 count from: there is no wall clock here.
const ORIGIN: WallTime = WallTime::from_micros(0);

/// A camera and the encoder of its pictures.
pub(crate) struct Encoder {
    camera: Camera,
    child: Child,
    input: ChildStdin,
    /// What the JPEGs are that are being encoded, and the sound beside them.
    encoding: Arc<Parameters>,
    with_sound: WithSound,
    /// Not written yet, the first perhaps in part.
    waiting: VecDeque<Bytes>,
    sequence: u32,
    /// Heard since the last picture.
    sound: Vec<Heard>,
    dropped: u64,
}

/// What [`Encoder::next`] waits for.
enum Happens {
    Encoded(Result<Arrival, SourceError>),
    Written(std::io::Result<usize>),
    Taken(Result<Arrival, SourceError>),
}

impl Encoder {
    /// Encodes what `camera` gives, of which `first` was taken already. `patience`: longer than the
    /// camera is ever without a picture.
    ///
    /// # Errors
    ///
    /// If there is no `ffmpeg`, or it has no encoder.
    pub(crate) async fn start(
        camera: Camera,
        first: Arrival,
        patience: Duration,
    ) -> Result<Self, SourceError> {
        let with = encoder::find().await?;
        let (child, input) = start(with, patience)?;
        let mut encoder = Self {
            camera,
            child,
            input,
            encoding: Arc::clone(&first.parameters),
            with_sound: WithSound::default(),
            waiting: VecDeque::new(),
            sequence: 0,
            sound: Vec::new(),
            dropped: 0,
        };
        encoder.feed_header();
        encoder.feed(first);
        Ok(encoder)
    }

    /// The next picture, encoded. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        loop {
            let first = self.waiting.front().cloned();
            let happens = tokio::select! {
                encoded = self.child.next() => Happens::Encoded(encoded),
                written = self.input.write(first.as_deref().unwrap_or_default()), if first.is_some() => {
                    Happens::Written(written)
                }
                taken = self.camera.next() => Happens::Taken(taken),
            };
            match happens {
                Happens::Encoded(encoded) => return encoded.map(|encoded| self.finish(encoded)),
                Happens::Taken(taken) => self.feed(taken?),
                Happens::Written(Ok(length)) => {
                    if let Some(first) = self.waiting.front_mut() {
                        drop(first.split_to(length.min(first.len())));
                    }
                    if self.waiting.front().is_some_and(Bytes::is_empty) {
                        self.waiting.pop_front();
                    }
                }
                // The child has ended: its next picture will say why.
                Happens::Written(Err(_)) => self.waiting.clear(),
            }
        }
    }

    /// Who takes the pictures.
    pub(crate) fn camera(&self) -> &Camera {
        &self.camera
    }

    fn feed(&mut self, taken: Arrival) {
        let Arrival { parameters, data, elapsed, sound, .. } = taken;
        self.sound.extend(sound);
        self.encoding = Arc::clone(&parameters); // Of the same size, or the camera would have broken off.
        if self.waiting.len() >= WAITING {
            self.dropped += 1;
            tracing::debug!(dropped = self.dropped, "the encoder is slower than the camera");
            return;
        }
        self.sequence = self.sequence.wrapping_add(1);
        let (kind, shown_after) = (Kind::Key, Duration::ZERO);
        let (time, sound) = (ORIGIN + elapsed, Vec::new());
        let picture = Picture { parameters, data, kind, time, shown_after, sound };
        let end = time + Duration::from_millis(100); // Nobody asks for it here.
        self.waiting.push_back(mp4::fragment(self.sequence, ORIGIN, &[picture], end));
    }

    fn feed_header(&mut self) {
        let silent = Parameters::clone(&self.encoding).with_sound(None);
        self.waiting.push_back(mp4::init(&silent, ORIGIN, mp4::Use::Live));
    }

    /// Adds what the encoder has not seen: the sound.
    fn finish(&mut self, encoded: Arrival) -> Arrival {
        let format = self.encoding.sound();
        let parameters = self.with_sound.of(&encoded.parameters, format, encoded.kind);
        let heard = std::mem::take(&mut self.sound);
        let sound = if parameters.sound().is_some() { heard } else { Vec::new() };
        Arrival { parameters, sound, ..encoded }
    }
}

fn start(with: encoder::Encoder, patience: Duration) -> Result<(Child, ChildStdin), SourceError> {
    #[rustfmt::skip] // A line is an option.
    let mut arguments = vec![
        "-hide_banner",
        "-loglevel", "error",
        "-probesize", "32",
        "-analyzeduration", "0",
        "-threads", "1", // Several would each hold back a picture.
        "-f", "mp4",
        "-i", "pipe:0",
        "-an",
        "-fps_mode", "passthrough", // Each picture at its time, however uneven.
        "-copyts",
        "-enc_time_base", "1:90000", // Or it rounds to what it takes for the rate.
        "-filter:v", "crop=trunc(iw/2)*2:trunc(ih/2)*2", // H.264 has no odd sizes.
    ];
    arguments.extend(with.arguments());
    #[rustfmt::skip] // As above.
    arguments.extend([
        "-pix_fmt", "yuv420p",
        "-b:v", "3M",
        "-maxrate", "6M",
        "-bufsize", "6M",
        "-g", "250",
        "-force_key_frames", "expr:gte(t,n_forced*2)", // By time, for the rate may be any.
    ]);
    // It begins with what it is, and ends without trying to go back there.
    arguments.extend(["-f", "flv", "-flvflags", "no_duration_filesize", "-flush_packets", "1"]);
    arguments.push("pipe:1");
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    let (child, input) = child::start_fed("ffmpeg", &arguments, Output::Flv)?;
    Ok((child.silent_for_at_most(patience + SLOWNESS), input))
}
