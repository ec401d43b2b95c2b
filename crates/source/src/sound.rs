//! Sound that is no AAC made AAC, by a small `ffmpeg`: raw in by its standard input, ADTS out.

use std::collections::VecDeque;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use watchpost_media::{SoundFormat, adts};

use crate::Heard;

/// How much sound may be inside the encoder before it counts as stuck. It works in steps of 1024
/// samples: an eighth of a second each at 8 kHz.
const LAG: Duration = Duration::from_secs(5);

/// Samples in a packet of AAC.
const PACKET: u64 = 1024;

/// `ffmpeg`'s encoder begins with as many samples of nothing.
const PRIMING: u64 = 1024;

/// How raw sound is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// G.711, A-law.
    Alaw,
    /// G.711, µ-law.
    Mulaw,
    /// Sixteen bits, big end first.
    L16,
    /// G.722, two samples in a byte.
    G722,
}

/// Raw sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw {
    pub(crate) code: Code,
    /// Samples a second, in Hz.
    pub(crate) rate: u32,
    pub(crate) channels: u16,
}

impl Raw {
    /// What it will be as AAC-LC; `None` if it cannot.
    pub(crate) fn encoded(self) -> Option<SoundFormat> {
        // ISO/IEC 14496-3, table 1.18.
        const RATES: [u32; 12] = [
            96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
            8_000,
        ];
        let index = u16::try_from(RATES.iter().position(|rate| *rate == self.rate)?).ok()?;
        if !(1..=2).contains(&self.channels) || (self.code == Code::G722 && self.channels != 1) {
            return None;
        }
        // Object type 2 in five bits, the rate in four, the channels in four.
        let configuration = 2 << 11 | index << 7 | self.channels << 3;
        SoundFormat::aac(&configuration.to_be_bytes()).ok()
    }

    /// How many samples of each channel.
    fn samples(self, data: &[u8]) -> u64 {
        let bytes = u64::try_from(data.len()).unwrap_or(0);
        let of_all = match self.code {
            Code::Alaw | Code::Mulaw => bytes,
            Code::L16 => bytes / 2,
            Code::G722 => bytes * 2,
        };
        of_all / u64::from(self.channels.max(1))
    }

    fn length(self, samples: u64) -> Duration {
        Duration::from_micros(samples * 1_000_000 / u64::from(self.rate.max(1)))
    }

    fn arguments(self) -> Vec<String> {
        let format = match self.code {
            Code::Alaw => "alaw",
            Code::Mulaw => "mulaw",
            Code::L16 => "s16be",
            Code::G722 => "g722",
        };
        let (rate, channels) = (self.rate.to_string(), self.channels.to_string());
        // Four bits a sample are plenty for what came in eight of G.711.
        let bits = (self.rate * u32::from(self.channels) * 4).clamp(24_000, 192_000).to_string();
        #[rustfmt::skip] // A line is an option.
        let mut arguments = vec![
            "-hide_banner",
            "-loglevel", "quiet",
            "-probesize", "32",
            "-analyzeduration", "0",
            "-f", format,
        ];
        if self.code != Code::G722 {
            arguments.extend(["-ar", &rate, "-ac", &channels]); // The other has only one of each.
        }
        #[rustfmt::skip] // As above.
        arguments.extend([
            "-i", "pipe:0",
            "-ar", &rate,
            "-ac", &channels,
            "-codec:a", "aac",
            "-b:a", &bits,
            "-f", "adts",
            "-flush_packets", "1",
            "pipe:1",
        ]);
        arguments.into_iter().map(str::to_owned).collect()
    }
}

/// A running encoder. Ended on drop.
pub(crate) struct Encoder {
    raw: Raw,
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
    splitter: adts::Splitter,
    /// Not yet written to it.
    waiting: Vec<u8>,
    /// Samples it was given, and packets it gave.
    fed: u64,
    given: u64,
    /// When some samples were heard: the newest at or before the next packet, and all since.
    dated: VecDeque<Dated>,
    ready: VecDeque<Heard>,
    buffer: Vec<u8>,
}

/// When a sample was heard.
#[derive(Clone, Copy, Debug)]
struct Dated {
    sample: u64,
    elapsed: Duration,
}

impl Encoder {
    /// # Errors
    ///
    /// Why it cannot be started.
    pub(crate) fn start(raw: Raw) -> Result<Self, String> {
        let started = Command::new("ffmpeg")
            .args(raw.arguments())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut process = started.map_err(|error| format!("cannot start ffmpeg: {error}"))?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (input, output) = input.zip(output).ok_or("ffmpeg has no pipes")?;
        Ok(Self {
            raw,
            process,
            input,
            output,
            splitter: adts::Splitter::new(),
            waiting: Vec::new(),
            fed: 0,
            given: 0,
            dated: VecDeque::new(),
            ready: VecDeque::new(),
            buffer: vec![0; 8 << 10],
        })
    }

    /// Takes sound that was heard at `elapsed`.
    ///
    /// # Errors
    ///
    /// The encoder does not keep up.
    pub(crate) fn push(&mut self, data: &[u8], elapsed: Duration) -> Result<(), String> {
        self.dated.push_back(Dated { sample: self.fed, elapsed });
        self.fed += self.raw.samples(data);
        self.waiting.extend_from_slice(data);
        if self.raw.length(self.fed.saturating_sub(self.given * PACKET)) > LAG {
            return Err(format!("ffmpeg encodes it more than {} s late", LAG.as_secs()));
        }
        Ok(())
    }

    /// The next packet. Has to be awaited for the encoder to be fed. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// The encoder has ended.
    pub(crate) async fn next(&mut self) -> Result<Heard, String> {
        loop {
            if let Some(heard) = self.ready.pop_front() {
                return Ok(heard);
            }
            tokio::select! {
                read = self.output.read(&mut self.buffer) => match read {
                    Ok(length @ 1..) => self.take(length),
                    Ok(_) => return Err(self.ended()),
                    Err(error) => return Err(format!("ffmpeg, which encodes it: {error}")),
                },
                written = self.input.write(&self.waiting), if !self.waiting.is_empty() => {
                    // A pipe that is broken has an end on the other side, too, which says so.
                    let length = written.unwrap_or(self.waiting.len());
                    self.waiting.drain(..length);
                }
            }
        }
    }

    fn ended(&mut self) -> String {
        let status = self.process.try_wait().ok().flatten();
        let status = status.map_or(String::new(), |status| format!(" ({status})"));
        format!("ffmpeg, which encodes it, has ended{status}")
    }

    fn take(&mut self, length: usize) {
        for unit in self.splitter.push(&self.buffer[..length]) {
            let packet = self.given;
            self.given += 1;
            // What lies before the first sample is no sound.
            let Some(sample) = (packet * PACKET).checked_sub(PRIMING) else { continue };
            if let Some(elapsed) = self.when(sample) {
                self.ready.push_back(Heard { data: unit.data, elapsed });
            }
        }
    }

    fn when(&mut self, sample: u64) -> Option<Duration> {
        while self.dated.get(1).is_some_and(|next| next.sample <= sample) {
            self.dated.pop_front();
        }
        let known = self.dated.front().filter(|known| known.sample <= sample)?;
        Some(known.elapsed + self.raw.length(sample - known.sample))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const PHONE: Raw = Raw { code: Code::Alaw, rate: 8_000, channels: 1 };

    /// Twenty milliseconds of nothing in A-law.
    const BLOCK: [u8; 160] = [0xd5; 160];

    #[test]
    fn what_it_will_be_is_known_before() {
        let told = |raw: Raw| raw.encoded().map(|format| (format.rate(), format.channels()));
        assert_eq!(told(PHONE), Some((8_000, 1)));
        let stereo = Raw { code: Code::L16, rate: 44_100, channels: 2 };
        assert_eq!(told(stereo), Some((44_100, 2)));
        assert_eq!(told(Raw { rate: 9_000, ..PHONE }), None);
        assert_eq!(told(Raw { channels: 6, ..PHONE }), None);
    }

    #[tokio::test]
    async fn packets_are_dated_by_what_they_hold_across_a_gap() {
        let mut encoder = Encoder::start(PHONE).unwrap();
        // Two seconds, then a gap of one, then two more.
        for block in (0..100).chain(150..250) {
            encoder.push(&BLOCK, Duration::from_millis(20) * block).unwrap();
        }
        let mut times = Vec::new();
        while let Ok(heard) = timeout(Duration::from_secs(2), encoder.next()).await {
            times.push(heard.unwrap().elapsed.as_millis());
        }
        let steps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(times[0], 0);
        assert_eq!(steps.iter().filter(|step| **step != 128).copied().collect::<Vec<_>>(), [1128]);
        assert!(times.len() > 25, "{} packets of 31", times.len());
    }

    #[tokio::test]
    async fn all_codes_are_encoded() {
        for (code, rate) in
            [(Code::Mulaw, 8_000), (Code::L16, 16_000), (Code::G722, 16_000), (Code::L16, 48_000)]
        {
            let raw = Raw { code, rate, channels: 1 };
            let mut encoder = Encoder::start(raw).unwrap();
            encoder.push(&vec![0; 32_000], Duration::from_secs(1)).unwrap();
            let first = timeout(Duration::from_secs(10), encoder.next()).await.unwrap().unwrap();
            assert_eq!(first.elapsed, Duration::from_secs(1), "{code:?} {rate}");
        }
    }

    #[tokio::test]
    async fn an_encoder_that_lags_or_ends_says_so() {
        let mut encoder = Encoder::start(PHONE).unwrap();
        // Nobody reads what it gives.
        let pushed = (0..300)
            .find_map(|block| encoder.push(&BLOCK, Duration::from_millis(20) * block).err());
        assert_eq!(pushed.as_deref(), Some("ffmpeg encodes it more than 5 s late"));
        let mut encoder = Encoder::start(PHONE).unwrap();
        encoder.process.start_kill().unwrap();
        let ended = encoder.next().await.unwrap_err();
        assert!(ended.starts_with("ffmpeg, which encodes it, has ended"), "{ended}");
    }
}
