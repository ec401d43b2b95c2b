//! Where a servo stands while it moves.

use watchpost_model::WallTime;

/// Moves a servo at its speed.
#[derive(Clone, Debug)]
pub struct Servo {}

impl Servo {
    /// A servo of `speed` degrees in a second that stands at `angle`, if that is known. While it is
    /// not, the first move is as fast as the servo itself.
    #[must_use]
    pub fn new(_speed: f32, _angle: Option<f32>) -> Self {
        unimplemented!()
    }

    /// Has it move to `angle`, 0 to 180 degrees, from where it is now.
    pub fn aim(&mut self, _angle: f32, _now: WallTime) {
        unimplemented!()
    }

    /// Where it is to stand at `now`; `None` while it was never told to move.
    pub fn angle(&mut self, _now: WallTime) -> Option<f32> {
        unimplemented!()
    }

    /// Where it goes, or stands.
    #[must_use]
    pub fn target(&self) -> Option<f32> {
        unimplemented!()
    }

    /// When [`Servo::angle`] gives something new, if it will: 20 ms apart, a servo's own rhythm.
    #[must_use]
    pub fn wake_at(&self) -> Option<WallTime> {
        unimplemented!()
    }
}
