use super::*;

/// Chance that is the same each time: xorshift* of Marsaglia, "Xorshift RNGs", Journal of
/// Statistical Software 8(14), 2003, as by Vigna.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            chance.unit();
        }
        chance
    }

    /// From 0 up to 1.
    pub(super) fn unit(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let word = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 48;
        f32::from(u16::try_from(word).expect("16 bits fit")) / 65_536.0
    }

    fn between(&mut self, least: f32, most: f32) -> f32 {
        least + self.unit() * (most - least)
    }

    fn happens(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// With a standard deviation of 1, nearly: the sum of four.
    fn noise(&mut self) -> f32 {
        let sum: f32 = (0..4).map(|_| self.unit() - 0.5).sum();
        sum * 3.0_f32.sqrt()
    }

    fn millis(&mut self, least: f32, most: f32) -> Duration {
        Duration::from_secs_f32(self.between(least, most) / 1_000.0)
    }
}

/// Somebody who walks through the picture, and perhaps turns back.
struct Walker {
    from: (f32, f32),
    /// Heights of himself a second, to the right and down.
    speed: (f32, f32),
    height: f32,
    starts: f32,
    /// When he turns back, in seconds since he started.
    turns: f32,
}

impl Walker {
    fn new(chance: &mut Chance) -> Self {
        let height = chance.between(0.12, 0.4);
        let pace = chance.between(0.5, 1.2) * height;
        let across = if chance.happens(0.5) { 1.0 } else { -1.0 };
        Self {
            from: (if across > 0.0 { 0.05 } else { 0.95 }, chance.between(0.45, 0.6)),
            speed: (across * pace * 9.0 / 16.0, chance.between(-0.1, 0.1) * pace),
            height,
            starts: chance.between(0.0, 4.0),
            turns: if chance.happens(0.2) { chance.between(2.0, 5.0) } else { f32::INFINITY },
        }
    }

    /// Where he is, if he is in the picture.
    fn at(&self, time: f32) -> Option<Region> {
        let walked = time - self.starts;
        let way = if walked > self.turns { 2.0 * self.turns - walked } else { walked };
        let (x, y) = (self.from.0 + self.speed.0 * way, self.from.1 + self.speed.1 * way);
        let is_there = walked >= 0.0 && (0.02..=0.98).contains(&x);
        is_there.then(|| spot(x, y, self.height * 0.4 * 9.0 / 16.0, self.height))
    }
}

/// What went wrong.
#[derive(Debug, Default)]
struct Faults {
    walkers: usize,
    looks: usize,
    /// A number that went from one walker to another.
    switches: usize,
    /// Numbers of one walker beyond the first.
    splits: usize,
    /// Walkers who were never told of.
    missed: usize,
    /// Numbers of nobody.
    ghosts: usize,
}

/// Plays a scene of up to four walkers in which looks come every `pace` milliseconds, or later.
fn play(seed: u64, pace: f32, faults: &mut Faults) {
    let chance = &mut Chance::new(seed);
    let walkers: Vec<Walker> = (0..=seed % 4).map(|_| Walker::new(chance)).collect();
    let mut tracker = Play::new().tracker;
    let mut at = Duration::ZERO;
    // Whose each number was last, and the numbers each has had.
    let mut owner: BTreeMap<u32, Option<usize>> = BTreeMap::new();
    let mut had: Vec<Vec<u32>> = vec![Vec::new(); walkers.len()];
    let mut shown = vec![0; walkers.len()];
    while at < Duration::from_secs(25) {
        at += if chance.happens(0.1) {
            chance.millis(pace, pace * 4.0)
        } else {
            chance.millis(pace, pace * 1.2)
        };
        let there: Vec<Option<Region>> =
            walkers.iter().map(|walker| walker.at(at.as_secs_f32())).collect();
        let Some(around) = there.iter().flatten().copied().reduce(|a, b| a.with(&b)) else {
            continue;
        };
        faults.looks += 1;
        let mut found = Vec::new();
        for (walker, region) in there.iter().enumerate() {
            let Some(region) = region else { continue };
            // Who stands lower is nearer, and hides those behind.
            let hidden = there.iter().flatten().any(|other| {
                other.bottom.get() > region.bottom.get() && other.overlap(region) > 0.35
            });
            if hidden || chance.happens(0.1) {
                continue;
            }
            found.push((Some(walker), sighted(chance, region)));
            shown[walker] += 1;
        }
        if chance.happens(0.05) {
            let junk = spot(chance.unit(), chance.unit(), 0.05, chance.between(0.05, 0.3));
            found.push((None, object("person", chance.between(0.3, 0.7), junk)));
        }
        let moving: Vec<Region> = there.iter().flatten().copied().collect();
        let regions = if chance.happens(0.1) { [Region::ALL] } else { [around] };
        let objects = found.iter().map(|(_, object)| object.clone()).collect();
        tracker.step(at, Look { regions: &regions, moving: &moving }, objects);
        let told = tracker.tracks().iter().filter(|track| track.seen && track.confirmed);
        for track in told {
            let whose = found.iter().find(|(_, object)| object.region == track.region);
            let (walker, _) = whose.expect("what is seen was found");
            if let Some(walker) = *walker {
                let before = owner.insert(track.number, Some(walker)).flatten();
                faults.switches += usize::from(before.is_some_and(|before| before != walker));
                if !had[walker].contains(&track.number) {
                    had[walker].push(track.number);
                }
            } else {
                owner.entry(track.number).or_default();
            }
        }
    }
    faults.walkers += walkers.len();
    faults.splits += had.iter().map(|numbers| numbers.len().saturating_sub(1)).sum::<usize>();
    faults.missed +=
        had.iter().zip(shown).filter(|(numbers, shown)| numbers.is_empty() && *shown > 3).count();
    faults.ghosts += owner.values().filter(|owner| owner.is_none()).count();
}

/// What a detector makes of somebody at `region`.
fn sighted(chance: &mut Chance, region: &Region) -> Object {
    let (width, height) = (region.width(), region.height());
    let mut edge = |edge: Fraction, side: f32| edge.get() + 0.04 * side * chance.noise();
    let region = Region::clamped(
        edge(region.left, width),
        edge(region.top, height),
        edge(region.right, width),
        edge(region.bottom, height),
    );
    let score = if chance.happens(0.1) { 0.35 } else { chance.between(0.5, 0.9) };
    object(if chance.happens(0.04) { "dog" } else { "person" }, score, region)
}

/// Of 200 scenes for each pace of looking, in which up to four cross in a strip and a fifth of them
/// turn on the spot. The floors are what was reached when they were set, and some.
#[test]
fn people_keep_their_numbers() {
    let floors = [(200.0, 0.13, 0.15), (500.0, 0.25, 0.28), (1_000.0, 0.34, 0.36)];
    for (pace, switches, splits) in floors {
        let mut faults = Faults::default();
        for seed in 0..200 {
            play(seed, pace, &mut faults);
        }
        println!("a look each {pace} ms: {faults:?}");
        let share = |count: usize| crate::cast::real(count) / crate::cast::real(faults.walkers);
        assert!(share(faults.switches) <= switches, "{faults:?}");
        assert!(share(faults.splits) <= splits, "{faults:?}");
        assert!(share(faults.missed) <= 0.01, "{faults:?}");
        assert!(share(faults.ghosts) <= 0.02, "{faults:?}");
    }
}

/// Whatever is found, whenever.
#[test]
fn nothing_breaks_it_and_it_keeps_no_more_than_it_may() {
    for seed in 0..60 {
        let chance = &mut Chance::new(seed);
        let mut tracker =
            if chance.happens(0.5) { Tracker::default() } else { Play::new().tracker };
        let (mut at, mut numbers) = (Duration::ZERO, std::collections::BTreeSet::new());
        let mut most = 0;
        for _ in 0..200 {
            at = match chance.millis(0.0, 5_000.0) {
                pause if chance.happens(0.05) => at.saturating_sub(pause * 40),
                _ if chance.happens(0.01) => Duration::MAX,
                pause if chance.happens(0.1) => at.saturating_add(pause * 4_000),
                pause => at.saturating_add(pause),
            };
            let mut regions = || -> Vec<Region> {
                let count = if chance.happens(0.1) { 300 } else { 8 };
                (0..count)
                    .map(|_| {
                        let mut share = || chance.between(-0.3, 1.3);
                        Region::clamped(share(), share(), share(), share())
                    })
                    .collect()
            };
            let (looked, moving, boxes) = (regions(), regions(), regions());
            let words = ["person", "dog", "car", "kite"];
            let found = boxes.into_iter().zip(words.into_iter().cycle());
            let found: Vec<Object> =
                found.map(|(region, word)| object(word, chance.unit(), region)).collect();
            let look = Look { regions: &looked, moving: &moving };
            tracker.step(at, look, found);
            if chance.happens(0.01) {
                tracker.forget();
            }
            let tracks = tracker.tracks();
            assert!(tracks.len() <= MOST);
            assert!(tracks.windows(2).all(|pair| pair[0].number < pair[1].number));
            for track in tracks {
                let is_new = numbers.insert(track.number);
                assert!(!is_new || track.number > most, "a number came again");
                most = most.max(track.number);
                assert!(track.first <= track.last);
            }
        }
    }
}
