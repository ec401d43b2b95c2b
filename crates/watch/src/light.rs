//! When an infrared light is to be on.

mod hours; // when the hours of a day begin and end
mod dusk; //  whether the room is dark

use jiff::tz::TimeZone;
use watchpost_model::config::LightWhen;
use watchpost_model::{Fraction, WallTime};

use dusk::Dusk;

/// What can happen to a [`Light`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// Monitoring is on, or not.
    Armed(bool),
    /// The room is this bright.
    Brightness(Fraction),
    /// Somebody wants it on or off, until then or for good; `None`: as planned again.
    ByHand(Option<bool>, Option<WallTime>),
    /// Time passed; due whenever [`Light::wake_at`] says so.
    Tick,
}

/// Decides whether a light is on.
///
/// Monitoring counts as off, and the room as bright, until something else is told. What somebody wants
/// counts before the plan. When the clock is set back, what somebody wants ends as much earlier.
#[derive(Clone, Debug)]
pub struct Light {
    when: LightWhen,
    zone: TimeZone,
    armed: bool,
    dusk: Dusk,
    wish: Option<Wish>,
    /// Whether it is on, and when that was last decided; `None` at first, when it is off.
    decided: Option<(bool, WallTime)>,
    /// When the hours begin or end next.
    turn: Option<WallTime>,
}

/// What somebody wants.
#[derive(Clone, Copy, Debug)]
struct Wish {
    on: bool,
    until: Option<WallTime>,
}

impl Light {
    /// A light that follows `when` by the clock of `zone`.
    #[must_use]
    pub fn new(when: LightWhen, zone: TimeZone) -> Self {
        let limit = match when {
            LightWhen::Dark(limit) => limit,
            _ => Fraction::NONE,
        };
        let dusk = Dusk::new(limit);
        Self { when, zone, armed: false, dusk, wish: None, decided: None, turn: None }
    }

    /// Takes one input at the moment `now`, and gives whether it is to be on from now on.
    pub fn step(&mut self, input: Input, now: WallTime) -> bool {
        self.set_back(now);
        match input {
            Input::Armed(armed) => self.armed = armed,
            Input::Brightness(brightness) => self.dusk.measured(brightness),
            Input::ByHand(on, until) => self.wish = on.map(|on| Wish { on, until }),
            Input::Tick => {}
        }
        self.wish = self.wish.filter(|wish| wish.until.is_none_or(|until| until > now));
        let planned = self.planned(now);
        let on = self.wish.map_or(planned, |wish| wish.on);
        let was = self.decided.is_some_and(|(was, _)| was);
        if on != was {
            self.dusk.switched(now);
        }
        self.decided = Some((on, now));
        on
    }

    /// What somebody wants of it, if anything: on or off.
    #[must_use]
    pub fn by_hand(&self) -> Option<bool> {
        self.wish.map(|wish| wish.on)
    }

    /// Until when somebody wants that, if not for good.
    #[must_use]
    pub fn until(&self) -> Option<WallTime> {
        self.wish.and_then(|wish| wish.until)
    }

    /// When the next [`Input::Tick`] is due, if one is. At once as long as nothing was decided.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        if self.decided.is_none() {
            return Some(WallTime::MIN);
        }
        let until = self.wish.and_then(|wish| wish.until);
        let judged = match self.when {
            LightWhen::Dark(_) => self.dusk.wake_at(),
            _ => None,
        };
        [until, judged, self.turn].into_iter().flatten().min()
    }

    fn planned(&mut self, now: WallTime) -> bool {
        match self.when {
            LightWhen::Always => true,
            LightWhen::Armed => self.armed,
            LightWhen::Dark(_) => self.dusk.judge(now),
            LightWhen::Hours { from, to } => {
                let (within, turn) = hours::at(now, (from, to), &self.zone);
                self.turn = turn;
                within
            }
            LightWhen::ByHand => false,
        }
    }

    fn set_back(&mut self, now: WallTime) {
        let Some(by) = self.decided.and_then(|(_, last)| last.since(now)) else { return };
        if let Some(Wish { until: Some(until), .. }) = &mut self.wish {
            *until = *until - by;
        }
        self.dusk.set_back(now);
    }
}

#[cfg(test)]
mod tests;
