//! Whether an object is in a zone, and since when.

use std::time::Duration;

use watchpost_model::{DeedKind, Point, Zone};

use super::super::tracker::{SHAPE, Track};
use super::Foot;

/// So many looks, one after the other, are enough to say that it came or went.
const LOOKS: u32 = 2;
/// Or one look, if no other says otherwise for so long.
const LASTS: Duration = Duration::from_millis(500);
/// Who leaves must be so far outside, as a share of the object's longer side. Who walks along the
/// border does not come and go at each look.
const CLEAR: f32 = 0.1;
/// The feet of who is cut by the picture's edge stand in the picture still.
const EDGE: f32 = 0.999;

/// What is known of one object in one zone.
#[derive(Clone, Debug, Default)]
pub(super) struct Stay {
    /// Since when it is inside, if it is.
    inside: Option<Duration>,
    /// Since when looks say otherwise, and how many.
    otherwise: Option<(Duration, u32)>,
    /// Whether there is nothing more to tell of this stay.
    loitered: bool,
}

impl Stay {
    pub(super) fn is_inside(&self) -> bool {
        self.inside.is_some()
    }

    /// The object is first told of: whether it is inside.
    pub(super) fn begin(&mut self, track: &Track, foot: Foot, zone: &Zone) -> bool {
        let inside = is_in(foot, zone);
        self.inside = inside.then_some(track.last);
        self.loitered = track.still;
        inside
    }

    /// What has always been still moves: if it stays now, it stays from now on.
    pub(super) fn set_off(&mut self, at: Duration) {
        self.inside = self.inside.map(|_| at);
        self.loitered = false;
    }

    /// A look at `at` finds the object there.
    pub(super) fn look(&mut self, at: Duration, foot: Foot, zone: &Zone) {
        let inside = is_in(foot, zone);
        let otherwise = match self.inside {
            None => inside,
            Some(_) => !inside && distance(foot, zone) > CLEAR * foot.length,
        };
        self.otherwise = otherwise.then(|| {
            let (since, looks) = self.otherwise.unwrap_or((at, 0));
            (since, looks.saturating_add(1))
        });
    }

    /// What is plain by `at`: that it came in, or went out.
    pub(super) fn settle(&mut self, at: Duration, zone: &Zone) -> Option<DeedKind> {
        let (since, looks) = self.otherwise?;
        if looks < LOOKS && at.saturating_sub(since) < LASTS {
            return None;
        }
        self.otherwise = None;
        self.loitered = false;
        let name = zone.name.clone();
        if self.inside.take().is_some() {
            return Some(DeedKind::Left(name));
        }
        self.inside = Some(since);
        Some(DeedKind::Entered(name))
    }

    /// Whether it has been inside for `limit` when it is seen at `seen`; told once a stay.
    pub(super) fn loiter(
        &mut self,
        seen: Duration,
        limit: Duration,
        zone: &Zone,
    ) -> Option<DeedKind> {
        let since = self.inside.filter(|_| !self.loitered && self.otherwise.is_none())?;
        if seen.checked_sub(since)? < limit {
            return None;
        }
        self.loitered = true;
        Some(DeedKind::Loitered(zone.name.clone()))
    }

    /// The object is gone: whether it was inside.
    pub(super) fn end(&mut self) -> bool {
        self.inside.take().is_some()
    }
}

fn is_in(foot: Foot, zone: &Zone) -> bool {
    zone.area.contains((foot.x / SHAPE).min(EDGE), foot.y.min(EDGE))
}

/// How far the foot is from the border of the zone, in heights of the picture.
fn distance(foot: Foot, zone: &Zone) -> f32 {
    let corners = zone.area.corners();
    let sides = corners.iter().zip(corners.iter().cycle().skip(1));
    let far = sides.map(|(from, to)| distance_to_side(foot, *from, *to));
    far.fold(f32::INFINITY, f32::min)
}

fn distance_to_side(foot: Foot, from: Point, to: Point) -> f32 {
    let (from_x, from_y) = (from.x.get() * SHAPE, from.y.get());
    let (along_x, along_y) = (to.x.get() * SHAPE - from_x, to.y.get() - from_y);
    let (foot_x, foot_y) = (foot.x - from_x, foot.y - from_y);
    let length = along_x * along_x + along_y * along_y;
    let dot = foot_x * along_x + foot_y * along_y;
    let share = if length > 0.0 { (dot / length).clamp(0.0, 1.0) } else { 0.0 };
    (foot_x - share * along_x).hypot(foot_y - share * along_y)
}
