//! How what was told is set against what was drawn.
//!
//! The rule of the motion benchmark: what is on twice within a second is on throughout. An event is
//! found if motion is on at some moment from its start to half a second after its end. What is on
//! outside of the events, of a second before and three after each, and of the time in which nobody
//! is blamed, is false: each such stretch counts once for every ten seconds begun.

const MERGE: f32 = 1.0;
const EARLY: f32 = 1.0;
const GRACE: f32 = 3.0;
const LATE: f32 = 0.5;
const SHORTEST: f32 = 0.1;
const UNIT: f32 = 10.0;
/// Seconds in which a detector may learn.
pub(crate) const WARM_UP: f32 = 6.0;

/// From when to when, in seconds.
pub(crate) type Span = (f32, f32);

/// What was really there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    pub(crate) events: Vec<Span>,
    /// When nobody is blamed: someone is there but stands still.
    pub(crate) excused: Vec<Span>,
}

/// How a film was judged.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    pub(crate) found: usize,
    pub(crate) missed: Vec<Span>,
    /// False stretches.
    pub(crate) falsely: Vec<Span>,
}

impl Score {
    /// Sets `told`, in order, against the truth.
    pub(crate) fn new(told: &[Span], truth: &Truth) -> Self {
        let mut on: Vec<Span> = Vec::new();
        for &(start, end) in told {
            match on.last_mut() {
                Some(last) if start - last.1 <= MERGE => last.1 = last.1.max(end),
                _ => on.push((start, end)),
            }
        }
        let is_found =
            |event: &&Span| on.iter().any(|told| told.1 > event.0 && told.0 <= event.1 + LATE);
        let found = truth.events.iter().filter(is_found).count();
        let missed = truth.events.iter().filter(|event| !is_found(event)).copied().collect();
        let events = truth.events.iter().map(|event| (event.0 - EARLY, event.1 + GRACE));
        let excused = truth.excused.iter().map(|span| (span.0, span.1 + GRACE));
        let left = events.chain(excused).chain([(0.0, WARM_UP)]).fold(on, |left, cut| {
            left.iter()
                .flat_map(|&(start, end)| [(start, end.min(cut.0)), (start.max(cut.1), end)])
                .filter(|span| span.1 > span.0)
                .collect()
        });
        let falsely = left.into_iter().filter(|span| span.1 - span.0 >= SHORTEST - 1e-3).collect();
        Self { found, missed, falsely }
    }

    /// False events.
    pub(crate) fn false_events(&self) -> f32 {
        self.falsely.iter().map(|span| ((span.1 - span.0) / UNIT - 1e-4).ceil()).sum()
    }
}

#[test]
fn the_rule_is_that_of_the_benchmark() {
    let truth = Truth { events: vec![(20.0, 25.0), (60.0, 61.0)], excused: vec![(40.0, 45.0)] };
    let told = [(2.0, 3.0), (10.0, 10.4), (11.2, 12.0), (24.9, 27.9), (30.0, 51.0), (61.4, 61.5)];
    let score = Score::new(&told, &truth);
    assert_eq!((score.found, score.missed.len()), (2, 0));
    assert_eq!(score.falsely, [(10.0, 12.0), (30.0, 40.0), (48.0, 51.0)]);
    assert!((score.false_events() - 3.0).abs() < 1e-6);
    let nothing = Score::new(&[(65.0, 80.0)], &truth);
    assert_eq!((nothing.found, nothing.missed.len()), (0, 2));
    assert!((nothing.false_events() - 2.0).abs() < 1e-6, "16 s are two events");
}
