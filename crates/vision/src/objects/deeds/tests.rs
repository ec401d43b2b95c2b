use watchpost_model::{Fraction, Point, Polygon, Side};

use super::*;
use crate::objects::tracker::{Look, Tracker};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn point((x, y): (f32, f32)) -> Point {
    Point { x: Fraction::clamped(x), y: Fraction::clamped(y) }
}

/// The drive is the right half of the picture, the gate a line down its middle from a quarter to three
/// quarters.
fn places() -> Places {
    let corners = [(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)];
    let drive = Zone {
        name: "drive".to_owned(),
        area: Polygon::new(corners.into_iter().map(point).collect()).unwrap(),
        sensitivity: None,
        min_area: None,
        min_time: Duration::ZERO,
    };
    let gate = Line { name: "gate".to_owned(), from: point((0.5, 0.75)), to: point((0.5, 0.25)) };
    Places {
        zones: vec![drive],
        loiter: [("drive".to_owned(), Duration::from_secs(20))].into(),
        lines: vec![gate],
    }
}

/// A warden, and one who walks where the tests say.
struct Play {
    warden: Warden,
    at: Duration,
    track: Track,
}

impl Play {
    fn new() -> Self {
        let track = Track {
            number: 7,
            label: Label::person(),
            score: Fraction::clamped(0.8),
            region: Region::ALL,
            first: Duration::ZERO,
            last: Duration::ZERO,
            seen: true,
            sharpness: None,
            confirmed: true,
            still: false,
        };
        Self { warden: Warden::new(places()), at: Duration::ZERO, track }
    }

    /// Looks after so many milliseconds, and sees the foot at `x`, `y`. What is noticed: `E`ntered,
    /// `L`eft, `O` loitered, crossed to the left `<` or right `>`.
    fn foot(&mut self, after: u64, (x, y): (f32, f32)) -> String {
        self.at += millis(after);
        self.track.region = Region::clamped(x - 0.03, y - 0.3, x + 0.03, y);
        (self.track.last, self.track.seen) = (self.at, true);
        self.step()
    }

    /// Time passes, and nobody looks.
    fn wait(&mut self, after: u64) -> String {
        self.at += millis(after);
        self.track.seen = false;
        self.step()
    }

    fn step(&mut self) -> String {
        let noticed = self.warden.step(self.at, std::slice::from_ref(&self.track));
        noticed.iter().map(word).collect()
    }

    /// Walks at 5 looks a second from one place to the other in so many looks.
    fn walk(&mut self, from: (f32, f32), to: (f32, f32), looks: u8) -> String {
        let share = |look: u8| f32::from(look) / f32::from(looks);
        let mix = |from: f32, to: f32, share: f32| from + share * (to - from);
        let place = |look| (mix(from.0, to.0, share(look)), mix(from.1, to.1, share(look)));
        (0..=looks).map(|look| self.foot(200, place(look))).collect()
    }
}

fn word(noticed: &Noticed) -> String {
    let mark = |deed: &DeedKind| match deed {
        DeedKind::Entered(_) => 'E',
        DeedKind::Left(_) => 'L',
        DeedKind::Loitered(_) => 'O',
        DeedKind::Crossed(_, Side::Left) => '<',
        DeedKind::Crossed(_, Side::Right) => '>',
    };
    noticed.deeds.iter().map(mark).collect()
}

#[test]
fn who_walks_in_and_out_enters_and_leaves_once_though_boxes_jump() {
    let mut play = Play::new();
    assert_eq!(play.foot(200, (0.45, 0.9)), "");
    assert_eq!(play.foot(200, (0.505, 0.9)), "", "one look is none");
    assert_eq!(play.foot(200, (0.495, 0.9)), "");
    assert_eq!(play.foot(200, (0.505, 0.9)), "");
    assert_eq!(play.foot(200, (0.51, 0.9)), "E");
    for step in 0..20_u8 {
        assert_eq!(play.foot(200, (if step % 5 < 3 { 0.49 } else { 0.51 }, 0.9)), "");
    }
    assert_eq!(play.foot(200, (0.4, 0.9)), "");
    assert_eq!(play.foot(200, (0.4, 0.9)), "L");
}

#[test]
fn where_looks_are_few_half_a_second_is_enough() {
    let mut play = Play::new();
    play.foot(200, (0.4, 0.9));
    assert_eq!(play.foot(200, (0.6, 0.9)), "");
    assert_eq!(play.wait(200), "");
    assert_eq!(play.wait(300), "E");
    assert_eq!(play.wait(300), "");
    assert_eq!(play.foot(3_000, (0.3, 0.9)), "");
    assert_eq!(play.wait(500), "L");
}

#[test]
fn one_look_told_twice_is_one_look() {
    let mut play = Play::new();
    play.foot(200, (0.4, 0.9));
    play.foot(200, (0.6, 0.9));
    for _ in 0..4 {
        assert_eq!(play.wait(100), "");
    }
    let noticed = play.warden.step(play.at, std::slice::from_ref(&play.track));
    assert_eq!(noticed, [], "nothing new, nothing told");
}

#[test]
fn who_appears_in_a_zone_has_entered_it_and_who_is_gone_has_left() {
    let mut play = Play::new();
    assert_eq!(play.foot(200, (0.9, 1.0)), "E", "with the feet on the picture's edge");
    play.at += millis(200);
    let gone = play.warden.step(play.at, &[]);
    let expected = Noticed {
        number: 7,
        label: Label::person(),
        region: play.track.region,
        zones: Vec::new(),
        deeds: vec![DeedKind::Left("drive".to_owned())],
    };
    assert_eq!(gone, [expected]);
    assert_eq!(play.warden.step(play.at, &[]), []);
}

#[test]
fn who_is_not_confirmed_does_nothing() {
    let mut play = Play::new();
    play.track.confirmed = false;
    assert_eq!(play.walk((0.2, 0.5), (0.8, 0.5), 30), "");
    play.track.confirmed = true;
    assert_eq!(play.foot(200, (0.8, 0.5)), "E");
}

#[test]
fn who_stays_loiters_once_a_stay_even_if_unseen_for_a_while_or_quite_still() {
    let mut play = Play::new();
    assert_eq!(play.walk((0.4, 0.9), (0.7, 0.9), 10), "E");
    let mut told = String::new();
    for step in 0..140_u8 {
        let (now, hidden) = (play.at, (30..45).contains(&step));
        play.track.still = step > 60;
        told += &if hidden { play.wait(200) } else { play.foot(200, (0.7, 0.9)) };
        assert!(told.is_empty() || now >= Duration::from_secs(20), "too early: {now:?}");
    }
    assert_eq!(told, "O");
    play.track.still = false;
    let again = play.walk((0.7, 0.9), (0.3, 0.9), 10) + &play.walk((0.3, 0.9), (0.7, 0.9), 10);
    assert_eq!(again, "LE");
    let stays: String = (0..110).map(|_| play.foot(200, (0.7, 0.9))).collect();
    assert_eq!(stays, "O");
}

#[test]
fn a_parked_car_does_nothing_until_it_drives_off() {
    let mut play = Play::new();
    play.track.still = true;
    let told: String = (0..360).map(|_| play.foot(10_000, (0.7, 0.9))).collect();
    assert_eq!(told, "");
    let noticed = play.warden.step(play.at + millis(1), &[]);
    assert_eq!(noticed.iter().map(word).collect::<String>(), "", "missed, but not seen to leave");
    assert_eq!(play.foot(10_000, (0.7, 0.9)), "");
    play.track.still = false;
    assert_eq!(play.walk((0.7, 0.7), (0.3, 0.7), 10), "<L");
}

#[test]
fn a_line_is_crossed_towards_a_side_once_it_is_left_behind() {
    // Who stands at the lower end and looks up has the drive on the right.
    let mut play = Play::new();
    assert_eq!(play.walk((0.2, 0.5), (0.8, 0.5), 30), ">E");
    assert_eq!(play.walk((0.8, 0.5), (0.2, 0.5), 30), "<L");
    // Three looks are enough.
    let mut play = Play::new();
    assert_eq!(play.walk((0.2, 0.5), (0.8, 0.5), 2).replace('E', ""), ">");
}

#[test]
fn who_stands_on_a_line_or_turns_on_it_does_not_cross_it() {
    let mut play = Play::new();
    assert_eq!(play.foot(200, (0.4, 0.5)), "");
    for step in 0..50_u8 {
        let jump = f32::from(step % 3) * 0.005 - 0.005;
        assert_eq!(play.foot(200, (0.5 + jump, 0.5)).replace(['E', 'L'], ""), "");
    }
    assert_eq!(play.walk((0.5, 0.5), (0.3, 0.5), 9).replace(['E', 'L'], ""), "");
    let crossed = play.walk((0.3, 0.5), (0.7, 0.5), 9);
    assert_eq!(crossed.replace(['E', 'L'], ""), ">");
}

#[test]
fn who_goes_around_the_end_of_a_line_does_not_cross_it() {
    let mut play = Play::new();
    let around = play.walk((0.3, 0.5), (0.3, 0.9), 9)
        + &play.walk((0.3, 0.9), (0.7, 0.9), 9)
        + &play.walk((0.7, 0.9), (0.7, 0.5), 9);
    assert_eq!(around, "E");
    assert_eq!(play.walk((0.7, 0.5), (0.3, 0.5), 9).replace('L', ""), "<");
}

/// From looks to deeds.
mod together {
    use super::*;
    use watchpost_model::Object;

    struct Camera {
        tracker: Tracker,
        warden: Warden,
        at: Duration,
        told: Vec<(String, DeedKind)>,
        /// The numbers and labels of all who were told of while they were not still.
        moved: std::collections::BTreeSet<(u32, String)>,
    }

    impl Camera {
        fn new() -> Self {
            Self {
                tracker: Tracker::default(),
                warden: Warden::new(places()),
                at: Duration::ZERO,
                told: Vec::new(),
                moved: std::collections::BTreeSet::new(),
            }
        }

        /// Looks at the whole picture, where what `moves` moves and what is `parked` does not.
        fn look(&mut self, after: u64, moves: &[Object], parked: &[Object]) {
            self.at += millis(after);
            let moving: Vec<Region> = moves.iter().map(|object| object.region).collect();
            let look = Look { regions: &[Region::ALL], moving: &moving };
            self.tracker.step(self.at, look, [moves, parked].concat());
            let tracks = self.tracker.tracks();
            for noticed in self.warden.step(self.at, tracks) {
                let label = noticed.label.to_string();
                let track = tracks.iter().find(|track| track.number == noticed.number);
                if track.is_some_and(|track| !track.still) {
                    self.moved.insert((noticed.number, label.clone()));
                }
                self.told.extend(noticed.deeds.into_iter().map(|deed| (label.clone(), deed)));
            }
        }
    }

    fn object(word: &str, x: f32, foot: f32, (width, height): (f32, f32)) -> Object {
        let region = Region::clamped(x - width / 2.0, foot - height, x + width / 2.0, foot);
        let score = Fraction::clamped(0.7);
        Object { label: word.parse().unwrap(), score, region, sharpness: None }
    }

    fn car(x: f32) -> Object {
        object("car", x, 0.8, (0.2, 0.2))
    }

    fn person(x: f32) -> Object {
        object("person", x, 0.85, (0.05, 0.3))
    }

    #[test]
    fn a_parked_car_that_is_looked_at_for_an_hour_while_people_pass_tells_nothing() {
        let mut camera = Camera::new();
        for minute in 0..60_u8 {
            for _ in 0..6 {
                camera.look(8_000, &[], &[car(0.7)]);
            }
            if minute % 5 == 0 {
                // Somebody walks past in front, and hides it for a while.
                for step in 0..40_u8 {
                    let walker = person(0.02 + 0.024 * f32::from(step));
                    let hidden = (26..31).contains(&step);
                    let parked = if hidden { vec![] } else { vec![car(0.7)] };
                    camera.look(200, &[walker], &parked);
                }
            }
        }
        let cars: Vec<_> = camera.told.iter().filter(|(label, _)| label == "car").collect();
        assert!(cars.is_empty(), "{cars:?}");
        let people = camera.told.iter().filter(|(label, _)| label == "person").count();
        assert_eq!(people, 12 * 2, "each enters and leaves: {:?}", camera.told);
        assert!(camera.moved.iter().all(|(_, label)| label == "person"), "{:?}", camera.moved);
        assert_eq!(camera.moved.len(), 12);
    }

    #[test]
    fn a_car_that_comes_and_its_driver_who_walks_off_are_two() {
        let mut camera = Camera::new();
        for step in 0..16_u8 {
            camera.look(200, &[car(0.1 + 0.04 * f32::from(step))], &[]);
        }
        let parked = [car(0.7)];
        for _ in 0..20 {
            camera.look(200, &[], &parked);
        }
        for step in 0..50_u8 {
            camera.look(200, &[person(0.62 - 0.013 * f32::from(step))], &parked);
        }
        for _ in 0..100 {
            camera.look(500, &[], &parked);
        }
        let words: Vec<&str> = camera.moved.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(words, ["car", "person"]);
        let count = |label: &str, deed: &DeedKind| {
            camera.told.iter().filter(|told| told.0 == label && told.1 == *deed).count()
        };
        let drive = || "drive".to_owned();
        assert_eq!(count("car", &DeedKind::Entered(drive())), 1);
        assert_eq!(count("car", &DeedKind::Loitered(drive())), 1);
        assert_eq!(count("car", &DeedKind::Left(drive())), 0);
        assert_eq!(count("person", &DeedKind::Entered(drive())), 1);
        assert_eq!(count("person", &DeedKind::Left(drive())), 1);
        assert_eq!(count("person", &DeedKind::Loitered(drive())), 0);
    }
}
