//! What stirs in a scene although nobody is there.

use crate::canvas::{Canvas, View};

/// Something that disturbs. All times are seconds from the first frame.
pub(crate) trait Disturbance {
    /// How it turns the camera.
    fn view(&self, _t: f32) -> View {
        View::STILL
    }

    /// Whether the camera sees by infrared, if this decides it.
    fn infrared(&self, _t: f32) -> Option<bool> {
        None
    }

    /// Changes the light before anything else is drawn.
    fn light(&self, _t: f32, _canvas: &mut Canvas) {}

    /// Draws things that stand in the scene, behind who walks in it.
    fn behind(&self, _t: f32, _canvas: &mut Canvas) {}

    /// Draws what is between them and the camera.
    fn before(&self, _t: f32, _canvas: &mut Canvas) {}

    /// By how much the camera exposes longer than it should.
    fn exposure(&self, _t: f32) -> f32 {
        1.0
    }

    /// Writes into the finished picture, in grey levels.
    fn overlay(&self, _t: f32, _picture: &mut [f32]) {}

    /// Times for which nobody is blamed, because something did move.
    fn excused(&self) -> Vec<(f32, f32)> {
        Vec::new()
    }
}
