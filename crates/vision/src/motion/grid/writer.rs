//! Decides which frames are kept, and when a page is full.

use std::time::Duration;

use watchpost_model::{Fraction, MotionSettings, Tuning, WallTime};

use super::coding::{Coded, Head, Pixels};
use super::line::{Held, Line};
use super::{Detail, Page};
use crate::cast::{floor, real};
use crate::motion::Motion;
use crate::motion::evidence::{Evidence, State};
use crate::motion::judge::{GAP, Judge};
use crate::motion::plane::Size;

/// The sensitivities at which a writer looks for what travels, besides the highest.
const PLAIN: [f32; 2] = [0.0, 0.5];
/// How long a span goes on after the last report.
const AFTER: Duration = Duration::from_secs(2);
/// How long a page is when nothing stirs; with a pause and what is held back at most 15 minutes.
const LENGTH: Duration = Duration::from_mins(14);
/// How long after something stirred a page is closed, so that it can soon be judged again.
const SOON: Duration = Duration::from_secs(50);
/// A page does not go on across a longer time without frames. Key pictures may be far apart.
const PAUSE: Duration = Duration::from_secs(30);
/// A page with so many bytes is closed. What is held back can still come on top.
const FULL: usize = 4 << 20;

/// Writes one camera's motion grid.
#[derive(Clone, Debug)]
pub struct Writer {
    plain_judges: [Judge; 2],
    keen: Judge,
    /// The moment from which these count.
    epoch: WallTime,
    line: Line,
    page: Option<Open>,
    /// The last frame.
    last: Option<Head>,
    /// The time of the last frame that was kept, if a judge may follow something from there.
    kept: Option<WallTime>,
    /// Frames up to then are kept,
    until: WallTime,
    /// and up to then not only because of what is faint.
    plain: WallTime,
    allowance: Allowance,
}

/// What a frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stir {
    /// Nothing that travels.
    None,
    /// What travels only at the highest sensitivity.
    Faint,
    /// What travels at the standard one or the camera's own; or the picture itself is another kind
    /// than the one before.
    Plain,
}

/// A page as it is filled.
#[derive(Clone, Debug)]
struct Open {
    start: WallTime,
    size: Size,
    levels: Vec<u8>,
    coded: Coded,
    /// When its first frame was kept.
    stirred: Option<WallTime>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A writer that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let judge = |sensitivity| {
            let sensitivity = Fraction::clamped(sensitivity);
            let tuning = Tuning { sensitivity, ..Tuning::default() };
            Judge::new(MotionSettings { tuning, ..MotionSettings::default() })
        };
        Self {
            plain_judges: PLAIN.map(judge),
            keen: judge(1.0),
            epoch: WallTime::MIN,
            line: Line::default(),
            page: None,
            last: None,
            kept: None,
            until: WallTime::MIN,
            plain: WallTime::MIN,
            allowance: Allowance::new(),
        }
    }

    /// Takes the evidence of the next frame and what moved by the live settings; gives a page when
    /// one is full.
    ///
    /// A page is closed at most a minute after something stirred. Where `at` goes back, or jumps by
    /// more than half a minute, or the frames' size changes, the page ends with the frame before,
    /// and another begins.
    pub fn step(&mut self, evidence: &Evidence, motion: &Motion, at: WallTime) -> Option<Page> {
        let passed = self.last.map(|last| at.since(last.at));
        let goes_on = self.page.as_ref().is_none_or(|page| page.size == evidence.size)
            && passed.is_none_or(|passed| passed.is_some_and(|passed| passed <= PAUSE));
        let page = if !goes_on {
            self.finish()
        } else if self.page.as_ref().is_some_and(|page| page.is_due(at)) {
            self.close(self.line.start().unwrap_or(at))
        } else {
            None
        };
        if self.last.is_none() {
            self.epoch = at;
        }
        self.page.get_or_insert_with(|| {
            let start = self.line.start().unwrap_or(at);
            Open::new(start, evidence.size)
        });
        if passed.flatten().is_some_and(|passed| passed > GAP) {
            self.let_go(usize::MAX);
        }
        self.hold(evidence, motion, at);
        page
    }

    /// Ends the page that is being filled, as when the camera stops.
    pub fn finish(&mut self) -> Option<Page> {
        self.let_go(usize::MAX);
        self.kept = None;
        (self.until, self.plain) = (WallTime::MIN, WallTime::MIN);
        let last = self.last.take()?;
        self.close(last.at + Duration::from_micros(1))
    }

    fn hold(&mut self, evidence: &Evidence, motion: &Motion, at: WallTime) {
        let passed = self.last.map_or(Duration::ZERO, |last| at.since_or_zero(last.at));
        let detail = self.allowance.step(passed, self.line.bytes());
        let (state, is_night) = (evidence.state, evidence.is_night);
        let head = Head { at, state, is_night, detail };
        let stir = self.stir(evidence, motion, at);
        self.last = Some(head);
        let pixels = Pixels::of(evidence, detail);
        self.line.push(Held { head, pixels, level: level(motion.area) });
        match stir {
            Stir::Plain => (self.until, self.plain) = (at + AFTER, at + AFTER),
            Stir::Faint if self.allowance.is_keen() => self.until = at + AFTER,
            Stir::Faint => self.page.iter_mut().for_each(|page| page.coded.miss(Detail::Plain)),
            Stir::None => {}
        }
        if at <= self.until {
            self.let_go(self.line.before_span(self.kept));
            self.keep(at > self.plain);
        } else {
            self.let_go(self.line.spare());
        }
    }

    fn stir(&mut self, evidence: &Evidence, motion: &Motion, at: WallTime) -> Stir {
        let since = at.since_or_zero(self.epoch);
        let travels = |judge: &mut Judge| judge.step(evidence, since).is_moving();
        // Each judge sees each frame.
        let keen = travels(&mut self.keen);
        let plain = self.plain_judges.iter_mut().filter_map(|judge| travels(judge).then_some(()));
        let plain = plain.count() > 0;
        let before = self.last.map_or((State::Known, false), |last| (last.state, last.is_night));
        let is_other = before != (evidence.state, evidence.is_night);
        if plain || motion.is_moving() || is_other {
            Stir::Plain
        } else if keen {
            Stir::Faint
        } else {
            Stir::None
        }
    }

    /// Keeps all that is held back.
    fn keep(&mut self, is_faint: bool) {
        while let (Some(page), Some(held)) = (&mut self.page, self.line.pop()) {
            self.kept = Some(held.head.at);
            self.allowance.spend(held.pixels.bytes(), is_faint);
            page.keep(&held);
        }
    }

    /// Gives up the `count` oldest that are held back.
    fn let_go(&mut self, count: usize) {
        for _ in 0..count {
            let (Some(page), Some(held)) = (&mut self.page, self.line.pop()) else { return };
            page.pass(&held);
        }
    }

    fn close(&mut self, end: WallTime) -> Option<Page> {
        let page = self.page.take()?;
        Some(page.close(end))
    }
}

impl Open {
    fn new(start: WallTime, size: Size) -> Self {
        let coded = Coded::new(start, size);
        Self { start, size, levels: Vec::new(), coded, stirred: None }
    }

    fn is_due(&self, at: WallTime) -> bool {
        let soon = self.stirred.is_some_and(|stirred| at.since_or_zero(stirred) >= SOON);
        soon || at.since_or_zero(self.start) >= LENGTH || self.coded.bytes() >= FULL
    }

    fn keep(&mut self, held: &Held) {
        self.pass(held);
        self.stirred.get_or_insert(held.head.at);
        self.coded.take(held.head, &held.pixels);
    }

    /// Notes only that there was a frame.
    fn pass(&mut self, held: &Held) {
        let second = held.head.at.since_or_zero(self.start).as_secs();
        let second = usize::try_from(second).unwrap_or(0);
        if second >= self.levels.len() {
            self.levels.resize(second + 1, 0);
        }
        self.levels[second] = self.levels[second].max(held.level);
    }

    fn close(mut self, end: WallTime) -> Page {
        let length = end.since_or_zero(self.start);
        let seconds = length.as_millis().div_ceil(1000);
        self.levels.resize(usize::try_from(seconds).unwrap_or(0).max(self.levels.len()), 0);
        Page { start: self.start, end, levels: self.levels, grid: self.coded.finish() }
    }
}

/// How many bytes may be kept yet. See [`Detail`].
#[derive(Clone, Debug)]
struct Allowance {
    all: Bucket,
    /// Of those kept only because of what is faint.
    faint: Bucket,
    detail: Detail,
    is_keen: bool,
}

impl Allowance {
    fn new() -> Self {
        let (all, faint) = (Bucket::new(12e6, 5e3), Bucket::new(5e5, 6.0));
        Self { all, faint, detail: Detail::Whole, is_keen: true }
    }

    /// How much may be kept of the next frame, `passed` after the last, as `held` bytes wait.
    fn step(&mut self, passed: Duration, held: usize) -> Detail {
        self.all.fill(passed);
        self.faint.fill(passed);
        self.is_keen = self.faint.share(0) > if self.is_keen { 0.0 } else { 0.125 };
        let share = self.all.share(held);
        self.detail = match self.detail {
            _ if share <= 0.0 => Detail::Nothing,
            Detail::Nothing if share < 0.125 => Detail::Nothing,
            _ if share < 1.0 / 3.0 => Detail::Plain,
            Detail::Plain if share < 0.5 => Detail::Plain,
            _ => Detail::Whole,
        };
        self.detail
    }

    /// Whether what is faint is kept.
    fn is_keen(&self) -> bool {
        self.is_keen
    }

    fn spend(&mut self, bytes: usize, is_faint: bool) {
        self.all.bytes -= real(bytes);
        if is_faint {
            self.faint.bytes -= real(bytes);
        }
    }
}

/// An allowance that grows at an even rate up to a bound.
///
/// Source: the leaky bucket of Turner, "New directions in communications (or which way to the
/// information age?)", IEEE Communications Magazine 24(10), 1986.
#[derive(Clone, Debug)]
struct Bucket {
    bytes: f32,
    most: f32,
    /// Bytes a second.
    rate: f32,
}

impl Bucket {
    fn new(most: f32, rate: f32) -> Self {
        Self { bytes: most, most, rate }
    }

    fn fill(&mut self, passed: Duration) {
        self.bytes = (self.bytes + passed.as_secs_f32() * self.rate).min(self.most);
    }

    /// How full it is without what is `held`; below 0 if more than all is taken.
    fn share(&self, held: usize) -> f32 {
        (self.bytes - real(held)) / self.most
    }
}

/// A share of the picture as a level.
fn level(area: Fraction) -> u8 {
    u8::try_from(floor((area.get().sqrt() * 255.0).round())).unwrap_or(u8::MAX)
}
