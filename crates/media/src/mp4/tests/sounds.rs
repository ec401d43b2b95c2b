use super::*;
use crate::{Parameters, Sound, SoundFormat};

/// 16 kHz, 1 channel: 64 ms a packet.
const AAC: [u8; 2] = [0x14, 0x08];
const PACKET: Duration = Duration::from_millis(64);

/// The pictures of a camera with sound: what was heard before each since the one before, from two
/// packets before the first on. Each packet is its own number.
fn heard(camera: Camera, start: WallTime) -> Vec<Picture> {
    let mut pictures = camera.pictures(start);
    let format = SoundFormat::aac(&AAC).unwrap();
    let parameters = Parameters::clone(&pictures[0].parameters).with_sound(Some(format));
    let parameters = std::sync::Arc::new(parameters);
    let mut next = start - PACKET * 2;
    let mut number = 0_u8;
    for picture in &mut pictures {
        picture.parameters = parameters.clone();
        while next + PACKET <= picture.time {
            let data = vec![number; usize::from(number) + 1].into();
            picture.sound.push(Sound { data, time: next });
            next = next + PACKET;
            number += 1;
        }
    }
    pictures
}

fn sound(index: &Index) -> Vec<SoundSample> {
    index.fragments.iter().flat_map(|fragment| fragment.sound.iter().copied()).collect()
}

#[test]
fn sound_that_was_written_is_read_back() {
    for camera in ALL {
        let pictures = heard(camera, START);
        let file = write(&pictures);
        let read = index(&mut Cursor::new(&file)).unwrap();
        assert_eq!(read.parameters, pictures[0].parameters);
        let sent: Vec<&Sound> = pictures.iter().flat_map(|picture| &picture.sound).collect();
        let kept = sound(&read);
        assert_eq!(kept.len(), sent.len() - 2, "two were heard before the origin");
        for (kept, sent) in kept.iter().zip(&sent[2..]) {
            let begin = usize::try_from(kept.offset).unwrap();
            let end = begin + usize::try_from(kept.size).unwrap();
            assert_eq!(file[begin..end], sent.data);
            assert_eq!(kept.time, sent.time);
        }
        assert!(read.fragments.iter().all(|fragment| fragment.silence.is_some()));
    }
}

#[test]
fn sound_parses_elsewhere() {
    let file = write(&heard(HIGH, START));
    let read = index(&mut Cursor::new(&file)).unwrap();
    let mut fragments = read.fragments.iter();
    for atom in atoms(&file) {
        match atom {
            Any::Moov(moov) => {
                assert_eq!(moov.mvex.unwrap().trex.len(), 2);
                let track = &moov.trak[1];
                assert_eq!((track.tkhd.track_id, track.mdia.mdhd.timescale), (2, 16_000));
                let [mp4_atom::Codec::Mp4a(entry)] = &track.mdia.minf.stbl.stsd.codecs[..] else {
                    panic!("{:?}", track.mdia.minf.stbl.stsd);
                };
                assert_eq!(entry.audio.channel_count, 1);
            }
            Any::Moof(moof) => {
                let expected = fragments.next().unwrap();
                let traf = &moof.traf[1];
                let begin = traf.tfdt.as_ref().unwrap().base_media_decode_time;
                let begin = after_samples(START, i64::try_from(begin).unwrap(), 16_000);
                assert_eq!(begin, expected.sound[0].time);
                let sizes = traf.trun[0].samples.iter().map(|sample| sample.size.unwrap());
                assert!(sizes.eq(expected.sound.iter().map(|sample| sample.size)));
                let samples = &traf.trun[0].samples;
                assert!(samples.iter().all(|sample| sample.duration == Some(1024)));
            }
            _ => {}
        }
    }
}

#[test]
fn a_fragment_with_sound_is_allocated_once_and_to_the_byte() {
    let whole = fragment(1, START, &heard(OPEN_GOP, START), at(2_400));
    let boxes: Vec<u8> = whole.into();
    assert_eq!(boxes.len(), boxes.capacity());
}

#[test]
fn a_file_with_sound_cut_anywhere_gives_its_whole_fragments() {
    let file = write(&heard(HIGH, START));
    let whole = index(&mut Cursor::new(&file)).unwrap();
    let header = usize::try_from(whole.fragments[0].offset).unwrap();
    for cut in header..file.len() {
        let read = index(&mut Cursor::new(&file[..cut])).unwrap();
        let fits = |f: &&Fragment| f.offset + f.length <= u64::try_from(cut).unwrap();
        let expected: Vec<_> = whole.fragments.iter().take_while(fits).cloned().collect();
        assert_eq!(read.fragments, expected, "cut at {cut}");
    }
}

#[test]
fn damaged_sound_never_panics() {
    let mut dice = Dice::new(8);
    let file = write(&heard(HIGH, START));
    for round in 0..3_000 {
        let damaged = match round % 2 {
            0 => dice.damage(&file, 1 + round / 100),
            _ => [dice.damage(&file[..1_500], 3), file[1_500..].to_vec()].concat(),
        };
        if let Ok(read) = index(&mut Cursor::new(&damaged)) {
            for sample in sound(&read) {
                assert!(sample.offset + u64::from(sample.size) <= read.whole);
            }
            for layout in [
                clip::layout(&[read.clone(), read.clone()], Interval::ALL),
                clip::timelapse([read], Interval::ALL, Duration::from_secs(1), 0),
            ] {
                drop(layout); // Either will do.
            }
        }
    }
}

#[test]
fn wild_times_of_sound_do_no_harm() {
    let mut pictures = heard(HIGH, START);
    pictures[1].sound[0].time = WallTime::MAX;
    pictures[2].sound[0].time = WallTime::MIN;
    let file = write(&pictures);
    let read = index(&mut Cursor::new(&file)).unwrap();
    assert_eq!(read.fragments.len(), 3);
    assert!(sound(&read).is_sorted_by(|a, b| a.time <= b.time));
    clip::layout(&[read], Interval::ALL).unwrap();
}

#[test]
fn a_clip_says_where_each_packet_is_and_trims_the_first() {
    let file = write(&heard(HIGH, START));
    let read = index(&mut Cursor::new(&file)).unwrap();
    // From the key picture at 800 ms, which falls into packet 14 (768 to 832 ms from the origin).
    let layout = clip::layout(&[read], Interval::new(at(800), at(1_600))).unwrap();
    let clip = clips::join(&layout, &[&file]);
    let Some(Any::Moov(moov)) = atoms(&clip).into_iter().find(|a| matches!(a, Any::Moov(_))) else {
        panic!("no moov");
    };
    let track = &moov.trak[1];
    let edits = &track.edts.as_ref().unwrap().elst.as_ref().unwrap().entries;
    assert_eq!((edits.len(), edits[0].media_time), (1, Some(512)), "32 ms are not played");
    let times = &track.mdia.minf.stbl.stts.entries;
    assert_eq!((times.len(), times[0].sample_count, times[0].sample_delta), (1, 13, 1024));
    let mp4_atom::StszSamples::Different { sizes } = &track.mdia.minf.stbl.stsz.samples else {
        panic!("no sizes");
    };
    assert_eq!(*sizes, (15..28).collect::<Vec<u32>>(), "packets 14 to 26");
    let chunks = &track.mdia.minf.stbl.co64.as_ref().unwrap().entries;
    let first = usize::try_from(chunks[0]).unwrap();
    assert_eq!(clip[first..first + 15], [14; 15]);
    assert_eq!((moov.mvhd.duration, layout.slices.len()), (72_000, 3));
}

#[test]
fn of_several_formats_the_one_heard_most_is_in_a_clip() {
    let (first, second) = (heard(HIGH, START), HIGH.pictures(at(3_000)));
    let files = [write(&first), write(&second)];
    let reads = files.each_ref().map(|file| index(&mut Cursor::new(file)).unwrap());
    let layout = clip::layout(&reads, Interval::ALL).unwrap();
    let clip = clips::join(&layout, &[&files[0], &files[1]]);
    let Some(Any::Moov(moov)) = atoms(&clip).into_iter().find(|a| matches!(a, Any::Moov(_))) else {
        panic!("no moov");
    };
    assert_eq!(moov.trak.len(), 2);
    assert_eq!(moov.trak[0].mdia.minf.stbl.stsd.codecs.len(), 1, "the pictures need the same");
    let from_second = clip::layout(&reads, Interval::new(at(3_500), at(9_000))).unwrap();
    let clip = clips::join(&from_second, &[&files[0], &files[1]]);
    assert!(!clip.windows(4).any(|name| name == b"mp4a"));
}

#[test]
fn where_sound_is_missing_a_clip_is_silent_as_long() {
    let mut pictures = heard(HIGH, START);
    pictures[4..20].iter_mut().for_each(|picture| picture.sound.clear());
    let file = write(&pictures);
    let read = index(&mut Cursor::new(&file)).unwrap();
    let kept = sound(&read);
    let layout = clip::layout(&[read], Interval::ALL).unwrap();
    let clip = clips::join(&layout, &[&file]);
    let Some(Any::Moov(moov)) = atoms(&clip).into_iter().find(|a| matches!(a, Any::Moov(_))) else {
        panic!("no moov");
    };
    let tables = &moov.trak[1].mdia.minf.stbl;
    let times = &tables.stts.entries;
    let span = kept[kept.len() - 1].time.since(kept[0].time).unwrap();
    let packets = u32::try_from(span.as_micros() / 64_000).unwrap() + 1;
    assert_eq!((times.len(), times[0].sample_count, times[0].sample_delta), (1, packets, 1024));
    let mp4_atom::StszSamples::Different { sizes } = &tables.stsz.samples else {
        panic!("no sizes");
    };
    let silence = pictures[0].parameters.sound().unwrap().silence().unwrap();
    let (mut place, mut silent) = (0, 0);
    for (chunk, offset) in (1..).zip(&tables.co64.as_ref().unwrap().entries) {
        let run = tables.stsc.entries.iter().rfind(|run| run.first_chunk <= chunk).unwrap();
        let mut begin = usize::try_from(*offset).unwrap();
        for _ in 0..run.samples_per_chunk {
            let end = begin + usize::try_from(sizes[place]).unwrap();
            silent += usize::from(clip[begin..end] == *silence);
            (begin, place) = (end, place + 1);
        }
    }
    assert_eq!(place, sizes.len());
    assert_eq!(silent, sizes.len() - kept.len(), "each missing packet is silence");
}
