//! What a camera looks at, pixel by pixel: paint, light, and what glows.

use crate::cast::{floor, real};

/// Pixels of a frame, as the detector gets it.
pub(crate) const WIDTH: usize = 160;
pub(crate) const HEIGHT: usize = 90;
pub(crate) const PIXELS: usize = WIDTH * HEIGHT;

/// How the camera has been turned by the wind and zoomed by its own focus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    /// Pixels by which everything stands to the right and lower.
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// How much larger everything is.
    pub(crate) zoom: f32,
}

impl View {
    pub(crate) const STILL: View = View { x: 0.0, y: 0.0, zoom: 1.0 };

    /// This one on top of `other`.
    pub(crate) fn on(self, other: View) -> View {
        View { x: self.x + other.x, y: self.y + other.y, zoom: self.zoom * other.zoom }
    }

    /// Where in the scene the pixel coordinate `x`, `y` looks.
    pub(crate) fn scene(self, x: f32, y: f32) -> (f32, f32) {
        let (middle_x, middle_y) = (real(WIDTH) / 2.0, real(HEIGHT) / 2.0);
        (
            (x - middle_x - self.x) / self.zoom + middle_x,
            (y - middle_y - self.y) / self.zoom + middle_y,
        )
    }

    fn pixel(self, x: f32, y: f32) -> (f32, f32) {
        let (middle_x, middle_y) = (real(WIDTH) / 2.0, real(HEIGHT) / 2.0);
        (
            (x - middle_x) * self.zoom + middle_x + self.x,
            (y - middle_y) * self.zoom + middle_y + self.y,
        )
    }
}

/// One moment of a scene. All numbers are linear in light; 1 is white paper in full light.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    /// What share of light comes back.
    pub(crate) paint: Vec<f32>,
    /// How much light falls there.
    pub(crate) light: Vec<f32>,
    /// Light that comes from there by itself.
    pub(crate) glow: Vec<f32>,
    pub(crate) view: View,
}

/// A box in scene coordinates: left, top, right, bottom.
pub(crate) type Bounds = (f32, f32, f32, f32);

impl Canvas {
    pub(crate) fn new() -> Self {
        let plane = || vec![0.0; PIXELS];
        Self { paint: plane(), light: plane(), glow: plane(), view: View::STILL }
    }

    /// Paints what lies in `bounds`: `of` tells how much of a pixel is covered, 0 to 1, and by
    /// which paint.
    pub(crate) fn cover(&mut self, bounds: Bounds, of: impl Fn(f32, f32) -> (f32, f32)) {
        let view = self.view;
        each(view, bounds, |pixel, x, y| {
            let (covered, paint) = of(x, y);
            if covered > 0.0 {
                self.paint[pixel] += covered.min(1.0) * (paint - self.paint[pixel]);
            }
        });
    }

    /// Multiplies the light within `bounds`.
    pub(crate) fn shade(&mut self, bounds: Bounds, of: impl Fn(f32, f32) -> f32) {
        let view = self.view;
        each(view, bounds, |pixel, x, y| self.light[pixel] *= of(x, y));
    }

    /// Adds to the light within `bounds`.
    pub(crate) fn shine(&mut self, bounds: Bounds, of: impl Fn(f32, f32) -> f32) {
        let view = self.view;
        each(view, bounds, |pixel, x, y| self.light[pixel] += of(x, y));
    }

    /// Adds light that needs no paint to be seen.
    pub(crate) fn glow(&mut self, bounds: Bounds, of: impl Fn(f32, f32) -> f32) {
        let view = self.view;
        each(view, bounds, |pixel, x, y| self.glow[pixel] += of(x, y));
    }

    /// Covers what lies in `bounds` with what is lit by itself: how much of a pixel, and how bright.
    pub(crate) fn veil(&mut self, bounds: Bounds, of: impl Fn(f32, f32) -> (f32, f32)) {
        let view = self.view;
        each(view, bounds, |pixel, x, y| {
            let (covered, bright) = of(x, y);
            if covered > 0.0 {
                let covered = covered.min(1.0);
                self.light[pixel] *= 1.0 - covered;
                self.glow[pixel] += covered * (bright - self.glow[pixel]);
            }
        });
    }

    /// Paints a limb: a line from one place to another with round ends. `half` is half its width.
    pub(crate) fn limb(
        &mut self,
        from: (f32, f32),
        to: (f32, f32),
        half: f32,
        paint: impl Fn(f32, f32) -> f32,
    ) {
        let thin = (2.0 * half).min(1.0);
        self.cover(around(from, to, half + 1.0), |x, y| {
            let covered = (half.max(0.5) - distance((x, y), from, to) + 0.5).clamp(0.0, 1.0) * thin;
            (covered, if covered > 0.0 { paint(x, y) } else { 0.0 })
        });
    }

    /// What comes from each pixel.
    pub(crate) fn radiance(&self, out: &mut [f32]) {
        let seen = self.paint.iter().zip(&self.light).zip(&self.glow);
        for (out, ((paint, light), glow)) in out.iter_mut().zip(seen) {
            *out = paint * light + glow;
        }
    }
}

/// The whole picture and what a shaken camera may see beyond.
pub(crate) const EVERYWHERE: Bounds = (-20.0, -20.0, 180.0, 110.0);

/// A box around a limb.
pub(crate) fn around(from: (f32, f32), to: (f32, f32), half: f32) -> Bounds {
    (
        from.0.min(to.0) - half,
        from.1.min(to.1) - half,
        from.0.max(to.0) + half,
        from.1.max(to.1) + half,
    )
}

/// Pixels from a place to the line between two others.
pub(crate) fn distance(place: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
    let (x, y) = (place.0 - from.0, place.1 - from.1);
    let length = along_x * along_x + along_y * along_y;
    let share =
        if length > 0.0 { ((x * along_x + y * along_y) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (x - share * along_x, y - share * along_y);
    (x * x + y * y).sqrt()
}

fn each(view: View, bounds: Bounds, mut visit: impl FnMut(usize, f32, f32)) {
    let (left, top) = view.pixel(bounds.0, bounds.1);
    let (right, bottom) = view.pixel(bounds.2, bounds.3);
    if right <= 0.0 || bottom <= 0.0 {
        return;
    }
    let columns = floor(left)..floor(right + 1.0).min(WIDTH);
    for row in floor(top)..floor(bottom + 1.0).min(HEIGHT) {
        for column in columns.clone() {
            let (x, y) = view.scene(real(column) + 0.5, real(row) + 0.5);
            visit(row * WIDTH + column, x, y);
        }
    }
}
