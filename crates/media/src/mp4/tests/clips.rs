use super::*;

/// A clip as a player gets it.
fn join(layout: &clip::Layout, files: &[&[u8]]) -> Vec<u8> {
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
