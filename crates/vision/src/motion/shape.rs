//! Which of the pixels that differ belong together.
//!
//! After a vote that takes out specks and fills pinholes, what is left is joined into shapes by runs along the rows, across gaps of up to [`GAP`] pixels, because a person
//! whose coat is as grey as the wall comes in pieces.
//!
//! A shape without an outline is a light: headlights on a road end in a slope many pixels wide, a
//! person or a car within the blur of the lens.
//!
//! Source: joining runs by union-find as in He, Chao and Suzuki, "A run-based two-scan labeling
//! algorithm", IEEE Trans. Image Processing 17(5), 2008; the outline after the gradient test for ghosts of Cucchiara, Grana, Piccardi and Prati, "Detecting
//! moving objects, ghosts, and shadows in video streams", IEEE TPAMI 25(10), 2003.

use super::plane::{Size, Vote};
use crate::cast::real;

/// Pixels of a row or rows that may lie between two parts of one shape.
const GAP: usize = 2;
/// Share of its contrast that a shape must gain within three pixels across its outline. Things gain
/// 0.4 to 1 of it, at night as by day; the pool of a headlight 0.02 to 0.2.
const SHARP: f32 = 0.25;
/// More shapes than this are rain, noise or a change of everything; the largest are looked at.
const MOST: usize = 64;

/// Pixels that belong together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    /// How many pixels.
    pub(super) area: usize,
    pub(super) left: usize,
    pub(super) top: usize,
    /// First column to the right of it.
    pub(super) right: usize,
    /// First row below it.
    pub(super) bottom: usize,
    /// Its middle, in pixels.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Whether it has an outline; else it is a light.
    pub(super) is_sharp: bool,
}

/// Finds the shapes in one mask after another.
#[derive(Clone, Debug)]
pub(super) struct Shapes {
    /// 1 where the vote was for, else 0.
    pub(super) mask: Vec<u8>,
    /// The largest first.
    pub(super) found: Vec<Shape>,
    vote: Vote,
    runs: Vec<Run>,
    parents: Vec<usize>,
    gathered: Vec<Gathered>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    y: usize,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Gathered {
    area: usize,
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    x: usize,
    y: usize,
    /// What is gained across its left and right outline, summed up.
    gain: f32,
    /// What there is to gain.
    contrast: f32,
}

impl Shapes {
    pub(super) fn new(size: Size) -> Self {
        Self {
            mask: vec![0; size.pixels()],
            found: Vec::with_capacity(MOST),
            vote: Vote::new(size),
            runs: Vec::new(),
            parents: Vec::new(),
            gathered: Vec::new(),
        }
    }

    /// Nothing differs.
    pub(super) fn clear(&mut self) {
        self.found.clear();
    }

    /// Takes the next mask, 1 for each pixel that differs, and by how many grey levels each does.
    pub(super) fn take(&mut self, differs: &[u8], difference: &[i8], size: Size) {
        self.vote.take(differs, &mut self.mask, size);
        self.find_runs(size);
        self.join_runs();
        self.gather(difference, size);
        self.found.clear();
        let shapes = self.gathered.iter().filter(|shape| shape.area > 0);
        self.found.extend(shapes.map(Gathered::shape));
        self.found.sort_unstable_by_key(|shape| std::cmp::Reverse(shape.area));
        self.found.truncate(MOST);
    }

    fn find_runs(&mut self, size: Size) {
        self.runs.clear();
        for (y, row) in self.mask.chunks_exact(size.width).enumerate() {
            let mut x = 0;
            while let Some(blank) = row[x..].iter().position(|&set| set != 0) {
                let start = x + blank;
                let length = row[start..].iter().position(|&set| set == 0);
                x = length.map_or(size.width, |length| start + length);
                self.runs.push(Run { y, start, end: x });
            }
        }
    }

    fn join_runs(&mut self) {
        self.parents.clear();
        self.parents.extend(0..self.runs.len());
        let mut first = 0;
        for this in 0..self.runs.len() {
            let run = self.runs[this];
            while self.runs[first].y + GAP + 1 < run.y {
                first += 1;
            }
            for earlier in first..this {
                let other = self.runs[earlier];
                if other.start <= run.end + GAP && run.start <= other.end + GAP {
                    let (a, b) = (self.root(earlier), self.root(this));
                    self.parents[a.max(b)] = a.min(b);
                }
            }
        }
    }

    fn root(&mut self, mut run: usize) -> usize {
        while self.parents[run] != run {
            self.parents[run] = self.parents[self.parents[run]];
            run = self.parents[run];
        }
        run
    }

    fn gather(&mut self, difference: &[i8], size: Size) {
        self.gathered.clear();
        self.gathered.resize(self.runs.len(), Gathered::default());
        for this in 0..self.runs.len() {
            let root = self.root(this);
            let run = self.runs[this];
            self.gathered[root].add(run);
            self.gathered[root].edge(run, &difference[run.y * size.width..][..size.width]);
        }
    }
}

impl Gathered {
    fn add(&mut self, run: Run) {
        let length = run.end - run.start;
        if self.area == 0 {
            (self.left, self.top) = (run.start, run.y);
        }
        self.area += length;
        self.left = self.left.min(run.start);
        self.right = self.right.max(run.end);
        self.bottom = self.bottom.max(run.y + 1);
        self.x += (run.start + run.end) * length; // Twice the sum of the middles.
        self.y += (2 * run.y + 1) * length;
    }

    /// Takes in how the differences along `row` rise at both ends of `run`.
    fn edge(&mut self, run: Run, row: &[i8]) {
        let last = row.len() - 1;
        let here = |x: usize| f32::from(row[x.min(last)]);
        let middle = here(usize::midpoint(run.start, run.end)).abs();
        if run.start > 0 {
            self.gain += (here(run.start + 1) - here(run.start.saturating_sub(2))).abs();
            self.contrast += middle;
        }
        if run.end <= last {
            self.gain += (here(run.end.saturating_sub(2)) - here(run.end + 1)).abs();
            self.contrast += middle;
        }
    }

    fn is_sharp(&self) -> bool {
        self.gain >= SHARP * self.contrast
    }

    fn shape(&self) -> Shape {
        let Self { area, left, top, right, bottom, x, y, .. } = *self;
        let twice = 2.0 * real(area);
        let is_sharp = self.is_sharp();
        Shape { area, left, top, right, bottom, x: real(x) / twice, y: real(y) / twice, is_sharp }
    }
}
