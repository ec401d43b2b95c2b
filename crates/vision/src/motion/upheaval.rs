//! When so much differs that nothing can be said: a lamp, the infrared filter, a turned camera.
//!
//! Then the picture is learnt anew rather than reported, and looking goes on a second later.
//!
//! Source: the frame level of Toyama, Krumm, Brumitt and Meyers, "Wallflower: principles and
//! practice of background maintenance", ICCV 1999.

use crate::cast::real;

/// Share of the picture. A person who fills more than this is seen on the way there.
const SHARE: f32 = 0.3;
/// The same when the light has jumped as well: what light does not explain then is the camera, which
/// clips, sharpens and sees other colours than before.
const SHARE_AFTER_JUMP: f32 = 0.03;

/// Whether too much differs; `differs` is 1 for each pixel that does, else 0, and the light
/// `has_jumped` or not.
pub(super) fn is_upheaval(differs: &[u8], has_jumped: bool) -> bool {
    let count: usize = differs.iter().map(|&differs| usize::from(differs)).sum();
    let share = if has_jumped { SHARE_AFTER_JUMP } else { SHARE };
    real(count) > share * real(differs.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_picture_is_an_upheaval_only_after_a_jump_of_the_light() {
        let differs: Vec<u8> = (0..1000).map(|pixel| u8::from(pixel % 10 == 0)).collect();
        assert!(!is_upheaval(&differs, false));
        assert!(is_upheaval(&differs, true));
        assert!(!is_upheaval(&[0; 1000], true), "light alone is no upheaval");
    }
}
