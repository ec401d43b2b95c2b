//! What a viewer asks for must not take the memory that recording needs.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use watchpost_media::mp4::{Fragment, Index, Sample, SoundSample, clip};
use watchpost_media::{Kind, Parameters, SoundFormat};
use watchpost_model::{Interval, WallTime};

/// 48 kHz, 1 channel.
const AAC: [u8; 2] = [0x11, 0x88];
const PACKET: Duration = Duration::from_nanos(21_333_333);

/// So many MB of memory this process had at most.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1000
}

/// Ten minutes of footage with sound: a key picture each 10 s.
fn footage(start: WallTime) -> Index {
    let format = SoundFormat::aac(&AAC).unwrap();
    let parameters = Parameters::mjpeg(1920, 1080).unwrap().with_sound(Some(format));
    let fragment = |number: u32| {
        let begin = start + Duration::from_secs(10) * number;
        let offset = u64::from(number) * 1_000_000;
        let sample = |picture: u32| Sample {
            offset: offset + u64::from(picture) * 2_000,
            size: 2_000,
            duration: 6_000,
            composition: 0,
            kind: if picture == 0 { Kind::Key } else { Kind::Delta },
            gradual: false,
        };
        let sound = |packet: u32| SoundSample {
            offset: offset + 300_000 + u64::from(packet) * 100,
            size: 100,
            time: begin + PACKET * packet,
        };
        Fragment {
            offset,
            length: 1_000_000,
            start: begin,
            end: begin + Duration::from_secs(10),
            samples: (0..150).map(sample).collect(),
            sound: (0..468).map(sound).collect(),
            silence: Some(offset + 346_800),
        }
    };
    let fragments = (0..60).map(fragment).collect();
    Index { parameters: Arc::new(parameters), origin: start, fragments, whole: 60_000_000 }
}

/// One test, for there is one peak.
#[test]
fn neither_days_of_footage_nor_hours_of_silence_take_much_memory() {
    let start = WallTime::from_micros(1_795_267_925_000_000);
    let at = |minutes| start + Duration::from_mins(minutes);
    let before = peak();

    // 14 days: 40 million packets of sound, 18 million pictures.
    let days = (0..2_016).map(|number| footage(at(10 * number)));
    let film = clip::timelapse(days, Interval::ALL, Duration::from_secs(10), 25).unwrap();
    assert_eq!(film.slices.len(), 2_016 * 60);
    drop(film);
    let lapse = peak() - before;
    assert!(lapse < 60, "a time-lapse took {lapse} MB");

    // Two events six hours apart: a million packets of silence.
    let events = [footage(at(0)), footage(at(350))];
    let clip = clip::layout(&events, Interval::new(at(0), at(360))).unwrap();
    assert!(clip.header.len() < 16_000_000, "{} bytes", clip.header.len());
    let gap = peak() - before;
    assert!(gap < 80, "a gap took {gap} MB");
}
