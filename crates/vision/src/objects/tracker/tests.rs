use super::*;

/// What stays where it is.
mod still;
/// Hundreds of drawn scenes.
mod scenes;

const ALL: &[Region] = &[Region::ALL];

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn label(word: &str) -> Label {
    word.parse().unwrap()
}

/// Of `width` by `height`, its middle at `x`, `y`.
fn spot(x: f32, y: f32, width: f32, height: f32) -> Region {
    let (across, down) = (width / 2.0, height / 2.0);
    Region::clamped(x - across, y - down, x + across, y + down)
}

fn object(word: &str, score: f32, region: Region) -> Object {
    Object { label: label(word), score: Fraction::clamped(score), region, sharpness: Some(9.0) }
}

/// A person whose middle is at `x`.
fn person(x: f32) -> Object {
    object("person", 0.7, spot(x, 0.5, 0.06, 0.3))
}

/// A parked car, as wide as a fifth of the picture.
fn car(x: f32) -> Object {
    object("car", 0.7, spot(x, 0.7, 0.2, 0.2))
}

/// A tracker, what it is shown, and at which time.
struct Play {
    tracker: Tracker,
    at: Duration,
}

impl Play {
    fn new() -> Self {
        let least = ["person", "dog", "car"].map(|word| (label(word), Fraction::clamped(0.5)));
        Self { tracker: Tracker::new(least.into()), at: Duration::ZERO }
    }

    /// Looks at all of the picture after so many milliseconds; whatever is found moves.
    fn look(&mut self, after: u64, found: &[Object]) {
        let moving: Vec<Region> = found.iter().map(|object| object.region).collect();
        self.look_at(after, ALL, &moving, found);
    }

    /// The same, where nothing moves.
    fn glance(&mut self, after: u64, found: &[Object]) {
        self.look_at(after, ALL, &[], found);
    }

    fn look_at(&mut self, after: u64, regions: &[Region], moving: &[Region], found: &[Object]) {
        self.at += millis(after);
        self.tracker.step(self.at, Look { regions, moving }, found.to_vec());
    }

    /// The confirmed ones: number, label, whether still.
    fn told(&self) -> Vec<(u32, &str, bool)> {
        let tracks = self.tracker.tracks().iter().filter(|track| track.confirmed);
        tracks.map(|track| (track.number, track.label.as_str(), track.still)).collect()
    }

    fn numbers(&self) -> Vec<u32> {
        self.told().into_iter().map(|(number, ..)| number).collect()
    }
}

#[test]
fn who_went_out_of_sight_is_not_taken_for_the_post_beside_the_way() {
    let post = object("person", 0.7, spot(0.55, 0.52, 0.05, 0.26));
    let story = |moving: bool| {
        let mut play = Play::new();
        for step in 0..10_u8 {
            play.look(200, &[person(0.2 + 0.03 * f32::from(step))]);
        }
        for _ in 0..2 {
            play.look(400, &[]);
        }
        let moving: &[Region] = if moving { &[post.region] } else { &[] };
        play.look_at(400, ALL, moving, std::slice::from_ref(&post));
        play.look_at(400, ALL, moving, std::slice::from_ref(&post));
        play.tracker.tracks().iter().any(|track| track.number == 1 && track.seen)
    };
    assert!(story(true), "who comes out again moves");
    assert!(!story(false), "a post does not");
}

#[test]
fn who_is_found_twice_in_three_looks_is_told_of_and_who_is_found_surely_at_once() {
    let mut play = Play::new();
    play.look(200, &[person(0.2)]);
    assert_eq!(play.told(), []);
    play.look(200, &[]);
    play.look(200, &[person(0.2)]);
    assert_eq!(play.told(), [(1, "person", false)]);

    let mut play = Play::new();
    play.look(200, &[object("person", 0.75, spot(0.5, 0.5, 0.06, 0.3))]);
    assert_eq!(play.told(), [(1, "person", false)]);

    let mut play = Play::new();
    for _ in 0..10 {
        play.look(200, &[person(0.2)]);
        play.look(200, &[]);
        play.look(200, &[]);
        assert_eq!(play.told(), []);
    }
}

#[test]
fn a_doubtful_box_goes_on_with_a_track_and_begins_none() {
    let faint = |x| Object { score: Fraction::clamped(0.3), ..person(x) };
    let mut play = Play::new();
    for _ in 0..5 {
        play.look(200, &[faint(0.2)]);
    }
    assert_eq!(play.tracker.tracks(), []);
    let mut x = 0.2;
    for step in 0..40 {
        x += 0.01;
        play.look(200, &[if step < 3 { person(x) } else { faint(x) }]);
    }
    assert_eq!(play.told(), [(1, "person", false)]);
    assert!(play.tracker.tracks()[0].seen);
}

#[test]
fn who_walks_behind_a_truck_for_three_seconds_comes_out_as_the_same() {
    for every in [200, 500, 1_000] {
        let mut play = Play::new();
        let mut seen = BTreeMap::new();
        for step in 0..(12_000 / every) {
            let time = Duration::from_millis(step * every).as_secs_f32();
            let hidden = (4.0..7.0).contains(&time);
            let found = if hidden { vec![] } else { vec![person(0.1 + 0.06 * time)] };
            play.look(every, &found);
            for number in play.numbers() {
                *seen.entry(number).or_insert(0) += 1;
            }
        }
        assert_eq!(seen.len(), 1, "{every} ms: {seen:?}");
    }
}

#[test]
fn two_who_cross_keep_their_numbers_though_one_hides_the_other() {
    for every in [200, 400, 700] {
        let mut play = Play::new();
        let place = |time: f32| (0.2 + 0.06 * time, 0.8 - 0.06 * time);
        for step in 0..(10_000 / every) {
            let (first, second) = place(Duration::from_millis(step * every).as_secs_f32());
            let both = [person(first), person(second)];
            // The second walks behind the first.
            let hidden = both[0].region.overlap(&both[1].region) > 0.3;
            play.look(every, &both[..if hidden { 1 } else { 2 }]);
        }
        let tracks = play.tracker.tracks();
        let xs: Vec<(u32, bool)> =
            tracks.iter().map(|track| (track.number, track.region.left.get() > 0.5)).collect();
        assert_eq!(xs, [(1, true), (2, false)], "{every} ms");
    }
}

#[test]
fn what_was_not_looked_at_is_not_missed() {
    let mut play = Play::new();
    for step in 0..5_u8 {
        play.look(200, &[person(0.2 + 0.004 * f32::from(step))]);
    }
    let right = [Region::clamped(0.6, 0.0, 1.0, 1.0)];
    for _ in 0..100 {
        play.look_at(200, &right, &[], &[]);
    }
    play.look(200, &[person(0.25)]);
    assert_eq!(play.told(), [(1, "person", false)]);
    for _ in 0..30 {
        play.look(200, &[]);
    }
    assert_eq!(play.told(), []);
}

#[test]
fn a_thing_is_what_it_is_called_most_surely() {
    let mut play = Play::new();
    for step in 0..30_u8 {
        let x = 0.2 + 0.01 * f32::from(step);
        let word = if step % 4 == 1 { "dog" } else { "person" };
        play.look(200, &[Object { label: label(word), ..person(x) }]);
    }
    assert_eq!(play.told(), [(1, "person", false)]);
    // Both words at once, in boxes that are nearly the same.
    let mut play = Play::new();
    for step in 0..30_u8 {
        let found = person(0.2 + 0.01 * f32::from(step));
        let other = object("dog", 0.6, spot(0.201 + 0.01 * f32::from(step), 0.5, 0.06, 0.3));
        play.look(200, &[found, other]);
    }
    assert_eq!(play.told(), [(1, "person", false)]);
    assert_eq!(play.tracker.tracks().len(), 1);
}

#[test]
fn a_late_answer_changes_nothing_and_a_clock_that_is_set_begins_anew() {
    let mut play = Play::new();
    for step in 0..500_u16 {
        play.look(200, &[person(0.2 + 0.001 * f32::from(step))]);
    }
    let before = play.tracker.tracks().to_vec();
    for late in [0, 1, 5_000] {
        let look = Look { regions: ALL, moving: &[] };
        play.tracker.step(play.at.saturating_sub(millis(late)), look, vec![person(0.5)]);
        assert_eq!(play.tracker.tracks(), before);
    }
    play.at = Duration::ZERO;
    play.look(100, &[person(0.2)]);
    play.look(200, &[person(0.21)]);
    assert_eq!(play.told(), [(2, "person", false)]);
}

#[test]
fn where_the_camera_was_turned_nothing_is_known_and_no_number_comes_again() {
    let mut play = Play::new();
    play.look(200, &[car(0.5)]);
    play.look(200, &[car(0.5)]);
    play.tracker.forget();
    assert_eq!(play.told(), []);
    play.look(200, &[car(0.5)]);
    play.look(200, &[car(0.5)]);
    assert_eq!(play.numbers(), [2]);
}

#[test]
fn who_left_the_picture_is_not_who_comes_in_there_later() {
    let mut play = Play::new();
    for step in 0..20_u8 {
        play.look(200, &[person(0.8 + 0.012 * f32::from(step))]);
    }
    for _ in 0..10 {
        play.look(200, &[]);
    }
    for step in 0..10_u8 {
        play.look(200, &[person(0.99 - 0.012 * f32::from(step))]);
    }
    assert_eq!(play.numbers(), [2]);
}

#[test]
fn of_too_many_those_who_move_stay() {
    let mut play = Play::new();
    let lot: Vec<Object> = (0..100_u8)
        .map(|n| {
            let (x, y) = (f32::from(n % 10) / 10.0 + 0.05, f32::from(n / 10) / 10.0 + 0.05);
            object("car", 0.7, spot(x, y, 0.05, 0.05))
        })
        .collect();
    play.glance(200, &lot);
    play.glance(200, &lot);
    assert_eq!(play.told().len(), MOST);
    for step in 0..10_u8 {
        let walker = object("person", 0.6, spot(0.3 + 0.01 * f32::from(step), 0.52, 0.05, 0.2));
        let mut found = lot.clone();
        found.push(walker.clone());
        play.look_at(200, ALL, &[walker.region], &found);
        assert!(play.tracker.tracks().len() <= MOST);
    }
    assert!(play.told().iter().any(|(_, word, _)| *word == "person"), "{:?}", play.told());
}
