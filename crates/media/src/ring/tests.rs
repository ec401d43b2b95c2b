use super::*;
use crate::cameras::HIGH;

/// A ring of 2 s, fed with a picture a second: `K` a key picture, `.` another, `<` the clock is
/// set back by an hour. Tells what is left, pictures by their place in `stream`.
#[track_caller]
fn check(stream: &str, expected: &str) {
    let ring = feed(stream, ByteSize::from_bytes(1 << 30));
    assert_eq!(kept(stream, ring.since(WallTime::MIN)), expected, "all");
}

fn feed(stream: &str, limit: ByteSize) -> Ring {
    let mut ring = Ring::new(Duration::from_secs(2), limit);
    for picture in pictures(stream) {
        ring.push(picture);
    }
    ring
}

/// Each picture is its place in the stream.
fn pictures(stream: &str) -> impl Iterator<Item = Picture> {
    let parameters = HIGH.units()[0].parameters.clone();
    let mut now = WallTime::from_micros(100_000_000_000);
    stream.chars().enumerate().filter_map(move |(place, mark)| {
        now =
            if mark == '<' { now - Duration::from_hours(1) } else { now + Duration::from_secs(1) };
        (mark != '<').then(|| Picture {
            parameters: parameters.clone(),
            data: vec![u8::try_from(place).unwrap()].into(),
            kind: if mark == 'K' { Kind::Key } else { Kind::Delta },
            time: now,
            shown_after: Duration::ZERO,
            sound: Vec::new(),
        })
    })
}

fn kept<'a>(stream: &str, held: impl Iterator<Item = &'a Picture>) -> String {
    let places: Vec<usize> = held.map(|picture| picture.data[0].into()).collect();
    let mark = |(place, mark)| if places.contains(&place) { mark } else { ' ' };
    stream.chars().enumerate().map(mark).collect()
}

#[rustfmt::skip] // A column is a second.
mod stories {
    use super::check;

    #[test]
    fn whole_groups_are_dropped_from_the_old_end() {
        check("K...K...K..",
              "        K..");
        check("K...K...K.",
              "    K...K.");
    }

    #[test]
    fn nothing_is_taken_before_the_first_key_picture() {
        check("...K.",
              "   K.");
    }

    #[test]
    fn a_long_group_is_kept_whole() {
        check("K..............",
              "K..............");
    }

    #[test]
    fn a_clock_set_back_keeps_the_newest_group_and_forgets_the_old_ones() {
        check("K..K<K.",
              "     K.");
        check("K..K<..K..",
              "       K..");
        check("K<K<K<K<K<K.K..",
              "            K..");
    }
}

#[test]
fn a_clip_begins_at_the_key_picture_at_or_before() {
    let stream = "K.K.K.";
    let mut ring = Ring::new(Duration::from_mins(1), ByteSize::from_bytes(1 << 20));
    let all: Vec<Picture> = pictures(stream).collect();
    all.iter().cloned().for_each(|picture| ring.push(picture));
    let since = |place: usize| kept(stream, ring.since(all[place].time));
    assert_eq!([since(1), since(2), since(3), since(5)], ["K.K.K.", "  K.K.", "  K.K.", "    K."]);
    assert_eq!(kept(stream, ring.since(WallTime::MAX)), "    K.");
}

#[test]
fn the_limit_of_bytes_holds() {
    let limit = ByteSize::from_bytes(4);
    assert_eq!(feed("KK..K.", limit).bytes(), ByteSize::from_bytes(2));
    let endless = feed("K.....", limit);
    assert_eq!(endless.bytes(), ByteSize::ZERO);
    assert_eq!(endless.since(WallTime::MIN).count(), 0);
    assert_eq!(feed("K.....K.", limit).bytes(), ByteSize::from_bytes(2));
}

#[test]
fn a_cleared_ring_waits_for_a_key_picture() {
    let mut ring = feed("K..", ByteSize::from_bytes(9));
    ring.clear();
    pictures(".").for_each(|picture| ring.push(picture));
    assert_eq!(ring.bytes(), ByteSize::ZERO);
}
