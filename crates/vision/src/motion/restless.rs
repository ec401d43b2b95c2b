//! Pixels that come and go all the time: leaves, flickering lamps, clocks in the picture.
//!
//! Counts how often each pixel changes between "differs" and "does not". Something passing makes it
//! change a few times and is gone; what changes nearly every second for seconds on end is silenced
//! until it rests. A thing that merely stays is not: it changes once.
//!
//! Source: the blinking accumulator of Barnich and Van Droogenbroeck, "`ViBe`", IEEE Trans. Image
//! Processing 20(6), 2011, and of St-Charles, Bilodeau and Bergevin, "`SuBSENSE`", IEEE Trans.
//! Image Processing 24(1), 2015.

/// Time over which changes are averaged, in seconds.
const MEMORY: f32 = 10.0;
/// Changes per second, on that average, that make a pixel restless.
const RESTLESS: f32 = 0.8;

/// How restless each pixel is.
#[derive(Clone, Debug)]
pub(super) struct Restless {
    /// Changes per second.
    changes: Vec<f32>,
    before: Vec<u8>,
}

impl Restless {
    pub(super) fn new(pixels: usize) -> Self {
        Self { changes: vec![0.0; pixels], before: vec![0; pixels] }
    }

    /// Takes what differs (1, else 0), `passed` seconds after the frame before, and silences what
    /// is restless in it and in its `scores`.
    pub(super) fn silence(&mut self, differs: &mut [u8], scores: &mut [f32], passed: f32) {
        let kept = 1.0 - (passed / MEMORY).min(1.0);
        let memory = self.changes.iter_mut().zip(&mut self.before);
        for (((changes, before), differs), score) in memory.zip(differs).zip(scores) {
            *changes = *changes * kept + f32::from(*differs ^ *before) * (1.0 / MEMORY);
            *before = *differs;
            let heard = u8::from(*changes < RESTLESS);
            *differs &= heard;
            *score *= f32::from(heard);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_flickers_is_silenced_and_what_stays_is_not() {
        let mut restless = Restless::new(2);
        let mut differs = [0, 0];
        for frame in 0..102 {
            differs = [u8::from(frame % 4 < 2), 1];
            restless.silence(&mut differs, &mut [1.0; 2], 0.1);
            assert!(frame > 0 || differs == [1, 1], "one flash is no flicker");
        }
        assert_eq!(differs, [0, 1]);
        for _ in 0..200 {
            differs = [1, 1];
            restless.silence(&mut differs, &mut [1.0; 2], 0.1);
        }
        assert_eq!(differs, [1, 1], "what has rested is heard again");
    }
}
