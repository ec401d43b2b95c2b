//! Sound without holes: a browser shows a picture only when it has the sound to it, too.
//!
//! Pure: where sound is missing, silence goes out in its place.

use std::time::Duration;

use bytes::Bytes;
use watchpost_media::{Picture, Sound, SoundFormat};
use watchpost_model::WallTime;

/// How far sound may be behind its picture, besides two packets, before it is held to be missing.
const MARGIN: Duration = Duration::from_millis(200);
/// Sound that is later than this is never awaited.
const LONGEST_PATIENCE: Duration = Duration::from_secs(3);
/// Sound so far ahead of its picture is of another clock.
const AHEAD: Duration = Duration::from_secs(10);
/// Times of packets may be rounded by this.
const ROUNDED: Duration = Duration::from_millis(2);

/// Puts silence where a stream has no sound.
#[derive(Debug)]
pub(super) struct Sounds {
    rate: u32,
    samples_per_packet: u16,
    silence: Bytes,
    origin: WallTime,
    /// The last that was heard, or else the origin, and how many samples were sent from it on.
    row: (WallTime, u64),
    /// Until when there is silence already: sound from before comes too late.
    silent_until: WallTime,
    /// How far behind its picture sound is awaited.
    patience: Duration,
}

impl Sounds {
    /// For a stream that begins at `origin`; `None` if no silence is known in its format.
    pub(super) fn new(format: &SoundFormat, origin: WallTime) -> Option<Self> {
        let mut sounds = Self {
            rate: format.rate(),
            samples_per_packet: format.samples_per_packet(),
            silence: Bytes::from_static(format.silence()?),
            origin,
            row: (origin, 0),
            silent_until: origin,
            patience: MARGIN,
        };
        sounds.patience = (MARGIN + sounds.packet() * 2).min(LONGEST_PATIENCE);
        Some(sounds)
    }

    /// What to send with `picture`, which comes in order.
    pub(super) fn step(&mut self, picture: &Picture) -> Vec<Sound> {
        let mut sent = Vec::new();
        for sound in &picture.sound {
            if sound.time < self.origin || sound.time > picture.time + AHEAD {
                continue;
            }
            if sound.time + ROUNDED < self.silent_until {
                // All sound of this camera may be as late: it is awaited from now on.
                let late = picture.time.since_or_zero(sound.time) + self.packet();
                self.patience = self.patience.max(late).min(LONGEST_PATIENCE);
                continue;
            }
            self.fill(sound.time, &mut sent);
            if sound.time + self.packet() > self.end() {
                self.row = (sound.time, self.samples_per_packet.into());
            }
            sent.push(sound.clone());
        }
        self.fill(picture.time - self.patience, &mut sent);
        sent
    }

    /// Adds as many silent packets as fit in before `until`.
    fn fill(&mut self, until: WallTime, sent: &mut Vec<Sound>) {
        while self.end() + self.packet() <= until {
            sent.push(Sound { data: self.silence.clone(), time: self.end() });
            self.row.1 += u64::from(self.samples_per_packet);
            self.silent_until = self.end();
        }
    }

    /// Where the next packet follows without a hole.
    fn end(&self) -> WallTime {
        let (start, samples) = self.row;
        start + self.length(samples)
    }

    fn packet(&self) -> Duration {
        self.length(self.samples_per_packet.into())
    }

    fn length(&self, samples: u64) -> Duration {
        let nanos = u128::from(samples) * 1_000_000_000 / u128::from(self.rate);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use watchpost_media::{Kind, Parameters};

    use super::*;

    /// A column is a packet of 64 ms, at whose end a picture comes. `o`: it is heard then; `.`: there is
    /// none; `5`: it comes five pictures later. Below, what is sent of it in the end: `o` itself, `_` silence,
    /// `.` nothing yet.
    #[rustfmt::skip]
    mod stories {
        use super::check;

        #[test]
        fn sound_in_time_is_sent_as_it_is() {
            check("oooooooooooooooo",
                  "oooooooooooooooo");
        }

        #[test]
        fn a_camera_that_hears_nothing_is_silent() {
            check("....................",
                  "______________......");
        }

        #[test]
        fn sound_that_begins_late_begins_behind_silence() {
            check("........oooo",
                  "________oooo");
        }

        #[test]
        fn a_hole_is_silent() {
            check("oooo..........oooo",
                  "oooo__________oooo");
        }

        #[test]
        fn sound_a_little_late_is_awaited() {
            check("4444444444444444....",
                  "oooooooooooooooo....");
        }

        #[test]
        fn sound_that_is_always_late_is_awaited_from_the_first_on() {
            check("999999999999999999.........",
                  "___ooooooooooooooo.........");
        }
    }

    #[track_caller]
    fn check(heard: &str, expected: &str) {
        let packet = Duration::from_millis(64);
        let format = SoundFormat::aac(&[0x14, 0x08]).unwrap();
        let silence = format.silence().unwrap();
        let origin = WallTime::from_micros(1_795_267_925_000_000);
        let mut sounds = Sounds::new(&format, origin).unwrap();
        let mut sent = Vec::new();
        for (now, _) in (0_u32..).zip(heard.chars()) {
            let comes = (0_u32..).zip(heard.chars()).filter(|(number, mark)| match mark {
                'o' => *number == now,
                late => late.to_digit(10).is_some_and(|late| number + late == now),
            });
            let sound = comes.map(|(number, _)| Sound {
                data: Bytes::from_static(b"o"),
                time: origin + packet * number,
            });
            let picture = Picture {
                parameters: Arc::new(Parameters::mjpeg(16, 16).unwrap()),
                data: Bytes::new(),
                kind: Kind::Key,
                time: origin + packet * (now + 1),
                shown_after: Duration::ZERO,
                sound: sound.collect(),
            };
            sent.extend(sounds.step(&picture));
        }
        for (number, sound) in (0_u32..).zip(&sent) {
            assert_eq!(sound.time, origin + packet * number, "no hole and nothing twice");
        }
        let drawn = sent.iter().map(|sound| if sound.data == *silence { '_' } else { 'o' });
        let drawn: String = drawn.chain(std::iter::repeat('.')).take(expected.len()).collect();
        assert_eq!(drawn, expected);
    }

    #[test]
    fn silence_does_not_drift() {
        let format = SoundFormat::aac(&[0x12, 0x10]).unwrap(); // 44.1 kHz: 23.219954… ms.
        let origin = WallTime::from_micros(0);
        let mut sounds = Sounds::new(&format, origin).unwrap();
        let mut sent = Vec::new();
        sounds.fill(origin + Duration::from_hours(1), &mut sent);
        assert_eq!(sent.len(), 155_039);
        assert_eq!(sent[44_100].time, origin + Duration::from_secs(1024));
    }
}
