//! What stands in a street, a yard, a garden, a room and a car park, in random arrangements.

use crate::cast::real;
use crate::plate::{Patch, Pattern, Place};
use crate::random::Random;

struct Builder<'a> {
    random: &'a mut Random,
    patches: Vec<Patch>,
}

impl Builder<'_> {
    fn add(
        &mut self,
        (left, top, right, bottom): (f32, f32, f32, f32),
        paint: (f32, f32),
        infrared: f32,
        uneven: f32,
        hills: f32,
        pattern: Pattern,
    ) {
        let paint = self.random.between(paint.0, paint.1);
        let lean = 0.0;
        self.patches.push(Patch {
            left,
            top,
            right,
            bottom,
            lean,
            paint,
            infrared,
            uneven,
            hills,
            pattern,
        });
    }

    fn plain(&mut self, bounds: (f32, f32, f32, f32), paint: (f32, f32)) {
        let infrared = self.random.between(0.7, 1.4);
        self.add(bounds, paint, infrared, 0.15, 9.0, Pattern::Plain);
    }

    fn ground(&mut self, top: f32, paint: (f32, f32), infrared: f32, uneven: f32) {
        self.add((-9.0, top, 169.0, 99.0), paint, infrared, uneven, 11.0, Pattern::Ground);
    }

    fn hedge(&mut self, bounds: (f32, f32, f32, f32)) {
        self.add(bounds, (0.07, 0.14), 3.2, 0.55, 8.0, Pattern::Leaves);
    }

    /// A dark window with a light frame.
    fn window(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.plain((x - 1.0, y - 1.0, x + width + 1.0, y + height + 1.0), (0.5, 0.7));
        self.plain((x, y, x + width, y + height), (0.03, 0.12));
        self.plain((x + width * 0.48, y, x + width * 0.54, y + height), (0.5, 0.7));
    }

    /// A car that stands there, `length` pixels long.
    fn car(&mut self, x: f32, bottom: f32, length: f32) {
        let paint = self.random.between(0.05, 0.7);
        let paint = (paint, paint);
        let high = length * 0.33;
        self.plain((x, bottom - high * 0.25, x + length, bottom), (0.02, 0.05));
        self.plain((x, bottom - high * 0.65, x + length, bottom - high * 0.2), paint);
        self.plain((x + length * 0.2, bottom - high, x + length * 0.8, bottom - high * 0.6), paint);
        let glass =
            (x + length * 0.24, bottom - high * 0.94, x + length * 0.76, bottom - high * 0.65);
        self.plain(glass, (0.04, 0.15));
    }
}

/// The surfaces, those behind first, and the row where the ground begins.
pub(crate) fn patches(place: Place, horizon: f32, random: &mut Random) -> (Vec<Patch>, f32) {
    let mut make = Builder { random, patches: Vec::new() };
    let floor = match place {
        Place::Street => street(&mut make, horizon),
        Place::Yard => yard(&mut make, horizon),
        Place::Garden => garden(&mut make, horizon),
        Place::Room => room(&mut make, horizon),
        Place::CarPark => car_park(&mut make, horizon),
    };
    (make.patches, floor)
}

fn street(make: &mut Builder, horizon: f32) -> f32 {
    make.add((-9.0, -9.0, 169.0, 99.0), (0.75, 0.9), 0.03, 0.05, 40.0, Pattern::Plain);
    let mut x = -8.0;
    while x < 168.0 {
        let width = make.random.between(18.0, 40.0);
        let top = horizon - make.random.between(8.0, 22.0);
        let brick = Pattern::Bricks(make.random.between(1.5, 3.0), 0.5);
        make.add((x, top, x + width, horizon + 9.0), (0.2, 0.55), 1.2, 0.22, 7.0, brick);
        make.window(x + width * 0.15, top + 3.0, width * 0.2, 5.0);
        make.window(x + width * 0.6, top + 3.0, width * 0.2, 5.0);
        make.plain((x + width * 0.4, horizon - 2.0, x + width * 0.52, horizon + 6.0), (0.04, 0.3));
        x += width;
    }
    let kerb = horizon + make.random.between(5.0, 9.0);
    make.ground(kerb - 1.0, (0.3, 0.45), 1.1, 0.25);
    make.ground(kerb + 4.0, (0.12, 0.22), 1.1, 0.3);
    let middle = kerb + 14.0;
    for number in 0..6 {
        let x = real(number) * 30.0 - 4.0;
        make.plain((x, middle, x + 13.0, middle + 1.3), (0.6, 0.8));
    }
    let near = make.random.between(70.0, 80.0);
    make.ground(near, (0.3, 0.45), 1.1, 0.25);
    if make.random.chance(0.6) {
        let x = make.random.between(0.0, 110.0);
        make.car(x, kerb + 8.0, 26.0);
    }
    if make.random.chance(0.6) {
        make.hedge((-9.0, 82.0, 60.0, 99.0));
    }
    kerb
}

fn yard(make: &mut Builder, horizon: f32) -> f32 {
    let brick = Pattern::Bricks(make.random.between(2.0, 5.0), 0.6);
    make.add((-9.0, -9.0, 169.0, 99.0), (0.25, 0.55), 1.2, 0.2, 9.0, brick);
    let foot = horizon + make.random.between(8.0, 16.0);
    let door = make.random.between(20.0, 110.0);
    make.plain((door, foot - 24.0, door + 13.0, foot), (0.03, 0.1));
    let window = if door > 70.0 { door - 45.0 } else { door + 30.0 };
    make.window(window, foot - 24.0, 18.0, 11.0);
    make.ground(foot, (0.2, 0.45), 1.1, 0.35);
    let right = make.random.between(2.0, 18.0);
    make.hedge((-9.0, foot - 12.0, right, foot + 14.0));
    let bin = make.random.between(120.0, 150.0);
    make.plain((bin, foot - 7.0, bin + 9.0, foot + 5.0), (0.05, 0.35));
    foot
}

fn garden(make: &mut Builder, horizon: f32) -> f32 {
    make.add((-9.0, -9.0, 169.0, 99.0), (0.75, 0.9), 0.03, 0.05, 40.0, Pattern::Plain);
    let board = make.random.between(3.0, 6.0);
    let fence = horizon - make.random.between(2.0, 8.0);
    make.add(
        (-9.0, fence, 169.0, horizon + 9.0),
        (0.2, 0.4),
        1.5,
        0.25,
        9.0,
        Pattern::Boards(board),
    );
    make.ground(horizon + 8.0, (0.1, 0.2), 3.0, 0.5);
    let path = make.random.between(30.0, 110.0);
    make.add(
        (path - 14.0, horizon + 8.0, path + 14.0, 99.0),
        (0.35, 0.5),
        1.1,
        0.2,
        8.0,
        Pattern::Ground,
    );
    if let Some(path) = make.patches.last_mut() {
        path.lean = 11.0;
    }
    for _ in 0..3 {
        let (x, wide) = (make.random.between(-5.0, 150.0), make.random.between(12.0, 30.0));
        let foot = horizon + make.random.between(8.0, 14.0);
        let top = foot - make.random.between(8.0, 18.0);
        make.hedge((x, top, x + wide, foot));
    }
    let trunk = make.random.between(10.0, 150.0);
    make.add(
        (trunk, -9.0, trunk + 6.0, horizon + 18.0),
        (0.08, 0.16),
        1.6,
        0.4,
        3.0,
        Pattern::Plain,
    );
    horizon + 8.0
}

fn room(make: &mut Builder, horizon: f32) -> f32 {
    make.add((-9.0, -9.0, 169.0, 99.0), (0.45, 0.7), 1.0, 0.06, 30.0, Pattern::Plain);
    let foot = horizon + make.random.between(10.0, 16.0);
    make.add((-9.0, foot, 169.0, 99.0), (0.2, 0.4), 1.2, 0.2, 10.0, Pattern::Boards(9.0));
    let shelf = make.random.between(5.0, 40.0);
    make.plain((shelf, foot - 26.0, shelf + 30.0, foot + 2.0), (0.1, 0.3));
    for row in 0..3 {
        let y = foot - 24.0 + real(row) * 8.5;
        let infrared = make.random.between(0.8, 1.4);
        make.add(
            (shelf + 1.0, y, shelf + 29.0, y + 6.5),
            (0.3, 0.4),
            infrared,
            0.7,
            3.0,
            Pattern::Boards(2.3),
        );
    }
    let window = make.random.between(60.0, 85.0);
    make.window(window, foot - 24.0, 22.0, 14.0);
    let door = make.random.between(118.0, 142.0);
    make.plain((door, foot - 29.0, door + 14.0, foot + 2.0), (0.04, 0.4));
    let sofa = make.random.between(40.0, 100.0);
    make.plain((sofa, foot - 4.0, sofa + 34.0, foot + 12.0), (0.08, 0.5));
    make.plain((sofa + 3.0, foot + 3.0, sofa + 31.0, foot + 12.0), (0.08, 0.5));
    make.add((20.0, 72.0, 120.0, 86.0), (0.2, 0.5), 1.0, 0.5, 5.0, Pattern::Leaves); // A rug.
    foot
}

fn car_park(make: &mut Builder, horizon: f32) -> f32 {
    make.add((-9.0, -9.0, 169.0, 99.0), (0.3, 0.6), 1.1, 0.15, 20.0, Pattern::Plain);
    for number in 0..7 {
        make.window(real(number) * 24.0 - 5.0, horizon - 9.0, 13.0, 7.0);
    }
    make.hedge((-9.0, horizon + 1.0, 169.0, horizon + 6.0));
    make.ground(horizon + 6.0, (0.12, 0.25), 1.1, 0.3);
    let mut x = -6.0;
    while x < 165.0 {
        make.plain((x, horizon + 8.0, x + 1.0, horizon + 17.0), (0.6, 0.8));
        if make.random.chance(0.6) {
            make.car(x + 3.0, horizon + 16.0, 20.0);
        }
        x += 26.0;
    }
    for number in 0..5 {
        let x = real(number) * 38.0 - 8.0;
        make.plain((x, 74.0, x + 2.0, 99.0), (0.6, 0.8));
    }
    horizon + 6.0
}
