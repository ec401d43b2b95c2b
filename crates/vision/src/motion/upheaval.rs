//! When so much differs that nothing can be said: a lamp, the infrared filter, a turned camera.
//!
//! Then the picture is learnt anew rather than reported, and looking goes on a second later.
//!
//! Source: the frame level of Toyama, Krumm, Brumitt and Meyers, "Wallflower: principles and
//! practice of background maintenance", ICCV 1999.

use crate::cast::real;

/// Share of the picture. A person who fills more than this is seen on the way there.
const SHARE: f32 = 0.3;

/// Whether too much differs; `differs` is 1 for each pixel that does, else 0.
pub(super) fn is_upheaval(differs: &[u8]) -> bool {
    let count: usize = differs.iter().map(|&differs| usize::from(differs)).sum();
    real(count) > SHARE * real(differs.len())
}
