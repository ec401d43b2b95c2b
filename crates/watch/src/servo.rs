//! Where a servo stands while it moves.

use std::time::Duration;

use watchpost_model::WallTime;

/// A servo is told where to stand fifty times a second: no more is of any use to it.
const STEP: Duration = Duration::from_millis(20);

/// Degrees.
const FARTHEST: f32 = 180.0;

/// Moves a servo at its speed.
///
/// It is told nothing before it is aimed for the first time, so that nothing moves at the start of the
/// program. A clock that is set back holds it up for a step at most, if it is asked for its angle.
#[derive(Clone, Debug)]
pub struct Servo {
    /// Degrees in a second.
    speed: f32,
    /// Where it stands, as of `moved`.
    at: Option<f32>,
    moved: WallTime,
    target: Option<f32>,
    /// Whether it was ever aimed.
    aimed: bool,
    due: Option<WallTime>,
}

impl Servo {
    /// A servo of `speed` degrees in a second, at least 1, that stands at `angle`, if that is known.
    /// While it is not, the first move is as fast as the servo itself.
    #[must_use]
    pub fn new(speed: f32, angle: Option<f32>) -> Self {
        let at = angle.and_then(within_reach);
        let speed = speed.max(1.0);
        Self { speed, at, moved: WallTime::MIN, target: at, aimed: false, due: None }
    }

    /// Has it move to `angle`, 0 to 180 degrees, from where it is now. What lies outside is moved into
    /// these; what is not a number is left out.
    pub fn aim(&mut self, angle: f32, now: WallTime) {
        let Some(angle) = within_reach(angle) else { return };
        self.advance(now);
        self.target = Some(angle);
        self.at = self.at.or(self.target);
        self.due = if self.aimed { self.next(now) } else { Some(now) };
        self.aimed = true;
    }

    /// Where it is to stand at `now`; `None` while it was never told to move.
    pub fn angle(&mut self, now: WallTime) -> Option<f32> {
        if !self.aimed {
            return None;
        }
        self.advance(now);
        self.due = self.due.filter(|due| *due > now);
        self.due = self.next(now);
        self.at
    }

    /// Where it goes, or stands.
    #[must_use]
    pub fn target(&self) -> Option<f32> {
        self.target
    }

    /// When [`Servo::angle`] gives something new, if it will: 20 ms apart, a servo's own rhythm.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        self.due
    }

    /// When it stands elsewhere. What was due stays due: whoever aims or asks again and again must not put
    /// it off for ever.
    fn next(&self, now: WallTime) -> Option<WallTime> {
        let soonest = now + STEP;
        let moves = self.at != self.target;
        moves.then(|| self.due.map_or(soonest, |due| due.min(soonest)))
    }

    /// Time has passed since it moved last; none if the clock was set back.
    fn advance(&mut self, now: WallTime) {
        let passed = now.since_or_zero(self.moved);
        self.moved = now;
        if let (Some(at), Some(target)) = (self.at, self.target) {
            let reach = self.speed * passed.as_secs_f32();
            let way = target - at;
            // Exactly there in the end, or it would move for ever.
            let there = way.abs() <= reach;
            self.at = Some(if there { target } else { at + reach.copysign(way) });
        }
    }
}

fn within_reach(angle: f32) -> Option<f32> {
    (!angle.is_nan()).then(|| angle.clamp(0.0, FARTHEST))
}

#[cfg(test)]
mod tests;
