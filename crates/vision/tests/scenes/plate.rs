//! Places without anybody: a street, a yard, a garden, a room, a car park.

use crate::canvas::{Canvas, HEIGHT, View, WIDTH};
use crate::cast::{bits, floor, floor_signed, real};
use crate::places;
use crate::random::{Random, at, fractal, smooth};

/// Pixels beyond the picture's edge that a shaken camera may see.
const MARGIN: usize = 8;
/// Samples per pixel, each way, that are kept; each is the mean of as many again.
const FINE: usize = 2;
const FINE_WIDTH: usize = (WIDTH + 2 * MARGIN) * FINE;
const FINE_HEIGHT: usize = (HEIGHT + 2 * MARGIN) * FINE;

/// What kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Street,
    Yard,
    Garden,
    Room,
    CarPark,
}

impl Place {
    pub(crate) fn of(random: &mut Random) -> Self {
        let all = [Place::Street, Place::Yard, Place::Garden, Place::Room, Place::CarPark];
        all[random.below(all.len())]
    }
}

/// A place as it is painted, by day's light and by infrared.
#[derive(Clone, Debug)]
pub(crate) struct Plate {
    pub(crate) place: Place,
    /// The row of the horizon.
    pub(crate) horizon: f32,
    /// The row where walls end and ground begins.
    pub(crate) floor: f32,
    day: Vec<f32>,
    infrared: Vec<f32>,
    /// The same as the camera sees them when nothing shakes it.
    still: [Vec<f32>; 2],
}

/// A surface.
#[derive(Clone, Debug)]
pub(crate) struct Patch {
    /// Left, top, right, bottom; the sides may lean.
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
    /// How much narrower each side is at the top.
    pub(crate) lean: f32,
    pub(crate) paint: f32,
    /// Light that comes back in infrared, in relation to day's.
    pub(crate) infrared: f32,
    /// How uneven it is, as a share of `paint`, and how wide its hills are, in pixels.
    pub(crate) uneven: f32,
    pub(crate) hills: f32,
    pub(crate) pattern: Pattern,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pattern {
    Plain,
    /// Rows and joints, in pixels.
    Bricks(f32, f32),
    /// Upright boards, in pixels.
    Boards(f32),
    Leaves,
    /// Finer with distance from the lower edge.
    Ground,
}

impl Plate {
    pub(crate) fn new(place: Place, random: &mut Random) -> Self {
        let horizon = random.between(12.0, 34.0);
        let (patches, floor) = places::patches(place, horizon, random);
        let seed = random.seed();
        let mut made = Self {
            place,
            horizon,
            floor,
            day: Vec::with_capacity(FINE_WIDTH * FINE_HEIGHT),
            infrared: Vec::with_capacity(FINE_WIDTH * FINE_HEIGHT),
            still: [Vec::new(), Vec::new()],
        };
        let step = 0.5 / real(FINE);
        let place_of = |index: usize| (real(index) + 0.25) / real(FINE) - real(MARGIN);
        for row in 0..FINE_HEIGHT {
            for column in 0..FINE_WIDTH {
                let (x, y) = (place_of(column), place_of(row));
                let (mut day, mut infrared) = (0.0, 0.0);
                for (right, down) in [(0.0, 0.0), (step, 0.0), (0.0, step), (step, step)] {
                    let one = look(&patches, seed, x + right, y + down, horizon);
                    (day, infrared) = (day + one.0, infrared + one.1);
                }
                made.day.push(day / 4.0);
                made.infrared.push(infrared / 4.0);
            }
        }
        let mut canvas = Canvas::new();
        for infrared in [false, true] {
            made.shifted(infrared, View::STILL, &mut canvas.paint);
            made.still[usize::from(infrared)].clone_from(&canvas.paint);
        }
        made
    }

    /// Puts the place on the canvas.
    pub(crate) fn draw(&self, canvas: &mut Canvas, infrared: bool) {
        if canvas.view == View::STILL {
            canvas.paint.copy_from_slice(&self.still[usize::from(infrared)]);
        } else {
            self.shifted(infrared, canvas.view, &mut canvas.paint);
        }
    }

    fn shifted(&self, infrared: bool, view: View, out: &mut [f32]) {
        let fine = if infrared { &self.infrared } else { &self.day };
        for (pixel, out) in out.iter_mut().enumerate() {
            let mut sum = 0.0;
            for (right, down) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let (x, y) = view.scene(real(pixel % WIDTH) + right, real(pixel / WIDTH) + down);
                sum += between(fine, x, y);
            }
            *out = sum / 4.0;
        }
    }
}

/// The plate at a place, straight between its samples.
fn between(fine: &[f32], x: f32, y: f32) -> f32 {
    let along = |place: f32, count: usize| {
        ((place + real(MARGIN)) * real(FINE) - 0.5).clamp(0.0, real(count - 2))
    };
    let (x, y) = (along(x, FINE_WIDTH), along(y, FINE_HEIGHT));
    let (column, row) = (floor(x), floor(y));
    let (right, down) = (x - real(column), y - real(row));
    let line = |row: usize| {
        let pair = &fine[row * FINE_WIDTH + column..][..2];
        pair[0] + (pair[1] - pair[0]) * right
    };
    let (above, below) = (line(row), line(row + 1));
    above + (below - above) * down
}

/// The paint at a place, by day and in infrared.
fn look(patches: &[Patch], seed: u64, x: f32, y: f32, horizon: f32) -> (f32, f32) {
    let Some((number, patch)) = patches.iter().enumerate().rfind(|(_, patch)| patch.has(x, y))
    else {
        return (0.5, 0.5);
    };
    let seed = seed ^ bits(floor_signed(real(number * 7919)));
    let grain = patch.grain(seed, x, y, horizon);
    let paint = (patch.paint * (1.0 + patch.uneven * grain)).clamp(0.01, 0.95);
    (paint, (paint * patch.infrared).clamp(0.005, 0.95))
}

impl Patch {
    fn has(&self, x: f32, y: f32) -> bool {
        if y < self.top || y >= self.bottom {
            return false;
        }
        let lean = self.lean * (self.bottom - y) / (self.bottom - self.top);
        x >= self.left + lean && x < self.right - lean
    }

    fn grain(&self, seed: u64, x: f32, y: f32, horizon: f32) -> f32 {
        let hills = self.hills;
        match self.pattern {
            Pattern::Plain => fractal(seed, x / hills, y / hills, 5),
            Pattern::Bricks(row, joint) => {
                let shift = if floor_signed(y / row) % 2 == 0 { 0.0 } else { row };
                let (along, down) = ((x + shift) / (row * 2.0), y / row);
                let each = at(seed, floor_signed(along), floor_signed(down));
                let in_joint =
                    along.fract().abs() * row * 2.0 < joint || down.fract() * row < joint;
                let joint = if in_joint { 1.2 } else { 0.0 };
                each * 0.8 + joint + 0.5 * fractal(seed, x / hills, y / hills, 4)
            }
            Pattern::Boards(board) => {
                let each = at(seed, floor_signed(x / board), 0);
                let gap = if (x / board).fract().abs() < 0.15 { -1.5 } else { 0.0 };
                each + gap + 0.4 * fractal(seed, x / 2.0, y / 14.0, 4)
            }
            Pattern::Leaves => {
                1.4 * smooth(seed, x / 1.7, y / 1.5) + fractal(seed, x / hills, y / hills, 5)
            }
            Pattern::Ground => {
                let near = ((y - horizon).max(2.0) / (real(HEIGHT) - horizon)).min(1.0);
                fractal(seed, x / (hills * near), y / (hills * near * near).max(0.7), 5)
            }
        }
    }
}
