use std::io::Cursor;
use std::time::Duration;

use mp4_atom::{Any, ReadFrom};
use watchpost_model::Interval;

use super::*;
use crate::cameras::{ALL, B_PICTURES, Camera, Dice, HIGH, INTRA_REFRESH, OPEN_GOP};
use crate::{Kind, Picture};

/// 2026-11-21T13:32:05.250321Z
const START: WallTime = WallTime::from_micros(1_795_267_925_250_321);

/// A segment: the header, and a fragment from each key picture to the next.
fn write(pictures: &[Picture]) -> Vec<u8> {
    let origin = pictures[0].time;
    let mut file = init(&pictures[0].parameters, origin, Use::File).to_vec();
    let groups: Vec<_> = pictures.chunk_by(|_, next| next.kind == Kind::Delta).collect();
    for (n, group) in groups.iter().enumerate() {
        let end = groups
            .get(n + 1)
            .map_or(group[group.len() - 1].time + Duration::from_millis(100), |next| next[0].time);
        file.extend(fragment(u32::try_from(n).unwrap() + 1, origin, group, end));
    }
    file
}

fn segment(camera: Camera, start: WallTime) -> (Vec<u8>, Index) {
    let file = write(&camera.pictures(start));
    let read = index(&mut Cursor::new(&file)).unwrap();
    (file, read)
}

fn at(millis: u64) -> WallTime {
    START + Duration::from_millis(millis)
}

fn bytes<'a>(file: &'a [u8], sample: &Sample) -> &'a [u8] {
    let begin = usize::try_from(sample.offset).unwrap();
    &file[begin..begin + usize::try_from(sample.size).unwrap()]
}

fn atoms(file: &[u8]) -> Vec<Any> {
    let mut rest = Cursor::new(file);
    std::iter::from_fn(|| Option::<Any>::read_from(&mut rest).unwrap()).collect()
}

fn assert_near(moment: WallTime, expected: WallTime) {
    let early = expected.since(moment).unwrap();
    assert!(early <= Duration::from_micros(24), "{moment:?} is not {expected:?}");
}

#[test]
fn what_was_written_is_read_back() {
    for camera in ALL {
        let pictures = camera.pictures(START);
        let (file, read) = segment(camera, START);
        assert_eq!(read.origin, START);
        assert_eq!(read.whole, u64::try_from(file.len()).unwrap());
        assert_eq!(read.parameters, pictures[0].parameters);
        let samples: Vec<&Sample> = read.fragments.iter().flat_map(|f| &f.samples).collect();
        assert_eq!(samples.len(), pictures.len());
        for (sample, picture) in samples.iter().zip(&pictures) {
            assert_eq!(bytes(&file, sample), picture.data);
            assert_eq!((sample.kind, sample.duration), (picture.kind, 9_000));
            assert_eq!(
                Duration::from_micros(sample.composition.unsigned_abs().into()) * 100 / 9,
                picture.shown_after
            );
        }
        for pair in read.fragments.windows(2) {
            assert_eq!(
                (pair[0].end, pair[0].offset + pair[0].length),
                (pair[1].start, pair[1].offset)
            );
        }
        assert_near(read.interval().end(), at(2_400));
    }
}

#[test]
fn what_was_written_parses_elsewhere() {
    for camera in ALL {
        let (file, read) = segment(camera, START);
        let atoms = atoms(&file);
        let mut fragments = read.fragments.iter();
        for atom in &atoms {
            match atom {
                Any::Moov(moov) => {
                    assert_eq!((moov.mvhd.duration, moov.trak.len()), (0, 1));
                    let created = moov.mvhd.creation_time - 2_082_844_800;
                    assert_eq!(created, 1_795_267_925);
                    assert_eq!(moov.trak[0].mdia.minf.stbl.stsd.codecs.len(), 1);
                }
                Any::Moof(moof) => {
                    let expected = fragments.next().unwrap();
                    let traf = &moof.traf[0];
                    assert_near(
                        after_ticks(
                            START,
                            i64::try_from(traf.tfdt.as_ref().unwrap().base_media_decode_time)
                                .unwrap(),
                        ),
                        expected.start,
                    );
                    let sizes: Vec<_> =
                        traf.trun[0].samples.iter().map(|s| s.size.unwrap()).collect();
                    let own: Vec<_> = expected.samples.iter().map(|s| s.size).collect();
                    assert_eq!(sizes, own);
                }
                Any::Ftyp(_) | Any::Prft(_) | Any::Mdat(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(fragments.next().is_none());
    }
}

#[test]
fn a_fragment_is_allocated_once_and_to_the_byte() {
    for camera in ALL {
        let pictures = camera.pictures(START);
        let whole = fragment(1, START, &pictures, at(2_400));
        let boxes: Vec<u8> = whole.into();
        assert_eq!(boxes.len(), boxes.capacity());
    }
    assert!(fragment(1, START, &[], at(0)).is_empty());
}

#[test]
fn a_file_cut_anywhere_gives_its_whole_fragments() {
    for camera in [HIGH, OPEN_GOP] {
        let (file, whole) = segment(camera, START);
        let header = whole.fragments[0].offset;
        for cut in 0..file.len() {
            let length = u64::try_from(cut).unwrap();
            let read = index(&mut Cursor::new(&file[..cut]));
            if length < header {
                assert!(matches!(read, Err(ReadError::Header { .. })), "cut at {cut}");
                continue;
            }
            let read = read.unwrap();
            let fits = |f: &&Fragment| f.offset + f.length <= length;
            let expected: Vec<_> = whole.fragments.iter().take_while(fits).cloned().collect();
            let end = expected.last().map_or(header, |last| last.offset + last.length);
            assert_eq!((read.fragments, read.whole), (expected, end), "cut at {cut}");
        }
    }
}

#[test]
fn damage_and_garbage_never_panic() {
    let mut dice = Dice::new(5);
    for camera in ALL {
        let (file, _) = segment(camera, START);
        for round in 0..2_000 {
            let damaged = match round % 2 {
                0 => dice.damage(&file, 1 + round / 100),
                // Only the heads, where it hurts.
                _ => [dice.damage(&file[..1_000], 3), file[1_000..].to_vec()].concat(),
            };
            if let Ok(read) = index(&mut Cursor::new(&damaged)) {
                assert!(read.whole <= u64::try_from(damaged.len()).unwrap());
                for sample in read.fragments.iter().flat_map(|f| &f.samples) {
                    bytes(&damaged, sample);
                }
                drop(clip::layout(&[read.clone(), read], Interval::ALL)); // Either will do.
            }
        }
    }
    let garbage: Vec<u8> = (0..5_000).map(|_| dice.byte()).collect();
    assert!(index(&mut Cursor::new(&garbage)).is_err());
}

#[test]
fn lost_pictures_leave_a_gap_that_the_file_tells() {
    let mut pictures = HIGH.pictures(START);
    pictures[8..].iter_mut().for_each(|late| late.time = late.time + Duration::from_secs(30));
    let origin = pictures[0].time;
    let file = [
        init(&pictures[0].parameters, origin, Use::File),
        fragment(1, origin, &pictures[..8], at(800)),
        fragment(2, origin, &pictures[8..], at(32_400)),
    ]
    .concat();
    let read = index(&mut Cursor::new(&file)).unwrap();
    let [before, after] = &read.fragments[..] else { panic!("{read:?}") };
    assert_near(before.end, at(800));
    assert_near(after.start, at(30_800));
    assert_near(after.end, at(32_400));
}

#[test]
fn a_wild_clock_still_gives_rising_times() {
    let mut pictures = HIGH.pictures(START);
    pictures[3].time = WallTime::MIN;
    pictures[5].time = WallTime::MAX;
    pictures[6].time = at(0);
    let file = [
        init(&pictures[0].parameters, START, Use::File),
        fragment(1, START, &pictures, at(2_400)),
        fragment(2, START, &pictures[3..5], WallTime::MIN),
    ]
    .concat();
    let read = index(&mut Cursor::new(&file)).unwrap();
    assert!(read.fragments.iter().flat_map(|f| &f.samples).all(|sample| sample.duration > 0));
}

#[test]
fn the_wall_clock_survives_the_end_of_ntp_and_the_years_before_1970() {
    for start in [
        "2036-02-07T06:28:15.999999Z",
        "2036-02-07T06:28:16Z",
        "2106-02-07T06:28:17.1Z",
        "1969-07-20T20:17:40.123456Z",
    ] {
        let start: WallTime = start.parse().unwrap();
        assert_eq!(segment(HIGH, start).1.origin, start);
    }
}

#[test]
fn a_header_without_fragments_is_whole() {
    let parameters = HIGH.units()[0].parameters.clone();
    let header = init(&parameters, START, Use::File);
    let read = index(&mut Cursor::new(&header)).unwrap();
    assert_eq!(read.whole, u64::try_from(header.len()).unwrap());
    assert_eq!(read.origin, WallTime::from_micros(1_795_267_925_000_000));
}

#[test]
fn an_index_reads_heads_only() {
    /// Counts what is read.
    struct Meter<'a>(Cursor<&'a [u8]>, usize);
    impl std::io::Read for Meter<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.read(into)?;
            self.1 += count;
            Ok(count)
        }
    }
    impl std::io::Seek for Meter<'_> {
        fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }
    let mut pictures = HIGH.pictures(START);
    for picture in &mut pictures {
        picture.data = vec![0; 100_000].into();
    }
    let file = write(&pictures);
    let mut meter = Meter(Cursor::new(&file), 0);
    assert_eq!(index(&mut meter).unwrap().fragments.len(), 3);
    assert!(meter.1 <= 5 * 4096, "{} bytes read", meter.1);
}

mod clips;
mod sounds;
