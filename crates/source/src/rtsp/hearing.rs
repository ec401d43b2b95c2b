//! The sound of a session.

use std::time::{Duration, Instant};

use retina::client;
use retina::codec::{AudioFrame, ParametersRef};
use watchpost_media::SoundFormat;

use super::together::{Of, Together, ticks};
use crate::Heard;
use crate::sound::{Code, Encoder, Raw};

/// Sound further from the pictures than this belongs to another clock.
const FAR: Duration = Duration::from_secs(5);

/// A stream of sound, and how it becomes AAC.
pub(super) struct Hearing {
    stream: usize,
    format: SoundFormat,
    way: Way,
    together: Together,
    /// How often the encoder was started anew.
    revived: u32,
    /// What our clock counts from.
    began: Option<Instant>,
    /// When the last picture was shown.
    seen: Duration,
    /// When the last sound was heard.
    last: Option<Duration>,
}

enum Way {
    /// It is AAC already.
    Pass,
    /// It is encoded, by an encoder that starts with the first packet.
    Encode { raw: Raw, encoder: Option<Box<Encoder>> },
}

/// The first stream of sound that can be understood; if there is none although there is sound, why.
pub(super) fn choose(streams: &[client::Stream]) -> (Option<Hearing>, Option<String>) {
    let mut why = None;
    for (stream, offered) in streams.iter().enumerate() {
        if offered.media() != "audio" {
            continue;
        }
        match way(offered) {
            Ok((format, way)) => {
                let together = Together::default();
                let hearing = Hearing {
                    stream,
                    format,
                    way,
                    together,
                    revived: 0,
                    began: None,
                    seen: Duration::ZERO,
                    last: None,
                };
                return (Some(hearing), None);
            }
            Err(what) => why = why.or(Some(format!("no sound: {what}"))),
        }
    }
    (None, why)
}

fn way(offered: &client::Stream) -> Result<(SoundFormat, Way), String> {
    let name = offered.encoding_name();
    let code = match name {
        "mpeg4-generic" => {
            let Some(ParametersRef::Audio(audio)) = offered.parameters() else {
                return Err("the camera's AAC is described in a strange way".to_owned());
            };
            let format = SoundFormat::aac(audio.extra_data()).map_err(|error| error.to_string())?;
            return Ok((format, Way::Pass));
        }
        "pcma" => Code::Alaw,
        "pcmu" => Code::Mulaw,
        "l16" => Code::L16,
        "g722" => Code::G722,
        _ => return Err(format!("the camera's is {}", name.to_uppercase())),
    };
    // The clock of G.722 says 8 kHz, by an old mistake (RFC 3551, section 4.5.2).
    let rate = if code == Code::G722 { 16_000 } else { offered.clock_rate_hz() };
    let channels = offered.channels().map_or(1, std::num::NonZeroU16::get);
    let raw = Raw { code, rate, channels };
    let format = raw.encoded().ok_or_else(|| {
        format!("the camera's is {} at {rate} Hz, {channels} channels", name.to_uppercase())
    })?;
    Ok((format, Way::Encode { raw, encoder: None }))
}

/// What the encoder gives next; never, if there is none.
pub(super) async fn next(hearing: Option<&mut Hearing>) -> Result<Heard, String> {
    match hearing {
        Some(Hearing { way: Way::Encode { encoder: Some(encoder), .. }, last, format, .. }) => {
            loop {
                let heard = encoder.next().await?;
                if let Some(heard) = in_turn(last, format, heard) {
                    return Ok(heard);
                }
            }
        }
        _ => std::future::pending().await,
    }
}

impl Hearing {
    pub(super) fn stream(&self) -> usize {
        self.stream
    }

    pub(super) fn format(&self) -> &SoundFormat {
        &self.format
    }

    /// A picture was received, dated `elapsed` by its clock, shown at `shown` since the first.
    pub(super) fn seen(&mut self, elapsed: i64, shown: Duration, received: Instant) {
        let now = self.now(received);
        self.together.arrived(Of::Video, elapsed, now);
        self.seen = shown;
    }

    /// The camera says what its wall clock said at `elapsed` of a stream's.
    pub(super) fn reported(&mut self, of_video: bool, elapsed: i64, wall: i64) {
        let of = if of_video { Of::Video } else { Of::Sound };
        self.together.reported(of, elapsed, wall);
    }

    /// Takes a packet; gives it back dated by the pictures' clock, unless it must be encoded first.
    ///
    /// # Errors
    ///
    /// There will be no more sound, and why.
    pub(super) fn take(&mut self, frame: &AudioFrame) -> Result<Option<Heard>, String> {
        let time = frame.timestamp();
        let elapsed = ticks(time.elapsed(), time.clock_rate().get());
        let now = self.now(frame.ctx().received());
        self.together.arrived(Of::Sound, elapsed, now);
        let Some(elapsed) = self.together.by_video(elapsed) else { return Ok(None) };
        if elapsed.abs_diff(self.seen) > FAR {
            return Ok(None);
        }
        let data = bytes::Bytes::copy_from_slice(frame.data());
        match &mut self.way {
            Way::Pass => Ok(in_turn(&mut self.last, &self.format, Heard { data, elapsed })),
            Way::Encode { raw, encoder } => {
                let encoder = match encoder {
                    Some(encoder) => encoder,
                    None => encoder.insert(Box::new(Encoder::start(*raw)?)),
                };
                encoder.push(&data, elapsed)?;
                Ok(None)
            }
        }
    }

    /// The encoder broke: whether another one starts with the next packet. One that breaks again and
    /// again is given up.
    pub(super) fn revive(&mut self) -> bool {
        const OFTEN: u32 = 3;
        match &mut self.way {
            Way::Encode { encoder, .. } if self.revived < OFTEN => {
                *encoder = None;
                self.revived += 1;
                true
            }
            _ => false,
        }
    }

    fn now(&mut self, at: Instant) -> Duration {
        // A second in hand for what was received before what is told first.
        let began = *self.began.get_or_insert(at);
        (at + Duration::from_secs(1)).saturating_duration_since(began)
    }
}

/// `heard`, unless it lies before the end of what was given last: a correction of the clock moved it
/// there.
fn in_turn(last: &mut Option<Duration>, format: &SoundFormat, heard: Heard) -> Option<Heard> {
    let packet = Duration::from_secs(1) * u32::from(format.samples_per_packet()) / format.rate();
    if last.is_some_and(|last| heard.elapsed < last + packet / 2) {
        return None;
    }
    *last = Some(heard.elapsed);
    Some(heard)
}
