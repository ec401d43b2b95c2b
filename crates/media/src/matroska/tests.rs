use super::*;
use crate::cameras::{Camera, Dice, HIGH, OPEN_GOP};

/// An element whose size is known.
fn element(id: u32, inside: &[u8]) -> Vec<u8> {
    let id = id.to_be_bytes();
    let begin = id.iter().position(|byte| *byte != 0).unwrap();
    let size = u32::try_from(inside.len()).unwrap() | 0x1000_0000;
    [&id[begin..], &size.to_be_bytes(), inside].concat()
}

/// The head of an element of unknown size.
fn endless(id: u32) -> Vec<u8> {
    [&id.to_be_bytes()[..], &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat()
}

fn void() -> Vec<u8> {
    element(0xec, &[7; 300])
}

fn start() -> Vec<u8> {
    let info = element(id::TIMESTAMP_SCALE, &[0x0f, 0x42, 0x40]);
    let ebml = element(id::EBML, &element(0x4282, b"matroska"));
    [ebml, endless(id::SEGMENT), void(), element(id::INFO, &info)].concat()
}

fn track(number: u8, kind: u8, codec: &str, private: &[u8]) -> Vec<u8> {
    let fields = [
        element(id::TRACK_NUMBER, &[number]),
        element(id::TRACK_TYPE, &[kind]),
        element(id::CODEC_ID, codec.as_bytes()),
        element(id::CODEC_PRIVATE, private),
    ];
    element(id::TRACK_ENTRY, &fields.concat())
}

/// 8 kHz, 1 channel: 128 ms a packet.
const AAC: [u8; 2] = [0x15, 0x88];

fn tracks(camera: Camera) -> Vec<u8> {
    let units = camera.units();
    let record = units[0].parameters.configuration();
    let codec = match camera.codec {
        Codec::H264 => "V_MPEG4/ISO/AVC",
        _ => "V_MPEGH/ISO/HEVC",
    };
    let tracks =
        [track(3, 17, "S_TEXT/UTF8", &[]), track(1, 1, codec, record), track(2, 2, "A_AAC", &AAC)];
    element(id::TRACKS, &tracks.concat())
}

fn block(track: u8, since: i16, data: &[u8]) -> Vec<u8> {
    [&[0x80 | track][..], &since.to_be_bytes(), &[0], data].concat()
}

fn cluster(at: u32) -> Vec<u8> {
    [endless(id::CLUSTER), element(id::TIMESTAMP, &at.to_be_bytes())].concat()
}

/// What a camera sends, ten pictures a second and a packet of sound before each but the first; a
/// cluster for each eight.
fn stream(camera: Camera) -> Vec<u8> {
    let mut stream = [start(), tracks(camera)].concat();
    for (number, unit) in (0_u8..).zip(camera.units()) {
        if number % 8 == 0 {
            stream.extend(cluster(u32::from(number) * 100));
        }
        let since = i16::from(number % 8) * 100;
        if number > 0 {
            stream.extend(element(id::SIMPLE_BLOCK, &block(2, since - 10, &[number; 5])));
        }
        let picture = block(1, since, &unit.data);
        if number % 2 == 0 {
            stream.extend(element(id::SIMPLE_BLOCK, &picture));
        } else {
            let inside = [void(), element(id::BLOCK, &picture), element(0x9b, &[100])].concat();
            stream.extend(element(id::BLOCK_GROUP, &inside));
        }
        stream.extend(element(id::SIMPLE_BLOCK, &block(3, 0, b"text")));
    }
    stream
}

fn units(stream: &[u8], piece: usize) -> Result<Vec<Unit>, MatroskaError> {
    let mut splitter = Splitter::new();
    let mut units = Vec::new();
    for bytes in stream.chunks(piece) {
        units.extend(splitter.push(bytes)?);
    }
    Ok(units)
}

#[test]
fn pictures_and_sound_are_found_in_clusters_without_end() {
    for camera in [HIGH, OPEN_GOP] {
        let read = units(&stream(camera), 100).unwrap();
        let sent = camera.units();
        assert_eq!(read.len(), sent.len());
        for ((number, read), sent) in (0_u8..).zip(&read).zip(&sent) {
            assert_eq!((&read.data, read.kind), (&sent.data, sent.kind));
            let sound = read.parameters.sound().unwrap();
            assert_eq!(sound.configuration()[..], AAC);
            assert!(read.parameters.has_same_video(&sent.parameters));
            assert_eq!(read.elapsed, Duration::from_millis(100) * number.into());
            let heard: Vec<_> = read.sound.iter().map(|(data, at)| (data[0], *at)).collect();
            let at = Duration::from_millis(100) * number.into();
            let expected =
                (number > 0).then(|| (number, at.saturating_sub(Duration::from_millis(10))));
            assert_eq!(heard, expected.into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn times_rounded_to_milliseconds_are_made_exact_again() {
    let mut stream = [start(), tracks(HIGH), cluster(0)].concat();
    for number in 0..20_i16 {
        // 128 ms, as a clock says it that is off by up to 1 ms.
        let at = number * 128 + [0, 1, -1][usize::try_from(number % 3).unwrap()];
        stream.extend(element(id::SIMPLE_BLOCK, &block(2, at, &[1])));
    }
    stream.extend(element(id::SIMPLE_BLOCK, &block(2, 20 * 128 + 500, &[1])));
    stream.extend(element(id::SIMPLE_BLOCK, &block(1, 3000, &HIGH.units()[0].data)));
    let read = units(&stream, 1000).unwrap();
    let times: Vec<Duration> = read[0].sound.iter().map(|(_, at)| *at).collect();
    let mut expected: Vec<_> = (0..20).map(|n| Duration::from_millis(128) * n).collect();
    expected.push(Duration::from_millis(20 * 128 + 500));
    assert_eq!(times, expected, "but a gap stays");
}

#[test]
fn parameter_sets_in_the_stream_are_learned_and_taken_out() {
    let unit = &HIGH.units()[0];
    // A camera of which ffmpeg knew nothing: NAL units behind start codes, sets among them.
    let bare = element(id::TRACKS, &track(1, 1, "V_MPEG4/ISO/AVC", &[]));
    let picture = [&unit.parameters.annex_b()[..], &crate::annex_b::to_start_codes(&unit.data)];
    let stream = [
        start(),
        bare,
        cluster(0),
        element(id::SIMPLE_BLOCK, &block(1, 0, &crate::annex_b::to_start_codes(&unit.data))),
        element(id::SIMPLE_BLOCK, &block(1, 100, &picture.concat())),
    ]
    .concat();
    let read = units(&stream, 77).unwrap();
    assert_eq!(read.len(), 1, "the first has no parameters yet");
    assert_eq!((&read[0].parameters, &read[0].data), (&unit.parameters, &unit.data));
}

#[test]
fn what_cannot_be_recorded_is_said() {
    let opus = [start(), element(id::TRACKS, &track(1, 2, "A_OPUS", &[]))].concat();
    let offered = "A_OPUS".to_owned();
    assert_eq!(units(&opus, 9), Err(MatroskaError::NoVideo { offered }));
    let what = "no EBML header";
    assert_eq!(units(b"GIF89a and more", 9), Err(MatroskaError::Garbled { offset: 0, what }));
    let laced = [start(), tracks(HIGH), cluster(0)].concat();
    let offset = u64::try_from(laced.len()).unwrap();
    let laced = [laced, element(id::SIMPLE_BLOCK, &[0x81, 0, 0, 0x02, 1, 1])].concat();
    let what = "a block with lacing";
    assert_eq!(units(&laced, 9), Err(MatroskaError::Garbled { offset, what }));
    let long = [start(), vec![0xa3, 0x14, 0, 0, 0]].concat();
    let offset = u64::try_from(start().len()).unwrap();
    let expected = MatroskaError::TooLong { offset, length: 0x0400_0000 };
    assert_eq!(units(&long, 9), Err(expected));
}

#[test]
fn memory_stays_bounded_without_pictures() {
    let mut splitter = Splitter::new();
    splitter.push(&[start(), tracks(HIGH), cluster(0)].concat()).unwrap();
    for number in 0..5_000_u16 {
        let sound = block(2, i16::try_from(number).unwrap(), &[1; 1000]);
        splitter.push(&element(id::SIMPLE_BLOCK, &sound)).unwrap();
        splitter.push(&void()).unwrap();
    }
    assert!(splitter.sound_bytes <= MOST_SOUND && splitter.rest.is_empty());
    assert_eq!(
        splitter.sound.iter().map(|(data, _)| data.len()).sum::<usize>(),
        splitter.sound_bytes
    );
    // What is skipped is not held.
    splitter.push(&[&[0xec, 0x08][..], &[0xff; 7]].concat()).unwrap();
    for _ in 0..1000 {
        splitter.push(&[0; 10_000]).unwrap();
        assert!(splitter.rest.is_empty());
    }
}

#[test]
fn tiny_packets_without_pictures_are_bounded_too() {
    let mut splitter = Splitter::new();
    splitter.push(&[start(), tracks(HIGH), cluster(0)].concat()).unwrap();
    for number in 0..5_000_i16 {
        splitter.push(&element(id::SIMPLE_BLOCK, &block(2, number, &[1]))).unwrap();
        splitter.push(&element(id::SIMPLE_BLOCK, &block(2, number, &[]))).unwrap();
    }
    assert_eq!((splitter.sound.len(), splitter.sound_bytes), (MOST_PACKETS, MOST_PACKETS));
}

#[test]
fn damage_and_garbage_never_panic() {
    let mut dice = Dice::new(3);
    for camera in [HIGH, OPEN_GOP] {
        let whole = stream(camera);
        for round in 0..1_000 {
            let damaged = match round % 2 {
                0 => dice.damage(&whole, 1 + round / 100),
                _ => [dice.damage(&whole[..700], 4), whole[700..].to_vec()].concat(),
            };
            drop(units(&damaged, 1 + dice.below(5_000))); // Only that it returns.
        }
    }
}
