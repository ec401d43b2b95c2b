//! Whether darkness came in from a side.
//!
//! When a lamp is switched off, the whole picture gets dark at once; when something is put over the lens, parts of it
//! are dark already while others are as they were. Only this tells a covered camera from a dark room.
//! Two frames must show it, for a sensor that is read row by row may catch a lamp half way once.

use std::time::Duration;

use super::plane::Size;
use crate::Grey;
use crate::cast::real;

/// The encoder's black.
const BLACK: f32 = 16.0;
/// Cells of at least this mean are asked.
const BRIGHT: f32 = 45.0;
/// What is left of the light of a cell that is dark, and of one that is as it was.
const DARK: f32 = 0.4;
const LIGHT: f32 = 0.75;
/// Share of the cells that must be the one and the other.
const PART: f32 = 0.12;
/// For so long it is remembered.
const MEMORY: Duration = Duration::from_secs(8);

/// The light of each cell, and when some were dark while others were not.
#[derive(Clone, Debug)]
pub(super) struct Front {
    size: Size,
    usual: Vec<f32>,
    sums: Vec<(f32, f32)>,
    in_a_row: u32,
    seen: Option<Duration>,
}

impl Front {
    pub(super) fn new(size: Size) -> Self {
        let cells = size.cells();
        Self {
            size,
            usual: vec![0.0; cells],
            sums: vec![(0.0, 0.0); cells],
            in_a_row: 0,
            seen: None,
        }
    }

    /// Learns how bright each cell usually is.
    pub(super) fn learn(&mut self, past: &[f32]) {
        let sums = &mut self.sums;
        sums.fill((0.0, 0.0));
        self.size.each_cell(|cell, range| {
            sums[cell].1 += real(range.len());
            sums[cell].0 += past[range].iter().sum::<f32>();
        });
        for (usual, (sum, count)) in self.usual.iter_mut().zip(sums) {
            *usual = *sum / count.max(1.0);
        }
    }

    /// How much of the usual light there is in a picture of that mean brightness, 1 for all.
    pub(super) fn light(&self, mean: f32) -> f32 {
        let usual = self.usual.iter().sum::<f32>() / real(self.usual.len());
        (mean - BLACK).max(0.0) / (usual - BLACK).max(1.0)
    }

    /// Takes the frame of the time `at`.
    pub(super) fn take(&mut self, frame: &Grey, at: Duration) {
        let sums = &mut self.sums;
        sums.fill((0.0, 0.0));
        self.size.each_cell(|cell, range| {
            let part = &frame.pixels()[range];
            sums[cell].1 += real(part.len());
            sums[cell].0 += real(part.iter().copied().map(usize::from).sum());
        });
        let (mut dark, mut light, mut asked) = (0.0, 0.0, 0.0);
        for (usual, (sum, count)) in self.usual.iter().zip(sums) {
            if *usual < BRIGHT {
                continue;
            }
            let left = (*sum / count.max(1.0) - BLACK) / (usual - BLACK);
            asked += 1.0;
            dark += if left < DARK { 1.0 } else { 0.0 };
            light += if left > LIGHT { 1.0 } else { 0.0 };
        }
        let partly = asked > 0.0 && dark >= PART * asked && light >= PART * asked;
        self.in_a_row = if partly { self.in_a_row.saturating_add(1) } else { 0 };
        if self.in_a_row >= 2 {
            self.seen = Some(at);
        }
    }

    /// Whether darkness came in from a side of late.
    pub(super) fn came(&self, at: Duration) -> bool {
        self.seen.is_some_and(|seen| at.saturating_sub(seen) <= MEMORY)
    }
}
