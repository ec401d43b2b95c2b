//! FLV with H.264, cut into pictures (Adobe's Video File Format Specification, version 10.1, annex E).
//!
//! `ffmpeg` writes a picture of Matroska only when it knows the next one; of FLV at once. For cameras that
//! give a picture a second, or a minute, that counts.

use std::sync::Arc;
use std::time::Duration;

use watchpost_media::{self as media, Codec, Kind, Parameters};

use crate::Arrival;

/// What a stream begins with, the size of the tag before the first included.
const HEAD: usize = 13;

/// What a tag begins with.
const TAG: usize = 11;

/// Behind each tag stands its size once more.
const TRAILER: usize = 4;

/// Cuts a byte stream into pictures. Holds one tag, of 16 MiB at most.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    rest: Vec<u8>,
    begun: bool,
    parameters: Option<Arc<Parameters>>,
    times: Times,
}

/// Turns times of 31 bits, which begin anew after 24.8 days, into ones that do not.
#[derive(Debug, Default)]
struct Times {
    /// How often they have begun anew.
    rounds: u64,
    /// The last, in milliseconds.
    last: u32,
}

impl Times {
    fn unwrap(&mut self, millis: u32) -> Duration {
        // Less is no new beginning, but a picture before its turn.
        if self.last.saturating_sub(millis) > 1 << 30 {
            self.rounds += 1;
        }
        self.last = millis;
        Duration::from_millis((self.rounds << 31) + u64::from(millis))
    }
}

impl Splitter {
    /// The pictures that ended with these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Arrival>, String> {
        self.rest.extend_from_slice(bytes);
        let mut arrivals = Vec::new();
        let mut at = 0;
        if !self.begun {
            if self.rest.len() < HEAD {
                return Ok(arrivals);
            }
            if !self.rest.starts_with(b"FLV\x01") {
                return Err("the FLV stream does not begin as one".to_owned());
            }
            (self.begun, at) = (true, HEAD);
        }
        while let Some([kind, s0, s1, s2, t0, t1, t2, t3]) = self.rest[at..].first_chunk::<8>() {
            let size = u32::from_be_bytes([0, *s0, *s1, *s2]);
            let millis = u32::from_be_bytes([*t3, *t0, *t1, *t2]); // The last byte is the highest.
            let end = at + TAG + usize::try_from(size).unwrap_or(usize::MAX - at - TAG - TRAILER);
            let Some(body) = self.rest.get(at + TAG..end) else { break };
            if self.rest.len() < end + TRAILER {
                break;
            }
            if *kind == 9 {
                let arrival = video(body, &mut self.parameters)?;
                // Only pictures have a time to speak of: parameters come with any.
                arrivals
                    .extend(arrival.map(|it| Arrival { elapsed: self.times.unwrap(millis), ..it }));
            }
            at = end + TRAILER;
        }
        self.rest.drain(..at);
        Ok(arrivals)
    }
}

/// What a tag of video holds: a picture, not yet dated, or the parameters of those to come.
fn video(body: &[u8], parameters: &mut Option<Arc<Parameters>>) -> Result<Option<Arrival>, String> {
    let Some(([codec, kind, c0, c1, c2], data)) = body.split_first_chunk::<5>() else {
        return Ok(None);
    };
    if codec & 0x0f != 7 {
        return Err("the FLV stream has no H.264".to_owned());
    }
    match (kind, &*parameters) {
        (0, _) => {
            let new = Parameters::from_configuration(Codec::H264, data);
            *parameters = Some(Arc::new(new.map_err(|error| error.to_string())?));
            Ok(None)
        }
        (1, Some(parameters)) => {
            let key = media::is_key(Codec::H264, data);
            let later = u32::from_be_bytes([0, *c0, *c1, *c2]);
            Ok(Some(Arrival {
                parameters: Arc::clone(parameters),
                data: bytes::Bytes::copy_from_slice(data),
                kind: if key { Kind::Key } else { Kind::Delta },
                elapsed: Duration::ZERO,
                shown_after: Duration::from_millis(later.into()),
                sound: Vec::new(),
            }))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// Twelve pictures in 1.2 s, the first dated `from`, in seconds.
    fn written(from: &str) -> Vec<u8> {
        let written = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=128x96:rate=10"])
            .args(["-frames:v", "12", "-c:v", "libx264", "-tune", "zerolatency", "-g", "5"])
            .args(["-pix_fmt", "yuv420p", "-output_ts_offset", from, "-f", "flv", "-"])
            .stdin(Stdio::null())
            .output()
            .expect("ffmpeg is installed");
        written.stdout
    }

    #[test]
    fn time_goes_on_after_twenty_five_days() {
        let arrivals = Splitter::default().push(&written("2147483.2")).unwrap();
        let times: Vec<_> = arrivals.iter().map(|it| it.elapsed.as_millis()).collect();
        let expected: Vec<_> = (0..12).map(|number| 2_147_483_200 + number * 100).collect();
        assert_eq!(times, expected);
        let mut times = Times::default();
        let rounds = [0, 1 << 30, (1 << 31) - 1, 3, 1 << 30, (1 << 31) - 1, 0];
        let unwrapped = rounds.map(|millis| times.unwrap(millis).as_millis());
        let round = 1 << 31;
        assert!(unwrapped.is_sorted());
        assert_eq!((unwrapped[3], unwrapped[6]), (round + 3, 2 * round));
    }

    #[test]
    fn what_ffmpeg_writes_is_read_in_pieces_of_any_size() {
        let written = written("0");
        for size in [1, 10, 4096] {
            let mut splitter = Splitter::default();
            let pieces = written.chunks(size);
            let arrivals: Vec<_> = pieces.flat_map(|it| splitter.push(it).unwrap()).collect();
            let times: Vec<_> = arrivals.iter().map(|it| it.elapsed.as_millis()).collect();
            assert_eq!(times, (0..12).map(|number| number * 100).collect::<Vec<_>>());
            let keys: Vec<_> = arrivals.iter().map(|it| it.kind == Kind::Key).collect();
            assert_eq!(keys.iter().filter(|key| **key).count(), 3);
            assert!(keys[0] && arrivals[0].parameters.width() == 128);
        }
        assert!(Splitter::default().push(b"no FLV at all").is_err());
    }
}
