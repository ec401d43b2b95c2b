use super::*;

/// A clip as a player gets it.
pub(super) fn join(layout: &clip::Layout, files: &[&[u8]]) -> Vec<u8> {
    let mut whole = layout.header.to_vec();
    for slice in &layout.slices {
        let begin = usize::try_from(slice.offset).unwrap();
        let end = begin + usize::try_from(slice.length).unwrap();
        whole.extend_from_slice(&files[slice.segment][begin..end]);
    }
    assert_eq!(layout.length, u64::try_from(whole.len()).unwrap());
    whole
}

/// What a player finds in a clip: for each picture its sample entry, ticks and bytes.
fn play(file: &[u8]) -> Vec<(u32, u32, &[u8])> {
    let atoms = atoms(file);
    let Some(Any::Moov(moov)) = atoms.iter().find(|atom| matches!(atom, Any::Moov(_))) else {
        panic!("no moov");
    };
    let tables = &moov.trak[0].mdia.minf.stbl;
    let mp4_atom::StszSamples::Different { sizes } = &tables.stsz.samples else {
        panic!("{:?}", tables.stsz);
    };
    let durations = tables.stts.entries.iter().flat_map(|entry| {
        std::iter::repeat_n(entry.sample_delta, usize::try_from(entry.sample_count).unwrap())
    });
    let mut samples = sizes.iter().zip(durations);
    let mut pictures = Vec::new();
    for (chunk, offset) in (1..).zip(&tables.co64.as_ref().unwrap().entries) {
        let run = tables.stsc.entries.iter().rfind(|run| run.first_chunk <= chunk).unwrap();
        let mut begin = usize::try_from(*offset).unwrap();
        for (size, duration) in
            samples.by_ref().take(usize::try_from(run.samples_per_chunk).unwrap())
        {
            let end = begin + usize::try_from(*size).unwrap();
            pictures.push((run.sample_description_index, duration, &file[begin..end]));
            begin = end;
        }
    }
    assert_eq!(samples.count(), 0);
    let total: u64 = pictures.iter().map(|(_, duration, _)| u64::from(*duration)).sum();
    assert_eq!((moov.trak[0].mdia.mdhd.duration, moov.mvhd.duration), (total, total));
    pictures
}

#[test]
fn every_picture_of_a_clip_is_where_its_tables_say() {
    for camera in ALL {
        let (file, read) = segment(camera, START);
        let layout = clip::layout(&[read], Interval::ALL).unwrap();
        let clip = join(&layout, &[&file]);
        let pictures = camera.pictures(START);
        let expected: Vec<_> =
            pictures.iter().map(|picture| (1, 9_000, &picture.data[..])).collect();
        assert_eq!(play(&clip), expected);
        assert_eq!(layout.start, START);
        assert_near(layout.end, at(2_400));
    }
}

#[test]
fn a_clip_begins_at_a_key_picture_and_ends_with_the_interval() {
    let pictures = HIGH.pictures(START);
    let (file, read) = segment(HIGH, START);
    // Between the pictures 10 (of the group that begins with 8) and 18.
    let layout = clip::layout(&[read], Interval::new(at(1_050), at(1_850))).unwrap();
    let clip = join(&layout, &[&file]);
    let mut expected: Vec<_> =
        pictures[8..19].iter().map(|picture| (1, 9_000, &picture.data[..])).collect();
    expected[10].1 = 4_500;
    assert_eq!(play(&clip).len(), 11);
    assert!(play(&clip)[..10] == expected[..10]);
    assert!(play(&clip)[10].1.abs_diff(4_500) <= 2);
    assert_near(layout.start, at(800));
    assert_near(layout.end, at(1_850));
}

#[test]
fn a_clip_that_begins_exactly_at_a_key_picture_begins_there() {
    let (_, read) = segment(HIGH, START);
    let layout = clip::layout(&[read], Interval::new(at(1_600), at(9_000))).unwrap();
    assert_near(layout.start, at(1_600));
}

#[test]
fn a_clip_over_two_files_stands_still_in_between() {
    let (first, first_read) = segment(HIGH, START);
    let (second, second_read) = segment(B_PICTURES, at(10_000));
    let reads = [first_read, second_read];
    let layout = clip::layout(&reads, Interval::ALL).unwrap();
    let clip = join(&layout, &[&first, &second]);
    let pictures = play(&clip);
    let entries: Vec<u32> = pictures.iter().map(|(entry, _, _)| *entry).collect();
    assert_eq!(entries, [[1; 24], [2; 24]].concat());
    assert!(pictures[23].1.abs_diff(77 * 9_000) <= 2, "{}", pictures[23].1);
    assert_near(layout.end, at(12_400));
    // What begins in the gap begins with the second file.
    let late = clip::layout(&reads, Interval::new(at(5_000), at(11_000))).unwrap();
    assert_near(late.start, at(10_000));
    assert!(late.slices.iter().all(|slice| slice.segment == 1));
}

#[test]
fn a_clip_over_a_clock_set_back_goes_on() {
    let (first, first_read) = segment(HIGH, START);
    let (second, second_read) = segment(HIGH, at(0) - Duration::from_mins(10));
    let layout = clip::layout(&[first_read, second_read], Interval::ALL).unwrap();
    let clip = join(&layout, &[&first, &second]);
    assert!(play(&clip).iter().all(|(entry, duration, _)| (*entry, *duration) == (1, 9_000)));
}

#[test]
fn there_is_no_clip_where_nothing_was_recorded() {
    let (_, read) = segment(HIGH, START);
    let reads = [read];
    assert_eq!(clip::layout(&[], Interval::ALL), Err(clip::Empty));
    for (from, to) in [(3_000, 4_000), (1_000, 1_000)] {
        let interval = Interval::new(at(from), at(to));
        assert_eq!(clip::layout(&reads, interval), Err(clip::Empty), "{from} to {to}");
    }
    let before = Interval::new(WallTime::MIN, START - Duration::from_secs(1));
    assert_eq!(clip::layout(&reads, before), Err(clip::Empty));
}

#[test]
fn a_timelapse_shows_key_pictures_at_its_own_pace() {
    let pictures = HIGH.pictures(START);
    let (file, read) = segment(HIGH, START);
    let (other, other_read) = segment(HIGH, at(60_000));
    let reads = [read, other_read];
    // Key pictures stand at 0, 800 and 1600 ms of each file.
    let every = Duration::from_millis(840);
    let layout = clip::timelapse(reads.clone(), Interval::ALL, every, 7).unwrap();
    let clip = join(&layout, &[&file, &other]);
    let shown: Vec<_> = play(&clip).iter().map(|(_, ticks, data)| (*ticks, *data)).collect();
    let key = |number: usize| &pictures[number].data[..];
    let ticks = [12_857, 12_857, 12_857, 12_857, 12_857, 12_857];
    let keys = [key(0), key(8), key(16)].repeat(2);
    assert_eq!(shown, ticks.into_iter().zip(keys).collect::<Vec<_>>(), "840 may be 800");
    assert_eq!(layout.start, START);
    // A clock set back does not stop it, nor does an interval in which there is nothing.
    let back = [reads[1].clone(), reads[0].clone()];
    let slow = Duration::from_secs(10);
    assert_eq!(clip::timelapse(back, Interval::ALL, slow, 25).unwrap().slices.len(), 2);
    let nothing = Interval::new(at(3_000), at(4_000));
    assert_eq!(clip::timelapse(reads.clone(), nothing, slow, 25), Err(clip::Empty));
    let intra_refresh = [segment(INTRA_REFRESH, START).1];
    let whole = clip::timelapse(intra_refresh.clone(), Interval::ALL, Duration::ZERO, 25).unwrap();
    let length: u64 = whole.slices.iter().map(|slice| slice.length).sum();
    assert_eq!(length, u64::from(intra_refresh[0].fragments[0].samples[0].size), "only the first");
}

#[test]
fn a_clip_from_a_recovery_point_decodes_the_group_before() {
    let (file, read) = segment(INTRA_REFRESH, START);
    let keys: Vec<usize> =
        (0..24).filter(|n| INTRA_REFRESH.units()[*n].kind == Kind::Key).collect();
    let begin = START + Duration::from_millis(100) * u32::try_from(keys[2]).unwrap();
    let layout = clip::layout(&[read], Interval::new(begin, at(9_000))).unwrap();
    assert_near(layout.start, begin);
    let clip = join(&layout, &[&file]);
    let Some(Any::Moov(moov)) = atoms(&clip).into_iter().find(|a| matches!(a, Any::Moov(_))) else {
        panic!("no moov");
    };
    let track = &moov.trak[0];
    let lead = keys[2] - keys[1];
    assert_eq!(track.mdia.mdhd.duration, u64::try_from(24 - keys[1]).unwrap() * 9_000);
    assert_eq!(moov.mvhd.duration, u64::try_from(24 - keys[2]).unwrap() * 9_000);
    let edit = &track.edts.as_ref().unwrap().elst.as_ref().unwrap().entries[0];
    assert_eq!(edit.media_time, Some(u64::try_from(lead).unwrap() * 9_000));
    let keys_told = &track.mdia.minf.stbl.stss.as_ref().unwrap().entries;
    assert_eq!(keys_told[0], 1);
    assert!(!keys_told.contains(&u32::try_from(lead + 1).unwrap()));
}
