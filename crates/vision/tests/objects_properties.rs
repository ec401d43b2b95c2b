//! What holds for what looks at pictures with a model, whatever it is shown and told.

use watchpost_model::config::detector::{ColourOrder, Fit, ModelLayout};
use watchpost_model::{Fraction, Label, Object, Region};
use watchpost_vision::objects::Rgb;
use watchpost_vision::objects::fit::{Wish, fit};
use watchpost_vision::objects::layout::{Layout, Proposal, Tensor};
use watchpost_vision::objects::overlap::{join, suppress};

/// Chance that is the same each time: xorshift* of Marsaglia, "Xorshift RNGs", Journal of
/// Statistical Software 8(14), 2003, as by Vigna.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn word(&mut self) -> u16 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        u16::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 48).expect("16 bits fit")
    }

    /// From 0 up to 1.
    fn unit(&mut self) -> f32 {
        f32::from(self.word()) / 65_536.0
    }

    /// From `least` to `most`, both included.
    fn whole(&mut self, least: usize, most: usize) -> usize {
        least + usize::from(self.word()) % (most - least + 1)
    }

    /// Any number that a broken model may tell, mostly a sober one.
    fn wild(&mut self) -> f32 {
        match self.whole(0, 30) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => f32::NEG_INFINITY,
            3 => f32::MAX,
            4 => f32::from_bits(u32::from(self.word()) << 16 | u32::from(self.word())),
            5..9 => (self.unit() - 0.5) * 2000.0,
            _ => self.unit(),
        }
    }
}

fn real(count: usize) -> f32 {
    f32::from(u16::try_from(count).expect("it fits"))
}

/// The number of the cell below `value`.
fn floor(value: f32) -> usize {
    (0..10_000).take_while(|count| real(*count) <= value).count().saturating_sub(1)
}

#[test]
fn what_lies_in_a_picture_is_found_where_it_lies() {
    let mut tried = 0;
    for seed in 0..400 {
        let chance = &mut Chance::new(seed);
        let (width, height) = (chance.whole(8, 700), chance.whole(8, 500));
        let (wide, high) = (32 * chance.whole(1, 14), 32 * chance.whole(1, 14));
        let fit_way = [Fit::UpperLeft, Fit::Centre, Fit::Stretch][chance.whole(0, 2)];
        // A white block on black.
        let (left, top) = (chance.whole(0, width / 2), chance.whole(0, height / 2));
        let (right, bottom) =
            (chance.whole(left + width / 4, width), chance.whole(top + height / 4, height));
        let shade = |pixel: usize| {
            let inside = (left..right).contains(&(pixel % width))
                && (top..bottom).contains(&(pixel / width));
            [if inside { 255 } else { 0 }; 3]
        };
        let pixels = (0..width * height).flat_map(shade).collect();
        let picture = Rgb::new(width, height, pixels).expect("three bytes each");
        let wish = Wish {
            width: wide,
            height: high,
            fit: fit_way,
            colour: ColourOrder::Bgr,
            white: 1.0,
            mean: [0.0; 3],
            deviation: [1.0; 3],
        };
        let fitted = fit(&picture, &wish);
        assert_eq!(fitted.values.len(), 3 * wide * high);
        let (x, y, across, down) = fitted.inside;
        assert!(x + across <= wide && y + down <= high && across > 0 && down > 0);
        if across < 16 || down < 16 {
            continue; // Too few pixels to see a block in.
        }
        // The block's edges in the input: half-way up from black to white.
        let value = |column: usize, row: usize| fitted.values[row * wide + column];
        let inside = |column: usize, row: usize| {
            (x..x + across).contains(&column) && (y..y + down).contains(&row)
        };
        let places = (0..high).flat_map(|row| (0..wide).map(move |column| (column, row)));
        let lit: Vec<(usize, usize)> = places
            .filter(|&(column, row)| inside(column, row) && value(column, row) >= 0.5)
            .collect();
        let columns = || lit.iter().map(|place| real(place.0));
        let rows = || lit.iter().map(|place| real(place.1));
        let edges = [
            columns().fold(f32::MAX, f32::min),
            rows().fold(f32::MAX, f32::min),
            columns().fold(0.0, f32::max) + 1.0,
            rows().fold(0.0, f32::max) + 1.0,
        ];
        let place = fitted.place(edges).expect("the block lies in the picture");
        // Right to a pixel of the coarser of the two.
        let slack_x = 1.0 / real(width.min(across)) + 1e-4;
        let slack_y = 1.0 / real(height.min(down)) + 1e-4;
        for (got, wanted, slack) in [
            (place.left, real(left) / real(width), slack_x),
            (place.right, real(right) / real(width), slack_x),
            (place.top, real(top) / real(height), slack_y),
            (place.bottom, real(bottom) / real(height), slack_y),
        ] {
            let apart = (got.get() - wanted).abs();
            assert!(apart <= slack, "seed {seed}: {apart} of {slack}, {fit_way:?} {place:?}");
        }
        tried += 1;
    }
    assert!(tried > 250, "{tried} pictures are no test");
}

#[test]
fn a_picture_of_one_colour_stays_so_at_any_size() {
    for seed in 0..200 {
        let chance = &mut Chance::new(seed);
        let (width, height) = (chance.whole(1, 900), chance.whole(1, 300));
        let level = chance.word().to_le_bytes()[0];
        let picture = Rgb::new(width, height, vec![level; 3 * width * height]).expect("it fits");
        let (wide, high) = (chance.whole(1, 300), chance.whole(1, 300));
        let wish = Wish {
            width: wide,
            height: high,
            fit: Fit::Stretch,
            colour: ColourOrder::Rgb,
            white: 255.0,
            mean: [0.0; 3],
            deviation: [1.0; 3],
        };
        let fitted = fit(&picture, &wish);
        let is_level = |value: &f32| (value - f32::from(level)).abs() < 0.01;
        assert!(fitted.values.iter().all(is_level), "{width}x{height} to {wide}x{high}: {level}");
    }
}

fn iou(one: &Proposal, other: &Proposal) -> f32 {
    let area = |edges: [f32; 4]| (edges[2] - edges[0]).max(0.0) * (edges[3] - edges[1]).max(0.0);
    let (a, b) = (one.edges, other.edges);
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    shared / (area(a) + area(b) - shared)
}

#[test]
fn what_stays_of_boxes_stays_again_and_overlaps_no_more() {
    let mut gone = 0;
    for seed in 0..200 {
        let chance = &mut Chance::new(seed);
        let count = chance.whole(0, 120);
        let proposals: Vec<Proposal> = (0..count)
            .map(|number| {
                let (x, y) = (chance.unit() * 200.0, chance.unit() * 200.0);
                let (width, height) = (5.0 + chance.unit() * 100.0, 5.0 + chance.unit() * 100.0);
                let class = u16::from(chance.unit() < 0.3);
                let score = real(number * 37 % 127) / 127.0; // Of each another.
                Proposal { class, score, edges: [x, y, x + width, y + height] }
            })
            .collect();
        let most = chance.unit();
        let kept = suppress(proposals.clone(), most, 40);
        assert!(kept.len() <= 40);
        assert!(kept.iter().all(|one| proposals.contains(one)));
        assert!(kept.is_sorted_by(|one, other| one.score >= other.score));
        for (number, one) in kept.iter().enumerate() {
            for other in &kept[..number] {
                assert!(one.class != other.class || iou(one, other) <= most + 1e-6);
            }
        }
        // Whoever is gone gave way to someone better of its class, or there were too many.
        for one in proposals.iter().filter(|one| !kept.contains(one)) {
            let gave_way = |other: &Proposal| {
                other.class == one.class && other.score >= one.score && iou(one, other) > most
            };
            assert!(kept.len() == 40 || kept.iter().any(gave_way), "{one:?}");
            gone += 1;
        }
        assert_eq!(suppress(kept.clone(), most, 40), kept);
        let mut turned = proposals;
        turned.reverse();
        assert_eq!(suppress(turned, most, 40), kept);
    }
    assert!(gone > 1000, "{gone} boxes are no test");
}

#[test]
fn joining_looks_invents_nobody_and_loses_no_place() {
    for seed in 0..300 {
        let chance = &mut Chance::new(seed);
        let region = |chance: &mut Chance| {
            let (x, y) = (chance.unit() * 0.7, chance.unit() * 0.7);
            Region::clamped(x, y, x + 0.05 + chance.unit() * 0.4, y + 0.05 + chance.unit() * 0.4)
        };
        let looks: Vec<(Region, Vec<Object>)> = (0..chance.whole(0, 3))
            .map(|_| {
                let look = region(chance);
                let objects = (0..chance.whole(0, 6))
                    .map(|_| Object {
                        label: Label::person(),
                        score: Fraction::clamped(chance.unit()),
                        region: look.place(&region(chance)),
                        sharpness: None,
                    })
                    .collect();
                (look, objects)
            })
            .collect();
        let all: Vec<Object> = looks.iter().flat_map(|(_, objects)| objects.clone()).collect();
        let most = looks.iter().map(|(_, objects)| objects.len()).max().unwrap_or(0);
        let joined = join(looks);
        assert!((most..=all.len()).contains(&joined.len()), "seed {seed}");
        assert!(joined.is_sorted_by(|one, other| one.score >= other.score));
        for one in &joined {
            assert!(all.iter().any(|other| other.score == one.score), "seed {seed}: {one:?}");
        }
        for one in &all {
            let covers = |other: &Object| other.region.shared(&one.region) > 0.0;
            assert!(joined.iter().any(covers), "seed {seed}: {one:?}");
        }
    }
}

/// A layout, its strides and the tensors of a model that finds nothing.
struct Told {
    layout: Layout,
    strides: &'static [usize],
    outputs: Vec<Tensor>,
    /// Whether places stand in columns.
    is_across: bool,
}

const CLASSES: usize = 3;
const INPUT: (usize, usize) = (320, 192);
const THREE: &[usize] = &[8, 16, 32];
const FOUR: &[usize] = &[8, 16, 32, 64];

fn cells(strides: &[usize]) -> usize {
    strides.iter().map(|stride| INPUT.0.div_ceil(*stride) * INPUT.1.div_ceil(*stride)).sum()
}

fn tensor(name: &str, shape: &[usize]) -> Tensor {
    let (name, shape) = (name.to_owned(), shape.to_vec());
    Tensor { values: vec![0.0; shape.iter().product()], name, shape }
}

fn told(kind: ModelLayout, strides: &'static [usize], shapes: &[&[usize]]) -> Told {
    let outputs: Vec<Tensor> = shapes.iter().map(|shape| tensor("out", shape)).collect();
    let layout = Layout::recognise(&outputs, INPUT, Some(CLASSES), None).expect("it is known");
    assert_eq!((layout.kind, layout.classes), (kind, CLASSES), "{shapes:?}");
    let is_across = kind == ModelLayout::YoloV8 && shapes[0][1] < shapes[0][2];
    Told { layout, strides, outputs, is_across }
}

/// One of each kind.
fn kinds() -> Vec<Told> {
    let (three, four) = (cells(THREE), cells(FOUR));
    let level = |stride: usize| cells(&[stride]);
    vec![
        told(ModelLayout::Yolox, THREE, &[&[1, three, 5 + CLASSES]]),
        told(ModelLayout::YoloV5, THREE, &[&[1, 3 * three, 5 + CLASSES]]),
        told(ModelLayout::YoloV8, THREE, &[&[1, 4 + CLASSES, three]]),
        told(ModelLayout::YoloV8, THREE, &[&[1, three, 4 + CLASSES]]),
        told(ModelLayout::EndToEnd, THREE, &[&[1, 300, 6]]),
        told(ModelLayout::FastestDet, &[16], &[&[1, 5 + CLASSES, 12, 20]]),
        told(ModelLayout::NanoDet, THREE, &[&[1, three, CLASSES + 32]]),
        told(ModelLayout::NanoDet, FOUR, &[&[1, four, CLASSES + 32]]),
        told(
            ModelLayout::NanoDet,
            THREE,
            &[
                &[1, level(8), CLASSES],
                &[1, level(16), CLASSES],
                &[1, level(32), CLASSES],
                &[1, level(8), 32],
                &[1, level(16), 32],
                &[1, level(32), 32],
            ],
        ),
    ]
}

/// The logarithms of a distribution over 0 to 7 whose mean is `distance`.
fn distributed(distance: f32) -> [f32; 8] {
    let below = floor(distance).min(6);
    let above = distance - real(below);
    let mut bins = [-1000.0; 8];
    bins[below] = (1.0 - above).max(1e-9).ln();
    bins[below + 1] = above.max(1e-9).ln();
    bins
}

/// The opposite of the logistic function.
fn logit(share: f32) -> f32 {
    (share / (1.0 - share)).ln()
}

impl Told {
    /// Writes a box as a model of this kind tells it.
    fn write(&mut self, found: &Proposal, chance: &mut Chance) {
        let [left, top, right, bottom] = found.edges;
        let (x, y, width, height) =
            (left.midpoint(right), top.midpoint(bottom), right - left, bottom - top);
        let class = usize::from(found.class);
        // NanoDet tells no distances below 0: the cell must lie in the box.
        let coarsest =
            if self.layout.kind == ModelLayout::NanoDet { 2 } else { self.strides.len() };
        let stride = self.strides[chance.whole(0, coarsest - 1)];
        let columns = INPUT.0.div_ceil(stride);
        // The cell that the box's middle lies in.
        let (column, row) = (floor(x / real(stride)), floor(y / real(stride)));
        let finer = || self.strides.iter().copied().filter(|finer| *finer < stride);
        let before: usize = cells(&finer().collect::<Vec<_>>());
        let index = before + row * columns + column;
        let score = |columns: &mut [f32]| columns[class] = found.score;
        match self.layout.kind {
            ModelLayout::Yolox => {
                let line = &mut self.outputs[0].values[index * (5 + CLASSES)..][..5 + CLASSES];
                let stride = real(stride);
                let place = [x / stride - real(column), y / stride - real(row)];
                line[..2].copy_from_slice(&place);
                line[2..5].copy_from_slice(&[(width / stride).ln(), (height / stride).ln(), 1.0]);
                score(&mut line[5..]);
            }
            ModelLayout::YoloV5 => {
                let line = &mut self.outputs[0].values[index * (5 + CLASSES)..][..5 + CLASSES];
                line[..5].copy_from_slice(&[x, y, width, height, 1.0]);
                score(&mut line[5..]);
            }
            ModelLayout::YoloV8 => {
                let mut line = [0.0; 4 + CLASSES];
                line[..4].copy_from_slice(&[x, y, width, height]);
                score(&mut line[4..]);
                let count = cells(THREE);
                for (number, value) in line.into_iter().enumerate() {
                    let place = if self.is_across {
                        number * count + index
                    } else {
                        index * (4 + CLASSES) + number
                    };
                    self.outputs[0].values[place] = value;
                }
            }
            ModelLayout::EndToEnd => {
                let line = &mut self.outputs[0].values[(index % 300) * 6..][..6];
                line.copy_from_slice(&[left, top, right, bottom, found.score, real(class)]);
            }
            ModelLayout::FastestDet => {
                let area = 12 * 20;
                let values = &mut self.outputs[0].values;
                let share = |side: f32, all: usize| logit(side / real(all));
                values[index] = found.score;
                values[area + index] = (x / 16.0 - real(column)).atanh();
                values[2 * area + index] = (y / 16.0 - real(row)).atanh();
                values[3 * area + index] = share(width, INPUT.0);
                values[4 * area + index] = share(height, INPUT.1);
                values[(5 + class) * area + index] = found.score;
            }
            ModelLayout::NanoDet => {
                let middle = if self.strides.len() == 4 { 0.0 } else { 0.5 };
                let stride_px = real(stride);
                let (cx, cy) =
                    ((real(column) + middle) * stride_px, (real(row) + middle) * stride_px);
                let distances = [cx - left, cy - top, right - cx, bottom - cy]
                    .map(|distance| distributed(distance / stride_px))
                    .concat();
                if self.outputs.len() == 1 {
                    let line = &mut self.outputs[0].values[index * (CLASSES + 32)..];
                    score(&mut line[..CLASSES]);
                    line[CLASSES..CLASSES + 32].copy_from_slice(&distances);
                } else {
                    let level = finer().count();
                    let index = index - before;
                    score(&mut self.outputs[level].values[index * CLASSES..][..CLASSES]);
                    let place = &mut self.outputs[level + 3].values[index * 32..][..32];
                    place.copy_from_slice(&distances);
                }
            }
        }
    }
}

#[test]
fn what_a_model_of_any_kind_tells_is_read() {
    for seed in 0..60 {
        for mut told in kinds() {
            let chance = &mut Chance::new(seed);
            // What NanoDet can tell: an edge is at most 7 strides off.
            let (x, y) = (100.0 + chance.unit() * 120.0, 60.0 + chance.unit() * 70.0);
            let (width, height) = (30.0 + chance.unit() * 12.0, 30.0 + chance.unit() * 12.0);
            let found = Proposal {
                class: u16::try_from(chance.whole(0, CLASSES - 1)).expect("few"),
                score: 0.4 + chance.unit() * 0.5,
                edges: [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0],
            };
            told.write(&found, chance);
            let read = told.layout.read(&told.outputs, 0.3);
            let [read] = read[..] else { panic!("{:?}: {read:?}", told.layout) };
            assert_eq!(read.class, found.class, "{:?}", told.layout);
            assert!((read.score - found.score).abs() < 1e-4, "{:?}: {read:?}", told.layout);
            for (got, wanted) in read.edges.iter().zip(found.edges) {
                assert!((got - wanted).abs() < 0.05, "{:?}: {read:?}, not {found:?}", told.layout);
            }
            assert_eq!(told.layout.read(&told.outputs, found.score + 0.01), []);
        }
    }
}

#[test]
fn nothing_that_a_model_tells_makes_anyone_fall_over() {
    let mut read = 0;
    for seed in 0..40 {
        for mut told in kinds() {
            let chance = &mut Chance::new(seed);
            for value in told.outputs.iter_mut().flat_map(|output| &mut output.values) {
                *value = chance.wild();
            }
            let least = chance.unit() * 0.6;
            let found = told.layout.read(&told.outputs, least);
            read += found.len();
            assert!(found.len() <= 1000);
            for one in &found {
                assert!((least..=1.0).contains(&one.score), "{one:?}");
                assert!(usize::from(one.class) < CLASSES, "{one:?}");
                assert!(one.edges[0] < one.edges[2] && one.edges[1] < one.edges[3], "{one:?}");
                assert!(one.edges.iter().all(|edge| edge.is_finite()), "{one:?}");
            }
            assert!(suppress(found, 0.45, 100).len() <= 100);
        }
    }
    assert!(read > 10_000, "{read} boxes are no test");
}

#[test]
fn outputs_of_any_dimensions_are_known_or_not() {
    let chance = &mut Chance::new(3);
    let sides = [0, 1, 2, 4, 5, 6, 12, 20, 32, 35, 84, 85, 300, cells(THREE), 3 * cells(THREE)];
    let mut known = 0;
    for _ in 0..3000 {
        let outputs: Vec<Tensor> = (0..chance.whole(0, 8))
            .map(|_| {
                let count = chance.whole(0, 4);
                let side = |chance: &mut Chance| sides[chance.whole(0, sides.len() - 1)];
                let mut shape: Vec<usize> = (0..count).map(|_| side(chance)).collect();
                if let Some(first) = shape.first_mut().filter(|_| chance.unit() < 0.8) {
                    *first = 1;
                }
                // As many values as are told, or a few.
                let all = shape.iter().product::<usize>().min(20_000);
                Tensor { name: "dis".to_owned(), shape, values: vec![0.9; all] }
            })
            .collect();
        let names = (chance.unit() < 0.5).then(|| chance.whole(0, 90));
        let kinds = [
            None,
            Some(ModelLayout::Yolox),
            Some(ModelLayout::YoloV5),
            Some(ModelLayout::YoloV8),
            Some(ModelLayout::EndToEnd),
            Some(ModelLayout::FastestDet),
            Some(ModelLayout::NanoDet),
        ];
        for kind in kinds {
            if let Ok(layout) = Layout::recognise(&outputs, INPUT, names, kind) {
                known += 1;
                assert!(kind.is_none_or(|kind| kind == layout.kind));
                assert!(layout.read(&outputs, 0.1).len() <= 1000);
            }
        }
    }
    assert!(known > 500, "{known} are no test");
    let absurd = Layout { kind: ModelLayout::YoloV8, classes: usize::MAX, input: (usize::MAX, 0) };
    assert_eq!(absurd.read(&[tensor("out", &[1, 5, 5])], 0.1), []);
}
