//! What the cameras of the tests send: `tests/fixtures/README.md` says how it was made.

use std::time::Duration;

use watchpost_model::WallTime;

use crate::annex_b::{AccessUnit, Splitter};
use crate::{Codec, Picture};

/// A recorded stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Camera {
    pub(crate) codec: Codec,
    pub(crate) stream: &'static [u8],
    /// Whether its pictures are shown in another order than decoded.
    reorders: bool,
}

pub(crate) const HIGH: Camera = Camera {
    codec: Codec::H264,
    stream: include_bytes!("../tests/fixtures/h264_high.h264"),
    reorders: false,
};
pub(crate) const B_PICTURES: Camera = Camera {
    codec: Codec::H264,
    stream: include_bytes!("../tests/fixtures/h264_b_pictures.h264"),
    reorders: true,
};
pub(crate) const INTRA_REFRESH: Camera = Camera {
    codec: Codec::H264,
    stream: include_bytes!("../tests/fixtures/h264_intra_refresh.h264"),
    reorders: false,
};
pub(crate) const OPEN_GOP: Camera = Camera {
    codec: Codec::H265,
    stream: include_bytes!("../tests/fixtures/h265_open_gop.h265"),
    reorders: true,
};
pub(crate) const ALL: [Camera; 4] = [HIGH, B_PICTURES, INTRA_REFRESH, OPEN_GOP];

impl Camera {
    pub(crate) fn units(self) -> Vec<AccessUnit> {
        let mut splitter = Splitter::new(self.codec);
        let mut units = splitter.push(self.stream);
        units.extend(splitter.finish());
        units
    }

    /// Its pictures, 10 a second from `start` on.
    pub(crate) fn pictures(self, start: WallTime) -> Vec<Picture> {
        let shown_after = Duration::from_millis(if self.reorders { 200 } else { 0 });
        self.units()
            .into_iter()
            .zip(0..)
            .map(|(AccessUnit { parameters, data, kind }, n)| {
                let time = start + Duration::from_millis(100) * n;
                Picture { parameters, data, kind, time, shown_after, sound: Vec::new() }
            })
            .collect()
    }
}

/// Numbers by chance, always the same: Marsaglia's xorshift.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// From 0 to under `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// `bytes` with some of them changed.
    pub(crate) fn damage(&mut self, bytes: &[u8], times: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..times {
            let at = self.below(bytes.len());
            bytes[at] = self.byte();
        }
        bytes
    }
}
