//! A house at the road, and somebody who walks by every twenty seconds.

use std::time::Duration;

use openh264::formats::YUVSource;

use super::letters;

const WIDTH: usize = 960;
const HEIGHT: usize = 540;
const HALF_WIDTH: usize = WIDTH / 2;

/// How often somebody walks by, when in each round, and how long that takes. The first walk comes after
/// some stillness, for motion is told from stillness.
const EVERY: Duration = Duration::from_secs(20);
const BEGINS: Duration = Duration::from_secs(8);
const WALK: Duration = Duration::from_secs(7);

/// A colour as luma, blue and red difference (ITU-T H.273, limited range).
#[derive(Clone, Copy)]
struct Colour(u8, u8, u8);

const SKY: Colour = Colour(170, 140, 118);
const GRASS: Colour = Colour(105, 112, 116);
const PATH: Colour = Colour(150, 124, 131);
const WALL: Colour = Colour(196, 116, 136);
const ROOF: Colour = Colour(92, 112, 158);
const DOOR: Colour = Colour(72, 122, 140);
const PANE: Colour = Colour(120, 142, 116);
const TRUNK: Colour = Colour(68, 118, 140);
const LEAVES: Colour = Colour(84, 106, 108);
const SKIN: Colour = Colour(168, 112, 150);
const COAT: Colour = Colour(60, 158, 112);
const LEGS: Colour = Colour(40, 128, 128);
const WHITE: Colour = Colour(230, 128, 128);
const BLACK: Colour = Colour(24, 128, 128);

/// The scene, drawn into the three planes that the encoder wants.
pub(super) struct Scene {
    empty: Planes,
    now: Planes,
}

#[derive(Clone)]
struct Planes {
    luma: Vec<u8>,
    blue: Vec<u8>,
    red: Vec<u8>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let empty = Planes::empty();
        Self { now: empty.clone(), empty }
    }

    /// Draws how it looks `elapsed` after the start.
    pub(super) fn draw(&mut self, elapsed: Duration) {
        self.now.clone_from(&self.empty);
        let round = Duration::from_millis(
            u64::try_from(elapsed.as_millis() % EVERY.as_millis()).unwrap_or_default(),
        );
        if let Some(walked) = round.checked_sub(BEGINS).filter(|walked| *walked < WALK) {
            self.now.walker(walked);
        }
        let seconds = elapsed.as_secs();
        let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        self.now.text(WIDTH - 8 * 6 * 3 - 24, 24, &clock);
    }
}

impl Planes {
    /// The scene without anybody.
    fn empty() -> Self {
        let quarter = WIDTH * HEIGHT / 4;
        let (luma, blue, red) = (vec![0; WIDTH * HEIGHT], vec![0; quarter], vec![0; quarter]);
        let mut planes = Self { luma, blue, red };
        planes.box_at(0, 0, WIDTH, 300, SKY);
        planes.box_at(0, 300, WIDTH, HEIGHT - 300, GRASS);
        planes.box_at(0, 400, WIDTH, 90, PATH);
        planes.box_at(300, 150, 360, 200, WALL);
        for row in 0..90 {
            planes.box_at(280 + row * 2, 150 - row, 400 - row * 4, 1, ROOF);
        }
        planes.box_at(450, 230, 60, 120, DOOR);
        planes.box_at(350, 200, 60, 50, PANE);
        planes.box_at(550, 200, 60, 50, PANE);
        planes.box_at(120, 230, 24, 130, TRUNK);
        planes.disc(132, 200, 62, LEAVES);
        planes.grain();
        planes.text(24, 80, "DEMO");
        planes.text(24, 110, "NOT A REAL CAMERA");
        planes
    }

    /// A little unevenness that stays where it is, as surfaces have; from a fixed generator (Marsaglia's
    /// xorshift), so that every demo is the same.
    fn grain(&mut self) {
        let mut state = 0x9e37_79b9_u32;
        for sample in &mut self.luma {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let step = u8::try_from(state % 9).unwrap_or_default();
            *sample = sample.saturating_add(step).saturating_sub(4);
        }
    }

    /// Somebody on the path, `walked` after the left edge.
    fn walker(&mut self, walked: Duration) {
        let millis = |length: Duration| usize::try_from(length.as_millis()).unwrap_or_default();
        let reach = WIDTH + 120;
        let x = reach * millis(walked) / millis(WALK);
        let Some(left) = x.checked_sub(60) else { return };
        let swing = [0, 8, 14, 8][millis(walked) / 140 % 4];
        let top = 270;
        self.box_at(left + 12 - swing / 2, top + 118, 14, 66, LEGS);
        self.box_at(left + 34 + swing / 2, top + 118, 14, 66, LEGS);
        self.box_at(left + 6, top + 40, 48, 84, COAT);
        self.box_at(left + swing, top + 46, 12, 62, COAT);
        self.box_at(left + 50 - swing, top + 46, 12, 62, COAT);
        self.disc(left + 30, top + 22, 20, SKIN);
    }

    /// White text on black, three pixels a dot.
    fn text(&mut self, x: usize, y: usize, text: &str) {
        self.box_at(x - 6, y - 6, text.len() * 18 + 9, 33, BLACK);
        for (column, row) in letters::dots(text) {
            self.box_at(x + column * 3, y + row * 3, 3, 3, WHITE);
        }
    }

    fn disc(&mut self, x: usize, y: usize, radius: usize, colour: Colour) {
        for row in 0..=2 * radius {
            let rise = row.abs_diff(radius);
            let half = (radius * radius - rise * rise).isqrt();
            if let (Some(left), Some(top)) = (x.checked_sub(half), y.checked_sub(radius)) {
                self.box_at(left, top + row, 2 * half, 1, colour);
            }
        }
    }

    /// Fills a box; what lies outside the picture is left out.
    fn box_at(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Colour) {
        let Colour(luma, blue, red) = colour;
        let columns = x.min(WIDTH)..(x + width).min(WIDTH);
        let half = columns.start / 2..columns.end / 2;
        for row in y.min(HEIGHT)..(y + height).min(HEIGHT) {
            self.luma[row * WIDTH..][columns.clone()].fill(luma);
            self.blue[row / 2 * HALF_WIDTH..][half.clone()].fill(blue);
            self.red[row / 2 * HALF_WIDTH..][half.clone()].fill(red);
        }
    }
}

impl YUVSource for Scene {
    fn dimensions(&self) -> (usize, usize) {
        (WIDTH, HEIGHT)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (WIDTH, HALF_WIDTH, HALF_WIDTH)
    }

    fn y(&self) -> &[u8] {
        &self.now.luma
    }

    fn u(&self) -> &[u8] {
        &self.now.blue
    }

    fn v(&self) -> &[u8] {
        &self.now.red
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_still_but_the_clock_until_somebody_walks_by() {
        let mut scene = Scene::new();
        let mut changed = |at: u64| {
            scene.draw(Duration::from_millis(at));
            let below_the_clock = WIDTH * 100;
            let (now, empty) = (&scene.now.luma, &scene.empty.luma);
            now.iter().zip(empty).skip(below_the_clock).filter(|(now, empty)| now != empty).count()
        };
        assert_eq!([changed(0), changed(7_900), changed(16_000)], [0, 0, 0]);
        assert!(changed(11_000) > 5_000, "somebody walks by");
        assert!(changed(31_000) > 5_000, "and again");
    }
}
