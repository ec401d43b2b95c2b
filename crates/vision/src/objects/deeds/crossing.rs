//! Whether an object crosses a line.

use watchpost_model::{Line, Side};

use super::super::tracker::SHAPE;
use super::Foot;

/// Who crosses must come so far from the line, on both sides, as a share of the object's longer side.
/// Who stands on it does not cross it at each look.
const CLEAR: f32 = 0.08;

/// What is known of one object and one line.
#[derive(Clone, Debug, Default)]
pub(super) struct Crossing {
    /// Where it was last.
    before: Option<Foot>,
    /// On which side it was plainly, the last time that it was.
    side: Option<Side>,
    /// Whether it has since passed between the line's ends an odd number of times. Who goes around an
    /// end comes to the other side, but does not cross.
    passed: bool,
}

/// A foot as seen from a line.
struct Seen {
    /// How far to the left of the endless line that goes through it, in heights of the picture.
    left: f32,
    /// How far along it: 0 at its beginning, 1 at its end.
    along: f32,
}

impl Crossing {
    /// The object is seen at `foot`: to which side it has crossed the line, if it has now.
    pub(super) fn step(&mut self, foot: Foot, line: &Line) -> Option<Side> {
        let now = see(foot, line)?;
        if let Some(before) = self.before.replace(foot).and_then(|before| see(before, line))
            && (before.left < 0.0) != (now.left < 0.0)
        {
            let share = before.left / (before.left - now.left);
            let along = before.along + share * (now.along - before.along);
            self.passed ^= (0.0..=1.0).contains(&along);
        }
        if now.left.abs() < CLEAR * foot.length {
            return None;
        }
        let side = if now.left > 0.0 { Side::Left } else { Side::Right };
        let crossed = self.side.replace(side).is_some_and(|before| before != side);
        let passed = std::mem::take(&mut self.passed);
        (crossed && passed).then_some(side)
    }
}

/// `None` if the line has no length.
fn see(foot: Foot, line: &Line) -> Option<Seen> {
    let (from_x, from_y) = (line.from.x.get() * SHAPE, line.from.y.get());
    let (along_x, along_y) = (line.to.x.get() * SHAPE - from_x, line.to.y.get() - from_y);
    let length = along_x.hypot(along_y);
    let (foot_x, foot_y) = (foot.x - from_x, foot.y - from_y);
    (length > 0.0).then(|| Seen {
        // The picture's second axis points down: left of who looks right is up.
        left: (foot_x * along_y - foot_y * along_x) / length,
        along: (foot_x * along_x + foot_y * along_y) / (length * length),
    })
}
