//! Whether it is night, by the picture itself.
//!
//! At night a camera swings its infrared filter away, and the picture has no colour any more; or it
//! has no infrared lamp, and the picture is dark. Either must last before it counts, and so must its
//! end: a van before the lens and a lamp that goes on for a moment are no change of day.
//!
//! Source: the two thresholds after Schmitt, "A thermionic trigger", Journal of Scientific
//! Instruments 15(1), 1938; the median of brightness as in [`super::light`].

use crate::Grey;

/// For how many seconds the picture must say otherwise before it is believed.
const HELD: f32 = 10.0;
/// Below this chroma a picture has no colour, and above it has: see [`Grey::chroma`]. In between it
/// stays as it was. What a codec makes of a grey picture stays below 1.
const COLOURLESS: f32 = 1.5;
const COLOURED: f32 = 3.0;
/// The same for the median brightness in grey levels, 0 to 255.
const DARK: u8 = 35;
const BRIGHT: u8 = 50;
/// Of so many pixels, one is looked at.
const EVERY: usize = 16;

/// Tells day from night.
#[derive(Clone, Debug, Default)]
pub(super) struct Night {
    /// Whether it is night, as last told.
    told: bool,
    /// For how many seconds the picture has said otherwise.
    doubted: f32,
    is_dark: bool,
    colour: Colour,
}

/// What is known of a camera's colours. One that never shows any is not always in the night.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Colour {
    #[default]
    NeverSeen,
    Shown,
    Gone,
}

impl Night {
    /// As the first frame has it, without waiting.
    pub(super) fn new(frame: &Grey) -> Self {
        let mut night = Self::default();
        night.look(frame);
        night.told = night.is_dark;
        night
    }

    /// Takes the next frame, `passed` seconds after the one before, and tells whether it is night.
    pub(super) fn take(&mut self, frame: &Grey, passed: f32) -> bool {
        self.look(frame);
        if (self.is_dark || self.colour == Colour::Gone) == self.told {
            self.doubted = 0.0;
        } else {
            self.doubted += passed;
            if self.doubted >= HELD {
                self.told = !self.told;
                self.doubted = 0.0;
            }
        }
        self.told
    }

    fn look(&mut self, frame: &Grey) {
        let median = median(frame.pixels());
        self.is_dark = if self.is_dark { median < BRIGHT } else { median < DARK };
        if let Some(chroma) = frame.chroma() {
            self.colour = match self.colour {
                _ if chroma > COLOURED => Colour::Shown,
                Colour::Shown if chroma < COLOURLESS => Colour::Gone,
                as_it_was => as_it_was,
            };
        }
    }
}

/// The median of every few pixels, to 4 grey levels.
fn median(pixels: &[u8]) -> u8 {
    let mut counts = [0_usize; 64];
    for pixel in pixels.iter().step_by(EVERY) {
        counts[usize::from(pixel >> 2)] += 1;
    }
    let half = pixels.len().div_ceil(EVERY).div_ceil(2);
    let mut seen = 0;
    for (level, count) in (0_u8..64).zip(counts) {
        seen += count;
        if seen >= half {
            return level << 2;
        }
    }
    252
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(level: u8, chroma: Option<f32>) -> Grey {
        let frame = Grey::new(16, 16, vec![level; 256]).expect("256 pixels");
        match chroma {
            Some(chroma) => frame.with_chroma(chroma),
            None => frame,
        }
    }

    /// What is said after so many seconds of such frames.
    fn after(night: &mut Night, seconds: usize, frame: &Grey) -> bool {
        (0..seconds).fold(false, |_, _| night.take(frame, 1.0))
    }

    #[test]
    fn a_dark_picture_that_lasts_is_night_and_a_flash_is_no_day() {
        let mut night = Night::new(&frame(100, None));
        assert!(!after(&mut night, 9, &frame(10, None)), "too early");
        assert!(after(&mut night, 2, &frame(10, None)));
        assert!(after(&mut night, 60, &frame(44, None)), "dusk leaves it as it was");
        assert!(after(&mut night, 5, &frame(200, None)), "a flash");
        assert!(after(&mut night, 5, &frame(10, None)));
        assert!(after(&mut night, 9, &frame(200, None)), "dark in between: it counts anew");
        assert!(!after(&mut night, 2, &frame(200, None)));
        assert!(
            Night::new(&frame(10, None)).take(&frame(10, None), 0.1),
            "no waiting at the start"
        );
    }

    #[test]
    fn a_picture_that_loses_its_colour_is_night() {
        let mut night = Night::new(&frame(100, Some(8.0)));
        assert!(!after(&mut night, 30, &frame(100, Some(2.0))), "a grey day");
        assert!(after(&mut night, 11, &frame(100, Some(0.4))));
        assert!(after(&mut night, 30, &frame(100, Some(2.0))), "noise of the sensor");
        assert!(!after(&mut night, 11, &frame(100, Some(8.0))));
    }

    #[test]
    fn a_camera_without_colour_is_not_always_in_the_night() {
        let mut night = Night::new(&frame(100, Some(0.0)));
        assert!(!after(&mut night, 60, &frame(100, Some(0.2))));
    }
}
