//! Drawn days: a wall at 160x90 and 10 frames a second before which somebody walks by now and then.

use watchpost_model::config::{Clip, Config, motion_with};
use watchpost_model::{Ended, Recognition};
use watchpost_vision::Grey;
use watchpost_vision::motion::Detector;
use watchpost_vision::motion::grid::Writer;

use super::*;

/// When the drawn days begin.
fn at(seconds: f64) -> WallTime {
    WallTime::from_micros(1_795_000_000_000_000) + Duration::from_secs_f64(seconds)
}

fn camera() -> Camera {
    let text = "[[camera]]\nname = \"door\"\nsource = \"demo:\"\npre_roll = \"2s\"\npost_roll = \"3s\"\n\
                max_event = \"10s\"\n";
    let mut none = |_| Err("there is none".to_owned());
    Config::read(text, &mut none).unwrap().cameras.remove(0)
}

fn settings(sets: &[&str]) -> MotionSettings {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    motion_with(&MotionSettings::default(), &sets).unwrap()
}

/// The upper half of the picture.
const UPPER: &str = "mask=[{points=[[0,0],[1,0],[1,0.5],[0,0.5]]}]";

/// Somebody who walks by from `from` to `to` seconds, with the head at this row.
#[derive(Clone, Copy)]
struct Walk {
    from: f64,
    to: f64,
    row: usize,
}

fn walk(from: f64, to: f64, row: usize) -> Walk {
    Walk { from, to, row }
}

/// What was kept of a drawn day, and what it made live.
struct Day {
    pages: Vec<MotionPage>,
    events: Vec<EventRecord>,
}

/// Plays `seconds` of a day in which `walks` happen, as live by `settings`.
fn day(seconds: u32, walks: &[Walk], camera: &Camera, settings: &MotionSettings) -> Day {
    let mut detector = Detector::new(settings.clone());
    let mut writer = Writer::new();
    let mut watch = Watch::new(camera.name.clone(), plan(camera));
    let (mut pages, mut events) = (Vec::new(), Vec::new());
    let mut end = |command: Option<Command>| {
        if let Some(Command::End(event)) = command {
            events.push(EventRecord {
                event,
                has_snapshot: true,
                photos: 0,
                objects: Vec::new(),
                recognition: Recognition::Off,
            });
        }
    };
    for number in 0..seconds * 10 {
        let since = f64::from(number) / 10.0;
        let now = at(since);
        let motion = detector.step(&frame(number, since, walks), Duration::from_secs_f64(since));
        let evidence = detector.evidence().unwrap();
        pages.extend(writer.step(evidence, &motion, now));
        end(watch.step(Input::Tick(now)));
        if motion.is_moving() {
            end(watch.step(Input::Trigger(Trigger::Motion, now)));
        }
    }
    end(watch.step(Input::Tick(WallTime::MAX)));
    pages.extend(writer.finish());
    let page = |page: grid::Page| {
        let grid::Page { start, end, levels, grid } = page;
        MotionPage { start, end, levels, grid }
    };
    Day { pages: pages.into_iter().map(page).collect(), events }
}

fn frame(number: u32, since: f64, walks: &[Walk]) -> Grey {
    let mut pixels = Vec::with_capacity(160 * 90);
    for y in 0..90_u32 {
        for x in 0..160_u32 {
            let noise = random(number * 14_400 + y * 160 + x) % 5;
            pixels.push(u8::try_from(90 + random(y / 3 * 160 + x / 3) % 50 + noise).unwrap());
        }
    }
    for Walk { from, to, row } in walks {
        if !(*from..*to).contains(&since) {
            continue;
        }
        // 30 pixels a second, in at the left and out at the right, and back.
        let way = (since - from) * 30.0 % 320.0;
        let left = if way < 160.0 { way } else { 320.0 - way };
        for y in *row..row + 24 {
            for x in 0..9 {
                let column = (0..160).take_while(|column| f64::from(*column) < left).count() + x;
                if let Some(pixel) = pixels.get_mut(y * 160 + column).filter(|_| column < 160) {
                    *pixel = if (y / 4 + x / 3) % 2 == 0 { 230 } else { 15 };
                }
            }
        }
    }
    Grey::new(160, 90, pixels).unwrap()
}

/// The same number is always as random.
fn random(seed: u32) -> u32 {
    let mut state = seed.wrapping_mul(0x9E37_79B9) ^ 0x85EB_CA6B;
    for _ in 0..2 {
        state = (state ^ (state >> 16)).wrapping_mul(0x45D9_F3B5);
    }
    state >> 16
}

/// Judges `day` anew.
fn judged(day: &Day, camera: &Camera, interval: Interval, settings: &MotionSettings) -> Replay {
    let mut trial = Trial::new(camera, settings.clone());
    trial.take(&day.pages, interval.end());
    trial.against(day.events.clone(), interval)
}

fn times(replay: &Replay) -> Vec<(WallTime, WallTime, WallTime, Option<EventId>)> {
    let time = |would: &Would| (would.start, would.triggered, would.end, would.existing.clone());
    replay.would.iter().map(time).collect()
}

fn ids(records: &[EventRecord]) -> Vec<&EventId> {
    records.iter().map(|record| &record.event.id).collect()
}

/// Two minutes: a short walk above, a long one below, which is cut twice, and a short one above.
fn two_minutes() -> [Walk; 3] {
    [walk(10.0, 15.0, 10), walk(40.0, 65.0, 55), walk(100.0, 105.0, 10)]
}

fn all() -> Interval {
    Interval::new(at(0.0), at(120.0))
}

#[test]
fn by_the_live_settings_there_would_have_been_what_there_was() {
    let mut camera = camera();
    for clip in
        [None, Some(Clip { length: Duration::from_secs(2), cooldown: Duration::from_secs(4) })]
    {
        camera.clip = clip;
        let day = day(120, &two_minutes(), &camera, &settings(&[]));
        assert!(day.events.len() >= 5, "{:?}", ids(&day.events));
        let replay = judged(&day, &camera, all(), &settings(&[]));
        let expected: Vec<_> = day
            .events
            .iter()
            .map(|EventRecord { event, .. }| {
                let (end, _) = event.end.unwrap();
                (event.start, event.triggered, end, Some(event.id.clone()))
            })
            .collect();
        assert_eq!(times(&replay), expected);
        assert_eq!((replay.vanishing.len(), replay.unknown), (0, 0));
        assert!(replay.covered > Duration::from_secs(115), "{:?}", replay.covered);
        assert_eq!(replay.coarse, Duration::ZERO);
    }
}

#[test]
fn what_is_too_small_or_masked_vanishes() {
    let camera = camera();
    let day = day(120, &two_minutes(), &camera, &settings(&[]));
    let all_gone = judged(&day, &camera, all(), &settings(&["min_area=0.5"]));
    assert_eq!(all_gone.would, []);
    assert_eq!(all_gone.vanishing, day.events);

    let masked = judged(&day, &camera, all(), &settings(&[UPPER]));
    let above = [&day.events[0].event.id, &day.events.last().unwrap().event.id];
    assert_eq!(ids(&masked.vanishing), above);
    assert_eq!(masked.would.len(), day.events.len() - 2);
    assert!(masked.would.iter().all(|would| would.existing.is_some()));
}

#[test]
fn what_was_masked_appears_with_the_place_of_what_moves() {
    let camera = camera();
    let day = day(120, &two_minutes(), &camera, &settings(&[UPPER]));
    let replay = judged(&day, &camera, all(), &settings(&[]));
    assert_eq!(replay.vanishing, []);
    let appearing: Vec<_> = replay.would.iter().filter(|would| would.existing.is_none()).collect();
    assert_eq!(appearing.len(), 2, "{:?}", times(&replay));
    for (would, begins) in appearing.into_iter().zip([10.0, 100.0]) {
        assert!((at(begins)..at(begins + 1.0)).contains(&would.triggered), "{would:?}");
        assert!((would.triggered..would.end).contains(&would.best), "{would:?}");
        let [region] = would.regions.as_slice() else { panic!("{would:?}") };
        assert!(region.top.get() < 0.2 && region.bottom.get() < 0.5, "{would:?}");
    }
}

#[test]
fn of_events_without_a_grid_nothing_is_said() {
    let camera = camera();
    let mut day = day(120, &two_minutes(), &camera, &settings(&[]));
    // Nothing was kept of the last ten seconds, and one event was triggered in them.
    let record = day.events.last().unwrap().clone();
    let triggered = at(500.0);
    let lost = Event {
        id: EventId::new(&camera.name, triggered),
        start: triggered,
        triggered,
        end: Some((triggered + Duration::from_secs(5), Ended::Quiet)),
        ..record.event
    };
    day.events.push(EventRecord { event: lost, ..record });
    let interval = Interval::new(at(0.0), at(600.0));
    let replay = judged(&day, &camera, interval, &settings(&["min_area=0.5"]));
    assert_eq!(replay.unknown, 1);
    assert_eq!(replay.events.len(), day.events.len());
    assert_eq!(replay.vanishing.len(), day.events.len() - 1);
    assert!(replay.covered < Duration::from_secs(125), "{:?}", replay.covered);
}

#[test]
fn only_what_lies_in_the_interval_is_told() {
    let camera = camera();
    let day = day(120, &two_minutes(), &camera, &settings(&[]));
    let replay = judged(&day, &camera, Interval::new(at(20.0), at(90.0)), &settings(&[]));
    assert_eq!(replay.events, day.events[1..day.events.len() - 1]);
    assert_eq!(replay.would.len(), replay.events.len());
    assert_eq!(replay.covered, Duration::from_secs(70));
}

#[test]
fn a_damaged_page_is_left_out() {
    let camera = camera();
    let mut day = day(120, &two_minutes(), &camera, &settings(&[]));
    for page in &mut day.pages {
        page.grid.truncate(3);
    }
    let replay = judged(&day, &camera, all(), &settings(&[]));
    assert_eq!((replay.would.len(), replay.vanishing.len()), (0, 0));
    assert_eq!((replay.unknown, replay.covered), (day.events.len(), Duration::ZERO));
}

#[test]
fn a_page_that_is_read_twice_counts_once() {
    let camera = camera();
    let day = day(120, &two_minutes(), &camera, &settings(&[]));
    let mut trial = Trial::new(&camera, settings(&[]));
    trial.take(&day.pages, all().end());
    trial.take(&day.pages, all().end());
    let twice = trial.against(day.events.clone(), all());
    assert_eq!(times(&twice), times(&judged(&day, &camera, all(), &settings(&[]))));
}

#[test]
fn pages_that_overlap_are_counted_once() {
    let page = |from: f64, to: f64| Interval::new(at(from), at(to));
    let pages = [page(0.0, 10.0), page(20.0, 30.0), page(5.0, 12.0), page(29.0, 50.0)];
    assert_eq!(covered(&pages, page(0.0, 100.0)), Duration::from_secs(42));
    assert_eq!(covered(&pages, page(8.0, 25.0)), Duration::from_secs(9));
    assert_eq!(covered(&[], page(8.0, 25.0)), Duration::ZERO);
}
