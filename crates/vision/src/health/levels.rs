//! How bright the picture is as a whole: its histogram.

use crate::Grey;
use crate::cast::real;

/// The encoder's black, by ITU-R BT.601, is 16, or 0 where a camera uses the full range; above it a few
/// levels are allowed for what the codec does.
const BLACK: u8 = 22;
/// The encoder's white is 235, or 255; a sensor that is blinded lies a little below.
const WHITE: u8 = 225;
/// Grey levels between the darkest and the brightest of a picture without any light: what the codec
/// leaves. Noise, which a camera's gain brings up in the dark, is more.
const FLAT: u8 = 2;
/// The same for one that is blinded: the corners are a little darker.
const BLINDED: u8 = 30;
/// The picture was not black, and not about to be, when the brightest lay over this.
const LIT: u8 = 28;
/// Where the brightest lie under this, a dark room and a covered lens look alike.
const BRIGHT: u8 = 50;

/// What the histogram of one frame says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Levels {
    /// Grey levels; the mean of all pixels.
    pub(super) mean: f32,
    /// Of a hundred pixels, one is darker than this.
    darkest: u8,
    /// Of a hundred pixels, five are brighter than this: a clock on a black picture is not light.
    brightest: u8,
    /// Of a hundred pixels, ten are darker than this.
    dark: u8,
}

impl Levels {
    pub(super) fn of(frame: &Grey) -> Self {
        let mut counts = [0_usize; 256];
        for &pixel in frame.pixels() {
            counts[usize::from(pixel)] += 1;
        }
        let all = frame.pixels().len();
        let level = |least: usize| {
            let mut below = 0;
            let mut levels = (0..=u8::MAX).zip(counts);
            let found = levels.find(|&(_, count)| {
                below += count;
                below > least
            });
            found.map_or(u8::MAX, |(level, _)| level)
        };
        let sum: f32 =
            (0..=u8::MAX).zip(counts).map(|(at, count)| f32::from(at) * real(count)).sum();
        Self {
            mean: sum / real(all),
            darkest: level(all / 100),
            dark: level(all / 10),
            brightest: level(all - 1 - all / 20),
        }
    }

    /// No light and none of the noise that a camera makes of too little light.
    pub(super) fn is_black(self) -> bool {
        self.brightest <= BLACK && self.brightest - self.darkest <= FLAT
    }

    /// Nothing but light.
    pub(super) fn is_white(self) -> bool {
        self.dark >= WHITE && self.brightest - self.dark <= BLINDED
    }

    /// There is light enough to tell a cover from darkness.
    pub(super) fn is_bright(self) -> bool {
        self.brightest > BRIGHT
    }

    /// Something is to be seen, if only dimly.
    pub(super) fn is_lit(self) -> bool {
        self.brightest > LIT
    }
}
