//! When an output is on.

use std::time::Duration;

use watchpost_model::WallTime;

/// What can happen to an [`Output`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// The sensor that it follows says yes, or does not, or nobody knows.
    Followed(Option<bool>),
    /// Somebody wants it on or off.
    ByHand(bool),
    /// Time passed; due whenever [`Output::wake_at`] says so.
    Tick,
}

/// Decides whether an output is on.
///
/// It is on while the sensor that it follows says yes; who switches it by hand counts until the sensor says
/// something else. Nobody knowing is a no. Once it was on for as long as it may, it stays off until
/// the sensor has said no and yes again, or somebody switches it on. When the clock is set back it is on
/// no longer for that.
#[derive(Clone, Debug)]
pub struct Output {
    max_on: Option<Duration>,
    followed: bool,
    /// What somebody wants, until the sensor says something else.
    wish: Option<bool>,
    /// It was on for as long as it may.
    spent: bool,
    /// Since when it is on, if it is.
    on: Option<WallTime>,
    /// The last moment that was told.
    last: WallTime,
}

impl Output {
    /// An output that is off, and goes off by itself after `max_on`.
    #[must_use]
    pub fn new(max_on: Option<Duration>) -> Self {
        let last = WallTime::MIN;
        Self { max_on, followed: false, wish: None, spent: false, on: None, last }
    }

    /// Takes one input at the moment `now`, and gives whether it is to be on from now on.
    pub fn step(&mut self, input: Input, now: WallTime) -> bool {
        let back = self.last.since_or_zero(now);
        self.last = now;
        self.on = self.on.map(|since| since - back);
        if self.wake_at().is_some_and(|due| due <= now) {
            (self.spent, self.wish, self.on) = (true, None, None);
        }
        match input {
            Input::Followed(says) => {
                let says = says == Some(true);
                if says != self.followed {
                    (self.followed, self.wish, self.spent) = (says, None, false);
                }
            }
            Input::ByHand(on) => (self.wish, self.spent) = (Some(on), false),
            Input::Tick => {}
        }
        let on = !self.spent && self.wish.unwrap_or(self.followed);
        self.on = on.then(|| self.on.unwrap_or(now));
        on
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        self.on.zip(self.max_on).map(|(since, most)| since + most)
    }
}

#[cfg(test)]
mod tests;
