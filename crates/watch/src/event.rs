//! When an event begins, how long it goes on, and why it ends.

use std::time::Duration;

use watchpost_model::{CameraId, Ended, Event, EventId, Trigger, WallTime};

/// How a camera's triggers become events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Footage kept from before the first trigger.
    pub pre_roll: Duration,
    /// How long after the last trigger an event ends.
    pub post_roll: Duration,
    /// How long after its first trigger an event is cut. Triggers that go on begin the next one.
    pub max_event: Duration,
}

/// What can happen to a [`Watch`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// Something was noticed.
    Trigger(Trigger, WallTime),
    /// Time passed; due whenever [`Watch::wake_at`] says so.
    Tick(WallTime),
    /// Monitoring was switched off.
    Stop(WallTime),
    /// From here on times are not comparable with those before: the clock was set, or the program
    /// ends. The moment is the last one of the old time.
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
}

#[derive(Debug)]
enum State {
    /// Footage before `after` belongs to an event already, and is not told twice.
    Idle { after: WallTime },
    Active {
        event: Event,
        /// When it ends if nothing more is noticed.
        until: WallTime,
    },
}

impl Watch {
    /// A watch over `camera` that has seen nothing yet.
    #[must_use]
    pub fn new(camera: CameraId, plan: Plan) -> Self {
        Self { camera, plan, state: State::Idle { after: WallTime::MIN } }
    }

    /// Takes one input and says what to do about it.
    pub fn step(&mut self, input: Input) -> Option<Command> {
        match (&mut self.state, input) {
            // What is told already begins nothing: triggers may come late, by the picture's time, while
            // ticks come by the clock.
            (State::Idle { after }, Input::Trigger(_, at)) if at < *after => None,
            (State::Idle { after }, Input::Trigger(trigger, at)) => {
                let start = (*after).max(at - self.plan.pre_roll).min(at);
                let event = self.begin(trigger, start, at);
                let until = at + self.plan.post_roll.min(self.plan.max_event);
                self.state = State::Active { event: event.clone(), until };
                Some(Command::Begin(event))
            }
            (State::Active { event, until }, Input::Trigger(trigger, at)) => {
                let cut = event.triggered + self.plan.max_event;
                if at >= cut {
                    return self.end(cut, Ended::Cut);
                }
                event.triggers.insert(trigger);
                *until = (*until).max(at + self.plan.post_roll).min(cut);
                None
            }
            (State::Active { event, until }, Input::Tick(now)) if now >= *until => {
                let cut = event.triggered + self.plan.max_event;
                let reason = if *until >= cut { Ended::Cut } else { Ended::Quiet };
                let until = *until;
                self.end(until, reason)
            }
            (State::Active { until, .. }, Input::Stop(at)) => {
                let end = at.min(*until);
                self.end(end, Ended::Stopped)
            }
            (State::Active { until, .. }, Input::Break(last)) => {
                let end = last.min(*until);
                let command = self.end(end, Ended::Interrupted);
                self.state = State::Idle { after: WallTime::MIN };
                command
            }
            (State::Idle { after }, Input::Break(_)) => {
                *after = WallTime::MIN;
                None
            }
            (_, Input::Tick(_)) | (State::Idle { .. }, Input::Stop(_)) => None,
        }
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        match &self.state {
            State::Idle { .. } => None,
            State::Active { until, .. } => Some(*until),
        }
    }

    /// The event that goes on, if one does.
    #[must_use]
    pub fn current(&self) -> Option<&Event> {
        match &self.state {
            State::Idle { .. } => None,
            State::Active { event, .. } => Some(event),
        }
    }

    fn begin(&self, trigger: Trigger, start: WallTime, triggered: WallTime) -> Event {
        Event {
            id: EventId::new(&self.camera, triggered),
            camera: self.camera.clone(),
            start,
            triggered,
            end: None,
            triggers: [trigger].into(),
            kept: false,
        }
    }

    /// Ends the event that goes on. It never ends before its first trigger.
    fn end(&mut self, at: WallTime, reason: Ended) -> Option<Command> {
        let idle = State::Idle { after: at };
        match std::mem::replace(&mut self.state, idle) {
            State::Active { event, .. } => {
                let end = Some((at.max(event.triggered), reason));
                Some(Command::End(Event { end, ..event }))
            }
            State::Idle { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
