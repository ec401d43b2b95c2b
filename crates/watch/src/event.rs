//! When an event begins, how long it goes on, and why it ends.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use watchpost_model::config::Clip;
use watchpost_model::{CameraId, DeviceId, Ended, Event, EventId, Trigger, WallTime};

/// How a camera's triggers become events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Footage kept from before the first trigger.
    pub pre_roll: Duration,
    /// How long after the last trigger an event ends. Means nothing to clips.
    pub post_roll: Duration,
    /// How long after its first trigger an event is cut. Triggers that go on begin the next one.
    pub max_event: Duration,
    /// Makes each event a clip of a fixed length from its trigger on, which further triggers do
    /// not prolong. After a clip of motion, motion begins no event for `cooldown`.
    pub clip: Option<Clip>,
}

/// What can happen to a [`Watch`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// Something was noticed.
    Trigger(Trigger, WallTime),
    /// Someone wants a recording from `at` on. It joins the event that goes on or begins one; it is
    /// cut at `max_event` like any other, and goes on as the next event. Of two wishes the
    /// newer counts.
    Hold {
        /// When it was asked for.
        at: WallTime,
        /// When it ends by itself; `None` is never.
        until: Option<WallTime>,
    },
    /// The recording that someone wanted is wanted no longer.
    Release(WallTime),
    /// Time passed; due whenever [`Watch::wake_at`] says so.
    Tick(WallTime),
    /// Monitoring was switched off. What someone wants recorded goes on.
    Stop(WallTime),
    /// From here on times are not comparable with those before: the clock was set, or the program
    /// ends. The moment is the last one of the old time. A recording that is still wanted must be
    /// asked for anew, in the new time.
    Break(WallTime),
}

/// What a [`Watch`] wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Record from the event's start on, and tell of it.
    Begin(Event),
    /// Record up to the event's end, and tell of it.
    End(Event),
}

/// Decides when one camera's events begin and end. Knows no camera, no disk and no clock.
#[derive(Debug)]
pub struct Watch {
    camera: CameraId,
    plan: Plan,
    state: State,
    /// What someone wants recorded.
    hold: Option<Hold>,
    /// Before this, motion begins no event.
    cool: WallTime,
    /// When the last event was triggered.
    last: Option<WallTime>,
}

#[derive(Debug)]
enum State {
    Idle {
        /// Footage before this belongs to an event already, and is not told twice.
        after: WallTime,
        /// An event that begins with the next tick or trigger: one step gives one command.
        next: Option<Next>,
    },
    Active(Active),
}

#[derive(Debug)]
struct Next {
    /// Its first trigger.
    at: WallTime,
    /// What it begins with, by time; at least one.
    triggers: Vec<(Trigger, WallTime)>,
    /// The sensors among these.
    sensors: BTreeSet<DeviceId>,
}

#[derive(Debug)]
struct Active {
    event: Event,
    /// When it ends if nothing more is noticed and nobody wants it to go on.
    until: WallTime,
    /// What its clip began with, if it has one.
    clip: Option<Trigger>,
}

#[derive(Clone, Copy, Debug)]
struct Hold {
    until: Option<WallTime>,
}

impl Watch {
    /// A watch over `camera` that has seen nothing yet.
    #[must_use]
    pub fn new(camera: CameraId, plan: Plan) -> Self {
        let state = State::Idle { after: WallTime::MIN, next: None };
        Self { camera, plan, state, hold: None, cool: WallTime::MIN, last: None }
    }

    /// Takes one input and says what to do about it.
    pub fn step(&mut self, input: Input) -> Option<Command> {
        match input {
            Input::Trigger(trigger, at) => self.trigger(trigger, at),
            Input::Hold { at, until } if until.is_none_or(|until| until > at) => {
                self.hold(at, Hold { until })
            }
            Input::Hold { .. } => None,
            Input::Release(at) => self.release(at),
            Input::Tick(now) => self.tick(now),
            Input::Stop(at) => self.stop(at),
            Input::Break(last) => self.forget(last),
        }
    }

    /// When the next [`Input::Tick`] is due, if one is. May have passed already: then at once.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        match &self.state {
            State::Idle { next, .. } => next.as_ref().map(|next| next.at),
            State::Active(active) => Some(active.due(self.plan, self.hold).0),
        }
    }

    /// The event that goes on, if one does.
    #[must_use]
    pub fn current(&self) -> Option<&Event> {
        match &self.state {
            State::Idle { .. } => None,
            State::Active(active) => Some(&active.event),
        }
    }

    /// Has the event that goes on, or is about to begin, know which sensor fired; `false` if there is
    /// none, or it knew.
    pub fn name_sensor(&mut self, sensor: &DeviceId) -> bool {
        match &mut self.state {
            State::Idle { next: None, .. } => false,
            State::Idle { next: Some(next), .. } => next.sensors.insert(sensor.clone()),
            State::Active(active) => active.event.sensors.insert(sensor.clone()),
        }
    }

    fn trigger(&mut self, trigger: Trigger, at: WallTime) -> Option<Command> {
        match &mut self.state {
            State::Idle { .. } => {
                self.await_trigger(trigger, at);
                self.begin()
            }
            State::Active(active) => {
                let (due, reason) = active.due(self.plan, self.hold);
                let cut = active.event.triggered + self.plan.max_event;
                // If the tick is late, what is noticed meanwhile still leaves no hole.
                if at < due || (at < cut && self.plan.clip.is_none()) {
                    active.take_in(trigger, at, self.plan, self.cool);
                    return None;
                }
                let command = self.end(due, reason);
                self.await_trigger(trigger, at);
                command
            }
        }
    }

    fn hold(&mut self, at: WallTime, hold: Hold) -> Option<Command> {
        let overdue = self.tick_if_overdue(at);
        self.hold = Some(hold);
        if overdue.is_some() {
            self.await_trigger(Trigger::Manual, at);
            return overdue;
        }
        self.trigger(Trigger::Manual, at)
    }

    fn release(&mut self, at: WallTime) -> Option<Command> {
        self.hold?;
        let overdue = self.tick_if_overdue(at);
        self.hold = None;
        match &mut self.state {
            State::Idle { next, .. } => {
                if let Some(Next { triggers, sensors, .. }) = next.take() {
                    let others =
                        triggers.into_iter().filter(|(trigger, _)| *trigger != Trigger::Manual);
                    *next = Next::of(others, sensors);
                }
                overdue
            }
            State::Active(active) if active.until <= at => self.end(at, Ended::Stopped),
            State::Active(_) => None,
        }
    }

    fn tick(&mut self, now: WallTime) -> Option<Command> {
        match &self.state {
            State::Idle { next: Some(next), .. } if now >= next.at => self.begin(),
            State::Idle { .. } => None,
            State::Active(_) => self.tick_if_overdue(now),
        }
    }

    fn stop(&mut self, at: WallTime) -> Option<Command> {
        let mut command = self.tick_if_overdue(at);
        let held = self.hold.is_some_and(|hold| hold.end() > at);
        match &mut self.state {
            State::Idle { next, .. } => {
                next.take_if(|_| !held);
            }
            State::Active(active) if held => {
                active.until = active.until.min(at);
                active.clip = None;
            }
            State::Active(_) => command = self.end(at, Ended::Stopped),
        }
        self.cool = WallTime::MIN;
        command
    }

    fn forget(&mut self, last: WallTime) -> Option<Command> {
        let command = match &self.state {
            State::Idle { .. } => None,
            State::Active(active) => {
                let (due, _) = active.due(self.plan, self.hold);
                self.end(due.min(last), Ended::Interrupted)
            }
        };
        *self = Self::new(self.camera.clone(), self.plan);
        command
    }

    /// Has an event begin with the next step because of this trigger, if it can begin one.
    fn await_trigger(&mut self, trigger: Trigger, at: WallTime) {
        let State::Idle { after, next } = &mut self.state else { return };
        // What is told already begins nothing: triggers may come late, by the picture's time,
        // while ticks come by the clock. What is told only once begins an event all the same.
        if trigger == Trigger::Motion && at < (*after).max(self.cool) {
            return;
        }
        let waiting = next.take().map(|next| (next.triggers, next.sensors));
        let (waiting, sensors) = waiting.unwrap_or_default();
        *next = Next::of(waiting.into_iter().chain([(trigger, at.max(*after))]), sensors);
    }

    /// Begins the event that is to begin, if there is one.
    fn begin(&mut self) -> Option<Command> {
        let State::Idle { after, next } = &mut self.state else { return None };
        let next = next.take()?;
        let triggered = self.last.map_or(next.at, |last| next.at.max(a_name_later(last)));
        let event = Event {
            id: EventId::new(&self.camera, triggered),
            camera: self.camera.clone(),
            start: (*after).max(next.at - self.plan.pre_roll).min(triggered),
            triggered,
            end: None,
            triggers: BTreeSet::new(),
            sensors: next.sensors,
            kept: false,
        };
        let mut active = Active { event, until: triggered, clip: None };
        for (trigger, at) in next.triggers {
            active.take_in(trigger, at, self.plan, self.cool);
        }
        let event = active.event.clone();
        self.last = Some(triggered);
        self.state = State::Active(active);
        Some(Command::Begin(event))
    }

    fn tick_if_overdue(&mut self, now: WallTime) -> Option<Command> {
        let State::Active(active) = &self.state else { return None };
        let (due, reason) = active.due(self.plan, self.hold);
        if now < due { None } else { self.end(due, reason) }
    }

    /// Ends the event that goes on. It never ends before its first trigger.
    fn end(&mut self, at: WallTime, reason: Ended) -> Option<Command> {
        let idle = State::Idle { after: at, next: None };
        let State::Active(active) = mem::replace(&mut self.state, idle) else { return None };
        let end = at.max(active.event.triggered);
        if let (Some(Trigger::Motion), Some(clip)) = (active.clip, self.plan.clip) {
            self.cool = end + clip.cooldown;
        }
        self.hold = self.hold.filter(|hold| hold.end() > end);
        let next = Next::of(self.hold.map(|_| (Trigger::Manual, end)), BTreeSet::new());
        self.state = State::Idle { after: end, next };
        Some(Command::End(Event { end: Some((end, reason)), ..active.event }))
    }
}

impl Next {
    /// An event that begins with these, or none if there are none.
    fn of(
        triggers: impl IntoIterator<Item = (Trigger, WallTime)>,
        sensors: BTreeSet<DeviceId>,
    ) -> Option<Self> {
        let mut triggers: Vec<_> = triggers.into_iter().collect();
        triggers.sort_by_key(|(_, at)| *at);
        let (_, at) = *triggers.first()?;
        Some(Self { at, triggers, sensors })
    }
}

impl Active {
    /// When it ends as things stand, and why.
    fn due(&self, plan: Plan, hold: Option<Hold>) -> (WallTime, Ended) {
        let cut = self.event.triggered + plan.max_event;
        let wanted = hold.map_or(self.until, |hold| self.until.max(hold.end()));
        if wanted > cut { (cut, Ended::Cut) } else { (wanted, Ended::Quiet) }
    }

    /// Takes in a trigger. What someone wants is no matter of `until`.
    fn take_in(&mut self, trigger: Trigger, at: WallTime, plan: Plan, cool: WallTime) {
        self.event.triggers.insert(trigger);
        match (trigger, plan.clip) {
            (Trigger::Manual, _) => {}
            (_, None) => self.until = self.until.max(at + plan.post_roll),
            (Trigger::Motion, Some(_)) if at < cool => {}
            (_, Some(clip)) if self.clip.is_none() => {
                self.clip = Some(trigger);
                self.until = self.until.max(at + clip.length);
            }
            (_, Some(_)) => {}
        }
    }
}

impl Hold {
    fn end(self) -> WallTime {
        self.until.unwrap_or(WallTime::MAX)
    }
}

/// The first moment whose event has another name than that of `moment`: names count milliseconds.
fn a_name_later(moment: WallTime) -> WallTime {
    const MILLI: i64 = 1_000;
    let micros = moment.as_micros();
    WallTime::from_micros(micros.saturating_sub(micros.rem_euclid(MILLI)).saturating_add(MILLI))
}

#[cfg(test)]
mod tests;
