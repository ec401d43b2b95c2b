//! Whether a sensor says yes, when it fires, and whether it is still heard.

mod judge; //    what of its readings is a yes
mod baseline; // which levels are unusual

use std::time::Duration;

use watchpost_model::config::{Require, Sensor as Settings, SensorKind, Threshold};
use watchpost_model::{Reading, Senses, WallTime};

use judge::Judge;

/// From one [`Told::Goes`] to the next.
const PACE: Duration = Duration::from_secs(1);

/// What a sensor is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What its yes means.
    pub senses: Senses,
    /// What of its readings is a yes.
    pub yes: Yes,
    /// After it fired it does not fire anew for this long.
    pub cooldown: Duration,
    /// It is silent if nothing was heard of it for this long.
    pub heartbeat: Option<Duration>,
}

/// What of a sensor's readings is a yes.
#[derive(Clone, Debug, PartialEq)]
pub enum Yes {
    /// Its own.
    Own,
    /// That of a PIR, of a distance, or of both.
    Near {
        /// Nearer than this, in millimetres.
        within: Option<u32>,
        /// Which of both.
        require: Require,
    },
    /// Enough of the last levels are high.
    Samples {
        /// From where on a level counts.
        threshold: Threshold,
        /// How many.
        hits: u8,
        /// Of how many.
        samples: u8,
    },
}

impl Plan {
    /// The plan of a sensor as its owner set it.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let yes = match &settings.kind {
            SensorKind::Serial(board) => Yes::Near { within: board.within, require: board.require },
            SensorKind::Sim(played) => Yes::Near { within: played.within, require: played.require },
            SensorKind::Mcp3008(analogue) => Yes::Samples {
                threshold: analogue.threshold,
                hits: analogue.hits,
                samples: analogue.samples,
            },
            SensorKind::Gpio(_) | SensorKind::Mqtt(_) => Yes::Own,
        };
        let Settings { senses, cooldown, heartbeat, .. } = settings;
        Self { senses: *senses, yes, cooldown: *cooldown, heartbeat: *heartbeat }
    }
}

/// What can happen to a [`Sensor`].
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// It told something.
    Reading(Reading, WallTime),
    /// It cannot be reached any more: from now on nothing is known.
    Lost(WallTime),
    /// Time passed; due whenever [`Sensor::wake_at`] says so.
    Tick(WallTime),
}

/// What a [`Sensor`] has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It fired.
    Fired,
    /// It still says yes, a second after this was told last; only where [`Senses::lasts`].
    Goes,
    /// It does not say yes any more.
    Cleared,
    /// It has been silent for longer than its heartbeat.
    Silent,
    /// It is heard again after it was silent or lost.
    Heard,
}

/// How a sensor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State {
    /// Whether it says yes; `None` while nobody knows.
    pub active: Option<bool>,
    /// Since when it is so.
    pub since: Option<WallTime>,
    /// When it was heard last.
    pub seen: Option<WallTime>,
    /// All that it told last.
    pub reading: Reading,
    /// Whether it is silent or lost.
    pub silent: bool,
}

/// One sensor.
///
/// It fires when it begins to say yes. What it says after nobody knew, at the start or after it was silent
/// or lost, fires as well, with two exceptions, for they are no news: a door that was open when it was
/// first heard of, and a yes that was known before the silence and does not last, such as that of a
/// button that was pressed all the time.
///
/// A yes that begins within the cooldown is shown, and cleared, but neither fires nor goes on: it stays
/// quiet to its end, even where that is long after the cooldown.
///
/// Who only measures never says yes: it stays unknown whether it does.
///
/// A tick may come early: it does no harm, and where the clock was set back it puts right what would
/// else wait for the old time. A moment that lies in the future was now.
#[derive(Clone, Debug)]
pub struct Sensor {
    plan: Plan,
    judge: Judge,
    state: State,
    /// When it was heard last, or when one began to wait for it.
    heard: WallTime,
    /// When it fired last.
    fired: Option<WallTime>,
    /// When its present yes was told last, if it fired.
    told: Option<WallTime>,
    /// What it said before nobody knew any more.
    before: Option<bool>,
}

impl Sensor {
    /// A sensor of which nothing was heard; its heartbeat is expected from `now` on.
    #[must_use]
    pub fn new(plan: Plan, now: WallTime) -> Self {
        let judge = Judge::new(plan.yes.clone());
        let state = State::default();
        Self { plan, judge, state, heard: now, fired: None, told: None, before: None }
    }

    /// Takes one input and gives what is to be told, in order.
    pub fn step(&mut self, input: Input) -> Vec<Told> {
        let mut told = Vec::new();
        let (Input::Reading(_, now) | Input::Lost(now) | Input::Tick(now)) = input;
        self.set_back(now);
        if self.judge.let_pass(now, &mut self.state.reading) {
            self.stand(now, &mut told);
        }
        match input {
            Input::Reading(reading, _) => {
                if std::mem::take(&mut self.state.silent) {
                    told.push(Told::Heard);
                }
                self.heard = now;
                self.state.seen = Some(now);
                self.state.reading = self.state.reading.then(reading);
                self.judge.hear(reading, now);
                self.stand(now, &mut told);
            }
            Input::Lost(_) => self.silence(now, &mut told),
            Input::Tick(_) => {
                if self.silent_at().is_some_and(|due| due <= now) {
                    self.silence(now, &mut told);
                }
            }
        }
        if self.goes_at().is_some_and(|due| due <= now) {
            self.told = Some(now);
            told.push(Told::Goes);
        }
        told
    }

    /// When the next [`Input::Tick`] is due, if one is.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        let all = [self.silent_at(), self.goes_at(), self.judge.wake_at()];
        all.into_iter().flatten().min()
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes over what the judge makes of all it knows.
    fn stand(&mut self, now: WallTime, told: &mut Vec<Told>) {
        let active = match self.plan.senses {
            Senses::Measure => None,
            _ => self.judge.verdict(),
        };
        let was = self.state.active;
        if active == was {
            return;
        }
        self.state.active = active;
        self.state.since = Some(now);
        if was == Some(true) {
            self.told = None;
            told.push(Told::Cleared);
        }
        if was.is_some() {
            self.before = was;
        }
        if active == Some(true) && self.is_news(was) && !self.is_cool(now) {
            self.fired = Some(now);
            self.told = Some(now);
            told.push(Told::Fired);
        }
    }

    /// Whether it is news that it says yes, after `was`.
    fn is_news(&self, was: Option<bool>) -> bool {
        let senses = self.plan.senses;
        match was.or(self.before) {
            Some(true) => senses.lasts(),
            Some(false) => true,
            None => senses != Senses::Opening,
        }
    }

    fn is_cool(&self, now: WallTime) -> bool {
        self.fired.is_some_and(|fired| now.since_or_zero(fired) < self.plan.cooldown)
    }

    /// From now on nothing is known of it.
    fn silence(&mut self, now: WallTime, told: &mut Vec<Told>) {
        // What was of the moment is over, and no longer known: the next one is news.
        let passing = self.judge.forget();
        self.stand(now, told);
        if passing {
            self.before = Some(false);
        }
        if !std::mem::replace(&mut self.state.silent, true) {
            told.push(Told::Silent);
        }
    }

    /// The clock was set back, or two told of their moments out of order: no moment is in the future.
    fn set_back(&mut self, now: WallTime) {
        self.heard = self.heard.min(now);
        for moment in [&mut self.fired, &mut self.told] {
            *moment = moment.map(|moment| moment.min(now));
        }
        self.judge.set_back(now);
    }

    fn silent_at(&self) -> Option<WallTime> {
        self.plan.heartbeat.filter(|_| !self.state.silent).map(|beat| self.heard + beat)
    }

    fn goes_at(&self) -> Option<WallTime> {
        self.told.filter(|_| self.plan.senses.lasts()).map(|told| told + PACE)
    }
}

#[cfg(test)]
mod tests;
