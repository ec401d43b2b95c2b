//! What is wrong with one camera, from when to when.

mod pace; // how many pictures come

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use watchpost_model::{Ailment, WallTime};

use pace::Pace;

/// What is not seen for so long is over; before, it only pauses.
const PAUSE: Duration = Duration::from_secs(3);

/// What an owner wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Of what.
    pub kinds: BTreeSet<Ailment>,
    /// How long after the last picture a camera counts as giving none.
    pub no_pictures_after: Duration,
}

/// What can happen to a [`Health`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A picture came.
    Picture(WallTime),
    /// What the pictures look like: all that is wrong with them as of now.
    Looks(BTreeSet<Ailment>, WallTime),
    /// The stream broke off. Those that come after it say nothing about how often they come.
    Lost {
        /// When.
        at: WallTime,
    },
    /// Time passed; due whenever [`Health::wake_at`] says so.
    Tick(WallTime),
    /// From here on times are not comparable with those before: the clock was set. The moment is the last one of the
    /// old time.
    NewTime(WallTime),
    /// The stream rests, for nobody wants it: until a picture comes, or it breaks off, none is missed.
    Rests(WallTime),
}

/// What a [`Health`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is wrong from that moment on.
    Begins(Ailment, WallTime),
    /// It was wrong until then.
    Ends(Ailment, WallTime),
}

/// Decides when something is wrong with one camera. Knows no camera and no clock.
///
/// While no pictures come, nothing else is told of them. When the clock is set, all ends, and begins
/// anew in the new time if it is still so.
#[derive(Debug)]
pub struct Health {
    plan: Plan,
    /// The last picture, or when one began to wait for the first; `None` until the new time is known.
    last: Option<WallTime>,
    /// Nobody wants pictures.
    rests: bool,
    pace: Pace,
    told: BTreeMap<Ailment, State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Present,
    /// Not seen since then, but perhaps not over.
    Paused {
        since: WallTime,
    },
}

impl Health {
    /// The health of a camera from which pictures are awaited from `now` on.
    #[must_use]
    pub fn new(plan: Plan, now: WallTime) -> Self {
        Self { plan, last: Some(now), rests: false, pace: Pace::default(), told: BTreeMap::new() }
    }

    /// Takes one input and says what has begun and ended by it.
    pub fn step(&mut self, input: Input) -> Vec<Change> {
        let mut changes = Vec::new();
        match input {
            Input::Picture(at) => {
                self.wake(at);
                self.wait(at, &mut changes);
                self.last = Some(at);
                if self.told.remove(&Ailment::NoPictures).is_some() {
                    changes.push(Change::Ends(Ailment::NoPictures, at));
                    self.pace.pause();
                }
                self.pace.picture(at);
                self.see(Ailment::Slow, self.pace.is_slow(), at, &mut changes);
            }
            Input::Looks(found, at) => {
                self.wait(at, &mut changes);
                if !self.rests && !self.told.contains_key(&Ailment::NoPictures) {
                    for ailment in Ailment::ALL {
                        if !matches!(ailment, Ailment::NoPictures | Ailment::Slow) {
                            self.see(ailment, found.contains(&ailment), at, &mut changes);
                        }
                    }
                }
            }
            Input::Lost { at } => {
                self.wake(at);
                self.wait(at, &mut changes);
                self.pace.pause();
            }
            Input::Tick(now) => self.wait(now, &mut changes),
            Input::NewTime(last) => {
                self.end_all(last, &mut changes);
                self.last = None;
                self.pace.pause();
            }
            Input::Rests(at) => {
                self.end_all(at, &mut changes);
                self.rests = true;
                self.pace.pause();
            }
        }
        changes
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        if self.rests {
            return None;
        }
        let Some(last) = self.last else { return Some(WallTime::MIN) };
        if self.told.contains_key(&Ailment::NoPictures) {
            return None;
        }
        let silence = last + self.plan.no_pictures_after;
        let pauses = self.told.values().filter_map(|state| match state {
            State::Present => None,
            State::Paused { since } => Some(*since + PAUSE),
        });
        pauses.chain([silence]).min()
    }

    /// What is wrong now.
    #[must_use]
    pub fn current(&self) -> BTreeSet<Ailment> {
        self.told.keys().copied().collect()
    }

    /// Pictures are wanted again, if they were not: from now on they are missed.
    fn wake(&mut self, now: WallTime) {
        if std::mem::take(&mut self.rests) {
            self.last = Some(now);
        }
    }

    /// Time passes: what paused for long is over, and pictures may have failed to come.
    fn wait(&mut self, now: WallTime, changes: &mut Vec<Change>) {
        if self.rests {
            return;
        }
        self.told.retain(|&ailment, state| match *state {
            State::Paused { since } if now.since_or_zero(since) >= PAUSE => {
                changes.push(Change::Ends(ailment, since));
                false
            }
            _ => true,
        });
        let last = *self.last.get_or_insert(now);
        let silent = now.since_or_zero(last) >= self.plan.no_pictures_after;
        if silent && !self.told.contains_key(&Ailment::NoPictures) {
            // Late ticks do not make it begin later.
            let at = last + self.plan.no_pictures_after;
            self.end_all(at, changes);
            if self.plan.kinds.contains(&Ailment::NoPictures) {
                self.told.insert(Ailment::NoPictures, State::Present);
                changes.push(Change::Begins(Ailment::NoPictures, at));
            } else {
                self.last = Some(now);
            }
            self.pace.pause();
        }
    }

    fn see(&mut self, ailment: Ailment, present: bool, at: WallTime, changes: &mut Vec<Change>) {
        if !self.plan.kinds.contains(&ailment) {
            return;
        }
        match (self.told.get_mut(&ailment), present) {
            (None, true) => {
                self.told.insert(ailment, State::Present);
                changes.push(Change::Begins(ailment, at));
            }
            (Some(state), true) => *state = State::Present,
            (Some(state @ State::Present), false) => *state = State::Paused { since: at },
            (None | Some(State::Paused { .. }), false) => {}
        }
    }

    fn end_all(&mut self, at: WallTime, changes: &mut Vec<Change>) {
        for (ailment, state) in std::mem::take(&mut self.told) {
            let end = match state {
                State::Present => at,
                State::Paused { since } => since,
            };
            changes.push(Change::Ends(ailment, end));
        }
    }
}

#[cfg(test)]
mod tests;
