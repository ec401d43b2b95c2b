//! From a model's numbers to boxes. What is no number, no share or no box is nothing, whatever a model tells.

use watchpost_model::config::detector::ModelLayout;

use super::grid::{self, Cell, FOUR, THREE};
use super::shape::{self, DISTANCES};
use super::{Layout, Proposal, Tensor};
use crate::cast::{floor, real};

/// What rounding may add to a score of 1.
const ROUNDING: f32 = 0.01;
/// An edge farther than this from the input's corner, in pixels, is an error of the model.
const FAR: f32 = 100_000.0;

/// All boxes with a score of at least `min_score`.
pub(super) fn proposals(layout: &Layout, outputs: &[Tensor], min_score: f32) -> Vec<Proposal> {
    let (input, classes) = (layout.input, layout.classes);
    let numbers = |besides: usize| classes.saturating_add(besides);
    let found = match layout.kind {
        ModelLayout::Yolox => flat(outputs, numbers(5)).map(|rows| yolox(rows, input, min_score)),
        ModelLayout::YoloV5 => flat(outputs, numbers(5)).map(|rows| yolov5(rows, min_score)),
        ModelLayout::YoloV8 => match across(outputs, numbers(4)) {
            Some(values) => Some(yolov8_across(values, numbers(4), min_score)),
            None => flat(outputs, numbers(4)).map(|rows| yolov8(rows, min_score)),
        },
        ModelLayout::EndToEnd => flat(outputs, 6).map(|rows| end_to_end(rows, classes, min_score)),
        ModelLayout::FastestDet => fastest_det(layout, outputs, min_score),
        ModelLayout::NanoDet => nano_det(layout, outputs, min_score),
    };
    found.unwrap_or_default()
}

/// Rows of numbers, a row for each place.
#[derive(Clone, Copy, Debug)]
struct Rows<'a> {
    values: &'a [f32],
    columns: usize,
}

impl<'a> Rows<'a> {
    fn iter(self) -> impl Iterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    fn count(self) -> usize {
        self.values.len() / self.columns.max(1)
    }
}

/// The first output of the dimensions `[1, N, columns]` that holds as many values.
fn flat(outputs: &[Tensor], columns: usize) -> Option<Rows<'_>> {
    let fits = |output: &&Tensor| match output.shape[..] {
        [1, rows, across] => across == columns && holds(output, rows, across),
        _ => false,
    };
    outputs.iter().find(fits).map(|output| Rows { values: &output.values, columns })
}

/// The values of the first output of the dimensions `[1, rows, N]` that holds as many.
fn across(outputs: &[Tensor], rows: usize) -> Option<&[f32]> {
    let fits = |output: &&Tensor| match output.shape[..] {
        [1, down, columns] => down == rows && holds(output, down, columns),
        _ => false,
    };
    outputs.iter().find(fits).map(|output| &output.values[..])
}

fn holds(output: &Tensor, rows: usize, columns: usize) -> bool {
    rows.checked_mul(columns) == Some(output.values.len())
}

/// Centre and size relative to the cell, sure of an object, sure of each class (logistic already).
fn yolox(rows: Rows<'_>, input: (usize, usize), min_score: f32) -> Vec<Proposal> {
    if rows.count() != grid::count(input, THREE) {
        return Vec::new();
    }
    let of = |(index, row): (usize, &[f32])| {
        let (place, object, class) = likely(row, min_score)?;
        let Cell { x, y, stride } = grid::cell(input, THREE, index)?;
        let [across, down, width, height] = place;
        let centre = ((x + across) * stride, (y + down) * stride);
        proposal(class, object, around(centre, (width.exp() * stride, height.exp() * stride)))
    };
    rows.iter().enumerate().filter_map(of).collect()
}

/// Centre and size in pixels, sure of an object, sure of each class.
fn yolov5(rows: Rows<'_>, min_score: f32) -> Vec<Proposal> {
    let of = |row: &[f32]| {
        let ([x, y, width, height], score, class) = likely(row, min_score)?;
        proposal(class, score, around((x, y), (width, height)))
    };
    rows.iter().filter_map(of).collect()
}

/// Of a row of place, object and classes: the place, the score and the class. The object is asked first: it
/// bounds the score, and is hardly ever there.
fn likely(row: &[f32], min_score: f32) -> Option<([f32; 4], f32, usize)> {
    let (place, rest) = row.split_first_chunk::<4>()?;
    let (object, classes) = rest.split_first()?;
    if !reaches(*object, min_score) {
        return None;
    }
    let (class, sure) = best(classes)?;
    let score = share(*object)? * share(sure)?;
    reaches(score, min_score).then_some((*place, score, class))
}

/// Centre and size in pixels, sure of each class, a row for each place.
fn yolov8(rows: Rows<'_>, min_score: f32) -> Vec<Proposal> {
    let of = |row: &[f32]| {
        let ([x, y, width, height], classes) = row.split_first_chunk::<4>()?;
        let (class, score) = best(classes)?;
        let score = share(score).filter(|score| reaches(*score, min_score))?;
        proposal(class, score, around((*x, *y), (*width, *height)))
    };
    rows.iter().filter_map(of).collect()
}

/// The same, a column for each place: gone through as it lies in memory, class after class.
fn yolov8_across(values: &[f32], rows: usize, min_score: f32) -> Vec<Proposal> {
    let places = values.len() / rows.max(1);
    if places == 0 {
        return Vec::new();
    }
    let mut lines = values.chunks_exact(places);
    let mut line = || lines.next().unwrap_or_default();
    let [x, y, width, height] = [line(), line(), line(), line()];
    let mut best = vec![(f32::NEG_INFINITY, 0_u16); places];
    for (class, scores) in (0..=u16::MAX).zip(lines) {
        for (best, score) in best.iter_mut().zip(scores) {
            if *score > best.0 {
                *best = (*score, class);
            }
        }
    }
    let of = |(index, (score, class)): (usize, (f32, u16))| {
        let score = share(score).filter(|score| reaches(*score, min_score))?;
        let edges = around((x[index], y[index]), (width[index], height[index]));
        proposal(usize::from(class), score, edges)
    };
    best.into_iter().enumerate().filter_map(of).collect()
}

/// Corners in pixels, score, class.
fn end_to_end(rows: Rows<'_>, classes: usize, min_score: f32) -> Vec<Proposal> {
    let of = |row: &[f32]| {
        let [left, top, right, bottom, score, class] = *row else { return None };
        let score = share(score).filter(|score| reaches(*score, min_score))?;
        let is_class = class > -0.5 && class < real(classes) - 0.5;
        let class = is_class.then(|| floor(class.max(0.0) + 0.5))?;
        proposal(class, score, [left, top, right, bottom])
    };
    rows.iter().filter_map(of).collect()
}

/// A plane for each number: sure of an object, centre relative to the cell, size, sure of each class.
fn fastest_det(layout: &Layout, outputs: &[Tensor], min_score: f32) -> Option<Vec<Proposal>> {
    /// How much being sure of an object counts, and of a class.
    const POWERS: (f32, f32) = (0.6, 0.4);
    let [output] = outputs else { return None };
    let [1, channels, rows, columns] = output.shape[..] else { return None };
    let area = rows.checked_mul(columns).filter(|area| *area > 0)?;
    if channels != layout.classes.saturating_add(5) || !holds(output, channels, area) {
        return None;
    }
    let planes: Vec<&[f32]> = output.values.chunks_exact(area).collect();
    let (width, height) = (real(layout.input.0), real(layout.input.1));
    let logistic = |value: f32| 1.0 / (1.0 + (-value).exp());
    let of = |index: usize| {
        let at = |plane: usize| planes[plane][index];
        let object = share(at(0))?.powf(POWERS.0);
        if !reaches(object, min_score) {
            return None;
        }
        let classes: Vec<f32> = planes[5..].iter().map(|plane| plane[index]).collect();
        let (class, sure) = best(&classes)?;
        let score = object * share(sure)?.powf(POWERS.1);
        let x = (real(index % columns) + at(1).tanh()) / real(columns);
        let y = (real(index / columns) + at(2).tanh()) / real(rows);
        let size = (logistic(at(3)) * width, logistic(at(4)) * height);
        reaches(score, min_score)
            .then(|| proposal(class, score, around((x * width, y * height), size)))?
    };
    Some((0..area).filter_map(of).collect())
}

/// Sure of each class (logistic already), then how far each edge is from the cell's middle: the mean of a
/// distribution over 0 to 7 strides.
fn nano_det(layout: &Layout, outputs: &[Tensor], min_score: f32) -> Option<Vec<Proposal>> {
    let (input, classes) = (layout.input, layout.classes);
    // Models of three strides count from the middle of a cell, NanoDet-Plus, of four, from its corner.
    let is_plus = |strides: usize| strides == FOUR.len();
    if let Some(levels) = shape::levels(outputs, input) {
        let middle = if is_plus(levels.len()) { 0.0 } else { 0.5 };
        let mut found = Vec::new();
        for level in &levels {
            let strides = [level.stride];
            let places = grid::count(input, &strides);
            let fits = |values: &[f32], columns| places.checked_mul(columns) == Some(values.len());
            if level.classes != classes
                || !fits(level.scores, classes)
                || !fits(level.distances, DISTANCES)
            {
                return None;
            }
            let rows = level.scores.chunks_exact(classes);
            let rows = rows.zip(level.distances.chunks_exact(DISTANCES)).enumerate();
            found.extend(rows.filter_map(|(index, (scores, distances))| {
                let cell = grid::cell(input, &strides, index)?;
                distributed(scores, distances, cell, middle, min_score)
            }));
        }
        return Some(found);
    }
    let rows = flat(outputs, classes.saturating_add(DISTANCES))?;
    let strides =
        [THREE, FOUR].into_iter().find(|strides| grid::count(input, strides) == rows.count())?;
    let middle = if is_plus(strides.len()) { 0.0 } else { 0.5 };
    let of = |(index, row): (usize, &[f32])| {
        let (scores, distances) = row.split_at_checked(classes)?;
        distributed(scores, distances, grid::cell(input, strides, index)?, middle, min_score)
    };
    Some(rows.iter().enumerate().filter_map(of).collect())
}

/// What `NanoDet` tells of one cell.
fn distributed(
    scores: &[f32],
    distances: &[f32],
    Cell { x, y, stride }: Cell,
    middle: f32,
    min_score: f32,
) -> Option<Proposal> {
    let (class, score) = best(scores)?;
    let score = share(score).filter(|score| reaches(*score, min_score))?;
    let mut each = distances.chunks_exact(DISTANCES / 4).map(|bins| mean(bins) * stride);
    let [left, top, right, bottom] = [each.next()?, each.next()?, each.next()?, each.next()?];
    let (x, y) = ((x + middle) * stride, (y + middle) * stride);
    proposal(class, score, [x - left, y - top, x + right, y + bottom])
}

/// The mean of a distribution over 0, 1, 2 and so on, told as logarithms of its shares and some number.
fn mean(bins: &[f32]) -> f32 {
    // The greatest taken off: so nothing overflows.
    let most = bins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut moment) = (0.0, 0.0);
    for (number, bin) in bins.iter().enumerate() {
        let share = (bin - most).exp();
        sum += share;
        moment += share * real(number);
    }
    moment / sum
}

/// The greatest of `scores` and its number; `None` if none is a number.
fn best(scores: &[f32]) -> Option<(usize, f32)> {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter().position(|score| *score >= most).map(|class| (class, most))
}

/// Whether `score` is at least `least`; not if one of them is no number.
fn reaches(score: f32, least: f32) -> bool {
    score >= least
}

/// `value` as a share of 0 to 1, if it is one.
fn share(value: f32) -> Option<f32> {
    (0.0..=1.0 + ROUNDING).contains(&value).then(|| value.min(1.0))
}

/// The edges of a box around `centre`.
fn around(centre: (f32, f32), (width, height): (f32, f32)) -> [f32; 4] {
    let ((x, y), (across, down)) = (centre, (width / 2.0, height / 2.0));
    [x - across, y - down, x + across, y + down]
}

/// The proposal, if its edges make a box.
fn proposal(class: usize, score: f32, edges: [f32; 4]) -> Option<Proposal> {
    let [left, top, right, bottom] = edges;
    // Not so either if one is no number.
    let is_box = left < right && top < bottom && edges.iter().all(|edge| edge.abs() <= FAR);
    is_box.then_some(Proposal { class: u16::try_from(class).ok()?, score, edges })
}
