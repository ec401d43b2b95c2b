//! A frame's evidence as bytes, and bytes as evidence. The layout stands in [`grid`](super).

use watchpost_model::WallTime;

use super::{DamagedGrid, Detail, Frame};
use crate::motion::evidence::{Evidence, STANDARD, STRONGEST, State};
use crate::motion::plane::Size;

/// What a grid begins with: its kind and version.
const MAGIC: [u8; 5] = *b"grid\x01";
/// No frame has more pixels: one is laid out at a time, two bytes a pixel.
const MOST_PIXELS: usize = 1 << 22;
/// Columns to each side, and rows, of a pixel that counts from which a judge may want differences:
/// the vote widens a shape by one pixel each way, and its outline is measured up to three beyond.
const BESIDE: (usize, usize) = (4, 1);

/// The pixels of one or more frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Pixels {
    /// How many runs, then each.
    runs: Vec<u8>,
    strengths: Vec<u8>,
    differences: Vec<u8>,
}

impl Pixels {
    /// What is to be kept of a frame.
    pub(super) fn of(evidence: &Evidence, detail: Detail) -> Self {
        match detail {
            _ if evidence.is_empty || evidence.size.pixels() > MOST_PIXELS => Self::default(),
            Detail::Whole => Self::all(evidence),
            Detail::Plain => Self::all(&plain(evidence)),
            Detail::Nothing => Self::default(),
        }
    }

    fn all(evidence: &Evidence) -> Self {
        let Size { width, height } = evidence.size;
        let (mut pixels, mut runs) = (Self::default(), Vec::new());
        let mut written = 0;
        let mut count = 0;
        for y in 0..height {
            let row = y * width..(y + 1) * width;
            let (strengths, differences) =
                (&evidence.strength[row.clone()], &evidence.difference[row]);
            let strongest = strengths.iter().fold(0, |sum, strength| sum | strength);
            if strongest == 0 && differences.iter().fold(0, |sum, value| sum | value) == 0 {
                continue;
            }
            let is_kept = |x: usize| strengths[x] != 0 || differences[x] != 0;
            let mut x = 0;
            while let Some(start) = (x..width).find(|&x| is_kept(x)) {
                x = (start..width).find(|&x| !is_kept(x)).unwrap_or(width);
                number(&mut runs, y * width + start - written);
                number(&mut runs, x - start - 1);
                (written, count) = (y * width + x, count + 1);
                pixels.strengths.extend_from_slice(&strengths[start..x]);
                let mut before = 0;
                pixels.differences.extend(differences[start..x].iter().map(|&difference| {
                    let byte = folded(difference.wrapping_sub(before));
                    before = difference;
                    byte
                }));
            }
        }
        number(&mut pixels.runs, count);
        pixels.runs.append(&mut runs);
        pixels
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.runs.len() + self.strengths.len() + self.differences.len()
    }
}

/// What of `evidence` a judge asks for that counts from the standard strength on.
fn plain(evidence: &Evidence) -> Evidence {
    let (size, (columns, rows)) = (evidence.size, BESIDE);
    let mut plain = Evidence::new(size);
    (plain.state, plain.is_night) = (evidence.state, evidence.is_night);
    for y in 0..size.height {
        let row = &evidence.strength[y * size.width..][..size.width];
        for x in (0..size.width).filter(|&x| row[x] >= STANDARD) {
            plain.is_empty = false;
            let right = (x + columns + 1).min(size.width);
            for y in y.saturating_sub(rows)..(y + rows + 1).min(size.height) {
                let near = y * size.width + x.saturating_sub(columns)..y * size.width + right;
                plain.strength[near.clone()].copy_from_slice(&evidence.strength[near.clone()]);
                plain.difference[near.clone()].copy_from_slice(&evidence.difference[near]);
            }
        }
    }
    plain
}

/// A page's frames as they are gathered.
#[derive(Clone, Debug)]
pub(super) struct Coded {
    start: WallTime,
    size: Size,
    last: WallTime,
    /// The least detail of any frame.
    detail: Detail,
    frames: Vec<u8>,
    strengths: Vec<u8>,
    differences: Vec<u8>,
}

/// What stands before a frame's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) at: WallTime,
    pub(super) state: State,
    pub(super) is_night: bool,
    pub(super) detail: Detail,
}

impl Coded {
    pub(super) fn new(start: WallTime, size: Size) -> Self {
        let (frames, strengths, differences) = (Vec::new(), Vec::new(), Vec::new());
        Self { start, size, last: start, detail: Detail::Whole, frames, strengths, differences }
    }

    /// Takes the next frame, which is not older than the one before.
    pub(super) fn take(&mut self, head: Head, pixels: &Pixels) {
        let Head { at, state, is_night, detail } = head;
        let state = match state {
            State::Known => 0,
            State::Learning => 1,
            State::Anew => 2,
        };
        self.miss(detail);
        self.frames.push(state | u8::from(is_night) << 2 | byte_of(detail) << 3);
        let passed = at.since_or_zero(self.last).as_micros();
        number(&mut self.frames, usize::try_from(passed).unwrap_or(usize::MAX));
        self.last = at;
        if pixels.runs.is_empty() {
            number(&mut self.frames, 0);
        }
        self.frames.extend_from_slice(&pixels.runs);
        self.strengths.extend_from_slice(&pixels.strengths);
        self.differences.extend_from_slice(&pixels.differences);
    }

    /// Notes that something is kept with no more than `detail`.
    pub(super) fn miss(&mut self, detail: Detail) {
        self.detail = self.detail.max(detail);
    }

    /// How many bytes there are so far.
    pub(super) fn bytes(&self) -> usize {
        self.frames.len() + self.strengths.len() + self.differences.len()
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut grid = Vec::with_capacity(self.bytes() + 32);
        grid.extend_from_slice(&MAGIC);
        grid.extend_from_slice(&self.start.as_micros().to_le_bytes());
        grid.push(byte_of(self.detail));
        number(&mut grid, self.size.width);
        number(&mut grid, self.size.height);
        number(&mut grid, self.frames.len());
        number(&mut grid, self.strengths.len());
        grid.extend_from_slice(&self.frames);
        grid.extend_from_slice(&self.strengths);
        grid.extend_from_slice(&self.differences);
        grid
    }
}

/// The frames of a page's grid, by time.
///
/// Every byte is checked before the first frame is given; one frame is laid out at a time.
///
/// # Errors
///
/// If the bytes are no grid, or one of a version that is not known.
pub fn read(grid: &[u8]) -> Result<Frames<'_>, DamagedGrid> {
    let mut rest = Bytes(grid);
    if rest.take(MAGIC.len())? != MAGIC {
        return Err(damaged("it begins with other bytes than a grid of version 1"));
    }
    let (start, _) = rest.take(8)?.as_chunks();
    let start = start.first().copied().map_or(0, i64::from_le_bytes);
    let detail = rest.take(1)?.first().and_then(|byte| detail_of(*byte));
    let detail = detail.ok_or(damaged(UNKNOWN))?;
    let size = Size { width: rest.number()?, height: rest.number()? };
    let pixels = size.width.checked_mul(size.height);
    if pixels.is_none_or(|pixels| pixels == 0 || pixels > MOST_PIXELS) {
        return Err(damaged("its frames are of no size, or too large"));
    }
    let (frames, strengths) = (rest.number()?, rest.number()?);
    let (coded, strengths) = (Bytes(rest.take(frames)?), Bytes(rest.take(strengths)?));
    let frames = Frames { detail, size, at: start, coded, strengths, differences: rest };
    frames.clone().check()?;
    Ok(frames)
}

/// The frames of a grid, by time, from [`read`].
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    detail: Detail,
    size: Size,
    /// Microseconds since 1970 of the frame before.
    at: i64,
    coded: Bytes<'a>,
    strengths: Bytes<'a>,
    differences: Bytes<'a>,
}

impl Iterator for Frames<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        if self.coded.0.is_empty() {
            return None;
        }
        let mut evidence = Evidence::new(self.size);
        let head = self.step(|start, strengths, differences| {
            evidence.is_empty = false;
            let run = start..start + strengths.len();
            evidence.strength[run.clone()].copy_from_slice(strengths);
            let mut value = 0_i8;
            for (out, &byte) in evidence.difference[run].iter_mut().zip(differences) {
                value = value.wrapping_add(unfolded(byte));
                *out = value;
            }
        });
        let Head { at, state, is_night, detail } = head.ok()?; // Checked by `read`.
        (evidence.state, evidence.is_night) = (state, is_night);
        Some(Frame { at, evidence, detail })
    }
}

impl<'a> Frames<'a> {
    /// The least detail of any frame of the page, or of one that would be in it but for the bound.
    #[must_use]
    pub fn detail(&self) -> Detail {
        self.detail
    }

    fn check(mut self) -> Result<(), DamagedGrid> {
        while !self.coded.0.is_empty() {
            self.step(|_, _, _| ())?;
        }
        if self.strengths.0.is_empty() && self.differences.0.is_empty() {
            Ok(())
        } else {
            Err(damaged("there are more pixels than frames tell of"))
        }
    }

    /// Goes over the next frame, calling `run` with the first pixel, the strengths and the
    /// differences, as they stand, of each of its runs.
    fn step(
        &mut self,
        mut run: impl FnMut(usize, &'a [u8], &'a [u8]),
    ) -> Result<Head, DamagedGrid> {
        let [head] = *self.coded.take(1)? else { return Err(damaged(SHORT)) };
        let state = match head & 3 {
            0 => State::Known,
            1 => State::Learning,
            2 => State::Anew,
            _ => return Err(damaged("a frame is of an unknown kind")),
        };
        let detail = detail_of(head >> 3).ok_or(damaged(UNKNOWN))?;
        let passed = i64::try_from(self.coded.number()?).ok();
        self.at = passed
            .and_then(|passed| self.at.checked_add(passed))
            .ok_or(damaged("a frame is of no time"))?;
        let mut from = 0;
        for _ in 0..self.coded.number()? {
            let (gap, length) = (self.coded.number()?, self.coded.number()?);
            let start = from + gap.min(MOST_PIXELS);
            from = start + length.min(MOST_PIXELS) + 1;
            if from > self.size.pixels() {
                return Err(damaged("a frame has pixels outside of it"));
            }
            let strengths = self.strengths.take(from - start)?;
            if strengths.iter().any(|&strength| strength > STRONGEST) {
                return Err(damaged("a pixel is stronger than can be"));
            }
            run(start, strengths, self.differences.take(from - start)?);
        }
        let at = WallTime::from_micros(self.at);
        Ok(Head { at, state, is_night: head & 4 != 0, detail })
    }
}

fn byte_of(detail: Detail) -> u8 {
    match detail {
        Detail::Whole => 0,
        Detail::Plain => 1,
        Detail::Nothing => 2,
    }
}

fn detail_of(byte: u8) -> Option<Detail> {
    [Detail::Whole, Detail::Plain, Detail::Nothing]
        .into_iter()
        .find(|known| byte_of(*known) == byte)
}

const UNKNOWN: &str = "a frame is kept in an unknown way";
const SHORT: &str = "it ends too early";

fn damaged(what: &'static str) -> DamagedGrid {
    DamagedGrid { what }
}

/// Bytes to be read from the front.
#[derive(Clone, Copy, Debug)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DamagedGrid> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(damaged(SHORT))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<usize, DamagedGrid> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let [byte] = *self.take(1)? else { return Err(damaged(SHORT)) };
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return usize::try_from(number).map_err(|_| damaged("a number is too large")); // That is all there is to say.
            }
        }
        Err(damaged("a number is too long"))
    }
}

/// Writes `number` as LEB128, at most 63 bits of it.
fn number(out: &mut Vec<u8>, number: usize) {
    let mut rest = u64::try_from(number).unwrap_or(u64::MAX) & (u64::MAX >> 1);
    while rest >= 0x80 {
        out.push(u8::try_from(rest & 0x7F).unwrap_or(0) | 0x80);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).unwrap_or(0));
}

/// A small number either way as a small byte.
fn folded(difference: i8) -> u8 {
    difference.unsigned_abs().wrapping_mul(2).wrapping_sub(u8::from(difference < 0))
}

/// What [`folded`] made a byte of.
fn unfolded(byte: u8) -> i8 {
    let half = (byte / 2).cast_signed();
    if byte.is_multiple_of(2) { half } else { -1 - half }
}
