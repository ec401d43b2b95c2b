use super::*;
use crate::motion::Thing;
use watchpost_model::{Fraction, Label};

/// Of a picture of 1280x720 and a detector of 416x416.
fn plan() -> Plan {
    Plan {
        looks_per_second: 5,
        interval: None,
        whole: false,
        input: (416, 416),
        picture: (1280, 720),
    }
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A box of the size of a person around a point.
fn person(x: f32, y: f32) -> Region {
    Region::clamped(x - 0.03, y - 0.1, x + 0.03, y + 0.1)
}

fn moving(regions: &[Region]) -> Motion {
    let thing = |(track, region): (u32, &Region)| Thing { track, region: *region, zones: vec![] };
    let things: Vec<Thing> = (0..).zip(regions).map(thing).collect();
    Motion { area: Fraction::clamped(0.01), things }
}

/// A track that was found just now, for long.
fn track(number: u32, at: Duration, region: Region) -> Track {
    Track {
        number,
        label: Label::person(),
        score: Fraction::clamped(0.8),
        region,
        first: at.saturating_sub(seconds(5)),
        last: at,
        seen: true,
        sharpness: None,
        confirmed: true,
        still: false,
    }
}

/// A gaze that has looked at everything at the time 0, and may look again.
fn settled(plan: Plan) -> Gaze {
    let mut gaze = Gaze::new(plan);
    assert_eq!(gaze.step(Duration::ZERO, &Motion::none(), &[]), [Region::ALL]);
    gaze.step(seconds(1), &Motion::none(), &[]);
    gaze
}

/// The looks of so many tenths of a second from `from` on, each with its time.
fn watch(
    gaze: &mut Gaze,
    from: Duration,
    tenths: u64,
    mut shown: impl FnMut(Duration) -> (Motion, Vec<Track>),
) -> Vec<(Duration, Region)> {
    let mut looks = Vec::new();
    for tenth in 0..tenths {
        let at = from + millis(100 * tenth);
        let (motion, tracks) = shown(at);
        let regions = gaze.step(at, &motion, &tracks);
        assert!(regions.len() <= 2);
        looks.extend(regions.into_iter().map(|region| (at, region)));
    }
    looks
}

#[test]
fn it_begins_with_everything_and_then_rests() {
    let mut gaze = Gaze::new(plan());
    let looks = watch(&mut gaze, Duration::ZERO, 3000, |_| (Motion::none(), vec![]));
    assert_eq!(looks, [(Duration::ZERO, Region::ALL)]);
}

#[test]
fn what_begins_to_move_is_looked_at_at_once_and_closely() {
    let mut gaze = settled(plan());
    let place = person(0.3, 0.5);
    let regions = gaze.step(seconds(2), &moving(&[place]), &[]);
    let [region] = regions[..] else { panic!("{regions:?}") };
    assert!(frame::shows(&region, &place));
    // Square in pixels, and neither enlarged nor much smaller than it is.
    let (width, height) = (region.width() * 1280.0, region.height() * 720.0);
    assert!((width - height).abs() < 1.0, "{width}x{height}");
    assert!((415.0..430.0).contains(&width), "{width}");
}

#[test]
fn a_region_has_more_than_the_thing_and_stays_in_the_picture() {
    let framing = Framing::new(&plan());
    for place in [person(0.5, 0.5), person(0.0, 0.0), person(1.0, 0.7), person(0.97, 0.95)] {
        let region = framing.around(&place);
        assert!((region.width() * 1280.0 - region.height() * 720.0).abs() < 1.0, "{region:?}");
        assert!((region.shared(&place) - place.area()).abs() < 1e-6, "{region:?}");
    }
    let tall = Region::clamped(0.4, 0.2, 0.5, 0.8);
    let region = framing.around(&tall);
    assert!(region.height() >= 1.4 * tall.height(), "{region:?}");
    assert_eq!(framing.around(&Region::clamped(0.1, 0.1, 0.7, 0.9)), Region::ALL);
}

#[test]
fn a_small_picture_is_looked_at_as_a_whole() {
    let framing = Framing::new(&Plan { picture: (320, 240), ..plan() });
    assert_eq!(framing.around(&person(0.2, 0.5)), Region::ALL);
}

#[test]
fn near_things_share_a_look_and_far_ones_have_their_own() {
    let near = [person(0.3, 0.5), person(0.36, 0.5)];
    let looks = settled(plan()).step(seconds(2), &moving(&near), &[]);
    let [region] = looks[..] else { panic!("{looks:?}") };
    assert!(near.iter().all(|place| frame::shows(&region, place)));

    let far = [person(0.1, 0.5), person(0.9, 0.5)];
    let looks = settled(plan()).step(seconds(2), &moving(&far), &[]);
    assert_eq!(looks.len(), 2);
    for (place, region) in far.iter().zip(&looks) {
        assert!(frame::shows(region, place), "{looks:?}");
    }
}

#[test]
fn of_what_is_not_recognised_more_is_shown_from_time_to_time() {
    let mut gaze = settled(plan());
    let head = Region::clamped(0.48, 0.3, 0.52, 0.36);
    let looks = watch(&mut gaze, seconds(2), 20, |_| (moving(&[head]), vec![]));
    let widths: Vec<f32> = looks.iter().map(|(_, look)| look.width() * 1280.0).collect();
    let is_wide = |width: &f32| (700.0..850.0).contains(width);
    let is_near = |width: &f32| (415.0..417.0).contains(width);
    for three in widths.chunks_exact(3) {
        assert!(three[..2].iter().all(is_near) && is_wide(&three[2]), "{widths:?}");
    }
    assert!(widths.len() >= 9, "{widths:?}");
}

#[test]
fn many_things_take_turns() {
    let places = [0.1, 0.35, 0.65, 0.9].map(|x| person(x, 0.3 + 0.4 * x));
    let mut gaze = settled(plan());
    let looks = watch(&mut gaze, seconds(2), 40, |_| (moving(&places), vec![]));
    for place in &places {
        let shown = looks.iter().filter(|(_, look)| frame::shows(look, place));
        let times: Vec<Duration> = shown.map(|(at, _)| *at).collect();
        assert!(times.len() >= 4 && times[0] <= seconds(3), "{place:?}: {times:?}");
        let waits = times.windows(2).map(|two| two[1].saturating_sub(two[0]));
        assert!(waits.max() <= Some(seconds(1)), "{place:?}: {times:?}");
    }
}

#[test]
fn no_more_is_looked_at_than_allowed() {
    let places = [0.1, 0.35, 0.65, 0.9].map(|x| person(x, 0.5));
    for looks_per_second in 1..=10 {
        let mut gaze = settled(Plan { looks_per_second, ..plan() });
        let looks = watch(&mut gaze, seconds(2), 100, |_| (moving(&places), vec![]));
        let most = 10 * usize::from(looks_per_second) + 2;
        assert!((1..=most).contains(&looks.len()), "{} of {most}", looks.len());
        for (start, _) in &looks {
            let end = *start + millis(999);
            let within = looks.iter().filter(|(at, _)| (*start..=end).contains(at)).count();
            assert!(within <= usize::from(looks_per_second) + 2, "{within}");
        }
    }
}

#[test]
fn who_is_recognised_is_looked_at_twice_a_second() {
    let mut gaze = settled(plan());
    let place = person(0.5, 0.5);
    let looks = watch(&mut gaze, seconds(2), 100, |_| {
        // Answers to later looks do not come.
        (moving(&[place]), vec![track(1, seconds(2), place)])
    });
    assert!((19..=21).contains(&looks.len()), "{}", looks.len());
}

#[test]
fn who_is_followed_and_rests_is_looked_at_once_a_second() {
    let mut gaze = settled(plan());
    let looks = watch(&mut gaze, seconds(2), 100, |_| {
        (Motion::none(), vec![track(1, seconds(2), person(0.5, 0.5))])
    });
    assert!((9..=11).contains(&looks.len()), "{}", looks.len());
}

#[test]
fn who_was_found_once_is_soon_looked_at_again() {
    let mut gaze = settled(plan());
    let doubted =
        Track { confirmed: false, first: seconds(2), ..track(1, seconds(2), person(0.5, 0.5)) };
    let looks = watch(&mut gaze, seconds(2), 10, |_| (Motion::none(), vec![doubted.clone()]));
    assert!(looks.first().is_some_and(|(at, _)| *at <= seconds(2) + millis(300)), "{looks:?}");
    assert!(looks.len() >= 3, "{looks:?}");
}

#[test]
fn what_is_never_answered_for_is_not_looked_at_forever() {
    let mut gaze = settled(plan());
    // The detector fails from 2 s on: nobody steps the tracker.
    let lost = [track(1, seconds(2), person(0.5, 0.5))];
    let looks = watch(&mut gaze, seconds(2), 10 * 600, |_| (Motion::none(), lost.to_vec()));
    assert!((40..=70).contains(&looks.len()), "{}", looks.len());
}

#[test]
fn what_nobody_can_recognise_is_looked_at_less_and_less() {
    let mut gaze = settled(plan());
    let bush = moving(&[person(0.5, 0.5)]);
    let looks = watch(&mut gaze, seconds(2), 590, |_| (bush.clone(), vec![]));
    let within = |from: u64, to: u64| {
        looks.iter().filter(|(at, _)| (seconds(from)..seconds(to)).contains(at)).count()
    };
    assert!((19..=22).contains(&within(2, 6)), "{}", within(2, 6));
    assert!((13..=15).contains(&within(8, 15)), "{}", within(8, 15));
    assert!((19..=21).contains(&within(30, 50)), "{}", within(30, 50));
}

#[test]
fn a_parked_car_is_looked_at_seldom_until_something_moves_in_it() {
    let mut gaze = settled(plan());
    let place = Region::clamped(0.6, 0.5, 0.75, 0.65);
    let car = Track { still: true, ..track(1, seconds(2), place) };
    let looks = watch(&mut gaze, seconds(2), 600, |_| (Motion::none(), vec![car.clone()]));
    assert!((2..=3).contains(&looks.len()), "{looks:?}");
    assert!(looks.iter().all(|(_, look)| frame::shows(look, &place) && *look != Region::ALL));
    // A door opens.
    let door = Region::clamped(0.62, 0.52, 0.65, 0.6);
    let looks = gaze.step(seconds(63), &moving(&[door]), &[car]);
    let [look] = looks[..] else { panic!("{looks:?}") };
    assert!(frame::shows(&look, &place) && frame::shows(&look, &door), "{look:?}");
}

#[test]
fn a_parked_car_does_not_hide_who_walks_before_it() {
    let mut gaze = settled(plan());
    let place = Region::clamped(0.6, 0.5, 0.75, 0.65);
    let walker = moving(&[Region::clamped(0.65, 0.48, 0.69, 0.66)]);
    let looks = watch(&mut gaze, seconds(2), 30, |at| {
        (walker.clone(), vec![Track { still: true, ..track(1, at, place) }])
    });
    assert!(looks.len() >= 14, "{}", looks.len());
}

#[test]
fn everything_is_looked_at_by_the_clock_and_while_something_moves() {
    let whole = |plan: Plan, motion: &Motion| {
        let looks = watch(&mut Gaze::new(plan), Duration::ZERO, 1801, |_| (motion.clone(), vec![]));
        looks.iter().filter(|(_, look)| *look == Region::ALL).count()
    };
    let bush = moving(&[person(0.5, 0.5)]);
    assert_eq!(whole(Plan { interval: Some(seconds(15)), ..plan() }, &Motion::none()), 13);
    assert_eq!(whole(plan(), &bush), 4); // At 0, 60, 120 and 180 s.
    assert_eq!(whole(plan(), &Motion::none()), 1);
}

#[test]
fn a_service_is_always_shown_everything() {
    let mut gaze = settled(Plan { whole: true, ..plan() });
    let far = [person(0.1, 0.5), person(0.9, 0.5)];
    let looks = watch(&mut gaze, seconds(2), 50, |_| (moving(&far), vec![]));
    assert!(looks.iter().all(|(_, look)| *look == Region::ALL));
    assert!((18..=24).contains(&looks.len()), "{}", looks.len());
}

#[test]
fn it_is_intent_on_who_goes_somewhere_until_they_are_lost() {
    let mut gaze = settled(plan());
    let place = person(0.5, 0.5);
    gaze.step(seconds(10), &Motion::none(), &[]);
    let last = |at: u64| track(1, seconds(at), place);
    assert!(gaze.is_intent(&[last(8)]));
    assert!(!gaze.is_intent(&[last(6)]));
    assert!(!gaze.is_intent(&[Track { still: true, ..last(10) }]));
    assert!(!gaze.is_intent(&[Track { confirmed: false, ..last(10) }]));
    assert!(!gaze.is_intent(&[]));
}

#[test]
fn a_clock_set_back_does_not_blind_it() {
    let mut gaze = Gaze::new(plan());
    let bush = moving(&[person(0.5, 0.5)]);
    watch(&mut gaze, seconds(5000), 20, |_| (bush.clone(), vec![]));
    let looks = watch(&mut gaze, seconds(10), 30, |_| (bush.clone(), vec![]));
    assert!(looks.len() >= 10, "{}", looks.len());
    let followed = [track(1, seconds(10), person(0.2, 0.5))];
    watch(&mut gaze, seconds(50), 10, |_| (Motion::none(), followed.to_vec()));
    let looks = watch(&mut gaze, seconds(10), 30, |_| (Motion::none(), followed.to_vec()));
    assert!((2..=3).contains(&looks.len()), "{}", looks.len());
    let jump = watch(&mut gaze, seconds(9_000_000), 10, |_| (bush.clone(), vec![]));
    assert!((5..=8).contains(&jump.len()), "{}", jump.len());
}

/// Who walks through the picture for 20 s, six times in an hour: the time in the visit, if it is one.
fn visit(at: Duration) -> Option<f32> {
    let since = at.as_secs() % 600;
    let begun = seconds(at.as_secs() / 600 * 600 + 300);
    (300..320).contains(&since).then(|| at.saturating_sub(begun).as_secs_f32())
}

#[test]
fn an_hour_with_two_minutes_of_activity_costs_a_twentieth_of_looking_on() {
    // At 5 looks a second an hour would have 18000.
    const MOST: usize = 900;
    let car = Region::clamped(0.7, 0.6, 0.85, 0.75);
    let walker = |way: f32| person(0.05 + 0.045 * way, 0.4);
    let (mut gaze, mut tracks) = (Gaze::new(plan()), Vec::<Track>::new());
    // Answers that are still on their way: when they come, and of which look they are.
    let mut answers: Vec<(Duration, Duration, Vec<Region>)> = Vec::new();
    let (mut count, mut found, mut late) = (0, 0, Duration::ZERO);
    for tenth in 0..36_000 {
        let at = millis(100 * tenth);
        answers.retain(|(comes, looked, regions)| {
            if *comes > at {
                return true;
            }
            for region in regions {
                if frame::shows(region, &car) {
                    tracks.retain(|track| !track.still);
                    tracks.push(Track { still: true, ..track(1, *looked, car) });
                }
                if let Some(way) = visit(*looked)
                    && frame::shows(region, &walker(way))
                {
                    let number = 2 + u32::try_from(tenth / 6000).expect("few");
                    let first = tracks.iter().find(|track| track.number == number);
                    let first = first.map_or(*looked, |track| track.first);
                    if first == *looked {
                        found += 1;
                        let begun = seconds(looked.as_secs() / 600 * 600 + 300);
                        late = late.max(comes.saturating_sub(begun));
                    }
                    tracks.retain(|track| track.number != number);
                    let confirmed = first < *looked;
                    let walking = track(number, *looked, walker(way));
                    tracks.push(Track { first, confirmed, ..walking });
                }
            }
            false
        });
        // The tracker gives up who is not found for 5 s, and moves on who is.
        tracks.retain(|track| track.still || at.saturating_sub(track.last) < seconds(5));
        for track in tracks.iter_mut().filter(|track| !track.still) {
            if let Some(way) = visit(at) {
                track.region = walker(way);
            }
        }
        // Besides the walker two bushes that nobody can recognise, and leaves that are gone at once.
        let motion = match visit(at) {
            Some(way) => {
                let mut motion =
                    moving(&[walker(way), person(0.2, 0.85), Region::clamped(0.4, 0.8, 0.5, 0.95)]);
                for thing in &mut motion.things {
                    thing.track += u32::try_from(10 * (tenth / 6000)).expect("few");
                }
                motion
            }
            None => Motion::none(),
        };
        let regions = gaze.step(at, &motion, &tracks);
        count += regions.len();
        if !regions.is_empty() {
            answers.push((at + millis(250), at, regions));
        }
    }
    assert!(count <= MOST, "{count} looks");
    assert!(count >= 200, "{count} looks are none at all");
    assert_eq!(found, 6, "each visitor was found");
    assert!(late <= millis(700), "the last one after {late:?}");
}
