//! A body goes from left to right through a picture of 160x90, three pixels in a tenth of a second,
//! 10 pixels wide and 30 high, its feet in row 65 unless told otherwise.

use watchpost_model::{PersonHeight, Point, Polygon, Zone};

use super::*;
use crate::motion::evidence::{STANDARD, STRONGEST};

const SIZE: Size = Size { width: 160, height: 90 };
/// Frames until the body has gone out of the picture.
const FRAMES: usize = 50;

#[test]
fn who_goes_through_a_zone_is_told_with_it() {
    let lower = zone("lower", (0.0, 0.5, 1.0, 1.0));
    let upper = zone("upper", (0.0, 0.0, 1.0, 0.4));
    let zones = in_zones(vec![upper.clone(), lower]);
    assert!(seen(&zones, body).iter().flatten().all(|zones| *zones == [1]));
    assert!(seen(&zones, body).iter().flatten().count() > 30);
    assert_eq!(last_verdict(&in_zones(vec![upper.clone()]), body), Verdict::Elsewhere);
    assert_eq!(times(&in_zones(vec![upper]), body), 0);
}

#[test]
fn a_thing_is_in_a_zone_by_its_feet_or_by_most_of_it() {
    let feet = zone("feet", (0.0, 0.68, 1.0, 0.75));
    let head = zone("head", (0.0, 0.3, 1.0, 0.5));
    let most = zone("most", (0.0, 0.3, 1.0, 0.63));
    assert!(times(&in_zones(vec![feet]), body) > 30);
    assert_eq!(times(&in_zones(vec![head]), body), 0);
    assert!(times(&in_zones(vec![most]), body) > 30);
}

#[test]
fn only_the_part_of_the_way_in_the_zone_counts() {
    let right = in_zones(vec![zone("right", (0.5, 0.0, 1.0, 1.0))]);
    let first = seen(&right, body).iter().position(Option::is_some).unwrap();
    assert!((24..28).contains(&first), "its middle is in column 80 at frame 25, not at {first}");
}

#[test]
fn who_must_stay_in_a_zone_is_told_that_much_later() {
    let first = |min_time| {
        let whole = Zone { min_time, ..zone("whole", (0.0, 0.0, 1.0, 1.0)) };
        seen(&in_zones(vec![whole]), body).iter().position(Option::is_some)
    };
    let soon = first(Duration::ZERO).unwrap();
    assert!(soon < 8, "{soon}");
    assert_eq!(first(Duration::from_secs(2)), Some(20));
    assert_eq!(first(Duration::from_secs(20)), None);
}

#[test]
fn where_zones_overlap_the_keener_one_decides_what_is_seen() {
    let faint = |frame| Body { strength: STANDARD - 4, ..body(frame) };
    let dull =
        Zone { sensitivity: Some(Fraction::clamped(0.2)), ..zone("dull", (0.0, 0.0, 1.0, 1.0)) };
    let keen = Zone { sensitivity: Some(Fraction::ALL), ..zone("keen", (0.5, 0.0, 1.0, 1.0)) };
    assert_eq!(times(&in_zones(vec![dull.clone()]), faint), 0);
    let both = seen(&in_zones(vec![dull, keen]), faint);
    assert!(both[..24].iter().all(Option::is_none), "{both:?}");
    assert!(both.iter().flatten().any(|zones| *zones == [0, 1]), "{both:?}");
}

#[test]
fn a_zone_has_a_least_area_of_its_own() {
    // The body covers 2 % of the picture.
    let of = |share| {
        let min_area = Some(Fraction::clamped(share));
        times(&in_zones(vec![Zone { min_area, ..zone("whole", (0.0, 0.0, 1.0, 1.0)) }]), body)
    };
    assert!(of(0.015) > 30);
    assert_eq!(of(0.03), 0);
    // Where it is in a zone that wants more and in one that wants less, it is in the second only.
    let large =
        Zone { min_area: Some(Fraction::clamped(0.03)), ..zone("large", (0.0, 0.0, 1.0, 1.0)) };
    let both = seen(&in_zones(vec![large, zone("any", (0.0, 0.0, 1.0, 1.0))]), body);
    assert!(both.iter().flatten().all(|zones| *zones == [1]));
}

#[test]
fn what_goes_behind_a_mask_is_not_there() {
    // A tree that sways: up to column 70.
    let tree = |frame: usize| Body { left: 20 + 3 * (frame % 14), ..body(0) };
    let masked = MotionSettings { masks: vec![area((0.0, 0.0, 0.5, 1.0))], ..plain() };
    assert!(times(&plain(), tree) > 0);
    assert_eq!(times(&masked, tree), 0);
    let walker = seen(&masked, body);
    let first = walker.iter().position(Option::is_some).unwrap();
    assert!((26..34).contains(&first), "it comes out in frame 25 and is told in {first}");
}

#[test]
fn a_mask_that_cuts_somebody_hides_only_that_part() {
    let legs = MotionSettings { masks: vec![area((0.0, 0.6, 1.0, 1.0))], ..plain() };
    let mut judge = Judge::new(legs);
    let regions: Vec<Region> = run(&mut judge, 0..FRAMES, body).flat_map(|m| m.regions()).collect();
    assert!(regions.len() > 30);
    assert!(regions.iter().all(|region| region.bottom.get() <= 0.62), "{regions:?}");
}

#[test]
fn what_is_not_as_high_as_people_are_there_does_not_count() {
    let with = |near, far| {
        let person = Some(PersonHeight { near, far, far_at: 0.3 });
        MotionSettings { person, ..plain() }
    };
    // A third of the picture high; its feet stand six tenths of the way to the lower edge.
    assert!(times(&with(0.5, 0.1), body) > 30);
    assert_eq!(times(&with(2.2, 0.8), body), 0, "too small where people fill the picture");
    assert_eq!(times(&with(0.2, 0.05), body), 0, "too large for people far away");
    assert_eq!(last_verdict(&with(0.2, 0.05), body), Verdict::Size);
    let flying = |frame| Body { top: 2, height: 20, ..body(frame) };
    assert_eq!(times(&with(0.5, 0.02), flying), 0, "above the horizon nobody stands");
}

#[test]
fn who_is_cut_off_by_the_lower_edge_may_be_higher_than_what_shows() {
    let person = Some(PersonHeight { near: 0.9, far: 0.2, far_at: 0.3 });
    let close = MotionSettings { person, ..plain() };
    let head = |frame| Body { top: 72, height: 18, ..body(frame) };
    assert!(times(&close, head) > 30);
    let whole = |frame| Body { top: 71, height: 18, ..body(frame) };
    assert_eq!(times(&close, whole), 0, "whose feet show is that small");
}

#[test]
fn at_every_edge_of_the_picture_a_zone_reaches_to_the_border() {
    let whole = in_zones(vec![zone("whole", (0.0, 0.0, 1.0, 1.0))]);
    for (top, height) in [(0, 30), (60, 30)] {
        let along = |frame| Body { top, height, ..body(frame) };
        assert_eq!(seen(&whole, along).iter().flatten().count(), times(&plain(), along));
        assert!(times(&whole, along) > 30);
    }
}

#[test]
fn a_threshold_in_grey_levels_holds_below_the_usual_one_and_above() {
    let with = |min_pixel_delta, body: fn(usize) -> Body| {
        let tuning = Tuning { min_pixel_delta: Some(min_pixel_delta), ..Tuning::default() };
        times(&MotionSettings { tuning, ..plain() }, body)
    };
    assert!(with(40, body) > 30);
    assert_eq!(with(41, body), 0, "the body differs by 40");
    let faint = |frame| Body { strength: STANDARD - 4, difference: 5, ..body(frame) };
    assert_eq!(times(&plain(), faint), 0);
    assert!(with(4, faint) > 30);
}

#[test]
fn sensitivity_is_a_strength() {
    let with = |sensitivity, strength| {
        let sensitivity = Fraction::clamped(sensitivity);
        let tuning = Tuning { sensitivity, ..Tuning::default() };
        let strong = move |frame| Body { strength, ..body(frame) };
        times(&MotionSettings { tuning, ..plain() }, strong) > 30
    };
    let told = [(0.0, STRONGEST), (0.25, 13), (0.5, STANDARD), (0.75, 5), (1.0, 1)];
    for (sensitivity, strength) in told {
        assert!(with(sensitivity, strength), "{sensitivity}");
        assert!(!with(sensitivity, strength - 1), "{sensitivity}");
    }
}

#[test]
fn by_night_the_tuning_of_the_night_counts() {
    let keen = Tuning { sensitivity: Fraction::ALL, ..Tuning::default() };
    let settings = MotionSettings { night: Some(keen), ..plain() };
    let faint = |frame| Body { strength: STANDARD - 4, ..body(frame) };
    let dusk = |frame| Body { is_night: frame >= 20, ..faint(frame) };
    assert_eq!(times(&settings, faint), 0);
    assert_eq!(times(&plain(), dusk), 0, "without one the day's counts on");
    let first = seen(&settings, dusk).iter().position(Option::is_some).unwrap();
    assert!((20..26).contains(&first), "{first}");
    let dawn = |frame| Body { is_night: frame < 20, ..faint(frame) };
    let last = seen(&settings, dawn).iter().rposition(Option::is_some).unwrap();
    assert_eq!(last, 19);
}

#[test]
fn other_settings_count_from_the_next_frame_on() {
    let mut judge = Judge::new(plain());
    assert!(run(&mut judge, 0..20, body).any(|motion| motion.is_moving()));
    judge.set(MotionSettings { masks: vec![area((0.0, 0.0, 1.0, 1.0))], ..plain() });
    assert!(!run(&mut judge, 20..30, body).any(|motion| motion.is_moving()));
    judge.set(plain());
    assert!(run(&mut judge, 30..40, body).any(|motion| motion.is_moving()));
}

/// What stands out from the background.
#[derive(Clone, Copy)]
struct Body {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    strength: u8,
    difference: i8,
    is_night: bool,
}

fn body(frame: usize) -> Body {
    let (left, strength) = (3 * frame, STRONGEST);
    Body { left, top: 35, width: 10, height: 30, strength, difference: 40, is_night: false }
}

fn film(body: Body) -> Evidence {
    let mut evidence = Evidence::new(SIZE);
    (evidence.state, evidence.is_night) = (State::Known, body.is_night);
    for y in body.top..(body.top + body.height).min(SIZE.height) {
        for x in body.left.min(SIZE.width)..(body.left + body.width).min(SIZE.width) {
            evidence.is_empty = false;
            evidence.strength[y * SIZE.width + x] = body.strength;
            evidence.difference[y * SIZE.width + x] = body.difference;
        }
    }
    evidence
}

fn run<'a>(
    judge: &'a mut Judge,
    frames: std::ops::Range<usize>,
    draw: impl Fn(usize) -> Body + 'a,
) -> impl Iterator<Item = Motion> + 'a {
    frames.map(move |frame| {
        let at = Duration::from_millis(100) * u32::try_from(frame).unwrap();
        judge.step(&film(draw(frame)), at)
    })
}

/// For each frame the zones of what moves, if anything does.
fn seen(settings: &MotionSettings, draw: impl Fn(usize) -> Body) -> Vec<Option<Vec<usize>>> {
    let mut judge = Judge::new(settings.clone());
    run(&mut judge, 0..FRAMES, draw).map(|m| m.things.first().map(|t| t.zones.clone())).collect()
}

/// In how many frames something moves.
fn times(settings: &MotionSettings, draw: impl Fn(usize) -> Body) -> usize {
    seen(settings, draw).iter().flatten().count()
}

/// What becomes of the body in the middle of its way.
fn last_verdict(settings: &MotionSettings, draw: impl Fn(usize) -> Body) -> Verdict {
    let mut judge = Judge::new(settings.clone());
    run(&mut judge, 0..25, draw).for_each(drop);
    let [(_, verdict)] = *judge.verdicts() else { panic!("{:?}", judge.verdicts()) };
    verdict
}

fn plain() -> MotionSettings {
    MotionSettings::default()
}

fn in_zones(zones: Vec<Zone>) -> MotionSettings {
    MotionSettings { zones, ..plain() }
}

fn zone(name: &str, corners: (f32, f32, f32, f32)) -> Zone {
    let (sensitivity, min_area, min_time) = (None, None, Duration::ZERO);
    Zone { name: name.into(), area: area(corners), sensitivity, min_area, min_time }
}

/// The rectangle from left and top to right and bottom.
fn area((left, top, right, bottom): (f32, f32, f32, f32)) -> Polygon {
    let point = |x, y| Point { x: Fraction::clamped(x), y: Fraction::clamped(y) };
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    Polygon::new(corners.map(|(x, y)| point(x, y)).into()).unwrap()
}
