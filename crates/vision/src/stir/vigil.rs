//! Asleep or awake: which of a camera's pictures must be decoded.
//!
//! Awake all are. Asleep only key pictures are; the others are left alone and weighed. When one is too
//! heavy, or a key picture shows something new, the vigil wakes, and whoever keeps it decodes what was left
//! alone since the last frame it looked at. So nothing is missed: asleep, something is only told later, by
//! at most the length of a group of pictures.

use std::time::Duration;

use super::scale::Scale;

/// At the start, time to learn the scene and the scale.
const START: Duration = Duration::from_secs(12);
/// A group longer than this is too long to sleep through.
pub(super) const LONGEST: Duration = Duration::from_millis(4_500);
/// With groups shorter than this there is nothing to gain.
const SHORTEST: Duration = Duration::from_millis(300);
/// Awake for so long for a heavy picture or something new to become motion: the detector takes less.
const DOUBT: Duration = Duration::from_secs(3);
/// The same while something is there that may yet move.
const LONGEST_DOUBT: Duration = Duration::from_secs(5);
/// Awake for so long after the last motion.
const AFTERWARDS: Duration = Duration::from_secs(5);
/// Scale and doubt count something as moving for so long after the last motion.
const MOVING: Duration = Duration::from_secs(2);
/// How much must be new in a key picture, in shares of what must be covered to count as moving.
const NEW: f32 = 0.5;
/// What it may become when new things turn out to be nothing.
const MOST_NEW: f32 = 1.0;
/// By how much it does each time.
const VAIN: f32 = 1.5;
/// Time in which that wears off, in seconds.
const WEARS_OFF: f32 = 300.0;

/// What to do with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Leave it alone, but remember it.
    Leave,
    /// Decode it, a key picture, alone; and say by [`Vigil::peeked`] what is new in it.
    Peek,
    /// Decode it, and before it all that was left alone since the last frame that was looked at; say
    /// what was seen by [`Vigil::looked`].
    Look,
}

/// What a frame showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Nothing to speak of.
    Nothing,
    /// Something that may yet turn out to move.
    Doubt,
    /// Something moves.
    Motion,
}

/// Why the vigil is awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// A picture was too heavy.
    Heavy,
    /// A key picture showed something new.
    New,
    /// Something else, which may not be called vain.
    Other,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Asleep,
    Awake {
        since: Duration,
        until: Duration,
        why: Why,
        /// Whether anything moved since.
        moved: bool,
    },
}

/// Decides which pictures of one stream are decoded. Knows no picture: only their kinds, sizes and times.
#[derive(Clone, Debug)]
pub struct Vigil {
    scale: Scale,
    state: State,
    /// When the last key picture came.
    key: Option<Duration>,
    /// How long the group before it was.
    group: Option<Duration>,
    /// When something last moved.
    moved: Option<Duration>,
    /// How much of a key picture must be new, in shares of what must be covered.
    new: f32,
}

impl Vigil {
    /// A vigil over a stream that begins `at`, awake until it knows the stream.
    #[must_use]
    pub fn new(at: Duration) -> Self {
        let until = at + START;
        Self {
            scale: Scale::default(),
            state: State::Awake { since: at, until, why: Why::Other, moved: false },
            key: None,
            group: None,
            moved: None,
            new: NEW,
        }
    }

    /// Whether pictures are left alone.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        matches!(self.state, State::Asleep)
    }

    /// Takes the next picture, of `bytes` bytes and the time `at`, and says what to do with it.
    pub fn picture(&mut self, is_key: bool, bytes: usize, at: Duration) -> Care {
        let is_heavy = if is_key {
            self.begin_group(bytes, at);
            false
        } else {
            let quiet = self.moved.is_none_or(|moved| at.saturating_sub(moved) > MOVING);
            self.scale.weigh(bytes, at, quiet)
        };
        match self.state {
            State::Asleep if is_heavy => self.wake(Why::Heavy, at, DOUBT),
            State::Asleep if self.is_overdue(at) => self.wake(Why::Other, at, DOUBT),
            State::Asleep if is_key => return Care::Peek,
            State::Asleep => return Care::Leave,
            State::Awake { until, why, moved, .. } => {
                if at >= until && self.may_sleep() {
                    self.fall_asleep(why, moved);
                    return if is_key { Care::Peek } else { Care::Leave };
                }
            }
        }
        Care::Look
    }

    /// A key picture was decoded alone, and `new` times as much of it as must be covered to count as
    /// moving shows what the frame before did not. Whether that wakes the vigil: if so, the picture is to
    /// be looked at like any other, in its turn.
    #[must_use]
    pub fn peeked(&mut self, new: f32, at: Duration) -> bool {
        let wakes = new >= self.new;
        if wakes {
            self.wake(Why::New, at, DOUBT);
        }
        wakes
    }

    /// A frame of the time `at` was looked at.
    pub fn looked(&mut self, sight: Sight, at: Duration) {
        if sight == Sight::Motion {
            self.moved = Some(at);
            if self.is_asleep() {
                self.wake(Why::Other, at, AFTERWARDS);
            }
        }
        if let State::Awake { since, until, moved, .. } = &mut self.state {
            match sight {
                Sight::Nothing => {}
                Sight::Doubt => *until = (*until).max((at + DOUBT).min(*since + LONGEST_DOUBT)),
                Sight::Motion => {
                    *until = (*until).max(at + AFTERWARDS);
                    *moved = true;
                }
            }
        }
    }

    /// Is awake for `time` from `at` on, whatever happens.
    pub fn rouse(&mut self, at: Duration, time: Duration) {
        match &mut self.state {
            State::Asleep => self.wake(Why::Other, at, time),
            State::Awake { until, why, .. } => {
                *until = (*until).max(at + time);
                *why = Why::Other;
            }
        }
    }

    fn begin_group(&mut self, bytes: usize, at: Duration) {
        self.scale.key(bytes);
        if let Some(key) = self.key.replace(at) {
            let length = at.saturating_sub(key);
            let passed = length.as_secs_f32().min(WEARS_OFF);
            self.new = NEW + (self.new - NEW) * (1.0 - passed / WEARS_OFF);
            self.group = Some(length);
        }
    }

    fn may_sleep(&self) -> bool {
        let fits = |group| (SHORTEST..=LONGEST).contains(&group);
        self.scale.is_ready() && self.group.is_some_and(fits)
    }

    /// Whether the group has become longer than one may sleep through.
    fn is_overdue(&self, at: Duration) -> bool {
        self.key.is_none_or(|key| at.saturating_sub(key) > LONGEST)
    }

    fn wake(&mut self, why: Why, at: Duration, time: Duration) {
        self.state = State::Awake { since: at, until: at + time, why, moved: false };
    }

    fn fall_asleep(&mut self, why: Why, moved: bool) {
        match why {
            Why::Heavy if !moved => self.scale.was_vain(),
            Why::New if !moved => self.new = (self.new * VAIN).min(MOST_NEW),
            Why::Heavy | Why::New | Why::Other => {}
        }
        self.state = State::Asleep;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of 15 pictures a second that goes on from one act to the next.
    struct Stream {
        vigil: Vigil,
        group: u64,
        count: u64,
    }

    impl Stream {
        fn new(group: u64) -> Self {
            Self { vigil: Vigil::new(Duration::ZERO), group, count: 0 }
        }

        fn at(&self) -> Duration {
            Duration::from_millis(self.count * 1_000 / 15)
        }

        /// The next picture: of a quiet scene, but `bytes` more.
        fn send(&mut self, more: usize) -> Care {
            let is_key = self.count.is_multiple_of(self.group);
            let bytes = if is_key { 60_000 } else { 2_000 + more };
            let care = self.vigil.picture(is_key, bytes, self.at());
            self.count += 1;
            care
        }

        /// `seconds` in which nothing is seen; how many pictures were decoded.
        fn rest(&mut self, seconds: u64) -> u64 {
            let mut decoded = 0;
            for _ in 0..15 * seconds {
                let at = self.at();
                let care = self.send(0);
                decoded += u64::from(care != Care::Leave);
                match care {
                    Care::Leave => {}
                    Care::Peek => assert!(!self.vigil.peeked(0.0, at)),
                    Care::Look => self.vigil.looked(Sight::Nothing, at),
                }
            }
            decoded
        }
    }

    #[test]
    fn while_nothing_stirs_only_key_pictures_are_decoded() {
        let mut stream = Stream::new(30);
        assert!(stream.rest(20) >= 12 * 15, "awake until the scene is known");
        assert_eq!(stream.rest(600), 300);
    }

    #[test]
    fn a_heavy_picture_wakes_and_if_nothing_moves_sleep_comes_back() {
        let mut stream = Stream::new(30);
        stream.rest(61);
        assert_eq!(stream.send(0), Care::Leave);
        let cares: Vec<Care> = (0..4).map(|_| stream.send(8_000)).collect();
        assert!(cares.contains(&Care::Look), "{cares:?}");
        assert!((2 * 15..7 * 15).contains(&stream.rest(10)), "awake for some seconds");
        assert!(stream.vigil.is_asleep());
    }

    #[test]
    fn motion_keeps_it_awake_and_what_may_yet_move_only_for_some_seconds() {
        for (sight, awake) in [(Sight::Motion, true), (Sight::Doubt, false)] {
            let mut stream = Stream::new(30);
            stream.rest(60);
            stream.vigil.rouse(stream.at(), DOUBT);
            for _ in 0..15 * 60 {
                let at = stream.at();
                if stream.send(0) == Care::Look {
                    stream.vigil.looked(sight, at);
                }
            }
            assert_eq!(!stream.vigil.is_asleep(), awake, "{sight:?}");
            stream.rest(7);
            assert!(stream.vigil.is_asleep());
        }
    }

    #[test]
    fn something_new_in_a_key_picture_wakes_unless_it_is_always_for_nothing() {
        let mut stream = Stream::new(30);
        stream.rest(60);
        let mut woken = 0;
        for _ in 0..200 {
            let at = stream.at();
            if stream.send(0) == Care::Peek && stream.vigil.peeked(0.75, at) {
                woken += 1;
            }
        }
        assert!((1..=3).contains(&woken), "woken {woken} times");
        assert!(stream.vigil.peeked(1.0, stream.at()), "what may well be something always does");
    }

    #[test]
    fn one_does_not_sleep_through_long_groups_nor_where_there_is_nothing_to_gain() {
        for group in [1, 3, 15 * 5, 15 * 60] {
            let mut stream = Stream::new(group);
            assert_eq!(stream.rest(130), 130 * 15, "groups of {group}");
        }
        let mut stream = Stream::new(30);
        stream.rest(60);
        stream.group = 100_000;
        stream.rest(6);
        assert!(!stream.vigil.is_asleep(), "the next key picture does not come");
    }
}
