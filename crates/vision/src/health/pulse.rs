//! Whether the picture lives.
//!
//! A camera's sensor trembles, so that no two frames are alike, however still the scene is. An encoder
//! may skip that tremble from one picture to the next, but not from one key picture to the next. So a frame is
//! set against the one of some seconds before, pixel by pixel, exactly. How many pixels differ is learnt,
//! for it depends on the camera, its encoder and the light; when suddenly far fewer do, the picture is
//! frozen. A few parts of the picture may go on, for a clock may run on a picture that stands still.
//!
//! A source that never trembled, such as a drawn film, is never judged.
//!
//! Source: duplicate frames in no-reference video quality, as Wolf, "A no reference (NR) and reduced
//! reference (RR) metric for detecting dropped video frames", NTIA 2008, with a learnt threshold.

use std::collections::VecDeque;
use std::time::Duration;

use super::plane::Size;
use crate::Grey;
use crate::cast::{floor, real};

/// Frames so far apart are compared. Two pictures of most cameras' encoders this far apart have a key
/// picture between them.
const SPAN: Duration = Duration::from_secs(4);
/// Share of the cells that may go on while the picture stands still: a clock and a name.
const CLOCK: f32 = 0.2;
/// Share of what is usual below which a picture does not live, and over which it does again.
const DEAD: f32 = 0.35;
const ALIVE: f32 = 0.5;
/// Share of the pixels that must usually differ, or nothing can be said.
const LEAST: f32 = 0.01;
/// Looks from which what is usual is learnt.
const LEARNING: u32 = 4;
/// Time in which the usual falls, and in which it rises again, in seconds.
const FALL: f32 = 10.0;
const RISE: f32 = 120.0;
/// A change of the mean brightness, in grey levels and as a share, with which the tremble is another.
const OTHER_LIGHT: (f32, f32) = (4.0, 0.2);

/// What the pulse says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// It lives.
    Alive,
    /// It cannot be told.
    Unsure,
    /// It stands still.
    Dead,
}

/// How much one frame differs from those before.
#[derive(Clone, Debug)]
pub(super) struct Pulse {
    size: Size,
    /// The frames of the last seconds.
    seen: VecDeque<(Duration, Vec<u8>)>,
    /// Share of the pixels that usually differ, rather too few than too many.
    usual: f32,
    learnt: u32,
    /// Mean brightness for which that is so.
    light: f32,
    changed: Vec<f32>,
    order: Vec<f32>,
}

impl Pulse {
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            seen: VecDeque::new(),
            usual: 0.0,
            learnt: 0,
            light: 0.0,
            changed: vec![0.0; size.cells()],
            order: Vec::new(),
        }
    }

    /// Times before and after are not comparable.
    pub(super) fn forget_frames(&mut self) {
        self.seen.clear();
    }

    /// Takes the next frame, `passed` seconds after the one before it, with its mean brightness.
    pub(super) fn take(&mut self, frame: &Grey, at: Duration, passed: f32, mean: f32) -> Beat {
        while self.seen.get(1).is_some_and(|(time, _)| at.saturating_sub(*time) >= SPAN) {
            self.seen.pop_front();
        }
        let before = self.seen.front().filter(|(time, _)| at.saturating_sub(*time) >= SPAN);
        let share = before.map(|(_, before)| before).map(|before| {
            differing(frame.pixels(), before, self.size, &mut self.changed, &mut self.order)
        });
        self.seen.push_back((at, frame.pixels().to_vec()));
        share.map_or(Beat::Unsure, |share| self.judge(share, passed, mean))
    }

    fn judge(&mut self, share: f32, passed: f32, mean: f32) -> Beat {
        let other_light = (mean - self.light).abs() > OTHER_LIGHT.0 + OTHER_LIGHT.1 * self.light;
        if self.learnt == 0 || other_light {
            self.usual = share;
            self.learnt = 1;
            self.light = mean;
            return Beat::Unsure;
        }
        if self.learnt >= LEARNING && self.usual >= LEAST && share < DEAD * self.usual {
            return Beat::Dead;
        }
        let beat = if share >= ALIVE * self.usual { Beat::Alive } else { Beat::Unsure };
        let time = if share < self.usual { FALL } else { RISE };
        self.usual += (share - self.usual) * (passed / time).min(1.0);
        self.light += (mean - self.light) * (passed / 10.0).min(1.0);
        self.learnt = self.learnt.saturating_add(1);
        beat
    }
}

/// The share of pixels that differ, without the cells in which most do.
fn differing(
    frame: &[u8],
    before: &[u8],
    size: Size,
    changed: &mut [f32],
    order: &mut Vec<f32>,
) -> f32 {
    changed.fill(0.0);
    size.each_cell(|cell, range| {
        let pairs = frame[range.clone()].iter().zip(&before[range]);
        changed[cell] += real(pairs.filter(|(new, old)| new != old).count());
    });
    order.clear();
    order.extend_from_slice(changed);
    order.sort_unstable_by(f32::total_cmp);
    let counted = order.len() - floor(real(order.len()) * CLOCK);
    order[..counted].iter().sum::<f32>() * real(order.len()) / real(counted * size.pixels())
}
