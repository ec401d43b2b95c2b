//! Which kind of model has outputs of which dimensions.

use watchpost_model::config::detector::ModelLayout;

use super::Tensor;
use super::grid::{self, FINE, FOUR, THREE};

/// Of COCO, which most models are trained with.
const COCO: usize = 80;
/// No model knows more classes.
const CLASSES: usize = 10_000;
/// So many numbers make the four distances of `NanoDet`: 8 for each.
pub(super) const DISTANCES: usize = 32;
/// The strides at which `NanoDet` looks, and that of `FastestDet`.
const NANO: &[usize] = FOUR;
const FASTEST: usize = 16;

/// All kinds, for who wonders why theirs is not among them. N: how many places.
pub(super) const KNOWN: &str = "YOLOX and YOLOv5 ([1, N, 5 + classes]), \
    YOLOv8, v9 and v11 ([1, 4 + classes, N]), end-to-end ones such as YOLOv10 and YOLO26 ([1, N, 6]), \
    FastestDet ([1, 5 + classes, height / 16, width / 16]) and NanoDet ([1, N, classes + 32])";

/// What an owner calls a kind.
pub(super) fn name(kind: ModelLayout) -> &'static str {
    match kind {
        ModelLayout::Yolox => "YOLOX",
        ModelLayout::YoloV5 => "YOLOv5",
        ModelLayout::YoloV8 => "YOLOv8",
        ModelLayout::EndToEnd => "an end-to-end model",
        ModelLayout::FastestDet => "FastestDet",
        ModelLayout::NanoDet => "NanoDet",
    }
}

/// The outputs in words: `output [1, 3549, 85]`.
pub(super) fn told(outputs: &[Tensor]) -> String {
    const MOST: usize = 8;
    let word = |output: &Tensor| format!("{} {:?}", output.name, output.shape);
    let mut words: Vec<String> = outputs.iter().take(MOST).map(word).collect();
    match outputs.len() {
        0 => return "none".to_owned(),
        count if count > MOST => words.push(format!("{} more", count - MOST)),
        _ => {}
    }
    words.join(", ")
}

/// The kind whose outputs these are, and how many classes it knows.
pub(super) fn guess(
    outputs: &[Tensor],
    input: (usize, usize),
    names: Option<usize>,
) -> Option<(ModelLayout, usize)> {
    if let Some(levels) = levels(outputs, input) {
        return Some((ModelLayout::NanoDet, levels.first()?.classes));
    }
    // YOLOv5 tells its raw numbers besides, in five dimensions.
    let (rest, main): (Vec<&Tensor>, Vec<&Tensor>) =
        outputs.iter().partition(|output| output.shape.len() == 5);
    let [main] = main[..] else { return None };
    let kind = match main.shape[..] {
        [1, channels, rows, columns] => {
            let (width, height) = input;
            let is_grid = rows == height.div_ceil(FASTEST) && columns == width.div_ceil(FASTEST);
            (is_grid && channels > 5).then_some(ModelLayout::FastestDet)?
        }
        [1, rows, columns] => of_rows(rows, columns, input, names)?,
        _ => return None,
    };
    if !rest.is_empty() && kind != ModelLayout::YoloV5 {
        return None;
    }
    check(kind, outputs, input, names).ok().map(|classes| (kind, classes))
}

/// The kind that tells `[1, rows, columns]`.
fn of_rows(
    rows: usize,
    columns: usize,
    input: (usize, usize),
    names: Option<usize>,
) -> Option<ModelLayout> {
    let [three, four, fine] = [THREE, FOUR, FINE].map(|strides| grid::count(input, strides));
    if columns > 5 && (rows == 3 * three || rows == 3 * four) {
        return Some(ModelLayout::YoloV5);
    }
    if [three, four, fine].contains(&columns) && rows > 4 {
        return Some(ModelLayout::YoloV8);
    }
    if ![three, four, fine].contains(&rows) {
        return (columns == 6).then_some(ModelLayout::EndToEnd);
    }
    // How many numbers there are for a place besides those of classes, by the names if they fit.
    let besides = |names: usize| {
        [5, 4, DISTANCES].into_iter().find(|besides| names.checked_add(*besides) == Some(columns))
    };
    match names.and_then(besides).or_else(|| besides(COCO)) {
        Some(4) => Some(ModelLayout::YoloV8),
        Some(DISTANCES) if rows != fine => Some(ModelLayout::NanoDet),
        Some(5) | None if rows == three && columns > 5 => Some(ModelLayout::Yolox),
        None if rows == four && columns > DISTANCES => Some(ModelLayout::NanoDet),
        None if columns == 5 => Some(ModelLayout::YoloV8),
        _ => None,
    }
}

/// How many classes a model of this kind knows with these outputs.
///
/// # Errors
///
/// Why they are not those of its kind.
pub(super) fn check(
    kind: ModelLayout,
    outputs: &[Tensor],
    input: (usize, usize),
    names: Option<usize>,
) -> Result<usize, &'static str> {
    if kind == ModelLayout::NanoDet
        && let Some(levels) = levels(outputs, input)
    {
        return levels.first().map(|level| level.classes).ok_or("it tells nothing");
    }
    if kind == ModelLayout::FastestDet {
        return match outputs {
            [Tensor { shape, .. }] => match shape[..] {
                [1, channels, rows, columns]
                    if rows > 0 && columns > 0 && (6..=5 + CLASSES).contains(&channels) =>
                {
                    Ok(channels - 5)
                }
                _ => Err("its output has the dimensions [1, 5 + classes, rows, columns]"),
            },
            _ => Err("it has one output"),
        };
    }
    let mut flat = outputs.iter().filter_map(|output| match output.shape[..] {
        [1, rows, columns] => Some((rows, columns)),
        _ => None,
    });
    let Some((rows, columns)) = flat.next() else {
        return Err("it has an output of three dimensions, the first of which is 1");
    };
    let (three, four) = (grid::count(input, THREE), grid::count(input, FOUR));
    let more = |columns: usize, besides: usize| {
        columns.checked_sub(besides).filter(|classes| (1..=CLASSES).contains(classes))
    };
    match kind {
        ModelLayout::Yolox if rows != three => {
            Err("it looks at as many places as its input has cells of 8, 16 and 32 pixels")
        }
        ModelLayout::NanoDet if rows != three && rows != four => Err(
            "it looks at as many places as its input has cells of 8, 16, 32 and perhaps 64 pixels",
        ),
        ModelLayout::Yolox | ModelLayout::YoloV5 => {
            more(columns, 5).ok_or("it tells more than 5 numbers for each place")
        }
        ModelLayout::NanoDet => {
            more(columns, DISTANCES).ok_or("it tells more than 32 numbers for each place")
        }
        ModelLayout::YoloV8 => {
            let fits = |side: usize| names.is_some_and(|names| side.checked_sub(4) == Some(names));
            let (least, most) = (rows.min(columns), rows.max(columns));
            let side = if fits(most) && !fits(least) { most } else { least };
            more(side, 4).ok_or("it tells more than 4 numbers for each place")
        }
        ModelLayout::EndToEnd if columns != 6 => Err("it tells 6 numbers for each object"),
        ModelLayout::EndToEnd | ModelLayout::FastestDet => Ok(names.unwrap_or(COCO)),
    }
}

/// Two outputs of `NanoDet`: what it saw at one stride.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level<'a> {
    /// `[1, N, classes]`.
    pub(super) scores: &'a [f32],
    /// `[1, N, 32]`.
    pub(super) distances: &'a [f32],
    /// See [`Level::scores`].
    pub(super) classes: usize,
    /// In pixels.
    pub(super) stride: usize,
}

/// The outputs of a `NanoDet` that tells each stride by itself; `None` if they are not such.
pub(super) fn levels(outputs: &[Tensor], input: (usize, usize)) -> Option<Vec<Level<'_>>> {
    let flat = |output: &Tensor| match output.shape[..] {
        [1, places, columns] | [places, columns] => Some((places, columns)),
        _ => None,
    };
    let sizes = outputs.iter().map(flat).collect::<Option<Vec<_>>>()?;
    if outputs.len() < 4 || outputs.len() > 2 * NANO.len() || !outputs.len().is_multiple_of(2) {
        return None;
    }
    let mut levels: Vec<Level<'_>> = Vec::new();
    for stride in NANO.iter().take(outputs.len() / 2) {
        let places = grid::count(input, &[*stride]);
        let mut here = outputs.iter().zip(&sizes).filter(|(_, size)| size.0 == places);
        let (one, other) = (here.next()?, here.next()?);
        // Scores come first, but for names or sizes that say otherwise.
        let is_distances = |(output, size): (&Tensor, &(usize, usize))| {
            let words = ["dis", "reg", "box"];
            size.1 == DISTANCES && words.iter().any(|word| output.name.contains(word))
        };
        let is_turned = other.1.1 != DISTANCES || (is_distances(one) && !is_distances(other));
        let (scores, distances) = if is_turned { (other, one) } else { (one, other) };
        let classes = scores.1.1;
        let is_alike = levels.first().is_none_or(|first| first.classes == classes);
        if distances.1.1 != DISTANCES || !(1..=CLASSES).contains(&classes) || !is_alike {
            return None;
        }
        let (scores, distances) = (&scores.0.values[..], &distances.0.values[..]);
        levels.push(Level { scores, distances, classes, stride: *stride });
    }
    Some(levels)
}
