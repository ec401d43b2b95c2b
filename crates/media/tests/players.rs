//! What we read from ffmpeg and what we write is understood by ffmpeg. Where there is none, these
//! tests say so and pass; where `CI` is set, they fail.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use watchpost_media::matroska::{Splitter, Unit};
use watchpost_media::mp4::{self, Index, Use, clip};
use watchpost_media::{Codec, Kind, Picture, Sound, adts};
use watchpost_model::{Interval, WallTime};

/// 2026-11-21T13:32:05.250321Z
const START: WallTime = WallTime::from_micros(1_795_267_925_250_321);

const TONE: &[&str] = &["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=6"];
const AAC: &[&str] = &["-c:a", "aac", "-ac", "1", "-b:a", "48k"];

/// What `program` printed, or `None` if there is none.
fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let complaints = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program} {arguments:?}: {complaints}");
            assert_eq!(complaints, "", "{program} {arguments:?}");
            Some(output.stdout)
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{program}: {error}");
            eprintln!("not tested: {program}: {error}");
            None
        }
    }
}

/// Six seconds of ffmpeg's test picture with 10 pictures a second, as Matroska through a pipe.
fn stream(more: &[&[&str]]) -> Option<Vec<u8>> {
    let picture = "testsrc2=size=320x180:rate=10:duration=6";
    let mut arguments = vec!["-v", "error", "-f", "lavfi", "-i", picture];
    arguments.extend(more.iter().copied().flatten());
    arguments.extend(["-f", "matroska", "-live", "1", "-cluster_time_limit", "0"]);
    arguments.extend(["-flush_packets", "1", "pipe:1"]);
    run("ffmpeg", &arguments)
}

fn units(stream: &[u8], piece: usize) -> Vec<Unit> {
    let mut splitter = Splitter::new();
    stream.chunks(piece).flat_map(|bytes| splitter.push(bytes).unwrap()).collect()
}

fn pictures(stream: &[u8]) -> Vec<Picture> {
    let at = |elapsed: Duration| START + elapsed;
    let picture = |unit: Unit| Picture {
        parameters: unit.parameters,
        data: unit.data,
        kind: unit.kind,
        time: at(unit.elapsed),
        shown_after: unit.shown_after,
        sound: unit
            .sound
            .into_iter()
            .map(|(data, elapsed)| Sound { data, time: at(elapsed) })
            .collect(),
    };
    units(stream, 4096).into_iter().map(picture).collect()
}

/// A file: the header, and a fragment from each key picture to the next.
fn write(pictures: &[Picture]) -> (Vec<u8>, Index) {
    let origin = pictures[0].time;
    let mut file = mp4::init(&pictures[0].parameters, origin, Use::File).to_vec();
    let mut groups = pictures.chunk_by(|_, next| next.kind == Kind::Delta).peekable();
    let mut number = 0;
    while let Some(group) = groups.next() {
        number += 1;
        let last = group[group.len() - 1].time + Duration::from_millis(100);
        let end = groups.peek().map_or(last, |next| next[0].time);
        file.extend(mp4::fragment(number, origin, group, end));
    }
    let read = mp4::index(&mut Cursor::new(&file)).unwrap();
    assert_eq!(read.whole, u64::try_from(file.len()).unwrap());
    (file, read)
}

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

fn save(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

/// When each frame of a stream (`v` or `a`) is shown, in ms, and the MD5 of what it shows.
fn decoded(file: &Path, stream: &str) -> Vec<(i64, String)> {
    told(file, stream, &["-fps_mode", "passthrough"])
}

/// When each packet of a stream is shown, in ms, and the MD5 of it.
fn coded(file: &Path, stream: &str) -> Vec<(i64, String)> {
    told(file, stream, &["-c", "copy"])
}

fn told(file: &Path, stream: &str, how: &[&str]) -> Vec<(i64, String)> {
    let (file, stream) = (file.to_str().unwrap(), format!("0:{stream}"));
    let input = ["-v", "error", "-xerror", "-i", file, "-map", &stream];
    let told = run("ffmpeg", &[&input[..], how, &["-f", "framemd5", "-"]].concat()).unwrap();
    let told = String::from_utf8(told).unwrap();
    let base = told.lines().find_map(|line| line.strip_prefix("#tb 0: ")).unwrap();
    let (over, under) = base.split_once('/').unwrap();
    let tick: (i64, i64) = (over.parse().unwrap(), under.parse().unwrap());
    let frames = told.lines().filter(|line| !line.starts_with('#'));
    frames
        .map(|line| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let shown: i64 = fields[2].parse().unwrap();
            (shown * 1000 * tick.0 / tick.1, fields[5].to_owned())
        })
        .collect()
}

/// For each packet when it is decoded and shown, in seconds.
fn packets(file: &Path, stream: &str) -> Vec<f64> {
    let file = file.to_str().unwrap();
    let arguments = ["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time"];
    let told = run("ffprobe", &[&arguments[..], &["-of", "csv=p=0", file]].concat()).unwrap();
    let told = String::from_utf8(told).unwrap();
    told.lines().filter_map(|line| line.trim_matches(',').parse().ok()).collect()
}

#[test]
fn a_file_with_sound_is_decoded_whole() {
    let video: &[&str] = &["-c:v", "libx264", "-g", "20", "-bf", "0", "-threads", "1"];
    let Some(stream) = stream(&[TONE, video, AAC]) else { return };
    let pictures = pictures(&stream);
    assert_eq!(pictures.len(), 60);
    let parameters = &pictures[0].parameters;
    let codecs = parameters.mime_codecs();
    assert!(codecs.starts_with("avc1.") && codecs.ends_with(",mp4a.40.2"), "{codecs}");
    let (file, read) = write(&pictures);
    assert_eq!(read.parameters, *parameters);
    let heard: usize = pictures.iter().map(|picture| picture.sound.len()).sum();
    let kept: usize = read.fragments.iter().map(|fragment| fragment.sound.len()).sum();
    assert!(kept + 3 >= heard && heard > 270, "{kept} of {heard}");

    let path = save("sound.mp4", &file);
    assert_eq!(decoded(&path, "v").len(), 60);
    assert!(decoded(&path, "a").len() >= kept);
    let times = packets(&path, "a");
    let packet = 1024.0 / 48_000.0;
    for pair in times.windows(2) {
        assert!((pair[1] - pair[0] - packet).abs() < 0.000_05, "{pair:?}");
    }
}

#[test]
fn a_live_stream_of_single_pictures_is_decoded_whole() {
    let video: &[&str] = &["-c:v", "libx264", "-g", "20", "-bf", "0", "-threads", "1"];
    let Some(stream) = stream(&[TONE, video, AAC]) else { return };
    let pictures = pictures(&stream);
    let origin = pictures[0].time;
    let mut live = mp4::init(&pictures[0].parameters, origin, Use::Live).to_vec();
    for (number, picture) in (1..).zip(&pictures) {
        let end = picture.time + Duration::from_millis(100);
        live.extend(mp4::fragment(number, origin, std::slice::from_ref(picture), end));
    }
    let path = save("live.mp4", &live);
    assert_eq!(decoded(&path, "v").len(), 60);
    let heard = decoded(&path, "a");
    assert!((270..=283).contains(&heard.len()), "{}", heard.len());
    let packet = 1024.0 / 48_000.0;
    for pair in packets(&path, "a").windows(2) {
        assert!((pair[1] - pair[0] - packet).abs() < 0.000_05, "{pair:?}");
    }
}

#[test]
fn a_clip_has_the_sound_of_its_pictures() {
    let video: &[&str] = &["-c:v", "libx264", "-g", "20", "-bf", "0", "-threads", "1"];
    let Some(stream) = stream(&[TONE, video, AAC]) else { return };
    let (file, read) = write(&pictures(&stream));
    let origin = read.origin;
    let at = |millis| origin + Duration::from_millis(millis);
    // From the key picture at 2 s to 4.55 s.
    let layout = clip::layout(&[read], Interval::new(at(2_300), at(4_550))).unwrap();
    assert!(layout.start.since(at(1_999)).unwrap() < Duration::from_millis(2));
    let clip = save("sound-clip.mp4", &join(&layout, &[&file]));
    let whole = save("sound-whole.mp4", &file);
    let shown = decoded(&clip, "v");
    let expected: Vec<_> =
        decoded(&whole, "v")[20..46].iter().map(|(at, md5)| (at - 2_000, md5.clone())).collect();
    assert_eq!(shown, expected);
    assert!(decoded(&clip, "a").len() >= 118);
    let (clip, whole) = (coded(&clip, "a"), coded(&whole, "a"));
    assert!((118..=123).contains(&clip.len()), "{}", clip.len());
    let place = whole.iter().position(|(_, md5)| *md5 == clip[10].1).unwrap();
    for (here, there) in clip[10..115].iter().zip(&whole[place..]) {
        assert_eq!(here.1, there.1);
        assert!((there.0 - 2_000 - here.0).abs() <= 1, "{here:?} {there:?}");
    }
}

#[test]
fn a_gap_in_the_sound_is_silent_and_what_follows_is_in_time() {
    let video: &[&str] = &["-c:v", "libx264", "-g", "10", "-bf", "0", "-threads", "1"];
    let Some(stream) = stream(&[TONE, video, AAC]) else { return };
    let mut pictures = pictures(&stream);
    let whole = save("no-gap.mp4", &write(&pictures).0);
    // Two seconds without sound, and then a file of its own after 5 s of nothing.
    pictures[15..35].iter_mut().for_each(|picture| picture.sound.clear());
    let later = Duration::from_secs(5);
    for picture in &mut pictures[40..] {
        picture.time = picture.time + later;
        picture.sound.iter_mut().for_each(|sound| sound.time = sound.time + later);
    }
    let (first, first_read) = write(&pictures[..40]);
    let (second, second_read) = write(&pictures[40..]);
    let gap = save("gap.mp4", &first);
    let widest = packets(&gap, "a").windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!((1.9..2.1).contains(&widest), "{widest}: the file keeps the gap");

    let layout = clip::layout(&[first_read, second_read], Interval::ALL).unwrap();
    let clip = save("gap-clip.mp4", &join(&layout, &[&first, &second]));
    let times = packets(&clip, "a");
    assert!(times.windows(2).all(|pair| (pair[1] - pair[0] - 1024.0 / 48_000.0).abs() < 0.001));
    assert!((10.85..11.0).contains(times.last().unwrap()), "{times:?}");
    assert_eq!(decoded(&clip, "v").len(), 60);
    assert!(decoded(&clip, "a").len() >= 510);
    let (clip, whole) = (coded(&clip, "a"), coded(&whole, "a"));
    // Packets well behind the gap, and well behind the second.
    for (at, moved) in [(3_700, 0), (5_500, 5_000)] {
        let (there, md5) = whole.iter().find(|(time, _)| *time >= at).unwrap();
        let (here, _) = clip.iter().find(|(_, other)| other == md5).unwrap();
        let off = here - there - moved;
        assert!(off.abs() <= 55, "{off} ms off at {at}");
    }
}

#[test]
fn b_pictures_are_shown_in_order_from_matroska_to_the_clip() {
    for (codec, options) in [
        ("libx264", &["-bf", "2", "-g", "20"][..]),
        ("libx265", &["-x265-params", "keyint=20:bframes=3:b-pyramid=1:log-level=none"]),
    ] {
        let mut video = vec!["-c:v", codec, "-threads", "1"];
        video.extend(options);
        let Some(stream) = stream(&[TONE, &video, AAC]) else { return };
        let original = save("order.mkv", &stream);
        let pictures = pictures(&stream);
        assert!(pictures.is_sorted_by(|a, b| a.time < b.time));
        let (file, read) = write(&pictures);
        let seconds = |n| START + Duration::from_secs(n);
        let key = pictures.iter().rfind(|picture| picture.kind == Kind::Key).unwrap();
        let layout = clip::layout(&[read], Interval::new(key.time, seconds(60))).unwrap();
        let clip = decoded(&save("order.mp4", &join(&layout, &[&file])), "v");
        let original = decoded(&original, "v");
        let tail = &original[original.len() - clip.len()..];
        assert!(clip.len() >= 10, "{}", clip.len());
        for (here, there) in clip.iter().zip(tail) {
            assert_eq!(here.1, there.1, "{codec}");
            assert!((there.0 - tail[0].0 - (here.0 - clip[0].0)).abs() <= 1, "{here:?} {there:?}");
        }
        assert_eq!(decoded(&save("order-whole.mp4", &file), "v").len(), 60);
    }
}

#[test]
fn a_clip_from_a_recovery_point_shows_whole_pictures_only() {
    let video: &[&str] = &["-c:v", "libx264", "-threads", "1", "-bf", "0", "-x264-params"];
    let refresh: &[&str] = &["keyint=10:intra-refresh=1:scenecut=0"];
    let Some(stream) = stream(&[TONE, video, refresh, AAC]) else { return };
    let pictures = pictures(&stream);
    let keys: Vec<usize> = (0..60).filter(|n| pictures[*n].kind == Kind::Key).collect();
    assert!(keys.len() >= 5, "{keys:?}");
    let (file, read) = write(&pictures);
    let gradual = read.fragments.iter().flat_map(|f| &f.samples).filter(|s| s.gradual).count();
    assert_eq!(gradual, keys.len() - 1, "only the first is an IDR picture");

    let begin = pictures[keys[3]].time;
    let layout = clip::layout(&[read], Interval::new(begin, begin + Duration::from_mins(1)));
    let layout = layout.unwrap();
    assert!(begin.since_or_zero(layout.start) < Duration::from_micros(24));
    let clip = save("refresh-clip.mp4", &join(&layout, &[&file]));
    let whole = decoded(&save("refresh.mp4", &file), "v");
    // What is decoded before is not shown, and the first shown is as whole as in the recording.
    let shown = run_quietly(&clip);
    let expected: Vec<String> = whole[keys[3]..].iter().map(|(_, md5)| md5.clone()).collect();
    assert_eq!(shown, expected);
}

/// As [`decoded`], without times; ffmpeg says that it misses what came before the recovery point.
fn run_quietly(file: &Path) -> Vec<String> {
    let file = file.to_str().unwrap();
    let arguments = ["-v", "quiet", "-i", file, "-map", "0:v", "-fps_mode", "passthrough"];
    let told = run("ffmpeg", &[&arguments[..], &["-f", "framemd5", "-"]].concat()).unwrap();
    let told = String::from_utf8(told).unwrap();
    let frames = told.lines().filter(|line| !line.starts_with('#'));
    frames.map(|line| line.rsplit(',').next().unwrap().trim().to_owned()).collect()
}

#[test]
fn motion_jpeg_is_kept_as_it_is() {
    let video: &[&str] = &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "5"];
    let Some(stream) = stream(&[TONE, video, AAC]) else { return };
    let pictures = pictures(&stream);
    assert!(pictures.iter().all(|picture| picture.kind == Kind::Key));
    let parameters = &pictures[0].parameters;
    assert_eq!(
        (parameters.codec(), parameters.width(), parameters.height()),
        (Codec::Mjpeg, 320, 180)
    );
    assert_eq!(parameters.mime_codecs(), "mjpeg,mp4a.40.2");
    let (file, read) = write(&pictures);
    assert_eq!(read.parameters, *parameters);
    let original = decoded(&save("jpeg.mkv", &stream), "v");
    assert_eq!(decoded(&save("jpeg.mp4", &file), "v"), original);
    let layout = clip::layout(std::slice::from_ref(&read), Interval::ALL).unwrap();
    assert_eq!(decoded(&save("jpeg-clip.mp4", &join(&layout, &[&file])), "v"), original);
    // Every fifth, 25 a second.
    let every = Duration::from_millis(500);
    let lapse = clip::timelapse([read], Interval::ALL, every, 25).unwrap();
    let lapse = decoded(&save("jpeg-lapse.mp4", &join(&lapse, &[&file])), "v");
    let times: Vec<i64> = lapse.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, (0..12).map(|n| n * 40).collect::<Vec<_>>());
    assert!(lapse.iter().zip(original.iter().step_by(5)).all(|(here, there)| here.1 == there.1));
}

#[test]
fn a_timelapse_of_key_pictures_is_decoded_whole() {
    for codec in ["libx264", "libx265"] {
        let video: &[&str] = &["-c:v", codec, "-g", "5", "-bf", "0", "-threads", "1"];
        let quiet: &[&str] =
            if codec == "libx265" { &["-x265-params", "bframes=0:log-level=none"] } else { &[] };
        let Some(stream) = stream(&[video, quiet]) else { return };
        let (file, read) = write(&pictures(&stream));
        let every = Duration::from_secs(1);
        let lapse = clip::timelapse([read], Interval::ALL, every, 10).unwrap();
        let frames = decoded(&save("lapse.mp4", &join(&lapse, &[&file])), "v");
        let times: Vec<i64> = frames.iter().map(|(time, _)| *time).collect();
        assert_eq!(times, [0, 100, 200, 300, 400, 500], "{codec}");
    }
}

#[test]
fn matroska_is_read_however_the_bytes_arrive() {
    let video: &[&str] = &["-c:v", "libx264", "-g", "10", "-bf", "2", "-threads", "1"];
    let Some(stream) = stream(&[TONE, video, AAC]) else { return };
    let whole = units(&stream, usize::MAX);
    assert_eq!(whole.len(), 60);
    for piece in [1, 3, 1000] {
        assert!(units(&stream, piece) == whole, "pieces of {piece}");
    }
}

#[test]
fn adts_of_ffmpeg_is_cut_into_its_packets() {
    let mut arguments = vec!["-v", "error"];
    arguments.extend(TONE);
    arguments.extend(AAC);
    arguments.extend(["-f", "adts", "pipe:1"]);
    let Some(stream) = run("ffmpeg", &arguments) else { return };
    let units = adts::Splitter::new().push(&stream);
    assert!((281..=284).contains(&units.len()), "{}", units.len());
    assert_eq!((units[0].format.rate(), units[0].format.channels()), (48_000, 1));
}
